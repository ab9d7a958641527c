"""Habits that no probe shows: probes are small, new, and lie in memory in the order of their axes.

The tests look for them (kata.checks.large, kata.checks.state), and name them.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any

import torch
from torch import Tensor

from kata.answers.load import solution_to
from kata.answers.raised import VIEWED
from kata.answers.trace import tensors_in
from kata.checks.gradients import KEPT as KEPT_GRAD
from kata.checks.gradients import SHARED
from kata.checks.large import PART
from kata.checks.state import KEPT, ONE_BUFFER
from kata.diagnosis.habits import Habit, Habits, once
from kata.diagnosis.observe import probes_on
from kata.diagnosis.wrapping import Function, Wrap, each, first, grads

LAYOUT = "layout"  # in a docstring, which promises that any will do
AS_ROWS = 2  # axes: one more is taken for rows by many


def unseen_of(exercise: str) -> Habits:
    """Yield those that an exercise can have; none where a dialogue calls it."""
    solution, probe = solution_to(exercise), next(probes_on(exercise), None)
    if isinstance(solution, type) or not isinstance(probe, tuple) or hasattr(probe, "via"):
        return
    if not tensors_in(probe):
        return
    returned, set_ = once(solution, probe)
    if any(tensor.dim() for tensor in tensors_in(probe)):
        yield Habit("the first hundred alone", PART, in_part(100))
    chapter = getattr(solution, "__globals__", {}).get("__doc__")
    if LAYOUT in f"{chapter} {solution.__doc__}":
        yield from _views(exercise, probe)
    yield Habit("the same objects", KEPT_GRAD if set_ else KEPT, for_the_same_objects())
    if set_ or tensors_in(returned):
        yield Habit("one buffer", SHARED if set_ else ONE_BUFFER, in_one_buffer())


def _view_each(*args: Any) -> None:
    for tensor in _floats_in(args):
        tensor.view(-1)


def _view_rows(*args: Any) -> None:
    for tensor in _floats_in(args):
        if tensor.dim() > AS_ROWS:
            tensor.view(-1, tensor.shape[-1])


def _floats_in(args: Sequence[Any]) -> list[Tensor]:
    return [tensor for tensor in tensors_in(args) if tensor.is_floating_point()]


def _views(exercise: str, probe: Sequence[Any]) -> Habits:
    """Yield those that count on the axes' order in memory, where some tensor has two axes."""
    if any(sum(size > 1 for size in tensor.shape) > 1 for tensor in _floats_in(probe)):
        yield Habit("a view", VIEWED, first(_view_each))
    if any(tensor.dim() > AS_ROWS for args in probes_on(exercise) for tensor in _floats_in(args)):
        yield Habit("a view of rows", VIEWED, first(_view_rows))


def for_the_same_objects() -> Wrap:
    """Give what the first call on these very tensors gave, whatever they hold by now."""

    def wrap(answer: Function) -> Function:
        kept: dict[Any, Any] = {}

        def keep(*args: Any, **kwargs: Any) -> Any:
            there = grads(args)
            key = tuple(map(id, tensors_in(args))), tuple(a for a in args if isinstance(a, float))
            if key not in kept:  # with args, so that no other tensor gets the id of one of these
                result = each(answer(*args, **kwargs), Tensor.clone)  # a view would follow them
                kept[key] = result, _new_grads(args, there), args
            result, made, _ = kept[key]
            for place, grad in made.items():
                args[place].grad = grad.clone()
            return result

        return keep

    return wrap


def in_one_buffer() -> Wrap:
    """Write each result, and each .grad that is set, over the first one of its kind."""

    def wrap(answer: Function) -> Function:
        kept: dict[Any, Tensor] = {}

        def written(place: Any, tensor: Tensor) -> Tensor:
            if tensor.requires_grad:
                return tensor
            key = place, tensor.shape, tensor.dtype
            buffer = kept.setdefault(key, torch.empty_like(tensor))  # a result may be an input
            return buffer.copy_(tensor)

        def write(*args: Any, **kwargs: Any) -> Any:
            there = grads(args)
            result = answer(*args, **kwargs)
            for place, grad in _new_grads(args, there).items():
                args[place].grad = written(place, grad)
            places = count(len(args))
            return each(result, lambda tensor: written(next(places), tensor))

        return write

    return wrap


def in_part(most: int) -> Wrap:
    """Take for 0 whatever lies beyond so many places along any axis of an argument."""

    def wrap(answer: Function) -> Function:
        def look(*args: Any, **kwargs: Any) -> Any:
            parts = [each(arg, lambda tensor: _part(tensor, most)) for arg in args]
            there = grads(parts)
            result = answer(*parts, **kwargs)
            for place, grad in _new_grads(parts, there).items():
                args[place].grad = grad
            return result

        return look

    return wrap


def _part(tensor: Tensor, most: int) -> Tensor:
    """Return a tensor with zeros beyond, and so its .grad; itself where nothing lies beyond."""
    if all(size <= most for size in tensor.shape):
        return tensor
    mask = torch.zeros_like(tensor)
    mask[tuple(slice(most) for _ in tensor.shape)] = 1
    made = (tensor if tensor.grad is None else tensor.detach()) * mask
    if tensor.grad is not None:
        made.grad = tensor.grad * mask
    return made


def _new_grads(args: Sequence[Any], there: Sequence[Any]) -> dict[int, Tensor]:
    """Return the .grad of each argument that has another one than it had, by its place."""
    pairs = enumerate(zip(grads(args), there, strict=True))
    return {place: new for place, (new, old) in pairs if new is not old}
