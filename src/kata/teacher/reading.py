"""Entries are read in a child that may take so much memory and time, and no more.

Started as `python -m kata.teacher.reading DESCRIPTOR`. An archive or a file can be made so that
reading it takes all there is; that costs the entry, whose row says so, and not the class.
"""

import os
import socket
import sys
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kata.answers.encoding import decoded
from kata.answers.text import Chapter
from kata.course import exercises, exercises_of
from kata.teacher.exports import Entry
from kata.teacher.fence import frames
from kata.teacher.intake import job_of
from kata.teacher.look import worth_a_look
from kata.teacher.rows import Job

SECONDS, MEMORY = 120.0, 1 << 30  # of one entry
TRIES = 2
LONGEST = 4000  # characters of one answer's code, as a report shows it


class Reader:
    """Reads entries, one at a time, in a child; may be asked from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Any = None
        self._line: socket.socket | None = None
        self._closed = False

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self._closed = True
        self._stop()

    def read(self, entry: Entry) -> tuple[Job, list[str]]:
        """Return an entry's job, and what a person should see in it.

        Of what cannot be read within bounds, the job says that it is refused.
        """
        got = self._asked(entry)
        if got is None:
            detail = f"reading it takes more than {SECONDS:g} s or {MEMORY >> 20} MB"
            return Job(entry.name, outcome="refused", detail=detail), []
        return Job.of_message(got[0]["job"], got[1]), got[0]["look"]

    def code(self, entry: Entry, names: Collection[str]) -> dict[str, str]:
        """Return the text of an entry's answers to these exercises, as far as it can be read."""
        got = self._asked(entry, names)
        return got[0]["code"] if got else {}

    def _asked(self, entry: Entry, names: Collection[str] = ()) -> Any:
        parts = [[os.fsdecode(path), name] for path, name in entry.parts]
        asked = {"entry": {**asdict(entry), "parts": parts}, "names": sorted(names)}
        if not hasattr(socket, "AF_UNIX") or not hasattr(os, "fork"):
            return _answer(asked)
        with self._lock:
            for _ in range(TRIES):
                try:
                    return self._over_the_line(asked)
                except TimeoutError:
                    self._stop()
                    break
                except (EOFError, OSError, ValueError, frames.Unreadable, frames.TooLarge):
                    self._stop()  # it may have been ended for what another did to the machine
        return None

    def _over_the_line(self, asked: dict[str, Any]) -> Any:
        from kata.teacher.fence.processes import start

        if self._closed:
            raise EOFError
        if self._line is None:
            self._line, theirs = socket.socketpair()
            self._line.settimeout(SECONDS)
            self._child = start("kata.teacher.reading", theirs, Path(os.devnull))
            theirs.close()
        frames.send(self._line, asked)
        return frames.receive(self._line)

    def _stop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._child.kill()
            self._child.wait()
            self._line = None


def _answer(asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Return what is asked of an entry, and the contents of its files."""
    told = asked["entry"]
    listed = {name: tuple(told[name]) for name in ("others", "notes")}
    parts = tuple((Path(path), name) for path, name in told["parts"])
    job = job_of(Entry(**{**told, **listed, "parts": parts}))
    if asked["names"]:
        return {"code": _code_of(job, asked["names"])}, []
    plain, blobs = job.message()
    return {"job": plain, "look": worth_a_look(job)}, blobs


def _code_of(job: Job, names: Collection[str]) -> dict[str, str]:
    """Return the text of answers in the files that are Python, as they stand there."""
    found: dict[str, str] = {}
    for chapter in {exercises()[name].chapter for name in names}:
        content = job.files.get(f"{chapter}.py", job.files.get(job.file, b""))
        with suppress(SyntaxError, RecursionError, MemoryError):
            text = Chapter(decoded(content), chapter)
            lines = text.text.splitlines()
            for name in {*names} & {*exercises_of(chapter)}:
                if (span := text.lines_of(name)) and not text.is_stub(name):
                    found[name] = "\n".join(lines[span[0] - 1 : span[1] - 1])[:LONGEST]
    return found


def main() -> int:
    """Read entries until the line is closed."""
    line = socket.socket(fileno=int(sys.argv[1]))
    if sys.platform.startswith("linux"):
        import resource

        from kata.teacher.fence.cage import die_with_parent

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        die_with_parent(os.getppid())
    with suppress(EOFError, OSError):
        while True:
            asked, _ = frames.receive(line)
            frames.send(line, *_answer(asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
