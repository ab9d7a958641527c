"""No silent zero: a file named nearly as it should be is graded and told, or asked about."""

import zipfile

import pytest

from kata.course import course
from kata.teacher.exports import Entry
from kata.teacher.intake import job_of
from kata.teacher.names import chapter_of

RIGHT = "ch03_forward.py"
TEXT = (course().solutions / RIGHT).read_bytes()
STUB = (course().exercises / RIGHT).read_bytes()
NEAR = [
    "ch03_forward (1).py",
    "Copy of ch03_forward.py",
    "ch03_forward-Copy1.py",
    "ch03_forward_final.py",
    "Ch03_Forward.py",
    "ch03_forward.PY",
    "ch03_forward.py.txt",
    "ch03-forward.py",
    "ch03_forward - Kopie.py",
    "alice_ch03_forward.py",
    "ch3.py",
]
OTHERS = ["test_ch03_forward.py", "ch03_utils.py", "batch3.py", "ch99_x.py", "relu.py", "ch03.txt"]


def handed_in(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / "alice" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return job_of(Entry.at(tmp_path / "alice"))


@pytest.mark.parametrize("name", NEAR)
def test_a_name_that_is_nearly_right_is_graded_and_told(tmp_path, name):
    job = handed_in(tmp_path, {name: TEXT, "ch05_loss.py": b""})

    assert job.files[RIGHT] == TEXT
    assert job.notes == [f"{name} was graded as {RIGHT}"]


@pytest.mark.parametrize("name", OTHERS)
def test_another_name_is_no_chapter_s(name):
    assert chapter_of(name) == ""


@pytest.mark.parametrize("place", ["hw3/work", "a/b/exercises", "hw.v2"])
def test_a_folder_in_a_folder_is_looked_into(tmp_path, place):
    assert handed_in(tmp_path, {f"{place}/{RIGHT}": TEXT}).files == {RIGHT: TEXT}


def test_a_zip_in_the_folder_is_looked_into(tmp_path):
    (tmp_path / "alice").mkdir()
    with zipfile.ZipFile(tmp_path / "alice" / "Work.ZIP", "w") as archive:
        archive.writestr(f"hw/{RIGHT}", TEXT)

    assert handed_in(tmp_path, {"readme.txt": b""}).files == {RIGHT: TEXT}


def test_a_stray_stub_hides_nothing(tmp_path):
    files = {RIGHT: STUB, f"exercises/{RIGHT}": TEXT, "exercises/ch05_loss.py": b"x = 1"}
    job = handed_in(tmp_path, files)

    assert job.files == {RIGHT: TEXT, "ch05_loss.py": b"x = 1"}
    assert job.notes == [f"exercises/{RIGHT} was graded, as {RIGHT} is only the stub"]


def test_a_copy_that_is_written_comes_before_the_stub_that_is_named_right(tmp_path):
    assert handed_in(tmp_path, {RIGHT: STUB, "ch03_forward (1).py": TEXT}).files[RIGHT] == TEXT


def test_a_whole_repository_is_graded_by_its_exercises_alone(tmp_path):
    files = {
        f"kata/{folder}/{RIGHT}": text
        for folder, text in {"exercises": STUB, "solutions": TEXT, "mistakes": TEXT}.items()
    }

    assert handed_in(tmp_path, files).files == {RIGHT: STUB}


def test_two_that_differ_are_asked_about(tmp_path):
    files = {"ch03_forward (1).py": TEXT, "ch03_forward (2).py": TEXT + b"# 2", "ch05_loss.py": b""}
    job = handed_in(tmp_path, files)
    assert "ch03_forward (1).py or ch03_forward (2).py?" in job.problems["ch03_forward"]
    assert set(job.files) & {RIGHT, "ch05_loss.py"} == {"ch05_loss.py"}

    (tmp_path / "alice" / "ch05_loss.py").unlink()
    assert handed_in(tmp_path, {}).outcome == "unrecognised"


@pytest.mark.parametrize("name", ["report.pdf", "work.rar", "a/b/readme.md"])
def test_what_holds_no_chapter_is_unrecognised_and_what_to_rename_is_said(tmp_path, name):
    job = handed_in(tmp_path, {name: TEXT})

    assert job.outcome == "unrecognised"
    assert name in job.detail
    assert "name the files ch01_checks.py" in job.detail


def test_one_file_of_another_name_answers_any_chapter(tmp_path):
    job = handed_in(tmp_path, {"my homework.py": TEXT, "notes.txt": b""})

    assert (job.file, job.files) == ("submission.py", {"submission.py": TEXT})
    assert "was taken for all chapters" in job.notes[0]


def test_two_files_of_other_names_are_unrecognised(tmp_path):
    assert handed_in(tmp_path, {"a.py": TEXT, "b.py": TEXT}).outcome == "unrecognised"
