"""`kata step`: the pass that an exercise belongs to, in the terminal, as a page, or as text."""

import json
import sys
from pathlib import Path

from kata.answers.printable import plain
from kata.learner.board import board_now
from kata.learner.grader import Grader
from kata.learner.keys import NoKeys, keys
from kata.learner.place import Place, Problem
from kata.learner.shown import Shown
from kata.refusal import shown
from kata.steps.listed import Steps
from kata.steps.net import nets
from kata.steps.page import as_html, as_text


def step(place: Place, name: str | None, page: Path | None, as_json: bool) -> None:
    """Step through the pass of an exercise, by default that at hand. Raises Problem."""
    if page is not None and not page.absolute().parent.is_dir():
        raise Problem(f"{page}: no such folder")
    chosen = _chosen(place, name)
    if sys.stderr.isatty():  # torch takes seconds
        print(f"your functions go through {chosen}'s pass ...", file=sys.stderr)
    steps = steps_of(place, chosen)
    if as_json:
        print(json.dumps(steps))
    elif page is not None:
        try:
            page.write_text(as_html(steps), "utf-8")
        except OSError as error:
            raise Problem(f"{page}: {error.strerror}") from None
        print(f"as a page: {plain(shown(page))}")
    else:
        with keys() as typed:
            if isinstance(typed, NoKeys) or not sys.stdout.isatty():
                print(plain(as_text(steps)))
            else:
                Shown(steps).run(typed)


def steps_of(place: Place, name: str) -> Steps:
    """Return the list of steps, made where the learner's code may run. Raises Problem."""
    with Grader(place, names=[name]) as grader:
        verdict = grader.steps(name)
    if not verdict.found:
        raise Problem(verdict.message)
    return verdict.found


def _chosen(place: Place, name: str | None) -> str:
    known = nets()
    if not known:
        raise Problem("this course has no pass to step through")
    if name is None:
        at_hand = board_now(place).current
        return at_hand if at_hand in known else next(iter(known))
    if name not in known:
        raise Problem(f"{name} is no link of a pass; kata step shows {', '.join(known)}")
    return name
