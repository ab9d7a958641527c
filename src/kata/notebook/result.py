"""What `kata.check` returns: one exercise's grade, shown as HTML in a notebook, else as text."""

import re
from dataclasses import dataclass
from html import escape
from textwrap import fill
from typing import Any

from kata.answers.printable import brief
from kata.notebook.hint import STEPS, as_html, fold, preformatted

# Each is a colour that stands out on white and on black; text keeps the notebook's own colour.
COLOURS = {"passed": "#1f9d55", "failed": "#d64545", "error": "#d64545", "todo": "#b7791f"}
MARKS = {"passed": "✓", "failed": "✗", "error": "✗", "todo": "○"}
WIDE = 88  # characters of a line that fits an output of a usual width
# where a long line of a message falls apart: before what is expected, and before each input by hand
EXPECTED = re.compile(r"(?:  |, )(?=expected )")
INPUT = re.compile(r"; (?=[\w.]+ = )|(?<=by hand:) ")


@dataclass(frozen=True)
class Check:
    """grade: the exercise's entry of the grade's JSON. hints: those to be seen by now.

    note: a line on which answer was graded, or on tests that could not be run here, or "".
    purpose: what the exercise was for, in Markdown, shown once it passes, or "".
    """

    grade: dict[str, Any]
    hints: list[str]
    note: str = ""
    purpose: str = ""

    @property
    def passed(self) -> bool:
        return bool(self.grade["status"] == "passed")

    @property
    def head(self) -> str:
        """Return one line: the status, the score, and how far it got where that tells something."""
        tests, status = self.grade["tests"], self.grade["status"]
        score = f"{self.grade['score']}/{self.grade['max_score']}"
        head = f"{self.grade['name']}: {status}, score {score}"
        if status in ("passed", "todo"):
            return head
        done = sum(test["status"] == "passed" for test in tests)
        return f"{head}, {done} of {len(tests)} tests pass"

    def __str__(self) -> str:
        lines = [f"{MARKS[self.grade['status']]} {self.head}"]
        if self.grade["message"] and not self.passed:
            lines.append(_indented(brief(self.grade["message"])))
        if self.purpose and self.passed:
            lines.append(_indented(fill(self.purpose, WIDE)))
        if self.hints:
            lines.append(_indented(f"hint, {_step(self.hints)}: {self.hints[-1]}"))
        if self.note:
            lines.append(_indented(self.note))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour = COLOURS[self.grade["status"]]
        name, _, rest = self.head.partition(": ")
        title = (
            f'<div><span style="color:{colour};font-weight:bold">{MARKS[self.grade["status"]]}'
            f"</span> <b>{escape(name)}</b>: {escape(rest)}</div>"
        )
        parts = [title]
        if self.grade["message"] and not self.passed:
            parts.append(preformatted(_in_lines(_without_mistake(self.grade))))
        if self.purpose and self.passed:
            parts.append(f'<div style="margin-top:.5em">{as_html(self.purpose)}</div>')
        if self.grade["mistake"]:
            parts.append(
                f'<div style="margin-top:.5em"><b>This looks like:</b> '
                f"{escape(self.grade['mistake'])}</div>"
            )
        parts += [fold(step, hint) for step, hint in zip(STEPS, self.hints, strict=False)]
        if self.note:
            parts.append(f"<div>{escape(self.note)}</div>")
        return (
            f'<div style="border-left:4px solid {colour};padding:.4em .8em;margin:.2em 0;'
            f'max-width:60em;background:{colour}14">{"".join(parts)}</div>'
        )


def _without_mistake(grade: dict[str, Any]) -> str:
    """Return the message without its last line, which says the mistake, and without the name."""
    message = str(grade["message"]).removeprefix(f"{grade['name']}: ")
    return brief(message.removesuffix(f"\n  looks like: {grade['mistake']}"))


def _in_lines(message: str) -> str:
    """Return a message with its long lines taken apart: a number or a tensor on each."""
    return "\n".join(
        INPUT.sub("\n    ", EXPECTED.sub("\n  ", line)) if len(line) > WIDE else line
        for line in message.split("\n")
    )


def _step(hints: list[str]) -> str:
    return STEPS[min(len(hints), len(STEPS)) - 1]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
