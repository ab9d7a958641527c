"""The commands about what is remembered: parked exercises, progress carried to another machine."""

from pathlib import Path
from typing import Annotated

import typer

from kata.learner.command import Name, at_work

app = typer.Typer()
progress = typer.Typer(no_args_is_help=True, help="Carry your progress to another machine.")
app.add_typer(progress, name="progress")

File = Annotated[Path, typer.Argument(metavar="FILE", help="a file of JSON")]


@app.command()
def park(
    name: Name,
    back: Annotated[bool, typer.Option("--back", help="Take it back.")] = False,
) -> None:
    """Say that you know an exercise: kata next passes it over until you take it back."""
    from kata.learner import state

    with at_work() as place, state.changing(place) as kept:
        kept.of(name).parked = not back
        if back:
            typer.echo(f"{name} is no longer parked")
        else:
            typer.echo(f"{name} is parked: kata next passes it over; kata park {name} --back")


@progress.command()
def export(file: File) -> None:
    """Write what is remembered of every exercise to a file; your answers are not in it.

    Exit status: 1 where it cannot be written.
    """
    from kata.answers.printable import plain
    from kata.learner import carrying

    with at_work() as place:
        number = carrying.export(place, file)
        typer.echo(
            f"{plain(str(file))}: what is remembered (exercises: {number}). On the other machine: "
            "kata progress import FILE. Your answers are not in it: take exercises/ along as well."
        )


@progress.command(name="import")
def import_(file: File) -> None:
    """Add what such a file remembers to what is remembered here; nothing is lost.

    Exit status: 1 where the file cannot be used.
    """
    from kata.learner import carrying
    from kata.refusal import shown

    with at_work() as place:
        brought = carrying.bring_in(place, file)
        kept = f"; what was remembered is kept in {shown(brought.backup)}" if brought.backup else ""
        typer.echo(f"brought in; exercises that are further now: {len(brought.further)}{kept}")
