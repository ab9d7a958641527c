"""Gradescope's results.json: of one submission, or a folder of them where there are several."""

import re
from pathlib import Path
from typing import Any

from kata.grade import write_json
from kata.teacher.rows import Row


def write(path: Path, rows: list[Row]) -> None:
    """One row: the file; several: a folder at path, with NAME.json for each."""
    if len(rows) == 1 and not path.is_dir():
        write_json(path, results(rows[0]))
        return
    path.mkdir(exist_ok=True)
    for number, row in enumerate(rows, 1):
        name = re.sub(r"[^\w.-]", "_", row.name, flags=re.ASCII)
        write_json(path / f"{number:03}-{name[:100]}.json", results(row))


def results(row: Row) -> dict[str, Any]:
    """Return what Gradescope shows of one submission."""
    grade = row.grade
    return {
        "score": grade.score,
        "output": row.detail or f"{grade.score} of {grade.max_score} exercises passed",
        "output_format": "text",
        "tests": [
            {
                "name": exercise.name,
                "score": exercise.score,
                "max_score": exercise.max_score,
                "number": str(number),
                "status": "passed" if exercise.passed else "failed",
                "output": exercise.message or exercise.status,
                "output_format": "text",
                "tags": [exercise.chapter, exercise.status],
            }
            for number, exercise in enumerate(grade.exercises, 1)
        ],
    }
