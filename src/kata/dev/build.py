"""Make the stubs of exercises/ from the solutions: the same text, without the bodies.

An author edits solutions/*.py (and lessons/ for the notebooks' story) only; `python -m kata.dev.build`
writes the stubs and the notebooks again, and a test proves them fresh.
"""

import ast
from pathlib import Path

from kata.course import Definition, chapters, course, definitions


def stub_of(source: str) -> str:
    """The stub of a chapter, from the text of its solution.

    Each public function, and each method of a public class, keeps its signature and docstring, and
    its body becomes `raise NotImplementedError`; private functions and methods go.
    """
    lines = source.splitlines()
    out: list[str] = []
    done = 0
    for node in definitions(ast.parse(source)):
        start = _start_of(node)
        out += lines[done:start]
        if not node.name.startswith("_"):
            out += _stub_lines(node, lines)
        done = node.end_lineno or node.lineno
    return "\n".join([*out, *lines[done:]]).rstrip() + "\n"


def _stub_lines(node: Definition, lines: list[str]) -> list[str]:
    """A definition without its body."""
    head = lines[_start_of(node) : _end_of_docstring(node)]
    if not isinstance(node, ast.ClassDef):
        return [*head, " " * (node.col_offset + 4) + "raise NotImplementedError"]
    for method in node.body[1:]:
        if isinstance(method, ast.FunctionDef) and _is_asked_for(method):
            head += ["", *_stub_lines(method, lines)]
    return head


def _is_asked_for(method: ast.FunctionDef) -> bool:
    return not method.name.startswith("_") or method.name.endswith("__")


def _start_of(node: Definition) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1


def _end_of_docstring(node: Definition) -> int:
    first = node.body[0]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        raise ValueError(f"{node.name}: an exercise needs a docstring")
    return first.end_lineno or first.lineno


def stale() -> list[Path]:
    """The stubs and notebooks that are not what their solution and lesson make of them."""
    return [
        path
        for path, text in fresh().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def fresh() -> dict[Path, str]:
    """Every stub's path and text, and every notebook's."""
    from kata.dev import notebooks  # imports nbformat, which authors alone need

    stubs = {
        course().exercises / f"{chapter}.py": stub_of(
            (course().solution_of(chapter)).read_text("utf-8")
        )
        for chapter in chapters()
    }
    return stubs | notebooks.fresh()


def main() -> None:
    """Write the stubs and the notebooks that are stale."""
    for path in stale():
        path.write_text(fresh()[path], "utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
