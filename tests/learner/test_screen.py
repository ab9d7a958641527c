"""What `kata watch` and `kata check` make of a message."""

import re
from io import StringIO

import pytest
from rich.console import Console

from kata.grade import ExerciseGrade, TestResult
from kata.learner import screen
from kata.learner.board import board_now
from kata.learner.page import View
from kata.learner.verdict import Verdict

MESSAGE = """lin_grad: w.grad has wrong values
  got [[0.5]]  expected [[1]]
  why: w reaches the loss through every row
  right: inp.grad and b.grad
  by hand: inp = torch.tensor([[1.], [1.]])
  w.grad is [[0.5]], expected [[1]]
  looks like: You take the mean over the batch."""


def test_the_labels_of_a_message_stand_out_and_nothing_else_does(place):
    result = TestResult("lin_grad", "", "test_it", 1, 0, "failed", MESSAGE)
    verdict = Verdict(ExerciseGrade.of([result]).as_json())
    console = Console(file=StringIO(), force_terminal=True, color_system="standard", width=100)

    row = board_now(place).row("lin_grad")
    console.print(screen.verdict_of(verdict, place, row, console))

    bold = re.findall(r"\x1b\[1(?:;\d+)*m([^\x1b]+)\x1b", console.file.getvalue())
    assert bold[2:] == ["why", "right", "by hand", "looks like"]  # behind the sign and the name


def test_hints_that_led_to_a_pass_give_their_room_back():
    def verdict(status):
        result = TestResult("lin_grad", "", "test_it", 1, 0, status, "")
        return Verdict(ExerciseGrade.of([result]).as_json())

    view = View("lin_grad", hints=2)
    view.learn(verdict("failed"))
    assert view.hints == 2
    view.learn(verdict("passed"))
    assert view.hints == 0
    view.hints = 1  # asked for after the pass
    view.learn(verdict("passed"))
    assert view.hints == 1


@pytest.mark.parametrize("width", [60, 66, 67, 77, 78, 80, 120])
def test_the_bar_names_its_keys_in_one_line_and_p_wherever_there_is_room(width):
    bar = screen.keys_line(width)

    assert len(bar) <= width and bar.plain.endswith("q quit")
    assert ("p park" in bar.plain) == (width >= 67)
