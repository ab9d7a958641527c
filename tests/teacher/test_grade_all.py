"""grade-all: interrupted, on other numbers, without fences, and asked for what is not there."""

import json
import signal
import subprocess
import sys
import time

import pytest
from grading_all import CHECKS, LOSS, WRONG, command, grade_all, hand_in, solution

from kata.answers.printable import spelt_out
from kata.course import course, exercises_of
from kata.grade import Grade
from kata.teacher.each import grade_each
from kata.teacher.exports import Entry
from kata.teacher.kept import Kept
from kata.teacher.reading import Reader
from kata.teacher.rows import Row


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
        cwd=course().root,
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
        return subprocess.run(command, cwd=course().root, capture_output=True).returncode == 0

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


@pytest.mark.parametrize(
    "without", ["landlock", "seccomp", "processes", "landlock,seccomp,namespaces"]
)
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
        (["src", "--json", "/tmp/o.json", "--only", "ch99"], "ch99: no such chapter"),
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


def ask(*args):
    from typer.testing import CliRunner

    from kata.cli import app

    return CliRunner().invoke(app, ["grade-all", *map(str, args)])


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--json", "folder"], "is a folder; name a file"),
        (["--json", "o.json", "--csv", "folder"], "is a folder; name a file"),
        (["--json", "o.json", "--html", "file"], "is a file, and a folder is to be written"),
        (["--json", "o.json", "--gradescope", "file"], "is a file, and a folder is to be written"),
        (["--json", "o.json", "--csv", "o.json"], "is named twice"),
        (["--json", "o.json", "--csv", "folder/../o.json"], "is named twice"),
        (["--json", "o.json", "--moodle", "o.json.rows"], "is named twice"),
        (["--json", "o.json", "--canvas", "nowhere/c.csv"], "no such folder"),
        (["--json", "o.json", "--html", "file/pages"], "no such folder"),
        (["--json", "/dev/null"], "is not a file"),
    ],
)
def test_an_output_that_cannot_be_written_is_told_before_anything_is_graded(
    tmp_path, monkeypatch, args, says
):
    hand_in(tmp_path / "class", "a")
    hand_in(tmp_path / "class", "b")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    monkeypatch.chdir(tmp_path)
    found = ask("class", *args)

    assert found.exit_code == 2
    assert says in found.output
    assert len(found.output.strip().splitlines()) == 1
    assert (tmp_path / "file").read_text() == "kept"
    assert not (tmp_path / "o.json.rows").exists()


def test_a_name_with_escape_codes_says_nothing_to_the_terminal():
    assert spelt_out("\x1b[2J\x1b]0;owned\x07.txt\n") == r"\x1b[2J\x1b]0;owned\x07.txt\n"
    assert spelt_out("\udcff é \u202e") == r"\udcff é \u202e"


# --- what is wrong with an entry, or with the disk ------------------------------------------------


class Odd:
    """Makes rows; of an entry called odd it makes an error that nobody foresaw."""

    def grade(self, job):
        if job.name == "odd":
            raise ArithmeticError("of all things")
        return Row(job.name, "graded", "", Grade(job.name, []))


def test_an_entry_that_cannot_be_graded_at_all_costs_nobody_else_s_row(tmp_path):
    paths = [hand_in(tmp_path / "class", name, ch05_loss="") for name in ("a", "odd", "z")]
    entries = [Entry.at(path) for path in paths]
    with Kept(tmp_path / "rows") as kept, Reader() as reader:
        rows = {row.name: row for row in grade_each(entries, Odd(), 1, kept, reader)}

    assert [rows[name].outcome for name in ("a", "odd", "z")] == ["graded", "crashed", "graded"]
    assert "ArithmeticError: of all things" in rows["odd"].detail
    lines = (tmp_path / "rows").read_bytes().splitlines()
    names = {json.loads(line)["row"]["name"] for line in lines}
    assert names == {"a", "z"}  # --resume tries the odd one again


def test_where_there_is_no_room_the_rows_are_whole_lines_and_one_line_says_so(tmp_path):
    program = f"""
import resource, signal
from pathlib import Path
from kata.grade import Grade
from kata.teacher.kept import CannotKeep, Kept
from kata.teacher.rows import Row
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
with Kept(Path({str(tmp_path / "rows")!r})) as kept:
    try:
        for number in range(9):
            kept.add(str(number), Row("x" * 100, "graded", "", Grade("", [])))
    except CannotKeep as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert "File too large" in done.stdout, done.stderr
    assert len(done.stdout.splitlines()) == 1
    lines = (tmp_path / "rows").read_bytes().splitlines(keepends=True)
    assert f"with {len(lines)} rows in it" in done.stdout
    assert [json.loads(line)["key"] for line in lines] == ["0", "1"]
    assert lines[-1].endswith(b"\n")
