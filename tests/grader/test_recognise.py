"""A mistake that nobody recorded is told in the names that the exercise itself uses."""

from pathlib import Path

import pytest
import torch

from kata.answers.call import Answer
from kata.answers.load import solution_of
from kata.diagnosis.name import diagnose
from kata.diagnosis.observe import complaint, way_of_error


def told(chapter, name, change):
    """What is said of a solution whose results are changed."""
    solution = getattr(solution_of(chapter), name)

    def changed(*args):
        return change(*solution(*args))

    return diagnose(Answer(name, changed, Path()))


def test_one_of_several_results_has_the_name_that_the_docstring_gives_it():
    def change(d_x, d_weight, d_bias):
        return d_x, 4 * d_weight, d_bias

    said = told("ch18_convolution", "conv2d_grad", change)

    assert said == "d_weight is 4 times what it should be."


def test_a_result_without_a_name_has_its_place():
    said = told("ch17_normalisation", "running_statistics", lambda mean, var: (mean, 4 * var))

    assert said == "result 2 is 4 times what it should be."


def said_of(chapter, name, wrong):
    """What is said of an answer, made from the solution."""
    return diagnose(Answer(name, wrong(getattr(solution_of(chapter), name)), Path()))


@pytest.mark.parametrize(
    ("chapter", "name", "wrong", "sentence"),
    [
        (
            "ch13_training",
            "momentum",
            lambda right: lambda p, g, v, lr, beta: right(p, g, v, lr, 0.5),
            "You take 0.5 for beta, whatever is passed in.",
        ),
        (
            "ch18_convolution",
            "conv2d_grad",
            lambda right: (
                lambda d, x, w, stride=1, padding=0: right(d, x * 0 + 1, w, stride, padding)
            ),
            "You leave x out: this is what comes of x = 1.",
        ),
        (
            "ch14_deep_nets",
            "log2_growth",
            lambda right: lambda d, std, n: right(d, std, n) * -2,
            "The result is -2 times what it should be.",
        ),
        (
            "ch19_attention",
            "attention",
            lambda right: lambda q, k, v: right(q[None], k[None], v[None]).squeeze(),
            "You squeeze the result, which drops every axis of length 1, the rows' as well.",
        ),
        (
            *("ch17_normalisation", "batchnorm_eval"),
            lambda right: lambda x, gamma, beta, *rest: right(x, beta, gamma, *rest),
            "You swap gamma and beta. gamma is the factor of xhat, beta is what is added.",
        ),
        (
            *("ch18_convolution", "max_pool"),
            lambda right: lambda x, size=2: right(x, size) / size,
            "The result is 1/size times what it should be.",
        ),
        (  # padding is 0 in some probes, and no length then
            *("ch18_convolution", "conv2d"),
            lambda right: lambda x, *args: right(x, *args) / len(x),
            "The result is 1/n times what it should be.",
        ),
        (  # with any number of axes before the last
            *("ch17_normalisation", "layernorm"),
            lambda right: lambda x, *args: right(x, *args) * x.shape[-1] ** -0.5,
            "The result is 1/sqrt(m) times what it should be.",
        ),
        (
            *("ch19_attention", "softmax_grad"),
            lambda right: lambda d_out, out: right(d_out, out) / out.shape[-1],
            "The result is 1/s times what it should be.",
        ),
        (  # in a dialogue
            *("ch13_training", "loss_and_grads"),
            lambda right: (
                lambda params, x, targ: (
                    right(params, x, targ)[0] / len(x),
                    right(params, x, targ)[1],
                )
            ),
            "result 1 is 1/n times what it should be.",
        ),
    ],
)
def test_what_holds_on_every_probe_is_said(chapter, name, wrong, sentence):
    assert said_of(chapter, name, wrong) == sentence


def test_a_layer_s_gradient_has_the_name_of_its_parameter():
    def wrong(right):
        class Lin(right):
            def backward(self):
                super().backward()
                self.w.grad = self.w.grad * 4

        return Lin

    assert said_of("ch10_layers", "Lin", wrong) == "w.grad is 4 times what it should be."


def test_a_layer_that_casts_is_right_in_one_dtype():
    def wrong(right):
        class Relu(right):
            def __call__(self, inp):
                return super().__call__(inp).float()

        return Relu

    assert said_of("ch10_layers", "Relu", wrong) == "It is right only in float32."


def test_a_mistake_is_named_though_large_numbers_overflow_as_well():
    said = said_of("ch12_classification", "logsumexp", lambda right: lambda x: x.exp().sum().log())

    assert said.startswith("You sum over all elements, ")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "RuntimeError mat1 and mat2 shapes cannot be multiplied (5x4 and 3x4)",
            "RuntimeError einsum(): subscript m has size 3 for operand 1 which does not broadcast",
            True,
        ),
        (
            "RuntimeError expected m1 and m2 to have the same dtype, but got: double != float",
            "RuntimeError The size of tensor a (4) must match the size of tensor b (3)",
            False,
        ),
        (  # one is transposed, the other is not summed
            "RuntimeError attempting to assign a gradient of size '[4, 3]' to a tensor of '[3, 4]'",
            "RuntimeError attempting to assign a gradient of size '[5, 4]' to a tensor of '[4]'",
            False,
        ),
        (
            "TypeError #backward() missing 1 required positional argument: 'out'",
            "TypeError #backward() missing 1 required positional argument: 'grad'",
            True,
        ),
        (
            "TypeError #backward() missing 1 required positional argument: 'out'",
            "TypeError unsupported operand type(s) for *: 'Tensor' and 'NoneType'",
            False,
        ),
        (  # a transposed tensor has no view; no shape is wrong
            "RuntimeError view size is not compatible with input tensor's size and stride",
            "RuntimeError mat1 and mat2 shapes cannot be multiplied (5x4 and 3x4)",
            False,
        ),
        (
            "TypeError unsupported operand type(s) for /: 'Tensor' and 'method'",
            "TypeError unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'",
            False,
        ),
        ("Refused You work in place.", "Refused You seed torch.", False),
    ],
)
def test_two_errors_are_the_same_complaint_only_if_they_say_the_same(one, other, same):
    assert (complaint(one) == complaint(other)) is same


def test_where_a_recursion_ran_out_of_calls_does_not_matter():
    texts = "maximum recursion depth exceeded", "maximum recursion depth exceeded in comparison"
    kinds = ("RecursionError", "RuntimeError", "Exception")

    assert len({way_of_error(kinds, text) for text in texts}) == 1


def test_what_no_probe_can_tell_is_not_0_everywhere():
    def wrong(right):
        return lambda x: torch.ones(0)

    said = said_of("ch03_forward", "relu", wrong)

    assert said is None or "0 everywhere" not in said


def test_an_argument_that_is_changed_in_a_dialogue_is_not_counted():
    def spoils(params, x, targ):
        x += 1

    answer = Answer("loss_and_grads", spoils, Path())
    params, batch = [torch.ones(2)], (torch.ones(2, 3), torch.zeros(2))

    alone = answer.attempt((params, *batch))
    via = answer.attempt((params, batch), via="training.pass_of")

    assert alone.stopped.message.startswith("argument 2 (shape [2, 3]) was changed in place")
    assert via.stopped.message.startswith("an input (shape [2, 3]) was changed in place")


def with_another_mean(right):
    """Divide the way back by the columns of inp, and not by its rows."""

    def wrong(inp, targ, *params):
        loss = right(inp, targ, *params)
        for tensor in (inp, *params):
            tensor.grad *= len(inp) / inp.shape[1]
        return loss

    return wrong


def only_of_leaves(right):
    def wrong(*args):
        before = [arg.grad for arg in args]
        right(*args)
        for arg, grad in zip(args, before, strict=True):
            if not arg.requires_grad:
                arg.grad = grad

    return wrong


@pytest.mark.parametrize(
    ("chapter", "name", "wrong", "says"),
    [
        (
            *("ch07_full_pass", "forward_and_backward", with_another_mean),
            "Each of inp.grad, w1.grad, b1.grad, w2.grad and b2.grad is n/m times what it should",
        ),
        ("ch06_backward", "lin_grad", only_of_leaves, "You set .grad only where requires_grad"),
        (
            *("ch03_forward", "lin"),
            lambda right: lambda x, w, b: (x.bfloat16() @ w.bfloat16()).to(x.dtype) + b,
            "The result has only some 2 right digits. Look for a narrow type",
        ),
        (
            *("ch19_attention", "softmax_grad"),
            lambda right: (
                lambda d_out, out: torch.stack(
                    [d @ (p.diag() - p.outer(p)) for d, p in zip(d_out, out, strict=True)]
                )
            ),
            "It is right only where the tensors have two axes.",
        ),
        (
            *("ch19_attention", "attention_weights"),
            lambda right: (
                lambda q, k: torch.softmax(q @ k.permute(0, 2, 1) / q.shape[-1] ** 0.5, 2)
            ),
            "It is right only where the tensors have three axes.",
        ),
    ],
)
def test_a_quotient_of_lengths_low_precision_and_a_number_of_axes_are_told(
    chapter, name, wrong, says
):
    assert said_of(chapter, name, wrong).startswith(says)
