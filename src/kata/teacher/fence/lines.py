"""The checker's ends of the lines to the nursery and to the students' processes."""

import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from kata.answers.handin import solution_without
from kata.answers.limit import AGAIN, held, helped_by, helped_no_more_by
from kata.course import exercises, exercises_of
from kata.refusal import Raised, TookTooLong
from kata.teacher.fence.frames import LENGTHS, Json, Unreadable, cut, pack, take, unpack
from kata.teacher.fence.processes import Message, greeted_by, hear, readable, tell

LATE, STOPPED = b'{"late": ', b'{"stopped": '  # how such replies begin
MOST_THREADS = 64  # of a student's process; a pool of threads has 32 at most by default
GRACE = 0.25  # of the limit, for a student that is told to stop to say at which line it was


class Nurse:
    """The worker's line to its nursery."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._last = 0

    def ask(self, message: Message, descriptors: Sequence[int] = ()) -> Message:
        """Send a message and return the reply to it. Raises EOFError, OSError."""
        self._last += 1
        tell(self._line, {**message, "id": self._last}, descriptors)
        while True:
            reply, _ = hear(self._line)
            if reply.get("id") == self._last:
                return reply

    def tell(self, message: Message) -> None:
        """Send a message that has no reply."""
        tell(self._line, message)


class Student:
    """One process of the learner's code, for one exercise.

    It is started when it is needed, and again when it has ended.
    """

    def __init__(
        self,
        nurse: Nurse,
        start: Message,
        begin: Message,
        name: str,
        among: bool,
        told: Callable[[int], None],
    ) -> None:
        """name: of the exercise. among: whether it is to be among solutions.

        told: is called with each process's id.
        """
        self._told = told
        self._nurse = nurse
        self._start = start
        self._begin = begin
        self._name = name
        self._among = among
        self._line: socket.socket | None = None
        self._number = 0  # by which its nursery knows it, whose numbering may be its own
        self._pid = 0
        self._found = b""  # the reply to "find"
        self._rests = False

    def ask(self, message: bytes | None = None) -> bytes:
        """Return the reply to a call; without a message, whether the exercise is there.

        Raises Raised where the process ends before it replies, twice in a row, since the machine
        may have ended the first one; TookTooLong.
        """
        why = ""
        for _ in range(2):
            try:
                return self._once(message)
            except (EOFError, OSError, Unreadable) as error:
                why = str(error) if isinstance(error, Unreadable) else self._why()
                self.end()
            except BaseException:
                self.end()
                raise
        raise Raised(f"its process gave no answer: {why}", ("ProcessEnded",), why)

    def end(self) -> None:
        """End the process, if there is one."""
        if self._line is not None:
            helped_no_more_by(self._pid)
            self._line.close()
            self._line = None
            with suppress(OSError):
                self._nurse.tell({"do": "kill", "pid": self._number})
        self._found, self._rests = b"", False

    def rest(self, rests: bool) -> None:
        """Stop the process until it is let go on, so that one of a submission runs at a time."""
        if self._line is not None and rests != self._rests:
            self._rests = rests
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGSTOP if rests else signal.SIGCONT)

    def _once(self, message: bytes | None) -> bytes:
        if self._line is None:
            self._born()
        if not self._found:
            ask: Message = {"do": "find", "name": self._name}
            if self._among:
                chapter = exercises()[self._name].chapter
                others = [other for other in exercises_of(chapter) if other != self._name]
                ask.update(among=solution_without(self._name), others=others)
            found = self._exchange(pack(ask))
            found_in(found)
            self._found = found
        if message is None or self._found.startswith(STOPPED, LENGTHS.size):
            return self._found
        return self._exchange(message)

    def _born(self) -> None:
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        with theirs:
            reply = self._nurse.ask({"do": "student", **self._start}, [theirs.fileno()])
        self._line, self._number = ours, reply["pid"]
        self._pid = greeted_by(ours)
        helped_by(self._pid)
        self._told(self._pid)
        self._exchange(pack({"do": "begin", **self._begin}))

    def _exchange(self, message: bytes) -> bytes:
        assert self._line is not None
        self._line.sendall(message)
        late = self._wait(self._line)
        try:
            reply = bytes(take(self._line))
        except (EOFError, OSError):
            if late:
                raise late from None
            raise
        self._count_threads()
        if late:
            if reply.startswith(LATE, LENGTHS.size):
                late.at = as_text(unpack(reply)[0]["late"])
            raise late
        return reply

    def _wait(self, line: socket.socket) -> TookTooLong | None:
        """Wait for a reply; where the time is over before, tell the student and say so.

        It knows at which line it is; the clock is ours. Raises TookTooLong where it does not reply.
        """
        with held() as limit:
            late = None
            while not readable(line, AGAIN):
                self._count_threads()
                used = limit.used() if limit else 0.0
                if limit and used >= 1:
                    late = limit.late()
                    if used >= 1 + GRACE:
                        raise late
                    with suppress(ProcessLookupError):
                        os.kill(self._pid, signal.SIGALRM)
            return late

    def _count_threads(self) -> None:
        """Raise Unreadable where its process has too many threads; ask then ends it."""
        with suppress(FileNotFoundError):  # it has ended
            if (n := len(os.listdir(f"/proc/{self._pid}/task"))) > MOST_THREADS:
                raise Unreadable(f"it runs {n} threads, and may run {MOST_THREADS}")

    def _why(self) -> str:
        with suppress(OSError, EOFError):
            return str(self._nurse.ask({"do": "why", "pid": self._number})["why"])
        return "it was ended"


def found_in(reply: bytes) -> Message:
    """Read the reply to "find", which a learner's file may have sent itself. Raises Unreadable."""
    said, _ = unpack(reply)
    there = {"others": bool, "sure": bool, "unfit": str}
    if "stopped" not in said and any(type(said.get(k)) is not kind for k, kind in there.items()):
        raise Unreadable("a message that does not say whether the exercise is there")
    return said


def as_text(said: Json) -> str:
    """Return a text of the other side, cut. Raises Unreadable where it is none."""
    if not isinstance(said, str):
        raise Unreadable("no text")
    return cut(said)
