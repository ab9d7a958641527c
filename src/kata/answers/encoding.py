"""Python files as text, read as Python itself reads them: byte order mark and coding line count."""

import io
import tokenize
from pathlib import Path

UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how such a file begins; UTF-32 begins so, too


def read_python(path: Path) -> str:
    r"""Return a file's text, its line ends as "\n". Raises OSError; SyntaxError as decoded does."""
    return decoded(path.read_bytes())


def decoded(content: bytes) -> str:
    r"""Return the text of a Python file, its line ends as "\n".

    Raises SyntaxError, which says why and in which line, where Python could not read it either.
    """
    try:
        with io.TextIOWrapper(io.BytesIO(content), encoding_of(content)) as file:
            text = file.read()
    except (SyntaxError, LookupError, ValueError) as error:
        raise _unreadable(content, error) from None
    if "\0" in text:
        raise _unreadable(content, ValueError("it holds null bytes"))
    return text


def encoding_of(content: bytes) -> str:
    """Return what the first lines of a Python file say of its encoding. Raises SyntaxError."""
    return tokenize.detect_encoding(io.BytesIO(content).readline)[0]


def write_python(path: Path, text: str) -> None:
    """Write a Python file with the line ends and in the encoding that it had."""
    before = path.read_bytes() if path.is_file() else b""
    ends = "\r\n" if b"\r\n" in before else "\n"
    # what the learner wrote fits the encoding; a sign of a stub's docstring may not
    path.write_text(text, encoding_of(before), "backslashreplace", newline=ends)


def _unreadable(content: bytes, error: Exception) -> SyntaxError:
    """Say in one line what keeps a file from being read, and what to do."""
    why, line = str(error), 1
    if isinstance(error, UnicodeDecodeError):
        line += content[: error.start].count(b"\n")
        why = f"it is not {error.encoding} text"
    elif isinstance(error, SyntaxError):  # detect_encoding has looked at two lines only
        why = error.msg
    if content.startswith(UTF_16):
        why, line = "it is UTF-16", 1
    found = SyntaxError(f"cannot be read: {why}; save it as UTF-8")
    found.lineno = line
    return found
