"""Each exercise notebook runs through blank; filled from the solution it is the solved one."""

import nbformat
import pytest
from notebooks import solved_parts

from kata.course import chapters, course, exercises_of
from kata.dev.notebooks import made, ran

every_chapter = pytest.mark.parametrize("chapter", chapters())


def run(notebook, folder):
    """Run it; the text of each cell's outputs, by the cell's id."""
    notebook = ran(notebook, folder, allow_errors=True)
    return {cell.id: _text(cell) for cell in notebook.cells if cell.cell_type == "code"}


def _text(cell):
    parts = []
    for output in cell.outputs:
        assert output.output_type != "error", f"{cell.id}: {output.ename}: {output.evalue}"
        parts.append(output.get("text") or output.data["text/plain"])
    return "\n".join(parts)


def checks(shown):
    return {k.removeprefix("check-"): v for k, v in shown.items() if k.startswith("check-")}


@every_chapter
def test_a_blank_notebook_says_what_is_to_be_done_and_nothing_crashes(chapter, tmp_path):
    shown = run(nbformat.read(course().exercises / f"{chapter}.ipynb", as_version=4), tmp_path)

    for name, text in checks(shown).items():
        assert text.startswith(f"○ {name.replace('-', '_')}: todo"), text
    waiting = [text for text in shown.values() if "This experiment" in text]
    known = [n for n in exercises_of(chapter) if any(f"it needs {n}, which" in w for w in waiting)]
    assert known or not waiting, waiting
    assert all("This experiment waits" in text and "Error" not in text for text in waiting)


@every_chapter
def test_a_notebook_filled_from_the_solution_is_the_solved_one_which_passes(chapter):
    """The solved one is run by --nbval, cell by cell, and shows what is stored in it."""
    parts = {f"exercise-{n.replace('_', '-')}": text for n, text in solved_parts(chapter).items()}
    blank = made(chapter, course().exercises)
    solved = nbformat.read(course().solutions / f"{chapter}.ipynb", as_version=4)

    assert [(cell.id, parts.get(cell.id, cell.source)) for cell in blank.cells] == [
        (cell.id, cell.source) for cell in solved.cells
    ]
    shown = checks({c.id: _text(c) for c in solved.cells if c.cell_type == "code"})
    assert len(shown) == len(exercises_of(chapter))
    for name, text in shown.items():
        assert text.startswith(f"✓ {name.replace('-', '_')}: passed"), text
