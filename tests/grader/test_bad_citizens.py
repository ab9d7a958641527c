"""An answer that misbehaves is reported as itself and does not disturb the next."""

import pytest
from grading import copy_solutions, files_of, run_pytest

pytestmark = pytest.mark.xdist_group("bad citizens")  # its fixture is slow: make it once
ASKED = (1, 2, 3, 4, 5, 6, 7, 13)
ANSWERS = {
    "ch02_data": """
def get_shapes(x_train, y_train):
    while True:
        try:
            n = 1
        except:
            pass
""",
    "ch03_forward": """
def relu(x):
    torch.set_default_dtype(torch.float64)
    return x.clamp_min(0)

def lin(x, w, b):
    return lin(x, w, b)

import torch
def shifted_relu(x):
    torch.set_grad_enabled(False)
    return x.clamp_min(0) - 0.5
""",
    "ch04_init": """
def kaiming_init(fan_in, fan_out, a=0.0):
    torch.manual_seed(0)
    return torch.randn(fan_in, fan_out) * math.sqrt(2 / ((1 + a * a) * fan_in))
""",
    "ch05_loss": """
def mse(output, targ):
    print("x" * 1_000_000)
    return output[:, 0].sub(targ).square().mean()
""",
    "ch06_backward": """
def relu_grad(inp, out):
    raise AssertionError("mine")

def mse_grad(inp, targ):
    inp.add_(1)
    inp.grad = 2 * (inp[:, 0] - targ)[:, None] / len(targ)

def lin_grad(inp, out, w, b):
    inp.grad, w.grad, b.grad = out.grad @ w.t(), inp.t() @ out.grad, out.grad
""",
    "ch13_training": """
def sgd(params, grads, lr):
    new = [param.sub_(lr * grad).clone() for param, grad in zip(params, grads)]
    for param, grad in zip(params, grads):
        param.add_(lr * grad)
    return new

def momentum(params, grads, velocity, lr, beta):
    before = [v.clone() for v in velocity]
    new = [v.mul_(beta).add_(grad).clone() for v, grad in zip(velocity, grads)]
    for v, old in zip(velocity, before):
        v.copy_(old)
    return [param - lr * v for param, v in zip(params, new)], new
""",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("citizens")
    work = copy_solutions(folder / "work")
    for chapter, text in ANSWERS.items():
        with (work / f"{chapter}.py").open("a", encoding="utf-8") as file:
            file.write(text)
    return run_pytest(folder, "--submission", str(work), "--time-limit", "2", *files_of(*ASKED))


def test_an_endless_loop_is_stopped_and_its_line_is_shown(run):
    message = run.exercise("get_shapes")["message"]

    assert "still running after 2 s, at " in message
    assert "ch02_data.py:" in message


def test_a_changed_default_dtype_is_told(run):
    assert "the default dtype" in run.exercise("relu")["mistake"]


def test_gradient_recording_left_off_is_told(run):
    assert "gradient recording" in run.exercise("shifted_relu")["mistake"]


def test_a_seed_left_behind_is_told(run):
    assert "seed" in run.exercise("kaiming_init")["mistake"]


def test_endless_recursion_is_told(run):
    assert "calls itself without end" in run.exercise("lin")["message"]


def test_a_megabyte_of_prints_does_not_reach_the_report(run):
    assert run.exercise("mse")["status"] == "passed"
    assert len(run.output) < 50_000


def test_an_assertion_error_of_the_learner_s_own_is_an_error_of_theirs(run):
    assert run.exercise("relu_grad")["status"] == "error"
    assert "AssertionError: mine" in run.exercise("relu_grad")["message"]


def test_a_changed_input_is_told(run):
    assert "in place" in run.exercise("mse_grad")["mistake"]


def test_a_change_inside_a_list_is_told(run):
    sgd = run.exercise("sgd")

    assert "in place" in sgd["mistake"]
    assert "argument 1[0] (shape " in sgd["message"]


def test_a_write_inside_a_list_that_is_taken_back_is_told(run):
    assert "its values are the same again" in run.exercise("momentum")["message"]


def test_a_gradient_of_the_wrong_shape_is_told_in_the_kata_s_words(run):
    assert "a gradient has the shape of what it belongs to" in run.exercise("lin_grad")["message"]


def test_the_others_pass(run):
    statuses = run.statuses()

    assert statuses["near"] == statuses["normalize"] == statuses["model"] == "passed"
    assert statuses["init_params"] == statuses["forward_and_backward"] == "passed"
