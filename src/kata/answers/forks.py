"""Processes that are forked, ended with all that they started, and what they ended of."""

import json
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from select import select
from typing import Any

from kata.answers.limit import AGAIN

Tell = Callable[[dict[str, Any]], None]
FOR_US = ("SIGCHLD", "SIGINT", "SIGTERM", "SIGHUP")  # a child does with them what is usual


def fork(work: Callable[[], Any]) -> int:
    """Fork a child that does its work and ends, past all that the parent would do at its end."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        for name in FOR_US:
            signal.signal(signal.Signals[name], signal.SIG_DFL)
        work()
        status = 0
    except BaseException:
        with suppress(Exception):
            traceback.print_exc()
    finally:
        os._exit(status)


def end(pid: int) -> None:
    """Kill a process, and the group that it leads."""
    for name in ("killpg", "kill"):  # Windows has no groups, and no SIGKILL
        with suppress(ProcessLookupError, PermissionError, AttributeError):
            getattr(os, name)(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def in_words(status: int) -> str:
    """Say how a process ended, by waitpid's status."""
    if os.WIFSIGNALED(status):
        return f"it was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"it left Python with status {os.WEXITSTATUS(status)}"


def line_of(message: dict[str, Any]) -> bytes:
    """Return a message as a line of JSON."""
    return json.dumps(message).encode() + b"\n"


class Child:
    """A fork in a session of its own, which tells us lines of JSON.

    work: is called in it, with the descriptor that our end reads, and a function that tells.
    """

    def __init__(self, work: Callable[[int, Tell], None]) -> None:
        self._pipe, ours = os.pipe()

        def in_the_child() -> None:
            os.setsid()
            os.close(self._pipe)
            with os.fdopen(ours, "wb", closefd=False) as out:

                def tell(message: dict[str, Any]) -> None:
                    out.write(line_of(message))
                    out.flush()

                work(ours, tell)

        self.pid = fork(in_the_child)
        os.close(ours)
        self._status: int | None = None

    def lines(self) -> Iterator[bytes | None]:
        """Yield each line until the child has ended; None where none came for a while."""
        rest = b""
        while True:
            if select([self._pipe], [], [], AGAIN)[0]:
                part = os.read(self._pipe, 1 << 16)
                if not part:
                    return
                *whole, rest = (rest + part).split(b"\n")
                yield from whole
            elif self._has_ended():  # one that it has left behind may hold the pipe open
                return
            else:
                yield None

    def end(self) -> str:
        """End it, and all that it started; how it ended, in words."""
        end(self.pid)
        os.close(self._pipe)
        if self._status is None:
            _, self._status = os.waitpid(self.pid, 0)
        return in_words(self._status)

    def _has_ended(self) -> bool:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self._status = status
        return bool(pid)
