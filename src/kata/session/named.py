"""`pytest exercises/`: who names the answers means the tests that grade them."""

import os
from pathlib import Path

import pytest

from kata.course import chapters, course


def ask_the_tests(config: pytest.Config) -> None:
    """Put the tests in the place of the answers that the command line names.

    nbval's own use of the notebooks stays.
    """
    if getattr(config.option, "nbval", False) or getattr(config.option, "nbval_lax", False):
        return
    here = Path(config.invocation_params.dir)
    args: list[str] = []
    for arg in config.args:
        asked = _chapters_at((here / arg).resolve())
        tests = [course().tests_of(chapter) for chapter in asked]
        args += [os.path.relpath(path, here) for path in tests if path.is_file()] or [arg]
    config.args[:] = dict.fromkeys(args)


def _chapters_at(path: Path) -> tuple[str, ...]:
    """Return the chapters whose answers lie at a path of the course's exercises/; or none."""
    exercises = course().exercises.resolve()
    if path == exercises:
        return chapters()
    return (path.stem,) if path.parent == exercises and path.stem in chapters() else ()
