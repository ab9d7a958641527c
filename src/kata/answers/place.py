"""Where a line of the learner's is, as a person would say it: file and line, or cell and line."""

import sys
from pathlib import Path

from kata.answers.cells import location, source_of


def place(path: Path, line: int | str) -> str:
    """Say where a line is: "ch03_forward.py:12", "ch03_forward.ipynb cell 5, line 2".

    By the file's own name: every road says the same, wherever the hand-in lies.

    The cells of a running notebook are named as it names them: "In[7], line 2".
    """
    cell = running_cell(str(path))
    if cell:
        return f"{cell}, line {line}"
    if path.suffix == ".ipynb" and isinstance(line, int):
        number, inside = location(source_of(path), line)
        return f"{path.name} cell {number}, line {inside}"
    return f"{path.name}:{line}"


def running_cell(file: str) -> str | None:
    """Return what the running notebook calls the cell that was compiled under this name.

    It is None for what is no cell.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    named = shell.compile.format_code_name(file) if shell else None
    return str(named[1]) if named else None
