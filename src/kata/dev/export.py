"""`kata dev export FILE.jsonl`: the course's misconceptions and right answers as programs.

One JSON object a line; docs/misconceptions/schema.json says what is in it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from torch import Tensor

from kata.answers.signature import parameters
from kata.course import course, exercises
from kata.diagnosis.model import model_of
from kata.diagnosis.name import does, right_behaviour
from kata.diagnosis.observe import Deed, alike, numbers_in, same
from kata.diagnosis.outputs import slots_of
from kata.diagnosis.program import NotAlone, program_of, solution_alone, written_alone
from kata.diagnosis.recorded import written_of
from kata.grade import write_whole

SCHEMA = 1
MOST_NUMBERS = 64  # in the arguments of an example; a reader can still follow these
RIGHT = "right"

Entry = dict[str, Any]


def export(path: Path, names: Sequence[str] = ()) -> tuple[int, int, int]:
    """Write the file, and return how many wrong and right answers are in it, and were left out.

    names: the exercises; all of them without.

    Left out are those that need the grader's own modules. Raises OSError.
    """
    entries, left_out = [], 0
    with redirect_stdout(StringIO()):  # some of the wrong answers print
        for name in names or exercises():
            for made in (*_wrong(name), *_right(name)):
                try:
                    entries.append(made())
                except NotAlone:
                    left_out += 1
    write_whole(path, "".join(f"{json.dumps(entry)}\n" for entry in entries))
    wrong = sum(entry["kind"] == "misconception" for entry in entries)
    return wrong, len(entries) - wrong, left_out


def _wrong(name: str) -> Iterator[Callable[[], Entry]]:
    """Yield what makes the entry of each wrong answer."""
    if (model := model_of(name)) is not None:
        for choice in (choice for choice in model.singles if choice.habit is None):
            program = partial(program_of, choice, model)
            yield partial(_misconception, name, choice.sentence, program, model.does(choice))
        return
    for answer in written_of(name, course().mistakes):
        program = partial(written_alone, answer)
        yield partial(_misconception, name, answer.sentence or "", program, does(answer))


def _right(name: str) -> Iterator[Callable[[], Entry]]:
    """Yield what makes the entry of each right answer, the solution first."""
    if (model := model_of(name)) is not None:
        yield partial(_entry, RIGHT, name, partial(solution_alone, model))
    for answer in written_of(name, course().variants):
        yield partial(_entry, RIGHT, name, partial(written_alone, answer))


def _entry(kind: str, name: str, program: Callable[[], str]) -> Entry:
    text = program()
    return {
        "schema": SCHEMA,
        "kind": kind,
        "id": hashlib.sha256(f"{name}\n{text}".encode()).hexdigest()[:12],
        "exercise": name,
        "chapter": exercises()[name].chapter,
        "program": text,
    }


def _misconception(
    name: str, sentence: str, program: Callable[[], str], did: Iterable[Deed]
) -> Entry:
    pairs = list(zip(did, right_behaviour(name), strict=True))
    return {
        **_entry("misconception", name, program),
        "sentence": sentence,
        "probes": [_in_words(name, got, want) for got, want in pairs],
        "example": _example(name, pairs),
    }


def _in_words(name: str, got: Deed, want: Deed) -> str:
    """Return what an answer does on a probe, beside what is right."""
    if alike([got], [want]):
        return RIGHT
    if got.stopped:
        return f"stops: {got.stopped}"
    has, should = slots_of(name, got), slots_of(name, want)
    off = [words for slot in should if (words := _slot(slot, has.get(slot), should[slot]))]
    off += [f"{slot} should not be there" for slot in has if slot not in should]
    return "; ".join(off) or "differs in another way"


def _slot(slot: str, got: Any, want: Any) -> str:
    if got is None:
        return f"{slot} is missing"
    if not isinstance(got, Tensor):  # the summary of random numbers
        return "" if same(got, want) else f"{slot} is distributed in another way"
    if got.shape != want.shape:
        return f"{slot} has shape {list(got.shape)}, not {list(want.shape)}"
    if got.dtype != want.dtype:
        return f"{slot} is {got.dtype}, not {want.dtype}".replace("torch.", "")
    return "" if same(got, want) else f"{slot} has other values"


def _example(name: str, pairs: Sequence[tuple[Deed, Deed]]) -> Entry | None:
    """Return the smallest call that shows the mistake in values, in numbers; None of no such."""
    wrong = [
        (got, want)
        for got, want in pairs
        if type(want.args) is tuple and not got.stopped and not alike([got], [want])
    ]
    found = min(wrong, key=lambda pair: numbers_in(pair[1].args), default=None)
    if found is None or numbers_in(found[1].args) > MOST_NUMBERS:
        return None
    got, want = found
    has, should = slots_of(name, got), slots_of(name, want)
    names = [parameter.name for parameter in parameters(name)]
    return {
        "arguments": {n: _plain(a) for n, a in zip(names, want.args, strict=False)},
        "upstream": {
            f"{n}.grad": _plain(a.grad)
            for n, a in zip(names, want.args, strict=False)
            if n == "out" and isinstance(a, Tensor) and a.grad is not None
        },
        "right": {slot: _plain(value) for slot, value in should.items()},
        "got": {slot: _plain(value) for slot, value in has.items()},
    }


def _plain(value: Any) -> Any:
    """Return numbers as JSON has them; nan and infinity as text."""
    if isinstance(value, Tensor):
        return _plain(value.detach().tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return str(value)
    return value if isinstance(value, bool | int | float | str | type(None)) else repr(value)
