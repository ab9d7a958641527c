"""What an answer does on the probes of its exercise, in a form that can be compared.

Two answers behave alike when every probe gives the same outcome: the same kind of result with the
same values, the same gradients set, or the same way of going wrong.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vector_norm

from kata.answers.call import Answer
from kata.answers.limit import paused
from kata.answers.trace import tensors_in
from kata.checks.inputs import Draw
from kata.diagnosis.plain import plain
from kata.diagnosis.recorded import probes_of
from kata.diagnosis.summary import Randomly, Summary, observe
from kata.refusal import NotPassed, Raised

LARGE = 100.0
MOST_SHOWN = 2  # readings that fit equally; more of them would be guessing
# torch's words for tensors that do not fit together in an operation
SHAPES = re.compile(r"shape|size|dimension|subscript")
DTYPES = re.compile(r"dtype|scalar type")
# torch's words that speak of sizes, and are about something else: each is a complaint of its own
OF_THEIR_OWN = ("attempting to assign a gradient", "view size is not compatible")
RTOL = {torch.float32: 1e-4, torch.float64: 1e-9}


class Via(tuple[Any, ...]):
    """A probe's arguments, with the script that calls the answer, and what that may change.

    See Answer.attempt. Recorded as `Via((x, w), "layers.forward")` in mistakes/.
    """

    via: str | None
    may_change: Sequence[int]

    def __new__(
        cls, args: tuple[Any, ...], via: str | None = None, may_change: Sequence[int] = ()
    ) -> "Via":
        probe = super().__new__(cls, args)
        probe.via, probe.may_change = via, may_change
        return probe


class Ungraphed(tuple[Any, ...]):
    """A probe's arguments, of a call whose result need not hang on all of them in torch's graph.

    A gradient, or a forward pass with constants among its arguments.
    """


@dataclass
class Deed:
    """What came of one call.

    stopped: the way it went wrong, addresses left out; "" where it did not.
    result: what it returned, plain. sets: the .grad (or .g) of each argument, by position.
    cut: the positions of the arguments on whose graph the result of a forward call does not hang;
    None where that is not known, and like any other.
    ordinary: whether the arguments held ordinary numbers before the call. unseen: whether what it
    would have done is not known, so that it is like any other.
    """

    args: tuple[Any, ...]
    stopped: str = ""
    result: Any = None
    sets: dict[str, Any] = field(default_factory=dict)
    cut: frozenset[int] | None = frozenset()
    ordinary: bool = True
    unseen: bool = False


Fits = Callable[[Iterable[Deed], Iterable[Deed]], bool]


def behaviour(answer: Answer) -> list[Deed]:
    """Call an answer on all probes of its exercise, in both dtypes.

    They are drawn at once: to leave our part out of a limit costs as much as a call.
    """
    with paused():
        probes = list(probes_on(answer.name))
    return [deed_of(answer, args) for args in probes]


def deeds(answer: Answer) -> Iterator[Deed]:
    """Yield the same, one probe at a time."""
    calls = probes_on(answer.name)
    while True:
        with paused():
            args = next(calls, None)
        if args is None:
            return
        yield deed_of(answer, args)


def probes_on(exercise: str) -> Iterator[tuple[Any, ...]]:
    """Yield the arguments of all probes of an exercise, in both dtypes."""
    if (probes := probes_of(exercise)) is not None:
        for dtype in (torch.float32, torch.float64):
            yield from probes(Draw(dtype, seed=1))


def alike(one: Iterable[Deed], other: Iterable[Deed]) -> bool:
    """Return whether two answers did the same on every probe; stops at the first that differs."""
    return all(_alike(a, b) for a, b in zip(one, other, strict=True))


def alike_in_any_order(one: Iterable[Deed], other: Iterable[Deed]) -> bool:
    """Return the same, but what a call had set before it was stopped does not count.

    Whether w.grad was set by then depends on the order of the lines.
    """
    return all(
        a.stopped == b.stopped if a.stopped else _alike(a, b)
        for a, b in zip(one, other, strict=True)
    )


def alike_but_for_words(one: Iterable[Deed], other: Iterable[Deed]) -> bool:
    """Return the same, where two errors that differ only in the words of a spelling are the same.

    Torch's words for an error depend on the spelling of a line (@ or einsum). Some probe must show
    that the two do the same where neither is stopped.
    """
    told = False
    for a, b in zip(one, other, strict=True):
        if a.stopped and b.stopped and complaint(a.stopped) == complaint(b.stopped):
            continue
        if not _alike(a, b):
            return False
        told = True
    return told


def complaint(stopped: str) -> str:
    """Return what an error says, without what depends on the spelling of the line that raised it.

    Which shapes do not fit depends on it where they meet in an operation. It does not where one is
    set as a gradient: a transposed one and one that is not summed are two mistakes. A parameter
    that misses its argument has the learner's own name.
    """
    kind, _, text = stopped.partition(" ")
    if kind == "RuntimeError" and not text.startswith(OF_THEIR_OWN):
        for words, about in (DTYPES, "dtypes"), (SHAPES, "shapes"):
            if words.search(text):
                return f"{kind}: {about}"
    return re.sub(r"(positional arguments?): .*", r"\1", stopped)


def alike_on_ordinary_numbers(one: Iterable[Deed], other: Iterable[Deed]) -> bool:
    """Return the same, but where an argument holds a large number, nan or infinity.

    Besides its mistake an answer may overflow, or compare with nan, in a way of its own.
    """
    told = False
    for a, b in zip(one, other, strict=True):
        if a.ordinary:
            if not _alike(a, b):
                return False
            told = True
    return told


WAYS_TO_FIT: tuple[Fits, ...] = (alike, alike_in_any_order, alike_but_for_words)  # surest first


def numbers_in(args: Sequence[Any]) -> int:
    """Return how many numbers there are in some arguments."""
    return sum(arg.numel() if isinstance(arg, Tensor) else 1 for arg in args)


def floats_among(args: Sequence[Any]) -> list[int]:
    """Return the positions of the tensors of floating-point numbers."""
    return [i for i, a in enumerate(args) if isinstance(a, Tensor) and a.is_floating_point()]


def is_ordinary(args: Sequence[Any]) -> bool:
    """Return whether all numbers in the tensors among some arguments are finite, and not large."""
    return all(
        bool((tensor.detach().abs() <= LARGE).all())
        for tensor in tensors_in(args)
        if tensor.is_floating_point()
    )


def is_finite(args: Sequence[Any]) -> bool:
    """Return whether all numbers in the tensors among some arguments are finite."""
    return all(bool(tensor.isfinite().all()) for tensor in tensors_in(args))


def _alike(a: Deed, b: Deed) -> bool:
    return (a.unseen or b.unseen) or (
        a.stopped == b.stopped
        and (a.cut is None or b.cut is None or a.cut == b.cut)
        and same(a.result, b.result)
        and a.sets.keys() == b.sets.keys()
        and all(same(a.sets[key], b.sets[key]) for key in a.sets)
    )


def same(a: Any, b: Any) -> bool:
    """Return whether two results are of one kind, shape and dtype, and equal up to rounding."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if torch.equal(a, b):
            return True
        rtol = RTOL.get(a.dtype, 0)
        a, b = a.detach().double(), b.detach().double()
        if (off := vector_norm(a - b)).isfinite():  # .norm() takes twice as long
            return bool(off <= rtol * vector_norm(b))
        finite = a.isfinite()
        if not torch.equal(finite, b.isfinite()):
            return False
        if not torch.equal(a[~finite].nan_to_num(), b[~finite].nan_to_num()):
            return False
        a, b = a[finite], b[finite]
        return bool(vector_norm(a - b) <= rtol * vector_norm(b))
    if isinstance(a, Summary) and isinstance(b, Summary):
        return a.like(b)
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b) or abs(a - b) <= 1e-6 * abs(b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and same(a.tolist(), b.tolist())
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and bool(a == b)


def form_of(deed: Deed) -> Any:
    """Return the types, shapes and dtypes of what came of a call, without the values."""
    return bool(deed.stopped), _form(deed.result), {k: _form(v) for k, v in deed.sets.items()}


def _form(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.shape, value.dtype
    if isinstance(value, list | tuple):
        return type(value).__name__, [_form(part) for part in value]
    return type(value).__name__


def deed_of(answer: Answer, args: tuple[Any, ...]) -> Deed:
    """Return what comes of one call."""
    deed = Deed(args, ordinary=is_ordinary(args))
    if isinstance(args, Randomly):
        outcome = observe(answer, args)
    else:
        via, may_change = getattr(args, "via", None), getattr(args, "may_change", ())
        outcome = answer.attempt(args, via=via, may_change=may_change)
    deed.result = outcome.returned if isinstance(args, Randomly) else plain(outcome.returned)
    if outcome.stopped is not None:
        _pass_on(outcome.stopped)
        deed.stopped = way_of(outcome.stopped)
    for position, arg in enumerate(args):
        for attribute in ("grad", "g"):
            value = plain(getattr(arg, attribute, None))
            if value is not None:
                deed.sets[f"{position}.{attribute}"] = value
    if type(args) is tuple:
        deed.cut = _cut_from(answer, args, deed.result)
    return deed


def _pass_on(stopped: NotPassed) -> None:
    """Raise what broke a call off from outside: that is nothing that the answer did."""
    if stopped.__cause__ is not None:
        raise stopped.__cause__


def way_of(stopped: NotPassed) -> str:
    """Return how a call went wrong: the kind, a space, and the words, without addresses."""
    if isinstance(stopped, Raised):
        return way_of_error(stopped.kinds, stopped.text)
    return f"{type(stopped).__name__} {stopped.mistake}"


def way_of_error(kinds: Sequence[str], text: str) -> str:
    """Return the same of an exception, by the names of its class and that one's bases."""
    if "AssertionError" in kinds:
        return "AssertionError"  # its text is the learner's own
    if "RecursionError" in kinds:
        return "RecursionError"  # its text says where the last call was made, not why
    # addresses differ, and so does what a class is called: Lin.backward() missing 1 ...
    text = re.sub(r"0x[0-9a-f]+|\b\w+\.(?=\w+\(\))", "#", text)
    return f"{kinds[0]} {text}"


def _cut_from(answer: Answer, args: tuple[Any, ...], result: Any) -> frozenset[int]:
    """Return the arguments, each by itself, on which the result does not hang in torch's graph."""
    if not isinstance(result, Tensor) or not result.is_floating_point():
        return frozenset()
    floats = floats_among(args)
    found, leaves = _with_leaves(answer, args, floats)
    if found is None:
        return frozenset(floats)
    if (reached := _leaves_below(found)) is not None:
        return frozenset(i for i in floats if not any(leaves[i] is leaf for leaf in reached))
    return frozenset(i for i in floats if _with_leaves(answer, args, [i])[0] is None)


def _with_leaves(
    answer: Answer, args: tuple[Any, ...], wrt: Sequence[int]
) -> tuple[Tensor | None, list[Any]]:
    """Call it on copies of which some record gradients; its result, None where it is cut off."""
    copies = [
        (a.detach().clone().requires_grad_(i in wrt) if a.is_floating_point() else a)
        if isinstance(a, Tensor)
        else a
        for i, a in enumerate(args)
    ]
    again = answer.attempt(copies)
    if again.stopped is not None:
        _pass_on(again.stopped)
        return None, copies  # numpy, for one, takes no tensor that records gradients
    returned = plain(again.returned)
    recorded = isinstance(returned, Tensor) and returned.requires_grad
    return (returned if recorded else None), copies


def _leaves_below(result: Tensor) -> list[Tensor] | None:
    """Return the leaves on which it hangs; None where its graph is not here (a fenced answer's)."""
    if result.grad_fn is None:
        return None
    leaves, seen, nodes = [], set(), [result.grad_fn]
    while nodes:
        node = nodes.pop()
        if node in seen:
            continue
        seen.add(node)
        if (leaf := getattr(node, "variable", None)) is not None:  # of AccumulateGrad
            leaves.append(leaf)
        nodes += [below for below, _ in node.next_functions if below is not None]
    return leaves
