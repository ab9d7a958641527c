"""The pytest plugin: a fixture for each exercise, and hooks that delegate."""

import gc
from collections import Counter
from collections.abc import Collection, Generator
from contextlib import ExitStack
from dataclasses import asdict
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kata.answers.keyboard import nobody
from kata.answers.limit import time_limit
from kata.answers.printable import brief, plain
from kata.answers.seeds import one_thread_unless_told_otherwise, seeded
from kata.course import exercises
from kata.grade import Grade, TestResult, write_json
from kata.refusal import GivenUp, NotPassed, Todo, TookTooLong, shown
from kata.session import cuda, devices
from kata.session.alone import may_report_alone, report_alone
from kata.session.debug import InTheirFrame
from kata.session.fixtures import fixtures_of
from kata.session.named import ask_the_tests
from kata.session.report import Terminal, is_at_a_terminal

if TYPE_CHECKING:
    from kata.answers.handin import Answers

pytest_plugins = ["kata.session.options"]

EXERCISE = pytest.StashKey[tuple[str, str]]()  # its name, and the recorded answer's
IS_HABIT = pytest.StashKey[bool]()  # whether that is one
POSITION = pytest.StashKey[int]()
SESSION = pytest.StashKey["Grading"]()
PRINTED = 2000  # characters kept of what a test printed
GIVEN = pytest.StashKey["Answers"]()  # what to grade instead of --submission


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cuda: runs on a CUDA device")
    one_thread_unless_told_otherwise()
    ask_the_tests(config)
    grading = Grading(config)
    config.stash[SESSION] = grading
    config.pluginmanager.register(grading, "kata-grading")
    config.pluginmanager.register(fixtures_of(grading), "kata-exercises")
    if config.getoption("usepdb", False):
        config.pluginmanager.register(InTheirFrame(), "kata-debug")


class Grading:
    """One session: collects results, here or from xdist's workers, and makes the grade."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.path = Path(config.getoption("--submission"))
        json_path = config.getoption("--grade-json")
        self.json_path = Path(json_path).absolute() if json_path else None
        if not self.path.exists():
            raise pytest.UsageError(f"--submission: {self.path}: no such file or folder")
        if self.path.is_file() and self.path.suffix not in (".py", ".ipynb"):
            raise pytest.UsageError(
                f"--submission: {self.path}: not a chapter file (.py or .ipynb)"
            )
        if self.json_path and not self.json_path.parent.is_dir():
            raise pytest.UsageError(f"--grade-json: {self.json_path.parent}: no such folder")
        self.device = config.getoption("--device")
        if self.device and (trouble := devices.trouble_with(self.device)):
            raise pytest.UsageError(f"--device: {trouble}")
        self.results: list[TestResult] = []
        self.terminal = Terminal()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.stuck: dict[tuple[str, str], str] = {}
        self.leaning: set[tuple[str, str]] = set()  # on a sibling that does not end, maybe
        self.todo: dict[tuple[str, str], Todo] = {}
        self.named: set[tuple[str, str]] = set()  # exercise, recorded answer
        self.refusing: set[tuple[str, str]] = set()  # exercise, test: one that refused some answer

    @cached_property
    def submission(self) -> "Answers":
        if GIVEN in self.config.stash:
            return self.config.stash[GIVEN]
        from kata.answers.handin import Submission  # imports torch

        return Submission(self.path)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "dtype" in metafunc.fixturenames:
            import torch

            dtypes = {"float32": torch.float32, "float64": torch.float64}
            if self.device in devices.WITHOUT_FLOAT64:
                del dtypes["float64"]
            metafunc.parametrize("dtype", dtypes.values(), ids=[*dtypes])
        if "device" in metafunc.fixturenames:
            metafunc.parametrize("device", _devices(self.device))
        if asked := self.config.getoption("--recorded"):
            from kata.diagnosis.model import recorded_of

            for name in {*metafunc.fixturenames} & {*exercises()}:
                answers = recorded_of(name, Path(asked).resolve())
                ids = [answer.name for answer in answers]
                metafunc.parametrize(name, answers, ids=ids, indirect=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            asked_for = [n for n in getattr(item, "fixturenames", ()) if n in exercises()]
            if asked_for:
                name, callspec = asked_for[0], getattr(item, "callspec", None)
                recorded = callspec.params.get(name) if callspec else None
                item.stash[EXERCISE] = (name, recorded.name if recorded else "")
                item.stash[IS_HABIT] = recorded is not None and recorded.is_habit
                item.extra_keyword_matches.add(name)
                # makereport says it in the kata's words; a traceback costs 20 ms to lay out
                item.repr_failure = _nothing_yet  # type: ignore[method-assign]

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        if not is_at_a_terminal(terminal):
            alone = ExitStack()
            alone.enter_context(nobody())
            session.config.add_cleanup(alone.close)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """Import torch and the tests, a million objects that stay, without looking for garbage.

        Frozen, they are not looked through later either (pytest and hypothesis ask for that).
        """
        gc.disable()
        try:
            return (yield)
        finally:
            gc.freeze()
            gc.enable()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for position, item in enumerate(session.items):
            if asked_for := item.stash.get(EXERCISE, None):
                self.asked[asked_for] += 1
                item.stash[POSITION] = position

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Leave out what tells nothing more: what is known to be todo, and a recorded mistake that
        is refused and named already.
        """
        todo = self.todo.get(item.stash.get(EXERCISE, ("", "")))
        if todo and may_report_alone(item):
            report_alone(item, todo)
        elif not self._is_proven(item):
            return None
        # the item before was torn down for this one, which may be of another module than the next
        item.ihook.pytest_runtest_teardown(item=item, nextitem=nextitem)
        return True

    def _is_proven(self, item: pytest.Item) -> bool:
        """Return whether a test of a recorded mistake proves nothing more.

        Where it is refused and named, other tests try it, in float32, until each of them has
        refused some mistake. A habit is tried by those tests alone that refuse none of the others:
        it is the same in all exercises.
        """
        exercise, answer, test = _key(item)
        refuses, is_habit = (exercise, test) in self.refusing, item.stash.get(IS_HABIT, False)
        if is_habit and refuses:
            return True
        return (exercise, answer) in self.named and (refuses or _is_in_float64(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        asked_for = item.stash.get(EXERCISE, None)
        if asked_for is None:
            return (yield)
        if asked_for in self.stuck:
            raise GivenUp(f"not tried, since {self.stuck[asked_for]} does not end")
        try:
            with time_limit(self._limit):
                return (yield)
        except TookTooLong:
            self.stuck[asked_for] = "loading the file"
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Run the test; if it fails, once more with the solutions in the siblings' places.

        A function may call its chapter's other exercises. Theirs are tests of their own.
        """
        seed = self.config.getoption("--draw-seed")
        asked_for = pyfuncitem.stash.get(EXERCISE, None)
        if asked_for is None:
            with seeded(seed):
                return (yield)
        name, _ = asked_for
        if asked_for in self.stuck:
            raise GivenUp(f"not tried, since {self.stuck[asked_for]} does not end")
        answer = pyfuncitem.funcargs.get(name)
        if todo := getattr(answer, "todo", None):  # some tests ask for no answer
            self.todo[asked_for] = todo
            raise todo
        among: Any = getattr(answer, "among_solutions", None)
        if among is not None and asked_for in self.leaning:
            pyfuncitem.funcargs[name] = among()
            among = None
        limit = self._limit
        with seeded(seed):
            try:
                with time_limit(limit):
                    return (yield)
            except (NotPassed, TookTooLong) as first:
                if among is None:
                    if isinstance(first, TookTooLong):
                        self.stuck[asked_for] = pyfuncitem.name
                    raise
                if isinstance(first, TookTooLong):
                    self.leaning.add(asked_for)
            try:
                with time_limit(limit):
                    pyfuncitem.funcargs[name] = among()  # it is this one that is diagnosed
                    names = signature(pyfuncitem.obj).parameters
                    pyfuncitem.obj(
                        **{n: pyfuncitem.funcargs[n] for n in names if n in pyfuncitem.funcargs}
                    )
            except TookTooLong:
                self.stuck[asked_for] = pyfuncitem.name
                raise
            return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        asked_for = item.stash.get(EXERCISE, None)
        if asked_for and (report.when == "call" or report.failed):
            from kata.diagnosis.judge import judge

            error = call.excinfo.value if call.excinfo else None
            arguments = getattr(item, "funcargs", None) or {}  # pytest forgets those of one run
            answer = arguments.get(asked_for[0])
            position, of = item.stash.get(POSITION, 0), self.asked[asked_for]
            test = TestResult(*asked_for, item.name, of, position)
            result = judge(test, error, answer, self.path, self._limit)
            report.kata = asdict(result)  # type: ignore[attr-defined]
            if report.failed:
                exercise, recorded, function = _key(item)
                if recorded:
                    self.refusing.add((exercise, function))
                    if result.mistake:
                        self.named.add(asked_for)
                report.longrepr = brief(result.message)
            report.sections = [(title, _end(text)) for title, text in report.sections]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        plain = getattr(report, "kata", None)
        if plain and str(report.outcome) != "rerun":  # pytest-rerunfailures reports each try
            self.results.append(TestResult(**plain))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> Any:
        return self.terminal.status_of(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self.config, "workeroutput"):
            if self.results:
                self.config.workeroutput["cuda"] = asdict(cuda.found())
        elif self.json_path:
            try:
                write_json(self.json_path, self.grade.as_json())
            except OSError as error:
                raise pytest.UsageError(f"--grade-json: {self.json_path}: {error}") from None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.results:
            self.terminal.summary(terminalreporter, self.grade, self.path)
        if left_out := cuda.left_out():
            terminalreporter.write_line(left_out, yellow=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Of xdist's: what a worker saw of CUDA, which the process that reports never uses."""
        if found := getattr(node, "workeroutput", {}).get("cuda"):
            cuda.remember(cuda.Found(**found))

    def begin(self, path: Path, answers: "Answers") -> None:
        """Forget what was graded so far, and grade these answers from here on."""
        self.path, self.submission = path, answers
        self.results.clear()
        self.stuck.clear()
        self.leaning.clear()
        self.todo.clear()

    def items_of(
        self, items: list[pytest.Item], names: Collection[str], on_cuda: bool = True
    ) -> list[pytest.Item]:
        """Return the tests of some exercises, in order; those on CUDA only where asked for."""
        asked_for = [i for i in items if EXERCISE in i.stash and i.stash[EXERCISE][0] in names]
        return [i for i in asked_for if on_cuda or not is_on_cuda(i)]

    def tests_of(self, items: list[pytest.Item]) -> list[TestResult]:
        """Return the tests of all exercises, as if they had passed."""
        return [
            TestResult(*item.stash[EXERCISE], item.name, self.asked[item.stash[EXERCISE]], at)
            for at, item in enumerate(items)
            if EXERCISE in item.stash
        ]

    @property
    def grade(self) -> Grade:
        return Grade.of(shown(self.path), self.results)

    @property
    def _limit(self) -> float:
        return float(self.config.getoption("--time-limit"))


def is_on_cuda(item: pytest.Item) -> bool:
    """Return whether a test needs a CUDA device."""
    return item.get_closest_marker("cuda") is not None


def _nothing_yet(*args: Any, **kwargs: Any) -> str:
    return ""


def _end(text: str) -> str:
    """Return the end of what was printed.

    Cut before it is made plain too, since it may be very long.
    """
    return plain(text[-2 * PRINTED :])[-PRINTED:]


def _key(item: pytest.Item) -> tuple[str, str, str]:
    return *item.stash.get(EXERCISE, ("", "")), getattr(item, "originalname", item.name)


def _is_in_float64(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return "float64" in str(callspec and callspec.params.get("dtype"))


def _devices(only: str | None) -> list[Any]:
    """Return the devices to grade on, as parameters of a test."""
    on_cuda = pytest.param("cuda", marks=pytest.mark.cuda)
    if only:
        return [on_cuda if only == "cuda" else only]
    return ["cpu", on_cuda] if cuda.found().is_usable else ["cpu"]
