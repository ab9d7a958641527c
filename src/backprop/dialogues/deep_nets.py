"""Talks with an answer that draws the weights of a deep net."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kata.answers.seeds import seed_torch


def traits(init: Callable[..., Any], n_layers: int, m: int, d: int) -> list[Any]:
    """Return what can be said of the drawn weights [n_layers, m, d, d] in spite of chance.

    Their dtype, also where torch's default is float64, and their shape; the log2 of each of the m
    layers' root mean square in quarters (chance moves it by less than half of one), and whether its
    mean is 0; whether the first and the last branch are equal, whether a second call gives the
    same, and whether one after the same seed does.
    """
    with torch.random.fork_rng(devices=[]):
        seed_torch(0)
        first, second = init(n_layers, m, d), init(n_layers, m, d)
        seed_torch(0)
        again = init(n_layers, m, d)
        wide = _in_float64(init, n_layers, m, d)
    if not isinstance(first, Tensor) or first.dim() != 4:
        return [type(first).__name__, list(getattr(first, "shape", []))]
    layers = first.detach().double().unbind(1)
    return [
        str(first.dtype),
        str(getattr(wide, "dtype", type(wide).__name__)),
        list(first.shape),
        [_size(layer) for layer in layers],
        [bool(layer.mean().abs() <= 0.2 * layer.std()) for layer in layers],
        torch.equal(first[0], first[-1]),
        torch.equal(first, second),
        torch.equal(first, again),
    ]


def _in_float64(init: Callable[..., Any], *args: int) -> Any:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return init(*args)
    finally:
        torch.set_default_dtype(before)


def _size(w: Tensor) -> int | None:
    mean_square = float(w.square().mean())
    usable = math.isfinite(mean_square) and mean_square > 0
    return round(2 * math.log2(mean_square)) if usable else None
