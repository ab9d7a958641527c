"""Is an answer at home anywhere: does it take dtype and device from its inputs?

It is called while torch's default dtype is the other one of float32 and float64, and with its
inputs on a second device that every machine can play (kata.answers.second).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer, Outcome
from kata.answers.second import NoNumpy, OnTwoDevices
from kata.answers.trace import tensors_in
from kata.checks.compare import assert_tensor
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE, NUMPY
from kata.checks.gradients import by_name
from kata.refusal import Raised, Refused


def assert_at_home_anywhere(answer: Answer, args: Mapping[str, Tensor]) -> None:
    """Refuse an answer that makes its tensors in a fixed dtype, or on a fixed device."""
    before = answer.attempt(list(args.values())).value
    returned = called_elsewhere(answer, [*args.values()]).value
    if isinstance(before, Tensor):
        try:
            assert_tensor(returned, before, tuple(before.shape), "the result")
        except Refused as refused:
            raise Refused(_elsewhere(refused.message), DEFAULT_DTYPE) from None


def assert_returns_at_home(
    answer: Answer, args: Mapping[str, Any], expected: Mapping[str, Tensor]
) -> None:
    """Refuse returned gradients of a fixed dtype, and tensors made on a fixed device.

    expected: by the names of what it returns, tensors of their shapes.
    """
    like = next(iter(args.values()))
    found = by_name(called_elsewhere(answer, [*args.values()]).value, expected)
    for name, tensor in expected.items():
        try:
            assert_tensor(found[name], like, tuple(tensor.shape), name)
        except Refused as refused:
            named = getattr(found[name], "dtype", like.dtype) != like.dtype
            said = DEFAULT_DTYPE if named else None
            raise Refused(_elsewhere(refused.message), said) from None


def assert_lists_at_home(answer: Answer, *args: Any) -> None:
    """Refuse lists of tensors in another dtype than the first parameter's, or on a fixed device."""
    like = tensors_in(args)[0]
    for tensor in tensors_in(called_elsewhere(answer, args).value):
        if tensor.dtype != like.dtype:
            message = _elsewhere(f"a result is {tensor.dtype}; expected {like.dtype}")
            raise Refused(message, DEFAULT_DTYPE)


def called_elsewhere(answer: Answer, args: Sequence[Any], via: str | None = None) -> Outcome:
    """Return a traced call's outcome, while torch's default dtype is not that of the inputs.

    Inputs on the CPU lie on a second device meanwhile. Refuses what then lands on the CPU, and
    numpy. An answer that fails there in another way is called where it is: to play a device is not
    to have one.
    """
    like = tensors_in(args)[0]
    other = torch.float64 if like.dtype == torch.float32 else torch.float32
    call = partial(answer.attempt, args, via=via, trace=True, default_dtype=other)
    outcome = call(elsewhere=like.device.type == "cpu")
    if isinstance(outcome.stopped, Raised):
        for kind, mistake in ((OnTwoDevices, ASTRAY), (NoNumpy, NUMPY)):
            if kind.__name__ in outcome.stopped.kinds:
                raise Refused(f"with its inputs on a GPU, it {outcome.stopped.message}", mistake)
        import os

        os.environ.get("SHOWFB") and print("FALLBACK", answer.name, outcome.stopped.message[:200])
        outcome = call()
    elif outcome.trace and outcome.trace.astray:
        what = min(outcome.trace.astray)
        raise Refused(f"{what}, is on the CPU, wherever the inputs are", ASTRAY)
    return outcome


def _elsewhere(message: str) -> str:
    return f"with another default dtype of torch, {message}"
