"""What a solution's signature and docstring say: the names of arguments, axes and results.

An axis has the name that the annotations give it, as in Float[Tensor, "n m"]. Several results have
the names that the docstring lists ("returns d_x and d_w").
"""

import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from torch import Tensor

from kata.answers.load import solution_to

RESULTS = re.compile(r"\b[Rr]eturns? (\([\w, ]+\)|(?:\w+, )*\w+ and (?:the )?\w+)")


@cache
def parameters(exercise: str) -> list[inspect.Parameter]:
    """Return the exercise's parameters; for a layer, its constructor's and then its __call__'s."""
    solution = solution_to(exercise)
    found = [*inspect.signature(solution).parameters.values()]
    if isinstance(solution, type):
        found += [*inspect.signature(solution.__call__).parameters.values()][1:]
    return found


def axes_of(exercise: str) -> set[str]:
    """Return the names of all axes of an exercise's arguments."""
    dims = " ".join(_dims(p.annotation) for p in parameters(exercise))
    return {axis for axis in dims.split() if axis.isidentifier()}


def sizes_in(exercise: str, args: Sequence[Any]) -> dict[str, int]:
    """Return the length of each named axis, and the arguments that are numbers of something.

    Arguments that are left out have their defaults.
    """
    known = parameters(exercise)
    given = (*args, *(p.default for p in known[len(args) :]))
    sizes: dict[str, int] = {}
    for parameter, arg in zip(known, given, strict=False):
        if isinstance(arg, Tensor):
            sizes.update(_named_axes(_dims(parameter.annotation), arg.shape))
        elif isinstance(arg, int) and not isinstance(arg, bool) and arg > 0:
            sizes[parameter.name] = arg
    return sizes


@cache
def results_of(exercise: str, count: int) -> list[str]:
    """Return what the docstring calls so many results; else their places."""
    if count == 1:
        return ["the result"]
    doc = inspect.getdoc(solution_to(exercise)) or ""
    for listed in RESULTS.finditer(doc):
        names = re.findall(r"\b(?!and\b|the\b)\w+", listed[1])
        if len(names) == count:
            return names
    return [f"result {place}" for place in range(1, count + 1)]


@cache
def axes_of_results(exercise: str) -> list[list[str]]:
    """Return the names of each result's axes; one result is the only one of a list."""
    returned = inspect.signature(solution_to(exercise)).return_annotation
    parts = get_args(returned) if get_origin(returned) is tuple else (returned,)
    return [_dims(part).split() for part in parts]


def _dims(annotation: Any) -> str:
    dims: str = getattr(annotation, "dim_str", "")
    return dims


def _named_axes(dims: str, shape: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Yield the names in an annotation such as "n m" or "... m", each with its length in this
    shape.

    "..." stands for any number of axes.
    """
    axes = dims.split()
    if "..." in axes:
        at = axes.index("...")
        axes[at : at + 1] = [""] * max(len(shape) - len(axes) + 1, 0)
    if len(axes) == len(shape):
        yield from ((a, k) for a, k in zip(axes, shape, strict=True) if a.isidentifier())
