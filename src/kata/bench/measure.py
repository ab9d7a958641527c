"""Time by the clock, memory by count; everything in one run and in turn, so that ratios hold.

On a machine with other work to do, single times mean little. A round runs everything once, rounds
follow each other, and what is reported are medians and minima, and ratios of these.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from kata.bench.ways import Pass, forget
from kata.trace import call_traced

THREADS = 2
FLOP = 3 * 2  # of the pass, per row, pixel and hidden unit: three products, each a multiply and add
SQUARE = 1_024


@dataclass(frozen=True)
class Times:
    """The seconds of one thing, over all rounds."""

    all: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.all)

    @property
    def least(self) -> float:
        return min(self.all)


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Time each call once a round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: Times(tuple(each)) for name, each in seconds.items()}


def step(run: Pass, args: list[Tensor], keep: bool = False) -> Callable[[], object]:
    """One pass of a training loop. keep: inp.grad is there from the pass before, to be written to.

    Each step has tensors of its own (of the same memory), so that no other step's .grad is kept.
    """
    own = [tensor.detach() for tensor in args]

    def call() -> object:
        if not keep:
            forget(own)
        return run(*own)

    return call


def square_product() -> Callable[[], Tensor]:
    """The machine's own matrix product, on square matrices that fit its cache."""
    a, b, out = (torch.randn(SQUARE, SQUARE) for _ in range(3))
    return lambda: torch.mm(a, b, out=out)


def bound(seconds: float, n: int, m: int, nh: int) -> float:
    """What the three products of a pass take at the rate of a square product of so many seconds."""
    return seconds * FLOP * n * m * nh / (2 * SQUARE**3)


def held(run: Pass, args: list[Tensor]) -> int:
    """The most bytes that a first call holds at once beside its arguments."""
    forget(args)
    _, trace = call_traced(run, args, {})
    return trace.peak


def held_at(run: Pass, make: Callable[[int], list[Tensor]], n: int) -> int:
    """The same for n rows without running them: the count is a straight line in n, see its test.

    make: the arguments for a number of rows.
    """
    few, more = 10_000, 15_000  # whole blocks of the fast way, and more than one
    low, high = held(run, make(few)), held(run, make(more))
    return low + (high - low) * (n - few) // (more - few)


@contextmanager
def threads(count: int = THREADS) -> Iterator[None]:
    """Let torch compute in so many threads; a grade's one thread is not what we measure."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
