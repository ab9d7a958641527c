"""An answer without its bad manners: what is left when it works in place, or returns too much.

Such manners stop a call, or hide its result; what is wrong besides should be seen all the same.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer, Outcome
from kata.answers.side_effects import IN_PLACE
from kata.diagnosis.habits import TUPLE, WITH_CACHE
from kata.diagnosis.observe import Deed
from kata.diagnosis.wrapping import each, grads
from kata.refusal import Refused

IN_PIECES = (
    "You return a list of tensors. The result is one tensor: put them together (torch.stack)."
)


class OnCopies(Answer):
    """An answer that is given copies, and so may write into them."""

    def __init__(self, inner: Answer) -> None:
        super().__init__(inner.name, inner, Path())
        self.inner = inner

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


class Unpacked(Answer):
    """An answer of whose tuple only the first part counts."""

    def __init__(self, inner: Answer) -> None:
        super().__init__(inner.name, inner, Path())
        self.inner = inner

    def attempt(self, *args: Any, **options: Any) -> Outcome:
        """Call it and take what it returned apart."""
        outcome = self.inner.attempt(*args, **options)
        if _is_packed(outcome.returned):
            outcome.returned = outcome.returned[0]
        return outcome


class Stacked(Answer):
    """An answer whose list of tensors is put together."""

    def __init__(self, inner: Answer) -> None:
        super().__init__(inner.name, inner, Path())
        self.inner = inner

    def attempt(self, *args: Any, **options: Any) -> Outcome:
        """Call it and stack what it returned."""
        outcome = self.inner.attempt(*args, **options)
        if _is_packed(outcome.returned) and all(isinstance(t, Tensor) for t in outcome.returned):
            with suppress(RuntimeError):  # of tensors of several shapes
                outcome.returned = torch.stack(list(outcome.returned))
        return outcome


def made_polite(
    answer: Answer, did: Sequence[Deed], right: Sequence[Deed]
) -> Iterator[tuple[str, Answer]]:
    """Yield what is said of each bad manner that shows, and the answer without it."""
    if any(deed.stopped == f"Refused {IN_PLACE}" for deed in did):
        yield IN_PLACE, OnCopies(answer)
    packed = [deed.result for deed in did if not deed.stopped]
    one = all(isinstance(deed.result, Tensor) for deed in right)
    if one and packed and all(map(_is_in_pieces, did, right)):
        yield IN_PIECES, Stacked(answer)
    elif one and packed and all(map(_is_packed, packed)):
        yield TUPLE if all(len(p) == 1 for p in packed) else WITH_CACHE, Unpacked(answer)


def _fits(grad: Tensor | None, arg: Tensor) -> bool:
    """Return whether it fits the original as its .grad; the copy may be reshaped in place."""
    return grad is None or (grad.shape, grad.dtype) == (arg.shape, arg.dtype)


def _is_packed(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) > 0 and isinstance(value[0], Tensor)


def _is_in_pieces(did: Deed, right: Deed) -> bool:
    """Return whether it gave a tensor for each place along the first axis of the right result."""
    pieces, whole = did.result, right.result
    if did.stopped or right.stopped or not _is_packed(pieces) or whole.dim() == 0:
        return bool(did.stopped)
    return len(pieces) == len(whole) and pieces[0].shape == whole.shape[1:]


def _copied(tensor: Tensor) -> Tensor:
    """Return a copy with the .grad of the original; of a leaf that records, one that hangs on it.

    Such a one may be written to.
    """
    made = tensor.clone() if tensor.requires_grad else tensor.detach().clone()
    made.grad = None if tensor.grad is None else tensor.grad.clone()
    return made
