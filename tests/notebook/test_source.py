"""Of a notebook, what defines the answers is taken, and each line leads back to its cell."""

import json

import pytest
from notebooks import write_notebook

from kata.answers import files
from kata.answers.cells import broken_cells, is_blank, location, source_of
from kata.course import chapters, course, exercises_of
from kata.refusal import Broken


def source(folder, *cells, name="ch03_forward.ipynb"):
    return source_of(write_notebook(folder / name, *cells))


def code(text):
    """The lines that are left, without cells' markers and empty lines."""
    return [line for line in text.splitlines() if line and not line.startswith("# %%")]


def test_a_line_of_the_source_leads_back_to_its_cell(tmp_path):
    text = source(tmp_path, "import torch", "# say\n\ndef relu(x):\n    return torch.relu(x)")

    line = text.splitlines().index("def relu(x):") + 1
    assert location(text, line) == (2, 3)


def test_checks_experiments_and_pictures_are_left_out(tmp_path):
    text = source(
        tmp_path,
        "import kata\nimport matplotlib.pyplot as plt\nkata.begin()",
        "def relu(x):\n    return x.clamp_min(0)",
        'kata.check("relu")',
        "with kata.experiment():\n    out = relu(x)\n    plt.plot(out)",
    )

    assert code(text) == ["def relu(x):", "    return x.clamp_min(0)"]


def test_what_an_answer_needs_is_kept_and_other_names_are_not(tmp_path):
    text = source(
        tmp_path,
        "import math\nfrom functools import partial\nSCALE = math.sqrt(4)\nother = 1 / 0",
        "def scaled(x, by):\n    return x * by",
        "TABLE = {}\nTABLE[0] = SCALE",
        "relu = partial(scaled, by=TABLE)",
    )

    assert "other" not in text
    assert code(text) == [
        "import math",
        "from functools import partial",
        "SCALE = math.sqrt(4)",
        "def scaled(x, by):",
        "    return x * by",
        "TABLE = {}",
        "TABLE[0] = SCALE",
        "relu = partial(scaled, by=TABLE)",
    ]


def test_an_attribute_is_not_taken_for_a_name_of_the_notebook(tmp_path):
    text = source(tmp_path, "mean = load().mean()", "def lin(x, w, b):\n    return x.mean()")

    assert "load" not in text


def test_shell_lines_and_magics_are_left_out(tmp_path):
    text = source(
        tmp_path,
        "%matplotlib inline\n!pip install torch\nimport torch\ntorch.relu?",
        "%%bash\nrm -r def",
        "%%time\ndef relu(x):\n    return torch.relu(x)",
        "if True:\n    !ls\n    lin = torch.addmm",
        "files = !ls\nlin = torch.nn.functional.linear",
    )

    assert "!" not in text
    assert "def relu(x):" in code(text)
    assert code(text)[-2:] == ["    lin = torch.addmm", "lin = torch.nn.functional.linear"]


def test_a_remainder_at_the_start_of_a_line_is_no_magic(tmp_path):
    text = source(tmp_path, "def relu(x):\n    return (x\n%2)")

    assert "%2)" in text


def test_what_stands_behind_a_semicolon_does_not_run(tmp_path):
    text = source(tmp_path, 'relu = abs; kata.check("relu")')

    assert code(text) == ["relu = abs; pass"]


def test_a_decorated_function_keeps_its_decorators(tmp_path):
    text = source(tmp_path, "from torch import no_grad", "@no_grad()\ndef relu(x):\n    return x")

    assert code(text)[1:3] == ["@no_grad()", "def relu(x):"]


@pytest.mark.parametrize("broken", ["def relu(x:\n    return x", "dfe relu(x):\n    return x"])
def test_a_broken_cell_raises_its_error_at_its_line_and_costs_no_other(tmp_path, broken):
    text = source(tmp_path, "import torch", broken, "def lin(x, w, b):\n    return x @ w + b")

    names = {}
    exec(text, names)
    with pytest.raises(SyntaxError):
        names["relu"]()
    assert callable(names["lin"])
    line = next(i for i, t in enumerate(text.splitlines(), 1) if t.startswith("relu ="))
    assert location(text, line) == (2, 1)


def test_a_cell_that_is_no_python_and_defines_nothing_is_only_left_out(tmp_path):
    text = source(tmp_path, "def relu(x):\n    return x", "out = relu(1")

    assert code(text) == ["def relu(x):", "    return x"]


def test_broken_cells_are_told_with_cell_and_line(tmp_path):
    path = write_notebook(tmp_path / "ch03_forward.ipynb", "x = 1", "a = 1\nb = (2")

    assert broken_cells(path) == [f"{path.name} cell 2, line 2: SyntaxError: '(' was never closed"]


def test_a_cell_that_awaits_is_no_error(tmp_path):
    text = source(tmp_path, "await display(1)\ndef relu(x):\n    return x")

    assert code(text) == ["def relu(x):", "    return x"]


@pytest.mark.parametrize(
    "content",
    ["", "not JSON", "[]", '{"cells": 3}', '{"worksheets": []}', '{"cells": [{"source": []}]}'],
)
def test_a_file_that_is_no_notebook_is_told_in_one_line(tmp_path, content):
    path = tmp_path / "ch03_forward.ipynb"
    path.write_text(content, "utf-8")

    with pytest.raises(Broken) as broken:
        source_of(path)

    assert broken.value.message.startswith(f"{path.name}: is no notebook")
    assert "\n" not in broken.value.message


def test_a_cell_s_source_may_be_one_text_or_lines(tmp_path):
    path = tmp_path / "ch03_forward.ipynb"
    cells = [{"cell_type": "code", "source": s} for s in ("import torch\n", ["relu ", "= abs"])]
    path.write_text(json.dumps({"cells": cells}), "utf-8")

    assert code(source_of(path)) == ["relu = abs"]


@pytest.mark.parametrize("chapter", chapters())
def test_a_notebook_is_blank_until_a_line_of_its_code_changes(tmp_path, chapter):
    path = tmp_path / f"{chapter}.ipynb"
    text = (course().exercises / path.name).read_text("utf-8")
    path.write_text(text, "utf-8")
    assert is_blank(path)
    assert files.written(path, chapter) == set()

    name = exercises_of(chapter)[0]
    made = json.loads(text)
    cell = next(c for c in made["cells"] if c.get("id") == f"exercise-{name.replace('_', '-')}")
    cell["source"] = "".join(cell["source"]).replace("raise NotImplementedError", "pass")
    path.write_text(json.dumps(made), "utf-8")
    assert not is_blank(path)
    assert files.written(path, chapter) == {name}


@pytest.mark.parametrize("text", ["", "[]", '{"cells": 3, "metadata": {"kata": {"blank": ""}}}'])
def test_what_is_no_notebook_is_not_blank(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)

    assert not is_blank(tmp_path / "a.ipynb")
