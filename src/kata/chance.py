"""The generators that an answer may draw from: the same answer is to get the same grade."""

import random
import sys
from collections.abc import Generator
from contextlib import contextmanager

# A learner's own seed is a small number or a famous one. If it were this one, then seeding
# inside of the function would not show.
FIRST = 8_270_611


@contextmanager
def seeded(seed: int) -> Generator[None, None, None]:
    """Seed the generators of Python, numpy and torch in the block; put them back after it."""
    import torch

    numpy = sys.modules.get("numpy")  # whoever has not imported it draws nothing from it
    before = random.getstate(), numpy.random.get_state() if numpy else None
    with torch.random.fork_rng():
        random.seed(FIRST + seed)
        seed_torch(FIRST + seed)
        if numpy:
            numpy.random.seed(FIRST + seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            if numpy:
                numpy.random.set_state(before[1])


def seed_torch(seed: int) -> None:
    """What torch.manual_seed does, for the devices in use.

    For those not in use yet, torch.manual_seed formats the stack and keeps it: 2 ms each time.
    """
    import torch

    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)
