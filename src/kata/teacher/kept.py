"""The rows that are there already, so that no interruption costs what was done before it."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from kata.teacher.rows import Row


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
        if resume and self.path.exists():
            for line in self.path.read_bytes().splitlines():
                try:
                    entry = json.loads(line)
                    self._rows[entry["key"]] = Row.of_json(entry["row"])
                except (ValueError, KeyError, TypeError):
                    continue  # the power failed in the middle of this line
        elif self.path.exists():
            os.replace(self.path, self.path.with_name(f"{self.path.name}.old"))

    def __enter__(self) -> "Kept":
        try:
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise CannotKeep(f"{self.path}: {error.strerror}") from None
        if self._rows:
            self._write(b"\n")  # the last line may lack its end
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        """Return the row of a job, if it is there."""
        return self._rows.get(key)

    def add(self, key: str, row: Row) -> None:
        """Keep a row, on the disk when this returns. Raises CannotKeep."""
        self._write(json.dumps({"key": key, "row": row.as_json()}).encode() + b"\n")
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
