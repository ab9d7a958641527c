"""The checker: the collected tests, ready to be run on one submission after the other.

Started as `python -m kata.teacher.checker DESCRIPTOR`; its first message says of which chapters. It
collects their tests once, rehearses them, and forks workers; a worker forks one child for each
submission, which runs the tests on answers that live in the nursery's processes, and reports each
exercise's results. Only the worker reads the reports, and it counts: an exercise passes only where
every test collected for it has passed.
"""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kata.answers.forks import end, fork, in_words
from kata.answers.limit import AGAIN, Limit, account
from kata.course import chapters, exercises_of
from kata.grade import Grade, TestResult
from kata.session import session
from kata.teacher.fence import frames
from kata.teacher.fence.cage import adopt_orphans, die_with_parent
from kata.teacher.fence.processes import Message, hear, readable, serve_forks
from kata.teacher.fitting import fitted
from kata.teacher.memo import Memo
from kata.teacher.rows import Job, Limits, Row


def main() -> int:
    """Collect, rehearse, and fork workers until the line is closed."""
    line = socket.socket(fileno=int(sys.argv[1]))
    of = hear(line)[0]["only"] or chapters()
    return session.main(lambda ready: _serve(ready, line, of), of)


def _serve(ready: session.Warm, line: socket.socket, of: Sequence[str]) -> int:
    # what the children run is imported here, once
    from kata.teacher import check  # noqa: F401

    for chapter in of:  # a test of each imports what the others need
        next(ready.rehearse(exercises_of(chapter)[:1]), None)
    parent = os.getpid()

    def worker(message: Message, descriptors: list[int]) -> None:
        die_with_parent(parent)
        jobs, nursery = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        Worker(ready, jobs, nursery, message["folder"]).run()

    return serve_forks(line, worker)


class Worker:
    """Grades one submission after the other, and learns from each."""

    def __init__(
        self, ready: session.Warm, jobs: socket.socket, nursery: socket.socket, folder: str
    ) -> None:
        """folder: of its own, to hold a submission's files while it is graded."""
        from kata.teacher.fence.lines import Nurse

        self._warm = ready
        self._jobs = jobs
        self._nursery = nursery
        self._folder = folder
        self._nurse = Nurse(nursery)
        self._tests = ready.tests()
        self._memo = Memo()
        self._refused: set[str] = set()  # the exercises that somebody's answer did not pass

    def run(self) -> None:
        """Serve until there are no more jobs, or the nursery is gone."""
        adopt_orphans()
        hear(self._nursery)
        with suppress(EOFError, OSError):
            while True:
                header, blobs = frames.receive(self._jobs)
                job = Job.of_message(header["job"], blobs)
                row, tried = self._row(job, Limits(**header["limits"]))
                frames.send(self._jobs, row.as_json())
                self._learn(tried, job.draw_seed)

    def _row(self, job: Job, limits: Limits) -> tuple[Row, Collection[TestResult]]:
        """Grade a submission; its row, and what the tests said themselves."""
        if job.outcome:
            return self._with_grade(job, job.outcome, job.detail, {}), ()
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="job-", dir=self._folder) as folder:
            try:
                job.write_to(Path(folder))
                found, outcome, detail = self._run(job, Path(folder), limits)
            finally:
                self._nurse.ask({"do": "clear"})
        row = self._with_grade(job, outcome, detail, found)
        return replace(row, seconds=round(time.monotonic() - began, 3)), found.values()

    def _run(
        self, job: Job, folder: Path, limits: Limits
    ) -> tuple[dict[int, TestResult], str, str]:
        """Let a child run the tests; its results by position, and how it went."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()

        def work() -> None:
            from kata.teacher.check import Check

            os.setsid()
            die_with_parent(parent)
            ours.close()
            self._jobs.close()
            with account(limits.seconds) as used:
                check = Check(self._warm, self._nurse, self._memo, theirs, used)
                check.run(job, folder, limits)

        child = fork(work)
        theirs.close()
        found: dict[int, TestResult] = {}
        limit = Limit(limits.seconds, [child])
        try:
            while limit.used() < 1:
                if not readable(ours, AGAIN):
                    continue
                report, blobs = frames.receive(ours)
                if "done" in report:
                    return found, "graded", ""
                if "student" in report:
                    limit.clock.count(report["student"])
                    continue
                results = [TestResult(**result) for result in report["results"]]
                found.update({result.position: result for result in results})
                if report["root"]:
                    questions = zip(report["among"], map(bytes, blobs), strict=True)
                    replies = map(bytes.fromhex, report["replies"])
                    self._memo.add(report["root"], questions, replies, report["results"])
            outcome, detail = "timeout", f"the time of {limits.seconds:g} s was over"
        except (EOFError, OSError, frames.Unreadable):
            outcome, detail = "crashed", "the checks came to no end"
        finally:
            ours.close()
            end(child)
            _, status = os.waitpid(child, 0)
        if outcome == "crashed":
            detail = f"{detail}: {in_words(status)}"
        return found, outcome, detail

    def _with_grade(self, job: Job, outcome: str, detail: str, found: dict[int, TestResult]) -> Row:
        """Return the row, with every test that was to run: what was not run, did not pass."""
        tests = [test for test in self._tests if job.asks_for(test.exercise)]
        results = []
        for test in tests:
            result = found.get(test.position)
            if result is None or (result.exercise, result.test) != (test.exercise, test.test):
                text = f"{test.exercise}: {detail or 'the run stopped before this test'}"
                result = replace(test, status="error", message=text)
            results.append(replace(result, of=test.of))
        missing = len(tests) - len(found)
        if outcome == "timeout" and not missing:
            outcome, detail = "graded", ""
        elif outcome == "graded" and missing and not job.outcome:
            outcome, detail = "crashed", f"{missing} tests gave no result"
        return Row(job.name, outcome, detail, Grade.of(job.name, fitted(results)))

    def _learn(self, tried: Iterable[TestResult], seed: int) -> None:
        """Keep for the next submission what this one's child drew, and what mistakes do.

        Seeing all mistakes of an exercise takes longer than one diagnosis: it waits for a second.
        """
        from kata.diagnosis.name import preparing

        called = [test for test in tried if test.status != "todo" and not test.broken]
        self._warm.prepare({test.exercise for test in called}, seed)
        refused = {test.exercise for test in called if test.status != "passed"}
        for exercise in refused & self._refused:
            for _ in preparing(exercise):
                pass
        self._refused |= refused


if __name__ == "__main__":
    sys.exit(main())
