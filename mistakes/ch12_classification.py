"""Chapter 12, right, and at each step how it goes wrong.

Longer than other files: seven exercises, though each calls the one before it.
"""

import math

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Via
from kata.diagnosis.told import mistake, probes, told, wrong
from mistakes.ch02_data import NARROW

OVERFLOWS = (
    "You take exp of the logits as they are. That is infinite from about 89 on (float32), and "
    "0 in rows far below 0."
)
ONE_SHIFT = (
    "You subtract the maximum of all rows. In a row far below it every exponential is then 0."
)
WRONG_SHIFT = (
    "You shift each row by its mean or minimum, and its largest terms can still be infinite."
)
ABSOLUTE_SHIFT = (
    "You subtract the maximum of the absolute values. A row far below 0 is shifted further down, "
    "and all its terms are 0."
)
FROM_ZERO = (
    "The maximum that you subtract is never below 0 (clamp, or a search that starts at 0). Where "
    "all of a row is far below 0, all its terms are 0."
)
TWO_RESULTS = (
    "max with an axis gives two results, the values and where they are, and you calculate "
    "with the pair."
)
NOT_ADDED_BACK = (
    "You subtract the row's maximum from what is summed, and so your result is off by it."
)
COLUMN_SHIFT = (
    "You subtract the maximum of each column, which differs from class to class. Only a number "
    "that is the same for a whole row cancels."
)
THROUGH_P = (
    "You go by way of the probabilities and divide by them, with a small number added. Where a "
    "probability is small, that number counts for more than it does."
)
CLAMPED = "You clamp the logits first. Then different logits give the same result."
EPSILON = (
    "You keep the logarithm away from log(0) by adding a small number. That makes every result a "
    "little wrong, and those of small probabilities very wrong."
)
LEAST = "You clamp the probabilities from below, so the logarithms of smaller ones are wrong."
SUM_PLUS = (
    "You add a small number to the sum. It is at least 1 after the shift, so log(0) can't come up."
)
COLUMNS = (
    "You go down the columns (dim=0), over different examples. It is the classes of one row "
    "that compete."
)
ALL = "You sum over all elements, though each row is an example of its own."
LOG_OF_SOFTMAX = (
    "You take the logarithm of the softmax. Where a probability is too small for a float, "
    "that is log(0)."
)
PROBABILITIES = "You leave out the logarithm: these are probabilities, not their logarithms."
NO_LOG = "You leave out the logarithm of the sum of exponentials."
KEPT_AXIS = "Your result has shape [n, 1]: keepdim keeps the axis that was summed."
MAXIMUM = (
    "You take the row's maximum for its log sum exp. It is only near it: the other classes add to "
    "the sum."
)
MEAN_INSIDE = "You take the mean inside the logarithm, which is too small by log c. It is a sum."
BASE = "You take a logarithm of another base. The inverse of exp is the natural logarithm."
SUM_OF_LOGS = (
    "You sum the logarithms (or the logits), which multiplies the terms in place of adding them up."
)
AXIS_LOST = (
    "You subtract n numbers, one for each row, from [n, c] as they come. Broadcasting puts "
    "them along the last axis, that of the classes."
)
ROWS_BY_ROWS = (
    "You add a column [n, 1] and a row of n numbers. Broadcasting makes [n, n] of them: every "
    "maximum plus every row's logarithm."
)
NEGATIVE = (
    "You left out the minus sign. A log-probability is negative, and the loss should be positive."
)
NOT_REDUCED = "You keep a loss for each row. The loss is one number, their mean."
MARKED_IN_ALL = (
    "You mark the column of every label in every row (as [:, targ] does), n x n elements. Each row "
    "has one right class."
)
ALL_COLUMNS = (
    "[:, targ] takes n columns in every row, n x n elements, and each row has one right class."
)
NO_LABELS = "You leave out the labels. The loss depends on each row's right class."
OTHER_CLASS = "You take {}. The loss asks for the right class of each row."
BEST_CLASS = OTHER_CLASS.format("the class that the net likes best")
OFF_BY_ONE = OTHER_CLASS.format(
    "the class before the right one (labels count from 0, as indices do)"
)
ONE_ROW = "You look at one row only. The loss is a mean over all n."
LOGGED_TWICE = "You take a logarithm (or a softmax) of what are log-probabilities already."
LOGITS_PICKED = "You pick from the logits themselves, which are no log-probabilities yet."
RIGHT_ADDED = (
    "You add the right class's logit to log sum exp, and so the loss rises as that class becomes "
    "more likely. It is subtracted."
)
HALF_CUT = (
    "You cut the logits off (detach, .data, no_grad) on the way to log sum exp, so that half of "
    "the gradient is missing: all logits of a row are in its sum."
)
LOGITS_CUT = (
    "You cut off the logits from which log sum exp is subtracted (detach, .data, no_grad), so that "
    "half of the gradient is missing."
)
SOFTMAX_TWICE = "You take the softmax twice. Its input should be the logits."
SQUARES = "You take squared errors. The loss is the negative log-probability of the right class."
BINARY = (
    "You also count how unlikely the wrong classes are (binary cross-entropy). Here the loss is "
    "the right class's alone; the others are in the softmax."
)
SMOOTHED = "You smooth the labels. The right class counts as 1 and all others as 0."
CUT_OFF = (
    "You cut the logarithms off (clamp). The logarithm of a small probability is a large negative "
    "number, and right as it is."
)
SIGMOID = (
    "You take each class by itself (sigmoid). The classes of one row compete: their probabilities "
    "add up to 1 (softmax)."
)
PADDING = (
    "You leave out the rows of class 0, as if 0 stood for no label. Here it is a class like the "
    "others: every row counts."
)
CLASSES_GUESSED = (
    "one_hot guesses the number of classes from the largest label at hand, and this sample "
    "may lack the last classes."
)
LABELS_AS_NUMBERS = (
    "You calculate with the labels as if they were quantities. They are positions in a row."
)
SWAPPED_INDICES = "You index by [class, row]. The first index is the row's."
ROWS_BY_LABEL = "inp[targ] takes whole rows. The labels are numbers of columns."
UPSTREAM_DROPPED = (
    "You leave out out.grad, the upstream gradient, so what comes after has no part in yours."
)
NO_SUM = (
    "You multiply the probabilities by out.grad element by element, but every logit moves all "
    "outputs of its row."
)
AS_IF_NLL = (
    "You take a fixed number for the row's sum of out.grad, such as the -1/n that nll leaves. "
    "out.grad may hold any numbers."
)
SIGNS = (
    "The two terms have the wrong signs: a logit moves its own output up, and all outputs of its "
    "row down, through the sum."
)
OUT_IS_LOG = "You take out for the probabilities. It holds their logarithms."
EXP_ALONE = (
    "You take exp of the logits for the probabilities, and don't divide it by the sum of its row."
)
OTHER_SUM = "You sum out.grad {}. What goes back through a row's sum is the sum of that row."
NOT_OVER_N = "You don't divide by n, although the loss is a mean over n rows."
OVER_C = "You divide by the number of all elements, n c, or by c. The mean is over the n rows only."
OVER_N_TWICE = "You divide by n twice."
DOUBLED = "You double it. A factor 2 comes from squares (mse); there is none in this loss."
GRAD_SIGN = (
    "Your gradient has the wrong sign. The loss falls as the right class becomes more likely, so "
    "its gradient there is negative."
)
NOT_LINEAR = (
    "You multiply by the values or divide by them. The loss is linear in inp, so its gradient "
    "doesn't depend on inp."
)
WRONG_SPREAD = (
    "You also give the wrong classes a gradient. nll does not look at them, so theirs is 0."
)
ONLY_RIGHT_CLASS = (
    "You set only the right class's gradient. The wrong classes' logits raise the loss, too, "
    "through the softmax."
)
HALF_DIVIDED = "You divide one of probability and 1 by n, and not the other. The mean divides both."
MIXED_ROWS = (
    "You average (or add up) over the rows. Each row has a gradient of its own; the 1/n of the "
    "mean is a factor."
)
SQUASHED = (
    "You multiply by p (1 - p), or by the whole of softmax's derivative, as under squared errors. "
    "In this loss the logarithm cancels it."
)


def one_hot(inp, targ):
    return F.one_hot(targ, inp.shape[1]).to(inp.dtype)


def rows(inp):
    return torch.arange(len(inp), device=inp.device)


def logits(draw):
    """Logits of all sizes: some overflow, some rows lie far below others, n = 1 and c = 1."""
    for shape in ((5, 4), (5, 4), (1, 3), (3, 1), (2, 2), (4, 2)):
        yield draw(*shape)
    yield draw(3, 4) + 1e3
    yield draw(3, 4, scale=200.0)
    yield draw(2, 3) + torch.tensor([[1e3], [-1e3]]).to(draw(1))
    yield draw(2, 3) - (60 if draw.dtype == torch.float32 else 500)


def labelled(draw):
    for inp in logits(draw):
        yield inp, draw.ints(inp.shape[1], len(inp))
    yield draw(2, 300), torch.tensor([297, 4])


def labelled_again(draw):
    """Logits that have a .grad already, and some that record gradients."""
    yield draw.with_grad(draw(3, 4)), draw.ints(4, 3)
    yield draw(3, 4).requires_grad_(), draw.ints(4, 3)


@probes("logsumexp")
def logsumexp_probes(draw):
    for x in logits(draw):
        yield (x,)


@probes("log_softmax")
def log_softmax_probes(draw):
    for x in logits(draw):
        yield (x,)
    yield Via((draw(4, 3), draw(4, 3)), "gradients.in_first")


@probes("nll")
def nll_probes(draw):
    for inp, targ in labelled(draw):
        yield torch.log_softmax(inp, 1), targ
    yield draw(4, 3) - 3, draw.ints(3, 4)


@probes("cross_entropy")
def cross_entropy_probes(draw):
    yield from labelled(draw)
    sure = draw(3, 4, scale=200.0)
    yield sure, sure.argmax(1)
    gap = 95 if draw.dtype == torch.float32 else 727  # exp is infinite, and 1 / exp not yet 0
    yield draw(2, 2) + torch.tensor([gap, 0]), torch.ones(2, dtype=torch.int64)
    yield Via((draw(1), draw(4, 3), draw.ints(3, 4)), "gradients.in_first")


@probes("log_softmax_grad")
def log_softmax_grad_probes(draw):
    for inp in (*logits(draw), draw.with_grad(draw(4, 3)), draw(4, 3).requires_grad_()):
        yield inp, draw.with_grad(torch.log_softmax(inp.detach().double(), 1).to(inp.dtype))
    inp = draw(4, 3)
    out = draw.with_grad(torch.log_softmax(inp, 1))
    out.grad[:, 1:] = 0.0
    yield inp, out


@probes("nll_grad")
def nll_grad_probes(draw):
    for inp, targ in labelled(draw):
        yield torch.log_softmax(inp, 1), targ
    yield from labelled_again(draw)


@probes("cross_entropy_grad")
def cross_entropy_grad_probes(draw):
    yield from labelled(draw)
    yield from labelled_again(draw)


# --- logsumexp and log_softmax --------------------------------------------------------------------


@told
def _shifted(x):
    """Return what is subtracted, the exponentials [n, c] and their sums, a column each [n, 1]."""
    axis = 1
    if wrong(COLUMNS):
        axis = 0
    if wrong(ALL):
        axis = (0, 1)
    m = x.amax(axis, keepdim=True)
    if wrong(OVERFLOWS):
        m = 0 * m
    if wrong(ONE_SHIFT):
        m = x.max().expand_as(m)
    if wrong(COLUMN_SHIFT):
        m = x.amax(0, keepdim=True)
    if shift := wrong(WRONG_SHIFT, x.mean(1, keepdim=True), x.amin(1, keepdim=True)):
        m = shift
    if wrong(ABSOLUTE_SHIFT):
        m = x.abs().amax(1, keepdim=True)
    if wrong(FROM_ZERO):
        m = m.clamp_min(0)
    if wrong(TWO_RESULTS):
        m = x.max(1, keepdim=True)
    e = (x - m).exp()
    total = e.sum(axis, keepdim=True)
    if wrong(MEAN_INSIDE):
        total = e.mean(axis, keepdim=True)
    if small := wrong(SUM_PLUS, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8):
        total = total + small
    return m, e, total


@told
def _logsumexp(x):
    """Return a column, [n, 1]."""
    m, _, total = _shifted(x)
    log = total.log()
    if wrong(NO_LOG):
        log = total
    if other := wrong(BASE, torch.log2, torch.log10):
        log = other(total)
    if wrong("You use log1p, which adds 1 to the sum before it takes the logarithm."):
        log = total.log1p()
    if wrong(NOT_ADDED_BACK):
        return log
    if wrong("You add the maximum twice. Once brings the shift back."):
        return m + m + log
    if wrong("You subtract the maximum once more after the logarithm, so it is taken off twice."):
        return log - m
    if wrong(MAXIMUM):
        return m
    return m + log


@told
def logsumexp(x):
    if limits := wrong(CLAMPED, (-80, 80), (-88, 88), (-100, 100), (None, 80), (None, 88)):
        x = x.clamp(*limits)
    if limits := wrong(CLAMPED, (None, 80), (None, 88)):
        return x.clamp(*limits).exp().sum(1).log()
    if wrong(
        "You leave out the exponential, so you take the logarithm of the logits' "
        "sum, which may be negative."
    ):
        return x.sum(1).log()
    if wrong(SUM_OF_LOGS):
        return x.exp().log().sum(1)
    if wrong(SUM_OF_LOGS):
        return x.sum(1)
    if wrong(ALL):
        return x.flatten().logsumexp(0)
    if wrong(AXIS_LOST):
        m = x.amax(1)
        return m + (x - m).exp().sum(1).log()
    if wrong(ROWS_BY_ROWS):
        m = x.amax(1, keepdim=True)
        return m + (x - m).exp().sum(1).log()
    lse = _logsumexp(x)
    if wrong("You start the sum at 0, which in logarithms is exp(0) = 1: one term too many."):
        lse = torch.logaddexp(torch.zeros_like(lse), lse)
    if wrong(KEPT_AXIS):
        return lse
    return lse.flatten()


@told
def log_softmax(x):
    if limits := wrong(CLAMPED, (-80, 80), (-88, 88), (-100, 100), (None, 80), (None, 88)):
        x = x.clamp(*limits)
    if wrong(PROBABILITIES):
        return x.softmax(1)
    if wrong(SIGMOID):
        return F.logsigmoid(x)
    if small := wrong(EPSILON, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15):
        _, e, total = _shifted(x)
        return (e / total + small).log()
    tiny = torch.finfo(x.dtype).tiny
    if small := wrong(LEAST, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, tiny):
        _, e, total = _shifted(x)
        return (e / total).clamp(min=small).log()
    if wrong(ONE_SHIFT):
        x = x - x.max()
        return x - x.exp().sum(1, keepdim=True).log()
    if wrong(AXIS_LOST):
        x = x - x.amax(1)
    lse = _logsumexp(x)
    if wrong(AXIS_LOST):
        lse = lse.squeeze(1)
    if wrong(HALF_CUT):
        lse = lse.detach()
    out = x - lse
    if wrong(LOGITS_CUT):
        out = x.detach() - lse
    if wrong(
        "You divide by log sum exp, although both are logarithms: quotients are "
        "for the numbers themselves."
    ):
        out = x / lse
    if wrong("You add log sum exp, so the probabilities don't add up to 1."):
        out = x + lse
    if wrong(LOG_OF_SOFTMAX):
        out = x.softmax(1).log()
    if wrong(OVERFLOWS):
        out = (x.exp() / x.exp().sum(1, keepdim=True)).log()
    if base := wrong(BASE, 2, 10):
        out = out / math.log(base)
    if least := wrong(CUT_OFF, -100, -50):
        out = out.clamp_min(least)
    return out


# --- nll and cross_entropy ------------------------------------------------------------------------


@told
def _mean_at(inp, targ):
    """Return minus the mean of the right classes' elements."""
    if narrow := wrong(NARROW, torch.int8, torch.uint8, torch.bfloat16):
        targ = targ.to(narrow).long()
    n, k = len(inp), targ
    if wrong(BEST_CLASS):
        k = inp.argmax(1)
    if wrong(OFF_BY_ONE):
        k = targ - 1
    if wrong(OTHER_CLASS.format("class 0 in each row")):
        k = 0 * targ
    picked = inp[rows(inp), k]
    if wrong(ALL_COLUMNS):
        picked = inp[:, k]
    if wrong(ALL_COLUMNS):
        picked = inp[:, k].sum(1)
    if wrong(SWAPPED_INDICES):
        picked = inp[k, rows(inp)]
    if wrong(ROWS_BY_LABEL):
        picked = inp[k]
    if wrong(LABELS_AS_NUMBERS):
        picked = inp * targ[:, None]
    if wrong(CLASSES_GUESSED):
        picked = (F.one_hot(targ) * inp).sum(1)
    if wrong(NO_LABELS):
        picked = inp
    if wrong(NO_LABELS):
        picked = inp.sum(1)
    if one := wrong(ONE_ROW, picked[:1], picked[-1:]):
        picked = one
    if least := wrong(CUT_OFF, -100, -50):
        picked = picked.clamp_min(least)
    if wrong(LOGGED_TWICE):
        picked = picked.log()
    if wrong(NOT_REDUCED):
        return -picked
    if wrong(NOT_REDUCED):
        return -picked.unsqueeze(1)
    if wrong(
        "You average class by class first, so a rare class weighs as much as a frequent one. Each "
        "row counts 1/n."
    ):
        return -torch.stack([inp[targ == c, c].mean() for c in targ.unique()]).mean()

    count, kept = picked.numel(), targ != 0
    if wrong("You sum over the rows, and don't divide by n. The loss is their mean."):
        count = 1
    if wrong(OVER_C):
        count = inp.numel()
    if wrong(OVER_C):
        count = inp.shape[1]
    if wrong(OVER_N_TWICE):
        count = n * n
    if number := wrong(PADDING, kept.sum(), kept.sum().clamp_min(1), n):
        picked, count = picked * kept, number
    loss = -picked.sum() / count
    if wrong(NEGATIVE):
        loss = -loss
    if wrong("You take exp of the mean (the perplexity). The loss is the mean itself."):
        loss = loss.exp()
    return loss


@told
def nll(inp, targ):
    if wrong(LOGGED_TWICE):
        inp = inp.log_softmax(1)
    if wrong(
        "You take exp, which makes probabilities again. The loss is made of their logarithms."
    ):
        inp = inp.exp()
    return _mean_at(inp, targ)


@told
def cross_entropy(inp, targ):
    if limits := wrong(CLAMPED, (-100, 100), (None, 100), (-80, 80), (-88, 88)):
        inp = inp.clamp(*limits)
    if wrong(SOFTMAX_TWICE):
        inp = inp.softmax(1)
    p = inp.softmax(1)
    if wrong(SQUARES):
        return (p - one_hot(inp, targ)).square().sum(1).mean()
    if wrong(SQUARES):
        return F.mse_loss(p, one_hot(inp, targ))
    if wrong(BINARY):
        return F.binary_cross_entropy_with_logits(inp, one_hot(inp, targ))
    if by := wrong(SMOOTHED, 0.1, 0.05, 0.2):
        return F.cross_entropy(inp, targ, label_smoothing=by)
    if wrong(
        "You take exp of the differences to the right class's logit as they are. Where another "
        "one is far larger, that is infinite."
    ):
        return (inp - inp.gather(1, targ[:, None])).exp().sum(1).log().mean()
    if wrong(LOG_OF_SOFTMAX):  # 0 * log(0) is nan
        return -(one_hot(inp, targ) * p.log()).sum(1).mean()
    logp = log_softmax(inp)
    if wrong("You weigh every class by its probability (the entropy), and not by the labels."):
        return -(p * logp).sum(1).mean()
    if wrong(LOGITS_PICKED):
        logp = inp
    if wrong(RIGHT_ADDED):
        logp = -_logsumexp(inp) - inp
    return _mean_at(logp, targ)


# --- the gradients --------------------------------------------------------------------------------


@told
def log_softmax_grad(inp, out):
    g = out.grad
    if wrong(UPSTREAM_DROPPED):
        g = torch.ones_like(g)

    p = out.exp()
    if wrong(OUT_IS_LOG):
        p = out
    if wrong(EXP_ALONE):
        p = inp.exp()
    if wrong(OVERFLOWS):
        p = inp.exp() / inp.exp().sum(1, keepdim=True)
    if wrong(ONE_SHIFT):
        p = (inp - inp.max()).exp() / (inp - inp.max()).exp().sum(1, keepdim=True)
    if wrong(COLUMNS):
        p = inp.softmax(0)
    if wrong(SIGMOID):
        p = inp.sigmoid()
    if wrong(SOFTMAX_TWICE):
        p = out.exp().softmax(1)

    total = g.sum(1, keepdim=True)
    if wrong(NO_SUM):
        total = g
    if wrong(OTHER_SUM.format("down the columns")):
        total = g.sum(0, keepdim=True)
    if wrong(OTHER_SUM.format("over all rows")):
        total = g.sum()
    if wrong("You take the mean of the row's out.grad. What goes back through a sum is the sum."):
        total = g.mean(1, keepdim=True)
    if wrong(
        "You weigh out.grad by the probabilities before you sum it. That belongs "
        "to softmax, and this is its logarithm."
    ):
        total = (p * g).sum(1, keepdim=True)
    if number := wrong(AS_IF_NLL, 1, -1, -1 / len(out)):
        total = number
    if wrong(
        "Your sum of each row has lost its axis, [n], so broadcasting puts it along the classes."
    ):
        total = g.sum(1)

    own = g
    if wrong("You leave out out.grad itself: each logit also moves its own output."):
        own = 0
    grad = own - p * total
    if wrong(UPSTREAM_DROPPED):
        grad = 1 - p
    if wrong("You pass out.grad on as it is. A logit also moves all of its row through the sum."):
        grad = g.clone()
    if wrong(
        "You add the probabilities' term, but a logit moves all outputs of its "
        "row down, through the sum."
    ):
        grad = own + p * total
    if wrong(SIGNS):
        grad = -grad
    if wrong("This is the derivative of softmax, and not that of its logarithm."):
        grad = p * (g - (p * g).sum(1, keepdim=True))
    if small := wrong(THROUGH_P, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12):
        q = g / (p + small)
        grad = p * (q - (p * q).sum(1, keepdim=True))
    if wrong(
        "You send nothing to the classes whose out.grad is 0. Each logit has its share in the sum "
        "of exponentials, and so in every class of its row."
    ):
        grad = grad * (g != 0)
    if wrong("You divide by n. The 1/n of the mean is in nll's gradient already."):
        grad = grad / len(out)
    inp.grad = grad


@told
def _hot(inp, targ):
    """Return 1 at each row's right class, and 0 elsewhere."""
    if narrow := wrong(NARROW, torch.int8, torch.uint8, torch.bfloat16):
        targ = targ.to(narrow).long()
    k = targ
    if wrong(BEST_CLASS):
        k = inp.argmax(1)
    if wrong(OFF_BY_ONE):
        k = targ - 1
    hot = torch.zeros_like(inp.detach()).index_put((rows(inp), k), inp.new_ones(()))
    if wrong(MARKED_IN_ALL):
        hot = torch.zeros_like(inp.detach()).index_fill(1, k, 1)
    if wrong(CLASSES_GUESSED):
        hot = F.one_hot(targ).to(inp.dtype)
    if wrong(LABELS_AS_NUMBERS):
        hot = targ[:, None].to(inp.dtype).expand_as(inp)
    if wrong(PADDING):
        hot = hot * (targ != 0)[:, None]
    return hot


@told
def nll_grad(inp, targ):
    n, hot = len(inp), _hot(inp, targ)
    if wrong(DEFAULT_DTYPE):
        hot = F.one_hot(targ, inp.shape[1])
    if wrong(NOT_LINEAR):
        hot = hot * inp
    if wrong(NOT_LINEAR):
        hot = hot / inp
    if wrong(NOT_LINEAR):
        hot = hot / inp.exp()
    if wrong(NOT_LINEAR):
        hot = torch.where(hot > 0, 1 / inp, 0)
    if wrong("You set every element to -1/n. Only the right class of each row is in the loss."):
        hot = torch.ones_like(inp.detach())
    if wrong(WRONG_SPREAD):
        hot = hot - inp.exp()
    if wrong(WRONG_SPREAD):
        hot = 2 * hot - 1
    if wrong("You put the labels' gradient in one column, [n, 1]. inp.grad is [n, c], as inp is."):
        hot = torch.ones_like(inp[:, :1])
    if wrong(NOT_OVER_N):
        n = 1
    if wrong(OVER_C):
        n = inp.numel()
    if wrong(OVER_C):
        n = inp.shape[1]
    if wrong(OVER_N_TWICE):
        n = n * n
    if wrong(PADDING):
        hot, n = hot * (targ != 0)[:, None], (targ != 0).sum().clamp_min(1)
    grad = -hot / n
    if wrong(DOUBLED):
        grad = 2 * grad
    if wrong(GRAD_SIGN):
        grad = -grad
    if wrong(
        "You set 1 at the right class, as if the loss were a sum and rose with what it is given."
    ):
        grad = hot
    inp.grad = grad


@told
def cross_entropy_grad(inp, targ):
    n, hot, m = len(inp), _hot(inp, targ), inp.amax(1, keepdim=True)
    if wrong(OVERFLOWS):
        m = 0
    if wrong(ONE_SHIFT):
        m = inp.max()
    if wrong(COLUMN_SHIFT):
        m = inp.amax(0)
    if wrong(AXIS_LOST):
        m = inp.amax(1)
    e, axis = (inp - m).exp(), 1
    if wrong(COLUMNS):
        e, axis = (inp - inp.amax(0)).exp(), 0
    p = e / e.sum(axis, keepdim=True)
    if wrong(ALL):
        p = e / e.sum()
    if wrong(AXIS_LOST):
        p = e / e.sum(1)
    if wrong(EXP_ALONE):
        p = inp.exp()
    if wrong("You subtract the 1 from the logits, which are no probabilities yet."):
        p = inp
    if wrong("You subtract the 1 from log-probabilities, where it stands for a factor."):
        p = inp.log_softmax(1)
    if wrong(SIGMOID):
        p = inp.sigmoid()
    if wrong(SOFTMAX_TWICE):
        p = p.softmax(1)
    if wrong("You turn the probabilities into a choice (argmax). They count as they are."):
        p = one_hot(inp, inp.argmax(1))

    grad = p - hot
    if wrong("You set the probabilities only, so the labels have no part in your gradient."):
        grad = p
    if wrong(
        "You add 1 at the right class, as if the loss rose as the right class becomes more likely."
    ):
        grad = p + hot
    if wrong(GRAD_SIGN):
        grad = -grad
    if wrong(ONLY_RIGHT_CLASS):
        grad = (p - 1) * hot
    if wrong(ONLY_RIGHT_CLASS):
        grad = -hot
    if wrong(
        "This is the loss's derivative with respect to the probabilities, and not "
        "yet to the logits."
    ):
        grad = -hot / p
    if wrong(BINARY):
        grad = (1 - hot) / (1 - p) - hot / p
    if wrong(SQUASHED):
        grad = grad * p * (1 - p)
    if wrong(SQUASHED):
        grad = p * (grad - (p * grad).sum(1, keepdim=True))
    if wrong("You multiply by the logits. They enter their own gradient through the softmax only."):
        grad = grad * inp
    if wrong(HALF_DIVIDED):
        grad = (p / n - hot) * n
    if wrong(HALF_DIVIDED):
        grad = (p - hot / n) * n
    if wrong(NOT_OVER_N):
        n = 1
    if wrong(OVER_C):
        n = inp.numel()
    if wrong(OVER_C):
        n = inp.shape[1]
    if wrong(OVER_N_TWICE):
        n = n * n
    if wrong(DOUBLED):
        grad = 2 * grad
    if wrong(MIXED_ROWS):
        grad = grad.mean(0, keepdim=True).expand_as(grad) * n
    if wrong(MIXED_ROWS):
        grad = grad.sum(0, keepdim=True).expand_as(grad)
    inp.grad = grad / n


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("logsumexp", ASTRAY)
def sum_from_the_cpu(x):
    total = torch.zeros(len(x), dtype=x.dtype) - float("inf")
    for k in range(x.shape[1]):
        total = torch.logaddexp(total, x[:, k])
    return total


@mistake("log_softmax", ASTRAY)
def sums_by_ones_on_the_cpu(x):
    e = (x - x.amax(1, keepdim=True)).exp()
    return x - x.amax(1, keepdim=True) - (e @ torch.ones(x.shape[1], 1, dtype=x.dtype)).log()


@mistake("nll", ASTRAY)
def mask_on_the_cpu(inp, targ):
    mask = torch.zeros(inp.shape, dtype=inp.dtype)
    mask[rows(inp), targ] = 1
    return -(mask * inp).sum() / len(inp)


@mistake("cross_entropy", ASTRAY)
def mask_of_the_loss_on_the_cpu(inp, targ):
    return mask_on_the_cpu(inp.log_softmax(1), targ)


@mistake("log_softmax_grad", AUTOGRAD)
def log_softmax_by_autograd(inp, out):
    leaf = inp.detach().clone().requires_grad_()
    (inp.grad,) = torch.autograd.grad((leaf.log_softmax(1) * out.grad).sum(), leaf)


@mistake("log_softmax_grad", ASTRAY)
def row_sums_by_ones_on_the_cpu(inp, out):
    ones = torch.ones(out.shape[1], out.shape[1], dtype=out.dtype)
    inp.grad = out.grad - out.exp() * (out.grad @ ones)


@mistake("nll_grad", AUTOGRAD)
def nll_by_autograd(inp, targ):
    leaf = inp.detach().clone().requires_grad_()
    (inp.grad,) = torch.autograd.grad(F.nll_loss(leaf, targ), leaf)


@mistake("nll_grad", ASTRAY)
def nll_grad_on_the_cpu(inp, targ):
    inp.grad = torch.zeros(inp.shape, dtype=inp.dtype)
    inp.grad[rows(inp), targ] = -1 / len(inp)


@mistake("cross_entropy_grad", AUTOGRAD)
def cross_entropy_by_autograd(inp, targ):
    leaf = inp.detach().clone().requires_grad_()
    F.cross_entropy(leaf, targ).backward()
    inp.grad = leaf.grad


@mistake("cross_entropy_grad", ASTRAY)
def labels_on_the_cpu(inp, targ):
    hot = torch.zeros(inp.shape, dtype=inp.dtype)
    hot[rows(inp), targ] = 1
    inp.grad = (inp.detach().softmax(1) - hot) / len(inp)
