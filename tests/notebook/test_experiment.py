"""What an experiment says where it cannot run, or where other numbers come out."""

import linecache

import pytest

from kata.notebook import experiment
from kata.notebook.experiment import experiment as block

CELL = "/tmp/ipykernel_1/2.py"


@pytest.fixture(autouse=True)
def as_in_a_notebook(monkeypatch):
    monkeypatch.setattr(experiment, "running_cell", lambda file: file if file == CELL else None)


def said(code, capsys):
    """What is printed by an experiment of this code, which is run as a cell of a notebook is."""
    text = f"with experiment():\n    {code}\n"
    linecache.cache[CELL] = len(text), None, text.splitlines(keepends=True), CELL
    exec(compile(text, CELL, "exec"), {"experiment": block})
    return capsys.readouterr().out


def test_numbers_that_are_not_the_paper_s_do_not_wait(capsys):
    told = said('assert 1 == 2, "the paper says 1 and -2"', capsys)

    assert told.startswith("Your numbers differ from the paper's")
    assert told.endswith(": the paper says 1 and -2.\n")


@pytest.mark.parametrize(
    ("code", "says"),
    [("assert 1 == 2", "`assert 1 == 2` does not hold"), ('assert not 1, "off"', "off")],
)
def test_an_assertion_of_the_cell_s_own_does_not_wait(code, says, capsys):
    told = said(code, capsys)

    assert told == f"This experiment comes out otherwise at 2.py:2: {says}.\n"


def test_an_error_does_not_wait(capsys):
    told = said("[][1]", capsys)

    assert told.startswith("This experiment stops: IndexError")
    assert told.endswith(": list index out of range.\n")


def test_what_a_cell_above_makes_is_waited_for(capsys):
    assert said("missing + 1", capsys) == (
        "This experiment waits: it needs missing, which a cell above it makes; "
        "run that one first.\n"
    )


def test_nothing_is_said_of_what_runs(capsys):
    assert said("x = 1", capsys) == ""
