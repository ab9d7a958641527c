"""What there is to solve: the chapters and their exercises, read off solutions/ without running it.

A chapter is a file solutions/chNN_name.py; each public function or class at its top level is an
exercise of that name. Nothing else lists them.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions"
EXERCISES = ROOT / "exercises"
LAST_CORE_CHAPTER = 8

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Exercise:
    """One thing to write: its name, the chapter (file stem) that asks for it, and its kind."""

    name: str
    chapter: str
    is_class: bool = False

    @property
    def is_core(self) -> bool:
        return chapter_number(self.chapter) <= LAST_CORE_CHAPTER


_told: list[Exercise] = []


def chapter_number(chapter: str) -> int:
    """3 for "ch03_forward"."""
    return int(chapter[2:4])


def tell(found: Iterable[Exercise]) -> None:
    """Say what there is to solve, in a process that may not read solutions/."""
    _told.extend(found)


@cache
def chapters() -> tuple[str, ...]:
    """All chapters, in order."""
    if _told:
        return tuple(sorted({exercise.chapter for exercise in _told}))
    return tuple(sorted(path.stem for path in SOLUTIONS.glob("ch[0-9][0-9]_*.py")))


def core_chapters() -> tuple[str, ...]:
    """The chapters of the core, in order."""
    return tuple(c for c in chapters() if chapter_number(c) <= LAST_CORE_CHAPTER)


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by name, in the order in which they are taught."""
    if _told:
        return {exercise.name: exercise for exercise in _told}
    return {
        node.name: Exercise(node.name, chapter, isinstance(node, ast.ClassDef))
        for chapter in chapters()
        for node in definitions(ast.parse((SOLUTIONS / f"{chapter}.py").read_text("utf-8")))
        if not node.name.startswith("_")
    }


def exercises_of(chapter: str) -> tuple[str, ...]:
    """The names of one chapter's exercises, in order."""
    return tuple(name for name, exercise in exercises().items() if exercise.chapter == chapter)


def definitions(tree: ast.Module) -> list[Definition]:
    """The functions and classes at the top level of a file."""
    return [node for node in tree.body if isinstance(node, Definition)]
