"""Hints: in the comment that says where an exercise belongs, the items 1., 2. and so on."""

import re
import runpy

import pytest
import torch

from kata.course import course, exercises
from kata.course.lessons import hints_in, hints_of, purpose_of

X = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
# what a neighbour's code may use: earlier functions, and the worked example's tensors
KNOWN = {
    **runpy.run_path(str(course().solution_of("ch03_forward"))),
    **runpy.run_path(str(course().solution_of("ch04_init"))),
    **{"x": X, "w1": X, "b1": X[0], "w2": X, "b2": X[0]},
}

LESSON = """# Chapter 3: forward

<!-- exercise: lin
1. The first,
   in two lines.
2. The second:

       out = x

   and more.
3. The `third`.
4. A fourth that ends with code:

       out = x
-->

## The bend

<!-- exercise: relu
difficulty: 1
minutes: 5
1. Only one.
-->

<!-- exercise: model -->
"""


def test_each_exercise_has_its_items_without_their_indentation():
    assert hints_in(LESSON) == {
        "lin": [
            "The first,\nin two lines.",
            "The second:\n\n    out = x\n\nand more.",
            "The `third`.",
            "A fourth that ends with code:\n\n    out = x",
        ],
        "relu": ["Only one."],
    }


@pytest.mark.parametrize("name", exercises())
def test_a_ladder_begins_with_a_question_and_ends_with_a_neighbour_s_code(name):
    hints = hints_of(name)

    assert len(hints) == 4
    assert "?" in hints[0]
    assert re.search(r"\d", hints[1])
    assert re.search(r"^    .*# ", hints[3], re.MULTILINE)
    lengths = [len(hint.split()) for hint in hints]
    assert all(30 <= length <= 160 for length in lengths), lengths
    # a line that begins with an operator or a number and a dot would be shown as an item of a list
    assert not re.search(r"^([-+*]|\d+[.)]) ", "\n".join(hints), re.MULTILINE)


@pytest.mark.parametrize("name", exercises())
def test_two_sentences_say_what_an_exercise_was_for(name):
    told = purpose_of(name)

    assert len(re.findall(r"\.(?= [A-Z`]|$)", told)) == 2
    assert 20 <= len(told.split()) <= 60


@pytest.mark.parametrize("name", exercises())
def test_a_neighbour_s_code_runs_and_solves_another_problem(name):
    code = re.findall(r"^    (.*)$", hints_of(name)[3], re.MULTILINE)
    known = {key: value for key, value in KNOWN.items() if key != name}

    exec("\n".join(code), known)

    assert name not in known
