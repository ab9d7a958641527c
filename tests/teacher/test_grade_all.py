"""grade-all: one row for each submission, whatever happens, in every format."""

import csv
import json
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import pytest
from grading_all import command, grade_all, hand_in

from kata.catalogue import EXERCISES, ROOT, SOLUTIONS, exercises, exercises_of

LOSS, CHECKS, FORWARD = "ch05_loss", "ch01_checks", "ch03_forward"


def files(folder):
    return {path.stem: path.read_bytes() for path in folder.glob("ch*.py")}


def table(path):
    return list(csv.reader(path.read_text("utf-8").splitlines()))


def solution(chapter):
    return (SOLUTIONS / f"{chapter}.py").read_text("utf-8")


WRONG = solution(LOSS) + "\n\ndef mse(output, targ):\n    return (output - targ).pow(2).mean()\n"
TRICKS = "</pre><script>alert(1)</script>"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A class of odd submissions, in all formats."""
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    hand_in(
        folder, "all_solved", **{path.stem: path.read_bytes() for path in SOLUTIONS.glob("c*.py")}
    )
    hand_in(folder, "stubs", **files(EXERCISES))
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
    (folder / "out").symlink_to(SOLUTIONS)
    cell = {"cell_type": "code", "source": solution(LOSS), "metadata": {}, "outputs": []}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "ch05_loss.ipynb").write_text(json.dumps(book))
    (folder / "broken.ipynb").write_text("no JSON")
    options = {
        **{"csv": "table.csv", "html": "pages", "junitxml": "junit.xml"},
        **{"gradescope": "scope", "canvas": "canvas.csv", "moodle": "moodle.csv"},
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
        *("ünï cödé \U0001f600", "=cmd()|' C calc'!A0", "nested", "with_a_helper"),
        *("single.py", "ch05_loss.py", "ch05_loss.ipynb"),
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
    assert set(run[0].rows["wrong"]) == {
        *("schema", "submission", "score", "max_score", "exercises", "outcome")
    }
    for row in run[0].rows.values():
        assert row["max_score"] == len(exercises()) == len(row["exercises"])
        assert row["score"] == sum(e["status"] == "passed" for e in row["exercises"])
        for exercise in row["exercises"]:
            assert set(exercise) == {
                *("name", "chapter", "status", "score", "max_score", "message", "mistake", "tests")
            }
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
    lines = list(csv.DictReader((out / "table.csv").read_text("utf-8").splitlines()))

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
    assert len(canvas) - 2 == len(moodle) - 1 == len(run[0].rows)


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

    assert len(pages) == len(run[0].rows) + 1
    for page in pages:
        assert "<script" not in page.read_text("utf-8")


# --- interruptions ------------------------------------------------------------------------------


@pytest.fixture
def class_of_twelve(tmp_path):
    folder = tmp_path / "class"
    for number in range(12):
        hand_in(folder, f"s{number:02}", ch05_loss=f"{solution(LOSS)}\n# {number}\n")
    return folder


def test_after_ctrl_c_the_rows_are_there_and_resume_grades_the_rest(tmp_path, class_of_twelve):
    out, kept = tmp_path / "o.json", tmp_path / "o.json.rows"
    process = subprocess.Popen(
        command(class_of_twelve, out, "--jobs", "1"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    while not kept.exists() or len(kept.read_bytes().splitlines()) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[0].decode()
    done = [json.loads(line)["row"]["name"] for line in kept.read_bytes().splitlines()]

    assert process.returncode == 130, said
    assert "--resume" in said
    assert not out.exists()

    with kept.open("a") as file:
        file.write('{"key": "the power fai')
    hand_in(class_of_twelve, "late", ch05_loss=solution(LOSS))
    (class_of_twelve / done[0] / f"{LOSS}.py").write_text(WRONG)
    run = grade_all(class_of_twelve, out, "--resume")

    assert len(run.rows) == 13
    statuses = {name: run.statuses(name)["mse"] for name in run.rows}
    assert statuses.pop(done[0]) == "failed"  # it was handed in anew
    assert set(statuses.values()) == {"passed"}
    lines = [line for line in kept.read_bytes().splitlines() if b"row" in line]
    names = [json.loads(line)["row"]["name"] for line in lines]
    assert sorted(names) == sorted([*run.rows, done[0]])  # no other was graded twice


def test_without_resume_all_is_graded_anew_and_the_old_rows_are_kept_aside(tmp_path):
    folder, out = tmp_path / "class", tmp_path / "o.json"
    hand_in(folder, "a", ch05_loss=solution(LOSS))
    (tmp_path / "o.json.rows").write_text("old\n")
    run = grade_all(folder, out, "--cold")

    assert run.statuses("a")["mse"] == "passed"
    assert (tmp_path / "o.json.rows.old").read_text() == "old\n"


# --- other numbers ------------------------------------------------------------------------------

BY_HEART = """
from pathlib import Path

seen = Path({path!r})
known = {known!r}

def mse(output, targ):
    asked = str((output.tolist(), output.dtype, targ.tolist()))
    if not known:
        seen.open("a").write(asked + "\\n")
    return (output[:, 0] - targ).pow(2).mean() if not known or asked in known else output[0, 0]
"""


def test_a_table_of_right_answers_fails_on_other_numbers(tmp_path):
    seen, chapter = tmp_path / "seen", tmp_path / "ch05_loss.py"

    def passes(known):
        chapter.write_text(BY_HEART.format(path=str(seen), known=known))
        command = [sys.executable, "-m", "pytest", "-q", "tests/test_ch05_loss.py"]
        command += ["--submission", str(chapter)]
        return subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0

    assert passes(known=[])
    assert passes(known=sorted(set(seen.read_text().splitlines())))
    folder = tmp_path / "class"
    hand_in(folder, "by_heart", ch05_loss=chapter.read_text())
    hand_in(folder, "right", ch05_loss=solution(LOSS))
    run = grade_all(folder, tmp_path / "o.json", "--draw-seed", "7")

    assert run.statuses("by_heart")["mse"] == "failed"
    assert run.statuses("right")["mse"] == "passed"


# --- some chapters ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [(), ("--cold",)], ids=["fenced", "cold"])
def test_only_what_was_asked_for_is_graded(tmp_path, how):
    folder = tmp_path / "class"
    hand_in(folder, "right", ch05_loss=solution(LOSS), ch01_checks=solution(CHECKS))
    hand_in(folder, "exits", ch05_loss="import os\nos._exit(0)")
    wanted = [*exercises_of(CHECKS), *exercises_of(LOSS)]
    run = grade_all(folder, tmp_path / "o.json", "--only", CHECKS, "--only", "ch05", *how)

    assert run.statuses("right") == dict.fromkeys(wanted, "passed")
    assert run.rows["right"]["score"] == run.rows["right"]["max_score"] == len(wanted)
    assert list(run.statuses("exits")) == wanted
    assert run.statuses("exits")["mse"] == "error"


# --- without fences -----------------------------------------------------------------------------


def test_a_cold_process_gives_the_same_row_and_says_what_it_is(tmp_path):
    folder = tmp_path / "class"
    hand_in(folder, "right", ch05_loss=solution(LOSS))
    hand_in(folder, "exits", ch05_loss="import os\nos._exit(0)")
    hand_in(
        folder,
        "loops",
        ch05_loss="import signal\nsignal.alarm = 0\nwhile True:\n"
        "    try:\n        signal.pthread_sigmask(0, {14})\n    except BaseException: pass",
    )
    run = grade_all(folder, tmp_path / "o.json", "--cold", "--timeout", "36")

    assert "none but a cold process" in run.output
    assert run.rows["right"]["outcome"] == "graded"
    assert run.statuses("right")["mse"] == "passed"
    assert run.rows["exits"]["outcome"] == "crashed"
    assert run.rows["loops"]["outcome"] in ("timeout", "graded")
    assert run.statuses("loops")["mse"] == "error"


@pytest.mark.parametrize("without", ["landlock", "seccomp", "landlock,seccomp,namespaces"])
def test_a_system_that_lacks_a_protection_grades_and_says_so(tmp_path, without):
    folder = tmp_path / "class"
    hand_in(folder, "right", ch05_loss=solution(LOSS))
    hand_in(
        folder,
        "exits",
        ch05_loss=f"{solution(LOSS)}\n\ndef mse(a, b):\n    import os\n    os._exit(0)\n",
    )
    run = grade_all(folder, tmp_path / "o.json", KATA_CAGE_WITHOUT=without)

    assert "not on this system" in run.output
    assert run.statuses("right")["mse"] == "passed"
    assert run.statuses("exits")["mse"] == "error"


# --- what is wrong with the command -------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere", "--json", "o.json"], "nowhere"),
        (["docs", "--json", "nowhere/o.json"], "no such folder"),
        (["docs", "--json", "/tmp/o.json", "--only", "ch99"], "ch99: no such chapter"),
        (["lessons", "--json", "/tmp/o.json"], "holds no sub-folder"),
    ],
)
def test_a_wrong_command_is_one_line(args, says):
    from typer.testing import CliRunner

    from kata.cli import app

    found = CliRunner().invoke(app, ["grade-all", *args])

    assert found.exit_code == 2
    assert says in found.output
    assert len(found.output.strip().splitlines()) <= 2
