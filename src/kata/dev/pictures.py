"""The pictures of `kata watch` in README: its screen after a wrong save, and after the right one.

They are taken of the real command on a pseudo-terminal, so they show what a learner sees.
"""

import ast
import html
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from kata.answers.text import stub_of
from kata.course import chapters, course, exercises, exercises_of

SIZE = 36, 80  # rows and columns
PATIENCE = 300.0  # seconds, on a busy machine
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
    name, docs = asked["exercise"], course().root / "docs"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve() / "exercises"
        file, solution = _lay(place, name)
        with _Watch(place) as watch:
            others = [n for n in exercises_of(exercises()[name].chapter) if n != name]
            watch.wait_for("q quit", *(f"✓ {other}" for other in others))
            file.write_text(_with_body(solution, name, asked["wrong"]), "utf-8")
            wrong = watch.wait_for(f"✗ {name}", "looks like", "tests pass")
            file.write_text(solution, "utf-8")
            right = watch.wait_for(f"✓ {name} passes")
    shown = {"watch_wrong": wrong, "watch_right": right}
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


def _lay(place: Path, name: str) -> tuple[Path, str]:
    """Lay the solutions of an exercise's chapter and of those before it, and stubs from there on.

    The exercise itself is to be done. Returns its file, and what is to be in it.
    """
    place.mkdir()
    chapter = exercises()[name].chapter
    for other in chapters():
        text = course().solution_of(other).read_text("utf-8")
        laid = text if other < chapter else stub_of(text)
        if other == chapter:
            solution, laid = text, _with_body(text, name, "raise NotImplementedError")
        (place / f"{other}.py").write_text(laid, "utf-8")
    return place / f"{chapter}.py", solution


def _with_body(text: str, name: str, body: str) -> str:
    """Return a file's text with another body in one of its functions, below the docstring."""
    tree = ast.parse(text)
    node = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    lines = text.splitlines()
    lines[node.body[1].lineno - 1 : node.end_lineno] = [f"    {row}" for row in body.split("\n")]
    return "\n".join(lines) + "\n"


class _Watch:
    """`kata watch` on a pseudo-terminal, in a block."""

    def __init__(self, place: Path) -> None:
        import pexpect  # comes with the extra "dev", as pyte does
        import pyte

        rows, columns = SIZE
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        ours = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "LINES", "COLUMNS")}
        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "kata", "watch"],
            env={
                **ours,
                "TERM": "xterm-256color",
                "KATA_COURSE": str(course().root),
                "KATA_EXERCISES": str(place),
            },
            cwd=place.parent,
            dimensions=SIZE,
            encoding="utf-8",
        )

    def __enter__(self) -> "_Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.send("q")
        self._child.close(force=True)

    def wait_for(self, *texts: str) -> list[Text]:
        """Return the rows of the screen once all these texts are on it."""
        import pexpect

        end = time.monotonic() + PATIENCE
        while not all(text in " ".join("\n".join(self._screen.display).split()) for text in texts):
            if time.monotonic() > end:
                raise TimeoutError("\n".join([f"waited for {texts}, saw:", *self._screen.display]))
            try:
                self._stream.feed(self._child.read_nonblocking(1 << 16, timeout=0.05))
            except pexpect.TIMEOUT:
                continue
        return list(self._rows())

    def _rows(self) -> Iterator[Text]:
        for row in range(self._screen.lines):
            cells = [self._screen.buffer[row][column] for column in range(self._screen.columns)]
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
