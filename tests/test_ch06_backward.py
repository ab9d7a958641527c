"""Chapter 6: mse_grad, relu_grad, lin_grad."""

import pytest
import torch

from backprop import oracle
from backprop.reasons import LIN, MSE, RELU
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.gradients import assert_backward, assert_sets_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, TINY, over
from kata.checks.large import assert_all_of_it

# --- mse_grad -----------------------------------------------------------------------------------


def loss_end(draw, n, layout="contiguous", size=1.0):
    return {"inp": draw(n, 1, layout=layout, scale=size), "targ": draw(n, layout=layout)}


def assert_mse_grad(answer, args):
    assert_backward(answer, args, oracle.mse_grad(*args.values()), {"inp": MSE})


def test_mse_grad_is_set_right_and_anew_by_each_call(mse_grad, draw):
    assert_sets_anew(mse_grad, lambda: loss_end(draw, 5), oracle.mse_grad, {"inp": MSE})


@over(n=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_mse_grad_is_twice_the_error_of_each_output_over_n(mse_grad, draw, n, layout, size):
    assert_mse_grad(mse_grad, loss_end(draw, n, layout, size))


def test_mse_grad_is_zero_where_the_output_is_the_target(mse_grad, draw):
    args = loss_end(draw, 5)
    args["inp"][1:4, 0] = args["targ"][1:4]

    assert_mse_grad(mse_grad, args)


def test_mse_grad_is_that_of_every_row(mse_grad, draw64):
    assert_all_of_it(lambda n: assert_mse_grad(mse_grad, loss_end(draw64, n)), n=3)


def test_mse_grad_is_made_where_the_inputs_are(mse_grad, draw):
    assert_at_home_anywhere(mse_grad, loss_end(draw, 5))


# --- relu_grad ----------------------------------------------------------------------------------


def bend(draw, *shape, shift=0.0, layout="contiguous", size=1.0):
    inp = draw(*shape, layout=layout, scale=size)
    return with_upstream(draw, inp, shift, layout)


def with_upstream(draw, inp, shift=0.0, layout="contiguous"):
    out = torch.relu(inp) + shift
    out.grad = draw(*inp.shape, layout=layout)
    return {"inp": inp, "out": out}


def assert_relu_grad(answer, args):
    assert_backward(answer, args, oracle.relu_grad(*args.values()), {"inp": RELU})


def test_relu_grad_is_set_right_and_anew_by_each_call(relu_grad, draw):
    assert_sets_anew(relu_grad, lambda: bend(draw, 5, 4), oracle.relu_grad, {"inp": RELU})


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_relu_grad_is_the_upstream_where_inp_is_positive_else_zero(
    relu_grad, draw, n, m, layout, size
):
    assert_relu_grad(relu_grad, bend(draw, n, m, layout=layout, size=size))


@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_relu_grad_looks_at_inp_where_out_is_shifted(relu_grad, draw, shift):
    assert_relu_grad(relu_grad, bend(draw, 6, 5, shift=shift))


@pytest.mark.parametrize("sign", [1, -1])
def test_relu_grad_is_right_where_all_of_inp_has_one_sign(relu_grad, draw, sign):
    assert_relu_grad(relu_grad, with_upstream(draw, sign * (draw(5, 4).abs() + 0.1)))


def test_relu_grad_is_zero_where_inp_is_exactly_zero(relu_grad, draw):
    inp = draw(6, 5)
    inp[::2, 1:4] = 0.0
    inp[1::2, 1:4] = -0.0

    assert_relu_grad(relu_grad, with_upstream(draw, inp))


def test_relu_grad_is_the_upstream_however_small_a_positive_inp_is(relu_grad, draw):
    assert_relu_grad(relu_grad, bend(draw, 6, 5, size=TINY[draw.dtype] ** 2))


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4)])
def test_relu_grad_takes_any_number_of_axes(relu_grad, draw, shape):
    assert_relu_grad(relu_grad, bend(draw, *shape, layout="transposed"))


def test_relu_grad_is_that_of_every_element(relu_grad, draw64):
    assert_all_of_it(lambda n, m: assert_relu_grad(relu_grad, bend(draw64, n, m)), n=3, m=2)


def test_relu_grad_is_made_where_the_inputs_are(relu_grad, draw):
    assert_at_home_anywhere(relu_grad, bend(draw, 5, 4))


# --- lin_grad -----------------------------------------------------------------------------------

sizes = {"n": SIZES, "m": SIZES, "o": SIZES, "layout": LAYOUT, "size": MAGNITUDE}


def layer(draw, n, m, o, layout="contiguous", size=1.0):
    inp, w, b = draw(n, m, layout=layout, scale=size), draw(m, o, layout=layout), draw(o)
    out = inp @ w + b
    out.grad = draw(n, o, layout=layout, scale=size)
    return {"inp": inp, "out": out, "w": w, "b": b}


def assert_lin_grad(answer, args, *names):
    """Compare the .grad of these names alone; the others have tests of their own."""
    expected = oracle.lin_grad(*args.values())
    assert_backward(answer, args, {name: expected[name] for name in names}, LIN)


def test_lin_grad_is_set_right_and_anew_by_each_call(lin_grad, draw):
    assert_sets_anew(lin_grad, lambda: layer(draw, 5, 4, 3), oracle.lin_grad, LIN)


@over(**sizes)
def test_lin_grad_sends_each_output_s_gradient_back_through_w(
    lin_grad, draw, n, m, o, layout, size
):
    assert_lin_grad(lin_grad, layer(draw, n, m, o, layout, size), "inp")


@over(**sizes)
def test_lin_grad_sums_inp_times_the_upstream_over_all_rows_for_w(
    lin_grad, draw, n, m, o, layout, size
):
    assert_lin_grad(lin_grad, layer(draw, n, m, o, layout, size), "w")


@over(**sizes)
def test_lin_grad_sums_the_upstream_over_all_rows_for_b(lin_grad, draw, n, m, o, layout, size):
    assert_lin_grad(lin_grad, layer(draw, n, m, o, layout, size), "b")


def test_lin_grad_is_right_for_a_large_batch_and_a_wide_layer(lin_grad, draw):
    """As large as a plain loop over rows, inputs and outputs can take."""
    assert_lin_grad(lin_grad, layer(draw, 30, 13, 12), "inp", "w", "b")


def test_lin_grad_sums_over_every_row_and_input_and_output(lin_grad, draw64):
    def check(n, m, o):
        assert_lin_grad(lin_grad, layer(draw64, n, m, o), "inp", "w", "b")

    assert_all_of_it(check, n=3, m=2, o=4)


def test_lin_grad_is_made_where_the_inputs_are(lin_grad, draw):
    assert_at_home_anywhere(lin_grad, layer(draw, 5, 4, 3))
