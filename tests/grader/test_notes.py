"""On all of MNIST the solutions give the numbers that the notes of lesson 8 print."""

import math

import pytest
import torch
from real_mnist import all_of_mnist

from backprop import oracle
from kata.answers.handin import Submission
from kata.course import course

answer = Submission(course().solutions).answer


@pytest.fixture(scope="module")
def mnist():
    return all_of_mnist()


@pytest.fixture(scope="module")
def split(mnist):
    """x_train, y_train, x_valid and y_valid, pixels from 0 to 1."""
    return answer("split_and_scale")(mnist.images, mnist.labels, mnist.n_valid)


@pytest.fixture(scope="module")
def normalized(split):
    x_train, _, x_valid, _ = split
    return answer("normalize_splits")(x_train, x_valid)


@pytest.fixture(scope="module")
def first_layer(normalized):
    """What a Kaiming layer makes of the validation digits, with the weights of seed 42."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(42)
        w = answer("kaiming_init")(784, 50)
    return answer("lin")(normalized[1], w, torch.zeros(50))


def mean_and_std(x):
    """As the notes print them."""
    return f"{x.mean().item():z.4f} / {x.std().item():.4f}"


def test_50000_digits_train_and_10000_validate(split):
    x_train, y_train, x_valid, y_valid = split

    assert answer("get_shapes")(x_train, y_train) == (50_000, 784, 10)
    assert (len(x_valid), len(y_valid)) == (10_000, 10_000)


def test_the_training_pixels_have_the_notes_mean_and_std(split):
    assert mean_and_std(split[0]) == "0.1304 / 0.3073"


def test_the_normalised_pixels_have_mean_0_and_std_1(normalized):
    assert mean_and_std(normalized[0]) == "0.0000 / 1.0000"


def test_kaiming_s_activations_have_the_notes_mean_and_std(first_layer):
    assert mean_and_std(answer("relu")(first_layer)) == "0.6624 / 0.9097"


def test_the_shifted_relu_s_activations_have_the_notes_mean_and_std(first_layer):
    assert mean_and_std(answer("shifted_relu")(first_layer)) == "0.1624 / 0.9097"


def test_every_gradient_by_hand_is_autograd_s(normalized, split):
    """Tolerance: n roundings of float32 in a sum of either sign, about eps sqrt(n).

    It is relative to the whole gradient: at 50,000 digits each number of x's lies near `near`'s
    absolute tolerance, 1e-5, so that `near` alone would say little.
    """
    x, y = normalized[0], split[1].float()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(42)
        params = answer("init_params")(784, 50)

    answer("forward_and_backward")(x, y, *params)

    for by_hand, exact in zip((x, *params), autograd(x, y, params), strict=True):
        assert answer("near")(by_hand.grad, exact.float())
        error = (by_hand.grad - exact).norm() / exact.norm()
        assert error < torch.finfo(torch.float32).eps * math.sqrt(len(x))


def autograd(x, y, params):
    """The gradients of the same loss by torch alone, in float64."""
    target = oracle.exact(y)

    def loss(x, w1, b1, w2, b2):
        out = torch.relu(x @ w1 + b1) @ w2 + b2
        return torch.nn.functional.mse_loss(out[:, 0], target)

    return oracle.autograd(loss, (x, *params))
