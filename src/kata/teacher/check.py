"""In a child of the worker: the checks of one submission, exercise by exercise."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from kata.answers.limit import Limit, time_limit
from kata.diagnosis.judge import judge
from kata.grade import TestResult
from kata.refusal import NotPassed, TookTooLong
from kata.session.session import Warm
from kata.teacher.fence.answers import RemoteAnswers, Transcript
from kata.teacher.fence.frames import TooLarge, send
from kata.teacher.fence.lines import Nurse
from kata.teacher.fitting import as_report
from kata.teacher.memo import Memo, digest
from kata.teacher.rows import Job, Limits

# seconds for all questions that the memo has of an exercise (residual_pass, the slowest, took six
# on a busy machine); what takes longer is left to the tests: it costs time and changes no verdict
SHORT = 10.0


class Check:
    """Runs the tests, or finds their results in the memo, and reports them over a line."""

    def __init__(
        self, ready: Warm, nurse: Nurse, memo: Memo, line: socket.socket, used: Limit
    ) -> None:
        """used: the submission's time."""
        self._warm = ready
        self._nurse = nurse
        self._memo = memo
        self._line = line
        self._used = used
        self._limits, self._draw_seed = Limits(), 0

    def run(self, job: Job, folder: Path, limits: Limits) -> None:
        """Check all exercises."""
        self._limits, self._draw_seed = limits, job.draw_seed
        answers = RemoteAnswers(self._nurse, folder, job, limits, self._tell_of)
        for name, tests in self._by_exercise(job):
            try:
                self._exercise(answers, name, tests, folder)
            except (EOFError, OSError):
                raise  # the worker or its nursery is gone: no verdict
            except Exception as error:  # of odd replies; it must not cost the other exercises
                answers.again(keep=False)
                self._report([judge(test, error, None, Path(), 0) for test in tests])
        send(self._line, {"done": True})

    def _exercise(
        self, answers: RemoteAnswers, name: str, tests: list[TestResult], folder: Path
    ) -> None:
        """Check one exercise, and report its results."""
        if (found := self._without_answer(answers, name, tests)) is not None:
            self._report(found)
        elif (known := self._remembered(answers)) is not None:
            self._report([TestResult(**result) for result in known])
        else:
            self._live(answers, folder)

    def _by_exercise(self, job: Job) -> Iterator[tuple[str, list[TestResult]]]:
        tests = [test for test in self._warm.tests() if job.asks_for(test.exercise)]
        tests.sort(key=lambda test: (test.exercise, test.position))
        groups = [list(group) for _, group in groupby(tests, lambda test: test.exercise)]
        for group in sorted(groups, key=lambda group: group[0].position):
            yield group[0].exercise, group

    def _limit_now(self) -> float:
        """Return seconds for one test: as for a learner, but never more than a half of what is
        left.

        A test that does not end is the last of its exercise, so that each exercise has a turn
        however many of them never end.
        """
        return self._limits.of_one_test(self._limits.seconds * (1 - self._used.used()))

    def _tell_of(self, student: int) -> None:
        """Let the worker count the time of a student's process, too."""
        send(self._line, {"student": student})

    def _without_answer(
        self, answers: RemoteAnswers, name: str, tests: list[TestResult]
    ) -> list[TestResult] | None:
        """Return what all tests say of an exercise that has no answer; None where it has one."""
        limit = self._limit_now()
        try:
            with time_limit(limit):
                answers.begin(name)
            return None
        except (NotPassed, TookTooLong) as stopped:
            return [judge(test, stopped, None, Path(), limit) for test in tests]

    def _remembered(self, answers: RemoteAnswers) -> list[dict[str, Any]] | None:
        """Return the results that the same replies got before."""
        try:
            with time_limit(min(SHORT, self._limit_now() / 2)):
                found = self._memo.follow(answers.root, answers.ask)
        except (NotPassed, TookTooLong):
            answers.again(keep=False)
            return None
        answers.again(keep=True)
        return found

    def _live(self, answers: RemoteAnswers, folder: Path) -> None:
        """Run the tests."""
        results = self._tested(answers, folder)
        if answers.differs:
            answers.again(keep=False)
            results = self._tested(answers, folder)
        told = answers.transcript
        self._report(results, answers.root, told if told.clean else None)

    def _tested(self, answers: RemoteAnswers, folder: Path) -> list[TestResult]:
        found: list[TestResult] = []

        def tell(results: list[TestResult]) -> None:
            found.extend(results)
            self._warm.limit_tests(self._limit_now())

        self._warm.limit_tests(self._limit_now())
        self._warm.grade(folder, [answers.name], answers, tell, draw_seed=self._draw_seed)
        return found

    def _report(
        self, results: list[TestResult], root: str = "", told: Transcript | None = None
    ) -> None:
        """Send results; and, for the memo, what was asked and replied, if it is not too large."""
        report = {"results": as_report(results), "root": ""}
        if told is not None:
            among = [question[0] for question in told.questions]
            digests = [digest(reply).hex() for reply in told.replies]
            kept = {**report, "root": root, "among": among, "replies": digests}
            with suppress(TooLarge):
                send(self._line, kept, [question[1] for question in told.questions])
                return
        send(self._line, report)
