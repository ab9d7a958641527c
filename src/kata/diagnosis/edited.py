"""One slip in the right formula: an answer does what the solution does with one edit.

The solution's mutants (mutate.py) that have words are called on the same probes. What is said is
true of the answer as far as any probe shows, however it is written; where edits with more than two
different sentences do the same, nothing is said.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from types import FunctionType
from typing import Any

from kata.answers.call import Answer
from kata.answers.load import solution_of
from kata.course import exercises
from kata.diagnosis.lazily import Lazily
from kata.diagnosis.mutate import Mutant, mutants_of
from kata.diagnosis.observe import MOST_SHOWN, Deed, alike, deeds


def readings(exercise: str, did: Sequence[Deed]) -> list[str]:
    """Return the sentences that are true of an answer, by what it did; none of too many."""
    found = list(dict.fromkeys(m.says for m in _worded(exercise) if alike(did, _does(m))))
    return found if len(found) <= MOST_SHOWN else []


def preparing(exercise: str) -> Iterator[None]:
    """See step by step what each edit does on the first probe, which tells most of them apart."""
    for mutant in _worded(exercise):
        yield
        next(iter(_does(mutant)), None)


@cache
def _worded(exercise: str) -> tuple[Mutant, ...]:
    """Return the mutants with words; none of a solution with a loop that an edit could make
    endless.
    """
    mutants = tuple(mutant for mutant in mutants_of(exercise) if mutant.says)
    endless = any(
        isinstance(node, ast.While)
        for mutant in mutants[:1]
        for node in ast.walk(ast.parse(mutant.definition))
    )
    return () if endless else mutants


@cache
def _does(mutant: Mutant) -> Lazily:
    names = _names_beside(mutant)
    exec(compile(mutant.definition, str(mutant.path), "exec"), names)
    answer = Answer(mutant.exercise, names[mutant.exercise], mutant.path)
    return Lazily(lambda: deeds(answer))


def _names_beside(mutant: Mutant) -> dict[str, Any]:
    """Return the solution's names; its functions find the mutant under the exercise's name."""
    module = vars(solution_of(exercises()[mutant.exercise].chapter))
    names = dict(module)
    for name, value in module.items():
        if isinstance(value, FunctionType) and value.__globals__ is module:
            names[name] = FunctionType(
                value.__code__, names, name, value.__defaults__, value.__closure__
            )
    return names
