"""A row fits in a frame, whatever the answers say, and what they say is told as far as it fits."""

import json
from dataclasses import replace

import pytest

from kata.course import exercises_of
from kata.grade import ExerciseGrade, Grade, TestResult
from kata.teacher.fence import frames
from kata.teacher.fence.frames import TEXT, cut, pack, size
from kata.teacher.fitting import as_report, fitted
from kata.teacher.rows import Job, Row

SIGNS = ["a", "\n", "é", "\0", "\ud800", "\N{GRINNING FACE}"]
RESULT = TestResult("relu", "", "a test of relu", of=1, status="failed")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("count", [0, 1, TEXT // 12, TEXT // 12 + 1, TEXT, TEXT + 1, 10 * TEXT])
def test_a_text_is_cut_where_its_json_has_so_many_bytes(sign, count):
    text = sign * count
    got = cut(text)

    assert text.startswith(got)
    assert size(got) <= TEXT
    assert got == text or size(text[: len(got) + 1]) > TEXT


@pytest.mark.parametrize("sign", SIGNS)
def test_a_row_of_a_thousand_long_messages_fits_in_a_frame(sign):
    long = replace(RESULT, message=sign * 16_000, mistake=sign * 16_000)
    results = [replace(long, position=number, of=1000) for number in range(1000)]
    for row in (Grade.of("eve", fitted(results)).as_json(), {"results": as_report(results[:100])}):
        assert len(pack(row)) < frames.HEADER

    assert all(result.message and result.mistake for result in fitted(results))


def test_a_row_that_fits_is_left_as_it_is():
    results = [replace(RESULT, message="m" * 5000, position=number) for number in range(100)]

    assert fitted(results) == results


PASSED = replace(RESULT, status="passed")
WRONG = replace(RESULT, message="relu: wrong", mistake="You forgot 0.")


@pytest.mark.parametrize(
    "grade",
    [
        Grade.of("eve", [PASSED]),
        Grade.of("eve", [replace(PASSED, of=2)]),
        Grade.of("eve", [replace(PASSED, of=2), replace(WRONG, of=2, position=1)]),
        Grade.of("eve", [replace(WRONG, answer="abs")]),
        Grade("eve", [ExerciseGrade.stopped("relu", "no worker")]),
        Grade("eve", []),
    ],
    ids=["passed", "cut short", "wrong", "recorded answer", "stopped", "nothing"],
)
def test_a_row_that_was_written_down_is_read_as_what_it_was(grade):
    row = Row("eve", "graded", "", grade, seconds=1.5, look=["a.py:1: gc (other frames)"])
    written = json.loads(json.dumps(row.as_json()))

    assert Row.of_json(written).as_json() == written


def test_an_exercise_of_which_one_test_is_missing_has_not_passed():
    [exercise] = Grade.of("eve", [replace(PASSED, of=2)]).exercises

    assert exercise.status == "error"
    assert exercise.score == 0
    assert exercise.message == "the run stopped before all of its tests were done"


def test_a_submission_of_which_nothing_ran_has_an_error_at_each_exercise_that_is_asked_for():
    row = Row.stopped(Job("eve", only=["ch05_loss"]), "refused", "no archive")

    assert [e.name for e in row.grade.exercises] == list(exercises_of("ch05_loss"))
    assert {(e.status, e.message) for e in row.grade.exercises} == {
        ("error", f"{name}: no archive") for name in exercises_of("ch05_loss")
    }
    assert row.grade.score == 0
    assert row.grade.max_score == len(exercises_of("ch05_loss"))
