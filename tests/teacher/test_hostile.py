"""No hostile submission passes, hangs, loses a result, or leaves anything behind."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import probes
import pytest
from grading_all import lay_out, left_running
from hostile import CASES, NEED_LANDLOCK

from kata.course import course
from kata.teacher.fence import landlock, seccomp, spaces, zygote
from kata.teacher.fence.cage import Cage

lacking = set()  # what the rest of the list must hold without
if not landlock.version():
    lacking |= NEED_LANDLOCK | probes.NEED_LANDLOCK
if sys.platform != "linux" or Cage.here().namespaces != spaces.CLOSED:
    lacking |= probes.NEED_NAMESPACES
CASES = {name: case for name, case in {**CASES, **probes.PROBES}.items() if name not in lacking}
pytestmark = pytest.mark.skipif(
    not seccomp.available(), reason="some of these would end all processes of their user"
)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """All cases, graded in one batch: the rows, and the folder that they could have harmed."""
    folder, target = tmp_path_factory.mktemp("handed-in"), tmp_path_factory.mktemp("target")
    lay_out(CASES, folder, target)
    out = tmp_path_factory.mktemp("out") / "grades.json"
    mark = uuid.uuid4().hex
    command = [sys.executable, "-m", "kata", "grade-all", str(folder), "--json", str(out)]
    done = subprocess.run(
        [*command, "--jobs", "2", "--timeout", "18", "--memory", "1024"],
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=1800,
        env={**os.environ, "KATA_TEST_MARK": mark, "CANVAS_API_TOKEN": "a secret"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "protections: own process" in done.stdout
    grades = json.loads(out.read_text("utf-8"))["submissions"]
    return grades, target, mark


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_submission_gets_its_row(batch, name):
    row, case = batch[0][name], CASES[name]
    exercises = {exercise["name"]: exercise for exercise in row["exercises"]}

    assert row["outcome"] == case.outcome
    assert {n: exercises[n]["status"] for n in case.statuses} == case.statuses, {
        n: exercises[n]["message"][:300] for n in case.statuses
    }
    assert case.says in exercises[next(iter(case.statuses))]["message"]


def test_every_submission_has_a_row(batch):
    assert set(batch[0]) == set(CASES)
    assert len({len(row["exercises"]) for row in batch[0].values()}) == 1


def test_no_row_is_longer_than_64_kb_a_test(batch):
    texts = [t["message"] for r in batch[0].values() for e in r["exercises"] for t in e["tests"]]

    assert max(map(len, texts)) <= 1 << 16


def test_nothing_outside_was_touched(batch):
    target = batch[1]

    assert [path.name for path in target.iterdir()] == ["precious"]
    assert (target / "precious").read_text() == "keep"
    assert not Path("/tmp/kata-was-here").exists()


def test_no_process_is_left(batch):
    assert left_running(batch[2]) == []


@pytest.mark.parametrize("module", ["kata.checks.compare", "backprop.oracle", "_pytest.config"])
def test_what_could_tell_what_is_right_is_not_held_by_a_student_s_process(module):
    assert zygote._is_secret(module)


@pytest.mark.parametrize("module", ["kata.answers.call", "backprop.dialogues.layers", "torch"])
def test_what_a_student_s_process_needs_is_no_secret(module):
    assert not zygote._is_secret(module)
