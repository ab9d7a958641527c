"""A failure small enough to be redone by hand: two by two, in whole numbers, every input named.

The inputs are the exercise's own probes, with every size cut to two and every number made whole. So
whatever they say of how inputs belong together (out is relu of inp) still holds.
"""

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.dialogue import kind_of
from kata.answers.limit import paused
from kata.answers.load import solution_to
from kata.answers.signature import parameters
from kata.checks.compare import DIGITS, digits_apart
from kata.checks.inputs import Draw
from kata.course import course
from kata.diagnosis.factors import off_by
from kata.diagnosis.observe import Deed, deed_of, is_ordinary, same
from kata.diagnosis.outputs import UPSTREAM, gradients_given, slots_of
from kata.diagnosis.recorded import probes_of
from kata.diagnosis.summary import Randomly

LARGEST = 2  # rows or columns
NUMBERS = torch.tensor([-2.0, -1.0, 1.0, 2.0, 3.0])
SEEDS = 3
MOST = 28  # numbers in all inputs: a few lines of a page
VISIBLE, ROUNDED = 1e-3, 1e-6  # how far off what one sees is, and what may be a rounding
STEP = 0.01  # of the nudge


class SmallDraw(Draw):
    """Draws two by two tensors of whole numbers."""

    def __call__(self, *shape: int, scale: float = 1.0, layout: str = "contiguous") -> Tensor:
        """Return whole numbers other than 0, in the given shape cut to two."""
        small = [min(size, LARGEST) for size in shape]
        places = torch.randint(len(NUMBERS), small, generator=self._generator)
        return NUMBERS[places].to(self.dtype)

    def ints(self, high: int, *shape: int) -> Tensor:
        """Return 0 or 1."""
        return super().ints(min(high, LARGEST), *(min(size, LARGEST) for size in shape))


@cache
def by_hand(answer: Answer) -> str:
    """Return the smallest such call that the answer gets wrong, what it gives, and what is right.

    "" where there is none, or where it gives no values to compare.
    """
    found: list[tuple[bool, bool, int, int, str]] = []
    for seed in range(1, SEEDS + 1):
        with paused():
            calls = _calls(answer.name, seed)
        for probe, right in calls:
            got = deed_of(answer, deepcopy(probe))
            with paused():
                if (wrong := _wrong(answer.name, probe, got, right)) is None:
                    continue
                if told := _told(answer.name, probe, wrong):
                    # ordinary numbers first, what is plain to see, few of them, and short ones
                    is_odd = not is_ordinary(probe)
                    found.append((is_odd, wrong.off < VISIBLE, _size(probe), len(told), told))
        if found and not any(min(found)[:2]):
            break
    return min(found)[-1] if found else ""


@cache
def _calls(name: str, seed: int) -> list[tuple[tuple[Any, ...], Deed]]:
    """Return the small probes, and what is right on each."""
    solution = Answer(name, solution_to(name), course().solutions)
    return [(probe, deed_of(solution, deepcopy(probe))) for probe in _probes(name, seed)]


def _probes(name: str, seed: int) -> Iterator[tuple[Any, ...]]:
    """Yield small probes of whole numbers; they end where a recipe cannot be made small."""
    recipe = probes_of(name)
    made = iter(recipe(SmallDraw(torch.float64, seed=seed)) if recipe else ())
    while True:
        try:
            probe = next(made, None)
        except Exception:  # it counts on its sizes
            return
        if probe is None:
            return
        if _size(probe) <= MOST and _is_whole(probe) and _inputs(name, probe):
            yield probe


def _size(probe: Sequence[Any]) -> int:
    """Return how many numbers there are in the tensors among some arguments."""
    return sum(tensor.numel() for tensor in _tensors_in(probe))


def _is_whole(probe: Sequence[Any]) -> bool:
    """Return whether all tensors hold whole numbers or halves, and record no gradients."""
    tensors = [*_tensors_in(probe)]
    tensors += [arg.grad for arg in tensors if arg.grad is not None]
    return all(not t.requires_grad and torch.equal((2 * t).round(), 2 * t) for t in tensors)


def _inputs(name: str, probe: Sequence[Any]) -> list[tuple[str, Any]]:
    """Return what a call is given, by name; nothing where it is more than one there and back."""
    kind = kind_of(getattr(probe, "via", None))
    if kind is None or isinstance(probe, Randomly):
        return []
    own, names = kind.own(probe), [parameter.name for parameter in parameters(name)]
    known = {id(tensor) for tensor in _tensors_in(own)}
    more = [tensor for tensor in _tensors_in(probe) if id(tensor) not in known]
    if len(own) > len(names) or len(more) > (1 if kind.leaves_gradients else 0):
        return []
    given = [*gradients_given(name, probe).items(), *((UPSTREAM, tensor) for tensor in more)]
    return [*zip(names, own, strict=False), *given]


class Wrong(NamedTuple):
    """A wrong result or gradient: its name, what the answer gives, and what is right."""

    slot: str
    got: Tensor
    right: Tensor

    @property
    def is_shaped(self) -> bool:
        """Return whether only its values are wrong."""
        return self.got.shape == self.right.shape

    @property
    def off(self) -> float:
        """Return how far off the values are, relative to the right ones."""
        return off_by(self.got, self.right) if self.is_shaped else math.inf


def _wrong(name: str, probe: Sequence[Any], got: Deed, right: Deed) -> Wrong | None:
    """Return the first that is wrong; None where nothing can be compared."""
    if got.stopped or right.stopped:
        return None
    has, should = slots_of(name, got), slots_of(name, right)
    wrong = next((s for s in should if s in has and not same(has[s], should[s])), None)
    if wrong is None or wrong == UPSTREAM or has[wrong].is_complex():
        return None
    if same(has[wrong], gradients_given(name, probe).get(wrong)):
        return None  # it was not set: what lies there is nothing that the answer says
    if isinstance(right.result, bool):  # True or False, and not 1. or 0.
        return Wrong(wrong, has[wrong].bool(), should[wrong].bool())
    return Wrong(wrong, has[wrong], should[wrong])


def _told(name: str, probe: Sequence[Any], wrong: Wrong) -> str:
    slot, got, right = wrong
    digits = digits_apart(got, right) if wrong.is_shaped else DIGITS
    says, other = _numbers(got, digits), _numbers(right, digits)
    if says == other or wrong.off < ROUNDED:
        return ""  # the difference may be in the dtype alone
    lines = [f"by hand: {_as_code(_inputs(name, probe))}"]
    lines.append(f"{slot} is {says}, expected {other}")
    if slot.endswith(".grad") and wrong.is_shaped:
        lines.append(_nudge(slot.removesuffix(".grad"), got, right))
    return "\n".join(f"  {line}" for line in lines)


def _nudge(name: str, got: Tensor, right: Tensor) -> str:
    """Return what the first wrong number of a gradient claims, and what the loss does."""
    place = next(i for i in _places(right) if not same(got[i], right[i]))
    slope, said = float(right[place]) + 0.0, float(got[place]) + 0.0  # so that -0 is 0
    where = f"{name}[{', '.join(map(str, place))}]" if place else name
    digits = digits_apart(got[place], right[place])
    return (
        f"move {where} by {STEP}: the loss changes by about {STEP * slope:.{digits}g}, a slope of "
        f"{slope:.{digits}g}; you say {said:.{digits}g}"
    )


def _places(tensor: Tensor) -> Iterator[tuple[int, ...]]:
    return (tuple(place) for place in torch.ones(tensor.shape).nonzero().tolist())


def _as_code(inputs: Sequence[tuple[str, Any]]) -> str:
    """Return named inputs as code that gives the very same numbers where it is pasted.

    Where one of them is no float32 (1e39 would be infinite), all floats are made float64: tensors
    of two dtypes do not meet.
    """
    tensors = [t for _, value in inputs for t in _tensors_in(value) if t.is_floating_point()]
    wide = not all(torch.equal(t.float().double(), t.double()) for t in tensors)
    return "; ".join(f"{name} = {_value(value, wide)}" for name, value in inputs)


def _tensors_in(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors_in(part)


def _value(value: Any, wide: bool) -> str:
    if isinstance(value, list | tuple):
        parts = ", ".join(_value(part, wide) for part in value)
        return f"[{parts}]" if isinstance(value, list) else f"({parts}{',' * (len(value) == 1)})"
    if not isinstance(value, Tensor):
        return repr(value)
    dtype = torch.float64 if wide and value.is_floating_point() else value.dtype
    is_default = dtype in (torch.int64, torch.bool) or (value.is_floating_point() and not wide)
    return f"torch.tensor({_exactly(value)}{'' if is_default else f', dtype={dtype}'})"


def _exactly(tensor: Tensor) -> str:
    """Return a tensor's numbers as code, with as many digits as they have."""
    if tensor.dim():
        return f"[{', '.join(map(_exactly, tensor))}]"
    value, text = tensor.item(), _numbers(tensor)
    if not isinstance(value, float):
        return text
    if not math.isfinite(value):
        return text.replace("inf", "torch.inf").replace("nan", "torch.nan")
    return text if float(text) == value else repr(value)


def _numbers(tensor: Tensor, digits: int = DIGITS) -> str:
    """Return a tensor's numbers, four digits of each or more, whole ones as `2.`."""
    if tensor.dim():
        return f"[{', '.join(_numbers(part, digits) for part in tensor)}]"
    value = tensor.item()
    if not isinstance(value, float):
        return str(value)
    text = f"{value:.{digits}g}"
    return f"{text}." if text.lstrip("-").isdigit() else text
