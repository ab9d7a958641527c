"""Hints: in the comment that says where an exercise belongs, the items 1., 2. and 3."""

import pytest

from kata.course import exercises
from kata.course.lessons import hints_in, hints_of

LESSON = """# Chapter 3: forward

<!-- exercise: lin
1. The first,
   in two lines.
2. The second:

       out = x

   and more.
3. The `third`.
-->

## The bend

<!-- exercise: relu
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
        ],
        "relu": ["Only one."],
    }


@pytest.mark.parametrize("name", exercises())
def test_every_exercise_has_three_hints(name):
    assert len(hints_of(name)) == 3
