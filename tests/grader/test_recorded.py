"""The kill matrix: each recorded mistake is refused and named, each test refuses one; no right
answer is refused."""

from collections import defaultdict

import pytest
from grading import run_pytest

from kata import docs
from kata.catalogue import ROOT, exercises
from kata.recorded import MISTAKES, recorded_in

VARIANTS = ROOT / "tests" / "grader" / "variants"
WRONG = [m for found in recorded_in(MISTAKES).values() for m in found]
RIGHT = [v for found in recorded_in(VARIANTS).values() for v in found]


def key(entry):
    return entry["name"], entry["answer"]


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    run = run_pytest(tmp_path_factory.mktemp("wrong"), "-q", "--recorded", str(MISTAKES))
    return {key(entry): entry for entry in run.grade["exercises"]}


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    run = run_pytest(tmp_path_factory.mktemp("right"), "-q", "--recorded", str(VARIANTS))
    return {key(entry): entry for entry in run.grade["exercises"]}


@pytest.mark.parametrize("mistake", WRONG, ids=lambda m: f"{m.exercise}-{m.name}")
def test_a_recorded_mistake_is_refused_with_its_own_sentence(wrong, mistake):
    entry = wrong[mistake.exercise, mistake.name]

    assert entry["status"] in ("failed", "error")
    assert entry["mistake"] == mistake.sentence


def test_every_test_refuses_a_recorded_mistake(wrong):
    refuses = defaultdict(set)
    for entry in wrong.values():
        for test in entry["tests"]:
            refuses[entry["name"], test["name"].split("[")[0]] |= {test["status"]} - {"passed"}

    assert not [test for test, statuses in refuses.items() if not statuses]


def test_the_page_on_grading_is_fresh(wrong):
    fresh = docs.render(list(wrong.values()))

    assert docs.PAGE.read_text("utf-8") == fresh, "out of date: run python -m kata.docs"


@pytest.mark.parametrize("variant", RIGHT, ids=lambda v: f"{v.exercise}-{v.name}")
def test_an_unusual_right_answer_passes(right, variant):
    entry = right[variant.exercise, variant.name]

    assert entry["message"] == ""
    assert entry["status"] == "passed"


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_has_recorded_mistakes_and_right_variants(name):
    assert len(recorded_in(MISTAKES)[name]) >= 10
    assert len(recorded_in(VARIANTS)[name]) >= 4
