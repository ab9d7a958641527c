"""Chapter 3: lin, relu, shifted_relu, model.

The first test of each exercise tells an answer that works in place, or keeps an old result, by what
it does; the tests after it would see no more than wrong numbers.

Gradients are never taken at relu's kink: there, right answers differ (torch.relu has 0, clamp_min
1, maximum 1/2).
"""

import pytest
import torch

from backprop import oracle
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.compare import Expected
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, TINY, Draw, over
from kata.checks.large import assert_all_of_it

LIN = "out[i, k] = sum_j x[i, j] w[j, k] + b[k]"
RELU = "relu(x) = max(x, 0), element by element"
RELU_GRAD = (
    "where x > 0, relu(x) moves as much as x does; where x < 0, and whatever constant is added, it "
    "does not move at all"
)
SHIFTED = "shifted_relu(x) = max(x, 0) - 0.5, element by element"
MODEL = "out = lin(relu(lin(x, w1, b1)), w2, b2)"

anywhere = pytest.mark.parametrize("shape", [(), (7,), (1,), (3, 2, 4), (2, 1, 3, 2)])


def test_lin_gives_each_call_a_right_result_of_its_own(lin, draw):
    def make():
        return [draw(5, 4), draw(4, 3), draw(3)]

    assert_each_call_anew(lin, make, oracle.lin, LIN)


@over(n=SIZES, m=SIZES, o=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_lin_sums_each_row_times_each_column_and_adds_the_bias(lin, draw, n, m, o, layout, size):
    x, w, b = draw(n, m, layout=layout, scale=size), draw(m, o, layout=layout), draw(o)

    assert_forward(lin, [x, w, b], oracle.lin(x, w, b), LIN)


@pytest.mark.parametrize("n", [1, 3, 5])
def test_lin_can_be_differentiated_in_x_and_w_and_b(lin, draw, n):
    x, w, b = draw(n, 4), draw(4, 3), draw(3)
    out = draw.with_grad(draw(n, 3))
    d_x, d_w, d_b = oracle.lin_grad(x, out, w, b).values()

    assert_differentiable(lin, [x, w, b], out.grad, {"x": d_x, "w": d_w, "b": d_b}, LIN)


def test_lin_takes_every_row_and_input_and_output(lin, draw64):
    def check(n, m, o):
        x, w, b = draw64(n, m), draw64(m, o), draw64(o)
        assert_forward(lin, [x, w, b], oracle.lin(x, w, b), LIN)

    assert_all_of_it(check, n=3, m=2, o=4)


def test_lin_makes_its_tensors_where_the_inputs_are(lin, device):
    draw = in_float64(device)

    assert_at_home_anywhere(lin, {"x": draw(5, 4), "w": draw(4, 3), "b": draw(3)})


def test_relu_gives_each_call_a_right_result_of_its_own(relu, draw):
    assert_each_call_anew(relu, lambda: [draw(5, 4)], relued, RELU)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_relu_keeps_positive_values_and_sets_the_rest_to_zero(relu, draw, n, m, layout, size):
    x = draw(n, m, layout=layout, scale=size)

    assert_forward(relu, [x], relued(x), RELU)


@anywhere
def test_relu_takes_any_shape(relu, draw, shape):
    mixed = draw(*shape, layout="transposed")

    for x in (mixed, mixed.abs(), -mixed.abs()):
        assert_forward(relu, [x], relued(x), RELU)


def test_relu_takes_every_element(relu, draw64):
    def check(n, m):
        x = draw64(n, m)
        assert_forward(relu, [x], relued(x), RELU)

    assert_all_of_it(check, n=3, m=2)


def test_relu_of_zero_is_zero(relu, draw):
    x = with_zeros(draw)

    assert_forward(relu, [x], relued(x), RELU)


def test_relu_keeps_positive_values_however_small(relu, draw):
    x = draw(5, 4, scale=TINY[draw.dtype])

    assert_forward(relu, [x], relued(x), RELU)


def test_relu_passes_the_gradient_where_x_is_positive_and_none_where_it_is_negative(relu, draw):
    x, upstream = draw(5, 4), draw(5, 4)

    assert_differentiable(relu, [x], upstream, {"x": relu_gradient(x, upstream)}, RELU_GRAD)


def test_relu_makes_its_tensors_where_the_input_is(relu, draw):
    assert_at_home_anywhere(relu, {"x": draw(5, 4)})


def test_shifted_relu_gives_each_call_a_right_result_of_its_own(shifted_relu, draw):
    assert_each_call_anew(shifted_relu, lambda: [draw(5, 4)], shifted, SHIFTED)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_shifted_relu_is_half_a_unit_less_than_relu(shifted_relu, draw, n, m, layout, size):
    x = draw(n, m, layout=layout, scale=size)

    assert_forward(shifted_relu, [x], shifted(x), SHIFTED)


@anywhere
def test_shifted_relu_takes_any_shape(shifted_relu, draw, shape):
    mixed = draw(*shape, layout="transposed")

    for x in (mixed, mixed.abs(), -mixed.abs()):
        assert_forward(shifted_relu, [x], shifted(x), SHIFTED)


def test_shifted_relu_takes_every_element(shifted_relu, draw64):
    def check(n, m):
        x = draw64(n, m)
        assert_forward(shifted_relu, [x], shifted(x), SHIFTED)

    assert_all_of_it(check, n=3, m=2)


def test_shifted_relu_of_zero_is_minus_one_half(shifted_relu, draw):
    x = with_zeros(draw)

    assert_forward(shifted_relu, [x], shifted(x), SHIFTED)


def test_shifted_relu_has_the_gradient_of_relu(shifted_relu, draw):
    x, upstream = draw(5, 4), draw(5, 4)

    assert_differentiable(shifted_relu, [x], upstream, {"x": relu_gradient(x, upstream)}, RELU_GRAD)


def test_shifted_relu_makes_its_tensors_where_the_input_is(shifted_relu, draw):
    assert_at_home_anywhere(shifted_relu, {"x": draw(5, 4)})


def test_model_gives_each_call_a_right_result_of_its_own(model, draw):
    assert_each_call_anew(model, lambda: net(draw, 6, 5, 4, 3), oracle.model, MODEL)


@over(n=SIZES, m=SIZES, nh=SIZES, o=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_model_is_lin_then_relu_then_lin(model, draw, n, m, nh, o, layout, size):
    args = net(draw, n, m, nh, o, layout=layout, scale=size)

    assert_forward(model, args, oracle.model(*args), MODEL)


@pytest.mark.parametrize("n", [1, 4, 6])
def test_model_can_be_differentiated_in_x_and_in_each_parameter(model, draw, n):
    args, upstream = net(draw, n, 5, 4, 3), draw(n, 3)

    assert_differentiable(model, args, upstream, oracle.model_grad(*args, upstream), MODEL)


def test_model_keeps_positive_hidden_units_however_small(model, draw):
    x, w1, b1, w2, b2 = net(draw, 5, 4, 3, 2)
    tiny = TINY[draw.dtype]
    args = [x, tiny * w1, tiny * b1, w2, tiny * b2]

    assert_forward(model, args, oracle.model(*args), MODEL)


def test_model_takes_every_row_and_input_and_unit_and_output(model, draw64):
    def check(n, m, nh, o):
        args = net(draw64, n, m, nh, o)
        assert_forward(model, args, oracle.model(*args), MODEL)

    assert_all_of_it(check, n=3, m=2, nh=2, o=4)


def test_model_makes_its_tensors_where_the_inputs_are(model, device):
    names = ("x", "w1", "b1", "w2", "b2")
    args = net(in_float64(device), 6, 5, 4, 3)

    assert_at_home_anywhere(model, dict(zip(names, args, strict=True)))


def net(draw, n, m, nh, o, **kwargs):
    """x and the parameters of a net: n rows, m inputs, nh hidden units, o outputs."""
    return [draw(n, m, **kwargs), draw(m, nh), draw(nh), draw(nh, o), draw(o)]


def with_zeros(draw):
    """Values of both signs, and exact zeros among them: a whole row, and one here and there."""
    x = draw(5, 4)
    x[2] = 0
    x[0, 1] = x[4, 3] = 0
    return x


def relued(x):
    """max(x, 0) rounds nothing; (x + sqrt(x^2))/2, the worst way to write it, rounds three times.

    The last rounding and the halving of the square root's are within one eps of |x|.
    """
    return Expected(torch.relu(oracle.exact(x)), oracle.exact(x), roundings=2)


def shifted(x):
    """One rounding more than relu, of a difference."""
    exact = oracle.exact(x)
    return Expected(torch.relu(exact) - 0.5, exact.abs() + 0.5, roundings=3)


def relu_gradient(x, upstream):
    """The upstream gradient where x > 0, else 0; that of (x + sqrt(x^2))/2 rounds four times."""
    (d_x,) = oracle.autograd(torch.relu, (x,), upstream)
    return Expected(d_x, oracle.exact(upstream), roundings=4)


def in_float64(device):
    """Draws float64 alone, so that torch's other default dtype is float32.

    A sum that starts at torch.tensor(0.0), 0-d, is legal; with the dtypes the other way round, it
    would turn a sum of float32 elements into float64.
    """
    return Draw(torch.float64, device)
