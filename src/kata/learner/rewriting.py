"""The commands that write into the learner's files: stubs put back, new exercises brought in."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kata.learner.command import AsJson, MaybeName, at_work, say_json

app = typer.Typer()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder")],
) -> None:
    """Lay out a folder to work in: stubs, notebooks, tests and lessons.

    Exit status: 1 where it cannot be.
    """
    from kata.answers.printable import plain
    from kata.learner.laying import lay_out
    from kata.learner.place import Problem

    try:
        lay_out(folder.expanduser())
    except Problem as problem:
        typer.echo(f"kata: {plain(str(problem))}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{folder}: laid out. Next: cd {shlex.quote(str(folder))}, then kata next")


@app.command()
def reset(
    name: MaybeName = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every exercise (asks first, at a terminal).")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put the stub of one exercise back; your text is kept in .kata/backups."""
    import sys

    from kata.learner import editing
    from kata.refusal import shown

    if (name is None) == (not everything):
        raise typer.BadParameter("give one exercise's name, or --all")
    with at_work() as place:
        if name is not None:
            backup = editing.reset(place, name)
            typer.echo(f"{name} is a stub again; your text is kept in {shown(backup)}")
            return
        if sys.stdin.isatty() and not yes:
            typer.confirm("Make every exercise a stub again?", abort=True)
        backups = editing.reset_all(place)
        for backup in backups:
            typer.echo(f"kept {shown(backup)}")
        typer.echo("every exercise is a stub again")


@app.command()
def again(
    name: MaybeName = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Blank a solved exercise, to solve it again on fresh inputs; without a name, one that is due.

    Every second time it comes back as a bug to find (kata debug). Your text is kept in
    .kata/backups. Exit status: 1 where nothing is due, or the bug is still open.
    """
    import sys
    from datetime import date

    from kata.learner import debug, editing, practice, state
    from kata.refusal import shown

    with at_work() as place:
        now = state.read(place)
        asked = name or next(iter(practice.due(now, date.today())), None)
        if name is None and asked and practice.is_for_debugging(now.of(asked)):
            raise typer.Exit(debug.debug(place, asked, as_json=as_json))
        if asked and sys.stdin.isatty() and not (yes or as_json):
            typer.confirm(f"Make {asked} a stub again (your text is kept)?", abort=True)
        blanked, backup = editing.blank(place, asked)
        if as_json:
            return say_json({"name": blanked, "backup": str(backup)})
        typer.echo(
            f"{blanked} is a stub again; your text is kept in {shown(backup)}. "
            "It will be graded on fresh inputs: kata watch."
        )
        return None


@app.command()
def update(as_json: AsJson = False) -> None:
    """Bring new exercises into your files, after a git pull or an installation of a newer version;
    your answers stay as they are.

    Exit status: 1 where a file could not be updated.
    """
    from dataclasses import asdict

    from kata.answers.printable import plain
    from kata.learner import editing

    with at_work() as place:
        done = editing.update(place)
        if as_json:
            say_json(asdict(done))
        else:
            for what, names in (
                ("new chapters", done.chapters),
                ("added", done.added),
                ("renewed, still stubs", done.renewed),
                ("brought in", done.files),
            ):
                if names:
                    typer.echo(f"{what}: {', '.join(names)}")
            for text in done.skipped:
                typer.echo(f"left alone: {plain(text)}; mend it and run kata update again")
            for text in done.kept:
                typer.echo(
                    f"left alone: {text}, which you have changed; kata init DIR has a new one"
                )
            if not any(asdict(done).values()):
                typer.echo("everything is up to date")
        raise typer.Exit(1 if done.skipped else 0)
