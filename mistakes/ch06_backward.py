"""Chapter 6, right, and at each step how it goes wrong."""

import torch

from kata.answers.none_yet import NONE_YET
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY
from kata.checks.gradients import ADDS, AUTOGRAD, KEPT, OVERWRITES, RETURNED
from kata.checks.inputs import TINY
from kata.diagnosis.told import mistake, probes, told, wrong

# --- mse_grad -----------------------------------------------------------------------------------

BROADCAST = (
    "You subtract targ [n] from inp [n, 1] as they come. Broadcasting makes [n, n] of them: every "
    "output minus every target."
)
ONE_ROW = (
    "You take one target for all rows, or one output: a row of the n x n differences that [n, 1] "
    "minus [n] broadcasts to, or a single number. Each row has its own."
)
MEAN_TARG = (
    "Each output is compared with the mean of all targets, whether you took it or a mean (or sum) "
    "over the n x n differences of broadcasting did."
)
MEAN_OUTPUT = (
    "Each target is compared with the mean of all outputs, whether you took it or a mean (or sum) "
    "over the n x n differences of broadcasting did."
)
FLAT = (
    "Your gradient has shape [n], as the targets have. A gradient has the shape of what it "
    "belongs to, and inp is [n, 1]."
)
NO_TARG = "You leave targ out, so your gradient pulls every output to 0, whatever is right."
CONSTANT = (
    "You set one number everywhere, as if the loss were a sum or mean of the outputs. How fast a "
    "square rises depends on the error."
)
NO_INP = "You leave inp out, so your gradient doesn't change when the outputs do."
REVERSED = "You pair outputs with the targets of other rows (flip, sort)."
WHOLE = "You cut numbers to whole ones (long, int, round, floor)."
SIGMOID = (
    "You multiply by the derivative of a sigmoid, but no sigmoid comes before this loss: the "
    "outputs enter it as they are."
)
TIMES_INP = "You multiply by inp once too often: inp enters the error with factor 1."
L1 = "You set the derivative of the mean absolute error, the sign. This loss squares the error."
LOSS = "You set the loss, or its squares, and not its derivative with respect to inp."
N_LESS_ONE = "You divide by n - 1, as for a variance. The loss is a mean over n."
FIXED_N = "You divide by a fixed number, whatever the number of outputs is."
SLASHES = "// rounds down to whole numbers."
AVERAGED = (
    "You average (or add up) over the rows. Each output has an entry of its own in the gradient, "
    "made from its own error."
)
NUMBER = (
    "You set one number, a mean or the loss itself. Each of the n outputs has a gradient of its "
    "own."
)
ONE_ROW = "Only one row gets its gradient, although each of the n outputs has one."
UPSTREAM = (
    "You multiply by an upstream gradient. The loss is the end of the forward pass: nothing comes "
    "after it."
)
SETS_TARG = "You set targ.grad. The gradient belongs to the outputs, inp."


@probes("mse_grad")
def mse_grad_probes(draw):
    yield draw(5, 1), draw(5)
    yield draw(1, 1), draw(1)
    yield draw(2, 1), draw(2)
    yield draw(1, 1), draw(1)
    yield draw(3, 1, scale=10), draw(3)
    inp = draw(4, 1)
    yield inp, torch.cat([inp[:2, 0], draw(2)])
    yield draw.with_grad(draw(5, 1)), draw(5)
    yield draw(4, 1).requires_grad_(), draw(4)


@told
def mse_grad(inp, targ):
    n, two, p, t = len(inp), 2, inp, targ.unsqueeze(-1)

    if wrong(REVERSED):
        t = t.flip(0)
    if wrong(REVERSED):
        t = t.sort(0).values
    if wrong(WHOLE):
        t = t.trunc()
    if wrong(WHOLE):
        p = p.round()
    if wrong(NO_TARG):
        t = 0
    if wrong(NO_INP):
        p = 0
    if wrong("You put the outputs through a sigmoid. They enter this loss as they are."):
        p = torch.sigmoid(p)
    if wrong(BROADCAST):
        t = t.T
    if wrong(MEAN_TARG):
        t = t.mean()
    if wrong(MEAN_OUTPUT):
        p = p.mean()
    if wrong(ONE_ROW):
        t = t[:1]
    if wrong(ONE_ROW):
        t = t[-1:]
    if wrong(ONE_ROW):
        p = p[:1]
    error = p - t
    if wrong(NO_INP):
        error = t
    if wrong("You add inp and targ, so where the two agree your gradient isn't 0."):
        error = p + t
    if wrong("inp and targ get unlike factors: the 2 belongs to the whole difference."):
        error = p - t / 2
    if wrong("Your sign is flipped: the loss grows with inp where inp is above targ."):
        error = -error
    if wrong("You take the size of the error and lose its sign."):
        error = error.abs()
    if wrong(L1):
        error = error.sign()
    if wrong(L1):
        error = error.sign() / 2
    if wrong(LOSS):
        error = error.square()
    if wrong(LOSS):
        error = error.square() / 2
    if wrong(LOSS):
        error = error.square() * 2
    if wrong(
        "You differentiate the root of the mean squared error. The loss is the mean itself, "
        "without a root."
    ):
        error = error / error.square().mean().sqrt() / 2
    if wrong("You divide by the target, but the squared error is not relative to it."):
        error = error / t
    if wrong(TIMES_INP):
        error = error * inp
    if wrong(SIGMOID):
        error = error * p * (1 - p)
    if wrong(SIGMOID):
        error = (inp.sigmoid() - t) * inp.sigmoid() * (1 - inp.sigmoid())
    if wrong(FLAT):
        error = error.squeeze(-1)
    if wrong(FLAT):
        error = error.squeeze()
    if wrong(BROADCAST):
        error = (p - t.T).unsqueeze(-1)
    if wrong(
        "Your gradient is one row, [1, n]. A gradient has the shape of what it belongs to, and "
        "inp is a column, [n, 1]."
    ):
        error = error.T

    if wrong(
        "Your gradient is half the right one: you lose what a square leaves "
        "behind when it is differentiated."
    ):
        two = 1
    if wrong("Your factor is 4: the 2 of the square is counted twice."):
        two = 4
    if wrong("You divide by 2, so your gradient is a quarter of the right one."):
        two = 0.5

    if wrong("You multiply by n, where the mean divides by it."):
        n = 1 / len(inp)
    if wrong(
        "You divide by n^2: once too often, or by the size of the n x n differences that "
        "broadcasting [n, 1] against [n] makes."
    ):
        n = len(inp) ** 2
    if wrong("You divide by the square root of n. The loss is a mean over n."):
        n = len(inp) ** 0.5
    if wrong(N_LESS_ONE):
        n = len(inp) - 1
    if wrong(N_LESS_ONE):
        n = torch.tensor(len(inp) - 1)
    if wrong(N_LESS_ONE):
        n = max(len(inp) - 1, 1)
    if wrong(FIXED_N):
        n = 64
    if wrong(FIXED_N):
        n = 50_000
    if wrong(
        "Your gradient is n times the right one: the loss is a mean, in which "
        "each output has only a share."
    ):
        n = 1
    if wrong(SLASHES):
        two = two // n * n
    if wrong(SLASHES):
        two = 1 // n * two * n
    if wrong(
        "You set the plain error. What the square and the mean make of it in the "
        "derivative is missing."
    ):
        n, two = 1, 1
    grad = two * error / n
    if wrong(N_LESS_ONE):
        grad = two / (n - 1) * error
    if wrong(SLASHES):
        grad = two * error // n

    # Where inp.grad is still None, each order fails in words of its own.
    if wrong(UPSTREAM):
        grad = grad * inp.grad
    if wrong(UPSTREAM):
        grad = inp.grad * grad
    if wrong(AVERAGED):
        grad = grad.mean(0)
    if wrong(AVERAGED):
        grad = grad.sum(0, keepdim=True)
    if wrong(AVERAGED):
        grad = grad.mean().expand_as(inp)
    if wrong(AVERAGED):
        grad = grad.sum().expand_as(inp)
    if wrong(NUMBER):
        grad = grad.mean()
    if wrong(NUMBER):
        grad = grad.sum()
    if wrong(NUMBER):
        grad = (p - t).square().mean()
    if wrong(LOSS):
        grad = (p - t).square().mean().expand_as(inp)
    if wrong(ONE_ROW):
        grad = torch.cat([torch.zeros_like(grad[:-1]), grad[-1:]])
    if wrong(ONE_ROW):
        grad = torch.cat([grad[:1], torch.zeros_like(grad[1:])])
    if wrong("You leave out the last row, although each of the n outputs has a gradient."):
        grad = torch.cat([grad[:-1], torch.zeros_like(grad[-1:])])
    if wrong("You use one row's gradient for all rows. Each has its own."):
        grad = grad[-1:].expand_as(inp)
    if share := wrong(CONSTANT, two / n, 1 / len(inp), 1.0, 0.0):
        grad = torch.full_like(inp, share)
    if wrong("You clip the gradient, which is no longer the derivative."):
        grad = grad.clamp(-1, 1)
    if sign := wrong(SETS_TARG, 1, -1):
        targ.grad = sign * grad.squeeze(-1)
        return
    inp.grad = grad


# --- relu_grad ----------------------------------------------------------------------------------

MASK_OF_LOW = (
    "You cast inp to float32 before you ask where it is positive. A tiny number becomes 0 "
    "there (1e-60, say), and loses its gradient."
)
MASK_OUT = "Your mask comes from out. With a shifted relu, out > 0 no longer means inp > 0."
INVERTED = "Your mask is the wrong way round: it keeps what the relu set to zero."
HALF_AT_ZERO = (
    "At exactly 0 you let half of the gradient through, where torch.relu has the slope 0."
)
LEAKY = (
    "You let a part of the gradient through where inp < 0, as a leaky relu does. A relu lets none "
    "through."
)
SHIFTED_MASK = (
    "Your mask compares inp with the shift, but the bend lies at inp = 0, wherever out starts."
)
THRESHOLD = (
    "Your mask cuts off too much or too little: the bend lies at exactly 0, not at another number "
    "near it."
)
UPPER_END = "You stop the gradient of large inputs, too, as relu6 does. A relu has no upper end."
ANY = "You decide for whole rows or columns. relu works element by element, and so does its mask."
SMOOTH = (
    "You use the derivative of another activation (sigmoid, tanh, softplus, elu, gelu), and not "
    "that of relu."
)
TIMES_OUT = "You multiply by the relu's output. Its derivative is a slope, 0 or 1, not its value."
IS_ABS = (
    "You use the sign of inp, which is -1 where inp < 0: that is the derivative of the absolute "
    "value."
)
SHIFTED_GRADIENT = (
    "You put the shift into the gradient. It is a constant, so its derivative is 0 and leaves no "
    "trace in dL/dinp."
)
DIVIDES = "You divide by inp, which gives nan (0/0) where inp is 0."
NO_UPSTREAM = (
    "You leave out the upstream gradient. The mask alone is dout/dinp, and not yet dL/dinp."
)
VALUES = "You set values of the forward pass (relu of inp, or out), and not the gradient."
OWN_GRAD = (
    "You read inp.grad, which is what this function should set. The upstream gradient is out.grad."
)
RELU_SUM = (
    "You add up over an axis. relu works element by element, so each element of inp has a "
    "gradient of its own."
)
RELU_N = "You divide by the number of rows or elements. That 1/n already sits in mse_grad."
RELU_FACTOR = (
    "Your factor is not 1. Where inp > 0 the relu has slope 1, so the gradient goes on as it is."
)
MATMUL = "@ (mm, matmul) is the matrix product, but relu works element by element."
RELU_ROW = "Only one row gets its gradient, although each element has one."
UPSTREAM_MASK = (
    "Your mask comes from the upstream gradient, which doesn't say on which side of the bend "
    "inp was."
)
TWO_AXES = "You count on two axes, but inp may have any number of them."
ONE_QUESTION = (
    "if (or max, min) takes one decision for the whole tensor, and a mask has one for each element."
)


@probes("relu_grad")
def relu_grad_probes(draw):
    yield with_upstream(draw, draw(5, 4))
    yield with_upstream(draw, draw(3, 3), -0.5)
    yield with_upstream(draw, draw(1, 6), 0.5)
    yield with_upstream(draw, draw(5, 4, scale=5).trunc())
    yield with_upstream(draw, draw(4, 3, scale=1e-9))
    yield with_upstream(draw, draw(4, 3, scale=TINY[draw.dtype]))
    yield with_upstream(draw, draw(2, 3, 2))
    yield with_upstream(draw, draw(2, 5).abs())
    inp = draw.with_grad(draw(4, 5))
    yield with_upstream(draw, inp, -0.5)
    yield with_upstream(draw, draw(4, 5).requires_grad_())


def with_upstream(draw, inp, shift=0.0):
    return inp, draw.with_grad(torch.relu(inp.detach()) + shift)


@told
def relu_grad(inp, out):
    g = out.grad
    if wrong(OWN_GRAD):
        g = inp.grad
    if wrong("You drop negative gradients as well, but a gradient may have any sign."):
        g = g.clamp_min(0)

    mask = inp > 0
    if wrong(MASK_OF_LOW):
        mask = inp.float() > 0
    if wrong("At exactly 0 you let the gradient through, where torch.relu has the slope 0."):
        mask = inp >= 0
    if wrong(
        "Your mask comes from out, which is never negative after a plain relu, so out >= 0 lets "
        "everything through."
    ):
        mask = out >= 0
    if wrong(MASK_OUT):
        mask = out > 0
    if wrong(MASK_OUT):
        mask = out.sign()
    if wrong(MASK_OUT):
        mask = out != 0
    if wrong(MASK_OUT):
        mask = out > -0.5
    if wrong(MASK_OUT):
        mask = out > out.min()
    if wrong("Your mask lets negative inputs through, too."):
        mask = inp != 0
    if wrong(SHIFTED_MASK):
        mask = inp > 0.5
    if wrong(SHIFTED_MASK):
        mask = inp > -0.5
    if wrong(THRESHOLD):
        mask = inp > 1
    if wrong(THRESHOLD):
        mask = inp >= 1
    if wrong(THRESHOLD):
        mask = inp > 1e-6
    if wrong(THRESHOLD):
        mask = inp > -1e-6
    if wrong(THRESHOLD):
        mask = inp > inp.mean()
    if wrong(UPPER_END):
        mask = mask & (inp < 6)
    if wrong(UPPER_END):
        mask = mask & (inp < 1)
    if wrong(ANY):
        mask = mask.any(-1, keepdim=True)
    if wrong(ANY):
        mask = mask.all(0)
    if wrong(ANY):
        mask = inp.sum(-1, keepdim=True) > 0
    if wrong(ANY):
        mask = inp.sum(0) > 0
    if wrong("You use one row's mask for all rows. Each has its own."):
        mask = mask[0]
    if wrong(INVERTED):
        mask = mask.logical_not()
    if wrong(INVERTED):
        mask = inp < 0
    if wrong(ONE_QUESTION):
        mask = 1 if inp > 0 else 0
    if wrong(
        "You set the mask itself, which is of type bool, and leave out the upstream gradient."
    ):
        inp.grad = mask
        return
    if wrong(NO_UPSTREAM):
        inp.grad = mask.float()
        return
    if wrong(NO_UPSTREAM):
        inp.grad = mask.long()
        return
    if wrong(NO_UPSTREAM):
        inp.grad = mask.int()
        return

    slope = mask.to(inp.dtype)
    if wrong(
        "You pass the upstream gradient on as it is. Where inp <= 0 the relu's output does not "
        "move, so nothing goes back there."
    ):
        slope = torch.ones_like(slope)
    if wrong(HALF_AT_ZERO):
        slope = slope + 0.5 * (inp == 0)
    if wrong(LEAKY):
        slope = torch.where(inp > 0, 1, 0.01)
    if wrong(LEAKY):
        slope = torch.where(inp > 0, 1, 0.1)
    if wrong(LEAKY):
        slope = torch.where(inp > 0, 1, 0.2)
    if wrong(IS_ABS):
        slope = inp.sign()
    if wrong(IS_ABS):
        slope = 2 * slope - 1
    if wrong(SHIFTED_GRADIENT):
        slope = slope - 0.5
    if wrong(SHIFTED_GRADIENT):
        slope = slope + 0.5
    if wrong(TIMES_OUT):
        slope = out
    if wrong(TIMES_OUT):
        slope = slope * out
    if wrong(TIMES_OUT):
        slope = torch.relu(inp)
    if wrong("You multiply by inp. The derivative of relu is a slope, 0 or 1, not inp."):
        slope = inp
    if wrong(DIVIDES):
        slope = torch.relu(inp) / inp
    if wrong(DIVIDES):
        slope = (inp / inp.abs() + 1) / 2
    if wrong(SMOOTH):
        slope = torch.sigmoid(inp)
    if wrong(SMOOTH):
        slope = torch.sigmoid(inp) * (1 - torch.sigmoid(inp))
    if wrong(SMOOTH):
        slope = out * (1 - out)
    if wrong(SMOOTH):
        slope = 1 - torch.tanh(inp) ** 2
    if wrong(SMOOTH):
        slope = 1 - out**2
    if wrong(SMOOTH):
        slope = torch.where(inp > 0, 1, inp.exp())
    if wrong(
        "Your sign is flipped: where inp > 0, out grows with inp, so the gradient keeps its sign."
    ):
        slope = -slope
    if wrong(RELU_FACTOR):
        slope = 2 * slope
    if wrong(RELU_FACTOR):
        slope = slope / 2

    if wrong(NO_UPSTREAM):
        g = torch.ones_like(inp)
    if wrong("You multiply by the upstream gradient twice. The chain rule has it once."):
        g = g * g
    if wrong(RELU_SUM):
        g = g.sum()
    if wrong(RELU_SUM):
        g = g.mean()
    if wrong(RELU_SUM):
        g = g.sum(0)
    if wrong(RELU_SUM):
        g = g.mean(0)
    grad = slope * g
    if wrong(MATMUL):
        grad = slope @ g
    if wrong(MATMUL):
        grad = slope.t() @ g
    if wrong(MATMUL):
        grad = slope @ g.t()
    if wrong(
        "You add the mask to the upstream gradient, so something goes back even "
        "where the relu's output does not move."
    ):
        grad = slope + g
    if wrong(
        "You apply relu to the gradient. Its sign doesn't say on which side of the bend inp was."
    ):
        grad = g.clamp_min(0)
    if wrong("You pick out the elements with inp > 0 (x[mask]), which loses the shape."):
        grad = g[mask]
    if wrong(SHIFTED_GRADIENT):
        grad = grad - 0.5
    if wrong(RELU_SUM):
        grad = grad.sum()
    if wrong(RELU_SUM):
        grad = grad.sum(0)
    if wrong(RELU_SUM):
        grad = grad.sum(-1)
    if wrong(RELU_SUM):
        grad = grad.mean(0)
    if wrong(RELU_N):
        grad = grad / len(inp)
    if wrong(RELU_N):
        grad = grad / inp.numel()
    if wrong(RELU_ROW):
        grad = torch.cat([torch.zeros_like(grad[:-1]), grad[-1:]])
    if wrong(RELU_ROW):
        grad = torch.cat([grad[:1], torch.zeros_like(grad[1:])])
    if wrong(NO_UPSTREAM):
        grad = torch.ones_like(inp)
    if wrong(VALUES):
        grad = out
    if wrong(VALUES):
        grad = torch.relu(inp)
    if wrong(VALUES):
        grad = slope * inp
    if wrong(VALUES):
        grad = slope * out
    if wrong(UPSTREAM_MASK):
        grad = (g > 0) * inp
    if wrong(UPSTREAM_MASK):
        grad = (g > 0).to(inp.dtype)
    if wrong(TWO_AXES):
        _n, _m = inp.shape
    # Both fail where inp.grad is still None, and do no harm after an earlier backward pass.
    if wrong(OWN_GRAD):
        inp.grad *= mask
    if wrong(OWN_GRAD):
        inp.grad[inp <= 0] = 0
    if wrong(OWN_GRAD):
        grad = inp.grad * mask
    if wrong(OVERWRITES.format("out")):
        out.grad *= mask
        grad = out.grad
    if wrong(OVERWRITES.format("out")):
        out.grad[inp < 0] = 0
        grad = out.grad
    if wrong(NONE_YET.format("inp")):
        inp.grad[mask] = g[mask]
        return
    if wrong(IN_PLACE):
        inp.clamp_(min=0)
    if wrong(OWN_GRAD):
        out.grad = mask * inp.grad
        return
    if wrong("You set out.grad, which holds the upstream gradient. The result belongs to inp."):
        out.grad = grad
        return
    inp.grad = grad


# --- lin_grad -----------------------------------------------------------------------------------

ALL_NO_UPSTREAM = (
    "You leave the upstream gradient out (or take ones), so what comes after this layer has "
    "no part in its gradients."
)
ALL_OUT = "You use the output itself. What goes back is its gradient, not its value."
ALL_RELU = (
    "You mask the gradients as for a relu. That is relu_grad's work; an affine map lets "
    "everything through."
)
ALL_SWAPPED = (
    "w.grad and inp.grad have each other's factor. How fast a product moves with one of its "
    "factors is set by the other."
)
ALL_SIGN = (
    "The signs are flipped. The gradients are those of the loss itself; the minus "
    "comes with the step downhill."
)
ALL_MEAN = (
    "You take means over the batch. w and b reach the loss through every row, and the 1/n "
    "already sits in mse_grad."
)
ALL_ONE_ROW = "Only one row goes into w.grad and b.grad, although every row uses both."
ROWS_MISSING = (
    "Your sums for w.grad and b.grad leave out a row, although every row of the batch used w and b."
)
INP_NO_UPSTREAM = (
    "You leave the upstream gradient out of inp.grad (or take ones), so it is dout/dinp, and "
    "not yet dL/dinp."
)
INP_ORDER = (
    "Your factors for inp.grad are in the wrong order: the axis that they share is not the "
    "one that is summed over."
)
INP_BIAS = (
    "You bring b into inp.grad. b does not depend on inp, so it has no part in this gradient."
)
INP_NO_W = "You leave w out of inp.grad, although inp moves out through w."
INP_FLAT = "Your inp.grad has lost its rows, [m]. Each row of inp has a gradient of its own."
INP_SUMMED = (
    "You add up (or average) over the rows for inp.grad. Each row of inp reaches the loss through "
    "its own row of out only."
)
INP_AXIS = (
    "You sum over the wrong axis for inp.grad. inp[i, j] reaches the loss through the o outputs "
    "of its row."
)
INP_RESHAPED = (
    "There is a reshape (view) in your inp.grad. It keeps the order of the numbers, so they "
    "land in wrong places."
)
INP_ELEMENTWISE = (
    "* multiplies element by element, but inp reaches the loss through all outputs of its "
    "row, not through one."
)
INP_ROW = "Only one row of inp gets its gradient, although each row has one."
W_NO_UPSTREAM = (
    "You leave the upstream gradient out of w.grad (or take ones), so it is dout/dw, and not "
    "yet dL/dw."
)
W_ONE_ROW = "Only one row goes into w.grad, although every row of the batch uses w."
W_ROW_MISSING = "You leave out a row in w.grad, although every row of the batch uses w."
W_NO_INP = "You leave inp out of w.grad, although out grows with w as fast as inp says."
W_TIMES_W = "You multiply by w in w.grad. out is linear in w, so its derivative has no w in it."
W_FIRST_SUMMED = (
    "You sum (or average) inp and out.grad over the rows before you multiply, for w.grad. Each "
    "row has a product of its own."
)
W_NO_T = (
    "Your product for w.grad does not fit: inp is [n, m] and out.grad [n, o], and the axes on "
    "which they meet differ."
)
W_AXIS = "You sum the outer products over the wrong axis for w.grad. It is the rows that share w."
W_TRANSPOSED = (
    "Your w.grad is transposed, [o, m]. A gradient has the shape of what it belongs to, and w is "
    "[m, o]."
)
W_RESHAPED = (
    "There is a reshape (view) in your w.grad. It keeps the order of the numbers, so they "
    "land in wrong places."
)
B_TOTAL = "You sum over both axes for b.grad, although each output has a bias of its own."
B_COLUMNS = (
    "You sum over the outputs for b.grad, which leaves one number for each row. Each output has a "
    "bias of its own."
)
B_NO_UPSTREAM = (
    "You leave the upstream gradient out of b.grad, so it is dout/db, and not yet dL/db."
)
B_ONE_ROW = "Only one row goes into b.grad, although b is added to every row."
B_ROW_MISSING = "You leave out a row in b.grad, although b is added to every row."
B_TIMES_B = "You multiply by b in b.grad. b is added, so dout/db is 1."


@probes("lin_grad")
def lin_grad_probes(draw):
    yield layer(draw, draw(5, 4), draw(4, 3), draw(3))
    yield layer(draw, draw(1, 4), draw(4, 3), draw(3))
    yield layer(draw, draw(1, 2), draw(2, 5), draw(5))
    yield layer(draw, draw(3, 3), draw(3, 3), draw(3))
    yield layer(draw, draw(2, 4), draw(4, 1), draw(1))
    yield layer(draw, draw(6, 1), draw(1, 2), draw(2))
    yield layer(draw, *map(draw.with_grad, (draw(5, 4), draw(4, 3), draw(3))))
    yield layer(draw, draw(2, 4).requires_grad_(), draw(4, 3).requires_grad_(), draw(3))


def layer(draw, inp, w, b):
    out = draw.with_grad(inp.detach() @ w.detach() + b)
    return inp, out, w, b


@told
def lin_grad(inp, out, w, b):
    n, g = len(inp), out.grad
    if wrong(OVERWRITES.format("out")):
        g /= n
    if wrong(ALL_NO_UPSTREAM):
        g = torch.ones_like(out)
    if wrong(ALL_OUT):
        g = out
    if wrong(ALL_RELU):
        g = (out > 0) * g
    if wrong("You double the gradients. The 2 of the square already sits in mse_grad."):
        g = 2 * g
    if wrong(ALL_SIGN):
        g = -g
    if wrong(ALL_MEAN):
        g = g / n

    # the input
    g_inp, w_inp = g, w
    if wrong(INP_NO_UPSTREAM):
        g_inp = torch.ones_like(out)
    if wrong(
        "You use out itself for inp.grad. What goes back is the gradient of the "
        "output, not its value."
    ):
        g_inp = out
    if wrong(INP_BIAS):
        g_inp = g + b
    if wrong(INP_BIAS):
        g_inp = g - b
    d_inp = g_inp @ w_inp.t()
    if wrong(
        "You multiply by w as it is for inp.grad, as if the gradient went "
        "forward: the sum runs over the wrong axis of w."
    ):
        d_inp = g_inp @ w
    if wrong(INP_ORDER):
        d_inp = w @ g_inp
    if wrong(INP_ORDER):
        d_inp = w.t() @ g_inp
    if wrong(
        "Your inp.grad is transposed, [m, n]. A gradient has the shape of what it belongs "
        "to, and inp is [n, m]."
    ):
        d_inp = d_inp.t()
    if wrong(INP_ELEMENTWISE):
        d_inp = g_inp * w
    if wrong(INP_ELEMENTWISE):
        d_inp = g_inp * w.t()
    if wrong(INP_RESHAPED):
        d_inp = d_inp.t().reshape(inp.shape)
    if wrong(INP_RESHAPED):
        d_inp = g_inp @ w.reshape(len(b), len(w))
    if wrong(
        "You use the inverse of w for inp.grad, which undoes the map. A gradient "
        "says how fast out moves."
    ):
        d_inp = g_inp @ torch.linalg.pinv(w)
    if wrong(INP_NO_W):
        d_inp = g
    if wrong(INP_NO_W):
        d_inp = g.sum(-1, keepdim=True).expand_as(inp)
    if wrong(
        "You add up out.grad and w each by itself, and multiply the two sums. inp.grad is the sum "
        "of the products."
    ):
        d_inp = g.sum(-1, keepdim=True) * w.sum(1)
    if wrong(INP_NO_UPSTREAM):
        d_inp = w
    if wrong(INP_NO_UPSTREAM):
        d_inp = w.t()
    if wrong(
        "You leave the axis of the outputs in inp.grad, [n, m, o]. inp[i, j] reaches the loss "
        "through all of them together."
    ):
        d_inp = g_inp.unsqueeze(1) * w
    if wrong(INP_AXIS):
        d_inp = (g_inp.unsqueeze(1) * w).sum(1)
    if wrong(INP_AXIS):
        d_inp = (g_inp.unsqueeze(1) * w).sum(0)
    if wrong(
        "You take the mean over the outputs for inp.grad, although inp reaches "
        "the loss through each of them in full."
    ):
        d_inp = d_inp / len(b)
    if wrong(
        "You divide inp.grad by the number of rows. Each row of inp has a gradient of its own, "
        "and the 1/n already sits in mse_grad."
    ):
        d_inp = d_inp / n
    if wrong(INP_FLAT):
        d_inp = d_inp.sum(0)
    if wrong(INP_FLAT):
        d_inp = w.sum(1)
    if wrong(INP_SUMMED):
        d_inp = d_inp.sum(0).expand_as(inp)
    if wrong(INP_SUMMED):
        d_inp = d_inp.mean(0).expand_as(inp)
    if wrong(INP_ROW):
        d_inp = torch.cat([torch.zeros_like(d_inp[:-1]), d_inp[-1:]])
    if wrong(INP_ROW):
        d_inp = torch.cat([d_inp[:1], torch.zeros_like(d_inp[1:])])
    if wrong(
        "You multiply by inp in inp.grad. out is linear in inp, so its derivative has no inp in it."
    ):
        d_inp = inp * d_inp
    if wrong(
        "You mask inp.grad as for a relu. That is relu_grad's work; an affine map lets everything "
        "through."
    ):
        d_inp = (inp > 0) * d_inp
    if wrong("You lose signs in inp.grad (abs, relu)."):
        d_inp = d_inp.abs()
    if wrong("The sign of inp.grad is flipped."):
        d_inp = -d_inp
    if wrong("You set inp.grad to 0, although inp moves out through w."):
        d_inp = torch.zeros_like(inp)

    # the weights, and the bias: both are used by every row
    x, g_w, g_b = inp, g, g
    if wrong(ALL_NO_UPSTREAM):
        g_w = g_b = torch.ones_like(out)
    if wrong(ALL_SIGN):
        g_w = g_b = -g
    if wrong(ALL_MEAN):
        g_w = g_b = g / n
    if wrong(ALL_ONE_ROW):
        x, g_w, g_b = x[-1:], g_w[-1:], g_b[-1:]
    if wrong(ALL_ONE_ROW):
        x, g_w, g_b = x[:1], g_w[:1], g_b[:1]
    if wrong(ROWS_MISSING):
        x, g_w, g_b = x[:-1], g_w[:-1], g_b[:-1]
    if wrong(ROWS_MISSING):
        x, g_w, g_b = x[1:], g_w[1:], g_b[1:]

    if wrong(W_ONE_ROW):
        x, g_w = x[-1:], g_w[-1:]
    if wrong(W_ONE_ROW):
        x, g_w = x[:1], g_w[:1]
    if wrong(W_ROW_MISSING):
        x, g_w = x[:-1], g_w[:-1]
    if wrong(W_ROW_MISSING):
        x, g_w = x[1:], g_w[1:]
    if wrong(W_NO_UPSTREAM):
        g_w = torch.ones_like(g_w)
    if wrong(
        "You use out itself for w.grad. What goes back is the gradient of the "
        "output, not its value."
    ):
        g_w = out
    if wrong(
        "You use inp.grad, which belongs to this layer's input, for w.grad. What "
        "comes back to a layer is the gradient of its output."
    ):
        g_w = d_inp
    if wrong(
        "You multiply by inp.grad in w.grad. It says how the loss moves with inp, "
        "and not how out moves with w."
    ):
        x = d_inp
    if wrong(W_FIRST_SUMMED):
        x, g_w = x.sum(0, keepdim=True), g_w.sum(0, keepdim=True)
    if wrong(W_FIRST_SUMMED):
        x, g_w = x.mean(0, keepdim=True), g_w.mean(0, keepdim=True)
    if wrong(W_FIRST_SUMMED):
        x, g_w = x.mean(0, keepdim=True), g_w.sum(0, keepdim=True)
    d_w = x.t() @ g_w
    if wrong(W_NO_T):
        d_w = x @ g_w
    if wrong(W_NO_T):
        d_w = x @ g_w.t()
    if wrong(W_NO_T):
        d_w = g_w @ x
    if wrong(W_NO_T):
        d_w = g_w @ x.t()
    if wrong(W_NO_T):
        d_w = x * g_w
    if wrong(W_NO_T):
        d_w = x.t() * g_w
    if wrong(W_TRANSPOSED):
        d_w = d_w.t()
    if wrong(W_RESHAPED):
        d_w = d_w.t().reshape(w.shape)
    if wrong(W_RESHAPED):
        d_w = x.reshape(len(w), len(x)) @ g_w
    if wrong("You leave the batch axis in w.grad, [n, m, o], although all rows share w."):
        d_w = x.unsqueeze(-1) * g_w.unsqueeze(1)
    if wrong(W_AXIS):
        d_w = (x.unsqueeze(-1) * g_w.unsqueeze(1)).sum(1)
    if wrong(W_AXIS):
        d_w = (x.unsqueeze(-1) * g_w.unsqueeze(1)).sum(-1)
    if wrong("You sum w.grad to one number. Each weight has its own."):
        d_w = d_w.sum()
    if wrong("Your w.grad has an axis too many, [1, m, o]. w is [m, o]."):
        d_w = d_w.unsqueeze(0)
    if wrong(W_NO_UPSTREAM):
        d_w = x.t()
    if wrong(W_NO_UPSTREAM):
        d_w = x
    if wrong(W_NO_UPSTREAM):
        d_w = x.sum(0)
    if wrong(W_NO_UPSTREAM):
        d_w = x.mean(0).unsqueeze(-1).expand_as(w)
    if wrong(W_NO_INP):
        d_w = g_w
    if wrong(W_NO_INP):
        d_w = g_w.sum(0).expand_as(w)
    if wrong(
        "You take the mean over the batch for w.grad. w reaches the loss through "
        "every row, and the 1/n already sits in mse_grad."
    ):
        d_w = d_w / n
    if wrong(W_TIMES_W):
        d_w = w * d_w
    if wrong(W_TIMES_W):
        d_w = g @ w.t()
    if decay := wrong(
        "You add a multiple of w to its gradient (weight decay), which is no part of this loss.",
        1e-4,
        1e-3,
        0.01,
        0.1,
    ):
        d_w = d_w + decay * w
    if wrong("The sign of w.grad is flipped."):
        d_w = -d_w
    if wrong("You set w.grad to 0, although w moves every row of out."):
        d_w = torch.zeros_like(w)

    if wrong(B_ONE_ROW):
        g_b = g_b[-1:]
    if wrong(B_ONE_ROW):
        g_b = g_b[:1]
    if wrong(B_ROW_MISSING):
        g_b = g_b[:-1]
    if wrong(B_ROW_MISSING):
        g_b = g_b[1:]
    if wrong(
        "You sum out itself for b.grad. What goes back is the gradient of the "
        "output, not its value."
    ):
        g_b = out
    if wrong("You sum inp for b.grad, but b is not multiplied by inp."):
        g_b = inp
    if wrong(
        "You sum inp.grad for b.grad, but b reaches the loss through out, and not through inp."
    ):
        g_b = d_inp
    d_b = g_b.sum(0)
    if wrong(
        "You take the mean over the rows for b.grad. b reaches the loss through each row, and the "
        "1/n already sits in mse_grad."
    ):
        d_b = g_b.mean(0)
    if wrong("You leave the batch axis in b.grad, although all rows share b."):
        d_b = g_b
    if wrong(
        "Your b.grad keeps the summed axis, [1, o]. A gradient has the shape of what it "
        "belongs to, and b is [o]."
    ):
        d_b = d_b.unsqueeze(0)
    if wrong(B_TOTAL):
        d_b = g_b.sum()
    if wrong(B_TOTAL):
        d_b = g_b.mean()
    if wrong(B_TOTAL):
        d_b = g_b.sum().expand_as(b)
    if wrong(B_TOTAL):
        d_b = g_b.sum().reshape(1)
    if wrong(B_COLUMNS):
        d_b = g_b.sum(1)
    if wrong(B_COLUMNS):
        d_b = g_b.mean(1)
    if wrong(B_COLUMNS):
        d_b = g_b.sum(1, keepdim=True)
    if wrong("You take the largest upstream gradient for b.grad, although all rows add to it."):
        d_b = g_b.max(0).values
    if wrong(B_NO_UPSTREAM):
        d_b = torch.ones_like(b)
    if wrong(B_NO_UPSTREAM):
        d_b = torch.full_like(b, n)
    if wrong(B_TIMES_B):
        d_b = d_b * b
    if wrong(B_TIMES_B):
        d_b = b.clone()
    if wrong("The sign of b.grad is flipped: out grows with b."):
        d_b = -d_b
    if wrong("You set b.grad to 0, although b moves every row of out."):
        d_b = torch.zeros_like(b)

    if wrong(ALL_SWAPPED):
        d_inp, d_w = inp.t() @ g, g @ w.t()
    if wrong(NONE_YET.format("w")):
        inp.grad = d_inp
        w.grad += d_w
        b.grad += d_b
        return
    inp.grad, w.grad, b.grad = d_inp, d_w, d_b
    if wrong("You send the gradient back through w.grad, but the values did not come through it."):
        inp.grad = g @ w.grad.t()


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("mse_grad", AUTOGRAD)
def mse_by_autograd(inp, targ):
    p = inp.detach().requires_grad_()
    (inp.grad,) = torch.autograd.grad((p[:, 0] - targ).square().mean(), p)


@mistake("mse_grad", ASTRAY)
def mse_on_the_cpu(inp, targ):
    grad = torch.zeros(inp.shape, dtype=inp.dtype)
    grad[:, 0] = 2 * (inp[:, 0] - targ) / len(inp)
    inp.grad = grad


@mistake("relu_grad", AUTOGRAD)
def relu_by_autograd(inp, out):
    x = inp.detach().requires_grad_()
    (inp.grad,) = torch.autograd.grad(torch.relu(x), x, out.grad)


@mistake("relu_grad", AUTOGRAD)
def relu_by_backward_of_out(inp, out):
    out.backward(out.grad)


@mistake("relu_grad", ASTRAY)
def relu_on_the_cpu(inp, out):
    inp.grad = torch.where(inp > 0, out.grad, torch.zeros(inp.shape, dtype=inp.dtype))


@mistake("lin_grad", AUTOGRAD)
def lin_by_autograd(inp, out, w, b):
    x, weights, bias = (t.detach().clone().requires_grad_() for t in (inp, w, b))
    found = torch.autograd.grad(x @ weights + bias, (x, weights, bias), out.grad)
    inp.grad, w.grad, b.grad = found


@mistake("lin_grad", AUTOGRAD)
def lin_by_backward_of_out(inp, out, w, b):
    out.backward(out.grad)


@mistake("lin_grad", ASTRAY)
def lin_on_the_cpu(inp, out, w, b):
    lin_grad(inp, out, w, b)
    b.grad = torch.ones(len(inp), dtype=inp.dtype) @ out.grad


# --- what chapter 16 hands to a learner's own test as programs: habits have no text of their own --


@mistake("relu_grad", ADDS)
def relu_added(inp, out):
    grad = (inp > 0) * out.grad
    inp.grad = grad if inp.grad is None else inp.grad + grad


@mistake("relu_grad", KEPT)
def relu_set_once(inp, out):
    if inp.grad is None:
        inp.grad = (inp > 0) * out.grad


@mistake("lin_grad", ADDS)
def lin_added(inp, out, w, b):
    grads = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)
    for tensor, grad in zip((inp, w, b), grads, strict=True):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad


@mistake("lin_grad", KEPT)
def lin_set_once(inp, out, w, b):
    grads = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)
    for tensor, grad in zip((inp, w, b), grads, strict=True):
        tensor.grad = grad if tensor.grad is None else tensor.grad


@mistake("lin_grad", ADDS)
def lin_parameters_added(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    for tensor, grad in ((w, inp.t() @ out.grad), (b, out.grad.sum(0))):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad


@mistake("lin_grad", ADDS)
def lin_bias_added(inp, out, w, b):
    inp.grad, w.grad = out.grad @ w.t(), inp.t() @ out.grad
    b.grad = out.grad.sum(0) if b.grad is None else b.grad + out.grad.sum(0)


@mistake("lin_grad", NONE_YET.format("inp"))
def lin_copied_into_none(inp, out, w, b):
    inp.grad.copy_(out.grad @ w.t())
    w.grad.copy_(inp.t() @ out.grad)
    b.grad.copy_(out.grad.sum(0))


@mistake("lin_grad", RETURNED)
def lin_returned(inp, out, w, b):
    return out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)
