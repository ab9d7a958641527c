"""Read a digit with chapter 8's regression: one output that is to be the digit itself.

784 pixels, one hidden layer, mean squared error; minibatches and plain steps against the gradient.
It is the lesson's net, and no good reader: a 7 that looks like a 9 ends up as an 8. Its worst
digits are drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from backprop.data import Digits
from backprop.own import Own
from backprop.train import draw_loss
from backprop.training_run import Going, Kept, go_on, seeded
from kata.course import course

HIDDEN, SIZE, LR, SEED = 50, 64, 0.01, 42
WORST = 12


@dataclass
class Reading:
    """How it went. losses: of each minibatch. valid: the mean squared error on digits not seen.

    worst: the digits that were read worst, images [WORST, 28, 28], what they are, what was read.
    """

    losses: list[float]
    valid: float
    worst: tuple[Tensor, Tensor, Tensor]


def read(
    digits: Digits,
    own: Own | None = None,
    steps: int = 3000,
    watch: Callable[[Going], None] = lambda going: None,
    kept: Kept | None = None,
    seconds: float | None = None,
) -> Reading:
    """Train the regression; own, kept, seconds as for train.train."""
    own = own or Own(course().solutions, ())
    x, y, x_valid, y_valid = own["split_and_scale"](digits.images, digits.labels, digits.n_valid)
    x, x_valid = own["normalize_splits"](x, x_valid)
    full_pass, model, mse = own["forward_and_backward"], own["model"], own["mse"]
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(seeded(SEED))
        going = kept.read() if kept is not None else None
        if going is None:
            params = list(own["init_params"](x.shape[1], HIDDEN))
            going = Going(params, [], [], torch.get_rng_state(), steps)
        torch.set_rng_state(going.rng)

        def step(going: Going) -> None:
            rows = torch.randint(len(x), (SIZE,))
            params = [p.clone() for p in going.params]
            loss = full_pass(x[rows], y[rows], *params)
            lr = LR * (1 - going.done / going.total)
            going.took([p - lr * _grad(p) for p in params], [], [], loss)
            going.rng = torch.get_rng_state()

        go_on(going, step, watch, kept, seconds)
        out = model(x_valid, *going.params)
    off = (out.squeeze(1) - y_valid).abs()
    places = off.topk(WORST).indices
    images = digits.images[-len(y_valid) :][places]
    return Reading(
        going.losses, float(mse(out, y_valid)), (images, y_valid[places], out[places, 0])
    )


def _grad(p: Tensor) -> Tensor:
    assert p.grad is not None
    return p.grad


def write_plot(reading: Reading, path: Path) -> None:
    """Draw the loss, and the worst digits with what was read. Raises OSError, ValueError."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    halves: Any = figure.subfigures(1, 2)
    left, right = halves
    loss = left.subplots()
    draw_loss(list(range(1, len(reading.losses) + 1)), reading.losses, loss, 100)
    loss.set(xlabel="steps", ylabel="mean squared error, and its running mean")
    right.suptitle("the digits that it reads worst", fontsize=10)
    for axes, image, label, said in zip(right.subplots(3, 4).flat, *reading.worst, strict=True):
        axes.imshow(image.numpy(), cmap="gray_r")
        axes.set_title(f"{int(label)} read as {float(said):.1f}", fontsize=8)
        axes.set_axis_off()
    figure.savefig(path, dpi=150)
