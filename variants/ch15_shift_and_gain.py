"""Right answers of chapter 15 that are written in unusual ways."""

import math
from functools import partial

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right


@right("relu_moments")
def by_quadrature(variance=1.0):
    """The two integrals, by Simpson's rule over ten standard deviations."""
    std = math.sqrt(variance)
    z = torch.linspace(0, 10 * std, 2001, dtype=torch.float64)
    p = torch.exp(-(z**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    weights = torch.ones_like(z)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    weights *= 10 * std / 2000 / 3
    return [float((weights * z**k * p).sum()) for k in (1, 2)]


@right("relu_moments")
def half_of_a_half_normal(variance=1.0):
    return math.sqrt(2 * variance / math.pi) / 2, 0.5 * variance


@right("relu_moments")
def by_tensors(variance=1.0):
    variance = torch.tensor(float(variance))
    return (variance / (2 * torch.pi)).sqrt().item(), float(variance / 2)


@right("relu_moments")
def with_a_density(variance=1.0):
    std = variance**0.5
    return std * math.exp(0) / math.sqrt(2 * math.pi), std * std / 2


@right("shift_and_gain")
def closed_form(variance=1.0):
    shift = math.sqrt(variance / 2 / math.pi)
    return shift, math.sqrt(2 / (1 - 1 / math.pi)) / math.sqrt(variance)


@right("shift_and_gain")
def in_float32(variance=1.0):
    v = torch.tensor(variance, dtype=torch.float32)
    shift = torch.sqrt(v / (2 * math.pi))
    return shift.item(), torch.rsqrt(v / 2 - shift * shift).item()


@right("shift_and_gain")
def as_a_list(variance=1.0):
    std = math.sqrt(variance)
    return [std / math.sqrt(math.tau), (0.5 - 1 / math.tau) ** -0.5 / std]


@right("shift_and_gain")
class Numbers:
    """The numbers for variance 1, to all digits of float32."""

    def __call__(self, variance=1.0):
        return math.sqrt(variance) * 0.3989422804014327, 1.7128584 / math.sqrt(variance)


def bend(z, variance=1.0, relu=torch.relu):
    std = math.sqrt(variance)
    return (relu(z) - std / math.sqrt(2 * math.pi)) / (std * math.sqrt(0.5 - 0.5 / math.pi))


right("standard_relu")(bend)

with_clamp = right("standard_relu")(partial(bend, relu=lambda z: z.clamp(min=0)))
with_clamp.__name__ = "with_clamp"


@right("standard_relu")
def with_where(z, variance=1.0):
    shift, gain = closed_form(variance)
    return torch.where(z > 0, gain * z - gain * shift, -gain * shift)


@right("standard_relu")
class AsATorchModule(torch.nn.Module):
    """With numbers that are those of float32, in float64 too."""

    def forward(self, z, variance=1.0):
        shift, gain = in_float32(variance)
        return (F.relu(z) - shift) * gain


@right("standard_relu")
def scaled_first(z, variance=1.0):
    """A relu of z at variance 1 is the relu of z over its std."""
    shift, gain = closed_form(1.0)
    return gain * F.relu(z / math.sqrt(variance)) - gain * shift
