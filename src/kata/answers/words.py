"""Put counts and kinds of things into English: "1 rounding", "8 roundings", "an int"."""

from collections.abc import Sequence
from typing import Any

SPOKEN_WITH_A_VOWEL = "aeioAEIO"  # "u" is mostly spoken as in unit: a uint8


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number of things: "1 value", "2 values", "1,000 values"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def article(noun: str) -> str:
    """Return a noun with the article that its sound asks for: "a list", "an int", "an ndarray"."""
    vowel = noun[:1] in SPOKEN_WITH_A_VOWEL or noun.startswith("nd")
    return f"{'an' if vowel else 'a'} {noun}"


def in_a_row(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: "a", "a and b", "a, b and c"."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def kind(value: Any) -> str:
    """Return what sort of object a value is: "None", "an int", "a list of length 3"."""
    if value is None:
        return "None"
    name = article(type(value).__name__)
    return f"{name} of length {len(value)}" if type(value) in (list, tuple) else name
