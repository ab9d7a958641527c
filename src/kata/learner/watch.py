"""`kata watch`: at each save, grade what has changed, and show it.

One thread: it waits for a save or a key, grades in another process, draws, and waits again.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType

from kata.course import chapters, exercises, exercises_of
from kata.course.lessons import hints_of
from kata.learner import editing, source, state
from kata.learner.board import Board, board_now, record
from kata.learner.grader import Grader
from kata.learner.keys import Keys, keys
from kata.learner.page import LESSON, Page, View
from kata.learner.place import Place, Problem
from kata.learner.saves import Saves
from kata.refusal import shown
from kata.session.limits import SECONDS

LOADING = "torch is being loaded; then what you have saved is graded"
LONG = 3.0  # s; the rest of the tests of a slower answer are left


def watch(place: Place, seconds: float = SECONDS) -> int:
    """Run the loop; the exit status: 0 after q, 128 + signal after one (130 after Ctrl-C)."""
    page = Page(place)
    with like_ctrl_c("SIGTERM", "SIGHUP") as came:
        try:
            with Grader(place, seconds) as grader, keys() as typed:
                return Watch(place, grader, page, typed).run()
        except KeyboardInterrupt:
            return 128 + (came or [signal.SIGINT])[0]
        finally:
            page.say()


@contextmanager
def like_ctrl_c(*names: str) -> Iterator[list[int]]:
    """Let these signals, where the system has them, do what Ctrl-C does; the list has who came."""
    came: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    asked = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, interrupt) for number in asked}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Watch:
    """The loop, and its answers to saves and keys."""

    def __init__(self, place: Place, grader: Grader, page: Page, typed: Keys) -> None:
        self._place = place
        self._grader = grader
        self._page = page
        self._keys = typed
        self._saves = Saves(place.exercises)
        self._view = View(self._board().current)
        kept = state.read(place).progress
        # fingerprints of what was graded
        self._graded = {name: progress.fingerprint for name, progress in kept.items()}
        self._waiting: list[str] = []  # to be graded as soon as that can be done

    def run(self) -> int:
        """Until q is pressed. The page comes at once, and grades once the grader is ready."""
        if self._page.rolling:
            folder = shown(self._place.exercises)
            self._page.say(f"kata watch: loading torch, then every save in {folder}/ is graded ...")
        changes = self._saves.changes()
        next(changes)  # from here on no save is missed
        for chapter in chapters():
            self._saves.see(self._place.chapter_file(chapter))
        self._grade(self._changed(set(chapters())) or [self._view.current])
        for changed in changes:
            for key in self._keys.pressed():
                if key == "q":
                    return 0
                if key.isascii():  # no arrow
                    self._press(key)
            fresh = self._saves.fresh(changed)
            if fresh:
                self._saved({path.stem for path in fresh})
            if self._waiting and self._grader.is_ready:
                self._begin()
            if self._page.is_resized:
                self._draw()
        return 0

    def _begin(self) -> None:
        """Grade what has waited until the grader was ready."""
        names, self._waiting = self._waiting, []
        self._view.loading = ""
        if self._grader.left_out:
            self._view.notice = self._grader.left_out
            if self._page.rolling:
                self._page.say(self._grader.left_out)
        self._grade(names)

    # --- saves ----------------------------------------------------------------------------------

    def _saved(self, stems: set[str]) -> None:
        view = self._view
        saved = stems & set(chapters()) if stems <= set(chapters()) else set(chapters())
        changed = self._changed(saved)
        here = exercises()[view.current].chapter in saved
        if changed and view.current not in changed and (not here or len(changed) == 1):
            self._turn_to(changed[0])
        elif not changed and here:
            changed = [view.current]
        view.panel, view.notice = "", ""
        self._grade(changed)

    def _changed(self, saved: set[str]) -> list[str]:
        """Return the exercises of these chapters whose text is not the one that was graded."""
        changed: list[str] = []
        for chapter in sorted(saved):
            names = exercises_of(chapter)
            try:
                prints = source.fingerprints(self._place, chapter)
            except (SyntaxError, OSError):  # every answer of the file is lost; show one of them
                changed.append(self._view.current if self._view.current in names else names[0])
                continue
            changed += [name for name, text in prints.items() if self._graded.get(name) != text]
            for name in set(names) - set(prints):  # a stub (again)
                self._view.verdicts.pop(name, None)
                self._graded.pop(name, None)
        return changed

    def _grade(self, names: list[str]) -> None:
        """Grade these, the current one first, and draw as soon as it is known.

        Where that cannot be done yet, they wait.
        """
        view = self._view
        view.also = []
        if not self._grader.is_ready:
            self._waiting += [name for name in names if name not in self._waiting]
            view.loading = LOADING
        if not self._page.rolling and (self._waiting or view.current not in names):
            self._draw()
        if self._waiting:
            return
        for name in sorted(names, key=lambda n: n != view.current):
            text = self._fingerprint(name)
            if text is None:  # a stub needs no grade
                self._draw()
                continue
            path = self._place.file_of(name)
            if not self._saves.is_seen(path):
                continue  # saved since these were chosen; the save comes next
            self._page.busy(f"grading {name} ...")
            seed = state.read(self._place).of(name).seed
            start = time.perf_counter()
            verdict = self._grader.grade(name, seed, quick=not self._page.rolling)
            took = time.perf_counter() - start
            if not self._saves.is_seen(path):
                continue  # which of the two texts was it?
            view.verdicts[name] = verdict
            self._graded[name] = text
            record(self._place, verdict, text, date.today())
            if name == view.current:
                view.took = f"graded at {time.strftime('%H:%M:%S')} in {took:.2f} s"
            else:
                view.also.append(verdict)
            self._draw(name)
            if name == view.current and not verdict.whole and took < LONG:
                verdict = self._grader.grade(name, seed)  # how many pass?
                if self._saves.is_seen(path):
                    view.verdicts[name] = verdict
                    self._draw(name)
        self._prepare()

    def _fingerprint(self, name: str) -> str | None:
        """Return the fingerprint of an answer.

        None for a stub, "" where its file cannot be read.
        """
        try:
            prints = source.fingerprints(self._place, exercises()[name].chapter)
        except (SyntaxError, OSError):
            return ""
        return prints.get(name)

    def _prepare(self) -> None:
        """While nothing is to be done: make the next grade of what is likely to come quick."""
        self._grader.prepare(self._view.current)
        following = self._board().after(self._view.current)
        if following and self._view.is_passed:
            self._grader.prepare(following)

    # --- keys -----------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        view, name = self._view, self._view.current
        asked, view.panel, view.notice = view.panel, "", ""
        if asked == "reset?":
            if key == "y":
                self._reset()
        elif key == "h":
            self._hint()
        elif key == "n":
            following = self._board().after(name)
            if following is None or following == name:
                view.notice = "There is no other exercise to do."
            else:
                self._turn_to(following)
                if following not in view.verdicts:
                    return self._grade([following])
        elif key == "l" and asked != "list":
            view.panel = "list"
        elif key == "t":
            view.panel, view.leaf = LESSON, view.leaf + 1 if asked == LESSON else 0
        elif key == "s":
            view.panel = "solution" if view.is_passed and asked != "solution" else ""
            if not view.is_passed:
                view.notice = (
                    f"The solution is shown once {name} passes "
                    f"(or by kata solution {name} --force)."
                )
        elif key == "r":
            view.panel = "reset?"
        elif key == "o":
            view.notice = self._open()
        elif not asked:
            return
        self._draw()

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

    def _reset(self) -> None:
        view, name = self._view, self._view.current
        try:
            backup = editing.reset(self._place, name)
            view.notice = f"{name} is a stub again; your text is kept in {shown(backup)}."
        except Problem as problem:
            view.notice = str(problem)
        view.verdicts.pop(name, None)

    def _open(self) -> str:
        """Open the current exercise in $EDITOR; what went wrong, or ""."""
        row = self._board().row(self._view.current)
        command = editing.editor_command(self._place.file_of(row.name), row.line or 1)
        if command is None:
            return "Set EDITOR to open files from here, as in: export EDITOR=nano"
        if shutil.which(command[0]) is None:
            return f"EDITOR: {command[0]}: no such program"
        with self._keys.lent():
            subprocess.run(command, check=False)
        return ""

    def _turn_to(self, name: str) -> None:
        self._view.turn_to(name)
        with state.changing(self._place) as kept:
            kept.current = name

    # --- both -----------------------------------------------------------------------------------

    def _board(self) -> Board:
        return board_now(self._place)

    def _draw(self, graded: str = "") -> None:
        self._page.draw(self._view, graded)
