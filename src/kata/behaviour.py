"""What an answer does on the probes of its exercise, in a form that can be compared.

Two answers behave alike when every probe gives the same outcome: the same kind of result with the
same values, the same gradients set, or the same way of going wrong.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kata.answer import Answer
from kata.draw import Draw
from kata.random_behaviour import Randomly, Summary, observe
from kata.recorded import probes_of
from kata.refusal import NotPassed, Raised

RTOL = {torch.float32: 1e-4, torch.float64: 1e-9}


@dataclass
class Deed:
    """What came of one call.

    stopped: the way it went wrong, numbers left out; "" where it did not.
    result: what it returned. sets: the .grad (or .g) of each argument, by position.
    cut: whether a result that should hang on its inputs' graph does not.
    """

    args: tuple[Any, ...]
    stopped: str = ""
    result: Any = None
    sets: dict[str, Tensor] = field(default_factory=dict)
    cut: bool = False


def behaviour(answer: Answer) -> list[Deed]:
    """Call an answer on all probes of its exercise, in both dtypes."""
    probes = probes_of(answer.name)
    if probes is None:
        return []
    return [
        _deed(answer, args)
        for dtype in (torch.float32, torch.float64)
        for args in probes(Draw(dtype, seed=1))
    ]


def alike(one: Sequence[Deed], other: Sequence[Deed]) -> bool:
    """Whether two answers did the same on every probe."""
    return len(one) == len(other) and all(
        a.stopped == b.stopped
        and a.cut == b.cut
        and same(a.result, b.result)
        and a.sets.keys() == b.sets.keys()
        and all(same(a.sets[key], b.sets[key]) for key in a.sets)
        for a, b in zip(one, other, strict=True)
    )


def same(a: Any, b: Any) -> bool:
    """Whether two results are of one kind, shape and dtype, and equal up to rounding."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        rtol = RTOL.get(a.dtype, 0)
        a, b = a.detach().double(), b.detach().double()
        finite = a.isfinite()
        if not torch.equal(finite, b.isfinite()):
            return False
        if not torch.equal(a[~finite].nan_to_num(), b[~finite].nan_to_num()):
            return False
        a, b = a[finite], b[finite]
        return bool((a - b).norm() <= rtol * b.norm())
    if isinstance(a, Summary) and isinstance(b, Summary):
        return a.like(b)
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b) or abs(a - b) <= 1e-6 * abs(b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and same(a.tolist(), b.tolist())
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # whatever the learner's own type does
        return False


def _deed(answer: Answer, args: tuple[Any, ...]) -> Deed:
    outcome = observe(answer, args) if isinstance(args, Randomly) else answer.attempt(args)
    deed = Deed(args, result=outcome.returned)
    if outcome.stopped is not None:
        deed.stopped = _way_of(outcome.stopped)
    for position, arg in enumerate(args):
        for attribute in ("grad", "g"):
            if isinstance(value := getattr(arg, attribute, None), Tensor):
                deed.sets[f"{position}.{attribute}"] = value
    deed.cut = _is_cut(answer, args, outcome.returned)
    return deed


def _way_of(stopped: NotPassed) -> str:
    if isinstance(stopped, Raised):
        return f"{stopped.kinds[0]} {re.sub('[0-9]+', '#', stopped.text)}"
    return f"{type(stopped).__name__} {stopped.mistake}"


def _is_cut(answer: Answer, args: tuple[Any, ...], result: Any) -> bool:
    """Whether the result of a forward call does not require grad when the inputs do."""
    if not isinstance(result, Tensor) or not result.is_floating_point():
        return False
    leaves = [
        a.detach().clone().requires_grad_()
        if isinstance(a, Tensor) and a.is_floating_point()
        else a
        for a in args
    ]
    again = answer.attempt(leaves).returned
    return isinstance(again, Tensor) and not again.requires_grad
