"""On a busy machine every road says of thirty answers what it says of them alone.

All roads run at the same time, alone and with ten busy processes beside them.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from busy import beside
from roads import (
    by_check,
    by_grade_all,
    by_pytest,
    cold,
    in_notebooks,
    names_of,
    verdicts,
    without_fork,
)

from kata.course import course

CHAPTERS = ("ch01_checks", "ch03_forward", "ch04_init", "ch05_loss", "ch06_backward")
NAMES = names_of(CHAPTERS)
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


ALONE = (by_pytest, by_check, without_fork, in_notebooks)
ROADS = {
    f"{road.__name__} {name}": (road, name) for road in ALONE for name in ("right", "wrong")
} | {road.__name__: (road, ".") for road in (by_grade_all, cold)}


def all_roads(folder, out):
    """What each road says: of each answer its status, message and mistake."""
    with ThreadPoolExecutor(len(ROADS)) as threads:
        waiting = {
            title: threads.submit(road, folder / name, out / f"{title}.json", CHAPTERS)
            for title, (road, name) in ROADS.items()
        }
        grades = {title: future.result() for title, future in waiting.items()}
    for title in ("by_grade_all", "cold"):
        grades.update({f"{title} {name}": grade for name, grade in grades.pop(title).items()})
    return {title: verdicts(grade, NAMES) for title, grade in grades.items()}


def test_a_busy_machine_changes_no_verdict_on_any_road(folder, tmp_path):
    alone, busy = tmp_path / "alone", tmp_path / "busy"
    alone.mkdir()
    busy.mkdir()
    expected = all_roads(folder, alone)
    with beside(10):
        found = all_roads(folder, busy)

    for title, said in expected.items():
        assert found[title] == said, title
        statuses = {name: said[name][0] for name in NAMES}
        if title.endswith("right"):
            assert statuses == dict.fromkeys(NAMES, "passed"), title
        else:
            assert "passed" not in statuses.values(), title
            assert sum(said[name][2] is not None for name in NAMES) >= len(NAMES) / 2, title
