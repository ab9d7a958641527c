"""What an exercise is worth, and what being late costs: a teacher's own, in one table.

    exercise,points,weight,partial,login,late
    relu,2,,,,
    ch06,3,2,yes,,
    *,1,,,,
    ,,,,bob,2
    ,,,,*,10%

A line says what an exercise, all of a chapter, or each other one (`*`) is worth; or what it costs
a student to be late, in points or percent. There, `*` is whoever the export marks as late.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kata.course import chapters, closest, exercises, exercises_of
from kata.grade import ExerciseGrade
from kata.teacher.rows import Marks, Row
from kata.teacher.tables import Line, Table, Usage

COLUMNS = ("exercise", "points", "weight", "partial", "login", "late")
YES, NO = ("yes", "y", "true", "1", "x", "tests"), ("", "no", "n", "false", "0")
NUMBER = re.compile(r"\d{1,6}([.,]\d{1,6})?")


@dataclass(frozen=True)
class Worth:
    """What an exercise is worth; partial: each of its tests that passed earns its share."""

    points: float = 1.0
    weight: float = 1.0
    partial: bool = False

    def of(self, exercise: ExerciseGrade) -> tuple[float, float]:
        """Return the points that an exercise got, and those it could get."""
        most = self.points * self.weight
        if self.partial and exercise.results:
            return most * exercise.passed_tests / len(exercise.results), most
        return most * exercise.passed, most


class Policy:
    """What was read of a policy."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises Usage, with each bad line."""
        self.path = path
        self._worth: dict[str, Worth] = {}
        self._late: dict[str, tuple[str, int]] = {}
        table = Table(path)
        if not {"exercise", "late"} & set(table.head):
            raise Usage(f"{path}, line 1: name the columns, some of {', '.join(COLUMNS)}")
        given: dict[str, dict[str, tuple[Worth, int]]] = {"exercise": {}, "chapter": {}, "*": {}}
        for line in table.lines(COLUMNS, "exercise" if "exercise" in table.head else "late"):
            try:
                if line["login"] or line["late"]:
                    self._read_late(line)
                else:
                    self._read_worth(line, given)
            except ValueError as error:
                table.fault(line.number, str(error))
        table.done()
        for kind in ("*", "chapter", "exercise"):  # what says more comes later
            self._worth.update({name: worth for name, (worth, _) in given[kind].items()})

    def _read_worth(self, line: Line, given: dict[str, dict[str, tuple[Worth, int]]]) -> None:
        """Note what exercises are worth. Raises ValueError."""
        name = line["exercise"]
        kind, names = _meant(name)
        if line["partial"].lower() not in (*YES, *NO):
            raise ValueError(f"partial is {line['partial']!r}, and may be yes or no")
        worth = Worth(
            _number(line["points"] or "1", "points"),
            _number(line["weight"] or "1", "weight"),
            line["partial"].lower() in YES,
        )
        for one in names:
            _, before = given[kind].setdefault(one, (worth, line.number))
            if before != line.number:
                raise ValueError(f"{name} has a line already, {before}")

    def _read_late(self, line: Line) -> None:
        """Note what being late costs. Raises ValueError."""
        who, mark = line["login"], line["late"]
        if line["exercise"]:
            raise ValueError("is of an exercise and of a login; make two lines of it")
        if not who:
            raise ValueError("says late, and of whom not: name a login, or * for all who are late")
        if who in self._late:
            raise ValueError(f"{who} has a line already, {self._late[who][1]}")
        percent = mark.endswith("%")
        if _number(mark.removesuffix("%").strip(), "late") > 100 and percent:
            raise ValueError(f"late is {mark}, and all there is to lose is 100%")
        self._late[who] = mark, line.number

    def knows(self, logins: Iterable[str]) -> None:
        """Raise Usage where a line is of a login that there is not."""
        there = [*logins]
        for who, (_, number) in self._late.items():
            if who != "*" and who not in there:
                like = closest(who, there)
                raise Usage(f"{self.path}, line {number}: nobody has the login {who!r}{like}")

    def marks(self, row: Row) -> Marks:
        """Return what a submission's grade is worth."""
        worth = {e.name: self._worth.get(e.name, Worth()).of(e) for e in row.grade.exercises}
        points, most = (sum(pair[at] for pair in worth.values()) for at in (0, 1))
        mark, _ = self._late.get(row.login) or (row.late and self._late.get("*")) or ("", 0)
        lost = 0.0
        if mark:
            number = _number(mark.removesuffix("%").strip(), "late")
            lost = min(points, points * number / 100 if mark.endswith("%") else number)
        return Marks(round(points - lost, 4), round(most, 4), round(lost, 4), worth)


def _meant(name: str) -> tuple[str, tuple[str, ...]]:
    """Return whether a name is of an exercise, a chapter or all, and of which exercises.

    Raises ValueError where it is of nothing.
    """
    if name == "*":
        return "*", tuple(exercises())
    if name in exercises():
        return "exercise", (name,)
    for chapter in chapters():
        if name in (chapter, chapter.split("_")[0]):
            return "chapter", exercises_of(chapter)
    if not name:
        raise ValueError("names neither an exercise nor a login")
    raise ValueError(f"there is no exercise {name!r}{closest(name, exercises())}")


def _number(text: str, column: str) -> float:
    """Return a number that is not below 0, with a point or a comma. Raises ValueError."""
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{column} is {text!r}, and may be a number such as 2 or 0.5")
    return float(text.replace(",", "."))
