"""Chapter 1, axes: a new axis of length 1 lets two tensors meet in every combination."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def outer(a: Float[Tensor, "n"], b: Float[Tensor, "m"]) -> Float[Tensor, "n m"]:
    """Multiply each number of a by each number of b.

        out[i, j] = a[i] b[j]

    One line, without a loop: give a a second axis, and broadcasting does the rest.
    """
    raise NotImplementedError


def differences(a: Float[Tensor, "n"], b: Float[Tensor, "m"]) -> Float[Tensor, "n m"]:
    """Subtract each number of b from each number of a.

        out[i, j] = a[i] - b[j]

    Distances between all pairs of points begin like this.
    """
    raise NotImplementedError


def one_hot(labels: Int[Tensor, "n"], c: int) -> Bool[Tensor, "n c"]:
    """Mark the class of each of n rows among c classes.

        out[i, k] = labels[i] == k

    The result is a tensor of truth values, on the device of labels.
    """
    raise NotImplementedError
