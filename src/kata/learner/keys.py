"""Single keys, read without waiting, and the terminal put back whatever happens."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol


class Keys(Protocol):
    """Where keys come from; a context, in which the terminal is set up for them."""

    def __enter__(self) -> "Keys": ...

    def __exit__(self, *_: object) -> None: ...

    def pressed(self) -> str:
        """Return the keys pressed since the last call: letters, and arrows as ← ↓ ↑ →."""

    @contextmanager
    def lent(self) -> Iterator[None]:
        """The terminal as it was before, for another program (an editor)."""
        yield


class NoKeys:
    """For input that is no terminal, or not ours."""

    def __enter__(self) -> "NoKeys":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def pressed(self) -> str:
        return ""

    @contextmanager
    def lent(self) -> Iterator[None]:
        yield


def keys() -> Keys:
    """Return keys from the terminal, where there is one and we are in its foreground."""
    if not sys.stdin.isatty():
        return NoKeys()
    if sys.platform == "win32":
        return WindowsKeys()
    if os.getpgrp() != os.tcgetpgrp(sys.stdin.fileno()):
        return NoKeys()
    return TerminalKeys()


ARROWS = {"A": "↑", "B": "↓", "C": "→", "D": "←"}


def letters(typed: bytes) -> str:
    """Return the letters among what was typed, its arrows, and Esc where it was typed by itself.

    Other escape sequences have none; Enter is a line break.
    """
    if typed == b"\x1b":
        return "\x1b"
    text = re.sub(
        r"\x1b[\[O]([A-D])", lambda arrow: ARROWS[arrow[1]], typed.decode("ascii", "ignore")
    )
    return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?", "", text).replace("\r", "\n")


if sys.platform == "win32":
    import msvcrt

    ON_WINDOWS = {"H": "↑", "P": "↓", "M": "→", "K": "←"}

    class WindowsKeys(NoKeys):
        """The console of Windows."""

        def pressed(self) -> str:
            typed = ""
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in "\x00\xe0":  # an arrow or a function key: two of them
                    typed += ON_WINDOWS.get(msvcrt.getwch(), "")
                elif key == "\x03":
                    raise KeyboardInterrupt
                else:
                    typed += "\n" if key == "\r" else key
            return typed

else:
    import select
    import termios
    import tty

    class TerminalKeys:
        """A terminal in cbreak mode: no echo, no wait for Enter; Ctrl-C and Ctrl-Z still work."""

        def __enter__(self) -> "TerminalKeys":
            self._fd = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._fd)
            self._handler: Any = signal.signal(signal.SIGCONT, self._continued)
            tty.setcbreak(self._fd)
            return self

        def __exit__(self, *_: object) -> None:
            signal.signal(signal.SIGCONT, self._handler)
            self._restore()

        def pressed(self) -> str:
            if not select.select([self._fd], [], [], 0)[0]:
                return ""
            return letters(os.read(self._fd, 1024))

        @contextmanager
        def lent(self) -> Iterator[None]:
            self._restore()
            try:
                yield
            finally:
                tty.setcbreak(self._fd)
                termios.tcflush(self._fd, termios.TCIFLUSH)

        def _restore(self) -> None:
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

        def _continued(self, signum: int, frame: FrameType | None) -> None:
            """After Ctrl-Z and fg: the shell has set the terminal up for itself meanwhile."""
            if os.getpgrp() == os.tcgetpgrp(self._fd):
                tty.setcbreak(self._fd)
