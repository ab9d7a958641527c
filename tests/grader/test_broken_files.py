"""What is wrong with a learner's file is said once, in a line; the other chapters are graded."""

import pytest
from grading import copy_solutions, files_of, run_pytest

from kata.course import course

pytestmark = pytest.mark.xdist_group("broken files")  # its fixture is slow: make it once


def submission(folder, **files):
    """The solutions, with other text in the named chapters; None leaves a chapter out."""
    copy_solutions(folder / "work")
    for chapter, text in files.items():
        path = folder / "work" / f"{chapter}.py"
        if text is None:
            path.unlink()
        else:
            path.write_text(text, "utf-8")
    return folder / "work"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    work = submission(
        folder,
        ch01_checks="def near(a, b:\n    return True\n",
        ch02_data="import nowhere_to_be_found\n",
        ch03_forward="import sys\nsys.exit(0)\n",
        ch04_init="def again():\n    again()\n\n\nagain()\n",
        ch05_loss="def mean_squared_error(output, targ):\n    return 0\n",
        ch06_backward=None,
    )
    return run_pytest(folder, "--submission", str(work), *files_of(*range(1, 9)))


def test_a_syntax_error_is_told_with_file_and_line(run):
    assert run.exercise("near")["status"] == "error"
    assert "ch01_checks.py:1: SyntaxError: '(' was never closed" in run.output


def test_a_failed_import_is_told_with_file_and_line(run):
    assert run.exercise("lin")["status"] == "error"
    assert "ch02_data.py:1: ModuleNotFoundError: No module named" in run.output


def test_leaving_python_at_import_is_told(run):
    assert "ch03_forward.py:2: leaves Python (sys.exit)" in run.exercise("lin")["message"]


def test_endless_recursion_at_import_is_told(run):
    assert "RecursionError" in run.exercise("xavier_init")["message"]


def test_a_missing_function_is_told_by_name(run):
    assert run.exercise("mse")["status"] == "error"
    assert "defines no function mse" in run.exercise("mse")["message"]


def test_a_missing_chapter_is_todo(run):
    assert run.exercise("lin_grad")["status"] == "todo"


def test_the_other_chapters_are_graded(run):
    assert run.exercise("forward_and_backward")["status"] == "passed"
    assert run.exercise("lin_grad_matmul")["status"] == "passed"


def test_each_broken_file_is_told_once(run):
    failures = run.output.split("= FAILURES =")[1].split("= kata =")[0]

    assert failures.count("SyntaxError") == 1
    assert failures.count("ModuleNotFoundError") == 1
    assert "Traceback" not in run.output


def test_a_broken_submission_ends_with_status_1(run):
    assert run.status == 1


def test_a_file_that_leaves_python_is_broken_as_a_whole(tmp_path):
    solved = (course().solutions / "ch05_loss.py").read_text("utf-8")
    text = f"{solved}\n\ndef more():\n    pass\n\n\nimport sys\nsys.exit(0)\n"

    run = run_pytest(
        tmp_path, "--submission", str(submission(tmp_path, ch05_loss=text)), *files_of(5)
    )

    assert run.exercise("mse")["status"] == "error"
    assert "leaves Python (sys.exit)" in run.exercise("mse")["message"]
