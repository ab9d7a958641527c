"""The storages and tensors that both ends of one call know by number, and how they were then."""

import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from kata.answers.internals import as_plain_tensors

ATTRIBUTES = ("grad", "g")


class Table:
    """The storages and tensors that both sides of one call know, by number."""

    def __init__(self) -> None:
        self.storages: list[torch.UntypedStorage] = []
        self.tensors: list[Tensor] = []
        self.numbers: dict[int, int] = {}  # of storages and tensors, by address
        self.originals: list[bytes] = []  # the storages' bytes when they were sent or came
        self.attributes: list[tuple[Any, ...]] = []  # of the tensors, then

    def remember(self) -> None:
        """Keep what the tensors have in their attributes."""
        self.attributes = [attributes_of(tensor) for tensor in self.tensors]

    def changed(self) -> Iterator[tuple[int, bytes]]:
        """Yield the storages that hold other bytes than they did."""
        for number, (storage, before) in enumerate(
            zip(self.storages, self.originals, strict=False)  # others came into being since
        ):
            now = bytes_of(storage)
            if now != before:
                yield number, now


def attributes_of(tensor: Tensor) -> tuple[Any, ...]:
    """Return its .grad and .g, and whether it requires grad."""
    # torch warns of .grad where there is a graph
    quiet = nullcontext() if tensor.is_leaf else warnings.catch_warnings(action="ignore")
    with as_plain_tensors(), quiet:
        return (*(getattr(tensor, name, None) for name in ATTRIBUTES), tensor.requires_grad)


def as_bytes(storage: torch.UntypedStorage) -> Tensor:
    """Return a storage's bytes, to be read or written."""
    return torch.empty(0, dtype=torch.uint8).set_(storage)


def bytes_of(storage: torch.UntypedStorage) -> bytes:
    """Return a copy of a storage's bytes."""
    if storage.nbytes() == 0:
        return b""
    content: bytes = as_bytes(storage).numpy().tobytes()
    return content
