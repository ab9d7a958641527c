"""Counts and kinds are told in English."""

import pytest
import torch

from backprop.training_checks import TOO_FEW, TOO_MANY, assert_all_close
from kata.answers.words import count, kind
from kata.checks.compare import Expected, assert_close, assert_tensor, describe
from kata.refusal import Refused


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 values"), (1, "1 value"), (2, "2 values"), (1000, "1,000 values")]
)
def test_one_is_singular(number, text):
    assert count(number, "value") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (3, "an int"),
        (0.5, "a float"),
        (torch.ones(2).numpy(), "an ndarray"),
        (torch.ones(2), "a Tensor"),
        ([1, 2], "a list of length 2"),
        ((), "a tuple of length 0"),
        (torch.ones(1).byte().numpy()[0], "a uint8"),
    ],
)
def test_a_kind_has_its_article(value, text):
    assert kind(value) == text


@pytest.mark.parametrize(
    ("off", "line"),
    [
        ({(0, 0): 0.5}, "got [[1.5, 1, 1, ...], [1, 1, 1, ...]]  expected [[1, 1, 1, ...], [1"),
        (
            {(0, 1): 1e-5},
            "got [[1, 1.00001, 1, ...], [1, 1, 1, ...]]  expected [[1, 1, 1, ...], [1",
        ),
        ({(1, 4): 0.5}, "got 1.5 at [1, 4]  expected 1\n"),
        ({(1, 4): -1e-7, (0, 4): 1e-6}, "got 1.000001 at [0, 4]  expected 1\n"),
    ],
)
def test_what_was_got_and_what_was_expected_differ_in_print(off, line):
    exact = torch.ones(2, 5, dtype=torch.float64)
    got = exact.clone()
    for place, by in off.items():
        got[place] += by

    with pytest.raises(Refused) as refused:
        assert_close(got, Expected(exact, exact, 1), exact, "w.grad", "")
    assert line in refused.value.message


def test_an_int_is_refused_as_an_int():
    with pytest.raises(Refused, match="the result is an int; expected a tensor"):
        assert_tensor(3, torch.ones(2), (2,), "the result")


def test_one_rounding_is_one():
    want = torch.tensor([1.0, 2.0], dtype=torch.float64)

    with pytest.raises(Refused, match="= 1 rounding of float32"):
        assert_close(want.float() * 2, Expected(want, want, 1), want.float(), "the result", "")


def test_where_nothing_is_rounded_no_tolerance_is_told():
    want = torch.tensor([1.0, 2.0], dtype=torch.float64)

    with pytest.raises(Refused, match="have to be exact, as nothing is rounded") as refused:
        assert_close(want.float() * 2, Expected(want, want, 0), want.float(), "the result", "")
    assert "tolerance" not in str(refused.value)


def test_values_a_little_off_are_not_one_times_the_expected_ones():
    want = torch.tensor([1.0, 2.0], dtype=torch.float64)

    assert describe(want * (1 + 1e-5), want) == "off by 0.001 %"
    assert describe(want * 1.5, want) == "1.5 times the expected values"


def test_a_single_nan_is_one():
    values = torch.tensor([1.0, torch.nan])

    assert describe(values, torch.ones(2)) == "1 of 2 values is nan or infinite"


@pytest.mark.parametrize(("results", "sentence"), [(1, TOO_FEW), (3, TOO_MANY)])
def test_too_few_and_too_many_results_are_told_apart(results, sentence):
    ones = torch.ones(2, dtype=torch.float64)
    right = [Expected(ones, ones, 1)] * 2

    with pytest.raises(Refused) as refused:
        assert_all_close([ones] * results, right, [ones, ones], "the result", "")

    assert refused.value.mistake == sentence
