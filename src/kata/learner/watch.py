"""`kata watch`: at each save, grade what has changed, and show it.

One thread: it waits for a save or a key, grades in another process, draws, and waits again.
"""

import shutil
import signal
import subprocess
import time
from datetime import date

from kata.course import chapters, exercises, exercises_of, hints_of
from kata.learner import editing, source, state
from kata.learner.board import Board, board_now, record
from kata.learner.grader import Grader, with_grader
from kata.learner.hanging import SECONDS
from kata.learner.keys import Keys, keys
from kata.learner.page import Page, View
from kata.learner.place import Place, Problem
from kata.learner.saves import Saves
from kata.learner.signals import Stopped, raising
from kata.refusal import shown

LONG = 1.0  # s; the rest of the tests of a slower answer are left


def watch(place: Place, seconds: float = SECONDS) -> int:
    """Run the loop; the exit status: 0 after q, 128 + signal after one (130 after Ctrl-C)."""
    page = Page(place)
    folder = shown(place.exercises)
    page.say(f"kata watch: loading torch, then every save in {folder}/ is graded ...")

    def loop(grader: Grader) -> int:
        try:
            with raising(Stopped, ["SIGTERM", "SIGHUP"]) as caught, keys() as typed:
                return Watch(place, grader, page, typed).run()
        except (KeyboardInterrupt, Stopped):
            # watchfiles makes a KeyboardInterrupt of every signal
            return 128 + (caught or [signal.SIGINT])[0]
        finally:
            page.say()

    try:
        return with_grader(place, loop, seconds)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


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

    def run(self) -> int:
        """Until q is pressed."""
        if self._grader.left_out:
            self._view.notice = self._grader.left_out
            self._page.say(self._grader.left_out)
        changes = self._saves.changes()
        next(changes)  # from here on no save is missed
        for chapter in chapters():
            self._saves.see(self._place.chapter_file(chapter))
        waiting = self._changed(set(chapters())) or [self._view.current]
        if not self._page.rolling:
            self._draw()
        self._grade(waiting)
        self._prepare()
        for changed in changes:
            for key in self._keys.pressed():
                if key == "q":
                    return 0
                self._press(key)
            fresh = self._saves.fresh(changed)
            if fresh:
                self._saved({path.stem for path in fresh})
            if self._page.is_resized:
                self._draw()
        return 0

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
        self._prepare()

    def _changed(self, saved: set[str]) -> list[str]:
        """The exercises of these chapters whose text is not the one that was graded."""
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
        """Grade these, the current one first, and draw as soon as it is known."""
        view = self._view
        view.also = []
        if view.current not in names and not self._page.rolling:
            self._draw()
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

    def _fingerprint(self, name: str) -> str | None:
        """The fingerprint of an answer; None for a stub, "" where its file cannot be read."""
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
                    self._grade([following])
                    self._prepare()
                    return
        elif key == "l" and asked != "list":
            view.panel = "list"
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
