"""JUnit XML, as CI systems show it: a suite for each submission, a case for each test."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from kata.course import course

# what XML 1.0 cannot hold
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write one file with all submissions."""
    suites = ElementTree.Element("testsuites", name=course().name)
    for row in rows:
        suite = ElementTree.SubElement(suites, "testsuite", name=_text(row["name"]))
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for exercise in row["grade"]["exercises"]:
            own = {"name": exercise["name"], "status": exercise["status"]}
            tests = exercise["tests"] or [{**own, "message": exercise["message"]}]
            for test in tests:
                counts["tests"] += 1
                where = f"{exercise['chapter']}.{exercise['name']}"
                case = ElementTree.SubElement(
                    suite, "testcase", classname=where, name=_text(test["name"])
                )
                tag, count = KINDS.get(test["status"], ("", ""))
                if tag:
                    counts[count] += 1
                    text = _text(test["message"])
                    first = text.partition("\n")[0]
                    ElementTree.SubElement(case, tag, message=first).text = text
        for name, number in counts.items():
            suite.set(name, str(number))
    ElementTree.indent(suites)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


KINDS = {
    "failed": ("failure", "failures"),
    "error": ("error", "errors"),
    "todo": ("skipped", "skipped"),
}


def _text(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
