"""`kata dev ...`: what an author of exercises uses."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="dev", no_args_is_help=True, help="For authors of exercises.")
MAKE = ("build", "new-exercise", "prove")  # these write the course's files, or compare them


@app.callback()
def dev(context: typer.Context) -> None:
    """Leave a copy alone, whose files are a learner's."""
    from kata.course import course
    from kata.course.places import NoCourse

    with suppress(NoCourse):
        if context.invoked_subcommand in MAKE and course().copy_of:
            where = "this folder is a learner's copy of the course; an author needs a clone of it"
            typer.echo(f"kata dev {context.invoked_subcommand}: {where}", err=True)
            raise typer.Exit(1)


@app.command()
def build(
    run: Annotated[
        bool, typer.Option(help="Run the solved notebooks that changed, and picture the watch.")
    ] = True,
) -> None:
    """Write what follows from solutions/ and lessons/: stubs, docs/exercises.md, notebooks."""
    from kata.dev.build import build as make

    for line in make(run) or ["everything is fresh"]:
        typer.echo(line)


@app.command("new-exercise")
def new_exercise(
    name: Annotated[str, typer.Argument(help="the function's name")],
    chapter: Annotated[str, typer.Option(help="its chapter, chNN_name; a new one is made")],
) -> None:
    """Begin an exercise: write what is to be filled in into its five files.

    Exit status: 1 where it cannot be.
    """
    from kata.dev.new_exercise import Refused, begin

    try:
        for line in begin(name, chapter):
            typer.echo(line)
    except Refused as refused:
        typer.echo(f"kata dev new-exercise: {refused}", err=True)
        raise typer.Exit(1) from None


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl")],
) -> None:
    """Write every misconception and right answer as a program of its own, a JSON object a line.

    docs/misconceptions says what is in it. Exit status: 1 where the file cannot be written.
    """
    from kata.dev.export import export as write

    try:
        wrong, right, left_out = write(file)
    except OSError as error:
        typer.echo(f"kata dev export: {file}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"{file}: {wrong} misconceptions and {right} right answers; "
        f"{left_out} that need the grader's own modules are left out"
    )


@app.command()
def prove(
    name: Annotated[str, typer.Argument(help="an exercise, or a chapter (chNN_name)")],
) -> None:
    """Prove an exercise: stub, solution, mistakes, right answers, lesson, notebook.

    Exit status: 1 where something is wrong, with a line for each fault.
    """
    from kata.dev.prove import prove as run

    faults = run(_exercises_named(name))
    for fault in faults:
        typer.echo(fault)
    typer.echo(f"{name}: " + (f"{len(faults)} faults" if faults else "proven"))
    raise typer.Exit(1 if faults else 0)


@app.command()
def mutants(
    name: Annotated[str, typer.Argument(help="an exercise, or a chapter (chNN_name)")] = "",
    every: Annotated[bool, typer.Option("--all", help="All exercises.")] = False,
    named: Annotated[bool, typer.Option(help="List those that are named, too.")] = False,
) -> None:
    """Grade every one-edit mutant of a solution; list those that pass or have no name.

    Exit status: 1 where one passes that the course does not record as equivalent.
    """
    from kata.course import exercises
    from kata.dev.mutants import grade
    from kata.dev.survivors import Report

    names = [*exercises()] if every and name not in exercises() else _exercises_named(name)
    report = Report(typer.echo, named)
    status = grade(names, report.exercise)
    report.end()
    raise typer.Exit(status or (1 if report.faults else 0))


def _exercises_named(name: str) -> list[str]:
    """Return an exercise, or those of a chapter. Raises BadParameter where there are none."""
    from kata.course import closest, exercises, exercises_of

    names = [name] if name in exercises() else list(exercises_of(name))
    if not names:
        raise typer.BadParameter(f"{name}: no such exercise{closest(name, exercises())}")
    return names
