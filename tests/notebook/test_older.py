"""A check says so where it grades an earlier definition than the one that was typed last."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from kata.dev.notebooks import ran
from kata.notebook.older import older

RIGHT = "import kata\n\n\ndef relu(x):\n    return x.clamp_min(0)"


def shown(folder, *cells):
    """What the last of some cells shows, run in a notebook one after the other."""
    notebook = new_notebook(cells=[new_code_cell(text) for text in cells])
    nbformat.validate(notebook)
    return ran(notebook, folder, allow_errors=True).cells[-1].outputs[-1]["data"]


def test_a_cell_that_is_no_python_is_said_to_have_left_the_earlier_answer(tmp_path):
    broken = "def relu(x):\n    return x.clamp_min(0"

    data = shown(tmp_path, RIGHT, broken, "kata.check('relu')")

    assert data["text/plain"].startswith("✓ relu: passed")
    assert "This is relu as In[1] defined it: In[2] stopped before it could." in data["text/plain"]
    assert "In[2] stopped before it could." in data["text/html"]


def test_of_the_definition_that_was_typed_last_nothing_is_said(tmp_path):
    data = shown(tmp_path, RIGHT, RIGHT, "# def relu(x: it was\nkata.check('relu')")

    assert "stopped" not in data["text/plain"]


def test_outside_a_notebook_nothing_is_said():
    assert older("relu", {"relu": lambda x: x}) == ""
    assert older("relu", {"In": []}) == ""
