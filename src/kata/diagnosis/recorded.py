"""Recorded answers: the wrong ones of mistakes/, each with its sentence, and probes to tell them.

In a file mistakes/chNN_name.py:

    @probes("lin")
    def lin_probes(draw):
        yield draw(5, 4), draw(4, 3), draw(3)

    @mistake("lin", "You left out the bias b.")
    def without_bias(x, w, b):
        return x @ w

A class is recorded as an instance of it, unless the exercise is a class. The tests of the grader
record right answers in the same way, with @right("lin").
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from kata.answers.call import Answer
from kata.answers.load import load
from kata.checks.inputs import Draw
from kata.course import closest, course, exercises

Probes = Callable[[Draw], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True)
class Recorded:
    """One answer to one exercise. sentence: what a kind teacher would say of a wrong one.

    made: makes what the tests ask for, where that is more than the function. is_habit: it is the
    same in all exercises.
    """

    exercise: str
    name: str
    function: Callable[..., Any]
    sentence: str | None
    path: Path
    made: Callable[[], Answer] | None = None
    is_habit: bool = False

    @cached_property
    def answer(self) -> Answer:
        """It, as what the tests ask for; one object, so that it is diagnosed once."""
        return self.made() if self.made else Answer(self.exercise, self.function, self.path)


def mistake(exercise: str, sentence: str) -> Callable[[Any], Any]:
    """Record the decorated function or class as a wrong answer, with what to say of it."""
    return _mark(exercise, sentence)


def right(exercise: str) -> Callable[[Any], Any]:
    """Record the decorated function as a right answer, however unusual."""
    return _mark(exercise, None)


def probes(exercise: str) -> Callable[[Probes], Probes]:
    """Record a function from a Draw to the argument tuples on which behaviour is compared."""
    _assert_known(exercise)

    def mark(function: Probes) -> Probes:
        function.probes_of = exercise  # type: ignore[attr-defined]
        return function

    return mark


@cache
def written_of(exercise: str, folder: Path) -> list[Recorded]:
    """Return a folder's answers to one exercise that are written out; reads one file."""
    return [a for a in written_in(_chapter_file(exercise, folder)) if a.exercise == exercise]


@cache
def probes_of(exercise: str) -> Probes | None:
    """Return the probes recorded for an exercise."""
    values = _values_in(_chapter_file(exercise, course().mistakes))
    return next((v for v in values if getattr(v, "probes_of", None) == exercise), None)


def _assert_known(exercise: str) -> None:
    if exercise not in exercises():
        raise LookupError(f"no exercise is called {exercise!r}{closest(exercise, exercises())}")


def _mark(exercise: str, sentence: str | None) -> Callable[[Any], Any]:
    _assert_known(exercise)

    def mark(value: Any) -> Any:
        value.recorded_as = (*vars(value).get("recorded_as", ()), (exercise, sentence))
        return value

    return mark


def _chapter_file(exercise: str, folder: Path) -> Path:
    return folder / f"{exercises()[exercise].chapter}.py"


@cache
def written_in(path: Path) -> tuple[Recorded, ...]:
    """Return the answers that a file writes out."""
    return tuple(
        Recorded(exercise, value.__name__, _answer_in(value, exercise), sentence, path)
        for value in _values_in(path)
        for exercise, sentence in getattr(value, "__dict__", {}).get("recorded_as", ())
    )


def _answer_in(value: Any, exercise: str) -> Callable[..., Any]:
    """Return what is called: an instance of a class, but where a class is asked for."""
    as_it_is = exercises()[exercise].is_class or not isinstance(value, type)
    answer: Callable[..., Any] = value if as_it_is else value()
    return answer


def _values_in(path: Path) -> tuple[Any, ...]:
    return tuple(v for v in vars(module_at(path)).values() if callable(v))


@cache
def module_at(path: Path) -> ModuleType:
    """Run a file of recorded answers, once; an empty module where there is none.

    `from mistakes.chNN_name import lin` in it gives what that file tells.
    """
    name = f"recorded.{path.stem}"
    return load(path, name, _neighbour) if path.is_file() else ModuleType(name)


def _neighbour(name: str) -> ModuleType | None:
    folder, _, stem = name.rpartition(".")
    path = course().mistakes / f"{stem}.py"
    return module_at(path) if folder == path.parent.name and path.is_file() else None
