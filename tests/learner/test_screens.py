"""The watch on a low, a narrow and a large screen."""

import pytest
from terminal import make_place, save

from kata.dev.terminal import Terminal
from kata.learner import state
from kata.learner.board import board_now

SIZES = [
    pytest.param(size, marks=pytest.mark.xdist_group(str(size)), id=str(size))
    for size in [(12, 80), (24, 60), (50, 200)]
]
MEAN = (
    "inp.grad = out.grad @ w.t()\nw.grad = inp.t() @ out.grad / len(inp)\nb.grad = out.grad.sum(0)"
)


@pytest.fixture(scope="module", params=SIZES)
def watch(request, tmp_path_factory):
    rows, columns = request.param
    place = make_place(tmp_path_factory.mktemp("place"))
    here = {"KATA_EXERCISES": str(place.exercises), "EDITOR": "", "VISUAL": ""}
    watch = Terminal("watch", rows=rows, columns=columns, **here)
    yield place, watch.wait_for("q quit", gone=["torch is being loaded"])
    watch.press("q")
    assert watch.end() == 0


def is_framed(screen):
    """Whether the title, the verdict and the keys are in view."""
    rows = screen.text.split("\n")
    return (
        rows[0].startswith("chapter 6 backward: lin_grad")
        and any(row.startswith("✗ lin_grad: w.grad has wrong values") for row in rows[1:4])
        and rows[-1].startswith("h hint")
    )


def test_title_and_verdict_stay_and_the_rest_scrolls(watch):
    place, screen = watch
    save(place, "lin_grad", MEAN)
    screen.wait_for("✗ lin_grad", "graded at", "w.grad = inp.t()", "q quit")
    assert is_framed(screen)

    screen.press("\x1b[B" * 60).wait_for("the first that fails", "kata step lin_grad", "q quit")
    assert is_framed(screen)
    screen.press("\x1b[A" * 60).wait_for("w.grad = inp.t()", "q quit")
    assert is_framed(screen)

    screen.press("h").wait_for("3 more)", "q quit")
    assert is_framed(screen)
    screen.press("r").wait_for("y / n").press("x").wait_for("q quit", gone=["y / n"])
    screen.press("s").wait_for("shown once lin_grad", "q quit")
    assert is_framed(screen)


def test_a_verdict_out_of_date_dims_while_a_new_one_is_made(watch):
    place, screen = watch
    save(place, "lin", "return x @ w + b")
    screen.wait_for("✓ lin passes", "graded at", "q quit")
    row = next(k for k, line in enumerate(screen.screen.display) if line.startswith("✓"))
    assert screen.screen.buffer[row][0].fg == "green"

    once = "if 'slept' not in vars(time):\n    time.slept = time.sleep(3)\n"
    save(place, "lin", f"import time\n{once}return x @ w + b + 0")
    screen.wait_for("grading lin ...", "✓ lin passes")
    assert screen.screen.buffer[row][0].fg == "default"
    screen.wait_for("graded at", "q quit", gone=["grading lin"])


def test_the_list_is_walked_searched_and_left_by_a_jump_and_parks(watch):
    place, screen = watch
    screen.press("l").wait_for("Enter go")
    screen.press("/kaiming_i").wait_for("/kaiming_i_", "1 found", "4 init")
    screen.press("\n").wait_for("chapter 4 init: kaiming_init", gone=["found"])

    screen.press("l").wait_for("Enter go").press("\x1b[D").press("p")
    screen.wait_for("» kaiming_std", "kaiming_std is parked")
    assert state.read(place).of("kaiming_std").parked
    screen.press("\x1b[D").press("\n").wait_for("chapter 4 init: xavier_init")
    assert board_now(place).after("xavier_init") == "kaiming_init"
    screen.press("n").wait_for("chapter 4 init: kaiming_init")


def test_the_lesson_is_read_page_by_page(watch):
    _, screen = watch
    screen.press("l").wait_for("Enter go").press("/near_zero").wait_for("found").press("\n")
    screen.wait_for("chapter 1 checks: assert_is_near_zero", gone=["found"])

    first, last = "a relative tolerance is of no use", "about 5 minutes"
    screen.press("t").wait_for(first, "chapter 1 checks: assert_is_near_zero", "q quit")
    if screen.screen.lines < 24:  # a larger screen holds it in one
        screen.press("t").wait_for("q quit", gone=[first])
    screen.wait_for(last, "q quit")
    assert screen.text.startswith("chapter 1 checks: assert_is_near_zero")
