"""Chapter 7: forward_and_backward."""

from backprop.full_pass import (
    assert_full_pass,
    assert_full_pass_sets_anew,
    assert_looks_at_all,
    assert_loss,
    net,
    net_at_the_kink,
    net_of_tiny_units,
)
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, over

sizes = {"n": SIZES, "m": SIZES, "nh": SIZES, "layout": LAYOUT, "size": MAGNITUDE}


def test_full_pass_sets_every_gradient_anew(forward_and_backward, draw):
    assert_full_pass_sets_anew(forward_and_backward, draw)


@over(**sizes)
def test_full_pass_returns_the_mean_squared_error(
    forward_and_backward, draw, n, m, nh, layout, size
):
    assert_loss(forward_and_backward, net(draw, n, m, nh, layout, size))


@over(**sizes)
def test_full_pass_sets_all_gradients_for_any_sizes(
    forward_and_backward, draw, n, m, nh, layout, size
):
    assert_full_pass(forward_and_backward, net(draw, n, m, nh, layout, size))


def test_full_pass_sets_the_gradient_of_b2(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), ["b2"])


def test_full_pass_sets_the_gradient_of_w2(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), ["w2"])


def test_full_pass_sets_the_gradient_of_b1(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), ["b1"])


def test_full_pass_sets_the_gradient_of_w1(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), ["w1"])


def test_full_pass_sets_the_gradient_of_inp(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), ["inp"])


def test_full_pass_is_right_for_a_large_batch_and_a_wide_net(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 30, 13, 12))


def test_full_pass_sends_nothing_back_where_the_relu_saw_exactly_zero(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net_at_the_kink(draw))


def test_full_pass_takes_every_row_and_input_and_unit(forward_and_backward, draw64):
    assert_looks_at_all(forward_and_backward, draw64)


def test_full_pass_is_right_for_tiny_hidden_units(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net_of_tiny_units(draw))


def test_full_pass_makes_its_tensors_where_the_inputs_are(forward_and_backward, draw):
    assert_at_home_anywhere(forward_and_backward, net(draw, 5, 4, 3))
