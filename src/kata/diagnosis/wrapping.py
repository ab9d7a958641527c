"""Wrappers that give an answer a habit and leave its formula alone.

Each takes a function and returns one that can be called in its stead.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]
Wrap = Callable[[Function], Function]


def after(change: Callable[[Any], Any]) -> Wrap:
    """Change what is returned."""
    return lambda answer: lambda *args, **kwargs: change(answer(*args, **kwargs))


def each_after(change: Callable[[Tensor], Any]) -> Wrap:
    """Change each tensor that is returned."""
    return after(lambda result: each(result, change))


def before(change: Callable[[Tensor], Any], only: int | None = None) -> Wrap:
    """Change the tensors among the arguments, or the one at a position."""

    def wrap(answer: Function) -> Function:
        def changed(*args: Any, **kwargs: Any) -> Any:
            new = [each(a, change) if only in (None, i) else a for i, a in enumerate(args)]
            return answer(*new, **kwargs)

        return changed

    return wrap


def writing(position: int) -> Wrap:
    """Write into an argument, when all else is done."""

    def wrap(answer: Function) -> Function:
        def write(*args: Any, **kwargs: Any) -> Any:
            result = answer(*args, **kwargs)
            args[position].detach().mul_(2)
            return result

        return write

    return wrap


def keeping(*by: str) -> Wrap:
    """Return what the first call gave, or the first whose tensors have these attributes alike."""

    def wrap(answer: Function) -> Function:
        kept: dict[Any, Any] = {}

        def keep(*args: Any, **kwargs: Any) -> Any:
            key = tuple(getattr(a, name, a) for a in args for name in by)
            if key not in kept:
                kept[key] = answer(*args, **kwargs)
            return kept[key]

        return keep

    return wrap


def stale(position: int, cast: bool) -> Wrap:
    """Compute with the first values of one argument, kept for each shape."""

    def wrap(answer: Function) -> Function:
        kept: dict[Any, Tensor] = {}

        def use_old(*args: Any) -> Any:
            now = args[position]
            first = kept.setdefault(now.shape, now.detach().clone())
            old = first.to(now.dtype if cast else first.dtype, copy=True)
            old.grad = upstream = now.grad if old.dtype == now.dtype else None
            result = answer(*args[:position], old, *args[position + 1 :])
            if old.grad is not upstream:
                now.grad = old.grad
            return result

        return use_old

    return wrap


def casting(low: torch.dtype) -> Wrap:
    """Compute in a lower dtype and cast back: what is returned, and each .grad that is set."""

    def wrap(answer: Function) -> Function:
        def cast(*args: Any) -> Any:
            into = next((a.dtype for a in args if _is_float(a)), torch.get_default_dtype())
            lower: list[Any] = [_lowered(a, low) if _is_float(a) else a for a in args]
            upstream = [getattr(made, "grad", None) for made in lower]
            result = answer(*lower)
            for arg, made, given in zip(args, lower, upstream, strict=True):
                if _is_float(arg) and made.grad is not given and made is not arg:
                    arg.grad = made.grad.to(into)
            return each(result, lambda t: t.to(into) if t.is_floating_point() else t)

        return cast

    return wrap


def _lowered(arg: Tensor, low: torch.dtype) -> Tensor:
    if arg.grad is None and not (arg.requires_grad and arg.is_leaf):
        return arg.to(low)
    made = arg.detach().to(low, copy=True) if arg.grad is not None else arg.to(low)
    if arg.grad is not None:
        made.grad = arg.grad.to(low)
    return made


def setting(change: Callable[[Any, Any], Any], only: int | None = None) -> Wrap:
    """Change what is set: change(the .grad that was there, the new one)."""

    def wrap(answer: Function) -> Function:
        def set_(*args: Any) -> Any:
            there = grads(args)
            result = answer(*args)
            for place, (arg, old) in enumerate(zip(args, there, strict=True)):
                if isinstance(arg, Tensor) and arg.grad is not old and only in (None, place):
                    arg.grad = change(old, arg.grad)
            return result

        return set_

    return wrap


def instead_of_setting(do: Callable[[Tensor, Any, Tensor], None]) -> Wrap:
    """Undo what is set on each argument, and do(argument, the old .grad, the new one)."""

    def wrap(answer: Function) -> Function:
        def act(*args: Any) -> Any:
            result, made = _taken_off(answer, args)
            for arg, old, new in made:
                do(arg, old, new)
            return result

        return act

    return wrap


def returning(and_sets: bool) -> Wrap:
    """Return the gradients, with or without setting them."""

    def wrap(answer: Function) -> Function:
        def give(*args: Any) -> Any:
            _, made = _taken_off(answer, args)
            new = tuple(grad for _, _, grad in made)
            for arg, _, grad in made if and_sets else ():
                arg.grad = grad
            return new if len(new) != 1 else new[0]

        return give

    return wrap


def spoiling(position: int, spoil: Callable[[Tensor], Any]) -> Wrap:
    """Change the .grad of one argument, when all else is done."""

    def wrap(answer: Function) -> Function:
        def spoiled(*args: Any) -> Any:
            result = answer(*args)
            if args[position].grad is not None:
                args[position].grad = spoil(args[position].grad)
            return result

        return spoiled

    return wrap


def first(touch: Callable[..., Any]) -> Wrap:
    """Do something with the arguments that may raise, and then answer."""

    def wrap(answer: Function) -> Function:
        def touched(*args: Any) -> Any:
            touch(*args)
            return answer(*args)

        return touched

    return wrap


def each(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """Change each tensor in a value, in tuples and lists too."""
    if isinstance(value, tuple | list):
        return type(value)(each(part, change) for part in value)
    return change(value) if isinstance(value, Tensor) else value


def copied(tensor: Tensor) -> Tensor:
    """Return a copy that records nothing, with a copy of its .grad."""
    made = tensor.detach().clone()
    made.grad = None if tensor.grad is None else tensor.grad.clone()
    return made


def grads(args: Sequence[Any]) -> list[Any]:
    """Return the .grad of each argument, None where it has none."""
    return [arg.grad if isinstance(arg, Tensor) else None for arg in args]


def _taken_off(answer: Function, args: Sequence[Any]) -> tuple[Any, list[tuple[Tensor, Any, Any]]]:
    """Call an answer and put the .grads back as they were; what it returned, and what it set."""
    there = grads(args)
    result = answer(*args)
    made = [
        (arg, old, arg.grad)
        for arg, old in zip(args, there, strict=True)
        if isinstance(arg, Tensor) and arg.grad is not old
    ]
    for arg, old, _ in made:
        arg.grad = old
    return result, made


def _is_float(arg: Any) -> bool:
    return isinstance(arg, Tensor) and arg.is_floating_point()
