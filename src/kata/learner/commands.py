"""The commands that grade and show. Each imports its work when called: torch takes seconds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kata.learner.command import AsJson, MaybeName, Name, Names, at_work, board_at, say_json

if TYPE_CHECKING:
    from kata.learner.board import Row
    from kata.learner.place import Place

app = typer.Typer()


@app.command()
def watch(
    time_limit: Annotated[float, typer.Option(help="Stop a test after S seconds of work.")] = 5,
) -> None:
    """Grade at every save, and show the verdict at once.

    Exit status: 0 after q, 130 after Ctrl-C.
    """
    from kata.learner.watch import watch as run

    with at_work() as place:
        raise typer.Exit(run(place, time_limit))


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """Show every exercise, its state, and when it is due for practice."""
    from rich.console import Console

    from kata.answers.printable import plain
    from kata.learner import screen

    with at_work() as place:
        found = board_at(place)
        if as_json:
            rows = [_as_json(place, row) for row in found.rows]
            return say_json({"passed": found.passed, "current": found.current, "exercises": rows})
        console = Console()
        console.print(screen.table_of(found, console))
        console.print(f"\n{found.passed} of {len(found.rows)} passed")
        changed = [row.name for row in found.rows if row.status == "changed"]
        if changed:
            console.print("changed: not graded since it was changed; kata check grades it")
        for text in dict.fromkeys(f"{r.chapter}.py, {r.broken}" for r in found.rows if r.broken):
            console.print(plain(text), style="red", markup=False)


@app.command()
def next(as_json: AsJson = False) -> None:
    """Say what to do next, and where."""
    from rich.console import Console
    from rich.text import Text

    from kata.learner import screen

    with at_work() as place:
        found = board_at(place)
        name: str | None = found.current
        if name and found.row(name).status in ("passed", "parked"):
            name = found.after(name)
        if as_json:
            return say_json(_as_json(place, found.row(name)) if name else {"name": None})
        console = Console()
        if name is None:
            console.print(screen.all_done(found))
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
    """Give a hint, one more each time."""
    from rich.console import Console

    from kata.course.lessons import hints_of
    from kata.learner import screen, state, unbroken
    from kata.learner.place import Problem

    with at_work() as place:
        asked = name or board_at(place).current
        texts = hints_of(asked)
        if not texts:
            raise Problem(f"{asked}: no hints are written for it yet")
        with state.changing(place) as kept:
            progress = kept.of(asked)
            progress.hints = min(progress.hints + 1, len(texts))
            progress.helped = True
            shown = progress.hints
        if as_json:
            return say_json({"name": asked, "of": len(texts), "hints": texts[:shown]})
        console = Console()
        console.print(f"[bold]{asked}[/]\n")
        after = screen.hints_left(asked, shown, len(texts))
        console.print(unbroken.hints(texts[:shown], after), crop=False)
        return None


@app.command()
def lesson(
    name: Name,
    browser: Annotated[bool, typer.Option("--browser", help="Open it as a page.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page.")] = None,
) -> None:
    """Show the part of the lesson that leads to an exercise."""
    from kata.learner import lesson as lessons

    with at_work() as place:
        lessons.show(place, name, browser, html)


@app.command()
def check(
    names: Names = None,
    as_json: AsJson = False,
    time_limit: Annotated[float, typer.Option(help="Stop a test after S seconds of work.")] = 20,
) -> None:
    """Grade these exercises now; all of them without a name.

    Exit status: 0 when all have passed, 1 when one is todo, failed or broken.
    """
    from kata.learner.check import check as run

    with at_work() as place:
        raise typer.Exit(run(place, names or [], as_json, time_limit))


@app.command()
def debug(
    name: MaybeName = None,
    new: Annotated[bool, typer.Option("--new", help="Another bug than the open one.")] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Write its file again; your text is kept.")
    ] = False,
    answer: Annotated[
        str | None, typer.Option(metavar="LETTER", help="Say which sentence is true.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Of an exercise that has not passed, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the bug in a wrong answer: mend its file, or say which of four sentences is true.

    Exit status: 0 where it is found, 1 while it is open.
    """
    from kata.learner.debug import debug as run

    with at_work() as place:
        raise typer.Exit(run(place, name, new, force, answer, as_json, reset))


@app.command()
def solution(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Show it before a pass too.")] = False,
) -> None:
    """Show the solution of an exercise that has passed, and other right answers, unlike yours.

    Exit status: 1 where it has not, without --force.
    """
    from rich.console import Console

    from kata.learner import screen, source, state, unbroken
    from kata.learner.grader import Grader
    from kata.learner.place import Problem

    with at_work() as place:
        progress = state.read(place).of(name)
        passed = board_at(place).row(name).status == "passed"
        if not passed and not force:
            raise Problem(
                f"{name}: the solution is shown once it passes (kata check {name}), or by --force"
            )
        if not passed and progress.practising:
            with state.changing(place) as kept:
                kept.of(name).helped = True
        console = Console()
        console.print(unbroken.code(source.solution_text(name)), crop=False)
        if passed:
            with Grader(place, names=[name]) as grader:
                texts = [source.text_of(place, name), source.solution_text(name)]
                verdict = grader.others(name, texts)
            shown = screen.others(verdict) if verdict.found else verdict.message
            console.print(shown, crop=False)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at Python, torch, CUDA, the data and the editor; say what is missing and what to type.

    Exit status: 1 where something that is needed is missing.
    """
    from kata.learner.doctor import doctor as run

    with at_work() as place:
        raise typer.Exit(run(place, as_json))


@app.command()
def step(
    name: MaybeName = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Step through a forward and backward pass by your own functions, number by number.

    Opens at the first number that is wrong. Exit status: 1 where there is nothing to step through.
    """
    from kata.learner.step import step as run

    with at_work() as place:
        run(place, name, html, as_json)


def _as_json(place: "Place", row: "Row") -> dict[str, Any]:
    from kata.learner import source

    return {
        "name": row.name,
        "chapter": row.chapter,
        "status": row.status,
        "file": str(source.answered_in(place, row.chapter)),
        "line": row.line,
        "cell": row.cell or None,
        "practise": row.due,
    }
