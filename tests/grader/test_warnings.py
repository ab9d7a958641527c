"""A library's warning is no verdict; in the project's own tests it is an error."""

import json
import os
import subprocess
import sys
import warnings

import pytest
from grading import copy_solutions, run_pytest

from kata.course import course

try:
    warnings.warn("by this very file", stacklevel=1)
    COLLECTED = "without"
except UserWarning:
    COLLECTED = "with errors"

WARNS = """
import warnings

import pytest

warnings.warn("while a library is imported")


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makemodule(module_path, parent):
    warnings.warn("at collection")
    return (yield)


def pytest_runtest_setup(item):
    warnings.warn("before a test", DeprecationWarning)


def pytest_runtest_call(item):
    warnings.warn("beside a test", FutureWarning)


@pytest.fixture(autouse=True)
def library():
    warnings.warn("in a fixture")
    yield
    warnings.warn("after a test", ResourceWarning)


def pytest_sessionfinish():
    warnings.warn("at the end")
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A plugin that warns wherever it can, in every pytest that is started."""
    (tmp_path / "warns.py").write_text(WARNS, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTEST_PLUGINS", "warns")


def test_pytest_passes_a_right_answer_over_warnings(tmp_path, library):
    run = run_pytest(tmp_path, "--submission", "solutions", "-q", "tests/test_ch05_loss.py")

    assert run.statuses() == {"mse": "passed"}
    assert run.status == 0, run.output


@pytest.mark.parametrize("fork", ["", "1"], ids=["fork", "KATA_NO_FORK"])
def test_kata_check_passes_a_right_answer_over_warnings(tmp_path, library, fork):
    place = {"KATA_EXERCISES": str(copy_solutions(tmp_path / "work")), "KATA_NO_FORK": fork}

    done = subprocess.run(
        [sys.executable, "-m", "kata", "check", "mse", "--json"],
        env={**os.environ, **place},
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert json.loads(done.stdout)["score"] == 1, done.stdout + done.stderr


def test_a_notebook_s_check_passes_a_right_answer_over_warnings(library):
    ask = "import kata; print(kata.check('relu', {'relu': lambda x: x.clamp_min(0)}).passed)"

    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=course().root, capture_output=True, text=True, timeout=600
    )

    assert done.stdout == "True\n", done.stdout + done.stderr


def test_a_warning_in_a_test_of_the_project_is_an_error():
    with pytest.raises(UserWarning):
        warnings.warn("by this very test", stacklevel=1)


def test_a_warning_while_those_are_collected_is_an_error():
    assert COLLECTED == "with errors"
