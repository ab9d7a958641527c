"""Dialogues with a learner's own autograd, a class whose objects hold tensors.

A program is a tuple of steps ("add", 0, 1): an operation, and the places of its operands among the
leaves and the results of earlier steps. A dialogue that ends in tensors weighs the last result by
a random upstream gradient, in the learner's own operations.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from torch import Tensor

Program = Sequence[tuple[Any, ...]]
Class = Callable[[Tensor], Any]

OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "matmul": lambda a, b: a @ b,
    "relu": lambda a: a.relu(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "sum": lambda a: a.sum(),
    "mean": lambda a: a.mean(),
}

EVERY_PATH = (
    "You go back along every path from the loss, and their number doubles where a Value is used "
    "twice."
)
KEEPS_ADDING = (
    "Your gradients still hold those of an earlier backward(). Each call overwrites them: start "
    "all of this graph's from zero."
)


def run(answer: Class, program: Program, upstream: Tensor, *leaves: Tensor) -> Any:
    """Take a program there and back; the .data and the .grad of all its Values, in order."""
    values = _there(answer, program, [answer(leaf) for leaf in leaves])
    _back(answer, values, upstream)
    return [v.data for v in values], [v.grad for v in values]


def run_again(
    answer: Class, program: Program, first: Tensor, upstream: Tensor, *leaves: Tensor
) -> Any:
    """Go back through one graph, from one loss and twice from another; what that left."""
    values = _there(answer, program, [answer(leaf) for leaf in leaves])
    _back(answer, values, first)
    loss = (values[-1] * answer(upstream)).sum()
    loss.backward()
    loss.backward()
    return [v.data for v in values], [v.grad for v in values]


def chain(answer: Class, length: int, upstream: Tensor, x: Tensor) -> Any:
    """Add x to x so many times, one after the other; go back; x's gradient."""
    start = value = answer(x)
    for _ in range(length):
        value = value + start
    (value * answer(upstream)).sum().backward()
    return start.grad


def doubled(answer: Class, times: int, x: Tensor) -> int:
    """Add x to itself, that to itself, and so on; go back; how many lines of Python that ran."""
    value = answer(x)
    for _ in range(times):
        value = value + value
    loss = value.sum()
    with _events_counted() as events:
        loss.backward()
    return events["line"]


@contextmanager
def _events_counted() -> Iterator[Counter[str]]:
    """Count what a debugger would see by its kind: each "line" that runs, each "call"."""
    events: Counter[str] = Counter()

    def see(frame: FrameType, event: str, _: Any) -> Any:
        events[event] += 1
        return see

    before = sys.gettrace()
    sys.settrace(see)
    try:
        yield events
    finally:
        sys.settrace(before)


def train(answer: Class, steps: int, lr: float, x: Tensor, goals: Tensor, *start: Tensor) -> Any:
    """Train lin, relu, lin on the cross-entropy; the parameters after each step.

    goals: each row's right class, one-hot.
    """
    params, after = list(start), []
    for _ in range(steps):
        w1, b1, w2, b2 = leaves = [answer(p) for p in params]
        logits = (answer(x) @ w1 + b1).relu() @ w2 + b2
        _cross_entropy(answer, logits, goals).backward()
        params = [leaf.data - lr * leaf.grad for leaf in leaves]
        after.append(params)
    return after


def _cross_entropy(answer: Class, logits: Any, goals: Tensor) -> Any:
    """Return the mean of log sum exp less the right logit, in operations that a Value has.

    A product with a column of ones is the sum of a row. A row's maximum, a constant, keeps exp
    finite; taken from all logits of the row, it changes no loss, and so no gradient.
    """
    ones = answer(goals.new_ones(goals.shape[1], 1))
    shifted = logits + answer(-logits.data.amax(1, keepdim=True))
    return ((shifted.exp() @ ones).log() + (shifted * answer(-goals)) @ ones).mean()


def _there(answer: Class, program: Program, values: list[Any]) -> list[Any]:
    """Return the leaves, and what each step makes of those before it."""
    for name, *operands in program:
        values.append(OPERATIONS[name](*(values[i] for i in operands)))
    return values


def _back(answer: Class, values: list[Any], upstream: Tensor) -> None:
    (values[-1] * answer(upstream)).sum().backward()
