"""Landlock: a student's process may read Python, torch and its own folder, and write nowhere.

The rules are the kernel's own, for any user (since Linux 5.13); what a kernel does not know yet is
left out (`version`). Files that are open already stay usable.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
VERSION_FLAG, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
# by version of the interface: how many rights over files there are
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
TCP = 0b11  # bind and connect; from version 4
SCOPED = 0b11  # abstract sockets and signals to the outside; from version 6


def version() -> int:
    """Return the kernel's version of the interface; 0 where there is none."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        found = int(libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG))
    except (OSError, AttributeError):  # not Linux
        return 0
    return max(found, 0)


def confine(readable: Iterable[Path], abi: int) -> None:
    """Let the calling process read below these paths, and nothing else, for good. Raises OSError.

    abi: of `version`. It must have set no_new_privs.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number: int, *args: object) -> int:
        found = int(libc.syscall(number, *args))
        if found < 0:
            raise OSError(ctypes.get_errno(), "landlock")
        return found

    rights = (1 << FILE_RIGHTS[min(abi, max(FILE_RIGHTS))]) - 1
    ruleset = struct.pack("<QQQ", rights, TCP if abi >= 4 else 0, SCOPED if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = call(CREATE_RULESET, ctypes.c_char_p(ruleset), ctypes.c_size_t(size), 0)
    for path in readable:
        try:
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # this system has no such folder
        allowed = READ_FILE | (READ_DIR if path.is_dir() else 0)
        rule = struct.pack("<Qi", allowed, beneath)
        call(ADD_RULE, rules, PATH_BENEATH, ctypes.c_char_p(rule), 0)
        os.close(beneath)
    call(RESTRICT_SELF, rules, 0)
    os.close(rules)
