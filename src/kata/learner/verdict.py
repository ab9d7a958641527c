"""What a learner is told of one exercise: its entry of the grade, and what the code printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kata.answers.printable import brief
from kata.grade import ExerciseGrade, TestResult


@dataclass
class Verdict:
    """One exercise's entry of the grade, as it came from the process that ran the learner's code.

    printed: what the code printed. whole: whether every test was run. has_net: of values that are
    wrong, whether `kata step` shows them. found: what was asked for instead of a grade.
    """

    entry: dict[str, Any]
    printed: str = ""
    whole: bool = True
    has_net: bool = False
    found: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def grade(self) -> ExerciseGrade:
        return ExerciseGrade.of_json(self.entry)

    @property
    def name(self) -> str:
        return self.grade.name

    @property
    def status(self) -> str:
        return self.grade.status

    @property
    def passed(self) -> bool:
        return self.grade.passed

    @property
    def message(self) -> str:
        """Return what is wrong, fit for a terminal; the grade has it as it came."""
        return brief(self.grade.message)

    @property
    def tests(self) -> Sequence[TestResult]:
        return self.grade.results

    @classmethod
    def stopped(cls, name: str, why: str) -> "Verdict":
        """Return the verdict on an answer that ended, or was ended, without one of its own."""
        return cls(ExerciseGrade.stopped(name, why).as_json())
