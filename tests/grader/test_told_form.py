"""The form of a told solution: what an author may write, and what is said of a slip."""

import pytest
import torch

from kata.answers.load import load
from kata.diagnosis.model import Choice
from kata.diagnosis.shown import shown
from kata.diagnosis.told import assert_all_told, choosing, told_as
from kata.refusal import Broken

HEAD = "from kata.diagnosis.told import instead, told, wrong\n\n"


@pytest.fixture
def tell(tmp_path):
    """Load a file with this text; return a named part of it, and what is known of its sites."""

    def load_text(text, name="f"):
        path = tmp_path / "ch00_told.py"
        path.write_text(HEAD + text)
        value = vars(load(path, "recorded.ch00_told"))[name]
        return value, told_as(value)

    return load_text


def results(f, sites, *args):
    """What comes of nothing chosen, and then of each value of each site."""
    found = [f(*args)]
    for site in sites:
        for value in range(max(1, len(site.values))):
            with choosing({site.number: value}):
                found.append(f(*args))
    return found


def test_each_site_goes_wrong_when_it_is_chosen(tell):
    f, told = tell(
        "@told\ndef f(x):\n"
        "    if wrong('twice'):\n        x = 2 * x\n"
        "    if x > 0 and wrong('minus'):\n        x = -x\n"
        "    return 7 if wrong('seven') else x\n"
    )

    assert results(f, told.sites, 3) == [3, 6, -3, 7]
    assert [site.sentence for site in told.sites] == ["twice", "minus", "seven"]


def test_a_value_may_be_false_or_made_of_the_arguments_and_others_are_not_computed(tell):
    f, told = tell(
        "@told\ndef f(x):\n"
        "    if (c := wrong('c', 0, None, x + 1, lambda y: y, 1 / 0)) or c == 5:\n        x = c\n"
        "    return x\n"
    )

    found = []
    for value in range(4):
        with choosing({told.sites[0].number: value}):
            found.append(f(3))

    assert found[:3] == [0, None, 4]
    assert found[3](3) == 3


def test_an_idea_from_outside_is_marked_as_such(tell):
    f, told = tell(
        "import torch\n\n@told\ndef f(x):\n"
        "    if g := instead('another bend', torch.tanh, torch.sigmoid):\n        return g(x)\n"
        "    return x\n"
    )
    x = torch.ones(1)

    assert told.sites[0].is_outside
    assert results(f, told.sites, x) == [x, torch.tanh(x), torch.sigmoid(x)]


def test_the_sites_of_a_helper_and_of_a_class_s_methods_are_those_of_the_caller(tell):
    make, told = tell(
        "@told\ndef _twice(x):\n    if wrong('thrice'):\n        return 3 * x\n    return 2 * x\n\n"
        "@told\nclass C:\n    def __call__(self, x):\n        if wrong('minus'):\n"
        "            return -x\n        return _twice(x)\n",
        "C",
    )

    assert results(make(), told.all_sites, 1) == [2, 3, -1]


SLIPS = {
    "@told\ndef f(x):\n    return [wrong('a'), wrong('b')]\n": ":5: two sites on one line",
    "@told\ndef f(x):\n    return wrong()\n": ":5: a site takes its sentence",
    "@told\ndef f(x):\n    return wrong('a', *x)\n": ":5: a site takes its sentence",
    "@told\ndef f(x):\n    return x\n\ndef f(x):\n    return x\n": ":7: f is to be defined once",
}


@pytest.mark.parametrize(("text", "says"), SLIPS.items())
def test_a_slip_of_the_author_s_is_one_line_with_its_place(tell, text, says):
    with pytest.raises(Broken) as slip:
        tell(text)

    assert says in str(slip.value)
    assert "\n" not in str(slip.value)


def test_a_sentence_made_of_the_arguments_is_refused(tell):
    _, told = tell("@told\ndef f(x):\n    return wrong(x)\n")

    with pytest.raises(Broken, match=":5: its sentence cannot be read: name 'x' is not defined"):
        _ = told.sites[0].sentence


def test_a_site_outside_a_told_solution_is_refused(tell):
    _, told = tell("@told\ndef f(x):\n    return x\n\ndef g(x):\n    return wrong('a')\n")

    with pytest.raises(Broken, match=":8: this site stands outside a told solution"):
        assert_all_told(told.path)


def test_an_exercise_that_does_not_exist_is_named_with_those_like_it(tmp_path):
    path = tmp_path / "ch00_told.py"
    path.write_text(
        "from kata.diagnosis.told import probes\n\n@probes('reluu')\ndef f():\n    pass\n"
    )

    with pytest.raises(Broken, match="no exercise is called 'reluu'; did you mean relu"):
        load(path, "recorded.ch00_told")


def test_a_program_shown_keeps_every_name_that_a_line_sets(tell):
    _, told = tell(
        "@told\ndef f(x):\n"
        "    a = b = c, d = x, 2\n"
        "    if wrong('three'):\n        a = b = 3\n"
        "    return a, b, c, d\n"
    )
    names = {}
    exec(shown(told, [Choice("three", "three", told.sites[0])]), names)

    assert names["f"](1) == (3, 3, 1, 2)
