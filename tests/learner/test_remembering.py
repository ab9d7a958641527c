"""What is remembered and not graded: parked exercises, progress carried to another machine."""

import json

import pytest

from kata.course import exercises
from kata.learner import state
from kata.learner.board import board_now
from kata.learner.carrying import merged
from kata.learner.state import Progress

FIRST, SECOND = list(exercises())[:2]
FAR = Progress(status="passed", fingerprint="aa", solved=True, box=3, due="2030-01-02")


def status_of(place, name):
    return board_now(place).row(name).status


def test_a_parked_exercise_is_passed_over_and_shown_as_parked(kata, place):
    assert f": {FIRST}" in kata("next").output

    kata("park", FIRST)

    assert f": {SECOND}" in kata("next").output
    assert status_of(place, FIRST) == "parked"
    assert "parked" in kata("list").output
    assert board_now(place).after(list(exercises())[-1]) == SECOND


def test_a_parked_exercise_is_taken_back(kata, place):
    kata("park", FIRST)
    kata("park", FIRST, "--back")

    assert status_of(place, FIRST) == "todo"
    assert f": {FIRST}" in kata("next").output


def test_where_all_else_is_parked_nothing_is_left_to_do(kata, place):
    with state.changing(place) as kept:
        for name in exercises():
            kept.of(name).parked = True

    said = " ".join(kata("next").output.split())
    assert said == f"Nothing is left to do: 0 have passed, {len(exercises())} are parked."


def test_progress_goes_to_another_machine_and_back(kata, place, tmp_path):
    file = tmp_path / "progress.json"
    with state.changing(place) as kept:
        kept.current = "relu"
        kept.progress["relu"] = FAR
        kept.of(FIRST).parked = True
    before = state.read(place)
    assert kata("progress", "export", str(file)).exit_code == 0
    state.path_of(place).unlink()

    assert kata("progress", "import", str(file)).exit_code == 0

    assert state.read(place) == before


def test_an_import_loses_nothing_that_is_known_here(kata, place, tmp_path):
    file = tmp_path / "progress.json"
    kata("park", FIRST)
    kata("progress", "export", str(file))
    with state.changing(place) as kept:
        kept.progress = {"relu": FAR}
    text = state.path_of(place).read_text("utf-8")

    kata("progress", "import", str(file))

    assert state.read(place).progress == {"relu": FAR, FIRST: Progress(parked=True)}
    assert text in [path.read_text("utf-8") for path in (place.keep / "backups").iterdir()]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_memories_the_further_one_counts_and_the_grade_of_the_text_here(order):
    near = Progress(status="failed", fingerprint="bb", solved=True, box=1, hints=2, met=("a",))
    far = Progress(status="passed", fingerprint="aa", solved=True, box=3, met=("b",), parked=True)
    ours, theirs = (near, far)[::order]

    both = merged(ours, theirs)

    assert (both.box, both.hints, set(both.met), both.parked) == (3, 2, {"a", "b"}, True)
    assert (both.status, both.fingerprint) == (ours.status, ours.fingerprint)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"schema": 2, "current": "", "exercises": {}}',
        b'{"schema": 1, "current": "", "exercises": {"relu": {"hints": "two"}}}',
        b'{"schema": 1, "current": "", "exercises": {"relu": {"due": "soon"}}}',
        None,
    ],
)
def test_a_bad_file_gets_one_line_and_changes_nothing(kata, place, tmp_path, content):
    kata("park", FIRST)
    before = state.path_of(place).read_bytes()
    file = tmp_path / "bad.json"
    if content is not None:
        file.write_bytes(content)

    done = kata("progress", "import", str(file))

    assert done.exit_code == 1
    assert done.output.startswith("kata: ") and done.output.count("\n") == 1
    assert str(file) in done.output
    assert state.path_of(place).read_bytes() == before
    assert len(list(place.keep.iterdir())) == 1  # nothing set aside, nothing half written


def test_an_export_overwrites_an_older_one_and_nothing_else(kata, place, tmp_path):
    file, mine = tmp_path / "progress.json", place.file_of("relu")
    text = mine.read_text("utf-8")
    kata("progress", "export", str(file))
    kata("park", FIRST)

    assert kata("progress", "export", str(file)).exit_code == 0
    assert FIRST in json.loads(file.read_text("utf-8"))["exercises"]
    assert kata("progress", "export", str(mine)).exit_code == 1
    assert mine.read_text("utf-8") == text
