"""The command `kata`: each command's work is done elsewhere, and imported when it is asked for."""

import errno
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from kata import __version__
from kata.answers.printable import plain
from kata.course import course, function_at
from kata.course.places import NoCourse, no_course
from kata.dev.commands import app as dev
from kata.learner import commands, remembering, rewriting, streams

app = typer.Typer(
    name="kata",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(commands.app)
app.add_typer(rewriting.app)
app.add_typer(remembering.app)
app.add_typer(dev)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"kata {__version__}")
        raise typer.Exit


@app.callback()
def kata(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Write the forward and the backward pass of a neural network by hand, and be graded."""
    asks_for_help = "--help" in sys.argv
    if context.invoked_subcommand != "init" and not asks_for_help and course().is_in_a_package:
        raise NoCourse(no_course())


@app.command("grade-all")
def grade_all(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="holds the submissions")],
    json: Annotated[Path, typer.Option(help="write all grades to this file")],
    csv: Annotated[Path | None, typer.Option(help="a table: one row for each submission")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="submissions at a time")] = os.cpu_count() or 1,
    timeout: Annotated[float, typer.Option(min=1, help="seconds for a submission")] = 300.0,
    memory: Annotated[int, typer.Option(min=64, help="MB for its code")] = 2048,
    only: Annotated[list[str] | None, typer.Option(help="a chapter (ch03), or core")] = None,
    draw_seed: Annotated[int, typer.Option(help="test on other numbers than the usual ones")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="go on after an interruption")] = False,
    html: Annotated[Path | None, typer.Option(help="folder for reports to read")] = None,
    junitxml: Annotated[Path | None, typer.Option(help="JUnit XML")] = None,
    gradescope: Annotated[Path | None, typer.Option(help="Gradescope's results.json")] = None,
    canvas: Annotated[Path | None, typer.Option(help="CSV that Canvas imports")] = None,
    moodle: Annotated[Path | None, typer.Option(help="CSV that Moodle imports")] = None,
    scheduler: Annotated[str | None, typer.Option(help="address of a Dask scheduler")] = None,
    only_submission: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="grade this one again, keep the others")
    ] = None,
    roster: Annotated[Path | None, typer.Option(help="CSV: names of entries, logins")] = None,
    policy: Annotated[Path | None, typer.Option(help="CSV: points, weights, late marks")] = None,
    feedback: Annotated[
        Path | None, typer.Option(help="folder for a page for each student, to send back")
    ] = None,
    cold: Annotated[bool, typer.Option("--cold", help="a pytest process for each")] = False,
) -> None:
    """Grade a class: every sub-folder, .zip, .py and .ipynb of DIR is one submission."""
    from kata.teacher import batch
    from kata.teacher.rows import Limits
    from kata.teacher.tables import Usage

    files = {
        "csv": csv,
        "html": html,
        "junitxml": junitxml,
        "gradescope": gradescope,
        "canvas": canvas,
        "moodle": moodle,
    }
    outputs = {kind: path for kind, path in files.items() if path is not None}
    limits = Limits(timeout, memory)
    settings = batch.Settings(
        folder,
        json,
        outputs,
        jobs,
        limits,
        only=only or (),
        draw_seed=draw_seed,
        resume=resume,
        cold=cold,
        scheduler=scheduler,
        submissions=only_submission or (),
        roster=roster,
        policy=policy,
        feedback=feedback,
    )
    try:
        raise typer.Exit(batch.run(settings))
    except Usage as error:
        for line in str(error).splitlines():
            typer.echo(f"kata grade-all: {plain(line)}", err=True)
        raise typer.Exit(2) from None


def main(args: list[str] | None = None) -> None:
    """Run the command line, or these arguments; a course's own commands are among the others."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell starts some jobs so
        signal.signal(signal.SIGINT, signal.default_int_handler)
    streams.prepare()
    try:
        try:
            _add_the_course_s()
            app(args)
        finally:
            sys.stdout.flush()
            if line := streams.told_of_missing_letters(sys.stdout):
                typer.echo(line, err=True)
    except NoCourse as missing:
        typer.echo(f"kata: {missing}", err=True)
        raise SystemExit(2) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EPIPE):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python fails once more at its end
        if error.errno == errno.ENOSPC:  # where nobody reads on, nobody is to be told
            typer.echo(f"kata: the output cannot be written ({error.strerror})", err=True)
        raise SystemExit(1) from None


def _add_the_course_s() -> None:
    """Add the commands that the course at hand names; without a course there are none."""
    with suppress(NoCourse):
        for name, where in course().commands.items():
            app.command(name)(function_at(where))
