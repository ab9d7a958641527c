"""What came along with pasted code and is no part of an answer: what it is, and what to remove."""

import ast
import re
from collections.abc import Iterable, Sequence

from kata.course import Definition

# how a line begins that no Python file has, and what is said of it
MARKS = (
    (re.compile(r"\s*(%%?[a-zA-Z]\w*)"), "`{}` is a notebook's magic; remove this line"),
    (re.compile(r"\s*(!\s*[\w./~]+)"), "`{}` is a notebook's shell line; remove it"),
    (re.compile(r"\s*((?:In|Out) ?\[[ \d]*\]:)"), "`{}` is a notebook's prompt; remove it"),
    (re.compile(r"\s*(\.{3,}:|>>>)"), "`{}` is Python's prompt; remove it, and each `...` below"),
    (re.compile(r"\s*(\.\.\.)(?: |$)"), "`{}` is Python's prompt; remove it"),
    (re.compile(r"\s*(```\w*|~~~\w*)"), "`{}` is Markdown's fence; remove this line"),
    (re.compile(r"\s*(\?{1,2}[\w.]+|[\w.]+\?{1,2}$)"), "`{}` asks a notebook for help; remove it"),
    (re.compile(r"(<{7}|={7}|>{7})(?: |$)"), "`{}` is git's mark of a conflict; remove it"),
)
# modules of courses and of notebooks
COURSES = {"exp", "fastai", "fastcore", "fastbook", "nbdev", "miniai", "utils", "cs231n"}
NOTEBOOKS = {"IPython", "ipywidgets", "google", "ipykernel", "ipdb"}
NOTEBOOKS_OWN = {"get_ipython", "display"}
MISSES = re.compile(r"No module named '([\w.]+)'")
ENOUGH = "remove this line: `import torch` is enough"
OUTSIDE = "this line stands outside the functions, and no exercise needs it: remove it"


def in_line(source: str, line: int | None) -> str:
    """Return what is wrong with a line that is no Python, where it was pasted with it; else ""."""
    lines = source.splitlines()
    text = lines[line - 1] if line and line <= len(lines) else ""
    for begins, says in MARKS:
        if found := begins.match(text):
            return says.format(found[1].strip())
    return ""


def in_statement(error: BaseException, node: ast.stmt | None) -> str:
    """Say what to do about a statement at the top level of a file that raises; "" for nothing.

    node: the statement, where it is known.
    """
    if isinstance(error, ModuleNotFoundError) and (found := MISSES.search(str(error))):
        module = found[1].split(".")[0]
        if module in NOTEBOOKS:
            return f"{module} is a notebook's: remove this line"
        if module in COURSES:
            return f"{module} is another course's: {ENOUGH}"
        return f"{ENOUGH}, or put {module}.py beside this file"
    if isinstance(error, NameError) and error.name in NOTEBOOKS_OWN:
        return f"{error.name} is a notebook's: remove this line"
    if isinstance(error, SystemExit) or isinstance(node, Definition | ast.Import | ast.ImportFrom):
        return ""
    return OUTSIDE if node is not None else ""


def owner_of(body: Sequence[ast.stmt], at: int, names: Iterable[str]) -> str | None:
    """Return the exercise that is told of a statement that fails: the next one below it.

    Python would not have come to that one. At the end of a file it is the one above. None where a
    file has none of these exercises, and where the statement defines one itself.
    """

    def named(nodes: Sequence[ast.stmt]) -> list[str]:
        return [node.name for node in nodes if isinstance(node, Definition) and node.name in names]

    names = set(names)
    if named(body[at : at + 1]):
        return None
    below, above = named(body[at:]), named(body[:at])
    return below[0] if below else above[-1] if above else None
