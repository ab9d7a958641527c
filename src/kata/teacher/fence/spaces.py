"""Namespaces: how much of the machine a nursery and its students can name.

In those of CLOSED, the nursery is process 1 of its own numbering, so no number means a process
outside, and all others end when it does. Its root folder is a small file system in memory, with
read-only views of the places that it is given, /proc for its own processes, and nothing else.
Root may have them; others may where the system allows user namespaces.
"""

import ctypes
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
NETWORK = NEWUTS | NEWIPC | NEWNET
CLOSED = NETWORK | NEWPID | NEWNS

PR_SET_PDEATHSIG = 1
NOSUID, NODEV, NOEXEC, BIND, RECURSIVE, PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18  # of mount
DETACH = 2  # of umount2
MOUNT_SETATTR = 442  # the same on every architecture; few C libraries have a function for it yet
HERE, BELOW, READ_ONLY = -100, 0x8000, 1 | NOSUID  # of mount_setattr
OLD = "old-root"


def enter(spaces: int, places: Iterable[Path]) -> None:
    """Move the calling process, or for CLOSED a child of it, into new namespaces. Raises OSError.

    It returns in the process that is inside. Where that is a child, the caller never gets away: it
    waits for the child, and each of the two ends when the other does.
    places: what there is to read inside.
    """
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", spaces)
    except PermissionError:
        _call("unshare", NEWUSER | spaces)
        if spaces == CLOSED:
            _keep_ids(user, group)
    if spaces == CLOSED:
        if child := os.fork():
            os.closerange(0, 1 << 12)  # whoever listens to the child is to hear of its end
            os._exit(os.waitpid(child, 0)[1] != 0)
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _close_root(places)


def works(spaces: int, places: Callable[[], Iterable[Path]]) -> bool:
    """Return whether `enter` does here; tried in a process that ends at once."""
    if child := os.fork():
        return os.waitpid(child, 0)[1] == 0
    status = 1
    try:
        enter(spaces, places())
        status = 0
    finally:
        os._exit(status)


def _keep_ids(user: int, group: int) -> None:
    """Let a user be called within a user namespace as outside."""
    Path("/proc/self/setgroups").write_bytes(b"deny")  # else the kernel allows no map of groups
    Path("/proc/self/uid_map").write_bytes(b"%d %d 1" % (user, user))
    Path("/proc/self/gid_map").write_bytes(b"%d %d 1" % (group, group))


def _close_root(places: Iterable[Path]) -> None:
    """Make a new root folder that holds the places, read-only, and leave the old one."""
    sources = _outermost(places)
    _mount(None, "/", None, RECURSIVE | PRIVATE)
    # over any folder: it is the root a moment later, and the folder can be seen again
    _mount("tmpfs", "/proc", "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    os.mkdir(f"/proc/{OLD}")
    _call("pivot_root", b"/proc", f"/proc/{OLD}".encode())
    os.chdir("/")
    for name, source in sources.items():
        outside = Path(f"/{OLD}{source}")
        if os.path.isdir(outside):
            name.mkdir(parents=True, exist_ok=True)
        else:
            name.parent.mkdir(parents=True, exist_ok=True)
            name.touch()
        _mount(str(outside), str(name), None, BIND | RECURSIVE)
    os.mkdir("/proc")
    _mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
    _call("umount2", f"/{OLD}".encode(), DETACH)
    os.rmdir(f"/{OLD}")
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY)  # adds, and so keeps what users may not take off
    _call("syscall", MOUNT_SETATTR, HERE, b"/", BELOW, attributes, ctypes.c_size_t(32))


def _outermost(places: Iterable[Path]) -> dict[Path, Path]:
    """Return where each place lies, links resolved, but for places within others."""
    found: dict[Path, Path] = {}
    for place in sorted({*places}):
        if os.path.exists(place) and not any(outer in found for outer in place.parents):
            found[place] = place.resolve()
    return found


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    texts = [text.encode() if text else None for text in (source, target, kind)]
    _call("mount", *texts, ctypes.c_ulong(flags), data.encode())


def _call(name: str, *args: object) -> None:
    """Call a function of the C library's. Raises OSError."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
