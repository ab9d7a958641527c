"""pytest's own options keep working, and ours say what is wrong with what they are given."""

import xml.etree.ElementTree as ElementTree

import pytest
from grading import files_of, run_pytest

from kata.answers.seeds import THREADS
from kata.course import course


def test_k_selects_the_tests_of_an_exercise(tmp_path):
    run = run_pytest(tmp_path, "--submission", "solutions", "-k", "kaiming_std", "-q")

    assert run.statuses() == {"kaiming_std": "passed"}
    assert run.status == 0


def test_a_chapter_s_tests_run_by_name_on_one_file_elsewhere(tmp_path):
    file = tmp_path / "ch05_loss.py"
    file.write_text((course().solutions / "ch05_loss.py").read_text("utf-8"), "utf-8")

    run = run_pytest(tmp_path, "tests/test_ch05_loss.py", "--submission", str(file))

    assert run.statuses() == {"mse": "passed"}
    assert run.status == 0


def test_a_file_of_any_name_is_graded_for_what_it_defines(tmp_path):
    file = tmp_path / "alice.py"
    file.write_text("def relu(x):\n    return x.clamp_min(0)\n", "utf-8")

    run = run_pytest(tmp_path, "--submission", str(file), "-q", *files_of(3, 5))

    assert run.exercise("relu")["status"] == "passed"
    assert run.exercise("lin")["status"] == run.exercise("mse")["status"] == "todo"


def test_the_last_definition_in_a_file_wins(tmp_path):
    file = tmp_path / "ch03_forward.py"
    text = (course().solutions / "ch03_forward.py").read_text("utf-8")
    file.write_text(text + "\n\ndef relu(x):\n    return x.abs()\n", "utf-8")

    run = run_pytest(tmp_path, "--submission", str(file), "-q", *files_of(3))

    assert run.exercise("relu")["status"] == "failed"
    assert run.exercise("lin")["status"] == "passed"
    assert run.exercise("model")["status"] == "passed", "it calls a relu that is not its own fault"


def test_xdist_gives_the_same_grade_as_one_process(tmp_path):
    args = ["--submission", "exercises", "-q", "tests/test_ch03_forward.py"]

    run = run_pytest(tmp_path, *args, "-n", "2")

    assert run.grade["exercises"] == run_pytest(tmp_path, *args).grade["exercises"]
    assert run.status == 1


def test_x_stops_at_the_first_and_what_was_not_graded_is_not_passed(tmp_path):
    run = run_pytest(tmp_path, "-x", "-q")

    assert set(run.statuses().values()) == {"todo"}
    assert run.status == 1


def test_junitxml_holds_the_words_of_the_kata(tmp_path):
    xml = tmp_path / "junit.xml"

    run_pytest(tmp_path, "tests/test_ch05_loss.py", "-q", "--junitxml", str(xml))

    failures = [f.text for f in ElementTree.parse(xml).iter() if f.tag in ("failure", "error")]
    assert failures
    assert all("mse is still to be written" in text for text in failures)


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["--submission", "nowhere"], "ERROR: --submission: nowhere: no such file or folder"),
        (["--submission", "README.md"], "README.md: not a chapter file"),
    ],
)
def test_a_submission_that_cannot_be_graded_is_one_line(tmp_path, args, line):
    run = run_pytest(tmp_path, *args)

    assert line in run.output
    assert "Traceback" not in run.output
    assert run.status == 4
    assert run.grade is None


def test_a_json_file_that_cannot_be_written_is_one_line(tmp_path):
    run = run_pytest(tmp_path, "--grade-json", "/nowhere/at/all.json")

    assert "--grade-json: /nowhere/at: no such folder" in run.output
    assert run.status == 4


def test_an_answer_computes_in_one_thread(tmp_path, monkeypatch):
    """More of them wait for each other, in processor time, where other processes are at work."""
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "ch03_forward.py"
    file.write_text("import torch\n\ndef relu(x):\n    raise ValueError(torch.get_num_threads())\n")

    run = run_pytest(
        tmp_path, "--submission", str(file), "-k", "relu", "tests/test_ch03_forward.py"
    )

    assert "ValueError: 1" in run.exercise("relu")["message"]


def test_a_device_can_be_named(tmp_path):
    run = run_pytest(tmp_path, "--submission", "solutions", "--device", "cpu", *files_of(6))

    names = [test["name"] for test in run.exercise("relu_grad")["tests"]]
    assert run.status == 0
    assert any("cpu" in name for name in names) and not any("cuda" in name for name in names)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("abacus", "--device: abacus: no device of torch's that is known here (cpu, cuda, mps"),
        ("xpu", "--device: xpu: torch cannot use it here ("),
    ],
)
def test_a_device_that_is_not_there_is_one_line(tmp_path, name, says):
    run = run_pytest(tmp_path, "--device", name)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert says in run.output and "Traceback" not in run.output


def test_without_float64_its_tests_are_left_out(monkeypatch, tmp_path):
    """Metal has no float64; the CPU plays a device like it."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "lacking.py").write_text(
        "from kata.session import devices\ndevices.WITHOUT_FLOAT64 = ('cpu',)\n"
    )

    run = run_pytest(
        tmp_path, "-p", "lacking", "--submission", "solutions", "--device", "cpu", "-k", "relu_grad"
    )

    names = [test["name"] for test in run.exercise("relu_grad")["tests"]]
    assert run.status == 0
    assert any("float32" in name for name in names) and not any("float64" in name for name in names)
