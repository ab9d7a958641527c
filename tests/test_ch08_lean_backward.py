"""Chapter 8: lin_grad_matmul."""

import pytest

from backprop import oracle
from backprop.reasons import LIN
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.cost import assert_few_operations, assert_no_large_storage, assert_stays_in_torch
from kata.checks.gradients import assert_backward, assert_sets_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, over
from kata.checks.large import assert_all_of_it

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


def test_lean_lin_grad_is_set_right_and_anew_by_each_call(lin_grad_matmul, draw):
    assert_sets_anew(lin_grad_matmul, lambda: layer(draw, 5, 4, 3), oracle.lin_grad, LIN)


@over(**sizes)
def test_lean_lin_grad_sends_each_output_s_gradient_back_through_w(
    lin_grad_matmul, draw, n, m, o, layout, size
):
    assert_lin_grad(lin_grad_matmul, layer(draw, n, m, o, layout, size), "inp")


@over(**sizes)
def test_lean_lin_grad_sums_inp_times_the_upstream_over_all_rows_for_w(
    lin_grad_matmul, draw, n, m, o, layout, size
):
    assert_lin_grad(lin_grad_matmul, layer(draw, n, m, o, layout, size), "w")


@over(**sizes)
def test_lean_lin_grad_sums_the_upstream_over_all_rows_for_b(
    lin_grad_matmul, draw, n, m, o, layout, size
):
    assert_lin_grad(lin_grad_matmul, layer(draw, n, m, o, layout, size), "b")


def test_lean_lin_grad_is_right_for_a_large_batch_and_a_wide_layer(lin_grad_matmul, draw):
    assert_lin_grad(lin_grad_matmul, layer(draw, 60, 40, 50), "inp", "w", "b")


def test_lean_lin_grad_sums_over_every_row_and_input_and_output(lin_grad_matmul, draw64):
    def check(n, m, o):
        assert_lin_grad(lin_grad_matmul, layer(draw64, n, m, o), "inp", "w", "b")

    assert_all_of_it(check, n=3, m=2, o=4)


def test_lean_lin_grad_is_made_where_the_inputs_are(lin_grad_matmul, draw):
    assert_at_home_anywhere(lin_grad_matmul, layer(draw, 5, 4, 3))


def test_lean_lin_grad_is_computed_by_torch(lin_grad_matmul, draw):
    assert_stays_in_torch(lin_grad_matmul, layer(draw, 5, 4, 3))


# In each, the outer products of all rows take three times the largest argument, or more; and where
# one axis is long, so does its product with itself.
SHAPES = [(600, 3, 4), (3, 600, 4), (3, 4, 600), (20, 30, 40)]


@pytest.mark.parametrize(("n", "m", "o"), SHAPES)
def test_lean_lin_grad_holds_nothing_larger_than_its_arguments(lin_grad_matmul, draw, n, m, o):
    assert_no_large_storage(lin_grad_matmul, layer(draw, n, m, o))


@pytest.mark.parametrize("axes", ["n", "m", "o", "nmo"])
def test_lean_lin_grad_takes_no_more_operations_for_larger_sizes(lin_grad_matmul, draw, axes):
    def narrow(n=2, m=3, o=2):
        return layer(draw, n, m, o)

    assert_few_operations(lin_grad_matmul, narrow, axes)
