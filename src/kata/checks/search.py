"""A search over sizes, memory layouts and magnitudes, the same in every run."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kata.checks.inputs import LAYOUTS, Draw
from kata.refusal import Todo

SIZES = st.integers(1, 6)  # 1 and unequal sizes are where axes are mixed up
LAYOUT = st.sampled_from(LAYOUTS)
MAGNITUDE = st.sampled_from([1.0, 1e-4, 1e4])
BUDGET = 15
_PHASES = [Phase.generate, Phase.shrink]


class _AtOnce(BaseException):
    """Takes Todo past hypothesis, which would look for the smallest sizes that are still to do."""

    def __init__(self, todo: Todo) -> None:
        super().__init__()
        self.todo = todo


def stop_at_any_failure() -> None:
    """Look for no smaller failure than the first; has to be said before the tests are imported.

    Thousands of recorded mistakes are told by whether they fail, not by where.
    """
    _PHASES[:] = [Phase.generate]


def over(**strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Run a test on BUDGET draws of these arguments; a failure is shown for the smallest one."""
    budget = settings(
        max_examples=BUDGET,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=_PHASES,
        suppress_health_check=list(HealthCheck),
    )

    def decorate(test: Callable[..., None]) -> Any:
        @wraps(test)
        def restarted(*args: Any, draw: Draw, **kwargs: Any) -> None:
            draw.restart()  # the same sizes must give the same numbers when they are tried again
            try:
                test(*args, draw=draw, **kwargs)
            except Todo as todo:
                raise _AtOnce(todo) from None

        searched = budget(given(**strategies)(restarted))

        @wraps(searched)
        def at_once(*args: Any, **kwargs: Any) -> None:
            try:
                searched(*args, **kwargs)
            except _AtOnce as at_once:
                raise at_once.todo from None

        return at_once

    return decorate
