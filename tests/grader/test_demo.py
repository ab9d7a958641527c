"""The demo tells the notes' story with the solutions, and its figures are the notes'."""

import io
import math
import os
from pathlib import Path

import pytest
import torch
from grading import copy_solutions
from rich.console import Console

from kata import demo
from kata.catalogue import EXERCISES, SOLUTIONS
from kata.data import embedded_digits, load_mnist

KATA_DATA = os.environ.get("KATA_DATA", "")


@pytest.fixture(scope="module")
def real():
    if not KATA_DATA or not Path(KATA_DATA).expanduser().is_dir():
        pytest.skip("needs all 60,000 digits: set KATA_DATA to a folder with MNIST/raw")
    digits = load_mnist()
    if len(digits.labels) != 60_000:
        pytest.skip(f"needs all 60,000 digits, and KATA_DATA holds {len(digits.labels)}")
    return demo.run(SOLUTIONS, digits)


@pytest.fixture(scope="module")
def digits():
    return embedded_digits()


@pytest.fixture(scope="module")
def embedded(digits):
    return demo.run(SOLUTIONS, digits)


@pytest.fixture(params=["real", "embedded"])
def story(request):
    return request.getfixturevalue(request.param)


def shown(story):
    out = io.StringIO()
    demo.show(story, Console(file=out, width=80))
    return out.getvalue()


def layer(story, init):
    return next(layer for layer in story.layers if layer.init == init)


def test_all_of_mnist_splits_as_in_the_notes(real):
    assert (real.n, real.m, real.c, real.n_valid) == (50_000, 784, 10, 10_000)


def test_the_training_pixels_have_the_notes_mean_and_std(real):
    assert str(real.pixels) == "0.1304 / 0.3073"


def test_kaiming_s_activations_have_the_notes_mean_and_std(real):
    assert str(layer(real, "kaiming").relu) == "0.6624 / 0.9097"


def test_the_shifted_relu_s_activations_have_the_notes_mean_and_std(real):
    assert str(layer(real, "kaiming").shifted_relu) == "0.1624 / 0.9097"


def test_the_embedded_digits_split_4000_to_1000(embedded):
    assert (embedded.n, embedded.m, embedded.c, embedded.n_valid) == (4_000, 784, 10, 1_000)


def test_the_normalised_pixels_have_mean_0_and_std_1(story):
    assert str(story.normalized) == "0.0000 / 1.0000"


def test_the_inits_differ_in_scale_only_since_each_starts_from_the_same_seed(story):
    """Tolerance: 784 roundings of float32 in a sum of either sign, about eps sqrt(784)."""
    naive, xavier, kaiming = (layer(story, init) for init in ("N(0, 1)", "xavier", "kaiming"))
    rel = torch.finfo(torch.float32).eps * math.sqrt(story.m)

    assert naive.lin.std == pytest.approx(math.sqrt(story.m) * xavier.lin.std, rel=rel)
    assert kaiming.relu.mean == pytest.approx(math.sqrt(2) * xavier.relu.mean, rel=rel)


def test_every_gradient_by_hand_is_near_autograd_s(story):
    """Tolerance: n roundings of float32 in a sum of either sign, about eps sqrt(n)."""
    bound = torch.finfo(torch.float32).eps * math.sqrt(story.n)

    assert [gradient.name for gradient in story.gradients] == ["x", "w1", "b1", "w2", "b2"]
    assert all(gradient.near for gradient in story.gradients)
    assert [g for g in story.gradients if not g.error < bound] == []


def test_what_is_shown_are_the_story_s_own_figures(story):
    text = shown(story)

    assert story.note in text
    assert f"{story.pixels}, normalised {story.normalized}" in text
    for row in story.layers:
        assert all(str(spread) in text for spread in (row.lin, row.relu, row.shifted_relu))
    for gradient in story.gradients:
        assert f"{gradient.error:.1e}" in text


def test_a_gradient_that_is_off_by_15_percent_shows_its_error(tmp_path, digits):
    solutions = copy_solutions(tmp_path / "solutions")
    with (solutions / "ch07_full_pass.py").open("a", encoding="utf-8") as file:
        file.write(
            "\n\nright = forward_and_backward\n\n\n"
            "def forward_and_backward(inp, *rest):\n"
            "    loss = right(inp, *rest)\n"
            "    inp.grad = 1.15 * inp.grad\n"
            "    return loss\n"
        )

    of_x, *others = demo.run(solutions, digits).gradients

    assert of_x.error == pytest.approx(0.15, rel=1e-3)
    assert all(other.near for other in others)


def test_the_global_generator_is_left_as_it_was(digits):
    torch.manual_seed(1)
    before = torch.get_rng_state()

    demo.run(SOLUTIONS, digits)

    assert torch.get_rng_state().equal(before)


def test_main_prints_the_story_and_says_that_all_went_well(digits, monkeypatch, capsys):
    monkeypatch.setattr(demo, "load_mnist", lambda: digits)

    assert demo.main() == 0
    assert digits.note in capsys.readouterr().out


def test_stubs_in_the_place_of_solutions_are_one_line(digits, monkeypatch, capsys):
    monkeypatch.setattr(demo, "load_mnist", lambda: digits)

    assert demo.main(EXERCISES) == 1
    assert capsys.readouterr() == ("", "kata demo: split_and_scale is still to be written\n")


def test_a_folder_that_lacks_a_chapter_is_one_line(tmp_path, digits, monkeypatch, capsys):
    monkeypatch.setattr(demo, "load_mnist", lambda: digits)

    assert demo.main(tmp_path) == 1
    assert capsys.readouterr() == ("", f"kata demo: ch02_data.py is not in {tmp_path} yet\n")


def test_a_broken_kata_data_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KATA_DATA", str(tmp_path))

    assert demo.main() == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"kata demo: {tmp_path}")
    assert err.count("\n") == 1
