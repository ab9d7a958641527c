"""What each key of `kata watch` does."""

import shutil
import subprocess

from kata.course.lesson_pages import questions_behind
from kata.course.lessons import hints_of
from kata.learner import editing, source, state
from kata.learner.board import Board, board_now
from kata.learner.chooser import Chooser
from kata.learner.keys import Keys
from kata.learner.page import END, LESSON, LIST, Page, View
from kata.learner.place import Place, Problem
from kata.refusal import shown


class Pressing:
    """Keys: they change what is to be seen, and what is remembered."""

    def __init__(self, place: Place, view: View, typed: Keys, page: Page) -> None:
        self._place = place
        self._view = view
        self._keys = typed
        self._page = page

    @property
    def is_typing(self) -> bool:
        """Return whether letters are a text that is sought, and no commands."""
        chooser = self._view.chooser
        return self._view.panel == LIST and chooser is not None and chooser.sought is not None

    def press(self, key: str) -> list[str] | None:
        """Do what a key says; return what is to be graded then, None for a key without meaning."""
        view = self._view
        if view.panel == LIST and view.chooser:
            view.notice = ""
            if view.chooser.press(key, self._board(), self._page.width):
                return []
            if key == "\n":
                return self._go_to(view.chooser.at)
            if key == "p":
                self._park(view.chooser.at)
                return []
        elif key in "↑↓ ":
            self._scroll(key)
            return []
        asked, view.panel, view.notice = view.panel, "", ""
        if key not in "th" or asked != LESSON:
            view.top = 0
        if asked == "reset?":
            if key == "y":
                self._reset()
            return []
        if key == "n":
            return self._next()
        does = {
            "h": self._hint,
            "l": lambda: self._list(asked),
            "t": lambda: self._lesson(asked),
            "s": lambda: self._solution(asked),
            "r": self._ask_to_reset,
            "o": self._open,
            "p": lambda: self._park(view.current),
        }
        if key in does:
            does[key]()
        elif not asked:
            return None
        return []

    def turn_to(self, name: str) -> None:
        """Let another exercise be the current one."""
        self._view.turn_to(name)
        with state.changing(self._place) as kept:
            kept.current = name

    def _go_to(self, name: str) -> list[str]:
        self._view.panel, self._view.notice = "", ""
        self.turn_to(name)
        return [] if name in self._view.verdicts else [name]

    def _next(self) -> list[str]:
        following = self._board().after(self._view.current)
        if following is None or following == self._view.current:
            self._view.notice = "There is no other exercise to do."
            return []
        return self._go_to(following)

    def _scroll(self, key: str) -> None:
        if key == " ":
            self._view.leaf()
        else:
            self._view.scroll(1 if key == "↓" else -1)

    def _list(self, asked: str) -> None:
        if asked != LIST:
            self._view.panel, self._view.chooser = LIST, Chooser(self._view.current)

    def _lesson(self, asked: str) -> None:
        """Show the lesson, and at its end each question and then its answer."""
        view = self._view
        view.panel = LESSON
        if asked != LESSON:
            view.told = 0
        elif view.is_at_end and view.told < 2 * len(questions_behind(view.current)):
            view.told, view.top = view.told + 1, END
        else:
            view.leaf()

    def _solution(self, asked: str) -> None:
        view, name = self._view, self._view.current
        if not view.is_passed:
            view.notice = (
                f"The solution is shown once {name} passes (or by kata solution {name} --force)."
            )
        elif asked != "solution":
            view.panel = "solution"

    def _hint(self) -> None:
        view, name = self._view, self._view.current
        of = len(hints_of(name))
        if not of:
            view.notice = f"No hints are written for {name} yet."
            return
        with state.changing(self._place) as kept:
            progress = kept.of(name)
            # the first press shows again what was shown before, if that was on another screen
            if view.hints or not progress.hints:
                progress.hints = min(progress.hints + 1, of)
            progress.helped = True
            view.hints = progress.hints
        view.top = END

    def _park(self, name: str) -> None:
        with state.changing(self._place) as kept:
            progress = kept.of(name)
            progress.parked = not progress.parked
            is_parked = progress.parked
        does = "parked: n passes it over; p takes it back" if is_parked else "no longer parked"
        self._view.notice = f"{name} is {does}."

    def _ask_to_reset(self) -> None:
        self._view.panel = "reset?"

    def _reset(self) -> None:
        view, name = self._view, self._view.current
        try:
            backup = editing.reset(self._place, name)
            view.notice = f"{name} is a stub again; your text is kept in {shown(backup)}."
        except Problem as problem:
            view.notice = str(problem)
        view.verdicts.pop(name, None)

    def _open(self) -> None:
        """Open the current exercise in $EDITOR, or say why not."""
        view, row = self._view, self._board().row(self._view.current)
        path = source.answered_in(self._place, row.chapter)
        command = editing.editor_command(path, 1 if row.cell else row.line or 1)
        if command is None:
            view.notice = f"Set EDITOR to open files from here, as in: {editing.SET_EDITOR}"
        elif (program := shutil.which(command[0])) is None:
            view.notice = f"EDITOR: {command[0]}: no such program"
        else:
            with self._keys.lent():
                # what `which` found: Windows itself finds no code.cmd
                subprocess.run([program, *command[1:]], check=False)

    def _board(self) -> Board:
        return board_now(self._place)
