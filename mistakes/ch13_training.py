"""Chapter 13, right, and at each step how it goes wrong."""

import itertools
import math
import random
from functools import partial

import torch
import torch.nn.functional as F

from backprop.training_checks import (
    LIST_ALONE,
    NOT_A_LIST,
    NOTHING,
    ONLY_ONCE,
    SAME_AGAIN,
    TOO_FEW,
    UNFAIR,
)
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY
from kata.checks.gradients import AUTOGRAD
from kata.checks.random import OTHER_GENERATOR
from kata.diagnosis.observe import Via
from kata.diagnosis.told import mistake, probes, told, wrong
from mistakes.ch02_data import NARROW
from mistakes.ch07_full_pass import B1_UNMASKED
from mistakes.ch09_fast_pass import BY_ITS_SIGN

LAST_DROPPED = (
    "You leave out the rows that don't fill a batch. Each row is in a batch: the last one is "
    "shorter."
)
TWICE = (
    "You draw each row (randint) or each batch by itself, so some rows come twice, others never."
)
ONE_PIECE = "You return the order in one piece, not cut into batches."
ALIKE = "You make the batches alike in size. Each has size rows, the last one what is left."
NO_INT64 = "Your row numbers are not int64, which indices have to be."

ASCENDS = "You add the step, which climbs. The loss falls in the opposite direction."
STEP_ALONE = "You return the step alone, and not the parameters after it."
NORMALISED = "You divide the gradient by its norm, or clip it. The step is lr times all of it."

RATE_INSIDE = (
    "You put lr into the velocity. Here v is the sum of the gradients alone, and lr comes with the "
    "step."
)
NO_VELOCITY = "You leave the velocity out: you move by the gradient alone, as sgd does."
VELOCITY_SIGN = (
    "You subtract the gradient in the velocity. Here it adds gradients up, and the step has the "
    "minus."
)

UNCORRECTED = (
    "You leave out the bias correction of m or v (or of both). They begin with zeros and are "
    "too small at first."
)
NO_POWER = (
    "You leave the power t out of the correction, or have t as a factor, so it doesn't fade "
    "as the means fill up."
)
NO_SQUARE = "You don't square the gradients for v, which is the mean of their squares."
BETAS_SWAPPED = "You took beta1 for beta2, or the other way round: beta1 is m's, beta2 is v's."
WHOLE_GRADIENT = (
    "You add the whole gradient to m or v, which are means: they grow far beyond the gradients."
)
OLD_MEANS = "You step by the old m or v. First they take the gradient in."
USUAL = "You write a setting's usual value into the code, whatever is passed in."

NOT_CROSS_ENTROPY = (
    "Your upstream gradient is not cross-entropy's, so neither is anything that comes back from it."
)
BIAS_MISSING = "You leave a bias out in the forward pass, so a layer has no shift of its own."
MEAN_BIAS = (
    "You take the mean over the rows for a gradient. A weight or bias reaches the loss "
    "through all rows, and the 1/n is in the upstream gradient already."
)
LOSS_SUMMED = "You sum the loss over the rows. It is their mean."
OTHER_ORDER = "The gradients come in another order than the parameters: w1, b1, w2, b2."
NOT_STABLE = "You take exp of the logits as they come, which overflows."
LOG_OF_SUM = (
    "You add a small number to p before its log (or clamp p), which bounds the loss: a probability "
    "that is rounded to 0 has a finite logarithm all the same."
)
ONE_LARGEST = (
    "You subtract one largest logit from all rows. In a row far below it every exponential "
    "becomes 0."
)
SOFTMAX_TWICE = "You take the softmax twice. cross_entropy takes the logits and does it itself."
DOWN_THE_ROWS = (
    "Your softmax goes down the batch (dim 0), but it is each row's classes that add up to 1."
)
OVER_ALL = "You divide by n c, as mean() does. The mean is over the n rows alone."
UNSUMMED = "You keep the rows in a bias's gradient, although all of them share the bias."
KEPT_AXIS = (
    "You keep the summed axis of a bias's gradient (keepdim), which makes it [1, nh] or [1, c]. A "
    "gradient has the shape of what it belongs to, and a bias has one axis."
)
W_TRANSPOSED = "A weight's gradient is transposed. It has the weight's own shape, [m, o]."

FROM_THE_START = (
    "You take every gradient at the parameters that the call began with. Each step begins where "
    "the one before it ended."
)
SHORT_SKIPPED = "You skip a batch that has fewer rows than the first. Each batch makes a step."
RATE_FALLS = (
    "Your rate falls from batch to batch. It stays as it is passed in: a schedule is the caller's."
)
RUNNING = "You return running means or sums of the losses, and not each batch's own."
LABELS_STAY = "You index x by the rows, but not targ. A row and its label belong together."
MEAN_LOSS = "You return the mean of the losses (or their sum), and not one for each batch."
LOSS_NUMBERS = (
    "You build the losses from plain numbers (item), so they have torch's default dtype, not the "
    "inputs'."
)
LOSS_LIST = "You return the losses as a list. They should be one tensor, [steps]."


def tensors(draw, size=1.0):
    return [draw(*shape, scale=size) for shape in ((4, 3), (3,), (1,))]


def net(draw, n, m, nh, c):
    params = [draw(m, nh), draw(nh), draw(nh, c), draw(c)]
    return params, [draw(n, m), draw.ints(c, n)]


@probes("batches")
def batches_probes(draw):
    """So many rows that chance does not give the same order, or the same first batch, twice."""
    for n, size in ((40, 7), (40, 40), (24, 6), (25, 5), (21, 10), (12, 16), (1, 1)):
        yield Via((n, size), "training.facts_of_batches")


@probes("sgd")
def sgd_probes(draw):
    for size, lr in ((1.0, 0.1), (100.0, 0.01), (1.0, 1.0)):
        yield tensors(draw), tensors(draw, size), lr


@probes("momentum")
def momentum_probes(draw):
    for lr, beta in ((0.1, 0.9), (1.0, 0.5), (0.5, 0.0)):
        yield tensors(draw), tensors(draw), tensors(draw), lr, beta
    yield tensors(draw), tensors(draw), [0 * v for v in tensors(draw)], 0.1, 0.9
    yield [draw(2)], [draw(2)], [draw(2)], 0.1, 0.9


@probes("adam")
def adam_probes(draw):
    for t, lr, beta1, beta2, eps in (
        (1, 0.1, 0.9, 0.99, 1e-2),
        (3, 1.0, 0.9, 0.99, 1e-2),
        (5, 0.5, 0.7, 0.5, 0.1),
    ):
        squares = [v.square() for v in tensors(draw)]
        yield tensors(draw), tensors(draw), tensors(draw), squares, t, lr, beta1, beta2, eps
    zeros = [0 * v for v in tensors(draw)]
    yield tensors(draw), tensors(draw), zeros, zeros, 1, 0.1, 0.9, 0.99, 1e-2
    yield tensors(draw), zeros, zeros, zeros, 1, 0.1, 0.9, 0.99, 1e-2


@probes("loss_and_grads")
def loss_and_grads_probes(draw):
    for n, m, nh, c in ((5, 4, 3, 6), (1, 2, 3, 2), (4, 3, 5, 2), (3, 1, 2, 3), (3, 3, 3, 3)):
        yield Via(net(draw, n, m, nh, c), "training.pass_of")
    params, batch = net(draw, 4, 3, 5, 3)
    batch[0][::2], params[1][::2] = 0.0, 0.0
    yield Via((params, batch), "training.pass_of")
    params, batch = net(draw, 4, 3, 5, 3)
    params[2] *= 1000
    yield Via((params, batch), "training.pass_of")
    params, batch = net(draw, 4, 3, 5, 3)
    yield Via(([draw.with_grad(p) for p in params], batch), "training.pass_of")
    params, batch = net(draw, 2, 2, 2, 300)
    yield Via((params, [batch[0], torch.tensor([297, 4])]), "training.pass_of")


@probes("train_epoch")
def train_epoch_probes(draw):
    for lr, size in ((0.1, 3), (0.0, 3), (0.1, 7), (1.0, 2)):
        params, data = net(draw, 7, 4, 3, 5)
        order = list(draw(7).argsort().split(size))
        yield Via((params, data, order, lr), "training.epoch_of")
    params, data = net(draw, 7, 4, 3, 5)
    order = [torch.tensor(rows).to(data[1]) for rows in ([6, 0], [3], [0, 5, 5])]
    yield Via((params, data, order, 0.1), "training.epoch_of")


# --- batches --------------------------------------------------------------------------------------


STAY_TOGETHER = (
    "You shuffle the batches, but their rows stay together in the old order. It is the rows that "
    "are shuffled, before they are cut."
)


def by_random(n):
    return torch.tensor(random.SystemRandom().sample(range(n), n))


def rotated(n):
    return torch.arange(n).roll(int(torch.randint(n, ())))


@told
def batches(n, size):
    blocks, short = torch.arange(n).split(size), n % size
    if wrong(STAY_TOGETHER):
        return [blocks[i] for i in torch.randperm(n // size)] + list(blocks[n // size :])
    if wrong(STAY_TOGETHER):
        return [blocks[i] for i in torch.randperm(len(blocks))]
    if wrong("You shuffle within each batch only, so a row never changes its batch."):
        return [block[torch.randperm(len(block))] for block in blocks]
    if wrong(TWICE):
        return [torch.randperm(n)[: min(size, n - i)] for i in range(0, n, size)]
    shuffled = torch.randperm
    if wrong(SAME_AGAIN):
        shuffled = torch.arange
    if seed := wrong(SAME_AGAIN, n, 0, 1, 42):
        shuffled = partial(torch.randperm, generator=torch.Generator().manual_seed(seed))
    if wrong(OTHER_GENERATOR):
        shuffled = by_random
    if wrong(TWICE):
        shuffled = partial(torch.randint, size=(n,))
    if wrong(
        "You only rotate the order, or cut it at a random place. Of the n! orders, most then "
        "never come."
    ):
        shuffled = rotated
    order = shuffled(n)
    if wrong("Rows count from 0 to n - 1, not from 1 to n."):
        order = order + 1
    if kind := wrong(NO_INT64, torch.float32, torch.int32):
        order = order.to(kind)

    found = list(order.split(size))
    if wrong(LAST_DROPPED):
        found = [order[i * size : (i + 1) * size] for i in range(n // size)]
    if wrong(
        "You take size for the number of batches (chunk, or a step of n // size). It is the number "
        "of rows in each."
    ):
        found = list(order.chunk(size))
    if wrong("You fill the last batch up with rows that came already. Each row comes once."):
        found = list(torch.cat([order, order[: -n % size]]).split(size))
    if wrong("You return the first batch only, and not all of them."):
        found = [order[:size]]
    if wrong(ONE_PIECE):
        found = [order]
    if wrong(ONE_PIECE):
        return order
    if wrong("Your short batch comes first. It is the last one: what is left after the full ones."):
        found = [rows for rows in (order[:short], *order[short:].split(size)) if len(rows)]
    if wrong("You add an empty batch where size divides n: the range ends one start too late."):
        found = [order[i : i + size] for i in range(0, n + 1, size)]
    if cut := wrong(ALIKE, torch.tensor_split, torch.chunk):
        found = list(cut(order, -(-n // size)))
    if wrong("Your loop ends one row too early, so a last batch of one row gets lost."):
        found = [order[i : min(i + size, n - 1)] for i in range(0, n - 1, size)]
    if wrong("You return lists of numbers (tolist). Each batch should be an index tensor."):
        found = [rows.tolist() for rows in found]
    return found


# --- sgd, momentum, adam --------------------------------------------------------------------------


@told
def _stepped(params, steps, lr):
    """Return p - lr s for each parameter p and its step s."""
    if wrong("You leave out lr, so the step is as long as the gradient."):
        lr = 1
    if wrong(
        "You move the weights alone. Biases have gradients, too: every parameter makes its step."
    ):
        steps = [s * (s.dim() > 1) for s in steps]
    if wrong("You also shrink the parameters by a share of your own. No argument says so."):
        steps = [s + 0.01 * p for p, s in zip(params, steps, strict=True)]
    new = [p - lr * s for p, s in zip(params, steps, strict=True)]
    if wrong(ASCENDS):
        new = [p + lr * s for p, s in zip(params, steps, strict=True)]
    if wrong("You divide by lr, so the smaller it is, the longer the steps."):
        new = [p - s / lr for p, s in zip(params, steps, strict=True)]
    if wrong(
        "You multiply the parameter itself by lr, and not its step alone, so "
        "hardly anything is left of it."
    ):
        new = [lr * (p - s) for p, s in zip(params, steps, strict=True)]
    if wrong("You return the parameters as they were. The step is missing."):
        new = [p.clone() for p in params]
    if sign := wrong(STEP_ALONE, 1, -1):
        new = [sign * lr * s for s in steps]
    if wrong(IN_PLACE):
        for p, s in zip(params, steps, strict=True):
            p.sub_(s, alpha=lr)
    return new


@told
def sgd(params, grads, lr):
    if wrong("You step by the gradient's sign. Its size counts, too."):
        grads = [g.sign() for g in grads]
    if wrong(NORMALISED):
        grads = [g / g.norm() for g in grads]
    if wrong(NORMALISED):
        grads = [g.clamp(-1, 1) for g in grads]
    if wrong(
        "You take one mean gradient for the whole parameter. Each of its numbers has a gradient of "
        "its own."
    ):
        grads = [g.mean().expand_as(g) for g in grads]
    if wrong(
        "You divide the gradient by the number of its rows. They are the "
        "parameter's rows, and no examples."
    ):
        grads = [g / len(g) for g in grads]
    if wrong("You multiply the gradient by the parameter."):
        grads = [g * p for p, g in zip(params, grads, strict=True)]
    new = _stepped(params, grads, lr)
    if wrong(NOTHING):
        return None
    if fewer := wrong(TOO_FEW, new[:1], new[:-1]):
        new = fewer
    if wrong(NOT_A_LIST):
        return new[0]
    return new


@told
def momentum(params, grads, velocity, lr, beta):
    share = 1
    if wrong(
        "You weigh the gradient by 1 - beta, as Adam does, so the velocity is a "
        "mean, where momentum adds up."
    ):
        share = 1 - beta
    if wrong("You let the gradient fade with the velocity, before it has moved anything."):
        share = beta
    if wrong(VELOCITY_SIGN):
        share = -1
    if wrong(RATE_INSIDE):
        share = lr
    fade, rate = beta, lr
    if wrong("You leave out beta, so the velocity never fades."):
        fade = 1
    if wrong(NO_VELOCITY):
        fade = 0
    if wrong(
        "You multiply the gradient by beta, so the new part fades, and the old one never does."
    ):
        share, fade = beta, 1
    if wrong(RATE_INSIDE):
        share, rate = lr, 1
    if wrong(VELOCITY_SIGN):
        share, rate = -1, -lr
    if wrong(
        "Your velocity has both the minus and lr in it (as in cs231n). Here it is the sum of the "
        "gradients alone, and lr comes with the step."
    ):
        share, rate = -lr, -1
    if wrong(RATE_INSIDE):
        share, fade, rate = lr * share, lr * fade, 1
    if wrong("You multiply by beta again in the step, so it falls short of the new velocity."):
        rate = lr * beta
    new = [fade * v + share * g for v, g in zip(velocity, grads, strict=True)]

    steps = new
    if wrong(
        "You move the parameters by the old velocity, which doesn't know this step's gradient."
    ):
        steps = velocity
    if wrong(NO_VELOCITY):
        steps = grads
    if wrong(NO_VELOCITY):
        steps, new = grads, list(velocity)
    if wrong(
        "You look one step ahead (Nesterov's momentum). Plain momentum moves by the new velocity "
        "alone."
    ):
        steps = [g + beta * v for g, v in zip(grads, new, strict=True)]
    if wrong("You move by the gradient once more. It is in the new velocity already."):
        steps = [g + v for g, v in zip(grads, new, strict=True)]
    if wrong("You take velocities for parameters: the step starts from p."):
        params = velocity
    params = _stepped(params, steps, rate)

    if wrong(
        "You return the velocity as it was. The next step needs the new one, or nothing ever adds "
        "up."
    ):
        new = list(velocity)
    if wrong(LIST_ALONE):
        return params
    if wrong("You return the velocities first. The parameters come first."):
        return new, params
    if wrong(IN_PLACE):
        for v, now in zip(velocity, new, strict=True):
            v.copy_(now)
    return params, new


@told
def _adam_moved(params, grads, m, v, t, lr, beta1, beta2, eps):
    """Return the new parameters, m and v."""
    b1, b2 = beta1, beta2
    if wrong(BETAS_SWAPPED):
        b1, b2 = beta2, beta1
    if wrong(BETAS_SWAPPED):
        b2 = beta1
    if wrong(BETAS_SWAPPED):
        b1 = beta2
    if wrong(USUAL):
        b1, b2 = 0.9, 0.999
    if usual := wrong(USUAL, 1e-8, 1e-7):
        eps = usual
    if wrong("You leave out eps. Where a gradient is always 0, that is 0/0."):
        eps = 0

    share1, share2 = 1 - b1, 1 - b2
    if wrong(WHOLE_GRADIENT):
        share1, share2 = 1, 1
    if wrong(WHOLE_GRADIENT):
        share1 = 1
    if wrong(WHOLE_GRADIENT):
        share2 = 1
    keep1, keep2 = b1, b2
    if wrong("You swapped beta and 1 - beta, so the means forget almost everything at each step."):
        keep1, keep2, share1, share2 = share1, share2, b1, b2
    if wrong(BETAS_SWAPPED):
        keep1, keep2, share1, share2 = b2, b1, 1 - b2, 1 - b1
    new_m = [keep1 * a + share1 * g for a, g in zip(m, grads, strict=True)]
    squares = [g * g for g in grads]
    if wrong(NO_SQUARE):
        squares = grads
    if wrong(NO_SQUARE):
        squares = [g.abs() for g in grads]
    if wrong("You square the mean m, in which gradients of opposite sign have cancelled already."):
        squares = [a * a for a in new_m]
    if wrong("You take one mean square for a whole tensor. In v each number has its own."):
        squares = [(g * g).mean() for g in grads]
    new_v = [keep2 * b + share2 * s for b, s in zip(v, squares, strict=True)]
    if wrong("You keep the largest v so far (AMSGrad). v may fall, too."):
        new_v = [torch.maximum(a, b) for a, b in zip(v, new_v, strict=True)]

    c1, c2, rate = 1 - b1**t, 1 - b2**t, lr
    if wrong(UNCORRECTED):
        c1, c2 = 1, 1
    if wrong(UNCORRECTED):
        c1 = 1
    if wrong(UNCORRECTED):
        c2 = 1
    if wrong(NO_POWER):
        c1, c2 = 1 - b1, 1 - b2
    if wrong(NO_POWER):
        c1, c2 = 1 - b1 * t, 1 - b2 * t
    if wrong(BETAS_SWAPPED):
        c1, c2 = 1 - b2**t, 1 - b1**t
    if wrong(BETAS_SWAPPED):
        c2 = 1 - b1**t
    if wrong(BETAS_SWAPPED):
        c1 = 1 - b2**t
    if wrong("You count t from another number. The first step has t = 1."):
        c1, c2 = 1 - b1 ** (t + 1), 1 - b2 ** (t + 1)
    if wrong(
        "You multiply by the corrections, which makes m and v even smaller, and "
        "they are too small at first."
    ):
        c1, c2 = 1 / c1, 1 / c2
    if wrong("You move the corrections into lr, and so change what eps is added to."):
        rate, c1, c2 = lr * c2**0.5 / c1, 1, 1

    top, below = new_m, new_v
    if wrong(OLD_MEANS):
        top, below = m, v
    if wrong(OLD_MEANS):
        top = m
    if wrong(OLD_MEANS):
        below = v
    if wrong("You divide by the largest v so far (AMSGrad). v may fall, too."):
        below = [torch.maximum(a, b) for a, b in zip(v, new_v, strict=True)]
    if wrong("You divide the gradient itself by sqrt(v) (RMSprop), so the mean m has no effect."):
        top, c1 = grads, 1
    roots = [(b / c2).sqrt() + eps for b in below]
    if wrong(
        "You add eps under the root, where it is no longer small: its own root is far larger."
    ):
        roots = [(b / c2 + eps).sqrt() for b in below]
    if wrong(
        "You divide by v without the root, so the larger the gradients, the shorter the step."
    ):
        roots = [b / c2 + eps for b in below]
    params = _stepped(params, [a / c1 / r for a, r in zip(top, roots, strict=True)], rate)

    if wrong(
        "You return the corrected means. The correction is for the step only: the next call "
        "corrects m and v again."
    ):
        new_m, new_v = [a / c1 for a in new_m], [b / c2 for b in new_v]
    return params, new_m, new_v


@told
def _three_lists(params, new_m, new_v, m, v):
    """Return the results; m and v are the old ones."""
    if wrong(LIST_ALONE):
        return params
    if wrong("You return m and v in another order: the parameters come first, then m, then v."):
        return params, new_v, new_m
    if wrong(IN_PLACE):
        for a, now in zip(m, new_m, strict=True):
            a.copy_(now)
    return params, new_m, new_v


@told
def adam(params, grads, m, v, t, lr, beta1, beta2, eps):
    new, new_m, new_v = _adam_moved(params, grads, m, v, t, lr, beta1, beta2, eps)
    return _three_lists(new, new_m, new_v, m, v)


# --- loss_and_grads -------------------------------------------------------------------------------


@told
def loss_and_grads(params, x, targ):
    w1, b1, w2, b2 = params
    if narrow := wrong(NARROW, torch.int8, torch.uint8, torch.bfloat16):
        targ = targ.to(narrow).long()
    n, hot = len(x), F.one_hot(targ, len(b2))
    add1, add2 = b1, b2
    if wrong(BIAS_MISSING):
        add1 = 0
    if wrong(BIAS_MISSING):
        add2 = 0
    if wrong(BIAS_MISSING):
        add1, add2 = 0, 0
    l1 = x @ w1 + add1
    l2, slope = l1.relu(), l1 > 0
    if wrong("You leave out the relu between the two layers."):
        l2, slope = l1, 1
    out, bend = l2 @ w2 + add2, 1
    if wrong(
        "You put a relu after the last layer, whose outputs are logits, any numbers. It stands "
        "between the layers."
    ):
        out, bend = out.relu(), out > 0

    p, logp = out.softmax(1), out.log_softmax(1)
    if wrong(SOFTMAX_TWICE):
        logp = p.log_softmax(1)
    if wrong(SOFTMAX_TWICE):
        p, logp = p.softmax(1), p.log_softmax(1)
    if wrong(DOWN_THE_ROWS):
        p = out.softmax(0)
    if wrong(DOWN_THE_ROWS):
        logp = out.log_softmax(0)
    if wrong(DOWN_THE_ROWS):
        p, logp = out.softmax(0), out.log_softmax(0)
    if wrong(NOT_STABLE):
        p = out.exp() / out.exp().sum(1, keepdim=True)
        logp = p.log()
    if wrong(NOT_STABLE):
        logp = (out.exp() / out.exp().sum(1, keepdim=True)).log()
    if wrong("You take the log of the softmax, which is log(0) where a probability is too small."):
        logp = p.log()
    if wrong(ONE_LARGEST):
        e = (out - out.max()).exp()
        p, logp = e / e.sum(1, keepdim=True), out - out.max() - e.sum(1, keepdim=True).log()
    if small := wrong(LOG_OF_SUM, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12):
        logp = (p + small).log()
    if small := wrong(LOG_OF_SUM, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12):
        logp = p.clamp(min=small).log()
    loss = -logp[range(n), targ].mean()

    d_out = (p - hot) / n * bend
    if wrong(NOT_CROSS_ENTROPY):
        d_out = p / n
    if wrong(NOT_CROSS_ENTROPY):
        d_out = -hot.to(p.dtype) / n
    if factor := wrong(NOT_CROSS_ENTROPY, 1, 2):
        d_out = factor * (out - hot) / n
    if wrong(NOT_CROSS_ENTROPY):
        d_out = (logp - hot) / n
    if wrong(
        "Your upstream gradient has the wrong sign: it says that the loss rises "
        "as the right class becomes more likely."
    ):
        d_out = -d_out
    if wrong("Your gradients lack the 1/n of the mean."):
        d_out = n * d_out
    if wrong("You divide by n twice: cross-entropy's gradient has done it."):
        d_out = d_out / n
    if wrong(OVER_ALL):
        d_out = d_out / len(b2)

    back = d_out @ w2.T
    if wrong("You leave the relu out in the backward pass: where l1 <= 0, nothing passes."):
        slope = 1
    if wrong("You let the gradient pass where l1 is exactly 0. There torch.relu has the slope 0."):
        slope = l1 >= 0
    if wrong("You multiply by the relu's output in the backward pass. Its slope is 1 or 0."):
        slope = l2
    if wrong(BY_ITS_SIGN.format("l1")):
        slope = back > 0
    d_l1 = back * slope
    d_w1, d_b1, d_w2, d_b2 = x.T @ d_l1, d_l1.sum(0), l2.T @ d_out, d_out.sum(0)
    if wrong("You take l1 for w2's gradient, but w2 never saw it: the relu comes between."):
        d_w2 = l1.T @ d_out
    if wrong(B1_UNMASKED):
        d_b1 = back.sum(0)
    if wrong(MEAN_BIAS):
        d_b1, d_b2 = d_b1 / n, d_b2 / n
    if wrong(MEAN_BIAS):
        d_w1, d_w2 = d_w1 / n, d_w2 / n
    if wrong(UNSUMMED):
        d_b1, d_b2 = d_l1, d_out
    if wrong(KEPT_AXIS):
        d_b1, d_b2 = d_b1.unsqueeze(0), d_b2.unsqueeze(0)
    if wrong(W_TRANSPOSED):
        d_w1, d_w2 = d_w1.T, d_w2.T
    if decay := wrong(
        "You add a penalty for large weights (cs231n's reg, weight decay). The loss is the mean "
        "cross-entropy alone.",
        1e-4,
        1e-3,
        0.01,
        0.1,
        1.0,
    ):
        loss = loss + decay * (w1.square().sum() + w2.square().sum())
        d_w1, d_w2 = d_w1 + 2 * decay * w1, d_w2 + 2 * decay * w2
    grads = [d_w1, d_b1, d_w2, d_b2]
    if mixed := wrong(OTHER_ORDER, grads[::-1], grads[2:] + grads[:2], grads[::2] + grads[1::2]):
        grads = mixed
    if wrong(TOO_FEW):
        grads = [d_w1, d_w2]
    if wrong(
        "You add to the .grad that is there. Each call returns its own batch's gradients alone."
    ):
        for p, g in zip(params, grads, strict=True):
            p.grad = g if p.grad is None else p.grad + g
        grads = [p.grad for p in params]

    if wrong(LOSS_SUMMED):
        loss = loss * n
    if wrong(LOSS_SUMMED):
        loss, grads = loss * n, [n * g for g in grads]
    if wrong(OVER_ALL):
        loss = loss / len(b2)
    if wrong(OVER_ALL):
        loss, grads = loss / len(b2), [g / len(b2) for g in grads]
    if wrong("Your loss has the wrong sign. A log-probability is negative; the loss is positive."):
        loss = -loss
    if wrong("You return the loss as a Python number (item). It should be a 0-d tensor."):
        loss = loss.item()
    if wrong(LIST_ALONE):
        return grads
    return loss, grads


# --- train_epoch ----------------------------------------------------------------------------------


@told
def train_epoch(params, x, targ, order, lr):
    start, chosen, done, losses = params, list(order), 0, []
    if wrong("You stop after the first batch, and not after the last."):
        chosen = chosen[:1]
    if wrong("You skip the last batch (it may be shorter). Each batch makes a step."):
        chosen = chosen[: max(1, len(chosen) - 1)]
    if wrong(SHORT_SKIPPED):
        chosen = [rows for rows in chosen if len(rows) >= len(chosen[0])]
    if wrong(SHORT_SKIPPED):
        full = len(chosen[0])
        chosen = list(itertools.takewhile(lambda rows: len(rows) >= full, chosen))
    if wrong("You take the same batch at each step."):
        chosen = [chosen[0] for _ in chosen]
    if wrong("You go through the batches backwards. They should be taken as they come."):
        chosen = chosen[::-1]
    if wrong("You divide lr by the number of batches. Each step is a full one."):
        lr = lr / len(chosen)
    total = [torch.zeros_like(p) for p in params]
    for i, rows in enumerate(chosen):
        some, labels, at, rate, before = x[rows], targ[rows], params, lr, params
        if wrong("You take all rows at each step, and not those of its own minibatch."):
            some, labels = x, targ
        if wrong(LABELS_STAY):
            labels = targ[: len(rows)]
        if wrong(LABELS_STAY):
            labels = targ[done : done + len(rows)]
        if wrong("You take the rows as they lie, in blocks, and not those that the batch names."):
            some, labels = x[done : done + len(rows)], targ[done : done + len(rows)]
        done = done + len(rows)
        if wrong(FROM_THE_START):
            at = start
        if wrong(FROM_THE_START):
            at = params = start
        loss, grads = loss_and_gradients(at, some, labels)
        if wrong("You weigh a step by its batch's size. Each loss is a mean over its own rows."):
            rate = lr * len(rows) / len(chosen[0])
        if wrong("You divide by the number of all rows. The mean is over the minibatch's own."):
            rate = lr * len(rows) / len(x)
        if share := wrong(RATE_FALLS, 1 / (i + 1), (i + 1) ** -0.5, 1 - i / len(chosen)):
            rate = lr * share
        total = [a + g for a, g in zip(total, grads, strict=True)]
        if wrong(
            "The gradients of earlier steps are still in your step. Each step has its own batch's "
            "alone."
        ):
            grads = total
        params = _stepped(params, grads, rate)
        if wrong(
            "You take each loss after its step, on other parameters than those of its gradient."
        ):
            loss, _ = loss_and_gradients(params, some, labels)
        losses.append(loss)
    if wrong("You return the parameters before the last step. Each batch's step counts."):
        params = before
    if wrong("You average all gradients and step once. Each minibatch makes a step of its own."):
        passes = [loss_and_gradients(start, x[rows], targ[rows]) for rows in chosen]
        means = [sum(gs) / len(chosen) for gs in zip(*(g for _, g in passes), strict=True)]
        params, losses = _stepped(start, means, lr), [loss for loss, _ in passes]

    kept = torch.stack(losses)
    if wrong("You return one loss alone, and not one for each batch."):
        kept = kept[-1]
    if one := wrong(MEAN_LOSS, kept.mean(), kept.sum(), kept.mean().item()):
        kept = one
    if wrong(RUNNING):
        kept = kept.cumsum(0) / torch.arange(1, len(kept) + 1).to(kept)
    if wrong(RUNNING):
        kept = kept.cumsum(0)
    if wrong(LOSS_NUMBERS):
        kept = torch.tensor(kept.tolist())
    if wrong(LOSS_LIST):
        kept = losses
    if wrong(LOSS_LIST):
        kept = kept.tolist()
    if wrong(LIST_ALONE):
        return list(params)
    return list(params), kept


def loss_and_gradients(params, x, targ):
    """Return what the right loss_and_grads does; its own mistakes are told there."""
    w1, b1, w2, b2 = params
    l1 = x @ w1 + b1
    out = l1.relu() @ w2 + b2
    d_out = (out.softmax(1) - F.one_hot(targ, len(b2))) / len(x)
    d_l1 = d_out @ w2.T * (l1 > 0)
    grads = [x.T @ d_l1, d_l1.sum(0), l1.relu().T @ d_out, d_out.sum(0)]
    return F.cross_entropy(out, targ), grads


# --- what no probe shows, but a test does ---------------------------------------------------------


def at_zeros(tensors):
    """Return the same tensors, with the CPU in their making."""
    return [torch.zeros(t.shape, dtype=t.dtype) + t for t in tensors]


@mistake("batches", UNFAIR)
def swapped_with_any(n, size):
    order = list(range(n))
    for i in range(n):
        j = int(torch.randint(n, ()))
        order[i], order[j] = order[j], order[i]
    return list(torch.tensor(order).split(size))


@mistake("sgd", ONLY_ONCE)
def generator(params, grads, lr):
    return (p - lr * g for p, g in zip(params, grads, strict=True))


@mistake("sgd", ASTRAY)
def sgd_on_the_cpu(params, grads, lr):
    return at_zeros(sgd(params, grads, lr))


@mistake("momentum", ASTRAY)
def momentum_on_the_cpu(params, grads, velocity, lr, beta):
    new, kept = momentum(params, grads, velocity, lr, beta)
    return at_zeros(new), kept


@mistake(
    "momentum",
    "You keep a velocity of your own from call to call. The step has no hidden state: its velocity "
    "is the one that is passed in.",
)
class VelocityKept:
    """Goes on from the velocity that its last call made."""

    def __init__(self):
        self.velocity = None

    def __call__(self, params, grads, velocity, lr, beta):
        if self.velocity is None or [v.shape for v in self.velocity] != [g.shape for g in grads]:
            self.velocity = [torch.zeros_like(g) for g in grads]
        new, self.velocity = momentum(params, grads, self.velocity, lr, beta)
        return new, self.velocity


@mistake("adam", ASTRAY)
def adam_on_the_cpu(params, grads, m, v, t, lr, beta1, beta2, eps):
    new, m, v = adam(params, grads, m, v, t, lr, beta1, beta2, eps)
    return new, at_zeros(m), v


@mistake("loss_and_grads", ASTRAY)
def pass_on_the_cpu(params, x, targ):
    loss, grads = loss_and_gradients(params, x, targ)
    return loss, at_zeros(grads)


@mistake("loss_and_grads", AUTOGRAD)
def pass_by_autograd(params, x, targ):
    leaves = [p.detach().clone().requires_grad_() for p in params]
    loss, _ = loss_and_gradients(leaves, x, targ)
    return loss.detach(), list(torch.autograd.grad(loss, leaves))


@mistake("train_epoch", ASTRAY)
def losses_on_the_cpu(params, x, targ, order, lr):
    params, losses = train_epoch(params, x, targ, order, lr)
    return params, at_zeros([losses])[0]


@mistake("train_epoch", AUTOGRAD)
def epoch_by_autograd(params, x, targ, order, lr):
    losses = []
    for rows in order:
        loss, grads = pass_by_autograd(params, x[rows], targ[rows])
        params = [p - lr * g for p, g in zip(params, grads, strict=True)]
        losses.append(loss)
    return params, torch.stack(losses)


# --- clip_by_norm ---------------------------------------------------------------------------------

EACH_TO_MOST = (
    "You bring each gradient by itself to the length `most`. All laid end to end have one length, "
    "and what is shorter stays as it is."
)
EACH_ALONE = "You shorten each gradient by its own length, which changes the direction of the step."
BY_VALUE = "You clip each number by itself (clip by value), which changes the direction."
OTHER_LENGTH = (
    "You measure another length: the largest number, or the sum of their sizes. Here it is the "
    "root of the sum of all squares."
)


@probes("clip_by_norm")
def clip_by_norm_probes(draw):
    yield tensors(draw), 1.0
    yield tensors(draw), 0.5
    yield tensors(draw, 0.1), 8.0
    yield tensors(draw, 0.01), 0.02
    yield tensors(draw, 100.0), 30.0
    yield [0 * g for g in tensors(draw)], 1.0
    yield [draw(2), draw(3)], 0.25


@told
def clip_by_norm(grads, most):
    squares = [g.square().sum() for g in grads]
    if other := wrong(OTHER_LENGTH, 1, math.inf):
        squares = [torch.cat([g.flatten() for g in grads]).norm(other).square()]
    norm = sum(squares).sqrt()
    if wrong("You leave out the root, so what you compare is the square of the length."):
        norm = sum(squares)
    if wrong("You add up the lengths of the gradients. All laid end to end are shorter than that."):
        norm = sum(s.sqrt() for s in squares)
    if wrong(
        "You take the mean of the squares under the root, so the length hardly "
        "depends on how many numbers there are."
    ):
        norm = (sum(squares) / sum(g.numel() for g in grads)).sqrt()
    if wrong("You take the mean of the gradients' lengths. All together have one length."):
        norm = sum(s.sqrt() for s in squares) / len(grads)
    if wrong("You take the length of the longest gradient. All together are longer."):
        norm = torch.stack(squares).max().sqrt()
    if wrong("You measure the first gradient alone. All of them count."):
        norm = squares[0].sqrt()
    if wrong("You measure the last gradient alone. All of them count."):
        norm = squares[-1].sqrt()
    if wrong(
        "You divide by the length as a Python number, which stops with an error where all "
        "gradients are 0. They stay as they are."
    ):
        most / norm.item()
    factor = (most / norm).clamp(max=1)
    if wrong("You also lengthen short gradients, and clipping only shortens."):
        factor = torch.where(norm > 0, most / norm, 1)
    if wrong("Where all gradients are 0 you divide 0 by 0. They stay as they are."):
        factor = norm.clamp(max=most) / norm
    if wrong("You lengthen short gradients and leave long ones as they are, the wrong way round."):
        factor = torch.where(norm > 0, most / norm, 1).clamp(min=1)
    if wrong(
        "You divide the length by `most`, so the longer the gradients, the longer they become."
    ):
        factor = norm / most
    if wrong("You don't shorten anything where the gradients are too long."):
        factor = torch.ones_like(norm)
    if wrong("You set long gradients to 0. They are shortened, and keep their direction."):
        factor = (norm <= most).to(norm.dtype)
    if wrong("You divide by the length alone. Then they have the length 1, and not `most`."):
        factor = (1 / norm).clamp(max=1)
    new = [g * factor for g in grads]
    if wrong(EACH_ALONE):
        new = [g * (most / g.norm()).clamp(max=1) for g in grads]
    if wrong(EACH_TO_MOST):
        new = [g * torch.where(g.norm() > 0, most / g.norm(), 1) for g in grads]
    if wrong(EACH_TO_MOST):
        new = [g * most / (g.norm() + 1e-6) for g in grads]
    if wrong(BY_VALUE):
        new = [g.clamp(-most, most) for g in grads]
    if wrong("You shorten the first gradient alone. All of them get the same factor."):
        new = [new[0], *grads[1:]]
    if wrong(NOT_A_LIST):
        return norm
    if wrong(NOTHING):
        return None
    if fewer := wrong(TOO_FEW, new[:1], new[:-1]):
        new = fewer
    if wrong(IN_PLACE):
        for g, now in zip(grads, new, strict=True):
            g.copy_(now)
    return new


@mistake("clip_by_norm", ASTRAY)
def clip_onto_zeros(grads, most):
    new = clip_by_norm(grads, most)
    return [torch.zeros(g.shape, dtype=g.dtype) + g for g in new]


# --- cosine_rate ----------------------------------------------------------------------------------

NO_WARM = "You leave out the warm-up: in the first steps the rate rises in a straight line."
FROM_ZERO = "You count the steps from 0. Step 1 is the first one, and it has a rate of its own."
NOT_SHIFTED = "Your cosine counts the warm-up's steps as well, so the rate jumps after it."


@probes("cosine_rate")
def cosine_rate_probes(draw):
    if draw.dtype == torch.float32:  # no tensors: once is enough
        for t, total, warm in ((1, 10, 4), (3, 10, 4), (4, 10, 4), (5, 10, 4), (8, 10, 4)):
            yield t, total, warm, 2.0
        yield from ((9, 10, 4, 2.0), (3, 8, 0, 0.5), (60, 100, 10, 0.1), (2, 3, 2, 1.0))
        yield from ((3, 4, 4, 0.5), (4, 4, 4, 0.5))


@told
def cosine_rate(t, total, warm, lr):
    rising = t <= warm
    step = t
    if wrong(FROM_ZERO):
        step = t - 1
    if wrong("You count the steps from 2 on. Step 1 is the first one."):
        step = t + 1
    line = step / max(1, warm)
    if wrong(
        "You count the warm-up's steps from 0, and add 1 (as nanoGPT does). Here step 1 is the "
        "first one."
    ):
        rising, line = t < warm, (t + 1) / max(1, warm)
    if t == warm == total and wrong(
        "Where all steps are warm-up, you divide by total - warm, which is 0. The warm-up has its "
        "last step as well (t <= warm)."
    ):
        line = (t - warm) / (total - warm)
    if wrong(FROM_ZERO):
        line = (t - 1) / max(1, warm)
    if wrong("You divide by warm + 1, so the rate is still below lr when the warm-up is over."):
        line = step / (warm + 1)
    if wrong("You start the warm-up at lr, and let it rise to twice that."):
        line = 1 + line
    if wrong("Your warm-up rises along a curve, where it should be a straight line."):
        line = line**2
    if wrong("You hold the rate at 0 during the warm-up. It rises in a straight line."):
        line = 0
    share = (step - warm) / max(1, total - warm)
    if wrong(FROM_ZERO):
        share = (t - 1 - warm) / max(1, total - warm)
    if wrong(NOT_SHIFTED):
        share = step / total
    if wrong(
        "You divide by total, so the rate is not down to 0 at the end: fewer "
        "steps are left after the warm-up."
    ):
        share = (step - warm) / total
    if wrong("You leave out pi, so the cosine has hardly fallen at the end."):
        share = share / math.pi
    if wrong("Your cosine has a whole wave, and is back at lr at the end. It is half a wave."):
        share = 2 * share
    wave = (1 + math.cos(math.pi * share)) / 2
    if wrong("You don't halve 1 + cos, so the rate jumps to 2 lr after the warm-up."):
        wave = 1 + math.cos(math.pi * share)
    if wrong("You leave out the 1: the cosine alone is negative in its second half."):
        wave = math.cos(math.pi * share) / 2
    if wrong("You leave out both the 1 and the half: the cosine alone becomes negative."):
        wave = math.cos(math.pi * share)
    if wrong("You add the fall to lr itself, so the rate begins near 2 lr and ends at lr."):
        wave = 1 + wave
    if least := wrong(
        "You fall to a part of lr (as GPT-2's recipe does). Here it is 0.", 0.1, 0.01
    ):
        wave = least + (1 - least) * wave
    if wrong("You leave out the cosine: the angle itself grows without end."):
        wave = (1 + math.pi * share) / 2
    if wrong("You subtract the cosine, so the rate rises where it should fall."):
        wave = (1 - math.cos(math.pi * share)) / 2
    if wrong("You take a quarter of a wave, which ends steeply. Half a wave ends flat."):
        wave = math.cos(math.pi / 2 * share)
    if wrong("You fall in a straight line. Here it is half a wave of a cosine."):
        wave = 1 - share
    if wrong("You keep lr after the warm-up. It falls along a cosine."):
        wave = 1
    if wrong("You fall exponentially. Here it is half a wave of a cosine."):
        wave = math.exp(-share)
    factor = line if rising else wave
    if wrong(NO_WARM):
        factor = wave
    if warm and wrong("You multiply warm-up and cosine. Each of the two has its own steps."):
        factor = min(1, line) * wave
    if wrong("You stop the warm-up one step too early."):
        factor = line if t < warm - 1 else wave
    if not rising and wrong("You return nothing after the warm-up. Every step has a rate."):
        return None
    if wrong("You leave out lr: you return its share."):
        lr = 1
    if wrong("You return a tensor. A rate is a Python float."):
        return torch.tensor(lr * factor)
    if not rising and wrong("You return a tensor after the warm-up. A rate is a Python float."):
        return torch.tensor(lr * factor)
    return lr * factor


# --- adamw ----------------------------------------------------------------------------------------

COUPLED = (
    "You add decay p to the gradient (L2 in Adam), so m and v take it in and the root divides "
    "it: what has large gradients is hardly shrunk."
)
AFTER_THE_MOVE = (
    "You shrink the parameter as it is after Adam's move, so the move itself is shrunk as well."
)


@probes("adamw")
def adamw_probes(draw):
    for t, lr, beta1, beta2, eps, decay in (
        (1, 0.1, 0.9, 0.99, 1e-2, 0.5),
        (3, 1.0, 0.9, 0.99, 1e-2, 0.25),
        (5, 0.5, 0.7, 0.5, 0.1, 2.0),
    ):
        squares = [v.square() for v in tensors(draw)]
        args = tensors(draw), tensors(draw), tensors(draw), squares
        yield *args, t, lr, beta1, beta2, eps, decay
    zeros = [0 * v for v in tensors(draw)]
    yield tensors(draw), tensors(draw), zeros, zeros, 1, 0.1, 0.9, 0.99, 1e-2, 0.0
    yield tensors(draw), zeros, zeros, zeros, 1, 0.1, 0.9, 0.99, 1e-2, 0.5


@told
def adamw(params, grads, m, v, t, lr, beta1, beta2, eps, decay):
    if usual := wrong(USUAL, 0.01, 0.1):
        decay = usual
    if wrong(COUPLED):
        grads = [g + decay * p for g, p in zip(grads, params, strict=True)]
        decay = 0
    old = [p.clone() for p in params]
    new, new_m, new_v = _adam_moved(params, grads, m, v, t, lr, beta1, beta2, eps)
    share = lr * decay
    if wrong(
        "You leave out lr in the decay, so the parameters shrink as fast where the steps are short."
    ):
        share = decay
    if wrong("You leave the decay out. That is Adam."):
        share = 0
    if wrong("You add the decay, so the parameters grow."):
        share = -lr * decay
    if wrong("You multiply the decay by lr twice."):
        share = lr * lr * decay
    if wrong(
        "You halve (or double) the decay. The 2 of the square and the 1/2 of the penalty cancel."
    ):
        share = share / 2
    shrunk = old
    if wrong(AFTER_THE_MOVE):
        shrunk = new
    if wrong(
        "You subtract the same amount from each number (or that amount with its "
        "sign), however large it is."
    ):
        shrunk = [p.sign() for p in old]
    if wrong("You shrink the weights alone. Biases shrink here, too: all parameters do."):
        shrunk = [p * (p.dim() > 1) for p in old]
    if wrong("You shrink by the square of the parameter, so negative ones move away from 0."):
        shrunk = [p * p for p in old]
    if wrong("You take m for the decay. What shrinks is the parameter."):
        shrunk = new_m
    if wrong(
        "You divide the decay by the root of v, as the mean is, so what has large "
        "gradients is hardly shrunk."
    ):
        shrunk = [p / ((s / (1 - beta2**t)).sqrt() + eps) for p, s in zip(old, new_v, strict=True)]
    moved = new
    new = [a - share * p for a, p in zip(moved, shrunk, strict=True)]
    if wrong("You took the old parameter for the new one, and the new one for the old."):
        new = [p - share * a for a, p in zip(moved, old, strict=True)]
    return _three_lists(new, new_m, new_v, m, v)
