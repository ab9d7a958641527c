"""Known wrong answers of chapter 17, each with the sentence a kind teacher would say.

Longer than other files: six exercises, and most mistakes can be made in each of them.
"""

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, CUT, KEPT
from kata.checks.gradients import AUTOGRAD, STALE
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

IN_PLACE = (
    "You work in place on an input. Make a new tensor instead: whoever passed the input still "
    "needs its old values."
)
UNBIASED = (
    "You divide the variance by {0} - 1. To normalise, take the mean of the squares, over {0}."
)
STD_EPS = "You add eps to the standard deviation. It stands under the root: sqrt(var + eps)."
NO_EPS = "You leave out eps. It stands under the root, sqrt(var + eps), and keeps it off 0."
FIXED_EPS = "You always take the default eps. Use the one that is passed in."
NO_ROOT = "You divide by the variance. Divide by its root, sqrt(var + eps)."
TIMES_ROOT = "You multiply by the root of the variance. Divide by it: sqrt(var + eps)."
BY_ROWS = (
    "You normalise each row (that is layernorm). Here mean and variance are those of a column, "
    "over the rows of the batch: mean(0)."
)
BY_ALL = "You take one mean and variance of all values. Each column has its own: mean(0)."
NO_GAMMA = "You leave out gamma: out = gamma xhat + beta."
NO_BETA = "You leave out beta: out = gamma xhat + beta."
NO_BOTH = "You leave out gamma and beta: out = gamma xhat + beta."
MINUS_BETA = "You subtract beta. It is added: out = gamma xhat + beta."
ONE_MORE = "You scale by 1 + gamma. The factor is gamma itself: out = gamma xhat + beta."
BETA_SCALED = "You add beta before you multiply by gamma. It comes after: gamma xhat + beta."
NAIVE = (
    "You take var = mean(x^2) - mean(x)^2. Far from 0 this is a small difference of two large "
    "rounded numbers; subtract the mean first, then take the mean of the squares."
)
MEAN_SQUARE = (
    "Your variance is the mean of x^2. Take the mean off x there, too: var = mean((x - mean)^2)."
)
FLOOR = "You take eps for the least variance there is (max, clamp). Add it: sqrt(var + eps)."
NO_CENTRE = "You do not take the mean off x. xhat = (x - mean) / sqrt(var + eps)."


def over_rows(x, unbiased=False):
    return x.mean(0), x.var(0, unbiased=unbiased)


def far(draw, *shape, axis=0):
    """So far from 0 that mean(x^2) - mean(x)^2 is 0 in float32, however it is summed."""
    x = draw(*shape)
    return 2**14 + x.argsort(axis).remainder(2).mul(2).sub(1).to(x.dtype)


def train(x, gamma, beta, eps=1e-5, *, mean=None, var=None):
    """A right answer, but for the mean and the variance that are passed in."""
    mean = x.mean(0) if mean is None else mean
    var = x.var(0, unbiased=False) if var is None else var
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# --- batchnorm_train ----------------------------------------------------------------------------


@probes("batchnorm_train")
def train_probes(draw):
    for _ in range(2):  # the same shapes, which no test has: what is kept shows
        yield draw(7, 3), draw(3), draw(3)
    yield draw(8, 8), draw(8), draw(8), 0.5
    yield Via((draw(8, 4), draw(8, 4), draw(4), draw(4)), "gradients.in_first")
    yield draw(7, 1) * 0.1, draw(1), draw(1)
    yield far(draw, 2, 3), draw(3), draw(3)


@mistake("batchnorm_train", UNBIASED.format("n"))
def train_unbiased(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, eps, var=x.var(0))


@mistake("batchnorm_train", STD_EPS)
def train_eps_on_std(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.std(0, unbiased=False) + eps) + beta


@mistake("batchnorm_train", NO_EPS)
def train_without_eps(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, 0.0)


@mistake("batchnorm_train", FIXED_EPS)
def train_fixed_eps(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta)


@mistake("batchnorm_train", NO_ROOT)
def train_without_root(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.var(0, unbiased=False) + eps) + beta


@mistake("batchnorm_train", TIMES_ROOT)
def train_times_root(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) * torch.sqrt(x.var(0, unbiased=False) + eps) + beta


@mistake("batchnorm_train", BY_ROWS)
def train_by_rows(x, gamma, beta, eps=1e-5):
    return F.layer_norm(x, x.shape[-1:], gamma, beta, eps)


@mistake("batchnorm_train", BY_ALL)
def train_by_all(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, eps, mean=x.mean(), var=x.var(unbiased=False))


@mistake("batchnorm_train", NO_GAMMA)
def train_without_gamma(x, gamma, beta, eps=1e-5):
    return train(x, torch.ones_like(gamma), beta, eps)


@mistake("batchnorm_train", NO_BETA)
def train_without_beta(x, gamma, beta, eps=1e-5):
    return train(x, gamma, torch.zeros_like(beta), eps)


@mistake("batchnorm_train", NO_BOTH)
def train_without_both(x, gamma, beta, eps=1e-5):
    return train(x, torch.ones_like(gamma), torch.zeros_like(beta), eps)


@mistake("batchnorm_train", "You have gamma and beta the wrong way round: out = gamma xhat + beta.")
def train_swapped(x, gamma, beta, eps=1e-5):
    return train(x, beta, gamma, eps)


@mistake("batchnorm_train", BETA_SCALED)
def train_beta_scaled(x, gamma, beta, eps=1e-5):
    return train(x, gamma, gamma * beta, eps)


@mistake("batchnorm_train", MINUS_BETA)
def train_minus_beta(x, gamma, beta, eps=1e-5):
    return train(x, gamma, -beta, eps)


@mistake("batchnorm_train", ONE_MORE)
def train_one_more(x, gamma, beta, eps=1e-5):
    return train(x, 1 + gamma, beta, eps)


@mistake("batchnorm_train", FLOOR)
def train_floor(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, 0, var=x.var(0, unbiased=False).clamp(min=eps))


@mistake("batchnorm_train", MEAN_SQUARE)
def train_mean_square(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, eps, var=x.square().mean(0))


@mistake("batchnorm_train", NAIVE)
def train_naive(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, eps, var=x.square().mean(0) - x.mean(0).square())


@mistake("batchnorm_train", NO_CENTRE)
def train_not_centred(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, eps, mean=torch.zeros_like(gamma))


DETACHED = (
    "You cut mean and variance off the graph (detach, no_grad, item). They depend on x, and the "
    "gradient goes through them, too."
)


@mistake("batchnorm_train", DETACHED)
def train_detached(x, gamma, beta, eps=1e-5):
    mean, var = over_rows(x.detach())
    return train(x, gamma, beta, eps, mean=mean, var=var)


@mistake("batchnorm_train", ASTRAY)
def train_mean_by_ones(x, gamma, beta, eps=1e-5):
    return train(x, gamma, beta, eps, mean=torch.ones(len(x), dtype=x.dtype) @ x / len(x))


@mistake("batchnorm_train", CUT)
def train_numpy(x, gamma, beta, eps=1e-5):
    return train(x.detach(), gamma.detach(), beta.detach(), eps)


@mistake("batchnorm_train", KEPT)
class TrainKept:
    """Takes the first batch's statistics for all that follow of its shape."""

    def __init__(self):
        self.kept = {}

    def __call__(self, x, gamma, beta, eps=1e-5):
        mean, var = self.kept.setdefault((x.shape, x.dtype), over_rows(x.detach().clone()))
        return train(x, gamma, beta, eps, mean=mean, var=var)


# --- running_statistics -------------------------------------------------------------------------


@probes("running_statistics")
def running_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(3), draw(3).square()
    yield draw(3, 3), draw(3), draw(3).square(), 0.25
    yield draw(2, 1), draw(1), draw(1).square(), 1.0
    yield far(draw, 2, 3), draw(3), draw(3).square()


def mixed(mean, var, new_mean, new_var, momentum):
    return (1 - momentum) * mean + momentum * new_mean, (1 - momentum) * var + momentum * new_var


@mistake(
    "running_statistics",
    "You divide the batch's variance by n. The running one estimates that of all data: n - 1.",
)
def running_biased(x, mean, var, momentum=0.1):
    return mixed(mean, var, *over_rows(x), momentum)


@mistake(
    "running_statistics",
    "You correct the variance twice: x.var(0) is over n - 1 as it is. The factor n / (n - 1) is "
    "for one over n.",
)
def running_corrected_twice(x, mean, var, momentum=0.1):
    return mixed(mean, var, x.mean(0), x.var(0) * len(x) / (len(x) - 1), momentum)


@mistake(
    "running_statistics",
    "Your correction is upside down. From a variance over n to one over n - 1 it is n / (n - 1).",
)
def running_corrected_down(x, mean, var, momentum=0.1):
    biased = x.var(0, unbiased=False)
    return mixed(mean, var, x.mean(0), biased * (len(x) - 1) / len(x), momentum)


@mistake(
    "running_statistics",
    "You add the distance between the two means to the variance. It is a plain mix: "
    "(1 - momentum) running_var + momentum var(x).",
)
def running_pooled(x, mean, var, momentum=0.1):
    apart = (1 - momentum) * (x.mean(0) - mean).square()
    return mixed(mean, var, x.mean(0), x.var(0) + apart, momentum)


@mistake(
    "running_statistics",
    "Your momentum is the wrong way round: as torch has it, it is the share of the new batch.",
)
def running_swapped(x, mean, var, momentum=0.1):
    return mixed(mean, var, *over_rows(x, True), 1 - momentum)


@mistake("running_statistics", "You always move by a tenth. Use the momentum that is passed in.")
def running_fixed(x, mean, var, momentum=0.1):
    return mixed(mean, var, *over_rows(x, True), 0.1)


@mistake(
    "running_statistics",
    "You return the batch's own statistics. Mix them: (1 - momentum) running + momentum batch.",
)
def running_replaced(x, mean, var, momentum=0.1):
    return over_rows(x, True)


@mistake(
    "running_statistics",
    "You add the batch's part to the whole old value. The old one keeps 1 - momentum of itself.",
)
def running_added(x, mean, var, momentum=0.1):
    return mean + momentum * x.mean(0), var + momentum * x.var(0)


@mistake(
    "running_statistics", "You mix in the batch's standard deviation. It is a running variance."
)
def running_std(x, mean, var, momentum=0.1):
    return mixed(mean, var, x.mean(0), x.std(0), momentum)


@mistake(
    "running_statistics",
    "You take the batch's variance around the running mean. It is around the batch's own.",
)
def running_around_running(x, mean, var, momentum=0.1):
    around = (x - mean).square().sum(0) / (len(x) - 1)
    return mixed(mean, var, x.mean(0), around, momentum)


@mistake(
    "running_statistics",
    "You take the batch's variance around the new running mean. It is around the batch's own.",
)
def running_around_the_new_one(x, mean, var, momentum=0.1):
    new = mean + momentum * (x.mean(0) - mean)
    around = (x - new).square().sum(0) / (len(x) - 1)
    return mixed(mean, var, x.mean(0), around, momentum)


@mistake("running_statistics", "You return the variance first. Asked for is (mean, variance).")
def running_order(x, mean, var, momentum=0.1):
    return mixed(mean, var, *over_rows(x, True), momentum)[::-1]


@mistake("running_statistics", "You leave the running mean as it was. Both move with each batch.")
def running_mean_left(x, mean, var, momentum=0.1):
    return mean.clone(), mixed(mean, var, *over_rows(x, True), momentum)[1]


@mistake("running_statistics", "You leave the running variance as it was. Both move.")
def running_var_left(x, mean, var, momentum=0.1):
    return mixed(mean, var, *over_rows(x, True), momentum)[0], var.clone()


@mistake("running_statistics", "You return the running statistics as they were. Mix in the batch.")
def running_untouched(x, mean, var, momentum=0.1):
    return mean.clone(), var.clone()


@mistake("running_statistics", IN_PLACE)
def running_in_place(x, mean, var, momentum=0.1):
    mean.mul_(1 - momentum).add_(momentum * x.mean(0))
    var.mul_(1 - momentum).add_(momentum * x.var(0))
    return mean, var


@mistake("running_statistics", NAIVE)
def running_naive(x, mean, var, momentum=0.1):
    n = len(x)
    naive = (x.square().mean(0) - x.mean(0).square()) * n / (n - 1)
    return mixed(mean, var, x.mean(0), naive, momentum)


@mistake("running_statistics", "You take one mean and variance of all values. Each column has one.")
def running_of_all(x, mean, var, momentum=0.1):
    return mixed(mean, var, x.mean(), x.var(), momentum)


@mistake("running_statistics", "You return the mean alone. Return both, mean and variance.")
def running_mean_only(x, mean, var, momentum=0.1):
    return (1 - momentum) * mean + momentum * x.mean(0)


@mistake("running_statistics", STALE)
class RunningState:
    """Goes on from its own state of an earlier call."""

    def __init__(self):
        self.kept = {}

    def __call__(self, x, mean, var, momentum=0.1):
        key = (x.shape, x.dtype)
        old = self.kept.get(key, (mean, var))
        self.kept[key] = mixed(*old, *over_rows(x, True), momentum)
        return tuple(t.clone() for t in self.kept[key])


@mistake(
    "running_statistics",
    "You make tensors in torch's default dtype. Take the inputs' dtype.",
)
def running_float(x, mean, var, momentum=0.1):
    return tuple(t.float() for t in mixed(mean, var, *over_rows(x, True), momentum))


# --- batchnorm_eval -----------------------------------------------------------------------------


@probes("batchnorm_eval")
def eval_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(3), draw(3), draw(3), draw(3).square()
    yield draw(3, 3), draw(3), draw(3), draw(3), draw(3).square(), 0.5
    yield draw(1, 4), draw(4), draw(4), draw(4), draw(4).square()
    yield draw(2, 1), draw(1), draw(1), draw(1), draw(1).square() * 1e-4


def evaluate(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


OWN = "You normalise with the batch's own statistics. In evaluation, take the running ones."


@mistake("batchnorm_eval", OWN)
def eval_as_training(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, *over_rows(x), eps)


@mistake("batchnorm_eval", OWN)
def eval_as_training_but_one_row(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, *(over_rows(x) if len(x) > 1 else (mean, var)), eps)


@mistake("batchnorm_eval", "You take the batch's own mean. In evaluation, take running_mean.")
def eval_batch_mean(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, x.mean(0), var, eps)


@mistake("batchnorm_eval", "You take the batch's own variance. In evaluation, take running_var.")
def eval_batch_var(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, x.var(0, unbiased=False), eps)


@mistake(
    "batchnorm_eval",
    "You mix the batch into the running statistics first. In evaluation they stay as they are.",
)
def eval_mixing(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, *mixed(mean, var, *over_rows(x), 0.1), eps)


@mistake("batchnorm_eval", NO_EPS)
def eval_without_eps(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var, 0.0)


@mistake("batchnorm_eval", FIXED_EPS)
def eval_fixed_eps(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var)


@mistake("batchnorm_eval", FIXED_EPS)
def eval_fixed_eps_of_torch(x, gamma, beta, mean, var, eps=1e-5):
    return F.batch_norm(x, mean, var, gamma, beta)


@mistake("batchnorm_eval", FLOOR)
def eval_floor(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var.clamp(min=eps), 0)


CORRECTED = (
    "You correct the running variance by n / (n - 1). It is over n - 1 already, and the number of "
    "rows at hand has no part in it."
)


@mistake("batchnorm_eval", CORRECTED)
def eval_corrected(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var * (len(x) / (len(x) - 1)), eps)


@mistake("batchnorm_eval", CORRECTED)
def eval_corrected_but_one_row(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var * len(x) / max(1, len(x) - 1), eps)


@mistake("batchnorm_eval", STD_EPS)
def eval_eps_on_std(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / (var.sqrt() + eps) + beta


@mistake("batchnorm_eval", NO_ROOT)
def eval_without_root(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / (var + eps) + beta


@mistake("batchnorm_eval", TIMES_ROOT)
def eval_times_root(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) * torch.sqrt(var + eps) + beta


@mistake("batchnorm_eval", NO_GAMMA)
def eval_without_gamma(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, 1, beta, mean, var, eps)


@mistake("batchnorm_eval", NO_BETA)
def eval_without_beta(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, 0, mean, var, eps)


@mistake("batchnorm_eval", NO_BOTH)
def eval_without_both(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, 1, 0, mean, var, eps)


@mistake("batchnorm_eval", MINUS_BETA)
def eval_minus_beta(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, -beta, mean, var, eps)


@mistake("batchnorm_eval", ONE_MORE)
def eval_one_more(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, 1 + gamma, beta, mean, var, eps)


@mistake(
    "batchnorm_eval",
    "You take running_mean off as it is, after the scaling. It is scaled like x: the shift is "
    "beta - scale running_mean, scale = gamma / sqrt(running_var + eps).",
)
def eval_mean_unscaled(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta - mean, 0, var, eps)


@mistake("batchnorm_eval", BETA_SCALED)
def eval_beta_scaled(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, gamma * beta, mean, var, eps)


@mistake("batchnorm_eval", NO_CENTRE)
def eval_not_centred(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, 0, var, eps)


@mistake("batchnorm_eval", ASTRAY)
def eval_onto_zeros(x, gamma, beta, mean, var, eps=1e-5):
    return torch.zeros(x.shape, dtype=x.dtype) + evaluate(x, gamma, beta, mean, var, eps)


@mistake("batchnorm_eval", CUT)
def eval_cut(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var, eps).detach()


@mistake(
    "batchnorm_eval",
    "You return a Python list or a scalar's numbers. Return a tensor of the shape of x.",
)
def eval_listed(x, gamma, beta, mean, var, eps=1e-5):
    return evaluate(x, gamma, beta, mean, var, eps).tolist()


# --- the gradients ------------------------------------------------------------------------------

CONSTANTS = (
    "You treat mean and variance as constants. x[i, j] moves them, and through them all outputs "
    "they normalise: take off mean(g) and xhat mean(g xhat)."
)
NO_MEAN = (
    "You leave out the way through the mean: take off mean(g), too. A constant upstream gives 0."
)
NO_VAR = "You leave out the way through the variance: take off xhat mean(g xhat), too."
SUMS = "You take off a sum. Both of the terms that are taken off are means."
ONE_MEAN = "You take a mean of all values together. Each {} has its own."
GAMMA_TWICE = "You count gamma twice in d_x. d_out goes through it once, on its way to xhat."
D_NO_INV = "You leave out the slope 1 / sqrt(var + eps) of the normalisation in d_x."
D_NO_GAMMA = "You leave gamma out of d_x: out = gamma xhat + beta, so dL/dxhat = gamma d_out."
D_INV_CUBED = "You divide d_x by var + eps. It has one factor 1 / sqrt(var + eps)."
CENTRED_FOR_XHAT = (
    "You use x - mean where xhat belongs in d_x. xhat is that over sqrt(var + eps), in both places."
)
D_X_FOR_XHAT = "You use x where xhat = (x - mean) / sqrt(var + eps) belongs."
GAMMA_FROM_X = "You multiply d_out by x for d_gamma. gamma multiplies xhat, so d_gamma sums that."
GAMMA_FROM_CENTRED = (
    "You multiply d_out by x - mean for d_gamma. gamma multiplies xhat: divide by sqrt(var + eps)."
)
GAMMA_SCALED = "You take gamma into d_gamma. It is the sum of d_out xhat, whatever gamma is."
BOTH_SCALED = (
    "You take gamma into d_gamma and d_beta. They sum d_out xhat and d_out; gamma comes into d_x "
    "alone."
)
MEANS = "You take the mean over the rows for d_gamma and d_beta. They are sums over all rows."
UNSUMMED = "You do not sum d_gamma and d_beta over the rows. Both reach the loss through every row."
ORDER = "You return the gradients in another order. Asked for is d_x, d_gamma, d_beta."
SWAPPED = "You have d_gamma and d_beta the wrong way round."
SIGN = "You add the terms that go through mean and variance. They are taken off."
MEAN_SIGN = "You add mean(g), the way through the mean. It is taken off."
VAR_SIGN = "You add xhat mean(g xhat), the way through the variance. It is taken off, too."
OTHER_AXIS = (
    "You take the means over the wrong axis: batchnorm has them over the rows, layernorm over the "
    "columns."
)
GRAD_UNBIASED = (
    "You divide by {0} - 1. The forward pass has its variance over {0}, so its gradient has, too."
)
ONLY_D_X = "You return d_x alone. Asked for is d_x, d_gamma, d_beta."
GAMMA_OUTSIDE = (
    "You multiply by gamma after you have taken the means. gamma differs from column to column, "
    "and the mean is over the columns: take the means of g = gamma d_out."
)
ALL_SUMMED = "You sum d_gamma and d_beta over all axes. Each column has its own."


def grads(
    d_out,
    x,
    gamma,
    eps,
    axis,
    *,
    unbiased=False,
    mean_term=1,
    var_term=1,
    slope=None,
    hats=None,
    means=(None, None),
    gamma_again=False,
):
    """A right answer, but for what the keywords change."""
    centred = x - x.mean(axis, keepdim=True)
    var = centred.square().sum(axis, keepdim=True) / (x.shape[axis] - unbiased)
    inv = 1 / torch.sqrt(var + eps)
    xhat, g = centred * inv, d_out * gamma
    first, second = hats(x, centred, xhat) if hats else (xhat, xhat)
    mean_g, mean_hat = (mean or (lambda t: t.mean(axis, keepdim=True)) for mean in means)
    taken_off = mean_term * mean_g(g) + var_term * first * mean_hat(g * second)
    d_x = g - taken_off * (gamma if gamma_again else 1)
    d_x = d_x * (inv if slope is None else slope(inv))
    return d_x, (d_out * xhat).sum_to_size(gamma.shape), d_out.sum_to_size(gamma.shape)


def record(exercise, axis):
    """Record, for one of the two exercises, the mistakes that both can have."""

    def changed(name, sentence, **changes):
        def answer(d_out, x, gamma, eps=1e-5):
            return grads(d_out, x, gamma, eps, axis, **changes)

        keep(name, sentence, answer)

    def after(name, sentence, change):
        def answer(d_out, x, gamma, eps=1e-5):
            return change(*grads(d_out, x, gamma, eps, axis), d_out, x, gamma, eps)

        keep(name, sentence, answer)

    def keep(name, sentence, answer):
        answer.__name__ = f"{exercise}_{name}"
        globals()[answer.__name__] = mistake(exercise, sentence)(answer)

    changed("constants", CONSTANTS, mean_term=0, var_term=0)
    changed("no_mean_term", NO_MEAN, mean_term=0)
    changed("no_var_term", NO_VAR, var_term=0)
    changed("plus_signs", SIGN, mean_term=-1, var_term=-1)
    changed("plus_mean", MEAN_SIGN, mean_term=-1)
    changed("plus_var", VAR_SIGN, var_term=-1)
    changed("unbiased", GRAD_UNBIASED.format("nm"[axis]), unbiased=True)
    changed("no_slope", D_NO_INV, slope=torch.ones_like)
    changed("slope_squared", D_INV_CUBED, slope=torch.square)
    changed("x_for_xhat", D_X_FOR_XHAT, hats=lambda x, *_: (x, x))
    changed("centred_once", CENTRED_FOR_XHAT, hats=lambda x, centred, xhat: (centred, xhat))
    changed("centred_twice", CENTRED_FOR_XHAT, hats=lambda x, centred, xhat: (centred, centred))
    changed("gamma_again", GAMMA_TWICE, gamma_again=True)
    for kind, sentence, mean in (
        ("sum", SUMS, lambda t: t.sum(axis, keepdim=True)),
        ("one_mean", ONE_MEAN.format("column" if axis == 0 else "row"), torch.mean),
        ("mean_over_other_axis", OTHER_AXIS, lambda t: t.mean(-1 - axis, keepdim=True)),
    ):
        changed(f"{kind}_in_both", sentence, means=(mean, mean))
        changed(f"{kind}_of_g", sentence, means=(mean, None))
        changed(f"{kind}_of_g_xhat", sentence, means=(None, mean))
    after("order", ORDER, lambda x, g, b, *_: (g, b, x))
    after("swapped", SWAPPED, lambda x, g, b, *_: (x, b, g))
    after("only_d_x", ONLY_D_X, lambda x, *_: x)
    after("gamma_from_x", GAMMA_FROM_X, lambda d, g, b, u, x, w, _: (d, s(u * x, w), b))
    after(
        "gamma_from_centred",
        GAMMA_FROM_CENTRED,
        lambda d, g, b, u, x, w, _: (d, s(u * (x - x.mean(axis, keepdim=True)), w), b),
    )
    after("gamma_twice", GAMMA_TWICE, lambda d, g, b, u, x, w, _: (d * w, g, b))
    after("gamma_scaled", GAMMA_SCALED, lambda d, g, b, u, x, w, _: (d, g * w, b))
    after("both_scaled", BOTH_SCALED, lambda d, g, b, u, x, w, _: (d, g * w, b * w))
    after(
        "means", MEANS, lambda d, g, b, u, x, w, _: (d, *(t * len(w) / u.numel() for t in (g, b)))
    )
    after("all_summed", ALL_SUMMED, lambda d, g, b, *_: (d, g.sum(), b.sum()))
    after(
        "no_gamma",
        D_NO_GAMMA,
        lambda d, g, b, u, x, w, eps: (grads(u, x, torch.ones_like(w), eps, axis)[0], g, b),
    )
    after(
        "other_axis",
        OTHER_AXIS,
        lambda d, g, b, u, x, w, eps: (grads(u, x, w, eps, -1 - axis)[0], g, b),
    )
    after("fixed_eps", FIXED_EPS, lambda d, g, b, u, x, w, eps: grads(u, x, w, 1e-5, axis))
    after("no_eps", NO_EPS, lambda d, g, b, u, x, w, eps: grads(u, x, w, 0.0, axis))
    after(
        "unsummed",
        UNSUMMED,
        lambda d, g, b, u, x, w, eps: (d, u * hat(x, axis, eps), u),
    )

    def by_autograd(d_out, x, gamma, eps=1e-5):
        leaves = [t.detach().clone().requires_grad_() for t in (x, gamma, torch.zeros_like(gamma))]
        with torch.enable_grad():
            out = leaves[1] * hat(leaves[0], axis, eps) + leaves[2]
        return torch.autograd.grad((out * d_out).sum(), leaves)

    keep("by_autograd", AUTOGRAD, by_autograd)


def s(values, like):
    return values.sum_to_size(like.shape)


def hat(x, axis, eps):
    centred = x - x.mean(axis, keepdim=True)
    return centred / torch.sqrt(centred.square().mean(axis, keepdim=True) + eps)


@probes("batchnorm_grad")
def batchnorm_grad_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(7, 3), draw(3)
    yield draw(3, 3), draw(3, 3), draw(3), 0.5
    yield draw(4, 5), draw(4, 5), draw(5), 0.1
    yield draw(1, 4), draw(1, 4), draw(4)


@probes("layernorm_grad")
def layernorm_grad_probes(draw):
    yield from batchnorm_grad_probes(draw)
    yield draw(2, 3, 4), draw(2, 3, 4), draw(4)
    yield draw(4), draw(4), draw(4)


record("batchnorm_grad", 0)
record("layernorm_grad", -1)


@mistake("layernorm_grad", GAMMA_OUTSIDE)
def layer_gamma_outside(d_out, x, gamma, eps=1e-5):
    d_x, d_gamma, d_beta = grads(d_out, x, torch.ones_like(gamma), eps, -1)
    return gamma * d_x, d_gamma, d_beta


FIRST_AXIS = "You sum d_gamma and d_beta over the first axis alone. Sum over all axes but the last."


@mistake("layernorm_grad", FIRST_AXIS)
def layer_first_axis_if_several(d_out, x, gamma, eps=1e-5):
    d_x, d_gamma, d_beta = grads(d_out, x, gamma, eps, -1)
    if x.dim() > 1:
        d_gamma, d_beta = (d_out * hat(x, -1, eps)).sum(0), d_out.sum(0)
    return d_x, d_gamma, d_beta


@mistake(
    "layernorm_grad",
    "For an x of one axis, your list of axes to sum over is empty, and torch then sums over all. "
    "With no leading axes there is nothing to sum.",
)
def layer_sums_over_no_axes(d_out, x, gamma, eps=1e-5):
    d_x, d_gamma, d_beta = grads(d_out, x, gamma, eps, -1)
    return (d_x, d_gamma, d_beta) if x.dim() > 1 else (d_x, d_gamma.sum(), d_beta.sum())


@mistake("layernorm_grad", FIRST_AXIS)
def layer_first_axis(d_out, x, gamma, eps=1e-5):
    d_x, _, _ = grads(d_out, x, gamma, eps, -1)
    return d_x, (d_out * hat(x, -1, eps)).sum(0), d_out.sum(0)


@mistake("batchnorm_grad", STALE)
class BatchnormGradKept:
    """Uses the statistics of the first call, as a layer that forgot to store new ones."""

    def __init__(self):
        self.kept = {}

    def __call__(self, d_out, x, gamma, eps=1e-5):
        seen = self.kept.setdefault((x.shape, x.dtype), x.clone())
        return grads(d_out, seen, gamma, eps, 0)


# --- layernorm ----------------------------------------------------------------------------------

BY_COLUMNS = (
    "You normalise each column over the batch (that is batchnorm). Here mean and variance are "
    "those of a row: mean(-1, keepdim=True)."
)
BY_FIRST_AXIS = (
    "You take mean and variance over axis 1. It is the last axis, whatever their number: -1."
)
BY_EXAMPLE = "You normalise over all axes but the first. Only the last axis, of m values, is taken."


@probes("layernorm")
def layernorm_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(3), draw(3)
    yield draw(3, 3), draw(3), draw(3), 1.0
    yield Via((draw(5, 4), draw(5, 4), draw(4), draw(4)), "gradients.in_first")
    yield draw(2, 3, 4), draw(4), draw(4)
    yield draw(4), draw(4), draw(4)
    yield draw(1, 5) * 0.1, draw(5), draw(5)
    yield far(draw, 3, 2, axis=1), draw(2), draw(2)


def rows(x, gamma, beta, eps=1e-5, dim=(-1,), unbiased=False):
    centred = x - x.mean(dim, keepdim=True)
    var = x.var(dim, keepdim=True, unbiased=unbiased)
    return gamma * centred / torch.sqrt(var + eps) + beta


@mistake("layernorm", BY_COLUMNS)
def layer_by_columns(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, eps, 0)


@mistake(
    "layernorm",
    "You lose the last axis in mean and variance, so they no longer line up with the rows of x: "
    "keepdim=True.",
)
def layer_without_keepdim(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(-1)) / torch.sqrt(x.var(-1, unbiased=False) + eps) + beta


@mistake("layernorm", BY_FIRST_AXIS)
def layer_axis_one(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, eps, 1)


@mistake("layernorm", BY_FIRST_AXIS)
def layer_axis_one_if_any(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, eps, min(1, x.dim() - 1))


@mistake("layernorm", BY_EXAMPLE)
def layer_by_example(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, eps, tuple(range(1, x.dim())) or -1)


@mistake("layernorm", "You take one mean and variance of all values. Each row has its own.")
def layer_by_all(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, eps, tuple(range(x.dim())))


@mistake("layernorm", UNBIASED.format("m"))
def layer_unbiased(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, eps, unbiased=True)


@mistake("layernorm", STD_EPS)
def layer_eps_on_std(x, gamma, beta, eps=1e-5):
    std = x.std(-1, keepdim=True, unbiased=False)
    return gamma * (x - x.mean(-1, keepdim=True)) / (std + eps) + beta


@mistake("layernorm", NO_EPS)
def layer_without_eps(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta, 0.0)


@mistake("layernorm", FIXED_EPS)
def layer_fixed_eps(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, beta)


@mistake("layernorm", NO_ROOT)
def layer_without_root(x, gamma, beta, eps=1e-5):
    var = x.var(-1, keepdim=True, unbiased=False)
    return gamma * (x - x.mean(-1, keepdim=True)) / (var + eps) + beta


@mistake("layernorm", NO_GAMMA)
def layer_without_gamma(x, gamma, beta, eps=1e-5):
    return rows(x, 1, beta, eps)


@mistake("layernorm", NO_BETA)
def layer_without_beta(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, 0, eps)


@mistake("layernorm", NO_BOTH)
def layer_without_both(x, gamma, beta, eps=1e-5):
    return rows(x, 1, 0, eps)


@mistake("layernorm", MINUS_BETA)
def layer_minus_beta(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, -beta, eps)


@mistake("layernorm", ONE_MORE)
def layer_one_more(x, gamma, beta, eps=1e-5):
    return rows(x, 1 + gamma, beta, eps)


@mistake("layernorm", FLOOR)
def layer_floor(x, gamma, beta, eps=1e-5):
    var = x.var(-1, keepdim=True, unbiased=False).clamp(min=eps)
    return gamma * (x - x.mean(-1, keepdim=True)) / var.sqrt() + beta


@mistake("layernorm", MEAN_SQUARE)
def layer_mean_square(x, gamma, beta, eps=1e-5):
    var = x.square().mean(-1, keepdim=True)
    return gamma * (x - x.mean(-1, keepdim=True)) / torch.sqrt(var + eps) + beta


@mistake("layernorm", BETA_SCALED)
def layer_beta_scaled(x, gamma, beta, eps=1e-5):
    return rows(x, gamma, gamma * beta, eps)


@mistake("layernorm", NO_CENTRE)
def layer_not_centred(x, gamma, beta, eps=1e-5):
    return (
        rows(x, gamma, 0, eps)
        + gamma
        * x.mean(-1, keepdim=True)
        / torch.sqrt(x.var(-1, keepdim=True, unbiased=False) + eps)
        + beta
    )


@mistake(
    "layernorm",
    "You divide by the root mean square (RMSNorm). Take the mean off first, in both places.",
)
def layer_rms(x, gamma, beta, eps=1e-5):
    return gamma * x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps) + beta


@mistake("layernorm", NAIVE)
def layer_naive(x, gamma, beta, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    var = x.square().mean(-1, keepdim=True) - mean.square()
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


@mistake("layernorm", DETACHED)
def layer_detached(x, gamma, beta, eps=1e-5):
    y = x.detach()
    centred = x - y.mean(-1, keepdim=True)
    return gamma * centred / torch.sqrt(y.var(-1, keepdim=True, unbiased=False) + eps) + beta


@mistake("layernorm", ASTRAY)
def layer_onto_zeros(x, gamma, beta, eps=1e-5):
    return torch.zeros(x.shape, dtype=x.dtype) + rows(x, gamma, beta, eps)
