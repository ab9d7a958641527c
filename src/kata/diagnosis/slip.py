"""A fault of the engine's own, while it looks for a mistake's name, costs no learner the verdict.

In the project's own tests (tests/grader/conftest.py) it is an error, or nobody would hear of it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

STRICT = "KATA_STRICT"  # set in the environment: slips are raised


@contextmanager
def slips_forgiven() -> Iterator[None]:
    """Leave the block quietly where the engine errs in it; raise the error where tests ask so."""
    try:
        yield
    except Exception:
        if os.environ.get(STRICT):
            raise
