"""The hints of an exercise, from hints/chNN_name.md: under `## name`, the items 1., 2. and 3."""

import re
from pathlib import Path

from kata.course import ROOT, exercises

HINTS = ROOT / "hints"


def hints_of(name: str, folder: Path = HINTS) -> list[str]:
    """The hints, in order, as Markdown; none where none are written yet."""
    path = folder / f"{exercises()[name].chapter}.md"
    if not path.is_file():
        return []
    return parse(path.read_text("utf-8")).get(name, [])


def parse(text: str) -> dict[str, list[str]]:
    """The hints by exercise. Lines before the first item of a section are for authors alone."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^##\s+", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        items = re.split(r"^\d+\.\s+", body, flags=re.MULTILINE)[1:]
        found[title.strip().strip("`")] = [_without_indent(item) for item in items]
    return found


def _without_indent(item: str) -> str:
    """An item's text, the indentation of its further lines taken off."""
    first, *rest = item.rstrip().split("\n")
    depth = min((len(r) - len(r.lstrip()) for r in rest if r.strip()), default=0)
    return "\n".join([first, *(r[depth:] for r in rest)]).strip()
