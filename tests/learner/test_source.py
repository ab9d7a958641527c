"""The learner's file as text: what changed, and a stub back in its place, all else as it was."""

import ast

import pytest

from kata.answers.encoding import read_python, write_python
from kata.answers.text import Chapter
from kata.course import chapters, course, exercises
from kata.learner import source

CH03 = "ch03_forward"
IMPORT = "from torch import Tensor\n"  # the stub's signatures need it


@pytest.fixture
def text():
    return source.fresh_stub(CH03)


def solved(text, name, body="return x.clamp_min(0.0)"):
    stub = source.fresh_stub_of(name)
    assert stub in text
    return text.replace(stub, stub.replace("raise NotImplementedError", body))


def prints(text):
    chapter = Chapter(text, CH03)
    return {name: chapter.fingerprint(name) for name in ("lin", "relu", "model")}


def changed(before, after):
    one, other = prints(before), prints(after)
    return {name for name in one if one[name] != other[name]}


def test_a_function_that_was_written_is_the_only_one_that_changed(text):
    assert changed(text, solved(text, "relu")) == {"relu"}


@pytest.mark.parametrize("more", ["import math", "HALF = 0.5", "def _helper():\n    return 1"])
def test_what_all_functions_share_changes_all_of_them(text, more):
    assert changed(text, f"{text}\n\n{more}\n") == {"lin", "relu", "model"}


def test_comments_and_blank_lines_change_nothing(text):
    assert changed(text, "# mine\n\n\n" + text.replace("def relu", "# here\ndef relu")) == set()


@pytest.mark.parametrize("name", exercises())
def test_every_stub_is_a_stub_and_no_solution_is(name):
    chapter = exercises()[name].chapter

    assert Chapter(source.fresh_stub(chapter), chapter).is_stub(name)
    assert not Chapter((course().solution_of(chapter)).read_text("utf-8"), chapter).is_stub(name)


@pytest.mark.parametrize(
    "more",
    [
        "relu = lambda x: x",
        "from torch import relu",
        "from torch import *",
        "if True:\n    def relu(x): return x",
        "for relu in (abs,): pass",
    ],
)
def test_a_stub_that_is_bound_again_below_is_not_taken_for_todo(text, more):
    assert not Chapter(f"{text}\n\n{more}\n", CH03).is_stub("relu")


def test_the_last_definition_of_a_name_counts(text):
    again = f"{text}\n\ndef relu(x):\n    return x\n"

    assert not Chapter(again, CH03).is_stub("relu")
    assert Chapter(again, CH03).line_of("relu") == again.count("\n") - 1


def test_a_stub_goes_back_without_another_change(text):
    written = "import math\n" + solved(solved(text, "relu"), "lin", "return x @ w + b  # mine")

    again = source.with_stub(written, "relu")

    assert again == "import math\n" + solved(text, "lin", "return x @ w + b  # mine")


def test_a_stub_takes_the_place_of_a_decorated_function_of_many_lines(text):
    stub = source.fresh_stub_of("relu")
    mine = "@staticmethod\n@staticmethod\ndef relu(\n    x,\n):\n\n    return (\n        x\n    )\n"

    assert source.with_stub(text.replace(stub, mine), "relu") == text


@pytest.mark.parametrize("slip", ["return (x", "return 'x", "  return x\n x", "return x +"])
def test_a_stub_goes_back_into_a_function_that_is_not_python(text, slip):
    assert source.with_stub(solved(text, "relu", slip), "relu") == text


def test_a_stub_is_added_where_the_function_is_gone(text):
    without = text.replace(source.fresh_stub_of("relu"), "")

    again = source.with_stub(without, "relu")

    assert again.startswith(without.rstrip("\n"))
    assert Chapter(again, CH03).is_stub("relu")


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_the_last_function_of_a_file_gets_its_stub_back(text, end):
    last = list(source.exercises_of(CH03))[-1]

    assert source.with_stub(solved(text, last).rstrip("\n") + end, last).strip() == text.strip()


def test_a_form_feed_or_a_line_separator_in_a_string_moves_no_line(text):
    odd = text.replace('"""Chapter 3', 'ODD = "\x0c \u2028"\n"""Chapter 3')

    assert source.with_stub(solved(odd, "relu"), "relu") == odd


def test_line_ends_of_windows_stay(place, write):
    path = place.file_of("relu")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    write_python(path, source.with_stub(read_python(path), "relu"))

    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") > 20


def test_an_update_leaves_a_file_that_is_fresh_as_it_is():
    for chapter in chapters():
        text = source.fresh_stub(chapter)
        assert source.with_new_stubs(text, chapter) == (text, [], [])


def test_an_update_adds_what_is_new_and_renews_stubs_but_no_answer(text):
    old = text.replace(source.fresh_stub_of("model"), "").replace("Keep what", "Keep only what")
    old = solved(old, "lin", "return x @ w + b").replace(IMPORT, "")

    new, added, renewed = source.with_new_stubs(old, CH03)

    assert (added, renewed) == (["model"], ["relu"])
    assert "return x @ w + b" in new and IMPORT in new
    assert ast.get_docstring(ast.parse(new)) == ast.get_docstring(ast.parse(text))
    assert Chapter(new, CH03).names == set(source.exercises_of(CH03))
    assert source.fresh_stub_of("relu") in new


def test_an_update_does_not_add_what_an_assignment_answers(text):
    mine = text.replace(source.fresh_stub_of("relu"), "relu = torch.relu\n")

    assert source.with_new_stubs(mine, CH03)[1:] == ([], [])


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("inp.grad = 1\n    w.grad = 2", 3),
        ("w.grad, b.grad = 1, 2", 2),
        ("w.grad += 1", 2),
        ("w.grad = 1\n    w.grad = 2", None),
        ("x = w.grad", None),
    ],
)
def test_the_line_that_sets_a_gradient_is_found_where_there_is_just_one(body, line):
    chapter = Chapter(f"def lin_grad(inp, out, w, b):\n    {body}\n", "ch06_backward")

    assert chapter.line_that_sets("lin_grad", "w.grad") == line
