"""Chapter 2, data: from images of bytes to rows of mean 0 and standard deviation 1.

Inputs may have any size but 0, and any memory layout (images lie as they were read, row by row),
and keep their values. normalize stays differentiable in x (a split's mean and std may be plain
numbers), and what normalises has the inputs' dtype and device. Each call stands for itself.
"""

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor


def split_and_scale(
    images: UInt8[Tensor, "N H W"], labels: Int[Tensor, "N"], n_valid: int = 10_000
) -> tuple[
    Float[Tensor, "n m"], Float[Tensor, "n"], Float[Tensor, "n_valid m"], Float[Tensor, "n_valid"]
]:
    """Flatten the N images to rows of m = H W pixels, scale them, and hold the last n_valid back.

        x[i, H_i W + W_i] = images[i, H_i, W_i] / 256.0

    Returns (x_train, y_train, x_valid, y_valid), all float32, torch's default: pixels in [0, 1),
    and the labels with their values (below 2^24), for the loss is to subtract them from what the
    net gives. The LAST n_valid rows validate, 1 <= n_valid < N; the first n = N - n_valid train.

    Source: the notes' x_train, y_train, x_valid, y_valid (fast.ai 2019, lesson 8).
    """
    x, y = images.flatten(1).to(torch.float32) / 256.0, labels.to(torch.float32)
    return x[:-n_valid], y[:-n_valid], x[-n_valid:], y[-n_valid:]


def normalize(
    x: Float[Tensor, "..."], mean: Float[Tensor, ""] | float, std: Float[Tensor, ""] | float
) -> Float[Tensor, "..."]:
    """Shift and scale x, so that a mean becomes 0 and a standard deviation 1.

        z = (x - mean) / std

    The mean and std are given, as tensors or as plain floats.
    """
    return (x - mean) / std


def normalize_splits(
    x_train: Float[Tensor, "n m"], x_valid: Float[Tensor, "n_valid m"]
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n_valid m"]]:
    """Normalise both splits by one mean and one std: scalars, those of the TRAINING pixels.

        mean = 1/N sum x_train        std = sqrt(1/(N - 1) sum (x_train - mean)^2),   N = n m

    The net must see a validation pixel as it saw the same pixel in training, and validation
    data may not leak into what the net is trained on. Returns (x_train, x_valid), normalised.
    """
    mean, std = x_train.mean(), x_train.std()
    return normalize(x_train, mean, std), normalize(x_valid, mean, std)


def get_shapes(x_train: Float[Tensor, "n m"], y_train: Int[Tensor, "n"]) -> tuple[int, int, int]:
    """Read off the three sizes that shape the net: n rows, m pixels, c classes.

        c = 1 + max label

    Labels count from 0, to any number (int16 ends at 32,767), and one of them may be missing from
    the sample; c, too, has a place in their type. Labels may come as floats; the three sizes are
    Python ints all the same, since range(c) takes nothing else.
    """
    n, m = x_train.shape
    return n, m, int(y_train.max()) + 1
