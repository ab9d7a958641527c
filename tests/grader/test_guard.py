"""However our options are written they are read, and beside another project there are none."""

import json
import os
import subprocess
import sys

import pytest
from grading import copy_solutions

from kata.course import course
from kata.guard import OURS, is_in_a_kata, plain

TESTS = "tests/test_ch05_loss.py"


def run_in(folder, *args, addopts=""):
    return subprocess.run(
        [sys.executable, "-m", "pytest", *args],
        cwd=folder,
        env={**os.environ, "PYTEST_ADDOPTS": addopts},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture
def elsewhere(tmp_path):
    """A folder of answers, with an old grade, and with settings and a conftest.py of its own."""
    folder = copy_solutions(tmp_path / "class")
    (folder / "grade.json").write_text('{"schema": 1, "score": 0}', "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -x\n", "utf-8")
    (folder / "conftest.py").write_text("raise RuntimeError('not to be run')\n", "utf-8")
    (folder / "grading.py").write_text("raise RuntimeError('not to be imported')\n", "utf-8")
    return folder


def with_blanks(folder):
    return ["--submission", str(folder), "--grade-json", str(folder / "grade.json")]


@pytest.mark.parametrize("where", ["first", "last", "PYTEST_ADDOPTS", "a file", "a subfolder"])
def test_a_grade_elsewhere_is_written_over_an_old_one(tmp_path, elsewhere, where):
    ours = with_blanks(elsewhere)
    (tmp_path / "args").write_text("\n".join(ours), "utf-8")
    folder, args, addopts = {
        "first": (course().root, [*ours, TESTS], ""),
        "last": (course().root, [TESTS, *ours], ""),
        "PYTEST_ADDOPTS": (course().root, [TESTS], " ".join(ours)),
        "a file": (course().root, [TESTS, f"@{tmp_path / 'args'}"], ""),
        "a subfolder": (course().root / "exercises", [f"../{TESTS}", *ours], ""),
    }[where]

    done = run_in(folder, "-q", *args, addopts=addopts)

    assert done.returncode == 0, done.stdout + done.stderr
    grade = json.loads((elsewhere / "grade.json").read_text("utf-8"))
    assert grade["submission"] == str(elsewhere)
    assert grade["score"] == 1


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["-q", "--grade-json", "g.json", "-x"], ["-q", "--grade-json=g.json", "-x"]),
        (["--grade-json=g.json"], ["--grade-json=g.json"]),
        (["--submission"], ["--submission"]),
        (["--submission", "--grade-json", "g"], ["--submission", "--grade-json=g"]),
        (["--submission", "-q"], ["--submission", "-q"]),
        (["--", "--submission", "a"], ["--", "--submission", "a"]),
        (["@nowhere.txt"], ["@nowhere.txt"]),
        (["--nbval", "a.ipynb"], ["-pno:nbval", "-pnbval.plugin", "--nbval", "a.ipynb"]),
    ],
)
def test_an_option_and_its_value_become_one_argument(given, read):
    assert plain(given) == read
    assert plain(read) == read, "so pytest starts over once"


def test_pytest_s_help_in_a_kata_has_every_option():
    text = run_in(course().root, "--help").stdout

    assert all(f"{option}=" in text for option in OURS)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("[tool.kata]\n", True),
        ("[tool.ruff]\n", False),
        ("tool = 3\n", False),
        ("not toml", False),
        (None, False),
    ],
)
def test_a_kata_is_known_by_its_table_alone(tmp_path, settings, expected):
    folder = tmp_path / "in" / "it"
    folder.mkdir(parents=True)
    if settings is not None:
        (tmp_path / "pyproject.toml").write_text(settings, "utf-8")

    assert is_in_a_kata(folder) == expected


def test_another_project_has_the_same_options_and_none_of_ours(tmp_path):
    """One whose conftest.py has options of these names, with a value after a blank."""
    adding = "    parser.addoption({!r}, help='of theirs')"
    lines = "\n".join(adding.format(option) for option in sorted(OURS))
    (tmp_path / "conftest.py").write_text(f"def pytest_addoption(parser):\n{lines}\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", "utf-8")
    (tmp_path / "test_theirs.py").write_text(
        "import sys\n\n\n"
        "def test_theirs(request):\n"
        "    assert request.config.getoption('--time-limit') == 'soon'\n"
        "    ours = {'kata.plugin', 'kata.session.options', 'kata.course', 'torch'}\n"
        "    assert not ours & {*sys.modules}\n",
        "utf-8",
    )

    tested = run_in(tmp_path, "--time-limit", "soon", "--draw-seed=1")
    helped = run_in(tmp_path, "--help")

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert helped.stdout.count("of theirs") == len(OURS)
    assert "chapter file" not in helped.stdout
