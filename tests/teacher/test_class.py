"""A class of odd submissions: one row for each, in every format."""

import csv
import json
import xml.etree.ElementTree as ElementTree

import pytest
from grading_all import CHECKS, LOSS, WRONG, grade_all, hand_in, solution

from kata.course import course, exercises, exercises_of


def files(folder):
    return {path.stem: path.read_bytes() for path in folder.glob("ch*.py")}


def table(path):
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


TRICKS = "</pre><script>alert(1)</script>"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A class of odd submissions, in all formats."""
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    hand_in(
        folder,
        "all_solved",
        **{path.stem: path.read_bytes() for path in course().solutions.glob("c*.py")},
    )
    hand_in(folder, "stubs", **files(course().exercises))
    hand_in(folder, "empty")
    hand_in(folder, "wrong", ch05_loss=WRONG)
    hand_in(folder, "broken", ch05_loss="def mse(", ch01_checks=solution(CHECKS))
    hand_in(folder, "ünï cödé \U0001f600", ch05_loss=solution(LOSS))
    hand_in(folder, "=cmd()|' C calc'!A0", ch05_loss=solution(LOSS))
    raises = f"def mse(a, b):\n    raise ValueError({TRICKS!r} + chr(0) + chr(27))\n"
    hand_in(folder, TRICKS.replace("/", "_"), ch05_loss=raises)
    hand_in(folder / "nested", "exercises", ch05_loss=solution(LOSS))
    helper = "from helper import two\n\ndef mse(a, b):\n    return (a[:, 0] - b).pow(two).mean()\n"
    hand_in(folder, "with_a_helper", ch05_loss=helper, helper="two = 2")
    (folder / "single.py").write_text(solution(LOSS) + solution(CHECKS))
    (folder / "ch05_loss.py").write_text(solution(LOSS))
    (folder / "out").symlink_to(course().solutions)
    cell = {"cell_type": "code", "source": solution(LOSS), "metadata": {}, "outputs": []}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "ch05_loss.ipynb").write_text(json.dumps(book))
    (folder / "broken.ipynb").write_text("no JSON")
    options = {
        "csv": "table.csv",
        "html": "pages",
        "junitxml": "junit.xml",
        "gradescope": "scope",
        "canvas": "canvas.csv",
        "moodle": "moodle.csv",
    }
    args = [a for kind, name in options.items() for a in (f"--{kind}", str(out / name))]
    found = grade_all(folder, out / "grades.json", "--jobs", "2", *args)
    assert found.status == 0, found.output
    return found, out


def test_the_solutions_pass_and_the_stubs_are_todo(run):
    assert run[0].statuses("all_solved") == dict.fromkeys(exercises(), "passed")
    assert run[0].statuses("stubs") == dict.fromkeys(exercises(), "todo")
    assert run[0].rows["all_solved"]["score"] == len(exercises())


def test_a_chapter_that_is_not_there_is_todo(run):
    assert run[0].statuses("empty") == dict.fromkeys(exercises(), "todo")
    assert run[0].rows["empty"]["outcome"] == "graded"
    assert run[0].statuses("wrong")["near"] == "todo"


def test_a_wrong_answer_is_named(run):
    row = next(e for e in run[0].rows["wrong"]["exercises"] if e["name"] == "mse")

    assert row["status"] == "failed"
    assert row["mistake"]
    assert "looks like" in row["message"]


def test_a_broken_file_costs_its_chapter(run):
    statuses = run[0].statuses("broken")

    assert statuses["mse"] == "error"
    assert {statuses[name] for name in exercises_of(CHECKS)} == {"passed"}


@pytest.mark.parametrize(
    "name",
    [
        "ünï cödé \U0001f600",
        "=cmd()|' C calc'!A0",
        "nested",
        "with_a_helper",
        "single.py",
        "ch05_loss.py",
        "ch05_loss.ipynb",
    ],
)
def test_other_ways_to_hand_in_are_graded(run, name):
    assert run[0].rows[name]["outcome"] == "graded"
    assert run[0].statuses(name)["mse"] == "passed"


def test_one_file_may_answer_several_chapters(run):
    assert {run[0].statuses("single.py")[name] for name in exercises_of(CHECKS)} == {"passed"}


def test_what_leads_out_is_refused(run):
    row = run[0].rows["out"]

    assert row["outcome"] == "refused"
    assert {e["status"] for e in row["exercises"]} == {"error"}


def test_the_json_is_as_the_contract_has_it(run):
    keys = "schema submission score max_score exercises outcome"
    keys_of_an_exercise = "name chapter status score max_score message mistake tests"

    assert set(run[0].rows["wrong"]) == set(keys.split())
    for row in run[0].rows.values():
        assert row["max_score"] == len(exercises()) == len(row["exercises"])
        assert row["score"] == sum(e["status"] == "passed" for e in row["exercises"])
        for exercise in row["exercises"]:
            assert set(exercise) == set(keys_of_an_exercise.split())
            assert exercise["tests"]


def test_all_rows_hold_the_same_tests(run):
    named = {
        tuple((e["name"], t["name"]) for e in row["exercises"] for t in e["tests"])
        for row in run[0].rows.values()
    }

    assert len(named) == 1


def test_the_protections_are_told(run):
    assert "protections: own process" in run[0].output


def test_the_table_has_a_line_for_each_and_no_formula(run):
    found, out = run
    lines = list(csv.DictReader((out / "table.csv").read_text("utf-8-sig").splitlines()))

    assert len(lines) == len(found.rows)
    assert "'=cmd()|' C calc'!A0" in {line["submission"] for line in lines}
    by_name = {line["submission"]: line for line in lines}
    assert by_name["all_solved"]["near"] == "passed"
    assert by_name["out"]["outcome"] == "refused"


def test_canvas_and_moodle_get_their_columns(run):
    canvas = table(run[1] / "canvas.csv")
    moodle = table(run[1] / "moodle.csv")

    assert canvas[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert canvas[1][0].strip() == "Points Possible"
    logins = {row.get("login", name) for name, row in run[0].rows.items()}
    assert [line[3] for line in canvas[2:]] == [line[0] for line in moodle[1:]]
    assert len(canvas) - 2 == len(logins) == len(run[0].rows) - 2  # broken, ch05_loss: twice each
    assert "broken: has 2 entries (broken, broken.ipynb)" in run[0].output


def test_junit_counts_every_test(run):
    suites = ElementTree.parse(run[1] / "junit.xml").getroot()
    by_name = {suite.get("name"): suite for suite in suites}

    assert len(suites) == len(run[0].rows)
    assert by_name["all_solved"].get("failures") == by_name["all_solved"].get("errors") == "0"
    assert int(by_name["empty"].get("skipped")) == len(by_name["empty"])


def test_gradescope_gets_its_keys(run):
    files = sorted((run[1] / "scope").glob("*.json"))
    result = json.loads(next(f for f in files if "all_solved" in f.name).read_text())

    assert len(files) == len(run[0].rows)
    assert result["score"] == len(exercises())
    assert {test["status"] for test in result["tests"]} == {"passed"}


def test_the_pages_escape_everything(run):
    pages = list((run[1] / "pages").glob("*.html"))

    assert len([p for p in pages if not p.name.startswith("lesson-")]) == len(run[0].rows) + 1
    for page in pages:
        scripts = 1 if page.name == "index.html" else 0  # ours, which sorts and filters
        assert page.read_text("utf-8").count("<script") == scripts
