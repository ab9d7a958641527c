"""What the chapters' tests ask of an answer, beyond equal values."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answer import Answer
from kata.compare import Expected, assert_close, assert_tensor
from kata.refusal import Refused
from kata.trace import Trace

NAMED_G = (
    "You set .g (the notebook's name for it). The kata reads .grad, as torch does: set inp.grad."
)
RETURNED = "You return the gradient. The function is to set it (inp.grad = ...) and return nothing."


def assert_forward(
    answer: Answer, args: Sequence[Tensor], expected: Expected, why: str, what: str = "the result"
) -> None:
    """Call a forward function; refuse a result that is not the expected one."""
    assert_close(answer(*args), expected, args[0], what, why)


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
    found = answer.gradients(args, upstream, range(len(args)))
    for got, arg, (name, wanted) in zip(found, args, expected.items(), strict=True):
        if got is None:
            raise Refused(
                f"autograd finds no way from the result back to {name}",
                f"The result is cut off from {name} (detach, .data, no_grad, item or a new tensor "
                "built from its numbers). A forward function must stay differentiable.",
            )
        assert_close(got, wanted, arg, f"the gradient of the result in {name}", why)


def run_by_hand(
    answer: Answer, args: dict[str, Tensor], sets: Sequence[str], returns: bool = False
) -> tuple[Any, dict[str, Any], Trace]:
    """Call a gradient function; return what it returned, the .grad of each name, and the trace.

    Refuses autograd, a .grad left unset, a changed upstream, and a value returned instead.
    """
    upstreams = {name: (t.grad, t.grad.clone()) for name, t in args.items() if t.grad is not None}
    outcome = answer.attempt(list(args.values()), trace=True)
    returned, trace = outcome.value, outcome.trace
    assert trace is not None
    if trace.autograd:
        raise Refused(
            f"the gradient was taken by {trace.autograd}, not by hand",
            "You let autograd do the work (backward, torch.autograd or torch.func). Write out the "
            "derivative yourself; only then is this function a replacement for it.",
        )
    for name in sets:
        tensor = args[name]
        if tensor.grad is None:
            if getattr(tensor, "g", None) is not None:
                raise Refused(f"{name}.grad is not set; {name}.g is", NAMED_G)
            hint = RETURNED if returned is not None and not returns else None
            raise Refused(f"{name}.grad is not set", hint)
    for name, (upstream, values) in upstreams.items():
        if name not in sets and not (args[name].grad is upstream and upstream.equal(values)):
            raise Refused(
                f"{name}.grad, the upstream gradient, was changed",
                f"You overwrite {name}.grad, which is given. Read it, and set the others.",
            )
    if returned is not None and not returns:
        raise Refused(f"it returned a {type(returned).__name__}; expected None", RETURNED)
    return returned, {name: args[name].grad for name in sets}, trace


def assert_backward(
    answer: Answer, args: dict[str, Tensor], expected: dict[str, Expected], why: dict[str, str]
) -> None:
    """Call a gradient function; refuse any .grad other than the expected one."""
    _, grads, _ = run_by_hand(answer, args, list(expected))
    for name, wanted in expected.items():
        assert_close(grads[name], wanted, args[name], f"{name}.grad", why[name])


def assert_sets_anew(
    answer: Answer,
    make: Callable[[], dict[str, Tensor]],
    oracle: Callable[..., dict[str, Expected]],
) -> None:
    """Call a gradient function twice on the same tensors, then on others.

    The second call must set the same gradients again; the third must not remember the first two.
    """
    args = make()
    expected = oracle(*args.values())
    for _ in range(2):
        _, grads, _ = run_by_hand(answer, args, list(expected))
        grads = {name: grad.clone() for name, grad in grads.items()}
    for name, wanted in expected.items():
        twice = Expected(2 * wanted.values, wanted.scale, wanted.roundings)
        if _equals(grads[name], twice) and wanted.values.any():
            raise Refused(
                f"{name}.grad is twice as large after a second call on the same tensors",
                f"You add to {name}.grad. A second call must set it anew, not add to what the "
                "first one left there.",
            )
        assert_close(grads[name], wanted, args[name], f"{name}.grad after a second call", ANEW)
    assert_backward(answer, others := make(), oracle(*others.values()), dict.fromkeys(args, ANEW))


ANEW = "each call stands for itself: it depends on its own arguments, not on an earlier call"


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
            "You make a tensor without saying where (torch.zeros(n), torch.tensor([...])). With "
            "inputs on a GPU it would still be on the CPU: use zeros_like, new_zeros or "
            "device=x.device.",
        )
    if isinstance(before, Tensor):
        try:
            assert_tensor(returned, before, tuple(before.shape), "the result")
        except Refused as refused:
            raise Refused(
                f"with another default dtype of torch, {refused.message}",
                "You make a tensor in torch's default dtype. Take the inputs' dtype: zeros_like, "
                "new_zeros or dtype=x.dtype.",
            ) from None


def _equals(got: Tensor, expected: Expected) -> bool:
    error = (got.double().cpu() - expected.values.cpu()).abs()
    return bool((error <= expected.tolerance(got.dtype).cpu()).all())
