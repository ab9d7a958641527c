"""The learner's commands. Each imports its work when it is called: torch takes seconds to load.

Exit status: 0 done (check: all passed), 1 not passed or not possible, 2 the command itself is
wrong (an unknown name), 128 + signal when stopped. docs/learning.md says more.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kata.learner.board import Row
    from kata.learner.place import Place

app = typer.Typer()


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
    from kata.catalogue import exercises

    return [name for name in exercises() if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(callback=_name_of, autocompletion=_complete)]
MaybeName = Annotated[
    str | None, typer.Argument(callback=_maybe_name, autocompletion=_complete, metavar="[NAME]")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for tools.")]


@app.command()
def watch(
    time_limit: Annotated[float, typer.Option(help="Stop a test after so many seconds.")] = 5,
) -> None:
    """Grade at every save, and show the verdict at once.

    Exit status: 0 after q, 130 after Ctrl-C.
    """
    from kata.learner.watch import watch as run

    with _problems() as place:
        raise typer.Exit(run(place, time_limit))


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """Show every exercise, its state, and when it is due for practice."""
    from rich.console import Console

    from kata.learner import screen

    with _problems() as place:
        found = _board(place)
        if as_json:
            rows = [_as_json(place, row) for row in found.rows]
            return _say_json({"passed": found.passed, "current": found.current, "exercises": rows})
        console = Console()
        console.print(screen.table_of(found, console))
        console.print(f"\n{found.passed} of {len(found.rows)} passed")
        changed = [row.name for row in found.rows if row.status == "changed"]
        if changed:
            console.print("changed: not graded since it was changed; kata check grades it")
        for text in dict.fromkeys(f"{r.chapter}.py, {r.broken}" for r in found.rows if r.broken):
            console.print(text, style="red", markup=False)


@app.command()
def next(as_json: AsJson = False) -> None:
    """Say what to do next, and where."""
    from rich.console import Console
    from rich.text import Text

    from kata.learner import screen

    with _problems() as place:
        found = _board(place)
        name: str | None = found.current
        if name and found.row(name).status == "passed":
            name = found.after(name)
        if as_json:
            return _say_json(_as_json(place, found.row(name)) if name else {"name": None})
        console = Console()
        if name is None:
            console.print(f"All {len(found.rows)} exercises have passed.")
            return None
        row = found.row(name)
        console.print(screen.header(found, name))
        console.print()
        if row.status == "todo":
            console.print(screen.to_do(place, row))
        else:
            says = {"changed": "has not been graded since it was changed"}
            text = Text(f"{name} {says.get(row.status, 'does not pass yet')}: kata check {name}. ")
            console.print(text.append_text(screen.where(place, row)))
        return None


@app.command()
def hint(name: MaybeName = None, as_json: AsJson = False) -> None:
    """Give a hint: three, one more each time."""
    from rich.console import Console

    from kata.learner import screen, state
    from kata.learner.hints import hints_of
    from kata.learner.place import Problem

    with _problems() as place:
        asked = name or _board(place).current
        texts = hints_of(asked)
        if not texts:
            raise Problem(f"{asked}: no hints are written for it yet")
        with state.changing(place) as kept:
            progress = kept.of(asked)
            progress.hints = min(progress.hints + 1, len(texts))
            progress.helped = True
            shown = progress.hints
        if as_json:
            return _say_json({"name": asked, "of": len(texts), "hints": texts[:shown]})
        console = Console()
        console.print(f"[bold]{asked}[/]\n")
        console.print(screen.hints(asked, texts[:shown], len(texts)))
        return None


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(callback=_names_of, autocompletion=_complete, metavar="[NAME]..."),
    ] = None,
    as_json: AsJson = False,
    time_limit: Annotated[float, typer.Option(help="Stop a test after so many seconds.")] = 20,
) -> None:
    """Grade these exercises now; all of them without a name.

    Exit status: 0 when all have passed, 1 when one is todo, failed or broken.
    """
    from kata.learner.check import check as run

    with _problems() as place:
        raise typer.Exit(run(place, names or [], as_json, time_limit))


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
    with _problems() as place:
        if name is not None:
            backup = editing.reset(place, name)
            _say(f"{name} is a stub again; your text is kept in {shown(backup)}")
            return
        if sys.stdin.isatty() and not yes:
            typer.confirm("Make every exercise a stub again?", abort=True)
        backups = editing.reset_all(place)
        for backup in backups:
            _say(f"kept {shown(backup)}")
        _say("every exercise is a stub again")


@app.command()
def solution(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Show it before a pass too.")] = False,
) -> None:
    """Show the solution of an exercise that has passed.

    Exit status: 1 where it has not, without --force.
    """
    from rich.console import Console

    from kata.learner import screen, source, state
    from kata.learner.place import Problem

    with _problems() as place:
        progress = state.read(place).of(name)
        passed = _board(place).row(name).status == "passed"
        if not passed and not force:
            raise Problem(
                f"{name}: the solution is shown once it passes (kata check {name}), or by --force"
            )
        if not passed and progress.practising:
            with state.changing(place) as kept:
                kept.of(name).helped = True
        Console().print(screen.code(source.solution_text(name)))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at Python, torch, CUDA, the data and the editor; say what is missing and what to type.

    Exit status: 1 where something that is needed is missing.
    """
    from kata.learner.doctor import doctor as run

    with _problems() as place:
        raise typer.Exit(run(place, as_json))


@app.command()
def update(as_json: AsJson = False) -> None:
    """Bring new exercises into your files, after a git pull; your answers stay as they are.

    Exit status: 1 where a file could not be updated.
    """
    from dataclasses import asdict

    from kata.learner import editing

    with _problems() as place:
        done = editing.update(place)
        if as_json:
            _say_json(asdict(done))
        else:
            for what, names in (
                ("new chapters", done.chapters),
                ("added", done.added),
                ("renewed, still stubs", done.renewed),
            ):
                if names:
                    _say(f"{what}: {', '.join(names)}")
            for text in done.skipped:
                _say(f"left alone: {text}; mend it and run kata update again")
            if not (done.chapters or done.added or done.renewed or done.skipped):
                _say("everything is up to date")
        raise typer.Exit(1 if done.skipped else 0)


@app.command()
def show(
    name: MaybeName = None,
    as_json: AsJson = False,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = False,
) -> None:
    """Draw what your answer gives, what is right, and the difference, as heat maps.

    Writes a page of HTML beside it, in .kata/show. Exit status: 1 where nothing can be drawn.
    """
    from kata.learner.check import show as run

    with _problems() as place:
        raise typer.Exit(run(place, name or _board(place).current, as_json, browser))


@app.command()
def again(name: MaybeName = None, as_json: AsJson = False) -> None:
    """Blank a solved exercise, to solve it again on fresh inputs; without a name, one that is due.

    Your text is kept in .kata/backups. Exit status: 1 where nothing is due.
    """
    from datetime import date

    from kata.learner import editing
    from kata.refusal import shown

    with _problems() as place:
        blanked, backup = editing.blank(place, name, date.today())
        if as_json:
            return _say_json({"name": blanked, "backup": str(backup)})
        _say(
            f"{blanked} is a stub again; your text is kept in {shown(backup)}. "
            "It will be graded on fresh inputs: kata watch."
        )
        return None


@contextmanager
def _problems() -> "Iterator[Place]":
    """The place to work in; a Problem ends the command with its line, and status 1."""
    from kata.learner.place import Problem, here

    try:
        yield here()
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Problem as problem:
        typer.echo(f"kata: {problem}", err=True)
        raise typer.Exit(1) from None


def _board(place: "Place") -> Any:
    from datetime import date

    from kata.learner import state
    from kata.learner.board import board

    return board(place, state.read(place), date.today())


def _as_json(place: "Place", row: "Row") -> dict[str, Any]:
    return {
        "name": row.name,
        "chapter": row.chapter,
        "status": row.status,
        "file": str(place.file_of(row.name)),
        "line": row.line,
        "practise": row.due,
    }


def _say(text: str) -> None:
    typer.echo(text)


def _say_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=1))
