"""By what one tensor differs from another on every probe: a factor, or how far it is off.

A factor is a constant, or made of the lengths of axes, whose names the solution's annotations give.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from torch import Tensor

Sizes = Mapping[str, int]

CONSTANTS = {
    "2": 2.0,
    "1/2": 0.5,
    "4": 4.0,
    "1/4": 0.25,
    "sqrt(2)": math.sqrt(2),
    "1/sqrt(2)": math.sqrt(0.5),
    "-1": -1.0,
    "-2": -2.0,
    "-1/2": -0.5,
    "log(2)": math.log(2),
    "1/log(2)": 1 / math.log(2),
}
FORMS = {  # of the length k of an axis: c k^p
    "{}": (1.0, 1.0),
    "2 {}": (2.0, 1.0),
    "{}/2": (0.5, 1.0),
    "-{}": (-1.0, 1.0),
    "1/{}": (1.0, -1.0),
    "2/{}": (2.0, -1.0),
    "1/(2 {})": (0.5, -1.0),
    "-1/{}": (-1.0, -1.0),
    "{}^2": (1.0, 2.0),
    "1/{}^2": (1.0, -2.0),
    "sqrt({})": (1.0, 0.5),
    "1/sqrt({})": (1.0, -0.5),
}
RTOL = 1e-3  # far above rounding, far below the distance between any two of the factors


@dataclass(frozen=True)
class Pair:
    """One slot on one probe: what the answer gave, what is right, and the sizes of the axes."""

    got: Tensor
    want: Tensor
    sizes: Sizes


def factors_of(pairs: Sequence[Pair]) -> list[str]:
    """Return the factors by which every pair differs, in words.

    An axis or a number may be missing from a probe (padding = 0); it explains nothing then.
    """
    ratios = [(ratio_of(p), p.sizes) for p in pairs if p.want.any()]
    if not ratios or any(ratio is None for ratio, _ in ratios):
        return []
    return _fitting(ratios, _factor_values) or _fitting(ratios, _quotients)


def _fitting(
    ratios: Sequence[tuple[float | None, Sizes]], values: Callable[[Sizes], dict[str, float]]
) -> list[str]:
    """Return the texts of the factors that are the ratio of every pair."""
    factors = [(ratio or 0.0, values(sizes)) for ratio, sizes in ratios]
    on_every_probe = set.intersection(*(set(of) for _, of in factors))
    return [
        text
        for text in factors[0][1]
        if text in on_every_probe
        and all(math.isclose(ratio, of[text], rel_tol=RTOL) for ratio, of in factors)
    ]


def _quotients(sizes: Sizes) -> dict[str, float]:
    """Return the quotients of two lengths, which are looked for where nothing simpler fits."""
    return {f"{a}/{b}": sizes[a] / sizes[b] for a, b in permutations(sizes, 2)}


def _factor_values(sizes: Sizes) -> dict[str, float]:
    """Return every factor that is looked for, in words, and its value for these sizes."""
    scaled = {
        form.format(axis): c * length**power
        for axis, length in sizes.items()
        for form, (c, power) in FORMS.items()
    }
    return {**CONSTANTS, **scaled}


def ratio_of(pair: Pair) -> float | None:
    """Return the number r with got = r want, or None."""
    if pair.got.shape != pair.want.shape:
        return None
    got, want = pair.got.detach().double(), pair.want.detach().double()
    if not (got.isfinite().all() and want.isfinite().all()):
        return None
    ratio = float((got * want).sum() / want.square().sum())
    close = (got - ratio * want).norm() <= RTOL * abs(ratio) * want.norm()
    return ratio if bool(close) else None


def off_by(got: Tensor, want: Tensor) -> float:
    """Return how far off a slot is, over the length of what is right; infinite where that is 0."""
    got, want = got.detach().double(), want.detach().double()
    length, off = float(want.norm()), float((got - want).norm())
    if not off < math.inf:  # nan among them
        return math.inf
    return off / length if length else (math.inf if off else 0.0)
