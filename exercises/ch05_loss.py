"""Chapter 5, loss: one number that says how wrong the net is.

It stays differentiable, and keeps its inputs' values, whatever their size and memory layout.
Tensors made on the way have the inputs' dtype and device. Each call stands for itself.
"""

from jaxtyping import Float
from torch import Tensor


def mse(output: Float[Tensor, "n 1"], targ: Float[Tensor, "n"]) -> Float[Tensor, ""]:
    """Average the squared errors of the n outputs.

        L = 1/n sum_i (output[i, 0] - targ[i])^2

    The outputs are a column and the targets are not: subtract them as they come and broadcasting
    makes n x n differences of them, without a word.
    """
    raise NotImplementedError
