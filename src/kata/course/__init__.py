"""What there is to solve: the course at hand, its chapters and their exercises.

A course is a folder whose pyproject.toml has a table [tool.kata]. A chapter is a file
solutions/chNN_name.py, and each public function or class at its top level is an exercise of that
name: they are read off the text, without running it, and nothing else lists them.
"""

import ast
import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from kata.course.places import (
    SETTINGS,
    NoCourse,
    folder_in,
    is_in_a_package,
    root_of_the_course,
    settings_in,
)

FOLDERS = ("exercises", "solutions", "tests", "mistakes", "variants", "lessons")
COPIED = ("exercises", "tests", "lessons")  # what a learner has of a course that is installed

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Course:
    """A course's folders and settings.

    exercises: the stubs, which the learner fills in. solutions: say what exercises there are.
    tests: the specification, test_chNN_name.py. mistakes: the wrong answers, and the probes.
    variants: unusual right answers. lessons: the chapters' stories and hints.

    name: what teachers' tables call it. repository: "owner/name" on GitHub, where the notebooks'
    links lead; "" for none. distribution: its name on the package index, from which the notebooks'
    first cell installs it; "" for none. package: the Python package of the course's own code, whose
    `dialogues` the tests name; "" for none. core: the chapters that come first, all without an
    entry. least: how many mistakes and right answers an exercise has at least, in the core and
    beyond. commands: by name, the "module:function" that `kata` gains. doctor: "module:function"s
    that `kata doctor` asks. steps: the "module:function" that returns the nets of `kata step`, by
    exercise. picture: the "exercise" of which README shows a grade, and a "wrong" body of it.
    copy_of: the package whose course this is a learner's copy of, "" for a course itself.
    """

    root: Path
    exercises: Path
    solutions: Path
    tests: Path
    mistakes: Path
    variants: Path
    lessons: Path
    name: str = ""
    repository: str = ""
    distribution: str = ""
    package: str = ""
    core: tuple[str, ...] = ()
    least: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    doctor: tuple[str, ...] = ()
    steps: str = ""
    picture: Mapping[str, str] = field(default_factory=dict)
    copy_of: str = ""

    @classmethod
    def at(cls, root: Path) -> "Course":
        """Read the settings of the course at root. Raises NoCourse."""
        given = settings_in(root)
        if given is None:
            raise NoCourse(f"{root}: no course ({SETTINGS} has no [tool.kata])")
        if package := str(given.get("copy_of", "")):
            whole = cls.at(folder_in(package))
            copied: dict[str, Any] = {name: root / name for name in COPIED}
            return replace(whole, root=root, copy_of=package, **copied)
        words = "name repository distribution package core least commands doctor steps picture"
        known = {*words.split(), *FOLDERS}
        if unknown := sorted(set(given) - known):
            raise NoCourse(f"{root / SETTINGS}: [tool.kata] has no entry {unknown[0]!r}")
        folders: dict[str, Any] = {name: root / str(given.get(name, name)) for name in FOLDERS}
        return cls(
            root=root,
            name=str(given.get("name", root.name)),
            repository=str(given.get("repository", "")),
            distribution=str(given.get("distribution", "")),
            package=str(given.get("package", "")),
            core=tuple(given.get("core", ())),
            least={part: tuple(numbers) for part, numbers in given.get("least", {}).items()},
            commands=dict(given.get("commands", {})),
            doctor=tuple(given.get("doctor", ())),
            steps=str(given.get("steps", "")),
            picture=dict(given.get("picture", {})),
            **folders,
        )

    @property
    def is_in_a_package(self) -> bool:
        """Return whether it came with an installed package: a place to read, not to work in."""
        return is_in_a_package(self.root)

    @property
    def settings(self) -> Path:
        """Return the file with [tool.kata], which is pytest's as well."""
        return self.root / SETTINGS

    @property
    def pytest_options(self) -> list[str]:
        """Return what makes pytest use the course's settings, wherever one stands."""
        return [f"--rootdir={self.root}", "-c", str(self.settings)]

    def tests_of(self, chapter: str) -> Path:
        """Return the file of a chapter's tests."""
        return self.tests / f"test_{chapter}.py"

    def argument_for(self, chapter: str) -> str:
        """Return how pytest, started in the root, is told of a chapter's tests.

        It takes a "[" for the beginning of a parameter's name; a folder above may have one.
        """
        return os.path.relpath(self.tests_of(chapter), self.root)

    def solution_of(self, chapter: str) -> Path:
        """Return the file of a chapter's solution."""
        return self.solutions / f"{chapter}.py"

    def least_of(self, exercise: "Exercise") -> tuple[int, int]:
        """Return how many mistakes and how many right answers an exercise has at least."""
        return self.least.get("core" if exercise.is_core else "beyond", (1, 1))


@dataclass(frozen=True)
class Exercise:
    """One thing to write: its name, the chapter (file stem) that asks for it, and its kind."""

    name: str
    chapter: str
    is_class: bool = False

    @property
    def is_core(self) -> bool:
        """Return whether it belongs to the chapters that come first."""
        return self.chapter in core_chapters()


_at_hand: list[Course] = []
_told: list[Exercise] = []


def course() -> Course:
    """Return the course at hand, the same at each call. Raises NoCourse.

    It is the one that `use` named; else the one that KATA_COURSE names; else the one of the working
    folder or of the nearest folder above it; else the only one that is installed.
    """
    if not _at_hand:
        _at_hand.append(Course.at(root_of_the_course()))
    return _at_hand[0]


def use(root: Path) -> Course:
    """Let the course at root be the one at hand. Raises NoCourse."""
    if not _at_hand or _at_hand[0].root != root:
        found = Course.at(root)
        forget()
        _at_hand.append(found)
    return _at_hand[0]


def forget() -> None:
    """Let the course be looked for again."""
    _at_hand.clear()
    _told.clear()
    chapters.cache_clear()
    exercises.cache_clear()


def tell(at_hand: Course, found: Iterable[Exercise]) -> None:
    """Say what there is to solve, in a process that may not read the course's folder."""
    forget()
    _at_hand.append(at_hand)
    _told.extend(found)


def chapter_number(chapter: str) -> int:
    """Return 3 for "ch03_forward"."""
    return int(chapter[2:4])


def title(chapter: str) -> str:
    """Return "3 forward" for "ch03_forward"."""
    return f"{chapter_number(chapter)} {chapter[5:].replace('_', ' ')}"


@cache
def chapters() -> tuple[str, ...]:
    """Return all chapters, in order."""
    if _told:
        return tuple(sorted({exercise.chapter for exercise in _told}))
    return tuple(sorted(path.stem for path in course().solutions.glob("ch[0-9][0-9]_*.py")))


def core_chapters() -> tuple[str, ...]:
    """Return the chapters of the core, in order."""
    core = course().core
    return tuple(chapter for chapter in chapters() if not core or chapter in core)


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises by name, in the order in which they are taught."""
    if _told:
        return {exercise.name: exercise for exercise in _told}
    return {
        node.name: Exercise(node.name, chapter, isinstance(node, ast.ClassDef))
        for chapter in chapters()
        for node in definitions(ast.parse(course().solution_of(chapter).read_text("utf-8")))
        if not node.name.startswith("_")
    }


def exercises_of(chapter: str) -> tuple[str, ...]:
    """Return the names of one chapter's exercises, in order."""
    return tuple(name for name, exercise in exercises().items() if exercise.chapter == chapter)


def definitions(tree: ast.Module) -> list[Definition]:
    """Return the functions and classes at the top level of a file."""
    return [node for node in tree.body if isinstance(node, Definition)]


def definition_in(path: Path, name: str) -> Definition:
    """Return the first definition of a name at the top level of a file."""
    return next(
        node for node in definitions(ast.parse(path.read_text("utf-8"))) if node.name == name
    )


def function_at(where: str) -> Callable[..., Any]:
    """Return the function that [tool.kata] names as "module:function". Raises NoCourse."""
    module, _, function = where.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise NoCourse(f"{course().settings}: [tool.kata] names {where}: {error}") from None
    return found


def closest(name: str, among: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a name that is not there; "" where none is like it."""
    from difflib import get_close_matches  # 10 ms, which no grade needs

    found = get_close_matches(name, list(among), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""
