"""General mistakes, recognised without having been recorded.

An answer's results on the probes are compared with the solution's, slot by slot (a slot is a tensor
or number that it returns, or the .grad of one argument). One explanation has to hold on every
probe, and for every slot that is wrong; where two different ones do, none is given. Axes have the
names that the solution's annotations give them.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations

import torch
from torch import Tensor

from kata.answers.words import in_a_row
from kata.checks.random import names_of_drawn
from kata.diagnosis import facts as random_facts
from kata.diagnosis import wrong_arguments as as_if
from kata.diagnosis.conditions import only_sometimes
from kata.diagnosis.factors import Pair, factors_of, off_by, ratio_of
from kata.diagnosis.observe import Deed, probes_on, same
from kata.diagnosis.outputs import gradients_given, sizes_of, slots_of
from kata.diagnosis.plain import Odd
from kata.diagnosis.summary import Randomly

TIMES = "is {} times what it should be"
FLOAT32 = (
    "has some 7 right digits where the inputs are float64, as many as float32 holds. Look for what "
    "is float32 on the way (a .float(), a tensor made of plain numbers), or for a small number "
    "that is added"
)
DIGITS = 1e-6  # of a norm; float32's rounding is 6e-8, and sums and quotients add some of it up
WHERE_DIGITS_GO = (
    "Look for a narrow type on the way (half, bfloat16), for a constant with few digits, or for a "
    "small number that is added"
)
FEW_DIGITS = f"has only some {{}} right digits. {WHERE_DIGITS_GO}"
FEW = 1e-2  # of a norm: bfloat16 rounds by up to 4e-3


def general(exercise: str, did: Sequence[Deed], right: Sequence[Deed]) -> str | None:
    """Return a sentence that is true of how `did` differs from `right`, or None."""
    if isinstance(right[0].args, Randomly):
        return random_facts.explain(
            names_of_drawn(exercise),
            [deed.args for deed in did],
            [deed.result for deed in did],
            [deed.result for deed in right],
        )
    return _of_all(exercise, did, right) or as_if.explain(exercise, did)


def factor_besides(
    exercise: str, did: Sequence[Deed], wrong: Iterable[Deed]
) -> tuple[Collection[str], str] | None:
    """Return the slots that differ by one factor from what a mistake gives, and say by which.

    None where it is not by one.
    """
    if isinstance(did[0].args, Randomly):
        return None
    coming = iter(wrong)
    first = next(coming)
    some = _wrong_slots(exercise, did[:1], [first]).values()
    if any(ratio_of(pair) is None for pairs in some for pair in pairs):
        return None  # most mistakes differ in more than that on the first probe
    slots = _wrong_slots(exercise, did, [first, *coming])
    found = {tuple(factors_of(pairs)) for pairs in slots.values()}
    if len(found) != 1 or len(factors := found.pop()) != 1:
        return None
    how = "has its sign flipped" if factors[0] == "-1" else f"is multiplied by {factors[0]}"
    return slots.keys(), f"Besides, {in_a_row(list(slots))} {how}."


def _of_all(exercise: str, did: Sequence[Deed], right: Sequence[Deed]) -> str | None:
    if unset := _never_set(exercise, did, right):
        return f"You never set {in_a_row(unset)}."
    slots = _wrong_slots(exercise, did, right)
    if slots:
        found = [name for name in (_explain(pairs) for pairs in slots.values()) if name]
        if len(found) == len(slots) and len(set(found)) == 1:
            return f"{_listed(list(slots))} {found[0]}."
        swapped = _swapped(exercise, did, right)
        if swapped:
            return swapped
    return only_sometimes(exercise, did, right)


def _wrong_slots(
    exercise: str, did: Sequence[Deed], right: Sequence[Deed]
) -> dict[str, list[Pair]]:
    """Return all pairs of each slot that is wrong on some probe.

    Empty where the slots do not match.
    """
    slots: dict[str, list[Pair]] = {}
    for got, want in zip(did, right, strict=True):
        if got.unseen:
            continue
        if got.stopped or want.stopped or got.cut not in (None, want.cut):
            return {}
        has, should = slots_of(exercise, got), slots_of(exercise, want)
        if has.keys() != should.keys() or not all(isinstance(v, Tensor) for v in has.values()):
            return {}  # a summary of random numbers has facts of its own
        sizes = sizes_of(exercise, want.args)  # as they were: the answer may have changed its own
        for name, tensor in has.items():
            slots.setdefault(name, []).append(Pair(tensor, should[name], sizes))
    return {
        name: pairs
        for name, pairs in slots.items()
        if not all(same(pair.got, pair.want) for pair in pairs)
    }


def _never_set(exercise: str, did: Sequence[Deed], right: Sequence[Deed]) -> list[str]:
    """Return the gradients that are left out on every probe, where all else is right.

    A probe may bring an old gradient along, which an answer that sets none leaves there.
    """
    pairs = [
        (slots_of(exercise, d), slots_of(exercise, r)) for d, r in zip(did, right, strict=True)
    ]
    unset = {name for has, should in pairs for name in should if name not in has}
    unset -= {
        name
        for probe, (has, should) in zip(probes_on(exercise), pairs, strict=True)
        for name in unset & has.keys()
        if name not in gradients_given(exercise, probe)
    }
    others_right = all(
        name in should and (name in unset or same(has[name], should[name]))
        for has, should in pairs
        for name in has
    )
    odd = any(isinstance(value, Odd) for d in did for value in d.sets.values())
    if odd or any(d.stopped for d in did) or not others_right:
        return []
    return sorted(unset) if all(name.endswith(".grad") for name in unset) else []


def _explain(pairs: Sequence[Pair]) -> str | None:
    """Return what can be said of a wrong slot: "is 2 times what it should be", if only one thing
    can.
    """
    telling = [p for p in pairs if p.want.numel() > 0]
    if not telling:
        return None
    if all(p.got.numel() > 0 and not p.got.any() for p in telling):
        return "is 0 everywhere"
    if all(map(_is_float32s, telling)):
        return FLOAT32
    if all(pair.got.shape == pair.want.shape for pair in telling):
        worst = max(off_by(pair.got, pair.want) for pair in telling)
        if worst <= FEW:
            return FEW_DIGITS.format(math.floor(-math.log10(worst)))
    factors = ("has the wrong sign" if f == "-1" else TIMES.format(f) for f in factors_of(telling))
    found = [*factors, *(says for says, holds in SHAPES.items() if holds(telling))]
    if not found and all(same(p.got.flatten(), p.want.flatten()) for p in telling):
        return "has the right numbers in the wrong shape"
    return found[0] if len(found) == 1 else None


def _is_float32s(pair: Pair) -> bool:
    """Return whether a float64 result is right as far as float32 goes, and a float32 one is so."""
    if pair.got.dtype != torch.float64 or pair.got.shape != pair.want.shape:
        return same(pair.got, pair.want)
    return off_by(pair.got, pair.want) <= DIGITS


def _each(change: Callable[[Tensor], Tensor], least: int) -> Callable[[Sequence[Pair]], bool]:
    """Return whether got = change(want) on all pairs, one of which tells it from want."""

    def holds(pairs: Sequence[Pair]) -> bool:
        if any(p.want.dim() < least or not p.want.is_floating_point() for p in pairs):
            return False
        return all(same(p.got, change(p.want)) for p in pairs)

    return holds


SHAPES: dict[str, Callable[[Sequence[Pair]], bool]] = {
    "is transposed": _each(lambda t: t.mT, 2),
    "has lost its rows: they are added up": _each(lambda t: t.sum(0), 2),
    "has lost its columns: they are added up": _each(lambda t: t.sum(-1), 2),
    "has its rows added up into one": _each(lambda t: t.sum(0, keepdim=True), 2),
    "has its columns added up into one": _each(lambda t: t.sum(-1, keepdim=True), 2),
    "has the mean of its rows in place of them": _each(lambda t: t.mean(0), 2),
    "is shifted by one row": _each(lambda t: t.roll(1, 0), 1),
    "is shifted back by one row": _each(lambda t: t.roll(-1, 0), 1),
    "has its rows in reverse order": _each(lambda t: t.flip(0), 1),
    "has its columns in reverse order": _each(lambda t: t.flip(-1), 2),
    "has its absolute values in place of its values": _each(lambda t: t.abs(), 0),
    "has only its last axis's first element": _each(lambda t: t[..., 0], 1),
}


def _swapped(exercise: str, did: Sequence[Deed], right: Sequence[Deed]) -> str | None:
    """Return two slots that hold each other's values, where nothing else is off."""
    if any(_kinds(d) != _kinds(r) for d, r in zip(did, right, strict=True)):
        return None
    got, want = ([slots_of(exercise, deed) for deed in deeds] for deeds in (did, right))
    names = sorted(set.intersection(*(set(slots) for slots in (*got, *want))))
    for a, b in combinations(names, 2):
        if all(same(g[a], w[b]) and same(g[b], w[a]) for g, w in zip(got, want, strict=True)):
            return f"{a} and {b} are swapped: each holds what belongs in the other."
    return None


def _kinds(deed: Deed) -> list[str]:
    """Return the types of what a call returned, in any order."""
    several = isinstance(deed.result, tuple | list)
    return sorted(type(part).__name__ for part in (deed.result if several else [deed.result]))


def _listed(names: Sequence[str]) -> str:
    """Return the subject of a sentence: "w.grad", "The result", "Each of w.grad and b.grad"."""
    if len(names) > 1:
        return f"Each of {in_a_row(names)}"
    return names[0].replace("the result", "The result")
