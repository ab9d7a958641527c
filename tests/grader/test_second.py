"""The second device that every machine can play: it refuses what a GPU would, and nothing else."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from grading import copy_solutions
from roads import by_check, by_grade_all, by_pytest, in_notebooks, verdicts

from kata.answers import second
from kata.answers.call import Answer
from kata.checks.anywhere import called_elsewhere
from kata.checks.forward import ASTRAY, NUMPY
from kata.course import chapters, course
from kata.refusal import Raised, Refused

CPU = torch.device("cpu")


def at_home(function, *args):
    """What a call gives, that is asked for where it makes its results."""
    return called_elsewhere(Answer("f", function, Path(__file__)), args).value


def away(function, *args):
    """What a call on the device gives, without the one that is made where it fails there."""
    return Answer("f", function, Path(__file__)).attempt(args, trace=True, elsewhere=True).value


def sets(grad):
    def function(x):
        x.grad = grad(x)

    return function


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda x: x + torch.zeros(2, device="cpu"), ASTRAY),
        (lambda x: x + torch.zeros(2), ASTRAY),
        (lambda x: torch.zeros(2, device="cpu"), ASTRAY),
        (lambda x: x.cpu(), ASTRAY),
        (lambda x: (x, [x.to("cpu")]), ASTRAY),
        (lambda x: torch.tensor(x.sum().item()), ASTRAY),
        (lambda x: torch.rand(2, device=x.device, generator=torch.Generator()), ASTRAY),
        (sets(lambda x: torch.ones(2, device="cpu")), ASTRAY),
        (sets(lambda x: x.to(CPU)), ASTRAY),
        (lambda x: x.numpy(), NUMPY),
        (lambda x: torch.from_numpy(np.maximum(x, 0)).to(x), NUMPY),
    ],
)
def test_what_is_made_on_the_cpu_is_refused_and_named(function, named):
    with pytest.raises(Refused) as refused:
        at_home(function, torch.ones(2))

    assert refused.value.mistake == named


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + torch.zeros(2, device=x.device),
        lambda x: x * torch.tensor(2.0),
        lambda x: torch.tensor(x.tolist(), device=x.device),
        lambda x: x.new_tensor([1.0, 2.0]),
        lambda x: x[torch.tensor([1, 0])],
        lambda x: torch.from_numpy(np.sqrt(x.cpu().numpy())).to(x.device),
        lambda x: x.sum().item(),
        lambda x: torch.nn.functional.conv1d(x[None, None], x[None, None]),
        lambda x: x[:1],
        lambda x: x[torch.ones_like(x) > 0],
        lambda x: torch.func.vmap(lambda t: t * t)(x),
        sets(torch.zeros_like),
    ],
)
def test_what_follows_the_inputs_is_not(function):
    x, same = torch.ones(2), torch.ones(2)
    found, expected = away(function, x), function(same)

    if isinstance(expected, torch.Tensor):
        assert type(found) is torch.Tensor
        assert found.device == CPU
        assert torch.equal(found, expected)
    assert type(x.grad) is type(same.grad)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.rand(2, device=x.device, generator=torch.Generator(x.device)) + x,
        lambda x: torch.tensor([x.sum(), x.sum()], device=x.device),
        lambda x: torch.func.grad(lambda t: (t * t).sum())(x),
        lambda x: torch.func.vjp(lambda t: t * t, x)[1](x)[0],
        lambda x: torch.autograd.functional.jacobian(lambda t: t * t, x),
        lambda x: (x.clone().requires_grad_() * 2).detach(),
    ],
)
def test_what_the_device_cannot_do_is_asked_where_it_can_be_done(function):
    """Autograd above all, which would end the process."""
    assert at_home(function, torch.ones(2)).shape[-1:] == (2,)
    with pytest.raises(Raised):
        away(function, torch.ones(2))


def test_an_input_that_is_written_to_on_the_device_is_seen():
    with pytest.raises(Refused, match="in place"):
        at_home(lambda x: x.add_(1), torch.ones(2))


def test_torch_has_no_other_accelerator_for_it_and_autograd_still_goes_through_a_fork():
    assert second.can_be_had()
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    child = os.fork()
    if not child:
        status = 1
        try:
            (x * 2).sum().backward()
            status = 0
        finally:
            os._exit(status)

    assert os.waitpid(child, 0)[1] == 0
    accelerator = torch.accelerator.current_accelerator()
    assert accelerator is None or accelerator.type != second.HERE.type


@pytest.mark.parametrize("chapter", chapters())
def test_a_chapter_that_is_asked_for_it_says_that_tensors_follow_the_inputs(chapter):
    asks = course().tests_of(chapter).read_text("utf-8")
    says = " ".join(course().solution_of(chapter).read_text("utf-8").partition("import")[0].split())

    if "import assert_at_home" in asks or "called_elsewhere" in asks or "_at_home," in asks:
        assert "the inputs' dtype and device" in says


BLIND = """

def relu(x):
    return x.clamp_min(0.0).cpu()


def lin(x, w, b):
    return x @ w + torch.zeros(len(b), dtype=b.dtype, device="cpu") + b
"""


@pytest.mark.parametrize("road", [by_pytest, by_check, by_grade_all, in_notebooks])
def test_every_road_refuses_what_is_blind_to_the_device(tmp_path, road):
    """grade-all asks a process behind a fence."""
    work = copy_solutions(tmp_path / "class") if road != by_grade_all else tmp_path / "class"
    if road == by_grade_all:
        work.mkdir()
        copy_solutions(work / "ada")
    path = (work / "ada" if road == by_grade_all else work) / "ch03_forward.py"
    path.write_text(f"import torch\n{path.read_text('utf-8')}{BLIND}", "utf-8")

    grade = road(work, tmp_path / "grade.json", ["ch03_forward"])

    found = verdicts(grade["ada"] if road == by_grade_all else grade, ["relu", "lin", "model"])
    assert {name: (status, mistake) for name, (status, _, mistake) in found.items()} == {
        "relu": ("failed", ASTRAY),
        "lin": ("failed", ASTRAY),
        "model": ("passed", None),
    }
