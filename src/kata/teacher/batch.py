"""`kata grade-all`: from a folder of submissions to rows, none of them lost.

Each row is appended to OUT.json.rows as soon as it is there, and OUT.json is written at the end.
After Ctrl-C or a power failure, --resume takes the rows that are there and grades the rest; what
was handed in anew since then is graded again.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from kata.catalogue import chapters, core_chapters
from kata.printable import plain
from kata.teacher import formats, intake
from kata.teacher.cold import ColdGrader
from kata.teacher.job import Job, Limits
from kata.teacher.look import worth_a_look
from kata.teacher.pool import CannotStart, Grader
from kata.teacher.progress import Progress
from kata.verdict import write_json

Row = dict[str, Any]


class Grades(Protocol):
    """What makes rows: processes of this machine, cold ones, or a cluster."""

    def grade(self, job: Job) -> Row:
        """The row of a submission."""


@dataclass
class Settings:
    """The options of the command.

    outputs: files to write beside json, by format. only: chapters, or "core"; none means all.
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


class Usage(Exception):
    """What is wrong with the options."""


def run(settings: Settings) -> int:
    """Grade all; the exit status. Raises Usage."""
    paths = _check(settings)
    asked = {"only": _chapters(settings.only), "draw_seed": settings.draw_seed}
    kept = Kept(settings.json.with_name(f"{settings.json.name}.rows"))
    kept.open(settings.resume)
    rows: dict[str, Row] = {}
    try:
        with kept, _grader(settings) as grader, Progress(len(paths)) as progress:
            for row in grade_each(paths, grader, settings.jobs, kept, **asked):
                rows[row["name"]] = row
                progress.row(row)
    except KeyboardInterrupt:
        print(
            f"stopped; {len(kept)} of {len(paths)} rows are in {plain(str(kept.path))}: "
            "the same command with --resume grades the rest",
            file=sys.stderr,
        )
        return 130
    except CannotStart as error:
        raise Usage(str(error)) from None
    in_order = [rows[path.name] for path in paths]
    write_json(settings.json, contract(in_order))
    for kind, path in settings.outputs.items():
        formats.WRITERS[kind](path, in_order)
    print(Progress.summary(in_order))
    return 0


def contract(rows: list[Row]) -> dict[str, Any]:
    """All rows, as CONTRACT has them."""
    return {
        "schema": 1,
        "submissions": {row["name"]: {**row["grade"], "outcome": row["outcome"]} for row in rows},
    }


def grade_each(
    paths: list[Path], grader: Grades, jobs: int, kept: "Kept", **asked: Any
) -> Iterator[Row]:
    """The rows as they come, each kept before it is given out. asked: the same of every Job."""
    with ThreadPoolExecutor(jobs) as threads:
        waiting: set[Future[tuple[str, Row, bool]]] = set()
        todo = iter(paths)
        try:
            while True:
                for path in islice(todo, 2 * jobs - len(waiting)):
                    waiting.add(threads.submit(_row, path, grader, kept, asked))
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    key, row, is_new = future.result()
                    if is_new:
                        kept.add(key, row)
                    yield row
        except BaseException:
            for future in waiting:
                future.cancel()
            close = getattr(grader, "close", None)
            if close:
                close()  # the threads wait for processes that this ends
            raise


def _row(path: Path, grader: Grades, kept: "Kept", asked: dict[str, Any]) -> tuple[str, Row, bool]:
    job = replace(intake.job_of(path), **asked)
    key = fingerprint(job)
    if row := kept.get(key):
        return key, row, False
    row = grader.grade(job)
    return key, {**row, "look": worth_a_look(job)}, True


def fingerprint(job: Job) -> str:
    """What the row of a job depends on."""
    parts = [job.name, job.file, job.outcome, job.detail, json.dumps(job.problems)]
    parts += [*job.only, str(job.draw_seed)]
    for name, content in sorted(job.files.items()):
        parts += [name, hashlib.sha256(content).hexdigest()]
    text = json.dumps(parts)  # names may hold what is no Unicode
    return hashlib.sha256(text.encode()).hexdigest()


class Kept:
    """The rows that are there already, in a file that only grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, Row] = {}
        self._file: Any = None

    def open(self, resume: bool) -> None:
        """Read the rows of an interrupted run, or put them aside."""
        if resume and self.path.exists():
            for line in self.path.read_bytes().splitlines():
                try:
                    entry = json.loads(line)
                    self._rows[entry["key"]] = entry["row"]
                except (ValueError, KeyError, TypeError):
                    continue  # the power failed in the middle of this line
        elif self.path.exists():
            os.replace(self.path, self.path.with_name(f"{self.path.name}.old"))

    def __enter__(self) -> "Kept":
        self._file = self.path.open("a", encoding="ascii")
        if self._rows:
            self._file.write("\n")  # the last line may lack its end
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        """The row of a job, if it is there."""
        return self._rows.get(key)

    def add(self, key: str, row: Row) -> None:
        """Keep a row, on the disk when this returns."""
        self._rows[key] = row
        self._file.write(json.dumps({"key": key, "row": row}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _check(settings: Settings) -> list[Path]:
    """The submissions. Raises Usage where an option cannot be right, before any work is done."""
    try:
        paths, others = intake.entries(settings.folder)
    except OSError as error:
        raise Usage(f"{settings.folder}: {error.strerror}") from None
    for path in (settings.json, *settings.outputs.values()):
        if not path.absolute().parent.is_dir():
            raise Usage(f"{path.parent}: no such folder; make it, then say it again")
    if not paths:
        raise Usage(f"{settings.folder}: holds no sub-folder, .zip, .py or .ipynb to grade")
    skipped = f" (not graded: {', '.join(p.name for p in others[:5])})" if others else ""
    print(plain(f"{len(paths)} submissions in {settings.folder}{skipped}"))
    return paths


def _chapters(only: Sequence[str]) -> tuple[str, ...]:
    """The chapters of that name, or number, or all of the core. Raises Usage."""
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
    """A context manager that gives what makes the rows."""
    if settings.scheduler is not None:
        from kata.teacher.cluster import Cluster

        return Cluster(settings.scheduler, settings.limits)
    print(f"{protections_here(settings.cold)}; {settings.jobs} at a time")
    return local_grader(settings.limits, settings.cold)


def local_grader(limits: Limits, cold: bool = False) -> Grader | ColdGrader:
    """What grades on this machine: fenced processes, where it has fences."""
    return ColdGrader(limits) if cold or not _has_fences() else Grader(limits)


def protections_here(cold: bool = False) -> str:
    """What this machine has against hostile submissions, in one line."""
    if cold or not _has_fences():
        why = "as asked" if cold else f"as kata has no fences for processes on {sys.platform}"
        return f"protections: none but a cold process for each submission, {why} (SECURITY.md)"
    from kata.teacher.cage import Cage

    return Cage.here().in_words()


def _has_fences() -> bool:
    return sys.platform.startswith("linux")
