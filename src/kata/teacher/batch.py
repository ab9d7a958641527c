"""`kata grade-all`: from a folder of submissions to rows, none of them lost.

Each row is appended to OUT.json.rows as soon as it is there, and OUT.json is written at the end.
After Ctrl-C, a kill or a power failure, --resume takes the rows that are there and grades the
rest; what was handed in anew since then, or graded by other limits, numbers or versions, is graded
again. With --only-submission one is graded anew, and the others' rows stay what they are.
"""

import json
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kata.answers.printable import plain, spelt_out
from kata.course import chapters, closest, core_chapters
from kata.grade import class_as_json, write_json
from kata.teacher import exports, formats
from kata.teacher.each import grade_each
from kata.teacher.exports import Entry
from kata.teacher.formats import comments, feedback
from kata.teacher.kept import CannotKeep, Kept
from kata.teacher.local import local_grader, protections_here
from kata.teacher.outputs import fault_of
from kata.teacher.policy import Policy
from kata.teacher.pool import CannotStart
from kata.teacher.progress import Progress
from kata.teacher.reading import Reader
from kata.teacher.roster import Roster
from kata.teacher.rows import Limits, Row
from kata.teacher.tables import Usage
from kata.teacher.version import version_here


@dataclass
class Settings:
    """The options of the command.

    outputs: files to write beside json, by format. only: chapters, or "core"; none means all.
    submissions: names of those to grade anew, while the others keep their rows; none means all.
    """

    folder: Path
    json: Path
    outputs: Mapping[str, Path]
    jobs: int
    limits: Limits
    only: Sequence[str] = ()
    draw_seed: int = 0
    resume: bool = False
    cold: bool = False
    scheduler: str | None = None
    submissions: Sequence[str] = ()
    roster: Path | None = None
    policy: Path | None = None
    feedback: Path | None = None

    @property
    def rows(self) -> Path:
        """Return the file of the rows that are there already."""
        return self.json.with_name(f"{self.json.name}.rows")


def run(settings: Settings) -> int:
    """Grade all; the exit status. Raises Usage."""
    roster = Roster(settings.roster)
    entries = _check(settings, roster)
    policy = Policy(settings.policy) if settings.policy else None
    logins = {entry.login for entry in entries}
    if policy:
        policy.knows(logins)
    said = comments.read(settings.feedback, logins) if settings.feedback else {}
    anew = _anew(settings.submissions, entries)
    _tell_of(entries, roster)
    kept = Kept(settings.rows)
    try:
        with _tidy_end():
            rows = _graded(settings, entries, anew, kept)
            if policy:
                rows = [replace(row, marks=policy.marks(row)) for row in rows]
            _write(settings, rows, said)
    except KeyboardInterrupt as stop:
        print(
            f"stopped; {len(kept)} of {len(entries)} rows are in {plain(str(kept.path))}: "
            "the same command with --resume grades the rest",
            file=sys.stderr,
        )
        return 128 + (stop.args[0] if stop.args else signal.SIGINT)
    except (CannotStart, CannotKeep) as error:
        raise Usage(str(error)) from None
    for row in rows:
        if row.outcome == "unrecognised":
            print(spelt_out(f"{row.name}: {row.detail}"))
    if noted := sum(bool(row.notes) for row in rows):
        print(f"{noted} rows have notes: how their files were taken is in the tables and reports")
    print(Progress.summary(rows))
    return 0


def _graded(
    settings: Settings, entries: Sequence[Entry], anew: Sequence[Entry], kept: Kept
) -> list[Row]:
    """Return the rows in order, as far as there are any. Raises CannotStart, CannotKeep."""
    asked = {"only": _chapters(settings.only), "draw_seed": settings.draw_seed}
    by = json.dumps([vars(settings.limits), settings.cold, version_here()])
    rows: dict[str, Row] = {}
    kept.open(settings.resume or bool(anew))
    if anew:
        rows = {entry.name: row for entry in entries if (row := kept.of_name(entry.name))}
        kept.forget(entry.name for entry in anew)
        missing = len(entries) - len({*rows, *(entry.name for entry in anew)})
        if missing:
            print(f"{missing} others have no row yet; --resume grades them")
    todo = anew or entries
    with (
        kept,
        Reader() as reader,
        _grader(settings) as grader,
        Progress(len(todo)) as progress,
    ):
        for row in grade_each(todo, grader, settings.jobs, kept, reader, by, **asked):
            rows[row.name] = row
            progress.row(row)
    found = [(entry, rows[entry.name]) for entry in entries if entry.name in rows]
    return [replace(row, login=entry.login, late=entry.late) for entry, row in found]


@contextmanager
def _tidy_end() -> Iterator[None]:
    """Let a kill, or a closed terminal, end the grading as Ctrl-C does."""

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not cut the end short
        raise KeyboardInterrupt(number)

    here = threading.current_thread() is threading.main_thread()
    numbers = [signal.Signals[n] for n in ("SIGTERM", "SIGHUP") if here and hasattr(signal, n)]
    # what is ignored stays so: under nohup, a closed terminal is not to end the grading
    heeded = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write(settings: Settings, rows: list[Row], said: comments.Comments) -> None:
    """Write all outputs. Raises Usage."""
    path = settings.json
    try:
        content = class_as_json((row.grade, row.outcome) for row in rows)
        for row in rows:
            row.add_to(content["submissions"][row.name])
        write_json(path, content)
        for kind, path in settings.outputs.items():
            formats.WRITERS[kind](path, rows)
        if settings.feedback:
            path = settings.feedback
            feedback.write(path, rows, said)
    except OSError as error:
        text = f"{path}: cannot be written ({error.strerror}); all rows are in {settings.rows}"
        raise Usage(f"{text}: mend that, then say it again with --resume") from None


def _check(settings: Settings, roster: Roster) -> list[Entry]:
    """Return the submissions.

    Raises Usage where an option cannot be right, before any work is done.
    """
    if settings.folder.is_file():
        raise Usage(f"{settings.folder}: is a file; unpack it, and name the folder")
    try:
        entries, others = exports.entries(settings.folder, roster)
    except OSError as error:
        raise Usage(f"{settings.folder}: {error.strerror}") from None
    written = {**settings.outputs, **({"feedback": settings.feedback} if settings.feedback else {})}
    if fault := fault_of(settings.json, settings.rows, written, len(entries)):
        raise Usage(spelt_out(fault))
    if not entries:
        raise Usage(f"{settings.folder}: holds no sub-folder, .zip, .py or .ipynb to grade")
    skipped = f" (not graded: {_listed(p.name for p in others)})" if others else ""
    print(spelt_out(f"{len(entries)} submissions in {settings.folder}{skipped}"))
    return entries


def _tell_of(entries: Sequence[Entry], roster: Roster) -> None:
    """Say what a person should know of whose the entries are, before they are graded."""
    for login, names in exports.twice(entries).items():
        told = (
            f"{login}: has {len(names)} entries ({_listed(names)}); tables of logins hold the best"
        )
        print(spelt_out(told))
    if roster.without_entry:
        print(spelt_out(f"of the roster, without an entry: {_listed(roster.without_entry)}"))


def _anew(names: Sequence[str], entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are to be graded anew. Raises Usage where one is not there."""
    found = []
    for name in names:
        of = [e for e in entries if name in (e.name, e.login, *e.others)]
        of = [e for e in of if e.name == name] or of
        if not of:
            like = closest(name, [e.name for e in entries])
            raise Usage(spelt_out(f"--only-submission {name}: there is no such submission{like}"))
        found += of
    return list(dict.fromkeys(found))


def _listed(names: Iterable[str], most: int = 10) -> str:
    """Return names in one line, and how many more there are."""
    every = [*names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def _chapters(only: Sequence[str]) -> tuple[str, ...]:
    """Return the chapters of that name, or number, or all of the core. Raises Usage."""
    wanted = set[str]()
    for name in only:
        found = tuple(c for c in chapters() if c == name or c.split("_")[0] == name)
        if name == "core":
            found = core_chapters()
        if not found:
            raise Usage(f"--only {name}: no such chapter; there are core, {', '.join(chapters())}")
        wanted.update(found)
    return tuple(sorted(wanted))


def _grader(settings: Settings) -> Any:
    """Return a context manager that gives what makes the rows."""
    if settings.scheduler is not None:
        from kata.teacher.cluster import Cluster

        return Cluster(settings.scheduler, settings.limits)
    print(f"{protections_here(settings.cold)}; {settings.jobs} at a time")
    return local_grader(settings.limits, settings.cold, _chapters(settings.only))
