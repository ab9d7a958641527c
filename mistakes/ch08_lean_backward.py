"""Known wrong answers of chapter 8, each with the sentence a kind teacher would say.

Longer than other files: the gradients can be wrong, and right ones can be had in too much memory
or in too many steps; each of these must be known in order to be named.
"""

import numpy as np
import torch

from kata.answers.side_effects import IN_PLACE
from kata.checks.cost import GROWS, LARGE, ON_THE_HOST
from kata.checks.forward import ASTRAY
from kata.checks.gradients import ADDS, AUTOGRAD, KEPT, NAMED_G, OVERWRITES, RETURNED, STALE
from kata.diagnosis.recorded import mistake, probes


@probes("lin_grad_matmul")
def lin_grad_matmul_probes(draw):
    yield layer(draw, draw(5, 4), draw(4, 3), draw(3))
    yield layer(draw, draw(1, 4), draw(4, 3), draw(3))
    yield layer(draw, draw(1, 2), draw(2, 5), draw(5))
    yield layer(draw, draw(3, 3), draw(3, 3), draw(3))
    yield layer(draw, draw(2, 4), draw(4, 1), draw(1))
    yield layer(draw, draw(6, 1), draw(1, 2), draw(2))
    yield layer(draw, *map(draw.with_grad, (draw(5, 4), draw(4, 3), draw(3))))
    yield layer(draw, draw(2, 4).requires_grad_(), draw(4, 3).requires_grad_(), draw(3))


def layer(draw, inp, w, b):
    out = draw.with_grad(inp.detach() @ w.detach() + b)
    return inp, out, w, b


def right(inp, out, w, b):
    """Set all three as they should be; the wrong answers below spoil some of them."""
    inp.grad = out.grad @ w.t()
    w.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


W_TRANSPOSED = (
    "Your w.grad is transposed, [o, m]. w is [m, o]: inp.t() on the left, out.grad on the right."
)
W_NO_T = (
    "Your product for w.grad does not fit. It sums over the rows, so the rows must be the inner "
    "axis: inp.t() [m, n] @ out.grad [n, o]."
)
W_MEAN = (
    "You take the mean over the batch for w.grad, not the sum; the 1/n already sits in mse_grad."
)
W_NO_UPSTREAM = "You leave out.grad out of w.grad (or take ones). It is inp.t() @ out.grad."
W_OUT = "You use out, not out.grad, for w.grad. What goes back is the gradient of the output."
W_SUMMED_FIRST = (
    "You sum (or average) over the rows before you multiply, for w.grad. Each row has a product of "
    "its own; inp.t() @ out.grad multiplies first, then adds."
)
THROUGH_GRAD = (
    "You send the gradient back through w.grad. It goes back through what it came by, w itself: "
    "inp.grad = out.grad @ w.t()."
)
W_ONE_ROW = "Only one row goes into w.grad. It is the sum over all rows, inp.t() @ out.grad."
W_PART = (
    "Some rows are left out of w.grad (at the end of a chunk, for example). All rows belong to it."
)
W_SIGN = "The sign of w.grad is turned: it is inp.t() @ out.grad as it is."
W_UNSET = "You never set w.grad. It is inp.t() @ out.grad."
W_UNSUMMED = (
    "You leave the batch axis in w.grad, [n, m, o]. A matrix product sums over it: "
    "inp.t() @ out.grad."
)
W_RESHAPED = (
    "Your w.grad is transposed, and you reshape it into w's shape, so its numbers lie in other "
    "places. w.grad = inp.t() @ out.grad has the right shape by itself."
)
INP_NO_T = "You multiply by w as it is for inp.grad. Back through inp @ w goes w transposed: w.t()."
INP_ORDER = (
    "Your factors for inp.grad are in the wrong order. Rows stay rows: out.grad [n, o] on the "
    "left, w.t() [o, m] on the right."
)
INP_TRANSPOSED = "Your inp.grad is transposed, [m, n]. inp is [n, m]: out.grad @ w.t()."
INP_MEAN = (
    "You divide inp.grad by the number of rows. Each row of inp has a gradient of its own; the 1/n "
    "already sits in mse_grad."
)
INP_NO_UPSTREAM = "You leave out.grad out of inp.grad (or take ones). It is out.grad @ w.t()."
INP_OUT = "You use out, not out.grad, for inp.grad. What goes back is the gradient of the output."
INP_SIGN = "The sign of inp.grad is turned: it is out.grad @ w.t() as it is."
INP_UNSET = "You never set inp.grad. It is out.grad @ w.t()."
INP_NO_W = "You leave w out of inp.grad. It is out.grad @ w.t()."
B_MEAN = (
    "You take the mean over the rows for b.grad. It is the sum; the 1/n already sits in mse_grad."
)
B_UNSUMMED = (
    "You leave the batch axis in b.grad. b is added to every row: sum over the rows, sum(0)."
)
B_TOTAL = "You sum over both axes for b.grad. Each output has a bias of its own: sum(0)."
B_COLUMNS = (
    "You sum over the outputs for b.grad. Sum over the rows, axis 0: one number for each output."
)
B_KEEPDIM = (
    "Your b.grad keeps an axis too many, [1, o] or [o, 1]. b has shape [o]: sum(0), or a product "
    "with a vector of ones."
)
B_ONE_ROW = "Only one row goes into b.grad. It is the sum over all rows."
B_NO_UPSTREAM = "You leave the upstream out of b.grad. It is the sum of out.grad over the rows."
B_OUT = "You sum out, not out.grad, for b.grad. What goes back is the gradient of the output."
B_SIGN = "The sign of b.grad is turned: it is the sum of out.grad as it is."
B_UNSET = "You never set b.grad. It is the sum of out.grad over the rows."
ALL_MEAN = "You take means over the batch, not sums; the 1/n already sits in mse_grad."
ALL_NO_UPSTREAM = (
    "You leave the upstream gradient out (or take ones). Each product has out.grad in it."
)
ALL_OUT = "You use out for out.grad. What goes back is the gradient of the output, not its value."
ALL_SWAPPED = (
    "inp.grad and w.grad have each other's factor: inp.grad = out.grad @ w.t(), and "
    "w.grad = inp.t() @ out.grad."
)
ALL_SIGN = (
    "The signs are turned. The gradients are those of the loss itself; the minus comes in the step."
)
UNSET = (
    "You set nothing on the tensors that you were given. Assign to inp.grad, w.grad and b.grad "
    "themselves."
)
READS_G = (
    "You read out.g, the notebook's name. The kata keeps gradients in .grad, as torch does: the "
    "upstream is out.grad."
)
NONE_YET = (
    "You change a .grad in place, but before the first call there is none: it is None. Make the "
    "gradient and assign it."
)
FLOAT32 = (
    "You fix the dtype (float32). A gradient has the dtype of its tensor: leave it as it comes."
)
FLOAT64 = (
    "You fix the dtype (float64). A gradient has the dtype of its tensor: leave it as it comes."
)
HALF = "You compute in half precision. Leave the dtype as it comes from the inputs."


@mistake("lin_grad_matmul", W_TRANSPOSED)
def w_transposed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad.t() @ inp


@mistake("lin_grad_matmul", W_RESHAPED)
def w_transposed_and_reshaped(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (out.grad.t() @ inp).reshape(w.shape)


@mistake("lin_grad_matmul", W_NO_T)
def w_without_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp @ out.grad


@mistake("lin_grad_matmul", W_NO_T)
def w_wrong_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp @ out.grad.t()


@mistake("lin_grad_matmul", W_NO_T)
def w_upstream_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad @ inp


@mistake("lin_grad_matmul", W_NO_T)
def w_upstream_first_with_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad @ inp.t()


@mistake("lin_grad_matmul", W_NO_T)
def w_elementwise(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() * out.grad


@mistake("lin_grad_matmul", W_MEAN)
def w_mean(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ out.grad / len(inp)


@mistake("lin_grad_matmul", W_NO_UPSTREAM)
def w_ones(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ torch.ones_like(out)


@mistake("lin_grad_matmul", W_NO_UPSTREAM)
def w_inp(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t()


@mistake("lin_grad_matmul", W_OUT)
def w_out(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ out


@mistake("lin_grad_matmul", W_SUMMED_FIRST)
def w_summed_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp.sum(0), out.grad.sum(0))


@mistake("lin_grad_matmul", W_SUMMED_FIRST)
def w_averaged_inp_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp.mean(0), out.grad.sum(0))


@mistake("lin_grad_matmul", W_SUMMED_FIRST)
def w_averaged_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp.mean(0), out.grad.mean(0))


@mistake("lin_grad_matmul", W_ONE_ROW)
def w_last_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp[-1], out.grad[-1])


@mistake("lin_grad_matmul", THROUGH_GRAD)
def back_through_w_grad(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w.grad.t()


@mistake("lin_grad_matmul", W_ONE_ROW)
def w_first_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp[0], out.grad[0])


@mistake("lin_grad_matmul", W_PART)
def w_all_but_the_last_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp[:-1].t() @ out.grad[:-1]


@mistake("lin_grad_matmul", W_PART)
def w_first_half(inp, out, w, b):
    right(inp, out, w, b)
    half = len(inp) // 2
    w.grad = inp[:half].t() @ out.grad[:half]


@mistake("lin_grad_matmul", W_PART)
def w_two_whole_halves(inp, out, w, b):
    right(inp, out, w, b)
    whole = len(inp) // 2 * 2
    w.grad = inp[:whole].t() @ out.grad[:whole]


@mistake("lin_grad_matmul", W_SIGN)
def w_sign(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = -(inp.t() @ out.grad)


@mistake("lin_grad_matmul", W_UNSET)
def w_unset(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    b.grad = out.grad.sum(0)


@mistake("lin_grad_matmul", W_UNSUMMED)
def w_unsummed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.unsqueeze(-1) @ out.grad.unsqueeze(1)


@mistake("lin_grad_matmul", INP_NO_T)
def inp_without_t(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w


@mistake("lin_grad_matmul", INP_ORDER)
def inp_order(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w @ out.grad


@mistake("lin_grad_matmul", INP_ORDER)
def inp_order_with_t(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w.t() @ out.grad


@mistake("lin_grad_matmul", INP_TRANSPOSED)
def inp_transposed(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w @ out.grad.t()


@mistake("lin_grad_matmul", INP_MEAN)
def inp_over_n(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w.t() / len(inp)


@mistake("lin_grad_matmul", INP_NO_UPSTREAM)
def inp_ones(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = torch.ones_like(out) @ w.t()


@mistake("lin_grad_matmul", INP_NO_UPSTREAM)
def inp_w(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w.t()


@mistake("lin_grad_matmul", INP_OUT)
def inp_out(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out @ w.t()


@mistake("lin_grad_matmul", INP_SIGN)
def inp_sign(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = -(out.grad @ w.t())


@mistake("lin_grad_matmul", INP_UNSET)
def inp_unset(inp, out, w, b):
    w.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad_matmul", INP_NO_W)
def inp_upstream(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad


@mistake("lin_grad_matmul", B_MEAN)
def b_mean(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.mean(0)


@mistake("lin_grad_matmul", B_UNSUMMED)
def b_unsummed(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad


@mistake("lin_grad_matmul", B_TOTAL)
def b_total(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum()


@mistake("lin_grad_matmul", B_TOTAL)
def b_total_everywhere(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum().expand_as(b)


@mistake("lin_grad_matmul", B_COLUMNS)
def b_columns(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum(1)


@mistake("lin_grad_matmul", B_KEEPDIM)
def b_keepdim(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum(0, keepdim=True)


@mistake("lin_grad_matmul", B_KEEPDIM)
def b_by_column_of_ones(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.t() @ inp.new_ones(len(inp), 1)


@mistake("lin_grad_matmul", B_ONE_ROW)
def b_last_row(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad[-1]


@mistake("lin_grad_matmul", B_ONE_ROW)
def b_first_row(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad[0]


@mistake("lin_grad_matmul", B_NO_UPSTREAM)
def b_ones(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.ones_like(b)


@mistake("lin_grad_matmul", B_NO_UPSTREAM)
def b_n(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.full_like(b, len(inp))


@mistake("lin_grad_matmul", B_OUT)
def b_out(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.sum(0)


@mistake("lin_grad_matmul", B_SIGN)
def b_sign(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = -out.grad.sum(0)


@mistake("lin_grad_matmul", B_UNSET)
def b_unset(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad = inp.t() @ out.grad


@mistake("lin_grad_matmul", ALL_MEAN)
def means(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = w.grad / len(inp), b.grad / len(inp)


@mistake("lin_grad_matmul", ALL_MEAN)
def everything_over_n(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad, w.grad, b.grad = inp.grad / len(inp), w.grad / len(inp), b.grad / len(inp)


@mistake("lin_grad_matmul", ALL_NO_UPSTREAM)
def no_upstream(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = ones @ w.t(), inp.t() @ ones, ones.sum(0)


@mistake("lin_grad_matmul", ALL_NO_UPSTREAM)
def no_upstream_but_for_b(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = ones @ w.t(), inp.t() @ ones, out.grad.sum(0)


@mistake("lin_grad_matmul", ALL_OUT)
def out_for_upstream(inp, out, w, b):
    inp.grad, w.grad, b.grad = out @ w.t(), inp.t() @ out, out.sum(0)


@mistake("lin_grad_matmul", ALL_SWAPPED)
def swapped(inp, out, w, b):
    inp.grad = inp.t() @ out.grad
    w.grad = out.grad @ w.t()
    b.grad = out.grad.sum(0)


@mistake("lin_grad_matmul", ALL_SWAPPED)
def swapped_w_first(inp, out, w, b):
    w.grad = out.grad @ w.t()
    inp.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad_matmul", ALL_SIGN)
def signs(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad, w.grad, b.grad = -inp.grad, -w.grad, -b.grad


@mistake("lin_grad_matmul", ALL_SIGN)
def signs_of_parameters(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = -w.grad, -b.grad


# right gradients, in too much memory


@mistake("lin_grad_matmul", LARGE)
def the_notes_outer_products(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(0)


@mistake("lin_grad_matmul", LARGE)
def outer_products_by_bmm(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.bmm(inp.unsqueeze(-1), out.grad.unsqueeze(1)).sum(0)


@mistake("lin_grad_matmul", LARGE)
def outer_products_by_einsum(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.einsum("nm,no->nmo", inp, out.grad).sum(0)


@mistake("lin_grad_matmul", LARGE)
def outer_products_by_vmap(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.vmap(torch.outer)(inp, out.grad).sum(0)


@mistake("lin_grad_matmul", LARGE)
def outer_products_for_inp(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad.unsqueeze(1) * w).sum(-1)


@mistake("lin_grad_matmul", LARGE)
def outer_products_in_four_pieces(inp, out, w, b):
    right(inp, out, w, b)
    pairs = zip(inp.tensor_split(4), out.grad.tensor_split(4), strict=True)
    w.grad = sum((x.unsqueeze(-1) * g.unsqueeze(1)).sum(0) for x, g in pairs)


@mistake("lin_grad_matmul", LARGE)
def outer_products_in_a_list(inp, out, w, b):
    right(inp, out, w, b)
    pairs = zip(inp, out.grad, strict=True)
    w.grad = torch.stack([torch.outer(row, grad) for row, grad in pairs]).sum(0)


@mistake("lin_grad_matmul", LARGE)
def through_the_identity(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ torch.eye(len(inp), dtype=inp.dtype, device=inp.device) @ out.grad


@mistake("lin_grad_matmul", LARGE)
def everything_from_one_product(inp, out, w, b):
    right(inp, out, w, b)
    both = torch.cat([inp, out.grad], 1)
    w.grad = (both.t() @ both)[: len(w), len(w) :]


@mistake("lin_grad_matmul", LARGE)
def by_kronecker(inp, out, w, b):
    right(inp, out, w, b)
    flat = torch.kron(inp, out.grad.new_ones(1, len(b))) * out.grad.repeat(1, len(w))
    w.grad = flat.sum(0).reshape(w.shape)


@mistake("lin_grad_matmul", LARGE)
def inp_by_block_diagonal(inp, out, w, b):
    right(inp, out, w, b)
    blocks = torch.block_diag(*([w.t()] * len(inp)))
    inp.grad = (out.grad.reshape(1, -1) @ blocks).reshape(inp.shape)


# right gradients, in too many steps


@mistake("lin_grad_matmul", GROWS)
def loops_over_rows(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.zeros_like(w)
    for row, grad in zip(inp, out.grad, strict=True):
        w.grad += torch.outer(row, grad)


@mistake("lin_grad_matmul", GROWS)
def loops_over_rows_for_b(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = sum(out.grad)


@mistake("lin_grad_matmul", GROWS)
def loops_over_rows_for_inp(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = torch.stack([w @ grad for grad in out.grad])


@mistake("lin_grad_matmul", GROWS)
def loops_over_inputs(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.stack([column @ out.grad for column in inp.t()])


@mistake("lin_grad_matmul", GROWS)
def loops_over_outputs(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.stack([inp.t() @ column for column in out.grad.t()], 1)


@mistake("lin_grad_matmul", GROWS)
def loops_over_weights(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.zeros_like(w)
    for j in range(len(w)):
        for k in range(len(b)):
            w.grad[j, k] = inp[:, j] @ out.grad[:, k]


@mistake("lin_grad_matmul", GROWS)
def loops_over_the_shorter_axis(inp, out, w, b):
    right(inp, out, w, b)
    if len(b) < len(inp):
        w.grad = torch.stack([inp.t() @ column for column in out.grad.t()], 1)
    else:
        w.grad = sum(torch.outer(x, g) for x, g in zip(inp, out.grad, strict=True))


@mistake("lin_grad_matmul", GROWS)
def loops_over_blocks_of_64(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = sum(x.t() @ g for x, g in zip(inp.split(64), out.grad.split(64), strict=True))


@mistake("lin_grad_matmul", GROWS)
def loops_over_blocks_of_4096(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = sum(x.t() @ g for x, g in zip(inp.split(4096), out.grad.split(4096), strict=True))


@mistake("lin_grad_matmul", GROWS)
def halves_until_one_row_is_left(inp, out, w, b):
    right(inp, out, w, b)
    total = out.grad
    while len(total) > 1:
        half = len(total) // 2
        total = torch.cat([total[:half] + total[half : 2 * half], total[2 * half :]])
    b.grad = total[0]


# right gradients, elsewhere


@mistake("lin_grad_matmul", ON_THE_HOST)
def by_lists(inp, out, w, b):
    right(inp, out, w, b)
    columns = zip(*out.grad.tolist(), strict=True)
    b.grad = torch.tensor([sum(c) for c in columns], dtype=b.dtype, device=b.device)


@mistake("lin_grad_matmul", ON_THE_HOST)
def by_numpy(inp, out, w, b):
    right(inp, out, w, b)
    found = inp.detach().cpu().numpy().T @ out.grad.cpu().numpy()
    w.grad = torch.from_numpy(found).to(w.device)


@mistake("lin_grad_matmul", ON_THE_HOST)
def by_numpys_einsum(inp, out, w, b):
    right(inp, out, w, b)
    found = np.einsum("nm,no->mo", inp.detach().cpu(), out.grad.cpu())
    w.grad = torch.from_numpy(found).to(w.device)


# where it is put, and what it leaves behind


@mistake("lin_grad_matmul", ASTRAY)
def ones_on_the_cpu(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.ones(len(inp), dtype=inp.dtype) @ out.grad


@mistake("lin_grad_matmul", RETURNED)
def returned(inp, out, w, b):
    return out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)


@mistake("lin_grad_matmul", RETURNED)
def set_and_returned(inp, out, w, b):
    right(inp, out, w, b)
    return w.grad


@mistake("lin_grad_matmul", NAMED_G)
def named_g(inp, out, w, b):
    inp.g, w.g, b.g = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)


@mistake("lin_grad_matmul", READS_G)
def reads_g(inp, out, w, b):
    inp.g, w.g, b.g = out.g @ w.t(), inp.t() @ out.g, out.g.sum(0)


@mistake("lin_grad_matmul", UNSET)
def sets_nothing(inp, out, w, b):
    inp_grad, w_grad, b_grad = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)  # noqa: F841


@mistake("lin_grad_matmul", NONE_YET)
def added_to_none(inp, out, w, b):
    inp.grad += out.grad @ w.t()
    w.grad += inp.t() @ out.grad
    b.grad += out.grad.sum(0)


@mistake("lin_grad_matmul", NONE_YET)
def parameters_added_to_none(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad += inp.t() @ out.grad
    b.grad += out.grad.sum(0)


@mistake("lin_grad_matmul", NONE_YET)
def multiplied_into_none(inp, out, w, b):
    torch.mm(out.grad, w.t(), out=inp.grad)
    torch.mm(inp.t(), out.grad, out=w.grad)
    torch.sum(out.grad, 0, out=b.grad)


@mistake("lin_grad_matmul", ADDS)
def added(inp, out, w, b):
    for tensor, grad in ((inp, out.grad @ w.t()), (w, inp.t() @ out.grad), (b, out.grad.sum(0))):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad


@mistake("lin_grad_matmul", ADDS)
def parameters_added(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    for tensor, grad in ((w, inp.t() @ out.grad), (b, out.grad.sum(0))):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad


@mistake("lin_grad_matmul", KEPT)
def set_once(inp, out, w, b):
    if w.grad is None:
        right(inp, out, w, b)


@mistake("lin_grad_matmul", STALE)
class FirstTranspose:
    """Keeps the first transposed weights of each shape."""

    def __init__(self):
        self.transposed = {}

    def __call__(self, inp, out, w, b):
        right(inp, out, w, b)
        kept = self.transposed.setdefault((w.shape, w.dtype), w.detach().clone().t())
        inp.grad = out.grad @ kept


@mistake("lin_grad_matmul", OVERWRITES.format("out"))
def upstream_averaged_in_place(inp, out, w, b):
    out.grad /= len(inp)
    right(inp, out, w, b)


@mistake("lin_grad_matmul", IN_PLACE)
def transposes_in_place(inp, out, w, b):
    inp.grad = out.grad @ w.t_()
    w.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad_matmul", FLOAT32)
def in_float32(inp, out, w, b):
    g, x, w32 = out.grad.float(), inp.float(), w.float()
    inp.grad, w.grad, b.grad = g @ w32.t(), x.t() @ g, g.sum(0)


@mistake("lin_grad_matmul", FLOAT64)
def in_float64(inp, out, w, b):
    g, x, w64 = out.grad.double(), inp.double(), w.double()
    inp.grad, w.grad, b.grad = g @ w64.t(), x.t() @ g, g.sum(0)


@mistake("lin_grad_matmul", HALF)
def in_bfloat16(inp, out, w, b):
    g, x, wb = out.grad.bfloat16(), inp.bfloat16(), w.bfloat16()
    inp.grad = (g @ wb.t()).to(inp.dtype)
    w.grad = (x.t() @ g).to(inp.dtype)
    b.grad = g.sum(0).to(inp.dtype)


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
