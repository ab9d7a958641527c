"""The state: one small file, whole or not at all; one that cannot be used is set aside."""

import json
from datetime import date, timedelta

import pytest

from kata.learner import practice, state
from kata.learner.state import Progress, State


def files(place):
    return sorted(path.name for path in place.keep.iterdir())


def test_what_was_kept_is_read_again(place):
    with state.changing(place) as kept:
        kept.current = "relu"
        kept.of("relu").hints = 2

    assert state.read(place) == State("relu", {"relu": Progress(hints=2)})
    assert files(place) == ["state.json"]


def test_there_is_no_state_before_the_first_command(place):
    assert state.read(place) == State()
    assert not place.keep.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00\x01",
        '{"schema": 2, "current": "", "exercises": {}}',
        '{"schema": 1, "current": 5, "exercises": {}}',
        '{"schema": 1, "current": "", "exercises": {"relu": 3}}',
        '{"schema": 1, "current": "", "exercises": {"relu": {"hints": "two"}}}',
        '{"schema": 1, "current": "", "exercises": {"relu": {"hints": true}}}',
        '{"schema": 1, "current": "", "exercises": {"relu": {"due": "soon"}}}',
        "[" * 100_000,
    ],
)
def test_a_state_that_cannot_be_used_is_set_aside_with_a_notice(place, capsys, text):
    place.keep.mkdir()
    (place.keep / "state.json").write_text(text, "utf-8")

    assert state.read(place) == State()

    (aside,) = files(place)
    assert aside.endswith(".unusable.json")
    assert (place.keep / aside).read_text("utf-8") == text
    assert "set aside" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_set_aside_too(place, capsys):
    place.keep.mkdir()
    (place.keep / "state.json").write_bytes(b"\xff\xfe{")

    assert state.read(place) == State()
    assert "set aside" in capsys.readouterr().err


def test_an_exercise_that_is_gone_and_a_key_that_is_new_are_no_harm(place, capsys):
    place.keep.mkdir()
    known = {"gone": {"hints": 1}, "relu": {"hints": 1, "later": [1]}}
    content = {"schema": 1, "current": "gone", "exercises": known}
    (place.keep / "state.json").write_text(json.dumps(content))

    assert state.read(place) == State("", {"relu": Progress(hints=1)})
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_written_is_a_notice_and_no_more(place, capsys):
    place.keep.write_text("a file in its place")

    with state.changing(place) as kept:
        kept.current = "relu"

    assert "progress is not kept" in capsys.readouterr().err


TODAY = date(2024, 2, 28)


def solved(times=1, helped=False):
    progress = Progress()
    practice.passed(progress, TODAY)
    for _ in range(times - 1):
        practice.started(progress, seed=7)
        progress.helped = helped
        practice.passed(progress, TODAY)
    return progress


@pytest.mark.parametrize(("times", "days"), [(1, 1), (2, 3), (3, 7), (4, 14), (5, 30), (9, 30)])
def test_each_time_solved_from_a_blank_waits_longer(times, days):
    assert solved(times).due_on == TODAY + timedelta(days)


def test_with_help_it_starts_from_the_first_box():
    assert solved(4, helped=True).box == 1


def test_a_pass_outside_practice_moves_nothing():
    progress = solved(2)
    before = Progress(**vars(progress))

    practice.passed(progress, TODAY + timedelta(1))

    assert progress == before


def test_practice_is_on_other_inputs_and_ends_with_the_pass():
    progress = solved()
    practice.started(progress, seed=7)
    assert (progress.practising, progress.seed, progress.hints) == (True, 7, 0)

    practice.passed(progress, TODAY)
    assert (progress.practising, progress.seed) == (False, 0)


def test_the_longest_overdue_comes_first_and_what_is_in_practice_is_not_due():
    late, later, busy = solved(1), solved(2), solved(1)
    practice.started(busy, seed=7)
    known = State("", {"relu": later, "lin": late, "model": busy, "mse": Progress()})

    assert practice.due(known, TODAY) == []
    assert practice.due(known, TODAY + timedelta(1)) == ["lin"]
    assert practice.due(known, TODAY + timedelta(3)) == ["lin", "relu"]


def test_due_dates_are_told_in_words():
    progress = solved(2)
    told = [practice.in_words(progress, TODAY + timedelta(k)) for k in (0, 2, 3, 9)]

    assert told == ["in 3 days", "tomorrow", "due", "due"]
