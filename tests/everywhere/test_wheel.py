"""From the wheel alone, without a clone: `kata init DIR`, and all that a learner does in DIR."""

import json
import re
import shutil
import tarfile
import zipfile
from pathlib import PurePosixPath

from installed import Installed, solve

from kata.course import chapters, course, exercises

RIGHT = "return torch.allclose(a, b, rtol=1e-3, atol=1e-5)"
NOT_PASSED = ("check near lin", "solution relu")
COMMANDS = (
    "again",
    "check near",
    "doctor",
    "grade-all . --json o.json",
    "hint near",
    "lesson near",
    "list",
    "next",
    "reset near",
    "step near",
    "solution near",
    "update",
    "watch",
)


def test_the_wheel_has_everything_in_three_megabytes(distributions):
    source, wheel = distributions
    names = {*zipfile.ZipFile(wheel).namelist()}

    assert max(path.stat().st_size for path in (source, wheel)) <= 3 * 2**20
    for chapter in chapters():
        for kind in ("exercises", "lessons", "mistakes", "solutions", "tests/test_", "variants"):
            ending = "md" if kind == "lessons" else "py"
            path = f"{kind}{'' if kind.endswith('_') else '/'}{chapter}.{ending}"
            assert f"backprop/course/{path}" in names
    assert not [name for name in names if "/tests/grader" in name or "__pycache__" in name]


def test_the_source_has_nothing_that_a_tool_left_in_the_folder(distributions):
    with tarfile.open(distributions[0]) as source:
        names = {PurePosixPath(name).parts[1] for name in source.getnames()}

    assert {name for name in names if name.startswith(".")} == {".gitignore"}


def test_the_package_has_a_script_of_its_own_name(distributions):
    with zipfile.ZipFile(distributions[1]) as wheel:
        (path,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        scripts = wheel.read(path).decode()

    assert re.findall(r"^(\S+) = kata\.cli:main$", scripts, re.M) == ["backprop-kata", "kata"]


def test_outside_a_course_every_command_says_what_to_do_in_one_line(kata):
    one_by_one = (
        "from kata.cli import main\n"
        f"for command in {COMMANDS!r}:\n"
        "    try:\n"
        "        main(command.split())\n"
        "    except SystemExit as left:\n"
        "        assert left.code == 2, command\n"
    )

    status, said = kata.run("-c", one_by_one)

    lines = said.splitlines()
    assert status == 0 and len(lines) == len(COMMANDS), said
    assert {line[:49] for line in lines} == {"kata: no course here: kata init DIR lays one out "}


def test_init_lays_out_what_a_learner_needs_and_no_solution(laid_out):
    found = {path.relative_to(laid_out).as_posix() for path in laid_out.rglob("*")}

    for chapter in chapters():
        stub = laid_out / "exercises" / f"{chapter}.py"
        assert stub.read_bytes() == (course().exercises / f"{chapter}.py").read_bytes()
        assert f"exercises/{chapter}.ipynb" in found
        assert {f"tests/test_{chapter}.py", f"lessons/{chapter}.md"} <= found
    assert {"README.md", "conftest.py", "pyproject.toml"} <= found
    assert not [path for path in found if path.startswith(("solutions", "mistakes", "variants"))]
    readme = (laid_out / "README.md").read_text("utf-8").splitlines()
    assert len(readme) <= 30 and max(map(len, readme)) <= 100


def test_init_overwrites_nothing(kata, mine):
    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}

    status, said = kata.run("kata", "init", str(mine))

    assert (status, said.count("\n")) == (1, 1) and "is there already" in said
    assert {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()} == before


def test_pytest_grades_there_from_red_to_green(kata, mine):
    chapter = "tests/test_ch01_checks.py"
    red = kata.run("pytest", "-q", chapter, cwd=mine)
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)

    green = kata.run(
        "pytest", "-q", chapter, "-k", "near and not assert", "--grade-json", "g.json", cwd=mine
    )

    assert red[0] == 1 and "next: near, exercises/ch01_checks.py:" in red[1], red[1]
    assert green[0] == 0, green[1]
    grade = json.loads((mine / "g.json").read_text("utf-8"))
    assert {e["name"]: e["status"] for e in grade["exercises"]} == {"near": "passed"}


def test_the_learner_s_commands_work_there(kata, mine):
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)
    solve(mine / "exercises" / "ch03_forward.py", "return x @ w - b")
    said = {}
    for command in (
        "check near lin",
        "list",
        "next",
        "hint relu",
        "lesson near",
        "solution near",
        "solution relu",
        "reset near",
        "doctor",
    ):
        status, said[command] = kata.run("kata", *command.split(), cwd=mine)
        assert status == (1 if command in NOT_PASSED else 0), said[command]

    assert "near passes all" in said["check near lin"]
    assert "looks like: " in said["check near lin"], "a mistake is named there, too"
    assert f"1 of {len(exercises())} passed" in said["list"]
    assert "torch.allclose" in said["solution near"]
    assert "shown once it passes" in said["solution relu"]
    assert "all that is needed is here" in said["doctor"]
    assert "NotImplementedError" in (mine / "exercises" / "ch01_checks.py").read_text("utf-8")


def test_the_watch_grades_there_into_a_pipe(kata, mine):
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)

    status, said = kata.watch_until("near passes all", cwd=mine)

    assert status == 130, said


def test_a_notebook_grades_without_a_folder(kata):
    code = "import kata; kata.begin(); relu = lambda x: x.clamp_min(0); print(kata.check('relu'))"

    status, said = kata.run("-c", code)

    assert status == 0 and "relu: passed, score 1/1" in said, said


def test_a_class_is_graded_there_and_its_answers_cannot_read_what_is_right(kata, mine, tmp_path):
    handed_in = tmp_path / "class" / "ada"
    handed_in.mkdir(parents=True)
    shutil.copy(course().solutions / "ch05_loss.py", handed_in)
    secret = kata.packages / "backprop" / "course" / "solutions" / "ch03_forward.py"
    reading = f"def relu(x):\n    open({str(secret)!r})\n    return x.clamp_min(0)\n"
    (handed_in / "ch03_forward.py").write_text(reading, "utf-8")
    command = ["grade-all", str(handed_in.parent), "--json", "o.json", "--jobs", "1"]

    status, said = kata.run("kata", *command, "--only", "ch03", "--only", "ch05", cwd=mine)

    assert status == 0, said
    row = json.loads((mine / "o.json").read_text("utf-8"))["submissions"]["ada"]
    found = {entry["name"]: entry for entry in row["exercises"]}
    assert found["mse"]["status"] == "passed"
    if "Landlock" in said.partition("not on this system")[0]:
        # 2 where namespaces hide the file, 13 where only Landlock refuses it
        assert "Error: [Errno " in found["relu"]["message"]


def test_an_update_brings_a_newer_wheel_s_exercises_and_touches_no_answer(
    kata, mine, distributions, tmp_path
):
    """The newer wheel has another test, a lesson, a notebook, and one more exercise."""
    newer = Installed(tmp_path / "newer", distributions[1])
    inside = newer.packages / "backprop" / "course"
    body = '"""Return the largest difference."""\n    return (a - b).abs().max()'
    added = f"\n\ndef furthest(a, b):\n    {body}\n"
    for path, more in (
        ("solutions/ch01_checks.py", added),
        ("tests/test_ch01_checks.py", "\n# newer\n"),
        ("lessons/ch01_checks.md", "\n<!-- exercise: furthest -->\n"),
        ("exercises/ch01_checks.ipynb", "\n"),
        ("exercises/ch03_forward.ipynb", "\n"),
    ):
        with (inside / path).open("a", encoding="utf-8") as file:
            file.write(more)
    answer = mine / "exercises" / "ch01_checks.py"
    solve(answer, RIGHT)
    answered = (mine / "exercises" / "ch03_forward.ipynb").read_text("utf-8") + " "
    (mine / "exercises" / "ch03_forward.ipynb").write_text(answered, "utf-8")

    status, said = newer.run("kata", "update", cwd=mine)

    assert status == 0, said
    assert "added: furthest" in said
    assert "left alone: exercises/ch03_forward.ipynb" in said
    text = answer.read_text("utf-8")
    assert RIGHT in text and "def furthest" in text
    assert (mine / "exercises" / "ch03_forward.ipynb").read_text("utf-8") == answered
    assert (mine / "tests" / "test_ch01_checks.py").read_text("utf-8").endswith("# newer\n")
    assert (mine / "exercises" / "ch01_checks.ipynb").read_text("utf-8").endswith("\n\n")
    again = newer.run("kata", "update", cwd=mine)[1]
    assert "left alone" in again and "brought in" not in again
