"""A Grader over a pipe: our end of `python -m kata.learner.worker`, for systems without fork."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from kata.answers.limit import AGAIN, Limit
from kata.course import course
from kata.learner.hanging import Trace, whole_limit
from kata.learner.place import Place, Problem
from kata.learner.verdict import Verdict

START = 120.0  # seconds a worker may take to import torch
ALIVE = "alive"  # a line that says that the worker goes on


class Worker:
    """A Grader that asks a process started ahead, over its standard input and output.

    One that hangs or dies is replaced; the new one takes some seconds to be warm.
    """

    def __init__(self, place: Place, seconds: float) -> None:
        self._place = place
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._lines: Queue[str] = Queue()
        self.left_out = ""

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
        with Trace() as trace:
            asked = {**request, "seconds": self._seconds, "trace": str(trace.path)}
            found = self._exchange(json.dumps(asked), limit)
            if found:
                return Verdict(**json.loads(found))
            if found is None and self._process is not None:
                trace.ask(self._process.pid)
            said = f"still running after {limit:g} s" if found is None else "it ended Python"
            verdict = Verdict.stopped(request["name"], f"{said}{trace.line_in(self._place)}")
        self._stop()
        self._start()
        return verdict

    def _exchange(self, line: str, limit: float) -> str | None:
        """Send a line; the line that comes back, "" if the process ends, None where it hangs."""
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError:
            return ""
        return self._line(limit)

    def _line(self, limit: float) -> str | None:
        """The next line that says more than that the process goes on; None where it does not."""
        assert self._process is not None
        used = Limit(limit, [self._process.pid])
        while used.used() < 1:
            try:
                line = self._lines.get(timeout=AGAIN)
            except Empty:  # and Ctrl-C gets its chance, which Windows needs
                continue
            if line != ALIVE:
                return line
            used = Limit(limit, [self._process.pid])
        return None

    def _start(self) -> None:
        lines: Queue[str] = Queue()
        self._lines = lines
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "kata.learner.worker", str(self._place.exercises)],
            cwd=course().root if not self._place.exercises.is_relative_to(Path.cwd()) else None,
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
        said = self._line(START)
        if not said:
            self._stop()
            raise Problem("the tests cannot be collected; pytest says why")
        self.left_out = json.loads(said)["left_out"]

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with suppress(OSError):  # what was still to be sent goes nowhere
                    pipe.close()
            self._process = None


def _out_of_reach_of_ctrl_c() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
