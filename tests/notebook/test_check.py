"""`kata.check` grades a function where it is, tells it kindly, and leaves no trace."""

import json
import re
import subprocess
import sys

import pytest

from kata.course import course
from kata.course.lessons import purpose_of
from kata.notebook.result import Check

SCRIPT = """
import json, os, random, sys, warnings
import numpy as np
import torch
import kata

def state():
    return {
        "filters": repr(warnings.filters), "folder": os.getcwd(), "path": list(sys.path),
        "finders": len(sys.meta_path), "environment": dict(os.environ),
        "stdout": sys.stdout is out, "torch": torch.get_rng_state().tolist(),
        "numpy": np.random.get_state()[1].tolist(), "python": repr(random.getstate()),
        "tests": [m for m in sys.modules if "test_ch" in m or m == "conftest"],
        "names": sorted(k for k in globals() if k != "before"),
        "threads": torch.get_num_threads(), "dtype": str(torch.get_default_dtype()),
    }

out = sys.stdout
solved_layers = open(sys.argv[1], encoding="utf-8").read()

def relu(x):
    print("noise")
    return x.abs()

def shifted_relu(x):
    return relu(x) - 0.5

def lin(x, w, b):
    raise NotImplementedError

class Stops:
    def __call__(self, x, w1, b1, w2, b2):
        raise KeyError("<b>oops</b>")

model = Stops()
found = {"torch_without_check": "kata.notebook.live" in sys.modules}
before = state()
found["relu"] = [kata.check("relu") for _ in range(5)]
found["undisturbed"] = {k: v == before[k] for k, v in state().items()}
for name in ("shifted_relu", "lin", "model", "mse"):
    found[name] = [kata.check(name)]
relu = lambda x: x.clamp_min(0)
found["again"] = [kata.check("relu", {"relu": relu})]
circle = {}
exec('''
def relu(x):
    return shifted_relu(x) + 0.5

def shifted_relu(x):
    return relu(x) - 0.5
''', circle)
found["circle"] = [kata.check(name, circle) for name in ("relu", "shifted_relu")]
kata.begin()
layers = {}
exec(solved_layers, layers)
exec('''
class Relu:
    def __call__(self, inp):
        return inp.abs()

    def backward(self):
        pass
''', layers)
own = dict(layers)
found["layers"] = [kata.check(name, layers) for name in ("Model", "Relu")]
found["layers_undisturbed"] = layers == own
try:
    kata.check("rellu")
except ValueError as error:
    found["unknown"] = str(error)

def plain(value):
    if isinstance(value, list):
        return [{"grade": c.grade, "text": str(c), "html": c._repr_html_()} for c in value]
    return value

json.dump({k: plain(v) for k, v in found.items()}, out)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learner")
    command = [sys.executable, "-c", SCRIPT, str(course().solutions / "ch10_layers.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return json.loads(done.stdout)  # so the function's own prints were kept out


def test_a_wrong_answer_is_refused_and_its_mistake_named(found):
    check = found["relu"][0]

    assert check["grade"]["status"] == "failed"
    assert "absolute value" in check["grade"]["mistake"]
    assert "looks like: You take the absolute value" in check["text"]
    assert "This looks like:" in check["html"]


def test_each_refusal_shows_one_hint_more_and_four_at_most(found):
    shown = [check["html"].count("<details") for check in found["relu"]]

    assert shown == [1, 2, 3, 4, 4]


def test_nothing_is_disturbed(found):
    assert all(found["undisturbed"].values()), found["undisturbed"]


def test_a_sibling_s_mistake_is_not_counted_twice(found):
    assert found["shifted_relu"][0]["grade"]["status"] == "passed"
    assert found["shifted_relu"][0]["html"].count("<details") == 0


def test_a_class_is_not_refused_for_a_sibling_s_mistake(found):
    model, relu = found["layers"]

    assert model["grade"]["status"] == "passed"
    assert relu["grade"]["status"] == "failed"
    assert found["layers_undisturbed"]


def test_an_answer_that_leans_on_a_sibling_that_leans_on_it_does_not_pass(found):
    relu, shifted_relu = found["circle"]

    assert "calls itself without end" in relu["text"]
    assert shifted_relu["grade"]["status"] == "passed"  # as the solution's relu does not need it


def test_a_stub_is_todo_and_so_is_a_missing_function(found):
    assert found["lin"][0]["text"] == "○ lin: todo, score 0/1\n  lin is still to be written"
    assert "mse is not defined in this notebook yet" in found["mse"][0]["text"]


def test_what_comes_from_an_answer_is_escaped(found):
    html = found["model"][0]["html"]

    assert found["model"][0]["grade"]["status"] == "error"
    assert "&lt;b&gt;oops" in html
    assert "<b>oops" not in html


def test_an_object_that_can_be_called_is_an_answer_in_any_namespace(found):
    assert found["again"][0]["text"].startswith("✓ relu: passed, score 1/1\n")


def test_a_pass_says_what_the_exercise_was_for(found):
    passed = found["again"][0]
    told = purpose_of("relu")

    assert " ".join(passed["text"].split()).endswith(told)
    assert told in passed["html"]
    assert told not in found["relu"][0]["html"]


def test_an_unknown_name_is_told_with_the_one_meant(found):
    assert found["unknown"].startswith("no exercise is called 'rellu'; did you mean relu")


def test_importing_kata_does_not_import_what_check_needs(found):
    assert found["torch_without_check"] is False


REFUSED = {
    "name": "lin",
    "status": "failed",
    "score": 0,
    "max_score": 1,
    "message": "lin: got <x>\n  looks like: <y>",
    "mistake": "<y>",
    "tests": [],
}


def test_a_message_wraps_between_words_and_a_long_line_falls_apart_at_each_tensor():
    numbers = "[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]"
    lines = [
        "lin: out has wrong values",
        f"  got {numbers}  expected {numbers} of the right shape",
        f"  by hand: x = torch.tensor({numbers}); out.grad = torch.tensor({numbers})",
        f"  out is {numbers}, expected {numbers} of the right shape",
        "  got 1  expected 2",
    ]
    message = "\n".join(lines)
    html = Check({**REFUSED, "message": message, "mistake": None}, [])._repr_html_()
    shown = re.search(r"<pre[^>]*>(.*)</pre>", html, re.DOTALL)

    assert "white-space:pre-wrap;word-break:normal;overflow-wrap:break-word" in html
    assert shown[1].split("\n") == [
        "out has wrong values",
        f"  got {numbers}",
        f"  expected {numbers} of the right shape",
        "  by hand:",
        f"    x = torch.tensor({numbers})",
        f"    out.grad = torch.tensor({numbers})",
        f"  out is {numbers}",
        f"  expected {numbers} of the right shape",
        "  got 1  expected 2",
    ]


def test_a_hint_s_indented_lines_are_shown_as_code():
    html = Check(REFUSED, ["As `y`:\n\n    y = x < 1\n    z = y\n\nOr so."])._repr_html_()

    assert "As <code>y</code>:\n\n<pre" in html
    assert ">y = x &lt; 1\nz = y</pre>\nOr so." in html


def test_hints_and_messages_are_escaped():
    html = Check(REFUSED, ["<script>"])._repr_html_()

    assert "<x>" not in html and "<y>" not in html and "<script>" not in html
    assert html.count("&lt;y&gt;") == 1
    assert not re.search(r"color:\s*(black|white|#000|#fff)", html)
