"""`kata check`: one grade, and out."""

import json
from datetime import date

from rich.console import Console

from kata.course import exercises, exercises_of
from kata.grade import Grade
from kata.learner import screen, source, state
from kata.learner.board import board_now, record
from kata.learner.grader import Grader
from kata.learner.place import Place
from kata.learner.verdict import Verdict
from kata.refusal import shown


def check(place: Place, names: list[str], as_json: bool, seconds: float) -> int:
    """Grade some exercises, all without names; 0 where all have passed, else 1."""
    verdicts: list[Verdict] = []
    console = Console()
    with Grader(place, seconds, names) as grader:
        for name in [name for name in exercises() if name in names or not names]:
            print_of = _fingerprint(place, name)
            verdict = grader.grade(name, state.read(place).of(name).seed)
            record(place, verdict, print_of, date.today())
            verdicts.append(verdict)
            if not as_json:
                row = board_now(place).row(name)
                console.print(screen.verdict_of(verdict, place, row, console))
                if len(names) == 1:
                    console.print(*screen.afterwards(verdict), end="")
        if grader.left_out:  # beside the JSON, not in it
            Console(stderr=as_json).print(grader.left_out, style="yellow", soft_wrap=True)
    grade = Grade(shown(place.exercises), [verdict.grade for verdict in verdicts])
    if as_json:
        print(json.dumps(grade.as_json(), indent=1))
    elif len(verdicts) > 1:
        console.print(f"\nscore {grade.score}/{grade.max_score}", style="bold")
    return 0 if grade.score == grade.max_score else 1


def _fingerprint(place: Place, name: str) -> str:
    """Return the fingerprint of an answer; "" for a stub, or where its file cannot be read."""
    chapter = exercises()[name].chapter
    assert name in exercises_of(chapter)
    try:
        return source.fingerprints(place, chapter).get(name, "")
    except (SyntaxError, OSError):
        return ""
