"""The page of `kata watch`: what is to be seen, and how it is drawn.

The screen is drawn as a whole each time, below what was there before; where there is no terminal,
or NO_COLOR is set, the verdicts scroll by instead.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.text import Text

from kata.answers.printable import plain
from kata.course.lesson_pages import leading_to
from kata.course.lessons import hints_of
from kata.learner import lesson, practice, screen, source, state
from kata.learner.board import Board, board_now
from kata.learner.place import Place
from kata.learner.verdict import Verdict

LESSON = "lesson"
TITLE = 2  # rows: the exercise and the bar


@dataclass
class View:
    """What is to be seen.

    also: verdicts of the last save, besides the current exercise's. took: when that was graded.
    hints: how many of them. panel: what a key has asked for: "list", "lesson" (leaf: which page
    of it), "solution", "reset?".
    loading: what is still to come before anything can be graded.
    """

    current: str
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    also: list[Verdict] = field(default_factory=list)
    took: str = ""
    hints: int = 0
    panel: str = ""
    leaf: int = 0
    notice: str = ""
    loading: str = ""

    @property
    def verdict(self) -> Verdict | None:
        return self.verdicts.get(self.current)

    @property
    def is_passed(self) -> bool:
        return self.verdict is not None and self.verdict.passed

    def turn_to(self, name: str) -> None:
        """Let another exercise be the current one."""
        self.current, self.hints, self.took, self.also = name, 0, "", []


class Page:
    """Draws a View. rolling: verdicts scroll by."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.rolling = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
        self._console = Console(color_system=None) if self.rolling else Console()
        self._size = self._console.size

    @property
    def is_resized(self) -> bool:
        """Return whether the window has another size than when it was drawn."""
        return not self.rolling and self._console.size != self._size

    def say(self, text: str = "") -> None:
        """Write one line, dim."""
        self._console.print(Text(text, style="dim"))

    def busy(self, text: str) -> None:
        """Say what is going on in the place of the keys, until the next page."""
        if not self.rolling:
            sys.stdout.write(f"\r\x1b[2K{text}")
            sys.stdout.flush()

    def draw(self, view: View, graded: str = "") -> None:
        """Draw the page; scrolling by, only what is new: the verdict on `graded`, or a panel."""
        found = board_now(self._place)
        if self.rolling:
            self._console.print(*self._news(view, found, graded), sep="\n")
            return
        self._size = self._console.size
        with self._console.capture() as page:
            self._console.print(
                screen.header(found, view.current), "", *self._body(view, found), sep="\n"
            )
            self._console.print()
            self._console.print(screen.keys_line(self._console.width), end="")
        text = page.get()
        if view.verdict is not None and not view.panel:
            text = self._fitting(text)
        if view.panel == LESSON:
            text = self._leafed(text, view)
        # one write, so that nothing flickers; 2J pushes no lines into the scrollback
        sys.stdout.write(f"\x1b[H\x1b[2J{text}")
        sys.stdout.flush()

    def _fitting(self, text: str) -> str:
        """Cut a page that is too tall for the window in its middle: its title and keys stay."""
        rows, tall = text.split("\n"), self._console.height
        if len(rows) <= tall:
            return text
        first = tall // 2
        last = tall - first - 1
        note = f"  ... ({len(rows) - first - last} more rows: make the window taller)"
        return "\n".join([*rows[:first], note, *rows[len(rows) - last :]])

    def _leafed(self, text: str, view: View) -> str:
        """Return a page of a lesson: its title and keys, and as much between as there is room for.

        Turns the view's leaf back to 0 behind the last one.
        """
        rows = text.split("\n")
        title, body, keys = rows[:TITLE], rows[TITLE:-1], rows[-1]
        room = max(self._console.height - TITLE - 2, 3)
        leaves = -(-len(body) // room)
        view.leaf %= leaves
        shown = body[view.leaf * room :][:room]
        note = f"({view.leaf + 1} of {leaves}; t for more)" if leaves > 1 else ""
        return "\n".join([*title, *shown, note, keys])

    def _news(self, view: View, found: Board, graded: str) -> Iterator[RenderableType]:
        if graded:
            row = found.row(graded)
            yield screen.verdict_of(view.verdicts[graded], self._place, row, self._console)
            yield Text(f"{found.passed} of {len(found.rows)} passed\n")
            return
        yield from self._body(view, found)
        yield Text()

    def _body(self, view: View, found: Board) -> Iterator[RenderableType]:
        row = found.row(view.current)
        if view.panel == "list":
            yield screen.chapters_at_a_glance(found, view.current, self._console)
        elif view.panel == LESSON:
            yield Markdown(lesson.for_terminal(leading_to(view.current)))
        elif view.panel == "solution":
            yield screen.code(source.solution_text(view.current))
        elif view.verdict is not None:
            yield screen.verdict_of(view.verdict, self._place, row, self._console)
        else:
            yield screen.to_do(self._place, row)
        if view.took and not view.panel:
            yield Text(view.took, style="dim")
        yield from self._aside(view, found)

    def _aside(self, view: View, found: Board) -> Iterator[RenderableType]:
        """Yield what comes below the verdict: other verdicts, hints, what to do next."""
        name = view.current
        if view.also:
            others = [
                Text.assemble(screen.mark(v.status, self._console), f" {v.name}") for v in view.also
            ]
            yield Text("also: ") + Text("  ").join(others)
        if view.hints and not view.panel:
            texts = hints_of(name)
            yield Group("", screen.hints(name, texts[: view.hints], len(texts)))
        if view.is_passed and not view.panel:
            yield Group("", self._what_next(view, found))
        if view.panel == "reset?":
            ask = f"Put the stub of {name} back? Your text is kept in .kata/backups. y / n"
            yield Group("", Text(ask, style="bold yellow"))
        if view.loading:
            yield Group("", Text(view.loading, style="dim"))
        if view.notice:
            yield Group("", Text(plain(view.notice), style="yellow"))

    def _what_next(self, view: View, found: Board) -> Text:
        following = found.after(view.current)
        if following is None:
            text = f"All {len(found.rows)} exercises have passed. "
        else:
            where = screen.where(self._place, found.row(following))
            text = f"Press n for {following} ({where}). "
        due = practice.due(state.read(self._place), date.today())
        if due:
            text += f"Due for practice: {', '.join(due[:3])} (kata again)."
        return Text(text.strip(), style="green")
