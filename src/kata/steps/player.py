"""One exercise of the learner's, called on many lists of arguments at once."""

from collections.abc import Sequence
from typing import Any, TypeGuard

from torch import Tensor

from kata.answers.call import Answer
from kata.answers.handin import Answers
from kata.answers.limit import time_limit
from kata.answers.load import solution_to
from kata.course import course
from kata.refusal import NotPassed, TookTooLong

Calls = Sequence[tuple[Any, ...]]


class Player:
    """An exercise, as the learner wrote it.

    why: a sentence on what keeps it from being run, or "" while nothing does.
    """

    def __init__(self, name: str, via: str | None, answers: Answers, seconds: float) -> None:
        self.name, self.why = name, ""
        self._seconds = seconds
        try:
            with time_limit(seconds):
                self._answer = answers.answer(name).for_each(via)
        except NotPassed as stopped:
            self._stop(stopped.message)
        except TookTooLong as late:
            self._stop(f"still running after {late} s while it is loaded")

    def results(self, calls: Calls) -> list[Any] | None:
        """Return what it gives for each list of arguments; None where one of them stops it."""
        if self.why:
            return None
        try:
            with time_limit(self._seconds):
                outcome = self._answer.attempt((list(calls),))
        except TookTooLong as late:
            self._stop(f"still running after {late} s")
            return None
        if outcome.stopped is not None:
            self._stop(outcome.stopped.message)
            return None
        returned: list[Any] = outcome.returned
        return returned

    def _stop(self, why: str) -> None:
        self.why = why if why.startswith(f"{self.name} ") else f"{self.name}: {why}"


class Solved(Player):
    """The solution's, which only ever runs forward."""

    def __init__(self, name: str, via: str | None) -> None:
        self.name, self.why, self._seconds = name, "", 0.0
        self._answer = Answer(name, solution_to(name), course().solutions).for_each(via)


def fits(got: Any, like: Tensor) -> TypeGuard[Tensor]:
    """Return whether what came back is a tensor of that shape."""
    return isinstance(got, Tensor) and got.shape == like.shape and not got.is_complex()
