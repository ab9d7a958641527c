"""How long a grade may take, and in which of the learner's lines it was when it hung."""

import os
import re
import tempfile
from pathlib import Path

from kata.learner.place import Place
from kata.refusal import shown

SECONDS = 5.0  # a test's limit; a test takes some hundredths


def whole_limit(seconds: float) -> float:
    """How long one request may take, where each test may take so many seconds."""
    return 2 * seconds + 5


class Trace:
    """A file into which a child that hangs writes where it is, shortly before it is killed."""

    def __enter__(self) -> "Trace":
        handle, name = tempfile.mkstemp(prefix="kata-", suffix=".trace")
        os.close(handle)
        self.path = Path(name)
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)

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
