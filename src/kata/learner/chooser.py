"""The list of all exercises in the watch: walked with the arrows, searched with /."""

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from kata.course import title
from kata.learner import screen
from kata.learner.board import Board

APART = 2  # columns between two of a line
KEYS = (
    ("← → ↑ ↓", "walk"),
    ("/", "search"),
    ("Enter", "go"),
    ("p", "park"),
    ("l", "back"),
    ("q", "quit"),
)
ERASE = "\x7f\b"
LEAVE = "\x1b"


@dataclass(frozen=True)
class Line:
    """One line of the list: a chapter's title, "" where it goes on, and names of exercises."""

    title: str
    names: list[str]


def lines_of(board: Board, width: int) -> list[Line]:
    """Return the list in lines that fit: a chapter begins a new one, and no name is broken."""
    left = width - _margin(board)
    lines: list[Line] = []
    chapter, used = "", 0
    for row in board.rows:
        wide = APART + len(row.name)
        if row.chapter != chapter or used + APART + wide > left:
            lines.append(Line(title(row.chapter) if row.chapter != chapter else "", []))
            chapter, used = row.chapter, -APART
        lines[-1].names.append(row.name)
        used += APART + wide
    return lines


@dataclass
class Chooser:
    """Where one is in the list. sought: what is typed after a /, None where nothing is sought."""

    at: str
    sought: str | None = None

    def press(self, key: str, board: Board, width: int) -> bool:
        """Do what a key says; return whether it means something here."""
        if self.sought is not None and (key in ERASE or key == LEAVE or key.isprintable()):
            return self._seek(key, board)
        if key == "/":
            self.sought = ""
        elif key in "←→↑↓":
            self._walk(key, lines_of(board, width))
        else:
            return False
        return True

    def _seek(self, key: str, board: Board) -> bool:
        typed = self.sought or ""
        if key in "←→↑↓":
            found = self._found(board)
            if found:
                by = 1 if key in "→↓" else -1
                start = found.index(self.at) if self.at in found else 0
                self.at = found[(start + by) % len(found)]
            return True
        if key == LEAVE or (key in ERASE and not typed):
            self.sought = None
            return True
        self.sought = typed[:-1] if key in ERASE else typed + key
        found = self._found(board)
        if found and self.at not in found:
            self.at = found[0]
        return True

    def _found(self, board: Board) -> list[str]:
        """Return the exercises in whose name, or else in whose chapter's title, the text is."""
        text = (self.sought or "").lower()
        names = [row.name for row in board.rows if text in row.name.lower()]
        return names or [row.name for row in board.rows if text in title(row.chapter).lower()]

    def _walk(self, key: str, lines: list[Line]) -> None:
        order = [name for line in lines for name in line.names]
        if key in "←→":
            at = order.index(self.at) + (1 if key == "→" else -1)
            self.at = order[max(0, min(at, len(order) - 1))]
            return
        line = self.line(lines)
        column = lines[line].names.index(self.at)
        line = max(0, min(line + (1 if key == "↓" else -1), len(lines) - 1))
        self.at = lines[line].names[min(column, len(lines[line].names) - 1)]

    def line(self, lines: list[Line]) -> int:
        """Return the number of the line in which one is."""
        return next(k for k, line in enumerate(lines) if self.at in line.names)

    def shown(self, board: Board, console: Console) -> Text:
        """Return the list, each exercise with its sign, and the one that is chosen."""
        margin, found = _margin(board), self._found(board) if self.sought else []
        rows = []
        for line in lines_of(board, console.width):
            row = Text(line.title.ljust(margin))
            for name in line.names:
                style = "bold reverse" if name == self.at else "underline" if name in found else ""
                sign = screen.mark(board.row(name).status, console)
                row.append_text(Text.assemble(sign, " ", (name, style), " " * APART))
            row.rstrip()
            rows.append(row)
        return Text("\n").join(rows)

    def keys(self, board: Board, width: int) -> Text:
        """Return what the keys do, or what is sought and how many exercises that finds."""
        if self.sought is not None:
            says = f"{len(self._found(board))} found: ↑ ↓  Enter go  Esc back"
            line = Text.assemble((f"/{self.sought}_", "bold"), (f"  {says}", "dim"))
        else:
            words = [Text.assemble((key, "bold"), (f" {says}", "dim")) for key, says in KEYS]
            line = Text("  ").join(words)
        line.truncate(width - 1)
        return line


def _margin(board: Board) -> int:
    """Return how many columns the chapters' titles take."""
    return max(len(title(row.chapter)) for row in board.rows) + APART
