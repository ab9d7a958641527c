"""The fixtures that a course's tests ask for: the answers by their names, and what draws inputs."""

import types
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from kata.course import exercises
from kata.refusal import NotPassed

if TYPE_CHECKING:
    from kata.answers.handin import Answers


class Session(Protocol):
    """What grades: it has the answers of one submission after the other."""

    @property
    def submission(self) -> "Answers": ...


def fixtures_of(session: Session) -> types.ModuleType:
    """Return a plugin: a fixture for each exercise, the answer of that name; and two that draw.

    draw: in float32 and in float64. draw64: in float64 alone, for what takes longer.
    """

    def answer_to(name: str) -> Any:
        @pytest.fixture(name=name)
        def answer(request: pytest.FixtureRequest) -> Any:
            if hasattr(request, "param"):
                return request.param.answer
            try:
                return session.submission.answer(name)
            except NotPassed as why:
                from kata.answers.call import Absent  # imports torch

                return Absent(name, why)

        return answer

    def drawn(request: pytest.FixtureRequest, dtype: Any, device: str) -> Any:
        from kata.checks.inputs import Draw  # imports torch

        option = request.config.getoption
        # thousands of recorded mistakes are told by whether they fail, not by where
        return Draw(dtype, device, option("--draw-seed"), to_the_smallest=not option("--recorded"))

    @pytest.fixture
    def draw(request: pytest.FixtureRequest, dtype: Any, device: str) -> Any:
        return drawn(request, dtype, device)

    @pytest.fixture
    def draw64(request: pytest.FixtureRequest, device: str) -> Any:
        import torch

        return drawn(request, torch.float64, device)

    plugin = types.ModuleType("kata_exercises")
    vars(plugin).update({name: answer_to(name) for name in exercises()}, draw=draw, draw64=draw64)
    return plugin
