"""A learner who works in the notebooks: the commands and the watch see what is written there."""

import json

import pytest
from terminal import make_notebook, save, save_in_notebook, start

from kata.learner.board import board_now


@pytest.fixture
def notebook(place):
    """The notebook of chapter 3, still blank, beside its .py file."""
    return make_notebook(place, "relu")


def row_of(place, name):
    return board_now(place).row(name)


def test_a_blank_notebook_changes_nothing(kata, place, notebook):
    row = row_of(place, "relu")

    assert (row.status, row.cell) == ("todo", 0)
    assert json.loads(kata("next", "--json").output)["file"].endswith(".py")


def test_what_stands_in_the_notebook_waits_for_a_grade_and_is_shown_by_its_cell(
    kata, place, notebook
):
    save_in_notebook(notebook, "relu", "return x.clamp_min(0.0)")

    row = row_of(place, "relu")
    assert (row.status, row_of(place, "lin").status) == ("changed", "todo")
    assert row.cell > 1
    listed = json.loads(kata("list", "--json").output)["exercises"]
    entry = next(entry for entry in listed if entry["name"] == "relu")
    assert (entry["file"], entry["cell"]) == (str(notebook), row.cell)


def test_answers_in_the_py_file_are_graded_as_before(place, notebook, write):
    save_in_notebook(notebook, "relu", "return x.clamp_min(0.0)")
    write("lin", "return x @ w + b")

    assert (row_of(place, "lin").status, row_of(place, "relu").status) == ("changed", "todo")


def test_a_notebook_that_is_none_is_told_and_costs_its_chapter_alone(kata, place, notebook):
    notebook.write_text("{", "utf-8")

    assert row_of(place, "relu").status == "error"
    assert row_of(place, "mse").status == "todo"
    assert "is no notebook" in kata("list").output
    assert kata("reset", "relu").exit_code == 1


def test_reset_puts_the_stub_into_the_cell_and_keeps_all_else(kata, place, notebook):
    blank = json.loads(notebook.read_text("utf-8"))
    save_in_notebook(notebook, "relu", "return x.clamp_min(0.0)  # mine")
    text = notebook.read_text("utf-8")

    assert kata("reset", "relu").exit_code == 0

    assert json.loads(notebook.read_text("utf-8")) == blank
    assert [path.read_text("utf-8") for path in (place.keep / "backups").iterdir()] == [text]


def test_reset_all_puts_back_what_the_notebooks_answer(kata, place, notebook):
    save_in_notebook(notebook, "relu", "return x.clamp_min(0.0)")

    kata("reset", "--all")

    assert row_of(place, "relu").status == "todo"


def test_watch_grades_a_notebook_when_it_is_saved(place, notebook):
    watch = start(place).wait_for("q quit")

    save_in_notebook(notebook, "relu", "return x")
    watch.wait_for("chapter 3 forward: relu", "✗ relu", "looks like", ".ipynb cell")
    save_in_notebook(notebook, "relu", "raise ValueError(7)")
    watch.wait_for("ValueError: 7", "> ", "raise ValueError(7)")
    save_in_notebook(notebook, "relu", "return x.clamp_min(0.0)")
    watch.wait_for("✓ relu passes")

    save(place, "lin", "return x @ w + b")
    watch.wait_for("✓ lin passes")
    save_in_notebook(notebook, "relu", "return x  # again")
    watch.wait_for("ch03_forward.py is graded, and only ch03_forward.ipynb answers relu.")

    watch.press("q")
    assert watch.end() == 0
