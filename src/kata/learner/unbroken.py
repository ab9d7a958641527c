"""Code that is printed line by line as it is, however narrow the window: it can be copied.

The terminal itself breaks what is too long for it. Printed with crop=False, or else cut off.
"""

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.syntax import Syntax
from rich.text import Text


def code(text: str, language: str = "python") -> RenderableType:
    """Return code in the terminal's own colours."""
    syntax = Syntax("", language, theme="ansi_dark", background_color="default")
    lines = syntax.highlight(text.rstrip("\n"))
    lines.rstrip()
    lines.no_wrap, lines.overflow = True, "ignore"
    return Group(lines)  # a Text by itself is joined to others, and wrapped


class Prose(Markdown):
    """Markdown that is wrapped, but for the code in it."""


class _Block(CodeBlock):
    """A block of code within it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield code(f"{self.text}", self.lexer_name)


Prose.elements = {**Markdown.elements, "fence": _Block, "code_block": _Block}


def hints(texts: Sequence[str], after: str) -> RenderableType:
    """Return hints one below the other, each under its number."""
    parts: list[RenderableType] = []
    for number, text in enumerate(texts, 1):
        parts += [Text(f"hint {number}", style="cyan"), Prose(text), Text()]
    return Group(*parts, Text(f"({after})", style="dim"))
