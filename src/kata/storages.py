"""The bytes that a call holds: a count of storages, not a measurement of the machine.

A storage counts from the first operation that returns it until nothing refers to it any more. What
a kernel takes and gives back within one operation is not seen.
"""

from collections.abc import Iterable

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef


class Held:
    """Follows the storages that operations return.

    now: bytes of those alive that were not given. peak: the most that there were at once.
    """

    def __init__(self, given: Iterable[Tensor]) -> None:
        """given: tensors that were there before. Their storages count as nothing."""
        self.now = 0
        self.peak = 0
        # a storage is known by its address, which nothing else takes while a weak reference lasts
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        for tensor in given:
            storage = tensor.untyped_storage()
            self._alive[storage._cdata] = (StorageWeakRef(storage), 0)

    def see(self, tensor: Tensor) -> None:
        """Note what an operation returned."""
        storage = tensor.untyped_storage()
        if storage._cdata in self._alive:
            return
        self._alive = {k: held for k, held in self._alive.items() if not held[0].expired()}
        self._alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
        self.now = sum(size for _, size in self._alive.values())
        self.peak = max(self.peak, self.now)


def with_gradients(tensors: Iterable[Tensor]) -> list[Tensor]:
    """The tensors, and what lies in their .grad."""
    return [t for tensor in tensors for t in (tensor, tensor.grad) if t is not None]
