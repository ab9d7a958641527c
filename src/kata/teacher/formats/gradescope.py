"""Gradescope's results.json: of one submission, or a folder of them where there are several."""

import re
from pathlib import Path
from typing import Any

from kata.grade import write_json
from kata.teacher.formats.older import forget_older
from kata.teacher.rows import Row

OURS = re.compile(r"\d{3,}-.*\.json")


def write(path: Path, rows: list[Row]) -> None:
    """One row: the file; several: a folder at path, with NAME.json for each."""
    if len(rows) == 1 and not path.is_dir():
        write_json(path, results(rows[0]))
        return
    written = set()
    path.mkdir(exist_ok=True)
    for number, row in enumerate(rows, 1):
        name = re.sub(r"[^\w.-]", "_", row.name, flags=re.ASCII)
        written.add(f"{number:03}-{name[:100]}.json")
        write_json(path / f"{number:03}-{name[:100]}.json", results(row))
    forget_older(path, OURS, written)


def results(row: Row) -> dict[str, Any]:
    """Return what Gradescope shows of one submission."""
    grade, marks = row.grade, row.marks
    worth = marks.of if marks else {e.name: (e.score, e.max_score) for e in grade.exercises}
    told = row.detail or f"{grade.score} of {grade.max_score} exercises passed"
    late = [f"{marks.lost:g} points lost for being late"] if marks and marks.lost else []
    return {
        "score": marks.points if marks else grade.score,
        "output": "\n".join([told, *row.notes, *late]),
        "output_format": "text",
        "tests": [
            {
                "name": exercise.name,
                "score": worth[exercise.name][0],
                "max_score": worth[exercise.name][1],
                "number": str(number),
                "status": "passed" if exercise.passed else "failed",
                "output": exercise.message or exercise.status,
                "output_format": "text",
                "tags": [exercise.chapter, exercise.status],
            }
            for number, exercise in enumerate(grade.exercises, 1)
        ],
    }
