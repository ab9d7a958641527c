"""The learner's files as text: which function changed, and its stub back in its place."""

import ast
import hashlib
import re
from contextlib import suppress
from functools import cache
from pathlib import Path

from kata.answers.cells import cells_of, location
from kata.answers.files import answers_in, chapter_file
from kata.answers.text import Chapter, after_imports, span_of, stub_of
from kata.course import chapters, course, definitions, exercises, exercises_of
from kata.learner.place import Place
from kata.refusal import Broken


def answered_in(place: Place, chapter: str) -> Path:
    """Return the file that is graded for a chapter: its .py file, or a notebook in its stead."""
    return chapter_file(place.exercises, chapter) or place.chapter_file(chapter)


def chapter_at(place: Place, chapter: str) -> Chapter | None:
    """Return a chapter as the learner has it; None where the file is missing.

    Raises SyntaxError.
    """
    try:
        return answers_in(answered_in(place, chapter), chapter)
    except FileNotFoundError:
        return None
    except Broken as broken:
        raise SyntaxError(broken.message) from None


def line_of(place: Place, name: str) -> tuple[int, int | None]:
    """Return where an answer is defined: its notebook's cell, 0 in a file, and the line there.

    Raises SyntaxError, OSError.
    """
    chapter = exercises()[name].chapter
    found = chapter_at(place, chapter)
    line = found.line_of(name) if found else None
    return _in_its_cell(place, chapter, line)


def line_that_sets(place: Place, name: str, target: str) -> tuple[int, int | None]:
    """Return the cell and line of an answer that sets "w.grad"; no line where not exactly one
    does.
    """
    chapter = exercises()[name].chapter
    with suppress(SyntaxError, OSError):
        found = chapter_at(place, chapter)
        line = found.line_that_sets(name, target) if found else None
        return _in_its_cell(place, chapter, line)
    return 0, None


def _in_its_cell(place: Place, chapter: str, line: int | None) -> tuple[int, int | None]:
    found = chapter_at(place, chapter)
    if found is None or line is None or answered_in(place, chapter).suffix != ".ipynb":
        return 0, line
    return location(found.text, line)


def lines_of(path: Path, cell: int) -> list[str]:
    """Return the lines of a file, or of a notebook's cell; none where there are none to be read."""
    try:
        if path.suffix == ".ipynb":
            return next((c.text for c in cells_of(path) if c.number == cell), "").split("\n")
        return path.read_text("utf-8", errors="replace").split("\n")
    except (OSError, Broken):
        return []


def fingerprints(place: Place, chapter: str) -> dict[str, str]:
    """Return the fingerprint of each answer of a chapter that is no stub. Raises SyntaxError."""
    found = chapter_at(place, chapter)
    if found is None:
        return {}
    near = neighbours(place)
    return {n: found.fingerprint(n, near) for n in exercises_of(chapter) if not found.is_stub(n)}


def neighbours(place: Place) -> str:
    """Return a hash of the folder's other Python files, which chapter files may import."""
    total = hashlib.sha256()
    for path in sorted(place.exercises.glob("*.py")):
        if path.stem not in chapters():
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


@cache
def fresh_stub(chapter: str) -> str:
    """Return the text of a chapter's stub, made from its solution."""
    return stub_of((course().solution_of(chapter)).read_text("utf-8"))


@cache
def fresh_stub_of(name: str) -> str:
    """Return the text of one exercise's stub."""
    return _cut_out(fresh_stub(exercises()[name].chapter), name)


@cache
def solution_text(name: str) -> str:
    """Return the text of one exercise's solution."""
    chapter = exercises()[name].chapter
    return _cut_out((course().solution_of(chapter)).read_text("utf-8"), name)


def text_of(place: Place, name: str) -> str:
    """Return the text of the learner's answer; "" where no definition of it is found."""
    with suppress(SyntaxError, OSError, StopIteration):
        if found := chapter_at(place, exercises()[name].chapter):
            return _cut_out(found.text, name)
    return ""


@cache
def purpose(name: str) -> str:
    """Return what an exercise is for: its docstring, as the stub has it."""
    return ast.get_docstring(definitions(ast.parse(fresh_stub_of(name)))[0]) or ""


def with_stub(text: str, name: str) -> str:
    """Return a chapter's text with the stub in the place of the answer to one exercise; all else
    stays.

    Where the text is not Python, the answer is found by its first line and its indentation.
    """
    chapter = exercises()[name].chapter
    try:
        span = Chapter(text, chapter).lines_of(name)
    except SyntaxError:
        span = _span_by_indentation(text.split("\n"), name)
    lines, stub = text.split("\n"), fresh_stub_of(name).rstrip("\n").split("\n")
    if span is None:
        return text.rstrip("\n") + "\n\n\n" + "\n".join(stub) + "\n"
    start, end = span
    rest = lines[end - 1 :]
    return "\n".join([*lines[: start - 1], *stub, *(rest or [""])])


def with_new_stubs(text: str, chapter: str) -> tuple[str, list[str], list[str]]:
    """Return a chapter's text brought up to date: also, the exercises added, and the stubs renewed.

    Only stubs are renewed, and only added is what no name of the text answers. A stub that comes
    brings the imports of its chapter that the text lacks. Raises SyntaxError.
    """
    before = Chapter(text, chapter)
    added = [name for name in exercises_of(chapter) if name not in before.names]
    fresh = Chapter(fresh_stub(chapter), chapter)
    renewed = [
        name
        for name in exercises_of(chapter)
        if before.is_stub(name) and _lines(before, name) != _lines(fresh, name)
    ]
    for name in [*renewed, *added]:
        text = with_stub(text, name)
    if added or renewed:
        text = _with_imports(text, fresh_stub(chapter))
    return text, added, renewed


def _with_imports(text: str, stub: str) -> str:
    """Return the text with those imports of the stub that it lacks, after its last import."""
    has = {ast.dump(node) for node in ast.parse(text).body}
    lacks = [
        ast.unparse(node)
        for node in ast.parse(stub).body
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.dump(node) not in has
    ]
    return after_imports(text, lacks)


def _lines(chapter: Chapter, name: str) -> list[str]:
    span = chapter.lines_of(name)
    assert span is not None
    return chapter.text.split("\n")[span[0] - 1 : span[1] - 1]


def _cut_out(text: str, name: str) -> str:
    node = next(n for n in definitions(ast.parse(text)) if n.name == name)
    start, end = span_of(node)
    return "\n".join(text.split("\n")[start - 1 : end - 1]) + "\n"


def _span_by_indentation(lines: list[str], name: str) -> tuple[int, int] | None:
    """From `def name(` to the line before the next one that starts at the margin."""
    head = re.compile(rf"(async\s+def|def|class)\s+{name}\b")
    starts = [i for i, line in enumerate(lines) if head.match(line)]
    if not starts:
        return None
    start = starts[-1]
    end = next(
        (i for i in range(start + 1, len(lines)) if re.match(r"[\w@#\"']", lines[i])), len(lines)
    )
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1  # the blank lines belong to what follows
    while start > 0 and lines[start - 1].startswith("@"):
        start -= 1
    return start + 1, end + 1
