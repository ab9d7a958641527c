"""Chapter 15: relu_moments, shift_and_gain, standard_relu.

The numbers are tested exactly, and by statistics: on a sample of z, within the bounds of kata.
statistics, which a right answer leaves once in a million samples.
"""

import math

import pytest
import torch

from backprop import oracle
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, over
from kata.checks.large import assert_all_of_it
from kata.checks.numbers import as_float
from kata.checks.statistics import mean_bounds
from kata.refusal import Refused

VARIANCES = [1.0, 2.0, 0.25, 9.0, 1e-4, 1e4, 3]
SAMPLE = 200_000

# moments of r = relu(z), z ~ N(0, 1): E[r^k] is half of E|z|^k
M1, M2, M3, M4 = 1 / math.sqrt(2 * math.pi), 1 / 2, math.sqrt(2 / math.pi), 3 / 2
STD = math.sqrt(M2 - M1**2)
KURTOSIS = (M4 - 4 * M3 * M1 + 6 * M2 * M1**2 - 3 * M1**4) / STD**4

MEAN = "E[relu(z)] = integral_0^inf z p(z) dz, and z p(z) is the derivative of -variance p(z)"
SECOND = "E[relu(z)^2] is half of E[z^2] = variance"
SHIFT = "E[gain (relu(z) - shift)] is to be 0, whatever the gain is"
GAIN = "E[out^2] is to be 1: the gain makes up for the std that relu(z) has around its own mean"


def two_numbers(answer, *args):
    """What the answer gives, as floats; refused unless it is two numbers."""
    got = answer(*args)
    if not isinstance(got, tuple | list) or len(got) != 2:
        raise Refused(f"the result is a {type(got).__name__}; expected two numbers")
    return [as_float(value, f"result {i}") for i, value in enumerate(got, 1)]


def assert_number(got, expected, what, why):
    """Refuse a number that is off by more than 16 roundings of float32.

    The formulas have up to 8 operations, and torch computes in float32 unless told otherwise. A
    difference in them, 1/2 - 1/(2 pi), makes an error 1.5 times as large, no more.
    """
    tolerance = 16 * torch.finfo(torch.float32).eps
    if not abs(got - expected) <= tolerance * abs(expected):
        raise Refused(
            f"{what} is wrong\n  got {got:.6g}  expected {expected:.6g}  "
            f"(tolerance {tolerance:.0e} = 16 roundings of float32)\n  why: {why}"
        )


def assert_within(got, expected, error, what, why):
    """Refuse a statistic that is off by more than chance; error is its standard error."""
    limit = mean_bounds(1)[1] * error
    if not abs(got - expected) <= limit:
        raise Refused(
            f"{what} is {got:.4g}; expected {expected:.4g}\n  {SAMPLE:,} numbers: chance keeps a "
            f"right answer within {limit:.2g} of it, but once in a million\n  why: {why}"
        )


def sample(variance):
    """z ~ N(0, variance), the same in every run."""
    generator = torch.Generator().manual_seed(15)
    z = torch.randn(SAMPLE, generator=generator, dtype=torch.float64)
    return z * math.sqrt(variance)


# --- relu_moments -------------------------------------------------------------------------------


def test_relu_moments_are_exact(relu_moments):
    for variance in VARIANCES:
        mean, second = two_numbers(relu_moments, variance)

        at = f"for variance {variance:g}"
        assert_number(mean, math.sqrt(variance) * M1, f"the mean {at}", MEAN)
        assert_number(second, variance * M2, f"the mean square {at}", SECOND)


def test_relu_moments_are_for_variance_1_unless_told_otherwise(relu_moments):
    mean, second = two_numbers(relu_moments)

    assert_number(mean, M1, "the mean", MEAN)
    assert_number(second, M2, "the mean square", SECOND)


def test_relu_moments_are_those_of_a_large_sample(relu_moments):
    for variance in (1.0, 2.0):
        z = sample(variance)
        mean, second = two_numbers(relu_moments, variance)

        r = z.clamp_min(0)
        errors = [float(v.std()) / math.sqrt(SAMPLE) for v in (r, r**2)]
        at = f"for variance {variance:g}"
        assert_within(mean, float(r.mean()), errors[0], f"the mean {at}", MEAN)
        assert_within(second, float((r**2).mean()), errors[1], f"the mean square {at}", SECOND)


# --- shift_and_gain -----------------------------------------------------------------------------


def right_numbers(variance):
    return math.sqrt(variance) * M1, 1 / (math.sqrt(variance) * STD)


def test_shift_and_gain_are_exact(shift_and_gain):
    for variance in VARIANCES:
        shift, gain = two_numbers(shift_and_gain, variance)

        at = f"for variance {variance:g}"
        assert_number(shift, right_numbers(variance)[0], f"the shift {at}", SHIFT)
        assert_number(gain, right_numbers(variance)[1], f"the gain {at}", GAIN)


def test_shift_and_gain_are_for_variance_1_unless_told_otherwise(shift_and_gain):
    shift, gain = two_numbers(shift_and_gain)

    assert_number(shift, M1, "the shift", SHIFT)
    assert_number(gain, math.sqrt(2 / (1 - 1 / math.pi)), "the gain", GAIN)


def test_shift_and_gain_make_mean_0_and_std_1_of_a_large_sample(shift_and_gain):
    for variance in (1.0, 2.0):
        shift, gain = two_numbers(shift_and_gain, variance)

        assert_standard(gain * (sample(variance).clamp_min(0) - shift), variance)


def assert_standard(out, variance):
    """Mean 0 and mean square 1. Their variances over samples are 1/n and (kurtosis - 1)/n."""
    at = f"for z ~ N(0, {variance:g})"
    mean, second = float(out.mean()), float(out.square().mean())
    assert_within(mean, 0, 1 / math.sqrt(SAMPLE), f"the mean of the outputs {at}", SHIFT)
    error = math.sqrt((KURTOSIS - 1) / SAMPLE)
    assert_within(second, 1, error, f"the mean square of the outputs {at}", GAIN)


# --- standard_relu ------------------------------------------------------------------------------

WHY = "out = gain (max(z, 0) - shift), with shift and gain from the variance alone"


def expected(z, variance=1.0):
    """A difference and a product, with two numbers that are right to 16 roundings of float32 each.

    The numbers may be so in float64, too: shift_and_gain is not asked for more.
    """
    shift, gain = right_numbers(variance)
    r = torch.relu(oracle.exact(z))
    return Expected(gain * (r - shift), gain * (r + shift) * of_float32(z), 2 + 2 * 16)


def of_float32(z):
    """How many roundings of z's dtype one of float32 is."""
    return torch.finfo(torch.float32).eps / torch.finfo(z.dtype).eps


def test_standard_relu_gives_each_call_a_right_result_of_its_own(standard_relu, draw):
    assert_each_call_anew(standard_relu, lambda: [draw(5, 4)], expected, WHY)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_standard_relu_shifts_and_stretches_a_relu(standard_relu, draw, n, m, layout, size):
    z = draw(n, m, layout=layout, scale=size)

    assert_forward(standard_relu, [z], expected(z), WHY)


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4), ()])
def test_standard_relu_takes_any_number_of_axes(standard_relu, draw, shape):
    z = draw(*shape)

    assert_forward(standard_relu, [z], expected(z), WHY)


def test_standard_relu_takes_every_element(standard_relu, draw64):
    def check(n, m):
        z = draw64(n, m)
        assert_forward(standard_relu, [z], expected(z), WHY)

    assert_all_of_it(check, n=3, m=2)


@pytest.mark.parametrize("variance", VARIANCES)
def test_standard_relu_looks_at_the_variance_it_is_given(standard_relu, draw, variance):
    z = draw(5, 4, scale=math.sqrt(variance))

    assert_forward(standard_relu, [z, variance], expected(z, variance), WHY)


def test_standard_relu_gives_each_element_by_itself(standard_relu, draw):
    """All of them negative, or all positive: nothing is measured on z."""
    for z in (-draw(5, 4).abs() - 1, draw(5, 4).abs() + 1, torch.zeros_like(draw(5, 4))):
        assert_forward(standard_relu, [z], expected(z), WHY)


def test_standard_relu_keeps_the_digits_of_z(standard_relu, draw):
    """A small step of z moves the output by gain times it, also below float32's rounding.

    The gain may be off by 16 roundings of float32, and each output by a few of its own.
    """
    step = torch.finfo(draw.dtype).eps ** 0.5
    z = 1 + draw(5, 4).abs().round()
    gain = right_numbers(1.0)[1]
    moved = oracle.exact(z + step) - oracle.exact(z)

    got = standard_relu(z + step) - standard_relu(z)

    bound = gain * (moved * of_float32(z) + oracle.exact(z) + 1)
    assert_close(got, Expected(gain * moved, bound, 2 + 16), z, "out(z + step) - out(z)", WHY)


def test_standard_relu_makes_mean_0_and_std_1_of_a_large_sample(standard_relu):
    for variance in (1.0, 2.0):
        out = standard_relu(sample(variance), variance)

        if not isinstance(out, torch.Tensor) or out.shape != (SAMPLE,):
            raise Refused(f"the result has not the shape of z, [{SAMPLE}]")
        assert_standard(out, variance)


def test_standard_relu_is_differentiable(standard_relu, draw):
    z, upstream = draw(5, 4), draw(5, 4)
    gain = right_numbers(1.0)[1]
    grad = gain * oracle.exact(upstream) * (oracle.exact(z) > 0)

    slope = {"z": Expected(grad, grad * of_float32(z), 2 + 16)}
    assert_differentiable(
        standard_relu,
        [z],
        upstream,
        slope,
        f"where z > 0, out moves gain times as much as z; {WHY}",
    )


def test_standard_relu_makes_its_tensors_where_z_is(standard_relu, draw):
    assert_at_home_anywhere(standard_relu, {"z": draw(5, 4)})
