"""A page for each submission, and an overview: rates, a histogram, the most common mistakes.

Every text of a submission is escaped; the pages hold no script and fetch nothing.
"""

from collections import Counter
from html import escape
from pathlib import Path

from kata.grade import write_whole
from kata.teacher.rows import Row

BINS = 12
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top;
  border-bottom: 1px solid #ddd }
td.n, th.n { text-align: right }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6;
  padding: .75rem; margin: .5rem 0; font: 14px/1.45 ui-monospace, monospace }
.bar { background: #e4e4e4; width: min(12rem, 22vw); height: .8rem; margin-top: .4rem }
.bar div { background: #2f6f4f; height: 100% }
.passed { color: #1f6b45 } .failed, .error, .crashed, .timeout, .refused { color: #a32020 }
.todo { color: #7a5c00 }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8e8; background: #161616 } pre { background: #222 }
  th, td { border-color: #333 } .bar { background: #333 } .bar div { background: #58a884 }
  .passed { color: #6fcf97 } .failed, .error, .crashed, .timeout, .refused { color: #ff8a80 }
  .todo { color: #e6c15a } a { color: #8ab4f8 } }
"""


def write(path: Path, rows: list[Row]) -> None:
    """Write index.html and a page for each submission into a folder."""
    path.mkdir(exist_ok=True)
    for number, row in enumerate(rows, 1):
        write_whole(path / _file(number), page(row))
    write_whole(path / "index.html", overview(rows))


def overview(rows: list[Row]) -> str:
    """Return all submissions on one page."""
    body = [
        f"<h1>{len(rows)} submissions</h1>",
        "<h2>Scores</h2>",
        _table(["score", "", "submissions"], _histogram(rows)),
        "<h2>Exercises</h2>",
        _table(["exercise", "", "passed"], _exercises(rows)),
        "<h2>Most common mistakes</h2>",
        _mistakes(rows),
        "<h2>Submissions</h2>",
        _table(["submission", "outcome", "score", "worth a look"], _submissions(rows)),
    ]
    return _html("Overview", body)


def _exercises(rows: list[Row]) -> list[list[str]]:
    """Return how often each exercise was passed."""
    count, passed = len(rows), Counter[str]()
    for exercise in (e for row in rows for e in row.grade.exercises):
        passed[exercise.name] += exercise.passed
    return [
        [escape(name), _bar(times, count), f"{times} of {count}, {times / count:.0%}"]
        for name, times in passed.items()
    ]


def _mistakes(rows: list[Row]) -> str:
    """Return a table of the mistakes that were recognised most often."""
    every = (e for row in rows for e in row.grade.exercises if e.mistake)
    times = Counter((e.name, e.mistake or "") for e in every)
    lines = [[str(n), escape(name), _text(text)] for (name, text), n in times.most_common(20)]
    if not lines:
        return "<p>None was recognised.</p>"
    return _table(["times", "exercise", "mistake"], lines)


def _submissions(rows: list[Row]) -> list[list[str]]:
    return [
        [
            f'<a href="{_file(number)}">{_text(row.name)}</a>',
            _status(row.outcome),
            f"{row.grade.score} of {row.grade.max_score}",
            str(len(row.look) or ""),
        ]
        for number, row in enumerate(rows, 1)
    ]


def _histogram(rows: list[Row]) -> list[list[str]]:
    """Return a line for each score, or for each of a dozen ranges of them."""
    width = -(-(rows[0].grade.max_score + 1) // BINS)
    counts = Counter(row.grade.score // width for row in rows)
    lines, most = [], rows[0].grade.max_score
    for number in range(most // width + 1):
        low, high = number * width, min((number + 1) * width - 1, most)
        name = str(low) if low == high else f"{low} to {high}"
        lines.append([name, _bar(counts[number], max(counts.values())), str(counts[number])])
    return lines


def page(row: Row) -> str:
    """Return one submission."""
    grade = row.grade
    score = f"{grade.score} of {grade.max_score} exercises passed"
    body = [
        '<p><a href="index.html">all submissions</a></p>',
        f"<h1>{_text(row.name)}</h1>",
        f"<p>{_status(row.outcome)}, {score}</p>",
    ]
    if row.detail:
        body.append(f"<pre>{_text(row.detail)}</pre>")
    chapter = ""
    for exercise in grade.exercises:
        if exercise.chapter != chapter:
            chapter = exercise.chapter
            body.append(f"<h2>{escape(chapter)}</h2>")
        count = len(exercise.results)
        tests = f" ({exercise.passed_tests} of {count} tests)" if count else ""
        body.append(f"<h3>{escape(exercise.name)}: {_status(exercise.status)}{tests}</h3>")
        if exercise.message and exercise.status != "todo":
            body.append(f"<pre>{_text(exercise.message)}</pre>")
    if row.look:
        body.append("<h2>Worth a look</h2><p>Names that a solution rarely needs; no verdict.</p>")
        body.append("<pre>" + "\n".join(map(_text, row.look)) + "</pre>")
    return _html(row.name, body)


def _table(head: list[str], lines: list[list[str]]) -> str:
    """Return a table of cells that are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{rest}</tbody></table>"


def _bar(part: int, whole: int) -> str:
    return f'<div class="bar"><div style="width: {100 * part / max(whole, 1):.0f}%"></div></div>'


def _status(status: str) -> str:
    return f'<span class="{escape(status)}">{escape(status)}</span>'


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace").decode())


def _file(number: int) -> str:
    return f"submission-{number:04}.html"


def _html(title: str, body: list[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )
