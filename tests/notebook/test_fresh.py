"""What is written down twice is made from one place, and is fresh."""

import re
from dataclasses import replace

import nbformat
import pytest

from kata.course import chapters, course
from kata.course.lessons import Piece, parse
from kata.dev import build, notebooks
from kata.dev.parts import imports_and_rest, parts_of

BOTH = [
    folder / f"{c}.ipynb" for c in chapters() for folder in (course().exercises, course().solutions)
]
every_notebook = pytest.mark.parametrize("path", BOTH, ids=lambda p: f"{p.parent.name}/{p.stem}")
# what KaTeX and MathJax both know and our lessons use
COMMANDS = re.findall(
    r"\w+",
    "text frac cos lambda times sum sqrt max cdot quad qquad pi sim le approx partial begin end "
    "cases big Big left right int infty varepsilon leftarrow ell log exp mathbb mathrm sigma mu "
    "beta gamma epsilon prod in to dots ldots odot top underbrace ge pm",
)

# an address, a duration, a time of day, a date, a path: no two runs, or machines, show the same
FLEETING = re.compile(
    r"0x[0-9a-f]{6,}"
    r"|\d ?(?:ns|us|µs|ms|s|sec|seconds?|min|minutes?)\b"
    r"|\b\d\d:\d\d\b|\b\d{4}-\d\d-\d\d\b"
    r"|(?<![\w.])(?:/[\w.-]+){2}|\b[A-Z]:\\"
)


def texts_of(outputs):
    """The texts of a cell's outputs: what it printed, what it returned; of a picture, its caption.

    Not the pixels, whose letters may spell anything.
    """
    for output in outputs:
        yield output.get("text", "")
        yield from (t for kind, t in output.get("data", {}).items() if kind.startswith("text/"))


def test_stubs_and_notebooks_are_made_from_the_solutions_and_the_lessons():
    stale = [path.name for path in build.stale()]

    assert not stale, f"{stale} out of date: run kata dev build"


def test_the_solved_notebooks_were_run_since_they_changed():
    not_run = [path.name for path in notebooks.not_run()]

    assert not not_run, f"{not_run} not run since a change: run kata dev build"


@every_notebook
def test_a_notebook_is_valid_and_names_no_version(path):
    notebook = nbformat.read(path, as_version=4)

    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert "version" not in notebook.metadata.language_info


@pytest.mark.parametrize("chapter", chapters())
def test_an_exercise_notebook_holds_no_outputs(chapter):
    notebook = nbformat.read(course().exercises / f"{chapter}.ipynb", as_version=4)

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("chapter", chapters())
def test_a_solved_notebook_shows_no_error_and_no_experiment_that_fails(chapter):
    text = (course().solutions / f"{chapter}.ipynb").read_text("utf-8")

    assert '"output_type": "error"' not in text
    assert "This experiment" not in text
    assert "differ from the paper" not in text


@every_notebook
def test_no_output_holds_what_another_run_would_not_show(path):
    notebook = nbformat.read(path, as_version=4)

    shown = [text for cell in notebook.cells for text in texts_of(cell.get("outputs", []))]
    assert [found for text in shown if (found := FLEETING.search(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "<torch._C.Generator at 0x7f3154055e10>",
        "took 0.31 s",
        "1.2 ms each",
        "graded at 15:21:43",
        "on 2026-11-29",
        "/home/ada/backprop-kata/x.py",
        "/tmp/ipykernel_123/1.py",
        "in C:\\kata",
    ],
)
def test_an_address_a_time_and_a_path_are_seen(text):
    assert FLEETING.search(text)


@pytest.mark.parametrize("path", sorted(course().lessons.glob("*.md")), ids=lambda p: p.stem)
def test_a_lesson_s_mathematics_is_what_katex_knows(path):
    story = "".join(p.text for p in parse(path.read_text("utf-8")) if p.kind == "story")
    maths = re.findall(r"\$\$.*?\$\$|\$[^$]+\$", story, re.DOTALL)

    assert story.count("$") % 2 == 0
    for formula in maths:
        assert set(re.findall(r"\\([a-zA-Z]+)", formula)) <= {*COMMANDS}, formula
        assert formula.count("{") == formula.count("}"), formula


def test_a_changed_cell_loses_its_outputs_and_asks_for_a_run(tmp_path, monkeypatch):
    chapter = chapters()[0]
    before = (course().solutions / f"{chapter}.ipynb").read_text("utf-8")
    elsewhere = replace(course(), solutions=tmp_path)
    monkeypatch.setattr(notebooks, "course", lambda: elsewhere)
    for name in (f"{chapter}.ipynb", f"{chapter}.py"):
        text = (course().solutions / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("return torch.allclose", "return torch.isclose"))
    (tmp_path / f"{chapter}.ipynb").write_text(before, "utf-8")

    made = notebooks.made(chapter, tmp_path)
    (tmp_path / f"{chapter}.ipynb").write_text(notebooks.text_of(made), "utf-8")

    cells = {cell.id: cell for cell in made.cells}
    assert cells["exercise-near"].execution_count is None
    assert cells["check-near"].outputs
    assert tmp_path / f"{chapter}.ipynb" in notebooks.not_run()


def test_a_lesson_is_read_into_its_pieces():
    text = "# Title\n\nStory $a$.\n\n```python\nx = 1\n```\n\n<!-- exercise: relu -->\n\nEnd.\n"

    assert parse(text) == [
        Piece("story", "# Title\n\nStory $a$."),
        Piece("experiment", "x = 1"),
        Piece("exercise", "relu"),
        Piece("story", "End."),
    ]


def test_a_lesson_says_before_an_exercise_how_hard_it_is_where_that_is_stated():
    text = "# Title\n\n<!-- exercise: relu\ndifficulty: 2\nminutes: 10\n1. A hint.\n-->\n"

    assert parse(text) == [
        Piece("story", "# Title"),
        Piece("story", "*relu: difficulty 2 of 5, about 10 minutes*"),
        Piece("exercise", "relu"),
    ]


@every_notebook
def test_a_notebook_s_imports_are_one_folded_cell_below_the_first_words(path):
    title, setup, *others = nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in others if cell.cell_type == "code"]

    assert title.cell_type == "markdown"
    assert setup.metadata.jupyter.source_hidden
    assert not any(re.match("import |from ", text) for text in code[:1])
    assert all(cell.metadata == {} for cell in others)


def test_the_imports_that_code_begins_with_are_told_from_the_rest():
    code = "import math\nfrom os import (\n    path,\n)\n\nx = 1\nimport re\n"

    assert imports_and_rest(code) == (
        ["import math", "from os import (\n    path,\n)"],
        "x = 1\nimport re",
    )


def test_a_helper_goes_with_the_function_below_it():
    source = (
        '"""Doc."""\n\nimport math\n\n\ndef f(x):\n    return x\n\n\n'
        "def _h(x):\n    return x\n\n\n@_h\ndef g(x):\n    return _h(x)\n"
    )

    head, functions = parts_of(source)

    assert head == "import math"
    assert functions["f"] == "def f(x):\n    return x"
    assert functions["g"].startswith("def _h(x):")
    assert functions["g"].endswith("return _h(x)")
