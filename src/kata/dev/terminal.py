"""A command on a pseudo-terminal, and the screen that a person sees; for pictures and tests."""

import os
import sys
import time
from collections.abc import Collection
from pathlib import Path

import pexpect  # both come with the extra "dev"
import pyte

from kata.course import course

# seconds: the longest limit in a test of the watch is 9 s of processor time, and a busy machine may
# give a process a twentieth of a core; nothing waits so long where things work
PATIENCE = 300


class NotShown(AssertionError):
    """What was waited for does not come; the message has what is on the screen instead."""


class Terminal:
    """`kata ARGS`, or another module's, started in a window of so many rows and columns."""

    def __init__(
        self,
        *args: str,
        module: str = "kata",
        rows: int = 40,
        columns: int = 80,
        cwd: Path | None = None,
        **env: str,
    ) -> None:
        """cwd: the course's folder without one. env: variables beside those that there are."""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        ours = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS")}
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", module, *args],
            env={**ours, "TERM": "xterm-256color", **env},
            cwd=cwd or course().root,
            dimensions=(rows, columns),
            encoding="utf-8",
        )
        self.child.delaybeforesend = None

    @property
    def text(self) -> str:
        """Return what is on the screen, without the spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    @property
    def flat(self) -> str:
        """Return the same as one line: a sentence is found wherever it was broken."""
        return " ".join(self.text.split())

    def wait_for(self, *texts: str, gone: Collection[str] = ()) -> "Terminal":
        """Wait until all texts are on the screen, and these are not. Raises NotShown."""
        end = time.monotonic() + PATIENCE
        while True:
            self._read()
            if all(t in self.flat for t in texts) and not any(t in self.flat for t in gone):
                return self
            if time.monotonic() >= end:
                raise NotShown(f"waited for {texts}, saw:\n{self.text}")
            if not self.child.isalive():
                raise NotShown(f"ended while waiting for {texts}, saw:\n{self.text}")

    def press(self, keys: str) -> "Terminal":
        """Type some keys."""
        self.child.send(keys)
        return self

    def resize(self, rows: int, columns: int) -> "Terminal":
        """Give the window another size."""
        self.child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)
        return self

    def end(self) -> int:
        """Wait until the command ends; return its exit status. Raises NotShown."""
        end = time.monotonic() + PATIENCE
        while self.child.isalive() and time.monotonic() < end:
            self._read()
        self._read()
        if self.child.isalive():
            raise NotShown(f"does not end:\n{self.text}")
        signalled, status = self.child.signalstatus, self.child.exitstatus
        return 128 + signalled if signalled else int(status)

    def _read(self) -> None:
        try:
            self._stream.feed(self.child.read_nonblocking(1 << 16, timeout=0.05))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            time.sleep(0.05)
