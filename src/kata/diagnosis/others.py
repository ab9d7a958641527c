"""Other right answers to an exercise that has passed, and what each costs.

They are the unusual ones of variants/. What an answer costs is counted, so that it is the same on
every machine: the operations that reach torch's kernels, and the bytes of new tensors.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from kata.answers.call import Answer
from kata.course import course, definitions, exercises
from kata.diagnosis.observe import probes_on
from kata.diagnosis.recorded import Recorded, written_of
from kata.diagnosis.wrapping import copied, each

MOST = 2
ALIKE = 0.9  # of the words of two texts: who wrote this has nothing new to see


def others_than(answer: Answer, texts: Sequence[str]) -> dict[str, Any]:
    """Return what an answer costs, and some right ones that read least like it.

    texts: of the answer, and of what else is known. Each other one has its text and its cost.
    """
    seen, chosen = list(texts), list[dict[str, Any]]()
    left = {text: one for one in written_of(answer.name, course().variants) for text in _text(one)}
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


def _text(one: Recorded) -> Iterator[str]:
    """Yield a recorded answer as a learner would have written it, where it stands by itself."""
    tree = ast.parse(text := one.path.read_text("utf-8"))
    beside = {node.name for node in definitions(tree)}
    node = next((node for node in definitions(tree) if node.name == one.name), None)
    if node is None or {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & beside:
        return
    lines = text.split("\n")[node.lineno - 1 : node.end_lineno]
    is_instance = isinstance(node, ast.ClassDef) and not exercises()[one.exercise].is_class
    if not is_instance:
        lines[0] = lines[0].replace(one.name, one.exercise, 1)
    yield "\n".join(lines)
