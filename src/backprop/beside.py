"""What the net that writes is told beside: torch's autograd, and chapter 11's check.

Nothing here is used to train.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from backprop.own import Own
from backprop.writing import Settings, params_of

ROUNDS = 8  # of each; the quickest one counts
NORM_EPS = 1e-5  # rms_norm's, which is not torch's default


@dataclass(frozen=True)
class Beside:
    """off: by how much the first step's loss and gradients differ, relative to their lengths.

    ratio: the processor time of a step by hand over that of one by autograd.
    """

    off: float
    ratio: float


def plain_loss(params: Sequence[Tensor], ids: Tensor, targ: Tensor, heads: int) -> Tensor:
    """Return the same net's loss in torch's own, fused words, for autograd to go back through."""
    table, places, *layers, g3, w, b = params
    x = F.embedding(ids, table) + places
    m = x.shape[-1:]
    for i in range(0, len(layers), 10):
        g1, w_in, b_in, w_out, b_out, g2, w1, b1, w2, b2 = layers[i : i + 10]
        qkv = F.linear(F.rms_norm(x, m, g1, NORM_EPS), w_in.t(), b_in)
        q, k, v = (a.unflatten(2, (heads, -1)).transpose(1, 2) for a in qkv.chunk(3, -1))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + F.linear(mixed.transpose(1, 2).flatten(2), w_out.t(), b_out)
        hidden = F.relu(F.linear(F.rms_norm(x, m, g2, NORM_EPS), w1.t(), b1))
        x = x + F.linear(hidden, w2.t(), b2)
    out = F.linear(F.rms_norm(x, m, g3, NORM_EPS), w.t(), b)
    return F.cross_entropy(out.flatten(0, 1), targ.flatten())


def by_autograd(
    params: Sequence[Tensor], ids: Tensor, targ: Tensor, heads: int
) -> tuple[Tensor, list[Tensor]]:
    """Return the loss and the gradients, by autograd."""
    leaves = [p.detach().clone().requires_grad_() for p in params]
    loss = plain_loss(leaves, ids, targ, heads)
    return loss.detach(), list(torch.autograd.grad(loss, leaves))


def beside(
    by_hand: Callable[..., Any], params: Sequence[Tensor], ids: Tensor, targ: Tensor, heads: int
) -> Beside:
    """Take the same step by hand and by autograd, in turn."""
    args = params, ids, targ, heads
    loss, grads = by_hand(*args)
    right, exact = by_autograd(*args)
    pairs = [(loss, right), *zip(grads, exact, strict=True)]
    off = max(float((a - b).norm() / b.norm()) for a, b in pairs)
    times: dict[Callable[..., Any], list[float]] = {by_hand: [], by_autograd: []}
    for _ in range(ROUNDS):
        for step, taken in times.items():
            began = time.process_time()
            step(*args)
            taken.append(time.process_time() - began)
    return Beside(off, min(times[by_hand]) / min(times[by_autograd]))


def proven(own: Own) -> tuple[int, int]:
    """Check a tiny copy by chapter 11, in float64: how many gradients are right, of how many."""
    s = Settings(size=2, t=3, m=6, heads=2, layers=1, hidden=6)
    loss_and_grads, grad_is_right = own["writer_loss_and_grads"], own["grad_is_right"]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        params = [p.double() + 0.1 * torch.randn(p.shape).double() for p in params_of(5, s)]
        # where the norm's inputs are small it bends too much for central differences
        params[:2] = 3 * params[0], 10 * params[1]
        ids, targ = torch.randint(5, (2, s.size, s.t))
    _, grads = loss_and_grads(params, ids, targ, s.heads)

    def right(i: int) -> bool:
        def f(p: Tensor) -> Any:
            return loss_and_grads([*params[:i], p, *params[i + 1 :]], ids, targ, s.heads)[0]

        return bool(grad_is_right(f, params[i], grads[i]))

    return sum(right(i) for i in range(len(params))), len(params)
