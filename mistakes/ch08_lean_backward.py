"""Chapter 8: the gradients of chapter 6, and so the same mistakes."""

import numpy as np
import torch

from kata.checks.cost import GROWS, LARGE, ON_THE_HOST
from kata.checks.forward import ASTRAY
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.told import mistake, probes, told
from mistakes.ch06_backward import lin_grad, lin_grad_probes


@probes("lin_grad_matmul")
def lin_grad_matmul_probes(draw):
    yield from lin_grad_probes(draw)


@told
def lin_grad_matmul(inp, out, w, b):
    lin_grad(inp, out, w, b)


# --- right gradients, in too much memory or in too many steps: only tests see these ---------------


@mistake("lin_grad_matmul", LARGE)
def the_notes_outer_products(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(0)


@mistake("lin_grad_matmul", LARGE)
def outer_products_by_bmm(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = torch.bmm(inp.unsqueeze(-1), out.grad.unsqueeze(1)).sum(0)


@mistake("lin_grad_matmul", LARGE)
def outer_products_for_inp(inp, out, w, b):
    lin_grad(inp, out, w, b)
    inp.grad = (out.grad.unsqueeze(1) * w).sum(-1)


@mistake("lin_grad_matmul", LARGE)
def outer_products_in_four_pieces(inp, out, w, b):
    lin_grad(inp, out, w, b)
    pairs = zip(inp.tensor_split(4), out.grad.tensor_split(4), strict=True)
    w.grad = sum((x.unsqueeze(-1) * g.unsqueeze(1)).sum(0) for x, g in pairs)


@mistake("lin_grad_matmul", LARGE)
def outer_products_in_a_list(inp, out, w, b):
    lin_grad(inp, out, w, b)
    pairs = zip(inp, out.grad, strict=True)
    w.grad = torch.stack([torch.outer(row, grad) for row, grad in pairs]).sum(0)


@mistake("lin_grad_matmul", LARGE)
def through_the_identity(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = inp.t() @ torch.eye(len(inp), dtype=inp.dtype, device=inp.device) @ out.grad


@mistake("lin_grad_matmul", LARGE)
def everything_from_one_product(inp, out, w, b):
    lin_grad(inp, out, w, b)
    both = torch.cat([inp, out.grad], 1)
    w.grad = (both.t() @ both)[: len(w), len(w) :]


@mistake("lin_grad_matmul", LARGE)
def by_kronecker(inp, out, w, b):
    lin_grad(inp, out, w, b)
    flat = inp.repeat_interleave(len(b), 1) * out.grad.repeat(1, len(w))
    w.grad = flat.sum(0).reshape(w.shape)


@mistake("lin_grad_matmul", LARGE)
def inp_by_block_diagonal(inp, out, w, b):
    lin_grad(inp, out, w, b)
    blocks = torch.block_diag(*([w.t()] * len(inp)))
    inp.grad = (out.grad.reshape(1, -1) @ blocks).reshape(inp.shape)


@mistake("lin_grad_matmul", GROWS)
def loops_over_rows(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = torch.zeros_like(w)
    for row, grad in zip(inp, out.grad, strict=True):
        w.grad += torch.outer(row, grad)


@mistake("lin_grad_matmul", GROWS)
def loops_over_rows_for_b(inp, out, w, b):
    lin_grad(inp, out, w, b)
    b.grad = sum(out.grad)


@mistake("lin_grad_matmul", GROWS)
def loops_over_rows_for_inp(inp, out, w, b):
    lin_grad(inp, out, w, b)
    inp.grad = torch.stack([w @ grad for grad in out.grad])


@mistake("lin_grad_matmul", GROWS)
def loops_over_inputs(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = torch.stack([column @ out.grad for column in inp.t()])


@mistake("lin_grad_matmul", GROWS)
def loops_over_outputs(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = torch.stack([inp.t() @ column for column in out.grad.t()], 1)


@mistake("lin_grad_matmul", GROWS)
def loops_over_weights(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = torch.zeros_like(w)
    for j in range(len(w)):
        for k in range(len(b)):
            w.grad[j, k] = inp[:, j] @ out.grad[:, k]


@mistake("lin_grad_matmul", GROWS)
def loops_over_the_shorter_axis(inp, out, w, b):
    lin_grad(inp, out, w, b)
    if len(b) < len(inp):
        w.grad = torch.stack([inp.t() @ column for column in out.grad.t()], 1)
    else:
        w.grad = sum(torch.outer(x, g) for x, g in zip(inp, out.grad, strict=True))


@mistake("lin_grad_matmul", GROWS)
def loops_over_blocks_of_64(inp, out, w, b):
    lin_grad(inp, out, w, b)
    w.grad = sum(x.t() @ g for x, g in zip(inp.split(64), out.grad.split(64), strict=True))


@mistake("lin_grad_matmul", ON_THE_HOST)
def by_lists(inp, out, w, b):
    lin_grad(inp, out, w, b)
    columns = zip(*out.grad.tolist(), strict=True)
    b.grad = torch.tensor([sum(c) for c in columns], dtype=b.dtype, device=b.device)


@mistake("lin_grad_matmul", ON_THE_HOST)
def by_numpy(inp, out, w, b):
    lin_grad(inp, out, w, b)
    found = inp.detach().cpu().numpy().T @ out.grad.cpu().numpy()
    w.grad = torch.from_numpy(found).to(w.device)


@mistake("lin_grad_matmul", ON_THE_HOST)
def by_numpys_einsum(inp, out, w, b):
    lin_grad(inp, out, w, b)
    found = np.einsum("nm,no->mo", inp.detach().cpu(), out.grad.cpu())
    w.grad = torch.from_numpy(found).to(w.device)


@mistake("lin_grad_matmul", ASTRAY)
def ones_on_the_cpu(inp, out, w, b):
    lin_grad(inp, out, w, b)
    b.grad = torch.ones(len(inp), dtype=inp.dtype) @ out.grad


@mistake("lin_grad_matmul", AUTOGRAD)
def by_autograd(inp, out, w, b):
    x, weights, bias = (t.detach().clone().requires_grad_() for t in (inp, w, b))
    found = torch.autograd.grad(torch.addmm(bias, x, weights), (x, weights, bias), out.grad)
    inp.grad, w.grad, b.grad = found


@mistake("lin_grad_matmul", AUTOGRAD)
def by_vjp(inp, out, w, b):
    _, pull = torch.func.vjp(torch.addmm, b, inp, w)
    b.grad, inp.grad, w.grad = pull(out.grad)


@mistake("lin_grad_matmul", AUTOGRAD)
def by_backward_of_out(inp, out, w, b):
    out.backward(out.grad)
