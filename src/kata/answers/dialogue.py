"""Dialogues with an answer that is a class, or keeps something between calls.

A dialogue is a function `talk(answer, *args)` in a module of the course's package `dialogues`. It
runs where the answer lives, which may be another process, takes and returns tensors, numbers and
tuples of them, and knows nothing of what is right.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from kata.course import course


def dialogue(name: str) -> Callable[..., Any]:
    """Return the dialogue called "module.function". Raises ImportError, AttributeError."""
    module, function = name.split(".")
    package = import_module(f"{course().package}.dialogues.{module}")
    found: Callable[..., Any] = getattr(package, function)
    return found
