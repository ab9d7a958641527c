"""Make what is made: stubs, the page of exercises, and notebooks, from the solutions and lessons.

An author edits solutions/*.py and lessons/*.md only; `kata dev build` writes all that follows from
them, and a test proves it fresh.
"""

import ast
from pathlib import Path

from kata.answers.text import stub_of
from kata.course import Definition, chapters, course, definitions, title
from kata.dev import notebooks, pictures

HEAD = """\
# The exercises

Made by `kata dev build` from the solutions' docstrings; do not edit. What holds for all: inputs
keep their values, dtype and device follow the inputs, and any callable that does what is asked is
an answer.
"""


def fresh() -> dict[Path, str]:
    """Return the path and the text of everything that is made."""
    page = course().root / "docs" / "exercises.md"
    pages = {page: exercises_page()} if page.parent.is_dir() else {}
    return stubs() | pages | notebooks.fresh()


def stale() -> dict[Path, str]:
    """Return the files that are not what their solution and lesson make of them, and their text."""
    return stale_among(fresh())


def stale_among(made: dict[Path, str]) -> dict[Path, str]:
    """Return what is made and not yet in its file."""
    return {
        path: text
        for path, text in made.items()
        if not path.is_file() or path.read_text("utf-8") != text
    }


def stubs() -> dict[Path, str]:
    """Return the path and the text of every chapter's stubs."""
    return {
        course().exercises / f"{chapter}.py": stub_of(_source(chapter)) for chapter in chapters()
    }


def exercises_page() -> str:
    """Return a page with every exercise: how it is called, and its docstring."""
    parts = [HEAD]
    for chapter in chapters():
        parts.append(f"## Chapter {title(chapter)}\n")
        for node in definitions(ast.parse(_source(chapter))):
            if not node.name.startswith("_"):
                parts += _entry(node)
    return "\n".join(parts)


def build(run: bool = True) -> list[str]:
    """Write what is stale, and return a line for each file.

    run: run the solved notebooks that changed, and take the pictures of the watch.
    """
    lines = []
    for path, text in (stale() | (pictures.stale() if run else {})).items():
        path.write_text(text, "utf-8", newline="\n")
        lines.append(f"wrote {path.relative_to(course().root)}")
    for path in notebooks.not_run() if run else ():
        notebooks.run(path)
        lines.append(f"ran {path.relative_to(course().root)}")
    return lines


def _source(chapter: str) -> str:
    return course().solution_of(chapter).read_text("utf-8")


def _entry(node: Definition) -> list[str]:
    """Return an exercise's lines: of a class, its methods' too."""
    lines = [f"### {node.name}\n", f"    {signature(node)}\n", f"{ast.get_docstring(node)}\n"]
    if isinstance(node, ast.ClassDef):
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and ast.get_docstring(method):
                lines += [f"    {signature(method)}\n", f"{ast.get_docstring(method)}\n"]
    return lines


def signature(node: Definition) -> str:
    """Return how a function is called, with its annotations: one line."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, node.bases))
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){returns}"
