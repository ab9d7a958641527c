"""What every exercise can have besides its own mistakes: written once, for all of them.

Which habits an exercise can have follows from its solution's signature and from what it does: what
returns a tensor, what returns several, what sets .grad. In these few sentences the cure is the
point: nobody finds out by thinking that a comma makes a tuple.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from kata.answers.load import solution_to
from kata.answers.side_effects import IN_PLACE
from kata.answers.trace import tensors_in
from kata.checks.forward import ASTRAY, BOOL_TENSOR, CUT, CUT_FROM, KEPT, NUMPY
from kata.checks.gradients import ADDS, NAMED_G, OVERWRITES, PARTLY, RETURNED, STALE
from kata.checks.gradients import KEPT as KEPT_GRAD
from kata.checks.numbers import TENSOR
from kata.diagnosis.observe import probes_on
from kata.diagnosis.wrapping import (
    Wrap,
    after,
    before,
    casting,
    each_after,
    first,
    grads,
    instead_of_setting,
    keeping,
    returning,
    setting,
    spoiling,
    stale,
    writing,
)

NOTHING = "You return nothing. End the function with return and the result."
TUPLE = "You return a tuple (is there a comma at the end of the line?). Return the tensor alone."
WITH_CACHE = (
    "You return the result and what you kept besides (a cache, as elsewhere). Return the result "
    "alone."
)
LIST = "You return a list of numbers. Return a tensor, and stay with tensor operations on the way."
ARRAY = "You return a numpy array. Return a tensor, and stay with torch's operations on the way."
NUMBER = (
    "You return a Python number (item, float), which is cut off from the inputs. Return the 0-d "
    "tensor itself."
)
NUMBERS = (
    "You build a new tensor from plain numbers (item, tolist, torch.tensor). It has torch's "
    "default dtype, not the inputs', and autograd finds no way back to them."
)
FIXED = "You fix the dtype ({}). The result should have the inputs' dtype, whatever that is."
LOW = "You compute in {} and cast back, which loses digits."
ROUNDED = "You round to a few decimals, which loses every small value."
WHOLE = "You cut to whole numbers (int, long, //), which loses the decimals."
SQUEEZED = "You squeeze the result, which drops every axis of length 1, the rows' as well."
FLAT = "You flatten the result. It should be {}."
TRANSPOSED = "Your result is transposed. It should be {}."
NEGATED = "Your result has the wrong sign."
FIRST_ROW = "You compute one row only. Each row has a result of its own."
MIXED = "You add up or average the rows, although each row has a result of its own."
SUMMED = "You add up or average the whole result. It should be {}."
ONLY_FIRST = "You return the first result alone, of {}."
UNSET = (
    "You set nothing on the tensors that you were given. A new name, a clone or a detached copy is "
    "another object: assign to the .grad of the tensor itself."
)
ONLY_LEAVES = (
    "You set .grad only where requires_grad is set, as autograd does. Here plain tensors get "
    "theirs as well: this pass takes autograd's place."
)
READS_G = (
    "You read out.g, the notebook's name. The kata keeps gradients in .grad, as torch does: the "
    "upstream is out.grad."
)
LEARNING_RATE = (
    "You scale the gradient by a learning rate. That belongs in the update of the weights; the "
    "gradient is the derivative itself."
)
LEFT_ALONE = "You never set {}.grad."

DTYPES = {"float32": torch.float32, "float64": torch.float64}
LOWER = {"float32": torch.float32, "half": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, eq=False)
class Habit:
    """A way to go wrong that leaves the formula alone. name: short, and its own in an exercise."""

    name: str
    sentence: str
    wrap: Wrap


Habits = Iterator[Habit]


@cache
def habits_of(exercise: str) -> list[Habit]:
    """Return the habits that an exercise can have; none where a dialogue calls it."""
    solution, probe = solution_to(exercise), next(probes_on(exercise), None)
    if isinstance(solution, type) or probe is None or hasattr(probe, "via"):
        return []
    signature = inspect.signature(solution)
    returned, set_ = once(solution, probe)
    tensors = {
        name: place
        for place, (name, arg) in enumerate(zip(signature.parameters, probe, strict=False))
        if isinstance(arg, Tensor)
    }
    found = [*_on_arguments(tensors)]
    if isinstance(returned, Tensor):
        found += [*_on_one(returned, _shape(signature.return_annotation))]
    elif isinstance(returned, tuple | list) and all(isinstance(r, Tensor) for r in returned):
        found += [*_on_several(len(returned))]
    elif isinstance(returned, bool | float | int):
        found += [*_on_number(type(returned))]
    if isinstance(returned, Tensor) and tensors and not set_:
        floats = [name for name, place in tensors.items() if probe[place].is_floating_point()]
        found += [*_on_graph(tensors, floats)]
    if set_:
        found += [*_on_grads(tensors, {n: p for n, p in tensors.items() if p in set_})]
        if any(arg.requires_grad for probe in probes_on(exercise) for arg in tensors_in(probe)):
            only_leaves = instead_of_setting(_where_it_records)
            found.append(Habit("only where requires_grad", ONLY_LEAVES, only_leaves))
    return found


@cache
def sets_of(exercise: str) -> frozenset[int]:
    """Return the positions of the arguments whose .grad the solution sets."""
    solution, probe = solution_to(exercise), next(probes_on(exercise), None)
    if isinstance(solution, type) or probe is None or hasattr(probe, "via"):
        return frozenset()
    return frozenset(once(solution, probe)[1])


def once(solution: Callable[..., Any], probe: tuple[Any, ...]) -> tuple[Any, set[int]]:
    """Return what the solution returns, and the positions of the arguments whose .grad it sets."""
    there = grads(probe)
    with torch.random.fork_rng([]):
        result = solution(*probe)
    pairs = zip(there, grads(probe), strict=True)
    return result, {place for place, (old, new) in enumerate(pairs) if old is not new}


def _shape(annotation: Any) -> str:
    """Return the shape that an annotation gives, "[n, o]"."""
    axes = getattr(annotation, "dim_str", "").split()
    return f"[{', '.join(axes)}]" if axes and axes != ["..."] else "of the input's shape"


def _on_arguments(tensors: Mapping[str, int]) -> Habits:
    for name, place in tensors.items():
        yield Habit(f"in place on {name}", IN_PLACE, writing(place))
    if tensors:
        for name, low in LOWER.items():
            yield Habit(f"computes in {name}", LOW.format(name), casting(low))


def _on_results() -> Habits:
    yield Habit("returns nothing", NOTHING, after(lambda r: None))
    for name, dtype in DTYPES.items():
        yield Habit(name, FIXED.format(name), each_after(_to(dtype)))
    for name, low in LOWER.items():
        yield Habit(f"cast to {name}", LOW.format(name), each_after(_through(low)))
    for places in (2, 4):
        yield Habit(f"{places} decimals", ROUNDED, each_after(_rounded(places)))
    yield Habit("decimals cut", WHOLE, each_after(lambda t: t.trunc()))
    yield Habit("made whole", WHOLE, each_after(lambda t: t.long()))
    yield Habit("negated", NEGATED, each_after(lambda t: -t))
    yield Habit("brought to the CPU", ASTRAY, each_after(lambda t: t.cpu()))
    yield Habit("kept from the first call", KEPT, keeping())
    yield Habit("kept for each shape", KEPT, keeping("shape"))
    yield Habit("kept for each shape and dtype", KEPT, keeping("shape", "dtype"))


def _to(dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    return lambda t: t.to(dtype) if t.is_floating_point() else t


def _rounded(places: int) -> Callable[[Tensor], Tensor]:
    return lambda t: t.round(decimals=places) if t.is_floating_point() else t


def _through(low: torch.dtype) -> Callable[[Tensor], Tensor]:
    return lambda t: t.to(low).to(t.dtype) if t.is_floating_point() else t


def _on_one(returned: Tensor, shape: str) -> Habits:
    yield from _on_results()
    yield Habit("a tuple", TUPLE, after(lambda r: (r,)))
    yield Habit("a list of one", TUPLE, after(lambda r: [r]))
    yield Habit("plain numbers", LIST if returned.dim() else NUMBER, after(lambda r: r.tolist()))
    yield Habit("numpy", ARRAY, after(lambda r: r.detach().numpy()))
    if not returned.dim():
        yield Habit("a numpy number", ARRAY, after(lambda r: r.detach().numpy()[()]))
    yield Habit("built from numbers", NUMBERS, after(lambda r: torch.tensor(r.tolist())))
    if returned.dim():
        yield Habit("squeezed", SQUEEZED, after(lambda r: r.squeeze()))
        yield Habit("squeezed at the end", SQUEEZED, after(lambda r: r.squeeze(-1)))
        yield Habit("squeezed in front", SQUEEZED, after(lambda r: r.squeeze(0)))
        yield Habit("summed", SUMMED.format(shape), after(lambda r: r.sum()))
        yield Habit("averaged", SUMMED.format(shape), after(lambda r: r.mean()))
    if returned.dim() > 1:
        turned = TRANSPOSED.format(shape)
        yield Habit("flattened", FLAT.format(shape), after(lambda r: r.flatten()))
        yield Habit("transposed", turned, after(lambda r: r.mT if r.dim() > 1 else r))
        yield Habit("transposed by t()", turned, after(lambda r: r.t()))
        yield Habit("the first row", FIRST_ROW, after(lambda r: r[0]))
        yield Habit("the first row as [1, ...]", FIRST_ROW, after(lambda r: r[:1]))
        yield Habit("the first row, then zeros", FIRST_ROW, after(_first_then_zeros))
        yield Habit("rows averaged", MIXED, after(lambda r: r.mean(0)))
        yield Habit("rows summed", MIXED, after(lambda r: r.sum(0)))


def _first_then_zeros(result: Tensor) -> Tensor:
    return torch.cat([result[:1], torch.zeros_like(result[1:])])


def _on_graph(tensors: Mapping[str, int], floats: Collection[str]) -> Habits:
    yield Habit("cut", CUT, after(lambda r: r.detach()))
    yield Habit("returns a cache, too", WITH_CACHE, after(lambda r: (r, ())))
    for name, dtype in DTYPES.items():
        yield Habit(f"inputs to {name}", FIXED.format(name), before(_to(dtype)))
    for name, place in tensors.items():
        if len(floats) > 1 and name in floats:
            cut = before(lambda t: t.detach(), place)
            yield Habit(f"{name} cut", CUT_FROM.format(name), cut)
        for cast in (True, False):
            yield Habit(f"{name} kept{' and cast' * cast}", KEPT, stale(place, cast))


def _on_several(count: int) -> Habits:
    yield from _on_results()
    yield Habit("the first alone", ONLY_FIRST.format(count), after(lambda r: r[0]))


def _on_number(kind: type) -> Habits:
    yield Habit("returns nothing", NOTHING, after(lambda r: None))
    says = BOOL_TENSOR if kind is bool else TENSOR.format(kind.__name__)
    yield Habit("a tensor", says, after(torch.as_tensor))
    yield Habit("kept from the first call", KEPT, keeping())


def _on_grads(tensors: Mapping[str, int], set_: Mapping[str, int]) -> Habits:
    for only, place in {"": None, **set_}.items():
        of = f" of {only}" if only else ""
        for name, says, change in GRADS:
            yield Habit(f"{name}{of}", says, setting(change, place))
    for name, place in set_.items() if len(set_) > 1 else ():  # one alone is "sets copies"
        yield Habit(
            f"{name}.grad left", LEFT_ALONE.format(name), setting(lambda old, _: old, place)
        )
    for name, place in tensors.items():
        for cast in (True, False):
            yield Habit(f"{name} kept{' and cast' * cast}", STALE, stale(place, cast))
    yield Habit("numpy", NUMPY, before(lambda t: (t.numpy(), t)[1]))
    yield Habit("returns the gradients", RETURNED, returning(and_sets=False))
    yield Habit("sets and returns the gradients", RETURNED, returning(and_sets=True))
    for name, says, do in IN_STEAD:
        yield Habit(name, says, instead_of_setting(do))
    if "out" in tensors:
        place = tensors["out"]
        yield Habit("reads .g", READS_G, first(lambda *args: args[place].g))
        for name, spoil in SPOILS.items():
            yield Habit(f"out.grad {name}", OVERWRITES.format("out"), spoiling(place, spoil))


def _where_it_is_0(old: Tensor | None, new: Tensor) -> Tensor:
    return new if old is None else torch.where(new == 0, old, new)


# name, sentence, and what becomes of the .grad that was there and the new one
GRADS: list[tuple[str, str, Callable[[Any, Any], Any]]] = [
    ("adds to .grad", ADDS, lambda old, new: new if old is None else old + new),
    ("first .grad kept", KEPT_GRAD, lambda old, new: new if old is None else old),
    ("partly set", PARTLY, _where_it_is_0),
    ("float32", FIXED.format("float32"), lambda old, new: new.float()),
    ("float64", FIXED.format("float64"), lambda old, new: new.double()),
    ("cast to half", LOW.format("half"), lambda old, new: new.half().to(new.dtype)),
    ("cast to float32", LOW.format("float32"), lambda old, new: new.float().to(new.dtype)),
    ("4 decimals", ROUNDED, lambda old, new: new.round(decimals=4)),
    ("decimals cut", WHOLE, lambda old, new: new.round()),
    ("on the CPU", ASTRAY, lambda old, new: new.cpu()),
    ("a step of 0.1", LEARNING_RATE, lambda old, new: 0.1 * new),
    ("a step of 0.01", LEARNING_RATE, lambda old, new: 0.01 * new),
]


def _named_g(arg: Tensor, old: Any, new: Tensor) -> None:
    arg.g = new  # type: ignore[attr-defined]


def _where_it_records(arg: Tensor, old: Any, new: Tensor) -> None:
    arg.grad = new if arg.requires_grad else old


IN_STEAD: list[tuple[str, str, Callable[[Any, Any, Tensor], None]]] = [
    ("sets .g", NAMED_G, _named_g),
    ("sets copies", UNSET, lambda arg, old, new: None),
]
SPOILS: dict[str, Callable[[Tensor], Any]] = {
    "zeroed": lambda grad: grad.zero_(),
    "halved": lambda grad: grad.mul_(0.5),
    "removed": lambda grad: None,
}
