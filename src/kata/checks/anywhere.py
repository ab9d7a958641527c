"""Is an answer at home anywhere: does it take dtype and device from its inputs?

It is called while torch's default dtype is the other one of float32 and float64. A tensor made
without `device=` lands on the CPU, and so may not meet the inputs, which could be on CUDA.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.trace import Trace, tensors_in
from kata.checks.compare import assert_tensor
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE, NUMPY
from kata.checks.gradients import by_name
from kata.refusal import Refused


def assert_at_home_anywhere(answer: Answer, args: Mapping[str, Tensor]) -> None:
    """Refuse an answer that makes its tensors in a fixed dtype, or on a fixed device."""
    before = answer.attempt(list(args.values())).value
    returned, trace = _called(answer, *args.values())
    _refuse_astray(trace)
    _refuse_numpy(trace)
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
    returned, trace = _called(answer, *args.values())
    found = by_name(returned, expected)
    _refuse_astray(trace)
    _refuse_numpy(trace)
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
    returned, trace = _called(answer, *args)
    _refuse_astray(trace, "parameters")
    for tensor in tensors_in(returned):
        if tensor.dtype != like.dtype:
            message = _elsewhere(f"a result is {tensor.dtype}; expected {like.dtype}")
            raise Refused(message, DEFAULT_DTYPE)


def _called(answer: Answer, *args: Any) -> tuple[Any, Trace]:
    """Return what a traced call returned while torch's default dtype was not that of the args."""
    like = tensors_in(args)[0].dtype
    other = torch.float64 if like == torch.float32 else torch.float32
    outcome = answer.attempt(args, trace=True, default_dtype=other)
    returned, trace = outcome.value, outcome.trace
    assert trace is not None
    return returned, trace


def _refuse_astray(trace: Trace, given: str = "inputs") -> None:
    if trace.astray:
        made = f"makes {min(trace.astray)} on torch's default device"
        raise Refused(f"{made}, whatever the {given}' device is", ASTRAY)


def _refuse_numpy(trace: Trace) -> None:
    if trace.numpy:
        raise Refused("gives a tensor to numpy, which takes none from a GPU", NUMPY)


def _elsewhere(message: str) -> str:
    return f"with another default dtype of torch, {message}"
