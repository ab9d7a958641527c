"""The ways in which an answer does not pass. Each carries one text for the person who wrote it."""

from pathlib import Path

AND = "\n  and: "  # between sentences that all hold


class NotPassed(Exception):
    """Base: `message` is what to show; `mistake` names the misconception, where it is known."""

    status = "failed"

    def __init__(self, message: str, mistake: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mistake = mistake


class Refused(NotPassed):
    """The answer ran and is wrong. otherwise: the mistake, where a diagnosis finds no other."""

    def __init__(
        self, message: str, mistake: str | None = None, otherwise: str | None = None
    ) -> None:
        super().__init__(message, mistake)
        self.otherwise = otherwise


class Measured(Refused):
    """What was counted or seen beside the values: its mistake is one, whatever the values are."""


class Todo(NotPassed):
    """The stub is untouched, or its chapter is not there yet."""

    status = "todo"


class Raised(NotPassed):
    """The answer raised: `kinds` are the names of the exception's class and its bases.

    mistake: what the error shows by itself, where no more is recognised.
    """

    status = "error"

    def __init__(
        self, message: str, kinds: tuple[str, ...], text: str = "", mistake: str | None = None
    ) -> None:
        super().__init__(message, mistake)
        self.kinds = kinds
        self.text = text


class Broken(NotPassed):
    """The learner's file cannot be loaded at all."""

    status = "error"


class GivenUp(NotPassed):
    """Not tried: an earlier test of the same answer was still running when its time was over."""

    status = "error"


class TookTooLong(BaseException):
    """Raised by the time limit; a BaseException, so that `except Exception` does not catch it.

    at: the line that was running, where it ran in another process.
    """

    at = ""


def shown(path: Path) -> str:
    """Return a path as a person would type it: relative to where they stand, when it lies below."""
    for form in (path.absolute(), path.resolve()):  # a link below it is typed as one
        if form.is_relative_to(Path.cwd()):
            return str(form.relative_to(Path.cwd()))
    return str(path)
