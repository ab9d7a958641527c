"""Chapter 11: numeric_grad, good_step, grad_is_right.

The functions that the answers are given live in backprop.dialogues.gradient_check, which hands them
on.
"""

import pytest
import torch

from backprop import oracle
from backprop.dialogues.gradient_check import FUNCTIONS
from kata.checks.anywhere import called_elsewhere
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import BOOL_TENSOR, DEFAULT_DTYPE, ELEMENTWISE
from kata.checks.gradients import AUTOGRAD
from kata.checks.inputs import HUGE, LAYOUT, MAGNITUDE, SIZES, lay_out, over
from kata.checks.large import assert_all_of_it
from kata.checks.numbers import as_float
from kata.checks.state import assert_looks_again, assert_results_last
from kata.refusal import Measured, Refused

CENTRAL = "grad[j] = (f(x + h e_j) - f(x - h e_j)) / (2 h)"

# --- numeric_grad -------------------------------------------------------------------------------


def numeric(answer, *args):
    """Call it through the script."""
    return answer.attempt(args, via="gradient_check.numeric").value


def assert_cubic(answer, x, h, c):
    """f = sum_j c_j x_j^3, whose central difference is c (3 x^2 + h^2).

    Each of k terms of f takes 3 products of what was rounded once (x + h), and k sums: k + 6
    roundings of sum |c| (|x| + h)^3, on both sides, and it is divided by 2 h.
    """
    exact, weights = oracle.exact(x), oracle.exact(c)
    values = weights * (3 * exact**2 + h**2)
    scale = (weights.abs() * (exact.abs() + h) ** 3).sum() / h
    expected = Expected(values, scale.expand(x.shape), x.numel() + 8)

    returned = numeric(answer, "cubic", x, h, 1.0, c)
    assert_close(returned, expected, x, "the gradient", CENTRAL)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_numeric_grad_is_the_central_difference(numeric_grad, draw, n, m, layout, size):
    """h is a tenth of x, so that its square can be seen, and one-sided differences, too."""
    x = draw(n, m, layout=layout, scale=size)

    assert_cubic(numeric_grad, x, size / 10, draw(n, m))


@pytest.mark.parametrize("h", [0.5, 0.03])
def test_numeric_grad_takes_the_step_it_is_given(numeric_grad, draw, h):
    assert_cubic(numeric_grad, draw(3, 4), h, draw(3, 4))


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4), (), (1,)])
def test_numeric_grad_takes_any_number_of_axes(numeric_grad, draw, shape):
    assert_cubic(numeric_grad, draw(*shape), 0.1, draw(*shape))


def test_numeric_grad_gives_f_a_tensor_of_the_shape_of_x(numeric_grad, draw):
    """f = sum u (x @ w) is linear: the central difference is u @ w.T for every h."""
    x, w, u = draw(5, 4), draw(4, 3), draw(5, 3)
    exact = [oracle.exact(t) for t in (x, w, u)]
    scale = ((exact[0].abs() + 0.1) @ exact[1].abs() * exact[2].abs()).sum() / 0.1
    wanted = Expected(exact[2] @ exact[1].T, scale.expand(5, 4), 4 + 15 + 5)

    returned = numeric(numeric_grad, "bilinear", x, 0.1, 1.0, w, u)

    assert_close(returned, wanted, x, "the gradient", CENTRAL)


def test_numeric_grad_moves_one_element_at_a_time(numeric_grad, draw):
    """f = (sum c x)^2: a sum of k products, squared, on both sides, divided by 2 h."""
    x, c = draw(3, 4), draw(3, 4)
    exact, weights = oracle.exact(x), oracle.exact(c)
    values = 2 * weights * (weights * exact).sum()
    scale = (weights.abs() * (exact.abs() + 0.1)).sum().square() / 0.1
    wanted = Expected(values, scale.expand(3, 4), 2 * x.numel() + 8)

    returned = numeric(numeric_grad, "coupled", x, 0.1, 1.0, c)

    assert_close(returned, wanted, x, "the gradient", CENTRAL)


def test_numeric_grad_is_zero_where_f_does_not_look_at_x(numeric_grad, draw):
    x = draw(3, 4)

    returned = numeric(numeric_grad, "constant", x, 0.1, 1.0, draw(5))

    zeros = torch.zeros(3, 4, dtype=torch.float64)
    assert_close(returned, Expected(zeros, zeros, 1), x, "the gradient", CENTRAL)


def test_numeric_grad_moves_every_element(numeric_grad, draw64):
    assert_all_of_it(lambda n: assert_cubic(numeric_grad, draw64(n), 0.1, draw64(n)), n=3)


def test_numeric_grad_looks_at_what_x_holds_at_each_call(numeric_grad, draw):
    def check(x, c):
        assert_cubic(numeric_grad, x, 0.1, c)

    assert_looks_again(check, [draw(3, 4), draw(3, 4)], [draw(3, 4), draw(3, 4)])


def test_numeric_grad_stays_what_it_is_in_later_calls(numeric_grad, draw):
    assert_results_last(lambda: numeric(numeric_grad, "cubic", draw(3, 4), 0.1, 1.0, draw(3, 4)))


def test_numeric_grad_takes_no_help_and_makes_its_tensors_where_x_is(numeric_grad, draw):
    x, c = draw(3, 4), draw(3, 4)
    other = torch.float64 if x.dtype == torch.float32 else torch.float32

    outcome = called_elsewhere(
        numeric_grad, ("cubic", x, 0.1, 1.0, c), via="gradient_check.numeric"
    )

    returned, trace = outcome.value, outcome.trace
    if trace.autograd:
        raise Measured(f"the gradient was taken by {trace.autograd}", AUTOGRAD)
    if isinstance(returned, torch.Tensor) and returned.dtype == other:
        raise Refused(f"with another default dtype, the gradient is {other}", DEFAULT_DTYPE)


# --- good_step ----------------------------------------------------------------------------------

STEP = "error(h) = h^2 + eps/h up to constants: the slope at x is missed, or drowned in rounding"


def test_good_step_loses_at_most_one_digit_more_than_the_best(good_step, dtype):
    """With h = c eps^(1/3), h^2 + 2 eps/h is (c^2 + 2/c) eps^(2/3): least, 3, at c = 1.

    It is ten times that at c = 0.0667 and c = 5.44.
    """
    got = as_float(good_step(dtype))
    if not 0 < got < float("inf"):
        raise Refused(f"h is {got:.3g}; expected a small positive number")
    best = torch.finfo(dtype).eps ** (1 / 3)
    c = got / best
    if not c**2 + 2 / c <= 10 * 3:
        raise Refused(
            f"for {str(dtype).removeprefix('torch.')}, h = {got:.2g} is {c:.2g} times the "
            f"best h\n  its error is {(c**2 + 2 / c) / 3:.0f} times the least; expected at most 10"
            f" times\n  why: {STEP}"
        )


# --- grad_is_right ------------------------------------------------------------------------------

NORM = "|numeric - grad| <= tolerance |numeric|, over all elements together"
LEAST = {torch.float32: 1e-2, torch.float64: 1e-5}  # a fault of so much of the length is seen


def cases(draw, scale):
    """Functions by name, with what they take and their gradient, in the dtype of x.

    x and the gradient are transposed, so that their rows do not lie one after the other.
    """
    for name, shape, *more in [
        ("cubic", (3, 4), draw(3, 4)),
        ("cubic", (7,), draw(7)),
        ("bilinear", (5, 4), draw(4, 3), draw(5, 3)),
        ("bent", (2, 3), draw(3, 4), draw(2, 4)),
        ("bent", (1, 1), draw(1, 1), draw(1, 1)),
    ]:
        x = draw(*shape, layout="transposed")
        yield name, x, more, lay_out(scale * gradient(name, x, more), "transposed")


def gradient(name, x, more):
    """The exact gradient, by autograd in float64, rounded to x's dtype."""
    rest = [oracle.exact(m) for m in more]
    return oracle.autograd(lambda x: FUNCTIONS[name](x, *rest), (x,))[0].to(x.dtype)


def assert_says(answer, expected, name, x, grad, scale, more, why):
    """Refuse what is no Python bool, then the wrong one of the two."""
    got = answer.attempt((name, x, grad, scale, *more), via="gradient_check.check").value
    if isinstance(got, torch.Tensor) and got.dtype == torch.bool:
        said = BOOL_TENSOR if got.dim() == 0 else ELEMENTWISE
        raise Refused(f"the result is a tensor, {got.tolist()}; expected True or False", said)
    if type(got) is not bool:
        raise Refused(f"the result is {got!r} ({type(got).__name__}); expected True or False")
    if got is not expected:
        raise Refused(
            f"it says {got} of {why}; expected {expected}\n"
            f"  f is {scale:g} times {name}, x of shape {list(x.shape)}, {x.dtype}\n  why: {NORM}"
        )


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_check_accepts_right_gradients(grad_is_right, draw, scale):
    for name, x, more, grad in cases(draw, scale):
        assert_says(grad_is_right, True, name, x, grad, scale, more, "the right gradient")


def test_check_takes_its_own_differences(grad_is_right, draw):
    name, x, more, grad = next(cases(draw, 1.0))

    args = (name, x, grad, 1.0, *more)
    outcome = grad_is_right.attempt(args, via="gradient_check.check", trace=True)

    assert_says(grad_is_right, True, name, x, grad, 1.0, more, "the right gradient")
    if outcome.trace.autograd:
        raise Measured(f"the gradient was taken by {outcome.trace.autograd}", AUTOGRAD)


def test_check_accepts_a_gradient_that_is_zero_in_places(grad_is_right, draw):
    c = draw(3, 4)
    c[:, 1:3] = 0.0
    x = draw(3, 4)

    grad = gradient("cubic", x, [c])

    assert_says(grad_is_right, True, "cubic", x, grad, 1.0, [c], "the right gradient")


def test_check_accepts_a_gradient_that_is_zero_everywhere(grad_is_right, draw):
    x = draw(3, 4)
    zero = torch.zeros_like(x)

    assert_says(grad_is_right, True, "constant", x, zero, 1.0, [draw(5)], "a gradient of zeros")


def off_in_one_element(grad, by):
    """grad, with one element off by this share of its length."""
    wrong = grad.clone()
    wrong[(-1,) * grad.dim()] += by * grad.norm()
    return wrong


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_check_refuses_gross_faults(grad_is_right, draw, scale):
    for name, x, more, grad in cases(draw, scale):
        wrongs = {
            "a gradient of zeros": torch.zeros_like(grad),
            "a gradient with the wrong sign": -grad,
            "twice the gradient": 2 * grad,
            "half the gradient": grad / 2,
        }
        for why, wrong in wrongs.items():
            assert_says(grad_is_right, False, name, x, wrong, scale, more, why)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_check_refuses_faults_that_are_small(grad_is_right, draw, scale):
    """1.5 times the least fault that must be seen, since grad, too, is rounded."""
    by = 1.5 * LEAST[draw.dtype]
    for name, x, more, grad in cases(draw, scale):
        wrongs = {
            f"a gradient {100 * by:g} % too large": (1 + by) * grad,
            f"a gradient {100 * by:g} % too small": (1 - by) * grad,
            f"a gradient with one element {100 * by:g} % of its length too large": (
                off_in_one_element(grad, by)
            ),
        }
        for why, wrong in wrongs.items():
            assert_says(grad_is_right, False, name, x, wrong, scale, more, why)


def test_check_refuses_faults_that_add_up_to_nothing(grad_is_right, draw):
    """The faults of all elements have the sum 0, so that a mean or a sum does not see them."""
    x, c = draw(3, 4), draw(3, 4)
    fault = draw(3, 4)

    wrong = gradient("cubic", x, [c]) + fault - fault.mean()

    assert_says(grad_is_right, False, "cubic", x, wrong, 1.0, [c], "a wrong gradient")


def test_check_refuses_a_fault_spread_over_many_elements(grad_is_right, draw):
    """One element is about as long as all together, and each fault is 1/20 of theirs."""
    x, c = draw(400), 1e-3 * draw(400)
    x[7], c[7] = 1.0, 1.0
    by, grad = 1.5 * LEAST[draw.dtype], gradient("cubic", x, [c])

    spread = grad + by * grad.norm() / 20 * draw(400).sign()

    assert_says(grad_is_right, True, "cubic", x, grad, 1.0, [c], "the right gradient")
    why = f"a gradient whose elements are all off, together by {100 * by:g} % of its length"
    assert_says(grad_is_right, False, "cubic", x, spread, 1.0, [c], why)


def test_check_looks_at_every_element(grad_is_right, draw64):
    """Of one fault that half the gradient's length is: float64, as the sum is rounded, too."""

    def check(n):
        x, c = draw64(n), draw64(n)
        grad = gradient("cubic", x, [c])
        assert_says(grad_is_right, True, "cubic", x, grad, 1.0, [c], "the right gradient")
        wrong, why = off_in_one_element(grad, 0.5), "a gradient with one element far off"
        assert_says(grad_is_right, False, "cubic", x, wrong, 1.0, [c], why)

    assert_all_of_it(check, n=3)


def test_check_looks_at_what_the_gradient_holds_at_each_call(grad_is_right, draw):
    x, c = draw(3, 4), draw(3, 4)
    right = gradient("cubic", x, [c])

    def check(grad):
        is_right = torch.equal(grad, right)
        why = f"{'the right' if is_right else 'twice the'} gradient"
        assert_says(grad_is_right, is_right, "cubic", x, grad, 1.0, [c], why)

    assert_looks_again(check, [right.clone()], [2 * right])


def test_check_tells_huge_gradients_apart(grad_is_right, draw):
    x, c = draw(3, 4), draw(3, 4)
    grad, huge = gradient("cubic", x, [c]), HUGE[draw.dtype]

    assert_says(grad_is_right, True, "cubic", x, huge * grad, huge, [c], "the right gradient")
    assert_says(grad_is_right, False, "cubic", x, 2 * huge * grad, huge, [c], "twice the gradient")


def test_check_refuses_a_gradient_of_another_shape(grad_is_right, draw):
    x, c = torch.ones_like(draw(4, 4)), torch.ones_like(draw(4, 4))
    grad = gradient("cubic", x, [c])

    for wrong in (grad[0], grad[:1], grad.sum(0), grad[0, 0], grad.reshape(-1)):
        why = f"a gradient of shape {list(wrong.shape)}"
        assert_says(grad_is_right, False, "cubic", x, wrong, 1.0, [c], why)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_check_refuses_nan_and_infinity(grad_is_right, draw, value):
    for name, x, more, grad in cases(draw, 1.0):
        grad[(0,) * grad.dim()] = value
        assert_says(grad_is_right, False, name, x, grad, 1.0, more, f"a gradient with {value}")
