"""What a learner can be told of an expression in the solution: the words of the exercise's stub."""

import ast
import re

from kata.diagnosis.edit_words import NOUNS

LONGEST = 24  # characters; what is longer is no name for anything
PLAIN = (
    ast.Name,
    ast.Attribute,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
)


class Spoken:
    """Says an expression where it is short and made of names that the exercise's stub holds."""

    def __init__(self, definition: ast.AST) -> None:
        self._known = _words_of_stubs(definition)

    def __call__(self, node: ast.expr) -> str:
        """Return the expression in the stub's words; "" where the stub has none for it."""
        return self._made(node) if isinstance(node, ast.Call) else self._written(node)

    def _made(self, call: ast.Call) -> str:
        """Say "the mean of x" for x.mean(0) and torch.mean(x)."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in NOUNS:
            return ""
        of = self._written(call.func.value)
        if not of and len(call.args) == 1 and ast.unparse(call.func.value) in ("torch", "math"):
            of = self._written(call.args[0])
        return f"the {NOUNS[call.func.attr]} of {of}" if of else ""

    def _written(self, node: ast.expr) -> str:
        parts = list(ast.walk(node))
        names = {part.id for part in parts if isinstance(part, ast.Name)}
        attributes = {
            part.attr
            for part in parts
            if isinstance(part, ast.Attribute) and not self._is_own(part)
        }
        if not all(isinstance(part, PLAIN) for part in parts) or any(
            isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts
        ):
            return ""
        known = names <= self._known and attributes <= {"grad"}
        text = ast.unparse(node)
        return text if known and len(text) <= LONGEST else ""

    def _is_own(self, node: ast.Attribute) -> bool:
        """Return whether it is self.w, with a name that the stub has."""
        is_of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
        return is_of_self and node.attr in self._known


def _words_of_stubs(definition: ast.AST) -> set[str]:
    """Return the words of the docstrings and the parameters."""
    words: set[str] = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            words |= set(re.findall(r"\w+", ast.get_docstring(node) or ""))
        if isinstance(node, ast.arg):
            words.add(node.arg)
    return words
