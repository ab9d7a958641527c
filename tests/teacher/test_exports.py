"""What Canvas, Moodle, Gradescope and GitHub Classroom export is read as it comes: a row a student.

75 students in each, under their logins, with near-miss names among the files.
"""

import zipfile

import pytest

from kata.teacher.exports import entries, twice
from kata.teacher.intake import job_of
from kata.teacher.roster import Roster

TEXT = b"def mse(output, targ):\n    return 0\n"
PEOPLE = [(f"s{number:02}", f"Student Number{number:02}", 1000 + number) for number in range(75)]
LOGINS = [login for login, _, _ in PEOPLE]


def put(path, content=TEXT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def packed(path, name="ch05_loss.py"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, TEXT)


def canvas(folder):
    for login, _, number in PEOPLE:
        late = "_LATE" if number % 3 == 0 else ""
        put(folder / f"{login}{late}_{number}_{number + 5000}_ch05_loss.py")
        put(folder / f"{login}{late}_{number}_{number + 6000}_ch03_forward-1.py")


def moodle_folders(folder):
    for number, (_, name, user) in enumerate(PEOPLE):
        place = folder / f"{name}_{user}_assignsubmission_file_"
        if number % 2:
            packed(place / "work.zip", "hw/ch05_loss (1).py")
        else:
            put(place / "ch05_loss.py")


def moodle_files(folder):
    for _, name, user in PEOPLE:
        for file in ("ch05_loss.py", "ch03_forward (2).py"):
            put(folder / f"{name}_{user}_assignsubmission_file_{file}")


def moodle_zips(folder):
    for _, name, user in PEOPLE:
        packed(folder / f"{name}_{user}_assignsubmission_file_my work.zip")


def gradescope(folder):
    lines = ["---"]
    for login, name, number in PEOPLE:
        put(folder / f"submission_{number}" / "ch05_loss.py")
        lines += [f"submission_{number}:", "  :submitters:", f"  - :name: {name}"]
        lines += [f"    :sid: '{number}'", f"    :email: {login}@uni.example"]
        lines += ["  :created_at: 2026-11-30 10:00:00.000000000 Z", "  :score: ", "  :history: []"]
    put(folder / "submission_metadata.yml", "\n".join(lines).encode())


def classroom(folder):
    for login, _, _ in PEOPLE:
        put(folder / "loss-submissions" / f"loss-{login}" / "exercises" / "ch05_loss.py")
        put(folder / "loss-submissions" / f"loss-{login}" / ".git" / "HEAD", b"ref: x")


ROSTER = "Login,First name,Last name,Section\n" + "".join(
    f"{login},{','.join(name.split())},A\n" for login, name, _ in PEOPLE
)


EXPORTS = [canvas, moodle_folders, moodle_files, moodle_zips, gradescope, classroom]


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.__name__)
def test_an_export_is_read_as_it_comes_a_row_for_each_student_under_the_login(tmp_path, export):
    (tmp_path / "class").mkdir()
    export(tmp_path / "class")
    (tmp_path / "roster.csv").write_text(ROSTER)
    roster = Roster(tmp_path / "roster.csv") if "moodle" in export.__name__ else None
    found, others = entries(tmp_path / "class", roster)

    assert [entry.name for entry in found] == [entry.login for entry in found] == LOGINS
    assert others == []
    jobs = [job_of(entry) for entry in found]
    assert {job.outcome for job in jobs} == {""}
    for job in jobs:
        assert job.files.get("ch05_loss.py", job.files.get(job.file)) == TEXT
        assert "ch03_forward.py" in job.files or export is not canvas


def test_canvas_says_who_is_late_and_which_file_came_later(tmp_path):
    put(tmp_path / "alice_LATE_101_9001_ch05_loss.py", b"first")
    put(tmp_path / "alice_LATE_101_9002_ch05_loss-1.py", b"second")
    put(tmp_path / "bob_102_9003_ch05_loss.py")
    alice, bob = entries(tmp_path)[0]

    assert (alice.late, bob.late) == (True, False)
    assert job_of(alice).files == {"ch05_loss.py": b"second"}
    assert "9001_ch05_loss.py is not graded" in job_of(alice).notes[0]


def test_two_people_of_one_name_have_a_row_each(tmp_path):
    for number in (11, 12):
        put(tmp_path / f"Anna Smith_{number}_assignsubmission_file_" / "ch05_loss.py")
    found = entries(tmp_path)[0]

    assert [entry.name for entry in found] == ["Anna Smith_11", "Anna Smith_12"]
    assert twice(found) == {}


def test_each_of_a_group_on_gradescope_has_a_row(tmp_path):
    put(tmp_path / "submission_7" / "ch05_loss.py")
    people = "".join(f"  - :name: {n}\n    :email: {n}@x.example\n" for n in ("ann", "bob"))
    put(tmp_path / "submission_metadata.yml", f"submission_7:\n  :submitters:\n{people}".encode())

    assert [entry.name for entry in entries(tmp_path)[0]] == ["ann", "bob"]


def test_two_entries_of_one_login_are_told_and_both_have_a_row(tmp_path):
    put(tmp_path / "alice" / "ch05_loss.py")
    packed(tmp_path / "alice.zip")
    put(tmp_path / "bob.py")
    found = entries(tmp_path)[0]

    assert [entry.name for entry in found] == ["alice", "alice.zip", "bob.py"]
    assert twice(found) == {"alice": ["alice", "alice.zip"]}


def test_two_entries_that_a_roster_gives_one_login_keep_their_names(tmp_path):
    for name in ("ann 1", "ann 2", "bob"):
        put(tmp_path / name / "ch05_loss.py")
    (tmp_path / "roster.csv").write_text("ann 1,ann\nann 2,ann\nbob,bb12\n")
    found = entries(tmp_path, Roster(tmp_path / "roster.csv"))[0]

    assert [(entry.name, entry.login) for entry in found] == [
        ("ann 1", "ann"),
        ("ann 2", "ann"),
        ("bb12", "bb12"),
    ]


@pytest.mark.parametrize("name", ["eve/ch05_loss.py", "eve.zip", "eve.tar.gz", "Eve.PY", "eve.7z"])
def test_a_login_is_the_name_without_its_ending_and_no_hand_in_is_without_a_row(tmp_path, name):
    put(tmp_path / name)
    [entry] = entries(tmp_path)[0]

    assert (entry.name, entry.login.lower()) == (name.partition("/")[0], "eve")


def test_folders_that_only_look_alike_are_no_export(tmp_path):
    for name in ("group-a", "group-b", "team_1_2"):
        put(tmp_path / name / "ch05_loss.py")

    assert [entry.name for entry in entries(tmp_path)[0]] == ["group-a", "group-b", "team_1_2"]


def test_one_student_s_folder_is_no_class(tmp_path):
    for name in ("exercises", "notes"):
        put(tmp_path / "alice" / name / "ch05_loss.py")

    assert [entry.name for entry in entries(tmp_path)[0]] == ["alice"]
