"""Random weights that are wrong in a way nobody recorded: what is said of them is true."""

import math

import numpy as np
import pytest
import torch

from kata.answers.call import Answer
from kata.checks.random import OTHER_GENERATOR, SAME_AGAIN
from kata.course import course
from kata.diagnosis.facts import explain
from kata.diagnosis.summary import Randomly, observe

PROBES = [Randomly((60, 240), torch.float32), Randomly((61, 239), torch.float64)]


def right(m, n):
    return torch.randn(m, n) / math.sqrt(m)


def results_of(function):
    answer = Answer("xavier_init", function, course().solutions)
    return [observe(answer, probe).returned for probe in PROBES]


def said_of(function):
    return explain(["w"], PROBES, results_of(function), results_of(right))


def rademacher(m, n):
    return (2.0 * torch.randint(2, (m, n)) - 1) / math.sqrt(m)


def two_rows_alike(m, n):
    w = right(m, n)
    w[2] = w[0]
    return w


def two_columns_alike(m, n):
    w = right(m, n)
    w[:, 4] = w[:, 0]
    return w


def from_numpy(m, n):
    return torch.tensor(np.random.randn(m, n) * 3 / math.sqrt(m)).to(torch.get_default_dtype())


def seeded(m, n):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return right(m, n)


OFF = "The standard deviation of w is off by a factor of"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda m, n: right(n, m), "w is transposed."),
        (lambda m, n: right(m, n).float(), "w is always torch.float32, whatever"),
        (lambda m, n: torch.full((m, n), 0.3), "All numbers of w are the same"),
        (lambda m, n: right(m, n).relu(), "The mean of w is not 0."),
        (lambda m, n: (2 * torch.rand(m, n) - 1) / m, "w is uniform;"),
        (rademacher, "w takes only two values"),
        (lambda m, n: right(m, n).tril(), "w is not normally distributed"),
        (lambda m, n: math.sqrt(m) / torch.randn(m, n), "w is not normally distributed"),
        (two_columns_alike, "Columns of w depend on one another"),
        (two_rows_alike, "Rows of w depend on one another"),
        (seeded, SAME_AGAIN),
        (from_numpy, OTHER_GENERATOR),
        (lambda m, n: right(m, n) * m / 20, f"{OFF} 3"),
    ],
)
def test_what_is_said_begins_with_the_fact_that_tells_most(wrong, sentence):
    assert said_of(wrong).startswith(sentence)


def test_two_facts_are_both_said():
    assert OTHER_GENERATOR in said_of(from_numpy)
    assert OFF in said_of(from_numpy)


@pytest.mark.parametrize("other", [right, lambda m, n: torch.normal(0.0, m**-0.5, (m, n))])
def test_nothing_is_said_of_a_right_answer(other):
    assert said_of(other) is None


@pytest.mark.parametrize(
    "odd",
    [lambda m, n: None, lambda m, n: torch.rand(()), lambda m, n: right(m, n)[0], lambda m, n: 1j],
)
def test_nothing_is_said_of_what_is_no_matrix(odd):
    assert said_of(odd) is None
