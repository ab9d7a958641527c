"""In a child of the worker: the checks of one submission, exercise by exercise."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from kata.judge import judge
from kata.limit import Limit, time_limit
from kata.refusal import NotPassed, Raised, TookTooLong
from kata.teacher.answers import RemoteAnswers
from kata.teacher.frames import TooLarge, send
from kata.teacher.job import Job, Limits
from kata.teacher.lines import Nurse
from kata.teacher.memo import Memo, digest
from kata.teacher.sameness import keys_of_files, keys_of_trees
from kata.teacher.worker import as_report
from kata.verdict import TestResult
from kata.warm import Warm, forked

SHORT = 2.0  # seconds for a question of the memo; what takes longer is left to the tests


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
        self._keys: dict[str, list[str]] = {}

    def run(self, job: Job, folder: Path, limits: Limits) -> None:
        """Check all exercises."""
        self._limits, self._draw_seed = limits, job.draw_seed
        answers = RemoteAnswers(self._nurse, folder, job, limits, self._tell_of)
        self._find_keys(job)
        for name, tests in self._by_exercise(job):
            keys = self._keys.get(name, [])
            known = next((self._memo.same[key] for key in keys if key in self._memo.same), None)
            if known is not None:
                self._report(_of(known), keys)
            elif (found := self._without_answer(answers, name, tests)) is not None:
                self._report(found, keys if answers.transcript.clean else [])
            elif (known := self._remembered(answers)) is not None:
                self._report(_of(known), keys)
            else:
                self._live(answers, folder, keys)
        send(self._line, {"done": True})

    def _find_keys(self, job: Job) -> None:
        """By which keys the memo may know the exercises' results."""
        trees = forked(lambda: keys_of_trees(job), SHORT)
        for keys in (keys_of_files(job), trees.value if trees.outcome == "done" else {}):
            for name, key in keys.items():
                self._keys.setdefault(name, []).append(key)

    def _by_exercise(self, job: Job) -> Iterator[tuple[str, list[TestResult]]]:
        tests = [test for test in self._warm.tests() if job.asks_for(test.exercise)]
        tests.sort(key=lambda test: (test.exercise, test.position))
        groups = [list(group) for _, group in groupby(tests, lambda test: test.exercise)]
        for group in sorted(groups, key=lambda group: group[0].position):
            yield group[0].exercise, group

    def _limit_now(self) -> float:
        """Seconds for one test: as for a learner, but never more than a half of what is left.

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
        """What all tests say of an exercise that has no answer; None where it has one."""
        limit = self._limit_now()
        try:
            with time_limit(limit):
                answers.begin(name)
            return None
        except (NotPassed, TookTooLong) as stopped:
            if isinstance(stopped, TookTooLong | Raised):
                answers.transcript.clean = False
            return [judge(test, stopped, None, Path(), limit) for test in tests]

    def _remembered(self, answers: RemoteAnswers) -> list[dict[str, Any]] | None:
        """The results that the same replies got before."""
        try:
            with time_limit(SHORT):
                found = self._memo.follow(answers.root, answers.ask)
        except (NotPassed, TookTooLong):
            answers.again(keep=False)
            return None
        answers.again(keep=True)
        return found

    def _live(self, answers: RemoteAnswers, folder: Path, keys: list[str]) -> None:
        """Run the tests."""
        results = self._tested(answers, folder)
        if answers.differs:
            answers.again(keep=False)
            results = self._tested(answers, folder)
        told = answers.transcript
        if told.clean:
            self._report(results, keys, answers.root, told.questions, told.replies)
        else:
            self._report(results)

    def _tested(self, answers: RemoteAnswers, folder: Path) -> list[TestResult]:
        found: list[TestResult] = []

        def tell(results: list[TestResult]) -> None:
            found.extend(results)
            self._warm.limit_tests(self._limit_now())

        self._warm.limit_tests(self._limit_now())
        self._warm.grade(folder, [answers.name], answers, tell, draw_seed=self._draw_seed)
        return found

    def _report(
        self,
        results: list[TestResult],
        keys: Sequence[str] = (),
        root: str = "",
        questions: list[tuple[bool, bytes]] | None = None,
        replies: list[bytes] | None = None,
    ) -> None:
        if not all(result.status in ("passed", "todo") for result in results):
            # what went wrong may be told with the line it is on
            keys = [key for key in keys if key.startswith("file")]
        report = {"results": as_report(results), "keys": list(keys), "root": ""}
        with suppress(TooLarge):
            if root and questions is not None and replies is not None:
                among = [question[0] for question in questions]
                digests = [digest(reply).hex() for reply in replies]
                kept = {**report, "root": root, "among": among, "replies": digests}
                send(self._line, kept, [question[1] for question in questions])
                return
        send(self._line, report)


def _of(report: list[dict[str, Any]]) -> list[TestResult]:
    return [TestResult(**result) for result in report]
