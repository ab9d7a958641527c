"""Make the stubs of exercises/ from the solutions: the same text, without the bodies.

An author edits solutions/ only; `python -m kata.build` writes the stubs again, and a test proves
them fresh.
"""

import ast
from pathlib import Path

from kata.catalogue import EXERCISES, SOLUTIONS, Definition, chapters, definitions


def stub_of(source: str) -> str:
    """The stub of a chapter, from the text of its solution.

    Each public function keeps its signature and docstring, and its body becomes
    `raise NotImplementedError`; private helpers go.
    """
    lines = source.splitlines()
    out: list[str] = []
    done = 0
    for node in definitions(ast.parse(source)):
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
        out += lines[done:start]
        if not node.name.startswith("_"):
            out += [*lines[start : _end_of_docstring(node)], "    raise NotImplementedError"]
        done = node.end_lineno or node.lineno
    return "\n".join([*out, *lines[done:]]).rstrip() + "\n"


def _end_of_docstring(node: Definition) -> int:
    first = node.body[0]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        raise ValueError(f"{node.name}: an exercise needs a docstring")
    return first.end_lineno or first.lineno


def stale() -> list[Path]:
    """The stubs that are not what their solution makes of them."""
    return [
        path
        for path, text in fresh().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def fresh() -> dict[Path, str]:
    """Every stub's path and text."""
    return {
        EXERCISES / f"{chapter}.py": stub_of((SOLUTIONS / f"{chapter}.py").read_text("utf-8"))
        for chapter in chapters()
    }


def main() -> None:
    """Write the stubs that are stale."""
    for path in stale():
        path.write_text(fresh()[path], "utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
