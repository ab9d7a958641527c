"""What every answer owes its surroundings: the inputs keep their values, torch its settings."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from kata.answers.internals import modes, pop_modes, version_of
from kata.refusal import Refused

RESEEDS = (
    "You seed torch's generator inside the function (manual_seed or seed). Then the caller's seed "
    "has no say, in this call and after it: leave seeding to whoever calls."
)
# name for the learner: (read, put back)
SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "the default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "the default device": (
        torch.get_default_device,
        lambda device: torch.set_default_device(None if device.type == "cpu" else device),
    ),
    "gradient recording": (torch.is_grad_enabled, torch.set_grad_enabled),
    "deterministic algorithms": (
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    "anomaly detection": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    "the number of threads": (torch.get_num_threads, torch.set_num_threads),
    "the precision of float32 products": (
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    "torch's stack of modes": (modes, pop_modes),
    "Python's recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
}


@contextmanager
def settings_kept() -> Iterator[None]:
    """Put every setting back, and refuse after the block if one had changed, or the seed had."""
    before = {name: read() for name, (read, _) in SETTINGS.items()}
    seed = torch.initial_seed()
    changed = []
    try:
        yield
    finally:
        for name, (read, put_back) in SETTINGS.items():
            if read() != before[name]:
                changed.append(f"{name} (was {before[name]}, is {read()})")
                put_back(before[name])
    if torch.initial_seed() != seed:
        changed.append("the random seed")
    if changed:
        if changed == ["the random seed"]:
            raise Refused("the call seeded torch's global generator", RESEEDS)
        raise Refused(
            f"the call left behind a change of {', '.join(changed)}",
            f"Your function changes {changed[0].split(' (')[0]} for the whole program. "
            "What comes after it must find torch as it was.",
        )


IN_PLACE = (
    "You work in place on an input. Make a new tensor instead: whoever passed the input still "
    "needs its old values."
)


@contextmanager
def inputs_kept(args: tuple[Any, ...], via: str | None = None) -> Iterator[None]:
    """Refuse, after the block, an input tensor whose values were changed or written to.

    An input may be a list, tuple or dict that holds tensors. via: the dialogue, if there is one,
    that args are given to; their places in it would mean nothing to the learner.
    """
    before = [
        (which, tensor, tensor.detach().clone(), version_of(tensor))
        for position, arg in enumerate(args, 1)
        for which, tensor in _tensors(arg, f"argument {position}")
    ]
    yield
    for which, tensor, values, version in before:
        which = f"{which if via is None else 'an input'} (shape {list(values.shape)})"
        if tensor.shape != values.shape or not _same(tensor.detach(), values):
            raise Refused(
                f"{which} was changed in place; the inputs keep their values",
                IN_PLACE,
            )
        if version_of(tensor) != version:
            raise Refused(
                f"{which} was written to in place, though its values are the same again",
                IN_PLACE,
            )


def _tensors(value: Any, which: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in a value, each with what it is called: "argument 1", "argument 1[0]"."""
    if isinstance(value, Tensor):
        yield which, value
    elif isinstance(value, list | tuple | dict):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _tensors(item, f"{which}[{key!r}]")


def _same(a: Tensor, b: Tensor) -> bool:
    return torch.equal(a, b) or bool(((a == b) | (a.isnan() & b.isnan())).all())
