"""The commands that grade nothing: their words, their JSON, their exit status, and no work lost."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta

import pytest

from kata.course import chapters, exercises, lessons
from kata.course.lesson_pages import leading_to
from kata.learner import source, state
from kata.learner.board import board
from kata.session import cuda, devices

FIRST = next(iter(exercises()))
LATER = date.today() + timedelta(days=1)


def backups(place):
    folder = place.keep / "backups"
    return sorted(folder.iterdir()) if folder.exists() else []


def note_as_solved(place, name, due=LATER):
    prints = source.fingerprints(place, exercises()[name].chapter)
    with state.changing(place) as kept:
        progress = kept.of(name)
        progress.status, progress.fingerprint = "passed", prints[name]
        progress.solved, progress.box, progress.due = True, 1, due.isoformat()


def check(place, *args):
    """`kata check` in a process of its own, started elsewhere than in the project."""
    return subprocess.run(
        [sys.executable, "-m", "kata", "check", *args],
        cwd=place.keep.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )


def status_of(place, name):
    return board(place, state.read(place), date.today()).row(name).status


@pytest.mark.parametrize(
    "args",
    [
        ["check", "reul"],
        ["hint", "reul"],
        ["solution", "reul"],
        ["reset", "reul"],
        ["step", "reul"],
    ],
)
def test_an_unknown_name_is_a_wrong_command_and_gets_a_suggestion(kata, args):
    done = kata(*args)

    assert done.exit_code == 2
    assert "no such exercise; did you mean relu" in " ".join(done.output.split())


def test_a_folder_that_is_not_there_is_said_in_one_line(kata, monkeypatch, tmp_path):
    monkeypatch.setenv("KATA_EXERCISES", str(tmp_path / "nowhere"))

    done = kata("list")

    assert done.exit_code == 1
    assert done.output == f"kata: KATA_EXERCISES: {tmp_path / 'nowhere'}: no such folder\n"


def test_list_has_every_exercise_and_its_state(kata, place, write):
    write("relu", "return x.clamp_min(0.0)")
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin")

    rows = {row["name"]: row for row in json.loads(kata("list", "--json").output)["exercises"]}

    assert list(rows) == list(exercises())
    assert rows["lin"]["status"] == "passed" and rows["lin"]["practise"] == "tomorrow"
    assert rows["relu"]["status"] == "changed"
    assert rows["model"]["status"] == "todo"
    assert rows["model"]["file"] == str(place.file_of("model"))


def test_a_change_after_a_pass_asks_for_a_new_grade(place, write):
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin")
    write("relu", "return x")
    assert status_of(place, "lin") == "passed"

    write("lin", "return x @ w")
    assert status_of(place, "lin") == "changed"


def test_list_goes_on_over_a_file_that_is_not_python(kata, place):
    path = place.file_of("relu")
    path.write_text(path.read_text("utf-8") + "\ndef (", "utf-8")

    done = kata("list")

    assert done.exit_code == 0
    assert "ch03_forward.py, line" in done.output


def test_list_shows_a_table_in_a_narrow_window(kata, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")

    lines = kata("list").output.split("\n")

    assert max(map(len, lines)) <= 60
    assert f"0 of {len(exercises())} passed" in lines


def test_next_names_the_first_exercise_its_purpose_and_its_place(kata, place):
    done = kata("next")

    assert FIRST in done.output
    assert source.purpose(FIRST).split("\n")[0] in done.output
    assert "raise NotImplementedError" in " ".join(done.output.split())
    assert json.loads(kata("next", "--json").output)["name"] == FIRST


def test_next_goes_past_what_has_passed(kata, place, write):
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin")
    with state.changing(place) as kept:
        kept.current = "lin"

    assert json.loads(kata("next", "--json").output)["name"] == "relu"


def test_hints_come_one_more_each_time_and_are_remembered(kata, place, monkeypatch):
    monkeypatch.setattr(lessons, "hints_of", lambda name: ["One.", "Two.", "Three."])

    shown = [json.loads(kata("hint", "relu", "--json").output)["hints"] for _ in range(4)]

    assert [len(texts) for texts in shown] == [1, 2, 3, 3]
    assert state.read(place).of("relu").hints == 3
    assert "kata solution relu --force" in " ".join(kata("hint", "relu").output.split())


def test_no_line_of_code_is_broken_in_a_narrow_window(kata, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")

    solution = kata("solution", "lin_grad", "--force").output
    hints = [kata("hint", "lin_grad").output for _ in range(4)][-1]
    lesson = kata("lesson", "normalize").output

    assert solution.rstrip("\n") == source.solution_text("lin_grad").rstrip("\n")
    for line in re.findall(r"^    (.*)$", lessons.hints_of("lin_grad")[3], re.MULTILINE):
        assert line in hints.splitlines()
    assert all(len(line) <= 40 for line in hints.splitlines() if line.startswith("In your"))
    for line in re.findall(r"```python\n(.*?)```", leading_to("normalize"), re.DOTALL):
        assert line in lesson


def test_an_exercise_without_hints_says_so(kata, monkeypatch):
    monkeypatch.setattr(lessons, "hints_of", lambda name: [])

    done = kata("hint", "relu")

    assert (done.exit_code, done.output) == (1, "kata: relu: no hints are written for it yet\n")


def test_reset_puts_one_stub_back_and_keeps_the_text(kata, place, write):
    path = write("lin", "return x @ w + b")
    write("relu", "return x")
    mine = path.read_text("utf-8")

    done = kata("reset", "relu")

    assert done.exit_code == 0
    assert path.read_text("utf-8") == mine.replace("return x\n", "raise NotImplementedError\n")
    (backup,) = backups(place)
    assert backup.read_text("utf-8") == mine
    assert backup.name.startswith(date.today().isoformat())


def test_two_resets_in_a_second_keep_both_texts(kata, place, write):
    for body in ("return x", "return -x"):
        write("relu", body)
        kata("reset", "relu")

    assert len({path.read_text("utf-8") for path in backups(place)}) == 2


def test_no_backup_no_reset(kata, place, write):
    path = write("relu", "return x")
    place.keep.write_text("a file in its place")
    mine = path.read_text("utf-8")

    done = kata("reset", "relu")

    assert done.exit_code == 1
    assert "no backup can be written" in done.output
    assert path.read_text("utf-8") == mine


def test_reset_all_starts_anew_and_keeps_what_was_written(kata, place, write):
    path = write("relu", "return x")
    place.file_of("near").unlink()
    mine = path.read_text("utf-8")

    done = kata("reset", "--all")

    assert done.exit_code == 0
    assert [kept.read_text("utf-8") for kept in backups(place)] == [mine]
    for chapter in chapters():
        assert (place.exercises / f"{chapter}.py").read_text("utf-8") == source.fresh_stub(chapter)


@pytest.mark.parametrize("args", [[], ["relu", "--all"]])
def test_reset_asks_for_one_name_or_all(kata, args):
    assert kata("reset", *args).exit_code == 2


def test_a_solution_is_shown_after_a_pass_or_by_force(kata, place, write):
    refused, forced = kata("solution", "lin"), kata("solution", "lin", "--force")
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin")

    assert refused.exit_code == 1
    assert "once it passes" in refused.output
    assert "def lin(" in forced.output
    assert "Others write it so" not in forced.output
    shown = kata("solution", "lin").output
    assert shown.startswith(forced.output)
    told = " ".join(shown.removeprefix(forced.output).split())
    assert len(re.findall(r"\(\d+ operations?, at most \d+ bytes [^()]*\)", told)) == 2
    # x @ w and its result plus b: two operations, each with a new tensor
    assert re.search(r"Yours, on the same small inputs: 2 operations, at most \d+ bytes", told)


def test_again_blanks_a_solved_function_and_keeps_it(kata, place, write):
    path = write("lin", "return x @ w + b")
    note_as_solved(place, "lin", due=date.today())
    mine = path.read_text("utf-8")

    done = kata("again", "--json")

    assert json.loads(done.output)["name"] == "lin"
    assert path.read_text("utf-8") == source.fresh_stub("ch03_forward")
    assert [kept.read_text("utf-8") for kept in backups(place)] == [mine]
    progress = state.read(place).of("lin")
    assert progress.practising and progress.seed > 0
    assert state.read(place).current == "lin"


def test_again_says_what_comes_first_where_nothing_is_due(kata, place, write):
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin")

    done = kata("again")

    assert done.exit_code == 1
    assert f"lin comes first, on {LATER.isoformat()}" in done.output


def test_again_leaves_alone_what_was_never_solved(kata, place, write):
    path = write("relu", "return x")
    mine = path.read_text("utf-8")

    assert kata("again", "relu").exit_code == 1
    assert path.read_text("utf-8") == mine


def test_a_hint_in_practice_sends_back_to_the_first_box(kata, place, write, monkeypatch):
    monkeypatch.setattr(lessons, "hints_of", lambda name: ["One."])
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin", due=date.today())
    kata("again")
    kata("hint", "lin")

    assert state.read(place).of("lin").helped


def test_update_brings_what_is_new_and_touches_no_answer(kata, place, write):
    path = write("lin", "return x @ w + b")
    path.write_text(path.read_text("utf-8").replace(source.fresh_stub_of("model"), ""), "utf-8")
    place.file_of("near").unlink()

    done = json.loads(kata("update", "--json").output)

    assert done["added"] == ["model"] and done["chapters"] == ["ch01_checks"]
    assert "return x @ w + b" in path.read_text("utf-8")
    assert status_of(place, "model") == status_of(place, "near") == "todo"
    assert len(backups(place)) == 1
    assert kata("update").output == "everything is up to date\n"


def test_update_leaves_alone_a_file_that_is_not_python(kata, place):
    path = place.file_of("relu")
    path.write_text("def (", "utf-8")

    done = kata("update")

    assert done.exit_code == 1
    assert "ch03_forward.py:1" in done.output
    assert path.read_text("utf-8") == "def ("


def test_doctor_finds_what_is_needed(kata, monkeypatch):
    monkeypatch.delenv("KATA_DATA", raising=False)
    done = kata("doctor", "--json")

    found = {finding["what"]: finding["state"] for finding in json.loads(done.output)["findings"]}
    assert done.exit_code == 0
    assert found["Python"] == found["torch"] == found["watchfiles"] == "ok"
    assert found["editor"] == "note"


def test_doctor_names_the_devices_that_torch_can_use_here(kata, monkeypatch):
    def only_mps(device):
        if device != "mps":
            raise RuntimeError(f"there is no {device}")

    monkeypatch.setattr(cuda, "use", only_mps)
    monkeypatch.setattr(devices, "KNOWN", ("mps", "xpu"))
    found = {f["what"]: f["found"] for f in json.loads(kata("doctor", "--json").output)["findings"]}

    assert found["devices"] == "mps; no exercise needs more than cpu"


def test_doctor_says_what_to_type_for_data_that_is_not_there(kata, monkeypatch, tmp_path):
    monkeypatch.setenv("KATA_DATA", str(tmp_path))

    done = kata("doctor")

    assert done.exit_code == 1
    assert "unset KATA_DATA" in done.output


def test_no_command_needs_the_hints_or_the_state_to_be_there(kata, place):
    kata("list")
    shutil.rmtree(place.keep, ignore_errors=True)

    assert kata("next").exit_code == 0


def test_every_command_explains_itself(kata):
    from kata.learner import commands, rewriting

    for command in commands.app.registered_commands + rewriting.app.registered_commands:
        name = command.name or command.callback.__name__
        done = kata(name, "--help")
        assert done.exit_code == 0, name
        assert "Usage" in done.output


def test_check_grades_one_exercise_as_pytest_does(place, write):
    write("relu", "return x.clamp_min(0.0)")
    write("lin", "return x @ w")

    done = check(place, "relu", "lin", "model", "--json")

    grade = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert {e["name"]: e["status"] for e in grade["exercises"]} == {
        "lin": "failed",
        "relu": "passed",
        "model": "todo",
    }
    assert (grade["schema"], grade["score"], grade["max_score"]) == (1, 1, 3)
    assert "bias" in grade["exercises"][0]["mistake"]


def test_after_a_pass_a_check_says_what_the_exercise_was_for(place, write):
    write("relu", "return x.clamp_min(0.0)")

    done = check(place, "relu")

    assert " ".join(done.stdout.split()).endswith(lessons.purpose_of("relu")), done.stderr


def test_what_a_check_refuses_is_pointed_to_its_pass_where_there_is_one(place, write):
    write("lin", "return x @ w")
    write("near", "return True")

    done = check(place, "lin", "near", "relu")

    assert "kata step lin shows" in done.stdout, done.stderr
    assert "kata step near" not in done.stdout  # it belongs to no pass
    assert "kata step relu" not in done.stdout  # it is still to be written
