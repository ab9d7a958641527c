"""Known wrong answers of chapter 3, each with the sentence a kind teacher would say.

Longer than other files: the same mistake is written in several ways, and those that torch stops
with an error are told apart by its text.
"""

import functools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, CUT, CUT_FROM, DEFAULT_DTYPE, DRAWS, KEPT, NOT_CALLED
from kata.diagnosis.recorded import mistake, probes

# --- all four exercises -----------------------------------------------------------------------

NOTHING = "You return nothing. End the function with return and the result."
TUPLE = "You return a tuple (is there a comma at the end of the line?). Return the tensor alone."
LIST = "You return a list of numbers. Return a tensor, and stay with tensor operations on the way."
ARRAY = "You return a numpy array. Return a tensor, and stay with torch's operations on the way."
FLOAT32 = (
    "Your result is float32 whatever the inputs are (float(), dtype=torch.float32, or a "
    "torch.zeros in the default dtype). Take the inputs' dtype: zeros_like, new_zeros or x.dtype."
)
FLOAT64 = (
    "Your result is float64 whatever the inputs are (double(), or dtype=torch.float64). Leave the "
    "inputs' dtype as it is."
)
LOW = (
    "You compute in float32 and cast back. With float64 inputs that loses half of the digits: "
    "compute in the dtype of the inputs."
)
HALF = (
    "You compute in half precision, which keeps three digits: compute in the dtype of the inputs."
)
ROUNDED = "You round the result to a few decimals. Leave it as it is: small values are values, too."
NUMBERS = (
    "You build a new tensor from plain numbers (item, tolist, torch.tensor). It has torch's "
    "default dtype, not the inputs', and autograd finds no way back to them."
)
FIRST_ROW = "You compute the first row only. Each of the n rows has its own row in the result."
EARLY_RETURN = (
    "You return from inside the loop, so only its first round is run. Move return to the left, "
    "below the loop."
)
LAST_ROW_MISSING = "Your loop stops one row too early, so the last row is never computed: range(n)."
FLIPPED = "Your result is transposed: it has a row for each of the n rows of x, [n, o]."
SQUEEZED = (
    "You squeeze the result, which drops an axis where there is one row or one output. The result "
    "is [n, o], even where n or o is 1."
)


@mistake("lin", NOTHING)
@mistake("relu", NOTHING)
@mistake("shifted_relu", NOTHING)
@mistake("model", NOTHING)
def without_return(*args):
    pass


# --- lin --------------------------------------------------------------------------------------


@probes("lin")
def lin_probes(draw):
    for n, m, o in [(5, 4, 3), (5, 4, 3), (1, 4, 3), (3, 3, 3), (3, 4, 3), (4, 4, 2), (2, 3, 1)]:
        yield draw(n, m), draw(m, o), draw(o)


NO_BIAS = "You left out the bias b: out = x @ w + b, with b added to every row."
NO_BIAS_TRANSPOSED = (
    "Two things: you left out the bias b, and you multiply by w transposed (w is [m, o], a column "
    "for each output): out = x @ w + b."
)
MINUS_BIAS = "You subtract the bias. It is added: out = x @ w + b."
BIAS_PER_ROW = (
    "You add b as a column, one number to each row. b has one number for each output: b[k] is "
    "added to column k, and x @ w + b does that with b as it is."
)
BIAS_TWICE = "You add the bias twice. Each output gets b[k] once."
BIAS_EACH_TERM = (
    "You add the bias inside the sum over j, so it comes m times. Add b[k] once, after the sum."
)
BIAS_FIRST = "You add b to x before the product. Multiply first, then add: out = x @ w + b."
BIAS_IN_W = "You add b to the weights before the product. Multiply first: out = (x @ w) + b."
BIAS_TIMES = "You multiply by the bias. It is added: out = x @ w + b."
ONE_BIAS = (
    "You add one number (b[0], or the sum or mean of b) to all outputs. Each output k has a bias "
    "of its own, b[k]."
)
BIAS_ONE_ROW = "You add the bias to one row only. Each of the n rows gets it."
BIAS_UNSIGNED = "You add the absolute value of the bias. Add b as it is."
W_TRANSPOSED = (
    "You multiply by w transposed. w is [m, o], a column for each output, so x @ w takes it as it "
    "is; only nn.Linear and F.linear want it as [o, m]."
)
W_RESHAPED = (
    "You reshape w to [o, m], which puts its numbers in other places: it is no transpose. x @ w "
    "takes w as it is, [m, o]."
)
W_FIRST = "You multiply in the wrong order, w @ x. A row of x meets a column of w: x @ w."
X_TRANSPOSED = "You transpose x. It is [n, m], a row for each example: x @ w takes it as it is."
ELEMENTWISE = (
    "* multiplies element by element. A matrix product sums over j as well: x @ w, or matmul."
)
WRONG_AXIS = (
    "You sum the products over the wrong axis. The sum runs over j, the axis that x and w share; "
    "n and o stay."
)
NO_SUM = "You have all products x[i, j] w[j, k] but never sum them over j."
ALL_SUMMED = "You sum over too much. Only j is summed over; there is a result for each i and k."
TERM_MEAN = "You take the mean over j. The products are summed: no division by m."
SCALED = (
    "You divide by sqrt(m). That scale belongs into the initial weights (chapter 4), not into lin."
)
LAST_TERM = (
    "You overwrite the sum at each j, so only the last product is left. Add each one: out += ..."
)
NOT_RESET = (
    "Your running sum is not set back to 0 for the next output, so each holds those before it."
)
RELU_IN_LIN = (
    "You apply relu to the result. lin is the affine map alone; relu is a step of its own."
)
ROWS_MIXED = (
    "You add up or average the rows of x. Each of the n rows is mapped on its own: no sum over i."
)
BIAS_INTO = (
    "You add into b itself (+=), which has no axis for the n rows, and is an input. Write "
    "x @ w + b, which makes a new tensor."
)
DOT = "torch.dot takes two vectors. The product of two matrices is x @ w (torch.matmul)."


def affine(x, w, b):
    return x @ w + b


@mistake("lin", NO_BIAS)
def without_bias(x, w, b):
    return x @ w


@mistake("lin", MINUS_BIAS)
def bias_subtracted(x, w, b):
    return x @ w - b


@mistake("lin", BIAS_PER_ROW)
def bias_per_row(x, w, b):
    return x @ w + b[:, None]


@mistake("lin", BIAS_PER_ROW)
def bias_per_row_by_index(x, w, b):
    out = x @ w
    for i in range(len(out)):
        out[i] += b[i]
    return out


@mistake("lin", BIAS_PER_ROW)
def bias_per_row_in_place(x, w, b):
    out = x @ w
    out += b.unsqueeze(1)
    return out


@mistake("lin", BIAS_PER_ROW)
def bias_per_row_in_a_comprehension(x, w, b):
    return torch.stack([x[i] @ w + b[i] for i in range(len(x))])


@mistake("lin", BIAS_PER_ROW)
def bias_per_row_by_addmm(x, w, b):
    return torch.addmm(b[:, None], x, w)


@mistake("lin", BIAS_PER_ROW)
def bias_as_transposed_sum(x, w, b):
    return ((x @ w).T + b).T


@mistake("lin", BIAS_TWICE)
def bias_twice(x, w, b):
    return x @ w + 2 * b


@mistake("lin", BIAS_EACH_TERM)
def bias_at_each_term(x, w, b):
    return (x.unsqueeze(-1) * w + b).sum(1)


@mistake("lin", BIAS_FIRST)
def bias_first(x, w, b):
    return (x + b) @ w


@mistake("lin", BIAS_IN_W)
def bias_in_the_weights(x, w, b):
    return x @ (w + b)


@mistake("lin", BIAS_TIMES)
def bias_as_factor(x, w, b):
    return x @ w * b


@mistake("lin", BIAS_TIMES)
def bias_as_product(x, w, b):
    return x @ w @ b


@mistake("lin", ONE_BIAS)
def first_bias_for_all(x, w, b):
    return x @ w + b[0]


@mistake("lin", ONE_BIAS)
def sum_of_biases(x, w, b):
    return x @ w + b.sum()


@mistake("lin", ONE_BIAS)
def mean_of_biases(x, w, b):
    return x @ w + b.mean()


@mistake("lin", ONE_BIAS)
def last_bias_for_all(x, w, b):
    return x @ w + b[-1]


@mistake("lin", BIAS_ONE_ROW)
def bias_to_the_first_row(x, w, b):
    out = x @ w
    out[0] += b
    return out


@mistake("lin", BIAS_ONE_ROW)
def bias_to_the_last_row(x, w, b):
    out = x @ w
    out[-1] += b
    return out


@mistake("lin", BIAS_UNSIGNED)
def bias_without_sign(x, w, b):
    return x @ w + b.abs()


@mistake("lin", W_TRANSPOSED)
def w_transposed(x, w, b):
    return x @ w.T + b


@mistake("lin", W_TRANSPOSED)
def f_linear(x, w, b):
    return F.linear(x, w, b)


@mistake("lin", W_TRANSPOSED)
def f_linear_then_bias(x, w, b):
    return F.linear(x, w) + b


@mistake("lin", W_TRANSPOSED)
def w_transposed_in_einsum(x, w, b):
    return torch.einsum("nm,om->no", x, w) + b


@mistake("lin", W_TRANSPOSED)
def w_transposed_in_addmm(x, w, b):
    return torch.addmm(b, x, w.t())


@mistake("lin", W_TRANSPOSED)
def w_transposed_elementwise(x, w, b):
    return (x[:, None, :] * w[None]).sum(-1) + b


@mistake("lin", W_TRANSPOSED)
def w_transposed_in_loops(x, w, b):
    out = x.new_zeros(len(x), len(b))
    for i in range(len(x)):
        for k in range(len(b)):
            for j in range(x.shape[1]):
                out[i, k] += x[i, j] * w[k, j]
            out[i, k] += b[k]
    return out


@mistake("lin", W_TRANSPOSED)
def rows_of_w_as_vectors(x, w, b):
    return torch.stack([x @ row for row in w], 1) + b


@mistake("lin", W_RESHAPED)
def w_reshaped(x, w, b):
    return F.linear(x, w.reshape(w.shape[::-1]), b)


@mistake("lin", W_FIRST)
def w_first(x, w, b):
    return w @ x + b


@mistake("lin", W_FIRST)
def w_first_without_bias(x, w, b):
    return w @ x


@mistake("lin", FLIPPED)
def both_transposed(x, w, b):
    return w.T @ x.T + b


@mistake("lin", FLIPPED)
def both_transposed_bias_down(x, w, b):
    return w.T @ x.T + b[:, None]


@mistake("lin", X_TRANSPOSED)
def x_transposed(x, w, b):
    return x.T @ w + b


@mistake("lin", X_TRANSPOSED)
def both_inputs_transposed(x, w, b):
    return x.T @ w.T + b


@mistake("lin", ELEMENTWISE)
def elementwise(x, w, b):
    return x * w + b


@mistake("lin", ELEMENTWISE)
def elementwise_by_mul(x, w, b):
    return torch.mul(x, w).add(b)


@mistake("lin", ELEMENTWISE)
def elementwise_summed(x, w, b):
    return (x * w).sum(-1) + b


@mistake("lin", ELEMENTWISE)
def elementwise_summed_over_rows(x, w, b):
    return (x * w).sum(0) + b


@mistake("lin", ELEMENTWISE)
def elementwise_summed_kept(x, w, b):
    return (x * w).sum(-1, keepdim=True) + b


@mistake("lin", ELEMENTWISE)
def elementwise_with_w_transposed(x, w, b):
    return x * w.T + b


@mistake("lin", ELEMENTWISE)
def elementwise_with_w_transposed_summed(x, w, b):
    return (x * w.T).sum(-1) + b


@mistake("lin", WRONG_AXIS)
def summed_over_outputs(x, w, b):
    return (x.unsqueeze(-1) * w).sum(2) + b


@mistake("lin", WRONG_AXIS)
def summed_over_rows(x, w, b):
    return (x.unsqueeze(-1) * w).sum(0) + b


@mistake("lin", WRONG_AXIS)
def einsum_over_outputs(x, w, b):
    return torch.einsum("nm,mo->nm", x, w)


@mistake("lin", WRONG_AXIS)
def einsum_over_rows(x, w, b):
    return torch.einsum("nm,mo->mo", x, w) + b


@mistake("lin", NO_SUM)
def products_without_sum(x, w, b):
    return x.unsqueeze(-1) * w + b


@mistake("lin", NO_SUM)
def products_alone(x, w, b):
    return x.unsqueeze(-1) * w


@mistake("lin", ALL_SUMMED)
def summed_to_one_number(x, w, b):
    return (x @ w).sum() + b


@mistake("lin", ALL_SUMMED)
def summed_to_a_scalar(x, w, b):
    return (x @ w + b).sum()


@mistake("lin", ALL_SUMMED)
def outputs_summed(x, w, b):
    return (x @ w + b).sum(1)


@mistake("lin", ALL_SUMMED)
def outputs_summed_before_the_bias(x, w, b):
    return (x @ w).sum(1, keepdim=True) + b


@mistake("lin", TERM_MEAN)
def mean_of_terms(x, w, b):
    return x @ w / x.shape[1] + b


@mistake("lin", TERM_MEAN)
def mean_of_terms_and_bias(x, w, b):
    return (x @ w + b) / x.shape[1]


@mistake("lin", SCALED)
def scaled_by_root_m(x, w, b):
    return x @ w / math.sqrt(x.shape[1]) + b


@mistake("lin", SCALED)
def all_scaled_by_root_m(x, w, b):
    return (x @ w + b) / math.sqrt(x.shape[1])


@mistake("lin", LAST_TERM)
def last_term_only(x, w, b):
    return x[:, -1:] * w[-1] + b


@mistake("lin", "Your loop over j stops one term too early: range(m) already leaves m out.")
def last_term_missing(x, w, b):
    return x[:, :-1] @ w[:-1] + b


@mistake("lin", "Your loop over j starts at 1. Indices count from 0: range(m).")
def first_term_missing(x, w, b):
    return x[:, 1:] @ w[1:] + b


@mistake("lin", NOT_RESET)
def sum_never_reset(x, w, b):
    total, out = 0.0, x.new_zeros(len(x), len(b))
    for i in range(len(x)):
        for k in range(len(b)):
            for j in range(len(w)):
                total = total + x[i, j] * w[j, k]
            out[i, k] = total + b[k]
    return out


@mistake("lin", NOT_RESET)
def sum_never_reset_with_bias(x, w, b):
    total, out = 0.0, x.new_zeros(len(x), len(b))
    for i in range(len(x)):
        for k in range(len(b)):
            for j in range(len(w)):
                total = total + x[i, j] * w[j, k]
            total = total + b[k]
            out[i, k] = total
    return out


@mistake("lin", NOT_RESET)
def sum_reset_at_each_row_only(x, w, b):
    out = x.new_zeros(len(x), len(b))
    for i in range(len(x)):
        total = 0.0
        for k in range(len(b)):
            for j in range(len(w)):
                total = total + x[i, j] * w[j, k]
            out[i, k] = total + b[k]
    return out


@mistake("lin", LAST_ROW_MISSING)
def last_row_missing(x, w, b):
    out = x.new_zeros(len(x), len(b))
    for i in range(len(x) - 1):
        out[i] = x[i] @ w + b
    return out


@mistake("lin", EARLY_RETURN)
def returns_in_the_loop(x, w, b):
    out = x.new_zeros(len(x), len(b))
    for i in range(len(x)):
        out[i] = x[i] @ w + b
        return out


@mistake("lin", FIRST_ROW)
def first_row_only(x, w, b):
    return x[0] @ w + b


@mistake("lin", FIRST_ROW)
def first_row_only_kept(x, w, b):
    return x[:1] @ w + b


@mistake("lin", RELU_IN_LIN)
def relu_on_top(x, w, b):
    return torch.relu(x @ w + b)


@mistake("lin", RELU_IN_LIN)
def relu_before_the_bias(x, w, b):
    return torch.relu(x @ w) + b


@mistake("lin", RELU_IN_LIN)
def relu_of_x_first(x, w, b):
    return torch.relu(x) @ w + b


@mistake("lin", ROWS_MIXED)
def rows_averaged(x, w, b):
    return x.mean(0) @ w + b


@mistake("lin", ROWS_MIXED)
def rows_averaged_kept(x, w, b):
    return x.mean(0, keepdim=True) @ w + b


@mistake("lin", ROWS_MIXED)
def rows_added_up(x, w, b):
    return x.sum(0) @ w + b


@mistake("lin", ROWS_MIXED)
def outputs_averaged_over_rows(x, w, b):
    return (x @ w).mean(0) + b


@mistake("lin", ROWS_MIXED)
def outputs_added_up_over_rows(x, w, b):
    return (x @ w + b).sum(0)


@mistake("lin", ROWS_MIXED)
def outputs_added_up_over_rows_before_the_bias(x, w, b):
    return (x @ w).sum(0) + b


@mistake("lin", FLIPPED)
def result_transposed(x, w, b):
    return (x @ w + b).T


@mistake("lin", FLIPPED)
def product_transposed(x, w, b):
    return (x @ w).T + b


@mistake("lin", FLIPPED)
def result_reshaped(x, w, b):
    return (x @ w + b).reshape(len(b), len(x))


@mistake("lin", SQUEEZED)
def squeezed(x, w, b):
    return (x @ w + b).squeeze()


@mistake("lin", SQUEEZED)
def squeezed_at_the_end(x, w, b):
    return (x @ w + b).squeeze(-1)


@mistake("lin", SQUEEZED)
def squeezed_at_the_start(x, w, b):
    return (x @ w + b).squeeze(0)


@mistake("lin", "You flatten the result. It keeps its two axes, [n, o].")
def flattened(x, w, b):
    return (x @ w + b).flatten()


@mistake("lin", BIAS_INTO)
def added_into_the_bias(x, w, b):
    b += x @ w
    return b


@mistake("lin", DOT)
def dot_of_matrices(x, w, b):
    return torch.dot(x, w) + b


@mistake("lin", "torch.mv takes a matrix and a vector. The product of two matrices is x @ w.")
def mv_of_matrices(x, w, b):
    return torch.mv(x, w) + b


@mistake("lin", "The arguments come as x, w, b. You take the second for the bias.")
def arguments_swapped(x, b, w):
    return x @ w + b


@mistake("lin", W_FIRST)
def weights_taken_for_inputs(w, x, b):
    return x @ w + b


@mistake("lin", "You return x as it came. Map it: out = x @ w + b.")
@mistake("relu", "You return x as it came. Set its negative values to 0, in a new tensor.")
def unchanged(x, *args):
    return x


@mistake("lin", "You return the negative of the result: out = x @ w + b.")
def negative(x, w, b):
    return -(x @ w + b)


@mistake("lin", CUT)
def detached(x, w, b):
    return (x @ w + b).detach()


@mistake("lin", CUT)
def by_numpy(x, w, b):
    return torch.from_numpy(x.numpy() @ w.numpy() + b.numpy())


@mistake("lin", NUMBERS)
def built_from_numbers(x, w, b):
    return torch.tensor((x @ w + b).tolist())


@mistake("lin", CUT)
def built_from_numbers_of_the_dtype(x, w, b):
    return torch.tensor((x @ w + b).tolist(), dtype=x.dtype, device=x.device)


@mistake("lin", CUT_FROM.format("x"))
def x_detached(x, w, b):
    return x.detach() @ w + b


@mistake("lin", CUT_FROM.format("w"))
def w_detached(x, w, b):
    return x @ w.data + b


@mistake("lin", CUT_FROM.format("w"))
def by_nn_linear(x, w, b):
    layer = nn.Linear(*w.shape)
    layer.weight = nn.Parameter(w.T)
    layer.bias = nn.Parameter(b)
    return layer(x)


@mistake("lin", CUT_FROM.format("b"))
def b_detached(x, w, b):
    return x @ w + b.detach()


@mistake("lin", NO_BIAS_TRANSPOSED)
def w_transposed_without_bias(x, w, b):
    return x @ w.T


@mistake("lin", NO_BIAS_TRANSPOSED)
def f_linear_without_bias(x, w, b):
    return F.linear(x, w)


@mistake("lin", "You left out the bias b, and apply relu: lin is x @ w + b and nothing more.")
def relu_without_bias(x, w, b):
    return torch.relu(x @ w)


@mistake("lin", W_TRANSPOSED)
def w_transposed_in_einsum_by_ijk(x, w, b):
    return torch.einsum("ij,kj->ik", x, w) + b


@mistake("lin", W_TRANSPOSED)
def w_transposed_in_einsum_by_bio(x, w, b):
    return torch.einsum("bi,oi->bo", x, w) + b


@mistake("lin", X_TRANSPOSED)
def x_transposed_in_einsum(x, w, b):
    return torch.einsum("ji,jk->ik", x, w) + b


@mistake("lin", "You mix up the outputs' biases: b[k] is added to column k, in order.")
def bias_shifted(x, w, b):
    return x @ w + b.roll(1)


@mistake("lin", "You mix up the outputs' biases: b[k] is added to column k, in order.")
def bias_reversed(x, w, b):
    return x @ w + b.flip(0)


@mistake("lin", "You divide the bias by n. It is added as it is, to each row.")
def bias_over_n(x, w, b):
    return x @ w + b / len(x)


@mistake("lin", "You divide the bias by the number of inputs. It is added as it is.")
def bias_over_m(x, w, b):
    return x @ w + b / len(w)


@mistake("lin", "You have the sign of the weights wrong: out = x @ w + b.")
def weights_subtracted(x, w, b):
    return b - x @ w


@mistake("lin", "You normalise x first. lin takes x as it is: out = x @ w + b.")
def x_normalised(x, w, b):
    return (x - x.mean()) / x.std() @ w + b


@mistake("lin", "You normalise x first. lin takes x as it is: out = x @ w + b.")
def x_normalised_by_column(x, w, b):
    return (x - x.mean(0)) / x.std(0) @ w + b


@mistake("lin", "You add up the rows as you go (cumsum). Each row is mapped on its own.")
def rows_accumulated(x, w, b):
    return (x @ w + b).cumsum(0)


@mistake("lin", "You add 1 to the result. It is x @ w + b and nothing more.")
def one_more(x, w, b):
    return x @ w + b + 1


@mistake("lin", "You take a softmax of the result. lin is the affine map alone.")
def softmax_on_top(x, w, b):
    return (x @ w + b).softmax(-1)


@mistake("lin", "Your loop over j runs over the rows (n). The sum over j has m terms: range(m).")
def loop_over_j_as_long_as_n(x, w, b):
    out = x.new_zeros(len(x), len(b))
    for i in range(len(x)):
        for k in range(len(b)):
            for j in range(len(x)):
                out[i, k] += x[i, j] * w[j, k]
    return out + b


@mistake("lin", "You limit the result (clamp). It is x @ w + b, however large.")
def limited(x, w, b):
    return (x @ w + b).clamp(-1, 1)


@mistake("lin", "You squash the result (sigmoid, tanh). lin is the affine map alone.")
def sigmoid_on_top(x, w, b):
    return (x @ w + b).sigmoid()


@mistake("lin", "You squash the result (sigmoid, tanh). lin is the affine map alone.")
def tanh_on_top(x, w, b):
    return (x @ w + b).tanh()


@mistake("lin", "You take the absolute value of the result. It is x @ w + b, of either sign.")
def absolute_on_top(x, w, b):
    return (x @ w + b).abs()


@mistake("lin", KEPT)
class FirstWeights:
    """Keeps the first weights of each shape."""

    def __init__(self):
        self.weights = {}

    def __call__(self, x, w, b):
        return x @ self.weights.setdefault(w.shape, w.detach().clone()) + b


@mistake("lin", DRAWS)
def by_a_new_nn_linear(x, w, b):
    return nn.Linear(*w.shape, dtype=x.dtype)(x)


@mistake("lin", TUPLE)
def a_tuple(x, w, b):
    return (x @ w + b,)


@mistake("lin", LIST)
def a_list(x, w, b):
    return (x @ w + b).tolist()


@mistake("lin", "You return a list of rows. Put them together in one tensor: torch.stack(rows).")
def a_list_of_rows(x, w, b):
    return [row @ w + b for row in x]


@mistake("lin", ARRAY)
def an_array(x, w, b):
    return (x @ w + b).detach().numpy()


@mistake("lin", FLOAT32)
def float32(x, w, b):
    return (x @ w + b).float()


@mistake("lin", FLOAT32)
def float32_buffer(x, w, b):
    out = torch.zeros(len(x), len(b))
    for i in range(len(x)):
        out[i] = x[i] @ w + b
    return out


@mistake("lin", FLOAT64)
def float64(x, w, b):
    return x.double() @ w.double() + b.double()


@mistake("lin", LOW)
def float32_inside(x, w, b):
    return (x.float() @ w.float() + b.float()).to(x.dtype)


@mistake("lin", HALF)
def half_inside(x, w, b):
    return (x.half() @ w.half() + b.half()).to(x.dtype)


@mistake("lin", HALF)
def bfloat16_inside(x, w, b):
    return (x.bfloat16() @ w.bfloat16() + b.bfloat16()).to(x.dtype)


@mistake("lin", ROUNDED)
def rounded(x, w, b):
    return (x @ w + b).round(decimals=4)


@mistake("lin", ROUNDED)
def rounded_more(x, w, b):
    return (x @ w + b).round(decimals=2)


@mistake("lin", ASTRAY)
def zeros_on_the_default_device(x, w, b):
    return torch.zeros(len(x), len(b), dtype=x.dtype) + x @ w + b


@mistake("lin", ASTRAY)
def ones_for_the_bias(x, w, b):
    return x @ w + torch.outer(torch.ones(len(x), dtype=x.dtype), b)


@mistake("lin", IN_PLACE)
def bias_reshaped_in_place(x, w, b):
    return x @ w + b.unsqueeze_(0)


@mistake("lin", IN_PLACE)
def w_transposed_in_place(x, w, b):
    return x @ w.t_().T + b


@mistake("lin", IN_PLACE)
def x_zeroed_after_use(x, w, b):
    out = x @ w + b
    x.zero_()
    return out


@mistake("lin", KEPT)
class FirstResultForEver:
    """Computes once."""

    def __init__(self):
        self.out = None

    def __call__(self, x, w, b):
        if self.out is None:
            self.out = x @ w + b
        return self.out


@mistake("lin", KEPT)
class ResultForEachShape:
    """Computes once for each shape of x."""

    def __init__(self):
        self.outs = {}

    def __call__(self, x, w, b):
        if x.shape not in self.outs:
            self.outs[x.shape] = x @ w + b
        return self.outs[x.shape]


@mistake("lin", KEPT)
@functools.cache
def cached(x, w, b):
    return x @ w + b


# --- relu and shifted_relu --------------------------------------------------------------------


@probes("relu")
def relu_probes(draw):
    yield (draw(5, 4),)
    yield (draw(5, 4),)
    yield (draw(3, 3).round(),)
    yield (draw(2, 3, scale=1000.0),)
    yield (draw(3, 2, scale=1e-4),)
    yield (-draw(1, 1).abs(),)
    yield (-draw(2, 3).abs(),)
    yield (draw(4),)
    yield (draw(2, 2, 3),)
    yield (draw(),)


@probes("shifted_relu")
def shifted_relu_probes(draw):
    yield from relu_probes(draw)


ABSOLUTE = "You take the absolute value: relu sets negative values to 0."
KEEPS_NEGATIVE = (
    "You keep the negative values and set the positive ones to 0. It is the other way round: "
    "max(x, 0)."
)
FLIPS_SIGN = "You apply relu to -x. The positive values of x itself are kept: max(x, 0)."
NEGATED = "Your result has the wrong sign: relu keeps positive values as they are."
LEAKY = "You let negative values through, made smaller (a leaky relu). Here they become exactly 0."
ELU = "You bend negative values smoothly (elu, selu, celu). Here they become exactly 0."
SMOOTH = (
    "You take a smooth function (gelu, silu, softplus, mish). relu has a sharp bend: exactly 0 "
    "below 0, and x itself above."
)
SQUASHED = (
    "You squash the values (sigmoid, tanh). relu leaves positive values as they are, however large."
)
CAPPED = (
    "You cut large values off, too (relu6, or a clamp with a maximum). relu has no upper limit: "
    "only min=0 is wanted."
)
MASK = (
    "You return the mask of what is positive, not the values. Multiply it with x, or use it to "
    "choose from x."
)
SELECTED = (
    "x[x > 0] drops the negative values, and with them the shape. Set them to 0 where they are."
)
AXIS = (
    "torch.max(x, 0) is the maximum along axis 0. For the larger of x and 0, element by element, "
    "use torch.clamp, torch.relu, or torch.maximum with a tensor."
)
LAST_AXIS = (
    "You take the maximum along an axis. Each element is compared with 0 on its own, and the shape "
    "stays as it is."
)
LARGEST = "You take the maximum of all elements. Each element is compared with 0 on its own."
NEEDS_TENSOR = (
    "torch.maximum compares two tensors, and 0 is a number. Use x.clamp_min(0), or give it "
    "torch.zeros_like(x)."
)
ONE_QUESTION = (
    "max() and if ask Python for one answer about the whole tensor. Each element needs its own: "
    "use clamp_min, torch.where or a mask."
)
THRESHOLD_ONE = "You bend at 1. relu bends at 0: positive values, however small, are kept."
THRESHOLD_HALF = "You bend at 0.5. relu bends at 0: positive values, however small, are kept."
SQUARED = "You square the values. Positive values stay as they are."
LOWERED = (
    "You shift all values up by the smallest one. Positive values stay as they are: max(x, 0)."
)
CENTRED = (
    "You take off the mean of x first. relu compares x with 0, not with its mean; each element "
    "stands for itself."
)
SOFTMAX = "You take a softmax, which mixes the elements. relu treats each element for itself."
DIVIDES = "You divide by x or |x|, which gives 0/0 = nan where x is 0. Use a comparison or a clamp."
ONLY_MATRICES = (
    "Your function counts on a fixed number of axes. relu works element by element, on any shape, "
    "0-d too: clamp_min, torch.where or a mask take them all."
)
EPSILON = "You put a small number in place of 0. Negative values become exactly 0."
ONE_FOR_NEGATIVE = "You set negative values to 1. They become 0."
DOUBLED = "You get twice the positive values: x + |x| is 2 max(x, 0), so halve it."
HALVED = "You get half the positive values. They stay as they are."
UPPER_ONLY = "Your upper limit is the largest x, which is below 0 where all values are: give none."
SHRUNK = "You move positive values towards 0 (shrink). relu leaves them as they are."


def relu(x):
    return x.clamp_min(0.0)


ALL_TOGETHER = (
    "You decide for whole rows, or for all of x at once. Each element is kept or set to 0 by its "
    "own sign."
)


@mistake("relu", ABSOLUTE)
def absolute_value(x):
    return x.abs()


@mistake("relu", ALL_TOGETHER)
def whole_by_its_sum(x):
    return x if x.sum() > 0 else 0 * x


@mistake("relu", ALL_TOGETHER)
def whole_by_its_mean(x):
    return x * (x.mean() > 0)


@mistake("relu", ALL_TOGETHER)
def rows_with_a_negative_zeroed(x):
    return x * (x > 0).all(-1, keepdim=True)


@mistake("relu", ONLY_MATRICES)
def stacked_over_two_axes(x):
    n, m = x.shape
    return torch.stack(
        [torch.stack([x[i, j] if x[i, j] > 0 else 0 * x[i, j] for j in range(m)]) for i in range(n)]
    )


@mistake("relu", KEEPS_NEGATIVE)
def minimum(x):
    return x.clamp_max(0.0)


@mistake("relu", KEEPS_NEGATIVE)
def positive_values_zeroed(x):
    return torch.where(x > 0, 0.0, x)


@mistake("relu", FLIPS_SIGN)
def relu_of_minus_x(x):
    return (-x).clamp_min(0.0)


@mistake("relu", NEGATED)
def minus_relu(x):
    return -x.clamp_min(0.0)


@mistake("relu", LEAKY)
def leaky_by_a_hundredth(x):
    return F.leaky_relu(x)


@mistake("relu", LEAKY)
def leaky_by_a_tenth(x):
    return F.leaky_relu(x, 0.1)


@mistake("relu", LEAKY)
def leaky_by_a_fifth(x):
    return F.leaky_relu(x, 0.2)


@mistake("relu", LEAKY)
def leaky_by_a_quarter(x):
    return F.leaky_relu(x, 0.25)


@mistake("relu", LEAKY)
def leaky_by_half(x):
    return F.leaky_relu(x, 0.5)


@mistake("relu", LEAKY)
def leaky_by_a_thousandth(x):
    return F.leaky_relu(x, 0.001)


@mistake("relu", LEAKY)
def leaky_by_three_tenths(x):
    return F.leaky_relu(x, 0.3)


@mistake("relu", LEAKY)
def leaky_by_a_twentieth(x):
    return F.leaky_relu(x, 0.05)


@mistake("relu", LEAKY)
def leaky_by_a_fiftieth(x):
    return F.leaky_relu(x, 0.02)


@mistake("relu", "/ comes before +, so only |x| is halved. Write (x + |x|) / 2.")
def halved_before_adding(x):
    return x + x.abs() / 2


@mistake("relu", "You flip the sign of a part of the negative values. They become exactly 0.")
def leaky_the_wrong_way(x):
    return F.leaky_relu(x, -0.01)


@mistake("relu", ELU)
def elu(x):
    return F.elu(x)


@mistake("relu", ELU)
def selu(x):
    return F.selu(x)


@mistake("relu", SMOOTH)
def gelu(x):
    return F.gelu(x)


@mistake("relu", SMOOTH)
def gelu_by_tanh(x):
    return F.gelu(x, approximate="tanh")


@mistake("relu", SMOOTH)
def silu(x):
    return F.silu(x)


@mistake("relu", SMOOTH)
def softplus(x):
    return F.softplus(x)


@mistake("relu", SMOOTH)
def softplus_by_log_and_exp(x):
    return (1 + x.exp()).log()


@mistake("relu", SMOOTH)
def softplus_sharp(x):
    return F.softplus(x, beta=10)


@mistake("relu", SMOOTH)
def mish(x):
    return F.mish(x)


@mistake("relu", SMOOTH)
def hardswish(x):
    return F.hardswish(x)


@mistake("relu", SQUASHED)
def sigmoid(x):
    return x.sigmoid()


@mistake("relu", SQUASHED)
def tanh(x):
    return x.tanh()


@mistake("relu", SQUASHED)
def relu_of_tanh(x):
    return x.tanh().clamp_min(0.0)


@mistake("relu", CAPPED)
def relu6(x):
    return F.relu6(x)


@mistake("relu", CAPPED)
def between_zero_and_one(x):
    return x.clamp(0, 1)


@mistake("relu", CAPPED)
def hardtanh(x):
    return F.hardtanh(x)


@mistake("relu", CAPPED)
def hardsigmoid(x):
    return F.hardsigmoid(x)


@mistake("relu", CAPPED)
def below_ten(x):
    return x.clamp(0, 10)


@mistake("relu", UPPER_ONLY)
def below_the_largest(x):
    return x.clamp(0, x.max().item())


@mistake("relu", "You limit the values from below by 1. The limit is 0.")
def at_least_one(x):
    return x.clamp_min(1.0)


@mistake("relu", "You limit the values from below by -1. The limit is 0.")
def at_least_minus_one(x):
    return x.clamp_min(-1.0)


@mistake("relu", MASK)
def mask(x):
    return x > 0


@mistake("relu", MASK)
def mask_of_ones(x):
    return (x > 0).to(x.dtype)


@mistake("relu", MASK)
def mask_in_float32(x):
    return (x > 0).float()


@mistake("relu", MASK)
def mask_of_ones_from_zero_on(x):
    return (x >= 0).to(x.dtype)


@mistake("relu", MASK)
def mask_of_whole_numbers(x):
    return (x > 0).int()


@mistake("relu", MASK)
def sign(x):
    return x.sign()


@mistake("relu", MASK)
def where_one_else_zero(x):
    return torch.where(x > 0, 1, 0)


@mistake("relu", MASK)
def where_float_one_else_zero(x):
    return torch.where(x > 0, 1.0, 0.0)


@mistake("relu", SELECTED)
def positive_values_selected(x):
    return x[x > 0]


@mistake("relu", SELECTED)
def values_from_zero_on_selected(x):
    return x[x >= 0]


@mistake("relu", AXIS)
def maximum_and_index_along_axis_0(x):
    return torch.max(x, 0)


@mistake("relu", AXIS)
def maximum_along_axis_0(x):
    return torch.max(x, 0).values


@mistake("relu", AXIS)
def relu_of_maximum_along_axis_0(x):
    return torch.max(x, 0).values.clamp_min(0.0)


@mistake("relu", AXIS)
def maximum_by_float(x):
    return torch.max(x, 0.0)


@mistake("relu", AXIS)
def maximum_by_float_method(x):
    return x.max(0.0)


@mistake("relu", LAST_AXIS)
def maximum_along_the_last_axis(x):
    return x.max(-1).values


@mistake("relu", LAST_AXIS)
def maximum_along_the_last_axis_kept(x):
    return x.amax(-1, keepdim=True)


@mistake("relu", LAST_AXIS)
def maximum_and_index_along_the_last_axis(x):
    return x.max(-1)


@mistake("relu", AXIS)
def maximum_of_number_first(x):
    return torch.max(0, x)


@mistake("relu", AXIS)
def maximum_of_float_first(x):
    return torch.max(0.0, x)


@mistake("relu", LARGEST)
def largest(x):
    return x.max()


@mistake("relu", LARGEST)
def largest_or_zero(x):
    return x.max().clamp_min(0.0)


@mistake("relu", NEEDS_TENSOR)
def maximum_of_tensor_and_number(x):
    return torch.maximum(x, 0)


@mistake("relu", NEEDS_TENSOR)
def maximum_of_tensor_and_float(x):
    return torch.maximum(x, 0.0)


@mistake("relu", NEEDS_TENSOR)
def maximum_of_number_and_tensor(x):
    return torch.maximum(0, x)


@mistake("relu", NEEDS_TENSOR)
def maximum_of_float_and_tensor(x):
    return torch.maximum(0.0, x)


@mistake("relu", ONE_QUESTION)
def pythons_max(x):
    return max(x, 0)


@mistake("relu", ONE_QUESTION)
def pythons_max_of_zero(x):
    return max(0, x)


@mistake("relu", ONE_QUESTION)
def pythons_max_of_floats(x):
    return max(x, 0.0)


@mistake("relu", ONE_QUESTION)
def pythons_max_of_float_zero(x):
    return max(0.0, x)


@mistake("relu", ONE_QUESTION)
def pythons_max_of_tensors(x):
    return max(x, torch.tensor(0.0))


@mistake("relu", ONE_QUESTION)
def pythons_if(x):
    if x > 0:
        return x
    return 0


@mistake("relu", ONE_QUESTION)
def pythons_if_with_zeros(x):
    if x > 0:
        return x
    return torch.zeros_like(x)


@mistake("relu", ONE_QUESTION)
def pythons_if_with_product(x):
    if x > 0:
        return x
    return x * 0


@mistake("relu", ONE_QUESTION)
def one_question_about_all(x):
    if (x > 0).all():
        return x
    return torch.zeros_like(x)


@mistake("relu", ONE_QUESTION)
def one_question_about_any(x):
    if (x > 0).any():
        return x
    return torch.zeros_like(x)


@mistake("relu", ONE_QUESTION)
def one_question_about_the_sum(x):
    if x.sum() > 0:
        return x
    return torch.zeros_like(x)


@mistake("relu", ONE_QUESTION)
def one_question_about_the_mean(x):
    if x.mean() > 0:
        return x
    return torch.zeros_like(x)


@mistake("relu", ONE_QUESTION)
def pythons_max_in_a_list(x):
    return [max(0, v) for v in x]


@mistake("relu", LARGEST)
def pythons_max_of_all_elements(x):
    return max(x.flatten())


@mistake("relu", LIST)
def list_of_elements(x):
    return [[max(v, 0) for v in row] for row in x]


@mistake("relu", KEEPS_NEGATIVE)
def pythons_min(x):
    return min(x, 0)


@mistake("relu", KEEPS_NEGATIVE)
def pythons_min_of_zero(x):
    return min(0, x)


@mistake("relu", "Row by row, max() and if still ask one question of a whole row. Use clamp_min.")
def one_question_about_each_row(x):
    return torch.stack([row if row.sum() > 0 else torch.zeros_like(row) for row in x])


@mistake("relu", THRESHOLD_ONE)
def from_one_on(x):
    return torch.where(x > 1, x, 0.0)


@mistake("relu", THRESHOLD_ONE)
def from_one_on_included(x):
    return torch.where(x >= 1, x, 0.0)


@mistake("relu", THRESHOLD_ONE)
def less_one(x):
    return (x - 1).clamp_min(0.0)


@mistake("relu", THRESHOLD_HALF)
def from_half_on(x):
    return torch.where(x > 0.5, x, 0.0)


@mistake("relu", THRESHOLD_HALF)
def less_half(x):
    return (x - 0.5).clamp_min(0.0)


@mistake("relu", "You bend at -0.5. relu bends at 0: max(x, 0).")
def half_more(x):
    return (x + 0.5).clamp_min(0.0)


@mistake("relu", "You limit the values from below by -0.5. The limit is 0.")
def at_least_minus_half(x):
    return x.clamp_min(-0.5)


@mistake("relu", "You take 0.5 off. That is the next exercise, shifted_relu; relu is max(x, 0).")
def shifted_already(x):
    return x.clamp_min(0.0) - 0.5


@mistake("relu", SQUARED)
def squared(x):
    return x.clamp_min(0.0).square()


@mistake("relu", SQUARED)
def all_squared(x):
    return x.square()


@mistake("relu", SQUARED)
def times_absolute_value(x):
    return x * x.abs()


@mistake("relu", LOWERED)
def smallest_taken_off(x):
    return x - x.min()


@mistake("relu", CENTRED)
def mean_taken_off_first(x):
    return (x - x.mean()).clamp_min(0.0)


@mistake("relu", CENTRED)
def compared_with_the_mean(x):
    return torch.where(x > x.mean(), x, 0.0)


@mistake("relu", "You take off the mean of the result. relu is max(x, 0), element by element.")
def mean_taken_off(x):
    out = x.clamp_min(0.0)
    return out - out.mean()


@mistake("relu", SOFTMAX)
def softmax(x):
    return x.softmax(-1)


@mistake("relu", DIVIDES)
def divided_by_absolute_value(x):
    return x * (1 + x / x.abs()) / 2


@mistake("relu", DIVIDES)
def relu_by_division(x):
    return x.clamp_min(0.0) * x / x


@mistake("relu", ONLY_MATRICES)
def loops_over_two_axes(x):
    n, m = x.shape
    out = torch.zeros_like(x)
    for i in range(n):
        for j in range(m):
            if x[i, j] > 0:
                out[i, j] = x[i, j]
    return out


@mistake("relu", ONLY_MATRICES)
def loops_over_the_first_two_axes(x):
    out = torch.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = max(x[i, j], 0)
    return out


@mistake("relu", ONLY_MATRICES)
def loops_by_len(x):
    out = x.clone()
    for i in range(len(x)):
        for j in range(len(x[0])):
            if out[i, j] < 0:
                out[i, j] = 0
    return out


@mistake("relu", ONLY_MATRICES)
def loops_by_size(x):
    out = x.clone()
    for i in range(x.size(0)):
        for j in range(x.size(1)):
            out[i, j] = max(0, x[i, j])
    return out


@mistake("relu", ONLY_MATRICES)
def loops_by_len_and_shape(x):
    out = x.clone()
    for i in range(len(x)):
        for j in range(x.shape[1]):
            if out[i, j] < 0:
                out[i, j] = 0
    return out


@mistake("relu", ONLY_MATRICES)
def rows_of_elements(x):
    return torch.stack([torch.stack([v if v > 0 else v * 0 for v in row]) for row in x])


@mistake("relu", ONLY_MATRICES)
def einsum_of_two_axes(x):
    return torch.einsum("nm,nm->nm", x, (x > 0).to(x.dtype))


@mistake("relu", ONLY_MATRICES)
def loops_over_rows(x):
    return torch.stack([row.clamp_min(0.0) for row in x])


@mistake("relu", ONLY_MATRICES)
def elements_in_one_loop(x):
    flat = [v if v > 0 else v * 0 for row in x for v in row]
    return torch.stack(flat).reshape(x.shape)


@mistake("relu", "You put a constant in place of negative values. They become exactly 0.")
def minus_one_for_negative_values(x):
    return torch.where(x > 0, x, -1.0)


@mistake("relu", "You put nan in place of negative values. They become 0.")
def nan_for_negative_values(x):
    return torch.where(x > 0, x, math.nan)


@mistake("relu", "You set small positive values to 0 as well. relu bends at 0: they are kept.")
def from_a_tenth_on(x):
    return torch.where(x > 0.1, x, 0.0)


@mistake("relu", "You set small positive values to 0 as well. relu bends at 0: they are kept.")
def from_a_hundredth_on(x):
    return torch.where(x > 1e-2, x, 0.0)


@mistake("relu", "You set small positive values to 0 as well. relu bends at 0: they are kept.")
def from_a_thousandth_on(x):
    return torch.where(x > 1e-3, x, 0.0)


@mistake("relu", "You take the root of the positive values. They stay as they are.")
def root_of_relu(x):
    return x.clamp_min(0.0).sqrt()


@mistake("relu", "You take exp or log of the values. Positive values stay as they are.")
def exp_less_one(x):
    return x.exp().clamp_min(1.0) - 1


@mistake("relu", "You take exp or log of the values. Positive values stay as they are.")
def log_of_relu(x):
    return x.clamp_min(0.0).log1p()


@mistake("relu", "You divide by the sum or the maximum. Positive values stay as they are.")
def normalised(x):
    return x.clamp_min(0.0) / x.clamp_min(0.0).sum()


@mistake("relu", "You divide by the sum or the maximum. Positive values stay as they are.")
def normalised_by_the_largest(x):
    return x.clamp_min(0.0) / x.max()


@mistake("relu", CAPPED)
def below_255(x):
    return x.clamp(0, 255)


@mistake("relu", CAPPED)
def below_a_hundred(x):
    return x.clamp(0, 100)


@mistake("relu", SMOOTH)
def silu_of_gelu(x):
    return x * torch.sigmoid(1.702 * x)


@mistake("relu", EPSILON)
def at_least_a_millionth(x):
    return x.clamp_min(1e-6)


@mistake("relu", EPSILON)
def at_least_very_little(x):
    return x.clamp_min(1e-8)


@mistake("relu", EPSILON)
def at_least_a_thousandth(x):
    return x.clamp_min(1e-3)


@mistake("relu", ONE_FOR_NEGATIVE)
def ones_for_negative_values(x):
    return torch.where(x > 0, x, 1.0)


@mistake("relu", DOUBLED)
def not_halved(x):
    return x + x.abs()


@mistake("relu", HALVED)
def halved(x):
    return x.clamp_min(0.0) / 2


@mistake("relu", KEEPS_NEGATIVE)
def less_the_absolute_value(x):
    return (x - x.abs()) / 2


@mistake("relu", SHRUNK)
def softshrink(x):
    return F.softshrink(x)


@mistake("relu", SHRUNK)
def hardshrink(x):
    return F.hardshrink(x)


@mistake("relu", FIRST_ROW)
def relu_of_the_first_row(x):
    return x[0].clamp_min(0.0)


@mistake("relu", "You flatten the result. It keeps the shape of x.")
def relu_flattened(x):
    return x.clamp_min(0.0).flatten()


@mistake("relu", "You squeeze the result. It keeps the shape of x, axes of length 1 as well.")
def relu_squeezed(x):
    return x.clamp_min(0.0).squeeze()


@mistake("relu", "Your result is transposed. It keeps the shape of x.")
def relu_transposed(x):
    return x.clamp_min(0.0).t()


@mistake("relu", "You sum over the result. It has one value for each element of x.")
def relu_summed(x):
    return x.clamp_min(0.0).sum()


@mistake("relu", "You set everything to 0. Only negative values become 0; positive ones stay.")
def all_zero(x):
    return torch.zeros_like(x)


@mistake("relu", "You set everything to 0. Only negative values become 0; positive ones stay.")
def all_zero_by_product(x):
    return x * 0


@mistake("relu", IN_PLACE)
def clamped_in_place(x):
    return x.clamp_(min=0)


@mistake("relu", IN_PLACE)
def assigned_in_place(x):
    x[x < 0] = 0
    return x


@mistake("relu", IN_PLACE)
class InPlaceModule(nn.ReLU):
    """nn.ReLU(inplace=True)."""

    def __init__(self):
        super().__init__(inplace=True)


@mistake("relu", IN_PLACE)
def in_place_without_return(x):
    x[x < 0] = 0


@mistake("relu", IN_PLACE)
def multiplied_in_place(x):
    x *= x > 0
    return x


@mistake("relu", IN_PLACE)
def in_place_through_data(x):
    x.data[x < 0] = 0
    return x


@mistake("relu", CUT)
def relu_detached(x):
    return x.detach().clamp_min(0.0)


@mistake("relu", CUT)
def relu_without_grad(x):
    with torch.no_grad():
        return x.clamp_min(0.0)


@mistake("relu", CUT)
def relu_by_numpy(x):
    return torch.from_numpy(np.maximum(x.numpy(), 0))


@mistake("relu", CUT)
def relu_by_numpys_maximum(x):
    return np.maximum(x, 0)


@mistake("relu", NUMBERS)
def relu_from_numbers(x):
    return torch.tensor(x.clamp_min(0.0).tolist())


@mistake("relu", DRAWS)
def relu_with_dropout(x):
    return F.dropout(x.clamp_min(0.0))


@mistake("relu", TUPLE)
def relu_in_a_tuple(x):
    return (x.clamp_min(0.0),)


@mistake("relu", LIST)
def relu_as_a_list(x):
    return x.clamp_min(0.0).tolist()


@mistake("relu", ARRAY)
def relu_as_an_array(x):
    return x.clamp_min(0.0).detach().numpy()


@mistake("relu", ARRAY)
def relu_as_numpys_array(x):
    return np.maximum(x.detach().numpy(), 0)


@mistake("relu", NOT_CALLED)
def relu_module_made_of_x(x):
    return nn.ReLU(x)


@mistake("relu", NOT_CALLED)
def relu_not_called(x):
    return x.relu


@mistake("relu", FLOAT32)
def relu_in_float32(x):
    return x.clamp_min(0.0).float()


@mistake("relu", FLOAT32)
def assigned_to_float32_zeros(x):
    out = torch.zeros(x.shape)
    out[x > 0] = x[x > 0]
    return out


@mistake("relu", FLOAT64)
def relu_in_float64(x):
    return x.double().clamp_min(0.0)


@mistake("relu", LOW)
def relu_through_float32(x):
    return x.float().clamp_min(0.0).to(x.dtype)


@mistake("relu", HALF)
def relu_through_half(x):
    return x.half().clamp_min(0.0).to(x.dtype)


@mistake("relu", "You cast to whole numbers, which drops all decimals. Keep the dtype of x.")
def relu_of_whole_numbers(x):
    return x.int().clamp_min(0).to(x.dtype)


@mistake("relu", "You return whole numbers, which have lost all decimals. Keep the dtype of x.")
def relu_as_whole_numbers(x):
    return x.long().clamp_min(0)


@mistake("relu", ROUNDED)
def relu_rounded(x):
    return x.clamp_min(0.0).round(decimals=4)


@mistake("relu", ASTRAY)
def zeros_of_the_default_device(x):
    return torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype))


@mistake("relu", DEFAULT_DTYPE)
def zeros_of_the_default_dtype(x):
    return torch.maximum(x, torch.zeros(x.shape, device=x.device))


@mistake("relu", KEPT)
class FirstRelu:
    """Computes once."""

    def __init__(self):
        self.out = None

    def __call__(self, x):
        if self.out is None:
            self.out = x.clamp_min(0.0)
        return self.out


@mistake("relu", KEPT)
class ReluOfEachShape:
    """Computes once for each shape."""

    def __init__(self):
        self.outs = {}

    def __call__(self, x):
        return self.outs.setdefault(x.shape, x.clamp_min(0.0))


@mistake("relu", KEPT)
@functools.cache
def relu_cached(x):
    return x.clamp_min(0.0)


# --- shifted_relu -----------------------------------------------------------------------------

UNSHIFTED = "You left out the shift: shifted_relu is relu(x) - 0.5."
NO_RELU = "You shift x itself, without relu. Negative values become 0 first: relu(x) - 0.5."
SHIFT_FIRST = (
    "You shift before relu bends (or bend once more after the shift), so the bend is at 0.5. Bend "
    "first and shift last: relu(x) - 0.5, which is -0.5 for every negative x."
)
SHIFT_FIRST_UP = (
    "You add 0.5 before relu. relu comes first, and 0.5 is taken off its result: relu(x) - 0.5."
)
SHIFT_UP = "You add 0.5. It is taken off, so that the outputs spread around zero: relu(x) - 0.5."
LIMIT_LOWERED = (
    "max(x, -0.5), which is relu(x + 0.5) - 0.5, moves the bend to -0.5 and leaves positive values "
    "as they are. Bend at 0 and take 0.5 off everything: max(x, 0) - 0.5."
)
BY_ONE = "You take 1 off. The shift is half a unit: relu(x) - 0.5."
TOO_LITTLE = "You take too little off. The shift is half a unit: relu(x) - 0.5."
BY_THEORY = (
    "You shift by the mean of relu of a normal x (0.399 or 0.564). Here the shift is the notes' "
    "0.5, whatever x is."
)
BY_MEAN = (
    "You take off the mean of the batch. The shift is the constant 0.5: each element stands for "
    "itself."
)
ONLY_POSITIVE = (
    "You shift the positive values only, and the rest stays at 0. All are shifted: a negative x "
    "gives -0.5."
)
ONLY_NEGATIVE = (
    "You set negative values to -0.5, but leave the positive ones unshifted. All are shifted: "
    "max(x, 0) - 0.5."
)
TIMES_HALF = "You multiply by 0.5. It is taken off: relu(x) - 0.5."
SHIFTED_TWICE = "You shift twice. Take 0.5 off once, after relu: relu(x) - 0.5."
TURNED = "You have the difference the wrong way round: relu(x) - 0.5, not 0.5 - relu(x)."


@mistake("shifted_relu", UNSHIFTED)
def shift_forgotten(x):
    return x.clamp_min(0.0)


@mistake("shifted_relu", NO_RELU)
def shift_alone(x):
    return x - 0.5


@mistake("shifted_relu", "You return x as it came. It takes relu(x) - 0.5.")
def shifted_relu_unchanged(x):
    return x


@mistake("shifted_relu", SHIFT_FIRST)
def shift_before_relu(x):
    return (x - 0.5).clamp_min(0.0)


@mistake("shifted_relu", SHIFT_FIRST)
def shift_before_relu_and_after(x):
    return (x - 0.5).clamp_min(0.0) - 0.5


@mistake("shifted_relu", SHIFT_FIRST_UP)
def shift_up_before_relu(x):
    return (x + 0.5).clamp_min(0.0)


@mistake("shifted_relu", LIMIT_LOWERED)
def shift_up_before_relu_and_down_after(x):
    return (x + 0.5).clamp_min(0.0) - 0.5


@mistake("shifted_relu", SHIFT_UP)
def shift_up(x):
    return x.clamp_min(0.0) + 0.5


@mistake("shifted_relu", LIMIT_LOWERED)
def at_least_minus_half_unshifted(x):
    return x.clamp_min(-0.5)


@mistake("shifted_relu", LIMIT_LOWERED)
def at_least_minus_half_then_shifted(x):
    return x.clamp_min(-0.5) - 0.5


@mistake("shifted_relu", "You bend at 0.5: max(x, 0.5). The bend is at 0: max(x, 0) - 0.5.")
def at_least_half(x):
    return x.clamp_min(0.5)


@mistake("shifted_relu", SHIFT_FIRST)
def at_least_half_then_shifted(x):
    return x.clamp_min(0.5) - 0.5


@mistake("shifted_relu", "You bend where x - 0.5 is 0, at 0.5. The bend is at 0: max(x, 0) - 0.5.")
def masked_after_the_shift(x):
    return torch.where(x > 0.5, x - 0.5, -0.5)


@mistake("shifted_relu", BY_ONE)
def shift_by_one(x):
    return x.clamp_min(0.0) - 1


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_a_tenth(x):
    return x.clamp_min(0.0) - 0.1


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_a_quarter(x):
    return x.clamp_min(0.0) - 0.25


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_a_twentieth(x):
    return x.clamp_min(0.0) - 0.05


@mistake("shifted_relu", BY_THEORY)
def shift_by_the_mean_for_variance_one(x):
    return x.clamp_min(0.0) - 1 / math.sqrt(2 * math.pi)


@mistake("shifted_relu", BY_THEORY)
def shift_by_four_tenths(x):
    return x.clamp_min(0.0) - 0.4


@mistake("shifted_relu", BY_THEORY)
def shift_by_the_mean_to_three_digits(x):
    return x.clamp_min(0.0) - 0.399


@mistake("shifted_relu", BY_THEORY)
def shift_by_the_mean_to_four_digits(x):
    return x.clamp_min(0.0) - 0.3989


@mistake("shifted_relu", BY_THEORY)
def shift_by_the_mean_for_variance_two(x):
    return x.clamp_min(0.0) - 1 / math.sqrt(math.pi)


@mistake("shifted_relu", BY_MEAN)
def shift_by_the_mean(x):
    out = x.clamp_min(0.0)
    return out - out.mean()


@mistake("shifted_relu", BY_MEAN)
def shift_by_the_mean_of_x(x):
    return x.clamp_min(0.0) - x.mean()


@mistake("shifted_relu", BY_MEAN)
def shift_by_the_mean_and_half(x):
    out = x.clamp_min(0.0)
    return out - out.mean() - 0.5


@mistake("shifted_relu", BY_MEAN)
def mean_of_x_taken_off_first(x):
    return (x - x.mean()).clamp_min(0.0)


@mistake("shifted_relu", BY_MEAN)
def shift_by_the_mean_of_each_column(x):
    out = x.clamp_min(0.0)
    return out - (out.mean(0) if x.dim() else out)


@mistake("shifted_relu", BY_MEAN)
def shift_by_the_mean_of_each_row(x):
    out = x.clamp_min(0.0)
    return out - out.mean(-1, keepdim=True)


@mistake("shifted_relu", BY_MEAN)
def shift_by_half_the_mean(x):
    out = x.clamp_min(0.0)
    return out - 0.5 * out.mean()


@mistake("shifted_relu", "You standardise the result. The shift is the constant 0.5, and no scale.")
def standardised(x):
    out = x.clamp_min(0.0)
    return (out - out.mean()) / out.std()


@mistake("shifted_relu", BY_MEAN)
def shift_by_the_median(x):
    return x.clamp_min(0.0) - x.clamp_min(0.0).median()


@mistake("shifted_relu", "You take 5 off. The shift is half a unit: relu(x) - 0.5.")
def shift_by_five(x):
    return x.clamp_min(0.0) - 5


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_nearly_half(x):
    return x.clamp_min(0.0) - 0.45


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_a_third(x):
    return x.clamp_min(0.0) - 1 / 3


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_a_fifth(x):
    return x.clamp_min(0.0) - 0.2


@mistake("shifted_relu", TOO_LITTLE)
def shift_by_three_tenths(x):
    return x.clamp_min(0.0) - 0.3


@mistake(
    "shifted_relu", "You take the absolute value at the end. Negative outputs are wanted here."
)
def absolute_at_the_end(x):
    return (x.clamp_min(0.0) - 0.5).abs()


@mistake("shifted_relu", DOUBLED)
def doubled_then_shifted(x):
    return 2 * x.clamp_min(0.0) - 0.5


@mistake("shifted_relu", "You halve the shifted values as well. relu(x) - 0.5 keeps their scale.")
def half_of_the_shifted(x):
    return (x.clamp_min(0.0) - 0.5) / 2


@mistake("shifted_relu", ONLY_NEGATIVE)
def shifted_only_with_negative_values(x):
    return x.clamp_min(0.0) - 0.5 if x.min() < 0 else x.clamp_min(0.0)


@mistake("shifted_relu", LIMIT_LOWERED)
def shifted_then_at_least_minus_one(x):
    return (x - 0.5).clamp_min(-1.0)


@mistake("shifted_relu", ONLY_POSITIVE)
def positive_values_shifted(x):
    return (x > 0) * (x - 0.5)


@mistake("shifted_relu", ONLY_POSITIVE)
def zero_for_negative_values(x):
    return torch.where(x < 0, 0.0, x - 0.5)


@mistake("shifted_relu", ONLY_NEGATIVE)
def negative_values_shifted(x):
    return torch.where(x > 0, x, -0.5)


@mistake("shifted_relu", ONLY_NEGATIVE)
def negative_values_shifted_by_where(x):
    return torch.where(x > 0, x, x - 0.5)


@mistake("shifted_relu", TIMES_HALF)
def half_of_relu(x):
    return x.clamp_min(0.0) * 0.5


@mistake("shifted_relu", TIMES_HALF)
def minus_half_times_relu(x):
    return x.clamp_min(0.0) * -0.5


@mistake("shifted_relu", SHIFTED_TWICE)
def shifted_before_and_after_once_more(x):
    return x.clamp_min(0.0) - 0.5 - 0.5 * (x > 0)


@mistake("shifted_relu", TURNED)
def half_less_relu(x):
    return 0.5 - x.clamp_min(0.0)


@mistake("shifted_relu", "Your result has the wrong sign: it is relu(x) - 0.5.")
def minus_relu_less_half(x):
    return -x.clamp_min(0.0) - 0.5


@mistake("shifted_relu", ABSOLUTE)
def shifted_absolute_value(x):
    return x.abs() - 0.5


@mistake("shifted_relu", KEEPS_NEGATIVE)
def shifted_minimum(x):
    return x.clamp_max(0.0) - 0.5


@mistake("shifted_relu", KEEPS_NEGATIVE)
def minimum_shifted_up(x):
    return x.clamp_max(0.0) + 0.5


@mistake("shifted_relu", FLIPS_SIGN)
def shifted_relu_of_minus_x(x):
    return (-x).clamp_min(0.0) - 0.5


@mistake("shifted_relu", LEAKY)
def shifted_leaky_relu(x):
    return F.leaky_relu(x) - 0.5


@mistake("shifted_relu", LEAKY)
def shifted_leaky_relu_by_a_tenth(x):
    return F.leaky_relu(x, 0.1) - 0.5


@mistake("shifted_relu", LEAKY)
def leaky_relu_unshifted(x):
    return F.leaky_relu(x)


@mistake("shifted_relu", LEAKY)
def shifted_leaky_relu_by_a_fifth(x):
    return F.leaky_relu(x, 0.2) - 0.5


@mistake("shifted_relu", LEAKY)
def leaky_relu_by_half_unshifted(x):
    return F.leaky_relu(x, 0.5)


@mistake("shifted_relu", SMOOTH)
def shifted_gelu(x):
    return F.gelu(x) - 0.5


@mistake("shifted_relu", SMOOTH)
def shifted_silu(x):
    return F.silu(x) - 0.5


@mistake("shifted_relu", SMOOTH)
def shifted_softplus(x):
    return F.softplus(x) - 0.5


@mistake("shifted_relu", ELU)
def elu_unshifted(x):
    return F.elu(x)


@mistake("shifted_relu", ELU)
def elu_down_to_minus_half(x):
    return F.elu(x, alpha=0.5)


@mistake("shifted_relu", ELU)
def shifted_elu(x):
    return F.elu(x) - 0.5


@mistake("shifted_relu", SQUASHED)
def shifted_sigmoid(x):
    return x.sigmoid() - 0.5


@mistake("shifted_relu", SQUASHED)
def tanh_in_place_of_relu(x):
    return x.tanh()


@mistake("shifted_relu", SQUASHED)
def shifted_tanh(x):
    return x.tanh() - 0.5


@mistake("shifted_relu", CAPPED)
def shifted_relu6(x):
    return F.relu6(x) - 0.5


@mistake("shifted_relu", CAPPED)
def shifted_clamp_to_one(x):
    return x.clamp(0, 1) - 0.5


@mistake("shifted_relu", CAPPED)
def clamp_around_zero(x):
    return x.clamp(-0.5, 0.5)


@mistake("shifted_relu", MASK)
def shifted_mask(x):
    return (x > 0).to(x.dtype) - 0.5


@mistake("shifted_relu", MASK)
def shifted_float32_mask(x):
    return (x > 0).float() - 0.5


@mistake("shifted_relu", SELECTED)
def shifted_selection(x):
    return x[x > 0] - 0.5


@mistake("shifted_relu", AXIS)
def shifted_maximum_along_axis_0(x):
    return torch.max(x, 0).values - 0.5


@mistake("shifted_relu", AXIS)
def shifted_maximum_and_index(x):
    return torch.max(x, 0) - 0.5


@mistake("shifted_relu", AXIS)
def shifted_maximum_by_float(x):
    return torch.max(x, 0.0) - 0.5


@mistake("shifted_relu", LARGEST)
def shifted_largest(x):
    return x.max() - 0.5


@mistake("shifted_relu", NEEDS_TENSOR)
def shifted_maximum_of_tensor_and_number(x):
    return torch.maximum(x, 0) - 0.5


@mistake("shifted_relu", NEEDS_TENSOR)
def shifted_maximum_of_tensor_and_float(x):
    return torch.maximum(x, 0.0) - 0.5


@mistake("shifted_relu", NEEDS_TENSOR)
def shifted_maximum_of_number_and_tensor(x):
    return torch.maximum(0, x) - 0.5


@mistake("shifted_relu", ONE_QUESTION)
def shifted_pythons_max(x):
    return max(x, 0) - 0.5


@mistake("shifted_relu", ONE_QUESTION)
def shifted_pythons_max_of_zero(x):
    return max(0, x) - 0.5


@mistake("shifted_relu", ONE_QUESTION)
def shifted_pythons_if(x):
    if x > 0:
        return x - 0.5
    return -0.5


@mistake("shifted_relu", ONLY_MATRICES)
def shifted_relu_in_two_loops(x):
    n, m = x.shape
    out = torch.full_like(x, -0.5)
    for i in range(n):
        for j in range(m):
            if x[i, j] > 0:
                out[i, j] = x[i, j] - 0.5
    return out


@mistake("shifted_relu", ONLY_MATRICES)
def shifted_relu_row_by_row(x):
    return torch.stack([row.clamp_min(0.0) - 0.5 for row in x])


@mistake("shifted_relu", DIVIDES)
def shifted_after_division(x):
    return x * (1 + x / x.abs()) / 2 - 0.5


@mistake("shifted_relu", DOUBLED)
def shifted_without_halving(x):
    return x + x.abs() - 0.5


@mistake("shifted_relu", TOO_LITTLE)
def shift_halved_as_well(x):
    return (x + x.abs() - 0.5) / 2


@mistake("shifted_relu", "You set all values to -0.5. Positive ones become x - 0.5.")
def minus_half_everywhere(x):
    return torch.full_like(x, -0.5)


@mistake("shifted_relu", IN_PLACE)
def relu_in_place_then_shifted(x):
    return x.clamp_(min=0) - 0.5


@mistake("shifted_relu", IN_PLACE)
def assigned_in_place_then_shifted(x):
    x[x < 0] = 0
    return x - 0.5


@mistake("shifted_relu", IN_PLACE)
def functional_in_place_then_shifted(x):
    return F.relu(x, inplace=True).sub_(0.5)


@mistake("shifted_relu", CUT)
def shifted_relu_detached(x):
    return x.detach().clamp_min(0.0) - 0.5


@mistake("shifted_relu", CUT)
def shifted_relu_by_numpy(x):
    return torch.from_numpy(np.maximum(x.numpy(), 0) - np.array(0.5, str(x.dtype)[6:]))


@mistake("shifted_relu", NUMBERS)
def shifted_relu_from_numbers(x):
    return torch.tensor((x.clamp_min(0.0) - 0.5).tolist())


@mistake("shifted_relu", TUPLE)
def shifted_relu_in_a_tuple(x):
    return (x.clamp_min(0.0) - 0.5,)


@mistake("shifted_relu", LIST)
def shifted_relu_as_a_list(x):
    return (x.clamp_min(0.0) - 0.5).tolist()


@mistake("shifted_relu", ARRAY)
def shifted_relu_as_an_array(x):
    return (x.clamp_min(0.0) - 0.5).detach().numpy()


@mistake("shifted_relu", FLOAT32)
def shifted_relu_in_float32(x):
    return x.float().clamp_min(0.0) - 0.5


@mistake("shifted_relu", FLOAT64)
def shifted_relu_in_float64(x):
    return x.double().clamp_min(0.0) - 0.5


@mistake("shifted_relu", LOW)
def shifted_relu_through_float32(x):
    return (x.float().clamp_min(0.0) - 0.5).to(x.dtype)


@mistake("shifted_relu", ASTRAY)
def shifted_zeros_of_the_default_device(x):
    return torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype)) - 0.5


@mistake("shifted_relu", DEFAULT_DTYPE)
def shifted_zeros_of_the_default_dtype(x):
    return torch.maximum(x, torch.zeros(x.shape, device=x.device)) - 0.5


@mistake("shifted_relu", "You sum over the result. It has one value for each element of x.")
def shifted_relu_summed(x):
    return (x.clamp_min(0.0) - 0.5).sum()


@mistake("shifted_relu", "You flatten the result. It keeps the shape of x.")
def shifted_relu_flattened(x):
    return (x.clamp_min(0.0) - 0.5).flatten()


@mistake("shifted_relu", "You squeeze the result. It keeps the shape of x, axes of 1 as well.")
def shifted_relu_squeezed(x):
    return (x.clamp_min(0.0) - 0.5).squeeze()


@mistake("shifted_relu", KEPT)
class FirstShiftedRelu:
    """Computes once."""

    def __init__(self):
        self.out = None

    def __call__(self, x):
        if self.out is None:
            self.out = x.clamp_min(0.0) - 0.5
        return self.out


@mistake("shifted_relu", KEPT)
@functools.cache
def shifted_relu_cached(x):
    return x.clamp_min(0.0) - 0.5


# --- model ------------------------------------------------------------------------------------


@probes("model")
def model_probes(draw):
    sizes = [(6, 5, 4, 3), (6, 5, 4, 3), (1, 5, 4, 2), (3, 3, 3, 3), (5, 4, 3, 1), (4, 3, 4, 4)]
    for n, m, nh, o in sizes:
        yield draw(n, m, scale=5.0), draw(m, nh), draw(nh), draw(nh, o), draw(o)


MODEL_NO_RELU = (
    "You left out relu, or do not use what it returns. Without a bend between them, the two affine "
    "maps are one: lin(relu(lin(x, w1, b1)), w2, b2)."
)
RELU_AT_END = (
    "You apply relu to the output as well. Nothing bends after the last affine map: outputs may "
    "take any sign."
)
RELU_ONLY_AT_END = (
    "You apply relu to the output instead of the hidden layer. It belongs between the two affine "
    "maps."
)
RELU_OF_X = (
    "You apply relu to x. It belongs between the two affine maps, not before the first: "
    "lin(relu(lin(x, w1, b1)), w2, b2)."
)
SHIFTED_HIDDEN = "You take the shifted relu. The model has the plain one: max(h, 0)."
NO_B1 = "You left out b1. It is added to the hidden layer before relu: relu(x @ w1 + b1)."
NO_B2 = "You left out b2. It is added to the output, to every row: h @ w2 + b2."
NO_BIASES = "You left out both biases: relu(x @ w1 + b1) @ w2 + b2."
B1_AFTER_RELU = (
    "You add b1 after relu. It belongs to the first affine map, so it is added before the bend: "
    "relu(x @ w1 + b1)."
)
BIASES_SWAPPED = "You mix up b1 and b2. b1 [nh] goes with w1, b2 [o] with w2."
WEIGHTS_SWAPPED = "You mix up w1 and w2. w1 [m, nh] comes first, w2 [nh, o] second."
LAYERS_SWAPPED = "You run the second layer first. w1 and b1 come first, then relu, then w2 and b2."
FIRST_TWICE = "You use the first layer's parameters twice. The second layer has w2 and b2."
SECOND_TWICE = "You use the second layer's parameters twice. The first layer has w1 and b1."
SKIPS_HIDDEN = (
    "You give x to the second layer, too. Its input is what the hidden layer gives, relu(l1)."
)
HIDDEN_ONLY = "You return the hidden layer. The second affine map is still to come: h @ w2 + b2."
MINUS_BIASES = "You subtract a bias. Both are added: relu(x @ w1 + b1) @ w2 + b2."
PARAMETERS_BENT = "You apply relu to the parameters. It is for the hidden layer: relu(x @ w1 + b1)."
THREE_LAYERS = "You have one layer too many. There are two affine maps, with one relu between them."
OUT_SQUASHED = (
    "You put sigmoid, tanh or softmax at the end. Nothing comes after the last affine map: the "
    "outputs may take any value."
)
WITH_HIDDEN = "You return the hidden layer as well. Return the output alone."
W_TURNED = (
    "You multiply by a weight matrix transposed. w1 is [m, nh] and w2 is [nh, o], so x @ w1 and "
    "h @ w2 take them as they are; only nn.Linear and F.linear want them the other way round."
)
RESIDUAL = "You add the input of a layer to its output (a residual). Here each layer replaces it."
ARGUMENTS = "The arguments come as x, w1, b1, w2, b2. You take them in another order."
NEGATIVE_SIDE = "You apply relu to -l1. The positive values of l1 itself are kept: max(l1, 0)."
B2_EARLY = "You add b2 before the second product. Multiply first, then add: h @ w2 + b2."
B1_EARLY = "You add b1 to x, before the first product. Multiply first, then add: x @ w1 + b1."


def net(x, w1, b1, w2, b2, bend=relu, last=lambda out: out):
    return last(affine(bend(affine(x, w1, b1)), w2, b2))


@mistake("model", MODEL_NO_RELU)
def model_without_relu(x, w1, b1, w2, b2):
    return (x @ w1 + b1) @ w2 + b2


@mistake("model", RELU_AT_END)
def model_with_relu_at_the_end(*args):
    return net(*args, last=torch.relu)


@mistake("model", RELU_AT_END)
def model_with_relu_before_b2(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x @ w1 + b1) @ w2) + b2


@mistake("model", RELU_ONLY_AT_END)
def model_with_relu_only_at_the_end(x, w1, b1, w2, b2):
    return torch.relu((x @ w1 + b1) @ w2 + b2)


@mistake("model", RELU_OF_X)
def model_of_relu_of_x(x, *args):
    return net(torch.relu(x), *args)


@mistake("model", RELU_OF_X)
def model_with_relu_only_before(x, w1, b1, w2, b2):
    return (torch.relu(x) @ w1 + b1) @ w2 + b2


@mistake("model", "You apply relu everywhere. It belongs between the two affine maps only.")
def model_with_relu_everywhere(x, *args):
    return net(torch.relu(x), *args, last=torch.relu)


@mistake("model", SHIFTED_HIDDEN)
def model_with_shifted_relu(*args):
    return net(*args, bend=lambda h: torch.relu(h) - 0.5)


@mistake("model", SHIFTED_HIDDEN)
def model_with_relu_shifted_before(*args):
    return net(*args, bend=lambda h: torch.relu(h - 0.5))


@mistake("model", "You take 0.5 off the output. The model has the plain relu and no shift.")
def model_shifted_at_the_end(*args):
    return net(*args, last=lambda out: out - 0.5)


@mistake("model", LEAKY)
def model_with_leaky_relu(*args):
    return net(*args, bend=F.leaky_relu)


@mistake("model", LEAKY)
def model_with_leaky_relu_by_a_tenth(*args):
    return net(*args, bend=lambda h: F.leaky_relu(h, 0.1))


@mistake("model", LEAKY)
def model_with_leaky_relu_by_a_fifth(*args):
    return net(*args, bend=lambda h: F.leaky_relu(h, 0.2))


@mistake("model", AXIS)
def model_with_maximum_and_index(*args):
    return net(*args, bend=lambda h: torch.max(h, 0))


@mistake("model", AXIS)
def model_with_maximum_along_axis_0(*args):
    return net(*args, bend=lambda h: torch.max(h, 0)[0])


@mistake("model", AXIS)
def model_with_maximum_by_float(*args):
    return net(*args, bend=lambda h: torch.max(h, 0.0))


@mistake("model", AXIS)
def model_with_maximum_of_index_operator(x, w1, b1, w2, b2):
    return torch.max(x @ w1 + b1, 0) @ w2 + b2


@mistake("model", NEEDS_TENSOR)
def model_with_maximum_of_number(*args):
    return net(*args, bend=lambda h: torch.maximum(h, 0))


@mistake("model", NEEDS_TENSOR)
def model_with_maximum_of_float(*args):
    return net(*args, bend=lambda h: torch.maximum(h, 0.0))


@mistake("model", ONE_QUESTION)
def model_with_pythons_max(*args):
    return net(*args, bend=lambda h: max(h, 0))


@mistake("model", HALVED)
def model_with_half_of_relu(*args):
    return net(*args, bend=lambda h: torch.relu(h) / 2)


@mistake("model", DOUBLED)
def model_with_twice_relu(*args):
    return net(*args, bend=lambda h: h + h.abs())


@mistake("model", "You normalise x first. The model takes x as it is.")
def model_of_normalised_x(x, *params):
    return net((x - x.mean()) / x.std(), *params)


@mistake("model", "You normalise x first. The model takes x as it is.")
def model_of_normalised_columns(x, *params):
    return net((x - x.mean(0)) / x.std(0), *params)


@mistake("model", "You normalise the hidden layer. Here it is relu(x @ w1 + b1) as it is.")
def model_with_normalised_hidden_layer(*args):
    return net(*args, bend=lambda h: torch.relu((h - h.mean(0)) / (h.std(0) + 1e-5)))


@mistake("model", SMOOTH)
def model_with_gelu(*args):
    return net(*args, bend=F.gelu)


@mistake("model", SMOOTH)
def model_with_silu(*args):
    return net(*args, bend=F.silu)


@mistake("model", SMOOTH)
def model_with_softplus(*args):
    return net(*args, bend=F.softplus)


@mistake("model", ELU)
def model_with_elu(*args):
    return net(*args, bend=F.elu)


@mistake("model", SQUASHED)
def model_with_sigmoid(*args):
    return net(*args, bend=torch.sigmoid)


@mistake("model", SQUASHED)
def model_with_tanh(*args):
    return net(*args, bend=torch.tanh)


@mistake("model", CAPPED)
def model_with_relu6(*args):
    return net(*args, bend=F.relu6)


@mistake("model", CAPPED)
def model_with_clamp_to_one(*args):
    return net(*args, bend=lambda h: h.clamp(0, 1))


@mistake("model", ABSOLUTE)
def model_with_absolute_value(*args):
    return net(*args, bend=torch.abs)


@mistake("model", KEEPS_NEGATIVE)
def model_with_minimum(*args):
    return net(*args, bend=lambda h: h.clamp_max(0))


@mistake("model", NEGATIVE_SIDE)
def model_with_relu_of_minus(*args):
    return net(*args, bend=lambda h: torch.relu(-h))


@mistake("model", MASK)
def model_with_mask(*args):
    return net(*args, bend=lambda h: (h > 0).to(h.dtype))


@mistake("model", SQUARED)
def model_with_square(*args):
    return net(*args, bend=torch.square)


@mistake("model", SOFTMAX)
def model_with_softmax_inside(*args):
    return net(*args, bend=lambda h: h.softmax(-1))


@mistake("model", OUT_SQUASHED)
def model_with_sigmoid_at_the_end(*args):
    return net(*args, last=torch.sigmoid)


@mistake("model", OUT_SQUASHED)
def model_with_tanh_at_the_end(*args):
    return net(*args, last=torch.tanh)


@mistake("model", OUT_SQUASHED)
def model_with_softmax_at_the_end(*args):
    return net(*args, last=lambda out: out.softmax(-1))


@mistake("model", OUT_SQUASHED)
def model_with_log_softmax_at_the_end(*args):
    return net(*args, last=lambda out: out.log_softmax(-1))


@mistake("model", NO_B1)
def model_without_b1(x, w1, b1, w2, b2):
    return torch.relu(x @ w1) @ w2 + b2


@mistake("model", NO_B2)
def model_without_b2(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2


@mistake("model", NO_BIASES)
def model_without_biases(x, w1, b1, w2, b2):
    return torch.relu(x @ w1) @ w2


@mistake("model", NO_BIASES)
def model_without_biases_and_relu(x, w1, b1, w2, b2):
    return x @ w1 @ w2


@mistake("model", "Two things are missing: relu between the two affine maps, and b1 before it.")
def model_without_b1_and_relu(x, w1, b1, w2, b2):
    return x @ w1 @ w2 + b2


@mistake("model", "Two things are missing: relu between the two affine maps, and b2 at the end.")
def model_without_b2_and_relu(x, w1, b1, w2, b2):
    return (x @ w1 + b1) @ w2


@mistake("model", "Two things: relu is not wanted at the end, and b1 is missing before the first.")
def model_without_b1_and_with_relu_at_the_end(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x @ w1) @ w2 + b2)


@mistake("model", "Two things: relu is not wanted at the end, and both biases are missing.")
def model_without_biases_and_with_relu_at_the_end(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x @ w1) @ w2)


@mistake("model", "Two things: the relu is to be the plain one, without -0.5, and b2 is missing.")
def model_without_b2_and_with_shifted_relu(x, w1, b1, w2, b2):
    return (torch.relu(x @ w1 + b1) - 0.5) @ w2


@mistake("model", ONE_BIAS)
def model_with_one_b2(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2 + b2.sum()


@mistake("model", ONE_BIAS)
def model_with_one_b1(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1.mean()) @ w2 + b2


@mistake("model", ONE_BIAS)
def model_with_the_first_bias_of_each(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1[0]) @ w2 + b2[0]


@mistake("model", "You add b1 once more, after relu. It is added once, before: relu(x @ w1 + b1).")
def model_with_b1_before_and_after(x, w1, b1, w2, b2):
    return (torch.relu(x @ w1 + b1) + b1) @ w2 + b2


@mistake("model", "You choose the largest output (argmax). Return the outputs themselves, [n, o].")
def model_choosing(*args):
    return net(*args).argmax(1)


@mistake("model", "You return a loss. The model gives the outputs, [n, o]; the loss comes later.")
def model_of_the_loss(*args):
    return net(*args).square().mean()


@mistake("model", B1_AFTER_RELU)
def model_with_b1_after_relu(x, w1, b1, w2, b2):
    return (torch.relu(x @ w1) + b1) @ w2 + b2


@mistake("model", BIASES_SWAPPED)
def model_with_biases_swapped(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b2) @ w2 + b1


@mistake("model", BIASES_SWAPPED)
def model_with_b1_twice(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2 + b1


@mistake("model", BIASES_SWAPPED)
def model_with_b2_twice(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b2) @ w2 + b2


@mistake("model", BIASES_SWAPPED)
def model_with_both_biases_at_the_end(x, w1, b1, w2, b2):
    return torch.relu(x @ w1) @ w2 + b1 + b2


@mistake("model", WEIGHTS_SWAPPED)
def model_with_weights_swapped(x, w1, b1, w2, b2):
    return torch.relu(x @ w2 + b1) @ w1 + b2


@mistake("model", LAYERS_SWAPPED)
def model_with_layers_swapped(x, w1, b1, w2, b2):
    return torch.relu(x @ w2 + b2) @ w1 + b1


@mistake("model", FIRST_TWICE)
def model_with_the_first_layer_twice(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w1 + b1


@mistake("model", FIRST_TWICE)
def model_with_w1_twice(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w1 + b2


@mistake("model", SECOND_TWICE)
def model_with_the_second_layer_twice(x, w1, b1, w2, b2):
    return torch.relu(x @ w2 + b2) @ w2 + b2


@mistake("model", SECOND_TWICE)
def model_with_w2_twice(x, w1, b1, w2, b2):
    return torch.relu(x @ w2 + b1) @ w2 + b2


@mistake("model", SKIPS_HIDDEN)
def model_with_x_into_the_second_layer(x, w1, b1, w2, b2):
    return x @ w2 + b2


@mistake("model", HIDDEN_ONLY)
def model_of_the_hidden_layer(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1)


@mistake("model", HIDDEN_ONLY)
def model_of_the_first_affine_map(x, w1, b1, w2, b2):
    return x @ w1 + b1


@mistake("model", PARAMETERS_BENT)
def model_with_relu_of_b1(x, w1, b1, w2, b2):
    return (x @ w1 + torch.relu(b1)) @ w2 + b2


@mistake("model", MINUS_BIASES)
def model_with_b1_subtracted(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 - b1) @ w2 + b2


@mistake("model", MINUS_BIASES)
def model_with_b2_subtracted(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2 - b2


@mistake("model", MINUS_BIASES)
def model_with_both_subtracted(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 - b1) @ w2 - b2


@mistake("model", PARAMETERS_BENT)
def model_with_relu_of_w1(x, w1, b1, w2, b2):
    return (x @ torch.relu(w1) + b1) @ w2 + b2


@mistake("model", PARAMETERS_BENT)
def model_with_relu_of_w2(x, w1, b1, w2, b2):
    return (x @ w1 + b1) @ torch.relu(w2) + b2


@mistake("model", PARAMETERS_BENT)
def model_with_relu_of_both_weights(x, w1, b1, w2, b2):
    return (x @ torch.relu(w1) + b1) @ torch.relu(w2) + b2


@mistake("model", THREE_LAYERS)
def model_with_three_layers(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x @ w1 + b1) @ w2 + b2) @ w2 + b2


@mistake("model", THREE_LAYERS)
def model_with_two_hidden_layers(x, w1, b1, w2, b2):
    return torch.relu(torch.relu(x @ w1 + b1) @ w1 + b1) @ w2 + b2


@mistake("model", W_TURNED)
def model_by_f_linear(x, w1, b1, w2, b2):
    return F.linear(torch.relu(F.linear(x, w1, b1)), w2, b2)


@mistake("model", W_TURNED)
def model_with_weights_transposed(x, w1, b1, w2, b2):
    return torch.relu(x @ w1.T + b1) @ w2.T + b2


@mistake("model", W_TURNED)
def model_with_w1_transposed(x, w1, b1, w2, b2):
    return torch.relu(x @ w1.T + b1) @ w2 + b2


@mistake("model", W_TURNED)
def model_with_w2_transposed(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2.T + b2


@mistake("model", W_FIRST)
def model_with_weights_first(x, w1, b1, w2, b2):
    return w2 @ torch.relu(w1 @ x + b1) + b2


@mistake("model", ELEMENTWISE)
def model_elementwise(x, w1, b1, w2, b2):
    return torch.relu(x * w1 + b1) * w2 + b2


@mistake("model", ELEMENTWISE)
def model_with_second_layer_elementwise(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) * w2 + b2


@mistake("model", "You left out w2: the second affine map is h @ w2 + b2.")
def model_without_w2(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) + b2


@mistake("model", ARGUMENTS)
def model_of_weights_then_biases(x, w1, w2, b1, b2):
    return torch.relu(x @ w1 + b1) @ w2 + b2


@mistake("model", ARGUMENTS)
def model_of_biases_first(x, b1, w1, b2, w2):
    return torch.relu(x @ w1 + b1) @ w2 + b2


@mistake("model", NEGATED)
def model_with_minus_relu(*args):
    return net(*args, bend=lambda h: -torch.relu(h))


@mistake("model", RESIDUAL)
def model_with_l1_added_to_relu(*args):
    return net(*args, bend=lambda h: h + torch.relu(h))


@mistake("model", BIAS_PER_ROW)
def model_with_b1_per_row(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1[:, None]) @ w2 + b2


@mistake("model", BIAS_PER_ROW)
def model_with_b2_per_row(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1) @ w2 + b2[:, None]


@mistake("model", BIAS_PER_ROW)
def model_with_biases_per_row(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1[:, None]) @ w2 + b2[:, None]


@mistake("model", B2_EARLY)
def model_with_b2_in_the_hidden_layer(x, w1, b1, w2, b2):
    return (torch.relu(x @ w1 + b1) + b2) @ w2


@mistake("model", B1_EARLY)
def model_with_b1_added_to_x(x, w1, b1, w2, b2):
    return torch.relu((x + b1) @ w1) @ w2 + b2


@mistake("model", CENTRED)
def model_with_mean_taken_off_the_hidden_layer(*args):
    return net(*args, bend=lambda h: torch.relu(h) - torch.relu(h).mean())


@mistake("model", "Your result has the wrong sign: lin(relu(lin(x, w1, b1)), w2, b2).")
def model_negative(*args):
    return -net(*args)


@mistake("model", FIRST_ROW)
def model_of_the_first_row(x, *args):
    return net(x[0], *args)


@mistake("model", FIRST_ROW)
def model_of_the_first_row_kept(x, *args):
    return net(x[:1], *args)


@mistake("model", ROWS_MIXED)
def model_of_the_mean_row(x, *args):
    return net(x.mean(0), *args)


@mistake("model", ROWS_MIXED)
def model_averaged(*args):
    return net(*args).mean(0)


@mistake("model", "You average over all outputs. The model gives one for each row: [n, o].")
def model_averaged_over_all(*args):
    return net(*args).mean()


@mistake("model", "You add up all outputs. The model gives one for each row: [n, o].")
def model_added_up(*args):
    return net(*args).sum()


@mistake("model", SQUEEZED)
def model_squeezed(*args):
    return net(*args).squeeze()


@mistake("model", SQUEEZED)
def model_squeezed_at_the_end(*args):
    return net(*args).squeeze(-1)


@mistake("model", "You keep the first output only. The result is [n, o], with all o of them.")
def model_of_the_first_output(*args):
    return net(*args)[:, 0]


@mistake("model", "You keep the first output only. The result is [n, o], with all o of them.")
def model_of_the_first_output_kept(*args):
    return net(*args)[:, :1]


@mistake("model", FLIPPED)
def model_transposed(*args):
    return net(*args).T


@mistake("model", WITH_HIDDEN)
def model_with_the_hidden_layer(x, w1, b1, w2, b2):
    hidden = torch.relu(x @ w1 + b1)
    return hidden, hidden @ w2 + b2


@mistake("model", WITH_HIDDEN)
def model_and_the_hidden_layer(x, w1, b1, w2, b2):
    hidden = torch.relu(x @ w1 + b1)
    return hidden @ w2 + b2, hidden


@mistake("model", WITH_HIDDEN)
def model_with_all_layers(x, w1, b1, w2, b2):
    l1 = x @ w1 + b1
    l2 = torch.relu(l1)
    return l1, l2, l2 @ w2 + b2


@mistake("model", DRAWS)
def model_of_new_modules(x, w1, b1, w2, b2):
    layers = nn.Sequential(nn.Linear(*w1.shape), nn.ReLU(), nn.Linear(*w2.shape))
    return layers.to(x.dtype)(x)


@mistake("model", DRAWS)
def model_with_dropout(*args):
    return net(*args, bend=lambda h: F.dropout(torch.relu(h)))


@mistake("model", TUPLE)
def model_in_a_tuple(*args):
    return (net(*args),)


@mistake("model", LIST)
def model_as_a_list(*args):
    return net(*args).tolist()


@mistake("model", ARRAY)
def model_as_an_array(*args):
    return net(*args).detach().numpy()


@mistake("model", CUT)
def model_detached(*args):
    return net(*args).detach()


@mistake("model", CUT)
def model_by_numpy(x, w1, b1, w2, b2):
    hidden = np.maximum(x.numpy() @ w1.numpy() + b1.numpy(), 0)
    return torch.from_numpy(hidden @ w2.numpy() + b2.numpy())


@mistake("model", NUMBERS)
def model_from_numbers(*args):
    return torch.tensor(net(*args).tolist())


@mistake("model", CUT_FROM.format("x"))
def model_with_hidden_layer_detached(x, w1, b1, w2, b2):
    return torch.relu(x @ w1 + b1).detach() @ w2 + b2


@mistake("model", CUT_FROM.format("x"))
def model_of_modules(x, w1, b1, w2, b2):
    layers = nn.Sequential(nn.Linear(*w1.shape), nn.ReLU(), nn.Linear(*w2.shape))
    for layer, w, b in [(layers[0], w1, b1), (layers[2], w2, b2)]:
        layer.weight, layer.bias = nn.Parameter(w.T), nn.Parameter(b)
    return layers(x.detach())


@mistake("model", CUT_FROM.format("w1"))
def model_of_modules_on_x(x, w1, b1, w2, b2):
    layers = nn.Sequential(nn.Linear(*w1.shape), nn.ReLU(), nn.Linear(*w2.shape))
    for layer, w, b in [(layers[0], w1, b1), (layers[2], w2, b2)]:
        layer.weight, layer.bias = nn.Parameter(w.T), nn.Parameter(b)
    return layers(x)


@mistake("model", FLOAT32)
def model_in_float32(*args):
    return net(*args).float()


@mistake("model", FLOAT64)
def model_in_float64(*args):
    return net(*(arg.double() for arg in args))


@mistake("model", LOW)
def model_through_float32(x, *args):
    return net(x.float(), *(arg.float() for arg in args)).to(x.dtype)


@mistake("model", HALF)
def model_through_half(x, *args):
    return net(x.half(), *(arg.half() for arg in args)).to(x.dtype)


@mistake("model", ASTRAY)
def model_with_zeros_on_the_default_device(*args):
    def bend(h):
        return torch.maximum(h, torch.zeros(h.shape, dtype=h.dtype))

    return net(*args, bend=bend)


@mistake("model", IN_PLACE)
def model_with_relu_of_x_in_place(x, *args):
    return net(x.clamp_(min=0), *args)


@mistake("model", IN_PLACE)
def model_with_parameters_reshaped_in_place(x, w1, b1, w2, b2):
    return net(x, w1, b1.unsqueeze_(0), w2, b2.unsqueeze_(0))


@mistake("model", KEPT)
class FirstModel:
    """Computes once."""

    def __init__(self):
        self.out = None

    def __call__(self, *args):
        if self.out is None:
            self.out = net(*args)
        return self.out


@mistake("model", KEPT)
@functools.cache
def model_cached(*args):
    return net(*args)
