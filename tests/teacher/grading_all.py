"""Run `kata grade-all` as a teacher would."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.course import course

LOSS, CHECKS = "ch05_loss", "ch01_checks"


def solution(chapter: str) -> str:
    """The text of a solved chapter."""
    return (course().solution_of(chapter)).read_text("utf-8")


WRONG = solution(LOSS) + "\n\ndef mse(output, targ):\n    return (output - targ).pow(2).mean()\n"


@dataclass
class Run:
    """The exit status, what was printed, and the submissions' rows."""

    status: int
    output: str
    rows: dict[str, Any]

    def statuses(self, name: str) -> dict[str, str]:
        return {e["name"]: e["status"] for e in self.rows[name]["exercises"]}


def command(folder: Path, out: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "kata", "grade-all", str(folder), "--json", str(out), *args]


def grade_all(folder: Path, out: Path, *args: str, **environment: str) -> Run:
    done = subprocess.run(
        command(folder, out, *args),
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=1200,
        env={**os.environ, **environment},
    )
    rows = json.loads(out.read_text("utf-8"))["submissions"] if out.exists() else {}
    return Run(done.returncode, done.stdout + done.stderr, rows)


def hand_in(folder: Path, name: str, **files: str | bytes) -> Path:
    """A sub-folder with these files, .py at their ends."""
    place = folder / name
    place.mkdir(parents=True)
    for stem, text in files.items():
        content = text.encode() if isinstance(text, str) else text
        (place / f"{stem}.py").write_bytes(content)
    return place
