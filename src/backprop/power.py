"""What the statistical checks on random weights miss, and how often they refuse a right answer.

`python -m backprop.power` prints the power of each check against each alternative; with --seeds N,
it counts false alarms: the chapter's own tests on the solutions, under N seeds. Each check in them
is counted, and none stops the others. A check makes one or two hypothesis tests, each of which may
refuse once in 1/ALPHA samples.
"""

import importlib.util
import inspect
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from backprop.init_checks import FANS, LARGE, MATRICES
from kata.answers.handin import Answers, Submission
from kata.answers.seeds import generators_kept
from kata.checks.random import drawn_from
from kata.checks.statistics import (
    cosine_bounds,
    distance_bounds,
    largest_bounds,
    special,
    std_bounds,
    student_bounds,
)
from kata.course import course, exercises
from kata.refusal import Refused

CHAPTER = "ch04_init"


@dataclass(frozen=True)
class Power:
    """How surely one check refuses one alternative, for a sample [fan_in, fan_out].

    miss: the probability that it does not (an upper bound for `shape`); the power is 1 - miss.
    """

    check: str
    exercise: str
    alternative: str
    fans: tuple[int, int]
    miss: float

    @property
    def stated(self) -> str:
        """Return the power, in digits that tell how far from 1 it is."""
        if self.miss > 0.1:
            return f"{1 - self.miss:.1e}"
        return f"1 - {self.miss:.0e}" if self.miss > 1e-12 else "1"


def table() -> str:
    """Return the power of each check against each alternative, in Markdown, least and greatest
    sample.
    """
    found: dict[tuple[str, str, str], list[Power]] = {}
    for power in powers():
        found.setdefault((power.check, power.alternative, power.exercise), []).append(power)
    rows = [
        "| check | alternative | to | least power, at [fan_in, fan_out] | greatest |",
        "| --- | --- | --- | --- | --- |",
    ]
    for (check, alternative, exercise), same in found.items():
        least, most = max(same, key=lambda p: p.miss), min(same, key=lambda p: p.miss)
        at = ", ".join(str(fan) for fan in least.fans)
        least_and_most = f"{least.stated}, at [{at}] | {most.stated}"
        rows.append(f"| {check} | {alternative} | {exercise} | {least_and_most} |")
    return "\n".join(rows)


def powers() -> Iterator[Power]:
    """Yield what is refused how surely: every check, every named alternative, every sample."""
    yield Power("mean", "all", "a mean of 0.01 std", LARGE, _miss_mean(math.prod(LARGE), 0.01))
    for exercise, fans, alternative, ratio in _wrong_stds():
        yield Power("std", exercise, alternative, fans, _miss_std(math.prod(fans), ratio))
    for fans in FANS:
        n = math.prod(fans)
        for name, cdf in SHAPES.items():
            yield Power("shape", "all", name, fans, _miss_shape(n, cdf))
        for name in ("truncated at 2 std", "truncated at 2 std, rescaled"):
            cut = 2 / (TRUNCATED_STD if "rescaled" in name else 1)
            yield Power("largest", "all", name, fans, float(cut > largest_bounds(n)[0]))
        miss = _miss_largest(n, SHAPES["Laplace"])
        yield Power("largest", "all", "Laplace", fans, miss)
        for name, cosine in (("the same weights at each call", 1), ("half of them the same", 0.5)):
            yield Power("calls", "all", name, fans, _miss_cosine(n, cosine))
    for rows, columns in MATRICES:
        for what, (r, k) in {"rows": (rows, columns), "columns": (columns, rows)}.items():
            pairs, fans = r * (r - 1) // 2, (rows, columns)
            for name in (f"identical {what}", f"a block of {what} repeated", f"{what} and -{what}"):
                yield Power("related", "all", name, fans, _miss_cosine(k, 1, pairs))
            shared = math.sqrt(1 + (r - 1) * 0.03)
            name = f"3 % of the variance shared by all {what}"
            yield Power("sums", "all", name, fans, _miss_std(k, shared))


def _wrong_stds() -> Iterator[tuple[str, tuple[int, int], str, float]]:
    """Wrong standard deviations over the right one, by exercise and sample."""
    for fans in FANS:
        fan_in, fan_out = fans
        xavier, kaiming, glorot = 1 / fan_in, 2 / fan_in, 2 / (fan_in + fan_out)
        wrong = {
            "xavier_init": (xavier, {"Kaiming": kaiming, "fan_out": 1 / fan_out}),
            "kaiming_init": (kaiming, {"Xavier (1/fan_in)": xavier, "fan_out": 2 / fan_out}),
        }
        for exercise, (right, others) in wrong.items():
            for name, variance in {**others, "Glorot": glorot}.items():
                yield exercise, fans, name, math.sqrt(variance / right)
        for name, ratio in (("3 % too large", 1.03), ("3 % too small", 0.97)):
            yield "all", fans, name, ratio
        for a in (1.0, math.sqrt(5)):
            yield "kaiming_init", fans, f"a = {a:.3g} forgotten", math.sqrt(1 + a**2)
        for a in (0.2, math.sqrt(5)):
            ratio = math.sqrt((1 + a**2) / (1 + a))
            yield "kaiming_init", fans, f"a = {a:.3g} not squared", ratio


def _truncated(x: Tensor, scale: float = 1.0) -> Tensor:
    """Return the distribution function of a normal variable cut at -2 and 2, divided by scale."""
    x, tail = x * scale, torch.special.ndtr(torch.tensor(-2.0, dtype=torch.float64))
    within: Tensor = (torch.special.ndtr(x) - tail) / (1 - 2 * tail)
    return within.clamp(0, 1)


# the standard deviation of a standard normal variable cut at -2 and 2
TRUNCATED_STD = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))
# distribution functions with the right mean and, unless said, the right standard deviation
SHAPES: dict[str, Callable[[Tensor], Tensor]] = {
    "uniform": lambda x: (0.5 + x / math.sqrt(12)).clamp(0, 1),
    "truncated at 2 std": _truncated,
    "truncated at 2 std, rescaled": lambda x: _truncated(x, TRUNCATED_STD),
    "Laplace": lambda x: 0.5 + 0.5 * x.sign() * -torch.expm1(-x.abs() * math.sqrt(2)),
    "Rademacher (+std or -std)": lambda x: ((x >= -1).double() + (x >= 1).double()) / 2,
}


def _miss_mean(n: int, shift: float) -> float:
    """As if the measured std were the true one, which it is but for 0.7 / sqrt(n) of it."""
    low, high = student_bounds(n)
    return float(
        special().ndtr((high - shift) * math.sqrt(n)) - special().ndtr((low - shift) * math.sqrt(n))
    )


def _miss_std(n: int, ratio: float) -> float:
    low, high = (n * (bound / ratio) ** 2 for bound in std_bounds(n))
    return float(special().chdtr(n, high) - special().chdtr(n, low))


def _miss_shape(n: int, cdf: Callable[[Tensor], Tensor]) -> float:
    """P(|F_n - Phi| is in bounds) at the point where F and Phi are furthest apart; F_n is binomial.

    The supremum is at least the distance there, so the check misses no more often than that.
    """
    x = torch.linspace(-4, 0, 4001, dtype=torch.float64)  # all are symmetric
    normal, other = torch.special.ndtr(x), cdf(x)
    at = int((other - normal).abs().argmax())
    p, q, high = float(normal[at]), float(other[at]), distance_bounds(n)[1]
    return float(
        special().bdtr(n * (p + high), n, q) - special().bdtr(math.ceil(n * (p - high)) - 1, n, q)
    )


def _miss_largest(n: int, cdf: Callable[[Tensor], Tensor]) -> float:
    low, high = torch.tensor(largest_bounds(n), dtype=torch.float64)
    within = [float(cdf(t) - cdf(-t)) ** n for t in (low, high)]
    return within[1] - within[0]


def _miss_cosine(length: int, cosine: float, pairs: int = 1) -> float:
    """For vectors whose true cosine this is: the sample's is normal about it (Fisher's z)."""
    high = cosine_bounds(length, pairs)[1]
    if cosine == 1:
        return float(high >= 1)
    return float(special().ndtr((math.atanh(high) - math.atanh(cosine)) * math.sqrt(length - 2)))


CHECKS = {
    "assert_mean_zero",
    "assert_std",
    "assert_normal",
    "assert_rows_independent",
    "assert_columns_independent",
    "assert_unrelated",
    "assert_draws_anew",
}


@dataclass
class Tally:
    """How many checks were made, the messages of those that refused, and how long it took.

    seeds: how many are tried. seed: the one at work.
    """

    seeds: int
    seed: int = 0
    checks: int = 0
    alarms: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        found = "".join(f"\n{alarm}" for alarm in self.alarms)
        return (
            f"{self.seeds:,} seeds, {self.checks:,} checks, {len(self.alarms)} false alarms, "
            f"{self.seconds:.0f} s{found}"
        )


def count(seeds: int, answers: Answers | None = None) -> Tally:
    """Run every statistical check on the answers (the solutions) with seeds 0 to seeds - 1."""
    tally, start = Tally(seeds), time.perf_counter()
    answers = answers or Submission(course().solutions)
    module = _tests_with_counted_checks(tally)
    tests = [test for name, test in vars(module).items() if _is_statistical(name, test)]
    with generators_kept():
        for seed in range(seeds):
            tally.seed = seed
            with drawn_from(seed):
                for test in tests:
                    test(*(answers.answer(name) for name in inspect.signature(test).parameters))
    tally.seconds = time.perf_counter() - start
    return tally


def _is_statistical(name: str, test: Any) -> bool:
    """Return whether it is a test that makes one of the checks, and asks for an exercise alone."""
    if not name.startswith("test_") or not CHECKS & set(test.__code__.co_names):
        return False
    return set(inspect.signature(test).parameters) <= set(exercises())


def _tests_with_counted_checks(tally: Tally) -> ModuleType:
    """Return the chapter's tests, loaded anew, with checks that count and do not stop."""
    spec = importlib.util.spec_from_file_location("false_alarms_of", course().tests_of(CHAPTER))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in CHECKS:
        setattr(module, name, _counted(getattr(module, name), tally))
    return module


def _counted(check: Callable[..., None], tally: Tally) -> Callable[..., None]:
    def counted(*args: Any) -> None:
        tally.checks += 1
        try:
            check(*args)
        except Refused as refused:
            tally.alarms.append(f"seed {tally.seed}: {refused.message}")

    return counted


def main() -> None:
    """Print the power of each check; with --seeds N, count false alarms on the solutions."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m backprop.power", description=main.__doc__)
    parser.add_argument("--seeds", type=int, metavar="N", help="grade the solutions N times")
    seeds = parser.parse_args().seeds
    print(table() if seeds is None else count(seeds))


if __name__ == "__main__":
    main()
