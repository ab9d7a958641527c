"""The command `kata`: each command's work is done elsewhere, and imported when it is asked for."""

import typer

app = typer.Typer(
    name="kata",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def kata() -> None:
    """Write the forward and the backward pass of a neural network by hand, and be graded."""


@app.command()
def demo() -> None:
    """Run the lesson's whole story on the digits at hand, with the solutions."""
    from kata.demo import main

    raise typer.Exit(main())


def main() -> None:
    """Run the command line."""
    app()
