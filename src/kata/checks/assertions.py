"""What the tests ask of a function that judges: one that answers True or False, or asserts."""

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.checks.compare import compact
from kata.checks.forward import BOOL_TENSOR, ELEMENTWISE, OTHER_ERROR, RAISES, RETURNS, UNSEEN
from kata.refusal import Measured, Raised, Refused

BUGS = {"AttributeError", "IndexError", "NameError", "RuntimeError", "TypeError"}  # not on purpose


def assert_answers(answer: Answer, args: Sequence[Any], expected: bool, why: str) -> None:
    """Refuse what is no Python bool, then the wrong one of the two."""
    outcome = answer.attempt(args)
    stopped = outcome.stopped
    if not expected and isinstance(stopped, Raised) and stopped.kinds[0] not in BUGS:
        raise Refused(f"{stopped.message}; expected False{_called_with(args, why)}", RAISES)
    got = outcome.value
    if isinstance(got, Tensor) and got.dtype == torch.bool:
        said = BOOL_TENSOR if got.dim() == 0 else ELEMENTWISE
        raise Refused(f"the result is a tensor, {got.tolist()}; expected True or False", said)
    if type(got) is not bool:
        raise Refused(f"the result is {got!r} ({type(got).__name__}); expected True or False")
    if got is not expected:
        raise Refused(f"the result is {got}; expected {expected}{_called_with(args, why)}")


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
                raise Measured(f"the error's message {said}; {name} cannot be seen in it", UNSEEN)


def _called_with(args: Sequence[Any], why: str) -> str:
    shown = ", ".join(compact(a.detach()) if isinstance(a, Tensor) else f"{a:g}" for a in args)
    return f"\n  called with ({shown})\n  why: {why}"
