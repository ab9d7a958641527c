"""Known wrong answers of chapter 5, each with the sentence a kind teacher would say.

Longer than other files: the same mistake is written in several ways.
"""

import functools

import numpy as np
import torch
import torch.nn.functional as F

from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, CUT, CUT_FROM, KEPT, SPOILT
from kata.diagnosis.recorded import mistake, probes

BROADCAST = (
    "You subtract targ [n] from output [n, 1] as they come. Broadcasting makes that [n, n], every "
    "output less every target. Give both one shape first: output[:, 0] or output.squeeze(-1)."
)
BROADCAST_SUM = (
    "Two things: output [n, 1] less targ [n] broadcasts to [n, n] (take output[:, 0]), and then "
    "you sum over all of it."
)
SUM = "You sum the squared errors. Divide by n: the loss is their mean."
HALF = (
    "You take half of the mean (1/2n). The factor 1/2 is a habit of other courses; here the loss "
    "is the plain mean, and its gradient has a factor 2."
)
HALF_SUM = "You take half of the sum. The loss is the mean: divide by n, without the 1/2."
DOUBLED = "Your loss is twice the mean of the squared errors. Leave out the factor 2."
ROOT = "You take the root of the mean (RMSE). The loss is the mean square itself."
NORM = "You take the norm of the errors. Square it and divide by n: the mean of the squares."
NORM_MEAN = "You divide the norm by n without squaring it. Take the mean of the squared errors."
ABSOLUTE = "You average the absolute errors. Square them: mse is the mean SQUARED error."
ABSOLUTE_SUM = "You sum the absolute errors. Square each error, and take the mean."
NO_SQUARE = "You average the errors without squaring them, so those of opposite sign cancel."
MEAN_FIRST = "You square the mean of the errors. Square each error first, then take the mean."
SUM_FIRST = "You square the sum of the errors. Square each error first, then take the mean."
SUM_FIRST_MEAN = (
    "You square the sum of the errors and divide by n. Square each error first, then take the mean."
)
SQUARES_APART = (
    "You square outputs and targets one by one and subtract the squares. Subtract first, then "
    "square the difference."
)
ADDED = "You add outputs and targets. The error is their difference, output - targ."
BESSEL = "You divide by n - 1. A mean divides by n (n - 1 belongs to an unbiased variance)."
PLUS_ONE = "You divide by n + 1. A mean divides by n."
TWICE_DIVIDED = "You divide by n twice: mean() has done it already."
VARIANCE = "You take the variance of the errors, which leaves out their mean. Average the squares."
CUBED = "You take the wrong power. The errors are squared: ** 2."
HUBER = "You take Huber's loss (smooth L1), linear for large errors. Square all of them."
NOT_REDUCED = (
    "You keep all n squared errors (a mean over an axis of length 1 leaves them as they are). The "
    "loss is one number: mean() over all."
)
ONE_AXIS_LEFT = "Your loss has shape [1]. It is 0-d, one number without axes: take mean() over all."
SQUARED_SHAPE = "Your loss has shape [1, 1]. It is 0-d, one number without axes: mean() over all."
NUMBER = (
    "You return a Python number (item, float), which is cut off from the inputs. Return the 0-d "
    "tensor itself."
)
ARRAY = "You return a numpy number. Return a tensor, and stay with torch's operations on the way."
NUMBERS = (
    "You build a new tensor from plain numbers (item, tolist, torch.tensor). It has torch's "
    "default dtype, not the inputs', and autograd finds no way back to them."
)
NOTHING = "You return nothing. End the function with return and the loss."
TUPLE = "You return a tuple (is there a comma at the end of the line?). Return the loss alone."
FLOAT32 = (
    "Your loss is float32 whatever the inputs are (float(), dtype=torch.float32, or a torch.zeros "
    "in the default dtype). Take the inputs' dtype: zeros_like, new_zeros or output.dtype."
)
FLOAT64 = (
    "Your loss is float64 whatever the inputs are (double(), or dtype=torch.float64). Leave the "
    "inputs' dtype as it is."
)
LOW = (
    "You compute in float32 and cast back. With float64 inputs that loses half of the digits: "
    "compute in the dtype of the inputs."
)
LOW_PRECISION = (
    "You compute in half precision, which keeps three digits: compute in the dtype of the inputs."
)
ROUNDED = "You round the loss to a few decimals. Leave it as it is: small losses are losses, too."
NEGATED = "Your loss has the wrong sign. A mean of squares is never negative."
FIRST_ONLY = "You use the first row only. The mean is over all n rows."
LAST_MISSING = "Your loop leaves the last row out. Indices run from 0 to n - 1: range(n)."
FIRST_MISSING = "Your loop leaves the first row out. Indices count from 0: range(n)."
EARLY_RETURN = (
    "You return from inside the loop, so only its first round is run. Move return to the left, "
    "below the loop."
)
LAST_ONLY = "You overwrite the sum at each row, so only the last error is left. Add each one: +=."
SQUEEZE = (
    "squeeze() without an axis drops every axis of length 1, the rows' as well where n = 1. Say "
    "which: squeeze(-1), or output[:, 0]."
)
RELATIVE = "You divide by the targets (a relative error). The loss takes the errors as they are."
NORMALISED = (
    "You divide by the targets' spread or size. The loss takes the squared errors as they are."
)
CROSS_ENTROPY = (
    "You take a cross-entropy, or put the outputs through a sigmoid or softmax. The loss compares "
    "the outputs themselves: (output - targ)^2."
)
EPSILON = "You add a small number. The loss of perfect outputs is exactly 0."
SORTED = "You sort outputs and targets first. Output i is compared with target i, as they come."
REVERSED = "You compare output i with the target of another row. Both run from 0 to n - 1."
NO_TARGET = "You leave out the targets. The error is output - targ."
NO_OUTPUT = "You leave out the outputs. The error is output - targ."
LARGEST = "You take the largest squared error. The loss is their mean."
MEDIAN = "You take the median of the squared errors. The loss is their mean."
PRODUCT = "You average output times targ. The error is the difference, output - targ, squared."
SCALED = "You scale the targets or outputs first. The error is output - targ, as they come."
WITHIN = "You limit the errors (clamp, relu). Errors of both signs and any size count, squared."


@probes("mse")
def mse_probes(draw):
    for n in (5, 5, 1, 2, 3, 1):
        yield draw(n, 1), draw(n)
    yield draw(4, 1, scale=5.0), draw(4, scale=5.0)


def errors(output, targ):
    return output.squeeze(-1) - targ


@mistake("mse", BROADCAST)
def broadcast(output, targ):
    return (output - targ).square().mean()


@mistake("mse", BROADCAST)
def broadcast_the_other_way(output, targ):
    return (targ - output).pow(2).mean()


@mistake("mse", BROADCAST)
def broadcast_in_mse_loss(output, targ):
    return F.mse_loss(output, targ)


@mistake("mse", BROADCAST_SUM)
def broadcast_and_summed(output, targ):
    return (output - targ).square().sum()


@mistake("mse", BROADCAST_SUM)
def broadcast_and_divided_by_n(output, targ):
    return (output - targ).square().sum() / len(targ)


@mistake("mse", BROADCAST)
def broadcast_half(output, targ):
    return (output - targ).square().mean() / 2


@mistake("mse", BROADCAST)
def broadcast_root(output, targ):
    return (output - targ).square().mean().sqrt()


@mistake("mse", BROADCAST)
def broadcast_absolute(output, targ):
    return (output - targ).abs().mean()


@mistake("mse", BROADCAST)
def broadcast_mean_over_rows(output, targ):
    return (output - targ).square().mean(0)


@mistake("mse", BROADCAST)
def broadcast_mean_over_columns(output, targ):
    return (output - targ).square().mean(1)


@mistake("mse", BROADCAST)
def broadcast_mean_of_column_sums(output, targ):
    return (output - targ).square().sum(1).mean() / len(targ) ** 2


@mistake("mse", BROADCAST)
def broadcast_not_reduced(output, targ):
    return (output - targ).square()


@mistake("mse", BROADCAST)
def broadcast_item(output, targ):
    return (output - targ).square().mean().item()


@mistake("mse", BROADCAST)
def broadcast_detached(output, targ):
    return (output - targ).square().mean().detach()


@mistake("mse", SUM)
def summed(output, targ):
    return errors(output, targ).square().sum()


@mistake("mse", HALF)
def half(output, targ):
    return errors(output, targ).square().mean() / 2


@mistake("mse", HALF_SUM)
def half_of_the_sum(output, targ):
    return errors(output, targ).square().sum() / 2


@mistake("mse", DOUBLED)
def doubled(output, targ):
    return 2 * errors(output, targ).square().mean()


@mistake("mse", "You sum and double. Divide the sum of squared errors by n, without the factor 2.")
def doubled_sum(output, targ):
    return 2 * errors(output, targ).square().sum()


@mistake("mse", ROOT)
def root(output, targ):
    return errors(output, targ).square().mean().sqrt()


@mistake("mse", NORM)
def norm(output, targ):
    return errors(output, targ).norm()


@mistake("mse", NORM_MEAN)
def norm_over_n(output, targ):
    return errors(output, targ).norm() / len(targ)


@mistake("mse", ABSOLUTE)
def absolute(output, targ):
    return errors(output, targ).abs().mean()


@mistake("mse", ABSOLUTE_SUM)
def absolute_sum(output, targ):
    return errors(output, targ).abs().sum()


@mistake("mse", NO_SQUARE)
def without_square(output, targ):
    return errors(output, targ).mean()


@mistake("mse", NO_SQUARE)
def without_square_the_other_way(output, targ):
    return -errors(output, targ).mean()


@mistake("mse", "You sum the errors without squaring them. Square each, and take the mean.")
def summed_without_square(output, targ):
    return errors(output, targ).sum()


@mistake("mse", MEAN_FIRST)
def square_of_the_mean(output, targ):
    return errors(output, targ).mean().square()


@mistake("mse", MEAN_FIRST)
def square_of_the_mean_absolute_error(output, targ):
    return errors(output, targ).abs().mean().square()


@mistake("mse", FIRST_ONLY)
def all_outputs_against_the_first_target(output, targ):
    return (output[:, 0] - targ[0]).square().mean()


@mistake("mse", SUM_FIRST)
def square_of_the_sum(output, targ):
    return errors(output, targ).sum().square()


@mistake("mse", SUM_FIRST_MEAN)
def square_of_the_sum_over_n(output, targ):
    return errors(output, targ).sum().square() / len(targ)


@mistake("mse", SQUARES_APART)
def difference_of_squares(output, targ):
    return (output.squeeze(-1).square() - targ.square()).mean()


@mistake("mse", SQUARES_APART)
def absolute_difference_of_squares(output, targ):
    return (output.squeeze(-1).square() - targ.square()).abs().mean()


@mistake("mse", "You square the outputs only. Subtract first, then square the difference.")
def square_of_outputs_only(output, targ):
    return (output.squeeze(-1).square() - targ).mean()


@mistake("mse", ADDED)
def errors_added(output, targ):
    return (output.squeeze(-1) + targ).square().mean()


@mistake("mse", BESSEL)
def over_n_less_one(output, targ):
    return errors(output, targ).square().sum() / (len(targ) - 1)


@mistake("mse", BESSEL)
def over_n_less_one_kept_above_zero(output, targ):
    return errors(output, targ).square().sum() / max(len(targ) - 1, 1)


@mistake("mse", PLUS_ONE)
def over_n_plus_one(output, targ):
    return errors(output, targ).square().sum() / (len(targ) + 1)


@mistake("mse", TWICE_DIVIDED)
def divided_twice(output, targ):
    return errors(output, targ).square().mean() / len(targ)


@mistake("mse", "You divide by the root of n. A mean divides by n.")
def over_the_root_of_n(output, targ):
    return errors(output, targ).square().sum() / len(targ) ** 0.5


@mistake("mse", "You multiply by n. A mean divides the sum by n.")
def times_n(output, targ):
    return errors(output, targ).square().sum() * len(targ)


@mistake("mse", "You divide by a fixed number of rows. n is the length of the targets at hand.")
def over_fifty_thousand(output, targ):
    return errors(output, targ).square().sum() / 50_000


@mistake("mse", VARIANCE)
def variance(output, targ):
    return errors(output, targ).var()


@mistake("mse", VARIANCE)
def variance_over_n(output, targ):
    return errors(output, targ).var(correction=0)


@mistake("mse", VARIANCE)
def standard_deviation(output, targ):
    return errors(output, targ).std()


@mistake("mse", CUBED)
def cubed(output, targ):
    return errors(output, targ).pow(3).mean()


@mistake("mse", CUBED)
def fourth_power(output, targ):
    return errors(output, targ).pow(4).mean()


@mistake("mse", "You double the errors in place of squaring them: * 2, where ** 2 is wanted.")
def two_times(output, targ):
    return (errors(output, targ) * 2).mean()


@mistake("mse", CUBED)
def two_to_the_error(output, targ):
    return (2 ** errors(output, targ)).mean()


@mistake("mse", NO_SQUARE)
def absolute_value_of_the_mean(output, targ):
    return errors(output, targ).mean().abs()


@mistake("mse", CUBED)
def root_of_errors(output, targ):
    return errors(output, targ).pow(0.5).mean()


@mistake("mse", CUBED)
def root_of_absolute_errors(output, targ):
    return errors(output, targ).abs().sqrt().mean()


@mistake("mse", "^ is not a power in Python. Write ** 2, square() or pow(2).")
def caret(output, targ):
    return ((output.squeeze(-1) - targ) ^ 2).mean()


@mistake("mse", "You return the gradient of the loss. The loss is the mean of the squared errors.")
def gradient(output, targ):
    return 2 * errors(output, targ) / len(targ)


@mistake("mse", "You return the gradient of the loss. The loss is the mean of the squared errors.")
def gradient_column(output, targ):
    return 2 * (output - targ[:, None]) / len(targ)


@mistake("mse", "You take the logarithm. The loss is the mean square itself.")
def logarithm(output, targ):
    return errors(output, targ).square().mean().log()


@mistake("mse", SCALED)
def logarithms_compared(output, targ):
    return (output[:, 0].abs().log1p() - targ.abs().log1p()).square().mean()


@mistake("mse", "You cut the targets to whole numbers (long, int). Take them as they are.")
def whole_targets(output, targ):
    return errors(output, targ.long()).square().mean()


@mistake("mse", "You cut to whole numbers (// or int). The loss is a plain quotient, with /.")
def whole_quotient(output, targ):
    return errors(output, targ).square().sum() // len(targ)


@mistake("mse", "expand makes [n, n] of targ, or fails. To make it a column, take targ[:, None].")
def targets_expanded(output, targ):
    return (output - targ.expand_as(output)).square().mean()


@mistake("mse", "Your loss is a similarity or a score. It is the mean of the squared errors.")
def cosine(output, targ):
    return 1 - F.cosine_similarity(output[:, 0], targ, dim=0)


@mistake("mse", "Your loss is a similarity or a score. It is the mean of the squared errors.")
def score(output, targ):
    return 1 - errors(output, targ).square().sum() / (targ - targ.mean()).square().sum()


@mistake("mse", "The square binds first: output - targ ** 2. Write (output - targ) ** 2.")
def square_without_brackets(output, targ):
    return (output - targ**2).mean()


@mistake("mse", MEAN_FIRST)
def square_without_brackets_of_means(output, targ):
    return output.mean() - targ.mean() ** 2


@mistake("mse", HUBER)
def smooth_l1(output, targ):
    return F.smooth_l1_loss(output.squeeze(-1), targ)


@mistake("mse", HUBER)
def broadcast_smooth_l1(output, targ):
    return F.smooth_l1_loss(output, targ)


@mistake("mse", "You take log cosh of the errors. Square them, and take the mean.")
def log_cosh(output, targ):
    return errors(output, targ).cosh().log().mean()


@mistake("mse", NOT_REDUCED)
def not_reduced(output, targ):
    return errors(output, targ).square()


@mistake("mse", NOT_REDUCED)
def not_reduced_column(output, targ):
    return (output - targ[:, None]).square()


@mistake("mse", NOT_REDUCED)
def not_reduced_and_divided(output, targ):
    return errors(output, targ).square() / len(targ)


@mistake("mse", NOT_REDUCED)
def mean_over_the_single_column(output, targ):
    return (output - targ[:, None]).square().mean(1)


@mistake("mse", NOT_REDUCED)
def mean_over_the_single_column_kept(output, targ):
    return (output - targ[:, None]).square().mean(1, keepdim=True)


@mistake("mse", ONE_AXIS_LEFT)
def mean_over_rows_of_a_column(output, targ):
    return (output - targ[:, None]).square().mean(0)


@mistake("mse", ONE_AXIS_LEFT)
def mean_kept(output, targ):
    return errors(output, targ).square().mean(0, keepdim=True)


@mistake("mse", ONE_AXIS_LEFT)
def summed_in_a_vector(output, targ):
    total = output.new_zeros(1)
    for i in range(len(targ)):
        total = total + (output[i] - targ[i]) ** 2
    return total / len(targ)


@mistake("mse", ONE_AXIS_LEFT)
def summed_in_a_vector_of_the_default_dtype(output, targ):
    total = torch.zeros(1)
    for i in range(len(targ)):
        total = total + (output[i] - targ[i]) ** 2
    return total / len(targ)


@mistake("mse", SQUARED_SHAPE)
def matrix_product(output, targ):
    error = output - targ[:, None]
    return error.T @ error / len(targ)


@mistake("mse", SQUARED_SHAPE)
def mean_of_both_axes_kept(output, targ):
    return (output - targ[:, None]).square().mean(dim=(0, 1), keepdim=True)


@mistake("mse", NUMBER)
def item(output, targ):
    return errors(output, targ).square().mean().item()


@mistake("mse", NUMBER)
def plain_loop_of_numbers(output, targ):
    total = 0.0
    for p, t in zip(output[:, 0].tolist(), targ.tolist(), strict=True):
        total += (p - t) ** 2
    return total / len(targ)


@mistake("mse", ARRAY)
def numpy_number(output, targ):
    return np.mean((output[:, 0].detach().numpy() - targ.detach().numpy()) ** 2)


@mistake("mse", ARRAY)
def numpy_array(output, targ):
    return errors(output, targ).square().mean().detach().numpy()


@mistake("mse", NUMBERS)
def tensor_of_a_number(output, targ):
    return torch.tensor(errors(output, targ).square().mean().item())


@mistake("mse", CUT)
def tensor_of_a_number_of_the_dtype(output, targ):
    return torch.tensor(errors(output, targ).square().mean().item(), dtype=output.dtype)


@mistake("mse", CUT)
def detached(output, targ):
    return errors(output, targ).square().mean().detach()


@mistake("mse", CUT)
def by_numpy(output, targ):
    error = output[:, 0].numpy() - targ.numpy()
    return torch.as_tensor(np.mean(error**2))


@mistake("mse", CUT_FROM.format("output"))
def outputs_detached(output, targ):
    return errors(output.detach(), targ).square().mean()


@mistake("mse", CUT_FROM.format("targ"))
def targets_detached(output, targ):
    return errors(output, targ.detach()).square().mean()


@mistake("mse", NOTHING)
def without_return(output, targ):
    errors(output, targ).square().mean()


@mistake("mse", TUPLE)
def a_tuple(output, targ):
    return (errors(output, targ).square().mean(),)


@mistake("mse", FLOAT32)
def float32(output, targ):
    return errors(output.float(), targ.float()).square().mean()


@mistake("mse", FLOAT32)
def float32_buffer(output, targ):
    squares = torch.zeros(len(targ))
    for i in range(len(targ)):
        squares[i] = (output[i, 0] - targ[i]) ** 2
    return squares.mean()


@mistake("mse", FLOAT64)
def float64(output, targ):
    return errors(output.double(), targ.double()).square().mean()


@mistake("mse", LOW)
def float32_inside(output, targ):
    return errors(output.float(), targ.float()).square().mean().to(output.dtype)


@mistake("mse", LOW_PRECISION)
def half_precision_inside(output, targ):
    return errors(output.half(), targ.half()).square().mean().to(output.dtype)


@mistake("mse", ROUNDED)
def rounded(output, targ):
    return errors(output, targ).square().mean().round(decimals=4)


@mistake("mse", NEGATED)
def negative(output, targ):
    return -errors(output, targ).square().mean()


@mistake("mse", FIRST_ONLY)
def first_row_only(output, targ):
    return (output[0, 0] - targ[0]).square()


@mistake("mse", FIRST_ONLY)
def first_output_against_all(output, targ):
    return (output[0] - targ).square().mean()


@mistake("mse", EARLY_RETURN)
def returns_in_the_loop(output, targ):
    total = 0
    for i in range(len(targ)):
        total += (output[i, 0] - targ[i]) ** 2
        return total / len(targ)


@mistake("mse", LAST_MISSING)
def last_row_missing(output, targ):
    total = output.new_zeros(())
    for i in range(len(targ) - 1):
        total = total + (output[i, 0] - targ[i]) ** 2
    return total / len(targ)


@mistake("mse", LAST_MISSING)
def last_row_left_out(output, targ):
    return errors(output, targ)[:-1].square().mean()


@mistake("mse", FIRST_MISSING)
def first_row_missing(output, targ):
    total = output.new_zeros(())
    for i in range(1, len(targ)):
        total = total + (output[i, 0] - targ[i]) ** 2
    return total / len(targ)


@mistake("mse", FIRST_MISSING)
def first_row_left_out(output, targ):
    return errors(output, targ)[1:].square().mean()


@mistake("mse", LAST_ONLY)
def last_error_only(output, targ):
    for i in range(len(targ)):
        total = (output[i, 0] - targ[i]) ** 2
    return total / len(targ)


@mistake("mse", LAST_ONLY)
def last_error_only_undivided(output, targ):
    return (output[-1, 0] - targ[-1]) ** 2


@mistake("mse", SQUEEZE)
def squeezed_and_indexed(output, targ):
    output = output.squeeze()
    return sum((output[i] - targ[i]) ** 2 for i in range(len(targ))) / len(targ)


@mistake("mse", SQUEEZE)
def squeezed_and_counted(output, targ):
    output = output.squeeze()
    return (output - targ).square().sum() / len(output)


@mistake("mse", SQUEEZE)
def squeezed_and_measured(output, targ):
    output = output.squeeze()
    return (output - targ).square().sum() / output.shape[0]


@mistake("mse", SQUEEZE)
def squeezed_and_zipped(output, targ):
    squares = [(p - t) ** 2 for p, t in zip(output.squeeze(), targ, strict=True)]
    return sum(squares) / len(squares)


@mistake("mse", SQUEEZE)
def both_squeezed_and_dotted(output, targ):
    error = output.squeeze() - targ.squeeze()
    return error @ error / len(targ)


@mistake("mse", SQUEEZE)
def both_squeezed_and_dot_taken(output, targ):
    error = output.squeeze() - targ.squeeze()
    return torch.dot(error, error) / len(targ)


@mistake("mse", SQUEEZE)
def both_squeezed_and_counted(output, targ):
    error = output.squeeze() - targ.squeeze()
    return error.square().sum() / len(error)


@mistake("mse", SQUEEZE)
def squeezed_and_stacked(output, targ):
    return torch.stack([output.squeeze(), targ]).diff(dim=0).square().mean()


@mistake("mse", RELATIVE)
def relative(output, targ):
    return (errors(output, targ) / targ).square().mean()


@mistake("mse", RELATIVE)
def relative_absolute(output, targ):
    return (errors(output, targ) / targ).abs().mean()


@mistake("mse", NORMALISED)
def over_the_variance_of_targets(output, targ):
    return errors(output, targ).square().mean() / targ.var(correction=0)


@mistake("mse", NORMALISED)
def over_the_size_of_targets(output, targ):
    return errors(output, targ).square().sum() / targ.square().sum()


@mistake("mse", CROSS_ENTROPY)
def sigmoid_first(output, targ):
    return errors(output.sigmoid(), targ).square().mean()


@mistake("mse", CROSS_ENTROPY)
def softmax_first(output, targ):
    return errors(output.softmax(0), targ).square().mean()


@mistake("mse", CROSS_ENTROPY)
def binary_cross_entropy(output, targ):
    return F.binary_cross_entropy_with_logits(output[:, 0], targ)


@mistake("mse", EPSILON)
def with_epsilon(output, targ):
    return errors(output, targ).square().mean() + 1e-8


@mistake("mse", EPSILON)
def with_larger_epsilon(output, targ):
    return errors(output, targ).square().mean() + 1e-5


@mistake("mse", SORTED)
def sorted_first(output, targ):
    return errors(output.sort(0).values, targ.sort().values).square().mean()


@mistake("mse", REVERSED)
def reversed_targets(output, targ):
    return errors(output, targ.flip(0)).square().mean()


@mistake("mse", REVERSED)
def shifted_targets(output, targ):
    return errors(output, targ.roll(1)).square().mean()


@mistake("mse", REVERSED)
def targets_shifted_back(output, targ):
    return errors(output, targ.roll(-1)).square().mean()


@mistake("mse", NO_TARGET)
def outputs_squared(output, targ):
    return output.square().mean()


@mistake("mse", NO_OUTPUT)
def targets_squared(output, targ):
    return targ.square().mean()


@mistake("mse", "You compare with the mean of the targets. Output i is compared with target i.")
def against_the_mean(output, targ):
    return (output - targ.mean()).square().mean()


@mistake("mse", "You compare the mean output with each target. Output i belongs to target i.")
def mean_output_against_targets(output, targ):
    return (output.mean() - targ).square().mean()


@mistake("mse", LARGEST)
def largest(output, targ):
    return errors(output, targ).square().max()


@mistake("mse", MEDIAN)
def median(output, targ):
    return errors(output, targ).square().median()


@mistake("mse", PRODUCT)
def product(output, targ):
    return (output[:, 0] * targ).mean()


@mistake("mse", PRODUCT)
def product_squared(output, targ):
    return (output[:, 0] * targ).square().mean()


@mistake("mse", SCALED)
def targets_doubled(output, targ):
    return errors(output, 2 * targ).square().mean()


@mistake("mse", SCALED)
def targets_divided_by_ten(output, targ):
    return errors(output, targ / 10).square().mean()


@mistake("mse", SCALED)
def targets_divided_by_n(output, targ):
    return errors(output, targ / len(targ)).square().mean()


@mistake("mse", SCALED)
def targets_normalised(output, targ):
    return errors(output, (targ - targ.mean()) / targ.std(correction=0)).square().mean()


@mistake("mse", WITHIN)
def positive_errors_only(output, targ):
    return errors(output, targ).clamp_min(0.0).square().mean()


@mistake("mse", WITHIN)
def errors_within_one(output, targ):
    return errors(output, targ).clamp(-1, 1).square().mean()


@mistake("mse", WITHIN)
def outputs_bent(output, targ):
    return errors(output.clamp_min(0.0), targ).square().mean()


@mistake("mse", IN_PLACE)
def subtracted_in_place(output, targ):
    output[:, 0] -= targ
    return output.square().mean()


@mistake("mse", IN_PLACE)
def squeezed_in_place(output, targ):
    return (output.squeeze_(-1) - targ).square().mean()


@mistake("mse", IN_PLACE)
def target_unsqueezed_in_place(output, targ):
    return (output - targ.unsqueeze_(1)).square().mean()


@mistake("mse", IN_PLACE)
def target_resized_in_place(output, targ):
    return (output - targ.resize_(output.shape)).square().mean()


@mistake("mse", SPOILT)
def error_squared_in_place(output, targ):
    error = errors(output, targ)
    error *= error
    return error.mean()


@mistake("mse", ASTRAY)
def sum_with_ones_on_the_default_device(output, targ):
    return errors(output, targ).square() @ torch.ones(len(targ), dtype=targ.dtype) / len(targ)


@mistake("mse", KEPT)
class FirstLoss:
    """Computes once."""

    def __init__(self):
        self.loss = None

    def __call__(self, output, targ):
        if self.loss is None:
            self.loss = errors(output, targ).square().mean()
        return self.loss


@mistake("mse", KEPT)
@functools.cache
def cached(output, targ):
    return errors(output, targ).square().mean()
