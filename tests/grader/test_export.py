"""The collection of misconceptions: each line is a program that does what it says."""

import json
import re
import subprocess
import sys

import jsonschema
import pytest

from kata.answers.call import Answer
from kata.course import course
from kata.dev.export import export
from kata.diagnosis.name import right_behaviour
from kata.diagnosis.observe import alike, behaviour

HERE = course().root / "docs" / "misconceptions"
# a plain one, one that sets gradients, a class, and one that is not told
EXERCISES = ("get_shapes", "mse_grad", "Relu", "check_relu_grad")
RANDOM = "xavier_init"


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "misconceptions.jsonl"
    export(path, EXERCISES)
    return path


@pytest.fixture(scope="module")
def entries(collection):
    return [json.loads(line) for line in collection.read_text("utf-8").splitlines()]


def test_every_line_is_as_the_schema_says(entries):
    schema = json.loads((HERE / "schema.json").read_text("utf-8"))

    for entry in entries:
        jsonschema.validate(entry, schema)

    assert len({entry["id"] for entry in entries}) == len(entries)
    assert {entry["exercise"] for entry in entries} >= {"get_shapes", "mse_grad", "Relu"}


@pytest.mark.parametrize("kind", ["misconception", "right"])
def test_each_program_alone_does_what_its_line_says(entries, kind):
    of_kind = [entry for entry in entries if entry["kind"] == kind]
    assert len(of_kind) > 20

    for entry in of_kind:
        right = right_behaviour(entry["exercise"])
        names = {"__name__": "answer"}
        exec(compile(entry["program"], entry["id"], "exec"), names)
        did = behaviour(Answer(entry["exercise"], names[entry["exercise"]], HERE))

        if kind == "right":  # it may give more than the solution does
            assert not any(deed.stopped for deed in did)
            continue
        assert not alike(did, right)
        shown = [says == "right" for says in entry["probes"]]
        assert shown == [alike([d], [r]) for d, r in zip(did, right, strict=True)]


def test_an_example_can_be_redone_by_hand(entries):
    says = "You divide by 2,"
    [halved, *_] = [e for e in entries if e.get("sentence", "").startswith(says)]
    example = halved["example"]
    inp, targ = example["arguments"]["inp"], example["arguments"]["targ"]

    should = [[2 * (row[0] - t) / len(targ)] for row, t in zip(inp, targ, strict=True)]

    assert example["right"]["inp.grad"] == [[pytest.approx(v, rel=1e-5) for v in r] for r in should]
    assert example["got"]["inp.grad"] != example["right"]["inp.grad"]


def test_the_loader_of_the_page_reads_it(entries, collection):
    [code] = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text("utf-8"), re.S)
    names = {}
    exec(code, names)

    loaded = list(names["misconceptions"](collection, "mse_grad"))

    wrong = [e for e in entries if e["kind"] == "misconception" and e["exercise"] == "mse_grad"]
    assert [sentence for sentence, _ in loaded] == [entry["sentence"] for entry in wrong]
    assert all(callable(function) for _, function in loaded)


CHECKS = """
import torch

def strict(get_shapes):
    for n, c in (3, 2), (5, 300), (1, 1):
        y = torch.cat([torch.zeros(n - 1), torch.tensor([c - 1.0])])
        shapes = get_shapes(torch.zeros(n, 4), y)
        assert shapes == (n, 4, c) and [type(s) for s in shapes] == [int, int, int]

def blind(get_shapes):
    get_shapes(torch.zeros(3, 4), torch.zeros(3))

def harsh(get_shapes):
    assert False
"""


@pytest.mark.parametrize(
    ("check", "lets_pass", "refuses"), [("strict", 0, 0), ("blind", 1, 0), ("harsh", 0, 1)]
)
def test_a_grader_is_tested_by_it(collection, tmp_path, check, lets_pass, refuses):
    (tmp_path / "checks.py").write_text(CHECKS)
    few = tmp_path / "few.jsonl"
    lines = [line for line in collection.read_text("utf-8").splitlines() if '"get_shapes"' in line]
    some = {json.loads(line)["kind"]: line for line in lines}
    few.write_text("\n".join(some.values()))

    done = subprocess.run(
        [sys.executable, HERE / "test_of_graders.py", few, "get_shapes", f"checks:{check}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    *_, last = done.stdout.splitlines()
    assert last == f"1 wrong answers, {lets_pass} pass; 1 right ones, {refuses} refused"
    assert done.returncode == (1 if lets_pass or refuses else 0)


def test_what_draws_at_random_is_told_by_its_distribution(tmp_path):
    export(tmp_path / "random.jsonl", [RANDOM])

    lines = (tmp_path / "random.jsonl").read_text("utf-8").splitlines()
    wrong = [e for e in map(json.loads, lines) if e["kind"] == "misconception"]
    assert any("w is distributed in another way" in entry["probes"] for entry in wrong)
