"""What an answer that draws random numbers does on a probe, in a form that can be compared.

Its numbers differ from another right answer's, so they are summarised: shape and dtype; whether
they are constant, have equal or related rows or columns, are the same at every call, and follow
torch's seed; and figures of the distribution, each with its standard error. Two summaries
are alike where the first are equal and the rest differ by no more than chance, with a false alarm
once in a million comparisons.

A probe of a random exercise is recorded as `Randomly(args, draw.dtype)` in mistakes/.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer, Outcome
from kata.answers.seeds import generators_kept, seed_torch
from kata.checks.random import SEED, empty_memory_is_nan
from kata.checks.statistics import cosine_bounds, cosines, mean_bounds
from kata.diagnosis.plain import Odd, plain

FEW = 30  # numbers; of fewer, only the flags are compared
ROUNDING = 2e-6  # some eps of float32
NEAR = 0.2  # stds from the mean, where heavy tails differ from one another
ROWS = 60  # of more, only evenly spaced ones are compared with the others


class Randomly(tuple[Any, ...]):
    """Arguments of a random exercise, and torch's default dtype for the call."""

    default_dtype: torch.dtype

    def __new__(cls, args: tuple[Any, ...], default_dtype: torch.dtype) -> "Randomly":
        probe = super().__new__(cls, args)
        probe.default_dtype = default_dtype
        return probe


@dataclass(frozen=True)
class Figure:
    """A statistic and its standard error."""

    value: float
    error: float

    def like(self, other: "Figure") -> bool:
        """Return whether they differ by no more than chance, or rounding."""
        chance = mean_bounds(1)[1] * math.hypot(self.error, other.error)
        return abs(self.value - other.value) <= chance + ROUNDING * abs(other.value)


@dataclass(frozen=True)
class Summary:
    """flags are compared as they are, figures up to chance; parts are the items of a sequence."""

    flags: tuple[Any, ...]
    figures: tuple[Figure, ...] = ()
    parts: tuple["Summary", ...] = ()

    def like(self, other: "Summary") -> bool:
        """Return whether two answers could be the same."""
        return (
            self.flags == other.flags
            and len(self.figures) == len(other.figures)
            and all(a.like(b) for a, b in zip(self.figures, other.figures, strict=True))
            and len(self.parts) == len(other.parts)
            and all(a.like(b) for a, b in zip(self.parts, other.parts, strict=True))
        )


def observe(answer: Answer, probe: Randomly) -> Outcome:
    """Call an answer three times, the third with the first one's seed; return a Summary as value.

    Where a call is stopped, return that one's outcome.
    """
    with generators_kept(), empty_memory_is_nan():
        seed_torch(SEED)
        returned = []
        for seeded in (False, False, True):
            if seeded:
                seed_torch(SEED)
            outcome = answer.attempt(probe, default_dtype=probe.default_dtype)
            if outcome.stopped is not None:
                return outcome
            returned.append(plain(outcome.returned))
    return Outcome(returned=_summary(*returned))


def _summary(first: Any, second: Any, again: Any) -> Summary:
    """Return what two calls in a row returned, and a third with the first one's seed."""
    values = (first, second, again)
    if all(_is_number(v) for v in values):
        number, other = (float(v.detach() if isinstance(v, Tensor) else v) for v in values[:2])
        flags = ("number", number == other, "" if math.isfinite(number) else str(number))
        return Summary(flags, () if flags[2] else (Figure(number, 0.0),))
    if all(isinstance(v, Tensor) for v in values):
        return _of_tensors(first, second, again)
    if all(map(_holds_tensors, values)):
        parts = tuple(map(_summary, *values))
        return Summary(("sequence", len(first), _share_numbers(first)), parts=parts)
    return Summary((first.kind if isinstance(first, Odd) else type(first).__name__,))


def _holds_tensors(value: Any) -> bool:
    """Return whether it is a sequence with a tensor in it, or in one of its items."""
    return isinstance(value, list | tuple) and any(
        isinstance(part, Tensor) or _holds_tensors(part) for part in value
    )


def _is_number(value: Any) -> bool:
    """Return whether it is one number: a float as good as a tensor without axes."""
    if isinstance(value, Tensor):
        return value.dim() == 0
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_tensors(first: Tensor, second: Tensor, again: Tensor) -> Summary:
    kind = (tuple(first.shape), first.dtype)
    a, b, c = (v.detach().double().cpu() for v in (first, second, again))
    if a.shape != b.shape or not a.isfinite().all():
        return Summary((*kind, "not finite", float(a.isnan().double().mean())))
    if a.numel() < FEW and (a.any() or b.any()):
        return Summary((*kind, "few"))
    same, follows = torch.equal(a, b), a.shape == c.shape and torch.equal(a, c)
    if same and a.numel() and bool((a == a.flatten()[0]).all()):
        return Summary((*kind, "constant"), (Figure(float(a.flatten()[0]), 0.0),))
    related = _related(a.reshape(1, -1), b.reshape(1, -1))
    flags = (*kind, "same" if same else "related" if related else "new", follows)
    rows = columns = ""
    if a.dim() == 2 and min(a.shape) > 1:
        rows, columns = _kinship(a), _kinship(a.T)
        a = a[:1] if rows == "equal" else a
        a = a[:, :1] if columns == "equal" else a
    return Summary((*flags, rows, columns), _figures(a.flatten()))


def _figures(w: Tensor) -> tuple[Figure, ...]:
    """Return mean, log of the standard deviation, kurtosis, and the share of numbers near the mean.

    For independent numbers. The standard errors are those of the mean of each statistic's influence
    function: w, then (z^2 - 1)/2, then z^4 - 2 k (z^2 - 1) - k; a share's is the binomial one.
    4/n is for terms of second order, which are all there is for numbers of one size.
    """
    n = len(w)
    if n < FEW or (std := w.std(correction=0)) == 0:
        return ()
    z = (w - w.mean()) / std
    kurtosis = z.pow(4).mean()
    near = (z.abs() < NEAR).double()
    influences = [w / std, z**2 / 2, z**4 - 2 * kurtosis * z**2, near]
    errors = [v.std() / math.sqrt(n) + 4 / n for v in influences]
    errors[0] *= std
    values = [w.mean(), std.log(), kurtosis, near.mean()]
    return tuple(Figure(float(v), float(e)) for v, e in zip(values, errors, strict=True))


def _kinship(w: Tensor) -> str:
    """Say whether the rows of w are all equal, some of them related, or all at right angles."""
    if bool((w == w[0]).all()):
        return "equal"
    w = w[:: math.ceil(len(w) / ROWS)]
    near = cosines(w, w).fill_diagonal_(0).max()
    if near < ROUNDING:
        return "orthogonal"
    pairs = len(w) * (len(w) - 1) // 2
    return "related" if not near <= cosine_bounds(w.shape[1], pairs)[1] else ""


def _related(a: Tensor, b: Tensor) -> bool:
    """Return whether two rows of the same length have more in common than chance."""
    return a.shape[1] > 1 and not float(cosines(a, b).max()) <= cosine_bounds(a.shape[1])[1]


def _share_numbers(parts: Any) -> bool:
    """Return whether the two matrices among them begin with the same numbers, to scale."""
    matrices = [p for p in parts if isinstance(p, Tensor) and p.dim() == 2]
    flat = [p.detach().double().cpu().flatten() for p in matrices]
    if len(flat) != 2 or any(not w.any() or not w.isfinite().all() for w in flat):
        return False
    k = min(map(len, flat))
    return k >= FEW and _related(flat[0][None, :k], flat[1][None, :k])
