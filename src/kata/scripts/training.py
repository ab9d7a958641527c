"""Talks with the answers of chapter 13 over many steps, each of which needs the one before."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Steps = Sequence[Sequence[Tensor]]  # the gradients of each step


def many_orders(batches: Callable[..., Any], n: int, size: int, times: int) -> Tensor:
    """The order of the rows in each of many calls, [times, n]."""
    return torch.stack([torch.cat(list(batches(n, size))) for _ in range(times)])


def sgd_steps(sgd: Callable[..., Any], params: Any, steps: Steps, lr: float) -> Any:
    """The parameters after all steps."""
    for grads in steps:
        params = sgd(params, grads, lr)
    return params


def momentum_steps(momentum: Callable[..., Any], params: Any, steps: Steps, *settings: float) -> Any:
    """The parameters after all steps; the velocities begin with zeros."""
    velocity = [torch.zeros_like(p) for p in params]
    for grads in steps:
        params, velocity = momentum(params, grads, velocity, *settings)
    return params


def adam_steps(adam: Callable[..., Any], params: Any, steps: Steps, *settings: float) -> Any:
    """The parameters after all steps, of which the first has t = 1."""
    m, v = ([torch.zeros_like(p) for p in params] for _ in range(2))
    for t, grads in enumerate(steps, 1):
        params, m, v = adam(params, grads, m, v, t, *settings)
    return params
