"""Grade one exercise at a time, away from our own process: in a fork, or in a worker.

A grade runs the learner's code, which may loop for ever, leave Python, or print without end. It
runs where that does no harm: in a fork of this process, warm already; where there is no fork
(Windows), in a worker started ahead. Both give the same verdicts. KATA_NO_FORK=1 asks for the
worker anywhere.
"""

import os
from collections.abc import Callable
from typing import Any, Protocol

from kata.learner.hanging import SECONDS, Trace, whole_limit
from kata.learner.pipe import Worker
from kata.learner.place import Place, Problem
from kata.learner.signals import ending_at_once, raising
from kata.learner.verdict import Verdict
from kata.session import cuda


class Grader(Protocol):
    """Grades the answers of one place, without ever running them in this process.

    left_out: a line where there is something that it cannot grade, or "".
    """

    left_out: str

    def grade(self, name: str, seed: int = 0, quick: bool = False) -> Verdict:
        """The verdict on one answer.

        seed: for other inputs than the usual ones. quick: the first test that fails is enough.
        """

    def picture(self, name: str) -> Verdict:
        """What one answer gives on the first probe that it gets wrong, in Verdict.picture."""

    def prepare(self, name: str) -> None:
        """Bring into memory what a grade of this exercise will need."""


def with_grader(place: Place, use: Callable[[Grader], int], seconds: float = SECONDS) -> int:
    """Return what use(grader) returns. Raises Problem where the tests cannot be collected."""
    if not forks():
        with Worker(place, seconds) as worker:
            return use(worker)
    from kata.session import session

    os.environ["PYTEST_ADDOPTS"] = ""  # the learner's own are for their own pytest
    codes: list[int] = []
    interrupts: list[int] = []

    def loop(collected: session.Warm) -> int:
        with raising(KeyboardInterrupt, ["SIGINT"]) as came:
            try:
                codes.append(use(Forks(place, collected, seconds)))
            finally:
                interrupts.extend(came)
        return codes[0]

    with ending_at_once("SIGINT"):  # what is imported may swallow an exception, or print it
        status = session.main(loop)
    if interrupts and not codes:  # pytest makes a status of it
        raise KeyboardInterrupt
    if not codes:
        raise Problem(f"the tests cannot be collected (pytest's status {status}); pytest says why")
    return codes[0]


def forks() -> bool:
    """Whether answers are graded in forks of this process."""
    return hasattr(os, "fork") and not os.environ.get("KATA_NO_FORK")


class Forks:
    """A Grader that forks the warm process it is in."""

    def __init__(self, place: Place, collected: Any, seconds: float) -> None:
        self.left_out = cuda.left_out()
        self._place = place
        self._warm = collected
        self._seconds = seconds

    def grade(self, name: str, seed: int = 0, quick: bool = False) -> Verdict:
        return self._in_fork({"do": "grade", "name": name, "seed": seed, "quick": quick})

    def picture(self, name: str) -> Verdict:
        return self._in_fork({"do": "picture", "name": name})

    def prepare(self, name: str) -> None:
        from kata.learner.answering import prepare

        prepare(self._warm, name)

    def _in_fork(self, request: dict[str, Any]) -> Verdict:
        from kata.learner.answering import answer_to
        from kata.session.session import forked

        limit = whole_limit(self._seconds)
        with Trace() as trace:
            asked = {**request, "seconds": self._seconds, "trace": str(trace.path)}

            def child() -> dict[str, Any]:
                _leave_the_terminal()
                return answer_to(self._warm, self._place.exercises, asked)

            ended = forked(child, limit, trace.ask)
            if ended.outcome == "done":
                return Verdict(**ended.value)
            return Verdict.stopped(request["name"], f"{ended.detail}{trace.line_in(self._place)}")


def _leave_the_terminal() -> None:
    """In a child: what is printed past sys.stdout must not spoil the screen, nor input() wait."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
