"""Chapter 17, normalisation: batchnorm, layernorm and RMSNorm, forward and backward.

What normalises stays differentiable in x, gamma and beta; the gradients are taken by hand, without
autograd. Inputs may have any size but 0, and any memory layout, and keep their values; tensors made
on the way have the inputs' dtype and device. Each call stands for itself.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def batchnorm_train(
    x: Float[Tensor, "n m"],
    gamma: Float[Tensor, "m"],
    beta: Float[Tensor, "m"],
    eps: float = 1e-5,
) -> Float[Tensor, "n m"]:
    """Bring each column of a batch to mean 0 and variance 1, then scale and shift it.

        out[i, j] = gamma[j] xhat[i, j] + beta[j]
        xhat[i, j] = (x[i, j] - mean[j]) / sqrt(var[j] + eps)

    mean[j] and var[j] are those of column j of this batch of n >= 2 rows; var[j] is the mean of the
    squared differences, over n. x may lie far from 0, where a difference of large squares is lost.

    Source: Ioffe and Szegedy, Batch Normalization (2015), algorithm 1.
    """
    raise NotImplementedError


def running_statistics(
    x: Float[Tensor, "n m"],
    running_mean: Float[Tensor, "m"],
    running_var: Float[Tensor, "m"],
    momentum: float = 0.1,
) -> tuple[Float[Tensor, "m"], Float[Tensor, "m"]]:
    """Take one batch into the running mean and variance; return both, as new tensors.

        running = (1 - momentum) running + momentum batch

    The variance of the batch (n >= 2 rows) is the unbiased one here, over n - 1: it is to estimate
    that of all data, of which the batch is a sample. x may lie far from 0.

    Source: Ioffe and Szegedy, section 3.1; torch.nn.BatchNorm1d, for this meaning of momentum.
    """
    raise NotImplementedError


def batchnorm_eval(
    x: Float[Tensor, "n m"],
    gamma: Float[Tensor, "m"],
    beta: Float[Tensor, "m"],
    running_mean: Float[Tensor, "m"],
    running_var: Float[Tensor, "m"],
    eps: float = 1e-5,
) -> Float[Tensor, "n m"]:
    """Normalise with the running statistics, so that no row depends on the others.

        out[i, j] = gamma[j] (x[i, j] - running_mean[j]) / sqrt(running_var[j] + eps) + beta[j]

    A batch of one row is legal, and gives what it gives within a larger batch.

    Source: Ioffe and Szegedy, algorithm 2.
    """
    raise NotImplementedError


def batchnorm_grad(
    d_out: Float[Tensor, "n m"],
    x: Float[Tensor, "n m"],
    gamma: Float[Tensor, "m"],
    eps: float = 1e-5,
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "m"], Float[Tensor, "m"]]:
    """Backpropagate through batchnorm_train; return d_x, d_gamma and d_beta.

        out[i, j] = gamma[j] xhat[i, j] + beta[j]
        d_x[k, j] = sum_i d_out[i, j] dout[i, j]/dx[k, j]

    d_out is dL/dout, and xhat that of batchnorm_train, here for n >= 1 rows. x[k, j] moves its own
    output, and through mean[j] and var[j] every other one of its column.

    Source: Ioffe and Szegedy, section 3.
    """
    raise NotImplementedError


def layernorm(
    x: Float[Tensor, "... m"],
    gamma: Float[Tensor, "m"],
    beta: Float[Tensor, "m"],
    eps: float = 1e-5,
) -> Float[Tensor, "... m"]:
    """Bring each row to mean 0 and variance 1, then scale and shift its columns.

        out[..., j] = gamma[j] (x[..., j] - mean) / sqrt(var + eps) + beta[j]

    mean and var are those of the row's m values, var over m: no row depends on the others, so
    training and evaluation are the same. x may have any number of axes, and lie far from 0.

    Source: Ba, Kiros and Hinton, Layer Normalization (2016), section 3.
    """
    raise NotImplementedError


def layernorm_grad(
    d_out: Float[Tensor, "... m"],
    x: Float[Tensor, "... m"],
    gamma: Float[Tensor, "m"],
    eps: float = 1e-5,
) -> tuple[Float[Tensor, "... m"], Float[Tensor, "m"], Float[Tensor, "m"]]:
    """Backpropagate through layernorm; return d_x, d_gamma and d_beta.

        out[..., j] = gamma[j] xhat[..., j] + beta[j]

    d_out is dL/dout, and xhat = (x - mean) / sqrt(var + eps), with the statistics of a row's m
    values. x[..., k] reaches all outputs of its row; gamma and beta reach the loss
    through every row.

    Source: Ba, Kiros and Hinton, section 3, by the chain rule.
    """
    raise NotImplementedError


def rms_norm(
    x: Float[Tensor, "... m"], gamma: Float[Tensor, "m"], eps: float = 1e-5
) -> Float[Tensor, "... m"]:
    """Bring each row to a mean square of 1, then scale its columns; no mean is subtracted.

        out[..., j] = gamma[j] xhat[..., j]
        xhat[..., j] = x[..., j] / sqrt(ms + eps),   ms = 1/m sum_j x[..., j]^2

    ms is the mean square of the row's own m values, so no row depends on the others. There is no
    shift: a row's mean is scaled with it, and stays. x may have any number of axes.

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization (2019), section 3.
    """
    raise NotImplementedError


def rms_norm_grad(
    d_out: Float[Tensor, "... m"],
    x: Float[Tensor, "... m"],
    gamma: Float[Tensor, "m"],
    eps: float = 1e-5,
) -> tuple[Float[Tensor, "... m"], Float[Tensor, "m"]]:
    """Backpropagate through rms_norm; return d_x and d_gamma.

        out[..., j] = gamma[j] xhat[..., j]

    d_out is dL/dout, and xhat = x / sqrt(ms + eps), with the mean square of a row's m values.
    x[..., k] reaches its own output, and through ms every other one of its row; gamma reaches the
    loss through every row.

    Source: Zhang and Sennrich, section 4, by the chain rule.
    """
    raise NotImplementedError
