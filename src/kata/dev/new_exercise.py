"""Begin an exercise: the pieces that its author fills in, each in the file where it belongs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kata.answers.text import after_imports
from kata.course import chapters, course, exercises

QUESTIONS = "## Questions"  # the heading of a lesson's last part
CHAPTER = re.compile(r"ch\d\d_[a-z][a-z0-9_]*")

SOLUTION = '''
def {name}(x: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """Say in one sentence what {name} does.

        out[i, j] = the equation, element by element

    Say what follows from it, and where it comes from.
    """
    raise NotImplementedError
'''
SOLUTION_HEAD = '''"""Chapter {number}, {words}: say in one sentence what it is about."""

from jaxtyping import Float
from torch import Tensor

'''
TEST = """
def right_{name}(x):
    return Expected(values=x.double(), scale=x.double().abs(), roundings=1)


def test_{name}_says_what_is_right_as_a_sentence({name}, draw):
    x = draw(3, 4)

    assert_forward({name}, [x], right_{name}(x), "out[i, j] = the equation")


def test_{name}_takes_every_row_and_column({name}, draw64):
    def check(n, m):
        x = draw64(n, m)
        assert_forward({name}, [x], right_{name}(x), "out[i, j] = the equation")

    assert_all_of_it(check, n=3, m=2)


def test_{name}_stands_for_itself_at_each_call({name}, draw):
    assert_each_call_anew({name}, lambda: [draw(3, 4)], right_{name}, "out[i, j] = the equation")
"""
TEST_HEAD = '''"""Chapter {number}: what is right is said by torch in float64, or by plain loops."""

from kata.checks.compare import Expected
from kata.checks.forward import assert_each_call_anew, assert_forward
from kata.checks.large import assert_all_of_it

'''
MISTAKE = """
@probes("{name}")
def {name}_probes(draw):
    yield (draw(3, 4),)


@told
def {name}(x):
    out = x
    if wrong("You do what is wrong, and why it is wrong."):
        out = 2 * x
    return out
"""
MISTAKE_HEAD = '''"""Chapter {number}, right, and at each step how it goes wrong."""

from kata.diagnosis.told import probes, told, wrong

'''
VARIANT = """
@right("{name}")
def {name}_in_another_way(x):
    return x.clone()
"""
VARIANT_HEAD = '''"""Right answers to chapter {number}, in unusual ways: all must pass."""

from kata.diagnosis.recorded import right

'''
LESSON = """
Why is {name} needed? A question, a worked example, the derivation, the statement.

<!-- exercise: {name}
difficulty: 3
minutes: 15
after: What it was for. Where it is met again.
1. A question that points at the reason.
2. One element, derived with numbers.
3. The other elements, as index sums.
4. A neighbouring problem, solved in code with comments.
-->
"""
LESSON_HEAD = "# Chapter {number}: {words}\n"


class Refused(Exception):
    """The exercise cannot be begun; the message is one line that says why."""


def begin(name: str, chapter: str) -> Iterator[str]:
    """Write the pieces of an exercise; give a line for each file. Raises Refused."""
    if not name.isidentifier() or name.startswith("_"):
        raise Refused(f"{name}: not a public name of Python")
    if name in exercises():
        raise Refused(f"{name}: is an exercise of {exercises()[name].chapter} already")
    if not CHAPTER.fullmatch(chapter):
        raise Refused(f"{chapter}: a chapter is called chNN_name, as in ch21_embeddings")
    here = course()
    words = {
        "name": name,
        "number": str(int(chapter[2:4])),
        "words": chapter[5:].replace("_", " "),
    }
    is_new = chapter not in chapters()
    for path, head, piece in (
        (here.solution_of(chapter), SOLUTION_HEAD, SOLUTION),
        (here.tests_of(chapter), TEST_HEAD, TEST),
        (here.mistakes / f"{chapter}.py", MISTAKE_HEAD, MISTAKE),
        (here.variants / f"{chapter}.py", VARIANT_HEAD, VARIANT),
        (here.lessons / f"{chapter}.md", LESSON_HEAD, LESSON),
    ):
        _append(path, head.format(**words), piece.format(**words))
        yield f"{'wrote' if is_new else 'added to'} {path.relative_to(here.root)}"
    yield f"fill them in, then: kata dev build && kata dev prove {name}"


def _append(path: Path, head: str, piece: str) -> None:
    """Write a piece at the end of a file, of a lesson before its questions; a new one begins with
    the head.
    """
    path.parent.mkdir(exist_ok=True)
    end = ""
    if path.is_file():
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            head = _with_imports(text, head)
        else:
            head, *questions = re.split(f"^(?={QUESTIONS}$)", text, flags=re.MULTILINE)
            end = "".join(f"\n{part}" for part in questions)
        head = head.rstrip("\n") + "\n\n"
    path.write_text(head + piece + end, "utf-8", newline="\n")


def _with_imports(text: str, head: str) -> str:
    """Return a chapter's text with those names of a new file's imports that it lacks."""
    found = [n for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom)]
    known = {alias.asname or alias.name for node in found for alias in node.names}
    more = []
    for node in ast.parse(head).body:
        if isinstance(node, ast.ImportFrom):
            node.names = [alias for alias in node.names if alias.name not in known]
            more += [ast.unparse(node)] if node.names else []
    return after_imports(text, more)
