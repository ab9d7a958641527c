"""A chapter file as text: which exercises it answers, where, and what is still a stub.

A fingerprint is of a function's syntax tree and of all that it shares with the others in its file
(imports, constants, helpers), so comments and blank lines do not count, and a change of one
function asks for no new grade of another.
"""

import ast
import hashlib
from functools import cached_property

from kata.answers.pasted import owner_of
from kata.course import Definition, definitions, exercises_of


class Chapter:
    """A chapter file's text. Raises SyntaxError, with the line, where it is not Python."""

    def __init__(self, text: str, chapter: str) -> None:
        try:
            self._tree = ast.parse(text)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from None
        self.text = text
        self._exercises = exercises_of(chapter)
        self._defined = {
            node.name: node for node in definitions(self._tree) if node.name in self._exercises
        }  # of several of one name, the last

    @property
    def names(self) -> set[str]:
        """Return the exercises that the file answers: by def, class, assignment or import."""
        return set(self._defined) | (self._bound & set(self._exercises))

    def line_of(self, name: str) -> int | None:
        """Return the line in which a function is defined."""
        node = self._defined.get(name)
        return node.lineno if node else None

    def line_that_sets(self, name: str, target: str) -> int | None:
        """Return the line of an answer that sets "w.grad"; None where several do, or none."""
        found = [
            node.lineno
            for node in ast.walk(self._defined.get(name, ast.Module([], [])))
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
            and target in map(ast.unparse, _targets(node))
        ]
        return found[0] if len(found) == 1 else None

    def lines_of(self, name: str) -> tuple[int, int] | None:
        """Return a definition's first line, decorators included, and the line after its last."""
        node = self._defined.get(name)
        return span_of(node) if node else None

    def is_stub(self, name: str) -> bool:
        """Return whether the answer is a stub still: a docstring at most, and raise
        NotImplementedError.

        So is a class, all of whose methods are.
        Read off the text; a name that is bound elsewhere too is never taken for a stub.
        """
        node = self._defined.get(name)
        return node is not None and name not in self._bound and _is_stub(node)

    def fingerprint(self, name: str, neighbours: str = "") -> str:
        """Return a hash of what the answer's behaviour depends on.

        neighbours: the hash of other files.
        """
        shared = [n for n in self._tree.body if getattr(n, "name", "") not in self._exercises]
        own = [n for n in self._tree.body if getattr(n, "name", "") == name]
        text = "\n".join([neighbours, *map(ast.dump, [*shared, *own, *self._told_of(name)])])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _told_of(self, name: str) -> list[ast.stmt]:
        """Return the calls outside the functions that, where they fail, cost this exercise."""
        return [
            node
            for at, node in enumerate(self._tree.body)
            if isinstance(node, ast.Expr)
            and not isinstance(node.value, ast.Constant)
            and owner_of(self._tree.body, at, self._exercises) == name
        ]

    @cached_property
    def _bound(self) -> set[str]:
        """Return names that something other than a top-level def or class may set."""
        found: set[str] = set()
        for node in self._tree.body:
            if isinstance(node, Definition):
                continue
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    found.add(inner.id)
                elif isinstance(inner, ast.alias):
                    found.add((inner.asname or inner.name).split(".")[0])
                elif isinstance(inner, Definition):
                    found.add(inner.name)
        return set(self._exercises) if "*" in found else found


def _targets(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> list[ast.expr]:
    """Return what an assignment sets, one by one where it sets a tuple."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [part for target in targets for part in getattr(target, "elts", [target])]


def stub_of(source: str) -> str:
    """Return the stub of a chapter, from the text of its solution.

    Each public function, and each method of a public class, keeps its signature and docstring, and
    its body becomes `raise NotImplementedError`; private functions and methods go.
    """
    lines = source.splitlines()
    out: list[str] = []
    done = 0
    for node in definitions(ast.parse(source)):
        start = _start_of(node)
        out += lines[done:start]
        if not node.name.startswith("_"):
            out += _stub_lines(node, lines)
        done = node.end_lineno or node.lineno
    return "\n".join([*out, *lines[done:]]).rstrip() + "\n"


def _stub_lines(node: Definition, lines: list[str]) -> list[str]:
    """Return a definition without its body."""
    head = lines[_start_of(node) : _end_of_docstring(node)]
    if not isinstance(node, ast.ClassDef):
        return [*head, " " * (node.col_offset + 4) + "raise NotImplementedError"]
    for method in node.body[1:]:
        if isinstance(method, ast.FunctionDef) and _is_asked_for(method):
            head += ["", *_stub_lines(method, lines)]
    return head


def _is_asked_for(method: ast.FunctionDef) -> bool:
    return not method.name.startswith("_") or method.name.endswith("__")


def _start_of(node: Definition) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1


def _end_of_docstring(node: Definition) -> int:
    first = node.body[0]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        raise ValueError(f"{node.name}: an exercise needs a docstring")
    return first.end_lineno or first.lineno


def span_of(node: Definition) -> tuple[int, int]:
    """Return a definition's first line, decorators included, and the line after its last."""
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return start, (node.end_lineno or node.lineno) + 1


def body_of(node: Definition | ast.Module) -> list[ast.stmt]:
    """Return the statements of a definition, or of a file, after its docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def after_imports(text: str, more: list[str]) -> str:
    """Return a file's text with more lines after its last import, or after its docstring."""
    tree, lines = ast.parse(text), text.split("\n")
    heads = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    doc = tree.body[: len(tree.body) - len(body_of(tree))]
    at = max((node.end_lineno or 0 for node in [*doc, *heads]), default=0)
    return "\n".join([*lines[:at], *more, *lines[at:]])


def _is_stub(node: Definition) -> bool:
    body = body_of(node)
    if isinstance(node, ast.ClassDef):
        return all(isinstance(n, ast.FunctionDef) and _is_stub(n) for n in body)
    return [ast.dump(n) for n in body] == _STUB_BODY


_STUB_BODY = [ast.dump(n) for n in ast.parse("raise NotImplementedError").body]
