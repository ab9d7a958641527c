"""What the learner's commands share: their arguments, the place they work in, and their words.

Exit status: 0 done (check: all passed), 1 not passed or not possible, 2 the command itself is
wrong (an unknown name), 128 + signal when stopped. docs/learning.md says more.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kata.learner.board import Board
    from kata.learner.place import Place


def _name_of(name: str) -> str:
    from kata.learner.board import known

    try:
        return known(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _maybe_name(name: str | None) -> str | None:
    return None if name is None else _name_of(name)


def _names_of(names: list[str] | None) -> list[str]:
    return [_name_of(name) for name in names or []]


def _complete(incomplete: str) -> list[str]:
    from kata.course import exercises

    return [name for name in exercises() if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(callback=_name_of, autocompletion=_complete)]
MaybeName = Annotated[
    str | None, typer.Argument(callback=_maybe_name, autocompletion=_complete, metavar="[NAME]")
]
Names = Annotated[
    list[str] | None,
    typer.Argument(callback=_names_of, autocompletion=_complete, metavar="[NAME]..."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for tools.")]


@contextmanager
def at_work() -> "Iterator[Place]":
    """The place to work in; a Problem ends the command with its line, and status 1."""
    from kata.answers.printable import plain
    from kata.learner.place import Problem, here

    try:
        yield here()
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Problem as problem:
        typer.echo(f"kata: {plain(str(problem))}", err=True)
        raise typer.Exit(1) from None


def board_at(place: "Place") -> "Board":
    """Where the learner stands, today."""
    from kata.learner.board import board_now

    return board_now(place)


def say_json(content: dict[str, Any]) -> None:
    """Write what a tool is to read."""
    typer.echo(json.dumps(content, indent=1))
