"""Is this tensor the expected one? Shape and dtype first, then values, each in the kata's words.

Nothing broadcasts before it is compared. Tolerances are running error bounds (Higham, Accuracy
and Stability of Numerical Algorithms, 2nd ed., section 3.1 and equation 3.13): a sum of products
with k roundings is off by at most

    k eps * (the same sum over absolute values),

whatever the order of summation. `scale` is that sum over absolute values, `roundings` is k, eps
is of the answer's dtype (twice the unit roundoff, which leaves room for a rearranged formula).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kata.answers.words import count, kind
from kata.refusal import Refused

FEW = 3  # values that are shown along each axis
DIGITS, ALL = 4, 17  # that are shown of a number, and that a float64 has


@dataclass(frozen=True)
class Expected:
    """The right values (float64), and how far off a right answer may be.

    values, scale: float64, of one shape. roundings: k of the bound above.
    """

    values: Tensor
    scale: Tensor
    roundings: int

    def tolerance(self, dtype: torch.dtype) -> Tensor:
        """Return the bound, element by element, for an answer computed in dtype."""
        smallest = torch.finfo(dtype).tiny
        return self.roundings * torch.finfo(dtype).eps * self.scale.abs() + smallest


def assert_tensor(got: Any, like: Tensor, shape: tuple[int, ...], what: str) -> None:
    """Refuse anything but a tensor of this shape, with the dtype and the device of `like`."""
    if not isinstance(got, Tensor):
        raise Refused(f"{what} is {kind(got)}; expected a tensor of shape {list(shape)}")
    if tuple(got.shape) != tuple(shape):
        raise Refused(f"{what} has shape {list(got.shape)}; expected {list(shape)}")
    if got.dtype != like.dtype:
        raise Refused(f"{what} is {_dtype(got)}; expected {_dtype(like)}, as the inputs are")
    if got.device != like.device:
        raise Refused(f"{what} is on {got.device}; expected {like.device}, where the inputs are")


def assert_close(got: Any, expected: Expected, like: Tensor, what: str, why: str) -> None:
    """Refuse a result of another shape, dtype or device, then one off by more than the bound.

    what: the name of the result, such as "w.grad". why: the line of the derivation behind it.
    """
    assert_tensor(got, like, tuple(expected.values.shape), what)
    exact = expected.values.cpu()
    values = got.detach().double().cpu()
    tolerance = expected.tolerance(got.dtype).cpu()
    wrong = ~((values - exact).abs() <= tolerance)
    if wrong.any():
        raise Refused(
            f"{what} has wrong values{_where(wrong)}\n"
            f"  {_beside(values, exact, wrong)}\n"
            f"  {describe(values, exact)}; {_allowed(expected, tolerance, got)}\n"
            f"  why: {why}"
        )


def describe(got: Tensor, exact: Tensor) -> str:
    """In what way one tensor differs from another of its shape: by a factor, or by how much."""
    if not got.isfinite().all():
        bad = int((~got.isfinite()).sum())
        are = "is" if bad == 1 else "are"
        return f"{bad} of {count(got.numel(), 'value')} {are} nan or infinite"
    if not got.any():
        return "all values are 0"
    ratio = constant_ratio(got, exact)
    if ratio is not None and f"{ratio:.4g}" != "1":
        return f"{ratio:.4g} times the expected values"
    norm = exact.norm()
    if norm == 0:
        return f"off by {(got - exact).abs().max():.3g} where 0 is expected"
    return f"off by {100 * float((got - exact).norm() / norm):.3g} %"


def constant_ratio(got: Tensor, exact: Tensor, rtol: float = 1e-4) -> float | None:
    """Return the factor r with got = r * exact everywhere, or None where there is none."""
    if got.shape != exact.shape or got.numel() < 2 or not exact.any() or not got.isfinite().all():
        return None
    ratio = float((got * exact).sum() / exact.square().sum())
    near = (got - ratio * exact).norm() <= rtol * abs(ratio) * exact.norm()
    return ratio if bool(near) and ratio != 0 else None


def compact(values: Tensor, digits: int = DIGITS) -> str:
    """Return a few of the values, to four digits or more."""
    if values.dim() == 0:
        return f"{values.item():.{digits}g}"
    dots = ", ..." if len(values) > FEW else ""
    return f"[{', '.join(compact(v, digits) for v in values[:FEW])}{dots}]"


def digits_apart(got: Tensor, exact: Tensor) -> int:
    """Return how many digits show that two tensors of one shape differ: four, or more."""
    differs = got != exact
    pairs = list(zip(got[differs].tolist(), exact[differs].tolist(), strict=True))
    return next(
        (n for n in range(DIGITS, ALL) if any(f"{a:.{n}g}" != f"{b:.{n}g}" for a, b in pairs)), ALL
    )


def _beside(got: Tensor, exact: Tensor, wrong: Tensor) -> str:
    """Return what was got and what was expected; where all that is shown is right, a wrong one."""
    part, at = (slice(FEW),) * wrong.dim(), ""
    if not wrong[part].any():
        first = wrong.nonzero()[0].tolist()
        got, exact, at = got[tuple(first)], exact[tuple(first)], f" at {first}"
        digits = digits_apart(got, exact)
    else:
        seen = wrong[part]
        digits = digits_apart(got[part][seen], exact[part][seen])
    return f"got {compact(got, digits)}{at}  expected {compact(exact, digits)}"


def _where(wrong: Tensor) -> str:
    if wrong.dim() == 0 or wrong.all():
        return ""
    first = wrong.nonzero()[0].tolist()
    return f" in {int(wrong.sum())} of {wrong.numel()} elements, first at {first}"


def _allowed(expected: Expected, tolerance: Tensor, got: Tensor) -> str:
    """Return how far off a right answer may be, and why."""
    if not expected.roundings:
        return "the values have to be exact, as nothing is rounded here"
    roundings = count(expected.roundings, "rounding")
    return f"tolerance {_relative(tolerance, expected.values)} = {roundings} of {_dtype(got)}"


def _relative(tolerance: Tensor, exact: Tensor) -> str:
    norm = float(exact.norm())
    return f"{float(tolerance.norm()) / norm:.1e}" if norm else f"{float(tolerance.max()):.1e}"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
