"""Chapter 19, right, and at each step how it goes wrong."""

import math

import torch

from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Ungraphed, Via
from kata.diagnosis.told import mistake, probes, told, wrong

# --- attention_weights --------------------------------------------------------------------------

NO_SCALE = "You don't divide the scores by sqrt(d), so they grow with d."
BY_D = (
    "You divide the scores by d (or by its root, twice). A sum of d random terms has a standard "
    "deviation of sqrt(d), not d."
)
TIMES = "You multiply the scores by sqrt(d), where they are divided by it."
BY_KEYS = "You divide by the root of the number of keys. d is the length of one key."
BY_QUERIES = "You divide by the root of the number of queries. d is the length of one key."
BY_AXIS_ONE = (
    "You use axis 1 for d. d is the last axis of q: with batches and heads in front, axis 1 is "
    "another."
)
ROUNDED = "You round sqrt(d) to a whole number."
FIXED = "You divide by a fixed number, whatever the length of a key is."
LATE = "You divide by sqrt(d) after the softmax. It scales the scores, before it."
OVER_QUERIES = (
    "Your softmax runs over the queries. Each query spreads its attention over the keys, the last "
    "axis."
)
OVER_FIRST = "Your softmax runs over the first axis. The keys are on the last one."
OVER_AXIS_ONE = (
    "Your softmax runs over axis 1. The keys are on the last one: with batches and heads in front, "
    "axis 1 is another."
)
OVER_ALL = "Your weights add up to 1 over all queries together. Each query's own add up to 1."
OVERFLOWS = "Your exponentials overflow for large scores, and inf/inf is nan."
GLOBAL_MAX = "You subtract the largest score of all, and a row far below it becomes 0/0."
MAX_PAIR = "In torch, max over an axis returns values and indices, a pair that can't be subtracted."
LIMITED = "You limit the scores (clamp), so large ones become equal, and so do their weights."
LOG = "You return the logarithms of the weights (log_softmax)."
NO_SUM = "You leave out the division by the sum, so a row of weights doesn't add up to 1."
NO_KEEPDIM = "Your sum loses its axis (no keepdim), so it no longer lines up with the rows."
SIGMOID = "You squash each score on its own (sigmoid), so a row doesn't add up to 1."
HARD = "You look only at the best key (argmax). The softmax gives every key its share."
CAUSAL = "You hide later keys (a causal mask). Here every query sees every key."
NO_SOFTMAX = "You leave out the softmax: scores aren't weights."
ALL_AXES = "k.T reverses all axes, those of batches and heads in front as well."


@probes("attention_weights")
def weights_probes(draw):
    for _ in range(2):  # the same shapes, which no test has: what is kept shows
        yield draw(7, 3), draw(4, 3)
    yield draw(3, 3), draw(3, 3)
    yield of_all_sizes(draw), draw(5, 2)
    yield draw(1, 4), draw(1, 4)
    yield draw(2, 3, 2), draw(2, 4, 2)
    yield draw(3, 5), draw(4, 5)
    yield draw(3, 2) * 100, draw(3, 2)
    yield Via((draw(5, 4), draw(5, 3), draw(4, 3)), "gradients.in_first")
    yield draw(3, 2, 4), draw(3, 5, 4)


def of_all_sizes(draw):
    """Queries whose scores overflow, but those of the first."""
    q = draw(3, 2) * 1e4
    q[0] *= 1e-4
    return q


@told
def attention_weights(q, k):
    d, axis, z = q.shape[-1], -1, q @ k.mT
    if wrong(ALL_AXES):
        z = q @ k.permute(*range(k.dim())[::-1])
    root = math.sqrt(d)
    if wrong(NO_SCALE):
        root = 1
    if wrong(BY_D):
        root = d
    if wrong(TIMES):
        root = 1 / math.sqrt(d)
    if wrong(BY_KEYS):
        root = math.sqrt(k.shape[-2])
    if wrong(BY_QUERIES):
        root = math.sqrt(q.shape[-2])
    if wrong(BY_AXIS_ONE):
        root = math.sqrt(q.shape[1])
    if whole := wrong(ROUNDED, math.isqrt(d), round(math.sqrt(d))):
        root = whole
    if wrong(FIXED):
        root = 8
    z = z / root
    if limits := wrong(LIMITED, (-20, 20), (-50, 50), (-80, 80), (-math.inf, 50), (-math.inf, 80)):
        z = z.clamp(*limits)
    if wrong(CAUSAL):
        z = z.masked_fill(torch.ones_like(z).triu(1) > 0, -math.inf)

    if wrong(OVER_QUERIES):
        axis = -2
    if wrong(OVER_FIRST):
        axis = 0
    if wrong(OVER_AXIS_ONE):
        axis = 1
    if axes := wrong(OVER_ALL, tuple(range(z.dim())), (-2, -1)):
        axis = axes
    largest = z.amax(axis, keepdim=True)
    if wrong(OVERFLOWS):
        largest = 0
    if wrong(GLOBAL_MAX):
        largest = z.max()
    if wrong(MAX_PAIR):
        largest = z.max(-1, keepdim=True)
    e = torch.exp(z - largest)
    total = e.sum(axis, keepdim=True)
    if wrong(
        "You add 1 to the sum of the exponentials, so a row of weights adds up to less than 1."
    ):
        total = total + torch.exp(-largest)
    if wrong(NO_KEEPDIM):
        total = e.sum(-1)
    p = e / total
    if wrong(NO_SUM):
        p = e
    if wrong(NO_SOFTMAX):
        p = z
    if wrong(LOG):
        p = torch.log_softmax(z, -1)
    if wrong(SIGMOID):
        p = torch.sigmoid(z)
    if wrong(HARD):
        p = torch.zeros_like(z).scatter(-1, z.argmax(-1, keepdim=True), 1) + 0 * z
    if wrong(LATE):
        p = torch.softmax(q @ k.mT, -1) / root
    return p


@mistake("attention_weights", ASTRAY)
def weights_onto_zeros(q, k):
    found = attention_weights(q, k)
    return torch.zeros(found.shape, dtype=q.dtype) + found


# --- attention ----------------------------------------------------------------------------------

BY_E = "You divide by the root of e, the length of a value. d is the length of one key."


@probes("attention")
def attention_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(4, 3), draw(4, 2)
    yield draw(3, 3), draw(3, 3), draw(3, 3)
    yield of_all_sizes(draw), draw(5, 2), draw(5, 3)
    yield draw(1, 4), draw(1, 4), draw(1, 2)
    yield draw(2, 3, 2), draw(2, 4, 2), draw(2, 4, 3)
    yield draw(3, 5), draw(4, 5), draw(4, 2)
    yield Via((draw(5, 2), draw(5, 3), draw(4, 3), draw(4, 2)), "gradients.in_first")
    yield draw(3, 2, 4), draw(3, 5, 4), draw(3, 5, 2)


@told
def attention(q, k, v):
    p, values = attention_weights(q, k), v
    if wrong(BY_E):
        p = torch.softmax(q @ k.mT / math.sqrt(v.shape[-1]), -1)
    if wrong("You transpose the weights before you multiply them with the values."):
        p = p.mT
    if k.shape[-2] == 1 and wrong(
        "Where there is a single key you leave out the softmax. Its weight is 1."
    ):
        p = q @ k.mT / math.sqrt(q.shape[-1])
    if wrong("You use the keys as the values."):
        values = k + 0 * v.sum()
    out = p @ values
    if wrong("You return the weights, and not the mean of the values that they weigh."):
        out = p
    if wrong("You take the plain mean of the values, without the weights."):
        out = v.mean(-2, keepdim=True).expand(*q.shape[:-1], -1) + 0 * p.sum()
    return out


@mistake("attention", ASTRAY)
def attention_onto_zeros(q, k, v):
    out = attention(q, k, v)
    return torch.zeros(out.shape, dtype=q.dtype) + out


# --- softmax_grad -------------------------------------------------------------------------------

DIAGONAL = (
    "You take only the Jacobian's diagonal. Each z also moves all other outputs of its row, "
    "through the sum that divides them."
)
NO_FACTOR = "You leave out the factor in front: an output near 0 hardly moves."
NOT_CENTRED = "You leave out what goes through the sum that divides the row."
PLAIN_SUM = (
    "You subtract the plain sum of d_out, but large outputs of a row move more than small ones."
)
PLAIN_MEAN = (
    "You subtract the plain mean of d_out, but large outputs of a row move more than small ones."
)
OTHERS = "You leave j itself out of the sum. It runs over the whole row."
PLUS = "Your term through the sum has the wrong sign: z[j] lowers the other outputs."
WRONG_AXIS = "You sum over the wrong axis. The softmax runs over the last one, and so does its sum."
SUM_ALL = "You sum over all rows together. Each row has a sum of its own."
MEAN = "You take a mean for what goes through the sum, but the weights in it already add up to 1."
AGAIN = "You take the softmax of out, which is the softmax already."
IGNORED = "You leave out d_out, so your result is about the outputs, and not about the loss."
OUTSIDE = (
    "You subtract the sum after the product with out, so it is as large for an output near 0, "
    "which hardly moves."
)
LOG_GRAD = "That is the gradient of log_softmax, and not of the softmax itself."
ENTROPY = "That is the gradient of a cross-entropy after a softmax, the outputs minus the targets."
JACOBIAN = (
    "You return the Jacobian, the derivative of each output with respect to each z. The "
    "gradient has the shape of z."
)
ONE_ROW = (
    "torch.diag and torch.outer take one row at a time. Here each row of out has a Jacobian of its "
    "own, and there are several rows (and more axes)."
)


@probes("softmax_grad")
def softmax_grad_probes(draw):
    shapes = (7, 3), (7, 3), (3, 3), (2, 3, 4), (5,), (1, 4), (3, 2, 5)
    return (Ungraphed((draw(*shape), torch.softmax(draw(*shape), -1))) for shape in shapes)


@told
def softmax_grad(d_out, out):
    p = out
    if wrong(AGAIN):
        p = torch.softmax(out, -1)
    total = (d_out * p).sum(-1, keepdim=True)
    if axis := wrong(WRONG_AXIS, 0, min(1, out.dim() - 1)):
        total = (d_out * p).sum(axis, keepdim=True)
    if wrong(WRONG_AXIS):
        total = (d_out * p).sum(max(-2, -out.dim()), keepdim=True)
    if wrong(SUM_ALL):
        total = (d_out * p).sum()
    if wrong(MEAN):
        total = (d_out * p).mean(-1, keepdim=True)
    if wrong(PLAIN_SUM):
        total = d_out.sum(-1, keepdim=True)
    if wrong(PLAIN_MEAN):
        total = d_out.mean(-1, keepdim=True)
    if wrong("You multiply the plain sum of d_out by out. The sum is of d_out times out."):
        total = p * d_out.sum(-1, keepdim=True)
    if wrong(OTHERS):
        total = total - d_out * p
    if wrong(NO_KEEPDIM):
        total = (d_out * p).sum(-1)
    moved = d_out - total
    if wrong(NOT_CENTRED):
        moved = d_out
    if wrong(PLUS):
        moved = d_out + total
    if wrong(DIAGONAL):
        moved = d_out * (1 - p)
    if wrong(IGNORED):
        moved = 1 - p
    d_z = p * moved
    if wrong(NO_FACTOR):
        d_z = moved
    if wrong(OUTSIDE):
        d_z = p * d_out - total
    if wrong(LOG_GRAD):
        d_z = d_out - p * d_out.sum(-1, keepdim=True)
    if wrong(ENTROPY):
        d_z = p - d_out
    if wrong(JACOBIAN):
        d_z = torch.diag_embed(p) - p.unsqueeze(-1) * p.unsqueeze(-2)
    if wrong(JACOBIAN):
        d_z = torch.diagflat(p) - p.reshape(-1, 1) @ p.reshape(1, -1)
    if wrong(ONE_ROW):
        d_z = d_out @ (torch.diag(p) - torch.outer(p, p))
    if wrong(DEFAULT_DTYPE):
        d_z = d_z.float()
    return d_z


@mistake("softmax_grad", ASTRAY)
def softmax_grad_onto_zeros(d_out, out):
    return torch.zeros(out.shape, dtype=out.dtype) + softmax_grad(d_out, out)


@mistake("softmax_grad", AUTOGRAD)
def softmax_grad_autograd(d_out, out):
    z = out.log().detach().requires_grad_()
    return torch.autograd.grad((torch.softmax(z, -1) * d_out).sum(), z)[0]


# --- attention_grad -----------------------------------------------------------------------------

BACK_NO_ROOT = (
    "You leave the scale out of d_q and d_k, although both go through it in the forward pass."
)
BACK_ROOT_TWICE = "You divide d_q and d_k by sqrt(d) twice. The scores are divided by it once."
BACK_ROOT_UP = (
    "You multiply d_q and d_k by sqrt(d), but the scale makes the scores move less with q and "
    "k, not more."
)
BACK_ROOT_IN_ONE = "You leave the scale out of d_q or of d_k, although both go through the scores."
BACK_BY_E = "You divide d_q and d_k by the root of e, the length of a value. The scores have d."
BACK_BY_KEYS = "You divide d_q and d_k by the root of the number of keys. The scores have d."
BACK_NO_SOFTMAX = "You leave out the softmax on the way from d_p to d_z, as if p were the scores."
D_K_AS_IT_IS = (
    "Your d_k has its rows by query, where a row belongs to a key. Where there are as many "
    "queries as keys its shape doesn't tell."
)
D_V_AS_IT_IS = (
    "Your d_v has its rows by query, where a row belongs to a key. Where there are as many "
    "queries as keys its shape doesn't tell."
)


@probes("attention_grad")
def attention_grad_probes(draw):
    for _ in range(2):
        yield draw(7, 2), draw(7, 3), draw(4, 3), draw(4, 2)
    yield draw(3, 3), draw(3, 3), draw(3, 3), draw(3, 3)
    yield draw(1, 2), draw(1, 4), draw(1, 4), draw(1, 2)
    yield draw(2, 3, 2), draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 2)
    yield draw(3, 2), draw(3, 2) * 1e4, draw(4, 2), draw(4, 2)
    yield draw(3, 2), of_all_sizes(draw), draw(4, 2), draw(4, 2)
    yield draw(3, 2), draw(3, 2) * 100, draw(3, 2), draw(3, 2)
    yield draw(3, 2), draw(3, 1), draw(4, 1), draw(4, 2)
    yield draw(3, 2), draw(3, 5), draw(4, 5), draw(4, 2)
    yield draw(3, 4, 2), draw(3, 4, 5), draw(3, 2, 5), draw(3, 2, 2)


@told
def attention_grad(d_out, q, k, v):
    if wrong("You leave out d_out, so nothing of the loss is in your gradients."):
        d_out = torch.ones_like(d_out)
    p, root = attention_weights(q, k), math.sqrt(q.shape[-1])
    d_p = d_out @ v.mT
    d_z = softmax_grad(d_p, p)
    if wrong(BACK_NO_SOFTMAX):
        d_z = d_p
    if wrong(BACK_NO_ROOT):
        root = 1
    if wrong("You leave the scale out altogether: in the weights, and in d_q and d_k."):
        p, root = torch.softmax(q @ k.mT, -1), 1
        d_z = softmax_grad(d_p, p)
    if wrong(BACK_ROOT_TWICE):
        root = q.shape[-1]
    if wrong(BACK_ROOT_UP):
        root = 1 / math.sqrt(q.shape[-1])
    if wrong(BACK_BY_E):
        root = math.sqrt(v.shape[-1])
    if wrong(BACK_BY_KEYS):
        root = math.sqrt(k.shape[-2])
    d_z = d_z / root

    d_q, d_k, d_v = d_z @ k, d_z.mT @ q, p.mT @ d_out
    if wrong(D_K_AS_IT_IS):
        d_k = d_z @ q
    if q.shape == k.shape and wrong(D_K_AS_IT_IS):
        d_k = d_z @ q
    if wrong(D_V_AS_IT_IS):
        d_v = p @ d_out
    if q.shape == k.shape and wrong(D_V_AS_IT_IS):
        d_v = p @ d_out
    if wrong(BACK_ROOT_IN_ONE):
        d_q = d_q * root
    if wrong(BACK_ROOT_IN_ONE):
        d_k = d_k * root
    if wrong(
        "You take other weights for d_v, whose softmax runs over the queries. v met the weights of "
        "the forward pass, whose softmax runs over the keys: their transpose leads back to it."
    ):
        d_v = attention_weights(k, q) @ d_out
    if wrong("Your d_v comes from the scores before the softmax, which v never meets."):
        d_v = (q @ k.mT / root).mT @ d_out
    if count := wrong(
        "You take a mean over the queries for d_v, although each of them uses v in full.",
        len(q),
        q.shape[-2],
    ):
        d_v = d_v / count
    if wrong(
        "You add d_k and d_v up over the leading axes. Each batch and head has its own keys and "
        "values, and so its own gradients."
    ):
        d_k, d_v = d_k.sum_to_size(k.shape[-2:]), d_v.sum_to_size(v.shape[-2:])
    if wrong("You swap d_q and d_k. The order is d_q, d_k, d_v."):
        return d_k, d_q, d_v
    if wrong("You return the gradients in another order than d_q, d_k, d_v."):
        return d_v, d_k, d_q
    return d_q, d_k, d_v


@mistake("attention_grad", AUTOGRAD)
def back_autograd(d_out, q, k, v):
    leaves = [t.detach().requires_grad_() for t in (q, k, v)]
    return torch.autograd.grad((attention(*leaves) * d_out).sum(), leaves)


@mistake("attention_grad", ASTRAY)
def back_onto_zeros(d_out, q, k, v):
    d_q, d_k, d_v = attention_grad(d_out, q, k, v)
    return torch.zeros(q.shape, dtype=q.dtype) + d_q, d_k, d_v
