"""What a client asks of the learner's code, done in the process that may suffer from it."""

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict
from io import TextIOBase
from pathlib import Path
from typing import Any

from kata.answers.forks import Tell
from kata.answers.handin import Submission
from kata.answers.limit import show_life, time_limit
from kata.diagnosis.judge import judge
from kata.diagnosis.name import preparing
from kata.diagnosis.others import others_than
from kata.grade import TestResult
from kata.refusal import NotPassed, TookTooLong
from kata.session.session import Warm
from kata.steps.listed import listed
from kata.steps.net import exercises_with_nets, nets

KEPT = 4000  # characters of what the learner's code prints


class Tape(TextIOBase):
    """Keeps the beginning of what is printed."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text[: KEPT - len(self.text)]
        return len(text)


def do(warm: Warm, path: Path, request: dict[str, Any], tell: Tell) -> None:
    """Do what is asked for, and tell of it; at the end `done`, or how we `stopped`.

    request: do, name, seconds; of a grade its seed, and whether the first failure is enough; of
    others the texts that they are to differ from.
    """
    tape, told = Tape(), dict[str, Any]()
    with redirect_stdout(tape), redirect_stderr(tape):
        try:
            if request["do"] == "step":
                name, answers = request["name"], Submission(path)
                told["found"] = listed(name, nets()[name], answers, request["seconds"], show_life)
            elif request["do"] == "others":
                answer = Submission(path).answer(request["name"])
                told["found"] = others_than(answer, request["texts"])
            else:
                told = _grade(warm, path, request, tell)
        except Exception as error:
            slip = f"the grader itself stopped ({error!r}); this is a slip of ours, not yours"
            return tell({"stopped": slip})
    return tell({"done": {**told, "printed": tape.text}})


def steps_towards(warm: Warm, name: str) -> Iterator[None]:
    """Grade the solution, and see what each recorded mistake does: a fork then has it all."""
    exercises_with_nets()
    for steps in (warm.rehearse([name]), preparing(name)):
        with suppress(Exception):  # a slip of ours here costs time later, no more
            yield from steps


class _Enough(Exception):
    """The first test that fails tells what is wrong; how many others pass can wait."""


def _grade(warm: Warm, path: Path, request: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Tell the results of an exercise's tests as they come.

    Returns whether every test was run; and of wrong values, whether a net shows them.
    """
    name, seconds = request["name"], request["seconds"]
    answers = Submission(path)
    stuck = _stuck_while_loading(answers, name, seconds)
    if stuck is not None:
        result = judge(TestResult(name, "", "loading", of=1), stuck, None, path, seconds)
        tell({"results": [asdict(result)]})
        return {"whole": True}
    statuses: set[str] = set()

    def hand_on(results: list[TestResult]) -> None:
        tell({"results": [asdict(result) for result in results]})
        statuses.update(result.status for result in results)
        if request["quick"] and statuses - {"passed"}:
            raise _Enough

    whole = True
    try:
        warm.grade(path, [name], answers, hand_on, time_limit=seconds, draw_seed=request["seed"])
    except _Enough:
        whole = False
    # asked of what fails alone: to make the nets takes as long as many a grade
    has_net = "failed" in statuses and name in exercises_with_nets()
    return {"whole": whole, "has_net": has_net}


def _stuck_while_loading(answers: Submission, name: str, seconds: float) -> TookTooLong | None:
    """Load the file, once and not by each test in turn; return the error where it does not end."""
    try:
        with time_limit(seconds), suppress(NotPassed):
            answers.answer(name)
    except TookTooLong as error:
        return error
    return None
