"""Chapter 15, shift and gain: the shifted relu again, with the right numbers.

standard_relu stays differentiable, and keeps its input's values, whatever its size and memory
layout; tensors made on the way have the inputs' dtype and device. Each call stands for itself.
"""

import math

from ch03_forward import relu
from jaxtyping import Float
from torch import Tensor


def relu_moments(variance: float = 1.0) -> tuple[float, float]:
    """Give the mean of relu(z) and the mean of its square, for z ~ N(0, variance).

        E[relu(z)] = integral_0^inf z p(z) dz,   E[relu(z)^2] = integral_0^inf z^2 p(z) dz

    p(z) = exp(-z^2/(2 variance)) / sqrt(2 pi variance). The second integral is half of that over
    all z, which is the variance; the first is elementary, for z p(z) is the derivative of
    -variance p(z). Return two Python floats, exact ones from the formula, not from random
    draws.

    Source: He, Zhang, Ren and Sun 2015, arXiv 1502.01852, section 2.2, for the square.
    """
    raise NotImplementedError


def shift_and_gain(variance: float = 1.0) -> tuple[float, float]:
    """Give the numbers that bring a relu of z ~ N(0, variance) back to mean 0 and std 1.

        out = gain (relu(z) - shift),   E[out] = 0,   E[out^2] = 1

    The shift is the mean, 1/sqrt(2 pi) = 0.399 for variance 1 and 1/sqrt(pi) = 0.564 for variance
    2, which Kaiming's weights give. The gain is 1 over the std that is left after the shift, for
    variance 1 sqrt(2/(1 - 1/pi)) = 1.713. The notes' shift of 0.5 lies between the two, and their
    gain is 1. Return two Python floats.

    Source: Brock, De and Smith 2021, arXiv 2101.08692, section 4 (the gain).
    """
    raise NotImplementedError


def standard_relu(z: Float[Tensor, "..."], variance: float = 1.0) -> Float[Tensor, "..."]:
    """Bend z ~ N(0, variance) so that mean 0 and std 1 come out.

        standard_relu(z) = gain (max(z, 0) - shift), element by element

    The two numbers are those of the distribution, the same for every z: nothing is measured on z.
    Weights of variance 1/fan_in (xavier_init) make z ~ N(0, 1) of inputs with mean 0 and std 1.

    Source: Brock, De and Smith 2021, arXiv 2101.08692, section 4.
    """
    raise NotImplementedError
