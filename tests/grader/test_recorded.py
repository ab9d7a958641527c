"""The kill matrix: each recorded mistake is refused and named, each test refuses one; no right
answer is refused.

A chapter's mistakes are graded in one run of pytest. With xdist's `--dist loadgroup`, all that is
asked of a chapter comes to the same worker, which has run it already.
"""

from collections import defaultdict
from functools import cache

import pytest

from kata.course import chapters, course, exercises, exercises_of
from kata.dev.matrix import matrix
from kata.diagnosis.recorded import recorded_of

FEWEST = {True: (10, 4), False: (6, 3)}  # mistakes and variants, in the core and beyond

each_chapter = pytest.mark.parametrize(
    "chapter",
    [pytest.param(chapter, marks=pytest.mark.xdist_group(chapter)) for chapter in chapters()],
)


@cache
def graded(chapter, folder):
    """The grades of a chapter's recorded answers, by exercise and answer."""
    return {(entry["name"], entry["answer"]): entry for entry in matrix(chapter, folder)}


def recorded(chapter, folder):
    return [answer for name in exercises_of(chapter) for answer in recorded_of(name, folder)]


@each_chapter
def test_a_recorded_mistake_is_refused_with_its_own_sentence(chapter):
    grades = graded(chapter, course().mistakes)
    found, wanted = {}, {}
    for mistake in recorded(chapter, course().mistakes):
        key = mistake.exercise, mistake.name
        found[key] = (grades[key]["status"] in ("failed", "error"), grades[key]["mistake"])
        wanted[key] = (True, mistake.sentence)

    assert {k: v for k, v in found.items() if v != wanted[k]} == {}


@each_chapter
def test_every_test_refuses_a_recorded_mistake(chapter):
    refuses = defaultdict(set)
    for entry in graded(chapter, course().mistakes).values():
        for test in entry["tests"]:
            refuses[entry["name"], test["name"].split("[")[0]] |= {test["status"]} - {"passed"}

    assert not [test for test, statuses in refuses.items() if not statuses]


@each_chapter
def test_an_unusual_right_answer_passes(chapter):
    entries = graded(chapter, course().variants)

    refused = {key: entry["message"] for key, entry in entries.items() if entry["score"] == 0}
    assert refused == {}
    assert len(entries) == len(recorded(chapter, course().variants))


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_has_recorded_mistakes_and_right_variants(name):
    mistakes, variants = FEWEST[exercises()[name].is_core]

    assert len(recorded_of(name, course().mistakes)) >= mistakes
    assert len(recorded_of(name, course().variants)) >= variants
