"""Whatever an answer prints or holds, the page still shows the title and the verdict."""

import itertools
import subprocess
import sys

import pytest
from terminal import make_place, save, start

from kata.course import course
from kata.dev.terminal import Terminal

CODES = {
    "clear screen and home": "\x1b[2J\x1b[H",
    "eight-bit clear screen": "\x9b2J",
    "full reset": "\x1bc",
    "hide the cursor": "\x1b[?25l",
    "window title": "\x1b]0;hello\x07",
    "window title without an end": "\x1b]0;hello",
    "other screen": "\x1b[?1049h",
    "another character set": "\x1b(0",
    "carriage return": "loss 0.1\rloss 0.2\rloss 0.3",
    "backspaces": "abc\b\b\b" * 40,
    "half of a pair": "\ud800",
    "lines without end": "\n" * 3000,
    "a line without end": "x" * 30_000,
}
CARRIERS = {
    "printed": "print({code!r})\nreturn x",
    "in an error": "print({code!r})\nraise ValueError({code!r})",
    "in an error's lines": "raise ValueError('a\\nb' + {code!r} + '\\nc')",
    "in a repr": "class Odd:\n    def __repr__(self):\n        return {code!r}\nreturn Odd()",
    "in a key": "return {{}}[{code!r}]",
}
ALL = "".join(CODES.values())
numbers = itertools.count()


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    """A watch in a usual window, whose folder's name holds a code too."""
    place = make_place(tmp_path_factory.mktemp("codes") / "a\x1b[2Jb")
    watch = start(place, rows=24).wait_for("q quit")
    yield place, watch
    watch.press("q")
    assert watch.end() == 0


def look(watch, body):
    """Let the page show this answer, and no older one."""
    place, page = watch
    token = f"<{next(numbers)}>"  # the page goes on showing an older verdict while it grades
    save(place, "lin", f"print('{token}')\nreturn x @ w + b")
    page.wait_for("✓ lin passes", token)
    save(place, "relu", body)
    return page.wait_for("chapter 3 forward: relu", "✗ relu", "graded at", "q quit")


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_no_code_takes_the_page_away(watch, code):
    page = look(watch, CARRIERS["in an error"].format(code=code))

    assert page.text.startswith("chapter 3 forward: relu")
    assert page.screen.title == ""
    assert not page.screen.cursor.hidden


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
def test_the_page_stays_wherever_the_codes_are_held(watch, carrier):
    page = look(watch, carrier.format(code=ALL))

    assert page.text.startswith("chapter 3 forward: relu")
    assert page.screen.title == ""


def test_kata_check_ends_with_its_verdict_on_the_screen(tmp_path):
    place = make_place(tmp_path)
    save(place, "relu", CARRIERS["in an error"].format(code=ALL))

    check = start(place, "check", "relu", rows=100)  # it scrolls: a person can look back

    assert check.end() == 1
    assert "✗ relu: raised at" in check.flat
    assert check.screen.title == "" and not check.screen.cursor.hidden


def test_pytest_writes_no_code_of_an_answer(tmp_path):
    place = make_place(tmp_path / "a\x1b[2Jb")
    body = "\n".join(f"print({code!r})" for name, code in CODES.items() if name != "half of a pair")
    save(place, "relu", f"{body}\nraise ValueError({ALL!r})")
    command = [sys.executable, "-m", "pytest", "-rA", "-k", "relu", "tests/test_ch03_forward.py"]

    done = subprocess.run(
        [*command, "--submission", str(place.exercises)],
        cwd=course().root,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "relu: raised at" in done.stdout and "loss 0.3" in done.stdout
    assert not {*done.stdout} & {*"\x1b\x9b\r\b\x07"}


def test_pytest_keeps_its_colours(tmp_path):
    place = make_place(tmp_path)
    args = ["-k", "relu", "tests/test_ch03_forward.py", "--submission", str(place.exercises)]

    graded = Terminal(*args, module="pytest", columns=120)

    assert graded.end() == 1
    colours = {cell.fg for row in graded.screen.buffer.values() for cell in row.values()}
    assert "brown" in colours  # which is pyte's word for yellow: todo
