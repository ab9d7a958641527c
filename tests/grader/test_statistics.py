"""The bounds of the statistical checks are scipy's, their powers are as stated, and right samples
pass: each against scipy.stats or a simulation, which know nothing of kata.checks.statistics."""

import math

import pytest
import torch
from scipy import stats

from backprop import power
from backprop.init_checks import FANS, LARGE
from kata.answers.call import Answer
from kata.checks import statistics
from kata.checks.random import (
    assert_columns_independent,
    assert_draws_anew,
    assert_mean_zero,
    assert_normal,
    assert_rows_independent,
    assert_std,
    assert_unrelated,
)
from kata.checks.statistics import ALPHA
from kata.course import course
from kata.refusal import Refused

SIZES = [30, 1000, 50_000, 700_000]
LEAST_POWER = 0.999


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float64)


# --- the bounds --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_the_bounds_of_the_mean_are_the_normal_distribution_s(n):
    expected = stats.norm.interval(1 - ALPHA, scale=1 / math.sqrt(n))

    assert statistics.mean_bounds(n) == pytest.approx(expected)


@pytest.mark.parametrize("n", SIZES)
def test_the_bounds_of_the_mean_in_measured_stds_are_student_s(n):
    expected = stats.t.interval(1 - ALPHA, n - 1, scale=1 / math.sqrt(n))

    assert statistics.student_bounds(n) == pytest.approx(expected)


@pytest.mark.parametrize("n", SIZES)
def test_the_bounds_of_the_std_are_chi_squared_s(n):
    expected = [math.sqrt(v / n) for v in stats.chi2.interval(1 - ALPHA, n)]

    assert statistics.std_bounds(n) == pytest.approx(expected)


@pytest.mark.parametrize("n", [30, 1000, 50_000])
def test_the_bound_of_the_distance_is_safe_at_every_size_and_little_more(n):
    exact = stats.kstwo.sf(statistics.distance_bounds(n)[1], n)

    assert 0.2 * ALPHA < exact <= ALPHA


@pytest.mark.parametrize("n", SIZES)
def test_the_bounds_of_the_largest_leave_half_of_alpha_on_each_side(n):
    low, high = statistics.largest_bounds(n)

    below_low = math.exp(n * math.log1p(-2 * stats.norm.sf(low)))
    above_high = -math.expm1(n * math.log1p(-2 * stats.norm.sf(high)))
    assert [below_low, above_high] == pytest.approx([ALPHA / 2] * 2, rel=1e-6)


@pytest.mark.parametrize(("length", "pairs"), [(200, 1), (200, 44_850), (300, 19_900), (50_000, 1)])
def test_the_bound_of_the_cosine_is_student_s(length, pairs):
    """For independent normal vectors c sqrt(k - 1) / sqrt(1 - c^2) is Student's t with k - 1."""
    cosine = statistics.cosine_bounds(length, pairs)[1]

    t = cosine * math.sqrt((length - 1) / (1 - cosine**2))
    assert 2 * stats.t.sf(t, length - 1) == pytest.approx(ALPHA / pairs, rel=1e-6)


def test_the_distance_is_kolmogorov_and_smirnov_s():
    z = normal(500)

    assert statistics.distance(z) == pytest.approx(stats.kstest(z.numpy(), "norm").statistic)


def test_right_samples_leave_each_bound_as_seldom_as_alpha_says():
    """Simulated at alpha = 5 %: 2,000 samples may be off by 5 of their standard errors."""
    alpha, samples, n = 0.05, 2000, 400
    z = normal(samples, n)
    pair = normal(samples, 2, n)
    figures = {
        statistics.mean_bounds: z.mean(1).tolist(),
        statistics.student_bounds: (z.mean(1) / z.std(1)).tolist(),
        statistics.std_bounds: z.square().mean(1).sqrt().tolist(),
        statistics.distance_bounds: [statistics.distance(row) for row in z],
        statistics.largest_bounds: z.abs().amax(1).tolist(),
        statistics.cosine_bounds: [
            float(statistics.cosines(a[None], b[None])) for a, b in pair.unbind(0)
        ],
    }

    for bounds, values in figures.items():
        low, high = bounds(n, alpha=alpha)
        share = sum(not low <= value <= high for value in values) / samples
        assert share == pytest.approx(alpha, abs=5 * math.sqrt(alpha / samples)), bounds


# --- the powers --------------------------------------------------------------------------------


def best(rows):
    """The greatest power by alternative, over all checks and samples."""
    found = {}
    for row in rows:
        key = row.exercise, row.alternative
        found[key] = max(found.get(key, 0), 1 - row.miss)
    return found


@pytest.mark.parametrize(("key", "power"), best(power.powers()).items(), ids=str)
def test_each_alternative_is_refused_with_a_power_of_at_least_0_999(key, power):
    assert power >= LEAST_POWER


def test_a_power_below_0_999_is_made_up_for_by_another_check_or_sample():
    weak = {
        (row.check, row.alternative, row.fans)
        for row in power.powers()
        if 1 - row.miss < LEAST_POWER
    }

    assert weak == {
        # 2/(fan_in + fan_out) is 2/fan_in there, up to 1e-5
        ("std", "Glorot", (50_000, 1)),
        # `largest` sees it with certainty
        *(("shape", "truncated at 2 std, rescaled", fans) for fans in FANS[2:]),
        # `shape` sees it with certainty
        *(("largest", "Laplace", fans) for fans in FANS),
    }


def test_every_alternative_that_we_promise_to_refuse_has_its_power_stated():
    table = power.table()
    scales = ("Xavier", "Glorot", "Kaiming", "fan_out", "3 % too large", "3 % too small")
    shapes = ("uniform", "truncated", "Laplace", "a mean of 0.01 std")
    copies = ("identical rows", "identical columns", "the same weights at each call")

    for name in scales + shapes + copies:
        assert f"| {name}" in table


def share(values):
    return sum(map(bool, values)) / len(values)


def near(simulated, of):
    """Within 5 standard errors of a share of so many samples."""
    return pytest.approx(simulated, abs=5 * 0.5 / math.sqrt(of))


def test_the_power_of_the_mean_and_of_the_std_is_the_simulated_one():
    samples, n, shift, ratio = 2000, 1000, 0.15, 1.12
    z = normal(samples, n)
    (low, high), (least, most) = statistics.student_bounds(n), statistics.std_bounds(n)

    mean = (z.mean(1) + shift) / z.std(1)
    missed_mean = share((mean >= low) & (mean <= high))
    spread = ratio * z.square().mean(1).sqrt()
    missed_std = share((spread >= least) & (spread <= most))

    assert power._miss_mean(n, shift) == near(missed_mean, samples)
    assert power._miss_std(n, ratio) == near(missed_std, samples)


def test_the_power_of_the_largest_and_of_the_cosine_is_the_simulated_one():
    samples, n, cosine = 2000, 300, 0.3
    laplace = torch.distributions.Laplace(0.0, 1 / math.sqrt(2)).sample((samples, n)).double()
    low, high = statistics.largest_bounds(n)
    largest = laplace.abs().amax(1)
    a, b = normal(samples, n), normal(samples, n)
    related = torch.cosine_similarity(a, cosine * a + math.sqrt(1 - cosine**2) * b, dim=1)

    missed = share((largest >= low) & (largest <= high))
    missed_cosine = share(related.abs() <= statistics.cosine_bounds(n)[1])

    assert power._miss_largest(n, power.SHAPES["Laplace"]) == near(missed, samples)
    assert power._miss_cosine(n, cosine) == near(missed_cosine, samples)


def test_the_power_of_the_shape_is_no_less_than_stated():
    samples, n = 300, 3000
    uniform = (2 * torch.rand(samples, n, dtype=torch.float64) - 1) * math.sqrt(3)
    stated = power._miss_shape(n, power.SHAPES["uniform"])

    missed = share([statistics.distance(z) <= statistics.distance_bounds(n)[1] for z in uniform])

    assert 0.05 < stated < 0.95, "or the comparison says little"
    assert missed <= stated + 5 * 0.5 / math.sqrt(samples)


@pytest.mark.parametrize("name", power.SHAPES)
def test_the_alternatives_have_mean_0_and_std_1_unless_said(name):
    """By the integral of the distribution function: E x^2 = 4 int_0^inf x (1 - F(x)) dx."""
    x = torch.linspace(0, 30, 300_001, dtype=torch.float64)
    cdf = power.SHAPES[name]

    variance = 4 * float(torch.trapezoid(x * (1 - cdf(x)), x))

    expected = power.TRUNCATED_STD**2 if name == "truncated at 2 std" else 1
    assert variance == pytest.approx(expected, rel=1e-3)


# --- the checks on samples ---------------------------------------------------------------------


def rescaled(cut):
    z = torch.empty(300, 200, dtype=torch.float64)
    return torch.nn.init.trunc_normal_(z, 0, 1, -2, 2) / (power.TRUNCATED_STD if cut else 1)


SHAPED = {
    "uniform": lambda: (2 * torch.rand(300, 200) - 1) * math.sqrt(3),
    "Rademacher": lambda: normal(300, 200).sign(),
    "truncated": lambda: rescaled(False),
    "truncated, rescaled": lambda: rescaled(True),
    "Laplace": lambda: torch.distributions.Laplace(0.0, math.sqrt(0.5)).sample((300, 200)),
    "Student's with 5": lambda: torch.distributions.StudentT(5.0).sample((300, 200)) * 0.6**0.5,
    "half of them 0": lambda: normal(300, 200) * torch.randint(2, (300, 200)) * math.sqrt(2),
}
COPIED = {
    "identical rows": lambda: normal(1, 200).repeat(300, 1),
    "every row twice": lambda: normal(150, 200).repeat(2, 1),
    "two rows alike": lambda: torch.cat([normal(299, 200), normal(1, 200)])[[*range(299), 7]],
    "rows and -rows": lambda: torch.cat([z := normal(150, 200), -z]),
    "rank one": lambda: torch.outer(normal(300), normal(200)),
    "a common part": lambda: (normal(300, 200) + 0.2 * normal(200)) / math.sqrt(1.04),
}


def test_right_samples_pass_every_check():
    for fans in [*FANS[:2], LARGE]:
        z = normal(*fans)

        assert_mean_zero(z * 0.1, "z")
        assert_std(z * 0.1, 0.1, "z", "")
        assert_normal(z * 0.1, 0.1, "z")
        assert_rows_independent(z * 0.1, 0.1, "z")
        assert_columns_independent(z * 0.1, 0.1, "z")
        assert_unrelated(z, normal(*fans), "z")


@pytest.mark.parametrize("name", SHAPED)
def test_a_sample_of_another_shape_is_refused(name):
    with pytest.raises(Refused, match=r"normally distributed|the tails"):
        assert_normal(SHAPED[name](), 1.0, "w")


@pytest.mark.parametrize("name", COPIED)
def test_a_matrix_with_rows_or_columns_in_common_is_refused(name):
    w = COPIED[name]()

    with pytest.raises(Refused, match=r"rows"):
        assert_rows_independent(w, 1.0, "w")
    with pytest.raises(Refused, match=r"columns"):
        assert_columns_independent(w.T, 1.0, "w")


@pytest.mark.parametrize("shift", [0.01, -0.01])
def test_a_mean_of_a_hundredth_of_the_std_is_refused(shift):
    with pytest.raises(Refused, match="has mean"):
        assert_mean_zero(normal(*LARGE) + shift, "w")


@pytest.mark.parametrize("ratio", [0.01, 3.0, 100.0])
def test_a_wrong_std_is_no_wrong_mean(ratio):
    z = normal(*LARGE)
    z = z - z.mean() + 4 / math.sqrt(z.numel())  # 4 standard errors off, as chance may have it

    assert_mean_zero(z * ratio, "w")
    with pytest.raises(Refused, match="has standard deviation"):
        assert_std(z * ratio, 1.0, "w", "")


def test_a_mean_is_refused_however_small_the_std():
    with pytest.raises(Refused, match="has mean"):
        assert_mean_zero((normal(*LARGE) + 0.01) * 1e-4, "w")


@pytest.mark.parametrize("fans", FANS, ids=str)
@pytest.mark.parametrize("ratio", [0.97, 1.03])
def test_a_std_three_percent_off_is_refused(ratio, fans):
    with pytest.raises(Refused, match="has standard deviation"):
        assert_std(normal(*fans) * ratio, 1.0, "w", "")


def test_weights_half_of_which_come_again_at_the_next_call_are_refused():
    kept = torch.randn(150, 200)
    answer = Answer(
        "xavier_init", lambda m, n: torch.cat([kept, torch.randn(150, 200)]), course().solutions
    )

    with pytest.raises(Refused, match="one call"):
        assert_draws_anew(answer, 300, 200)


# --- false alarms ------------------------------------------------------------------------------


def test_the_solutions_cause_no_false_alarm():
    tally = power.count(2)

    assert tally.alarms == []
    assert tally.checks > 2 * 80
    assert str(tally).startswith(f"2 seeds, {tally.checks} checks, 0 false alarms, ")


def test_an_alarm_is_counted_and_stops_nothing():
    class Answers:
        """The answers of a learner who forgets to scale."""

        def answer(self, name):
            def unscaled(m, n, o=1):
                return torch.randn(m, n)

            right = power.Submission(course().solutions).answer(name)
            return Answer(name, unscaled, course().solutions) if name == "xavier_init" else right

    tally = power.count(1, Answers())

    off = [fan_in for fan_in, _ in FANS if fan_in > 1]  # for one input 1 is the right std
    assert sum("has standard deviation" in alarm for alarm in tally.alarms) == len(off)
    assert not any("has mean" in alarm for alarm in tally.alarms)
    assert tally.checks == power.count(1).checks
    assert all(alarm.startswith("seed 0: ") for alarm in tally.alarms)
