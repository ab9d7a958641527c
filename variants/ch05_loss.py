"""Right answers to chapter 5, in unusual ways: all must pass."""

import torch
import torch.nn.functional as F
from torch import nn

from kata.diagnosis.recorded import right


@right("mse")
def by_mse_loss(output, targ):
    return F.mse_loss(output[:, 0], targ)


@right("mse")
def by_mse_loss_of_columns(output, targ):
    return F.mse_loss(output, targ.unsqueeze(1))


@right("mse")
def by_the_module(output, targ):
    return nn.MSELoss(reduction="mean")(output.flatten(), targ)


@right("mse")
def by_squeeze_of_every_axis(output, targ):
    return (output.squeeze() - targ).pow(2).mean()


@right("mse")
def by_broadcasting_a_row(output, targ):
    return ((output.T - targ) ** 2).mean()


@right("mse")
def by_dot_product(output, targ):
    error = output.view(-1) - targ if output.is_contiguous() else output.reshape(-1) - targ
    return torch.dot(error, error) / len(targ)


@right("mse")
def by_matrix_product(output, targ):
    error = output - targ.reshape(-1, 1)
    return (error.mT @ error).squeeze() / error.numel()


@right("mse")
def by_einsum(output, targ):
    error = targ - output[..., 0]
    return torch.einsum("n,n->", error, error) / output.size(0)


@right("mse")
def by_loop_from_nothing(output, targ):
    return sum((output[i, 0] - targ[i]) ** 2 for i in range(len(targ))) / len(targ)


@right("mse")
def by_loop_from_a_0_d_zero(output, targ):
    total = torch.tensor(0.0)
    for p, t in zip(output, targ, strict=True):
        total = total + (p[0] - t) ** 2
    return total / len(targ)


@right("mse")
def by_the_diagonal(output, targ):
    return (output - targ).diagonal().square().mean()


@right("mse")
def by_norm(output, targ):
    return torch.linalg.vector_norm(output[:, 0] - targ) ** 2 / targ.numel()


@right("mse")
def by_variance_and_mean(output, targ):
    error = output[:, 0] - targ
    return error.var(correction=0) + error.mean() ** 2


@right("mse")
def expanded(output, targ):
    p = output[:, 0]
    return (p * p - 2 * p * targ + targ * targ).mean()


@right("mse")
def with_the_square_in_place_on_the_error(output, targ):
    return (output[:, 0] - targ).square_().mean()


@right("mse")
def in_float64_inside(output, targ):
    return (output[:, 0].double() - targ.double()).square().mean().to(output.dtype)


@right("mse")
class Loss(nn.Module):
    """A module that means both axes."""

    def forward(self, output, targ):
        return (output - targ[:, None]).abs().square().mean(dim=(0, 1))


@right("mse")
def mean_of_means(output, targ):
    error = output - targ.unsqueeze(-1)
    return (error * error).mean(0).mean(0)
