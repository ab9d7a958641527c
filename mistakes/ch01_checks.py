"""Known wrong answers of chapter 1, each with the sentence a kind teacher would say.

A wrong way to compare is wrong in near and in an assert_near alike, so it is recorded for both.
Longer than other files, since there are many ways to compare two tensors almost rightly.
"""

import math

import numpy as np
import torch

from kata.checks.forward import BOOL_TENSOR, ELEMENTWISE, OTHER_ERROR, RAISES, RETURNS, UNSEEN
from kata.diagnosis.recorded import mistake, probes

inf, nan = math.inf, math.nan

# --- near, and the comparison within assert_near ----------------------------------------------

# In each pair the mistakes on one line of thought part ways.
PAIRS = [
    ([2.0], [1.0]),
    ([1.0], [2.0]),
    ([-1.0005, -3.0], [-1.0, -3.0]),
    ([1.0, 1.0, 1.0, 2.0], [1.0] * 4),
    ([2.0, 1.0, 1.0, 1.0], [1.0] * 4),
    ([1.0] * 19 + [2.0], [1.0] * 20),
    ([1.0, 2.0, 1.0, 1.0], [2.0, 1.0, 3.0, 4.0]),
    ([3.0, 1.0], [1.0, 3.0]),
    ([1.0, -1.0], [2.0, -2.0]),
    ([1.0, 1.0], [-1.0, 1.0]),
    ([1000.0, 0.0], [1000.0, 1e-3]),
    ([1000.0, 1.01], [1000.0, 1.0]),
    ([1.0, 1.0, 1.0, 1.0015], [1.0] * 4),
    ([1.0, 1.0, 1.0, 1.003], [1.0] * 4),
    ([0.500006], [0.500014]),
    ([[1.0, 2.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]),
    ([0.8e-5] * 4, [0.0] * 4),
    ([0.8e-3] * 4, [0.0] * 4),
    # absolute tolerance
    ([0.5e-8], [0.0]),
    ([0.5e-7], [0.0]),
    ([0.5e-6], [0.0]),
    ([0.8e-5], [0.0]),
    ([1.2e-5], [0.0]),
    ([0.5e-4], [0.0]),
    ([0.5e-3], [0.0]),
    ([0.5e-2], [0.0]),
    # relative tolerance
    ([1000.0005], [1000.0]),
    ([1000.008], [1000.0]),
    ([1000.05], [1000.0]),
    ([1000.8], [1000.0]),
    ([1001.2], [1000.0]),
    ([1005.0], [1000.0]),
    ([1050.0], [1000.0]),
    # their sum, relative to b
    ([0.010015], [0.01]),
    ([1000.0], [1001.0005]),
    ([1001.0005], [1000.0]),
    ([1001.0008], [1000.0]),
    # not finite
    ([nan], [nan]),
    ([nan], [0.0]),
    ([1.0, nan], [1.0, 2.0]),
    ([inf], [inf]),
    ([inf], [-inf]),
    ([1.0], [inf]),
]


@probes("near")
def near_probes(draw):
    if draw.dtype == torch.float64:
        yield draw(2, 3), draw(2, 3)
        yield torch.tensor([1e-9, 1.0], dtype=draw.dtype), torch.tensor([0, 1], dtype=draw.dtype)
        return
    for a, b in PAIRS:
        yield torch.tensor(a), torch.tensor(b)
    x = draw(2, 3)
    yield x, x.clone()
    yield x, x.flip(0)
    yield x[0, 0], x[0, 0].clone()
    yield x[0, 0], x[0, 1]
    own = torch.tensor([nan, 1.0])
    yield own, own


@probes("assert_near")
def assert_near_probes(draw):
    yield from near_probes(draw)


def condition(sentence):
    """Record a wrong way to compare for near, and for an assert_near that relies on it."""

    def record(wrong):
        def asserting(a, b):
            assert wrong(a, b), f"{a} is not near {b}"

        asserting.__name__ = f"assert_{wrong.__name__}"
        globals()[asserting.__name__] = mistake("assert_near", sentence)(asserting)
        return mistake("near", sentence)(wrong)

    return record


def tolerance(b):
    return 1e-5 + 1e-3 * b.abs()


DEFAULTS = (
    "You leave the comparison at its own tolerances, which are much smaller (allclose: rtol 1e-5, "
    "atol 1e-8). Asked for are rtol=1e-3 and atol=1e-5."
)
SWAPPED = (
    "You swap the two tolerances. The relative one, which is multiplied by |b|, is rtol=1e-3; the "
    "absolute one is atol=1e-5."
)
ATOL_DEFAULT = (
    "You set rtol and leave atol at the library's own, which is much smaller. Asked for is "
    "atol=1e-5 as well."
)
RTOL_DEFAULT = (
    "Your relative tolerance is 1e-5, which is also what allclose takes where none is named. Asked "
    "for is rtol=1e-3, and atol=1e-5."
)
NO_ATOL = (
    "Your tolerance has no absolute part (nor has a quotient such as |a - b| / |b|). Where b is 0 "
    "hardly anything is near then: the tolerance is 1e-5 + 1e-3 |b|."
)
NO_RTOL = (
    "Your tolerance has no relative part. Rounding grows with the numbers, and so must the "
    "tolerance: add 1e-3 |b| to it."
)
ONE_FOR_BOTH_LOOSE = (
    "You use 1e-3 for both tolerances. Only the relative one is 1e-3; the absolute one is 1e-5."
)
ONLY_1E3 = (
    "You compare |a - b| with 1e-3, whatever b is. The tolerance is 1e-5 + 1e-3 |b|, element by "
    "element."
)
OTHER_RTOL = "Your relative tolerance is not the one asked for, rtol = 1e-3 (a thousandth of |b|)."
OTHER_ATOL = "Your absolute tolerance is not the one asked for, atol = 1e-5."
OTHER_TOLERANCES = "Neither of your tolerances is the one asked for: rtol = 1e-3 and atol = 1e-5."
RELATIVE_TO_A = (
    "Your tolerance is relative to a. It belongs to b, the trusted one: 1e-3 |b| (torch.allclose "
    "takes it from its second argument)."
)
RELATIVE_TO_LARGER = (
    "Your tolerance is relative to the larger of |a| and |b|. It belongs to b alone, the trusted "
    "one: 1e-3 |b|."
)
RELATIVE_TO_SMALLER = (
    "Your tolerance is relative to the smaller of |a| and |b|. It belongs to b alone, the trusted "
    "one: 1e-3 |b|."
)
RELATIVE_TO_BOTH = (
    "Your tolerance is relative to a and b together. It belongs to b alone, the trusted one: "
    "1e-3 |b|."
)
LARGER_PART = (
    "You take the larger of the absolute and the relative tolerance (as math.isclose and "
    "pytest.approx do). torch.allclose adds the two: 1e-5 + 1e-3 |b|."
)
SMALLER_PART = (
    "You ask for both tolerances at once, so the smaller one decides. torch.allclose adds the two: "
    "1e-5 + 1e-3 |b|."
)
PRODUCT = "You multiply the two tolerances. They are added: 1e-5 + 1e-3 |b|."
NO_ABS = (
    "You do not take the absolute value of a - b, so any a far below b counts as near. It is "
    "|a - b|."
)
B_MINUS_A_NO_ABS = (
    "You do not take the absolute value of b - a, so any a far above b counts as near. It is "
    "|a - b|."
)
B_NO_ABS = (
    "Your tolerance has 1e-3 b where it needs 1e-3 |b|. With a negative b it shrinks below zero, "
    "and nothing is near."
)
ANY = (
    "You are content when any one element is near (any). All of them must be: one wrong element "
    "makes a wrong result."
)
EXACT = (
    "You ask for equal values. Floating-point results are hardly ever equal to the last bit: allow "
    "|a - b| up to 1e-5 + 1e-3 |b|."
)
MEAN = (
    "You compare the mean (or sum) of the differences, or of their squares, with the tolerance. "
    "One element far off is hidden among the others then: compare each element, then ask for all."
)
AGGREGATE = (
    "You compare a and b by their sums or means. Different tensors can have equal sums: compare "
    "each element, then ask for all."
)
NORM = (
    "You compare the norm of a - b with the norm of b. A small element far off is hidden by large "
    "ones then: compare each element with its own tolerance."
)
NORM_FIXED = (
    "You compare the norm of a - b with a fixed number, whatever b is. The "
    "tolerance is 1e-5 + 1e-3 |b|, element by element."
)
OWN_WAY = (
    "Your measure (an angle, half precision) is not the one asked for. near means "
    "|a - b| <= 1e-5 + 1e-3 |b| in every element."
)
SIGNS_CANCEL = (
    "You add up a - b with its signs, so differences cancel. Take |a - b| of each element, then "
    "ask for all."
)
LARGEST = (
    "You compare with one tolerance for all elements, from the largest of |b|. Each element has a "
    "tolerance of its own: 1e-5 + 1e-3 |b|."
)
SORTED = "You sort before you compare. Each element has its partner at its own place in the other."
FIRST = "You look at the first element only. All of them must be near."
LAST = "You look at the last element only. All of them must be near."
ALL_BUT_ONE = "You forgive some elements, as long as most are near. All of them must be."
NAN_NEAR_NAN = (
    "You let NaN be near NaN (equal_nan). NaN marks a result that is no number, and no check may "
    "let it pass."
)
NAN_DROPPED = (
    "You take NaN for a number (nan_to_num, or you leave it out). NaN is near nothing: a result "
    "with NaN must fail."
)
NAN_PASSES = (
    "Your test looks for a difference that is too large, and NaN is never larger than anything. So "
    "NaN passes: ask whether all differences are small enough instead."
)
SAME_OBJECT = (
    "You find a tensor near itself without looking into it (a is b). It may hold NaN, which is "
    "near nothing."
)
INF_MINUS_INF = (
    "inf - inf is NaN, and inf <= inf is true: by your formula equal infinities are not near, and "
    "every number is near infinity. Ask for a == b, or for a finite difference (torch.allclose "
    "does both)."
)
INF_ALL_NEAR = (
    "Where b is infinite your tolerance is, too, and every number lies within it. Only an equal "
    "infinity is near (torch.allclose sees to that)."
)
INF_NEVER = (
    "You refuse infinities. Equal infinities are near: ask for a == b where the difference is not "
    "finite."
)
INVERTED = "You have it upside down: it is true when a and b differ, and false when they are near."
ALWAYS = (
    "It finds everything near: the comparison has no effect. (A tensor or function object that is "
    "not called, or a text in brackets, always counts as true.)"
)
NEVER = "It finds nothing near, not even equal values."
SIGN_LOST = "You compare |a| with |b|, so a and -a count as near. Compare a with b: |a - b|."
ROUNDED = (
    "You round before you compare. Two numbers can round apart however close they are: compare "
    "|a - b| with the tolerance."
)
SCALAR_ONLY = (
    "Your code works for one number only; a and b are tensors of any shape. Compare element by "
    "element, then ask for all."
)
AMBIGUOUS = (
    "You ask for the truth of a tensor with several elements, which torch does not answer. Compare "
    "element by element, then ask for .all() of them."
)
NOT_ZERO_D = (
    "Your code needs an axis (len, an index or a for loop), and a tensor of one number, 0-d, has "
    "none. Torch's own operations work for any number of axes."
)
ONE_AXIS = (
    "Your code works for one axis only; a and b are tensors of any shape. Torch's own operations, "
    "and .all() at the end, work for any number of axes."
)


@condition(DEFAULTS)
def allclose_defaults(a, b):
    return torch.allclose(a, b)


@condition(DEFAULTS)
def numpy_defaults(a, b):
    return bool(np.allclose(a.numpy(), b.numpy()))


@condition(SWAPPED)
def swapped_tolerances(a, b):
    return torch.allclose(a, b, rtol=1e-5, atol=1e-3)


@condition(ATOL_DEFAULT)
def atol_default(a, b):
    return torch.allclose(a, b, rtol=1e-3)


@condition(RTOL_DEFAULT)
def rtol_default(a, b):
    return torch.allclose(a, b, atol=1e-5)


@condition(NO_ATOL)
def without_atol(a, b):
    return torch.allclose(a, b, rtol=1e-3, atol=0)


@condition(NO_ATOL)
def without_atol_by_hand(a, b):
    return bool(((a - b).abs() <= 1e-3 * b.abs()).all())


@condition(NO_ATOL)
def without_atol_strictly(a, b):
    return bool(((a - b).abs() < 1e-3 * b.abs()).all())


@condition(NO_RTOL)
def without_rtol(a, b):
    return torch.allclose(a, b, rtol=0, atol=1e-5)


@condition(NO_RTOL)
def without_rtol_by_hand(a, b):
    return bool(((a - b).abs() <= 1e-5).all())


@condition(ONLY_1E3)
def thousandth_absolute(a, b):
    return bool(((a - b).abs() < 1e-3).all())


@condition(ONLY_1E3)
def thousandth_absolute_allclose(a, b):
    return torch.allclose(a, b, rtol=0, atol=1e-3)


@condition(ONE_FOR_BOTH_LOOSE)
def thousandth_for_both(a, b):
    return torch.allclose(a, b, rtol=1e-3, atol=1e-3)


@condition(RTOL_DEFAULT)
def hundred_thousandth_for_both(a, b):
    return torch.allclose(a, b, rtol=1e-5, atol=1e-5)


def with_tolerances(name, sentence, rtol, atol):
    def compare(a, b):
        return torch.allclose(a, b, rtol=rtol, atol=atol)

    compare.__name__ = name
    return condition(sentence)(compare)


def by_hand(name, sentence, rtol, atol):
    def compare(a, b):
        return bool(((a - b).abs() <= atol + rtol * b.abs()).all())

    compare.__name__ = name
    return condition(sentence)(compare)


swapped_by_hand = by_hand("swapped_by_hand", SWAPPED, 1e-5, 1e-3)
loose_by_hand = by_hand("loose_by_hand", ONE_FOR_BOTH_LOOSE, 1e-3, 1e-3)
strict_by_hand = by_hand("strict_by_hand", RTOL_DEFAULT, 1e-5, 1e-5)
defaults_by_hand = by_hand("defaults_by_hand", DEFAULTS, 1e-5, 1e-8)
rtol_e1 = with_tolerances("rtol_e1", OTHER_RTOL, 1e-1, 1e-5)
rtol_e2 = with_tolerances("rtol_e2", OTHER_RTOL, 1e-2, 1e-5)
rtol_e4 = with_tolerances("rtol_e4", OTHER_RTOL, 1e-4, 1e-5)
atol_e2 = with_tolerances("atol_e2", OTHER_ATOL, 1e-3, 1e-2)
atol_e4 = with_tolerances("atol_e4", OTHER_ATOL, 1e-3, 1e-4)
atol_e6 = with_tolerances("atol_e6", OTHER_ATOL, 1e-3, 1e-6)
atol_e7 = with_tolerances("atol_e7", OTHER_ATOL, 1e-3, 1e-7)
atol_e9 = with_tolerances("atol_e9", OTHER_ATOL, 1e-3, 1e-9)
both_e2 = with_tolerances("both_e2", OTHER_TOLERANCES, 1e-2, 1e-2)
both_e4 = with_tolerances("both_e4", OTHER_TOLERANCES, 1e-4, 1e-4)
both_e6 = with_tolerances("both_e6", OTHER_TOLERANCES, 1e-6, 1e-6)
e2_and_e3 = with_tolerances("e2_and_e3", OTHER_TOLERANCES, 1e-2, 1e-3)
e2_and_e4 = with_tolerances("e2_and_e4", OTHER_TOLERANCES, 1e-2, 1e-4)
e4_and_e6 = with_tolerances("e4_and_e6", OTHER_TOLERANCES, 1e-4, 1e-6)
e5_and_e7 = with_tolerances("e5_and_e7", OTHER_TOLERANCES, 1e-5, 1e-7)


@condition(RELATIVE_TO_A)
def relative_to_a(a, b):
    return torch.allclose(b, a, rtol=1e-3, atol=1e-5)


@condition(RELATIVE_TO_A)
def relative_to_a_by_hand(a, b):
    return bool(((a - b).abs() <= 1e-5 + 1e-3 * a.abs()).all())


@condition(RELATIVE_TO_LARGER)
def relative_to_larger(a, b):
    close = (a - b).abs() <= 1e-5 + 1e-3 * torch.maximum(a.abs(), b.abs())
    return bool((close & (a - b).isfinite() | (a == b)).all())


@condition(RELATIVE_TO_LARGER)
def relative_to_larger_by_hand(a, b):
    return bool(((a - b).abs() <= 1e-5 + 1e-3 * torch.maximum(a.abs(), b.abs())).all())


@condition(RELATIVE_TO_LARGER)
def either_way(a, b):
    return torch.allclose(a, b, 1e-3, 1e-5) or torch.allclose(b, a, 1e-3, 1e-5)


@condition(RELATIVE_TO_SMALLER)
def both_ways(a, b):
    return torch.allclose(a, b, 1e-3, 1e-5) and torch.allclose(b, a, 1e-3, 1e-5)


@condition(RELATIVE_TO_SMALLER)
def relative_to_smaller_by_hand(a, b):
    return bool(((a - b).abs() <= 1e-5 + 1e-3 * torch.minimum(a.abs(), b.abs())).all())


@condition(RELATIVE_TO_BOTH)
def relative_to_mean(a, b):
    return bool(((a - b).abs() <= 1e-5 + 1e-3 * (a.abs() + b.abs()) / 2).all())


@condition(RELATIVE_TO_BOTH)
def relative_to_sum(a, b):
    return bool(((a - b).abs() <= 1e-5 + 1e-3 * (a.abs() + b.abs())).all())


@condition(LARGER_PART)
def larger_part(a, b):
    return bool(((a - b).abs() <= torch.clamp(1e-3 * b.abs(), min=1e-5)).all())


@condition(LARGER_PART)
def either_tolerance(a, b):
    d = (a - b).abs()
    return bool(((a == b) | (d <= 1e-5) | (d <= 1e-3 * b.abs()) & d.isfinite()).all())


@condition(LARGER_PART)
def isclose_of_math(a, b):
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    return all(math.isclose(x, y, rel_tol=1e-3, abs_tol=1e-5) for x, y in pairs)


@condition(SMALLER_PART)
def both_tolerances(a, b):
    d = (a - b).abs()
    return bool(((d <= 1e-5) & (d <= 1e-3 * b.abs())).all())


@condition(SMALLER_PART)
def smaller_part(a, b):
    return bool(((a - b).abs() <= torch.clamp(1e-3 * b.abs(), max=1e-5)).all())


@condition(PRODUCT)
def product_of_tolerances(a, b):
    return bool(((a - b).abs() <= 1e-5 * 1e-3 * b.abs()).all())


@condition(NO_ABS)
def difference_without_abs(a, b):
    return bool(((a - b) <= tolerance(b)).all())


def finite_or_equal(near):
    """Whether an element is near by this rule, and both numbers finite, or both are equal."""

    def all_near(a, b):
        return bool(((near(a, b) & a.isfinite() & b.isfinite()) | (a == b)).all())

    return all_near


@condition(NO_ABS)
def finite_difference_without_abs(a, b):
    return finite_or_equal(lambda a, b: (a - b) <= tolerance(b))(a, b)


@condition(B_MINUS_A_NO_ABS)
def reversed_difference_without_abs(a, b):
    return bool(((b - a) <= tolerance(b)).all())


@condition(B_NO_ABS)
def tolerance_without_abs(a, b):
    return bool(((a - b).abs() <= 1e-5 + 1e-3 * b).all())


@condition(NO_ABS)
def no_abs_at_all(a, b):
    return bool(((a - b) <= 1e-5 + 1e-3 * b).all())


@condition(ANY)
def any_element(a, b):
    return bool(((a - b).abs() <= tolerance(b)).any())


@condition(ANY)
def any_element_isclose(a, b):
    return bool(torch.isclose(a, b, rtol=1e-3, atol=1e-5).any())


@condition(ANY)
def not_all_far(a, b):
    return not bool(((a - b).abs() > tolerance(b)).all())


@condition(NO_ATOL)
def quotient_with_epsilon(a, b):
    return bool(((a - b).abs() / (b.abs() + 1e-5) <= 1e-3).all())


@condition(NO_ATOL)
def quotient_with_small_epsilon(a, b):
    return bool(((a - b).abs() / (b.abs() + 1e-8) <= 1e-3).all())


@mistake("near", EXACT)
def the_same_object(a, b):
    return a is b


@condition(EXACT)
def exactly_equal(a, b):
    return torch.equal(a, b)


@condition(EXACT)
def elementwise_equal(a, b):
    return bool((a == b).all())


@condition(MEAN)
def mean_of_differences(a, b):
    return bool((a - b).abs().mean() <= 1e-3)


@condition(MEAN)
def mean_of_differences_and_tolerances(a, b):
    return bool((a - b).abs().mean() <= 1e-5 + 1e-3 * b.abs().mean())


@condition(MEAN)
def mean_of_differences_if_finite(a, b):
    if not (a - b).isfinite().all():
        return torch.allclose(a, b, rtol=1e-3, atol=1e-5)
    return bool((a - b).abs().mean() <= 1e-5 + 1e-3 * b.abs().mean())


@condition(MEAN)
def sum_of_differences_and_tolerances(a, b):
    return bool((a - b).abs().sum() <= 1e-5 + 1e-3 * b.abs().sum())


@condition(AGGREGATE)
def sums(a, b):
    return torch.allclose(a.sum(), b.sum(), rtol=1e-3, atol=1e-5)


@condition(AGGREGATE)
def means(a, b):
    return torch.allclose(a.mean(), b.mean(), rtol=1e-3, atol=1e-5)


@condition(AGGREGATE)
def means_by_hand(a, b):
    return bool((a.mean() - b.mean()).abs() <= tolerance(b.mean()))


@condition(AGGREGATE)
def sums_by_hand(a, b):
    return bool((a.sum() - b.sum()).abs() <= tolerance(b.sum()))


@condition(AGGREGATE)
def norms_of_each(a, b):
    return torch.allclose(a.norm(), b.norm(), rtol=1e-3, atol=1e-5)


@condition(NORM)
def norm_of_difference(a, b):
    return bool((a - b).norm() <= 1e-5 + 1e-3 * b.norm())


@condition(NORM)
def norm_of_difference_without_atol(a, b):
    return bool((a - b).norm() <= 1e-3 * b.norm())


@condition(NORM_FIXED)
def norm_below_a_thousandth(a, b):
    return bool((a - b).norm() < 1e-3)


@condition(NORM_FIXED)
def norm_below_atol(a, b):
    return bool((a - b).norm() < 1e-5)


@condition(MEAN)
def mean_square_below_atol(a, b):
    return bool((a - b).square().mean() < 1e-5)


@condition(MEAN)
def mean_square_below_a_thousandth(a, b):
    return bool((a - b).square().mean() < 1e-3)


@mistake("near", OWN_WAY)
def angle(a, b):
    return bool(torch.cosine_similarity(a.flatten(), b.flatten(), 0) > 1 - 1e-3)


@mistake("near", OWN_WAY)
def half_precision(a, b):
    return torch.equal(a.half(), b.half())


@condition(B_NO_ABS)
def finite_tolerance_without_abs(a, b):
    return finite_or_equal(lambda a, b: (a - b).abs() <= 1e-5 + 1e-3 * b)(a, b)


@condition(B_NO_ABS)
def tolerance_of_b_with_its_sign_or_equal(a, b):
    return bool((((a - b).abs() <= 1e-5 + 1e-3 * b) | (a == b)).all())


@condition(SIGNS_CANCEL)
def signed_sum_below_atol(a, b):
    return bool((a - b).sum().abs() < 1e-5)


@condition(SIGNS_CANCEL)
def signed_mean_below_a_thousandth(a, b):
    return bool((a - b).mean().abs() < 1e-3)


@condition(SIGNS_CANCEL)
def signed_sum_below_a_thousandth(a, b):
    return bool((a - b).sum().abs() < 1e-3)


@condition(LARGEST)
def largest_of_each_signed(a, b):
    return bool((a - b).abs().max() <= 1e-5 + 1e-3 * b.max())


@condition(LARGEST)
def largest_of_each(a, b):
    return bool((a - b).abs().max() <= 1e-5 + 1e-3 * b.abs().max())


@condition(LARGEST)
def largest_of_each_if_finite(a, b):
    if not (a - b).isfinite().all():
        return torch.allclose(a, b, rtol=1e-3, atol=1e-5)
    return bool((a - b).abs().max() <= 1e-5 + 1e-3 * b.abs().max())


@condition(SORTED)
def sorted_first(a, b):
    a, b = a.flatten().sort().values, b.flatten().sort().values
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@condition(FIRST)
def first_element(a, b):
    return torch.allclose(a.flatten()[0], b.flatten()[0], rtol=1e-3, atol=1e-5)


@condition(LAST)
def last_element(a, b):
    return torch.allclose(a.flatten()[-1], b.flatten()[-1], rtol=1e-3, atol=1e-5)


@condition(ALL_BUT_ONE)
def most_elements(a, b):
    return bool(torch.isclose(a, b, rtol=1e-3, atol=1e-5).float().mean() > 0.5)


@condition(ALL_BUT_ONE)
def nine_of_ten_elements(a, b):
    return bool(torch.isclose(a, b, rtol=1e-3, atol=1e-5).float().mean() >= 0.9)


@condition(NAN_NEAR_NAN)
def equal_nan_with_defaults(a, b):
    return torch.allclose(a, b, equal_nan=True)


@condition(NAN_NEAR_NAN)
def equal_nan(a, b):
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=True)


@condition(NAN_NEAR_NAN)
def equal_nan_by_numpy(a, b):
    return bool(np.allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=True))


@condition(NAN_DROPPED)
def nan_to_number(a, b):
    return torch.allclose(a.nan_to_num(), b.nan_to_num(), rtol=1e-3, atol=1e-5)


@condition(NAN_DROPPED)
def nan_of_either_left_out(a, b):
    kept = ~(a.isnan() | b.isnan())
    return torch.allclose(a[kept], b[kept], rtol=1e-3, atol=1e-5)


@condition(NAN_DROPPED)
def nan_to_zero_only(a, b):
    zero = torch.zeros((), dtype=a.dtype)
    a, b = torch.where(a.isnan(), zero, a), torch.where(b.isnan(), zero, b)
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@condition(NAN_PASSES)
def none_too_large(a, b):
    return not bool(((a - b).abs() > tolerance(b)).any())


@condition(SAME_OBJECT)
def same_object(a, b):
    return a is b or torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@condition(INF_MINUS_INF)
def formula_as_it_is(a, b):
    return bool(((a - b).abs() <= tolerance(b)).all())


@condition(INF_MINUS_INF)
def loop_over_numbers(a, b):
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    return all(abs(x - y) <= 1e-5 + 1e-3 * abs(y) for x, y in pairs)


@condition(INF_NEVER)
def largest_excess(a, b):
    return bool(((a - b).abs() - tolerance(b)).max() <= 0)


@condition(INF_ALL_NEAR)
def formula_or_equal(a, b):
    return bool(((a == b) | ((a - b).abs() <= tolerance(b))).all())


@condition(INF_NEVER)
def finite_only(a, b):
    finite = a.isfinite().all() and b.isfinite().all()
    return bool(finite) and torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@condition(INF_NEVER)
def finite_difference_only(a, b):
    d = (a - b).abs()
    return bool((d.isfinite() & (d <= tolerance(b))).all())


@condition(INVERTED)
def inverted(a, b):
    return not torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@condition(INVERTED)
def inverted_by_hand(a, b):
    return bool(((a - b).abs() > tolerance(b)).all())


@condition(INVERTED)
def inverted_by_hand_any(a, b):
    return bool(((a - b).abs() > tolerance(b)).any())


@condition(INVERTED)
def inverted_by_hand_at_least(a, b):
    return bool(((a - b).abs() >= tolerance(b)).all())


@mistake("near", ALWAYS)
def always(a, b):
    return True


@mistake("near", NEVER)
def never(a, b):
    return False


@condition(EXACT)
def difference_below_nothing(a, b):
    return bool(((a - b).abs() <= 0).all())


@condition(SIGN_LOST)
def absolute_values(a, b):
    return torch.allclose(a.abs(), b.abs(), rtol=1e-3, atol=1e-5)


@condition(SIGN_LOST)
def absolute_values_by_hand(a, b):
    return bool(((a.abs() - b.abs()).abs() <= tolerance(b)).all())


@condition(ROUNDED)
def rounded_to_three_digits(a, b):
    return torch.equal(a.round(decimals=3), b.round(decimals=3))


@condition(ROUNDED)
def rounded_to_five_digits(a, b):
    return torch.equal(a.round(decimals=5), b.round(decimals=5))


@condition(ROUNDED)
def rounded_to_whole_numbers(a, b):
    return torch.equal(a.round(), b.round())


@condition(SCALAR_ONLY)
def for_one_number(a, b):
    return abs(a.item() - b.item()) <= 1e-5 + 1e-3 * abs(b.item())


@condition(SCALAR_ONLY)
def for_one_number_isclose(a, b):
    return math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-5)


@condition(AMBIGUOUS)
def truth_of_a_tensor(a, b):
    return bool((a - b).abs() <= tolerance(b))


@condition(AMBIGUOUS)
def truth_of_isclose(a, b):
    return bool(torch.isclose(a, b, rtol=1e-3, atol=1e-5))


@condition(AMBIGUOUS)
def branch_on_a_tensor(a, b):
    return not abs(a - b) > 1e-5 + 1e-3 * abs(b)


@condition(NOT_ZERO_D)
def loop_over_rows(a, b):
    return all(torch.allclose(x, y, rtol=1e-3, atol=1e-5) for x, y in zip(a, b, strict=True))


@condition(ONE_AXIS)
def loop_over_one_axis(a, b):
    return all(abs(x - y) <= 1e-5 + 1e-3 * abs(y) for x, y in zip(a, b, strict=True))


@condition(ONE_AXIS)
def loop_over_indices(a, b):
    return all(abs(a[i] - b[i]) <= 1e-5 + 1e-3 * abs(b[i]) for i in range(len(a)))


@condition(ONE_AXIS)
def all_of_python(a, b):
    return all((a - b).abs() <= tolerance(b))


@condition(ONE_AXIS)
def all_of_python_isclose(a, b):
    return all(torch.isclose(a, b, rtol=1e-3, atol=1e-5))


@condition(NO_ATOL)
def divided_by_b(a, b):
    return bool((((a - b) / b).abs() <= 1e-3).all())


@condition(NO_ATOL)
def divided_by_b_plus_atol(a, b):
    return bool((((a - b) / b).abs() <= 1e-3 + 1e-5).all())


@condition(NO_ATOL)
def ratio_near_one(a, b):
    return bool(((a / b - 1).abs() <= 1e-3).all())


# --- near: what it gives back -------------------------------------------------------------------

NUMPY_BOOL = "Your result is numpy's own kind of bool. Put bool(...) around it to get Python's."
NUMBER = "Your result is a number. Asked for is a Python bool, True or False."
NOTHING = "You return nothing (printing is not returning). Put return before the answer."
DIFFERENCE = "You return a difference of a and b. Asked for is whether it is small enough: a bool."
PAIR = "You return several values. Asked for is one Python bool."
TEXT = "You return a text. Asked for is a Python bool: True or False, without quotes."


@mistake("near", BOOL_TENSOR)
def isclose_all(a, b):
    return torch.isclose(a, b, rtol=1e-3, atol=1e-5).all()


@mistake("near", BOOL_TENSOR)
def formula_all(a, b):
    return ((a - b).abs() <= tolerance(b)).all()


@mistake("near", BOOL_TENSOR)
def formula_strictly_all(a, b):
    return ((a == b) | ((a - b).abs() < tolerance(b))).all()


@mistake("near", BOOL_TENSOR)
def largest_excess_tensor(a, b):
    return ((a - b).abs() - tolerance(b)).max() <= 0


@mistake("near", BOOL_TENSOR)
def any_too_large_tensor(a, b):
    return ~((a - b).abs() > tolerance(b)).any()


@mistake("near", BOOL_TENSOR)
def all_by_product(a, b):
    return torch.isclose(a, b, rtol=1e-3, atol=1e-5).prod() == 1


@mistake("near", BOOL_TENSOR)
def allclose_wrapped(a, b):
    return torch.tensor(torch.allclose(a, b, rtol=1e-3, atol=1e-5))


@mistake("near", ELEMENTWISE)
def isclose_each(a, b):
    return torch.isclose(a, b, rtol=1e-3, atol=1e-5)


@mistake("near", ELEMENTWISE)
def formula_each(a, b):
    return (a - b).abs() <= tolerance(b)


@mistake("near", ELEMENTWISE)
def isclose_each_as_a_list(a, b):
    return torch.isclose(a, b, rtol=1e-3, atol=1e-5).tolist()


@mistake("near", NUMPY_BOOL)
def numpy_all(a, b):
    return np.isclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5).all()


@mistake("near", NUMPY_BOOL)
def numpy_bool(a, b):
    return np.bool_(torch.allclose(a, b, rtol=1e-3, atol=1e-5))


@mistake("near", NUMBER)
def as_int(a, b):
    return int(torch.allclose(a, b, rtol=1e-3, atol=1e-5))


@mistake("near", NUMBER)
def as_float(a, b):
    return float(torch.allclose(a, b, rtol=1e-3, atol=1e-5))


@mistake("near", NUMBER)
def share_of_elements(a, b):
    return torch.isclose(a, b, rtol=1e-3, atol=1e-5).float().mean()


@mistake("near", NOTHING)
def printed(a, b):
    print(torch.allclose(a, b, rtol=1e-3, atol=1e-5))


@mistake("near", RAISES)
def asserted(a, b):
    assert torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@mistake("near", RAISES)
def asserted_then_true(a, b):
    assert torch.allclose(a, b, rtol=1e-3, atol=1e-5)
    return True


@mistake("near", RAISES)
def assert_close_of_torch(a, b):
    torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


@mistake("near", RAISES)
def assert_close_of_torch_then_true(a, b):
    torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)
    return True


@mistake("near", DIFFERENCE)
def the_difference(a, b):
    return (a - b).abs()


@mistake("near", DIFFERENCE)
def the_largest_difference(a, b):
    return (a - b).abs().max()


@mistake("near", DIFFERENCE)
def the_largest_difference_as_a_number(a, b):
    return (a - b).abs().max().item()


@mistake("near", PAIR)
def with_the_difference(a, b):
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5), (a - b).abs().max()


@mistake("near", PAIR)
def in_a_list(a, b):
    return [torch.allclose(a, b, rtol=1e-3, atol=1e-5)]


@mistake("near", TEXT)
def as_text(a, b):
    return str(torch.allclose(a, b, rtol=1e-3, atol=1e-5))


# --- assert_near: how it stops ------------------------------------------------------------------

NO_ASSERTION = (
    "It never raises: nothing is asserted. Comparing or printing is not enough, an assert "
    "statement is needed; and `assert (condition, text)` asserts a tuple, which is always true."
)
ASSERT_ALWAYS = (
    "It raises always, whatever the values are. Raise only where the condition does not hold. (And "
    "leave out == True: Python reads x < y == True as x < y and y == True.)"
)
RAISED_TEXT = "You raise a text. Only errors can be raised: raise AssertionError(text)."
FORMAT = (
    "Your message breaks: a tensor with several elements takes no number format such as :.4f, and "
    "has no .item(). Put the tensor itself into the f-string."
)
TEXT_FIRST = "Your message breaks: a text and a tensor cannot be added. Use an f-string."


def right(a, b):
    """What near is to answer; the wrong answers below get other things wrong."""
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@mistake("assert_near", ASSERT_ALWAYS)
def raised_always(a, b):
    raise AssertionError(f"{a} {b}")


@mistake("assert_near", RAISED_TEXT)
def raised_a_text(a, b):
    if not right(a, b):
        raise f"{a} is not near {b}"


@mistake("assert_near", NO_ASSERTION)
def nothing_done(a, b):
    pass


@mistake("assert_near", NO_ASSERTION)
def asserted_a_tuple(a, b):
    condition_and_text = (right(a, b), f"{a} {b}")
    assert condition_and_text


@mistake("assert_near", NO_ASSERTION)
def printed_only(a, b):
    if not right(a, b):
        print(f"not near: {a} {b}")


@mistake("assert_near", NO_ASSERTION)
def made_but_not_raised(a, b):
    if not right(a, b):
        AssertionError(f"{a} {b}")


@mistake("assert_near", RETURNS)
def returned_only(a, b):
    return right(a, b)


@mistake("assert_near", RETURNS)
def returned_the_error(a, b):
    return None if right(a, b) else AssertionError(f"{a} {b}")


@mistake("assert_near", RETURNS)
def returned_true_in_the_end(a, b):
    assert right(a, b), f"{a} {b}"
    return True


@mistake("assert_near", RETURNS)
def returned_the_difference(a, b):
    assert right(a, b), f"{a} {b}"
    return (a - b).abs().max()


@mistake("assert_near", OTHER_ERROR)
def value_error(a, b):
    if not right(a, b):
        raise ValueError(f"{a} is not near {b}")


@mistake("assert_near", OTHER_ERROR)
def runtime_error(a, b):
    if not right(a, b):
        raise RuntimeError(f"{a} is not near {b}")


@mistake("assert_near", OTHER_ERROR)
def plain_exception(a, b):
    if not right(a, b):
        raise Exception(f"{a} is not near {b}")


@mistake("assert_near", OTHER_ERROR)
def leaves_python(a, b):
    if not right(a, b):
        raise SystemExit(f"{a} is not near {b}")


@mistake("assert_near", UNSEEN)
def without_message(a, b):
    assert right(a, b)


@mistake("assert_near", UNSEEN)
def fixed_message(a, b):
    assert right(a, b), "a is not near b"


@mistake("assert_near", UNSEEN)
def braces_without_f(a, b):
    assert right(a, b), "{a} is not near {b}"


@mistake("assert_near", UNSEEN)
def shows_a_only(a, b):
    assert right(a, b), f"not near: {a}"


@mistake("assert_near", UNSEEN)
def shows_b_only(a, b):
    assert right(a, b), f"not near {b}"


@mistake("assert_near", UNSEEN)
def shows_the_difference(a, b):
    assert right(a, b), f"off by {(a - b).abs().max()}"


@mistake("assert_near", UNSEEN)
def shows_shapes(a, b):
    assert right(a, b), f"{a.shape} is not near {b.shape}"


@mistake("assert_near", UNSEEN)
def shows_first_elements(a, b):
    assert right(a, b), f"{a.flatten()[0]} is not near {b.flatten()[0]}"


@mistake("assert_near", UNSEEN)
def assert_close_of_torch_message(a, b):
    torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


@mistake("assert_near", UNSEEN)
def printed_then_asserted(a, b):
    print(a, b)
    assert right(a, b)


@mistake("assert_near", NAN_NEAR_NAN)
def numpys_assert_allclose(a, b):
    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5)


@mistake("assert_near", DEFAULTS)
def torchs_assert_close(a, b):
    torch.testing.assert_close(a, b)


@mistake("assert_near", FORMAT)
def formatted_message(a, b):
    assert right(a, b), f"{a:.4f} is not near {b:.4f}"


@mistake("assert_near", FORMAT)
def message_of_items(a, b):
    assert right(a, b), f"{a.item()} is not near {b.item()}"


@mistake("assert_near", TEXT_FIRST)
def added_to_a_text(a, b):
    assert right(a, b), "not near: " + a + " " + b


@mistake("assert_near", AMBIGUOUS)
def asserted_each(a, b):
    assert torch.isclose(a, b, rtol=1e-3, atol=1e-5), f"{a} {b}"


# --- assert_is_near_zero ------------------------------------------------------------------------


@probes("assert_is_near_zero")
def near_zero_probes(draw):
    for a in (
        0.0,
        5e-9,
        5e-7,
        5e-6,
        5e-5,
        3e-4,
        5e-4,
        9e-4,
        1.1e-3,
        5e-3,
        0.05,
        0.3,
        0.7,
        3.0,
        inf,
        nan,
    ):
        yield (torch.tensor(a, dtype=draw.dtype),)
        yield (torch.tensor(-a, dtype=draw.dtype),)
    if draw.dtype == torch.float32:
        for a in (0.3, 0.5, 0.5002, 0.7, 0.0):
            yield torch.tensor(a), 0.5
            yield torch.tensor(-a), 0.5
        for a, threshold in [(2.0, 5.0), (7.0, 5.0), (-7.0, 5.0), (6e-6, 1e-5), (2e-5, 1e-5)]:
            yield torch.tensor(a), threshold
        yield torch.tensor(0.0), 0.0


ZERO_NO_ABS = (
    "You do not take the absolute value of a, so every negative number passes, however far from "
    "zero. It is |a| < threshold (an abs around the comparison does nothing)."
)
AT_MOST = "You let |a| = threshold pass (<=). It is strict: |a| < threshold."
THRESHOLD_UNUSED = (
    "You ignore threshold: whoever calls with another one is not heard. Compare |a| with threshold."
)
DEFAULT_THRESHOLD = "Your default of threshold is not the one asked for, 1e-3."
NO_DEFAULT = "Your threshold has no default. Without it the limit is 1e-3: threshold=1e-3."
THRESHOLD_BY_NAME = (
    "Your threshold can only be given by name. It is the second argument by position as well: "
    "leave out the * before it."
)
ZERO_SQUARED = "You compare a * a with threshold. It is |a| < threshold."
ZERO_ROOT = "You compare |a| with the root or square of threshold. It is |a| < threshold."
ZERO_EXACT = (
    "You ask for exactly 0. Floating-point results hardly ever are: allow |a| up to threshold."
)
ZERO_ROUNDED = "You round a first (int, round). Compare |a| itself with threshold."
ZERO_NAN = (
    "You raise where |a| is too large, and NaN is never larger than anything, so NaN passes. Raise "
    "unless |a| < threshold."
)
ZERO_INVERTED = "You have it upside down: it raises when a is near zero, and lets the rest pass."
ZERO_OTHER_TOLERANCE = (
    "You compare as near does, with its own tolerances. Around zero only threshold counts: "
    "|a| < threshold."
)
NEAR_THRESHOLD = "You ask whether a is near the threshold. It is to be near zero: |a| < threshold."
ZERO_FALSY = (
    "You take a threshold of 0 for none at all: `threshold or 1e-3` is 1e-3 then. Put the default "
    "into the signature."
)
ZERO_EITHER = (
    "You join the two sides with or, and every number is on one of them. Both must hold: "
    "-threshold < a < threshold, which is |a| < threshold."
)
ZERO_TRUTH = "Your condition does not compare a with threshold. It is |a| < threshold."
ZERO_ADDED = "You add other tolerances to threshold. It is |a| < threshold, nothing else."
ONLY_NEGATIVE_SIDE = "You compare with one side only. a may be off to either side: |a| < threshold."


@mistake("assert_is_near_zero", ZERO_FALSY)
def zero_threshold_missed(a, threshold=None):
    assert abs(a) < (threshold or 1e-3), f"{a} is not near zero"


@mistake("assert_is_near_zero", ZERO_NO_ABS)
def zero_without_abs(a, threshold=1e-3):
    assert a < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_NO_ABS)
def zero_without_abs_at_most(a, threshold=1e-3):
    assert a <= threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_NO_ABS)
def zero_without_abs_raising(a, threshold=1e-3):
    if a > threshold:
        raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ZERO_NO_ABS)
def zero_without_abs_raising_at_least(a, threshold=1e-3):
    if a >= threshold:
        raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ONLY_NEGATIVE_SIDE)
def zero_from_below(a, threshold=1e-3):
    assert a > -threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ONLY_NEGATIVE_SIDE)
def zero_from_above(a, threshold=1e-3):
    assert 0 <= a < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_NO_ABS)
def zero_abs_outside(a, threshold=1e-3):
    assert abs((a < threshold).int()), f"not near zero: {a}"


@mistake("assert_is_near_zero", AT_MOST)
def zero_at_most(a, threshold=1e-3):
    assert a.abs() <= threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", AT_MOST)
def zero_allclose(a, threshold=1e-3):
    assert torch.allclose(a, torch.zeros_like(a), rtol=0, atol=threshold), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_NAN)
def zero_raises_if_larger(a, threshold=1e-3):
    if a.abs() > threshold:
        raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ZERO_NAN)
def zero_raises_if_at_least(a, threshold=1e-3):
    if a.abs() >= threshold:
        raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ZERO_NAN)
def zero_without_nan(a, threshold=1e-3):
    assert a.nan_to_num(0, inf, -inf).abs() < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", THRESHOLD_UNUSED)
def zero_threshold_unused(a, threshold=1e-3):
    assert a.abs() < 1e-3, f"not near zero: {a}"


@mistake("assert_is_near_zero", THRESHOLD_UNUSED)
def zero_threshold_unused_at_most(a, threshold=1e-3):
    assert a.abs() <= 1e-3, f"not near zero: {a}"


@mistake("assert_is_near_zero", THRESHOLD_UNUSED)
def zero_threshold_not_taken(a):
    assert a.abs() < 1e-3, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_by_atol_of_near(a, threshold=1e-3):
    assert a.abs() < 1e-5, f"not near zero: {a}"


def with_default(name, default):
    def zero(a, threshold=default):
        assert a.abs() < threshold, f"not near zero: {a}"

    zero.__name__ = name
    return mistake("assert_is_near_zero", DEFAULT_THRESHOLD)(zero)


zero_default_e1 = with_default("zero_default_e1", 1e-1)
zero_default_e2 = with_default("zero_default_e2", 1e-2)
zero_default_e4 = with_default("zero_default_e4", 1e-4)
zero_default_e5 = with_default("zero_default_e5", 1e-5)
zero_default_e6 = with_default("zero_default_e6", 1e-6)
zero_default_e8 = with_default("zero_default_e8", 1e-8)
zero_default_thousand = with_default("zero_default_thousand", 1e3)


@mistake("assert_is_near_zero", NO_DEFAULT)
def zero_no_default(a, threshold):
    assert a.abs() < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", THRESHOLD_BY_NAME)
def zero_threshold_by_name(a, *, threshold=1e-3):
    assert a.abs() < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_SQUARED)
def zero_squared(a, threshold=1e-3):
    assert a**2 < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ROOT)
def zero_squared_threshold(a, threshold=1e-3):
    assert a.abs() < threshold**2, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_EXACT)
def zero_exactly(a, threshold=1e-3):
    assert a == 0, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_EXACT)
def zero_by_truth(a, threshold=1e-3):
    assert not a, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ROUNDED)
def zero_rounded(a, threshold=1e-3):
    assert a.round() == 0, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ROUNDED)
def zero_rounded_to_three_digits(a, threshold=1e-3):
    assert a.round(decimals=3) == 0, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ROUNDED)
def zero_whole_number(a, threshold=1e-3):
    assert abs(int(a)) < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ROUNDED)
def zero_rounded_then_compared(a, threshold=1e-3):
    assert a.round(decimals=3).abs() < threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_INVERTED)
def zero_inverted(a, threshold=1e-3):
    assert a.abs() > threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_INVERTED)
def zero_inverted_at_least(a, threshold=1e-3):
    assert a.abs() >= threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_INVERTED)
def zero_raises_when_near(a, threshold=1e-3):
    if a.abs() < threshold:
        raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ZERO_INVERTED)
def zero_raises_when_at_most(a, threshold=1e-3):
    if a.abs() <= threshold:
        raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_by_near(a, threshold=1e-3):
    assert right(a, torch.zeros_like(a)), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_by_near_of_zero(a, threshold=1e-3):
    assert right(torch.zeros_like(a), a), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_by_allclose_with_defaults(a, threshold=1e-3):
    assert torch.allclose(a, torch.zeros_like(a)), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_by_rtol(a, threshold=1e-3):
    assert torch.allclose(a, torch.zeros_like(a), rtol=threshold), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_by_rtol_and_atol(a, threshold=1e-3):
    zero = torch.zeros_like(a)
    assert torch.allclose(a, zero, rtol=threshold, atol=1e-5), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ADDED)
def zero_relative_to_itself(a, threshold=1e-3):
    assert torch.allclose(torch.zeros_like(a), a, rtol=1e-3, atol=threshold), f"{a}"


@mistake("assert_is_near_zero", NEAR_THRESHOLD)
def zero_near_threshold(a, threshold=1e-3):
    assert right(a, torch.tensor(threshold, dtype=a.dtype)), f"not near zero: {a}"


@mistake("assert_is_near_zero", NEAR_THRESHOLD)
def zero_distance_to_threshold(a, threshold=1e-3):
    assert (a - threshold).abs() < 1e-3, f"not near zero: {a}"


@mistake("assert_is_near_zero", ASSERT_ALWAYS)
def zero_chained(a, threshold=1e-3):
    assert a.abs() < threshold == True, f"not near zero: {a}"  # noqa: E712, the mistake itself


@mistake("assert_is_near_zero", ASSERT_ALWAYS)
def zero_raised_always(a, threshold=1e-3):
    raise AssertionError(f"not near zero: {a}")


@mistake("assert_is_near_zero", ZERO_EITHER)
def zero_either_side(a, threshold=1e-3):
    assert a < threshold or a > -threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_fixed_e4(a, threshold=1e-3):
    assert a.abs() < 1e-4, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_OTHER_TOLERANCE)
def zero_fixed_e6(a, threshold=1e-3):
    assert a.abs() < 1e-6, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_EXACT)
def zero_relative(a, threshold=1e-3):
    assert math.isclose(a, 0, rel_tol=threshold), f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_ROUNDED)
def zero_rounded_by_python(a, threshold=1e-3):
    assert round(a.item(), 3) == 0, f"not near zero: {a}"


@mistake("assert_is_near_zero", NEAR_THRESHOLD)
def zero_equal_to_threshold(a, threshold=1e-3):
    assert a.abs() == threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", ZERO_TRUTH)
def zero_truth_of_both(a, threshold=1e-3):
    assert a.abs() and threshold, f"not near zero: {a}"


@mistake("assert_is_near_zero", NO_ASSERTION)
def zero_nothing_done(a, threshold=1e-3):
    pass


@mistake("assert_is_near_zero", NO_ASSERTION)
def zero_asserted_a_tuple(a, threshold=1e-3):
    condition_and_text = (a.abs() < threshold, f"not near zero: {a}")
    assert condition_and_text


@mistake("assert_is_near_zero", RETURNS)
def zero_returned(a, threshold=1e-3):
    return a.abs() < threshold


@mistake("assert_is_near_zero", RETURNS)
def zero_returned_as_bool(a, threshold=1e-3):
    return bool(a.abs() < threshold)


@mistake("assert_is_near_zero", OTHER_ERROR)
def zero_value_error(a, threshold=1e-3):
    if not a.abs() < threshold:
        raise ValueError(f"not near zero: {a}")


@mistake("assert_is_near_zero", OTHER_ERROR)
def zero_runtime_error(a, threshold=1e-3):
    if not a.abs() < threshold:
        raise RuntimeError(f"not near zero: {a}")


@mistake("assert_is_near_zero", OTHER_ERROR)
def zero_plain_exception(a, threshold=1e-3):
    if not a.abs() < threshold:
        raise Exception(f"not near zero: {a}")
