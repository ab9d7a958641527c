"""What the tests ask of a training step: new tensors, from lists that keep their values."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from kata.answers.call import Answer
from kata.answers.words import count, kind
from kata.checks.compare import Expected, assert_close
from kata.checks.gradients import AUTOGRAD
from kata.checks.traced import traced
from kata.refusal import Refused

SAME_AGAIN = (
    "Every call gives the same order: a fixed seed, an order that is kept, or none drawn at all. "
    "Then every epoch has the same batches."
)
UNFAIR = (
    "All orders come, but some more often than others: swapping each place with any other does "
    "that, for one."
)
NOTHING = "You return nothing. The new parameters are the result: end the function with return."
ONLY_ONCE = (
    "You return a generator or a map, which can be gone through once. Make a list of it: [...]."
)
NOT_A_LIST = "You return one tensor where a list belongs, with one tensor for each parameter."
TOO_FEW = (
    "You return other than one result for each parameter. Go through all of them, to the end, and "
    "return the list after the loop."
)
TOO_MANY = (
    "You return more results than there are parameters. Return one for each of them, in their "
    "order, and nothing else in that list."
)
LIST_ALONE = (
    "You return another number of results than the function has: one list alone, or some of them. "
    "All come back together, in the docstring's order."
)


def call(answer: Answer, *args: Any, via: str | None = None) -> Any:
    """Call it; refuse autograd."""
    if via is not None:
        return answer.attempt(args, via=via).value
    value, trace = traced(answer, args)
    if trace.autograd:
        raise Refused(f"the gradient was taken by {trace.autograd}, not by hand", AUTOGRAD)
    return value


def assert_parts(got: Any, parts: int) -> Sequence[Any]:
    """Refuse what is no tuple or list of so many results."""
    if got is None:
        raise Refused("the result is None", NOTHING)
    if not isinstance(got, tuple | list) or len(got) != parts:
        said = LIST_ALONE if isinstance(got, list) else None
        raise Refused(f"the result is {kind(got)}; expected {count(parts, 'result')}", said)
    return got


def assert_all_close(
    got: Any, expected: Sequence[Expected], like: Sequence[Tensor], what: str, why: str
) -> None:
    """Refuse what is no list of tensors, one for each of `expected`, each within its bound."""
    wanted = count(len(expected), "tensor")
    if got is None:
        raise Refused(f"{what} is None; expected a list of {wanted}", NOTHING)
    if isinstance(got, Tensor) or not isinstance(got, list | tuple):
        said = NOT_A_LIST if isinstance(got, Tensor) else None
        if type(got).__name__ in ("generator", "map"):
            said = ONLY_ONCE
        raise Refused(f"{what} is {kind(got)}; expected a list of {wanted}", said)
    if len(got) != len(expected):
        text = f"{what} is {kind(got)}; expected {wanted}, one for each parameter"
        raise Refused(text, TOO_FEW if len(got) < len(expected) else TOO_MANY)
    for i, (tensor, right, parameter) in enumerate(zip(got, expected, like, strict=True)):
        assert_close(tensor, right, parameter, f"{what}[{i}]", why)
