"""Grade one exercise at a time, away from our own process: in a fork, or in a worker.

A grade runs the learner's code, which may loop for ever, leave Python, or print without end. It
runs where that does no harm: in a fork of this process, warm already; where there is no fork
(Windows), in a worker started ahead. Both give the same verdicts. KATA_NO_FORK=1 asks for the
worker anywhere.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import FrameType
from typing import Any, Protocol

from kata.catalogue import ROOT, exercises
from kata.learner.place import Place, Problem

SECONDS = 5.0  # a test's limit; a test takes some hundredths
START = 120.0  # seconds a worker may take to import torch, on a busy machine


@dataclass
class Verdict:
    """One exercise's entry of the grade (the contract's JSON), and what the code printed.

    whole: whether every test was run; picture: what `Grader.picture` found, instead of a grade.
    """

    entry: dict[str, Any]
    printed: str = ""
    whole: bool = True
    picture: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.entry["name"])

    @property
    def status(self) -> str:
        return str(self.entry["status"])

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def message(self) -> str:
        return str(self.entry["message"])

    @property
    def tests(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.entry["tests"]
        return found

    @classmethod
    def stopped(cls, name: str, message: str) -> "Verdict":
        """A verdict for an answer that ended, or had to be ended, without one of its own."""
        chapter = exercises()[name].chapter
        entry = {"name": name, "chapter": chapter, "status": "error", "score": 0, "max_score": 1}
        text = f"{name}: {message}" if not message.startswith(f"{name}: ") else message
        return cls({**entry, "message": text, "mistake": None, "tests": []})


class Grader(Protocol):
    """Grades the answers of one place, without ever running them in this process."""

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
    from kata import warm

    os.environ["PYTEST_ADDOPTS"] = ""  # the learner's own are for their own pytest
    codes: list[int] = []

    def loop(collected: warm.Warm) -> int:
        import warnings

        with warnings.catch_warnings():
            # pytest makes errors of warnings, and Python 3.12 warns of a fork beside threads:
            # the watcher's one thread holds nothing that a child needs
            warnings.simplefilter("ignore")
            codes.append(use(Forks(place, collected, seconds)))
        return codes[0]

    with _interrupts_noted() as interrupts:
        status = warm.main(loop)
    if interrupts and not codes:  # pytest makes a status of it
        raise KeyboardInterrupt
    if not codes:
        raise Problem(f"the tests cannot be collected (pytest's status {status}); pytest says why")
    return codes[0]


@contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """Every Ctrl-C in the block, which raises KeyboardInterrupt as always."""
    noted: list[int] = []

    def note(signum: int, frame: FrameType | None) -> None:
        noted.append(signum)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


def forks() -> bool:
    """Whether answers are graded in forks of this process."""
    return hasattr(os, "fork") and not os.environ.get("KATA_NO_FORK")


class Forks:
    """A Grader that forks the warm process it is in."""

    def __init__(self, place: Place, collected: Any, seconds: float) -> None:
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
        from kata.warm import forked

        limit = whole_limit(self._seconds)
        with _Trace() as trace:
            asked = {**request, "seconds": self._seconds, "trace": str(trace.path)}

            def child() -> dict[str, Any]:
                _leave_the_terminal()
                return answer_to(self._warm, self._place.exercises, asked)

            ended = forked(child, limit)
            if ended.outcome == "done":
                return Verdict(**ended.value)
            return Verdict.stopped(request["name"], f"{ended.detail}{trace.line_in(self._place)}")


class Worker:
    """A Grader that asks a process started ahead, over its standard input and output.

    One that hangs or dies is replaced; the new one takes some seconds to be warm.
    """

    def __init__(self, place: Place, seconds: float) -> None:
        self._place = place
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: Queue[str] = Queue()

    def __enter__(self) -> "Worker":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def grade(self, name: str, seed: int = 0, quick: bool = False) -> Verdict:
        # never quick: a test that is left in the middle of pytest's work would spoil the next
        return self._ask({"do": "grade", "name": name, "seed": seed})

    def picture(self, name: str) -> Verdict:
        return self._ask({"do": "picture", "name": name})

    def prepare(self, name: str) -> None:
        self._ask({"do": "prepare", "name": name}, START)

    def _ask(self, request: dict[str, Any], limit: float | None = None) -> Verdict:
        limit = limit or whole_limit(self._seconds)
        with _Trace() as trace:
            asked = {**request, "seconds": self._seconds, "trace": str(trace.path)}
            found = self._exchange(json.dumps(asked), limit)
            if found:
                return Verdict(**json.loads(found))
            said = f"still running after {limit:g} s" if found is None else "it ended Python"
            verdict = Verdict.stopped(request["name"], f"{said}{trace.line_in(self._place)}")
        self._stop()
        self._start()
        return verdict

    def _exchange(self, line: str, limit: float) -> str | None:
        """Send a line; the line that comes back, "" if the process ends, None after the limit."""
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError:
            return ""
        return self._line(limit)

    def _line(self, limit: float) -> str | None:
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0:
            try:
                return self._lines.get(timeout=min(left, 0.2))
            except Empty:  # and Ctrl-C gets its chance, which Windows needs
                continue
        return None

    def _start(self) -> None:
        lines: Queue[str] = Queue()
        self._lines = lines
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "kata.learner.worker", str(self._place.exercises)],
            cwd=ROOT if not self._place.exercises.is_relative_to(Path.cwd()) else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            **_out_of_reach_of_ctrl_c(),
        )

        def pass_on() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.put(line.strip())
            lines.put("")  # it has ended

        Thread(target=pass_on, daemon=True).start()
        if self._line(START) != "ready":
            self._stop()
            raise Problem("the tests cannot be collected; pytest says why")

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with suppress(OSError):  # what was still to be sent goes nowhere
                    pipe.close()
            self._process = None


def whole_limit(seconds: float) -> float:
    """How long one request may take, where each test may take so many seconds."""
    return 2 * seconds + 5


def _leave_the_terminal() -> None:
    """In a child: what is printed past sys.stdout must not spoil the screen, nor input() wait."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _out_of_reach_of_ctrl_c() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


class _Trace:
    """A file into which a child that hangs writes where it is, shortly before it is killed."""

    def __enter__(self) -> "_Trace":
        handle, name = tempfile.mkstemp(prefix="kata-", suffix=".trace")
        os.close(handle)
        self.path = Path(name)
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)

    def line_in(self, place: Place) -> str:
        """ ", at file:line: text" for the innermost of the learner's lines in it; or ""."""
        from kata.refusal import shown

        folder = re.escape(str(place.exercises))
        text = self.path.read_text("utf-8", errors="replace")
        found = re.search(rf'File "({folder}.*?\.py)", line (\d+)', text)
        if not found:
            return ""
        path, line = Path(found[1]), int(found[2])
        lines = path.read_text("utf-8", errors="replace").split("\n")
        return f", at {shown(path)}:{line}: {lines[line - 1].strip()}"
