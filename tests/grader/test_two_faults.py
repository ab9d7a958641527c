"""What is said of an answer with more than one fault: both, each in its own words."""

from pathlib import Path

import pytest
import torch

from kata.answers.call import Answer, Outcome
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import CUT
from kata.checks.gradients import ADDS, OVERWRITES, RETURNED
from kata.diagnosis import pairs
from kata.diagnosis.habits import WITH_CACHE
from kata.diagnosis.lazily import Lazily
from kata.diagnosis.manners import IN_PIECES
from kata.diagnosis.model import model_of
from kata.diagnosis.name import diagnose
from kata.diagnosis.observe import alike, behaviour, deeds
from kata.refusal import TookTooLong


def said_of(function):
    """What is said of an answer to mse, in parts."""
    return (diagnose(Answer("mse", function, Path())) or "").split("\n  and: ")


def starts(said):
    return [sentence.split(".")[0].split(" (")[0].split(",")[0] for sentence in said]


def absolute_sum(output, targ):
    return (output[:, 0] - targ).abs().sum()


def test_two_faults_in_one_formula_are_both_said():
    assert sorted(starts(said_of(absolute_sum))) == [
        "You average the absolute errors",
        "You sum the squared errors",
    ]


def test_work_in_place_does_not_hide_another_fault():
    def in_place_and_half(output, targ):
        output[:, 0] -= targ
        return output.square().mean() / 2

    said = said_of(in_place_and_half)

    assert said[0] == IN_PLACE
    assert starts(said[1:]) == ["You take half of the mean"]


def test_work_in_place_alone_is_said_alone():
    def in_place(output, targ):
        output[:, 0] -= targ
        return output.square().mean()

    assert said_of(in_place) == [IN_PLACE]


def test_an_input_reshaped_in_place_is_said_to_be():
    def squeezes(inp, targ):
        inp.squeeze_(-1)
        inp.grad = 2 * (inp - targ) / len(inp)

    assert diagnose(Answer("mse_grad", squeezes, Path())) == IN_PLACE


def test_a_cache_beside_the_result_does_not_hide_another_fault():
    said = said_of(lambda output, targ: (2 * (output[:, 0] - targ).square().mean(), output))

    assert said[0] == WITH_CACHE
    assert starts(said[1:]) == ["Your loss is twice the mean of the squared errors"]


def test_no_more_calls_are_made_for_two_faults_than_are_counted(monkeypatch):
    monkeypatch.setattr(pairs, "MOST_CALLS", 0)
    answer = Answer("mse", lambda output, targ: absolute_sum(output, targ), Path())

    assert model_of("mse").pairs(behaviour(answer)) == []


def test_a_result_is_cut_from_the_arguments_that_it_does_not_hang_on():
    answer = Answer("mse", lambda p, t: (p[:, 0] - t.detach()).square().mean(), Path())

    assert behaviour(answer)[0].cut == {1}


class Interrupted(Answer):
    """An answer whose time is over in its fifth call, once."""

    calls = 0

    def attempt(self, *args, **kwargs) -> Outcome:
        self.calls += 1
        if self.calls == 5:
            raise TookTooLong(1)
        return super().attempt(*args, **kwargs)


def test_a_look_that_is_broken_off_leaves_nothing_false_behind():
    interrupted = Interrupted("mse", absolute_sum, Path())
    observed = Lazily(lambda: deeds(interrupted))
    with pytest.raises(TookTooLong):
        list(observed)

    assert len(list(observed)) == len(model_of("mse").right)
    assert alike(observed, behaviour(Answer("mse", absolute_sum, Path())))


def test_a_fault_that_stops_the_answer_does_not_hide_the_other():
    def lin_grad(inp, out, w, b):
        inp.grad = out.grad @ w.t()
        w.grad = inp.t() @ out.grad / len(inp)
        b.grad = out.grad.sum(1)

    said = (diagnose(Answer("lin_grad", lin_grad, Path())) or "").split("\n  and: ")

    assert sorted(starts(said)) == [
        "You sum over the outputs for b",
        "You take the mean over the batch for w",
    ]


def test_of_a_fault_seen_where_shapes_agree_alone_nothing_is_guessed():
    """Where w is square, a transposed gradient is a reshaped one, too; elsewhere the call stops."""

    def both(inp, out, w, b):
        inp.grad = out.grad @ w
        w.grad = out.grad.t() @ inp
        b.grad = out.grad.sum(0)

    said = (diagnose(Answer("lin_grad", both, Path())) or "").split("\n  and: ")
    assert starts(said) == ["You multiply by w as it is for inp"]


def both_said(exercise, function):
    return sorted(starts((diagnose(Answer(exercise, function, Path())) or "").split("\n  and: ")))


def test_a_fault_is_found_in_another_place_than_it_was_made_in():
    def swapped_and_left(x_train, x_valid):
        return x_valid, (x_train - x_train.mean()) / x_train.std()

    assert both_said("normalize_splits", swapped_and_left) == [
        "Your two results are swapped",
        "x_valid comes back as it was: you leave it out",
    ]


def test_a_fault_is_found_that_builds_on_another_one():
    def averages_and_forgets(d_out, ids, v):
        v = int(ids.max()) + 1
        hot = torch.nn.functional.one_hot(ids.flatten(), v).to(d_out.dtype)
        sums = hot.T @ d_out.flatten(0, 1)
        return sums / hot.sum(0).clamp(min=1)[:, None]

    assert both_said("embedding_grad", averages_and_forgets) == [
        "You average over a character's places",
        "Your gradient has rows only for the characters that occur",
    ]


def test_a_factor_besides_a_fault_is_said():
    def no_sum_and_scaled(d_out, q, k, v):
        root = q.shape[-1] ** 0.5
        p = torch.softmax(q @ k.mT / root, -1)
        d_z = p * (d_out @ v.mT) / root
        return d_z @ k, d_z.mT @ q, p.mT @ d_out / root

    assert both_said("attention_grad", no_sum_and_scaled) == [
        "Besides",
        "You leave out what goes through the sum that divides the row",
    ]


def test_a_factor_of_another_gradient_is_said_besides_a_mean():
    def mean_and_twice(inp, out, w, b):
        inp.grad = out.grad @ w.t()
        w.grad = inp.t() @ out.grad / len(inp)
        b.grad = 2 * out.grad.sum(0)

    assert both_said("lin_grad", mean_and_twice) == [
        "Besides",
        "You take the mean over the batch for w",
    ]


def test_a_factor_is_not_said_to_undo_a_fault():
    def in_float32(x, gamma, eps=1e-5):
        low = x.float()
        return gamma * (low * (low.square().mean(-1, keepdim=True) + eps).rsqrt()).to(x.dtype)

    assert both_said("rms_norm", in_float32) == [
        "The result has some 7 right digits where the inputs are float64"
    ]


def test_a_cut_from_one_argument_does_not_hide_another_fault():
    def no_scale_and_cut(q, k, v):
        return torch.softmax(q @ k.mT, -1).detach() @ v

    assert both_said("attention", no_scale_and_cut) == [
        "The result does not hang on q: you leave it out",
        "You don't divide the scores by sqrt(d)",
    ]


def test_an_assertion_that_returns_may_be_wrong_besides():
    def says_of_the_square(a, threshold=1e-3):
        return bool(a * a < threshold)

    assert both_said("assert_is_near_zero", says_of_the_square) == [
        "You compare a * a with threshold",
        "You return a value",
    ]


def test_two_faults_of_a_comparison_that_says_true_or_false_are_both_said():
    def the_wrong_way_round_and_nan(a, b):
        return torch.allclose(b, a, rtol=1e-3, atol=1e-5, equal_nan=True)

    assert both_said("near", the_wrong_way_round_and_nan) == [
        "You let NaN be near NaN",
        "Your tolerance is relative to a",
    ]


def test_what_shows_most_often_is_said_first():
    said = diagnose(
        Answer("near", lambda a, b: (a - b).abs() <= 1e-5 + 1e-3 * b.abs(), Path())
    ).split("\n  and: ")

    assert starts(said) == [
        "You return one truth value for each element",
        "inf - inf is NaN",
    ]


def test_what_only_infinite_numbers_show_is_said_last():
    def by_a(a, b):
        return bool(((a - b).abs() <= 1e-5 + 1e-3 * a.abs()).all())

    said = diagnose(Answer("near", by_a, Path())).split("\n  and: ")

    assert starts(said) == ["Your tolerance is relative to a", "inf - inf is NaN"]


def test_two_faults_of_an_assertion_are_both_said():
    def deaf_and_without_abs(a, threshold=1e-3):
        assert a < 1e-3

    assert both_said("assert_is_near_zero", deaf_and_without_abs) == [
        "You compare with a number of your own",
        "You do not take the absolute value of a",
    ]


def test_what_only_large_numbers_show_does_not_hide_another_fault():
    def capped_and_cut(x):
        return x.data.clamp(0, 6)

    assert both_said("relu", capped_and_cut) == [
        "You cut off large values",
        "You leave torch's graph on the way",
    ]


def test_a_gradient_set_on_another_object_at_times_is_not_said_to_be_never_set():
    class Relu:
        def __call__(self, inp):
            Relu.inp, Relu.out = inp, inp.relu()
            return Relu.out

        def backward(self):
            self.inp.grad = self.out * self.out.grad

    said = diagnose(Answer("Relu", Relu, Path())) or ""

    assert "never set" not in said
    assert len(said.split("\n  and: ")) == 2  # the values, and the class that keeps them


def test_a_list_of_pieces_is_no_result_with_a_cache():
    def pieces(x, ws):
        sizes = []
        for w in ws:
            x = (x @ w).relu()
            sizes.append(x.square().mean().log2())
        return sizes

    said = diagnose(Answer("log2_moments", pieces, Path())) or ""

    assert said.split("\n  and: ")[0] == IN_PIECES


# --- a value behind a habit: the habit is taken off, and the rest looked at ---------------------


def adds_and_averages(inp, out, w, b):
    def put(tensor, grad):
        tensor.grad = grad if tensor.grad is None else tensor.grad + grad

    put(inp, out.grad @ w.t() / w.shape[1])
    put(w, inp.t() @ out.grad)
    put(b, out.grad.sum(0))


def spoils_the_upstream_and_triples(inp, out):
    out.grad[inp <= 0] = 0
    inp.grad = 2 * out.grad


def returns_and_halves(inp, targ):
    return (inp - targ[:, None]) / len(targ)


def by_numpy_and_halves(x):
    return torch.tensor(x.numpy().clip(0) / 2)


@pytest.mark.parametrize(
    ("exercise", "function", "manner", "rest"),
    [
        ("lin_grad", adds_and_averages, ADDS, "You take the mean over the outputs for inp.grad"),
        ("relu_grad", spoils_the_upstream_and_triples, OVERWRITES.format("out"), "Your factor"),
        ("mse_grad", returns_and_halves, RETURNED, "Your gradient is half the right one"),
        ("relu", by_numpy_and_halves, CUT, "You get half the positive values."),
    ],
)
def test_what_is_wrong_behind_a_habit_is_said_too(exercise, function, manner, rest):
    said = diagnose(Answer(exercise, function, Path())) or ""

    assert said.split("\n  and: ")[0] == manner
    assert rest in said


def test_a_habit_alone_is_said_alone():
    def mse_grad(inp, targ):
        old = 0 if inp.grad is None else inp.grad
        inp.grad = old + 2 * (inp - targ[:, None]) / len(targ)

    assert diagnose(Answer("mse_grad", mse_grad, Path())) == ADDS


def test_an_answer_that_always_stops_returns_nothing_to_be_told():
    def relu_grad(inp, out):
        inp.grad = (inp > 0).astype(float) * out.grad

    assert RETURNED not in (diagnose(Answer("relu_grad", relu_grad, Path())) or "")


def test_a_gradient_on_a_tensor_that_was_given_none_is_no_overwritten_one():
    def mse_grad(inp, targ):
        targ.grad = 2 * (inp.squeeze(-1) - targ) / len(inp)

    said = diagnose(Answer("mse_grad", mse_grad, Path())) or ""

    assert said.startswith("You set targ.grad.")
