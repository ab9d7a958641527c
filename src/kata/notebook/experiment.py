"""What the notebooks' cells call: begin, and the block that an experiment runs in."""

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kata.answers.place import place, running_cell
from kata.answers.printable import brief
from kata.course import course, exercises

PAPER = "the paper says"  # so begins what a lesson's assertion says of numbers worked out by hand


def begin() -> None:
    """Let `import chNN_...` in this notebook give the solutions of the other chapters."""
    if str(course().solutions) not in sys.path:
        sys.path.insert(0, str(course().solutions))


@contextmanager
def experiment() -> Iterator[None]:
    """A block of code that needs the learner's functions, and says so where one is missing.

    It says as well where one gives other numbers than the lesson, or stops. Nothing is raised, so
    that a notebook runs through whatever is still to be written.
    """
    try:
        yield
    except Exception as error:
        print(f"{_why(error)}.")


def _why(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
    stub = innermost.f_code.co_qualname.split(".")[0]  # "Lin" for Lin.backward
    if isinstance(error, NotImplementedError) and stub in exercises():
        return f"This experiment waits: it needs {stub}, which is still to be written"
    if isinstance(error, NameError) and (name := re.search(r"name '(\w+)' is not", str(error))):
        needs = f"it needs {name[1]}, which a cell above it makes; run that one first"
        return f"This experiment waits: {needs}"
    where = [place(Path(f.filename), f.lineno or 0) for f in frames if running_cell(f.filename)]
    at = f" at {where[-1]}" if where else ""
    if isinstance(error, AssertionError) and str(error).startswith(PAPER):
        return brief(f"Your numbers differ from the paper's{at}: {error}")
    if isinstance(error, AssertionError) and running_cell(innermost.f_code.co_filename):
        says = str(error) or f"`{frames[-1].line}` does not hold"
        return brief(f"This experiment comes out otherwise{at}: {says}")
    return brief(f"This experiment stops: {type(error).__name__}{at}: {error}")
