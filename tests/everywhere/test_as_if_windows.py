"""As on Windows, as far as that can be played: as_if_windows/ says how far that is."""

import json
from pathlib import Path

import pytest
from installed import solve

PLAYED = Path(__file__).with_name("as_if_windows")
RIGHT = "return torch.allclose(a, b, rtol=1e-3, atol=1e-5)"
ENDLESS = "while True: pass"


@pytest.fixture
def windows(kata, mine):
    """A function that runs a command in the learner's folder."""

    def run(*command, **environment):
        return kata.run(*command, cwd=mine, PYTHONPATH=str(PLAYED), **environment)

    run.chapter = mine / "exercises" / "ch01_checks.py"
    return run


def test_init_writes_the_same_bytes(windows, laid_out, tmp_path):
    status, said = windows("kata", "init", str(tmp_path / "new"))

    assert status == 0, said
    for path in laid_out.rglob("*.py"):
        assert (tmp_path / "new" / path.relative_to(laid_out)).read_bytes() == path.read_bytes()


def test_an_endless_loop_is_stopped_and_the_next_exercise_graded(windows):
    solve(windows.chapter, ENDLESS)

    status, said = windows("kata", "check", "near", "assert_near", "--time-limit", "1")

    assert status == 1
    assert "still running after 1 s, at ch01_checks.py:24: while True: pass" in said, said
    assert "assert_near is still to be written" in said


def test_plain_pytest_has_a_limit_too(windows):
    solve(windows.chapter, ENDLESS)
    path = "tests/test_ch01_checks.py"

    status, said = windows("pytest", "-q", "-k", "near and not assert", "--time-limit", "1", path)

    assert status == 1
    assert "still running after 1 s" in said, said


def test_reset_all_backs_up_no_stub_that_git_gave_other_line_ends(windows):
    for path in windows.chapter.parent.glob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    status, said = windows("kata", "reset", "--all", "--yes")

    assert (status, said) == (0, "every exercise is a stub again\n")


def test_doctor_takes_an_editor_with_backslashes_and_says_what_powershell_takes(windows):
    _, said = windows("kata", "doctor", "--json", EDITOR=r'"C:\Program Files\code.cmd" --wait')

    (editor,) = (f for f in json.loads(said)["findings"] if f["what"] == "editor")
    assert r"C:\Program Files\code.cmd" in editor["found"]
    assert editor["remedy"].startswith("$env:EDITOR")


def test_a_class_is_graded(windows, tmp_path):
    hand_in = tmp_path / "class" / "ada"
    hand_in.mkdir(parents=True)
    solve(windows.chapter, RIGHT)
    text = windows.chapter.read_bytes().replace(b"\n", b"\r\n")
    (hand_in / windows.chapter.name).write_bytes(text)
    options = ["--json", "o.json", "--only", "ch01", "--jobs", "1"]

    status, said = windows("kata", "grade-all", str(hand_in.parent), *options)

    assert status == 0, said
    rows = json.loads((windows.chapter.parents[1] / "o.json").read_text("utf-8"))["submissions"]
    assert [e["status"] for e in rows["ada"]["exercises"]] == ["passed", "todo", "todo"]
