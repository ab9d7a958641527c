"""Known wrong answers of chapter 13, each with the sentence a kind teacher would say.

Longer than other files: six exercises, and the same mistake is written in several ways.
"""

import itertools
import random

import torch
import torch.nn.functional as F

from backprop.training_checks import (
    LIST_ALONE,
    NOT_A_LIST,
    NOTHING,
    ONLY_ONCE,
    SAME_AGAIN,
    TOO_FEW,
    UNFAIR,
)
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY
from kata.checks.gradients import AUTOGRAD
from kata.checks.random import OTHER_GENERATOR
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

LAST_DROPPED = (
    "You leave out the rows that do not fill a batch. Each row is in a batch: the last one is "
    "shorter."
)
TWICE = (
    "You draw each row independently (randint), so some come twice and others never. Shuffle: "
    "torch.randperm."
)
BLOCKS = (
    "You shuffle the batches, but their rows stay together in the old order. Shuffle the rows, "
    "then cut."
)
INSIDE = "You shuffle within each batch only. Shuffle all rows, then cut."
COUNT = (
    "You take size for the number of batches (chunk, or a step of n // size). It is the number of "
    "rows in each: split(size)."
)
PADDED = "You fill the last batch up with rows that came already. Each row comes once."
FIRST_ONLY = "You return the first batch only. Asked for are all of them, in a list."
ONE_TENSOR = "You return the order in one piece. Cut it into batches: split(size)."
SHIFTED = "Rows count from 0 to n - 1, not from 1 to n."
ALIKE = "You make the batches alike in size. Each has size rows, the last one what is left."
EMPTY_LAST = "You add an empty batch where size divides n. Begin one only where rows are left."
SHORT_FIRST = "Your short batch comes first. It is the last one: what is left after the full ones."
ROTATED = (
    "You only turn the order round, or cut it at a random place. Of the n! orders, most then "
    "never come."
)

ASCENDS = "You add the gradient, which climbs. The loss falls in the opposite direction: p - lr g."
NO_RATE = "You leave out lr. The step is lr times the gradient."
DIVIDES = "You divide by lr. The step is lr times the gradient."
STEP_ALONE = "You return the step. Asked for are the parameters after it: p less the step."
OLD_PARAMS = "You return the parameters as they were. The step is missing."
DECAYED = "You scale the parameter itself. Only the gradient is multiplied by lr."
SHRUNK = "You also shrink the parameters (weight decay). Here the gradient alone moves them."
SIGN_ONLY = "You step by the gradient's sign. Its size counts, too."
NORMALISED = "You divide the gradient by its norm, or cut it off. Take it as it is."
FIRST_PARAMETER = "Your loop ends after the first parameter. Return after it, with all of them."
BIASES_STAY = "You move the weights alone. Biases have gradients, too: move every parameter."
ONE_FOR_ALL = (
    "You take one mean gradient for the whole parameter. Each of its numbers has a gradient of its "
    "own."
)
OVER_ROWS = "You average the gradient. It is an average over the rows already; take it as it is."

OLD_VELOCITY = (
    "You move the parameters by the old velocity. First the velocity takes the gradient in, then "
    "the new one moves the parameters."
)
RATE_INSIDE = (
    "You put lr into the velocity (v = beta v + lr g). Here v is the sum of the gradients alone, "
    "and lr comes with the step."
)
DAMPENED = (
    "You weigh the gradient by 1 - beta, as Adam does. Momentum adds the whole gradient: "
    "v = beta v + g."
)
NESTEROV = (
    "You look one step ahead (Nesterov's momentum). Plain momentum moves by the new velocity alone."
)
BETA_ON_GRADIENT = "You multiply the gradient by beta. It is the old velocity that fades."
NO_VELOCITY = "You leave the velocity out: this is sgd. Move by v = beta v + g."
VELOCITY_NOT_KEPT = (
    "You return the velocity as it was. The next step needs the new one, or nothing ever adds up."
)
NOT_FADING = "You do not let the velocity fade: beta is missing."
VELOCITY_SIGN = "You subtract the gradient in the velocity. Here the minus is in p - lr v."
FADES_TWICE = (
    "You multiply by beta again in the step. The new velocity moves the parameters: p - lr v."
)
OWN_VELOCITY = (
    "You keep a velocity of your own from call to call. The step has no hidden state: take the one "
    "that is passed in."
)
SWAPPED = "You return the results in another order than asked for."

UNCORRECTED = (
    "You leave out the correction of m or v, which begin with zeros and are too small at first. "
    "Divide m by 1 - beta1^t and v by 1 - beta2^t."
)
NO_POWER = (
    "You leave the power t out of the correction. Divide m by 1 - beta1^t and v by 1 - beta2^t."
)
COUNTS_FROM_0 = (
    "You count t from another number. The first step has t = 1, and its powers are beta^1."
)
CORRECTS_STATE = (
    "You return the corrected means. The correction is for the step only; m and v themselves go "
    "on as they are, or it is made again and again."
)
EPS_INSIDE = "You add eps under the root. It is added to the root: sqrt(...) + eps."
NO_EPS = "You leave out eps. Where a gradient is always 0, that is 0/0."
NO_ROOT = "You divide by v without the root. v is a mean of squares: take sqrt(v)."
NO_SQUARE = "v is to be a mean of the squared gradients. Square g."
SQUARES_M = "You square the mean m. v is the mean of the squared gradients themselves: square g."
ONE_SQUARE = "You take one mean square for a whole tensor. In v each number has its own."
BETAS_SWAPPED = "You took beta1 for beta2, or the other way round: beta1 is m's, beta2 is v's."
WHOLE_GRADIENT = (
    "You add the whole gradient. m and v are means: the new part is weighed by 1 - beta."
)
OLD_MEANS = "You step by the old m or v. First they take the gradient in."
GRADIENT_STEP = "You divide the gradient itself by sqrt(v) (RMSprop). The step is made of m."
EPS_SCALED = (
    "You move the corrections into lr, and so change what eps is added to. Correct v first, take "
    "the root, then add eps."
)
MEANS_WEIGHTS_SWAPPED = "You swapped beta and 1 - beta: the old mean keeps beta of itself."
AMSGRAD = "You keep the largest v so far (AMSGrad). Take v as it is."

NOT_CROSS_ENTROPY = (
    "Your upstream gradient is not cross-entropy's. It is (softmax(out) - one_hot(targ)) / n."
)
RELU_LOST = "You leave out the relu on the way back: where l1 <= 0, nothing passes."
RELU_MISSING = "You leave out the relu between the two layers."
RELU_BEFORE = (
    "The relu stands between the layers. The last layer's outputs are logits, any numbers."
)
MASK_AT_0 = "You let the gradient pass where l1 is exactly 0. There it is 0, as torch.relu has it."
L1_FOR_L2 = "w2's input was l2, after the relu. You take l1 for its gradient."
MEAN_BIAS = (
    "You take the mean over the rows. A weight or bias reaches the loss through all rows: sum; "
    "the 1/n is in the upstream already."
)
LOSS_SUMMED = "You sum the loss over the rows. It is their mean."
NOT_OVER_N = "Your gradients lack the 1/n of the mean."
TWO_TIMES_OVER_N = "You divide by n twice: cross-entropy's gradient has done it."
LOSS_NUMBER = "You return the loss as a Python number. Return the 0-d tensor."
OTHER_ORDER = "The gradients come in another order than the parameters: w1, b1, w2, b2."
NEGATIVE_LOSS = "Your loss has the wrong sign. A log-probability is negative; the loss is positive."
NOT_STABLE = "You take exp of logits as they come, which overflows."
LOG_OF_SUM = (
    "You add a small number to p before its log (or clamp p), which bounds the loss. Take "
    "log_softmax, where nothing is rounded to 0."
)
ONE_LARGEST = (
    "You take off one largest logit for all rows. A row far below it becomes exp(...) = 0: take "
    "each row's own largest off."
)
SOFTMAX_TWICE = "You take the softmax twice. cross_entropy takes the logits and does it itself."
DOWN_THE_ROWS = "Your softmax goes down the batch (dim 0). Each row's classes add up to 1: dim 1."
OVER_ALL = "You divide by n c, as mean() does. The mean is over the n rows alone."
BIAS_MISSING = "You leave a bias out on the way there: l1 = x w1 + b1, out = l2 w2 + b2."

FROM_THE_START = (
    "You take every gradient at the parameters that the call began with. Each step begins where "
    "the one before it ended."
)
SUMMED_STEPS = (
    "You add up all gradients and step once. Each minibatch makes a step of its own, at once."
)
SHORT_SKIPPED = "You skip a batch that has fewer rows than the first. Each batch makes a step."
WEIGHED = (
    "You weigh a step by its batch's size. Each loss is a mean over its own rows already, so each "
    "step is a full one."
)
ONE_STEP_SHORT = "You return the parameters before the last step. Each batch's step counts."
RUNNING_MEAN = "You return running means or sums of the losses. Asked for is each batch's own loss."
ALL_ROWS = "You take all rows at each step. A step looks at its own minibatch: x[rows], targ[rows]."
LABELS_STAY = "You index x by the rows, but not targ. Row and label belong together."
IN_ORDER = (
    "You take the rows as they lie, in blocks, and not those that the batch names: x[rows], "
    "targ[rows]."
)
FIRST_BATCH = "You stop after the first batch. Go through all of them."
LAST_SKIPPED = "You skip the last batch (it may be shorter). Each batch makes a step."
LOSS_AFTER = (
    "You take each loss after its step. Asked for is the loss before it, which the forward pass "
    "has given already."
)
LAST_LOSS = "You return one loss alone. Asked for is one for each batch, in a tensor."
MEAN_LOSS = "You return the mean of the losses. Asked for is one for each batch, in a tensor."
LOSS_LIST = "You return the losses as a list. Make one tensor of them: torch.stack."
SAME_BATCH = "You take the same batch at each step."
ADDS_UP = (
    "The gradients of earlier steps are still in your step. Each step has its own batch's alone."
)


def tensors(draw, size=1.0):
    return [draw(*shape, scale=size) for shape in ((4, 3), (3,), (1,))]


def net(draw, n, m, nh, c):
    params = [draw(m, nh), draw(nh), draw(nh, c), draw(c)]
    return params, [draw(n, m), draw.ints(c, n)]


@probes("batches")
def batches_probes(draw):
    for n, size in ((40, 7), (40, 40), (12, 3), (9, 4), (5, 8), (1, 1)):
        yield Via((n, size), "training.facts_of_batches")


@probes("sgd")
def sgd_probes(draw):
    for size, lr in ((1.0, 0.1), (100.0, 0.01), (1.0, 1.0)):
        yield tensors(draw), tensors(draw, size), lr


@probes("momentum")
def momentum_probes(draw):
    for lr, beta in ((0.1, 0.9), (1.0, 0.5), (0.5, 0.0)):
        yield tensors(draw), tensors(draw), tensors(draw), lr, beta
    yield tensors(draw), tensors(draw), [0 * v for v in tensors(draw)], 0.1, 0.9
    yield [draw(2)], [draw(2)], [draw(2)], 0.1, 0.9


@probes("adam")
def adam_probes(draw):
    for t, lr, beta1, beta2, eps in (
        (1, 0.1, 0.9, 0.99, 1e-2),
        (3, 1.0, 0.9, 0.99, 1e-2),
        (5, 0.5, 0.7, 0.5, 0.1),
    ):
        squares = [v.square() for v in tensors(draw)]
        yield tensors(draw), tensors(draw), tensors(draw), squares, t, lr, beta1, beta2, eps
    zeros = [0 * v for v in tensors(draw)]
    yield tensors(draw), tensors(draw), zeros, zeros, 1, 0.1, 0.9, 0.99, 1e-2
    yield tensors(draw), zeros, zeros, zeros, 1, 0.1, 0.9, 0.99, 1e-2


@probes("loss_and_grads")
def loss_and_grads_probes(draw):
    for n, m, nh, c in ((5, 4, 3, 6), (1, 2, 3, 2), (4, 3, 5, 2), (3, 1, 2, 3), (3, 3, 3, 3)):
        yield Via(net(draw, n, m, nh, c), "training.pass_of")
    params, batch = net(draw, 4, 3, 5, 3)
    batch[0][::2], params[1][::2] = 0.0, 0.0
    yield Via((params, batch), "training.pass_of")
    params, batch = net(draw, 4, 3, 5, 3)
    params[2] *= 1000
    yield Via((params, batch), "training.pass_of")
    params, batch = net(draw, 4, 3, 5, 3)
    yield Via(([draw.with_grad(p) for p in params], batch), "training.pass_of")


@probes("train_epoch")
def train_epoch_probes(draw):
    for lr, size in ((0.1, 3), (0.0, 3), (0.1, 7), (1.0, 2)):
        params, data = net(draw, 7, 4, 3, 5)
        order = list(draw(7).argsort().split(size))
        yield Via((params, data, order, lr), "training.epoch_of")
    params, data = net(draw, 7, 4, 3, 5)
    order = [torch.tensor(rows).to(data[1]) for rows in ([6, 0], [3], [0, 5, 5])]
    yield Via((params, data, order, 0.1), "training.epoch_of")


# --- batches ------------------------------------------------------------------------------------


@mistake("batches", SAME_AGAIN)
def batches_in_order(n, size):
    return list(torch.arange(n).split(size))


@mistake("batches", SAME_AGAIN)
def batches_of_a_seed(n, size):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    return list(order.split(size))


@mistake("batches", SAME_AGAIN)
class BatchesKept:
    """Draws one order for each n."""

    def __init__(self):
        self.orders = {}

    def __call__(self, n, size):
        generator = torch.Generator().manual_seed(n)
        self.orders.setdefault(n, torch.randperm(n, generator=generator))
        return list(self.orders[n].split(size))


@mistake("batches", OTHER_GENERATOR)
def batches_by_random(n, size):
    order = list(range(n))
    random.SystemRandom().shuffle(order)
    return list(torch.tensor(order).split(size))


@mistake("batches", LAST_DROPPED)
def batches_all_full(n, size):
    order = torch.randperm(n)
    return [order[i * size : (i + 1) * size] for i in range(n // size)]


@mistake("batches", TWICE)
def batches_with_replacement(n, size):
    return list(torch.randint(n, (n,)).split(size))


@mistake("batches", BLOCKS)
def batches_of_blocks(n, size):
    blocks = torch.arange(n).split(size)
    full = [blocks[i] for i in torch.randperm(n // size)]
    return full + list(blocks[n // size :])


@mistake("batches", INSIDE)
def batches_shuffled_inside(n, size):
    return [block[torch.randperm(len(block))] for block in torch.arange(n).split(size)]


@mistake("batches", COUNT)
def batches_so_many(n, size):
    return list(torch.randperm(n).chunk(size))


@mistake("batches", PADDED)
def batches_padded(n, size):
    order = torch.randperm(n)
    return list(torch.cat([order, order[: -n % size]]).split(size))


@mistake("batches", FIRST_ONLY)
def batches_first(n, size):
    return [torch.randperm(n)[:size]]


@mistake("batches", ONE_TENSOR)
def batches_in_one_piece(n, size):
    return [torch.randperm(n)]


@mistake("batches", SHIFTED)
def batches_from_1(n, size):
    return list((torch.randperm(n) + 1).split(size))


@mistake("batches", ROTATED)
def batches_rotated(n, size):
    return list(torch.arange(n).roll(int(torch.randint(n, ()))).split(size))


@mistake("batches", "You give row numbers that are no int64 tensor, by which x cannot be indexed.")
def batches_float(n, size):
    return list(torch.rand(n).argsort().float().split(size))


@mistake("batches", UNFAIR)
def batches_by_swaps_with_any(n, size):
    order = list(range(n))
    for i in range(n):
        j = int(torch.randint(n, ()))
        order[i], order[j] = order[j], order[i]
    return list(torch.tensor(order).split(size))


@mistake("batches", "Your row numbers are int32. Asked for are int64 ones.")
def batches_int32(n, size):
    return list(torch.randperm(n).int().split(size))


@mistake("batches", SHORT_FIRST)
def batches_short_first(n, size):
    order, short = torch.randperm(n), n % size
    return [rows for rows in (order[:short], *order[short:].split(size)) if len(rows)]


@mistake("batches", EMPTY_LAST)
def batches_empty_last(n, size):
    order = torch.randperm(n)
    return [order[i : i + size] for i in range(0, n + 1, size)]


@mistake("batches", ALIKE)
def batches_alike(n, size):
    return list(torch.randperm(n).tensor_split(-(-n // size)))


@mistake("batches", ALIKE)
def batches_chunked(n, size):
    return list(torch.randperm(n).chunk(-(-n // size)))


@mistake("batches", "You shuffle anew for each batch, so rows come twice or never. Shuffle once.")
def batches_each_drawn_alone(n, size):
    return [torch.randperm(n)[: min(size, n - i)] for i in range(0, n, size)]


@mistake("batches", "Your loop ends one row too early: range(0, n, size) starts the last batch.")
def batches_without_the_last_row(n, size):
    order = torch.randperm(n)
    return [order[i : min(i + size, n - 1)] for i in range(0, n - 1, size)]


@mistake("batches", "You give lists of numbers. Asked for are index tensors: leave out tolist().")
def batches_of_lists(n, size):
    return [rows.tolist() for rows in torch.randperm(n).split(size)]


# --- sgd ----------------------------------------------------------------------------------------


@mistake("sgd", ASCENDS)
def sgd_up(params, grads, lr):
    return [p + lr * g for p, g in zip(params, grads, strict=True)]


@mistake("sgd", NO_RATE)
def sgd_without_rate(params, grads, lr):
    return [p - g for p, g in zip(params, grads, strict=True)]


@mistake("sgd", DIVIDES)
def sgd_over_rate(params, grads, lr):
    return [p - g / lr for p, g in zip(params, grads, strict=True)]


@mistake("sgd", STEP_ALONE)
def sgd_step(params, grads, lr):
    return [lr * g for g in grads]


@mistake("sgd", STEP_ALONE)
def sgd_negative_step(params, grads, lr):
    return [-lr * g for g in grads]


@mistake("sgd", OLD_PARAMS)
def sgd_nothing(params, grads, lr):
    return [p.clone() for p in params]


@mistake("sgd", DECAYED)
def sgd_scaled(params, grads, lr):
    return [lr * (p - g) for p, g in zip(params, grads, strict=True)]


@mistake("sgd", SHRUNK)
def sgd_decay(params, grads, lr):
    return [p - lr * (g + 0.01 * p) for p, g in zip(params, grads, strict=True)]


@mistake("sgd", SIGN_ONLY)
def sgd_sign(params, grads, lr):
    return [p - lr * g.sign() for p, g in zip(params, grads, strict=True)]


@mistake("sgd", NORMALISED)
def sgd_normalised(params, grads, lr):
    return [p - lr * g / g.norm() for p, g in zip(params, grads, strict=True)]


@mistake("sgd", NORMALISED)
def sgd_clipped(params, grads, lr):
    return [p - lr * g.clamp(-1, 1) for p, g in zip(params, grads, strict=True)]


@mistake("sgd", BIASES_STAY)
def sgd_weights_alone(params, grads, lr):
    return [p - lr * g * (p.dim() > 1) for p, g in zip(params, grads, strict=True)]


@mistake("sgd", ONE_FOR_ALL)
def sgd_one_for_all(params, grads, lr):
    return [p - lr * g.mean() for p, g in zip(params, grads, strict=True)]


@mistake("sgd", IN_PLACE)
def sgd_in_place(params, grads, lr):
    for p, g in zip(params, grads, strict=True):
        p.sub_(g, alpha=lr)
    return params


@mistake("sgd", IN_PLACE)
def sgd_in_place_on_data(params, grads, lr):
    for p, g in zip(params, grads, strict=True):
        p.data -= lr * g


@mistake("sgd", NOTHING)
def sgd_returns_nothing(params, grads, lr):
    [p - lr * g for p, g in zip(params, grads, strict=True)]


@mistake("sgd", TOO_FEW)
def sgd_returns_early(params, grads, lr):
    return [p - lr * g for p, g in zip(params[:1], grads, strict=False)]


@mistake("sgd", TOO_FEW)
def sgd_leaves_the_last_out(params, grads, lr):
    return [params[i] - lr * grads[i] for i in range(len(params) - 1)]


@mistake("sgd", NOT_A_LIST)
def sgd_one_tensor(params, grads, lr):
    return params[0] - lr * grads[0]


@mistake("sgd", OVER_ROWS)
def sgd_mean_gradient(params, grads, lr):
    return [p - lr * g / (len(g) if g.dim() else 1) for p, g in zip(params, grads, strict=True)]


@mistake("sgd", ASTRAY)
def sgd_from_zeros(params, grads, lr):
    zeros = [torch.zeros(p.shape, dtype=p.dtype) for p in params]
    return [z + p - lr * g for z, p, g in zip(zeros, params, grads, strict=True)]


@mistake("sgd", ONLY_ONCE)
def sgd_generator(params, grads, lr):
    return (p - lr * g for p, g in zip(params, grads, strict=True))


# --- momentum -----------------------------------------------------------------------------------


def after(params, steps, lr):
    return [p - lr * s for p, s in zip(params, steps, strict=True)]


@mistake("momentum", OLD_VELOCITY)
def momentum_old_velocity(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, velocity, lr), new


@mistake("momentum", RATE_INSIDE)
def momentum_rate_inside(params, grads, velocity, lr, beta):
    new = [beta * v + lr * g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, 1), new


@mistake("momentum", RATE_INSIDE)
def momentum_rate_inside_and_out(params, grads, velocity, lr, beta):
    new = [beta * v + lr * g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake("momentum", DAMPENED)
def momentum_mean(params, grads, velocity, lr, beta):
    new = [beta * v + (1 - beta) * g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake("momentum", NESTEROV)
def momentum_nesterov(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, [g + beta * v for g, v in zip(grads, new, strict=True)], lr), new


@mistake("momentum", BETA_ON_GRADIENT)
def momentum_beta_on_gradient(params, grads, velocity, lr, beta):
    new = [v + beta * g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake("momentum", NO_VELOCITY)
def momentum_sgd(params, grads, velocity, lr, beta):
    return after(params, grads, lr), [v.clone() for v in velocity]


@mistake("momentum", NO_VELOCITY)
def momentum_gradient_kept(params, grads, velocity, lr, beta):
    return after(params, grads, lr), [g.clone() for g in grads]


@mistake("momentum", VELOCITY_NOT_KEPT)
def momentum_old_velocity_returned(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), list(velocity)


@mistake("momentum", NOT_FADING)
def momentum_not_fading(params, grads, velocity, lr, beta):
    new = [v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake("momentum", VELOCITY_SIGN)
def momentum_minus(params, grads, velocity, lr, beta):
    new = [beta * v - g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake("momentum", VELOCITY_SIGN)
def momentum_downhill(params, grads, velocity, lr, beta):
    new = [beta * v - g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, -lr), new


@mistake("momentum", VELOCITY_SIGN)
def momentum_minus_and_plus(params, grads, velocity, lr, beta):
    new = [beta * v - lr * g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, -1), new


@mistake("momentum", ASCENDS)
def momentum_up(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, -lr), new


@mistake("momentum", SWAPPED)
def momentum_swapped(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return new, after(params, new, lr)


@mistake("momentum", LIST_ALONE)
def momentum_params_alone(params, grads, velocity, lr, beta):
    return after(params, [beta * v + g for v, g in zip(velocity, grads, strict=True)], lr)


@mistake("momentum", IN_PLACE)
def momentum_in_place(params, grads, velocity, lr, beta):
    for v, g in zip(velocity, grads, strict=True):
        v.mul_(beta).add_(g)
    return after(params, velocity, lr), velocity


@mistake("momentum", NO_RATE)
def momentum_without_rate(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, 1), new


@mistake("momentum", ASTRAY)
def momentum_from_zeros(params, grads, velocity, lr, beta):
    zeros = [torch.zeros(p.shape, dtype=p.dtype) for p in params]
    new = [z + beta * v + g for z, v, g in zip(zeros, velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake(
    "momentum", "You let the gradient fade with the velocity. beta is the old velocity's alone."
)
def momentum_fades_all(params, grads, velocity, lr, beta):
    new = [beta * (v + g) for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr), new


@mistake("momentum", FADES_TWICE)
def momentum_fades_twice(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(params, new, lr * beta), new


@mistake("momentum", OWN_VELOCITY)
class MomentumKept:
    """Goes on from the velocity that its last call made."""

    def __init__(self):
        self.velocity = None

    def __call__(self, params, grads, velocity, lr, beta):
        if self.velocity is None or [v.shape for v in self.velocity] != [g.shape for g in grads]:
            self.velocity = [torch.zeros_like(g) for g in grads]
        self.velocity = [beta * v + g for v, g in zip(self.velocity, grads, strict=True)]
        return after(params, self.velocity, lr), self.velocity


@mistake("momentum", "You move by the gradient once more. It is in the new velocity already.")
def momentum_gradient_twice(params, grads, velocity, lr, beta):
    new = [beta * v + g for v, g in zip(velocity, grads, strict=True)]
    return after(after(params, new, lr), grads, lr), new


# --- adam ---------------------------------------------------------------------------------------


def mean(old, new, beta):
    return [beta * o + (1 - beta) * n for o, n in zip(old, new, strict=True)]


def squares(grads):
    return [g * g for g in grads]


def quotients(m, v, eps, c1=1.0, c2=1.0):
    return [(a / c1) / ((b / c2).sqrt() + eps) for a, b in zip(m, v, strict=True)]


@mistake("adam", UNCORRECTED)
def adam_uncorrected(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps), lr), m, v


@mistake("adam", UNCORRECTED)
def adam_m_uncorrected(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1, 1 - beta2**t), lr), m, v


@mistake("adam", UNCORRECTED)
def adam_v_uncorrected(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1), lr), m, v


@mistake("adam", NO_POWER)
def adam_corrected_without_power(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1, 1 - beta2), lr), m, v


@mistake("adam", COUNTS_FROM_0)
def adam_t_plus_1(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    t = t + 1
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", CORRECTS_STATE)
def adam_returns_corrected(params, grads, m, v, t, lr, beta1, beta2, eps):
    m = [a / (1 - beta1**t) for a in mean(m, grads, beta1)]
    v = [b / (1 - beta2**t) for b in mean(v, squares(grads), beta2)]
    return after(params, quotients(m, v, eps), lr), m, v


@mistake("adam", EPS_INSIDE)
def adam_eps_inside(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    c1, c2 = 1 - beta1**t, 1 - beta2**t
    steps = [(a / c1) / (b / c2 + eps).sqrt() for a, b in zip(m, v, strict=True)]
    return after(params, steps, lr), m, v


@mistake("adam", NO_EPS)
def adam_without_eps(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, 0, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", NO_ROOT)
def adam_without_root(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    c1, c2 = 1 - beta1**t, 1 - beta2**t
    return after(params, [(a / c1) / (b / c2 + eps) for a, b in zip(m, v, strict=True)], lr), m, v


@mistake("adam", NO_SQUARE)
def adam_without_square(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, grads, beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", NO_SQUARE)
def adam_absolute(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, [g.abs() for g in grads], beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", SQUARES_M)
def adam_squares_m(params, grads, m, v, t, lr, beta1, beta2, eps):
    m = mean(m, grads, beta1)
    v = mean(v, squares(m), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", ONE_SQUARE)
def adam_one_square(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, [g.square().mean() for g in grads], beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", BETAS_SWAPPED)
def adam_betas_swapped(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta2), mean(v, squares(grads), beta1)
    return after(params, quotients(m, v, eps, 1 - beta2**t, 1 - beta1**t), lr), m, v


@mistake("adam", BETAS_SWAPPED)
def adam_beta1_for_both(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta1)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta1**t), lr), m, v


@mistake("adam", WHOLE_GRADIENT)
def adam_whole_gradient(params, grads, m, v, t, lr, beta1, beta2, eps):
    m = [beta1 * a + g for a, g in zip(m, grads, strict=True)]
    v = [beta2 * b + g * g for b, g in zip(v, grads, strict=True)]
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", OLD_MEANS)
def adam_old_means(params, grads, m, v, t, lr, beta1, beta2, eps):
    params = after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr)
    return params, mean(m, grads, beta1), mean(v, squares(grads), beta2)


@mistake("adam", OLD_MEANS)
def adam_old_m(params, grads, m, v, t, lr, beta1, beta2, eps):
    new, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), new, v


@mistake("adam", OLD_MEANS)
def adam_old_v(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, new = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, new


@mistake("adam", GRADIENT_STEP)
def adam_gradient(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(grads, v, eps, 1, 1 - beta2**t), lr), m, v


@mistake("adam", EPS_SCALED)
def adam_eps_scaled(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    rate = lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
    return after(params, quotients(m, v, eps), rate), m, v


@mistake("adam", MEANS_WEIGHTS_SWAPPED)
def adam_weights_swapped(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, 1 - beta1), mean(v, squares(grads), 1 - beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", ASCENDS)
def adam_up(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), -lr), m, v


@mistake("adam", IN_PLACE)
def adam_in_place(params, grads, m, v, t, lr, beta1, beta2, eps):
    for a, b, g in zip(m, v, grads, strict=True):
        a.mul_(beta1).add_(g, alpha=1 - beta1)
        b.mul_(beta2).addcmul_(g, g, value=1 - beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", LIST_ALONE)
def adam_params_alone(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr)


@mistake("adam", AMSGRAD)
def adam_largest(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, new = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    v = [torch.maximum(a, b) for a, b in zip(v, new, strict=True)]
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", ASTRAY)
def adam_from_zeros(params, grads, m, v, t, lr, beta1, beta2, eps):
    m = [torch.zeros(a.shape, dtype=a.dtype) + a for a in mean(m, grads, beta1)]
    v = mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", "You multiply beta by t. The correction has its power: 1 - beta ** t.")
def adam_times_t(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, eps, 1 - beta1 * t, 1 - beta2 * t), lr), m, v


@mistake("adam", "You multiply by the corrections. Divide: m and v are too small at first.")
def adam_multiplied(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    steps = quotients(m, v, eps, 1 / (1 - beta1**t), 1 / (1 - beta2**t))
    return after(params, steps, lr), m, v


@mistake("adam", "You write the settings' usual values into the code. Take those that are given.")
def adam_usual_eps(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, beta1), mean(v, squares(grads), beta2)
    return after(params, quotients(m, v, 1e-8, 1 - beta1**t, 1 - beta2**t), lr), m, v


@mistake("adam", "You write the settings' usual values into the code. Take those that are given.")
def adam_usual_betas(params, grads, m, v, t, lr, beta1, beta2, eps):
    m, v = mean(m, grads, 0.9), mean(v, squares(grads), 0.999)
    return after(params, quotients(m, v, eps, 1 - 0.9**t, 1 - 0.999**t), lr), m, v


# --- loss_and_grads -----------------------------------------------------------------------------


def one_hot(out, targ):
    return F.one_hot(targ, out.shape[1]).to(out.dtype)


def forward(params, x):
    w1, b1, w2, b2 = params
    l1 = x @ w1 + b1
    return l1, l1.relu(), l1.relu() @ w2 + b2


def backward(params, x, l1, l2, d_out):
    """The right gradients for this dL/dout."""
    d_l1 = (d_out @ params[2].T) * (l1 > 0)
    return [x.T @ d_l1, d_l1.sum(0), l2.T @ d_out, d_out.sum(0)]


def d_cross_entropy(out, targ):
    return (out.softmax(1) - one_hot(out, targ)) / len(out)


def right_pass(params, x, targ):
    l1, l2, out = forward(params, x)
    return F.cross_entropy(out, targ), backward(params, x, l1, l2, d_cross_entropy(out, targ))


@mistake("loss_and_grads", NOT_CROSS_ENTROPY)
def pass_probabilities(params, x, targ):
    l1, l2, out = forward(params, x)
    d_out = out.softmax(1) / len(out)
    return F.cross_entropy(out, targ), backward(params, x, l1, l2, d_out)


@mistake("loss_and_grads", NOT_CROSS_ENTROPY)
def pass_nll_only(params, x, targ):
    l1, l2, out = forward(params, x)
    d_out = -one_hot(out, targ) / len(out)
    return F.cross_entropy(out, targ), backward(params, x, l1, l2, d_out)


@mistake("loss_and_grads", NOT_CROSS_ENTROPY)
def pass_as_mse(params, x, targ):
    l1, l2, out = forward(params, x)
    d_out = 2 * (out - one_hot(out, targ)) / len(out)
    return F.cross_entropy(out, targ), backward(params, x, l1, l2, d_out)


@mistake("loss_and_grads", NOT_CROSS_ENTROPY)
def pass_flipped(params, x, targ):
    l1, l2, out = forward(params, x)
    return F.cross_entropy(out, targ), backward(params, x, l1, l2, -d_cross_entropy(out, targ))


@mistake("loss_and_grads", SOFTMAX_TWICE)
def pass_loss_of_probabilities(params, x, targ):
    l1, l2, out = forward(params, x)
    loss = F.cross_entropy(out.softmax(1), targ)
    return loss, backward(params, x, l1, l2, d_cross_entropy(out, targ))


@mistake("loss_and_grads", SOFTMAX_TWICE)
def pass_softmax_twice(params, x, targ):
    l1, l2, out = forward(params, x)
    p = out.softmax(1)
    return F.cross_entropy(p, targ), backward(params, x, l1, l2, d_cross_entropy(p, targ))


@mistake("loss_and_grads", DOWN_THE_ROWS)
def pass_down_the_rows(params, x, targ):
    l1, l2, out = forward(params, x)
    d = (out.softmax(0) - one_hot(out, targ)) / len(out)
    return F.nll_loss(out.log_softmax(0), targ), backward(params, x, l1, l2, d)


@mistake("loss_and_grads", DOWN_THE_ROWS)
def pass_gradient_down_the_rows(params, x, targ):
    l1, l2, out = forward(params, x)
    d = (out.softmax(0) - one_hot(out, targ)) / len(out)
    return F.cross_entropy(out, targ), backward(params, x, l1, l2, d)


@mistake("loss_and_grads", BIAS_MISSING)
def pass_without_b1(params, x, targ):
    w1, b1, *rest = params
    return right_pass([w1, 0 * b1, *rest], x, targ)


@mistake("loss_and_grads", BIAS_MISSING)
def pass_without_b2(params, x, targ):
    return right_pass([*params[:3], 0 * params[3]], x, targ)


@mistake("loss_and_grads", BIAS_MISSING)
def pass_without_b1_and_b2(params, x, targ):
    w1, b1, w2, b2 = params
    return right_pass([w1, 0 * b1, w2, 0 * b2], x, targ)


@mistake("loss_and_grads", RELU_LOST)
def pass_without_mask(params, x, targ):
    l1, l2, out = forward(params, x)
    d = d_cross_entropy(out, targ)
    return F.cross_entropy(out, targ), backward(params, x, torch.ones_like(l1), l2, d)


@mistake("loss_and_grads", RELU_MISSING)
def pass_without_relu(params, x, targ):
    l1 = x @ params[0] + params[1]
    out = l1 @ params[2] + params[3]
    d = d_cross_entropy(out, targ)
    return F.cross_entropy(out, targ), backward(params, x, torch.ones_like(l1), l1, d)


@mistake("loss_and_grads", RELU_BEFORE)
def pass_relu_at_the_end(params, x, targ):
    l1, l2, out = forward(params, x)
    d = d_cross_entropy(out.relu(), targ) * (out > 0)
    return F.cross_entropy(out.relu(), targ), backward(params, x, l1, l2, d)


@mistake("loss_and_grads", MASK_AT_0)
def pass_mask_at_0(params, x, targ):
    l1, l2, out = forward(params, x)
    d = d_cross_entropy(out, targ)
    return F.cross_entropy(out, targ), backward(params, x, l1 >= 0, l2, d)


@mistake("loss_and_grads", L1_FOR_L2)
def pass_l1_for_l2(params, x, targ):
    l1, _, out = forward(params, x)
    return F.cross_entropy(out, targ), backward(params, x, l1, l1, d_cross_entropy(out, targ))


@mistake("loss_and_grads", MEAN_BIAS)
def pass_mean_biases(params, x, targ):
    loss, (d_w1, d_b1, d_w2, d_b2) = right_pass(params, x, targ)
    return loss, [d_w1, d_b1 / len(x), d_w2, d_b2 / len(x)]


@mistake("loss_and_grads", NOT_OVER_N)
def pass_not_over_n(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss, [g * len(x) for g in grads]


@mistake("loss_and_grads", LOSS_SUMMED)
def pass_summed(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss * len(x), [g * len(x) for g in grads]


@mistake("loss_and_grads", LOSS_SUMMED)
def pass_loss_summed(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss * len(x), grads


@mistake("loss_and_grads", TWO_TIMES_OVER_N)
def pass_twice_over_n(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss, [g / len(x) for g in grads]


@mistake("loss_and_grads", OVER_ALL)
def pass_over_all(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss, [g / len(params[3]) for g in grads]


@mistake("loss_and_grads", OVER_ALL)
def pass_loss_over_all(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss / len(params[3]), grads


@mistake("loss_and_grads", OVER_ALL)
def pass_both_over_all(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss / len(params[3]), [g / len(params[3]) for g in grads]


@mistake("loss_and_grads", LOSS_NUMBER)
def pass_number(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss.item(), grads


@mistake("loss_and_grads", NEGATIVE_LOSS)
def pass_negative_loss(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return -loss, grads


@mistake("loss_and_grads", OTHER_ORDER)
def pass_reversed(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss, grads[::-1]


@mistake("loss_and_grads", OTHER_ORDER)
def pass_last_layer_first(params, x, targ):
    loss, (d_w1, d_b1, d_w2, d_b2) = right_pass(params, x, targ)
    return loss, [d_w2, d_b2, d_w1, d_b1]


@mistake("loss_and_grads", OTHER_ORDER)
def pass_weights_first(params, x, targ):
    loss, (d_w1, d_b1, d_w2, d_b2) = right_pass(params, x, targ)
    return loss, [d_w1, d_w2, d_b1, d_b2]


@mistake("loss_and_grads", LIST_ALONE)
def pass_grads_alone(params, x, targ):
    return right_pass(params, x, targ)[1]


@mistake("loss_and_grads", AUTOGRAD)
def pass_autograd(params, x, targ):
    leaves = [p.detach().clone().requires_grad_() for p in params]
    loss = F.cross_entropy(forward(leaves, x)[2], targ)
    return loss.detach(), list(torch.autograd.grad(loss, leaves))


@mistake("loss_and_grads", NOT_STABLE)
def pass_unstable(params, x, targ):
    l1, l2, out = forward(params, x)
    p = out.exp() / out.exp().sum(1, keepdim=True)
    loss = -p[range(len(x)), targ].log().mean()
    return loss, backward(params, x, l1, l2, (p - one_hot(out, targ)) / len(x))


@mistake("loss_and_grads", ONE_LARGEST)
def pass_one_largest(params, x, targ):
    l1, l2, out = forward(params, x)
    shifted = out - out.max()
    total = shifted.exp().sum(1, keepdim=True)
    d = (shifted.exp() / total - one_hot(out, targ)) / len(out)
    return F.nll_loss(shifted - total.log(), targ), backward(params, x, l1, l2, d)


def pass_with_log(log):
    def function(params, x, targ):
        l1, l2, out = forward(params, x)
        loss = F.nll_loss(log(out.softmax(1)), targ)
        return loss, backward(params, x, l1, l2, d_cross_entropy(out, targ))

    return function


def log_of_sum(name, log):
    function = pass_with_log(log)
    function.__name__ = name
    return mistake("loss_and_grads", LOG_OF_SUM)(function)


log_plus_7 = log_of_sum("log_plus_7", lambda p: (p + 1e-7).log())
log_plus_8 = log_of_sum("log_plus_8", lambda p: (p + 1e-8).log())
log_plus_9 = log_of_sum("log_plus_9", lambda p: (p + 1e-9).log())
log_plus_10 = log_of_sum("log_plus_10", lambda p: (p + 1e-10).log())
log_plus_12 = log_of_sum("log_plus_12", lambda p: (p + 1e-12).log())
clamped_7 = log_of_sum("clamped_7", lambda p: p.clamp(min=1e-7).log())
clamped_8 = log_of_sum("clamped_8", lambda p: p.clamp(min=1e-8).log())
clamped_9 = log_of_sum("clamped_9", lambda p: p.clamp(min=1e-9).log())
clamped_12 = log_of_sum("clamped_12", lambda p: p.clamp(min=1e-12).log())


@mistake("loss_and_grads", ADDS_UP)
def pass_adds_up(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    for p, g in zip(params, grads, strict=True):
        p.grad = g if p.grad is None else p.grad + g
    return loss, [p.grad for p in params]


@mistake("loss_and_grads", ASTRAY)
def pass_zeros(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss, [torch.zeros(g.shape, dtype=g.dtype) + g for g in grads]


@mistake("loss_and_grads", "Your weights' gradients are transposed: dL/dw = x.T @ dL/dout, [m, o].")
def pass_transposed(params, x, targ):
    loss, (d_w1, d_b1, d_w2, d_b2) = right_pass(params, x, targ)
    return loss, [d_w1.T, d_b1, d_w2.T, d_b2]


@mistake(
    "loss_and_grads", "You multiply by the relu's output on the way back. Its slope is 1 or 0."
)
def pass_times_l2(params, x, targ):
    _, l2, out = forward(params, x)
    d = d_cross_entropy(out, targ)
    d_l1 = (d @ params[2].T) * l2
    return F.cross_entropy(out, targ), [x.T @ d_l1, d_l1.sum(0), l2.T @ d, d.sum(0)]


@mistake(
    "loss_and_grads", "You keep the rows in the biases' gradients. A bias meets all rows: sum(0)."
)
def pass_unsummed(params, x, targ):
    l1, l2, out = forward(params, x)
    d = d_cross_entropy(out, targ)
    d_l1 = (d @ params[2].T) * (l1 > 0)
    return F.cross_entropy(out, targ), [x.T @ d_l1, d_l1, l2.T @ d, d]


@mistake("loss_and_grads", TOO_FEW)
def pass_without_biases(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    return loss, [grads[0], grads[2]]


# --- train_epoch --------------------------------------------------------------------------------


def stepped(params, x, targ, lr):
    loss, grads = right_pass(params, x, targ)
    return after(params, grads, lr), loss


def epoch(params, batches, lr):
    """Right, for these minibatches."""
    losses = []
    for x, targ in batches:
        params, loss = stepped(params, x, targ, lr)
        losses.append(loss)
    return params, torch.stack(losses)


def blocks(data, order):
    """The rows as they lie, as many in each block as the batch has."""
    sizes = [len(rows) for rows in order]
    return data.split([*sizes, len(data) - sum(sizes)])[:-1]


@mistake("train_epoch", FROM_THE_START)
def epoch_from_the_start(params, x, targ, order, lr):
    passes = [right_pass(params, x[rows], targ[rows]) for rows in order]
    new = params
    for _, grads in passes:
        new = after(new, grads, lr)
    return new, torch.stack([loss for loss, _ in passes])


@mistake("train_epoch", SUMMED_STEPS)
def epoch_mean_step(params, x, targ, order, lr):
    passes = [right_pass(params, x[rows], targ[rows]) for rows in order]
    means = [sum(gs) / len(order) for gs in zip(*(grads for _, grads in passes), strict=True)]
    return after(params, means, lr), torch.stack([loss for loss, _ in passes])


@mistake("train_epoch", FROM_THE_START)
def epoch_last_step_only(params, x, targ, order, lr):
    passes = [right_pass(params, x[rows], targ[rows]) for rows in order]
    return after(params, passes[-1][1], lr), torch.stack([loss for loss, _ in passes])


@mistake("train_epoch", ALL_ROWS)
def epoch_all_rows(params, x, targ, order, lr):
    return epoch(params, [(x, targ) for _ in order], lr)


@mistake("train_epoch", LABELS_STAY)
def epoch_first_labels(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[: len(rows)]) for rows in order], lr)


@mistake("train_epoch", LABELS_STAY)
def epoch_labels_in_order(params, x, targ, order, lr):
    return epoch(params, zip([x[rows] for rows in order], blocks(targ, order), strict=True), lr)


@mistake("train_epoch", IN_ORDER)
def epoch_in_order(params, x, targ, order, lr):
    return epoch(params, zip(blocks(x, order), blocks(targ, order), strict=True), lr)


@mistake("train_epoch", FIRST_BATCH)
def epoch_first_batch(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[rows]) for rows in order[:1]], lr)


@mistake("train_epoch", LAST_SKIPPED)
def epoch_without_the_last(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[rows]) for rows in order[: max(1, len(order) - 1)]], lr)


@mistake("train_epoch", SHORT_SKIPPED)
def epoch_without_short_batches(params, x, targ, order, lr):
    full = [rows for rows in order if len(rows) >= len(order[0])]
    return epoch(params, [(x[rows], targ[rows]) for rows in full], lr)


@mistake("train_epoch", SHORT_SKIPPED)
def epoch_until_a_short_batch(params, x, targ, order, lr):
    full = itertools.takewhile(lambda rows: len(rows) >= len(order[0]), order)
    return epoch(params, [(x[rows], targ[rows]) for rows in full], lr)


@mistake("train_epoch", SAME_BATCH)
def epoch_same_batch(params, x, targ, order, lr):
    return epoch(params, [(x[order[0]], targ[order[0]]) for _ in order], lr)


@mistake("train_epoch", "You go through the batches backwards. Take them as they come.")
def epoch_backwards(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[rows]) for rows in reversed(order)], lr)


@mistake("train_epoch", LOSS_AFTER)
def epoch_loss_after(params, x, targ, order, lr):
    losses = []
    for rows in order:
        params, _ = stepped(params, x[rows], targ[rows], lr)
        losses.append(right_pass(params, x[rows], targ[rows])[0])
    return params, torch.stack(losses)


@mistake("train_epoch", LAST_LOSS)
def epoch_last_loss(params, x, targ, order, lr):
    params, losses = epoch(params, [(x[rows], targ[rows]) for rows in order], lr)
    return params, losses[-1]


@mistake("train_epoch", MEAN_LOSS)
def epoch_mean_loss(params, x, targ, order, lr):
    params, losses = epoch(params, [(x[rows], targ[rows]) for rows in order], lr)
    return params, losses.mean()


@mistake("train_epoch", RUNNING_MEAN)
def epoch_running_means(params, x, targ, order, lr):
    params, losses = epoch(params, [(x[rows], targ[rows]) for rows in order], lr)
    return params, losses.cumsum(0) / torch.arange(1, len(losses) + 1).to(losses)


@mistake("train_epoch", RUNNING_MEAN)
def epoch_running_sums(params, x, targ, order, lr):
    params, losses = epoch(params, [(x[rows], targ[rows]) for rows in order], lr)
    return params, losses.cumsum(0)


@mistake("train_epoch", ONE_STEP_SHORT)
def epoch_one_step_short(params, x, targ, order, lr):
    pairs = [(x[rows], targ[rows]) for rows in order]
    _, losses = epoch(params, pairs, lr)
    return (epoch(params, pairs[:-1], lr)[0] if pairs[1:] else params), losses


@mistake("train_epoch", BIASES_STAY)
def epoch_weights_alone(params, x, targ, order, lr):
    losses = []
    for rows in order:
        loss, (d_w1, d_b1, d_w2, d_b2) = right_pass(params, x[rows], targ[rows])
        params = after(params, [d_w1, 0 * d_b1, d_w2, 0 * d_b2], lr)
        losses.append(loss)
    return params, torch.stack(losses)


@mistake("train_epoch", LOSS_LIST)
def epoch_list_of_losses(params, x, targ, order, lr):
    params, losses = epoch(params, [(x[rows], targ[rows]) for rows in order], lr)
    return params, list(losses)


@mistake("train_epoch", LOSS_LIST)
def epoch_list_of_numbers(params, x, targ, order, lr):
    params, losses = epoch(params, [(x[rows], targ[rows]) for rows in order], lr)
    return params, losses.tolist()


@mistake("train_epoch", LIST_ALONE)
def epoch_params_alone(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[rows]) for rows in order], lr)[0]


@mistake("train_epoch", ASCENDS)
def epoch_up(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[rows]) for rows in order], -lr)


@mistake("train_epoch", IN_PLACE)
def epoch_in_place(params, x, targ, order, lr):
    losses = []
    for rows in order:
        loss, grads = right_pass(params, x[rows], targ[rows])
        for p, g in zip(params, grads, strict=True):
            p.sub_(g, alpha=lr)
        losses.append(loss)
    return params, torch.stack(losses)


@mistake("train_epoch", ADDS_UP)
def epoch_adds_up(params, x, targ, order, lr):
    total, losses = [torch.zeros_like(p) for p in params], []
    for rows in order:
        loss, grads = right_pass(params, x[rows], targ[rows])
        total = [a + g for a, g in zip(total, grads, strict=True)]
        params = after(params, total, lr)
        losses.append(loss)
    return params, torch.stack(losses)


@mistake("train_epoch", AUTOGRAD)
def epoch_autograd(params, x, targ, order, lr):
    losses = []
    for rows in order:
        leaves = [p.detach().clone().requires_grad_() for p in params]
        loss = F.cross_entropy(forward(leaves, x[rows])[2], targ[rows])
        params = after(params, torch.autograd.grad(loss, leaves), lr)
        losses.append(loss.detach())
    return params, torch.stack(losses)


@mistake("train_epoch", ASTRAY)
def epoch_zeros(params, x, targ, order, lr):
    losses = torch.zeros(len(order), dtype=x.dtype)
    for k, rows in enumerate(order):
        params, loss = stepped(params, x[rows], targ[rows], lr)
        losses[k] = loss
    return params, losses


@mistake(
    "train_epoch", "You divide by the number of all rows. The mean is over the minibatch's own."
)
def epoch_over_all_rows(params, x, targ, order, lr):
    losses = []
    for rows in order:
        params, loss = stepped(params, x[rows], targ[rows], lr * len(rows) / len(x))
        losses.append(loss)
    return params, torch.stack(losses)


@mistake("train_epoch", WEIGHED)
def epoch_weighed(params, x, targ, order, lr):
    losses = []
    for rows in order:
        params, loss = stepped(params, x[rows], targ[rows], lr * len(rows) / len(order[0]))
        losses.append(loss)
    return params, torch.stack(losses)


@mistake("train_epoch", "You divide lr by the number of batches. Each step is a full one.")
def epoch_small_steps(params, x, targ, order, lr):
    return epoch(params, [(x[rows], targ[rows]) for rows in order], lr / len(order))
