"""What is done with the learner's code, in the process that may suffer from it."""

from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from io import TextIOBase
from pathlib import Path
from typing import Any

from kata.answers.handin import Submission
from kata.answers.limit import time_limit
from kata.diagnosis import name as diagnosis
from kata.diagnosis.judge import judge
from kata.diagnosis.name import TooBusy
from kata.grade import Grade, TestResult
from kata.learner.hanging import telling_where
from kata.learner.picture import picture_of
from kata.learner.verdict import Verdict
from kata.refusal import NotPassed, TookTooLong, shown
from kata.session.session import Warm

KEPT = 4000  # characters of what the learner's code prints


class Tape(TextIOBase):
    """Keeps the beginning of what is printed."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text[: KEPT - len(self.text)]
        return len(text)


def answer_to(warm: Warm, path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked for, as a Verdict's fields. request: do, name, seed, seconds, trace."""
    name, seconds = request["name"], request["seconds"]
    tape = Tape()
    with (
        open(request["trace"], "w") as trace,
        telling_where(trace, seconds),
        redirect_stdout(tape),
        redirect_stderr(tape),
    ):
        try:
            if request["do"] == "picture":
                return {"entry": {"name": name}, "picture": _picture(name, path, seconds)}
            if request["do"] == "prepare":
                prepare(warm, name)
                return {"entry": {"name": name}}
            entry, whole = _grade(warm, path, request)
            return {"entry": entry, "printed": tape.text, "whole": whole}
        except Exception as error:
            said = f"the grader itself stopped ({error!r}); this is a slip of ours, not yours"
            return {"entry": Verdict.stopped(name, said).entry}


@cache
def prepare(warm: Warm, name: str) -> None:
    """Grade the solution, and see what each recorded mistake does: a fork then has it all."""
    # some mistakes print; and a slip of ours here costs time later, no more
    with redirect_stdout(Tape()), redirect_stderr(Tape()), suppress(Exception):
        warm.rehearse([name])
        diagnosis.prepare(name)


class _Enough(Exception):
    """The first test that fails tells what is wrong; how many others pass can wait."""


def _grade(warm: Warm, path: Path, request: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The exercise's entry of the grade, and whether every test was run."""
    name, seconds = request["name"], request["seconds"]
    answers = Submission(path)
    stuck = _stuck_while_loading(answers, name, seconds)
    if stuck is not None:
        result = judge(TestResult(name, "", "loading", of=1), stuck, None, path, seconds)
        return _entry(Grade.of(shown(path), [result]).as_json(), name), True
    results: list[TestResult] = []

    def tell(fresh: list[TestResult]) -> None:
        results.extend(fresh)
        if request.get("quick") and any(result.status != "passed" for result in fresh):
            raise _Enough

    options = {"time_limit": seconds, "draw_seed": request["seed"]}
    try:
        return _entry(warm.grade(path, [name], answers, tell, **options), name), True
    except _Enough:
        return _entry(Grade.of(shown(path), results).as_json(), name), False


def _entry(grade: dict[str, Any], name: str) -> dict[str, Any]:
    if not grade["exercises"]:
        return Verdict.stopped(name, "no tests are written for it yet").entry
    entry: dict[str, Any] = grade["exercises"][0]
    return entry


def _stuck_while_loading(answers: Submission, name: str, seconds: float) -> TookTooLong | None:
    """A file that loops while it is loaded is tried once, not by each test in turn."""
    try:
        with time_limit(seconds), suppress(NotPassed):
            answers.answer(name)
    except TookTooLong as error:
        return error
    return None


def _picture(name: str, path: Path, seconds: float) -> dict[str, Any]:
    try:
        with time_limit(seconds):
            return picture_of(Submission(path).answer(name))
    except NotPassed as stopped:
        return {"says": stopped.message}
    except TooBusy:
        return {"says": f"too busy to look for the mistake: kata check {name}"}
    except TookTooLong as error:
        return {"says": f"still running after {error} s; `kata check {name}` shows the line"}
