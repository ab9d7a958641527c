"""Chapter 4: xavier_init, kaiming_std, kaiming_init, init_params.

Samples are as large as the checks need to see a std 3 % off or a mean 0.01 std off with a power
above 0.999; `python -m backprop.power` states it.
"""

import math

import pytest
import torch

from backprop.init_checks import FANS, LARGE, MATRICES, assert_slope_zero_unless_told
from kata.checks.numbers import as_float
from kata.checks.random import (
    assert_columns_independent,
    assert_draws_anew,
    assert_draws_globally,
    assert_mean_zero,
    assert_normal,
    assert_rows_independent,
    assert_std,
    assert_unrelated,
    assert_written,
    drawn,
)
from kata.refusal import Refused

XAVIER = "out = sum_j x_j w_j adds up fan_in terms, so each w has variance 1/fan_in"
KAIMING = "a relu of slope a keeps (1 + a^2)/2 of the second moment; var w = 2/((1 + a^2) fan_in)"
W1 = "x @ w1 adds up m terms, and the relu after it keeps half: var w1 = 2/m"
W2 = "h @ w2 adds up nh terms, and nothing halves them after it: var w2 = 1/nh"

SHAPES = [(2, 3), (1, 4), (4, 1), (1, 1)]
# m, nh, n_out: w1 is [m, nh], w2 is [nh, n_out]
NETS = [(300, 200, 250), (200, 300, 200), (1, 50_000, 1), (50_000, 1, 50_000)]
LARGE_NET = (1000, 700, 1000)


def test_xavier_has_a_row_for_each_input_and_a_column_for_each_output(xavier_init):
    for fan_in, fan_out in SHAPES:
        w = drawn(xavier_init, fan_in, fan_out)["w"]

        assert w.shape == (fan_in, fan_out)


def test_xavier_has_torchs_default_dtype(xavier_init, dtype):
    w = drawn(xavier_init, 5, 4, dtype=dtype)["w"]

    assert w.dtype == dtype


def test_xavier_writes_every_weight(xavier_init):
    for fan_in, fan_out in [(5, 4), (1, 1)]:
        assert_written(xavier_init, fan_in, fan_out)


def test_xavier_has_mean_zero(xavier_init):
    for fan_in, fan_out in [*FANS, LARGE]:
        w = drawn(xavier_init, fan_in, fan_out)["w"]

        assert_mean_zero(w, f"w [{fan_in}, {fan_out}]")


def test_xavier_has_variance_one_over_fan_in(xavier_init):
    for fan_in, fan_out in FANS:
        w = drawn(xavier_init, fan_in, fan_out)["w"]

        assert_std(w, xavier_std(fan_in), f"w [{fan_in}, {fan_out}]", XAVIER)


def test_xavier_is_normally_distributed(xavier_init):
    for fan_in, fan_out in FANS:
        w = drawn(xavier_init, fan_in, fan_out)["w"]

        assert_normal(w, xavier_std(fan_in), f"w [{fan_in}, {fan_out}]")


def test_xavier_has_independent_rows(xavier_init):
    for fan_in, fan_out in MATRICES:
        w = drawn(xavier_init, fan_in, fan_out)["w"]

        assert_rows_independent(w, xavier_std(fan_in), f"w [{fan_in}, {fan_out}]")


def test_xavier_has_independent_columns(xavier_init):
    for fan_in, fan_out in MATRICES:
        w = drawn(xavier_init, fan_in, fan_out)["w"]

        assert_columns_independent(w, xavier_std(fan_in), f"w [{fan_in}, {fan_out}]")


def test_xavier_draws_new_weights_at_each_call(xavier_init):
    for fan_in, fan_out in FANS:
        assert_draws_anew(xavier_init, fan_in, fan_out)


def test_xavier_draws_from_torchs_global_generator(xavier_init):
    for fan_in, fan_out in [(5, 4), *MATRICES]:
        assert_draws_globally(xavier_init, fan_in, fan_out)


def xavier_std(fan_in):
    return 1 / math.sqrt(fan_in)


SLOPES = [0, 0.01, 0.2, 1, 2, math.sqrt(5), -0.5]


def test_kaiming_std_is_the_root_of_two_over_fan_in(kaiming_std):
    for fan_in in (1, 2, 50, 784, 1_000_000):
        assert_kaiming_std(kaiming_std, fan_in)


def test_kaiming_std_makes_up_for_the_slope_a(kaiming_std):
    for a in SLOPES:
        for fan_in in (1, 50, 784):
            assert_kaiming_std(kaiming_std, fan_in, a)


def test_kaiming_std_depends_on_nothing_but_its_arguments(kaiming_std):
    for args in [(50, 0.2), (784, 0.0), (50, 1.0), (50, 0.2), (784, 2.0), (784,)]:
        assert_kaiming_std(kaiming_std, *args)


def kaiming(fan_in, a=0.0):
    return math.sqrt(2 / ((1 + a * a) * fan_in))


def assert_kaiming_std(answer, *args):
    """Refuse what is no Python number, then one that is off by more than 8 roundings of float32.

    The formula has 5 operations; float32 is what torch computes in unless told otherwise, and
    what the weights are in.
    """
    value, expected = as_float(answer(*args)), kaiming(*args)
    tolerance = 8 * torch.finfo(torch.float32).eps
    if not abs(value - expected) <= tolerance * expected:
        given = ", ".join(f"{arg:.4g}" for arg in args)
        raise Refused(
            f"kaiming_std({given}) is wrong\n"
            f"  got {value:.6g}  expected {expected:.6g}  ({value / expected:.6g} times as large, "
            f"tolerance {tolerance:.0e} = 8 roundings of float32)\n  why: {KAIMING}"
        )


def test_kaiming_has_a_row_for_each_input_and_a_column_for_each_output(kaiming_init):
    for fan_in, fan_out in SHAPES:
        w = drawn(kaiming_init, fan_in, fan_out)["w"]

        assert w.shape == (fan_in, fan_out)


def test_kaiming_has_torchs_default_dtype(kaiming_init, dtype):
    w = drawn(kaiming_init, 5, 4, 0.2, dtype=dtype)["w"]

    assert w.dtype == dtype


def test_kaiming_writes_every_weight(kaiming_init):
    for fan_in, fan_out in [(5, 4), (1, 1)]:
        assert_written(kaiming_init, fan_in, fan_out)


def test_kaiming_has_mean_zero(kaiming_init):
    for fan_in, fan_out in [*FANS, LARGE]:
        w = drawn(kaiming_init, fan_in, fan_out)["w"]

        assert_mean_zero(w, f"w [{fan_in}, {fan_out}]")


def test_kaiming_has_variance_two_over_fan_in(kaiming_init):
    for fan_in, fan_out in FANS:
        w = drawn(kaiming_init, fan_in, fan_out)["w"]

        assert_std(w, kaiming(fan_in), f"w [{fan_in}, {fan_out}]", KAIMING)


def test_kaiming_makes_up_for_the_slope_a(kaiming_init):
    for a in SLOPES:
        w = drawn(kaiming_init, 300, 200, a)["w"]

        assert_std(w, kaiming(300, a), f"w for a = {a:.3g}", KAIMING)


def test_kaiming_takes_the_slope_to_be_zero_where_none_is_given(kaiming_init):
    for fan_in, fan_out in [(5, 4), *MATRICES]:
        assert_slope_zero_unless_told(kaiming_init, fan_in, fan_out)


def test_kaiming_is_normally_distributed(kaiming_init):
    for fan_in, fan_out in FANS:
        w = drawn(kaiming_init, fan_in, fan_out)["w"]

        assert_normal(w, kaiming(fan_in), f"w [{fan_in}, {fan_out}]")


def test_kaiming_has_independent_rows(kaiming_init):
    for fan_in, fan_out in MATRICES:
        w = drawn(kaiming_init, fan_in, fan_out)["w"]

        assert_rows_independent(w, kaiming(fan_in), f"w [{fan_in}, {fan_out}]")


def test_kaiming_has_independent_columns(kaiming_init):
    for fan_in, fan_out in MATRICES:
        w = drawn(kaiming_init, fan_in, fan_out)["w"]

        assert_columns_independent(w, kaiming(fan_in), f"w [{fan_in}, {fan_out}]")


def test_kaiming_draws_new_weights_at_each_call(kaiming_init):
    for fan_in, fan_out in FANS:
        assert_draws_anew(kaiming_init, fan_in, fan_out)


def test_kaiming_draws_from_torchs_global_generator(kaiming_init):
    for fan_in, fan_out in [(5, 4), *MATRICES]:
        assert_draws_globally(kaiming_init, fan_in, fan_out)


def test_params_have_an_axis_for_inputs_for_hidden_units_and_for_outputs(init_params):
    for sizes in [(4, 3, 2), (1, 3, 2), (4, 1, 2), (4, 3, 1), (1, 1, 1)]:
        m, nh, n_out = sizes
        params = drawn(init_params, m, nh, n_out)

        assert [list(p.shape) for p in params.values()] == [[m, nh], [nh], [nh, n_out], [n_out]]


def test_params_are_for_one_output_unless_told_otherwise(init_params):
    params = drawn(init_params, 4, 3)

    assert [list(p.shape) for p in params.values()] == [[4, 3], [3], [3, 1], [1]]


def test_params_have_torchs_default_dtype(init_params, dtype):
    params = drawn(init_params, 4, 3, 2, dtype=dtype)

    assert {p.dtype for p in params.values()} == {dtype}


def test_every_one_of_the_params_is_written(init_params):
    assert_written(init_params, 4, 3, 2)


@pytest.mark.parametrize("name", ["b1", "b2"])
def test_the_biases_are_zero(init_params, name):
    b = drawn(init_params, 4, 3, 2)[name]

    if not (b == 0).all():
        raise Refused(
            f"{name} is {[round(v, 4) for v in b.tolist()]}; expected zeros\n"
            "  why: the random weights already tell the units apart; a bias other than 0 only "
            "shifts the mean of what they give"
        )


def test_w1_and_w2_have_mean_zero(init_params):
    for sizes in [*NETS, LARGE_NET]:
        params = drawn(init_params, *sizes)

        assert_mean_zero(params["w1"], "w1")
        assert_mean_zero(params["w2"], "w2")


def test_w1_has_variance_two_over_m(init_params):
    for sizes in NETS:
        w1 = drawn(init_params, *sizes)["w1"]

        assert_std(w1, kaiming(sizes[0]), "w1", W1)


def test_w2_has_variance_one_over_nh(init_params):
    for sizes in NETS:
        w2 = drawn(init_params, *sizes)["w2"]

        assert_std(w2, xavier_std(sizes[1]), "w2", W2)


def test_w1_is_normally_distributed(init_params):
    for sizes in NETS:
        w1 = drawn(init_params, *sizes)["w1"]

        assert_normal(w1, kaiming(sizes[0]), "w1")


def test_w2_is_normally_distributed(init_params):
    for sizes in NETS:
        w2 = drawn(init_params, *sizes)["w2"]

        assert_normal(w2, xavier_std(sizes[1]), "w2")


def test_w1_and_w2_have_independent_rows(init_params):
    for sizes in NETS[:2]:
        params = drawn(init_params, *sizes)

        assert_rows_independent(params["w1"], kaiming(sizes[0]), "w1")
        assert_rows_independent(params["w2"], xavier_std(sizes[1]), "w2")


def test_w1_and_w2_have_independent_columns(init_params):
    for sizes in NETS[:2]:
        params = drawn(init_params, *sizes)

        assert_columns_independent(params["w1"], kaiming(sizes[0]), "w1")
        assert_columns_independent(params["w2"], xavier_std(sizes[1]), "w2")


def test_w1_and_w2_share_no_numbers(init_params):
    for sizes in [*NETS[:2], (200, 200, 200)]:
        params = drawn(init_params, *sizes)
        w1, w2 = params["w1"], params["w2"]
        k = min(w1.numel(), w2.numel())

        assert_unrelated(w1.reshape(1, -1)[:, :k], w2.reshape(1, -1)[:, :k], "w1 and w2, in order,")
        assert_unrelated(w1, w2.T, "a row of w1 and a column of w2")
        if sizes[0] == sizes[1]:
            assert_unrelated(w1.T, w2.T, "a column of w1 and a column of w2")


def test_w1_and_w2_are_drawn_anew_at_each_call(init_params):
    for sizes in NETS:
        assert_draws_anew(init_params, *sizes)


def test_params_are_drawn_from_torchs_global_generator(init_params):
    for sizes in [(5, 4, 3), *NETS[:2]]:
        assert_draws_globally(init_params, *sizes)
