"""The pytest plugin: options, a fixture for each exercise, and hooks that delegate."""

import types
from collections import Counter
from collections.abc import Collection, Generator
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kata import early
from kata.catalogue import EXERCISES, ROOT, exercises
from kata.limit import time_limit
from kata.refusal import GivenUp, NotPassed, TookTooLong, shown
from kata.report import Terminal
from kata.verdict import Grade, TestResult, write_json

if TYPE_CHECKING:
    from kata.recorded import Recorded
    from kata.submission import Answers

EXERCISE = pytest.StashKey[tuple[str, str]]()  # its name, and the recorded answer's
POSITION = pytest.StashKey[int]()
SESSION = pytest.StashKey["Grading"]()
GIVEN = pytest.StashKey["Answers"]()  # what to grade instead of --submission


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    group = parser.getgroup("kata", "grading")
    group.addoption(
        "--submission",
        metavar="PATH",
        default=str(EXERCISES),
        help="grade this folder of chapter files, or this one file (default: exercises/)",
    )
    group.addoption(
        "--recorded",
        metavar="FOLDER",
        help="grade every answer recorded in this folder (mistakes/), each on its own",
    )
    group.addoption("--grade-json", metavar="FILE", help="write the grade to FILE as JSON")
    group.addoption(
        "--time-limit",
        metavar="SECONDS",
        type=float,
        default=20.0,
        help="stop a test after so many seconds; 0 for never (default: 20)",
    )
    early.look_for_settings_here(pluginmanager)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cuda: runs on a CUDA device")
    if config.rootpath == ROOT:
        grading = Grading(config)
        config.stash[SESSION] = grading
        config.pluginmanager.register(grading, "kata-grading")
        config.pluginmanager.register(_fixtures(), "kata-exercises")


class Grading:
    """One session: collects results, here or from xdist's workers, and makes the grade."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.path = Path(config.getoption("--submission"))
        json_path = config.getoption("--grade-json")
        self.json_path = Path(json_path).absolute() if json_path else None
        if not self.path.exists():
            raise pytest.UsageError(f"--submission: {self.path}: no such file or folder")
        if self.path.is_file() and self.path.suffix != ".py":
            raise pytest.UsageError(f"--submission: {self.path}: not a chapter file (.py)")
        if self.json_path and not self.json_path.parent.is_dir():
            raise pytest.UsageError(f"--grade-json: {self.json_path.parent}: no such folder")
        self.results: list[TestResult] = []
        self.terminal = Terminal()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.stuck: dict[tuple[str, str], str] = {}

    @cached_property
    def submission(self) -> "Answers":
        if GIVEN in self.config.stash:
            return self.config.stash[GIVEN]
        from kata.submission import Submission  # imports torch

        return Submission(self.path)

    @cached_property
    def recorded(self) -> "dict[str, list[Recorded]]":
        """The answers of --recorded by exercise; empty without the option."""
        from kata.recorded import recorded_in

        folder = self.config.getoption("--recorded")
        return recorded_in(Path(folder)) if folder else {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "dtype" in metafunc.fixturenames:
            import torch

            dtypes = [torch.float32, torch.float64]
            metafunc.parametrize("dtype", dtypes, ids=["float32", "float64"])
        if "device" in metafunc.fixturenames:
            metafunc.parametrize("device", _devices())
        if self.config.getoption("--recorded"):
            for name in {*metafunc.fixturenames} & {*exercises()}:
                answers = self.recorded.get(name, [])
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
                item.extra_keyword_matches.add(name)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for position, item in enumerate(session.items):
            if asked_for := item.stash.get(EXERCISE, None):
                self.asked[asked_for] += 1
                item.stash[POSITION] = position

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        with time_limit(self._limit(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Run the test; if it fails, once more with the solutions in the siblings' places.

        A function may call its chapter's other exercises. Theirs are tests of their own.
        """
        asked_for = pyfuncitem.stash.get(EXERCISE, ("", ""))
        name, _ = asked_for
        if asked_for in self.stuck:
            raise GivenUp(f"not tried, since {self.stuck[asked_for]} does not end")
        try:
            with time_limit(self._limit(pyfuncitem)), _random_state_kept():
                try:
                    return (yield)
                except NotPassed as first:
                    among: Any = getattr(pyfuncitem.funcargs.get(name), "among_solutions", None)
                    if among is None:
                        raise first
                names = pyfuncitem._fixtureinfo.argnames
                pyfuncitem.obj(**{n: pyfuncitem.funcargs[n] for n in names} | {name: among()})
                return True
        except TookTooLong:
            self.stuck[asked_for] = pyfuncitem.name
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        asked_for = item.stash.get(EXERCISE, None)
        if asked_for and (report.when == "call" or report.failed):
            from kata.judge import judge

            error = call.excinfo.value if call.excinfo else None
            answer = getattr(item, "funcargs", {}).get(asked_for[0])
            position, of = item.stash.get(POSITION, 0), self.asked[asked_for]
            test = TestResult(*asked_for, item.name, of, position)
            result = judge(test, error, answer, self.path, self._limit(item))
            report.kata = asdict(result)  # type: ignore[attr-defined]
            if report.failed:
                report.longrepr = result.message
                report.sections = [(title, text[-2000:]) for title, text in report.sections]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if plain := getattr(report, "kata", None):
            self.results.append(TestResult(**plain))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> Any:
        return self.terminal.status_of(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.json_path and not hasattr(self.config, "workerinput"):
            try:
                write_json(self.json_path, self.grade.as_json())
            except OSError as error:
                raise pytest.UsageError(f"--grade-json: {self.json_path}: {error}") from None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.results:
            self.terminal.summary(terminalreporter, self.grade, self.path)

    def begin(self, path: Path, answers: "Answers") -> None:
        """Forget what was graded so far, and grade these answers from here on."""
        self.path, self.submission = path, answers
        self.results.clear()
        self.stuck.clear()

    def items_of(self, items: list[pytest.Item], names: Collection[str]) -> list[pytest.Item]:
        """The tests of some exercises, in order."""
        return [i for i in items if EXERCISE in i.stash and i.stash[EXERCISE][0] in names]

    @property
    def grade(self) -> Grade:
        return Grade.of(shown(self.path), self.results)

    def _limit(self, item: pytest.Item) -> float:
        return float(self.config.getoption("--time-limit")) if EXERCISE in item.stash else 0


def _fixtures() -> types.ModuleType:
    """A plugin with one fixture for each exercise: the answer of that name; and `draw`."""

    def answer_to(name: str) -> Any:
        @pytest.fixture(name=name)
        def answer(request: pytest.FixtureRequest) -> Any:
            if hasattr(request, "param"):
                return request.param.answer
            return request.config.stash[SESSION].submission.answer(name)

        return answer

    @pytest.fixture
    def draw(dtype: Any, device: str) -> Any:
        from kata.draw import Draw

        return Draw(dtype, device)

    plugin = types.ModuleType("kata_exercises")
    vars(plugin).update({name: answer_to(name) for name in exercises()}, draw=draw)
    return plugin


def _devices() -> list[Any]:
    import torch

    cuda = [pytest.param("cuda", marks=pytest.mark.cuda)] if torch.cuda.is_available() else []
    return ["cpu", *cuda]


def _random_state_kept() -> Any:
    import torch

    return torch.random.fork_rng()
