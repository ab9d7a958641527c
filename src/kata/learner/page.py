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
from kata.course.lesson_pages import in_turn, leading_to, questions_behind
from kata.course.lessons import hints_of
from kata.learner import practice, screen, source, state
from kata.learner.board import Board, board_now
from kata.learner.chooser import Chooser, lines_of
from kata.learner.fitting import Parts, fitted
from kata.learner.formulas import for_terminal
from kata.learner.place import Place
from kata.learner.verdict import Verdict

LESSON = "lesson"
LIST = "list"
INSTEAD = (LIST, LESSON, "solution")  # panels that take the verdict's place
END = 10**6  # a row below any page


@dataclass
class View:
    """What is to be seen.

    also: verdicts of the last save, besides the current exercise's. took: when that was graded.
    hints: how many of them. told: how many of the questions behind a lesson, and of their answers.
    panel: what a key has asked for: "list" (walked by a chooser), "lesson", "solution", "reset?".
    top: the first row that is shown of what scrolls; room: for how many there is some. loading:
    what is still to come before anything can be graded.
    """

    current: str
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    also: list[Verdict] = field(default_factory=list)
    took: str = ""
    hints: int = 0
    told: int = 0
    panel: str = ""
    chooser: Chooser | None = None
    top: int = 0
    room: int = 0
    is_at_end: bool = True
    notice: str = ""
    loading: str = ""

    @property
    def verdict(self) -> Verdict | None:
        return self.verdicts.get(self.current)

    @property
    def is_passed(self) -> bool:
        return self.verdict is not None and self.verdict.passed

    def learn(self, verdict: Verdict) -> None:
        """Take a verdict; the hints that led to a pass need no room any more."""
        if verdict.name == self.current and verdict.passed and not self.is_passed:
            self.hints = 0
        self.verdicts[verdict.name] = verdict

    def turn_to(self, name: str) -> None:
        """Let another exercise be the current one."""
        self.current, self.hints, self.took, self.also, self.top = name, 0, "", [], 0

    def scroll(self, by: int) -> None:
        """Scroll by so many rows."""
        self.top = max(0, self.top + by)

    def leaf(self) -> None:
        """Scroll to what comes below what is shown; from the end, back to the start."""
        self.top = 0 if self.is_at_end else self.top + self.room


class Page:
    """Draws a View. rolling: verdicts scroll by."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.rolling = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
        self._console = Console(color_system=None) if self.rolling else Console()
        self._size = self._console.size

    @property
    def width(self) -> int:
        """Return how many columns the window has."""
        return self._console.width

    @property
    def is_resized(self) -> bool:
        """Return whether the window has another size than when it was drawn."""
        return not self.rolling and self._console.size != self._size

    def say(self, text: str = "") -> None:
        """Write one line, dim."""
        self._console.print(Text(text, style="dim"))

    def busy(self, text: str, view: View | None = None) -> None:
        """Say what is going on in the place of the keys, until the next page.

        view: one whose verdict is out of date by now.
        """
        if self.rolling:
            return
        if view is not None:
            self._show(view, text)
        else:
            sys.stdout.write(f"\r\x1b[2K{text}")
            sys.stdout.flush()

    def draw(self, view: View, graded: str = "") -> None:
        """Draw the page; scrolling by, only what is new: the verdict on `graded`, or a panel."""
        if self.rolling:
            found = board_now(self._place)
            self._console.print(*self._news(view, found, graded), sep="\n")
        else:
            self._show(view)

    def _show(self, view: View, busy: str = "") -> None:
        self._size = self._console.size
        parts = self._parts(view, board_now(self._place), busy)
        if busy or (view.loading and view.verdict is not None):
            parts.dim()
        page = fitted(parts, self._size.height, view.top)
        view.top, view.room, view.is_at_end = page.top, page.room, page.is_at_end
        *rows, last = page.rows
        # one write, each row cleared before it is written anew: nothing flickers
        text = "".join(f"\x1b[2K{row}\n" for row in rows)
        sys.stdout.write(f"\x1b[H{text}\x1b[J{last}")
        sys.stdout.flush()

    def _parts(self, view: View, found: Board, busy: str) -> Parts:
        row, width, chooser = found.row(view.current), self._size.width, view.chooser
        is_list = view.panel == LIST and chooser is not None
        keys: RenderableType = screen.keys_line(width)
        if busy:
            keys = Text(busy, end="")
        elif is_list and chooser:
            keys = chooser.keys(found, width)
        verdict = []
        if view.verdict is not None and view.panel not in INSTEAD:
            verdict = [screen.headline(view.verdict, self._place, row, self._console)]
        return Parts(
            head=self._rows(screen.header(found, view.current)),
            verdict=self._rows(*verdict),
            body=self._rows(*self._body(view, found)),
            foot=self._rows(*self._foot(view)),
            keys="".join(self._rows(keys)),
            took="".join(self._rows(Text(view.took, style="dim"))) if verdict else "",
            see=chooser.line(lines_of(found, width)) if is_list and chooser else None,
        )

    def _rows(self, *items: RenderableType) -> list[str]:
        """Return what these are in a window of this width, row by row."""
        if not items:
            return []
        with self._console.capture() as drawn:
            self._console.print(*items, sep="\n")
        return drawn.get().rstrip("\n").split("\n")

    def _news(self, view: View, found: Board, graded: str) -> Iterator[RenderableType]:
        if graded:
            row = found.row(graded)
            yield screen.verdict_of(view.verdicts[graded], self._place, row, self._console)
            yield from screen.afterwards(view.verdicts[graded])
            yield Text(f"{found.passed} of {len(found.rows)} passed\n")
            return
        yield from self._body(view, found)
        yield from self._foot(view)
        yield Text()

    def _body(self, view: View, found: Board) -> Iterator[RenderableType]:
        """Yield what scrolls, where there is no room for it."""
        name, row = view.current, found.row(view.current)
        if view.panel == LIST and view.chooser:
            yield view.chooser.shown(found, self._console)
        elif view.panel == LESSON:
            yield Markdown(for_terminal(leading_to(name)))
            for text in in_turn(questions_behind(name))[: view.told]:
                yield Group("", Markdown(for_terminal(text)))
        elif view.panel == "solution":
            yield screen.code(source.solution_text(name))
            yield Text(f"\nkata solution {name} shows other right answers, too", style="dim")
        elif view.verdict is not None:
            yield from screen.details(view.verdict, self._place, row)
            yield from screen.afterwards(view.verdict)
        else:
            yield screen.to_do(self._place, row)
        if view.panel in INSTEAD:
            return
        if view.also:
            others = [
                Text.assemble(screen.mark(v.status, self._console), f" {v.name}") for v in view.also
            ]
            yield Text("also: ") + Text("  ").join(others)
        if view.hints:
            texts = hints_of(name)
            yield Group("", screen.hints(name, texts[: view.hints], len(texts)))
        if view.is_passed:
            yield Group("", self._what_next(view, found))

    def _foot(self, view: View) -> Iterator[RenderableType]:
        """Yield what has to be seen, whatever scrolls: a question, what is to come, a notice."""
        if view.panel == "reset?":
            ask = f"Put the stub of {view.current} back? Your text is kept in .kata/backups. y / n"
            yield Text(ask, style="bold yellow")
        if view.panel == LESSON:
            does = "say your answer; t shows ours" if view.told % 2 else "t: the next page"
            yield Text(f"{does}; Esc: back to the verdict", style="dim")
        if view.loading:
            yield Text(view.loading, style="dim")
        if view.notice:
            yield Text(plain(view.notice), style="yellow")

    def _what_next(self, view: View, found: Board) -> Text:
        following = found.after(view.current)
        if following is None:
            text = f"{screen.all_done(found)} "
        else:
            where = screen.where(self._place, found.row(following))
            text = f"Press n for {following} ({where}). "
        due = practice.due(state.read(self._place), date.today())
        if due:
            text += f"Due for practice: {', '.join(due[:3])} (kata again)."
        return Text(text.strip(), style="green")
