"""The right answers of chapter 21's parts: values by torch and autograd, bounds by `Sized`.

Norm, softmax and relu in a row have no short formula of their error. So the bound is carried along:
each step, forward and backward, also says how far off it may be. See oracles_writer for the whole.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from backprop.oracle import autograd, exact
from kata.checks.compare import Expected

EPS = 1e-5  # rms_norm's


@dataclass(frozen=True)
class Sized:
    """A value, and a size with |error| <= k eps size for any right answer (k: roundings).

    size is never below |value|, so one more rounding of a result is one more in k. To first order,
    f(a) is off by |f'(a)| k eps size(a); the products of two errors are left out, as k eps is
    below 1e-3 of the sizes here.
    """

    value: Tensor
    size: Tensor
    k: int = 1

    def moved(self, move: Callable[[Tensor], Tensor], times: int = 0) -> "Sized":
        """Return what a linear map without a minus makes of it: a reshaping, a choice, a sum."""
        return Sized(move(self.value), move(self.size), self.k + times)

    def __add__(self, other: "Sized") -> "Sized":
        return Sized(self.value + other.value, self.size + other.size, max(self.k, other.k) + 1)

    def __sub__(self, other: "Sized") -> "Sized":
        return self + Sized(-other.value, other.size, other.k)

    def __mul__(self, other: "Sized") -> "Sized":
        size = self.value.abs() * other.size + self.size * other.value.abs()
        return Sized(self.value * other.value, size, max(self.k, other.k) + 1)

    def __matmul__(self, other: "Sized") -> "Sized":
        size = self.value.abs() @ other.size + self.size @ other.value.abs()
        k = max(self.k, other.k) + self.value.shape[-1] + 1
        return Sized(self.value @ other.value, size, k)

    @property
    def mT(self) -> "Sized":
        return self.moved(lambda a: a.mT)

    def mean(self) -> "Sized":
        """Return the mean over the last axis."""
        return self.moved(lambda a: a.mean(-1, keepdim=True), self.value.shape[-1] + 1)

    def rows(self) -> "Sized":
        """Return the sum over the first axis."""
        return self.moved(lambda a: a.sum(0), len(self.value))

    def times(self, factor: float) -> "Sized":
        """Return it times a plain number, which is rounded itself."""
        return Sized(self.value * factor, self.size * abs(factor), self.k + 2)

    def mapped(self, value: Tensor, slope: Tensor, times: int = 3) -> "Sized":
        """Return a function of it, of this value and slope, which rounds a few times."""
        return Sized(value, value.abs() + slope.abs() * self.size, self.k + times)


def sized(tensor: Tensor) -> Sized:
    """Take an argument, which is exact."""
    return Sized(exact(tensor), exact(tensor).abs(), 0)


def lin(x: Sized, w: Sized, b: Sized) -> Sized:
    """x w + b."""
    return x @ w + b


class Norm:
    """rms_norm, forward and backward."""

    def __init__(self, x: Sized, gamma: Sized) -> None:
        self.gamma = gamma
        ms = (x * x).mean()
        root = (ms.value + EPS).rsqrt()
        self.inv = ms.mapped(root, root**3 / 2)
        self.hat = x * self.inv
        self.out = self.hat * gamma

    def back(self, d: Sized) -> tuple[Sized, Sized]:
        """Return d_x and d_gamma."""
        g = d * self.gamma
        d_x = self.inv * (g - self.hat * (g * self.hat).mean())
        return d_x, (d * self.hat).rows()


def weights(q: Sized, k: Sized) -> Sized:
    """Return the causal softmax of the scores.

    A weight's relative error is that of its own exponent, and the weighted mean of all of its
    row's; and t + 5 roundings of exp, sum and quotient. Its exponent is z - max z.
    """
    z = (q @ k.mT).times(1 / math.sqrt(q.value.shape[-1]))
    later = torch.ones_like(z.value, dtype=torch.bool).triu(1)
    seen = z.value.masked_fill(later, -math.inf)
    p = torch.softmax(seen, -1)
    off = (z.size + seen.amax(-1, keepdim=True) - z.value).masked_fill(later, 0)
    size = p * (1 + off + (p * off).sum(-1, keepdim=True))
    return Sized(p, size, z.k + len(p[..., 0, :].flatten()) + 8)


def attention_back(d: Sized, q: Sized, k: Sized, v: Sized) -> tuple[Sized, Sized, Sized]:
    """Return d_q, d_k and d_v of causal attention."""
    p, d_p = weights(q, k), d @ v.mT
    total = (d_p * p).moved(lambda a: a.sum(-1, keepdim=True), p.value.shape[-1])
    d_z = (p * (d_p - total)).times(1 / math.sqrt(q.value.shape[-1]))
    return d_z @ k, d_z.mT @ q, p.mT @ d


def expected(sizes: Sequence[Sized], values: Sequence[Tensor]) -> list[Expected]:
    """Take the values from torch, and the bounds from here."""
    return [Expected(v, s.size, s.k + 4) for s, v in zip(sizes, values, strict=True)]


def embedding(d_out: Tensor, ids: Tensor, v: int) -> Expected:
    """Return the gradient of a table of v rows: by the one-hot matrix of the ids, and no index."""
    hot, d = F.one_hot(ids.flatten(), v).double(), exact(d_out).flatten(0, 1)
    return Expected(hot.T @ d, hot.T @ d.abs(), len(d) + 2)


def causal_plain(q: Tensor, k: Tensor) -> Tensor:
    """Return the weights, in torch's own words."""
    z = q @ k.mT / math.sqrt(q.shape[-1])
    seen = torch.ones_like(z, dtype=torch.bool).tril()
    return torch.softmax(torch.where(seen, z, -math.inf), -1)


def causal(q: Tensor, k: Tensor) -> Expected:
    """Return the weights."""
    (found,) = expected([weights(sized(q), sized(k))], [causal_plain(exact(q), exact(k))])
    return found


def causal_back(upstream: Tensor, q: Tensor, k: Tensor) -> list[Expected]:
    """Return the gradients of the weights in q and k."""
    p, up = weights(sized(q), sized(k)), sized(upstream)
    total = (up * p).moved(lambda a: a.sum(-1, keepdim=True), p.value.shape[-1])
    d_z = (p * (up - total)).times(1 / math.sqrt(q.shape[-1]))
    return expected([d_z @ sized(k), d_z.mT @ sized(q)], autograd(causal_plain, (q, k), upstream))


def attention(d_out: Tensor, q: Tensor, k: Tensor, v: Tensor) -> list[Expected]:
    """Return d_q, d_k and d_v of causal attention."""
    values = autograd(lambda q, k, v: causal_plain(q, k) @ v, (q, k, v), d_out)
    return expected(attention_back(*map(sized, (d_out, q, k, v))), values)


class Block:
    """The residual block of the two linear layers, forward and backward."""

    def __init__(self, x: Sized, gamma: Sized, w1: Sized, b1: Sized, w2: Sized, b2: Sized) -> None:
        self.norm, self.w1, self.w2 = Norm(x, gamma), w1, w2
        self.l1 = lin(self.norm.out, w1, b1)
        self.mask = self.l1.value > 0
        self.l2 = self.l1.moved(lambda a: a * self.mask)
        self.out = x + lin(self.l2, w2, b2)

    def back(self, d: Sized) -> tuple[Sized, ...]:
        """Return the six gradients."""
        d_l1 = (d @ self.w2.mT).moved(lambda a: a * self.mask)
        d_x, d_gamma = self.norm.back(d_l1 @ self.w1.mT)
        d_w1, d_w2 = self.norm.out.mT @ d_l1, self.l2.mT @ d
        return d + d_x, d_gamma, d_w1, d_l1.rows(), d_w2, d.rows()

    def safe(self, eps: float) -> bool:
        """Return whether no rounding can take a value across the relu's kink."""
        return bool((self.l1.value.abs() > self.l1.k * eps * self.l1.size).all())


def block_plain(x: Tensor, gamma: Tensor, *layers: Tensor) -> Tensor:
    """Return the block's output, in torch's own words."""
    w1, b1, w2, b2 = layers
    y = F.rms_norm(x, x.shape[-1:], gamma, EPS)
    return x + torch.addmm(b2, torch.relu(torch.addmm(b1, y, w1)), w2)


def residual(d_out: Tensor, *args: Tensor) -> list[Expected]:
    """Return the block's six gradients; args are x and its parameters."""
    sizes = Block(*map(sized, args)).back(sized(d_out))
    return expected(sizes, autograd(block_plain, args, d_out))


def block_is_safe(*args: Tensor) -> bool:
    """Return whether the relu of a block of these args is off its kink."""
    return Block(*map(sized, args)).safe(torch.finfo(args[0].dtype).eps)
