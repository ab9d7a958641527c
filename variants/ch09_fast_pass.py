"""Right answers of chapter 9 that are written in unusual ways."""

from functools import partial

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right

FAST = "fast_forward_and_backward"


@torch.no_grad()
def in_blocks(inp, targ, w1, b1, w2, b2, rows=1_000):
    """The plain pass on blocks of rows, each block's gradients in their places."""
    n = len(inp)
    if inp.grad is None:
        inp.grad = inp.new_empty(inp.shape)
    sums = [torch.zeros_like(p) for p in (w1, b1, w2, b2)]
    loss = 0
    for start in range(0, n, rows):
        x, t = inp[start : start + rows], targ[start : start + rows]
        hidden = torch.relu(x @ w1 + b1)
        error = (hidden @ w2 + b2)[:, 0] - t
        loss = loss + (error**2).sum() / n
        d_out = (2 / n * error)[:, None]
        d_hidden = torch.where(hidden > 0, d_out @ w2.T, 0)
        inp.grad[start : start + rows] = d_hidden @ w1.T
        parts = x.T @ d_hidden, d_hidden.sum(0), hidden.T @ d_out, d_out.sum(0)
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    w1.grad, b1.grad, w2.grad, b2.grad = sums
    return loss


right(FAST)(in_blocks)

in_blocks_of_256 = right(FAST)(partial(in_blocks, rows=256))
in_blocks_of_256.__name__ = "in_blocks_of_256"

in_blocks_of_2500 = right(FAST)(partial(in_blocks, rows=2_500))
in_blocks_of_2500.__name__ = "in_blocks_of_2500"


@right(FAST)
def a_twentieth_of_the_batch_at_a_time(inp, *rest):
    return in_blocks(inp, *rest, rows=max(500, len(inp) // 20))


@right(FAST)
class WithScratch:
    """Keeps its own scratch memory from call to call; nothing in it outlives a block."""

    def __init__(self):
        self.scratch = {}

    @torch.no_grad()
    def __call__(self, inp, targ, w1, b1, w2, b2):
        n, rows = len(inp), 2_000
        key = (w1.shape[1], inp.dtype, inp.device)
        scratch = self.scratch.setdefault(key, inp.new_empty(rows, w1.shape[1]))
        d_inp = inp.grad if inp.grad is not None else torch.empty_like(inp)
        grads = [torch.zeros_like(p) for p in (w1, b1, w2, b2)]
        d_w1, d_b1, d_w2, d_b2 = grads
        squares = inp.new_zeros(1)
        for x, t, d_x in zip(inp.split(rows), targ.split(rows), d_inp.split(rows), strict=True):
            hidden = torch.mm(x, w1, out=scratch[: len(x)]).add_(b1).clamp_(min=0)
            error = torch.mv(hidden, w2[:, 0]).add_(b2).sub_(t)
            squares += error @ error
            error *= 2 / n
            d_w2[:, 0] += hidden.T @ error
            d_b2 += error.sum()
            hidden.sign_().mul_(error[:, None]).mul_(w2[:, 0])
            torch.addmm(d_w1, x.T, hidden, out=d_w1)
            d_b1.add_(hidden.sum(0))
            torch.matmul(hidden, w1.T, out=d_x)
        inp.grad, (w1.grad, b1.grad, w2.grad, b2.grad) = d_inp, grads
        return squares[0] / n


@right(FAST)
@torch.no_grad()
def hidden_units_as_rows(inp, targ, w1, b1, w2, b2):
    """The transposed layout: hidden is [nh, rows]. w1.grad is a view of its transpose."""
    n = inp.shape[0]
    d_inp = torch.empty_like(inp) if inp.grad is None else inp.grad
    d_w1 = inp.new_zeros(w1.shape[1], w1.shape[0])
    d_b1, d_w2, d_b2 = torch.zeros_like(b1), torch.zeros_like(w2), torch.zeros_like(b2)
    loss = inp.new_zeros(())
    for start in range(0, n, 1_500):
        end = min(n, start + 1_500)
        x = inp[start:end]
        hidden = torch.addmm(b1.unsqueeze(1), w1.t(), x.t()).relu_()
        error = torch.addmm(b2.unsqueeze(1), w2.t(), hidden).sub_(targ[start:end])
        loss += error.square().sum()
        error *= 2 / n
        d_w2 += hidden @ error.t()
        d_b2 += error.sum()
        hidden.gt_(0).mul_(error).mul_(w2)
        d_w1.addmm_(hidden, x)
        d_b1 += hidden.sum(1)
        torch.mm(hidden.t(), w1.t(), out=d_inp[start:end])
    inp.grad, w1.grad, b1.grad, w2.grad, b2.grad = d_inp, d_w1.t(), d_b1, d_w2, d_b2
    return loss / n


@right(FAST)
def on_detached_tensors(*args):
    """Detached, in place of no_grad; F's functions."""
    inp, _, *params = args
    x_all, t_all, w1, b1, w2, b2 = (a.detach() for a in args)
    n = len(t_all)
    d_inp = inp.grad if inp.grad is not None else torch.empty_like(x_all)
    grads = [p.new_zeros(p.shape) for p in (w1, b1, w2, b2)]
    losses = []
    for start in range(0, n, 2_000):
        own = slice(start, start + 2_000)
        x, t = x_all[own], t_all[own]
        hidden = F.relu(F.linear(x, w1.t(), b1))
        out = F.linear(hidden, w2.t(), b2).flatten()
        losses.append(F.mse_loss(out, t, reduction="sum"))
        d_out = (out - t).mul(2).div(n)
        d_hidden = torch.outer(d_out, w2.flatten()).masked_fill_(hidden <= 0, 0)
        d_inp[own] = F.linear(d_hidden, w1)
        parts = (x.t().mm(d_hidden), d_hidden.sum(0), hidden.t().mv(d_out)[:, None])
        for total, part in zip(grads, (*parts, d_out.sum()[None]), strict=True):
            total.add_(part)
    inp.grad = d_inp
    for param, grad in zip(params, grads, strict=True):
        param.grad = grad
    return torch.stack(losses).sum() / n


@right(FAST)
@torch.no_grad()
def by_chunks_and_einsum(inp, targ, w1, b1, w2, b2):
    count = -(-len(inp) // 4_000)
    d_inp = torch.empty_like(inp) if inp.grad is None else inp.grad
    grads = [torch.zeros_like(p) for p in (w1, b1, w2, b2)]
    total = inp.new_zeros(())
    pieces = zip(inp.chunk(count), targ.chunk(count), d_inp.chunk(count), strict=True)
    for x, t, d_x in pieces:
        before = torch.einsum("nm,mh->nh", x, w1) + b1
        error = torch.einsum("nh,ho->no", before.clamp_min(0), w2) + b2 - t[:, None]
        total += torch.vdot(error.flatten(), error.flatten())
        error *= 2 / len(inp)
        d_before = torch.heaviside(before, before.new_zeros(())) * (error * w2.squeeze(1))
        d_x.copy_(torch.einsum("nh,mh->nm", d_before, w1))
        grads[0] += torch.einsum("nm,nh->mh", x, d_before)
        grads[1] += torch.einsum("nh->h", d_before)
        grads[2] += torch.einsum("nh,no->ho", before.clamp_min(0), error)
        grads[3] += torch.einsum("no->o", error)
    inp.grad, (w1.grad, b1.grad, w2.grad, b2.grad) = d_inp, grads
    return total / len(inp)


@right(FAST)
def as_a_lambda(*args):
    run = lambda inp, targ, *params: in_blocks(inp, targ, *params, rows=777)  # noqa: E731
    return run(*args)


@right(FAST)
def sets_gradients_in_place(inp, targ, w1, b1, w2, b2):
    """Keeps every .grad that is there, the parameters' too."""
    kept = [p.grad for p in (w1, b1, w2, b2)]
    loss = in_blocks(inp, targ, w1, b1, w2, b2)
    for param, grad in zip((w1, b1, w2, b2), kept, strict=True):
        if grad is not None:
            param.grad = grad.copy_(param.grad)
    return loss


@right(FAST)
def without_no_grad(inp, targ, w1, b1, w2, b2):
    """In place and into out=, which torch allows where no argument records gradients."""
    d_inp = torch.empty_like(inp) if inp.grad is None else inp.grad
    d_w1, d_b1, d_w2, d_b2 = (torch.zeros_like(p) for p in (w1, b1, w2, b2))
    loss = inp.new_zeros(())
    for rows in torch.arange(len(inp)).split(900):
        rows = slice(rows[0], rows[-1] + 1)
        hidden = torch.addmm(b1, inp[rows], w1).relu_()
        error = torch.addmm(b2, hidden, w2).squeeze_(1).sub_(targ[rows])
        loss += error.square().sum() / len(inp)
        d_out = error.mul_(2 / len(inp)).unsqueeze(1)
        d_w2 += hidden.t() @ d_out
        d_b2 += d_out.sum(0)
        d_hidden = hidden.sign_().mul_(d_out).mul_(w2.t())
        d_w1 += inp[rows].t() @ d_hidden
        d_b1 += d_hidden.sum(0)
        torch.mm(d_hidden, w1.t(), out=d_inp[rows])
    inp.grad, w1.grad, b1.grad, w2.grad, b2.grad = d_inp, d_w1, d_b1, d_w2, d_b2
    return loss
