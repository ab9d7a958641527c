"""`kata.hint("relu")`: the hints to an exercise, one more each time, in folds in a notebook."""

import re
from collections import Counter
from dataclasses import dataclass
from html import escape
from textwrap import dedent

from kata.course import closest, exercises
from kata.course.lessons import hints_of

STEPS = ("a reminder", "a direction", "almost there", "a neighbour's code")
CODE = re.compile(r"((?:^ {4}.*(?:\n|$))+)", re.MULTILINE)  # a block of code: indented lines
SEEN: Counter[str] = Counter()  # hints seen in this notebook, by exercise


@dataclass(frozen=True)
class Hints:
    """The hints to be seen by now, which show themselves as folds in a notebook, else as text.

    of: how many there are.
    """

    name: str
    texts: list[str]
    of: int

    def __str__(self) -> str:
        told = zip(STEPS, self.texts, strict=False)
        return "\n\n".join([*(f"hint, {step}: {text}" for step, text in told), self._left()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        folds = (fold(step, text) for step, text in zip(STEPS, self.texts, strict=False))
        return f"{''.join(folds)}<div>{escape(self._left())}</div>"

    def _left(self) -> str:
        left = self.of - len(self.texts)
        if left:
            return f'{left} of {self.of} are left: run kata.hint("{self.name}") again'
        return f"these are all hints to {self.name}" if self.of else "no hints are written yet"


def hint(name: str) -> Hints:
    """Show one hint more to an exercise. Raises ValueError where no exercise has that name."""
    if name not in exercises():
        raise ValueError(f"no exercise is called {name!r}{closest(name, exercises())}")
    SEEN[name] += 1
    hints = hints_of(name)
    return Hints(name, hints[: SEEN[name]], len(hints))


def fold(step: str, text: str) -> str:
    """Return a hint in a fold, as HTML."""
    return (
        f'<details style="margin-top:.4em"><summary style="cursor:pointer">Hint: {step}</summary>'
        f'<div style="white-space:pre-wrap">{as_html(text)}</div></details>'
    )


def as_html(text: str) -> str:
    """Return a text as HTML; of Markdown, hints and what comes after a pass need only code."""
    return "".join(
        preformatted(dedent(part).rstrip())
        if CODE.fullmatch(part)
        else re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(part))
        for part in CODE.split(text)
    )


def preformatted(text: str) -> str:
    """Return lines as HTML, wrapped between words: Jupyter's own style would break inside them."""
    return (
        '<pre style="font-family:monospace;white-space:pre-wrap;word-break:normal;'
        "overflow-wrap:break-word;margin:.4em 0 0;background:transparent;color:inherit"
        f'">{escape(text)}</pre>'
    )
