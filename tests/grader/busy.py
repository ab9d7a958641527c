"""A busy machine, played: processes that do nothing but work, beside what is tested."""

import os
import subprocess
import sys
from contextlib import contextmanager


@contextmanager
def beside(count, core=None):
    """So many busy processes, all of them on one core where it is given."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(count)]
    try:
        for process in busy:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()
