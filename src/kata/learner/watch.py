"""`kata watch`: at each save, grade what has changed, and show it.

One thread: it waits for a save or a key, grades in another process, draws, and waits again. The
screen is drawn as a whole each time, below what was there before; where there is no terminal, or
NO_COLOR is set, the verdicts scroll by instead.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from kata.catalogue import chapters, exercises, exercises_of
from kata.learner import editing, practice, screen, source, state
from kata.learner.board import Board, board, record
from kata.learner.grader import Grader, with_grader
from kata.learner.hanging import SECONDS
from kata.learner.hints import hints_of
from kata.learner.keys import Keys, keys
from kata.learner.place import Place, Problem
from kata.learner.signals import Stopped, raising
from kata.learner.verdict import Verdict
from kata.refusal import shown

STEP = 10  # ms without another change after which a save counts as complete
TICK = 50  # ms after which keys and the window's size are looked at
SETTLE = 0.3  # s that an editor may leave a file empty or away while it saves
LONG = 1.0  # s; the rest of the tests of a slower answer are left


def watch(place: Place, seconds: float = SECONDS) -> int:
    """Run the loop; the exit status: 0 after q, 128 + signal after one (130 after Ctrl-C)."""
    rolling = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
    console = Console(color_system=None) if rolling else Console()
    say = f"kata watch: loading torch, then every save in {shown(place.exercises)}/ is graded ..."
    console.print(Text(say, style="dim"))

    def loop(grader: Grader) -> int:
        try:
            with raising(Stopped, ["SIGTERM", "SIGHUP"]) as caught, keys() as typed:
                return Watch(place, grader, console, typed, rolling).run()
        except (KeyboardInterrupt, Stopped):
            # watchfiles makes a KeyboardInterrupt of every signal
            return 128 + (caught or [signal.SIGINT])[0]
        finally:
            console.print()

    try:
        return with_grader(place, loop, seconds)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


class Watch:
    """The state of the loop, and its answers to saves and keys."""

    def __init__(
        self, place: Place, grader: Grader, console: Console, typed: Keys, rolling: bool
    ) -> None:
        self._place = place
        self._grader = grader
        self._console = console
        self._keys = typed
        self._rolling = rolling
        self._verdicts: dict[str, Verdict] = {}
        self._graded: dict[str, str] = {}  # fingerprints of what was graded
        self._seen: dict[Path, tuple[int, ...]] = {}  # which saves were graded
        self._also: list[Verdict] = []  # graded at the last save, besides the current one
        self._took = ""
        self._panel = ""  # what a key has asked for: list, solution, reset?
        self._notice = ""
        self._size = console.size
        found = self._board()
        self._current = found.current
        self._hints = 0
        for name, progress in state.read(place).progress.items():
            self._graded[name] = progress.fingerprint

    def run(self) -> int:
        """Until q is pressed."""
        saves = self._changes()
        next(saves)  # from here on no save is missed
        waiting = self._changed(set(chapters())) or [self._current]
        if not self._rolling:
            self._draw()
        self._grade(waiting)
        self._prepare()
        for changes in saves:
            for key in self._keys.pressed():
                if key == "q":
                    return 0
                self._press(key)
            fresh = {path for path in changes if self._is_fresh(path)}
            if fresh:
                self._saved({path.stem for path in fresh})
            if self._console.size != self._size and not self._rolling:
                self._draw()
        return 0

    def _changes(self) -> Iterator[set[Path]]:
        """The Python files that were saved since the last item; an empty set every TICK."""
        import watchfiles

        def ours(change: Any, path: str) -> bool:
            return path.endswith(".py") and not Path(path).name.startswith(".")

        for found in watchfiles.watch(
            self._place.exercises,
            watch_filter=ours,
            step=STEP,
            debounce=10 * STEP,
            rust_timeout=TICK,
            yield_on_timeout=True,
            recursive=False,
        ):
            yield {Path(path) for _, path in found}

    # --- saves ----------------------------------------------------------------------------------

    def _is_fresh(self, path: Path) -> bool:
        """Whether this is a save not seen yet: one save may come as several changes.

        Waits while an editor has the file empty, or away, in the middle of its save.
        """
        end = time.monotonic() + SETTLE
        save = _save(path)
        while not any(save) and time.monotonic() < end:
            time.sleep(STEP / 1000)
            save = _save(path)
        before, self._seen[path] = self._seen.get(path), save
        return save != before

    def _is_still(self, name: str) -> bool:
        """Whether an exercise's file was not saved since its last grade was begun."""
        path = self._place.file_of(name)
        return self._seen.get(path) == _save(path)

    def _saved(self, stems: set[str]) -> None:
        saved = stems & set(chapters()) if stems <= set(chapters()) else set(chapters())
        changed = self._changed(saved)
        here = exercises()[self._current].chapter in saved
        if changed and self._current not in changed and (not here or len(changed) == 1):
            self._turn_to(changed[0])
        elif not changed and here:
            changed = [self._current]
        self._panel, self._notice = "", ""
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
                changed.append(self._current if self._current in names else names[0])
                continue
            changed += [name for name, text in prints.items() if self._graded.get(name) != text]
            for name in set(names) - set(prints):  # a stub (again)
                self._verdicts.pop(name, None)
                self._graded.pop(name, None)
        return changed

    def _grade(self, names: list[str]) -> None:
        """Grade these, the current one first, and draw as soon as it is known."""
        self._also = []
        if self._current not in names and not self._rolling:
            self._draw()
        for name in sorted(names, key=lambda n: n != self._current):
            text = self._fingerprint(name)
            if text is None:  # a stub needs no grade
                self._draw()
                continue
            self._busy(f"grading {name} ...")
            path = self._place.file_of(name)
            self._seen[path] = _save(path)
            seed = state.read(self._place).of(name).seed
            start = time.perf_counter()
            verdict = self._grader.grade(name, seed, quick=not self._rolling)
            took = time.perf_counter() - start
            if not self._is_still(name):
                continue  # saved meanwhile: which of the two texts was it? The save comes next
            self._verdicts[name] = verdict
            self._graded[name] = text
            record(self._place, verdict, text, date.today())
            if name == self._current:
                self._took = f"graded at {time.strftime('%H:%M:%S')} in {took:.2f} s"
            else:
                self._also.append(verdict)
            self._draw(name)
            if name == self._current and not verdict.whole and took < LONG:
                verdict = self._grader.grade(name, seed)  # how many pass?
                if self._is_still(name):
                    self._verdicts[name] = verdict
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
        self._grader.prepare(self._current)
        following = self._board().after(self._current)
        if following and self._verdicts.get(self._current) and self._is_passed:
            self._grader.prepare(following)

    @property
    def _is_passed(self) -> bool:
        verdict = self._verdicts.get(self._current)
        return verdict is not None and verdict.passed

    # --- keys -----------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        asked, self._panel, self._notice = self._panel, "", ""
        name = self._current
        if asked == "reset?":
            if key == "y":
                self._reset()
        elif key == "h":
            self._hint()
        elif key == "n":
            following = self._board().after(name)
            if following is None or following == name:
                self._notice = "There is no other exercise to do."
            else:
                self._turn_to(following)
                if following not in self._verdicts:
                    self._grade([following])
                    self._prepare()
                    return
        elif key == "l" and asked != "list":
            self._panel = "list"
        elif key == "s":
            self._panel = "solution" if self._is_passed and asked != "solution" else ""
            if not self._is_passed:
                self._notice = (
                    f"The solution is shown once {name} passes "
                    f"(or by kata solution {name} --force)."
                )
        elif key == "r":
            self._panel = "reset?"
        elif key == "o":
            self._notice = self._open()
        elif not asked:
            return
        self._draw()

    def _hint(self) -> None:
        name = self._current
        of = len(hints_of(name))
        if not of:
            self._notice = f"No hints are written for {name} yet."
            return
        with state.changing(self._place) as kept:
            progress = kept.of(name)
            # the first press shows again what was shown before, if that was on another screen
            if self._hints or not progress.hints:
                progress.hints = min(progress.hints + 1, of)
            progress.helped = True
            self._hints = progress.hints

    def _reset(self) -> None:
        try:
            backup = editing.reset(self._place, self._current)
            self._notice = f"{self._current} is a stub again; your text is kept in {shown(backup)}."
        except Problem as problem:
            self._notice = str(problem)
        self._verdicts.pop(self._current, None)

    def _open(self) -> str:
        """Open the current exercise in $EDITOR; what went wrong, or ""."""
        row = self._board().row(self._current)
        command = editing.editor_command(self._place.file_of(row.name), row.line or 1)
        if command is None:
            return "Set EDITOR to open files from here, as in: export EDITOR=nano"
        if shutil.which(command[0]) is None:
            return f"EDITOR: {command[0]}: no such program"
        with self._keys.lent():
            subprocess.run(command, check=False)
        return ""

    def _turn_to(self, name: str) -> None:
        self._current, self._hints, self._took, self._also = name, 0, "", []
        with state.changing(self._place) as kept:
            kept.current = name

    # --- the screen -----------------------------------------------------------------------------

    def _board(self) -> Board:
        return board(self._place, state.read(self._place), date.today())

    def _draw(self, graded: str = "") -> None:
        """Draw the page; scrolling by, only what is new: the verdict on `graded`, or a panel."""
        found = self._board()
        if self._rolling:
            self._console.print(*self._news(found, graded), sep="\n")
            return
        self._size = self._console.size
        with self._console.capture() as page:
            self._console.print(
                screen.header(found, self._current), "", *self._body(found), sep="\n"
            )
            self._console.print()
            self._console.print(screen.keys_line(), end="")
        # one write, so that nothing flickers; 2J pushes no lines into the scrollback
        sys.stdout.write(f"\x1b[H\x1b[2J{page.get()}")
        sys.stdout.flush()

    def _busy(self, text: str) -> None:
        """Say what is going on in the place of the keys, until the next page."""
        if not self._rolling:
            sys.stdout.write(f"\r\x1b[2K{text}")
            sys.stdout.flush()

    def _body(self, found: Board) -> Iterator[RenderableType]:
        row, name = found.row(self._current), self._current
        verdict = self._verdicts.get(name)
        if self._panel == "list":
            yield screen.chapters_at_a_glance(found, name, self._console)
        elif self._panel == "solution":
            yield screen.code(source.solution_text(name))
        elif verdict is not None:
            yield screen.verdict_of(verdict, self._place, row, self._console)
        else:
            yield screen.to_do(self._place, row)
        if self._took and not self._panel:
            yield Text(self._took, style="dim")
        yield from self._aside(found, verdict)

    def _aside(self, found: Board, verdict: Verdict | None) -> Iterator[RenderableType]:
        """What comes below the verdict: other verdicts, hints, what to do next."""
        name = self._current
        if self._also:
            others = [
                Text.assemble(screen.mark(v.status, self._console), f" {v.name}")
                for v in self._also
            ]
            yield Text("also: ") + Text("  ").join(others)
        if self._hints and not self._panel:
            texts = hints_of(name)
            yield Group("", screen.hints(name, texts[: self._hints], len(texts)))
        if verdict is not None and verdict.passed and not self._panel:
            yield Group("", self._what_next(found))
        if self._panel == "reset?":
            ask = f"Put the stub of {name} back? Your text is kept in .kata/backups. y / n"
            yield Group("", Text(ask, style="bold yellow"))
        if self._notice:
            yield Group("", Text(self._notice, style="yellow"))

    def _what_next(self, found: Board) -> Text:
        following = found.after(self._current)
        if following is None:
            text = f"All {len(found.rows)} exercises have passed. "
        else:
            path = shown(self._place.file_of(following))
            text = f"Press n for {following} ({path}:{found.row(following).line or 1}). "
        due = practice.due(state.read(self._place), date.today())
        if due:
            text += f"Due for practice: {', '.join(due[:3])} (kata again)."
        return Text(text.strip(), style="green")

    def _news(self, found: Board, graded: str) -> Iterator[RenderableType]:
        if graded:
            row = found.row(graded)
            yield screen.verdict_of(self._verdicts[graded], self._place, row, self._console)
            yield Text(f"{found.passed} of {len(found.rows)} passed\n")
            return
        yield from self._body(found)
        yield Text()


def _save(path: Path) -> tuple[int, ...]:
    """What tells one save of a file from another; zeros for a file that is empty or not there."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_size, found.st_mtime_ns, found.st_ino) if found.st_size else (0, 0, 0)
