"""One thread for torch: a grade's tensors are small, and a fork must not miss threads.

Has to be called before torch is imported, since OpenMP and MKL read it once.
"""

import os

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def one_thread_unless_told_otherwise() -> None:
    """Let torch compute in one thread where the environment does not say how many."""
    for name in VARIABLES:
        os.environ.setdefault(name, "1")


def one_thread() -> None:
    """Let torch compute in one thread."""
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
