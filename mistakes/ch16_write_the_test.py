"""Known wrong answers of chapter 16: tests that let wrong answers pass, or refuse right ones.

The probes hand over some answers to chapter 6. What a test says of each tells it from other tests.
Longer than other files, since a test can be blind in many ways.
"""

import torch
from ch01_checks import near

from backprop.candidates import AFTERWARDS, remembering, right_ones, spoilt, wrong_ones
from kata.checks.forward import OTHER_ERROR, RETURNS
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

SEES_NOTHING = "You call the function and look at nothing that it did, so every answer passes."
BLIND = (
    "Your test lets every answer pass that sets .grad at all: no value is asserted (`assert "
    "(condition, message)` asserts a pair, which is always true), or the AssertionError is "
    "caught."
)
ONES = "Your upstream gradient is all ones, so an answer that forgets to multiply by it passes."
FRESH = (
    "You call it once, or on new tensors each time. One that adds to a .grad, or keeps what "
    "an earlier call saw, is right in its first call."
)
REDUCED = (
    "You compare sums, means or norms, which are the same where the numbers are in the wrong "
    "places."
)
ANY = (
    "You are content when one element is right (any, or the least error), and all others may "
    "be wrong."
)
ITSELF = (
    "You compare the function with itself, what it set with what it set, so every answer agrees."
)
SIGNLESS = "You compare sizes without their signs (abs, square). A gradient's sign matters most."
LOOSE = (
    "Your tolerance is so large that wrong values pass. Rounding is off by some 1e-7 of the "
    "values in float32."
)
EXACT = (
    "You ask for exactly equal numbers. Another order of summation rounds differently and is "
    "just as right."
)
WANTS_RETURN = (
    "You look at what the function returns. It sets .grad and returns nothing, so you refuse every "
    "right answer."
)
SAME_AGAIN = (
    "You call it twice with the same numbers, so one that keeps what its first call set or "
    "saw is right again."
)
ZEROED = "You set .grad to zeros before each call, which hides that one adds to it."
FAINT = "Your numbers are so small that the tolerance swallows all faults (near's atol is 1e-5)."


def hand_over(exercise):
    """A probe: some right answers, the wrong ones, and some spoilt ones."""
    ways = ("grad.flip(0)", "-grad.flip(0)", "grad * float('nan')", "2 * grad", "1e6 * grad")
    gradients = (0,) if exercise == "relu_grad" else (0, 2, 3)
    texts = [one.text for one in right_ones(exercise)[:8]] + [
        one.text for one in wrong_ones(exercise)
    ]
    texts += [spoilt(exercise, i, way, "").text for way in ways for i in gradients]
    texts += [remembering(exercise, i, "").text for i in gradients[:2]]
    return Via(tuple(texts), "writing_tests.verdicts")


# --- check_relu_grad ----------------------------------------------------------------------------


@probes("check_relu_grad")
def check_relu_grad_probes(draw):
    yield hand_over("relu_grad")


NO_SHIFT = "out is a plain relu's in all your calls, so a mask taken from out passes."
ONE_SHIFT = (
    "out is shifted by one constant in all your calls, so a mask that suits this constant "
    "alone passes (out > -0.5)."
)
NO_ZERO = (
    "None of your inputs is exactly 0 (random numbers never are), and some answers are wrong "
    "only there."
)
PLAIN = (
    "You try ordinary inputs alone, and some answers are wrong only at the bend itself or "
    "where out is shifted."
)
POSITIVE = "All your inputs are positive, where relu lets everything through."
ONE_SIDE = (
    "You compare only where inp > 0, and not where a relu stops the gradient, which is half "
    "of what it does."
)
WRONG_BEND = (
    "Your own formula lets the gradient through where inp is exactly 0 (>=), so you refuse "
    "right answers."
)
WRONG_MASK = (
    "Your own formula takes the mask from out. With a shifted relu that is wrong, so you "
    "refuse right answers."
)
NO_CHAIN = "Your own formula leaves out the upstream gradient, so you refuse right answers."


SAME_VALUES = (
    "Your inputs hold the same numbers in each call, so a function that remembers what they held "
    "in the first one passes."
)


def same_numbers(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def bends(shifts=(0.0, -0.5), zeros=True, fresh=False, ones=False, make=torch.randn, zeroed=False):
    """The calls of a good test: yields inp and out, in the same tensor inp each time."""
    inp = torch.empty(20, 10)
    for shift in shifts:
        inp = torch.empty(20, 10) if fresh else inp
        inp.copy_(make(20, 10))
        if zeroed:
            inp.grad = torch.zeros_like(inp)
        if zeros:
            inp[::2, 1:3] = 0.0
        out = torch.relu(inp) + shift
        out.grad = torch.ones_like(out) if ones else torch.randn_like(out)
        yield inp, out


def relu_rule(inp, out):
    return torch.where(inp > 0, out.grad, 0.0)


def compare_all(a, b):
    assert near(a, b)  # no message: to lay out tensors takes longer than all else


def relu_test(compare=compare_all, rule=relu_rule, **how):
    """A test that compares in some way with some rule."""

    def check(relu_grad):
        for inp, out in bends(**how):
            expected = rule(inp, out)
            relu_grad(inp, out)
            compare(inp.grad, expected)

    return check


def wrong_relu_test(sentence, name, **how):
    check = relu_test(**how)
    check.__name__ = name
    return mistake("check_relu_grad", sentence)(check)


def compare_any(a, b):
    assert torch.isclose(a, b, rtol=1e-3, atol=1e-5).any()


def compare_sum(a, b):
    assert near(a.sum(), b.sum())


def compare_norm(a, b):
    assert near(a.norm(), b.norm())


def compare_abs(a, b):
    assert near(a.abs(), b.abs())


def compare_loosely(a, b):
    assert torch.allclose(a, b, atol=10.0)


def compare_hardly(a, b):
    assert torch.allclose(a, b, rtol=1.0, atol=20.0)


def compare_shapes(a, b):
    assert a.shape == b.shape


def compare_tuple(a, b):
    assert (near(a, b), "the gradient is wrong")  # noqa: F631


def compare_exactly(a, b):
    assert torch.equal(a, b)


def compare_unasserted(a, b):
    near(a, b)


def compare_by_value_error(a, b):
    if not near(a, b):
        raise ValueError("the gradient is wrong")


def compare_with_itself(a, b):
    assert near(a, a)


relu_sum = wrong_relu_test(REDUCED, "relu_sum", compare=compare_sum)
relu_norm = wrong_relu_test(REDUCED, "relu_norm", compare=compare_norm)
relu_any = wrong_relu_test(ANY, "relu_any", compare=compare_any)
relu_abs = wrong_relu_test(SIGNLESS, "relu_abs", compare=compare_abs)
relu_loose = wrong_relu_test(LOOSE, "relu_loose", compare=compare_loosely)
relu_unasserted = wrong_relu_test(BLIND, "relu_unasserted", compare=compare_unasserted)
relu_shapes = wrong_relu_test(BLIND, "relu_shapes", compare=compare_shapes)
relu_value_error = wrong_relu_test(OTHER_ERROR, "relu_value_error", compare=compare_by_value_error)
relu_itself = wrong_relu_test(ITSELF, "relu_itself", compare=compare_with_itself)
relu_unshifted = wrong_relu_test(NO_SHIFT, "relu_unshifted", shifts=(0.0, 0.0))
relu_one_shift = wrong_relu_test(ONE_SHIFT, "relu_one_shift", shifts=(-0.5, -0.5))
relu_no_zeros = wrong_relu_test(NO_ZERO, "relu_no_zeros", zeros=False)
relu_plain = wrong_relu_test(PLAIN, "relu_plain", zeros=False, shifts=(0.0, 0.0))
relu_upstream_of_ones = wrong_relu_test(ONES, "relu_upstream_of_ones", ones=True)
relu_once = wrong_relu_test(FRESH, "relu_once", shifts=(-0.5,))
relu_fresh = wrong_relu_test(FRESH, "relu_fresh", fresh=True)
relu_positive = wrong_relu_test(POSITIVE, "relu_positive", make=torch.rand, zeros=False)
relu_bend = wrong_relu_test(
    WRONG_BEND, "relu_bend", rule=lambda inp, out: torch.where(inp >= 0, out.grad, 0.0)
)
relu_mask = wrong_relu_test(
    WRONG_MASK, "relu_mask", rule=lambda inp, out: torch.where(out > 0, out.grad, 0.0)
)
relu_no_chain = wrong_relu_test(NO_CHAIN, "relu_no_chain", rule=lambda inp, out: (inp > 0) * 1.0)
relu_same_numbers = wrong_relu_test(SAME_VALUES, "relu_same_numbers", make=same_numbers)
relu_zeroed = wrong_relu_test(ZEROED, "relu_zeroed", zeroed=True)


@mistake("check_relu_grad", SAME_AGAIN)
def relu_same_again(relu_grad):
    for inp, out in bends(fresh=True):
        expected = relu_rule(inp, out)
        for _ in range(2):
            relu_grad(inp, out)
            assert near(inp.grad, expected)


@mistake(
    "check_relu_grad",
    "When you call it, inp.grad holds the right answer already (autograd's), "
    "so one that sets nothing passes.",
)
def relu_after_autograd(relu_grad):
    for inp, out in bends(fresh=True):
        expected = relu_rule(inp, out)
        inp.grad = expected.clone()
        relu_grad(inp, out)
        assert near(inp.grad, expected)


@mistake("check_relu_grad", SEES_NOTHING)
def relu_nothing(relu_grad):
    for inp, out in bends():
        relu_grad(inp, out)


@mistake("check_relu_grad", SEES_NOTHING)
def relu_not_called(relu_grad):
    pass


@mistake("check_relu_grad", ONE_SIDE)
def relu_one_side(relu_grad):
    for inp, out in bends():
        expected = out.grad[inp > 0]
        relu_grad(inp, out)
        assert near(inp.grad[inp > 0], expected)


@mistake("check_relu_grad", RETURNS)
def relu_says_so(relu_grad):
    good = []
    for inp, out in bends():
        expected = relu_rule(inp, out)
        relu_grad(inp, out)
        good.append(inp.grad is not None and near(inp.grad, expected))
    return all(good)


@mistake("check_relu_grad", WANTS_RETURN)
def relu_wants_a_return(relu_grad):
    for inp, out in bends():
        expected = relu_rule(inp, out)
        assert near(relu_grad(inp, out), expected)


@mistake("check_relu_grad", WANTS_RETURN)
def relu_wants_not_none(relu_grad):
    for inp, out in bends():
        assert relu_grad(inp, out) is not None


# --- check_lin_grad -----------------------------------------------------------------------------


@probes("check_lin_grad")
def check_lin_grad_probes(draw):
    yield hand_over("lin_grad")


ONE_ROW = "Your batch has one row, where the sum over the rows is the mean and the only row."
NO_INP = "You never look at inp.grad, which the layer below needs, so any will do."
NO_W = "You never look at w.grad, so any will do."
NO_B = "You never look at b.grad, so any will do."
EYE = "Your w is the identity, which equals its transpose and changes nothing."
MEANS = (
    "Your own formula takes means over the rows, so you refuse right answers. The 1/n already "
    "sits in mse_grad."
)
REFUSES_ALL = (
    "You refuse every answer, the right ones, too. Your own formula may be off, in its values "
    "or its shape, or you raise an error in any case."
)
PRESET = (
    "All your tensors have a .grad before the first call, so an answer that only works on one "
    "that is there (zero_, +=) passes."
)
SYMMETRIC = "Your w is symmetric, so an answer that forgets to transpose it passes."
FRESH_ONES = (
    "You make new tensors for some of w and b in each call, and one that adds to a .grad is "
    "right on new tensors."
)
ZEROS = "Your tensors are all zeros, and so is every gradient, right or wrong."
SAME_NUMBERS = (
    "Your tensors hold the same number everywhere, so it does not matter which elements are "
    "multiplied, or in which order."
)


def layers(
    sizes=(5, 4, 3),
    times=2,
    fresh=(),
    preset=0,
    upstream=torch.randn_like,
    make=torch.randn,
    dtype=torch.float32,
):
    """The calls of a good test, in the same tensors each time. preset: the calls with a .grad."""
    n, m, o = sizes
    tensors = [torch.empty(shape, dtype=dtype) for shape in ((n, m), (m, o), (o,))]
    for call in range(times):
        for i in fresh:
            tensors[i] = torch.empty_like(tensors[i])
        for tensor in tensors:
            tensor.copy_(make(*tensor.shape))
            if call < preset:
                tensor.grad = torch.zeros_like(tensor)
        inp, w, b = tensors
        out = inp @ w + b
        out.grad = upstream(out)
        yield inp, out, w, b


def lin_rule(inp, out, w, b):
    return out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)


def wrong_lin_test(
    sentence, name, compare=compare_all, rule=lin_rule, looks=(0, 1, 2), late=False, **how
):
    """Record a test that compares some of the three gradients in some way with some rule.

    late: it works out what is right after the call.
    """

    def check(lin_grad):
        for args in layers(**how):
            expected = rule(*args)
            lin_grad(*args)
            expected = rule(*args) if late else expected
            inp, _, w, b = args
            for i in looks:
                compare((inp, w, b)[i].grad, expected[i])

    check.__name__ = name
    return mistake("check_lin_grad", sentence)(check)


def symmetric_where_square(*shape):
    numbers = torch.randn(shape)
    return numbers + numbers.t() if shape == (4, 4) else numbers


def mean_rule(inp, out, w, b):
    return out.grad @ w.t(), inp.t() @ out.grad / len(inp), out.grad.mean(0)


def transposed_rule(inp, out, w, b):
    return out.grad @ w.t(), out.grad.t() @ inp, out.grad.sum(0)


lin_sum = wrong_lin_test(REDUCED, "lin_sum", compare=compare_sum)
lin_norm = wrong_lin_test(REDUCED, "lin_norm", compare=compare_norm)
lin_any = wrong_lin_test(ANY, "lin_any", compare=compare_any)
lin_abs = wrong_lin_test(SIGNLESS, "lin_abs", compare=compare_abs)
lin_loose = wrong_lin_test(LOOSE, "lin_loose", compare=compare_loosely)
lin_exact = wrong_lin_test(EXACT, "lin_exact", compare=compare_exactly)
lin_shapes = wrong_lin_test(BLIND, "lin_shapes", compare=compare_shapes)
lin_tuple = wrong_lin_test(BLIND, "lin_tuple", compare=compare_tuple)
lin_value_error = wrong_lin_test(OTHER_ERROR, "lin_value_error", compare=compare_by_value_error)
lin_itself = wrong_lin_test(ITSELF, "lin_itself", compare=compare_with_itself)
lin_without_inp = wrong_lin_test(NO_INP, "lin_without_inp", looks=(1, 2))
lin_without_w = wrong_lin_test(NO_W, "lin_without_w", looks=(0, 2))
lin_without_b = wrong_lin_test(NO_B, "lin_without_b", looks=(0, 1))
lin_upstream_of_ones = wrong_lin_test(ONES, "lin_upstream_of_ones", upstream=torch.ones_like)
lin_one_row = wrong_lin_test(ONE_ROW, "lin_one_row", sizes=(1, 4, 3))
lin_once = wrong_lin_test(FRESH, "lin_once", times=1)
lin_fresh = wrong_lin_test(FRESH, "lin_fresh", fresh=(0, 1, 2))
lin_fresh_b = wrong_lin_test(FRESH_ONES, "lin_fresh_b", fresh=(2,))
lin_fresh_w_and_b = wrong_lin_test(FRESH_ONES, "lin_fresh_w_and_b", fresh=(1, 2))
lin_same_numbers = wrong_lin_test(SAME_VALUES, "lin_same_numbers", make=same_numbers)
lin_symmetric = wrong_lin_test(
    SYMMETRIC, "lin_symmetric", sizes=(5, 4, 4), make=symmetric_where_square
)
lin_preset = wrong_lin_test(PRESET, "lin_preset", preset=1)
lin_zeroed = wrong_lin_test(ZEROED, "lin_zeroed", preset=2)
lin_faint = wrong_lin_test(
    FAINT,
    "lin_faint",
    make=lambda *shape: 1e-4 * torch.randn(shape),
    upstream=lambda out: 1e-6 * torch.randn_like(out),
)
lin_swamped = wrong_lin_test(LOOSE, "lin_swamped", compare=compare_hardly)
lin_without_inp_late = wrong_lin_test(NO_INP, "lin_without_inp_late", looks=(1, 2), late=True)
lin_without_w_late = wrong_lin_test(NO_W, "lin_without_w_late", looks=(0, 2), late=True)
lin_without_b_late = wrong_lin_test(NO_B, "lin_without_b_late", looks=(0, 1), late=True)
lin_fresh_late = wrong_lin_test(FRESH, "lin_fresh_late", fresh=(0, 1, 2), late=True)
lin_once_late = wrong_lin_test(FRESH, "lin_once_late", times=1, late=True)
lin_ones_late = wrong_lin_test(ONES, "lin_ones_late", upstream=torch.ones_like, late=True)
lin_exact_doubles = wrong_lin_test(
    EXACT, "lin_exact_doubles", compare=compare_exactly, dtype=torch.float64
)
lin_exact_large = wrong_lin_test(
    EXACT, "lin_exact_large", compare=compare_exactly, sizes=(50, 40, 30)
)
lin_exact_large_doubles = wrong_lin_test(
    EXACT,
    "lin_exact_large_doubles",
    compare=compare_exactly,
    sizes=(50, 40, 30),
    dtype=torch.float64,
)
lin_of_zeros = wrong_lin_test(ZEROS, "lin_of_zeros", make=torch.zeros)
lin_of_ones = wrong_lin_test(SAME_NUMBERS, "lin_of_ones", make=torch.ones)
lin_means = wrong_lin_test(MEANS, "lin_means", rule=mean_rule)
lin_refuses_all = wrong_lin_test(
    REFUSES_ALL, "lin_refuses_all", rule=lambda *args: [grad + 1 for grad in lin_rule(*args)]
)
lin_transposed = wrong_lin_test(REFUSES_ALL, "lin_transposed", rule=transposed_rule)


@mistake("check_lin_grad", SEES_NOTHING)
def lin_nothing(lin_grad):
    for args in layers():
        lin_grad(*args)


@mistake("check_lin_grad", AFTERWARDS)
def lin_afterwards(lin_grad):
    for inp, out, w, b in layers():
        lin_grad(inp, out, w, b)
        expected = lin_rule(inp, out, w, b)
        for tensor, grad in zip((inp, w, b), expected, strict=True):
            assert near(tensor.grad, grad)


@mistake("check_lin_grad", EYE)
def lin_identity(lin_grad):
    inp, b, w = torch.empty(5, 4), torch.empty(4), torch.eye(4)
    for _ in range(2):
        inp.normal_()
        out = inp @ w + b.normal_()
        out.grad = torch.randn_like(out)
        expected = lin_rule(inp, out, w, b)
        lin_grad(inp, out, w, b)
        for tensor, grad in zip((inp, w, b), expected, strict=True):
            assert near(tensor.grad, grad)


@mistake(
    "check_lin_grad",
    "You are content when one of the three gradients is right (any, or), and "
    "the others may be wrong.",
)
def lin_any_of_three(lin_grad):
    for inp, out, w, b in layers():
        expected = lin_rule(inp, out, w, b)
        lin_grad(inp, out, w, b)
        pairs = zip((inp, w, b), expected, strict=True)
        assert any(near(tensor.grad, grad) for tensor, grad in pairs)


@mistake("check_lin_grad", SAME_AGAIN)
def lin_same_again(lin_grad):
    for args in layers(times=1):
        expected = lin_rule(*args)
        for _ in range(2):
            lin_grad(*args)
            for tensor, grad in zip((args[0], *args[2:]), expected, strict=True):
                assert near(tensor.grad, grad)


@mistake("check_lin_grad", RETURNS)
def lin_says_so(lin_grad):
    good = []
    for inp, out, w, b in layers():
        expected = lin_rule(inp, out, w, b)
        lin_grad(inp, out, w, b)
        for tensor, grad in zip((inp, w, b), expected, strict=True):
            good.append(tensor.grad is not None and near(tensor.grad, grad))
    return all(good)


@mistake("check_lin_grad", BLIND)
def lin_swallows(lin_grad):
    try:
        for inp, out, w, b in layers():
            expected = lin_rule(inp, out, w, b)
            lin_grad(inp, out, w, b)
            for tensor, grad in zip((inp, w, b), expected, strict=True):
                assert near(tensor.grad, grad)
    except AssertionError:
        pass


@mistake("check_lin_grad", WANTS_RETURN)
def lin_wants_a_return(lin_grad):
    for args in layers():
        for got, grad in zip(lin_grad(*args), lin_rule(*args), strict=True):
            assert near(got, grad)
