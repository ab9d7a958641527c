"""Make a learner's text fit for a terminal: letters, tabs and line breaks, and not too many.

An answer can print codes that clear the screen, name the window or hide the cursor, and can hold
them in an error, a repr or a file's name. Texts are made plain where they are shown; the grade's
JSON keeps them as they are.
"""

import re

CODES = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # the window's title and the like, up to their end
    r"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?"  # strings for the terminal itself
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, cursor, clearing
    r"|\x1b[ -/]*[0-~]?"  # all other escapes: full reset, character sets
    r"|[\x00-\x08\x0e-\x1f\x7f-\x9f]"  # single control characters, the eight-bit ones too
    r"|[\u202a-\u202e\u2066-\u2069]"  # turn the order of letters round
)
BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")  # a line that starts anew loses nothing
LINES = 40  # of one message; ours have about ten
WIDE = 500  # characters of one line, six rows of a usual window; our longest sentence has half
LAST = 4  # lines kept of a long text's end, where a verdict names the mistake


def plain(text: str) -> str:
    """Take the terminal's codes out of a text; what cannot be written at all is spelt out."""
    text = text.encode("utf-8", "backslashreplace").decode()  # half of a surrogate pair
    return CODES.sub("", BREAKS.sub("\n", text))


def brief(text: str) -> str:
    """Make a text plain, and shorten it: in its middle, and each line at its end."""
    rows = [shortened(row, WIDE) for row in plain(text).split("\n")]
    if len(rows) > LINES:
        left_out = len(rows) - LINES + 1
        rows[LINES - LAST - 1 : -LAST] = [f"... ({left_out} more lines)"]
    return "\n".join(rows)


def shortened(line: str, wide: int) -> str:
    """Cut off what a line has beyond so many characters, and say how many those were."""
    return line if len(line) <= wide else f"{line[:wide]} ... ({len(line) - wide} more)"


def spelt_out(text: str) -> str:
    """Return a text of which a terminal takes nothing for a command, and which can be encoded."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
