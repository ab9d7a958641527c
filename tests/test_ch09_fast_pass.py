"""Chapter 9: fast_forward_and_backward. Right as chapter 7's; fast by count, never by the clock."""

import pytest
import torch

from backprop.full_pass import (
    SETS,
    arguments,
    assert_full_pass,
    assert_full_pass_sets_anew,
    assert_looks_at_all,
    assert_loss,
    net,
    net_at_the_kink,
    net_of_tiny_units,
)
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.cost import (
    assert_few_calls,
    assert_holds_little,
    assert_stays_in_torch,
    assert_writes_into_grad,
)
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, over

sizes = {"n": SIZES, "m": SIZES, "nh": SIZES, "layout": LAYOUT, "size": MAGNITUDE}


def test_fast_pass_takes_few_tensor_operations(fast_forward_and_backward, draw):
    assert_few_calls(fast_forward_and_backward, arguments(draw, 2_000, 3, 2))


def test_fast_pass_sets_every_gradient_anew(fast_forward_and_backward, draw):
    assert_full_pass_sets_anew(fast_forward_and_backward, draw)


@pytest.mark.parametrize(("n", "m", "nh"), [(5, 4, 3), (1, 3, 2), (2, 1, 1)])
def test_fast_pass_returns_the_mean_squared_error(fast_forward_and_backward, draw, n, m, nh):
    assert_loss(fast_forward_and_backward, net(draw, n, m, nh))


@over(**sizes)
def test_fast_pass_sets_every_gradient(fast_forward_and_backward, draw, n, m, nh, layout, size):
    assert_full_pass(fast_forward_and_backward, net(draw, n, m, nh, layout, size))


@pytest.mark.parametrize("rows", [slice(0, 11), slice(-11, None)], ids=["first", "last"])
def test_fast_pass_counts_every_block_of_a_large_batch(fast_forward_and_backward, draw, rows):
    """Eleven rows outweigh the others: a sum that lacks their block is far off."""
    args = net(draw, 10_007, 3, 2)
    args["inp"][rows] *= 1_000

    assert_full_pass(fast_forward_and_backward, args)


def test_fast_pass_returns_the_loss_of_a_large_batch(fast_forward_and_backward, draw):
    args = net(draw, 10_007, 3, 2)
    args["targ"][-11:] *= 1_000

    assert_loss(fast_forward_and_backward, args)


def test_fast_pass_is_right_for_a_wide_net(fast_forward_and_backward, draw):
    assert_full_pass(fast_forward_and_backward, net(draw, 60, 40, 50))


def test_fast_pass_sends_nothing_back_where_the_relu_saw_exactly_zero(
    fast_forward_and_backward, draw
):
    assert_full_pass(fast_forward_and_backward, net_at_the_kink(draw))


def test_fast_pass_takes_every_row_and_input_and_unit(fast_forward_and_backward, draw64):
    assert_looks_at_all(fast_forward_and_backward, draw64)


def test_fast_pass_is_right_for_tiny_hidden_units(fast_forward_and_backward, draw):
    assert_full_pass(fast_forward_and_backward, net_of_tiny_units(draw))


def test_fast_pass_makes_its_tensors_where_the_inputs_are(fast_forward_and_backward, draw):
    assert_at_home_anywhere(fast_forward_and_backward, net(draw, 5, 4, 3))


def test_fast_pass_is_computed_by_torch(fast_forward_and_backward, draw):
    assert_stays_in_torch(fast_forward_and_backward, net(draw, 5, 4, 3))


def large(draw):
    """50,000 rows: the hidden units of all of them are an eighth of inp, the outputs 3 %."""
    args = arguments(draw, 500, 32, 4)
    return args | {name: torch.cat([args[name]] * 100) for name in ("inp", "targ")}


def test_fast_pass_holds_little_more_than_the_gradients(fast_forward_and_backward, draw):
    assert_holds_little(fast_forward_and_backward, large(draw), SETS)


def test_fast_pass_writes_into_the_inp_grad_that_is_there(fast_forward_and_backward, draw):
    assert_writes_into_grad(fast_forward_and_backward, large(draw), SETS)
