"""A teacher's own tables: a roster, a policy, comments. Each bad line is said before grading."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from kata.cli import app
from kata.course import exercises_of
from kata.grade import Grade, TestResult
from kata.teacher.formats import comments
from kata.teacher.policy import Policy
from kata.teacher.roster import Roster
from kata.teacher.rows import Row
from kata.teacher.tables import Usage

TEST = TestResult("relu", "", "a test", of=4)


def row(passed, name="relu", **kept):
    """A row whose only exercise passes so many of four tests."""
    results = [
        replace(TEST, exercise=name, position=at, status="passed" if at < passed else "failed")
        for at in range(4)
    ]
    return Row("alice", "graded", "", Grade.of("alice", results), login="alice", **kept)


def table(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def marks(tmp_path, text, *args, **kept):
    found = Policy(table(tmp_path, text)).marks(row(*args, **kept))
    return found.points, found.max_points, found.lost


def test_points_times_weight_are_what_an_exercise_is_worth(tmp_path):
    text = "exercise,points,weight\nrelu,2,1.5\n"

    assert marks(tmp_path, text, 4) == (3, 3, 0)
    assert marks(tmp_path, text, 3) == (0, 3, 0)
    assert marks(tmp_path, text, 4, "mse") == (1, 1, 0)


def test_partial_credit_is_by_tests_where_it_is_asked_for(tmp_path):
    assert marks(tmp_path, "exercise,points,partial\nrelu,2,yes\n", 3) == (1.5, 2, 0)
    assert marks(tmp_path, "exercise,points,partial\nrelu,2,no\n", 3) == (0, 2, 0)


def test_what_says_more_counts_more_wherever_it_stands(tmp_path):
    text = "exercise;points\nrelu;5\nch03;3\n*;2\n"

    assert marks(tmp_path, text, 4) == (5, 5, 0)
    assert marks(tmp_path, text, 4, "lin") == (3, 3, 0)
    assert marks(tmp_path, text, 4, "mse") == (2, 2, 0)


def test_late_marks_are_points_or_a_share_and_never_more_than_there_are(tmp_path):
    head = "exercise,points,login,late\n*,10,,\n"

    assert marks(tmp_path, f"{head},,alice,2\n", 4) == (8, 10, 2)
    assert marks(tmp_path, f"{head},,alice,25%\n", 4) == (7.5, 10, 2.5)
    assert marks(tmp_path, f"{head},,alice,99\n", 4) == (0, 10, 10)
    assert marks(tmp_path, f"{head},,*,10%\n", 4) == (10, 10, 0)
    assert marks(tmp_path, f"{head},,*,10%\n", 4, late=True) == (9, 10, 1)
    assert marks(tmp_path, f"{head},,*,10%\n,,alice,0\n", 4, late=True) == (10, 10, 0)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rleu,2,,,,", "line 2: there is no exercise 'rleu'; did you mean relu"),
        ("relu,two,,,,", "line 2: points is 'two'"),
        ("relu,-2,,,,", "line 2: points is '-2'"),
        ("relu,1e400,,,,", "line 2: points is '1e400'"),
        ("relu,nan,,,,", "line 2: points is 'nan'"),
        ("relu,2,x,,,", "line 2: weight is 'x'"),
        ("relu,2,,maybe,,", "line 2: partial is 'maybe'"),
        (",,,,bob,110%", "line 2: late is 110%"),
        (",,,,,3", "line 2: says late, and of whom not"),
        (",3,,,,", "line 2: names neither"),
        ("relu,1,,,bob,2", "line 2: is of an exercise and of a login"),
        ("relu,1,,,,\nrelu,2,,,,", "line 3: relu has a line already, 2"),
        ("relu,1,,,,,7", "line 2: has 7 cells"),
    ],
)
def test_a_bad_line_of_a_policy_is_said_by_its_number(tmp_path, line, says):
    text = f"exercise,points,weight,partial,login,late\n{line}\n"
    with pytest.raises(Usage) as told:
        Policy(table(tmp_path, text))

    assert says in str(told.value)


def test_all_bad_lines_are_said_at_once_but_no_book_of_them(tmp_path):
    bad = "".join(f"no{number},1\n" for number in range(30))
    with pytest.raises(Usage) as told:
        Policy(table(tmp_path, f"exercise,points\n{bad}"))

    lines = str(told.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "... and 20 lines more"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("exercise,piont\n", "line 1: there is no column 'piont'"),
        ("points\n1\n", "line 1: name the columns"),
        ("exercise,exercise\n", "is there twice"),
        ('exercise,points\n"relu,1\n', "there is no exercise"),
    ],
)
def test_a_head_that_is_wrong_is_said(tmp_path, text, says):
    with pytest.raises(Usage, match=r"table\.csv") as told:
        Policy(table(tmp_path, text))

    assert says in str(told.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_table_is_read_as_any_spreadsheet_saves_it(tmp_path, end, sign, encoding):
    lines = [["Login", "Name"], ["jm1", "Jörg Müller"], ["al2", "Lovelace, Ada"]]
    quoted = [[f'"{cell}"' for cell in line] for line in lines]
    text = end.join(sign.join(line) for line in quoted) + end
    roster = Roster(table(tmp_path, text.encode(encoding)))

    assert roster.login_of(["jörg müller"]) == "jm1"
    assert roster.login_of(["Ada Lovelace"]) == "al2"
    assert roster.login_of(["Nobody"]) == ""


def test_a_roster_needs_no_head_and_says_who_has_handed_in_nothing(tmp_path):
    roster = Roster(table(tmp_path, "Alice A,al1\nBob B,bb2\n"))

    assert roster.login_of(["alice a"]) == "al1"
    assert roster.without_entry == ["bb2"]


def test_a_name_of_two_people_is_told_by_another(tmp_path):
    text = "login,name,email\nas1,Anna Smith,a1@x\nas2,Anna Smith,a2@x\n"
    roster = Roster(table(tmp_path, text))

    assert roster.login_of(["Anna Smith"]) == ""
    assert roster.login_of(["Anna Smith", "a2@x"]) == "as2"
    with pytest.raises(Usage, match="line 2: gives as2 the name 'anna smith'; line 1"):
        Roster(table(tmp_path, "Anna Smith,as1\nAnna Smith,as2\n").rename(tmp_path / "r.csv"))


def test_columns_that_are_no_names_do_not_count(tmp_path):
    text = "identifier,github_username,github_id,name\na1,gha,77,Ann\nb2,ghb,78,Bob\n"
    assert Roster(table(tmp_path, text)).login_of(["ghb"]) == "b2"

    text = "login,name,section\na1,Ann,Mon\nb2,Bob,Mon\n"
    assert Roster(table(tmp_path, text)).login_of(["Mon"]) == ""


@pytest.mark.parametrize(
    ("line", "says"), [("bob,", "line 3: says no name"), (",Bob", "line 3: has no login")]
)
def test_a_bad_line_of_a_roster_is_said(tmp_path, line, says):
    with pytest.raises(Usage) as told:
        Roster(table(tmp_path, f"login,name\nal1,Alice\n{line}\n"))

    assert says in str(told.value)


def test_comments_are_of_a_student_an_exercise_or_everyone(tmp_path):
    text = "login,exercise,comment\nalice,,Fine\nalice,relu,Short\n*,,Exam on Friday\nbob,,\n"
    table(tmp_path, text, comments.NAME)
    said = comments.read(tmp_path, ["alice", "bob"])

    assert comments.of("alice", said) == {"": ["Exam on Friday", "Fine"], "relu": ["Short"]}
    assert comments.of("bob", said) == {"": ["Exam on Friday"]}


def test_bad_comments_are_said_and_a_new_table_can_be_read(tmp_path):
    table(tmp_path, "login,exercise,comment\nalcie,,x\nalice,rleu,x\n", comments.NAME)
    with pytest.raises(Usage) as told:
        comments.read(tmp_path, ["alice"])
    assert "line 2: nobody has the login 'alcie'; did you mean alice?" in str(told.value)
    assert "line 3: there is no exercise 'rleu'" in str(told.value)

    logins = ["=1+1", "jörg"]
    (tmp_path / comments.NAME).unlink()
    comments.begin(tmp_path, logins)
    assert comments.read(tmp_path, logins) == {}


@pytest.mark.parametrize("option", ["--policy", "--roster", "--feedback"])
def test_a_bad_line_is_told_before_anything_is_graded(tmp_path, option):
    (tmp_path / "class" / "alice").mkdir(parents=True)
    bad = table(tmp_path, "login,exercise,comment\nnobody,,Hm\n", comments.NAME)
    if option != "--feedback":
        bad = table(tmp_path, "login,late,name\n,,x\n")
    given = bad.parent if option == "--feedback" else bad
    args = ["grade-all", tmp_path / "class", "--json", tmp_path / "o.json", option, given]
    found = CliRunner().invoke(app, [str(arg) for arg in args])

    assert found.exit_code == 2
    assert f"{bad}, line " in found.output
    assert not (tmp_path / "o.json.rows").exists()


def test_a_late_mark_of_a_login_that_there_is_not_is_told(tmp_path):
    policy = Policy(table(tmp_path, "login,late\nalcie,1\n*,2\n"))
    with pytest.raises(Usage, match="line 2: nobody has the login 'alcie'; did you mean alice"):
        policy.knows(["alice"])


def test_a_chapter_may_be_named_in_full_or_by_its_number(tmp_path):
    text = "exercise,points\nch03_forward,3\nch05,2\n"
    policy = Policy(table(tmp_path, text))

    assert {policy.marks(row(4, name)).points for name in exercises_of("ch03_forward")} == {3}
    assert policy.marks(row(4, "mse")).points == 2
