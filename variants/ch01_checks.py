"""Right answers of chapter 1 that look unusual. All must pass."""

import functools
import math

import numpy as np
import torch

from kata.diagnosis.recorded import right


@right("near")
def named_tolerances(a, b):
    return torch.allclose(a, b, atol=1e-5, rtol=1e-3)


@right("near")
def method(a, b):
    return a.allclose(b, 1e-3, 1e-5)


@right("near")
def isclose_then_all(a, b):
    return torch.isclose(a, b, rtol=1e-3, atol=1e-5).all().item()


@right("near")
def formula_with_infinities(a, b):
    d = (a - b).abs()
    return bool(((a == b) | (d.isfinite() & (d <= 1e-5 + 1e-3 * b.abs()))).all())


@right("near")
def strictly_less(a, b):
    d = torch.sub(b, a).abs()
    return bool((a.eq(b) | (d < (b * 1e-3).abs().add(1e-5)) & b.isfinite()).all())


@right("near")
def none_is_far(a, b):
    far = (a - b).abs() > 1e-5 + 1e-3 * b.abs()
    odd = (a.isfinite() & b.isfinite()).logical_not() & (a != b)
    return not (far | odd).any()


@right("near")
def number_by_number(a, b):
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    return all(
        x == y or (math.isfinite(x - y) and abs(x - y) <= 1e-5 + 1e-3 * abs(y)) for x, y in pairs
    )


@right("near")
def numpys_allclose(a, b):
    return bool(np.allclose(a.cpu().numpy(), b.cpu().numpy(), rtol=1e-3, atol=1e-5))


@right("near")
def in_double(a, b):
    return torch.allclose(a.double(), b.double(), rtol=1e-3, atol=1e-5)


@right("near")
def by_torch_testing(a, b):
    try:
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)
    except AssertionError:
        return False
    return True


@right("near")
def recursive(a, b):
    if a.dim() == 0:
        return torch.allclose(a, b, rtol=1e-3, atol=1e-5)
    return all(recursive(x, y) for x, y in zip(a, b, strict=True))


@right("near")
class WithTolerances:
    """An object that is called."""

    def __init__(self, rtol=1e-3, atol=1e-5):
        self.near = functools.partial(torch.allclose, rtol=rtol, atol=atol)

    def __call__(self, a, b):
        return self.near(a, b)


@right("near")
def largest_excess(a, b):
    excess = (a - b).abs() - (1e-5 + 1e-3 * b.abs())
    excess = excess.where(a != b, excess.new_tensor(-1.0))
    return float(excess.nan_to_num(nan=1.0, posinf=1.0).max()) <= 0


def near(a, b):
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5)


@right("assert_near")
def plain_assert(a, b):
    assert near(a, b), f"{a} {b}"


@right("assert_near")
def raised(a, b):
    if not near(a, b):
        raise AssertionError(f"expected {b}, got {a}")


@right("assert_near")
def raised_with_both(a, b):
    if near(a, b):
        return None
    raise AssertionError(a, b)


@right("assert_near")
def lists_on_two_lines(a, b):
    assert near(a, b), "\n".join(["not near", str(a.tolist()), str(b.tolist())])


@right("assert_near")
def by_percent(a, b):
    assert near(a, b), "%s is not near %s" % (a, b)  # noqa: UP031, an older way, and right


@right("assert_near")
def by_format(a, b):
    assert near(a, b), "expected {1!r}, not {0!r}".format(a, b)  # noqa: UP030, UP032, as above


@right("assert_near")
def numpys_arrays(a, b):
    assert near(a, b), f"{a.cpu().numpy()} - {b.cpu().numpy()}"


@right("assert_near")
def with_the_difference(a, b):
    d = (a - b).abs().max()
    assert near(a, b), f"a={a}, b={b}, off by {d:.3g} (rtol=0.001, atol=1e-05)"


@right("assert_near")
def two_digits(a, b):
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    assert near(a, b), "; ".join(f"{x:.2e} for {y:.2e}" for x, y in pairs)


@right("assert_near")
def only_what_differs(a, b):
    far = ~torch.isclose(a, b, rtol=1e-3, atol=1e-5)
    assert not far.any(), f"{a[far]} against {b[far]}"


@right("assert_near")
def numpys_assertion(a, b):
    a, b = a.cpu().numpy(), b.cpu().numpy()
    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=False)


@right("assert_near")
def torchs_assertion(a, b):
    torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5, msg=f"{a} {b}")


class NotNear(AssertionError):
    """An AssertionError of another name."""


@right("assert_near")
class Asserting:
    """An object that is called, and raises an AssertionError of its own kind."""

    def __call__(self, a, b):
        if not torch.isclose(a, b, rtol=1e-3, atol=1e-5).all():
            raise NotNear(f"{a} {b}")


@right("assert_is_near_zero")
def absolute_function(a, threshold=1e-3):
    assert torch.abs(a) < threshold


@right("assert_is_near_zero")
def absolute_builtin(a, threshold=0.001):
    assert abs(a.item()) < threshold, f"{a.item():.4f}"


@right("assert_is_near_zero")
def both_sides(a, threshold=10**-3):
    assert -threshold < a < threshold, a


@right("assert_is_near_zero")
def raised_unless(a, threshold=1e-3):
    if not a.abs() < threshold:
        raise AssertionError(f"{a} is not near 0")


@right("assert_is_near_zero")
def both_signs(a, threshold=1e-3):
    assert max(float(a), -float(a)) < threshold or False
    assert not a.isnan()


@right("assert_is_near_zero")
def larger_threshold(a, limit=1e-3):
    assert limit > math.fabs(a), "too large"


@right("assert_is_near_zero")
def all_of_it(a, threshold=1e-3):
    assert (a.abs() < threshold).all()


@right("assert_is_near_zero")
def with_nan_apart(a, threshold=1e-3):
    if a.isnan() or a.abs() >= threshold:
        raise AssertionError


@right("assert_is_near_zero")
def through_numpy(a, threshold=1e-3):
    assert np.abs(a.cpu().numpy()) < threshold


@right("assert_is_near_zero")
class Zero:
    """An object that is called."""

    def __call__(self, a, threshold=1e-3, *, what="a"):
        assert a.abs().lt(threshold), f"{what} is {a}"
