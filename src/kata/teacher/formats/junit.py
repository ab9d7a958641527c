"""JUnit XML, as CI systems show it: a suite for each submission, a case for each test.

CI systems refuse a large file. Where a class's tests would make one, there is a case for each
exercise, or for each chapter, and the messages are cut.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from kata.course import course
from kata.grade import ExerciseGrade, write_whole
from kata.teacher.rows import Row

LARGEST = 2_000_000  # bytes
# what XML 1.0 cannot hold
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KINDS = {
    "failed": ("failure", "failures"),
    "error": ("error", "errors"),
    "todo": ("skipped", "skipped"),
}


@dataclass(frozen=True)
class Case:
    """What CI systems count: where it belongs, its name, status and message."""

    where: str
    name: str
    status: str
    message: str = ""


def write(path: Path, rows: list[Row]) -> None:
    """Write one file with all submissions."""
    for cases, most in WAYS:
        if (cases, most) == WAYS[-1] or _at_least(rows, cases, most) < LARGEST:
            text = _written(rows, cases, most)
            if len(text) < LARGEST:
                break
    write_whole(path, text)


def _at_least(rows: Iterable[Row], cases: Callable[[Row], Iterator[Case]], most: int) -> int:
    """Return how many bytes the file has without what XML makes of signs and line ends."""
    every = (case for row in rows for case in cases(row))
    return sum(
        34 + len(case.where) + len(case.name) + min(most, len(case.message)) for case in every
    )


def _written(rows: Iterable[Row], cases: Callable[[Row], Iterator[Case]], most: int) -> str:
    """Return the file with these cases, their messages cut to so many characters."""
    suites = ElementTree.Element("testsuites", name=course().name)
    for row in rows:
        suite = ElementTree.SubElement(suites, "testsuite", name=_text(row.name))
        if row.marks:
            given = ElementTree.SubElement(suite, "properties")
            for name in ("points", "max_points"):
                value = f"{getattr(row.marks, name):g}"
                ElementTree.SubElement(given, "property", name=name, value=value)
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for case in cases(row):
            counts["tests"] += 1
            found = ElementTree.SubElement(
                suite, "testcase", classname=case.where, name=_text(case.name)
            )
            if case.status in KINDS:
                tag, count = KINDS[case.status]
                counts[count] += 1
                text = _text(case.message)[:most]
                first = {"message": text.partition("\n")[0]} if text else {}
                told = ElementTree.SubElement(found, tag, first)
                told.text = text if "\n" in text else None
        for name, number in counts.items():
            suite.set(name, str(number))
    ElementTree.indent(suites, "")
    # written as ASCII, in which a character is a byte
    as_bytes: bytes = ElementTree.tostring(suites, "us-ascii", xml_declaration=True)
    return as_bytes.decode() + "\n"


def _tests(row: Row) -> Iterator[Case]:
    """Yield each test. An exercise without tests stands for them."""
    for exercise in row.grade.exercises:
        where = f"{exercise.chapter}.{exercise.name}"
        for result in exercise.results:
            yield Case(where, result.test, result.status, result.message)
        if not exercise.results:
            yield Case(where, exercise.name, exercise.status, exercise.message)


def _exercises(row: Row) -> Iterator[Case]:
    for e in row.grade.exercises:
        yield Case(e.chapter, e.name, e.status, e.message if e.status != "todo" else "")


def _chapters(row: Row) -> Iterator[Case]:
    """Yield each chapter: the worst that became of an exercise of it, and of how many."""
    for chapter, group in groupby(row.grade.exercises, lambda exercise: exercise.chapter):
        exercises: list[ExerciseGrade] = list(group)
        statuses = [exercise.status for exercise in exercises]
        status = next((s for s in ("failed", "error", "todo") if s in statuses), "passed")
        open_ = [f"{e.name}: {e.status}" for e in exercises if e.status not in ("passed", "todo")]
        yield Case(row.name, chapter, status, ", ".join(open_))


WAYS = [
    (_tests, 4000),
    (_tests, 300),
    (_exercises, 1000),
    (_exercises, 100),
    (_chapters, 300),
    (_chapters, 40),
    (_chapters, 0),
]


def _text(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
