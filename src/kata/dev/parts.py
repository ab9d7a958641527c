"""The parts of a chapter file: its head, and the text of each function; and of an experiment."""

import ast
from itertools import pairwise, takewhile

from kata.course import Definition, definitions


def parts_of(source: str) -> tuple[str, dict[str, str]]:
    """Return a chapter file's head (its imports), and the text of each public function.

    What stands between two functions, helpers above all, belongs to the second; what comes after
    the last, to the last.
    """
    tree = ast.parse(source)
    lines = source.splitlines()
    public = [node for node in definitions(tree) if not node.name.startswith("_")]
    first = min((_start(node) for node in definitions(tree)), default=len(lines))
    ends = [node.end_lineno or node.lineno for node in public[:-1]]
    cuts = [first, *ends, len(lines)]
    texts = ["\n".join(lines[a:b]).strip() for a, b in pairwise(cuts)]
    after_doc = tree.body[0].end_lineno if ast.get_docstring(tree) is not None else 0
    head = "\n".join(lines[after_doc:first]).strip()
    return head, dict(zip((node.name for node in public), texts, strict=True))


def imports_and_rest(code: str) -> tuple[list[str], str]:
    """Return the imports that some code begins with, each as written, and what comes after."""
    kinds = (ast.Import, ast.ImportFrom)
    imports = list(takewhile(lambda node: isinstance(node, kinds), ast.parse(code).body))
    end = imports[-1].end_lineno if imports else 0
    texts = [ast.get_source_segment(code, node) or "" for node in imports]
    return texts, "\n".join(code.splitlines()[end:]).strip()


def _start(node: Definition) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
