"""The files that teachers' systems read, each written from the rows."""

from collections.abc import Callable
from pathlib import Path

from kata.teacher.formats import gradebook, gradescope, html, junit
from kata.teacher.rows import Row

WRITERS: dict[str, Callable[[Path, list[Row]], None]] = {
    "csv": gradebook.write_table,
    "canvas": gradebook.write_canvas,
    "moodle": gradebook.write_moodle,
    "junitxml": junit.write,
    "gradescope": gradescope.write,
    "html": html.write,
}
