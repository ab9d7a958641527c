"""The processes that grade, as the manager has them: started once, replaced when they end."""

import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any, Self

from kata.answers.called import head_of
from kata.answers.limit import STARVED
from kata.course import course, exercises
from kata.teacher.fence import frames
from kata.teacher.fence.processes import hear, pair, readable, start, tell
from kata.teacher.rows import Job, Limits, Row
from kata.teacher.scratch import Scratch

TRIES = 8  # of one submission, before its row says that it crashed
START = 600.0  # seconds; a busy machine needs long to import torch
GRACE = 60.0  # seconds beyond the longest that a submission takes, until its worker is given up


class Lost(Exception):
    """A worker ended, or stopped to answer, before it had a row."""


class Silent(Lost):
    """A worker took all the time there is, so another try would, too."""


class CannotStart(Exception):
    """The processes that grade do not come up."""


class Server:
    """A process that forks others at a message: the checker, or the students' zygote."""

    def __init__(self, module: str, first: dict[str, Any], log: Path) -> None:
        self._module = module
        self._first = first
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._ready = False
        self._killed = False

    def start(self) -> None:
        """Start it, if it does not run; do not wait until it is ready. Raises CannotStart."""
        if self._killed:
            raise CannotStart("grading was stopped")
        if self._process is not None and self._process.poll() is None and self._line is not None:
            return
        self.stop()
        self._line, theirs = pair()
        self._process = start(self._module, theirs, self._log)
        theirs.close()
        self._ready = False
        tell(self._line, self._first)

    def fork(self, message: dict[str, Any], descriptors: list[int]) -> int:
        """Let it fork a child with these. Raises EOFError, OSError, CannotStart."""
        self.start()
        assert self._line is not None
        if not self._ready:
            try:
                if not readable(self._line, START):
                    raise EOFError
                hear(self._line)
            except (EOFError, OSError):
                raise CannotStart(f"{self._module} does not start{self._last_words()}") from None
            self._ready = True
        try:
            tell(self._line, message, descriptors)
            return int(hear(self._line)[0]["pid"])
        except (EOFError, OSError):
            self.stop()
            raise

    def kill(self) -> None:
        """End it at once and for good; whoever waits for it to be ready waits no longer."""
        self._killed = True
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End it, and so all that it forked."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self._log.read_text("utf-8", "replace").strip().splitlines()
            return f": {lines[-1]}" if lines else ""
        return ""


class Hand:
    """One worker, which grades one submission at a time."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self._line = line

    def grade(self, job: Job, limits: Limits) -> Row:
        """Return the row of a submission. Raises Lost."""
        plain, blobs = job.message()
        try:
            frames.send(self._line, {"job": plain, "limits": vars(limits)}, blobs)
            if not readable(self._line, STARVED * limits.seconds + GRACE):
                raise Silent("the worker does not answer")
            row, _ = frames.receive(self._line)
        except (OSError, EOFError, ValueError, frames.Unreadable) as error:
            raise Lost("the worker ended") from error
        del row["blobs"]
        return Row.of_json(row)

    def end(self) -> None:
        """Let it go; what it is doing is lost."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it
        self._line.close()
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, signal.SIGKILL)


class Grader:
    """Grades submissions on this machine; may be asked from several threads at once."""

    def __init__(self, limits: Limits, only: Sequence[str] = ()) -> None:
        """only: the chapters of which jobs may ask; all without any."""
        self.limits = limits
        self._scratch = Scratch()
        folder = self._scratch.path
        asked = [astuple(exercise) for exercise in exercises().values()]
        heads = {name: head_of(name) for name in exercises()}
        told = {"course": str(course().root), "exercises": asked, "heads": heads}
        self._checker = Server("kata.teacher.checker", {"only": only}, folder / "checker.log")
        self._zygote = Server("kata.teacher.fence.zygote", told, folder / "zygote.log")
        self._lock = threading.Lock()
        self._idle: list[Hand] = []
        self._hands: set[Hand] = set()
        self._closed = False

    def __enter__(self) -> Self:
        self._checker.start()
        self._zygote.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
        self._scratch.__exit__()

    def close(self) -> None:
        """End all processes; who waits for a row gets Lost."""
        self._closed = True
        for hand in list(self._hands):
            hand.end()
        self._checker.kill()  # a worker that is being started holds the lock until they are ready
        self._zygote.kill()
        with self._lock:
            self._checker.stop()
            self._zygote.stop()

    def grade(self, job: Job) -> Row:
        """Return the row of a submission, whatever happens to workers. Raises CannotStart, Lost."""
        row: Row | None = None
        left = TRIES
        while left > 0:
            hand = self._hand()
            try:
                row = hand.grade(job, self.limits)
            except Lost as lost:
                self._drop(hand)
                left -= TRIES // 2 if isinstance(lost, Silent) else 1
                continue
            left -= 1
            with self._lock:
                self._idle.append(hand)
            if row.outcome != "crashed":
                return row
        if row:
            return row
        if job.outcome:
            raise Lost(f"{job.name}: no worker lives long enough to write its row")
        detail = "its worker ended, or did not answer, again and again before it had a row"
        return self.grade(replace(job, files={}, outcome="crashed", detail=detail))

    def pids(self) -> list[int]:
        """Return the workers' process ids."""
        with self._lock:
            return [hand.pid for hand in self._hands]

    def _hand(self) -> Hand:
        """Return a worker without work."""
        with self._lock:
            if self._closed:
                raise Lost("grading was stopped")
            if self._idle:
                return self._idle.pop()
            for _ in range(TRIES):
                with suppress(EOFError, OSError):
                    hand = self._new()
                    self._hands.add(hand)
                    return hand
        raise CannotStart("no worker can be started")

    def _new(self) -> Hand:
        ours, theirs = socket.socketpair()
        to_nursery, to_worker = pair()
        # its own, so that a worker's students see no file of those of another
        told = {"folder": tempfile.mkdtemp(prefix="worker-", dir=self._scratch.path.resolve())}
        with theirs, to_nursery, to_worker:
            self._zygote.fork(told, [to_worker.fileno()])
            pid = self._checker.fork(told, [theirs.fileno(), to_nursery.fileno()])
        return Hand(pid, ours)

    def _drop(self, hand: Hand) -> None:
        with self._lock:
            self._hands.discard(hand)
        hand.end()
