"""A page for each submission, and an overview: rates, a histogram, the most common mistakes."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, median
from typing import Any

from kata.course.lesson_pages import as_page, leading_to
from kata.teacher.formats.pages import page, write_pages
from kata.teacher.rows import Row

BINS = 12
MISTAKES = 10


def write(path: Path, rows: list[Row]) -> None:
    """Write index.html, and a page for each submission and each lesson, into a folder."""
    files = {row.name: f"submission-{number:04}.html" for number, row in enumerate(rows, 1)}
    mistakes = _mistakes(rows, files)
    lessons = {mistake["lesson"]: mistake["exercise"] for mistake in mistakes}
    pages = {files[row.name]: submission(row) for row in rows}
    pages |= {file: _lesson(name) for file, name in lessons.items()}
    pages["index.html"] = overview(rows, files, mistakes)
    write_pages(path, pages)


def submission(row: Row, comments: dict[str, list[str]] | None = None) -> str:
    """Return a submission's page; with the teacher's comments, by exercise, the one to send."""
    told: dict[str, list[str]] = defaultdict(list, comments or {})
    is_feedback = comments is not None
    return page("submission.html", row.name, row=row, comments=told, feedback=is_feedback)


def overview(rows: list[Row], files: dict[str, str], mistakes: list[dict[str, Any]]) -> str:
    """Return all submissions on one page."""
    scores = [row.grade.score for row in rows]
    points = [row.marks for row in rows if row.marks]
    histogram = _histogram(rows)
    return page(
        "overview.html",
        "Overview",
        script="overview.js",
        rows=rows,
        files=files,
        mean=mean(scores),
        median=median(scores),
        most=rows[0].grade.max_score,
        points=_summary([marks.points for marks in points], points[0].max_points) if points else {},
        outcomes=Counter(row.outcome for row in rows).most_common(),
        mistakes=mistakes,
        exercises=_exercises(rows, files),
        histogram=histogram,
        highest=max(count for _, count in histogram),
    )


def _summary(points: list[float], most: float) -> dict[str, float]:
    return {"mean": mean(points), "median": median(points), "most": most}


def _exercises(rows: list[Row], files: dict[str, str]) -> list[dict[str, Any]]:
    """Return how often each exercise was passed, and links to those who did not."""
    by_name: dict[str, list[tuple[Row, bool]]] = {}
    for row in rows:
        for exercise in row.grade.exercises:
            by_name.setdefault(exercise.name, []).append((row, exercise.passed))
    return [
        {
            "name": name,
            "passed": sum(passed for _, passed in found),
            "who": _links((row for row, passed in found if not passed), name, files),
        }
        for name, found in by_name.items()
    ]


def _mistakes(rows: list[Row], files: dict[str, str]) -> list[dict[str, Any]]:
    """Return the mistakes that were recognised most often, with links to who made them."""
    by_mistake: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        for e in row.grade.exercises:
            if e.mistake:
                by_mistake.setdefault((e.name, e.mistake), []).append(row)
    found = sorted(by_mistake.items(), key=lambda item: -len(item[1]))[:MISTAKES]
    return [
        {
            "exercise": name,
            "text": text,
            "lesson": f"lesson-{name}.html",
            "who": _links(who, name, files),
        }
        for (name, text), who in found
    ]


def _links(rows: Iterable[Row], exercise: str, files: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": row.name, "file": files[row.name], "exercise": exercise} for row in rows]


def _lesson(name: str) -> str:
    """Return the page of the lesson that leads to an exercise, known as one of ours."""
    ours = '<head><meta name="generator" content="kata grade-all">'
    return as_page(name, leading_to(name)).replace("<head>", ours, 1)


def _histogram(rows: list[Row]) -> list[tuple[str, int]]:
    """Return how many have each score, or one of a dozen ranges of them."""
    width = -(-(rows[0].grade.max_score + 1) // BINS)
    counts = Counter(row.grade.score // width for row in rows)
    lines, most = [], rows[0].grade.max_score
    for number in range(most // width + 1):
        low, high = number * width, min((number + 1) * width - 1, most)
        lines.append((str(low) if low == high else f"{low} to {high}", counts[number]))
    return lines
