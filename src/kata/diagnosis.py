"""Which mistake is it? The answer's behaviour on the probes, against every recorded mistake's."""

from functools import cache

from kata import recognise
from kata.answer import Answer
from kata.behaviour import Deed, alike, behaviour
from kata.catalogue import SOLUTIONS, exercises
from kata.load import solution_of
from kata.recorded import mistakes_of


@cache
def diagnose(answer: Answer) -> str | None:
    """The sentence that names the mistake in a refused answer, or None where none is recognised.

    An answer is looked at once, however many tests refuse it.

    It never guesses: where recorded mistakes with different sentences fit, all are shown.
    """
    did = behaviour(answer)
    if not did or alike(did, right_behaviour(answer.name)):
        return None
    fitting = [said for said, behaved in known_behaviours(answer.name) if alike(did, behaved)]
    if fitting:
        return "\n  or: ".join(dict.fromkeys(fitting))
    return recognise.general(answer.name, did, right_behaviour(answer.name))


@cache
def right_behaviour(exercise: str) -> list[Deed]:
    """What the solution does on the probes."""
    chapter = exercises()[exercise].chapter
    function = getattr(solution_of(chapter), exercise)
    return behaviour(Answer(exercise, function, SOLUTIONS / f"{chapter}.py"))


@cache
def known_behaviours(exercise: str) -> list[tuple[str, list[Deed]]]:
    """Each recorded mistake's sentence, and what it does on the probes, where that shows it."""
    found = [(m.sentence or "", behaviour(m.answer)) for m in mistakes_of(exercise)]
    right = right_behaviour(exercise)
    return [(said, behaved) for said, behaved in found if not alike(behaved, right)]
