"""What makes a grade repeatable: seeded generators, and one thread for torch.

A grade's tensors are small, and a fork must not miss threads. The functions on threads have to be
called before torch is imported, since OpenMP and MKL read their variables once.
"""

import os
import random
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager

THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",  # macOS's Accelerate, which no fork survives with more than one
)
# A learner's own seed is a small number or a famous one. If it were this one, then seeding
# inside of the function would not show.
FIRST = 8_270_611


@contextmanager
def seeded(seed: int) -> Generator[None, None, None]:
    """Seed the generators of Python, numpy and torch in the block; put them back after it."""
    import numpy  # which torch has imported already

    before, before_numpy = random.getstate(), numpy.random.get_state()
    with generators_kept():
        random.seed(FIRST + seed)
        seed_torch(FIRST + seed)
        numpy.random.seed(FIRST + seed)
        try:
            yield
        finally:
            random.setstate(before)
            numpy.random.set_state(before_numpy)


def generators_kept() -> AbstractContextManager[None]:
    """Put torch's generators back after the block: the CPU's, and those of CUDA where it is in use.

    Asked for all devices, torch would start CUDA for it, and warn where there are two.
    """
    import torch

    in_use = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    kept: AbstractContextManager[None] = torch.random.fork_rng(in_use, device_type="cuda")
    return kept


def seed_torch(seed: int) -> None:
    """What torch.manual_seed does, for the devices in use.

    For those not in use yet, torch.manual_seed formats the stack and keeps it: 2 ms each time.
    """
    import torch

    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)


def one_thread_unless_told_otherwise() -> None:
    """Let torch compute in one thread where the environment does not say how many."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def one_thread() -> None:
    """Let torch compute in one thread."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
