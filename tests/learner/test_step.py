"""`kata step`: a pass run by the learner's functions, number by number, and what is right of it."""

import json

import pytest

import kata
from kata.answers.handin import Submission
from kata.answers.load import solution_of
from kata.course import course, exercises
from kata.dev.terminal import Terminal
from kata.learner import step
from kata.learner.shown import Shown
from kata.steps import player
from kata.steps.listed import listed
from kata.steps.net import nets
from kata.steps.page import as_html, as_text, labels
from kata.steps.passes import NUDGE, Passes

RIGHT = {
    "lin": "return x @ w + b",
    "relu": "return x.clamp_min(0.0)",
    "mse": "return (output.squeeze(-1) - targ).square().mean()",
    "mse_grad": "inp.grad = 2 * (inp.squeeze(-1) - targ).unsqueeze(-1) / len(targ)",
    "relu_grad": "inp.grad = (inp > 0) * out.grad",
    "lin_grad": (
        "inp.grad = out.grad @ w.t()\nw.grad = inp.t() @ out.grad\nb.grad = out.grad.sum(0)"
    ),
}
# a function with a mistake, the first number that shows it, theirs, and what the wiggle says
WRONG = {
    "mse_grad": (RIGHT["mse_grad"].replace("2 *", "-2 *"), "dL/dout[0, 0]", 4.0, -4.0),
    "relu_grad": ("inp.grad = (inp < 0) * out.grad", "dL/dl1[0, 0]", 0.0, 4.0),
    "lin_grad": (
        RIGHT["lin_grad"].replace("@ out.grad\n", "@ out.grad / len(inp)\n"),
        "dL/dw2[0, 0]",
        1.5,
        3.0,
    ),
}
# of the solution, a line and how it goes wrong, for each other function that gives gradients
BROKEN = {
    "lin_grad_matmul": ("inp.t() @ out.grad", "inp.t() @ out.grad / len(inp)"),
    "forward_and_backward": ("relu_grad(l1, l2)", "l1.grad = l2.grad"),
    "Relu": ("relu_grad(self.inp, self.out)", "self.inp.grad = self.out.grad"),
    "Lin": (
        "lin_grad(self.inp, self.out, self.w, self.b)",
        "lin_grad(self.inp, self.out, -self.w, self.b)",
    ),
    "Mse": ("mse_grad(self.inp, self.targ)", "self.inp.grad = self.inp.clone()"),
    "Model": ("self.loss.backward()\n", "self.loss.backward()\n        self.loss.inp.grad *= 2\n"),
    "nll_grad": ("-1 / len(targ)", "1 / len(targ)"),
    "log_softmax_grad": ("- out.exp() *", "- out *"),
    "cross_entropy_grad": ("targ.unsqueeze(1), 1)) / len(targ)", "targ.unsqueeze(1), 1))"),
    "batchnorm_grad": ("d_out - d_out.mean(0) - xhat", "d_out - xhat"),
    "layernorm_grad": ("(g - g.mean(-1, keepdim=True) - xhat", "(g - xhat"),
    "rms_norm_grad": ("inv * (g - xhat * (g", "inv * (g + xhat * (g"),
    "conv2d_grad": ("return d_x, d_weight,", "return d_x.flip(2), d_weight,"),
    "max_pool_grad": ("return d_x.view_as(x)", "return d_x.view_as(x) / 4"),
    "softmax_grad": ("out * (d_out - (", "out * (d_out + ("),
    "attention_grad": ("@ v.mT, p) / math.sqrt(q.shape[-1])", "@ v.mT, p)"),
    "embedding_grad": ("d_table.index_add(", "d_table.index_copy("),
    "causal_attention_grad": (", p) / math.sqrt(q.shape[-1])", ", p) * 2"),
    "residual_grad": ("return d_out + d_x,", "return d_x,"),
    "writer_loss_and_grads": ("d_x = d_x + branch.grad", "pass"),
    "Value": ("(g * (self.data > 0),)", "(g,)"),
}
# the same of functions without a gradient: a line, how it goes wrong, and the first wrong number
FORWARD = {
    "shifted_relu": ("relu(x) - 0.5", "relu(x - 0.5)", "l2[1, 1]", "0; right is -0.5"),
    "logsumexp": (".sum(dim=1).log()", ".sum(dim=1)", "lse[0]", "2.503; right is 1.408"),
    "momentum": ("beta * v + g", "beta * (v + g)", "new[0, 0]", "1.5; right is 2.5"),
    "adam": ("(m / (1 - beta1**t))", "m", "new[2, 0]", "1.891; right is 1.75"),
    "adamw": ("lr * decay * p", "decay * p", "new[2, 0]", "1.25; right is 1.5"),
    "clip_by_norm": ("in grads]).norm()", "in grads]).max()", "short[0]", "5; right is 4"),
}
FIRST = {id(found): name for name, found in reversed(nets().items())}  # of those that share theirs


@pytest.fixture
def steps_of(place):
    """The list of steps of what the learner has written."""

    def make(name, **more):
        return listed(name, nets()[name], Submission(place.exercises), **more)

    return make


@pytest.fixture
def solve(write):
    """Write right functions, but for these bodies."""

    def solve_all(**bodies):
        for name, body in (RIGHT | bodies).items():
            write(name, body)

    return solve_all


def named(steps, number=None):
    """What a step shows: by default the one at which the list opens."""
    found = steps["steps"][(number or steps["opens"]) - 1]
    return ("dL/d" if found["kind"] == "g" else "") + labels(steps)[found["cell"]]


def steps_of_the_solution_spoilt(name, right, wrong, folder):
    """The list of steps of the solution, but for a piece of its text."""
    path = course().solution_of(exercises()[name].chapter)
    text = path.read_text("utf-8")
    assert text.count(right) == 1
    (folder / path.name).write_text(text.replace(right, wrong), "utf-8")
    return listed(name, nets()[name], Submission(folder))


def losses(steps):
    return [run["v"][-1] for run in (steps["base"], *steps["trained"])]


@pytest.mark.parametrize("name", FIRST.values())
def test_the_solution_is_right_and_so_is_what_is_measured(name):
    for net in nets()[name]:
        passes = Passes(net, Submission(course().solutions), 5.0)
        [run] = passes.runs([dict(passes.base)])

        slopes = [(b - a) / (2 * NUDGE) for a, b in filter(None, passes.wiggles())]
        movable = [c for c, (tensor, _) in enumerate(passes.cells) if passes.has_slope(tensor)]
        assert slopes == pytest.approx([run.truth[c] for c in movable], abs=1e-4)
        assert not passes.notes and not passes.value_marks
        given = {back.by for back in net.backs}
        assert all(mark == "~" for mark in run.marks.values()) and (len(given) < 2 or not run.marks)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_number_stands_beside_the_wiggle_s(name, solve, steps_of):
    body, where, theirs, measured = WRONG[name]
    solve(**{name: body})

    steps = steps_of(name)

    first = steps["steps"][steps["opens"] - 1]
    assert (named(steps), first["by"]) == (where, name)
    assert steps["base"]["g"][first["cell"]] == theirs
    assert steps["base"]["t"][first["cell"]] == measured
    down, up = steps["wiggles"][first["cell"]]
    assert (up - down) / (2 * steps["nudge"]) == pytest.approx(measured)
    assert f"your {name} says {theirs:g}; the wiggle says {measured:g}" in first["says"]
    assert first["says"] in as_text(steps)


@pytest.mark.parametrize("name", BROKEN)
def test_so_it_does_in_every_other_chapter(name, tmp_path):
    right, wrong = BROKEN[name]

    steps = steps_of_the_solution_spoilt(name, right, wrong, tmp_path)

    first = steps["steps"][steps["opens"] - 1]
    assert (first["by"], steps["base"]["mg"][first["cell"]]) == (name, "x")
    down, up = steps["wiggles"][first["cell"]]
    measured = (up - down) / (2 * steps["nudge"])
    assert steps["base"]["t"][first["cell"]] == pytest.approx(measured, abs=1e-4)
    assert abs(steps["base"]["g"][first["cell"]] - measured) > 1e-3


@pytest.mark.parametrize("name", FORWARD)
def test_a_wrong_value_stands_beside_the_right_one(name, tmp_path):
    right, wrong, where, says = FORWARD[name]

    steps = steps_of_the_solution_spoilt(name, right, wrong, tmp_path)

    assert named(steps) == where
    assert says in steps["steps"][steps["opens"] - 1]["says"]


def test_a_mask_from_the_output_shows_behind_a_shifted_relu(solve, steps_of):
    solve(relu_grad="inp.grad = (out > 0) * out.grad")

    steps = steps_of("relu_grad")

    assert named(steps) == "dL/dl1[0, 0]"
    assert [link["by"] for link in steps["links"]] == ["lin", "shifted_relu", "lin", "mse"]


def test_each_function_that_gives_gradients_is_broken_once():
    backs = {back.by for found in nets().values() for net in found for back in net.backs}

    assert backs - {"fast_forward_and_backward"} == {*WRONG, *BROKEN}


def test_it_opens_with_the_smallest_net_that_shows_the_mistake(solve, steps_of):
    solve(lin_grad=RIGHT["lin_grad"].replace("w.t()", "w.t() * -1"))
    assert steps_of("lin_grad")["tensors"][0]["shape"] == [1, 1]

    solve(lin_grad=WRONG["lin_grad"][0])
    assert steps_of("lin_grad")["tensors"][0]["shape"] == [2, 2]


def test_whoever_gets_a_wrong_gradient_is_not_to_blame(solve, steps_of):
    solve(mse_grad=WRONG["mse_grad"][0])

    steps = steps_of("mse_grad")

    marks = {s["by"]: steps["base"]["mg"][s["cell"]] for s in steps["steps"] if s["kind"] == "g"}
    assert marks == {"mse_grad": "x", "lin_grad": "=", "relu_grad": "="}


def test_a_wrong_forward_function_shows_and_its_gradient_is_not_blamed(solve, steps_of):
    solve(lin="return x @ w")

    steps = steps_of("lin")

    assert named(steps) == "l1[0, 0]"
    assert "your lin says 3; right is 2" in steps["steps"][0]["says"]
    assert "x" not in steps["base"]["mg"] and "=" not in steps["base"]["mg"]


def test_before_anything_is_written_all_of_it_is_filled_in(steps_of, solve):
    blank = steps_of("lin_grad")
    solve()
    solved = steps_of("lin_grad")

    assert blank["base"]["g"] == solved["base"]["g"] and blank["base"]["v"] == solved["base"]["v"]
    made = [one for one in blank["steps"] if one["says"].startswith("~ filled in")]
    assert len(made) == len(blank["steps"])
    assert "~" not in solved["base"]["mg"]


def test_no_gradient_of_the_solution_is_ever_run(steps_of, monkeypatch):
    before = steps_of("lin_grad")

    def never(*args):
        raise AssertionError("a gradient of the solution was run")

    chapter = solution_of("ch06_backward")
    for name in ("mse_grad", "relu_grad", "lin_grad"):
        monkeypatch.setattr(chapter, name, never)

    asked = []
    to = player.solution_to
    monkeypatch.setattr(player, "solution_to", lambda name: asked.append(name) or to(name))
    assert steps_of("lin_grad") == before
    assert {*asked} == {"lin", "relu", "mse"}


def test_a_function_that_stops_or_never_ends_is_filled_in_and_said_so(solve, steps_of):
    solve(relu_grad="while True:\n    pass", lin_grad="inp.grad = out.grad @ w")

    steps = steps_of("relu_grad", seconds=0.3)

    assert "still running" in steps["notes"]["relu_grad"]
    assert "raised at" in steps["notes"]["lin_grad"]
    assert "relu_grad: still running" in as_text(steps)


def test_a_function_that_works_in_place_is_not_used(solve, steps_of):
    solve(relu="return x.clamp_(min=0)")

    steps = steps_of("relu")

    assert "changed in place" in steps["notes"]["relu"]
    assert "x" not in steps["base"]["mg"] and steps["base"]["v"][-1] == 2.5


def test_a_gradient_that_is_not_set_is_said_and_filled_in(solve, steps_of):
    solve(mse_grad="pass")

    steps = steps_of("mse_grad")

    assert steps["notes"] == {"mse_grad": "mse_grad: out.grad is not set"}
    assert set(steps["base"]["mg"]) == {" ", "~"}


def test_the_loss_falls_in_training_and_rises_with_a_wrong_sign(solve, steps_of):
    solve()
    right = losses(steps_of("lin_grad"))
    assert right == sorted(right, reverse=True) and right[-1] < right[0] / 10

    solve(mse_grad=WRONG["mse_grad"][0])
    wrong = losses(steps_of("mse_grad"))
    assert wrong[1] > wrong[0]


def test_a_right_answer_stays_right_wherever_its_numbers_are_dragged(solve, steps_of):
    solve()

    steps = steps_of("lin_grad")

    runs = [run for places in steps["drag"].values() for _, run in places]
    assert len(runs) == 6 * 15 and all(not run["mg"].strip() for run in runs)
    assert len({run["v"][-1] for run in runs}) > 30


def test_what_a_function_says_cannot_break_the_page(solve, steps_of):
    solve(lin_grad='raise ValueError("</script><b>")')

    page = as_html(steps_of("lin_grad"))

    assert page.count("</script>") == 3 and "<b>" not in page.replace(r"<\/script><b>", "")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")  # a name, and no address


def test_keys_walk_predict_drag_and_train(solve, steps_of):
    solve()
    walk = Shown(steps_of("lin_grad") | {"opens": 0})

    for key in "→p1.5\n":
        walk.press(key)
    assert (walk.at, walk.streak, walk.typed) == (2, 1, "")
    for key in "7\n":
        walk.press(key)
    assert (walk.at, walk.streak) == (3, 0) and "it is 2.5" in walk.told
    for key in "→↓":
        walk.press(key)
    assert walk.step["by"] == "relu"
    for key in "dd+":
        walk.press(key)
    assert "x[0, 1] = 2.5: the loss is" in walk.page(80, 24).plain
    walk.press("-")
    assert walk.numbers is walk.steps["base"]
    walk.press("s")
    assert "training step 1: the loss falls from 2.5 to" in walk.page(80, 24).plain
    walk.press("←")
    assert walk.trained == 0 and walk.at == len(walk.steps["steps"]) - 1


def test_a_training_step_says_that_a_dragged_number_goes_back(solve, steps_of):
    solve()
    walk = Shown(steps_of("lin_grad") | {"opens": 0})

    for key in "dd+s":
        walk.press(key)

    assert "x[0, 1] is back where it was" in walk.told
    assert walk.numbers is walk.steps["trained"][0]
    walk.press("s")
    assert walk.told == ""


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 24)])
def test_the_page_fits_into_the_terminal(width, height, solve, steps_of):
    solve(lin_grad=WRONG["lin_grad"][0])
    walk = Shown(steps_of("lin_grad"))
    walk.press("w")

    rows = walk.page(width, height).plain.split("\n")

    assert len(rows) <= height and max(map(len, rows)) <= width
    text = " ".join(" ".join(rows).split())
    assert "✗1.5" in text and "your lin_grad says 1.5; the wiggle says 3" in text
    assert "a slope of 3" in text and text.endswith("q quit")


def test_of_a_net_that_is_too_tall_the_number_at_hand_is_seen():
    walk = Shown(listed("conv2d_grad", nets()["conv2d_grad"], Submission(course().solutions)))

    for _ in range(3):
        rows = walk.page(60, 14).plain.split("\n")
        assert len(rows) <= 14
        assert any("back through conv2d_grad" in row for row in rows)
        number = walk.steps["base"]["g"][walk.cell]
        assert any(f"{number:g}" in row for row in rows[2:-5])
        walk.press("→")
        walk.press("→")


def test_a_name_that_is_no_link_gets_one_line(kata, tmp_path, monkeypatch):
    done = kata("step", "near")
    assert done.exit_code == 1 and "near is no link of a pass; kata step shows lin, " in done.stderr
    assert done.stderr.count("\n") == 1

    assert kata("step", "no_such").exit_code == 2
    lost = kata("step", "lin", "--html", str(tmp_path / "away" / "x.html"))
    assert lost.exit_code == 1 and "no such folder" in lost.stderr
    monkeypatch.setattr(step, "nets", dict)
    assert "this course has no pass to step through" in kata("step").stderr


def test_the_command_writes_a_page_or_the_list(kata, solve, steps_of, monkeypatch, tmp_path):
    solve(lin_grad=WRONG["lin_grad"][0])
    monkeypatch.setattr(step, "steps_of", lambda place, name: steps_of(name))

    page = tmp_path / "lin_grad.html"
    assert kata("step", "lin_grad", "--html", str(page)).exit_code == 0
    data = page.read_text("utf-8").partition('id="steps">')[2].partition("</script>")[0]
    assert named(json.loads(data)) == "dL/dw2[0, 0]"
    assert "the wiggle says 3" in kata("step", "lin_grad").stdout
    assert json.loads(kata("step", "lin_grad", "--json").stdout)["name"] == "lin_grad"
    folder = kata("step", "lin_grad", "--html", str(tmp_path))
    assert folder.exit_code == 1 and folder.stderr.count("\n") == 1


def test_it_is_walked_in_a_terminal(place, write):
    write("lin_grad", WRONG["lin_grad"][0])

    terminal = Terminal("step", "lin_grad", rows=24, KATA_EXERCISES=str(place.exercises))

    terminal.wait_for("dL/dw2[0, 0] = 1.5", "the wiggle says 3")
    terminal.press("\x1b[C").wait_for("19 of 34", "dL/dw2[1, 0]")
    terminal.press("s").wait_for("training step 1", "the loss falls")
    assert terminal.press("q").end() == 0


def test_a_notebook_s_own_functions_are_stepped_through():
    def mse_grad(inp, targ):
        inp.grad = -2 * (inp.squeeze(-1) - targ).unsqueeze(-1) / len(targ)

    shown = kata.step("mse_grad", {"mse_grad": mse_grad})

    assert "your mse_grad says 4; the wiggle says -4" in str(shown)
    assert "lin is not defined in this notebook yet" in str(shown)
    frame = shown._repr_html_()
    assert frame.startswith("<iframe") and "<script" not in frame and "&lt;script" in frame
    with pytest.raises(ValueError, match="did you mean mse_grad"):
        kata.step("mse_gard")
