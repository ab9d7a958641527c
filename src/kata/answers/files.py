"""Which file of a folder answers a chapter; needs no torch.

A learner who works in the notebook leaves the stubs of the .py file as they are, so that file
answers a chapter unless it is untouched and the notebook is not. Where both are written the .py
file is graded, and `overlooked` tells of the notebook.
"""

from collections.abc import Iterable
from pathlib import Path

from kata.answers.cells import source_of
from kata.answers.encoding import read_python
from kata.answers.text import Chapter
from kata.refusal import Broken


def chapter_file(folder: Path, chapter: str) -> Path | None:
    """Return the file of a folder that answers a chapter; None where it has none."""
    script, notebook = folder / f"{chapter}.py", folder / f"{chapter}.ipynb"
    if not notebook.is_file():
        return script if script.is_file() else None
    if script.is_file() and (written(script, chapter) or not written(notebook, chapter)):
        return script
    return notebook


def overlooked(folder: Path, chapters: Iterable[str]) -> dict[Path, set[str]]:
    """Return notebooks beside a graded .py file: the exercises that only the notebook answers."""
    found = {}
    for chapter in chapters:
        notebook = folder / f"{chapter}.ipynb"
        graded = chapter_file(folder, chapter)
        if graded is not None and graded != notebook and notebook.is_file():
            more = written(notebook, chapter) - written(graded, chapter)
            if more:
                found[notebook] = more
    return found


def text_of(path: Path) -> str:
    """Return the Python source of a file or of a notebook. Raises Broken, OSError, SyntaxError."""
    return source_of(path) if path.suffix == ".ipynb" else read_python(path)


def written(path: Path, chapter: str) -> set[str]:
    """Return the exercises of a chapter that a file answers by more than the stub.

    A file that cannot be read as Python was touched: it counts as an answer to something.
    """
    try:
        answers = Chapter(text_of(path), chapter)
    except (Broken, OSError, ValueError, SyntaxError):
        return {""}
    return {name for name in answers.names if not answers.is_stub(name)}
