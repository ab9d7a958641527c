"""Every stub is todo, every solution passes, and each is what the other makes of it."""

import pytest
from grading import run_pytest

from kata.answers.text import stub_of
from kata.course import chapters, course, exercises
from kata.dev import build


def test_every_stub_is_todo_and_nothing_else_is_shown(tmp_path):
    run = run_pytest(tmp_path)

    assert run.statuses() == dict.fromkeys(exercises(), "todo")
    assert run.status == 1
    assert run.grade["score"] == 0
    assert run.grade["max_score"] == len(exercises())
    assert "Error" not in run.output
    assert "FAILED" not in run.output
    assert "next: near, exercises/ch01_checks.py:" in run.output


def test_every_solution_passes(tmp_path):
    run = run_pytest(tmp_path, "--submission", "solutions")

    assert run.statuses() == dict.fromkeys(exercises(), "passed")
    assert run.status == 0
    assert run.grade["score"] == run.grade["max_score"] == len(exercises())
    assert all(e["mistake"] is None for e in run.grade["exercises"])


def test_the_stubs_are_made_from_the_solutions():
    stale = [path.name for path in build.stale()]

    assert not stale, f"{stale} out of date: run kata dev build"


@pytest.mark.parametrize(
    "folder", ["exercises", "solutions", "tests", "mistakes", "variants", "lessons"]
)
def test_a_chapter_has_the_same_name_everywhere(folder):
    prefix = "test_" if folder == "tests" else ""
    found = {
        path.stem.removeprefix(prefix) for path in (course().root / folder).glob(f"{prefix}ch*.*")
    }

    assert found == set(chapters())


def test_a_stub_keeps_the_signature_and_the_docstring_and_drops_the_body():
    source = '"""Chapter."""\n\n\ndef f(x):\n    """Say."""\n    y = x\n    return y\n'

    assert stub_of(source) == (
        '"""Chapter."""\n\n\ndef f(x):\n    """Say."""\n    raise NotImplementedError\n'
    )


def test_a_stub_drops_private_helpers():
    source = 'def _helper(x):\n    return x\n\n\ndef f(x):\n    """Say."""\n    return _helper(x)\n'

    assert "_helper" not in stub_of(source)


def test_exercises_and_solutions_lie_beside_each_other():
    assert course().exercises.parent == course().solutions.parent == course().root
