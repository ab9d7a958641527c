"""Known wrong answers of chapter 7, each with the sentence a kind teacher would say.

Longer than other files: a full pass can be wrong at each of its stages, and each of these must be
known in order to be named.
"""

import torch
import torch.nn.functional as F
from ch03_forward import lin, relu
from ch05_loss import mse
from ch06_backward import lin_grad, mse_grad, relu_grad

from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, NUMPY
from kata.checks.gradients import ADDS, AUTOGRAD, KEPT, NAMED_G, RETURNS_MORE, STALE
from kata.diagnosis.recorded import mistake, probes


@probes("forward_and_backward")
def full_pass_probes(draw):
    yield net(draw, 5, 4, 3)
    yield net(draw, 1, 4, 3)
    yield net(draw, 1, 2, 5)
    yield net(draw, 3, 3, 3)
    yield net(draw, 4, 1, 1)
    yield net(draw, 2, 3, 5)
    # whole numbers: zeros before the relu
    yield tuple(t.round() for t in net(draw, 6, 3, 4))
    yield tuple(t if i == 1 else draw.with_grad(t) for i, t in enumerate(net(draw, 5, 4, 3)))
    yield tuple(t if i == 1 else t.requires_grad_() for i, t in enumerate(net(draw, 3, 2, 4)))


def net(draw, n, m, nh):
    return draw(n, m), draw(n), draw(m, nh), draw(nh), draw(nh, 1), draw(1)


# the loss

RETURNS_NOTHING = "You return nothing. Set the gradients, and return the loss."
RETURNS_FLOAT = (
    "You return a Python number (item, float). Return the loss as it is, a tensor without axes."
)
RETURNS_OUT = "You return the net's outputs. Return the loss, one number."
RETURNS_AXIS = "Your loss has an axis, [1]. It is one number: a tensor without axes."
LOSS_SUM = "Your loss is the sum of the squares. It is their mean."
LOSS_ROOT = "Your loss is the root of the mean square. Leave the root out."
LOSS_HALF = (
    "Your loss is half the mean square. The loss is the mean of the squares, without the 1/2."
)
LOSS_BROADCAST = (
    "Your loss compares each output with all n targets: out is [n, 1] and targ [n], so their "
    "difference is n x n. Bring both to one shape first."
)
LOSS_ABS = "Your loss is the mean absolute error. It is the mean of the squares."
LOSS_NO_B2 = "Your forward pass leaves out the bias b2: out = l2 @ w2 + b2."
LOSS_ERRORS = "You return the squares, one for each row. The loss is their mean, one number."

TARGETS_SCALED = "You change the targets first (centre or scale them). Compare with targ as it is."
THROUGH_W2_GRAD = (
    "You send the gradient back through w2.grad. It goes back through what it came by, w2 itself: "
    "dL/dl2 = dL/dout @ w2.t()."
)
THROUGH_W1_GRAD = (
    "You send the gradient back through w1.grad. It goes back through what it came by, w1 itself: "
    "inp.grad = dL/dl1 @ w1.t()."
)

# the forward pass

NO_RELU = "Your net has no relu between its two affine maps. Without a bend they are one."
NO_RELU_FORWARD = (
    "Your forward pass has no relu, yet your backward pass has its mask. Both go through the same "
    "net: lin, relu, lin."
)
SHIFTED = "You use the shifted relu. The net asked for has a plain one, max(x, 0)."
LEAKY = "You use a leaky relu. The net asked for has a plain one, max(x, 0)."
OTHER_BEND = (
    "You use another bend than relu (sigmoid, tanh, gelu). The net asked for has max(x, 0)."
)
RELU_AT_END = "You apply a relu to the outputs, too. Nothing bends after the last affine map."
NO_B1 = "Your forward pass leaves out the bias b1: l1 = inp @ w1 + b1."
NO_BIASES = "Your forward pass leaves out the biases: lin is x @ w + b."

# the gradient of the loss

D_NO_TWO = (
    "Your backward pass starts without the factor 2 of the square: dL/dout = 2 (out - targ) / n."
)
D_NO_N = "Your backward pass starts without the 1/n of the mean: dL/dout = 2 (out - targ) / n."
D_PLAIN = "Your backward pass starts with the plain error. dL/dout is 2 (out - targ) / n."
D_SIGN = (
    "The sign of your gradients is turned: dL/dout = 2 (out - targ) / n, not 2 (targ - out) / n."
)
D_N_SQUARED = (
    "You divide by n twice: in dL/dout, and again by a mean over the rows. The 1/n comes from the "
    "loss alone."
)
D_BROADCAST = (
    "Your dL/dout compares each output with all n targets: [n, 1] minus [n] broadcasts to n x n. "
    "Bring both to one shape first."
)
D_FLAT = (
    "Your dL/dout has shape [n]. out is [n, 1], so is its gradient: give it the second axis back "
    "with unsqueeze(-1)."
)
D_ONES = (
    "Your backward pass starts from ones. It starts from the loss: dL/dout = 2 (out - targ) / n."
)
D_LOSS = (
    "Your backward pass starts from the loss itself. It starts from dL/dout = 2 (out - targ) / n."
)
D_ABS = "You lose the sign of the errors. dL/dout = 2 (out - targ) / n may have any sign."

# the relu

MASK_NONE = (
    "You forget the relu on the way back. Where l1 <= 0 its output does not move: multiply by the "
    "mask l1 > 0."
)
MASK_KINK = (
    "Where the relu saw exactly 0 you let the gradient through. Take 0 there: the mask is l1 > 0, "
    "not l1 >= 0."
)
MASK_INVERTED = "Your mask is the wrong way round: the gradient goes where l1 > 0."
MASK_GRADIENT = (
    "You apply relu to the gradient itself. It is the sign of l1, not that of the gradient, that "
    "decides what goes through."
)
MASK_VALUE = (
    "You multiply by l2, the relu's value. Its derivative is 1 where l1 > 0, and 0 elsewhere."
)
MASK_ONLY = (
    "At the relu you leave out the upstream gradient. The mask multiplies what comes from above, "
    "dL/dl2 = dL/dout @ w2.t()."
)
MASK_OTHER = "Your mask comes from another tensor. The relu saw l1, so the mask is l1 > 0."

# the parameters

W2_FROM_L1 = (
    "You use l1 for w2.grad. The second layer saw l2, after the relu: w2.grad = l2.t() @ dL/dout."
)
W2_NO_INPUT = "You leave l2 out of w2.grad. It is l2.t() @ dL/dout."
W1_FROM_UNMASKED = (
    "The gradient of the first layer comes from dL/dl2, before the relu's mask. The first layer "
    "made l1: use dL/dl1."
)
B1_UNMASKED = (
    "You sum dL/dl2 for b1.grad. b1 is added before the relu, so sum dL/dl1, with its mask."
)
B_FROM_ALL = "You sum over all axes for b1.grad. Each hidden unit has a bias of its own: sum(0)."
B1_UNSUMMED = "You leave the batch axis in b1.grad. b1 is added to every row: sum over the rows."
B2_UNSUMMED = "You leave the batch axis in b2.grad. b2 is added to every row: sum over the rows."
B_MEAN = (
    "You take the mean over the rows for the biases. Their gradients are sums; the 1/n sits in "
    "dL/dout."
)
B1_MEAN = "You take the mean over the rows for b1.grad. It is the sum; the 1/n sits in dL/dout."
B2_MEAN = "You take the mean over the rows for b2.grad. It is the sum; the 1/n sits in dL/dout."
W_MEAN = "You divide w1.grad and w2.grad by n once more. The 1/n already sits in dL/dout."
B2_NUMBER = "Your b2.grad has no axis. b2 is [1], so is its gradient: sum over the rows, sum(0)."
B_ONE_ROW = "Only one row goes into the biases' gradients. They are sums over all rows."
W1_TRANSPOSED = "Your w1.grad is transposed, [nh, m]. It is inp.t() @ dL/dl1, [m, nh]."
W2_TRANSPOSED = "Your w2.grad is transposed, [1, nh]. It is l2.t() @ dL/dout, [nh, 1]."
W1_FROM_OUT = "You skip the second layer: dL/dl1 comes from dL/dout through w2 and the relu's mask."
W2_UPDATED_FIRST = (
    "You change the weights during the pass. Take all gradients with the weights of the forward "
    "pass; the step is taken elsewhere."
)
OTHER_WEIGHTS = (
    "You go back through one layer with the other layer's weights. l1 was made by w1 and b1, out "
    "by w2 and b2."
)
SWAPPED = (
    "You set each layer's gradients on the other layer's parameters: w2, b2 are those next to "
    "the loss."
)

# inp

INP_NO_MASK = "Your inp.grad comes from dL/dl2, before the relu's mask. It is dL/dl1 @ w1.t()."
INP_NO_T = (
    "You multiply by w1 as it is for inp.grad. Back through inp @ w1 goes w1 transposed: dL/dl1 "
    "@ w1.t()."
)
HIDDEN_NO_T = (
    "You multiply by w2 as it is for dL/dl2. Back through l2 @ w2 goes w2 transposed: dL/dout @ "
    "w2.t()."
)
INP_IS_L1 = (
    "You set inp.grad to the gradient of l1. One layer lies between: inp.grad = dL/dl1 @ w1.t()."
)
INP_SUMMED = "You add up over the rows for inp.grad. Each row of inp has a gradient of its own."

# what is set, and when

NOT_YET = (
    "You call lin_grad before its output has a gradient: it is still None. Go back from the end: "
    "mse_grad(out, targ), lin_grad of layer 2, relu_grad(l1, l2), lin_grad of layer 1."
)
RELU_NOT_YET = (
    "You call relu_grad where its output has no gradient yet: it is still None. It comes after "
    "lin_grad of layer 2, and takes its input first: relu_grad(l1, l2)."
)
UNSET_INP = "You never set inp.grad. It is asked for, too: dL/dl1 @ w1.t()."
UNSET_W1 = "You never set w1.grad. It is inp.t() @ dL/dl1."
UNSET_B1 = "You never set b1.grad. It is the sum of dL/dl1 over the rows."
UNSET_W2 = "You never set w2.grad. It is l2.t() @ dL/dout."
UNSET_B2 = "You never set b2.grad. It is the sum of dL/dout over the rows."
UNSET_BIASES = (
    "You never set b1.grad and b2.grad. Each is the sum, over the rows, of its layer's gradient."
)
UNSET_FIRST = "You stop after the second layer. Go on back through the relu and the first layer."
UNSET_ALL = (
    "You run the net forward and set no gradient. Go back from the loss, layer by layer, and set "
    "the .grad of inp, w1, b1, w2 and b2."
)
NONE_YET = (
    "You change a .grad in place, but before the first call there is none: it is None. Make the "
    "gradient and assign it."
)
FLOAT32 = "You fix the dtype (float32). Leave it as it comes from the inputs."
FLOAT64 = "You fix the dtype (float64). Leave it as it comes from the inputs."


def start(out, targ):
    """dL/dout."""
    return 2 * (out - targ.unsqueeze(-1)) / len(targ)


def full_pass(inp, targ, w1, b1, w2, b2, *, bend=torch.relu, d_out=start, back=None):
    """The whole pass. bend, d_out: what stands in for relu and for dL/dout(out, targ).

    back: takes dL/dl2, l1 and l2 to dL/dl1.
    """
    l1 = inp @ w1 + b1
    l2 = bend(l1)
    out = l2 @ w2 + b2
    g = d_out(out, targ)
    w2.grad, b2.grad = l2.t() @ g, g.sum(0)
    g = g @ w2.t()
    g = g * (l1 > 0) if back is None else back(g, l1, l2)
    w1.grad, b1.grad, inp.grad = inp.t() @ g, g.sum(0), g @ w1.t()
    return F.mse_loss(out[:, 0], targ)


def hidden(inp, targ, w1, b1, w2, b2):
    """l1, l2, out, dL/dout, dL/dl2, dL/dl1."""
    l1 = inp @ w1 + b1
    l2 = torch.relu(l1)
    out = l2 @ w2 + b2
    d_out = start(out, targ)
    d_l2 = d_out @ w2.t()
    return l1, l2, out, d_out, d_l2, d_l2 * (l1 > 0)


@mistake("forward_and_backward", RETURNS_NOTHING)
def returns_nothing(*args):
    full_pass(*args)


@mistake("forward_and_backward", RETURNS_FLOAT)
def returns_item(*args):
    return full_pass(*args).item()


@mistake("forward_and_backward", RETURNS_OUT)
def returns_outputs(*args):
    full_pass(*args)
    return hidden(*args)[2]


@mistake("forward_and_backward", RETURNS_OUT)
def returns_outputs_in_one_row(*args):
    full_pass(*args)
    return hidden(*args)[2].squeeze(-1)


@mistake("forward_and_backward", RETURNS_MORE)
def returns_loss_and_outputs(*args):
    return full_pass(*args), hidden(*args)[2]


@mistake("forward_and_backward", RETURNS_MORE)
def returns_outputs_and_loss(*args):
    return hidden(*args)[2], full_pass(*args)


@mistake("forward_and_backward", RETURNS_MORE)
def returns_loss_and_gradients(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    return loss, inp.grad, w1.grad, b1.grad, w2.grad, b2.grad


@mistake("forward_and_backward", RETURNS_MORE)
def returns_gradients(inp, targ, w1, b1, w2, b2):
    full_pass(inp, targ, w1, b1, w2, b2)
    return inp.grad, w1.grad, b1.grad, w2.grad, b2.grad


@mistake("forward_and_backward", RETURNS_MORE)
def returns_loss_and_parameters_gradients(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    return loss, w1.grad, b1.grad, w2.grad, b2.grad


@mistake("forward_and_backward", RETURNS_AXIS)
def returns_loss_with_axis(*args):
    return full_pass(*args).unsqueeze(0)


@mistake("forward_and_backward", RETURNS_AXIS)
def returns_loss_with_two_axes(*args):
    return full_pass(*args).reshape(1, 1)


@mistake("forward_and_backward", LOSS_SUM)
def loss_is_a_sum(*args):
    return full_pass(*args) * len(args[0])


@mistake("forward_and_backward", LOSS_SUM)
def loss_is_a_sum_and_so_are_gradients(*args):
    return full_pass(*args, d_out=lambda out, targ: start(out, targ) * len(targ)) * len(args[0])


@mistake("forward_and_backward", LOSS_ROOT)
def loss_is_a_root(*args):
    return full_pass(*args).sqrt()


@mistake("forward_and_backward", LOSS_HALF)
def loss_is_halved(*args):
    return full_pass(*args) / 2


@mistake("forward_and_backward", LOSS_HALF)
def loss_is_halved_and_so_are_gradients(*args):
    return full_pass(*args, d_out=lambda out, targ: start(out, targ) / 2) / 2


@mistake("forward_and_backward", LOSS_BROADCAST)
def loss_broadcasts(*args):
    full_pass(*args)
    return (hidden(*args)[2] - args[1]).square().mean()


@mistake("forward_and_backward", LOSS_BROADCAST)
def loss_broadcasts_to_a_sum(*args):
    full_pass(*args)
    return (hidden(*args)[2] - args[1]).square().sum() / len(args[1])


@mistake("forward_and_backward", LOSS_ABS)
def loss_is_absolute(*args):
    full_pass(*args)
    return (hidden(*args)[2].squeeze(-1) - args[1]).abs().mean()


@mistake("forward_and_backward", LOSS_ERRORS)
def loss_is_squares(*args):
    full_pass(*args)
    return (hidden(*args)[2].squeeze(-1) - args[1]).square()


@mistake("forward_and_backward", NO_RELU)
def no_relu(*args):
    return full_pass(*args, bend=lambda l1: l1, back=lambda g, l1, l2: g)


@mistake("forward_and_backward", NO_RELU_FORWARD)
def no_relu_forward(*args):
    return full_pass(*args, bend=lambda l1: l1)


@mistake("forward_and_backward", SHIFTED)
def shifted_relu(*args):
    return full_pass(*args, bend=lambda l1: torch.relu(l1) - 0.5)


@mistake("forward_and_backward", SHIFTED)
def shifted_relu_with_its_mask(*args):
    return full_pass(
        *args, bend=lambda l1: torch.relu(l1) - 0.5, back=lambda g, l1, l2: g * (l2 > 0)
    )


@mistake("forward_and_backward", LEAKY)
def leaky_relu(*args):
    return full_pass(
        *args, bend=F.leaky_relu, back=lambda g, l1, l2: g * torch.where(l1 > 0, 1, 0.01)
    )


@mistake("forward_and_backward", LEAKY)
def leaky_relu_forward(*args):
    return full_pass(*args, bend=F.leaky_relu)


@mistake("forward_and_backward", OTHER_BEND)
def sigmoid(*args):
    return full_pass(*args, bend=torch.sigmoid, back=lambda g, l1, l2: g * l2 * (1 - l2))


@mistake("forward_and_backward", OTHER_BEND)
def tanh(*args):
    return full_pass(*args, bend=torch.tanh, back=lambda g, l1, l2: g * (1 - l2**2))


@mistake("forward_and_backward", RELU_AT_END)
def relu_at_the_end(inp, targ, w1, b1, w2, b2):
    def d_out(out, targ):
        return 2 * (torch.relu(out) - targ.unsqueeze(-1)) / len(targ) * (out > 0)

    full_pass(inp, targ, w1, b1, w2, b2, d_out=d_out)
    return F.mse_loss(torch.relu(hidden(inp, targ, w1, b1, w2, b2)[2])[:, 0], targ)


@mistake("forward_and_backward", RELU_AT_END)
def relu_at_the_end_forward(inp, targ, w1, b1, w2, b2):
    def d_out(out, targ):
        return 2 * (torch.relu(out) - targ.unsqueeze(-1)) / len(targ)

    full_pass(inp, targ, w1, b1, w2, b2, d_out=d_out)
    return F.mse_loss(torch.relu(hidden(inp, targ, w1, b1, w2, b2)[2])[:, 0], targ)


@mistake("forward_and_backward", NO_B1)
def no_b1(inp, targ, w1, b1, w2, b2):
    zero = torch.zeros_like(b1)
    loss = full_pass(inp, targ, w1, zero, w2, b2)
    b1.grad = zero.grad
    return loss


@mistake("forward_and_backward", LOSS_NO_B2)
def no_b2(inp, targ, w1, b1, w2, b2):
    zero = torch.zeros_like(b2)
    loss = full_pass(inp, targ, w1, b1, w2, zero)
    b2.grad = zero.grad
    return loss


@mistake("forward_and_backward", NO_BIASES)
def no_biases(inp, targ, w1, b1, w2, b2):
    zeros = torch.zeros_like(b1), torch.zeros_like(b2)
    loss = full_pass(inp, targ, w1, zeros[0], w2, zeros[1])
    b1.grad, b2.grad = zeros[0].grad, zeros[1].grad
    return loss


@mistake("forward_and_backward", D_NO_TWO)
def starts_without_two(*args):
    return full_pass(*args, d_out=lambda out, targ: start(out, targ) / 2)


@mistake("forward_and_backward", D_NO_N)
def starts_without_n(*args):
    return full_pass(*args, d_out=lambda out, targ: start(out, targ) * len(targ))


@mistake("forward_and_backward", D_PLAIN)
def starts_with_error(*args):
    return full_pass(*args, d_out=lambda out, targ: out - targ.unsqueeze(-1))


@mistake("forward_and_backward", D_SIGN)
def starts_with_turned_sign(*args):
    return full_pass(*args, d_out=lambda out, targ: -start(out, targ))


@mistake("forward_and_backward", D_SIGN)
def starts_with_turned_sign_without_n(*args):
    return full_pass(*args, d_out=lambda out, targ: targ.unsqueeze(-1) - out)


@mistake("forward_and_backward", D_N_SQUARED)
def starts_with_n_squared(*args):
    return full_pass(*args, d_out=lambda out, targ: start(out, targ) / len(targ))


@mistake("forward_and_backward", D_N_SQUARED)
def parameters_over_n_again(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    for parameter in (w1, b1, w2, b2):
        parameter.grad = parameter.grad / len(inp)
    return loss


@mistake("forward_and_backward", D_BROADCAST)
def starts_with_broadcast(*args):
    return full_pass(*args, d_out=lambda out, targ: 2 * (out - targ) / len(targ))


@mistake("forward_and_backward", D_BROADCAST)
def starts_with_broadcast_mean(*args):
    return full_pass(*args, d_out=lambda out, targ: 2 * (out - targ.mean()) / len(targ))


@mistake("forward_and_backward", D_BROADCAST)
def starts_with_broadcast_sum(*args):
    return full_pass(
        *args, d_out=lambda out, targ: (2 * (out - targ) / len(targ)).sum(1, keepdim=True)
    )


@mistake("forward_and_backward", D_FLAT)
def starts_with_flat(*args):
    return full_pass(*args, d_out=lambda out, targ: 2 * (out.squeeze(-1) - targ) / len(targ))


@mistake("forward_and_backward", D_ONES)
def starts_with_ones(*args):
    return full_pass(*args, d_out=lambda out, targ: torch.ones_like(out))


@mistake("forward_and_backward", D_ONES)
def starts_with_ones_over_n(*args):
    return full_pass(*args, d_out=lambda out, targ: torch.ones_like(out) / len(targ))


@mistake("forward_and_backward", D_ONES)
def starts_with_twos_over_n(*args):
    return full_pass(*args, d_out=lambda out, targ: 2 * torch.ones_like(out) / len(targ))


@mistake("forward_and_backward", D_LOSS)
def starts_with_loss(*args):
    return full_pass(
        *args,
        d_out=lambda out, targ: F.mse_loss(out[:, 0], targ) * torch.ones_like(out),
    )


@mistake("forward_and_backward", D_LOSS)
def starts_with_squares(*args):
    return full_pass(*args, d_out=lambda out, targ: (out - targ.unsqueeze(-1)) ** 2 / len(targ))


@mistake("forward_and_backward", D_ABS)
def starts_with_absolute(*args):
    return full_pass(*args, d_out=lambda out, targ: start(out, targ).abs())


@mistake("forward_and_backward", MASK_NONE)
def no_mask(*args):
    return full_pass(*args, back=lambda g, l1, l2: g)


@mistake("forward_and_backward", MASK_KINK)
def mask_at_zero(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l1 >= 0))


@mistake("forward_and_backward", MASK_KINK)
def mask_half_at_zero(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * ((l1 > 0) + 0.5 * (l1 == 0)))


@mistake("forward_and_backward", MASK_NONE)
def mask_of_output_at_zero(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l2 >= 0))


@mistake("forward_and_backward", MASK_INVERTED)
def mask_inverted(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l1 < 0))


@mistake("forward_and_backward", MASK_INVERTED)
def mask_inverted_with_zero(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l1 <= 0))


@mistake("forward_and_backward", MASK_GRADIENT)
def mask_of_gradient(*args):
    return full_pass(*args, back=lambda g, l1, l2: torch.relu(g))


@mistake("forward_and_backward", MASK_GRADIENT)
def mask_of_gradient_too(*args):
    return full_pass(*args, back=lambda g, l1, l2: torch.relu(g) * (l1 > 0))


@mistake("forward_and_backward", MASK_VALUE)
def mask_is_value(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * l2)


@mistake("forward_and_backward", MASK_ONLY)
def mask_without_upstream(*args):
    return full_pass(*args, back=lambda g, l1, l2: (l1 > 0).to(g.dtype))


@mistake("forward_and_backward", MASK_VALUE)
def mask_is_sign(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * l1.sign())


@mistake("forward_and_backward", MASK_OTHER)
def mask_above_half(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l1 > 0.5))


@mistake("forward_and_backward", MASK_OTHER)
def mask_from_outputs(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l2 @ args[4] + args[5] > 0))


@mistake("forward_and_backward", MASK_OTHER)
def mask_before_bias(*args):
    return full_pass(*args, back=lambda g, l1, l2: g * (l1 - args[3] > 0))


@mistake("forward_and_backward", W2_FROM_L1)
def w2_from_l1(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    l1, _, _, d_out, _, _ = hidden(inp, targ, w1, b1, w2, b2)
    w2.grad = l1.t() @ d_out
    return loss


@mistake("forward_and_backward", W2_NO_INPUT)
def w2_without_l2(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    w2.grad = b2.grad.expand_as(w2)
    return loss


@mistake("forward_and_backward", W1_FROM_UNMASKED)
def w1_unmasked(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    w1.grad = inp.t() @ hidden(inp, targ, w1, b1, w2, b2)[4]
    return loss


@mistake("forward_and_backward", W1_FROM_UNMASKED)
def w1_and_b1_unmasked(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    d_l2 = hidden(inp, targ, w1, b1, w2, b2)[4]
    w1.grad, b1.grad = inp.t() @ d_l2, d_l2.sum(0)
    return loss


@mistake("forward_and_backward", B1_UNMASKED)
def b1_unmasked(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad = hidden(inp, targ, w1, b1, w2, b2)[4].sum(0)
    return loss


@mistake("forward_and_backward", B_FROM_ALL)
def b1_total(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad = hidden(inp, targ, w1, b1, w2, b2)[5].sum()
    return loss


@mistake("forward_and_backward", B_FROM_ALL)
def b1_total_everywhere(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad = hidden(inp, targ, w1, b1, w2, b2)[5].sum().expand_as(b1)
    return loss


@mistake("forward_and_backward", B1_UNSUMMED)
def b1_unsummed(inp, targ, w1, b1, w2, b2):
    full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad = hidden(inp, targ, w1, b1, w2, b2)[5]


@mistake("forward_and_backward", B2_UNSUMMED)
def b2_unsummed(inp, targ, w1, b1, w2, b2):
    full_pass(inp, targ, w1, b1, w2, b2)
    b2.grad = hidden(inp, targ, w1, b1, w2, b2)[3]


@mistake("forward_and_backward", B2_UNSUMMED)
def b2_unsummed_flat(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b2.grad = hidden(inp, targ, w1, b1, w2, b2)[3].squeeze(-1)
    return loss


@mistake("forward_and_backward", B_MEAN)
def biases_mean(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad, b2.grad = b1.grad / len(inp), b2.grad / len(inp)
    return loss


@mistake("forward_and_backward", B1_MEAN)
def b1_mean(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad = b1.grad / len(inp)
    return loss


@mistake("forward_and_backward", B2_MEAN)
def b2_mean(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b2.grad = b2.grad / len(inp)
    return loss


@mistake("forward_and_backward", W_MEAN)
def weights_over_n_again(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    w1.grad, w2.grad = w1.grad / len(inp), w2.grad / len(inp)
    return loss


@mistake("forward_and_backward", B2_NUMBER)
def b2_without_axis(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    b2.grad = hidden(inp, targ, w1, b1, w2, b2)[3].sum()
    return loss


@mistake("forward_and_backward", B_ONE_ROW)
def biases_last_row(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    *_, d_out, _, d_l1 = hidden(inp, targ, w1, b1, w2, b2)
    b1.grad, b2.grad = d_l1[-1], d_out[-1]
    return loss


@mistake("forward_and_backward", B_ONE_ROW)
def biases_first_row(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    *_, d_out, _, d_l1 = hidden(inp, targ, w1, b1, w2, b2)
    b1.grad, b2.grad = d_l1[0], d_out[0]
    return loss


@mistake("forward_and_backward", W1_TRANSPOSED)
def w1_transposed(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    w1.grad = w1.grad.t()
    return loss


@mistake("forward_and_backward", W2_TRANSPOSED)
def w2_transposed(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    w2.grad = w2.grad.t()
    return loss


@mistake("forward_and_backward", W1_FROM_OUT)
def w1_skips_second_layer(*args):
    return full_pass(*args, back=lambda g, l1, l2: g / args[4].t() * (l1 > 0))


@mistake("forward_and_backward", IN_PLACE)
def takes_the_step(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    with torch.no_grad():
        for parameter in (w1, b1, w2, b2):
            parameter -= 0.1 * parameter.grad
    return loss


@mistake("forward_and_backward", INP_NO_MASK)
def inp_unmasked(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    inp.grad = hidden(inp, targ, w1, b1, w2, b2)[4] @ w1.t()
    return loss


@mistake("forward_and_backward", INP_NO_T)
def inp_without_t(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    inp.grad = hidden(inp, targ, w1, b1, w2, b2)[5] @ w1
    return loss


@mistake("forward_and_backward", HIDDEN_NO_T)
def hidden_without_t(inp, targ, w1, b1, w2, b2):
    full_pass(inp, targ, w1, b1, w2, b2)
    return hidden(inp, targ, w1, b1, w2, b2)[3] @ w2


@mistake("forward_and_backward", INP_IS_L1)
def inp_is_l1(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    inp.grad = hidden(inp, targ, w1, b1, w2, b2)[5]
    return loss


@mistake("forward_and_backward", INP_SUMMED)
def inp_summed(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    inp.grad = inp.grad.sum(0)
    return loss


@mistake("forward_and_backward", INP_SUMMED)
def inp_summed_everywhere(inp, targ, w1, b1, w2, b2):
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    inp.grad = inp.grad.sum(0).expand_as(inp)
    return loss


def but_for(args, *names):
    """A right pass which leaves some .grad as they were."""
    by_name = dict(zip(("inp", "targ", "w1", "b1", "w2", "b2"), args, strict=True))
    before = {name: by_name[name].grad for name in names}
    loss = full_pass(*args)
    for name in names:
        by_name[name].grad = before[name]
    return loss


@mistake("forward_and_backward", UNSET_INP)
def unset_inp(*args):
    return but_for(args, "inp")


@mistake("forward_and_backward", UNSET_INP)
def clears_inp(inp, *rest):
    loss = full_pass(inp, *rest)
    inp.grad = None
    return loss


@mistake("forward_and_backward", UNSET_W1)
def unset_w1(*args):
    return but_for(args, "w1")


@mistake("forward_and_backward", UNSET_B1)
def unset_b1(*args):
    return but_for(args, "b1")


@mistake("forward_and_backward", UNSET_W2)
def unset_w2(*args):
    return but_for(args, "w2")


@mistake("forward_and_backward", UNSET_B2)
def unset_b2(*args):
    return but_for(args, "b2")


@mistake("forward_and_backward", UNSET_BIASES)
def unset_biases(*args):
    return but_for(args, "b1", "b2")


@mistake("forward_and_backward", UNSET_FIRST)
def unset_first_layer(*args):
    return but_for(args, "inp", "w1", "b1")


@mistake("forward_and_backward", UNSET_ALL)
def unset_all(*args):
    return but_for(args, "inp", "w1", "b1", "w2", "b2")


@mistake("forward_and_backward", UNSET_ALL)
def set_on_copies(*args):
    return full_pass(*(t.clone() for t in args))


@mistake("forward_and_backward", NOT_YET)
def without_mse_grad(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    lin_grad(l2, out, w2, b2)
    relu_grad(l1, l2)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


@mistake("forward_and_backward", NOT_YET)
def without_relu_grad(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


@mistake("forward_and_backward", MASK_NONE)
def skips_relu_grad(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    lin_grad(inp, l2, w1, b1)
    return mse(out, targ)


@mistake("forward_and_backward", NOT_YET)
def first_layer_first(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    lin_grad(inp, l1, w1, b1)
    relu_grad(l1, l2)
    lin_grad(l2, out, w2, b2)
    mse_grad(out, targ)
    return mse(out, targ)


@mistake("forward_and_backward", RELU_NOT_YET)
def relu_grad_too_early(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    relu_grad(l1, l2)
    lin_grad(l2, out, w2, b2)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


@mistake("forward_and_backward", RELU_NOT_YET)
def relu_grad_turned(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    relu_grad(l2, l1)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


@mistake("forward_and_backward", W2_FROM_L1)
def second_layer_saw_l1(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l1, out, w2, b2)
    lin_grad(inp, l1, w1, b1)
    return mse(out, targ)


@mistake("forward_and_backward", OTHER_WEIGHTS)
def first_layer_gets_w2(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w2, b2)
    relu_grad(l1, l2)
    lin_grad(inp, l1, w2, b1)
    return mse(out, targ)


@mistake("forward_and_backward", OTHER_WEIGHTS)
def second_layer_gets_w1(inp, targ, w1, b1, w2, b2):
    l1 = lin(inp, w1, b1)
    l2 = relu(l1)
    out = lin(l2, w2, b2)
    mse_grad(out, targ)
    lin_grad(l2, out, w1, b1)
    relu_grad(l1, l2)
    lin_grad(inp, l1, w2, b2)
    return mse(out, targ)


@mistake("forward_and_backward", SWAPPED)
def layers_swapped(inp, targ, w1, b1, w2, b2):
    full_pass(inp, targ, w1, b1, w2, b2)
    w1.grad, w2.grad = w2.grad, w1.grad


@mistake("forward_and_backward", SWAPPED)
def biases_swapped(inp, targ, w1, b1, w2, b2):
    full_pass(inp, targ, w1, b1, w2, b2)
    b1.grad, b2.grad = b2.grad, b1.grad


@mistake("forward_and_backward", NAMED_G)
def named_g(inp, targ, w1, b1, w2, b2):
    copies = [t.detach().clone() for t in (inp, targ, w1, b1, w2, b2)]
    loss = full_pass(*copies)
    for tensor, copy in zip((inp, w1, b1, w2, b2), [copies[0], *copies[2:]], strict=True):
        tensor.g = copy.grad
    return loss


@mistake("forward_and_backward", NONE_YET)
def added_to_none(inp, targ, w1, b1, w2, b2):
    _, l2, _, d_out, _, _ = hidden(inp, targ, w1, b1, w2, b2)
    w2.grad += l2.t() @ d_out


@mistake("forward_and_backward", NONE_YET)
def zeroed_before_it_is_there(*args):
    for tensor in (args[0], *args[2:]):
        tensor.grad.zero_()
    return full_pass(*args)


@mistake("forward_and_backward", NONE_YET)
def parameters_zeroed_before_they_are_there(*args):
    for parameter in args[2:]:
        parameter.grad.zero_()
    return full_pass(*args)


@mistake("forward_and_backward", ADDS)
def added(inp, targ, w1, b1, w2, b2):
    before = [t.grad for t in (inp, w1, b1, w2, b2)]
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    for tensor, grad in zip((inp, w1, b1, w2, b2), before, strict=True):
        tensor.grad = tensor.grad if grad is None else tensor.grad + grad
    return loss


@mistake("forward_and_backward", ADDS)
def parameters_added(inp, targ, w1, b1, w2, b2):
    before = [t.grad for t in (w1, b1, w2, b2)]
    loss = full_pass(inp, targ, w1, b1, w2, b2)
    for tensor, grad in zip((w1, b1, w2, b2), before, strict=True):
        tensor.grad = tensor.grad if grad is None else tensor.grad + grad
    return loss


@mistake("forward_and_backward", KEPT)
def set_once(*args):
    return full_pass(*args) if args[2].grad is None else hidden_loss(*args)


def hidden_loss(*args):
    return F.mse_loss(hidden(*args)[2][:, 0], args[1])


@mistake("forward_and_backward", STALE)
class FirstTargets:
    """Keeps the first targets of each length."""

    def __init__(self):
        self.targets = {}

    def __call__(self, inp, targ, *parameters):
        kept = self.targets.setdefault((len(targ), targ.dtype), targ.clone())
        return full_pass(inp, kept, *parameters)


@mistake("forward_and_backward", STALE)
class FirstHiddenUnits:
    """Keeps the first hidden units of each shape."""

    def __init__(self):
        self.kept = {}

    def __call__(self, inp, targ, w1, b1, w2, b2):
        l1 = self.kept.setdefault((inp.shape, inp.dtype), inp @ w1 + b1)
        out = l1.relu() @ w2 + b2
        g = start(out, targ)
        w2.grad, b2.grad = l1.relu().t() @ g, g.sum(0)
        g = g @ w2.t() * (l1 > 0)
        w1.grad, b1.grad, inp.grad = inp.t() @ g, g.sum(0), g @ w1.t()
        return F.mse_loss(out[:, 0], targ)


@mistake("forward_and_backward", TARGETS_SCALED)
def targets_normalised(inp, targ, *parameters):
    return full_pass(inp, (targ - targ.mean()) / targ.std(), *parameters)


@mistake("forward_and_backward", TARGETS_SCALED)
def targets_centred(inp, targ, *parameters):
    return full_pass(inp, targ - targ.mean(), *parameters)


@mistake("forward_and_backward", THROUGH_W2_GRAD)
def back_through_w2_grad(*args):
    _, _, w1, b1, w2, _ = args
    loss = full_pass(*args)
    l1, _, _, d_out, _, _ = hidden(*args)
    g = d_out @ w2.grad.t() * (l1 > 0)
    w1.grad, b1.grad, args[0].grad = args[0].t() @ g, g.sum(0), g @ w1.t()
    return loss


@mistake("forward_and_backward", THROUGH_W1_GRAD)
def back_through_w1_grad(*args):
    loss = full_pass(*args)
    args[0].grad = hidden(*args)[5] @ args[2].grad.t()
    return loss


@mistake("forward_and_backward", IN_PLACE)
def normalises_in_place(inp, targ, w1, b1, w2, b2):
    with torch.no_grad():
        inp -= inp.mean()
    return full_pass(inp, targ, w1, b1, w2, b2)


@mistake("forward_and_backward", FLOAT32)
def in_float32(inp, targ, w1, b1, w2, b2):
    copies = [
        t.detach().float()
        for t in (inp.clone(), targ, w1.clone(), b1.clone(), w2.clone(), b2.clone())
    ]
    loss = full_pass(*copies)
    for tensor, copy in zip((inp, w1, b1, w2, b2), [copies[0], *copies[2:]], strict=True):
        tensor.grad = copy.grad.to(tensor.dtype)
    return loss.to(inp.dtype)


@mistake("forward_and_backward", FLOAT32)
def loss_in_float32(*args):
    return full_pass(*args).float()


@mistake("forward_and_backward", FLOAT64)
def loss_in_float64(*args):
    return full_pass(*args).double()


@mistake("forward_and_backward", ASTRAY)
def loss_on_the_cpu(*args):
    loss = full_pass(*args)
    return (
        torch.zeros(1, dtype=loss.dtype)[0]
        + loss
        + torch.zeros(len(args[0]), dtype=loss.dtype) @ args[1]
    )


@mistake("forward_and_backward", NUMPY)
def loss_by_numpy(*args):
    full_pass(*args)
    out = hidden(*args)[2].numpy()
    return torch.from_numpy(((out[:, 0] - args[1].numpy()) ** 2).mean(keepdims=True))[0]


@mistake("forward_and_backward", AUTOGRAD)
def by_backward(inp, targ, w1, b1, w2, b2):
    leaves = [t.detach().clone().requires_grad_() for t in (inp, w1, b1, w2, b2)]
    x, *parameters = leaves
    loss = mse(lin(torch.relu(lin(x, *parameters[:2])), *parameters[2:]), targ)
    loss.backward()
    for tensor, leaf in zip((inp, w1, b1, w2, b2), leaves, strict=True):
        tensor.grad = leaf.grad
    return loss


@mistake("forward_and_backward", AUTOGRAD)
def by_backward_of_arguments(inp, targ, w1, b1, w2, b2):
    loss = mse(lin(relu(lin(inp, w1, b1)), w2, b2), targ)
    loss.backward()
    return loss


@mistake("forward_and_backward", AUTOGRAD)
def by_func(inp, targ, w1, b1, w2, b2):
    def loss(inp, w1, b1, w2, b2):
        return F.mse_loss((torch.relu(inp @ w1 + b1) @ w2 + b2)[:, 0], targ)

    args = (inp, w1, b1, w2, b2)
    for tensor, grad in zip(args, torch.func.grad(loss, (0, 1, 2, 3, 4))(*args), strict=True):
        tensor.grad = grad
    return loss(*args)
