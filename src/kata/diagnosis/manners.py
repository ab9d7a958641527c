"""Bad manners: what an answer does besides its formula, and what is left when that is taken off.

They stop a call, or hide its result; what is wrong besides should be seen all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.side_effects import IN_PLACE
from kata.answers.signature import parameters
from kata.checks.forward import CUT, CUT_FROM, OTHER_ERROR, RETURNS
from kata.checks.gradients import ADDS, OVERWRITES, RETURNED
from kata.checks.numbers import TENSOR
from kata.diagnosis.habits import NUMBER, TUPLE, WITH_CACHE, sets_of
from kata.diagnosis.observe import Deed, behaviour, deed_of, floats_among, probes_on, same
from kata.diagnosis.polite import (
    LeavesGiven,
    OnCopies,
    OnDetached,
    SetsAnew,
    SetsReturned,
    Stacked,
    Unpacked,
    gradients_in,
    is_packed,
)

IN_PIECES = (
    "You return a list of tensors. The result is one tensor: put them together (torch.stack)."
)
NO_NUMPY = "numpy() on Tensor that requires grad"  # torch's words
NO_GRADIENT = "does not require grad and does not have a grad_fn"  # likewise

ASSERTION = "AssertionError"
ERRORS = ("ValueError", "Exception", "ArithmeticError", "RuntimeError", "SystemExit")

Manners = Iterator[tuple[str, list[Deed]]]


def made_polite(answer: Answer, did: Sequence[Deed], right: Sequence[Deed]) -> Manners:
    """Yield what is said of each bad manner that shows, and what the answer does without it."""
    if any(deed.stopped == f"Refused {IN_PLACE}" for deed in did):
        yield IN_PLACE, behaviour(OnCopies(answer))
    packed = [deed.result for deed in did if not deed.stopped]
    one = all(isinstance(deed.result, Tensor) for deed in right)
    if one and packed and all(map(_is_in_pieces, did, right)):
        yield IN_PIECES, behaviour(Stacked(answer))
    elif one and packed and all(map(is_packed, packed)):
        is_one = all(len(p) == 1 for p in packed)
        yield TUPLE if is_one else WITH_CACHE, behaviour(Unpacked(answer))
    if one and any(_cut(d, r) or NO_NUMPY in d.stopped for d, r in zip(did, right, strict=True)):
        yield from _uncut(answer, did, right)
    yield from _as_a_number(did, right)
    if any(deed.stopped == ASSERTION for deed in right):
        yield from _as_an_assertion(did)
    if sets := sets_of(answer.name):
        yield from _in_gradients(answer, did, right, sets)


def _cut(did: Deed, right: Deed) -> frozenset[int]:
    """Return from which arguments a result is cut off, and the right one is not."""
    return frozenset() if did.cut is None or right.cut is None else did.cut - right.cut


def _as_a_number(did: Sequence[Deed], right: Sequence[Deed]) -> Manners:
    """Of a 0-d tensor in the place of a number, or the other way round."""
    pairs = [(d, r) for d, r in zip(did, right, strict=True) if not d.stopped and not r.stopped]
    if not pairs:
        return
    if all(type(r.result) is float and _is_0_d(d.result) for d, r in pairs):
        yield (
            TENSOR.format("float"),
            [replace(d, result=float(d.result)) if _is_0_d(d.result) else d for d in did],
        )
    if all(type(d.result) is float and _is_0_d(r.result) for d, r in pairs):
        yield (
            NUMBER,
            [
                replace(d, result=torch.tensor(d.result, dtype=r.result.dtype), cut=None)
                if type(d.result) is float and _is_0_d(r.result)
                else d
                for d, r in zip(did, right, strict=True)
            ],
        )


def _is_0_d(value: object) -> bool:
    return isinstance(value, Tensor) and value.dim() == 0


def _as_an_assertion(did: Sequence[Deed]) -> Manners:
    """Of an answer that is an assertion, and says what it has found in another way."""
    if all(isinstance(deed.result, bool) for deed in did):
        says = ["" if deed.result else ASSERTION for deed in did]
        yield RETURNS, [replace(d, result=None, stopped=s) for d, s in zip(did, says, strict=True)]
    if any(deed.stopped.startswith(ERRORS) for deed in did):
        yield (
            OTHER_ERROR,
            [replace(d, stopped=ASSERTION) if d.stopped.startswith(ERRORS) else d for d in did],
        )


def _uncut(answer: Answer, did: Sequence[Deed], right: Sequence[Deed]) -> Manners:
    """Of an answer that is cut off from all its inputs."""
    if all(
        NO_NUMPY in deed.stopped or deed.cut == frozenset(floats_among(deed.args)) for deed in did
    ):
        yield CUT, [replace(deed, cut=None) for deed in behaviour(OnDetached(answer))]


def uncut_in_part(exercise: str, did: Sequence[Deed], right: Sequence[Deed]) -> Manners:
    """Yield what is said of an answer that is cut off from some inputs, and what it does besides.

    What is left out, too, has no part in the graph: this comes last.
    """
    off = [position for d, r in zip(did, right, strict=True) for position in _cut(d, r)]
    if off and all(NO_GRADIENT in deed.stopped for deed in did if deed.stopped):
        name = parameters(exercise)[min(off)].name
        rest = [
            replace(r, unseen=True) if d.stopped else replace(d, cut=r.cut)
            for d, r in zip(did, right, strict=True)
        ]
        yield CUT_FROM.format(name), rest


def _in_gradients(
    answer: Answer, did: Sequence[Deed], right: Sequence[Deed], sets: frozenset[int]
) -> Manners:
    """Of an answer that sets gradients."""
    names = [parameter.name for parameter in parameters(answer.name)]
    for position in range(len(names)):
        key = f"{position}.grad"
        spoilt = (
            key in r.sets and not same(d.sets.get(key), r.sets[key])
            for d, r in zip(did, right, strict=True)
        )
        if position not in sets and any(spoilt):
            given = frozenset({position})
            yield OVERWRITES.format(names[position]), behaviour(LeavesGiven(answer, given))
    gave = [deed.result for deed in did if not deed.stopped]
    if gave and all(gradients_in(result, len(sets)) for result in gave):
        yield RETURNED, behaviour(SetsReturned(answer, sets))
    anew = SetsAnew(answer, sets)
    if _adds(anew, did):
        yield ADDS, behaviour(anew)


def _adds(anew: SetsAnew, did: Sequence[Deed]) -> bool:
    """Return whether each gradient is the new one, or the old one and the new one added up."""
    added = False
    for probe, deed in zip(probes_on(anew.name), did, strict=True):
        olds = {p: probe[p].grad for p in anew.positions if probe[p].grad is not None}
        there_is_none = deed_of(anew, probe) if olds else deed
        for position, old in olds.items():
            key = f"{position}.grad"
            got, new = deed.sets.get(key), there_is_none.sets.get(key)
            if same(got, new):
                continue
            if not isinstance(new, Tensor) or new.shape != old.shape or not same(got, old + new):
                return False
            added = True
    return added


def _is_in_pieces(did: Deed, right: Deed) -> bool:
    """Return whether it gave a tensor for each place along the first axis of the right result."""
    pieces, whole = did.result, right.result
    if did.stopped or right.stopped or not is_packed(pieces) or whole.dim() == 0:
        return bool(did.stopped)
    return len(pieces) == len(whole) and pieces[0].shape == whole.shape[1:]
