"""What is remembered of one answer serves another only where its replies are the same."""

from pathlib import Path

import pytest

from kata.refusal import Refused
from kata.teacher import memo
from kata.teacher.fence import answers as module
from kata.teacher.fence.answers import RemoteAnswers
from kata.teacher.memo import Memo, digest
from kata.teacher.rows import Job, Limits

ASKED = [(False, b"first"), (True, b"second")]
RIGHT = [{"test": "right"}]


def kept():
    found = Memo()
    found.add("relu", ASKED, map(digest, [b"1", b"2"]), RIGHT)
    return found


def follow(known, replies, root="relu"):
    """What the memo knows of an answer that replies so, and what it was asked."""
    asked, replies = [], iter(replies)

    def ask(among, message):
        asked.append((among, message))
        return next(replies)

    return known.follow(root, ask), asked


def test_the_same_replies_get_the_same_results():
    assert follow(kept(), [b"1", b"2"]) == (RIGHT, ASKED)


@pytest.mark.parametrize("replies", [[b"1", b"3"], [b"3", b"2"]])
def test_another_reply_gets_none(replies):
    assert follow(kept(), replies)[0] is None


def test_another_root_knows_nothing_and_asks_nothing():
    assert follow(kept(), [], "relu with another draw seed") == (None, [])


def root(draw_seed=0, **limits):
    job = Job("a", draw_seed=draw_seed)
    answers = RemoteAnswers(None, Path(), job, Limits(**limits), lambda: 1.0)
    answers.name = "relu"
    return answers.root


def test_other_numbers_and_other_limits_have_another_root():
    roots = {root(), root(draw_seed=7), root(seconds=9), root(memory=99)}

    assert len(roots) == 4
    assert root() == root()


def test_a_question_that_many_answers_are_asked_is_kept_once_and_what_is_kept_has_a_bound(
    monkeypatch,
):
    question = (False, b"x" * 10_000)
    monkeypatch.setattr(memo, "MOST", 100_000)
    known, results = Memo(), [{"message": "y" * 1000}]
    for number in range(1000):
        known.add("relu", [question], [digest(b"%d" % number)], results)

    assert follow(known, [b"50"])[0] == results
    assert follow(known, [b"999"])[0] is None


def test_an_answer_may_reply_so_many_bytes_in_all_and_no_more(monkeypatch):
    class Student:
        def ask(self, message):
            return bytes(400)

    monkeypatch.setattr(module, "MOST_REPLIED", 1000)
    answers = RemoteAnswers(None, Path(), Job("a"), Limits(), lambda: 1.0)
    monkeypatch.setattr(answers, "_student", lambda among: Student())

    assert [len(answers.ask(False, b"%d" % number)) for number in range(2)] == [400, 400]
    assert answers.transcript.clean
    with pytest.raises(Refused, match="gives back more than"):
        answers.ask(False, b"2")
    assert not answers.transcript.clean
