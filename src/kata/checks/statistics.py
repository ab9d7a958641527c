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

The distribution functions are scipy's (scipy.special is a fifth of scipy.stats to import).
"""

import math
from typing import Any

import torch
from torch import Tensor

ALPHA = 1e-6
Bounds = tuple[float, float]


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
    """Return the absolute cosine between each row of a and each row of b.

    It is nan for a row of zeros.
    """
    near: Tensor = a / a.norm(dim=1, keepdim=True) @ (b / b.norm(dim=1, keepdim=True)).T
    return near.abs()
