"""The right answers: float64, by torch and its autograd, never by the solutions or the learner.

Each function takes the inputs of an exercise and returns what `compare` needs: the exact values,
the same expression over absolute values, and how many roundings lie on the way (see compare.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from kata.checks.compare import Expected


def exact(tensor: Tensor) -> Tensor:
    """Return the tensor's own values, in float64, apart from any graph."""
    return tensor.detach().double()


def autograd(
    function: Callable[..., Tensor], args: tuple[Tensor, ...], upstream: Tensor | None = None
) -> list[Tensor]:
    """Return float64 gradients of `function` with respect to its args, for this upstream."""
    leaves = [exact(arg).clone().requires_grad_() for arg in args]
    out = function(*leaves)
    if upstream is not None:
        out = (out * exact(upstream)).sum()  # grad(out, ..., upstream) imports sympy, for a second
    return list(torch.autograd.grad(out, leaves, materialize_grads=True))


def lin(x: Tensor, w: Tensor, b: Tensor) -> Expected:
    """x @ w + b: m products, their sum, and the bias."""
    x, w, b = exact(x), exact(w), exact(b)
    return Expected(x @ w + b, x.abs() @ w.abs() + b.abs(), roundings=len(w) + 2)


def model(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Expected:
    """Return two affine maps with a relu between; relu rounds nothing."""
    hidden = lin(x, w1, b1)
    w2, b2 = exact(w2), exact(b2)
    values = torch.relu(hidden.values) @ w2 + b2
    scale = hidden.scale @ w2.abs() + b2.abs()
    return Expected(values, scale, hidden.roundings + len(w2) + 2)


def model_grad(
    x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, upstream: Tensor
) -> dict[str, Expected]:
    """Return the gradients of the whole net with respect to its arguments, for this upstream."""

    def net(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        return torch.addmm(b2, torch.relu(torch.addmm(b1, x, w1)), w2)

    args = (x, w1, b1, w2, b2)
    values = autograd(net, args, upstream)
    scales = net_scales(*args, exact(upstream).abs())
    roundings = len(x) + len(w1) + len(w2) + len(b2) + 8
    names = ("x", "w1", "b1", "w2", "b2")
    return {
        name: Expected(value, scale, roundings)
        for name, value, scale in zip(names, values, scales, strict=True)
    }


def lin_grad(inp: Tensor, out: Tensor, w: Tensor, b: Tensor) -> dict[str, Expected]:
    """Return the gradients of out = inp @ w + b with respect to each, for the upstream out.grad."""
    assert out.grad is not None
    upstream = exact(out.grad)
    d_b, d_inp, d_w = autograd(torch.addmm, (b, inp, w), upstream)
    g, n, o = upstream.abs(), len(inp), len(b)
    return {
        "inp": Expected(d_inp, g @ exact(w).abs().T, o + 2),
        "w": Expected(d_w, exact(inp).abs().T @ g, n + 2),
        "b": Expected(d_b, g.sum(0), n + 2),
    }


def relu_grad(inp: Tensor, out: Tensor) -> dict[str, Expected]:
    """out.grad where inp > 0, else 0: torch.relu's own rule, and no rounding but one product."""
    assert out.grad is not None
    (d_inp,) = autograd(torch.relu, (inp,), out.grad)
    return {"inp": Expected(d_inp, d_inp, 1)}


def mse(output: Tensor, targ: Tensor) -> Expected:
    """Return the mean of n squares, each of a difference."""
    p, t = exact(output)[:, 0], exact(targ)
    return Expected(
        torch.nn.functional.mse_loss(p, t), (p.abs() + t.abs()).square().mean(), len(t) + 5
    )


def mse_grad(inp: Tensor, targ: Tensor) -> dict[str, Expected]:
    """2 (inp - targ) / n: a difference, a product and a quotient."""
    t = exact(targ)
    (d_inp,) = autograd(lambda p: torch.nn.functional.mse_loss(p[:, 0], t), (inp,))
    scale = 2 * (exact(inp).abs() + t.abs().unsqueeze(1)) / len(t)
    return {"inp": Expected(d_inp, scale, 5)}


def full_pass(
    inp: Tensor, targ: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor
) -> tuple[Expected, dict[str, Expected]]:
    """Return the loss of the whole net and its gradients in inp, w1, b1, w2 and b2.

    The bound over absolute values follows the same chain: forward to the loss, then backward, with
    the relu's mask as it is; the roundings of all stages add up.
    """
    t = exact(targ)

    def loss(inp: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        hidden = torch.relu(torch.addmm(b1, inp, w1))
        return torch.nn.functional.mse_loss(torch.addmm(b2, hidden, w2)[:, 0], t)

    args = (inp, w1, b1, w2, b2)
    values = autograd(loss, args)
    n, m, nh = len(inp), len(w1), len(w2)
    out = model(*args)
    roundings = n + 2 * (m + nh) + 12
    d_out = 2 * (out.scale + t.abs().unsqueeze(1)) / n
    names = ("inp", "w1", "b1", "w2", "b2")
    expected = {
        name: Expected(value, scale, roundings)
        for name, value, scale in zip(names, values, net_scales(*args, d_out), strict=True)
    }
    total = (out.scale + t.abs().unsqueeze(1)).square().mean()
    return Expected(loss(*map(exact, args)), total, roundings), expected


def net_scales(
    inp: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, d_out: Tensor
) -> tuple[Tensor, ...]:
    """Return the net's gradients over absolute values, in the order of its arguments, with relu's
    mask.

    d_out: the bound of the upstream gradient.
    """
    hidden = lin(inp, w1, b1)
    mask = hidden.values > 0
    d_hidden = (d_out @ exact(w2).abs().T) * mask
    return (
        d_hidden @ exact(w1).abs().T,
        exact(inp).abs().T @ d_hidden,
        d_hidden.sum(0),
        (hidden.scale * mask).T @ d_out,
        d_out.sum(0),
    )
