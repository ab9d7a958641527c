"""Which mistake is it? The answer's behaviour on the probes, against every recorded mistake's."""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from functools import cache

from kata.answers.call import Answer
from kata.answers.limit import paused, show_life
from kata.answers.load import solution_to
from kata.answers.side_effects import IN_PLACE
from kata.course import course, exercises
from kata.diagnosis import edited
from kata.diagnosis import general as recognise
from kata.diagnosis.conditions import ONLY
from kata.diagnosis.lazily import Lazily
from kata.diagnosis.manners import made_polite, uncut_in_part
from kata.diagnosis.model import OR, Choice, Chosen, Model, model_of, say
from kata.diagnosis.observe import MOST_SHOWN, WAYS_TO_FIT, Deed, alike, behaviour, deeds
from kata.diagnosis.outputs import UPSTREAM, slots_of
from kata.diagnosis.plain import Odd
from kata.diagnosis.recorded import Recorded, written_of
from kata.refusal import AND

BUDGET = 60.0  # seconds of processor time for our own part of one diagnosis; see TooBusy


class TooBusy(Exception):
    """The mistake was not looked for to the end, since our own part of it takes too long."""


@cache
def diagnose(answer: Answer) -> str | None:
    """Return the sentence that names the mistake in a refused answer, or None where none is
    recognised.

    An answer is looked at once, however many tests refuse it. Only what is asked of the answer
    itself counts for a time limit around this; the rest is ours.

    It never guesses: where recorded mistakes with different sentences fit, all are shown.
    Raises TooBusy.
    """
    # of a chosen one all is ours, and to look at the clock for each call takes long
    with paused() if isinstance(answer, Chosen) else nullcontext():
        did = observed(answer)
        if not did:
            return None
        if (model := model_of(answer.name)) is not None:
            return _told(answer, did, model)
        with paused():
            return _recorded(answer.name, did)


@cache
def observed(answer: Answer) -> list[Deed]:
    """Return what an answer does on the probes; seen once."""
    if isinstance(answer, Chosen) and (model := model_of(answer.name)) is not None:
        return list(model.does(*answer.choices))
    return behaviour(answer)


@cache
def right_in(answer: Answer) -> tuple[str, ...]:
    """Return the results and gradients that are right on every probe, where others are wrong.

    None are where a call is stopped, since the order of the lines then decides which were set.
    """
    model, did = model_of(answer.name), observed(answer)
    if model is None or any(deed.stopped for deed in did):
        return ()
    off = model.slots_off(did)
    slots = dict.fromkeys(slot for deed in model.right for slot in slots_of(answer.name, deed))
    return tuple(slot for slot in slots if slot not in {*off, UPSTREAM}) if off else ()


def _recorded(exercise: str, did: list[Deed]) -> str | None:
    """Look among the recorded mistakes, then for something general."""
    ours, right = Budget(BUDGET), right_behaviour(exercise)
    if alike(did, right):
        return None
    for fits in WAYS_TO_FIT:
        fitting = dict.fromkeys(
            mistake.sentence or ""
            for mistake in written_of(exercise, course().mistakes)
            if fits(did, ours.spent_on(does(mistake)))
        )
        if 0 < len(fitting) <= MOST_SHOWN:
            return OR.join(fitting)
    ours.look()
    fact = recognise.general(exercise, did, right)
    return fact if _says_what(fact) else OR.join(edited.readings(exercise, did)) or fact


def _told(answer: Answer, did: list[Deed], model: Model) -> str | None:
    """Say which of a told solution's mistakes it is; bad manners first, then what is left.

    The calls of the polite answer are the learner's, and count.
    """
    with paused():
        right = model.right
        if alike(did, right):
            return None
    for manner, rest in made_polite(answer, did, right):
        with paused():
            if manner != IN_PLACE and say(model.single(did)) not in (None, manner):
                break  # this tuple, or list of rows, has words of its own
            more = None if alike(rest, right) else _explain(rest, model)
        return _both(manner, more)
    with paused():
        if _says_what(said := _explain(did, model)):
            return said
        for manner, rest in uncut_in_part(model.exercise, did, right):
            return _both(manner, None if alike(rest, right) else _explain(rest, model))
        return said


def _both(manner: str, more: str | None) -> str:
    """Say a bad manner, and what is left where that is one thing."""
    return manner if more is None or OR in more else manner + AND + more


def _explain(did: list[Deed], model: Model) -> str | None:
    """Look for one choice, one for each slot, something general, one edit, and two choices.

    When it is right says less than what two choices do, so that comes last. What stops every call,
    or gives an object that no choice gives, shows no second fault.
    """
    is_stopped = all(deed.stopped or isinstance(deed.result, Odd) for deed in did)
    if said := say(model.single(did)):
        return said
    if not is_stopped and (said := say(model.slot_by_slot(did))):
        return said
    fact = recognise.general(model.exercise, did, model.right)
    if _says_what(fact):
        return fact
    if said := OR.join(edited.readings(model.exercise, did)):
        return said
    if not is_stopped and (said := say(model.pairs(did)) or _and_a_factor(did, model)):
        return said
    if said := say(model.on_ordinary_numbers(did)):
        return said
    if not is_stopped and (said := say(model.mixed(did) or model.pairs_on_ordinary_numbers(did))):
        return said
    return fact


def _and_a_factor(did: list[Deed], model: Model) -> str | None:
    """Look for a choice besides which something is too large or too small by one factor.

    One that is such a factor itself would only undo or repeat it, where it is of the same slots.
    """

    def is_another(choice: Choice, slots: Collection[str]) -> bool:
        does = [*model.does(choice)]
        is_factor = recognise.factor_besides(model.exercise, does, model.right) is not None
        return not is_factor or model.moves(choice).isdisjoint(slots)

    found = dict.fromkeys(
        choice.sentence + AND + factor[1]
        for choice in model.singles
        if (factor := recognise.factor_besides(model.exercise, did, model.does(choice)))
        and is_another(choice, factor[0])
    )
    return OR.join(found) if len(found) <= MOST_SHOWN else None


def _says_what(fact: str | None) -> bool:
    """Return whether a fact says what was done, and not only when it is right, or how far."""
    if fact is None:
        return False
    return not (fact.startswith(ONLY) or recognise.WHERE_DIGITS_GO in fact)


def preparing(exercise: str) -> Iterator[None]:
    """See step by step what every mistake of an exercise does, so far as tells most of them apart.

    What was seen is kept, also where the steps are not taken to the end.
    """
    right_behaviour(exercise)
    if (model := model_of(exercise)) is not None:
        for choice in model.choices:
            yield
            model.counts(choice)
        yield
        for choice in model.singles:
            yield
            model.moves(choice)
    else:
        for mistake in written_of(exercise, course().mistakes):
            yield
            next(iter(does(mistake)), None)
    yield from edited.preparing(exercise)


@cache
def right_behaviour(exercise: str) -> list[Deed]:
    """Return what the solution does on the probes."""
    chapter = exercises()[exercise].chapter
    with paused():
        return behaviour(Answer(exercise, solution_to(exercise), course().solution_of(chapter)))


@cache
def does(mistake: Recorded) -> Lazily:
    """Return what a recorded mistake does on the probes."""
    return Lazily(lambda: deeds(mistake.answer))


class Budget:
    """Processor time for work that is looked at between whole pieces, and so leaves none half done.

    By processor time, so that what is said does not depend on what else the machine does.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.process_time() + seconds

    def look(self) -> None:
        """Raise TooBusy where it is spent."""
        show_life()
        if time.process_time() > self._end:
            raise TooBusy

    def spent_on(self, pieces: Iterable[Deed]) -> Iterator[Deed]:
        """Hand on pieces. Raises TooBusy between two."""
        for piece in pieces:
            self.look()
            yield piece
