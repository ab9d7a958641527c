"""Chapter 14: log2_growth, log2_moments, fixup_init, residual_pass.

Longer than other files: an init and a whole pass are each asked a dozen things.
"""

import math

import pytest
import torch

from backprop.oracles_deep import far_from_the_kinks, moments, residual, residual_of_width_one
from kata.answers.seeds import seed_torch
from kata.checks.anywhere import assert_at_home_anywhere
from kata.checks.compare import assert_close, assert_tensor
from kata.checks.gradients import assert_backward, assert_sets_anew, run_by_hand
from kata.checks.inputs import LAYOUT, SIZES, Draw, over
from kata.checks.large import assert_all_of_it
from kata.checks.numbers import as_float
from kata.checks.random import (
    SEED,
    assert_mean_zero,
    assert_normal,
    assert_rows_independent,
    assert_std,
    assert_unrelated,
)
from kata.checks.state import assert_looks_again, assert_results_last
from kata.refusal import Measured, Refused

# --- log2_growth --------------------------------------------------------------------------------

GROWTH = (
    "x w adds up d terms, each with a weight of variance std^2, and relu keeps half of the mean "
    "square; all n_layers layers multiply it by the same factor"
)
EPS = torch.finfo(torch.float64).eps


def assert_growth(answer, d, std, n_layers):
    """One layer's growth is rounded six times, and n_layers of them may be added one by one."""
    got = as_float(answer(d, std, n_layers))
    size, spread = math.log2(d / 2), 2 * math.log2(std)
    expected = n_layers * (size + spread)
    tolerance = (n_layers + 6) * EPS * n_layers * (1 + abs(size) + abs(spread))
    if not abs(got - expected) <= tolerance:
        raise Refused(
            f"for d = {d}, std = {std:.4g} and {n_layers} layers it is {got:.6g}; expected "
            f"{expected:.6g}, with a tolerance of {tolerance:.1e}\n  why: {GROWTH}"
        )


def test_growth_is_none_with_hes_std(log2_growth):
    for d in (2, 50, 784):
        assert_growth(log2_growth, d, math.sqrt(2 / d), 30)


def test_growth_is_a_loss_of_one_half_per_layer_with_xaviers_std(log2_growth):
    for n_layers in (1, 7, 300):
        assert_growth(log2_growth, 100, 0.1, n_layers)


def test_growth_multiplies_from_layer_to_layer(log2_growth):
    for d, std, n_layers in [(3, 0.7, 1), (8, 0.25, 2), (64, 0.03, 5), (1, 5.0, 4)]:
        assert_growth(log2_growth, d, std, n_layers)


def test_growth_is_given_where_the_factor_itself_leaves_the_range_of_floats(log2_growth):
    for d, std in [(784, 1.0), (100, 1e-3)]:
        assert_growth(log2_growth, d, std, 10_000)


# --- log2_moments -------------------------------------------------------------------------------

MOMENTS = "out[l] = log2(mean(x_l^2)), the mean over all n d numbers, x_l = relu(x_(l-1) ws[l])"


def signal(draw, n, d, n_layers, layout="contiguous"):
    """x and the weights, none of the layers dead: a mean square of 0 has no logarithm."""
    while True:
        x, ws = draw(n, d, layout=layout), draw(n_layers, d, d, layout=layout)
        out = x
        for w in ws:
            out = torch.relu(out @ w)
        if out.abs().max() > 1e-3:
            return x, ws


def assert_moments(answer, x, ws):
    assert_close(answer(x, ws), moments(x, ws), x, "the result", MOMENTS)


@over(n=SIZES, d=SIZES, n_layers=SIZES, layout=LAYOUT)
def test_moments_are_the_log2_of_the_mean_square_after_each_relu(
    log2_moments, draw, n, d, n_layers, layout
):
    assert_moments(log2_moments, *signal(draw, n, d, n_layers, layout))


@pytest.mark.parametrize("size", [30.0, 1e-3], ids=["large", "small"])
def test_moments_are_measured_far_outside_the_range_of_floats(log2_moments, draw, size):
    """All is positive, so that nothing cancels and the rounding error stays small."""
    x, ws = draw(4, 8).abs() + 0.1, (draw(300, 8, 8).abs() + 0.1) * size

    assert_moments(log2_moments, x, ws)


def test_moments_are_computed_anew_in_each_call(log2_moments, draw):
    for _ in range(2):
        assert_moments(log2_moments, *signal(draw, 5, 4, 3))


def test_moments_are_of_every_row_and_column_and_layer(log2_moments, draw64):
    def check(n, d, n_layers):
        x, ws = draw64(n, d).abs() + 0.1, draw64(n_layers, d, d).abs() + 0.1
        assert_moments(log2_moments, x, ws)

    assert_all_of_it(check, n=3, d=2, n_layers=2)


def test_moments_are_of_what_the_tensors_hold_at_each_call(log2_moments, draw):
    def check(x, ws):
        assert_moments(log2_moments, x, ws)

    assert_looks_again(check, signal(draw, 5, 4, 3), signal(draw, 5, 4, 3))


def test_moments_stay_what_they_are_in_later_calls(log2_moments, draw):
    assert_results_last(lambda: log2_moments(*signal(draw, 5, 4, 3)))


def test_moments_are_made_where_the_inputs_are(log2_moments, draw):
    x, ws = signal(draw, 5, 4, 3)

    assert_at_home_anywhere(log2_moments, {"x": x, "ws": ws})


# --- fixup_init ---------------------------------------------------------------------------------

FIXUP = "all layers of a branch but its last are N(0, 2/d) times L^(-1/(2m - 2))"
STEP = (
    "at init the net is the identity, and one step of size lr moves its output at x by -lr sum_l "
    "h_l h_l^T dL/dout, h_l = relu(x w[l, 0]). With m = 2 the factor L^(-1/2) makes the sum of the "
    "h_l^2 as large as x^2, for any number of layers"
)
NETS = [(100, 2, 16), (64, 3, 16), (30, 4, 16)]


def drawn(answer, *args, dtype=torch.float32):
    seed_torch(SEED)
    return called(answer, *args, dtype=dtype)


def called(answer, *args, dtype=torch.float32):
    w = answer.attempt(args, default_dtype=dtype).value
    n_layers, m, d = args
    assert_tensor(w, torch.empty(0, dtype=dtype), (n_layers, m, d, d), "w")
    return w


def test_fixup_has_a_matrix_for_each_layer_in_torchs_default_dtype(fixup_init, dtype):
    for args in [(3, 2, 4), (1, 2, 1), (2, 5, 3)]:
        drawn(fixup_init, *args, dtype=dtype)


def test_fixup_sets_the_last_layer_of_each_branch_to_zero(fixup_init):
    for args in NETS:
        last = drawn(fixup_init, *args)[:, -1]
        if last.any():
            raise Refused(
                f"w[:, {args[1] - 1}] is not 0 everywhere; expected 0, the last of the m = "
                f"{args[1]} layers of each branch, so that the net starts as the identity"
            )


def test_fixup_scales_hes_std_by_the_number_of_layers_and_of_branches(fixup_init):
    for n_layers, m, d in NETS:
        w = drawn(fixup_init, n_layers, m, d)
        std = math.sqrt(2 / d) * n_layers ** (-1 / (2 * m - 2))
        for i in range(m - 1):
            assert_std(w[:, i], std, f"w[:, {i}] with L = {n_layers}, m = {m}, d = {d}", FIXUP)


def test_fixup_draws_from_a_normal_distribution_around_zero(fixup_init):
    n_layers, m, d = NETS[0]
    w = drawn(fixup_init, n_layers, m, d)[:, 0]
    std = math.sqrt(2 / d / n_layers)

    assert_mean_zero(w, "w[:, 0]")
    assert_normal(w, std, "w[:, 0]")


def test_fixup_draws_each_layer_on_its_own(fixup_init):
    for n_layers, m, d in NETS:
        w = drawn(fixup_init, n_layers, m, d)[:, :-1]
        rows = w.reshape(n_layers * (m - 1), d * d)
        std = math.sqrt(2 / d) * n_layers ** (-1 / (2 * m - 2))
        assert_rows_independent(rows, std, "w", rows="layers")


def test_fixup_draws_anew_from_torchs_global_generator(fixup_init):
    args = NETS[0]
    first = drawn(fixup_init, *args)
    second, again = called(fixup_init, *args), drawn(fixup_init, *args)

    flat = [w[:, 0].reshape(1, -1) for w in (first, second)]
    assert_unrelated(*flat, "w of one call and w of the next")
    if not torch.equal(first, again):
        raise Refused("after the same torch.manual_seed the weights are others")


@pytest.mark.parametrize("n_layers", [10, 10_000])
def test_fixup_lets_one_step_move_the_net_equally_at_any_depth(fixup_init, n_layers):
    """h^2/E(h^2) has variance 5 for a normal number's relu: the sum over L d of them is as far
    from 1 as sqrt(5/(L d)) says. Six of these are a false alarm in a billion."""
    d = 640 if n_layers == 10 else 8
    x = torch.linspace(-1, 1, d, dtype=torch.float64)
    w = drawn(fixup_init, n_layers, 2, d).detach().double()

    hidden = torch.relu(torch.einsum("j,ljk->lk", x, w[:, 0]))
    ratio = float(hidden.square().sum() / x.square().sum())

    chance = 6 * math.sqrt(5 / (n_layers * d))
    if not abs(ratio - 1) <= chance:
        raise Refused(
            f"with {n_layers:,} layers one step moves the net by {ratio:.4g} lr x^2 dL/dout; "
            f"expected 1, up to {chance:.2g} by chance\n  why: {STEP}"
        )


# --- residual_pass ------------------------------------------------------------------------------

LOSS = "loss = mean((x_L - targ)^2) with x_(l+1) = x_l + relu(x_l w[l, 0]) w[l, 1]"
WHY = {
    "x": "each x_l affects x_(l+1) in two ways, around the branch and through it, and what comes "
    "back on both adds up",
    "w": "w[l, 0] and w[l, 1] reach the loss through x_(l+1) alone, in all n rows: w[l, 1] beside "
    "what the relu lets through, w[l, 0] before it",
}
MEMORY = (
    "You hold more than about sqrt(L) activations at once, so the memory grows faster than it "
    "has to."
)

sizes = {"n": SIZES, "d": SIZES, "n_layers": SIZES, "layout": LAYOUT}


def net(draw, n, d, n_layers, layout="contiguous"):
    """Arguments with nothing before a relu so near 0 that rounding could take it across."""
    while True:
        args = {
            "x": draw(n, d, layout=layout),
            "targ": draw(n, d, layout=layout),
            "w": draw(n_layers, 2, d, d, layout=layout, scale=0.5),
        }
        if far_from_the_kinks(args["x"], args["w"]):
            return args


def assert_residual(answer, args, *names):
    expected = residual(*args.values())[1]
    assert_backward(answer, args, {name: expected[name] for name in names}, WHY, returns=True)


def test_residual_pass_sets_both_gradients_anew(residual_pass, draw):
    assert_sets_anew(
        residual_pass,
        lambda: net(draw, 5, 3, 4),
        lambda *args: residual(*args)[1],
        WHY,
        returns=True,
    )


@over(**sizes)
def test_residual_pass_returns_the_mean_squared_error(residual_pass, draw, n, d, n_layers, layout):
    args = net(draw, n, d, n_layers, layout)
    returned, _, _ = run_by_hand(residual_pass, args, [], returns=True)

    assert_close(returned, residual(*args.values())[0], args["x"], "the loss", LOSS)


@over(**sizes)
def test_residual_pass_sends_the_gradient_around_and_through_each_branch(
    residual_pass, draw, n, d, n_layers, layout
):
    assert_residual(residual_pass, net(draw, n, d, n_layers, layout), "x")


@over(**sizes)
def test_residual_pass_finds_the_gradient_of_every_layer_s_weights(
    residual_pass, draw, n, d, n_layers, layout
):
    assert_residual(residual_pass, net(draw, n, d, n_layers, layout), "w")


def test_residual_pass_is_right_where_sqrt_l_is_no_whole_number(residual_pass, draw):
    for n_layers in (7, 13):
        assert_residual(residual_pass, net(draw, 3, 2, n_layers), "x", "w")


def test_residual_pass_sends_nothing_back_where_a_relu_saw_exactly_zero(residual_pass, draw):
    """Whole numbers add up without rounding, so that each zero before a relu is exact."""
    args = {"x": draw(6, 3), "targ": draw(6, 3), "w": draw(2, 2, 3, 3)}
    args = {name: tensor.round() for name, tensor in args.items()}
    args["x"][::2] = 0.0

    assert_residual(residual_pass, args, "x", "w")


def test_residual_pass_takes_every_row_and_column(residual_pass, draw64):
    """In float32 some of so many values would always lie at a kink."""

    def check(n, d):
        assert_residual(residual_pass, net(draw64, n, d, 2), "x", "w")

    assert_all_of_it(check, n=3, d=2)


def test_residual_pass_is_done_where_the_arguments_record_gradients(residual_pass, draw):
    args = net(draw, 5, 3, 4)
    for name in ("x", "w"):
        args[name].requires_grad_()

    assert_residual(residual_pass, args, "x", "w")


def test_residual_pass_makes_its_tensors_where_the_inputs_are(residual_pass, draw):
    assert_at_home_anywhere(residual_pass, net(draw, 5, 3, 4))


def test_residual_pass_holds_about_sqrt_l_activations_at_once(residual_pass, draw):
    """Two times sqrt(L) is the least with one level of restarts; eight leaves room for hidden
    units, a stretch that is half or twice as long, and the gradients of the weights twice. Four
    times as many layers then need twice as much, and a quarter more where stretches round badly;
    four times as much is what stretches of one length need, however short they are."""
    few, many = (activations_held(residual_pass, draw, n_layers) for n_layers in (100, 400))

    if many > 8 * math.isqrt(400):
        raise Measured(
            f"with L = 400 it holds {many:.0f} times the bytes of x, "
            f"beside the gradients of w; at most 8 sqrt(L) = {8 * math.isqrt(400)}",
            MEMORY,
        )
    if many > 2.5 * few:
        raise Measured(
            f"with L = 400 it holds {many:.0f} times the bytes of x, beside the gradients of w, "
            f"and with L = 100 {few:.0f} times; sqrt(L) is twice as large",
            MEMORY,
        )


def activations_held(answer, draw, n_layers):
    """The most bytes that are held at once but for the gradients of w, over those of x."""
    n, d = 64, 2
    args = [draw(n, d), draw(n, d), draw(n_layers, 2, d, d, scale=0.05)]

    outcome = answer.attempt(args, trace=True)
    if outcome.stopped is not None:
        raise outcome.stopped

    return (outcome.trace.peak - 2 * _bytes(args[2])) / _bytes(args[0])


def _bytes(tensor):
    return tensor.numel() * tensor.element_size()


def test_residual_pass_is_right_for_ten_thousand_layers(residual_pass):
    """With weights as after Fixup's first steps; while any is 0, so are gradients."""
    draw, n_layers = Draw(torch.float64), 10_000
    x, targ, w = draw(4, 1), draw(4, 1), draw(n_layers, 2, 1, 1, scale=n_layers**-0.5)
    loss, expected = residual_of_width_one(x, targ, w)

    returned = residual_pass(x, targ, w)

    assert_close(returned, loss, w, "the loss", LOSS)
    assert_close(x.grad, expected["x"], w, "x.grad", WHY["x"])
    assert_close(w.grad, expected["w"], w, "w.grad", WHY["w"])
