"""Chapter 10: Relu, Lin, Mse, Model, Module, NnModel.

A layer is tried by a dialogue (backprop.dialogues.layers): it is made, called, and sent back from a
random upstream gradient that is the reference's, not another layer's.

Longer than other files: six classes, each with a way there, a way back, and what it remembers.
"""

import math

import pytest
import torch
from hypothesis import strategies as st

from backprop import full_pass, oracle
from backprop.dialogues.layers import NO_LINKS
from backprop.reasons import LIN, MSE, RELU
from kata.answers.seeds import seed_torch
from kata.checks.anywhere import called_elsewhere
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD, NAMED_G, RETURNED
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, TINY, over
from kata.checks.large import assert_all_of_it
from kata.checks.random import SEED, assert_mean_zero, assert_normal, assert_std
from kata.refusal import Measured, Refused

LAYER = {"the output": "out[i, k] = sum_j inp[i, j] w[j, k] + b[k]"} | {
    f"{name}.grad": why for name, why in LIN.items()
}
LAST = "backward belongs to the last call of the same object"
OWN = "an object remembers its own call, whatever other objects of its class are called on"
MODULE = "out = forward(*args), and backward() is bwd(out, *args)"


def talk(answer, name, *args):
    """Hold a dialogue; refuse autograd. Returns what the layer gave, and what it left."""
    outcome = answer.attempt(args, via=f"layers.{name}", trace=True)
    (gave, returned), left = outcome.value
    if outcome.trace.autograd:
        raise Measured(f"the gradient was taken by {outcome.trace.autograd}, not by hand", AUTOGRAD)
    return gave, returned, left


def assert_talk(answer, name, args, expected, like, why):
    """Hold a dialogue; refuse another output, and another .grad.

    expected: by name, the output first, then each tensor that the dialogue looks at; None for one
    that is not to be given a gradient.
    """
    assert_given(*talk(answer, name, *args), expected, like, why)


def assert_given(gave, returned, left, expected, like, why):
    (output, wanted), *grads = expected.items()
    assert_close(gave, wanted, like, output, why[output])
    for (what, wanted), got in zip(grads, left, strict=True):
        if wanted is None:
            continue
        if isinstance(got, tuple):
            raise Refused(f"{what} is not set; {what.replace('.grad', '.g')} is", NAMED_G)
        if got is None:
            raise Refused(f"{what} is not set", None if returned is None else RETURNED)
        assert_close(got, wanted, like, what, why[what])


def assert_made_where_the_inputs_are(answer, name, args, like):
    """Refuse tensors made in torch's default dtype, or on a device of their own."""
    via = f"layers.{name}"
    (gave, _), left = called_elsewhere(answer, args, via).value
    (before, _), left_before = answer.attempt(args, via=via).value
    for got, usual in zip((gave, *left), (before, *left_before), strict=False):
        if isinstance(got, torch.Tensor) and got.dtype != usual.dtype:
            raise Refused(
                f"with another default dtype of torch, a result is {got.dtype}", DEFAULT_DTYPE
            )


def assert_gives_its_own(answer, args, expected, like):
    """Refuse an output that a later call of the same layer writes over."""
    found = answer.attempt(args, via="layers.two_calls").value

    assert_close(found, expected, like, "the first output, after a second call", TENSORS)


TENSORS = "each call gives a tensor of its own: what an earlier one gave keeps its values"


# --- Relu ---------------------------------------------------------------------------------------


def bend(draw, *shape, layout="contiguous", size=1.0):
    """An upstream gradient, and an input."""
    return draw(*shape, layout=layout), draw(*shape, layout=layout, scale=size)


def relu_expected(upstream, inp):
    values = torch.relu(oracle.exact(inp))
    out = torch.relu(inp)
    out.grad = upstream
    return {
        "the output": Expected(values, values, 1),
        "inp.grad": oracle.relu_grad(inp, out)["inp"],
    }


RELU_WHY = {"the output": RELU, "inp.grad": RELU}


def assert_relu(answer, upstream, inp):
    expected = relu_expected(upstream, inp)
    assert_talk(answer, "there_and_back", (0, upstream, inp), expected, inp, RELU_WHY)


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_relu_layer_goes_there_and_back(Relu, draw, n, m, layout, size):
    assert_relu(Relu, *bend(draw, n, m, layout=layout, size=size))


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4)])
def test_relu_layer_takes_any_number_of_axes(Relu, draw, shape):
    assert_relu(Relu, *bend(draw, *shape))


def test_relu_layer_sends_nothing_back_where_inp_is_exactly_zero(Relu, draw):
    upstream, inp = bend(draw, 6, 5)
    inp[::2, 1:4] = 0.0
    inp[1::2, 1:4] = -0.0

    assert_relu(Relu, upstream, inp)


def test_relu_layer_takes_every_element(Relu, draw64):
    assert_all_of_it(lambda n, m: assert_relu(Relu, *bend(draw64, n, m)), n=3, m=2)


def test_relu_layer_goes_back_where_a_positive_inp_is_tiny(Relu, draw):
    assert_relu(Relu, *bend(draw, 5, 4, size=TINY[draw.dtype]))


def test_relu_layer_goes_back_from_its_last_call(Relu, draw):
    (first, before), (upstream, inp) = bend(draw, 7, 4), bend(draw, 5, 4)
    args = (0, first, upstream, before, inp)
    why = {"the output": RELU, "inp.grad": LAST}

    assert_talk(Relu, "again", args, relu_expected(upstream, inp), inp, why)


def test_relu_layer_gives_a_tensor_of_its_own_at_each_call(Relu, draw):
    (upstream, inp), (_, other) = bend(draw, 5, 4), bend(draw, 5, 4)
    expected = relu_expected(upstream, inp)["the output"]

    assert_gives_its_own(Relu, (0, inp, other), expected, inp)
    positive = inp.abs()
    assert_gives_its_own(
        Relu, (0, positive, other), relu_expected(upstream, positive)["the output"], inp
    )


def test_relu_layers_do_not_share_what_they_saw(Relu, draw):
    (upstream, inp), (other_upstream, other) = bend(draw, 5, 4), bend(draw, 5, 4)
    args = (0, upstream, other_upstream, inp, other)
    why = {"the output": RELU, "inp.grad": OWN}

    assert_talk(Relu, "side_by_side", args, relu_expected(upstream, inp), inp, why)


def test_relu_layer_makes_its_tensors_where_the_inputs_are(Relu, draw):
    upstream, inp = bend(draw, 5, 4)

    assert_made_where_the_inputs_are(Relu, "there_and_back", (0, upstream, inp), inp)


# --- Lin ----------------------------------------------------------------------------------------


def affine(draw, n, m, o, layout="contiguous", size=1.0):
    """An upstream gradient, w, b and an input."""
    return (
        draw(n, o, layout=layout, scale=size),
        draw(m, o, layout=layout),
        draw(o),
        draw(n, m, layout=layout, scale=size),
    )


def lin_expected(upstream, w, b, inp):
    out = inp @ w + b
    out.grad = upstream
    grads = oracle.lin_grad(inp, out, w, b)
    names = {f"{name}.grad": grads[name] for name in ("w", "b", "inp")}
    return {"the output": oracle.lin(inp, w, b), **names}


def assert_lin(answer, upstream, w, b, inp):
    expected = lin_expected(upstream, w, b, inp)
    assert_talk(answer, "there_and_back", (2, upstream, w, b, inp), expected, inp, LAYER)


@over(n=SIZES, m=SIZES, o=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_lin_layer_goes_there_and_back(Lin, draw, n, m, o, layout, size):
    assert_lin(Lin, *affine(draw, n, m, o, layout, size))


def test_lin_layer_sums_over_every_row_and_input_and_output(Lin, draw64):
    assert_all_of_it(lambda n, m, o: assert_lin(Lin, *affine(draw64, n, m, o)), n=3, m=2, o=4)


def test_lin_layer_sets_its_gradients_anew_by_its_last_call(Lin, draw):
    (first, w, b, before), (upstream, _, _, inp) = affine(draw, 7, 4, 3), affine(draw, 5, 4, 3)
    expected = lin_expected(upstream, w, b, inp)
    why = {**dict.fromkeys(expected, LAST), "the output": LAYER["the output"]}

    assert_talk(Lin, "again", (2, first, upstream, w, b, before, inp), expected, inp, why)


def test_lin_layer_gives_a_tensor_of_its_own_at_each_call(Lin, draw):
    (_, w, b, inp), (_, _, _, other) = affine(draw, 5, 4, 3), affine(draw, 5, 4, 3)

    assert_gives_its_own(Lin, (2, w, b, inp, other), oracle.lin(inp, w, b), inp)


def test_lin_layers_do_not_share_what_they_saw(Lin, draw):
    (upstream, *one), (other_upstream, *other) = affine(draw, 5, 4, 3), affine(draw, 5, 4, 3)
    expected = lin_expected(upstream, *one)
    why = {**dict.fromkeys(expected, OWN), "the output": LAYER["the output"]}
    args = (2, upstream, other_upstream, *one, *other)

    assert_talk(Lin, "side_by_side", args, expected, one[-1], why)


def test_lin_layer_makes_its_tensors_where_the_inputs_are(Lin, draw):
    upstream, *tensors = affine(draw, 5, 4, 3)

    assert_made_where_the_inputs_are(Lin, "there_and_back", (2, upstream, *tensors), upstream)


# --- Mse ----------------------------------------------------------------------------------------


def loss_end(draw, n, layout="contiguous", size=1.0):
    """An input and its target."""
    return draw(n, 1, layout=layout, scale=size), draw(n, layout=layout)


def mse_expected(inp, targ):
    return {
        "the loss": oracle.mse(inp, targ),
        "inp.grad": oracle.mse_grad(inp, targ)["inp"],
        "targ.grad": None,
    }


MSE_WHY = {"the loss": MSE, "inp.grad": MSE}


def assert_mse(answer, inp, targ):
    args = (0, None, inp, targ)
    assert_talk(answer, "there_and_back", args, mse_expected(inp, targ), inp, MSE_WHY)


@over(n=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_mse_layer_goes_there_and_back(Mse, draw, n, layout, size):
    assert_mse(Mse, *loss_end(draw, n, layout, size))


def test_mse_layer_averages_over_every_row(Mse, draw64):
    assert_all_of_it(lambda n: assert_mse(Mse, *loss_end(draw64, n)), n=3)


def test_mse_layer_goes_back_from_its_last_call(Mse, draw):
    before, (inp, targ) = loss_end(draw, 7), loss_end(draw, 5)
    args, why = (0, None, None, *before, inp, targ), {"the loss": MSE, "inp.grad": LAST}

    assert_talk(Mse, "again", args, mse_expected(inp, targ), inp, why)


def test_mse_layers_do_not_share_what_they_saw(Mse, draw):
    (inp, targ), other = loss_end(draw, 5), loss_end(draw, 5)
    args, why = (0, None, None, inp, targ, *other), {"the loss": MSE, "inp.grad": OWN}

    assert_talk(Mse, "side_by_side", args, mse_expected(inp, targ), inp, why)


def test_mse_layer_makes_its_tensors_where_the_inputs_are(Mse, draw):
    inp, targ = loss_end(draw, 5)

    assert_made_where_the_inputs_are(Mse, "there_and_back", (0, None, inp, targ), inp)


# --- Model --------------------------------------------------------------------------------------

LINKS = ("layers[0]", "layers[1]", "layers[2]", "loss")


def test_model_is_made_of_links_that_hold(Model, draw):
    """Each link is fed what the reference feeds it; of those that break, the first is shown."""
    net = full_pass.net(draw, 5, 4, 3)
    inp, targ, w1, b1, w2, b2 = net.values()
    l1 = inp @ w1 + b1
    l2 = torch.relu(l1)
    out = l2 @ w2 + b2
    d_l1, d_l2, d_out = draw(5, 3), draw(5, 3), draw(5, 1)
    nothing = dict.fromkeys(("w1.grad", "b1.grad", "w2.grad", "b2.grad"))
    expected = [
        nothing | _renamed(lin_expected(d_l1, w1, b1, inp), "1"),
        nothing | relu_expected(d_l2, l1),
        nothing | _renamed(lin_expected(d_out, w2, b2, l2), "2"),
        nothing | mse_expected(out, targ),
    ]

    fed = (inp, d_l1, l1, d_l2, l2, d_out, out)
    found = Model.attempt((w1, b1, w2, b2, targ, *fed), via="layers.links").value

    if found is None:
        raise Refused("self.layers is no list, or there is no self.loss", NO_LINKS)
    if not isinstance(found, list | tuple):
        raise Refused(f"self.layers has {found} layers; expected 3")
    for link, ((gave, returned), left), wanted in zip(LINKS, found, expected, strict=True):
        output = "the loss" if link == "loss" else "the output"
        names = (output, "inp.grad", *nothing)
        in_order = {name: wanted[name] for name in names}
        try:
            assert_given(gave, returned, left, in_order, inp, CHAIN)
        except Refused as refused:
            text = f"the first broken link is model.{link}: {refused.message}"
            raise Refused(text, refused.mistake) from None


def _renamed(expected, number):
    """The same, with w and b called w1 and b1, say."""
    return {
        name.replace(".grad", f"{number}.grad") if name[:2] in ("w.", "b.") else name: value
        for name, value in expected.items()
    }


CHAIN = {
    "the output": "model.layers are lin (w1, b1), relu, lin (w2, b2)",
    "the loss": MSE,
    "inp.grad": "each link leaves dL/dinp on its own input",
    "w1.grad": LIN["w"],
    "b1.grad": LIN["b"],
    "w2.grad": LIN["w"],
    "b2.grad": LIN["b"],
}
PASS = {
    "the loss": full_pass.LOSS,
    **{f"{name}.grad": why for name, why in full_pass.WHY.items()},
}


def model_args(net):
    """The parameters, then what the model is called on."""
    inp, targ, *parameters = net.values()
    return (*parameters, inp, targ)


def model_expected(net):
    loss, grads = oracle.full_pass(*net.values())
    names = {f"{name}.grad": grads[name] for name in ("w1", "b1", "w2", "b2", "inp")}
    return {"the loss": loss, **names, "targ.grad": None}


def assert_model(answer, net):
    args = (4, None, *model_args(net))
    assert_talk(answer, "there_and_back", args, model_expected(net), net["inp"], PASS)


@over(n=SIZES, m=SIZES, nh=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_model_goes_there_and_back(Model, draw, n, m, nh, layout, size):
    assert_model(Model, full_pass.net(draw, n, m, nh, layout, size))


def test_model_takes_every_row_and_input_and_unit(Model, draw64):
    def check(n, m, nh):
        assert_model(Model, full_pass.net(draw64, n, m, nh))

    assert_all_of_it(check, n=3, m=2, nh=2)


def test_model_sets_its_gradients_anew_by_its_last_call(Model, draw):
    before, net = full_pass.net(draw, 7, 4, 3), full_pass.net(draw, 5, 4, 3)
    net |= {name: before[name] for name in ("w1", "b1", "w2", "b2")}
    args = (4, None, None, *model_args(before), net["inp"], net["targ"])
    why = {**dict.fromkeys(PASS, LAST), "the loss": full_pass.LOSS}

    assert_talk(Model, "again", args, model_expected(net), net["inp"], why)


def test_models_do_not_share_what_they_saw(Model, draw):
    net, other = full_pass.net(draw, 5, 4, 3), full_pass.net(draw, 5, 4, 3)
    args = (4, None, None, *model_args(net), *model_args(other))
    why = {**dict.fromkeys(PASS, OWN), "the loss": full_pass.LOSS}

    assert_talk(Model, "side_by_side", args, model_expected(net), net["inp"], why)


def test_model_makes_its_tensors_where_the_inputs_are(Model, draw):
    args = (4, None, *model_args(full_pass.net(draw, 5, 4, 3)))

    assert_made_where_the_inputs_are(Model, "there_and_back", args, args[2])


# --- Module -------------------------------------------------------------------------------------


def upstream_and_args(draw, count, n=3, m=4):
    """An upstream gradient, and so many args."""
    return draw(n, m), *(draw(n, m) for _ in range(count))


def powers_expected(scale, upstream, *args):
    """scale * sum_i args[i]^(i + 1): so many powers of up to 3 products, their sum, and scale."""

    def powers(*args):
        return scale * sum(arg ** (i + 1) for i, arg in enumerate(args))

    exact = [oracle.exact(arg) for arg in args]
    out, size = powers(*exact), powers(*(arg.abs() for arg in exact))
    grads = oracle.autograd(powers, args, upstream)
    named = {f"args[{i}].grad": Expected(g, g, 6) for i, g in enumerate(grads)}
    return {"the output": Expected(out, size, len(args) + 5), **named}


def assert_powers(answer, name, scale, args, expected, why):
    why = {**dict.fromkeys(expected, why), "the output": MODULE}
    assert_talk(answer, name, (scale, *args), expected, args[0], why)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_module_takes_its_subclass_there_and_back(Module, draw, count):
    """The subclass has an __init__ of its own, and as many arguments as it likes."""
    args = upstream_and_args(draw, count)

    assert_powers(Module, "powers", 1.5, args, powers_expected(1.5, *args), MODULE)


def test_module_goes_back_from_its_last_call(Module, draw):
    (first, *before), (upstream, *args) = upstream_and_args(draw, 2), upstream_and_args(draw, 2)
    expected = powers_expected(1.5, upstream, *args)

    assert_powers(Module, "powers_again", 1.5, (first, upstream, *before, *args), expected, LAST)


def test_modules_do_not_share_what_they_saw(Module, draw):
    (upstream, *args), (other, *others) = upstream_and_args(draw, 2), upstream_and_args(draw, 2)
    expected = powers_expected(1.5, upstream, *args)

    assert_powers(
        Module, "powers_side_by_side", 1.5, (upstream, other, *args, *others), expected, OWN
    )


# --- NnModel ------------------------------------------------------------------------------------

NETS = [(300, 200, 250), (200, 300, 200), (1, 50_000, 1), (50_000, 1, 50_000)]
W1 = "an output of layer 1 adds up m terms, and the relu keeps half: var w1 = 2/m"
W2 = "an output of layer 2 adds up nh terms: var w2 = 1/nh"
ORDER = "torch stores a weight as [out, in]; w1 is [nh, m], w2 is [n_out, nh]"


def parameters_of(answer, m, nh, n_out):
    """w1, b1, w2, b2 by their shapes, which must be all different but for those of 1 unit."""
    seed_torch(SEED)
    args = (m, nh) if n_out is None else (m, nh, n_out)
    found = answer.attempt(args, via="layers.parameters").value
    n_out = n_out or 1
    shapes = [[nh, m], [nh], [n_out, nh], [n_out]]
    has = [list(parameter.shape) for parameter in found]
    if sorted(has) != sorted(shapes):
        raise Refused(f"parameters() have the shapes {has}; expected {shapes}\n  why: {ORDER}")
    return [found.pop([list(p.shape) for p in found].index(shape)) for shape in shapes]


def test_nn_model_has_weights_with_a_row_for_each_output(NnModel):
    for m, nh, n_out in [(4, 3, 2), (1, 3, 2), (4, 1, 2), (4, 3, 1)]:
        parameters_of(NnModel, m, nh, n_out)


def test_nn_model_is_for_one_output_unless_told_otherwise(NnModel):
    parameters_of(NnModel, 4, 3, None)


def test_nn_model_has_parameters_of_torchs_default_dtype(NnModel):
    found = NnModel.attempt((4, 3, 2), via="layers.parameters", default_dtype=torch.float64)

    for parameter in found.value:
        if parameter.dtype != torch.float64:
            text = f"with float64 as torch's default, a parameter is {parameter.dtype}"
            raise Refused(text, DEFAULT_DTYPE)


def test_nn_model_starts_with_biases_of_zero(NnModel):
    _, b1, _, b2 = parameters_of(NnModel, 4, 3, 2)

    for name, b in (("b1", b1), ("b2", b2)):
        if b.any():
            raise Refused(f"{name} is {[round(v, 4) for v in b.tolist()]}; expected zeros")


def test_nn_model_has_a_w1_of_variance_two_over_m(NnModel):
    for m, nh, n_out in NETS:
        w1, *_ = parameters_of(NnModel, m, nh, n_out)

        assert_mean_zero(w1, "w1")
        assert_std(w1, math.sqrt(2 / m), f"w1 [{nh}, {m}]", W1)


def test_nn_model_has_a_w2_of_variance_one_over_nh(NnModel):
    for m, nh, n_out in NETS:
        _, _, w2, _ = parameters_of(NnModel, m, nh, n_out)

        assert_mean_zero(w2, "w2")
        assert_std(w2, 1 / math.sqrt(nh), f"w2 [{n_out}, {nh}]", W2)


def test_nn_model_has_normally_distributed_weights(NnModel):
    m, nh, n_out = NETS[0]
    w1, _, w2, _ = parameters_of(NnModel, m, nh, n_out)

    assert_normal(w1, math.sqrt(2 / m), "w1")
    assert_normal(w2, 1 / math.sqrt(nh), "w2")


@over(n=SIZES, n_out=st.sampled_from([2, 1]), size=MAGNITUDE)
def test_nn_model_gives_what_the_net_gives_and_autograd_goes_back(NnModel, draw, n, n_out, size):
    """Its parameters are set to the reference's, each to the one of its shape."""
    m, nh = 4, 3
    args = full_pass.net(draw, n, m, nh, size=size)
    inp, w1, b1 = args["inp"], args["w1"], args["b1"]
    w2, b2, upstream = draw(nh, n_out), draw(n_out), draw(n, n_out)
    parameters_of(NnModel, m, nh, n_out)

    values = (w1.T.contiguous(), b1, w2.T.contiguous(), b2)
    sizes = (m, nh, n_out)
    got = NnModel.attempt((sizes, inp, upstream, *values), via="layers.module_there_and_back")
    out, left = got.value

    net = (inp, w1, b1, w2, b2)
    assert_close(
        out, oracle.model(*net), inp, "the output", "out = relu(x @ w1.T + b1) @ w2.T + b2"
    )
    if not left:
        raise Refused("the output hangs on no parameter, so autograd cannot go back")
    wanted = oracle.model_grad(*net, upstream)
    for name, grad in zip(("w1", "b1", "w2", "b2"), left, strict=True):
        exact = wanted[name]
        turned = Expected(exact.values.T, exact.scale.T, exact.roundings) if "w" in name else exact
        if grad is None:
            raise Refused(f"autograd finds no way from the output back to {name}")
        assert_close(grad, turned, inp, f"{name}.grad", full_pass.WHY[name])
