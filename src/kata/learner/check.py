"""`kata check` and `kata show`: one grade, or one picture, and out."""

import json
import webbrowser
from datetime import date
from pathlib import Path

from rich.console import Console

from kata.course import exercises, exercises_of
from kata.grade import Grade
from kata.learner import heatmap, screen, source, state
from kata.learner.board import board_now, record
from kata.learner.grader import Grader
from kata.learner.place import Place
from kata.learner.verdict import Verdict
from kata.refusal import shown


def check(place: Place, names: list[str], as_json: bool, seconds: float) -> int:
    """Grade some exercises, all without names; 0 where all have passed, else 1."""
    verdicts: list[Verdict] = []
    console = Console()
    with Grader(place, seconds) as grader:
        for name in [name for name in exercises() if name in names or not names]:
            print_of = _fingerprint(place, name)
            verdict = grader.grade(name, state.read(place).of(name).seed)
            record(place, verdict, print_of, date.today())
            verdicts.append(verdict)
            if not as_json:
                row = board_now(place).row(name)
                console.print(screen.verdict_of(verdict, place, row, console))
        if grader.left_out:  # beside the JSON, not in it
            Console(stderr=as_json).print(grader.left_out, style="yellow", soft_wrap=True)
    grade = Grade(shown(place.exercises), [verdict.grade for verdict in verdicts])
    if as_json:
        print(json.dumps(grade.as_json(), indent=1))
    elif len(verdicts) > 1:
        console.print(f"\nscore {grade.score}/{grade.max_score}", style="bold")
    return 0 if grade.score == grade.max_score else 1


def show(place: Place, name: str, as_json: bool, browser: bool) -> int:
    """Draw the first probe that an answer gets wrong; 1 where there is nothing to draw."""
    with Grader(place) as grader:
        verdict, console = grader.picture(name), Console()
    picture = verdict.picture or {"says": verdict.message}
    if as_json:
        print(json.dumps({"name": name, **picture}, indent=1))
        return 0 if picture.get("parts") else 1
    console.print(heatmap.shown(picture, console))
    if not picture.get("parts"):
        return 1
    page = _page(place, name)
    page.write_text(heatmap.as_html(name, picture), "utf-8", newline="\n")
    console.print(f"\nas a page: {shown(page)}", style="dim", markup=False)
    if browser:
        webbrowser.open(page.as_uri())
    return 0


def _page(place: Place, name: str) -> Path:
    folder = place.keep / "show"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.html"


def _fingerprint(place: Place, name: str) -> str:
    """Return the fingerprint of an answer; "" for a stub, or where its file cannot be read."""
    chapter = exercises()[name].chapter
    assert name in exercises_of(chapter)
    try:
        return source.fingerprints(place, chapter).get(name, "")
    except (SyntaxError, OSError):
        return ""
