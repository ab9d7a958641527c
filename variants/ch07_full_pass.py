"""Right but unusual answers of chapter 7; all must pass."""

from functools import partial

import torch
import torch.nn.functional as F
from ch03_forward import lin, relu
from ch05_loss import mse
from ch06_backward import lin_grad, mse_grad, relu_grad

from kata.diagnosis.recorded import right


@right("forward_and_backward")
def loss_first_and_gradients_after(inp, targ, w1, b1, w2, b2):
    l1 = inp @ w1 + b1
    l2 = l1.clamp(min=0)
    diff = l2 @ w2 + b2 - targ[:, None]
    loss = diff.pow(2).sum() / len(targ)
    g = diff * (2.0 / len(targ))
    w2.grad, b2.grad = l2.T @ g, g.sum(0)
    g = torch.where(l1 > 0, g @ w2.T, 0)
    w1.grad, b1.grad, inp.grad = inp.T @ g, g.sum(0), g @ w1.T
    return loss


@right("forward_and_backward")
def mask_from_the_plain_relus_output(inp, targ, w1, b1, w2, b2):
    l2 = torch.relu(torch.addmm(b1, inp, w1))
    out = torch.addmm(b2, l2, w2).squeeze(1)
    g = 2 * (out - targ) / targ.numel()
    w2.grad, b2.grad = (g @ l2).unsqueeze(1), g.sum().reshape(1)
    g = torch.outer(g, w2[:, 0]) * (l2 > 0)
    w1.grad, b1.grad, inp.grad = inp.t() @ g, g.sum(0), F.linear(g, w1)
    return F.mse_loss(out, targ)


@right("forward_and_backward")
def in_place_on_its_own_tensors(inp, targ, w1, b1, w2, b2):
    with torch.no_grad():
        hidden = torch.mm(inp, w1).add_(b1).clamp_(min=0)
        out = torch.mm(hidden, w2).add_(b2).sub_(targ.unsqueeze(-1))
        loss = out.square().mean()
        out.mul_(2).div_(len(targ))
        w2.grad, b2.grad = hidden.t() @ out, out.sum(0)
        back = (out @ w2.t()).masked_fill_(hidden <= 0, 0)
        w1.grad, b1.grad, inp.grad = inp.t() @ back, back.sum(0), back @ w1.t()
    return loss


@right("forward_and_backward")
def with_the_functions_of_chapter_6(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    relu_grad(l1, l2)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


@right("forward_and_backward")
def loss_that_hangs_on_a_graph(inp, targ, w1, b1, w2, b2):
    with torch.enable_grad():
        first = w1.detach().clone().requires_grad_()
        loss = mse(lin(relu(lin(inp, first, b1)), w2, b2), targ)
    with_the_functions_of_chapter_6(inp, targ, w1, b1, w2, b2)
    return loss


@right("forward_and_backward")
def row_by_row(inp, targ, w1, b1, w2, b2):
    total, rows = torch.zeros_like(targ[0]), []
    sums = [torch.zeros_like(t.detach()) for t in (w1, b1, w2, b2)]
    for x, t in zip(inp, targ, strict=True):
        l1 = x @ w1 + b1
        l2 = torch.relu(l1)
        error = (l2 @ w2 + b2)[0] - t
        total = total + error**2
        g = 2 * error / len(inp)
        d_l1 = (g * w2[:, 0]) * (l1 > 0)
        grads = (torch.outer(x, d_l1), d_l1, (l2 * g).unsqueeze(-1), g.reshape(1))
        sums = [s + grad for s, grad in zip(sums, grads, strict=True)]
        rows.append(w1 @ d_l1)
    inp.grad = torch.stack(rows)
    w1.grad, b1.grad, w2.grad, b2.grad = sums
    return total / len(inp)


@right("forward_and_backward")
def by_einsum(inp, targ, w1, b1, w2, b2):
    l1 = torch.einsum("nm,mh->nh", inp, w1) + b1
    l2 = F.relu(l1)
    error = (torch.einsum("nh,ho->no", l2, w2) + b2)[:, 0] - targ
    g = error * 2 / error.shape[0]
    d_l1 = torch.einsum("n,ho,nh->nh", g, w2, (l1 > 0).to(l1.dtype))
    w2.grad = torch.einsum("n,nh->h", g, l2)[:, None]
    b2.grad = torch.einsum("n->", g)[None]
    w1.grad = torch.einsum("nm,nh->mh", inp, d_l1)
    b1.grad = torch.einsum("nh->h", d_l1)
    inp.grad = torch.einsum("nh,mh->nm", d_l1, w1)
    return torch.dot(error, error) / len(error)


@right("forward_and_backward")
def in_float64_and_back(inp, targ, w1, b1, w2, b2):
    copies = [t.detach().double().clone() for t in (inp, targ, w1, b1, w2, b2)]
    loss = loss_first_and_gradients_after(*copies)
    for tensor, copy in zip((inp, targ, w1, b1, w2, b2), copies, strict=True):
        if tensor is not targ:
            tensor.grad = copy.grad.to(tensor.dtype)
    return loss.to(inp.dtype)


@right("forward_and_backward")
class Model:
    """Layers as objects, each with a forward and a backward of its own, as in the notes."""

    def __call__(self, inp, targ, w1, b1, w2, b2):
        layers = [Lin(w1, b1), Relu(), Lin(w2, b2)]
        out = inp
        for layer in layers:
            out = layer(out)
        error = out.squeeze(-1) - targ
        grad = (2 * error / len(targ)).unsqueeze(-1)
        for layer in reversed(layers):
            grad = layer.backward(grad)
        inp.grad = grad
        return (error**2).mean()


class Lin:
    """x @ w + b, and back."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad):
        self.w.grad, self.b.grad = self.x.t() @ grad, grad.sum(0)
        return grad @ self.w.t()


class Relu:
    """max(x, 0), and back."""

    def __call__(self, x):
        self.x = x
        return x.clamp_min(0.0)

    def backward(self, grad):
        return (self.x > 0) * grad


def _pass(bend, args):
    inp, targ, w1, b1, w2, b2 = args
    l1 = lin(inp, w1, b1)
    l2 = bend(l1, torch.zeros_like(l1))
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    l1.grad = l2.grad * (l2 > 0)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


by_partial = right("forward_and_backward")(
    partial(lambda bend, *args: _pass(bend, args), torch.max)
)
by_partial.__name__ = "by_partial"


@right("forward_and_backward")
def loss_from_a_vector_product(inp, targ, w1, b1, w2, b2):
    error = (torch.relu(inp @ w1 + b1) @ w2 + b2).flatten() - targ
    with_the_functions_of_chapter_6(inp, targ, w1, b1, w2, b2)
    return (error @ error).div(len(error)).detach()
