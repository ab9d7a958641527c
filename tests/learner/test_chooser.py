"""The list in the watch: walked with the arrows, searched with /."""

import pytest

from kata.course import exercises
from kata.learner.board import board_now
from kata.learner.chooser import Chooser, lines_of

ORDER = list(exercises())


@pytest.fixture
def board(place):
    return board_now(place)


def pressed(board, keys, at=ORDER[0], width=80):
    chooser = Chooser(at)
    for key in keys:
        assert chooser.press(key, board, width)
    return chooser


@pytest.mark.parametrize("width", [60, 80, 200])
def test_every_exercise_is_in_the_list_once_and_no_line_is_too_wide(board, width):
    lines = lines_of(board, width)

    assert [name for line in lines for name in line.names] == ORDER
    from rich.console import Console

    shown = Chooser(ORDER[0]).shown(board, Console(width=width)).plain.split("\n")
    assert len(shown) == len(lines)
    assert max(map(len, shown)) <= width


def test_left_and_right_go_from_one_to_the_next_and_stop_at_the_ends(board):
    assert pressed(board, "→→←").at == ORDER[1]
    assert pressed(board, "←").at == ORDER[0]
    assert pressed(board, "→", ORDER[-1]).at == ORDER[-1]


def test_up_and_down_go_by_lines(board):
    lines = lines_of(board, 80)

    assert pressed(board, "↓").at == lines[1].names[0]
    assert pressed(board, "↓↑").at == ORDER[0]
    assert pressed(board, "↓" * len(lines)).at in lines[-1].names


def test_a_search_goes_to_what_has_the_text_and_on_to_the_next(board):
    assert pressed(board, "/relu_gr").at == "relu_grad"
    found = [name for name in ORDER if "grad" in name]
    assert pressed(board, "/grad").at == found[0]
    assert pressed(board, "/grad↓↓").at == found[2]
    assert pressed(board, "/grad↑").at == found[-1]


def test_a_search_takes_the_letters_that_are_commands_elsewhere(board):
    chooser = pressed(board, "/qlp")

    assert chooser.sought == "qlp"
    assert chooser.at == ORDER[0]
    assert pressed(board, "/qlp\x7f").sought == "ql"
    assert pressed(board, "/q\x7f\x7f").sought is None
    assert pressed(board, "/q\x1b").sought is None


def test_a_chapter_is_found_by_its_title(board):
    assert exercises()[pressed(board, "/attention").at].chapter.endswith("attention")
