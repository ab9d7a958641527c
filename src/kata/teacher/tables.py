"""Tables that a teacher writes: a roster, a policy, comments. Each bad line is said by its number.

They are CSV as any spreadsheet saves it: with commas or semicolons, in UTF-8 or in Windows' own
encoding, with or without a byte order mark.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

LARGEST = 8 << 20  # bytes
MOST_SAID = 10  # bad lines


class Usage(Exception):
    """What is wrong with the options, or with the places that they name."""


@dataclass(frozen=True)
class Line:
    """A line of a table: its number in the file, and its cells by column."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Table:
    """A teacher's table, and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises Usage where there is nothing to read."""
        self.path = path
        self._faults: list[tuple[int, str]] = []
        reader = csv.reader(StringIO(_text(path), newline=""), delimiter=_delimiter(path))
        self._rows: list[tuple[int, list[str]]] = []
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    self._rows.append((reader.line_num, [cell.strip() for cell in cells]))
        except csv.Error as error:
            raise Usage(f"{path}, line {reader.line_num}: is no CSV ({error})") from None
        if not self._rows:
            raise Usage(f"{path}: is empty")

    @property
    def head(self) -> list[str]:
        """Return the first line, in small letters."""
        return [cell.lower() for cell in self._rows[0][1]]

    def lines(self, columns: Iterable[str], needed: str) -> list[Line]:
        """Return the lines below the head. Raises Usage where the head is none of these columns."""
        known, head = set(columns), self.head
        if unknown := [cell for cell in head if cell not in known]:
            told = f"its columns are {', '.join(sorted(known))}"
            raise Usage(f"{self.path}, line 1: there is no column {unknown[0]!r}; {told}")
        if needed not in head:
            raise Usage(f"{self.path}, line 1: the column {needed!r} is missing")
        if twice := [cell for cell in head if head.count(cell) > 1]:
            raise Usage(f"{self.path}, line 1: the column {twice[0]!r} is there twice")
        return self.under(head)

    def under(self, head: list[str], after: int = 1) -> list[Line]:
        """Return the lines after the first `after`, their cells named by a head."""
        found = []
        for number, cells in self._rows[after:]:
            if len(cells) > len(head) and any(cells[len(head) :]):
                self.fault(number, f"has {len(cells)} cells, and the head has {len(head)}")
            found.append(Line(number, dict(zip(head, cells, strict=False))))
        return found

    def fault(self, number: int, text: str) -> None:
        """Note what is wrong with a line."""
        self._faults.append((number, text))

    def done(self) -> None:
        """Raise Usage where a line was bad: all of them, each by its number."""
        said = [f"{self.path}, line {number}: {text}" for number, text in sorted(self._faults)]
        if len(said) > MOST_SAID:
            said[MOST_SAID:] = [f"... and {len(said) - MOST_SAID} lines more"]
        if said:
            raise Usage("\n".join(said))


def _text(path: Path) -> str:
    """Return a table's text. Raises Usage."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Usage(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > LARGEST:
        raise Usage(f"{path}: is larger than {LARGEST >> 20} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # Excel's "CSV", as Windows saves it


def _delimiter(path: Path) -> str:
    first = next((line for line in _text(path).splitlines() if line.strip()), "")
    return max(",;\t", key=first.count) if first else ","
