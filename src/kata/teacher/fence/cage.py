"""What holds a student's process: limits, Landlock, seccomp, namespaces, as far as there are any.

`Cage.here()` asks the kernel once; `KATA_CAGE_WITHOUT` (words with commas between) leaves
protections out, for the tests. `close` is called in the student's process before any line of the
learner's is read, and cannot be undone there.
"""

import ctypes
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from kata.course import course
from kata.teacher.fence import landlock, seccomp

WITHOUT = "KATA_CAGE_WITHOUT"
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
NEWUTS, NEWIPC, NEWUSER, NEWNET = 0x04000000, 0x08000000, 0x10000000, 0x40000000
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo")
PACKAGES = ("site-packages", "dist-packages")
FILES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/etc/ld.so.cache")


@dataclass(frozen=True)
class Cage:
    """landlock: the version of its interface, 0 for none. seccomp, namespaces: whether used."""

    landlock: int
    seccomp: bool
    namespaces: bool

    @classmethod
    def here(cls) -> "Cage":
        """Return what this system has."""
        without = os.environ.get(WITHOUT, "").split(",")
        return cls(
            0 if "landlock" in without else landlock.version(),
            "seccomp" not in without and seccomp.available(),
            "namespaces" not in without and _can_unshare(),
        )

    def in_words(self) -> str:
        """Return one line: what is active, and what is missing."""
        named = {
            f"Landlock {self.landlock}": self.landlock > 0,
            "seccomp": self.seccomp,
            "namespaces (network, IPC)": self.namespaces,
        }
        active = ["own process and session", "limits", *(n for n, there in named.items() if there)]
        missing = [n.rstrip(" 0") for n, there in named.items() if not there]
        lacking = f"; not on this system: {', '.join(missing)}" if missing else ""
        return f"protections: {', '.join(active)}{lacking}"

    def unshare(self) -> None:
        """Leave the network and the other processes' IPC behind, where that is allowed."""
        if self.namespaces:
            _unshare()

    def close(self, folder: Path, line: int, memory: int, seconds: float) -> None:
        """Lock the calling process, its working folder the only one of the learner's it can read.

        line: the one descriptor that stays open, beside /dev/null as 0, 1 and 2.
        memory: MB that it may take beyond what it has. seconds: of processor time.
        """
        os.setsid()
        if not sys.platform.startswith("linux"):
            raise OSError("students' processes are fenced in on Linux only")
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.dup2(line, 3)
        os.closerange(4, max(line, null, 1024) + 1024)
        os.chdir(folder)
        _limit(memory, seconds)
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        _drop_capabilities(libc)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self.landlock:
            landlock.confine([*readable(), folder], self.landlock)
        if self.seccomp:
            seccomp.refuse()


@cache
def readable() -> tuple[Path, ...]:
    """Return where Python and its packages lie, links resolved, but for what tells what is right.

    Those are the course, its package and ours. They may lie among the other packages: then each of
    these is a place of its own.
    """
    named = ("stdlib", "platstdlib", "purelib", "platlib")
    places = [*(sysconfig.get_path(name) for name in named), *SYSTEM, *FILES]
    places += [f"{prefix}/lib" for prefix in {sys.prefix, sys.base_prefix}]
    places += [place for place in sys.path if Path(place).name in PACKAGES]
    secret = {course().root, course().solutions.parent, _folder_of("kata")}
    if package := course().package:
        secret.add(_folder_of(package))
    found = {Path(place).resolve() for place in places}
    return tuple(sorted({part for place in found for part in _without(secret, place)}))


def _without(secret: set[Path], place: Path) -> Iterator[Path]:
    """Yield a place, or those parts of it that hold nothing secret."""
    if not any(folder.is_relative_to(place) for folder in secret):
        yield place
    elif place not in secret:
        with suppress(OSError):  # a folder that we may not list, a student may not either
            for part in place.iterdir():
                if part.is_symlink():  # it may lead back to a folder above
                    target = part.resolve()
                    if not any(folder.is_relative_to(target) for folder in secret):
                        yield target
                else:
                    yield from _without(secret, part)


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).resolve().parent


def die_with_parent(parent: int) -> None:
    """End the calling process when the one that forked it ends; `parent` was that one's id."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Let processes whose parent ended become children of the calling one."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _limit(memory: int, seconds: float) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + (memory << 20)
    limits = {
        resource.RLIMIT_AS: space,
        resource.RLIMIT_CPU: int(seconds) + 2,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if os.getuid() != 0:  # root has no limit, and what root may, a person's own programs need
        limits[resource.RLIMIT_NPROC] = 4096
    for which, most in limits.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write says why it fails


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Keep no right of root's but that of owning files."""
    version = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.capset(version, (ctypes.c_uint32 * 6)())


def _unshare() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = NEWUTS | NEWIPC | NEWNET
    if libc.unshare(spaces) != 0 and libc.unshare(NEWUSER | spaces) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _can_unshare() -> bool:
    """Return whether a process of ours may; tried in one that ends at once."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _unshare()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0
