"""Grades of a learner's answers, one at a time: our end of the line to kata.session.server.

The server is started ahead, and everything but its start takes milliseconds. Who works on a request
is killed where it shows no sign of life; a server that is gone is replaced by a new one.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from typing import Any

from kata.answers.forks import end, line_of
from kata.answers.limit import AGAIN, Limit
from kata.course import course, exercises
from kata.course.places import VARIABLE
from kata.grade import Grade, TestResult
from kata.learner.place import Place, Problem
from kata.learner.verdict import Verdict
from kata.session.limits import ASKED, SECONDS, whole_limit

# -P: a file of the learner's, where they stand, must not pass for a library
SERVER = [sys.executable, "-P", "-m", "kata.session.server"]
START = 120.0  # seconds of the server's own work; to import torch and collect takes five
LAST_WORDS = 5.0  # seconds to say where one is, on a busy machine
LEAVING = 1.0  # seconds for a server to end what runs for it

Message = dict[str, Any]


class Grader:
    """A server, in a block; no answer runs in our own process.

    left_out: a line where there is something that cannot be graded here, or "".
    """

    def __init__(self, place: Place, seconds: float = SECONDS, names: Iterable[str] = ()) -> None:
        """seconds: a test's limit. names: the exercises that will be graded; any without some."""
        self.left_out = ""
        self._chapters = sorted({exercises()[name].chapter for name in names})
        self._place = place
        self._seconds = seconds

    def __enter__(self) -> "Grader":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def is_ready(self) -> bool:
        """Return whether a grade would begin at once.

        Raises Problem where no tests can be collected.
        """
        while not self._ready and (message := self._hear(0)) is not None:
            self._welcome(message)
        return self._ready

    def grade(self, name: str, seed: int = 0, quick: bool = False) -> Verdict:
        """Return the verdict on one answer.

        seed: for other inputs than the usual ones. quick: the first test that fails is enough.
        """
        return self._ask("grade", name, seed=seed, quick=quick)

    def steps(self, name: str) -> Verdict:
        """Return the pass that an exercise belongs to, number by number (Verdict.found)."""
        return self._ask("step", name)

    def others(self, name: str, texts: list[str]) -> Verdict:
        """Return right answers that read unlike these texts, with costs (Verdict.found)."""
        return self._ask("others", name, texts=texts)

    def prepare(self, name: str) -> None:
        """Let the server use its free time for what a grade of this exercise will need."""
        self._send({"do": "prepare", "name": name})

    def _ask(self, do: str, name: str, **more: Any) -> Verdict:
        if not self._ready:
            for message in self._messages():
                self._welcome(message)
                if self._ready:
                    break
            else:
                raise Problem(f"the tests are not collected after {START:g} s of work")
        self._words.clear()
        self._send({"do": do, "name": name, "seconds": self._seconds, **more})
        told: Message = {"results": []}
        for message in self._messages():
            told["results"] += message.pop("results", [])
            told |= message
            if "ended" in message:
                break
        else:
            told["stopped"] = self._end_it()
        if self._process.poll() is not None:
            self._stop()
            self._start()
        return self._verdict(name, told)

    def _verdict(self, name: str, told: Message) -> Verdict:
        if "done" not in told:
            return Verdict.stopped(name, told.get("stopped") or told["ended"])
        results = [TestResult(**result) for result in told["results"]]
        if results:
            [graded] = Grade.of("", results).exercises
            return Verdict(graded.as_json(), **told["done"])
        if "found" in told["done"]:
            return Verdict({"name": name}, **told["done"])
        return Verdict.stopped(name, "no tests are written for it yet")

    def _messages(self) -> Iterator[Message]:
        """Yield what the server says, as long as whoever works for us shows signs of life."""
        self._worker, self._patience = self._process.pid, START
        limit = Limit(self._patience, [self._worker])
        while limit.used() < 1:
            message = self._hear(AGAIN)
            if message is not None:
                if "pid" in message:
                    self._worker, self._patience = message["pid"], whole_limit(self._seconds)
                yield message
                limit = Limit(self._patience, [self._worker])

    def _end_it(self) -> str:
        """End whoever hangs; what it was in the middle of."""
        says = f"still running after {self._patience:g} s{self._where()}"
        end(self._worker)
        if not any("ended" in message for message in self._messages()):
            self._stop()
        return says

    def _where(self) -> str:
        """ ", at file:line: text" for the innermost of the learner's lines, or ""."""
        if ASKED:
            with suppress(ProcessLookupError):
                os.kill(self._worker, ASKED)
        folder = str(self._place.exercises).encode("ascii", "backslashreplace").decode()
        line = re.compile(rf'File "{re.escape(folder)}[\\/](.*?\.py)", line (\d+)')
        last = time.monotonic() + (LAST_WORDS if ASKED else 0)
        while not (found := line.search("\n".join(self._words))) and time.monotonic() < last:
            self._hear(AGAIN)
        if not found:
            return ""
        path, number = self._place.exercises / found[1], int(found[2])
        lines = path.read_text("utf-8", errors="replace").split("\n")
        return f", at {path.name}:{number}: {lines[number - 1].strip()}"

    def _welcome(self, message: Message) -> None:
        if "ended" in message:
            raise Problem(f"the tests cannot be collected; pytest, in {course().root}, says why")
        self._ready, self.left_out = True, message["left_out"]

    def _send(self, request: Message) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone; the end of its output says so
            self._process.stdin.write(line_of(request))
            self._process.stdin.flush()

    def _hear(self, seconds: float) -> Message | None:
        """Return the next message; None where none comes in so many seconds."""
        try:
            line = self._lines.get(timeout=seconds) if seconds else self._lines.get_nowait()
        except Empty:
            return None
        if not line:
            return {"ended": "it ended Python"}
        if not line.startswith("{"):
            self._words.append(line)
            return None
        message: Message = json.loads(line)
        return message

    def _start(self) -> None:
        self._ready = False
        self._lines: Queue[str] = Queue()
        self._words: list[str] = []  # of one that hangs
        self._process = subprocess.Popen(
            [*SERVER, str(self._place.exercises), *self._chapters],
            env={**os.environ, VARIABLE: str(course().root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **_out_of_reach_of_ctrl_c(),
        )
        self._worker = self._process.pid
        Thread(target=_pass_on, args=(self._process, self._lines), daemon=True).start()

    def _stop(self) -> None:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        with suppress(OSError):
            process.stdin.close()  # it ends, and what runs for it
        if self._ready:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LEAVING)
        if process.poll() is None:
            end(process.pid)
        process.wait()


def _pass_on(process: "subprocess.Popen[bytes]", lines: "Queue[str]") -> None:
    """Hand on what a process writes, line by line; an empty one when it has ended."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            lines.put(line.decode("utf-8", "replace").strip() or " ")
    process.wait()
    lines.put("")


def _out_of_reach_of_ctrl_c() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
