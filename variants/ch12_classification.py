"""Right answers to chapter 12, in unusual ways: all must pass."""

import functools

import torch
import torch.nn.functional as F
from torch import nn

from kata.diagnosis.recorded import right

# --- logsumexp ----------------------------------------------------------------------------------


@right("logsumexp")
def lse_by_torch(x):
    return torch.logsumexp(x, -1)


@right("logsumexp")
def lse_pair_by_pair(x):
    return functools.reduce(torch.logaddexp, x.unbind(1))


@right("logsumexp")
def lse_in_a_loop(x):
    found = []
    for row in x:
        m = row.max()
        found.append(m + sum(torch.exp(v - m) for v in row).log())
    return torch.stack(found)


@right("logsumexp")
def lse_with_the_maximum_detached(x):
    m = x.detach().max(dim=1, keepdim=True).values
    return ((x - m).exp().sum(1, keepdim=True).log() + m)[:, 0]


@right("logsumexp")
def lse_by_log1p(x):
    m, at = x.max(1)
    others = (x - m[:, None]).exp().scatter(1, at[:, None], 0.0)
    return m + others.sum(1).log1p()


@right("logsumexp")
def lse_from_log_softmax(x):
    return x[:, 0] - F.log_softmax(x, 1)[:, 0]


@right("logsumexp")
def lse_in_float64(x):
    return x.double().logsumexp(1).to(x.dtype)


# --- log_softmax --------------------------------------------------------------------------------


@right("log_softmax")
def ls_by_torch(x):
    return torch.log_softmax(x, dim=-1)


@right("log_softmax")
class LogSoftmax(nn.LogSoftmax):
    """torch's module."""

    def __init__(self):
        super().__init__(dim=1)


@right("log_softmax")
def ls_shifted_first(x):
    d = x - x.amax(1, keepdim=True)
    return d - d.exp().sum(1, keepdim=True).log()


@right("log_softmax")
def ls_transposed(x):
    return (x.T - x.T.logsumexp(0)).T


@right("log_softmax")
def ls_in_a_loop(x):
    return torch.stack([row - row.logsumexp(0) for row in x])


@right("log_softmax")
def ls_of_all_differences(x):
    return -(x[:, None, :] - x[:, :, None]).logsumexp(2)


# --- nll ----------------------------------------------------------------------------------------


@right("nll")
def nll_by_torch(inp, targ):
    return F.nll_loss(inp, targ)


@right("nll")
def nll_by_index(inp, targ):
    return -inp[range(len(targ)), targ].mean()


@right("nll")
def nll_by_one_hot(inp, targ):
    return -(F.one_hot(targ, inp.shape[-1]) * inp).sum() / len(inp)


@right("nll")
def nll_by_where(inp, targ):
    classes = torch.arange(inp.shape[1], device=inp.device)
    return -torch.where(targ[:, None] == classes, inp, 0).sum(1).mean()


@right("nll")
def nll_in_a_loop(inp, targ):
    return sum(-row[k] for row, k in zip(inp, targ.tolist(), strict=True)) / len(targ)


@right("nll")
def nll_by_the_diagonal(inp, targ):
    return -inp[:, targ].diagonal().mean()


# --- cross_entropy ------------------------------------------------------------------------------


@right("cross_entropy")
def ce_by_torch(inp, targ):
    return F.cross_entropy(inp, targ)


@right("cross_entropy")
class CrossEntropy(nn.CrossEntropyLoss):
    """torch's module."""


@right("cross_entropy")
def ce_of_one_hot(inp, targ):
    return F.cross_entropy(inp, F.one_hot(targ, inp.shape[1]).to(inp.dtype))


@right("cross_entropy")
def ce_of_margins(inp, targ):
    return (inp - inp.gather(1, targ[:, None])).logsumexp(1).mean()


@right("cross_entropy")
def ce_by_sums(inp, targ):
    right = inp[torch.arange(len(inp)), targ]
    return (inp.logsumexp(1).sum() - right.sum()) / len(inp)


@right("cross_entropy")
def ce_shifted_in_place(inp, targ):
    d = inp - inp.detach().amax(1, keepdim=True)
    d -= d.exp().sum(1, keepdim=True).log()
    return -d.take_along_dim(targ[:, None], 1).mean()


# --- log_softmax_grad ---------------------------------------------------------------------------


@right("log_softmax_grad")
def lsg_by_softmax_of_inp(inp, out):
    inp.grad = out.grad - torch.softmax(inp, 1) * out.grad.sum(1)[:, None]


@right("log_softmax_grad")
def lsg_by_softmax_of_out(inp, out):
    inp.grad = out.grad.sub(out.softmax(1).mul(out.grad.sum(1, True)))


@right("log_softmax_grad")
def lsg_by_jacobians(inp, out):
    c = out.shape[1]
    eye = torch.eye(c, dtype=out.dtype, device=out.device)
    jacobian = eye - out.exp().unsqueeze(1)  # [n, l, k] = dout[i, l] / dinp[i, k]
    inp.grad = torch.einsum("nl,nlk->nk", out.grad, jacobian)


@right("log_softmax_grad")
def lsg_row_by_row(inp, out):
    inp.grad = torch.empty_like(inp).copy_(inp)
    for i in range(len(inp)):
        inp.grad[i] = out.grad[i] - out[i].exp() * out.grad[i].sum()


@right("log_softmax_grad")
def lsg_in_float64(inp, out):
    g = out.grad.double()
    inp.grad = (g - out.double().exp() * g.sum(1, keepdim=True)).to(inp.dtype)


# --- nll_grad -----------------------------------------------------------------------------------


@right("nll_grad")
def ng_by_one_hot(inp, targ):
    inp.grad = F.one_hot(targ, inp.shape[1]).to(inp.dtype) / -len(inp)


@right("nll_grad")
def ng_by_index(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[range(len(targ)), targ] = -1 / len(targ)


@right("nll_grad")
def ng_by_comparison(inp, targ):
    classes = torch.arange(inp.shape[1], device=inp.device)
    inp.grad = -(classes == targ[:, None]).to(inp.dtype) / inp.shape[0]


@right("nll_grad")
def ng_by_eye(inp, targ):
    eye = torch.eye(inp.shape[1], dtype=inp.dtype, device=inp.device)
    inp.grad = -eye[targ] / targ.numel()


@right("nll_grad")
def ng_in_a_loop(inp, targ):
    inp.grad = inp.new_zeros(inp.shape)
    for i, k in enumerate(targ):
        inp.grad[i, k] -= 1 / len(inp)


# --- cross_entropy_grad -------------------------------------------------------------------------


@right("cross_entropy_grad")
def ceg_by_softmax(inp, targ):
    inp.grad = (inp.softmax(1) - F.one_hot(targ, inp.shape[1])) / len(inp)


@right("cross_entropy_grad")
def ceg_by_index(inp, targ):
    p = torch.softmax(inp.detach(), 1)
    p[range(len(p)), targ] -= 1
    inp.grad = p.div_(len(p))


@right("cross_entropy_grad")
def ceg_link_by_link(inp, targ):
    out = inp.log_softmax(1)
    g = torch.zeros_like(out).scatter_(1, targ[:, None], -1 / len(inp))
    inp.grad = g - out.exp() * g.sum(1, keepdim=True)


@right("cross_entropy_grad")
def ceg_by_hand(inp, targ):
    e = (inp - inp.amax(1, keepdim=True)).exp()
    p = e / e.sum(1, keepdim=True)
    eye = torch.eye(p.shape[1], dtype=p.dtype, device=p.device)
    inp.grad = p / len(p) - eye[targ] / len(p)


@right("cross_entropy_grad")
def ceg_row_by_row(inp, targ):
    grads = []
    for row, k in zip(inp, targ, strict=True):
        p = (row - row.logsumexp(0)).exp()
        grads.append(p - (torch.arange(len(p), device=p.device) == k).to(p.dtype))
    inp.grad = torch.stack(grads) / len(grads)
