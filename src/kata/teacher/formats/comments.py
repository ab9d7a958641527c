"""What a teacher writes to students beside their grades: comments.csv in the feedback's folder.

    login,exercise,comment
    alice,,Well done!
    alice,relu,This can be one line.
    *,,The exam is on Friday.

A line without an exercise is of the whole; `*` is of everyone.
"""

import csv
from collections.abc import Collection
from io import StringIO
from pathlib import Path

from kata.course import closest, exercises
from kata.grade import write_whole
from kata.teacher.formats.gradebook import MARK, safe
from kata.teacher.tables import Table

NAME = "comments.csv"
COLUMNS = ("login", "exercise", "comment")

Comments = dict[str, dict[str, list[str]]]  # by login and exercise


def read(folder: Path, logins: Collection[str]) -> Comments:
    """Return the comments in a folder; none where there is no such file yet.

    Raises Usage, with each bad line.
    """
    found: Comments = {}
    if not (folder / NAME).exists():
        return found
    table = Table(folder / NAME)
    for line in table.lines(COLUMNS, "comment"):
        login, exercise = line["login"] or "*", line["exercise"]
        login = login if login in logins else login.removeprefix("'")  # which keeps it a text
        if login != "*" and login not in logins:
            table.fault(line.number, f"nobody has the login {login!r}{closest(login, logins)}")
        elif exercise and exercise not in exercises():
            like = closest(exercise, exercises())
            table.fault(line.number, f"there is no exercise {exercise!r}{like}")
        elif line["comment"]:
            found.setdefault(login, {}).setdefault(exercise, []).append(line["comment"])
    table.done()
    return found


def of(login: str, comments: Comments) -> dict[str, list[str]]:
    """Return what is said to one student, by exercise."""
    told: dict[str, list[str]] = {}
    for who in ("*", login):
        for exercise, texts in comments.get(who, {}).items():
            told.setdefault(exercise, []).extend(texts)
    return told


def begin(folder: Path, logins: Collection[str]) -> None:
    """Write a table with a line for each student, to be filled in, where there is none."""
    if not (folder / NAME).exists():
        text = StringIO(newline="")
        csv.writer(text).writerows([COLUMNS, *((safe(login), "", "") for login in sorted(logins))])
        write_whole(folder / NAME, MARK + text.getvalue())
