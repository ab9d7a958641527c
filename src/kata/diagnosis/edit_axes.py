"""The axes that a call goes along, as numbers in its text."""

import ast
from collections.abc import Iterator
from typing import Any

REDUCTIONS = ("sum", "mean", "amax", "amin", "max", "min", "std", "var", "argmax", "prod")
WITH_AXES = (*REDUCTIONS, "squeeze", "unsqueeze", "gather", "scatter", "cumsum", "flip", "roll")
AXIS_KEYWORDS = ("dim", "axis")


def name_of(function: ast.expr) -> str:
    """Return the name of the function or method that is called."""
    return getattr(function, "attr", getattr(function, "id", ""))


def names_axis(node: ast.AST, part: ast.AST) -> bool:
    """Return whether a part of a call is the number of an axis, for which there are other axes.

    So is zip's strict=True, which guards against what never comes.
    """
    if isinstance(node, ast.keyword):
        return node.arg in (*AXIS_KEYWORDS, "strict")
    if not isinstance(node, ast.Call) or name_of(node.func) not in WITH_AXES:
        return False
    return part in node.args[:1] and number_in(part) is not None


def number_in(node: ast.AST) -> Any:
    """Return the number that a node writes; None where it writes none."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number_in(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def along_another_axis(node: ast.Call) -> Iterator[ast.expr]:
    """Yield the call with each other axis that it may go along."""
    for arg in node.args[:1]:
        for axis in _other_axes(arg):
            yield ast.Call(node.func, [axis, *node.args[1:]], node.keywords)
    for at, keyword in enumerate(node.keywords):
        for axis in _other_axes(keyword.value) if keyword.arg in AXIS_KEYWORDS else ():
            other = ast.keyword(keyword.arg, axis)
            keywords = [*node.keywords[:at], other, *node.keywords[at + 1 :]]
            yield ast.Call(node.func, node.args, keywords)


def _other_axes(node: ast.expr) -> list[ast.expr]:
    number = number_in(node)
    return [ast.Constant(n) for n in (0, 1, -1) if n != number] if type(number) is int else []
