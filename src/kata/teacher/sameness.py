"""Which answers are the same program: by their files' bytes, or by their syntax trees.

The key of an exercise's tree covers all of its chapter's file that can have a part in what it does:
everything that runs when the file is imported, its own definition, and those of the siblings that
any of that mentions. Comments, blank lines and what the siblings' bodies hold besides do not count.
"""

import ast
import hashlib
import json
from collections.abc import Iterator

from kata.catalogue import chapters, exercises_of
from kata.teacher.job import Job


def keys_of_files(job: Job) -> dict[str, str]:
    """A key for each exercise whose chapter is a .py file that stands on its own."""
    return {
        name: f"file {name} {hashlib.sha256(content).hexdigest()}"
        for chapter, content in _alone(job)
        for name in exercises_of(chapter)
    }


def keys_of_trees(job: Job) -> dict[str, str]:
    """The same, by syntax trees.

    It parses what was handed in: call it in a process that may crash.
    """
    return {
        name: f"tree {name} {key}"
        for chapter, content in _alone(job)
        for name, key in _of_chapter(chapter, content)
    }


def _alone(job: Job) -> Iterator[tuple[str, bytes]]:
    """The chapters, and their files' contents, where no other file can have a part in them."""
    if job.file or any(not name.endswith((".py", ".ipynb")) for name in job.files):
        return
    stems = {name.rpartition(".")[0] for name in job.files}
    if stems <= set(chapters()):
        for chapter in chapters():
            if f"{chapter}.py" in job.files and f"{chapter}.ipynb" not in job.files:
                yield chapter, job.files[f"{chapter}.py"]


def _of_chapter(chapter: str, content: bytes) -> Iterator[tuple[str, str]]:
    try:
        body = ast.parse(content).body
        names = set(exercises_of(chapter))
        # by position in the file: what may be left out, where nothing mentions it
        functions = {
            at: node
            for at, node in enumerate(body)
            if isinstance(node, ast.FunctionDef) and node.name in names
        }
        heads = {at: _head(node) for at, node in functions.items()}
        whole = [ast.dump(node) for node in body]
        always = {
            word
            for at, node in enumerate(body)
            if not _is_text(node)
            for word in _words(heads.get(at, node))
        }
        inside = {at: set(_words(node)) for at, node in functions.items()}
        short = {at: ast.dump(head) for at, head in heads.items()}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for name in names:
        mentioned, more = set[str](), {name, *always}
        while more - mentioned:
            mentioned |= more
            more = {
                word
                for at, node in functions.items()
                if node.name in mentioned
                for word in inside[at]
            }
        parts = [
            short[at] if at in functions and functions[at].name not in mentioned else dump
            for at, dump in enumerate(whole)
        ]
        text = json.dumps([chapter, name, parts])
        yield name, hashlib.sha256(text.encode()).hexdigest()


def _head(node: ast.FunctionDef) -> ast.FunctionDef:
    """What runs of a function when it is defined: decorators, defaults, annotations."""
    return ast.FunctionDef(
        name=node.name,
        args=node.args,
        body=[],
        decorator_list=node.decorator_list,
        returns=node.returns,
    )


def _is_text(node: ast.stmt) -> bool:
    """Whether it is a docstring, which mentions names and does nothing."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _words(tree: ast.AST) -> Iterator[str]:
    """Every name that a piece of code mentions in any way."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.replace(".", " ").split()
        elif isinstance(node, ast.alias):
            yield from (node.name, node.asname or "")
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
