"""The roads from a folder of answers to a grade, each as its users go it, and what each says.

A road takes the chapters' files in a folder, or in the sub-folders of one, and returns grades.
"""

import json
import os
import subprocess
import sys

from kata.course import course, exercises

# one for each chapter, so that none sees another's names
NOTEBOOKS = """
import json, sys
from pathlib import Path
from kata import check
from kata.course import exercises_of
found = []
for chapter in sys.argv[2].split():
    path, names = Path(sys.argv[1], chapter + ".py"), {"__name__": "__main__"}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
    found += [check(name, names).grade for name in exercises_of(chapter)]
print(json.dumps({"exercises": found}))
"""

# what `kata watch` asks for after a save: the first failure, ahead of which it prepared, and then
# how many tests pass
WATCH = """
import json, sys
from kata.learner.grader import Grader
from kata.learner.place import here
found = []
with Grader(here(), 20) as grader:  # pytest's limit; the watch's own is shorter
    for name in sys.argv[1:]:
        if grader.is_ready:
            grader.prepare(name)
        first, whole = grader.grade(name, quick=True), grader.grade(name)
        # the first failure may be an error, where a later test says what is wrong
        assert first.passed == whole.passed, (first.entry, whole.entry)
        found.append(whole.entry)
print(json.dumps({"exercises": found}))
"""


def names_of(chapters):
    """The exercises of some chapters."""
    return [name for name, exercise in exercises().items() if exercise.chapter in chapters]


def python(*args, **environment):
    done = subprocess.run(
        [sys.executable, *map(str, args)],
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=1800,
        env={**os.environ, **environment},
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def by_pytest(folder, out, chapters):
    tests = [f"tests/test_{chapter}.py" for chapter in chapters]
    python("-m", "pytest", "-q", "--submission", folder, "--grade-json", out, *tests)
    return json.loads(out.read_text("utf-8"))


def by_check(folder, out, chapters, **environment):
    exercises_of = {"KATA_EXERCISES": str(folder), **environment}
    return json.loads(python("-m", "kata", "check", *names_of(chapters), "--json", **exercises_of))


def without_fork(folder, out, chapters):
    return by_check(folder, out, chapters, KATA_NO_FORK="1")


def as_watch_does(folder, out, chapters):
    return json.loads(python("-c", WATCH, *names_of(chapters), KATA_EXERCISES=str(folder)))


def in_notebooks(folder, out, chapters):
    return json.loads(python("-c", NOTEBOOKS, folder, " ".join(chapters)))


def by_grade_all(folder, out, chapters, *more):
    only = [part for chapter in chapters for part in ("--only", chapter)]
    python("-m", "kata", "grade-all", folder, "--json", out, *only, *more)
    return json.loads(out.read_text("utf-8"))["submissions"]


def cold(folder, out, chapters, *more):
    return by_grade_all(folder, out, chapters, "--cold", *more)


def on_a_cluster(folder, out, chapters, *more):
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        return by_grade_all(folder, out, chapters, "--scheduler", address, *more)


def verdicts(grade, names):
    """What a grade says of some exercises: of each its status, message and mistake."""
    return {
        entry["name"]: (entry["status"], entry["message"], entry["mistake"])
        for entry in grade["exercises"]
        if entry["name"] in names
    }
