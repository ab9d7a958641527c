"""Chapter 17: batchnorm_train, running_statistics, batchnorm_eval, batchnorm_grad, layernorm,
layernorm_grad, rms_norm, rms_norm_grad.

Upstream gradients are random: for a constant one, the terms through mean and variance vanish.
"""

import pytest
import torch
from hypothesis import strategies as st

from backprop.oracle import autograd, exact
from kata.checks.anywhere import assert_at_home_anywhere, assert_returns_at_home
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.gradients import assert_returns, assert_returns_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, over
from kata.checks.large import assert_all_of_it

TRAIN = "out = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over the n rows"
EVAL = "out = gamma (x - running_mean) / sqrt(running_var + eps) + beta"
LAYER = "out = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over the row's m values"
RUNNING = {
    "running_mean": "running = (1 - momentum) running + momentum mean(x)",
    "running_var": "running = (1 - momentum) running + momentum var(x), var over n - 1",
}
GRAD = {
    "d_x": "x affects out in three ways, itself, through mean and through var; all values of its "
    "column share the last two",
    "d_gamma": "out = gamma xhat + beta in every row, so gamma reaches the loss through all of "
    "them",
    "d_beta": "out = gamma xhat + beta in every row, so beta reaches the loss through all of them",
}
LAYER_GRAD = GRAD | {
    "d_x": "x affects out in three ways, itself, through mean and through var; all values of its "
    "row share the last two, and each output has a gamma of its own"
}
RMS = "out = gamma x / sqrt(ms + eps), ms the mean of the squares of the row's m values"
RMS_GRAD = {
    "d_x": "x affects out in two ways, itself and through ms, which all values of its row share; "
    "each output has a gamma of its own",
    "d_gamma": "out = gamma xhat in every row, so gamma reaches the loss through all of them",
}
SEVERAL = st.integers(2, 6)  # rows: torch's own batch_norm takes no batch of one
FAR = 1e3
EPS = st.sampled_from([1e-5, 1e-3, 0.5])
anywhere = pytest.mark.parametrize("shape", [(4,), (1, 4), (2, 3, 4), (2, 1, 3, 5)])


class Normalised:
    """x normalised over an axis, exactly, and a bound for how far off each piece may be.

    C = |x| + mean|x| bounds a difference x - mean, off by k eps C. A square of it is then off by
    2 |x - mean| C k eps, and C^2 (k eps)^2 where the difference itself is lost; `bend` is that
    error of var over var + eps, which bounds the relative one of 1 / sqrt(var + eps).
    """

    def __init__(self, x, axis, eps):
        self.k = x.shape[axis] + 8
        lost = self.k * torch.finfo(x.dtype).eps
        self.x, self.axis = exact(x), axis
        centred = self.x - self.mean(self.x)
        self.size = self.x.abs() + self.mean(self.x.abs())
        self.var = self.mean(centred.square())
        self.var_size = 2 * self.mean(centred.abs() * self.size) + self.var
        self.var_size += lost * self.mean(self.size.square())
        self.inv = (self.var + eps).rsqrt()
        self.bend = 1 + self.var_size * self.inv.square()
        self.xhat = centred * self.inv
        self.xhat_size = self.size * self.inv + self.xhat.abs() * self.bend

    def mean(self, t):
        return t.mean(self.axis, keepdim=True)

    def scaled(self, gamma, beta):
        gamma, beta = exact(gamma), exact(beta)
        scale = gamma.abs() * self.xhat_size + beta.abs()
        return Expected(gamma * self.xhat + beta, scale, self.k)

    def backward(self, d_out, gamma, function):
        """Gradients of `function` in x, gamma and beta by autograd; the chain rule's bounds."""
        d, g = exact(d_out), exact(d_out).abs() * exact(gamma).abs()
        beta = torch.zeros_like(gamma)
        d_x, d_gamma, d_beta = autograd(function, (self.x, gamma, beta), d)
        flat = self.mean(g * self.xhat.abs())
        moved = self.mean(g * self.xhat_size)
        size = g + self.mean(g) + self.xhat.abs() * flat
        size = self.inv * (size * self.bend + self.xhat_size * flat + self.xhat.abs() * moved)
        count = self.k + d.numel() // d.shape[-1] + 8
        return {
            "d_x": Expected(d_x, size, count),
            "d_gamma": Expected(
                d_gamma, (d.abs() * self.xhat_size).sum_to_size(gamma.shape), count
            ),
            "d_beta": Expected(d_beta, d.abs().sum_to_size(gamma.shape), count),
        }


class Rooted:
    """x over the root of its row's mean square, exactly.

    Nothing is subtracted, so xhat's error is relative: m + 3 roundings of the mean of squares, of
    which the root keeps half, and a few of the root and the quotient.
    """

    def __init__(self, x, eps):
        self.x = exact(x)
        self.inv = (self.x.square().mean(-1, keepdim=True) + eps).rsqrt()
        self.xhat, self.k = self.x * self.inv, x.shape[-1] + 8


def summed(values):
    return values.sum_to_size(values.shape[-1:])


def batchnormed(x, gamma, beta, eps=1e-5):
    return Normalised(x, 0, eps).scaled(gamma, beta)


def layernormed(x, gamma, beta, eps=1e-5):
    return Normalised(x, -1, eps).scaled(gamma, beta)


def batchnorm_back(d_out, x, gamma, eps=1e-5):
    def plain(x, gamma, beta):
        centred = x - x.mean(0)
        return gamma * centred * (centred.square().mean(0) + eps).rsqrt() + beta

    return Normalised(x, 0, eps).backward(d_out, gamma, plain)


def layernorm_back(d_out, x, gamma, eps=1e-5):
    def plain(x, gamma, beta):
        return torch.nn.functional.layer_norm(x, x.shape[-1:], gamma, beta, eps)

    return Normalised(x, -1, eps).backward(d_out, gamma, plain)


def rms_normed(x, gamma, eps=1e-5):
    root = Rooted(x, eps)
    values = torch.nn.functional.rms_norm(root.x, x.shape[-1:], exact(gamma), eps)
    return Expected(values, values.abs(), root.k + 1)


def rms_norm_back(d_out, x, gamma, eps=1e-5):
    """Autograd's values; the chain rule over absolute values, in which xhat stands three times."""

    def plain(x, gamma):
        return torch.nn.functional.rms_norm(x, x.shape[-1:], gamma, eps)

    root, d = Rooted(x, eps), exact(d_out)
    d_x, d_gamma = autograd(plain, (x, gamma), d_out)
    g, hat = d.abs() * exact(gamma).abs(), root.xhat.abs()
    size = root.inv * (g + hat * (g * hat).mean(-1, keepdim=True))
    rows = d.numel() // d.shape[-1]
    return {
        "d_x": Expected(d_x, size, 3 * root.k + x.shape[-1] + 8),
        "d_gamma": Expected(d_gamma, (d.abs() * hat).sum_to_size(gamma.shape), root.k + rows + 2),
    }


def evaluated(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """A difference, a sum, a root, a quotient, a product, a sum."""
    x, gamma, beta, mean, var = map(exact, (x, gamma, beta, running_mean, running_var))
    slope = gamma * (var + eps).rsqrt()
    scale = slope.abs() * (x.abs() + mean.abs()) + beta.abs()
    return Expected(slope * (x - mean) + beta, scale, 8)


def updated(x, running_mean, running_var, momentum=0.1):
    batch, n = Normalised(x, 0, 0.0), len(x)
    mean, var = exact(running_mean), exact(running_var)
    unbiased = n / (n - 1)

    def mixed(old, new):
        return (1 - momentum) * old + momentum * new.squeeze(0)

    mean_size = mixed(mean.abs(), batch.mean(batch.x.abs()))
    return {
        "running_mean": Expected(mixed(mean, batch.mean(batch.x)), mean_size, batch.k),
        "running_var": Expected(
            mixed(var, batch.var * unbiased), mixed(var, batch.var_size * unbiased), batch.k
        ),
    }


def layer(draw, *shape, layout="contiguous", size=1.0, far=0.0):
    """x, gamma and beta, for any number of axes."""
    return [draw(*shape, layout=layout, scale=size) + far, draw(shape[-1]), draw(shape[-1])]


def trained(draw, n, m, **kwargs):
    """x, gamma, beta and running statistics."""
    return [*layer(draw, n, m, **kwargs), draw(m), draw(m).square()]


def back(draw, *shape, layout="contiguous", size=1.0):
    x = draw(*shape, layout=layout, scale=size)
    return {"d_out": draw(*shape), "x": x, "gamma": draw(shape[-1])}


def rooted(draw, *shape, layout="contiguous", size=1.0, far=0.0):
    """x and gamma."""
    return layer(draw, *shape, layout=layout, size=size, far=far)[:2]


def batch(draw, n, m, layout="contiguous", size=1.0, far=0.0):
    x = draw(n, m, layout=layout, scale=size) + far
    return {"x": x, "running_mean": draw(m), "running_var": draw(m).square()}


# --- batchnorm_train ----------------------------------------------------------------------------


def test_batchnorm_gives_each_call_a_right_result_of_its_own(batchnorm_train, draw):
    assert_each_call_anew(batchnorm_train, lambda: layer(draw, 5, 4), batchnormed, TRAIN)


@over(n=SEVERAL, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_batchnorm_normalises_each_column_over_the_rows(batchnorm_train, draw, n, m, layout, size):
    args = layer(draw, n, m, layout=layout, size=size)

    assert_forward(batchnorm_train, args, batchnormed(*args), TRAIN)


@over(n=SEVERAL, m=SIZES, eps=EPS)
def test_batchnorm_adds_eps_to_the_variance(batchnorm_train, draw, n, m, eps):
    args = [*layer(draw, n, m, size=0.1), eps]

    assert_forward(batchnorm_train, args, batchnormed(*args), TRAIN)


def test_batchnorm_normalises_a_batch_far_from_zero(batchnorm_train, draw):
    args = layer(draw, 6, 4, far=FAR)

    assert_forward(batchnorm_train, args, batchnormed(*args), TRAIN)


def test_batchnorm_takes_every_row_and_column(batchnorm_train, draw64):
    def check(n, m):
        args = layer(draw64, n, m)
        assert_forward(batchnorm_train, args, batchnormed(*args), TRAIN)

    assert_all_of_it(check, n=3, m=2)


def test_batchnorm_can_be_differentiated_through_its_mean_and_variance(batchnorm_train, draw):
    (x, gamma, beta), upstream = layer(draw, 5, 4), draw(5, 4)
    expected = batchnorm_back(upstream, x, gamma).values()

    named = dict(zip(("x", "gamma", "beta"), expected, strict=True))
    assert_differentiable(batchnorm_train, [x, gamma, beta], upstream, named, GRAD["d_x"])


def test_batchnorm_is_made_where_the_inputs_are(batchnorm_train, draw):
    args = layer(draw, 5, 4)

    assert_at_home_anywhere(batchnorm_train, dict(zip(("x", "gamma", "beta"), args, strict=True)))


# --- running_statistics -------------------------------------------------------------------------


def test_running_statistics_come_from_the_arguments_alone(running_statistics, draw):
    assert_returns_anew(running_statistics, lambda: batch(draw, 5, 4), updated, RUNNING)


@over(n=SEVERAL, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_running_statistics_move_a_tenth_of_the_way_to_the_batch_s(
    running_statistics, draw, n, m, layout, size
):
    args = batch(draw, n, m, layout, size)

    assert_returns(running_statistics, args, updated(**args), RUNNING)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_running_statistics_move_by_the_given_momentum(running_statistics, draw, share):
    args = batch(draw, 5, 4) | {"momentum": share}

    assert_returns(running_statistics, args, updated(**args), RUNNING)


def test_running_statistics_are_right_far_from_zero(running_statistics, draw):
    args = batch(draw, 6, 4, far=FAR)

    assert_returns(running_statistics, args, updated(**args), RUNNING)


def test_running_statistics_take_every_row_and_column(running_statistics, draw64):
    def check(n, m):
        args = batch(draw64, n, m)
        assert_returns(running_statistics, args, updated(**args), RUNNING)

    assert_all_of_it(check, n=3, m=2)


def test_running_statistics_are_made_where_the_inputs_are(running_statistics, draw):
    args = batch(draw, 5, 4)

    assert_returns_at_home(running_statistics, args, {name: args[name] for name in RUNNING})


# --- batchnorm_eval -----------------------------------------------------------------------------


def test_batchnorm_eval_gives_each_call_a_right_result_of_its_own(batchnorm_eval, draw):
    assert_each_call_anew(batchnorm_eval, lambda: trained(draw, 5, 4), evaluated, EVAL)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_batchnorm_eval_normalises_with_the_running_statistics(
    batchnorm_eval, draw, n, m, layout, size
):
    args = trained(draw, n, m, layout=layout, size=size)

    assert_forward(batchnorm_eval, args, evaluated(*args), EVAL)


@over(n=SIZES, m=SIZES, eps=EPS)
def test_batchnorm_eval_adds_eps_to_the_running_variance(batchnorm_eval, draw, n, m, eps):
    args = [*trained(draw, n, m), eps]

    assert_forward(batchnorm_eval, args, evaluated(*args), EVAL)


def test_batchnorm_eval_takes_every_row_and_column(batchnorm_eval, draw64):
    def check(n, m):
        args = trained(draw64, n, m)
        assert_forward(batchnorm_eval, args, evaluated(*args), EVAL)

    assert_all_of_it(check, n=3, m=2)


def test_batchnorm_eval_can_be_differentiated_in_x_and_gamma_and_beta(batchnorm_eval, draw):
    """The running statistics are constants: torch's own batch_norm has no gradient in them.

    A gradient has the factors of evaluated, the upstream and a sum over the rows.
    """
    args, upstream = trained(draw, 5, 4), draw(5, 4)
    x, gamma, _, mean, var = map(exact, args)
    inv, d = (var + 1e-5).rsqrt(), exact(upstream)
    slope, off = gamma * inv, inv * (x.abs() + mean.abs())
    expected = {
        "x": Expected(d * slope, d * slope, 12),
        "gamma": Expected((d * (x - mean) * inv).sum(0), (d.abs() * off).sum(0), 12 + len(x)),
        "beta": Expected(d.sum(0), d.abs().sum(0), 12 + len(x)),
    }

    found = batchnorm_eval.gradients(args, upstream, range(3))

    for got, arg, (name, wanted) in zip(found, args, expected.items(), strict=False):
        assert_close(got, wanted, arg, f"the gradient of the result in {name}", EVAL)


def test_batchnorm_eval_is_made_where_the_inputs_are(batchnorm_eval, draw):
    names = ("x", "gamma", "beta", "running_mean", "running_var")
    args = trained(draw, 5, 4)

    assert_at_home_anywhere(batchnorm_eval, dict(zip(names, args, strict=True)))


# --- batchnorm_grad -----------------------------------------------------------------------------


def test_batchnorm_grad_comes_from_the_arguments_alone(batchnorm_grad, draw):
    """eps is large: one that is in the wrong place is refused in the first call already."""
    assert_returns_anew(
        batchnorm_grad, lambda: back(draw, 5, 4) | {"eps": 0.1}, batchnorm_back, GRAD
    )


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_batchnorm_grad_goes_through_mean_and_variance_for_any_sizes(
    batchnorm_grad, draw, n, m, layout, size
):
    args = back(draw, n, m, layout=layout, size=size)

    assert_returns(batchnorm_grad, args, batchnorm_back(**args), GRAD)


@over(n=SIZES, m=SIZES, eps=EPS)
def test_batchnorm_grad_has_eps_beside_the_variance(batchnorm_grad, draw, n, m, eps):
    args = back(draw, n, m, size=0.1) | {"eps": eps}

    assert_returns(batchnorm_grad, args, batchnorm_back(**args), GRAD)


def test_batchnorm_grad_is_right_for_a_large_batch(batchnorm_grad, draw):
    args = back(draw, 60, 40)

    assert_returns(batchnorm_grad, args, batchnorm_back(**args), GRAD)


def test_batchnorm_grad_takes_every_row_and_column(batchnorm_grad, draw64):
    def check(n, m):
        args = back(draw64, n, m)
        assert_returns(batchnorm_grad, args, batchnorm_back(**args), GRAD)

    assert_all_of_it(check, n=3, m=2)


def test_batchnorm_grad_is_made_where_the_inputs_are(batchnorm_grad, draw):
    args = back(draw, 5, 4)
    like = {"d_x": args["x"], "d_gamma": args["gamma"], "d_beta": args["gamma"]}

    assert_returns_at_home(batchnorm_grad, args, like)


# --- layernorm ----------------------------------------------------------------------------------


def test_layernorm_gives_each_call_a_right_result_of_its_own(layernorm, draw):
    assert_each_call_anew(layernorm, lambda: layer(draw, 5, 4), layernormed, LAYER)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_layernorm_normalises_each_row(layernorm, draw, n, m, layout, size):
    args = layer(draw, n, m, layout=layout, size=size)

    assert_forward(layernorm, args, layernormed(*args), LAYER)


@over(n=SIZES, m=SIZES, eps=EPS)
def test_layernorm_adds_eps_to_the_variance(layernorm, draw, n, m, eps):
    args = [*layer(draw, n, m, size=0.1), eps]

    assert_forward(layernorm, args, layernormed(*args), LAYER)


@anywhere
def test_layernorm_takes_any_number_of_axes(layernorm, draw, shape):
    args = layer(draw, *shape, layout="transposed")

    assert_forward(layernorm, args, layernormed(*args), LAYER)


def test_layernorm_normalises_rows_far_from_zero(layernorm, draw):
    args = layer(draw, 4, 6, far=FAR)

    assert_forward(layernorm, args, layernormed(*args), LAYER)


def test_layernorm_takes_every_row_and_column(layernorm, draw64):
    def check(n, m):
        args = layer(draw64, n, m)
        assert_forward(layernorm, args, layernormed(*args), LAYER)

    assert_all_of_it(check, n=3, m=2)


def test_layernorm_can_be_differentiated_through_its_mean_and_variance(layernorm, draw):
    (x, gamma, beta), upstream = layer(draw, 5, 4), draw(5, 4)
    expected = layernorm_back(upstream, x, gamma).values()

    named = dict(zip(("x", "gamma", "beta"), expected, strict=True))
    assert_differentiable(layernorm, [x, gamma, beta], upstream, named, LAYER_GRAD["d_x"])


def test_layernorm_is_made_where_the_inputs_are(layernorm, draw):
    args = layer(draw, 5, 4)

    assert_at_home_anywhere(layernorm, dict(zip(("x", "gamma", "beta"), args, strict=True)))


# --- layernorm_grad -----------------------------------------------------------------------------


def test_layernorm_grad_comes_from_the_arguments_alone(layernorm_grad, draw):
    """eps is large: one that is in the wrong place is refused in the first call already."""
    assert_returns_anew(
        layernorm_grad, lambda: back(draw, 5, 4) | {"eps": 0.1}, layernorm_back, LAYER_GRAD
    )


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_layernorm_grad_goes_through_mean_and_variance_for_any_sizes(
    layernorm_grad, draw, n, m, layout, size
):
    args = back(draw, n, m, layout=layout, size=size)

    assert_returns(layernorm_grad, args, layernorm_back(**args), LAYER_GRAD)


@over(n=SIZES, m=SIZES, eps=EPS)
def test_layernorm_grad_has_eps_beside_the_variance(layernorm_grad, draw, n, m, eps):
    args = back(draw, n, m, size=0.1) | {"eps": eps}

    assert_returns(layernorm_grad, args, layernorm_back(**args), LAYER_GRAD)


@anywhere
def test_layernorm_grad_takes_any_number_of_axes(layernorm_grad, draw, shape):
    args = back(draw, *shape, layout="transposed")

    assert_returns(layernorm_grad, args, layernorm_back(**args), LAYER_GRAD)


def test_layernorm_grad_takes_every_row_and_column(layernorm_grad, draw64):
    def check(n, m):
        args = back(draw64, n, m)
        assert_returns(layernorm_grad, args, layernorm_back(**args), LAYER_GRAD)

    assert_all_of_it(check, n=3, m=2)


def test_layernorm_grad_is_made_where_the_inputs_are(layernorm_grad, draw):
    args = back(draw, 5, 4)
    like = {"d_x": args["x"], "d_gamma": args["gamma"], "d_beta": args["gamma"]}

    assert_returns_at_home(layernorm_grad, args, like)


# --- rms_norm -----------------------------------------------------------------------------------


def test_rms_norm_gives_each_call_a_right_result_of_its_own(rms_norm, draw):
    assert_each_call_anew(rms_norm, lambda: rooted(draw, 5, 4), rms_normed, RMS)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_rms_norm_brings_each_row_to_a_mean_square_of_one(rms_norm, draw, n, m, layout, size):
    args = rooted(draw, n, m, layout=layout, size=size)

    assert_forward(rms_norm, args, rms_normed(*args), RMS)


@over(n=SIZES, m=SIZES, eps=EPS)
def test_rms_norm_adds_eps_to_the_mean_square(rms_norm, draw, n, m, eps):
    args = [*rooted(draw, n, m, size=0.1), eps]

    assert_forward(rms_norm, args, rms_normed(*args), RMS)


@anywhere
def test_rms_norm_takes_any_number_of_axes(rms_norm, draw, shape):
    args = rooted(draw, *shape, layout="transposed")

    assert_forward(rms_norm, args, rms_normed(*args), RMS)


def test_rms_norm_keeps_the_mean_of_a_row(rms_norm, draw):
    args = rooted(draw, 4, 6, far=FAR)

    assert_forward(rms_norm, args, rms_normed(*args), RMS)


def test_rms_norm_takes_every_row_and_column(rms_norm, draw64):
    def check(n, m):
        args = rooted(draw64, n, m)
        assert_forward(rms_norm, args, rms_normed(*args), RMS)

    assert_all_of_it(check, n=3, m=2)


def test_rms_norm_can_be_differentiated_through_its_mean_square(rms_norm, draw):
    (x, gamma), upstream = rooted(draw, 5, 4), draw(5, 4)
    expected = rms_norm_back(upstream, x, gamma).values()

    named = dict(zip(("x", "gamma"), expected, strict=True))
    assert_differentiable(rms_norm, [x, gamma], upstream, named, RMS_GRAD["d_x"])


def test_rms_norm_is_made_where_the_inputs_are(rms_norm, draw):
    x, gamma = rooted(draw, 5, 4)

    assert_at_home_anywhere(rms_norm, {"x": x, "gamma": gamma})


# --- rms_norm_grad ------------------------------------------------------------------------------


def test_rms_norm_grad_comes_from_the_arguments_alone(rms_norm_grad, draw):
    """eps is large: one that is in the wrong place is refused in the first call already."""
    assert_returns_anew(
        rms_norm_grad, lambda: back(draw, 5, 4) | {"eps": 0.1}, rms_norm_back, RMS_GRAD
    )


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_rms_norm_grad_goes_through_the_mean_square_for_any_sizes(
    rms_norm_grad, draw, n, m, layout, size
):
    args = back(draw, n, m, layout=layout, size=size)

    assert_returns(rms_norm_grad, args, rms_norm_back(**args), RMS_GRAD)


@over(n=SIZES, m=SIZES, eps=EPS)
def test_rms_norm_grad_has_eps_beside_the_mean_square(rms_norm_grad, draw, n, m, eps):
    args = back(draw, n, m, size=0.1) | {"eps": eps}

    assert_returns(rms_norm_grad, args, rms_norm_back(**args), RMS_GRAD)


@anywhere
def test_rms_norm_grad_takes_any_number_of_axes(rms_norm_grad, draw, shape):
    args = back(draw, *shape, layout="transposed")

    assert_returns(rms_norm_grad, args, rms_norm_back(**args), RMS_GRAD)


def test_rms_norm_grad_takes_every_row_and_column(rms_norm_grad, draw64):
    def check(n, m):
        args = back(draw64, n, m)
        assert_returns(rms_norm_grad, args, rms_norm_back(**args), RMS_GRAD)

    assert_all_of_it(check, n=3, m=2)


def test_rms_norm_grad_is_made_where_the_inputs_are(rms_norm_grad, draw):
    args = back(draw, 5, 4)

    assert_returns_at_home(rms_norm_grad, args, {"d_x": args["x"], "d_gamma": args["gamma"]})
