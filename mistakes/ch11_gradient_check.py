"""Chapter 11, right, and at each step how it goes wrong."""

import math

import torch

from backprop.dialogues.gradient_check import FUNCTIONS
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, BOOL_TENSOR, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.checks.numbers import TENSOR
from kata.diagnosis.observe import Via
from kata.diagnosis.told import instead, mistake, probes, told, wrong

ONE_SIDED = (
    "You take a difference to one side, {}. Its error shrinks with h, that of the central "
    "difference with h^2."
)
AT_ONCE = "You move all elements of x at once, which gives the sum of all slopes{}."
ROW_BY_ROW = "You move a whole row at a time. Each single element has a slope of its own."
NOT_2H = "You divide by {}, which is not how far apart the two points are."

ONE_FOR_ALL = (
    "You give one h for both dtypes. float64 has 9 digits more than float32, and its best h is a "
    "thousand times smaller."
)
ROOT = (
    "You take sqrt(eps), which is best for a one-sided difference. The error of a central one "
    "falls faster with h."
)
TOO_SMALL = (
    "Your h is far too small. f(x + h) and f(x - h) then share almost all digits, and their "
    "difference is rounding."
)
LARGER = (
    "Your h is larger than the best one: the error of the difference itself, which grows as "
    "h^2, outweighs the rounding."
)
SWAPPED = "You swap the dtypes. float64 has more digits, so its h is the smaller one."
ONE_EPS = "You always take the eps of {}, whatever dtype is passed in."
TWO_BASES = "You mix two bases: one for the logarithm, and another one for the power."

ABSOLUTE = (
    "Your tolerance is absolute (or torch.allclose's atol decides). A gradient of 1e-6 then "
    "passes as 0, and one of 1e6 never passes."
)
ELEMENTS = (
    "Your tolerance is relative to each element. Where one is 0 or near it, nothing is left but "
    "the error of the differences (or 0/0), and a right gradient is refused."
)
SUMMED = "You compare sums or means of the gradients, in which errors of both signs cancel."
DIRECTION = "You compare directions (a cosine). Twice the gradient points the same way."
TIGHT = (
    "You allow for no error of the differences (==), or for less than they have, so right "
    "gradients are refused."
)
SHAPES = (
    "You let a gradient of another shape broadcast, or flatten it. A gradient has the shape of x, "
    "and any other is wrong."
)
ZERO_ZERO = "You refuse a right gradient that is 0: 0/0 is nan, and 0 < 0 is False."
SQUARED = (
    "You compare squared lengths with a tolerance that is not squared, so errors up to its root "
    "pass."
)
ANY = "One right element is enough for you. The error may be in any of them."
ALWAYS = "You say {} whatever the gradient is, without comparing it with the differences."

H = {torch.float32: 5e-3, torch.float64: 6e-6}
USUAL = {torch.float32: 3e-3, torch.float64: 1e-6}


@probes("numeric_grad")
def numeric_grad_probes(draw):
    for shape, h in [((3, 4), 0.1), ((2, 2), 0.3), ((1, 1), 0.1), ((4,), 0.2), ((), 0.1)]:
        x, c = (1 + torch.arange(len(draw(*shape).flatten())).to(draw.dtype) for _ in range(2))
        x, c = x.reshape(shape) / 4, (2 - c / 3).reshape(shape)
        yield Via(("cubic", x, h, 1.0, c), "gradient_check.numeric")
    x, w, u = draw(5, 4), draw(4, 3), draw(5, 3)
    yield Via(("bilinear", x, 0.1, 1.0, w, u), "gradient_check.numeric")
    yield Via(("coupled", draw(3, 4), 0.1, 1.0, draw(3, 4)), "gradient_check.numeric")
    yield Via(("bent", draw(2, 3), 0.4, 1.0, draw(3, 4), draw(2, 4)), "gradient_check.numeric")
    x = draw(4, 3).T
    yield Via(("cubic", x, 0.1, 1.0, draw(3, 4)), "gradient_check.numeric")


@probes("good_step")
def good_step_probes(draw):
    yield (draw.dtype,)


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
        *(grad * float("nan"), grad, 2 * grad, -grad, torch.zeros_like(grad), 1.05 * grad, one),
        *(grad * (1 + 1e-4), grad + fault - fault.mean(), grad[0], grad.T, grad[:0], grad + 100),
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
    # in float32 a thousandth is as much as a right tolerance may be, or not
    for factor in (1, 1 + 4e-5) if draw.dtype == torch.float32 else (1, 1 + 1e-3, 1 + 4e-5):
        yield Via(("bent", leaf.detach(), factor * exact, 1.0, w, t), "gradient_check.check")
    if draw.dtype == torch.float32:  # all elements off, together by 1.5 % of the length
        x, c = draw(49) / 10, draw(49) / 10
        x[3] = c[3] = 1
        spread = 0.015 / 7 * (3 * c * x**2).norm() * draw(49).sign()
        yield Via(("cubic", x, 3 * c * x**2 + spread, 1.0, c), "gradient_check.check")


# --- numeric_grad ---------------------------------------------------------------------------------

PILE_UP = "You don't take a step back before the next element moves, so all steps pile up."


@told
def numeric_grad(f, x, h):
    if own := wrong(
        "You take a step of your own. The caller chooses h.", 1e-2, 1e-3, 1e-4, 1e-5, 1e-6
    ):
        h = own
    if wrong(
        "You halve the step, so the two points lie closer together than the h that you are given."
    ):
        h = h / 2
    distance = 2 * h
    axes = torch.eye(x.numel(), dtype=x.dtype)
    steps = [h * axis.reshape(x.shape) for axis in axes]
    if wrong(AT_ONCE.format(", and you return this one number")):
        return (f(x + h) - f(x - h)) / distance
    if wrong(AT_ONCE.format(" for each element")):
        return torch.full_like(x, float(f(x + h) - f(x - h)) / distance)
    if rows := wrong(ROW_BY_ROW, lambda x: len(x), lambda x: x.shape[0]):
        steps = torch.zeros(rows(x), *x.shape, dtype=x.dtype)
        for i, step in enumerate(steps):
            step[i] = h
        slopes = torch.stack([(f(x + s) - f(x - s)) / distance for s in steps])
        return slopes.reshape(-1, *[1] * (x.dim() - 1)).expand(x.shape).clone()
    if wrong("You count to len(x), its rows. The other elements stay without a slope."):
        steps = [*steps[: len(x) if x.dim() else 1]]
    if wrong(PILE_UP):
        steps = [sum(steps[: i + 1]) for i in range(len(steps))]
    starts = [x] * len(steps)
    if sign := wrong(PILE_UP, 1, -1):
        starts = [x + sign * sum(steps[:i]) for i in range(len(steps))]
    if wrong("Your step grows with x where |x_j| is above 1. It is h, whatever x is."):
        size = x.flatten().abs().clamp_min(1)
        steps = [h * size[j] * axis.reshape(x.shape) for j, axis in enumerate(axes)]
        return torch.stack([(f(x + s) - f(x - s)) / (2 * s.sum()) for s in steps]).reshape(x.shape)
    if wrong("Your step grows with x: h |x_j|. Where an element is 0 it isn't moved at all."):
        steps = [x.abs() * step for step in steps]
        slopes = [(f(x + s) - f(x - s)) / (2 * s.sum()) for s in steps]
        return torch.stack(slopes).reshape(x.shape)
    if wrong("You give f a flat tensor. f expects one of the shape of x."):
        takes = f
        f = lambda v: takes(v.reshape(-1))  # noqa: E731
    up = [f(start + s) for start, s in zip(starts, steps, strict=False)]
    down = [f(start - s) for start, s in zip(starts, steps, strict=False)]
    if wrong(ONE_SIDED.format("f(x + h) - f(x)")):
        down, distance = [f(x)] * len(steps), h
    if wrong(ONE_SIDED.format("f(x) - f(x - h)")):
        up, distance = [f(x)] * len(steps), h
    if wrong("You come back by h, to x itself, and still divide by 2 h."):
        down = [f(x)] * len(steps)
    if wrong("You have the two points the wrong way round, so every slope has the wrong sign."):
        up, down = down, up
    if wrong("You add the values at the two points, so even a constant f has a slope."):
        down = [-value for value in down]
    if wrong(
        "That is the quotient of the second derivative, with f(x) in it: a "
        "curvature, and not a slope."
    ):
        down, distance = [2 * f(x) - value for value in down], h**2
    if wrong(NOT_2H.format("h")):
        distance = h
    if wrong(NOT_2H.format("4 h")):
        distance = 4 * h
    if wrong("You divide by 2 and multiply by h: / 2 * h goes from left to right."):
        distance = 2 / h
    if wrong("You don't divide at all. A slope is a difference over its distance."):
        distance = 1
    slopes = [(a - b) / distance for a, b in zip(up, down, strict=True)]
    if wrong("You return a list. The gradient is a tensor of the shape of x."):
        return torch.stack(slopes).reshape(x.shape).tolist()
    slopes += [torch.zeros_like(slopes[0])] * (x.numel() - len(slopes))
    grad = torch.stack(slopes)
    if wrong("Your gradient is flat. It should have the shape of x."):
        return grad
    grad = grad.reshape(x.shape)
    if wrong("Your gradient is transposed. It should have the shape of x."):
        grad = grad.mT if grad.dim() > 1 else grad
    if wrong("You combine several steps (extrapolation). That is more exact, but has another h."):
        half = torch.stack([f(x + s / 2) - f(x - s / 2) for s in steps]) / h
        grad = (4 * half.reshape(x.shape) - grad) / 3
    if wrong(AUTOGRAD):
        leaf = x.detach().clone().requires_grad_()
        grad = torch.autograd.grad(f(leaf), leaf, allow_unused=True, materialize_grads=True)[0]
    if wrong(DEFAULT_DTYPE):
        grad = torch.tensor(grad.tolist(), device=x.device)
    if wrong(IN_PLACE):
        x += 1e-3
    return grad


# --- good_step ------------------------------------------------------------------------------------


@told
def good_step(dtype):
    if h := wrong(ONE_FOR_ALL, 1e-2, 5e-3, 1e-3, 1e-4, 1e-5, 6e-6, 5e-6, 1e-6, 1e-7, 1e-8, 1e-10):
        return h
    if wrong(SWAPPED):
        return 6e-6 if dtype == torch.float32 else 5e-3
    if wrong("Your h is 0. A step must lead somewhere."):
        return 0.0
    if wrong("A step of 1 is not small, and the slope wanted is that at x."):
        return 1.0
    if wrong("You return all of the dtype's facts (torch.finfo), and not one number."):
        return torch.finfo(dtype)
    if wrong(TOO_SMALL):
        return torch.finfo(dtype).tiny
    if wrong(SWAPPED):
        dtype = torch.float64 if dtype == torch.float32 else torch.float32
    if wrong(ONE_EPS.format("float32")):
        dtype = torch.float32
    if wrong(ONE_EPS.format("float64")):
        dtype = torch.float64
    eps = torch.finfo(dtype).eps
    if wrong(
        "You take the smallest number (tiny). Rounding depends on eps, the gap between 1 and the "
        "next number."
    ):
        eps = torch.finfo(dtype).tiny

    power = 1 / 3
    if wrong(TOO_SMALL):
        power = 1
    if wrong(ROOT):
        power = 1 / 2
    if other := wrong(LARGER, 1 / 4, 1 / 5, 1 / 6):
        power = other
    if wrong("eps^(2/3) is the error that the best h leaves, and not that h."):
        power = 2 / 3
    h = eps**power
    if wrong("eps ** 1 / 3 means (eps ** 1) / 3: a power comes before a quotient."):
        h = eps**1 / 3
    if factor := wrong(LARGER, 10, 100):
        h = factor * h
    if wrong(TWO_BASES):
        h = math.exp(math.log10(eps) / 3)
    if wrong(TWO_BASES):
        h = 10 ** (math.log(eps) / 3)
    return h


# --- grad_is_right --------------------------------------------------------------------------------


def squares(a, b, tolerance):
    return (a - b).square().sum() <= tolerance * a.square().sum()


def sums(a, b, tolerance):
    return (a - b).sum().abs() <= tolerance * a.norm()


def means(a, b, tolerance):
    return (a - b).mean().abs() <= tolerance * a.norm()


def each_element(a, b, tolerance):
    return ((a - b).abs() <= tolerance * a.abs()).all()


def largest_share(a, b, tolerance):
    return ((a - b).abs() / a.abs()).max() <= tolerance


def any_element(a, b, tolerance):
    return ((a - b).abs() <= tolerance * a.norm()).any()


def cosine(a, b, tolerance):
    return (a * b).sum() / (a.norm() * b.norm()) >= 1 - tolerance


def product(a, b, tolerance):
    return (a * b).sum() >= (1 - tolerance) * a.norm() * b.norm()


def central(f, x, h):
    steps = [h * axis.reshape(x.shape) for axis in torch.eye(x.numel(), dtype=x.dtype)]
    return torch.stack([(f(x + s) - f(x - s)) / (2 * h) for s in steps]).reshape(x.shape)


@told
def grad_is_right(f, x, grad):
    if instead(ALWAYS.format("True")):
        return True
    if instead(ALWAYS.format("False")):
        return False
    eps = torch.finfo(x.dtype).eps
    h, fine, usual = eps ** (1 / 3), 100 * eps ** (2 / 3), USUAL[x.dtype]
    if wrong(
        "You take the same h in both dtypes, and it is too small for float32: right gradients are "
        "refused there."
    ):
        h = 1e-6
    a, tolerance = central(f, x, h), fine
    if wrong(
        "You take differences to one side. Their error shrinks only with h, so right gradients are "
        "refused."
    ):
        ahead = [f(x + h * axis.reshape(x.shape)) for axis in torch.eye(x.numel(), dtype=x.dtype)]
        a, tolerance = ((torch.stack(ahead) - f(x)) / h).reshape(x.shape), usual

    fits = grad.shape == x.shape
    if wrong("You raise an error where the answer is no. It should be False."):
        assert fits
        assert (a - grad).norm() <= tolerance * a.norm()
    shape = x.shape
    if wrong(SHAPES):
        fits, shape = True, grad.shape
    if wrong(SHAPES):
        try:
            return bool((a - grad).norm() <= tolerance * a.norm())
        except RuntimeError:
            return False
    if wrong(SHAPES):
        fits = grad.numel() == x.numel()
    if step := wrong("You return the error, and not True or False.", h, H[x.dtype]):
        return float((central(f, x, step) - grad).norm()) if fits else 1.0
    if wrong(ABSOLUTE):
        near = torch.allclose(a, grad, 1e-3, 1e-3)
        return fits and near
    if wrong("You swap True and False: right gradients are refused, and wrong ones pass."):
        return not fits or not bool((a - grad).norm() <= tolerance * a.norm())
    if wrong("You return nothing (None) where the answer is no. It should be False."):
        return True if fits and (a - grad).norm() <= tolerance * a.norm() else None
    if wrong(BOOL_TENSOR):
        return (a - grad).norm() <= tolerance * a.norm() if fits else torch.tensor(False)
    if not fits:
        return False
    grad = grad.reshape(shape)

    error, length = (a - grad).norm(), a.norm()
    if other := instead(SUMMED, fine, usual):
        return bool(sums(a, grad, other))
    if instead(SUMMED):
        return bool(means(a, grad, usual))
    if other := instead(DIRECTION, usual, fine**2, usual**2):
        return bool(cosine(a, grad, other))
    if instead(DIRECTION):
        return bool(product(a, grad, usual))
    if other := instead(ELEMENTS, fine, usual):
        return bool(each_element(a, grad, other))
    if other := instead(ELEMENTS, fine, usual):
        return bool(largest_share(a, grad, other))
    if instead(ELEMENTS):
        return bool(((a * (1 + 1e-6) - grad).abs() <= usual * grad.abs() - 1e-300).all())
    if other := instead(SQUARED, fine, usual):
        return bool(squares(a, grad, other))
    if other := instead(ANY, fine, usual):
        return bool(any_element(a, grad, other))
    if instead("You look at one element only. The error may be in any of them."):
        return bool((a - grad).flatten()[0].abs() <= tolerance * length)
    if instead("You compare signs. Twice the gradient has the right signs as well."):
        return bool((a * grad >= 0).all())
    if limits := instead(ABSOLUTE, (1e-5, 1e-8), (1e-3, 1e-3), (1e-3, 1e-5)):
        return torch.allclose(a, grad, *limits)
    if instead(ABSOLUTE):
        return torch.allclose(central(f, x, H[x.dtype]), grad, 1e-3, 1e-5)
    if instead(ABSOLUTE):
        return bool((central(f, x, H[x.dtype]) - grad).norm() <= 1e-3)
    if instead(ABSOLUTE):
        return bool((a - grad).abs().max() < 1e-2)
    if most := wrong(ABSOLUTE, 1e-3, usual, 4 * usual):
        tolerance, length = most, 1
    if most := wrong(ABSOLUTE, 1e-3, usual):
        error, tolerance, length = (a - grad).abs().max(), most, 1
    if wrong(ABSOLUTE):
        length = x.norm()
    if wrong(
        "Your tolerance is never below that of length 1 (max, clamp, 1 + length), "
        "so a gradient of 1e-6 passes as 0."
    ):
        length = length.clamp(1)
    if wrong(
        "An infinite gradient passes: your tolerance grows with grad, and inf <= inf is True."
    ):
        length = torch.maximum(length, grad.norm())
    if wrong(
        "You compare the largest elements. An error that is spread over many elements shows in "
        "the length of all together, and in none of them."
    ):
        error, length = (a - grad).abs().max(), a.abs().max()
    if wrong("You compare the lengths. A gradient of the wrong sign has the right length."):
        error = (length - grad.norm()).abs()
    if wrong(
        "Your tolerance is the same for both dtypes, and lets errors through that "
        "can be seen in float64."
    ):
        tolerance = 3e-3
    if wrong(TIGHT):
        tolerance = eps
    if wrong(TIGHT):
        return a.equal(grad)
    if wrong(ZERO_ZERO):
        return bool(error / length <= tolerance)
    if wrong(ZERO_ZERO):
        return bool(error < tolerance * length)
    if wrong(
        "You let nan pass: every comparison with nan is False, so `not (error > tolerance)` is "
        "True."
    ):
        return not bool(error > tolerance * length)
    return bool(error <= tolerance * length)


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("numeric_grad", ASTRAY)
def on_the_default_device(f, x, h):
    return torch.zeros(x.shape, dtype=x.dtype) + central(f, x, h)


@mistake("numeric_grad", IN_PLACE)
def in_place_and_back(f, x, h):
    grad = torch.zeros_like(x, memory_format=torch.contiguous_format)
    for j in range(x.numel()):
        step = torch.zeros_like(grad)
        step.view(-1)[j] = h
        kept = x.clone()
        up = f(x.add_(step))
        down = f(x.copy_(kept).sub_(step))
        x.copy_(kept)
        grad.view(-1)[j] = (up - down) / (2 * h)
    return grad


@mistake("grad_is_right", AUTOGRAD)
def from_autograd(f, x, grad):
    if grad.shape != x.shape:
        return False
    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        out = f(leaf)
        a = torch.autograd.grad(out, leaf)[0] if out.requires_grad else torch.zeros_like(x)
    return bool((a - grad).norm() <= USUAL[x.dtype] * a.norm())


@mistake("good_step", TENSOR.format("float"))
def step_as_a_tensor(dtype):
    return torch.tensor(torch.finfo(dtype).eps ** (1 / 3))
