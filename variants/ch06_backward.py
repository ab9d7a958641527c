"""Right but unusual answers of chapter 6; all must pass."""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right

# --- mse_grad -----------------------------------------------------------------------------------


@right("mse_grad")
def mse_of_the_notes(inp, targ):
    inp.grad = 2.0 * (inp.squeeze() - targ).unsqueeze(-1) / inp.shape[0]


@right("mse_grad")
def mse_factor_first(inp, targ):
    inp.grad = (2 / len(targ)) * (inp - targ[:, None])


@right("mse_grad")
def mse_distributed(inp, targ):
    inp.grad = inp * (2 / len(inp)) - targ.reshape(-1, 1) * (2 / len(inp))


@right("mse_grad")
def mse_element_by_element(inp, targ):
    grad = torch.empty_like(inp)
    for i in range(len(inp)):
        grad[i, 0] = 2 * (inp[i, 0] - targ[i]) / len(inp)
    inp.grad = grad


@right("mse_grad")
def mse_added_to_itself(inp, targ):
    error = torch.sub(inp, targ.view_as(inp) if targ.is_contiguous() else targ.unsqueeze(1))
    inp.grad = torch.add(error, error).div(inp.numel())


@right("mse_grad")
def mse_diagonal_of_broadcast(inp, targ):
    inp.grad = (2 * (inp - targ)).diagonal().unsqueeze(-1) / len(targ)


@right("mse_grad")
def mse_without_recording(inp, targ):
    with torch.no_grad():
        inp.grad = torch.stack([2 * (p[0] - t) / len(inp) for p, t in zip(inp, targ, strict=True)])[
            :, None
        ]


@right("mse_grad")
def mse_in_float64_and_back(inp, targ):
    error = inp.detach().double()[:, 0] - targ.double()
    inp.grad = error.mul(2 / len(error)).unsqueeze(-1).to(inp.dtype)


@right("mse_grad")
def mse_from_python_numbers(inp, targ):
    rows = [[2 * (p - t) / len(inp)] for (p,), t in zip(inp.tolist(), targ.tolist(), strict=True)]
    inp.grad = torch.tensor(rows, dtype=inp.dtype, device=inp.device)


@right("mse_grad")
def mse_zeroed_and_added(inp, targ):
    if inp.grad is None:
        inp.grad = torch.zeros_like(inp)
    inp.grad.zero_()
    inp.grad += 2 * (inp.detach() - targ.unsqueeze(-1)) / len(inp)


def _mse_grad(n_per_square, inp, targ):
    inp.grad = n_per_square * F.l1_loss(inp[:, 0], targ, reduction="none")[:, None] / len(inp)
    inp.grad = inp.grad * torch.sign(inp - targ[:, None])


mse_partial = right("mse_grad")(partial(_mse_grad, 2))
mse_partial.__name__ = "mse_partial"

mse_lambda = right("mse_grad")(
    lambda inp, targ: setattr(inp, "grad", 2 * (inp - targ.unsqueeze(1)) / len(inp))
)


@right("mse_grad")
class MseGrad:
    """An object with a method that works on its own data."""

    def __call__(self, inp, targ):
        self.inp, self.targ = inp, targ
        self.backward()

    def backward(self):
        self.inp.grad = 2.0 * (self.inp - self.targ.unsqueeze(-1)) / self.inp.size(0)


# --- relu_grad ----------------------------------------------------------------------------------


@right("relu_grad")
def relu_of_the_notes(inp, out):
    inp.grad = (inp > 0).float() * out.grad


@right("relu_grad")
def relu_where(inp, out):
    inp.grad = torch.where(inp > 0, out.grad, 0)


@right("relu_grad")
def relu_where_with_scalar_tensor(inp, out):
    inp.grad = torch.where(inp > 0, out.grad, torch.tensor(0.0, dtype=inp.dtype))


@right("relu_grad")
def relu_masked_fill(inp, out):
    inp.grad = out.grad.masked_fill(inp <= 0, 0)


@right("relu_grad")
def relu_cloned_and_zeroed(inp, out):
    grad = out.grad.clone()
    grad[inp <= 0] = 0
    inp.grad = grad


@right("relu_grad")
def relu_scattered(inp, out):
    inp.grad = torch.zeros_like(inp).masked_scatter_(inp > 0, out.grad[inp > 0]).detach()


@right("relu_grad")
def relu_heaviside(inp, out):
    inp.grad = torch.heaviside(inp, torch.zeros_like(inp)) * out.grad


@right("relu_grad")
def relu_clamped_sign(inp, out):
    inp.grad = inp.sign().clamp(min=0).mul(out.grad)


@right("relu_grad")
def relu_where_the_relu_is_not_zero(inp, out):
    inp.grad = out.grad * (F.relu(inp) != 0)


@right("relu_grad")
def relu_not_at_most_zero(inp, out):
    inp.grad = out.grad * ~inp.le(0)


@right("relu_grad")
def relu_numbers_of_a_mask(inp, out):
    inp.grad = (inp > 0).long() * out.grad


@right("relu_grad")
def relu_difference(inp, out):
    inp.grad = out.grad - (inp <= 0).to(out.grad) * out.grad


@right("relu_grad")
def relu_element_by_element(inp, out):
    flat = zip(inp.reshape(-1).tolist(), out.grad.reshape(-1).tolist(), strict=True)
    values = [g if x > 0 else 0.0 for x, g in flat]
    inp.grad = torch.tensor(values, dtype=inp.dtype, device=inp.device).reshape(inp.shape)


@right("relu_grad")
def relu_kernel(inp, out):
    inp.grad = torch.ops.aten.threshold_backward(out.grad, inp.detach(), 0)


relu_partial = right("relu_grad")(
    partial(lambda zero, inp, out: setattr(inp, "grad", out.grad * torch.gt(inp, zero)), 0)
)
relu_partial.__name__ = "relu_partial"


@right("relu_grad")
class ReluGrad:
    """An object that keeps its mask, and makes it anew at each call."""

    mask = None

    def __call__(self, inp, out):
        self.mask = inp > 0
        inp.grad = torch.mul(self.mask, out.grad)


# --- lin_grad -----------------------------------------------------------------------------------


@right("lin_grad")
def lin_of_the_notes(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(0)
    b.grad = out.grad.sum(0)


@right("lin_grad")
def lin_matmul(inp, out, w, b):
    inp.grad = torch.matmul(out.grad, w.T)
    w.grad = torch.mm(inp.T, out.grad)
    b.grad = out.grad.sum(dim=0)


@right("lin_grad")
def lin_outer_products_everywhere(inp, out, w, b):
    inp.grad = (out.grad.unsqueeze(1) * w.unsqueeze(0)).sum(2)
    w.grad = (inp.unsqueeze(2) * out.grad.unsqueeze(1)).mean(0) * len(inp)
    b.grad = out.grad.mean(0) * len(inp)


@right("lin_grad")
def lin_row_by_row(inp, out, w, b):
    w.grad, b.grad, rows = torch.zeros_like(w), torch.zeros_like(b), []
    for x, g in zip(inp.detach(), out.grad, strict=True):
        w.grad += torch.outer(x, g)
        b.grad += g
        rows.append(w.detach() @ g)
    inp.grad = torch.stack(rows)


@right("lin_grad")
def lin_number_by_number(inp, out, w, b):
    n, m, o = len(inp), len(w), len(b)
    x, g, v = inp.tolist(), out.grad.tolist(), w.tolist()
    like = {"dtype": w.dtype, "device": w.device}
    d_inp = [[sum(g[i][k] * v[j][k] for k in range(o)) for j in range(m)] for i in range(n)]
    d_w = [[sum(x[i][j] * g[i][k] for i in range(n)) for k in range(o)] for j in range(m)]
    inp.grad, w.grad = torch.tensor(d_inp, **like), torch.tensor(d_w, **like)
    b.grad = torch.tensor([sum(g[i][k] for i in range(n)) for k in range(o)], **like)


@right("lin_grad")
def lin_transposed_all_along(inp, out, w, b):
    gt = out.grad.t()
    inp.grad = (w @ gt).t()
    w.grad = (gt @ inp).t()
    b.grad = gt.sum(1)


@right("lin_grad")
def lin_ones(inp, out, w, b):
    ones = inp.new_ones(len(inp))
    inp.grad = F.linear(out.grad, w)
    w.grad = F.linear(inp.t(), out.grad.t())
    b.grad = ones @ out.grad


@right("lin_grad")
def lin_batched(inp, out, w, b):
    w.grad = torch.bmm(inp.unsqueeze(2), out.grad.unsqueeze(1)).sum(0)
    inp.grad = torch.bmm(w.expand(len(inp), *w.shape), out.grad.unsqueeze(2)).squeeze(2)
    b.grad = out.grad.unsqueeze(0).sum((0, 1))


@right("lin_grad")
def lin_vmap(inp, out, w, b):
    inp.grad = torch.vmap(lambda g: w @ g)(out.grad)
    w.grad = torch.vmap(torch.outer)(inp, out.grad).sum(0)
    b.grad = torch.add(out.grad, 0).sum(0, keepdim=True)[0]


@right("lin_grad")
def lin_with_a_bias_column(inp, out, w, b):
    extended = torch.cat([inp, inp.new_ones(len(inp), 1)], dim=1)
    both = extended.t() @ out.grad
    w.grad, b.grad = both[:-1], both[-1]
    inp.grad = torch.tensordot(out.grad, w, dims=([1], [1]))


@right("lin_grad")
def lin_without_recording(inp, out, w, b):
    with torch.no_grad():
        g = out.grad
        b.grad, w.grad, inp.grad = g.sum(0), torch.addmm(torch.zeros_like(w), inp.t(), g), g @ w.mT


@right("lin_grad")
def lin_in_float64_and_back(inp, out, w, b):
    g, x, v = (t.detach().double() for t in (out.grad, inp, w))
    inp.grad, w.grad, b.grad = ((t.to(inp.dtype)) for t in (g @ v.t(), x.t() @ g, g.sum(0)))


@right("lin_grad")
def lin_numpy_and_back(inp, out, w, b):
    g, x, v = (t.detach().cpu().numpy() for t in (out.grad, inp, w))
    for tensor, grad in ((inp, g @ v.T), (w, np.einsum("nm,no->mo", x, g)), (b, g.sum(axis=0))):
        tensor.grad = torch.as_tensor(grad, device=tensor.device, dtype=tensor.dtype)


@right("lin_grad")
def lin_in_halves(inp, out, w, b):
    half = len(inp) // 2
    g = out.grad
    w.grad = inp[half:].t() @ g[half:] + inp[:half].t() @ g[:half]
    b.grad = g[:half].sum(0) + g[half:].sum(0)
    inp.grad = torch.cat([g[:half] @ w.t(), g[half:] @ w.t()])


@right("lin_grad")
class LinGrad:
    """An object that calls a function for each of the three."""

    def __call__(self, *args):
        inp, out, w, b = args
        for tensor, grad in zip((inp, w, b), self.backward(out.grad, inp, w), strict=True):
            setattr(tensor, "grad", grad)  # noqa: B010

    @staticmethod
    def backward(g, x, w):
        return torch.einsum("no,mo->nm", g, w), torch.einsum("no,nm->mo", g, x), g.sum(-2)
