"""The part of a chapter's lesson that leads to one exercise, its questions, and a page of both."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from kata.course import exercises, title
from kata.course.lessons import Piece, Question, pieces_of, questions_of

EXPERIMENT = "kata.experiment("  # it needs the learner's functions, and runs in the notebook
HEADING = "\n## "
STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 17px/1.6 Georgia, serif; }
pre, code { font: 15px/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
math[display="block"] { margin: 1rem 0; overflow: auto hidden; }
table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .2rem .6rem; }
@media print { body { margin: 0; max-width: none; } }
"""


def leading_to(name: str) -> str:
    """Return the Markdown that stands before an exercise in its chapter's lesson.

    It is all that stands after the exercise before it, from the next heading on, and the section
    that both belong to where there is none. A picture is named below its code, or in the place
    of code that needs functions still to be written. Those that need the exercise's own function,
    below it, are named at the end.
    """
    chapter = exercises()[name].chapter
    pieces = pieces_of(chapter)
    place = next(i for i, p in enumerate(pieces) if p.kind == "exercise" and p.text == name)
    before = [i for i, piece in enumerate(pieces[:place]) if piece.kind == "exercise"]
    text = "\n\n".join(_as_text(pieces[:place], chapter))
    if before:
        since = "\n\n".join(_as_text(pieces[before[-1] + 1 : place], chapter))
        start = f"\n{since}".find(HEADING)
        text = since[start:] if start >= 0 else text[max(text.rfind(HEADING), 0) :]
    drawn = "; ".join(piece.picture for piece in _below(pieces[place + 1 :]) if piece.picture)
    behind = f"*(Once {name} works, {_notebook(chapter)} draws: {drawn}.)*" if drawn else ""
    return f"{text.strip()}\n\n{behind}".strip()


def questions_behind(name: str) -> list[Question]:
    """Return the chapter's questions for its last exercise, and none for the others."""
    chapter = exercises()[name].chapter
    *_, last = (piece.text for piece in pieces_of(chapter) if piece.kind == "exercise")
    return questions_of(chapter) if name == last else []


def in_turn(questions: Sequence[Question]) -> list[str]:
    """Return each question as a heading in Markdown, and its answer after it."""
    return [text for q in questions for text in (f"### {q.asked}", q.answer)]


def folded(questions: Sequence[Question]) -> str:
    """Return questions as Markdown for a page, with the answers in folds."""
    folds = (
        f"<details>\n<summary>{question.asked}</summary>\n\n{question.answer}\n\n</details>"
        for question in questions
    )
    return "\n\n".join(["## Questions", *folds]) if questions else ""


def _below(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield what stands below an exercise and is no part of the next one's lesson."""
    ahead = [i for i, piece in enumerate(pieces) if piece.kind == "exercise"]
    if not ahead:
        yield from pieces
        return
    own = pieces[: ahead[0]]
    starts = [i for i, p in enumerate(own) if p.kind == "story" and HEADING in f"\n{p.text}"]
    yield from own[: starts[0]] if starts else ()


def _notebook(chapter: str) -> str:
    return f"`exercises/{chapter}.ipynb`"


def _as_text(pieces: Sequence[Piece], chapter: str) -> Iterator[str]:
    for piece in pieces:
        if piece.kind == "story":
            yield piece.text
        elif piece.kind == "experiment":
            if EXPERIMENT not in piece.text and not _only_imports(piece.text):
                yield f"```python\n{piece.text}\n```"
            if piece.picture:
                yield f"*(A picture: {piece.picture}. {_notebook(chapter)} draws it.)*"
            elif EXPERIMENT in piece.text:
                yield f"*(An experiment: {_notebook(chapter)} runs it.)*"


def _only_imports(code: str) -> bool:
    lines = [line for line in code.splitlines() if line.strip()]
    return all(line.startswith(("import ", "from ", "    ", ")")) for line in lines)


def as_page(name: str, markdown: str) -> str:
    """Return a page of its own, with the mathematics as MathML."""
    from latex2mathml.converter import convert
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def render(content: str, options: dict[str, Any]) -> str:
        return convert(content, display="block" if options["display_mode"] else "inline")

    page = MarkdownIt("commonmark").enable("table")
    page.use(dollarmath_plugin, renderer=render, double_inline=True)
    heading = f"{title(exercises()[name].chapter)}: {name}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title><style>{STYLE}</style></head>\n"
        f"<body>\n{page.render(markdown)}</body></html>\n"
    )
