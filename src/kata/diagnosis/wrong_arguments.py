"""Arguments that an answer leaves out, fixes or swaps: it does what the solution would with others.

The solution is called in the answer's stead, on the same probes, with one argument replaced or two
exchanged. What comes of that has to be what the answer did on all of them.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.load import solution_to
from kata.course import course
from kata.diagnosis.observe import Deed, alike, deeds

Change = Callable[[dict[str, Any]], dict[str, Any]]  # of the arguments

FIXED = (0, 1, 2, 3, 0.1, 0.5, 0.9, 0.99, 0.999, 1e-2, 1e-3, 1e-5, 1e-8)


def explain(exercise: str, did: Sequence[Deed]) -> str | None:
    """Return the one sentence that is true of an answer, by what it did.

    None where there is not one.
    """
    solution = solution_to(exercise)
    if isinstance(solution, type):
        return None
    found = {
        says
        for says, function in _variants(solution)
        if alike(did, deeds(Answer(exercise, function, course().solutions)))
    }
    return found.pop() if len(found) == 1 else None


def _variants(solution: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what is said of each replacement, and the solution with it."""
    parameters = inspect.signature(solution).parameters
    for name, parameter in parameters.items():
        for says, made in _replacements(name, parameter):
            yield says, _changed(solution, _replaced(name, made))
    for a, b in combinations(parameters, 2):
        if _says(parameters[a].annotation) == _says(parameters[b].annotation):
            yield f"You have {a} and {b} the wrong way round.", _changed(solution, _exchanged(a, b))


def _says(annotation: Any) -> Any:
    """Return what an annotation says; two of jaxtyping's that say the same are not equal."""
    if hasattr(annotation, "dim_str"):
        return annotation.dtypes, annotation.dim_str
    return annotation


def _changed(solution: Callable[..., Any], change: Change) -> Callable[..., Any]:
    signature = inspect.signature(solution)

    def changed(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return solution(**bound.arguments | change(bound.arguments))

    return changed


def _replaced(name: str, made: Callable[[Any], Any]) -> Change:
    return lambda given: {name: made(given[name])}


def _exchanged(a: str, b: str) -> Change:
    return lambda given: {a: given[b], b: given[a]}


def _replacements(
    name: str, parameter: inspect.Parameter
) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    if parameter.annotation not in (int, float):
        for value in (0.0, 1.0):
            says = f"You leave {name} out: this is what comes of {name} = {value:g}."
            yield says, _filled(value)
        return
    for value in dict.fromkeys((parameter.default, *FIXED)):
        if isinstance(value, int | float):
            yield f"You take {value:g} for {name}, whatever is passed in.", _fixed(value)


def _filled(value: float) -> Callable[[Any], Any]:
    def fill(given: Any) -> Any:
        if isinstance(given, list | tuple):
            return [fill(part) for part in given]
        return torch.full_like(given, value) if isinstance(given, Tensor) else given

    return fill


def _fixed(value: float) -> Callable[[Any], Any]:
    return lambda given: value
