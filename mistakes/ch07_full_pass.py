"""Chapter 7, right, and at each step how it goes wrong."""

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, NUMPY
from kata.checks.gradients import AUTOGRAD, RETURNS_MORE
from kata.diagnosis.habits import LEFT_ALONE
from kata.diagnosis.told import mistake, probes, told, wrong

# the forward pass
TARGETS_SCALED = "You change the targets first (centre or scale them)."
NORMALISED = "You normalise inp first. The net takes it as it is."
NO_BIASES = "Your forward pass leaves out the biases."
NO_RELU_FORWARD = "Your forward pass has no relu, yet your backward pass has its mask."
SHIFTED = "You use the shifted relu. This net has the plain one."
LEAKY = "You use a leaky relu. This net has the plain one."
OTHER_BEND = "You use another bend than relu (sigmoid, tanh, abs)."
RELU_AT_END = "You apply a relu to the outputs, too. Nothing bends after the last affine map."

# the loss
LOSS_BROADCAST = (
    "Your loss compares each output with all n targets: out [n, 1] minus targ [n] broadcasts to "
    "[n, n]."
)
LOSS_SUM = "Your loss is the sum of the squares, and not their mean."
LOSS_HALF = "Your loss is half the mean square."
LOSS_ERRORS = "You return the squares, one for each row. The loss is their mean, one number."
RETURNS_AXIS = "Your loss has an axis. It is one number, a tensor without axes."
RETURNS_OUT = "You return the net's outputs, and not the loss."

# dL/dout
NO_TWO = "Your backward pass starts without the factor 2 of the square."
NO_N = "Your backward pass starts without the 1/n of the mean."
PLAIN = "Your backward pass starts from the plain error, without the 2 and the 1/n."
N_TWICE = "You divide by n twice: in dL/dout, and again for the rows. The loss has one 1/n."
D_BROADCAST = (
    "Your dL/dout compares each output with all n targets: [n, 1] minus [n] broadcasts to [n, n]."
)
D_FLAT = (
    "Your dL/dout has shape [n], as the targets have. A gradient has the shape of what it "
    "belongs to, and out is [n, 1]."
)
D_ONES = "Your backward pass starts from ones. It starts from the derivative of the loss."
D_LOSS = "Your backward pass starts from the loss or its squares, and not from its derivative."
D_ABS = "You lose the sign or the size of the errors in dL/dout."
NOT_YET = (
    "You call lin_grad before its output has a gradient: out.grad is still None. The backward pass "
    "goes from the loss to the first layer."
)

# the second layer
W2_NO_INPUT = "You leave l2 out of w2.grad, although out grows with w2 as fast as l2 says."
W2_FIT = "Your product for w2.grad doesn't fit: the axes on which its factors meet differ."
B2_UNSUMMED = "You leave the batch axis in b2.grad, although all rows share b2."
B2_SHAPE = "Your b2.grad has another number of axes than b2, [1]."
THROUGH_GRAD = (
    "You send the gradient back through a weight's .grad, but the values did not come through it."
)
OTHER_WEIGHTS = "You go back through one layer with the other layer's weights."
SWAPPED = "You set each layer's gradients on the other layer's parameters."

# the relu
MASK_NONE = (
    "Your backward pass forgets the relu. Where l1 <= 0 its output doesn't move, so nothing goes "
    "back there."
)
MASK_KINK = "Where the relu saw exactly 0 you let the gradient through, where torch.relu has 0."
MASK_INVERTED = "Your mask is the wrong way round: it keeps what the relu set to zero."
MASK_GRADIENT = (
    "You apply relu to the gradient. Its sign doesn't say on which side of the bend the "
    "hidden units were."
)
MASK_VALUE = "You multiply by l2 or a sign of l1. The derivative of a relu is 1 or 0."
MASK_OTHER = "Your mask comes from another tensor, or bends elsewhere. The relu saw l1, and 0."
RELU_NOT_YET = (
    "You call relu_grad where its output has no gradient yet: it is still None. It comes after the "
    "second layer, and l1 is its input."
)

# the first layer
B1_UNMASKED = "You sum dL/dl2 for b1.grad, but b1 is added before the relu."
W1_UNMASKED = "You use dL/dl2 for the first layer, but the relu comes between them."
B1_TOTAL = "You sum over both axes for b1.grad. Each hidden unit has a bias of its own."
B1_UNSUMMED = "You leave the batch axis in b1.grad, although all rows share b1."
B_ONE_ROW = "Only one row goes into the biases' gradients. Each row adds its share."
INP_SUMMED = "You add up or average over the rows for inp.grad. Each row has a gradient of its own."
MEAN = "You take a mean over the rows for {}. The rows add up, and the 1/n already sits in dL/dout."
FLIPPED = "Your {} is transposed. A gradient has the shape of what it belongs to."


@probes("forward_and_backward")
def full_pass_probes(draw):
    yield net(draw, 5, 4, 3)
    yield net(draw, 1, 4, 3)
    yield net(draw, 1, 2, 5)
    yield net(draw, 3, 3, 3)
    yield net(draw, 4, 1, 1)
    yield net(draw, 2, 3, 5)
    # whole numbers: zeros before the relu
    yield tuple(t.round() for t in net(draw, 6, 3, 4))
    yield tuple(t if i == 1 else draw.with_grad(t) for i, t in enumerate(net(draw, 5, 4, 3)))
    yield tuple(t if i == 1 else t.requires_grad_() for i, t in enumerate(net(draw, 3, 2, 4)))


def net(draw, n, m, nh):
    return draw(n, m), draw(n), draw(m, nh), draw(nh), draw(nh, 1), draw(1)


@told
def forward_and_backward(inp, targ, w1, b1, w2, b2):
    n, x, t = len(targ), inp, targ.unsqueeze(-1)
    if scale := wrong(TARGETS_SCALED, 1, targ.std()):
        t = (t - targ.mean()) / scale
    if wrong(NORMALISED):
        x = x - x.mean()
    if wrong(NORMALISED):
        x = (x - x.mean()) / x.std()

    l1 = x @ w1 + b1
    if wrong("Your forward pass leaves out the bias b1."):
        l1 = x @ w1
    l2, slope = l1.clamp_min(0), l1 > 0
    if wrong("Your net has no relu between its two affine maps. Without a bend they are one."):
        l2, slope = l1, 1
    if wrong(NO_RELU_FORWARD):
        l2 = l1
    if wrong(SHIFTED):
        l2 = l2 - 0.5
    if wrong(SHIFTED):
        l2, slope = l2 - 0.5, l2 > 0.5
    if wrong(LEAKY):
        l2 = F.leaky_relu(l1)
    if c := wrong(LEAKY, 0.01, 0.1):
        l2, slope = F.leaky_relu(l1, c), torch.where(l1 > 0, 1.0, c).to(l1.dtype)
    if wrong(OTHER_BEND):
        l2, slope = l1.sigmoid(), l1.sigmoid() * (1 - l1.sigmoid())
    if wrong(OTHER_BEND):
        l2, slope = l1.tanh(), 1 - l1.tanh() ** 2
    if wrong(OTHER_BEND):
        l2, slope = l1.abs(), l1.sign()
    out, end = l2 @ w2 + b2, 1
    if wrong("Your forward pass leaves out the bias b2."):
        out = l2 @ w2
    if wrong(NO_BIASES):
        l1 = x @ w1
        l2, slope = l1.relu(), l1 > 0
        out = l2 @ w2
    if wrong(RELU_AT_END):
        out = out.relu()
    if wrong(RELU_AT_END):
        out, end = out.relu(), out > 0

    error, mean = out - t, n
    if wrong(LOSS_SUM):
        mean = 1
    loss = error.square().sum() / mean
    if wrong(LOSS_SUM):
        loss = error.square().sum()
    if wrong("Your loss is the mean absolute error, and not the mean of the squares."):
        loss = error.abs().mean()
    if wrong(LOSS_BROADCAST):
        loss = (out - targ).square().mean()
    if wrong(LOSS_BROADCAST):
        loss = (out - targ).square().sum() / n
    if wrong(LOSS_ERRORS):
        loss = error.square().squeeze(-1)
    if wrong("Your loss is the root of the mean square."):
        loss = loss.sqrt()
    if wrong(LOSS_HALF):
        loss = loss / 2

    two, n_back = 2, mean
    if wrong(NO_TWO):
        two = 1
    if wrong("You count the factor 2 of the square twice."):
        two = 4
    if wrong(NO_N):
        n_back = 1
    if wrong(PLAIN):
        two, n_back = 1, 1
    if wrong(N_TWICE):
        n_back = n**2
    d_out = two * error / n_back * end
    if wrong(LOSS_HALF):
        loss, d_out = loss / 2, d_out / 2
    if wrong("The sign of your gradients is flipped: they say that the loss falls where it rises."):
        d_out = -d_out
    if wrong("The sign of your gradients is flipped: they say that the loss falls where it rises."):
        d_out = -error
    if against := wrong(D_BROADCAST, targ, targ.mean()):
        d_out = 2 * (out - against) / n
    if wrong(D_BROADCAST):
        d_out = (2 * (out - targ) / n).sum(1, keepdim=True)
    if wrong(D_FLAT):
        d_out = d_out.squeeze(-1)
    if share := wrong(D_ONES, 1, 1 / n, 2 / n):
        d_out = torch.full_like(out, share)
    if wrong(D_LOSS):
        d_out = loss * torch.ones_like(out)
    if wrong(D_LOSS):
        d_out = error.square() / n
    if wrong(D_ABS):
        d_out = d_out.abs()
    if wrong(D_ABS):
        d_out = error.sign() / n
    if never := wrong(NOT_YET, torch.einsum("no,mo->nm", None, w2), None @ w2.t(), l2.t() @ None):
        d_out = never

    if wrong("You give w2 and b2 to the first layer's lin_grad, and w1 and b1 to the second's."):
        w1, b1, w2, b2 = w2, b2, w1, b1
    d_w2, d_b2 = l2.t() @ d_out, d_out.sum(0)
    if wrong("You use l1 for w2.grad, which the second layer never saw: the relu comes between."):
        d_w2 = l1.t() @ d_out
    if wrong(W2_NO_INPUT):
        d_w2 = d_out.sum(0).expand_as(w2)
    if wrong(W2_FIT):
        d_w2 = l2 @ d_out
    if wrong(MEAN.format("w2.grad")):
        d_w2 = d_w2 / n
    if wrong(FLIPPED.format("w2.grad")):
        d_w2 = d_w2.t()
    if wrong(MEAN.format("b2.grad")):
        d_b2 = d_out.mean(0)
    if unsummed := wrong(B2_UNSUMMED, d_out, d_out.squeeze(-1)):
        d_b2 = unsummed
    if shaped := wrong(B2_SHAPE, d_out.sum(), d_out.sum(0, keepdim=True)):
        d_b2 = shaped

    d_l2 = d_out @ w2.t()
    if wrong("You multiply by w2 as it is for dL/dl2, as if the gradient went forward."):
        d_l2 = d_out @ w2
    if wrong(THROUGH_GRAD):
        d_l2 = d_out @ d_w2.t()
    if wrong("You skip the second layer: dL/dout comes to l1 through w2 and the mask."):
        d_l2 = d_out.expand_as(l2)
    if wrong(RELU_NOT_YET):
        d_l2 = None

    if wrong(MASK_NONE):
        slope = 1
    if zero := wrong(MASK_KINK, 1, 0.5):
        slope = (l1 > 0) + zero * (l1 == 0)
    if low := wrong(MASK_INVERTED, l1 < 0, l1 <= 0):
        slope = low
    if value := wrong(MASK_VALUE, l2, l1.sign()):
        slope = value
    if other := wrong(MASK_OTHER, l1 > 0.5, out > 0, x @ w1 > 0):
        slope = other
    if wrong(MASK_GRADIENT):
        d_l2 = d_l2.relu()
    d_l1 = slope * d_l2
    if wrong(MASK_GRADIENT):
        d_l1 = d_l2.relu()
    if wrong(
        "You leave the upstream gradient out at the relu, so nothing of the "
        "second layer comes back."
    ):
        d_l1 = slope.to(inp.dtype)

    if wrong(OTHER_WEIGHTS):
        w1 = w2
    g_w, g_b = d_l1, d_l1
    if wrong(W1_UNMASKED):
        g_w, g_b = d_l2, d_l2
    if wrong(W1_UNMASKED):
        g_w = d_l2
    if wrong(B1_UNMASKED):
        g_b = d_l2
    d_w1, d_b1 = x.t() @ g_w, g_b.sum(0)
    if wrong("Your product for w1.grad doesn't fit: the axes on which its factors meet differ."):
        d_w1 = x @ g_w
    if wrong(MEAN.format("w1.grad")):
        d_w1 = d_w1 / n
    if wrong(FLIPPED.format("w1.grad")):
        d_w1 = d_w1.t()
    if wrong(MEAN.format("b1.grad")):
        d_b1 = d_l1.mean(0)
    if unsummed := wrong(B1_UNSUMMED, d_l1, d_l1.sum(0, keepdim=True)):
        d_b1 = unsummed
    if total := wrong(B1_TOTAL, d_l1.sum(), d_l1.sum().expand_as(b1)):
        d_b1 = total
    if row := wrong(B_ONE_ROW, 0, -1):
        d_b1, d_b2 = d_l1[row], d_out[row]
    if wrong(MEAN.format("the biases")):
        d_b1, d_b2 = d_b1 / n, d_b2 / n
    if wrong(MEAN.format("the weights")):
        d_w1, d_w2 = d_w1 / n, d_w2 / n
    if wrong(N_TWICE):
        d_w1, d_b1, d_w2, d_b2 = d_w1 / n, d_b1 / n, d_w2 / n, d_b2 / n

    d_inp = d_l1 @ w1.t()
    if wrong("Your inp.grad comes from dL/dl2, as if there were no relu between."):
        d_inp = d_l2 @ w1.t()
    if wrong("You multiply by w1 as it is for inp.grad, as if the gradient went forward."):
        d_inp = d_l1 @ w1
    if wrong(THROUGH_GRAD):
        d_inp = d_l1 @ d_w1.t()
    if wrong("You set inp.grad to the gradient of l1. One layer lies between them."):
        d_inp = d_l1
    if summed := wrong(INP_SUMMED, d_inp.sum(0), d_inp.sum(0).expand_as(inp)):
        d_inp = summed
    if wrong(MEAN.format("inp.grad")):
        d_inp = d_inp / n

    if wrong(SWAPPED):
        d_w1, d_w2 = d_w2, d_w1
    if wrong(SWAPPED):
        d_b1, d_b2 = d_b2, d_b1
    if wrong("You run the net forward and set no gradient."):
        return loss
    if wrong(RETURNS_MORE):
        return d_inp, d_w1, d_b1, d_w2, d_b2
    w2.grad, b2.grad = d_w2, d_b2
    if wrong("You stop after the second layer, before the relu and the first."):
        return loss
    w1.grad, b1.grad, inp.grad = d_w1, d_b1, d_inp
    if wrong(LEFT_ALONE.format("inp")):
        inp.grad = None
    if more := wrong(RETURNS_MORE, (loss, out), (out, loss), (loss, d_inp, d_w1, d_b1, d_w2, d_b2)):
        return more
    if grads := wrong(RETURNS_MORE, (loss, d_w1, d_b1, d_w2, d_b2)):
        return grads
    if wrong(RETURNS_MORE):
        return inp.grad, w1.grad, b1.grad, w2.grad, b2.grad
    if outputs := wrong(RETURNS_OUT, out, out.squeeze(-1)):
        return outputs
    if shape := wrong(RETURNS_AXIS, (1,), (1, 1)):
        return loss.reshape(shape)
    return loss


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("forward_and_backward", AUTOGRAD)
def by_backward(inp, targ, w1, b1, w2, b2):
    leaves = [t.detach().clone().requires_grad_() for t in (inp, w1, b1, w2, b2)]
    x, *parameters = leaves
    loss = _loss(x, targ, *parameters)
    loss.backward()
    for tensor, leaf in zip((inp, w1, b1, w2, b2), leaves, strict=True):
        tensor.grad = leaf.grad
    return loss


@mistake("forward_and_backward", AUTOGRAD)
def by_backward_of_arguments(*args):
    loss = _loss(*args)
    loss.backward()
    return loss


def _loss(inp, targ, w1, b1, w2, b2):
    return F.mse_loss((torch.relu(inp @ w1 + b1) @ w2 + b2)[:, 0], targ)


@mistake("forward_and_backward", ASTRAY)
def loss_on_the_cpu(inp, targ, *parameters):
    loss = forward_and_backward(inp, targ, *parameters)
    return loss + torch.zeros(len(targ), dtype=targ.dtype) @ targ


@mistake("forward_and_backward", NUMPY)
def loss_by_numpy(*args):
    return torch.from_numpy(forward_and_backward(*args).numpy().reshape(1))[0]
