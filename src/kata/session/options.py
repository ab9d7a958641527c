"""The options that the grading plugin adds to pytest."""

import os

import pytest

from kata.course import course
from kata.course.places import VARIABLE, NoCourse, is_in_a_package, lies_elsewhere, root_above


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add them; `kata.guard.OURS` has the same names."""
    config = pluginmanager.get_plugin("pytestconfig")
    root = root_above(config.rootpath) if config is not None else None
    if root and lies_elsewhere(root) and not is_in_a_package(root):
        # `pytest DIR/tests` means the course in DIR; xdist's workers have to know it too
        os.environ[VARIABLE] = str(root)
    try:
        exercises = str(course().exercises)
    except NoCourse as missing:
        raise pytest.UsageError(str(missing)) from None
    group = parser.getgroup("kata", "grading")
    group.addoption(
        "--submission",
        metavar="PATH",
        default=exercises,
        help="grade this folder of chapter files, or this one file, .py or .ipynb "
        "(default: exercises/)",
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
        help="stop a test after so many seconds of processor time; 0 for never (default: 20)",
    )
    group.addoption(
        "--device",
        metavar="NAME",
        help="grade on this device of torch's alone: cpu, cuda, mps, xpu "
        "(default: cpu, and cuda where there is one)",
    )
    group.addoption(
        "--draw-seed",
        metavar="N",
        type=int,
        default=0,
        help="test on other sizes and other numbers than the usual ones (default: 0, the usual)",
    )
