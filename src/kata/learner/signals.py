"""Signals that end us raise an exception, so that children and terminal are looked after."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """A signal asked us to end; nothing on the way out is to catch it."""


@contextmanager
def raising(error: type[BaseException], names: Sequence[str]) -> Iterator[list[int]]:
    """Let each of these signals, where the system has it, raise this in the block.

    The list holds those that came: what was raised may become something else on its way.
    """
    came: list[int] = []

    def stop(signum: int, frame: FrameType | None) -> None:
        came.append(signum)
        raise error

    asked = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in asked}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
