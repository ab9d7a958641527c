"""Signals that end us: by an exception where children and terminal are to be looked after."""

import os
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


@contextmanager
def ending_at_once(name: str) -> Iterator[None]:
    """Let this signal end the process in the block, where there is nothing to look after yet."""
    number = signal.Signals[name]
    before = signal.signal(number, lambda *_: os._exit(128 + number))
    try:
        yield
    finally:
        signal.signal(number, before)
