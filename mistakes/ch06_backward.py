"""Known wrong answers of chapter 6, each with the sentence a kind teacher would say.

Longer than other files: a gradient can be wrong in its formula, its shape, its upstream and in
where it is put, and each of these must be known in order to be named.
"""

import torch
import torch.nn.functional as F

from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, NUMPY
from kata.checks.gradients import ADDS, AUTOGRAD, KEPT, NAMED_G, OVERWRITES, RETURNED, STALE
from kata.diagnosis.recorded import mistake, probes

# --- what all gradient functions can get wrong --------------------------------------------------

UNSET = (
    "You set nothing on the tensors that you were given. A new name, a clone or a detached copy is "
    "another object: assign to inp.grad itself."
)
READS_G = (
    "You read out.g, the notebook's name. The kata keeps gradients in .grad, as torch does: the "
    "upstream is out.grad."
)
NONE_YET = (
    "You change inp.grad in place, but before the first call there is none: it is None. Make the "
    "gradient and assign it: inp.grad = ..."
)
FLOAT32 = (
    "You fix the dtype (float32). A gradient has the dtype of its tensor: leave it as it comes."
)
FLOAT64 = (
    "You fix the dtype (float64). A gradient has the dtype of its tensor: leave it as it comes."
)
HALF = "You compute in half precision. Leave the dtype as it comes from the inputs."
FACTOR_LR = (
    "You scale the gradient by a learning rate. That belongs into the update of the weights; the "
    "gradient is the derivative itself."
)

# --- mse_grad -----------------------------------------------------------------------------------


@probes("mse_grad")
def mse_grad_probes(draw):
    yield draw(5, 1), draw(5)
    yield draw(1, 1), draw(1)
    yield draw(2, 1), draw(2)
    yield draw(1, 1), draw(1)
    yield draw(3, 1, scale=10), draw(3)
    inp = draw(4, 1)
    yield inp, torch.cat([inp[:2, 0], draw(2)])
    yield draw.with_grad(draw(5, 1)), draw(5)
    yield draw(4, 1).requires_grad_(), draw(4)


NO_TWO = "You left out the factor 2, which comes down from the square: d(e^2)/de = 2 e."
NO_N = (
    "You left out 1/n. The loss is the mean of n squares, so each output has a share of only 1/n "
    "in it."
)
NO_TWO_NO_N = (
    "You give the plain error. The square brings down a factor 2 and the mean a 1/n: "
    "2 (inp - targ) / n."
)
N_SQUARED = (
    "You divide by n^2: once too often, or by the size of the n x n differences that broadcasting "
    "[n, 1] against [n] makes. The mean is over n squares."
)
FOUR = "Your factor is 4: the 2 of the square is counted twice. It comes down once."
HALVED = "You divide by 2. The square brings the 2 down as a factor: 2 (inp - targ) / n."
TIMES_N = "You multiply by n. The mean divides by it: 2 (inp - targ) / n."
MSE_SIGN = "Your sign is turned: d(inp - targ)^2/dinp = 2 (inp - targ), not 2 (targ - inp)."
MSE_SIGN_NO_N = "Your sign is turned, and 1/n is missing: 2 (inp - targ) / n."
MSE_SIGN_NO_TWO = "Your sign is turned, and the factor 2 is missing: 2 (inp - targ) / n."
MSE_SIGN_PLAIN = "Your sign is turned, and both 2 and 1/n are missing: 2 (inp - targ) / n."
MSE_FLAT = (
    "Your gradient has shape [n], as the targets have. inp is [n, 1], and so is its gradient: give "
    "it the second axis back with unsqueeze(-1)."
)
MSE_BROADCAST = (
    "You subtract targ [n] from inp [n, 1] as they come. Broadcasting makes n x n differences of "
    "them; bring both to one shape first."
)
MSE_BROADCAST_REDUCED = (
    "You compare each output with all n targets: [n, 1] minus [n] broadcasts to n x n differences, "
    "which you then reduce. Bring both to one shape first."
)
MSE_ONE_ROW = (
    "Your gradient is one row, [1, n]. inp is a column, [n, 1], so is its gradient: the new axis "
    "comes last, unsqueeze(-1)."
)
MSE_AVERAGED = (
    "You average (or add up) over the rows. The gradient of a mean is no mean: each output has an "
    "entry of its own, with its own error."
)
MSE_LOSS = (
    "You give the loss, or its squares. Asked for is its derivative in inp, which has the error to "
    "the power 1."
)
MSE_ABS = "You take the size of the error and lose its sign. The gradient is 2 (inp - targ) / n."
MSE_L1 = (
    "You give the derivative of the mean absolute error, the sign. That of the squared error is "
    "2 (inp - targ) / n."
)
MSE_ROOT = (
    "You differentiate the root of the mean squared error. The loss is the mean itself, without a "
    "root."
)
MSE_WHOLE = "// rounds down to whole numbers. Write /."
MSE_NO_TARG = "You leave targ out. The gradient is in proportion to the error inp - targ."
MSE_NO_INP = "You leave inp out. The gradient is in proportion to the error inp - targ."
MSE_PLUS = "You add inp and targ. The error is their difference, inp - targ."
MSE_TARG = "You set targ.grad. The gradient asked for is that of the outputs, inp.grad."
MSE_TIMES_INP = (
    "You multiply by inp once too often. inp enters the error with factor 1, so the chain ends "
    "with 2 (inp - targ) / n."
)
MSE_SIGMOID = (
    "You multiply by the derivative of a sigmoid. There is none here: the outputs enter the loss "
    "as they are."
)
MSE_N_LESS_ONE = "You divide by n - 1, as for a variance. The loss is a mean over n."
MSE_ROOT_N = "You divide by sqrt(n). The loss is a mean over n, so divide by n."
MSE_UPSTREAM = (
    "You multiply by an upstream gradient. The loss is the end of the pass: nothing comes after "
    "it, and inp.grad is what this function sets."
)
FIXED_N = "You divide by a fixed number. Divide by n, the number of outputs: len(inp)."
MSE_LAST = "Only one row gets its gradient. Each of the n outputs has an entry: 2 (inp - targ) / n."
MSE_RELATIVE = "You divide by the target. The squared error is not relative to it."
MSE_INT = "You cut numbers to whole ones (long, int, round, floor). Keep them as they are."
MSE_MEAN_TARG = (
    "Each output is compared with the mean of all targets, whether you took it or a mean (or sum) "
    "over the n x n differences of broadcasting did. Output i belongs to target i."
)
MSE_MEAN_OUTPUT = (
    "Each target is compared with the mean of all outputs, whether you took it or a mean (or sum) "
    "over the n x n differences of broadcasting did. Output i belongs to target i."
)
MSE_NUMBER = (
    "You set one number, a mean or the loss itself. The gradient of a mean is no mean: each of the "
    "n outputs has an entry of its own, 2 (inp - targ) / n."
)
MSE_REVERSED = "You pair outputs with other targets (flip, sort). Output i belongs to target i."
MSE_CLIPPED = "You clip the gradient. Asked for is the derivative as it is."


def error(inp, targ):
    """The column of errors that the wrong answers below start from."""
    return inp - targ.unsqueeze(-1)


@mistake("mse_grad", NO_TWO)
def mse_without_two(inp, targ):
    inp.grad = error(inp, targ) / len(inp)


@mistake("mse_grad", NO_N)
def mse_without_n(inp, targ):
    inp.grad = 2 * error(inp, targ)


@mistake("mse_grad", NO_TWO_NO_N)
def mse_plain_error(inp, targ):
    inp.grad = error(inp, targ)


@mistake("mse_grad", N_SQUARED)
def mse_over_n_squared(inp, targ):
    inp.grad = 2 * error(inp, targ) / len(inp) ** 2


@mistake("mse_grad", FOUR)
def mse_four(inp, targ):
    inp.grad = 4 * error(inp, targ) / len(inp)


@mistake("mse_grad", HALVED)
def mse_halved(inp, targ):
    inp.grad = error(inp, targ) / (2 * len(inp))


@mistake("mse_grad", HALVED)
def mse_halved_without_n(inp, targ):
    inp.grad = error(inp, targ) / 2


@mistake("mse_grad", TIMES_N)
def mse_times_n(inp, targ):
    inp.grad = 2 * error(inp, targ) * len(inp)


@mistake("mse_grad", MSE_SIGN)
def mse_sign(inp, targ):
    inp.grad = -2 * error(inp, targ) / len(inp)


@mistake("mse_grad", MSE_SIGN_NO_N)
def mse_sign_without_n(inp, targ):
    inp.grad = -2 * error(inp, targ)


@mistake("mse_grad", MSE_SIGN_NO_TWO)
def mse_sign_without_two(inp, targ):
    inp.grad = -error(inp, targ) / len(inp)


@mistake("mse_grad", MSE_SIGN_PLAIN)
def mse_sign_plain(inp, targ):
    inp.grad = -error(inp, targ)


@mistake("mse_grad", MSE_FLAT)
def mse_flat(inp, targ):
    inp.grad = 2 * (inp.squeeze(-1) - targ) / len(inp)


@mistake("mse_grad", MSE_FLAT)
def mse_squeezed_at_the_end(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).squeeze()


@mistake("mse_grad", MSE_FLAT)
def mse_all_axes_squeezed_first(inp, targ):
    inp.grad = 2 * (inp.squeeze() - targ.squeeze()) / len(inp)


@mistake("mse_grad", MSE_ONE_ROW)
def mse_one_row(inp, targ):
    inp.grad = 2 * (inp.squeeze(-1) - targ).unsqueeze(0) / len(inp)


@mistake("mse_grad", MSE_BROADCAST)
def mse_broadcast(inp, targ):
    inp.grad = 2 * (inp - targ) / len(inp)


@mistake("mse_grad", MSE_BROADCAST)
def mse_broadcast_with_an_axis_more(inp, targ):
    inp.grad = (2 * (inp - targ) / len(inp)).unsqueeze(-1)


@mistake("mse_grad", MSE_BROADCAST)
def mse_broadcast_without_n(inp, targ):
    inp.grad = 2 * (inp - targ)


@mistake("mse_grad", MSE_BROADCAST)
def mse_broadcast_with_an_axis_more_after(inp, targ):
    inp.grad = 2 * (inp - targ).unsqueeze(-1) / len(inp)


@mistake("mse_grad", MSE_MEAN_TARG)
def mse_broadcast_mean(inp, targ):
    inp.grad = (2 * (inp - targ)).mean(1, keepdim=True)


@mistake("mse_grad", MSE_MEAN_TARG)
def mse_broadcast_mean_over_n(inp, targ):
    inp.grad = (2 * (inp - targ)).mean(1, keepdim=True) / len(inp)


@mistake("mse_grad", MSE_MEAN_TARG)
def mse_broadcast_sum(inp, targ):
    inp.grad = (2 * (inp - targ)).sum(1, keepdim=True)


@mistake("mse_grad", MSE_MEAN_OUTPUT)
def mse_broadcast_mean_of_columns(inp, targ):
    inp.grad = (2 * (inp - targ)).mean(0).unsqueeze(-1)


@mistake("mse_grad", MSE_MEAN_OUTPUT)
def mse_broadcast_mean_of_columns_over_n(inp, targ):
    inp.grad = (2 * (inp - targ) / len(inp)).mean(0).unsqueeze(-1)


@mistake("mse_grad", MSE_BROADCAST_REDUCED)
def mse_broadcast_first_column(inp, targ):
    inp.grad = (2 * (inp - targ) / len(inp))[:, :1]


@mistake("mse_grad", MSE_BROADCAST_REDUCED)
def mse_broadcast_first_row(inp, targ):
    inp.grad = (2 * (inp - targ) / len(inp))[:1].T


@mistake("mse_grad", MSE_MEAN_OUTPUT)
def mse_broadcast_sum_of_columns(inp, targ):
    inp.grad = (2 * (inp - targ) / len(inp)).sum(0).unsqueeze(-1)


@mistake("mse_grad", MSE_BROADCAST_REDUCED)
def mse_broadcast_last_column(inp, targ):
    inp.grad = (2 * (inp - targ) / len(inp))[:, -1:]


@mistake("mse_grad", MSE_BROADCAST)
def mse_targets_in_one_row(inp, targ):
    inp.grad = 2 * (inp - targ[None]) / len(inp)


@mistake("mse_grad", MSE_NUMBER)
def mse_mean_of_errors(inp, targ):
    inp.grad = 2 * error(inp, targ).mean()


@mistake("mse_grad", MSE_AVERAGED)
def mse_mean_of_errors_everywhere(inp, targ):
    inp.grad = (2 * error(inp, targ).mean()).expand_as(inp)


@mistake("mse_grad", MSE_AVERAGED)
def mse_mean_of_errors_over_n_everywhere(inp, targ):
    inp.grad = torch.zeros_like(inp) + 2 * error(inp, targ).mean() / len(inp)


@mistake("mse_grad", MSE_AVERAGED)
def mse_mean_of_errors_with_axes(inp, targ):
    inp.grad = 2 * error(inp, targ).mean(0, keepdim=True)


@mistake("mse_grad", MSE_AVERAGED)
def mse_mean_of_errors_in_one_axis(inp, targ):
    inp.grad = 2 * error(inp, targ).mean(0)


@mistake("mse_grad", MSE_AVERAGED)
def mse_half_mean_everywhere(inp, targ):
    inp.grad = error(inp, targ).mean().expand_as(inp)


@mistake("mse_grad", MSE_NUMBER)
def mse_loss_itself(inp, targ):
    inp.grad = error(inp, targ).square().mean()


@mistake("mse_grad", MSE_LOSS)
def mse_loss_everywhere(inp, targ):
    inp.grad = error(inp, targ).square().mean().expand_as(inp)


@mistake("mse_grad", MSE_LOSS)
def mse_squares(inp, targ):
    inp.grad = error(inp, targ).square()


@mistake("mse_grad", MSE_LOSS)
def mse_squares_over_n(inp, targ):
    inp.grad = error(inp, targ).square() / len(inp)


@mistake("mse_grad", MSE_LOSS)
def mse_twice_the_squares(inp, targ):
    inp.grad = 2 * error(inp, targ).square() / len(inp)


@mistake("mse_grad", MSE_LOSS)
def mse_twice_the_loss_everywhere(inp, targ):
    inp.grad = (2 * error(inp, targ).square().mean()).expand_as(inp)


@mistake("mse_grad", MSE_LOSS)
def mse_square_of_twice_the_error(inp, targ):
    inp.grad = (2 * error(inp, targ)) ** 2 / len(inp)


@mistake("mse_grad", MSE_ABS)
def mse_absolute(inp, targ):
    inp.grad = 2 * error(inp, targ).abs() / len(inp)


@mistake("mse_grad", MSE_ABS)
def mse_absolute_plain(inp, targ):
    inp.grad = error(inp, targ).abs() / len(inp)


@mistake("mse_grad", MSE_L1)
def mse_sign_of_error(inp, targ):
    inp.grad = error(inp, targ).sign() / len(inp)


@mistake("mse_grad", MSE_L1)
def mse_twice_the_sign_of_error(inp, targ):
    inp.grad = 2 * error(inp, targ).sign() / len(inp)


@mistake("mse_grad", MSE_L1)
def mse_sign_of_error_without_n(inp, targ):
    inp.grad = error(inp, targ).sign()


@mistake("mse_grad", MSE_ROOT)
def mse_of_root(inp, targ):
    e = error(inp, targ)
    inp.grad = e / (len(inp) * e.square().mean().sqrt())


@mistake("mse_grad", MSE_WHOLE)
def mse_whole_division(inp, targ):
    inp.grad = 2 * error(inp, targ) // len(inp)


@mistake("mse_grad", MSE_WHOLE)
def mse_whole_factor(inp, targ):
    inp.grad = 2 // len(inp) * error(inp, targ)


@mistake("mse_grad", MSE_WHOLE)
def mse_whole_share(inp, targ):
    inp.grad = 1 // len(inp) * 2 * error(inp, targ)


@mistake("mse_grad", MSE_NO_TARG)
def mse_without_targ(inp, targ):
    inp.grad = 2 * inp / len(inp)


@mistake("mse_grad", MSE_NO_TARG)
def mse_only_the_factor(inp, targ):
    inp.grad = torch.full_like(inp, 2 / len(inp))


@mistake("mse_grad", MSE_NO_TARG)
def mse_ones(inp, targ):
    inp.grad = torch.ones_like(inp)


@mistake("mse_grad", MSE_NO_TARG)
def mse_share(inp, targ):
    inp.grad = torch.full_like(inp, 1 / len(inp))


@mistake("mse_grad", MSE_NO_TARG)
def mse_zeros(inp, targ):
    inp.grad = torch.zeros_like(inp)


@mistake("mse_grad", MSE_NO_INP)
def mse_without_inp(inp, targ):
    inp.grad = -2 * targ.unsqueeze(-1) / len(inp)


@mistake("mse_grad", MSE_NO_INP)
def mse_targ_for_error(inp, targ):
    inp.grad = 2 * targ.unsqueeze(-1) / len(inp)


@mistake("mse_grad", MSE_PLUS)
def mse_plus(inp, targ):
    inp.grad = 2 * (inp + targ.unsqueeze(-1)) / len(inp)


@mistake("mse_grad", MSE_PLUS)
def mse_twice_the_output_less_targ(inp, targ):
    inp.grad = (2 * inp - targ.unsqueeze(-1)) / len(inp)


@mistake("mse_grad", MSE_TARG)
def mse_sets_targ(inp, targ):
    targ.grad = -2 * error(inp, targ).squeeze(-1) / len(inp)


@mistake("mse_grad", MSE_TARG)
def mse_sets_targ_as_inp(inp, targ):
    targ.grad = 2 * error(inp, targ).squeeze(-1) / len(inp)


@mistake("mse_grad", MSE_TIMES_INP)
def mse_times_inp(inp, targ):
    inp.grad = 2 * error(inp, targ) * inp / len(inp)


@mistake("mse_grad", MSE_TIMES_INP)
def mse_times_inp_without_n(inp, targ):
    inp.grad = 2 * error(inp, targ) * inp


@mistake("mse_grad", MSE_SIGMOID)
def mse_sigmoid(inp, targ):
    inp.grad = 2 * error(inp, targ) * inp * (1 - inp) / len(inp)


@mistake("mse_grad", MSE_SIGMOID)
def mse_sigmoid_of_inp(inp, targ):
    p = torch.sigmoid(inp)
    inp.grad = 2 * error(p, targ) * p * (1 - p) / len(inp)


@mistake("mse_grad", MSE_N_LESS_ONE)
def mse_over_n_less_one(inp, targ):
    inp.grad = 2 * error(inp, targ) / max(len(inp) - 1, 1)


@mistake("mse_grad", MSE_N_LESS_ONE)
def mse_over_n_less_one_or_none(inp, targ):
    inp.grad = 2 * error(inp, targ) / torch.tensor(len(inp) - 1)


@mistake("mse_grad", MSE_N_LESS_ONE)
def mse_over_n_less_one_in_python(inp, targ):
    inp.grad = 2 * error(inp, targ) / (len(inp) - 1)


@mistake("mse_grad", MSE_N_LESS_ONE)
def mse_factor_over_n_less_one(inp, targ):
    inp.grad = 2 / (len(inp) - 1) * error(inp, targ)


@mistake("mse_grad", MSE_ROOT_N)
def mse_over_root_n(inp, targ):
    inp.grad = 2 * error(inp, targ) / len(inp) ** 0.5


@mistake("mse_grad", MSE_UPSTREAM)
def mse_times_its_own_grad(inp, targ):
    inp.grad = 2 * error(inp, targ) / len(inp) * inp.grad


@mistake("mse_grad", MSE_UPSTREAM)
def mse_its_own_grad_first(inp, targ):
    inp.grad = inp.grad * 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", MSE_UPSTREAM)
def mse_times_its_own_grad_in_place(inp, targ):
    inp.grad *= 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", FIXED_N)
def mse_for_all_of_mnist(inp, targ):
    inp.grad = 2 * error(inp, targ) / 50_000


@mistake("mse_grad", FIXED_N)
def mse_for_a_batch_of_64(inp, targ):
    inp.grad = 2 * error(inp, targ) / 64


@mistake("mse_grad", MSE_LAST)
def mse_last_row(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[-1] = 2 * error(inp, targ)[-1] / len(inp)


@mistake("mse_grad", MSE_LAST)
def mse_first_row(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[0] = 2 * error(inp, targ)[0] / len(inp)


@mistake("mse_grad", MSE_LAST)
def mse_last_row_everywhere(inp, targ):
    inp.grad = (2 * error(inp, targ)[-1:] / len(inp)).expand_as(inp)


@mistake("mse_grad", MSE_LAST)
def mse_all_but_the_last_row(inp, targ):
    inp.grad = torch.zeros_like(inp)
    inp.grad[:-1] = 2 * error(inp, targ)[:-1] / len(inp)


@mistake("mse_grad", MSE_RELATIVE)
def mse_relative(inp, targ):
    inp.grad = 2 * error(inp, targ) / targ.unsqueeze(-1) / len(inp)


@mistake("mse_grad", MSE_INT)
def mse_whole_targets(inp, targ):
    inp.grad = 2 * error(inp, targ.long()) / len(inp)


@mistake("mse_grad", MSE_INT)
def mse_rounded_outputs(inp, targ):
    inp.grad = 2 * error(inp.round(), targ) / len(inp)


@mistake("mse_grad", MSE_INT)
def mse_rounded(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).round()


@mistake("mse_grad", MSE_INT)
def mse_rounded_to_four_digits(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).round(decimals=4)


@mistake("mse_grad", MSE_MEAN_TARG)
def mse_less_mean_target(inp, targ):
    inp.grad = 2 * (inp - targ.mean()) / len(inp)


@mistake("mse_grad", MSE_MEAN_OUTPUT)
def mse_mean_output_less_target(inp, targ):
    inp.grad = 2 * (inp.mean() - targ).unsqueeze(-1) / len(inp)


@mistake("mse_grad", MSE_REVERSED)
def mse_reversed(inp, targ):
    inp.grad = 2 * error(inp, targ.flip(0)) / len(inp)


@mistake("mse_grad", MSE_REVERSED)
def mse_sorted(inp, targ):
    inp.grad = 2 * error(inp, targ.sort().values) / len(inp)


@mistake("mse_grad", MSE_CLIPPED)
def mse_clipped(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).clamp(-1, 1)


@mistake("mse_grad", FACTOR_LR)
def mse_with_learning_rate(inp, targ):
    inp.grad = 0.1 * 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", FACTOR_LR)
def mse_with_small_learning_rate(inp, targ):
    inp.grad = 0.01 * 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", FLOAT32)
def mse_in_float32(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).float()


@mistake("mse_grad", FLOAT32)
def mse_in_float32_and_back(inp, targ):
    inp.grad = (2 * error(inp.float(), targ.float()) / len(inp)).to(inp.dtype)


@mistake("mse_grad", FLOAT64)
def mse_in_float64(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).double()


@mistake("mse_grad", HALF)
def mse_in_half(inp, targ):
    inp.grad = (2 * error(inp, targ) / len(inp)).half().to(inp.dtype)


@mistake("mse_grad", ASTRAY)
def mse_on_the_cpu(inp, targ):
    grad = torch.zeros(inp.shape, dtype=inp.dtype)
    grad[:, 0] = 2 * error(inp, targ).squeeze(-1) / len(inp)
    inp.grad = grad


@mistake("mse_grad", NUMPY)
def mse_in_numpy(inp, targ):
    e = inp.numpy() - targ.numpy()[:, None]
    inp.grad = torch.from_numpy(2 * e / len(inp))


@mistake("mse_grad", RETURNED)
def mse_returned(inp, targ):
    return 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", RETURNED)
def mse_set_and_returned(inp, targ):
    inp.grad = 2 * error(inp, targ) / len(inp)
    return inp.grad


@mistake("mse_grad", NAMED_G)
def mse_named_g(inp, targ):
    inp.g = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", UNSET)
def mse_set_on_a_copy(inp, targ):
    inp = inp.clone()
    inp.grad = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", NONE_YET)
def mse_added_to_none(inp, targ):
    inp.grad += 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", NONE_YET)
def mse_written_into_none(inp, targ):
    inp.grad[:] = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", NONE_YET)
def mse_copied_into_none(inp, targ):
    inp.grad.copy_(2 * error(inp, targ) / len(inp))


@mistake("mse_grad", NONE_YET)
def mse_set_as_data_of_none(inp, targ):
    inp.grad.data = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", NONE_YET)
def mse_zeroed_before_it_is_there(inp, targ):
    inp.grad.zero_()
    inp.grad = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", ADDS)
def mse_added(inp, targ):
    grad = 2 * error(inp, targ) / len(inp)
    inp.grad = grad if inp.grad is None else inp.grad + grad


@mistake("mse_grad", KEPT)
def mse_set_once(inp, targ):
    if inp.grad is None:
        inp.grad = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", STALE)
class MseOfFirstCall:
    """Keeps the first targets of each length."""

    def __init__(self):
        self.targets = {}

    def __call__(self, inp, targ):
        targ = self.targets.setdefault(len(targ), targ)
        inp.grad = 2 * error(inp, targ) / len(inp)


@mistake("mse_grad", IN_PLACE)
def mse_error_in_place(inp, targ):
    inp -= targ.unsqueeze(-1)
    inp.grad = 2 * inp / len(inp)


@mistake("mse_grad", IN_PLACE)
def mse_target_reshaped_in_place(inp, targ):
    targ.unsqueeze_(-1)
    inp.grad = 2 * (inp - targ) / len(inp)


@mistake("mse_grad", IN_PLACE)
def mse_output_reshaped_in_place(inp, targ):
    inp.squeeze_(-1)
    inp.grad = 2 * (inp - targ) / len(inp)


@mistake("mse_grad", AUTOGRAD)
def mse_by_autograd(inp, targ):
    p = inp.detach().requires_grad_()
    (inp.grad,) = torch.autograd.grad(F.mse_loss(p[:, 0], targ), p)


@mistake("mse_grad", AUTOGRAD)
def mse_by_backward(inp, targ):
    inp.grad = None
    p = inp.detach().requires_grad_()
    F.mse_loss(p[:, 0], targ).backward()
    inp.grad = p.grad


@mistake("mse_grad", AUTOGRAD)
def mse_by_func(inp, targ):
    inp.grad = torch.func.grad(lambda p: F.mse_loss(p[:, 0], targ))(inp)


# --- relu_grad ----------------------------------------------------------------------------------


@probes("relu_grad")
def relu_grad_probes(draw):
    yield with_upstream(draw, draw(5, 4))
    yield with_upstream(draw, draw(3, 3), -0.5)
    yield with_upstream(draw, draw(1, 6), 0.5)
    yield with_upstream(draw, draw(5, 4, scale=5).trunc())
    yield with_upstream(draw, draw(4, 3, scale=1e-9))
    yield with_upstream(draw, draw(2, 3, 2))
    yield with_upstream(draw, draw(2, 5).abs())
    inp = draw.with_grad(draw(4, 5))
    yield with_upstream(draw, inp, -0.5)
    yield with_upstream(draw, draw(4, 5).requires_grad_())


def with_upstream(draw, inp, shift=0.0):
    return inp, draw.with_grad(torch.relu(inp.detach()) + shift)


RELU_MASK_OUT = (
    "Your mask comes from out. With a shifted relu, out > 0 no longer means inp > 0: take the mask "
    "from inp."
)
RELU_KINK = (
    "At exactly 0 you let the gradient through. Take 0 there, as torch.relu does: the mask is "
    "inp > 0, not inp >= 0."
)
RELU_KINK_HALF = (
    "At exactly 0 you let half of the gradient through. Take 0 there, as torch.relu does."
)
RELU_KINK_OUT = (
    "Your mask comes from out, which is never negative after a plain relu, so out >= 0 lets "
    "everything through. Take it from inp: inp > 0."
)
RELU_NO_UPSTREAM = (
    "You leave out the upstream gradient. The mask alone is dout/dinp; the chain rule multiplies "
    "it by dL/dout, which is out.grad."
)
RELU_INVERTED = (
    "Your mask is the wrong way round: it keeps what the relu set to zero. The gradient goes where "
    "inp > 0."
)
RELU_NO_MASK = (
    "You pass the upstream gradient on as it is. Where inp <= 0 the relu's output does not move, "
    "so nothing goes back there."
)
RELU_ON_GRADIENT = (
    "You apply relu to the gradient. It is the sign of inp, not that of the gradient, that decides "
    "what goes through."
)
RELU_GUIDED = (
    "You drop negative gradients besides. Only the sign of inp decides; a gradient may have any "
    "sign."
)
RELU_TIMES_OUT = (
    "You multiply by the relu's output. Its derivative is 1 where inp > 0 and 0 elsewhere, not "
    "its value."
)
RELU_TIMES_INP = (
    "You multiply by inp. The derivative of relu is 1 where inp > 0 and 0 elsewhere, not inp."
)
RELU_SIGN = (
    "Your sign is turned: where inp > 0, out grows with inp, so the gradient keeps its sign."
)
RELU_LEAKY = (
    "You let a part of the gradient through where inp < 0, as a leaky relu does. A relu lets none "
    "through."
)
RELU_ABS = (
    "You use the sign of inp, which is -1 where inp < 0: that is the derivative of the absolute "
    "value. A relu has 0 there."
)
RELU_SHIFTED_GRADIENT = (
    "You subtract the shift from the gradient. It is a constant, so its derivative is 0: nothing "
    "of it is left in dL/dinp."
)
RELU_SHIFTED_MASK = (
    "Your mask compares inp with the shift. The bend lies at inp = 0, wherever out starts."
)
RELU_THRESHOLD = (
    "Your mask cuts off too much or too little: the bend lies at exactly 0, not at another number "
    "near it."
)
RELU_SIX = "You stop the gradient of large inputs, too, as relu6 does. A relu has no upper end."
RELU_N = "You divide by the number of rows or elements. That 1/n already sits in mse_grad."
RELU_SUM = (
    "You add up over an axis. relu works element by element, so each element of inp has a gradient "
    "of its own."
)
RELU_PICKED = (
    "You pick out the elements with inp > 0 (x[mask]), which loses the shape. Multiply by the "
    "mask, or use torch.where."
)
RELU_BOOL = (
    "You set the mask itself, which is of type bool, and leave out the upstream gradient. Multiply "
    "the mask by out.grad."
)
RELU_SMOOTH = (
    "You use the derivative of another bend (sigmoid, tanh, softplus, elu, gelu). That of relu is "
    "1 where inp > 0 and 0 elsewhere."
)
RELU_NAN = "You divide by inp, which gives nan (0/0) where inp is 0. Use a mask: inp > 0."
RELU_UPSTREAM_OF_INP = (
    "You read inp.grad, which is what this function is to set. The upstream gradient is out.grad."
)
RELU_ANY = (
    "You decide for whole rows or columns. relu works element by element, and so does its mask."
)
RELU_VALUES = (
    "You set values of the forward pass (relu of inp, or out). Asked for is the gradient: out.grad "
    "where inp > 0."
)
RELU_TWICE = "You multiply by the upstream gradient twice. The chain rule has it once."
RELU_NOT_ZERO = "Your mask lets negative inputs through, too. The gradient goes where inp > 0."
RELU_IF = (
    "if (or max, min) takes one decision for the whole tensor. Multiply by the mask inp > 0, or "
    "use torch.where: both decide element by element."
)
RELU_ADDED = (
    "You add the mask to the upstream gradient. The chain rule multiplies them: "
    "(inp > 0) * out.grad."
)
RELU_MATMUL = (
    "@ (mm, matmul) is the matrix product. relu works element by element, so multiply element by "
    "element: (inp > 0) * out.grad."
)
SETS_OUT = (
    "You set out.grad, which holds the upstream gradient. The result belongs on inp: inp.grad."
)
TWO_AXES = "You count on two axes. inp may have any number of axes; work element by element."
RELU_LAST = "Only one row gets its gradient. Each element has one: out.grad where inp > 0."
RELU_UPSTREAM_MASK = (
    "Your mask comes from the upstream gradient. What matters is on which side of the bend inp was."
)
RELU_DOUBLED = (
    "Your factor is not 1. Where inp > 0 the relu has slope 1, so the gradient goes on as it is."
)


@mistake("relu_grad", RELU_MASK_OUT)
def relu_mask_from_out(inp, out):
    inp.grad = (out > 0) * out.grad


@mistake("relu_grad", RELU_MASK_OUT)
def relu_mask_from_sign_of_out(inp, out):
    inp.grad = out.sign() * out.grad


@mistake("relu_grad", RELU_MASK_OUT)
def relu_mask_where_out_is_not_zero(inp, out):
    inp.grad = (out != 0) * out.grad


@mistake("relu_grad", RELU_MASK_OUT)
def relu_mask_above_the_notes_shift(inp, out):
    inp.grad = (out > -0.5) * out.grad


@mistake("relu_grad", RELU_MASK_OUT)
def relu_mask_above_the_least_output(inp, out):
    inp.grad = (out > out.min()) * out.grad


@mistake("relu_grad", RELU_KINK)
def relu_at_zero(inp, out):
    inp.grad = (inp >= 0) * out.grad


@mistake("relu_grad", RELU_KINK_HALF)
def relu_half_at_zero(inp, out):
    inp.grad = ((inp > 0).to(inp.dtype) + 0.5 * (inp == 0)) * out.grad


@mistake("relu_grad", RELU_KINK_OUT)
def relu_mask_from_out_at_zero(inp, out):
    inp.grad = (out >= 0) * out.grad


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_without_upstream(inp, out):
    inp.grad = (inp > 0).to(inp.dtype)


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_without_upstream_in_float32(inp, out):
    inp.grad = (inp > 0).float()


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_without_upstream_at_zero(inp, out):
    inp.grad = (inp >= 0).to(inp.dtype)


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_without_upstream_at_zero_in_float32(inp, out):
    inp.grad = (inp >= 0).float()


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_mask_of_out_without_upstream(inp, out):
    inp.grad = (out > 0).to(inp.dtype)


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_mask_of_out_without_upstream_in_float32(inp, out):
    inp.grad = (out > 0).float()


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_ones(inp, out):
    inp.grad = torch.ones_like(inp)


@mistake("relu_grad", RELU_BOOL)
def relu_mask_itself(inp, out):
    inp.grad = inp > 0


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_whole_numbers(inp, out):
    inp.grad = (inp > 0).long()


@mistake("relu_grad", RELU_NO_UPSTREAM)
def relu_whole_numbers_of_32_bits(inp, out):
    inp.grad = (inp > 0).int()


@mistake("relu_grad", RELU_INVERTED)
def relu_inverted(inp, out):
    inp.grad = (inp < 0) * out.grad


@mistake("relu_grad", RELU_INVERTED)
def relu_inverted_with_zero(inp, out):
    inp.grad = (inp <= 0) * out.grad


@mistake("relu_grad", RELU_INVERTED)
def relu_keeps_the_rest(inp, out):
    inp.grad = torch.where(inp > 0, 0, out.grad)


@mistake("relu_grad", RELU_NO_MASK)
def relu_passes_everything(inp, out):
    inp.grad = out.grad


@mistake("relu_grad", RELU_NO_MASK)
def relu_copies_the_upstream(inp, out):
    inp.grad = out.grad.clone()


@mistake("relu_grad", RELU_ON_GRADIENT)
def relu_of_the_gradient(inp, out):
    inp.grad = out.grad.clamp_min(0)


@mistake("relu_grad", RELU_GUIDED)
def relu_guided(inp, out):
    inp.grad = (inp > 0) * out.grad.clamp_min(0)


@mistake("relu_grad", RELU_GUIDED)
def relu_of_masked_out_gradient(inp, out):
    inp.grad = (out > 0) * out.grad.clamp_min(0)


@mistake("relu_grad", RELU_TIMES_OUT)
def relu_times_out(inp, out):
    inp.grad = out * out.grad


@mistake("relu_grad", RELU_TIMES_OUT)
def relu_times_relu(inp, out):
    inp.grad = torch.relu(inp) * out.grad


@mistake("relu_grad", RELU_TIMES_OUT)
def relu_mask_times_out(inp, out):
    inp.grad = (inp > 0) * out * out.grad


@mistake("relu_grad", RELU_TIMES_INP)
def relu_times_inp(inp, out):
    inp.grad = inp * out.grad


@mistake("relu_grad", RELU_VALUES)
def relu_forward_again(inp, out):
    inp.grad = torch.relu(inp)


@mistake("relu_grad", RELU_VALUES)
def relu_sets_out(inp, out):
    inp.grad = out


@mistake("relu_grad", RELU_VALUES)
def relu_masks_inp(inp, out):
    inp.grad = (out > 0) * inp


@mistake("relu_grad", RELU_VALUES)
def relu_masks_out(inp, out):
    inp.grad = (inp > 0) * out


@mistake("relu_grad", RELU_SIGN)
def relu_sign(inp, out):
    inp.grad = -(inp > 0).to(inp.dtype) * out.grad


@mistake("relu_grad", RELU_LEAKY)
def relu_leaky(inp, out):
    inp.grad = torch.where(inp > 0, 1.0, 0.01) * out.grad


@mistake("relu_grad", RELU_LEAKY)
def relu_leaky_tenth(inp, out):
    inp.grad = torch.where(inp > 0, 1.0, 0.1) * out.grad


@mistake("relu_grad", RELU_LEAKY)
def relu_leaky_fifth(inp, out):
    inp.grad = torch.where(inp > 0, 1.0, 0.2) * out.grad


@mistake("relu_grad", RELU_ABS)
def relu_sign_of_inp(inp, out):
    inp.grad = inp.sign() * out.grad


@mistake("relu_grad", RELU_ABS)
def relu_one_or_minus_one(inp, out):
    inp.grad = torch.where(inp > 0, out.grad, -out.grad)


@mistake("relu_grad", RELU_SHIFTED_GRADIENT)
def relu_shifted_gradient(inp, out):
    inp.grad = (inp > 0) * out.grad - 0.5


@mistake("relu_grad", RELU_SHIFTED_GRADIENT)
def relu_shifted_mask_value(inp, out):
    inp.grad = ((inp > 0).to(inp.dtype) - 0.5) * out.grad


@mistake("relu_grad", RELU_SHIFTED_GRADIENT)
def relu_unshifted_mask_value(inp, out):
    inp.grad = ((inp > 0).to(inp.dtype) + 0.5) * out.grad


@mistake("relu_grad", RELU_SHIFTED_MASK)
def relu_mask_above_half(inp, out):
    inp.grad = (inp > 0.5) * out.grad


@mistake("relu_grad", RELU_SHIFTED_MASK)
def relu_mask_above_minus_half(inp, out):
    inp.grad = (inp > -0.5) * out.grad


@mistake("relu_grad", RELU_SHIFTED_MASK)
def relu_mask_from_half(inp, out):
    inp.grad = (inp >= 0.5) * out.grad


@mistake("relu_grad", RELU_THRESHOLD)
def relu_mask_above_one(inp, out):
    inp.grad = (inp > 1) * out.grad


@mistake("relu_grad", RELU_THRESHOLD)
def relu_mask_from_one(inp, out):
    inp.grad = (inp >= 1) * out.grad


@mistake("relu_grad", RELU_THRESHOLD)
def relu_mask_above_something_small(inp, out):
    inp.grad = (inp > 1e-6) * out.grad


@mistake("relu_grad", RELU_THRESHOLD)
def relu_mask_above_something_negative(inp, out):
    inp.grad = (inp > -1e-6) * out.grad


@mistake("relu_grad", RELU_THRESHOLD)
def relu_mask_above_its_mean(inp, out):
    inp.grad = (inp > inp.mean()) * out.grad


@mistake("relu_grad", RELU_SIX)
def relu_six(inp, out):
    inp.grad = ((inp > 0) & (inp < 6)) * out.grad


@mistake("relu_grad", RELU_SIX)
def relu_one(inp, out):
    inp.grad = ((inp > 0) & (inp < 1)) * out.grad


@mistake("relu_grad", RELU_N)
def relu_over_n(inp, out):
    inp.grad = (inp > 0) * out.grad / len(inp)


@mistake("relu_grad", RELU_N)
def relu_over_elements(inp, out):
    inp.grad = (inp > 0) * out.grad / inp.numel()


@mistake("relu_grad", RELU_SUM)
def relu_summed(inp, out):
    inp.grad = ((inp > 0) * out.grad).sum()


@mistake("relu_grad", RELU_SUM)
def relu_summed_over_rows(inp, out):
    inp.grad = ((inp > 0) * out.grad).sum(0)


@mistake("relu_grad", RELU_SUM)
def relu_summed_over_columns(inp, out):
    inp.grad = ((inp > 0) * out.grad).sum(-1)


@mistake("relu_grad", RELU_SUM)
def relu_mean(inp, out):
    inp.grad = ((inp > 0) * out.grad).mean(0)


@mistake("relu_grad", RELU_SUM)
def relu_summed_over_rows_everywhere(inp, out):
    inp.grad = (inp > 0) * out.grad.sum(0)


@mistake("relu_grad", RELU_SUM)
def relu_mean_upstream(inp, out):
    inp.grad = (inp > 0) * out.grad.mean()


@mistake("relu_grad", RELU_SUM)
def relu_summed_upstream(inp, out):
    inp.grad = (inp > 0) * out.grad.sum()


@mistake("relu_grad", RELU_SUM)
def relu_mean_upstream_of_rows(inp, out):
    inp.grad = (inp > 0) * out.grad.mean(0)


@mistake("relu_grad", RELU_MATMUL)
def relu_matrix_product(inp, out):
    inp.grad = (inp > 0).to(inp.dtype) @ out.grad


@mistake("relu_grad", RELU_MATMUL)
def relu_matrix_product_transposed(inp, out):
    inp.grad = (inp > 0).to(inp.dtype).t() @ out.grad


@mistake("relu_grad", RELU_PICKED)
def relu_picked(inp, out):
    inp.grad = out.grad[inp > 0]


@mistake("relu_grad", RELU_SMOOTH)
def relu_sigmoid(inp, out):
    inp.grad = torch.sigmoid(inp) * (1 - torch.sigmoid(inp)) * out.grad


@mistake("relu_grad", RELU_SMOOTH)
def relu_sigmoid_of_out(inp, out):
    inp.grad = out * (1 - out) * out.grad


@mistake("relu_grad", RELU_SMOOTH)
def relu_tanh(inp, out):
    inp.grad = (1 - torch.tanh(inp) ** 2) * out.grad


@mistake("relu_grad", RELU_SMOOTH)
def relu_tanh_of_out(inp, out):
    inp.grad = (1 - out**2) * out.grad


@mistake("relu_grad", RELU_SMOOTH)
def relu_softplus(inp, out):
    inp.grad = torch.sigmoid(inp) * out.grad


@mistake("relu_grad", RELU_SMOOTH)
def relu_elu(inp, out):
    inp.grad = torch.where(inp > 0, 1, inp.exp()) * out.grad


@mistake("relu_grad", RELU_NAN)
def relu_out_over_inp(inp, out):
    inp.grad = torch.relu(inp) / inp * out.grad


@mistake("relu_grad", RELU_NAN)
def relu_half_of_one_plus_sign(inp, out):
    inp.grad = (inp / inp.abs() + 1) / 2 * out.grad


@mistake("relu_grad", RELU_KINK_HALF)
def relu_half_of_one_plus_sign_at_zero(inp, out):
    inp.grad = (inp.sign() + 1) / 2 * out.grad


@mistake("relu_grad", RELU_KINK_HALF)
def relu_heaviside_half(inp, out):
    inp.grad = torch.heaviside(inp.detach(), inp.new_tensor(0.5)) * out.grad


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_masks_its_own_grad(inp, out):
    inp.grad = (inp > 0) * inp.grad


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_masks_its_own_grad_float(inp, out):
    inp.grad = (inp > 0).float() * inp.grad


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_its_own_grad_times_mask(inp, out):
    inp.grad = inp.grad * (inp > 0)


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_its_own_grad_times_mask_in_place(inp, out):
    inp.grad *= inp > 0


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_zeroes_its_own_grad(inp, out):
    inp.grad[inp <= 0] = 0


@mistake("relu_grad", RELU_ANY)
def relu_rows_with_any_positive(inp, out):
    inp.grad = (inp > 0).any(-1, keepdim=True) * out.grad


@mistake("relu_grad", RELU_ANY)
def relu_rows_with_positive_sum(inp, out):
    inp.grad = (inp.sum(-1, keepdim=True) > 0) * out.grad


@mistake("relu_grad", RELU_ANY)
def relu_columns_with_positive_sum(inp, out):
    inp.grad = (inp.sum(0) > 0) * out.grad


@mistake("relu_grad", RELU_ANY)
def relu_columns_with_positive_mean(inp, out):
    inp.grad = (inp > 0).all(0) * out.grad


@mistake("relu_grad", RELU_MATMUL)
def relu_matrix_product_with_transposed_upstream(inp, out):
    inp.grad = (inp > 0).to(inp.dtype) @ out.grad.t()


@mistake("relu_grad", RELU_NOT_ZERO)
def relu_mask_where_inp_is_not_zero(inp, out):
    inp.grad = (inp != 0) * out.grad


@mistake("relu_grad", RELU_ABS)
def relu_one_or_minus_one_at_zero(inp, out):
    inp.grad = torch.where(inp >= 0, out.grad, -out.grad)


@mistake("relu_grad", RELU_IF)
def relu_if(inp, out):
    inp.grad = out.grad if inp > 0 else torch.zeros_like(inp)


@mistake("relu_grad", RELU_ADDED)
def relu_mask_added(inp, out):
    inp.grad = (inp > 0) + out.grad


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_forward_instead_of_back(inp, out):
    out.grad = (inp > 0) * inp.grad


@mistake("relu_grad", RELU_UPSTREAM_OF_INP)
def relu_forward_instead_of_back_float(inp, out):
    out.grad = (inp > 0).float() * inp.grad


@mistake("relu_grad", RELU_TWICE)
def relu_upstream_twice(inp, out):
    inp.grad = (inp > 0) * out.grad * out.grad


@mistake("relu_grad", RELU_DOUBLED)
def relu_doubled(inp, out):
    inp.grad = 2 * (inp > 0) * out.grad


@mistake("relu_grad", RELU_DOUBLED)
def relu_halved(inp, out):
    inp.grad = 0.5 * (inp > 0) * out.grad


@mistake("relu_grad", TWO_AXES)
def relu_loops_over_two_axes(inp, out):
    n, m = inp.shape
    inp.grad = torch.zeros_like(inp)
    for i in range(n):
        for j in range(m):
            if inp[i, j] > 0:
                inp.grad[i, j] = out.grad[i, j]


@mistake("relu_grad", RELU_LAST)
def relu_last_row(inp, out):
    inp.grad = torch.zeros_like(inp)
    inp.grad[-1] = (inp[-1] > 0) * out.grad[-1]


@mistake("relu_grad", RELU_LAST)
def relu_first_row(inp, out):
    inp.grad = torch.zeros_like(inp)
    inp.grad[0] = (inp[0] > 0) * out.grad[0]


@mistake("relu_grad", RELU_LAST)
def relu_mask_of_first_row(inp, out):
    inp.grad = (inp[0] > 0) * out.grad


@mistake("relu_grad", RELU_UPSTREAM_MASK)
def relu_mask_from_upstream(inp, out):
    inp.grad = (out.grad > 0) * inp


@mistake("relu_grad", RELU_UPSTREAM_MASK)
def relu_mask_from_upstream_without_upstream(inp, out):
    inp.grad = (out.grad > 0).to(inp.dtype)


@mistake("relu_grad", OVERWRITES.format("out"))
def relu_masks_the_upstream(inp, out):
    out.grad *= inp > 0
    inp.grad = out.grad


@mistake("relu_grad", OVERWRITES.format("out"))
def relu_zeroes_the_upstream(inp, out):
    out.grad[inp <= 0] = 0
    inp.grad = out.grad


@mistake("relu_grad", OVERWRITES.format("out"))
def relu_zeroes_the_upstream_at_negative(inp, out):
    out.grad[inp < 0] = 0
    inp.grad = out.grad


@mistake("relu_grad", SETS_OUT)
def relu_sets_the_upstream(inp, out):
    out.grad = (inp > 0) * out.grad


@mistake("relu_grad", IN_PLACE)
def relu_mask_in_place(inp, out):
    inp[inp < 0] = 0
    inp[inp > 0] = 1
    inp.grad = inp * out.grad


@mistake("relu_grad", IN_PLACE)
def relu_clamps_in_place(inp, out):
    inp.clamp_(min=0)
    inp.grad = (inp > 0) * out.grad


@mistake("relu_grad", IN_PLACE)
def relu_zeroes_out_in_place(inp, out):
    out[inp > 0] = 1
    out[inp <= 0] = 0
    inp.grad = out * out.grad


@mistake("relu_grad", FLOAT32)
def relu_in_float32(inp, out):
    inp.grad = ((inp > 0) * out.grad).float()


@mistake("relu_grad", FLOAT64)
def relu_in_float64(inp, out):
    inp.grad = (inp > 0).double() * out.grad


@mistake("relu_grad", FLOAT32)
def relu_in_float32_and_back(inp, out):
    inp.grad = ((inp > 0) * out.grad.float()).to(inp.dtype)


@mistake("relu_grad", HALF)
def relu_in_half(inp, out):
    inp.grad = ((inp > 0) * out.grad.half()).to(inp.dtype)


@mistake("relu_grad", ASTRAY)
def relu_on_the_cpu(inp, out):
    inp.grad = torch.where(inp > 0, out.grad, torch.zeros(inp.shape, dtype=inp.dtype))


@mistake("relu_grad", ASTRAY)
def relu_mask_on_the_cpu(inp, out):
    mask = torch.zeros(inp.shape, dtype=inp.dtype)
    mask[inp > 0] = 1
    inp.grad = mask * out.grad


@mistake("relu_grad", NUMPY)
def relu_in_numpy(inp, out):
    inp.grad = torch.from_numpy((inp.numpy() > 0) * out.grad.numpy())


@mistake("relu_grad", RETURNED)
def relu_returned(inp, out):
    return (inp > 0) * out.grad


@mistake("relu_grad", RETURNED)
def relu_set_and_returned(inp, out):
    inp.grad = (inp > 0) * out.grad
    return inp.grad


@mistake("relu_grad", NAMED_G)
def relu_named_g(inp, out):
    inp.g = (inp > 0) * out.grad


@mistake("relu_grad", READS_G)
def relu_reads_g(inp, out):
    inp.g = (inp > 0) * out.g


@mistake("relu_grad", UNSET)
def relu_set_on_a_copy(inp, out):
    inp = inp.detach().clone()
    inp.grad = (inp > 0) * out.grad


@mistake("relu_grad", NONE_YET)
def relu_added_to_none(inp, out):
    inp.grad += (inp > 0) * out.grad


@mistake("relu_grad", NONE_YET)
def relu_written_into_none(inp, out):
    inp.grad[:] = (inp > 0) * out.grad


@mistake("relu_grad", NONE_YET)
def relu_written_into_none_at_mask(inp, out):
    inp.grad[inp > 0] = out.grad[inp > 0]


@mistake("relu_grad", NONE_YET)
def relu_copied_into_none(inp, out):
    inp.grad.copy_((inp > 0) * out.grad)


@mistake("relu_grad", NONE_YET)
def relu_zeroed_before_it_is_there(inp, out):
    inp.grad.zero_()
    inp.grad = (inp > 0) * out.grad


@mistake("relu_grad", ADDS)
def relu_added(inp, out):
    grad = (inp > 0) * out.grad
    inp.grad = grad if inp.grad is None else inp.grad + grad


@mistake("relu_grad", KEPT)
def relu_set_once(inp, out):
    if inp.grad is None:
        inp.grad = (inp > 0) * out.grad


@mistake("relu_grad", STALE)
class ReluOfFirstCall:
    """Keeps the first mask of each shape."""

    def __init__(self):
        self.masks = {}

    def __call__(self, inp, out):
        inp.grad = self.masks.setdefault(inp.shape, inp > 0) * out.grad


@mistake("relu_grad", AUTOGRAD)
def relu_by_autograd(inp, out):
    x = inp.detach().requires_grad_()
    (inp.grad,) = torch.autograd.grad(torch.relu(x), x, out.grad)


@mistake("relu_grad", AUTOGRAD)
def relu_by_vjp(inp, out):
    (inp.grad,) = torch.func.vjp(torch.relu, inp)[1](out.grad)


@mistake("relu_grad", AUTOGRAD)
def relu_by_jvp(inp, out):
    inp.grad = torch.func.jvp(torch.relu, (inp.detach(),), (out.grad,))[1]


@mistake("relu_grad", AUTOGRAD)
def relu_by_backward_of_out(inp, out):
    out.backward(out.grad)


# --- lin_grad -----------------------------------------------------------------------------------


@probes("lin_grad")
def lin_grad_probes(draw):
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


# the bias

B_MEAN = (
    "You take the mean over the rows for b.grad. b reaches the loss through each row, so its "
    "gradient is the sum; the 1/n already sits in mse_grad."
)
B_UNSUMMED = (
    "You leave the batch axis in b.grad. b is added to every row, so its gradient is the sum of "
    "out.grad over the rows: sum(0)."
)
B_TOTAL = (
    "You sum over both axes for b.grad. Each output has a bias of its own: sum over the rows only, "
    "sum(0)."
)
THROUGH_GRAD = (
    "You send the gradient back through w.grad. It goes back through what it came by, w itself: "
    "inp.grad = out.grad @ w.t()."
)
ROWS_MISSING = (
    "Your sums for w.grad and b.grad leave out a row. Every row of the batch used w and b, so all "
    "n of them count."
)
B_COLUMNS = (
    "You sum over the outputs for b.grad, which leaves one number for each row. Sum over the rows, "
    "axis 0, which leaves one for each output."
)
B_KEEPDIM = "Your b.grad keeps the summed axis, [1, o]. b has shape [o]: sum(0), without keepdim."
B_NO_UPSTREAM = (
    "You leave the upstream out of b.grad. dout/db is 1, and the chain rule multiplies it by "
    "dL/dout: sum out.grad over the rows."
)
B_ONE_ROW = (
    "Only one row goes into b.grad. b is added to every row, so its gradient is the sum over all "
    "of them."
)
B_OUT = "You sum out, not out.grad, for b.grad. What goes back is the gradient of the output."
B_TIMES_B = "You multiply by b in b.grad. b is added, so dout/db is 1: sum out.grad over the rows."
B_SIGN = "The sign of b.grad is turned: out grows with b, so it is the sum of out.grad as it is."
B_UNSET = "You never set b.grad. It is the sum of out.grad over the rows."
B_ZERO = "You set b.grad to 0. b moves every row of out, so its gradient is the sum of out.grad."
B_INP = "You sum inp for b.grad. b is not multiplied by inp: its gradient is the sum of out.grad."
B_MAX = "You take the largest upstream gradient for b.grad. All rows add to it: sum over them."

# the weights

W_MEAN = (
    "You take the mean over the batch for w.grad, not the sum; the 1/n already sits in mse_grad. "
    "w reaches the loss through every row."
)
W_TRANSPOSED = (
    "Your w.grad is transposed, [o, m]. w is [m, o], so is its gradient: inp.t() on the left, "
    "out.grad on the right."
)
W_UNSUMMED = (
    "You leave the batch axis in w.grad, [n, m, o]. w is shared by all rows, so sum the outer "
    "products over them: sum(0)."
)
W_WRONG_AXIS = (
    "You sum the outer products over the wrong axis for w.grad. Sum over the rows (axis 0), since "
    "w is shared by them."
)
W_NO_UPSTREAM = (
    "You leave the upstream gradient out of w.grad (or take ones). dout/dw is inp, and the chain "
    "rule multiplies it by out.grad."
)
W_ONE_ROW = (
    "Only one row goes into w.grad. w is used by every row, so its gradient is the sum of the "
    "outer products of all rows."
)
W_OUT = "You use out, not out.grad, for w.grad. What goes back is the gradient of the output."
W_NO_INP = "You leave inp out of w.grad. dout/dw is inp, so w.grad = inp.t() @ out.grad."
W_TIMES_W = "You multiply by w in w.grad. out is linear in w, so its derivative is inp, without w."
W_SIGN = "The sign of w.grad is turned: it is inp.t() @ out.grad as it is."
W_SUMMED_FIRST = (
    "You sum (or average) inp and out.grad over the rows before you multiply, for w.grad. Each row "
    "has a product of its own; multiply first, then add them up."
)
W_NO_T = (
    "Your product for w.grad does not fit: inp is [n, m] and out.grad [n, o]. Transpose inp, so "
    "that the rows are what is summed over: inp.t() @ out.grad."
)
W_UNSET = "You never set w.grad. It is inp.t() @ out.grad."
W_ZERO = "You set w.grad to 0. w moves every row of out, so w.grad = inp.t() @ out.grad."
W_DECAY = (
    "You add a multiple of w to its gradient (weight decay). The gradient of out in w has none."
)
W_INP_GRAD = (
    "You use inp.grad, which belongs to this layer's input, for w.grad. The upstream of all three "
    "is out.grad."
)

# the input

INP_NO_T = (
    "You multiply by w as it is for inp.grad. Back through out = inp @ w goes w transposed: "
    "out.grad @ w.t()."
)
INP_ORDER = (
    "Your factors for inp.grad are in the wrong order. Rows stay rows: out.grad [n, o] on the "
    "left, w.t() [o, m] on the right."
)
INP_TRANSPOSED = "Your inp.grad is transposed, [m, n]. inp is [n, m], so is its gradient."
INP_NO_UPSTREAM = (
    "You leave the upstream gradient out of inp.grad (or take ones). dout/dinp is w, and the chain "
    "rule multiplies it by out.grad."
)
INP_OUT = "You use out, not out.grad, for inp.grad. What goes back is the gradient of the output."
INP_MEAN = (
    "You divide inp.grad by the number of rows. Each row of inp has a gradient of its own, and the "
    "1/n already sits in mse_grad."
)
INP_SUMMED = (
    "You add up (or average) over the rows for inp.grad. Each row of inp reaches the loss through "
    "its own row of out only."
)
INP_FLAT = (
    "Your inp.grad has lost its rows, [m]. Each row of inp has a gradient of its own, from its own "
    "row of out.grad: out.grad @ w.t()."
)
INP_UNSUMMED = (
    "You leave the axis of the outputs in inp.grad, [n, m, o]. inp[i, j] reaches every output, so "
    "sum over them."
)
INP_WRONG_AXIS = (
    "You sum over the wrong axis for inp.grad. inp[i, j] reaches the loss through the o outputs of "
    "its row, so sum over these."
)
INP_MEAN_OUTPUTS = (
    "You take the mean over the outputs for inp.grad. inp reaches the loss through each of them, "
    "so its gradient is the sum."
)
INP_TIMES_INP = (
    "You multiply by inp in inp.grad. out is linear in inp, so its derivative is w alone."
)
INP_BIAS = "You add b in inp.grad. b does not depend on inp, so it has no part in this gradient."
INP_SIGN = "The sign of inp.grad is turned: it is out.grad @ w.t() as it is."
INP_UNSET = "You never set inp.grad. It is out.grad @ w.t(), and the layer below needs it."
INP_ZERO = "You set inp.grad to 0. inp moves out through w, so inp.grad = out.grad @ w.t()."
INP_NO_W = "You leave w out of inp.grad. dout/dinp is w, so inp.grad = out.grad @ w.t()."
INP_INVERSE = (
    "You use the inverse of w for inp.grad. A gradient goes back through the transpose: "
    "out.grad @ w.t()."
)
INP_ELEMENTWISE = (
    "* multiplies element by element. inp.grad is a matrix product, which sums over the outputs: "
    "out.grad @ w.t()."
)
INP_RESHAPED = (
    "You reshape (view) where you need to transpose, in inp.grad. reshape keeps the order of the "
    "numbers; t() swaps the axes."
)
W_RESHAPED = (
    "You reshape (view) where you need to transpose, in w.grad. reshape keeps the order of the "
    "numbers; t() swaps the axes."
)
ALL_NO_T = (
    "You multiply without transposing. inp.grad = out.grad @ w.t() sums over the outputs, and "
    "w.grad = inp.t() @ out.grad sums over the rows."
)
INP_ONE_ROW = "Only one row of inp gets its gradient. Each row has one: out.grad @ w.t()."
INP_ABS = "You lose signs in inp.grad (abs, relu). It is out.grad @ w.t() as it is."
INP_RELU = (
    "You mask inp.grad as for a relu. That is relu_grad's work; an affine map lets everything "
    "through."
)

# more than one of them

ALL_MEAN = (
    "You take means over the batch, not sums; the 1/n already sits in mse_grad. w and b reach the "
    "loss through every row."
)
ALL_NO_UPSTREAM = (
    "You leave the upstream gradient out (or take ones). The chain rule multiplies each local "
    "derivative by out.grad."
)
ALL_OUT = "You use out for out.grad. What goes back is the gradient of the output, not its value."
ALL_ONE_ROW = (
    "Only one row goes into w.grad and b.grad. Both are used by every row, so their gradients are "
    "sums over all of them."
)
ALL_SIGN = (
    "The signs are turned. The gradients are those of the loss itself; the minus comes in the step."
)
ALL_SWAPPED = (
    "w.grad and inp.grad have each other's factor: inp.grad takes w (out.grad @ w.t()), and w.grad "
    "takes inp (inp.t() @ out.grad)."
)
ALL_RELU = (
    "You mask the gradients as for a relu. That is relu_grad's work; an affine map lets everything "
    "through."
)
ALL_TWICE = "You double the gradients. The 2 of the square already sits in mse_grad."


@mistake("lin_grad", B_MEAN)
def lin_b_mean(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.mean(0)


@mistake("lin_grad", B_UNSUMMED)
def lin_b_unsummed(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad


@mistake("lin_grad", B_TOTAL)
def lin_b_total(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum()


@mistake("lin_grad", B_TOTAL)
def lin_b_total_mean(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.mean()


@mistake("lin_grad", B_TOTAL)
def lin_b_total_everywhere(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum().expand_as(b)


@mistake("lin_grad", THROUGH_GRAD)
def lin_back_through_w_grad(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w.grad.t()


@mistake("lin_grad", ROWS_MISSING)
def lin_all_but_the_last_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = inp[:-1].t() @ out.grad[:-1], out.grad[:-1].sum(0)


@mistake("lin_grad", ROWS_MISSING)
def lin_all_but_the_first_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = inp[1:].t() @ out.grad[1:], out.grad[1:].sum(0)


@mistake("lin_grad", B_COLUMNS)
def lin_b_columns(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum(1)


@mistake("lin_grad", B_COLUMNS)
def lin_b_mean_of_columns(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.mean(1)


@mistake("lin_grad", B_KEEPDIM)
def lin_b_keepdim(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum(0, keepdim=True)


@mistake("lin_grad", B_COLUMNS)
def lin_b_columns_keepdim(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum(1, keepdim=True)


@mistake("lin_grad", B_NO_UPSTREAM)
def lin_b_ones(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.ones_like(b)


@mistake("lin_grad", B_NO_UPSTREAM)
def lin_b_n(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.full_like(b, len(inp))


@mistake("lin_grad", B_ONE_ROW)
def lin_b_last_row(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad[-1]


@mistake("lin_grad", B_ONE_ROW)
def lin_b_first_row(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad[0]


@mistake("lin_grad", B_ONE_ROW)
def lin_b_all_but_the_last_row(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad[:-1].sum(0)


@mistake("lin_grad", B_ONE_ROW)
def lin_b_all_but_the_first_row(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad[1:].sum(0)


@mistake("lin_grad", B_OUT)
def lin_b_out(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.sum(0)


@mistake("lin_grad", B_TIMES_B)
def lin_b_times_b(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum(0) * b


@mistake("lin_grad", B_TIMES_B)
def lin_b_itself(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = b.clone()


@mistake("lin_grad", B_SIGN)
def lin_b_sign(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = -out.grad.sum(0)


@mistake("lin_grad", B_UNSET)
def lin_b_unset(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad = inp.t() @ out.grad


@mistake("lin_grad", B_UNSET)
def lin_b_rebound(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad = inp.t() @ out.grad
    b = b.clone()
    b.grad = out.grad.sum(0)


@mistake("lin_grad", B_ZERO)
def lin_b_zero(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.zeros_like(b)


@mistake("lin_grad", B_INP)
def lin_b_from_inp(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = inp.sum(0)


@mistake("lin_grad", B_INP)
def lin_b_from_inp_grad(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = inp.grad.sum(0)


@mistake("lin_grad", B_MAX)
def lin_b_max(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.max(0).values


@mistake("lin_grad", W_MEAN)
def lin_w_mean(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ out.grad / len(inp)


@mistake("lin_grad", W_TRANSPOSED)
def lin_w_transposed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad.t() @ inp


@mistake("lin_grad", W_UNSUMMED)
def lin_w_unsummed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.unsqueeze(-1) * out.grad.unsqueeze(1)


@mistake("lin_grad", W_TRANSPOSED)
def lin_w_unsummed_transposed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (inp.unsqueeze(1) * out.grad.unsqueeze(-1)).sum(0)


@mistake("lin_grad", W_WRONG_AXIS)
def lin_w_summed_over_inputs(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(1)


@mistake("lin_grad", W_WRONG_AXIS)
def lin_w_summed_over_outputs(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(-1)


@mistake("lin_grad", W_WRONG_AXIS)
def lin_w_summed_over_all(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum()


@mistake("lin_grad", W_WRONG_AXIS)
def lin_w_summed_keepdim(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(0, keepdim=True)


@mistake("lin_grad", W_NO_UPSTREAM)
def lin_w_ones(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ torch.ones_like(out)


@mistake("lin_grad", W_NO_UPSTREAM)
def lin_w_inp_transposed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t()


@mistake("lin_grad", W_NO_UPSTREAM)
def lin_w_inp(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp


@mistake("lin_grad", W_NO_UPSTREAM)
def lin_w_mean_of_inp(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.mean(0).unsqueeze(-1).expand_as(w)


@mistake("lin_grad", W_NO_UPSTREAM)
def lin_w_sum_of_inp(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.sum(0)


@mistake("lin_grad", W_ONE_ROW)
def lin_w_last_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp[-1], out.grad[-1])


@mistake("lin_grad", W_ONE_ROW)
def lin_w_first_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp[0], out.grad[0])


@mistake("lin_grad", W_ONE_ROW)
def lin_w_all_but_the_last_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp[:-1].t() @ out.grad[:-1]


@mistake("lin_grad", W_ONE_ROW)
def lin_w_all_but_the_first_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp[1:].t() @ out.grad[1:]


@mistake("lin_grad", W_OUT)
def lin_w_out(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ out


@mistake("lin_grad", W_NO_INP)
def lin_w_upstream_in_every_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad.sum(0).expand_as(w)


@mistake("lin_grad", W_NO_INP)
def lin_w_upstream(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad


@mistake("lin_grad", W_TIMES_W)
def lin_w_times_w(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = w * (inp.t() @ out.grad)


@mistake("lin_grad", W_SIGN)
def lin_w_sign(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = -(inp.t() @ out.grad)


@mistake("lin_grad", W_SUMMED_FIRST)
def lin_w_summed_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp.sum(0), out.grad.sum(0))


@mistake("lin_grad", W_SUMMED_FIRST)
def lin_w_averaged_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp.mean(0), out.grad.mean(0))


@mistake("lin_grad", W_SUMMED_FIRST)
def lin_w_averaged_inp_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.outer(inp.mean(0), out.grad.sum(0))


@mistake("lin_grad", W_NO_T)
def lin_w_without_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp @ out.grad


@mistake("lin_grad", W_NO_T)
def lin_w_wrong_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp @ out.grad.t()


@mistake("lin_grad", W_NO_T)
def lin_w_upstream_first(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad @ inp


@mistake("lin_grad", W_NO_T)
def lin_w_upstream_first_with_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad @ inp.t()


@mistake("lin_grad", W_NO_T)
def lin_w_elementwise(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp * out.grad


@mistake("lin_grad", W_NO_T)
def lin_w_elementwise_with_t(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() * out.grad


@mistake("lin_grad", W_UNSET)
def lin_w_unset(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    b.grad = out.grad.sum(0)


@mistake("lin_grad", W_ZERO)
def lin_w_zero(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = torch.zeros_like(w)


@mistake("lin_grad", IN_PLACE)
def lin_w_updated(inp, out, w, b):
    right(inp, out, w, b)
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad


@mistake("lin_grad", W_DECAY)
def lin_w_decayed(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = w.grad + 0.01 * w


@mistake("lin_grad", W_INP_GRAD)
def lin_w_from_inp_grad(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.t() @ inp.grad


@mistake("lin_grad", W_TIMES_W)
def lin_w_from_w(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = out.grad @ w.t()


@mistake("lin_grad", INP_NO_T)
def lin_inp_without_t(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w


@mistake("lin_grad", INP_ORDER)
def lin_inp_order(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w @ out.grad


@mistake("lin_grad", INP_ORDER)
def lin_inp_order_with_t(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w.t() @ out.grad


@mistake("lin_grad", INP_TRANSPOSED)
def lin_inp_transposed(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w @ out.grad.t()


@mistake("lin_grad", INP_NO_UPSTREAM)
def lin_inp_ones(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = torch.ones_like(out) @ w.t()


@mistake("lin_grad", INP_NO_UPSTREAM)
def lin_inp_w(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w


@mistake("lin_grad", INP_NO_UPSTREAM)
def lin_inp_w_transposed(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w.t()


@mistake("lin_grad", INP_FLAT)
def lin_inp_sum_of_w(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = w.sum(1)


@mistake("lin_grad", INP_OUT)
def lin_inp_out(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out @ w.t()


@mistake("lin_grad", INP_MEAN)
def lin_inp_over_n(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w.t() / len(inp)


@mistake("lin_grad", INP_FLAT)
def lin_inp_summed(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad @ w.t()).sum(0)


@mistake("lin_grad", INP_SUMMED)
def lin_inp_summed_everywhere(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad @ w.t()).sum(0).expand_as(inp)


@mistake("lin_grad", INP_SUMMED)
def lin_inp_mean_everywhere(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad @ w.t()).mean(0).expand_as(inp)


@mistake("lin_grad", INP_UNSUMMED)
def lin_inp_unsummed(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad.unsqueeze(1) * w


@mistake("lin_grad", INP_WRONG_AXIS)
def lin_inp_wrong_axis(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad.unsqueeze(1) * w).sum(1)


@mistake("lin_grad", INP_WRONG_AXIS)
def lin_inp_summed_over_rows(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad.unsqueeze(1) * w).sum(0)


@mistake("lin_grad", INP_MEAN_OUTPUTS)
def lin_inp_mean_over_outputs(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w.t() / len(b)


@mistake("lin_grad", INP_TIMES_INP)
def lin_inp_times_inp(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = inp * (out.grad @ w.t())


@mistake("lin_grad", INP_BIAS)
def lin_inp_with_bias(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad + b) @ w.t()


@mistake("lin_grad", INP_BIAS)
def lin_inp_without_bias(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad - b) @ w.t()


@mistake("lin_grad", INP_SIGN)
def lin_inp_sign(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = -(out.grad @ w.t())


@mistake("lin_grad", INP_UNSET)
def lin_inp_unset(inp, out, w, b):
    w.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad", INP_ZERO)
def lin_inp_zero(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = torch.zeros_like(inp)


@mistake("lin_grad", INP_NO_W)
def lin_inp_upstream(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad


@mistake("lin_grad", INP_NO_W)
def lin_inp_sum_of_upstream(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad.sum(-1, keepdim=True).expand_as(inp)


@mistake("lin_grad", INP_INVERSE)
def lin_inp_by_inverse(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ torch.linalg.pinv(w)


@mistake("lin_grad", INP_ONE_ROW)
def lin_inp_last_row(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = torch.zeros_like(inp)
    inp.grad[-1] = out.grad[-1] @ w.t()


@mistake("lin_grad", INP_ONE_ROW)
def lin_inp_first_row(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = torch.zeros_like(inp)
    inp.grad[0] = out.grad[0] @ w.t()


@mistake("lin_grad", INP_ABS)
def lin_inp_absolute(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (out.grad @ w.t()).abs()


@mistake("lin_grad", INP_RELU)
def lin_inp_masked(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (inp > 0) * (out.grad @ w.t())


@mistake("lin_grad", B_TOTAL)
def lin_b_total_in_one_axis(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = out.grad.sum().reshape(1)


@mistake("lin_grad", W_INP_GRAD)
def lin_w_from_inp_grad_for_inp(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.grad.t() @ out.grad


@mistake("lin_grad", W_RESHAPED)
def lin_w_reshaped(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = (out.grad.t() @ inp).reshape(w.shape)


@mistake("lin_grad", W_RESHAPED)
def lin_w_from_reshaped_inp(inp, out, w, b):
    right(inp, out, w, b)
    w.grad = inp.reshape(len(w), len(inp)) @ out.grad


@mistake("lin_grad", INP_RESHAPED)
def lin_inp_reshaped(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = (w @ out.grad.t()).reshape(inp.shape)


@mistake("lin_grad", INP_RESHAPED)
def lin_inp_from_reshaped_w(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad @ w.reshape(len(b), len(w))


@mistake("lin_grad", INP_ELEMENTWISE)
def lin_inp_elementwise(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad * w


@mistake("lin_grad", INP_ELEMENTWISE)
def lin_inp_elementwise_with_t(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad = out.grad * w.t()


@mistake("lin_grad", ALL_NO_T)
def lin_without_any_t(inp, out, w, b):
    inp.grad = out.grad @ w
    w.grad = inp @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad", ALL_NO_UPSTREAM)
def lin_no_upstream_for_parameters(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = out.grad @ w.t(), inp.t() @ ones, ones.sum(0)


@mistake("lin_grad", ALL_NO_UPSTREAM)
def lin_no_upstream_for_parameters_and_one_for_b(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = out.grad @ w.t(), inp.t() @ ones, torch.ones_like(b)


@mistake("lin_grad", ALL_MEAN)
def lin_means(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = w.grad / len(inp), b.grad / len(inp)


@mistake("lin_grad", ALL_MEAN)
def lin_everything_over_n(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad, w.grad, b.grad = inp.grad / len(inp), w.grad / len(inp), b.grad / len(inp)


@mistake("lin_grad", ALL_NO_UPSTREAM)
def lin_no_upstream(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = ones @ w.t(), inp.t() @ ones, ones.sum(0)


@mistake("lin_grad", ALL_NO_UPSTREAM)
def lin_no_upstream_and_one_for_b(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = ones @ w.t(), inp.t() @ ones, torch.ones_like(b)


@mistake("lin_grad", ALL_NO_UPSTREAM)
def lin_no_upstream_but_for_b(inp, out, w, b):
    ones = torch.ones_like(out)
    inp.grad, w.grad, b.grad = ones @ w.t(), inp.t() @ ones, out.grad.sum(0)


@mistake("lin_grad", ALL_OUT)
def lin_out_for_upstream(inp, out, w, b):
    inp.grad, w.grad, b.grad = out @ w.t(), inp.t() @ out, out.sum(0)


@mistake("lin_grad", ALL_OUT)
def lin_out_for_upstream_but_for_b(inp, out, w, b):
    inp.grad, w.grad, b.grad = out @ w.t(), inp.t() @ out, out.grad.sum(0)


@mistake("lin_grad", ALL_ONE_ROW)
def lin_last_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = torch.outer(inp[-1], out.grad[-1]), out.grad[-1]


@mistake("lin_grad", ALL_ONE_ROW)
def lin_first_row(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = torch.outer(inp[0], out.grad[0]), out.grad[0]


@mistake("lin_grad", ALL_SIGN)
def lin_signs(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad, w.grad, b.grad = -inp.grad, -w.grad, -b.grad


@mistake("lin_grad", ALL_SIGN)
def lin_signs_of_parameters(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = -w.grad, -b.grad


@mistake("lin_grad", ALL_SWAPPED)
def lin_swapped(inp, out, w, b):
    inp.grad = inp.t() @ out.grad
    w.grad = out.grad @ w.t()
    b.grad = out.grad.sum(0)


@mistake("lin_grad", ALL_SWAPPED)
def lin_swapped_w_first(inp, out, w, b):
    w.grad = out.grad @ w.t()
    inp.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad", ALL_RELU)
def lin_masked(inp, out, w, b):
    g = (out > 0) * out.grad
    inp.grad, w.grad, b.grad = g @ w.t(), inp.t() @ g, g.sum(0)


@mistake("lin_grad", ALL_TWICE)
def lin_twice(inp, out, w, b):
    right(inp, out, w, b)
    inp.grad, w.grad, b.grad = 2 * inp.grad, 2 * w.grad, 2 * b.grad


@mistake("lin_grad", FACTOR_LR)
def lin_with_learning_rate(inp, out, w, b):
    right(inp, out, w, b)
    w.grad, b.grad = 0.1 * w.grad, 0.1 * b.grad


@mistake("lin_grad", FLOAT32)
def lin_in_float32(inp, out, w, b):
    g, x, w32 = out.grad.float(), inp.float(), w.float()
    inp.grad, w.grad, b.grad = g @ w32.t(), x.t() @ g, g.sum(0)


@mistake("lin_grad", FLOAT32)
def lin_in_float32_and_back(inp, out, w, b):
    g, x, w32 = out.grad.float(), inp.float(), w.float()
    inp.grad = (g @ w32.t()).to(inp.dtype)
    w.grad = (x.t() @ g).to(inp.dtype)
    b.grad = g.sum(0).to(inp.dtype)


@mistake("lin_grad", FLOAT64)
def lin_in_float64(inp, out, w, b):
    g, x, w64 = out.grad.double(), inp.double(), w.double()
    inp.grad, w.grad, b.grad = g @ w64.t(), x.t() @ g, g.sum(0)


@mistake("lin_grad", HALF)
def lin_in_bfloat16(inp, out, w, b):
    g, x, wb = out.grad.bfloat16(), inp.bfloat16(), w.bfloat16()
    inp.grad = (g @ wb.t()).to(inp.dtype)
    w.grad = (x.t() @ g).to(inp.dtype)
    b.grad = g.sum(0).to(inp.dtype)


@mistake("lin_grad", ASTRAY)
def lin_on_the_cpu(inp, out, w, b):
    right(inp, out, w, b)
    total = torch.zeros(w.shape, dtype=w.dtype)
    for row, grad in zip(inp, out.grad, strict=True):
        total += torch.outer(row, grad)
    w.grad = total


@mistake("lin_grad", ASTRAY)
def lin_ones_on_the_cpu(inp, out, w, b):
    right(inp, out, w, b)
    b.grad = torch.ones(len(inp), dtype=inp.dtype) @ out.grad


@mistake("lin_grad", NUMPY)
def lin_in_numpy(inp, out, w, b):
    g, x, weights = out.grad.numpy(), inp.numpy(), w.numpy()
    inp.grad = torch.from_numpy(g @ weights.T)
    w.grad = torch.from_numpy(x.T @ g)
    b.grad = torch.from_numpy(g.sum(0))


@mistake("lin_grad", RETURNED)
def lin_returned(inp, out, w, b):
    return out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)


@mistake("lin_grad", RETURNED)
def lin_set_and_returned(inp, out, w, b):
    right(inp, out, w, b)
    return inp.grad, w.grad, b.grad


@mistake("lin_grad", NAMED_G)
def lin_named_g(inp, out, w, b):
    inp.g, w.g, b.g = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)


@mistake("lin_grad", READS_G)
def lin_reads_g(inp, out, w, b):
    inp.g, w.g, b.g = out.g @ w.t(), inp.t() @ out.g, out.g.sum(0)


@mistake("lin_grad", UNSET)
def lin_sets_nothing(inp, out, w, b):
    inp_grad, w_grad, b_grad = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)  # noqa: F841


@mistake("lin_grad", NONE_YET)
def lin_added_to_none(inp, out, w, b):
    inp.grad += out.grad @ w.t()
    w.grad += inp.t() @ out.grad
    b.grad += out.grad.sum(0)


@mistake("lin_grad", NONE_YET)
def lin_parameters_added_to_none(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    w.grad += inp.t() @ out.grad
    b.grad += out.grad.sum(0)


@mistake("lin_grad", NONE_YET)
def lin_zeroed_before_it_is_there(inp, out, w, b):
    w.grad.zero_()
    b.grad.zero_()
    right(inp, out, w, b)


@mistake("lin_grad", NONE_YET)
def lin_copied_into_none(inp, out, w, b):
    inp.grad.copy_(out.grad @ w.t())
    w.grad.copy_(inp.t() @ out.grad)
    b.grad.copy_(out.grad.sum(0))


@mistake("lin_grad", NONE_YET)
def lin_written_into_none(inp, out, w, b):
    inp.grad[:] = out.grad @ w.t()
    w.grad[:] = inp.t() @ out.grad
    b.grad[:] = out.grad.sum(0)


@mistake("lin_grad", ADDS)
def lin_added(inp, out, w, b):
    for tensor, grad in ((inp, out.grad @ w.t()), (w, inp.t() @ out.grad), (b, out.grad.sum(0))):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad


@mistake("lin_grad", ADDS)
def lin_parameters_added(inp, out, w, b):
    inp.grad = out.grad @ w.t()
    for tensor, grad in ((w, inp.t() @ out.grad), (b, out.grad.sum(0))):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad


@mistake("lin_grad", ADDS)
def lin_bias_added(inp, out, w, b):
    inp.grad, w.grad = out.grad @ w.t(), inp.t() @ out.grad
    b.grad = out.grad.sum(0) if b.grad is None else b.grad + out.grad.sum(0)


@mistake("lin_grad", KEPT)
def lin_set_once(inp, out, w, b):
    if w.grad is None:
        right(inp, out, w, b)


@mistake("lin_grad", STALE)
class LinOfFirstCall:
    """Keeps the first weights of each shape."""

    def __init__(self):
        self.weights = {}

    def __call__(self, inp, out, w, b):
        right(inp, out, w, b)
        inp.grad = out.grad @ self.weights.setdefault(w.shape, w.detach().clone()).t()


@mistake("lin_grad", OVERWRITES.format("out"))
def lin_upstream_averaged_in_place(inp, out, w, b):
    out.grad /= len(inp)
    right(inp, out, w, b)


@mistake("lin_grad", OVERWRITES.format("out"))
def lin_upstream_cleared(inp, out, w, b):
    right(inp, out, w, b)
    out.grad = None


@mistake("lin_grad", OVERWRITES.format("out"))
def lin_upstream_zeroed(inp, out, w, b):
    right(inp, out, w, b)
    out.grad.zero_()


@mistake("lin_grad", IN_PLACE)
def lin_transposes_in_place(inp, out, w, b):
    inp.grad = out.grad @ w.t_()
    w.grad = inp.t() @ out.grad
    b.grad = out.grad.sum(0)


@mistake("lin_grad", AUTOGRAD)
def lin_by_autograd(inp, out, w, b):
    x, weights, bias = (t.detach().clone().requires_grad_() for t in (inp, w, b))
    found = torch.autograd.grad(x @ weights + bias, (x, weights, bias), out.grad)
    inp.grad, w.grad, b.grad = found


@mistake("lin_grad", AUTOGRAD)
def lin_by_backward(inp, out, w, b):
    x, weights, bias = (t.detach().clone().requires_grad_() for t in (inp, w, b))
    (x @ weights + bias).backward(out.grad)
    inp.grad, w.grad, b.grad = x.grad, weights.grad, bias.grad


@mistake("lin_grad", AUTOGRAD)
def lin_by_vjp(inp, out, w, b):
    _, pull = torch.func.vjp(torch.addmm, b, inp, w)
    b.grad, inp.grad, w.grad = pull(out.grad)


@mistake("lin_grad", AUTOGRAD)
def lin_by_backward_of_out(inp, out, w, b):
    out.backward(out.grad)
