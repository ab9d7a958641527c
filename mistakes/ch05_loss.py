"""Chapter 5, right, and at each step how it goes wrong."""

import torch
import torch.nn.functional as F

from kata.diagnosis.told import probes, told, wrong

BROADCAST = (
    "You subtract targ [n] from output [n, 1] as they come. Broadcasting makes that [n, n], every "
    "output less every target. Give both one shape first: output[:, 0] or output.squeeze(-1)."
)
SQUEEZE = (
    "squeeze() without an axis drops every axis of length 1, the rows' as well where n = 1. Say "
    "which: squeeze(-1), or output[:, 0]."
)
SCALED = "You scale the targets or outputs first. The error is output - targ, as they come."
REVERSED = "You compare output i with the target of another row. Both run from 0 to n - 1."
FIRST_ONLY = "You use the first row only. The mean is over all n rows."
LAST_MISSING = "Your loop leaves the last row out. Indices run from 0 to n - 1: range(n)."
FIRST_MISSING = "Your loop leaves the first row out. Indices count from 0: range(n)."
SQUARES_APART = (
    "You square outputs and targets one by one and subtract the squares. Subtract first, then "
    "square the difference."
)
SQUASHED = (
    "You take a cross-entropy, or put the outputs through a sigmoid or softmax. The loss compares "
    "the outputs themselves: (output - targ)^2."
)
PRODUCT = "You average output times targ. The error is the difference, output - targ, squared."
WITHIN = "You limit the errors (clamp, relu). Errors of both signs and any size count, squared."
RELATIVE = "You divide by the targets (a relative error). The loss takes the errors as they are."
NORMALISED = (
    "You divide by the targets' spread or size. The loss takes the squared errors as they are."
)
NO_SQUARE = "You average the errors without squaring them, so those of opposite sign cancel."
POWER = "You take the wrong power. The errors are squared: ** 2."
HUBER = "You take Huber's loss (smooth L1), linear for large errors. Square all of them."
MEAN_FIRST = "You square the mean of the errors. Square each error first, then take the mean."
BESSEL = "You divide by n - 1. A mean divides by n (n - 1 belongs to an unbiased variance)."
VARIANCE = "You take the variance of the errors, which leaves out their mean. Average the squares."
NOT_REDUCED = (
    "You keep all n squared errors (a mean over an axis of length 1 leaves them as they are). The "
    "loss is one number: mean() over all."
)
GRADIENT = "You return the gradient of the loss. The loss is the mean of the squared errors."
SCORE = "Your loss is a similarity or a score. It is the mean of the squared errors."
LAST_ONLY = "You overwrite the sum at each row, so only the last error is left. Add each one: +=."
EPSILON = "You add a small number. The loss of perfect outputs is exactly 0."
ONE_AXIS_LEFT = "Your loss has shape [1]. It is 0-d, one number without axes: take mean() over all."
WHOLE_QUOTIENT = "You cut to whole numbers (// or int). The loss is a plain quotient, with /."
IN_PLACE = (
    "You work in place on an input. Make a new tensor instead: whoever passed the input still "
    "needs its old values."
)
SPOILT = (
    "You change a tensor in place (*=, out=) whose old values autograd needs on its way back. Make "
    "a new tensor instead."
)


@probes("mse")
def mse_probes(draw):
    for n in (5, 5, 1, 2, 3, 1):
        yield draw(n, 1), draw(n)
    yield draw(4, 1, scale=5.0), draw(4, scale=5.0)


@told
def mse(output, targ):
    n, p, t = len(targ), output.squeeze(-1), targ
    if wrong("You cut the targets to whole numbers (long, int). Take them as they are."):
        t = t.long()
    if wrong(SCALED):
        t = 2 * t
    if wrong(SCALED):
        t = t / 10
    if wrong(SCALED):
        t = t / n
    if wrong(SCALED):
        t = (t - t.mean()) / t.std(correction=0)
    if wrong(SCALED):
        p, t = p.abs().log1p(), t.abs().log1p()
    if wrong(SQUASHED):
        p = p.sigmoid()
    if wrong(SQUASHED):
        p = p.softmax(0)
    if wrong(WITHIN):
        p = p.clamp_min(0.0)
    if wrong(
        "You sort outputs and targets first. Output i is compared with target i, as they come."
    ):
        p, t = p.sort(0).values, t.sort(0).values
    if wrong(REVERSED):
        t = t.flip(0)
    if wrong(REVERSED):
        t = t.roll(1)
    if wrong(REVERSED):
        t = t.roll(-1)
    if wrong(FIRST_ONLY):
        p, t, n = p[:1], t[:1], 1
    if wrong(FIRST_ONLY):
        t = t[0]
    if wrong(FIRST_ONLY):
        p = p[0]
    if wrong(LAST_ONLY):
        p, t = p[-1:], t[-1:]
    if wrong(LAST_MISSING):
        p, t = p[:-1], t[:-1]
    if wrong(LAST_MISSING):
        p, t, n = p[:-1], t[:-1], n - 1
    if wrong(FIRST_MISSING):
        p, t = p[1:], t[1:]
    if wrong(FIRST_MISSING):
        p, t, n = p[1:], t[1:], n - 1
    if wrong("You compare with the mean of the targets. Output i is compared with target i."):
        t = t.mean()
    if wrong("You compare the mean output with each target. Output i belongs to target i."):
        p = p.mean()
    if wrong("You leave out the targets. The error is output - targ."):
        t = 0
    if wrong("You leave out the outputs. The error is output - targ."):
        p = 0
    if wrong(BROADCAST):
        p, n = p.unsqueeze(-1), n**2
    if wrong(BROADCAST):
        p = p.unsqueeze(-1)

    error = p - t
    if wrong("You add outputs and targets. The error is their difference, output - targ."):
        error = p + t
    if wrong(PRODUCT):
        error = p * t
    if wrong(RELATIVE):
        error = error / t
    if wrong(WITHIN):
        error = error.clamp_min(0.0)
    if wrong(WITHIN):
        error = error.clamp(-1, 1)
    if wrong(SQUEEZE):
        error, n = (output.squeeze() - t).flatten(), len(output.squeeze())
    if wrong(SQUEEZE):
        error = error.squeeze()
        return torch.dot(error, error) / n
    if wrong(SQUEEZE):
        error = error.squeeze()
        return error @ error / n
    if wrong(SQUEEZE):
        error, n = output.squeeze() - t.squeeze(), len(output.squeeze() - t.squeeze())
    if wrong(SQUEEZE):
        return sum((output.squeeze()[i] - t[i]) ** 2 for i in range(n)) / n
    if wrong(SQUEEZE):
        return sum((a - b) ** 2 for a, b in zip(output.squeeze(), t, strict=True)) / n
    if wrong(SQUEEZE):
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
    if wrong(SPOILT):
        error *= error
        squares = error
    if wrong("You average the absolute errors. Square them: mse is the mean SQUARED error."):
        squares = error.abs()
    if wrong(NO_SQUARE):
        squares = error
    if wrong(NO_SQUARE):
        squares = -error
    if wrong("You double the errors in place of squaring them: * 2, where ** 2 is wanted."):
        squares = 2 * error
    if wrong("^ is not a power in Python. Write ** 2, square() or pow(2)."):
        squares = error ^ 2
    if wrong(POWER):
        squares = error.pow(3)
    if wrong(POWER):
        squares = error.pow(4)
    if wrong(POWER):
        squares = 2**error
    if wrong(POWER):
        squares = error.pow(0.5)
    if wrong(POWER):
        squares = error.abs().sqrt()
    if wrong(SQUARES_APART):
        squares = p.square() - t.square()
    if wrong(SQUARES_APART):
        squares = (p.square() - t.square()).abs()
    if wrong("You square the outputs only. Subtract first, then square the difference."):
        squares = p.square() - t
    if wrong("The square binds first: output - targ ** 2. Write (output - targ) ** 2."):
        squares = p - t**2
    if wrong(PRODUCT):
        squares = p * t
    if wrong(HUBER):
        squares = torch.where(error.abs() < 1, error.square() / 2, error.abs() - 0.5)
    if wrong("You take log cosh of the errors. Square them, and take the mean."):
        squares = error.cosh().log()
    if wrong(SQUASHED):
        squares = F.binary_cross_entropy_with_logits(p, t, reduction="none")

    if wrong(NOT_REDUCED):
        return squares
    if wrong(NOT_REDUCED):
        return squares / n
    if wrong(NOT_REDUCED):
        return squares.unsqueeze(-1)
    if wrong(BROADCAST):
        return (output - targ).square().mean(0)
    if wrong(BROADCAST):
        return (output - targ).square().mean(1)
    if wrong(
        "You return from inside the loop, so only its first round is run. Move return to the left, "
        "below the loop."
    ):
        return squares[0] / n
    if wrong("You take the largest squared error. The loss is their mean."):
        return squares.max()
    if wrong("You take the median of the squared errors. The loss is their mean."):
        return squares.median()
    total = squares.sum()
    if wrong("You square the sum of the errors. Square each error first, then take the mean."):
        total = error.sum().square()
    if wrong("You square the sum of the errors. Square each error first, then take the mean."):
        return error.sum().square()
    if wrong(MEAN_FIRST):
        total = error.mean().square() * n
    if wrong(MEAN_FIRST):
        total = error.abs().mean().square() * n
    if wrong(MEAN_FIRST):
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
    if wrong("You divide by the root of n. A mean divides by n."):
        n = len(targ) ** 0.5
    if wrong("You multiply by n. A mean divides the sum by n."):
        n = 1 / len(targ)
    if wrong("You divide by a fixed number of rows. n is the length of the targets at hand."):
        n = 50_000
    if wrong(NORMALISED):
        n = t.square().sum()
    if wrong(NORMALISED):
        n = n * t.var(correction=0)
    if wrong("You sum the squared errors. Divide by n: the loss is their mean."):
        n = 1
    loss = total / n
    if wrong(
        "You take the norm of the errors. Square it and divide by n: the mean of the squares."
    ):
        loss = total.sqrt()
    if wrong("You divide the norm by n without squaring it. Take the mean of the squared errors."):
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
    if wrong("Your loss is twice the mean of the squared errors. Leave out the factor 2."):
        loss = 2 * loss
    if wrong("Your loss has the wrong sign. A mean of squares is never negative."):
        loss = -loss
    if wrong(EPSILON):
        loss = loss + 1e-8
    if wrong(EPSILON):
        loss = loss + 1e-5
    if wrong(SCORE):
        loss = 1 - total / (t - t.mean()).square().sum()
    if wrong(SCORE):
        loss = 1 - F.cosine_similarity(p, t, dim=0)
    if wrong(ONE_AXIS_LEFT):
        loss = loss.reshape(1)
    if wrong("Your loss has shape [1, 1]. It is 0-d, one number without axes: mean() over all."):
        loss = loss.reshape(1, 1)
    if wrong("expand makes [n, n] of targ, or fails. To make it a column, take targ[:, None]."):
        loss = (output - targ.expand_as(output)).square().mean()
    if wrong(IN_PLACE):
        output[:, 0] -= targ
    return loss
