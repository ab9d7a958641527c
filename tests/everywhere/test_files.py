"""What is in a learner's file, and how it is called: each is told in one line, or simply works."""

import pytest

from kata.answers.handin import Submission
from kata.refusal import Broken, Todo

FORWARD = (
    "import torch\n\n\ndef lin(x, w, b):\n    return x @ w + b\n\n\n"
    "def relu(x):\n    return x.clamp_min(0)\n"
)


def told(folder, content, name, file="ch03_forward.py"):
    """What is said of an exercise of a folder with this one file; "" where there is an answer."""
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        Submission(folder).answer(name)
    except (Broken, Todo) as refused:
        return refused.message
    return ""


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install torch",
        "In [3]: import torch",
        ">>> import torch",
        "```python",
        "from exp.nb_01 import *",
        "get_ipython().run_line_magic('matplotlib', 'inline')",  # nbconvert --to script writes it
    ],
)
def test_what_was_pasted_along_is_to_be_removed(tmp_path, line):
    says = told(tmp_path, f"{line}\n{FORWARD}", "lin")

    assert says.startswith("ch03_forward.py:1: ") and "remove" in says
    assert "\n" not in says


@pytest.mark.parametrize(
    "line", ["lin(1, 2, 3)", "print(unknown)", "assert False", "open('nowhere')"]
)
def test_a_call_at_the_bottom_costs_no_other_exercise_its_mark(tmp_path, line):
    says = told(tmp_path, f"{FORWARD}\n\n{line}\n", "relu")

    assert says.startswith("ch03_forward.py:12: ") and says.endswith(
        "no exercise needs it: remove it"
    )
    assert told(tmp_path, f"{FORWARD}\n\n{line}\n", "lin") == ""


def test_a_file_that_imports_itself_is_told_that_it_need_not(tmp_path):
    says = told(tmp_path, f"from ch03_forward import relu\n\n\n{FORWARD}", "lin")

    assert "ch03_forward imports itself; what it defines is there without that" in says


def test_a_line_that_leaves_python_is_said_to_be_removed_once(tmp_path):
    assert told(tmp_path, f"{FORWARD}\nexit()\n", "lin").count("remove") == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xef\xbb\xbf" + FORWARD.encode(), ""),
        (FORWARD.replace("\n", "\r\n").encode(), ""),
        (FORWARD.encode() + b"# f\xfcr\n", "it is not utf-8 text; save it as UTF-8"),
        (FORWARD.encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        (b"\0" + FORWARD.encode(), "it holds null bytes; save it as UTF-8"),
    ],
    ids=["byte order mark", "CRLF", "Latin-1", "UTF-16", "null bytes"],
)
def test_a_file_in_another_encoding_is_read_or_told(tmp_path, content, says):
    assert told(tmp_path, content, "lin").endswith(says)
    assert bool(says) == bool(told(tmp_path, content, "lin"))


@pytest.mark.parametrize(
    "file",
    [
        "ch03_forward (1).py",
        "ch03_Forward.py",
        "ch3_forward.py",
        "ch03-forward.py",
        "ch03.py",
        "03_forward.py",
        "Kopie von ch03_forward.py",
        "ch03_forward.py.txt",
        "ch03_forward.PY",
    ],
)
def test_a_file_with_nearly_a_chapter_s_name_is_told_what_to_be_called(tmp_path, file):
    assert told(tmp_path, FORWARD, "lin", file) == f"you have {file}; rename it to ch03_forward.py"


@pytest.mark.parametrize("file", ["helpers.py", "forward.py", "ch13_training.py", "ch30.py"])
def test_another_file_is_not_told_to_be_renamed(tmp_path, file):
    assert told(tmp_path, FORWARD, "lin", file) == "there is no ch03_forward.py yet"


def test_a_file_beside_an_answered_chapter_is_nobody_s_business(tmp_path):
    told(tmp_path, FORWARD, "lin", "ch03_forward (1).py")

    assert told(tmp_path, FORWARD, "lin") == ""
