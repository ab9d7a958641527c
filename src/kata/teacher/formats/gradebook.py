"""Tables: our own, and those that Canvas and Moodle import.

A cell that a spreadsheet would take for a formula gets an apostrophe before it. Canvas and Moodle
match a row by their own id of the student: the name of what was handed in stands in that column.
"""

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from kata.course import course
from kata.grade import write_whole
from kata.teacher.rows import Row

FORMULA = ("=", "+", "-", "@", "\t", "\r")
ARCHIVES = (".zip", ".py", ".ipynb")


def write_table(path: Path, rows: list[Row]) -> None:
    """One row for each submission: outcome, score, the status of each exercise, what to look at."""
    names = [exercise.name for exercise in rows[0].grade.exercises]
    head = ["submission", "outcome", "score", "max_score", *names, "look at"]
    table = [
        [
            row.name,
            row.outcome,
            row.grade.score,
            row.grade.max_score,
            *_statuses(row, names),
            "; ".join(row.look),
        ]
        for row in rows
    ]
    _write(path, [head, *table])


def write_canvas(path: Path, rows: list[Row]) -> None:
    """For Canvas's "Import Grades": its columns, the points possible in its second line."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", course().name]
    possible = ["    Points Possible", "", "", "", "", rows[0].grade.max_score]
    table = [[_student(row), "", "", _student(row), "", row.grade.score] for row in rows]
    _write(path, [head, possible, *table])


def write_moodle(path: Path, rows: list[Row]) -> None:
    """For Moodle's "Import > CSV file", mapped by ID number or username; with feedback."""
    head = ["username", course().name, "feedback"]
    table = [[_student(row), row.grade.score, _feedback(row)] for row in rows]
    _write(path, [head, *table])


def _student(row: Row) -> str:
    """Return the name of the submission without the ending of an archive or a file."""
    found = (row.name.removesuffix(end) for end in ARCHIVES if row.name.endswith(end))
    return next(found, row.name)


def _statuses(row: Row, names: list[str]) -> list[str]:
    found = {exercise.name: exercise.status for exercise in row.grade.exercises}
    return [found.get(name, "") for name in names]


def _feedback(row: Row) -> str:
    if row.detail:
        return row.detail
    open_ = [e.name for e in row.grade.exercises if not e.passed]
    return f"not passed yet: {', '.join(open_)}" if open_ else "all passed"


def _write(path: Path, table: Iterable[Iterable[Any]]) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows([_safe(cell) for cell in line] for line in table)
    write_whole(path, text.getvalue())


def _safe(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell
