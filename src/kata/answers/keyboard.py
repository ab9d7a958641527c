"""What breakpoint(), pdb.set_trace() and input() do in an answer: they want a person at a keyboard.

A grade calls an answer hundreds of times, mostly where nobody can type: in a fork, a worker, a
notebook's kernel, behind a fence, in a pipe. There each is an error that says what to do. In a
terminal pytest opens its debugger; then the diagnosis passes breakpoints by, as it calls the answer
on inputs of its own, unseen.
"""

import builtins
import pdb
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# whether what an answer raises is kept, with its frames and all that they hold, for pytest --pdb
KEPT = {"errors": False}


class NoKeyboard(EOFError):
    """Raised in an answer that wants to talk with a person, where there is none."""


@contextmanager
def nobody() -> Iterator[None]:
    """Let breakpoint(), pdb.set_trace() and input() raise NoKeyboard in the block."""
    asks, builtins.input = builtins.input, _no_input
    try:
        with _debugger(_no_debugger):
            yield
    finally:
        builtins.input = asks


@contextmanager
def unseen() -> Iterator[None]:
    """Pass breakpoints by in the block; where nobody is there, they go on raising."""
    with _debugger(_no_debugger if _is_nobody() else _go_on):
        yield


def has_left(error: BaseException) -> bool:
    """Return whether a person has ended the debugger that pytest opened for them."""
    return (
        not _is_nobody() and type(error) is not NoKeyboard and error.args == ("Quitting debugger",)
    )


def _is_nobody() -> bool:
    return builtins.input is _no_input


@contextmanager
def _debugger(set_trace: Callable[..., None]) -> Iterator[None]:
    """Let breakpoint(), which looks for pdb.set_trace, call this; an editor's own hook stays."""
    before, pdb.set_trace = pdb.set_trace, set_trace
    try:
        yield
    finally:
        pdb.set_trace = before


def _no_debugger(*args: Any, **kwargs: Any) -> None:
    raise NoKeyboard(
        "a breakpoint has nobody to talk to here; "
        "in a terminal of your own: pytest -x --time-limit 0 -k NAME"
    )


def _no_input(*args: Any) -> str:
    raise NoKeyboard(
        "input() has nobody to ask: a function gets all that it needs as arguments; remove it"
    )


def _go_on(*args: Any, **kwargs: Any) -> None:
    pass
