"""Write notebooks as a learner would leave them."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kata.course import course
from kata.dev.notebooks import made
from kata.dev.parts import parts_of


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook of these code cells, with a word between them."""
    both = [part for text in cells for part in (new_markdown_cell("and"), new_code_cell(text))]
    nbformat.write(new_notebook(cells=both), path)
    return path


def answered(chapter: str, folder: Path, **answers: str):
    """A chapter's exercise notebook, with these answers in the stubs' cells."""
    notebook = made(chapter, folder)
    for name, text in answers.items():
        cell = next(c for c in notebook.cells if c.id == f"exercise-{name.replace('_', '-')}")
        cell.source = text
    return notebook


def solved_parts(chapter: str) -> dict[str, str]:
    """The text of each of a chapter's functions, as the solution has it."""
    return parts_of((course().solution_of(chapter)).read_text("utf-8"))[1]
