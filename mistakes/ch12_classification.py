"""Known wrong answers of chapter 12, each with the sentence a kind teacher would say.

Longer than other files: seven exercises, and the same mistake is written in several ways.
"""

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, CUT, DEFAULT_DTYPE, KEPT
from kata.checks.gradients import ADDS, AUTOGRAD, NAMED_G, RETURNED
from kata.diagnosis.recorded import mistake, probes

OVERFLOWS = (
    "You take exp of the logits as they are, which is infinite from about 89 on (float32), and all "
    "zeros for rows far below 0. Subtract each row's maximum first."
)
ONE_SHIFT = (
    "You subtract the maximum of all rows. A row that lies far below it then has nothing but "
    "zeros under the logarithm. Each row needs its own: amax(1, keepdim=True)."
)
NOT_ADDED_BACK = (
    "You subtract the row's maximum, and do not add it back after the logarithm. "
    "log sum exp(x) = m + log sum exp(x - m)."
)
WRONG_SHIFT = (
    "You shift each row by something else than its maximum (its mean, its minimum). Then the "
    "largest terms can still be infinite. Subtract the maximum."
)
CLAMPED = (
    "You limit the logits to what exp can take. Then different logits give the same result. "
    "Subtract each row's maximum instead: it changes nothing."
)
EPSILON = (
    "You add a small number inside the logarithm, which makes every result a little wrong and the "
    "smallest ones very wrong. Without the exp of large numbers, no zero comes there."
)
COLUMNS = (
    "You go down the columns (dim=0). The classes of one row compete, so the sum is over dim=1, "
    "for each row by itself."
)
ALL = "You sum over all elements. Each row is a digit of its own: sum over dim=1."
LOG_OF_SOFTMAX = (
    "You take the logarithm of the softmax. Where a probability is too small for a float, that is "
    "log(0). Stay with logarithms: x - logsumexp(x)."
)
PROBABILITIES = "You return probabilities. Asked for are their logarithms."
NO_LOG = "You leave out the logarithm: this is the sum of the exponentials."
NO_EXP = "You leave out the exponential: sum exp(x), then take the logarithm."
KEPT_AXIS = "Your result has shape [n, 1]. Drop the axis that was summed: leave out keepdim."
MAXIMUM = "You return the maximum. It is only near log sum exp: the other classes add to it."
MEAN_INSIDE = "You take the mean under the logarithm, which is less by log c. Take the sum."
BASE = "You take a logarithm of another base. exp and log belong together: torch.log."
SIGN = "Your result has the wrong sign."
AXIS_LOST = (
    "You subtract a row of n numbers from [n, c] as they come, and broadcasting puts them along "
    "the wrong axis. Make a column of them: unsqueeze(1), or keepdim=True."
)
PLAIN_SHIFT = "You only subtract the maximum. What is subtracted is log sum exp of the row."
NEGATIVE = (
    "You left out the minus sign. A log-probability is negative, and the loss is to be positive."
)
SUMMED = "You sum over the rows. Divide by n: the loss is their mean."
ALL_COLUMNS = (
    "inp[:, targ] takes n columns of every row. You want one element of each row: "
    "inp.gather(1, targ.unsqueeze(1)), or inp[range(n), targ]."
)
ALL_CLASSES = (
    "You take the mean over all n c elements. Only the right class of each row counts, so divide "
    "by n."
)
NO_LABELS = "You leave out the labels. The loss looks at each row's right class alone."
NOT_REDUCED = "You keep a loss for each row. Asked for is one number, their mean."
LOGGED_TWICE = (
    "You take a logarithm (or a softmax) of what are log-probabilities already. Pick and average, "
    "nothing more."
)
RAISED_TO_PROBABILITIES = "You turn the log-probabilities into probabilities. Average them as is."
BEST_CLASS = (
    "You take the class that the net likes best. The loss asks for the right class, targ[i]."
)
LOGITS_PICKED = (
    "You pick from the logits themselves. First turn them into log-probabilities: log_softmax."
)
SOFTMAX_TWICE = (
    "You put probabilities into something that takes logits (F.cross_entropy has its own softmax). "
    "Give it the logits."
)
SQUARES = "You take squared errors. The loss is the negative log-probability of the right class."
FULL_BINARY = (
    "You also count how unlikely the wrong classes are (binary cross-entropy). Here the loss is "
    "the right class's alone; the others are in the softmax."
)
NO_SUM = (
    "You multiply by the probabilities element by element, but do not sum the upstream over the "
    "row. Every logit moves all outputs of its row, so that sum comes first."
)
ONLY_WHERE_UPSTREAM = (
    "You send nothing to the classes whose upstream gradient is 0. Each logit has its share in the "
    "sum of exponentials, and so in every class of its row."
)
UPSTREAM_ONLY = (
    "You pass the upstream on as it is. A logit also moves all outputs of its row through the sum."
)
AS_IF_NLL = (
    "You subtract the probabilities without the row's sum of the upstream. That is right only "
    "where the sum is 1."
)
SOFTMAX_S = (
    "This is the gradient of softmax. Of its logarithm it is out.grad - softmax * sum(out.grad)."
)
FIRST_TERM_LOST = "You leave out the upstream itself: each logit also moves its own output."
PLUS = "The two terms have the wrong sign between them: what goes through the sum is subtracted."
OUT_IS_LOG = (
    "You take out for the probabilities. It holds their logarithms: the probabilities are "
    "out.exp()."
)
LOGITS_EXP = (
    "You take exp of the logits for the probabilities. They are exp(out), which is divided by "
    "the row's sum already."
)
MEAN_OF_ROW = "You take the mean of the row's upstream. What goes through the sum is its sum."
UPSTREAM_DROPPED = "You leave out out.grad, the upstream gradient. Each layer multiplies by it."
ONES = "You put 1 at the right class without the factor. The loss is a mean: -1/n."
NOT_OVER_N = "You do not divide by n. The loss is a mean over n rows, so each row counts 1/n."
GRAD_SIGN = (
    "Your gradient has the wrong sign. The loss falls as the right class's log-probability grows, "
    "so its gradient there is negative."
)
OVER_C = (
    "You divide by the number of all elements, n c, or by c. The mean is over the n rows alone."
)
TIMES_VALUE = (
    "You multiply by the values themselves. The loss is linear in inp, so its gradient is a number "
    "that does not depend on inp."
)
EVERYWHERE = "You set every element to -1/n. Only the right class of each row is in the loss."
WRONG_SPREAD = (
    "You also change the wrong classes. nll does not look at them, so their gradient is 0. (The "
    "softmax's part comes one link later.)"
)
NO_ONE_HOT = (
    "You set the probabilities alone. At the right class, 1 is to be subtracted: that is what "
    "pulls it up."
)
NO_SOFTMAX = "You subtract the 1 from the logits. It is subtracted from the probabilities."
LOG_PROBABILITIES = (
    "You subtract the 1 from log-probabilities. It is subtracted from the probabilities: exp of "
    "them."
)
FLIPPED = "You have the sign the wrong way round: it is probabilities less 1, not 1 less them."
ONLY_RIGHT_CLASS = (
    "You set the right class's gradient alone. The wrong classes' logits raise the loss through "
    "the softmax: each has its probability over n."
)
SUBTRACTED_EVERYWHERE = (
    "inp[:, targ] -= 1 is for n columns of every row. Give the rows as well: "
    "p[range(n), targ] -= 1."
)
CLASSES_GUESSED = (
    "one_hot guesses the number of classes from the largest label at hand, which may lack the last "
    "classes. Say it: F.one_hot(targ, inp.shape[1])."
)
LABELS_AS_NUMBERS = (
    "You calculate with the labels as if they were quantities. They are positions: targ[i] says "
    "which element of row i counts."
)
SWAPPED_INDICES = "You index by [class, row]. The rows come first: inp[range(n), targ]."
ROWS_BY_LABEL = "inp[targ] takes rows. The labels are columns: inp[range(n), targ]."
NUMBER = (
    "You return a Python number (item, float), which is cut off from the inputs. Return the 0-d "
    "tensor itself."
)
SIGMOID = (
    "You take each class by itself (sigmoid). The classes of one row compete: their probabilities "
    "add up to 1 (softmax)."
)
PADDING = (
    "You leave out the rows of class 0, as if 0 stood for no label. Here it is a class like the "
    "others: every row counts."
)
CUT_OFF = (
    "You cut the logarithms off (clamp). The logarithm of a small probability is a large negative "
    "number; leave it as it is."
)
OVER_VALUE = (
    "You divide by the values, as if a logarithm were still to come. The loss is linear in inp, so "
    "its gradient does not depend on inp."
)
ROUNDS = "You turn the probabilities into a choice (argmax). Leave them as they are."


def rows(inp):
    return torch.arange(len(inp), device=inp.device)


def one_hot(inp, targ):
    return F.one_hot(targ, inp.shape[1]).to(inp.dtype)


def logits(draw):
    """Logits of all sizes: some overflow, some rows lie far below others, n = 1 and c = 1."""
    for shape in ((5, 4), (5, 4), (1, 3), (3, 1), (2, 2), (4, 2)):
        yield draw(*shape)
    yield draw(3, 4) + 1e3
    yield draw(3, 4, scale=200.0)
    yield draw(2, 3) + torch.tensor([[1e3], [-1e3]]).to(draw(1))


def labelled(draw):
    for inp in logits(draw):
        yield inp, draw.ints(inp.shape[1], len(inp))


@probes("logsumexp")
def logsumexp_probes(draw):
    for x in logits(draw):
        yield (x,)
    yield (draw(2, 3) - (60 if draw.dtype == torch.float32 else 500),)


@probes("log_softmax")
def log_softmax_probes(draw):
    for x in logits(draw):
        yield (x,)


@probes("nll")
def nll_probes(draw):
    for inp, targ in labelled(draw):
        yield torch.log_softmax(inp, 1), targ
    yield draw(4, 3) - 3, draw.ints(3, 4)


@probes("cross_entropy")
def cross_entropy_probes(draw):
    yield from labelled(draw)


@probes("log_softmax_grad")
def log_softmax_grad_probes(draw):
    for inp in logits(draw):
        yield inp, draw.with_grad(torch.log_softmax(inp.double(), 1).to(inp.dtype))
    inp = draw(4, 3)
    out = draw.with_grad(torch.log_softmax(inp, 1))
    out.grad[:, 1:] = 0.0
    yield inp, out


@probes("nll_grad")
def nll_grad_probes(draw):
    again = draw(3, 4)
    again.grad = draw(3, 4)
    for inp, targ in labelled(draw):
        yield torch.log_softmax(inp, 1), targ
    yield again, draw.ints(4, 3)


@probes("cross_entropy_grad")
def cross_entropy_grad_probes(draw):
    again = draw(3, 4)
    again.grad = draw(3, 4)
    yield from labelled(draw)
    yield again, draw.ints(4, 3)


# --- logsumexp ----------------------------------------------------------------------------------


@mistake("logsumexp", OVERFLOWS)
def lse_as_it_stands(x):
    return x.exp().sum(1).log()


@mistake("logsumexp", ONE_SHIFT)
def lse_one_maximum(x):
    m = x.max()
    return m + (x - m).exp().sum(1).log()


@mistake("logsumexp", NOT_ADDED_BACK)
def lse_not_added_back(x):
    return (x - x.amax(1, keepdim=True)).exp().sum(1).log()


@mistake("logsumexp", WRONG_SHIFT)
def lse_mean_shift(x):
    m = x.mean(1)
    return m + (x - m[:, None]).exp().sum(1).log()


@mistake("logsumexp", WRONG_SHIFT)
def lse_minimum_shift(x):
    m = x.amin(1)
    return m + (x - m[:, None]).exp().sum(1).log()


@mistake("logsumexp", CLAMPED)
def lse_clamped(x):
    return x.clamp(-80, 80).exp().sum(1).log()


@mistake("logsumexp", CLAMPED)
def lse_clamped_above(x):
    return x.clamp(max=80).exp().sum(1).log()


@mistake("logsumexp", EPSILON)
def lse_epsilon(x):
    return (x.exp().sum(1) + 1e-3).log()


@mistake("logsumexp", EPSILON)
def lse_epsilon_after_the_shift(x):
    m = x.amax(1)
    return m + ((x - m[:, None]).exp().sum(1) + 1e-6).log()


@mistake("logsumexp", COLUMNS)
def lse_of_columns(x):
    return x.logsumexp(0)


@mistake("logsumexp", COLUMNS)
def lse_shift_of_columns(x):
    m = x.amax(0, keepdim=True)
    return (m + (x - m).exp().sum(0, keepdim=True).log()).squeeze(0)


@mistake("logsumexp", ALL)
def lse_of_all(x):
    return x.flatten().logsumexp(0)


@mistake("logsumexp", KEPT_AXIS)
def lse_column(x):
    return x.logsumexp(1, keepdim=True)


@mistake("logsumexp", MAXIMUM)
def lse_maximum(x):
    return x.amax(1)


@mistake("logsumexp", MEAN_INSIDE)
def lse_of_the_mean(x):
    m = x.amax(1)
    return m + (x - m[:, None]).exp().mean(1).log()


@mistake("logsumexp", NO_LOG)
def lse_without_log(x):
    return x.exp().sum(1)


@mistake("logsumexp", NO_EXP)
def lse_without_exp(x):
    return x.sum(1).log()


@mistake("logsumexp", BASE)
def lse_base_2(x):
    m = x.amax(1)
    return m + (x - m[:, None]).exp().sum(1).log2()


@mistake("logsumexp", "You use log1p, which adds 1 to the sum. Take log.")
def lse_log1p(x):
    m = x.amax(1)
    return m + (x - m[:, None]).exp().sum(1).log1p()


@mistake("logsumexp", "You sum the logarithms. The logarithm is taken of the sum, at the end.")
def lse_sum_of_logs(x):
    return x.exp().log().sum(1)


@mistake("logsumexp", "You sum the logarithms. The logarithm is taken of the sum, at the end.")
def lse_sum_of_logits(x):
    return x.sum(1)


@mistake("logsumexp", "You add the maximum twice: once the shift is undone, nothing more comes.")
def lse_added_twice(x):
    return x.logsumexp(1) + x.amax(1)


@mistake("logsumexp", "You subtract the maximum after the logarithm. Add it back: m + log(...).")
def lse_subtracted_back(x):
    return (x - x.amax(1, keepdim=True)).logsumexp(1) - x.amax(1)


@mistake("logsumexp", SIGN)
def lse_negative(x):
    return -x.logsumexp(1)


@mistake("logsumexp", CUT)
def lse_detached(x):
    return x.detach().logsumexp(1)


@mistake(
    "logsumexp",
    "You subtract the maximum of the absolute values. Where a row is far below 0, that shifts it "
    "further down, and all terms are 0. Take the largest value itself.",
)
def lse_absolute_maximum(x):
    m = x.abs().amax(1)
    return m + (x - m[:, None]).exp().sum(1).log()


FROM_ZERO = (
    "The maximum that you subtract is never below 0 (clamp, or a search that starts at 0). Where "
    "all of a row is far below 0, all terms are 0: take the row's own maximum."
)


@mistake("logsumexp", FROM_ZERO)
def lse_maximum_from_zero(x):
    m = x.amax(1).clamp_min(0)
    return m + (x - m[:, None]).exp().sum(1).log()


@mistake(
    "logsumexp",
    "You start the sum at 0, which in logarithms is 1: one term too many. Start at the first "
    "column, or at -inf.",
)
def lse_sum_from_zero(x):
    return torch.logaddexp(torch.zeros_like(x[:, 0]), x.logsumexp(1))


@mistake(
    "logsumexp",
    "squeeze() drops every axis of length 1, the rows' too where n = 1. Say which: squeeze(1).",
)
def lse_squeezed(x):
    return x.logsumexp(1, keepdim=True).squeeze()


@mistake("logsumexp", ASTRAY)
def lse_from_zeros(x):
    total = torch.zeros(len(x), dtype=x.dtype) - float("inf")
    for k in range(x.shape[1]):
        total = torch.logaddexp(total, x[:, k])
    return total


@mistake("logsumexp", KEPT)
class LseCached:
    """Keeps the first result of each shape."""

    def __init__(self):
        self.seen = {}

    def __call__(self, x):
        key = (tuple(x.shape), x.dtype)
        return self.seen.setdefault(key, x.logsumexp(1))


# --- log_softmax --------------------------------------------------------------------------------


@mistake("log_softmax", LOG_OF_SOFTMAX)
def ls_log_of_softmax(x):
    return torch.softmax(x, 1).log()


@mistake("log_softmax", LOG_OF_SOFTMAX)
def ls_log_of_quotient(x):
    e = (x - x.amax(1, keepdim=True)).exp()
    return (e / e.sum(1, keepdim=True)).log()


@mistake("log_softmax", EPSILON)
def ls_epsilon(x):
    return (torch.softmax(x, 1) + 1e-7).log()


@mistake("log_softmax", EPSILON)
def ls_clamped_probability(x):
    return torch.softmax(x, 1).clamp(min=1e-7).log()


@mistake("log_softmax", CUT_OFF)
def ls_cut_off(x):
    return x.log_softmax(1).clamp_min(-100)


@mistake("log_softmax", SIGMOID)
def ls_sigmoid(x):
    return F.logsigmoid(x)


@mistake("log_softmax", OVERFLOWS)
def ls_as_it_stands(x):
    return x - x.exp().sum(1, keepdim=True).log()


@mistake("log_softmax", OVERFLOWS)
def ls_quotient_as_it_stands(x):
    return (x.exp() / x.exp().sum(1, keepdim=True)).log()


@mistake("log_softmax", ONE_SHIFT)
def ls_one_maximum(x):
    x = x - x.max()
    return x - x.exp().sum(1, keepdim=True).log()


@mistake("log_softmax", CLAMPED)
def ls_clamped(x):
    return x.clamp(-80, 80).log_softmax(1)


@mistake("log_softmax", COLUMNS)
def ls_of_columns(x):
    return x.log_softmax(0)


@mistake("log_softmax", ALL)
def ls_of_all(x):
    return x - x.flatten().logsumexp(0)


@mistake("log_softmax", PROBABILITIES)
def ls_probabilities(x):
    return torch.softmax(x, 1)


@mistake("log_softmax", AXIS_LOST)
def ls_without_keepdim(x):
    return x - x.logsumexp(1)


@mistake("log_softmax", PLAIN_SHIFT)
def ls_shift_only(x):
    return x - x.amax(1, keepdim=True)


@mistake(
    "log_softmax",
    "You subtract the maximum from the logits, but not from what you sum (or the other way "
    "round). Both sides of x - log sum exp(x) need the same shift.",
)
def ls_shifted_on_one_side(x):
    m = x.amax(1, keepdim=True)
    return x - (x - m).exp().sum(1, keepdim=True).log()


@mistake("log_softmax", NO_LOG)
def ls_without_log(x):
    m = x.amax(1, keepdim=True)
    return x - m - (x - m).exp().sum(1, keepdim=True)


@mistake("log_softmax", SIGN)
def ls_negative(x):
    return -x.log_softmax(1)


@mistake("log_softmax", MEAN_INSIDE)
def ls_mean_inside(x):
    m = x.amax(1, keepdim=True)
    return x - m - (x - m).exp().mean(1, keepdim=True).log()


@mistake("log_softmax", "You divide by log sum exp. In logarithms, a quotient is a difference.")
def ls_divided(x):
    return x / x.logsumexp(1, keepdim=True)


@mistake("log_softmax", CUT)
def ls_detached(x):
    return x.detach().log_softmax(1)


@mistake("log_softmax", KEPT)
class LsCached:
    """Keeps the first result of each shape."""

    def __init__(self):
        self.seen = {}

    def __call__(self, x):
        key = (tuple(x.shape), x.dtype)
        return self.seen.setdefault(key, x.log_softmax(1))


def wary(epsilon):
    """The logarithm of a softmax that is kept off 0 by a small number, and the loss so made."""

    @mistake("log_softmax", EPSILON)
    def log_softmax(x):
        return (torch.softmax(x, 1) + epsilon).log()

    @mistake("cross_entropy", EPSILON)
    def cross_entropy(inp, targ):
        return F.nll_loss(log_softmax(inp), targ)

    log_softmax.__name__, cross_entropy.__name__ = f"ls_{epsilon:.0e}", f"ce_{epsilon:.0e}"
    return log_softmax, cross_entropy


WARY = [function for epsilon in (1e-8, 1e-10, 1e-12) for function in wary(epsilon)]
globals().update({function.__name__: function for function in WARY})


# --- nll ----------------------------------------------------------------------------------------


@mistake("nll", NEGATIVE)
def nll_positive(inp, targ):
    return inp[rows(inp), targ].mean()


@mistake("nll", SUMMED)
def nll_summed(inp, targ):
    return -inp[rows(inp), targ].sum()


@mistake("nll", ALL_COLUMNS)
def nll_columns(inp, targ):
    return -inp[:, targ].mean()


@mistake("nll", ALL_CLASSES)
def nll_over_all(inp, targ):
    return -(one_hot(inp, targ) * inp).mean()


@mistake("nll", NO_LABELS)
def nll_without_labels(inp, targ):
    return -inp.mean()


@mistake("nll", NO_LABELS)
def nll_without_labels_summed(inp, targ):
    return -inp.sum() / len(inp)


@mistake("nll", NOT_REDUCED)
def nll_rows(inp, targ):
    return -inp[rows(inp), targ]


@mistake("nll", NOT_REDUCED)
def nll_column(inp, targ):
    return -inp.gather(1, targ[:, None])


@mistake("nll", LOGGED_TWICE)
def nll_log(inp, targ):
    return -inp[rows(inp), targ].log().mean()


@mistake("nll", RAISED_TO_PROBABILITIES)
def nll_probabilities(inp, targ):
    return -inp.exp()[rows(inp), targ].mean()


@mistake("nll", BEST_CLASS)
def nll_best(inp, targ):
    return -inp.amax(1).mean()


@mistake("nll", "You take the first class of each row. Take the right one, targ[i].")
def nll_first_class(inp, targ):
    return -inp[:, 0].mean()


@mistake(
    "nll", "You take the element before the right one. Classes count from 0, as indices do: targ."
)
def nll_off_by_one(inp, targ):
    return -inp[rows(inp), targ - 1].mean()


@mistake("nll", "You only look at the first row. The mean is over all n.")
def nll_first_row(inp, targ):
    return -inp[0, targ[0]]


@mistake("nll", CUT)
def nll_detached(inp, targ):
    return -inp.detach()[rows(inp), targ].mean()


@mistake("nll", ASTRAY)
def nll_through_zeros(inp, targ):
    mask = torch.zeros(inp.shape, dtype=inp.dtype)
    mask[rows(inp), targ] = 1
    return -(mask * inp).sum() / len(inp)


@mistake("nll", KEPT)
class NllCached:
    """Keeps the labels of the first call of each shape."""

    def __init__(self):
        self.seen = {}

    def __call__(self, inp, targ):
        kept = self.seen.setdefault((tuple(inp.shape), inp.dtype), targ.clone())
        return -inp[rows(inp), kept].mean()


@mistake("nll", "You divide by n twice: mean() has done it already.")
def nll_divided_twice(inp, targ):
    return -inp[rows(inp), targ].mean() / len(inp)


@mistake("nll", LABELS_AS_NUMBERS)
def nll_times_labels(inp, targ):
    return -(inp * targ[:, None]).mean()


@mistake("nll", SWAPPED_INDICES)
def nll_class_first(inp, targ):
    return -inp[targ, rows(inp)].mean()


@mistake("nll", ROWS_BY_LABEL)
def nll_rows_by_label(inp, targ):
    return -inp[targ].mean()


@mistake("nll", NUMBER)
def nll_number(inp, targ):
    return F.nll_loss(inp, targ).item()


@mistake("nll", PADDING)
def nll_ignores_class_0(inp, targ):
    return F.nll_loss(inp, targ, ignore_index=0)


@mistake("nll", PADDING)
def nll_masks_class_0(inp, targ):
    kept = targ != 0
    return -(inp[rows(inp), targ] * kept).sum() / kept.sum().clamp_min(1)


@mistake("nll", PADDING)
def nll_masks_class_0_over_n(inp, targ):
    return -(inp[rows(inp), targ] * (targ != 0)).mean()


@mistake(
    "nll",
    "You average class by class first, so a rare class weighs as much as a frequent one. Each row "
    "counts 1/n.",
)
def nll_class_by_class(inp, targ):
    return -torch.stack([inp[targ == k, k].mean() for k in targ.unique()]).mean()


@mistake("nll", LOGGED_TWICE)
def nll_softmax_again(inp, targ):
    return F.cross_entropy(inp, targ)


@mistake("nll", CUT_OFF)
def nll_cut_off(inp, targ):
    return -inp[rows(inp), targ].clamp_min(-100).mean()


# --- cross_entropy ------------------------------------------------------------------------------


@mistake("cross_entropy", LOGITS_PICKED)
def ce_of_logits(inp, targ):
    return -inp[rows(inp), targ].mean()


@mistake("cross_entropy", SOFTMAX_TWICE)
def ce_softmax_twice(inp, targ):
    return F.cross_entropy(torch.softmax(inp, 1), targ)


@mistake("cross_entropy", LOG_OF_SOFTMAX)
def ce_log_of_softmax(inp, targ):
    return -torch.softmax(inp, 1)[rows(inp), targ].log().mean()


@mistake("cross_entropy", EPSILON)
def ce_epsilon(inp, targ):
    return -(torch.softmax(inp, 1)[rows(inp), targ] + 1e-7).log().mean()


@mistake("cross_entropy", EPSILON)
def ce_clamped_probability(inp, targ):
    return -torch.softmax(inp, 1)[rows(inp), targ].clamp(min=1e-7).log().mean()


@mistake("cross_entropy", OVERFLOWS)
def ce_as_it_stands(inp, targ):
    return (inp.exp().sum(1).log() - inp[rows(inp), targ]).mean()


@mistake("cross_entropy", OVERFLOWS)
def ce_quotient(inp, targ):
    e = inp.exp()
    return -(e[rows(inp), targ] / e.sum(1)).log().mean()


@mistake("cross_entropy", ONE_SHIFT)
def ce_one_maximum(inp, targ):
    inp = inp - inp.max()
    return (inp.exp().sum(1).log() - inp[rows(inp), targ]).mean()


@mistake("cross_entropy", SUMMED)
def ce_summed(inp, targ):
    return F.cross_entropy(inp, targ, reduction="sum")


@mistake("cross_entropy", NOT_REDUCED)
def ce_rows(inp, targ):
    return F.cross_entropy(inp, targ, reduction="none")


@mistake("cross_entropy", NEGATIVE)
def ce_negative(inp, targ):
    return -F.cross_entropy(inp, targ)


@mistake("cross_entropy", ALL_CLASSES)
def ce_over_all(inp, targ):
    return -(one_hot(inp, targ) * inp.log_softmax(1)).mean()


@mistake("cross_entropy", NO_LABELS)
def ce_without_labels(inp, targ):
    return -inp.log_softmax(1).mean()


@mistake("cross_entropy", ALL_COLUMNS)
def ce_columns(inp, targ):
    return -inp.log_softmax(1)[:, targ].mean()


@mistake("cross_entropy", COLUMNS)
def ce_softmax_of_columns(inp, targ):
    return F.nll_loss(inp.log_softmax(0), targ)


@mistake("cross_entropy", "You leave out the logarithm: average -log p, not -p.")
def ce_probabilities(inp, targ):
    return -torch.softmax(inp, 1)[rows(inp), targ].mean()


@mistake("cross_entropy", SQUARES)
def ce_squares(inp, targ):
    return (torch.softmax(inp, 1) - one_hot(inp, targ)).square().sum(1).mean()


@mistake("cross_entropy", SQUARES)
def ce_mean_squares(inp, targ):
    return F.mse_loss(torch.softmax(inp, 1), one_hot(inp, targ))


@mistake("cross_entropy", FULL_BINARY)
def ce_binary(inp, targ):
    return F.binary_cross_entropy_with_logits(inp, one_hot(inp, targ))


@mistake("cross_entropy", CUT)
def ce_detached(inp, targ):
    return F.cross_entropy(inp.detach(), targ)


@mistake("cross_entropy", ASTRAY)
def ce_through_zeros(inp, targ):
    mask = torch.zeros(inp.shape, dtype=inp.dtype)
    mask[rows(inp), targ] = 1
    return -(mask * inp.log_softmax(1)).sum() / len(inp)


@mistake("cross_entropy", KEPT)
class CeCached:
    """Keeps the labels of the first call of each shape."""

    def __init__(self):
        self.seen = {}

    def __call__(self, inp, targ):
        kept = self.seen.setdefault((tuple(inp.shape), inp.dtype), targ.clone())
        return F.cross_entropy(inp, kept)


@mistake(
    "cross_entropy",
    "You smooth the labels. The right class counts as 1 and all others as 0, as they are.",
)
def ce_smoothed(inp, targ):
    return F.cross_entropy(inp, targ, label_smoothing=0.1)


@mistake("cross_entropy", LOG_OF_SOFTMAX)
def ce_one_hot_times_log_of_softmax(inp, targ):
    return -(one_hot(inp, targ) * torch.softmax(inp, 1).log()).sum(1).mean()


@mistake("cross_entropy", CLASSES_GUESSED)
def ce_classes_guessed(inp, targ):
    return -(F.one_hot(targ) * inp.log_softmax(1)).sum(1).mean()


@mistake("cross_entropy", NUMBER)
def ce_number(inp, targ):
    return F.cross_entropy(inp, targ).item()


@mistake("cross_entropy", PADDING)
def ce_ignores_class_0(inp, targ):
    return F.cross_entropy(inp, targ, ignore_index=0)


@mistake("cross_entropy", NO_LABELS)
def ce_entropy(inp, targ):
    return -(inp.softmax(1) * inp.log_softmax(1)).sum(1).mean()


@mistake("cross_entropy", PLAIN_SHIFT)
def ce_margin(inp, targ):
    return (inp.amax(1) - inp[rows(inp), targ]).mean()


@mistake("cross_entropy", CUT_OFF)
def ce_cut_off(inp, targ):
    return -inp.log_softmax(1)[rows(inp), targ].clamp_min(-100).mean()


# --- log_softmax_grad ---------------------------------------------------------------------------


@mistake("log_softmax_grad", ONLY_WHERE_UPSTREAM)
def lsg_only_where_upstream(inp, out):
    grad = out.grad - out.exp() * out.grad.sum(1, keepdim=True)
    inp.grad = grad * (out.grad != 0)


@mistake("log_softmax_grad", NO_SUM)
def lsg_without_sum(inp, out):
    inp.grad = out.grad - out.exp() * out.grad


@mistake("log_softmax_grad", UPSTREAM_ONLY)
def lsg_upstream_only(inp, out):
    inp.grad = out.grad.clone()


@mistake("log_softmax_grad", AS_IF_NLL)
def lsg_less_the_probabilities(inp, out):
    inp.grad = out.grad - out.exp()


@mistake("log_softmax_grad", AS_IF_NLL)
def lsg_plus_the_probabilities(inp, out):
    inp.grad = out.grad + out.exp()


@mistake(
    "log_softmax_grad",
    "You take the sum of a row's upstream for -1/n, which it is after nll. The upstream may be "
    "any: out.grad.sum(1, keepdim=True).",
)
def lsg_after_nll(inp, out):
    inp.grad = out.grad + out.exp() / len(out)


@mistake("log_softmax_grad", SOFTMAX_S)
def lsg_of_softmax(inp, out):
    p = out.exp()
    inp.grad = p * (out.grad - (p * out.grad).sum(1, keepdim=True))


@mistake(
    "log_softmax_grad",
    "You weigh the upstream by the probabilities before you sum it. That belongs to softmax; "
    "here the plain sum of the row is taken, and then it is multiplied by the probabilities.",
)
def lsg_weighted_sum(inp, out):
    p = out.exp()
    inp.grad = out.grad - p * (p * out.grad).sum(1, keepdim=True)


@mistake("log_softmax_grad", FIRST_TERM_LOST)
def lsg_second_term(inp, out):
    inp.grad = -out.exp() * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", PLUS)
def lsg_plus(inp, out):
    inp.grad = out.grad + out.exp() * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", PLUS)
def lsg_the_other_way_round(inp, out):
    inp.grad = out.exp() * out.grad.sum(1, keepdim=True) - out.grad


@mistake("log_softmax_grad", OUT_IS_LOG)
def lsg_out_for_probabilities(inp, out):
    inp.grad = out.grad - out * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", LOGITS_EXP)
def lsg_exp_of_logits(inp, out):
    inp.grad = out.grad - inp.exp() * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", OVERFLOWS)
def lsg_softmax_as_it_stands(inp, out):
    e = inp.exp()
    inp.grad = out.grad - e / e.sum(1, keepdim=True) * out.grad.sum(1, keepdim=True)


@mistake(
    "log_softmax_grad",
    "You take softmax of log-probabilities over the wrong axis, or of the columns. The classes "
    "of a row are along dim=1.",
)
def lsg_softmax_of_columns(inp, out):
    inp.grad = out.grad - inp.softmax(0) * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", "You sum the upstream down the columns. Sum along the row: dim=1.")
def lsg_sum_of_columns(inp, out):
    inp.grad = out.grad - out.exp() * out.grad.sum(0, keepdim=True)


@mistake("log_softmax_grad", "You sum the upstream over all rows. Each row has its own sum: dim=1.")
def lsg_sum_of_all(inp, out):
    inp.grad = out.grad - out.exp() * out.grad.sum()


@mistake("log_softmax_grad", MEAN_OF_ROW)
def lsg_mean(inp, out):
    inp.grad = out.grad - out.exp() * out.grad.mean(1, keepdim=True)


@mistake("log_softmax_grad", UPSTREAM_DROPPED)
def lsg_without_upstream(inp, out):
    inp.grad = 1 - out.exp()


@mistake("log_softmax_grad", UPSTREAM_DROPPED)
def lsg_upstream_of_ones(inp, out):
    inp.grad = 1 - out.exp() * out.shape[1]


@mistake("log_softmax_grad", NO_SUM)
def lsg_diagonal_only(inp, out):
    inp.grad = (1 - out.exp()) * out.grad * 1.0


@mistake("log_softmax_grad", ADDS)
def lsg_adds(inp, out):
    grad = out.grad - out.exp() * out.grad.sum(1, keepdim=True)
    inp.grad = grad if inp.grad is None else inp.grad + grad


@mistake("log_softmax_grad", RETURNED)
def lsg_returned(inp, out):
    return out.grad - out.exp() * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", NAMED_G)
def lsg_named_g(inp, out):
    inp.g = out.grad - out.exp() * out.grad.sum(1, keepdim=True)


@mistake("log_softmax_grad", AUTOGRAD)
def lsg_by_autograd(inp, out):
    leaf = inp.detach().clone().requires_grad_()
    (inp.grad,) = torch.autograd.grad((leaf.log_softmax(1) * out.grad).sum(), leaf)


@mistake("log_softmax_grad", ASTRAY)
def lsg_sums_by_ones(inp, out):
    ones = torch.ones(out.shape[1], out.shape[1], dtype=out.dtype)
    inp.grad = out.grad - out.exp() * (out.grad @ ones)


# --- nll_grad -----------------------------------------------------------------------------------


@mistake("nll_grad", NOT_OVER_N)
def ng_minus_one(inp, targ):
    inp.grad = -one_hot(inp, targ)


@mistake("nll_grad", ONES)
def ng_one(inp, targ):
    inp.grad = one_hot(inp, targ)


@mistake("nll_grad", GRAD_SIGN)
def ng_positive(inp, targ):
    inp.grad = one_hot(inp, targ) / len(inp)


@mistake("nll_grad", OVER_C)
def ng_over_all(inp, targ):
    inp.grad = -one_hot(inp, targ) / inp.numel()


@mistake("nll_grad", OVER_C)
def ng_over_c(inp, targ):
    inp.grad = -one_hot(inp, targ) / inp.shape[1]


@mistake("nll_grad", TIMES_VALUE)
def ng_times_value(inp, targ):
    inp.grad = -one_hot(inp, targ) * inp / len(inp)


@mistake("nll_grad", OVER_VALUE)
def ng_over_value(inp, targ):
    inp.grad = -one_hot(inp, targ) / inp / len(inp)


@mistake("nll_grad", OVER_VALUE)
def ng_over_picked_value(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[rows(inp), targ] = -1 / inp[rows(inp), targ] / len(inp)


@mistake("nll_grad", EVERYWHERE)
def ng_everywhere(inp, targ):
    inp.grad = torch.full_like(inp, -1 / len(inp))


@mistake("nll_grad", WRONG_SPREAD)
def ng_of_cross_entropy(inp, targ):
    inp.grad = (inp.exp() - one_hot(inp, targ)) / len(inp)


@mistake("nll_grad", WRONG_SPREAD)
def ng_balanced(inp, targ):
    inp.grad = (1 - 2 * one_hot(inp, targ)) / len(inp)


@mistake("nll_grad", PADDING)
def ng_without_class_0(inp, targ):
    inp.grad = -one_hot(inp, targ) / len(inp)
    inp.grad[:, 0] = 0.0


@mistake("nll_grad", PADDING)
def ng_over_others_than_class_0(inp, targ):
    ng_without_class_0(inp, targ)
    inp.grad *= len(inp) / (targ != 0).sum().clamp_min(1)


@mistake(
    "nll_grad",
    "You keep one column, the right classes' gradient. inp.grad is [n, c] as inp is: 0 at the "
    "other classes.",
)
def ng_column(inp, targ):
    inp.grad = torch.full_like(inp[:, :1], -1 / len(inp))


@mistake("nll_grad", DEFAULT_DTYPE)
def ng_default_dtype(inp, targ):
    inp.grad = -F.one_hot(targ, inp.shape[1]).to(inp.device) / len(inp)


@mistake("nll_grad", SUBTRACTED_EVERYWHERE)
def ng_columns(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[:, targ] = -1 / len(inp)


@mistake("nll_grad", "You set one class too early. Classes count from 0, as indices do: targ.")
def ng_off_by_one(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[rows(inp), targ - 1] = -1 / len(inp)


@mistake("nll_grad", BEST_CLASS)
def ng_best(inp, targ):
    inp.grad = -one_hot(inp, inp.argmax(1)) / len(inp)


@mistake("nll_grad", ADDS)
def ng_adds(inp, targ):
    grad = -one_hot(inp, targ) / len(inp)
    inp.grad = grad if inp.grad is None else inp.grad + grad


@mistake("nll_grad", RETURNED)
def ng_returned(inp, targ):
    return -one_hot(inp, targ) / len(inp)


@mistake("nll_grad", NAMED_G)
def ng_named_g(inp, targ):
    inp.g = -one_hot(inp, targ) / len(inp)


@mistake("nll_grad", AUTOGRAD)
def ng_by_autograd(inp, targ):
    leaf = inp.detach().clone().requires_grad_()
    (inp.grad,) = torch.autograd.grad(F.nll_loss(leaf, targ), leaf)


@mistake("nll_grad", ASTRAY)
def ng_from_zeros(inp, targ):
    inp.grad = torch.zeros(inp.shape, dtype=inp.dtype)
    inp.grad[rows(inp), targ] = -1 / len(inp)


@mistake("nll_grad", CLASSES_GUESSED)
def ng_classes_guessed(inp, targ):
    inp.grad = -F.one_hot(targ).to(inp.dtype) / len(inp)


@mistake("nll_grad", LABELS_AS_NUMBERS)
def ng_labels_as_numbers(inp, targ):
    inp.grad = -targ[:, None].to(inp.dtype).expand_as(inp) / len(inp)


# --- cross_entropy_grad -------------------------------------------------------------------------


@mistake("cross_entropy_grad", NOT_OVER_N)
def ceg_not_over_n(inp, targ):
    inp.grad = inp.softmax(1) - one_hot(inp, targ)


@mistake("cross_entropy_grad", OVER_C)
def ceg_over_all(inp, targ):
    inp.grad = (inp.softmax(1) - one_hot(inp, targ)) / inp.numel()


@mistake("cross_entropy_grad", OVER_C)
def ceg_over_c(inp, targ):
    inp.grad = (inp.softmax(1) - one_hot(inp, targ)) / inp.shape[1]


@mistake("cross_entropy_grad", NO_ONE_HOT)
def ceg_probabilities(inp, targ):
    inp.grad = inp.softmax(1) / len(inp)


@mistake("cross_entropy_grad", NO_SOFTMAX)
def ceg_of_logits(inp, targ):
    inp.grad = (inp - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", LOG_PROBABILITIES)
def ceg_of_log_probabilities(inp, targ):
    inp.grad = (inp.log_softmax(1) - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", SIGMOID)
def ceg_sigmoid(inp, targ):
    inp.grad = (inp.sigmoid() - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", BEST_CLASS)
def ceg_best(inp, targ):
    inp.grad = (inp.softmax(1) - one_hot(inp, inp.argmax(1))) / len(inp)


@mistake("cross_entropy_grad", FLIPPED)
def ceg_flipped(inp, targ):
    inp.grad = (one_hot(inp, targ) - inp.softmax(1)) / len(inp)


@mistake("cross_entropy_grad", "You add 1 at the right class. It is subtracted there.")
def ceg_plus(inp, targ):
    inp.grad = (inp.softmax(1) + one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", ONLY_RIGHT_CLASS)
def ceg_right_class_alone(inp, targ):
    inp.grad = (inp.softmax(1) - 1) * one_hot(inp, targ) / len(inp)


@mistake("cross_entropy_grad", ONLY_RIGHT_CLASS)
def ceg_as_nll(inp, targ):
    inp.grad = -one_hot(inp, targ) / len(inp)


@mistake(
    "cross_entropy_grad",
    "This is nll's gradient in the probabilities, -1/p. Then the softmax's gradient must follow.",
)
def ceg_over_probability(inp, targ):
    inp.grad = -one_hot(inp, targ) / inp.softmax(1) / len(inp)


@mistake("cross_entropy_grad", SUBTRACTED_EVERYWHERE)
def ceg_columns(inp, targ):
    p = inp.softmax(1)
    p[:, targ] -= 1
    inp.grad = p / len(inp)


@mistake(
    "cross_entropy_grad",
    "You divide the probabilities by n, and not the 1 (or the other way round). Both belong to "
    "the mean.",
)
def ceg_half_divided(inp, targ):
    inp.grad = inp.softmax(1) / len(inp) - one_hot(inp, targ)


@mistake(
    "cross_entropy_grad",
    "You divide the probabilities by n, and not the 1 (or the other way round). Both belong to "
    "the mean.",
)
def ceg_other_half_divided(inp, targ):
    inp.grad = inp.softmax(1) - one_hot(inp, targ) / len(inp)


@mistake("cross_entropy_grad", OVERFLOWS)
def ceg_as_it_stands(inp, targ):
    e = inp.exp()
    inp.grad = (e / e.sum(1, keepdim=True) - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", ONE_SHIFT)
def ceg_one_maximum(inp, targ):
    e = (inp - inp.max()).exp()
    inp.grad = (e / e.sum(1, keepdim=True) - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", COLUMNS)
def ceg_softmax_of_columns(inp, targ):
    inp.grad = (inp.softmax(0) - one_hot(inp, targ)) / len(inp)


@mistake(
    "cross_entropy_grad",
    "You take exp of the logits for probabilities. Divide them by their row's sum.",
)
def ceg_exp_alone(inp, targ):
    inp.grad = (inp.exp() - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", ROUNDS)
def ceg_choice(inp, targ):
    inp.grad = (one_hot(inp, inp.argmax(1)) - one_hot(inp, targ)) / len(inp)


@mistake(
    "cross_entropy_grad",
    "You double it. A factor 2 comes from squares (mse); here there is none.",
)
def ceg_doubled(inp, targ):
    inp.grad = 2 * (inp.softmax(1) - one_hot(inp, targ)) / len(inp)


@mistake(
    "cross_entropy_grad",
    "You multiply by p (1 - p), which belongs to a sigmoid under squared errors. Softmax and the "
    "logarithm cancel it.",
)
def ceg_sigmoid_s(inp, targ):
    p = inp.softmax(1)
    inp.grad = (p - one_hot(inp, targ)) * p * (1 - p) / len(inp)


@mistake("cross_entropy_grad", ADDS)
def ceg_adds(inp, targ):
    grad = (inp.softmax(1) - one_hot(inp, targ)) / len(inp)
    inp.grad = grad if inp.grad is None else inp.grad + grad


@mistake("cross_entropy_grad", RETURNED)
def ceg_returned(inp, targ):
    return (inp.softmax(1) - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", NAMED_G)
def ceg_named_g(inp, targ):
    inp.g = (inp.softmax(1) - one_hot(inp, targ)) / len(inp)


@mistake("cross_entropy_grad", AUTOGRAD)
def ceg_by_autograd(inp, targ):
    leaf = inp.detach().clone().requires_grad_()
    F.cross_entropy(leaf, targ).backward()
    inp.grad = leaf.grad


@mistake("cross_entropy_grad", ASTRAY)
def ceg_from_zeros(inp, targ):
    ones = torch.zeros(inp.shape, dtype=inp.dtype)
    ones[rows(inp), targ] = 1
    inp.grad = (inp.softmax(1) - ones) / len(inp)


@mistake("cross_entropy_grad", CLASSES_GUESSED)
def ceg_classes_guessed(inp, targ):
    inp.grad = (inp.softmax(1) - F.one_hot(targ)) / len(inp)


@mistake("cross_entropy_grad", LABELS_AS_NUMBERS)
def ceg_labels_as_numbers(inp, targ):
    inp.grad = (inp.softmax(1) - targ[:, None]) / len(inp)


@mistake(
    "cross_entropy_grad",
    "You average (or add up) over the rows. Each row keeps a gradient of its own; the 1/n of the "
    "mean is a factor.",
)
def ceg_mean_of_rows(inp, targ):
    grad = inp.softmax(1) - one_hot(inp, targ)
    inp.grad = grad.mean(0, keepdim=True).expand_as(grad)


@mistake(
    "cross_entropy_grad",
    "You average (or add up) over the rows. Each row keeps a gradient of its own; the 1/n of the "
    "mean is a factor.",
)
def ceg_sum_of_rows(inp, targ):
    grad = (inp.softmax(1) - one_hot(inp, targ)) / len(inp)
    inp.grad = grad.sum(0, keepdim=True).expand_as(grad)
