"""Chapter 4, init: weights drawn so that a signal keeps its size from layer to layer.

What is drawn has torch's default dtype and device, and differs at every call: nothing is kept.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def xavier_init(fan_in: int, fan_out: int) -> Float[Tensor, "fan_in fan_out"]:
    """Draw a weight matrix that keeps the variance of its input.

        w[j, k] ~ N(0, 1/fan_in)

    out = sum_j x_j w_j adds up fan_in terms, so each may bring 1/fan_in of the variance. The
    second number of N is a variance, not a standard deviation. The numbers come from torch's
    global generator and differ at every call.

    This is what the notes call Xavier. Elsewhere it is LeCun's (Efficient BackProp, 1998,
    section 4.6), and Xavier is Glorot's variance 2/(fan_in + fan_out) (Glorot and Bengio 2010,
    equation 12), which is not asked for here.
    """
    raise NotImplementedError


def kaiming_std(fan_in: int, a: float = 0.0) -> float:
    """Give the standard deviation of weights that lead into a (leaky) relu.

        std = sqrt(2 / ((1 + a^2) fan_in))

    A relu with slope a below zero keeps (1 + a^2)/2 of the second moment; this makes up for it. The
    result is a Python float, as the arguments are plain numbers.

    Source: He, Zhang, Ren and Sun 2015, arXiv 1502.01852, section 2.2, equations 10 and 15.
    """
    raise NotImplementedError


def kaiming_init(fan_in: int, fan_out: int, a: float = 0.0) -> Float[Tensor, "fan_in fan_out"]:
    """Draw a weight matrix that keeps the second moment through a (leaky) relu.

        w[j, k] ~ N(0, std^2),   std = sqrt(2 / ((1 + a^2) fan_in))

    The numbers come from torch's global generator and differ at every call.

    Source: He, Zhang, Ren and Sun 2015, arXiv 1502.01852, section 2.2.
    """
    raise NotImplementedError


def init_params(
    m: int, nh: int, n_out: int = 1
) -> tuple[
    Float[Tensor, "m nh"], Float[Tensor, "nh"], Float[Tensor, "nh n_out"], Float[Tensor, "n_out"]
]:
    """Draw all parameters of the net: m inputs, nh hidden units, n_out outputs.

        w1[j, h] ~ N(0, 2/m)     b1 = 0     w2[h, k] ~ N(0, 1/nh)     b2 = 0

    A relu follows w1, so w1 is Kaiming's; nothing follows w2. Returns (w1, b1, w2, b2).
    """
    raise NotImplementedError
