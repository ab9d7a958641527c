"""How many submissions does one core grade in a minute, beside one pytest process for each?

    pytest tests/bench/test_bench_throughput.py

A made-up class: no two files are alike, and in each submission every exercise is the solution, a
recorded mistake or the stub. Reported, not judged: seconds of the CPU for a submission, cold and by
grade-all, their ratio (the goal is 10), and the memory of the processes. The figures hang on how
often an answer behaves like one before it, so three classes are measured: one as different as that,
one of solutions that are no two the same file, and one of the same files.
"""

import ast
import inspect
import os
import random
import resource
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kata.course import course, exercises_of
from kata.diagnosis.model import recorded_of
from kata.teacher.exports import Entry
from kata.teacher.intake import job_of
from kata.teacher.pool import Grader
from kata.teacher.rows import Limits

CHAPTERS = ("ch01_checks", "ch02_data", "ch03_forward", "ch05_loss", "ch06_backward")
COLD, CLASS = 2, 24  # processes of pytest; submissions
KINDS = ("different", "right", "the same")


def handed_in(folder, kind):
    """A class of so many submissions."""
    chance = random.Random(kind)
    for number in range(CLASS):
        place = folder / f"{kind} {number}"
        place.mkdir(parents=True)
        for path in course().solutions.glob("ch*.py"):
            text = path.read_text("utf-8")
            if kind == "different":
                text = mixed(path.stem, text, chance)
            if kind != "the same":
                text += f"\n# {number}\n"
            (place / path.name).write_text(text, "utf-8")


def mixed(chapter, text, chance):
    """A chapter's file, half solved; a quarter are mistakes, a quarter stubs."""
    if chapter not in CHAPTERS:
        stub = (course().exercises / f"{chapter}.py").read_text("utf-8")
        return chance.choice([text, stub])
    for name in exercises_of(chapter):
        way = chance.choice(["right", "right", "wrong", "stub"])
        if way == "stub":
            text += f"\n\ndef {name}(*args, **kwargs):\n    raise NotImplementedError\n"
        elif way == "wrong":
            text += wrong(name, chance)
    return text


def wrong(name, chance):
    """The source of a recorded mistake that stands on its own, called as the exercise is."""
    mistakes = [m for m in recorded_of(name, course().mistakes) if inspect.isfunction(m.function)]
    for mistake in chance.sample(mistakes, len(mistakes)):
        source = textwrap.dedent(inspect.getsource(mistake.function))
        node = ast.parse(source).body[0]
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if isinstance(node, ast.FunctionDef) and names <= {"torch", "inp", "out", "w", "b", "x"}:
            node.name, node.decorator_list = name, []
            return f"\n\nimport torch\n{ast.unparse(node)}\n"
    return ""


def cold(folder):
    """Seconds of the CPU for one pytest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--submission"]
    subprocess.run([*command, str(folder)], cwd=course().root, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def family(pid):
    """A process's descendants."""
    try:
        own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [p for child in map(int, own) for p in (child, *family(child))]


def seconds_of(pids):
    """Seconds of the CPU that processes, and those they waited for, have taken."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_of(pids):
    """MB that processes have for themselves, and their share of what they have in common."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@pytest.mark.benchmark(group="throughput")
@pytest.mark.parametrize("kind", KINDS)
def test_throughput(benchmark, tmp_path, kind):
    handed_in(tmp_path, kind)
    paths = sorted(tmp_path.iterdir())
    each_cold = sum(cold(path) for path in paths[:COLD]) / COLD
    here = os.getpid()
    with Grader(Limits(300)) as grader:
        grader.grade(job_of(Entry.at(paths[0])))  # starts the processes
        start = seconds_of(family(here))

        def grade():
            return [grader.grade(job_of(Entry.at(path))) for path in paths[1:]]

        rows = benchmark.pedantic(grade, rounds=1)
        each_warm = (seconds_of(family(here)) - start) / len(rows)
        memory = memory_of(family(here))
    shutil.rmtree(tmp_path)
    found = {
        "cold": each_cold,
        "grade-all": each_warm,
        "ratio": each_cold / each_warm,
        "MB of all processes of one worker": memory,
        "seconds to start": start,
    }
    benchmark.extra_info.update(found)
    print(f"\n{kind}: " + ", ".join(f"{name} {value:.2f}" for name, value in found.items()))
    assert {row.outcome for row in rows} == {"graded"}
