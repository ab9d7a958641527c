"""Chapter 13: batches, sgd, momentum, adam, loss_and_grads, train_epoch, clip_by_norm, cosine_rate,
adamw.
"""

import math
from numbers import Real

import pytest
import torch
from hypothesis import strategies as st

from backprop import oracle
from backprop import oracles_training as oracles
from backprop.training_checks import (
    SAME_AGAIN,
    UNFAIR,
    assert_all_close,
    assert_parts,
    call,
)
from kata.answers.seeds import seed_torch
from kata.checks.anywhere import assert_lists_at_home
from kata.checks.compare import Expected, assert_close, assert_tensor
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, TINY, lay_out, over
from kata.checks.large import PART, assert_all_of_it
from kata.checks.random import OTHER_GENERATOR, SEED
from kata.checks.state import assert_looks_again, assert_results_last
from kata.checks.statistics import ALPHA, special
from kata.refusal import Refused

ONCE = "a pass over the data sees each row once, so the batches are a permutation of 0 ... n - 1"
FAIR = "all n! orders are equally likely"
SOME_NEVER = (
    "Your shuffle leaves out some orders, as one that moves every row, or turns the rows round. "
    "Every row may come at every place, also at its own."
)
SGD = "p <- p - lr g"
VELOCITY = "v <- beta v + g"
MOMENTUM = f"{VELOCITY}, then p <- p - lr v, with the new v"
MEAN = "m <- beta1 m + (1 - beta1) g"
SQUARES = "v <- beta2 v + (1 - beta2) g^2"
ADAM = (
    f"{MEAN}; {SQUARES}; p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps), with "
    "the new m and v"
)
LOSS = "L = 1/n sum_i -log_softmax(out)[i, targ[i]] with out = lin(relu(lin(x, w1, b1)), w2, b2)"
GRADS = (
    "the loss is a mean over n rows; the way back from it leads through lin, relu and lin, and "
    "each link needs what the forward pass saw there"
)
EPOCH = "each minibatch's gradient is taken at the parameters that the steps before it have made"
CLIPPED = "g <- g min(1, most / norm), norm the root of the sum of all squares of all gradients"
RATE = (
    "lr t / warm while t <= warm, then lr (1 + cos(pi (t - warm) / (total - warm))) / 2, t from 1"
)
ADAMW = f"{ADAM}, and minus lr decay p, p as it was before the step"
SHAPES = ((4, 3), (3,), (3, 1), ())
STEPS = 50

RATES = st.sampled_from([1.0, 0.1, 1e-3])
BETAS = st.sampled_from([0.9, 0.5, 0.0])


def tensors(draw, size=1.0, layout="contiguous"):
    return [draw(*shape, scale=size, layout=layout) for shape in SHAPES]


# --- batches ------------------------------------------------------------------------------------


def rows_of(batches, n, size):
    """The batches, refused unless they are index tensors."""
    found = batches(n, size)
    if not isinstance(found, list | tuple):
        raise Refused(f"the result is a {type(found).__name__}; expected a list of index tensors")
    for rows in found:
        if not isinstance(rows, torch.Tensor) or rows.dtype != torch.int64 or rows.dim() != 1:
            raise Refused(f"a batch is {rows!r}; expected row numbers, int64, of one axis")
    return found


@over(n=st.integers(1, 20), size=st.integers(1, 7))
def test_batches_have_each_row_once(batches, draw, n, size):
    rows = torch.cat(list(rows_of(batches, n, size))).sort().values.tolist()

    if rows != list(range(n)):
        raise Refused(f"the rows are {rows}, sorted; expected 0 ... {n - 1}\n  why: {ONCE}")


@over(n=st.integers(1, 20), size=st.integers(1, 7))
def test_batches_are_full_but_for_the_last(batches, draw, n, size):
    sizes = [len(rows) for rows in rows_of(batches, n, size)]
    expected = [size] * (n // size) + [n % size] * (n % size > 0)

    if sizes != expected:
        raise Refused(f"the batches of {n} rows have {sizes} rows; expected {expected}")


def test_batches_have_row_numbers_beyond_any_narrow_type(batches):
    n = 40_000
    rows = torch.cat(list(rows_of(batches, n, 1_000))).sort().values

    if not rows.equal(torch.arange(n)):
        raise Refused(f"of {n:,} rows, the batches have not each once\n  why: {ONCE}")


def test_batches_mix_all_of_many_rows(batches):
    """That a row of the first hundred is in the first half of 300 batches: 1/2, by chance.

    None, or all, of a hundred: less than 2 in 2^100.
    """
    first = torch.cat(list(rows_of(batches, 300, 1))[:150])
    for part in (range(100), range(200, 300)):
        seen = len({*first.tolist()} & {*part})
        if seen in (0, 100):
            says = f"rows {part[0]} to {part[-1]} of 300 are not mixed with the others"
            raise Refused(says, otherwise=PART)


def test_batches_come_in_a_new_order_at_each_call(batches):
    """The same order of 50 rows twice: a chance of 1/50!, which is less than 1e-64."""
    first, second = (torch.cat(list(rows_of(batches, 50, 8))) for _ in range(2))

    if first.equal(second):
        raise Refused("two calls give the same order", SAME_AGAIN)


def test_batches_follow_torch_s_seed(batches):
    orders = []
    for _ in range(2):
        seed_torch(SEED)
        orders.append(torch.cat(list(rows_of(batches, 50, 8))))

    if not orders[0].equal(orders[1]):
        raise Refused("two calls after the same torch.manual_seed differ", OTHER_GENERATOR)


def test_batches_come_in_all_orders_alike(batches):
    """Chi-square over the 24 orders of 4 rows, refused by chance once in 1e6.

    160 calls for each: a shuffle that swaps each place with any other (8 to 15 in 256 for an order,
    where 10.7 is fair) then is 120 beyond the mean of 23, and the limit is near 70.
    """
    n, times = 4, 24 * 160
    seed_torch(SEED)
    orders = batches.attempt((n, 2, times), via="training.many_orders").value

    _, counts = (orders * torch.tensor([64, 16, 4, 1])).sum(1).unique(return_counts=True)
    missing = 24 - len(counts)
    expected = times / 24
    statistic = float((counts - expected).square().sum() / expected + missing * expected)
    limit = float(special().chdtri(23, ALPHA))
    if statistic > limit:
        raise Refused(
            f"of the 24 orders of 4 rows, {missing} never come in {times} calls, and the others "
            f"{int(counts.min())} to {int(counts.max())} times\n"
            f"  chi-square {statistic:.0f}, beyond {limit:.0f}, which chance passes once in 1e6\n"
            f"  why: {FAIR}",
            UNFAIR if missing == 0 else None,
            otherwise=SOME_NEVER,
        )


# --- sgd ----------------------------------------------------------------------------------------


@over(lr=RATES, size=MAGNITUDE, layout=LAYOUT)
def test_sgd_takes_lr_times_the_gradient_from_each_parameter(sgd, draw, lr, size, layout):
    params, grads = tensors(draw), tensors(draw, size, layout)

    got = call(sgd, params, grads, lr)

    assert_all_close(got, oracles.sgd(params, [grads], lr), params, "params", SGD)


def test_sgd_is_torch_s_over_50_steps(sgd, draw):
    params, steps = tensors(draw), [tensors(draw) for _ in range(STEPS)]

    got = call(sgd, params, steps, 0.1, via="training.sgd_steps")

    assert_all_close(got, oracles.sgd(params, steps, 0.1), params, "params after 50 steps", SGD)


def test_sgd_takes_any_number_of_parameters(sgd, draw):
    params, grads = [draw(2)], [draw(2)]

    got = call(sgd, params, grads, 0.5)

    assert_all_close(got, oracles.sgd(params, [grads], 0.5), params, "params", SGD)


def test_sgd_moves_every_element(sgd, draw64):
    def check(n, m):
        params, grads = ([draw64(n, m), draw64(m)] for _ in range(2))
        got = call(sgd, params, grads, 0.5)
        assert_all_close(got, oracles.sgd(params, [grads], 0.5), params, "params", SGD)

    assert_all_of_it(check, n=3, m=2)


def test_sgd_looks_at_what_the_tensors_hold_at_each_call(sgd, draw):
    def check(params, grads):
        got = call(sgd, params, grads, 0.5)
        assert_all_close(got, oracles.sgd(params, [grads], 0.5), params, "params", SGD)

    assert_looks_again(check, [tensors(draw), tensors(draw)], [tensors(draw), tensors(draw)])


def test_sgd_gives_parameters_that_later_calls_leave_alone(sgd, draw):
    assert_results_last(lambda: call(sgd, tensors(draw), tensors(draw), 0.5))


def test_sgd_makes_its_tensors_where_the_parameters_are(sgd, draw):
    assert_lists_at_home(sgd, tensors(draw)[:3], tensors(draw)[:3], 0.1)


# --- momentum -----------------------------------------------------------------------------------


@over(beta=BETAS, size=MAGNITUDE, layout=LAYOUT)
def test_momentum_adds_the_gradient_to_the_fading_velocity(momentum, draw, beta, size, layout):
    params, grads, velocity = tensors(draw), tensors(draw, size, layout), tensors(draw, size)

    _, got = assert_parts(call(momentum, params, grads, velocity, 0.1, beta), 2)

    expected = oracles.mean_step(velocity, grads, beta, 1.0)
    assert_all_close(got, expected, params, "velocity", VELOCITY)


@over(beta=BETAS, size=MAGNITUDE, lr=RATES)
def test_momentum_moves_the_parameters_by_the_new_velocity(momentum, draw, beta, size, lr):
    params, grads, velocity = tensors(draw), tensors(draw, size), tensors(draw, size)

    got, _ = assert_parts(call(momentum, params, grads, velocity, lr, beta), 2)

    new = oracles.mean_step(velocity, grads, beta, 1.0)
    assert_all_close(got, oracles.step_by(params, new, lr), params, "params", MOMENTUM)


def test_momentum_is_torch_s_over_50_steps(momentum, draw):
    params, steps = tensors(draw), [tensors(draw) for _ in range(STEPS)]

    got = call(momentum, params, steps, 0.1, 0.9, via="training.momentum_steps")

    expected = oracles.momentum(params, steps, 0.1, 0.9)
    assert_all_close(got, expected, params, "params after 50 steps", MOMENTUM)


def assert_momentum(answer, params, grads, velocity):
    found = assert_parts(call(answer, params, grads, velocity, 0.1, 0.9), 2)

    new = oracles.mean_step(velocity, grads, 0.9, 1.0)
    assert_all_close(found[1], new, params, "velocity", VELOCITY)
    assert_all_close(found[0], oracles.step_by(params, new, 0.1), params, "params", MOMENTUM)


def test_momentum_moves_every_element(momentum, draw64):
    def check(n, m):
        assert_momentum(momentum, *([draw64(n, m), draw64(m)] for _ in range(3)))

    assert_all_of_it(check, n=3, m=2)


def test_momentum_looks_at_what_the_tensors_hold_at_each_call(momentum, draw):
    def check(*args):
        assert_momentum(momentum, *args)

    first, second = ([tensors(draw) for _ in range(3)] for _ in range(2))
    assert_looks_again(check, first, second)


def test_momentum_gives_tensors_that_later_calls_leave_alone(momentum, draw):
    assert_results_last(lambda: call(momentum, *(tensors(draw) for _ in range(3)), 0.1, 0.9))


def test_momentum_makes_its_tensors_where_the_parameters_are(momentum, draw):
    assert_lists_at_home(momentum, *(tensors(draw)[:3] for _ in range(3)), 0.1, 0.9)


# --- adam ---------------------------------------------------------------------------------------


def means(draw, layout="contiguous"):
    """Parameters, gradients, m and v in the midst of a training; v is positive."""
    params, grads, m, roots = (tensors(draw, layout=layout) for _ in range(4))
    return params, grads, m, [lay_out(root.square(), layout) for root in roots]


@over(beta1=st.sampled_from([0.9, 0.5]), layout=LAYOUT)
def test_adam_keeps_a_fading_mean_of_the_gradients(adam, draw, beta1, layout):
    params, grads, m, v = means(draw, layout)

    _, got, _ = assert_parts(call(adam, params, grads, m, v, 3, 0.1, beta1, 0.99, 1e-3), 3)

    assert_all_close(got, oracles.mean_step(m, grads, beta1, 1 - beta1), params, "m", MEAN)


@over(beta2=st.sampled_from([0.999, 0.5]))
def test_adam_keeps_a_fading_mean_of_their_squares(adam, draw, beta2):
    params, grads, m, v = means(draw)

    _, _, got = assert_parts(call(adam, params, grads, m, v, 3, 0.1, 0.9, beta2, 1e-3), 3)

    assert_all_close(got, oracles.mean_step(v, grads, beta2, 1 - beta2, 2), params, "v", SQUARES)


@over(t=st.sampled_from([1, 2, 10]), eps=st.sampled_from([1e-8, 1e-2]), lr=RATES)
def test_adam_moves_the_parameters_by_the_corrected_means(adam, draw, t, eps, lr):
    params, grads, m, v = means(draw)
    settings = (lr, 0.9, 0.99, eps)

    got, _, _ = assert_parts(call(adam, params, grads, m, v, t, *settings), 3)

    expected = oracles.adam_step(params, grads, m, v, t, *settings)
    assert_all_close(got, expected, params, "params", ADAM)


@pytest.mark.parametrize("size", [1.0, 1e-4, 1e4])
def test_adam_is_torch_s_over_50_steps(adam, draw, size):
    params, steps = tensors(draw), [tensors(draw, size) for _ in range(STEPS)]
    settings = (0.01, 0.9, 0.999, 1e-8)

    got = call(adam, params, steps, *settings, via="training.adam_steps")

    expected = oracles.adam(params, steps, *settings)
    assert_all_close(got, expected, params, "params after 50 steps", ADAM)


def test_adam_leaves_a_parameter_without_gradient_where_it_is(adam, draw):
    params, nothing = tensors(draw), [torch.zeros_like(p) for p in tensors(draw)]

    got, _, _ = assert_parts(call(adam, params, *[nothing] * 3, 1, 0.1, 0.9, 0.999, 1e-8), 3)

    assert_all_close(got, oracles.sgd(params, [nothing], 0.1), params, "params", ADAM)


def assert_adam(answer, params, grads, m, v, *decay, why=ADAM):
    settings = (0.1, 0.9, 0.99, 1e-3, *decay)
    found = assert_parts(call(answer, params, grads, m, v, 3, *settings), 3)

    expected = oracles.adam_step(params, grads, m, v, 3, *settings)
    assert_all_close(found[0], expected, params, "params", why)
    assert_all_close(found[1], oracles.mean_step(m, grads, 0.9, 0.1), params, "m", MEAN)
    expected = oracles.mean_step(v, grads, 0.99, 0.01, 2)
    assert_all_close(found[2], expected, params, "v", SQUARES)


def test_adam_moves_every_element(adam, draw64):
    def check(n, m):
        some = [[draw64(n, m), draw64(m)] for _ in range(4)]
        assert_adam(adam, *some[:3], [t.square() for t in some[3]])

    assert_all_of_it(check, n=3, m=2)


def test_adam_looks_at_what_the_tensors_hold_at_each_call(adam, draw):
    def check(*args):
        assert_adam(adam, *args)

    assert_looks_again(check, means(draw), means(draw))


def test_adam_gives_tensors_that_later_calls_leave_alone(adam, draw):
    assert_results_last(lambda: call(adam, *means(draw), 3, 0.1, 0.9, 0.99, 1e-3))


def test_adam_makes_its_tensors_where_the_parameters_are(adam, draw):
    args = [some[:3] for some in means(draw)]

    assert_lists_at_home(adam, *args, 3, 0.1, 0.9, 0.99, 1e-8)


# --- loss_and_grads -----------------------------------------------------------------------------

sizes = {"n": SIZES, "m": SIZES, "nh": SIZES, "c": SIZES, "layout": LAYOUT}


def classifier(draw, n, m, nh, c, layout="contiguous"):
    """Parameters and a batch, with no value before the relu so near 0 that rounding matters."""
    while True:
        w1, b1 = draw(m, nh, layout=layout), draw(nh)
        params = [w1, b1, draw(nh, c, layout=layout), draw(c)]
        x = draw(n, m, layout=layout)
        before = oracle.lin(x, w1, b1)
        if (before.values.abs() > before.tolerance(draw.dtype)).all():
            return params, x, draw.ints(c, n)


def assert_pass(answer, params, x, targ):
    loss, grads = assert_parts(call(answer, params, x, targ), 2)
    right_loss, right_grads = oracles.loss_and_grads(params, x, targ)
    assert_close(loss, right_loss, x, "the loss", LOSS)
    assert_all_close(grads, right_grads, params, "grads", GRADS)


@over(**sizes)
def test_loss_and_grads_are_those_of_the_classifier(loss_and_grads, draw, n, m, nh, c, layout):
    assert_pass(loss_and_grads, *classifier(draw, n, m, nh, c, layout))


def test_loss_and_grads_are_taken_anew_at_each_call(loss_and_grads, draw):
    params, x, targ = classifier(draw, 5, 4, 3, 6)
    assert_pass(loss_and_grads, params, x, targ)

    for old, new in zip(params, classifier(draw, 5, 4, 3, 6)[0], strict=True):
        old.copy_(new)
    assert_pass(loss_and_grads, params, x, targ.flip(0))


def test_loss_and_grads_are_right_for_a_large_batch(loss_and_grads, draw):
    assert_pass(loss_and_grads, *classifier(draw, 60, 30, 20, 10))


def test_loss_and_grads_send_nothing_back_where_the_relu_saw_exactly_zero(loss_and_grads, draw):
    params, x, targ = classifier(draw, 6, 4, 5, 3)
    x[::2], params[1][::2] = 0.0, 0.0  # without rounding: the other products are exact zeros

    assert_pass(loss_and_grads, params, x, targ)


def test_loss_and_grads_are_finite_where_the_net_is_sure(loss_and_grads, draw):
    params, x, targ = classifier(draw, 6, 4, 5, 3)
    params[2] *= 1e4

    assert_pass(loss_and_grads, params, x, targ)


def test_loss_and_grads_take_labels_beyond_any_narrow_type(loss_and_grads, draw64):
    for c in (300, 3_001):  # past what uint8 and half count
        params, x, targ = classifier(draw64, 2, 2, 2, c)

        assert_pass(loss_and_grads, params, x, c - 3 - targ % 3)


def test_loss_and_grads_take_every_row_and_class(loss_and_grads, draw64):
    def check(n, c):
        params, x, targ = classifier(draw64, n, 2, 2, c)
        assert_pass(loss_and_grads, params, x, targ % 4)

    assert_all_of_it(check, n=3, c=4)


def test_loss_and_grads_look_at_what_the_tensors_hold_at_each_call(loss_and_grads, draw):
    def check(*args):
        assert_pass(loss_and_grads, *args)

    assert_looks_again(check, classifier(draw, 5, 4, 3, 6), classifier(draw, 5, 4, 3, 6))


def test_loss_and_grads_give_tensors_that_later_calls_leave_alone(loss_and_grads, draw):
    assert_results_last(lambda: call(loss_and_grads, *classifier(draw, 5, 4, 3, 6)))


def test_loss_and_grads_are_right_for_tiny_hidden_units(loss_and_grads, draw):
    params, x, targ = classifier(draw, 5, 4, 3, 6)
    for tensor in params[:2]:
        tensor *= TINY[draw.dtype]

    assert_pass(loss_and_grads, params, x, targ)


def test_loss_and_grads_make_their_tensors_where_the_inputs_are(loss_and_grads, draw):
    assert_lists_at_home(loss_and_grads, *classifier(draw, 5, 4, 3, 6))


# --- train_epoch --------------------------------------------------------------------------------


def assert_steps(answer, params, x, targ, order, lr):
    """Compare each step with the oracle's, taken from where the answer itself was before it.

    So no error grows from step to step, and one step's bound is enough.
    """
    before = params
    for k, rows in enumerate(order, 1):
        after, losses = assert_parts(call(answer, params, x, targ, order[:k], lr), 2)
        loss, expected = oracles.sgd_step(before, x[rows], targ[rows], lr)

        assert_all_close(after, expected, params, f"params after {k} batches", EPOCH)
        assert_tensor(losses, x, (k,), "losses")
        assert_close(losses[-1], loss, x, f"losses[{k - 1}]", f"{LOSS}, before the step")
        before = after


def epoch(draw, n=7, m=4, nh=3, c=5, size=3, layout="contiguous"):
    """A classifier, and its rows in a shuffled order, in batches of which the last is short."""
    params, x, targ = classifier(draw, n, m, nh, c, layout)
    return params, x, targ, draw(n).argsort().split(size)


@over(n=SIZES, size=st.integers(1, 3), lr=RATES, layout=LAYOUT)
def test_train_epoch_steps_once_for_each_batch(train_epoch, draw, n, size, lr, layout):
    assert_steps(train_epoch, *epoch(draw, n, size=size, layout=layout), lr)


def test_train_epoch_gives_the_loss_of_each_batch_before_its_step(train_epoch, draw):
    params, x, targ, order = epoch(draw)

    _, losses = assert_parts(call(train_epoch, params, x, targ, order, 0.0), 2)

    exact = [oracles.loss_and_grads(params, x[rows], targ[rows])[0] for rows in order]
    parts = (torch.stack([e.values for e in exact]), torch.stack([e.scale for e in exact]))
    expected = Expected(*parts, max(e.roundings for e in exact))
    assert_close(losses, expected, x, "losses, with lr = 0", LOSS)


def test_train_epoch_takes_the_batches_as_they_are_given(train_epoch, draw):
    """Not all rows, some twice, and in an order of their own."""
    params, x, targ, _ = epoch(draw)
    order = [torch.tensor(rows).to(targ) for rows in ([6, 0], [0, 3, 3], [2])]

    assert_steps(train_epoch, params, x, targ, order, 0.1)


def test_train_epoch_stands_for_itself_at_each_call(train_epoch, draw):
    for _ in range(2):
        assert_steps(train_epoch, *epoch(draw), 0.1)


def test_train_epoch_takes_rows_and_labels_beyond_any_narrow_type(train_epoch, draw64):
    params, x, targ, _ = epoch(draw64, n=300, c=300)
    order = [torch.tensor([299, 3]).to(targ), torch.tensor([297]).to(targ)]

    assert_steps(train_epoch, params, x, 297 - targ % 3, order, 0.1)


def test_train_epoch_takes_every_row_of_a_batch_and_every_class(train_epoch, draw64):
    def check(n, c):
        params, x, targ = classifier(draw64, n, 2, 2, c)
        order = [torch.arange(n).flip(0).to(targ)]
        assert_steps(train_epoch, params, x, targ % 4, order, 0.1)

    assert_all_of_it(check, n=3, c=4)


def test_train_epoch_takes_every_batch(train_epoch, draw64):
    """With lr = 0, the parameters stay: the losses tell which rows were looked at."""

    def check(steps):
        params, x, targ = classifier(draw64, 5, 2, 2, 3)
        order = list(draw64.ints(5, steps, 1))
        _, losses = assert_parts(train_epoch(params, x, targ, order, 0.0), 2)

        loss = [oracles.loss_and_grads(params, x[[i]], targ[[i]])[0] for i in range(5)]
        values, scale = (
            torch.stack([getattr(loss[int(rows)], part) for rows in order])
            for part in ("values", "scale")
        )
        expected = Expected(values, scale, loss[0].roundings)
        assert_close(losses, expected, x, "losses, with lr = 0", LOSS)

    assert_all_of_it(check, steps=3)


def test_train_epoch_looks_at_what_the_tensors_hold_at_each_call(train_epoch, draw):
    def check(*args):
        assert_steps(train_epoch, *args, 0.1)

    assert_looks_again(check, epoch(draw), epoch(draw))


def test_train_epoch_gives_tensors_that_later_calls_leave_alone(train_epoch, draw):
    assert_results_last(lambda: call(train_epoch, *epoch(draw), 0.1))


def test_train_epoch_makes_its_tensors_where_the_inputs_are(train_epoch, draw):
    assert_lists_at_home(train_epoch, *epoch(draw), 0.1)


# --- clip_by_norm -------------------------------------------------------------------------------


@over(size=MAGNITUDE, layout=LAYOUT, share=st.sampled_from([0.01, 0.5, 2.0]))
def test_clip_by_norm_shortens_all_gradients_by_one_factor(clip_by_norm, draw, size, layout, share):
    grads, most = tensors(draw, size, layout), 4 * share * size

    got = call(clip_by_norm, grads, most)

    assert_all_close(got, oracles.clipped(grads, most), grads, "grads", CLIPPED)


def test_clip_by_norm_leaves_short_gradients_as_they_are(clip_by_norm, draw):
    grads = tensors(draw)
    as_they_are = [Expected(g.double(), g.double(), 1) for g in grads]

    got = call(clip_by_norm, grads, 100.0)

    assert_all_close(got, as_they_are, grads, "grads", CLIPPED)


def test_clip_by_norm_leaves_gradients_of_zero_as_they_are(clip_by_norm, draw):
    grads = [torch.zeros_like(g) for g in tensors(draw)]

    got = call(clip_by_norm, grads, 1.0)

    assert_all_close(got, oracles.clipped(grads, 1.0), grads, "grads", CLIPPED)


def test_clip_by_norm_takes_any_number_of_gradients(clip_by_norm, draw):
    grads = [draw(3)]

    got = call(clip_by_norm, grads, 0.1)

    assert_all_close(got, oracles.clipped(grads, 0.1), grads, "grads", CLIPPED)


def test_clip_by_norm_measures_every_element(clip_by_norm, draw64):
    def check(n, m):
        grads = [draw64(n, m), draw64(m)]
        got = call(clip_by_norm, grads, 0.5)
        assert_all_close(got, oracles.clipped(grads, 0.5), grads, "grads", CLIPPED)

    assert_all_of_it(check, n=3, m=2)


def test_clip_by_norm_looks_at_what_the_tensors_hold_at_each_call(clip_by_norm, draw):
    def check(*grads):
        got = call(clip_by_norm, list(grads), 0.5)
        assert_all_close(got, oracles.clipped(grads, 0.5), grads, "grads", CLIPPED)

    assert_looks_again(check, tensors(draw), tensors(draw))


def test_clip_by_norm_gives_tensors_that_later_calls_leave_alone(clip_by_norm, draw):
    assert_results_last(lambda: call(clip_by_norm, tensors(draw), 0.5))


def test_clip_by_norm_makes_its_tensors_where_the_gradients_are(clip_by_norm, draw):
    assert_lists_at_home(clip_by_norm, tensors(draw)[:3], 0.5)


# --- cosine_rate --------------------------------------------------------------------------------


def assert_rate(answer, t, total, warm, lr):
    """A share, a cosine and three steps more, each rounded: below 16 roundings of lr."""
    got = answer(t, total, warm, lr)
    if not isinstance(got, Real) or isinstance(got, bool):
        raise Refused(f"the result is a {type(got).__name__}; expected a Python float")
    wave = (1 + math.cos(math.pi * (t - warm) / max(1, total - warm))) / 2
    expected = lr * (t / warm if t <= warm else wave)
    if not abs(got - expected) <= 16 * torch.finfo(torch.float64).eps * lr:
        raise Refused(
            f"in step {t} of {total}, {warm} of them warm-up and lr = {lr:g}, it is "
            f"{float(got):.6g}; expected {expected:.6g}\n  why: {RATE}"
        )


def test_cosine_rate_rises_in_a_straight_line_to_lr(cosine_rate):
    for t in (1, 2, 5, 8):
        assert_rate(cosine_rate, t, 20, 8, 0.3)


def test_cosine_rate_falls_to_zero_along_half_a_wave(cosine_rate):
    for t in (9, 11, 14, 17, 19, 20):
        assert_rate(cosine_rate, t, 20, 8, 0.3)


@pytest.mark.parametrize(("total", "warm"), [(5, 0), (1000, 100), (6, 6), (3, 2)])
def test_cosine_rate_takes_any_number_of_steps(cosine_rate, total, warm):
    for t in {1, warm, warm + 1, total // 2, total - 1, total} - {0, total + 1}:
        assert_rate(cosine_rate, t, total, warm, 2.0)


# --- adamw --------------------------------------------------------------------------------------


@over(
    t=st.sampled_from([1, 2, 10]),
    lr=RATES,
    decay=st.sampled_from([0.0, 0.1, 2.0]),
    layout=LAYOUT,
)
def test_adamw_shrinks_the_parameters_apart_from_adam_s_move(adamw, draw, t, lr, decay, layout):
    params, grads, m, v = means(draw, layout)
    settings = (lr, 0.9, 0.99, 1e-2, decay)

    got, _, _ = assert_parts(call(adamw, params, grads, m, v, t, *settings), 3)

    expected = oracles.adam_step(params, grads, m, v, t, *settings)
    assert_all_close(got, expected, params, "params", ADAMW)


def test_adamw_keeps_the_decay_out_of_the_mean(adamw, draw):
    params, grads, m, v = means(draw)

    _, got, _ = assert_parts(call(adamw, params, grads, m, v, 3, 0.1, 0.5, 0.99, 1e-3, 0.5), 3)

    assert_all_close(got, oracles.mean_step(m, grads, 0.5, 0.5), params, "m", MEAN)


def test_adamw_keeps_the_decay_out_of_the_mean_square(adamw, draw):
    params, grads, m, v = means(draw)

    _, _, got = assert_parts(call(adamw, params, grads, m, v, 3, 0.1, 0.9, 0.5, 1e-3, 0.5), 3)

    assert_all_close(got, oracles.mean_step(v, grads, 0.5, 0.5, 2), params, "v", SQUARES)


def test_adamw_is_torch_s_over_50_steps(adamw, draw):
    params, steps = tensors(draw), [tensors(draw) for _ in range(STEPS)]
    settings = (0.01, 0.9, 0.999, 1e-8, 0.1)

    got = call(adamw, params, steps, *settings, via="training.adam_steps")

    expected = oracles.adam(params, steps, *settings)
    assert_all_close(got, expected, params, "params after 50 steps", ADAMW)


def test_adamw_moves_every_element(adamw, draw64):
    def check(n, m):
        some = [[draw64(n, m), draw64(m)] for _ in range(4)]
        assert_adam(adamw, *some[:3], [t.square() for t in some[3]], 0.5, why=ADAMW)

    assert_all_of_it(check, n=3, m=2)


def test_adamw_looks_at_what_the_tensors_hold_at_each_call(adamw, draw):
    def check(*args):
        assert_adam(adamw, *args, 0.5, why=ADAMW)

    assert_looks_again(check, means(draw), means(draw))


def test_adamw_gives_tensors_that_later_calls_leave_alone(adamw, draw):
    assert_results_last(lambda: call(adamw, *means(draw), 3, 0.1, 0.9, 0.99, 1e-3, 0.5))


def test_adamw_makes_its_tensors_where_the_parameters_are(adamw, draw):
    args = [some[:3] for some in means(draw)]

    assert_lists_at_home(adamw, *args, 3, 0.1, 0.9, 0.99, 1e-8, 0.1)
