"""`python -m kata.session.server FOLDER [CHAPTER]...`: the session that grades for one learner.

It collects the tests once and says that it is ready. Then it reads requests and writes what comes
of them, each a line of JSON; the one for whom it works is kata.learner.grader. A grade runs the
learner's code, which may loop for ever, leave Python, or print without end: it runs in a fork of
this process, warm already. Where there is no fork (Windows, or KATA_NO_FORK=1), it runs here.

    {"ready": true, "left_out": "..."}   what cannot be graded here, or ""
    {"pid": 123}                         who works on the request: whom to kill where it hangs
    {"results": [...]}                   of one test; as {}, also a sign of life
    {"done": {...}}, {"stopped": "..."}  what kata.session.asked.do says at the end
    {"ended": "it left Python ..."}      the request is over, however

Nobody here has a time limit: the client counts, kills and starts anew. When it is gone, we end, and
whatever runs for us. While nobody asks for anything, it takes steps towards the next grade.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from kata.answers.forks import Child, Tell, end, line_of
from kata.answers.limit import tell_of_life
from kata.session import cuda, session
from kata.session.limits import telling_where

Request = dict[str, Any]


class Line:
    """Our end of the line to the client: its requests, and what we tell."""

    def __init__(self) -> None:
        self.descriptor = os.dup(1)
        self._out = os.fdopen(self.descriptor, "wb")
        self._in = os.fdopen(os.dup(0), "rb")
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._forking, self._child = Lock(), 0
        # what the learner's code prints, from C too, must not get in between, nor input() wait
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1):
            os.dup2(nothing, descriptor)
        # a thread, as Windows cannot look whether there is something to read
        Thread(target=self._listen, daemon=True).start()

    def next(self, wait: bool) -> Request | None:
        """Return the next request; None where there is none yet, and we do not wait."""
        try:
            return self._requests.get(block=wait)
        except Empty:
            return None

    def tell(self, message: dict[str, Any]) -> None:
        """Write a message."""
        self.pass_on(line_of(message))

    def pass_on(self, text: bytes) -> None:
        """Write a line as it is."""
        self._out.write(text)
        self._out.flush()

    def fork(self, work: Callable[[int, Tell], None]) -> Child:
        """Fork a child that ends with the client, if not before."""
        with self._forking:
            child = Child(work)
            self._child = child.pid
        return child

    def end(self, child: Child) -> str:
        """End that child; how it ended, in words."""
        with self._forking:
            self._child = 0
            return child.end()

    def _listen(self) -> None:
        for line in self._in:
            self._requests.put(json.loads(line))
        with self._forking:
            if self._child:
                end(self._child)
                with suppress(ChildProcessError):  # gone, before whoever waits for us goes on
                    os.waitpid(self._child, 0)
            os._exit(0)


class Server:
    """Answers one request after the other."""

    def __init__(self, warm: session.Warm, folder: Path, line: Line) -> None:
        from kata.session.asked import Tape, do, steps_towards  # imports torch

        self._line = line
        self._do = lambda request, tell: do(warm, folder, request, tell)
        self._steps_towards = lambda name: steps_towards(warm, name)
        self._tape = Tape
        self._steps: dict[str, Iterator[None]] = {}
        self._likely: list[str] = []  # what may be graded next; the last one first

    def run(self) -> int:
        """Serve until the client is gone, which ends the process."""
        self._line.tell({"ready": True, "left_out": cuda.left_out()})
        while True:
            request = self._line.next(wait=not self._likely)
            if request is None:
                self._step(self._likely[-1])
            elif request["do"] == "prepare":
                self._will_need(request["name"])
            else:
                self._serve(request)

    def _serve(self, request: Request) -> None:
        ended = self._in_a_fork(request) if forks() else self._here(request)
        self._line.tell({"ended": ended})

    def _in_a_fork(self, request: Request) -> str:
        def work(descriptor: int, tell: Tell) -> None:
            tell_of_life(lambda: tell({}))
            with telling_where(descriptor, request["seconds"]):
                self._do(request, tell)

        child = self._line.fork(work)
        self._line.tell({"pid": child.pid})
        for text in child.lines():
            if text is not None:
                self._line.pass_on(text + b"\n")
        return self._line.end(child)

    def _here(self, request: Request) -> str:
        """Grade without a fork, and never quickly.

        A test that is left in the middle of pytest's work would spoil the next.
        """
        self._line.tell({"pid": os.getpid()})
        tell_of_life(lambda: self._line.tell({}))
        with telling_where(self._line.descriptor, request["seconds"]):
            self._do({**request, "quick": False}, self._line.tell)
        return ""

    def _will_need(self, name: str) -> None:
        self._steps.setdefault(name, self._steps_towards(name))
        self._likely = [*(n for n in self._likely if n != name), name]

    def _step(self, name: str) -> None:
        """Take one step towards a grade; some mistakes print."""
        tape = self._tape()
        with redirect_stdout(tape), redirect_stderr(tape):
            for _ in self._steps[name]:
                return
        self._likely.remove(name)


def forks() -> bool:
    """Return whether answers are graded in forks."""
    return hasattr(os, "fork") and not os.environ.get("KATA_NO_FORK")


def main() -> int:
    """Collect the tests, and serve."""
    line, folder = Line(), Path(sys.argv[1])
    os.environ["PYTEST_ADDOPTS"] = ""  # the learner's own are for their own pytest
    return session.main(lambda warm: Server(warm, folder, line).run(), sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
