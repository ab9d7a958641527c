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
    raise NotImplementedError


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
        raise NotImplementedError

    def __add__(self, other: "Value") -> "Value":
        """self + other, broadcast."""
        raise NotImplementedError

    def __mul__(self, other: "Value") -> "Value":
        """self * other, element by element, broadcast."""
        raise NotImplementedError

    def __matmul__(self, other: "Value") -> "Value":
        """self @ other, the product of two matrices."""
        raise NotImplementedError

    def relu(self) -> "Value":
        """max(self, 0), element by element; its gradient is 0 where self is 0."""
        raise NotImplementedError

    def exp(self) -> "Value":
        """e to the power of self, element by element; it is its own slope."""
        raise NotImplementedError

    def log(self) -> "Value":
        """The natural logarithm of self, element by element; its slope is 1/self."""
        raise NotImplementedError

    def sum(self) -> "Value":
        """The sum of all elements, without axes."""
        raise NotImplementedError

    def mean(self) -> "Value":
        """The mean of all elements, without axes."""
        raise NotImplementedError

    def backward(self) -> None:
        """Overwrite the .grad of this Value, one number, and of all that it was made from."""
        raise NotImplementedError
