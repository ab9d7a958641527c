"""A check in a chapter's own notebook is remembered, as `kata check` remembers its grades."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from notebooks import answered

from kata.dev.notebooks import ran
from kata.learner import source
from kata.learner.board import board_now
from kata.learner.place import Place

CHAPTER = "ch03_forward"
RIGHT = "def relu(x):\n    return x.clamp_min(0)"
WRONG = "def relu(x):\n    return x.abs()"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with chapter 3 as it is handed out, .py and notebook."""
    folder = tmp_path / "exercises"
    folder.mkdir()
    monkeypatch.setenv("KATA_EXERCISES", str(folder))
    (folder / f"{CHAPTER}.py").write_text(source.fresh_stub(CHAPTER), "utf-8")
    save(folder)
    return Place(folder)


def save(folder, **answers):
    nbformat.write(answered(CHAPTER, folder, **answers), folder / f"{CHAPTER}.ipynb")


def shown(folder, *cells):
    """What the last of some cells shows, run after the notebook's imports, which is not saved."""
    codes = [c.source for c in answered(CHAPTER, folder).cells if c.cell_type == "code"]
    notebook = new_notebook(cells=[new_code_cell(text) for text in (codes[0], *cells)])
    return ran(notebook, folder).cells[-1].outputs


def statuses(place):
    return {row.name: row.status for row in board_now(place).rows if row.chapter == CHAPTER}


def test_a_pass_is_known_as_soon_as_the_notebook_is_saved(place):
    shown(place.exercises, WRONG, "kata.check('relu')", RIGHT, "kata.check('relu')")
    assert statuses(place)["relu"] == "todo"  # as its file says

    save(place.exercises, relu=RIGHT)
    assert statuses(place)["relu"] == "passed"
    assert board_now(place).row("relu").due == "tomorrow"
    save(place.exercises, relu=WRONG)
    assert statuses(place)["relu"] == "changed"


def test_a_helper_and_an_earlier_answer_that_were_run_are_reckoned_with(place):
    helper = "SLOPE = 0.0\n\n\ndef shifted_relu(x):\n    return x.clamp_min(SLOPE) - 0.5"
    shown(place.exercises, helper, RIGHT, "kata.check('relu')")

    save(place.exercises, relu=RIGHT, shifted_relu=helper)
    assert statuses(place)["relu"] == "passed"


def test_a_refusal_is_kept_with_its_mistake_and_a_stub_is_not(place):
    stub = "def lin(x, w, b):\n    raise NotImplementedError"
    shown(place.exercises, WRONG, stub, "kata.check('relu')\nkata.check('lin')")
    told = json.loads((place.keep / "state.json").read_text())["exercises"]

    assert [*told] == ["relu"] and told["relu"]["status"] == "failed"
    assert "absolute value" in told["relu"]["met"][0]


@pytest.mark.parametrize("elsewhere", ["folder", "script", "notebook"])
def test_what_another_file_answers_is_not_kept(place, tmp_path, elsewhere, monkeypatch):
    folder = place.exercises
    if elsewhere == "folder":
        folder = tmp_path
    elif elsewhere == "script":
        (folder / f"{CHAPTER}.py").write_text(RIGHT)
    else:
        monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "scratch.ipynb"))
    shown(folder, RIGHT, "kata.check('relu')")

    assert not (place.keep / "state.json").exists()


@pytest.mark.parametrize("bad", ["state", "notebook"])
def test_what_cannot_be_read_or_written_costs_no_verdict(place, bad):
    if bad == "state":
        place.keep.write_text("a file where the folder would be")
    else:
        (place.exercises / f"{CHAPTER}.ipynb").write_text("{")
    *told, verdict = shown(place.exercises, RIGHT, "kata.check('relu')")

    assert verdict["data"]["text/plain"].startswith("✓ relu: passed")
    said = "".join(part["text"] for part in told)
    assert ("progress is not kept" in said) == (bad == "state")
    assert "Traceback" not in said


def test_an_exercise_in_practice_is_graded_on_its_own_inputs(place):
    place.keep.mkdir()
    state = {"schema": 1, "current": "", "exercises": {"relu": {"practising": True, "seed": 7}}}
    (place.keep / "state.json").write_text(json.dumps(state))
    look = "import kata.notebook.live as live\ngraded = live._graded\nseen = []\n"
    look += "live._graded = lambda *a: seen.append(a[2]) or graded(*a)"
    outputs = shown(place.exercises, look, RIGHT, "kata.check('relu')\nprint(seen)")

    assert outputs[0]["text"] == "[7]\n"
