"""Run a notebook's definitions one by one, so that a broken one costs no other."""

import ast
import linecache
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from kata.answers.cells import names_of, source_of
from kata.refusal import Broken

Names = dict[str, Any]


class Unusable:
    """Stands for what a failed statement was to define; whoever uses it is told why it failed."""

    def __init__(self, message: str) -> None:
        self.message = message

    def _tell(self, *args: Any, **kwargs: Any) -> Any:
        raise Broken(self.message)

    __call__ = __getitem__ = _tell

    def __getattr__(self, name: str) -> Any:
        raise Broken(self.message)


def run(path: Path, one: Callable[[CodeType, Path, Names], None]) -> Callable[[Names], None]:
    """What runs the notebook at path in a namespace, one(code, path, names) for each statement.

    Raises Broken where the file is no notebook.
    """
    source = source_of(path)
    # the file's own lines are JSON; a traceback is to show the code
    linecache.cache[str(path)] = (len(source), None, source.splitlines(True), str(path))
    statements = ast.parse(source, str(path)).body

    def run_all(names: Names) -> None:
        for node in statements:
            code = compile(ast.Module([node], []), str(path), "exec", dont_inherit=True)
            try:
                one(code, path, names)
            except Broken as broken:
                bound, _ = names_of(node)
                names.update(dict.fromkeys(bound, Unusable(broken.message)))

    return run_all
