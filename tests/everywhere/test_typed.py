"""What users typed, and where they stood: each is told in one line, or simply works."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import watchfiles
from installed import solve

from backprop.data import DataError, load_mnist
from kata.course import course
from kata.learner import editing, streams
from kata.learner.keys import NoKeys, keys
from kata.learner.place import here
from kata.learner.saves import Saves
from kata.refusal import shown

RIGHT = "return torch.allclose(a, b, rtol=1e-3, atol=1e-5)"


def test_a_tilde_in_kata_exercises_is_the_home_folder(tmp_path, monkeypatch):
    (tmp_path / "x").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KATA_EXERCISES", "~/x")

    assert here().exercises == tmp_path / "x"


def test_a_linked_folder_is_shown_as_it_is_typed(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "exercises").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path / "here")

    assert shown(Path("exercises/ch01_checks.py")) == os.path.join("exercises", "ch01_checks.py")


def test_only_the_packed_files_of_mnist_are_told_to_be_unpacked(tmp_path, monkeypatch):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte.gz").write_bytes(b"")
    monkeypatch.setenv("KATA_DATA", str(tmp_path))

    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz is there: unpack it"):
        load_mnist()


def test_where_the_system_watches_no_more_folders_the_files_are_looked_at(tmp_path, monkeypatch):
    def watch(*args, force_polling, **kwargs):
        if not force_polling:
            raise OSError(28, "inotify watch limit reached")
        yield set()

    monkeypatch.setattr(watchfiles, "watch", watch)

    assert next(Saves(tmp_path).changes()) == set()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("nano", ["nano"]),
        ("code --wait", ["code", "--wait"]),
        ("'/opt/my editor/e' -n", ["/opt/my editor/e", "-n"]),
        ("it's", ["it's"]),
    ],
)
def test_an_editor_s_command_is_read_as_a_shell_reads_it(given, expected):
    assert editing.words_of(given) == expected


def test_an_editor_s_path_with_spaces_needs_no_quotes(tmp_path):
    program = tmp_path / "my editor"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    assert editing.words_of(str(program)) == [str(program)]


def run(*command, cwd=None, env=None, **more):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd or course().root,
        env={**os.environ, **(env or {})},
        stderr=subprocess.PIPE,
        text=True,
        timeout=600,
        **more,
    )


@pytest.mark.parametrize("command", ["list", "--version", "lesson near"])
def test_a_full_disk_is_told_in_one_line(command):
    with open("/dev/full", "w") as full:
        done = run("kata", *command.split(), stdout=full)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in done.stderr


def test_letters_that_the_encoding_lacks_are_shown_as_question_marks_and_told():
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ascii_only["PYTHONIOENCODING"] = ""  # which tox sets
    done = run("kata", "lesson", "relu", env=ascii_only, stdout=subprocess.PIPE)

    assert done.returncode == 0, done.stderr
    assert "difficulty 1 of 5" in done.stdout
    assert done.stderr.startswith("kata: ascii has no U+2082;") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-"])
def test_a_closed_stream_is_no_error(closed):
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m kata list {closed}'],
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_zero_columns_are_taken_for_an_unknown_width():
    wide = run("kata", "list", env={"COLUMNS": "80"}, stdout=subprocess.PIPE)
    unknown = run("kata", "list", env={"COLUMNS": "0"}, stdout=subprocess.PIPE)

    assert unknown.stdout == wide.stdout != ""


def test_a_working_folder_that_was_removed_is_told_in_one_line(tmp_path):
    gone = 'rmdir "$PWD" && exec "$0" -m kata list'
    done = subprocess.run(
        ["bash", "-c", gone, sys.executable], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert done.stderr == "kata: the folder you are in was removed: cd to the one of your course\n"


def test_pytest_too_says_in_one_line_that_a_named_course_is_none(kata, mine):
    status, said = kata.run("pytest", "-q", cwd=mine, KATA_COURSE="/nowhere")

    assert status == 4
    assert said.strip() == "ERROR: /nowhere: no course (pyproject.toml has no [tool.kata])"


def test_without_a_standard_input_there_are_no_keys(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    streams.prepare()

    assert isinstance(keys(), NoKeys)


def test_who_reads_one_line_and_goes_gets_no_traceback():
    line = f'"{sys.executable}" -m kata list | head -1'
    done = subprocess.run(["bash", "-c", line], cwd=course().root, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_ends_the_watch_where_sigint_was_ignored_at_its_start(tmp_path):
    shutil.copytree(course().exercises, tmp_path / "work")
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$0" -m kata watch', sys.executable],
        cwd=course().root,
        env={**os.environ, "KATA_EXERCISES": str(tmp_path / "work")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert "loading torch" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()

    assert process.returncode == 130


CHAPTER = "tests/test_ch01_checks.py"


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["exercises/ch01_checks.py"], {}),
        (["exercises"], {}),
        ([CHAPTER, "--pdb"], {}),
        ([CHAPTER], {"PYTHONOPTIMIZE": "2"}),
        ([CHAPTER, "--grade-json", "../outside.json"], {}),
    ],
    ids=["a chapter's file", "exercises", "pdb", "optimised", "JSON outside"],
)
def test_pytest_grades_whatever_is_typed(kata, mine, arguments, environment):
    """In a folder whose name has brackets, a space and an umlaut."""
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)
    command = ["pytest", "-q", *arguments, "-k", "near and not assert"]

    for _ in range(2 if "--grade-json" in arguments else 1):
        status, said = kata.run(*command, cwd=mine, **environment)

        assert status == 0, said
        assert "near  1/1  passed" in said


def test_pdb_stops_in_the_learner_s_frame(kata, mine):
    solve(mine / "exercises" / "ch01_checks.py", "return a.no_such_thing()")
    command = ["-q", CHAPTER, "-k", "near and not assert", "-x", "--pdb"]

    _, said = kata.run("pytest", *command, cwd=mine)  # without a terminal it stops and goes on

    assert "return a.no_such_thing()" in said.partition("entering PDB")[2], said


def test_what_cannot_be_written_is_told_and_the_grade_given(kata, mine):
    """As in a read-only checkout; root may write anywhere, and gets a file where a folder goes."""
    (mine / ".kata" / "laid.json").unlink()
    (mine / ".kata").rmdir()
    (mine / ".kata").write_text("")
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)

    status, said = kata.run("kata", "check", "near", cwd=mine)

    assert status == 0, said
    assert "near passes all" in said and "progress is not kept" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("what", ["tests", "exercises", "exercises/ch01_checks.py"])
def test_pytest_grades_the_answers_beside_the_tests_that_it_is_given(kata, mine, what):
    """From a folder outside every course, where no others are at hand but the package's stubs."""
    mine = mine.rename(mine.with_name("my kata"))  # pytest takes no path with brackets
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)

    status, said = kata.run("pytest", "-q", str(mine / what), "-k", "near and not assert")

    assert status == 0, said
    assert "near  1/1  passed" in said


def test_pytest_in_one_course_grades_another_whose_tests_it_is_given(kata, laid_out, mine):
    mine = mine.rename(mine.with_name("my kata"))
    solve(mine / "exercises" / "ch01_checks.py", RIGHT)
    command = ["pytest", "-q", str(mine / "exercises"), "-k", "near and not assert"]

    status, said = kata.run(*command, cwd=laid_out)

    assert status == 0, said
    assert "near  1/1  passed" in said


def test_a_pytest_ini_beside_a_submission_is_nobody_s_business(kata, mine):
    (mine / "ada").mkdir()
    (mine / "ada" / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    shutil.copy(mine / "exercises" / "ch01_checks.py", mine / "ada")
    solve(mine / "ada" / "ch01_checks.py", RIGHT)
    command = ["pytest", "-q", "--submission", "ada", "-k", "near and not assert"]

    status, said = kata.run(*command, cwd=mine)

    assert status == 0, said


def test_another_pytest_ini_among_the_answers_is_to_be_removed(kata, mine):
    (mine / "exercises" / "pytest.ini").write_text("[pytest]\n")

    status, said = kata.run("pytest", "-q", "exercises", cwd=mine)

    assert (status, said.strip().count("\n")) == (4, 0)
    assert "pytest.ini: pytest would use these settings, not the course's; remove the file" in said


RERUNS = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    item.is_prepared = True

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    assert item.is_prepared
    report = yield
    if report.when == "call" and not hasattr(item, "is_tried"):
        item.is_tried = True
        again = pytest.TestReport(**{**vars(report), "outcome": "rerun"})
        item.ihook.pytest_runtest_logreport(report=again)
    return report
"""


def test_a_plugin_that_prepares_each_test_and_reports_it_again_changes_no_grade(kata, mine):
    """As pytest-rerunfailures does, which stops at a test that it has not prepared."""
    (mine / "reruns.py").write_text(RERUNS)
    solve(mine / "exercises" / "ch01_checks.py", "return False")
    command = ["pytest", "-q", "-p", "reruns", "-k", "near", CHAPTER]

    status, said = kata.run(*command, cwd=mine, PYTHONPATH=str(mine))

    assert status == 1, said
    assert re.search(r"near +0/1  failed  \d+ of \d+ tests pass", said), said
    assert re.search(r"assert_near +0/1  todo", said), said


def test_a_folder_where_update_writes_a_file_is_told_in_one_line(kata, mine):
    (mine / "tests" / "test_ch01_checks.py").unlink()
    (mine / "tests" / "test_ch01_checks.py").mkdir()

    status, said = kata.run("kata", "update", cwd=mine)

    assert (status, said.count("\n")) == (1, 1)
    assert "test_ch01_checks.py: cannot be written (Is a directory)" in said


def test_a_learner_s_file_is_not_taken_for_a_library_of_that_name(kata, mine):
    """Python looks in the working folder first, for `python -m kata`."""
    for name in ("random", "rich", "torch"):
        (mine / f"{name}.py").write_text("")
        (mine / "exercises" / f"{name}.py").write_text("")

    status, said = kata.run("kata", "check", "near", cwd=mine)

    assert (status, said.count("\n")) == (1, 1), said
    assert "near is still to be written" in said
