"""A Python file is read as Python reads it, whichever way it comes to be graded."""

import subprocess
import sys

import pytest

from kata.answers.encoding import decoded, read_python, write_python
from kata.answers.files import text_of, written
from kata.answers.load import load
from kata.learner.place import Place
from kata.learner.source import chapter_at
from kata.refusal import Broken

CHAPTER = "ch05_loss"
TEXT = '"""é"""\n\n\ndef mse(output, targ):\n    return "é"\n'
COOKIE = "# -*- coding: {} -*-\n"
GOOD = {
    "plain": TEXT.encode(),
    "marked": b"\xef\xbb\xbf" + TEXT.encode(),
    "windows": TEXT.replace("\n", "\r\n").encode(),
    "latin": (COOKIE.format("latin-1") + TEXT).encode("latin-1"),
    "utf7": (COOKIE.format("utf-7") + TEXT).encode("utf-7"),
    "second_line": ("#!/usr/bin/python\n" + COOKIE.format("cp1252") + TEXT).encode("cp1252"),
}
BAD = {
    "utf16": (TEXT.encode("utf-16"), "UTF-16", 1),
    "utf16_unmarked": (TEXT.encode("utf-16-le"), "null bytes|not utf-8|encoding", 1),
    "nul": (b"x = 1\0", "null bytes", 1),
    "late": (b"x = 1\n" * 9 + b"# \xe9\n", "not utf-8 text", 10),
    "early": (b"# \xe9\n", "encoding", 1),
    "unknown": (COOKIE.format("klingon").encode(), "klingon", 1),
    "no_text": (COOKIE.format("rot13").encode(), "rot13", 1),
    "quarrel": (b"\xef\xbb\xbf" + COOKIE.format("latin-1").encode(), "encoding", 1),
}


@pytest.fixture(params=GOOD)
def good(request, tmp_path):
    path = tmp_path / f"{CHAPTER}.py"
    path.write_bytes(GOOD[request.param])
    return path


@pytest.fixture(params=BAD)
def bad(request, tmp_path):
    path = tmp_path / f"{CHAPTER}.py"
    path.write_bytes(BAD[request.param][0])
    return path, *BAD[request.param][1:]


def test_every_road_reads_what_python_reads(good):
    said = f"import runpy; print(ascii(runpy.run_path({str(good)!r})['mse'](0, 0)))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True)

    assert done.stdout.strip() == ascii("é"), done.stderr
    assert load(good, CHAPTER).mse(0, 0) == "é"
    assert read_python(good) == text_of(good)
    assert read_python(good).endswith(TEXT)
    assert chapter_at(Place(good.parent), CHAPTER).names == written(good, CHAPTER) == {"mse"}


def test_what_python_cannot_read_is_one_line_with_the_reason_and_the_remedy(bad):
    path, says, line = bad

    with pytest.raises(SyntaxError, match=f"cannot be read: .*({says}).*; save it as UTF-8") as got:
        decoded(path.read_bytes())
    assert got.value.lineno == line
    with pytest.raises(Broken, match=f"{CHAPTER}.py:{line}: cannot be read: [^\n]*$"):
        load(path, CHAPTER)
    assert written(path, CHAPTER) == {""}  # it was touched


def test_a_file_is_written_in_the_encoding_that_it_had(good):
    before = good.read_bytes()
    write_python(good, read_python(good))
    assert good.read_bytes() == before

    write_python(good, f"{read_python(good)}# \N{RIGHTWARDS ARROW}\n")
    assert read_python(good).startswith(decoded(before))
    assert load(good, CHAPTER).mse(0, 0) == "é"
