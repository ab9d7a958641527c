"""Chapter 1: near, assert_near, assert_is_near_zero.

Right on a tolerance, rounding decides, so no difference tried here lies within 0.04 % of its
tolerance: hundreds of roundings of float32, whichever way |a - b| and the tolerance are computed.
"""

import math

import pytest
import torch
from hypothesis import strategies as st

from kata.checks.assertions import assert_answers, assert_lets_pass, assert_shows, assert_stops
from kata.checks.forward import RETURNS
from kata.checks.inputs import HUGE, LAYOUT, MAGNITUDE, SIZES, TINY, over
from kata.checks.large import assert_all_of_it
from kata.checks.state import assert_looks_again
from kata.refusal import Refused

NEAR = "near means |a - b| <= 1e-5 + 1e-3 |b| in every element"
NAN = "NaN stands for no number, so it is near nothing, not even NaN"
INFINITE = "infinity is near the same infinity, and near nothing else"
ZERO = "|a| < threshold"

inf, nan = math.inf, math.nan
SHAPES = [(), (1,), (5,), (2, 3, 4)]
# a, b: all of |b| <= 1e4; the first two differ by a little less, or more, than is allowed
BY_B = [([1000.0], [1001.0005]), ([0.0, 1.0], [1.0005e-5, 1.0])]
BY_SUM = [([0.010015], [0.01]), ([-0.010015], [-0.01]), ([1.00095], [1.0]), ([0.9e-5], [0.0])]
FAR = [
    ([2.0], [1.0]),
    ([1.0], [2.0]),
    ([1.0, -2.0], [1.0, -2.1]),
    ([0.0], [1e-4]),
    ([3.0, 1.0], [1.0, 3.0]),
    ([1.0, 3.0], [1.0, -3.0]),
]
EQUAL_INFINITIES = [([inf], [inf]), ([-inf, 1.0], [-inf, 1.0])]
UNEQUAL_INFINITIES = [
    ([inf], [-inf]),
    ([-inf], [inf]),
    ([inf], [1.0]),
    ([1.0], [inf]),
    ([1.0, 2.0], [1.0, -inf]),
]
NANS = [([nan], [nan]), ([nan], [1.0]), ([1.0], [nan]), ([1.0, nan], [1.0, nan])]


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_near_allows_a_difference_within_the_tolerance(near, draw, n, m, layout, size):
    b = draw(n, m, layout=layout, scale=size)
    a = b + 0.9 * tolerance(b) * draw(n, m).sign()

    assert_answers(near, [a, b], True, NEAR)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE, which=st.integers(0, 35), off=st.booleans())
def test_near_sees_a_single_element_beyond_the_tolerance(
    near, draw, n, m, layout, size, which, off
):
    b = draw(n, m, layout=layout, scale=size)
    a = b.contiguous().clone()
    i, j = which // m % n, which % m
    a[i, j] += (1.1 if off else -1.1) * tolerance(b)[i, j]

    assert_answers(near, [a, b], False, NEAR)


def test_near_takes_tensors_with_any_number_of_axes(near, draw):
    for shape in SHAPES:
        b = draw(*shape)

        assert_answers(near, [b.clone(), b], True, NEAR)
        assert_answers(near, [b + 1, b], False, NEAR)


def test_near_takes_the_tolerance_relative_to_b(near, draw):
    for a, b in pairs(BY_B, draw):
        assert_answers(near, [a, b], True, NEAR)
        assert_answers(near, [b, a], False, NEAR)


def test_near_adds_up_an_absolute_and_a_relative_tolerance(near, draw):
    for a, b in pairs(BY_SUM, draw):
        assert_answers(near, [a, b], True, NEAR)


def test_near_tells_apart_what_differs(near, draw):
    for a, b in pairs(FAR, draw):
        assert_answers(near, [a, b], False, NEAR)


def test_near_compares_each_element_with_its_own_partner(near, draw):
    b = draw(4, 3)

    assert_answers(near, [b.flip(0), b], False, NEAR)


def test_near_finds_nan_near_nothing(near, draw):
    for a, b in pairs(NANS, draw):
        assert_answers(near, [a, b], False, NAN)


def test_near_does_not_find_a_tensor_with_nan_near_itself(near, draw):
    a = tensor([1.0, nan], draw)

    assert_answers(near, [a, a], False, NAN)


def test_near_finds_equal_infinities_near(near, draw):
    for a, b in pairs(EQUAL_INFINITIES, draw):
        assert_answers(near, [a, b], True, INFINITE)


def test_near_finds_an_infinity_near_no_other_number(near, draw):
    for a, b in pairs(UNEQUAL_INFINITIES, draw):
        assert_answers(near, [a, b], False, INFINITE)


def test_near_tells_an_infinity_from_the_largest_number(near, draw):
    for a, b in infinite_and_largest(draw):
        assert_answers(near, [a, b], False, INFINITE)


def test_near_tells_apart_huge_numbers(near, draw):
    for a, b in huge_and_far(draw):
        assert_answers(near, [a, b], False, NEAR)


def test_near_finds_huge_numbers_near(near, draw):
    a, b = huge_and_near(draw)

    assert_answers(near, [a, b], True, NEAR)


def test_near_looks_at_every_element(near, draw64):
    def check(n, m):
        for a, b in far_in_one_element(draw64, n, m):
            assert_answers(near, [a, b], False, NEAR)

    assert_all_of_it(check, n=3, m=2)


def test_near_compares_what_the_tensors_hold_at_each_call(near, draw):
    a, b = draw(3, 4), draw(3, 4)

    def check(a, b):
        assert_answers(near, [a, b], torch.equal(a, b), NEAR)

    assert_looks_again(check, [a, b], [b.clone(), b.clone()])


def infinite_and_largest(draw):
    largest = torch.finfo(draw.dtype).max
    return pairs([([inf], [largest]), ([largest], [inf]), ([-inf], [-largest])], draw)


def huge_and_far(draw):
    """Numbers that a narrower dtype would find infinite, and so equal."""
    huge = HUGE[draw.dtype]
    return pairs([([huge], [2 * huge]), ([2 * huge], [huge]), ([-huge], [huge])], draw)


def huge_and_near(draw):
    huge = HUGE[draw.dtype]
    return tensor([huge, 1.0], draw), tensor([1.0005 * huge, 1.0], draw)


def far_in_one_element(draw, n, m):
    """b [n, m], and an a that is too far from it in the first, a middle or the last element."""
    b = draw(n, m)
    for i, j in ((0, 0), (n // 2, m // 2), (n - 1, m - 1)):
        a = b.clone()
        a[i, j] += 1.1 * tolerance(b)[i, j]
        yield a, b


def tolerance(b):
    return 1e-5 + 1e-3 * b.abs()


def tensor(values, draw):
    return torch.tensor(values, dtype=draw.dtype, device=draw.device)


def pairs(cases, draw):
    """Each pair of the cases as tensors."""
    return [(tensor(a, draw), tensor(b, draw)) for a, b in cases]


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_assert_near_lets_a_difference_within_the_tolerance_pass(
    assert_near, draw, n, m, layout, size
):
    b = draw(n, m, layout=layout, scale=size)
    a = b + 0.9 * tolerance(b) * draw(n, m).sign()

    assert_lets_pass(assert_near, [a, b], NEAR)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE, which=st.integers(0, 35), off=st.booleans())
def test_assert_near_stops_a_single_element_beyond_the_tolerance(
    assert_near, draw, n, m, layout, size, which, off
):
    b = draw(n, m, layout=layout, scale=size)
    a = b.contiguous().clone()
    i, j = which // m % n, which % m
    a[i, j] += (1.1 if off else -1.1) * tolerance(b)[i, j]

    assert_stops(assert_near, [a, b], NEAR)


def test_assert_near_takes_tensors_with_any_number_of_axes(assert_near, draw):
    for shape in SHAPES:
        b = draw(*shape)

        assert_lets_pass(assert_near, [b.clone(), b], NEAR)
        assert_stops(assert_near, [b + 1, b], NEAR)


def test_assert_near_lets_pass_what_is_near(assert_near, draw):
    for a, b in pairs([*BY_B, *BY_SUM, *EQUAL_INFINITIES], draw):
        assert_lets_pass(assert_near, [a, b], NEAR)


def test_assert_near_stops_what_is_not_near(assert_near, draw):
    for a, b in pairs([*FAR, *((a, b) for b, a in BY_B), *UNEQUAL_INFINITIES, *NANS], draw):
        assert_stops(assert_near, [a, b], NEAR)


def test_assert_near_stops_an_infinity_and_the_largest_number(assert_near, draw):
    for a, b in infinite_and_largest(draw):
        assert_stops(assert_near, [a, b], INFINITE)


def test_assert_near_stops_a_tensor_with_nan_and_itself(assert_near, draw):
    a = tensor([1.0, nan], draw)

    assert_stops(assert_near, [a, a], NAN)


def test_assert_near_stops_huge_numbers_far_apart(assert_near, draw):
    for a, b in huge_and_far(draw):
        assert_stops(assert_near, [a, b], NEAR)


def test_assert_near_lets_huge_numbers_pass_that_are_near(assert_near, draw):
    a, b = huge_and_near(draw)

    assert_lets_pass(assert_near, [a, b], NEAR)


def test_assert_near_looks_at_every_element(assert_near, draw64):
    def check(n, m):
        for a, b in far_in_one_element(draw64, n, m):
            assert_stops(assert_near, [a, b], NEAR)

    assert_all_of_it(check, n=3, m=2)


def test_assert_near_compares_what_the_tensors_hold_at_each_call(assert_near, draw):
    a, b = draw(3, 4), draw(3, 4)

    def check(a, b):
        ask = assert_lets_pass if torch.equal(a, b) else assert_stops
        ask(assert_near, [a, b], NEAR)

    assert_looks_again(check, [a, a.clone()], [a.clone(), b])


def test_assert_near_returns_nothing(assert_near, draw):
    a = draw(2, 3)

    returned = assert_lets_pass(assert_near, [a, a.clone()], NEAR)

    if returned is not None:
        raise Refused(f"it returned {returned!r}; expected None", RETURNS)


@pytest.mark.parametrize(("a", "b"), [(2.5, -7.5), ([2.5, -4.5], [7.5, 9.5])])
def test_assert_near_shows_both_values_in_its_message(assert_near, draw, a, b):
    """No difference or tolerance of these values looks like one of them."""
    a, b = tensor(a, draw), tensor(b, draw)

    text = assert_stops(assert_near, [a, b], NEAR)

    assert_shows(text, {"a": a, "b": b})


@over(share=st.floats(-0.9995, 0.9995), threshold=st.sampled_from([1e-3, 0.5, 1e-8, 100.0]))
def test_near_zero_lets_a_number_within_the_threshold_pass(
    assert_is_near_zero, draw, share, threshold
):
    a = tensor(share * threshold, draw)

    assert_lets_pass(assert_is_near_zero, [a, threshold], ZERO)


@over(
    times=st.floats(1.0005, 1e4),
    sign=st.sampled_from([1, -1]),
    threshold=st.sampled_from([1e-8, 0.5, 100.0, 0.0]),
)
def test_near_zero_stops_a_number_beyond_the_threshold(
    assert_is_near_zero, draw, times, sign, threshold
):
    a = tensor(sign * times * threshold, draw)

    assert_stops(assert_is_near_zero, [a, threshold], ZERO)


# whose squares are beyond what their dtype holds, at either end
SQUARE_IS_INFINITE = {torch.float32: 1e30, torch.float64: 1e200}
SQUARE_IS_ZERO = {torch.float32: 1e-30, torch.float64: 1e-200}


@pytest.mark.parametrize(
    "sizes",
    [HUGE, TINY, SQUARE_IS_INFINITE, SQUARE_IS_ZERO],
    ids=["huge", "tiny", "huge-squares", "tiny-squares"],
)
def test_near_zero_takes_thresholds_of_any_size(assert_is_near_zero, draw, sizes):
    threshold = sizes[draw.dtype]
    for share in (0.9995, -0.9995):
        assert_lets_pass(assert_is_near_zero, [tensor(share * threshold, draw), threshold], ZERO)
    for share in (1.0005, -1.0005):
        assert_stops(assert_is_near_zero, [tensor(share * threshold, draw), threshold], ZERO)


def test_near_zero_looks_at_what_the_tensor_holds_at_each_call(assert_is_near_zero, draw):
    def check(a):
        ask = assert_lets_pass if a == 0 else assert_stops
        ask(assert_is_near_zero, [a], ZERO)

    assert_looks_again(check, [tensor(0.0, draw)], [tensor(0.5, draw)])


def test_near_zero_stops_a_number_at_the_threshold(assert_is_near_zero, draw):
    for a, threshold in ((0.5, 0.5), (-0.5, 0.5), (0.0, 0.0)):
        assert_stops(assert_is_near_zero, [tensor(a, draw), threshold], ZERO)


def test_near_zero_lets_less_than_a_thousandth_pass_unless_told_otherwise(
    assert_is_near_zero, draw
):
    for a in (0.0, -0.0, 0.99e-3, -0.99e-3):
        assert_lets_pass(assert_is_near_zero, [tensor(a, draw)], ZERO)


def test_near_zero_stops_more_than_a_thousandth_unless_told_otherwise(assert_is_near_zero, draw):
    for a in (1.01e-3, -1.01e-3, 0.7, -3.0):
        assert_stops(assert_is_near_zero, [tensor(a, draw)], ZERO)


def test_near_zero_stops_what_is_no_finite_number(assert_is_near_zero, draw):
    for a in (nan, inf, -inf):
        assert_stops(assert_is_near_zero, [tensor(a, draw)], ZERO)
        assert_stops(assert_is_near_zero, [tensor(a, draw), 100.0], ZERO)
