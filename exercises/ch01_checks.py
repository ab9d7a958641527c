"""Chapter 1, checks: say when two results are the same.

Inputs are float32 or float64, of any size but 0 and any memory layout, and keep their values.
Compare them in their own dtype, since a narrower one has no 1e39; each call stands for itself.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def near(a: Float[Tensor, "..."], b: Float[Tensor, "..."]) -> bool:
    """Tell whether a is as good as b, element by element.

        |a - b| <= 1e-5 + 1e-3 |b|

    Floating-point results are never quite equal, so every later check leans on this one.
    The relative part is relative to b, the trusted one. NaN is near nothing, not even NaN;
    equal infinities are near, and nothing else is near an infinity. In float64 1e39 is finite, and
    not near 2e39. The answer is one Python bool for all elements.

    Source: torch.allclose, with rtol = 1e-3 and atol = 1e-5.
    """
    raise NotImplementedError


def assert_near(a: Float[Tensor, "..."], b: Float[Tensor, "..."]) -> None:
    """Stop with an AssertionError unless a is near b.

        near(a, b) or AssertionError

    Whoever reads the message wants to see both values, so it shows a and b.
    """
    raise NotImplementedError


def assert_is_near_zero(a: Float[Tensor, ""], threshold: float = 1e-3) -> None:
    """Stop with an AssertionError unless the number a (0-d) is close to zero.

        |a| < threshold

    A relative tolerance is no use around zero, so this one is absolute; 1e39 and 1e-60 are
    thresholds, too, for an a whose dtype holds them.
    """
    raise NotImplementedError
