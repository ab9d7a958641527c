"""`kata.check("relu")`: grade a function where it was written, with the chapter's own tests.

pytest runs in the notebook's process, as only there the function lives. All that it touches is put
back: the random generators, the working directory, warnings, the environment, the modules that the
tests came in, and what the function prints is kept out of the cell.
"""

import inspect
import os
import random
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from kata.answers.call import Answer, Outcome
from kata.answers.called import first_line_of
from kata.answers.handin import solution_without
from kata.answers.load import solutions_around
from kata.answers.near import defined_in, misspelled
from kata.answers.place import place, running_cell
from kata.course import closest, course, exercises, exercises_of
from kata.course.lessons import hints_of, purpose_of
from kata.notebook.hint import SEEN
from kata.notebook.kept import Kept
from kata.notebook.older import older
from kata.notebook.result import Check
from kata.plugin import GIVEN, SESSION
from kata.refusal import Todo
from kata.session import cuda

QUIET = (
    "no:terminal",
    "no:cacheprovider",
    "no:faulthandler",  # wants a terminal's stderr
    "no:unraisableexception",  # collects garbage for half a second, as the next does
    "no:threadexception",
)


def check(name: str, namespace: dict[str, Any] | None = None) -> Check:
    """Grade the function `name` of a namespace; by default that of the calling cell.

    Each refusal shows one hint more.
    Returns what shows itself as HTML in a notebook and as text elsewhere. Raises ValueError where
    no exercise has that name.
    """
    if name not in exercises():
        raise ValueError(f"no exercise is called {name!r}{closest(name, exercises())}")
    if namespace is None:
        here = inspect.currentframe()
        namespace = here.f_back.f_globals if here and here.f_back else {}
    kept = Kept.at_hand(name, namespace)
    grade = _graded(name, Living(namespace), kept.seed if kept else 0)
    if kept:
        kept.keep(grade)
    if grade["status"] in ("failed", "error"):
        SEEN[name] += 1
    hints = hints_of(name)[: SEEN[name]] if grade["status"] != "passed" else []
    notes = (older(name, namespace), cuda.left_out())
    return Check(grade, hints, " ".join(filter(None, notes)), purpose_of(name))


class Living:
    """Where the tests get the answers from: the names of a running notebook."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._answers: dict[str, Answer] = {}

    def answer(self, name: str) -> Answer:
        """Return the answer to one exercise, the same object at each call.

        Raises Todo without one.
        """
        if name not in self._answers:
            self._answers[name] = self._find(name)
        return self._answers[name]

    def _find(self, name: str) -> Answer:
        function, chapter = self._names.get(name), exercises()[name].chapter
        if not callable(function):
            like = misspelled(name, defined_in(self._names))
            more = f"; you define {like}" if like else ""
            raise Todo(f"{name} is not defined in this notebook yet; run its cell{more}")
        others = [n for n in exercises_of(chapter) if n != name and n in self._names]

        @cache
        def among_solutions() -> Answer:
            given = solutions_around(name, function, chapter, solution_without(name))
            return LivingAnswer(name, function, self._names, {n: given[n] for n in others})

        alone = LivingAnswer(name, function, self._names)
        alone.among_solutions = among_solutions if others else None
        return alone


class LivingAnswer(Answer):
    """An answer whose code is spread over the cells of a running notebook.

    given: what is to stand in the places of the notebook's other functions while it is called.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        names: dict[str, Any],
        given: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(name, function, _file(function))
        self._names = names
        self._given = given or {}

    def attempt(self, *args: Any, **kwargs: Any) -> Outcome:
        """As Answer.attempt. Nothing may stand around a class: scripts subclass it."""
        before = {name: self._names[name] for name in self._given}
        self._names.update(self._given)
        try:
            return super().attempt(*args, **kwargs)
        finally:
            self._names.update(before)

    def _is_theirs(self, file: str) -> bool:
        return super()._is_theirs(file) or running_cell(file) is not None

    def _where(self, trace: TracebackType | None) -> str:
        """Return the innermost line of theirs that a traceback passed through.

        Where it passed through none, the line of their definition.
        """
        own = [(f, n) for f, n in traceback.walk_tb(trace) if self._is_theirs(f.f_code.co_filename)]
        if own:
            return place(Path(own[-1][0].f_code.co_filename), own[-1][1])
        code = first_line_of(self._function)
        if code is not None and self._is_theirs(code.co_filename):
            return place(Path(code.co_filename), code.co_firstlineno)
        return "this notebook"


def _file(function: Any) -> Path:
    """Return the file that a function, a class, or the class of an object was compiled as."""
    code = first_line_of(function)
    return Path(code.co_filename if code is not None else "notebook")


class _Only:
    """A plugin for one run of pytest: only this exercise's tests, on these answers."""

    def __init__(self, name: str, answers: Living) -> None:
        self._name = name
        self._answers = answers
        self._folder = Path.cwd()
        self.grade: dict[str, Any] | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[GIVEN] = self._answers

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        items[:] = config.stash[SESSION].items_of(items, [self._name])
        os.chdir(self._folder)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        found = session.config.stash[SESSION].grade.exercises
        self.grade = found[0].as_json() if found else None


def _graded(name: str, answers: Living, seed: int) -> dict[str, Any]:
    tests = course().argument_for(exercises()[name].chapter)
    options = [option for plugin in QUIET for option in ("-p", plugin)]
    options += ["-s", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # kata.plugin is in memory
    where = [*course().pytest_options, f"--draw-seed={seed}", tests]
    only = _Only(name, answers)
    with _undisturbed():
        os.chdir(course().root)
        code = pytest.main([*options, *where], [only])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if only.grade is None:
        raise RuntimeError(f"{name} could not be graded: pytest ended with {code!r} on {tests}")
    return only.grade


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put back what a run of pytest changes in its process."""
    import numpy as np
    import torch

    environment, folder, path = dict(os.environ), Path.cwd(), list(sys.path)
    modules, finders = dict(sys.modules), list(sys.meta_path)
    randoms = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # hypothesis keeps what it finds out where one stands: not in the learner's folder
    keep = Path(tempfile.gettempdir()) if course().is_in_a_package else course().root
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(keep / ".hypothesis"))
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.path[:], sys.meta_path[:] = path, finders
        for key, module in list(sys.modules.items()):
            if key not in modules and _is_a_test(module):
                del sys.modules[key]
        sys.modules.update(modules)
        random.setstate(randoms[0])
        np.random.set_state(randoms[1])
        torch.random.set_rng_state(randoms[2])


def _is_a_test(module: Any) -> bool:
    """Return whether a module is one of ours that pytest made, and no library that it imported."""
    file = getattr(module, "__file__", None)
    paths = [file] if file else list(getattr(module, "__path__", []))
    return any(
        Path(p).is_relative_to(course().tests) or Path(p).parent == course().root for p in paths
    )
