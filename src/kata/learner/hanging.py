"""How long a grade may take, and in which of the learner's lines it was when it hung."""

import faulthandler
import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from kata.answers.limit import ASLEEP
from kata.learner.place import Place
from kata.refusal import shown

SECONDS = 5.0  # a test's limit; a test takes some hundredths
ASKED = getattr(signal, "SIGUSR1", 0)  # asks a child where it is; Windows has no such signal
LAST_WORDS = 5.0  # seconds for a child to write where it is, on a busy machine


def whole_limit(seconds: float) -> float:
    """How long a child may show no sign of life, where each test may take so many seconds."""
    return 2 * seconds + 5


class Trace:
    """A file into which a child that hangs writes where it is, before it is killed."""

    def __enter__(self) -> "Trace":
        handle, name = tempfile.mkstemp(prefix="kata-", suffix=".trace")
        os.close(handle)
        self.path = Path(name)
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)

    def ask(self, child: int) -> None:
        """Let the child write where it is."""
        if not ASKED:
            return
        with suppress(ProcessLookupError):
            os.kill(child, ASKED)
        end, before = time.monotonic() + LAST_WORDS, 0
        while time.monotonic() < end and not 0 < before == self.path.stat().st_size:
            before = self.path.stat().st_size
            time.sleep(0.05)  # it is written in pieces; it is whole when no more comes

    def line_in(self, place: Place) -> str:
        """ ", at file:line: text" for the innermost of the learner's lines in it; or ""."""
        folder = re.escape(str(place.exercises))
        text = self.path.read_text("utf-8", errors="replace")
        found = re.search(rf'File "({folder}.*?\.py)", line (\d+)', text)
        if not found:
            return ""
        path, line = Path(found[1]), int(found[2])
        lines = path.read_text("utf-8", errors="replace").split("\n")
        return f", at {shown(path)}:{line}: {lines[line - 1].strip()}"


@contextmanager
def telling_where(trace: TextIO, seconds: float) -> Iterator[None]:
    """In the child: write where it is when it is asked; where nobody can ask, shortly before."""
    if ASKED:
        faulthandler.register(ASKED, trace)
    else:
        faulthandler.dump_traceback_later(ASLEEP * whole_limit(seconds) - 1, file=trace)
    try:
        yield
    finally:
        if ASKED:
            faulthandler.unregister(ASKED)
        else:
            faulthandler.cancel_dump_traceback_later()
