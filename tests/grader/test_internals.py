"""Private names of torch and pytest, which a new version may move, stand in one file."""

import ast
from functools import cache

import pytest

from kata.course import course

SRC = course().root / "src"
HOME = SRC / "kata/answers/internals.py"
OURS = {"kata", "backprop"}
PUBLIC = {"_exit"}  # os._exit is documented


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


@cache
def names_of_ours():
    """The private names that objects of our own have: methods, and what self is given."""
    found = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.ClassDef(body=body):
                    found |= {n.name for n in body if isinstance(n, ast.FunctionDef)}
                case ast.Attribute(ast.Name("self"), attr=name, ctx=ast.Store()):
                    found.add(name)
    return found


def foreign(tree, ours):
    """The private names in a module that are no name of ours, each with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [part for alias in names for part in alias.name.split(".")]
                yield from ((node.lineno, part) for part in modules if is_private(part))
            case ast.ImportFrom(module=module, names=names, level=0):
                parts = [*module.split("."), *(alias.name for alias in names)]
                if parts[0] not in OURS:
                    yield from ((node.lineno, part) for part in parts if is_private(part))
            case ast.Attribute(attr=name) if is_private(name) and name not in ours | PUBLIC:
                yield node.lineno, name
            case ast.Call(ast.Name("getattr" | "setattr" | "hasattr"), args=[_, name, *_]):
                if isinstance(name, ast.Constant) and is_private(name.value):
                    yield node.lineno, name.value


def test_no_other_file_uses_a_private_name_of_a_library():
    ours = names_of_ours()
    found = [
        f"{path.relative_to(SRC)}:{line}: {name}"
        for path in sorted(SRC.rglob("*.py"))
        if path != HOME
        for line, name in foreign(ast.parse(path.read_text("utf-8")), ours)
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from _pytest.config import Config",
        "import torch._dynamo",
        "from torch.overrides import _pop_mode",
        "from torch.utils._pytree import tree_leaves",
        "torch._C._current_autograd_node()",
        "tensor._version",
        "frame = sys._getframe(1)",
        "variable._execution_engine = engine",
        "getattr(item, '_fixtureinfo')",
    ],
)
def test_it_would_be_seen(line):
    assert list(foreign(ast.parse(line), names_of_ours()))
