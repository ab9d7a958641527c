"""Dialogues with an answer that is a class, or keeps something between calls.

A script is a function `talk(answer, *args)` in a module of this package. It runs where the answer
lives, which may be another process, takes and returns tensors, numbers and tuples of them, and
knows nothing of what is right.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def script(name: str) -> Callable[..., Any]:
    """The script called "module.function"."""
    module, function = name.split(".")
    found: Callable[..., Any] = getattr(import_module(f"{__name__}.{module}"), function)
    return found
