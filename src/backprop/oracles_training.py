"""The right answers of chapter 13, in float64, by torch.optim and autograd; see backprop.oracle.

Where the error bounds come from: an optimiser's step is a sum of products, and T steps are one long
sum, so kata.checks.compare's bound holds with the sum over absolute values that the same steps
make. In each step, the velocity takes 2 roundings and the parameter 2. Adam's means take 3 each,
its quotient 6, a decay 3. 1 - beta, taken of a beta that is a float32 tensor, is off by
eps / (1 - beta), which only a right answer of that kind needs.

torch.optim's classes import torch's compiler, for seconds; the functions behind them do not.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.adam import adam as adam_
from torch.optim.sgd import sgd as sgd_

from backprop import oracle
from backprop.oracle import exact
from kata.checks.compare import Expected

DECAY = 3  # roundings of a weight decay in one step
Steps = Sequence[Sequence[Tensor]]


def sgd(params: Sequence[Tensor], steps: Steps, lr: float) -> list[Expected]:
    """Return the parameters after all steps."""
    return momentum(params, steps, lr, 0.0)


def momentum(params: Sequence[Tensor], steps: Steps, lr: float, beta: float) -> list[Expected]:
    """Return the parameters after all steps, from velocities of 0."""
    values = [exact(p).clone() for p in params]
    buffers: list[Tensor | None] = [None for _ in params]
    for grads in steps:
        sgd_(
            values,
            [exact(g).clone() for g in grads],
            buffers,
            lr=lr,
            momentum=beta,
            dampening=0.0,
            weight_decay=0.0,
            nesterov=False,
            maximize=False,
            foreach=False,
        )
    scales = [exact(p).abs() for p in params]
    velocity = [torch.zeros_like(scale) for scale in scales]
    for grads in steps:
        velocity = [beta * v + exact(g).abs() for v, g in zip(velocity, grads, strict=True)]
        scales = [s + lr * v for s, v in zip(scales, velocity, strict=True)]
    return _expected(values, scales, 4 * len(steps) + 2)


def adam(
    params: Sequence[Tensor],
    steps: Steps,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    decay: float = 0.0,
) -> list[Expected]:
    """Return the parameters after all steps, from means of 0; decay is AdamW's."""
    values = [exact(p).clone() for p in params]
    means, squares = ([torch.zeros_like(p) for p in values] for _ in range(2))
    counts = [torch.tensor(0.0) for _ in values]
    for grads in steps:
        adam_(
            values,
            [exact(g) for g in grads],
            means,
            squares,
            [],
            counts,
            lr=lr,
            beta1=beta1,
            beta2=beta2,
            eps=eps,
            weight_decay=decay,
            decoupled_weight_decay=True,
            amsgrad=False,
            maximize=False,
            foreach=False,
        )
    scales = [exact(p).abs() for p in params]
    m, v = ([torch.zeros_like(scale) for scale in scales] for _ in range(2))
    for t, grads in enumerate(steps, 1):
        for i, g in enumerate(map(exact, grads)):
            m[i] = beta1 * m[i] + (1 - beta1) * g.abs()
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            spread = (v[i] / (1 - beta2**t)).sqrt() + eps
            scales[i] = (1 + lr * decay) * scales[i] + lr * m[i] / (1 - beta1**t) / spread
    roundings = adam_roundings(len(steps), beta1, beta2) + (DECAY * len(steps) if decay else 0)
    return _expected(values, scales, roundings)


def adam_roundings(steps: int, *betas: float) -> int:
    """3 in each mean and each step, 2 for p, 6 in the quotient, and 1 - beta's own."""
    return 8 * steps + 8 + int(sum(2 / (1 - beta) for beta in betas))


def mean_step(
    old: Sequence[Tensor], grads: Sequence[Tensor], keep: float, take: float, power: int = 1
) -> list[Expected]:
    """keep old + take g^power: one step of a velocity, or of one of Adam's means."""
    roundings = 5 + int(2 / take) if take < 1 else 5
    values, scales = [], []
    for o, g in zip(map(exact, old), map(exact, grads), strict=True):
        values.append(keep * o + take * g**power)
        scales.append(keep * o.abs() + take * g.abs() ** power)
    return _expected(values, scales, roundings)


def step_by(params: Sequence[Tensor], steps: Sequence[Expected], lr: float) -> list[Expected]:
    """Return the parameters less lr times these."""
    return [
        Expected(exact(p) - lr * s.values, exact(p).abs() + lr * s.scale, s.roundings + 4)
        for p, s in zip(params, steps, strict=True)
    ]


def adam_step(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    m: Sequence[Tensor],
    v: Sequence[Tensor],
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    decay: float = 0.0,
) -> list[Expected]:
    """Return the parameters after step t, from any means; decay is AdamW's."""
    steps = []
    new_m = mean_step(m, grads, beta1, 1 - beta1)
    new_v = mean_step(v, grads, beta2, 1 - beta2, power=2)
    for a, b in zip(new_m, new_v, strict=True):
        spread = (b.values / (1 - beta2**t)).sqrt() + eps
        values, scale = (part / (1 - beta1**t) / spread for part in (a.values, a.scale))
        steps.append(Expected(values, scale, adam_roundings(1, beta1, beta2)))
    moved = step_by(params, steps, lr)
    if not decay:
        return moved
    return [
        Expected(e.values - lr * decay * p, e.scale + lr * decay * p.abs(), e.roundings + DECAY)
        for e, p in zip(moved, map(exact, params), strict=True)
    ]


def clipped(grads: Sequence[Tensor], most: float) -> list[Expected]:
    """Return the gradients, all shortened by one factor to a length of `most` together.

    The squares are positive, so the factor's error is relative: a rounding for each of them and a
    few. torch's own clip_grad_norm_ adds 1e-6 to the length, and may: that share is let pass.
    """
    count = sum(g.numel() for g in grads)
    length = sum(float(exact(g).square().sum()) for g in grads) ** 0.5
    factor = min(1.0, most / length) if length else 1.0
    k = count + 8
    added = 1e-6 / max(length, 1e-6) / (k * torch.finfo(grads[0].dtype).eps)
    values = [factor * exact(g) for g in grads]
    return _expected(values, [(1 + added) * v.abs() for v in values], k)


def loss_and_grads(
    params: Sequence[Tensor], x: Tensor, targ: Tensor
) -> tuple[Expected, list[Expected]]:
    """Return the classifier's loss, and its gradients in w1, b1, w2 and b2.

    Let S be the logits' bound. The loss is off by as much as a logit of each row and its log sum
    exp; a probability's relative error is the logits' error, twice (its own and the sum's).
    """
    x = exact(x)
    w1, b1, w2, b2 = map(exact, params)

    def loss(w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        return F.cross_entropy(torch.addmm(b2, torch.relu(torch.addmm(b1, x, w1)), w2), targ)

    out = oracle.model(x, w1, b1, w2, b2)
    n, c = out.values.shape
    size = 1 + torch.tensor(float(c)).log().double() + 2 * out.scale.amax(1, keepdim=True)
    probabilities = out.values.softmax(1)
    d_out = (probabilities * size + F.one_hot(targ, c)) / n
    scales = oracle.net_scales(x, w1, b1, w2, b2, d_out)[1:]
    roundings = out.roundings + n + 2 * c + len(w2) + 12
    grads = oracle.autograd(loss, (w1, b1, w2, b2))
    total = Expected(loss(w1, b1, w2, b2), size.mean(), out.roundings + n + c + 10)
    return total, _expected(grads, list(scales), roundings)


def sgd_step(
    params: Sequence[Tensor], x: Tensor, targ: Tensor, lr: float
) -> tuple[Expected, list[Expected]]:
    """Return the loss of one minibatch, and the parameters after a step by its gradient."""
    loss, grads = loss_and_grads(params, x, targ)
    after = step_by(params, grads, lr)
    return loss, after


def _expected(values: Sequence[Tensor], scales: Sequence[Tensor], roundings: int) -> list[Expected]:
    return [Expected(v, s, roundings) for v, s in zip(values, scales, strict=True)]
