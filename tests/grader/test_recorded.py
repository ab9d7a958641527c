"""The proof of every chapter, as `kata dev prove` gives it: each recorded mistake is refused and
called by its own sentence, each test refuses one; no right answer is refused.

A chapter's mistakes are graded in one run of pytest. With xdist's `--dist loadgroup`, all that is
asked of a chapter comes to the same worker, which has run it already.
"""

from functools import cache

import pytest

from kata.course import chapters, course, exercises_of
from kata.dev import prove

each_chapter = pytest.mark.parametrize(
    "chapter",
    [pytest.param(chapter, marks=pytest.mark.xdist_group(chapter)) for chapter in chapters()],
)


@cache
def mistakes(chapter):
    """The grades of a chapter's recorded mistakes."""
    return prove.graded(chapter, [f"--recorded={course().mistakes}"])


@each_chapter
def test_a_recorded_mistake_is_refused_with_its_own_sentence(chapter):
    assert list(prove.mistake_faults(mistakes(chapter))) == []


@each_chapter
def test_every_test_refuses_a_recorded_mistake(chapter):
    assert list(prove.idle_tests(mistakes(chapter))) == []


@each_chapter
def test_an_unusual_right_answer_passes(chapter):
    entries = prove.graded(chapter, [f"--recorded={course().variants}"])

    assert list(prove.variant_faults(entries)) == []


@each_chapter
def test_an_exercise_has_as_many_mistakes_right_answers_and_hints_as_promised(chapter):
    names = exercises_of(chapter)

    assert [*prove.number_faults(names), *prove.lesson_faults(names)] == []
