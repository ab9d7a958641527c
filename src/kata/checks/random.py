"""What the chapters' tests ask of an answer that draws random weights.

torch's global generator is seeded before each call (the plugin puts its state back after each
test), so a verdict is the same in every run. The tests themselves are in statistics.py.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor

from kata.answers.call import Answer
from kata.answers.seeds import seed_torch
from kata.answers.signature import axes_of_results, results_of, sizes_in
from kata.answers.words import count, kind
from kata.checks.compare import assert_tensor, compact
from kata.checks.statistics import (
    ALPHA,
    Bounds,
    cosine_bounds,
    cosines,
    distance,
    distance_bounds,
    largest_bounds,
    std_bounds,
    student_bounds,
)
from kata.refusal import Refused

SEED = 20_150_206  # the day He et al. put their paper on arXiv; nobody's own favourite seed
_seed = ContextVar("_seed", default=SEED)

SAME_AGAIN = (
    "Every call returns the same weights: a fixed seed, weights made once and kept, or no random "
    "numbers at all. Draw new ones from torch's global generator at each call."
)
OTHER_GENERATOR = (
    "You do not draw from torch's global generator (but from numpy, random or a Generator of your "
    "own), so torch.manual_seed has no say. Use torch.randn or the like without a generator."
)
EMPTY = (
    "You return memory that nothing was written to (torch.empty): whatever lay there, sometimes "
    "nan or huge. Fill it with numbers, for example by torch.randn or torch.zeros instead."
)

WHY_NORMAL = "the weights are normal: their sum with any inputs then is normal, too"
WHY_MEAN = "E[w] = 0, so that E[out] = E[sum_j x_j w_j] = 0 for every input"
WHY_INDEPENDENT = (
    "each weight is drawn by itself; units that start alike get the same gradient and stay alike"
)


def drawn(answer: Answer, *args: Any, seeded: bool = True, dtype: torch.dtype | None = None) -> Any:
    """Call an init; return its tensors by name, refused unless shapes and dtypes are right.

    seeded: seed torch's generator before the call.
    dtype: torch's default dtype during the call.
    """
    if seeded:
        seed_torch(_seed.get())
    with empty_memory_is_nan():
        returned = answer.attempt(args, default_dtype=dtype).value
    return _by_name(answer.name, args, returned, dtype or torch.get_default_dtype())


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Let the checks in the block start from this seed in place of SEED."""
    before = _seed.set(seed)
    try:
        yield
    finally:
        _seed.reset(before)


@contextmanager
def empty_memory_is_nan() -> Iterator[None]:
    """Let torch.empty give nan, at every call, instead of what happens to lie in memory."""
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("error")  # as use_deterministic_algorithms, 1 s less import
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(before)


def assert_mean_zero(w: Tensor, what: str) -> None:
    """Refuse weights whose mean differs from 0 by more than chance.

    Chance is measured by the weights' own standard deviation: another test is for a wrong one.
    """
    values, n = _finite(w, what), w.numel()
    mean, limit = float(values.mean()), student_bounds(n)[1] * float(values.std())
    if not abs(mean) <= limit:
        raise Refused(
            f"{what} has mean {mean:.3g}; expected 0\n"
            f"  {n:,} numbers: {chance(f'within {limit:.2g} of 0')}\n"
            f"  why: {WHY_MEAN}"
        )


def assert_std(w: Tensor, std: float, what: str, why: str) -> None:
    """Refuse weights whose standard deviation differs from the right one by more than chance."""
    ratio, n = float(_over(w, std, what).square().mean().sqrt()), w.numel()
    low, high = std_bounds(n)
    if not low <= ratio <= high:
        raise Refused(
            f"{what} has standard deviation {ratio * std:.4g}; expected {std:.4g} "
            f"({ratio:.4g} times as large)\n"
            f"  {n:,} numbers: {chance(f'{low:.3f} to {high:.3f} times as large')}\n"
            f"  why: {why}"
        )


def assert_normal(w: Tensor, std: float, what: str) -> None:
    """Refuse weights that are not normally distributed, in the middle or in the tails."""
    z = _over(w, std, what)
    gap, largest, n = distance(z), float(z.abs().max()), w.numel()
    low, high = largest_bounds(n)
    if not low <= largest <= high:
        where = "too near 0" if largest < low else "too far out"
        raise Refused(
            f"the tails of {what} end {where}: the largest number is {largest:.3g} times the "
            f"standard deviation\n"
            f"  {n:,} numbers: {chance(f'{low:.3g} to {high:.3g} times')}\n"
            f"  why: {WHY_NORMAL}"
        )
    if not gap <= distance_bounds(n)[1]:
        raise Refused(
            f"{what} is not normally distributed: the share of numbers below some value is "
            f"{100 * gap:.1f} % off\n"
            f"  {n:,} numbers: {chance(f'at most {100 * distance_bounds(n)[1]:.1f} %')} "
            f"(Kolmogorov-Smirnov)\n"
            f"  why: {WHY_NORMAL}"
        )


def assert_rows_independent(w: Tensor, std: float, what: str, rows: str = "rows") -> None:
    """Refuse a matrix with two rows that are alike or opposite, or with a part common to many.

    rows: what to call them, where w is transposed.
    """
    z = _over(w, std, what)
    r, k = z.shape
    bounds = cosine_bounds(k, pairs=r * (r - 1) // 2)
    near = cosines(z, z).fill_diagonal_(0)
    at = sorted(divmod(int(near.nan_to_num(2).argmax()), r))
    _refuse_related(float(near[*at]), bounds, f"{rows} {at[0]} and {at[1]} of {what}")
    ratio = float((z.sum(0) / math.sqrt(r)).square().mean().sqrt())
    low, high = std_bounds(k)
    if not low <= ratio <= high:
        raise Refused(
            f"the {rows} of {what} add up to numbers {ratio:.3g} times as spread as those of "
            f"independent {rows}\n"
            f"  {k:,} sums of {r:,}: {chance(f'{low:.3f} to {high:.3f} times')}\n"
            f"  why: {WHY_INDEPENDENT}"
        )


def assert_columns_independent(w: Tensor, std: float, what: str) -> None:
    """Refuse a matrix with two columns alike or opposite, or with a part common to many."""
    assert_rows_independent(w.T, std, what, "columns")


def assert_unrelated(a: Tensor, b: Tensor, what: str, mistake: str | None = None) -> None:
    """Refuse two matrices with a row of one like a row of the other.

    mistake: the sentence to say where they are the very same, and not all 0.
    """
    near = float(cosines(a.detach().double(), b.detach().double()).max())
    bounds = cosine_bounds(a.shape[1], pairs=len(a) * len(b))
    _refuse_related(near, bounds, what, mistake if torch.equal(a, b) and a.any() else None)


def assert_draws_anew(answer: Answer, *args: Any) -> None:
    """Refuse an answer whose second call gives weights related to those of the first."""
    first, second = drawn(answer, *args), drawn(answer, *args, seeded=False)
    for name in (name for name in first if name.startswith("w")):
        a, b = first[name].reshape(1, -1), second[name].reshape(1, -1)
        assert_unrelated(a, b, f"{name} of one call and {name} of the next", SAME_AGAIN)


def assert_draws_globally(answer: Answer, *args: Any) -> None:
    """Refuse an answer that gives other weights after the same torch.manual_seed."""
    first, again = drawn(answer, *args), drawn(answer, *args)
    for name in first:
        a, b = first[name].detach().nan_to_num(), again[name].detach().nan_to_num()
        if not torch.equal(a, b):
            raise Refused(
                f"{name} differs though torch.manual_seed was given the same seed\n"
                f"  got {compact(b)}  before {compact(a)}\n"
                f"  why: an experiment can be repeated only if one seed decides all its numbers",
                OTHER_GENERATOR,
            )


def assert_written(answer: Answer, *args: Any) -> None:
    """Refuse an answer that leaves memory as it found it."""
    for name, values in drawn(answer, *args).items():
        if values.isnan().any():
            seed_torch(_seed.get())
            plain = answer.attempt(args).value  # now with whatever empty memory holds
            plain = _by_name(answer.name, args, plain, torch.get_default_dtype())[name]
            unwritten = bool((values.isnan() & ~plain.isnan()).any())
            raise Refused(
                f"{name} holds nan where torch.empty is made to show itself by nan"
                if unwritten
                else f"{name} holds nan",
                EMPTY if unwritten else None,
            )


def chance(expected: str) -> str:
    """Return how the tolerance comes about."""
    return f"{expected} (one right answer in {1 / ALPHA:,.0f} falls outside)"


def names_of_drawn(exercise: str) -> Sequence[str]:
    """Return the names of the tensors that an exercise draws: one alone is w."""
    count = len(axes_of_results(exercise))
    return ("w",) if count == 1 else results_of(exercise, count)


def _by_name(exercise: str, args: Any, returned: Any, dtype: torch.dtype) -> dict[str, Tensor]:
    """Return the tensors that an init returned, by name."""
    names = names_of_drawn(exercise)
    parts = [returned] if len(names) == 1 else _parts(returned, names)
    sizes = sizes_in(exercise, args)
    found = dict(zip(names, parts, strict=True))
    for (name, got), axes in zip(found.items(), axes_of_results(exercise), strict=True):
        assert_tensor(got, got, tuple(sizes[axis] for axis in axes), name)
        if got.dtype != dtype:
            short = [str(d).removeprefix("torch.") for d in (got.dtype, dtype)]
            raise Refused(f"{name} is {short[0]}; expected {short[1]}, torch's default dtype")
        if got.device.type != torch.get_default_device().type:
            raise Refused(f"{name} is on {got.device}; expected torch's default device")
    return found


def _parts(returned: Any, names: Sequence[str]) -> list[Any]:
    """Return the items of what was returned, refused unless there is one for each name."""
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    if isinstance(returned, Tensor | str | dict) or not hasattr(returned, "__len__"):
        raise Refused(f"it returned {kind(returned)}; expected {listed}")
    parts = list(returned)
    if len(parts) != len(names):
        got = count(len(parts), "value")
        raise Refused(f"it returned {got}; expected {len(names)}: {listed}")
    return parts


def _over(w: Tensor, std: float, what: str) -> Tensor:
    """w / std in float64."""
    return _finite(w, what) / std


def _finite(w: Tensor, what: str) -> Tensor:
    """w in float64; refused where a number in it is nan or infinite."""
    values = w.detach().double().cpu()
    if bad := int((~values.isfinite()).sum()):
        raise Refused(f"{bad} of {values.numel():,} numbers in {what} are nan or infinite")
    return values


def _refuse_related(near: float, bounds: Bounds, what: str, mistake: str | None = None) -> None:
    if not near <= bounds[1]:
        raise Refused(
            f"{what} are related: the cosine between them is {near:.3g} in size\n"
            f"  {chance(f'at most {bounds[1]:.2g}')}\n"
            f"  why: {WHY_INDEPENDENT}",
            mistake,
        )
