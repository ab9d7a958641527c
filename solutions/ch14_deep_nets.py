"""Chapter 14, deep nets: a signal, a gradient and a step that survive ten thousand layers.

The gradients are taken by hand, without autograd, and a second call overwrites what the first one
set. Inputs may have any size but 0, and any memory layout, and keep their values; tensors made on
the way have the inputs' dtype and device. Each call stands for itself.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def log2_growth(d: int, std: float, n_layers: int) -> float:
    """Predict by which power of two the mean square of a signal grows through many layers.

        mean(x_out^2) ~ 2^growth mean(x_in^2),   x <- relu(x w) per layer,   w[j, k] ~ N(0, std^2)

    Each layer has a w of its own, of shape [d, d]. He's std keeps the mean square, Xavier's
    halves it in each layer, and std = 1 soon leaves the range of any float; so the function returns
    the exponent, as a Python float.

    Source: He, Zhang, Ren and Sun 2015, arXiv 1502.01852, section 2.2.
    """
    return n_layers * (math.log2(d / 2) + 2 * math.log2(std))


def log2_moments(x: Float[Tensor, "n d"], ws: Float[Tensor, "L d d"]) -> Float[Tensor, "L"]:
    """Measure log2 of the mean square after each of the L layers, however large or small it is.

        out[l] = log2(mean(x_l^2)),   x_l = relu(x_(l-1) ws[l]),   x_(-1) = x

    x and ws hold numbers of ordinary size. The x_l may be far beyond what their dtype holds; their
    logarithms are not. Helpful: relu(c x) = c relu(x) for any c > 0.
    """
    moments, log2 = [], torch.zeros_like(x[0, 0])
    for w in ws:
        x = torch.relu(x @ w)
        size = x.square().mean().sqrt()
        x = x / size
        log2 = log2 + 2 * size.log2()
        moments.append(log2)
    return torch.stack(moments)


def fixup_init(n_layers: int, m: int, d: int) -> Float[Tensor, "n_layers m d d"]:
    """Draw the weights of a residual net whose first steps do not depend on its depth.

        w[l, i] ~ N(0, 2/d) L^(-1/(2m - 2)) for i < m - 1,   w[l, m - 1] = 0,   L = n_layers

    Each of the L branches has m >= 2 layers. The factor multiplies He's weights. A branch starts as
    zero, so the net starts as the identity; with He's weights alone its mean square would grow by
    2^L and more. The numbers come from torch's global generator and differ at every call.

    Source: Zhang, Dauphin and Ma 2019, Fixup, arXiv 1901.09321, section 3. Its scalar biases and
    multipliers are left out here.
    """
    w = torch.randn(n_layers, m, d, d) * math.sqrt(2 / d) * n_layers ** (-1 / (2 * m - 2))
    w[:, -1] = 0
    return w


def residual_pass(
    x: Float[Tensor, "n d"], targ: Float[Tensor, "n d"], w: Float[Tensor, "L 2 d d"]
) -> Float[Tensor, ""]:
    """Run a residual net of L layers forward and backward: set x.grad and w.grad, return the loss.

        x_(l+1) = x_l + relu(x_l w[l, 0]) w[l, 1],   loss = mean((x_L - targ)^2) over all n d

    By hand, and in little memory: at no time may more than about sqrt(L) activations be held. Keep
    every sqrt(L)-th x_l in the forward pass; backward, compute those between two of them again, one
    stretch at a time. A relu that sees exactly 0 sends nothing back.

    Source: Chen, Xu, Zhang and Guestrin 2016, arXiv 1604.06174, section 4.
    """
    with torch.no_grad():
        stretches = w.split(math.isqrt(len(w)))
        kept = [x]
        for stretch in stretches:
            kept.append(_states(kept[-1], stretch)[-1])
        error = kept.pop() - targ
        g, d_w = 2 * error / error.numel(), []
        for stretch in reversed(stretches):
            states = _states(kept.pop(), stretch)
            for x_l, (w1, w2) in zip(states[-2::-1], reversed(stretch.unbind()), strict=True):
                hidden = torch.relu(x_l @ w1)
                d_hidden = g @ w2.t() * (hidden > 0)
                d_w += [hidden.t() @ g, x_l.t() @ d_hidden]
                g = g + d_hidden @ w1.t()
        x.grad, w.grad = g, torch.stack(d_w[::-1]).view_as(w)
    return error.square().mean()


def _states(x: Tensor, w: Tensor) -> list[Tensor]:
    """x and what each layer makes of it."""
    states = [x]
    for w1, w2 in w:
        x = x + torch.relu(x @ w1) @ w2
        states.append(x)
    return states
