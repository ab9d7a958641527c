"""Chapter 17, right, and at each step how it goes wrong."""

import torch

from kata.checks.forward import ASTRAY, CUT
from kata.checks.gradients import AUTOGRAD, STALE
from kata.diagnosis.observe import Ungraphed, Via
from kata.diagnosis.told import mistake, probes, told, wrong

# --- normalising: batchnorm_train, batchnorm_eval, layernorm ------------------------------------

FIXED_EPS = "You always use the default eps, and not the one that is passed in."
NO_EPS = "You leave out eps, so where all values are equal you divide 0 by 0."
STD_EPS = "You add eps to the standard deviation. It goes under the root, beside the variance."
XHAT_EPS = "The division binds first, so you add eps to the quotient, and not under the root."
FLOOR = "You use eps as the smallest variance there is (max, clamp). It is added to each variance."
NO_ROOT = "You divide by the variance, and not by its root, the standard deviation."
TIMES_ROOT = "You multiply by the root of the variance, where xhat is divided by it."
NO_SPREAD = "You don't divide by the root of the variance: xhat is only centred, and not scaled."
NO_CENTRE = "You don't subtract the mean from x, so xhat doesn't lie around 0."
PLUS_MEAN = "You add the mean to x. Subtracting it is what brings xhat to 0."
MEAN_DIVIDED = "The division binds first: x - mean / root divides only the mean, and not x - mean."
NO_GAMMA = "You leave out gamma, the factor of xhat."
NO_BETA = "You leave out beta, the shift that is added to gamma xhat."
NO_BOTH = "You leave out gamma and beta. What you return is xhat, neither scaled nor shifted."
SWAPPED_SCALE = "You swap gamma and beta. gamma is the factor of xhat, beta is what is added."
MINUS_BETA = "You subtract beta, although it is added to gamma xhat."
ONE_MORE = "You scale by 1 + gamma. The factor is gamma itself."
BETA_SCALED = "You add beta before you multiply by gamma, so gamma scales beta as well."
DIVIDED_BY_GAMMA = "You divide by gamma, which is a factor of xhat."
MEAN_SQUARE = (
    "Your variance is the mean of x^2. It measures the distance from the mean, so the mean is "
    "subtracted there, too."
)
NAIVE = (
    "You compute the variance as mean(x^2) - mean(x)^2. Far from 0 this is a small difference of "
    "two large rounded numbers, and nothing is left of it."
)
NOT_DIVIDED = "You don't divide the sum of squares by its count. The variance is their mean."
UNBIASED = (
    "You divide the variance by {0} - 1 (torch's default, Bessel's correction). To normalise, it "
    "is the plain mean of the squares, over {0}."
)
DETACHED = (
    "You cut mean and variance off the graph (detach, no_grad, item). They depend on x, and the "
    "gradient goes through them, too."
)


@told
def _normalised(x, mean, var, gamma, beta, eps):
    if wrong(SWAPPED_SCALE):
        gamma, beta = beta, gamma
    if wrong(FIXED_EPS):
        eps = 1e-5
    root = torch.sqrt(var + eps)
    if wrong(NO_EPS):
        root = torch.sqrt(var)
    if wrong(STD_EPS):
        root = torch.sqrt(var) + eps
    if wrong(FLOOR):
        root = torch.sqrt(var.clamp(min=eps))
    if wrong(NO_ROOT):
        root = root.square()

    centred = x - mean
    if wrong(NO_CENTRE):
        centred = x
    if wrong(PLUS_MEAN):
        centred = x + mean
    xhat = centred / root
    if wrong(XHAT_EPS):
        xhat = centred / torch.sqrt(var) + eps
    if wrong(TIMES_ROOT):
        xhat = centred * root
    if wrong(NO_SPREAD):
        xhat = centred
    if wrong(MEAN_DIVIDED):
        xhat = x - mean / root

    if wrong(NO_BOTH):
        return xhat
    if wrong(NO_GAMMA):
        gamma = torch.ones_like(gamma)
    if wrong(ONE_MORE):
        gamma = 1 + gamma
    if wrong(DIVIDED_BY_GAMMA):
        gamma = 1 / gamma
    if wrong(NO_BETA):
        return gamma * xhat
    if wrong(MINUS_BETA):
        beta = -beta
    if wrong(BETA_SCALED):
        beta = gamma * beta
    return gamma * xhat + beta


@told
def _moments(x, axis):
    mean = x.mean(axis, keepdim=True)
    squares = (x - mean).square()
    if wrong(MEAN_SQUARE):
        squares = x.square()
    var = squares.mean(axis, keepdim=True)
    if wrong(NAIVE):
        var = x.square().mean(axis, keepdim=True) - mean.square()
    if wrong(NOT_DIVIDED):
        var = squares.sum(axis, keepdim=True)
    return mean, var


# --- batchnorm_train ----------------------------------------------------------------------------

BY_ROWS = (
    "You normalise each row, as layernorm does. Here mean and variance are those of a column, over "
    "the rows of the batch."
)
BY_ALL = "You take one mean and variance of all values. Each column has its own."


def far(draw, *shape, axis=0):
    """So far from 0 that mean(x^2) - mean(x)^2 is 0 in float32, however it is summed."""
    x = draw(*shape)
    return 2**14 + x.argsort(axis).remainder(2).mul(2).sub(1).to(x.dtype)


@probes("batchnorm_train")
def train_probes(draw):
    for _ in range(2):  # the same shapes, which no test has: what is kept shows
        yield draw(7, 3), draw(3), draw(3)
    yield draw(8, 8), draw(8), draw(8), 0.5
    yield Via((draw(8, 4), draw(8, 4), draw(4), draw(4)), "gradients.in_first")
    yield draw(7, 1) * 0.1, draw(1), draw(1)
    yield far(draw, 2, 3), draw(3), draw(3)


@told
def batchnorm_train(x, gamma, beta, eps=1e-5):
    values, axis = x, 0
    if wrong(DETACHED):
        values = x.detach()
    if wrong(BY_ROWS):
        axis = -1
    if wrong(BY_ALL):
        axis = (0, 1)
    mean, var = _moments(values, axis)
    if wrong("You take one mean of all values. Each column has its own, as it has its variance."):
        mean = values.mean()
    if wrong(UNBIASED.format("n")):
        var = var * len(x) / (len(x) - 1)
    return _normalised(x, mean, var, gamma, beta, eps)


@mistake("batchnorm_train", ASTRAY)
def train_mean_by_ones(x, gamma, beta, eps=1e-5):
    mean = torch.ones(len(x), dtype=x.dtype) @ x / len(x)
    return _normalised(x, mean, x.var(0, correction=0), gamma, beta, eps)


# --- running_statistics -------------------------------------------------------------------------

OF_ALL = "You take one mean and variance of all values (or of each row). Each column has its own."
ROUND_ANOTHER = (
    "You take the batch's variance around the {} mean. A variance is around its own values' mean."
)


@probes("running_statistics")
def running_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(3), draw(3).square()
    yield draw(3, 3), draw(3), draw(3).square(), 0.25
    yield draw(2, 1), draw(1), draw(1).square(), 1.0
    yield far(draw, 2, 3), draw(3), draw(3).square()


@told
def running_statistics(x, running_mean, running_var, momentum=0.1):
    n, mean, var, share = len(x), x.mean(0), x.var(0), momentum
    if wrong("You always move by a tenth, and not by the momentum that is passed in."):
        share = 0.1
    if wrong(
        "You divide the batch's variance by n. The running variance estimates "
        "that of all data, for which this is too small."
    ):
        var = x.var(0, correction=0)
    if wrong(
        "Your correction is upside down: a variance over n is too small, and you make it smaller."
    ):
        var = x.var(0, correction=0) * (n - 1) / n
    if wrong("You correct the variance twice: torch's var has done it already, by default."):
        var = var * n / (n - 1)
    if wrong("You don't divide the sum of squares. A variance is a mean of squares."):
        var = var * (n - 1)
    if wrong(MEAN_SQUARE):
        var = x.square().sum(0) / (n - 1)
    if wrong(NAIVE):
        var = (x.square().mean(0) - x.mean(0).square()) * n / (n - 1)
    if wrong(ROUND_ANOTHER.format("running")):
        var = (x - running_mean).square().sum(0) / (n - 1)
    if wrong(ROUND_ANOTHER.format("new running")):
        new = running_mean + momentum * (mean - running_mean)
        var = (x - new).square().sum(0) / (n - 1)
    if wrong(
        "You add the distance between the two means to the variance. The running variance is a "
        "plain mix of the old one and the batch's."
    ):
        var = var + (1 - momentum) * (mean - running_mean).square()
    if wrong("You mix in the batch's standard deviation. The running variance is of variances."):
        var = var.sqrt()
    old_var, power = running_var, 1
    if wrong("You average standard deviations. The running variance is a mean of variances."):
        var, old_var, power = var.sqrt(), running_var.sqrt(), 2
    if moments := wrong(OF_ALL, (x.mean(), x.var()), (x.mean(-1), x.var(-1))):
        mean, var = moments
    if wrong("You add the batch's values up. The running mean is a mean of means."):
        mean = x.sum(0)
    if wrong("You keep the summed axis (keepdim): a statistic has one axis, [m], and not [1, m]."):
        mean, var = mean.unsqueeze(0), var.unsqueeze(0)

    kept = 1 - share
    if wrong(
        "Your momentum is the wrong way round: as in torch, it is the share of the new batch. "
        "(cs231n has it as the share of the old.)"
    ):
        kept, share = share, kept
    if wrong(
        "You add the batch's part to the whole old value, so the two shares add up to more than 1."
    ):
        kept = 1
    if wrong(
        "You add the whole batch to a part of the old value, so the two shares "
        "add up to more than 1."
    ):
        share = 1
    if wrong("You return the batch's own statistics, and nothing of the running ones is left."):
        kept, share = 0, 1
    new_mean, new_var = kept * running_mean + share * mean, (kept * old_var + share * var) ** power
    if wrong("You leave the running mean as it was. Both move with each batch."):
        new_mean = running_mean.clone()
    if wrong("You leave the running variance as it was. Both move with each batch."):
        new_var = running_var.clone()
    if wrong("You return the running statistics as they were, without the batch."):
        return running_mean.clone(), running_var.clone()
    if wrong("You return the variance first. The order is mean, then variance."):
        return new_var, new_mean
    return new_mean, new_var


@mistake("running_statistics", STALE)
class RunningState:
    """Goes on from its own state of an earlier call."""

    def __init__(self):
        self.kept = {}

    def __call__(self, x, mean, var, momentum=0.1):
        old = self.kept.get((x.shape, x.dtype), (mean, var))
        self.kept[x.shape, x.dtype] = running_statistics(x, *old, momentum)
        return tuple(t.clone() for t in self.kept[x.shape, x.dtype])


# --- batchnorm_eval -----------------------------------------------------------------------------

OWN = (
    "You normalise with the batch's own statistics, as in training, so a row's output depends on "
    "the other rows. Evaluation uses the running ones."
)
CORRECTED = (
    "You correct the running variance by n / (n - 1). It is over n - 1 already, and has nothing to "
    "do with the number of rows at hand."
)


@probes("batchnorm_eval")
def eval_probes(draw):  # the running statistics are constants: no gradient is to reach them
    for _ in range(2):
        yield Ungraphed((draw(7, 3), draw(3), draw(3), draw(3), draw(3).square()))
    yield Ungraphed((draw(3, 3), draw(3), draw(3), draw(3), draw(3).square(), 0.5))
    yield Ungraphed((draw(1, 4), draw(4), draw(4), draw(4), draw(4).square()))
    yield Ungraphed((draw(2, 1), draw(1), draw(1), draw(1), draw(1).square() * 1e-4))
    args = draw(8, 4), draw(8, 4), draw(4), draw(4), draw(4), draw(4).square()
    yield Via(args, "gradients.in_first")


@told
def batchnorm_eval(x, gamma, beta, running_mean, running_var, eps=1e-5):
    n, mean, var = len(x), running_mean, running_var
    if wrong(OWN):
        mean, var = x.mean(0), x.var(0, correction=0)
    if n > 1 and wrong(OWN):
        mean, var = x.mean(0), x.var(0, correction=0)
    if wrong("You subtract the batch's own mean. Evaluation uses running_mean."):
        mean = x.mean(0)
    if own := wrong(
        "You divide by the batch's own spread. Evaluation uses running_var.",
        x.var(0, correction=0),
        x.var(0),
    ):
        var = own
    if wrong(
        "You mix the batch into the running statistics first. In evaluation they stay as they are."
    ):
        mean, var = 0.9 * mean + 0.1 * x.mean(0), 0.9 * var + 0.1 * x.var(0, correction=0)
    if wrong(CORRECTED):
        var = var * (n / (n - 1))
    if wrong(CORRECTED):
        var = var * n / max(1, n - 1)
    if wrong("You make running_var smaller by (n - 1)/n. It is used as it is."):
        var = var * (n - 1) / n
    if wrong("You swap running_mean and running_var."):
        mean, var = var, mean
    if wrong(
        "You subtract running_mean after the scaling, as it is, although it is on the scale of x."
    ):
        mean, beta = 0, beta - running_mean
    if wrong(
        "You multiply running_mean by gamma for the shift, and leave out the root that divides it."
    ):
        mean, beta = 0, beta - gamma * running_mean
    return _normalised(x, mean, var, gamma, beta, eps)


@mistake("batchnorm_eval", ASTRAY)
def eval_onto_zeros(x, gamma, beta, mean, var, eps=1e-5):
    return torch.zeros(x.shape, dtype=x.dtype) + batchnorm_eval(x, gamma, beta, mean, var, eps)


@mistake("batchnorm_eval", CUT)
def eval_cut(x, gamma, beta, mean, var, eps=1e-5):
    return batchnorm_eval(x, gamma, beta, mean, var, eps).detach()


# --- the gradients: batchnorm_grad, layernorm_grad ----------------------------------------------

CONSTANTS = (
    "You treat mean and variance as constants. x[i, j] moves them, and through them all "
    "outputs that they normalise."
)
NO_MEAN = (
    "You leave out how x moves its mean. Where the upstream is constant, all values move "
    "together and nothing changes."
)
NO_VAR = "You leave out how x moves its variance, and through it all outputs that it scales."
MEAN_SIGN = (
    "Your term through the mean has the wrong sign: where x moves its mean up, all xhat move down."
)
VAR_SIGN = (
    "Your term through the variance has the wrong sign: where x moves its variance up, all "
    "xhat move towards 0."
)
BOTH_SIGNS = (
    "Your two terms, those through mean and variance, have the wrong sign: they work against "
    "the direct way."
)
SUMS = "You subtract a sum in d_x, but each value has only a share in mean and variance."
ONE_MEAN = (
    "You take one mean of all values together in d_x. Each column of batchnorm, and each row of "
    "layernorm, has its own."
)
OTHER_AXIS = (
    "You take the means over the wrong axis: batchnorm has them over the rows, layernorm over the "
    "columns."
)
NO_HAT_BEFORE = (
    "Your term through the variance is the same for all values, but those far from the mean "
    "move the variance more."
)
CENTRED_FOR_XHAT = "You use x - mean in d_x, which isn't divided by the root yet."
X_FOR_XHAT = "You use x itself in d_x, neither centred nor divided by the root."
TWO_OF_THE_SQUARE = (
    "Your term through the variance is twice (or half) of what it should be: the 2 of the square "
    "and the 1/2 of the root cancel."
)
VAR_UNBIASED = (
    "You divide by one less (n - 1 or m - 1) on the way back through the variance, which is the "
    "plain mean of the squares, over n or m."
)
VAR_OF_ALL = (
    "You add x up over all axes for how the variance moves with the mean. Each column (or row) has "
    "a sum of its own, and without the mean it is 0."
)
VAR_OF_X = (
    "You use x for how the variance moves with the mean, though it is measured from the mean: "
    "it doesn't change where all values move together."
)
D_NO_GAMMA = "You leave gamma out of d_x, although d_out reaches xhat through it."
GAMMA_TWICE = "You count gamma twice in d_x. d_out goes through it once, to reach xhat."
D_NO_SLOPE = "You leave the slope of the normalisation, by which xhat moves with x, out of d_x."
D_SLOPE_TWICE = "You divide d_x by var + eps, so the division by the root counts twice."
D_SLOPE_UP = (
    "You multiply d_x by sqrt(var + eps), but the larger it is, the less xhat moves with x."
)
GAMMA_OUTSIDE = (
    "You multiply by gamma after you have taken the means. gamma differs from column to "
    "column, and these means go over the columns."
)
GAMMA_FROM_X = "You multiply d_out by x for d_gamma, but gamma doesn't multiply x itself."
GAMMA_FROM_CENTRED = (
    "You multiply d_out by x - mean for d_gamma, but what gamma multiplies is divided as well."
)
GAMMA_ALONE = "You leave out of d_gamma what gamma multiplies in the forward pass."
GAMMA_SCALED = "You multiply d_gamma by gamma, but the output is linear in gamma."
BETA_GAMMA = "You multiply d_beta by gamma, but beta is added after it."
BOTH_SCALED = "You multiply d_gamma and d_beta by gamma, which belongs only in d_x."
MEANS = (
    "You take the mean over the rows for d_gamma and d_beta, although every row uses them in full."
)
GAMMA_MEAN = "You take the mean over the rows for d_gamma, although every row uses gamma in full."
BETA_MEAN = "You take the mean over the rows for d_beta, although every row uses beta in full."
UNSUMMED = (
    "You don't add d_gamma and d_beta up over the rows, although both affect the output in every "
    "row."
)
KEEPDIM = (
    "You keep the summed axis (keepdim): d_gamma and d_beta have the shape of gamma and beta, [m]."
)
ALL_SUMMED = "You add d_gamma and d_beta up over all axes. Each column has its own."
OVER_COLUMNS = (
    "You add d_gamma and d_beta up over the columns, where each column has its own gamma and beta."
)
SWAPPED = "You swap d_gamma and d_beta. The order is d_x, d_gamma, d_beta."
ORDER = "You return the gradients in another order than d_x, d_gamma, d_beta."
GRAD_UNBIASED = (
    "You divide the variance by n - 1 (or m - 1). The forward pass has the plain mean of the "
    "squares, and so has its gradient."
)


@told
def _hat(x, eps, axis):
    if wrong(FIXED_EPS):
        eps = 1e-5
    centred = x - x.mean(axis, keepdim=True)
    var = centred.square().mean(axis, keepdim=True)
    if wrong(GRAD_UNBIASED):
        var = centred.square().sum(axis, keepdim=True) / (x.shape[axis] - 1)
    inv = 1 / torch.sqrt(var + eps)
    if wrong(NO_EPS):
        inv = 1 / torch.sqrt(var)
    if wrong(STD_EPS):
        inv = 1 / (torch.sqrt(var) + eps)
    if wrong(NO_ROOT):
        inv = 1 / (var + eps)
    return centred, inv


@told
def _d_x(d_out, x, gamma, eps, axis):
    centred, inv = _hat(x, eps, axis)
    g, inner, before = gamma * d_out, centred * inv, centred * inv
    axis_g, axis_hat = axis, axis
    if wrong(D_NO_GAMMA):
        g = d_out
    if wrong(GAMMA_TWICE):
        g = gamma * g
    if wrong(CENTRED_FOR_XHAT):
        inner = centred
    if wrong(CENTRED_FOR_XHAT):
        before = centred
    if wrong(CENTRED_FOR_XHAT):
        inner, before = centred, centred
    if wrong(X_FOR_XHAT):
        inner = x
    if wrong(X_FOR_XHAT):
        before = x
    if wrong(X_FOR_XHAT):
        inner, before = x, x
    if wrong(OTHER_AXIS):
        axis_g = -1 - axis
    if wrong(OTHER_AXIS):
        axis_hat = -1 - axis
    if wrong(OTHER_AXIS):
        axis_g, axis_hat = -1 - axis, -1 - axis

    by_mean = g.mean(axis_g, keepdim=True)
    by_var = (g * inner).mean(axis_hat, keepdim=True)
    if wrong(SUMS):
        by_mean = g.sum(axis, keepdim=True)
    if wrong(SUMS):
        by_var = (g * inner).sum(axis, keepdim=True)
    if wrong(SUMS):
        by_mean, by_var = g.sum(axis, keepdim=True), (g * inner).sum(axis, keepdim=True)
    if wrong(ONE_MEAN):
        by_mean = g.mean()
    if wrong(ONE_MEAN):
        by_var = (g * inner).mean()
    if wrong(ONE_MEAN):
        by_mean, by_var = g.mean(), (g * inner).mean()
    if factor := wrong(TWO_OF_THE_SQUARE, 2, 0.5):
        by_var = factor * by_var
    count = x.shape[axis]
    if fewer := wrong(VAR_UNBIASED, count - 1, max(count - 1, 1)):
        by_var = by_var * count / by_var.new_tensor(fewer)
    if wrong(NO_MEAN):
        by_mean = 0
    if wrong(NO_VAR):
        by_var = 0
    if wrong(CONSTANTS):
        by_mean, by_var = 0, 0
    if wrong(MEAN_SIGN):
        by_mean = -by_mean
    if wrong(VAR_SIGN):
        by_var = -by_var
    if wrong(BOTH_SIGNS):
        by_mean, by_var = -by_mean, -by_var
    if wrong(VAR_OF_ALL):
        by_mean = by_mean - by_var * inv * x.sum() / x.shape[axis]
    if wrong(VAR_OF_X):
        by_mean = by_mean - by_var * inv * x.mean(axis, keepdim=True)

    moved = by_mean + before * by_var
    if wrong(NO_HAT_BEFORE):
        moved = by_mean + by_var
    if wrong(GAMMA_TWICE):
        moved = gamma * moved
    d_x = inv * (g - moved)
    if wrong(D_NO_SLOPE):
        d_x = g - moved
    if wrong(D_SLOPE_TWICE):
        d_x = inv * d_x
    if wrong(D_SLOPE_UP):
        d_x = (g - moved) / inv
    if wrong(GAMMA_TWICE):
        d_x = gamma * d_x
    return d_x


@told
def _d_gamma_beta(d_out, x, gamma, eps, axis):
    centred, inv = _hat(x, eps, axis)
    scaled = centred * inv
    if wrong(GAMMA_FROM_X):
        scaled = x
    if wrong(GAMMA_FROM_CENTRED):
        scaled = centred
    if wrong(GAMMA_ALONE):
        scaled = torch.ones_like(x)
    if wrong(GAMMA_SCALED):
        scaled = gamma * scaled
    each_gamma, each_beta = d_out * scaled, d_out
    if wrong(BETA_GAMMA):
        each_beta = gamma * d_out
    if wrong(BOTH_SCALED):
        each_gamma, each_beta = gamma * each_gamma, gamma * each_beta

    rows = x.numel() // len(gamma)
    d_gamma, d_beta = each_gamma.sum_to_size(gamma.shape), each_beta.sum_to_size(gamma.shape)
    if wrong(GAMMA_MEAN):
        d_gamma = d_gamma / rows
    if wrong(BETA_MEAN):
        d_beta = d_beta / rows
    if wrong(MEANS):
        d_gamma, d_beta = d_gamma / rows, d_beta / rows
    if wrong(UNSUMMED):
        d_gamma, d_beta = each_gamma, each_beta
    if wrong(KEEPDIM):
        d_gamma, d_beta = d_gamma.unsqueeze(0), d_beta.unsqueeze(0)
    if wrong(ALL_SUMMED):
        d_gamma, d_beta = d_gamma.sum(), d_beta.sum()
    if wrong(OVER_COLUMNS):
        d_gamma, d_beta = each_gamma.sum(-1), each_beta.sum(-1)
    return d_gamma, d_beta


@told
def _in_order(d_x, d_gamma, d_beta):
    if wrong(SWAPPED):
        return d_x, d_beta, d_gamma
    if wrong(ORDER):
        return d_gamma, d_beta, d_x
    return d_x, d_gamma, d_beta


@probes("batchnorm_grad")
def batchnorm_grad_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(7, 3), draw(3)
    yield draw(3, 3), draw(3, 3), draw(3), 0.5
    yield draw(4, 5), draw(4, 5), draw(5), 0.1
    yield draw(1, 4), draw(1, 4), draw(4)


@told
def batchnorm_grad(d_out, x, gamma, eps=1e-5):
    d_x = _d_x(d_out, x, gamma, eps, 0)
    if wrong(OTHER_AXIS):
        d_x = _d_x(d_out, x, gamma, eps, -1)
    return _in_order(d_x, *_d_gamma_beta(d_out, x, gamma, eps, 0))


@mistake("batchnorm_grad", AUTOGRAD)
def batchnorm_grad_by_autograd(d_out, x, gamma, eps=1e-5):
    return by_autograd(batchnorm_train, d_out, x, gamma, torch.zeros_like(gamma), eps=eps)


def by_autograd(forward, d_out, *args, eps):
    leaves = [t.detach().clone().requires_grad_() for t in args]
    with torch.enable_grad():
        return torch.autograd.grad((forward(*leaves, eps) * d_out).sum(), leaves)


@mistake("batchnorm_grad", STALE)
class BatchnormGradKept:
    """Uses the batch of the first call, as a layer that forgot to store a new one."""

    def __init__(self):
        self.kept = {}

    def __call__(self, d_out, x, gamma, eps=1e-5):
        seen = self.kept.setdefault((x.shape, x.dtype), x.clone())
        return batchnorm_grad(d_out, seen, gamma, eps)


# --- layernorm ----------------------------------------------------------------------------------

BY_COLUMNS = (
    "You normalise each column over the batch, as batchnorm does. Here mean and variance are those "
    "of a row."
)
BY_AXIS_ONE = (
    "You take mean and variance over axis 1. They are over the last axis, however many there are."
)


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


@told
def layernorm(x, gamma, beta, eps=1e-5):
    values, axis, m = x, -1, x.shape[-1]
    if wrong(DETACHED):
        values = x.detach()
    if columns := wrong(BY_COLUMNS, 0, tuple(range(x.dim() - 1)) or 0):
        axis = columns
    if one := wrong(BY_AXIS_ONE, 1, min(1, x.dim() - 1)):
        axis = one
    if wrong("You normalise over all axes but the first, where only the last one is meant."):
        axis = tuple(range(1, x.dim())) or -1
    if wrong("You take one mean and variance of all values. Each row has its own."):
        axis = tuple(range(x.dim()))
    mean, var = _moments(values, axis)
    if wrong("You divide by the root mean square (RMSNorm). A layernorm subtracts the mean first."):
        mean, var = 0, x.square().mean(-1, keepdim=True)
    if wrong(UNBIASED.format("m")):
        var = var * m / (m - 1)
    if wrong(
        "Mean and variance lose the last axis (no keepdim), so they no longer line up with the "
        "rows of x."
    ):
        mean, var = mean.squeeze(-1), var.squeeze(-1)
    return _normalised(x, mean, var, gamma, beta, eps)


@mistake("layernorm", ASTRAY)
def layer_onto_zeros(x, gamma, beta, eps=1e-5):
    return torch.zeros(x.shape, dtype=x.dtype) + layernorm(x, gamma, beta, eps)


# --- layernorm_grad -----------------------------------------------------------------------------

FIRST_AXIS = (
    "You add d_gamma and d_beta up over the first axis only. All axes but the last are rows."
)


@probes("layernorm_grad")
def layernorm_grad_probes(draw):
    yield from batchnorm_grad_probes(draw)
    yield draw(2, 3, 4), draw(2, 3, 4), draw(4)
    yield draw(4), draw(4), draw(4)
    yield draw(3, 2, 5), draw(3, 2, 5), draw(5)


@told
def layernorm_grad(d_out, x, gamma, eps=1e-5):
    d_x = _d_x(d_out, x, gamma, eps, -1)
    if wrong(OTHER_AXIS):
        d_x = _d_x(d_out, x, gamma, eps, 0)
    if wrong(GAMMA_OUTSIDE):
        d_x = gamma * _d_x(d_out, x, torch.ones_like(gamma), eps, -1)
    d_gamma, d_beta = _d_gamma_beta(d_out, x, gamma, eps, -1)
    centred, inv = _hat(x, eps, -1)
    if wrong(FIRST_AXIS):
        d_gamma, d_beta = (d_out * centred * inv).sum(0), d_out.sum(0)
    if x.dim() > 1 and wrong(FIRST_AXIS):
        d_gamma, d_beta = (d_out * centred * inv).sum(0), d_out.sum(0)
    if wrong(FIRST_AXIS):
        d_gamma = (d_out * centred * inv).sum(0, keepdim=True)
        d_beta = d_out.sum(0, keepdim=True)
    if wrong(FIRST_AXIS):
        d_gamma = (d_out * centred * inv).sum(0)
    if wrong(FIRST_AXIS):
        d_beta = d_out.sum(0)
    if x.dim() == 1 and wrong(
        "For an x of one axis, your list of axes to sum over is empty, and torch then sums over "
        "all. With no leading axes there is nothing to sum."
    ):
        d_gamma, d_beta = d_gamma.sum(), d_beta.sum()
    return _in_order(d_x, d_gamma, d_beta)


@mistake("layernorm_grad", AUTOGRAD)
def layernorm_grad_by_autograd(d_out, x, gamma, eps=1e-5):
    return by_autograd(layernorm, d_out, x, gamma, torch.zeros_like(gamma), eps=eps)


# --- rms_norm -----------------------------------------------------------------------------------

CENTRED = "You subtract the mean, as layernorm does. RMSNorm divides only: a row's mean stays."
MEAN_FIRST = "You square the row's mean, in which values of opposite sign have cancelled."
RMS_LENGTH = (
    "You divide by the row's length, the root of the sum of its squares. Here it is their mean."
)
RMS_SIZE = "You divide by the mean of |x|. Here it is the root of the mean of the squares."
RMS_UNBIASED = "You divide the sum of the squares by m - 1. No mean is taken off, so it is m."
RMS_STD_EPS = "You add eps to the root. It goes under the root, beside the mean square."
RMS_NO_ROOT = "You divide by the mean square, and not by its root."
RMS_TIMES_ROOT = "You multiply by the root of the mean square, where xhat is divided by it."
RMS_COLUMNS = (
    "You take the mean square of each column over the rows. Here it is that of a row's values."
)
RMS_AXIS_ONE = (
    "You take the mean square over axis 1. It is over the last axis, however many there are."
)
RMS_NO_KEEPDIM = (
    "The mean square loses the last axis (no keepdim), so it no longer lines up with the rows of x."
)


@told
def _root(x, eps, other_ms=None):
    """Return 1 / sqrt(ms + eps), a number for each row. other_ms: in place of its mean square."""
    if wrong(FIXED_EPS):
        eps = 1e-5
    ms = x.square().mean(-1, keepdim=True) if other_ms is None else other_ms
    if wrong(MEAN_FIRST):
        ms = x.mean(-1, keepdim=True).square()
    if wrong(RMS_LENGTH):
        ms = x.square().sum(-1, keepdim=True)
    if wrong(RMS_UNBIASED):
        ms = x.square().sum(-1, keepdim=True) / (x.shape[-1] - 1)
    inv = 1 / torch.sqrt(ms + eps)
    if wrong("You leave out eps, so in a row of zeros you divide 0 by 0."):
        inv = 1 / torch.sqrt(ms)
    if wrong(RMS_STD_EPS):
        inv = 1 / (torch.sqrt(ms) + eps)
    if wrong(RMS_NO_ROOT):
        inv = 1 / (ms + eps)
    return inv


@probes("rms_norm")
def rms_norm_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(3)
    yield draw(3, 3), draw(3), 1.0
    yield Via((draw(5, 4), draw(5, 4), draw(4)), "gradients.in_first")
    yield draw(2, 3, 4), draw(4)
    yield draw(4), draw(4)
    yield draw(1, 5) * 0.1, draw(5), 0.1
    yield draw(2, 3) * torch.tensor([[0.0], [1.0]]).to(draw.dtype), draw(3)


@told
def rms_norm(x, gamma, eps=1e-5):
    ms, off = None, x - x.mean(-1, keepdim=True)
    if columns := wrong(RMS_COLUMNS, 0, tuple(range(x.dim() - 1)) or 0):
        ms = x.square().mean(columns, keepdim=True)
    if one := wrong(RMS_AXIS_ONE, 1, min(1, x.dim() - 1)):
        ms = x.square().mean(one, keepdim=True)
    if wrong(
        "You take one mean square over all axes but the first, where only the last one is meant."
    ):
        ms = x.square().mean(tuple(range(1, x.dim())) or -1, keepdim=True)
    if wrong("You take one mean square of all values. Each row has its own."):
        ms = x.square().mean()
    if wrong(
        "You divide by the standard deviation, which is measured from the mean. The mean square is "
        "that of x as it is."
    ):
        ms = off.square().mean(-1, keepdim=True)
    inv = _root(x, eps, ms)
    if wrong(
        "You cut the mean square off the graph (detach, no_grad, item). It depends on x, and the "
        "gradient goes through it, too."
    ):
        inv = inv.detach()
    if wrong(RMS_NO_KEEPDIM):
        inv = inv.squeeze(-1)
    if wrong(RMS_SIZE):
        inv = 1 / (x.abs().mean(-1, keepdim=True) + eps)
    if wrong("You use eps as the smallest mean square there is (max, clamp). It is added to each."):
        inv = x.square().mean(-1, keepdim=True).clamp(min=eps).rsqrt()
    if wrong(
        "You use eps as the smallest root mean square there is (max, clamp). It is added to the "
        "mean square, under the root."
    ):
        inv = 1 / x.square().mean(-1, keepdim=True).sqrt().clamp(min=eps)
    if wrong(
        "You use eps as the smallest length there is (as F.normalize does). It is added to each "
        "mean square, under the root."
    ):
        inv = x.shape[-1] ** 0.5 / x.norm(dim=-1, keepdim=True).clamp(min=eps)
    scaled = x
    if wrong(CENTRED):
        scaled = off
    if wrong(CENTRED):
        scaled, inv = off, (off.square().mean(-1, keepdim=True) + eps).rsqrt()
    xhat = scaled * inv
    if wrong(RMS_TIMES_ROOT):
        xhat = scaled / inv
    if wrong("You don't divide by the root of the mean square: out is gamma times x itself."):
        xhat = scaled

    if wrong(NO_GAMMA):
        gamma = torch.ones_like(gamma)
    if wrong(ONE_MORE):
        gamma = 1 + gamma
    if wrong(DIVIDED_BY_GAMMA):
        gamma = 1 / gamma
    if wrong("You add gamma. It is a factor of xhat; a shift RMSNorm has none of."):
        return xhat + gamma
    return gamma * xhat


@mistake("rms_norm", ASTRAY)
def rms_onto_zeros(x, gamma, eps=1e-5):
    return torch.zeros(x.shape, dtype=x.dtype) + rms_norm(x, gamma, eps)


# --- rms_norm_grad ------------------------------------------------------------------------------

ROOT_CONSTANT = (
    "You treat the root as a constant. x moves the mean square, and through it all outputs of "
    "its row."
)
MEAN_TOO = (
    "You also subtract a plain mean, as in layernorm's gradient. No mean is taken off here, "
    "so nothing comes back through one."
)
ROOT_SIGN = (
    "Your term through the root has the wrong sign: where x moves the mean square up, all "
    "xhat move towards 0."
)
ROOT_SUM = "You subtract a sum in d_x, but each value has only a share in the mean square."
ROOT_TWO = (
    "Your term through the root is twice (or half) of what it should be: the 2 of the square and "
    "the 1/2 of the root cancel."
)
ROOT_COLUMNS = "You take the mean in d_x over the rows. The mean square is that of a row."
ROOT_ALL = "You take one mean of all values together in d_x. Each row has its own."
ROOT_X = "You use x itself in d_x, which isn't divided by the root yet."
NOT_DIRECTLY = "You leave out of d_x how x reaches its own output directly."
RMS_NO_SLOPE = "You leave the slope of the division, by which xhat moves with x, out of d_x."
RMS_SLOPE_TWICE = "You divide d_x by ms + eps, so the division by the root counts twice."
RMS_SLOPE_UP = (
    "You multiply d_x by sqrt(ms + eps), but the larger it is, the less xhat moves with x."
)
ONE_UNSUMMED = "You don't add d_gamma up over the rows, although gamma scales every row."
ONE_KEEPDIM = "You keep the summed axis (keepdim): d_gamma has the shape of gamma, [m]."
ONE_ALL = "You add d_gamma up over all axes. Each column has its own."
ONE_FIRST = "You add d_gamma up over the first axis only. All axes but the last are rows."


@probes("rms_norm_grad")
def rms_norm_grad_probes(draw):
    yield from batchnorm_grad_probes(draw)
    yield draw(2, 3, 4), draw(2, 3, 4), draw(4)
    yield draw(4), draw(4), draw(4)


@told
def rms_norm_grad(d_out, x, gamma, eps=1e-5):
    inv = _root(x, eps)
    g, inner, before = gamma * d_out, x * inv, x * inv
    if wrong(D_NO_GAMMA):
        g = d_out
    if wrong(GAMMA_TWICE):
        g = gamma * g
    if wrong(ROOT_X):
        inner = x
    if wrong(ROOT_X):
        before = x
    if wrong(ROOT_X):
        inner, before = x, x
    through = (g * inner).mean(-1, keepdim=True)
    m = x.shape[-1]
    if fewer := wrong(RMS_UNBIASED, m - 1, max(m - 1, 1)):
        through = through * m / through.new_tensor(fewer)
    if wrong(ROOT_SUM):
        through = (g * inner).sum(-1, keepdim=True)
    if wrong(ROOT_COLUMNS):
        through = (g * inner).mean(0, keepdim=True)
    if wrong(ROOT_ALL):
        through = (g * inner).mean()
    if factor := wrong(ROOT_TWO, 2, 0.5):
        through = factor * through
    if wrong("You leave gamma out of what comes through the root, though d_out goes through it."):
        through = (d_out * inner).mean(-1, keepdim=True)
    moved = before * through
    if wrong(NO_HAT_BEFORE):
        moved = through
    if wrong(ROOT_CONSTANT):
        moved = 0
    if wrong(ROOT_SIGN):
        moved = -moved
    if wrong(MEAN_TOO):
        moved = moved + g.mean(-1, keepdim=True)
    d_x = inv * (g - moved)
    if wrong(GAMMA_OUTSIDE):
        d_x = gamma * inv * (d_out - before * (d_out * inner).mean(-1, keepdim=True))
    if wrong(NOT_DIRECTLY):
        d_x = -inv * moved
    if wrong(NOT_DIRECTLY):
        d_x = inv * moved
    if wrong(RMS_NO_SLOPE):
        d_x = g - moved
    if wrong(RMS_SLOPE_TWICE):
        d_x = inv * d_x
    if wrong(RMS_SLOPE_UP):
        d_x = (g - moved) / inv

    scaled = x * inv
    if wrong(GAMMA_FROM_X):
        scaled = x
    if wrong(GAMMA_ALONE):
        scaled = torch.ones_like(x)
    if wrong(GAMMA_SCALED):
        scaled = gamma * scaled
    each = d_out * scaled
    d_gamma = each.sum_to_size(gamma.shape)
    if wrong(GAMMA_MEAN):
        d_gamma = d_gamma / (x.numel() // len(gamma))
    if wrong(ONE_UNSUMMED):
        d_gamma = each
    if wrong(ONE_KEEPDIM):
        d_gamma = d_gamma.unsqueeze(0)
    if wrong(ONE_ALL):
        d_gamma = d_gamma.sum()
    if wrong(ONE_FIRST):
        d_gamma = each.sum(0)
    if x.dim() > 1 and wrong(ONE_FIRST):
        d_gamma = each.sum(0)
    if wrong("You add d_gamma up over the columns, where each column has its own gamma."):
        d_gamma = each.sum(-1)
    if wrong("You return d_gamma first. The order is d_x, d_gamma."):
        return d_gamma, d_x
    if wrong("You also return d_beta. RMSNorm has no shift, and two gradients: d_x, d_gamma."):
        return d_x, d_gamma, d_out.sum_to_size(gamma.shape)
    return d_x, d_gamma


@mistake("rms_norm_grad", AUTOGRAD)
def rms_norm_grad_by_autograd(d_out, x, gamma, eps=1e-5):
    return by_autograd(rms_norm, d_out, x, gamma, eps=eps)
