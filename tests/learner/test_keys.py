"""Keys: letters and arrows count, other escape sequences do not."""

import pytest

from kata.learner.keys import letters


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (b"h", "h"),
        (b"hn", "hn"),
        (b"\x1b[A", "↑"),
        (b"\x1bOD", "←"),
        (b"\x1b[Bl\x1bOPq", "↓lq"),
        (b"\x1b[1;5Cn", "n"),
        (b"\x1b", "\x1b"),
        (b"\x1b[3~", ""),
        (b"\rn\n", "\nn\n"),
        ("ß".encode(), ""),
    ],
)
def test_letters_and_arrows_are_found_among_escape_sequences(typed, found):
    assert letters(typed) == found
