"""What came of a call, slot by slot: each tensor or number returned, each .grad that was set.

A slot has the name that the solution's docstring or signature gives it, and an axis the name that
the annotations give it.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from kata.answers.load import solution_to
from kata.diagnosis.observe import Deed, Via

RESULTS = re.compile(r"\b[Rr]eturns? (\([\w, ]+\)|(?:\w+, )*\w+ and \w+)")


def _own_of_second(args: Sequence[Any]) -> Sequence[Any]:
    """Return what a layer is made of and, of the tensors it is called on, the second half."""
    own, given = args[3 : 3 + args[0]], args[3 + args[0] :]
    return (*own, *given[len(given) // 2 :])


# Which of a dialogue's arguments are the exercise's own, in the order of its parameters. Layers'
# dialogues end with an output and the gradients left on those; the others with one call's result.
LAYERS: dict[str | None, Callable[[Sequence[Any]], Sequence[Any]]] = {
    "layers.there_and_back": lambda args: args[2:],
    "layers.again": _own_of_second,
    "layers.side_by_side": lambda args: args[3:],
}
CALLS: dict[str | None, Callable[[Sequence[Any]], Sequence[Any]]] = {
    None: lambda args: args,
    "training.pass_of": lambda args: (args[0], *args[1]),
    "training.epoch_of": lambda args: (args[0], *args[1], *args[2:]),
    "gradients.in_first": lambda args: args[1:],
}


def slots_of(exercise: str, deed: Deed) -> dict[str, Tensor]:
    """The slots of a call, by name; of a longer dialogue, only a tensor that it ends with."""
    via = getattr(deed.args, "via", None)
    if deed.stopped or not (via in CALLS | LAYERS or isinstance(deed.result, Tensor)):
        return {}
    if via in LAYERS:
        (gave, _), left = deed.result
        grads = (f"{p.name}.grad" for p in parameters(exercise))
        return dict(_slots_in("the output", gave)) | {
            name: grad for name, grad in zip(grads, left, strict=False) if isinstance(grad, Tensor)
        }
    results = deed.result if isinstance(deed.result, list | tuple) else [deed.result]
    called = _results(exercise, len(results))
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


def sizes_of(exercise: str, args: Sequence[Any]) -> dict[str, int]:
    """The length of each named axis, and the arguments that are numbers of something."""
    own = (CALLS | LAYERS).get(getattr(args, "via", None))
    if own is None:
        return {}
    known = parameters(exercise)
    given = own(args)
    sizes: dict[str, int] = {}
    for parameter, arg in zip(
        known, (*given, *(p.default for p in known[len(given) :])), strict=False
    ):
        if isinstance(arg, Tensor):
            sizes.update(_named_axes(getattr(parameter.annotation, "dim_str", ""), arg.shape))
        elif isinstance(arg, int) and not isinstance(arg, bool) and arg > 0:
            sizes[parameter.name] = arg
    return sizes


def _named_axes(dims: str, shape: Sequence[int]) -> Iterator[tuple[str, int]]:
    """The names in an annotation such as "n m" or "... m", each with its length in this shape.

    "..." stands for any number of axes.
    """
    axes = dims.split()
    if "..." in axes:
        at = axes.index("...")
        axes[at : at + 1] = [""] * max(len(shape) - len(axes) + 1, 0)
    if len(axes) == len(shape):
        yield from ((a, k) for a, k in zip(axes, shape, strict=True) if a.isidentifier())


@cache
def parameters(exercise: str) -> list[inspect.Parameter]:
    """An exercise's; of a layer, those it is made of, then those it is called on."""
    solution = solution_to(exercise)
    found = [*inspect.signature(solution).parameters.values()]
    if isinstance(solution, type):
        found += [*inspect.signature(solution.__call__).parameters.values()][1:]
    return found


def axes_of(exercise: str) -> set[str]:
    """The names of all axes of an exercise's arguments."""
    dims = " ".join(getattr(p.annotation, "dim_str", "") for p in parameters(exercise))
    return {axis for axis in dims.split() if axis.isidentifier()}


def _slots_in(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """A result's tensors and numbers, in lists too, each with its name."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, int | float):
        yield name, torch.tensor(value, dtype=torch.float64)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _slots_in(f"{name}[{place}]", part)


@cache
def _results(exercise: str, count: int) -> list[str]:
    """What the solution's docstring calls its results ("return d_x and d_w"); else their places."""
    if count == 1:
        return ["the result"]
    doc = inspect.getdoc(solution_to(exercise)) or ""
    for listed in RESULTS.finditer(doc):
        names = re.findall(r"\b(?!and\b)\w+", listed[1])
        if len(names) == count:
            return names
    return [f"result {place}" for place in range(1, count + 1)]
