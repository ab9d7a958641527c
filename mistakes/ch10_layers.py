"""Known wrong answers of chapter 10, each with the sentence a kind teacher would say.

Longer than other files: an answer is a class, and each has its own ways to lose what it saw.
"""

# ruff: noqa: D101 - a recorded class has its sentence beside it

import math

import torch
import torch.nn.functional as F
from torch import nn

from backprop import full_pass
from backprop.dialogues.layers import NO_LINKS
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import ADDS, AUTOGRAD, NAMED_G, RETURNED
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

# --- what layers have in common ------------------------------------------------------------------

ON_CLASS = (
    "You keep what a call saw on the class (or in a global), so all layers of that class share it. "
    "Keep it on the object: self.inp = inp."
)
FIRST_CALL = (
    "You keep what the first call saw. A layer is called again and again: keep what the last call "
    "saw, anew each time."
)
FIFO = (
    "You go back from the oldest call that was not sent back yet. backward belongs to the last "
    "call, whatever calls there were before."
)
COPY_OUT = (
    "You keep a copy of the output, and return another tensor. The gradient is left on the tensor "
    "that you return; keep that very one."
)
NO_GRAD = (
    "inp.grad is not set on the tensor that came in: your backward leaves it out, or sets it on a "
    "copy (clone, detach). Set it on the very tensor."
)
NOT_RETURNED = "Your __call__ returns nothing. It keeps the output, and returns it."
TAKES_NOTHING = (
    "Your backward wants arguments. It takes none: the layer keeps what its last call saw and gave."
)
ONES = (
    "You send back as if the upstream gradient were 1. It is in the .grad of the output that you "
    "returned: self.out.grad."
)
FLOAT32 = (
    "You turn the gradient into float32 (.float()), whatever the input is. It has the dtype of inp."
)

# --- Relu ----------------------------------------------------------------------------------------


@probes("Relu")
def relu_probes(draw):
    for shape in [(3, 4), (1, 5)]:
        yield Via((0, draw(*shape), draw(*shape)), "layers.there_and_back")
    yield Via((0, draw(4, 5), draw(4, 5).round()), "layers.there_and_back")
    yield Via((0, *(draw(3, 4) for _ in range(4))), "layers.again")
    yield Via((0, draw(3, 4), draw(3, 4)), "layers.two_calls")
    yield Via((0, *(draw(3, 4) for _ in range(4))), "layers.side_by_side")


class PlainRelu:
    def __call__(self, inp):
        self.inp, self.out = inp, inp.clamp_min(0.0)
        return self.out

    def backward(self):
        self.inp.grad = (self.inp > 0) * self.out.grad


@mistake("Relu", "You keep half a unit off, as the notes' relu does. This one is max(inp, 0).")
class ReluShifted(PlainRelu):
    def __call__(self, inp):
        self.inp, self.out = inp, inp.clamp_min(0.0) - 0.5
        return self.out


@mistake("Relu", "Your mask is true at inp == 0 (>=). relu's rule there is 0: take inp > 0.")
class ReluKink(PlainRelu):
    def backward(self):
        self.inp.grad = (self.inp >= 0) * self.out.grad


@mistake("Relu", "You forget the mask: where inp is not positive, nothing goes back.")
class ReluNoMask(PlainRelu):
    def backward(self):
        self.inp.grad = self.out.grad


ONE_BUFFER = (
    "You write every output into the same tensor, so a later call changes what an earlier one "
    "gave. Give a new tensor at each call."
)


@mistake("Relu", ONE_BUFFER)
class ReluOneBuffer(PlainRelu):
    def __call__(self, inp):
        before, out = getattr(self, "out", None), super().__call__(inp)
        if before is not None and before.shape == out.shape:
            self.out = before.copy_(out)
        return self.out


@mistake("Relu", ONES)
class ReluOnes(PlainRelu):
    def backward(self):
        self.inp.grad = (self.inp > 0).to(self.inp.dtype)


@mistake("Relu", "You take the mask from the upstream gradient. It comes from the input: inp > 0.")
class ReluMaskOfGrad(PlainRelu):
    def backward(self):
        self.inp.grad = self.out.grad.clamp_min(0.0)


@mistake(
    "Relu", "You multiply by the input's values. The slope of relu is 1 where inp > 0, else 0."
)
class ReluTimesInp(PlainRelu):
    def backward(self):
        self.inp.grad = self.out * self.out.grad


@mistake("Relu", ON_CLASS)
class ReluOnClass(PlainRelu):
    def __call__(self, inp):
        type(self).inp, type(self).out = inp, inp.clamp_min(0.0)
        return self.out


@mistake("Relu", FIRST_CALL)
class ReluFirstCall(PlainRelu):
    def __call__(self, inp):
        out = inp.clamp_min(0.0)
        if not hasattr(self, "inp"):
            self.inp, self.out = inp, out
        return out


@mistake("Relu", FIFO)
class ReluQueue(PlainRelu):
    def __init__(self):
        self.calls = []

    def __call__(self, inp):
        self.calls.append((inp, inp.clamp_min(0.0)))
        return self.calls[-1][1]

    def backward(self):
        self.inp, self.out = self.calls.pop(0)
        super().backward()


@mistake(
    "Relu",
    "You make the mask at the first call and keep it. It belongs to one call's input: make it "
    "anew.",
)
class ReluFirstMask(PlainRelu):
    def backward(self):
        if not hasattr(self, "mask"):
            self.mask = self.inp > 0
        self.inp.grad = self.mask * self.out.grad


@mistake("Relu", COPY_OUT)
class ReluCopyOut(PlainRelu):
    def __call__(self, inp):
        return super().__call__(inp).clone()


@mistake("Relu", NO_GRAD)
class ReluCopyInp(PlainRelu):
    def __call__(self, inp):
        return super().__call__(inp.clone())


@mistake("Relu", NO_GRAD)
class ReluNoWayBack(PlainRelu):
    def backward(self):
        pass


@mistake("Relu", RETURNED)
class ReluReturns(PlainRelu):
    def backward(self):
        return (self.inp > 0) * self.out.grad


@mistake("Relu", NAMED_G)
class ReluNamedG(PlainRelu):
    def backward(self):
        self.inp.g = (self.inp > 0) * self.out.grad


@mistake("Relu", "You look for the upstream gradient in .g. The kata leaves it in .grad.")
class ReluReadsG(PlainRelu):
    def backward(self):
        self.inp.grad = (self.inp > 0) * self.out.g


@mistake("Relu", NOT_RETURNED)
class ReluReturnsNothing(PlainRelu):
    def __call__(self, inp):
        super().__call__(inp)


@mistake("Relu", IN_PLACE)
class ReluInPlace(PlainRelu):
    def __call__(self, inp):
        self.inp, self.out = inp, inp.clamp_(min=0.0)
        return self.out


@mistake("Relu", AUTOGRAD)
class ReluAutograd(PlainRelu):
    def backward(self):
        leaf = self.inp.detach().clone().requires_grad_()
        (self.inp.grad,) = torch.autograd.grad((torch.relu(leaf) * self.out.grad).sum(), leaf)


@mistake("Relu", ASTRAY)
class ReluAstray(PlainRelu):
    def __call__(self, inp):
        self.inp, self.out = inp, torch.maximum(inp, torch.zeros(inp.shape, dtype=inp.dtype))
        return self.out


@mistake("Relu", ADDS)
class ReluAdds(PlainRelu):
    def backward(self):
        before = self.inp.grad
        super().backward()
        self.inp.grad = self.inp.grad + (0 if before is None else before)


@mistake("Relu", "Your gradient has the wrong sign. It is the upstream's own where inp > 0.")
class ReluSign(PlainRelu):
    def backward(self):
        self.inp.grad = -((self.inp > 0) * self.out.grad)


@mistake("Relu", "That is a leaky relu. This one gives 0 where inp is negative, and sends 0 back.")
class ReluLeaky(PlainRelu):
    def __call__(self, inp):
        self.inp, self.out = inp, F.leaky_relu(inp)
        return self.out

    def backward(self):
        self.inp.grad = torch.where(self.inp > 0, 1.0, 0.01) * self.out.grad


@mistake("Relu", COPY_OUT)
class ReluCopyOutTurned(PlainRelu):
    def __call__(self, inp):
        return super().__call__(inp).clone()

    def backward(self):
        self.inp.grad = self.out.grad * (self.inp > 0)


@mistake("Relu", COPY_OUT)
class ReluCopyOutWhere(PlainRelu):
    def __call__(self, inp):
        return super().__call__(inp).clone()

    def backward(self):
        self.inp.grad = torch.where(self.inp > 0, self.out.grad, 0)


@mistake(
    "Relu",
    "You also drop negative upstream gradients. The mask is of the input alone: inp > 0.",
)
class ReluGuided(PlainRelu):
    def backward(self):
        self.inp.grad = (self.inp > 0) * self.out.grad.clamp_min(0.0)


@mistake("Relu", "Where inp is negative, you let the gradient pass with its sign turned: send 0.")
class ReluAbsolute(PlainRelu):
    def backward(self):
        self.inp.grad = self.inp.sign() * self.out.grad


@mistake("Relu", FLOAT32)
class ReluFloat32(PlainRelu):
    def backward(self):
        super().backward()
        self.inp.grad = self.inp.grad.float()


@mistake("Relu", TAKES_NOTHING)
class ReluBackwardTakesOut(PlainRelu):
    def backward(self, out):
        self.inp.grad = (self.inp > 0) * out.grad


@mistake("Relu", "You take the input in __init__. A layer is made once, then called on inputs.")
class ReluInputInInit(PlainRelu):
    def __init__(self, inp):
        self.inp = inp


# --- Lin -----------------------------------------------------------------------------------------


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


class PlainLin:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, inp):
        self.inp, self.out = inp, inp @ self.w + self.b
        return self.out

    def backward(self):
        g = self.out.grad
        self.inp.grad, self.w.grad, self.b.grad = g @ self.w.t(), self.inp.t() @ g, g.sum(0)


@mistake("Lin", ONE_BUFFER)
class LinOneBuffer(PlainLin):
    def __call__(self, inp):
        before, out = getattr(self, "out", None), super().__call__(inp)
        if before is not None and before.shape == out.shape:
            self.out = before.copy_(out)
        return self.out


@mistake("Lin", "You leave out the bias: out = inp @ w + b.")
class LinNoBias(PlainLin):
    def __call__(self, inp):
        self.inp, self.out = inp, inp @ self.w
        return self.out


@mistake("Lin", "You take w as torch stores it, [out, in]. Here w is [m, o]: inp @ w.")
class LinTransposed(PlainLin):
    def __call__(self, inp):
        self.inp, self.out = inp, inp @ self.w.t() + self.b
        return self.out


@mistake("Lin", "You multiply by w as it is on the way back. It goes back transposed: w.t().")
class LinInpNoT(PlainLin):
    def backward(self):
        super().backward()
        self.inp.grad = self.out.grad @ self.w


@mistake("Lin", "You multiply inp as it is for w.grad. The sum runs over the rows: inp.t() @ g.")
class LinWNoT(PlainLin):
    def backward(self):
        super().backward()
        self.w.grad = self.inp @ self.out.grad


@mistake(
    "Lin", "Your gradients of w and b are means over the rows. They are sums; 1/n sits in the loss."
)
class LinMeans(PlainLin):
    def backward(self):
        super().backward()
        self.w.grad, self.b.grad = self.w.grad / len(self.inp), self.b.grad / len(self.inp)


@mistake("Lin", "Your b.grad is a mean over the rows. It is a sum; the 1/n sits in the loss.")
class LinMeanB(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad.mean(0)


@mistake("Lin", "Your b.grad has a row for each sample. b is [o], so is its gradient: sum(0).")
class LinBNotSummed(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad


@mistake("Lin", "You never set b.grad. It is the sum of the upstream over the rows.")
class LinNoBGrad(PlainLin):
    def backward(self):
        self.inp.grad, self.w.grad = self.out.grad @ self.w.t(), self.inp.t() @ self.out.grad


@mistake("Lin", NO_GRAD)
class LinNoInpGrad(PlainLin):
    def backward(self):
        self.w.grad, self.b.grad = self.inp.t() @ self.out.grad, self.out.grad.sum(0)


@mistake("Lin", ADDS.replace("inp.grad", "w.grad"))
class LinAdds(PlainLin):
    def backward(self):
        before = self.w.grad, self.b.grad
        super().backward()
        if before[0] is not None:
            self.w.grad, self.b.grad = before[0] + self.w.grad, before[1] + self.b.grad


@mistake("Lin", ON_CLASS)
class LinOnClass(PlainLin):
    def __call__(self, inp):
        type(self).inp, type(self).out = inp, inp @ self.w + self.b
        return self.out


@mistake("Lin", "You keep w and b on the class, so all layers share them. Keep them on the object.")
class LinWeightsOnClass(PlainLin):
    def __init__(self, w, b):
        type(self).w, type(self).b = w, b


@mistake("Lin", FIRST_CALL)
class LinFirstCall(PlainLin):
    def __call__(self, inp):
        out = inp @ self.w + self.b
        if not hasattr(self, "inp"):
            self.inp, self.out = inp, out
        return out


@mistake("Lin", COPY_OUT)
class LinCopyOut(PlainLin):
    def __call__(self, inp):
        return super().__call__(inp).clone()


@mistake("Lin", NO_GRAD)
class LinCopyInp(PlainLin):
    def __call__(self, inp):
        return super().__call__(inp.clone())


@mistake(
    "Lin",
    "You keep copies of w and b (clone, nn.Parameter), and set the gradients on the copies. Keep "
    "the very tensors: whoever made the layer looks for the gradients there.",
)
class LinCopies(PlainLin):
    def __init__(self, w, b):
        super().__init__(w.clone(), b.clone())


@mistake("Lin", NOT_RETURNED)
class LinReturnsNothing(PlainLin):
    def __call__(self, inp):
        super().__call__(inp)


@mistake("Lin", NAMED_G)
class LinNamedG(PlainLin):
    def backward(self):
        g = self.out.grad
        self.inp.g, self.w.g, self.b.g = g @ self.w.t(), self.inp.t() @ g, g.sum(0)


@mistake("Lin", RETURNED)
class LinReturns(PlainLin):
    def backward(self):
        g = self.out.grad
        return g @ self.w.t(), self.inp.t() @ g, g.sum(0)


@mistake("Lin", AUTOGRAD)
class LinAutograd(PlainLin):
    def backward(self):
        leaves = [t.detach().clone().requires_grad_() for t in (self.inp, self.w, self.b)]
        out = leaves[0] @ leaves[1] + leaves[2]
        grads = torch.autograd.grad((out * self.out.grad).sum(), leaves)
        self.inp.grad, self.w.grad, self.b.grad = grads


@mistake("Lin", ONES)
class LinOnes(PlainLin):
    def backward(self):
        self.out.grad = torch.ones_like(self.out)
        super().backward()


@mistake("Lin", ASTRAY)
class LinAstray(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = torch.ones(len(self.inp), dtype=self.inp.dtype) @ self.out.grad


@mistake("Lin", "Your w.grad is transposed, [o, m]. Give it the shape of w: inp.t() @ g.")
class LinWTransposed(PlainLin):
    def backward(self):
        super().backward()
        self.w.grad = self.out.grad.t() @ self.inp


@mistake(
    "Lin", "Your b.grad is one number. b is [o], so is its gradient: sum over the rows, sum(0)."
)
class LinBTotal(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad.sum()


@mistake("Lin", "Your b.grad keeps the rows' axis, [1, o]. b is [o]: sum(0), without keepdim.")
class LinBKeepsAxis(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad.sum(0, keepdim=True)


@mistake("Lin", "Your b.grad adds up the outputs. b[k] has one output k in each row: sum(0).")
class LinBOverOutputs(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad.sum(1)


@mistake("Lin", "You divide all three gradients by n. The 1/n sits in the loss, once.")
class LinAllMeans(PlainLin):
    def backward(self):
        super().backward()
        for tensor in (self.inp, self.w, self.b):
            tensor.grad = tensor.grad / len(self.inp)


@mistake("Lin", "You never set w.grad. It is inp.t() @ g, summed over the rows.")
class LinNoWGrad(PlainLin):
    def backward(self):
        self.inp.grad, self.b.grad = self.out.grad @ self.w.t(), self.out.grad.sum(0)


@mistake("Lin", COPY_OUT)
class LinCopyOutWFirst(PlainLin):
    def __call__(self, inp):
        return super().__call__(inp).clone()

    def backward(self):
        self.w.grad = self.inp.t() @ self.out.grad


@mistake("Lin", COPY_OUT)
class LinCopyOutBFirst(PlainLin):
    def __call__(self, inp):
        return super().__call__(inp).clone()

    def backward(self):
        self.b.grad = self.out.grad.sum(0)


OUT_FOR_ITS_GRAD = "Your {} is made of out itself. What goes back is out's gradient: self.out.grad."


@mistake("Lin", OUT_FOR_ITS_GRAD.format("w.grad"))
class LinWOut(PlainLin):
    def backward(self):
        super().backward()
        self.w.grad = self.inp.t() @ self.out


@mistake("Lin", OUT_FOR_ITS_GRAD.format("b.grad"))
class LinBOut(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.sum(0)


@mistake("Lin", OUT_FOR_ITS_GRAD.format("inp.grad"))
class LinInpOut(PlainLin):
    def backward(self):
        super().backward()
        self.inp.grad = self.out @ self.w.t()


B_ONE_ROW = "Your b.grad is one row's share alone. b is added to every row: sum(0)."


@mistake("Lin", B_ONE_ROW)
class LinBFirstRow(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad[0].clone()


@mistake("Lin", B_ONE_ROW)
class LinBLastRow(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad[-1].clone()


@mistake(
    "Lin",
    "You sum inp and the upstream over the rows before they meet in w.grad. Multiply row by row, "
    "then sum: inp.t() @ g.",
)
class LinWSummedFirst(PlainLin):
    def backward(self):
        super().backward()
        self.w.grad = torch.outer(self.inp.sum(0), self.out.grad.sum(0))


@mistake(
    "Lin", "Your b.grad is one sum over all, the same for each output. Sum over the rows: sum(0)."
)
class LinBTotalEverywhere(PlainLin):
    def backward(self):
        super().backward()
        self.b.grad = self.out.grad.sum().expand_as(self.b)


@mistake("Lin", TAKES_NOTHING)
class LinBackwardTakesOut(PlainLin):
    def backward(self, out):
        super().backward()


# --- Mse -----------------------------------------------------------------------------------------


@probes("Mse")
def mse_probes(draw):
    for n in (5, 1, 4):
        yield Via((0, None, draw(n, 1), draw(n)), "layers.there_and_back")
    for dialogue in ("layers.again", "layers.side_by_side"):
        yield Via((0, None, None, draw(5, 1), draw(5), draw(5, 1), draw(5)), dialogue)
    yield Via((0, None, None, draw(6, 1), draw(6), draw(3, 1), draw(3)), "layers.again")


class PlainMse:
    def __call__(self, inp, targ):
        self.inp, self.targ = inp, targ
        self.out = (inp[:, 0] - targ).square().mean()
        return self.out

    def backward(self):
        self.inp.grad = 2 * (self.inp[:, 0] - self.targ)[:, None] / len(self.targ)


MSE_BROADCAST = (
    "You subtract targ [n] from a column [n, 1], which makes n x n differences. Bring both to one "
    "shape first."
)


@mistake("Mse", MSE_BROADCAST)
class MseBroadcast(PlainMse):
    def __call__(self, inp, targ):
        super().__call__(inp, targ)
        return (inp - targ).square().mean()


@mistake("Mse", MSE_BROADCAST)
class MseBroadcastBack(PlainMse):
    def backward(self):
        self.inp.grad = 2 * (self.inp - self.targ) / len(self.targ)


@mistake("Mse", MSE_BROADCAST)
class MseBroadcastBoth(MseBroadcastBack):
    recorded_as = ()

    def __call__(self, inp, targ):
        super().__call__(inp, targ)
        return (inp - targ).square().mean()


@mistake(
    "Mse",
    "You keep n from the first call. The next batch may have another number of rows: len(inp), "
    "each time.",
)
class MseFirstCount(PlainMse):
    def __call__(self, inp, targ):
        self.n = vars(self).get("n", len(inp))
        return super().__call__(inp, targ)

    def backward(self):
        self.inp.grad = 2 * (self.inp[:, 0] - self.targ)[:, None] / self.n


@mistake("Mse", "You leave out the 2 of the square: 2 (inp - targ) / n.")
class MseNoTwo(PlainMse):
    def backward(self):
        self.inp.grad = (self.inp[:, 0] - self.targ)[:, None] / len(self.targ)


@mistake("Mse", "You leave out the 1/n of the mean on the way back: 2 (inp - targ) / n.")
class MseNoN(PlainMse):
    def backward(self):
        self.inp.grad = 2 * (self.inp[:, 0] - self.targ)[:, None]


@mistake("Mse", "Your errors have the wrong sign: 2 (inp - targ) / n.")
class MseSign(PlainMse):
    def backward(self):
        self.inp.grad = 2 * (self.targ - self.inp[:, 0])[:, None] / len(self.targ)


@mistake("Mse", "Your loss is the sum of the squares. It is their mean.")
class MseSum(PlainMse):
    def __call__(self, inp, targ):
        return super().__call__(inp, targ) * len(targ)


@mistake("Mse", "Your inp.grad has lost an axis. inp is [n, 1], so is its gradient.")
class MseFlat(PlainMse):
    def backward(self):
        self.inp.grad = 2 * (self.inp[:, 0] - self.targ) / len(self.targ)


@mistake(
    "Mse",
    "You multiply by the .grad of the loss, which nobody sets: dL/dL = 1, and the way back "
    "begins here.",
)
class MseNeedsGrad(PlainMse):
    def backward(self):
        super().backward()
        self.inp.grad = self.inp.grad * self.out.grad


@mistake(
    "Mse", "You return a Python number (item, float). Return the loss as a tensor without axes."
)
class MseNumber(PlainMse):
    def __call__(self, inp, targ):
        return super().__call__(inp, targ).item()


@mistake("Mse", ON_CLASS)
class MseOnClass(PlainMse):
    def __call__(self, inp, targ):
        type(self).inp, type(self).targ = inp, targ
        return (inp[:, 0] - targ).square().mean()


@mistake("Mse", FIRST_CALL)
class MseFirstCall(PlainMse):
    def __call__(self, inp, targ):
        if not hasattr(self, "inp"):
            self.inp, self.targ = inp, targ
        return (inp[:, 0] - targ).square().mean()


@mistake("Mse", "You keep the first call's targ. It belongs to one call: keep the last one's.")
class MseFirstTarg(PlainMse):
    def __call__(self, inp, targ):
        first = getattr(self, "targ", targ)
        loss = super().__call__(inp, targ)
        self.targ = first
        return loss


@mistake("Mse", NO_GRAD)
class MseCopyInp(PlainMse):
    def __call__(self, inp, targ):
        return super().__call__(inp.clone(), targ)


@mistake("Mse", RETURNED)
class MseReturns(PlainMse):
    def backward(self):
        return 2 * (self.inp[:, 0] - self.targ)[:, None] / len(self.targ)


@mistake("Mse", NO_GRAD)
class MseNoWayBack(PlainMse):
    def backward(self):
        pass


@mistake("Mse", NAMED_G)
class MseNamedG(PlainMse):
    def backward(self):
        self.inp.g = 2 * (self.inp[:, 0] - self.targ)[:, None] / len(self.targ)


@mistake("Mse", AUTOGRAD)
class MseAutograd(PlainMse):
    def backward(self):
        leaf = self.inp.detach().clone().requires_grad_()
        (self.inp.grad,) = torch.autograd.grad(F.mse_loss(leaf[:, 0], self.targ), leaf)


@mistake("Mse", ASTRAY)
class MseAstray(PlainMse):
    def backward(self):
        super().backward()
        self.inp.grad = self.inp.grad * torch.ones(self.inp.shape, dtype=self.inp.dtype)


@mistake("Mse", "You divide by n twice. The mean has one: 2 (inp - targ) / n.")
class MseNTwice(PlainMse):
    def backward(self):
        super().backward()
        self.inp.grad = self.inp.grad / len(self.targ)


@mistake("Mse", "You take the root. The loss is the mean of the squares itself.")
class MseRoot(PlainMse):
    def __call__(self, inp, targ):
        return super().__call__(inp, targ).sqrt()


@mistake("Mse", ADDS)
class MseAdds(PlainMse):
    def backward(self):
        before = self.inp.grad
        super().backward()
        self.inp.grad = self.inp.grad + (0 if before is None else before)


@mistake("Mse", "Your loss has shape [1]. Asked for is a tensor without axes: the mean over all.")
class MseKeepsAxis(PlainMse):
    def __call__(self, inp, targ):
        return super().__call__(inp, targ)[None]


@mistake("Mse", "You square the mean error. Square each error first, then take the mean.")
class MseSquareOfMean(PlainMse):
    def __call__(self, inp, targ):
        super().__call__(inp, targ)
        return (inp[:, 0] - targ).mean().square()


LESS_ONE = "You divide by n - 1, as a variance does. The mean of the squares divides by n."


@mistake("Mse", LESS_ONE)
class MseLessOne(PlainMse):
    def __call__(self, inp, targ):
        return super().__call__(inp, targ) * len(targ) / (len(targ) - 1 or 1)


@mistake("Mse", LESS_ONE)
class MseLessOneOfOne(PlainMse):
    def __call__(self, inp, targ):
        super().__call__(inp, targ)
        return (inp[:, 0] - targ).square().sum() / (len(targ) - 1)


@mistake(
    "Mse",
    "You keep the signs of the errors alone, as for absolute errors. The slope of a square is "
    "2 (inp - targ), then comes 1/n.",
)
class MseSigns(PlainMse):
    def backward(self):
        self.inp.grad = (self.inp - self.targ[:, None]).sign() / len(self.targ)


@mistake("Mse", FIRST_CALL)
class MseFirstErrors(PlainMse):
    def __call__(self, inp, targ):
        loss = super().__call__(inp, targ)
        self.errors = getattr(self, "errors", inp - targ[:, None])
        return loss

    def backward(self):
        self.inp.grad = 2 * self.errors / len(self.errors)


MODEL_ORDER = (
    "You send a layer back before its output has a gradient: it is still None. The way back begins "
    "at the loss, and takes the layers in reverse."
)
STOPS_EARLY = (
    "Your way back stops too early, so x, w1 and b1 get no gradient. All three layers have a way "
    "back."
)

# --- Model ---------------------------------------------------------------------------------------


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


class PlainModel:
    def __init__(self, w1, b1, w2, b2):
        self.layers = [PlainLin(w1, b1), PlainRelu(), PlainLin(w2, b2)]
        self.loss = PlainMse()

    def __call__(self, x, targ):
        for layer in self.layers:
            x = layer(x)
        return self.loss(x, targ)

    def backward(self):
        self.loss.backward()
        for layer in reversed(self.layers):
            layer.backward()


@mistake("Model", MODEL_ORDER)
class ModelForwardOrder(PlainModel):
    def backward(self):
        self.loss.backward()
        for layer in self.layers:
            layer.backward()


@mistake("Model", MODEL_ORDER)
class ModelLossLast(PlainModel):
    def backward(self):
        for layer in reversed(self.layers):
            layer.backward()
        self.loss.backward()


@mistake("Model", MODEL_ORDER)
class ModelNoLoss(PlainModel):
    def backward(self):
        for layer in reversed(self.layers):
            layer.backward()


@mistake("Model", STOPS_EARLY)
class ModelStopsEarly(PlainModel):
    def backward(self):
        self.loss.backward()
        for layer in self.layers[:0:-1]:
            layer.backward()


@mistake("Model", STOPS_EARLY)
class ModelOnlyLast(PlainModel):
    def backward(self):
        self.loss.backward()
        self.layers[-1].backward()


@mistake("Model", "You leave out the relu. Without a bend, two affine layers are one.")
class ModelNoRelu(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers = [self.layers[0], self.layers[2]]


@mistake("Model", "You bend after the last layer, too. Outputs may take any sign: no relu there.")
class ModelReluLast(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers.append(PlainRelu())


@mistake("Model", "You give both affine layers the first one's parameters, or swap the two layers.")
class ModelSwapped(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w2, b2, w1, b1)


@mistake("Model", "You use one relu's place for another layer: the order is Lin, Relu, Lin.")
class ModelReluFirst(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers = [self.layers[1], self.layers[0], self.layers[2]]


@mistake("Model", "You return the outputs. A model that is given targ returns the loss.")
class ModelReturnsOut(PlainModel):
    def __call__(self, x, targ):
        super().__call__(x, targ)
        return self.layers[-1].out


@mistake("Model", NOT_RETURNED.replace("keeps the output, and returns it", "returns the loss"))
class ModelReturnsNothing(PlainModel):
    def __call__(self, x, targ):
        super().__call__(x, targ)


@mistake("Model", "You make the layers' list without the loss apart: keep it in self.loss.")
class ModelLossInLayers(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers.append(self.loss)

    def __call__(self, x, targ):
        for layer in self.layers[:-1]:
            x = layer(x)
        return self.loss(x, targ)

    def backward(self):
        for layer in reversed(self.layers):
            layer.backward()


@mistake("Model", NO_LINKS)
class ModelOnClass(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        type(self).layers = [PlainLin(w1, b1), PlainRelu(), PlainLin(w2, b2)]
        type(self).loss = PlainMse()


@mistake("Model", AUTOGRAD)
class ModelAutograd(PlainModel):
    def __call__(self, x, targ):
        self.args = (x, self.layers[0].w, self.layers[0].b, self.layers[2].w, self.layers[2].b)
        self.targ = targ
        return super().__call__(x, targ)

    def backward(self):
        leaves = [arg.detach().clone().requires_grad_() for arg in self.args]
        x, w1, b1, w2, b2 = leaves
        out = torch.relu(x @ w1 + b1) @ w2 + b2
        F.mse_loss(out[:, 0], self.targ).backward()
        for arg, leaf in zip(self.args, leaves, strict=True):
            arg.grad = leaf.grad


@mistake("Model", ADDS.replace("inp.grad", "w1.grad"))
class ModelAdds(PlainModel):
    def backward(self):
        affine_layers = (self.layers[0], self.layers[2])
        before = [(layer.w.grad, layer.b.grad) for layer in affine_layers]
        super().backward()
        for layer, (w, b) in zip(affine_layers, before, strict=True):
            if w is not None:
                layer.w.grad, layer.b.grad = w + layer.w.grad, b + layer.b.grad


@mistake(
    "Model",
    "You give the layers copies of the parameters. The gradients are looked for on the tensors "
    "that came in: pass these on.",
)
class ModelCopies(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1.clone(), b1.clone(), w2.clone(), b2.clone())


@mistake("Model", ASTRAY)
class ModelAstray(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers[1] = ReluAstray()


@mistake("Model", MODEL_ORDER)
class ModelSkipsRelu(PlainModel):
    def backward(self):
        self.loss.backward()
        self.layers[2].backward()
        self.layers[0].backward()


@mistake("Model", "Your layers' list is reversed in place, so the next call runs backwards.")
class ModelReversesInPlace(PlainModel):
    def backward(self):
        self.loss.backward()
        self.layers.reverse()
        for layer in self.layers:
            layer.backward()


@mistake(
    "Model", "You begin the way back with ones. It begins with the loss: self.loss.backward()."
)
class ModelBeginsWithOnes(PlainModel):
    def backward(self):
        self.layers[-1].out.grad = torch.ones_like(self.layers[-1].out)
        for layer in reversed(self.layers):
            layer.backward()


@mistake("Model", "Your backward sets nothing. It calls the loss's backward, then each layer's.")
class ModelNoWayBack(PlainModel):
    def backward(self):
        pass


@mistake("Model", "x.grad is not set on the x that came in: you pass a copy (clone, detach) on.")
class ModelCopiesX(PlainModel):
    def __call__(self, x, targ):
        return super().__call__(x.clone(), targ)


@mistake(
    "Model",
    "You write the result over the layer: self.loss = self.loss(...). Return it, and leave "
    "self.loss what it is.",
)
class ModelLosesLoss(PlainModel):
    def __call__(self, x, targ):
        self.loss = super().__call__(x, targ)
        return self.loss


@mistake("Model", "You give x to each layer. Each takes what the one before it gave: x = layer(x).")
class ModelNotChained(PlainModel):
    def __call__(self, x, targ):
        return self.loss([layer(x) for layer in self.layers][-1], targ)


ONE_LIN = (
    "Both affine layers have the same w and b: you use one object twice, or keep w and b on the "
    "class. Make Lin(w1, b1) and Lin(w2, b2)."
)


@mistake("Model", ONE_LIN)
class ModelOneLin(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers[0] = self.layers[2]


@mistake("Model", ONE_LIN)
class ModelFirstLinTwice(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b1, w2, b2)
        self.layers[2] = self.layers[0]


class SkipsReluThere(PlainModel):
    def __call__(self, x, targ):
        return self.loss(self.layers[2](self.layers[0](x)), targ)


@mistake("Model", "You never call the relu on the way there: lin, relu, lin, then the loss.")
class ModelSkipsReluThere(SkipsReluThere):
    pass


@mistake("Model", "You never call the relu on the way there: lin, relu, lin, then the loss.")
class ModelSkipsReluBothWays(SkipsReluThere):
    def backward(self):
        self.loss.backward()
        self.layers[2].backward()
        self.layers[0].backward()


@mistake("Model", "You pass the relu by on the way back: where it gave 0, nothing goes back.")
class ModelPassesReluBy(PlainModel):
    def backward(self):
        first, relu, last = self.layers
        self.loss.backward()
        last.backward()
        first.out.grad = relu.out.grad
        first.backward()


@mistake("Model", "You have the biases the wrong way round: b1 belongs to w1, and b2 to w2.")
class ModelBiasesSwapped(PlainModel):
    def __init__(self, w1, b1, w2, b2):
        super().__init__(w1, b2, w2, b1)


NO_BWD = (
    "The args get no gradient: your backward does not call bwd, or calls it without them or with "
    "copies of them. It is to call self.bwd(out, *args), with the very tensors."
)

# --- Module --------------------------------------------------------------------------------------


@probes("Module")
def module_probes(draw):
    for count in (1, 2, 3):
        args = [draw(3, 4) for _ in range(count + 1)]
        yield Via((1.5, *args), "layers.powers")
    for dialogue in ("layers.powers_again", "layers.powers_side_by_side"):
        yield Via((1.5, *(draw(2, 5) for _ in range(6))), dialogue)
    yield Via((1.5, draw(1), draw(3, 4)), "layers.powers")  # the upstream does not fit: no way back


class PlainModule:
    def __call__(self, *args):
        self.args = args
        self.out = self.forward(*args)
        return self.out

    def backward(self):
        self.bwd(self.out, *self.args)


@mistake("Module", "You leave out the output: bwd(out, *args) needs it, for it carries out.grad.")
class ModuleNoOut(PlainModule):
    def backward(self):
        self.bwd(*self.args)


@mistake("Module", "You pass the output last. The order is bwd(out, *args).")
class ModuleOutLast(PlainModule):
    def backward(self):
        self.bwd(*self.args, self.out)


@mistake("Module", "You pass out.grad. bwd takes the output itself and finds .grad on it.")
class ModulePassesGrad(PlainModule):
    def backward(self):
        self.bwd(self.out.grad, *self.args)


@mistake("Module", "You pass the args as one tuple. Unpack them: bwd(self.out, *self.args).")
class ModuleArgsAsTuple(PlainModule):
    def backward(self):
        self.bwd(self.out, self.args)


@mistake("Module", "You take a single argument. A layer may have more: __call__(self, *args).")
class ModuleOneArg(PlainModule):
    def __call__(self, inp):
        return super().__call__(inp)


@mistake("Module", "You keep only the first argument. bwd sets the .grad of all of them.")
class ModuleFirstArg(PlainModule):
    def backward(self):
        self.bwd(self.out, self.args[0])


@mistake("Module", NOT_RETURNED)
class ModuleReturnsNothing(PlainModule):
    def __call__(self, *args):
        super().__call__(*args)


@mistake("Module", COPY_OUT)
class ModuleCopyOut(PlainModule):
    def __call__(self, *args):
        return super().__call__(*args).clone()


@mistake(
    "Module",
    "You call forward again on the way back. Its output is a new tensor, without the .grad that "
    "was left on the one returned: keep that one.",
)
class ModuleForwardAgain(PlainModule):
    def backward(self):
        self.bwd(self.forward(*self.args), *self.args)


@mistake(
    "Module",
    "You look up the output of an earlier call on the same objects. What is in a tensor changes: "
    "call forward each time.",
)
class ModuleById(PlainModule):
    def __call__(self, *args):
        kept = vars(self).setdefault("kept", {})
        self.args, self.out = args, kept.setdefault(tuple(map(id, args)), self.forward(*args))
        return self.out


@mistake("Module", NO_BWD)
class ModuleCopyArgs(PlainModule):
    def __call__(self, *args):
        return super().__call__(*(arg.clone() for arg in args))


@mistake("Module", ON_CLASS)
class ModuleOnClass(PlainModule):
    def __call__(self, *args):
        type(self).args, type(self).out = args, self.forward(*args)
        return self.out


@mistake("Module", FIRST_CALL)
class ModuleFirstCall(PlainModule):
    def __call__(self, *args):
        out = self.forward(*args)
        if not hasattr(self, "args"):
            self.args, self.out = args, out
        return out


NEEDS_INIT = (
    "You make what __call__ needs in __init__. A subclass has its own __init__, which does not "
    "call yours: make it in __call__."
)


def needs_init(attribute):
    """A Module that looks for an attribute; by its name alone can such answers be told."""

    class NeedsInit(PlainModule):
        def __call__(self, *args):
            getattr(self, attribute)

    NeedsInit.__name__ = f"ModuleNeeds{attribute.capitalize()}"
    return mistake("Module", NEEDS_INIT)(NeedsInit)


ATTRIBUTES = ("kept", "calls", "cache", "saved", "stack", "history", "memory", "state")
NEED_INIT = [needs_init(attribute) for attribute in ATTRIBUTES]
globals().update({one.__name__: one for one in NEED_INIT})


@mistake("Module", NO_BWD)
class ModuleNoBwd(PlainModule):
    def backward(self):
        pass


@mistake("Module", AUTOGRAD)
class ModuleAutograd(PlainModule):
    def backward(self):
        leaves = [arg.detach().clone().requires_grad_() for arg in self.args]
        (self.forward(*leaves) * self.out.grad).sum().backward()
        for arg, leaf in zip(self.args, leaves, strict=True):
            arg.grad = leaf.grad


@mistake("Module", TAKES_NOTHING)
class ModuleBackwardTakesOut(PlainModule):
    def backward(self, out):
        self.bwd(out, *self.args)


@mistake("Module", "You do not keep the output. Put it on self: self.out = self.forward(*args).")
class ModuleForgetsOut(PlainModule):
    def __call__(self, *args):
        self.args = args
        return self.forward(*args)


@mistake("Module", "You pass the args in reverse. They keep their order: bwd(out, *args).")
class ModuleReversesArgs(PlainModule):
    def backward(self):
        self.bwd(self.out, *reversed(self.args))


@mistake(
    "Module",
    "You call bwd within __call__, where out has no .grad yet. Whoever calls the layer calls "
    "backward later, and that calls bwd.",
)
class ModuleBackInCall(PlainModule):
    def __call__(self, *args):
        super().__call__(*args)
        self.bwd(self.out, *args)
        return self.out


@mistake("Module", FIFO)
class ModuleQueue(PlainModule):
    def __call__(self, *args):
        self.calls = [*getattr(self, "calls", []), (self.forward(*args), *args)]
        return self.calls[-1][0]

    def backward(self):
        self.bwd(*self.calls.pop(0))


@mistake("Module", "You pass the first call's output to bwd. Keep the last call's, anew each time.")
class ModuleFirstOut(PlainModule):
    def __call__(self, *args):
        out = super().__call__(*args)
        self.first = getattr(self, "first", out)
        return out

    def backward(self):
        self.bwd(self.first, *self.args)


NOT_BWD = "Your backward calls itself. What a subclass brings is called bwd: self.bwd(out, *args)."


@mistake("Module", NOT_BWD)
class ModuleCallsItself(PlainModule):
    def backward(self):
        self.backward()


@mistake("Module", NOT_BWD)
class ModuleCallsBackward(PlainModule):
    def backward(self):
        self.backward(self.out, *self.args)


@mistake("Module", "You keep two arguments at most. There may be any number: self.args = args.")
class ModuleTwoArgs(PlainModule):
    def backward(self):
        self.bwd(self.out, *self.args[:2])


# --- NnModel -------------------------------------------------------------------------------------


@probes("NnModel")
def nn_model_probes(draw):
    """What it makes of given parameters; and what it draws, told by the scripts in coarse steps."""
    for sizes in [(4, 3, 2), (4, 3), (1024, 160, 480), (200, 256, 100)]:
        yield Via(sizes, "layers.drawn_in_words")
    m, nh, n_out = 4, 3, 2
    values = draw(nh, m), draw(nh), draw(n_out, nh), draw(n_out)
    args = ((m, nh, n_out), draw(5, m), draw(5, n_out), *values)
    yield Via(args, "layers.module_there_and_back")
    values = draw(nh, m), draw(nh), draw(1, nh), draw(1)
    yield Via(((m, nh, 1), draw(5, m), draw(5, 1), *values), "layers.module_there_and_back")


class PlainNn(nn.Module):
    def __init__(self, m, nh, n_out=1):
        super().__init__()
        self.one, self.two = nn.Linear(m, nh), nn.Linear(nh, n_out)
        self.draw(m, nh)

    def draw(self, m, nh, std1=None, std2=None, bias=0.0):
        nn.init.normal_(self.one.weight, std=std1 or math.sqrt(2 / m))
        nn.init.normal_(self.two.weight, std=std2 or 1 / math.sqrt(nh))
        nn.init.constant_(self.one.bias, bias)
        nn.init.constant_(self.two.bias, bias)

    def forward(self, x):
        return self.two(torch.relu(self.one(x)))


BIASES = "Your biases do not start at 0. Set them: nn.init.zeros_(layer.bias)."
TORCHS_OWN = (
    "You keep nn.Linear's own start: uniform numbers of variance 1/(3 m), and biases that are not "
    "0. Draw the weights as He et al. do, and set the biases to 0."
)
FAN_OUT = (
    "You take fan_out for w1, as the notes did. There the weight was [in, out], and torch's second "
    "axis was not the fan_in; nn.Linear's is [out, in], so fan_in (the default) is right."
)


@mistake("NnModel", "You drop the axis of a single output. The result is [n, n_out], [n, 1] too.")
class NnSqueezed(PlainNn):
    def forward(self, x):
        return super().forward(x).squeeze(-1)


@mistake("NnModel", DEFAULT_DTYPE)
class NnFloat32(PlainNn):
    def __init__(self, m, nh, n_out=1):
        super().__init__(m, nh, n_out)
        self.float()


@mistake("NnModel", TORCHS_OWN)
class NnOwnStart(PlainNn):
    def __init__(self, m, nh, n_out=1):
        nn.Module.__init__(self)
        self.one, self.two = nn.Linear(m, nh), nn.Linear(nh, n_out)


@mistake("NnModel", FAN_OUT)
class NnFanOut(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=math.sqrt(2 / nh))


@mistake("NnModel", FAN_OUT.replace("w1", "both weights"))
class NnFanOutBoth(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=math.sqrt(2 / nh), std2=1 / math.sqrt(self.two.out_features))


@mistake("NnModel", "w2 has variance 2/nh. No relu follows it, so 1/nh keeps the signal's size.")
class NnKaimingBoth(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std2=math.sqrt(2 / nh))


@mistake("NnModel", "w1 has variance 1/m. The relu after it halves the square: take 2/m.")
class NnXavierBoth(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=math.sqrt(1 / m))


@mistake("NnModel", BIASES)
class NnBiases(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, bias=0.1)


@mistake("NnModel", BIASES)
class NnOwnBiases(PlainNn):
    def draw(self, m, nh):
        nn.init.kaiming_normal_(self.one.weight)
        nn.init.normal_(self.two.weight, std=1 / math.sqrt(nh))


@mistake(
    "NnModel",
    "You draw w1 from a uniform distribution (kaiming_uniform_). Asked for are normal numbers: "
    "kaiming_normal_.",
)
class NnUniform(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh)
        nn.init.kaiming_uniform_(self.one.weight)


@mistake(
    "NnModel",
    "You pass a = sqrt(5), which nn.Linear's own start uses. The slope below 0 of a relu is 0: "
    "leave a at its default.",
)
class NnRootFive(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=math.sqrt(2 / (6 * m)))


@mistake("NnModel", "You leave out the relu. Without a bend, two affine layers are one.")
class NnNoRelu(PlainNn):
    def forward(self, x):
        return self.two(self.one(x))


@mistake("NnModel", "You bend after the last layer, too. Outputs may take any sign: no relu there.")
class NnReluTwice(PlainNn):
    def forward(self, x):
        return torch.relu(super().forward(x))


@mistake(
    "NnModel", "You take half a unit off, as the notes' relu does. Here the bend is max(x, 0)."
)
class NnShifted(PlainNn):
    def forward(self, x):
        return self.two(torch.relu(self.one(x)) - 0.5)


@mistake(
    "NnModel",
    "Your weights are stored [in, out], as in the notes. torch's way is [out, in]: nn.Linear(m, nh)"
    " has a weight of shape [nh, m].",
)
class NnOurLayout(nn.Module):
    def __init__(self, m, nh, n_out=1):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(m, nh) * math.sqrt(2 / m))
        self.w2 = nn.Parameter(torch.randn(nh, n_out) / math.sqrt(nh))
        self.b1, self.b2 = nn.Parameter(torch.zeros(nh)), nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return torch.relu(x @ self.w1 + self.b1) @ self.w2 + self.b2


@mistake(
    "NnModel", "You leave out super().__init__(). nn.Module sets up there what holds parameters."
)
class NnNoSuper(PlainNn):
    def __init__(self, m, nh, n_out=1):
        self.one, self.two = nn.Linear(m, nh), nn.Linear(nh, n_out)


@mistake(
    "NnModel",
    "nn.Module does not see your parameters: parameters() is empty. Wrap each tensor in "
    "nn.Parameter; keep layers in attributes, nn.ModuleList or nn.Sequential, not in a plain list.",
)
class NnPlainList(PlainNn):
    def __init__(self, m, nh, n_out=1):
        nn.Module.__init__(self)
        self.layers = [nn.Linear(m, nh), nn.ReLU(), nn.Linear(nh, n_out)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@mistake("NnModel", "You leave out the biases (bias=False). The net has b1 and b2.")
class NnNoBiases(PlainNn):
    def __init__(self, m, nh, n_out=1):
        nn.Module.__init__(self)
        self.one = nn.Linear(m, nh, bias=False)
        self.two = nn.Linear(nh, n_out, bias=False)
        nn.init.kaiming_normal_(self.one.weight)
        nn.init.normal_(self.two.weight, std=1 / math.sqrt(nh))


@mistake(
    "NnModel",
    "You cut the output off its parameters (detach, .data, no_grad). autograd is the way back "
    "here, and needs the graph.",
)
class NnCut(PlainNn):
    def forward(self, x):
        return super().forward(x).detach()


@mistake(
    "NnModel",
    "You cut the hidden units off (detach, .data, no_grad), so w1 and b1 get no gradient. Leave "
    "the graph whole.",
)
class NnCutHidden(PlainNn):
    def forward(self, x):
        return self.two(torch.relu(self.one(x)).detach())


@mistake("NnModel", "You forget n_out: the last layer has one output, whatever was asked for.")
class NnOneOutput(PlainNn):
    def __init__(self, m, nh, n_out=1):
        super().__init__(m, nh, 1)


@mistake("NnModel", "You give n_out no default. It is 1 unless told otherwise.")
class NnNoDefault(PlainNn):
    def __init__(self, m, nh, n_out):
        super().__init__(m, nh, n_out)


@mistake("NnModel", "All weights start at 0, so all hidden units stay alike. Draw them at random.")
class NnZeros(PlainNn):
    def draw(self, m, nh):
        for parameter in self.parameters():
            nn.init.zeros_(parameter)


@mistake("NnModel", "Your w2 has the std 1/nh. That is its variance: the std is 1/sqrt(nh).")
class NnNoRoot(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std2=1 / nh)


SQUARED = "You take variances for stds. The std of w1 is sqrt(2/m), that of w2 is sqrt(1/nh)."


@mistake("NnModel", SQUARED)
class NnVariances(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=2 / m, std2=1 / nh)


@mistake("NnModel", SQUARED)
class NnVarianceOfW1(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=2 / m)


@mistake("NnModel", "You draw by Glorot's rule (xavier_normal_). w1 needs 2/m, w2 needs 1/nh.")
class NnGlorot(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh)
        nn.init.xavier_normal_(self.one.weight)
        nn.init.xavier_normal_(self.two.weight)


@mistake(
    "NnModel",
    "You draw w1 by Glorot's rule (xavier_normal_), which looks at both fans. Look at fan_in "
    "alone: kaiming_normal_.",
)
class NnGlorotW1(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh)
        nn.init.xavier_normal_(self.one.weight, gain=math.sqrt(2))


CUT_OFF = (
    "You cut the normal distribution off (trunc_normal_), which makes it narrower. Draw plain "
    "normal numbers: normal_, or kaiming_normal_."
)


@mistake("NnModel", CUT_OFF)
class NnTruncated(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh)
        for layer, std in ((self.one, math.sqrt(2 / m)), (self.two, 1 / math.sqrt(nh))):
            nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)


@mistake("NnModel", "Your weights have std 1. w1 needs a variance of 2/m, w2 of 1/nh.")
class NnStdOne(PlainNn):
    def draw(self, m, nh):
        super().draw(m, nh, std1=1.0, std2=1.0)


@mistake("NnModel", "You leave w2 at nn.Linear's own start. It is to be normal, of variance 1/nh.")
class NnOwnW2(PlainNn):
    def draw(self, m, nh):
        own = self.two.weight.detach().clone()
        super().draw(m, nh)
        self.two.weight.data.copy_(own)


@mistake("NnModel", "You swap m and nh: nn.Linear(m, nh) has m inputs and nh outputs.")
class NnSwapped(PlainNn):
    def __init__(self, m, nh, n_out=1):
        super().__init__(nh, m, n_out)
