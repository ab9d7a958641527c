"""Chapter 5, right, and at each step how it goes wrong."""

import torch
import torch.nn.functional as F

from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, SPOILT
from kata.diagnosis.told import mistake, probes, told, wrong

BROADCAST = (
    "You subtract targ [n] from output [n, 1] as they come. Broadcasting makes [n, n] of them: "
    "every output minus every target."
)
SQUEEZE = (
    "squeeze() without an axis drops every axis of length 1, so where n = 1 the axis of the rows "
    "goes as well."
)
SCALED = "You scale the targets or outputs first, so the errors are those of other numbers."
REVERSED = "You compare each output with the target of another row."
FIRST_ONLY = "You use the first row only, although the mean is over all n rows."
ONE_FOR_ALL = (
    "You compare all rows with the first target (or the first output). Each row has its own."
)
LAST_MISSING = "The last row is left out: a loop or slice ends with the index n - 2."
FIRST_MISSING = "The first row is left out: a loop or slice begins at 1, and indices count from 0."
SQUARES_APART = (
    "You square outputs and targets one by one and subtract the squares. The difference of two "
    "squares is not the square of the difference."
)
SQUASHED = (
    "You take a cross-entropy, or put the outputs through a sigmoid or softmax. This loss compares "
    "the outputs as they come."
)
PRODUCT = "You average output times targ, and not the square of their difference."
WITHIN = "You limit the errors (clamp, relu), although errors of both signs and any size count."
RELATIVE = "You divide by the targets (a relative error), which the mean squared error doesn't."
NORMALISED = "You divide by the targets' spread or magnitude, which the mean squared error doesn't."
NO_SQUARE = "You average the errors without squaring them, so those of opposite sign cancel."
POWER = "You raise the errors to a power other than 2."
HUBER = "You take Huber's loss (smooth L1), which is linear for large errors."
MEAN_FIRST = "You average first and square the mean, so errors of opposite sign cancel."
SUM_FIRST = "You add the errors up first and square the sum, so those of opposite sign cancel."
BESSEL = "You divide by n - 1, as for an unbiased variance. A mean divides by n."
VARIANCE = "You take the variance or standard deviation of the errors, which leaves out their mean."
NOT_REDUCED = (
    "You keep all n squared errors (a mean over an axis of length 1 leaves them as they are). The "
    "loss is one number."
)
GRADIENT = "You return the gradient of the loss, and not the loss."
SCORE = "You return a similarity or a score, and not the mean of the squared errors."
LAST_ONLY = (
    "Only the last row's error counts: you take that row alone, or overwrite the sum at each row. "
    "The mean is over all n."
)
EPSILON = "You add a small number, so the loss of perfect outputs isn't 0."
WHOLE_QUOTIENT = "You cut to whole numbers (// or int), although the loss is a plain quotient."


@probes("mse")
def mse_probes(draw):
    for n in (5, 5, 1, 2, 3, 1):
        yield draw(n, 1), draw(n)
    yield draw(4, 1, scale=5.0), draw(4, scale=5.0)


@told
def mse(output, targ):
    n, p, t = len(targ), output.squeeze(-1), targ
    if wrong("You cut the targets to whole numbers (long, int)."):
        t = t.long()
    if factor := wrong(SCALED, 2, 0.1, 1 / n):
        t = factor * t
    if wrong(SCALED):
        t = (t - t.mean()) / t.std(correction=0)
    if wrong(
        "You take logarithms first (mean squared logarithmic error), and abs loses the signs."
    ):
        p, t = p.abs().log1p(), t.abs().log1p()
    if squash := wrong(SQUASHED, torch.sigmoid, lambda x: x.softmax(0)):
        p = squash(p)
    if wrong("You clamp the outputs (relu), although they may have any sign."):
        p = p.clamp_min(0.0)
    if wrong("You sort outputs and targets first, so each output meets the target of another row."):
        p, t = p.sort(0).values, t.sort(0).values
    if mixed := wrong(REVERSED, t.flip(0), t.roll(1), t.roll(-1)):
        t = mixed
    if wrong(FIRST_ONLY):
        p, t, n = p[:1], t[:1], 1
    if wrong(ONE_FOR_ALL):
        t = t[0]
    if wrong(ONE_FOR_ALL):
        p = p[0]
    if wrong(LAST_ONLY):
        p, t = p[-1:], t[-1:]
    if wrong(LAST_ONLY):
        p, t, n = p[-1:], t[-1:], 1
    if wrong(LAST_MISSING):
        p, t = p[:-1], t[:-1]
    if wrong(LAST_MISSING):
        p, t, n = p[:-1], t[:-1], n - 1
    # Where n = 1, nothing is added to the start: a float comes back, or a tensor.
    if start := wrong(LAST_MISSING, 0, output.new_zeros(())):
        return sum(((p[i] - t[i]) ** 2 for i in range(n - 1)), start) / n
    if wrong(FIRST_MISSING):
        p, t = p[1:], t[1:]
    if wrong(FIRST_MISSING):
        p, t, n = p[1:], t[1:], n - 1
    if start := wrong(FIRST_MISSING, 0, output.new_zeros(())):  # likewise
        return sum(((p[i] - t[i]) ** 2 for i in range(1, n)), start) / n
    if wrong("You compare each output with the mean of the targets, and not with its own."):
        t = t.mean()
    if wrong("You compare the mean output with each target, and not each output with its own."):
        p = p.mean()
    if wrong("You leave out the targets."):
        t = 0
    if wrong("You leave out the outputs."):
        p = 0
    if wrong(BROADCAST):
        p, n = p.unsqueeze(-1), n**2
    if wrong(BROADCAST):
        p = p.unsqueeze(-1)

    error = p - t
    if wrong("You add outputs and targets. The error is their difference."):
        error = p + t
    if wrong("You multiply outputs and targets. The error is their difference."):
        error = p * t
    if wrong(RELATIVE):
        error = error / t
    if limits := wrong(WITHIN, (0.0, None), (-1, 1)):
        error = error.clamp(*limits)
    # Each fails in its own way where n = 1 makes the outputs 0-d.
    if wrong(SQUEEZE):  # len
        error, n = (output.squeeze() - t).flatten(), len(output.squeeze())
    if wrong(SQUEEZE):  # dot
        error = error.squeeze()
        return torch.dot(error, error) / n
    if wrong(SQUEEZE):  # matmul
        error = error.squeeze()
        return error @ error / n
    if wrong(SQUEEZE):  # an index
        return sum((output.squeeze()[i] - t[i]) ** 2 for i in range(n)) / n
    if wrong(SQUEEZE):  # iteration
        return sum((a - b) ** 2 for a, b in zip(output.squeeze(), t, strict=True)) / n
    if wrong(SQUEEZE):  # stack
        error = torch.stack([output.squeeze(), t]).diff(dim=0)
    if wrong(GRADIENT):
        return 2 * error / n
    if wrong(GRADIENT):
        return 2 * error.unsqueeze(-1) / n
    if wrong(VARIANCE):
        return error.var()
    if wrong(VARIANCE):
        return error.std()
    if wrong(VARIANCE):
        error = error - error.mean()

    squares = error.square()
    if wrong("You average the absolute errors, and not their squares."):
        squares = error.abs()
    if wrong(NO_SQUARE):
        squares = error
    if wrong(NO_SQUARE):
        squares = -error
    if wrong("You double the errors, so those of opposite sign cancel."):
        squares = 2 * error
    if wrong("^ is not a power in Python: it is the exclusive or of whole numbers."):
        squares = error ^ 2
    if power := wrong(POWER, 3, 4, 0.5):
        squares = error.pow(power)
    if wrong("You raise 2 to the power of the error, so an error below 0 hardly counts."):
        squares = 2**error
    if wrong(POWER):
        squares = error.abs().sqrt()
    if wrong(SQUARES_APART):
        squares = p.square() - t.square()
    if wrong(SQUARES_APART):
        squares = (p.square() - t.square()).abs()
    if wrong("You square the outputs only, and not the difference."):
        squares = p.square() - t
    if wrong("The square binds first: output - targ ** 2 squares the targets only."):
        squares = p - t**2
    if wrong(PRODUCT):
        squares = p * t
    if wrong(HUBER):
        squares = torch.where(error.abs() < 1, error.square() / 2, error.abs() - 0.5)
    if wrong("You take log cosh of the errors, which is linear for large ones."):
        squares = error.cosh().log()
    if wrong(SQUASHED):
        squares = F.binary_cross_entropy_with_logits(p, t, reduction="none")

    if wrong(NOT_REDUCED):
        return squares
    if wrong(NOT_REDUCED):
        return squares / n
    if wrong(NOT_REDUCED):
        return squares.unsqueeze(-1)
    if axis := wrong(BROADCAST, 0, 1):
        return (output - targ).square().mean(axis)
    if wrong("Only the first row counts: you return inside the loop, or take the square at 0."):
        return squares[0] / n
    if wrong("You take the largest squared error, and not their mean."):
        return squares.max()
    if wrong("You take the median of the squared errors, and not their mean."):
        return squares.median()
    total = squares.sum()
    if wrong(SUM_FIRST):
        total = error.sum().square()
    if wrong(SUM_FIRST):
        return error.sum().square()
    if wrong(MEAN_FIRST):
        total = error.mean().square() * n
    if wrong("You square the mean absolute error. The mean of the squares is larger."):
        total = error.abs().mean().square() * n
    if wrong("You take means first, and ** 2 binds before -, so only the mean target is squared."):
        return p.mean() - t.mean() ** 2
    if wrong(WHOLE_QUOTIENT):
        return total // n

    if wrong(BESSEL):
        n = len(targ) - 1
    if wrong(BESSEL):
        n = max(len(targ) - 1, 1)
    if wrong("You divide by n + 1. A mean divides by n."):
        n = len(targ) + 1
    if wrong("You divide by n twice: mean() has done it already."):
        n = n * len(targ)
    if wrong("You divide by the square root of n. A mean divides by n."):
        n = len(targ) ** 0.5
    if wrong("You multiply by n, where a mean divides by it."):
        n = 1 / len(targ)
    if wrong("You divide by a fixed number, whatever the number of rows is."):
        n = 50_000
    if wrong(NORMALISED):
        n = t.square().sum()
    if wrong(NORMALISED):
        n = n * t.var(correction=0)
    if wrong("You sum the squared errors. The loss is their mean."):
        n = 1
    loss = total / n
    if wrong("You take the norm of the errors: the root of the sum of their squares."):
        loss = total.sqrt()
    if wrong("You divide the norm by n, without squaring it first."):
        loss = total.sqrt() / n
    if wrong("You take the root of the mean (RMSE). The loss is the mean square itself."):
        loss = loss.sqrt()
    if wrong("You take the logarithm. The loss is the mean square itself."):
        loss = loss.log()
    if wrong(
        "You take half of the mean (1/2n). The factor 1/2 is a habit of other courses; here the "
        "loss is the plain mean, and its gradient has a factor 2."
    ):
        loss = loss / 2
    if wrong("Your loss is twice the mean of the squared errors."):
        loss = 2 * loss
    if wrong("Your loss has the wrong sign. A mean of squares is never negative."):
        loss = -loss
    if small := wrong(EPSILON, 1e-8, 1e-5):
        loss = loss + small
    if wrong(SCORE):
        loss = 1 - total / (t - t.mean()).square().sum()
    if wrong(SCORE):
        loss = 1 - F.cosine_similarity(p, t, dim=0)
    if wrong("Your loss has shape [1]. It should be 0-d, one number without axes."):
        loss = loss.reshape(1)
    if wrong("Your loss has shape [1, 1]. It should be 0-d, one number without axes."):
        loss = loss.reshape(1, 1)
    if wrong(
        "You expand targ to the output's shape. expand takes [n] for a row, so it fails on [n, 1]."
    ):
        loss = (output - targ.expand_as(output)).square().mean()
    if wrong(IN_PLACE):
        output[:, 0] -= targ
    return loss


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("mse", SPOILT)
def error_squared_in_place(output, targ):
    error = output.squeeze(-1) - targ
    error *= error
    return error.mean()


@mistake("mse", ASTRAY)
def sum_with_ones_on_the_default_device(output, targ):
    errors = output.squeeze(-1) - targ
    return errors.square() @ torch.ones(len(targ), dtype=targ.dtype) / len(targ)
