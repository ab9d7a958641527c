"""Test a grader: which wrong answers does a test function let pass, and which right ones not?

usage: python test_of_graders.py FILE.jsonl EXERCISE MODULE:FUNCTION

FILE.jsonl is what `kata dev export` wrote. MODULE:FUNCTION is a test of any course: it is called
with one answer to EXERCISE, and refuses it by an exception. Each runs in a process of its own, for
at most a minute. Exit status: 1 where a wrong answer passes or a right one is refused.
"""

import importlib
import json
import subprocess
import sys

SECONDS = 60


def entries(path, exercise):
    """Yield the entries of one exercise."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["exercise"] == exercise:
                yield entry


def answer_of(entry):
    """Run an entry's program and return the answer that it defines."""
    names = {"__name__": "answer"}
    exec(compile(entry["program"], entry["id"], "exec"), names)
    return names[entry["exercise"]]


def passes(entry, where):
    """Return whether the test at `where` accepts an entry's program."""
    command = [sys.executable, __file__, "--one", where]
    try:
        done = subprocess.run(
            command, input=json.dumps(entry), capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def one(where):
    """Let the test at `where` judge the entry on standard input."""
    module, _, name = where.partition(":")
    sys.path.insert(0, "")
    getattr(importlib.import_module(module), name)(answer_of(json.load(sys.stdin)))


def main():
    """Judge all answers to an exercise and say what the test gets wrong."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    path, exercise, where = sys.argv[1:]
    found = list(entries(path, exercise))
    if not found:
        sys.exit(f"{path}: no answer to {exercise}")
    verdicts = [(entry, passes(entry, where)) for entry in found]
    wrong = [entry for entry, passed in verdicts if entry["kind"] != "right" and passed]
    right = [entry for entry, passed in verdicts if entry["kind"] == "right" and not passed]
    for entry in wrong:
        print(f"passes and is wrong: {entry['id']}: {entry['sentence']}")
    for entry in right:
        print(f"is right and refused: {entry['id']}")
    misconceptions = sum(entry["kind"] != "right" for entry in found)
    print(f"{misconceptions} wrong answers, {len(wrong)} pass", end="; ")
    print(f"{len(found) - misconceptions} right ones, {len(right)} refused")
    sys.exit(1 if wrong or right else 0)


if __name__ == "__main__":
    one(sys.argv[2]) if sys.argv[1:2] == ["--one"] else main()
