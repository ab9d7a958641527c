"""Every one-edit mutant of an exercise's solution: its text, the line that changed, and in words.

Beside the edits of an expression (edits.py), a statement may be left out, change places with the
next one, or lose the part that it is `if` for.
"""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from kata.answers.text import body_of, span_of
from kata.course import Definition, course, definition_in, exercises
from kata.diagnosis.edit_axes import names_axis, number_in
from kata.diagnosis.edits import Edits
from kata.diagnosis.spoken import Spoken

ARROW = "  =>  "
NOT_CODE = ("annotation", "returns", "type_comment", "decorator_list", "ctx")


@dataclass(frozen=True)
class Mutant:
    """A solution with one edit.

    change: "x + y  =>  x - y". definition: the text of the exercise's function or class. says: what
    the edit comes to, in words; "" where it has none.
    """

    exercise: str
    path: Path
    change: str
    definition: str
    says: str

    @property
    def source(self) -> str:
        """Return the text of its chapter's file."""
        lines = self.path.read_text("utf-8").split("\n")
        start, end = span_of(definition_in(self.path, self.exercise))
        return "\n".join([*lines[: start - 1], self.definition, *lines[end - 1 :]])


@cache
def mutants_of(exercise: str, path: Path | None = None) -> tuple[Mutant, ...]:
    """Return every mutant of an exercise's own function or class, each text once.

    path: of another right answer than the solution.
    """
    path = path or course().solution_of(exercises()[exercise].chapter)
    node = definition_in(path, exercise)
    found = {ast.unparse(node): ("", "")}
    for change, says in _Changes(node).made():
        found.setdefault(ast.unparse(ast.fix_missing_locations(node)), (change, says))
    return tuple(
        Mutant(exercise, path, change, text, says)
        for text, (change, says) in found.items()
        if change
    )


class _Changes:
    """The edits of one definition, each made where it stands, and undone after it was yielded."""

    def __init__(self, definition: Definition) -> None:
        self._definition, self._spoken = definition, Spoken(definition)
        self._edits = Edits(self._spoken)
        self._method = ""  # of a class, in which an edit stands

    def made(self) -> Iterator[tuple[str, str]]:
        """Yield each change, and what it is in words, while it is made."""
        for change, says in self._in_definition(self._definition):
            yield change, says if says.startswith("In ") else _located(self._method, says)

    def _in_definition(self, node: Definition) -> Iterator[tuple[str, str]]:
        if not isinstance(node, ast.ClassDef):
            self._method = node.name if isinstance(self._definition, ast.ClassDef) else ""
            yield from self._in_expressions_of(node)
        block = body_of(node)
        doc = node.body[: len(node.body) - len(block)]

        def put(statements: list[ast.stmt]) -> None:
            node.body = [*doc, *statements]

        yield from self._in_block(block, put)

    def _in_block(
        self, block: list[ast.stmt], put: Callable[[list[ast.stmt]], None]
    ) -> Iterator[tuple[str, str]]:
        for at, (statement, following) in enumerate(zip(block, [*block[1:], None], strict=True)):
            before, after = block[:at], block[at + 1 :]
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                yield from self._in_definition(statement)
                continue
            put([*before, *after] or [ast.Pass()])
            yield _line(statement) + ARROW, self._left_out(statement)
            if following is not None and not isinstance(following, ast.Return):
                put([*before, following, statement, *after[1:]])
                change = f"{_line(statement)}; {_line(following)}{ARROW}{_line(following)}; ..."
                yield change, "Two steps are in the wrong order."
            for instead, says in self._instead_of(statement):
                put([*before, *instead, *after])
                yield _line(statement) + ARROW + "; ".join(map(_line, instead)), says
            put(block)
            yield from self._in_expressions_of(statement)
            for name in ("body", "orelse"):
                if inner := getattr(statement, name, []):
                    yield from self._in_block(inner, partial(setattr, statement, name))

    def _left_out(self, statement: ast.stmt) -> str:
        """Say that a statement is missing."""
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            called = statement.value.func
            name = self._spoken(called)
            if isinstance(called, ast.Name) and called.id in exercises():
                name = called.id
            return f"You leave out the step {name}." if name else ""
        if isinstance(statement, ast.Assign):
            given = {a.arg for a in ast.walk(self._definition) if isinstance(a, ast.arg)}
            names = [t.id for t in statement.targets if isinstance(t, ast.Name)]
            if names and names[0] in given:
                return f"You use {names[0]} as it was passed in, where a new one is needed."
        return ""

    def _instead_of(self, statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], str]]:
        """Yield what may stand in a statement's place."""
        if isinstance(statement, ast.If):
            always = "You do always what should depend on a condition."
            yield statement.body, always
            if statement.orelse:
                yield statement.orelse, always
            turned = ast.If(
                ast.UnaryOp(ast.Not(), statement.test), statement.body, statement.orelse
            )
            yield [turned], "A condition is the wrong way round."
        if isinstance(statement, ast.For):
            yield statement.body, ""  # which may miss its variable
        if isinstance(statement, ast.AugAssign):
            target, value = copy(statement.target), statement.value
            yield [ast.Assign([target], value)], "You overwrite what should be added to."
            for edit in self._edits.of(ast.BinOp(target, statement.op, value)):
                other = edit.node
                if isinstance(other, ast.BinOp) and type(other.op) is not type(statement.op):
                    yield [ast.AugAssign(target, other.op, value)], edit.says

    def _in_expressions_of(self, statement: ast.stmt | Definition) -> Iterator[tuple[str, str]]:
        """Edit each expression of a statement, but not those of the statements inside it."""
        was, where = _line(statement), self._where(statement)
        for says in self._edited_in(statement):
            yield was + ARROW + _line(statement), _located(where, says)

    def _where(self, statement: ast.stmt | Definition) -> str:
        """Return what a statement sets, where the stub has a name for it."""
        if isinstance(statement, Definition):
            return "the signature"
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        return self._spoken(target) if target is not None else ""

    def _edited_in(self, node: ast.AST) -> Iterator[str]:
        for name, value in ast.iter_fields(node):
            if name in NOT_CODE:
                continue
            if isinstance(value, ast.AST) and not names_axis(node, value):
                yield from self._edited_at(value, partial(setattr, node, name))
            elif isinstance(value, list):
                for at, item in enumerate(value):
                    is_part = isinstance(item, ast.AST) and not isinstance(item, ast.stmt)
                    if is_part and not names_axis(node, item):
                        yield from self._edited_at(item, partial(value.__setitem__, at))

    def _edited_at(self, node: ast.AST, put: Callable[[Any], None]) -> Iterator[str]:
        if isinstance(node, ast.expr):
            for other, says in self._edits.of(node):
                put(other)
                yield says
            put(node)
        if not isinstance(node, ast.expr) or number_in(node) is None:
            yield from self._edited_in(node)


def _located(where: str, says: str) -> str:
    """Put what is said into a place: "In d_x, you leave out a term."."""
    if not (where and says):
        return says
    first, _, rest = says.partition(" ")
    first = first.lower() if first in ("You", "Your", "A", "An", "The", "Two") else first
    return f"In {where}, {first} {rest}"


def _line(statement: ast.stmt | Definition) -> str:
    """Return a statement as one line, without the statements inside it."""
    shown = copy(statement)
    for name in ("body", "orelse"):
        if getattr(shown, name, None):
            setattr(shown, name, [ast.Expr(ast.Constant(...))] if name == "body" else [])
    if isinstance(shown, ast.FunctionDef):
        shown.decorator_list, shown.returns, shown.args = [], None, _bare(shown.args)
    text = ast.unparse(ast.fix_missing_locations(shown))
    return " ".join(part.strip() for part in text.split("\n"))


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Return parameters without annotations."""
    bare = copy(arguments)
    bare.args = [ast.arg(arg.arg) for arg in bare.args]
    return bare
