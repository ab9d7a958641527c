"""Run a grade as a learner or a teacher would: pytest in a process of its own."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.course import chapters, course


@dataclass
class Run:
    """What came of it: the exit status, what was printed, and the grade, if one was written."""

    status: int
    output: str
    grade: dict[str, Any] | None

    def exercise(self, name: str) -> dict[str, Any]:
        assert self.grade is not None, self.output
        return next(e for e in self.grade["exercises"] if e["name"] == name)

    def statuses(self) -> dict[str, str]:
        assert self.grade is not None, self.output
        return {e["name"]: e["status"] for e in self.grade["exercises"]}


def copy_solutions(folder: Path) -> Path:
    """The solutions' chapter files in a new folder, to be spoilt."""
    folder.mkdir()
    for path in course().solutions.glob("*.py"):
        shutil.copy(path, folder)
    return folder


def files_of(*numbers: int) -> list[str]:
    """The test files of these chapters, as pytest's arguments: all of them take half a minute."""
    return [course().argument_for(chapters()[number - 1]) for number in numbers]


def run_pytest(folder: Path, *args: str) -> Run:
    """Run pytest with these arguments from the project's root; the JSON goes to folder."""
    target = folder / "grade.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--grade-json", str(target), *args],
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=600,
    )
    grade = json.loads(target.read_text("utf-8")) if target.exists() else None
    return Run(done.returncode, done.stdout + done.stderr, grade)
