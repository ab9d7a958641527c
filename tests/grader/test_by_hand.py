"""A failure to be redone by hand: what it prints can be pasted, and is what it says."""

import re
from pathlib import Path

import pytest
import torch

from kata.answers.call import Answer
from kata.answers.load import solution_to
from kata.answers.signature import results_of
from kata.course import exercises
from kata.diagnosis.by_hand import MOST, SEEDS, _as_code, _nudge, _probes, by_hand

SAYS = re.compile(
    r"  by hand: (?P<given>.*)\n  (?P<slot>[\w. ]+) is (?P<got>.*), expected (?P<right>.*?)(?:\n|$)"
)


def mean_over_the_batch(inp, out, w, b):
    inp.grad, b.grad = out.grad @ w.t(), out.grad.sum(0)
    w.grad = inp.t() @ out.grad / len(inp)


def without_bias(x, w, b):
    return x @ w


def absolute(x):
    return x.abs()


def halved(inp, targ):
    inp.grad = (inp - targ[:, None]) / len(targ)


def doubled(inp, targ):
    inp = inp - inp.logsumexp(1, keepdim=True)
    return -inp[range(len(inp)), targ].mean() * 2


WRONG = {
    "lin_grad": mean_over_the_batch,
    "lin": without_bias,
    "relu": absolute,
    "mse_grad": halved,
    "cross_entropy": doubled,
}


def said_of(name, function):
    return by_hand(Answer(name, function, Path("x.py")))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_printed_can_be_pasted_and_shows_the_mistake(name):
    found = SAYS.match(said_of(name, WRONG[name]))

    for key, function in (("got", WRONG[name]), ("right", solution_to(name))):
        values = {"torch": torch}
        exec(found["given"], values)
        result = function(*(values[p] for p in function.__code__.co_varnames[: _count(function)]))
        tensor = result if found["slot"] == "the result" else eval(found["slot"], values)
        printed = torch.tensor(eval(found[key]))

        assert torch.allclose(tensor.double(), printed.double(), rtol=1e-3)
    assert found["got"] != found["right"]


def _count(function):
    return function.__code__.co_argcount


def test_the_slope_that_is_said_is_measured_in_the_loss():
    said = said_of("lin_grad", mean_over_the_batch)
    values = {"torch": torch}
    exec(SAYS.match(said)["given"], values)
    row, column, slope, claimed = re.search(
        r"move w\[(\d), (\d)\] by 0.01: .* a slope of (\S+); you say (\S+)", said
    ).groups()

    def loss(w):
        return ((values["inp"] @ w + values["b"]) * values["out"].grad).sum()

    moved = values["w"].clone()
    moved[int(row), int(column)] += 0.01
    measured = (loss(moved) - loss(values["w"])) / 0.01

    assert measured.item() == pytest.approx(float(slope), rel=1e-3)
    assert float(claimed) == pytest.approx(float(slope) / 2)


def test_a_slope_of_minus_zero_is_said_to_be_zero():
    got, right = torch.tensor([1.0, -0.0]), torch.tensor([-0.0, 1.0])

    assert _nudge("w", got, right) == (
        "move w[0] by 0.01: the loss changes by about 0, a slope of 0; you say 1"
    )
    assert _nudge("w", got.flip(0), right.flip(0)).endswith("a slope of 1; you say 0")


@pytest.mark.parametrize("name", exercises())
def test_nothing_is_wrong_by_hand_in_a_solution(name):
    assert said_of(name, solution_to(name)) == ""


def test_it_is_short():
    for name, function in WRONG.items():
        numbers = re.findall(r"-?\d+\.", SAYS.match(said_of(name, function))["given"])

        assert 1 <= len(numbers) <= 2 * MOST


def test_what_a_layer_is_made_of_and_called_on_is_named():
    class Halved(solution_to("Lin")):
        """A Lin whose b.grad is half of what it should be."""

        def backward(self):
            super().backward()
            self.b.grad = self.b.grad / 2

    found = SAYS.match(said_of("Lin", Halved))
    values = {"torch": torch}
    exec(found["given"].replace("out.grad", "upstream"), values)

    assert found["slot"] == "b.grad"
    assert eval(found["right"]) == values["upstream"].sum(0).tolist()
    assert eval(found["got"]) == (values["upstream"].sum(0) / 2).tolist()
    assert {"w", "b", "inp"} <= values.keys()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("batchnorm_eval", "x gamma beta running_mean running_var"),
        ("softmax_grad", "d_out out"),
        ("loss_and_grads", "params x targ"),
    ],
)
def test_the_inputs_of_a_gradient_and_of_a_list_are_named_too(name, given):
    def wrong(*args, **settings):
        return _times(3, solution_to(name)(*args, **settings))

    found = SAYS.match(said_of(name, wrong))
    assert re.findall(r"(\w+) = ", found["given"])[: len(given.split())] == given.split()


def _times(factor, result):
    if isinstance(result, list | tuple):
        return type(result)(_times(factor, part) for part in result)
    return factor * result


def test_a_gradient_that_is_given_fits_what_it_belongs_to():
    """Where all sizes are cut to two, a pool of two by two gives one number."""
    for seed in range(1, SEEDS + 1):
        for d_out, x, *size in _probes("max_pool_grad", seed):
            assert d_out.shape == solution_to("max_pool")(x, *size).shape


def eps_beside_the_root(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, correction=0, keepdim=True)
    return gamma * (x - mean) / (var.sqrt() + eps) + beta


def test_of_what_is_hard_to_see_a_call_is_shown_where_it_is_not():
    found = SAYS.match(said_of("layernorm", eps_beside_the_root))
    got, right = (torch.tensor(eval(found[key])) for key in ("got", "right"))

    assert (got - right).norm() > 1e-2 * right.norm()


def test_numbers_that_look_alike_have_as_many_digits_as_tell_them_apart():
    def normalize_splits(x_train, x_valid):
        mean, std = x_train.mean(), x_train.std() + 1e-5
        return (x_train - mean) / std, (x_valid - mean) / std

    found = SAYS.match(said_of("normalize_splits", normalize_splits))
    assert found["got"] != found["right"]
    assert torch.allclose(*(torch.tensor(eval(found[key])) for key in ("got", "right")), rtol=1e-4)

    assert _nudge("w", torch.tensor([1.00002]).double(), torch.ones(1).double()) == (
        "move w[0] by 0.01: the loss changes by about 0.01, a slope of 1; you say 1.00002"
    )


def test_a_rounding_is_not_shown_as_a_mistake():
    def rounded(*args):
        params, losses = solution_to("train_epoch")(*args)
        return params, losses * (1 + 1e-7)

    assert said_of("train_epoch", rounded) == ""


def test_nothing_is_said_of_a_call_that_stops():
    def lin(x, w, b):
        raise ValueError

    assert said_of("lin", lin) == ""


def test_of_a_gradient_that_is_not_set_nothing_is_said_by_hand():
    def returned(inp, targ):
        return 2 * (inp - targ[:, None]) / len(targ)

    assert by_hand(Answer("mse_grad", returned, Path())) == ""


def test_a_result_has_its_name_in_the_docstring_and_no_article():
    assert results_of("writer_loss_and_grads", 2) == ["L", "gradients"]
    assert results_of("conv2d_grad", 3) == ["d_x", "d_weight", "d_bias"]


@pytest.mark.parametrize("name", exercises())
def test_what_is_printed_of_an_exercise_s_probes_gives_the_same_numbers(name):
    for seed in range(1, SEEDS + 1):
        for probe in _probes(name, seed):
            names = [f"a{i}" for i in range(len(probe))]
            values = {"torch": torch}
            exec(_as_code(list(zip(names, probe, strict=True))), values)
            for a, b in zip(names, probe, strict=True):
                assert _same(values[a], b), _as_code([(a, b)])


def _same(pasted, given):
    if isinstance(given, list | tuple):
        return len(pasted) == len(given) and all(map(_same, pasted, given))
    if not isinstance(given, torch.Tensor):
        return pasted == given
    if not given.is_floating_point():
        return pasted.dtype == given.dtype and torch.equal(pasted, given)
    return pasted.is_floating_point() and torch.equal(pasted.double(), given.double())


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([1.0, 2.5], "torch.tensor([1., 2.5])"),
        ([1e39], "torch.tensor([1e+39], dtype=torch.float64)"),
        ([1e-60], "torch.tensor([1e-60], dtype=torch.float64)"),
        ([20001.0], "torch.tensor([20001.0])"),
        ([float("inf")], "torch.tensor([torch.inf])"),
    ],
)
def test_a_number_is_printed_in_a_dtype_that_holds_it(numbers, code):
    assert _as_code([("a", torch.tensor(numbers, dtype=torch.float64))]) == f"a = {code}"


def test_where_one_input_is_float64_all_are():
    inputs = [("a", torch.tensor([1e39], dtype=torch.float64)), ("b", torch.ones(1)), ("n", 2)]

    assert _as_code(inputs) == (
        "a = torch.tensor([1e+39], dtype=torch.float64); "
        "b = torch.tensor([1.], dtype=torch.float64); n = 2"
    )
