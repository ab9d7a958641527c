"""`kata grade-all`: from a folder of submissions to rows, none of them lost.

Each row is appended to OUT.json.rows as soon as it is there, and OUT.json is written at the end.
After Ctrl-C or a power failure, --resume takes the rows that are there and grades the rest; what
was handed in anew since then is graded again.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from kata.answers.printable import plain, spelt_out
from kata.course import chapters, core_chapters
from kata.grade import class_as_json, write_json
from kata.teacher import formats, intake
from kata.teacher.fence.frames import cut
from kata.teacher.kept import CannotKeep, Kept
from kata.teacher.local import local_grader, protections_here
from kata.teacher.look import worth_a_look
from kata.teacher.outputs import fault_of
from kata.teacher.pool import CannotStart, Lost
from kata.teacher.progress import Progress
from kata.teacher.rows import Job, Limits, Row


class Grades(Protocol):
    """What makes rows: processes of this machine, cold ones, or a cluster."""

    def grade(self, job: Job) -> Row:
        """Return the row of a submission."""


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

    @property
    def rows(self) -> Path:
        """Return the file of the rows that are there already."""
        return self.json.with_name(f"{self.json.name}.rows")


class Usage(Exception):
    """What is wrong with the options, or with the places that they name."""


def run(settings: Settings) -> int:
    """Grade all; the exit status. Raises Usage."""
    paths = _check(settings)
    asked = {"only": _chapters(settings.only), "draw_seed": settings.draw_seed}
    kept = Kept(settings.rows)
    rows: dict[str, Row] = {}
    try:
        kept.open(settings.resume)
        with kept, _grader(settings) as grader, Progress(len(paths)) as progress:
            for row in grade_each(paths, grader, settings.jobs, kept, **asked):
                rows[row.name] = row
                progress.row(row)
    except KeyboardInterrupt:
        print(
            f"stopped; {len(kept)} of {len(paths)} rows are in {plain(str(kept.path))}: "
            "the same command with --resume grades the rest",
            file=sys.stderr,
        )
        return 130
    except (CannotStart, CannotKeep) as error:
        raise Usage(str(error)) from None
    in_order = [rows[path.name] for path in paths]
    _write(settings, in_order)
    print(Progress.summary(in_order))
    return 0


def _write(settings: Settings, rows: list[Row]) -> None:
    """Write all outputs. Raises Usage."""
    path = settings.json
    try:
        write_json(path, class_as_json((row.grade, row.outcome) for row in rows))
        for kind, path in settings.outputs.items():
            formats.WRITERS[kind](path, rows)
    except OSError as error:
        text = f"{path}: cannot be written ({error.strerror}); all rows are in {settings.rows}"
        raise Usage(f"{text}: mend that, then say it again with --resume") from None


def grade_each(
    paths: list[Path], grader: Grades, jobs: int, kept: Kept, **asked: Any
) -> Iterator[Row]:
    """Yield the rows as they come, each kept before it is given out.

    asked: the same of every Job.
    """
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


def _row(path: Path, grader: Grades, kept: Kept, asked: dict[str, Any]) -> tuple[str, Row, bool]:
    job = replace(intake.job_of(path), **asked)
    key = fingerprint(job)
    if row := kept.get(key):
        return key, row, False
    try:
        return key, replace(grader.grade(job), look=worth_a_look(job)), True
    except (CannotStart, Lost):
        raise
    except Exception as error:  # no entry may end the class; its row is not kept for --resume
        detail = f"it could not be graded: {type(error).__name__}: {error}"
        return key, Row.stopped(job, "crashed", cut(detail)), False


def fingerprint(job: Job) -> str:
    """Return what the row of a job depends on."""
    parts = [job.name, job.file, job.outcome, job.detail, json.dumps(job.problems)]
    parts += [*job.only, str(job.draw_seed)]
    for name, content in sorted(job.files.items()):
        parts += [name, hashlib.sha256(content).hexdigest()]
    text = json.dumps(parts)  # names may hold what is no Unicode
    return hashlib.sha256(text.encode()).hexdigest()


def _check(settings: Settings) -> list[Path]:
    """Return the submissions.

    Raises Usage where an option cannot be right, before any work is done.
    """
    try:
        paths, others = intake.entries(settings.folder)
    except OSError as error:
        raise Usage(f"{settings.folder}: {error.strerror}") from None
    if fault := fault_of(settings.json, settings.rows, settings.outputs, len(paths) > 1):
        raise Usage(spelt_out(fault))
    if not paths:
        raise Usage(f"{settings.folder}: holds no sub-folder, .zip, .py or .ipynb to grade")
    skipped = f" (not graded: {', '.join(p.name for p in others[:5])})" if others else ""
    print(spelt_out(f"{len(paths)} submissions in {settings.folder}{skipped}"))
    return paths


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
    return local_grader(settings.limits, settings.cold)
