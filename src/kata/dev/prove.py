"""The proof of one exercise, or of a chapter: all that an author promises of it, in seconds.

The stub is the solution without its body, the solution passes, each recorded mistake is refused and
called by its own sentence, each test refuses a mistake, no unusual right answer is refused, the
lesson holds hints, and the notebooks are fresh.
"""

import ast
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kata.course import course, exercises, exercises_of
from kata.course.lessons import hints_of
from kata.dev import build, notebooks
from kata.diagnosis.model import recorded_of

Entries = list[dict[str, Any]]

# each wraps every test, and there are tens of thousands, of a few milliseconds
NOT_NEEDED = [
    "benchmark",
    "cacheprovider",
    "faulthandler",
    "logging",
    "nbval",
    "threadexception",
    "unraisableexception",
    "warnings",
    "xdist",
]


def prove(names: Sequence[str]) -> list[str]:
    """Return what is wrong with some exercises of one chapter, a line for each fault."""
    chapter = exercises()[names[0]].chapter
    tests = [test for test, asks_for in tests_of(chapter).items() if asks_for & {*names}]
    if not tests:
        return [f"{names[0]}: no test in {course().tests_of(chapter).name} asks for it"]
    runs: list[Callable[[], Entries]] = [
        lambda: graded(chapter, [f"--submission={course().solutions}"], tests),
        lambda: graded(chapter, [f"--recorded={course().mistakes}"], tests),
        lambda: graded(chapter, [f"--recorded={course().variants}"], tests),
    ]
    with ThreadPoolExecutor(2) as threads:
        solved, mistakes, variants = threads.map(lambda run: run(), runs)
    return [
        *made_faults(chapter),
        *solution_faults(solved),
        *mistake_faults(mistakes),
        *idle_tests(mistakes),
        *variant_faults(variants),
        *number_faults(names),
        *lesson_faults(names),
    ]


def made_faults(chapter: str) -> Iterator[str]:
    """Say which of the chapter's made files are stale."""
    for path in build.stale_among(build.stubs() | notebooks.fresh_of(chapter)):
        if path.stem == chapter:
            yield f"{path.relative_to(course().root)} is out of date: run kata dev build"


def solution_faults(entries: Entries) -> Iterator[str]:
    """Say which solutions do not pass, and why."""
    for entry in entries:
        if entry["status"] != "passed":
            yield f"{entry['name']}: the solution does not pass: {entry['message']}"


def mistake_faults(entries: Entries) -> Iterator[str]:
    """Say which recorded mistakes pass, or are called by another sentence than their own."""
    told = {
        (name, answer.name): answer.sentence
        for name in {entry["name"] for entry in entries}
        for answer in recorded_of(name, course().mistakes)
        if not answer.is_habit
    }
    done = {(entry["name"], entry["answer"]) for entry in entries}
    yield from (f"{name}: {answer} was not graded" for name, answer in told.keys() - done)
    for entry in (entry for entry in entries if (entry["name"], entry["answer"]) in told):
        who, says = f"{entry['name']}: {entry['answer']}", told[entry["name"], entry["answer"]]
        if entry["status"] not in ("failed", "error"):
            yield f"{who}: no test refuses it"
        elif entry["mistake"] != says:
            yield f"{who}: is called {entry['mistake']!r}, not {says!r}"


def idle_tests(entries: Entries) -> Iterator[str]:
    """Say which tests refuse no recorded mistake."""
    refuses: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        for test in entry["tests"]:
            key = entry["name"], test["name"].split("[")[0]
            refuses[key] |= {test["status"]} - {"passed"}
    for (name, test), statuses in refuses.items():
        if not statuses:
            yield f"{name}: {test} refuses no recorded mistake"


def variant_faults(entries: Entries) -> Iterator[str]:
    """Say which unusual right answers are refused."""
    for entry in entries:
        if entry["score"] == 0:
            yield f"{entry['name']}: {entry['answer']} is right and refused: {entry['message']}"


def number_faults(names: Sequence[str]) -> Iterator[str]:
    """Say where fewer mistakes or right answers are recorded than the course asks for."""
    for name in names:
        for what, folder, least in (
            ("mistakes", course().mistakes, course().least_of(exercises()[name])[0]),
            ("right answers", course().variants, course().least_of(exercises()[name])[1]),
        ):
            found = len(recorded_of(name, folder))
            if found < least:
                yield f"{name}: {found} {what} in {folder.name}/; the course asks for {least}"


def lesson_faults(names: Sequence[str]) -> Iterator[str]:
    """Say which exercises have no hints in the chapter's lesson."""
    for name in names:
        if not hints_of(name):
            yield f"{name}: no hints in {course().lessons.name}/{exercises()[name].chapter}.md"


def tests_of(chapter: str) -> dict[str, set[str]]:
    """Return each test of a chapter, and the exercises that it asks for."""
    path = course().tests_of(chapter)
    tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
    return {
        node.name: {argument.arg for argument in node.args.args} & {*exercises_of(chapter)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def graded(chapter: str, options: Sequence[str], tests: Sequence[str] = ()) -> Entries:
    """Run a chapter's tests, or some of them, and return the entries of the grade.

    All in one process: what an answer that keeps something does depends on the order of tests.
    Raises RuntimeError where there is no grade.
    """
    file = course().argument_for(chapter)
    which = [f"{file}::{test}" for test in tests] or [file]
    lean = [part for plugin in NOT_NEEDED for part in ("-p", f"no:{plugin}")]
    with tempfile.TemporaryDirectory() as place:
        grade = Path(place) / "grade.json"
        command = [sys.executable, "-m", "pytest", "-q", "-s", *options, f"--grade-json={grade}"]
        done = subprocess.run(
            [*command, *lean, *which], cwd=course().root, capture_output=True, text=True
        )
        if not grade.exists():
            raise RuntimeError(f"{chapter} could not be graded:\n{done.stdout}{done.stderr}")
        found: Entries = json.loads(grade.read_text("utf-8"))["exercises"]
        return found
