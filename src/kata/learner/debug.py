"""`kata debug`: find the bug in a wrong answer that somebody could have written."""

import json
import sys
from dataclasses import replace
from datetime import date
from string import ascii_lowercase

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from kata.course import exercises
from kata.learner import bugs, practice, screen, state
from kata.learner.board import Row
from kata.learner.bugs import Bug
from kata.learner.grader import Grader
from kata.learner.place import Place, Problem
from kata.learner.verdict import Verdict
from kata.refusal import shown


def debug(
    place: Place,
    name: str | None,
    new: bool = False,
    force: bool = False,
    answer: str | None = None,
    as_json: bool = False,
    reset: bool = False,
) -> int:
    """Show the open bug, or a new one; 0 where it is mended or named, else 1.

    answer: the letter of a sentence. reset: whether its file is written again first.
    Raises Problem.
    """
    before = bugs.opened(place)
    bug = None if new or (before and name not in (None, before.exercise)) else before
    if bug is None and (reset or answer is not None):
        raise Problem("there is no open bug for that; kata debug opens one")
    if bug and answer is not None:
        return _answered(place, bug, answer)
    say = Console(stderr=as_json, soft_wrap=True).print
    if bug and reset:
        copy = _kept(place, bug)
        bugs.write(place, bug)
        say(f"The bug is as it was again.{copy}", markup=False)
    elif bug and not bugs.text_of(place, bug).strip():
        raise Problem(
            f"the bug of {bug.exercise} was in {shown(bugs.folder(place).file_of(bug.exercise))}, "
            "which is gone or empty: kata debug --reset writes it again, --new draws another"
        )
    elif bug is None:
        if name:
            _allow(place, name, force)
        if before and (told := _looked_at(place, before)):
            say(told, markup=False)
    chosen = bug.exercise if bug else name or _solved(place)
    # the server imports torch and collects the tests while we do the first of it and draw
    with Grader(bugs.folder(place), names=[chosen]) as grader:
        if bug is None:
            if sys.stderr.isatty():
                print(f"a bug of {chosen} is being chosen ...", file=sys.stderr)
            bug = bugs.open_new(place, chosen, state.read(place).of(chosen))
        verdict = grader.grade(chosen, quick=True)
    if as_json:
        print(json.dumps(_as_json(place, bug, verdict), indent=1))
    elif not verdict.passed:
        _show(place, bug, verdict)
    if verdict.passed:
        _found(place, bug)
        if not as_json:
            Console().print(Text(f"Mended. It was: {bug.sentence}", "green"))
        return 0
    return 1 if as_json or not sys.stdin.isatty() else _ask(place, bug)


def _looked_at(place: Place, bug: Bug) -> str:
    """Say what became of a bug that another one takes the place of; a mended one counts as found.

    "" where nothing was done about it. Raises Problem.
    """
    copy = _kept(place, bug)
    if not copy:
        return ""
    if sys.stderr.isatty():
        print(f"what you did to the bug of {bug.exercise} is graded ...", file=sys.stderr)
    with Grader(bugs.folder(place), names=[bug.exercise]) as grader:
        verdict = grader.grade(bug.exercise, quick=True)
    if not verdict.passed:
        return f"The bug of {bug.exercise} was not mended yet.{copy}"
    _found(place, bug)
    return f"You had mended the bug of {bug.exercise}. It was: {bug.sentence}{copy}"


def _kept(place: Place, bug: Bug) -> str:
    """Back up what the learner changed in a bug's file, and say where; "" without a change."""
    text, path = bugs.text_of(place, bug), bugs.folder(place).file_of(bug.exercise)
    copy = place.back_up(path) if text.strip() and text != bug.program else None
    return f" Your text is kept in {shown(copy)}." if copy else ""


def _solved(place: Place) -> str:
    """Return a solved exercise: one that is due, if there is one. Raises Problem."""
    now = state.read(place)
    names = practice.due(now, date.today()) or [n for n, p in now.progress.items() if p.solved]
    if not names:
        raise Problem("nothing is solved yet; kata debug NAME --force shows a bug of any exercise")
    return min(names, key=lambda name: len(now.of(name).found))


def _allow(place: Place, name: str, force: bool) -> None:
    """Raise Problem for an exercise that has not passed: all but one line would be its solution."""
    if not force and not state.read(place).of(name).solved:
        raise Problem(
            f"{name}: its bugs are shown once it passes (kata check {name}), or by --force"
        )


def _show(place: Place, bug: Bug, verdict: Verdict) -> None:
    console, path = Console(), bugs.folder(place).file_of(bug.exercise)
    console.print(Text.assemble((bug.exercise, "bold"), f" has one bug: {shown(path)}\n"))
    text = path.read_text("utf-8", errors="replace").rstrip("\n")
    console.print(
        Syntax(
            text,
            "python",
            theme="ansi_dark",
            background_color="default",
            word_wrap=True,
            line_numbers=True,
        )
    )
    row = Row(bug.exercise, exercises()[bug.exercise].chapter, verdict.status)
    console.print()
    console.print(screen.verdict_of(_unnamed(verdict), bugs.folder(place), row, console))
    table = Table.grid(padding=(0, 1), pad_edge=False)
    for letter, sentence in zip(ascii_lowercase, bug.sentences, strict=False):
        table.add_row(Text(letter, "bold"), Text(sentence))
    console.print("\nWhat is wrong? Mend the file and say `kata debug` again, or choose:\n")
    console.print(table)
    console.print()


def _ask(place: Place, bug: Bug) -> int:
    """Ask for a letter until it is right, or nothing is typed."""
    letters = ascii_lowercase[: len(bug.sentences)]
    while True:
        try:
            said = input(f"a to {letters[-1]}, or Enter to mend it: ").strip().lower()
        except EOFError:
            return 1
        if not said:
            return 1
        try:
            if _answered(place, bug, said) == 0:
                return 0
        except Problem as problem:
            print(problem)


def _answered(place: Place, bug: Bug, said: str) -> int:
    """Say whether the sentence of that letter is the true one. Raises Problem."""
    letters = ascii_lowercase[: len(bug.sentences)]
    if len(said) != 1 or said not in letters:
        raise Problem(f"{said}: no such letter; type one of {', '.join(letters)}")
    if bug.sentences[letters.index(said)] != bug.sentence:
        print("No: that would give something else. Look again.")
        return 1
    print(f"Yes, at {shown(bugs.folder(place).file_of(bug.exercise))}:{bug.line}.")
    _found(place, bug)
    return 0


def _found(place: Place, bug: Bug) -> None:
    """Note it, move a due exercise one box on, and close the bug."""
    with state.changing(place) as kept:
        progress = kept.of(bug.exercise)
        progress.found = tuple(dict.fromkeys([*progress.found, bug.sentence]))
        practice.found(progress, date.today())
    bugs.close(place)


def _unnamed(verdict: Verdict) -> Verdict:
    """Return the verdict without the mistake's name; kata step would show the learner's own."""
    message = verdict.entry["message"].partition("\n  looks like: ")[0]
    entry = {**verdict.entry, "message": message, "mistake": None}
    return replace(verdict, entry=entry, has_net=False)


def _as_json(place: Place, bug: Bug, verdict: Verdict) -> dict[str, object]:
    return {
        "name": bug.exercise,
        "file": str(bugs.folder(place).file_of(bug.exercise)),
        "status": verdict.status,
        "message": _unnamed(verdict).entry["message"],
        "sentences": dict(zip(ascii_lowercase, bug.sentences, strict=False)),
    }
