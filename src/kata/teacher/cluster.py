"""The same grading on other machines: `--scheduler ADDRESS` of a Dask cluster that runs already.

Each of its workers needs this repository and its environment, at the same version. A worker starts
the same processes as the local pool does, with the same protections, at its first submission; where
one dies, Dask gives its submissions to another. What travels are files' texts and rows.
"""

import threading
from typing import Any, Self

from kata.teacher.local import local_grader, protections_here
from kata.teacher.pool import CannotStart
from kata.teacher.rows import Job, Limits, Row

TRIES = 3
WAIT = 10  # seconds for the scheduler to answer

_lock = threading.Lock()
_graders: dict[tuple[Limits, tuple[str, ...]], Any] = {}


class Cluster:
    """Sends submissions to the cluster's workers; may be asked from several threads at once."""

    def __init__(self, address: str, limits: Limits) -> None:
        self._address = address
        self._limits = limits

    def __enter__(self) -> Self:
        try:
            from distributed import Client
        except ImportError:
            text = "--scheduler needs Dask: pip install -c constraints.txt -e '.[dask]'"
            raise CannotStart(text) from None
        try:
            self._client = Client(self._address, timeout=WAIT)
            lines = self._client.run(protections_here)
        except (OSError, ValueError) as error:
            raise CannotStart(f"no Dask scheduler at {self._address}: {error}") from None
        if not lines:
            self._client.close()
            raise CannotStart(f"the scheduler at {self._address} has no workers yet")
        for line in sorted(set(lines.values())):
            count = list(lines.values()).count(line)
            print(f"{count} workers of {self._address}: {line}")
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster as it was."""
        self._client.close()

    def grade(self, job: Job) -> Row:
        """Return the row of a submission."""
        from distributed import KilledWorker

        future = self._client.submit(
            grade_here, vars(job), vars(self._limits), pure=False, retries=TRIES
        )
        try:
            return Row.of_json(future.result())
        except KilledWorker as error:
            return Row.stopped(job, "crashed", f"its worker ended again and again: {error}")


def grade_here(job: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    """On a worker: the row of a job, by processes that stay for the next."""
    asked = Job(**job)
    within = Limits(**limits)
    key = within, tuple(asked.only)
    with _lock:
        if key not in _graders:
            _graders[key] = local_grader(within, only=asked.only).__enter__()
        grader = _graders[key]
    row: Row = grader.grade(asked)
    return row.as_json()
