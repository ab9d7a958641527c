"""Chapter 12: logsumexp, log_softmax, nll, cross_entropy and their gradients."""

import pytest
import torch
from hypothesis import strategies as st

from backprop import oracles_classification
from backprop.oracle import exact
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import assert_differentiable, assert_each_call_anew, assert_forward
from kata.checks.gradients import assert_backward, assert_sets_anew, run_by_hand
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, lay_out, over
from kata.checks.large import assert_all_of_it

LOGSUMEXP = "out[i] = log sum_k exp(x[i, k]), over the classes k of row i"
LOG_SOFTMAX = "out[i, k] = x[i, k] - log sum_l exp(x[i, l])"
SHIFT = "exp(x + s) = exp(s) exp(x), so a number s that is added to a row"
NLL = "L = -1/n sum_i inp[i, targ[i]]"
CROSS_ENTROPY = "L = 1/n sum_i (log sum_k exp(inp[i, k]) - inp[i, targ[i]])"
LOGSUMEXP_GRAD = "x[i, k] moves out[i] by its term's share in the sum of row i"
LOG_SOFTMAX_GRAD = (
    "inp[i, k] reaches the loss through its own output, and through the sum, which is taken off "
    "each output of row i"
)
NLL_GRAD = (
    "L is a mean over n rows with a minus; in it stands inp[i, targ[i]], and no other element"
)
CROSS_ENTROPY_GRAD = (
    "inp[i, k] reaches L through the logsumexp of row i and, if k is the right class, by itself "
    "with a minus; L is a mean over n rows"
)

CLASSES = st.integers(1, 12)
sizes = {"n": SIZES, "c": CLASSES, "layout": LAYOUT, "size": MAGNITUDE}
LARGE = pytest.mark.parametrize("large", [1e4, -1e4])


def rows_far_apart(draw, large):
    """Logits of which every row needs a shift of its own: around large, -large and 0."""
    return draw(3, 5) + torch.tensor([[large], [-large], [0.0]]).to(draw(1))


def labelled(draw, n, c, layout="contiguous", size=1.0):
    targ = lay_out(draw.ints(c, n), layout)
    return {"inp": draw(n, c, layout=layout, scale=size), "targ": targ}


def log_probabilities(draw, n, c, layout="contiguous", size=1.0):
    args = labelled(draw, n, c, layout, size)
    return {"inp": lay_out(torch.log_softmax(args["inp"], 1), layout), "targ": args["targ"]}


def one_class_right(draw, right):
    """Logits near 0 but for one class's, which is 1e4 larger, and labels right or wrong about it.

    The loss is 0 where they are right, and about 1e4 where they are wrong.
    """
    inp, targ = draw(4, 6), draw.ints(5, 4)
    inp[range(4), targ if right else 5] += 1e4
    return {"inp": inp, "targ": targ}


MANY = (300, 3_001)  # past what uint8 and half count; one_hot by eye(c) still has room in memory


def of_late_classes(draw, n, c):
    args = labelled(draw, n, c)
    args["targ"] = c - 3 - args["targ"] % 3
    return args


def of_early_classes(draw, n, c):
    args = labelled(draw, n, c)
    args["targ"] %= 4
    return args


# --- logsumexp ----------------------------------------------------------------------------------


def test_logsumexp_gives_each_call_a_right_result_of_its_own(logsumexp, draw):
    assert_each_call_anew(
        logsumexp, lambda: [draw(5, 4)], oracles_classification.logsumexp, LOGSUMEXP
    )


@over(**sizes)
def test_logsumexp_adds_up_what_lies_under_the_logarithms(logsumexp, draw, n, c, layout, size):
    x = draw(n, c, layout=layout, scale=size)

    assert_forward(logsumexp, [x], oracles_classification.logsumexp(x), LOGSUMEXP)


@LARGE
def test_logsumexp_is_finite_in_rows_far_apart(logsumexp, draw, large):
    x = rows_far_apart(draw, large)

    assert_forward(logsumexp, [x], oracles_classification.logsumexp(x), LOGSUMEXP)


def test_logsumexp_moves_with_a_number_that_is_added_to_a_row(logsumexp, draw):
    x, shift = draw(4, 5).round(), 10 * draw(4).round()  # whole numbers: x + shift is exact
    moved = oracles_classification.logsumexp(x + shift[:, None])
    expected = Expected(
        oracles_classification.logsumexp(x).values + exact(shift), moved.scale, moved.roundings
    )

    why = f"{SHIFT} is added to the result"
    assert_forward(logsumexp, [x + shift[:, None]], expected, why)


def test_logsumexp_takes_every_row_and_class(logsumexp, draw64):
    def check(n, c):
        x = draw64(n, c)
        assert_forward(logsumexp, [x], oracles_classification.logsumexp(x), LOGSUMEXP)

    assert_all_of_it(check, n=3, c=4)


def test_logsumexp_can_be_differentiated(logsumexp, draw):
    x, upstream = draw(5, 4), draw(5)

    expected = {"x": oracles_classification.logsumexp_grad(x, upstream)}
    assert_differentiable(logsumexp, [x], upstream, expected, LOGSUMEXP_GRAD)


def test_logsumexp_makes_its_tensors_where_the_logits_are(logsumexp, draw):
    assert_at_home_anywhere(logsumexp, {"x": draw(5, 4)})


# --- log_softmax --------------------------------------------------------------------------------


def test_log_softmax_gives_each_call_a_right_result_of_its_own(log_softmax, draw):
    assert_each_call_anew(
        log_softmax, lambda: [draw(5, 4)], oracles_classification.log_softmax, LOG_SOFTMAX
    )


@over(**sizes)
def test_log_softmax_takes_log_sum_exp_from_every_logit(log_softmax, draw, n, c, layout, size):
    x = draw(n, c, layout=layout, scale=size)

    assert_forward(log_softmax, [x], oracles_classification.log_softmax(x), LOG_SOFTMAX)


@LARGE
def test_log_softmax_is_finite_in_rows_far_apart(log_softmax, draw, large):
    x = rows_far_apart(draw, large)

    assert_forward(log_softmax, [x], oracles_classification.log_softmax(x), LOG_SOFTMAX)


def test_log_softmax_is_finite_where_a_probability_is_too_small_for_a_float(log_softmax, draw):
    x = one_class_right(draw, right=False)["inp"]

    assert_forward(log_softmax, [x], oracles_classification.log_softmax(x), LOG_SOFTMAX)


def test_log_softmax_does_not_move_with_a_number_that_is_added_to_a_row(log_softmax, draw):
    x, shift = draw(4, 5).round(), 10 * draw(4).round()  # whole numbers: x + shift is exact
    still, moved = (
        oracles_classification.log_softmax(x),
        oracles_classification.log_softmax(x + shift[:, None]),
    )
    expected = Expected(still.values, moved.scale, moved.roundings)

    why = f"{SHIFT} cancels"
    assert_forward(log_softmax, [x + shift[:, None]], expected, why)


def test_log_softmax_takes_every_row_and_class(log_softmax, draw64):
    def check(n, c):
        x = draw64(n, c)
        assert_forward(log_softmax, [x], oracles_classification.log_softmax(x), LOG_SOFTMAX)

    assert_all_of_it(check, n=3, c=4)


def test_log_softmax_can_be_differentiated(log_softmax, draw):
    x, upstream = draw(5, 4), draw(5, 4)

    expected = {"x": oracles_classification.softmax_chain(x, upstream)}
    assert_differentiable(log_softmax, [x], upstream, expected, LOG_SOFTMAX_GRAD)


def test_log_softmax_makes_its_tensors_where_the_logits_are(log_softmax, draw):
    assert_at_home_anywhere(log_softmax, {"x": draw(5, 4)})


# --- nll ----------------------------------------------------------------------------------------


def test_nll_gives_each_call_a_right_result_of_its_own(nll, draw):
    assert_each_call_anew(
        nll, lambda: [*log_probabilities(draw, 5, 4).values()], oracles_classification.nll, NLL
    )


@over(**sizes)
def test_nll_averages_what_each_row_has_at_its_class(nll, draw, n, c, layout, size):
    args = [*log_probabilities(draw, n, c, layout, size).values()]

    assert_forward(nll, args, oracles_classification.nll(*args), NLL)


def test_nll_takes_any_numbers_for_log_probabilities(nll, draw):
    """That they are at most 0 is no business of this link; the gradient's check moves them."""
    args = [*labelled(draw, 5, 4).values()]

    assert_forward(nll, args, oracles_classification.nll(*args), NLL)


def test_nll_takes_labels_beyond_any_narrow_type(nll, draw64):
    for c in MANY:
        args = [*of_late_classes(draw64, 2, c).values()]

        assert_forward(nll, args, oracles_classification.nll(*args), NLL)


def test_nll_takes_every_row_and_class(nll, draw64):
    def check(n, c):
        args = [*of_early_classes(draw64, n, c).values()]
        assert_forward(nll, args, oracles_classification.nll(*args), NLL)

    assert_all_of_it(check, n=3, c=4)


def test_nll_can_be_differentiated_in_the_log_probabilities(nll, draw):
    (inp, targ), upstream = log_probabilities(draw, 5, 4).values(), draw()
    d = oracles_classification.nll_grad(inp, targ)["inp"]

    expected = Expected(d.values * exact(upstream), d.scale * exact(upstream), d.roundings + 1)
    assert_differentiable(nll, [inp, targ], upstream, {"inp": expected}, NLL_GRAD)


def test_nll_makes_its_tensors_where_the_log_probabilities_are(nll, draw):
    assert_at_home_anywhere(nll, log_probabilities(draw, 5, 4))


# --- cross_entropy ------------------------------------------------------------------------------


def test_cross_entropy_gives_each_call_a_right_result_of_its_own(cross_entropy, draw):
    assert_each_call_anew(
        cross_entropy,
        lambda: [*labelled(draw, 5, 4).values()],
        oracles_classification.cross_entropy,
        CROSS_ENTROPY,
    )


@over(**sizes)
def test_cross_entropy_is_the_mean_surprise_at_the_classes(cross_entropy, draw, n, c, layout, size):
    args = [*labelled(draw, n, c, layout, size).values()]

    assert_forward(cross_entropy, args, oracles_classification.cross_entropy(*args), CROSS_ENTROPY)


@pytest.mark.parametrize("right", [True, False])
def test_cross_entropy_is_finite_where_the_net_is_sure(cross_entropy, draw, right):
    args = [*one_class_right(draw, right).values()]

    assert_forward(cross_entropy, args, oracles_classification.cross_entropy(*args), CROSS_ENTROPY)


@LARGE
def test_cross_entropy_is_finite_in_rows_far_apart(cross_entropy, draw, large):
    args = [rows_far_apart(draw, large), draw.ints(5, 3)]

    assert_forward(cross_entropy, args, oracles_classification.cross_entropy(*args), CROSS_ENTROPY)


def test_cross_entropy_takes_labels_beyond_any_narrow_type(cross_entropy, draw64):
    for c in MANY:
        args = [*of_late_classes(draw64, 2, c).values()]

        assert_forward(
            cross_entropy, args, oracles_classification.cross_entropy(*args), CROSS_ENTROPY
        )


def test_cross_entropy_takes_every_row_and_class(cross_entropy, draw64):
    def check(n, c):
        args = [*of_early_classes(draw64, n, c).values()]
        assert_forward(
            cross_entropy, args, oracles_classification.cross_entropy(*args), CROSS_ENTROPY
        )

    assert_all_of_it(check, n=3, c=4)


def test_cross_entropy_can_be_differentiated_in_the_logits(cross_entropy, draw):
    (inp, targ), upstream = labelled(draw, 5, 4).values(), draw()
    d, u = oracles_classification.cross_entropy_grad(inp, targ)["inp"], exact(upstream)

    # autograd also goes through the maximum, and back: 1/n more that cancels
    expected = Expected(d.values * u, (d.scale + 1 / 5) * u, 2 * d.roundings)
    assert_differentiable(cross_entropy, [inp, targ], upstream, {"inp": expected}, CROSS_ENTROPY)


def test_cross_entropy_makes_its_tensors_where_the_logits_are(cross_entropy, draw):
    assert_at_home_anywhere(cross_entropy, labelled(draw, 5, 4))


# --- log_softmax_grad ---------------------------------------------------------------------------


def link(draw, n, c, layout="contiguous", size=1.0):
    return with_upstream(draw, draw(n, c, layout=layout, scale=size), layout)


def with_upstream(draw, inp, layout="contiguous"):
    out = torch.log_softmax(inp.detach().double(), 1).to(inp.dtype)
    out.grad = draw(*inp.shape, layout=layout)
    return {"inp": inp, "out": out}


def assert_log_softmax_grad(answer, args):
    expected = oracles_classification.log_softmax_grad(*args.values())
    assert_backward(answer, args, expected, {"inp": LOG_SOFTMAX_GRAD})


def test_log_softmax_grad_is_set_right_and_anew_by_each_call(log_softmax_grad, draw):
    def make():
        return link(draw, 5, 4)

    why = {"inp": LOG_SOFTMAX_GRAD}
    assert_sets_anew(log_softmax_grad, make, oracles_classification.log_softmax_grad, why)


@over(**sizes)
def test_log_softmax_grad_takes_each_row_s_sum_back_by_the_probabilities(
    log_softmax_grad, draw, n, c, layout, size
):
    assert_log_softmax_grad(log_softmax_grad, link(draw, n, c, layout, size))


def test_log_softmax_grad_reaches_the_classes_without_an_upstream_gradient(log_softmax_grad, draw):
    """As nll sends one back for the right class alone."""
    args = link(draw, 5, 4)
    args["out"].grad[:, 1:] = 0.0

    assert_log_softmax_grad(log_softmax_grad, args)


@LARGE
def test_log_softmax_grad_is_finite_in_rows_far_apart(log_softmax_grad, draw, large):
    assert_log_softmax_grad(log_softmax_grad, with_upstream(draw, rows_far_apart(draw, large)))


def test_log_softmax_grad_is_taken_where_the_logits_record_gradients(log_softmax_grad, draw):
    inp = draw(5, 4).requires_grad_()

    assert_log_softmax_grad(log_softmax_grad, with_upstream(draw, inp))


def test_log_softmax_grad_takes_every_row_and_class(log_softmax_grad, draw64):
    def check(n, c):
        assert_log_softmax_grad(log_softmax_grad, link(draw64, n, c))

    assert_all_of_it(check, n=3, c=4)


def test_log_softmax_grad_is_made_where_the_logits_are(log_softmax_grad, draw):
    assert_at_home_anywhere(log_softmax_grad, link(draw, 5, 4))


# --- nll_grad -----------------------------------------------------------------------------------


def assert_nll_grad(answer, args):
    assert_backward(
        answer, args, oracles_classification.nll_grad(*args.values()), {"inp": NLL_GRAD}
    )


def test_nll_grad_is_set_right_and_anew_by_each_call(nll_grad, draw):
    def make():
        return log_probabilities(draw, 5, 4)

    assert_sets_anew(nll_grad, make, oracles_classification.nll_grad, {"inp": NLL_GRAD})


@over(**sizes)
def test_nll_grad_is_minus_1_over_n_at_each_row_s_class_else_zero(
    nll_grad, draw, n, c, layout, size
):
    assert_nll_grad(nll_grad, log_probabilities(draw, n, c, layout, size))


def test_nll_grad_is_taken_where_the_log_probabilities_record_gradients(nll_grad, draw):
    args = log_probabilities(draw, 5, 4)
    args["inp"].requires_grad_()

    assert_nll_grad(nll_grad, args)


def test_nll_grad_takes_labels_beyond_any_narrow_type(nll_grad, draw64):
    for c in MANY:
        assert_nll_grad(nll_grad, of_late_classes(draw64, 2, c))


def test_nll_grad_takes_every_row_and_class(nll_grad, draw64):
    def check(n, c):
        assert_nll_grad(nll_grad, of_early_classes(draw64, n, c))

    assert_all_of_it(check, n=3, c=4)


def test_nll_grad_is_made_where_the_log_probabilities_are(nll_grad, draw):
    assert_at_home_anywhere(nll_grad, log_probabilities(draw, 5, 4))


# --- cross_entropy_grad -------------------------------------------------------------------------


def assert_cross_entropy_grad(answer, args):
    expected = oracles_classification.cross_entropy_grad(*args.values())
    assert_backward(answer, args, expected, {"inp": CROSS_ENTROPY_GRAD})


def test_cross_entropy_grad_is_set_right_and_anew_by_each_call(cross_entropy_grad, draw):
    def make():
        return labelled(draw, 5, 4)

    why = {"inp": CROSS_ENTROPY_GRAD}
    assert_sets_anew(cross_entropy_grad, make, oracles_classification.cross_entropy_grad, why)


@over(**sizes)
def test_cross_entropy_grad_is_the_probabilities_less_the_right_classes(
    cross_entropy_grad, draw, n, c, layout, size
):
    assert_cross_entropy_grad(cross_entropy_grad, labelled(draw, n, c, layout, size))


@pytest.mark.parametrize("right", [True, False])
def test_cross_entropy_grad_is_finite_where_the_net_is_sure(cross_entropy_grad, draw, right):
    assert_cross_entropy_grad(cross_entropy_grad, one_class_right(draw, right))


@LARGE
def test_cross_entropy_grad_is_finite_in_rows_far_apart(cross_entropy_grad, draw, large):
    args = {"inp": rows_far_apart(draw, large), "targ": draw.ints(5, 3)}

    assert_cross_entropy_grad(cross_entropy_grad, args)


def test_cross_entropy_grad_adds_up_to_nothing_in_each_row(cross_entropy_grad, draw):
    """The loss does not see a number added to a whole row, so its gradient along it is 0."""
    args = labelled(draw, 5, 4)
    d = oracles_classification.cross_entropy_grad(*args.values())["inp"]
    sums = Expected(torch.zeros_like(d.values[:, 0]), d.scale.sum(1), d.roundings)

    _, grads, _ = run_by_hand(cross_entropy_grad, args, ["inp"])

    why = f"{SHIFT} leaves the loss as it is"
    assert_close(grads["inp"].sum(1), sums, args["inp"], "the sum of each row of inp.grad", why)


def test_cross_entropy_grad_is_taken_where_the_logits_record_gradients(cross_entropy_grad, draw):
    args = labelled(draw, 5, 4)
    args["inp"].requires_grad_()

    assert_cross_entropy_grad(cross_entropy_grad, args)


def test_cross_entropy_grad_takes_labels_beyond_any_narrow_type(cross_entropy_grad, draw64):
    for c in MANY:
        assert_cross_entropy_grad(cross_entropy_grad, of_late_classes(draw64, 2, c))


def test_cross_entropy_grad_takes_every_row_and_class(cross_entropy_grad, draw64):
    def check(n, c):
        assert_cross_entropy_grad(cross_entropy_grad, of_early_classes(draw64, n, c))

    assert_all_of_it(check, n=3, c=4)


def test_cross_entropy_grad_is_made_where_the_logits_are(cross_entropy_grad, draw):
    assert_at_home_anywhere(cross_entropy_grad, labelled(draw, 5, 4))
