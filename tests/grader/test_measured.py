"""What a test measures beside the values is a mistake of its own, said with a wrong value's."""

from grading import files_of, run_pytest

from kata.checks.assertions import UNSEEN
from kata.checks.cost import GROWS
from kata.grade import ExerciseGrade, TestResult

CHECKS = """
from torch import allclose

def near(a, b):
    return allclose(a, b, rtol=1e-3, atol=1e-5)

def assert_near(a, b):
    assert near(b, a), a.shape
"""
LEAN = """
import torch

def lin_grad_matmul(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad = sum(torch.outer(x, g) for x, g in zip(inp, out.grad))
    b.grad = out.grad.mean(0)
"""


def test_a_message_that_hides_its_values_is_said_beside_another_tolerance(tmp_path):
    (tmp_path / "ch01_checks.py").write_text(CHECKS)

    entry = run_pytest(tmp_path, "--submission", str(tmp_path), *files_of(1)).exercise(
        "assert_near"
    )

    first, second = entry["mistake"].split("\n  and: ")
    assert first.startswith("Your tolerance is relative to a.")
    assert second == UNSEEN
    assert entry["message"].endswith(f"looks like: {entry['mistake']}")


def test_a_loop_is_said_beside_a_wrong_value(tmp_path):
    (tmp_path / "ch08_lean_backward.py").write_text(LEAN)

    entry = run_pytest(tmp_path, "--submission", str(tmp_path), *files_of(8)).exercise(
        "lin_grad_matmul"
    )

    first, *others = entry["mistake"].split("\n  and: ")
    assert first.startswith("You take the mean over the rows for b.grad.")
    assert others == [GROWS]


def result(at, mistake=None, measured=None, message="", answer=""):
    status = "failed" if mistake else "passed"
    return TestResult(
        "near", answer, f"test_{at}", 3, at, status, message, mistake, False, measured
    )


def test_a_measured_mistake_is_said_once_and_only_beside_one_that_the_message_names():
    wrong = result(0, "A.", message="near: wrong\n  looks like: A.")
    unknown = result(0, message="near: wrong")
    slow = result(1, "B.", "B.", "near: slow\n  looks like: B.")
    again = result(2, "B.", "B.", "near: slow\n  looks like: B.")

    assert ExerciseGrade.of([wrong, slow, again]).mistake == "A.\n  and: B."
    assert ExerciseGrade.of([unknown, slow, again]).message == slow.message
    assert ExerciseGrade.of([slow, again, result(0)]).mistake == "B."


def test_a_recorded_answer_is_called_by_its_own_sentence_alone():
    wrong = result(0, "A.", message="near: wrong\n  looks like: A.", answer="recorded")
    slow = result(1, "B.", "B.", "near: slow\n  looks like: B.", "recorded")

    assert ExerciseGrade.of([wrong, slow]).mistake == "A."
