"""What came of a call, slot by slot: each tensor or number returned, each .grad that was set.

A slot has the name that the solution's docstring or signature gives it, and an axis the name that
the annotations give it (kata.answers.signature).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answers.dialogue import kind_of
from kata.answers.signature import parameters, results_of, sizes_in
from kata.checks.random import names_of_drawn
from kata.diagnosis.observe import Deed, Via
from kata.diagnosis.summary import Summary

UPSTREAM = "out.grad"  # the one gradient that a call is given


def slots_of(exercise: str, deed: Deed) -> dict[str, Any]:
    """Return the slots of a call, by name: tensors, or the summaries of random ones.

    Of a longer dialogue, only a tensor that it ends with.
    """
    if isinstance(deed.result, Summary):
        names = names_of_drawn(exercise)
        parts = deed.result.parts or (deed.result,)
        return dict(zip(names, parts, strict=True)) if len(parts) == len(names) else {}
    kind = kind_of(getattr(deed.args, "via", None))
    if deed.stopped or not (kind or isinstance(deed.result, Tensor)):
        return {}
    if kind and kind.leaves_gradients:
        (gave, _), left = deed.result
        grads = (f"{p.name}.grad" for p in parameters(exercise))
        return dict(_slots_in("the output", gave)) | {
            name: grad for name, grad in zip(grads, left, strict=False) if isinstance(grad, Tensor)
        }
    results = deed.result if isinstance(deed.result, list | tuple) else [deed.result]
    called = results_of(exercise, len(results))
    slots = dict(
        slot for name, value in zip(called, results, strict=True) for slot in _slots_in(name, value)
    )
    if not isinstance(deed.args, Via):
        names = [parameter.name for parameter in parameters(exercise)]
        for key, value in deed.sets.items():
            position, attribute = key.split(".")
            if isinstance(value, Tensor):
                slots[f"{names[int(position)]}.{attribute}"] = value
    return slots


def gradients_given(exercise: str, probe: Sequence[Any]) -> dict[str, Tensor]:
    """Return the gradients that a probe's arguments bring along, by slot."""
    if isinstance(probe, Via):
        return {}
    pairs = zip(parameters(exercise), probe, strict=False)
    return {
        f"{parameter.name}.grad": arg.grad
        for parameter, arg in pairs
        if isinstance(arg, Tensor) and arg.grad is not None
    }


def sizes_of(exercise: str, args: Sequence[Any]) -> dict[str, int]:
    """Return the length of each named axis, and the arguments that are numbers of something."""
    kind = kind_of(getattr(args, "via", None))
    return sizes_in(exercise, kind.own(args)) if kind else {}


def _slots_in(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield a result's tensors and numbers, in lists too, each with its name."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, int | float):
        yield name, torch.tensor(value, dtype=torch.float64)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _slots_in(f"{name}[{place}]", part)
