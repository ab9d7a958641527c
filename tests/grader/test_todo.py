"""A stub says that it is one without a call, as a call would; nothing else is taken for a stub."""

from inspect import signature

import pytest

from kata.answers.handin import Submission
from kata.course import course, exercises
from kata.refusal import Todo

UNLIKE = {
    "does something first": "def relu(x):\n    x = x + 0\n    raise NotImplementedError\n",
    "says why": "def relu(x):\n    raise NotImplementedError('later')\n",
    "raises another error of that name": (
        "class NotImplementedError(Exception): ...\n\n\n"
        "def relu(x):\n    raise NotImplementedError\n"
    ),
    "is another name's": "def helper(x):\n    raise NotImplementedError\n\n\nrelu = helper\n",
    "waits": "async def relu(x):\n    raise NotImplementedError\n",
}


def test_a_stub_says_what_a_call_says():
    answers = [Submission(course().exercises).answer(name) for name in exercises()]
    said = {a.name: str(a.todo) for a in answers if a.todo is not None}

    functions = [a for a in answers if not isinstance(a._function, type)]
    arguments = {a.name: [None] * len(signature(a._function).parameters) for a in functions}
    assert said == {a.name: str(a.attempt(arguments[a.name]).stopped) for a in functions}


@pytest.mark.parametrize("text", UNLIKE.values(), ids=UNLIKE)
def test_what_is_no_stub_is_called(tmp_path, text):
    (tmp_path / "ch03_forward.py").write_text(text)

    assert Submission(tmp_path).answer("relu").todo is None


def test_a_near_name_beside_a_stub_is_said_too(tmp_path):
    stub = "def relu(x):\n    raise NotImplementedError\n\n\ndef reluu(x):\n    return x\n"
    (tmp_path / "ch03_forward.py").write_text(stub)
    answer = Submission(tmp_path).answer("relu")

    stopped = answer.attempt([1]).stopped
    assert isinstance(stopped, Todo)
    assert str(answer.todo) == str(stopped)
    assert "you define reluu" in str(stopped)
