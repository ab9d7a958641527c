"""What the grader asks, a stub says: a chapter of all its exercises, an exercise of its result."""

import ast
import inspect
import re

import pytest

from kata.answers.load import solution_to
from kata.course import chapters, course, exercises

# what the tests of a chapter use, and the words by which its opening docstring says so
SAYS = {
    r"LAYOUT": "memory layout",
    r"assert_(returns_|lists_)?at_home|assert_made_where|ASTRAY": "dtype and device",
    r"assert_differentiable|\.gradients\(": "differentiable",
    r"sets_(every_gradient_|its_gradients_)?anew": "overwrites",
    r"assert_(each_call|returns)_anew|assert_looks_again": "call stands for itself",
    r"AUTOGRAD|assert_backward|assert_returns\b|assert_full_pass\b": "by hand|without .*autograd",
    r"assert_all_of_it|assert_looks_at_all": "any size|whatever its size|whatever their size",
    r"LAYOUT|MAGNITUDE": "keeps? (its|their) (input'?s'? )?values",
    r"large logits|one_class_right|do_not_overflow|the_net_is_sure": "[Ll]ogits may be large",
}


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("chapter", chapters())
def test_a_chapter_says_what_its_tests_ask_of_every_exercise(chapter):
    tests = course().tests_of(chapter).read_text("utf-8")
    said = words(ast.get_docstring(ast.parse(course().solution_of(chapter).read_text("utf-8"))))

    missing = [w for asked, w in SAYS.items() if re.search(asked, tests) and not re.search(w, said)]

    assert missing == [], said


@pytest.mark.parametrize("asked", SAYS)
def test_what_is_looked_for_is_asked_by_some_chapter(asked):
    texts = [course().tests_of(chapter).read_text("utf-8") for chapter in chapters()]

    assert any(re.search(asked, text) for text in texts)


def plain_results():
    for name in exercises():
        solution = solution_to(name)
        found = str(inspect.signature(solution).return_annotation) if callable(solution) else ""
        if kind := re.search(r"\b(float|int|bool)\b", found):
            yield pytest.param(name, kind[1], id=name)


@pytest.mark.parametrize(("name", "kind"), list(plain_results()))
def test_an_exercise_says_that_its_result_is_python_s_own(name, kind):
    assert f"Python {kind}" in words(inspect.getdoc(solution_to(name)))
