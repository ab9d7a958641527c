"""The pictures of `kata watch` in README: its screen after a wrong save, and after the right one.

They are taken of the real command on a pseudo-terminal, so they show what a learner sees.
"""

import html
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from kata.answers.text import stub_of
from kata.course import chapters, course, exercises, exercises_of
from kata.dev.parts import parts_of

SIZE = 36, 80  # rows and columns
TIME = re.compile(r"graded at [\d:]+ in [\d.]+ s")
NUMBER = re.compile(r"-?\d[\d.,]*(?:e[-+]?\d+)?")
YELLOW = {"brown": "yellow", "brightbrown": "bright_yellow"}  # as pyte calls them
# rich's own, but for the font, which it would have a browser fetch
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def made() -> dict[Path, str]:
    """Return the path and the text of each picture; none where the course asks for none."""
    if not (asked := course().picture):
        return {}
    from kata.dev.terminal import Terminal  # of a pseudo-terminal, which not every system has

    name, docs, (tall, wide) = asked["exercise"], course().root / "docs", SIZE
    chapter = exercises()[name].chapter
    stub, wrong, right = _texts(name, asked["wrong"])
    shown = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve() / "exercises"
        _lay(place, chapter)
        file = place / f"{chapter}.py"
        file.write_text(stub, "utf-8")
        where = {"KATA_COURSE": str(course().root), "KATA_EXERCISES": str(place), "NO_COLOR": ""}
        watch = Terminal("watch", rows=tall, columns=wide, cwd=place.parent, **where)
        with closing(watch.child):
            others = (other for other in exercises_of(chapter) if other != name)
            watch.wait_for("q quit", *(f"✓ {other}" for other in others))
            file.write_text(wrong, "utf-8")
            watch.wait_for(f"✗ {name}", "looks like", "tests pass")
            shown["watch_wrong"] = list(_rows(watch.screen))
            file.write_text(right, "utf-8")
            watch.wait_for(f"✓ {name} passes")
            shown["watch_right"] = list(_rows(watch.screen))
            watch.press("q")
    return {docs / f"{stem}.svg": _drawn(rows, stem) for stem, rows in shown.items()}


def stale() -> dict[Path, str]:
    """Return those whose words are not what the screen says now, and their text."""
    return {
        path: text
        for path, text in made().items()
        if not path.is_file() or words_of(path.read_text("utf-8")) != words_of(text)
    }


def words_of(picture: str) -> str:
    """Return what a picture says, but for its numbers: another machine rounds another way."""
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", picture)
    words = html.unescape(" ".join(texts)).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(NUMBER.sub("#", words).split())


def _texts(name: str, body: str) -> tuple[str, str, str]:
    """Return an exercise's file with all solved but this one; with this body in it; and right."""
    right = course().solution_of(exercises()[name].chapter).read_text("utf-8")
    (_, own), (_, stubs) = parts_of(right), parts_of(stub_of(right))
    stub = right.replace(own[name], stubs[name])
    wrong = body.strip().replace("\n", "\n    ")
    return stub, stub.replace("raise NotImplementedError", wrong), right


def _lay(place: Path, chapter: str) -> None:
    """Lay the solutions of the chapters before this one, and the stubs of those after it."""
    place.mkdir()
    for other in chapters():
        text = course().solution_of(other).read_text("utf-8")
        laid = text if other < chapter else stub_of(text)
        (place / f"{other}.py").write_text(laid, "utf-8")


def _rows(screen: Any) -> Iterator[Text]:
    """Yield what pyte has on its screen."""
    for row in range(screen.lines):
        cells = [screen.buffer[row][column] for column in range(screen.columns)]
        runs = groupby(cells, _style_of)
        yield Text.assemble(*(("".join(c.data for c in run), style) for style, run in runs))


def _style_of(cell: Any) -> str:
    """Return a cell's colour and weight in rich's words."""
    words = ["bold"] * cell.bold + ["italic"] * cell.italics + ["reverse"] * cell.reverse
    if cell.fg != "default":
        is_hex = re.fullmatch("[0-9a-f]{6}", cell.fg)
        words.append(f"#{cell.fg}" if is_hex else YELLOW.get(cell.fg, cell.fg))
    return " ".join(words)


def _drawn(rows: list[Text], stem: str) -> str:
    """Return rows of the screen as an SVG, but for the time, and what is empty at the end."""
    rows = [row for row in rows if not TIME.match(row.plain)]
    while not rows[-1].plain.strip():
        rows.pop()
    console = Console(record=True, width=SIZE[1], file=StringIO(), color_system="truecolor")
    console.print(*rows, sep="\n", no_wrap=True)
    return console.export_svg(title="kata watch", code_format=FORMAT, unique_id=stem)
