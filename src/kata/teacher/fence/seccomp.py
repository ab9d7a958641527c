"""A seccomp filter for a student's process: what it may not ask of the kernel, as BPF.

Refused with EPERM: running programs, new processes (threads are allowed), signals to others,
opening files to write and changing the file system, sockets, tracing, namespaces, mounts, and other
machinery that no exercise needs. The numbers are those of the kernel's syscall tables.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Mapping

PR_SET_SECCOMP, MODE_FILTER = 22, 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_GREATER, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
CLONE_THREAD = 0x10000
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (x86_64, aarch64); None where an architecture lacks it
REFUSED = {
    # starting processes, and setting what they are
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "setrlimit": (160, 164),
    "personality": (135, 92),
    "sched_setaffinity": (203, 122),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "capset": (126, 91),
    # reaching other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # the network
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    # changing files
    "creat": (85, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "truncate": (76, 45),
    # changing what is said of files
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    # opening files past Landlock, and watching them
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # mounting, and other views of the system
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "move_mount": (429, 429),
    "mount_setattr": (442, 442),
    # the machine
    "swapon": (167, 224),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "iopl": (172, None),
    "ioperm": (173, None),
    # the kernel's own tools
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "userfaultfd": (323, 282),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "io_uring_setup": (425, 425),
}
# the C library goes on to older calls, which the filter can look into
UNKNOWN = {"clone3": (435, 435), "openat2": (437, 437)}
ONLY_THREADS = {"clone": (56, 220)}
ONLY_OWN_PROCESS = {"kill": (62, 129), "tgkill": (234, 131)}
ONLY_ASKING = {"prlimit64": (302, 261)}
FLAGS_AT = {"open": (2, None, 1), "openat": (257, 56, 2)}
PRCTL = {"prctl": (157, 167)}
NOT_PRCTL = (1, 36)  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER


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


def filter_for(pid: int, machine: str) -> bytes:
    """Return the BPF program for a process. Each rule is a jump over what the rule refuses with."""
    which = list(ARCHITECTURES).index(machine)
    no, unknown = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
    code = [
        _do(LOAD, ARCH),
        _do(JUMP_EQUAL, ARCHITECTURES[machine], 1, 0),
        _do(RETURN, KILL),
        _do(LOAD, NUMBER),
        _do(JUMP_GREATER, 0x40000000, 0, 1),  # the x32 numbers: the same calls once more
        _do(RETURN, KILL),
    ]

    def numbers(table: Mapping[str, tuple[int | None, ...]]) -> list[int]:
        return [n for n in (row[which] for row in table.values()) if n is not None]

    for number in numbers(REFUSED):
        code += [_do(JUMP_EQUAL, number, 0, 1), _do(RETURN, no)]
    for number in numbers(UNKNOWN):
        code += [_do(JUMP_EQUAL, number, 0, 1), _do(RETURN, unknown)]

    def look(number: int | None, argument: int, *tests: bytes) -> None:
        """For this call: load the low half of an argument, and run the tests on it."""
        if number is not None:
            body = [_do(LOAD, ARGUMENT + 8 * argument), *tests, _do(RETURN, ALLOW)]
            code.extend([_do(JUMP_EQUAL, number, 0, len(body)), *body])

    for number in numbers(ONLY_THREADS):
        look(number, 0, _do(JUMP_ANY_BIT, CLONE_THREAD, 1, 0), _do(RETURN, no))
    for number in numbers(ONLY_OWN_PROCESS):
        look(number, 0, _do(JUMP_EQUAL, pid, 1, 0), _do(RETURN, no))
    for number in numbers(ONLY_ASKING):
        look(number, 2, _do(JUMP_EQUAL, 0, 1, 0), _do(RETURN, no))
    for row in FLAGS_AT.values():
        look(row[which], row[2] or 0, _do(JUMP_ANY_BIT, WRITES, 0, 1), _do(RETURN, no))
    for number in numbers(PRCTL):
        tests = [part for option in NOT_PRCTL for part in (_do(JUMP_EQUAL, option, 0, 1), NO)]
        look(number, 0, *tests)
    return b"".join([*code, _do(RETURN, ALLOW)])


def _do(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Return one instruction of classic BPF; the jumps say how many to leave out."""
    return struct.pack("HBBI", code, if_true, if_false, value)


NO = _do(RETURN, ERRNO | errno.EPERM)
