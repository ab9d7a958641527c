"""What the learner sees of a grade in the terminal."""

import ast
from pathlib import Path
from typing import Any

import pytest

from kata.answers.files import chapter_file, misnamed, overlooked, text_of
from kata.answers.place import place
from kata.answers.printable import plain
from kata.course import chapters, course, definitions, exercises
from kata.grade import ExerciseGrade, Grade
from kata.refusal import Broken, shown

COLOURS = {"passed": "green", "failed": "red", "error": "red", "todo": "yellow"}


def is_at_a_terminal(reporter: Any) -> bool:
    """Return whether pytest writes to a terminal; isatty is a bool in pytest 8."""
    found = getattr(reporter, "isatty", False)
    return bool(found() if callable(found) else found)


class Terminal:
    """Shows each exercise's first failure whole, the rest as a letter; a table at the end."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def status_of(self, report: pytest.TestReport | pytest.CollectReport) -> Any:
        """pytest's (category, letter, word) for a graded test; None for any other."""
        kata = getattr(report, "kata", None)
        if kata is None or not report.failed:
            return None
        if kata["status"] == "todo":
            return "todo", "t", ("TODO", {"yellow": True})
        subject = _subject(kata)
        if self._told.setdefault(subject, report.nodeid) == report.nodeid:
            return "failed", "F", "FAILED"
        return "also failed", "f", "FAILED"

    def summary(self, terminal: pytest.TerminalReporter, grade: Grade, submission: Path) -> None:
        """Write the table, the score, and what to do next."""
        terminal.section("kata")
        width = max(len(exercise.name) for exercise in grade.exercises)
        chapter = ""
        for exercise in grade.exercises:
            if exercise.chapter != chapter:
                chapter = exercise.chapter
                terminal.write_line(chapter, bold=True)
            colour, detail = {COLOURS[exercise.status]: True}, _detail(exercise)
            status = f"{exercise.status:8}" if detail else exercise.status
            terminal.write(f"  {exercise.name:{width}}  ")
            terminal.write(f"{exercise.score}/{exercise.max_score}  {status}", **colour)
            terminal.write_line(detail)
        terminal.write_line(_score(grade), bold=True)
        waiting = next((e for e in grade.exercises if e.status != "passed"), None)
        if waiting is None:
            terminal.write_line("everything asked for has passed", green=True)
        else:
            where = plain(where_to_edit(waiting, submission))
            terminal.write_line(f"next: {waiting.name}, {where}")
            self._tell_of_names(terminal, grade, submission)
            self._tell_of_notebooks(terminal, grade, submission)

    def _tell_of_names(
        self, terminal: pytest.TerminalReporter, grade: Grade, submission: Path
    ) -> None:
        """Say which files have nearly the name of a chapter that has no answer."""
        if submission.is_dir():
            for chapter in sorted({exercise.chapter for exercise in grade.exercises}):
                if rename := misnamed(submission, chapter):
                    terminal.write_line(plain(rename), yellow=True)

    def _tell_of_notebooks(
        self, terminal: pytest.TerminalReporter, grade: Grade, submission: Path
    ) -> None:
        """Say where a notebook answers what the graded .py file beside it does not."""
        asked = {exercise.name for exercise in grade.exercises}
        if submission.is_dir():
            found = overlooked(submission, {exercise.chapter for exercise in grade.exercises})
            for path, names in sorted(found.items()):
                if names & asked:
                    told = (
                        f"{shown(path)} answers {', '.join(sorted(names & asked))} too and was not "
                        f"graded, since the .py file beside it has answers: --submission {path}"
                    )
                    terminal.write_line(plain(told))


def where_to_edit(exercise: ExerciseGrade, submission: Path) -> str:
    """file:line of an exercise's definition, as far as it can be found."""
    path = submission
    if submission.is_file() and submission.stem in set(chapters()) - {exercise.chapter}:
        return f"of {exercise.chapter}, which {shown(submission)} is not"
    if submission.is_dir():
        found = chapter_file(submission, exercise.chapter)
        path = found or submission / f"{exercise.chapter}.py"
    if not path.is_file():
        return (
            f"{shown(path)} (no such file yet: start from {shown(course().exercises)}/{path.name})"
        )
    try:
        defined = definitions(ast.parse(text_of(path)))
    except (SyntaxError, ValueError, Broken):
        return shown(path)
    lines = [node.lineno for node in defined if node.name == exercise.name]
    return str(Path(shown(path)).parent / place(path, lines[-1])) if lines else shown(path)


def _score(grade: Grade) -> str:
    """Return the score; of the core and of the chapters beyond it apart, where both were graded."""
    parts = {
        part: [e for e in grade.exercises if exercises()[e.name].is_core == is_core]
        for part, is_core in (("core", True), ("beyond", False))
    }
    apart = [
        f"{part} {sum(e.score for e in graded)}/{sum(e.max_score for e in graded)}"
        for part, graded in parts.items()
        if graded
    ]
    in_all = f"score {grade.score}/{grade.max_score}"
    return in_all if len(apart) < 2 else f"{in_all} ({', '.join(apart)})"


def _subject(kata: dict[str, Any]) -> str:
    """Return what a failure is about: the exercise, or the whole file where that is broken."""
    return str(kata["message"] if kata["broken"] else kata["exercise"])


def _detail(exercise: ExerciseGrade) -> str:
    if exercise.status in ("passed", "todo"):
        return ""
    return f"{exercise.passed_tests} of {len(exercise.results)} tests pass"
