"""A recorded answer as a program that stands alone: its imports, constants and helpers with it.

Nothing of ours is left in it, so it runs wherever torch is.
"""

import ast
import builtins
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

from kata.course import Definition, course, definitions
from kata.diagnosis.model import Choice, Model
from kata.diagnosis.recorded import Recorded, module_at
from kata.diagnosis.shown import shown
from kata.diagnosis.told import told_as


class NotAlone(Exception):
    """The answer needs a module of the grader's, and so is no program of its own."""


def program_of(choice: Choice, model: Model) -> str:
    """Return the program that a choice of a told solution makes. Raises NotAlone."""
    if choice.written is not None:
        return written_alone(choice.written)
    if choice.site is None:
        raise NotAlone(f"{choice.name}: a habit is done to a function from outside")
    return with_what_it_needs(shown(model.told, [choice]), model.told.path)


def solution_alone(model: Model) -> str:
    """Return a told solution with nothing chosen. Raises NotAlone."""
    return with_what_it_needs(shown(model.told), model.told.path)


def written_alone(answer: Recorded) -> str:
    """Return the program of an answer that is written out, under its exercise's name.

    Raises NotAlone.
    """
    found = _definitions(answer.path).get(answer.name)
    if found is None:
        raise NotAlone(f"{answer.name} is not defined at the top level of {answer.path.name}")
    node = _unrecorded(found)
    is_object = isinstance(node, ast.ClassDef) and not isinstance(answer.function, type)
    names = {getattr(inner, "id", "") for inner in ast.walk(node)}
    if (
        isinstance(node, Definition)
        and not is_object
        and not names & {answer.name, answer.exercise}
    ):
        node.name = answer.exercise  # its own name says what is wrong
        return with_what_it_needs(ast.unparse(node), answer.path)
    program = with_what_it_needs(ast.unparse(node), answer.path)
    if answer.name != answer.exercise:
        program += f"\n\n{answer.exercise} = {answer.name}{'()' if is_object else ''}\n"
    return program


def with_what_it_needs(text: str, path: Path) -> str:
    """Return the text below all that it needs of the file at path. Raises NotAlone."""
    above: dict[str, None] = {}
    _gather(text, path, above)
    imports = sorted(line for line in above if line.startswith(("import ", "from ")))
    others = [line for line in above if line not in imports]
    return "\n\n\n".join(["\n".join(imports)] * bool(imports) + [*others, text]) + "\n"


def _gather(text: str, path: Path, above: dict[str, None]) -> None:
    """Put what the text needs above it, and before that what this needs."""
    for name in _free_names(text):
        for line in _sources(name, path):
            if line not in above and not line.startswith(("import ", "from ")):
                _gather(line, path, above)
            above[line] = None


def _sources(name: str, path: Path) -> Iterator[str]:
    """Yield the text that gives a name of a file its meaning."""
    value = vars(module_at(path)).get(name)
    if (told := told_as(value)) is not None:
        yield from (with_what_it_needs(shown(told), told.path).rstrip(),)
        return
    for node in _tree(path).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (_imported(node, alias, path) for alias in node.names if _as(alias) == name)
        elif getattr(node, "name", "") == name or name in _set_by(node):
            yield ast.unparse(_unrecorded(node))


def _imported(node: ast.Import | ast.ImportFrom, alias: ast.alias, path: Path) -> str:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
    top = module.split(".")[0]
    if (
        top in ("kata", course().package)
        or (course().solutions / f"{top}.py").is_file()
        or top == path.parent.name
    ):
        raise NotAlone(f"{path.name}: {ast.unparse(node)}")
    return ast.unparse(
        ast.Import([alias])
        if isinstance(node, ast.Import)
        else ast.ImportFrom(module, [alias], level=0)
    )


def _as(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _set_by(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


def _free_names(text: str) -> list[str]:
    """Return the names that a program reads and nothing in it sets."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    set_here = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    set_here |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    set_here |= {getattr(node, "name", "") or "" for node in nodes}
    read = dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Load))
    return [name for name in read if name not in set_here and not hasattr(builtins, name)]


def _unrecorded(node: ast.stmt) -> ast.stmt:
    """Return a copy of a definition without our decorators."""
    copy = deepcopy(node)
    if isinstance(copy, Definition):
        copy.decorator_list = [d for d in copy.decorator_list if not _records(d)]
    return copy


def _records(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(called, "id", "") in ("mistake", "right", "told")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def _definitions(path: Path) -> dict[str, Definition]:
    return {node.name: node for node in definitions(_tree(path))}
