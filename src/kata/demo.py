"""The lesson's whole story, told with the solutions' functions on the digits at hand.

Normalise, draw the weights, go forward, take the loss, go backward, compare with autograd. The
Story is data; `show` prints it.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata import oracle
from kata.catalogue import SOLUTIONS
from kata.data import DataError, Digits, load_mnist
from kata.refusal import NotPassed
from kata.submission import Submission
from kata.torchvision_cpu import TorchvisionError

SEED = 42
HIDDEN = 50


@dataclass(frozen=True)
class Spread:
    """The mean and the (unbiased) standard deviation of some numbers."""

    mean: float
    std: float

    @classmethod
    def of(cls, numbers: Tensor) -> "Spread":
        return cls(numbers.mean().item(), numbers.std().item())

    def __str__(self) -> str:
        return f"{self.mean:z.4f} / {self.std:.4f}"


@dataclass(frozen=True)
class Layer:
    """What one init makes of the validation digits in the first layer."""

    init: str
    lin: Spread
    relu: Spread
    shifted_relu: Spread


@dataclass(frozen=True)
class Gradient:
    """A gradient by hand against float64 autograd's.

    near: what the solutions' `near` says of it.
    error: |by hand - autograd| / |autograd|, of the whole tensor as one vector. It is the one to
    trust: at 50,000 digits every number of x.grad lies near near's absolute tolerance, 1e-5.
    """

    name: str
    near: bool
    error: float


@dataclass(frozen=True)
class Story:
    """All that the demo found.

    note: where the digits come from. n, m, c: training rows, pixels, classes.
    """

    note: str
    n: int
    m: int
    c: int
    n_valid: int
    pixels: Spread
    normalized: Spread
    layers: tuple[Layer, ...]
    loss: float
    gradients: tuple[Gradient, ...]


def run(solutions: Path = SOLUTIONS, digits: Digits | None = None) -> Story:
    """Tell the story with the functions of a folder of chapter files; by default on load_mnist's.

    Weights are drawn with seed 42; the global generator is left as it was.
    Raises DataError or TorchvisionError where there are no digits, NotPassed where a function is
    missing or stops.
    """
    digits = load_mnist() if digits is None else digits
    answer = Submission(solutions).answer

    x, y, x_valid, y_valid = answer("split_and_scale")(digits.images, digits.labels, digits.n_valid)
    pixels = Spread.of(x)
    x, x_valid = answer("normalize_splits")(x, x_valid)
    n, m, c = answer("get_shapes")(x, y)

    def naive(fan_in: int, fan_out: int) -> Tensor:
        return torch.randn(fan_in, fan_out)

    inits: dict[str, Callable[[int, int], Tensor]] = {
        "N(0, 1)": naive,
        "xavier": answer("xavier_init"),
        "kaiming": answer("kaiming_init"),
    }
    layers = []
    # only the CPU's generator is seeded and used, so only that has to be put back
    with torch.random.fork_rng(devices=[]):
        for name, init in inits.items():
            torch.default_generator.manual_seed(SEED)
            out = answer("lin")(x_valid, init(m, HIDDEN), torch.zeros(HIDDEN))
            relu, shifted_relu = answer("relu")(out), answer("shifted_relu")(out)
            layers.append(Layer(name, *map(Spread.of, (out, relu, shifted_relu))))
        torch.default_generator.manual_seed(SEED)
        params = answer("init_params")(m, HIDDEN)

    y = y.to(x.dtype)
    loss = answer("forward_and_backward")(x, y, *params)
    gradients = []
    for name, by_hand, exact in zip(
        ("x", "w1", "b1", "w2", "b2"), (x, *params), _autograd(x, y, params), strict=True
    ):
        near = answer("near")(by_hand.grad, exact.to(by_hand.dtype))
        error = (by_hand.grad - exact).norm() / exact.norm()
        gradients.append(Gradient(name, near, error.item()))

    return Story(
        note=digits.note,
        n=n,
        m=m,
        c=c,
        n_valid=len(y_valid),
        pixels=pixels,
        normalized=Spread.of(x),
        layers=tuple(layers),
        loss=loss.item(),
        gradients=tuple(gradients),
    )


def _autograd(x: Tensor, y: Tensor, params: tuple[Tensor, ...]) -> list[Tensor]:
    """The gradients of the same loss in x and the parameters, by torch alone, in float64."""
    target = oracle.exact(y)

    def loss(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        out = torch.relu(x @ w1 + b1) @ w2 + b2
        return torch.nn.functional.mse_loss(out[:, 0], target)

    return oracle.autograd(loss, (x, *params))


def show(story: Story, console: Console) -> None:
    """Print the story."""

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    say(story.note)
    say(f"{story.n:,} train and {story.n_valid:,} validate, {story.m} pixels, {story.c} classes")
    say(f"\ntraining pixels, mean / std: {story.pixels}, normalised {story.normalized}\n")

    say(f"first layer on the validation digits, mean / std ({HIDDEN} units, seed {SEED})")
    table = Table("init", "lin", "relu", "shifted relu")
    for layer in story.layers:
        table.add_row(layer.init, str(layer.lin), str(layer.relu), str(layer.shifted_relu))
    console.print(table)
    say("(one draw of the weights: another seed gives other numbers, alike in size)")

    say(f"\nloss: {story.loss:.4f}; its gradients by hand against autograd in float64")
    table = Table("gradient in", "near", "relative error")
    for gradient in story.gradients:
        table.add_row(gradient.name, "yes" if gradient.near else "NO", f"{gradient.error:.1e}")
    console.print(table)


def main(solutions: Path = SOLUTIONS) -> int:
    """Run and print the story. Returns the exit status, 1 where one line says what is wrong."""
    try:
        story = run(solutions)
    except (DataError, TorchvisionError, NotPassed) as error:
        print(f"kata demo: {error}", file=sys.stderr)
        return 1
    show(story, Console())
    return 0 if all(gradient.near for gradient in story.gradients) else 1
