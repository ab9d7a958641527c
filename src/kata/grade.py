"""The grade: what became of each test, each exercise, and the whole submission.

Only this module knows how they look in JSON.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.course import exercises
from kata.refusal import AND

SCHEMA = 1
ESCAPED = "backslashreplace"  # what UTF-8 cannot hold, such as half of an emoji
CUT_SHORT = "the run stopped before all of its tests were done"


@dataclass(frozen=True)
class TestResult:
    """One test of one exercise.

    position: where the run has it in its order of tests.
    of: how many tests the exercise was to have in this run.
    answer: the name of the recorded answer that was tested, where it was one.
    broken: the learner's file could not be loaded, so the message is about all of it.
    measured: what the test has counted or seen beside the values, where it refuses that: a mistake
    of its own, whatever else is wrong.
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
    measured: str | None = None


@dataclass(frozen=True)
class ExerciseGrade:
    """One exercise, as `of` makes it of its tests, or `stopped` where none was run to its end."""

    name: str
    chapter: str
    status: str
    message: str = ""
    mistake: str | None = None
    results: Sequence[TestResult] = ()
    answer: str = ""

    max_score = 1

    @classmethod
    def of(cls, results: Sequence[TestResult]) -> "ExerciseGrade":
        """Grade an exercise: passed only where every test that it was to have has passed."""
        name, answer = results[0].exercise, results[0].answer
        statuses = {result.status for result in results}
        is_complete = len(results) == results[0].of
        status = next((s for s in ("failed", "error", "todo") if s in statuses), "")
        status = status or ("passed" if is_complete else "error")
        told = (r.message for r in results if r.status == status and r.message)
        message = next(told, "" if is_complete else CUT_SHORT)
        named = (r.mistake for r in results if r.status in ("failed", "error") and r.mistake)
        mistake = next(named, None)
        if mistake and mistake in message and not answer:  # a recorded answer has one by itself
            measured = dict.fromkeys(r.measured for r in results if r.measured)
            besides = "".join(AND + says for says in measured if says not in mistake)
            message, mistake = message + besides, mistake + besides
        return cls(name, exercises()[name].chapter, status, message, mistake, results, answer)

    @classmethod
    def stopped(cls, name: str, why: str) -> "ExerciseGrade":
        """Grade an exercise of which no test came to its end."""
        return cls(name, exercises()[name].chapter, "error", f"{name}: {why}")

    @classmethod
    def of_json(cls, entry: dict[str, Any]) -> "ExerciseGrade":
        """Read what as_json wrote. Raises KeyError, TypeError."""
        name, answer = entry["name"], entry.get("answer", "")
        results = [
            TestResult(name, answer, t["name"], len(entry["tests"]), at, t["status"], t["message"])
            for at, t in enumerate(entry["tests"])
        ]
        told = entry["chapter"], entry["status"], entry["message"], entry["mistake"]
        return cls(name, *told, results, answer)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def score(self) -> int:
        return self.max_score if self.passed else 0

    @property
    def passed_tests(self) -> int:
        return sum(result.status == "passed" for result in self.results)

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


@dataclass(frozen=True)
class Grade:
    """All that was asked for, exercises in the order in which they are taught."""

    submission: str
    exercises: Sequence[ExerciseGrade]

    @classmethod
    def of(cls, submission: str, results: Iterable[TestResult]) -> "Grade":
        groups: dict[tuple[str, str], list[TestResult]] = {}
        for result in sorted(results, key=lambda result: result.position):
            groups.setdefault((result.exercise, result.answer), []).append(result)
        order = list(exercises())
        grades = map(ExerciseGrade.of, groups.values())
        return cls(submission, sorted(grades, key=lambda grade: order.index(grade.name)))

    @classmethod
    def of_json(cls, grade: dict[str, Any]) -> "Grade":
        """Read what as_json wrote. Raises KeyError, TypeError."""
        return cls(grade["submission"], [ExerciseGrade.of_json(e) for e in grade["exercises"]])

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


def class_as_json(graded: Iterable[tuple[Grade, str]]) -> dict[str, Any]:
    """Return the grades of a class, each with its outcome (graded, timeout, crashed, refused)."""
    return {
        "schema": SCHEMA,
        "submissions": {
            grade.submission: {**grade.as_json(), "outcome": outcome} for grade, outcome in graded
        },
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all. Raises OSError."""
    write_whole(path, json.dumps(content, indent=1))


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors=ESCAPED, newline="") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
