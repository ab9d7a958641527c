"""Chapter 19: attention_weights, softmax_grad, attention, attention_grad.

Upstream gradients are random: for a constant one, the softmax's gradient is 0, right or wrong.
"""

import math

import pytest
import torch

from backprop.oracle import autograd, exact
from kata.checks.anywhere import assert_at_home_anywhere, assert_returns_at_home
from kata.checks.compare import Expected
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.gradients import assert_returns, assert_returns_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, lay_out, over
from kata.checks.large import assert_all_of_it

WEIGHTS = "p[i, j] = exp(z[i, j]) / sum_l exp(z[i, l]) with z = q k^T / sqrt(d)"
OUT = "out = p v with p = softmax(q k^T / sqrt(d)) over the keys"
SOFTMAX_GRAD = {
    "d_z": "z[j] raises out[j] and, through the sum that divides them, lowers all others of its row"
}
GRAD = {
    "d_q": "q[i] affects out through z = q k^T / sqrt(d) alone: through the softmax of row i, in "
    "which every key has a part",
    "d_k": "k[j] affects out through z = q k^T / sqrt(d) alone: through the softmax of every "
    "query's row, and in each it moves all weights",
    "d_v": "v[j] has a part in the mean of every query, each time with another weight p[i, j]",
}
sizes = {"t": SIZES, "s": SIZES, "d": SIZES, "layout": LAYOUT, "size": MAGNITUDE}
leading = pytest.mark.parametrize("lead", [(2,), (1, 3), (2, 1, 2)])


class Looked:
    """The weights of q and k, exactly, and a bound over absolute values for each.

    z is off by (d + 3) eps Z, Z its sum over absolute values; z - max z rounds once more. A weight
    is exp of it over a sum of such, so its relative error is that of its own exponent, and the
    weighted mean of all of its row's; and s + 5 roundings of the exp, the sum and the quotient.
    """

    def __init__(self, q, k):
        self.q, self.k = exact(q), exact(k)
        self.root = math.sqrt(q.shape[-1])
        z = self.q @ self.k.mT / self.root
        self.p = torch.softmax(z, -1)
        off = self.q.abs() @ self.k.abs().mT / self.root + z.amax(-1, keepdim=True) - z
        self.size = self.p * (1 + off + (self.p * off).sum(-1, keepdim=True))
        self.roundings = q.shape[-1] + k.shape[-2] + 8

    def backward(self, up, more):
        """Bounds for d_q and d_k, for a bound of dL/dp; `more` roundings lie in that."""
        pulled = self.size * (up + (self.p * up).sum(-1, keepdim=True))
        pulled = pulled + self.p * (self.size * up).sum(-1, keepdim=True)
        count = self.roundings + more + sum(up.shape[-2:]) + up.shape[-1] + 8
        return (
            pulled @ self.k.abs() / self.root,
            pulled.mT @ self.q.abs() / self.root,
            count,
        )


def weighted(q, k):
    looked = Looked(q, k)
    return Expected(looked.p, looked.size, looked.roundings)


def attended(q, k, v):
    looked, v = Looked(q, k), exact(v)
    return Expected(looked.p @ v, looked.size @ v.abs(), looked.roundings + v.shape[-2])


def plain_weights(q, k):
    return torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), -1)


def weighted_back(upstream, q, k):
    d_q, d_k = autograd(plain_weights, (q, k), upstream)
    q_size, k_size, count = Looked(q, k).backward(exact(upstream).abs(), 0)
    return {"q": Expected(d_q, q_size, count), "k": Expected(d_k, k_size, count)}


def attended_back(d_out, q, k, v):
    found = autograd(lambda q, k, v: plain_weights(q, k) @ v, (q, k, v), d_out)
    looked, d, v = Looked(q, k), exact(d_out).abs(), exact(v).abs()
    q_size, k_size, count = looked.backward(d @ v.mT, v.shape[-1])
    bounds = q_size, k_size, looked.size.mT @ d
    return {
        name: Expected(value, bound, count)
        for name, value, bound in zip(GRAD, found, bounds, strict=True)
    }


def softmax_back(d_out, out):
    """By the Jacobian, diag(out) - out out^T, of each row."""
    d, out = exact(d_out), exact(out)
    jacobian = torch.diag_embed(out) - out.unsqueeze(-1) * out.unsqueeze(-2)
    values = (jacobian @ d.unsqueeze(-1)).squeeze(-1)
    scale = out.abs() * (d.abs() + (d * out).abs().sum(-1, keepdim=True))
    return {"d_z": Expected(values, scale, out.shape[-1] + 4)}


def heads(draw, t, s, d, e=3, lead=(), layout="contiguous", size=1.0):
    """Queries, keys and values."""
    return [
        draw(*lead, t, d, layout=layout, scale=size),
        draw(*lead, s, d, layout=layout),
        draw(*lead, s, e, layout=layout),
    ]


def way_back(draw, t, s, d, e=3, lead=(), **kwargs):
    q, k, v = heads(draw, t, s, d, e, lead, **kwargs)
    return {"d_out": draw(*lead, t, e), "q": q, "k": k, "v": v}


def far_apart(draw):
    """Heads with scores up to 1e4; one row's largest score says nothing of another row's."""
    q, k, v = heads(draw, 5, 4, 3, size=1e4)
    q[0] *= 1e-4
    return q, k, v


def rows(draw, *shape, layout="contiguous", size=1.0):
    out = torch.softmax(draw(*shape, scale=size), -1)
    return {"d_out": draw(*shape, layout=layout), "out": lay_out(out, layout)}


# --- attention_weights --------------------------------------------------------------------------


def test_attention_weights_are_each_call_s_own(attention_weights, draw):
    assert_each_call_anew(attention_weights, lambda: heads(draw, 5, 4, 3)[:2], weighted, WEIGHTS)


@over(**sizes)
def test_attention_weights_are_a_softmax_over_the_keys(
    attention_weights, draw, t, s, d, layout, size
):
    q, k, _ = heads(draw, t, s, d, layout=layout, size=size)

    assert_forward(attention_weights, [q, k], weighted(q, k), WEIGHTS)


def test_attention_weights_do_not_overflow(attention_weights, draw):
    q, k, _ = far_apart(draw)

    assert_forward(attention_weights, [q, k], weighted(q, k), WEIGHTS)


def test_attention_weights_take_every_query_and_key_and_entry(attention_weights, draw64):
    def check(t, s, d):
        q, k, _ = heads(draw64, t, s, d)
        assert_forward(attention_weights, [q, k], weighted(q, k), WEIGHTS)

    assert_all_of_it(check, t=3, s=2, d=2)


@leading
def test_attention_weights_are_taken_for_each_batch_and_head(attention_weights, draw, lead):
    q, k, _ = heads(draw, 5, 4, 3, lead=lead, layout="transposed")

    assert_forward(attention_weights, [q, k], weighted(q, k), WEIGHTS)


def test_attention_weights_can_be_differentiated_in_q_and_k(attention_weights, draw):
    (q, k, _), upstream = heads(draw, 5, 4, 3), draw(5, 4)
    expected = weighted_back(upstream, q, k)

    assert_differentiable(attention_weights, [q, k], upstream, expected, WEIGHTS)


def test_attention_weights_are_made_where_the_inputs_are(attention_weights, draw):
    q, k, _ = heads(draw, 5, 4, 3)

    assert_at_home_anywhere(attention_weights, {"q": q, "k": k})


# --- softmax_grad -------------------------------------------------------------------------------


def test_softmax_grad_comes_from_the_arguments_alone(softmax_grad, draw):
    assert_returns_anew(softmax_grad, lambda: rows(draw, 5, 4), softmax_back, SOFTMAX_GRAD)


@over(n=SIZES, s=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_softmax_grad_takes_off_what_the_sum_sends_back(softmax_grad, draw, n, s, layout, size):
    args = rows(draw, n, s, layout=layout, size=size)

    assert_returns(softmax_grad, args, softmax_back(**args), SOFTMAX_GRAD)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (2, 1, 3, 5)])
def test_softmax_grad_takes_any_number_of_axes(softmax_grad, draw, shape):
    args = rows(draw, *shape, layout="transposed")

    assert_returns(softmax_grad, args, softmax_back(**args), SOFTMAX_GRAD)


def test_softmax_grad_takes_every_row_and_entry(softmax_grad, draw64):
    def check(n, s):
        args = rows(draw64, n, s)
        assert_returns(softmax_grad, args, softmax_back(**args), SOFTMAX_GRAD)

    assert_all_of_it(check, n=3, s=2)


def test_softmax_grad_is_made_where_the_inputs_are(softmax_grad, draw):
    args = rows(draw, 5, 4)

    assert_returns_at_home(softmax_grad, args, {"d_z": args["out"]})


# --- attention ----------------------------------------------------------------------------------


def test_attention_gives_each_call_a_right_result_of_its_own(attention, draw):
    assert_each_call_anew(attention, lambda: heads(draw, 5, 4, 3, 2), attended, OUT)


@over(e=SIZES, **sizes)
def test_attention_is_a_mean_of_the_values_weighted_by_their_keys(
    attention, draw, t, s, d, e, layout, size
):
    args = heads(draw, t, s, d, e, layout=layout, size=size)

    assert_forward(attention, args, attended(*args), OUT)


def test_attention_does_not_overflow(attention, draw):
    args = far_apart(draw)

    assert_forward(attention, args, attended(*args), OUT)


def test_attention_takes_every_query_and_key_and_entry(attention, draw64):
    def check(t, s, d, e):
        args = heads(draw64, t, s, d, e)
        assert_forward(attention, args, attended(*args), OUT)

    assert_all_of_it(check, t=3, s=2, d=2, e=3)


@leading
def test_attention_is_taken_for_each_batch_and_head(attention, draw, lead):
    args = heads(draw, 5, 4, 3, 2, lead, "transposed")

    assert_forward(attention, args, attended(*args), OUT)


def test_attention_can_be_differentiated_in_q_and_k_and_v(attention, draw):
    args, upstream = heads(draw, 5, 4, 3, 2), draw(5, 2)
    found = attended_back(upstream, *args).values()

    expected = dict(zip(("q", "k", "v"), found, strict=True))
    assert_differentiable(attention, args, upstream, expected, OUT)


def test_attention_is_made_where_the_inputs_are(attention, draw):
    args = heads(draw, 5, 4, 3, 2)

    assert_at_home_anywhere(attention, dict(zip(("q", "k", "v"), args, strict=True)))


# --- attention_grad -----------------------------------------------------------------------------


def test_attention_grad_comes_from_the_arguments_alone(attention_grad, draw):
    assert_returns_anew(attention_grad, lambda: way_back(draw, 5, 4, 3, 2), attended_back, GRAD)


@over(e=SIZES, **sizes)
def test_attention_grad_goes_back_through_both_products_and_the_softmax(
    attention_grad, draw, t, s, d, e, layout, size
):
    args = way_back(draw, t, s, d, e, layout=layout, size=size)

    assert_returns(attention_grad, args, attended_back(**args), GRAD)


def test_attention_grad_does_not_overflow(attention_grad, draw):
    q, k, v = far_apart(draw)
    args = {"d_out": draw(5, 3), "q": q, "k": k, "v": v}

    assert_returns(attention_grad, args, attended_back(**args), GRAD)


def test_attention_grad_turns_what_is_turned_where_queries_and_keys_are_as_many(
    attention_grad, draw
):
    args = way_back(draw, 4, 4, 3, 2)

    assert_returns(attention_grad, args, attended_back(**args), GRAD)


def test_attention_grad_takes_every_query_and_key_and_entry(attention_grad, draw64):
    def check(t, s, d, e):
        args = way_back(draw64, t, s, d, e)
        assert_returns(attention_grad, args, attended_back(**args), GRAD)

    assert_all_of_it(check, t=3, s=2, d=2, e=3)


@leading
def test_attention_grad_is_taken_for_each_batch_and_head(attention_grad, draw, lead):
    args = way_back(draw, 5, 4, 3, 2, lead, layout="transposed")

    assert_returns(attention_grad, args, attended_back(**args), GRAD)


def test_attention_grad_is_made_where_the_inputs_are(attention_grad, draw):
    args = way_back(draw, 5, 4, 3, 2)
    like = {"d_q": args["q"], "d_k": args["k"], "d_v": args["v"]}

    assert_returns_at_home(attention_grad, args, like)
