"""The bytes that a call holds: a count of storages, not a measurement of the machine.

A storage counts from the first operation that returns it until nothing refers to it any more. What
a kernel takes and gives back within one operation is not seen.
"""

from collections.abc import Iterable

from torch import Tensor

from kata.answers.internals import StorageWeakRef, key_of


class Held:
    """Follows the storages that operations return.

    peak: the most bytes that those not given held at once.
    """

    def __init__(self, given: Iterable[Tensor]) -> None:
        """given: tensors that were there before. Their storages count as nothing."""
        self.peak = 0
        self._at_most = 0  # the bytes alive now, and those of what died since the last look
        # a storage is known by its address, which nothing else takes while a weak reference lasts
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        for tensor in given:
            storage = tensor.untyped_storage()
            self._alive[key_of(storage)] = (StorageWeakRef(storage), 0)

    def see(self, tensor: Tensor) -> None:
        """Note what an operation returned."""
        storage = tensor.untyped_storage()
        if key_of(storage) in self._alive:
            return
        self._alive[key_of(storage)] = (StorageWeakRef(storage), storage.nbytes())
        self._at_most += storage.nbytes()
        if self._at_most > self.peak:  # only then can it matter who died: a look costs much
            self._alive = {k: held for k, held in self._alive.items() if not held[0].expired()}
            self._at_most = sum(size for _, size in self._alive.values())
            self.peak = max(self.peak, self._at_most)


def with_gradients(tensors: Iterable[Tensor]) -> list[Tensor]:
    """The tensors, and what lies in their .grad."""
    return [t for tensor in tensors for t in (tensor, tensor.grad) if t is not None]
