"""Chapter 2, masks: a comparison of positions says which elements count."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def running_sum(x: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """Add up each row from its start to each place.

    out[i, k] = sum of x[i, j] over j <= k
    """
    return x.cumsum(-1)


def keep_first(x: Float[Tensor, "n m"], lengths: Int[Tensor, "n"]) -> Float[Tensor, "n m"]:
    """Keep the first lengths[i] numbers of row i and set the rest to 0.

        out[i, j] = x[i, j] where j < lengths[i], else 0

    Sentences of unequal length, padded to one, are cut off like this.
    """
    return torch.where(torch.arange(x.shape[1], device=x.device) < lengths[:, None], x, 0)
