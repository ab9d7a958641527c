"""The right answer of the net that writes: in float64 by autograd, with the error that noise shows.

A bound over absolute values grows by a factor in every step, and after a transformer's fifty it is
larger than the gradient itself. Roundings don't all pull one way, so here they are imitated (Monte
Carlo arithmetic: Parker 1997; Higham, Accuracy and Stability, section 2.6). The same pass runs a
few times in float64 with each result of an operation off by up to NOISE eps at random, forward and
backward. NOISE is more roundings than any sum in the tests has. What comes out then differs from
the exact gradients by as much as a right answer's may; MARGIN leaves room for the luck of few runs.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from backprop.oracle import autograd
from kata.answers.internals import DispatchMode, key_of
from kata.answers.trace import tensors_in
from kata.checks.compare import Expected

NOISE, MARGIN, RUNS = 40, 8, 2
EPS = 1e-5  # rms_norm's


class Noise(DispatchMode):
    """Makes each floating-point result of an operation wrong by up to this share of it."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share, self.generator = share, torch.Generator().manual_seed(0)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        is_rounded = isinstance(out, Tensor) and out.is_floating_point()
        if is_rounded and not any(_share_memory(out, given) for given in tensors_in(args)):
            off = torch.rand(out.shape, generator=self.generator, dtype=out.dtype).to(out.device)
            return out * (1 + self.share * (2 * off - 1))
        return out


def _share_memory(one: Tensor, other: Tensor) -> bool:
    """Return whether one is a view of the other: nothing is rounded then."""
    return key_of(one.untyped_storage()) == key_of(other.untyped_storage())


def norm(x: Tensor, gamma: Tensor) -> Tensor:
    """Return rms_norm, step by step, so that noise reaches each of them."""
    return x * (x.square().mean(-1, keepdim=True) + EPS).rsqrt() * gamma


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return causal attention, step by step."""
    z = q @ k.mT / math.sqrt(q.shape[-1])
    seen = torch.ones_like(z, dtype=torch.bool).tril()
    e = torch.exp(z - z.detach().amax(-1, keepdim=True)) * seen
    return e / e.sum(-1, keepdim=True) @ v


def forward(
    params: Sequence[Tensor], ids: Tensor, heads: int, masks: list[Tensor] | None = None
) -> Tensor:
    """Return the net's logits, [n, t, v]; append the relus' masks to `masks`."""
    table, places, *layers, g3, w, b = params
    x = F.embedding(ids, table) + places
    for i in range(0, len(layers), 10):
        g1, w_in, b_in, w_out, b_out, g2, w1, b1, w2, b2 = layers[i : i + 10]
        q, k, v = (
            a.unflatten(2, (heads, -1)).transpose(1, 2)
            for a in (norm(x, g1) @ w_in + b_in).chunk(3, -1)
        )
        x = x + attend(q, k, v).transpose(1, 2).flatten(2) @ w_out + b_out
        before = norm(x, g2) @ w1 + b1
        if masks is not None:
            masks.append(before.detach() > 0)
        x = x + torch.relu(before) @ w2 + b2
    return norm(x, g3) @ w + b


def loss(
    params: Sequence[Tensor],
    ids: Tensor,
    targ: Tensor,
    heads: int,
    masks: list[Tensor] | None = None,
) -> Tensor:
    """Return the mean cross-entropy of all places."""
    logits = forward(params, ids, heads, masks)
    return -logits.log_softmax(-1).gather(-1, targ.unsqueeze(-1)).mean()


def writer(
    params: Sequence[Tensor], ids: Tensor, targ: Tensor, heads: int
) -> tuple[list[Expected], bool]:
    """Return the loss and all gradients, and whether noise takes no relu across its kink.

    What noise shows goes into Expected's scale, one size for each tensor.
    """
    kept: list[list[Tensor]] = []

    def run() -> list[Tensor]:
        masks: list[Tensor] = []
        found: list[Tensor] = []

        def noted(*args: Tensor) -> Tensor:
            value = loss(args, ids, targ, heads, masks)
            found.append(value.detach())
            return value

        grads = autograd(noted, tuple(params))
        kept.append(masks)
        return [*found, *grads]

    right, eps = run(), torch.finfo(params[0].dtype).eps
    with Noise(NOISE * eps):
        noisy = [run() for _ in range(RUNS)]
    firm = all(a.equal(b) for masks in kept for a, b in zip(masks, kept[0], strict=True))
    found = []
    for value, *others in zip(right, *noisy, strict=True):
        most = max(float((other - value).abs().max()) for other in others)
        scale = torch.full_like(value, most / eps)
        found.append(Expected(value, scale, MARGIN))
    return found, firm
