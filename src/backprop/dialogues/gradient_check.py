"""Dialogues with what takes a function: the functions, by name, and the calls."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def cubic(x: Tensor, c: Tensor) -> Tensor:
    """sum_j c_j x_j^3. Its central difference is c (3 x^2 + h^2), whatever h is."""
    return (c * x * x * x).sum()


def bilinear(x: Tensor, w: Tensor, u: Tensor) -> Tensor:
    """sum_ik u[i, k] (x @ w)[i, k], for x [n, m], w [m, o]: central differences have no error."""
    return ((x @ w) * u).sum()


def coupled(x: Tensor, c: Tensor) -> Tensor:
    """(sum_j c_j x_j)^2, whose slope in one element depends on all: 2 c_j sum_k c_k x_k.

    Central differences have no error.
    """
    return (c * x).sum().square()


def bent(x: Tensor, w: Tensor, t: Tensor) -> Tensor:
    """Return the mean squared error of tanh(x @ w), a net with a smooth bend, against t."""
    return (torch.tanh(x @ w) - t).square().mean()


def constant(x: Tensor, c: Tensor) -> Tensor:
    """Return a function that does not look at x."""
    return c.sum()


FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "cubic": cubic,
    "bilinear": bilinear,
    "coupled": coupled,
    "bent": bent,
    "constant": constant,
}


def numeric(
    answer: Callable[..., Any], name: str, x: Tensor, h: float, scale: float, *more: Tensor
) -> Any:
    """Ask for the gradient of a named function at x, `scale` times as large, with a step of h."""
    return answer(lambda x: scale * FUNCTIONS[name](x, *more), x, h)


def check(
    answer: Callable[..., Any], name: str, x: Tensor, grad: Tensor, scale: float, *more: Tensor
) -> Any:
    """Ask whether grad is the gradient of a named function at x, `scale` times as large."""
    return answer(lambda x: scale * FUNCTIONS[name](x, *more), x, grad)
