"""What `kata watch` and the other commands show: verdicts, hints, tables, in words and colours."""

import re
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from kata.answers.printable import plain, shortened
from kata.course import title
from kata.learner import source
from kata.learner.board import Board, Row
from kata.learner.place import Place
from kata.learner.verdict import Verdict
from kata.refusal import shown

COLOURS = {"passed": "green", "failed": "red", "error": "red", "todo": "yellow", "changed": "cyan"}
MARKS = {"passed": "✓", "failed": "✗", "error": "✗", "todo": "·", "changed": "?"}
PLAIN = {"passed": "+", "failed": "x", "error": "x", "todo": ".", "changed": "?"}
LABELS = re.compile(r"^(why|right|by hand|looks like|or|called with)(?=[ :])")
AROUND = 7  # lines of a page besides the list of chapters
PRINTED = 6  # lines of what the learner's code printed
CODE = 160  # characters of such a line, or of a line of their file: two rows of a usual window
WIDE = 70  # columns that the keys need
KEYS = (
    ("h", "hint"),
    ("t", "lesson"),
    ("n", "next"),
    ("l", "list"),
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


def where(place: Place, row: Row) -> Text:
    """file:line of an exercise."""
    path = plain(shown(place.file_of(row.name)))
    return Text(f"{path}:{row.line}" if row.line else path, style="underline")


def to_do(place: Place, row: Row) -> RenderableType:
    """Return a stub: what it is for, and where to write it."""
    ask = Text("Write it in ").append_text(where(place, row))
    ask.append(": replace the line `raise NotImplementedError` with your code, and save.")
    return Group(Padding(Text(_flowing(source.purpose(row.name))), (0, 0, 1, 2)), ask)


def verdict_of(verdict: Verdict, place: Place, row: Row, console: Console) -> RenderableType:
    """Return a grade: the learner's line, what is wrong, why, and the name of the mistake."""
    sign = Text.assemble(mark(verdict.status, console), " ")
    if verdict.passed:
        tests = f"all {len(verdict.tests)} tests" if len(verdict.tests) > 1 else "its test"
        sign.append_text(Text.assemble((verdict.name, "bold"), f" passes {tests}."))
        return Group(sign, *_printed(verdict))
    if verdict.status == "todo":
        sign.append_text(Text.assemble((verdict.name, "bold"), " is still to be written: "))
        return sign.append_text(where(place, row))
    first, *rest = verdict.message.removeprefix(f"{verdict.name}: ").split("\n")
    sign.append_text(Text.assemble((verdict.name, "bold"), f": {first}"))
    items: list[RenderableType] = [sign, *_frame(verdict, place)]
    items += [_line(line) for line in rest]
    return Group(*items, *_printed(verdict), _tests(verdict, place, row))


def counted(verdict: Verdict) -> str:
    """ "5 of 9 tests pass"."""
    return f"{verdict.grade.passed_tests} of {len(verdict.tests)} tests pass"


def hints(name: str, shown_hints: Sequence[str], of: int) -> RenderableType:
    """Return the hints so far, and how to get another."""
    table = Table.grid(padding=(0, 1), pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for number, hint in enumerate(shown_hints, 1):
        table.add_row(f"hint {number}", Markdown(hint))
    left = of - len(shown_hints)
    after = f"{left} more" if left else f"that was the last; kata solution {name} --force shows all"
    return Group(table, Text(f"({after})", style="dim"))


def chapters_at_a_glance(board: Board, current: str, console: Console) -> RenderableType:
    """Return a line or two for each chapter: each exercise with its sign.

    Of more chapters than the window has room for, those around the current one.
    """
    names = list(dict.fromkeys(row.chapter for row in board.rows))
    wide = max(len(title(name)) for name in names)
    lines = [
        _flow(_signed(board, name, current, console), console.width - wide - 2) for name in names
    ]
    tall = [line.plain.count("\n") + 1 for line in lines]
    first = last = names.index(board.row(current).chapter)
    room = console.height - AROUND - tall[first]
    while True:
        after, before = last + 1 < len(names), first > 0
        if after and tall[last + 1] <= room:
            last += 1
            room -= tall[last]
        elif before and tall[first - 1] <= room:
            first -= 1
            room -= tall[first]
        else:
            break
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, line in list(zip(names, lines, strict=True))[first : last + 1]:
        table.add_row(title(name), line)
    left = len(names) - (last + 1 - first)
    return Group(table, Text(f"({left} more chapters: kata list)", style="dim")) if left else table


def _signed(board: Board, chapter: str, current: str, console: Console) -> list[Text]:
    """Return the exercises of a chapter, each with its sign."""
    return [
        Text.assemble(
            mark(row.status, console),
            " ",
            (row.name, "bold reverse" if row.name == current else ""),
        )
        for row in board.rows
        if row.chapter == chapter
    ]


def _flow(items: Sequence[Text], width: int) -> Text:
    """Return items side by side, in as many lines as it takes; none is broken."""
    flow, used = Text(), 0
    for item in items:
        if used and used + 2 + len(item) > width:
            flow.append("\n")
            used = 0
        elif used:
            flow.append("  ")
            used += 2
        flow.append_text(item)
        used += len(item)
    return flow


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


def keys_line(width: int) -> Text:
    """Return the keys, in one line of 69 characters, or of 59 in a narrow window."""
    line, narrow = Text(no_wrap=True, end=""), width < WIDE
    for key, says in KEYS:
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
    path, number = place.file_of(verdict.name), 0
    if found := re.search(r"(\S+\.py):(\d+)", headline):
        path, number = place.exercises / found[1], int(found[2])
    elif found := re.match(rf"{verdict.name}: (\w+\.grad) ", headline):
        number = source.line_that_sets(place, verdict.name, found[1]) or 0
    if not number or not path.is_file():
        return []
    lines = path.read_text("utf-8", errors="replace").split("\n")
    around = range(max(number - 1, 1), min(number + 1, len(lines)) + 1)
    return [
        Padding(
            Text.assemble(
                (f"{'>' if k == number else ' '} {k:4} ", "red" if k == number else "dim"),
                (shortened(plain(lines[k - 1]), CODE), "" if k == number else "dim"),
            ),
            (0, 0, 0, 2),
        )
        for k in around
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
    return Group(Text(), line.append_text(where(place, row)))
