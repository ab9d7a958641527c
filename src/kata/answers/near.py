"""Names that are not there, and which one was meant."""

import builtins
import re
from collections.abc import Iterable, Mapping
from types import FrameType, ModuleType
from typing import Any

import torch

from kata.course import exercises

MISSING = re.compile(r"name '(\w+)' is not defined|cannot access local variable '(\w+)'")
ATTRIBUTE = re.compile(
    r"(?:'[\w.]+' object|module '([\w.]+)'|type object '\w+') has no attribute '(\w+)'"
)
IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "np": "import numpy as np",
    "math": "import math",
    "Tensor": "from torch import Tensor",
}
LIKE, ALIKE = 0.65, 0.8  # how much of two names is the same, for a guess and for a statement


def of_name(text: str, frame: FrameType, chapter: str) -> str:
    """Return a sentence on a name that a NameError misses; "" where none is like it.

    frame: the one that raised it. chapter: that of the answer.
    """
    found = MISSING.search(text)
    if found is None or found[1] is None:
        return ""
    name, here = found[1], {**frame.f_globals, **frame.f_locals}
    if name in IMPORTS:
        return f"{name} is not imported in this file: `{IMPORTS[name]}` at its top does that."
    if name in exercises() and exercises()[name].chapter < chapter:
        line = f"from {exercises()[name].chapter} import {name}"
        return f"{name} is another chapter's: `{line}` gives you a right one."
    near = nearest(name, [*_public(frame.f_locals), *_public(here)])
    if near := near or nearest(name, _public(vars(builtins)), ALIKE):
        return f"`{name}`: did you mean `{near}`?"
    if callable(getattr(torch, name, None)):
        return f"`{name}`: did you mean `torch.{name}`?"
    near = nearest(name, _public(vars(torch)), ALIKE)
    return f"`{name}`: did you mean `torch.{near}`?" if near else ""


def of_attribute(text: str, thing: Any) -> str:
    """Return the same on an attribute that an AttributeError misses."""
    found = ATTRIBUTE.search(text)
    if found is None or thing is None:
        return ""
    owner, name = found.groups()
    near = nearest(name, _public(dir(thing)), ALIKE)
    if not near:
        return ""
    if isinstance(thing, ModuleType):
        return f"`{owner}.{name}`: did you mean `{owner}.{near}`?"
    return f"`.{name}`: did you mean `.{near}`?"


def misspelled(exercise: str, names: Iterable[str]) -> str:
    """Return the one of some names that looks like the exercise's, and is no exercise's itself."""
    plain = {_plain(name): name for name in names if name not in exercises()}
    found = nearest(_plain(exercise), plain, ALIKE)
    if not found:
        return ""
    meant = nearest(found, map(_plain, exercises()), ALIKE)
    return plain[found] if meant == _plain(exercise) else ""


def defined_in(names: Mapping[str, Any]) -> list[str]:
    """Return what a module defines itself: its functions and classes, and not what it imports."""
    return [
        name
        for name, value in names.items()
        if callable(value) and getattr(value, "__module__", None) == names.get("__name__")
    ]


def nearest(name: str, among: Iterable[str], like: float = LIKE) -> str:
    """Return the name that is most like another; "" where none is."""
    from difflib import get_close_matches  # 10 ms, which no grade needs

    found = get_close_matches(name, dict.fromkeys(among), n=1, cutoff=like)
    return found[0] if found else ""


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("_")]
