"""Answers that live in another process, for the tests to call as if they were here.

Nothing that comes back is believed beyond what it is: a value, to be compared like any other. That
an argument kept its values is checked on this side.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kata.answer import Answer, Outcome
from kata.catalogue import SOLUTIONS, chapters, exercises
from kata.manners import inputs_kept
from kata.refusal import Broken, GivenUp, NotPassed, Raised, Refused, Todo, TookTooLong
from kata.teacher.frames import Json, Unreadable, pack, unpack
from kata.teacher.job import Job, Limits
from kata.teacher.lines import Nurse, Student, as_text
from kata.teacher.memo import Question
from kata.teacher.processes import Message
from kata.teacher.wire import NAMES, Packer, Table, Unpacker
from kata.trace import Trace

CHAPTER = re.compile(rb"ch\d\d_\w+")
KINDS: dict[str, type[NotPassed]] = {"Refused": Refused, "Todo": Todo, "Broken": Broken}


class RemoteAnswer(Answer):
    """The learner's `name`, in its process."""

    def __init__(
        self, name: str, answers: "RemoteAnswers", among: bool = False, others: bool = False
    ) -> None:
        """among: whether it is among its chapter's solutions; others: whether it may be."""
        self.name = name
        self.among_solutions = answers.among_solutions if others else None
        self._answers = answers
        self._among = among
        self._gone = ""

    def attempt(
        self,
        args: Sequence[Any],
        kwargs: dict[str, Any] | None = None,
        *,
        trace: bool = False,
        default_dtype: torch.dtype | None = None,
        via: str | None = None,
        may_change: Sequence[int] = (),
    ) -> Outcome:
        """As Answer.attempt."""
        args = tuple(args)
        call = {
            "trace": trace,
            "default_dtype": NAMES[default_dtype] if default_dtype else None,
            "via": via,
            "may_change": list(may_change),
        }
        try:
            reply, unpacker = self._call(args, kwargs or {}, call)
            if unpacker is None:
                return Outcome(stopped=_not_passed(reply["stopped"]))
            outcome = Outcome()
            stopped = _not_passed(reply["stopped"]) if "stopped" in reply else None
            if reply["written"]:
                kept = tuple(arg for i, arg in enumerate(args) if i not in may_change)
                try:
                    with inputs_kept(kept):
                        unpacker.apply(reply)
                except Refused as refused:
                    stopped = stopped or refused
            else:
                unpacker.apply(reply)
            outcome.stopped = stopped
            outcome.returned = unpacker.unpack(reply["value"])
            outcome.trace = _trace(reply["trace"]) if "trace" in reply else None
            if trace and outcome.trace is None and stopped is None:
                raise Unreadable("no trace")
            return outcome
        except NotPassed as stopped:
            return Outcome(stopped=stopped)
        except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as error:
            return Outcome(stopped=_unreadable(error))

    def gradients(
        self, args: Sequence[Any], upstream: Tensor, wrt: Sequence[int]
    ) -> list[Tensor | None]:
        """As Answer.gradients."""
        try:
            reply, unpacker = self._call(tuple(args), {}, {"wrt": list(wrt)}, upstream)
            if unpacker is None:
                raise _not_passed(reply["stopped"])
            found = unpacker.unpack(reply["value"])
        except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(error) from None
        if not isinstance(found, list) or len(found) != len(wrt):
            raise _unreadable(Unreadable("another number of gradients"))
        return found

    def _call(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        call: Message,
        upstream: Tensor | None = None,
    ) -> tuple[Message, Unpacker | None]:
        """Let the process call; the reply, and what reads its values, if there is one."""
        if self._gone:
            raise GivenUp(f"not tried again, since {self._gone}")
        packer = Packer()
        message = {
            **{"trace": False, "default_dtype": None, "via": None, "may_change": [], "wrt": []},
            **call,
            **{"do": "call", "name": self.name},
            "args": packer.pack(list(args)),
            "kwargs": packer.pack(kwargs),
            "upstream": packer.pack(upstream),
        }
        state, known = torch.get_rng_state(), self._answers.state(self._among)
        same = known is not None and torch.equal(state, known)
        message["state"] = None if same else packer.pack(state)
        message["dtype"] = NAMES[torch.get_default_dtype()]
        message["debug"] = torch.get_deterministic_debug_mode()
        table: Table = packer.remember()
        question = (self._among, pack({**packer.header(), **message}, packer.blobs))
        try:
            reply, blobs = unpack(self._answers.ask(*question))
        except Raised as raised:
            self._gone = raised.message
            raise
        if "error" in reply:
            raise RuntimeError(as_text(reply["error"]))
        if "storages" not in reply:
            self._answers.know(self._among, None)
            return reply, None
        unpacker = Unpacker(reply, blobs, table)
        if reply["state"] is not None:
            state = unpacker.unpack(reply["state"])
            try:
                torch.set_rng_state(state)
            except Exception as error:
                raise Unreadable(f"a state of no generator: {error}") from None
        self._answers.know(self._among, state)
        return reply, unpacker


class Transcript:
    """What was asked of an exercise's answer, and replied; it can be read again from the start.

    clean: whether it would be the same in another run: no process ended, no time was over.
    """

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.replies: list[bytes] = []
        self.at = 0
        self.clean = True


class RemoteAnswers:
    """All answers of one submission, in a process for each chapter.

    The tests of one exercise are to be run before those of the next: `begin` says which it is.
    """

    def __init__(
        self,
        nurse: Nurse,
        folder: Path,
        job: Job,
        limits: Limits,
        limit_now: Callable[[], float],
    ) -> None:
        """folder: holds the job's files. limit_now: seconds that a test has, at the moment."""
        self._nurse = nurse
        self._folder = folder
        self._job = job
        self._problems = dict(job.problems)
        self._limit_now = limit_now
        self._start = {"folder": str(folder), "memory": limits.memory, "seconds": limits.seconds}
        self._students: dict[tuple[str, bool], Student] = {}
        self._found: RemoteAnswer | None = None
        self._states: dict[bool, Tensor | None] = {}
        self.name = ""
        self.transcript = Transcript()
        self.differs = False  # whether the tests asked something else than was replied to

    def begin(self, name: str) -> RemoteAnswer:
        """Turn to an exercise. Raises NotPassed where it has no answer; TookTooLong."""
        self.name = name
        self.transcript, self.differs = Transcript(), False
        self._found = None
        for key in [k for k in self._students if k[1] or k[0] != self._chapter]:
            self._students.pop(key).end()
        chapter = self._chapter
        if chapter in self._problems:
            raise Broken(self._problems[chapter])
        if not self._has(chapter):
            raise Todo(f"{chapter}.py is not in {self._job.name} yet")
        try:
            reply, _ = unpack(self._student(among=False).ask(name))
        except TookTooLong as late:
            text = f"{chapter}: still running after {late} s while it is imported"
            self._problems[chapter] = f"{text}{late.at}"
            raise
        if "stopped" in reply:
            raise _not_passed(reply["stopped"])
        self._found = RemoteAnswer(name, self, others=reply.get("others") is True)
        self._states.clear()
        return self._found

    def again(self, keep: bool) -> None:
        """Let the tests ask from the start. keep: what was replied so far is replied again."""
        self.differs = False
        if not keep:
            for student in self._students.values():
                student.end()
            self.transcript = Transcript()
        self.transcript.at = 0
        self._states.clear()

    def answer(self, name: str) -> Answer:
        """The answer to the exercise that was begun."""
        assert name == self.name and self._found is not None
        return self._found

    def among_solutions(self) -> RemoteAnswer:
        """The answer to the exercise, among solutions."""
        return RemoteAnswer(self.name, self, among=True)

    def ask(self, among: bool, message: bytes) -> bytes:
        """The reply to a question, from the transcript as far as it goes. Raises as Student.ask."""
        told = self.transcript
        if told.questions[told.at : told.at + 1] not in ([], [(among, message)]):
            # the memo was wrong about what would be asked: see Check
            self.again(keep=False)
            told = self.transcript
            self.differs, told.clean = True, False
        if told.at == len(told.questions):
            try:
                reply = self._student(among).ask(self.name, message)
            except BaseException:
                told.clean = False
                raise
            told.questions.append((among, message))
            told.replies.append(reply)
        told.at += 1
        return told.replies[told.at - 1]

    @property
    def root(self) -> str:
        """Where the memo's tree for what was begun starts."""
        others = self._found is not None and self._found.among_solutions is not None
        return f"{self.name} {'among others' if others else 'alone'}"

    def state(self, among: bool) -> Tensor | None:
        """The state of torch's generator in a process, where it is known."""
        return self._states.get(among)

    def know(self, among: bool, state: Tensor | None) -> None:
        """Remember the state of torch's generator in a process."""
        self._states[among] = state

    @property
    def _chapter(self) -> str:
        return exercises()[self.name].chapter

    def _student(self, among: bool) -> Student:
        key = (self._chapter, among)
        if key not in self._students:
            begin = {"file": self._job.file, "solutions": self._solutions_for(self._chapter)}
            self._students[key] = Student(self._nurse, self._start, begin, among, self._limit_now)
        return self._students[key]

    def _has(self, chapter: str) -> bool:
        if self._job.file:
            stem = Path(self._job.file).stem
            return stem == chapter or stem not in chapters()
        return any(f"{chapter}{kind}" in self._job.files for kind in (".py", ".ipynb"))

    def _solutions_for(self, chapter: str) -> dict[str, str]:
        """The solutions of earlier chapters that a file of the submission speaks of."""
        texts = list(self._job.files.values())
        found: dict[str, str] = {}
        while texts:
            for match in CHAPTER.findall(texts.pop()):
                named = match.decode()
                if named in chapters() and named < chapter and named not in found:
                    found[named] = (SOLUTIONS / f"{named}.py").read_text("utf-8")
                    texts.append(found[named].encode())
        return found


def _not_passed(said: Json) -> NotPassed:
    """A refusal of the student's process, of the kinds that there are."""
    try:
        message, mistake = as_text(said["message"]), said["mistake"]
        if said["kind"] == "Raised":
            kinds = tuple(as_text(kind) for kind in said["kinds"])
            return Raised(message, kinds or ("Exception",), as_text(said["text"]))
        return KINDS[said["kind"]](message, None if mistake is None else as_text(mistake))
    except (KeyError, TypeError, Unreadable) as error:
        return _unreadable(error)


def _unreadable(error: Exception) -> Raised:
    text = f"its process sent what cannot be read: {str(error)[:300]}"
    return Raised(text, ("Unreadable",), text)


def _trace(said: Json) -> Trace:
    trace = Trace()
    for field in fields(Trace):
        value = said[field.name]
        if isinstance(getattr(trace, field.name), set):
            value = {as_text(item) for item in value}
        elif type(value) not in (int, bool, str, type(None)):
            raise Unreadable("no trace")
        setattr(trace, field.name, value)
    return trace
