"""Read a lesson: the story of a chapter and its experiments, from lessons/chNN_name.md.

It is Markdown. A fenced block of python is an experiment; a comment `<!-- exercise: NAME ... -->`
is where the function is to be written and checked, and holds its hints (kata.course) and, before
them, how hard it is; all else is story. A chapter without a lesson has its exercises in order,
under their own docstrings.
"""

import ast
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from kata.course import Definition, course, definitions, exercises_of

PIECE = re.compile(
    r"^<!-- exercise: (?P<exercise>\w+)(?: -->$|\n.*?^-->$)|^```python\n(?P<experiment>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EFFORT = re.compile(r"^difficulty: ([1-5])\nminutes: (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """A part of a lesson: text of the story, code of an experiment, or an exercise's name."""

    kind: Literal["story", "experiment", "exercise"]
    text: str


def lesson_of(chapter: str) -> list[Piece]:
    """Return the pieces of a chapter's lesson, in order.

    Raises ValueError where it does not ask for each exercise of the chapter once.
    """
    path = course().lessons / f"{chapter}.md"
    if not path.is_file():
        return _without_lesson(chapter)
    pieces = parse(path.read_text("utf-8"))
    if not pieces or pieces[0].kind != "story" or not pieces[0].text.startswith("# "):
        raise ValueError(f"{path.name}: begins with a title, `# Chapter N: name`")
    asked = sorted(piece.text for piece in pieces if piece.kind == "exercise")
    if asked != sorted(exercises_of(chapter)):
        missing, unknown = {*exercises_of(chapter)} - {*asked}, {*asked} - {*exercises_of(chapter)}
        raise ValueError(
            f"{path.name}: each exercise needs one line <!-- exercise: NAME --> "
            f"(missing: {sorted(missing)}, unknown or twice: {sorted(unknown) or asked})"
        )
    return pieces


def parse(text: str) -> list[Piece]:
    """Return the pieces of a lesson's text."""
    pieces: list[Piece] = []
    done = 0
    for found in PIECE.finditer(text):
        pieces += _story(text[done : found.start()])
        if found["exercise"]:
            pieces += _effort(found["exercise"], found[0])
            pieces.append(Piece("exercise", found["exercise"]))
        else:
            pieces.append(Piece("experiment", found["experiment"].rstrip()))
        done = found.end()
    return pieces + _story(text[done:])


def parts_of(source: str) -> tuple[str, dict[str, str]]:
    """Return a chapter file's head (its imports), and the text of each public function.

    What stands between two functions, helpers above all, belongs to the second; what comes after
    the last, to the last.
    """
    tree = ast.parse(source)
    lines = source.splitlines()
    public = [node for node in definitions(tree) if not node.name.startswith("_")]
    first = min((_start(node) for node in definitions(tree)), default=len(lines))
    ends = [node.end_lineno or node.lineno for node in public[:-1]]
    cuts = [first, *ends, len(lines)]
    texts = ["\n".join(lines[a:b]).strip() for a, b in pairwise(cuts)]
    after_doc = tree.body[0].end_lineno if ast.get_docstring(tree) is not None else 0
    head = "\n".join(lines[after_doc:first]).strip()
    return head, dict(zip((node.name for node in public), texts, strict=True))


def _start(node: Definition) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1


def _effort(name: str, comment: str) -> list[Piece]:
    """Return a line of story that says how hard an exercise is, where its comment states it."""
    if not (stated := EFFORT.search(comment)):
        return []
    difficulty, minutes = stated.groups()
    return [Piece("story", f"*{name}: difficulty {difficulty} of 5, about {minutes} minutes*")]


def _story(text: str) -> list[Piece]:
    return [Piece("story", text.strip())] if text.strip() else []


def _without_lesson(chapter: str) -> list[Piece]:
    doc = (
        ast.get_docstring(ast.parse((course().solution_of(chapter)).read_text("utf-8"))) or chapter
    )
    exercises = [Piece("exercise", name) for name in exercises_of(chapter)]
    return [Piece("story", f"# {doc}"), *exercises]
