"""Chapter 3, right, and at each step how it goes wrong."""

import functools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from kata.checks.forward import ASTRAY, CUT, CUT_FROM, DEFAULT_DTYPE, DRAWS, KEPT, NOT_CALLED
from kata.checks.inputs import TINY
from kata.diagnosis.habits import ARRAY, FIXED, LIST, MIXED, NEGATED, TRANSPOSED, WHOLE
from kata.diagnosis.told import instead, mistake, probes, told, wrong

NORMALISED = "You normalise x first. It should be used as it comes."
ELEMENTWISE = (
    "* multiplies element by element, so an input meets one weight, and not those of all outputs."
)
ONE_BIAS = (
    "You add one number (one entry of the bias, or its sum or mean) to all outputs. Each output "
    "has a bias of its own."
)
PER_ROW = (
    "You add the bias as a column, one number to each row. It has one number for each output, "
    "which is added to a column."
)
WEIGHTS_FIRST = (
    "You multiply in the wrong order, w @ x, which pairs outputs with examples where inputs "
    "should meet inputs."
)

# --- lin ----------------------------------------------------------------------------------------

W_TRANSPOSED = (
    "You multiply by w transposed. w is [m, o], a column for each output; only nn.Linear and "
    "F.linear have it as [o, m]."
)
X_TRANSPOSED = "You transpose x. It is [n, m] as it comes, a row for each example."
WRONG_AXIS = "You sum the products over the wrong axis. The sum runs over j, the axis of inputs."
NO_SUM = (
    "You have all products of an input and a weight but never sum them, so the axis of inputs "
    "is left."
)
ALL_SUMMED = "You sum over too much. Only j is summed over; there is a result for each i and k."
J_MISSING = (
    "Your loop over j leaves out a term: the first or the last of the m inputs has no effect."
)
NOT_RESET = (
    "Your running sum isn't set back to 0 for the next output, so each holds those before it."
)
TERM_MEAN = "You take the mean over the inputs j, so each product counts m times too little."
SCALED = "You divide by sqrt(m). That scale belongs in the initial weights (chapter 4)."
LIN_RELU = "You apply a relu. lin is the affine map alone; relu is a step of its own."
LIN_BEND = "You bend or limit the result (sigmoid, tanh, softmax, abs, clamp), which lin doesn't."
BIAS_ONE_ROW = "You add the bias to one row only. Each of the n rows gets it."
BIAS_SCALED = "You divide the bias (by n, m or o), which makes it too small."
BIAS_TIMES = "You multiply by the bias. It shifts an output and doesn't scale it."
BIAS_MIXED = "You mix up the outputs' biases: a column gets the bias of another one."


@probes("lin")
def lin_probes(draw):
    for n, m, o in [(5, 4, 3), (5, 4, 3), (1, 4, 3), (3, 3, 3), (3, 4, 3), (4, 4, 2), (2, 3, 1)]:
        yield draw(n, m), draw(m, o), draw(o)


@told
def lin(x, w, b):
    if wrong("You take the second argument for the bias. They come as x, w, b."):
        w, b = b, w
    if scaled := wrong(NORMALISED, (x - x.mean()) / x.std(), (x - x.mean(0)) / x.std(0)):
        x = scaled
    if wrong(LIN_RELU):
        x = x.relu()
    if mixed := wrong(MIXED, x.mean(0, keepdim=True), x.sum(0)):
        x = mixed
    if wrong(
        "You reshape w to [o, m]. reshape keeps the order of the numbers, so they "
        "land in wrong places."
    ):
        w = w.reshape(w.shape[::-1]).T
    if terms := wrong(J_MISSING, slice(None, -1), slice(1, None)):
        x, w = x[:, terms], w[terms]
    if wrong("You overwrite the sum at each j, so only the last product is left."):
        x, w = x[:, -1:], w[-1:]
    if wrong("You add b to x, before the product, so the weights multiply it."):
        x, b = x + b, 0
    if wrong("You add b to the weights, before the product, so the inputs multiply it."):
        w, b = w + b, 0
    if wrong("You take absolute values of the weights. They may have any sign."):
        w = w.abs()

    out = x @ w
    if product := wrong(W_TRANSPOSED, x @ w.T, (x[:, None] * w).sum(-1)):
        out = product
    if wrong(W_TRANSPOSED):
        rows = [
            [sum(row[j] * w[k, j] for j in range(len(row))) for k in range(len(b))] for row in x
        ]
        out = torch.stack([torch.stack(row) for row in rows])
    if product := wrong(X_TRANSPOSED, x.T @ w, torch.einsum("ji,jk->ik", x, w)):
        out = product
    if wrong(WEIGHTS_FIRST):
        out = w @ x
    if wrong(WEIGHTS_FIRST):
        return w @ x
    if product := wrong(ELEMENTWISE, x * w, x * w.T):
        out = product
    if summed := wrong(ELEMENTWISE, (x * w).sum(-1), (x * w).sum(0), (x * w.T).sum(-1)):
        out = summed
    if wrong(ELEMENTWISE):
        out = (x * w).sum(-1, keepdim=True)
    if axis := wrong(WRONG_AXIS, 2, 0):
        out = (x.unsqueeze(-1) * w).sum(axis)
    if wrong(WRONG_AXIS):
        return (x.unsqueeze(-1) * w).sum(2)
    if wrong(NO_SUM):
        out = x.unsqueeze(-1) * w
    if wrong(NO_SUM):
        return x.unsqueeze(-1) * w
    if product := wrong("torch.dot takes two vectors, and these are matrices.", torch.dot(x, w)):
        out = product
    if product := wrong("torch.mv takes a matrix and a vector. w is a matrix.", torch.mv(x, w)):
        out = product
    if wrong("Your loop over j runs over the rows (n). The sum over j has m terms."):
        out = sum(x[:, j, None] * w[j] for j in range(len(x)))
    if summed := wrong(NOT_RESET, out.flatten().cumsum(0).reshape(out.shape), out.cumsum(1)):
        out = summed
    if wrong(TERM_MEAN):
        out = out / len(w)
    if wrong(SCALED):
        out = out / math.sqrt(len(w))
    if wrong("The sign of the product is flipped."):
        out = -out
    if wrong(LIN_RELU):
        out = out.relu()
    if wrong(MIXED):
        out = out.mean(0)
    if summed := wrong(ALL_SUMMED, out.sum(), out.sum(1, keepdim=True)):
        out = summed
    if wrong(TRANSPOSED.format("[n, o]")):
        out = out.T

    if wrong("You left out the bias b, which is added to every row."):
        b = torch.zeros_like(b)
    if wrong("You subtract the bias, so it shifts each output the wrong way."):
        b = -b
    if wrong("You add the bias twice. Each output gets b[k] once."):
        b = 2 * b
    if wrong("You add the bias inside the sum over j, so it comes m times."):
        b = len(w) * b
    if size := wrong(BIAS_SCALED, len(x), len(w), len(b)):
        b = b / size
    if wrong("You add the absolute value of the bias, which may have any sign."):
        b = b.abs()
    if other := wrong(BIAS_MIXED, b.roll(1), b.flip(0)):
        b = other
    if one := wrong(ONE_BIAS, b[0], b[-1], b.sum(), b.mean()):
        b = one
    if column := wrong(PER_ROW, b[:, None], torch.stack([b[i] for i in range(len(x))])[:, None]):
        b = column
    if wrong(PER_ROW):
        out += b[:, None]
        return out
    if order := wrong(BIAS_ONE_ROW, [0, 1], [1, 0]):
        parts = b[None], out.new_zeros(len(out) - 1, len(b))
        b = torch.cat([parts[i] for i in order])
    if product := wrong(BIAS_TIMES, out * b, out @ b):
        return product
    if wrong("You add into b itself (+=). It has no axis for the n rows, and is an input."):
        b += out
        return b
    out = out + b

    if wrong(TERM_MEAN):
        out = out / len(w)
    if wrong(SCALED):
        out = out / math.sqrt(len(w))
    if wrong(LIN_RELU):
        out = out.relu()
    if bent := wrong(LIN_BEND, out.sigmoid(), out.tanh(), out.softmax(-1), out.abs()):
        out = bent
    if wrong(LIN_BEND):
        out = out.clamp(-1, 1)
    if wrong("You add 1 to the result."):
        out = out + 1
    if wrong("You add up the rows as you go (cumsum). Each row is mapped on its own."):
        out = out.cumsum(0)
    if wrong(ALL_SUMMED):
        out = out.sum(1)
    if wrong("You reshape the result to [o, n], which mixes up its numbers. It should be [n, o]."):
        out = out.reshape(out.shape[::-1])
    if wrong(NOT_RESET):
        out = out.flatten().cumsum(0).reshape(out.shape)
    if wrong("Your loop stops one row too early, so the last row is never computed."):
        rows, out = out, out.new_zeros(out.shape)
        for i in range(len(rows) - 1):
            out[i] = rows[i]
    if wrong("You return x as it came."):
        return x
    if wrong("You return a list of rows. The result is one tensor, [n, o]."):
        return list(out)
    if wrong(CUT_FROM.format("w")):
        out = x @ w.detach() + b.detach()
    return out


# --- relu, as every exercise here has it ----------------------------------------------------------

UNBENT = (
    "You let negative values pass as they are, so nothing bends. Without a bend between them, two "
    "affine maps are one."
)
ABSOLUTE = "You take the absolute value. A relu sets negative values to 0."
KEEPS_NEGATIVE = "You keep the negative values and set the positive ones to 0, the wrong way round."
LEAKY = "You let a part of the negative values through, as a leaky relu does. A relu lets none."
ELU = "You bend negative values smoothly (elu, selu, celu). A relu sets them to exactly 0."
SMOOTH = (
    "You use a smooth function (gelu, silu, softplus, mish). A relu has a sharp bend: exactly 0 "
    "below 0, and the value itself above."
)
SQUASHED = "You squash the values (sigmoid, tanh). A relu keeps positive ones, however large."
CAPPED = (
    "You cut off large values, too (relu6, or a clamp with a maximum). A relu has no upper end."
)
MASK = "You return the mask of what is positive (1 or 0, or the sign), and not the values."
MASK_OF_LOW = (
    "You cast x to float32 before you ask where it is positive. A tiny number becomes 0 "
    "there (1e-60, say), and a positive x does not pass."
)
SELECTED = "x[x > 0] drops the negative values, and the shape with them."
AXIS = (
    "max with a whole number gives the largest along that axis, and where it was. A relu compares "
    "each element with 0 on its own."
)
LARGEST = "You take the maximum along an axis, or of all. A relu compares each element with 0."
NEEDS_TENSOR = "torch.max and torch.maximum compare two tensors, and 0 is a number."
ONE_QUESTION = (
    "max(), min() and if ask Python for one answer about the whole tensor. Each element needs one "
    "of its own."
)
TOGETHER = "You decide for whole rows, or for all at once. Each element is kept by its own sign."
SHIFTED_BEFORE = "You shift x before the relu, so all positive values are shifted."
BEND_AT = "You bend at another place than 0, so small values are wrong."
LIMIT = "You limit the values from below by a number other than 0."
EPSILON = "You put a small number in place of 0. Negative values become exactly 0."
CONSTANT = "You put a constant other than 0 (1, -1, nan) in place of negative values."
CENTRED = "You subtract a mean, so elements depend on each other. Each stands for itself."
POWERS = (
    "You take a power of the values, or their root, exp or log. A relu leaves positive values as "
    "they are."
)
BY_SUM = "You divide by the sum or the largest. A relu leaves positive values alone."
SHRUNK = (
    "You shrink (softshrink, hardshrink), which lets negative values through. A relu sets them "
    "to 0."
)
SOFTMAX = "You take a softmax, which mixes the elements. Each stands for itself."


@told
def _bend(x):
    if c := wrong(SHIFTED_BEFORE, 1, 0.5, -0.5):
        x = x - c
    if wrong(CENTRED):
        x = x - x.mean()
    if wrong("You apply relu to -x, and so keep the negative side."):
        x = -x
    if wrong(SQUASHED):
        x = x.tanh()

    mask, low = x > 0, 0 * x
    if above := wrong(BEND_AT, x > 1, x >= 1, x > 0.5):
        mask = above
    if wrong("You compare with the mean. A relu compares each element with 0."):
        mask = x > x.mean()
    if wrong(TOGETHER):
        mask = mask.all(-1, keepdim=True)
    if sums := wrong(TOGETHER, x.sum(), x.sum(-1, keepdim=True)):
        mask = sums > 0
    if wrong(KEEPS_NEGATIVE):
        mask = x <= 0
    if c := wrong(LEAKY, 0.01, 0.1, 0.2, 0.25, 0.3, 0.5, 0.05, 0.02, 0.001):
        low = c * x
    if wrong("You flip the sign of a part of the negative values. They become exactly 0."):
        low = -0.01 * x
    if wrong(ABSOLUTE):
        low = -x
    if wrong(UNBENT):
        low = x
    if c := wrong(ELU, 1, 0.5):
        low = c * x.expm1()
    if c := wrong(CONSTANT, -1.0, 1.0, math.nan):
        low = torch.full_like(x, c)
    out = torch.where(mask, x, low)

    if c := wrong(LIMIT, 1.0, -1.0, -0.5):
        out = x.clamp_min(c)
    if f := wrong(SMOOTH, F.gelu, F.silu, F.softplus):
        out = f(x)
    if f := wrong(SQUASHED, torch.sigmoid, torch.tanh):
        out = f(x)
    if f := instead(SMOOTH, F.mish, F.hardswish, lambda x: F.gelu(x, approximate="tanh")):
        out = f(x)
    if rest := instead(SMOOTH, x * (1.702 * x).sigmoid(), (1 + x.exp()).log()):
        out = rest
    if wrong(SMOOTH):
        out = F.softplus(x, beta=10)
    if f := instead(CAPPED, F.hardtanh, F.hardsigmoid):
        out = f(x)
    if f := instead(SHRUNK, F.softshrink, F.hardshrink):
        out = f(x)
    if wrong(ELU):
        out = F.selu(x)
    if c := wrong(CAPPED, 1, 6, 10):
        out = out.clamp_max(c)
    if whole := wrong(MASK, mask, mask.int(), mask.long()):
        out = whole
    if ones := wrong(MASK, mask.to(x.dtype), mask.float(), (x >= 0).to(x.dtype), x.sign()):
        out = ones
    if chosen := wrong(SELECTED, x[x > 0], x[x >= 0]):
        out = chosen
    if found := wrong(AXIS, torch.max(x, 0), torch.max(x, 0)[0], x.max(-1)):
        out = found
    if wrong(AXIS):
        out = torch.max(x, 0)[0].clamp_min(0)
    if found := wrong(NEEDS_TENSOR, torch.max(x, 0.0), torch.max(0.0, x), torch.max(0, x)):
        out = found
    if found := wrong(LARGEST, x.amax(-1), x.amax(-1, keepdim=True), x.max()):
        out = found
    if wrong(LARGEST):
        out = out.max()
    if found := wrong(NEEDS_TENSOR, x.max(0.0), torch.maximum(x, 0), torch.maximum(x, 0.0)):
        out = found
    if found := wrong(NEEDS_TENSOR, torch.maximum(0, x), torch.maximum(0.0, x)):
        out = found
    if found := wrong(ONE_QUESTION, max(x, 0), max(0, x), max(x, 0.0), max(0.0, x)):
        out = found
    if found := wrong(ONE_QUESTION, max(x, torch.tensor(0.0)), min(x, 0), min(0, x)):
        out = found
    if rest := wrong(ONE_QUESTION, 0, 0 * x, torch.zeros_like(x)):
        out = x if x > 0 else rest
    if power := wrong(POWERS, x.square(), x * x.abs(), out.square(), out.sqrt(), out.log1p()):
        out = power
    if wrong(POWERS):
        out = out.expm1()
    if wrong("You shift all values up by the smallest one."):
        out = x - x.min()
    if wrong(CENTRED):
        out = out - out.mean()
    if wrong(SOFTMAX):
        out = x.softmax(-1)
    if total := wrong(BY_SUM, out.sum(), x.max()):
        out = out / total
    if wrong("You get half the positive values."):
        out = out / 2
    if wrong("You get twice the positive values, as x + |x| gives them."):
        out = 2 * out
    if wrong("/ comes before +, so only |x| is halved."):
        out = x + x.abs() / 2
    if zeros := wrong("You set everything to 0, positive values, too.", 0 * x, torch.zeros_like(x)):
        out = zeros
    if wrong(NEGATED):
        out = -out
    return out


TWO_AXES = (
    "Your function counts on a fixed number of axes. A relu works element by element, on any "
    "shape, 0-d too."
)
DIVIDES = "You divide by x or |x|, which gives 0/0 = nan where x is 0."


def _in_loops(x, out, n, m):
    for i in range(n):
        for j in range(m):
            out[i, j] = x[i, j] if x[i, j] > 0 else 0
    return out


@told
def _relu(x):
    if start := wrong(TWO_AXES, x.clone(), torch.zeros_like(x)):
        n, m = x.shape
        return _in_loops(x, start, n, m)
    if start := wrong(TWO_AXES, x.clone(), torch.zeros_like(x)):
        return _in_loops(x, start, x.shape[0], x.shape[1])
    if m := wrong(TWO_AXES, len(x[0]), x.shape[1]):
        return _in_loops(x, x.clone(), len(x), m)
    if wrong(TWO_AXES):
        return torch.einsum("nm,nm->nm", x, (x > 0).to(x.dtype))
    if wrong(TWO_AXES):
        return torch.stack([row.clamp_min(0.0) for row in x])
    if wrong(TOGETHER):
        return torch.stack([row if row.sum() > 0 else torch.zeros_like(row) for row in x])
    if asked := wrong(TOGETHER, x.sum() > 0, (x > 0).all(), (x > 0).any()):
        return x if asked else torch.zeros_like(x)
    if wrong(ONE_QUESTION):
        return [max(0, v) for v in x]
    if wrong(LIST):
        return [[max(v, 0) for v in row] for row in x]
    if wrong(CUT):
        return torch.from_numpy(np.maximum(x.detach().numpy(), 0))
    if wrong(ARRAY):
        return np.maximum(x.detach().numpy(), 0)
    if wrong(FIXED.format("float32")):
        out = torch.zeros(x.shape)
        out[x > 0] = x[x > 0]
        return out
    if wrong(WHOLE):
        x = x.int().to(x.dtype)
    out = _bend(x)
    if question := wrong(TOGETHER, (x > 0).all(), (x > 0).any()):
        out = x * question
    if c := wrong(EPSILON, 1e-8, 1e-6, 1e-3):
        out = x.clamp_min(c)
    if c := wrong(BEND_AT, 0.1, 1e-2, 1e-3):
        out = torch.where(x > c, x, 0.0)
    if c := wrong(CAPPED, 100, 255):
        out = out.clamp_max(c)
    if wrong("Your upper limit is the largest x, which is below 0 where all values are."):
        out = x.clamp(0, x.max().item())
    if nan := wrong(DIVIDES, x * (1 + x / x.abs()) / 2, x.clamp_min(0) * x / x):
        out = nan
    return out


@probes("relu")
def relu_probes(draw):
    yield (draw(5, 4),)
    yield (draw(5, 4),)
    yield (draw(3, 3).round(),)
    yield (draw(2, 3, scale=1000.0),)
    yield (draw(3, 2, scale=1e-4),)
    yield (-draw(1, 1).abs(),)
    yield (-draw(2, 3).abs(),)
    yield (draw(4),)
    yield (draw(2, 2, 3),)
    yield (draw(),)
    yield (draw(3, 4, scale=TINY[draw.dtype]),)
    yield (draw(2, 3).abs(),)


@told
def relu(x):
    out = _relu(x)
    if wrong(MASK_OF_LOW):
        out = torch.where(x.float() > 0, out, 0 * x)
    if wrong("You subtract 0.5. That is the next exercise, shifted_relu."):
        out = out - 0.5
    return out


# --- shifted_relu -------------------------------------------------------------------------------

SHIFT_FIRST = (
    "You shift before the relu (or take it again after the shift), so the bend moves to 0.5 "
    "and no result is below 0."
)
OTHER_SHIFT = "You shift by another number. The shift is half a unit."
BY_THEORY = (
    "You shift by the mean of a relu of normal numbers (0.399 or 0.564). Here the shift is the "
    "notes' 0.5, whatever x is."
)
BY_MEAN = "You subtract a mean of the batch. The shift is the constant 0.5: no element sees others."
ONLY_POSITIVE = "You shift the positive values only, so negative ones stay at 0."
ONLY_NEGATIVE = "You shift the negative values only, so the result jumps at 0."
TIMES_HALF = "You multiply by 0.5, which halves the slope and shifts nothing."


@probes("shifted_relu")
def shifted_relu_probes(draw):
    yield from relu_probes(draw)


@told
def shifted_relu(x):
    if wrong(SHIFT_FIRST):
        return _relu(x - 0.5)
    if wrong("You add 0.5 before the relu: the bend is at -0.5, and no result is below 0."):
        return _relu(x + 0.5)
    if wrong("You limit x from below at 0.5, so it bends there, and not at 0."):
        return x.clamp_min(0.5)
    if wrong("You return x as it came."):
        return x
    out, shift = _relu(x), 0.5
    if never := wrong(NOT_CALLED, nn.ReLU(x), x.relu):
        out = never
    if wrong("You left out the shift by 0.5."):
        shift = 0
    if wrong(
        "You add 0.5, so the outputs lie further above zero, around which they should spread."
    ):
        shift = -0.5
    if c := wrong(OTHER_SHIFT, 1, 0.1, 0.25, 0.05, 0.45, 1 / 3, 0.2, 0.3, 5):
        shift = c
    if c := wrong(BY_THEORY, 0.5 * math.sqrt(2 / math.pi), 0.4, 0.399, 0.3989, math.pi**-0.5):
        shift = c
    if mean := wrong(BY_MEAN, out.mean(), x.mean(), out.mean(-1, keepdim=True), out.median()):
        shift = mean
    if mean := wrong(BY_MEAN, out.mean() / 2, out.mean(0) if x.dim() else out):
        shift = mean
    if positive := wrong(ONLY_POSITIVE, x > 0, x >= 0):
        shift = positive * 0.5
    if wrong(ONLY_NEGATIVE):
        shift = (x <= 0) * 0.5
    if wrong("You standardise the result. The shift is the constant 0.5, and there is no scale."):
        out, shift = (out - out.mean()) / out.std(), 0
    if wrong("You shift the positive values twice."):
        shift = 0.5 + 0.5 * (x > 0)
    out = out - shift
    if wrong(ONLY_NEGATIVE):
        out = torch.where(x > 0, x, x - 0.5)
    if c := wrong(TIMES_HALF, 0.5, -0.5):
        out = c * x.clamp_min(0)
    if wrong("You take the absolute value at the end. The outputs may be negative."):
        out = out.abs()
    if wrong("You halve the shifted values as well, which should keep their scale."):
        out = out / 2
    return out


# --- model --------------------------------------------------------------------------------------

RELU_OF_X = "You apply a relu to x, so the net never sees the negative inputs."
RELU_AT_END = (
    "You apply a relu to the output. Nothing bends after the last affine map: outputs may take any "
    "sign."
)
SHIFTED = "You use the shifted relu. The model has the plain one."
OUT_SQUASHED = (
    "You put sigmoid, tanh or softmax at the end. Nothing comes after the last affine map: outputs "
    "may take any value."
)
BIASES_SWAPPED = "You mix up b1 and b2. b1 [nh] goes with w1, b2 [o] with w2."
FIRST_TWICE = "You use the first layer's parameters twice, so w2 and b2 have no effect."
SECOND_TWICE = "You use the second layer's parameters twice, so w1 and b1 have no effect."
W_TURNED = (
    "You multiply by a weight matrix transposed. w1 is [m, nh] and w2 [nh, o] as they come; only "
    "nn.Linear and F.linear have them the other way round."
)
NO_BIASES = (
    "You left out both biases, so where x is 0 the output is 0, whatever the parameters are."
)
MINUS_BIASES = "You subtract a bias, so it shifts the wrong way."
PARAMETERS_BENT = "You apply a relu to the parameters, so their negative values are lost."
HIDDEN_ONLY = "You return the hidden layer. The second affine map is still to come."
WITH_HIDDEN = "You return the hidden layer as well. The result is the output alone."
THREE_LAYERS = "You have one layer too many: there are two affine maps, with one relu between them."
ARGUMENTS = "The arguments come as x, w1, b1, w2, b2. You take them in another order."
FIRST_OUTPUT = "You keep the first output only. The result is [n, o], with all o of them."


@probes("model")
def model_probes(draw):
    sizes = [(6, 5, 4, 3), (6, 5, 4, 3), (1, 5, 4, 2), (3, 3, 3, 3), (5, 4, 3, 1), (4, 3, 4, 4)]
    for n, m, nh, o in sizes:
        yield draw(n, m, scale=5.0), draw(m, nh), draw(nh), draw(nh, o), draw(o)
    tiny = TINY[draw.dtype]
    yield draw(5, 4), draw(4, 3, scale=tiny), draw(3, scale=tiny), draw(3, 2), draw(2, scale=tiny)


@told
def model(x, w1, b1, w2, b2):
    if wrong(ARGUMENTS):
        b1, w2 = w2, b1
    if wrong(ARGUMENTS):
        w1, b1, w2, b2 = b1, w1, b2, w2
    if wrong("You run the second layer first. w1 and b1 come before w2 and b2."):
        w1, b1, w2, b2 = w2, b2, w1, b1
    if wrong("You mix up w1 and w2. w1 [m, nh] comes first, w2 [nh, o] second."):
        w1, w2 = w2, w1
    if wrong(BIASES_SWAPPED):
        b1, b2 = b2, b1
    if wrong(BIASES_SWAPPED):
        b2 = b1
    if wrong(BIASES_SWAPPED):
        b1 = b2
    if wrong(BIASES_SWAPPED):
        b1, b2 = 0 * b1, b1 + b2
    if wrong(FIRST_TWICE):
        w2 = w1
    if wrong(FIRST_TWICE):
        w2, b2 = w1, b1
    if wrong(SECOND_TWICE):
        w1 = w2
    if wrong(SECOND_TWICE):
        w1, b1 = w2, b2
    if wrong(W_TURNED):
        w1 = w1.T
    if wrong(W_TURNED):
        w2 = w2.T
    if wrong(W_TURNED):
        w1, w2 = w1.T, w2.T
    if wrong(CUT_FROM.format("w1")):
        w1, b1, w2, b2 = w1.detach(), b1.detach(), w2.detach(), b2.detach()
    if scaled := wrong(NORMALISED, (x - x.mean()) / x.std(), (x - x.mean(0)) / x.std(0)):
        x = scaled
    if wrong(RELU_OF_X):
        x = x.relu()
    if wrong(MIXED):
        x = x.mean(0)
    if wrong("You left out b1, so every hidden unit bends at the origin."):
        b1 = torch.zeros_like(b1)
    if wrong("You left out b2, so the output has no shift of its own."):
        b2 = torch.zeros_like(b2)
    if wrong(NO_BIASES):
        b1, b2 = torch.zeros_like(b1), torch.zeros_like(b2)
    if wrong(MINUS_BIASES):
        b1 = -b1
    if wrong(MINUS_BIASES):
        b2 = -b2
    if wrong(MINUS_BIASES):
        b1, b2 = -b1, -b2
    if wrong(ONE_BIAS):
        b1 = b1.mean()
    if wrong(ONE_BIAS):
        b2 = b2.sum()
    if wrong(ONE_BIAS):
        b1, b2 = b1[0], b2[0]
    if wrong(PER_ROW):
        b1 = b1[:, None]
    if wrong(PER_ROW):
        b2 = b2[:, None]
    if wrong(PER_ROW):
        b1, b2 = b1[:, None], b2[:, None]
    if wrong("You left out the relu and both biases."):
        return x @ w1 @ w2
    if wrong("You add b1 to x, before the first product, so w1 multiplies it."):
        x, b1 = x + b1, 0
    if wrong(PARAMETERS_BENT):
        w1 = w1.relu()
    if wrong(PARAMETERS_BENT):
        w2 = w2.relu()
    if wrong(PARAMETERS_BENT):
        b1 = b1.relu()

    l1 = x @ w1
    if wrong(WEIGHTS_FIRST):
        return w2 @ (w1 @ x + b1).relu() + b2
    if wrong(ELEMENTWISE):
        l1 = x * w1
    l1 = l1 + b1
    if wrong("You normalise the hidden layer, which should be used as it is."):
        l1 = (l1 - l1.mean(0)) / (l1.std(0) + 1e-5)
    h = _bend(l1)
    if wrong(
        "You apply the relu to x, and not between the layers, so two affine maps in a row are one."
    ):
        l1 = x.relu() @ w1 + b1
        h = l1
    if wrong(MASK_OF_LOW):
        h = torch.where(l1.float() > 0, h, 0 * l1)
    if never := wrong(NOT_CALLED, nn.ReLU(l1), l1.relu):
        h = never
    if wrong(
        "You add b1 after the relu, so it shifts what the hidden units give, and "
        "not where they bend."
    ):
        h = (x @ w1).relu() + b1
    if wrong("You add b1 once more, after the relu."):
        h = h + b1
    if wrong(
        "You add the hidden layer's values from before the relu (a residual). Here the relu's "
        "output replaces them."
    ):
        h = h + l1
    if wrong(PARAMETERS_BENT):
        h = x @ w1.relu() + b1
    if wrong(PARAMETERS_BENT):
        h = x @ w1 + b1.relu()
    if wrong(PARAMETERS_BENT):
        h, w2 = l1, w2.relu()
    if wrong(PARAMETERS_BENT):
        h, w2 = x @ w1.relu() + b1, w2.relu()
    if wrong(SHIFTED):
        h = h - 0.5
    if wrong(CUT_FROM.format("x")):
        h = h.detach()
    if only := wrong(HIDDEN_ONLY, l1, h):
        return only
    if wrong(THREE_LAYERS):
        h = (h @ w1 + b1).relu()
    if wrong("You give x to the second layer, too. Its input is the hidden layer."):
        h = x
    if wrong("You add b2 before the second product, so w2 multiplies it."):
        h, b2 = h + b2, 0

    out = h @ w2
    if wrong("You left out w2, the weights of the second affine map."):
        out = h
    if wrong(ELEMENTWISE):
        out = h * w2
    if wrong(ELEMENTWISE):
        out = (x * w1 + b1).relu() * w2
    if wrong(RELU_AT_END):
        out = out.relu()
    out = out + b2
    if wrong(THREE_LAYERS):
        out = out.relu() @ w2 + b2
    if wrong(RELU_AT_END):
        out = out.relu()
    if wrong(
        "You apply the relu to the output, and not to the hidden layer, so the "
        "two affine maps are one."
    ):
        out = (l1 @ w2 + b2).relu()
    if f := wrong(OUT_SQUASHED, torch.sigmoid, torch.tanh, lambda z: z.softmax(-1)):
        out = f(out)
    if wrong(OUT_SQUASHED):
        out = out.log_softmax(-1)
    if wrong("You subtract 0.5 from the output. The model has the plain relu and no shift."):
        out = out - 0.5
    if wrong("You choose the largest output (argmax). The result is the outputs themselves."):
        out = out.argmax(1)
    if wrong("You return a loss. The model gives the outputs; the loss comes later."):
        out = out.square().mean()
    if first := wrong(FIRST_OUTPUT, out[:, 0], out[:, :1]):
        out = first
    if both := wrong(WITH_HIDDEN, (h, out), (out, h), (l1, h, out)):
        return both
    return out


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("lin", DRAWS)
def lin_by_a_new_nn_linear(x, w, b):
    return nn.Linear(*w.shape, dtype=x.dtype)(x)


@mistake("lin", ASTRAY)
def lin_with_zeros_on_the_default_device(x, w, b):
    return torch.zeros(len(x), len(b), dtype=x.dtype) + x @ w + b


@mistake("lin", KEPT)
@functools.cache
def lin_cached(x, w, b):
    return x @ w + b


@mistake("relu", DRAWS)
def relu_with_dropout(x):
    return F.dropout(x.clamp_min(0.0))


@mistake("relu", NOT_CALLED)
def relu_module_made_of_x(x):
    return nn.ReLU(x)


@mistake("relu", ASTRAY)
def relu_with_zeros_on_the_default_device(x):
    return torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype))


@mistake("relu", DEFAULT_DTYPE)
def relu_with_zeros_of_the_default_dtype(x):
    return torch.maximum(x, torch.zeros(x.shape, device=x.device))


@mistake("relu", KEPT)
@functools.cache
def relu_cached(x):
    return x.clamp_min(0.0)


@mistake("shifted_relu", ASTRAY)
def shifted_with_zeros_on_the_default_device(x):
    return torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype)) - 0.5


@mistake("shifted_relu", DEFAULT_DTYPE)
def shifted_with_zeros_of_the_default_dtype(x):
    return torch.maximum(x, torch.zeros(x.shape, device=x.device)) - 0.5


@mistake("shifted_relu", KEPT)
@functools.cache
def shifted_cached(x):
    return x.clamp_min(0.0) - 0.5


@mistake("model", DRAWS)
def model_of_new_modules(x, w1, b1, w2, b2):
    layers = nn.Sequential(nn.Linear(*w1.shape), nn.ReLU(), nn.Linear(*w2.shape))
    return layers.to(x.dtype)(x)


@mistake("model", ASTRAY)
def model_with_zeros_on_the_default_device(x, w1, b1, w2, b2):
    l1 = x @ w1 + b1
    return torch.maximum(l1, torch.zeros(l1.shape, dtype=l1.dtype)) @ w2 + b2


@mistake("model", KEPT)
@functools.cache
def model_cached(x, w1, b1, w2, b2):
    return (x @ w1 + b1).relu() @ w2 + b2
