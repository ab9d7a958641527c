"""Dialogues with an answer that is a class, or keeps something between calls.

A dialogue is a function `talk(answer, *args)` in a module of the course's package `dialogues`. It
runs where the answer lives, which may be another process, takes and returns tensors, numbers and
tuples of them, and knows nothing of what is right.

A dialogue may say which of its args are the exercise's own, in the order of its parameters, so that
a diagnosis can call what came of it by name:

    @one_call(lambda args: args[1:])
    def in_first(answer, upstream, *args): ...
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from kata.course import course

Own = Callable[[Sequence[Any]], Sequence[Any]]
Talk = TypeVar("Talk", bound=Callable[..., Any])


@dataclass(frozen=True)
class Kind:
    """What a dialogue gives back, and which of its args are the exercise's own.

    leaves_gradients: it ends with an output, what the way back returned, and what that left on each
    of the exercise's own args: ((output, returned), left). Else with the result of one call.
    """

    own: Own
    leaves_gradients: bool = False


PLAIN_CALL = Kind(own=lambda args: args)


def one_call(own: Own) -> Callable[[Talk], Talk]:
    """Say that a dialogue gives back the result of one call, with these of its args."""
    return _is_of(Kind(own))


def leaves_gradients(own: Own) -> Callable[[Talk], Talk]:
    """Say that a dialogue ends with an output, and the gradients left on these of its args."""
    return _is_of(Kind(own, leaves_gradients=True))


def dialogue(name: str) -> Callable[..., Any]:
    """Return the dialogue called "module.function". Raises ImportError, AttributeError."""
    module, function = name.split(".")
    package = import_module(f"{course().package}.dialogues.{module}")
    found: Callable[..., Any] = getattr(package, function)
    return found


def kind_of(name: str | None) -> Kind | None:
    """Return what the dialogue of this name says of itself: None for nothing.

    name: None stands for no dialogue, but a plain call of the answer.
    """
    return PLAIN_CALL if name is None else getattr(dialogue(name), "kind", None)


def _is_of(kind: Kind) -> Callable[[Talk], Talk]:
    def mark(talk: Talk) -> Talk:
        talk.kind = kind  # type: ignore[attr-defined]  # a function takes any attribute
        return talk

    return mark
