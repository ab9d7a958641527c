"""`pytest --pdb` opens the debugger in the learner's own frame, not in ours."""

from typing import Any

import pytest

from kata.answers.keyboard import KEPT
from kata.refusal import Raised


class InTheirFrame:
    """Hands pytest's debugger what the answer raised."""

    def __init__(self) -> None:
        KEPT["errors"] = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, call: pytest.CallInfo[Any]) -> None:
        """Put the answer's error in the place of what we made of it."""
        found = call.excinfo.value if call.excinfo else None
        if isinstance(found, Raised) and found.__context__ is not None:
            call.excinfo = pytest.ExceptionInfo.from_exception(found.__context__)

    def pytest_unconfigure(self) -> None:
        """Keep no more errors."""
        KEPT["errors"] = False
