"""`kata lesson`: the part of a chapter's lesson that leads to one exercise, and its questions.

In the terminal its mathematics is readable Unicode; as a page, MathML, with nothing to load. The
lesson of a chapter's last exercise ends with the chapter's questions: in the terminal a key shows
each answer, on the page a fold does; where nobody can press one, they come at the end.
"""

import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from kata.course.lesson_pages import as_page, folded, leading_to, questions_behind
from kata.course.lessons import Question
from kata.learner.formulas import for_terminal
from kata.learner.keys import Keys, NoKeys, keys
from kata.learner.place import Place, Problem
from kata.learner.unbroken import Prose
from kata.refusal import shown

SOON = 0.05  # seconds between two looks for a key


def ask(questions: Sequence[Question], console: Console) -> None:
    """Print each question, and its answer at a key.

    Where there is nobody to press one, all answers come behind all questions.
    """
    if not questions:
        return
    console.print(Prose("## Questions"), crop=False)
    with keys() if console.is_terminal else NoKeys() as typed:
        if type(typed) is NoKeys:
            return _all(questions, console)
        for question in questions:
            console.print(Prose(for_terminal(question.asked)), style="bold")
            console.print("(say your answer; any key shows ours, q ends)", style="dim")
            if _next(typed) == "q":
                return None
            console.print(Prose(for_terminal(question.answer)), crop=False)
            console.print()
    return None


def _next(typed: Keys) -> str:
    """Wait for a key, and return it."""
    while not (pressed := typed.pressed()):
        time.sleep(SOON)
    return pressed[0]


def _all(questions: Sequence[Question], console: Console) -> None:
    """Print all questions, then all answers."""
    asked = [f"{i}. {question.asked}" for i, question in enumerate(questions, 1)]
    answers = [f"{i}. {question.answer}" for i, question in enumerate(questions, 1)]
    for text in [*asked, "## Answers", *answers]:
        console.print(Prose(for_terminal(text)), crop=False)


def show(place: Place, name: str, browser: bool, file: Path | None) -> None:
    """Print a lesson, or write it as a page and open that. Raises Problem."""
    text, questions = leading_to(name), questions_behind(name)
    if not browser and file is None:
        console = Console()
        console.print(Prose(for_terminal(text)), crop=False)
        return ask(questions, console)
    page = file or place.keep / "lessons" / f"{name}.html"
    try:
        if file is None:
            page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(as_page(name, f"{text}\n\n{folded(questions)}"), "utf-8")
    except OSError as error:
        raise Problem(f"{page}: {error.strerror}") from None
    Console().print(f"as a page: {shown(page)}", style="dim", markup=False)
    if browser:
        webbrowser.open(page.absolute().as_uri())
    return None
