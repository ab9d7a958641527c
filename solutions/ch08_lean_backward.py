"""Chapter 8, lean backward: the same gradient in a thousandth of the memory.

The gradients are taken by hand, without autograd, and a second call overwrites what the first one
set. Inputs may have any size but 0, and any memory layout, and keep their values; tensors made on
the way have the inputs' dtype and device.
"""

from jaxtyping import Float
from torch import Tensor


def lin_grad_matmul(
    inp: Float[Tensor, "n m"],
    out: Float[Tensor, "n o"],
    w: Float[Tensor, "m o"],
    b: Float[Tensor, "o"],
) -> None:
    """Set inp.grad, w.grad and b.grad as lin_grad does, with nothing large in between.

        w.grad[j, k] = sum_i inp[i, j] out.grad[i, k]

    The outer products of all rows, held at once, are n m o numbers: 7.8 GB for 50,000 digits and
    50 units. Their sum needs none of them. No tensor may be larger than the largest argument or
    result, and the number of tensor operations may grow with none of n, m and o. All of it is
    torch's: numbers that leave it (numpy, tolist) would have to leave a GPU.
    """
    inp.grad = out.grad @ w.t()
    w.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)
