"""Three nets that run on the learner's own functions, and go on after Ctrl-C."""

import shutil
import time
from functools import partial
from pathlib import Path

import pytest
import torch

from backprop import beside, book, data, milestones, regression, train, training_run, writing
from backprop.data import Digits, embedded_digits
from backprop.own import Own, passing
from kata.cli import main
from kata.course import course, exercises_of
from kata.learner.place import Place

LIN = "def lin(x, w, b):\n    CALLS.append(len(x))\n    return x @ w + b\n"
OWN_LIN = f"CALLS = []\n\n\n{LIN}"
SMALL = writing.Settings(steps=6, size=4, t=8, m=8, heads=2, layers=2, hidden=16, warm=2)


@pytest.fixture(scope="module")
def lessons():
    return book.book_of(course().lessons)


@pytest.fixture
def few():
    digits = embedded_digits()
    return Digits(digits.images[:400], digits.labels[:400], "embedded", "")


@pytest.fixture
def at(tmp_path, monkeypatch):
    """A learner's folder, all of it still to be written."""
    shutil.copytree(course().exercises, tmp_path / "exercises")
    monkeypatch.setenv("KATA_EXERCISES", str(tmp_path / "exercises"))
    monkeypatch.setattr(data, "load_mnist", embedded_digits)
    return tmp_path


def solved():
    return Own(course().solutions, ())


def kata(*args):
    with pytest.raises(SystemExit) as exit_:
        main(list(args))
    return exit_.value.code


# --- whose functions run ------------------------------------------------------------------------


def test_what_passes_is_used_in_the_chapters_after_it_as_well(tmp_path):
    (tmp_path / "ch03_forward.py").write_text(OWN_LIN)
    own = Own(tmp_path, {"lin"})

    own["loss_and_grads"](
        [torch.randn(4, 3), torch.zeros(3), torch.randn(3, 2), torch.zeros(2)],
        torch.randn(5, 4),
        torch.tensor([0, 1, 0, 1, 1]),
    )

    assert own["lin"].__globals__["CALLS"] == [5, 5]


def test_the_solution_stands_in_for_what_does_not_pass(tmp_path):
    (tmp_path / "ch03_forward.py").write_text(OWN_LIN.replace("x @ w + b", "1 / 0"))
    args = torch.ones(2, 3), torch.ones(3, 2), torch.ones(2)

    assert Own(tmp_path, ())["lin"](*args).tolist() == [[4, 4], [4, 4]]


def test_a_learner_s_function_that_calls_another_gets_the_solution_where_that_fails(tmp_path):
    text = "def lin(x, w, b):\n    return 1 / 0\n\n\ndef relu(x):\n    return x\n\n\n"
    mine = "def model(x, w1, b1, w2, b2):\n    return lin(relu(lin(x, w1, b1)), w2, b2)\n"
    (tmp_path / "ch03_forward.py").write_text(text + mine)
    one = torch.ones(1, 1)

    out = Own(tmp_path, {"model"})["model"](one, -one, one[0], one, one[0])

    assert out.tolist() == [[1.0]]


def test_a_grade_says_what_passes(at):
    path = at / "exercises" / "ch03_forward.py"
    path.write_text("def lin(x, w, b):\n    return x @ w + b\n\n\ndef relu(x):\n    return x\n")
    said = []

    passed = passing(Place(at / "exercises"), ["lin", "relu", "near"], said.append)

    assert passed == {"lin"}
    assert said == ["grading your lin", "grading your relu"]


class Counted(Own):
    """Notes which exercises' functions are called."""

    def __init__(self):
        super().__init__(course().solutions, ())
        self.called = set()

    def _mixed(self, chapter):
        module = super()._mixed(chapter)
        for name in exercises_of(chapter):
            setattr(module, name, partial(self._call, name, getattr(module, name)))
        return module

    def _call(self, name, function, *args, **kwargs):
        self.called.add(name)
        return function(*args, **kwargs)


def uses(name):
    return {*next(one for one in milestones.MILESTONES if one.name == name).uses}


def test_the_functions_told_are_those_that_run(few, lessons):
    digit, digits, writer = Counted(), Counted(), Counted()

    regression.read(few, digit, steps=1)
    train.train(few, train.Settings(epochs=1), digits)
    going = writing.write(lessons, writer, SMALL)
    writing.unseen_loss(writer, going.params, lessons, SMALL)
    beside.proven(writer)

    assert digit.called == uses("digit")
    assert digits.called == uses("digits")
    assert writer.called == uses("writer")


# --- Ctrl-C, and slow functions -----------------------------------------------------------------

RUNS = {
    "digit": lambda few, text, *args: regression.read(few, solved(), 9, *args),
    "digits": lambda few, text, *args: train.train(
        few, train.Settings(epochs=2, hidden=8), solved(), *args
    ),
    "writer": lambda few, text, *args: writing.write(text, solved(), SMALL, *args),
}


@pytest.mark.parametrize("name", RUNS)
def test_after_ctrl_c_it_goes_on_as_if_nothing_had_been(name, few, lessons, tmp_path):
    def interrupt(going):
        if going.done == 4:
            raise KeyboardInterrupt

    kept = training_run.Kept(tmp_path / "kept" / "it.pt", "the same")
    whole = RUNS[name](few, lessons)
    with pytest.raises(KeyboardInterrupt):
        RUNS[name](few, lessons, interrupt, kept)
    rest = []

    found = RUNS[name](few, lessons, lambda going: rest.append(going.done), kept)

    assert found.losses == whole.losses
    assert rest[0] == 5
    assert not kept.path.exists()


def test_what_is_kept_of_other_settings_is_not_gone_on_with(tmp_path):
    going = training_run.Going([torch.ones(2)], [], [], training_run.seeded(0), 9, [1.0])
    training_run.Kept(tmp_path / "it.pt", "epochs=6").write(going)

    assert training_run.Kept(tmp_path / "it.pt", "epochs=6").read().done == 1
    assert training_run.Kept(tmp_path / "it.pt", "epochs=7").read() is None


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_a_damaged_file_is_no_checkpoint(content, tmp_path):
    (tmp_path / "it.pt").write_bytes(content)

    assert training_run.Kept(tmp_path / "it.pt", "").read() is None


def test_slow_functions_take_fewer_steps():
    going = training_run.Going([], [], [], training_run.seeded(0), 100_000)

    def step(going):
        time.sleep(0.01)
        going.took([], [], [], 1.0)

    training_run.go_on(going, step, lambda going: None, seconds=0.1)

    assert training_run.TRIAL < going.total == going.done <= training_run.TRIAL + 10


def test_quick_functions_take_all_of_them():
    going = training_run.Going([], [], [], training_run.seeded(0), 50)

    training_run.go_on(
        going, lambda going: going.took([], [], [], 1.0), lambda going: None, seconds=480
    )

    assert going.total == going.done == 50


# --- the commands -------------------------------------------------------------------------------


def test_the_list_says_how_many_functions_are_the_learner_s(at, capsys):
    assert kata("milestone") == 0

    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()[::2]] == ["digit", "digits", "writer"]
    assert out.count("0 of ") == 3


def test_a_digit_is_read_and_drawn(at, capsys):
    plot = at / "digit.png"

    assert kata("milestone", "digit", "--plot", str(plot)) == 0

    out = " ".join(capsys.readouterr().out.split())
    assert "about half a minute" in out
    assert "0 of 14 yours; the solution stands in for split_and_scale" in out
    assert "worst: a " in out
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_the_net_that_writes_is_told_beside_others(at, monkeypatch, capsys):
    monkeypatch.setattr(writing, "Settings", lambda: SMALL)
    plot = at / "writing.svg"

    assert kata("train", "--write", "--plot", str(plot)) == 0

    out = " ".join(capsys.readouterr().out.split())
    assert "15 of 15 gradients are right" in out
    assert "beside torch's autograd" in out
    assert "nats per character" in out
    assert "% of its words are words of the lessons" in out
    assert b"<svg" in plot.read_bytes()


def test_an_unknown_milestone_is_a_wrong_command(at, capsys):
    assert kata("milestone", "moon") == 2
    assert "there are digit, digits, writer" in " ".join(capsys.readouterr().err.split())


def test_the_picture_s_default_is_not_committed():
    ignored = (Path(course().root) / ".gitignore").read_text().splitlines()

    assert {one.picture for one in milestones.MILESTONES} <= {*ignored}
