"""The engine grades any course: its code names no exercise, chapter, dialogue or package of ours.

What is looked at are names and strings; docstrings and comments may take examples from anywhere.
"""

import ast
import re

import pytest

from kata.course import chapters, course, exercises

ENGINE = sorted((course().root / "src" / "kata").rglob("*.py"))
# exercises whose names the engine uses in another sense
PLAIN = {
    "near": "the adverb: near 0, the next of kin",
    "model": "a Model of the diagnosis",
    "Model": "a told solution, and what each choice in it does (diagnosis/model.py)",
    "Module": "ast's: the tree of a file",
}
TORCHS = re.compile(r"\b(?:torch|nn|F)\.\w+")  # torch's own functions, in a sentence


def dialogues():
    """Return the names under which the tests ask for the course's dialogues, "layers.again"."""
    folder = course().root / "src" / course().package / "dialogues"
    return {
        f"{path.stem}.{node.name}"
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


OURS = {*exercises(), *chapters(), *dialogues(), course().package, course().name} - {*PLAIN}


def docstrings_of(tree):
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            yield body[0].value


def said_in(tree):
    """Yield the texts of a file's code: identifiers, parts of module names, strings."""
    left_out = {*docstrings_of(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out:
            yield TORCHS.sub("", node.value)
        for part in ("id", "attr", "arg", "name", "asname", "module"):
            name = getattr(node, part, None)
            if isinstance(name, str):
                yield name


def ours_in(code):
    """Return what of ours is named in some code."""
    found = set()
    for text in said_in(ast.parse(code)):
        words = re.findall(r"\w+(?:[.-]\w+)*", text)
        found |= OURS & {*words, *re.findall(r"\w+", text)}
    return found


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(course().root)))
def test_the_engine_names_nothing_of_this_course(path):
    assert ours_in(path.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("if exercise == 'init_params': pass", "init_params"),
        ("def lin_grad(): pass", "lin_grad"),
        ("from backprop.oracle import lin", "lin"),
        ("import backprop.oracle", "backprop"),
        ("LAYERS = {'layers.again': 2}", "layers.again"),
        ("head = ['username', 'backprop-kata']", "backprop-kata"),
        ("says = f'{n} of relu'", "relu"),
        ("path = 'tests/test_ch03_forward.py, ch03_forward.py'", "ch03_forward"),
    ],
)
def test_a_name_of_ours_is_found_wherever_it_stands(code, named):
    assert named in ours_in(code)


def test_docstrings_may_take_examples_from_this_course_and_sentences_torchs_own_names():
    assert ours_in('def f():\n    """Grade relu."""\n    return "call torch.relu(x)"') == set()


def test_each_plain_word_is_used_by_the_engine_and_is_an_exercise_s_name():
    used = " ".join(" ".join(said_in(ast.parse(p.read_text("utf-8")))) for p in ENGINE)

    assert {*PLAIN} <= {*exercises()}
    assert {word for word in PLAIN if not re.search(rf"\b{word}\b", used)} == set()
