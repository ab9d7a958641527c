"""What the chapters' tests ask of an answer, beyond equal values."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answer import Answer
from kata.compare import Expected, assert_close, assert_tensor, compact
from kata.refusal import Raised, Refused

CUT_FROM = (
    "The result is cut off from {} (detach, .data, no_grad, item or a new tensor built from its "
    "numbers). A forward function must stay differentiable."
)
CUT = (
    "You leave torch's graph on the way (detach, .data, no_grad, item, numpy or a new tensor built "
    "from numbers). A forward function must stay differentiable."
)
KEPT = (
    "You keep something of an earlier call (a cache, a global, an attribute). Compute each result "
    "from the arguments of its own call: weights change in place between two calls."
)
SPOILT = (
    "You change a tensor in place (*=, out=) whose old values autograd needs on its way back. Make "
    "a new tensor instead."
)
ASTRAY = (
    "You make a tensor without saying where (torch.zeros(n), torch.tensor([...])). With inputs on "
    "a GPU it would still be on the CPU: use zeros_like, new_zeros or device=x.device."
)
DEFAULT_DTYPE = (
    "You make a tensor in torch's default dtype. Take the inputs' dtype: zeros_like, new_zeros or "
    "dtype=x.dtype."
)


def assert_forward(
    answer: Answer, args: Sequence[Tensor], expected: Expected, why: str, what: str = "the result"
) -> None:
    """Call a forward function; refuse a result that is not the expected one."""
    assert_close(answer(*args), expected, args[0], what, why)


def assert_each_call_anew(
    answer: Answer, make: Callable[[], list[Tensor]], oracle: Callable[..., Expected], why: str
) -> None:
    """Call a forward function, again on the same tensors with other values, then on others."""
    args = make()
    before = None
    for others in (args, make(), None):
        if others is None:
            args = make()
        else:
            for arg, other in zip(args, others, strict=True):
                arg.copy_(other)
        got = answer(*args)
        if before is not None and isinstance(got, Tensor) and got.detach().equal(before):
            raise Refused("a call on other values gives the result of the call before", KEPT)
        assert_close(got, oracle(*args), args[0], "the result", why)
        before = got.detach().clone()


def assert_differentiable(
    answer: Answer,
    args: Sequence[Tensor],
    upstream: Tensor,
    expected: dict[str, Expected],
    why: str,
) -> None:
    """Differentiate through a forward function; refuse gradients other than the oracle's.

    expected: for the names of all its arguments, in order.
    """
    try:
        found = answer.gradients(args, upstream, range(len(args)))
    except Raised as raised:
        answer(*args)  # where it raises without autograd too, that is the better message
        raise Refused(f"with inputs that record gradients, it {raised.message}", CUT) from None
    except RuntimeError as error:  # from torch, on its way back through the answer
        raise Refused(f"autograd cannot go back through it: {error}", SPOILT) from None
    for got, arg, (name, wanted) in zip(found, args, expected.items(), strict=True):
        if got is None:
            raise Refused(
                f"autograd finds no way from the result back to {name}",
                CUT_FROM.format(name),
            )
        assert_close(got, wanted, arg, f"the gradient of the result in {name}", why)


def assert_at_home_anywhere(answer: Answer, args: dict[str, Tensor]) -> None:
    """Refuse an answer that makes its tensors in a fixed dtype, or on a fixed device.

    It runs while torch's default dtype is the other one of float32 and float64; a tensor made
    without `device=` lands on the CPU, and so may not meet the inputs, which could be on CUDA.
    """
    like = next(iter(args.values()))
    other = torch.float64 if like.dtype == torch.float32 else torch.float32
    before = answer.attempt(list(args.values())).value
    outcome = answer.attempt(list(args.values()), trace=True, default_dtype=other)
    returned, trace = outcome.value, outcome.trace
    assert trace is not None
    if trace.astray:
        raise Refused(
            f"makes {min(trace.astray)} on torch's default device, whatever the inputs' device is",
            ASTRAY,
        )
    if isinstance(before, Tensor):
        try:
            assert_tensor(returned, before, tuple(before.shape), "the result")
        except Refused as refused:
            raise Refused(
                f"with another default dtype of torch, {refused.message}", DEFAULT_DTYPE
            ) from None


RETURNS = (
    "You return a value. An assertion has nothing to return: it raises an AssertionError where its "
    "condition does not hold, and otherwise just ends."
)
OTHER_ERROR = (
    "You raise another kind of error. Asked for is an AssertionError, which is what an assert "
    "statement raises and what callers look for."
)
UNSEEN = (
    "Your message does not show both values. Whoever reads it wants to see a and b: put both into "
    "it, as in assert condition, f'{a} {b}'."
)
BUGS = {"AttributeError", "IndexError", "NameError", "RuntimeError", "TypeError"}  # not on purpose


def assert_stops(answer: Answer, args: Sequence[Any], why: str) -> str:
    """Refuse an assertion that lets args pass; return the text of its AssertionError."""
    outcome = answer.attempt(args)
    stopped = outcome.stopped
    if stopped is None:
        raise Refused(
            f"it raised nothing; expected an AssertionError{_called_with(args, why)}",
            None if outcome.returned is None else RETURNS,
        )
    if not isinstance(stopped, Raised) or stopped.kinds[0] in BUGS:
        raise stopped
    if "AssertionError" not in stopped.kinds:
        raise Refused(f"{stopped.message}; expected an AssertionError", OTHER_ERROR)
    return stopped.text


def assert_lets_pass(answer: Answer, args: Sequence[Any], why: str) -> Any:
    """Refuse an assertion that stops at args; return what it returned."""
    outcome = answer.attempt(args)
    stopped = outcome.stopped
    if isinstance(stopped, Raised) and "AssertionError" in stopped.kinds:
        raise Refused(f"it raised an AssertionError; expected none{_called_with(args, why)}")
    return outcome.value


def assert_shows(text: str, values: dict[str, Tensor]) -> None:
    """Refuse the text of an error that leaves out any of these numbers, to about two digits.

    Signs are not looked at: `2.5-7.5` may be a difference or a dash.
    """
    numbers = [float(n) for n in re.findall(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text)]
    for name, tensor in values.items():
        for value in tensor.abs().flatten().tolist():
            if not any(abs(number - value) <= 0.01 * value for number in numbers):
                said = f"is {text!r}" if text else "is empty"
                raise Refused(f"the error's message {said}; {name} cannot be seen in it", UNSEEN)


def _called_with(args: Sequence[Any], why: str) -> str:
    shown = ", ".join(compact(a.detach()) if isinstance(a, Tensor) else f"{a:g}" for a in args)
    return f"\n  called with ({shown})\n  why: {why}"
