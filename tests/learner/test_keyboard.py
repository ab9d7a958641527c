"""An answer that asks for a person: it is told so where there is none, and else debugged."""

import json
import os
import subprocess
import sys

import pexpect
import pytest
from terminal import make_place, save

from kata.course import course
from kata.dev.terminal import PATIENCE

NOBODY = {
    "breakpoint()": "a breakpoint has nobody to talk to here; in a terminal of your own: "
    "pytest -x --time-limit 0 -k NAME",  # which the fixture `debugger` does
    "from pdb import set_trace; set_trace()": "a breakpoint has nobody to talk to here",
    "input('w? ')": "input() has nobody to ask",
}
CELL = """
import json, sys, kata
def relu(x):
    {asks}
    return x
print(json.dumps({{"exercises": [kata.check("relu").grade]}}))
"""
every_ask = pytest.mark.parametrize("asks", NOBODY)
ROADS = ("fork", "worker", "pytest", "notebook", "class")


def graded(road, asks, folder):
    """One road's grade of a relu that asks, with nobody at the keyboard."""
    place, out = make_place(folder / "class" / "ada"), folder / "grade.json"
    save(place, "relu", f"{asks}\nreturn x")
    command = {
        "fork": ["-m", "kata", "check", "relu", "--json"],
        "worker": ["-m", "kata", "check", "relu", "--json"],
        "pytest": [*PYTEST, "--submission", str(place.exercises), "--grade-json", str(out)],
        "notebook": ["-c", CELL.format(asks=asks)],
        "class": ["-m", "kata", "grade-all", str(folder / "class"), "--json", str(out)],
    }[road]
    done = subprocess.run(
        [sys.executable, *command, *(["--only", "ch03"] if road == "class" else [])],
        cwd=course().root,
        env={
            **os.environ,
            "KATA_EXERCISES": str(place.exercises),
            "KATA_NO_FORK": "1" if road == "worker" else "",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE,
    )
    found = json.loads(out.read_text("utf-8") if out.exists() else done.stdout)
    grade = found["submissions"]["ada"] if road == "class" else found
    return next(entry for entry in grade["exercises"] if entry["name"] == "relu")


PYTEST = ["-m", "pytest", "-q", "-k", "relu", "tests/test_ch03_forward.py"]


@every_ask
@pytest.mark.parametrize("road", ROADS)
def test_with_nobody_there_it_is_an_error_with_its_line_and_what_to_do(tmp_path, road, asks):
    grade = graded(road, asks, tmp_path)

    assert grade["status"] == "error"
    assert grade["mistake"] is None
    where, _, says = grade["message"].removeprefix("relu: raised at ").partition(": ")
    assert where.rpartition(":")[2].isdigit()
    assert says.startswith(NOBODY[asks])


@pytest.fixture
def debugger(tmp_path):
    """pytest in a terminal, as the message says, stopped at a breakpoint in relu."""
    place = make_place(tmp_path)
    save(place, "relu", "breakpoint()\nreturn x")
    command = ["-m", "pytest", "-x", "--time-limit", "0", "-k", "relu"]
    chapter = ["tests/test_ch03_forward.py", "--submission", str(place.exercises)]
    child = pexpect.spawn(
        sys.executable, [*command, *chapter], cwd=course().root, encoding="utf-8", timeout=PATIENCE
    )
    child.expect_exact("(Pdb)")
    yield child
    child.close(force=True)


def test_in_a_terminal_a_breakpoint_stops_on_the_learners_line(debugger):
    assert "-> return x" in debugger.before

    debugger.sendline("p x.shape")
    debugger.expect_exact("torch.Size")


def test_whoever_leaves_the_debugger_ends_the_run(debugger):
    debugger.sendline("q")
    debugger.expect(pexpect.EOF)

    assert "Quitting debugger" in debugger.before
    assert debugger.wait() == 2


def test_the_diagnosis_stops_at_no_breakpoint(debugger):
    while True:
        debugger.sendline("c")
        if debugger.expect_exact(["(Pdb)", "looks like: "]) == 1:
            break
    debugger.expect(pexpect.EOF)

    assert debugger.wait() == 1
