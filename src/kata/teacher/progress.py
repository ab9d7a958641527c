"""How far the grading is: a bar with rate and time left, or plain lines where nobody watches."""

import sys
import time
from collections import Counter
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from kata.teacher.rows import Row

EVERY = 10.0  # seconds between two plain lines


class Progress:
    """Tells of each row."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._outcomes: Counter[str] = Counter()
        self._began = self._told = time.monotonic()
        console = Console(stderr=True)
        self._bar: Bar | None = None
        if console.is_terminal:
            self._bar = Bar(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]} a minute"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[outcomes]}"),
                console=console,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=self._total, rate="", outcomes="")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def row(self, row: Row) -> None:
        """One more is done."""
        self._outcomes[row.outcome] += 1
        done, now = self._outcomes.total(), time.monotonic()
        rate = 60 * done / max(now - self._began, 1e-3)
        if self._bar is not None:
            self._bar.update(
                self._task, advance=1, rate=f"{rate:.0f}", outcomes=_listed(self._outcomes)
            )
        elif now - self._told > EVERY or done == self._total:
            self._told = now
            left = (self._total - done) / rate
            print(
                f"{done} of {self._total}, {rate:.0f} a minute, about {left:.0f} min left: "
                f"{_listed(self._outcomes)}",
                file=sys.stderr,
            )

    @staticmethod
    def summary(rows: list[Row]) -> str:
        """Return the last line."""
        outcomes = Counter(row.outcome for row in rows)
        scores = [row.grade.score for row in rows]
        most = rows[0].grade.max_score
        mean = sum(scores) / len(scores)
        return f"{len(rows)} rows: {_listed(outcomes)}; mean score {mean:.1f} of {most}"


def _listed(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in outcomes.most_common())
