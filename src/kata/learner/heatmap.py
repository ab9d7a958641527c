"""Draw a picture of picture.py: heat maps in the terminal, and a page of HTML that needs no other.

Blue is negative, red positive, and nothing is white (black on a dark page). What was got and what
was expected share one scale; the difference has its own, which is written beside it.
"""

import html
import math
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from kata.answers.printable import brief, plain

Matrix = list[list[float | None]]
LOW, MIDDLE, HIGH = (33, 102, 172), (247, 247, 247), (178, 24, 43)
MISSING = (120, 120, 120)  # nan and infinity
WIDE, TALL = 24, 12  # characters and lines that one heat map may take


def shown(picture: dict[str, Any], console: Console) -> RenderableType:
    """Return the picture for this terminal; numbers in place of colours where it has none."""
    items: list[RenderableType] = []
    if "call" in picture:
        call = plain(picture["call"])
        items.append(Text(f"the first probe that shows it: {call}\n", style="dim"))
    for part in picture.get("parts", []):
        items += [_part(part, console), Text()]
    if picture["says"]:
        label, found, text = brief(picture["says"]).partition(": ")
        says = Text.assemble((label + found, "bold yellow"), text) if found else Text(label)
        items.append(says)
    return Group(*items)


def difference(part: dict[str, Any]) -> Matrix | None:
    """got - expected, where both are there, of one shape, and not random."""
    got, want = part["got"], part["expected"]
    if part["random"] or not got or not want or _size(got) != _size(want) or part["note"]:
        return None
    return [
        [None if a is None or b is None else a - b for a, b in zip(x, y, strict=True)]
        for x, y in zip(got, want, strict=True)
    ]


def maps_of(part: dict[str, Any]) -> list[tuple[str, Matrix, float]]:
    """Return the heat maps of a part, each with its title and the value of its darkest colour."""
    both = [m for m in (part["got"], part["expected"]) if m]
    shared = max((_largest(m) for m in both), default=0.0)
    found = [
        (title, part[key], shared) for title, key in (("got", "got"), ("expected", "expected"))
    ]
    off = difference(part)
    maps = [(title, matrix, scale) for title, matrix, scale in found if matrix]
    return [*maps, ("difference", off, _largest(off))] if off else maps


def colour(value: float | None, scale: float) -> tuple[int, int, int]:
    """Blue at -scale, white at 0, red at scale."""
    if value is None:
        return MISSING
    share = max(-1.0, min(1.0, value / scale)) if scale else 0.0
    end = HIGH if share > 0 else LOW
    r, g, b = (round(m + abs(share) * (e - m)) for m, e in zip(MIDDLE, end, strict=True))
    return r, g, b


def _part(part: dict[str, Any], console: Console) -> RenderableType:
    state = "is right" if part["right"] else part["note"] or "is wrong"
    if part["random"] and not part["note"]:
        state = "as drawn with torch.manual_seed(0)"
    style = "green" if part["right"] else "red"
    heading = Text.assemble((part["name"], "bold"), " ", (state, style))
    if part["right"]:
        return heading
    in_colour = console.is_terminal and not console.no_color and console.color_system is not None
    draw = _heat if in_colour else _numbers
    drawn = [
        Group(Text(f"{title}  (to {scale:.3g})", style="dim"), draw(matrix, scale))
        for title, matrix, scale in maps_of(part)
    ]
    return Group(heading, Padding(Columns(drawn, padding=(0, 3)), (0, 0, 0, 2)))


def _heat(matrix: Matrix, scale: float) -> Text:
    """Return half blocks: two rows of values a line. Small matrices are drawn larger."""
    rows, columns = _size(matrix)
    zoom = next((k for k in (4, 2) if columns * k <= WIDE and rows * k <= 2 * TALL), 1)
    tall = [row for row in matrix for _ in range(zoom)]
    text = Text(no_wrap=True, end="")
    for top in range(0, len(tall), 2):
        lower = tall[top + 1] if top + 1 < len(tall) else None
        for column in range(columns):
            above = _rgb(tall[top][column], scale)
            if lower is None:
                text.append("▀" * zoom, Style(color=above))
            else:
                below = _rgb(lower[column], scale)
                text.append("▀" * zoom, Style(color=above, bgcolor=below))
        text.append("\n")
    return text


def _numbers(matrix: Matrix, scale: float) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for _ in matrix[0][:8] if matrix else []:
        table.add_column(justify="right")
    for row in matrix[:8]:
        table.add_row(*("nan" if v is None else f"{v:.3g}" for v in row[:8]))
    return table


def _rgb(value: float | None, scale: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour(value, scale))


def _size(matrix: Matrix) -> tuple[int, int]:
    return len(matrix), len(matrix[0]) if matrix else 0


def _largest(matrix: Matrix | None) -> float:
    return max((abs(v) for row in matrix or [] for v in row if v is not None), default=0.0)


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; --text: #1c1c1c; --page: #ffffff; --zero: #f7f7f7;
  --low: #2166ac; --high: #b2182b; --soft: #6a6a6a; --good: #1a7f37; --bad: #b2182b; }}
@media (prefers-color-scheme: dark) {{ :root {{ --text: #e6e6e6; --page: #16181c;
  --zero: #24272d; --low: #4a9be8; --high: #f0596b; --soft: #a0a0a0; --good: #57c26d;
  --bad: #ff7b88; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ font-size: 1rem; margin: 2rem 0 .5rem; }}
code, td {{ font-family: ui-monospace, monospace; }}
.soft {{ color: var(--soft); }} .right {{ color: var(--good); }} .wrong {{ color: var(--bad); }}
.maps {{ display: flex; flex-wrap: wrap; gap: 1.5rem; }}
figure {{ margin: 0; overflow-x: auto; }} figcaption {{ font-size: .85rem; color: var(--soft); }}
table {{ border-collapse: collapse; }}
td {{ min-width: 3.6rem; height: 2rem; padding: 0 .3rem; text-align: center; font-size: .75rem;
  border: 1px solid var(--page);
  background: color-mix(in srgb, var(--end) var(--share), var(--zero)); }}
td.high {{ --end: var(--high); }} td.low {{ --end: var(--low); }}
td.dark {{ color: #ffffff; }}
td.missing {{ background: #787878; color: #ffffff; }}
pre {{ white-space: pre-wrap; }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def as_html(name: str, picture: dict[str, Any]) -> str:
    """Return the same picture as a page of its own, for light and for dark screens."""
    body: list[str] = []
    if "call" in picture:
        call = html.escape(picture["call"])
        body.append(f'<p class="soft">The first probe that shows it: <code>{call}</code></p>')
    for part in picture.get("parts", []):
        state = "is right" if part["right"] else html.escape(part["note"]) or "is wrong"
        if part["random"] and not part["note"]:
            state = "as drawn with torch.manual_seed(0)"
        kind = "right" if part["right"] else "wrong"
        body.append(f'<h2>{html.escape(part["name"])} <span class="{kind}">{state}</span></h2>')
        maps = "\n".join(_figure(*one) for one in maps_of(part))
        body.append(f'<div class="maps">{maps}</div>')
    if picture["says"]:
        body.append(f"<pre>{html.escape(picture['says'])}</pre>")
    return PAGE.format(title=html.escape(f"kata show {name}"), body="\n".join(body))


def _figure(title: str, matrix: Matrix, scale: float) -> str:
    rows = "\n".join(f"<tr>{''.join(_cell(v, scale) for v in row)}</tr>" for row in matrix)
    caption = f"{title}: darkest at {scale:.3g}"
    return f"<figure><figcaption>{caption}</figcaption><table>{rows}</table></figure>"


def _cell(value: float | None, scale: float) -> str:
    if value is None:
        return '<td class="missing" title="nan or infinite">nan</td>'
    share = abs(value) / scale if scale else 0.0
    kind = ("high" if value > 0 else "low") + (" dark" if share > 0.6 else "")
    text = f"{value:.3g}" if math.isfinite(value) else ""
    return f'<td class="{kind}" style="--share: {100 * share:.0f}%" title="{value!r}">{text}</td>'
