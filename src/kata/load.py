"""From a learner's file to a module, or to one line that says why not."""

import builtins
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from kata.catalogue import SOLUTIONS, chapters
from kata.refusal import Broken, TookTooLong, shown


def load(path: Path, chapter: str) -> ModuleType:
    """Run the file of one chapter and return its module, a new one at each call.

    `import chNN_...` in it gives the solutions of an earlier chapter: a mistake made there is
    not counted again here. Other files of the folder can be imported as they are.

    Raises Broken, with one line that says what is wrong and where.
    """
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{shown(path)}: cannot be read ({error}); save it as UTF-8 text") from None
    try:
        code = compile(source, str(path), "exec")
    except SyntaxError as error:
        raise Broken(f"{shown(path)}:{error.lineno}: {type(error).__name__}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Broken(f"{shown(path)}: cannot be compiled: {error}") from None

    module = ModuleType(chapter)
    module.__file__ = str(path)
    module.__dict__["__builtins__"] = _builtins_for(chapter)
    with _registered(module, path.parent):
        try:
            exec(code, module.__dict__)
        except (KeyboardInterrupt, TookTooLong):
            raise
        except BaseException as error:
            where = f"{shown(path)}:{line_in(path, error.__traceback__)}"
            raise Broken(f"{where}: {_in_words(error)}") from None
    return module


@cache
def solution_of(chapter: str) -> ModuleType:
    """The module of a chapter's solution."""
    return load(SOLUTIONS / f"{chapter}.py", chapter)


def line_in(path: Path | str, trace: TracebackType | None) -> int | str:
    """The number of the innermost line of `path` that a traceback passed through."""
    lines = [f.lineno for f in traceback.extract_tb(trace) if f.filename == str(path)]
    return lines[-1] if lines and lines[-1] is not None else "?"


def _in_words(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "leaves Python (sys.exit) while it is imported; remove that line"
    if isinstance(error, RecursionError):
        return "RecursionError: calls itself without end while it is imported"
    return f"{type(error).__name__}: {error}"


def _builtins_for(chapter: str) -> dict[str, Any]:
    """Builtins whose `import chNN_...` means the solutions, and only those of earlier chapters."""

    def import_(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name not in chapters():
            return builtins.__import__(name, *args, **kwargs)
        if name >= chapter:
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
