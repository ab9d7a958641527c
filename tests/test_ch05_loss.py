"""Chapter 5: mse."""

import pytest
import torch

from backprop import oracle
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.compare import Expected
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, Draw, over
from kata.checks.large import assert_all_of_it

MSE = "L = 1/n sum_i (output[i, 0] - targ[i])^2"
MSE_GRAD = (
    "output[i, 0] and targ[i] reach L through the square of their own difference alone, one of n "
    "in the mean, and move it in opposite directions"
)


def test_gives_each_call_a_right_result_of_its_own(mse, draw):
    assert_each_call_anew(mse, lambda: [draw(5, 1), draw(5)], oracle.mse, MSE)


@over(n=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_averages_the_squared_errors(mse, draw, n, layout, size):
    output, targ = draw(n, 1, layout=layout, scale=size), draw(n, layout=layout, scale=size)

    assert_forward(mse, [output, targ], oracle.mse(output, targ), MSE)


@over(n=SIZES, output_size=MAGNITUDE, targ_size=MAGNITUDE)
def test_weighs_outputs_and_targets_alike(mse, draw, n, output_size, targ_size):
    output, targ = draw(n, 1, scale=output_size), draw(n, scale=targ_size)

    assert_forward(mse, [output, targ], oracle.mse(output, targ), MSE)


def test_averages_the_errors_of_all_rows(mse, draw64):
    def check(n):
        output, targ = draw64(n, 1), draw64(n)
        assert_forward(mse, [output, targ], oracle.mse(output, targ), MSE)

    assert_all_of_it(check, n=3)


def test_is_zero_where_the_outputs_are_the_targets(mse, draw):
    output = draw(5, 1)
    targ = output[:, 0].clone()

    assert_forward(mse, [output, targ], oracle.mse(output, targ), MSE)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_can_be_differentiated_in_outputs_and_targets(mse, draw, n):
    output, targ, upstream = draw(n, 1), draw(n), draw()
    expected = mse_gradients(output, targ, upstream)

    assert_differentiable(mse, [output, targ], upstream, expected, MSE_GRAD)


def test_makes_its_tensors_where_the_outputs_are(mse, device):
    # in float64 alone: a sum that starts at torch.tensor(0.0), 0-d, is legal
    draw = Draw(torch.float64, device)

    assert_at_home_anywhere(mse, {"output": draw(5, 1), "targ": draw(5)})


def mse_gradients(output, targ, upstream):
    """Those of the loss, which mse_grad is to set, times the upstream gradient."""
    u = oracle.exact(upstream)
    d = oracle.mse_grad(output, targ)["inp"]
    d_output = Expected(u * d.values, u * d.scale, d.roundings + 1)
    d_targ = Expected(-d_output.values[:, 0], d_output.scale[:, 0], d_output.roundings)
    return {"output": d_output, "targ": d_targ}
