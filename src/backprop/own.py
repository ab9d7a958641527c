"""The learner's own functions wherever they pass, and the solutions for the others.

A grade takes each function alone, with the solutions around it. Here all of them run together: what
a chapter imports of an earlier one is the learner's too, where it passes.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from kata.answers.handin import Submission
from kata.answers.load import load, load_answers
from kata.course import chapters, course, exercises, exercises_of
from kata.learner.board import board_now, record
from kata.learner.grader import Grader
from kata.learner.place import Place, here
from kata.learner.source import fingerprints


class Own:
    """passed: the names of the functions that are the learner's; all others are the solutions."""

    def __init__(self, folder: Path, passed: Collection[str]) -> None:
        self.passed = frozenset(passed)
        self._files = Submission(folder)
        self._modules: dict[str, ModuleType] = {}

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Return a function, with the learner's own around it."""
        found: Callable[..., Any] = getattr(self.module(exercises()[name].chapter), name)
        return found

    def module(self, chapter: str) -> ModuleType | None:
        """Return a chapter's module; None for what is no chapter."""
        if chapter not in chapters():
            return None
        if chapter not in self._modules:
            self._modules[chapter] = self._mixed(chapter)
        return self._modules[chapter]

    def _mixed(self, chapter: str) -> ModuleType:
        solved = load(course().solution_of(chapter), chapter, self.module)
        mine = [name for name in exercises_of(chapter) if name in self.passed]
        path = self._files.file_of(chapter) if mine else None
        if path is None:
            return solved
        written, _ = load_answers(path, chapter, self.module)
        for name in exercises_of(chapter):
            source, target = (written, solved) if name in mine else (solved, written)
            setattr(target, name, getattr(source, name))
        return solved


def passing(place: Place, names: Collection[str], say: Callable[[str], None]) -> set[str]:
    """Return which of these the learner has written and passes; grade those not known yet.

    say: is given a line before each grade. Raises kata.learner.place.Problem.
    """
    rows = {row.name: row for row in board_now(place).rows if row.name in names}
    passed = {name for name, row in rows.items() if row.status == "passed"}
    unknown = [name for name, row in rows.items() if row.status == "changed"]
    if not unknown:
        return passed
    with Grader(place, names=unknown) as grader:
        for name in unknown:
            say(f"grading your {name}")
            verdict = grader.grade(name)
            if place == here():
                printed = fingerprints(place, exercises()[name].chapter).get(name, "")
                record(place, verdict, printed, date.today())
            if verdict.passed:
                passed.add(name)
    return passed


def told(names: Collection[str], passed: Collection[str]) -> Iterator[str]:
    """Say how many of the functions are the learner's, and for which the solution stands in."""
    yield f"{len(passed)} of {len(names)} yours"
    if missing := [name for name in names if name not in passed]:
        yield f"the solution stands in for {', '.join(missing)}"
