"""What teachers' systems read: tables without formulas, small JUnit, pages for a class."""

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from kata.course import exercises
from kata.grade import ExerciseGrade, Grade, TestResult
from kata.teacher import formats
from kata.teacher.formats import comments, feedback
from kata.teacher.rows import Marks, Row

MISTAKE = "You subtract targ from output as they come."


def exercise(name, status, message="", tests=12):
    results = [
        TestResult(name, "", f"test_{name}_{at}_with_a_long_name[float32-cpu]", tests, at)
        for at in range(tests)
    ]
    results[0] = replace(results[0], status=status, message=message)
    mistake = MISTAKE if status == "failed" else None
    chapter = exercises()[name].chapter
    return ExerciseGrade(name, chapter, status, message, mistake, results)


def row(name, statuses, **kept):
    grades = [exercise(n, status, f"{n}: {status} " + "x" * 300) for n, status in statuses.items()]
    return Row(name, "graded", "", Grade(name, grades), **{"login": name, **kept})


@pytest.fixture
def three():
    return [
        row("ann", {"relu": "passed", "mse": "failed"}, code={"mse": "def mse(): <b>0</b>"}),
        row("bob", {"relu": "passed", "mse": "passed"}),
        row("jörg", {"relu": "todo", "mse": "failed"}, notes=["holds a; b"], late=True),
    ]


def written(tmp_path, kind, rows):
    formats.WRITERS[kind](tmp_path / kind, rows)
    return tmp_path / kind


def cells(path):
    text = path.read_text("utf-8-sig")
    return list(csv.reader(text.splitlines()))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "  =1+1",
        "\n=1+1",
        "\r\n=1+1",
        "a\n=1+1",
        "a;=1+1",
        "a; +1",
        "a\t@SUM(1)",
        "\uff1d1+1",
        "a;\uff0b1",
        "\uff20SUM(1)",
        '"=1+1',
        'a";"=1+1',
        "a\u2028=1",
        "a,-1",
    ],
)
def test_no_cell_is_a_formula_wherever_a_spreadsheet_ends_one(tmp_path, three, text):
    rows = [replace(three[0], name=text, login=text, notes=[text], look=[text])]
    for kind in ("csv", "canvas", "moodle"):
        content = written(tmp_path, kind, rows).read_bytes().decode("utf-8-sig")
        assert content.count("\n") == content.count("\r\n") == {"canvas": 3}.get(kind, 2)
        for cell in re.split(r'[;,\t\r\n"]+', content):
            assert not cell.strip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff20"))


def test_excel_is_told_of_umlauts_and_a_plain_table_is_as_it_was(tmp_path, three):
    assert written(tmp_path, "csv", three).read_bytes().startswith(b"\xef\xbb\xbfsubmission,")
    assert written(tmp_path, "csv", three[:2]).read_bytes().startswith(b"submission,outcome,")


def test_tables_say_whose_it_is_whether_late_and_how_it_was_taken(tmp_path, three):
    [head, *lines] = cells(written(tmp_path, "csv", three))
    last = dict(zip(head, lines[2], strict=True))

    assert (last["login"], last["late"], last["notes"]) == ("jörg", "late", "holds a; b")


def test_the_points_of_a_policy_are_in_every_table(tmp_path, three):
    marks = Marks(7.5, 10, 0.5, {"relu": (2, 2), "mse": (6, 8)})
    rows = [replace(each, marks=marks) for each in three]
    [head, line, *_] = cells(written(tmp_path, "csv", rows))
    found = dict(zip(head, line, strict=True))

    assert (found["points"], found["max_points"], found["points_lost"]) == ("7.5", "10", "0.5")
    assert found["score"] == "1"
    assert [line[5] for line in cells(written(tmp_path, "canvas", rows))[1:]] == ["10"] + 3 * [
        "7.5"
    ]
    assert cells(written(tmp_path, "moodle", rows))[1][1] == "7.5"
    assert "0.5 points lost" in cells(written(tmp_path, "moodle", rows))[1][2]
    scope = json.loads(next(written(tmp_path, "gradescope", rows).glob("001*")).read_text())
    assert (scope["score"], scope["tests"][1]["score"]) == (7.5, 6)
    suites = ElementTree.parse(written(tmp_path, "junitxml", rows)).getroot()
    assert suites[0].find("properties/property").get("value") == "7.5"
    assert "7.5 of 10" in (written(tmp_path, "html", rows) / "submission-0001.html").read_text()
    entry = {"exercises": [{"name": "relu"}, {"name": "mse"}], "score": 1}
    rows[0].add_to(entry)
    assert (entry["points"], entry["score"], entry["exercises"][1]["points"]) == (7.5, 1, 6)


def test_tables_of_logins_hold_each_login_once_with_the_better_of_two(tmp_path, three):
    rows = [three[0], replace(three[1], login="ann"), three[2]]

    for kind, column, first in (("canvas", 3, 2), ("moodle", 0, 1)):
        lines = cells(written(tmp_path, kind, rows))[first:]
        assert [line[column] for line in lines] == ["ann", "jörg"]
        assert lines[0][-1 if kind == "canvas" else 1] == "2"
    assert len(cells(written(tmp_path, "csv", rows))) == 4


@pytest.mark.parametrize("status", ["passed", "failed", "todo"])
def test_junit_stays_below_two_megabytes_for_three_hundred(tmp_path, status):
    rows = [row(f"student{at:03}", dict.fromkeys(exercises(), status)) for at in range(300)]
    path = written(tmp_path, "junitxml", rows)
    suites = ElementTree.parse(path).getroot()

    assert path.stat().st_size < 2_000_000
    assert len(suites) == 300
    for suite in suites:
        assert int(suite.get("tests")) == len(suite.findall("testcase")) > 0
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))


def test_junit_of_a_few_has_every_test_and_message(tmp_path, three):
    suites = ElementTree.parse(written(tmp_path, "junitxml", three)).getroot()

    assert [len(suite.findall("testcase")) for suite in suites] == [24, 24, 24]
    assert "x" * 300 in suites[0].find("testcase/failure").get("message")


def test_the_overview_leads_from_a_mistake_and_an_exercise_to_who_has_it(tmp_path, three):
    folder = written(tmp_path, "html", three)
    overview = (folder / "index.html").read_text("utf-8")

    assert "mean 1, median 1 of 2" in overview
    mistakes, _, exercises_ = overview.partition("<h2>Submissions")
    for part in (mistakes, exercises_.partition("<h2>Exercises")[2]):
        assert '<a href="submission-0001.html#mse">ann</a>' in part
        assert '<a href="submission-0003.html#mse">jörg</a>' in part
    assert MISTAKE in mistakes
    assert 'href="lesson-mse.html"' in mistakes
    assert "mse" in (folder / "lesson-mse.html").read_text("utf-8")
    assert 'id="mse"' in (folder / "submission-0001.html").read_text("utf-8")


def test_a_page_shows_code_beside_its_message_and_escapes_both(tmp_path, three):
    text = (written(tmp_path, "html", three) / "submission-0001.html").read_text("utf-8")

    assert '<div class="beside"><pre>def mse(): &lt;b&gt;0&lt;/b&gt;</pre><pre>mse: failed' in text


@pytest.mark.parametrize("kind", ["html", "gradescope", "feedback"])
def test_reports_of_an_older_run_do_not_stay_and_nothing_else_goes(tmp_path, three, kind):
    write = {**formats.WRITERS, "feedback": lambda path, rows: feedback.write(path, rows, {})}[kind]
    (tmp_path / kind).mkdir()
    (tmp_path / kind / "mine.html").write_text("<html>mine")
    (tmp_path / kind / "mine.json").write_text("{}")
    write(tmp_path / kind, three)
    before = {path.name for path in (tmp_path / kind).iterdir()}
    write(tmp_path / kind, three[:2])
    gone = before - {path.name for path in (tmp_path / kind).iterdir()}

    assert len(gone) == 1
    assert {"mine.html", "mine.json"} < before


def test_a_page_to_send_back_has_the_teacher_s_comments_and_nothing_for_the_teacher(
    tmp_path, three
):
    rows = [replace(each, look=["a.py:1: gc (other frames)"]) for each in three]
    said = {"ann": {"": ["Well <done>"], "mse": ["Look at axis 1"]}, "*": {"": ["Exam on Friday"]}}
    feedback.write(tmp_path / "back", rows, said)
    ann, bob = ((tmp_path / "back" / f"{name}.html").read_text("utf-8") for name in ("ann", "bob"))

    assert "Well &lt;done&gt;" in ann
    assert ann.index("Look at axis 1") > ann.index('id="mse"')
    assert "Exam on Friday" in ann
    assert "Exam on Friday" in bob
    assert "Well" not in bob
    assert "gc (other frames)" not in ann
    assert "index.html" not in ann
    assert (tmp_path / "back" / comments.NAME).read_text("utf-8-sig").count("\n") == 4


def test_logins_that_are_no_file_names_have_pages_all_the_same(tmp_path, three):
    names = ["../../etc/passwd", "A", "a", "...", "é" * 200]
    rows = [replace(three[0], name=name, login=name) for name in names]
    feedback.write(tmp_path / "back", rows, {})
    pages = {path.name.casefold() for path in tmp_path.rglob("*.html")}

    assert len(pages) == len(names)
    assert {path.parent for path in tmp_path.rglob("*.html")} == {tmp_path / "back"}
