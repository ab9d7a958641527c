"""The list of steps: plain data, from which the page and the terminal draw, and nothing else.

A cell is one number, of any tensor; it is called by its place in "cells". A step shows one number:
a value ("v") or a gradient ("g"). A run holds, for each cell, its value, the gradient by the
learner's functions, the measured slope, their marks, and the edges along which cells reach each
other. There is one run of the net as it is, one for each place to which a number can be dragged,
and one for each training step.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor

from kata.answers.handin import Answers
from kata.steps.net import Link, Net
from kata.steps.passes import NUDGE, Passes, Point, Run

OFFSETS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)  # to which a number can be dragged
TODO = "still to be written"
Steps = dict[str, Any]


def listed(
    name: str,
    nets: Sequence[Net],
    answers: Answers,
    seconds: float = 5.0,
    alive: Callable[[], object] = lambda: None,
) -> Steps:
    """Return the list of steps of the smallest net that shows a wrong number of `name`'s.

    Where none does, of the last one, opened where `name` begins. alive: called now and then.
    """
    for net in nets:
        passes = Passes(net, answers, seconds)
        [base] = passes.runs([dict(passes.base)])
        steps = [{**step, "says": _says(passes, base, step)} for step in _steps(passes)]
        wrong = [k for k, s in enumerate(steps, 1) if s["by"] == name and _mark(passes, base, s)]
        alive()
        if wrong:
            break
    first = next((k for k, step in enumerate(steps, 1) if step["by"] == name), 0)
    return {
        "name": name,
        "title": net.title,
        "opens": wrong[0] if wrong else first,
        "tensors": [_tensor(passes, tensor) for tensor in passes.start],
        "links": [{"out": link.out, "by": link.by, "inputs": link.inputs} for link in net.links],
        "steps": steps,
        "notes": passes.notes,
        "said": {str(cell): _tidy(number) for cell, number in passes.said.items()},
        "nudge": NUDGE,
        "wiggles": [pair and [*map(_fine, pair)] for pair in passes.wiggles()],
        "base": _as_data(passes, base),
        "drag": _dragged(passes),
        "trained": [_as_data(passes, run) for run in _trained(passes, base, alive)],
    }


def _mark(passes: Passes, base: Run, step: Steps) -> bool:
    marks = passes.value_marks if step["kind"] == "v" else base.marks
    return marks.get(step["cell"]) == "x"


def _says(passes: Passes, base: Run, step: Steps) -> str:
    """Return in words whether a number is right, and who made it."""
    by, cell = step["by"], step["cell"]
    value = step["kind"] == "v"
    mark = (passes.value_marks if value else base.marks).get(cell)
    truth = said(passes.value(base, cell) if value else base.truth[cell])
    note = passes.notes.get(by, "")
    if mark == "~":
        return f"~ filled in: {note}" if note else "~ filled in"
    if mark == "x" and value:
        return f"✗ your {by} says {said(passes.said[cell])}; right is {truth}"
    if mark == "x":
        return f"✗ your {by} says {said(base.grads[cell])}; the wiggle says {truth}"
    if mark == "=":
        return f"≠ the wiggle says {truth}; {by} is not to blame: what came in was wrong"
    return "" if value else "✓ the wiggle says the same"


def said(number: float | None) -> str:
    """Return a number in four digits."""
    if number is None or not math.isfinite(number):
        return "nan"
    return f"{0 if abs(number) < 5e-7 else number:.4g}"


def _steps(passes: Passes) -> Iterator[Steps]:
    """Yield the numbers in the order in which the pass makes them, there and back."""
    net, done = passes.net, list[Link]()
    rules = {name: (back.by, rule) for back in net.backs for name, rule in back.rules.items()}
    for link in net.links:
        for i, cell in enumerate(_cells(passes, link.out)):
            index = _index(passes.base[link.out], i)
            put_in = link.put_in(_lists(passes.base), *index) if link.put_in else ""
            yield {"kind": "v", "cell": cell, "by": link.by, "rule": link.rule, "put_in": put_in}
    for link in reversed(net.links):
        done.append(link)
        for name in dict.fromkeys([*rules, *link.inputs]):
            users = [other for other in net.links if name in other.inputs]
            made = name not in net.numbers
            if name not in link.inputs or any(user not in done for user in users):
                continue
            by, rule = rules.get(name, ("", net.rules.get(name, "")))
            if by or made:
                for cell in _cells(passes, name):
                    yield {"kind": "g", "cell": cell, "by": by, "rule": rule, "put_in": ""}


def _dragged(passes: Passes) -> dict[str, list[Any]]:
    """Return, for each number that is given, the places it can be dragged to, with their runs."""
    asked = [
        (cell, by)
        for cell, (name, _) in enumerate(passes.cells)
        if name in passes.net.numbers and passes.has_slope(name)
        for by in OFFSETS
    ]
    points = [passes.moved(*passes.cells[cell], by) for cell, by in asked]
    places: dict[str, list[Any]] = {}
    for (cell, _), run in zip(asked, passes.runs(points), strict=True):
        data = _as_data(passes, run)
        places.setdefault(str(cell), []).append([data["v"][cell], data])
    return places


def _trained(passes: Passes, run: Run, alive: Callable[[], object]) -> Iterator[Run]:
    """Yield what training makes of the net, step by step, as long as its numbers are finite."""
    net = passes.net
    for _ in range(net.steps if net.trained else 0):
        point: Point = {name: run.point[name].clone() for name in net.numbers}
        for name in net.trained:
            for i, cell in enumerate(_cells(passes, name)):
                point[name].view(-1)[i] -= net.lr * run.grads[cell]
        [run] = passes.runs([point])
        alive()
        if not all(tensor.isfinite().all() for tensor in run.point.values()):
            return
        yield run


def _tensor(passes: Passes, name: str) -> Steps:
    tensor = passes.base[name]
    return {
        "name": name,
        "shape": list(tensor.shape),
        "cells": [*_cells(passes, name)],
        "labels": [_label(name, _index(tensor, i)) for i in range(tensor.numel())],
        "made": name not in passes.net.numbers,
    }


def _as_data(passes: Passes, run: Run) -> Steps:
    cells = range(len(passes.cells))
    return {
        "v": [_tidy(passes.value(run, cell)) for cell in cells],
        "g": [_tidy(run.grads.get(cell)) for cell in cells],
        "t": [_tidy(number) for number in run.truth],
        "e": [[start, to, _tidy(slope)] for start, to, slope in run.edges],
        "mv": "".join(passes.value_marks.get(cell, " ") for cell in cells),
        "mg": "".join(run.marks.get(cell, " ") for cell in cells),
    }


def _cells(passes: Passes, name: str) -> range:
    return range(passes.start[name], passes.start[name] + passes.base[name].numel())


def _index(tensor: Tensor, place: int) -> tuple[int, ...]:
    index = []
    for size in reversed(tensor.shape):
        place, at = divmod(place, size)
        index.append(at)
    return tuple(reversed(index))


def _label(name: str, index: Sequence[int]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _lists(point: Point) -> dict[str, Any]:
    return {name: tensor.tolist() for name, tensor in point.items()}


def _tidy(number: float | None) -> float | None:
    """Return a number without the dust of measuring; None for nan and infinity."""
    if number is None or not math.isfinite(number):
        return None
    return round(number, 6) + 0.0


def _fine(number: float) -> float | None:
    return round(number, 10) if math.isfinite(number) else None
