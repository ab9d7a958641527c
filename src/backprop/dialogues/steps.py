"""Dialogues of `kata step` with answers that are classes, or take lists: one link of a pass."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Layer = Callable[..., Any]
LR, BETA = 0.5, 0.5
# of Adam's second step: one beta cannot stand in for the other, and eps is large enough to be seen
STEP, BETA1, BETA2, EPS, DECAY = 2, 0.75, 0.5, 1.0, 0.25
MOST = 5.0  # the length to which gradients are clipped


def lin(answer: Layer, inp: Tensor, w: Tensor, b: Tensor) -> Any:
    """Call a layer that is made of w and b."""
    return answer(w, b)(inp)


def lin_back(answer: Layer, d_out: Tensor, inp: Tensor, w: Tensor, b: Tensor) -> Sequence[Any]:
    """Return the gradients that it leaves on inp, w and b."""
    return _back(answer(w, b), d_out, (inp,), (inp, w, b))


def relu(answer: Layer, inp: Tensor) -> Any:
    """Call a layer that is made of nothing."""
    return answer()(inp)


def relu_back(answer: Layer, d_out: Tensor, inp: Tensor) -> Sequence[Any]:
    """Return the gradient that it leaves on inp."""
    return _back(answer(), d_out, (inp,), (inp,))


def mse(answer: Layer, inp: Tensor, targ: Tensor) -> Any:
    """Call a loss."""
    return answer()(inp, targ)


def mse_back(answer: Layer, inp: Tensor, targ: Tensor) -> Sequence[Any]:
    """Return the gradient that it leaves on inp."""
    return _back(answer(), None, (inp, targ), (inp,))


def model(answer: Layer, x: Tensor, targ: Tensor, *parameters: Tensor) -> Sequence[Any]:
    """Return the gradients that a model leaves on x and on its parameters."""
    return _back(answer(*parameters), None, (x, targ), (x, *parameters))


def sgd(answer: Layer, p: Tensor, g: Tensor) -> Any:
    """Return the parameter after a step of gradient descent."""
    return answer([p], [g], LR)[0]


def momentum(answer: Layer, p: Tensor, v: Tensor, g: Tensor) -> Any:
    """Return the velocity of a step with momentum, and below it where the parameter is after it."""
    (moved,), (velocity,) = answer([p], [g], [v], LR, BETA)
    return torch.stack((velocity, moved))


def adam(answer: Layer, p: Tensor, m: Tensor, v: Tensor, g: Tensor, *decay: float) -> Any:
    """Return the mean and the mean square of Adam's step, and below them the parameter after it."""
    (moved,), (mean,), (square,) = answer([p], [g], [m], [v], STEP, LR, BETA1, BETA2, EPS, *decay)
    return torch.stack((mean, square, moved))


def adamw(answer: Layer, p: Tensor, m: Tensor, v: Tensor, g: Tensor) -> Any:
    """Return the same of a step with weight decay."""
    return adam(answer, p, m, v, g, DECAY)


def clip(answer: Layer, g: Tensor) -> Any:
    """Return gradients of one number each, clipped together."""
    return torch.cat(answer(list(g.split(1)), MOST))


def product(answer: Layer, a: Tensor, b: Tensor, c: Tensor) -> Sequence[Any]:
    """Take (a * b + c).relu() * a back; return the gradients of all Values but the last."""
    x, y, z = answer(a), answer(b), answer(c)
    ab = x * y
    s = ab + z
    r = s.relu()
    loss = r * x
    loss.backward()
    return [value.grad for value in (x, y, z, ab, s, r)]


def batch(answer: Layer, x: Tensor, w: Tensor, b: Tensor) -> Sequence[Any]:
    """Take (x @ w + b).relu().mean() back; return the gradients of all Values but the last."""
    given = [answer(tensor) for tensor in (x, w, b)]
    xw = given[0] @ given[1]
    s = xw + given[2]
    r = s.relu()
    r.mean().backward()
    return [value.grad for value in (*given, xw, s, r)]


def embedding_back(answer: Layer, d_out: Tensor, ids: Tensor, table: Tensor) -> Any:
    """Return the gradient of an embedding's table."""
    return answer(d_out, ids, len(table))


def two_heads(answer: Layer, x: Tensor) -> Any:
    """Return each row cut into two heads."""
    return answer(x, 2)


def writer_back(answer: Layer, ids: Tensor, targ: Tensor, *params: Tensor) -> Any:
    """Return the gradients of the net that writes, with one head."""
    _, grads = answer(list(params), ids, targ.reshape(ids.shape), 1)
    return grads


def _back(
    layer: Any, d_out: Tensor | None, called_on: Sequence[Tensor], wanted: Sequence[Tensor]
) -> Sequence[Any]:
    out = layer(*called_on)
    if d_out is not None:
        out.grad = d_out
    layer.backward()
    return [tensor.grad for tensor in wanted]
