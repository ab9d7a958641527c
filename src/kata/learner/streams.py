"""The standard streams, so that every command can read and write them whatever they are."""

import codecs
import os
import sys
from typing import TextIO

MISSING = "kata.missing"  # what Python calls our way with letters that an encoding lacks
_replaced: list[str] = []


def prepare() -> None:
    """Open the streams that are closed, and let a narrow encoding have ? for what it lacks."""
    if os.environ.get("COLUMNS") == "0":  # of an editor's shell; rich would write nothing
        del os.environ["COLUMNS"]
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # `kata list >&-`, and pythonw on Windows
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    codecs.register_error(MISSING, _question_mark)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors=MISSING)


def told_of_missing_letters(stream: TextIO) -> str:
    """Return what to do about the letters that were replaced, in one line; "" if none were."""
    if not _replaced:
        return ""
    return (
        f"kata: {stream.encoding} has no {_replaced[0]}; it and its like are shown as ?. "
        "Set PYTHONIOENCODING=utf-8 to see them"
    )


def _question_mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    _replaced.append(f"U+{ord(missing[0]):04X}")
    return "?" * len(missing), error.end
