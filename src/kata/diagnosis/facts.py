"""What can be said of random weights that are wrong in a way nobody has recorded.

Only what holds on every probe is said, and only what was measured (see random_behaviour).
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from kata.checks.random import OTHER_GENERATOR, SAME_AGAIN
from kata.diagnosis.summary import NEAR, Figure, Summary
from kata.refusal import AND

# the arguments of each probe, what the answer gave, and what is right
Probes = Sequence[tuple[Any, Summary, Summary]]
# of a summary: the mean, and the two figures of the shape; of long tails the kurtosis says nothing
MEAN, SHAPE = slice(0, 1), slice(2, 4)
DRAWN = 6  # flags of a tensor that was drawn: shape, dtype, again, follows, rows, columns
# of distributions with mean 0: the kurtosis, the share within NEAR stds, and the sentence
SHAPES = {
    (1.0, 0.0): "takes only two values, plus and minus the same; it is to be normal (torch.randn)",
    (1.8, NEAR / math.sqrt(3)): "is uniform; it is to be normal (torch.randn)",
}


def explain(
    names: Sequence[str], args: Sequence[Any], did: Sequence[Any], right: Sequence[Any]
) -> str | None:
    """Return sentences that are true of how `did` differs from `right`, or None.

    names: of the tensors of one result. args, did, right: the arguments of each probe, the result,
    and the right one.
    """
    found: list[str] = []
    if not all(isinstance(value, Summary) for value in (*did, *right)):
        return None
    for index, name in enumerate(names):
        pairs = [
            (given, _part(a, index), _part(b, index))
            for given, a, b in zip(args, did, right, strict=True)
        ]
        if any(a is None or b is None for _, a, b in pairs):
            return None
        found += _facts(name, [(given, a, b) for given, a, b in pairs if a and b])
    return AND.join(dict.fromkeys(found)) or None


def _part(summary: Summary, index: int) -> Summary | None:
    """Return one tensor's summary; a result that is a tensor is its own only part."""
    parts = summary.parts or (summary,)
    part = parts[index] if index < len(parts) else None
    is_tensor = part is not None and len(part.flags) > 2 and isinstance(part.flags[1], torch.dtype)
    return part if is_tensor else None


def _facts(name: str, probes: Probes) -> Iterator[str]:
    """Yield sentences on one tensor, the most telling first."""
    pairs = [(a, b) for _, a, b in probes]
    shapes = [(a.flags[0], b.flags[0]) for a, b in pairs]
    if any(a != b for a, b in shapes):
        if all(a == b[::-1] for a, b in shapes):
            yield f"{name} is transposed."
            yield from _of_distribution(name, [probe for probe in probes if probe[1].figures])
        return
    dtypes = {a.flags[1] for a, _ in pairs}
    if any(a.flags[1] != b.flags[1] for a, b in pairs) and len(dtypes) == 1:
        yield f"{name} is always {dtypes.pop()}, whatever torch's default dtype is."
    if all(b.flags[2] == "constant" for _, b in pairs):
        if not any(a.flags[2] == "constant" and a.figures[0].like(b.figures[0]) for a, b in pairs):
            yield f"{name} is not 0."
        return
    drawn = [(given, a, b) for given, a, b in probes if b.figures]
    if all(a.flags[2] == "constant" for _, a, _ in drawn):
        yield f"All numbers of {name} are the same; draw each of them at random."
    if not drawn or any(len(a.flags) != DRAWN for _, a, _ in drawn):
        return
    if all(a.flags[2] == "same" for _, a, _ in drawn):
        yield SAME_AGAIN
    elif not any(a.flags[3] for _, a, _ in drawn):
        yield OTHER_GENERATOR
    measured = [(given, a, b) for given, a, b in drawn if a.figures]
    if _is_of_other_shape(measured):
        yield from _of_shape(name, measured)
        return  # such numbers upset the angles between rows, and the std
    rows, columns = (any(a.flags[kinship] for _, a, _ in drawn) for kinship in (4, 5))
    if rows or columns:  # the ones, if far from independent, upset the angles between the others
        which = "Numbers" if rows and columns else "Rows" if rows else "Columns"
        yield f"{which} of {name} depend on one another; draw each by itself."
    yield from _of_std(name, measured)


def _of_distribution(name: str, probes: Probes) -> Iterator[str]:
    if _is_of_other_shape(probes):
        yield from _of_shape(name, probes)
    else:
        yield from _of_std(name, probes)


def _is_of_other_shape(probes: Probes) -> bool:
    """Return whether the mean, or the shape of the distribution, is another than it should be."""
    return any(not (_is_alike(a, b, MEAN) and _is_alike(a, b, SHAPE)) for _, a, b in probes)


def _of_shape(name: str, probes: Probes) -> Iterator[str]:
    """Yield a sentence on a mean other than 0, or on a distribution that is not normal."""
    if not any(_is_alike(a, b, MEAN) for _, a, b in probes):
        yield f"The mean of {name} is not 0."
    elif not any(_is_alike(a, b, SHAPE) for _, a, b in probes):
        known = (says for v, says in SHAPES.items() if all(_have(a, v) for _, a, _ in probes))
        yield f"{name} {next(known, 'is not normally distributed; draw it by torch.randn')}."


def _is_alike(a: Summary, b: Summary, figures: slice) -> bool:
    pairs = zip(a.figures[figures], b.figures[figures], strict=True)
    return all(one.like(other) for one, other in pairs)


def _have(summary: Summary, values: Sequence[float]) -> bool:
    """Return whether the last two figures, those of the shape, are these."""
    pairs = zip(summary.figures[2:], values, strict=True)
    return all(figure.like(Figure(value, 0.0)) for figure, value in pairs)


def _of_std(name: str, probes: Probes) -> Iterator[str]:
    """Yield a sentence on the factor by which the standard deviation is off."""
    std = [(a.figures[1], b.figures[1]) for _, a, b in probes]
    gaps = [Figure(a.value - b.value, math.hypot(a.error, b.error)) for a, b in std]
    off = [i for i, gap in enumerate(gaps) if not gap.like(Figure(0.0, 0.0))]
    if off:
        by = f"by a factor of {math.exp(gaps[off[0]].value):.3g}"
        if not all(gap.like(gaps[off[0]]) for gap in gaps):
            by += f" for the arguments {', '.join(map(str, probes[off[0]][0]))}"
        yield f"The standard deviation of {name} is off {by}."
