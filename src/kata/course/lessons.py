"""A chapter's lesson, lessons/chNN_name.md: its story, experiments, exercises, hints, questions.

It is Markdown. A fenced block of python is an experiment; a comment `<!-- exercise: NAME ... -->`
is where the function is to be written and checked, and holds how hard it is, what it was for, and
its hints; `<!-- picture: ... -->` above an experiment says what it draws; all else is story. A
chapter without a lesson has its exercises in order, under their own docstrings.
"""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from kata.course import course, exercises, exercises_of

PIECE = re.compile(
    r"^<!-- exercise: (?P<exercise>\w+)(?: -->$|\n.*?^-->$)|"
    r"(?:^<!-- picture: (?P<picture>[^>]+?)\s-->\n)?^```python\n(?P<experiment>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EFFORT = re.compile(r"^difficulty: ([1-5])\nminutes: (\d+)$", re.MULTILINE)
AFTER = re.compile(r"^after: (.+?)(?=^\d+\. |\Z)", re.MULTILINE | re.DOTALL)
QUESTION = re.compile(
    r"^<details>\n<summary>\d+\. (?P<asked>[^<]+)</summary>\n\n(?P<answer>.+?)\n\n</details>$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Question:
    """A question at the end of a lesson, and its answer in Markdown: in bold, then the reason."""

    asked: str
    answer: str


@dataclass(frozen=True)
class Piece:
    """A part of a lesson: text of the story, code of an experiment, or an exercise's name.

    picture: what an experiment draws, for who does not see it; "" where it draws nothing.
    """

    kind: Literal["story", "experiment", "exercise"]
    text: str
    picture: str = ""


def pieces_of(chapter: str) -> list[Piece]:
    """Return the pieces of a chapter's lesson, in order.

    Raises ValueError where it does not ask for each exercise of the chapter once.
    """
    path = course().lessons / f"{chapter}.md"
    if not path.is_file():
        return _without_lesson(chapter)
    pieces = parse(path.read_text("utf-8"))
    if not pieces or pieces[0].kind != "story" or not pieces[0].text.startswith("# "):
        raise ValueError(f"{path.name}: begins with a title, `# Chapter N: name`")
    asked = Counter(piece.text for piece in pieces if piece.kind == "exercise")
    wanted = Counter(exercises_of(chapter))
    if asked != wanted:
        wrong = {"missing": wanted - asked, "unknown, or there twice": asked - wanted}
        said = "; ".join(
            f"{how}: {', '.join(sorted(names))}" for how, names in wrong.items() if names
        )
        raise ValueError(f"{path.name}: each exercise needs one <!-- exercise: NAME --> ({said})")
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
            picture = " ".join((found["picture"] or "").split())
            pieces.append(Piece("experiment", found["experiment"].rstrip(), picture))
        done = found.end()
    return pieces + _story(text[done:])


HINTS = re.compile(r"^<!-- exercise: (?P<name>\w+)\n(?P<body>.*?)^-->$", re.MULTILINE | re.DOTALL)


def hints_of(name: str) -> list[str]:
    """Return an exercise's hints, in order, as Markdown; none where none are written yet."""
    return hints_in(_lesson_of(exercises()[name].chapter)).get(name, [])


def hints_in(lesson: str) -> dict[str, list[str]]:
    """Return the hints by exercise, from a lesson's text.

    They stand in the comment that says where the exercise belongs, as the items 1., 2. and so on.
    """
    found: dict[str, list[str]] = {}
    for comment in HINTS.finditer(lesson):
        items = re.split(r"^\d+\.\s+", comment["body"], flags=re.MULTILINE)[1:]
        found[comment["name"]] = [_without_indent(item) for item in items]
    return found


def purpose_of(name: str) -> str:
    """Return what an exercise was for, as Markdown, to be read after a pass; "" where it is not
    written yet.
    """
    lesson = _lesson_of(exercises()[name].chapter)
    bodies = {comment["name"]: comment["body"] for comment in HINTS.finditer(lesson)}
    found = AFTER.search(bodies.get(name, ""))
    return " ".join(found[1].split()) if found else ""


def questions_of(chapter: str) -> list[Question]:
    """Return the questions that a chapter's lesson ends with; none without a lesson."""
    found = QUESTION.finditer(_lesson_of(chapter))
    return [Question(question["asked"], question["answer"]) for question in found]


def _lesson_of(chapter: str) -> str:
    """Return the text of a chapter's lesson, "" without one."""
    path = course().lessons / f"{chapter}.md"
    return path.read_text("utf-8") if path.is_file() else ""


def _without_indent(item: str) -> str:
    """Return an item's text, the indentation of its further lines taken off.

    That is the width of "1. " and not more: what is deeper is code, even if it is all there is.
    """
    first, *rest = item.rstrip().split("\n")
    depth = min([3, *(len(r) - len(r.lstrip()) for r in rest if r.strip())])
    return "\n".join([first, *(r[depth:] for r in rest)]).strip()


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
