"""A page for each student, to be sent back: the grade, the messages, and the teacher's comments."""

import re
from pathlib import Path

from kata.teacher.formats import comments
from kata.teacher.formats.gradebook import one_of_each_login
from kata.teacher.formats.html import submission
from kata.teacher.formats.pages import write_pages
from kata.teacher.rows import Row


def write(folder: Path, rows: list[Row], said: comments.Comments) -> None:
    """Write LOGIN.html for each student, and comments.csv where there is none yet."""
    pages: dict[str, str] = {}
    for row in one_of_each_login(rows):
        name = re.sub(r"[^\w.-]", "_", row.login)[:80].strip(".") or "_"
        while f"{name}.html".casefold() in {other.casefold() for other in pages}:
            name += "_"
        pages[f"{name}.html"] = submission(row, comments.of(row.login, said))
    write_pages(folder, pages)
    comments.begin(folder, {row.login for row in rows})
