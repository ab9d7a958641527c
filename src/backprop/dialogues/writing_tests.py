"""Talks with an answer that is itself a test: hand it one function after another."""

from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

import torch

from kata.answers.seeds import seed_torch

Check = Callable[[Callable[..., Any]], Any]
# what happens to a test that meets a wrong function: it fails on purpose, or trips over it
STOPPED = (AssertionError, AttributeError, IndexError, NameError, RuntimeError, TypeError)


def verdicts(check: Check, *texts: str) -> list[str]:
    """Return what a check does with each of some functions, each given as a program (see
    `candidate`).

    For each: "accepts", "refuses", the name of another kind of error that it raised, or
    "returns TYPE" where it returned something.
    """
    return [_verdict(check, text) for text in texts]


def reason(check: Check, text: str) -> str:
    """Return the error that a check raises at one function; "" where it raises none."""
    try:
        _ask(check, text)
    except STOPPED as error:
        return f"{type(error).__name__}: {str(error)[:500]}"
    return ""


def candidate(text: str) -> Callable[..., Any]:
    """Return the function that a program calls `candidate`, under a wrapper that does not tell its
    name.

    What it raises becomes a RuntimeError, so that it is not taken for the check's own.
    """
    names: dict[str, Any] = {}
    exec(_compiled(text), names)
    function = names["candidate"]

    def handed_over(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    return handed_over


@cache
def _compiled(text: str) -> CodeType:
    return compile(text, "<candidate>", "exec")


def _verdict(check: Check, text: str) -> str:
    try:
        returned = _ask(check, text)
    except NotImplementedError:  # an untouched stub's; the candidate's own is a RuntimeError
        raise
    except STOPPED:
        return "refuses"
    except Exception as error:
        return type(error).__name__
    return "accepts" if returned is None else f"returns {type(returned).__name__}"


def _ask(check: Check, text: str) -> Any:
    """Call the check, which may draw at random and seed: the verdict is the same in every run."""
    with torch.random.fork_rng(devices=[]):
        seed_torch(0)
        return check(candidate(text))
