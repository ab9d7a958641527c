"""`kata step` in the terminal: the net as text, a number at a time."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from kata.answers.printable import plain
from kata.learner.keys import Keys
from kata.learner.walk import Walk
from kata.steps.listed import Steps, said
from kata.steps.page import name_of, notes, number_of, terms

WIDE = 7  # characters of a cell: a mark, and a number
APART = 2  # between two tensors
AGAIN = 0.03  # seconds between two looks at the keys
MARKS = {"x": "✗", "=": "≠", "~": "~", " ": ""}
KEYS = "← → number  ↑ ↓ link  p predict  w wiggle  d + - drag  s train  q quit"
LEGEND = "above: the value; below: its gradient; ✗ wrong, ≠ by what came in, ~ filled in"


class Shown(Walk):
    """A walk, and its page."""

    def run(self, typed: Keys) -> None:
        """Draw, and do what keys say, until q."""
        console = Console()
        size = None
        while True:
            pressed = typed.pressed()
            for key in pressed:
                if key == "q":
                    sys.stdout.write("\n")
                    return
                self.press(key)
            if pressed or console.size != size:
                size = console.size
                with console.capture() as page:
                    console.print(self.page(console.width, console.height), end="")
                sys.stdout.write(f"\x1b[H\x1b[2J{page.get()}")
                sys.stdout.flush()
            time.sleep(AGAIN)

    def page(self, width: int, height: int) -> Text:
        """Return all that is to be seen in a window of this size."""
        count = f"{self.at} of {len(self.steps['steps'])}"
        streak = f"   streak {self.streak}" if self.streak else ""
        top = Text.assemble(
            (f"kata step {self.steps['name']}", "bold"), (f"   {count}{streak}", "dim")
        )
        below = [Text(), *self._panel()]
        rows = (
            Text("\n")
            .join([top, Text(), *self._net(width), *below])
            .wrap(Console(width=width), width)
        )
        keys = Text(KEYS if width > len(KEYS) else KEYS.replace("  ", " "), style="dim")
        keys.truncate(width)
        return Text("\n").join([*rows[: height - 1], keys])

    def _net(self, width: int) -> Iterator[Text]:
        """Yield the tensors, side by side as far as there is room."""
        named = {tensor["name"]: tensor for tensor in self.steps["tensors"]}
        order = [name for link in self.steps["links"] for name in (*link["inputs"], link["out"])]
        band: list[list[Text]] = []
        used, lit = 0, self.lit()
        for name in dict.fromkeys(order):
            block = self._tensor(named[name], lit)
            wide = len(block[0])
            if band and used + wide > width:
                yield from _beside(band)
                band, used = [], 0
            band.append(block)
            used += wide + APART
        yield from _beside(band)

    def _tensor(self, tensor: Steps, lit: set[int]) -> list[Text]:
        """Return the rows of a tensor: of each its values, and below them its gradients."""
        columns = tensor["shape"][-1] if tensor["shape"] else 1
        rows = [Text(tensor["name"], style="dim")]
        for start in range(0, len(tensor["cells"]), columns):
            cells = tensor["cells"][start : start + columns]
            rows.append(Text("").join(self._shown(cell, "v", lit) for cell in cells))
            rows.append(Text("").join(self._shown(cell, "g", lit) for cell in cells))
        for row in rows:
            row.pad_right(columns * WIDE - len(row))
        return rows

    def _shown(self, cell: int, kind: str, lit: set[int]) -> Text:
        step, run = self.step, self.numbers
        found = [
            k
            for k, s in enumerate(self.steps["steps"], 1)
            if (s["cell"], s["kind"]) == (cell, kind)
        ]
        if (kind == "g" and not found) or (found and found[0] > self.at):
            return Text(" " * WIDE)
        mark = run[f"m{kind}"][cell]
        number = number_of(self.steps, run, {"cell": cell, "kind": kind})
        style = {"x": "bold red", "=": "red", "~": "italic dim"}.get(
            mark, "blue" if kind == "g" else ""
        )
        if cell in lit:
            style += " underline"
        here = cell == self.dragged if self.dragged is not None else step and step["cell"] == cell
        if here and (self.dragged is not None or (step and step["kind"] == kind)):
            style += " reverse"
        text = Text(_short(number, MARKS[mark]), style=style)
        text.pad_left(WIDE - 1 - len(text))
        return text + Text(" ")

    def _panel(self) -> Iterator[Text]:
        step, cell = self.step, self.cell
        if not step:
            yield Text("Press → for the first number.")
            yield Text(LEGEND, style="dim")
            yield from (Text(plain(line), style="dim") for line in notes(self.steps))
        elif self.dragged is None:
            yield from self._about(step)
        if cell is not None and (self.wiggle or self.dragged is not None):
            yield from self._moved(cell)
        if self.trained:
            losses = [run["v"][-1] for run in (self.steps["base"], *self.steps["trained"])]
            before, last = losses[self.trained - 1 : self.trained + 1]
            rises = last is None or last > before
            how = "rises" if rises else "falls"
            says = (
                f"training step {self.trained}: the loss {how} from {said(before)} to {said(last)}"
            )
            yield Text(says, style="bold red" if rises else "bold")
        if self.told:
            yield Text(self.told, style="bold")
        if self.typed is not None:
            following = self.steps["steps"][self.at]
            yield Text(f"{name_of(self.steps, following)} = {self.typed}_", style="bold")

    def _about(self, step: Steps) -> Iterator[Text]:
        run, cell, gradient = self.numbers, step["cell"], step["kind"] == "g"
        base = run is self.steps["base"]
        way = f"{'back' if gradient else 'forward'}{' through ' if step['by'] else ''}{step['by']}"
        number = f"{name_of(self.steps, step)} = {said(number_of(self.steps, run, step))}"
        yield Text.assemble((number, "bold"), (f"   {way}", "dim"))
        put_in = terms(run, cell) if gradient else step["put_in"] if base else ""
        yield Text.assemble((step["rule"], "dim"), f" = {put_in}" if put_in else "")
        mark = run["mg" if gradient else "mv"][cell]
        says = step["says"] if base else f"{MARKS[mark]} the wiggle says {said(run['t'][cell])}"
        if base or mark in "x=":
            yield Text(plain(says), style="bold red" if mark in "x=" else "dim")

    def _moved(self, cell: int) -> Iterator[Text]:
        run, name = self.numbers, self.labels[cell]
        if self.dragged is not None:
            yield Text(f"{name} = {said(run['v'][cell])}: the loss is {said(run['v'][-1])}", "bold")
        pair: Sequence[Any] | None = self.steps["wiggles"][cell]
        if self.wiggle and pair:
            h, here = self.steps["nudge"], self.steps["base"]["v"][cell]
            slope = (pair[1] - pair[0]) / (2 * h)
            yield Text(
                f"move {name} from {here - h:g} to {here + h:g}: the loss goes from {pair[0]:.6f} "
                f"to {pair[1]:.6f}, a slope of {said(slope)}"
            )


def _short(number: float | None, mark: str) -> str:
    """Return a number behind its mark, with as many digits as a cell has room for."""
    texts = [f"{mark}{said(number)}"]
    texts += [f"{mark}{number:.{digits}g}" for digits in (3, 2, 1) if number is not None]
    return next((text for text in texts if len(text) < WIDE), texts[-1])


def _beside(blocks: Sequence[Sequence[Text]]) -> Iterator[Text]:
    """Yield the rows of some blocks side by side."""
    for k in range(max(len(block) for block in blocks)):
        row = [block[k] if k < len(block) else Text(" " * len(block[0])) for block in blocks]
        yield Text(" " * APART).join(row)
