"""`kata watch` as a person meets it: real saves, real keys, and the screen."""

import itertools
import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from terminal import LIMIT, SAVES, WATCH, make_place, save, start

from kata.course import course, exercises
from kata.course.lessons import questions_of
from kata.dev.terminal import PATIENCE
from kata.session.limits import whole_limit

numbers = itertools.count()


def right():
    """A right relu, and what it prints: another text each time, to tell its page from others."""
    token = f"<{next(numbers)}>"
    return f"print('{token}')\nreturn x.clamp_min(0.0)", token


def save_right(session, how="plainly", more=""):
    """Let relu pass, and wait for the page that says so."""
    place, watch = session
    body, token = right()
    path = save(place, "relu", body + more, how)
    watch.wait_for("✓ relu passes", token, "graded at")
    return path


WAYS = [pytest.param(way, marks=pytest.mark.xdist_group(way)) for way in ("fork", "worker")]


@pytest.fixture(scope="module", params=WAYS)
def session(request, tmp_path_factory):
    """One watch for all tests of the module: each turns it to an exercise by saving it."""
    if os.environ.get("NO_COLOR"):
        del os.environ["NO_COLOR"]
    place = make_place(tmp_path_factory.mktemp(request.param))
    how = {"KATA_NO_FORK": "1"} if request.param == "worker" else {}
    watch = start(place, **how).wait_for("chapter", "q quit")
    yield place, watch
    watch.press("q")
    assert watch.end() == 0


@pytest.mark.parametrize("how", SAVES)
def test_a_save_is_graded_however_the_editor_saves(session, how):
    place, watch = session
    save(place, "relu", "return x", how)
    watch.wait_for("✗ relu", "looks like", "tests pass")

    save_right(session, how)
    assert "looks like" not in watch.flat


def test_the_exercise_that_was_saved_is_the_one_shown(session):
    place, watch = session
    save(place, "lin", "return x @ w + b")
    watch.wait_for("chapter 3 forward: lin", "✓ lin passes")

    save(place, "mse", "return ((output.squeeze(-1) - targ) ** 2).mean()")
    watch.wait_for("chapter 5 loss: mse", "✓ mse passes")


def test_a_save_without_a_change_is_graded_again(session):
    _, watch = session
    path = save_right(session)
    before = watch.flat

    time.sleep(1.1)  # the page says when it was graded, to the second
    path.write_text(path.read_text("utf-8") + "# a comment\n", "utf-8")
    watch.wait_for("✓ relu passes", gone=[before])


def test_an_endless_loop_is_stopped_and_its_line_shown_and_the_next_save_works(session):
    place, watch = session
    save(place, "relu", "while True:\n    x = x + 1")
    watch.wait_for(f"✗ relu: still running after {LIMIT} s", "> ", "while True:", "q quit")

    save_right(session)


def test_a_loop_that_no_alarm_ends_is_killed_and_its_line_shown(session):
    place, watch = session
    deaf = "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)"
    save(place, "relu", f"{deaf}\nwhile True:\n    x = x + 1")
    watch.wait_for(
        f"✗ relu: still running after {whole_limit(LIMIT):g} s", "ch03_forward.py:", "> ", "q quit"
    )

    save_right(session)


def test_a_loop_outside_of_any_function_is_stopped_once(session):
    _, watch = session
    path = save_right(session)
    text = path.read_text("utf-8")
    path.write_text(text + "\n\nwhile True:\n    pass\n", "utf-8")
    watch.wait_for(f"still running after {LIMIT} s", "while True:")

    path.write_text(text, "utf-8")
    watch.wait_for("passes all", gone=["still running"])


def test_code_that_leaves_python_is_reported(session):
    place, watch = session
    save(place, "relu", "import os\nos._exit(3)")
    watch.wait_for("✗ relu", "Python", gone=["passes"])

    save_right(session)


def test_an_error_shows_the_learners_line_first(session):
    place, watch = session
    save(place, "relu", "y = x + 1\nreturn y[:, 7, 7, 7, 7, 7]")
    watch.wait_for("✗ relu: raised at", "IndexError", "> ", "return y[:, 7, 7, 7, 7, 7]")

    assert "Traceback" not in watch.text
    assert "src/kata" not in watch.text


def test_a_file_that_is_not_python_shows_its_line(session):
    place, watch = session
    save(place, "relu", "return (x")
    watch.wait_for("SyntaxError", "ch03_forward.py", "return (x")

    save_right(session)


def test_what_the_code_prints_is_shown_and_spoils_nothing(session):
    place, watch = session
    save(place, "relu", "print('my x is', x.shape)\nreturn x.clamp_min(0.0)")
    watch.wait_for("✓ relu passes", "your code printed:", "my x is torch.Size", "more)")

    assert watch.text.startswith("chapter 3 forward: relu")


def test_code_that_waits_for_input_does_not_wait(session):
    place, watch = session
    save(place, "relu", "input()\nreturn x")

    watch.wait_for("✗ relu: raised at", "input() has nobody to ask")


def test_keys_show_the_list_the_next_exercise_and_back(session):
    _, watch = session
    save_right(session)

    watch.press("l").wait_for("1 checks", "8 lean backward", "✓ relu")
    watch.press("l").wait_for("✓ relu passes", gone=["8 lean backward"])
    watch.press("n").wait_for("Write it in", gone=["✓ relu passes"])


def test_arrow_keys_and_unknown_keys_do_nothing(session):
    _, watch = session
    save_right(session)

    watch.press("\x1b[A").press("\x1b[C").press("x")
    watch.press("l").wait_for("8 lean backward")
    watch.press("l").wait_for("✓ relu passes")


def test_the_solution_is_shown_only_after_a_pass(session):
    place, watch = session
    save(place, "relu", "return -x")
    watch.wait_for("✗ relu", "the first that fails")
    watch.press("s").wait_for("once relu passes", gone=["def relu("])

    save_right(session)
    watch.press("s").wait_for("def relu(")


def test_reset_asks_first_and_keeps_the_text(session):
    place, watch = session
    path = save_right(session, more="  # mine")
    watch.press("r").wait_for("y / n")
    watch.press("n").wait_for("✓ relu passes", gone=["y / n"])
    assert "# mine" in path.read_text("utf-8")

    watch.press("r").wait_for("y / n")
    watch.press("y").wait_for("relu is a stub again", "Write it in")

    assert "# mine" not in path.read_text("utf-8")
    kept = [backup.read_text("utf-8") for backup in (place.keep / "backups").iterdir()]
    assert any("# mine" in text for text in kept)


def test_a_narrow_window_is_filled_anew(session):
    place, watch = session
    save(place, "lin", "return x @ w")
    watch.wait_for("✗ lin", "tests pass")

    watch.resize(40, 60).wait_for("✗ lin", "q quit")
    time.sleep(0.3)
    watch.wait_for("✗ lin", "q quit")

    bar = watch.text.split("\n")[1]
    assert len(bar) == 60 and set(bar) <= set("━╸╺")
    assert watch.text.split("\n")[-1].startswith("h hint")
    watch.resize(40, 80).wait_for("q quit")


def test_o_opens_the_file_at_its_line_in_the_editor(tmp_path):
    place = make_place(tmp_path)
    said = tmp_path / "said"
    editor = tmp_path / "nano"
    editor.write_text(f'#!/bin/sh\necho "$@" > {said}\n')
    editor.chmod(0o755)
    watch = start(place, EDITOR=str(editor)).wait_for("q quit", "Write it in")

    watch.press("o")
    end = time.monotonic() + 60
    while not said.exists() and time.monotonic() < end:
        time.sleep(0.05)
    watch.wait_for("Write it in")
    watch.press("q")

    assert watch.end() == 0
    name = next(iter(exercises()))
    assert said.read_text().split()[0].startswith("+")
    assert said.read_text().split()[1] == str(place.file_of(name))


def descendants(pid):
    """The processes below one, by /proc."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            below = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        found += below + [p for child in below for p in descendants(child)]
    return found


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts processes by /proc")
@pytest.mark.parametrize("how", [{}, {"KATA_NO_FORK": "1"}], ids=["fork", "worker"])
@pytest.mark.parametrize("end", ["ctrl-c", "SIGTERM", "q"])
def test_it_leaves_no_child_and_a_sane_terminal(tmp_path, how, end):
    place = make_place(tmp_path)
    watch = start(place, "watch", "--time-limit", "60", **how)
    before = termios.tcgetattr(watch.child.child_fd)
    watch.wait_for("q quit", "Write it in")
    assert termios.tcgetattr(watch.child.child_fd) != before
    if end != "q":
        save(place, "relu", "while True:\n    pass")
        watch.wait_for("grading relu")
    children = descendants(watch.child.pid)
    while end != "q" and not children:  # a fork takes a moment
        children = descendants(watch.child.pid)

    if end == "SIGTERM":
        os.kill(watch.child.pid, signal.SIGTERM)
    else:
        watch.press({"ctrl-c": "\x03", "q": "q"}[end])

    assert watch.end() == {"ctrl-c": 130, "SIGTERM": 143, "q": 0}[end]
    assert termios.tcgetattr(watch.child.child_fd) == before
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts processes by /proc")
@pytest.mark.parametrize("how", [{}, {"KATA_NO_FORK": "1"}], ids=["fork", "worker"])
def test_nothing_runs_on_when_a_check_is_killed(tmp_path, how):
    place, started = make_place(tmp_path), tmp_path / "started"
    save(place, "relu", f"open({str(started)!r}, 'w')\nwhile True:\n    pass")
    command = [sys.executable, "-m", "kata", "check", "relu", "--time-limit", "600"]
    here = {"KATA_EXERCISES": str(place.exercises), **how}
    with subprocess.Popen(command, env={**os.environ, **here}, cwd=course().root) as check:
        end = time.monotonic() + PATIENCE
        while not started.exists() and time.monotonic() < end:
            time.sleep(0.1)
        children = descendants(check.pid)
        check.kill()

    assert len(children) == (1 if how else 2)
    while any(map(is_alive, children)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(is_alive, children))


def is_alive(pid):
    """Whether a process runs: one that has ended may wait to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_page_comes_before_torch_is_loaded_and_then_what_was_saved_is_graded(tmp_path):
    place = make_place(tmp_path)
    save(place, "relu", "return x.clamp_min(0.0)")
    watch = start(place).wait_for("torch is being loaded", "h hint", "q quit")

    watch.press("l").wait_for("8 lean backward").press("l")
    watch.wait_for("also: ✓ relu", gone=["torch is being loaded"])

    watch.press("q")
    assert watch.end() == 0


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}], ids=["pipe", "colour"])
def test_without_a_terminal_plain_verdicts_scroll_by(tmp_path, env):
    place = make_place(tmp_path)
    save(place, "relu", "return x")
    with subprocess.Popen(
        [sys.executable, "-m", "kata", *WATCH],
        env={**os.environ, "KATA_EXERCISES": str(place.exercises), **env},
        cwd=course().root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as watch:
        text, stopped = "", False
        for line in watch.stdout:
            text += line
            if line.startswith("1 of") and not stopped:
                stopped = True
                watch.send_signal(signal.SIGINT)
            elif line.startswith("0 of"):
                save(place, "relu", "return x.clamp_min(0.0)")

    assert watch.returncode == 130
    assert "\x1b" not in text
    assert "✗ relu" in text and "looks like" in text and "✓ relu passes" in text


def test_ctrl_c_while_torch_is_loaded_ends_it_without_a_word(tmp_path):
    place = make_place(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "kata", "watch"],
        env={**os.environ, "KATA_EXERCISES": str(place.exercises), "PYTHONUNBUFFERED": "1"},
        cwd=course().root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert "loading torch" in started.stdout.readline()
        time.sleep(0.5)
        started.send_signal(signal.SIGINT)
        _, said = started.communicate()

    assert said == ""
    assert started.returncode in (130, -signal.SIGINT)  # to a shell, both are 130


def test_t_leafs_through_the_lesson(tmp_path):
    watch = start(make_place(tmp_path), rows=12).wait_for("q quit")

    watch.press("t").wait_for("Chapter 1", "rows 1-", "space", "q quit")
    watch.press("t").wait_for("chapter 1 checks: near", "q quit", gone=["rows 1-"])

    watch.press("l").wait_for("near", "q quit")
    watch.press("q")
    assert watch.end() == 0


def test_at_the_end_of_a_chapter_s_lesson_t_asks_its_questions(tmp_path):
    watch = start(make_place(tmp_path), rows=50).wait_for("q quit")
    watch.press("l").wait_for("Enter go").press("/near_zero").wait_for("found").press("\n")
    watch.wait_for("chapter 1 checks: assert_is_near_zero", gone=["found"])
    first, second, _ = questions_of("ch01_checks")

    watch.press("t").wait_for("t: the next page", "q quit", gone=[first.asked[:30]])
    watch.press("t").wait_for(first.asked[:30], "say your answer; t shows ours", "q quit")
    assert "**" not in watch.text and first.answer.split("**")[1] not in watch.text
    watch.press("t").wait_for(first.answer.split("**")[1], "t: the next page", "q quit")
    watch.press("t").wait_for(second.asked[:30], "say your answer; t shows ours", "q quit")

    watch.press("q")
    assert watch.end() == 0
