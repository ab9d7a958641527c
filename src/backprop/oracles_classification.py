"""The right answers of chapter 12, in float64, by torch and its autograd; see backprop.oracle.

Where the error bounds come from. Let M be a row's largest |x|, m its maximum, p its probabilities.
x - m is off by eps |x - m|, which exp turns into a relative error; weighted by p, these add up to
at most sum p (m - x) <= log c. The sum of c terms has c roundings, its logarithm's own is
eps log c, and adding m costs eps M. So logsumexp is off by (c + 6) eps (1 + log c + M), for any
order of summation. A probability is exp of such a difference: its relative error is that bound.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from backprop.oracle import autograd, exact
from kata.checks.compare import Expected


def logsumexp(x: Tensor) -> Expected:
    """log sum exp of each row."""
    x = exact(x)
    return Expected(x.logsumexp(1), _size(x).squeeze(1), x.shape[1] + 6)


def logsumexp_grad(x: Tensor, upstream: Tensor) -> Expected:
    """Return the probabilities times each row's upstream.

    The maximum's own way back cancels to 0.
    """
    (values,) = autograd(lambda x: x.logsumexp(1), (x,), upstream)
    scale = exact(upstream).abs().unsqueeze(1) * (1 + _probability_error(x))
    return Expected(values, scale, 2 * x.shape[1] + 10)


def log_softmax(x: Tensor) -> Expected:
    """Return each logit less its row's log sum exp."""
    x = exact(x)
    return Expected(F.log_softmax(x, 1), x.abs() + _size(x), x.shape[1] + 8)


def log_softmax_grad(inp: Tensor, out: Tensor) -> dict[str, Expected]:
    """Return the upstream, less the probabilities times the sum of the row's upstream."""
    assert out.grad is not None
    (values,) = autograd(lambda x: F.log_softmax(x, 1), (inp,), out.grad)
    g = exact(out.grad).abs()
    scale = g + _probability_error(inp) * g.sum(1, keepdim=True)
    return {"inp": Expected(values, scale, 2 * inp.shape[1] + 10)}


def softmax_chain(x: Tensor, upstream: Tensor) -> Expected:
    """log_softmax's gradient, taken by autograd through an answer: its maximum cancels, too."""
    (values,) = autograd(lambda x: F.log_softmax(x, 1), (x,), upstream)
    g = exact(upstream).abs()
    scale = g + (1 + _probability_error(x)) * g.sum(1, keepdim=True)
    return Expected(values, scale, 2 * x.shape[1] + 10)


def nll(inp: Tensor, targ: Tensor) -> Expected:
    """Return the mean of n numbers, with the other sign."""
    picked = exact(inp).gather(1, targ.unsqueeze(1))
    return Expected(F.nll_loss(exact(inp), targ), picked.abs().mean(), len(targ) + 3)


def nll_grad(inp: Tensor, targ: Tensor) -> dict[str, Expected]:
    """-1/n at the right class, and exactly 0 elsewhere."""
    (values,) = autograd(lambda x: F.nll_loss(x, targ), (inp,))
    return {"inp": Expected(values, values, 3)}


def cross_entropy(inp: Tensor, targ: Tensor) -> Expected:
    """Return the mean of log sum exp less the right logit."""
    x = exact(inp)
    each = _size(x) + x.gather(1, targ.unsqueeze(1)).abs()
    return Expected(F.cross_entropy(x, targ), each.mean(), len(targ) + x.shape[1] + 10)


def cross_entropy_grad(inp: Tensor, targ: Tensor) -> dict[str, Expected]:
    """(probabilities - 1 at the right class) / n."""
    (values,) = autograd(lambda x: F.cross_entropy(x, targ), (inp,))
    scale = (_probability_error(inp) + F.one_hot(targ, inp.shape[1])) / len(inp)
    return {"inp": Expected(values, scale, inp.shape[1] + 12)}


def _size(x: Tensor) -> Tensor:
    """1 + log c + M for each row, [n, 1]."""
    return 1 + math.log(x.shape[1]) + x.abs().amax(1, keepdim=True)


def _probability_error(x: Tensor) -> Tensor:
    """Return the probabilities times their relative error's scale."""
    x = exact(x)
    return torch.softmax(x, 1) * _size(x)
