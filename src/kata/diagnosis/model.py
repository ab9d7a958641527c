"""Every way in which a told solution goes wrong, one choice or two, and which of them an answer is.

A reading is one or more choices that together do what the answer did, on every probe: it has been
run. Where more than two different things could be said, nothing is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any

from kata.answers.call import Answer, Outcome
from kata.course import course, exercises
from kata.diagnosis.habits import Habit, habits_of
from kata.diagnosis.lazily import Lazily
from kata.diagnosis.observe import (
    MOST_SHOWN,
    WAYS_TO_FIT,
    Deed,
    alike,
    alike_on_ordinary_numbers,
    deeds,
    form_of,
    is_finite,
    same,
)
from kata.diagnosis.outputs import slots_of
from kata.diagnosis.pairs import Pairs
from kata.diagnosis.recorded import Recorded, module_at, written_of
from kata.diagnosis.told import Site, Told, assert_all_told, choosing, told_as
from kata.diagnosis.unseen import unseen_of
from kata.refusal import AND

OR = "\n  or: "  # between readings of which one holds
MOST_A_SLOT = 4  # choices that explain one slot equally, tried with those of the other slots


@dataclass(frozen=True, eq=False)
class Choice:
    """One way to go wrong: a site with one of its values, a habit, or a mistake written out."""

    name: str
    sentence: str
    site: Site | None = None
    value: int = 0
    habit: Habit | None = None
    written: Recorded | None = None


Reading = tuple[Choice, ...]


class Chosen(Answer):
    """A told solution with some of its choices made, however it is called."""

    def __init__(self, exercise: str, told: Told, choices: Iterable[Choice]) -> None:
        self.choices = tuple(choices)
        function = told.value
        for choice in self.choices:
            if choice.habit is not None:
                function = choice.habit.wrap(function)
            if choice.written is not None:
                function = choice.written.function
        super().__init__(exercise, function, told.path)
        self.function = function
        self.sites = {c.site.number: c.value for c in self.choices if c.site is not None}

    def attempt(self, *args: Any, **kwargs: Any) -> Outcome:
        """Call it with its sites chosen."""
        with choosing(self.sites):
            return super().attempt(*args, **kwargs)


class Model:
    """An exercise's told solution, and what each choice looked at so far does."""

    def __init__(self, exercise: str, told: Told) -> None:
        self.exercise, self.told = exercise, told
        self.sites = [choice for site in told.all_sites for choice in _choices_at(site, told)]
        self.habits = [
            Choice(f"habit: {habit.name}", habit.sentence, habit=habit)
            for habit in habits_of(exercise)
        ]
        self.written = [
            Choice(mistake.name, mistake.sentence or "", written=mistake)
            for mistake in written_of(exercise, course().mistakes)
        ]
        self._observed: dict[frozenset[Choice], Lazily] = {}
        self._counts: dict[Choice, bool] = {}
        self._moved: dict[Choice, frozenset[str]] = {}
        self._odd: dict[Choice, bool] = {}
        self._pairs = Pairs(self)

    @cached_property
    def right(self) -> list[Deed]:
        """Return what it does with nothing chosen."""
        return list(self.does())

    @cached_property
    def singles(self) -> list[Choice]:
        """Return the choices that show on some probe; of habits, those that no site outdoes.

        A site's words are about this exercise, and so say more than a habit's.
        """
        return [choice for choice in self.choices if self.counts(choice)]

    @property
    def choices(self) -> list[Choice]:
        """Return all of them, whether they show or not."""
        return [*self.sites, *self.written, *self.habits]

    def counts(self, choice: Choice) -> bool:
        """Return whether a choice is one of the singles; found out once."""
        if choice not in self._counts:
            told = [] if choice.habit is None else [*self.sites, *self.written]
            self._counts[choice] = self.shows(choice) and not any(
                self.do_the_same(choice, other) for other in told if self.counts(other)
            )
        return self._counts[choice]

    def shows(self, choice: Choice) -> bool:
        """Return whether a choice shows on some probe."""
        return not alike(self.does(choice), self.right)

    def do_the_same(self, one: Choice, other: Choice) -> bool:
        """Return whether no probe tells two choices apart."""
        return alike(self.does(one), self.does(other))

    def does(self, *choices: Choice) -> Lazily:
        """Return what comes of some choices together."""
        key = frozenset(choices)
        if key not in self._observed:
            answer = self.answer(*choices)
            self._observed[key] = Lazily(lambda: deeds(answer))
        return self._observed[key]

    def answer(self, *choices: Choice) -> Chosen:
        """Return the answer that some choices make."""
        return Chosen(self.exercise, self.told, choices)

    def single(self, did: Sequence[Deed]) -> list[Reading]:
        """Return the readings of one choice."""
        for fits in WAYS_TO_FIT:
            found = _readings((c,) for c in self.singles if fits(did, self.does(c)))
            if 0 < len(found) <= MOST_SHOWN:
                return found
        return []

    def on_ordinary_numbers(self, did: Sequence[Deed]) -> list[Reading]:
        """Return the one choice that fits where no number is large, nan or infinite."""
        fits = alike_on_ordinary_numbers
        if fits(did, self.right):
            return []
        found = _readings((c,) for c in self.singles if fits(did, self.does(c)))
        return found if len(found) == 1 else []

    def pairs_on_ordinary_numbers(self, did: Sequence[Deed]) -> list[Reading]:
        """Return the one pair of choices that fits there."""
        fits = alike_on_ordinary_numbers
        if fits(did, self.right):
            return []
        found = self._least(self._pairs.of(did, fits))
        return self._most_seen_first(found) if len(found) == 1 else []

    def slot_by_slot(self, did: Sequence[Deed]) -> list[Reading]:
        """Return one choice for each wrong slot, where each slot by itself has been explained."""
        off = sorted(self.slots_off(did))
        explained = [
            {
                c.sentence: c
                for c in self.singles
                if slot in self.moves(c) and self.gives(c, slot, did)
            }
            for slot in off
        ]
        if len(off) < 2 or any(len(choices) > MOST_A_SLOT for choices in explained):
            return []
        ways = product(*(by_sentence.values() for by_sentence in explained))
        several = (tuple(dict.fromkeys(choices)) for choices in ways)
        return self._least(choices for choices in several if alike(did, self.does(*choices)))

    def pairs(self, did: Sequence[Deed]) -> list[Reading]:
        """Return the readings of two choices that neither hide nor repeat each other."""
        return self._without_guesses(self._least(self._pairs.of(did)), did)

    def mixed(self, did: Sequence[Deed]) -> list[Reading]:
        """Return the readings of two choices of which one changes what the other has made."""
        return self._without_guesses(self._least(self._pairs.that_mix(did)), did)

    def _without_guesses(self, found: Iterable[Reading], did: Sequence[Deed]) -> list[Reading]:
        kept = _readings(tuple(c for c in cs if not self._is_guess(c, cs, did)) for cs in found)
        return self._most_seen_first(kept)

    def _most_seen_first(self, found: Iterable[Reading]) -> list[Reading]:
        """Return readings whose choices come in the order in which they matter: first the one that
        shows on the most probes of finite numbers.
        """

        def seen_on(choice: Choice) -> int:
            deeds = zip(self.does(choice), self.right, strict=True)
            return sum(not alike([a], [b]) for a, b in deeds if is_finite(b.args))

        return [tuple(sorted(choices, key=seen_on, reverse=True)) for choices in found]

    def _is_guess(self, choice: Choice, reading: Reading, did: Sequence[Deed]) -> bool:
        """Return whether another choice would do as well, where the other of two stops most calls.

        A gradient that is transposed is also one that is reshaped where only square ones are seen.
        """
        calls = list(zip(did, self.does(choice), strict=True))
        if not any(deed.stopped and not own.stopped for deed, own in calls):
            return False
        seen: dict[str, list[int]] = defaultdict(list)  # on which probes the answer set a slot
        for i, deed in enumerate(did):
            for slot in slots_of(self.exercise, deed):
                seen[slot].append(i)

        def off(one: Choice) -> set[str]:
            pairs = enumerate(zip(self.does(one), self.right, strict=True))
            return {s for i, pair in pairs for s in self._differing(*pair) if i in seen[s]}

        own = off(choice).difference(*(off(other) for other in reading if other is not choice))
        return bool(own) and any(
            off(other) == own and all(self.gives(other, slot, did, seen[slot]) for slot in own)
            for other in self.singles
            if other.sentence != choice.sentence and other not in reading
        )

    def _least(self, several: Iterable[Reading]) -> list[Reading]:
        """Return those that hide the least; none where that is more than can be said."""
        fitting = list(several)
        least = min(map(self._reach, fitting), default=0)
        found = _readings(choices for choices in fitting if self._reach(choices) == least)
        return found if len(found) <= MOST_SHOWN else []

    def _reach(self, choices: Reading) -> int:
        """Return how many slots the choices move, each by itself: the less, the less is hidden."""
        return sum(len(self.moves(choice)) for choice in choices)

    def moves(self, choice: Choice) -> frozenset[str]:
        """Return the slots that a choice moves away from what is right."""
        if choice not in self._moved:
            self._moved[choice] = self.slots_off(list(self.does(choice)))
        return self._moved[choice]

    def makes_odd(self, choice: Choice) -> bool:
        """Return whether what comes of a choice is of another form than what is right."""
        if choice not in self._odd:
            self._odd[choice] = self.is_odd(self.does(choice))
        return self._odd[choice]

    def is_odd(self, did: Iterable[Deed]) -> bool:
        """Return whether a result or gradient is of another type, shape or dtype than is right, or
        there is none.
        """
        return any(form_of(deed) != form_of(r) for deed, r in zip(did, self.right, strict=True))

    def slots_off(self, did: Sequence[Deed]) -> frozenset[str]:
        """Return the slots in which an answer differs from what is right, on some probe."""
        pairs = zip(did, self.right, strict=True)
        return frozenset(slot for a, b in pairs for slot in self._differing(a, b))

    def _differing(self, deed: Deed, right: Deed) -> set[str]:
        """Return the slots in which one call differs from what is right."""
        has, should = slots_of(self.exercise, deed), slots_of(self.exercise, right)
        off = {s for s in has if s not in should or not same(has[s], should[s])}
        return off | (should.keys() - has.keys())

    def gives(
        self, choice: Choice, slot: str, did: Sequence[Deed], on: Sequence[int] | None = None
    ) -> bool:
        """Return whether a choice gives what was found in one slot, on every probe, or on some."""
        found = (
            (slots_of(self.exercise, a).get(slot), slots_of(self.exercise, b).get(slot))
            for i, (a, b) in enumerate(zip(did, self.does(choice), strict=True))
            if on is None or i in on
        )
        return all(a is b is None or same(a, b) for a, b in found)


def say(readings: Sequence[Reading]) -> str | None:
    """Put readings into words; None where there is none."""
    told = [AND.join(dict.fromkeys(c.sentence for c in cs)) for cs in readings]
    return OR.join(told) or None


@cache
def told_of(exercise: str) -> Told | None:
    """Return the told solution of an exercise; None where there is none yet."""
    path = course().mistakes / f"{exercises()[exercise].chapter}.py"
    found = told_as(vars(module_at(path)).get(exercise))
    if found is not None:
        assert_all_told(path)
    return found


@cache
def model_of(exercise: str) -> Model | None:
    """Return the model of an exercise, one for the process; None where it is not told yet."""
    told = told_of(exercise)
    return Model(exercise, told) if told is not None else None


def recorded_of(exercise: str, folder: Path) -> list[Recorded]:
    """Return a folder's answers to one exercise, habits last.

    Among the mistakes are those that the told solution makes: one for each site, value and habit
    that shows on a probe, and for each habit that none shows (kata.diagnosis.unseen).
    """
    written = written_of(exercise, folder)
    model = model_of(exercise) if folder == course().mistakes else None
    if model is None:
        return written
    told = [choice for choice in model.singles if choice.written is None]
    told += [Choice(f"unseen: {h.name}", h.sentence, habit=h) for h in unseen_of(exercise)]
    found = [*(_recorded(model, choice) for choice in told), *written]
    return sorted(found, key=lambda recorded: recorded.is_habit)


def _recorded(model: Model, choice: Choice) -> Recorded:
    made = model.answer(choice)
    return Recorded(
        model.exercise,
        choice.name,
        made.function,
        choice.sentence,
        model.told.path,
        lambda: model.answer(choice),
        is_habit=choice in model.habits,
    )


def _choices_at(site: Site, told: Told) -> list[Choice]:
    """Return a site's choices, with names that say where: "line 57", "line 57: 0.01"."""
    where = f"line {site.line}" if site.path == told.path else f"{site.path.stem} line {site.line}"
    if not site.values:
        return [Choice(where, site.sentence, site)]
    texts = site.texts
    return [Choice(f"{where}: {text}", site.sentence, site, i) for i, text in enumerate(texts)]


def _readings(found: Iterable[Reading]) -> list[Reading]:
    """Return the first of those that say the same."""
    by_words: dict[frozenset[str], Reading] = {}
    for choices in found:
        by_words.setdefault(frozenset(c.sentence for c in choices), choices)
    return list(by_words.values())
