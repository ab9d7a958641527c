"""All of MNIST, for the tests that need it."""

import os

import pytest

from backprop.data import DataError, load_mnist
from kata.course import course


def all_of_mnist():
    """Load the 60,000 digits of KATA_DATA, else of ../shared/data; skip the test without them."""
    root = os.environ.get("KATA_DATA") or str(course().root.parent / "shared" / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KATA_DATA", root)
        try:
            digits = load_mnist()
        except DataError as error:
            pytest.skip(f"needs all 60,000 digits: {error}")
    if len(digits.labels) != 60_000:
        pytest.skip(f"needs all 60,000 digits, and {root} holds {len(digits.labels):,}")
    return digits
