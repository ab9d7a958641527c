"""From a learner's file to a module, or to one line that says why not."""

import __future__

import ast
import builtins
import linecache
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, reduce
from operator import or_
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from kata.answers.cells import bound_by, source_of
from kata.answers.encoding import read_python
from kata.answers.keyboard import NoKeyboard, has_left
from kata.answers.pasted import OUTSIDE, in_line, in_statement, owner_of
from kata.answers.place import place
from kata.course import chapters, course, exercises, exercises_of
from kata.refusal import Broken, TookTooLong

Names = dict[str, Any]
Others = Callable[[str], ModuleType | None]

# what `from __future__ import ...` sets: each statement is compiled by itself
FUTURE = reduce(
    or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
# the text of solutions, in a process that may not read solutions/
PROVIDED: dict[Path, str] = {}


def load(path: Path, chapter: str, others: Others | None = None) -> ModuleType:
    """Run the file of one chapter and return its module, a new one at each call.

    `import chNN_...` in it gives the solutions of an earlier chapter: a mistake made there is
    not counted again here. Other files of the folder can be imported as they are.

    others: what other imports mean, by name; None for those that are nothing special.

    Raises Broken, with one line that says what is wrong and where.
    """
    module = _new(path, chapter, others)
    source = _text_of(path)
    with _running(module, path):
        _run(_compiled(source, path), path, module.__dict__)
    return module


def load_answers(
    path: Path, chapter: str, others: Others | None = None
) -> tuple[ModuleType, dict[str, Broken]]:
    """Do the same with a learner's file, in which a statement that fails costs no more than it
    must.

    What it was to define raises Broken when it is used. In a file (.py) the exercise beside it is
    broken as well, so that somebody is told; in a notebook only what defines something is run.

    others: as for `load`.

    Returns the exercises that are broken, each with why; under "" the first of all failures. Raises
    Broken where the file cannot be read as Python, or as a notebook.
    """
    module, broken = _new(path, chapter, others), dict[str, Broken]()
    notebook = path.suffix == ".ipynb"
    source = source_of(path) if notebook else _text_of(path)
    if notebook:
        # the file's own lines are JSON; a traceback is to show the code
        linecache.cache[str(path)] = (len(source), None, source.splitlines(True), str(path))
    flags = _compiled(source, path).co_flags & FUTURE
    body = ast.parse(source, str(path)).body
    with _running(module, path):
        for at, node in enumerate(body):
            code = compile(ast.Module([node], []), str(path), "exec", flags, dont_inherit=True)
            try:
                _run(code, path, module.__dict__, (node, in_line(source, node.lineno)))
            except Broken as failed:
                if isinstance(failed, LeavesPython) and not notebook:
                    raise Broken(failed.message) from None
                bound = bound_by(node)
                module.__dict__.update(dict.fromkeys(bound, Unusable(failed.message)))
                broken.setdefault("", failed)
                owner = None if notebook else owner_of(body, at, exercises_of(chapter))
                if owner is not None:
                    broken.setdefault(owner, failed)
    return module, broken


@cache
def solution_of(chapter: str) -> ModuleType:
    """Return the module of a chapter's solution."""
    return load(course().solution_of(chapter), chapter)


def solution_to(exercise: str) -> Callable[..., Any]:
    """Return the solution's function or class."""
    function: Callable[..., Any] = getattr(solution_of(exercises()[exercise].chapter), exercise)
    return function


def solutions_around(name: str, answer: Any, chapter: str, text: str) -> dict[str, Any]:
    """Return the definitions of a chapter's solution that use this answer wherever they need
    `name`.

    text: the solution's source without `name`, so that no answer can get at the solution to itself.
    """
    path = course().solution_of(chapter)
    names = {"__name__": chapter, "__builtins__": _builtins_for(chapter), name: answer}
    _run(compile(text, str(path), "exec"), path, names)
    return names


def line_in(path: Path | str, trace: TracebackType | None) -> int | str:
    """Return the number of the innermost line of `path` that a traceback passed through."""
    frames = traceback.walk_tb(trace)
    lines = [line for frame, line in frames if frame.f_code.co_filename == str(path)]
    return lines[-1] if lines else "?"


def _new(path: Path, chapter: str, others: Others | None = None) -> ModuleType:
    module = ModuleType(chapter)
    module.__file__ = str(path)
    module.__dict__["__builtins__"] = _builtins_for(chapter, others)
    return module


@contextmanager
def _running(module: ModuleType, path: Path) -> Iterator[None]:
    with _registered(module, path.parent), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning does not make right work wrong
        yield


def _text_of(path: Path) -> str:
    """Return the text of a file. Raises Broken."""
    try:
        return PROVIDED[path] if path in PROVIDED else read_python(path)
    except OSError as error:
        raise Broken(f"{path.name}: cannot be read ({error})") from None
    except SyntaxError as error:
        raise Broken(f"{path.name}:{error.lineno}: {error.msg}") from None


def _compiled(source: str, path: Path) -> CodeType:
    """Return a file's code. Raises Broken, and says what to remove where it was pasted along."""
    try:
        return compile(source, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        pasted = in_line(source, error.lineno)
        says = pasted or f"{type(error).__name__}: {error.msg}"
        raise Broken(f"{path.name}:{error.lineno}: {says}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Broken(f"{path.name}: cannot be compiled: {error}") from None


class LeavesPython(Broken):
    """The file ends the process at this statement: what stands below it was never to be run."""


class Unusable:
    """Stands for what a failed statement was to define; whoever uses it is told why it failed."""

    def __init__(self, message: str) -> None:
        self.message = message

    def _tell(self, *args: Any, **kwargs: Any) -> Any:
        raise Broken(self.message)

    __call__ = __getitem__ = _tell

    def __getattr__(self, name: str) -> Any:
        raise Broken(self.message)


for _operator in ("add", "sub", "mul", "truediv", "matmul", "pow"):
    for _name in (f"__{_operator}__", f"__r{_operator}__"):
        setattr(Unusable, _name, Unusable.__call__)


def _run(code: CodeType, path: Path, names: Names, of: tuple[ast.stmt, str] | None = None) -> None:
    """Run code in a namespace. Raises Broken.

    of: the statement that it is, and what is to be said of its line, if it was pasted along.
    """
    try:
        exec(code, names)
    except (KeyboardInterrupt, TookTooLong, Broken):
        raise
    except BaseException as error:
        if has_left(error):
            raise
        node, pasted = of or (None, "")
        advice = in_statement(error, node)
        line = node.lineno if node and advice == OUTSIDE else line_in(path, error.__traceback__)
        where = place(path, line)
        says = pasted or f"{_in_words(error)}{advice and f'; {advice}'}"
        kind = LeavesPython if isinstance(error, SystemExit) else Broken
        raise kind(f"{where}: {says}") from None


def _in_words(error: BaseException) -> str:
    if isinstance(error, NoKeyboard):
        return str(error)
    if isinstance(error, SystemExit):
        return "leaves Python (sys.exit) while it is imported; remove that line"
    if isinstance(error, RecursionError):
        return "RecursionError: calls itself without end while it is imported"
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _builtins_for(chapter: str, others: Others | None = None) -> dict[str, Any]:
    """Return builtins whose `import chNN_...` means the solutions, and only those of earlier
    chapters.
    """

    def import_(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if others is not None and (other := others(name)) is not None:
            return other
        if name not in chapters():
            return builtins.__import__(name, *args, **kwargs)
        if name == chapter:
            raise ImportError(f"{chapter} imports itself; what it defines is there without that")
        if name > chapter:
            raise ImportError(f"{chapter} may use only the chapters before it, not {name}")
        return solution_of(name)

    return {**vars(builtins), "__import__": import_}


@contextmanager
def _registered(module: ModuleType, folder: Path) -> Iterator[None]:
    """Let dataclasses and the like find the module, and its file's neighbours be imported."""
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    sys.path.append(str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        if before is None:
            del sys.modules[module.__name__]
        else:
            sys.modules[module.__name__] = before
