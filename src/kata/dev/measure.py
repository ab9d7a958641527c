"""Measure how many of a chapter's old records its told solutions reach.

`python -m kata.dev.measure CHAPTER [--old FILE]`: FILE holds the old records, for example from
`git show house:mistakes/ch05_loss.py > /tmp/old.py`; without it those still in the chapter's own
file count. It goes when all chapters are told.
"""

import argparse
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from kata.course import course, exercises_of
from kata.diagnosis import general
from kata.diagnosis.model import Model, model_of, say
from kata.diagnosis.name import ONLY_SOMETIMES, explain
from kata.diagnosis.observe import Deed, alike, behaviour
from kata.diagnosis.polite import made_polite
from kata.diagnosis.recorded import Recorded, written_in

WAYS = ("one choice", "slot by slot", "in general", "two choices", "it is right only ...")


def main() -> None:
    """Measure a chapter, exercise by exercise."""
    parser = argparse.ArgumentParser(prog="python -m kata.dev.measure")
    parser.add_argument("chapter")
    parser.add_argument("--old", type=Path, help="a file of the old records")
    parser.add_argument("--all", action="store_true", help="list every record")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # a recorded mistake may do what torch warns of
    torch.set_num_threads(1)
    old = (given.old or course().mistakes / f"{given.chapter}.py").resolve()
    for exercise in exercises_of(given.chapter):
        model = model_of(exercise)
        if model is None:
            print(f"== {exercise}: not told yet")
            continue
        _report_model(model)
        _report_records(model, [r for r in written_in(old) if r.exercise == exercise], given.all)


def _report_model(model: Model) -> None:
    model.written.clear()  # the old records are what is measured
    took, singles = _timed(lambda: model.singles)
    print(
        f"== {model.exercise}: {len(model.sites)} choices at sites, {len(model.habits)} habits, of "
        f"which {len(singles)} show; the first look took {took:.1f} s of processor time"
    )
    for choice in model.sites:
        if choice not in singles:
            print(f"   no probe shows {choice.name}: {choice.sentence}")


def _report_records(model: Model, records: Iterable[Recorded], whole: bool) -> None:
    reached: Counter[str] = Counter()
    same_words, times = 0, {way: [0.0] for way in WAYS}
    for record in records:
        did = behaviour(record.answer)
        if alike(did, model.right) or not alike(did, behaviour(record.answer)):
            reached["unseen by a probe"] += 1
            continue
        how, said = "not at all", None
        if any(True for _ in made_polite(record.answer, did, model.right)):
            how, said = "bad manners", explain(record.answer, did, model)
        for way, look in zip(WAYS, _looks(model, did) if said is None else (), strict=False):
            took, found = _timed(look)
            times[way].append(took)
            if found:
                how, said = way, found
                break
        reached[how] += 1
        same_words += (record.sentence or "") in (said or "")
        if how != WAYS[0] or whole:
            print(f"   {how}: {record.name}\n      is   {record.sentence}\n      said {said}")
    seen = sum(reached.values()) - reached["unseen by a probe"]
    print(f"   {dict(reached)}, in the record's own words {same_words}")
    if seen:
        one = reached[WAYS[0]] + reached["bad manners"]
        named = one + reached[WAYS[1]] + reached[WAYS[3]]
        shares = f"one choice {one / seen:.1%}, one or two {named / seen:.1%}"
        print(f"   of {seen} that a probe can see: {shares}")
    ms = {way: [round(1000 * f(t)) for f in (statistics.median, max)] for way, t in times.items()}
    print(f"   ms of processor time, median and most: {ms}")


def _looks(model: Model, did: list[Deed]) -> list[Callable[[], Any]]:
    """What is tried in turn, as in kata.diagnosis.name."""
    fact = general.general(model.exercise, did, model.right)
    is_strong = fact is not None and not fact.startswith(ONLY_SOMETIMES)
    return [
        lambda: say(model.single(did)),
        lambda: say(model.slot_by_slot(did)),
        lambda: fact if is_strong else None,
        lambda: say(model.pairs(did)),
        lambda: fact,
    ]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


if __name__ == "__main__":
    main()
