"""The grade: what became of each test, each exercise, and the whole submission."""

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kata.course import exercises

SCHEMA = 1


@dataclass(frozen=True)
class TestResult:
    """One test of one exercise.

    position: where the run has it in its order of tests.
    of: how many tests the exercise was to have in this run.
    answer: the name of the recorded answer that was tested, where it was one.
    broken: the learner's file could not be loaded, so the message is about all of it.
    """

    __test__ = False  # not a class of tests, whatever its name

    exercise: str
    answer: str
    test: str
    of: int
    position: int = 0
    status: str = "passed"
    message: str = ""
    mistake: str | None = None
    broken: bool = False


@dataclass
class ExerciseGrade:
    """One exercise: passed only where every test it was to have has passed."""

    name: str
    chapter: str
    answer: str = ""
    results: list[TestResult] = field(default_factory=list)

    max_score = 1

    @property
    def status(self) -> str:
        found = {result.status for result in self.results}
        for status in ("failed", "error", "todo"):
            if status in found:
                return status
        return "passed" if self._is_complete else "error"

    @property
    def score(self) -> int:
        return self.max_score if self.status == "passed" else 0

    @property
    def message(self) -> str:
        for result in self.results:
            if result.status == self.status and result.message:
                return result.message
        return "" if self._is_complete else "the run stopped before all of its tests were done"

    @property
    def mistake(self) -> str | None:
        named = (r.mistake for r in self.results if r.status in ("failed", "error") and r.mistake)
        return next(named, None)

    @property
    def passed_tests(self) -> int:
        return sum(result.status == "passed" for result in self.results)

    @property
    def _is_complete(self) -> bool:
        return bool(self.results) and len(self.results) == self.results[0].of

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "chapter": self.chapter,
            "status": self.status,
            "score": self.score,
            "max_score": self.max_score,
            "message": self.message,
            "mistake": self.mistake,
            "tests": [
                {"name": r.test, "status": r.status, "message": r.message} for r in self.results
            ],
            **({"answer": self.answer} if self.answer else {}),
        }


@dataclass
class Grade:
    """All that was asked for, exercises in the order in which they are taught."""

    submission: str
    exercises: list[ExerciseGrade]

    @classmethod
    def of(cls, submission: str, results: Iterable[TestResult]) -> "Grade":
        grades: dict[tuple[str, str], ExerciseGrade] = {}
        for result in sorted(results, key=lambda result: result.position):
            chapter = exercises()[result.exercise].chapter
            grade = ExerciseGrade(result.exercise, chapter, result.answer)
            grades.setdefault((grade.name, grade.answer), grade).results.append(result)
        order = list(exercises())
        return cls(submission, sorted(grades.values(), key=lambda grade: order.index(grade.name)))

    @property
    def score(self) -> int:
        return sum(exercise.score for exercise in self.exercises)

    @property
    def max_score(self) -> int:
        return sum(exercise.max_score for exercise in self.exercises)

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "submission": self.submission,
            "score": self.score,
            "max_score": self.max_score,
            "exercises": [exercise.as_json() for exercise in self.exercises],
        }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
