"""Chapter 10, right, and at each step how it goes wrong.

Longer than other files: six classes, each with a forward and a backward pass of its own.
"""

# ruff: noqa: D101 - a recorded class has its sentence beside it

import math

import torch
import torch.nn.functional as F
from torch import nn

from backprop import full_pass
from backprop.dialogues.layers import NO_LINKS
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, CUT, DEFAULT_DTYPE
from kata.checks.gradients import ADDS, AUTOGRAD, NAMED_G, RETURNED
from kata.checks.large import PART
from kata.diagnosis.habits import FIXED, NUMBER, READS_G
from kata.diagnosis.observe import Via
from kata.diagnosis.told import mistake, probes, told, wrong
from mistakes.ch06_backward import INP_RESHAPED, W_RESHAPED

# --- what layers have in common -------------------------------------------------------------------

ON_CLASS = (
    "You keep what a call saw on the class (or in a global), so all objects of that class share it."
)
FIRST_CALL = (
    "You keep what the first call saw. A layer is called again and again, and backward belongs to "
    "the last call."
)
FIFO = (
    "Your backward takes the oldest call that has had none yet (a queue). It belongs to the last "
    "call, whatever calls came before."
)
NO_GRAD = (
    "No gradient arrives on the tensors that the layer was called on: your backward leaves it out, "
    "or the layer keeps copies (clone, detach) and sets it on these."
)
NOT_RETURNED = "Your __call__ returns nothing, so there is nothing to go on with."
COPY_OUT = (
    "You keep the output, but return a copy of it (or the other way round). The upstream gradient "
    "is left on the tensor that you return, so the one that you keep has none."
)
ONE_BUFFER = (
    "You write every output into the same tensor, so a later call overwrites what an earlier one "
    "returned."
)
TAKES_NOTHING = (
    "Your backward takes an argument, and is called without one: the layer itself keeps what its "
    "last call saw and returned."
)
ONES = (
    "You start from ones, as if the upstream gradient were 1, so what comes after the layer "
    "has no part in it."
)
KEPT_TERM = "You compute a term of the gradient at the first call and keep it for all later ones."


@told
def _remember(layer, out, *args):
    if wrong(NO_GRAD):
        args = [arg.clone() for arg in args]
    if wrong(ON_CLASS):
        type(layer).calls = [(out, *args)]
        return out
    layer.calls = [*vars(layer).get("calls", ()), (out, *args)]
    if wrong(NOT_RETURNED):
        return None
    return out


@told
def _recall(layer):
    if wrong(FIRST_CALL):
        return layer.calls[0]
    if wrong(FIRST_CALL):
        return layer.calls[-1][0], *layer.calls[0][1:]
    if wrong(FIFO):
        return layer.calls.pop(0)
    return layer.calls[-1]


def _into_one_buffer(layer, out):
    before = layer.calls[-1][0] if "calls" in vars(layer) else out
    return before.copy_(out) if before.shape == out.shape else out


def _more(grad, before):
    return grad if before is None else grad + before


# --- Relu -----------------------------------------------------------------------------------------


@probes("Relu")
def relu_probes(draw):
    for shape in [(3, 4), (1, 5)]:
        yield Via((0, draw(*shape), draw(*shape)), "layers.there_and_back")
    yield Via((0, draw(4, 5), draw(4, 5).round()), "layers.there_and_back")
    yield Via((0, *(draw(3, 4) for _ in range(4))), "layers.again")
    yield Via((0, draw(3, 4), draw(3, 4)), "layers.two_calls")
    yield Via((0, draw(3, 4).abs(), draw(3, 4)), "layers.two_calls")
    yield Via((0, *(draw(3, 4) for _ in range(4))), "layers.side_by_side")


@told
class Relu:
    def __call__(self, inp):
        self.low = 0
        if c := wrong("That is a leaky relu. This one lets nothing negative pass.", 0.01, 0.1):
            self.low = c
        out = torch.where(inp > 0, inp, self.low * inp)
        if wrong("You subtract 0.5, as the notes' relu does. This one is never negative."):
            out = out - 0.5
        if wrong("Your forward pass bends nothing: it returns the input as it came."):
            out = inp.clone()
        if wrong(IN_PLACE):
            out = inp.clamp_(min=0)
        if wrong(
            "Where nothing is negative you return inp itself. Its .grad and that of the output "
            "are then the same, and the next layer's gradient is lost."
        ) and bool((inp >= 0).all()):
            out = inp
        if wrong(ONE_BUFFER):
            out = _into_one_buffer(self, out)
        out = _remember(self, out, inp)
        if wrong(COPY_OUT):
            out = out.clone()
        return out

    def backward(self):
        out, inp = _recall(self)
        g = out.grad
        if wrong(READS_G):
            g = out.g
        if wrong(ONES):
            g = torch.ones_like(out)
        mask = torch.where(inp > 0, 1.0, self.low).to(inp.dtype)
        if wrong("Your mask lets the gradient through at exactly 0 (>=), where torch.relu has 0."):
            mask = (inp >= 0).to(inp.dtype)
        if wrong("Your backward has no mask. Where inp is negative its output doesn't move."):
            mask = 1
        if values := wrong("You multiply by the values. The slope of a relu is 1 or 0.", out, inp):
            mask = values
        if wrong("You multiply by the sign of inp. Where it is negative the slope is 0, not -1."):
            mask = inp.sign()
        if wrong(
            "Your mask is the wrong way round: the gradient goes through where the "
            "output doesn't move."
        ):
            mask = (inp <= 0).to(inp.dtype)
        if wrong("You make the mask at the first call and keep it. Each input has its own."):
            mask = vars(self).setdefault("mask", mask)
        if wrong("You drop negative upstream gradients as well, but a gradient may have any sign."):
            g = g.clamp_min(0)
        d_inp = mask * g
        if wrong(
            "You take the mask from the upstream gradient, which doesn't say on which "
            "side of the bend inp was."
        ):
            d_inp = out.grad.clamp_min(0)
        if never := wrong(COPY_OUT, None * mask, torch.where(inp > 0, None, 0)):
            d_inp = never
        if wrong("The sign of your gradient is flipped."):
            d_inp = -d_inp
        if wrong(FIXED.format("float32")):
            d_inp = d_inp.float()
        if wrong(ADDS):
            d_inp = _more(d_inp, inp.grad)
        if wrong(RETURNED):
            return d_inp
        if wrong(NAMED_G):
            inp.g = d_inp
            return None
        if wrong(NO_GRAD):
            return None
        inp.grad = d_inp
        return None


@mistake("Relu", TAKES_NOTHING)
class ReluBackwardTakesOut(Relu):
    def backward(self, out):
        super().backward()


@mistake("Relu", "You take the input in __init__. A layer is made once, then called on inputs.")
class ReluInputInInit(Relu):
    def __init__(self, inp):
        self.inp = inp


@mistake("Relu", AUTOGRAD)
class ReluAutograd(Relu):
    def backward(self):
        out, inp = self.calls[-1]
        leaf = inp.detach().clone().requires_grad_()
        (inp.grad,) = torch.autograd.grad((torch.relu(leaf) * out.grad).sum(), leaf)


@mistake("Relu", ASTRAY)
class ReluAstray(Relu):
    def backward(self):
        super().backward()
        _, inp = self.calls[-1]
        inp.grad = inp.grad + torch.zeros(inp.shape, dtype=inp.dtype)


# --- Lin ------------------------------------------------------------------------------------------

OUT_FOR_ITS_GRAD = "You make {} from the output itself, and not from its gradient."
MEANS = "Your {} is a mean over the rows. Each row adds its share, and the loss has the 1/n."
UNSET = "You never set {}."
B_ONE_ROW = "Your b.grad is one row's share alone, although b is added to every row."
B_TOTAL = "Your b.grad sums over both axes. Each output k has a bias of its own."
W_COPIES = (
    "You keep copies of w and b (clone, nn.Parameter), and set the gradients on these. Whoever "
    "made the layer looks for them on the very tensors."
)


def affine(draw, n, m, o):
    """An upstream gradient, w, b and an input."""
    return draw(n, o), draw(m, o), draw(o), draw(n, m)


@probes("Lin")
def lin_probes(draw):
    for n, m, o in [(5, 4, 3), (1, 3, 2), (3, 3, 3)]:
        upstream, *tensors = affine(draw, n, m, o)
        yield Via((2, upstream, *tensors), "layers.there_and_back")
    yield Via((2, draw(5, 3), *affine(draw, 5, 4, 3), draw(5, 4)), "layers.again")
    yield Via((2, *affine(draw, 5, 4, 3)[1:], draw(5, 4)), "layers.two_calls")
    (upstream, *one), (second, *two) = affine(draw, 5, 4, 3), affine(draw, 5, 4, 3)
    yield Via((2, upstream, second, *one, *two), "layers.side_by_side")


@told
class Lin:
    def __init__(self, w, b):
        if wrong(W_COPIES):
            w, b = w.clone(), b.clone()
        if wrong("You keep w and b on the class, so all layers share them."):
            type(self).w, type(self).b = w, b
            return
        self.w, self.b = w, b

    def __call__(self, inp):
        out = inp @ self.w
        if wrong("You multiply by w transposed, as torch stores it, [out, in]. Here w is [m, o]."):
            out = inp @ self.w.t()
        if wrong("You leave out the bias in the forward pass."):
            out = out - self.b
        out = out + self.b
        if wrong(ONE_BUFFER):
            out = _into_one_buffer(self, out)
        out = _remember(self, out, inp)
        if wrong(COPY_OUT):
            out = out.clone()
        return out

    def backward(self):
        out, inp = _recall(self)
        w, b, g, n = self.w, self.b, out.grad, len(inp)
        if wrong(READS_G):
            g = out.g
        if wrong(ONES):
            g = torch.ones_like(out)
        if never := wrong(COPY_OUT, inp.t() @ None, None.sum(0)):
            g = never
        d_inp, d_w, d_b = g @ w.t(), inp.t() @ g, g.sum(0)

        if wrong("You multiply by w as it is for inp.grad, as if the gradient went forward."):
            d_inp = g @ w
        if wrong(INP_RESHAPED):
            d_inp = g @ w.reshape(len(b), len(w))
        if wrong(OUT_FOR_ITS_GRAD.format("inp.grad")):
            d_inp = out @ w.t()
        if wrong(
            "You multiply by inp as it is for w.grad, so the axes on which the two meet differ."
        ):
            d_w = inp @ g
        if wrong("Your w.grad is transposed. A gradient has the shape of what it belongs to."):
            d_w = d_w.t()
        if wrong(W_RESHAPED):
            d_w = d_w.t().reshape(w.shape)
        if wrong(OUT_FOR_ITS_GRAD.format("w.grad")):
            d_w = inp.t() @ out
        if wrong("You sum inp and the upstream over the rows before they meet in w.grad."):
            d_w = torch.outer(inp.sum(0), g.sum(0))
        if wrong(MEANS.format("b.grad")):
            d_b = g.mean(0)
        if wrong("You leave the rows in b.grad, although all of them share b."):
            d_b = g
        if wrong(OUT_FOR_ITS_GRAD.format("b.grad")):
            d_b = out.sum(0)
        if row := wrong(B_ONE_ROW, 0, -1):
            d_b = g[row].clone()
        if total := wrong(B_TOTAL, g.sum(), g.sum().expand_as(b)):
            d_b = total
        if wrong("Your b.grad keeps the summed axis (keepdim). b is [o], and so is its gradient."):
            d_b = g.sum(0, keepdim=True)
        if wrong("Your b.grad sums over the outputs, each of which has a bias of its own."):
            d_b = g.sum(1)
        if wrong(MEANS.format("w.grad")):
            d_w = d_w / n
        if wrong("Your three gradients are divided by n. The 1/n is in the loss, once."):
            d_inp, d_w, d_b = d_inp / n, d_w / n, d_b / n
        if wrong("The sign of your gradients is flipped."):
            d_inp, d_w, d_b = -d_inp, -d_w, -d_b
        if wrong(ADDS):
            d_w, d_b = _more(d_w, w.grad), _more(d_b, b.grad)
        if wrong(ADDS):
            d_inp = _more(d_inp, inp.grad)
        if wrong(ADDS):
            d_inp = _more(d_inp, inp.grad)
            d_w, d_b = _more(d_w, w.grad), _more(d_b, b.grad)
        if wrong(ADDS):
            d_w = _more(d_w, w.grad)
        if wrong(ADDS):
            d_b = _more(d_b, b.grad)
        if wrong(RETURNED):
            return d_inp, d_w, d_b
        if wrong(NAMED_G):
            inp.g, w.g, b.g = d_inp, d_w, d_b
            return None
        inp.grad, w.grad, b.grad = d_inp, d_w, d_b
        if wrong(NO_GRAD):
            inp.grad = None
        if wrong(UNSET.format("w.grad")):
            w.grad = None
        if wrong(UNSET.format("b.grad")):
            b.grad = None
        return None


@mistake("Lin", TAKES_NOTHING)
class LinBackwardTakesOut(Lin):
    def backward(self, out):
        super().backward()


@mistake("Lin", AUTOGRAD)
class LinAutograd(Lin):
    def backward(self):
        out, inp = self.calls[-1]
        leaves = [t.detach().clone().requires_grad_() for t in (inp, self.w, self.b)]
        made = leaves[0] @ leaves[1] + leaves[2]
        grads = torch.autograd.grad((made * out.grad).sum(), leaves)
        inp.grad, self.w.grad, self.b.grad = grads


@mistake("Lin", ASTRAY)
class LinAstray(Lin):
    def backward(self):
        super().backward()
        out, inp = self.calls[-1]
        self.b.grad = torch.ones(len(inp), dtype=inp.dtype) @ out.grad


# --- Mse ------------------------------------------------------------------------------------------

MSE_BROADCAST = (
    "You subtract targ [n] from inp [n, 1] as they come. Broadcasting makes [n, n] of them: every "
    "output minus every target."
)
BESSEL = "You divide by n - 1, as for an unbiased variance. A mean divides by n."


@probes("Mse")
def mse_probes(draw):
    for n in (5, 1, 4):
        yield Via((0, None, draw(n, 1), draw(n)), "layers.there_and_back")
    for dialogue in ("layers.again", "layers.side_by_side"):
        yield Via((0, None, None, draw(5, 1), draw(5), draw(5, 1), draw(5)), dialogue)
    yield Via((0, None, None, draw(6, 1), draw(6), draw(3, 1), draw(3)), "layers.again")


@told
class Mse:
    def __call__(self, inp, targ):
        error, n = inp[:, 0] - targ, len(targ)
        if wrong("Your loss is the sum of the squares, and not their mean."):
            n = 1
        if fewer := wrong(BESSEL, n - 1, n - 1 or 1):
            n = fewer
        loss = error.square().sum() / n
        if wrong(MSE_BROADCAST):
            loss = (inp - targ).square().mean()
        if wrong("You square the mean error, so errors of opposite sign cancel."):
            loss = error.mean().square()
        if wrong("Your loss is the mean absolute error, and not the mean of the squares."):
            loss = error.abs().mean()
        if wrong("You take the root (RMSE). The loss is the mean square itself."):
            loss = loss.sqrt()
        if wrong("Your loss is half the mean square."):
            loss = loss / 2
        if wrong("Your loss has shape [1]. It should be 0-d, one number without axes."):
            loss = loss[None]
        loss = _remember(self, loss, inp, targ)
        if wrong(NUMBER):
            loss = loss.item()
        return loss

    def backward(self):
        loss, inp, targ = _recall(self)
        _, inp_of_first, targ_of_first = self.calls[0]
        n = len(targ)
        if wrong("You keep n from the first call. The next batch may have another number of rows."):
            n = len(targ_of_first)
        if wrong("You keep the targets of the first call. Each call has its own."):
            targ = targ_of_first
        error = (inp[:, 0] - targ)[:, None]
        if wrong(KEPT_TERM):
            error, n = (inp_of_first[:, 0] - targ_of_first)[:, None], len(targ_of_first)
        if wrong("You take the signs of the errors alone, as for absolute errors."):
            error = error.sign() / 2
        if pairs := wrong(MSE_BROADCAST, inp - targ, (inp - targ).sum(1, keepdim=True)):
            error = pairs
        if wrong(MSE_BROADCAST):
            error = (inp - targ).mean(1, keepdim=True)
        two = 2
        if wrong("Your backward lacks the factor 2 of the square."):
            two = 1
        if wrong("Your backward lacks the 1/n of the mean."):
            n = 1
        if wrong("You divide by n twice. The mean has one 1/n."):
            n = n**2
        d_inp = two * error / n
        if wrong(
            "The sign of your gradient is flipped: it says that the loss falls where it rises."
        ):
            d_inp = -d_inp
        if wrong("Your inp.grad has lost an axis. inp is [n, 1], and so is its gradient."):
            d_inp = d_inp[:, 0]
        if wrong(
            "You multiply by the .grad of the loss, which nobody sets: nothing comes "
            "after the loss."
        ):
            d_inp = d_inp * loss.grad
        if wrong(ADDS):
            d_inp = _more(d_inp, inp.grad)
        if wrong(RETURNED):
            return d_inp
        if wrong(NAMED_G):
            inp.g = d_inp
            return None
        if wrong(NO_GRAD):
            return None
        inp.grad = d_inp
        return None


@mistake("Mse", AUTOGRAD)
class MseAutograd(Mse):
    def backward(self):
        _, inp, targ = self.calls[-1]
        leaf = inp.detach().clone().requires_grad_()
        (inp.grad,) = torch.autograd.grad(F.mse_loss(leaf[:, 0], targ), leaf)


@mistake("Mse", ASTRAY)
class MseAstray(Mse):
    def __call__(self, inp, targ):
        loss = super().__call__(inp, targ)
        return loss + torch.zeros(len(targ), dtype=targ.dtype) @ targ


# --- Model ----------------------------------------------------------------------------------------

MODEL_ORDER = (
    "You call a layer's backward before its output has a gradient: it is still None, since "
    "what comes after hasn't gone back yet."
)
STOPS_EARLY = (
    "Your backward pass stops too early, so x, w1 and b1 get no gradient. All three layers have a "
    "backward pass."
)
ONE_LIN = (
    "Both affine layers have the same w and b: you use one object twice, or keep w and b on the "
    "class."
)
RELU_NOT_CALLED = "Your forward pass never calls the relu, which stands between the affine layers."
MODEL_COPIES = (
    "You give the layers copies of the parameters. The gradients are looked for on the tensors "
    "that came in."
)


@probes("Model")
def model_probes(draw):
    for n, m, nh in [(5, 4, 3), (1, 3, 2), (3, 3, 3), (4, 2, 1)]:
        yield Via((4, None, *model_args(full_pass.net(draw, n, m, nh))), "layers.there_and_back")
    net, other, one, two, linked = (model_args(full_pass.net(draw, 5, 4, 3)) for _ in range(5))
    yield Via((4, None, None, *net, *other[4:]), "layers.again")
    yield Via((4, None, None, *one, *two), "layers.side_by_side")
    *parameters, inp, targ = linked
    l1, out = inp @ parameters[0] + parameters[1], draw(5, 1)
    fed = (inp, draw(5, 3), l1, draw(5, 3), l1.relu(), draw(5, 1), out)
    yield Via((*parameters, targ, *fed), "layers.links")


def model_args(net):
    inp, targ, *parameters = net.values()
    return (*parameters, inp, targ)


class PlainRelu:
    def __call__(self, inp):
        self.inp, self.out = inp, inp.clamp_min(0.0)
        return self.out

    def backward(self):
        self.inp.grad = (self.inp > 0) * self.out.grad


class PlainLin:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, inp):
        self.inp, self.out = inp, inp @ self.w + self.b
        return self.out

    def backward(self):
        g = self.out.grad
        self.inp.grad, self.w.grad, self.b.grad = g @ self.w.t(), self.inp.t() @ g, g.sum(0)


class PlainMse:
    def __call__(self, inp, targ):
        self.inp, self.targ = inp, targ
        return (inp[:, 0] - targ).square().mean()

    def backward(self):
        self.inp.grad = 2 * (self.inp[:, 0] - self.targ)[:, None] / len(self.targ)


@told
class Model:
    def __init__(self, w1, b1, w2, b2):
        if wrong("You swap the two affine layers: w1 and b1 come first, then w2 and b2."):
            w1, b1, w2, b2 = w2, b2, w1, b1
        if wrong("You swap the biases: b1 belongs to w1, and b2 to w2."):
            b1, b2 = b2, b1
        if wrong(MODEL_COPIES):
            w1, b1, w2, b2 = w1.clone(), b1.clone(), w2.clone(), b2.clone()
        one, relu, two = PlainLin(w1, b1), PlainRelu(), PlainLin(w2, b2)
        if wrong(ONE_LIN):
            one = two
        if wrong(ONE_LIN):
            two = one
        net, end = [one, relu, two], PlainMse()
        if wrong("You leave out the relu. Without a bend, two affine layers are one."):
            net = [one, two]
        if wrong("You append a relu after the last layer. Outputs may take any sign."):
            net = [*net, PlainRelu()]
        if wrong("Your layers come in another order than affine, relu, affine."):
            net = [relu, one, two]
        self.layers, self.loss = net, end
        if wrong(ON_CLASS):
            type(self).net, type(self).end = net, end
            return
        self.net, self.end = net, end
        if wrong(NO_LINKS):
            del self.layers
        if wrong("You put the loss into the list of layers. It has a place of its own, self.loss."):
            self.layers = [*net, end]

    def __call__(self, x, targ):
        if wrong(NO_GRAD):
            x = x.clone()
        if wrong("You give x to each layer. Each takes the output of the one before it."):
            return self.end([layer(x) for layer in self.net][-1], targ)
        net = self.net
        if wrong(RELU_NOT_CALLED):
            net = net[::2]
        if wrong(RELU_NOT_CALLED):
            self.net = net = [net[0], net[-1]]
        out = x
        for layer in net:
            out = layer(out)
        self.value = self.end(out, targ)
        if wrong("You return the outputs, and not the loss."):
            return out
        if wrong("Your __call__ returns nothing. It returns the loss."):
            return None
        if wrong("Your __call__ returns a Python number (item). The loss is a 0-d tensor."):
            return self.value.item()
        if wrong("You overwrite the layer self.loss with the loss of one call."):
            self.end = self.loss = self.value
        return self.value

    def backward(self):
        one, relu, two, order = self.net[0], self.net[1], self.net[-1], self.net[::-1]
        affine_layers = [layer for layer in self.net if isinstance(layer, PlainLin)]
        before = [(layer.w.grad, layer.b.grad) for layer in affine_layers]
        if wrong("Your backward sets nothing: it calls neither the loss's backward nor a layer's."):
            return
        if wrong("You reverse the list of layers in place, so the next call runs backwards."):
            order = self.net
            order.reverse()
        if wrong(MODEL_ORDER):
            order = self.net
        if wrong(MODEL_ORDER):
            order = [two, one]
        if kept := wrong(STOPS_EARLY, 1, 2):
            order = order[:kept]
        if wrong("Your backward pass starts from ones. It starts from the loss's derivative."):
            two.out.grad = torch.ones_like(two.out)
            self.end.backward = list  # list() does nothing: the loss's own backward is left out
        if wrong(MODEL_ORDER):
            self.end.backward = list  # likewise
        self.end.backward()
        if wrong("Your backward pass goes around the relu. Where it gave 0, nothing goes back."):
            two.backward()
            one.out.grad = relu.out.grad
            order = [one]
        for layer in order:
            layer.backward()
        if wrong(ADDS):
            for layer, (w, b) in zip(affine_layers, before, strict=True):
                layer.w.grad, layer.b.grad = _more(layer.w.grad, w), _more(layer.b.grad, b)


@mistake("Model", AUTOGRAD)
class ModelAutograd(Model):
    def __call__(self, x, targ):
        one, _, two = self.layers
        self.args, self.targ = (x, one.w, one.b, two.w, two.b), targ
        return super().__call__(x, targ)

    def backward(self):
        leaves = [arg.detach().clone().requires_grad_() for arg in self.args]
        x, w1, b1, w2, b2 = leaves
        out = torch.relu(x @ w1 + b1) @ w2 + b2
        F.mse_loss(out[:, 0], self.targ).backward()
        for arg, leaf in zip(self.args, leaves, strict=True):
            arg.grad = leaf.grad


@mistake("Model", ASTRAY)
class ModelAstray(Model):
    def __call__(self, x, targ):
        loss = super().__call__(x, targ)
        return loss + torch.zeros(len(targ), dtype=targ.dtype) @ targ


# --- Module ---------------------------------------------------------------------------------------

NEEDS_INIT = (
    "You make what __call__ needs in __init__. A subclass has an __init__ of its own, which "
    "doesn't call yours."
)
NOT_BWD = "Your backward calls itself. What a subclass brings is called bwd."
NOT_ALL_ARGS = "You pass on {}. bwd sets the .grad of all arguments, however many there are."


@probes("Module")
def module_probes(draw):
    for count in (1, 2, 3):
        args = [draw(3, 4) for _ in range(count + 1)]
        yield Via((1.5, *args), "layers.powers")
    for dialogue in ("layers.powers_again", "layers.powers_side_by_side"):
        yield Via((1.5, *(draw(2, 5) for _ in range(6))), dialogue)
    yield Via((1.5, draw(1), draw(3, 4)), "layers.powers")  # the upstream does not fit: no way back


@told
class Module:
    def __call__(self, *args):
        if name := wrong(NEEDS_INIT, "kept", "calls", "cache", "saved", "stack"):
            getattr(self, name)
        if name := wrong(NEEDS_INIT, "history", "memory", "state"):
            getattr(self, name)
        out = self.forward(*args)
        if wrong(
            "You look up the output of an earlier call on the same objects. What is in a tensor "
            "changes, so an old output may be wrong."
        ):
            kept = vars(self).setdefault("kept", {})
            out = kept.setdefault(tuple(map(id, args)), out)
        out = _remember(self, out, *args)
        if wrong(
            "You call bwd within __call__, where out has no .grad yet. The upstream gradient comes "
            "later, and with it the call of backward."
        ):
            self.bwd(out, *args)
        if wrong(COPY_OUT):
            out = out.clone()
        return out

    def backward(self):
        out, *args = _recall(self)
        if wrong("You pass the first call's output to bwd. It belongs to the last call."):
            out = self.calls[0][0]
        if wrong(
            "You call forward again in backward. Its output is a new tensor, without the .grad "
            "that was left on the one returned."
        ):
            out = self.forward(*args)
        if wrong(
            "You call forward again in backward, and give its output the .grad of the one that was "
            "returned. bwd gets that very tensor: a forward that draws or keeps something would "
            "run twice."
        ):
            grad, out = out.grad, self.forward(*args)
            out.grad = grad
        if wrong("You pass out.grad. bwd takes the output itself and finds .grad on it."):
            out = out.grad
        if wrong("You pass the args as one tuple, and not one by one."):
            args = [tuple(args)]
        if wrong(NOT_ALL_ARGS.format("the first argument only")):
            args = args[:1]
        if wrong(NOT_ALL_ARGS.format("two arguments at most")):
            args = args[:2]
        if wrong("You pass the args in reverse order."):
            args = args[::-1]
        if wrong("You leave out the output, which carries the upstream gradient."):
            return self.bwd(*args)
        if wrong("You pass the output last, and bwd takes it first."):
            return self.bwd(*args, out)
        if wrong("You read an output that you never kept."):
            return self.bwd(self.out, *args)
        if wrong(NOT_BWD):
            return self.backward()
        if wrong(NOT_BWD):
            return self.backward(out, *args)
        if wrong(NO_GRAD):
            return None
        return self.bwd(out, *args)


@mistake("Module", "You take a single argument. A layer may have any number of them.")
class ModuleOneArg(Module):
    def __call__(self, inp):
        return super().__call__(inp)


@mistake("Module", TAKES_NOTHING)
class ModuleBackwardTakesOut(Module):
    def backward(self, out):
        super().backward()


@mistake("Module", AUTOGRAD)
class ModuleAutograd(Module):
    def backward(self):
        out, *args = self.calls[-1]
        leaves = [arg.detach().clone().requires_grad_() for arg in args]
        (self.forward(*leaves) * out.grad).sum().backward()
        for arg, leaf in zip(args, leaves, strict=True):
            arg.grad = leaf.grad


# --- NnModel --------------------------------------------------------------------------------------

BIASES = "Your biases don't start at 0."
TORCHS_OWN = (
    "You keep nn.Linear's own start: uniform numbers of variance 1/(3 m), and biases that are "
    "not 0."
)
FAN_OUT = (
    "You take fan_out for {}, as the notes did. There the weight was [in, out]; nn.Linear's "
    "is [out, in], so what torch calls fan_out is now the number of outputs."
)
SQUARED = "You take a variance for a std, so the weights are too small."
UPSIDE_DOWN = "Your scale is upside down: the more terms a sum has, the larger your weights."
GLOROT = "You draw {}by Glorot's rule (Xavier), which looks at both fans."
UNIFORM = "You draw {} from a uniform distribution, and not from a normal one."
UNSEEN = (
    "nn.Module does not see your parameters: parameters() is empty. Plain tensors and plain "
    "lists of layers are invisible to it."
)


@probes("NnModel")
def nn_model_probes(draw):
    """What it makes of given parameters; and what it draws, told by the scripts in coarse steps."""
    m, nh, n_out = 4, 3, 2
    values = draw(nh, m), draw(nh), draw(n_out, nh), draw(n_out)
    args = ((m, nh, n_out), draw(5, m), draw(5, n_out), *values)
    yield Via(args, "layers.module_there_and_back")
    values = draw(nh, m), draw(nh), draw(1, nh), draw(1)
    yield Via(((m, nh, 1), draw(5, m), draw(5, 1), *values), "layers.module_there_and_back")
    for sizes in [(4, 3, 2), (4, 3), (1024, 160, 480), (200, 256, 100)]:
        yield Via(sizes, "layers.drawn_in_words")


@told
class NnModel(nn.Module):
    def __init__(self, m, nh, n_out=1):
        if wrong(
            "Your __init__ never runs nn.Module's own, which sets up what holds the parameters."
        ):
            self.one = nn.Linear(m, nh)
        super().__init__()
        if wrong("You ignore n_out: the last layer always has one output."):
            n_out = 1
        if wrong("You swap m and nh: your first layer takes nh inputs and gives m outputs."):
            m, nh = nh, m
        self.one, self.two = nn.Linear(m, nh), nn.Linear(nh, n_out)
        one, two = self.one, self.two
        self.held = [one, two]
        own = [p.detach().clone() for p in (one.weight, one.bias, two.weight, two.bias)]
        if wrong(TORCHS_OWN):
            return
        std1, std2 = math.sqrt(2 / m), math.sqrt(1 / nh)
        if wrong(FAN_OUT.format("w1")):
            std1 = math.sqrt(2 / nh)
        if wrong(FAN_OUT.format("both weights")):
            std1, std2 = math.sqrt(2 / nh), math.sqrt(1 / n_out)
        if wrong("Your w1 has variance 1/m, but the relu after it halves the second moment."):
            std1 = math.sqrt(1 / m)
        if wrong("Your w2 has variance 2/nh, but no relu follows it, so the signal grows."):
            std2 = math.sqrt(2 / nh)
        if wrong(
            "You pass a = sqrt(5), as nn.Linear's own start does. a is the slope below 0, which is "
            "0 for a relu."
        ):
            std1 = math.sqrt(2 / (6 * m))
        if wrong(SQUARED):
            std1, std2 = 2 / m, 1 / nh
        if wrong(SQUARED):
            std1 = 2 / m
        if wrong(SQUARED):
            std2 = 1 / nh
        if wrong(UPSIDE_DOWN):
            std2 = math.sqrt(nh)
        if wrong(UPSIDE_DOWN):
            std1, std2 = math.sqrt(m / 2), math.sqrt(nh)
        if wrong("Your weights have std 1, so the signal grows from layer to layer."):
            std1, std2 = 1, 1
        if wrong("All weights start at 0, so all hidden units stay alike."):
            std1, std2 = 0, 0
        nn.init.normal_(one.weight, std=std1)
        nn.init.normal_(two.weight, std=std2)
        edge1, edge2 = math.sqrt(3) * std1, math.sqrt(3) * std2
        if wrong(UNIFORM.format("w1")):
            nn.init.uniform_(one.weight, -edge1, edge1)
        if wrong(UNIFORM.format("w2")):
            nn.init.uniform_(two.weight, -edge2, edge2)
        if wrong(UNIFORM.format("both weights")):
            nn.init.uniform_(one.weight, -edge1, edge1)
            nn.init.uniform_(two.weight, -edge2, edge2)
        if wrong(GLOROT.format("")):
            nn.init.xavier_normal_(one.weight)
            nn.init.xavier_normal_(two.weight)
        if gain := wrong(GLOROT.format("w1 "), math.sqrt(2), 1):
            nn.init.xavier_normal_(one.weight, gain=gain)
        if wrong(GLOROT.format("w2 ")):
            nn.init.xavier_normal_(two.weight)
        if wrong("You cut the normal distribution off (trunc_normal_), which makes it narrower."):
            nn.init.trunc_normal_(one.weight, std=std1, a=-2 * std1, b=2 * std1)
            nn.init.trunc_normal_(two.weight, std=std2, a=-2 * std2, b=2 * std2)
        if wrong("You leave w2 at nn.Linear's own start, uniform and of variance 1/(3 nh)."):
            two.weight.data.copy_(own[2])
        if wrong("You leave w1 at nn.Linear's own start, uniform and of variance 1/(3 m)."):
            one.weight.data.copy_(own[0])
        if wrong(BIASES):
            return
        nn.init.zeros_(one.bias)
        nn.init.zeros_(two.bias)
        if wrong(BIASES):
            nn.init.constant_(one.bias, 0.1)
            nn.init.constant_(two.bias, 0.1)
        if wrong(BIASES):
            one.bias.data.copy_(own[1])
        if wrong(BIASES):
            two.bias.data.copy_(own[3])
        if wrong("Your layers have no biases (bias=False). The net has b1 and b2."):
            one.bias = two.bias = None
        if wrong("Your weights are stored [in, out], as in the notes. torch's way is [out, in]."):
            one.weight = nn.Parameter(one.weight.detach().t().contiguous())
            two.weight = nn.Parameter(two.weight.detach().t().contiguous())
        if wrong(UNSEEN):
            del self.one, self.two

    def forward(self, x):
        one, two = self.held
        hidden = one(x).relu()
        if wrong("You leave out the relu. Without a bend, two affine layers are one."):
            hidden = one(x)
        if wrong(
            "You subtract 0.5, as the notes' relu does. The relu of this net is never negative."
        ):
            hidden = hidden - 0.5
        if wrong("You cut the hidden units off (detach, .data, no_grad): w1 gets no gradient."):
            hidden = hidden.detach()
        out = two(hidden)
        if wrong("You apply a relu to the outputs, too, which may take any sign."):
            out = out.relu()
        if wrong("You drop the axis of a single output. The result is [n, n_out], [n, 1] too."):
            out = out.squeeze(-1)
        if wrong(CUT):
            out = out.detach()
        if wrong("Your forward returns nothing. It returns the net's outputs."):
            return None
        return out


@mistake("NnModel", "You give n_out no default. It is 1 unless told otherwise.")
class NnNoDefault(NnModel):
    def __init__(self, m, nh, n_out):
        super().__init__(m, nh, n_out)


@mistake("NnModel", DEFAULT_DTYPE)
class NnFloat32(NnModel):
    def __init__(self, m, nh, n_out=1):
        super().__init__(m, nh, n_out)
        self.float()


# --- a part of a large input, which no probe shows ------------------------------------------------


@mistake("Relu", PART)
class ReluOfTheFirstRows:
    def __call__(self, inp):
        self.inp, self.out = inp, inp.clamp_min(0.0)
        return self.out

    def backward(self):
        grad = (self.inp > 0) * self.out.grad
        grad[100:] = 0
        self.inp.grad = grad


@mistake("Lin", PART)
class LinOfTheFirstRows:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, inp):
        self.inp, self.out = inp, inp @ self.w + self.b
        return self.out

    def backward(self):
        grad = self.out.grad
        self.inp.grad, self.b.grad = grad @ self.w.t(), grad.sum(0)
        self.w.grad = self.inp[:100].t() @ grad[:100]


@mistake("Mse", PART)
class MseOfTheFirstRows:
    def __call__(self, inp, targ):
        self.inp, self.error = inp, inp[:, 0] - targ
        return self.error[:100].square().mean()

    def backward(self):
        self.inp.grad = 2 * self.error[:, None] / len(self.error)
