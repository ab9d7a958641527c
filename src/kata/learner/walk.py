"""Where one is in a list of steps, and what keys do there."""

import re

from kata.steps.listed import Steps, said
from kata.steps.page import labels

PUT_BACK = "{} is back where it was: training starts from the net as it is given."


class Walk:
    """A walk through a list of steps.

    at: how many numbers are shown. place: to which of its places a number is dragged. typed: what
    was typed so far of a prediction, None where none is asked for.
    """

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.at: int = steps["opens"]
        self.given: list[int] = [int(cell) for cell in steps["drag"]]
        self.dragged: int | None = None
        self.place: int | None = None
        self.trained = 0
        self.wiggle = False
        self.typed: str | None = None
        self.streak = 0
        self.told = ""
        self.labels = labels(steps)

    # --- what is known --------------------------------------------------------------------------

    @property
    def step(self) -> Steps | None:
        """Return the step that was shown last."""
        found: Steps | None = self.steps["steps"][self.at - 1] if self.at else None
        return found

    @property
    def cell(self) -> int | None:
        """Return the number at hand."""
        if self.dragged is not None:
            return self.dragged
        return self.step["cell"] if self.step else None

    @property
    def numbers(self) -> Steps:
        """Return the run that is shown: the net as it is, dragged, or trained."""
        found: Steps = self.steps["base"]
        if self.trained:
            found = self.steps["trained"][self.trained - 1]
        elif self.place is not None:
            found = self.steps["drag"][str(self.dragged)][self.place][1]
        return found

    def lit(self) -> set[int]:
        """Return the cells on the ways from the number at hand to the loss.

        Of a value, those that it is made from.
        """
        edges, step, cell = self.numbers["e"], self.step, self.cell
        if cell is None:
            return set()
        if step and step["kind"] == "v" and self.dragged is None:
            return {start for start, to, _ in edges if to == cell}
        reaches, reached = {len(self.labels) - 1}, {cell}
        for start, to, _ in sorted(edges, reverse=True):
            reaches |= {start} if to in reaches else set()
        for start, to, _ in sorted(edges):
            reached |= {to} if start in reached else set()
        return reaches & reached

    # --- keys -----------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Do what a key says."""
        self.told = ""
        if self.typed is not None and key not in "←→↑↓":
            return self._type(key)
        self.typed = None
        if key in "←→↑↓":
            self._go(key)
        elif key == "p":
            self._ask()
        elif key == "w":
            self.wiggle = not self.wiggle
        elif key == "d":
            at = self.given.index(self.dragged) + 1 if self.dragged in self.given else 0
            self.dragged, self.place, self.trained = self.given[at % len(self.given)], None, 0
        elif key in "+=-":
            self._drag(-1 if key == "-" else 1)
        elif key == "s":
            self._train()
        return None

    def _train(self) -> None:
        if self.trained >= len(self.steps["trained"]):
            self.told = "There is no further training step; ← goes back to the net as it was."
        else:
            if self.dragged is not None and self.place is not None:
                self.told = PUT_BACK.format(self.labels[self.dragged])
            self.trained += 1
        self.dragged, self.place, self.at = None, None, len(self.steps["steps"])

    def _go(self, key: str) -> None:
        self.dragged, self.place, self.trained = None, None, 0
        found, last = self.steps["steps"], len(self.steps["steps"])
        to = self.at + (1 if key in "→↓" else -1)
        while (
            key in "↑↓" and 1 < to < last and self._link(found[to - 1]) == self._link(found[to - 2])
        ):
            to += 1 if key == "↓" else -1
        self.at = max(0, min(last, to))

    def _link(self, step: Steps) -> tuple[str, str, str]:
        """Return which link a number belongs to."""
        tensor = self.labels[step["cell"]].partition("[")[0]
        return step["kind"], step["by"], tensor if step["kind"] == "v" else ""

    def _drag(self, by: int) -> None:
        cell = self.cell
        if cell is None or cell not in self.given:
            self.told = "d chooses a number that is given; + and - then drag it."
            return
        values = [value for value, _ in self.steps["drag"][str(cell)]]
        places = sorted([*values, self.steps["base"]["v"][cell]])
        at = places.index(self.numbers["v"][cell]) + by
        if 0 <= at < len(places):
            self.dragged, self.trained = cell, 0
            self.place = values.index(places[at]) if places[at] in values else None

    def _ask(self) -> None:
        self.dragged, self.place, self.trained = None, None, 0
        if self.at < len(self.steps["steps"]):
            self.typed = ""
        else:
            self.told = "Everything is shown; ← goes back."

    def _type(self, key: str) -> None:
        """Take a key of a number that is predicted; Enter ends it."""
        typed = self.typed or ""
        if key in "0123456789.-":
            self.typed = typed + key
        elif key in "\x7f\b":
            self.typed = typed[:-1]
        elif key not in "\r\n":
            self.typed = None
        elif re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", typed):
            step = self.steps["steps"][self.at]
            right = self.steps["base"]["v" if step["kind"] == "v" else "t"][step["cell"]]
            hit = abs(float(typed) - right) <= 0.01 * (1 + abs(right))
            self.streak = self.streak + 1 if hit else 0
            self.told = (
                f"✓ {said(right)} it is" if hit else f"✗ you said {typed}; it is {said(right)}"
            )
            self.at += 1
            self.typed = "" if self.at < len(self.steps["steps"]) else None
