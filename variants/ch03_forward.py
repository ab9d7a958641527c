"""Right answers to chapter 3, in unusual ways: all must pass."""

from functools import partial, reduce
from itertools import product
from operator import add

import torch
import torch.nn.functional as F
from torch import nn

from kata.diagnosis.recorded import right

# --- lin --------------------------------------------------------------------------------------


@right("lin")
def by_f_linear(x, w, b):
    return F.linear(x, w.T, b)


@right("lin")
def by_addmm(x, w, b):
    return torch.addmm(b, x, w)


@right("lin")
def by_einsum(x, w, b):
    return torch.einsum("nm,mo->no", x, w) + b


@right("lin")
def by_tensordot(x, w, b):
    return b + torch.tensordot(x, w, 1)


@right("lin")
def by_three_loops(x, w, b):
    out = x.new_zeros(len(x), len(b))
    for i, k in product(range(len(x)), range(len(b))):
        for j in range(len(w)):
            out[i, k] += x[i, j] * w[j, k]
        out[i, k] += b[k]
    return out


@right("lin")
def by_loops_over_numbers_from_a_0_d_zero(x, w, b):
    rows = []
    for i in range(len(x)):
        row = []
        for k in range(len(b)):
            total = torch.tensor(0.0)
            for j in range(len(w)):
                total = total + x[i, j] * w[j, k]
            row.append(total + b[k])
        rows.append(torch.stack(row))
    return torch.stack(rows)


@right("lin")
def by_outer_products_in_reverse(x, w, b):
    terms = [torch.outer(x[:, j], w[j]) for j in reversed(range(len(w)))]
    return reduce(add, terms, b.expand(len(x), -1))


@right("lin")
def by_broadcasting(x, w, b):
    return (x[:, :, None] * w[None]).sum(dim=1).add(b)


@right("lin")
def by_one_column_more(x, w, b):
    return torch.cat([x, x.new_ones(len(x), 1)], 1) @ torch.cat([w, b[None]])


@right("lin")
def by_transposition(x, w, b):
    return (w.T @ x.T + b[:, None]).T


@right("lin")
def by_convolution(x, w, b):
    return F.conv1d(x[:, :, None], w.T[:, :, None], b).squeeze(2)


@right("lin")
def by_vmap(x, w, b):
    return torch.vmap(lambda row: row @ w + b)(x)


@right("lin")
def by_functional_call(x, w, b):
    layer = nn.Linear(*w.shape)
    return torch.func.functional_call(layer, {"weight": w.T, "bias": b}, x)


@right("lin")
def in_float64_and_back(x, w, b):
    return (x.double() @ w.double() + b.double()).to(x.dtype)


@right("lin")
def with_the_bias_added_in_place_to_the_product(x, w, b):
    out = x @ w
    out += b
    return out


@right("lin")
def in_chunks_of_two_terms(x, w, b):
    parts = zip(x.split(2, dim=1), w.split(2), strict=True)
    return sum(p @ q for p, q in parts) + b


@right("lin")
class Affine(nn.Module):
    """A module without parameters of its own."""

    def forward(self, x, w, b):
        return torch.baddbmm(b.expand(1, len(x), len(b)), x[None], w[None])[0]


# --- relu and shifted_relu --------------------------------------------------------------------


@right("relu")
class Builtin:
    """torch.relu itself."""

    __call__ = staticmethod(torch.relu)


@right("relu")
class Module(nn.ReLU):
    """An instance of nn.ReLU."""


@right("relu")
class Partial:
    """A partial of torch.clamp."""

    __call__ = staticmethod(partial(torch.clamp, min=0))


@right("relu")
def by_maximum_with_zeros(x):
    return torch.maximum(x, torch.zeros_like(x))


@right("relu")
def by_maximum_with_a_0_d_zero(x):
    return torch.maximum(x, torch.tensor(0.0))


@right("relu")
def by_mask(x):
    return x * (x > 0)


@right("relu")
def by_mask_with_equality(x):
    return (x >= 0).to(x.dtype) * x


@right("relu")
def by_where(x):
    return torch.where(x > 0, x, 0.0)


@right("relu")
def by_absolute_value(x):
    return (x + x.abs()) / 2


@right("relu")
def by_root_of_square(x):
    return (x + x.square().sqrt()) / 2


@right("relu")
def by_assignment_to_a_copy(x):
    out = x.clone()
    out[out < 0] = 0
    return out


@right("relu")
def in_place_on_a_copy(x):
    return F.relu(x.clone(), inplace=True)


@right("relu")
def by_difference(x):
    return x - x.clamp_max(0)


@right("relu")
def by_masked_fill(x):
    return x.masked_fill(x < 0, 0)


@right("relu")
def by_threshold(x):
    return F.threshold(x, 0, 0)


@right("relu")
def by_leaky_relu_without_a_leak(x):
    return F.leaky_relu(x, negative_slope=0.0)


@right("relu")
def by_maximum_of_two_stacked(x):
    return torch.stack([x, x * 0]).amax(0)


@right("relu")
def element_by_element(x):
    return torch.stack([v if v > 0 else v * 0 for v in x.flatten()]).reshape(x.shape)


@right("relu")
class OwnFunction:
    """A torch.autograd.Function with a derivative of its own."""

    class _Relu(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.clamp(min=0)

        @staticmethod
        def backward(ctx, upstream):
            (x,) = ctx.saved_tensors
            return upstream * (x > 0)

    def __call__(self, x):
        return self._Relu.apply(x)


@right("relu")
def by_max_with_a_0_d_zero_of_its_own(x):
    return torch.max(x, x.new_zeros(()))


@right("shifted_relu")
def by_relu(x):
    return F.relu(x) - 0.5


@right("shifted_relu")
def by_clamping_after_the_shift(x):
    return (x - 0.5).clamp(min=-0.5)


@right("shifted_relu")
def by_where_shifted(x):
    return torch.where(x > 0, x - 0.5, -0.5)


@right("shifted_relu")
def by_absolute_value_shifted(x):
    return (x + x.abs() - 1) / 2


@right("shifted_relu")
def with_the_shift_in_place(x):
    return x.clamp_min(0).sub_(0.5)


@right("shifted_relu")
def with_a_0_d_shift(x):
    return x.relu() - torch.tensor(0.5)


@right("shifted_relu")
def by_sub_with_alpha(x):
    return torch.sub(x.clamp_min(0), 1, alpha=0.5)


@right("shifted_relu")
def by_threshold_shifted(x):
    return F.threshold(x - 0.5, -0.5, -0.5)


@right("shifted_relu")
def by_maximum_shifted(x):
    return torch.maximum(x, torch.zeros_like(x)) + -1 / 2


@right("shifted_relu")
def by_full_of_minus_half(x):
    out = torch.full_like(x, -0.5)
    out[x > 0] = x[x > 0] - 0.5
    return out


@right("shifted_relu")
class Composed(nn.Sequential):
    """Two modules in a row."""

    class _Shift(nn.Module):
        def forward(self, x):
            return x - 0.5

    def __init__(self):
        super().__init__(nn.ReLU(), self._Shift())


@right("shifted_relu")
def by_threshold_of_celu(x):
    return F.celu(x).clamp_min(0) - 0.5


@right("shifted_relu")
def by_lerp(x):
    return torch.lerp(torch.zeros_like(x), x, (x > 0).to(x.dtype)) - 0.5


# --- model ------------------------------------------------------------------------------------


@right("model")
def in_one_line(x, w1, b1, w2, b2):
    return (x @ w1 + b1).clamp_min(0) @ w2 + b2


@right("model")
def by_f_linear_twice(x, w1, b1, w2, b2):
    return F.linear(F.relu(F.linear(x, w1.T, b1)), w2.T, b2)


@right("model")
def by_modules(x, w1, b1, w2, b2):
    layers = nn.Sequential(nn.Linear(*w1.shape), nn.ReLU(), nn.Linear(*w2.shape))
    parameters = {"0.weight": w1.T, "0.bias": b1, "2.weight": w2.T, "2.bias": b2}
    return torch.func.functional_call(layers, parameters, x)


@right("model")
def with_relu_in_place_on_the_hidden_layer(x, w1, b1, w2, b2):
    return torch.addmm(b2, torch.addmm(b1, x, w1).relu_(), w2)


@right("model")
def row_by_row(x, w1, b1, w2, b2):
    return torch.stack([torch.relu(row @ w1 + b1) @ w2 + b2 for row in x])


@right("model")
def unit_by_unit(x, w1, b1, w2, b2):
    out = b2.expand(len(x), -1)
    for h in range(len(b1)):
        out = out + torch.outer(torch.relu(x @ w1[:, h] + b1[h]), w2[h])
    return out


@right("model")
def by_einsum_and_mask(x, w1, b1, w2, b2):
    l1 = torch.einsum("nm,mh->nh", x, w1) + b1
    return torch.einsum("nh,nh,ho->no", l1, (l1 > 0).to(l1.dtype), w2) + b2


@right("model")
def by_difference_of_two_sides(x, w1, b1, w2, b2):
    l1 = x @ w1 + b1
    return (l1 - l1.clamp_max(0)) @ w2 + b2


@right("model")
def transposed_throughout(x, w1, b1, w2, b2):
    return (w2.T @ torch.relu(w1.T @ x.T + b1[:, None]) + b2[:, None]).T


@right("model")
def with_biases_as_rows(x, w1, b1, w2, b2):
    ones = torch.ones_like(x[:, :1])
    h = torch.relu(torch.cat([x, ones], 1) @ torch.cat([w1, b1[None]]))
    return torch.cat([h, ones], 1) @ torch.cat([w2, b2[None]])


@right("model")
class Net:
    """Layers in a list."""

    def __call__(self, x, *parameters):
        layers = list(zip(parameters[::2], parameters[1::2], strict=True))
        for i, (w, b) in enumerate(layers):
            x = x @ w + b
            if i < len(layers) - 1:
                x = torch.where(x < 0, 0.0, x)
        return x


@right("model")
def in_float64_inside(x, w1, b1, w2, b2):
    dtype = x.dtype
    x, w1, b1, w2, b2 = (t.to(torch.float64) for t in (x, w1, b1, w2, b2))
    return ((x @ w1 + b1).relu() @ w2 + b2).to(dtype)


@right("model")
def by_vmap_over_rows(x, w1, b1, w2, b2):
    return torch.vmap(lambda row: F.relu(row @ w1 + b1) @ w2 + b2)(x)
