"""README's commands do what README says, in the state in which README gives them."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from kata.course import chapters, course
from kata.learner import source

README = (course().root / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^    ((?:python3|kata|pytest) .*)$", README, re.MULTILINE)
INLINE = dict.fromkeys(re.findall(r"`((?:kata|pytest) [^`]+)`", README))
PLACES = {"PATH": "solutions/ch05_loss.py", "FILE": "grade.json", "DIR": "class"}
# the exit status of each, after near was solved
STATUSES = {
    "kata hint near": 0,
    "kata lesson near": 0,
    "kata list": 0,
    "kata step lin_grad": 0,
    "kata milestone": 0,
    "kata reset near": 0,
    "pytest -k relu -x": 1,
    "pytest tests/test_ch06_backward.py -k lin_grad": 1,
    "pytest -m cuda": 5,
    "pytest --device cpu": 1,
    "pytest --submission PATH": 1,
    "pytest --grade-json FILE": 1,
    "pytest --time-limit 60": 1,
    "kata grade-all DIR --json FILE": 0,
}
ELSEWHERE = {
    "kata debug": "needs an exercise that has passed: tests/learner/test_debug.py",
    "kata init DIR": "needs the wheel: tests/everywhere",
    "kata update": "needs a newer wheel: tests/everywhere",
    "kata watch": "goes on until q: test_watch.py",
    "kata milestone digit": "may download MNIST, 12 MB: tests/grader/test_milestones.py",
    "kata train": "may download MNIST, 12 MB: tests/grader/test_train.py",
    "kata train --write": "takes minutes: tests/grader/test_milestones.py",
}


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout with untouched exercises, and what stands in for an installation.

    pip would download torch, several GB. So `.venv` is there already, with the packages of the
    environment that runs this test, and `python3 -m venv` and `pip install` only have to be given
    the right arguments.
    """
    folder = tmp_path / "checkout"
    away = (".*", "__pycache__", "*.egg-info", "build", "dist")
    shutil.copytree(course().root, folder, ignore=shutil.ignore_patterns(*away))
    for chapter in chapters():
        stub = folder / course().exercises.relative_to(course().root) / f"{chapter}.py"
        stub.write_text(source.fresh_stub(chapter), "utf-8")
    (folder / "class" / "ada").mkdir(parents=True)
    shutil.copy(folder / "solutions" / "ch05_loss.py", folder / "class" / "ada")
    venv.create(folder / ".venv", with_pip=False)
    _furnish(folder)
    return folder


def _furnish(folder: Path) -> None:
    scripts = folder / ".venv" / "bin"
    (packages,) = (folder / ".venv" / "lib").glob("*/site-packages")
    packages.joinpath("all.pth").write_text(f"{folder / 'src'}\n{sysconfig.get_path('purelib')}\n")
    for name, main in (("kata", "kata.cli:main"), ("pytest", "pytest:console_main")):
        module, _, function = main.partition(":")
        code = f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n"
        _script(scripts / name, f"#!{scripts / 'python'}\n{code}")
    _script(scripts / "pip", '#!/bin/sh\ntest "$*" = "install -c constraints.txt -e ."\n')
    (folder / "before").mkdir()  # it comes before .venv/bin is on the PATH
    _script(folder / "before" / "python3", '#!/bin/sh\ntest "$*" = "-m venv .venv"\n')


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def shell(folder, *lines):
    """Run the lines in one shell, as they would be pasted."""
    ours = {"PYTEST_ADDOPTS", "KATA_EXERCISES", "KATA_NO_FORK", "VIRTUAL_ENV", "PYTHONPATH"}
    clean = {name: text for name, text in os.environ.items() if name not in ours}
    path = [str(folder / "before"), *os.environ["PATH"].split(os.pathsep)]
    own = str(Path(sys.executable).parent)  # what is on it was not installed by README
    clean["PATH"] = os.pathsep.join(part for part in path if part != own)
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done.returncode, done.stdout + done.stderr


def solve_near(folder):
    path = folder / "exercises" / "ch01_checks.py"
    solved = "return torch.allclose(a, b, rtol=1e-3, atol=1e-5)"
    path.write_text(path.read_text("utf-8").replace("raise NotImplementedError", solved, 1))


def test_the_first_red_and_the_first_green(checkout):
    set_up, first_green, *_ = BLOCKS

    status, said = shell(checkout, set_up)
    assert status == 1, said
    assert "next: near, exercises/ch01_checks.py:" in said
    assert "passed" not in said.rpartition("kata")[2]

    solve_near(checkout)
    status, said = shell(checkout, ". .venv/bin/activate", first_green)
    assert status == 0, said
    assert "near passes all" in said


def test_one_paste_leaves_the_commands_at_hand(checkout):
    solve_near(checkout)

    status, said = shell(checkout, BLOCKS[0].replace("&& pytest", "&& pytest --co -q"), BLOCKS[1])

    assert status == 0, said


def test_every_command_is_run_here_or_elsewhere():
    assert {*INLINE} == {*STATUSES, *ELSEWHERE}
    assert len(BLOCKS) == 3 and BLOCKS[2].endswith("tox")  # ci/run's, and all of this in it


@pytest.mark.parametrize("command", STATUSES)
def test_a_command_ends_as_it_should(checkout, command):
    solve_near(checkout)
    words = [PLACES.get(word, word) for word in command.split()]

    status, said = shell(checkout, ". .venv/bin/activate", " ".join(words))

    expected = STATUSES[command]
    if command == "pytest -m cuda" and status == 1:
        expected = 1  # there is a GPU, and the exercises are todo
    assert status == expected, said
    assert "Traceback" not in said
    assert "FILE" not in command or (checkout / "grade.json").is_file()
