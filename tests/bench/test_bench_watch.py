"""How long from a save to its verdict, by `kata watch`, and by a cold `pytest -k`?

    pytest tests/bench/test_bench_watch.py

drives the real command through a pseudo-terminal: it saves relu, right and wrong in turn, and waits
for each verdict on the screen. In the same run it times `pytest -k relu` from a standing start. It
reports, and judges no time: the goal is a median of 150 ms at most, and 20 times less than cold.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

import pytest

from kata.course import course

pexpect = pytest.importorskip("pexpect")

SAVES = 30
COLD = 3
RIGHT = "return x.clamp_min(0.0)  # {}"
WRONG = "return x  # {}"
STUB = "raise NotImplementedError"


@pytest.fixture
def exercises(tmp_path):
    return shutil.copytree(course().exercises, tmp_path / "exercises")


@pytest.fixture
def watch(exercises):
    env = {**os.environ, "KATA_EXERCISES": str(exercises), "TERM": "xterm-256color"}
    env.pop("NO_COLOR", None)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "kata", "watch"],
        env=env,
        cwd=course().root,
        dimensions=(40, 100),
        encoding="utf-8",
        timeout=60,
    )
    child.delaybeforesend = None
    child.expect("quit")
    yield child
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()


def test_save_to_verdict(watch, exercises, capsys):
    path = exercises / "ch03_forward.py"
    before, _, after = path.read_text("utf-8").partition("def relu(")
    warm = {"a pass": [], "a mistake": []}

    for k in range(-2, SAVES):  # the first two turn the watch to relu, and make it ready
        kind, body = [("a pass", RIGHT), ("a mistake", WRONG)][k % 2]
        path.write_text(before + "def relu(" + after.replace(STUB, body.format(k % 7), 1), "utf-8")
        start = time.perf_counter()
        watch.expect(r"relu\S* passes all" if kind == "a pass" else r"looks like")
        took = time.perf_counter() - start
        watch.expect("quit")
        time.sleep(2.0 if k < 0 else 0.3)  # a person's pause, in which the watch makes ready
        if k >= 0:
            warm[kind].append(took)
    cold = [cold_grade(exercises) for _ in range(COLD)]

    with capsys.disabled():
        report(warm, cold)
    assert watch.isalive()


def cold_grade(exercises):
    command = ["-m", "pytest", "-q", "--submission", str(exercises), "-k", "relu"]
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=course().root, capture_output=True, check=False)
    return time.perf_counter() - start


def report(warm, cold):
    every = [took for kind in warm.values() for took in kind]
    median, cold_median = statistics.median(every), statistics.median(cold)
    print("\nsave to verdict, kata watch, relu:")
    for kind, times in {**warm, "all": every}.items():
        low, mid, high = min(times), statistics.median(times), max(times)
        print(f"  {kind:10} {mid * 1e3:6.0f} ms median  ({low * 1e3:.0f} to {high * 1e3:.0f} ms)")
    print(f"cold pytest -k relu: {cold_median:.2f} s median of {len(cold)}")
    print(f"ratio: {cold_median / median:.0f} (goals: 150 ms, 20 times)")
