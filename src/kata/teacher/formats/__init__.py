"""The files that teachers' systems read, each written from the rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kata.teacher.formats import gradebook, gradescope, html, junit

WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], None]] = {
    "csv": gradebook.write_table,
    "canvas": gradebook.write_canvas,
    "moodle": gradebook.write_moodle,
    "junitxml": junit.write,
    "gradescope": gradescope.write,
    "html": html.write,
}
