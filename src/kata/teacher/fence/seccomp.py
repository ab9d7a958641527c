"""A seccomp filter for a student's process: the few things that it may ask of the kernel, as BPF.

What is not in the tables is refused with EPERM, so what a newer kernel can do is closed, too. The
tables hold what Python, NumPy and torch ask for in a process that reads files, computes, starts
threads and talks over the line that it has. Refused are therefore: running programs, new processes,
signals to others, opening files to write, locking and changing them, sockets, tracing, shared
memory, limits, priorities, namespaces, mounts. The numbers are those of the kernel's own headers.
"""

import ctypes
import errno
import os
import platform
import re
import struct
from collections.abc import Mapping

PR_SET_SECCOMP, MODE_FILTER = 22, 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_GREATER, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
Numbers = tuple[int | None, int | None]  # of a call, on x86_64 and on aarch64

# each: name, its number on x86_64, and on aarch64, which lacks some of the old ones
ALLOWED = """
# memory of its own
mmap 9 222, munmap 11 215, mremap 25 216, mprotect 10 226, madvise 28 233, brk 12 214,
get_mempolicy 239 236
# reading files
read 0 63, readv 19 65, pread64 17 67, preadv 295 69, lseek 8 62, close 3 57, close_range 436 436,
getcwd 79 17, getdents 78 -, getdents64 217 61, readlink 89 -, readlinkat 267 78, stat 4 -,
lstat 6 -, fstat 5 80, newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44,
access 21 -, faccessat 269 48, faccessat2 439 439, fadvise64 221 223, dup 32 23, dup2 33 -,
dup3 292 24
# writing to what is open, which no file is
write 1 64, writev 20 66, pwrite64 18 68, pwritev 296 70, sendto 44 206, sendmsg 46 211,
recvfrom 45 207, recvmsg 47 212, getsockopt 55 209, getsockname 51 204, getpeername 52 205
# waiting
poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, pipe 22 -, pipe2 293 59, eventfd2 290 19,
epoll_create 213 -, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
nanosleep 35 101, clock_nanosleep 230 115, pause 34 -
# time
time 201 -, gettimeofday 96 169, clock_gettime 228 113, clock_getres 229 114, times 100 153,
alarm 37 -, getitimer 36 102, setitimer 38 103
# who it is, and where
getpid 39 172, gettid 186 178, getppid 110 173, getpgrp 111 -, getpgid 121 155, getsid 124 156,
getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148,
getresgid 120 150, getgroups 115 158, uname 63 160, sysinfo 99 179, getrusage 98 165,
getrlimit 97 163, getpriority 140 141, getcpu 309 168, getrandom 318 278,
sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120, sched_yield 24 124
# threads and signals of its own
futex 202 98, set_robust_list 273 99, set_tid_address 218 96, rseq 334 293, membarrier 324 283,
arch_prctl 158 -, rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139,
rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132,
restart_syscall 219 128, wait4 61 260, waitid 247 95, exit 60 93, exit_group 231 94
"""
# the C library goes on to older calls, which the filter can look into
UNKNOWN: Mapping[str, Numbers] = {
    "clone3": (435, 435),
    "openat2": (437, 437),
    "epoll_pwait2": (441, 441),
}
CLONE_THREAD = 0x10000
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# what one argument (its place) has to be: one of these values
ONE_OF: Mapping[str, tuple[Numbers, int, tuple[int, ...]]] = {
    # duplicates, and flags read; not locks, leases, owners and signals
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 1030)),
    # is it a terminal, and how large; what waits to be read; whether to wait, and to keep on exec
    "ioctl": ((16, 29), 1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),
    # a thread's name, the name of memory, and questions
    "prctl": ((157, 167), 0, (3, 15, 16, 21, 23, 30, 0x53564D41)),
}
ONLY_OWN_PROCESS: Mapping[str, Numbers] = {"kill": (62, 129), "tgkill": (234, 131)}
ONLY_THREADS: Numbers = (56, 220)  # clone
ONLY_ASKING: Numbers = (302, 261)  # prlimit64, without new limits
# open, and openat: the place of the flags
FLAGS_AT: tuple[tuple[Numbers, int], ...] = (((2, None), 1), ((257, 56), 2))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def available() -> bool:
    """Return whether this kernel takes filters, and the architecture's numbers are known here."""
    if platform.system() != "Linux" or platform.machine() not in ARCHITECTURES:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # with no program at all, a kernel that knows the mode answers EFAULT
    libc.prctl(PR_SET_SECCOMP, MODE_FILTER, 0, 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def refuse() -> None:
    """Put the filter over the calling process, for good. Raises OSError."""
    program = filter_for(os.getpid(), platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    packed = _Program(len(program) // 8, program)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(packed), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def allowed() -> dict[str, Numbers]:
    """Return the calls that are allowed whatever their arguments are."""
    rows = re.findall(r"(\w+) (\d+) (\d+|-)", ALLOWED)
    return {name: (int(x86), None if arm == "-" else int(arm)) for name, x86, arm in rows}


def filter_for(pid: int, machine: str) -> bytes:
    """Return the BPF program for a process. Each rule is a jump over what it ends with."""
    which = list(ARCHITECTURES).index(machine)
    code = [
        _do(LOAD, ARCH),
        _do(JUMP_EQUAL, ARCHITECTURES[machine], 1, 0),
        _do(RETURN, KILL),
        _do(LOAD, NUMBER),
        _do(JUMP_GREATER, 0x40000000, 0, 1),  # the x32 numbers: the same calls once more
        _do(RETURN, KILL),
    ]

    def rule(numbers: Numbers, *body: bytes) -> None:
        """For a call that this architecture has: run the body, which ends with a return."""
        if (number := numbers[which]) is not None:
            code.extend([_do(JUMP_EQUAL, number, 0, len(body)), *body])

    for numbers in allowed().values():
        rule(numbers, YES)
    for numbers in UNKNOWN.values():
        rule(numbers, _do(RETURN, ERRNO | errno.ENOSYS))
    for numbers, place, values in ONE_OF.values():
        tests = (part for value in values for part in (_do(JUMP_EQUAL, value, 0, 1), YES))
        rule(numbers, _low(place), *tests, NO)
    for numbers in ONLY_OWN_PROCESS.values():
        rule(numbers, _low(0), _do(JUMP_EQUAL, pid, 0, 1), YES, NO)
    rule(ONLY_THREADS, _low(0), _do(JUMP_ANY_BIT, CLONE_THREAD, 0, 1), YES, NO)
    # an address is 0 where both of its halves are
    zero = _do(JUMP_EQUAL, 0, 1, 0), NO
    rule(ONLY_ASKING, _low(2), *zero, _high(2), *zero, YES)
    for numbers, place in FLAGS_AT:
        rule(numbers, _low(place), _do(JUMP_ANY_BIT, WRITES, 0, 1), NO, YES)
    return b"".join([*code, NO])


def _do(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Return one instruction of classic BPF; the jumps say how many to leave out."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def _low(argument: int) -> bytes:
    """Load the low half of an argument, which is all that the kernel takes of an int."""
    return _do(LOAD, ARGUMENT + 8 * argument)


def _high(argument: int) -> bytes:
    return _do(LOAD, ARGUMENT + 8 * argument + 4)


YES, NO = _do(RETURN, ALLOW), _do(RETURN, ERRNO | errno.EPERM)
