"""The commands that this course adds to `kata`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Submission = Annotated[Path | None, typer.Option(help="folder of chapters, not exercises/")]
Plot = Annotated[Path | None, typer.Option(help="picture of how it went")]
Fresh = Annotated[bool, typer.Option("--fresh", help="start over after an interruption")]


def train(
    submission: Submission = None,
    epochs: Annotated[int, typer.Option(min=1, help="passes over the data")] = 6,
    seed: Annotated[int, typer.Option(help="of the weights and the orders")] = 42,
    plot: Plot = None,
    write: Annotated[bool, typer.Option("--write", help="a net that writes, not digits")] = False,
    fresh: Fresh = False,
) -> None:
    """Train a net with gradients by hand, on your own functions wherever they pass; draw it."""
    _reach("writer" if write else "digits", submission, plot, fresh, epochs=epochs, seed=seed)


def milestone(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="which; lists them")] = None,
    submission: Submission = None,
    plot: Plot = None,
    fresh: Fresh = False,
) -> None:
    """Run what a part of the course comes to, on your own functions; without NAME, list them."""
    _reach(name, submission, plot, fresh)


def _reach(
    name: str | None, submission: Path | None, plot: Path | None, fresh: bool, **settings: Any
) -> None:
    from rich.console import Console

    from backprop import milestones
    from backprop.data import DataError
    from backprop.torchvision_cpu import TorchvisionError
    from kata.learner.command import at_work
    from kata.learner.place import Place
    from kata.refusal import NotPassed

    with at_work() as place:
        place = Place(submission) if submission else place
        console = Console()
        if name is None:
            milestones.listed(place, console)
            return
        found = [one for one in milestones.MILESTONES if one.name == name]
        if not found:
            names = ", ".join(one.name for one in milestones.MILESTONES)
            raise typer.BadParameter(f"no milestone {name!r}; there are {names}")
        try:
            status = milestones.reach(found[0], place, console, plot, fresh, **settings)
        except (DataError, TorchvisionError, NotPassed, OSError, ValueError) as error:
            print(f"kata: {error}", file=sys.stderr)
            status = 1
        raise typer.Exit(status)
