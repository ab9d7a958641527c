"""Right answers of chapter 4, as unusual as right answers come."""

import cmath
import math
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from torch import nn

from kata.diagnosis.recorded import right

# --- xavier_init -----------------------------------------------------------------------------


@right("xavier_init")
def xavier_by_multiplication(fan_in, fan_out):
    return torch.randn((fan_in, fan_out)) * (1 / fan_in) ** 0.5


@right("xavier_init")
def xavier_by_torch_normal(fan_in, fan_out):
    return torch.normal(0.0, fan_in**-0.5, (fan_in, fan_out))


@right("xavier_init")
def xavier_by_torch_normal_of_tensors(fan_in, fan_out):
    zeros = torch.zeros(fan_in, fan_out)
    return torch.normal(zeros, torch.full_like(zeros, fan_in**-0.5))


@right("xavier_init")
def xavier_filled_in_place(fan_in, fan_out):
    return torch.empty(fan_in, fan_out).normal_(0, math.sqrt(1 / fan_in))


@right("xavier_init")
def xavier_from_uninitialised_memory(fan_in, fan_out):
    w = torch.Tensor(fan_in, fan_out).normal_()
    w /= fan_in**0.5
    return w


@right("xavier_init")
def xavier_transposed_view(fan_in, fan_out):
    return torch.randn(fan_out, fan_in).t() / math.sqrt(fan_in)


@right("xavier_init")
def xavier_as_a_parameter(fan_in, fan_out):
    return nn.Parameter(torch.randn(fan_in, fan_out) / math.sqrt(fan_in))


@right("xavier_init")
def xavier_that_requires_grad(fan_in, fan_out):
    return torch.randn(fan_in, fan_out).div(math.sqrt(fan_in)).requires_grad_()


@right("xavier_init")
def xavier_in_a_graph(fan_in, fan_out):
    return torch.randn(fan_in, fan_out, requires_grad=True) / math.sqrt(fan_in)


@right("xavier_init")
def xavier_by_distributions(fan_in, fan_out):
    return torch.distributions.Normal(0.0, fan_in**-0.5).sample((fan_in, fan_out))


@right("xavier_init")
def xavier_by_nn_init(fan_in, fan_out):
    return nn.init.normal_(torch.zeros(fan_in, fan_out), std=1 / math.sqrt(fan_in))


@right("xavier_init")
def xavier_by_kaimings_linear(fan_in, fan_out):
    stored = torch.empty(fan_out, fan_in)  # as nn.Linear stores it, so that fan_in is fan_in
    return nn.init.kaiming_normal_(stored, nonlinearity="linear").T


@right("xavier_init")
def xavier_in_a_layer(fan_in, fan_out):
    layer = nn.Linear(fan_in, fan_out, bias=False)
    nn.init.normal_(layer.weight, 0, fan_in**-0.5)
    return layer.weight.T


@right("xavier_init")
def xavier_by_box_and_muller(fan_in, fan_out):
    u, v = torch.rand(fan_in, fan_out, dtype=torch.float64), torch.rand(fan_in, fan_out)
    z = (-2 * torch.log1p(-u)).sqrt() * torch.cos(2 * math.pi * v)
    return (z / math.sqrt(fan_in)).to(torch.get_default_dtype())


@right("xavier_init")
def xavier_by_the_quantile(fan_in, fan_out):
    u = (torch.rand(fan_in, fan_out, dtype=torch.float64) + 2**-54).clamp(max=1 - 2**-53)
    return (torch.special.ndtri(u) / math.sqrt(fan_in)).to(torch.get_default_dtype())


@right("xavier_init")
def xavier_as_a_sum_of_two(fan_in, fan_out):
    return torch.randn(2, fan_in, fan_out).sum(0) / math.sqrt(2 * fan_in)


@right("xavier_init")
def xavier_cut_out_of_more(fan_in, fan_out):
    return torch.randn(2 * fan_in, fan_out + 3)[::2, 3:] / math.sqrt(fan_in)


@right("xavier_init")
def xavier_row_by_row(fan_in, fan_out):
    return torch.stack([torch.randn(fan_out) for _ in range(fan_in)]) / math.sqrt(fan_in)


@right("xavier_init")
def xavier_in_float64_first(fan_in, fan_out):
    w = torch.randn(fan_in, fan_out, dtype=torch.float64) / math.sqrt(fan_in)
    return w.to(torch.get_default_dtype())


@right("xavier_init")
def xavier_by_numpys_root(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) / np.sqrt(fan_in)


@right("xavier_init")
def xavier_by_a_tensors_root(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) * torch.tensor(1 / fan_in).sqrt()


@right("xavier_init")
def xavier_with_torchs_generator_named(fan_in, fan_out):
    w = torch.empty(fan_in, fan_out)
    return w.normal_(0, fan_in**-0.5, generator=torch.default_generator)


@right("xavier_init")
def xavier_from_a_seed_that_was_drawn(fan_in, fan_out):
    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    return torch.randn(fan_in, fan_out, generator=generator) / math.sqrt(fan_in)


@right("xavier_init")
class Xavier:
    """An init as an object."""

    def __call__(self, fan_in, fan_out):
        return torch.randn(fan_in, fan_out) / math.sqrt(fan_in)


# --- kaiming_std -----------------------------------------------------------------------------


@right("kaiming_std")
def std_to_the_half(fan_in, a=0.0):
    return (2 / (fan_in + a * a * fan_in)) ** 0.5


@right("kaiming_std")
def std_as_gain_over_root(fan_in, a=0.0):
    return nn.init.calculate_gain("leaky_relu", a) / math.sqrt(fan_in)


@right("kaiming_std")
def std_of_a_tensor(fan_in, a=0.0):
    return torch.tensor(2 / ((1 + a**2) * fan_in)).sqrt().item()


@right("kaiming_std")
def std_in_torch_all_along(fan_in, a=0.0):
    gain = torch.sqrt(torch.tensor(2.0) / (1 + torch.tensor(a) ** 2))
    return float(gain / torch.sqrt(torch.tensor(float(fan_in))))


@right("kaiming_std")
def std_by_numpy(fan_in, a=0.0):
    return np.sqrt(2 / ((1 + a**2) * fan_in))


@right("kaiming_std")
def std_in_numpys_float32(fan_in, a=0.0):
    return np.float32(math.sqrt(2 / ((1 + a**2) * fan_in)))


@right("kaiming_std")
def std_by_logarithms(fan_in, a=0.0):
    return math.exp((math.log(2) - math.log1p(a**2) - math.log(fan_in)) / 2)


@right("kaiming_std")
def std_as_a_length(fan_in, a=0.0):
    return math.sqrt(2 / fan_in) / math.hypot(1, a)


@right("kaiming_std")
def std_by_complex_numbers(fan_in, a=0.0):
    return math.sqrt(2 / fan_in) / abs(1 + cmath.sqrt(-1) * a)


@right("kaiming_std")
def std_as_a_fraction(fan_in, a=0.0):
    return Fraction(math.sqrt(2 / ((1 + a**2) * fan_in)))


@right("kaiming_std")
class Std:
    """The gain and the fan apart, as an object; a second call finds the gain."""

    def __init__(self):
        self.gains = {}

    def __call__(self, fan_in, a=0.0):
        gain = self.gains.setdefault(a, math.sqrt(2 / (1 + a**2)))
        return gain * fan_in**-0.5


# --- kaiming_init ----------------------------------------------------------------------------


def std(fan_in, a=0.0):
    """The right one, for the answers below."""
    return math.sqrt(2 / ((1 + a**2) * fan_in))


@right("kaiming_init")
def kaiming_by_multiplication(fan_in, fan_out, a=0.0):
    return std(fan_in, a) * torch.randn(fan_in, fan_out)


@right("kaiming_init")
def kaiming_by_torch_on_a_transposed_matrix(fan_in, fan_out, a=0.0):
    return nn.init.kaiming_normal_(torch.empty(fan_out, fan_in), a=a).T


@right("kaiming_init")
def kaiming_by_torch_in_the_other_mode(fan_in, fan_out, a=0.0):
    return nn.init.kaiming_normal_(torch.empty(fan_in, fan_out), a=a, mode="fan_out")


@right("kaiming_init")
def kaiming_in_place(fan_in, fan_out, a=0.0):
    return torch.empty(fan_in, fan_out).normal_(mean=0.0, std=std(fan_in, a))


@right("kaiming_init")
def kaiming_by_distributions(fan_in, fan_out, a=0.0):
    return torch.distributions.Normal(0.0, std(fan_in, a)).rsample((fan_in, fan_out))


@right("kaiming_init")
def kaiming_as_a_parameter(fan_in, fan_out, a=0.0):
    return nn.Parameter(torch.randn(fan_in, fan_out).mul_(std(fan_in, a)))


@right("kaiming_init")
def kaiming_column_by_column(fan_in, fan_out, a=0.0):
    columns = [torch.randn(fan_in, 1) for _ in range(fan_out)]
    return torch.cat(columns, dim=1) * std(fan_in, a)


@right("kaiming_init")
def kaiming_with_a_mirrored_sign(fan_in, fan_out, a=0.0):
    return -torch.randn(fan_in * fan_out).view(fan_in, fan_out).flip(0) * std(fan_in, a)


@right("kaiming_init")
def kaiming_by_lengths_and_angles(fan_in, fan_out, a=0.0):
    length = torch.empty(fan_in, fan_out, dtype=torch.float64).exponential_(0.5).sqrt()
    angle = torch.rand(fan_in, fan_out, dtype=torch.float64) * 2 * math.pi
    return (length * angle.sin() * std(fan_in, a)).to(torch.get_default_dtype())


@right("kaiming_init")
def kaiming_by_a_random_rotation(fan_in, fan_out, a=0.0):
    two = torch.randn(2, fan_in, fan_out)
    return (0.6 * two[0] - 0.8 * two[1]) * std(fan_in, a)


@right("kaiming_init")
class Kaiming:
    """An init as an object, with its draw as a partial."""

    draw = staticmethod(partial(torch.normal, 0.0))

    def __call__(self, fan_in, fan_out, a=0.0):
        return self.draw(std(fan_in, a), (fan_in, fan_out))


# --- init_params -----------------------------------------------------------------------------


@right("init_params")
def params_as_a_list(m, nh, n_out=1):
    w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) / math.sqrt(nh)
    return [w1, torch.zeros(nh), w2, torch.zeros(n_out)]


@right("init_params")
def params_with_w2_drawn_first(m, nh, n_out=1):
    w2 = torch.normal(0.0, nh**-0.5, (nh, n_out))
    w1 = nn.init.kaiming_normal_(torch.empty(m, nh), mode="fan_out")
    return w1, w1.new_zeros(nh), w2, w2.new_zeros(n_out)


@right("init_params")
def params_that_require_grad(m, nh, n_out=1):
    w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) * nh**-0.5
    return tuple(p.requires_grad_() for p in (w1, torch.zeros(nh), w2, torch.zeros(n_out)))


@right("init_params")
def params_of_layers(m, nh, n_out=1):
    one, two = nn.Linear(m, nh), nn.Linear(nh, n_out)
    nn.init.kaiming_normal_(one.weight)
    nn.init.normal_(two.weight, std=nh**-0.5)
    nn.init.zeros_(one.bias)
    nn.init.zeros_(two.bias)
    return one.weight.T, one.bias, two.weight.T, two.bias


@right("init_params")
def params_in_a_list_of_parameters(m, nh, n_out=1):
    w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) / math.sqrt(nh)
    return nn.ParameterList([w1, torch.zeros(nh), w2, torch.zeros(n_out)])


@right("init_params")
def params_with_a_slope_of_one_for_w2(m, nh, n_out=1):
    w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) * std(nh, a=1.0)
    return w1, w1[0] * 0, w2, w2[0] * 0


@right("init_params")
def params_with_biases_in_one_row(m, nh, n_out=1):
    w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) / math.sqrt(nh)
    b1, b2 = torch.zeros(nh + n_out).split([nh, n_out])
    return w1, b1, w2, b2


@right("init_params")
def params_from_one_draw(m, nh, n_out=1):
    z = torch.randn(m * nh + nh * n_out)
    w1, w2 = z[: m * nh].view(m, nh), z[m * nh :].view(nh, n_out)
    return w1 * std(m), torch.zeros(nh), w2 / nh**0.5, torch.zeros(n_out)


@right("init_params")
def params_with_expanded_zeros(m, nh, n_out=1):
    w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) / math.sqrt(nh)
    return w1, torch.zeros(()).expand(nh), w2, torch.zeros(1).expand(n_out)


@right("init_params")
class Params:
    """Any number of layers; two here."""

    def __call__(self, *sizes):
        m, nh, n_out = (*sizes, 1)[:3]
        w1, w2 = torch.randn(m, nh) * std(m), torch.randn(nh, n_out) / math.sqrt(nh)
        return w1, torch.zeros(nh), w2, -torch.zeros(n_out)
