"""A page in a window: its title and verdict stay, and what there is no room for scrolls."""

import re
from dataclasses import dataclass

STAYS = 2  # rows of a verdict's first line that stay, where it is wrapped over more
LEAST = 3  # rows that scroll, however low the window
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Parts:
    """The rows of a page.

    head: the exercise and the bar. verdict: its first line. took: when that was made. foot: what
    has to be seen beside the keys. see: a row of the body that is to be in view.
    """

    head: list[str]
    verdict: list[str]
    body: list[str]
    foot: list[str]
    keys: str
    took: str = ""
    see: int | None = None

    def dim(self) -> None:
        """Let what is out of date be seen as such."""
        self.verdict = [_dim(row) for row in self.verdict]
        self.body = [_dim(row) for row in self.body]


@dataclass(frozen=True)
class Fitted:
    """The rows to be drawn: those of the body from `top` on, of which there is `room` for some."""

    rows: list[str]
    top: int = 0
    room: int = 0
    is_at_end: bool = True


def fitted(parts: Parts, tall: int, top: int) -> Fitted:
    """Fit a page into a window with so many rows, its body scrolled to a row, as far as it goes."""
    took = [parts.took] if parts.took else []
    ends = ["", *parts.foot] if parts.foot else []
    rows = [*parts.head, "", *parts.verdict, *parts.body, *took, *ends, "", parts.keys]
    if len(rows) <= tall:
        return Fitted(rows)
    stays = [parts.head[0], *parts.verdict[:STAYS]]
    body = [*parts.verdict[STAYS:], *parts.body]
    while body and not _text(body[0]):
        body = body[1:]
    foot = [row for row in parts.foot if _text(row)]
    room = max(tall - len(stays) - len(foot) - 2, LEAST)
    if parts.see is not None and not top <= parts.see < top + room:
        top = parts.see - room // 2
    top = max(0, min(top, len(body) - room))
    note = ""
    if len(body) > room:
        note = f"rows {top + 1}-{min(top + room, len(body))} of {len(body)}"
        if parts.see is None:  # else the arrows choose
            note += ": ↑ ↓ space"
    says = _dim("  ".join(filter(None, [parts.took, note])))
    shown = [*stays, *body[top : top + room], *foot, says]
    return Fitted([*shown[: tall - 1], parts.keys], top, room, top + room >= len(body))


def _text(row: str) -> str:
    return STYLE.sub("", row).strip()


def _dim(row: str) -> str:
    return f"\x1b[2m{STYLE.sub('', row)}\x1b[0m"
