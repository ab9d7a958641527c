"""Of what is handed in, named files are taken; what leads out, or is too large, is refused."""

import os
import stat
import zipfile

import pytest

from kata.catalogue import SOLUTIONS
from kata.teacher.intake import LARGEST, entries, job_of

LOSS = "ch05_loss.py"
TEXT = (SOLUTIONS / LOSS).read_bytes()


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "class" / "alice"
    place.mkdir(parents=True)
    return place


def test_chapter_files_and_their_neighbours_are_taken_and_nothing_else(folder):
    for name in (LOSS, "helpers.py", "conftest.py", "pytest.ini", "secret.txt", "bad-name.py"):
        (folder / name).write_bytes(TEXT)

    assert set(job_of(folder).files) == {LOSS, "helpers.py"}


def test_an_empty_folder_is_a_submission(folder):
    job = job_of(folder)

    assert (job.name, job.files, job.outcome) == ("alice", {}, "")


def test_chapters_in_exercises_are_taken_where_there_are_none_on_top(folder):
    (folder / "exercises").mkdir()
    (folder / "exercises" / LOSS).write_bytes(b"inner")
    (folder / "solutions").mkdir()
    (folder / "solutions" / LOSS).write_bytes(b"other")
    assert job_of(folder).files == {LOSS: b"inner"}

    (folder / LOSS).write_bytes(b"outer")
    assert job_of(folder).files == {LOSS: b"outer"}


def test_a_chapter_that_is_no_file_or_too_large_is_a_problem_of_that_chapter(folder):
    (folder / LOSS).mkdir()
    os.mkfifo(folder / "ch03_forward.py")
    (folder / "ch04_init.py").write_bytes(b"#" * (LARGEST + 1))
    (folder / "ch01_checks.py").write_bytes(b"")
    job = job_of(folder)

    assert set(job.problems) == {"ch03_forward", "ch04_init", "ch05_loss"}
    assert job.files == {"ch01_checks.py": b""}


def test_a_link_out_of_the_submission_is_refused_and_one_within_is_followed(folder):
    (folder / LOSS).symlink_to(SOLUTIONS / LOSS)
    assert job_of(folder).outcome == "refused"

    (folder / LOSS).unlink()
    (folder / "mine.py").write_bytes(b"mine")
    (folder / LOSS).symlink_to("mine.py")
    assert job_of(folder).files[LOSS] == b"mine"


def test_a_submission_that_is_a_link_out_of_the_class_is_refused(folder):
    link = folder.parent / "evil"
    link.symlink_to(SOLUTIONS)

    assert job_of(link).outcome == "refused"


def test_a_dangling_link_is_refused_or_a_problem(folder):
    (folder.parent / "gone.py").symlink_to("nowhere.py")
    (folder / LOSS).symlink_to("nowhere.py")

    assert job_of(folder.parent / "gone.py").outcome == "refused"
    assert "ch05_loss" in job_of(folder).problems


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_problem_of_that_chapter(folder):
    (folder / LOSS).write_bytes(TEXT)
    (folder / LOSS).chmod(0)

    assert "ch05_loss" in job_of(folder).problems


def test_one_file_is_a_submission(tmp_path):
    for name, taken in ((LOSS, LOSS), ("my work.py", "submission.py"), ("é.ipynb", None)):
        path = tmp_path / name
        path.write_bytes(TEXT)
        job = job_of(path)

        assert job.name == name
        assert job.file == (taken or "submission.ipynb")
        assert job.files == {job.file: TEXT}


def test_only_submissions_are_entries(tmp_path):
    for name in (".git", "b", "__MACOSX"):
        (tmp_path / name).mkdir()
    for name in ("a.zip", "c.py", "d.ipynb", "list.xlsx", ".DS_Store"):
        (tmp_path / name).touch()
    found, others = entries(tmp_path)

    assert [path.name for path in found] == ["a.zip", "b", "c.py", "d.ipynb"]
    assert [path.name for path in others] == ["list.xlsx"]


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("prefix", ["", "alice/", "alice-main/exercises/"])
def test_an_archive_is_a_submission(tmp_path, prefix):
    path = archive(tmp_path / "a.zip", {f"{prefix}{LOSS}": TEXT, f"{prefix}notes.txt": "x"})

    assert job_of(path).files == {LOSS: TEXT}


@pytest.mark.parametrize(
    "name", ["../ch05_loss.py", "/etc/ch05_loss.py", "a/../../b.py", "C:/b.py"]
)
def test_an_archive_that_leads_out_is_refused(tmp_path, name):
    path = archive(tmp_path / "a.zip", {LOSS: TEXT, name: TEXT})

    assert "leads out" in job_of(path).detail


def test_an_archive_with_a_link_is_refused(tmp_path):
    info = zipfile.ZipInfo(LOSS)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(tmp_path / "a.zip", {info: "/etc/passwd"})

    assert "link" in job_of(path).detail


def test_a_bomb_is_refused_or_costs_its_chapter(tmp_path):
    many = archive(tmp_path / "a.zip", {f"{i}.py": b"\0" * LARGEST for i in range(201)})
    assert "unpack to more" in job_of(many).detail

    one = archive(tmp_path / "b.zip", {LOSS: b"\0" * (50 << 20), "ch01_checks.py": b"x = 1"})
    job = job_of(one)
    assert "larger than" in job.problems["ch05_loss"]
    assert job.files == {"ch01_checks.py": b"x = 1"}


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + b"\xff" * 100])
def test_a_broken_archive_is_refused(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)

    assert job_of(path).outcome == "refused"
