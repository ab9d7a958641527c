"""The figures that the lesson's notes print, reproduced where all of MNIST is at hand."""

import os
from collections.abc import Callable

from backprop.data import Digits, load_mnist


def notes(expected: str, reproduce: Callable[[Digits], str]) -> None:
    """Print what comes out on all of MNIST; where KATA_DATA holds that, check it, too.

    reproduce gives the text for the digits. The output is the same with and without KATA_DATA, so
    that a notebook can be validated either way. Raises AssertionError for another text.
    """
    if os.environ.get("KATA_DATA"):
        found = reproduce(load_mnist())
        assert found == expected, f"on the MNIST of KATA_DATA: {found}; expected: {expected}"
    print(f"on 50,000 digits of MNIST: {expected}")
