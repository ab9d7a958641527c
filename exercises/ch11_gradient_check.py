"""Chapter 11, gradient check: the slope by the oldest means, to test any gradient with.

Gradients are taken without autograd. Inputs may have any size but 0, and any memory layout, and
keep their values; tensors made on the way have the inputs' dtype and device. Each call stands for
itself.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Function = Callable[[Float[Tensor, "..."]], Float[Tensor, ""]]


def numeric_grad(f: Function, x: Float[Tensor, "..."], h: float) -> Float[Tensor, "..."]:
    """Estimate the gradient of f at x by central differences, one element of x at a time.

        grad[j] = (f(x + h e_j) - f(x - h e_j)) / (2 h)

    e_j is 1 in element j and 0 elsewhere, so f is called twice for each of x's elements. The two
    sides make the errors of even order cancel: what is left is h^2/6 times the third derivative.
    x is not to be written to, not even for a while, as its rows may share memory; and no autograd:
    this is what gradients are tested with.

    Source: Nocedal and Wright, Numerical Optimization, 2nd ed., section 8.1.
    """
    raise NotImplementedError


def good_step(dtype: torch.dtype) -> float:
    """Choose h for numeric_grad, where x, f and its derivatives are of about size 1.

        error(h) = h^2 + eps/h,   up to constants, eps = torch.finfo(dtype).eps

    A large h misses the slope at x; a small one subtracts two numbers that are almost equal, and
    is left with their rounding. The best h loses no more than a third of the digits; return, as a
    Python float, one whose h^2 + 2 eps/h is at most ten times the least.

    Source: Nocedal and Wright, Numerical Optimization, 2nd ed., section 8.1.
    """
    raise NotImplementedError


def grad_is_right(f: Function, x: Float[Tensor, "..."], grad: Tensor) -> bool:
    """Say whether grad is the gradient of f at x, by central differences.

        |numeric - grad| <= tolerance |numeric|,   |g| the length of g, all its elements together

    A Python bool: True where grad is right but for rounding. False where it is off by 1 % of its
    length (float32) or by 0.001 % (float64), holds nan or infinity, or has not the shape of x. A
    gradient may be small as a whole, so the tolerance is relative; and single elements may be 0,
    where there is nothing to be relative to, so it is relative to the whole.

    Source: Karpathy, CS231n notes, "Gradient checks".
    """
    raise NotImplementedError
