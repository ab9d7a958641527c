"""The engine grades any course: another one, tiny, of another subject, on the same roads."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1] / "second_course"
EXERCISES = ["outer", "differences", "one_hot", "running_sum", "keep_first"]


@pytest.fixture
def puzzles(tmp_path):
    """A copy of the course, to work in."""
    return shutil.copytree(HERE, tmp_path / "puzzles", ignore=shutil.ignore_patterns("__pycache__"))


def run(folder, *command, **environment):
    """Run `python -m ...` in the course's folder, with no word of where another course is."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("KATA_")} | environment
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=env, capture_output=True, text=True
    )


def graded(folder, *options):
    """The status, and the entries of the grade by exercise, of a run of pytest."""
    target = folder / "grade.json"
    done = run(folder, "pytest", "-q", f"--grade-json={target}", *options)
    assert target.is_file(), done.stdout + done.stderr
    return done.returncode, json.loads(target.read_text("utf-8"))["exercises"]


def test_its_stubs_are_todo_and_are_what_the_solutions_make_of_them(puzzles):
    status, entries = graded(puzzles)

    assert status == 1
    assert [(e["name"], e["status"]) for e in entries] == [(name, "todo") for name in EXERCISES]
    before = {p.name: p.read_bytes() for p in (puzzles / "exercises").iterdir()}
    assert run(puzzles, "kata", "dev", "build", "--no-run").returncode == 0
    assert {p.name: p.read_bytes() for p in (puzzles / "exercises").iterdir()} == before


def test_its_solutions_pass(puzzles):
    status, entries = graded(puzzles, "--submission=solutions")

    assert status == 0
    assert [e["status"] for e in entries] == ["passed"] * len(EXERCISES)


def test_each_of_its_mistakes_is_refused_and_named(puzzles):
    _, entries = graded(puzzles, "--recorded=mistakes")

    said = {e["answer"]: (e["status"], e["mistake"], e["message"]) for e in entries}
    assert {k: v for k, v in said.items() if v[0] == "passed" or not v[1]} == {}
    assert "Your sign is flipped: the result is a minus b." in {e["mistake"] for e in entries}


def test_each_of_its_unusual_right_answers_passes(puzzles):
    status, entries = graded(puzzles, "--recorded=variants")

    assert status == 0
    assert len(entries) == 6


def test_check_watch_list_and_hint_know_its_exercises(puzzles):
    path = puzzles / "exercises" / "ch01_axes.py"
    shutil.copy(puzzles / "solutions" / "ch01_axes.py", path)

    done = run(puzzles, "kata", "check", "outer", "running_sum", "--json")

    entries = json.loads(done.stdout)["exercises"]
    assert [(e["name"], e["status"]) for e in entries] == [
        ("outer", "passed"),
        ("running_sum", "todo"),
    ]
    listed = json.loads(run(puzzles, "kata", "list", "--json").stdout)
    assert [e["name"] for e in listed["exercises"]] == EXERCISES
    hint = json.loads(run(puzzles, "kata", "hint", "outer", "--json").stdout)
    assert hint["of"] == 3
    assert hint["hints"][0].startswith("What shape does a need")
    assert "train" not in run(puzzles, "kata", "--help").stdout


def test_a_class_of_its_learners_is_graded(puzzles, tmp_path):
    hand_in = tmp_path / "class"
    shutil.copytree(puzzles / "solutions", hand_in / "ada")
    wrong = shutil.copytree(puzzles / "solutions", hand_in / "bob") / "ch01_axes.py"
    text = wrong.read_text("utf-8").replace("a[:, None] - b", "b - a[:, None]")
    wrong.write_text(text, "utf-8")

    out = tmp_path / "out.json"
    done = run(puzzles, "kata", "grade-all", str(hand_in), "--json", str(out), "--jobs", "1")

    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(out.read_text("utf-8"))["submissions"]
    assert rows["ada"]["score"] == rows["ada"]["max_score"] == len(EXERCISES)
    mistakes = {e["name"]: e["mistake"] for e in rows["bob"]["exercises"] if e["mistake"]}
    assert mistakes == {"differences": "Your sign is flipped: the result is a minus b."}


def test_a_notebook_s_function_is_graded_in_its_folder(puzzles):
    code = (
        "import kata, torch\n"
        "def outer(a, b):\n    return a[:, None] * b\n"
        "def differences(a, b):\n    return b - a[:, None]\n"
        "print(kata.check('outer').passed, kata.check('differences').grade['mistake'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=puzzles / "exercises",
        capture_output=True,
        text=True,
    )

    assert done.stdout == "True Your sign is flipped: the result is a minus b.\n", done.stderr


@pytest.mark.parametrize("chapter", ["ch01_axes", "ch09_new"])
def test_an_exercise_that_is_begun_is_proven_once_its_solution_is_written(puzzles, chapter):
    begun = run(puzzles, "kata", "dev", "new-exercise", "identity", "--chapter", chapter)
    assert begun.returncode == 0, begun.stderr
    for file, before, after in (
        (f"solutions/{chapter}.py", "raise NotImplementedError", "return x.clone()"),
        (f"variants/{chapter}.py", "x.clone()", "x + 0"),
    ):
        path = puzzles / file
        path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")
    run(puzzles, "kata", "dev", "build", "--no-run")
    proven = run(puzzles, "kata", "dev", "prove", "identity")

    assert proven.stdout.splitlines() == ["identity: proven"], proven.stdout + proven.stderr
