"""A text for a terminal: no codes, no more than a page, and nothing lost of what can be read."""

import pytest

from kata.answers.printable import LINES, WIDE, brief, plain


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("größer: ∂L/∂w ✓ 😀", "größer: ∂L/∂w ✓ 😀"),
        ("a[2J]", "a[2J]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hhello", "hello"),
        ("\x9b2Jhello", "hello"),
        ("\x1bchello", "hello"),
        ("\x1b(0hello", "hello"),
        ("\x1b]0;name\x07hello", "hello"),
        ("\x1b]8;;https://a.b\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;name\nhello", "\nhello"),
        ("\x1bPq#0\x1b\\hello", "hello"),
        ("abc\b\b\bd\x00\x07\x7f", "abcd"),
        ("one\rtwo\r\nthree\x85four\u2028five", "one\ntwo\nthree\nfour\nfive"),
        ("a\u202eb\u2066c", "abc"),
        ("\x1b", ""),
        ("\x1b[\x1b[2J", ""),
        ("\ud800", "\\ud800"),
    ],
)
def test_codes_go_and_letters_stay(text, left):
    assert plain(text) == left


def test_taking_a_code_out_makes_no_other():
    for text in ("\x1b\x1b[2J[2J", "\x1b[\x1bc2J", "\x1b]\x1b[H0;a\x07"):
        assert not set(plain(text)) & {*"\x1b\x9b\x07"}


def test_a_long_text_keeps_its_beginning_and_its_end():
    rows = brief("\n".join(f"line {k}" for k in range(1000))).split("\n")

    assert len(rows) == LINES
    assert rows[0] == "line 0" and rows[-1] == "line 999"
    assert f"... ({1000 - LINES + 1} more lines)" in rows


def test_a_long_line_says_how_much_is_left_out():
    assert brief("x" * (WIDE + 7)) == "x" * WIDE + " ... (7 more)"


def test_a_text_of_usual_size_stays_as_it_is():
    text = "\n".join(["y" * WIDE] * LINES)

    assert brief(text) == text
