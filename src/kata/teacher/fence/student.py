"""The student's end of the line: load one chapter file, and call its functions when asked.

Nothing that comes from here is trusted: the learner's code lives in the same process and may say
what it likes. It can only speak for itself.
"""

import os
import signal
import socket
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from kata.answers import load
from kata.answers.call import Answer, Outcome
from kata.answers.handin import Submission, among
from kata.answers.keyboard import nobody
from kata.answers.place import place
from kata.course import course, exercises
from kata.refusal import Broken, NotPassed, Raised, Refused, TookTooLong
from kata.teacher.fence.frames import Json, TooLarge, cut, receive, send
from kata.teacher.fence.processes import greet
from kata.teacher.fence.wire import DTYPES, Packer, Unpacker


def serve(line: socket.socket) -> None:
    """Answer the requests that come over the line until it is closed."""
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    greet(line)  # while there is no line of the learner's here
    with nobody():
        _answer_all(line, Student())


def _answer_all(line: socket.socket, student: "Student") -> None:
    while True:
        try:
            header, blobs = receive(line)
        except (EOFError, OSError):
            os._exit(0)
        try:
            reply, parts = student.answer(header, blobs)
            send(line, reply, parts)
        except TooLarge as large:
            send(line, _stopped(Refused(f"it gives back too much to be looked at: {large}")))


class Student:
    """One chapter file of a submission; for one exercise, maybe, among its chapter's solutions."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._submission: Submission | None = None

    def answer(self, ask: dict[str, Json], blobs: list[memoryview]) -> tuple[dict[str, Json], Any]:
        """Return the reply to one request, and its blobs. Raises TooLarge."""
        asked: dict[str, Callable[..., Any]] = {
            "begin": self._begin,
            "find": self._find,
            "call": self._call,
        }
        try:
            with _until_told():
                found: tuple[dict[str, Json], Any] = asked[ask["do"]](ask, blobs)
            return found
        except TookTooLong as late:
            return {"late": cut(_last_line(late))}, ()
        except NotPassed as stopped:
            return _stopped(stopped), ()
        except RuntimeError as error:  # of torch, on its way back through the answer
            return {"error": cut(str(error))}, ()

    def _begin(self, ask: dict[str, Json], blobs: list[memoryview]) -> tuple[dict[str, Json], Any]:
        """Learn which file it is, and what its imports of earlier chapters give."""
        for chapter, text in ask["solutions"].items():
            load.PROVIDED[course().solution_of(chapter)] = text
        self._submission = Submission(Path.cwd() / ask["file"] if ask["file"] else Path.cwd())
        return {}, ()

    def _find(self, ask: dict[str, Json], blobs: list[memoryview]) -> tuple[dict[str, Json], Any]:
        """Load the file and look for one exercise. Raises NotPassed, Todo of a stub too."""
        assert self._submission is not None
        name = ask["name"]
        text = ask.get("among")
        if text is None:
            answer = self._submission.answer(name)
        else:
            chapter = exercises()[name].chapter
            path = self._submission.file_of(chapter)
            if path is None:
                raise Broken(f"{chapter}.py: it is gone")
            answer = among(name, path, chapter, text, ask["others"])
        if todo := answer.todo:
            raise todo
        self._answers[name] = answer
        says, sure = answer.unfit
        unfit = {"unfit": cut(says), "sure": sure}
        return {"others": answer.among_solutions is not None, **unfit}, ()

    def _call(self, ask: dict[str, Json], blobs: list[memoryview]) -> tuple[dict[str, Json], Any]:
        """Call the answer, or differentiate through it; say what came of it, all of it."""
        answer = self._answers[ask["name"]]
        unpacker = Unpacker(ask, blobs)
        args = unpacker.unpack(ask["args"])
        table = unpacker.remember()
        if ask["state"] is not None:
            torch.set_rng_state(unpacker.unpack(ask["state"]))
        before = torch.get_rng_state()
        torch.set_default_dtype(DTYPES[ask["dtype"]])
        torch.set_deterministic_debug_mode(ask["debug"])
        if ask["upstream"] is not None:
            upstream = unpacker.unpack(ask["upstream"])
            outcome = Outcome(answer.gradients(args, upstream, ask["wrt"]))
        else:
            outcome = answer.attempt(
                args,
                unpacker.unpack(ask["kwargs"]),
                trace=ask["trace"],
                elsewhere=ask["elsewhere"],
                default_dtype=DTYPES.get(ask["default_dtype"]),
                via=ask["via"],
                may_change=ask["may_change"],
            )
        torch.set_deterministic_debug_mode(0)
        packer = Packer(table, strict=False)
        reply: dict[str, Json] = packer.changes()
        after = torch.get_rng_state()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reply["state"] = None if torch.equal(before, after) else packer.pack(after)
            reply["value"] = packer.pack(outcome.returned)
        if outcome.stopped is not None:
            reply.update(_stopped(outcome.stopped))
        if outcome.trace is not None:
            reply["trace"] = {
                name: sorted(value)[:100] if isinstance(value, set) else value
                for name, value in asdict(outcome.trace).items()
            }
        return {**packer.header(), **reply}, packer.blobs


@contextmanager
def _until_told() -> Iterator[None]:
    """Raise TookTooLong in the block when the checker, which has the clock, sends the alarm."""

    def late(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong

    signal.signal(signal.SIGALRM, late)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)


def _stopped(stopped: NotPassed) -> dict[str, Json]:
    said = {"kind": type(stopped).__name__, "message": cut(stopped.message)}
    said["mistake"] = cut(stopped.mistake) if stopped.mistake else None  # type: ignore[assignment]
    if isinstance(stopped, Raised):
        kinds = [cut(kind) for kind in stopped.kinds[:20]]
        return {"stopped": {**said, "kinds": kinds, "text": cut(stopped.text)}}
    return {"stopped": said}


def _last_line(late: TookTooLong) -> str:
    """Where the learner's file was when the time was over."""
    here = Path.cwd()
    for frame in reversed(traceback.extract_tb(late.__traceback__)):
        file = Path(frame.filename)
        if here in file.parents:
            return f", at {place(file, frame.lineno or 0)}: {frame.line}"
    return ""
