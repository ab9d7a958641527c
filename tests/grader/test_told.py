"""The proof of the told solutions, chapter by chapter; docs/told.md.

A site shows on a probe and a test refuses it, with its own sentence (tests/grader/test_recorded.py
asks for the last two; the same worker runs both). What a habit does is what a probe shows.
"""

from itertools import combinations

import pytest

from kata.answers.call import Answer
from kata.answers.load import solution_to
from kata.course import exercises
from kata.diagnosis.model import model_of, told_of
from kata.diagnosis.observe import alike, behaviour
from kata.diagnosis.shown import shown

TOLD = [name for name in exercises() if told_of(name) is not None]
each_told = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            id=f"{exercises()[name].chapter}-{name}",
            marks=pytest.mark.xdist_group(exercises()[name].chapter),
        )
        for name in TOLD
    ],
)


@each_told
def test_with_nothing_chosen_it_is_the_solution(name):
    solution = Answer(name, solution_to(name), told_of(name).path)

    assert alike(model_of(name).right, behaviour(solution))


@each_told
def test_every_site_shows_on_a_probe(name):
    model = model_of(name)

    assert [choice.name for choice in model.sites if not model.shows(choice)] == []


@each_told
def test_no_two_sentences_do_the_same_on_all_probes(name):
    model = model_of(name)

    assert [
        (one.name, other.name)
        for one, other in combinations(model.singles, 2)
        if one.sentence != other.sentence and model.do_the_same(one, other)
    ] == []


@each_told
def test_the_program_shown_does_what_the_choice_does(name):
    model = model_of(name)

    assert [c.name for c in model.sites if not _does(model, c)] == []


def _does(model, choice):
    names = dict(model.told.names)
    exec(compile(shown(model.told, [choice]), "shown", "exec"), names)
    answer = Answer(model.exercise, names[model.exercise], model.told.path)
    return alike(behaviour(answer), model.does(choice))
