"""JUnit XML, as CI systems show it: a suite for each submission, a case for each test."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from kata.course import course
from kata.teacher.rows import Row

# what XML 1.0 cannot hold
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, rows: list[Row]) -> None:
    """Write one file with all submissions."""
    suites = ElementTree.Element("testsuites", name=course().name)
    for row in rows:
        suite = ElementTree.SubElement(suites, "testsuite", name=_text(row.name))
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for where, name, status, message in _cases(row):
            counts["tests"] += 1
            case = ElementTree.SubElement(suite, "testcase", classname=where, name=_text(name))
            if status in KINDS:
                tag, count = KINDS[status]
                counts[count] += 1
                text = _text(message)
                ElementTree.SubElement(case, tag, message=text.partition("\n")[0]).text = text
        for name, number in counts.items():
            suite.set(name, str(number))
    ElementTree.indent(suites)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _cases(row: Row) -> Iterator[tuple[str, str, str, str]]:
    """Yield each test: its class, name, status and message.

    An exercise without tests stands for them.
    """
    for exercise in row.grade.exercises:
        where = f"{exercise.chapter}.{exercise.name}"
        for result in exercise.results:
            yield where, result.test, result.status, result.message
        if not exercise.results:
            yield where, exercise.name, exercise.status, exercise.message


KINDS = {
    "failed": ("failure", "failures"),
    "error": ("error", "errors"),
    "todo": ("skipped", "skipped"),
}


def _text(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
