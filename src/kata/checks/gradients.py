"""What the tests ask of a gradient function: by hand, and anew at each call.

It sets .grad and adds to none; or it takes the upstream gradient as an argument and returns one
gradient or several, in order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.trace import Trace
from kata.answers.words import count, kind
from kata.checks import state
from kata.checks.compare import Expected, assert_close
from kata.checks.traced import traced
from kata.refusal import Measured, Refused

AUTOGRAD = (
    "You let autograd do the work (backward, torch.autograd or torch.func). Write out the "
    "derivative yourself; only then is this function a replacement for it."
)
NAMED_G = (
    "You set .g (the notebook's name for it). The kata reads .grad, as torch does: set that one."
)
RETURNED = (
    "You return the gradient. The function should set it, as the .grad of the tensor that it "
    "belongs to, and return nothing."
)
OVERWRITES = "You overwrite {}.grad, which is given. Read it, and set the others."
ADDS = (
    "You add to the .grad that an earlier call left there (+=). Each call should overwrite it, "
    "whatever it holds."
)
KEPT = (
    "You leave a .grad as an earlier call set it, though the arguments have other values now. Each "
    "call should overwrite it, whether or not there is one already."
)
PARTLY = (
    "You set only some elements of .grad, so the others keep what an earlier call left there. Each "
    "call should set them all, zeros as well."
)
STALE = state.KEPT  # what is kept between two calls, under the name that gradients have for it
SHARED = (
    "You keep one buffer for all calls, so a call on other tensors changes the gradients of the "
    "call before. Write into the tensor's own .grad, or make a new one."
)
RETURNS_MORE = (
    "You return more than the loss. The gradients are set on the tensors; return the loss alone."
)
ANEW = "each call stands for itself: it depends on its own arguments, not on an earlier call"

Arguments = Mapping[str, Any]  # in the order of the parameters; the first is a tensor
Oracle = Callable[..., dict[str, Expected]]


def run_by_hand(
    answer: Answer, args: dict[str, Tensor], sets: Sequence[str], returns: bool = False
) -> tuple[Any, dict[str, Tensor], Trace]:
    """Call a gradient function; return what it returned, the .grad of each name, and the trace.

    Refuses autograd, a .grad left unset, a changed upstream, and a value returned instead.
    """
    upstreams = {
        name: (tensor.grad, tensor.grad.clone())
        for name, tensor in args.items()
        if tensor.grad is not None and name not in sets
    }
    returned, trace = traced(answer, list(args.values()))
    if trace.autograd:
        raise Measured(f"the gradient was taken by {trace.autograd}, not by hand", AUTOGRAD)
    unwanted = returned is not None and not returns
    for name in sets:
        if args[name].grad is None:
            if getattr(args[name], "g", None) is not None:
                raise Refused(f"{name}.grad is not set; {name}.g is", NAMED_G)
            raise Refused(f"{name}.grad is not set", RETURNED if unwanted else None)
    for name, (upstream, values) in upstreams.items():
        if not (args[name].grad is upstream and upstream.equal(values)):
            text = f"{name}.grad, the upstream gradient, was changed"
            raise Refused(text, OVERWRITES.format(name))
    if unwanted:
        raise Refused(f"it returned {kind(returned)}; expected None", RETURNED)
    return returned, {name: _grad(args[name]) for name in sets}, trace


def assert_backward(
    answer: Answer,
    args: dict[str, Tensor],
    expected: dict[str, Expected],
    why: dict[str, str],
    returns: bool = False,
) -> None:
    """Call a gradient function; refuse any .grad other than the expected one."""
    _, grads, _ = run_by_hand(answer, args, list(expected), returns)
    for name, wanted in expected.items():
        assert_close(grads[name], wanted, args[name], f"{name}.grad", why[name])


def assert_sets_anew(
    answer: Answer,
    make: Callable[[], dict[str, Tensor]],
    oracle: Oracle,
    why: dict[str, str],
    returns: bool = False,
) -> None:
    """Call a gradient function on some tensors, on others, and on these again with new values.

    make: draws a fresh set of arguments, always of the same shapes.
    """
    first, others, changed = make(), make(), make()
    assert_backward(answer, first, oracle(*first.values()), why, returns)

    expected = oracle(*others.values())
    _, grads, _ = run_by_hand(answer, others, list(expected), returns)
    for name, wanted in expected.items():
        if not _equals(grads[name], wanted):
            stale = [oracle(*args.values())[name] for args in _mixtures(first, others)]
            if any(_equals(grads[name], mixed) for mixed in stale):
                raise Refused(f"{name}.grad comes in part from an earlier call", STALE)
        assert_close(grads[name], wanted, others[name], f"{name}.grad in a second call", ANEW)

    earlier = expected
    for name, tensor in others.items():  # as an optimiser would: the same tensors, other values
        tensor.copy_(changed[name])
        tensor.grad = changed[name].grad if name not in expected else tensor.grad
    expected = oracle(*others.values())
    _, grads, _ = run_by_hand(answer, others, list(expected), returns)
    for name, wanted in expected.items():
        if not _equals(grads[name], wanted):
            _refuse_what_is_left(f"{name}.grad", grads[name], earlier[name], wanted)
        assert_close(grads[name], wanted, others[name], f"{name}.grad in a third call", ANEW)

    state.assert_results_last(
        lambda: run_by_hand(answer, make(), list(expected), returns)[1], SHARED
    )


def assert_returns(
    answer: Answer, args: Arguments, expected: Mapping[str, Expected], why: Mapping[str, str]
) -> None:
    """Call a function that returns gradients; refuse autograd, then any wrong one of them.

    expected, why: by the names of what it returns, in order.
    """
    found, trace = _call(answer, args, expected)
    if trace.autograd:
        raise Measured(f"the gradient was taken by {trace.autograd}, not by hand", AUTOGRAD)
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
    state.assert_results_last(lambda: answer(*make().values()))


def by_name(returned: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return what was returned by its names; refuse other than one result for each of them."""
    names = list(names)
    if len(names) == 1:
        return dict.fromkeys(names, returned)
    if not isinstance(returned, tuple | list) or len(returned) != len(names):
        several = isinstance(returned, tuple | list)
        got = count(len(returned), "value") if several else kind(returned)
        raise Refused(f"it returned {got}; expected {len(names)} tensors: {', '.join(names)}")
    return dict(zip(names, returned, strict=True))


def _refuse_what_is_left(what: str, got: Tensor, earlier: Expected, wanted: Expected) -> None:
    """Refuse a .grad in which an earlier call's is seen, whole, added or in part."""
    if _equals(got, earlier):
        raise Refused(f"{what} is still that of an earlier call on these tensors", KEPT)
    partly = _equals(got, _where_it_is_0(earlier, wanted))
    if _equals(got, _sum(earlier, wanted)):
        # where no element is in both gradients, what is added and what is left look alike
        said = None if partly else ADDS
        raise Refused(f"{what} holds the sum of this call's and an earlier call's", said)
    if partly:
        raise Refused(f"{what} is in part still that of an earlier call on these tensors", PARTLY)


def _call(answer: Answer, args: Arguments, names: Iterable[str]) -> tuple[dict[str, Any], Trace]:
    """Return what a traced call returned, by name."""
    returned, trace = traced(answer, list(args.values()))
    return by_name(returned, names), trace


def _mixtures(earlier: dict[str, Tensor], later: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """Yield the later call's arguments, with one or more of the earlier call's in their places."""
    for size in range(1, len(later) + 1):
        for names in combinations(later, size):
            yield {name: (earlier if name in names else later)[name] for name in later}


def _grad(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def _sum(a: Expected, b: Expected) -> Expected:
    return Expected(a.values + b.values, a.scale + b.scale, a.roundings + b.roundings + 1)


def _where_it_is_0(earlier: Expected, wanted: Expected) -> Expected:
    """Return a later call's gradient, with an earlier call's where the later one's is 0."""
    kept = wanted.values == 0
    return Expected(
        torch.where(kept, earlier.values, wanted.values),
        torch.where(kept, earlier.scale, wanted.scale),
        max(earlier.roundings, wanted.roundings),
    )


def _equals(got: Tensor, expected: Expected) -> bool:
    if got.shape != expected.values.shape:
        return False
    error = (got.detach().double().cpu() - expected.values.cpu()).abs()
    return bool((error <= expected.tolerance(got.dtype).cpu()).all())
