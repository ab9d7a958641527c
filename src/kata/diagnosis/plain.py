"""What an answer returned, made safe to compare: plain tensors, numbers, text, lists and dicts.

A learner's object may raise in ==, len, iteration or attribute access, and a tensor may be of a
layout or dtype for which torch lacks an operation. Whatever is not plain becomes an Odd here, at
the door, so that the code behind it need not expect errors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kata.answers.internals import as_plain_tensors

DTYPES = {
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
}
TORCHS = (torch.dtype, torch.finfo, torch.device)  # compare by value, and hold no tensor
ATOMS = (bool, float, complex, str, bytes, type(None), range, *TORCHS)
LARGEST = 1023  # bits of an int that float64 still holds
DEEPEST = 6  # lists within lists; no dialogue's result lies deeper


@dataclass(frozen=True, eq=False)
class Odd:
    """Stands for an object that cannot be compared; it equals nothing but itself."""

    kind: str


def plain(value: Any, within: tuple[int, ...] = ()) -> Any:
    """Return the value with everything in it that is not plain replaced by an Odd.

    within: the ids of the lists, tuples and dicts around it.
    """
    kind = type(value)  # isinstance would ask the value's own __class__
    if issubclass(kind, Tensor):
        return _plain_tensor(value)
    if issubclass(kind, list | tuple | dict):
        known = id(value) in within or len(within) >= DEEPEST
        return Odd(kind.__name__) if known else _plain_parts(value, (*within, id(value)))
    if kind in ATOMS or (kind is int and value.bit_length() <= LARGEST):
        return value
    if issubclass(kind, np.generic | np.ndarray) and kind.__module__ == "numpy":
        return value if value.dtype.kind in "biufU" else Odd(kind.__name__)
    return Odd(kind.__name__)


def _plain_parts(value: Any, within: tuple[int, ...]) -> Any:
    """Return a list, tuple or dict of plain parts, read without the methods of a subclass."""
    if isinstance(value, dict):
        items = dict.items(value)
        if all(type(key) in (str, int) for key, _ in items):
            return {key: plain(part, within) for key, part in items}
        return Odd(type(value).__name__)
    if isinstance(value, list):
        return [plain(part, within) for part in list.__iter__(value)]
    return tuple(plain(part, within) for part in tuple.__iter__(value))


def _plain_tensor(value: Tensor) -> Any:
    """Return a dense CPU tensor of a common dtype, without its subclass; of others, an Odd."""
    odd = Odd(type(value).__name__)
    if type(value).__torch_dispatch__ is not Tensor.__torch_dispatch__:
        return odd  # its operations run code of its own
    with as_plain_tensors():
        dense = value.layout == torch.strided and not value.is_nested
        if not dense or value.device.type != "cpu" or value.dtype not in DTYPES:
            return odd
        return value if type(value) is Tensor else value.as_subclass(Tensor)
