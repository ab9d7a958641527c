"""From what a test raised to its result, in words."""

import traceback
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from kata.answers.call import Answer
from kata.answers.keyboard import unseen
from kata.answers.limit import time_limit
from kata.answers.none_yet import says_none_yet
from kata.answers.place import place, running_cell
from kata.answers.side_effects import IN_PLACE
from kata.answers.words import in_a_row
from kata.diagnosis.by_hand import by_hand
from kata.diagnosis.conditions import ONLY
from kata.diagnosis.name import TooBusy, diagnose, right_in
from kata.diagnosis.slip import slips_forgiven
from kata.grade import TestResult
from kata.refusal import Broken, GivenUp, Measured, NotPassed, Raised, Refused, Todo, TookTooLong


class Look(NamedTuple):
    """What a look at a refused answer found.

    right: the results that are right where others are wrong. by_hand: a small call that shows the
    mistake. says: why there is no more to say.
    """

    mistake: str | None = None
    right: tuple[str, ...] = ()
    by_hand: str = ""
    says: str = ""


def judge(
    test: TestResult,
    error: BaseException | None,
    answer: Answer | None,
    path: Path,
    seconds: float,
) -> TestResult:
    """Fill in a test's result from what the test raised.

    path: the submission's. seconds: the time limit of the diagnosis, which calls the answer again.
    """
    if error is None:
        return test
    stopped = _not_passed(error)
    if isinstance(stopped, Broken | Todo | GivenUp):
        broken = isinstance(stopped, Broken)
        return replace(test, status=stopped.status, message=stopped.message, broken=broken)
    if stopped is not None:
        status, message = stopped.status, stopped.message
    elif isinstance(error, TookTooLong):
        where = error.at or _last_line(path, error)
        status, message = "error", f"still running after {error} s{where}"
    elif isinstance(error, AssertionError):
        status, message = "failed", str(error)
    else:
        what = "".join(traceback.format_exception_only(error)).strip()
        status, message = "error", f"the check stopped at this answer: {what}"
    mistake, look = stopped.mistake if stopped else None, Look()
    unfit, sure = answer.unfit if answer is not None else ("", False)
    # bad manners are seen at once, but they may hide another mistake; and a recorded sentence says
    # more than an error by itself
    raised = mistake if isinstance(stopped, Raised) else None
    # thousands of recorded ones are called what their test calls them
    is_known = bool(test.answer) and mistake not in (None, IN_PLACE, raised)
    if sure:
        mistake = unfit
    elif answer is not None and not isinstance(error, TookTooLong) and not is_known:
        look = _look(answer, seconds, is_recorded=bool(test.answer))
        if raised and look.mistake and says_none_yet(look.mistake):
            mistake = raised  # it has seen whose .grad it was
        elif mistake is None or raised or mistake in (look.mistake or ""):
            mistake = look.mistake or raised or unfit or None
    if isinstance(stopped, Refused) and (mistake is None or mistake.startswith(ONLY)):
        mistake = stopped.otherwise or mistake
    if look.right and not any(name in message for name in look.right):
        message += f"\n  right: {in_a_row(look.right)}"
    if look.by_hand:
        message += f"\n{look.by_hand}"
    hint = f"\n  looks like: {mistake}" if mistake else look.says
    message = f"{test.exercise}: {message}{hint}"
    measured = stopped.mistake if isinstance(stopped, Measured) else None
    return replace(test, status=status, message=message, mistake=mistake, measured=measured)


def _look(answer: Answer, seconds: float, is_recorded: bool) -> Look:
    """Look at a refused answer on the probes; of a recorded one, only the name is asked for."""
    silence = StringIO()  # what the answer and the recorded mistakes print is said already
    with slips_forgiven(), redirect_stdout(silence), unseen():
        try:
            with time_limit(seconds):
                mistake = diagnose(answer)
                if is_recorded:
                    return Look(mistake)
                return Look(mistake, right_in(answer), by_hand(answer))
        except TookTooLong:
            over = f"(over {seconds:g} s)"
            return Look(says=f"\n  its calls took too long to look for the mistake {over}")
        except (KeyboardInterrupt, Exception) as error:
            if not isinstance(error, TooBusy):
                raise
            return Look(says=f"\n  too busy to look for the mistake: kata check {answer.name}")
        except BaseException:  # of a module of theirs that is not their file
            return Look()
    return Look()


def _not_passed(error: BaseException) -> NotPassed | None:
    """Return the refusal in what was raised; hypothesis wraps it in a group where it varies."""
    if isinstance(error, NotPassed):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = [_not_passed(inner) for inner in error.exceptions]
        return next((stopped for stopped in found if stopped is not None), None)
    return None


def _last_line(path: Path, error: BaseException) -> str:
    """Where the learner's file was when the time was over."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file == path or path in file.parents or running_cell(frame.filename):
            return f", at {place(file, frame.lineno or 0)}: {frame.line}"
    return ""
