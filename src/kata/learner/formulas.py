"""Mathematics as Unicode, for a terminal: "dL/dx_j = ∑_k g_k w_jk"."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

MATH = re.compile(
    r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+(?:\n[^$\n]+)?)\$", re.DOTALL
)
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
RAISED = str.maketrans("0123456789-T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RAISES = re.compile(r"\^(-?[0-9]+|T)(?![0-9A-Za-z])")
LOWERS = re.compile(r"(?<=[^\W\d_])_([0-9](?![0-9A-Za-z]))")
SIGNS = re.compile("([≤≥·\N{TILDE OPERATOR}≈])(?=\\S)")  # a space after each
# an index or a power of several parts: its braces, which say where it ends, become brackets
PARTS = re.compile(r"([_^])\{(?!-?\d+\})((?=[^{}]*[-+=/,_\\ ])(?:[^{}]|\{[^{}]*\})+)\}")
SPACED = re.compile(r"(\\(?!(?:partial|sqrt)\b)[A-Za-z]+)(?= )")  # TeX drops the space after it
WIDE = re.compile(r"(?:\s*\\q?quad\s*)+")  # between two formulas of a block
NEXT = "\f"  # a character that the converter leaves alone
PRIMES = re.compile(r"(?<=[\w)}])'+(?![a-z])")  # f''(x), and not the window's
# what stands under a brace is said behind what it embraces: [w + b: one bias]
BRACE = re.compile(r"\\(?:under|over)brace(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})[_^]")
EMBRACED = "kataembraced"
ONE = re.compile(r"(?!\d+[^\W\d])[d∂]?\s?[\w.^{}∂∑√²]+(?:[_^]\([^()]*\))?|[\w√]*\([^()]*\)")
ELSE = ("else", "otherwise", "elsewhere")


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
    text = _converter().latex_to_text(_prepared(tex)).strip()
    text = re.sub(r"ᵀ (?=[\s)\]]|$)", "ᵀ", text.replace("^\N{DOWN TACK}", "ᵀ "))
    text = re.sub(r"[ \t]+", " ", text)
    text = RAISES.sub(lambda found: found[1].translate(RAISED), text)
    text = LOWERS.sub(lambda found: found[1].translate(LOWERED), text)
    return SIGNS.sub(r"\1 ", text).replace(NEXT, "\n")


def _prepared(tex: str) -> str:
    """Return TeX in which the converter finds all that the text needs: ends, spaces, lines."""
    tex = PRIMES.sub(lambda found: "\N{PRIME}" * len(found[0]), WIDE.sub(NEXT, tex))
    tex = BRACE.sub(rf"\\{EMBRACED}\1", tex)
    return SPACED.sub(r"\1{}", PARTS.sub(r"\1{(\2)}", tex))


@cache
def _converter() -> Any:
    """Return pylatexenc's converter; fractions, braces, cases and matrices are ours."""
    from pylatexenc.latex2text import (
        EnvironmentTextSpec,
        LatexNodes2Text,
        MacroTextSpec,
        get_default_latex_context_db,
    )
    from pylatexenc.latexwalker import get_default_latex_context_db as get_default_grammar
    from pylatexenc.macrospec import MacroSpec

    known, grammar = get_default_latex_context_db(), get_default_grammar()
    known.add_context_category(
        "kata",
        prepend=True,
        macros=[
            *(MacroTextSpec(f"{size}frac", simplify_repl=_fraction) for size in ("", "t", "d")),
            MacroTextSpec(EMBRACED, simplify_repl="[%s: %s]"),
        ],
        environments=[
            EnvironmentTextSpec("cases", simplify_repl=_cases),
            EnvironmentTextSpec("pmatrix", simplify_repl=_matrix),
        ],
    )
    grammar.add_context_category("kata", prepend=True, macros=[MacroSpec(EMBRACED, "{{")])
    return _Converter(LatexNodes2Text(math_mode="text", latex_context=known), grammar)


class _Converter:
    """Reads TeX by one grammar, and writes it as another's text."""

    def __init__(self, writer: Any, grammar: Any) -> None:
        self._writer, self._grammar = writer, grammar

    def latex_to_text(self, tex: str) -> str:
        """Return TeX as text."""
        from pylatexenc.latexwalker import LatexWalker

        nodes, _, _ = LatexWalker(tex, latex_context=self._grammar).get_latex_nodes()
        text: str = self._writer.nodelist_to_text(nodes)
        return text


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = (l2tobj.nodelist_to_text([part]).strip() for part in node.nodeargd.argnlist)
    return f"{_together(above)}/{_together(below)}"


def _together(part: str) -> str:
    """Return a part of a fraction in brackets, where it is more than one thing."""
    return part if ONE.fullmatch(part) else f"({part})"


def _matrix(node: Any, l2tobj: Any) -> str:
    """Return "[1 2; 3 -1]", with commas where an entry is more than one thing."""
    rows = list(_rows(node, l2tobj))
    comma = "," * any(" " in entry for row in rows for entry in row)
    return f"[{'; '.join(f'{comma} '.join(row) for row in rows)}]"


def _cases(node: Any, l2tobj: Any) -> str:
    """Return "(1 if x > 0, else 0)"."""
    said = []
    for value, *condition in _rows(node, l2tobj):
        words = " ".join(condition)
        if words in ELSE:
            said.append(f"else {value}")
        else:
            said.append(f"{value} {'' if words.startswith(('if ', 'at ')) else 'if '}{words}")
    return f"({', '.join(said)})"


def _rows(node: Any, l2tobj: Any) -> Iterator[list[str]]:
    r"""Yield the entries of each row; & and \\ lie between them."""
    row: list[list[Any]] = [[]]
    for part in node.nodelist:
        if getattr(part, "specials_chars", "") == "&":
            row.append([])
        elif getattr(part, "macroname", "") == "\\":
            yield [l2tobj.nodelist_to_text(entry).strip() for entry in row]
            row = [[]]
        else:
            row[-1].append(part)
    yield [l2tobj.nodelist_to_text(entry).strip() for entry in row]
