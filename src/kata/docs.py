"""Write docs/grading.md: for each function its tests, and the mistakes that each test refuses.

`python -m kata.docs` runs the recorded mistakes and writes the page; a test proves it fresh.
"""

import ast
import inspect
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from kata.catalogue import ROOT, chapters, exercises_of
from kata.compare import __doc__ as tolerance_in_general
from kata.recorded import MISTAKES, mistakes_of

PAGE = ROOT / "docs" / "grading.md"
HEAD = """\
# What is graded, and what each test refuses

Written by `python -m kata.docs` from the tests and the recorded mistakes; do not edit.

## Tolerances

{tolerances}
"""


def render(matrix: list[dict[str, Any]]) -> str:
    """The page, from the grades of all recorded mistakes (`pytest --recorded mistakes`)."""
    refused: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in matrix:
        for test in entry["tests"]:
            if test["status"] != "passed":
                refused[entry["name"], test["name"].split("[")[0]].add(entry["answer"])
    sections = [_chapter(chapter, refused) for chapter in chapters()]
    return "\n".join([HEAD.format(tolerances=_paragraphs(tolerance_in_general)), *sections])


def _chapter(chapter: str, refused: dict[tuple[str, str], set[str]]) -> str:
    tests = _tests_of(chapter)
    out = [f"## {chapter}\n"]
    for name in exercises_of(chapter):
        out.append(f"### {name}\n")
        for test, (arguments, doc) in tests.items():
            if name not in arguments:
                continue
            out.append(f"- **{_sentence(test)}**{f' {doc}' if doc else ''}")
            by = ", ".join(f"`{answer}`" for answer in sorted(refused[name, test]))
            out.append(f"  - refuses {by}")
        out.append("\nMistakes and what is said of them:\n")
        out += [f"- `{m.name}`: {' '.join((m.sentence or '').split())}" for m in mistakes_of(name)]
        out.append("")
    return "\n".join(out)


def _tests_of(chapter: str) -> dict[str, tuple[list[str], str]]:
    """Each test of a chapter: its arguments, and its docstring on one line."""
    tree = ast.parse((ROOT / "tests" / f"test_{chapter}.py").read_text("utf-8"))
    return {
        node.name: (
            [argument.arg for argument in node.args.args],
            " ".join((ast.get_docstring(node) or "").split()),
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_s_", "'s ").replace("_", " ").capitalize() + "."


def _paragraphs(doc: str | None) -> str:
    return inspect.cleandoc(doc or "")


def main() -> None:
    """Grade all recorded mistakes and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        grade = Path(folder) / "grade.json"
        command = ["-m", "pytest", "-q", "--recorded", str(MISTAKES), "--grade-json", str(grade)]
        subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
        matrix = json.loads(grade.read_text("utf-8"))["exercises"]
    PAGE.write_text(render(matrix), "utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
