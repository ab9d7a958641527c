"""Talks with the answers of chapter 13 over many steps, each of which needs the one before."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answers.dialogue import one_call
from kata.answers.seeds import seed_torch

Steps = Sequence[Sequence[Tensor]]  # the gradients of each step


def many_orders(batches: Callable[..., Any], n: int, size: int, times: int) -> Tensor:
    """Return the order of the rows in each of many calls, [times, n]."""
    return torch.stack([torch.cat(list(batches(n, size))) for _ in range(times)])


def sgd_steps(sgd: Callable[..., Any], params: Any, steps: Steps, lr: float) -> Any:
    """Return the parameters after all steps."""
    for grads in steps:
        params = sgd(params, grads, lr)
    return params


def momentum_steps(
    momentum: Callable[..., Any], params: Any, steps: Steps, *settings: float
) -> Any:
    """Return the parameters after all steps; the velocities begin with zeros."""
    velocity = [torch.zeros_like(p) for p in params]
    for grads in steps:
        params, velocity = momentum(params, grads, velocity, *settings)
    return params


def adam_steps(adam: Callable[..., Any], params: Any, steps: Steps, *settings: float) -> Any:
    """Return the parameters after all steps, of which the first has t = 1."""
    m, v = ([torch.zeros_like(p) for p in params] for _ in range(2))
    for t, grads in enumerate(steps, 1):
        params, m, v = adam(params, grads, m, v, t, *settings)
    return params


def facts_of_batches(batches: Callable[..., Any], n: int, size: int) -> tuple[Any, ...]:
    """Return what can be said of an order of rows, but for the chance in it.

    The sizes and dtypes of the batches; all rows, sorted; whether each batch, and the whole, is in
    order; whether the next call gives the same, the same rows in its first batch at least, and a
    call with the same seed does.
    """
    with torch.random.fork_rng(devices=[]):
        seed_torch(1)
        first = list(batches(n, size))
        again = list(batches(n, size))
        seed_torch(1)
        seeded = list(batches(n, size))
    rows = torch.cat(first)
    in_order = [bool((b == b.sort().values).all()) for b in first]
    return (
        [list(batch.shape) for batch in first],
        [str(batch.dtype) for batch in first],
        rows.sort().values,
        all(in_order),
        bool((rows == rows.sort().values).all()),
        torch.cat(again).equal(rows),
        again[0].sort().values.equal(first[0].sort().values),
        torch.cat(seeded).equal(rows),
    )


@one_call(lambda args: (args[0], *args[1]))
def pass_of(
    loss_and_grads: Callable[..., Any], params: Sequence[Tensor], batch: Sequence[Tensor]
) -> Any:
    """Return one call.

    Its two tensors come in a list, so that a .grad set on them is no part of it.
    """
    return loss_and_grads(params, *batch)


@one_call(lambda args: (args[0], *args[1], *args[2:]))
def epoch_of(
    train_epoch: Callable[..., Any],
    params: Sequence[Tensor],
    data: Sequence[Tensor],
    order: Sequence[Tensor],
    lr: float,
) -> Any:
    """Return one call; likewise."""
    return train_epoch(params, *data, order, lr)
