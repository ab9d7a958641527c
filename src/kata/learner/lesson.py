"""`kata lesson`: the part of a chapter's lesson that leads to one exercise, and its questions.

In the terminal its mathematics is readable Unicode; as a page, MathML, with nothing to load. The
lesson of a chapter's last exercise ends with the chapter's questions: in the terminal a key shows
each answer, on the page a fold does.
"""

import re
import sys
import webbrowser
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markdown import Markdown

from kata.course.lesson_pages import as_page, folded, leading_to, questions_behind
from kata.course.lessons import Question
from kata.learner.place import Place, Problem
from kata.refusal import shown

MATH = re.compile(
    r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+(?:\n[^$\n]+)?)\$", re.DOTALL
)
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
RAISED = str.maketrans("0123456789-T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RAISES = re.compile(r"\^(-?[0-9]+|T)(?![0-9A-Za-z])")
LOWERS = re.compile(r"(?<=[^\W\d_])_([0-9](?![0-9A-Za-z]))")
SIGNS = re.compile("([≤≥·\N{TILDE OPERATOR}≈])(?=\\S)")  # a space after each


def for_terminal(markdown: str) -> str:
    """Return Markdown with its mathematics as Unicode; code stays as it is."""
    parts = CODE.split(markdown)
    return "".join(p if i % 2 else MATH.sub(_shown, p) for i, p in enumerate(parts))


def _shown(found: "re.Match[str]") -> str:
    if found["block"]:
        lines = in_unicode(found["block"]).splitlines()
        return "\n```text\n" + "\n".join(f"    {line.strip()}" for line in lines) + "\n```\n"
    return " ".join(in_unicode(found["inline"]).split()).replace("*", r"\*").replace("_", r"\_")


def in_unicode(tex: str) -> str:
    """Return a formula as it can be read in a terminal: "dL/dx_j = ∑_k g_k w_jk"."""
    tex = _prepared(tex)
    text = _converter().latex_to_text(tex).strip()
    text = re.sub(r"[ \t]+", " ", text.replace("^\N{DOWN TACK}", "ᵀ "))
    text = RAISES.sub(lambda found: found[1].translate(RAISED), text)
    text = LOWERS.sub(lambda found: found[1].translate(LOWERED), text)
    return SIGNS.sub(r"\1 ", text).replace(NEXT, "\n")


# an index or a power of several parts: its braces, which say where it ends, become brackets
PARTS = re.compile(r"([_^])\{(?!-?\d+\})((?=[^{}]*[-+=/,_\\ ])(?:[^{}]|\{[^{}]*\})+)\}")
SPACED = re.compile(r"(\\(?!(?:partial|sqrt)\b)[A-Za-z]+)(?= )")  # TeX drops the space after it
WIDE = re.compile(r"(?:\s*\\q?quad\s*)+")  # between two formulas of a block
NEXT = "\f"  # a character that the converter leaves alone


def _prepared(tex: str) -> str:
    """Return TeX in which the converter finds all that the text needs: ends, spaces, lines."""
    return SPACED.sub(r"\1{}", PARTS.sub(r"\1{(\2)}", WIDE.sub(NEXT, tex)))


@cache
def _converter() -> Any:
    """Return pylatexenc's converter, with fractions whose parts keep together."""
    from pylatexenc.latex2text import (
        LatexNodes2Text,
        MacroTextSpec,
        get_default_latex_context_db,
    )

    def fraction(node: Any, l2tobj: Any) -> str:
        above, below = (l2tobj.nodelist_to_text([part]).strip() for part in node.nodeargd.argnlist)
        return f"{_together(above)}/{_together(below)}"

    known = get_default_latex_context_db()
    fractions = [MacroTextSpec(name, simplify_repl=fraction) for name in ("frac", "tfrac", "dfrac")]
    known.add_context_category("kata", prepend=True, macros=fractions)
    return LatexNodes2Text(math_mode="text", latex_context=known, keep_comments=True)


def _together(part: str) -> str:
    """Return a part of a fraction in brackets, where it is more than one thing."""
    is_one = re.fullmatch(r"d?\s?[\w.^{}∂∑√²]+|[√]?\([^()]*\)", part) is not None
    return part if is_one else f"({part})"


def ask(questions: Sequence[Question], console: Console) -> None:
    """Print each question, and its answer at a key; at once where there is nobody to press one."""
    has_keys = sys.stdin.isatty() and console.is_terminal
    if questions:
        console.print(Markdown("## Questions"))
    for question in questions:
        console.print(Markdown(for_terminal(question.asked)), style="bold")
        if has_keys:
            console.print("(say your answer; any key shows ours, q ends)", style="dim")
            if typer.getchar() == "q":
                return
        console.print(Markdown(for_terminal(question.answer)))
        console.print()


def show(place: Place, name: str, browser: bool, file: Path | None) -> None:
    """Print a lesson, or write it as a page and open that. Raises Problem."""
    text, questions = leading_to(name), questions_behind(name)
    if not browser and file is None:
        console = Console()
        console.print(Markdown(for_terminal(text)))
        return ask(questions, console)
    page = file or place.keep / "lessons" / f"{name}.html"
    try:
        if file is None:
            page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(as_page(name, f"{text}\n\n{folded(questions)}"), "utf-8")
    except OSError as error:
        raise Problem(f"{page}: {error.strerror}") from None
    Console().print(f"as a page: {shown(page)}", style="dim", markup=False)
    if browser:
        webbrowser.open(page.absolute().as_uri())
    return None
