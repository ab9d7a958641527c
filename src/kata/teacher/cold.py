"""A pytest process for each submission: where there is nothing to fence processes in with.

It is what a learner runs, so a submission can do to it whatever a program can.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from kata.answers.forks import end
from kata.answers.limit import AGAIN, Limit
from kata.answers.seeds import THREADS
from kata.course import course
from kata.grade import Grade
from kata.teacher.rows import Job, Limits, Row
from kata.teacher.scratch import Scratch


class ColdGrader:
    """Grades each submission in a process of its own; may be asked from several threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._scratch = Scratch()
        self._running: set[subprocess.Popen[bytes]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
        self._scratch.__exit__()

    def close(self) -> None:
        """End what runs."""
        for process in list(self._running):
            _end(process)

    def grade(self, job: Job) -> Row:
        """Return the row of a submission."""
        if job.outcome:
            return Row.stopped(job, job.outcome, job.detail)
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._scratch.path))
        try:
            work, target = folder / "work", folder / "grade.json"
            work.mkdir()
            job.write_to(work)
            outcome, detail = self._run(job, work / job.file if job.file else work, target)
            if outcome == "graded":
                with suppress(OSError, ValueError, KeyError, TypeError):
                    grade = Grade.of_json(json.loads(target.read_text("utf-8")))
                    return Row(job.name, outcome, "", replace(grade, submission=job.name))
                outcome, detail = "crashed", "the process ended without a grade"
            return Row.stopped(job, outcome, detail)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, job: Job, path: Path, target: Path) -> tuple[str, str]:
        limit = self._limits.of_one_test(self._limits.seconds)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        # with "=", or kata.guard would have pytest start over
        command += [f"--submission={path}", f"--grade-json={target}"]
        command += [f"--time-limit={limit:g}", f"--draw-seed={job.draw_seed}"]
        command += [course().argument_for(chapter) for chapter in job.only]
        process = subprocess.Popen(
            command,
            cwd=course().root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            start_new_session=True,
        )
        self._running.add(process)
        try:
            if not _ends(process, self._limits.seconds):
                return "timeout", f"the time of {self._limits.seconds:g} s was over"
        finally:
            _end(process)
            self._running.discard(process)
        if process.returncode in (0, 1):
            return "graded", ""
        return "crashed", f"pytest ended with status {process.returncode}"


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until a process ends; False when its time is over before."""
    limit = Limit(seconds, [process.pid])
    while limit.used() < 1:
        with suppress(subprocess.TimeoutExpired):
            process.wait(AGAIN)
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, as far as that stayed with it."""
    end(process.pid)
    process.wait()
