"""Known wrong answers of chapter 11, each with the sentence a kind teacher would say."""

import numpy as np
import torch

from backprop.dialogues.gradient_check import FUNCTIONS
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, BOOL_TENSOR, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

# --- numeric_grad --------------------------------------------------------------------------------


@probes("numeric_grad")
def numeric_grad_probes(draw):
    for shape, h in [((3, 4), 0.1), ((2, 2), 0.3), ((1, 1), 0.1), ((4,), 0.2), ((), 0.1)]:
        x, c = (1 + torch.arange(len(draw(*shape).flatten())).to(draw.dtype) for _ in range(2))
        x, c = x.reshape(shape) / 4, (2 - c / 3).reshape(shape)
        yield Via(("cubic", x, h, 1.0, c), "gradient_check.numeric")
    x, w, u = draw(5, 4), draw(4, 3), draw(5, 3)
    yield Via(("bilinear", x, 0.1, 1.0, w, u), "gradient_check.numeric")
    yield Via(("bent", draw(2, 3), 0.4, 1.0, draw(3, 4), draw(2, 4)), "gradient_check.numeric")
    x = draw(4, 3).T
    yield Via(("cubic", x, 0.1, 1.0, draw(3, 4)), "gradient_check.numeric")


def differences(f, x, h, one_side=None):
    """The right ones; or what one_side(f, x, step) makes of each."""
    slope = one_side or (lambda f, x, step: (f(x + step) - f(x - step)) / (2 * h))
    steps = [h * e.reshape(x.shape) for e in torch.eye(x.numel(), dtype=x.dtype)]
    return torch.stack([slope(f, x, step) for step in steps]).reshape(x.shape)


ONE_SIDED = (
    "You take one side: f(x + h) - f(x). Its error shrinks with h, the central one's with h^2; "
    "step to both sides."
)


@mistake("numeric_grad", ONE_SIDED)
def forward_difference(f, x, h):
    return differences(f, x, h, lambda f, x, s: (f(x + s) - f(x)) / h)


@mistake("numeric_grad", ONE_SIDED.replace("f(x + h) - f(x)", "f(x) - f(x - h)"))
def backward_difference(f, x, h):
    return differences(f, x, h, lambda f, x, s: (f(x) - f(x - s)) / h)


@mistake("numeric_grad", "You divide by h. The two sides are 2 h apart: divide by 2 h.")
def divides_by_h(f, x, h):
    return 2 * differences(f, x, h)


@mistake("numeric_grad", "You divide by 2 and multiply by h: (.../2 * h). Put 2 * h in brackets.")
def forgets_brackets(f, x, h):
    return differences(f, x, h, lambda f, x, s: (f(x + s) - f(x - s)) / 2 * h)


@mistake(
    "numeric_grad", "You do not divide at all. A slope is a difference over its distance, 2 h."
)
def never_divides(f, x, h):
    return differences(f, x, h, lambda f, x, s: f(x + s) - f(x - s))


@mistake("numeric_grad", "Your slope has the wrong sign: f(x + h e_j) comes first.")
def wrong_sign(f, x, h):
    return -differences(f, x, h)


@mistake(
    "numeric_grad",
    "You add the two sides. The slope is their difference: f(x + h e_j) - f(x - h e_j).",
)
def adds_the_sides(f, x, h):
    return differences(f, x, h, lambda f, x, s: (f(x + s) + f(x - s)) / (2 * h))


@mistake(
    "numeric_grad",
    "You move all elements of x at once, which gives the sum of all slopes. Move one at a time.",
)
def moves_all_at_once(f, x, h):
    return torch.full_like(x, float(f(x + h) - f(x - h)) / (2 * h))


@mistake(
    "numeric_grad",
    "You give back one number: the slope when all elements move at once. Move them one at a time.",
)
def one_number(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


@mistake("numeric_grad", "Your gradient is flat. It has the shape of x.")
def flat(f, x, h):
    return differences(f, x, h).reshape(-1)


@mistake(
    "numeric_grad",
    "You give f a flat tensor. f expects one of the shape of x: reshape what you pass on.",
)
def gives_f_a_flat_tensor(f, x, h):
    return differences(lambda v: f(v.reshape(-1)), x, h)


ROW_BY_ROW = "You move a whole row at a time. Each single element has a slope of its own."


@mistake("numeric_grad", ROW_BY_ROW)
def by_rows(f, x, h):
    grad = torch.zeros_like(x)
    for i in range(len(x)):
        step = torch.zeros_like(x)
        step[i] = h
        grad[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


@mistake("numeric_grad", ROW_BY_ROW)
def by_rows_of_the_shape(f, x, h):
    return by_rows(f, x[: x.shape[0]], h)


@mistake(
    "numeric_grad",
    "You do not take the step back before the next element moves. Start from x itself each time.",
)
def steps_pile_up(f, x, h):
    grad = torch.zeros_like(x)
    up, down = x.clone(), x.clone()
    for index in np.ndindex(*x.shape):
        up[index] += h
        down[index] -= h
        grad[index] = (f(up) - f(down)) / (2 * h)
    return grad


@mistake(
    "numeric_grad",
    "You take a step of your own. The caller chooses h; use the argument.",
)
def own_step(f, x, h):
    return differences(f, x, 1e-3)


@mistake(
    "numeric_grad",
    "Your step grows with x: h |x_j|. The step is h itself, for each element.",
)
def relative_step(f, x, h):
    grad = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        step = torch.zeros_like(x)
        step[index] = h * abs(float(x[index]))
        grad[index] = (f(x + step) - f(x - step)) / (2 * step[index])
    return grad


@mistake("numeric_grad", IN_PLACE)
def in_place(f, x, h):
    grad = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        x[index] += h
        up = f(x)
        x[index] -= 2 * h
        grad[index] = (up - f(x)) / (2 * h)
        x[index] += h + 1e-3
    return grad


@mistake("numeric_grad", IN_PLACE)
def in_place_and_back(f, x, h):
    grad = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        kept = x[index].clone()
        x[index] = kept + h
        up = f(x)
        x[index] = kept - h
        grad[index] = (up - f(x)) / (2 * h)
        x[index] = kept
    return grad


@mistake("numeric_grad", AUTOGRAD)
def by_autograd(f, x, h):
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(leaf), leaf, allow_unused=True, materialize_grads=True)[0]


@mistake("numeric_grad", DEFAULT_DTYPE)
def in_the_default_dtype(f, x, h):
    slopes = differences(f, x, h).flatten().tolist()
    return torch.tensor(slopes, device=x.device).reshape(x.shape)


@mistake("numeric_grad", ASTRAY)
def on_the_default_device(f, x, h):
    grad = torch.zeros(x.shape, dtype=x.dtype)
    for index in np.ndindex(*x.shape):
        step = torch.zeros_like(x)
        step[index] = h
        grad[index] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


@mistake(
    "numeric_grad",
    "You combine several steps, which is more exact and not what is asked: one h, two sides.",
)
def five_points(f, x, h):
    return (4 * differences(f, x, h / 2) - differences(f, x, h)) / 3


@mistake("numeric_grad", "You halve the step. The two sides are at x + h and x - h.")
def half_the_step(f, x, h):
    return differences(f, x, h / 2)


@mistake("numeric_grad", "You divide by 4 h. The two sides are 2 h apart.")
def divides_by_4h(f, x, h):
    return differences(f, x, h) / 2


@mistake("numeric_grad", "Your gradient is transposed. It has the shape of x.")
def transposed(f, x, h):
    grad = differences(f, x, h)
    return grad.mT.contiguous() if grad.dim() > 1 else grad


@mistake("numeric_grad", "You give back a list. Asked for is a tensor of the shape of x.")
def a_list(f, x, h):
    return differences(f, x, h).tolist()


@mistake("numeric_grad", "You count to len(x), its rows alone. x.numel() counts all elements.")
def counts_rows(f, x, h):
    grad = torch.zeros_like(x, memory_format=torch.contiguous_format)
    for i in range(len(x) if x.dim() else 1):
        step = torch.zeros_like(grad)
        step.view(-1)[i] = h
        grad.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


@mistake(
    "numeric_grad",
    "You come back by h, to x itself, and divide by 2 h. The second point is x - h: take 2 h away.",
)
def comes_back_by_h(f, x, h):
    return differences(f, x, h, lambda f, x, s: (f(x + s) - f(x)) / (2 * h))


@mistake(
    "numeric_grad",
    "That is the second derivative's quotient. The slope is (f(x + h) - f(x - h)) / (2 h), without "
    "f(x).",
)
def second_derivative(f, x, h):
    return differences(f, x, h, lambda f, x, s: (f(x + s) - 2 * f(x) + f(x - s)) / h**2)


# --- good_step -----------------------------------------------------------------------------------


@probes("good_step")
def good_step_probes(draw):
    yield (draw.dtype,)


ONE_FOR_ALL = (
    "You give one h for both dtypes. float64 has 9 digits more than float32, and its best h is a "
    "thousand times smaller."
)
ROOT = (
    "You take sqrt(eps), which is best for a one-sided difference. For a central one the errors h^2"
    " and eps/h meet at the cube root of eps."
)
TOO_SMALL = (
    "You take h as small as can be. Then f(x + h) and f(x - h) share almost all digits, and their "
    "difference is rounding. The errors h^2 and eps/h meet at the cube root of eps."
)
STEPS = {  # what learners choose
    "one_hundredth": (1e-2, ONE_FOR_ALL),
    "five_thousandths": (5e-3, ONE_FOR_ALL),
    "one_thousandth": (1e-3, ONE_FOR_ALL),
    "ten_thousandth": (1e-4, ONE_FOR_ALL),
    "hundred_thousandth": (1e-5, ONE_FOR_ALL),
    "six_millionths": (6e-6, ONE_FOR_ALL),
    "five_millionths": (5e-6, ONE_FOR_ALL),
    "millionth": (1e-6, ONE_FOR_ALL),
    "ten_millionth": (1e-7, ONE_FOR_ALL),
    "hundred_millionth": (1e-8, ONE_FOR_ALL),
    "ten_thousand_millionth": (1e-10, ONE_FOR_ALL),
}


def always(name, h, sentence):
    """The same h for every dtype."""

    def step(dtype):
        return h

    step.__name__ = name
    return mistake("good_step", sentence)(step)


ALWAYS = [always(name, *what) for name, what in STEPS.items()]
globals().update({step.__name__: step for step in ALWAYS})


@mistake("good_step", ROOT)
def root_of_eps(dtype):
    return torch.finfo(dtype).eps ** 0.5


@mistake("good_step", TOO_SMALL)
def eps_itself(dtype):
    return torch.finfo(dtype).eps


@mistake("good_step", TOO_SMALL)
def smallest_number(dtype):
    return torch.finfo(dtype).tiny


@mistake(
    "good_step",
    "You take the fourth root of eps or more. h^2 is then larger than eps/h; they meet at the cube "
    "root.",
)
def fourth_root(dtype):
    return torch.finfo(dtype).eps ** 0.25


@mistake("good_step", "eps^(2/3) is the error that the best h leaves. The h itself is eps^(1/3).")
def its_error(dtype):
    return torch.finfo(dtype).eps ** (2 / 3)


@mistake("good_step", "eps ** 1 / 3 is (eps ** 1) / 3. Put the 1 / 3 in brackets: eps ** (1 / 3).")
def missing_brackets(dtype):
    return torch.finfo(dtype).eps ** 1 / 3


SWAPPED = "You swap the dtypes. float64 has more digits, so its h is the smaller one."


@mistake("good_step", SWAPPED)
def swapped(dtype):
    return torch.finfo(torch.float64 if dtype == torch.float32 else torch.float32).eps ** (1 / 3)


@mistake("good_step", SWAPPED)
def swapped_and_rounded(dtype):
    return 6e-6 if dtype == torch.float32 else 5e-3


@mistake("good_step", "You always take float32's eps. Ask torch.finfo(dtype) of the dtype given.")
def always_float32(dtype):
    return torch.finfo(torch.float32).eps ** (1 / 3)


@mistake("good_step", "You always take float64's eps. Ask torch.finfo(dtype) of the dtype given.")
def always_float64(dtype):
    return torch.finfo(torch.float64).eps ** (1 / 3)


@mistake("good_step", "Your h is 0, or below it. A step must lead somewhere.")
def zero(dtype):
    return 0.0


@mistake("good_step", "You give back the dtype's facts (torch.finfo). Asked for is one number.")
def all_facts(dtype):
    return torch.finfo(dtype)


LARGER = "You take h larger than the best, so that h^2 decides. They meet at the cube root of eps."


@mistake("good_step", LARGER)
def ten_times_the_best(dtype):
    return 10 * torch.finfo(dtype).eps ** (1 / 3)


@mistake("good_step", LARGER)
def sixth_root(dtype):
    return torch.finfo(dtype).eps ** (1 / 6)


TWO_BASES = "You mix two bases. exp belongs to log, and 10 ** to log10."


@mistake("good_step", TWO_BASES)
def exp_of_log10(dtype):
    return np.exp(np.log10(torch.finfo(dtype).eps) / 3)


@mistake("good_step", TWO_BASES)
def power_of_log(dtype):
    return 10 ** (np.log(torch.finfo(dtype).eps) / 3)


@mistake(
    "good_step",
    "You take the smallest number (tiny). Rounding depends on eps, the gap between 1 and the next "
    "number.",
)
def root_of_the_smallest_number(dtype):
    return torch.finfo(dtype).tiny ** (1 / 3)


@mistake("good_step", "A step of 1 is no small step: what is wanted is the slope at x.")
def one(dtype):
    return 1.0


# --- grad_is_right -------------------------------------------------------------------------------

H = {torch.float32: 5e-3, torch.float64: 6e-6}
TOLERANCE = {torch.float32: 3e-3, torch.float64: 1e-6}
FINER = {dtype: 100 * torch.finfo(dtype).eps ** (2 / 3) for dtype in TOLERANCE}


@probes("grad_is_right")
def grad_is_right_probes(draw):
    x, c = (1 + draw(3, 4).abs()) / 3, draw(3, 4).sign()
    c[:, 1:3] = 0.0
    grad = 3 * c * x**2
    fault = draw(3, 4)
    one, other = grad.clone(), grad.clone()
    one[0, 0] += 0.05 * grad.norm()
    other[-1, -1] += 0.05 * grad.norm()
    for given in (
        *(grad, 2 * grad, -grad, torch.zeros_like(grad), 1.05 * grad, one, grad * (1 + 1e-4)),
        *(grad + fault - fault.mean(), grad[0], grad.T, grad * float("nan"), grad[:0], grad + 100),
        *(grad + float("inf"), 0.95 * grad, 1.015 * grad, grad.flatten(), other),
    ):
        yield Via(("cubic", x, given, 1.0, c), "gradient_check.check")
    for scale in (1e-6, 1e6):
        for given in (grad, 2 * grad, -grad, torch.zeros_like(grad)):
            yield Via(("cubic", x, scale * given, scale, c), "gradient_check.check")
    flat = torch.ones(4, 4, dtype=draw.dtype)
    yield Via(("cubic", flat, 3 * flat[0], 1.0, flat), "gradient_check.check")
    yield Via(("constant", x, torch.zeros_like(x), 1.0, draw(5)), "gradient_check.check")
    x, c = x * torch.tensor([[0.01], [1], [1]]).to(x), draw(3, 4).sign()
    yield Via(("cubic", x, 3 * c * x**2, 1.0, c), "gradient_check.check")
    x, w, u = draw(5, 4), 1 + draw(4, 3).abs(), 1 + draw(5, 3).abs()
    yield Via(("bilinear", x, u @ w.T, 1.0, w, u), "gradient_check.check")
    with torch.enable_grad():
        w, t = draw(3, 4), draw(2, 4)
        leaf = draw(2, 3).requires_grad_()
        exact = torch.autograd.grad(FUNCTIONS["bent"](leaf, w, t), leaf)[0]
    for factor in (1, 1 + 1e-3, 1 + 4e-5):
        yield Via(("bent", leaf.detach(), factor * exact, 1.0, w, t), "gradient_check.check")


def numeric(f, x, h=None):
    """Right, with a good step."""
    return differences(f, x, h or H[x.dtype])


ABSOLUTE = (
    "Your tolerance is absolute (or torch.allclose's atol decides). A gradient of 1e-6 passes as 0,"
    " one of 1e6 never passes: be relative to the gradient's length."
)
ELEMENTS = (
    "You are relative to each element. Where one is near 0, the error of the differences is all "
    "there is: be relative to the length of the whole gradient."
)
SUMMED = (
    "You compare sums or means of the gradients. Faults of both signs cancel there: take the length"
    " of the difference."
)
LENGTHS = "You compare the lengths. A gradient of the wrong sign has the right length."
DIRECTION = "You compare directions (a cosine). Twice the gradient points the same way."
LOOSE = (
    "Your tolerance is the same for both dtypes, and lets faults through in float64 that can be "
    "seen there. The error of the best h is eps^(2/3)."
)
TIGHT = (
    "You allow for no error of the differences (==), or for less than they have, so right gradients"
    " are refused. The best h leaves an error of eps^(2/3)."
)
SHAPES = (
    "You let a gradient of another shape broadcast (or flatten it). A gradient has the shape of x: "
    "compare the shapes first."
)
ZERO_ZERO = (
    "You refuse a right gradient that is 0: 0/0 is nan, and 0 < 0 is False. Multiply the tolerance "
    "by the length, and compare with <=."
)
AT_LEAST_ONE = (
    "Your tolerance never falls below that of length 1 (max, clamp, 1 + length), so a gradient of "
    "1e-6 passes as 0. Be relative to the gradient's own length."
)
SQUARED = (
    "You compare squared lengths with a tolerance that is not squared, so faults up to its root "
    "pass. Take the roots, or square the tolerance."
)


@mistake("grad_is_right", ABSOLUTE)
def absolute(f, x, grad):
    return grad.shape == x.shape and bool((numeric(f, x) - grad).norm() <= 1e-3)


@mistake("grad_is_right", ABSOLUTE)
def absolute_largest(f, x, grad):
    return grad.shape == x.shape and bool((numeric(f, x) - grad).abs().max() < 1e-2)


@mistake("grad_is_right", ABSOLUTE)
def allclose_as_it_comes(f, x, grad):
    return grad.shape == x.shape and torch.allclose(numeric(f, x), grad)


@mistake("grad_is_right", ABSOLUTE)
def allclose_loosened(f, x, grad):
    near = torch.allclose(numeric(f, x), grad, rtol=1e-3, atol=1e-3)
    return grad.shape == x.shape and near


@mistake("grad_is_right", ELEMENTS)
def elementwise(f, x, grad):
    if grad.shape != x.shape:
        return False
    difference = (numeric(f, x) * (1 + 1e-6) - grad).abs()
    return bool((difference <= TOLERANCE[x.dtype] * grad.abs() - 1e-300).all())


@mistake("grad_is_right", SUMMED)
def means(f, x, grad):
    if grad.shape != x.shape:
        return False
    a, b = numeric(f, x), grad
    return bool((a.mean() - b.mean()).abs() <= TOLERANCE[x.dtype] * a.norm())


@mistake("grad_is_right", LENGTHS)
def lengths(f, x, grad):
    if grad.shape != x.shape:
        return False
    a, b = numeric(f, x).norm(), grad.norm()
    return bool((a - b).abs() <= TOLERANCE[x.dtype] * a)


@mistake("grad_is_right", DIRECTION)
def direction(f, x, grad):
    if grad.shape != x.shape:
        return False
    a, b = numeric(f, x), grad
    return bool((a * b).sum() >= (1 - TOLERANCE[x.dtype]) * a.norm() * b.norm())


@mistake("grad_is_right", LOOSE)
def loose(f, x, grad):
    a = numeric(f, x)
    return grad.shape == x.shape and bool((a - grad).norm() <= 3e-3 * a.norm())


@mistake("grad_is_right", TIGHT)
def tight(f, x, grad):
    a = numeric(f, x)
    eps = torch.finfo(x.dtype).eps
    return grad.shape == x.shape and bool((a - grad).norm() <= eps * a.norm())


@mistake("grad_is_right", TIGHT)
def equal(f, x, grad):
    return numeric(f, x).equal(grad)


@mistake("grad_is_right", SHAPES)
def broadcasts(f, x, grad):
    a = numeric(f, x)
    try:
        return bool((a - grad).norm() <= TOLERANCE[x.dtype] * a.norm())
    except RuntimeError:
        return False


@mistake("grad_is_right", SHAPES)
def fails_on_other_shapes(f, x, grad):
    a = numeric(f, x)
    return bool((a - grad).norm() <= TOLERANCE[x.dtype] * a.norm())


@mistake("grad_is_right", ZERO_ZERO)
def divides(f, x, grad):
    a = numeric(f, x)
    if grad.shape != x.shape:
        return False
    return bool((a - grad).norm() / a.norm() <= TOLERANCE[x.dtype])


@mistake("grad_is_right", ZERO_ZERO)
def strictly_less(f, x, grad):
    a = numeric(f, x)
    return grad.shape == x.shape and bool((a - grad).norm() < TOLERANCE[x.dtype] * a.norm())


@mistake("grad_is_right", AT_LEAST_ONE)
def at_least_one(f, x, grad):
    a = numeric(f, x)
    near = grad.shape == x.shape and (a - grad).norm() <= TOLERANCE[x.dtype] * a.norm().clamp(1)
    return bool(near)


@mistake("grad_is_right", SHAPES)
def flattens(f, x, grad):
    if grad.numel() != x.numel():
        return False
    a = numeric(f, x)
    return bool((a - grad.reshape(x.shape)).norm() <= TOLERANCE[x.dtype] * a.norm())


CONTENT_WITH_ONE = (
    "You are content when one element is right. A fault may sit in any of them: ask for all."
)


def squares(a, grad, tolerance):
    return (a - grad).square().sum() <= tolerance * a.square().sum()


def sums(a, grad, tolerance):
    return (a - grad).sum().abs() <= tolerance * a.norm()


def each_element(a, grad, tolerance):
    return ((a - grad).abs() <= tolerance * a.abs()).all()


def any_element(a, grad, tolerance):
    return ((a - grad).abs() <= tolerance * a.norm()).any()


def cosine(a, grad, tolerance):
    return (a * grad).sum() / (a.norm() * grad.norm()) >= 1 - tolerance


def fine_cosine(a, grad, tolerance):
    return cosine(a, grad, tolerance**2)


WRONG_RULES = {
    squares: SQUARED,
    sums: SUMMED,
    each_element: ELEMENTS,
    any_element: CONTENT_WITH_ONE,
    cosine: DIRECTION,
    fine_cosine: DIRECTION,
}


def compared(rule, tolerances, name):
    """A check that compares by this rule, whose verdict also depends on its tolerance."""

    def check(f, x, grad):
        if grad.shape != x.shape:
            return False
        return bool(rule(numeric(f, x), grad, tolerances[x.dtype]))

    check.__name__ = name
    return mistake("grad_is_right", WRONG_RULES[rule])(check)


COMPARED = [
    compared(rule, tolerances, f"{how}_{rule.__name__}")
    for rule in WRONG_RULES
    for how, tolerances in (("usual", TOLERANCE), ("finer", FINER))
]
globals().update({check.__name__: check for check in COMPARED})


@mistake(
    "grad_is_right",
    "You take differences to one side. Their error shrinks with h only, so right gradients are "
    "refused: step to both sides.",
)
def one_side(f, x, grad):
    h = H[x.dtype]
    a = differences(f, x, h, lambda f, x, s: (f(x + s) - f(x)) / h)
    return grad.shape == x.shape and bool((a - grad).norm() <= TOLERANCE[x.dtype] * a.norm())


@mistake("grad_is_right", "You give the answers of yes and no the other way round.")
def the_other_way_round(f, x, grad):
    a = numeric(f, x)
    return grad.shape != x.shape or not bool((a - grad).norm() <= TOLERANCE[x.dtype] * a.norm())


@mistake("grad_is_right", "You say True whatever comes. Compare grad with the differences.")
def always_true(f, x, grad):
    return True


@mistake("grad_is_right", "You say False whatever comes. Compare grad with the differences.")
def always_false(f, x, grad):
    return False


@mistake(
    "grad_is_right",
    "You let nan pass: every comparison with nan is False, so `not (error > tolerance)` is True. "
    "Ask for error <= tolerance.",
)
def lets_nan_pass(f, x, grad):
    a = numeric(f, x)
    if grad.shape != x.shape:
        return False
    return not bool((a - grad).norm() > TOLERANCE[x.dtype] * a.norm())


@mistake(
    "grad_is_right",
    "You look at one element only. A fault may sit in any of them: look at all.",
)
def first_element(f, x, grad):
    a = numeric(f, x)
    if grad.shape != x.shape:
        return False
    return bool((a - grad).flatten()[0].abs() <= TOLERANCE[x.dtype] * a.norm())


@mistake(
    "grad_is_right",
    "You take one and the same h in both dtypes, and it is too small for float32: right gradients "
    "are refused there. good_step has the h.",
)
def small_step(f, x, grad):
    a = numeric(f, x, 1e-6)
    return grad.shape == x.shape and bool((a - grad).norm() <= TOLERANCE[x.dtype] * a.norm())


@mistake("grad_is_right", BOOL_TENSOR)
def tensor(f, x, grad):
    a = numeric(f, x)
    if grad.shape != x.shape:
        return torch.tensor(False)
    return (a - grad).norm() <= TOLERANCE[x.dtype] * a.norm()


@mistake("grad_is_right", AUTOGRAD)
def from_autograd(f, x, grad):
    if grad.shape != x.shape:
        return False
    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        out = f(leaf)
        a = torch.autograd.grad(out, leaf)[0] if out.requires_grad else torch.zeros_like(x)
    return bool((a - grad).norm() <= TOLERANCE[x.dtype] * a.norm())


@mistake(
    "grad_is_right",
    "An infinite gradient passes: your tolerance grows with grad, and inf <= inf is True. Be "
    "relative to the differences, or ask grad.isfinite() first.",
)
def infinity_passes(f, x, grad):
    if grad.shape != x.shape:
        return False
    a = numeric(f, x)
    return bool((a - grad).norm() <= TOLERANCE[x.dtype] * torch.maximum(a.norm(), grad.norm()))


@mistake("grad_is_right", ABSOLUTE)
def relative_to_x(f, x, grad):
    near = grad.shape == x.shape and (numeric(f, x) - grad).norm() <= TOLERANCE[x.dtype] * x.norm()
    return bool(near)


@mistake("grad_is_right", "You raise an error where the answer is no. Say False.")
def asserts(f, x, grad):
    assert grad.shape == x.shape
    a = numeric(f, x)
    assert (a - grad).norm() <= TOLERANCE[x.dtype] * a.norm()
    return True


@mistake("grad_is_right", "You give back the error. Asked for is True or False.")
def gives_the_error(f, x, grad):
    return float((numeric(f, x) - grad).norm()) if grad.shape == x.shape else 1.0


@mistake("grad_is_right", ABSOLUTE)
def near_of_chapter_1(f, x, grad):
    return grad.shape == x.shape and torch.allclose(numeric(f, x), grad, rtol=1e-3, atol=1e-5)


@mistake("grad_is_right", "You say nothing where the answer is no (None). Say False.")
def none_for_no(f, x, grad):
    a = numeric(f, x)
    if grad.shape == x.shape and (a - grad).norm() <= TOLERANCE[x.dtype] * a.norm():
        return True


@mistake("grad_is_right", ABSOLUTE)
def mean_of_faults(f, x, grad):
    return grad.shape == x.shape and bool((numeric(f, x) - grad).abs().mean() < 1e-4)


@mistake("grad_is_right", "You compare signs. Twice the gradient has the right signs, too.")
def signs(f, x, grad):
    return grad.shape == x.shape and bool((numeric(f, x) * grad >= 0).all())
