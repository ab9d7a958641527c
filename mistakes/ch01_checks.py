"""Chapter 1, right, and at each step how it goes wrong.

What most often goes wrong besides another fault comes first: pairs are tried in this order.
"""

import math

import numpy as np
import torch

from kata.checks.forward import ELEMENTWISE, OTHER_ERROR, RAISES, RETURNS, UNSEEN
from kata.diagnosis.told import mistake, probes, told, wrong

inf, nan = math.inf, math.nan

# --- near, and the comparison within assert_near --------------------------------------------------

INF_MINUS_INF = (
    "inf - inf is NaN, and inf <= inf is true: by your formula equal infinities are not near, and "
    "every number is near infinity."
)
INF_ALL_NEAR = "Where b is infinite your tolerance is, too, and every number lies within it."
INF_NEVER = "You refuse infinities, but equal ones are near."
DEFAULTS = (
    "You leave the comparison at its own tolerances (allclose: rtol 1e-5, atol 1e-8), which are "
    "much smaller than rounding in float32 allows."
)
RTOL_DEFAULT = (
    "Your relative tolerance is 1e-5, which is also what allclose takes where none is named. It "
    "should be 1e-3."
)
ATOL_DEFAULT = (
    "Your absolute tolerance is 1e-8, which is also what allclose takes where none is named. It "
    "should be 1e-5."
)
SWAPPED = (
    "You swap the two tolerances: the part that grows with b has the absolute one, and the "
    "constant part the relative one."
)
ATOL_OF_RTOL = (
    "Your absolute tolerance is 1e-3. That is the relative one; the absolute one is 1e-5."
)
ONLY_1E3 = "You compare |a - b| with 1e-3, whatever b is. Rounding grows with the numbers."
NO_ATOL = (
    "Your tolerance has no absolute part (nor has a quotient such as |a - b| / |b|). Where b is 0 "
    "hardly anything is near then."
)
NO_RTOL = "Your tolerance has no relative part, although rounding grows with the numbers."
OTHER_RTOL = "Your relative tolerance is not 1e-3, a thousandth of |b|."
OTHER_ATOL = "Your absolute tolerance is not 1e-5."
OTHER_TOLERANCES = "Neither of your two tolerances is the one that is promised."
NAN_NEAR_NAN = (
    "You let NaN be near NaN (equal_nan, as numpy's assert_allclose does). NaN marks a result that "
    "is no number, and no check may let it pass."
)
NAN_DROPPED = (
    "You take NaN for a number (nan_to_num), or leave it out, so a result with NaN passes."
)
NAN_PASSES = (
    "Your test looks for a difference that is too large, and NaN is never larger than anything. So "
    "NaN passes."
)
SAME_OBJECT = (
    "You find a tensor near itself without looking into it (a is b). It may hold NaN, which is "
    "near nothing."
)
RELATIVE_TO_A = (
    "Your tolerance is relative to a. It belongs to b, the trusted one (torch.allclose takes it "
    "from its second argument)."
)
RELATIVE_TO_LARGER = (
    "Your tolerance is relative to the larger of |a| and |b|. It belongs to b alone, the trusted "
    "one."
)
RELATIVE_TO_SMALLER = (
    "Your tolerance is relative to the smaller of |a| and |b|. It belongs to b alone, the trusted "
    "one."
)
RELATIVE_TO_BOTH = (
    "Your tolerance is relative to a and b together. It belongs to b alone, the trusted one."
)
NO_ABS = (
    "You do not take the absolute value of a - b, so any a far below b counts as near (and an abs "
    "around the comparison does nothing)."
)
B_MINUS_A_NO_ABS = (
    "You do not take the absolute value of b - a, so any a far above b counts as near."
)
B_NO_ABS = (
    "Your relative tolerance has the sign of b. With a negative b it shrinks below zero, and "
    "nothing is near."
)
SIGN_LOST = "You compare |a| with |b|, so a and -a count as near."
LARGER_PART = (
    "You take the larger of the absolute and the relative tolerance (as math.isclose and "
    "pytest.approx do), and so refuse what lies within the two together."
)
SMALLER_PART = (
    "You ask for both tolerances at once, so the smaller one decides: close to zero hardly "
    "anything is near."
)
PRODUCT = "You multiply the two tolerances, and the product is far smaller than either of them."
EXACT = (
    "You ask for equal values. Floating-point results are hardly ever equal to the last bit: "
    "another order of the same sum rounds differently."
)
MEAN = (
    "You compare the mean (or sum) of the differences, or of their squares, with the tolerance. "
    "One element far off is hidden among the others then."
)
AGGREGATE = "You compare a and b by their sums, means or norms, which different tensors can share."
NORM = (
    "You compare the norm of a - b with the norm of b. A small element far off is hidden by large "
    "ones then."
)
NORM_FIXED = "You compare the norm of a - b with a fixed number, whatever b is."
SIGNS_CANCEL = "You add up a - b with its signs, so differences cancel."
LARGEST = (
    "You compare with one tolerance for all elements, from the largest of b. Where b is small, "
    "anything is near then."
)
OWN_WAY = "Your measure (an angle, half precision) is another than |a - b| of each element."
SORTED = "You sort before you compare. Each element has its partner at its own place in the other."
FIRST = "You look at the first element only. All of them must be near."
LAST = "You look at the last element only. All of them must be near."
ROUNDED = "You round before you compare. Two numbers can round apart however close they are."
INVERTED = "You have it upside down: it is true when a and b differ, and false when they are near."
ANY = "You are content when any one element is near. One wrong element makes a wrong result."
ALL_BUT_ONE = "You forgive some elements, as long as most are near. All of them must be."
SCALAR_ONLY = "Your code works for one number only; a and b are tensors of any shape."
AMBIGUOUS = (
    "You ask for the truth of a tensor with several elements (an if, an assert, and, not), which "
    "torch does not answer: some may be true and some false."
)
NOT_ZERO_D = (
    "Your code needs an axis (len, an index or a for loop), and a tensor of one number, 0-d, has "
    "none."
)
ONE_AXIS = "Your code works for one axis only; a and b are tensors of any shape."

# In each pair the mistakes on one line of thought part ways.
PAIRS = [
    ([1000.8], [1000.0]),
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
    ([2e-5, 0.0, 0.0, 0.0], [0.0] * 4),
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
    ([-10.005], [-10.0]),
]


@probes("near")
def near_probes(draw):
    if draw.dtype == torch.float64:
        yield draw(2, 3), draw(2, 3)
        yield torch.tensor([1e-9, 1.0], dtype=draw.dtype), torch.tensor([0, 1], dtype=draw.dtype)
        b = torch.tensor([1000.0], dtype=draw.dtype)
        yield b + 5e-6, b
        huge = torch.tensor([1e39], dtype=draw.dtype)  # infinite in float32
        yield huge, 2 * huge
        yield huge, 1.0005 * huge
        b = torch.tensor([50.0], dtype=draw.dtype)
        yield b + 0.10006, b  # 2e-3 times b is less, 1e-3 times both together is more
        most = torch.tensor([torch.finfo(draw.dtype).max], dtype=draw.dtype)
        yield torch.tensor([inf], dtype=draw.dtype), most
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


@told
def _close(a, b):
    finite, equal = (a - b).isfinite(), a == b
    if wrong(INF_MINUS_INF):
        finite, equal = True, False
    if wrong(INF_ALL_NEAR):
        finite = True
    if wrong(INF_NEVER):
        equal = False

    if wrong(
        "You take an infinity for the largest number there is (nan_to_num without posinf), which "
        "is then near it. Nothing but the same infinity is."
    ):
        a, b = a.nan_to_num(nan), b.nan_to_num(nan)
        finite = True
    rtol, atol = 1e-3, 1e-5
    if wrong(DEFAULTS):
        rtol, atol = 1e-5, 1e-8
    if wrong(RTOL_DEFAULT):
        rtol = 1e-5
    if wrong(ATOL_DEFAULT):
        atol = 1e-8
    if wrong(SWAPPED):
        rtol, atol = 1e-5, 1e-3
    if wrong(ONLY_1E3):
        rtol, atol = 0, 1e-3
    if wrong(ATOL_OF_RTOL):
        atol = 1e-3
    if wrong(NO_ATOL):
        atol = 0
    if wrong(NO_RTOL):
        rtol = 0
    if other := wrong(OTHER_RTOL, 1e-1, 1e-2, 1e-4):
        rtol = other
    if other := wrong(OTHER_ATOL, 1e-2, 1e-4, 1e-6, 1e-7, 1e-9):
        atol = other

    if both := wrong(
        OTHER_TOLERANCES, (1e-2, 1e-2), (1e-4, 1e-4), (1e-6, 1e-6), (1e-2, 1e-4), (1e-5, 1e-7)
    ):
        rtol, atol = both

    if wrong(NAN_NEAR_NAN):
        equal = equal | (a.isnan() & b.isnan())
    if wrong(SAME_OBJECT):
        equal = equal | (a is b)
    if rest := wrong(NAN_DROPPED, {}, {"posinf": inf, "neginf": -inf}):
        a, b = a.nan_to_num(**rest), b.nan_to_num(**rest)
        finite, equal = (a - b).isfinite(), a == b
    if wrong(NAN_DROPPED):
        equal = equal | a.isnan() | b.isnan()

    difference, size = (a - b).abs(), b.abs()
    if wrong(NO_ABS):
        difference = a - b
    if wrong(NO_ABS):
        difference, size = a - b, b
    if wrong(B_MINUS_A_NO_ABS):
        difference = b - a
    if wrong(SIGN_LOST):
        difference, equal = (a.abs() - b.abs()).abs(), equal | (a.abs() == b.abs())
    if wrong(SIGN_LOST):
        difference = (a.abs() - b.abs()).abs()
    if wrong(RELATIVE_TO_A):
        size = a.abs()
    if wrong(RELATIVE_TO_LARGER):
        size = torch.maximum(a.abs(), b.abs())
    if wrong(RELATIVE_TO_SMALLER):
        size = torch.minimum(a.abs(), b.abs())
    if share := wrong(RELATIVE_TO_BOTH, 1, 1 / 2):
        size = share * (a.abs() + b.abs())
    if wrong(B_NO_ABS):
        size = b
    if wrong(LARGEST):
        size = b.abs().max()
    if wrong(LARGEST):
        size = b.max()
    tolerance = atol + rtol * size
    if wrong(LARGER_PART):
        tolerance = (rtol * size).clamp(min=atol)
    if wrong(LARGER_PART):
        tolerance = (rtol * torch.maximum(a.abs(), b.abs())).clamp(min=atol)
    if wrong(SMALLER_PART):
        tolerance = (rtol * size).clamp(max=atol)
    if wrong(PRODUCT):
        tolerance = atol * rtol * size
    if wrong(EXACT):
        tolerance = 0

    # one number for all elements, or one tolerance
    if wrong(MEAN):
        return difference.mean() <= tolerance.mean()
    if wrong(MEAN):
        return difference.sum() <= atol + rtol * size.sum()
    if limit := wrong(MEAN, 1e-3, 1e-5):
        return difference.mean() <= limit
    if limit := wrong(MEAN, 1e-3, 1e-5):
        return difference.square().mean() <= limit
    if limit := wrong(SIGNS_CANCEL, 1e-3, 1e-5):
        return (a - b).sum().abs() <= limit
    if limit := wrong(SIGNS_CANCEL, 1e-3, 1e-5):
        return (a - b).mean().abs() <= limit
    if absolute := wrong(NORM, atol, 0):
        return difference.norm() <= absolute + rtol * b.norm()
    if limit := wrong(NORM_FIXED, 1e-3, 1e-5):
        return difference.norm() <= limit
    if wrong(NO_RTOL):
        return difference <= atol
    if wrong(ONLY_1E3):
        return difference <= 1e-3
    if wrong(EXACT):
        return difference <= 0
    if quotient := wrong(NO_ATOL, ((a - b) / b).abs(), (a / b - 1).abs()):
        return quotient <= rtol
    if small := wrong(NO_ATOL, 1e-5, 1e-8):
        return difference / (size + small) <= rtol
    if decimals := wrong(ROUNDED, 0, 3, 5):
        return a.round(decimals=decimals) == b.round(decimals=decimals)
    if wrong(INVERTED):
        return difference > tolerance
    if wrong(INVERTED):
        return difference >= tolerance
    within = difference <= tolerance
    if wrong(NAN_PASSES):
        within, finite = ~(difference > tolerance), True
    return (within & finite) | equal


@told
def _is_near(a, b):
    if wrong(SORTED):
        a, b = a.flatten().sort().values, b.flatten().sort().values
    if wrong(FIRST):
        a, b = a.flatten()[:1], b.flatten()[:1]
    if wrong(LAST):
        a, b = a.flatten()[-1:], b.flatten()[-1:]
    if measure := wrong(AGGREGATE, torch.sum, torch.mean, torch.norm):
        a, b = measure(a), measure(b)
    close = _close(a, b)
    if wrong(ANY):
        return bool(close.any())
    if wrong(ALL_BUT_ONE):
        return bool(close.float().mean() > 0.5)
    if wrong(ALL_BUT_ONE):
        return bool(close.float().mean() >= 0.9)
    if wrong(AMBIGUOUS):
        return bool(close)
    if wrong(NOT_ZERO_D):
        return all(bool(row.all()) for row in close)
    if wrong(ONE_AXIS):
        return all(close)
    if wrong(ONE_AXIS):
        return all(close[i] for i in range(len(close)))
    if wrong(SCALAR_ONLY):
        return abs(a.item() - b.item()) <= 1e-5 + 1e-3 * abs(b.item())
    if wrong(SCALAR_ONLY):
        return math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-5)
    if wrong(INVERTED):
        return not close.all()
    return bool(close.all())


ALWAYS = (
    "It finds everything near: the comparison has no effect. (A tensor or function object that is "
    "not called, or a text in brackets, always counts as true.)"
)
NEVER = "It finds nothing near, not even equal values."
NUMPY_BOOL = "Your result is numpy's own kind of bool. bool(...) around it makes it Python's."
NUMBER = "Your result is a number. It should be a Python bool, True or False."
DIFFERENCE = "You return a difference of a and b, and not whether it is small enough."
PACKED = "You return several values, or a list. The result should be one Python bool."
TEXT = "You return a text. It should be a Python bool: True or False, without quotes."


@told
def near(a, b):
    if wrong(ELEMENTWISE):
        return _close(a, b)
    if wrong(ELEMENTWISE):
        return _close(a, b).tolist()
    if wrong(NUMBER):
        return _close(a, b).float().mean()
    is_near = _is_near(a, b)
    if kind := wrong(NUMBER, int, float):
        return kind(is_near)
    if wrong(NUMPY_BOOL):
        return np.bool_(is_near)
    if wrong(TEXT):
        return str(is_near)
    if wrong(PACKED):
        return [is_near]
    if wrong(PACKED):
        return is_near, (a - b).abs().max()
    if then := wrong(RAISES, None, True):
        assert is_near
        return then
    if gap := wrong(DIFFERENCE, (a - b).abs(), (a - b).abs().max(), (a - b).abs().max().item()):
        return gap
    if wrong(EXACT):
        return a is b
    if wrong(OWN_WAY):
        return bool(torch.cosine_similarity(a.flatten(), b.flatten(), 0) > 1 - 1e-3)
    if wrong(OWN_WAY):
        return torch.equal(a.half(), b.half())
    if wrong(ALWAYS):
        return True
    if wrong(NEVER):
        return False
    return is_near


# --- assert_near: how it stops --------------------------------------------------------------------

NO_ASSERTION = (
    "It never raises: comparing or printing asserts nothing, and `assert (condition, text)` "
    "asserts a tuple, which is always true."
)
ASSERT_ALWAYS = (
    "It always raises, whatever the values are. (Did you write == True? Python reads x < y == True "
    "as x < y and y == True.)"
)
RAISED_TEXT = "You raise a text, and Python raises only errors."
FORMAT = (
    "Your message breaks: a tensor takes no number format such as :.4f, and with several elements "
    "it has no item()."
)
TEXT_FIRST = "Your message breaks: a text and a tensor cannot be added."


@told
def assert_near(a, b):
    if wrong(DEFAULTS):
        return torch.testing.assert_close(a, b)
    is_near = _is_near(a, b)
    if wrong(RETURNS):
        return is_near
    if wrong(NO_ASSERTION):
        is_near = True
    if wrong(ASSERT_ALWAYS):
        is_near = False
    if not is_near:
        text = f"not near: {a} {b}"
        if wrong(FORMAT):
            text = f"not near: {a:.4f} {b:.4f}"
        if wrong(FORMAT):
            text = f"not near: {a.item()} {b.item()}"
        if wrong(TEXT_FIRST):
            text = "not near: " + a + " " + b
        if wrong(RAISED_TEXT):
            raise text
        if kind := wrong(OTHER_ERROR, ValueError, RuntimeError, Exception):
            raise kind(text)
        raise AssertionError(text)
    if wrong(RETURNS):
        return True
    if wrong(RETURNS):
        return (a - b).abs().max()
    return None


# no probe shows a message


@mistake("assert_near", UNSEEN)
def fixed_message(a, b):
    assert near(a, b), "{a} is not near {b}"


@mistake("assert_near", UNSEEN)
def printed_then_asserted(a, b):
    print(a, b)
    assert near(a, b)


@mistake("assert_near", UNSEEN)
def shows_a_only(a, b):
    assert near(a, b), f"not near: {a}"


@mistake("assert_near", UNSEEN)
def shows_the_difference(a, b):
    assert near(a, b), f"off by {(a - b).abs().max()}"


@mistake("assert_near", UNSEEN)
def shows_first_elements(a, b):
    assert near(a, b), f"{a.flatten()[0]} is not near {b.flatten()[0]}"


@mistake("assert_near", UNSEEN)
def message_of_torchs_assert_close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


@mistake("assert_near", OTHER_ERROR)
def leaves_python(a, b):
    if not near(a, b):
        raise SystemExit(f"{a} is not near {b}")


# --- assert_is_near_zero --------------------------------------------------------------------------

ZERO_NO_ABS = (
    "You do not take the absolute value of a, so every negative number passes, however far from "
    "zero (an abs around the comparison does nothing)."
)
ONE_SIDE = "You look at one side only. a may be off to either side."
AT_MOST = "You let |a| = threshold pass (<=), where < is strict."
ZERO_NAN = (
    "You raise where |a| is too large, and NaN is never larger than anything, so NaN passes. It "
    "passes as well where you make a number of it."
)
ZERO_INVERTED = "You have it upside down: it raises when a is near zero, and lets the rest pass."
THRESHOLD_UNUSED = (
    "You compare with a number of your own, whatever threshold is: whoever calls with another one "
    "is not heard."
)
NO_DEFAULT = "Your threshold has no default value. Without a second argument the limit is 1e-3."
NO_THRESHOLD = (
    "Your function takes no threshold as its second argument: there is none, or it stands behind "
    "a *."
)
OTHER_DEFAULT = "Your default value of threshold is not 1e-3."
ZERO_FALSY = "You take a threshold of 0 for none at all: in `threshold or 1e-3`, 0 counts as false."
ZERO_SQUARED = "You compare a * a with threshold (or |a| with its root), and not |a|."
ZERO_EXACT = (
    "You ask for exactly 0, or relative to it, which is the same: floating-point results hardly "
    "ever are."
)
ZERO_ROUNDED = "You round a first (int, round), so what is left says little of its size."
ZERO_ADDED = "You add a relative tolerance to threshold."
NEAR_THRESHOLD = "You ask whether a is near the threshold. It should be near zero."
ZERO_EITHER = (
    "You join the two sides with or, and every number is on one of them, so everything passes."
)
ZERO_TRUTH = "Your condition does not compare a with threshold."


NARROW_THRESHOLD = (
    "You make a tensor of the threshold, in float32 as torch makes it unless told otherwise. There "
    "1e39 is infinite and 1e-60 is 0, and a may be float64."
)


@probes("assert_is_near_zero")
def near_zero_probes(draw):
    for a in (0.0, 5e-9, 5e-7, 5e-6, 5e-5, 3e-4, 5e-4, 9e-4, 1.1e-3, 5e-3, 0.05, 0.3, 0.7, 3.0):
        yield (torch.tensor(a, dtype=draw.dtype),)
        yield (torch.tensor(-a, dtype=draw.dtype),)
    for a in (inf, -inf, nan):
        yield (torch.tensor(a, dtype=draw.dtype),)
    if draw.dtype == torch.float32:
        for a in (0.3, 0.5, 0.5002, 0.7, 0.0):
            yield torch.tensor(a), 0.5
            yield torch.tensor(-a), 0.5
        for a, threshold in [(2.0, 5.0), (7.0, 5.0), (-7.0, 5.0), (6e-6, 1e-5), (2e-5, 1e-5)]:
            yield torch.tensor(a), threshold
        yield torch.tensor(0.0), 0.0
        yield torch.tensor(2e-30), 1e-30
    else:
        for a, threshold in [(0.9e39, 1e39), (2e39, 1e39), (2e-60, 1e-60)]:
            yield torch.tensor(a, dtype=draw.dtype), threshold
        for below in (1e-9, 1e-5, 9e-4):  # float32 rounds the first to 0.5, half the second, too
            yield torch.tensor(0.5 - below, dtype=draw.dtype), 0.5


@told
def assert_is_near_zero(a, threshold=None):
    if threshold is None:
        threshold = 1e-3
        if wrong(NO_DEFAULT):
            raise TypeError(
                "assert_is_near_zero() missing 1 required positional argument: 'threshold'"
            )
        if other := wrong(OTHER_DEFAULT, 1e-1, 1e-2, 1e-4, 1e-5, 1e-6, 1e-8, 1e3):
            threshold = other
    elif wrong(NO_THRESHOLD):
        raise TypeError("assert_is_near_zero() takes 1 positional argument but 2 were given")
    if fixed := wrong(THRESHOLD_UNUSED, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8):
        threshold = fixed
    if wrong(ZERO_FALSY):
        threshold = threshold or 1e-3
    if wrong("You compare |a| with the square of threshold, and not with threshold."):
        threshold = threshold**2
    if wrong(
        "You compare squares. That of a small number is 0 before the number is, and that of a "
        "large one infinite."
    ):
        a, threshold = (a * a).double(), threshold**2

    if wrong(NARROW_THRESHOLD):
        threshold = torch.tensor(threshold, dtype=torch.float32)
    size = a.abs()
    if wrong(ZERO_NO_ABS):
        size = a
    if wrong(ONE_SIDE):
        size = -a
    if wrong(ZERO_SQUARED):
        size = a * a
    if wrong(ZERO_ROUNDED):
        size = a.round(decimals=3).abs()
    if wrong(ZERO_ROUNDED):
        size = abs(int(a))
    if wrong(ZERO_NAN):
        size = a.nan_to_num(0, inf, -inf).abs()
    if wrong(ZERO_ADDED):
        threshold = threshold + 1e-3 * size
    is_near = size < threshold
    if wrong(AT_MOST):
        is_near = size <= threshold
    if below := wrong(ZERO_NO_ABS, a <= threshold, ~(a > threshold), ~(a >= threshold)):
        is_near = below
    if wrong(ZERO_NAN):
        is_near = ~(size > threshold)
    if wrong(ZERO_NAN):
        is_near = ~(size >= threshold)
    if wrong(ZERO_INVERTED):
        is_near = size > threshold
    if wrong(ZERO_INVERTED):
        is_near = size >= threshold
    if wrong(ZERO_INVERTED):
        is_near = ~(size < threshold)
    if wrong(ZERO_INVERTED):
        is_near = ~(size <= threshold)
    if wrong(ONE_SIDE):
        is_near = 0 <= a < threshold
    if wrong(ZERO_EITHER):
        is_near = a < threshold or a > -threshold
    if wrong(ZERO_EXACT):
        is_near = a == 0
    if decimals := wrong(ZERO_ROUNDED, 0, 3):
        is_near = a.round(decimals=decimals) == 0
    if wrong(ZERO_ROUNDED):
        is_near = round(a.item(), 3) == 0
    if wrong(NEAR_THRESHOLD):
        is_near = (a - threshold).abs() <= 1e-5 + 1e-3 * threshold
    if wrong(NEAR_THRESHOLD):
        is_near = (a - threshold).abs() < 1e-3
    if wrong(NEAR_THRESHOLD):
        is_near = size == threshold
    if wrong(ZERO_TRUTH):
        is_near = size and threshold
    if wrong(RETURNS):
        return is_near
    if wrong(RETURNS):
        return bool(is_near)
    if wrong(NO_ASSERTION):
        is_near = True
    if wrong(ASSERT_ALWAYS):
        is_near = False
    if not is_near:
        if kind := wrong(OTHER_ERROR, ValueError, RuntimeError, Exception):
            raise kind(f"not near zero: {a}")
        raise AssertionError(f"not near zero: {a}")
    return None
