"""What the servers that fork have in common: messages with descriptors, a loop, a quiet end."""

import array
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kata.answers.forks import fork
from kata.answers.seeds import THREADS
from kata.course import course
from kata.course.places import VARIABLE

# how the names of the variables begin that processes get: ours, Python's and torch's
PYTHON = ("PYTHON", "VIRTUAL_ENV", "LANG", "LC_", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
LOOKED_FOR = ("KATA_", *PYTHON, "TORCH", "OMP_", "MKL_", "OPENBLAS_")
CREDENTIALS = struct.Struct("3i")  # a process's id, its user and group
LARGEST = 1 << 16  # bytes of one message

Message = dict[str, Any]


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two ends of a line whose messages arrive whole or not at all."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def tell(line: socket.socket, message: Message, descriptors: Sequence[int] = ()) -> None:
    """Send a message, and descriptors with it. Raises OSError where nobody is there."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    line.sendmsg([json.dumps(message).encode()], rights if descriptors else [])


def hear(line: socket.socket) -> tuple[Message, list[int]]:
    """Wait for a message and its descriptors. Raises EOFError where nobody is there any more."""
    descriptors = array.array("i")
    room = socket.CMSG_LEN(4 * descriptors.itemsize)
    try:
        text, ancillary, _, _ = line.recvmsg(LARGEST, room)
    except ConnectionError:
        raise EOFError from None
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    if not text:
        raise EOFError
    message: Message = json.loads(text)
    return message, list(descriptors)


def greet(line: socket.socket) -> None:
    """Let the other end know the calling process; see greeted_by."""
    line.sendall(b"!")


def greeted_by(line: socket.socket) -> int:
    """Wait for a greeting, and return the id of the process that sent it, as it is called here.

    The kernel says so (SO_PASSCRED has to be set before), and translates between namespaces.
    Raises EOFError where the process has ended before.
    """
    text, ancillary, _, _ = line.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size))
    if not text:
        raise EOFError
    line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    [(_, _, data)] = ancillary
    pid: int = CREDENTIALS.unpack(data)[0]
    return pid


def start(module: str, line: socket.socket, log: Path) -> subprocess.Popen[bytes]:
    """Start `python -m module` with a line as its descriptor, in a session of its own.

    log: the file for what it says. Of the environment it gets what Python, torch and we look for,
    since a learner's code may read all of it, and say it in a message.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith(LOOKED_FOR)},
        **dict.fromkeys(THREADS, "1"),
        "CUDA_VISIBLE_DEVICES": "",  # a class is graded on the CPU: no student's process gets a GPU
        "PYTHONHASHSEED": "0",
        VARIABLE: str(course().root),
    }
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(line.fileno())],
            pass_fds=[line.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=environment,
            start_new_session=True,
        )


def serve_forks(line: socket.socket, child: Callable[[Message, list[int]], None]) -> int:
    """For each message fork a child that gets it, and its descriptors.

    It ends when the line is closed.
    """
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps them
    tell(line, {"ready": os.getpid()})
    while True:
        try:
            message, descriptors = hear(line)
        except EOFError:
            return 0

        def work(given: tuple[Message, list[int]] = (message, descriptors)) -> None:
            line.close()
            child(*given)

        pid = fork(work)
        for descriptor in descriptors:
            os.close(descriptor)
        tell(line, {"pid": pid})


def readable(line: socket.socket | int, seconds: float) -> bool:
    """Return whether there is something to read, or the other end is gone, in so many seconds."""
    return bool(select.select([line], [], [], max(0.0, seconds))[0])
