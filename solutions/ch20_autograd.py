"""Chapter 20, autograd: a tape of tensor operations that finds every gradient by itself.

Gradients are taken without torch's autograd. A second backward() overwrites what the first one set.
Inputs may have any size but 0, and any memory layout, and keep their values; tensors made on the
way have the inputs' dtype and device. Each call stands for itself.
"""

from collections import Counter
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def unbroadcast(grad: Float[Tensor, "..."], shape: tuple[int, ...]) -> Float[Tensor, "..."]:
    """Bring a gradient back to the shape of what was broadcast: sum over its copies.

        out = x broadcast, so dL/dx = sum over the copies of x of dL/dout

    Broadcasting puts new axes in front, and repeats axes of length 1. shape: the one of x, which
    may have no axes at all. The result has that shape.
    """
    new = grad.dim() - len(shape)
    repeated = [new + i for i, length in enumerate(shape) if length == 1]
    axes = [*range(new), *repeated]
    return (grad.sum(axes) if axes else grad).reshape(shape)


class Value:
    """A tensor that remembers how it was made, so that it can find gradients.

        dL/dx = sum over all y made from x of dL/dy dy/dx

    Value(data) holds a tensor in .data. Its operations give new Values, and keep what backward will
    need; + and * broadcast as torch does. After loss.backward(), loss and every Value that it
    was made from have their gradients in .grad, tensors of the shape of .data. A graph may be
    thousands of operations deep, and a Value may be used any number of times: go through each
    once, after all that was made from it. No autograd of torch's: this is one.

    Source: Karpathy, micrograd; Baydin et al., Automatic Differentiation (2018), section 3.2.
    """

    def __init__(self, data: Float[Tensor, "..."]) -> None:
        """Hold a tensor that was not made from any other Value."""
        self.data = data
        self.grad: Tensor | None = None
        self._made_from: tuple[Value, ...] = ()
        self._pull: Callable[[Tensor], tuple[Tensor, ...]] = lambda grad: ()

    def __add__(self, other: "Value") -> "Value":
        """self + other, broadcast."""
        return _made(self.data + other.data, (self, other), lambda g: (g, g))

    def __mul__(self, other: "Value") -> "Value":
        """self * other, element by element, broadcast."""
        a, b = self.data, other.data
        return _made(a * b, (self, other), lambda g: (g * b, g * a))

    def __matmul__(self, other: "Value") -> "Value":
        """self @ other, the product of two matrices."""
        a, b = self.data, other.data
        return _made(a @ b, (self, other), lambda g: (g @ b.mT, a.mT @ g))

    def relu(self) -> "Value":
        """max(self, 0), element by element; its gradient is 0 where self is 0."""
        return _made(torch.relu(self.data), (self,), lambda g: (g * (self.data > 0),))

    def exp(self) -> "Value":
        """e to the power of self, element by element; it is its own slope."""
        powers = torch.exp(self.data)
        return _made(powers, (self,), lambda g: (g * powers,))

    def log(self) -> "Value":
        """The natural logarithm of self, element by element; its slope is 1/self."""
        return _made(torch.log(self.data), (self,), lambda g: (g / self.data,))

    def sum(self) -> "Value":
        """The sum of all elements, without axes."""
        return _made(self.data.sum(), (self,), lambda g: (g.expand(self.data.shape),))

    def mean(self) -> "Value":
        """The mean of all elements, without axes."""
        n = self.data.numel()
        return _made(self.data.mean(), (self,), lambda g: ((g / n).expand(self.data.shape),))

    def backward(self) -> None:
        """Overwrite the .grad of this Value, one number, and of all that it was made from."""
        order = _order(self)
        for value in order:
            value.grad = torch.zeros_like(value.data)
        self.grad = torch.ones_like(self.data)
        for value in order:
            for source, grad in zip(value._made_from, value._pull(value.grad), strict=True):
                source.grad = source.grad + unbroadcast(grad, source.data.shape)


def _made(
    data: Tensor, made_from: tuple[Value, ...], pull: Callable[[Tensor], tuple[Tensor, ...]]
) -> Value:
    """A new Value. pull: from its gradient to those of what it was made from."""
    out = Value(data)
    out._made_from, out._pull = made_from, pull
    return out


def _order(root: Value) -> list[Value]:
    """All that root was made from, and root; each after everything that was made from it."""
    uses: Counter[Value] = Counter()
    found, todo = {root}, [root]
    while todo:
        for source in todo.pop()._made_from:
            uses[source] += 1
            if source not in found:
                found.add(source)
                todo.append(source)
    order, ready = [], [root]
    while ready:
        value = ready.pop()
        order.append(value)
        for source in value._made_from:
            uses[source] -= 1
            if not uses[source]:
                ready.append(source)
    return order
