"""`kata watch`: at each save, grade what has changed, and show it.

One thread: it waits for a save or a key, grades in another process, draws, and waits again.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType

from kata.answers.files import overlooked
from kata.course import chapters, exercises, exercises_of
from kata.learner import source, state
from kata.learner.board import board_now, record
from kata.learner.grader import Grader
from kata.learner.keys import Keys, keys
from kata.learner.page import Page, View
from kata.learner.place import Place
from kata.learner.pressing import Pressing
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
    """The loop, and its answers to saves."""

    def __init__(self, place: Place, grader: Grader, page: Page, typed: Keys) -> None:
        self._place = place
        self._grader = grader
        self._page = page
        self._keys = typed
        self._saves = Saves(place.exercises)
        self._view = View(board_now(place).current)
        self._pressing = Pressing(place, self._view, typed, page)
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
            for path in self._place.files_of(chapter):
                self._saves.see(path)
        self._grade(self._changed(set(chapters())) or [self._view.current])
        for changed in changes:
            for key in self._keys.pressed():
                if key == "q" and not self._pressing.is_typing:
                    return 0
                names = self._pressing.press(key)
                if names:
                    self._grade(names)
                elif names is not None:
                    self._draw()
            fresh = self._saves.fresh(changed)
            if fresh:
                self._saved(fresh)
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

    def _saved(self, paths: set[Path]) -> None:
        view, stems = self._view, {path.stem for path in paths}
        saved = stems & set(chapters()) if stems <= set(chapters()) else set(chapters())
        changed = self._changed(saved)
        here = exercises()[view.current].chapter in saved
        if changed and view.current not in changed and (not here or len(changed) == 1):
            self._pressing.turn_to(changed[0])
        elif not changed and here:
            changed = [view.current]
        view.panel, view.notice = "", self._passed_by(paths)
        self._grade(changed)

    def _passed_by(self, paths: set[Path]) -> str:
        """Say of a notebook that was saved what only it answers, where its .py file is graded."""
        more = overlooked(self._place.exercises, sorted({p.stem for p in paths} & set(chapters())))
        return " ".join(
            f"{path.stem}.py is graded, and only {path.name} answers {', '.join(sorted(names))}."
            for path, names in more.items()
            if path in paths and names
        )

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
            path = source.answered_in(self._place, exercises()[name].chapter)
            if not self._saves.is_seen(path):
                continue  # saved since these were chosen; the save comes next
            self._page.busy(f"grading {name} ...", view if name == view.current else None)
            seed = state.read(self._place).of(name).seed
            start = time.perf_counter()
            verdict = self._grader.grade(name, seed, quick=not self._page.rolling)
            took = time.perf_counter() - start
            if not self._saves.is_seen(path):
                continue  # which of the two texts was it?
            if name == view.current:
                view.top = 0
            view.learn(verdict)
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
                    view.learn(verdict)
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
        following = board_now(self._place).after(self._view.current)
        if following and self._view.is_passed:
            self._grader.prepare(following)

    def _draw(self, graded: str = "") -> None:
        self._page.draw(self._view, graded)
