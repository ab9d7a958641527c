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
from kata.teacher.fence import landlock, seccomp, spaces

WITHOUT = "KATA_CAGE_WITHOUT"
PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 24, 36, 38
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo")
CHOSEN = "/etc/alternatives"  # the links by which Debian's libraries lead to one another
PACKAGES = ("site-packages", "dist-packages")
FILES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/etc/ld.so.cache")


@dataclass(frozen=True)
class Cage:
    """landlock: the version of its interface, 0 for none. seccomp: whether it is used.

    namespaces: spaces.CLOSED, spaces.NETWORK, or 0 for none.
    """

    landlock: int
    seccomp: bool
    namespaces: int

    @classmethod
    def here(cls) -> "Cage":
        """Return what this system has."""
        without = set(os.environ.get(WITHOUT, "").split(","))
        words = {spaces.CLOSED: {"namespaces", "processes"}, spaces.NETWORK: {"namespaces"}}
        kinds = (kind for kind, leave_out in words.items() if not leave_out & without)
        return cls(
            0 if "landlock" in without else landlock.version(),
            "seccomp" not in without and seccomp.available(),
            next((kind for kind in kinds if spaces.works(kind, readable)), 0),
        )

    def in_words(self) -> str:
        """Return one line: what is active, and what is missing."""
        named = {
            f"Landlock {self.landlock}": self.landlock > 0,
            "seccomp": self.seccomp,
            "namespaces (network, IPC)": self.namespaces > 0,
            "namespaces (processes, files)": self.namespaces == spaces.CLOSED,
        }
        active = ["own process and session", "limits", *(n for n, there in named.items() if there)]
        missing = [n.rstrip(" 0") for n, there in named.items() if not there]
        lacking = f"; not on this system: {', '.join(missing)}" if missing else ""
        return f"protections: {', '.join(active)}{lacking}"

    def enter(self, folder: Path) -> None:
        """Move into namespaces, as far as there are any; see spaces.enter.

        folder: holds the submissions, one after the other.
        """
        if self.namespaces:
            spaces.enter(self.namespaces, [*readable(), folder])

    def close(self, folder: Path, line: int, memory: int, seconds: float) -> None:
        """Lock the calling process, its working folder the only one of the learner's it can read.

        line: the one descriptor that stays open, beside /dev/null as 0, 1 and 2.
        memory: MB that it may take beyond what it has. seconds: of processor time.
        """
        os.setsid()
        if not sys.platform.startswith("linux"):
            raise OSError("students' processes are fenced in on Linux only")
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(spaces.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
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
    """Return where Python and its packages lie, but for what tells what is right.

    Those are the course, its package and ours. They may lie among the other packages: then each of
    these is a place of its own. A place that is called by way of links is there by both names.
    """
    named = ("stdlib", "platstdlib", "purelib", "platlib")
    places = [*(sysconfig.get_path(name) for name in named), *SYSTEM, *FILES, CHOSEN]
    places += [f"{prefix}/lib" for prefix in {sys.prefix, sys.base_prefix}]
    places += [place for place in sys.path if Path(place).name in PACKAGES]
    secret = {course().root, course().solutions.parent, _folder_of("kata")}
    if package := course().package:
        secret.add(_folder_of(package))
    found = {part for place in {*map(Path, places)} for part in _without(secret, place)}
    return tuple(sorted({name for part in found for name in (part, part.resolve())}))


def _without(secret: set[Path], place: Path, whole: bool = False) -> Iterator[Path]:
    """Yield a place, or those parts of it that hold nothing secret; whole: it or nothing."""
    target = place.resolve()
    if not any(folder.is_relative_to(target) for folder in secret):
        yield place
    elif target not in secret and not whole:
        with suppress(OSError):  # a folder that we may not list, a student may not either
            for part in place.iterdir():  # a link may lead back to a folder above
                yield from _without(secret, part, whole=part.is_symlink())


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).resolve().parent


def die_with_parent(parent: int) -> None:
    """End the calling process when the one that forked it ends; `parent` was that one's id."""
    ctypes.CDLL(None).prctl(spaces.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
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
