"""What a pass is measured by: the machine's own rate of products, and bytes held, by count."""

from collections.abc import Callable

import torch
from torch import Tensor

from backprop.race import Pass, forget
from kata.answers.trace import call_traced

THREADS = 2
FLOP = 3 * 2  # of the pass, per row, pixel and hidden unit: three products, each a multiply and add
SQUARE = 1_024


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
