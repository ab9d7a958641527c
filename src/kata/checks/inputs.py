"""Random inputs for the tests, from a generator of their own: the learner's seed has no say.

`Draw` draws tensors; `over` searches sizes, memory layouts and magnitudes, the same in every run.
"""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from itertools import cycle
from typing import Any

import hypothesis
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from torch import Tensor

from kata.refusal import Todo

# Ways in which the same values may lie in memory; "repeated" rows share one row (stride 0).
LAYOUTS = ("contiguous", "transposed", "strided", "repeated")

SIZES = st.integers(1, 6)  # 1 and unequal sizes are where axes are mixed up
LAYOUT = st.sampled_from(LAYOUTS)
# beyond what the next narrower dtype holds (half 65,504 and 6e-8, float32 3e38 and 1e-45); squares
# of them are within their own
HUGE = {torch.float32: 1e5, torch.float64: 1e39}
TINY = {torch.float32: 1e-12, torch.float64: 1e-60}
MAGNITUDE = st.sampled_from([1.0, 1e-4, 1e4])
BUDGET = 15


class Draw:
    """Draws tensors of one dtype on one device; the same ones in every run.

    seed: another one gives other numbers, and other sizes to `over`.
    to_the_smallest: whether `over` goes on from a failure to the smallest sizes that fail.
    """

    def __init__(
        self,
        dtype: torch.dtype,
        device: str = "cpu",
        seed: int = 0,
        to_the_smallest: bool = True,
    ) -> None:
        self.dtype = dtype
        self.device = device
        self.seed = seed
        self.to_the_smallest = to_the_smallest
        self.restart()

    def restart(self) -> None:
        """Draw the same numbers again from here on."""
        self._generator = torch.Generator().manual_seed(self.seed)

    def __call__(self, *shape: int, scale: float = 1.0, layout: str = "contiguous") -> Tensor:
        """Return standard normal numbers times scale, in the given shape and layout."""
        values = torch.randn(shape, generator=self._generator, dtype=torch.float64) * scale
        return lay_out(values.to(self.dtype).to(self.device), layout)

    def ints(self, high: int, *shape: int) -> Tensor:
        """Return whole numbers 0 ... high - 1 (int64)."""
        return torch.randint(high, shape, generator=self._generator).to(self.device)

    def with_grad(self, tensor: Tensor) -> Tensor:
        """Return the tensor, with a random upstream gradient in .grad; never ones."""
        tensor.grad = self(*tensor.shape)
        return tensor


def lay_out(values: Tensor, layout: str) -> Tensor:
    """Return the values in another memory layout; "repeated" keeps only the first row's values."""
    assert layout in LAYOUTS, layout
    if layout == "transposed" and values.dim() > 1:
        return values.mT.contiguous().mT
    if layout == "strided" and values.dim():
        return values.repeat_interleave(2, dim=-1)[..., ::2]
    if layout == "repeated" and values.dim():
        return values[:1].expand_as(values)
    return values


class _AtOnce(BaseException):
    """Takes Todo past hypothesis, which would look for the smallest sizes that are still to do."""

    def __init__(self, todo: Todo) -> None:
        super().__init__()
        self.todo = todo


def over(**strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Run a test on BUDGET draws of these arguments; a failure is shown for the smallest one.

    hypothesis draws them once, at `prepare(seed)` or the first run; where the test fails on one of
    them, it draws the same again, and goes on to the smallest.
    """

    def decorate(test: Callable[..., None]) -> Any:
        def restarted(*args: Any, draw: Draw, **kwargs: Any) -> None:
            draw.restart()  # the same sizes must give the same numbers when they are tried again
            test(*args, draw=draw, **kwargs)

        @wraps(test)
        def past_todo(*args: Any, **kwargs: Any) -> None:
            try:
                restarted(*args, **kwargs)
            except Todo as todo:
                raise _AtOnce(todo) from None

        @cache
        def drawn(seed: int) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            search(lambda **sizes: found.append(sizes), seed, Phase.generate)()
            if strategies.get("layout") is LAYOUT:
                # by chance alone, one may never come with sizes that tell
                for sizes, layout in zip(found, cycle(LAYOUTS)):
                    sizes["layout"] = layout
            return found

        def search(tried: Callable[..., None], seed: int, *phases: Phase) -> Any:
            by_name = hypothesis.seed(f"{test.__qualname__} {seed}")
            return by_name(_budget(phases)(given(**strategies)(tried)))

        to_the_smallest = cache(lambda seed: search(past_todo, seed, Phase.generate, Phase.shrink))

        @wraps(to_the_smallest(0))
        def over_all(*args: Any, draw: Draw, **kwargs: Any) -> None:
            try:
                for sizes in drawn(draw.seed):
                    restarted(*args, draw=draw, **kwargs, **sizes)
                return
            except Todo:
                raise
            except Exception as error:
                if not draw.to_the_smallest:
                    raise
                first = error
            # out of the handler: else Python takes `first` for what the next error came from
            try:
                to_the_smallest(draw.seed)(*args, draw=draw, **kwargs)
            except _AtOnce as at_once:
                raise at_once.todo from None
            raise first  # what fails at times only is shown as it failed

        over_all.prepare = drawn  # type: ignore[attr-defined]
        return over_all

    return decorate


def _budget(phases: Sequence[Phase]) -> settings:
    return settings(
        max_examples=BUDGET,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
