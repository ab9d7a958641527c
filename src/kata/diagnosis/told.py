"""Told solutions: the right answer, told once, which says at each step how it goes wrong.

In a file mistakes/chNN_name.py:

    @told
    def lin(x, w, b):
        if wrong("You left out the bias b."):
            b = 0
        return x @ w + b

`wrong` is false unless the engine has chosen its site. None chosen is the right answer, one a known
mistake, two a double fault, without another word written. docs/told.md says how to write one.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property
from inspect import currentframe
from pathlib import Path
from typing import Any, TypeVar

from kata.course import Definition, definitions
from kata.diagnosis.recorded import mistake, probes
from kata.refusal import Broken, shown

__all__ = ["instead", "mistake", "probes", "told", "wrong"]

T = TypeVar("T", bound=Callable[..., Any])
WORDS = ("wrong", "instead")
# which value of which site is chosen, by the site's number: the same object in every told module,
# since a site is then one look into a dict
CHOSEN: dict[int, int] = {}
NAME = "_chosen"  # what it is called there


def wrong(sentence: str, *values: Any) -> Any:
    """Return whether this site is chosen to go wrong; with values, the one that is chosen.

    sentence: what a kind teacher says of it. `told` writes each call anew, so none is ever run.
    """
    raise SyntaxError("a site outside a told solution: put @told above the function")


def instead(sentence: str, *values: Any) -> Any:
    """Return an idea from outside the formula, where one is chosen.

    It replaces the formula, and so is never one of two faults:
    `if f := instead(S, F.gelu, F.silu): return f(x)`.
    """
    raise SyntaxError("a site outside a told solution: put @told above the function")


@dataclass(eq=False)
class Site:
    """A place where an answer goes wrong, in one of `values` ways (their text; () for just one).

    sets: the names that its block sets; builds: whether it makes them of their own old values.
    """

    number: int
    path: Path
    line: int
    call: ast.Call
    names: dict[str, Any] = field(repr=False)
    sets: frozenset[str] = frozenset()
    builds: bool = False

    @cached_property
    def sentence(self) -> str:
        """Return what is said of it: an expression of the module's own names."""
        code = compile(ast.Expression(self.call.args[0]), str(self.path), "eval")
        try:
            return str(eval(code, self.names))
        except Exception as error:
            raise _slip(self.path, self.line, f"its sentence cannot be read: {error}") from None

    @property
    def values(self) -> list[ast.expr]:
        """Return the ways in which it goes wrong; empty where there is just one."""
        return self.call.args[1:]

    @property
    def texts(self) -> list[str]:
        """Return the values as they are written."""
        return [ast.unparse(value) for value in self.values]

    @property
    def is_outside(self) -> bool:
        """Return whether it replaces the formula."""
        return getattr(self.call.func, "id", "") == "instead"


@dataclass(eq=False)
class Told:
    """A told solution or helper: its definition as it was written, and its own sites."""

    value: Any
    path: Path
    node: Definition
    sites: list[Site]
    names: dict[str, Any] = field(repr=False)

    @cached_property
    def parts(self) -> "list[Told]":
        """It, and before it the told ones that it calls, in the order in which they are needed."""
        found: dict[Told, None] = {}
        for node in ast.walk(self.node):
            value = self.names.get(node.id) if isinstance(node, ast.Name) else None
            if value is not self.value and (part := told_as(value)):
                found |= dict.fromkeys(part.parts)
        return [*found, self]

    @property
    def all_sites(self) -> list[Site]:
        """Return its sites and those of all that it calls."""
        return [site for part in self.parts for site in part.sites]


_told: dict[Any, Told] = {}
_numbers: dict[tuple[Path, int], int] = {}


def told(value: T) -> T:
    """Make a function or class of an exercise's name its told solution.

    One whose name begins with _ is a helper, whose sites are sites of those that call it.
    """
    caller = currentframe()
    assert caller is not None and caller.f_back is not None
    path, names = Path(caller.f_back.f_code.co_filename), caller.f_back.f_globals
    node = _definition(path, value.__name__)
    sites: list[Site] = []
    names[NAME] = CHOSEN
    written = _Rewriter(path, names, sites).visit(_without_told(node))
    exec(compile(ast.Module([written], []), str(path), "exec"), names)
    made: T = names[value.__name__]
    _told[made] = Told(made, path, node, sites, names)
    return made


def told_as(value: Any) -> Told | None:
    """Return what is known of a told function or class; None of any other value."""
    try:
        return _told.get(value)
    except TypeError:  # it cannot be looked up in a dict
        return None


@contextmanager
def choosing(sites: Mapping[int, int]) -> Iterator[None]:
    """Let these sites go wrong, and no other, within the block."""
    before = dict(CHOSEN)
    CHOSEN.clear()
    CHOSEN.update(sites)
    try:
        yield
    finally:
        CHOSEN.clear()
        CHOSEN.update(before)


def is_site(node: ast.AST) -> bool:
    """Return whether this is a call of wrong or instead."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in WORDS


def assert_all_told(path: Path) -> None:
    """Raise Broken where a site of this file stands outside of its told solutions."""
    inside = {id(n) for t in _told.values() if t.path == path for n in ast.walk(t.node)}
    for node in ast.walk(_parsed(path)):
        if is_site(node) and id(node) not in inside:
            assert isinstance(node, ast.Call)
            says = "this site stands outside a told solution; put @told above its function"
            raise _slip(path, node.lineno, says)


def _slip(path: Path, line: int, says: str) -> Broken:
    return Broken(f"{shown(path)}:{line}: {says}")


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _definition(path: Path, name: str) -> Definition:
    found = [node for node in definitions(_parsed(path)) if node.name == name]
    if len(found) != 1:
        line = found[-1].lineno if found else 1
        raise _slip(path, line, f"{name} is to be defined once, at the top level of the file")
    return found[0]


def _without_told(node: Definition) -> Definition:
    """Return a copy to be rewritten; decorators but @told stay."""
    copy = deepcopy(node)
    copy.decorator_list = [d for d in copy.decorator_list if getattr(d, "id", "") != "told"]
    return copy


class _Rewriter(ast.NodeTransformer):
    """Writes `number in _chosen` for each site: most of the time of a look goes into these."""

    def __init__(self, path: Path, names: dict[str, Any], sites: list[Site]) -> None:
        self.path, self.names, self.sites = path, names, sites
        self._block: list[ast.stmt] = []

    def visit_If(self, node: ast.If) -> ast.AST:
        self._block = node.body
        node.test = self.visit(node.test)
        self._block = []
        node.body = [self.visit(line) for line in node.body]
        node.orelse = [self.visit(line) for line in node.orelse]
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        if not is_site(node.value):
            return self.generic_visit(node)
        assert isinstance(node.value, ast.Call)
        site = self._site(node.value)
        # in a tuple, which is true even where the value is 0 or None
        return _expression(
            f"{site.number} in {NAME} and (({node.target.id} := {_value(site)}),)", node
        )

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not is_site(node):
            return self.generic_visit(node)
        site = self._site(node)
        then = f" and {_value(site)}" if site.values else ""
        return _expression(f"{site.number} in {NAME}{then}", node)

    def _site(self, call: ast.Call) -> Site:
        if any(site.line == call.lineno for site in self.sites):
            raise _slip(
                self.path, call.lineno, "two sites on one line; give each a line of its own"
            )
        if not call.args or call.keywords or any(isinstance(a, ast.Starred) for a in call.args):
            says = "a site takes its sentence, and then its values one by one"
            raise _slip(self.path, call.lineno, says)
        number = _numbers.setdefault((self.path, call.lineno), len(_numbers))
        sets, reads = _names_in(self._block)
        site = Site(number, self.path, call.lineno, call, self.names, sets, bool(sets & reads))
        self.sites.append(site)
        return site


def _value(site: Site) -> str:
    """Return the text of the chosen value; only this one is computed."""
    if not site.values:
        return "True"
    ways = "".join(f"lambda: {ast.unparse(value)}, " for value in site.values)
    return f"({ways})[{NAME}[{site.number}]]()"


def _expression(text: str, at: ast.AST) -> ast.expr:
    made = ast.parse(text, mode="eval").body
    for node in ast.walk(made):
        ast.copy_location(node, at)
    return made


def _names_in(block: list[ast.stmt]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a block sets, and those that it reads."""
    names = [n for line in block for n in ast.walk(line) if isinstance(n, ast.Name)]
    sets = frozenset(n.id for n in names if isinstance(n.ctx, ast.Store))
    return sets, frozenset(n.id for n in names if isinstance(n.ctx, ast.Load))
