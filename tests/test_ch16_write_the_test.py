"""Chapter 16: check_relu_grad, check_lin_grad.

The answer is a test. It is handed recorded right and wrong answers of chapter 6, and what it does
with each is compared with what is known of it.
"""

from textwrap import indent

from backprop import oracle
from backprop.candidates import AFTERWARDS, faults, remembering, right_ones, spoilt
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import OTHER_ERROR, RETURNS
from kata.checks.gradients import ADDS, KEPT, OVERWRITES
from kata.checks.random import empty_memory_is_nan
from kata.refusal import Refused


def leaf(tensor, records):
    return tensor.requires_grad_() if records else tensor


def assert_accepts_right_ones(check, exercise):
    for one, verdict in judged(check, right_ones(exercise)):
        if verdict != "accepts":
            error = check.attempt([one.text], via="writing_tests.reason").value
            raise Refused(f"it refuses a right {exercise}{shown(one)}\n  it raised {error}")


def assert_refuses(check, exercise, wrong_ones, hole):
    """Refuse a test that lets one of these pass. hole: what such a test leaves out."""
    for one, verdict in judged(check, wrong_ones):
        if verdict != "refuses":
            hole = AFTERWARDS if one.sentence in SPOILS_WHAT_IS_GIVEN else hole
            text = f"it lets a wrong {exercise} pass{shown(one)}\n  what is wrong: {one.sentence}"
            raise Refused(f"{text}\n  the hole: {hole}", otherwise=hole)


def of(sentence, wrong_ones):
    return [one for one in wrong_ones if one.sentence == sentence]


def judged(check, candidates):
    """Each candidate with what the check does with it: "accepts" or "refuses"."""
    assert candidates
    texts = [one.text for one in candidates]
    with empty_memory_is_nan():  # or what a test does not fill decides
        verdicts = check.attempt(texts, via="writing_tests.verdicts").value
    for one, verdict in zip(candidates, verdicts, strict=True):
        if verdict.startswith("returns"):
            raise Refused(f"it {verdict}; expected None, or an AssertionError", RETURNS)
        if verdict not in ("accepts", "refuses"):
            text = f"it raised {verdict}; expected an AssertionError or nothing{shown(one)}"
            raise Refused(text, OTHER_ERROR)
        yield one, verdict


def shown(one):
    program, _, _ = one.text.rpartition("\n\ncandidate = ")
    return f":\n{indent(program, '    ')}"


# what a test leaves out, a sentence for each
HIDDEN = (
    "Your test hides a wrong {}, by its numbers (ones, zeros, one row) or because it does not "
    "compare every element with what is right."
)
NO_PLACES = "Your test does not look at places: {} passes with its rows in reverse order."
NO_SHIFT = (
    "In none of your test's calls does a mask taken from out show: out is never shifted, or by one "
    "constant only."
)
NO_ZERO = "In none of your test's calls does it show what a function does where inp is exactly 0."
NO_SECOND_CALL = (
    "Your test never calls the function again on tensors that have a .grad from an earlier call."
)
NEVER_CHANGED = (
    "Your test never changes {} between two calls on the same tensors, so a .grad that the first "
    "call left there is right after the second one, too."
)
SAME_VALUES = (
    "{0} holds the same values in all calls of your test, so a function that goes by what it held "
    "in the first one passes."
)
REMEMBERS = "It goes by what {} held when it was called for the first time."
MISPLACED = "Its numbers are right, and they are in other rows than they belong to."

SPOILS_WHAT_IS_GIVEN = (IN_PLACE, *(OVERWRITES.format(name) for name in ("out", "inp", "w")))

# --- check_relu_grad ----------------------------------------------------------------------------


def bend(draw, records, shift=0.0, zeros=False):
    inp = draw(5, 4)
    if zeros:
        inp[::2, 1:3] = 0.0
    inp = leaf(inp, records)
    return {"inp": inp, "out": draw.with_grad(inp.relu() + shift)}


def plain(draw, records):
    yield bend(draw, records)


def shifted(draw, records):
    yield bend(draw, records, shift=-0.5)


def at_the_bend(draw, records):
    yield bend(draw, records, zeros=True)


def called_again(draw, records):
    yield bend(draw, records)
    args = bend(draw, records)
    draw.with_grad(args["inp"])
    yield args


def wrong_relu_grads(look):
    """The recorded mistakes that a look shows, and plain inputs do not."""
    ordinary = {} if look is plain else faults("relu_grad", plain, oracle.relu_grad)
    found = faults("relu_grad", look, oracle.relu_grad)
    return [one for one in found if one not in ordinary]


def test_check_relu_grad_accepts_every_right_answer(check_relu_grad):
    assert_accepts_right_ones(check_relu_grad, "relu_grad")


def test_check_relu_grad_refuses_what_is_wrong_for_ordinary_inputs(check_relu_grad):
    assert_refuses(check_relu_grad, "relu_grad", wrong_relu_grads(plain), HIDDEN.format("inp.grad"))


def test_check_relu_grad_refuses_right_numbers_in_the_wrong_places(check_relu_grad):
    misplaced = spoilt("relu_grad", 0, "grad.flip(0)", MISPLACED)

    assert_refuses(check_relu_grad, "relu_grad", [misplaced], NO_PLACES.format("inp.grad"))


def test_check_relu_grad_refuses_what_is_wrong_where_out_is_shifted(check_relu_grad):
    assert_refuses(check_relu_grad, "relu_grad", wrong_relu_grads(shifted), NO_SHIFT)


def test_check_relu_grad_refuses_what_is_wrong_where_inp_is_exactly_zero(check_relu_grad):
    assert_refuses(check_relu_grad, "relu_grad", wrong_relu_grads(at_the_bend), NO_ZERO)


def test_check_relu_grad_refuses_what_adds_to_an_earlier_grad(check_relu_grad):
    adds = of(ADDS, wrong_relu_grads(called_again))

    assert_refuses(check_relu_grad, "relu_grad", adds, NO_SECOND_CALL)


def test_check_relu_grad_refuses_what_leaves_an_earlier_grad(check_relu_grad):
    leaves = of(KEPT, wrong_relu_grads(called_again))

    assert_refuses(check_relu_grad, "relu_grad", leaves, NEVER_CHANGED.format("inp"))


def test_check_relu_grad_refuses_what_remembers_the_first_values_of_inp(check_relu_grad):
    remembers = remembering("relu_grad", 0, REMEMBERS.format("inp"))

    assert_refuses(check_relu_grad, "relu_grad", [remembers], SAME_VALUES.format("inp"))


# --- check_lin_grad -----------------------------------------------------------------------------


def layer(draw, records):
    inp, w, b = (leaf(draw(*shape), records) for shape in ((5, 4), (4, 3), (3,)))
    return {"inp": inp, "out": draw.with_grad(inp @ w + b), "w": w, "b": b}


def once(draw, records):
    yield layer(draw, records)


def twice(draw, records):
    yield layer(draw, records)
    args = layer(draw, records)
    for name in ("inp", "w", "b"):
        draw.with_grad(args[name])
    yield args


def wrong_lin_grads(*which):
    """The recorded mistakes with these faults and no others, as one call shows them."""
    found = faults("lin_grad", once, oracle.lin_grad)
    return [one for one, seen in found.items() if seen == set(which)]


def other_wrong_lin_grads():
    found = faults("lin_grad", once, oracle.lin_grad)
    one_alone = [{"inp"}, {"w"}, {"b"}]
    return [one for one, seen in found.items() if seen not in one_alone]


def lin_grads_wrong_in_a_second_call():
    found = faults("lin_grad", once, oracle.lin_grad)
    return [one for one in faults("lin_grad", twice, oracle.lin_grad) if one not in found]


def test_check_lin_grad_accepts_every_right_answer(check_lin_grad):
    assert_accepts_right_ones(check_lin_grad, "lin_grad")


def test_check_lin_grad_refuses_a_wrong_inp_grad(check_lin_grad):
    assert_refuses(check_lin_grad, "lin_grad", wrong_lin_grads("inp"), HIDDEN.format("inp.grad"))


def test_check_lin_grad_refuses_a_wrong_w_grad(check_lin_grad):
    assert_refuses(check_lin_grad, "lin_grad", wrong_lin_grads("w"), HIDDEN.format("w.grad"))


def test_check_lin_grad_refuses_a_wrong_b_grad(check_lin_grad):
    assert_refuses(check_lin_grad, "lin_grad", wrong_lin_grads("b"), HIDDEN.format("b.grad"))


def test_check_lin_grad_refuses_right_numbers_in_the_wrong_places(check_lin_grad):
    for i, name in ((0, "inp.grad"), (2, "w.grad"), (3, "b.grad")):
        misplaced = spoilt("lin_grad", i, "grad.flip(0)", MISPLACED)

        assert_refuses(check_lin_grad, "lin_grad", [misplaced], NO_PLACES.format(name))


def test_check_lin_grad_refuses_what_is_wrong_in_several_ways(check_lin_grad):
    any_of_three = HIDDEN.format("gradient")

    assert_refuses(check_lin_grad, "lin_grad", other_wrong_lin_grads(), any_of_three)


def test_check_lin_grad_refuses_what_adds_to_an_earlier_grad(check_lin_grad):
    adds = of(ADDS, lin_grads_wrong_in_a_second_call())

    assert_refuses(check_lin_grad, "lin_grad", adds, NO_SECOND_CALL)


def test_check_lin_grad_refuses_what_leaves_an_earlier_grad(check_lin_grad):
    leaves = of(KEPT, lin_grads_wrong_in_a_second_call())

    assert_refuses(check_lin_grad, "lin_grad", leaves, NEVER_CHANGED.format("inp or w"))


def test_check_lin_grad_refuses_what_remembers_the_first_values_of_inp_or_w(check_lin_grad):
    for i, name in ((0, "inp"), (2, "w")):
        remembers = remembering("lin_grad", i, REMEMBERS.format(name))

        assert_refuses(check_lin_grad, "lin_grad", [remembers], SAME_VALUES.format(name))
