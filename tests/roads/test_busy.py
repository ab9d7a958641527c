"""On a busy machine every road says of thirty answers what it says of them alone.

All roads run at the same time, alone and with ten busy processes beside them.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from busy import beside

from kata.course import course, exercises

CHAPTERS = ("ch01_checks", "ch03_forward", "ch04_init", "ch05_loss", "ch06_backward")
NAMES = [name for name, exercise in exercises().items() if exercise.chapter in CHAPTERS]
# right, and slow: some hundredths of a second of work at each call
SLOW = """

def shifted_relu(x):
    import time
    end = time.thread_time() + 0.03
    while time.thread_time() < end:
        pass
    return x.clamp_min(0) - 0.5
"""
# each with a mistake of its own, some of which have names
WRONG = {
    "ch01_checks": """
def near(a, b):
    return bool((a - b).abs().max() < 1e-3)

def assert_near(a, b):
    return bool((a - b).abs().max() < 1e-3)

def assert_is_near_zero(a, threshold=1e-3):
    assert a < threshold
""",
    "ch03_forward": """
def lin(x, w, b):
    return x @ w

def relu(x):
    return x.abs()

def shifted_relu(x):
    return x.clamp_min(0.5)

def model(x, w1, b1, w2, b2):
    return (x @ w1 + b1) @ w2 + b2
""",
    "ch04_init": """
def xavier_init(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) / fan_in

def kaiming_std(fan_in, a=0.0):
    return math.sqrt(1 / fan_in)

def kaiming_init(fan_in, fan_out, a=0.0):
    torch.manual_seed(0)
    return torch.randn(fan_in, fan_out) * math.sqrt(2 / ((1 + a * a) * fan_in))

def init_params(m, nh, n_out=1):
    raise ValueError("mine")
""",
    "ch05_loss": """
def mse(output, targ):
    return (output - targ).pow(2).mean()
""",
    "ch06_backward": """
def mse_grad(inp, targ):
    inp.grad = 2 * (inp[:, 0] - targ)[:, None]

def relu_grad(inp, out):
    inp.grad = (inp >= 0) * out.grad

def lin_grad(inp, out, w, b):
    inp.grad, w.grad, b.grad = out.grad @ w.t(), inp.t() @ out.grad, out.grad.mean(0)
""",
}
NOTEBOOK = """
import json, sys
from pathlib import Path
from kata import check
names = {"__name__": "__main__"}
for chapter in sys.argv[2].split(","):
    path = Path(sys.argv[1], chapter + ".py")
    exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
print(json.dumps({"exercises": [check(n, names).grade for n in sys.argv[3].split(",")]}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The two hand-ins: right and slow, and wrong."""
    place = tmp_path_factory.mktemp("handed-in")
    for name in ("right", "wrong"):
        (place / name).mkdir()
        for chapter in CHAPTERS:
            text = (course().solution_of(chapter)).read_text("utf-8")
            more = WRONG[chapter] if name == "wrong" else SLOW * (chapter == "ch03_forward")
            (place / name / f"{chapter}.py").write_text(text + more, "utf-8")
    return place


def python(*args, **environment):
    done = subprocess.run(
        [sys.executable, *map(str, args)],
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, **environment},
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def by_pytest(folder, out):
    tests = [f"tests/test_{chapter}.py" for chapter in CHAPTERS]
    python("-m", "pytest", "-q", "--submission", folder, "--grade-json", out, *tests)
    return json.loads(out.read_text("utf-8"))


def by_check(folder, out, **environment):
    exercises_of = {"KATA_EXERCISES": str(folder), **environment}
    return json.loads(python("-m", "kata", "check", *NAMES, "--json", **exercises_of))


def without_fork(folder, out):
    return by_check(folder, out, KATA_NO_FORK="1")


def in_a_notebook(folder, out):
    return json.loads(python("-c", NOTEBOOK, folder, ",".join(CHAPTERS), ",".join(NAMES)))


def by_grade_all(folder, out, *more):
    only = [part for chapter in CHAPTERS for part in ("--only", chapter)]
    python("-m", "kata", "grade-all", folder, "--json", out, "--jobs", "1", *only, *more)
    return json.loads(out.read_text("utf-8"))["submissions"]


def cold(folder, out):
    return by_grade_all(folder, out, "--cold")


ROADS = {
    f"{road.__name__} {name}": (road, name)
    for road in (by_pytest, by_check, without_fork, in_a_notebook)
    for name in ("right", "wrong")
} | {road.__name__: (road, ".") for road in (by_grade_all, cold)}


def all_roads(folder, out):
    """What each road says: of each answer its status, message and mistake."""
    with ThreadPoolExecutor(len(ROADS)) as threads:
        waiting = {
            title: threads.submit(road, folder / name, out / f"{title}.json")
            for title, (road, name) in ROADS.items()
        }
        grades = {title: future.result() for title, future in waiting.items()}
    for title in ("by_grade_all", "cold"):
        grades.update({f"{title} {name}": grade for name, grade in grades.pop(title).items()})
    return {
        title: {e["name"]: (e["status"], e["message"], e["mistake"]) for e in grade["exercises"]}
        for title, grade in grades.items()
    }


def test_a_busy_machine_changes_no_verdict_on_any_road(folder, tmp_path):
    alone, busy = tmp_path / "alone", tmp_path / "busy"
    alone.mkdir()
    busy.mkdir()
    expected = all_roads(folder, alone)
    with beside(10):
        found = all_roads(folder, busy)

    for title, verdicts in expected.items():
        assert found[title] == verdicts, title
        statuses = {name: verdicts[name][0] for name in NAMES}
        if title.endswith("right"):
            assert statuses == dict.fromkeys(NAMES, "passed"), title
        else:
            assert "passed" not in statuses.values(), title
            assert sum(verdicts[name][2] is not None for name in NAMES) >= len(NAMES) / 2, title
