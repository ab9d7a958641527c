"""A temporary folder that goes, however its process ends.

Its owner holds a lock on it. When the owner is killed, a janitor that waits for its end removes
the folder; when both are, the next that is made finds it without a lock.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

try:
    import fcntl
except ImportError:  # Windows has no such locks, and deletes nothing that is open
    fcntl = None  # type: ignore[assignment]

PREFIX = "kata-grade-"
YOUNG = 60.0  # seconds in which a folder may be without its lock still
# in a session of its own, so that Ctrl-C and a closed terminal are not for it
JANITOR = """
import shutil, sys, time
sys.stdin.buffer.read()
for _ in range(50):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    time.sleep(0.1)
"""


class Scratch:
    """The folder, as a context manager."""

    def __init__(self) -> None:
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = _lock_of(self.path)
        self._janitor = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", JANITOR, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._janitor.kill()
        self._janitor.communicate()
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)


def sweep() -> None:
    """Remove the folders whose owners are gone."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = path.lstat()
            mine = fcntl is not None and os.getuid() == found.st_uid
            old = time.time() - found.st_mtime > YOUNG
            lock = _lock_of(path) if mine and old and not path.is_symlink() else None
            if lock is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


def _lock_of(folder: Path) -> int | None:
    """Lock a folder; None where another process has, or where there are no such locks."""
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
