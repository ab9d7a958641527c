"""Is this a sample of independent normal numbers with mean 0 and this standard deviation?

Hypothesis tests, each of which refuses a right sample with a probability of at most ALPHA. The
bounds follow from ALPHA and the sample's size alone; none is tuned. z stands for the sample over
its standard deviation, so that z is standard normal where the answer is right:

mean       sqrt(n) mean(z) / s, with the sample's own standard deviation s, is Student's t with
           n - 1 degrees of freedom (t test): a wrong standard deviation is no wrong mean.
std        sum(z^2) is chi-square with n degrees of freedom.
shape      sqrt(n) sup |F_n - Phi| (Kolmogorov-Smirnov). That P(it > t) <= 2 exp(-2 t^2) holds for
           every n (Massart 1990), so the limit's quantile is safe for all of them.
largest    max |z| has the distribution function (2 Phi(t) - 1)^n: cut tails make it too small,
           heavy tails too large.
related    the cosine c of two independent normal vectors of length k has c^2 ~ Beta(1/2,
           (k - 1)/2); over many pairs each gets its share of ALPHA (Bonferroni).
sums       a sum over r independent z, divided by sqrt(r), is standard normal again; many of them
           are tested as `std` is. A part that all rows share adds up in the sums.

The distribution functions are scipy's (scipy.special is a fifth of scipy.stats to import). What
each test misses is computed by `powers`; `python -m kata.checks.statistics` prints it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

ALPHA = 1e-6
Bounds = tuple[float, float]

# (fan_in, fan_out) of the samples: 3 % of the std is 9.5 standard errors for 50,000 numbers
FANS = [(300, 200), (200, 300), (1, 50_000), (50_000, 1)]
MATRICES = FANS[:2]  # with rows and columns to compare
LARGE = (1000, 700)  # 0.01 std of the mean is 8.4 standard errors


def special() -> Any:
    """scipy.special, imported when it is first needed: it takes a while."""
    import scipy.special  # type: ignore[import-untyped]  # it ships no types

    return scipy.special


def mean_bounds(n: int, alpha: float = ALPHA) -> Bounds:
    """Of the mean of n numbers, in units of their known standard deviation."""
    limit = -float(special().ndtri(alpha / 2)) / math.sqrt(n)
    return -limit, limit


def student_bounds(n: int, alpha: float = ALPHA) -> Bounds:
    """Of the mean of n numbers, in units of the standard deviation measured on them."""
    limit = -float(special().stdtrit(n - 1, alpha / 2)) / math.sqrt(n)
    return -limit, limit


def std_bounds(n: int, alpha: float = ALPHA) -> Bounds:
    """Of the root mean square of n numbers, in units of their standard deviation."""
    low, high = (float(special().chdtri(n, p)) for p in (1 - alpha / 2, alpha / 2))
    return math.sqrt(low / n), math.sqrt(high / n)


def distance_bounds(n: int, alpha: float = ALPHA) -> Bounds:
    """Of the Kolmogorov-Smirnov distance of n numbers from the normal distribution."""
    return 0.0, float(special().kolmogi(alpha)) / math.sqrt(n)


def largest_bounds(n: int, alpha: float = ALPHA) -> Bounds:
    """Of the largest of n absolute values, in units of the standard deviation."""
    beyond_low = -math.expm1(math.log(alpha / 2) / n)  # P(|z| > low), so that P(max < low) = a/2
    beyond_high = -math.expm1(math.log1p(-alpha / 2) / n)
    return -float(special().ndtri(beyond_low / 2)), -float(special().ndtri(beyond_high / 2))


def cosine_bounds(length: int, pairs: int = 1, alpha: float = ALPHA) -> Bounds:
    """Of the largest absolute cosine among so many pairs of vectors of this length."""
    return 0.0, math.sqrt(1 - float(special().betaincinv((length - 1) / 2, 0.5, alpha / pairs)))


def distance(z: Tensor) -> float:
    """sup |F_n - Phi|, for standard normal z: the Kolmogorov-Smirnov statistic."""
    below = torch.special.ndtr(z.flatten().sort().values)
    steps = torch.arange(len(below) + 1) / torch.tensor(len(below), dtype=torch.float64)
    return float(torch.maximum((steps[1:] - below).max(), (below - steps[:-1]).max()))


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """The absolute cosine between each row of a and each row of b; nan for a row of zeros."""
    near: Tensor = a / a.norm(dim=1, keepdim=True) @ (b / b.norm(dim=1, keepdim=True)).T
    return near.abs()


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
        """The power, in digits that tell how far from 1 it is."""
        if self.miss > 0.1:
            return f"{1 - self.miss:.1e}"
        return f"1 - {self.miss:.0e}" if self.miss > 1e-12 else "1"


def table() -> str:
    """The power of each check against each alternative, in Markdown, least and greatest sample."""
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
    """What is refused how surely: every check, every named alternative, every sample."""
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
    """The distribution function of a normal variable cut at -2 and 2, divided by scale."""
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


def main() -> None:
    """Print the power of each check; with --seeds N, count false alarms on the solutions."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m kata.checks.statistics", description=main.__doc__
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="grade the solutions N times")
    seeds = parser.parse_args().seeds
    if seeds is None:
        print(table())
        return
    from kata.dev.power import count

    print(count(seeds))


if __name__ == "__main__":
    main()
