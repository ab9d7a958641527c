"""A pytest session that stays: collected once, then run again and again, each time in a fork.

Importing torch and collecting the tests takes seconds; a fork of a process that has done so takes
milliseconds. The parent must never have used torch with more than one thread (a child would wait
for threads that it does not have) and never CUDA, so `main` sets the thread counts before torch is
imported, and all else happens in the children:

    def loop(warm: Warm) -> int:
        child = Child(lambda pipe, tell: tell(warm.grade(path, ["relu"])))
        ...

    warm.main(loop)
"""

import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kata.answers.forks import Child, Tell
from kata.answers.limit import Limit, tell_of_life
from kata.answers.seeds import one_thread
from kata.course import chapters, course, exercises
from kata.session import cuda

if TYPE_CHECKING:
    import pytest

    from kata.answers.handin import Answers
    from kata.grade import TestResult


STARTING_CUDA = 60.0  # seconds; some are usual, a minute is a driver that hangs


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
        """Return every test that a whole grade runs, as if it had passed."""
        return self._grading.tests_of(self._session.items)

    def limit_tests(self, seconds: float) -> None:
        """Give each test so many seconds from here on."""
        self._session.config.option.time_limit = seconds

    def rehearse(self, names: Iterable[str]) -> Iterator[None]:
        """Grade solutions here, a test a step, so that a fork has what it needs.

        Not on CUDA: a fork could not use it any more.
        """
        from kata.answers.handin import Submission

        solutions = course().solutions
        answers = Submission(solutions)
        for item in self._grading.items_of(self._session.items, set(names), on_cuda=False):
            self._grading.begin(solutions, answers)  # there may have been a grade meanwhile
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            yield

    def prepare(self, names: Iterable[str], seed: int) -> None:
        """Draw here the sizes on which the tests of these exercises are run."""
        for item in self._grading.items_of(self._session.items, set(names)):
            if prepare := getattr(getattr(item, "obj", None), "prepare", None):
                prepare(seed)

    def grade(
        self,
        path: Path,
        names: Iterable[str] = (),
        answers: "Answers | None" = None,
        tell: "Callable[[list[TestResult]], None] | None" = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Grade some exercises (all without names) of the submission at path; the contract's JSON.

        answers: where the answers come from, if not from that path.
        tell: is called with the results of each test when it is over.
        options: pytest's, for this grade alone, such as time_limit=5.
        """
        from kata.answers.handin import Submission
        from kata.plugin import is_on_cuda

        wanted = set(names) or set(exercises())
        items = self._grading.items_of(self._session.items, wanted)
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


def main(loop: Callable[[Warm], int], of: Collection[str] = ()) -> int:
    """Collect the graded tests, and return what loop(warm) returns.

    of: the chapters whose tests are needed; all without any.
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
            os.chdir(stood)
            self.status = loop(Warm(session))
            return True

    stay = Stay()
    quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "-s"]
    asked = [chapter for chapter in of or chapters() if course().tests_of(chapter).is_file()]
    tests = [course().argument_for(chapter) for chapter in asked]
    stood = Path.cwd()
    os.chdir(course().root)
    code = pytest.main([*course().pytest_options, *quiet, *tests], [stay])
    return stay.status if code in (0, 5) else int(code)


def _cuda_of_a_fork() -> cuda.Found:
    """Return what a child finds of CUDA, so that this process never uses it."""
    ended = forked(lambda: asdict(cuda.look()), STARTING_CUDA)
    if ended.outcome == "done":
        return cuda.Found(**ended.value)
    return cuda.Found(is_usable=False, trouble=ended.detail)


def forked(function: Callable[[], Any], seconds: float) -> Ended:
    """Run function in a fork and return its JSON value.

    The fork and all that it started is killed after so many seconds (kata.answers.limit says what
    counts) without a sign of life, and at the end in any case.
    """

    def work(pipe: int, tell: Tell) -> None:
        tell_of_life(lambda: tell({}))
        tell({"value": function()})

    child = Child(work)
    limit, told, late = Limit(seconds, [child.pid]), {}, f"still running after {seconds:g} s"
    try:
        for line in child.lines():
            if line:
                limit, told = Limit(seconds, [child.pid]), json.loads(line)
            elif limit.used() >= 1:
                return Ended("timeout", detail=late)
    finally:
        how = child.end()
    return Ended("done", told["value"]) if "value" in told else Ended("crashed", detail=how)
