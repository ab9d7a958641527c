"""Of what is handed in, named files are taken; what leads out, or is too large, is refused."""

import io
import os
import socket
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from kata.course import course
from kata.teacher import intake
from kata.teacher.archives import LARGEST
from kata.teacher.exports import Entry, entries
from kata.teacher.intake import LARGEST_IN_ALL, LONGEST_REASON
from kata.teacher.look import worth_a_look
from kata.teacher.rows import Job

LOSS = "ch05_loss.py"
TEXT = (course().solutions / LOSS).read_bytes()


def job_of(path):
    return intake.job_of(Entry.at(path))


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
    assert job.notes == ["holds no files"]


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
    (folder / LOSS).symlink_to(course().solutions / LOSS)
    assert job_of(folder).outcome == "refused"

    (folder / LOSS).unlink()
    (folder / "mine.py").write_bytes(b"mine")
    (folder / LOSS).symlink_to("mine.py")
    assert job_of(folder).files[LOSS] == b"mine"


def test_a_submission_that_is_a_link_out_of_the_class_is_refused(folder):
    link = folder.parent / "evil"
    link.symlink_to(course().solutions)

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

    assert [entry.name for entry in found] == ["a.zip", "b", "c.py", "d.ipynb"]
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


# --- whatever an entry is, it is refused or costs a chapter, at once ------------------------------


def member(name=LOSS, content=TEXT, **kept):
    """An archive of one member, by zipfile's own hand."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **kept) as file:
        file.writestr(name, content)
    return packed.getvalue()


def damaged(content, at):
    return content[:at] + bytes(byte ^ 0xFF for byte in content[at : at + 8]) + content[at + 8 :]


def said_to_be(content, offset, value):
    """An archive whose list of members says something else."""
    at = content.rindex(b"PK\x01\x02") + offset
    return content[:at] + value + content[at + len(value) :]


BODY = 30 + len(LOSS)  # where the packed bytes begin
BROKEN = {
    "of_nothing": b"",
    "no_archive": b"no archive",
    "cut_off": member()[:-30],
    "no_end_of_its_list": member()[:-22] + b"PK\x05\x06" + b"\xff" * 18,
    "of_a_later_version": said_to_be(member(), 6, b"\xff\xff"),
    "zip64_without_sizes": said_to_be(member(), 20, b"\xff" * 8),
    "of_no_characters": said_to_be(said_to_be(member(), 9, b"\x08"), 46, b"\xff\xfe"),
    "encrypted": said_to_be(member(), 8, b"\x01"),
}
COSTS_ITS_CHAPTER = {
    "deflate": damaged(member(compression=zipfile.ZIP_DEFLATED), BODY + 1),
    "bz2": damaged(member(compression=zipfile.ZIP_BZIP2), BODY + 4),
    "lzma": damaged(member(compression=zipfile.ZIP_LZMA), BODY + 12),
    "of_an_unknown_packing": said_to_be(member(), 10, b"\x63"),
    "far_away": said_to_be(member(), 42, b"\xff\xff\xff\x7e"),
    "other_sum": said_to_be(member(), 16, b"abcd"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_archive_broken_in_any_way_is_refused_with_a_reason(tmp_path, name):
    path = tmp_path / "a.zip"
    path.write_bytes(BROKEN[name])
    job = job_of(path)

    assert job.outcome == "refused"
    assert 0 < len(job.detail.splitlines()[0]) == len(job.detail) <= LONGEST_REASON


@pytest.mark.parametrize("name", COSTS_ITS_CHAPTER)
def test_a_member_broken_in_any_way_costs_its_chapter(tmp_path, name):
    path = tmp_path / "a.zip"
    path.write_bytes(COSTS_ITS_CHAPTER[name])
    job = job_of(path)

    assert job.outcome == ""
    assert "cannot be unpacked" in job.problems["ch05_loss"]


def test_a_member_without_a_name_is_not_taken(tmp_path):
    path = archive(tmp_path / "a.zip", {LOSS: TEXT})
    nameless = zipfile.ZipInfo("x")
    nameless.filename = ""
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(nameless, "x")

    assert job_of(path).files == {LOSS: TEXT}


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_takes_little_memory_however_well_it_is_packed(tmp_path, how):
    path = tmp_path / "a.zip"
    path.write_bytes(member(content=b"\0" * (100 << 20), compression=how))
    tracemalloc.start()
    job = job_of(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "ch05_loss" in job.problems
    assert most < 10 << 20  # a chapter may have 1 MB; a bytearray that grows takes twice as much


def test_a_list_of_members_without_end_is_refused(tmp_path):
    long = archive(tmp_path / "a.zip", {f"{i:05}{'n' * 900}": b"" for i in range(4999)})
    many = archive(tmp_path / "b.zip", {f"{i}": b"" for i in range(5001)})

    assert "list of members is too long" in job_of(long).detail
    assert "more than 5000 files" in job_of(many).detail


@pytest.mark.parametrize("name", ["eve.zip", "eve.py", "eve.ipynb"])
def test_what_is_no_file_is_refused_at_once(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    path = tmp_path / name
    os.mkfifo(path)
    assert "not a file" in job_of(path).detail

    path.unlink()
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(name)
        assert "cannot be read" in job_of(path).detail


@pytest.mark.parametrize("name", ["eve", "eve.zip", "eve.py"])
@pytest.mark.parametrize("target", ["eve", "eve.zip", "eve.py", "/dev/zero", "alice", "nowhere"])
def test_a_link_is_refused_wherever_it_leads(folder, name, target):
    (folder.parent / name).symlink_to(target)

    assert "is a link" in job_of(folder.parent / name).detail


def test_a_chapter_that_is_a_link_to_itself_is_a_problem_of_that_chapter(folder):
    (folder / LOSS).symlink_to(LOSS)
    (folder / "ch01_checks.py").symlink_to("ch02_data.py")
    (folder / "ch02_data.py").symlink_to("ch01_checks.py")

    assert set(job_of(folder).problems) == {"ch01_checks", "ch02_data", "ch05_loss"}


def test_files_that_are_too_large_together_cost_the_last_of_them(folder):
    stems = {path.stem for path in course().solutions.glob("ch*.py")}
    for stem in stems:
        with (folder / f"{stem}.ipynb").open("wb") as file:
            file.truncate(19 << 20)
    job = job_of(folder)

    assert job.files
    assert sum(map(len, job.files.values())) <= LARGEST_IN_ALL
    assert set(job.problems) == stems - {Path(file).stem for file in job.files}
    assert all("together" in problem for problem in job.problems.values())


def test_a_folder_of_too_many_entries_is_refused(folder):
    for number in range(5001):
        (folder / f"{number}.txt").touch()

    assert "more than 5000 entries" in job_of(folder).detail


def test_a_name_too_long_for_a_file_is_not_taken(tmp_path):
    path = archive(tmp_path / "a.zip", {f"{'a' * 300}.py": b"", LOSS: TEXT})

    assert set(job_of(path).files) == {LOSS}


def test_a_file_that_disappears_while_it_is_read_is_a_problem_of_its_chapter(folder, monkeypatch):
    for name in (LOSS, "ch01_checks.py"):
        (folder / name).write_bytes(TEXT)
    opened = intake._opened

    def lost(path):
        if path.name == LOSS:
            path.unlink()
        return opened(path)

    monkeypatch.setattr(intake, "_opened", lost)
    job = job_of(folder)

    assert "No such file" in job.problems["ch05_loss"]
    assert set(job.files) == {"ch01_checks.py"}


@pytest.mark.parametrize(
    "error", [RuntimeError("odd"), MemoryError(), IndexError(), OSError("odd")]
)
def test_what_nobody_foresaw_is_refused_with_its_name(folder, monkeypatch, error):
    def raises(path):
        raise error

    monkeypatch.setattr(intake, "_in_folder", raises)

    assert job_of(folder).outcome == "refused"
    assert job_of(folder).detail.startswith("cannot be read: ")


def test_only_so_much_code_is_looked_through():
    text = b"import gc\n"
    few, many = Job("a", {LOSS: text}), Job("a", {LOSS: text, "b.py": b"a," * (1 << 18)})
    book = Job("a", {"ch05_loss.ipynb": b"[" * (19 << 20)})

    assert worth_a_look(few) == [f"{LOSS}:1: gc (other frames)"]
    assert "too much to look through" in worth_a_look(many)[0]
    assert worth_a_look(book) == []
