"""The process from which students are forked: torch, the loader, and no secrets.

It never imports the tests, the oracle, the mistakes or the solutions, so what is forked from it
cannot find them in its memory. Started as `python -m kata.teacher.fence.zygote DESCRIPTOR`; its
first message is the course.

    zygote -> nursery (one for each worker: forks students, ends them, reaps all orphans) -> student

Where there are namespaces of processes, another process stands between zygote and nursery, which
waits for the nursery's end: see spaces.enter.
"""

import os
import pkgutil
import socket
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from kata.answers.called import HEADS
from kata.answers.forks import end, fork, in_words
from kata.course import Course, Exercise, course
from kata.course import tell as tell_course
from kata.teacher.fence.cage import Cage, adopt_orphans, die_with_parent, readable
from kata.teacher.fence.processes import Message, hear, serve_forks, tell

SECRET = ("kata.checks", "kata.diagnosis", "kata.session", "kata.plugin", "pytest", "_pytest")


def main() -> int:
    """Serve until the line is closed."""
    line = socket.socket(fileno=int(sys.argv[1]))
    message, _ = hear(line)
    at_hand = Course.at(Path(message["course"]))
    tell_course(at_hand, (Exercise(*row) for row in message["exercises"]))
    HEADS.update(message["heads"])
    prepare()
    cage = Cage.here()
    parent = os.getpid()

    def nursery(message: Message, descriptors: list[int]) -> None:
        die_with_parent(parent)
        cage.enter(Path(message["folder"]))
        Nursery(socket.socket(fileno=descriptors[0]), cage).run()

    return serve_forks(line, nursery)


def prepare() -> None:
    """Import and try out what students need, so that their forks have it."""
    import torch

    torch.set_num_threads(1)
    if package := course().package:
        dialogues = import_module(f"{package}.dialogues")
        for module in pkgutil.iter_modules(dialogues.__path__):
            import_module(f"{dialogues.__name__}.{module.name}")
    for name in ("numpy.linalg", "scipy.special", "jaxtyping"):  # learners' files import these
        import_module(name)
    import_module("kata.teacher.fence.student")
    readable()  # a student's process may not look any more
    _rehearse()
    if known := [name for name in sys.modules if _is_secret(name)]:
        raise RuntimeError(f"the students' process must not hold {', '.join(known)}")


def _is_secret(module: str) -> bool:
    """Return whether a module could tell what is right: the checks, and the course but its
    dialogues.
    """
    package = course().package
    if module == package or f"{module}.".startswith(f"{package}.dialogues."):
        return False
    rooms = (*SECRET, package) if package else SECRET
    return f"{module}.".startswith(tuple(f"{room}." for room in rooms))


def _rehearse() -> None:
    """Call a function that is in no chapter, with and without a trace, on a second device too."""
    import torch

    from kata.answers.call import Answer

    def any_function(x: Any, w: Any) -> Any:
        x.grad = torch.einsum("no,mo->nm", x @ w.T, w.T)
        return (x @ w.T).clamp_min(0).square().mean() + torch.randn(2, 2).std()

    answer = Answer("", any_function, Path(__file__))
    for dtype in (torch.float32, torch.float64):
        args = [torch.ones(3, 2, dtype=dtype), torch.ones(2, 2, dtype=dtype)]
        answer.attempt(args)
        answer.attempt(args, trace=True)
        answer.attempt(args, trace=True, elsewhere=True)
        answer.gradients(args, torch.ones((), dtype=dtype), [0])
        str(args[0])
    torch.func.vjp(torch.sin, torch.ones(2))  # imports, for a second, all that torch.func needs


class Nursery:
    """Forks students and ends them; whatever they leave behind becomes its own, and ends too."""

    def __init__(self, line: socket.socket, cage: Cage) -> None:
        self._line = line
        self._cage = cage
        self._alive: set[int] = set()
        self._ended: dict[int, str] = {}

    def run(self) -> None:
        """Serve one worker until it is gone."""
        adopt_orphans()
        tell(self._line, {"ready": os.getpid()})
        while True:
            try:
                message, descriptors = hear(self._line)
            except EOFError:
                self._clear()
                return
            with suppress(OSError):  # the worker is gone: the next message says so
                getattr(self, f"_{message['do']}")(message, descriptors)

    def _student(self, message: Message, descriptors: list[int]) -> None:
        """Fork a student that talks over the descriptor."""
        parent = os.getpid()

        def work() -> None:
            from kata.teacher.fence.student import serve

            if os.getppid() != parent:
                return
            # it may write nowhere, so it would not find a folder by trying
            tempfile.tempdir = os.environ["TORCHINDUCTOR_CACHE_DIR"] = message["folder"]
            self._cage.close(
                Path(message["folder"]), descriptors[0], message["memory"], message["seconds"]
            )
            serve(socket.socket(fileno=3))

        pid = fork(work)
        os.close(descriptors[0])
        self._alive.add(pid)
        tell(self._line, {"id": message["id"], "pid": pid})  # its number in here

    def _kill(self, message: Message, descriptors: list[int]) -> None:
        """End one student."""
        if message["pid"] in self._alive:
            end(message["pid"])
            os.waitpid(message["pid"], 0)
            self._alive.discard(message["pid"])

    def _why(self, message: Message, descriptors: list[int]) -> None:
        """Say how a student that closed its line ended; end it where it lives on."""
        pid = message["pid"]
        if pid in self._alive:
            self._ended[pid] = self._wait_for(pid)
            self._alive.discard(pid)
        tell(self._line, {"id": message["id"], "why": self._ended.pop(pid, "it was ended")})

    def _wait_for(self, pid: int) -> str:
        """Return how a student ended, whose line is closed already: its process ends a little
        later.
        """
        for _ in range(100):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return in_words(status)
            time.sleep(0.01)
        end(pid)
        os.waitpid(pid, 0)
        return "it closed its line"

    def _clear(self, message: Message | None = None, descriptors: list[int] | None = None) -> None:
        """End and reap all that is left of a submission."""
        while children := _children():
            for pid in children:
                end(pid)
            for pid in children:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)
        self._alive.clear()
        self._ended.clear()
        if message:
            tell(self._line, {"id": message["id"]})


def _children() -> list[int]:
    """Return the calling process's children, adopted ones too."""
    here = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in here.read_text().split()]


if __name__ == "__main__":
    sys.exit(main())
