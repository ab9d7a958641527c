"""Tables: our own, and those that Canvas and Moodle import.

No cell is a formula to a spreadsheet, nor becomes one where a spreadsheet takes semicolons, line
ends or tabs for the end of a cell. Canvas and Moodle match a row by their own id of the student:
the login stands in that column, once.
"""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from kata.course import course
from kata.grade import write_whole
from kata.teacher.rows import Row

# the signs that begin a formula, the full-width ones of East Asian spreadsheets among them
FORMULA = re.compile(r"""(^|[;,\t|]|["'])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")
BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029\0]+")
MARK = "\ufeff"  # by which Excel knows UTF-8; it needs none where all is ASCII


def write_table(path: Path, rows: list[Row]) -> None:
    """One row for each submission: outcome, score, the status of each exercise, what to look at."""
    names = [exercise.name for exercise in rows[0].grade.exercises]
    marked = ["points", "max_points", "points_lost"] if rows[0].marks else []
    head = ["submission", "outcome", "score", "max_score", *names, "look at"]
    table = [
        [
            row.name,
            row.outcome,
            row.grade.score,
            row.grade.max_score,
            *_statuses(row, names),
            "; ".join(row.look),
            row.login,
            "late" if row.late else "",
            "; ".join([*row.notes, *([row.detail] if row.detail else [])]),
            *([row.marks.points, row.marks.max_points, row.marks.lost] if row.marks else []),
        ]
        for row in rows
    ]
    _write(path, [[*head, "login", "late", "notes", *marked], *table], excel=True)


def write_canvas(path: Path, rows: list[Row]) -> None:
    """For Canvas's "Import Grades": its columns, the points possible in its second line."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", course().name]
    possible = ["    Points Possible", "", "", "", "", _points(rows[0])[1]]
    table = [[row.login, "", "", row.login, "", _points(row)[0]] for row in one_of_each_login(rows)]
    _write(path, [head, possible, *table])


def write_moodle(path: Path, rows: list[Row]) -> None:
    """For Moodle's "Import > CSV file", mapped by ID number or username; with feedback."""
    head = ["username", course().name, "feedback"]
    table = [[row.login, _points(row)[0], _feedback(row)] for row in one_of_each_login(rows)]
    _write(path, [head, *table])


def one_of_each_login(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, of several with one login only the one with the most points."""
    best: dict[str, Row] = {}
    for row in rows:
        before = best.get(row.login)
        if before is None or _points(row)[0] > _points(before)[0]:
            best[row.login] = row
    return list(best.values())


def _points(row: Row) -> tuple[float, float]:
    """Return the points of a submission and those possible, by the policy where there is one."""
    if row.marks:
        return row.marks.points, row.marks.max_points
    return row.grade.score, row.grade.max_score


def _statuses(row: Row, names: list[str]) -> list[str]:
    found = {exercise.name: exercise.status for exercise in row.grade.exercises}
    return [found.get(name, "") for name in names]


def _feedback(row: Row) -> str:
    if row.detail:
        return row.detail
    open_ = [e.name for e in row.grade.exercises if not e.passed]
    told = f"not passed yet: {', '.join(open_)}" if open_ else "all passed"
    lost = (
        f"; {row.marks.lost:g} points lost for being late" if row.marks and row.marks.lost else ""
    )
    return told + lost


def _write(path: Path, table: Iterable[Iterable[Any]], excel: bool = False) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows([safe(cell) for cell in line] for line in table)
    found = text.getvalue()
    write_whole(path, found if found.isascii() or not excel else f"{MARK}{found}")


def safe(cell: Any) -> Any:
    """Return a cell of one line that no spreadsheet takes for a formula, or for several cells."""
    if isinstance(cell, str):
        return FORMULA.sub(r"\1\2'", BREAKS.sub(" ", cell))
    return f"{cell:g}" if isinstance(cell, float) else cell
