"""Does an answer keep something between two calls: what it saw, or the tensor that it returned?"""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from kata.answers.trace import tensors_in
from kata.refusal import Refused

KEPT = (
    "You keep something of an earlier call (a cache, a global, an attribute). Compute each result "
    "from the arguments of its own call: weights change in place between two calls."
)
ONE_BUFFER = (
    "You keep one tensor for the results of all calls, so a call overwrites what an earlier one "
    "returned. Make a new one in each call."
)


def assert_looks_again(
    check: Callable[..., None], args: Sequence[Any], changed: Sequence[Any]
) -> None:
    """Check an answer on some arguments, and again when the same tensors hold other values.

    check: called with the arguments; what it refuses of copies has nothing to do with what is kept.
    """
    check(*args)
    for tensor, values in zip(tensors_in(args), tensors_in(changed), strict=True):
        tensor.copy_(values)
    check(*changed)
    try:
        check(*args)
    except Refused as refused:
        text = f"called again on the same tensors, with other values: {refused.message}"
        raise Refused(text, KEPT) from None


def assert_results_last(call: Callable[[], Any], mistake: str = ONE_BUFFER) -> None:
    """Refuse results that a later call overwrites. call: calls the answer on new tensors."""
    results: list[Tensor] = tensors_in(call())
    before = [result.detach().clone() for result in results]
    call()
    if not all(a.allclose(b, 0, 0, equal_nan=True) for a, b in zip(results, before, strict=True)):
        raise Refused("what a call gave changed in a later call, on other tensors", mistake)
