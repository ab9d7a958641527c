"""Chapter 21: embedding_grad, causal_weights, causal_attention_grad, split_heads, residual_grad,
writer_loss_and_grads.

Upstream gradients are random, texts repeat characters and leave some out.
"""

import pytest
import torch
from hypothesis import strategies as st

from backprop import oracles_writer
from backprop import oracles_writing as oracles
from backprop.oracle import exact
from backprop.training_checks import assert_all_close, assert_parts, call
from kata.checks.anywhere import (
    assert_at_home_anywhere,
    assert_lists_at_home,
    assert_returns_at_home,
)
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.gradients import assert_returns, assert_returns_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, lay_out, over
from kata.checks.large import assert_all_of_it
from kata.checks.state import assert_looks_again, assert_results_last

TABLE = {"d_table": "each use of row c adds its d_out to d_table[c]; an unused row gets 0"}
WEIGHTS = "p[i, j] = exp(z[i, j]) / sum_(l <= i) exp(z[i, l]) where j <= i, else 0"
ATTENTION = {
    "d_q": "q[i] affects out through the softmax of row i alone, in which the keys 0 ... i have a "
    "part",
    "d_k": "k[j] affects out through the softmax of row j and of all rows after it, and of none "
    "before",
    "d_v": "v[j] has a part in the mean at place j and in all after it, each time with another "
    "weight",
}
HEADS = "out[i, h, j, a] = x[i, j, h d + a]"
ALONG = "x affects out in two ways, as it is and through the norm and f; both come back to it"
RESIDUAL = {
    "d_x": ALONG,
    "d_gamma": "gamma affects out through y = gamma xhat in every row, and from there through f "
    "alone",
    "d_w1": "w1 affects out through l1 = y w1 + b1 in every row, then through the relu and w2",
    "d_b1": "b1 affects out through l1 = y w1 + b1 in every row, then through the relu and w2",
    "d_w2": "w2 affects out through f(y) = relu(l1) w2 + b2 in every row",
    "d_b2": "b2 affects out through f(y) = relu(l1) w2 + b2 in every row",
}
LOSS = "L is the mean cross-entropy over all n t places"
GRADS = "back through the last lin and norm, each layer's two blocks in turn, and the embedding"
sizes = {"t": SIZES, "d": SIZES, "layout": LAYOUT, "size": MAGNITUDE}
leading = pytest.mark.parametrize("lead", [(2,), (1, 3), (2, 1, 2)])


# --- embedding_grad -----------------------------------------------------------------------------


def looked_up(draw, n, t, m, v, layout="contiguous"):
    return {"d_out": draw(n, t, m, layout=layout), "ids": draw.ints(v, n, t), "v": v}


def table_back(d_out, ids, v):
    return {"d_table": oracles.embedding(d_out, ids, v)}


@over(n=SIZES, t=SIZES, m=SIZES, v=SIZES, layout=LAYOUT)
def test_embedding_grad_adds_up_what_comes_back_to_each_row(
    embedding_grad, draw, n, t, m, v, layout
):
    args = looked_up(draw, n, t, m, v, layout)

    assert_returns(embedding_grad, args, table_back(**args), TABLE)


def test_embedding_grad_has_a_row_for_characters_that_do_not_occur(embedding_grad, draw):
    args = looked_up(draw, 3, 4, 2, 4) | {"v": 9}

    assert_returns(embedding_grad, args, table_back(**args), TABLE)


def test_embedding_grad_takes_every_place_and_character(embedding_grad, draw64):
    def check(n, t, m, v):
        args = looked_up(draw64, n, t, m, v)
        assert_returns(embedding_grad, args, table_back(**args), TABLE)

    assert_all_of_it(check, n=3, t=2, m=2, v=4)


def test_embedding_grad_comes_from_the_arguments_alone(embedding_grad, draw):
    assert_returns_anew(embedding_grad, lambda: looked_up(draw, 5, 4, 3, 6), table_back, TABLE)


def test_embedding_grad_is_made_where_the_inputs_are(embedding_grad, draw):
    args = looked_up(draw, 5, 4, 3, 6)

    assert_returns_at_home(embedding_grad, args, {"d_table": draw(6, 3)})


# --- causal_weights -----------------------------------------------------------------------------


def pair(draw, t, d, lead=(), layout="contiguous", size=1.0):
    return [draw(*lead, t, d, layout=layout, scale=size), draw(*lead, t, d, layout=layout)]


@over(**sizes)
def test_causal_weights_are_a_softmax_over_the_places_so_far(
    causal_weights, draw, t, d, layout, size
):
    q, k = pair(draw, t, d, layout=layout, size=size)

    assert_forward(causal_weights, [q, k], oracles.causal(q, k), WEIGHTS)


def test_causal_weights_take_no_notice_of_large_scores_that_come_later(causal_weights, draw):
    q, k = pair(draw, 5, 3)
    k[-1], q[:-1] = 1e3, q[:-1].abs()  # the last key would win in every row

    assert_forward(causal_weights, [q, k], oracles.causal(q, k), WEIGHTS)


def test_causal_weights_do_not_overflow(causal_weights, draw):
    q, k = pair(draw, 5, 3, size=1e4)
    q[0] *= 1e-4

    assert_forward(causal_weights, [q, k], oracles.causal(q, k), WEIGHTS)


def test_causal_weights_leave_later_places_out_however_low_the_scores(causal_weights, draw):
    q, k = far_below(draw, 5, 3)

    assert_forward(causal_weights, [q, k], oracles.causal(q, k), WEIGHTS)


def far_below(draw, t, d):
    """Queries and keys whose scores are all about -90,000 sqrt(d)."""
    return draw(t, d) + 300, draw(t, d) - 300


@pytest.mark.parametrize("sign", [1, -1])
def test_causal_weights_leave_later_places_out_beyond_every_number_that_stands_for_minus_infinity(
    causal_weights, draw, sign
):
    """All scores are 2^34, or -2^34, without rounding; -1e9 is a place's score in some nets."""
    t = 5
    q, k = draw(t, 1).fill_(sign * 2.0**17), draw(t, 1).fill_(2.0**17)
    share = equal_shares(q)

    assert_forward(causal_weights, [q, k], Expected(share, share, roundings=t + 5), WEIGHTS)


def test_causal_weights_take_no_notice_of_a_later_score_beyond_such_a_number(causal_weights, draw):
    """The last score of each row is 2^34, all others are 0."""
    t = 5
    q, k = draw(t, 1).fill_(2.0**17), draw(t, 1).fill_(0.0)
    k[-1] = 2.0**17
    share = equal_shares(q)
    share[-1] = exact(q).new_tensor([0.0] * (t - 1) + [1.0])

    assert_forward(causal_weights, [q, k], Expected(share, share, roundings=t + 5), WEIGHTS)


def equal_shares(q):
    """The weights where all scores so far are the same."""
    seen = exact(q).new_ones(len(q), len(q)).tril()
    return seen / seen.sum(1, keepdim=True)


@leading
def test_causal_weights_are_taken_for_each_batch_and_head(causal_weights, draw, lead):
    q, k = pair(draw, 5, 3, lead, "transposed")

    assert_forward(causal_weights, [q, k], oracles.causal(q, k), WEIGHTS)


def test_causal_weights_take_every_place_and_entry(causal_weights, draw64):
    def check(t, d):
        q, k = pair(draw64, t, d)
        assert_forward(causal_weights, [q, k], oracles.causal(q, k), WEIGHTS)

    assert_all_of_it(check, t=3, d=2)


def test_causal_weights_can_be_differentiated_in_q_and_k(causal_weights, draw):
    (q, k), upstream = pair(draw, 5, 3), draw(5, 5)
    expected = dict(zip(("q", "k"), oracles.causal_back(upstream, q, k), strict=True))

    assert_differentiable(causal_weights, [q, k], upstream, expected, WEIGHTS)


def test_causal_weights_are_each_call_s_own(causal_weights, draw):
    assert_each_call_anew(causal_weights, lambda: pair(draw, 5, 3), oracles.causal, WEIGHTS)


def test_causal_weights_are_made_where_the_inputs_are(causal_weights, draw):
    q, k = pair(draw, 5, 3)

    assert_at_home_anywhere(causal_weights, {"q": q, "k": k})


# --- causal_attention_grad ----------------------------------------------------------------------


def way_back(draw, t, d, e=3, lead=(), layout="contiguous", size=1.0):
    q, k = pair(draw, t, d, lead, layout, size)
    return {"d_out": draw(*lead, t, e), "q": q, "k": k, "v": draw(*lead, t, e, layout=layout)}


def attended_back(d_out, q, k, v):
    return dict(zip(ATTENTION, oracles.attention(d_out, q, k, v), strict=True))


@over(e=SIZES, **sizes)
def test_causal_attention_grad_sends_nothing_back_from_earlier_places(
    causal_attention_grad, draw, t, d, e, layout, size
):
    args = way_back(draw, t, d, e, layout=layout, size=size)

    assert_returns(causal_attention_grad, args, attended_back(**args), ATTENTION)


def test_causal_attention_grad_leaves_later_places_out_however_low_the_scores(
    causal_attention_grad, draw
):
    args = way_back(draw, 5, 3) | dict(zip("qk", far_below(draw, 5, 3), strict=True))

    assert_returns(causal_attention_grad, args, attended_back(**args), ATTENTION)


@leading
def test_causal_attention_grad_is_taken_for_each_batch_and_head(causal_attention_grad, draw, lead):
    args = way_back(draw, 5, 3, 2, lead, "transposed")

    assert_returns(causal_attention_grad, args, attended_back(**args), ATTENTION)


def test_causal_attention_grad_takes_every_place_and_entry(causal_attention_grad, draw64):
    def check(t, d, e):
        args = way_back(draw64, t, d, e)
        assert_returns(causal_attention_grad, args, attended_back(**args), ATTENTION)

    assert_all_of_it(check, t=3, d=2, e=3)


def test_causal_attention_grad_comes_from_the_arguments_alone(causal_attention_grad, draw):
    def make():
        return way_back(draw, 5, 3, 2)

    assert_returns_anew(causal_attention_grad, make, attended_back, ATTENTION)


def test_causal_attention_grad_is_made_where_the_inputs_are(causal_attention_grad, draw):
    args = way_back(draw, 5, 3, 2)
    like = {"d_q": args["q"], "d_k": args["k"], "d_v": args["v"]}

    assert_returns_at_home(causal_attention_grad, args, like)


# --- split_heads --------------------------------------------------------------------------------


def moved(x, heads):
    """By a loop over heads and places; nothing is rounded."""
    d = x.shape[-1] // heads
    rows = [[exact(x)[:, j, h * d : (h + 1) * d] for j in range(x.shape[1])] for h in range(heads)]
    return torch.stack([torch.stack(row, 1) for row in rows], 1)


def apart(x, heads):
    values = moved(x, heads)
    return Expected(values, values, 1)


@over(n=SIZES, t=SIZES, d=SIZES, heads=st.integers(1, 4), layout=LAYOUT)
def test_split_heads_gives_each_head_its_part_of_every_row(
    split_heads, draw, n, t, d, heads, layout
):
    x = draw(n, t, heads * d, layout=layout)

    assert_close(split_heads(x, heads), apart(x, heads), x, "the result", HEADS)


def test_split_heads_takes_every_text_place_and_entry(split_heads, draw64):
    def check(n, t, d):
        x = draw64(n, t, 2 * d)
        assert_close(split_heads(x, 2), apart(x, 2), x, "the result", HEADS)

    assert_all_of_it(check, n=3, t=2, d=3)


def test_split_heads_are_each_call_s_own(split_heads, draw):
    def check(x):
        assert_close(split_heads(x, 2), apart(x, 2), x, "the result", HEADS)

    assert_looks_again(check, [draw(3, 4, 6)], [draw(3, 4, 6)])
    assert_results_last(lambda: split_heads(draw(3, 4, 6), 2))


def test_split_heads_leaves_its_result_where_x_is(split_heads, draw):
    assert_at_home_anywhere(split_heads, {"x": draw(3, 4, 6), "heads": 2})


def test_split_heads_can_be_differentiated_in_x(split_heads, draw):
    x, upstream = draw(3, 4, 6), draw(3, 2, 4, 3)

    (found,) = split_heads.gradients([x, 2], upstream, [0])
    assert found is not None
    back = upstream.transpose(1, 2).reshape(x.shape)
    assert_close(found, Expected(exact(back), exact(back), 1), x, "the gradient in x", HEADS)


# --- residual_grad ------------------------------------------------------------------------------


def block(draw, r, m, h, layout="contiguous", size=1.0):
    """A block's arguments, with no value so near the relu's kink that rounding matters."""
    while True:
        args = {
            "d_out": draw(r, m, layout=layout),
            "x": draw(r, m, layout=layout, scale=size),
            "gamma": draw(m),
            "w1": draw(m, h, layout=layout),
            "b1": draw(h),
            "w2": draw(h, m, layout=layout),
            "b2": draw(m),
        }
        if oracles.block_is_safe(*list(args.values())[1:]):
            return args


def block_back(**args):
    return dict(zip(RESIDUAL, oracles.residual(*args.values()), strict=True))


@over(r=SIZES, m=st.integers(2, 6), h=SIZES, layout=LAYOUT, size=st.sampled_from([1.0, 0.1, 100.0]))
def test_residual_grad_comes_back_on_both_ways(residual_grad, draw, r, m, h, layout, size):
    args = block(draw, r, m, h, layout, size)

    assert_returns(residual_grad, args, block_back(**args), RESIDUAL)


def test_residual_grad_sends_nothing_back_where_the_relu_saw_exactly_zero(residual_grad, draw):
    args = block(draw, 4, 3, 5)
    args["w1"][:, ::2], args["b1"][::2] = 0.0, 0.0

    assert_returns(residual_grad, args, block_back(**args), RESIDUAL)


def test_residual_grad_takes_every_row_entry_and_hidden_unit(residual_grad, draw64):
    def check(r, m, h):
        args = block(draw64, r, m, h)
        assert_returns(residual_grad, args, block_back(**args), RESIDUAL)

    assert_all_of_it(check, r=3, m=3, h=2)


def test_residual_grad_comes_from_the_arguments_alone(residual_grad, draw):
    assert_returns_anew(residual_grad, lambda: block(draw, 5, 3, 4), block_back, RESIDUAL)


def test_residual_grad_is_made_where_the_inputs_are(residual_grad, draw):
    args = block(draw, 5, 3, 4)
    like = dict(zip(RESIDUAL, list(args.values())[1:], strict=True))

    assert_returns_at_home(residual_grad, args, like)


# --- writer_loss_and_grads ----------------------------------------------------------------------


def writer(draw, n, t, m, heads, layers, v=6, h=5, layout="contiguous"):
    """Parameters and a batch of texts, with no relu near its kink; and what is right."""
    while True:
        params = [draw(v, m), draw(t, m)]
        for _ in range(layers):
            params += [draw(m), draw(m, 3 * m), draw(3 * m), draw(m, m), draw(m)]
            params += [draw(m), draw(m, h), draw(h), draw(h, m), draw(m)]
        params += [draw(m), draw(m, v), draw(v)]
        params = [lay_out(param, layout) for param in params]
        ids, targ = (lay_out(draw.ints(v, n, t), layout) for _ in range(2))
        args = params, ids, targ, heads
        expected, firm = oracles_writer.writer(*args)
        if firm:
            return args, expected


def assert_step(answer, args, expected):
    loss, grads = assert_parts(call(answer, *args), 2)
    params = args[0]
    assert_close(loss, expected[0], params[0], "the loss", LOSS)
    assert_all_close(grads, expected[1:], params, "grads", GRADS)


@pytest.mark.parametrize(
    ("n", "t", "m", "heads", "layers"),
    [(1, 1, 2, 1, 0), (3, 4, 2, 1, 1), (2, 3, 6, 3, 1), (1, 5, 4, 2, 1), (2, 3, 4, 2, 2)],
)
def test_writer_loss_and_grads_are_those_of_the_whole_net(
    writer_loss_and_grads, draw, n, t, m, heads, layers
):
    assert_step(writer_loss_and_grads, *writer(draw, n, t, m, heads, layers, layout="transposed"))


def test_writer_loss_and_grads_are_taken_anew_at_each_call(writer_loss_and_grads, draw):
    (params, *rest), expected = writer(draw, 2, 3, 4, 2, 1)
    assert_step(writer_loss_and_grads, (params, *rest), expected)

    (others, *rest), expected = writer(draw, 2, 3, 4, 2, 1)
    for old, new in zip(params, others, strict=True):
        old.copy_(new)
    assert_step(writer_loss_and_grads, (params, *rest), expected)


def test_writer_loss_and_grads_last(writer_loss_and_grads, draw):
    assert_results_last(
        lambda: call(writer_loss_and_grads, *writer(draw, 2, 3, 4, 2, 1)[0]),
    )


def test_writer_loss_and_grads_take_all_of_a_batch_and_of_the_net(writer_loss_and_grads, draw64):
    def check(n, t, m, v, h):
        assert_step(writer_loss_and_grads, *writer(draw64, n, t, m, 1, 1, v, h))

    assert_all_of_it(check, n=2, t=3, m=4, v=6, h=5)


def test_writer_loss_and_grads_make_their_tensors_where_the_inputs_are(writer_loss_and_grads, draw):
    assert_lists_at_home(writer_loss_and_grads, *writer(draw, 2, 3, 4, 2, 1)[0])
