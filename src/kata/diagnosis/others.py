"""Other right answers to an exercise that has passed, and what each costs.

They are the unusual ones of variants/. What an answer costs is counted, so that it is the same on
every machine: the operations that reach torch's kernels, and the bytes of new tensors.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from typing import Any

from kata.answers.call import Answer
from kata.course import course
from kata.diagnosis.observe import probes_on
from kata.diagnosis.program import NotAlone, written_alone
from kata.diagnosis.recorded import Recorded, written_of
from kata.diagnosis.wrapping import copied, each

MOST = 2
ALIKE = 0.9  # of the words of two texts: who wrote this has nothing new to see


def others_than(answer: Answer, texts: Sequence[str]) -> dict[str, Any]:
    """Return what an answer costs, and some right ones that read least like it.

    texts: of the answer, and of what else is known. Each other one has its program as text, and its
    cost.
    """
    seen, chosen = list(texts), list[dict[str, Any]]()
    left = _programs(answer.name)
    while left and len(chosen) < MOST:
        text = min(left, key=lambda text: _likest(text, seen))
        if _likest(text, seen) > ALIKE:
            break
        chosen.append({"text": text, **cost_of(left.pop(text).answer)})
        seen.append(text)
    return {**cost_of(answer), "others": chosen}


def cost_of(answer: Answer) -> dict[str, int]:
    """Return the operations of the first probe's call, and the most bytes of new tensors.

    Nothing where the call comes to no end.
    """
    probe = next(probes_on(answer.name), None)
    if probe is None:
        return {}
    via, may_change = getattr(probe, "via", None), getattr(probe, "may_change", ())
    args = each(tuple(probe), copied)
    outcome = answer.attempt(args, trace=True, via=via, may_change=may_change)
    if outcome.stopped is not None or outcome.trace is None:
        return {}
    return {"operations": outcome.trace.operations, "bytes": outcome.trace.peak}


def _likest(text: str, seen: Sequence[str]) -> float:
    """Return how alike a text is to the likest of others, from 0 to 1."""
    return max(SequenceMatcher(None, _words(text), _words(s)).ratio() for s in seen)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\S", text)


def _programs(exercise: str) -> dict[str, Recorded]:
    """Return the other right answers that can be read without our modules, by their programs."""
    found: dict[str, Recorded] = {}
    for one in written_of(exercise, course().variants):
        with suppress(NotAlone):
            found[written_alone(one)] = one
    return found
