"""What a course says of a small net, so that it can be stepped through.

The engine knows no formula: it runs the exercises that a net names, and measures the slopes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kata.course import course, function_at


@dataclass(frozen=True)
class Link:
    """A step forward: a tensor is made from others.

    by: the exercise that makes it; "" where `make` does. rule: how one of its numbers is made.
    put_in: the same with the numbers put in, for the number at an index (of the inputs, as nested
    lists, by name); without it the rule alone is shown.
    via: the dialogue that calls an exercise which is a class.
    """

    out: str
    by: str
    inputs: tuple[str, ...]
    rule: str
    put_in: Callable[..., str] | None = None
    make: Callable[..., Any] | None = None
    via: str | None = None


@dataclass(frozen=True)
class Back:
    """A step back: an exercise gives gradients.

    args: what it is called on: tensors by name, or "d out", the gradient of one. rules: the tensors
    whose gradients it gives, each with its rule. returns: whether it returns them, in this order;
    else it sets their .grad, from the .grad of those that have one already.
    """

    by: str
    args: tuple[str, ...]
    rules: Mapping[str, str]
    returns: bool = False
    via: str | None = None


@dataclass(frozen=True)
class Net:
    """A net, its numbers, and the way there and back.

    numbers: the tensors that are given, as nested lists; whole numbers (classes, say) are written
    as ints and have no slope. The last link makes the loss. trained: what a training step moves, by
    lr times its gradient; `steps` of them can be taken.
    """

    title: str
    numbers: Mapping[str, Any]
    links: Sequence[Link]
    backs: Sequence[Back]
    trained: Sequence[str] = ()
    lr: float = 0.1
    steps: int = 12
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def loss(self) -> str:
        """Return the name of the loss."""
        return self.links[-1].out

    @property
    def exercises(self) -> set[str]:
        """Return the exercises that it runs."""
        named = [link.by for link in self.links] + [back.by for back in self.backs]
        return {name for name in named if name}


def nets() -> Mapping[str, Sequence[Net]]:
    """Return the course's nets by exercise, the smallest first; {} where it has none."""
    where = course().steps
    found: Mapping[str, Sequence[Net]] = function_at(where)() if where else {}
    return found


@cache
def exercises_with_nets() -> frozenset[str]:
    """Return the exercises that `kata step` shows; made once, since a net takes milliseconds."""
    return frozenset(nets())
