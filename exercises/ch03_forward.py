"""Chapter 3, forward: two affine maps with a relu between them.

Every function here stays differentiable, and keeps its inputs' values, whatever their size and
memory layout. Tensors made on the way have the inputs' dtype and device. Each call stands for
itself.
"""

from jaxtyping import Float
from torch import Tensor


def lin(
    x: Float[Tensor, "n m"], w: Float[Tensor, "m o"], b: Float[Tensor, "o"]
) -> Float[Tensor, "n o"]:
    """Map each of the n rows of x from m inputs to o outputs.

        out[i, k] = sum_j x[i, j] w[j, k] + b[k]

    This affine map is the only place where the net keeps what it has learned.
    """
    raise NotImplementedError


def relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Keep what is positive and set the rest to zero.

        relu(x) = max(x, 0), element by element

    Without a bend between them, two affine maps would be one.

    Source: Nair and Hinton 2010, section 2.
    """
    raise NotImplementedError


def shifted_relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Let relu's output spread around zero again.

        shifted_relu(x) = max(x, 0) - 0.5

    A relu has no negative outputs, so its mean is far from 0; the notes (as new_relu) take
    half a unit off.
    """
    raise NotImplementedError


def model(
    x: Float[Tensor, "n m"],
    w1: Float[Tensor, "m nh"],
    b1: Float[Tensor, "nh"],
    w2: Float[Tensor, "nh o"],
    b2: Float[Tensor, "o"],
) -> Float[Tensor, "n o"]:
    """Run the whole net on the n rows of x: m inputs, nh hidden units, o outputs.

        out = lin(relu(lin(x, w1, b1)), w2, b2)

    The outputs may take any sign: nothing bends after the last affine map.
    """
    raise NotImplementedError
