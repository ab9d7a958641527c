"""Grade the answers recorded for a chapter: which test refuses which of them."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kata.course import course

# Each of these wraps every test, and there are tens of thousands, of a few milliseconds.
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


def matrix(chapter: str, folder: Path) -> list[dict[str, Any]]:
    """Grade a chapter's answers recorded in a folder; return the grade's entries, one an answer.

    All run in one process: what an answer that keeps something does depends on the order of tests.
    Raises RuntimeError, with what pytest printed, where there is no grade.
    """
    with tempfile.TemporaryDirectory() as place:
        grade = Path(place) / "grade.json"
        options = ["-q", "-s", "--recorded", str(folder), "--grade-json", str(grade)]
        lean = [part for plugin in NOT_NEEDED for part in ("-p", f"no:{plugin}")]
        command = [sys.executable, "-m", "pytest", f"tests/test_{chapter}.py", *options, *lean]
        done = subprocess.run(command, cwd=course().root, capture_output=True, text=True)
        if not grade.exists():
            raise RuntimeError(f"{chapter} could not be graded:\n{done.stdout}{done.stderr}")
        return list(json.loads(grade.read_text("utf-8"))["exercises"])
