"""The time limit of one test: an endless loop is stopped, and its line is shown.

What counts is how long the process has worked (kata.answers.clock), so that a busy machine refuses
nobody.
"""

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from kata.answers.clock import Clock
from kata.refusal import TookTooLong

AGAIN = 0.2  # seconds between two looks; a bare `except:` may swallow the first alarm
# One who sleeps gets a few times the limit: reading files or waiting for a thread is no fault, and
# where the system cannot tell a sleeper from one who waits for a processor, a load of 3 is endured.
ASLEEP = 3.0
# The last bound, for one that hardly ever gets a processor: at a load of 30 nothing can be graded.
STARVED = 30.0
BEAT = 0.5  # seconds between two signs of life


class Limit:
    """How much of so many seconds some processes have used."""

    def __init__(self, seconds: float, pids: Iterable[int], stops: bool = False) -> None:
        """stops: whether the calling process is to be stopped when they are over."""
        self.seconds = seconds
        self.clock = Clock(pids)
        self.stops = stops
        self.struck: TookTooLong | None = None  # what was raised, which the block may swallow

    def used(self) -> float:
        """Return the part that is used; 1 or more when the time is over."""
        clock, seconds = self.clock, self.seconds
        clock.look()
        return max(
            clock.worked / seconds,
            clock.slept / (ASLEEP * seconds),
            clock.passed / (STARVED * seconds),
        )

    def late(self) -> TookTooLong:
        """Return what to raise where they are over."""
        return TookTooLong(f"{self.seconds:g}")


_running: list[Limit] = []  # of this process, the outermost first
_helpers: set[int] = set()  # processes whose work counts as ours
_quiet = 0  # how many blocks want no alarm
_paused = 0  # how many of them are not counted either
_signs: list[Callable[[], object]] = []
_last_sign = 0.0


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after so many seconds, again and again until it ends.

    Without SIGALRM (Windows), or outside the main thread, a call into C is not interrupted: it is
    stopped when it returns.
    """
    if seconds <= 0:
        yield
        return
    if not hasattr(signal, "setitimer") or not _in_main_thread():
        with _time_limit_by_a_thread(seconds):
            yield
        return
    global _quiet
    limit = Limit(seconds, [os.getpid(), *_helpers], stops=True)
    tick, began = min(AGAIN, seconds), time.monotonic()
    _quiet += 1  # an alarm from around here must not leave the steps half done
    try:
        handler = signal.signal(signal.SIGALRM, _alarm)
        left, again = signal.setitimer(signal.ITIMER_REAL, tick, tick)
        _running.append(limit)
    finally:
        _quiet -= 1
    try:
        yield
    except Exception:
        if limit.struck is None:
            raise
        # it came amid steps that belong together, such as those of a lock, which then fail
        raise limit.struck from None
    finally:
        limit.stops = False  # first of all, and no signal is looked at before it
        _quiet += 1
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, handler)
            if left:  # an alarm around this one: what is left of it, or at once
                left = max(1e-3, left - (time.monotonic() - began))
                signal.setitimer(signal.ITIMER_REAL, left, again)
        finally:
            _quiet -= 1
            _running.remove(limit)
        show_life()


@contextmanager
def _time_limit_by_a_thread(seconds: float) -> Iterator[None]:
    """Do what time_limit does, by a thread that looks and has Python raise in the caller's."""
    limit = Limit(seconds, [os.getpid(), *_helpers], stops=True)
    caller, deciding, over = threading.get_ident(), threading.Lock(), threading.Event()

    def look() -> None:
        while not over.wait(min(AGAIN, seconds)):
            with deciding:
                if limit.stops and not _quiet and limit.used() >= 1:
                    _raise_in(caller, TookTooLong)

    _running.append(limit)
    threading.Thread(target=look, daemon=True).start()
    try:
        yield
    except TookTooLong as late:  # Python makes it without a word
        late.args = late.args or limit.late().args
        raise
    finally:
        with deciding:
            limit.stops = False
            _raise_in(caller, None)  # what was not raised yet is not to be
        over.set()
        _running.remove(limit)
        show_life()


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    told = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), told)


@contextmanager
def account(seconds: float) -> Iterator[Limit]:
    """Count what this process uses of so many seconds, and stop nothing."""
    limit = Limit(seconds, [os.getpid(), *_helpers])
    _running.append(limit)
    try:
        yield limit
    finally:
        _running.remove(limit)


@contextmanager
def paused() -> Iterator[None]:
    """Do work of our own within a limit that is the learner's: not counted, not interrupted."""
    global _quiet, _paused
    clocks = [limit.clock for limit in _running if limit.stops and not _paused]
    for clock in clocks:
        clock.look()
    _quiet, _paused = _quiet + 1, _paused + 1
    try:
        yield
    finally:
        try:
            for clock in clocks:
                clock.skip()
        finally:
            _quiet, _paused = _quiet - 1, _paused - 1
        show_life()


@contextmanager
def held() -> Iterator[Limit | None]:
    """Hold the alarm back, for one who looks how much of the innermost limit is used, and acts."""
    global _quiet
    _quiet += 1
    try:
        yield next((limit for limit in reversed(_running) if limit.stops), None)
    finally:
        _quiet -= 1


def helped_by(pid: int) -> None:
    """Count another process's work as this one's."""
    _helpers.add(pid)
    for limit in _running:
        limit.clock.count(pid)


def helped_no_more_by(pid: int) -> None:
    """Count it up to here, before it is ended."""
    _helpers.discard(pid)
    for limit in _running:
        limit.clock.look()


def tell_of_life(sign: Callable[[], object]) -> None:
    """Call sign now and then, while this process comes to the end of what it does."""
    _signs[:] = [sign]


def show_life() -> None:
    """Tell whoever waits for this process that it goes on."""
    global _last_sign
    if _signs and time.monotonic() - _last_sign > BEAT:
        _last_sign = time.monotonic()
        with suppress(OSError, ValueError):  # the learner's code may have closed the line
            _signs[0]()


def _alarm(signum: int, frame: FrameType | None) -> None:
    over = (limit for limit in _running if limit.stops and limit.used() >= 1)
    if not _quiet and (limit := next(over, None)):
        limit.struck = limit.late()
        raise limit.struck


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
