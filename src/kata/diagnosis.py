"""Which mistake is it? The answer's behaviour on the probes, against every recorded mistake's."""

from collections.abc import Iterator
from functools import cache

from kata import recognise
from kata.answer import Answer
from kata.behaviour import (
    Deed,
    alike,
    alike_but_for_words,
    alike_in_any_order,
    alike_on_ordinary_numbers,
    behaviour,
    deeds,
)
from kata.catalogue import SOLUTIONS, exercises
from kata.load import solution_to
from kata.recorded import Recorded, mistakes_of

MOST_SHOWN = 2  # sentences that fit equally; more of them would be guessing


@cache
def diagnose(answer: Answer) -> str | None:
    """The sentence that names the mistake in a refused answer, or None where none is recognised.

    An answer is looked at once, however many tests refuse it.

    It never guesses: where recorded mistakes with different sentences fit, all are shown.
    """
    did = behaviour(answer)
    if not did or alike(did, right_behaviour(answer.name)):
        return None
    ways = dict.fromkeys((alike, alike_in_any_order, alike_but_for_words), MOST_SHOWN)
    if not alike_on_ordinary_numbers(did, right_behaviour(answer.name)):
        ways[alike_on_ordinary_numbers] = 1
    for fits, most in ways.items():
        fitting = dict.fromkeys(
            mistake.sentence or ""
            for mistake in mistakes_of(answer.name)
            if fits(did, does(mistake))
        )
        if 0 < len(fitting) <= most:
            return "\n  or: ".join(fitting)
    return recognise.general(answer.name, did, right_behaviour(answer.name))


@cache
def right_behaviour(exercise: str) -> list[Deed]:
    """What the solution does on the probes."""
    chapter = exercises()[exercise].chapter
    return behaviour(Answer(exercise, solution_to(exercise), SOLUTIONS / f"{chapter}.py"))


@cache
def does(mistake: Recorded) -> "Lazily":
    """What a recorded mistake does on the probes."""
    return Lazily(deeds(mistake.answer))


class Lazily:
    """Deeds that are done when they are first looked at: most mistakes differ on the first."""

    def __init__(self, deeds: Iterator[Deed]) -> None:
        self._coming = deeds
        self._done: list[Deed] = []

    def __iter__(self) -> Iterator[Deed]:
        yield from self._done
        for deed in self._coming:
            self._done.append(deed)
            yield deed
