"""The lessons: long enough where they derive, with questions to be asked, and efforts stated."""

import re

import pytest

from kata.course import chapters, course, exercises_of
from kata.course.lessons import parse

DERIVED = [chapter for chapter in chapters() if "ch03" <= chapter < "ch09"]
every_derived = pytest.mark.parametrize("chapter", DERIVED)
every_lesson = pytest.mark.parametrize("chapter", chapters())

QUESTION = re.compile(
    r"^<details>\n<summary>(?P<number>\d)\. (?P<asked>[^<]+)</summary>\n\n"
    r"\*\*(?P<answer>[^*]+)\*\*(?P<reason>.+?)\n\n</details>$",
    re.MULTILINE | re.DOTALL,
)


def story_of(chapter):
    pieces = parse((course().lessons / f"{chapter}.md").read_text("utf-8"))
    return "\n\n".join(piece.text for piece in pieces if piece.kind == "story")


@every_derived
def test_a_lesson_has_1200_to_2000_words_beside_its_code_and_drawings(chapter):
    told = re.sub(r"^```.*?^```$|\$\$.*?\$\$|<.*?>", "", story_of(chapter), flags=re.M | re.S)
    words = re.findall(r"\S*\w\S*", re.sub(r"\$[^$]+\$", "formula", told))

    assert 1_200 <= len(words) <= 2_000


@every_lesson
def test_a_lesson_asks_three_questions_each_with_a_short_answer_and_its_reason(chapter):
    _, _, asked = story_of(chapter).partition("## Questions")
    questions = list(QUESTION.finditer(asked))

    assert [question["number"] for question in questions] == ["1", "2", "3"]
    assert asked.count("<details>") == 3
    assert all(len(question["answer"].split()) <= 3 for question in questions)


@every_derived
def test_a_lesson_has_a_worked_example_a_try_and_a_doubt_in_this_order(chapter):
    heads = re.findall(r"^## (.+)$", story_of(chapter), re.MULTILINE)
    code = (course().lessons / f"{chapter}.md").read_text("utf-8")

    assert heads.index("Try it") < heads.index("A doubt") < heads.index("Questions")
    assert 'guess = "?"' in code
    assert re.search(r"^ *assert ", code, re.MULTILINE)  # the notebook checks the paper


@every_lesson
def test_every_exercise_says_how_hard_it_is_and_how_long_it_takes(chapter):
    told = story_of(chapter)

    for name in exercises_of(chapter):
        assert re.search(rf"\*{name}: difficulty [1-5] of 5, about \d+ minutes\*", told)
