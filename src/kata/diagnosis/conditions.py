"""The condition under which an answer is right, where it is so under no other."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answers.signature import axes_of
from kata.answers.trace import tensors_in
from kata.diagnosis.observe import LARGE, Deed, alike, is_ordinary
from kata.diagnosis.outputs import sizes_of

Condition = Callable[[Sequence[Any]], bool]  # of the arguments of one call

ONLY = "It is right only"
UP_TO_TWO = "where no tensor has more than two axes"
TWO = "where the tensors have two axes"
ONE_PROBE = 2  # deeds, one in each dtype: on one probe an answer may be right by chance
MATRIX = 2  # axes
MANY = 1_000


def only_sometimes(exercise: str, did: Sequence[Deed], right: Sequence[Deed]) -> str | None:
    """Return the condition under which the answer is right, where it is so under no other."""
    good = [alike([d], [r]) for d, r in zip(did, right, strict=True)]
    if not any(good) or all(good):
        return None
    conditions = CONDITIONS | (_shapes(exercise) if sum(good) > ONE_PROBE else {})
    found = [
        says for says, holds in conditions.items() if good == [holds(deed.args) for deed in right]
    ]
    if {UP_TO_TWO, TWO} <= {*found}:  # no probe has a vector alone
        found.remove(TWO)
    return f"{ONLY} {found[0]}." if len(found) == 1 else None


def _shapes(exercise: str) -> dict[str, Condition]:
    def has_one(axis: str) -> Condition:
        return lambda args: sizes_of(exercise, args).get(axis) == 1

    def square(args: Sequence[Any]) -> bool:
        sides = [tuple(t.shape) for t in tensors_in(args) if t.dim() == MATRIX]
        return all(a == b for a, b in sides) and sides != [(1, 1)] * len(sides)

    return {
        "where all matrices are square": square,
        UP_TO_TWO: _all(lambda t: t.dim() <= MATRIX),
        TWO: _have_axes(MATRIX),
        "where the tensors have three axes": _have_axes(MATRIX + 1),
        **{f"where {axis} = 1": has_one(axis) for axis in axes_of(exercise)},
    }


def _have_axes(count: int) -> Condition:
    return lambda args: max((t.dim() for t in tensors_in(args)), default=0) == count


def _all(holds: Callable[[Tensor], bool]) -> Condition:
    return lambda args: all(map(holds, tensors_in(args)))


CONDITIONS = {
    f"where no number is above {LARGE:g}": is_ordinary,
    "where no tensor has more than 1,000 numbers": _all(lambda t: t.numel() <= MANY),
    "in float32": _all(lambda t: t.dtype == torch.float32),
    "in float64": _all(lambda t: t.dtype == torch.float64),
    "for contiguous input": _all(lambda t: t.is_contiguous()),
}
