"""The rows that are there already, so that no interruption costs what was done before it."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kata.teacher.rows import Row

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


class CannotKeep(Exception):
    """The rows cannot be written down, and why."""


class Kept:
    """The rows that are there already, in a file that only grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, Row] = {}
        self._file: Any = None

    def open(self, resume: bool) -> None:
        """Read the rows of an interrupted run, or put them aside. Raises CannotKeep."""
        try:
            self._open(resume)
        except OSError as error:
            raise CannotKeep(f"{self.path}: {error.strerror}") from None

    def _open(self, resume: bool) -> None:
        self._file = self._locked()
        if not resume and self._file.tell():
            os.replace(self.path, self.path.with_name(f"{self.path.name}.old"))
            before, self._file = self._file, self._locked()
            before.close()
        for line in self.path.read_bytes().splitlines():
            try:
                entry = json.loads(line)
                self._keep(entry["key"], Row.of_json(entry["row"]))
            except (ValueError, KeyError, TypeError):
                continue  # the power failed in the middle of this line
        if self._rows:
            self._write(b"\n")  # the last line may lack its end

    def _locked(self) -> Any:
        """Open the file for this run alone. Raises CannotKeep where another run has it."""
        file = self.path.open("ab", buffering=0)
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                text = "another grade-all writes there now; let it end, or name another --json"
                raise CannotKeep(f"{self.path}: {text}") from None
            except OSError:
                pass  # a file system without locks
        return file

    def __enter__(self) -> "Kept":
        if self._file is None:
            self.open(resume=True)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            self._file.close()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        """Return the row of a job, if it is there."""
        return self._rows.get(key)

    def of_name(self, name: str) -> Row | None:
        """Return the last row of a submission, whatever it was graded by; None without one."""
        return next((row for row in reversed(self._rows.values()) if row.name == name), None)

    def forget(self, names: Iterable[str]) -> None:
        """Let submissions be graded anew; their rows stay in the file until there are others."""
        gone = {*names}
        self._rows = {key: row for key, row in self._rows.items() if row.name not in gone}

    def add(self, key: str, row: Row) -> None:
        """Keep a row, on the disk when this returns. Raises CannotKeep."""
        self._write(json.dumps({"key": key, "row": row.as_json()}).encode() + b"\n")
        self._keep(key, row)

    def _keep(self, key: str, row: Row) -> None:
        self._rows.pop(key, None)  # what was graded last comes last
        self._rows[key] = row

    def _write(self, line: bytes) -> None:
        """Write a whole line, or nothing. Raises CannotKeep."""
        before = self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(before)
            text = f"{self.path}: cannot be written ({error.strerror}), with {len(self)} rows in it"
            raise CannotKeep(f"{text}; make room, then --resume grades the rest") from None
