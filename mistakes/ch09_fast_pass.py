"""Known wrong answers of chapter 9, each with the sentence a kind teacher would say.

Longer than other files: mistakes in blocks look different for each size of a block, so the likely
ones are recorded for many sizes.
"""

import torch
import torch.nn.functional as F

from backprop.full_pass import arguments
from kata.answers.side_effects import IN_PLACE
from kata.checks.cost import HOLDS_TOO_MUCH, NEW_BUFFER, ROW_BY_ROW, SHARED
from kata.checks.gradients import ADDS, AUTOGRAD, STALE
from kata.diagnosis.recorded import mistake, probes

FAST = "fast_forward_and_backward"
BLOCKS = (256, 1_000, 1_024, 2_000, 5_000)  # what learners choose


@probes(FAST)
def fast_pass_probes(draw):
    for n, m, nh in [(5, 4, 3), (1, 4, 3), (4, 1, 1)]:
        yield tuple(arguments(draw, n, m, nh).values())
    yield tuple(t.round() for t in arguments(draw, 6, 3, 4).values())
    args = arguments(draw, 5, 3, 2)
    yield tuple(t if name == "targ" else draw.with_grad(t) for name, t in args.items())
    if draw.dtype == torch.float32:
        args = arguments(draw, 10_007, 3, 2)
        args["targ"][-7:] *= 100  # so that it matters how the last block counts
        yield tuple(args.values())


ONLY_LAST = (
    "Only the last block counts: each block assigns the gradients of the parameters anew. They are "
    "sums over all rows, so each block adds its part (+=)."
)
ONE_OF_THE_LAST = (
    "One parameter's gradient is the last block's alone: its line assigns anew. Each block adds "
    "its part (+=)."
)
NO_REST = (
    "You leave out the rows after the last whole block. The batch need not be a multiple of the "
    "block: inp.split(rows) gives a last block that is shorter."
)
BLOCK_N = (
    "You divide by the rows of the block. The loss is the mean over the whole batch: divide by its "
    "n in every block."
)
MEAN_OF_MEANS = (
    "Your loss is the mean of the blocks' means. The last block may have fewer rows: add up the "
    "squares of all blocks, and divide by n once."
)
SUM_OF_MEANS = "Your loss adds up the blocks' means. Add up the squares, and divide by n once."
LOSS_LAST = "Your loss is that of the last block. Add up the squares of all blocks."
LOSS_SUM = "Your loss is the sum of the squares. It is their mean: divide by n."
LOSS_AXIS = "Your loss has an axis. It is one number: a tensor without axes."
NOTHING = "You return nothing. Set the gradients, and return the loss."
NUMBER = "You return a Python number (item, float). Return the loss as a tensor without axes."
FIRST_TARGETS = (
    "Every block is compared with the first block's targets. Take the block's own rows of targ."
)
MASK_TOO_SOON = (
    "You turn the hidden units into the relu's mask before w2.grad has used them. w2.grad is "
    "hidden.t() @ dL/dout, with their values: work in place only when nothing needs the old ones."
)
MASK_NONE = "You forget the relu on the way back: multiply by the mask hidden > 0."
MASK_KINK = "Your mask is true where the relu gave 0 (>=). There is nothing to send back: take > 0."
MASK_VALUE = (
    "You multiply by the hidden units' values in place of the mask: its values are 0 and 1 "
    "(hidden.gt_(0))."
)
NO_TWO = "You leave out the 2 of the square: dL/dout = 2 (out - targ) / n."
SIGN = "Your errors have the wrong sign: dL/dout = 2 (out - targ) / n."
BROADCAST = (
    "You subtract targ [n] from a column [n, 1], which makes n x n differences. Bring both to one "
    "shape first: targ.unsqueeze(1)."
)
NO_B1 = "You leave out the bias b1: addmm(b1, x, w1)."
NO_B2 = "You leave out the bias b2: addmm(b2, hidden, w2)."
B2_NUMBER = "Your b2.grad has no axis. b2 is [1], so is its gradient: sum(0)."
W1_TRANSPOSED = "Your w1.grad is transposed, [nh, m]. Give it the shape of w1."
W2_FLAT = "Your w2.grad is [nh]. Give it the shape of w2, [nh, 1]."
FEW_UNSET = "You never set {}.grad. It is asked for, too."
NO_GRAD_YET = (
    "You write into inp.grad before there is one: at the first call it is None. Make it then, by "
    "torch.empty_like(inp)."
)
LOW_PRECISION = (
    "You compute in half precision. That is fast and keeps 3 of 7 digits; keep the inputs' dtype."
)
PRECISION_LEFT = (
    "Your function changes the precision of float32 products for the whole program. "
    "What comes after it must find torch as it was."
)


def block(x, t, n, w1, b1, w2, b2, b=None):
    """One block of a batch of n rows: its part of the loss, d_x, d_w1, d_b1, d_w2, d_b2."""
    hidden = torch.relu(x @ w1 + b1)
    error = hidden @ w2 + b2 - t.unsqueeze(1)
    d_out = error * (2 / n)
    d_hidden = (hidden > 0) * (d_out @ w2.t())
    loss = error.square().sum() / n
    return (
        loss,
        d_hidden @ w1.t(),
        x.t() @ d_hidden,
        d_hidden.sum(0),
        hidden.t() @ d_out,
        d_out.sum(0),
    )


def in_blocks(inp, targ, w1, b1, w2, b2, rows=2_000, part=block, last=None):
    """A right pass, in blocks of so many rows. part: what stands in for `block`. last: its end."""
    n = len(inp)
    d_inp = torch.empty_like(inp) if inp.grad is None else inp.grad
    sums = [inp.new_zeros(()), *(torch.zeros_like(p) for p in (w1, b1, w2, b2))]
    with torch.no_grad():
        for start in range(0, n if last is None else last, rows):
            own = slice(start, start + rows)
            loss, d_x, *grads = part(inp[own], targ[own], n, w1, b1, w2, b2)
            d_inp[own] = d_x
            for total, one in zip(sums, [loss, *grads], strict=True):
                total += one
    inp.grad, (loss, w1.grad, b1.grad, w2.grad, b2.grad) = d_inp, sums
    return loss


def at_once(inp, targ, w1, b1, w2, b2):
    """Right, and all rows at once."""
    with torch.no_grad():
        loss, *grads = block(inp, targ, len(inp), w1, b1, w2, b2)
    inp.grad, w1.grad, b1.grad, w2.grad, b2.grad = grads
    return loss


# --- in blocks, for each size of a block -------------------------------------------------------


def only_last(rows, args):
    n, (inp, _, *params) = len(args[0]), args
    loss = in_blocks(*args, rows=rows)
    start = (n - 1) // rows * rows
    with torch.no_grad():
        _, _, *grads = block(inp[start:], args[1][start:], n, *params)
    for param, grad in zip(params, grads, strict=True):
        param.grad = grad
    return loss


def without_rest(rows, args):
    if args[0].grad is None:
        args[0].grad = torch.zeros_like(args[0])  # the same at each call, as fresh memory is not
    return in_blocks(*args, rows=rows, last=len(args[0]) // rows * rows)


def by_the_block(rows, args):
    count = -(-len(args[0]) // rows)

    def part(x, t, n, *params):
        return block(x, t, len(x), *params)

    return in_blocks(*args, rows=rows, part=part) / count


def gradients_by_the_block(rows, args):
    by_the_block(rows, args)
    return block_losses(rows, args, len(args[0])).sum()


def last_of(place):
    """The gradient of one parameter is the last block's."""

    def one_of_the_last(rows, args):
        right = in_blocks(*args, rows=rows)
        grads = [param.grad for param in args[2:]]
        only_last(rows, args)
        grads[place] = args[2 + place].grad
        for param, grad in zip(args[2:], grads, strict=True):
            param.grad = grad
        return right

    one_of_the_last.__name__ = f"last_{('w1', 'b1', 'w2', 'b2')[place]}"
    return one_of_the_last


def mean_of_means(rows, args):
    in_blocks(*args, rows=rows)
    return block_losses(rows, args).mean()


def sum_of_means(rows, args):
    in_blocks(*args, rows=rows)
    return block_losses(rows, args).sum()


def loss_of_the_last(rows, args):
    in_blocks(*args, rows=rows)
    return block_losses(rows, args)[-1]


def sum_of_the_last(rows, args):
    in_blocks(*args, rows=rows)
    return block_losses(rows, args)[-1] * (((len(args[0]) - 1) % rows + 1) / len(args[0]))


def first_targets(rows, args):
    inp, targ, *rest = args
    again = targ[:rows].repeat(-(-len(targ) // rows))[: len(targ)]
    return in_blocks(inp, again, *rest, rows=rows)


def block_losses(rows, args, n=None):
    inp, targ, *params = (a.detach() for a in args)
    pairs = zip(inp.split(rows), targ.split(rows), strict=True)
    return torch.stack([block(x, t, n or len(x), *params)[0] for x, t in pairs])


def _record(way, rows, sentence):
    def answer(*args):
        return way(rows, args)

    answer.__name__ = f"{way.__name__}_{rows}"
    globals()[answer.__name__] = mistake(FAST, sentence)(answer)


for _rows in BLOCKS:
    _record(only_last, _rows, ONLY_LAST)
    _record(without_rest, _rows, NO_REST)
    _record(by_the_block, _rows, BLOCK_N)
    _record(gradients_by_the_block, _rows, BLOCK_N)
    _record(mean_of_means, _rows, MEAN_OF_MEANS)
    _record(loss_of_the_last, _rows, LOSS_LAST)
for _place in range(4):
    _record(last_of(_place), 1_000, ONE_OF_THE_LAST)
_record(sum_of_means, 1_000, SUM_OF_MEANS)
_record(sum_of_the_last, 1_000, LOSS_LAST)
_record(first_targets, 1_000, FIRST_TARGETS)


# --- the values ---------------------------------------------------------------------------------


def with_part(change):
    """A pass in blocks whose part is what change(x, t, n, w1, b1, w2, b2) makes of it."""

    def decorated(*args):
        return in_blocks(*args, part=change)

    decorated.__name__ = change.__name__
    return decorated


def parts(x, t, n, w1, b1, w2, b2, *, factor=2.0, mask=None, seen=None):
    """As block; factor for the 2, mask(hidden) for hidden > 0, seen(hidden) in w2.grad."""
    hidden = torch.relu(x @ w1 + b1)
    error = hidden @ w2 + b2 - t.unsqueeze(1)
    d_out = error * (factor / n)
    d_hidden = (d_out @ w2.t()) * (hidden > 0 if mask is None else mask(hidden))
    d_w2 = (hidden if seen is None else seen(hidden)).t() @ d_out
    loss = error.square().sum() / n
    return loss, d_hidden @ w1.t(), x.t() @ d_hidden, d_hidden.sum(0), d_w2, d_out.sum(0)


@mistake(FAST, MASK_TOO_SOON)
@with_part
def mask_too_soon(*args):
    return parts(*args, seen=torch.sign)


@mistake(FAST, MASK_NONE)
@with_part
def no_mask(*args):
    return parts(*args, mask=torch.ones_like)


@mistake(FAST, MASK_KINK)
@with_part
def mask_true_at_zero(x, t, n, w1, b1, w2, b2):
    before = x @ w1 + b1
    return parts(x, t, n, w1, b1, w2, b2, mask=lambda hidden: before >= 0)


@mistake(FAST, MASK_VALUE)
@with_part
def value_for_mask(*args):
    return parts(*args, mask=lambda hidden: hidden)


@mistake(FAST, NO_TWO)
@with_part
def without_two(*args):
    return parts(*args, factor=1.0)


@mistake(FAST, SIGN)
@with_part
def targets_minus_outputs(*args):
    return parts(*args, factor=-2.0)


@mistake(FAST, NO_B1)
@with_part
def without_b1(x, t, n, w1, b1, w2, b2):
    return block(x, t, n, w1, torch.zeros_like(b1), w2, b2)


@mistake(FAST, NO_B2)
@with_part
def without_b2(x, t, n, w1, b1, w2, b2):
    return block(x, t, n, w1, b1, w2, torch.zeros_like(b2))


@mistake(FAST, BROADCAST)
def n_by_n(inp, targ, w1, b1, w2, b2):
    with torch.no_grad():
        hidden = torch.relu(inp @ w1 + b1)
        error = (hidden @ w2 + b2 - targ[: len(inp)]) if len(inp) < 100 else hidden @ w2 + b2
        d_out = error.mean(1, keepdim=True) * (2 / len(inp))
        d_hidden = (hidden > 0) * (d_out @ w2.t())
        inp.grad, w1.grad, b1.grad = d_hidden @ w1.t(), inp.t() @ d_hidden, d_hidden.sum(0)
        w2.grad, b2.grad = hidden.t() @ d_out, d_out.sum(0)
    return error.square().mean()


@mistake(FAST, LOSS_SUM)
def loss_not_divided(*args):
    return in_blocks(*args) * len(args[0])


@mistake(FAST, LOSS_AXIS)
def loss_with_an_axis(*args):
    return in_blocks(*args).view(1)


@mistake(FAST, NOTHING)
def returns_nothing(*args):
    in_blocks(*args)


@mistake(FAST, NUMBER)
def returns_a_number(*args):
    return in_blocks(*args).item()


@mistake(FAST, B2_NUMBER)
def b2_grad_without_an_axis(*args):
    loss = in_blocks(*args)
    args[5].grad = args[5].grad.sum()
    return loss


@mistake(FAST, W1_TRANSPOSED)
def w1_grad_transposed(*args):
    loss = in_blocks(*args)
    args[2].grad = args[2].grad.t()
    return loss


@mistake(FAST, W2_FLAT)
def w2_grad_flat(*args):
    loss = in_blocks(*args)
    args[4].grad = args[4].grad[:, 0]
    return loss


@mistake(FAST, FEW_UNSET.format("inp"))
def inp_unset(*args):
    before = args[0].grad
    loss = in_blocks(*args)
    args[0].grad = before
    return loss


@mistake(FAST, FEW_UNSET.format("b2"))
def b2_unset(*args):
    before = args[5].grad
    loss = in_blocks(*args)
    args[5].grad = before
    return loss


# --- what was there before, and what is left behind --------------------------------------------


@mistake(FAST, ADDS)
def adds_to_the_parameters(*args):
    before = [a.grad for a in args[2:]]
    loss = in_blocks(*args)
    for arg, grad in zip(args[2:], before, strict=True):
        arg.grad = arg.grad if grad is None else arg.grad + grad
    return loss


@mistake(FAST, ADDS)
def adds_to_the_inp_grad_that_is_there(*args):
    before = None if args[0].grad is None else args[0].grad.clone()
    loss = in_blocks(*args)
    args[0].grad = args[0].grad if before is None else args[0].grad.add_(before)
    return loss


@mistake(FAST, NO_GRAD_YET)
def writes_before_there_is_a_grad(inp, targ, w1, b1, w2, b2):
    inp.grad.zero_()
    return in_blocks(inp, targ, w1, b1, w2, b2)


@mistake(FAST, IN_PLACE)
def gradient_in_the_place_of_inp(*args):
    loss = in_blocks(*args)
    with torch.no_grad():
        args[0].copy_(args[0].grad)
    return loss


@mistake(FAST, STALE)
class KeepsHiddenWeights:
    """Computes with the weights of its first call of each shape."""

    def __init__(self):
        self.kept = {}

    def __call__(self, inp, targ, w1, b1, w2, b2):
        first = self.kept.setdefault((tuple(w1.shape), w1.dtype), w1.detach().clone())
        own = first.requires_grad_(False)
        loss = in_blocks(inp, targ, own, b1, w2, b2)
        w1.grad = own.grad
        return loss


@mistake(FAST, SHARED)
class OneBuffer:
    """Gives every inp of one shape the same .grad."""

    def __init__(self):
        self.buffers = {}

    def __call__(self, inp, *rest):
        key = (tuple(inp.shape), inp.dtype)
        inp.grad = self.buffers.setdefault(key, torch.empty_like(inp))
        return in_blocks(inp, *rest)


@mistake(FAST, LOW_PRECISION)
def in_bfloat16(inp, targ, *params):
    low = [a.detach().bfloat16() for a in (inp, targ, *params)]
    loss = in_blocks(*low)
    for arg, own in zip((inp, *params), (low[0], *low[2:]), strict=True):
        arg.grad = own.grad.to(arg.dtype)
    return loss.to(inp.dtype)


@mistake(FAST, PRECISION_LEFT)
def leaves_less_precision(*args):
    torch.set_float32_matmul_precision("medium")
    return in_blocks(*args)


# --- right, and not fast ------------------------------------------------------------------------


@mistake(FAST, AUTOGRAD)
def autograd(inp, targ, w1, b1, w2, b2):
    leaves = [a.detach().requires_grad_() for a in (inp, w1, b1, w2, b2)]
    x, w1_, b1_, w2_, b2_ = leaves
    loss = F.mse_loss((torch.relu(x @ w1_ + b1_) @ w2_ + b2_)[:, 0], targ)
    loss.backward()
    for arg, leaf in zip((inp, w1, b1, w2, b2), leaves, strict=True):
        arg.grad = leaf.grad
    return loss.detach()


@mistake(FAST, HOLDS_TOO_MUCH)
def all_rows_at_once(*args):
    return at_once(*args)


@mistake(FAST, HOLDS_TOO_MUCH)
def all_rows_in_place(inp, targ, w1, b1, w2, b2):
    with torch.no_grad():
        hidden = torch.addmm(b1, inp, w1).relu_()
        d_out = torch.addmm(b2, hidden, w2).sub_(targ.unsqueeze(1))
        loss = d_out.square().mean()
        d_out.mul_(2 / len(inp))
        w2.grad, b2.grad = hidden.t() @ d_out, d_out.sum(0)
        hidden.gt_(0).mul_(d_out).mul_(w2.t())
        w1.grad, b1.grad, inp.grad = inp.t() @ hidden, hidden.sum(0), hidden @ w1.t()
    return loss


@mistake(FAST, HOLDS_TOO_MUCH)
def pieces_joined(inp, targ, w1, b1, w2, b2):
    with torch.no_grad():
        pairs = zip(inp.split(2_000), targ.split(2_000), strict=True)
        found = [block(x, t, len(inp), w1, b1, w2, b2) for x, t in pairs]
        loss, d_inp, *sums = zip(*found, strict=True)
        inp.grad = torch.cat(d_inp)
        w1.grad, b1.grad, w2.grad, b2.grad = (sum(parts) for parts in sums)
    return sum(loss)


@mistake(FAST, HOLDS_TOO_MUCH)
def blocks_of_the_rows_kept(inp, *rest):
    kept = inp.clone()
    loss = in_blocks(inp, *rest)
    return loss + 0 * kept[0, 0].detach()


@mistake(FAST, NEW_BUFFER)
def a_new_buffer_at_each_call(inp, *rest):
    inp.grad = torch.empty_like(inp)
    return in_blocks(inp, *rest)


@mistake(FAST, NEW_BUFFER)
def an_old_grad_set_to_none(inp, *rest):
    inp.grad = None
    return in_blocks(inp, *rest)


@mistake(FAST, ROW_BY_ROW)
def in_blocks_of_50(*args):
    return in_blocks(*args, rows=50)


@mistake(FAST, ROW_BY_ROW)
def in_blocks_of_32(*args):
    return in_blocks(*args, rows=32)
