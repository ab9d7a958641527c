"""A search over sizes, memory layouts and magnitudes, the same in every run."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kata.draw import LAYOUTS, Draw

SIZES = st.integers(1, 6)  # 1 and unequal sizes are where axes are mixed up
LAYOUT = st.sampled_from(LAYOUTS)
MAGNITUDE = st.sampled_from([1.0, 1e-4, 1e4])
BUDGET = 15


def over(**strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Run a test on BUDGET draws of these arguments; a failure is shown for the smallest one."""
    budget = settings(
        max_examples=BUDGET,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    def decorate(test: Callable[..., None]) -> Any:
        @wraps(test)
        def restarted(*args: Any, draw: Draw, **kwargs: Any) -> None:
            draw.restart()  # the same sizes must give the same numbers when they are tried again
            test(*args, draw=draw, **kwargs)

        return budget(given(**strategies)(restarted))

    return decorate
