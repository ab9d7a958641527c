"""Three hundred submissions in one batch, and workers killed at random: every row is right."""

import os
import random
import signal
from pathlib import Path

import pytest
from grading_all import CHECKS, LOSS, solution

from kata.course import exercises_of
from kata.teacher.each import grade_each
from kata.teacher.exports import Entry
from kata.teacher.kept import Kept
from kata.teacher.pool import Grader
from kata.teacher.reading import Reader
from kata.teacher.rows import Limits

FULL = "ch07_full_pass"
ASKED = (CHECKS, LOSS, FULL)
COUNT = 300
EACH = 30  # rows from one killed process to the next
WRONG = "def mse(output, targ):\n    return (output[:, 0] - targ).square().sum()\n"
EXITS = "def mse(output, targ):\n    import os\n    os._exit(3)\n"
LOOPS = "def mse(output, targ):\n    while True:\n        pass\n"


KINDS = {
    "right": {LOSS: solution(LOSS)},
    "wrong": {LOSS: f"{solution(LOSS)}\n\n{WRONG}"},
    "stub": {LOSS: "def mse(output, targ):\n    raise NotImplementedError\n"},
    "broken": {LOSS: "def mse("},
    "exits": {LOSS: EXITS},
    "empty": {},
    "partly": {LOSS: solution(LOSS), CHECKS: "import sys\nsys.exit()\n"},
    "loops": {LOSS: LOOPS},
}
STATUS = {
    "right": "passed",
    "wrong": "failed",
    "stub": "todo",
    "broken": "error",
    "exits": "error",
    "empty": "todo",
    "partly": "passed",
    "loops": "error",
}
FEW = {"loops": 4}  # each costs its time limit


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """The folder, and the kind of each submission; no two files are the same."""
    folder, kinds = tmp_path_factory.mktemp("class"), {}
    often = [kind for kind in KINDS if kind not in FEW]
    for number in range(COUNT):
        rare = next((k for k in FEW if number in range(0, COUNT, COUNT // FEW[k])), None)
        kind = rare or often[number % len(often)]
        name = f"{number:03}-{kind}"
        (folder / name).mkdir()
        for chapter, text in KINDS[kind].items():
            (folder / name / f"{chapter}.py").write_text(f"{text}\n# {name}\n", "utf-8")
        kinds[name] = kind
    return folder, kinds


def killed_one(grader, chance):
    """End a process of the grader: a worker, what a worker runs, or a student."""
    workers = grader.pids()
    candidates = workers + [pid for worker in workers for pid in children(worker)]
    try:
        os.kill(chance.choice(candidates), signal.SIGKILL)
    except (IndexError, ProcessLookupError):  # there is none just now, or it has just ended
        return False
    return True


def children(pid):
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def test_all_rows_are_right_though_workers_are_killed(handed_in, tmp_path):
    folder, kinds = handed_in
    paths = sorted(folder.iterdir())
    kept = Kept(tmp_path / "rows")
    chance, rows, kills = random.Random(0), [], 0
    with Grader(Limits(seconds=24, memory=1024), ASKED) as grader, kept, Reader() as reader:
        entries = [Entry.at(path) for path in paths]
        for row in grade_each(entries, grader, 2, kept, reader, only=ASKED):
            rows.append(row)
            if len(rows) % EACH == 0:  # by rows, not by the clock: a fast machine is tried as much
                kills += killed_one(grader, chance)

    assert sorted(row.name for row in rows) == sorted(kinds)
    assert kills > COUNT // EACH // 2
    for row in rows:
        exercises = {exercise.name: exercise for exercise in row.grade.exercises}
        statuses = {name: exercise.status for name, exercise in exercises.items()}

        assert row.outcome == "graded", row.name
        assert statuses["mse"] == STATUS[kinds[row.name]], (row.name, exercises["mse"].message)
        expected = "error" if kinds[row.name] == "partly" else "todo"
        assert {statuses[n] for n in exercises_of(CHECKS)} == {expected}, row.name
        assert {statuses[n] for n in exercises_of(FULL)} == {"todo"}, row.name
