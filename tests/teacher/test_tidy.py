"""Nothing ends the batch and nothing is silent: interrupted, killed, twice at once, a full disk."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from grading_all import hand_in
from typer.testing import CliRunner

from kata.cli import app
from kata.grade import Grade
from kata.teacher import batch, pool, reading, scratch
from kata.teacher.exports import Entry
from kata.teacher.kept import Kept
from kata.teacher.reading import Reader
from kata.teacher.rows import Job, Limits, Row


class Counting:
    """Makes rows, and says of how many jobs; at the job named in `stops` it does something."""

    def __init__(self):
        self.jobs, self.stops = [], {}

    def grade(self, job):
        self.stops.get(job.name, lambda: None)()
        self.jobs.append(job.name)
        text = b"".join(job.files.values()).decode()
        return Row(job.name, "graded", text, Grade.of(job.name, []))


@pytest.fixture
def grader(monkeypatch):
    """What grades here, without its processes."""
    found = Counting()

    @contextmanager
    def one(settings):
        yield found

    monkeypatch.setattr(batch, "_grader", one)
    monkeypatch.setattr(batch.Progress, "summary", lambda rows: "done")
    return found


@pytest.fixture
def place(tmp_path):
    for name in ("a", "b", "c"):
        hand_in(tmp_path / "class", name, ch05_loss=f"# {name}\n")
    return tmp_path


def ask(place, *args):
    given = ["grade-all", place / "class", "--json", place / "o.json", "--jobs", "1", *args]
    return CliRunner().invoke(app, [str(arg) for arg in given])


def rows(place):
    return [json.loads(line)["row"] for line in (place / "o.json.rows").open() if line.strip()]


def change(place, *names):
    for name in names:
        (place / "class" / name / "ch05_loss.py").write_text(f"# {name}, anew\n")


def test_one_submission_is_graded_anew_and_the_others_keep_their_rows(place, grader):
    ask(place)
    change(place, "b", "c")
    found = ask(place, "--only-submission", "b")

    assert (found.exit_code, grader.jobs) == (0, ["a", "b", "c", "b"])
    assert list(json.loads((place / "o.json").read_text())["submissions"]) == ["a", "b", "c"]
    last = {row["name"]: row["detail"].split("\n")[0] for row in rows(place)}
    assert last == {"a": "# a", "b": "# b, anew", "c": "# c"}

    ask(place, "--only-submission", "a")
    assert grader.jobs[4:] == ["a"]
    last = {row["name"]: row["detail"].split("\n")[0] for row in rows(place)}
    assert last == {"a": "# a", "b": "# b, anew", "c": "# c"}


def test_one_submission_that_has_not_changed_is_graded_anew_all_the_same(place, grader):
    ask(place)
    ask(place, "--only-submission", "b")
    assert grader.jobs == ["a", "b", "c", "b"]

    ask(place, "--resume")
    assert grader.jobs == ["a", "b", "c", "b"]


def test_of_one_submission_alone_it_is_said_that_others_have_no_row(place, grader):
    found = ask(place, "--only-submission", "b")

    assert "2 others have no row yet" in found.output
    assert list(json.loads((place / "o.json").read_text())["submissions"]) == ["b"]


def test_an_export_that_is_not_unpacked_is_told(place, grader):
    (place / "class.zip").write_bytes(b"PK")
    found = CliRunner().invoke(app, ["grade-all", str(place / "class.zip"), "--json", "o.json"])

    assert (found.exit_code, "unpack it" in found.output) == (2, True)


def test_a_submission_that_there_is_not_is_told(place, grader):
    found = ask(place, "--only-submission", "d")

    assert found.exit_code == 2
    assert "there is no such submission" in found.output


def test_what_was_graded_by_other_limits_numbers_or_versions_is_graded_anew(
    place, grader, monkeypatch
):
    ask(place)
    ask(place, "--resume")
    assert len(grader.jobs) == 3
    for args in (["--timeout", "7"], ["--memory", "128"], ["--draw-seed", "2"], ["--cold"]):
        before = len(grader.jobs)
        ask(place, "--resume", *args)
        ask(place, "--resume", *args)
        assert len(grader.jobs) == before + 3
    monkeypatch.setattr(batch, "version_here", lambda: "another")
    ask(place, "--resume")
    assert len(grader.jobs) == 18


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_kill_is_as_tidy_as_ctrl_c(place, grader, number):
    before = signal.getsignal(number)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = os.getpid()

    def stop():
        while not rows(place):  # a's own, which is kept in the main thread
            time.sleep(0.01)
        os.kill(main, number)
        time.sleep(0.5)

    grader.stops["b"] = stop
    try:
        found = ask(place)
    finally:
        signal.signal(signal.SIGINT, handler)

    assert found.exit_code == 128 + number
    assert "rows are in" in found.output
    assert not (place / "o.json").exists()
    assert signal.getsignal(number) == before
    del grader.stops["b"]
    ask(place, "--resume")
    assert list(json.loads((place / "o.json").read_text())["submissions"]) == ["a", "b", "c"]
    assert grader.jobs.count("a") == 1


def test_under_nohup_a_closed_terminal_ends_nothing(place, grader):
    grader.stops["b"] = lambda: os.kill(os.getpid(), signal.SIGHUP)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        found = ask(place)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert found.exit_code == 0
    assert len(rows(place)) == 3


def test_two_runs_into_one_output_are_told(place, grader):
    with Kept(place / "o.json.rows"):
        found = ask(place)

    assert found.exit_code == 2
    assert "another grade-all writes there now" in found.output
    assert grader.jobs == []
    assert ask(place).exit_code == 0


def test_a_full_disk_is_told_before_anything_is_graded(place, grader, monkeypatch):
    full = namedtuple("Usage", "total used free")(1 << 30, 1 << 30, 1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    found = ask(place)

    assert found.exit_code == 2
    assert "the disk is full (1 MB are free there" in found.output
    assert grader.jobs == []


# --- what is left of a run ------------------------------------------------------------------------

OWNER = """
import sys, time
from kata.teacher.scratch import Scratch
with Scratch() as place:
    (place.path / "x.py").write_text("")
    print(place.path, flush=True)
    time.sleep(60)
"""


def owner(tmp_path):
    """A process that has such a folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    return process, Path(process.stdout.readline().strip())


def test_a_folder_goes_with_its_owner_even_where_that_is_killed(tmp_path):
    process, place = owner(tmp_path)
    assert (place / "x.py").exists()
    process.kill()
    process.communicate()
    until = time.monotonic() + 30
    while place.exists() and time.monotonic() < until:
        time.sleep(0.1)

    assert not place.exists()


def test_what_nobody_has_any_more_is_swept_and_what_somebody_has_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    process, mine = owner(tmp_path)
    left, young, other = (tmp_path / f"{scratch.PREFIX}{name}" for name in ("left", "new", "link"))
    left.mkdir()
    (left / "x.py").touch()
    young.mkdir()
    (tmp_path / "elsewhere").mkdir()
    other.symlink_to(tmp_path / "elsewhere")
    for path in (left, mine):
        os.utime(path, (0, 0))
    scratch.sweep()
    assert mine.exists()
    process.kill()
    process.communicate()

    assert not left.exists()
    assert young.exists()
    assert (tmp_path / "elsewhere").exists()


# --- reading --------------------------------------------------------------------------------------


def test_a_reader_that_was_ended_is_started_anew(place):
    with Reader() as reader:
        entry = Entry.at(place / "class" / "a")
        job, _ = reader.read(entry)
        reader._child.kill()
        reader._child.wait()

        assert reader.read(entry)[0] == job
        assert job.files == {"ch05_loss.py": b"# a\n"}


def test_an_entry_that_takes_too_long_costs_its_own_row(place, monkeypatch):
    hand_in(place / "class", "slow", ch05_loss="# slow\n")
    with Reader() as reader:
        first, _ = reader.read(Entry.at(place / "class" / "a"))
        reader._line.settimeout(0.3)
        os.kill(reader._child.pid, signal.SIGSTOP)
        began = time.monotonic()
        slow, _ = reader.read(Entry.at(place / "class" / "slow"))
        took = time.monotonic() - began
        after, _ = reader.read(Entry.at(place / "class" / "b"))

    assert (first.outcome, slow.outcome, after.outcome) == ("", "refused", "")
    assert "takes more than" in slow.detail
    assert took < 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's /proc says its limits")
def test_a_reader_may_take_so_much_memory_and_no_more(place):
    with Reader() as reader:
        reader.read(Entry.at(place / "class" / "a"))
        limits = Path(f"/proc/{reader._child.pid}/limits").read_text()

    assert str(reading.MEMORY) in next(x for x in limits.splitlines() if "address space" in x)


def test_who_waits_for_a_reader_is_let_go_when_it_is_closed(place):
    with Reader() as reader, ThreadPoolExecutor() as threads:
        reader.read(Entry.at(place / "class" / "a"))
        os.kill(reader._child.pid, signal.SIGSTOP)
        waiting = threads.submit(reader.read, Entry.at(place / "class" / "b"))
        time.sleep(0.2)
        reader.close()

        assert waiting.result(timeout=60)[0].outcome == "refused"


def test_code_is_shown_of_what_is_more_than_a_stub(place):
    text = "import torch\n\n\ndef mse(a, b):\n    # mine\n    return a\n"
    hand_in(place / "class", "d", ch05_loss=text)
    with Reader() as reader:
        entry = Entry.at(place / "class" / "d")

        assert reader.code(entry, ["mse", "relu"]) == {
            "mse": "def mse(a, b):\n    # mine\n    return a"
        }
    assert reading.LONGEST < 10_000


def test_ctrl_c_does_not_wait_until_all_is_started():
    with pool.Grader(Limits()) as grader, ThreadPoolExecutor() as threads:
        for server in (grader._checker, grader._zygote):
            server._process.send_signal(signal.SIGSTOP)  # it never says that it is ready
        waiting = threads.submit(grader.grade, Job("a"))
        while not grader._lock.locked():
            time.sleep(0.01)
        grader.close()

        assert isinstance(waiting.exception(timeout=60), pool.CannotStart | pool.Lost)


@pytest.mark.parametrize(("error", "times"), [(pool.Silent, 2), (pool.Lost, pool.TRIES)])
def test_a_worker_that_does_not_answer_counts_as_several_tries(monkeypatch, error, times):
    class Hand:
        def grade(self, job, limits):
            if job.outcome:
                return Row.stopped(job, job.outcome, job.detail)
            asked.append(job.name)
            raise error("gone")

    found = pool.Grader(Limits())
    asked = []
    monkeypatch.setattr(found, "_hand", Hand)
    monkeypatch.setattr(found, "_drop", lambda hand: None)
    row = found.grade(Job("a", only=["ch05_loss"]))
    found.__exit__()

    assert (len(asked), row.outcome) == (times, "crashed")
