"""What `kata watch` and the other commands show: verdicts, hints, tables, in words and colours."""

import re
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from kata.answers.printable import plain, shortened
from kata.answers.words import count
from kata.course import exercises, title
from kata.course.lessons import purpose_of
from kata.learner import source
from kata.learner.board import Board, Row
from kata.learner.place import Place
from kata.learner.verdict import Verdict
from kata.refusal import shown

COLOURS = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "todo": "yellow",
    "changed": "cyan",
    "parked": "blue",
}
MARKS = {"passed": "✓", "failed": "✗", "error": "✗", "todo": "·", "changed": "?", "parked": "»"}
PLAIN = {"passed": "+", "failed": "x", "error": "x", "todo": ".", "changed": "?", "parked": "-"}
LABELS = re.compile(r"^(why|right|by hand|looks like|or|called with)(?=[ :])")
PRINTED = 6  # lines of what the learner's code printed
CODE = 160  # characters of such a line, or of a line of their file: two rows of a usual window
WIDE, NARROW = 78, 67  # columns that all keys need, with wide gaps and with narrow ones
KEYS = (
    ("h", "hint"),
    ("t", "lesson"),
    ("n", "next"),
    ("l", "list"),
    ("p", "park"),
    ("s", "solution"),
    ("r", "reset"),
    ("o", "open"),
    ("q", "quit"),
)


def mark(status: str, console: Console) -> tuple[str, str]:
    """Return a sign for a status, and its style; plain where the terminal cannot write it."""
    signs = MARKS if console.encoding.startswith("utf") else PLAIN
    return signs[status], f"bold {COLOURS[status]}"


def header(board: Board, name: str) -> RenderableType:
    """Return the exercise at hand, and how many have passed."""
    row, total = board.row(name), len(board.rows)
    top = Table.grid(expand=True)
    top.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    top.add_column(justify="right", no_wrap=True)
    place = Text.assemble(f"chapter {title(row.chapter)}: ", (name, "bold"))
    top.add_row(place, f"{board.passed} of {total} passed")
    bar = ProgressBar(total, board.passed, complete_style="green", finished_style="green")
    return Group(top, bar)


def all_done(board: Board) -> str:
    """Say that nothing is left to do, and what of it was parked."""
    if not board.parked:
        return f"All {len(board.rows)} exercises have passed."
    return f"Nothing is left to do: {board.passed} have passed, {board.parked} are parked."


def where(place: Place, row: Row) -> Text:
    """file:line of an exercise, or a notebook and its cell."""
    path = plain(shown(source.answered_in(place, row.chapter)))
    line = f" cell {row.cell}" if row.cell else f":{row.line}" if row.line else ""
    return Text(f"{path}{line}", style="underline")


def to_do(place: Place, row: Row) -> RenderableType:
    """Return a stub: what it is for, and where to write it."""
    ask = Text("Write it in ").append_text(where(place, row))
    ask.append(": replace the line `raise NotImplementedError` with your code, and save.")
    return Group(Padding(Text(_flowing(source.purpose(row.name))), (0, 0, 1, 2)), ask)


def verdict_of(verdict: Verdict, place: Place, row: Row, console: Console) -> RenderableType:
    """Return a grade: what is wrong, the learner's line, why, and the name of the mistake."""
    return Group(headline(verdict, place, row, console), *details(verdict, place, row))


def headline(verdict: Verdict, place: Place, row: Row, console: Console) -> Text:
    """Return the first line of a grade."""
    sign = Text.assemble(mark(verdict.status, console), " ", (verdict.name, "bold"))
    if verdict.passed:
        tests = f"all {len(verdict.tests)} tests" if len(verdict.tests) > 1 else "its test"
        return sign.append(f" passes {tests}.")
    if verdict.status == "todo":
        return sign.append(" is still to be written: ").append_text(where(place, row))
    return sign.append(f": {_lines(verdict)[0]}")


def details(verdict: Verdict, place: Place, row: Row) -> list[RenderableType]:
    """Return what comes below the first line of a grade."""
    if verdict.passed:
        return _printed(verdict)
    if verdict.status == "todo":
        return []
    told = [_line(line) for line in _lines(verdict)[1:]]
    return [*_frame(verdict, place), *told, *_printed(verdict), _tests(verdict, place, row)]


def afterwards(verdict: Verdict) -> list[RenderableType]:
    """Return, after a pass, what the exercise was for."""
    text = purpose_of(verdict.name) if verdict.passed else ""
    return [Padding(_prose(text), (0, 0, 0, 2))] if text else []


def _lines(verdict: Verdict) -> list[str]:
    return verdict.message.removeprefix(f"{verdict.name}: ").split("\n")


def counted(verdict: Verdict) -> str:
    """ "5 of 9 tests pass"."""
    return f"{verdict.grade.passed_tests} of {len(verdict.tests)} tests pass"


def hints(name: str, shown_hints: Sequence[str], of: int) -> RenderableType:
    """Return the hints so far, and how to get another."""
    table = Table.grid(padding=(0, 1), pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for number, hint in enumerate(shown_hints, 1):
        table.add_row(f"hint {number}", _prose(hint))
    return Group(table, Text(f"({hints_left(name, len(shown_hints), of)})", style="dim"))


def hints_left(name: str, shown: int, of: int) -> str:
    """Say how many hints are left, and what there is after the last."""
    left = of - shown
    return f"{left} more" if left else f"that was the last; kata solution {name} --force shows all"


def _prose(markdown: str) -> RenderableType:
    from rich.markdown import Markdown  # `kata list` has none, and it takes long to import

    return Markdown(markdown)


def table_of(board: Board, console: Console) -> RenderableType:
    """Return every exercise, with its state and when it is due."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in ("chapter", "exercise", "state", "practise"):
        table.add_column(column, no_wrap=True)
    chapter = ""
    for row in board.rows:
        sign, style = mark(row.status, console)
        name = Text(row.name, style="bold" if row.name == board.current else "")
        state = Text(f"{sign} {row.status}", style=style)
        table.add_row(title(row.chapter) if row.chapter != chapter else "", name, state, row.due)
        chapter = row.chapter
    return table


def code(text: str) -> RenderableType:
    """Python, in the terminal's own colours."""
    return Syntax(
        text.rstrip("\n"), "python", theme="ansi_dark", background_color="default", word_wrap=True
    )


def others(verdict: Verdict) -> RenderableType:
    """Return other right answers to an exercise, each with what it costs."""
    from kata.learner import unbroken  # it brings Markdown: see _prose

    found = verdict.found
    if not found.get("others"):
        return Text("No right answer that reads unlike yours is written down.", style="dim")
    parts: list[RenderableType] = [Text("\nOthers write it so:", style="bold")]
    for other in found["others"]:
        parts += [Text(), unbroken.code(other["text"]), Text(f"({_cost(other)})", style="dim")]
    return Group(*parts, Text(f"\nYours, on the same small inputs: {_cost(found)}.", style="dim"))


def _cost(told: dict[str, int]) -> str:
    if not told.get("operations"):
        return "no operations of torch"
    number = count(told["operations"], "operation")
    return f"{number}, at most {told['bytes']} bytes of new tensors at once"


def keys_line(width: int) -> Text:
    """Return the keys, in one line of 77 characters, of 67, or without p of 60."""
    line, narrow = Text(no_wrap=True, end=""), width < WIDE
    for key, says in KEYS:
        if key == "p" and width < NARROW:
            continue
        word = f" {'answer' if narrow and key == 's' else says}{' ' if narrow else '  '}"
        line.append_text(Text.assemble((key, "bold"), (word, "dim")))
    line.rstrip()
    return line


def _flowing(text: str) -> str:
    """Return a docstring whose paragraphs are one line each, to be wrapped anew.

    Indented lines stay.
    """
    return re.sub(r"(?<=\S)\n(?=\S)", " ", text)


def _frame(verdict: Verdict, place: Place) -> list[RenderableType]:
    """Return the line that a message is about, with the ones around it.

    It is the one that the message names, or else the one that sets what the message says is wrong.
    """
    headline = verdict.message.split("\n", 1)[0]
    path = source.answered_in(place, exercises()[verdict.name].chapter)
    cell, number = 0, 0
    if found := re.search(r"(\S+\.py):(\d+)", headline):
        path, number = place.exercises / found[1], int(found[2])
    elif found := re.search(r"\.ipynb cell (\d+), line (\d+)", headline):
        cell, number = int(found[1]), int(found[2])
    elif found := re.match(rf"{verdict.name}: (\w+\.grad) ", headline):
        cell, line = source.line_that_sets(place, verdict.name, found[1])
        number = line or 0
    lines = source.lines_of(path, cell) if number else []
    return [
        Padding(
            Text.assemble(
                (f"{'>' if k == number else ' '} {k:4} ", "red" if k == number else "dim"),
                (shortened(plain(lines[k - 1]), CODE), "" if k == number else "dim"),
            ),
            (0, 0, 0, 2),
        )
        for k in range(max(number - 1, 1), min(number + 1, len(lines)) + 1)
    ]


def _line(line: str) -> RenderableType:
    text = line.strip()
    label = LABELS.match(text)
    if not label:
        return Padding(Text(text), (0, 0, 0, 2))
    style = "bold yellow" if label[1] in ("looks like", "or") else "bold"
    return Padding(Text.assemble((label[1], style), text[label.end() :]), (0, 0, 0, 2))


def _printed(verdict: Verdict) -> list[RenderableType]:
    if not plain(verdict.printed).strip():
        return []
    lines = [shortened(line, CODE) for line in plain(verdict.printed).rstrip("\n").split("\n")]
    more = [f"... ({len(lines) - PRINTED} more)"] if len(lines) > PRINTED else []
    text = "\n".join([*lines[:PRINTED], *more])
    return [Text("your code printed:", style="dim"), Padding(Text(text), (0, 0, 0, 2))]


def _tests(verdict: Verdict, place: Place, row: Row) -> RenderableType:
    """Return how many tests pass, the sentence of the first that does not, and where to edit."""
    line = Text()
    of_the_file = len({t.message for t in verdict.tests}) == 1 and verdict.status == "error"
    if of_the_file:  # nothing in it can be tried
        return Group(Text(), where(place, row))
    wrong = next((t.test for t in verdict.tests if t.status != "passed"), "")
    if verdict.whole and len(verdict.tests) > 1:
        line.append(f"{counted(verdict)}; ")
    if wrong:
        sentence = wrong.partition("[")[0].removeprefix("test_").replace("_", " ")
        line.append(f'the first that fails: "{sentence}". ')
    line.append_text(where(place, row))
    if verdict.has_net and verdict.status == "failed":
        line.append(f"\nkata step {verdict.name}", "bold").append(
            " shows your numbers, one by one."
        )
    return Group(Text(), line)
