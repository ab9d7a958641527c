"""Nobody's verdict hangs on a classmate's: one worker grades them one after the other."""

import pytest
from grading_all import LOSS, grade_all, hand_in, solution

FORWARD = "ch03_forward"
MARK = b"\xef\xbb\xbf"
READS_ITSELF = """

def relu(x):
    return x.clamp_min(0.0) if "# " + "yes" in open(__file__).read() else x
"""
WRONG = """

def relu(x):
    return x.abs()  # 11
"""
REBINDS = """

def lin(x, w, b):
    globals()["re" + "lu"] = lambda x: x.clamp_min(0.0)
    return x @ w + b
"""
# a thread tells whether its process was stopped, while that of the function among others' solutions
# took its time
WATCHES = """
import threading, time
gaps = [0.0]

def watch():
    last = time.monotonic()
    while True:
        time.sleep(0.01)
        gaps.append(time.monotonic() - last)
        last = time.monotonic()

threading.Thread(target=watch, daemon=True).start()

def relu(x):
    if relu.__code__.co_filename == lin.__code__.co_filename:
        time.sleep(0.05)  # so that the thread comes to say so
        return x.clamp_min(0.0) if max(gaps) > 1 else None
    if max(gaps) < 1:
        time.sleep(1.5)
        gaps.append(1.5)
"""
# read as UTF-8 the first line of the body is a comment's beginning and code; as UTF-7, a comment
HIDDEN = """

def mse(output, targ):
    +ACM-0 if 0 else 0; raise NotImplementedError
    return (output.squeeze(-1) - targ).square().mean()
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    forward, loss = solution(FORWARD), solution(LOSS)
    hand_in(folder, "a_comment", ch03_forward=forward + READS_ITSELF + "\n# yes\n")
    hand_in(folder, "a_comment_less", ch03_forward=forward + READS_ITSELF)
    hand_in(folder, "b_rebinds", ch03_forward=forward + WRONG + REBINDS)
    hand_in(folder, "b_wrong", ch03_forward=forward + WRONG)
    hand_in(folder, "c_codec", ch05_loss=f"# -*- coding: utf-7 -*-\n{HIDDEN}")
    hand_in(folder, "c_right", ch05_loss=HIDDEN.replace("+ACM-0 if 0 else 0; raise", "# "))
    hand_in(folder, "d_marked", ch05_loss=MARK + loss.encode())
    hand_in(folder, "e_raises", ch05_loss="\n\ndef mse(output, targ):\n    1 / 0\n")
    hand_in(folder, "e_raises_too", ch05_loss="\n\n\n\ndef mse(output, targ):\n    1 / 0\n")
    hand_in(folder, "f_watches", ch03_forward=forward + WATCHES)
    return grade_all(folder, out / "o.json", "--jobs", "1", "--only", "ch03", "--only", "ch05")


@pytest.mark.parametrize(
    ("name", "exercise", "status"),
    [
        *(("a_comment", "relu", "passed"), ("a_comment_less", "relu", "failed")),
        *(("b_wrong", "relu", "failed"), ("b_wrong", "lin", "passed")),
        ("b_rebinds", "relu", "failed"),
        *(
            ("c_codec", "mse", "passed"),
            ("c_right", "mse", "passed"),
            ("d_marked", "mse", "passed"),
        ),
    ],
)
def test_a_verdict_is_that_of_the_program_that_ran(run, name, exercise, status):
    assert run.statuses(name)[exercise] == status


def test_a_message_names_its_own_line(run):
    said = {
        name: next(e["message"] for e in run.rows[name]["exercises"] if e["name"] == "mse")
        for name in ("e_raises", "e_raises_too")
    }

    assert "ch05_loss.py:4" in said["e_raises"]
    assert "ch05_loss.py:6" in said["e_raises_too"]


def test_of_one_submission_one_process_runs_at_a_time(run):
    relu = next(e for e in run.rows["f_watches"]["exercises"] if e["name"] == "relu")
    first, *others = [test["status"] for test in relu["tests"]]

    assert first == "failed"
    assert set(others) == {"passed"}
