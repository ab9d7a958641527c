"""A .grad that is None where the code needs one: whose it is, and why there is none."""

import re
from types import FrameType
from typing import Any

from torch import Tensor

NONE_YET = (
    "You change {0}.grad in place, or add to it, but before the first call there is none: it is "
    "None. Make the gradient and assign it to {0}.grad."
)
READS_NONE = "You read {0}.grad, which is None: nothing has set it yet."
GRAD = re.compile(r"\b([a-zA-Z_][\w.]*)\.grad\b")
SET = re.compile(r"^\s*(?:[\w.]+\s*,\s*)*[\w.]+\s*=(?!=)")  # these are not read
# what follows a .grad that is written into; or the same .grad on both sides of an assignment
CHANGES = (
    r"\b{0}\.grad\s*(?:[-+*/@]=|\[.*?\]\s*[-+*/@]?=(?!=)|\.\w+_\()|\b{0}\.grad\s*=.*\b{0}\.grad\b"
)


def of_grad(text: str, frame: FrameType, line: str) -> str:
    """Return a sentence on the .grad that is None in the line that raised; "" where none is.

    text: what the error says. frame: the one that raised it.
    """
    if "NoneType" not in text:
        return ""
    for name in dict.fromkeys(GRAD.findall(SET.sub("", line))):
        thing = _named(name, frame)
        if isinstance(thing, Tensor) and thing.grad is None:
            changes = re.search(CHANGES.format(re.escape(name)), line)
            return (NONE_YET if changes else READS_NONE).format(name)
    return ""


def says_none_yet(sentence: str) -> bool:
    """Return whether a sentence says of any tensor that its .grad is changed before it is there."""
    before, between, after = NONE_YET.split("{0}")
    return sentence.startswith(before) and between in sentence and sentence.endswith(after)


def _named(name: str, frame: FrameType) -> Any:
    """Return what a name with dots stands for in a frame, or None; no code of theirs is run."""
    head, *attributes = name.split(".")
    thing = frame.f_locals.get(head, frame.f_globals.get(head))
    for attribute in attributes:
        thing = getattr(thing, "__dict__", {}).get(attribute)
    return thing
