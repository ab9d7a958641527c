"""A mistake that nobody recorded is told in the names that the exercise itself uses."""

from pathlib import Path

from kata.answer import Answer
from kata.diagnosis import diagnose
from kata.load import solution_of


def told(chapter, name, change):
    """What is said of a solution whose results are changed."""
    solution = getattr(solution_of(chapter), name)

    def changed(*args):
        return change(*solution(*args))

    return diagnose(Answer(name, changed, Path()))


def test_one_of_several_results_has_the_name_that_the_docstring_gives_it():
    def change(d_x, d_weight, d_bias):
        return d_x, 4 * d_weight, d_bias

    said = told("ch18_convolution", "conv2d_grad", change)

    assert said == "d_weight is 4 times what it should be."


def test_a_result_without_a_name_has_its_place():
    said = told("ch17_normalisation", "running_statistics", lambda mean, var: (mean, 4 * var))

    assert said == "result 2 is 4 times what it should be."
