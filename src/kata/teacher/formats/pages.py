"""Pages made of templates, in which every text of a submission is escaped.

A page fetches nothing, and no script runs in it but the one that we put there.
"""

import base64
import hashlib
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kata.grade import write_whole

OURS = 'name="generator" content="kata grade-all"'


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("kata.teacher.formats"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_printable,
    )
    found.filters["number"] = lambda number: f"{round(number, 2):g}"
    return found


def _printable(value: Any) -> Any:
    """Spell out what UTF-8 cannot hold, such as half of an emoji."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def page(template: str, title: str, script: str = "", **context: Any) -> str:
    """Return a page. script: the name of ours that runs in it, if one does."""
    text, allowed = "", "'none'"
    if script:
        loader = _templates().loader
        assert loader is not None
        text = loader.get_source(_templates(), script)[0]
        digest = hashlib.sha256(text.encode()).digest()
        allowed = f"'sha256-{base64.b64encode(digest).decode()}'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}"
    given = {**context, "title": title, "policy": policy, "script": Markup(text)}  # ours, unchanged
    return _templates().get_template(template).render(given)


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """Write pages, by file name, into a folder, and delete those of an older run there."""
    folder.mkdir(exist_ok=True)
    for name, text in pages.items():
        write_whole(folder / name, text)
    _forget_older(folder, pages)


def _forget_older(folder: Path, pages: Collection[str]) -> None:
    for path in folder.glob("*.html"):
        if path.name not in pages and path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                is_ours = re.search(OURS.encode(), file.read(500))
            if is_ours:
                path.unlink()
