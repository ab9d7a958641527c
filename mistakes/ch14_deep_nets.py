"""Known wrong answers of chapter 14, each with the sentence a kind teacher would say.

Longer than other files, as it holds two formulas, an init and a whole pass.
"""

import math

import torch

from kata.checks.forward import ASTRAY
from kata.checks.gradients import ADDS, AUTOGRAD, NAMED_G, RETURNS_MORE
from kata.checks.random import OTHER_GENERATOR, SAME_AGAIN
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes
from kata.diagnosis.summary import Randomly

# --- log2_growth --------------------------------------------------------------------------------


@probes("log2_growth")
def log2_growth_probes(draw):
    if draw.dtype == torch.float64:  # no tensors: once is enough
        yield from ((8, 0.25, 3), (100, 0.15, 1), (3, 0.7, 5), (784, 1.0, 10_000), (50, 0.3, 40))


NO_RELU = (
    "You leave out the relu. Half of what comes out of each product is negative and becomes 0, so "
    "half of the mean square is left: d std^2 / 2 per layer."
)
NO_SQUARE = (
    "You use std where its square belongs. The mean square of a sum of d products grows by d times "
    "the variance, std^2."
)
HALF_OF_IT = (
    "You give the growth of the root mean square. Asked for is that of the mean square, twice as "
    "much in log2."
)
NOT_LOG2 = "You use another logarithm (ln or log10). Asked for is log2, the exponent of 2."
NO_LOG = "You give the factor itself, which soon leaves the range of floats. Give its log2."
OVERFLOWS = (
    "You form the factor before you take its logarithm, and it leaves the range of floats (or is "
    "rounded to 0). log2 of a power is a product: n_layers times log2 of one layer's factor."
)
ONE_LAYER = "You give one layer's growth. n_layers of them multiply, so their log2 add up."
NO_D = "You leave out d. Each sum has d terms, so each layer multiplies by d std^2 / 2."
ROOT_D = "You take sqrt(d), which belongs to the root mean square. The mean square grows by d."
SIGN = "Your sign is turned: log2 is positive where the mean square grows."
NO_SIGN = "You leave the sign out. log2 is negative where the mean square falls."
ONE_LAYER_LESS = "You count one layer too few. Each of the n_layers multiplies the mean square."
ADDS_LAYERS = "You add n_layers. The factors of the layers multiply: n_layers times log2 of one."
RELU_ONCE = "You halve once. The relu of each layer keeps one half: d std^2 / 2, n_layers times."
ROUNDED = "You round the exponent. Asked for is log2 as it is."
HALVES_DOWN = "You divide d by 2 in whole numbers (//). An odd d loses its half: d / 2."
QUARTER = (
    "You take the relu for a quarter. It sets half of the values to 0, and the others keep their "
    "squares: one half is left."
)
VARIANCE = (
    "You follow the variance, of which a relu leaves (1 - 1/pi)/2. The mean of the squares, with "
    "its mean not taken off, is what the next layer multiplies: one half is left."
)


def growth(sentence, name, function):
    function.__name__ = name
    return mistake("log2_growth", sentence)(function)


def log2(x):
    return math.log2(x)


no_relu = growth(NO_RELU, "no_relu", lambda d, s, k: k * log2(d * s * s))
no_square = growth(NO_SQUARE, "no_square", lambda d, s, k: k * log2(d * s / 2))
root = growth(HALF_OF_IT, "root", lambda d, s, k: k * log2(d * s * s / 2) / 2)
natural = growth(NOT_LOG2, "natural", lambda d, s, k: k * math.log(d * s * s / 2))
common = growth(NOT_LOG2, "common", lambda d, s, k: k * math.log10(d * s * s / 2))
power = growth(NO_LOG, "power", lambda d, s, k: (d * s * s / 2) ** k)
power_or_inf = growth(
    NO_LOG, "power_or_inf", lambda d, s, k: (torch.tensor(d * s * s / 2).double() ** k).item()
)
log_of_power = growth(OVERFLOWS, "log_of_power", lambda d, s, k: log2((d * s * s / 2) ** k))
one_layer = growth(ONE_LAYER, "one_layer", lambda d, s, k: log2(d * s * s / 2))
no_d = growth(NO_D, "no_d", lambda d, s, k: k * log2(s * s / 2))
root_d = growth(ROOT_D, "root_d", lambda d, s, k: k * log2(math.sqrt(d) * s * s / 2))
turned = growth(SIGN, "turned", lambda d, s, k: -k * log2(d * s * s / 2))
quarter = growth(QUARTER, "quarter", lambda d, s, k: k * log2(d * s * s / 4))
no_sign = growth(NO_SIGN, "no_sign", lambda d, s, k: abs(k * log2(d * s * s / 2)))
fewer = growth(ONE_LAYER_LESS, "fewer", lambda d, s, k: (k - 1) * log2(d * s * s / 2))
adds_layers = growth(ADDS_LAYERS, "adds_layers", lambda d, s, k: k + log2(d * s * s / 2))
relu_once = growth(RELU_ONCE, "relu_once", lambda d, s, k: k * log2(d * s * s) - 1)
rounded = growth(ROUNDED, "rounded", lambda d, s, k: float(round(k * log2(d * s * s / 2))))
rounded_int = growth(ROUNDED, "rounded_int", lambda d, s, k: round(k * log2(d * s * s / 2)))
floored = growth(ROUNDED, "floored", lambda d, s, k: math.floor(k * log2(d * s * s / 2)))
halves_down = growth(HALVES_DOWN, "halves_down", lambda d, s, k: k * log2(d // 2 * s * s))
variance = growth(VARIANCE, "variance", lambda d, s, k: k * log2(d * s * s * (1 - 1 / math.pi) / 2))

# --- log2_moments -------------------------------------------------------------------------------


@probes("log2_moments")
def log2_moments_probes(draw):
    for n, d, n_layers in [(5, 4, 3), (1, 5, 2), (3, 3, 3), (4, 6, 1)]:
        yield draw(n, d).abs(), draw(n_layers, d, d) + 0.2
    yield draw(3, 5).abs(), draw(150, 5, 5).abs() * 30


NO_MEASURE_RELU = "You leave out the relu: x_l = relu(x_(l-1) ws[l]), then the mean of its squares."
TOO_LARGE = (
    "Your x leaves the range of floats, and its log2 is inf or nan. Divide x by its size in every "
    "layer, and add up the log2 of these sizes."
)
STD = (
    "You measure the variance or the std. Asked for is the mean of the squares, with no mean taken "
    "off first."
)
NOT_SQUARED = "You measure the root mean square. Asked for is log2 of the mean square, twice that."
SUMMED = "You take the sum of the squares. Asked for is their mean, over all n d numbers."
NATURAL = "You take the natural logarithm. Asked for is log2."
STEPWISE = (
    "You give the growth in each layer alone. After layer l all l + 1 factors are in x_l: add the "
    "logarithms up."
)
FIRST_INCLUDED = (
    "You measure x itself first. There is one number for each layer's output, L in all."
)
LAST_ONLY = "You give the last layer alone. Asked for is one number for each of the L layers."
NUMBERS = (
    "You return a list, or a tensor made of Python numbers (item, tolist). Return one tensor of "
    "shape [L], of x's dtype: torch.stack."
)
TRANSPOSED = "You multiply by ws[l] transposed. x_l = relu(x_(l-1) ws[l]), with x on the left."
ONE_AXIS_SUMMED = (
    "You take the mean over one axis, and the sum over the other. Asked for is the mean over all "
    "n d numbers."
)
OF_EACH_ROW = (
    "You take the logarithm for each row, then the mean. Asked for is log2 of the mean over all "
    "n d numbers."
)
FIRST_FORGOTTEN = (
    "You scale x before the first layer and forget by how much. Add log2 of its mean square."
)
EPS_ADDED = (
    "You add a small number to the mean square (or clamp it), which a vanishing signal is far "
    "below. Scaled to size 1 in each layer, it needs none."
)
BEFORE_RELU = "You measure before the relu. x_l is what comes out of it."


def measured(x, ws, relu=torch.relu, size=lambda x: x.square().mean(), rescale=True):
    found, total = [], 0.0
    for w in ws:
        x = relu(x @ w)
        square = size(x)
        found.append(square.log2() + total)
        if rescale:
            total = found[-1]
            x = x / square.sqrt()
    return torch.stack(found)


@mistake("log2_moments", NO_MEASURE_RELU)
def moments_without_relu(x, ws):
    return measured(x, ws, relu=lambda x: x)


@mistake("log2_moments", TOO_LARGE)
def moments_out_of_range(x, ws):
    return measured(x, ws, rescale=False)


def now_and_then(every):
    def function(x, ws):
        found = []
        for part in ws.split(every):
            total = found[-1] if found else 0
            for w in part:
                x = torch.relu(x @ w)
                found.append(x.square().mean().log2() + total)
            x = x / x.square().mean().sqrt()
        return torch.stack(found)

    function.__name__ = f"moments_scaled_every_{every}"
    return mistake("log2_moments", TOO_LARGE)(function)


every_10, every_50, every_100 = map(now_and_then, (10, 50, 100))


@mistake("log2_moments", TOO_LARGE)
def moments_in_float64(x, ws):
    return measured(x.double(), ws.double(), rescale=False).to(x.dtype)


@mistake("log2_moments", STD)
def moments_of_variance(x, ws):
    found, total = [], 0.0
    for w in ws:
        x = torch.relu(x @ w)
        size = x.square().mean()
        found.append(x.var().log2() + total)
        total = total + size.log2()
        x = x / size.sqrt()
    return torch.stack(found)


def wrong_moments(sentence, name, size):
    def function(x, ws):
        return measured(x, ws, size=size)

    function.__name__ = name
    return mistake("log2_moments", sentence)(function)


of_var = wrong_moments(STD, "of_var", lambda x: x.var())
of_var_over_n = wrong_moments(STD, "of_var_over_n", lambda x: x.var(correction=0))
of_std = wrong_moments(STD, "of_std", lambda x: x.std())
eps_3 = wrong_moments(EPS_ADDED, "eps_3", lambda x: x.square().mean() + 1e-3)
eps_5 = wrong_moments(EPS_ADDED, "eps_5", lambda x: x.square().mean() + 1e-5)
eps_6 = wrong_moments(EPS_ADDED, "eps_6", lambda x: x.square().mean() + 1e-6)
eps_8 = wrong_moments(EPS_ADDED, "eps_8", lambda x: x.square().mean() + 1e-8)


@mistake("log2_moments", NOT_SQUARED)
def moments_rooted(x, ws):
    return measured(x, ws) / 2


@mistake("log2_moments", SUMMED)
def moments_summed(x, ws):
    return measured(x, ws) + math.log2(x.numel())


@mistake("log2_moments", ONE_AXIS_SUMMED)
def moments_rows_summed(x, ws):
    return measured(x, ws) + math.log2(len(x))


@mistake("log2_moments", ONE_AXIS_SUMMED)
def moments_columns_summed(x, ws):
    return measured(x, ws) + math.log2(x.shape[1])


@mistake("log2_moments", OF_EACH_ROW)
def moments_of_each_row(x, ws):
    return torch.stack([measured(row[None], ws) for row in x]).mean(0)


@mistake("log2_moments", FIRST_FORGOTTEN)
def moments_first_forgotten(x, ws):
    return measured(x / x.square().mean().sqrt(), ws)


@mistake("log2_moments", NATURAL)
def moments_natural(x, ws):
    return measured(x, ws) * math.log(2)


@mistake("log2_moments", STEPWISE)
def moments_stepwise(x, ws):
    found = measured(x, ws)
    return torch.cat([found[:1], found[1:] - found[:-1]])


@mistake("log2_moments", FIRST_INCLUDED)
def moments_first_included(x, ws):
    return torch.cat([x.square().mean().log2()[None], measured(x, ws)])


@mistake("log2_moments", LAST_ONLY)
def moments_last_only(x, ws):
    return measured(x, ws)[-1]


@mistake("log2_moments", NUMBERS)
def moments_as_numbers(x, ws):
    return measured(x, ws).tolist()


@mistake("log2_moments", TRANSPOSED)
def moments_transposed(x, ws):
    return measured(x, ws.mT)


@mistake("log2_moments", BEFORE_RELU)
def moments_before_relu(x, ws):
    found, total = [], 0.0
    for w in ws:
        before = x @ w
        x = torch.relu(before)
        size = x.square().mean()
        found.append(before.square().mean().log2() + total)
        total = total + size.log2()
        x = x / size.sqrt()
    return torch.stack(found)


@mistake("log2_moments", ASTRAY)
def moments_astray(x, ws):
    found = torch.empty(len(ws), dtype=x.dtype)
    found[:] = measured(x, ws)
    return found


# --- fixup_init ---------------------------------------------------------------------------------


@probes("fixup_init")
def fixup_init_probes(draw):
    if draw.dtype == torch.float64:
        return
    for args in [(64, 2, 8), (64, 3, 8), (64, 4, 8), (16, 2, 32), (4, 2, 32)]:
        yield Via(args, "deep_nets.traits")
    yield Randomly((2, 2, 48), torch.float32)


PLAIN_HE = (
    "You leave out the factor L^(-1/(2m - 2)). With He's weights alone a step moves the net the "
    "more, the more layers it has."
)
LAST_DRAWN = (
    "You draw the last layer of each branch, too. It is 0, so that every branch starts as zero and "
    "the net as the identity."
)
NO_HE = "You leave out He's std sqrt(2/d). The factor L^(-1/(2m - 2)) multiplies it."
XAVIER = "You scale by Xavier's std sqrt(1/d). A relu follows, so it is He's, sqrt(2/d)."
VARIANCE_FOR_STD = (
    "You use a variance as a standard deviation. randn times s has the variance s^2: take the root "
    "of 2/d, and the factor L^(-1/(2m - 2)) as it is."
)
ROOT_L = (
    "Your power of L is another one. It is -1/(2m - 2): -1/2 for branches of two layers, -1/4 for "
    "three. (The m - 1 layers before the last share it, and each step counts them twice.)"
)
FIRST_ZERO = "You set the first layer of each branch to 0. It is the last that is 0."
ALL_ZERO = (
    "All weights are 0. Then no weight ever gets a gradient: h is 0, and w2 is 0. Only the last "
    "layer of each branch is."
)
UNIFORM_LAYERS = "All layers are the same. Draw each of the L branches on its own."
FAN = "You divide by another axis than d. Each sum has d terms."
LAST_SMALL = (
    "You make the last layer of each branch small. It is exactly 0, which makes the net the "
    "identity at the start."
)
FIXED_DTYPE = (
    "You fix the dtype of the weights. Leave it to torch's default dtype, as torch.randn does."
)
NO_LAYERS_AXIS = "You return a list. Asked for is one tensor, [n_layers, m, d, d]: torch.stack."
BRACKETS = "You left the brackets out: -1 / 2 * m - 2 is -(m/2) - 2. It is -1 / (2 * m - 2)."
IN_VARIANCE = (
    "Your factor multiplies the variance. L^(-1/(2m - 2)) multiplies He's weights: it is no part "
    "of the root."
)
LAST_BRANCH = "You set the last branch to 0. It is the last layer of each branch: w[:, -1] = 0."
FIRST_DRAWN = "You draw the first layer of each branch alone. All but the last are drawn."
AXES_SWAPPED = "You swapped the first two axes. Asked for is [n_layers, m, d, d]."
NOT_NORMAL = "You draw uniform numbers. Asked for are normal ones, N(0, std^2): torch.randn."
GROWS = "Your power of L has the wrong sign: the more layers, the smaller each branch's weights."


def fixup(n_layers, m, d, base=2, power=None, zero=-1):
    power = -1 / (2 * m - 2) if power is None else power(m)
    w = torch.randn(n_layers, m, d, d) * math.sqrt(base / d) * n_layers**power
    if zero is not None:
        w[:, zero] = 0
    return w


def wrong_init(sentence, name, function):
    function.__name__ = name
    return mistake("fixup_init", sentence)(function)


plain_he = wrong_init(PLAIN_HE, "plain_he", lambda *a: fixup(*a, power=lambda m: 0))
last_drawn = wrong_init(LAST_DRAWN, "last_drawn", lambda *a: fixup(*a, zero=None))
xavier = wrong_init(XAVIER, "xavier", lambda *a: fixup(*a, base=1))
no_he = wrong_init(NO_HE, "no_he", lambda L, m, d: fixup(L, m, d, base=d))
root_l = wrong_init(ROOT_L, "root_l", lambda *a: fixup(*a, power=lambda m: -0.5))
whole_l = wrong_init(ROOT_L, "whole_l", lambda *a: fixup(*a, power=lambda m: -1))
two_m = wrong_init(ROOT_L, "two_m", lambda *a: fixup(*a, power=lambda m: -1 / (2 * m)))
grows = wrong_init(GROWS, "grows", lambda *a: fixup(*a, power=lambda m: 1 / (2 * m - 2)))
double_power = wrong_init(
    ROOT_L, "double_power", lambda *a: fixup(*a, power=lambda m: -1 / (m - 1))
)
brackets = wrong_init(BRACKETS, "brackets", lambda *a: fixup(*a, power=lambda m: -1 / 2 * m - 2))
in_variance = wrong_init(
    IN_VARIANCE, "in_variance", lambda *a: fixup(*a, power=lambda m: -1 / (4 * m - 4))
)
first_zero = wrong_init(FIRST_ZERO, "first_zero", lambda *a: fixup(*a, zero=0))
all_zero = wrong_init(ALL_ZERO, "all_zero", lambda *a: fixup(*a, zero=slice(None)))
fan_of_branch = wrong_init(FAN, "fan_of_branch", lambda L, m, d: fixup(L, m, d, base=2 * d / m))
plain_he_last_drawn = wrong_init(
    PLAIN_HE, "plain_he_last_drawn", lambda *a: fixup(*a, zero=None, power=lambda m: 0)
)
variance_for_std = wrong_init(
    VARIANCE_FOR_STD, "variance_for_std", lambda L, m, d: fixup(L, m, d, base=4 / d)
)


first_drawn = wrong_init(FIRST_DRAWN, "first_drawn", lambda *a: fixup(*a, zero=slice(1, None)))


@mistake("fixup_init", LAST_SMALL)
def last_small(n_layers, m, d):
    w = fixup(n_layers, m, d, zero=None)
    w[:, -1] *= 2**-10
    return w


@mistake("fixup_init", LAST_BRANCH)
def last_branch_zero(n_layers, m, d):
    w = fixup(n_layers, m, d, zero=None)
    w[-1] = 0
    return w


@mistake("fixup_init", AXES_SWAPPED)
def axes_swapped(n_layers, m, d):
    w = torch.randn(m, n_layers, d, d) * math.sqrt(2 / d) * n_layers ** (-1 / (2 * m - 2))
    w[-1] = 0
    return w


@mistake("fixup_init", NOT_NORMAL)
def uniform(n_layers, m, d):
    w = fixup(n_layers, m, d)
    std = math.sqrt(2 / d) * n_layers ** (-1 / (2 * m - 2))
    w[:, :-1].uniform_(-std * math.sqrt(3), std * math.sqrt(3))
    return w


@mistake("fixup_init", UNIFORM_LAYERS)
def same_layers(n_layers, m, d):
    return fixup(n_layers, m, d)[:1].repeat(n_layers, 1, 1, 1)


@mistake("fixup_init", FIXED_DTYPE)
def in_float32(n_layers, m, d):
    return fixup(n_layers, m, d).float()


@mistake("fixup_init", FIXED_DTYPE)
def in_float64(n_layers, m, d):
    return fixup(n_layers, m, d).double()


@mistake("fixup_init", NO_LAYERS_AXIS)
def a_list_of_layers(n_layers, m, d):
    return list(fixup(n_layers, m, d))


@mistake("fixup_init", OTHER_GENERATOR)
class OwnGenerator:
    """Draws from a generator of its own."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(3)

    def __call__(self, n_layers, m, d):
        w = fixup(n_layers, m, d)
        w[:, :-1].normal_(generator=self.generator)
        w[:, :-1] *= math.sqrt(2 / d) * n_layers ** (-1 / (2 * m - 2))
        return w


@mistake("fixup_init", SAME_AGAIN)
def same_weights_each_time(n_layers, m, d):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return fixup(n_layers, m, d)


# --- residual_pass ------------------------------------------------------------------------------


@probes("residual_pass")
def residual_pass_probes(draw):
    for n, d, n_layers in [(5, 3, 4), (1, 3, 5), (2, 2, 1), (4, 1, 7), (3, 3, 2)]:
        yield draw(n, d), draw(n, d), draw(n_layers, 2, d, d, scale=0.5)
    yield tuple(t.round() for t in (draw(6, 3) * (draw(6, 3) > 0), draw(6, 3), draw(2, 2, 3, 3)))
    yield draw.with_grad(draw(4, 2)), draw(4, 2), draw.with_grad(draw(3, 2, 2, 2, scale=0.5))
    yield draw(4, 2).requires_grad_(), draw(4, 2), draw(3, 2, 2, 2).requires_grad_()


ALL_HELD = (
    "You hold more than about sqrt(L) activations at once. Keep every sqrt(L)-th x_l on the way "
    "there, and on the way back compute the ones between two of them again, stretch by stretch."
)
NO_AROUND = (
    "You leave out the way around the branch. x_l reaches x_(l+1) both directly and through the "
    "branch, so the two gradients add up: g + d_l w1^T."
)
NO_THROUGH = (
    "You leave out the way through the branch. x_l reaches x_(l+1) directly and through the "
    "branch: g + d_l w1^T."
)
NO_MASK = "You forget the relu on the way back. Where x_l w1 <= 0 nothing goes through: use a mask."
AT_ZERO = "Where a relu saw exactly 0 you let the gradient through. Take 0 there: > 0, not >= 0."
NO_TWO = "You start without the factor 2 of the square: dL/dx_L = 2 (x_L - targ) / (n d)."
OVER_N = "You divide by n alone. The mean is over all n d numbers: 2 (x_L - targ) / (n d)."
NO_MEAN = "You start without the 1/(n d) of the mean: dL/dx_L = 2 (x_L - targ) / (n d)."
LATE_STATE = (
    "You take x_(l+1), the layer's output, where its input x_l belongs. Mind by one where the "
    "states that you kept are counted from."
)
G_TOO_LATE = (
    "You use the gradient of the layer's input for its weights. dL/dw[l, 1] takes the gradient of "
    "the layer's output: set both before you move on to the next g."
)
FORWARD_ORDER = (
    "You go through the layers from the first to the last. The way back starts at the last."
)
SWAPPED = "You put the gradients of w[l, 0] and w[l, 1] in each other's places."
TURNED_ROUND = (
    "Your gradients lie in the order of the way back, last layer first. w.grad[l] belongs to w[l]: "
    "turn them round."
)
X_FOR_HIDDEN = "You take x_l for the input of w[l, 1]. It is the hidden layer: relu(x_l w[l, 0])."
UNDONE = (
    "You compute x_l as x_(l+1) less its branch, but that branch was relu(x_l w1) w2, of x_l "
    "itself. Go on from a state that you kept."
)
NOT_TRANSPOSED = "You multiply by w as it is on the way back. It is transposed there: g w^T."
STRETCH_START = (
    "You take the state at the start of a stretch for all its layers. Each has its own input x_l: "
    "compute them again from that state."
)
LAST_STRETCH = (
    "You lose the layers after the last whole stretch: L need not be a square, so the last stretch "
    "may be shorter."
)
LOSS_SUM = "Your loss is the sum of the squares. It is their mean."
NO_SKIP = "Your net has no way around its branches: x_(l+1) = x_l + relu(x_l w1) w2."
SIGN_TURNED = "Your sign is turned: dL/dx_L = 2 (x_L - targ) / (n d)."
W_ONLY = "You set w.grad alone. x.grad is asked for, too: it is g once all layers are done."


@torch.no_grad()
def run(
    x,
    targ,
    w,
    start=lambda e: 2 * e / e.numel(),
    relu_mask=lambda b: b > 0,
    around=1,
    through=1,
    hidden=lambda h, before: before.relu(),
    back=lambda w: w.t(),
    fresh=True,
):
    """There and back, with every state kept in stretches; the wrong answers change a part."""
    step, n_layers = math.isqrt(len(w)), len(w)
    kept, h = [], x
    for i, (w1, w2) in enumerate(w):
        if i % step == 0:
            kept.append(h)
        h = h + torch.relu(h @ w1) @ w2
    error = h - targ
    g, grad = start(error), torch.empty_like(w)
    for first in range((n_layers - 1) // step * step, -1, -step):
        states = [kept.pop()]
        for w1, w2 in w[first : first + step][:-1]:
            states.append(states[-1] + fresh * torch.relu(states[-1] @ w1) @ w2)
        for i, h in reversed(list(enumerate(states, start=first))):
            before = h @ w[i, 0]
            d = g @ back(w[i, 1]) * relu_mask(before)
            grad[i, 0], grad[i, 1] = h.t() @ d, hidden(h, before).t() @ g
            g = around * g + through * (d @ back(w[i, 0]))
    x.grad, w.grad = g, grad
    return error.square().mean()


def wrong_pass(sentence, name, function):
    function.__name__ = name
    return mistake("residual_pass", sentence)(function)


no_around = wrong_pass(NO_AROUND, "no_around", lambda *a: run(*a, around=0))
no_through = wrong_pass(NO_THROUGH, "no_through", lambda *a: run(*a, through=0))
no_mask = wrong_pass(NO_MASK, "no_mask", lambda *a: run(*a, relu_mask=lambda b: 1))
at_zero = wrong_pass(AT_ZERO, "at_zero", lambda *a: run(*a, relu_mask=lambda b: b >= 0))
no_two = wrong_pass(NO_TWO, "no_two", lambda *a: run(*a, start=lambda e: e / e.numel()))
over_n = wrong_pass(OVER_N, "over_n", lambda *a: run(*a, start=lambda e: 2 * e / len(e)))
no_mean = wrong_pass(NO_MEAN, "no_mean", lambda *a: run(*a, start=lambda e: 2 * e))
sign = wrong_pass(SIGN_TURNED, "sign", lambda *a: run(*a, start=lambda e: -2 * e / e.numel()))
loss_sum = wrong_pass(LOSS_SUM, "loss_sum", lambda x, t, w: run(x, t, w) * x.numel())
x_for_hidden = wrong_pass(X_FOR_HIDDEN, "x_for_hidden", lambda *a: run(*a, hidden=lambda h, b: h))
not_transposed = wrong_pass(NOT_TRANSPOSED, "not_transposed", lambda *a: run(*a, back=lambda w: w))
stretch_start = wrong_pass(STRETCH_START, "stretch_start", lambda *a: run(*a, fresh=False))
with_more = wrong_pass(RETURNS_MORE, "with_more", lambda x, t, w: (run(x, t, w), x.grad, w.grad))


@torch.no_grad()
def all_held(x, targ, w, skip=1, late=0, early=False, order=-1):
    """The plain pass, which keeps every state."""
    states = [x]
    for w1, w2 in w:
        states.append(skip * states[-1] + torch.relu(states[-1] @ w1) @ w2)
    error = states[-1] - targ
    g, grad = 2 * error / error.numel(), torch.empty_like(w)
    for i in range(len(w))[::order]:
        h, (w1, w2) = states[i + late], w[i]
        d = g @ w2.t() * (h @ w1 > 0)
        hidden, after = torch.relu(h @ w1), skip * g + d @ w1.t()
        grad[i, 0], grad[i, 1] = h.t() @ d, hidden.t() @ (after if early else g)
        g = after
    x.grad, w.grad = g, grad
    return error.square().mean()


mistake("residual_pass", ALL_HELD)(all_held)
no_skip = wrong_pass(NO_SKIP, "no_skip", lambda *a: all_held(*a, skip=0))
late_state = wrong_pass(LATE_STATE, "late_state", lambda *a: all_held(*a, late=1))
g_too_late = wrong_pass(G_TOO_LATE, "g_too_late", lambda *a: all_held(*a, early=True))
forward_order = wrong_pass(FORWARD_ORDER, "forward_order", lambda *a: all_held(*a, order=1))


@mistake("residual_pass", SWAPPED)
def swapped(x, targ, w):
    loss = run(x, targ, w)
    w.grad = w.grad.flip(1)
    return loss


@mistake("residual_pass", TURNED_ROUND)
def turned_round(x, targ, w):
    loss = run(x, targ, w)
    w.grad = w.grad.flip(0)
    return loss


@mistake("residual_pass", TURNED_ROUND)
def all_turned_round(x, targ, w):
    loss = run(x, targ, w)
    w.grad = w.grad.flip(0, 1)
    return loss


@mistake("residual_pass", UNDONE)
@torch.no_grad()
def undone(x, targ, w):
    h = x
    for w1, w2 in w:
        h = h + torch.relu(h @ w1) @ w2
    error = h - targ
    g, grad = 2 * error / error.numel(), torch.empty_like(w)
    for i, (w1, w2) in reversed(list(enumerate(w))):
        h = h - torch.relu(h @ w1) @ w2
        d = g @ w2.t() * (h @ w1 > 0)
        grad[i, 0], grad[i, 1] = h.t() @ d, torch.relu(h @ w1).t() @ g
        g = g + d @ w1.t()
    x.grad, w.grad = g, grad
    return error.square().mean()


@mistake("residual_pass", LAST_STRETCH)
def last_stretch_lost(x, targ, w):
    whole = math.isqrt(len(w)) ** 2
    part = w.detach()[:whole]
    loss = run(x, targ, part)
    w.grad = torch.zeros_like(w)
    w.grad[:whole] = part.grad
    return loss


@mistake("residual_pass", ASTRAY)
def astray(x, targ, w):
    loss = run(x, targ, w)
    grad = torch.zeros(w.shape, dtype=w.dtype)
    grad += w.grad
    w.grad = grad
    return loss


@mistake("residual_pass", W_ONLY)
def w_only(x, targ, w):
    return run(x.detach(), targ, w)


@mistake("residual_pass", NAMED_G)
def named_g(x, targ, w):
    a, b = x.detach(), w.detach()
    loss = run(a, targ, b)
    x.g, w.g = a.grad, b.grad
    return loss


@mistake("residual_pass", ADDS)
def adds(x, targ, w):
    before = [None if t.grad is None else t.grad.clone() for t in (x, w)]
    loss = run(x, targ, w)
    for tensor, grad in zip((x, w), before, strict=True):
        tensor.grad = tensor.grad if grad is None else tensor.grad + grad
    return loss


@mistake("residual_pass", AUTOGRAD)
def by_autograd(x, targ, w):
    a, b = x.detach().clone().requires_grad_(), w.detach().clone().requires_grad_()
    h = a
    for w1, w2 in b:
        h = h + torch.relu(h @ w1) @ w2
    loss = (h - targ).square().mean()
    x.grad, w.grad = torch.autograd.grad(loss, (a, b))
    return loss.detach()
