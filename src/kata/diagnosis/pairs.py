"""Two choices at once: which pairs are worth a look, by a figure of each of the first probes.

The look is bounded by counted calls, never by a clock: then every road says the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations, combinations_with_replacement, count
from typing import TYPE_CHECKING, Any

from torch import Tensor

from kata.answers.trace import tensors_in
from kata.diagnosis.observe import Deed, Fits, Via, alike, probes_on, way_of, way_of_error
from kata.diagnosis.summary import Randomly
from kata.diagnosis.told import choosing
from kata.diagnosis.wrapping import copied, each

if TYPE_CHECKING:
    from kata.diagnosis.model import Choice, Model

NEAR = 1e-3  # of two figures; far above float32's rounding of a sum
ROUNDING = 1e-6  # of a figure that is 0
FIRST = 10  # probes whose figures are compared before a pair is looked at in full
# Calls of one look for pairs. A call for a figure costs some 60 us of processor time, and only the
# first time; one under watch, of which a copy records gradients, as much as LOOK of them. So 36,000
# are about 2.2 s. lin_grad's 370 choices make 68,000 pairs, but a slot that only one of two moves
# must be what that one gives, which leaves a few thousand; mse, all in one slot, keeps 14,000.
MOST_CALLS = 36_000
LOOK = 10

Figure = float | str  # of what a call gave, or the way in which it went wrong


class Pairs:
    """The pairs of a model's choices, and the figure of each pair tried so far."""

    def __init__(self, model: "Model") -> None:
        self.model = model
        self._figures: dict[tuple[Choice, Choice, int], Figure] = {}

    def of(self, did: Sequence[Deed], fits: Fits = alike) -> "Iterator[tuple[Choice, Choice]]":
        """Yield the pairs that fit, in order, while calls last."""
        return self._that_fit(did, fits, self._worth_a_try(did))

    def that_mix(self, did: Sequence[Deed]) -> "Iterator[tuple[Choice, Choice]]":
        """Yield the same of pairs of which one puts the other's result in another place, or goes
        on from what the other one has changed.
        """
        return self._that_fit(did, alike, self._mixing(did))

    def _that_fit(
        self, did: Sequence[Deed], fits: Fits, pairs: "Iterable[tuple[Choice, Choice]]"
    ) -> "Iterator[tuple[Choice, Choice]]":
        """Yield those of some pairs that fit, while calls last.

        What is of another form than it should be comes from one that makes it so. A look counts,
        done already or not, so that every road counts the same.
        """
        model, is_odd = self.model, self.model.is_odd(did)
        marks = self._marks(did)
        calls = 0
        for a, b in pairs:
            if (model.makes_odd(a) or model.makes_odd(b)) != is_odd:
                continue
            for k, mark in marks.items():
                calls += LOOK if isinstance(did[k].args, Via) else 1
                if not (_is_drawn(did) or _near(self._figure(a, b, k), mark)):
                    break
            else:
                looks = count()
                if fits(did, (deed for deed, _ in zip(model.does(a, b), looks, strict=False))):
                    yield a, b
                calls += LOOK * next(looks)
            if calls >= MOST_CALLS:
                return

    def _marks(self, did: Sequence[Deed]) -> dict[int, Figure]:
        """Return the figures of the first probes; of all where one is but true or false, or that
        a call was stopped.

        Those on which the answer is wrong come first: most pairs do something else there.
        """
        is_bit = all(deed.stopped or isinstance(deed.result, bool | None) for deed in did)
        marks = {
            k: deed.stopped or figure(deed.result, deed.args)
            for k, deed in enumerate(did if is_bit else did[:FIRST])
            if k == 0 or (deed.ordinary and not isinstance(deed.args, Via | Randomly))
        }
        right = self.model.right
        return dict(sorted(marks.items(), key=lambda mark: alike([did[mark[0]]], [right[mark[0]]])))

    def _worth_a_try(self, did: Sequence[Deed]) -> "Iterator[tuple[Choice, Choice]]":
        """Yield pairs that move the wrong slots and no other.

        A slot that only one of the two moves must be as that one by itself has it.
        """
        off = self.model.slots_off(did)
        groups: dict[frozenset[str], list[Choice]] = {}
        for choice in self._within(off):
            groups.setdefault(self.model.moves(choice), []).append(choice)
        for one, other in combinations_with_replacement(groups, 2):
            if one | other == off:
                firsts = [c for c in groups[one] if self._gives(c, one - other, did)]
                seconds = [c for c in groups[other] if self._gives(c, other - one, did)]
                for place, a in enumerate(firsts):
                    for b in seconds[place + 1 :] if one == other else seconds:
                        if are_two_faults(a, b):
                            yield a, b

    def _mixing(self, did: Sequence[Deed]) -> "Iterator[tuple[Choice, Choice]]":
        """Yield pairs that together move the wrong slots, whichever of the two each is moved by."""
        off, moves = self.model.slots_off(did), self.model.moves
        for a, b in combinations(self._within(off), 2):
            if moves(a) | moves(b) == off and are_two_faults(a, b, both_build=True):
                yield a, b

    def _within(self, off: frozenset[str]) -> "list[Choice]":
        """Return the choices, but for those written out, that move some of these slots alone."""
        model = self.model
        return [c for c in model.singles if c.written is None and model.moves(c) <= off]

    def _gives(self, choice: "Choice", slots: frozenset[str], did: Sequence[Deed]) -> bool:
        return all(self.model.gives(choice, slot, did) for slot in slots)

    def _figure(self, a: "Choice", b: "Choice", k: int) -> Figure:
        if (a, b, k) not in self._figures:
            self._figures[a, b, k] = self._try(a, b, self._probes[k])
        return self._figures[a, b, k]

    def _try(self, a: "Choice", b: "Choice", probe: tuple[Any, ...]) -> Figure:
        """Call on a probe, without the watch of an Answer where there is no dialogue."""
        answer, args = self.model.answer(a, b), each(tuple(probe), copied)
        if isinstance(probe, Via):
            outcome = answer.attempt(args, via=probe.via, may_change=probe.may_change)
            stopped = outcome.stopped
            return way_of(stopped) if stopped else figure(outcome.returned, args)
        try:
            with choosing(answer.sites):
                return figure(answer.function(*args), args)
        except Exception as error:
            return way_of_error([kind.__name__ for kind in type(error).__mro__], str(error))

    @cached_property
    def _probes(self) -> list[tuple[Any, ...]]:
        return list(probes_on(self.model.exercise))


def are_two_faults(a: "Choice", b: "Choice", both_build: bool = False) -> bool:
    """Return whether two choices are two faults: not two habits, nor two ways to write the same
    name.

    x.square() and then .sqrt() would be taken for x.abs(). But `mask = out > 0` and then
    `mask = ~mask` are two faults: the first does not build on what is right. both_build: whether
    they are two where each builds on it.
    """
    one, other = a.site, b.site
    if one is None or other is None:
        return one is not other and a.sentence != b.sentence
    if one.is_outside or other.is_outside or one is other or a.sentence == b.sentence:
        return False
    if both_build and one.builds and other.builds:
        return True
    return not one.sets or one.sets != other.sets or one.builds != other.builds


def figure(result: Any, args: Sequence[Any]) -> float:
    """Return one number, close for two calls that do the same."""
    grads = [arg.grad for arg in args if isinstance(arg, Tensor) and arg.grad is not None]
    tensors = [*tensors_in(result), *grads]
    numbers = [float(result)] if isinstance(result, bool | int | float) else []
    return sum(
        (float(t.detach().double().nan_to_num().abs().sum()) for t in tensors), start=sum(numbers)
    )


def _near(a: Figure, b: Figure) -> bool:
    if isinstance(a, str) or isinstance(b, str) or a == b:  # both may be infinite
        return a == b
    return abs(a - b) <= NEAR * abs(b) + ROUNDING


def _is_drawn(did: Sequence[Deed]) -> bool:
    """Return whether the results are random, so that one number tells nothing."""
    return isinstance(did[0].args, Randomly)
