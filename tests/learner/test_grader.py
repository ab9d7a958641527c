"""The learner's end of the line to the server that grades."""

import pytest

from kata.course import course
from kata.learner.grader import Grader
from kata.learner.place import Place


@pytest.mark.parametrize("no_fork", [False, True])
def test_a_stub_is_to_be_written_also_after_the_grade_was_prepared(tmp_path, monkeypatch, no_fork):
    """Preparing runs its tests on the solution, in the process that grades."""
    if no_fork:
        monkeypatch.setenv("KATA_NO_FORK", "1")
    stub = (course().exercises / "ch02_data.py").read_bytes()
    (tmp_path / "ch02_data.py").write_bytes(stub)

    with Grader(Place(tmp_path), names=["normalize"]) as grader:
        said = [grader.grade("normalize").grade.message]
        for quick in (True, False):
            grader.prepare("normalize")
            said.append(grader.grade("normalize", quick=quick).grade.message)

    assert said == ["normalize is still to be written"] * 3
