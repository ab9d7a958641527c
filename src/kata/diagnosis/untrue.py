"""Sentences to choose from beside the true one: each is false of the wrong answer that is shown."""

import random
import time
from collections import defaultdict

from kata.diagnosis.model import Choice, Model
from kata.diagnosis.observe import alike, same
from kata.diagnosis.outputs import slots_of

SECONDS = 1.0  # of processor time for the nearest of them; enough are looked for in any case


def untrue_of(drawn: Choice, model: Model, most: int, chance: random.Random) -> list[str]:
    """Return some sentences that are false of a choice's answer, in a random order.

    Those that move the same results come first, as the failure says which are wrong.
    """
    by_sentence: defaultdict[str, list[Choice]] = defaultdict(list)
    for choice in model.choices:
        if choice.habit is None and choice.sentence != drawn.sentence:
            by_sentence[choice.sentence].append(choice)
    sentences = list(by_sentence)
    chance.shuffle(sentences)
    near: list[str] = []
    far: list[str] = []
    end = time.process_time() + SECONDS
    for sentence in sentences:
        is_late = time.process_time() > end
        if len(near) >= most or (is_late and len(near) + len(far) >= most):
            break
        seen = [choice for choice in by_sentence[sentence] if model.shows(choice)]
        if seen and not any(is_true_too(choice, drawn, model) for choice in seen):
            (near if model.moves(seen[0]) == model.moves(drawn) else far).append(sentence)
    return [*near, *far][:most]


def is_true_too(choice: Choice, drawn: Choice, model: Model) -> bool:
    """Return whether what is said of a choice holds for the drawn one as well.

    It does where both give the same wherever one of them is wrong: then the one is a part of the
    other, or a more general case of it. So it does where they give the same wrong values for one
    result or gradient. As soon as nothing of that is left, no more probes are looked at.
    """
    is_part = is_whole = True
    shared = set(model.moves(drawn))
    calls = zip(model.does(choice), model.does(drawn), model.right, strict=True)
    for own, did, right in calls:
        if not alike([own], [did]):
            is_part = is_part and alike([own], [right])
            is_whole = is_whole and alike([did], [right])
            here, there = slots_of(model.exercise, own), slots_of(model.exercise, did)
            shared = {s for s in shared if _are_same(here.get(s), there.get(s))}
        if not (is_part or is_whole or shared):
            return False
    return True


def _are_same(one: object, other: object) -> bool:
    return one is other is None or same(one, other)
