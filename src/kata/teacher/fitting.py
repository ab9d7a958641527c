"""Results whose texts fit in a message, however much an answer says."""

from dataclasses import asdict, replace
from typing import Any

from kata.grade import TestResult
from kata.teacher.fence import frames

# bytes of the texts in a row: each may stand in it twice, its test's and its exercise's, and beside
# them there are names, in one frame
TEXTS = frames.HEADER // 4


def as_report(results: list[TestResult]) -> list[dict[str, Any]]:
    """Return results as JSON, each text of a size to be read."""
    return [asdict(result) for result in _cut(results, frames.TEXT)]


def fitted(results: list[TestResult]) -> list[TestResult]:
    """Return results whose texts fit in a row together: halved, all of them, until they do."""
    most = frames.TEXT
    while sum(frames.size(r.message) + frames.size(r.mistake or "") for r in results) > TEXTS:
        most //= 2
        results = _cut(results, most)
    return results


def _cut(results: list[TestResult], most: int) -> list[TestResult]:
    return [
        replace(
            result,
            message=frames.cut(result.message, most),
            mistake=frames.cut(result.mistake, most) if result.mistake else None,
        )
        for result in results
    ]
