"""Chapter 18, convolution: conv2d, max-pooling, and their gradients.

conv2d and max_pool stay differentiable; the gradients are taken by hand, without autograd. Inputs
may have any size but 0, and any memory layout, and keep their values; tensors made on the way have
the inputs' dtype and device. Each call stands for itself.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def conv2d(
    x: Float[Tensor, "n c h w"],
    weight: Float[Tensor, "o c kh kw"],
    bias: Float[Tensor, "o"],
    stride: int = 1,
    padding: int = 0,
) -> Float[Tensor, "n o oh ow"]:
    """Slide o small filters over each image; out holds one map for each filter.

        out[i, k, r, s] = bias[k]
                          + sum_{j, u, v} weight[k, j, u, v] x[i, j, r stride + u, s stride + v]

    x first gets a border of `padding` zeros all around. oh = (h + 2 padding - kh) // stride + 1,
    and ow likewise.

    Source: LeCun et al. (1998), Gradient-Based Learning; Chellapilla et al. (2006), section 2.
    """
    raise NotImplementedError


def conv2d_grad(
    d_out: Float[Tensor, "n o oh ow"],
    x: Float[Tensor, "n c h w"],
    weight: Float[Tensor, "o c kh kw"],
    stride: int = 1,
    padding: int = 0,
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "o c kh kw"], Float[Tensor, "o"]]:
    """Backpropagate through conv2d; return d_x, d_weight and d_bias.

        out[i, k, r, s] = bias[k]
                          + sum_{j, u, v} weight[k, j, u, v] x[i, j, r stride + u, s stride + v]

    d_out is dL/dout. A pixel lies in several patches; a weight reaches the loss through every image
    and every place, and so does a bias. The border of `padding` zeros is no part of d_x.
    """
    raise NotImplementedError


def max_pool(x: Float[Tensor, "n c h w"], size: int = 2) -> Float[Tensor, "n c oh ow"]:
    """Keep the largest value of each window of size x size.

        out[i, j, r, s] = max over u, v < size of x[i, j, r size + u, s size + v]

    The windows lie side by side and do not overlap; oh = h // size, and rows and columns that fill
    no window are left out. Each channel is on its own.
    """
    raise NotImplementedError


def max_pool_grad(
    d_out: Float[Tensor, "n c oh ow"], x: Float[Tensor, "n c h w"], size: int = 2
) -> Float[Tensor, "n c h w"]:
    """Backpropagate through max_pool; return d_x.

        out[i, j, r, s] = max over u, v < size of x[i, j, r size + u, s size + v]

    d_out is dL/dout, and d_x has x's shape. Of equal values in a window, the first (row by row)
    counts as the largest, as in torch: after a relu, windows of zeros are common.
    """
    raise NotImplementedError
