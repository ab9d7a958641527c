"""Write docs/grading.md, and docs/grading/: for each function its tests, and what each refuses.

`python -m kata.docs [CHAPTER...]` runs the recorded mistakes and writes the pages; tests prove
them fresh.
"""

import ast
import inspect
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

from kata import compare, oracle, statistics
from kata.catalogue import ROOT, chapters, exercises_of
from kata.recorded import MISTAKES, mistakes_of

INDEX = ROOT / "docs" / "grading.md"
PAGES = ROOT / "docs" / "grading"
HEAD = """\
# What is graded, and what each test refuses

Written by `python -m kata.docs` from the tests and the recorded mistakes; do not edit.

{chapters}

## Tolerances

{tolerances}

## Statistical checks

{statistics}

{powers}
"""


def index() -> str:
    """The first page: the chapters, how tolerances come about, and the power of what is drawn."""
    return HEAD.format(
        chapters="\n".join(f"- [{chapter}](grading/{chapter}.md)" for chapter in chapters()),
        tolerances=inspect.cleandoc(compare.__doc__ or ""),
        statistics=inspect.cleandoc(statistics.__doc__ or ""),
        powers=statistics.table(),
    )


def page(chapter: str, matrix: list[dict[str, Any]]) -> str:
    """A chapter's page, from the grades of its recorded mistakes (`pytest --recorded mistakes`)."""
    refused: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in matrix:
        for test in entry["tests"]:
            if test["status"] != "passed":
                refused[entry["name"], test["name"].split("[")[0]].add(entry["answer"])
    tests = _tests_of(chapter)
    out = [f"# {chapter}\n", "Written by `python -m kata.docs`; do not edit.\n"]
    for name in exercises_of(chapter):
        mistakes = [m.name for m in mistakes_of(name)]
        out.append(f"## {name}\n")
        if tolerance := inspect.getdoc(getattr(oracle, name, None)):
            out.append(f"Right is, and within how many roundings: {_one_line(tolerance)}\n")
        for test, (arguments, doc) in tests.items():
            if name in arguments:
                out.append(f"- **{_sentence(test)}**{f' {doc}' if doc else ''}")
                out.append(f"  - refuses {_listed(refused[name, test], mistakes)}")
        out.append(f"\nThe {len(mistakes)} recorded mistakes, and what is said of them:\n")
        out += [f"- `{m.name}`: {_one_line(m.sentence or '')}" for m in mistakes_of(name)]
        out.append("")
    return "\n".join(out)


def _listed(refused: Collection[str], mistakes: Collection[str]) -> str:
    """Those that are refused, or all but those that are not, whichever is shorter."""
    others = [name for name in mistakes if name not in refused]
    if len(others) >= len(mistakes) / 2:
        return ", ".join(f"`{name}`" for name in mistakes if name in refused)
    but = ", ".join(f"`{name}`" for name in others)
    return f"all but {but}" if but else "all"


def _tests_of(chapter: str) -> dict[str, tuple[list[str], str]]:
    """Each test of a chapter: its arguments, and its docstring on one line."""
    tree = ast.parse((ROOT / "tests" / f"test_{chapter}.py").read_text("utf-8"))
    return {
        node.name: (
            [argument.arg for argument in node.args.args],
            _one_line(ast.get_docstring(node) or ""),
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_s_", "'s ").replace("_", " ").capitalize() + "."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Grade the recorded mistakes of some chapters (all, if none is named) and write the pages."""
    INDEX.parent.mkdir(exist_ok=True)
    PAGES.mkdir(exist_ok=True)
    INDEX.write_text(index(), "utf-8")
    for chapter in sys.argv[1:] or chapters():
        with tempfile.TemporaryDirectory() as folder:
            grade = Path(folder) / "grade.json"
            test = f"tests/test_{chapter}.py"
            # in one process: what an answer that keeps something does depends on the order of tests
            options = ["-q", "--recorded", str(MISTAKES), "--grade-json", str(grade)]
            command = [sys.executable, "-m", "pytest", test, *options]
            subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
            matrix = json.loads(grade.read_text("utf-8"))["exercises"]
        (PAGES / f"{chapter}.md").write_text(page(chapter, matrix), "utf-8")
        print(f"wrote {PAGES / chapter}.md")


if __name__ == "__main__":
    main()
