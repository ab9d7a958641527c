"""Make this Python behave, as far as that goes, like one on Windows. Put this folder on PYTHONPATH.

    PYTHONPATH=<this folder> PYTHONDONTWRITEBYTECODE=1 kata check near

It takes an installation that has no __pycache__: bytecode of `kata` would be taken as it is.

AS_IF=posixless,share,text,platform (default: all of them)
  posixless  no fork, setitimer, SIGALRM, SIGKILL, pthread_sigmask, killpg, resource, termios, fcntl
  share      a file that any process has open can be neither removed, renamed nor replaced
  text       text files are written with CRLF, and without an encoding they are cp1252
  platform   modules of the package `kata` see sys.platform == "win32"; there is an msvcrt

What it cannot show: drive letters, paths without case, reserved names, long paths, CreateProcess
(which finds no .cmd), the console, AF_UNIX over pipes. Only the standard library is used.
"""

import builtins
import glob
import importlib.machinery
import io
import os
import signal
import subprocess
import sys
import types
from contextlib import suppress

ASKED = set(os.environ.get("AS_IF", "posixless,share,text,platform").split(","))
KILL = 9


def posixless() -> None:
    import asyncio  # noqa: F401  - these look at os and signal when they are imported
    import concurrent.futures  # noqa: F401
    import faulthandler  # noqa: F401
    import getpass  # noqa: F401
    import multiprocessing.connection
    import multiprocessing.context
    import multiprocessing.popen_spawn_posix
    import multiprocessing.resource_tracker  # noqa: F401
    import pathlib  # noqa: F401
    import pdb  # noqa: F401
    import platform  # noqa: F401
    import shutil  # noqa: F401
    import socket
    import socketserver  # noqa: F401
    import tempfile  # noqa: F401
    import threading  # noqa: F401
    import webbrowser  # noqa: F401

    with suppress(ImportError):
        import platformdirs  # noqa: F401  - a plugin of pytest's, which hypothesis may bring
    subprocess.Popen.kill = lambda self: os.kill(self.pid, KILL) if self.poll() is None else None
    subprocess.Popen.terminate = subprocess.Popen.kill
    gone = "fork forkpty setsid killpg getpgrp getpgid setpgid tcgetpgrp tcsetpgrp getuid geteuid "
    gone += (
        "getgid mkfifo fchmod fchown chown WIFSIGNALED WTERMSIG WIFEXITED WEXITSTATUS WIFSTOPPED"
    )
    gone += " O_NONBLOCK O_NOFOLLOW O_DIRECTORY wait wait3 wait4 nice getloadavg"
    for name in gone.split():
        vars(os).pop(name, None)
    kept = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM", "SIG_DFL", "SIG_IGN"}
    for name in [n for n in vars(signal) if n.startswith(("SIG", "ITIMER_")) and n not in kept]:
        del vars(signal)[name]
    for name in ("setitimer", "getitimer", "alarm", "pthread_sigmask", "pause", "sigwait"):
        vars(signal).pop(name, None)
    for name in ("AF_UNIX", "SOCK_SEQPACKET", "SCM_RIGHTS", "CMSG_LEN"):
        vars(socket).pop(name, None)
    for name in ("resource", "termios", "tty", "fcntl", "pwd", "grp", "pty", "syslog"):
        sys.modules[name] = None  # type: ignore[assignment]  # importing it is an ImportError


def share() -> None:
    def is_open(path: object) -> bool:
        try:
            wanted = os.path.realpath(os.fspath(path))  # type: ignore[call-overload]
        except (TypeError, ValueError):
            return False
        if not isinstance(wanted, str) or wanted.startswith(
            ("/usr", "/lib", "/etc", "/proc", "/sys", "/dev")
        ):
            return False
        for link in glob.iglob("/proc/[0-9]*/fd/*"):
            try:
                if os.readlink(link) == wanted:
                    return True
            except OSError:
                continue
        return False

    def guarded(name: str, both: bool) -> None:
        real = getattr(os, name)

        def act(path: object, *rest: object, **kwargs: object) -> object:
            if not kwargs.get("dir_fd"):
                for one in (path, *rest[:1]) if both else (path,):
                    if is_open(one):
                        raise PermissionError(
                            13, "the file is open in a process (WinError 32)", one
                        )
            return real(path, *rest, **kwargs)

        setattr(os, name, act)

    for name in ("unlink", "remove"):
        guarded(name, both=False)
    for name in ("rename", "replace"):
        guarded(name, both=True)


def text() -> None:
    real = io.open

    def as_there(file: object, mode: str = "r", *rest: object, **kwargs: object) -> object:
        if "b" not in mode and len(rest) < 4:
            names = ("buffering", "encoding", "errors", "newline")
            given = {**dict(zip(names, rest, strict=False)), **kwargs}
            if given.get("encoding") in (None, "locale"):
                given["encoding"] = "cp1252"
            if given.get("newline") is None and set(mode) & set("wax+"):
                given["newline"] = "\r\n"
            return real(file, mode, **given)  # type: ignore[call-overload]
        return real(file, mode, *rest, **kwargs)  # type: ignore[call-overload]

    builtins.open = io.open = as_there  # type: ignore[assignment]


def platform_of_kata() -> None:
    console = types.ModuleType("msvcrt")
    waiting: list[str] = []

    def kbhit() -> bool:
        import select

        if not waiting and select.select([0], [], [], 0)[0]:
            waiting.extend(os.read(0, 100).decode("latin-1"))
        return bool(waiting)

    console.kbhit, console.getwch = kbhit, lambda: waiting.pop(0)  # type: ignore[attr-defined]
    sys.modules["msvcrt"] = console
    subprocess.CREATE_NEW_PROCESS_GROUP = 0x200  # type: ignore[attr-defined]
    begin = subprocess.Popen.__init__

    def without_flags(self: object, *args: object, **kwargs: object) -> None:
        kwargs.pop("creationflags", None)
        begin(self, *args, **kwargs)  # type: ignore[arg-type]

    subprocess.Popen.__init__ = without_flags  # type: ignore[method-assign]
    loader = importlib.machinery.SourceFileLoader
    compiled = loader.source_to_code

    def there(self: object, data: object, path: object, **kwargs: object) -> object:
        ours = any(part in str(path) for part in ("/src/kata/", "/site-packages/kata/"))
        if isinstance(data, bytes) and ours:
            data = data.replace(b"sys.platform", b"'win32'")
        return compiled(self, data, path, **kwargs)  # type: ignore[arg-type]

    loader.source_to_code = there  # type: ignore[method-assign,assignment]


if "posixless" in ASKED:
    posixless()
if "platform" in ASKED:
    platform_of_kata()
if "share" in ASKED:
    share()
if "text" in ASKED:
    text()
