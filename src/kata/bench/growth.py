"""How time and memory grow with the batch and with the hidden layer, against the prediction."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kata.bench.measure import held, in_turn, step
from kata.bench.ways import NH, M, Way, arguments, ways

ROWS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
UNITS = (10, 30, 100, 300, 1_000)
ROWS_OF_UNITS = 2_000  # how many rows each number of hidden units is tried on
MOST = 1_000_000_000  # bytes of products that the outer product may hold here


@dataclass(frozen=True)
class Curve:
    """What one way takes for each size: seconds (least of the rounds), and bytes held."""

    way: Way
    axis: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    bytes: tuple[int, ...]

    @property
    def exponents(self) -> tuple[float, float]:
        """The fitted exponents of time and of memory, over the larger half of the sizes."""
        return slope(self.sizes, self.seconds), slope(self.sizes, self.bytes)

    @property
    def predicted(self) -> tuple[float, float]:
        """The same exponents of n m nh multiplications, and of the numbers that are held."""
        shapes = [(s, M, NH) if self.axis == "n" else (ROWS_OF_UNITS, M, s) for s in self.sizes]
        numbers = [self.way.numbers(*shape) for shape in shapes]
        return slope(self.sizes, [math.prod(s) for s in shapes]), slope(self.sizes, numbers)


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The exponent p of values = c sizes^p, by least squares of the logarithms.

    Over the larger half of the sizes: small ones show what each operation costs by itself.
    """
    half = len(sizes) // 2
    x = [math.log(size) for size in sizes[half:]]
    y = [math.log(value) for value in values[half:]]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - mean_x) ** 2 for a in x)


def curves(axis: str, rounds: int = 5) -> list[Curve]:
    """Measure every way over the sizes of one axis, "n" or "nh"."""
    sizes = ROWS if axis == "n" else UNITS
    found: dict[str, list[tuple[int, float, int]]] = {name: [] for name in ways()}
    for size in sizes:
        n, nh = (size, NH) if axis == "n" else (ROWS_OF_UNITS, size)
        able = {name: way for name, way in ways().items() if _fits(name, n, nh)}
        args = arguments(n, nh)
        calls = {name: step(way.run, args, keep=name == "fast") for name, way in able.items()}
        times = in_turn(calls, rounds)
        for name, way in able.items():
            found[name].append((size, times[name].least, held(way.run, args)))
    return [
        Curve(
            ways()[name],
            axis,
            tuple(size for size, _, _ in rows),
            tuple(seconds for _, seconds, _ in rows),
            tuple(held for _, _, held in rows),
        )
        for name, rows in found.items()
    ]


def _fits(name: str, n: int, nh: int) -> bool:
    return name != "outer product" or 4 * n * M * nh <= MOST
