"""Count the bytes that a function's tensors hold, operation by operation, and no clock."""

import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

from torch import Tensor

from kata.answers.internals import DispatchMode
from kata.answers.trace import tensors_in


class _Held(DispatchMode):
    """After each operation, the bytes of the storages made since the start that are still held."""

    def __init__(self, given: set[int]) -> None:
        super().__init__()
        self.trace: list[int] = []
        self._given = given  # storages that were there before
        self._users: Counter[int] = Counter()  # of each storage, the tensors that share it
        self._bytes: dict[int, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        for tensor in tensors_in(out):
            self._watch(tensor)
        self.trace.append(sum(self._bytes.values()))
        return out

    def _watch(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage.data_ptr()
        if key not in self._given:
            self._users[key] += 1
            self._bytes[key] = storage.nbytes()
            weakref.finalize(tensor, self._drop, key)

    def _drop(self, key: int) -> None:
        self._users[key] -= 1
        if not self._users[key]:
            self._bytes.pop(key, None)


def held(function: Callable[..., Any], *args: Any) -> list[int]:
    """Call a function; the bytes of new tensors that are held after each of its operations."""
    tensors = [a for a in args if isinstance(a, Tensor)]
    tensors += [a.grad for a in tensors if a.grad is not None]
    mode = _Held({t.untyped_storage().data_ptr() for t in tensors})
    with mode:
        function(*args)
    return mode.trace
