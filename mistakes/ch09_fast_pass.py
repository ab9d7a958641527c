"""Chapter 9, right, and at each step how it goes wrong.

What goes wrong in blocks looks different for each size of a block, so the likely ones are tried.
"""

import torch
import torch.nn.functional as F

from backprop.full_pass import arguments
from kata.checks.cost import HOLDS_TOO_MUCH, NEW_BUFFER, ROW_BY_ROW
from kata.checks.forward import ASTRAY
from kata.checks.gradients import AUTOGRAD, SHARED
from kata.diagnosis.told import mistake, probes, told, wrong
from mistakes.ch07_full_pass import B1_UNMASKED

FAST = "fast_forward_and_backward"

ONLY_LAST = (
    "Only the last block counts: each block overwrites the gradients of the parameters, which "
    "are sums over all rows."
)
ONE_OF_THE_LAST = (
    "One parameter's gradient is the last block's alone: each block overwrites it, although "
    "it is a sum over all rows."
)
NO_REST = (
    "You leave out the rows after the last whole block. The batch need not be a multiple of the "
    "block, so the last one may be shorter."
)
BLOCK_N = (
    "You divide by the rows of the block. The loss is the mean over the whole batch, whose n is "
    "the same in every block."
)
MEAN_OF_MEANS = (
    "Your loss is the mean of the blocks' means. The last block may have fewer rows, and each of "
    "its rows counts more then."
)
SUM_OF_MEANS = "Your loss adds up the blocks' means, each divided by its own number of rows."
LOSS_LAST = "Your loss is that of the last block, so the errors of all others don't count."
FIRST_TARGETS = "You compare every block with the first block's targets."
BROADCAST = (
    "You subtract targ [n] from a column [n, 1] as they come. Broadcasting makes [n, n] of them: "
    "every output minus every target."
)
BY_ITS_SIGN = (
    "You let the gradient pass by its own sign (a relu of the gradient). What passes depends on "
    "where {} > 0."
)
LOSS_DTYPE = (
    "Your loss is float32 whatever the inputs are: its dtype is fixed, or it is built from a "
    "plain number, which has torch's default dtype."
)
PRECISION_LEFT = (
    "Your function changes the precision of float32 products for the whole program. "
    "What comes after it must find torch as it was."
)


@probes(FAST)
def fast_pass_probes(draw):
    for n, m, nh in [(5, 4, 3), (1, 4, 3), (4, 1, 1)]:
        yield tuple(arguments(draw, n, m, nh).values())
    yield tuple(t.round() for t in arguments(draw, 6, 3, 4).values())
    args = arguments(draw, 5, 3, 2)
    yield tuple(t if name == "targ" else draw.with_grad(t) for name, t in args.items())
    if draw.dtype == torch.float32:
        args = arguments(draw, 10_007, 3, 2)
        args["targ"][-7:] *= 100  # so that it matters how the last block counts
        yield tuple(args.values())


@told
def _block(x, t, n, w1, b1, w2, b2):
    l1 = x @ w1 + b1
    if wrong("Your forward pass leaves out the bias b1."):
        l1 = x @ w1
    hidden, mask = l1.relu(), l1 > 0
    if wrong("Your net has no relu between its two affine maps. Without a bend they are one."):
        hidden, mask = l1, 1
    if wrong("Your forward pass has no relu, yet your backward pass has its mask."):
        hidden = l1
    out = hidden @ w2 + b2
    if wrong("Your forward pass leaves out the bias b2."):
        out = hidden @ w2
    error = out - t.unsqueeze(1)
    if wrong(BROADCAST):
        error = out - t
    squares = error.square()
    if wrong(BROADCAST):
        error, squares = out - t.mean(), (out - t).square().mean(1)
    if wrong("Your loss is the mean absolute error, and not the mean of the squares."):
        squares = error.abs()

    two, n_back = 2, n
    if wrong("Your backward pass starts without the factor 2 of the square."):
        two = 1
    if wrong("Your backward pass starts without the 1/n of the mean."):
        n_back = 1
    d_out = error * (two / n_back)
    if wrong("The sign of your gradients is flipped: they say that the loss falls where it rises."):
        d_out = -d_out
    d_w2, d_b2 = hidden.t() @ d_out, d_out.sum(0)
    if wrong(
        "You overwrite the hidden units with the relu's mask before w2.grad has "
        "used them, and it depends on their values."
    ):
        d_w2 = hidden.sign().t() @ d_out
    if wrong("You use l1 for w2.grad, which the second layer never saw: the relu comes between."):
        d_w2 = l1.t() @ d_out

    if wrong("Your backward pass forgets the relu. Where l1 <= 0 its output doesn't move."):
        mask = 1
    if wrong("Where the relu saw exactly 0 you let the gradient through: torch.relu has 0 there."):
        mask = l1 >= 0
    if wrong("You multiply by the hidden units. The derivative of a relu is 1 or 0."):
        mask = hidden
    d_l2 = d_out @ w2.t()
    if wrong(BY_ITS_SIGN.format("l1")):
        mask = d_l2 > 0
    if wrong("You leave w2 out of the way back: the hidden units move out through it."):
        d_l2 = d_out.expand_as(l1)
    if wrong(
        "You leave the gradient of the outputs out of the hidden units': w2 alone is dout/dl2."
    ):
        d_l2 = w2.t().expand_as(l1)
    d_l1 = d_l2 * mask
    d_w1, d_b1, d_x = x.t() @ d_l1, d_l1.sum(0), d_l1 @ w1.t()
    if wrong("You use dL/dl2 for w1.grad and b1.grad, as if there were no relu between."):
        d_w1, d_b1 = x.t() @ d_l2, d_l2.sum(0)
    if wrong(B1_UNMASKED):
        d_b1 = d_l2.sum(0)
    if wrong("Your inp.grad comes from dL/dl2, as if there were no relu between."):
        d_x = d_l2 @ w1.t()
    return squares.sum(), d_x, [d_w1, d_b1, d_w2, d_b2]


def mean(squares, counts, n):
    return squares.sum() / n


def mean_of_means(squares, counts, n):
    return (squares / counts).mean()


def sum_of_means(squares, counts, n):
    return (squares / counts).sum()


def mean_of_last(squares, counts, n):
    return squares[-1] / counts[-1]


def share_of_last(squares, counts, n):
    return squares[-1] / n


@told
def fast_forward_and_backward(inp, targ, w1, b1, w2, b2):
    n, rows, overwritten, by_block, loss_of = len(inp), 5_000, (), False, mean
    end, first = n, None
    if size := wrong(ONLY_LAST, 256, 512, 1_000, 1_024, 1_500, 2_000, 2_048, 4_096, 5_000):
        rows, overwritten = size, (0, 1, 2, 3)
    if place := wrong(ONE_OF_THE_LAST, 0, 1, 2, 3):
        rows, overwritten = 1_000, (place,)
    if size := wrong(NO_REST, 256, 512, 1_000, 1_024, 1_500, 2_000, 2_048, 4_096, 5_000):
        rows, end = size, n // size * size
    if size := wrong(BLOCK_N, 256, 512, 1_000, 1_024, 1_500, 2_000, 2_048, 4_096, 5_000):
        rows, by_block, loss_of = size, True, mean_of_means
    if size := wrong(BLOCK_N, 256, 512, 1_000, 1_024, 1_500, 2_000, 2_048, 4_096, 5_000):
        rows, by_block = size, True
    if size := wrong(MEAN_OF_MEANS, 256, 512, 1_000, 1_024, 1_500, 2_000, 2_048, 4_096, 5_000):
        rows, loss_of = size, mean_of_means
    if size := wrong(LOSS_LAST, 256, 512, 1_000, 1_024, 1_500, 2_000, 2_048, 4_096, 5_000):
        rows, loss_of = size, mean_of_last
    if size := wrong(SUM_OF_MEANS, 1_000, 5_000):
        rows, loss_of = size, sum_of_means
    if size := wrong(LOSS_LAST, 1_000, 5_000):
        rows, loss_of = size, share_of_last
    if size := wrong(FIRST_TARGETS, 1_000, 5_000):
        rows, first = size, targ[:size]

    d_inp = torch.zeros_like(inp) if inp.grad is None else inp.grad.clone()
    sums, squares, counts = [0, 0, 0, 0], [], []
    with torch.no_grad():
        for start in range(0, end, rows):
            x, t = inp[start : start + rows], targ[start : start + rows]
            if first is not None:
                t = first[: len(x)]
            square, d_x, grads = _block(x, t, len(x) if by_block else n, w1, b1, w2, b2)
            squares.append(square)
            counts.append(len(x))
            d_inp[start : start + rows] = d_x
            for place, grad in enumerate(grads):
                sums[place] = grad if place in overwritten else sums[place] + grad
        loss = loss_of(_numbers(squares, inp), _numbers(counts, inp), n)
    if wrong("Your loss is the sum of the squares, and not their mean."):
        loss = n * loss
    if wrong("Your loss is half the mean square."):
        loss = loss / 2
    if wrong("Your loss has shape [1]. It should be 0-d, one number without axes."):
        loss = loss.reshape(1)
    if wrong(LOSS_DTYPE):
        loss = loss.float()

    pairs = zip(sums, (w1, b1, w2, b2), strict=True)
    d_w1, d_b1, d_w2, d_b2 = (s + torch.zeros_like(p) for s, p in pairs)
    if wrong("Your w1.grad is transposed. A gradient has the shape of what it belongs to."):
        d_w1 = d_w1.t()
    if wrong("Your w2.grad is [nh]. A gradient has the shape of what it belongs to, [nh, 1]."):
        d_w2 = d_w2[:, 0]
    if wrong("Your b2.grad has no axis. A gradient has the shape of what it belongs to, [1]."):
        d_b2 = d_b2.sum()
    inp.grad, w1.grad, b1.grad, w2.grad, b2.grad = d_inp, d_w1, d_b1, d_w2, d_b2
    return loss


def _numbers(values, like):
    return like.new_tensor(values) if values else like.new_zeros(1)


# --- right, and not fast, or not polite -----------------------------------------------------------


def at_once(inp, targ, *params):
    with torch.no_grad():
        square, inp.grad, grads = _block(inp, targ, len(inp), *params)
    for param, grad in zip(params, grads, strict=True):
        param.grad = grad
    return square / len(inp)


def in_blocks(inp, targ, *params, rows=1_000):
    with torch.no_grad():
        if inp.grad is None:
            inp.grad = torch.empty_like(inp)
        loss, sums = inp.new_zeros(()), [torch.zeros_like(p) for p in params]
        for x, t, d_x in zip(*(a.split(rows) for a in (inp, targ, inp.grad)), strict=True):
            square, d_x[:], grads = _block(x, t, len(inp), *params)
            loss += square / len(inp)
            for total, grad in zip(sums, grads, strict=True):
                total += grad
    for param, grad in zip(params, sums, strict=True):
        param.grad = grad
    return loss


@mistake(FAST, AUTOGRAD)
def autograd(inp, targ, *params):
    leaves = [a.detach().requires_grad_() for a in (inp, *params)]
    x, w1, b1, w2, b2 = leaves
    loss = F.mse_loss((torch.relu(x @ w1 + b1) @ w2 + b2)[:, 0], targ)
    loss.backward()
    for arg, leaf in zip((inp, *params), leaves, strict=True):
        arg.grad = leaf.grad
    return loss.detach()


@mistake(FAST, HOLDS_TOO_MUCH)
def all_rows_at_once(*args):
    return at_once(*args)


@mistake(FAST, HOLDS_TOO_MUCH)
def pieces_joined(inp, targ, *params):
    with torch.no_grad():
        pairs = zip(inp.split(2_000), targ.split(2_000), strict=True)
        found = [_block(x, t, len(inp), *params) for x, t in pairs]
        squares, d_inp, grads = zip(*found, strict=True)
        inp.grad = torch.cat(d_inp)
    for param, *parts in zip(params, *grads, strict=True):
        param.grad = sum(parts)
    return sum(squares) / len(inp)


@mistake(FAST, NEW_BUFFER)
def a_new_buffer_at_each_call(inp, *rest):
    inp.grad = None
    return in_blocks(inp, *rest)


@mistake(FAST, ROW_BY_ROW)
def in_blocks_of_50(*args):
    return in_blocks(*args, rows=50)


@mistake(FAST, SHARED)
class OneBuffer:
    """Gives every inp of one shape the same .grad."""

    def __init__(self):
        self.buffers = {}

    def __call__(self, inp, *rest):
        key = (tuple(inp.shape), inp.dtype)
        inp.grad = self.buffers.setdefault(key, torch.empty_like(inp))
        return in_blocks(inp, *rest)


@mistake(FAST, PRECISION_LEFT)
def leaves_less_precision(*args):
    torch.set_float32_matmul_precision("medium")
    return in_blocks(*args)


@mistake(FAST, ASTRAY)
def loss_on_the_default_device(inp, targ, *params):
    loss = in_blocks(inp, targ, *params)
    return loss + torch.zeros(len(targ), dtype=targ.dtype) @ targ
