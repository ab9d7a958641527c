"""Chapter 6, backward: each layer's gradient, from its output back to its inputs.

Where there is an out, out.grad is dL/dout, and keeps its values. Every function here sets the .grad
of its inputs, by hand: without autograd. A second call overwrites what the first one set, and adds
nothing to it. Inputs may have any size but 0, and any memory layout, and keep their values; tensors
made on the way have the inputs' dtype and device.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def mse_grad(inp: Float[Tensor, "n 1"], targ: Float[Tensor, "n"]) -> None:
    """Start the backward pass: set inp.grad, the gradient of the loss in the net's outputs.

        L = 1/n sum_i (inp[i, 0] - targ[i])^2

    inp.grad[i, 0] = dL/dinp[i, 0], of shape [n, 1] as inp is.
    """
    raise NotImplementedError


def relu_grad(inp: Float[Tensor, "..."], out: Float[Tensor, "..."]) -> None:
    """Pass the gradient back through out = relu(inp), or a shifted relu: set inp.grad.

        out = max(inp, 0) + constant

    inp.grad = dL/dinp from out.grad = dL/dout. At inp == 0 relu has no derivative: take 0 there,
    as torch.relu does. With the constant, only inp still tells on which side of the bend it was.
    """
    raise NotImplementedError


def lin_grad(
    inp: Float[Tensor, "n m"],
    out: Float[Tensor, "n o"],
    w: Float[Tensor, "m o"],
    b: Float[Tensor, "o"],
) -> None:
    """Pass the gradient back through out = lin(inp, w, b): set inp.grad, w.grad and b.grad.

        out[i, k] = sum_j inp[i, j] w[j, k] + b[k]

    Each from out.grad = dL/dout. A weight w[j, k] and a bias b[k] reach the loss through every
    one of the n rows; inp[i, j] reaches it through every one of the o outputs.

    Source: Goodfellow, Bengio and Courville, Deep Learning, section 6.5.
    """
    raise NotImplementedError
