"""Right but unusual answers of chapter 8; all must pass."""

from functools import partial

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right


@right("lin_grad_matmul")
def by_einsum(inp, out, w, b):
    inp.grad = torch.einsum("no,mo->nm", out.grad, w)
    w.grad = torch.einsum("nm,no->mo", inp, out.grad)
    b.grad = torch.einsum("no->o", out.grad)


@right("lin_grad_matmul")
def by_implicit_einsum(inp, out, w, b):
    inp.grad = torch.einsum("ik,jk", out.grad, w)
    w.grad = torch.einsum("ij,ik", inp, out.grad)
    b.grad = torch.einsum("ik->k", out.grad)


@right("lin_grad_matmul")
def by_mm(inp, out, w, b):
    inp.grad = torch.mm(out.grad, w.T)
    w.grad = inp.T.mm(out.grad)
    b.grad = torch.sum(out.grad, dim=0)


@right("lin_grad_matmul")
def by_addmm(inp, out, w, b):
    inp.grad = torch.addmm(torch.zeros_like(inp), out.grad, w.t())
    w.grad = torch.addmm(torch.zeros_like(w), inp.t(), out.grad)
    b.grad = torch.addmv(torch.zeros_like(b), out.grad.t(), inp.new_ones(len(inp)))


@right("lin_grad_matmul")
def by_linear(inp, out, w, b):
    inp.grad = F.linear(out.grad, w)
    w.grad = F.linear(inp.t(), out.grad.t())
    b.grad = F.linear(out.grad.t(), inp.new_ones(1, len(inp)))[:, 0]


@right("lin_grad_matmul")
def by_bmm(inp, out, w, b):
    inp.grad = torch.bmm(out.grad[None], w.t()[None])[0]
    w.grad = torch.bmm(inp.t()[None], out.grad[None])[0]
    b.grad = out.grad.sum(0, keepdim=True).squeeze(0)


@right("lin_grad_matmul")
def by_tensordot(inp, out, w, b):
    inp.grad = torch.tensordot(out.grad, w, dims=([1], [1]))
    w.grad = torch.tensordot(inp, out.grad, dims=([0], [0]))
    b.grad = torch.tensordot(inp.new_ones(len(inp)), out.grad, dims=1)


@right("lin_grad_matmul")
def by_ones(inp, out, w, b):
    ones = torch.ones_like(inp[:, :1])
    b.grad = (ones.t() @ out.grad).flatten()
    w.grad = inp.t() @ out.grad
    inp.grad = out.grad @ w.t()


@right("lin_grad_matmul")
def transposed_all_along(inp, out, w, b):
    gt = out.grad.t()
    inp.grad = (w @ gt).t()
    w.grad = (gt @ inp).t()
    b.grad = gt.sum(1)


@right("lin_grad_matmul")
def in_eight_pieces(inp, out, w, b):
    inputs, upstream = inp.tensor_split(8), out.grad.tensor_split(8)
    w.grad = sum(x.t() @ g for x, g in zip(inputs, upstream, strict=True))
    b.grad = sum(g.sum(0) for g in upstream)
    inp.grad = torch.cat([g @ w.t() for g in upstream])


@right("lin_grad_matmul")
def in_sixteen_chunks(inp, out, w, b):
    pairs = zip(inp.chunk(16), out.grad.chunk(16), strict=True)
    w.grad = torch.zeros_like(w)
    for x, g in pairs:
        w.grad.addmm_(x.t().detach(), g)
    inp.grad, b.grad = out.grad @ w.t(), out.grad.sum(0)


@right("lin_grad_matmul")
def contiguous_and_cloned(inp, out, w, b):
    g, wt, xt = out.grad.clone(), w.t().contiguous(), inp.t().contiguous()
    inp.grad, w.grad, b.grad = g.matmul(wt), xt.matmul(g), g.sum(0)


@right("lin_grad_matmul")
def mean_times_n(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad = (inp.t() / len(inp)) @ out.grad * len(inp)
    b.grad = out.grad.mean(0) * len(inp)


@right("lin_grad_matmul")
def without_recording(inp, out, w, b):
    with torch.inference_mode(False), torch.no_grad():
        b.grad, w.grad, inp.grad = out.grad.sum(0), inp.mT @ out.grad, out.grad @ w.mT


@right("lin_grad_matmul")
def into_tensors_made_before(inp, out, w, b):
    with torch.no_grad():
        for tensor in (inp, w, b):
            tensor.grad = torch.empty_like(tensor)
        torch.mm(out.grad, w.t(), out=inp.grad)
        torch.mm(inp.t(), out.grad, out=w.grad)
        torch.sum(out.grad, 0, out=b.grad)


by_partial = right("lin_grad_matmul")(
    partial(
        lambda set_grad, inp, out, w, b: (
            set_grad(inp, "grad", out.grad @ w.t())
            or set_grad(w, "grad", inp.t() @ out.grad)
            or set_grad(b, "grad", out.grad.sum(0))
        ),
        setattr,
    )
)
by_partial.__name__ = "by_partial"


@right("lin_grad_matmul")
class LinGrad:
    """An object that keeps what it saw, and sees it anew at each call."""

    def __call__(self, inp, out, w, b):
        self.g = out.grad
        w.grad = self.sum_of_products(inp)
        b.grad = self.sum_of_products(torch.ones_like(inp[:, :1]))[0]
        inp.grad = self.g @ w.T

    def sum_of_products(self, left):
        return left.T @ self.g
