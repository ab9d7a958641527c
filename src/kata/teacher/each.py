"""Entries are read and graded several at a time, and each row is kept before anyone sees it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol

from kata.teacher.exports import Entry
from kata.teacher.fence.frames import cut
from kata.teacher.kept import Kept
from kata.teacher.pool import CannotStart, Lost
from kata.teacher.reading import Reader
from kata.teacher.rows import Job, Row


class Grades(Protocol):
    """What makes rows: processes of this machine, cold ones, or a cluster."""

    def grade(self, job: Job) -> Row:
        """Return the row of a submission."""


def grade_each(
    entries: Sequence[Entry],
    grader: Grades,
    jobs: int,
    kept: Kept,
    reader: Reader,
    by: str = "",
    **asked: Any,
) -> Iterator[Row]:
    """Yield the rows as they come, each kept before it is given out.

    by: what verdicts depend on beside the submission. asked: the same of every Job.
    """
    with ThreadPoolExecutor(jobs) as threads:
        waiting: set[Future[tuple[str, Row, bool]]] = set()
        todo = iter(entries)
        try:
            while True:
                for entry in islice(todo, 2 * jobs - len(waiting)):
                    waiting.add(threads.submit(_row, entry, grader, kept, reader, by, asked))
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
            reader.close()  # the threads wait for processes that these end
            close = getattr(grader, "close", None)
            if close:
                close()
            raise


def _row(
    entry: Entry, grader: Grades, kept: Kept, reader: Reader, by: str, asked: dict[str, Any]
) -> tuple[str, Row, bool]:
    job, look = reader.read(entry)
    job = replace(job, **asked)
    key = fingerprint(job, by)
    if row := kept.get(key):
        return key, replace(row, notes=job.notes), False
    try:
        row = grader.grade(job)
        open_ = [e.name for e in row.grade.exercises if e.status in ("failed", "error")]
        code = reader.code(entry, open_) if open_ and job.files else {}
        return key, replace(row, look=look, notes=job.notes, code=code), True
    except (CannotStart, Lost):
        raise
    except Exception as error:  # no entry may end the class; its row is not kept for --resume
        detail = f"it could not be graded: {type(error).__name__}: {error}"
        return key, Row.stopped(job, "crashed", cut(detail)), False


def fingerprint(job: Job, by: str = "") -> str:
    """Return what the row of a job depends on."""
    parts = [job.name, job.file, job.outcome, job.detail, json.dumps(job.problems)]
    parts += [*job.only, str(job.draw_seed), by]
    for name, content in sorted(job.files.items()):
        parts += [name, hashlib.sha256(content).hexdigest()]
    text = json.dumps(parts)  # names may hold what is no Unicode
    return hashlib.sha256(text.encode()).hexdigest()
