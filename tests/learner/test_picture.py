"""`kata show`: the first probe that shows the mistake, as heat maps and as a page."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from kata.answers.handin import Submission
from kata.course import course
from kata.diagnosis.picture import picture_of
from kata.learner import heatmap
from kata.refusal import NotPassed

MEAN = (
    "inp.grad = out.grad @ w.t()\nw.grad = inp.t() @ out.grad / len(inp)\nb.grad = out.grad.sum(0)"
)


@pytest.fixture
def draw_answer(place, write):
    def picture(name, body):
        write(name, body)
        return picture_of(Submission(place.exercises).answer(name))

    return picture


def as_text(picture, colour, width=80):
    out = StringIO()
    system = {"force_terminal": True, "color_system": "truecolor"} if colour else {}
    console = Console(file=out, width=width, **system)
    console.print(heatmap.shown(picture, console))
    return out.getvalue()


def test_a_wrong_gradient_is_shown_beside_the_right_one(draw_answer):
    picture = draw_answer("lin_grad", MEAN)

    parts = {part["name"]: part for part in picture["parts"]}
    assert [name for name, part in parts.items() if not part["right"]] == ["w.grad"]
    assert set(parts) == {"inp.grad", "w.grad", "b.grad"}
    off = heatmap.difference(parts["w.grad"])
    assert off[0][0] == parts["w.grad"]["got"][0][0] - parts["w.grad"]["expected"][0][0]
    assert "mean over the batch" in picture["says"]
    json.dumps(picture)


def test_a_terminal_without_colours_shows_numbers(draw_answer):
    text = as_text(draw_answer("lin_grad", MEAN), colour=False)

    assert "w.grad is wrong" in text and "b.grad is right" in text
    assert "▀" not in text and "difference" in text
    assert max(map(len, text.split("\n"))) <= 80


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_with_colours_shows_half_blocks(draw_answer, width):
    assert "▀" in as_text(draw_answer("lin_grad", MEAN), colour=True, width=width)


def test_the_page_stands_alone_and_has_both_themes(draw_answer):
    page = heatmap.as_html("lin_grad", draw_answer("lin_grad", MEAN))

    class Tags(HTMLParser):
        cells = 0

        def handle_starttag(self, tag, attrs):
            assert tag not in ("script", "link", "img")
            self.cells += tag == "td"

    tags = Tags()
    tags.feed(page)
    assert tags.cells > 0
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page


def test_what_an_answer_says_cannot_break_the_page():
    part = {"name": "<b>", "got": [[1.0]], "expected": None, "right": False, "random": False}
    page = heatmap.as_html(
        "relu", {"says": "<script>", "call": "<i>", "parts": [part | {"note": "<u>"}]}
    )

    assert not any(tag in page for tag in ("<script>", "<i>", "<b>", "<u>"))


def test_another_shape_is_said_and_nothing_is_subtracted(draw_answer):
    (part,) = draw_answer("lin", "return (x @ w + b).sum(0)")["parts"]

    assert part["note"].startswith("has shape")
    assert heatmap.difference(part) is None


def test_nan_is_drawn_as_missing(draw_answer):
    picture = draw_answer("relu", "return x * float('nan')")

    assert picture["parts"][0]["got"][0][0] is None
    assert "nan" in as_text(picture, colour=False)
    assert "nan" in heatmap.as_html("relu", picture)


def test_random_weights_are_shown_as_drawn(draw_answer):
    picture = draw_answer("xavier_init", "import torch\nreturn torch.randn(fan_in, fan_out)")

    assert picture["parts"][0]["random"]
    assert "torch.manual_seed(0)" in as_text(picture, colour=False)


def test_a_right_answer_has_no_picture(draw_answer):
    assert "parts" not in draw_answer("relu", "return x.clamp_min(0.0)")


def test_a_stub_has_no_picture(place):
    with pytest.raises(NotPassed, match="still to be written"):
        picture_of(Submission(place.exercises).answer("relu"))


def test_the_command_draws_and_writes_the_page(place, write):
    write("lin_grad", MEAN)

    done = subprocess.run(
        [sys.executable, "-m", "kata", "show", "lin_grad"],
        cwd=course().root,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert "w.grad is wrong" in done.stdout
    assert (place.keep / "show" / "lin_grad.html").is_file()


def test_check_grades_one_exercise_as_pytest_does(place, write):
    write("relu", "return x.clamp_min(0.0)")
    write("lin", "return x @ w")

    done = subprocess.run(
        [sys.executable, "-m", "kata", "check", "relu", "lin", "model", "--json"],
        cwd=place.keep.parent,  # from anywhere
        capture_output=True,
        text=True,
        timeout=300,
    )

    grade = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert {e["name"]: e["status"] for e in grade["exercises"]} == {
        "lin": "failed",
        "relu": "passed",
        "model": "todo",
    }
    assert (grade["schema"], grade["score"], grade["max_score"]) == (1, 1, 3)
    assert "bias" in grade["exercises"][0]["mistake"]
