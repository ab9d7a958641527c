"""The time limit of one test: an endless loop is stopped, and its line is shown."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kata.refusal import TookTooLong

AGAIN = 0.2  # seconds; a bare `except:` in the loop may swallow the first alarm


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after so many seconds, again and again until it ends.

    Needs SIGALRM and the main thread; without them (Windows) there is no limit here.
    """
    if not hasattr(signal, "setitimer") or not _in_main_thread() or seconds <= 0:
        yield
        return

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"{seconds:g}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
