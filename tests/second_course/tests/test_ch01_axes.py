"""Chapter 1: outer, differences, one_hot. What is right is said by plain loops."""

import pytest
import torch

from kata.checks.compare import Expected
from kata.checks.forward import assert_each_call_anew, assert_forward
from kata.checks.inputs import SIZES, over
from kata.refusal import Refused

OUTER = "out[i, j] = a[i] b[j]"
DIFFERENCES = "out[i, j] = a[i] - b[j]"
ONE_HOT = "out[i, k] = labels[i] == k"


def products(a, b):
    values = torch.tensor([[x * y for y in b.tolist()] for x in a.tolist()], dtype=torch.float64)
    return Expected(values.reshape(len(a), len(b)), values.abs().reshape(len(a), len(b)), 1)


def subtracted(a, b):
    values = torch.tensor([[x - y for y in b.tolist()] for x in a.tolist()], dtype=torch.float64)
    scale = torch.tensor([[abs(x) + abs(y) for y in b.tolist()] for x in a.tolist()])
    return Expected(values.reshape(len(a), len(b)), scale.double().reshape(len(a), len(b)), 1)


def test_outer_gives_each_call_a_right_result_of_its_own(outer, draw):
    assert_each_call_anew(outer, lambda: [draw(3), draw(4)], products, OUTER)


@over(n=SIZES, m=SIZES)
def test_outer_multiplies_every_pair(outer, draw, n, m):
    a, b = draw(n), draw(m)

    assert_forward(outer, [a, b], products(a, b), OUTER)


def test_differences_gives_each_call_a_right_result_of_its_own(differences, draw):
    assert_each_call_anew(differences, lambda: [draw(3), draw(4)], subtracted, DIFFERENCES)


@over(n=SIZES, m=SIZES)
def test_differences_subtracts_every_pair(differences, draw, n, m):
    a, b = draw(n), draw(m)

    assert_forward(differences, [a, b], subtracted(a, b), DIFFERENCES)


@pytest.mark.parametrize(("labels", "c"), [([2, 0, 1, 2], 3), ([0], 1), ([3, 300], 301)])
def test_one_hot_marks_the_class_of_each_row(one_hot, labels, c, device):
    expected = [[label == k for k in range(c)] for label in labels]

    got = one_hot(torch.tensor(labels, device=device), c)

    if not isinstance(got, torch.Tensor) or got.dtype != torch.bool:
        raise Refused(f"the result is {getattr(got, 'dtype', type(got).__name__)}; expected bool")
    if got.tolist() != expected:
        raise Refused(f"one_hot({labels[:4]}, {c}) marks other places\n  why: {ONE_HOT}")
