"""An answer without one of its bad manners, called in its stead (kata.diagnosis.manners)."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer, Outcome
from kata.diagnosis.plain import plain
from kata.diagnosis.wrapping import each, grads
from kata.refusal import Refused


class Polite(Answer):
    """An answer whose calls are wrapped. positions: of arguments, as each kind needs them."""

    def __init__(self, inner: Answer, positions: frozenset[int] = frozenset()) -> None:
        super().__init__(inner.name, inner, Path())
        self.inner, self.positions = inner, positions


class OnCopies(Polite):
    """An answer that is given copies, and so may write into them."""

    def attempt(self, args: Sequence[Any], *rest: Any, **options: Any) -> Outcome:
        """Call it on copies, and set on args what it sets on these."""
        copies = [each(arg, _copied) for arg in args]
        options["may_change"] = range(len(copies))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a copy that hangs on a leaf is none, and has a .grad
            there = grads(copies)
            outcome = self.inner.attempt(copies, *rest, **options)
            for arg, old, new in zip(args, there, grads(copies), strict=True):
                if new is not old and not _fits(new, arg):
                    return Outcome(stopped=Refused("a .grad that fits the reshaped copy alone"))
                if new is not old:
                    arg.grad = new
        return outcome


class Unpacked(Polite):
    """An answer of whose tuple only the first part counts."""

    def attempt(self, *args: Any, **options: Any) -> Outcome:
        """Call it and take what it returned apart."""
        outcome = self.inner.attempt(*args, **options)
        if is_packed(outcome.returned):
            outcome.returned = outcome.returned[0]
        return outcome


class Stacked(Polite):
    """An answer whose list of tensors is put together."""

    def attempt(self, *args: Any, **options: Any) -> Outcome:
        """Call it and stack what it returned."""
        outcome = self.inner.attempt(*args, **options)
        if is_packed(outcome.returned) and all(isinstance(t, Tensor) for t in outcome.returned):
            with suppress(RuntimeError):  # of tensors of several shapes
                outcome.returned = torch.stack(list(outcome.returned))
        return outcome


class OnDetached(Polite):
    """An answer whose arguments record no gradients, so that numpy takes them."""

    def attempt(self, args: Sequence[Any], *rest: Any, **options: Any) -> Outcome:
        """Call it on the same values."""
        return self.inner.attempt([each(arg, Tensor.detach) for arg in args], *rest, **options)


class SetsAnew(Polite):
    """An answer that finds no .grad of an earlier call where it sets its own."""

    def attempt(self, args: Sequence[Any], *rest: Any, **options: Any) -> Outcome:
        """Take the old gradients away and call it."""
        for position in self.positions:
            args[position].grad = None
        return self.inner.attempt(args, *rest, **options)


class LeavesGiven(Polite):
    """An answer that cannot change a .grad that it was given: it gets a copy."""

    def attempt(self, args: Sequence[Any], *rest: Any, **options: Any) -> Outcome:
        """Call it, and put the given gradients back."""
        given = {p: args[p].grad for p in self.positions if args[p].grad is not None}
        for position, grad in given.items():
            args[position].grad = grad.clone()
        outcome = self.inner.attempt(args, *rest, **options)
        for position, grad in given.items():
            args[position].grad = grad
        return outcome


class SetsReturned(Polite):
    """An answer whose returned gradients are set, in the order of the parameters."""

    def attempt(self, args: Sequence[Any], *rest: Any, **options: Any) -> Outcome:
        """Call it, and set what it returned where it set nothing itself."""
        before = grads(args)
        outcome = self.inner.attempt(args, *rest, **options)
        gave = gradients_in(plain(outcome.returned), len(self.positions))
        if outcome.stopped or not gave or not all(map(_is_grad, gave)):
            return outcome
        outcome.returned = None
        for position, grad in zip(sorted(self.positions), gave, strict=True):
            arg = args[position]
            if arg.grad is before[position] and _fits(grad, arg):
                arg.grad = grad.detach()
        return outcome


def gradients_in(value: Any, count: int) -> Sequence[Any]:
    """Return the parts of a result that may be so many gradients; none where they are not."""
    parts = [value] if isinstance(value, Tensor) else value
    return parts if isinstance(parts, tuple | list) and len(parts) == count else ()


def is_packed(value: Any) -> bool:
    """Return whether a result is a sequence that begins with a tensor."""
    return isinstance(value, tuple | list) and len(value) > 0 and isinstance(value[0], Tensor)


def _fits(grad: Tensor | None, arg: Tensor) -> bool:
    """Return whether it fits the original as its .grad; the copy may be reshaped in place."""
    return grad is None or (grad.shape, grad.dtype) == (arg.shape, arg.dtype)


def _is_grad(value: Any) -> bool:
    return type(value) is Tensor


def _copied(tensor: Tensor) -> Tensor:
    """Return a copy with the .grad of the original; of a leaf that records, one that hangs on it.

    Such a one may be written to.
    """
    made = tensor.clone() if tensor.requires_grad else tensor.detach().clone()
    made.grad = None if tensor.grad is None else tensor.grad.clone()
    return made
