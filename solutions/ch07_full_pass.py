"""Chapter 7, full pass: forward, loss and backward, all by hand.

The gradients are taken by hand, without autograd, and a second call overwrites what the first one
set. Inputs may have any size but 0, and any memory layout, and keep their values; tensors made on
the way have the inputs' dtype and device.
"""

from ch03_forward import lin, relu
from ch05_loss import mse
from ch06_backward import lin_grad, mse_grad, relu_grad
from jaxtyping import Float
from torch import Tensor


def forward_and_backward(
    inp: Float[Tensor, "n m"],
    targ: Float[Tensor, "n"],
    w1: Float[Tensor, "m nh"],
    b1: Float[Tensor, "nh"],
    w2: Float[Tensor, "nh 1"],
    b2: Float[Tensor, "1"],
) -> Float[Tensor, ""]:
    """Run the net and its loss, then set the .grad of inp, w1, b1, w2 and b2. Return the loss.

        L = mse(lin(relu(lin(inp, w1, b1)), w2, b2), targ)

    The chain rule walks the forward pass in reverse: each layer's gradient needs what the
    forward pass saw there. No autograd: it is what this replaces.

    Source: the notes' forward_and_backward (fast.ai 2019, lesson 8).
    """
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    loss = mse(out, targ)

    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    relu_grad(l1, l2)
    lin_grad(inp, l1, w1, b1)
    return loss
