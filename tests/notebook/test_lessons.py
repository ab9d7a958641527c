"""The lessons: long enough where they derive, with questions to be asked, and efforts stated."""

import re
from dataclasses import replace

import pytest

from kata.course import chapters, course, exercises_of, lessons
from kata.course.lessons import parse
from kata.dev import new_exercise

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


def test_an_exercise_is_begun_before_a_lesson_s_questions(tmp_path):
    path = tmp_path / "ch01_axes.md"
    path.write_text("# Chapter 1: axes\n\nA story.\n\n## Questions\n\nWhy?\n", "utf-8")

    new_exercise._append(path, "", "\nA new piece.\n")
    assert path.read_text("utf-8") == (
        "# Chapter 1: axes\n\nA story.\n\n\nA new piece.\n\n## Questions\n\nWhy?\n"
    )


@pytest.mark.parametrize(
    ("markers", "says"),
    [
        (
            ["near", "assert_near", "assert_near"],
            "missing: assert_is_near_zero; .*twice: assert_near",
        ),
        (
            ["near", "assert_near", "assert_is_near_zero", "far"],
            r"\(unknown, or there twice: far\)",
        ),
    ],
)
def test_a_lesson_without_each_exercise_once_is_told_which(tmp_path, monkeypatch, markers, says):
    text = "".join(f"<!-- exercise: {name} -->\n\n" for name in markers)
    (tmp_path / "ch01_checks.md").write_text(f"# Chapter 1: checks\n\n{text}", "utf-8")
    monkeypatch.setattr(lessons, "course", lambda: replace(course(), lessons=tmp_path))

    with pytest.raises(ValueError, match=says):
        lessons.pieces_of("ch01_checks")
