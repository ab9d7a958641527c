"""Hints: `## name`, then items 1., 2. and 3."""

from kata.learner.hints import hints_of, parse

TEXT = """# Chapter 3: forward

## lin

For authors.

1. The first,
   in two lines.
2. The second:

       out = x

   and more.
3. The `third`.

## relu
1. Only one.
"""


def test_each_exercise_has_its_items_without_their_indentation():
    found = parse(TEXT)

    assert list(found) == ["lin", "relu"]
    assert found["lin"] == [
        "The first,\nin two lines.",
        "The second:\n\n    out = x\n\nand more.",
        "The `third`.",
    ]
    assert found["relu"] == ["Only one."]


def test_a_chapter_or_an_exercise_without_hints_has_none(tmp_path):
    assert hints_of("relu", tmp_path) == []
    (tmp_path / "ch03_forward.md").write_text("## lin\n\n1. One.\n")
    assert hints_of("relu", tmp_path) == []
    assert hints_of("lin", tmp_path) == ["One."]
