"""Known wrong answers of chapter 19, each with the sentence a kind teacher would say.

Longer than other files: what goes wrong in the weights goes wrong in the attention, and back.
"""

import math

import torch

from kata.checks.forward import ASTRAY, CUT, KEPT
from kata.checks.gradients import AUTOGRAD, STALE
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

NO_SCALE = "You do not divide the scores by sqrt(d). Without it, they grow with d."
BY_D = (
    "You divide the scores by d (or by its root, twice). Divide by the root once: that is how "
    "large a sum of d terms gets."
)
TIMES = "You multiply the scores by sqrt(d). Divide by it."
BY_KEYS = "You divide by the root of the number of keys. d is the length of one key: q.shape[-1]."
BY_QUERIES = (
    "You divide by the root of the number of queries. d is the length of one key: q.shape[-1]."
)
BY_E = "You divide by the root of e, the values' length. d is that of one key: q.shape[-1]."
BY_AXIS_ONE = (
    "You take axis 1 for d. It is the last one, q.shape[-1]: with batches and heads in front, axis "
    "1 is another."
)
ROUNDED = "You round sqrt(d) to a whole number. Take it as it is, math.sqrt(d)."
FIXED = "You divide by a fixed number. The root is that of d, the last axis of q."
OVER_QUERIES = (
    "Your softmax runs over the queries. Each query spreads its attention over the keys: the last "
    "axis."
)
OVER_FIRST = "Your softmax runs over the first axis. It is the last one, of the keys: -1."
OVER_AXIS_ONE = (
    "Your softmax runs over axis 1. The keys are on the last one, -1: with batches and heads in "
    "front, axis 1 is another."
)
OVER_ALL = "Your weights add up to 1 over all queries. Each query's own weights add up to 1."
OVERFLOWS = (
    "Your exponentials overflow for large scores. Subtract the row's largest score first: the "
    "weights stay the same, and no exponent is above 0."
)
GLOBAL_MAX = (
    "You subtract the largest score of all. A row far below it becomes 0/0: take each row's own "
    "largest, amax(-1, keepdim=True)."
)
LIMITED = (
    "You limit the scores (clamp), so large ones become equal. Subtract the row's largest score "
    "instead: no exponent is above 0, and the weights stay the same."
)
LOG = "You return the logarithms of the weights. Take the softmax itself."
NO_SUM = "You leave out the division by the sum: a row of weights adds up to 1."
SIGMOID = "You squash each score on its own (sigmoid). A softmax makes a row add up to 1."
HARD = "You look at the best key alone. The softmax gives every key its share."
LATE = "You divide by sqrt(d) after the softmax. Divide the scores, before it."
CAUSAL = "You hide later keys (a causal mask). Here every query sees every key."
NO_SOFTMAX = "You leave out the softmax: the weights are exp(z) over the row's sum."
TRANSPOSED = "Your weights are transposed: a row for each query, a column for each key."


def weights(q, k, scale=None, dim=-1):
    """A right answer, for the mistakes to start from."""
    scale = math.sqrt(q.shape[-1]) if scale is None else scale
    return torch.softmax(q @ k.mT / scale, dim)


def raw(q, k):
    return q @ k.mT / math.sqrt(q.shape[-1])


def without_max(q, k):
    e = torch.exp(raw(q, k))
    return e / e.sum(-1, keepdim=True)


def with_global_max(q, k):
    e = torch.exp(raw(q, k) - raw(q, k).max())
    return e / e.sum(-1, keepdim=True)


def without_sum(q, k):
    z = raw(q, k)
    return torch.exp(z - z.amax(-1, keepdim=True))


def over_all(q, k):
    z = raw(q, k)
    return torch.softmax(z.flatten(), 0).view_as(z)


def over_matrix(q, k):
    z = raw(q, k)
    return torch.softmax(z.flatten(-2), -1).view_as(z)


def limited(q, k, low, high):
    e = torch.exp(raw(q, k).clamp(low, high))
    return e / e.sum(-1, keepdim=True)


def hard(q, k):
    z = raw(q, k)
    return torch.zeros_like(z).scatter(-1, z.argmax(-1, keepdim=True), 1) + 0 * z


def causal(q, k):
    z = raw(q, k)
    return torch.softmax(z.masked_fill(torch.ones_like(z).triu(1) > 0, -math.inf), -1)


WRONG_WEIGHTS = {
    "no_scale": (NO_SCALE, lambda q, k: weights(q, k, 1)),
    "by_d": (BY_D, lambda q, k: weights(q, k, q.shape[-1])),
    "times_root": (TIMES, lambda q, k: weights(q, k, q.shape[-1] ** -0.5)),
    "by_keys": (BY_KEYS, lambda q, k: weights(q, k, math.sqrt(k.shape[-2]))),
    "by_queries": (BY_QUERIES, lambda q, k: weights(q, k, math.sqrt(q.shape[-2]))),
    "by_axis_one": (BY_AXIS_ONE, lambda q, k: weights(q, k, math.sqrt(q.shape[1]))),
    "root_cut_off": (ROUNDED, lambda q, k: weights(q, k, math.isqrt(q.shape[-1]))),
    "root_rounded": (ROUNDED, lambda q, k: weights(q, k, round(math.sqrt(q.shape[-1])))),
    "by_eight": (FIXED, lambda q, k: weights(q, k, 8)),
    "over_queries": (OVER_QUERIES, lambda q, k: weights(q, k, dim=-2)),
    "over_first": (OVER_FIRST, lambda q, k: weights(q, k, dim=0)),
    "over_axis_one": (OVER_AXIS_ONE, lambda q, k: weights(q, k, dim=1)),
    "over_all": (OVER_ALL, over_all),
    "over_matrix": (OVER_ALL, over_matrix),
    "overflowing": (OVERFLOWS, without_max),
    "global_max": (GLOBAL_MAX, with_global_max),
    "limited_to_20": (LIMITED, lambda q, k: limited(q, k, -20, 20)),
    "limited_to_50": (LIMITED, lambda q, k: limited(q, k, -50, 50)),
    "limited_to_80": (LIMITED, lambda q, k: limited(q, k, -80, 80)),
    "at_most_50": (LIMITED, lambda q, k: limited(q, k, -math.inf, 50)),
    "at_most_80": (LIMITED, lambda q, k: limited(q, k, -math.inf, 80)),
    "log": (LOG, lambda q, k: torch.log_softmax(raw(q, k), -1)),
    "no_sum": (NO_SUM, without_sum),
    "sigmoid": (SIGMOID, lambda q, k: torch.sigmoid(raw(q, k))),
    "hard": (HARD, hard),
    "late_root": (LATE, lambda q, k: weights(q, k, 1) / math.sqrt(q.shape[-1])),
    "causal": (CAUSAL, causal),
    "no_softmax": (NO_SOFTMAX, raw),
}


def keep(exercise, name, sentence, answer):
    answer.__name__ = f"{exercise}_{name}"
    globals()[answer.__name__] = mistake(exercise, sentence)(answer)


for _name, (_sentence, _wrong) in WRONG_WEIGHTS.items():
    keep("attention_weights", _name, _sentence, lambda q, k, wrong=_wrong: wrong(q, k))
    keep("attention", _name, _sentence, lambda q, k, v, wrong=_wrong: wrong(q, k) @ v)


# --- attention_weights --------------------------------------------------------------------------


@probes("attention_weights")
def weights_probes(draw):
    for _ in range(2):  # the same shapes, which no test has: what is kept shows
        yield draw(7, 3), draw(4, 3)
    yield draw(3, 3), draw(3, 3)
    large = draw(3, 2) * 1e4
    large[0] *= 1e-4
    yield large, draw(5, 2)
    yield draw(1, 4), draw(1, 4)
    yield draw(2, 3, 2), draw(2, 4, 2)
    yield draw(3, 5), draw(4, 5)
    yield draw(3, 2) * 100, draw(3, 2)
    yield Via((draw(5, 4), draw(5, 3), draw(4, 3)), "gradients.in_first")


@mistake(
    "attention_weights",
    "k.T turns all axes round. With batches and heads in front, swap the last two alone: k.mT.",
)
def weights_all_axes_turned(q, k):
    return torch.softmax(q @ k.permute(*range(k.dim())[::-1]) / math.sqrt(q.shape[-1]), -1)


@mistake("attention_weights", TRANSPOSED)
def weights_transposed(q, k):
    return weights(q, k).mT


@mistake("attention_weights", CUT)
def weights_cut(q, k):
    return weights(q.detach(), k.detach())


@mistake("attention_weights", ASTRAY)
def weights_onto_zeros(q, k):
    found = weights(q, k)
    return torch.zeros(found.shape, dtype=q.dtype) + found


@mistake("attention_weights", KEPT)
class WeightsKept:
    """Caches the keys (a KV cache that nobody empties)."""

    def __init__(self):
        self.kept = {}

    def __call__(self, q, k):
        key = (q.shape, k.shape, q.dtype)
        return weights(q, self.kept.setdefault(key, k.detach().clone()) + 0 * k)


# --- attention ----------------------------------------------------------------------------------


@probes("attention")
def attention_probes(draw):
    for _ in range(2):
        yield draw(7, 3), draw(4, 3), draw(4, 2)
    yield draw(3, 3), draw(3, 3), draw(3, 3)
    large = draw(3, 2) * 1e4
    large[0] *= 1e-4
    yield large, draw(5, 2), draw(5, 3)
    yield draw(1, 4), draw(1, 4), draw(1, 2)
    yield draw(2, 3, 2), draw(2, 4, 2), draw(2, 4, 3)
    yield draw(3, 5), draw(4, 5), draw(4, 2)
    yield Via((draw(5, 2), draw(5, 3), draw(4, 3), draw(4, 2)), "gradients.in_first")


@mistake("attention", "You return the weights. The result is their mean of the values, p v.")
def attention_of_nothing(q, k, v):
    return weights(q, k)


@mistake("attention", "You return the weights as well. Return out = p v alone.")
def attention_and_weights(q, k, v):
    return weights(q, k) @ v, weights(q, k)


@mistake("attention", "You take the plain mean of the values. Weight each by its key's share.")
def attention_plain_mean(q, k, v):
    return v.mean(-2, keepdim=True).expand(*q.shape[:-1], v.shape[-1]) + 0 * (q @ k.mT).sum()


@mistake("attention", BY_E)
def attention_by_e(q, k, v):
    return weights(q, k, math.sqrt(v.shape[-1])) @ v


@mistake("attention", "You use the keys as the values. out = p v.")
def attention_of_keys(q, k, v):
    return weights(q, k) @ k + 0 * v.sum()


@mistake("attention", CUT)
def attention_cut(q, k, v):
    return weights(q.detach(), k.detach()) @ v.detach()


@mistake("attention", ASTRAY)
def attention_onto_zeros(q, k, v):
    out = weights(q, k) @ v
    return torch.zeros(out.shape, dtype=q.dtype) + out


@mistake("attention", KEPT)
class AttentionKept:
    """Caches the values (a KV cache that nobody empties)."""

    def __init__(self):
        self.kept = {}

    def __call__(self, q, k, v):
        key = (q.shape, v.shape, q.dtype)
        return weights(q, k) @ (self.kept.setdefault(key, v.detach().clone()) + 0 * v)


# --- softmax_grad -------------------------------------------------------------------------------

DIAGONAL = (
    "You take the diagonal alone, out (1 - out). Each z also moves all other outputs of its row, "
    "through the sum: take off sum(d_out out)."
)
NO_FACTOR = "You leave out the factor out[j] in front."
NOT_CENTRED = "You leave out what goes through the sum: take sum(d_out out) off d_out first."
PLAIN_SUM = "You take off sum(d_out). Each of its terms is weighted by its out: sum(d_out out)."
PLAIN_MEAN = (
    "You take off the mean of d_out. Each of its terms is weighted by its out: sum(d_out out)."
)
OTHERS = "You leave j itself out of the sum. It runs over the whole row: sum(d_out out)."
SIGN = "The sign of the sum is turned: out (d_out - sum(d_out out))."
TURNED = "Your gradient has the wrong sign: out (d_out - sum(d_out out))."
WRONG_AXIS = "You sum over the wrong axis. The softmax runs over the last one, so its sum does."
SUM_ALL = "You sum over all rows at once. Each row has a sum of its own: keep its axis."
MEAN = "You take off the mean of d_out out. It is their sum: the weights already add up to 1."
AGAIN = "You take the softmax of out. out is the softmax already; use it as it is."
IGNORED = "You leave d_out out: it multiplies every derivative."
LOG_GRAD = "That is the gradient of log_softmax. The softmax's has out as a factor of all of it."


@probes("softmax_grad")
def softmax_grad_probes(draw):
    for _ in range(2):
        yield draw(7, 3), torch.softmax(draw(7, 3), -1)
    yield draw(3, 3), torch.softmax(draw(3, 3), -1)
    yield draw(2, 3, 4), torch.softmax(draw(2, 3, 4), -1)
    yield draw(5), torch.softmax(draw(5), -1)
    yield draw(1, 4), torch.softmax(draw(1, 4), -1)


def dot(d_out, out):
    return (d_out * out).sum(-1, keepdim=True)


WRONG_SOFTMAX_GRAD = {
    "diagonal": (DIAGONAL, lambda d, p: d * p * (1 - p)),
    "no_factor": (NO_FACTOR, lambda d, p: d - dot(d, p)),
    "not_centred": (NOT_CENTRED, lambda d, p: p * d),
    "plain_sum": (PLAIN_SUM, lambda d, p: p * (d - d.sum(-1, keepdim=True))),
    "plain_mean": (PLAIN_MEAN, lambda d, p: p * (d - d.mean(-1, keepdim=True))),
    "others": (OTHERS, lambda d, p: p * (d - (dot(d, p) - d * p))),
    "plus": (SIGN, lambda d, p: p * (d + dot(d, p))),
    "turned": (TURNED, lambda d, p: p * (dot(d, p) - d)),
    "first_axis": (WRONG_AXIS, lambda d, p: p * (d - (d * p).sum(0, keepdim=True))),
    "axis_one": (
        WRONG_AXIS,
        lambda d, p: p * (d - (d * p).sum(min(1, p.dim() - 1), keepdim=True)),
    ),
    "sum_of_all": (SUM_ALL, lambda d, p: p * (d - (d * p).sum())),
    "mean": (MEAN, lambda d, p: p * (d - (d * p).mean(-1, keepdim=True))),
    "again": (AGAIN, lambda d, p: softmax_back(d, torch.softmax(p, -1))),
    "ignored": (IGNORED, lambda d, p: p * (1 - p)),
    "log_grad": (LOG_GRAD, lambda d, p: d - p * d.sum(-1, keepdim=True)),
    "outside": (
        "You take the sum off after the product with out. out multiplies it, too.",
        lambda d, p: p * d - dot(d, p),
    ),
    "no_keepdim": (
        "Your sum loses its axis, so it no longer lines up with the rows: keepdim=True.",
        lambda d, p: p * (d - (d * p).sum(-1)),
    ),
    "astray": (
        ASTRAY,
        lambda d, p: torch.zeros(p.shape, dtype=p.dtype) + softmax_back(d, p),
    ),
}


def softmax_back(d_out, out):
    return out * (d_out - dot(d_out, out))


for _name, (_sentence, _wrong) in WRONG_SOFTMAX_GRAD.items():
    keep("softmax_grad", _name, _sentence, lambda d_out, out, wrong=_wrong: wrong(d_out, out))


@mistake("softmax_grad", AUTOGRAD)
def softmax_grad_autograd(d_out, out):
    z = out.log().detach().requires_grad_()
    return torch.autograd.grad((torch.softmax(z, -1) * d_out).sum(), z)[0]


@mistake("softmax_grad", STALE)
class SoftmaxGradKept:
    """Keeps the outputs of an earlier call."""

    def __init__(self):
        self.kept = {}

    def __call__(self, d_out, out):
        return softmax_back(d_out, self.kept.setdefault((out.shape, out.dtype), out.clone()))


# --- attention_grad -----------------------------------------------------------------------------


@probes("attention_grad")
def attention_grad_probes(draw):
    for _ in range(2):
        yield draw(7, 2), draw(7, 3), draw(4, 3), draw(4, 2)
    yield draw(3, 3), draw(3, 3), draw(3, 3), draw(3, 3)
    yield draw(1, 2), draw(1, 4), draw(1, 4), draw(1, 2)
    yield draw(2, 3, 2), draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 2)
    yield draw(3, 2), draw(3, 2) * 1e4, draw(4, 2), draw(4, 2)
    yield draw(3, 2), draw(3, 1), draw(4, 1), draw(4, 2)


def back(d_out, q, k, v, scores=weights, through=softmax_back, scale=None):
    """A right answer, but for the parts that are passed in."""
    p = scores(q, k)
    scale = math.sqrt(q.shape[-1]) if scale is None else scale
    d_z = through(d_out @ v.mT, p) / scale
    return d_z @ k, d_z.mT @ q, p.mT @ d_out


BACK_NO_ROOT = "You leave the 1/sqrt(d) out of d_q and d_k. The scores have it, so their way back."
BACK_ROOT_TWICE = "You divide by sqrt(d) twice. It stands once between d_z and d_q, or d_k."
BACK_ROOT_IN_ONE = (
    "You leave the 1/sqrt(d) out of d_q or of d_k. Both go through the scores, so both have it."
)
BACK_BY_E = (
    "You divide by the root of e, the values' length. The scores have 1/sqrt(d): q.shape[-1]."
)
BACK_BY_KEYS = (
    "You divide by the root of the number of keys. The scores have 1/sqrt(d): q.shape[-1]."
)
BACK_OVER_QUERIES = (
    "Back through the softmax you sum over the queries. The softmax runs over the keys, so its sum "
    "does, too."
)
BACK_NO_SOFTMAX = "You leave out the softmax on the way back: d_z = p (d_p - sum(d_p p))."
BACK_NO_CENTRE = "You go back through the softmax with p d_p alone. Take sum(d_p p) off d_p first."
BACK_SWAPPED = "You have d_q and d_k the wrong way round."
BACK_ORDER = "You return them in another order. Asked for: d_q, d_k, d_v."
BACK_D_V = "Your d_v comes from the scores before the softmax. It is p^T d_out."
BACK_D_V_MEAN = "You take a mean over the queries for d_v. It is their sum, p^T d_out."
BACK_WEIGHTS_SCALE = "Your forward pass, within, lacks the 1/sqrt(d): p is not what it was."
BACK_D_OUT = "You leave out d_out: nothing of the loss is in your gradients."

keep(
    "attention_grad", "no_root", BACK_NO_ROOT, lambda d_out, q, k, v: back(d_out, q, k, v, scale=1)
)
keep(
    "attention_grad",
    "root_twice",
    BACK_ROOT_TWICE,
    lambda d_out, q, k, v: back(d_out, q, k, v, scale=q.shape[-1]),
)
keep(
    "attention_grad",
    "by_e",
    BACK_BY_E,
    lambda d_out, q, k, v: back(d_out, q, k, v, scale=math.sqrt(v.shape[-1])),
)
keep(
    "attention_grad",
    "by_keys",
    BACK_BY_KEYS,
    lambda d_out, q, k, v: back(d_out, q, k, v, scale=math.sqrt(k.shape[-2])),
)
keep(
    "attention_grad",
    "sum_over_queries",
    BACK_OVER_QUERIES,
    lambda d_out, q, k, v: back(
        d_out, q, k, v, through=lambda d, p: p * (d - (d * p).sum(-2, keepdim=True))
    ),
)
keep(
    "attention_grad",
    "no_softmax",
    BACK_NO_SOFTMAX,
    lambda d_out, q, k, v: back(d_out, q, k, v, through=lambda d, p: d),
)
for _name, _sentence in (
    ("diagonal", DIAGONAL),
    ("no_factor", NO_FACTOR),
    ("not_centred", BACK_NO_CENTRE),
    ("plain_sum", PLAIN_SUM),
    ("plain_mean", PLAIN_MEAN),
    ("others", OTHERS),
    ("plus", SIGN),
    ("mean", MEAN),
    ("sum_of_all", SUM_ALL),
):
    keep(
        "attention_grad",
        _name,
        _sentence,
        lambda d_out, q, k, v, through=WRONG_SOFTMAX_GRAD[_name][1]: back(
            d_out, q, k, v, through=through
        ),
    )
for _name, _sentence in (
    ("no_scale", BACK_WEIGHTS_SCALE),
    ("over_queries", OVER_QUERIES),
    ("overflowing", OVERFLOWS),
):
    keep(
        "attention_grad",
        f"weights_{_name}",
        _sentence,
        lambda d_out, q, k, v, scores=WRONG_WEIGHTS[_name][1]: back(d_out, q, k, v, scores),
    )


@mistake(
    "attention_grad",
    "You do not turn d_z round for d_k. Where there are as many queries as keys its shape does not "
    "tell: d_k = d_z^T q.",
)
def back_d_k_not_turned(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    d_z = softmax_back(d_out @ v.mT, weights(q, k)) / math.sqrt(q.shape[-1])
    return d_q, d_z @ q if q.shape == k.shape else d_k, d_v


@mistake(
    "attention_grad",
    "You do not turn p round for d_v. Where there are as many queries as keys its shape does not "
    "tell: d_v = p^T d_out.",
)
def back_d_v_not_turned(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return d_q, d_k, weights(q, k) @ d_out if q.shape == k.shape else d_v


@mistake("attention_grad", BACK_ROOT_IN_ONE)
def back_root_in_d_q(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return d_q, d_k * math.sqrt(q.shape[-1]), d_v


@mistake("attention_grad", BACK_ROOT_IN_ONE)
def back_root_in_d_k(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return d_q * math.sqrt(q.shape[-1]), d_k, d_v


@mistake(
    "attention_grad",
    "You add d_k and d_v up over the leading axes. Each batch and head has its own keys and "
    "values, so its own gradients.",
)
def back_shared_keys(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return d_q, d_k.sum_to_size(k.shape[-2:]), d_v.sum_to_size(v.shape[-2:])


@mistake("attention_grad", BACK_SWAPPED)
def back_swapped(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return d_k, d_q, d_v


@mistake("attention_grad", BACK_ORDER)
def back_order(d_out, q, k, v):
    return back(d_out, q, k, v)[::-1]


@mistake("attention_grad", BACK_D_V)
def back_d_v_of_scores(d_out, q, k, v):
    return *back(d_out, q, k, v)[:2], raw(q, k).mT @ d_out


@mistake("attention_grad", BACK_D_V_MEAN)
def back_d_v_mean(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return d_q, d_k, d_v / len(q)


@mistake("attention_grad", BACK_D_OUT)
def back_without_upstream(d_out, q, k, v):
    return back(torch.ones_like(d_out), q, k, v)


@mistake("attention_grad", AUTOGRAD)
def back_autograd(d_out, q, k, v):
    leaves = [t.detach().requires_grad_() for t in (q, k, v)]
    out = weights(*leaves[:2]) @ leaves[2]
    return torch.autograd.grad((out * d_out).sum(), leaves)


@mistake("attention_grad", ASTRAY)
def back_onto_zeros(d_out, q, k, v):
    d_q, d_k, d_v = back(d_out, q, k, v)
    return torch.zeros(q.shape, dtype=q.dtype) + d_q, d_k, d_v


@mistake("attention_grad", STALE)
class BackKept:
    """Keeps the weights of an earlier forward pass."""

    def __init__(self):
        self.kept = {}

    def __call__(self, d_out, q, k, v):
        key = (q.shape, k.shape, q.dtype)
        p = self.kept.setdefault(key, weights(q, k))
        return back(d_out, q, k, v, lambda q, k: p)
