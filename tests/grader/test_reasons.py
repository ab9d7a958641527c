"""The line `why:` of a refusal gives the reason; the formula is for the learner to find."""

import ast
import re

import pytest

from kata.course import course

# an equation that has a gradient on its left, or one that is drawn as a conclusion
FINISHED = re.compile(r"(dL/d\w+|\bd\w+/d\w+|\bd_\w+|\bg_\w+)(\[[^]]*\])* = |\bso [^:;,]* = ")
FILES = [
    *sorted(course().tests.glob("test_ch*.py")),
    *sorted((course().root / "src" / "backprop").glob("*.py")),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_reason_of_a_test_hands_over_the_gradient_s_formula(path):
    assert not [text for text in _texts(path) if FINISHED.search(text)]


@pytest.mark.parametrize(
    "reason",
    [
        "b[k] reaches the loss through all n rows, so dL/db[k] = sum_i dL/dout[i, k]",
        "v[j] affects out in every query: d_v[j] = sum_i p[i, j] d_out[i]",
        "E[out] = 0, so shift = E[relu(z)]",
    ],
)
def test_a_finished_formula_is_seen(reason):
    assert FINISHED.search(reason)


def _texts(path):
    """Return the texts of a file that are no docstrings; of one with {}, its parts."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
