"""What the tests ask of a function that returns gradients, in place of setting them.

It takes the upstream gradient as an argument, and returns one gradient or several, in order.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.trace import Trace
from kata.answers.words import count, kind
from kata.checks.compare import Expected, assert_close, assert_tensor
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE, NUMPY
from kata.checks.gradients import ANEW, AUTOGRAD, STALE
from kata.refusal import Refused

Arguments = Mapping[str, Any]  # in the order of the parameters; the first is a tensor
Oracle = Callable[..., dict[str, Expected]]


def assert_returns(
    answer: Answer, args: Arguments, expected: Mapping[str, Expected], why: Mapping[str, str]
) -> None:
    """Call a function that returns gradients; refuse autograd, then any wrong one of them.

    expected, why: by the names of what it returns, in order.
    """
    found, trace = _call(answer, args, expected)
    if trace.autograd:
        raise Refused(f"the gradient was taken by {trace.autograd}, not by hand", AUTOGRAD)
    like = next(iter(args.values()))
    for name, wanted in expected.items():
        assert_close(found[name], wanted, like, name, why[name])


def assert_returns_anew(
    answer: Answer, make: Callable[[], Arguments], oracle: Oracle, why: Mapping[str, str]
) -> None:
    """Call it on some tensors, on the same ones with other values, then on others.

    make: draws arguments, always of the same shapes.
    """
    args, changed, others = make(), make(), make()
    assert_returns(answer, args, oracle(**args), why)

    for name, value in args.items():
        if isinstance(value, Tensor):
            value.copy_(changed[name])
    for later in (args, others):
        expected = oracle(**later)
        try:
            assert_returns(answer, later, expected, dict.fromkeys(expected, ANEW))
        except Refused as refused:
            raise Refused(f"in a second call, {refused.message}", STALE) from None


def assert_returns_at_home(answer: Answer, args: Arguments, expected: Mapping[str, Tensor]) -> None:
    """Refuse results of torch's default dtype, and tensors made on the default device.

    expected: tensors of the results' shapes.
    """
    like = next(iter(args.values()))
    other = torch.float64 if like.dtype == torch.float32 else torch.float32
    found, trace = _call(answer, args, expected, other)
    if trace.astray:
        raise Refused(
            f"makes {min(trace.astray)} on torch's default device, whatever the inputs' device is",
            ASTRAY,
        )
    if trace.numpy:
        raise Refused("gives a tensor to numpy, which takes none from a GPU", NUMPY)
    for name, tensor in expected.items():
        try:
            assert_tensor(found[name], like, tuple(tensor.shape), name)
        except Refused as refused:
            text = f"with another default dtype of torch, {refused.message}"
            named = getattr(found[name], "dtype", like.dtype) != like.dtype
            raise Refused(text, DEFAULT_DTYPE if named else None) from None


def _call(
    answer: Answer,
    args: Arguments,
    names: Mapping[str, Any],
    default_dtype: torch.dtype | None = None,
) -> tuple[dict[str, Any], Trace]:
    """What a traced call returned, by name."""
    outcome = answer.attempt(list(args.values()), trace=True, default_dtype=default_dtype)
    returned, trace = outcome.value, outcome.trace
    assert trace is not None
    if len(names) == 1:
        return dict.fromkeys(names, returned), trace
    if not isinstance(returned, tuple | list) or len(returned) != len(names):
        several = isinstance(returned, tuple | list)
        got = count(len(returned), "value") if several else kind(returned)
        raise Refused(f"it returned {got}; expected {len(names)} tensors: {', '.join(names)}")
    return dict(zip(names, returned, strict=True)), trace
