"""A page in any window: the title, the verdict and the keys stay, and everything can be reached."""

import pytest

from kata.learner.fitting import LEAST, Parts, fitted

BODY = [f"row {k}" for k in range(30)]


def page(**parts):
    usual = {
        "head": ["title", "bar"],
        "verdict": ["wrong"],
        "body": BODY,
        "foot": [],
        "keys": "keys",
    }
    return Parts(**{**usual, **parts})


def test_a_page_that_fits_is_shown_whole():
    rows = fitted(page(), tall=50, top=7).rows

    assert rows == ["title", "bar", "", "wrong", *BODY, "", "keys"]


@pytest.mark.parametrize("tall", [10, 12, 24, 34])
@pytest.mark.parametrize("foot", [[], ["", "a question"]])
def test_in_a_low_window_what_stays_stays_and_scrolling_reaches_every_row(tall, foot):
    seen, top = set(), 0
    while True:
        found = fitted(page(foot=foot), tall, top)
        assert len(found.rows) == tall
        assert found.rows[:2] == ["title", "wrong"] and found.rows[-1] == "keys"
        assert all(row in found.rows for row in foot if row)
        seen |= {*found.rows} & {*BODY}
        if found.is_at_end:
            break
        top = found.top + found.room

    assert seen == {*BODY}


def test_scrolling_ends_at_the_ends():
    assert fitted(page(), 12, -5).top == 0
    assert BODY[-1] in fitted(page(), 12, 10**6).rows


def test_a_long_first_line_leaves_room_for_what_scrolls():
    found = fitted(page(verdict=[f"wrong {k}" for k in range(9)]), 12, 0)

    assert found.rows[1:4] == ["wrong 0", "wrong 1", "wrong 2"]
    assert found.room >= LEAST


@pytest.mark.parametrize("row", [0, 15, 29])
def test_a_chosen_row_is_in_view(row):
    assert BODY[row] in fitted(page(see=row), 12, 0).rows


def test_what_is_out_of_date_loses_its_colours_and_keeps_its_words():
    stale = page(verdict=["\x1b[1;31mwrong\x1b[0m"])
    stale.dim()

    assert stale.verdict == ["\x1b[2mwrong\x1b[0m"]
    assert stale.head == ["title", "bar"]
