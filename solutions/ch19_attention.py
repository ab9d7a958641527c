"""Chapter 19, attention: a softmax over similarities, and its gradient.

attention and its weights stay differentiable; the gradients are taken by hand, without autograd.
Logits may be large. Inputs may have any size but 0, and any memory layout, and keep their values;
tensors made on the way have the inputs' dtype and device. Each call stands for itself.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def attention_weights(
    q: Float[Tensor, "... t d"], k: Float[Tensor, "... s d"]
) -> Float[Tensor, "... t s"]:
    """Say how much each of t queries looks at each of s keys: rows that add up to 1.

        p[i, j] = exp(z[i, j]) / sum_l exp(z[i, l]),  z = q k^T / sqrt(d)

    z must not overflow on the way: exp(z - max z) gives the same p, and no exponent above 0. A dot
    product of d random terms has a standard deviation of sqrt(d), which the root takes out.
    Leading axes (batch, heads) are each on their own.

    Source: Vaswani et al., Attention Is All You Need (2017), section 3.2.1.
    """
    z = q @ k.mT / math.sqrt(q.shape[-1])
    e = torch.exp(z - z.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)


def softmax_grad(
    d_out: Float[Tensor, "... s"], out: Float[Tensor, "... s"]
) -> Float[Tensor, "... s"]:
    """Backpropagate through out = softmax(z) over the last axis, from out alone; return d_z.

        out[l] = exp(z[l]) / sum_j exp(z[j]),   dL/dz[j] = sum_l d_out[l] dout[l]/dz[j]

    d_out is dL/dout. z[j] raises out[j], and lowers all others through the sum that divides them. A
    constant d_out gives 0: the outputs always add up to 1.
    """
    return out * (d_out - (d_out * out).sum(-1, keepdim=True))


def attention(
    q: Float[Tensor, "... t d"], k: Float[Tensor, "... s d"], v: Float[Tensor, "... s e"]
) -> Float[Tensor, "... t e"]:
    """Give each query the mean of the values, weighted by how much it looks at their keys.

        out = p v,  p = softmax(q k^T / sqrt(d)) over the keys

    Source: Vaswani et al. (2017), equation 1.
    """
    return attention_weights(q, k) @ v


def attention_grad(
    d_out: Float[Tensor, "... t e"],
    q: Float[Tensor, "... t d"],
    k: Float[Tensor, "... s d"],
    v: Float[Tensor, "... s e"],
) -> tuple[Float[Tensor, "... t d"], Float[Tensor, "... s d"], Float[Tensor, "... s e"]]:
    """Backpropagate through attention; return d_q, d_k and d_v.

        out = p v,  p = softmax(z) over the keys,  z = q k^T / sqrt(d)

    d_out is dL/dout. v reaches the loss through the mean, q and k through the weights p alone.
    """
    p = attention_weights(q, k)
    d_z = softmax_grad(d_out @ v.mT, p) / math.sqrt(q.shape[-1])
    return d_z @ k, d_z.mT @ q, p.mT @ d_out
