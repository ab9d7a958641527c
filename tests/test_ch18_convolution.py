"""Chapter 18: conv2d, conv2d_grad, max_pool, max_pool_grad.

The first test of each exercise tells an answer that keeps something of an earlier call.
"""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import strategies as st

from backprop.oracle import autograd, exact
from kata.checks.anywhere import assert_at_home_anywhere, assert_returns_at_home
from kata.checks.compare import Expected
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.gradients import assert_returns, assert_returns_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, over
from kata.checks.large import assert_all_of_it

CONV = (
    "out[i, k, r, s] = bias[k] + sum over j, u, v of "
    "weight[k, j, u, v] x[i, j, r stride + u, s stride + v]"
)
CONV_GRAD = {
    "d_x": "a pixel reaches the loss through all o filters and through every patch that it lies "
    "in, each time under another weight; the border is no part of x",
    "d_weight": "a weight reaches the loss through every image and every place of its filter, on "
    "another pixel each time",
    "d_bias": "a bias reaches the loss through every image and every place of its filter's map",
}
POOL = "out[i, j, r, s] = the largest of x[i, j, r size + u, s size + v] over u, v < size"
POOL_GRAD = {"d_x": "only the (first) largest value of each window moves out, so d_out goes there"}

FEW = st.integers(1, 3)
windows = {"n": FEW, "c": FEW, "h": SIZES, "w": SIZES, "layout": LAYOUT, "size": MAGNITUDE}
places = {"o": FEW, "kh": FEW, "kw": FEW, "stride": FEW, "padding": st.integers(0, 2)}


@pytest.fixture(autouse=True)
def _convolutions_in_full_precision(monkeypatch):
    """On a GPU, cuDNN's own choice for float32 is TF32, with 10 bits; the bounds need all 23."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def filters(draw, n, c, o, h, w, kh, kw, layout="contiguous", size=1.0):
    """x, weight and bias; the image is at least as large as the filter."""
    x = draw(n, c, max(h, kh), max(w, kw), layout=layout, scale=size)
    return [x, draw(o, c, kh, kw, layout=layout), draw(o)]


def convolved(x, weight, bias, stride=1, padding=0):
    """c kh kw products, their sum, and the bias."""
    x, weight, bias = exact(x), exact(weight), exact(bias)
    return Expected(
        F.conv2d(x, weight, bias, stride, padding),
        F.conv2d(x.abs(), weight.abs(), bias.abs(), stride, padding),
        weight[0].numel() + 2,
    )


def convolved_back(d_out, x, weight, stride=1, padding=0):
    """Gradients by autograd; over absolute values, the same sums bound the roundings."""

    def conv(x, weight, bias):
        return F.conv2d(x, weight, bias, stride, padding)

    bias = weight.new_zeros(len(weight))
    values = autograd(conv, (x, weight, bias), d_out)
    scales = autograd(conv, (x.abs(), weight.abs(), bias), d_out.abs())
    terms = weight[:, 0].numel(), d_out[:, 0].numel(), d_out[:, 0].numel()
    return {
        name: Expected(value, scale, k + 2)
        for name, value, scale, k in zip(CONV_GRAD, values, scales, terms, strict=True)
    }


def way_back(draw, n, c, o, h, w, kh, kw, stride=1, padding=0, **kwargs):
    x, weight, bias = filters(draw, n, c, o, h, w, kh, kw, **kwargs)
    d_out = draw(*convolved(x, weight, bias, stride, padding).values.shape)
    return {"d_out": d_out, "x": x, "weight": weight, "stride": stride, "padding": padding}


def pooled(x, size=2):
    """max rounds nothing."""
    largest = F.max_pool2d(exact(x), size)
    return Expected(largest, largest, 1)


def pooled_back(d_out, x, size=2):
    """One place gets d_out, so nothing is rounded; a mask times d_out is exact, too."""
    (d_x,) = autograd(lambda x: F.max_pool2d(x, size), (x,), d_out)
    return {"d_x": Expected(d_x, d_x, 1)}


def pooling(draw, n, c, h, w, window=2, layout="contiguous", size=1.0):
    """Images with at least one whole window."""
    return draw(n, c, max(h, window), max(w, window), layout=layout, scale=size)


def pool_back(draw, *sizes, window=2, **kwargs):
    x = pooling(draw, *sizes, window, **kwargs)
    return {"d_out": draw(*pooled(x, window).values.shape), "x": x, "size": window}


def nearly_equal(draw, *shape):
    """Values of about 1 that a narrower dtype takes for equal: they differ by a few roundings."""
    return 1 + torch.finfo(draw.dtype).eps * draw.ints(100, *shape).to(draw.dtype)


# --- conv2d -------------------------------------------------------------------------------------


def test_conv2d_gives_each_call_a_right_result_of_its_own(conv2d, draw):
    assert_each_call_anew(conv2d, lambda: filters(draw, 2, 3, 4, 6, 5, 3, 2), convolved, CONV)


@over(**windows, **places)
def test_conv2d_sums_each_patch_times_each_filter(
    conv2d, draw, n, c, o, h, w, kh, kw, stride, padding, layout, size
):
    args = [*filters(draw, n, c, o, h, w, kh, kw, layout, size), stride, padding]

    assert_forward(conv2d, args, convolved(*args), CONV)


@pytest.mark.parametrize(("stride", "padding"), [(2, 0), (1, 2), (2, 1), (3, 3)])
def test_conv2d_takes_steps_and_pads_with_zeros(conv2d, draw, stride, padding):
    args = [*filters(draw, 2, 3, 4, 7, 6, 3, 2), stride, padding]

    assert_forward(conv2d, args, convolved(*args), CONV)


def test_conv2d_takes_every_image_and_channel_and_filter_and_place(conv2d, draw64):
    def check(n, c, o, h, w):
        args = filters(draw64, n, c, o, h, w, 2, 1)
        assert_forward(conv2d, args, convolved(*args), CONV)

    assert_all_of_it(check, n=2, c=2, o=1, h=3, w=2)


def test_conv2d_can_be_differentiated_in_x_and_weight_and_bias(conv2d, draw):
    x, weight, bias = filters(draw, 2, 3, 4, 6, 5, 3, 2)
    upstream = draw(*convolved(x, weight, bias).values.shape)
    found = convolved_back(upstream, x, weight).values()

    expected = dict(zip(("x", "weight", "bias"), found, strict=True))
    assert_differentiable(conv2d, [x, weight, bias], upstream, expected, CONV)


def test_conv2d_is_made_where_the_inputs_are(conv2d, draw):
    x, weight, bias = filters(draw, 2, 3, 4, 6, 5, 3, 2)

    assert_at_home_anywhere(conv2d, {"x": x, "weight": weight, "bias": bias})


# --- conv2d_grad --------------------------------------------------------------------------------


def test_conv2d_grad_comes_from_the_arguments_alone(conv2d_grad, draw):
    def make():
        return way_back(draw, 2, 3, 4, 6, 5, 3, 2)

    assert_returns_anew(conv2d_grad, make, convolved_back, CONV_GRAD)


@over(**windows, **places)
def test_conv2d_grad_sums_over_all_that_a_pixel_or_a_weight_reaches(
    conv2d_grad, draw, n, c, o, h, w, kh, kw, stride, padding, layout, size
):
    args = way_back(draw, n, c, o, h, w, kh, kw, stride, padding, layout=layout, size=size)

    assert_returns(conv2d_grad, args, convolved_back(**args), CONV_GRAD)


@pytest.mark.parametrize(("stride", "padding"), [(2, 0), (1, 2), (2, 1), (3, 3)])
def test_conv2d_grad_knows_steps_and_padding(conv2d_grad, draw, stride, padding):
    args = way_back(draw, 2, 3, 4, 7, 6, 3, 2, stride, padding)

    assert_returns(conv2d_grad, args, convolved_back(**args), CONV_GRAD)


def test_conv2d_grad_takes_every_image_and_channel_and_filter_and_place(conv2d_grad, draw64):
    def check(n, c, o, h, w):
        args = way_back(draw64, n, c, o, h, w, 2, 1)
        assert_returns(conv2d_grad, args, convolved_back(**args), CONV_GRAD)

    assert_all_of_it(check, n=2, c=2, o=1, h=3, w=2)


def test_conv2d_grad_takes_single_steps_and_pads_nothing_unless_told_otherwise(conv2d_grad, draw):
    args = way_back(draw, 2, 3, 4, 6, 5, 3, 2)
    del args["stride"], args["padding"]

    assert_returns(conv2d_grad, args, convolved_back(**args), CONV_GRAD)


def test_conv2d_grad_is_made_where_the_inputs_are(conv2d_grad, draw):
    args = way_back(draw, 2, 3, 4, 6, 5, 3, 2)
    like = {"d_x": args["x"], "d_weight": args["weight"], "d_bias": draw(4)}

    assert_returns_at_home(conv2d_grad, args, like)


# --- max_pool -----------------------------------------------------------------------------------


def test_max_pool_gives_each_call_a_right_result_of_its_own(max_pool, draw):
    assert_each_call_anew(max_pool, lambda: [draw(2, 3, 6, 4)], pooled, POOL)


@over(window=FEW, **windows)
def test_max_pool_keeps_the_largest_of_each_window(
    max_pool, draw, window, n, c, h, w, layout, size
):
    args = [pooling(draw, n, c, h, w, window, layout, size), window]

    assert_forward(max_pool, args, pooled(*args), POOL)


def test_max_pool_of_negative_values_is_negative(max_pool, draw):
    args = [-draw(2, 3, 7, 5).abs(), 2]

    assert_forward(max_pool, args, pooled(*args), POOL)


def test_max_pool_takes_every_image_and_channel_and_window(max_pool, draw64):
    def check(n, c, h, w):
        args = [draw64(n, c, h, w), 2]
        assert_forward(max_pool, args, pooled(*args), POOL)

    assert_all_of_it(check, n=2, c=2, h=2, w=4)


def test_max_pool_tells_apart_values_that_differ_by_rounding(max_pool, draw):
    args = [nearly_equal(draw, 2, 3, 6, 4), 2]

    assert_forward(
        max_pool, args, Expected(pooled(*args).values, 0 * args[0][..., ::2, ::2], 0), POOL
    )


def test_max_pool_passes_the_gradient_to_the_largest_values(max_pool, draw):
    x, upstream = draw(2, 3, 7, 4), draw(2, 3, 3, 2)
    expected = {"x": pooled_back(upstream, x)["d_x"]}

    assert_differentiable(max_pool, [x], upstream, expected, POOL_GRAD["d_x"])


def test_max_pool_is_made_where_the_input_is(max_pool, draw):
    assert_at_home_anywhere(max_pool, {"x": draw(2, 3, 6, 4)})


# --- max_pool_grad ------------------------------------------------------------------------------


def test_max_pool_grad_comes_from_the_arguments_alone(max_pool_grad, draw):
    assert_returns_anew(max_pool_grad, lambda: pool_back(draw, 2, 3, 6, 4), pooled_back, POOL_GRAD)


@over(window=FEW, **windows)
def test_max_pool_grad_is_the_upstream_at_the_largest_of_each_window(
    max_pool_grad, draw, window, n, c, h, w, layout, size
):
    args = pool_back(draw, n, c, h, w, window=window, layout=layout, size=size)

    assert_returns(max_pool_grad, args, pooled_back(**args), POOL_GRAD)


def test_max_pool_grad_goes_to_the_first_of_equal_values(max_pool_grad, draw):
    args = pool_back(draw, 2, 3, 7, 9, window=3)
    args["x"].clamp_(max=0.3)  # many of the largest values are equal now
    args["x"][:, 0] = 0

    assert_returns(max_pool_grad, args, pooled_back(**args), POOL_GRAD)


def test_max_pool_grad_takes_every_image_and_channel_and_window(max_pool_grad, draw64):
    def check(n, c, h, w):
        args = pool_back(draw64, n, c, h, w)
        assert_returns(max_pool_grad, args, pooled_back(**args), POOL_GRAD)

    assert_all_of_it(check, n=2, c=2, h=2, w=4)


def test_max_pool_grad_reaches_places_that_one_byte_does_not_count(max_pool_grad, draw64):
    args = pool_back(draw64, 1, 1, 20, 16)

    assert_returns(max_pool_grad, args, pooled_back(**args), POOL_GRAD)


def test_max_pool_grad_tells_apart_values_that_differ_by_rounding(max_pool_grad, draw):
    args = pool_back(draw, 2, 3, 6, 4)
    args["x"] = nearly_equal(draw, 2, 3, 6, 4)

    assert_returns(max_pool_grad, args, pooled_back(**args), POOL_GRAD)


def test_max_pool_grad_has_windows_of_2_x_2_unless_told_otherwise(max_pool_grad, draw):
    args = pool_back(draw, 2, 3, 6, 4)
    del args["size"]

    assert_returns(max_pool_grad, args, pooled_back(**args), POOL_GRAD)


def test_max_pool_grad_is_made_where_the_inputs_are(max_pool_grad, draw):
    args = pool_back(draw, 2, 3, 6, 4)

    assert_returns_at_home(max_pool_grad, args, {"d_x": args["x"]})
