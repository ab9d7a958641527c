"""Where the learner stands: every exercise with its status, read off the files and the state.

Nothing is run here, so it is quick: a stub is todo, a text that was graded has its grade, and any
other is "changed": it waits for a grade.
"""

from dataclasses import dataclass
from datetime import date

from kata.course import chapters, closest, exercises, exercises_of
from kata.learner import practice, source
from kata.learner.place import Place
from kata.learner.state import State, changing, read
from kata.learner.verdict import Verdict

MOST_MET = 20  # mistakes of one exercise that are remembered


@dataclass(frozen=True)
class Row:
    """status: "passed", "failed", "error", "todo", or "changed" since it was graded, if ever;
    "parked" where the learner knows it and has not let it pass.

    line: where it is defined, if it is; cell: of the notebook that answers it, 0 where none does.
    broken: why its file cannot be read. due: in words.
    """

    name: str
    chapter: str
    status: str
    line: int | None = None
    broken: str = ""
    due: str = ""
    cell: int = 0


@dataclass(frozen=True)
class Board:
    """All exercises, in the order in which they are taught."""

    rows: list[Row]
    current: str

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    @property
    def passed(self) -> int:
        return sum(row.status == "passed" for row in self.rows)

    @property
    def parked(self) -> int:
        return sum(row.status == "parked" for row in self.rows)

    def after(self, name: str) -> str | None:
        """Return the next exercise that is to be done, from the start again if need be.

        It is None where all have passed or are parked.
        """
        turned = self.rows.index(self.row(name)) + 1
        return _first_to_do(self.rows[turned:] + self.rows[:turned])


def board(place: Place, state: State, today: date) -> Board:
    """Return the board as the files and the state have it now."""
    rows: list[Row] = []
    for chapter in chapters():
        rows += _rows(place, state, today, chapter)
    current = state.current
    if not current:
        current = _first_to_do(rows) or rows[-1].name
    return Board(rows, current)


def _first_to_do(rows: list[Row]) -> str | None:
    return next((row.name for row in rows if row.status not in ("passed", "parked")), None)


def board_now(place: Place) -> Board:
    """Return the board as it is today, by the files and what is remembered."""
    return board(place, read(place), date.today())


def record(place: Place, verdict: Verdict, fingerprint: str, today: date) -> None:
    """Keep a grade of the text with this fingerprint; "" for a file that cannot be read."""
    if not fingerprint:
        return
    with changing(place) as state:
        progress = state.of(verdict.name)
        progress.status, progress.fingerprint = verdict.status, fingerprint
        if verdict.grade.mistake and verdict.grade.mistake not in progress.met:
            progress.met = (*progress.met[1 - MOST_MET :], verdict.grade.mistake)
        if verdict.passed:
            practice.passed(progress, today)


def _rows(place: Place, state: State, today: date, chapter: str) -> list[Row]:
    broken, prints, places = "", {}, {}
    try:  # of all of it, since the file may be saved between two looks
        prints = source.fingerprints(place, chapter)
        places = {name: source.line_of(place, name) for name in exercises_of(chapter)}
    except (SyntaxError, OSError) as error:
        broken = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else f"{error}"
        )
    rows = []
    for name in exercises_of(chapter):
        progress = state.progress.get(name)
        due = practice.in_words(progress, today) if progress else ""
        status = "todo"
        if broken:
            status = "error"
        elif name in prints:
            known = progress and progress.status and progress.fingerprint == prints[name]
            status = progress.status if progress and known else "changed"
        if progress and progress.parked and status != "passed":
            status = "parked"
        cell, line = (0, None) if broken else places[name]
        rows.append(Row(name, chapter, status, line, broken, due, cell))
    return rows


def known(name: str) -> str:
    """Return the name. Raises ValueError, with a suggestion, where there is no such exercise."""
    if name not in exercises():
        raise ValueError(f"{name}: no such exercise{closest(name, exercises())}")
    return name
