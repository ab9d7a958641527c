"""`kata show`: the first probe that an answer gets wrong, as numbers to be drawn.

A picture is plain JSON, since it comes from the process that ran the learner's code:
{"says": what to put under it, "call": the call that was made,
 "parts": [{"name", "got", "expected", "right", "note"}]}, where got and expected are matrices
(lists of rows, None for nan or infinity), or None where there is no such tensor.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.load import solution_to
from kata.answers.seeds import generators_kept
from kata.course import course
from kata.diagnosis.name import diagnose, right_behaviour
from kata.diagnosis.observe import Deed, alike, behaviour, same
from kata.diagnosis.outputs import UPSTREAM, slots_of
from kata.diagnosis.plain import plain
from kata.diagnosis.summary import Randomly

Matrix = list[list[float | None]]
MOST = 64  # rows and columns that are drawn


def picture_of(answer: Answer) -> dict[str, Any]:
    """Return the picture of an answer. Raises NotPassed where it cannot be called at all."""
    did, right = behaviour(answer), right_behaviour(answer.name)
    if not did:
        return {"says": f"{answer.name}: no probes are recorded for it, so there is no picture"}
    wrong = [(d, r) for d, r in zip(did, right, strict=True) if not alike([d], [r])]
    if not wrong:
        return {
            "says": f"{answer.name} does on every probe what is right; "
            f"`kata check {answer.name}` says whether it passes every test"
        }
    got, want = max(wrong, key=lambda pair: _tells(answer.name, *pair))
    if got.stopped:
        answer(*got.args)  # raises, and says it better
    mistake = diagnose(answer)
    return {
        "call": _call(answer.name, got.args),
        "parts": _parts(answer, got, want),
        "says": f"looks like: {mistake}" if mistake else "",
    }


def _tells(exercise: str, got: Deed, want: Deed) -> tuple[bool, bool, bool]:
    """Return how much a probe has to show: best is a result of the right shape with more than one
    row.
    """
    if isinstance(want.args, Randomly):
        return not got.stopped, True, True  # it is drawn again for a picture
    has, should = slots_of(exercise, got), slots_of(exercise, want)
    comparable = [k for k in should if k in has and has[k].shape == should[k].shape]
    matrices = [k for k in comparable if min(should[k].shape, default=1) > 1]
    return not got.stopped, bool(comparable), bool(matrices)


def _parts(answer: Answer, got: Deed, want: Deed) -> list[dict[str, Any]]:
    random = isinstance(want.args, Randomly)
    if random:
        got, want = _drawn(answer, got.args), _drawn(_solution(answer.name), want.args)
    has, should = slots_of(answer.name, got), slots_of(answer.name, want)
    parts = []
    for key in dict.fromkeys([*should, *has]):
        a, b = has.get(key), should.get(key)
        if key == UPSTREAM and same(a, b):
            continue  # it was given
        parts.append(
            {
                "name": key,
                "got": _matrix(a),
                "expected": _matrix(b),
                "right": not random and same(a, b),
                "random": random,
                "note": _note(got, a, b),
            }
        )
    return parts


def _drawn(answer: Answer, probe: Any) -> Deed:
    """Return what a random answer gives for one seed, in place of its summary."""
    with generators_kept():
        torch.manual_seed(0)
        outcome = answer.attempt(probe, default_dtype=probe.default_dtype)
    return Deed(probe, result=plain(outcome.returned))


def _solution(name: str) -> Answer:
    return Answer(name, solution_to(name), course().solutions)


def _call(name: str, args: Sequence[Any]) -> str:
    shown = [f"{list(a.shape)}" if isinstance(a, Tensor) else f"{a}" for a in args]
    return f"{name}({', '.join(shown)})"


def _note(deed: Deed, got: Tensor | None, want: Tensor | None) -> str:
    if got is None:
        return "is not set" if deed.result is None else "is not a tensor"
    if want is None:
        return "should not be there"
    if got.shape != want.shape:
        return f"has shape {list(got.shape)}; expected {list(want.shape)}"
    if got.dtype != want.dtype:
        return f"is {got.dtype}; expected {want.dtype}".replace("torch.", "")
    return ""


def _matrix(tensor: Tensor | None) -> Matrix | None:
    """Return a tensor as rows; further axes become rows, and a vector is one row."""
    if tensor is None or tensor.is_complex():
        return None
    values = tensor.detach().double().cpu()
    if values.dim() < 2:
        values = values.reshape(1, -1)
    elif values.numel():
        values = values.reshape(-1, values.shape[-1])
    else:
        return []
    return [[v if math.isfinite(v) else None for v in row] for row in values[:MOST, :MOST].tolist()]
