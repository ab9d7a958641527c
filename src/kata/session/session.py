"""A pytest session that stays: collected once, then run again and again, each time in a fork.

Importing torch and collecting the tests takes seconds; a fork of a process that has done so takes
milliseconds. The parent must never have used torch with more than one thread (a child would wait
for threads that it does not have) and never CUDA, so `main` sets the thread counts before torch is
imported, and all else happens in the children:

    def loop(warm: Warm) -> int:
        ended = forked(lambda: warm.grade(path, ["relu"]), seconds=20)
        ...

    warm.main(loop)
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from select import select
from typing import TYPE_CHECKING, Any

from kata.answers.limit import AGAIN, Limit, tell_of_life
from kata.answers.seeds import one_thread
from kata.course import course, exercises
from kata.session import cuda

if TYPE_CHECKING:
    import pytest

    from kata.answers.handin import Answers
    from kata.grade import TestResult


STARTING_CUDA = 60.0  # seconds; some are usual, a minute is a driver that hangs

# signals that ask a process to end (Windows, where nothing forks, lacks one)
ENDING = [getattr(signal, s) for s in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, s)]


@dataclass
class Ended:
    """What became of a forked call: its value, or how it ended without one.

    outcome: "done", "timeout" or "crashed". detail: the exit status or signal, in words.
    """

    outcome: str
    value: Any = None
    detail: str = ""


class Warm:
    """The collected session. `grade` runs tests in the calling process: call it in a fork."""

    def __init__(self, session: "pytest.Session") -> None:
        from kata.plugin import SESSION

        self._session = session
        self._grading = session.config.stash[SESSION]

    def tests(self) -> "list[TestResult]":
        """Every test that a whole grade runs, as if it had passed."""
        return self._grading.tests_of(self._session.items)

    def limit_tests(self, seconds: float) -> None:
        """Give each test so many seconds from here on."""
        self._session.config.option.time_limit = seconds

    def rehearse(self, names: Iterable[str] = ()) -> None:
        """Grade solutions here and now (all without names), so that a fork has what it needs.

        Not on CUDA: a fork could not use it any more.
        """
        self.grade(course().solutions, names, on_cuda=False)

    def grade(
        self,
        path: Path,
        names: Iterable[str] = (),
        answers: "Answers | None" = None,
        tell: "Callable[[list[TestResult]], None] | None" = None,
        on_cuda: bool = True,
        **options: Any,
    ) -> dict[str, Any]:
        """Grade some exercises (all without names) of the submission at path; the contract's JSON.

        answers: where the answers come from, if not from that path.
        tell: is called with the results of each test when it is over.
        on_cuda: whether to run CUDA's tests, where there are any.
        options: pytest's, for this grade alone, such as time_limit=5.
        """
        from kata.answers.handin import Submission
        from kata.plugin import is_on_cuda

        wanted = set(names) or set(exercises())
        items = self._grading.items_of(self._session.items, wanted, on_cuda)
        if any(is_on_cuda(item) for item in items):
            cuda.look()  # to start it takes seconds, which are no test's
        self._grading.begin(path, answers or Submission(path))
        given = vars(self._session.config.option)
        before = {name: given[name] for name in options}
        given.update(options)
        try:
            for item, following in zip(items, [*items[1:], None], strict=False):
                done = len(self._grading.results)
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                if tell:
                    tell(self._grading.results[done:])
        finally:
            given.update(before)
        found: dict[str, Any] = self._grading.grade.as_json()
        return found


def main(loop: Callable[[Warm], int]) -> int:
    """Collect the graded tests, and return what loop(warm) returns.

    Raises RuntimeError where torch is loaded already, with threads of its own.
    """
    if "torch" in sys.modules:
        raise RuntimeError(
            "kata.session.session must set the number of threads before torch is imported"
        )
    one_thread()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    import pytest
    import torch

    torch.set_num_threads(1)
    if hasattr(os, "fork"):
        cuda.remember(_cuda_of_a_fork())

    class Stay:
        status = 1

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session: pytest.Session) -> bool:
            self.status = loop(Warm(session))
            return True

    stay = Stay()
    quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "-s"]
    project = [f"--rootdir={course().root}", "-c", str(course().root / "pyproject.toml")]
    tests = map(
        str, sorted((course().root / "tests").glob("test_ch*.py"))
    )  # from wherever one stands
    code = pytest.main([*project, *quiet, *tests], [stay])
    return stay.status if code in (0, 5) else int(code)


def _cuda_of_a_fork() -> cuda.Found:
    """What a child finds of CUDA, so that this process never uses it."""
    ended = forked(lambda: asdict(cuda.look()), STARTING_CUDA)
    if ended.outcome == "done":
        return cuda.Found(**ended.value)
    return cuda.Found(is_usable=False, trouble=ended.detail)


def forked(
    function: Callable[[], Any], seconds: float, last_words: Callable[[int], None] | None = None
) -> Ended:
    """Run function in a child of its own session and return its JSON value.

    The child and all that it started is killed after so many seconds (kata.answers.limit says what
    counts) without a sign of life, and at the end in any case. last_words: is called before, with
    its id.
    """
    read, write = os.pipe()
    # one that came now would be lost in what Python does after a fork, or leave the child alone
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    child = os.fork()
    if child == 0:
        os.close(read)
        _run_and_leave(function, write, mask)
    try:
        os.close(write)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        text, in_time = _read_while_it_lives(read, child, seconds)
        if not in_time and last_words:
            last_words(child)
    finally:
        os.close(read)
        _kill_group(child)
        _, status = os.waitpid(child, 0)
    if not in_time:
        return Ended("timeout", detail=f"still running after {seconds:g} s")
    try:
        return Ended("done", json.loads(text))
    except ValueError:
        return Ended("crashed", detail=_ending(status))


def _run_and_leave(function: Callable[[], Any], write: int, mask: "set[Any]") -> None:
    """In the child: its value to the pipe, and out, past all that the parent would do at exit."""
    status = 1
    try:
        os.setsid()
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        tell_of_life(lambda: os.write(write, b" "))  # JSON may begin with blanks
        text = json.dumps(function()).encode()
        with os.fdopen(write, "wb") as pipe:
            pipe.write(text)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _read_while_it_lives(pipe: int, child: int, seconds: float) -> tuple[bytes, bool]:
    """All that comes through the pipe, and whether it ended in time."""
    parts: list[bytes] = []
    limit = Limit(seconds, [child])
    while limit.used() < 1:
        if select([pipe], [], [], AGAIN)[0]:
            part = os.read(pipe, 1 << 16)
            if not part:
                return b"".join(parts), True
            parts.append(part)
            limit = Limit(seconds, [child])
    return b"".join(parts), False


def _kill_group(child: int) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(child, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"left Python with status {os.WEXITSTATUS(status)}"
