"""The right answers of chapter 13, in float64, by torch.optim and autograd; see kata.oracle.

Where the error bounds come from: an optimiser's step is a sum of products, and T steps are one long
sum, so kata.compare's bound holds with the sum over absolute values that the same steps make. In
each step, the velocity takes 2 roundings and the parameter 2. Adam's means take 3 each and its
quotient 6. 1 - beta, taken of a beta that is a float32 tensor, is off by eps / (1 - beta), which
only a right answer of that kind needs.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from kata import oracle
from kata.compare import Expected
from kata.oracle import exact

Steps = Sequence[Sequence[Tensor]]


def optimised(optimiser: type, params: Sequence[Tensor], steps: Steps, **settings: object) -> list[Tensor]:
    """The parameters after these gradients, by one of torch.optim's classes, in float64."""
    leaves = [exact(p).clone().requires_grad_() for p in params]
    by_torch = optimiser(leaves, **settings)
    for grads in steps:
        for leaf, grad in zip(leaves, grads, strict=True):
            leaf.grad = exact(grad).clone()
        by_torch.step()
    return [leaf.detach() for leaf in leaves]


def sgd(params: Sequence[Tensor], steps: Steps, lr: float) -> list[Expected]:
    """The parameters after all steps."""
    return momentum(params, steps, lr, 0.0)


def momentum(params: Sequence[Tensor], steps: Steps, lr: float, beta: float) -> list[Expected]:
    """The parameters after all steps, from velocities of 0."""
    values = optimised(torch.optim.SGD, params, steps, lr=lr, momentum=beta)
    scales = [exact(p).abs() for p in params]
    velocity = [torch.zeros_like(scale) for scale in scales]
    for grads in steps:
        velocity = [beta * v + exact(g).abs() for v, g in zip(velocity, grads, strict=True)]
        scales = [s + lr * v for s, v in zip(scales, velocity, strict=True)]
    return _expected(values, scales, 4 * len(steps) + 2)


def adam(
    params: Sequence[Tensor], steps: Steps, lr: float, beta1: float, beta2: float, eps: float
) -> list[Expected]:
    """The parameters after all steps, from means of 0."""
    betas = (beta1, beta2)
    values = optimised(torch.optim.Adam, params, steps, lr=lr, betas=betas, eps=eps, foreach=False)
    scales = [exact(p).abs() for p in params]
    m, v = ([torch.zeros_like(scale) for scale in scales] for _ in range(2))
    for t, grads in enumerate(steps, 1):
        for i, g in enumerate(map(exact, grads)):
            m[i] = beta1 * m[i] + (1 - beta1) * g.abs()
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            spread = (v[i] / (1 - beta2**t)).sqrt() + eps
            scales[i] = scales[i] + lr * m[i] / (1 - beta1**t) / spread
    return _expected(values, scales, adam_roundings(len(steps), beta1, beta2))


def adam_roundings(steps: int, *betas: float) -> int:
    """3 in each mean and each step, 2 for p, 6 in the quotient, and 1 - beta's own."""
    return 8 * steps + 8 + int(sum(2 / (1 - beta) for beta in betas))


def mean_step(old: Sequence[Tensor], grads: Sequence[Tensor], keep: float, take: float, power: int = 1) -> list[Expected]:
    """keep old + take g^power: one step of a velocity, or of one of Adam's means."""
    roundings = 5 + int(2 / take) if take < 1 else 5
    values, scales = [], []
    for o, g in zip(map(exact, old), map(exact, grads), strict=True):
        values.append(keep * o + take * g**power)
        scales.append(keep * o.abs() + take * g.abs() ** power)
    return _expected(values, scales, roundings)


def loss_and_grads(
    params: Sequence[Tensor], x: Tensor, targ: Tensor
) -> tuple[Expected, list[Expected]]:
    """The classifier's loss, and its gradients in w1, b1, w2 and b2.

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
    """The loss of one minibatch, and the parameters after a step by its gradient."""
    loss, grads = loss_and_grads(params, x, targ)
    after = [
        Expected(exact(p) - lr * g.values, exact(p).abs() + lr * g.scale, g.roundings + 4)
        for p, g in zip(params, grads, strict=True)
    ]
    return loss, after


def _expected(
    values: Sequence[Tensor], scales: Sequence[Tensor], roundings: int
) -> list[Expected]:
    return [Expected(v, s, roundings) for v, s in zip(values, scales, strict=True)]
