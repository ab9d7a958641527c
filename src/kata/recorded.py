"""Recorded answers: the wrong ones of mistakes/, each with its sentence, and probes to tell them.

In a file mistakes/chNN_name.py:

    @probes("lin")
    def lin_probes(draw):
        yield draw(5, 4), draw(4, 3), draw(3)

    @mistake("lin", "You left out the bias b.")
    def without_bias(x, w, b):
        return x @ w

A class is recorded as an instance of it. The tests of the grader record right answers in the same
way, with @right("lin").
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kata.answer import Answer
from kata.catalogue import ROOT
from kata.draw import Draw
from kata.load import load

MISTAKES = ROOT / "mistakes"
Probes = Callable[[Draw], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True)
class Recorded:
    """One answer to one exercise. sentence: what a kind teacher would say of a wrong one."""

    exercise: str
    name: str
    function: Callable[..., Any]
    sentence: str | None
    path: Path

    def answer(self) -> Answer:
        return Answer(self.exercise, self.function, self.path)


def mistake(exercise: str, sentence: str) -> Callable[[Any], Any]:
    """Record the decorated function or class as a wrong answer, with what to say of it."""
    return _mark(exercise, sentence)


def right(exercise: str) -> Callable[[Any], Any]:
    """Record the decorated function as a right answer, however unusual."""
    return _mark(exercise, None)


def probes(exercise: str) -> Callable[[Probes], Probes]:
    """Record a function from a Draw to the argument tuples on which behaviour is compared."""

    def mark(function: Probes) -> Probes:
        function.probes_of = exercise  # type: ignore[attr-defined]
        return function

    return mark


@cache
def recorded_in(folder: Path) -> dict[str, list[Recorded]]:
    """All recorded answers of a folder, by exercise."""
    found: dict[str, list[Recorded]] = {}
    for path, value in _values_in(folder):
        for exercise, sentence in getattr(value, "recorded_as", ()):
            function = value() if isinstance(value, type) else value
            answer = Recorded(exercise, value.__name__, function, sentence, path)
            found.setdefault(exercise, []).append(answer)
    return found


@cache
def mistakes_of(exercise: str) -> list[Recorded]:
    """The recorded wrong answers to one exercise."""
    return [m for m in recorded_in(MISTAKES).get(exercise, []) if m.sentence]


@cache
def probes_of(exercise: str, folder: Path = MISTAKES) -> Probes | None:
    """The probes recorded for an exercise."""
    found = [v for _, v in _values_in(folder) if getattr(v, "probes_of", None) == exercise]
    return found[0] if found else None


def _mark(exercise: str, sentence: str | None) -> Callable[[Any], Any]:
    def mark(value: Any) -> Any:
        value.recorded_as = (*getattr(value, "recorded_as", ()), (exercise, sentence))
        return value

    return mark


@cache
def _module_values(path: Path) -> tuple[Any, ...]:
    return tuple(load(path, f"recorded.{path.stem}").__dict__.values())


def _values_in(folder: Path) -> Iterator[tuple[Path, Any]]:
    for path in sorted(folder.glob("ch*.py")):
        for value in _module_values(path):
            if callable(value):
                yield path, value
