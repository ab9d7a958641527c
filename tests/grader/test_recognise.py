"""A mistake that nobody recorded is told in the names that the exercise itself uses."""

from pathlib import Path

import pytest

from kata.answer import Answer
from kata.diagnosis import diagnose
from kata.load import solution_of
from kata.recorded import mistakes_of


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


def said_of(chapter, name, wrong):
    """What is said of an answer, made from the solution."""
    return diagnose(Answer(name, wrong(getattr(solution_of(chapter), name)), Path()))


@pytest.mark.parametrize(
    ("chapter", "name", "wrong", "sentence"),
    [
        (
            "ch13_training",
            "momentum",
            lambda right: lambda p, g, v, lr, beta: right(p, g, v, lr, 0.5),
            "You take 0.5 for beta, whatever is passed in.",
        ),
        (
            "ch18_convolution",
            "conv2d_grad",
            lambda right: (
                lambda d, x, w, stride=1, padding=0: right(d, x * 0 + 1, w, stride, padding)
            ),
            "You leave x out: this is what comes of x = 1.",
        ),
        (
            "ch14_deep_nets",
            "log2_growth",
            lambda right: lambda d, std, n: right(d, std, n) * -2,
            "The result is -2 times what it should be.",
        ),
        (
            "ch19_attention",
            "attention",
            lambda right: lambda q, k, v: right(q[None], k[None], v[None]).squeeze(),
            "The result has the right numbers in the wrong shape.",
        ),
    ],
)
def test_what_holds_on_every_probe_is_said(chapter, name, wrong, sentence):
    assert said_of(chapter, name, wrong) == sentence


def test_a_layer_s_gradient_has_the_name_of_its_parameter():
    def wrong(right):
        class Lin(right):
            def backward(self):
                super().backward()
                self.w.grad = self.w.grad * 4

        return Lin

    assert said_of("ch10_layers", "Lin", wrong) == "w.grad is 4 times what it should be."


def test_a_layer_that_casts_is_right_in_one_dtype():
    def wrong(right):
        class Relu(right):
            def __call__(self, inp):
                return super().__call__(inp).float()

        return Relu

    assert said_of("ch10_layers", "Relu", wrong) == "It is right only in float32."


def test_a_mistake_is_named_though_large_numbers_overflow_as_well():
    said = said_of("ch12_classification", "logsumexp", lambda right: lambda x: x.exp().sum().log())

    assert said == next(m.sentence for m in mistakes_of("logsumexp") if m.name == "lse_of_all")
