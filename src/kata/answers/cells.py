"""A notebook's code as one Python source: what defines the answers, and nothing else.

Each code cell begins with a line `# %% cell N` (N counts the code cells from 1, as Jupyter does
when a notebook is run from the top), and below it every statement keeps its place, so a line of
the source leads back to the cell and the line in it. Left out, as empty lines: shell lines and
magics, checks, experiments, pictures. Kept: the definitions and assignments of the exercises'
names, and whatever they need, back to the imports.
"""

import ast
import hashlib
import json
import re
import symtable
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.course import exercises, exercises_of
from kata.refusal import Broken

MARKER = re.compile(r"# %% cell (\d+)")
# statements that can define something; an expression on its own (a check, a plot) cannot
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)
DEFINES = DEFINITIONS + ASSIGNMENTS + BLOCKS
MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?{1,2}\s*)$")
ASSIGNED_MAGIC = re.compile(r"^(\s*[\w., ]+=\s*)[%!].*$")
CELL_MAGIC = re.compile(r"^%%(?!time|timeit|capture|prun)")  # those four run Python; others do not
# what a cell that is no Python was about to define: `def relu(x:`, `dfe relu(x):`, `relu =`
MEANT = re.compile(r"^(?:\w+ +(\w+)\s*[(:]|(\w+)\s*=[^=])", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One code cell: its number, its text and statements, and why it is no Python, if it is none.

    broken: the line in the cell, and the error in words.
    """

    number: int
    text: str
    body: tuple[ast.stmt, ...] = ()
    broken: tuple[int, str] | None = None


def source_of(path: Path) -> str:
    """Return the source of the notebook at path.

    A cell with a syntax error costs only what it was to define: these names raise the error when
    they are called. Raises Broken, with one line, where the file is no notebook.
    """
    return source_of_codes(codes_of(path), path.stem)


def source_of_codes(codes: Iterable[str], chapter: str) -> str:
    """Return the source of a chapter's notebook whose code cells have these texts."""
    cells = [_cell(number, text) for number, text in enumerate(codes, 1)]
    statements = [part for cell in cells if not cell.broken for part in _statements(cell)]
    kept = _needed(statements, set(exercises_of(chapter) or exercises()))
    out: list[str] = []
    for cell in cells:
        out.append(f"# %% cell {cell.number}")
        out += _stand_in(cell) if cell.broken else _only(kept, cell)
    return "\n".join(out) + "\n"


def is_blank(path: Path) -> bool:
    """Return whether a notebook's code is still what it was made with; False where none is told."""
    with suppress(OSError, ValueError, RecursionError, MemoryError, LookupError, TypeError):
        made = json.loads(path.read_bytes())
        return bool(made["metadata"]["kata"]["blank"] == digest(_codes(made)))
    return False


def digest(codes: Iterable[str]) -> str:
    """Return a hash of code cells' texts, as a notebook's metadata has it."""
    return hashlib.sha256("\0".join(codes).encode()).hexdigest()[:16]


def _codes(made: Any) -> list[str]:
    return ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "code"]


def cells_of(path: Path) -> list[Cell]:
    """Return the code cells of the notebook at path, without magics. Raises Broken."""
    return [_cell(number, text) for number, text in enumerate(codes_of(path), 1)]


def codes_of(path: Path) -> list[str]:
    """Return the texts of the code cells of the notebook at path. Raises Broken."""
    try:
        return _codes(json.loads(path.read_bytes()))  # of UTF-8 or 16, marked or not
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        # a UnicodeDecodeError and JSON's are ValueErrors
        raise Broken(f"{path.name}: is no notebook ({error}); save it from Jupyter") from None
    except (KeyError, TypeError):
        raise Broken(
            f"{path.name}: is no notebook of format 4 (it has no list of cells); "
            "open it in Jupyter and save it again"
        ) from None


def location(source: str, line: int) -> tuple[int, int]:
    """Return the cell, and the line in it, of a line of a notebook's source."""
    lines = source.splitlines()[:line]
    for back, text in enumerate(reversed(lines)):
        if found := MARKER.fullmatch(text):
            return int(found[1]), back
    return 0, line


def broken_cells(path: Path) -> list[str]:
    """Return a line for each cell of a notebook that is no Python: where, and why."""
    return [
        f"{path.name} cell {cell.number}, line {cell.broken[0]}: {cell.broken[1]}"
        for cell in cells_of(path)
        if cell.broken
    ]


def _cell(number: int, text: str) -> Cell:
    text = text.replace("\r\n", "\n").replace("\f", " ")
    try:
        try:
            tree = _parsed(text)
        except SyntaxError:
            text = _without_magics(text)
            tree = _parsed(text)
    except SyntaxError as error:
        broken = error.lineno or 1, f"{type(error).__name__}: {error.msg}"
        return Cell(number, text, broken=broken)
    except (ValueError, RecursionError, MemoryError) as error:
        return Cell(number, text, broken=(1, f"cannot be compiled: {error}"))
    return Cell(number, text, tuple(tree.body))


def _parsed(text: str) -> ast.Module:
    """Return a text's tree; a cell may await at its top level.

    Raises SyntaxError, also for what only a compiler sees, as a return outside a function.
    """
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree: ast.Module = compile(text, "cell", "exec", flags, dont_inherit=True)
    compile(tree, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return tree


def _without_magics(text: str) -> str:
    """Return the text with IPython's own lines taken out and every other line in its place."""
    if CELL_MAGIC.match(text.lstrip("\n")):
        return "\n" * text.count("\n")
    lines = [MAGIC.sub(r"\1pass", line) for line in text.split("\n")]
    return "\n".join(ASSIGNED_MAGIC.sub(r"\1None", line) for line in lines)


@dataclass(frozen=True)
class _Statement:
    """A statement at the top level of a cell, and what it binds."""

    cell: int
    node: ast.stmt
    binds: frozenset[str]


def _statements(cell: Cell) -> Iterator[_Statement]:
    for node in cell.body:
        if isinstance(node, DEFINES):
            try:
                yield _Statement(cell.number, node, bound_by(node))
            except SyntaxError:  # it awaits, so it defines no answer
                continue


def bound_by(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds or changes. Raises SyntaxError where it awaits."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return frozenset((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    binds = {s.get_name() for s in _table(node).get_symbols() if s.is_assigned()}
    for part in ast.walk(node):  # table[0] = 1 and net.scale = 2 change what the name stands for
        if isinstance(part, ast.Subscript | ast.Attribute) and isinstance(part.ctx, ast.Store):
            base: ast.expr = part
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name):
                binds.add(base.id)
    return frozenset(binds)


def _used_by(node: ast.stmt) -> set[str]:
    """Return the names of the module that a statement uses."""
    table = _table(node)
    uses = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    for inner in _scopes(table):
        uses |= {s.get_name() for s in inner.get_symbols() if s.is_global()}
    return uses


def _table(node: ast.stmt) -> symtable.SymbolTable:
    return symtable.symtable(ast.unparse(node), "cell", "exec")


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _scopes(inner)


def _needed(statements: list[_Statement], names: set[str]) -> list[_Statement]:
    """Return the statements behind these names, and behind the names that those use, and so on."""
    names = {*names, "*"}
    kept: list[_Statement] = []
    while more := [s for s in statements if s not in kept and s.binds & names]:
        kept += more
        names.update(*(_used_by(s.node) for s in more))
    return kept


def _only(kept: list[_Statement], cell: Cell) -> list[str]:
    """Return the cell's lines, with all but the kept statements blank."""
    mine = {(s.node.lineno, s.node.col_offset) for s in kept if s.cell == cell.number}
    lines = cell.text.split("\n")
    out = [""] * len(lines)
    for node in cell.body:
        if (node.lineno, node.col_offset) in mine:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            rows = slice(first - 1, node.end_lineno)
            out[rows] = lines[rows]
    for node in reversed(cell.body):  # what shares a kept line: `import x; show(x)`
        row = node.lineno - 1
        if (node.lineno, node.col_offset) not in mine and out[row] and node.end_lineno == row + 1:
            text = out[row].encode()
            out[row] = (text[: node.col_offset] + b"pass" + text[node.end_col_offset :]).decode()
    return out


def _stand_in(cell: Cell) -> list[str]:
    """Return lines in which each name that a broken cell was to define raises that cell's error.

    They are one line, that of the error, so that whoever is told of it is led there.
    """
    row, why = cell.broken or (1, "")
    out = [""] * max(cell.text.count("\n") + 1, row)
    names = {before or after for before, after in MEANT.findall(cell.text)} & set(exercises())
    if names:
        text = f"raise SyntaxError({why.removeprefix('SyntaxError: ')!r})"
        out[row - 1] = f"{' = '.join(sorted(names))} = lambda *_, **__: exec({text!r})"
    return out
