"""Make the notebooks: exercises/*.ipynb and solutions/*.ipynb, from lessons/ and solutions/*.py.

`kata dev build` writes them, the solved ones with the outputs of those cells that did not change,
and then runs the solved ones that changed.
"""

import ast
import hashlib
import importlib.util
import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kata.answers.cells import digest
from kata.answers.text import body_of, stub_of
from kata.course import chapters, course
from kata.course.lessons import Piece, pieces_of
from kata.dev.parts import imports_and_rest, parts_of

COLAB = "https://colab.research.google.com"
GET_IT = """\
# Where the course is not installed (on Colab, say), install it; the torch that is there stays.
import importlib.util

if importlib.util.find_spec("kata") is None:
    %pip install -q {distribution}

"""
RUN_FIRST = "# Run this cell first: it imports what the chapter uses.\n"  # all that a fold shows
BEGIN = "import kata\n\nkata.begin()"
# no version of Python or of a tool: the files are the same wherever they are made
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def fresh() -> dict[Path, str]:
    """Return the path and text of every notebook, as lessons/ and solutions/*.py make them."""
    return {path: text for c in chapters() for path, text in fresh_of(c).items()}


def fresh_of(chapter: str) -> dict[Path, str]:
    """Return the path and the text of a chapter's two notebooks."""
    return {
        folder / f"{chapter}.ipynb": text_of(made(chapter, folder))
        for folder in (course().exercises, course().solutions)
    }


def made(chapter: str, folder: Path) -> NotebookNode:
    """Return a chapter's notebook for a folder, exercises/ or solutions/.

    It has the outputs that the file there has for the same cells.
    """
    source = course().solution_of(chapter).read_text("utf-8")
    head, functions = parts_of(source if folder == course().solutions else stub_of(source))
    first, *pieces = pieces_of(chapter)
    title, _, rest = first.text.partition("\n")
    imports, pieces = _imports_apart(pieces)
    cells = [
        _cell("markdown", "title", f"{title}\n\n{_badge(chapter, folder)}{rest.strip()}".rstrip()),
        _setup(head, imports),
    ]
    for number, piece in enumerate(pieces, 2):
        if piece.kind == "exercise":
            cells.append(_cell("code", f"exercise-{piece.text}", functions[piece.text]))
            cells.append(_cell("code", f"check-{piece.text}", f'kata.check("{piece.text}")'))
        else:
            kind = "markdown" if piece.kind == "story" else "code"
            cells.append(_cell(kind, f"{piece.kind}-{number}", piece.text))
    cells = [cell for cell in cells if cell.source]  # of an experiment, all may have been imports
    notebook: NotebookNode = new_notebook(cells=cells, metadata=METADATA)
    if folder == course().solutions:
        _take_outputs(notebook, folder / f"{chapter}.ipynb")
    else:
        blank = digest(cell.source for cell in cells if cell.cell_type == "code")
        notebook.metadata = {**METADATA, "kata": {"blank": blank}}
    return notebook


def _badge(chapter: str, folder: Path) -> str:
    """Return the link that opens a chapter on Colab, where the course has a repository."""
    if not course().repository:
        return ""
    link = f"{COLAB}/github/{course().repository}/blob/main/{folder.name}/{chapter}.ipynb"
    return f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({link})\n\n"


def _imports_apart(pieces: list[Piece]) -> tuple[list[str], list[Piece]]:
    """Return the imports of the experiment that a lesson begins with, and the pieces without."""
    first = next((piece for piece in pieces if piece.kind != "story"), None)
    if first is None or first.kind == "exercise":
        return [], pieces
    imports, code = imports_and_rest(first.text)
    return imports, [replace(p, text=code) if p is first else p for p in pieces]


def _setup(head: str, imports: list[str]) -> NotebookNode:
    """Return the first code cell, folded: get the course where it is not installed, and import.

    head: of the solution. imports: of the lesson's first experiment; what the head has is left out.
    """
    name = course().distribution
    more = "\n".join(line for line in imports if line not in head.splitlines())
    begin = RUN_FIRST + (GET_IT.format(distribution=name) if name else "") + BEGIN
    cell = _cell("code", "setup", "\n\n".join(part for part in (begin, more, head) if part))
    cell.metadata["jupyter"] = {"source_hidden": True}
    return cell


def text_of(notebook: NotebookNode) -> str:
    """Return a notebook as its file has it."""
    return f"{nbformat.writes(notebook)}\n"


def not_run() -> list[Path]:
    """Return the solved notebooks that were not run since one of their cells changed."""
    paths = [course().solutions / f"{chapter}.ipynb" for chapter in chapters()]
    return [path for path in paths if not path.is_file() or not _is_run(_read(path))]


def run(path: Path) -> None:
    """Run a solved notebook on the embedded digits and write it with its outputs."""
    notebook = _read(path)
    ran(notebook, path.parent)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {**METADATA, "kata": {"ran": _hash(notebook)}}
    path.write_text(text_of(notebook), "utf-8")


def ran(notebook: NotebookNode, folder: Path, *, allow_errors: bool = False) -> NotebookNode:
    """Run a notebook's cells in a fresh kernel that stands in a folder; the notebook, changed.

    KATA_DATA is hidden from it, so that what it shows does not depend on it.
    """
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=600,
        startup_timeout=300,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # else: its port is not encrypted
        record_timing=False,
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
    )
    environment = {k: v for k, v in os.environ.items() if k != "KATA_DATA"}
    client.execute(env=environment)
    return notebook


def _cell(kind: str, name: str, text: str) -> NotebookNode:
    make = new_code_cell if kind == "code" else new_markdown_cell
    cell: NotebookNode = make(text, id=name.replace("_", "-")[:64])
    return cell


def _read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def _take_outputs(notebook: NotebookNode, path: Path) -> None:
    """Give the cells the outputs that the same cells have in the file at path."""
    if not path.is_file():
        return
    before = _read(path)
    done = {cell.id: cell for cell in before.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        same = done.get(cell.id)
        if cell.cell_type == "code" and same is not None and same.source == cell.source:
            cell.outputs, cell.execution_count = same.outputs, same.execution_count
    if "kata" in before.metadata:
        notebook.metadata = {**METADATA, "kata": before.metadata["kata"]}


def _is_run(notebook: NotebookNode) -> bool:
    return bool(notebook.metadata.get("kata", {}).get("ran") == _hash(notebook))


def _hash(notebook: NotebookNode) -> str:
    """Return a hash of the notebook's code, and of the course's own modules that it imports.

    They draw its pictures, which no test compares. Comments and docstrings change nothing.
    """
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    code += [_without_words(path.read_text("utf-8")) for path in _imported("\n".join(code))]
    return hashlib.sha256("\n# %%\n".join(code).encode()).hexdigest()[:16]


@cache
def _without_words(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = body_of(node) or [ast.Pass()]
    return ast.unparse(tree)


def _imported(code: str) -> list[Path]:
    """Return the files of the course's package that some code imports, and those that these do."""
    if not course().package:
        return []
    origin = importlib.util.find_spec(course().package)
    assert origin is not None and origin.origin is not None
    folder, found, texts = Path(origin.origin).parent, set[Path](), [code]
    imports = re.compile(rf"from {course().package}(?:\.(\w+))? import ([\w, ]+)")
    while texts:
        for module, names in imports.findall(texts.pop()):
            for name in [module] if module else names.split(","):
                path = folder / f"{name.strip()}.py"
                if path.is_file() and path not in found:
                    found.add(path)
                    texts.append(path.read_text("utf-8"))
    return sorted(found)
