"""A .grad that is missing where the code needs one is told of by its own tensor's name."""

from textwrap import dedent

import pytest
import torch
from grading import run_pytest

from kata.answers.handin import Submission
from kata.answers.none_yet import NONE_YET, READS_NONE
from kata.answers.side_effects import IN_PLACE
from kata.checks import gradients
from kata.course import course, exercises
from kata.diagnosis import habits

LINES = ["inp.grad = out.grad @ w.t()", "w.grad = inp.t() @ out.grad", "b.grad = out.grad.sum(0)"]


def lin_grad(*changed):
    """Return the text of a lin_grad, with some lines of the right one changed."""
    lines = [next((new for new in changed if new[0] == old[0]), old) for old in LINES]
    return "import torch\n\n\ndef lin_grad(inp, out, w, b):\n    " + "\n    ".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (lin_grad("w.grad += inp.t() @ out.grad"), NONE_YET.format("w")),
        (lin_grad("w.grad = w.grad + inp.t() @ out.grad"), NONE_YET.format("w")),
        (lin_grad("w.grad.copy_(inp.t() @ out.grad)"), NONE_YET.format("w")),
        (lin_grad("w.grad[:] = inp.t() @ out.grad"), NONE_YET.format("w")),
        (lin_grad("b.grad += out.grad.sum(0)"), NONE_YET.format("b")),
        (lin_grad("b.grad = w.grad.sum(0) * inp.grad", "w.x = 0"), READS_NONE.format("w")),
    ],
)
def test_a_grad_that_is_none_is_told_of_by_the_name_of_its_tensor(tmp_path, text, says):
    (tmp_path / f"{exercises()['lin_grad'].chapter}.py").write_text(text, "utf-8")
    inp, w, b = torch.ones(5, 4), torch.ones(4, 3), torch.ones(3)
    out = inp @ w + b
    out.grad = torch.ones(5, 3)

    stopped = Submission(tmp_path).answer("lin_grad").attempt([inp, out, w, b]).stopped

    assert stopped.mistake == says


def test_a_layer_s_own_tensor_is_told_of_by_its_name_too(tmp_path):
    text = """
    class Lin:
        def __init__(self, w, b):
            self.w, self.b = w, b

        def __call__(self, inp):
            self.inp = inp
            self.out = inp @ self.w + self.b
            return self.out

        def backward(self):
            self.w.grad += self.inp.t() @ self.out.grad
    """
    (tmp_path / f"{exercises()['Lin'].chapter}.py").write_text(dedent(text), "utf-8")
    args = (2, torch.ones(5, 4), torch.ones(3, 4), torch.ones(4), torch.ones(5, 3))

    answer = Submission(tmp_path).answer("Lin")

    stopped = answer.attempt(args, via="layers.there_and_back").stopped
    assert stopped.mistake == NONE_YET.format("self.w")


def test_the_grade_names_it_where_a_recorded_mistake_does_the_same_to_another_tensor(tmp_path):
    chapter = exercises()["lin_grad"].chapter
    (tmp_path / f"{chapter}.py").write_text(lin_grad("w.grad.copy_(inp.t() @ out.grad)"), "utf-8")
    asked = ["--submission", str(tmp_path), course().argument_for(chapter), "-k", "lin_grad"]

    grade = run_pytest(tmp_path, *asked)

    assert grade.exercise("lin_grad")["mistake"] == NONE_YET.format("w")


@pytest.mark.parametrize("module", [gradients, habits])
def test_no_sentence_for_all_exercises_names_one_exercise_s_tensor(module):
    said = [text for name, text in vars(module).items() if name.isupper() and text != IN_PLACE]

    assert not [text for text in said if isinstance(text, str) and "inp." in text]
