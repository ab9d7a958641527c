"""How long processes have worked, and how long they have slept: what a limit counts.

By the wall, a program takes ten times as long on a machine with ten others. So what counts is the
processor time of a process, all its threads together, and beside it the time in which it neither
ran nor waited for a processor: it slept, or waited for something that may never come.

    passed = worked + waited for a processor + slept

Linux says how long each thread has waited for a processor; elsewhere that part counts as slept.
"""

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

CPUCLOCK_SCHED = 2  # Linux: the clock of all threads of process p is (~p << 3) | 2


class Clock:
    """Counts seconds from its making on: passed by the wall, and worked and slept by processes."""

    def __init__(self, pids: Iterable[int]) -> None:
        self.passed = self.worked = self.slept = 0.0
        self._at = time.monotonic()
        self._read: dict[int, _Reading] = {}
        # an alarm, or a thread, may come while one looks: what came since would be added twice
        self._looking = threading.Lock()
        for pid in pids:
            self.count(pid)

    def count(self, pid: int) -> None:
        """Count this process too, from here on."""
        self._read[pid] = _Reading(pid)

    def look(self) -> None:
        """Add what has come since the last look, unless another is looking just now.

        One who is gone adds nothing more.
        """
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._add()
        finally:
            self._looking.release()

    def _add(self) -> None:
        passed = self._since()
        active = 0.0
        for pid, before in list(self._read.items()):
            now = _Reading(pid)
            if now.gone:
                del self._read[pid]
                continue
            self._read[pid] = now
            self.worked += max(0.0, now.worked - before.worked)
            active += max(0.0, now.worked - before.worked) + now.waited_since(before)
        self.passed += passed
        # Linux adds a wait when it ends: it looks like sleep until then, and is taken back here
        self.slept = max(0.0, self.slept + passed - active)

    def skip(self) -> None:
        """Leave out what has come since the last look."""
        with self._looking:
            self._since()
            self._read = {pid: _Reading(pid) for pid in self._read}

    def _since(self) -> float:
        before, self._at = self._at, time.monotonic()
        return self._at - before


class _Reading:
    """What the system says of one process: its processor time, and how long its threads waited."""

    def __init__(self, pid: int) -> None:
        worked = _worked(pid)
        self.gone = worked is None
        self.worked = worked or 0.0
        self._waited = _waited(pid)

    def waited_since(self, before: "_Reading") -> float:
        """Return seconds that all its threads together have waited for a processor."""
        return sum(
            max(0.0, waited - before._waited.get(thread, 0.0))
            for thread, waited in self._waited.items()
        )


def _worked(pid: int) -> float | None:
    """Return the processor time of a process, 0 where the system does not say.

    It is None where the process is gone.
    """
    if pid == os.getpid():
        return time.process_time()
    if not _speaks_of_others():
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:
        return None


def _speaks_of_others() -> bool:
    return Path("/proc/self/stat").exists() and hasattr(time, "clock_gettime")


def _waited(pid: int) -> dict[str, float]:
    """Return how long each thread has waited for a processor.

    Empty where the system does not say.
    """
    tasks, found = f"/proc/{pid}/task", {}
    try:
        for thread in os.listdir(tasks):
            with open(f"{tasks}/{thread}/schedstat", "rb") as file:
                _, waited, _ = file.read().split()
            found[thread] = int(waited) / 1e9
    except (OSError, ValueError):  # not Linux, or a thread that has just ended
        return found
    return found
