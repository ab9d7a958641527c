"""The commands that this course adds to `kata`."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    submission: Annotated[Path | None, typer.Option(help="folder of chapters")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="passes over the data")] = 6,
    seed: Annotated[int, typer.Option(help="of the weights and the orders")] = 42,
    plot: Annotated[Path, typer.Option(help="picture of loss and accuracy")] = Path("training.png"),
) -> None:
    """Train a net on the digits at hand, with gradients by hand, and draw how it went."""
    from backprop.train import Settings, main

    raise typer.Exit(main(Settings(epochs=epochs, seed=seed), submission, plot))
