"""A wrong answer as a learner would have written it: a told solution with a few sites carried out.

Blocks under a chosen site are unwrapped, all others taken out; then it is tidied, so that no line
shows by its looks that it was put in: what nobody reads goes, `a = b` and `a = ...; a = -a` are
written as one.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from kata.diagnosis.model import Choice
from kata.diagnosis.told import Site, Told, is_site

SIMPLE = (ast.Name, ast.Constant, ast.Attribute)


def shown(told: Told, choices: Sequence[Choice] = (), *, tidy: bool = True) -> str:
    """Return the source of a told solution with these choices made, without comments.

    The told helpers and other solutions that it calls stand above it. Habits are no part of a
    source. tidy: for a person; a source that is only run needs it not, and takes a third as long.
    """
    chosen = {c.site: c.value for c in choices if c.site is not None}
    texts: list[str] = []
    read: set[str] = set()
    for part in reversed(told.parts):  # a helper that the choices leave unread looks like the bug
        if part is told or not tidy or part.node.name in read:
            texts.insert(0, _carried(part, chosen, tidy))
            read |= _names(ast.parse(texts[0]))
    return "\n\n\n".join(texts)


def _carried(part: Told, chosen: dict[Site, int], tidy: bool) -> str:
    by_line = {site.line: site for site in part.sites}
    carried = _Carried(by_line, chosen).copy(part.node)
    carried.decorator_list = [d for d in carried.decorator_list if getattr(d, "id", "") != "told"]
    if not tidy:
        return ast.unparse(ast.fix_missing_locations(carried))
    functions = [n for n in ast.walk(carried) if isinstance(n, ast.FunctionDef)]
    before = ""
    while before != (text := ast.unparse(ast.fix_missing_locations(carried))):
        before = text
        for function in functions:
            function.body = _tidied(function.body) or [ast.Pass()]
    return text


class _Carried:
    """Copies a tree with each site taken for what it is: chosen, with its value, or not.

    Blocks of sites that are not chosen, most of a told solution, are not copied at all.
    """

    def __init__(self, by_line: dict[int, Site], chosen: dict[Site, int]) -> None:
        self.by_line, self.chosen = by_line, chosen

    def copy(self, node: Any) -> Any:
        """Return a copy of a node, of a list of nodes, or of what is in their fields."""
        if isinstance(node, list):
            return [copy for part in node for copy in self._lines(part)]
        if isinstance(node, ast.IfExp) and (found := _site_in(node.test)):
            return self.copy(node.orelse if self._value(found) is None else node.body)
        if not isinstance(node, ast.AST):
            return node
        fields = {name: self.copy(value) for name, value in ast.iter_fields(node)}
        return ast.copy_location(type(node)(**fields), node)

    def _lines(self, node: Any) -> list[Any]:
        """Return what stands in the place of a line, or of another part of a list."""
        if not isinstance(node, ast.If) or (found := _site_in(node.test)) is None:
            return [self.copy(node)]
        value = self._value(found)
        if value is None:
            return [*self.copy(node.orelse)]
        name = _target(node.test)
        named = [ast.Assign([ast.Name(name, ast.Store())], value)] if name else []
        parts = node.test.values if isinstance(node.test, ast.BoolOp) else []
        rest = [part for part in parts if _site_in(part) is None]  # x.dim() > 1 and wrong(...)
        if not rest:
            return [*named, *self.copy(node.body)]
        test = rest[0] if len(rest) == 1 else ast.BoolOp(ast.And(), rest)
        return [ast.If(self.copy(test), [*named, *self.copy(node.body)], self.copy(node.orelse))]

    def _value(self, call: ast.Call) -> ast.expr | None:
        """Return the chosen value, True where there is just one way.

        None where it is not chosen.
        """
        site = self.by_line[call.lineno]
        if site not in self.chosen:
            return None
        return deepcopy(site.values[self.chosen[site]]) if site.values else ast.Constant(True)


def _site_in(test: ast.expr) -> ast.Call | None:
    return next((n for n in ast.walk(test) if isinstance(n, ast.Call) and is_site(n)), None)


def _target(test: ast.expr) -> str | None:
    """Return the name that a site's value is given: c in `if c := wrong(...)`."""
    named = (n for n in ast.walk(test) if isinstance(n, ast.NamedExpr) and is_site(n.value))
    return next((n.target.id for n in named), None)


class _Put(ast.NodeTransformer):
    """Puts an expression where a name is read."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        read = node.id == self.name and isinstance(node.ctx, ast.Load)
        return deepcopy(self.value) if read else node


def _tidied(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return one step of it."""
    lines = [part for line in body for part in _apart(line)]
    ends = [i for i, line in enumerate(lines) if isinstance(line, ast.Return)]
    lines = lines[: ends[0] + 1] if ends else lines
    for place, line in enumerate(lines):
        name, following = _name(line), lines[place + 1 :]
        if name is None or not isinstance(line, ast.Assign):
            continue
        if _in_vain(name, following):
            return lines[:place] + following
        if (put := _put(name, line.value, following)) is not None:
            return lines[:place] + put
    return lines


def _put(name: str, value: ast.expr, following: list[ast.stmt]) -> list[ast.stmt] | None:
    """Return the lines after `name = value` with the value in them.

    None where the line has to stay.
    """
    if not following:
        return None
    put = _Put(name, value)
    if _name(following[0]) == name and _reads(name, following[:1]) == 1:
        return [put.visit(following[0]), *following[1:]]
    if not isinstance(value, SIMPLE) or _reads(name, following) != 1:
        return None
    stays = _sets({name, *_names(value)}, following)
    return None if stays else [put.visit(line) for line in following]


def _apart(line: ast.stmt) -> Iterator[ast.stmt]:
    """`a, b = c, d` as two lines, where that is the same."""
    if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple) and not line.targets[1:]:
        targets = getattr(line.targets[0], "elts", [])
        simple = all(isinstance(t, ast.Name) and not _reads(t.id, [line]) for t in targets)
        if targets and simple:
            pairs = zip(targets, line.value.elts, strict=True)
            yield from (ast.copy_location(ast.Assign([t], v), line) for t, v in pairs)
            return
    yield line


def _name(line: ast.stmt) -> str | None:
    """Return the one name that a line sets, and no other of `a = b = c`."""
    target = line.targets[0] if isinstance(line, ast.Assign) and not line.targets[1:] else None
    return target.id if isinstance(target, ast.Name) else None


def _names(part: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}


def _reads(name: str, lines: Iterable[ast.stmt]) -> int:
    nodes = (node for line in lines for node in ast.walk(line) if isinstance(node, ast.Name))
    return sum(node.id == name and not isinstance(node.ctx, ast.Store) for node in nodes)


def _sets(names: set[str], lines: Iterable[ast.stmt]) -> bool:
    nodes = (node for line in lines for node in ast.walk(line) if isinstance(node, ast.Name))
    return any(node.id in names and isinstance(node.ctx, ast.Store) for node in nodes)


def _in_vain(name: str, following: list[ast.stmt]) -> bool:
    """Return whether the name is set again, or never read, before anything reads it."""
    for line in following:
        if _reads(name, [line]) or isinstance(line, ast.AugAssign):
            return False
        if _name(line) == name or isinstance(line, ast.Return):
            return True
    return True
