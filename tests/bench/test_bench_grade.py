"""How long a grade takes, beside what it cannot do without: `python -c "import torch, pytest"`.

    pytest tests/bench/test_bench_grade.py --benchmark-json=grade.json

Times are reported and not judged. The goals are 2.5 times the bare import for all solutions, and
1.3 times for `-k relu`; the core is shown apart from all chapters. What counts is the time of the
CPU, which other work on the machine hardly changes; the wall's is in the table of the benchmark.
"""

import os
import resource
import statistics
import subprocess
import sys

import pytest

from kata.course import core_chapters, course

ROUNDS = 3
GRADE = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--submission"]
CORE = [f"tests/test_{c}.py" for c in core_chapters()]
COMMANDS = {
    "bare import": [sys.executable, "-c", "import torch, pytest"],
    "-k relu, the core": [*GRADE, "solutions", "-k", "relu", *CORE],
    "-k relu, all chapters": [*GRADE, "solutions", "-k", "relu"],
    "one chapter": [*GRADE, "solutions", "tests/test_ch03_forward.py"],
    "stubs": [*GRADE, "exercises"],
    "the core": [*GRADE, "solutions", *CORE],
    "all chapters": [*GRADE, "solutions"],
}
GOALS = {
    "-k relu, the core": 1.3,
    "-k relu, all chapters": 1.3,
    "the core": 2.5,
    "all chapters": 2.5,
}


def run(name):
    """Run a command; the seconds of CPU that it and its children took."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a second grade finds the first one's bytecode
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        COMMANDS[name], cwd=course().root, env=env, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == (1 if name == "stubs" else 0), done.stdout[-2000:] + done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.benchmark(group="grade")
@pytest.mark.parametrize("name", COMMANDS)
def test_grade(benchmark, name):
    seconds = []
    benchmark.pedantic(lambda: seconds.append(run(name)), rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["cpu seconds"] = seconds


@pytest.mark.benchmark(group="goals")
def test_goals_of_the_grade(benchmark, capsys):
    """Both ratios, from commands that take turns."""
    seconds = {name: [] for name in ("bare import", *GOALS)}
    for _ in range(ROUNDS):
        for name, found in seconds.items():
            found.append(run(name))
    bare = statistics.median(seconds["bare import"])
    ratios = {name: statistics.median(seconds[name]) / bare for name in GOALS}
    benchmark.extra_info |= ratios
    benchmark.pedantic(run, args=["bare import"], rounds=1)
    with capsys.disabled():
        print()
        for name, goal in GOALS.items():
            print(f"  {ratios[name]:5.2f} times the bare import: {name} (goal <= {goal})")
