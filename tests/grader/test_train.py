"""A net trained by hand, with the solutions, reads digits; and the way there is drawn."""

import re

import pytest
import torch
from matplotlib.figure import Figure
from real_mnist import all_of_mnist

from backprop import data, train
from backprop.data import embedded_digits
from kata.cli import main


@pytest.fixture(scope="module")
def history():
    return train.train(embedded_digits(), train.Settings(epochs=4))


def test_the_embedded_digits_are_read(history):
    """92.4 to 93.6 % for five seeds; one standard error of 1,000 digits is 0.8 %."""
    assert history.accuracies[-1] >= 0.90


def test_all_of_mnist_is_read_with_few_mistakes():
    """97.94 %. One standard error of 10,000 digits is 0.14 %; so is the spread over seeds."""
    assert train.train(all_of_mnist()).accuracies[-1] >= 0.97


def test_the_history_has_each_step_and_each_epoch(history):
    assert history.steps == 63  # 4,000 rows in minibatches of 64
    assert len(history.losses) == 4 * 63
    assert len(history.accuracies) == 4


def test_the_loss_begins_near_no_idea_and_falls(history):
    """No idea among ten classes costs log 10 = 2.3; random weights cost some more."""
    assert 1.5 < history.losses[0] < 4
    assert sum(history.losses[-63:]) / 63 < 0.2


def test_the_same_seed_gives_the_same_training_and_leaves_torch_s_generator_alone():
    before = torch.get_rng_state()
    digits, settings = embedded_digits(), train.Settings(epochs=1)
    first, second = (train.train(digits, settings) for _ in range(2))

    assert first.losses == second.losses
    assert torch.get_rng_state().equal(before)


def test_the_picture_shows_loss_and_accuracy(history):
    loss, right = Figure().subplots(1, 2)
    train.draw(history, loss, right)

    assert loss.lines[0].get_ydata().tolist() == history.losses
    assert right.lines[0].get_ydata().tolist() == [100 * a for a in history.accuracies]


def test_a_running_mean_looks_back_only_so_far():
    assert train.smooth([1.0, 3.0, 5.0, 7.0], over=2) == [1.0, 2.0, 4.0, 6.0]


def test_kata_train_draws_and_says_how_it_went(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(data, "load_mnist", embedded_digits)
    plot = tmp_path / "training.png"

    with pytest.raises(SystemExit) as exit_:
        main(["train", "--epochs", "1", "--plot", str(plot)])

    out = " ".join(capsys.readouterr().out.split())
    assert exit_.value.code == 0
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert re.search(r"\d\d\.\d % of the validation digits read right", out)


def test_kata_train_says_in_one_line_where_it_cannot_draw(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(data, "load_mnist", embedded_digits)

    with pytest.raises(SystemExit) as exit_:
        main(["train", "--epochs", "1", "--plot", str(tmp_path / "no" / "training.png")])

    assert exit_.value.code == 1
    assert capsys.readouterr().err.startswith("kata: ")
