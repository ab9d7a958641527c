"""The net that writes: by hand, right, and learning."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from backprop import beside, book, writing
from backprop.own import Own
from kata.course import course, exercises

SMALL = writing.Settings(steps=150, size=16, t=32, m=32, heads=4, hidden=64)


@pytest.fixture(scope="module")
def lessons():
    return book.book_of(course().lessons)


@pytest.fixture(scope="module")
def own():
    return Own(course().solutions, ())


@pytest.fixture(scope="module")
def going(lessons, own):
    return writing.write(lessons, own, SMALL)


def counts(text, chars="ab"):
    return torch.tensor([chars.index(c) for c in text])


def test_no_autograd_is_used(lessons, own, monkeypatch):
    def refused(*args, **kwargs):
        raise AssertionError("autograd")

    for owner, name in ((torch.autograd, "grad"), (torch.autograd, "backward")):
        monkeypatch.setattr(owner, name, refused)
    monkeypatch.setattr(torch.Tensor, "backward", refused)
    monkeypatch.setattr(torch.Tensor, "requires_grad_", refused)

    found = writing.write(lessons, own, replace(SMALL, steps=2))

    assert not any(p.requires_grad for p in found.params)


def test_its_gradients_are_proven_by_chapter_11(own):
    assert beside.proven(own) == (15, 15)


def test_chapter_11_would_see_a_wrong_one(own, monkeypatch):
    right = own["writer_loss_and_grads"]

    def wrong(*args):
        loss, grads = right(*args)
        return loss, [*grads[:5], 1.01 * grads[5], *grads[6:]]

    monkeypatch.setitem(vars(own.module("ch21_writing")), "writer_loss_and_grads", wrong)

    assert beside.proven(own) == (14, 15)


def test_the_first_step_is_autograd_s(lessons, own):
    """In float32 both are off by some hundred roundings of 6e-8 each, relative to their length."""
    s = writing.Settings()

    found = beside.beside(own["writer_loss_and_grads"], *writing.first_step(lessons, s), s.heads)

    assert found.off < 1e-4


def test_it_learns_which_character_follows(going, lessons, own):
    """Without an idea, log 86 = 4.5 nats; how often each character occurs gives 3.0."""
    assert going.losses[0] > 4
    assert sum(going.losses[-20:]) / 20 < 2.85
    assert writing.unseen_loss(own, going.params, lessons, SMALL) < 2.85


def test_what_it_writes_is_the_same_at_each_call(going, lessons, own):
    first, second = (writing.seeded_sample(own, going.params, lessons, SMALL, 40) for _ in range(2))

    assert first == second
    assert len(first) == 40


def test_the_net_that_is_sampled_is_the_one_that_is_trained(lessons, own):
    params, ids, targ = writing.first_step(lessons, SMALL)
    out = writing.logits(own, params, ids, SMALL.heads)

    loss, _ = own["writer_loss_and_grads"](params, ids, targ, SMALL.heads)

    again = torch.nn.functional.cross_entropy(out.flatten(0, 1), targ.flatten())
    assert torch.allclose(loss, again, rtol=1e-5)


# --- the text -----------------------------------------------------------------------------------


def test_the_text_is_the_lessons_prose(lessons):
    text = lessons.text(lessons.learned.tolist())

    assert "gradient" in text
    assert not re.search(
        r"```|<!--|-->|</?\w+>|\$|\\frac|import torch|^difficulty", text, re.MULTILINE
    )


def test_what_is_kept_apart_is_not_learned_from(lessons):
    learned, unseen = (lessons.text(part.tolist()) for part in (lessons.learned, lessons.unseen))

    assert 0.05 < len(unseen) / len(learned) < 0.2
    assert all(line not in learned for line in unseen.splitlines())


def test_a_lesson_becomes_plain_lines():
    lesson = (
        "# A title that is long enough to be a line of its own here\n\n"
        "The *norm* of $x_i$ is `x.norm()`, as [the page](page.md) says for all of these.\n\n"
        "```python\nprint(1)\n```\n\n| a | table |\n\n$$\\frac{a}{b}$$\n"
    )

    assert book.prose(lesson) == [
        "A title that is long enough to be a line of its own here",
        "The norm of x_i is x.norm(), as the page says for all of these.",
    ]


def test_a_table_s_loss_is_that_of_its_mixed_counts():
    """After a: b 2 of 2, mixed with (2 + 2/2) / (4 + 2) = 1/2 of all; after b: a 1 of 1."""
    found = book.table_loss(book.Book("ab", counts("abab"), counts("abab")), order=2)

    after_a, after_b = (2 + 0.5) / 3, (1 + 0.5) / 2
    assert found == pytest.approx(-(2 * math.log(after_a) + math.log(after_b)) / 3)


def test_a_share_of_words_leaves_out_those_that_may_be_cut():
    assert book.share_of_words("nd the gradint of it a", {"the", "of", "it"}) == 3 / 4


# --- the last page ------------------------------------------------------------------------------


def test_the_last_page_names_an_exercise_in_each_line():
    lesson = (course().lessons / "ch21_writing.md").read_text("utf-8")
    table = lesson.split("## Looking back")[1]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]

    assert len(rows) >= 12
    for _, name, chapter in rows:
        assert exercises()[name].chapter.startswith(f"ch{int(chapter.rstrip(' |')):02}_")


def test_the_last_page_leaves_out_nothing_of_the_backward_pass():
    text = Path(course().solution_of("ch21_writing")).read_text("utf-8")
    page = (course().lessons / "ch21_writing.md").read_text("utf-8").split("## Looking back")[1]
    called = {name for name in exercises() if re.search(rf"\b{name}\(", text)}

    backward = {name for name in called if name.endswith("_grad") or "grad_matmul" in name}
    assert backward and all(f"| {name} |" in page for name in backward)
