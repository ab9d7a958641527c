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
# each wraps every test, and there are tens of thousands, of a few milliseconds
NOT_NEEDED = [
    "benchmark",
    "cacheprovider",
    "faulthandler",
    "logging",
    "nbval",
    "threadexception",
    "unraisableexception",
    "warnings",
    "xdist",
]
HEAD = """\
# What is graded, and what each test refuses

Written by `python -m kata.docs` from the tests and the recorded mistakes; do not edit.

{chapters}

Once a test has refused a mistake, those after it try it in float32 alone.

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


def matrix(chapter: str, folder: Path) -> list[dict[str, Any]]:
    """Grade a chapter's answers recorded in a folder; the entries of the grade, one an answer.

    All in one process: what an answer that keeps something does depends on the order of tests.
    """
    with tempfile.TemporaryDirectory() as place:
        grade = Path(place) / "grade.json"
        options = ["-q", "-s", "--recorded", str(folder), "--grade-json", str(grade)]
        lean = [part for plugin in NOT_NEEDED for part in ("-p", f"no:{plugin}")]
        command = [sys.executable, "-m", "pytest", f"tests/test_{chapter}.py", *options, *lean]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if not grade.exists():
            raise RuntimeError(f"{chapter} could not be graded:\n{done.stdout}{done.stderr}")
        return list(json.loads(grade.read_text("utf-8"))["exercises"])


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
        (PAGES / f"{chapter}.md").write_text(page(chapter, matrix(chapter, MISTAKES)), "utf-8")
        print(f"wrote {PAGES / chapter}.md")


if __name__ == "__main__":
    main()
