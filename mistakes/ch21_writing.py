"""Chapter 21, right, and at each step how it goes wrong."""

import math

import torch
import torch.nn.functional as F

from backprop.training_checks import LIST_ALONE, NOTHING, TOO_FEW
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Via
from kata.diagnosis.told import mistake, probes, told, wrong
from mistakes.ch19_attention import (
    BACK_BY_E,
    BACK_NO_ROOT,
    BACK_NO_SOFTMAX,
    BACK_ROOT_IN_ONE,
    BACK_ROOT_TWICE,
    BACK_ROOT_UP,
    BY_D,
    HARD,
    LATE,
    LOG,
    NO_KEEPDIM,
    NO_SCALE,
    NO_SOFTMAX,
    NO_SUM,
    OVER_QUERIES,
    OVERFLOWS,
    SIGMOID,
    TIMES,
    of_all_sizes,
    softmax_grad,
)

# --- embedding_grad -----------------------------------------------------------------------------

OVERWRITTEN = (
    "Where a character occurs twice, you keep what came back from one of its places, although "
    "all of them used the same row of the table."
)
TOO_FEW_ROWS = (
    "Your gradient has rows only for the characters that occur. It has the table's shape, with v "
    "rows: one that was not used gets zeros."
)
OUT_OF_STEP = (
    "You flatten ids and d_out in different orders, so what comes back to one place lands in "
    "another's row."
)


@probes("embedding_grad")
def embedding_probes(draw):
    for _ in range(2):
        yield draw(5, 3, 2), draw.ints(4, 5, 3), 4
    yield draw(4, 4, 3), draw.ints(3, 4, 4), 7
    yield draw(1, 6, 2), draw.ints(5, 1, 6), 5
    yield draw(2, 3, 3), torch.tensor([[2, 0, 2], [2, 2, 0]]).to(draw.ints(2, 1).device), 3


@told
def embedding_grad(d_out, ids, v):
    n, t, m = d_out.shape
    rows, places = d_out.reshape(n * t, m), ids.flatten()
    if wrong("You leave out d_out: you count how often each character occurs."):
        rows = torch.ones_like(rows)
    if wrong(OUT_OF_STEP):
        places = ids.T.flatten()
    if wrong("You count characters from 1. Their numbers begin with 0, as the table's rows do."):
        places = (places - 1).clamp(min=0)
    if wrong("You use the first text of the batch only. Every text sends something back."):
        rows, places = rows[:t], places[:t]
    if wrong("You use the last place of each text only. Every place sends something back."):
        rows, places = d_out[:, -1], ids[:, -1]
    if n > 1 and wrong("You leave out the last text of the batch."):
        rows, places = rows[:-t], places[:-t]
    hot = F.one_hot(places, v).to(d_out.dtype)
    if wrong("You leave out character 0, as if it stood for nothing. It is one like the others."):
        hot = hot * (places != 0).unsqueeze(1)
    uses = hot.sum(0).unsqueeze(1)
    d_table = hot.T @ rows
    if wrong(OVERWRITTEN):
        d_table = torch.zeros_like(d_table)
        for row, place in zip(rows, places.tolist(), strict=True):
            d_table[place] = row
    if wrong(OVERWRITTEN):
        d_table = torch.zeros_like(d_table)
        for row, place in zip(rows.flip(0), places.flip(0).tolist(), strict=True):
            d_table[place] = row
    if wrong(
        "You average over a character's places, although each of them has its own "
        "effect on the loss."
    ):
        d_table = d_table / uses.clamp(min=1)
    if wrong(
        "You divide by how often a character occurs, which is 0/0 for one that doesn't occur."
    ):
        d_table = d_table / uses
    if wrong("You multiply by how often a character occurs. Each of its places counts once."):
        d_table = d_table * uses
    if count := wrong(
        "You divide by the number of texts or places. If the loss is a mean, d_out holds that "
        "division already.",
        n,
        t,
        n * t,
    ):
        d_table = d_table / count
    if wrong("You send everything back to every row. A place used the row of its own character."):
        d_table = rows.sum(0).expand(v, m).clone()
    if wrong(TOO_FEW_ROWS):
        d_table = d_table[: int(ids.max()) + 1]
    if wrong(TOO_FEW_ROWS):
        d_table = d_table[uses.squeeze(1) > 0]
    if wrong("You return each place's own row, d_table[ids], and not the table's gradient."):
        d_table = d_table[ids]
    if wrong("You return d_out as it is. It has a row for each place, the table one for each id."):
        d_table = d_out.clone()
    if wrong(
        "You add the gradients up over the m numbers of a row as well. Each number of the table "
        "has a gradient of its own."
    ):
        d_table = d_table.sum(1, keepdim=True).expand(v, m).clone()
    if wrong(DEFAULT_DTYPE):
        d_table = d_table.float()
    return d_table


@mistake("embedding_grad", ASTRAY)
def embedding_onto_zeros(d_out, ids, v):
    d_table = torch.zeros(v, d_out.shape[-1], dtype=d_out.dtype)
    return d_table.index_add(0, ids.flatten(), d_out.flatten(0, 1))


@mistake("embedding_grad", AUTOGRAD)
def embedding_by_autograd(d_out, ids, v):
    table = torch.zeros(v, d_out.shape[-1], dtype=d_out.dtype, device=d_out.device)
    table.requires_grad_()
    return torch.autograd.grad((table[ids] * d_out).sum(), table)[0]


# --- causal_weights -----------------------------------------------------------------------------

NO_MASK = "You leave the mask out, so a place sees those after it."
FLIPPED = (
    "Your mask is the wrong way round: a place sees itself and those after it. It should see those "
    "before it."
)
SELF_HIDDEN = (
    "You hide a place from itself. Then the first one sees nothing, and its softmax is 0/0."
)
ONE_AHEAD = "A place sees the next one, too: your mask begins one diagonal too late."
ZERO_SCORES = "You set the later places' scores to 0. exp(0) is 1, so they still get a share."
ZERO_AFTER = (
    "You set later weights to 0 after the softmax, so a row no longer adds up to 1: the later "
    "places are in the sum that divides it."
)
SMALL_MINUS = (
    "You set later scores to a fixed number that isn't low enough: real scores may lie below it."
)
HIDDEN_MAX = (
    "You mask after the exponential or the softmax, and divide by what is left. Where a later "
    "score is the largest by far, what is left is 0/0."
)
FIRST_ONLY = "You let every place see only itself and the one before it. It sees all before it."


@probes("causal_weights")
def causal_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(7, 3)
    yield of_all_sizes(draw), draw(3, 2)
    yield ahead(draw, 4, 3)
    yield draw(1, 4), draw(1, 4)
    yield draw(2, 3, 2), draw(2, 3, 2)
    yield draw(4, 5) * 300, draw(4, 5)
    yield draw(5, 2), draw(5, 2)
    yield far_below(draw, 5, 3)
    yield all_far_below(draw)
    yield one_far_ahead(draw)
    yield Via((draw(5, 5), draw(5, 3), draw(5, 3)), "gradients.in_first")


def all_far_below(draw):
    """Queries and keys whose scores are all -2^34."""
    return draw(3, 1).fill_(-(2.0**17)), draw(3, 1).fill_(2.0**17)


def one_far_ahead(draw):
    """Queries and keys whose scores are 2^34 with the last key, and 0 with the others."""
    return draw(3, 1).fill_(2.0**17), 2.0**17 * torch.tensor([[0], [0], [1]]).to(draw.dtype)


def ahead(draw, t, d):
    """Queries and keys of which the last wins by far in every row."""
    q, k = draw(t, d).abs() + 1, draw(t, d)
    k[-1] = 1e3
    return q, k


def far_below(draw, t, d):
    """Queries and keys whose scores are all about -90,000 sqrt(d)."""
    return draw(t, d) + 300, draw(t, d) - 300


@told
def causal_weights(q, k):
    d, t, z = q.shape[-1], q.shape[-2], q @ k.mT
    root = math.sqrt(d)
    if wrong(NO_SCALE):
        root = 1
    if wrong(BY_D):
        root = d
    if wrong(TIMES):
        root = 1 / math.sqrt(d)
    if wrong("You divide by the root of the text's length. d is the length of one key."):
        root = math.sqrt(t)
    z = z / root
    later = torch.ones_like(z, dtype=torch.bool).triu(1)
    if wrong(FLIPPED):
        later = later.mT
    if wrong(SELF_HIDDEN):
        later = torch.ones_like(later).triu(0)
    if wrong(ONE_AHEAD):
        later = torch.ones_like(later).triu(2)
    if wrong(FIRST_ONLY):
        later = later | torch.ones_like(later).tril(-2)
    seen = z.masked_fill(later, -math.inf)
    if wrong(NO_MASK):
        seen = z
    if wrong(ZERO_SCORES):
        seen = z.masked_fill(later, 0)
    if low := wrong(SMALL_MINUS, -1, -10, -100, -1e4, -65_504):
        seen = z.masked_fill(later, low)
    if low := wrong(SMALL_MINUS, -10, -100, -1e3):
        seen = z + low * later.to(z.dtype)
    if wrong("You subtract 1 from the later places' scores. They should have no share at all."):
        seen = z - later.to(z.dtype)

    axis = -1
    if wrong(OVER_QUERIES):
        axis = -2
    largest = seen.amax(axis, keepdim=True)
    if wrong(OVERFLOWS):
        largest = 0
    if wrong(HIDDEN_MAX):
        largest = z.amax(-1, keepdim=True)
    e = torch.exp(seen - largest)
    total = e.sum(axis, keepdim=True)
    if wrong(NO_KEEPDIM):
        total = e.sum(-1)
    p = e / total
    if wrong(ZERO_AFTER):
        p = torch.softmax(z, -1) * ~later
    if wrong(HIDDEN_MAX):
        p = torch.softmax(z, -1) * ~later
        p = p / p.sum(-1, keepdim=True)
    if wrong(NO_SUM):
        p = e
    if wrong(NO_SOFTMAX):
        p = z * ~later
    if wrong(LOG):
        p = torch.log_softmax(seen, -1)
    if wrong(SIGMOID):
        p = torch.sigmoid(seen)
    if wrong(HARD):
        p = torch.zeros_like(z).scatter(-1, seen.argmax(-1, keepdim=True), 1) + 0 * z
    if wrong(LATE):
        p = torch.softmax((q @ k.mT).masked_fill(later, -math.inf), -1) / root
    if wrong("You give all places so far the same weight, whatever their scores are."):
        p = ~later / (~later).sum(-1, keepdim=True) + 0 * z
    return p


@mistake("causal_weights", SMALL_MINUS)
def a_billion_below(q, k):
    z = q @ k.mT / math.sqrt(q.shape[-1])
    return torch.softmax(z.masked_fill(torch.ones_like(z).triu(1) > 0, -1e9), -1)


@mistake("causal_weights", SMALL_MINUS)
def a_billion_less(q, k, much=1e9):
    z = q @ k.mT / math.sqrt(q.shape[-1])
    return torch.softmax(z - much * torch.ones_like(z).triu(1), -1)


@mistake("causal_weights", SMALL_MINUS)
def ten_thousand_less(q, k):
    return a_billion_less(q, k, 1e4)


@mistake("causal_weights", ASTRAY)
def causal_onto_zeros(q, k):
    found = causal_weights(q, k)
    return torch.zeros(found.shape, dtype=q.dtype) + found


# --- causal_attention_grad ----------------------------------------------------------------------

MASKED_LATE = (
    "You mask d_z, but take the weights without a mask. Then the sum in the softmax's gradient "
    "still holds the later places."
)
V_UNMASKED = "You leave the mask out for d_v. Places before j never saw v[j]."


@probes("causal_attention_grad")
def causal_back_probes(draw):
    for _ in range(2):
        yield draw(7, 2), draw(7, 3), draw(7, 3), draw(7, 2)
    yield draw(3, 3), draw(3, 3), draw(3, 3), draw(3, 3)
    yield draw(1, 2), draw(1, 4), draw(1, 4), draw(1, 2)
    yield draw(2, 3, 2), draw(2, 3, 4), draw(2, 3, 4), draw(2, 3, 2)
    yield draw(4, 2), draw(4, 5) * 30, draw(4, 5), draw(4, 2)
    yield draw(3, 2), of_all_sizes(draw), draw(3, 2), draw(3, 2)
    yield draw(4, 2), *ahead(draw, 4, 3), draw(4, 2)
    yield draw(4, 2), draw(4, 1), draw(4, 1), draw(4, 2)
    yield draw(4, 2), *far_below(draw, 4, 3), draw(4, 2)


@told
def causal_attention_grad(d_out, q, k, v):
    if wrong("You leave out d_out, so nothing of the loss is in your gradients."):
        d_out = torch.ones_like(d_out)
    p, root = causal_weights(q, k), math.sqrt(q.shape[-1])
    open_p = torch.softmax(q @ k.mT / root, -1)
    d_p = d_out @ v.mT
    d_z = softmax_grad(d_p, p)
    if wrong(MASKED_LATE):
        d_z = softmax_grad(d_p, open_p).tril()
    if wrong(BACK_NO_SOFTMAX):
        d_z = d_p.tril()
    if wrong(BACK_NO_ROOT):
        root = 1
    if wrong(BACK_ROOT_TWICE):
        root = q.shape[-1]
    if wrong(BACK_ROOT_UP):
        root = 1 / math.sqrt(q.shape[-1])
    if wrong(BACK_BY_E):
        root = math.sqrt(v.shape[-1])
    d_z = d_z / root

    d_q, d_k, d_v = d_z @ k, d_z.mT @ q, p.mT @ d_out
    if wrong("Your d_k has its rows by query, where a row belongs to a key."):
        d_k = d_z @ q
    if wrong("Your d_v has its rows by query, where a row belongs to a key."):
        d_v = p @ d_out
    if wrong(V_UNMASKED):
        d_v = open_p.mT @ d_out
    if wrong(BACK_ROOT_IN_ONE):
        d_q = d_q * root
    if wrong(BACK_ROOT_IN_ONE):
        d_k = d_k * root
    if wrong(
        "You use q for d_q and k for d_k, but how fast a product moves with one "
        "factor is set by the other."
    ):
        d_q, d_k = d_z @ q, d_z.mT @ k
    if wrong("You take a mean over the places for d_v, although each of them uses v in full."):
        d_v = d_v / q.shape[-2]
    if wrong("You swap d_q and d_k. The order is d_q, d_k, d_v."):
        return d_k, d_q, d_v
    if wrong("You return the gradients in another order than d_q, d_k, d_v."):
        return d_v, d_k, d_q
    return d_q, d_k, d_v


@mistake("causal_attention_grad", AUTOGRAD)
def causal_by_autograd(d_out, q, k, v):
    leaves = [a.detach().requires_grad_() for a in (q, k, v)]
    return torch.autograd.grad((causal_weights(*leaves[:2]) @ leaves[2] * d_out).sum(), leaves)


@mistake("causal_attention_grad", ASTRAY)
def causal_back_onto_zeros(d_out, q, k, v):
    d_q, d_k, d_v = causal_attention_grad(d_out, q, k, v)
    return torch.zeros(q.shape, dtype=q.dtype) + d_q, d_k, d_v


# --- split_heads --------------------------------------------------------------------------------

SCRAMBLED = (
    "You reshape to [n, heads, t, d] in one go. The numbers keep their order in memory, so a "
    "head gets parts of other places."
)


@probes("split_heads")
def split_probes(draw):
    for _ in range(2):
        yield draw(3, 4, 6), 2
    yield draw(2, 3, 6), 3
    yield draw(3, 3, 9), 3
    yield draw(1, 5, 4), 1
    yield draw(2, 2, 4), 4
    yield draw(2, 4, 4), 2
    yield Via((draw(3, 2, 4, 3), draw(3, 4, 6), 2), "gradients.in_first")


@told
def split_heads(x, heads):
    n, t, m = x.shape
    if wrong("You always take two heads (or another fixed number), and not heads of them."):
        heads = 2
    d = m // heads
    parts = x.unflatten(-1, (heads, d))  # [n, t, heads, d]
    if wrong(
        "You deal the numbers out in turn: the first to head 0, the second to head 1. A head gets "
        "d numbers that lie side by side."
    ):
        parts = x.unflatten(-1, (d, heads)).mT
    if wrong("You take heads for d: each of your heads has that many numbers, d = m / heads."):
        parts = x.unflatten(-1, (d, heads))
    if wrong("Your heads come in the reverse order."):
        parts = parts.flip(2)
    out = parts.transpose(1, 2)
    if wrong("You leave the heads behind the places, [n, t, heads, d]. They come before them."):
        out = parts
    if wrong(SCRAMBLED):
        out = x.reshape(n, heads, t, d)
    if wrong("You put the heads first, [heads, n, t, d]. They come after the batch."):
        out = parts.permute(2, 0, 1, 3)
    if wrong("You swap places and numbers within a head: [n, heads, d, t]."):
        out = parts.permute(0, 2, 3, 1)
    if wrong("You lay texts and heads together as one axis. The result is [n, heads, t, d]."):
        out = out.flatten(0, 1)
    if wrong(
        "You reverse all axes but the first, so a head's numbers come first, [n, d, heads, t]."
    ):
        out = parts.permute(0, 3, 2, 1)
    if wrong("You return the first head only."):
        out = out[:, 0]
    if wrong("You return a list of heads. The result is one tensor, [n, heads, t, d]."):
        return list(out.unbind(1))
    if wrong("You add the heads up. Each of them stays on its own."):
        out = out.sum(1, keepdim=True)
    if wrong("You copy all of x to each head. A head gets its own part of each row."):
        out = x.unsqueeze(1).expand(n, heads, t, m)
    if wrong("You divide by the number of heads. The numbers stay as they are."):
        out = out / heads
    return out


# --- residual_grad ------------------------------------------------------------------------------

ORDER = "d_x, d_gamma, d_w1, d_b1, d_w2, d_b2"
NO_SKIP = "You leave out the way past f, by which x reaches out directly."
SKIP_ALONE = "Your d_x is d_out alone. x also reaches out through the norm and f."
POST_NORM = (
    "You add before the norm and not after it, so what goes past f goes through the norm as well. "
    "Here x goes past both."
)
NORM_LEFT_OUT = "You leave the norm out of the backward pass: d_y is not yet d_x."
NO_NORM = "You leave the norm out of the block: f is given x, and not rms_norm(x)."
LAYERNORM = (
    "You also take off a mean, as layernorm does. This block's norm is rms_norm: none is taken."
)
SLOPE_ONE = "You leave the relu out in the backward pass: where l1 <= 0, nothing passes."
MEANS = "You average over the rows, although each row has its own share in the loss."
UNSUMMED = "You don't add a bias's gradient up over the rows, so it has an axis too many."


def block_of(draw, r, m, h):
    args = [draw(r, m), draw(m), draw(m, h), draw(h), draw(h, m), draw(m)]
    return Via((draw(r, m), args), "training.pass_of")


@probes("residual_grad")
def residual_probes(draw):
    for r, m, h in ((5, 3, 4), (5, 3, 4), (3, 3, 3), (1, 4, 2), (4, 2, 6)):
        yield block_of(draw, r, m, h)
    at_zero = block_of(draw, 4, 3, 5)
    at_zero[1][2][:, ::2], at_zero[1][3][::2] = 0.0, 0.0
    yield at_zero
    small = block_of(draw, 4, 3, 5)
    small[1][0].mul_(0.003)  # so that eps counts
    yield small


def _norm(x, eps=1e-5):
    inv = (x.square().mean(-1, keepdim=True) + eps).rsqrt()
    return x * inv, inv


def _norm_back(d, x, gamma, eps=1e-5):
    hat, inv = _norm(x, eps)
    g = d * gamma
    return inv * (g - hat * (g * hat).mean(-1, keepdim=True))


@told
def residual_grad(d_out, x, gamma, w1, b1, w2, b2):
    if wrong("You leave out d_out, so nothing of the loss is in your gradients."):
        d_out = torch.ones_like(d_out)
    r, hat = len(x), _norm(x)[0]
    eps = 1e-5
    if wrong("You leave out eps under the norm's root."):
        eps, hat = 0, _norm(x, 0)[0]
    y = gamma * hat
    if wrong("You leave out gamma: y is the normalised x, not yet scaled."):
        y = hat
    if wrong(LAYERNORM):
        off = x - x.mean(-1, keepdim=True)
        y = gamma * off * (off.square().mean(-1, keepdim=True) + eps).rsqrt()
    if wrong(NO_NORM):
        y = x
    l1 = y @ w1 + b1
    if wrong("You leave out b1, which decides where the relu opens."):
        l1 = y @ w1
    if wrong("You run the block's first layer on x, and not on the normalised y."):
        l1 = x @ w1 + b1
    l2, slope = l1.relu(), l1 > 0
    if wrong("You take the slope of the relu without b1, which decides where it opens."):
        slope = y @ w1 > 0
    if wrong(SLOPE_ONE):
        slope = 1
    if wrong("You let the gradient pass where l1 is exactly 0. There torch.relu has the slope 0."):
        slope = l1 >= 0
    if wrong("You multiply by the relu's output in the backward pass. Its slope is 1 or 0."):
        slope = l2
    if wrong("You leave out the relu between the two layers."):
        l2, slope = l1, 1

    d_l1 = d_out @ w2.T * slope
    d_y = d_l1 @ w1.T
    d_w1, d_b1, d_w2, d_b2 = y.T @ d_l1, d_l1.sum(0), l2.T @ d_out, d_out.sum(0)
    if wrong("You use x for d_w1, but w1 never saw it: the norm comes between."):
        d_w1 = x.T @ d_l1
    if wrong("You use the normalised x without gamma for d_w1, but w1 saw it scaled."):
        d_w1 = hat.T @ d_l1
    if wrong("You use l1 for d_w2, but w2 never saw it: the relu comes between."):
        d_w2 = l1.T @ d_out
    if wrong("You add b1's gradient up before the relu let through only a part of it."):
        d_b1 = (d_out @ w2.T).sum(0)
    if wrong(MEANS):
        d_w1, d_w2 = d_w1 / r, d_w2 / r
    if wrong(MEANS):
        d_b1, d_b2 = d_b1 / r, d_b2 / r
    if wrong(MEANS):
        d_b2 = d_b2 / r
    if wrong(MEANS):
        d_b1 = d_b1 / r
    if wrong(UNSUMMED):
        d_b1, d_b2 = d_l1, d_out.clone()
    if wrong("You transpose the weights' gradients."):
        d_w1, d_w2 = d_w1.T, d_w2.T

    d_branch = _norm_back(d_y, x, gamma, eps)
    d_gamma = (d_y * hat).sum(0)
    if wrong("You take d_out for d_gamma, but f comes between the two."):
        d_gamma = (d_out * hat).sum(0)
    if wrong("You use y for d_gamma, which has been scaled by gamma already."):
        d_gamma = (d_y * y).sum(0)
    if wrong("You use x for d_gamma, but gamma doesn't multiply x itself."):
        d_gamma = (d_y * x).sum(0)
    if wrong(MEANS):
        d_gamma = d_gamma / r
    if wrong(NORM_LEFT_OUT):
        d_branch = d_y
    if wrong("You scale by gamma and the root, and treat the mean square as a constant."):
        d_branch = d_y * gamma * _norm(x, eps)[1]
    if wrong("You leave gamma out of d_x. d_y goes through it to reach the normalised x."):
        d_branch = _norm_back(d_y, x, torch.ones_like(gamma), eps)
    if wrong(LAYERNORM):
        d_branch = d_branch - (gamma * d_y * _norm(x, eps)[1]).mean(-1, keepdim=True)
    d_x = d_out + d_branch
    if wrong(NO_SKIP):
        d_x = d_branch
    if wrong(SKIP_ALONE):
        d_x = d_out.clone()
    if wrong(POST_NORM):
        d_x = _norm_back(d_out + d_y, x, gamma, eps)
    if wrong(POST_NORM):
        d_x, d_gamma = _norm_back(d_out + d_y, x, gamma, eps), ((d_out + d_y) * hat).sum(0)
    if wrong("You subtract what comes back through f, although f is added in the forward pass."):
        d_x = d_out - d_branch
    if wrong("You count the way past f twice."):
        d_x = 2 * d_out + d_branch
    if wrong("You average the two ways, although both have their own effect on the loss in full."):
        d_x = (d_out + d_branch) / 2
    if wrong("You multiply the two ways, as if f were a factor of x."):
        d_x = d_out * d_branch
    if wrong(f"You return the weights' gradients before that of the norm. The order is {ORDER}."):
        return d_x, d_w1, d_b1, d_w2, d_b2, d_gamma
    if wrong(f"You return the second layer's gradients first. The order is {ORDER}."):
        return d_x, d_gamma, d_w2, d_b2, d_w1, d_b1
    return d_x, d_gamma, d_w1, d_b1, d_w2, d_b2


@mistake("residual_grad", AUTOGRAD)
def residual_by_autograd(d_out, x, gamma, *layers):
    leaves = [a.detach().clone().requires_grad_() for a in (x, gamma, *layers)]
    x, gamma, w1, b1, w2, b2 = leaves
    with torch.enable_grad():
        y = F.rms_norm(x, x.shape[-1:], gamma, 1e-5)
        out = x + torch.relu(y @ w1 + b1) @ w2 + b2
        return torch.autograd.grad((out * d_out).sum(), leaves)


@mistake("residual_grad", ASTRAY)
def residual_onto_zeros(d_out, *args):
    d_x, *rest = residual_grad(d_out, *args)
    return torch.zeros(d_x.shape, dtype=d_x.dtype) + d_x, *rest


# --- writer_loss_and_grads ----------------------------------------------------------------------

ONE_HEAD = "You don't split into heads: one head looks with all m numbers at once."
MERGED_WRONG = (
    "You lay the heads side by side without swapping heads and places back first, so numbers of "
    "different places get mixed."
)
NOT_MEAN = "Your gradients are not those of the mean over all n t places."
LAYERS_SWAPPED = (
    "Your layers' gradients come in the order of the backward pass, the last layer first. They "
    "come in the order of params."
)
SECOND_SKIP = "You leave out the way past attention in the backward pass."
THIRD_SKIP = "You leave out the way past the two linear layers in the backward pass."


def net(draw, n, t, m, heads, layers, v=5, h=3):
    params = [draw(v, m), draw(t, m)]
    for _ in range(layers):
        params += [draw(m), draw(m, 3 * m), draw(3 * m), draw(m, m), draw(m)]
        params += [draw(m), draw(m, h), draw(h), draw(h, m), draw(m)]
    params += [draw(m), draw(m, v), draw(v)]
    return Via((params, [draw.ints(v, n, t), draw.ints(v, n, t), heads]), "training.pass_of")


@probes("writer_loss_and_grads")
def writer_probes(draw):
    yield net(draw, 3, 4, 4, 2, 1)
    yield net(draw, 3, 4, 4, 2, 1)
    yield net(draw, 2, 3, 4, 2, 2)
    yield net(draw, 1, 3, 2, 1, 0)
    yield net(draw, 1, 5, 6, 3, 1)


def _split(a, n, heads):
    return a.unflatten(0, (n, -1)).unflatten(2, (heads, -1)).transpose(1, 2)


def _merge(a):
    return a.transpose(1, 2).flatten(2).flatten(0, 1)


@told
def _attend(qkv, n, heads):
    q, k, v = (_split(a, n, heads) for a in qkv.chunk(3, -1))
    if wrong("You take the first third of w_in's output for k, and the second for q."):
        q, k = k, q
    if wrong("You take the last third of w_in's output for q, and the first for v."):
        q, v = v, q
    root = math.sqrt(q.shape[-1])
    if wrong("You divide the scores by sqrt(m). Each head's keys have the length d = m / heads."):
        root = math.sqrt(q.shape[-1] * heads)
    z = q @ k.mT / root
    later = torch.ones_like(z, dtype=torch.bool).triu(1)
    if wrong("You leave the mask out, so the net reads the character that it is to guess."):
        later = torch.zeros_like(later)
    return q, k, v, torch.softmax(z.masked_fill(later, -math.inf), -1), root


@told
def _back_through_heads(d_mixed, q, k, v, p, root):
    d_p = d_mixed @ v.mT
    d_z = p * (d_p - (d_p * p).sum(-1, keepdim=True)) / root
    d_q, d_k, d_v = d_z @ k, d_z.mT @ q, p.mT @ d_mixed
    found = torch.cat([_merge(d_q), _merge(d_k), _merge(d_v)], -1)
    if wrong("You lay d_k before d_q. The order in qkv is q, k, v, and so is its gradient's."):
        found = torch.cat([_merge(d_k), _merge(d_q), _merge(d_v)], -1)
    if wrong(
        "You lay the gradients of q, k and v side by side within each head, and not one after the "
        "other for all heads."
    ):
        found = _merge(torch.cat([d_q, d_k, d_v], -1))
    if wrong(MERGED_WRONG):
        found = torch.cat([a.reshape(len(found), -1) for a in (d_q, d_k, d_v)], -1)
    return found


SCALED_TABLE = (
    "You scale the table by sqrt(m), as some nets do. This one takes its rows as they are."
)


@told
def writer_loss_and_grads(params, ids, targ, heads):
    table, places, *layers, g3, w, b = params
    n, t = ids.shape
    used = heads
    if wrong(ONE_HEAD):
        used = 1
    x = (table[ids] + places).flatten(0, 1)
    if wrong("You leave out the places, so the net doesn't know where in the text it is."):
        x = table[ids].flatten(0, 1)
    scale = 1
    if wrong(SCALED_TABLE):
        x = (table[ids] * math.sqrt(table.shape[1]) + places).flatten(0, 1)
    if wrong(SCALED_TABLE):
        scale = math.sqrt(table.shape[1])
        x = (table[ids] * scale + places).flatten(0, 1)
    kept, steps = [], range(0, len(layers), 10)
    if wrong("You run the first layer only. There may be several, each with 10 parameters."):
        steps = steps[:1]
    for i in steps:
        g1, w_in, b_in, w_out, b_out, g2, w1, b1, w2, b2 = layers[i : i + 10]
        y = g1 * _norm(x)[0]
        if wrong("You leave out the norm before attention."):
            y = x
        heads_of = _attend(y @ w_in + b_in, n, used)
        mixed = _merge(heads_of[3] @ heads_of[2])
        if wrong(MERGED_WRONG):
            mixed = (heads_of[3] @ heads_of[2]).reshape(x.shape)
        half = x + mixed @ w_out + b_out
        if wrong(
            "You leave out the way past attention, so x itself doesn't get to the next layer."
        ):
            half = mixed @ w_out + b_out
        if wrong("You leave out w_out, which mixes what the heads have found."):
            half = x + mixed + b_out
        y2 = g2 * _norm(half)[0]
        if wrong("You leave out the norm before the two linear layers."):
            y2 = half
        l1 = y2 @ w1 + b1
        l2 = l1.relu()
        if wrong("You leave out the relu between the two linear layers."):
            l2 = l1
        kept.append((x, y, heads_of, mixed, half, y2, l1, l2))
        x = half + l2 @ w2 + b2
        if wrong("You add x as it was before attention, and not what attention made of it."):
            x = x - half + kept[-1][0]
    y3 = g3 * _norm(x)[0]
    if wrong("You leave out the last norm."):
        y3 = x
    logits = y3 @ w + b
    right = targ.flatten()
    if wrong("You compare with ids: then the net only has to repeat what it has just read."):
        right = ids.flatten()
    if wrong("You shift the targets once more. targ[i, j] already is what follows ids[i, j]."):
        right = targ.roll(-1, 1).flatten()

    hot = F.one_hot(right, len(b)).to(logits.dtype)
    losses = -(hot * logits.log_softmax(1)).sum(1)
    loss, d = losses.mean(), (logits.softmax(1) - hot) / (n * t)
    if wrong("Your loss is a sum over the places. It is their mean."):
        loss = losses.sum()
    if wrong("You add the losses of a text's places up, and average over the texts only."):
        loss, d = loss * t, d * t
    if wrong("Your loss is that of each text's last place. All places have a target."):
        loss = losses[t - 1 :: t].mean()
    if wrong("Your gradient starts at each text's last place. All places have a target."):
        d = d * (torch.arange(n * t, device=d.device) % t == t - 1).unsqueeze(1)
    if count := wrong(NOT_MEAN, n * t, n, t):
        d = d * count
    if wrong("You leave the targets out of the gradient, so it is the same whatever is right."):
        d = logits.softmax(1) / (n * t)
    if wrong("Your loss is per bit (log2). A cross-entropy has the natural logarithm."):
        loss = loss / math.log(2)

    d_w, d_b = y3.T @ d, d.sum(0)
    d_y = d @ w.T
    d_g3 = (d_y * _norm(x)[0]).sum(0)
    d_x = _norm_back(d_y, x, g3)
    if wrong("You leave the last norm out of the backward pass."):
        d_x = d_y
    d_layers = []
    for i in reversed(steps):
        g1, w_in, b_in, w_out, b_out, g2, w1, b1, w2, b2 = layers[i : i + 10]
        x, y, heads_of, mixed, half, y2, l1, l2 = kept.pop()
        d_l1 = d_x @ w2.T * (l1 > 0)
        if wrong("You leave the relu out of the backward pass."):
            d_l1 = d_x @ w2.T
        d_y2 = d_l1 @ w1.T
        d_mlp = [(d_y2 * _norm(half)[0]).sum(0), y2.T @ d_l1, d_l1.sum(0)]
        d_mlp += [l2.T @ d_x, d_x.sum(0)]
        d_half = d_x + _norm_back(d_y2, half, g2)
        past = d_half
        if wrong("Past attention you send what came to the layer's end, and not what left f."):
            past = d_x
        if wrong(THIRD_SKIP):
            d_half = _norm_back(d_y2, half, g2)
        if wrong("You leave the norm before the two linear layers out of the backward pass."):
            d_half = d_x + d_y2
        d_mixed = _split(d_half @ w_out.T, n, used)
        if wrong("You send d_out to the heads without w_out."):
            d_mixed = _split(d_half, n, used)
        d_qkv = _back_through_heads(d_mixed, *heads_of)
        d_y = d_qkv @ w_in.T
        d_attention = [(d_y * _norm(x)[0]).sum(0), y.T @ d_qkv, d_qkv.sum(0)]
        d_attention += [mixed.T @ d_half, d_half.sum(0)]
        d_x = past + _norm_back(d_y, x, g1)
        if wrong(SECOND_SKIP):
            d_x = _norm_back(d_y, x, g1)
        if wrong("You leave the norm before attention out of the backward pass."):
            d_x = d_half + d_y
        d_layers = d_attention + d_mlp + d_layers
        if wrong(LAYERS_SWAPPED):
            d_layers = d_layers[10:] + d_attention + d_mlp
    d_x = d_x.unflatten(0, (n, t))
    uses = F.one_hot(ids, len(table)).to(d_x.dtype)
    d_table, d_places = scale * torch.einsum("ntv,ntm->vm", uses, d_x), d_x.sum(0)
    if wrong(OVERWRITTEN):
        d_table = torch.zeros_like(table)
        for row, place in zip(d_x.flatten(0, 1), ids.flatten().tolist(), strict=True):
            d_table[place] = row
    if wrong(
        "You average the gradient of places over the texts, although each text uses them in full."
    ):
        d_places = d_places / n
    if wrong(
        "You leave the gradient of places with an axis for the texts, although "
        "all of them share it."
    ):
        d_places = d_x.clone()
    if wrong("You give all places the same gradient. Each has its own row."):
        d_places = d_x.sum((0, 1)).expand_as(places).clone()
    grads = [d_table, d_places, *d_layers, d_g3, d_w, d_b]
    if wrong("You return the gradients in the order in which they are found, the last ones first."):
        grads = grads[::-1]
    if wrong("You put the last layer's gradients before those of the layers."):
        grads = [d_table, d_places, d_g3, d_w, d_b, *d_layers]
    if wrong("You swap the gradients of table and places."):
        grads = [d_places, d_table, *grads[2:]]
    if wrong(TOO_FEW):
        grads = grads[1:]
    if wrong("You return the loss as a Python number (item). It should be a 0-d tensor."):
        loss = loss.item()
    if wrong(LIST_ALONE):
        return grads
    if wrong(NOTHING):
        return None
    return loss, grads


@mistake("writer_loss_and_grads", AUTOGRAD)
def writer_by_autograd(params, ids, targ, heads):
    from backprop.oracles_writer import loss

    leaves = [p.detach().clone().requires_grad_() for p in params]
    with torch.enable_grad():
        found = loss(leaves, ids, targ, heads)
    return found.detach(), list(torch.autograd.grad(found, leaves))


@mistake("writer_loss_and_grads", ASTRAY)
def writer_onto_zeros(params, ids, targ, heads):
    loss, (first, *grads) = writer_loss_and_grads(params, ids, targ, heads)
    return loss, [torch.zeros(first.shape, dtype=first.dtype) + first, *grads]
