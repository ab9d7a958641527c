"""Chapter 3: lin, relu, shifted_relu, model."""

from kata import oracle
from kata.checks import assert_at_home_anywhere, assert_differentiable, assert_forward
from kata.compare import Expected
from kata.shapes import LAYOUT, MAGNITUDE, SIZES, over

LIN = "out[i, k] = sum_j x[i, j] w[j, k] + b[k]"
RELU = "relu(x) = max(x, 0), element by element"


@over(n=SIZES, m=SIZES, o=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_sums_each_row_times_each_column_and_adds_the_bias(lin, draw, n, m, o, layout, size):
    x, w, b = draw(n, m, layout=layout, scale=size), draw(m, o, layout=layout), draw(o)

    assert_forward(lin, [x, w, b], oracle.lin(x, w, b), LIN)


def test_can_be_differentiated_in_x_and_w_and_b(lin, draw):
    x, w, b = draw(5, 4), draw(4, 3), draw(3)
    out = draw.with_grad(draw(5, 3))
    expected = oracle.lin_grad(x, out, w, b)

    assert_differentiable(lin, [x, w, b], out.grad, expected, LIN)


def test_makes_its_tensors_where_the_inputs_are(lin, draw):
    assert_at_home_anywhere(lin, {"x": draw(5, 4), "w": draw(4, 3), "b": draw(3)})


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_keeps_positive_values_and_sets_the_rest_to_zero(relu, draw, n, m, layout, size):
    x = draw(n, m, layout=layout, scale=size)
    expected = Expected(oracle.exact(x).relu(), oracle.exact(x), roundings=1)

    assert_forward(relu, [x], expected, RELU)


def test_passes_no_gradient_where_x_is_negative(relu, draw):
    x = draw(5, 4)
    out = draw.with_grad(x.clone())

    expected = {"x": oracle.relu_grad(x, out)["inp"]}
    assert_differentiable(relu, [x], out.grad, expected, "d relu(x)/dx = 1 where x > 0, else 0")
