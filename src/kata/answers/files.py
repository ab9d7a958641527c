"""Which file of a folder answers a chapter; needs no torch.

A learner who works in the notebook leaves the stubs of the .py file as they are, so that file
answers a chapter unless it is untouched and the notebook is not. Where both are written the .py
file is graded, and `overlooked` tells of the notebook.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from kata.answers.cells import is_blank, source_of
from kata.answers.encoding import read_python
from kata.answers.text import Chapter
from kata.course import chapter_number, chapters
from kata.refusal import Broken

ENDING = re.compile(r"\.(py|ipynb)(?:\.txt)?$", re.IGNORECASE)


def chapter_file(folder: Path, chapter: str) -> Path | None:
    """Return the file of a folder that answers a chapter; None where it has none."""
    script, notebook = folder / f"{chapter}.py", folder / f"{chapter}.ipynb"
    if not notebook.is_file():
        return script if script.is_file() else None
    if script.is_file() and (written(script, chapter) or not written(notebook, chapter)):
        return script
    return notebook


def overlooked(folder: Path, asked: Iterable[str]) -> dict[Path, frozenset[str]]:
    """Return notebooks beside a graded .py file: the exercises that only the notebook answers."""
    found = {}
    for chapter in asked:
        notebook = folder / f"{chapter}.ipynb"
        graded = chapter_file(folder, chapter)
        if graded is not None and graded != notebook and notebook.is_file():
            more = written(notebook, chapter) - written(graded, chapter)
            if more:
                found[notebook] = more
    return found


def misnamed(folder: Path, chapter: str) -> str:
    """Return what to rename, where a chapter is missing or untouched and a file has nearly its
    name.

    It is a browser's "ch03_forward (1).py", an editor's "ch3-forward.py.txt"; "" for none.
    """
    graded = chapter_file(folder, chapter)
    if graded is not None and written(graded, chapter):
        return ""
    number, word = chapter_number(chapter), re.escape(chapter[5:].replace("_", ""))
    near = re.compile(rf"(?:ch(?:ap(?:ter)?)?)?0*{number}(?:{word})?|.*ch0*{number}{word}.*")
    for path in sorted(folder.iterdir()):
        kind = ENDING.search(path.name)
        if kind is None or not path.is_file():
            continue
        if path.stem in chapters() and path.suffix in (".py", ".ipynb"):
            continue
        if near.fullmatch(re.sub(r"[\W_]", "", path.name[: kind.start()].lower())):
            return f"you have {path.name}; rename it to {chapter}.{kind[1].lower()}"
    return ""


def text_of(path: Path) -> str:
    """Return the Python source of a file or of a notebook. Raises Broken, OSError, SyntaxError."""
    return source_of(path) if path.suffix == ".ipynb" else read_python(path)


def answers_in(path: Path, chapter: str) -> Chapter:
    """Return a file of a chapter, parsed once for each save: to read a notebook takes 20 ms.

    Raises Broken, OSError, SyntaxError.
    """
    return _parsed(path, chapter, _save_of(path))


def _save_of(path: Path) -> tuple[int, ...]:
    """Return what is another at each save. Raises OSError."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


@lru_cache(maxsize=128)  # a script and a notebook for each of a course's chapters
def _parsed(path: Path, chapter: str, save: object) -> Chapter:
    return Chapter(text_of(path), chapter)


def written(path: Path, chapter: str) -> frozenset[str]:
    """Return the exercises of a chapter that a file answers by more than the stub.

    A file that cannot be read as Python was touched: it counts as an answer to something.
    """
    try:
        return _written(path, chapter, _save_of(path))
    except OSError:
        return frozenset({""})


@lru_cache(maxsize=128)
def _written(path: Path, chapter: str, save: object) -> frozenset[str]:
    if path.suffix == ".ipynb" and is_blank(path):  # nearly all are, and to parse one takes 10 ms
        return frozenset()
    try:
        answers = answers_in(path, chapter)
    except (Broken, OSError, ValueError, SyntaxError):
        return frozenset({""})
    return frozenset(name for name in answers.names if not answers.is_stub(name))
