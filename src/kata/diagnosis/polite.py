"""An answer without its bad manners: what is left when it works in place, or returns too much.

Such manners stop a call, or hide its result; what is wrong besides should be seen all the same.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from kata.answers.call import Answer, Outcome
from kata.answers.side_effects import IN_PLACE
from kata.answers.signature import parameters
from kata.checks.forward import CUT
from kata.checks.gradients import ADDS, OVERWRITES, RETURNED
from kata.diagnosis.habits import TUPLE, WITH_CACHE, sets_of
from kata.diagnosis.observe import Deed, behaviour, probes_on, same
from kata.diagnosis.wrapping import each, grads
from kata.refusal import Refused

NO_NUMPY = "numpy() on Tensor that requires grad"  # torch's words


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
        if _is_packed(outcome.returned):
            outcome.returned = outcome.returned[0]
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
        given = {position: args[position].grad for position in self.positions}
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
        gave = outcome.returned
        gave = [gave] if isinstance(gave, Tensor) else gave
        fits = isinstance(gave, tuple | list) and len(gave) == len(self.positions)
        if outcome.stopped or not fits or not all(map(_is_grad, gave)):
            return outcome
        outcome.returned = None
        for position, grad in zip(sorted(self.positions), gave, strict=True):
            arg = args[position]
            if arg.grad is before[position] and _fits(grad, arg):
                arg.grad = grad.detach()
        return outcome


Manners = Iterator[tuple[str, list[Deed]]]


def made_polite(answer: Answer, did: Sequence[Deed], right: Sequence[Deed]) -> Manners:
    """Yield what is said of each bad manner that shows, and what the answer does without it."""
    if any(deed.stopped == f"Refused {IN_PLACE}" for deed in did):
        yield IN_PLACE, behaviour(OnCopies(answer))
    packed = [deed.result for deed in did if not deed.stopped]
    one = all(isinstance(deed.result, Tensor) for deed in right)
    if one and packed and all(map(_is_packed, packed)):
        is_one = all(len(p) == 1 for p in packed)
        yield TUPLE if is_one else WITH_CACHE, behaviour(Unpacked(answer))
    if one and any(d.cut > r.cut or NO_NUMPY in d.stopped for d, r in zip(did, right, strict=True)):
        yield from _uncut(answer, did, right)
    if sets := sets_of(answer.name):
        yield from _in_gradients(answer, did, right, sets)


def _uncut(answer: Answer, did: Sequence[Deed], right: Sequence[Deed]) -> Manners:
    """Of an answer that is cut off from all its inputs."""
    floats = [{i for i, a in enumerate(d.args) if _is_float(a)} for d in did]
    if all(NO_NUMPY in d.stopped or d.cut == f for d, f in zip(did, floats, strict=True)):
        rest = behaviour(OnDetached(answer))
        yield CUT, [replace(d, cut=r.cut) for d, r in zip(rest, right, strict=True)]


def _in_gradients(
    answer: Answer, did: Sequence[Deed], right: Sequence[Deed], sets: frozenset[int]
) -> Manners:
    """Of an answer that sets gradients."""
    names = [parameter.name for parameter in parameters(answer.name)]
    for position in range(len(names)):
        key = f"{position}.grad"
        spoilt = (
            not same(d.sets.get(key), r.sets.get(key)) for d, r in zip(did, right, strict=True)
        )
        if position not in sets and any(spoilt):
            given = frozenset({position})
            yield OVERWRITES.format(names[position]), behaviour(LeavesGiven(answer, given))
    if all(isinstance(deed.result, tuple | list | Tensor) for deed in did if not deed.stopped):
        yield RETURNED, behaviour(SetsReturned(answer, sets))
    rest = behaviour(SetsAnew(answer, sets))
    if _adds(answer.name, did, rest, sets):
        yield ADDS, rest


def _adds(exercise: str, did: Sequence[Deed], rest: Sequence[Deed], sets: frozenset[int]) -> bool:
    """Return whether each gradient is the new one, or the old one and the new one added up.

    rest: what the answer does where there is no old one.
    """
    added = False
    for probe, one, other in zip(probes_on(exercise), did, rest, strict=True):
        for position in sets:
            got, new = (deed.sets.get(f"{position}.grad") for deed in (one, other))
            old = probe[position].grad
            if old is None or same(got, new):
                continue
            if not isinstance(new, Tensor) or new.shape != old.shape or not same(got, old + new):
                return False
            added = True
    return added


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _is_grad(value: Any) -> bool:
    return type(value) is Tensor


def _fits(grad: Tensor | None, arg: Tensor) -> bool:
    """Return whether it fits the original as its .grad; the copy may be reshaped in place."""
    return grad is None or (grad.shape, grad.dtype) == (arg.shape, arg.dtype)


def _is_packed(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) > 0 and isinstance(value[0], Tensor)


def _copied(tensor: Tensor) -> Tensor:
    """Return a copy with the .grad of the original; of a leaf that records, one that hangs on it.

    Such a one may be written to.
    """
    made = tensor.clone() if tensor.requires_grad else tensor.detach().clone()
    made.grad = None if tensor.grad is None else tensor.grad.clone()
    return made
