"""The right answers of the chapter on deep nets: float64, by plain loops and torch's autograd.

As in backprop.oracle: the exact values, the same expression over absolute values, the roundings.
"""

import math

import torch
from torch import Tensor

from backprop.oracle import autograd, exact
from kata.checks.compare import Expected


def moments(x: Tensor, ws: Tensor) -> Expected:
    """log2 of each mean square, by a loop in float64 that takes the size out of x in each layer.

    A product rounds d times, a mean square n d times more. `bound` follows the products over
    absolute values, so that mean(x bound) / mean(x^2) is by how much more the square may be off;
    the logarithms are as large as `most`, and are added up in as many roundings as layers.
    """
    x, ws = exact(x), exact(ws)
    bound, total = x.abs(), 0.0
    values: list[float] = []
    scales: list[float] = []
    for w in ws:
        x, bound = torch.relu(x @ w), bound @ w.abs()
        square = float(x.square().mean())
        total += math.log2(square)
        values.append(total)
        scales.append(3 * float((x * bound).mean()) / square + 2 * max(map(abs, values)) / len(w))
        x, bound = x / math.sqrt(square), bound / math.sqrt(square)
    roundings = len(ws) * (len(x[0]) + 4) + x.numel() + 8
    return Expected(
        torch.tensor(values, dtype=torch.float64, device=x.device),
        torch.tensor(scales, dtype=torch.float64, device=x.device),
        roundings,
    )


def residual_loss(x: Tensor, targ: Tensor, w: Tensor) -> Tensor:
    """Return the loss of a residual net with branches of two layers, w [L, 2, d, d]."""
    for w1, w2 in w:
        x = x + torch.relu(x @ w1) @ w2
    return torch.nn.functional.mse_loss(x, targ)


def _loss_bound(x: Tensor, targ: Tensor, w: Tensor) -> Tensor:
    """Return the same over absolute values; with these, relu lets everything through."""
    for w1, w2 in w:
        x = x + x @ w1 @ w2
    return (x + targ).square().mean()


def residual(x: Tensor, targ: Tensor, w: Tensor) -> tuple[Expected, dict[str, Expected]]:
    """Return the loss, and its gradients in x and w.

    Each layer has two products there, of d roundings each, and four back, one of them over n rows.
    """
    args = (x, targ, w)
    bounds = (exact(x).abs(), exact(targ).abs(), exact(w).abs())
    roundings = len(w) * (4 * x.shape[1] + 8) + len(x) + x.numel() + 10
    values, scales = autograd(residual_loss, args), autograd(_loss_bound, bounds)
    loss = Expected(residual_loss(*map(exact, args)), _loss_bound(*bounds), roundings)
    return loss, {
        "x": Expected(values[0], scales[0], roundings),
        "w": Expected(values[2], scales[2], roundings),
    }


def residual_of_width_one(
    x: Tensor, targ: Tensor, w: Tensor
) -> tuple[Expected, dict[str, Expected]]:
    """Return the same for x [n, 1] and small weights [L, 2, 1, 1], in closed form, for very large
    L.

    While |w1 w2| < 1 no x changes its sign, and a layer multiplies it by 1 + w1 w2 where x w1 > 0,
    else by 1, in some 4 roundings and without cancellation; so does the way back.
    """
    start, t = exact(x)[:, 0], exact(targ)[:, 0]
    w1, w2 = (part[:, 0] for part in exact(w).unbind(1))  # [L, 1]
    active = start * w1 > 0  # [L, n]
    after = torch.cumprod(1 + active * w1 * w2, 0)
    before = torch.cat([torch.ones_like(after[:1]), after[:-1]])
    out, rest = start * after[-1], after[-1] / after

    def parts(g: Tensor, start: Tensor, w1: Tensor, w2: Tensor) -> tuple[Tensor, Tensor]:
        state, later = active * start * before, g * rest
        d_w = torch.stack([(state * w2 * later).sum(1), (state * w1 * later).sum(1)], 1)
        return (g * after[-1])[:, None], d_w.view_as(w)

    values = parts(2 * (out - t) / len(t), start, w1, w2)
    bound = 2 * (out.abs() + t.abs()) / len(t)
    scales = parts(bound, start.abs(), w1.abs(), w2.abs())
    roundings = 8 * len(w) + len(t) + 10
    loss = Expected((out - t).square().mean(), (out.abs() + t.abs()).square().mean(), roundings)
    return loss, {
        "x": Expected(values[0], scales[0], roundings),
        "w": Expected(values[1], scales[1], roundings),
    }


def far_from_the_kinks(x: Tensor, w: Tensor) -> bool:
    """Return whether no value before a relu of a residual net is so near 0 that rounding takes it
    across.

    After k layers x is off by some k (2 d + 4) roundings of its bound over absolute values.
    """
    eps = torch.finfo(x.dtype).eps
    x, w, bound = exact(x), exact(w), exact(x).abs()
    for k, (w1, w2) in enumerate(w, start=1):
        before, most = x @ w1, bound @ w1.abs()
        if (before.abs() <= k * (2 * len(w1) + 4) * eps * most).any():
            return False
        x, bound = x + torch.relu(before) @ w2, bound + most @ w2.abs()
    return True
