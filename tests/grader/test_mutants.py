"""Mutants of solutions: that every kind is made, that one which passes is told, and the words for
a slip that does the same as one of them.

`tox -e mutants` grades those of all exercises.
"""

import shutil

import pytest
import torch
from test_second_course import HERE, run

from kata.answers.call import Answer
from kata.course import course
from kata.diagnosis.edited import readings
from kata.diagnosis.mutate import mutants_of
from kata.diagnosis.name import diagnose
from kata.diagnosis.observe import behaviour

SOURCE = '''
def lin(x, w, b=0.5):
    """A docstring that says 1 + 1 stays as it is."""
    first = x.mT @ w
    if x.dim() > 1 and b is not None:
        second = first.sum(0, keepdim=True)
        second += f(x, w)
    return second - 2 * b
'''


@pytest.fixture(scope="module")
def changes(tmp_path_factory):
    path = tmp_path_factory.mktemp("mutants") / "ch03_forward.py"
    path.write_text(SOURCE)
    return {mutant.change for mutant in mutants_of("lin", path)}


@pytest.mark.parametrize(
    "change",
    [
        "return second - 2 * b  =>  return second + 2 * b",  # an operator
        "return second - 2 * b  =>  return 2 * b - second",  # its operands swapped
        "return second - 2 * b  =>  return second",  # a term dropped
        "return second - 2 * b  =>  return second - 3 * b",  # a constant
        "def lin(x, w, b=0.5): ...  =>  def lin(x, w, b=1.0): ...",  # a default
        "first = x.mT @ w  =>  first = x @ w",  # a transpose dropped
        "first = x.mT @ w  =>  first = x.mT @ w.mT",  # a transpose added
        "second = first.sum(0, keepdim=True)  =>  second = first.sum(1, keepdim=True)",  # an axis
        "second = first.sum(0, keepdim=True)  =>  second = first.sum(-1, keepdim=True)",
        "second = first.sum(0, keepdim=True)  =>  second = first.sum(0)",  # keepdim
        "second = first.sum(0, keepdim=True)  =>  second = first.mean(0, keepdim=True)",
        "second = first.sum(0, keepdim=True)  =>  second = first",  # a call dropped
        "second += f(x, w)  =>  second += f(w, x)",  # arguments swapped
        "second += f(x, w)  =>  second += f(x)",  # an argument dropped
        "second += f(x, w)  =>  second = f(x, w)",
        "second += f(x, w)  =>  ",  # a statement dropped
        "if x.dim() > 1 and b is not None: ...  =>  if x.dim() >= 1 and b is not None: ...",
        "if x.dim() > 1 and b is not None: ...  =>  if x.dim() > 1 or b is not None: ...",
        "if x.dim() > 1 and b is not None: ...  =>  if x.dim() > 1: ...",  # a condition dropped
        "first = x.mT @ w; if x.dim() > 1 and b is not None: ...  =>  "
        "if x.dim() > 1 and b is not None: ...; ...",  # the order of two statements
    ],
)
def test_every_kind_of_edit_is_made(changes, change):
    assert change in changes


def test_no_edit_touches_a_docstring_and_the_text_is_whole_afterwards(tmp_path):
    path = tmp_path / "ch03_forward.py"
    path.write_text(SOURCE)

    mutants = mutants_of("lin", path)

    assert len({m.definition for m in mutants}) == len(mutants) > len("a handful")
    assert all("1 + 1 stays" in m.definition for m in mutants)
    unchanged = SOURCE.count("\n") - 1
    assert {m.source.count("\n") >= unchanged - 2 for m in mutants} == {True}


def puzzles(tmp_path):
    return shutil.copytree(HERE, tmp_path / "puzzles", ignore=shutil.ignore_patterns("__pycache__"))


def test_a_survivor_is_told_until_it_is_recorded_with_a_reason(tmp_path):
    folder = puzzles(tmp_path)
    change = "return x.cumsum(-1)  =>  return x.cumsum(1)"

    before = run(folder, "kata", "dev", "mutants", "running_sum")
    (folder / "mistakes" / "equivalent.toml").write_text(
        f'[running_sum]\n"x has two axes" = ["{change}"]\n'
    )
    after = run(folder, "kata", "dev", "mutants", "running_sum")

    says = f"running_sum: passes, and is not recorded as equivalent: {change}"
    assert (before.returncode, says in before.stdout.splitlines()) == (1, True), before.stderr
    assert (after.returncode, "passes" in after.stdout) == (0, False), after.stdout + after.stderr


def test_a_hole_in_the_tests_and_a_record_without_a_survivor_are_faults(tmp_path):
    folder = puzzles(tmp_path)
    tests = folder / "tests" / "test_ch02_masks.py"
    text = tests.read_text("utf-8")
    assert "lengths.tolist()" in text
    hole = text.replace("draw.ints(m + 1, n)", "draw.ints(m + 1, n) * 0 + m").replace(
        "SIZES", "[3]"
    )
    tests.write_text(hole, "utf-8")
    (folder / "mistakes" / "equivalent.toml").write_text('[keep_first]\nwhy = ["a  =>  b"]\n')

    done = run(folder, "kata", "dev", "mutants", "keep_first")

    assert done.returncode == 1
    assert "keep_first: recorded as equivalent, and there is no such survivor: a  =>  b" in (
        done.stdout.splitlines()
    )
    assert (
        "keep_first: passes, and is not recorded as equivalent: return torch.where(" in done.stdout
    )


@pytest.mark.parametrize("name", ["relu", "relu_grad", "mse"])
def test_the_mutants_of_an_exercise_are_refused_or_recorded_and_most_are_named(name):
    done = run(course().root, "kata", "dev", "mutants", name, KATA_STRICT="1")

    assert done.returncode == 0, done.stdout + done.stderr
    numbers = done.stdout.splitlines()[-1].split()
    mutants, raised, equal, passed, wrong, told, named = map(int, numbers[1:8])
    assert mutants == len(mutants_of(name)) > 0
    assert (passed, mutants >= raised + equal + wrong) == (0, True)
    assert told <= named <= wrong
    assert named >= 0.8 * wrong > 0


def with_absolute_values(x, gamma, beta, eps=1e-5):
    average = torch.mean(x, dim=0, keepdim=True)
    spread = torch.mean((x - average).abs(), dim=0, keepdim=True)
    return (x - average) * gamma * (spread + eps).pow(-0.5) + beta


def with_a_larger_eps(x, gamma, beta, eps=2e-5):
    centred = x - torch.mean(x, dim=0, keepdim=True)
    return gamma * centred * ((centred * centred).sum(0) / len(x) + eps).pow(-0.5) + beta


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (with_absolute_values, "In var, you take the absolute value where the square belongs."),
        (with_a_larger_eps, "In the signature, a constant is 2e-05 where it should be 1e-05."),
    ],
)
def test_a_slip_in_another_spelling_is_said_in_the_words_of_the_stub(function, says):
    answer = Answer("batchnorm_train", function, course().root / "ch17_normalisation.py")

    assert diagnose(answer) == says


def test_a_slip_in_one_method_of_a_class_is_said_with_the_method():
    """The solution's helper makes its results, and must make them of the edited class."""
    path = course().solution_of("ch20_autograd")
    right = "lambda g: (g * (self.data > 0),)"
    text = path.read_text("utf-8").replace(right, "lambda g: (g * (self.data > 1),)")
    names = {}
    exec(text, names)

    answer = Answer("Value", names["Value"], path)

    assert readings("Value", behaviour(answer)) == [
        "In relu, a constant is 1 where it should be 0."
    ]


def test_of_what_no_edit_does_nothing_is_said():
    answer = Answer("lin", lambda x, w, b: x @ w + b + 0.125 * x.sum(), course().root / "a.py")

    assert readings("lin", behaviour(answer)) == []
