"""A notebook is graded as the .py file with the same functions is, or a line says what is wrong."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from grading import run_pytest
from notebooks import answered, solved_parts, write_notebook

from kata.answers.files import chapter_file
from kata.course import course

pytestmark = pytest.mark.xdist_group("submission")  # its fixtures are slow: make them once

CHAPTERS = ("ch03_forward", "ch05_loss", "ch06_backward")
TESTS = [f"tests/test_{chapter}.py" for chapter in CHAPTERS]
PLACE = re.compile(r"\S+\.ipynb cell \d+, line \d+|\S+\.py:\d+")
WRONG_MSE = "def mse(output, targ):\n    return (output.squeeze(-1) - targ).square().sum()"
STOPS = "def lin_grad(inp, out, w, b):\n    return inp.no_such_thing"
FILES = {
    # right in all, wrong in one, and half: one done, one that raises, one untouched
    "ch03_forward": solved_parts("ch03_forward"),
    "ch05_loss": {"mse": WRONG_MSE},
    "ch06_backward": {"relu_grad": solved_parts("ch06_backward")["relu_grad"], "lin_grad": STOPS},
}


def without_places(grade):
    text = json.dumps(grade["exercises"])
    return json.loads(PLACE.sub("HERE", text))


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same answers graded from .py files, and from notebooks filled in by a learner."""
    folder = tmp_path_factory.mktemp("both")
    for kind in ("scripts", "notebooks"):
        (folder / kind).mkdir()
    for chapter, answers in FILES.items():
        script = (course().exercises / f"{chapter}.py").read_text("utf-8")
        # the last definition wins
        text = "\n\n\n".join([script, *answers.values()])
        (folder / "scripts" / f"{chapter}.py").write_text(text, "utf-8")
        path = folder / "notebooks" / f"{chapter}.ipynb"
        nbformat.write(answered(chapter, course().exercises, **answers), path)
    grades = {}
    for kind in ("scripts", "notebooks"):
        run = run_pytest(folder, *TESTS, "-q", "--submission", str(folder / kind))
        assert run.status == 1, run.output
        grades[kind] = run.grade
    return grades


def test_a_notebook_gets_the_grade_that_the_same_py_file_gets(both):
    assert without_places(both["notebooks"]) == without_places(both["scripts"])


def test_right_wrong_half_and_untouched_answers_are_told_apart(both):
    found = {e["name"]: e["status"] for e in both["notebooks"]["exercises"]}

    assert found == {
        **dict.fromkeys(["lin", "relu", "shifted_relu", "model"], "passed"),
        "mse": "failed",
        "mse_grad": "todo",
        "relu_grad": "passed",
        "lin_grad": "error",
    }


def test_a_wrong_answer_in_a_notebook_is_named(both):
    mse = next(e for e in both["notebooks"]["exercises"] if e["name"] == "mse")

    assert mse["mistake"]


def test_an_error_is_told_with_cell_and_line(both):
    lin_grad = next(e for e in both["notebooks"]["exercises"] if e["name"] == "lin_grad")

    assert re.search(r"ch06_backward\.ipynb cell \d+, line 2: AttributeError", lin_grad["message"])


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    path = write_notebook(
        folder / "ch03_forward.ipynb",
        "import nowhere_to_be_found as nowhere\n%matplotlib inline",
        "def lin(x, w, b):\n    return x @ w + b",
        "def relu(x):\n    return (x",
        "def shifted_relu(x):\n    return nowhere.relu(x)",
    )
    return run_pytest(folder, TESTS[0], "-q", "--submission", str(path))


def test_a_syntax_error_is_told_with_cell_and_line(broken):
    assert (
        "ch03_forward.ipynb cell 3, line 2: SyntaxError: '(' was never closed"
        in (broken.exercise("relu")["message"])
    )


def test_a_failed_import_is_told_to_whoever_uses_it(broken):
    message = broken.exercise("shifted_relu")["message"]

    assert "ch03_forward.ipynb cell 1, line 1: ModuleNotFoundError: No module named" in message


def test_a_missing_function_is_told_with_the_broken_cells(broken):
    message = broken.exercise("model")["message"]

    assert "ch03_forward.ipynb: defines no function model" in message
    assert "cell 3, line 2: SyntaxError" in message


def test_the_other_cells_are_graded(broken):
    assert broken.exercise("lin")["status"] == "passed"
    assert "Traceback" not in broken.output


def test_a_file_that_is_no_notebook_is_one_line(tmp_path):
    path = tmp_path / "ch05_loss.ipynb"
    path.write_text("oops", "utf-8")

    run = run_pytest(tmp_path, TESTS[1], "-q", "--submission", str(path))

    assert "ch05_loss.ipynb: is no notebook" in run.exercise("mse")["message"]
    assert "Traceback" not in run.output
    assert run.status == 1


def folder_with_both(folder, chapter, script, *cells):
    (folder / f"{chapter}.py").write_text(script, "utf-8")
    write_notebook(folder / f"{chapter}.ipynb", *cells)
    return folder


def test_a_notebook_answers_where_the_py_file_beside_it_is_untouched(tmp_path):
    stub = (course().exercises / "ch05_loss.py").read_text("utf-8")
    folder_with_both(tmp_path, "ch05_loss", stub, WRONG_MSE)

    assert chapter_file(tmp_path, "ch05_loss").suffix == ".ipynb"


def test_a_py_file_answers_where_both_are_untouched(tmp_path):
    stub = (course().exercises / "ch05_loss.py").read_text("utf-8")
    folder_with_both(tmp_path, "ch05_loss", stub, "def mse(a, b):\n    raise NotImplementedError")

    assert chapter_file(tmp_path, "ch05_loss").suffix == ".py"


def test_a_py_file_with_a_syntax_error_is_not_passed_over(tmp_path):
    folder_with_both(tmp_path, "ch05_loss", "def mse(", WRONG_MSE)

    assert chapter_file(tmp_path, "ch05_loss").suffix == ".py"


def test_a_notebook_that_was_passed_over_is_named(tmp_path):
    chapter = "ch06_backward"
    stub = (course().exercises / f"{chapter}.py").read_text("utf-8")
    parts = solved_parts(chapter)
    script = f"{stub}\n\n{parts['mse_grad']}\n"
    folder_with_both(tmp_path, chapter, script, "import torch", parts["relu_grad"])

    run = run_pytest(tmp_path, TESTS[2], "-q", "--submission", str(tmp_path))

    assert run.statuses() == {"mse_grad": "passed", "relu_grad": "todo", "lin_grad": "todo"}
    assert f"{chapter}.ipynb answers relu_grad too and was not graded" in run.output


def test_a_notebook_of_any_name_is_graded_for_what_it_defines(tmp_path):
    path = write_notebook(tmp_path / "alice.ipynb", solved_parts("ch05_loss")["mse"])
    text = path.read_text("utf-8").replace('Float[Tensor, \\"n 1\\"]', "object")
    path.write_text(re.sub(r"Float\[Tensor, \\\"\w*\\\"\]", "object", text), "utf-8")

    run = run_pytest(tmp_path, TESTS[0], TESTS[1], "-q", "--submission", str(path))

    assert run.exercise("mse")["status"] == "passed"
    assert run.exercise("relu")["status"] == "todo"


def test_the_solved_notebooks_define_what_the_solutions_do(tmp_path):
    for path in course().solutions.glob("*.ipynb"):
        shutil.copy(path, tmp_path)

    run = run_pytest(tmp_path, *TESTS, "-q", "--submission", str(tmp_path))

    assert set(run.statuses().values()) == {"passed"}


def test_grade_all_grades_notebooks_too(tmp_path):
    (tmp_path / "class" / "ann").mkdir(parents=True)
    shutil.copy(course().solutions / "ch05_loss.ipynb", tmp_path / "class" / "ann")
    shutil.copy(course().exercises / "ch05_loss.py", tmp_path / "class" / "ann")
    out = tmp_path / "out.json"

    done = subprocess.run(
        [sys.executable, "-m", "kata", "grade-all", str(tmp_path / "class"), "--json", str(out)],
        capture_output=True,
        text=True,
    )

    assert out.is_file(), done.stdout + done.stderr
    graded = json.loads(out.read_text("utf-8"))["submissions"]["ann"]["exercises"]
    assert {e["name"]: e["status"] for e in graded}["mse"] == "passed"
