"""Two GPUs that work or do not: a right answer passes on every road, on what there is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from grading import copy_solutions, run_pytest

from kata.course import course
from kata.session import cuda

LEFT_OUT = "CUDA's tests are left out: RuntimeError: CUDA error: no kernel image is available\n"


@pytest.fixture(params=["works", "broken"])
def works(request, monkeypatch):
    """Whether CUDA works, on the machine that is played."""
    monkeypatch.setenv("CUDA", request.param)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "played"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return request.param == "works"


def run(*args, **environment):
    """Run Python; it ends with status 0. What it wrote to its output, and beside it."""
    done = subprocess.run(
        [sys.executable, *args],
        cwd=course().root,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


def check(folder, *names, **environment):
    """`kata check` the solutions; the tests' statuses by name, and what was said beside them."""
    place = {"KATA_EXERCISES": str(copy_solutions(folder / "work")), "COLUMNS": "40"}
    out, said = run("-m", "kata", "check", *names, "--json", **place, **environment)
    entries = json.loads(out)["exercises"]
    return {test["name"]: test["status"] for e in entries for test in e["tests"]}, said


def are_on_cuda(tests):
    return any("cuda" in name for name in tests)


@pytest.mark.parametrize("fork", ["", "1"], ids=["fork", "KATA_NO_FORK"])
def test_kata_check_passes_a_right_answer_on_cuda_where_that_works(tmp_path, works, fork):
    names = ("near", "relu", "kaiming_init", "lin_grad")

    tests, said = check(tmp_path, *names, KATA_NO_FORK=fork)

    assert set(tests.values()) == {"passed"}
    assert are_on_cuda(tests) == works
    assert said == ("" if works else LEFT_OUT)


def test_pytest_passes_a_right_answer_on_cuda_where_that_works(tmp_path, works):
    graded = run_pytest(tmp_path, "--submission", "solutions", "-q", "-k", "relu or kaiming_init")

    assert graded.status == 0, graded.output
    assert are_on_cuda(t["name"] for e in graded.grade["exercises"] for t in e["tests"]) == works
    assert (LEFT_OUT in graded.output) != works


def test_xdist_s_workers_tell_what_they_left_out(tmp_path, works):
    args = ["--submission", "solutions", "-q", "-n", "2", "tests/test_ch05_loss.py"]

    graded = run_pytest(tmp_path, *args)

    assert graded.status == 0, graded.output
    assert (LEFT_OUT in graded.output) != works


def test_a_notebook_s_check_passes_and_tells_what_was_left_out(works):
    ask = "import kata; relu = lambda x: x.clamp_min(0); print(kata.check('relu'))"

    out, _ = run("-c", ask)

    assert "relu: passed, score 1/1" in out
    assert (LEFT_OUT in out) != works


def test_grade_all_grades_on_the_cpu(tmp_path, works):
    folder, target = tmp_path / "class", tmp_path / "grades.json"
    folder.mkdir()
    copy_solutions(folder / "ann")

    run("-m", "kata", "grade-all", str(folder), "--only", "ch05", "--json", str(target))

    [entry] = json.loads(target.read_text("utf-8"))["submissions"]["ann"]["exercises"]
    assert entry["status"] == "passed"
    assert not are_on_cuda(test["name"] for test in entry["tests"])


def test_a_machine_without_a_gpu_has_nothing_to_leave_out(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    assert cuda.look() == cuda.Found(is_usable=False)
    assert cuda.left_out() == ""
