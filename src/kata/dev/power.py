"""How often is a right answer refused? The statistical checks on the solutions, under many seeds.

What runs are the chapter's own tests; each check in them is counted, and none stops the others.
A check makes one or two hypothesis tests, each of which may refuse once in 1/ALPHA samples.
"""

import importlib.util
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from kata.answers.handin import Answers, Submission
from kata.answers.seeds import generators_kept
from kata.checks import random
from kata.course import course, exercises
from kata.refusal import Refused

TESTS = course().root / "tests" / "test_ch04_init.py"
CHECKS = {
    "assert_mean_zero",
    "assert_std",
    "assert_normal",
    "assert_rows_independent",
    "assert_columns_independent",
    "assert_unrelated",
    "assert_draws_anew",
}


@dataclass
class Tally:
    """How many checks were made, the messages of those that refused, and how long it took."""

    seeds: int
    checks: int = 0
    alarms: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        found = "".join(f"\n{alarm}" for alarm in self.alarms)
        return (
            f"{self.seeds:,} seeds, {self.checks:,} checks, {len(self.alarms)} false alarms, "
            f"{self.seconds:.0f} s{found}"
        )


def count(seeds: int, answers: Answers | None = None) -> Tally:
    """Run every statistical check on the answers (the solutions) with seeds 0 to seeds - 1."""
    tally, start = Tally(seeds), time.perf_counter()
    answers = answers or Submission(course().solutions)
    module = _tests_with_counted_checks(tally)
    tests = [test for name, test in vars(module).items() if _is_statistical(name, test)]
    before = random.SEED
    try:
        with generators_kept():
            for random.SEED in range(seeds):
                for test in tests:
                    test(*(answers.answer(name) for name in inspect.signature(test).parameters))
    finally:
        random.SEED = before
    tally.seconds = time.perf_counter() - start
    return tally


def _is_statistical(name: str, test: Any) -> bool:
    """Whether it is a test that makes one of the checks, and asks for an exercise alone."""
    if not name.startswith("test_") or not CHECKS & set(test.__code__.co_names):
        return False
    return set(inspect.signature(test).parameters) <= set(exercises())


def _tests_with_counted_checks(tally: Tally) -> ModuleType:
    """The chapter's tests, loaded anew, with checks that count and do not stop."""
    spec = importlib.util.spec_from_file_location("false_alarms_of", TESTS)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in CHECKS:
        setattr(module, name, _counted(getattr(module, name), tally))
    return module


def _counted(check: Callable[..., None], tally: Tally) -> Callable[..., None]:
    def counted(*args: Any) -> None:
        tally.checks += 1
        try:
            check(*args)
        except Refused as refused:
            tally.alarms.append(f"seed {random.SEED}: {refused.message}")

    return counted
