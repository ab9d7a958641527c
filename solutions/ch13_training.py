"""Chapter 13, training: from gradients to a net that reads digits, and what larger nets need.

Parameters and gradients keep their values, whatever their size and memory layout: results are new
tensors, of the inputs' dtype and device. Logits may be large, and gradients are taken by hand,
without autograd. Each call stands for itself.
"""

import math
from collections.abc import Sequence

import torch
from ch03_forward import lin, relu
from ch06_backward import relu_grad
from ch08_lean_backward import lin_grad_matmul
from ch12_classification import cross_entropy, cross_entropy_grad
from jaxtyping import Float, Int64
from torch import Tensor


def batches(n: int, size: int) -> list[Int64[Tensor, "rows"]]:
    """Shuffle the rows 0 ... n - 1, and cut them into minibatches.

        n = (number of full batches) size + (rows of the last one, 1 ... size)

    Each row is in one batch, once; each batch has `size` rows, the last one what is left. All
    orders are equally likely; each call draws one from torch's global generator. Return the
    rows' numbers, int64: x[rows] then is a minibatch.

    Source: Bottou 2012, Stochastic Gradient Descent Tricks.
    """
    return list(torch.randperm(n).split(size))


def sgd(params: Sequence[Tensor], grads: Sequence[Tensor], lr: float) -> list[Tensor]:
    """Take one step of gradient descent, and return the new parameters.

        p <- p - lr g, for each parameter p and its gradient g

    The old ones keep their values: the step is a function, without a hidden state.
    """
    return [p - lr * g for p, g in zip(params, grads, strict=True)]


def momentum(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    velocity: Sequence[Tensor],
    lr: float,
    beta: float,
) -> tuple[list[Tensor], list[Tensor]]:
    """Take one step with momentum, and return the new parameters and velocities.

        v <- beta v + g
        p <- p - lr v

    A velocity v is a sum over all gradients so far, the old ones fading. It begins with zeros. The
    new one moves the parameters. This is torch.optim.SGD's form, where lr is no part of v.

    Source: Sutskever et al. 2013, section 2 (there with lr inside v).
    """
    velocity = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return sgd(params, velocity, lr), velocity


def adam(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    m: Sequence[Tensor],
    v: Sequence[Tensor],
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Take Adam's t-th step, and return the new parameters, means m and mean squares v.

        m <- beta1 m + (1 - beta1) g            v <- beta2 v + (1 - beta2) g^2
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Every number moves by about lr, however large its gradient. m and v begin with zeros, so they
    are too small at first; the divisions by 1 - beta^t undo that, with t = 1 in the first step.

    Source: Kingma and Ba 2015, algorithm 1.
    """
    m = [beta1 * m + (1 - beta1) * g for m, g in zip(m, grads, strict=True)]
    v = [beta2 * v + (1 - beta2) * g * g for v, g in zip(v, grads, strict=True)]
    steps = [
        (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps)
        for m, v in zip(m, v, strict=True)
    ]
    return sgd(params, steps, lr), m, v


def loss_and_grads(
    params: Sequence[Tensor], x: Float[Tensor, "n m"], targ: Int64[Tensor, "n"]
) -> tuple[Float[Tensor, ""], list[Tensor]]:
    """Run the net with one output for each class, and return its loss and all gradients.

        L = cross_entropy(lin(relu(lin(x, w1, b1)), w2, b2), targ)

    params are w1 [m, nh], b1 [nh], w2 [nh, c], b2 [c]; return L and [dL/dw1, dL/db1, dL/dw2,
    dL/db2]. It is chapter 7's pass with another loss. By hand, of course.
    """
    w1, b1, w2, b2 = params
    l1 = lin(x, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)

    cross_entropy_grad(out, targ)
    lin_grad_matmul(l2, out, w2, b2)
    relu_grad(l1, l2)
    lin_grad_matmul(x, l1, w1, b1)
    return cross_entropy(out, targ), [p.grad for p in params]


def train_epoch(
    params: Sequence[Tensor],
    x: Float[Tensor, "n m"],
    targ: Int64[Tensor, "n"],
    order: Sequence[Int64[Tensor, "rows"]],
    lr: float,
) -> tuple[list[Tensor], Float[Tensor, "steps"]]:
    """Go once through the data: one step of gradient descent for each minibatch, in order.

        p <- p - lr dL/dp, with L the loss of x[rows], targ[rows] at the parameters so far

    Return the parameters after the last step, and the loss of each minibatch as it was before its
    own step. order is what `batches` gives; params are those of loss_and_grads.
    """
    losses = []
    for rows in order:
        loss, grads = loss_and_grads(params, x[rows], targ[rows])
        params = sgd(params, grads, lr)
        losses.append(loss)
    return list(params), torch.stack(losses)


def clip_by_norm(grads: Sequence[Tensor], most: float) -> list[Tensor]:
    """Shorten all gradients by one common factor, where together they are too long.

        g <- g min(1, most / norm),   norm = sqrt(sum of the squares of all numbers of all g)

    norm is the length of all gradients laid end to end, so they keep their direction. What is not
    longer than `most` stays as it is, gradients of 0 as well; it may be the very tensors. A 1e-6
    may be added to norm, as torch's clip_grad_norm_ does.

    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
    """
    norm = torch.stack([g.norm() for g in grads]).norm()
    factor = (most / norm).clamp(max=1)
    return [g * factor for g in grads]


def cosine_rate(t: int, total: int, warm: int, lr: float) -> float:
    """Say how large the rate is in step t of 1 ... total, as a Python float.

        lr t / warm                                          in the first `warm` steps, t <= warm
        lr (1 + cos(pi (t - warm) / (total - warm))) / 2     after them

    It rises to lr in a straight line, then falls to 0 in the last step: slowly at first, then fast,
    and slowly again. warm may be 0, and it may be total.

    Source: Loshchilov and Hutter 2017 (SGDR), equation 5; Goyal et al. 2017, section 2.2.
    """
    if t <= warm:
        return lr * t / warm
    return lr * (1 + math.cos(math.pi * (t - warm) / (total - warm))) / 2


def adamw(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    m: Sequence[Tensor],
    v: Sequence[Tensor],
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    decay: float,
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Take Adam's t-th step with weight decay; return the new parameters, m and v.

        p <- p - lr (Adam's quotient of m and v + decay p)

    m and v are Adam's, of the gradients alone: the decay is no part of them. So every number
    shrinks by the same share of itself, lr decay, however large its gradients have been. In the
    decay, p is the parameter from before the step.

    Source: Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2.
    """
    moved, m, v = adam(params, grads, m, v, t, lr, beta1, beta2, eps)
    return [new - lr * decay * p for new, p in zip(moved, params, strict=True)], m, v
