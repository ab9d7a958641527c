"""A training, step by step: what is kept of it after Ctrl-C, how many steps there is time for."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

TRIAL = 9  # steps after which the time of the others is judged, by the middle one


@dataclass
class Going:
    """A training as far as it has come, and all that it takes to go on.

    m, v: an optimiser's means, empty where it has none. rng: the CPU generator's state from which
    the current epoch's order was drawn. total: steps in all. losses: of each step. scores: what was
    measured after each epoch, or the like.
    """

    params: list[Tensor]
    m: list[Tensor]
    v: list[Tensor]
    rng: Tensor
    total: int
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    @property
    def done(self) -> int:
        return len(self.losses)

    def took(self, params: Any, m: Any, v: Any, loss: Any) -> None:
        """Note a step."""
        self.params, self.m, self.v = list(params), list(m), list(v)
        self.losses.append(float(loss))


@dataclass(frozen=True)
class Kept:
    """A file that holds an interrupted training; `of` tells one from another (settings, data)."""

    path: Path
    of: str

    def read(self) -> Going | None:
        """Return what is kept; None where there is nothing, or nothing of these settings."""
        try:
            found = torch.load(self.path, weights_only=True)
            return Going(**found["going"]) if found["of"] == self.of else None
        except (OSError, EOFError, UnpicklingError, RuntimeError, KeyError, TypeError, ValueError):
            return None

    def write(self, going: Going) -> None:
        """Keep it, whole or not at all. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".part")
        torch.save({"of": self.of, "going": asdict(going)}, aside)
        os.replace(aside, self.path)

    def drop(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)


def go_on(
    going: Going,
    step: Callable[[Going], None],
    watch: Callable[[Going], None],
    kept: Kept | None = None,
    seconds: float | None = None,
) -> None:
    """Take steps to the end; keep what is done where Ctrl-C ends it.

    seconds: if all steps took longer than this (slow functions), there will be fewer.
    """
    took: list[float] = []
    try:
        while going.done < going.total:
            began = time.monotonic()
            step(going)
            took.append(time.monotonic() - began)
            if seconds is not None and len(took) == TRIAL:
                going.total = fitting(going, median(took), seconds)
            watch(going)
    except KeyboardInterrupt:
        if kept is not None:
            kept.write(going)
        raise
    if kept is not None:
        kept.drop()


def fitting(going: Going, each: float, seconds: float) -> int:
    """Return how many steps there are in all, if one takes so long and all may take `seconds`."""
    return min(going.total, going.done + max(1, int(seconds / each)))


@contextmanager
def bar(console: Console) -> Iterator[Callable[[Going, str], None]]:
    """Show a progress bar with loss and time left; yields what is to be called after each step."""
    columns = (
        TextColumn("step {task.completed} of {task.total}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}  {task.fields[says]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=None, loss="", says="")

        def show(going: Going, says: str) -> None:
            mean = sum(going.losses[-50:]) / len(going.losses[-50:])
            progress.update(
                task, total=going.total, completed=going.done, loss=f"{mean:.3f}", says=says
            )

        yield show


def seeded(seed: int) -> Tensor:
    """Return the state of a CPU generator with this seed."""
    return torch.Generator().manual_seed(seed).get_state()
