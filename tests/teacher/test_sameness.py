"""Two answers have one key only where they are the same program."""

import pytest

from kata.catalogue import SOLUTIONS
from kata.teacher.job import Job
from kata.teacher.sameness import keys_of_files, keys_of_trees

CHAPTER = "ch03_forward"
TEXT = (SOLUTIONS / f"{CHAPTER}.py").read_text("utf-8")


def trees(text, **more):
    return keys_of_trees(Job("a", {f"{CHAPTER}.py": text.encode(), **more}))


def changed(old, new):
    """The exercises whose key another piece of the file changes."""
    assert old in TEXT
    before, after = trees(TEXT), trees(TEXT.replace(old, new))
    return {name for name in before if before[name] != after[name]}


def test_comments_and_blank_lines_make_no_difference():
    assert trees(TEXT) == trees(TEXT.replace("\n\n\n", "\n\n\n\n# mine\n"))
    assert keys_of_files(Job("a", {f"{CHAPTER}.py": TEXT.encode()})) != keys_of_files(
        Job("a", {f"{CHAPTER}.py": f"{TEXT}#".encode()})
    )


ALL = {"lin", "relu", "shifted_relu", "model"}
SHIFTED = "return relu(x) - 0.5"


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("return x @ w + b", "return x @ w", {"lin", "model"}),
        ("return x.clamp_min(0.0)", "return x", {"relu", "shifted_relu", "model"}),
        (SHIFTED, "return relu(x)", {"shifted_relu"}),
        (SHIFTED, "return lin(x, x, x)", {"shifted_relu"}),
        (SHIFTED, f"{SHIFTED}\n\n\nrelu = abs", ALL),
        (SHIFTED, f"{SHIFTED}\n\n\ndef helper(x):\n    return x", ALL),
        ("def shifted_relu(x:", "def shifted_relu(y=globals().update(relu=abs), *, x:", ALL),
    ],
)
def test_what_can_have_a_part_in_an_answer_changes_its_key(old, new, names):
    assert changed(old, new) == names


def test_a_file_with_neighbours_or_on_its_own_has_no_key():
    assert trees(TEXT, **{"helper.py": b""}) == {}
    assert keys_of_trees(Job("a", {"a.py": TEXT.encode()}, file="a.py")) == {}
    assert trees(TEXT, **{f"{CHAPTER}.ipynb": b"{}"}) == {}


@pytest.mark.parametrize("text", ["def (", "\0", "x = " + "(" * 5000])
def test_what_is_no_python_has_no_key(text):
    assert trees(text) == {}
