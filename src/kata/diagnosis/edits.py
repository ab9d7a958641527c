"""Every one-edit way to write an expression otherwise, with the words for what it comes to.

What a slip of the keyboard or of the mind makes of it: another operator, constant, axis or
comparison, an argument dropped or swapped with its neighbour, a term or a call left out. Some have
no words: what they come to has no name that would help.
"""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, NamedTuple

from kata.course import exercises
from kata.diagnosis.edit_axes import (
    AXIS_KEYWORDS,
    REDUCTIONS,
    WITH_AXES,
    along_another_axis,
    name_of,
    number_in,
)
from kata.diagnosis.edit_words import (
    AT_EQUALITY,
    COMPARISONS,
    DROPPED,
    KINDS,
    LEFT_OUT,
    NEIGHBOURS,
    NOUNS,
    OPERATORS,
    an_article,
    made_by,
    taken,
)
from kata.diagnosis.spoken import Spoken


class Edit(NamedTuple):
    """What may stand in an expression's place, and what is said of whoever wrote that; "" for
    nothing.
    """

    node: ast.expr
    says: str = ""


IN_ORDER = (ast.Sub, ast.Div, ast.MatMult, ast.Pow)  # whose operands are not to be swapped
TURNED = ("T", "mT")


class Edits:
    """The edits of the expressions of one definition.

    spoken: what its learner can be told of an expression.
    """

    def __init__(self, spoken: Spoken) -> None:
        self._spoken = spoken
        self._of: list[tuple[Any, Callable[[Any], Iterator[Edit]]]] = [
            (ast.BinOp, self._operation),
            (ast.UnaryOp, self._sign),
            (ast.Constant, self._constant),
            (ast.Compare, self._comparison),
            (ast.BoolOp, self._boolean),
            (ast.IfExp, self._choice),
            (ast.Attribute, self._attribute),
            (ast.Subscript, self._part),
            (ast.Slice, self._slice),
            (ast.Tuple | ast.List, self._several),
            (ast.Call, self._call),
            (ast.ListComp | ast.GeneratorExp, self._comprehension),
        ]

    def of(self, node: ast.expr) -> Iterator[Edit]:
        """Yield what may stand in an expression's place; each a new node of the same parts.

        A part, as an operand is, has edits of its own.
        """
        for kind, edits in self._of:
            if isinstance(node, kind):
                yield from edits(node)

    def _operation(self, node: ast.BinOp) -> Iterator[Edit]:
        left, op, right = node.left, node.op, node.right
        name = self._spoken(right)
        for other, (with_name, without) in OPERATORS.get(type(op), {}).items():
            says = with_name.format(name) if name else without
            yield Edit(ast.BinOp(left, other(), right), says)
        if isinstance(op, IN_ORDER):
            yield Edit(ast.BinOp(right, op, left), self._turned_round(node))
        yield Edit(left, self._dropped(op, right))
        yield Edit(right, self._left_dropped(node))
        for part, other_node in (
            (left, ast.BinOp(_transposed(left), op, right)),
            (right, ast.BinOp(left, op, _transposed(right))),
        ):
            if isinstance(op, ast.MatMult) and not _is_turned(part):
                what = self._spoken(part) or "A matrix"
                yield Edit(other_node, f"{what} is transposed in a product, and should not be.")

    def _turned_round(self, node: ast.BinOp) -> str:
        a, b = self._spoken(node.left), self._spoken(node.right)
        if isinstance(node.op, ast.Sub):
            order = f" It should be {a} minus {b}." if a and b else ""
            return f"Your difference is the wrong way round.{order}"
        if isinstance(node.op, ast.Div):
            order = f" It should be {a} divided by {b}." if a and b else ""
            return f"Your quotient is upside down.{order}"
        if isinstance(node.op, ast.MatMult):
            order = f" {a} should come before {b}." if a and b else ""
            return f"You multiply two matrices in the wrong order.{order}"
        return "You have a base and its power the wrong way round."

    def _dropped(self, op: ast.operator, gone: ast.expr) -> str:
        """Say that an operand is missing."""
        for kind, (with_name, no_name) in DROPPED.items():
            if isinstance(op, kind):
                name = self._spoken(gone)
                return with_name.format(name) if name else no_name
        return ""

    def _left_dropped(self, node: ast.BinOp) -> str:
        """Say that the first operand is missing: of a sum or a product it is as good as another."""
        if isinstance(node.op, ast.Add | ast.Mult | ast.MatMult):
            return self._dropped(node.op, node.left)
        is_left, whole = self._spoken(node.right), self._spoken(node)
        if is_left and whole:
            return f"You have {is_left} where {whole} belongs."
        if name := self._spoken(node.left):
            return f"You leave out {name}."
        return "You leave out what should be divided." if isinstance(node.op, ast.Div) else ""

    def _sign(self, node: ast.UnaryOp) -> Iterator[Edit]:
        number = number_in(node)
        if number is None:
            says = {ast.USub: "A minus is missing.", ast.Not: "A condition is the wrong way round."}
            yield Edit(node.operand, says.get(type(node.op), ""))
        else:
            yield from self._constant(ast.Constant(number))

    def _constant(self, node: ast.Constant) -> Iterator[Edit]:
        value: Any = node.value
        if isinstance(value, bool):
            yield Edit(ast.Constant(not value))
        elif isinstance(value, int | float):
            nearby = [value + 1, value - 1] if isinstance(value, int) else [value * 2, value / 2]
            for other in dict.fromkeys([*nearby, -value] if value else [1, -1]):
                number = other if isinstance(value, int) else float(other)
                yield Edit(
                    ast.Constant(number), f"A constant is {number:g} where it should be {value:g}."
                )
        elif isinstance(value, str) and "->" in value:  # einsum's: the result turned
            before, _, after = value.partition("->")
            if len(after) > 1:
                yield Edit(ast.Constant(f"{before}->{after[::-1]}"), "A result is transposed.")

    def _comparison(self, node: ast.Compare) -> Iterator[Edit]:
        for at, op in enumerate(node.ops):
            for other in COMPARISONS.get(type(op), ()):
                ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
                says = AT_EQUALITY.get((type(op), other), "Your comparison is the wrong way round.")
                yield Edit(ast.Compare(node.left, ops, node.comparators), says)

    def _boolean(self, node: ast.BoolOp) -> Iterator[Edit]:
        is_and = isinstance(node.op, ast.And)
        both = "You ask for one of two conditions, where both must hold."
        one = "You ask for both of two conditions, where one is enough."
        other: ast.boolop = ast.Or() if is_and else ast.And()
        yield Edit(ast.BoolOp(other, node.values), both if is_and else one)
        for at in range(len(node.values)):
            rest = without(node.values, at)
            left = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield Edit(left, "You leave out a condition.")

    def _choice(self, node: ast.IfExp) -> Iterator[Edit]:
        yield Edit(node.body, "You do always what should depend on a condition.")
        yield Edit(node.orelse, "You do always what should depend on a condition.")
        turned = ast.IfExp(node.test, node.orelse, node.body)
        yield Edit(turned, "A condition is the wrong way round.")

    def _attribute(self, node: ast.Attribute) -> Iterator[Edit]:
        if node.attr in TURNED:
            name = self._spoken(node.value)
            who = name or "A matrix"
            yield Edit(node.value, f"{who} is not transposed in a product, and should be.")

    def _part(self, node: ast.Subscript) -> Iterator[Edit]:
        if isinstance(node.ctx, ast.Load):
            whole = self._spoken(node.value) or "a tensor"
            yield Edit(node.value, f"You take all of {whole}, where a part of it belongs.")

    def _slice(self, node: ast.Slice) -> Iterator[Edit]:
        if node.lower is not None:
            yield Edit(ast.Slice(None, node.upper, node.step), "A slice should begin later.")
        if node.upper is not None:
            yield Edit(ast.Slice(node.lower, None, node.step), "A slice should stop earlier.")

    def _several(self, node: ast.Tuple | ast.List) -> Iterator[Edit]:
        if not isinstance(node.ctx, ast.Load):
            return
        for at in range(len(node.elts) - 1):
            a, b = map(self._spoken, node.elts[at : at + 2])
            says = f"You have {a} and {b} the wrong way round." if a and b else ""
            says = says or "Two values are the wrong way round."
            yield Edit(type(node)(swapped(node.elts, at), node.ctx), says)
        if len(node.elts) > 1:
            for at, gone in enumerate(node.elts):
                name = self._spoken(gone) or "one of several values"
                rest = type(node)(without(node.elts, at), node.ctx)
                yield Edit(rest, f"You leave out {name}.")

    def _call(self, node: ast.Call) -> Iterator[Edit]:
        name, args, keywords = name_of(node.func), node.args, node.keywords
        for at in range(len(args) - 1):
            a, b = map(self._spoken, args[at : at + 2])
            says = f"You pass {a} and {b} the wrong way round." if a and b else ""
            if name in exercises() and not says:
                says = f"You pass two arguments of {name} the wrong way round."
            yield Edit(ast.Call(node.func, swapped(args, at), keywords), says)
        for at in range(len(args)):
            along = name in REDUCTIONS and number_in(args[at]) is not None
            gone = self._spoken(args[at])
            says = _of_all(name, along) or (f"You leave out {gone} in a call." if gone else "")
            yield Edit(ast.Call(node.func, without(args, at), keywords), says)
        for at, keyword in enumerate(keywords):
            if keyword.arg != "strict":  # of zip: what it guards against never comes
                along = keyword.arg in AXIS_KEYWORDS
                yield Edit(ast.Call(node.func, args, without(keywords, at)), _of_all(name, along))
            if keyword.arg == "keepdim" and name in REDUCTIONS:
                lost = [*without(keywords, at), ast.keyword("keepdim", ast.Constant(False))]
                yield Edit(
                    ast.Call(node.func, args, lost),
                    f"{made_by(name)} loses its axis, which should stay, of length 1 (keepdim).",
                )
        says = LEFT_OUT.get(
            name, f"You leave out {made_by(name).lower()}." if name in NOUNS else ""
        )
        if name in KINDS and args and (instead := self._spoken(args[0])):
            says = f"You have {instead} where {KINDS[name]} belong."
        if name in exercises() and isinstance(node.func, ast.Name):
            says = f"You leave out {name}."
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            yield Edit(node.func.value, says)  # x.relu() -> x
        elif args and not isinstance(args[0], ast.Starred | ast.GeneratorExp):
            yield Edit(args[0], says)  # relu(x) -> x
        for other in NEIGHBOURS.get(name, ()):
            yield Edit(ast.Call(_renamed(node.func, other), args, keywords), taken(other, name))
        if name in WITH_AXES:
            for call in along_another_axis(node):
                wrong_axis = f"You take {made_by(name).lower()} along the wrong axis."
                other_axis = f"You have the wrong axis in {an_article(name)} {name}."
                yield Edit(call, wrong_axis if name in NOUNS else other_axis)
        names = [keyword.arg for keyword in keywords]
        if name in REDUCTIONS and "keepdim" not in names and (args or {*AXIS_KEYWORDS} & {*names}):
            kept = [*keywords, ast.keyword("keepdim", ast.Constant(True))]
            says = f"{made_by(name)} keeps its axis, which should go (keepdim)."
            yield Edit(ast.Call(node.func, args, kept), says)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Iterator[Edit]:
        first, *more = node.generators
        if first.ifs:
            unasked = ast.comprehension(first.target, first.iter, [], first.is_async)
            yield Edit(type(node)(node.elt, [unasked, *more]), "You leave out a condition.")


def swapped(items: list[ast.expr], at: int) -> list[ast.expr]:
    """Return the items, the at-th and the next one swapped."""
    return [*items[:at], items[at + 1], items[at], *items[at + 2 :]]


def without(items: list[Any], at: int) -> list[Any]:
    """Return the items without the at-th."""
    return [*items[:at], *items[at + 1 :]]


def _is_turned(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return isinstance(called, ast.Attribute) and called.attr in (*TURNED, "t")


def _transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "mT", ast.Load())


def _of_all(name: str, along: bool) -> str:
    if not (along and name in REDUCTIONS):
        return ""
    return f"You take {made_by(name).lower()} of all numbers, where it should go along one axis."


def _renamed(function: ast.expr, name: str) -> ast.expr:
    other = copy(function)
    setattr(other, "attr" if isinstance(other, ast.Attribute) else "id", name)
    return other


def _is_module(node: ast.expr) -> bool:
    """Return whether it is torch, nn.init, super(), self: nothing that could be a result."""
    if isinstance(node, ast.Attribute) and name_of(node.value) != "self":
        return _is_module(node.value)
    is_super = isinstance(node, ast.Call) and name_of(node.func) == "super"
    return is_super or name_of(node) in ("torch", "math", "F", "nn", "self")
