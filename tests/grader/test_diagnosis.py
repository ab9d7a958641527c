"""The search for a mistake is whole or absent, whatever interrupts it, and its absence is said."""

import signal
import time
from pathlib import Path

import pytest

from kata.answers.call import Answer
from kata.answers.limit import time_limit
from kata.diagnosis import name
from kata.diagnosis.judge import judge
from kata.diagnosis.model import Model
from kata.diagnosis.observe import alike, behaviour
from kata.grade import TestResult
from kata.refusal import Refused


def lin_grad(inp, out, w, b):
    inp.grad, w.grad = out.grad @ w.t(), inp.t() @ out.grad
    b.grad = out.grad.sum(1) + 7


def relu(x):
    return x.abs()


def mse_grad(inp, targ):
    inp.grad = 2 * (inp[:, 0] - targ)[:, None]


ANSWERS = [lin_grad, relu, mse_grad]
POINTS = 5


class Stop(BaseException):
    """Strikes anywhere, as the alarm of a time limit or Ctrl-C does."""


def answer_of(function):
    """A new answer, so that nothing is known of it."""
    return Answer(function.__name__, function, Path("x.py"))


def forget():
    for known in (name.diagnose, name.does, name.right_behaviour, name.model_of):
        known.cache_clear()


def interrupted_after(seconds, function):
    """Diagnose, and break it off after so many seconds of work; whether that struck."""

    def strike(*_):
        raise Stop

    before = signal.signal(signal.SIGVTALRM, strike)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        name.diagnose(answer_of(function))
    except Stop:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


@pytest.mark.parametrize("function", ANSWERS)
def test_what_is_said_after_an_interruption_is_the_truth(function):
    name.diagnose(answer_of(function))  # what is imported on the way is there from here on
    forget()
    began = time.process_time()
    truth = name.diagnose(answer_of(function))
    whole = time.process_time() - began
    struck = 0

    for point in range(1, POINTS + 1):
        forget()
        struck += interrupted_after(whole * point / POINTS, function)
        assert name.diagnose(answer_of(function)) == truth, f"stopped at {point}/{POINTS}"
    assert struck >= POINTS / 3, "it was hardly ever interrupted, so nothing was shown"


def test_deeds_that_were_broken_off_are_done_again():
    deeds, broken = [0, 1, 2, 3], [2, 0]

    def start():
        for deed in deeds:
            if broken and deed == broken[0]:
                broken.pop(0)
                raise Stop
            yield deed

    lazily = name.Lazily(start)
    for _ in range(2):
        with pytest.raises(Stop):
            list(lazily)
    assert list(lazily) == list(lazily) == deeds


def test_a_stump_is_like_nothing():
    whole = name.right_behaviour("relu")

    with pytest.raises(ValueError, match="shorter"):
        alike(whole, whole[:1])


@pytest.mark.parametrize("function", [relu, mse_grad])
def test_our_own_part_does_not_count_for_the_learner_s_limit(function):
    """The limit is ten times what the answer's calls take; all the mistakes take far longer."""
    name.diagnose(answer_of(function))
    truth, answer = name.diagnose(answer_of(function)), answer_of(function)
    began = time.process_time()
    behaviour(answer_of(function))
    limit = 10 * (time.process_time() - began)
    forget()
    began = time.process_time()
    with time_limit(limit):
        said = name.diagnose(answer)

    assert said == truth
    assert time.process_time() - began > limit, "it took no time, so nothing was shown"


def test_an_answer_that_raises_at_every_call_is_not_taken_for_two_faults(monkeypatch):
    """Thousands of pairs would be called; none shows beside what stops each call."""

    def raises(x):
        raise ValueError(7)

    def never(*args):
        raise AssertionError("pairs were tried")

    monkeypatch.setattr(Model, "pairs", never)
    monkeypatch.setattr(Model, "slot_by_slot", never)

    assert name.diagnose(Answer("relu", raises, Path("x.py"))) is None


def judged(function, seconds=20.0):
    test = TestResult(function.__name__, "", "test", of=1)
    return judge(test, Refused("is wrong"), answer_of(function), Path("x.py"), seconds)


def test_a_search_that_takes_too_long_is_absent_and_said(monkeypatch):
    forget()
    monkeypatch.setattr(name, "BUDGET", -1.0)
    monkeypatch.setattr(name, "model_of", lambda exercise: None)  # of a told one, calls are counted
    result = judged(relu)

    assert result.mistake is None
    assert result.message.endswith("too busy to look for the mistake: kata check relu")
    monkeypatch.undo()
    assert judged(mse_grad).mistake


def test_an_answer_that_is_too_slow_to_be_looked_at_is_told_so():
    def mse_grad(inp, targ):
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass

    result = judged(mse_grad, seconds=0.1)

    assert result.mistake is None
    assert result.message.endswith("its calls took too long to look for the mistake (over 0.1 s)")


def bias_off_by_seven(inp, out, w, b):
    inp.grad, w.grad = out.grad @ w.t(), inp.t() @ out.grad
    b.grad = out.grad.sum(0) + 7


def no_bias_grad(inp, out, w, b):
    inp.grad, w.grad = out.grad @ w.t(), inp.t() @ out.grad


def transposed_on_squares(inp, out, w, b):
    inp.grad, w.grad, b.grad = out.grad @ w, inp.t() @ out.grad, out.grad.sum(0)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (bias_off_by_seven, "right: inp.grad and w.grad"),
        (no_bias_grad, "right: inp.grad and w.grad"),
        (transposed_on_squares, None),  # the call is stopped before all are set
        (mse_grad, None),  # it has no other part
    ],
)
def test_what_is_right_besides_is_said(function, says):
    exercise = "mse_grad" if function is mse_grad else "lin_grad"
    answer = Answer(exercise, function, Path("x.py"))

    result = judge(
        TestResult(exercise, "", "test", of=1), Refused("is wrong"), answer, Path("x.py"), 60
    )

    lines = [line.strip() for line in result.message.split("\n")]
    assert [line for line in lines if line.startswith("right: ")] == ([says] if says else [])
