"""README's pictures of the watch show what its screen says today."""

import os

import pytest

from kata.course import course
from kata.dev import pictures


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminal here")
def test_the_pictures_of_the_watch_say_what_its_screen_says():
    assert list(pictures.stale()) == [], "run kata dev build"


def test_a_picture_is_stale_where_a_word_of_it_is_another(tmp_path, monkeypatch):
    stored = (course().root / "docs" / "watch_wrong.svg").read_text("utf-8")
    path = tmp_path / "watch_wrong.svg"
    monkeypatch.setattr(pictures, "made", lambda: {path: stored})

    path.write_text(stored.replace("-0.1422", "-0.1423"), "utf-8")
    assert pictures.stale() == {}
    path.write_text(stored.replace("expected", "wanted"), "utf-8")
    assert pictures.stale() == {path: stored}


def test_a_picture_asks_nothing_of_another_machine():
    for path in (course().root / "docs").glob("*.svg"):
        assert "http" not in path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
