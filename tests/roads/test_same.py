"""Every road says the same of an answer: its status, its message and its mistake.

Some two hundred files of every kind, packed into hand-ins so that each kind comes once in each
chapter; a hand-in's other chapters are of other kinds.
"""

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest
from roads import (
    as_watch_does,
    by_check,
    by_grade_all,
    by_pytest,
    cold,
    in_notebooks,
    names_of,
    on_a_cluster,
    verdicts,
    without_fork,
)

from kata.course import course

CHAPTERS = (
    *("ch01_checks", "ch02_data", "ch03_forward", "ch05_loss", "ch06_backward"),
    "ch12_classification",
)
NAMES = names_of(CHAPTERS)
FLIPPED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}


def flipped(which):
    """The solution, where in each function the first or the last operator is another."""

    def make(text):
        tree = ast.parse(text)
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            found = [n for n in ast.walk(function) if type(getattr(n, "op", None)) in FLIPPED]
            for node in found and [found[which]]:
                node.op = FLIPPED[type(node.op)]()
        return ast.unparse(tree)

    return make


def in_every_function(line, first=False):
    """The solution, with a line at the end of each function, or at its start."""

    def make(text):
        tree = ast.parse(text)
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            function.body[:0] = ast.parse(line).body if first else []
            function.body = function.body if first else _returning(function.body, line)
        return ast.unparse(tree)

    return make


def _returning(body, line):
    ends = body[:-1] if isinstance(body[-1], ast.Return) else body
    return [*ends, *ast.parse(line).body]


def above(line):
    return lambda text: f"{line}\n{text}"


def below(line):
    return lambda text: f"{text}\n\n{line}\n"


def with_decorator(line, head=""):
    def make(text):
        return head + text.replace("\ndef ", f"\n{line}\ndef ")

    return make


def looping(text):
    """The solution, whose first function does not end."""
    tree = ast.parse(text)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    function.body = ast.parse("while True:\n    pass").body
    return ast.unparse(tree)


STUB = "the stub"
NO_FILE = "no file"
# what becomes of a solution: its text, or its bytes
KINDS = {
    "right": lambda text: text,
    STUB: STUB,
    NO_FILE: NO_FILE,
    "the first operator flipped": flipped(0),
    "the last operator flipped": flipped(-1),
    "returns None": in_every_function("return None"),
    "returns a tuple": in_every_function("return (1.0, 2.0)"),
    "raises": in_every_function("raise ValueError('mine')", first=True),
    "asserts": in_every_function("assert False, 'mine'", first=True),
    "prints": in_every_function("print('here', '\\x1b[2J')", first=True),
    "asks at the keyboard": in_every_function("input('your name?')", first=True),
    "another default dtype": above("import torch\ntorch.set_default_dtype(torch.float64)"),
    "no gradients": with_decorator("@torch.no_grad()", "import torch\n"),
    "a loop in one function": looping,
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "the line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "the line ends of old Macs": lambda text: text.replace("\n", "\r").encode(),
    "Latin-1 that says so": lambda text: f"# coding: latin-1\n{text}# é\n".encode("latin-1"),
    "Latin-1": lambda text: below("# é")(text).encode("latin-1"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "a null byte": lambda text: below("\0")(text).encode(),
    "no Python": below("def"),
    "a name that is not there": above("nowhere"),
    "sys.exit": below("import sys\nsys.exit('enough')"),
    "imports a neighbour": above("from ch01_checks import *\nimport ch06_backward"),
    "imports what is not there": above("import no_such_module_anywhere"),
    "the last one wins": lambda text: f"{flipped(0)(text)}\n{text}",
    "empty": lambda text: "",
    "a docstring": lambda text: '"""Nothing yet."""',
}


def contents(kind, chapter):
    """The bytes of a chapter's file of a kind, or None for no file."""
    if kind in (STUB, NO_FILE):
        return (
            None if kind == NO_FILE else course().exercises.joinpath(f"{chapter}.py").read_bytes()
        )
    made = KINDS[kind](course().solution_of(chapter).read_text("utf-8"))
    return made if isinstance(made, bytes) else made.encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The hand-ins: in the first, chapter k is of kind k; in the next of kind k + 1."""
    place, kinds = tmp_path_factory.mktemp("handed-in"), [*KINDS]
    for first in range(len(kinds)):
        hand_in = place / f"hand-in-{first:02}"
        hand_in.mkdir()
        for k, chapter in enumerate(CHAPTERS):
            file = contents(kinds[(first + k) % len(kinds)], chapter)
            if file is not None:
                (hand_in / f"{chapter}.py").write_bytes(file)
    return place


@pytest.fixture(scope="module")
def expected(folder, tmp_path_factory):
    """What pytest says of each hand-in."""
    return said(by_pytest, folder, tmp_path_factory.mktemp("pytest"))


def said(road, folder, out):
    """What a road says of each hand-in, two at a time."""

    def of(place):
        return place.name, verdicts(road(place, out / f"{place.name}.json", CHAPTERS), NAMES)

    with ThreadPoolExecutor(2) as threads:
        return dict(threads.map(of, sorted(folder.iterdir())))


def differing(found, expected):
    return {
        (hand_in, name): (found[hand_in].get(name), verdict)
        for hand_in, entries in expected.items()
        for name, verdict in entries.items()
        if found[hand_in].get(name) != verdict
    }


def test_all_kinds_of_verdicts_are_among_them(expected):
    statuses = {verdict[0] for entries in expected.values() for verdict in entries.values()}
    named = [v for entries in expected.values() for v in entries.values() if v[2]]

    assert statuses == {"passed", "failed", "error", "todo"}
    assert len(named) > len(KINDS)


@pytest.mark.parametrize("road", [by_check, without_fork, as_watch_does])
def test_a_command_of_the_learner_s_says_what_pytest_says(road, folder, expected, tmp_path):
    assert differing(said(road, folder, tmp_path), expected) == {}


@pytest.mark.parametrize("road", [by_grade_all, cold, on_a_cluster])
def test_a_command_of_the_teacher_s_says_what_pytest_says(road, folder, expected, tmp_path):
    grades = road(folder, tmp_path / "grades.json", CHAPTERS)
    found = {name: verdicts(grade, NAMES) for name, grade in grades.items()}

    assert differing(found, expected) == {}


def test_a_notebook_s_check_says_what_pytest_says(folder, expected, tmp_path):
    """Of a file that a cell can run."""
    runs = {p: [c for c in CHAPTERS if a_cell_runs(p / f"{c}.py")] for p in folder.iterdir()}
    found = said(lambda place, *_: in_notebooks(place, None, runs[place]), folder, tmp_path)

    asked = {place: {n: expected[place][n] for n in entries} for place, entries in found.items()}

    assert differing(found, asked) == {}


def a_cell_runs(path):
    """Whether a cell can run a file to its end, and defines something.

    Where a loop is, a notebook says in its own way, by the cell.
    """
    try:
        text = path.read_text("utf-8")
        compile(text, str(path), "exec")
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError):
        return False
    ends = ("nowhere", "no_such_module", "sys.exit", "import ch", "while True")
    return "def " in text and not any(word in text for word in ends)
