"""Calls under trace. That is slow for an answer that goes row by row: not where it gets many."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from kata.answers.call import Answer
from kata.answers.trace import Trace

_TRACES = ContextVar("_TRACES", default=True)


def traced(answer: Answer, args: Any, **options: Any) -> tuple[Any, Trace]:
    """Call an answer; return what it returned, and its trace: an empty one where none is kept."""
    outcome = answer.attempt(args, trace=_TRACES.get(), **options)
    return outcome.value, outcome.trace or Trace()


@contextmanager
def untraced() -> Iterator[None]:
    """Keep no trace of the calls in the block."""
    token = _TRACES.set(False)
    try:
        yield
    finally:
        _TRACES.reset(token)
