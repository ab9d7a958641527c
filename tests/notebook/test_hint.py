"""`kata.hint` shows the hints to an exercise, one more each time."""

from collections import Counter

import pytest

import kata
from kata.course.lessons import hints_of
from kata.notebook import hint


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch):
    monkeypatch.setattr(hint, "SEEN", Counter())


def test_each_call_shows_one_hint_more_and_says_how_many_are_left():
    first, second = kata.hint("relu"), kata.hint("relu")

    assert first.texts == hints_of("relu")[:1]
    assert second.texts == hints_of("relu")[:2]
    assert first._repr_html_().count("<details") == 1
    assert str(second).endswith('2 of 4 are left: run kata.hint("relu") again')


def test_after_the_last_hint_it_says_that_these_are_all():
    *_, last = (kata.hint("relu") for _ in range(6))

    assert last.texts == hints_of("relu")
    assert str(last).endswith("these are all hints to relu")


def test_a_hint_shows_the_exercise_s_own_words_in_a_fold():
    html = kata.hint("lin")._repr_html_()

    assert "Hint: a reminder</summary>" in html


def test_an_unknown_name_is_told_with_the_one_meant():
    with pytest.raises(ValueError, match="no exercise is called 'rellu'; did you mean relu"):
        kata.hint("rellu")
