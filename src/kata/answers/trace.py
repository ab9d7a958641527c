"""What an answer did while it ran: operations, storages, autograd, host reads. No clock.

Two of torch's own modes look on. The dispatch mode sees each tensor operation as it reaches the
kernels; the function mode sees the calls as the answer wrote them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from kata.answers.internals import (
    DispatchMode,
    StorageWeakRef,
    engine_replaced,
    in_backward,
    key_of,
)
from kata.answers.second import called_there, can_be_had

HOST_READS = {
    "item",
    "tolist",
    "numpy",
    "__array__",
    "__dlpack__",
    "__float__",
    "__int__",
    "__bool__",
}
GRAD_FN = getattr(torch.Tensor.grad_fn, "__get__")  # noqa: B009 - mypy sees a Node
NESTED = (tuple, list, dict)


@dataclass
class Trace:
    """A record of one call.

    operations: how many tensor operations reached the kernels.
    largest: bytes of the largest storage that any of them returned.
    peak: the most bytes that new storages held at once (see Held).
    autograd: how the call differentiated, or None where it did not.
    host_reads: the ways in which tensor values were read into Python.
    astray: what was returned on the CPU of a call whose inputs lay on a second device.
    """

    operations: int = 0
    largest: int = 0
    peak: int = 0
    autograd: str | None = None
    host_reads: set[str] = field(default_factory=set)
    astray: set[str] = field(default_factory=set)


class Held:
    """Follows the storages that operations return, and counts their bytes.

    A storage counts from the first operation that returns it until nothing refers to it any more;
    what a kernel takes and gives back within one operation is not seen.

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
            self.peak = max(self.peak, self.now())

    def now(self) -> int:
        """Return the bytes that are held at this moment."""
        self._alive = {k: held for k, held in self._alive.items() if not held[0].expired()}
        self._at_most = sum(size for _, size in self._alive.values())
        return self._at_most


def with_gradients(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Return the tensors, and what lies in their .grad."""
    return [t for tensor in tensors for t in (tensor, tensor.grad) if t is not None]


class _Dispatched(DispatchMode):
    def __init__(self, trace: Trace, given: list[Tensor]) -> None:
        super().__init__()
        self.trace = trace
        self.held = Held(with_gradients(given))

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if in_backward():
            self.trace.autograd = self.trace.autograd or "the autograd engine"
        out = func(*args, **(kwargs or {}))
        self.trace.operations += 1
        for tensor in tensors_in(out):
            self.trace.largest = max(self.trace.largest, tensor.untyped_storage().nbytes())
            self.held.see(tensor)
        self.trace.peak = self.held.peak
        return out


class _Called(TorchFunctionMode):
    """Sees calls by name."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self.trace = trace

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", str(func))
        if name == "_make_dual":
            self.trace.autograd = "forward-mode autograd"
        if func == GRAD_FN:
            self.trace.autograd = self.trace.autograd or "a node of autograd's graph"
        if name in HOST_READS:
            self.trace.host_reads.add(name)
        return func(*args, **kwargs)


class _Engine:
    """Stands before autograd's engine, which another thread may call unseen by the modes."""

    def __init__(self, engine: Any, trace: Trace) -> None:
        self._engine = engine
        self._trace = trace

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run_backward(self, *args: Any, **kwargs: Any) -> Any:
        self._trace.autograd = "the autograd engine"
        return self._engine.run_backward(*args, **kwargs)


def call_traced(
    function: Callable[..., Any], args: Any, kwargs: Any, elsewhere: bool = False
) -> tuple[Any, Trace]:
    """Call a function and return what it returned, and the trace.

    elsewhere: whether its inputs are to lie on a second device (kata.answers.second).
    """
    trace = Trace()
    watched = engine_replaced(lambda engine: _Engine(engine, trace))
    with watched, _Dispatched(trace, tensors_in((args, kwargs))), _Called(trace):
        if elsewhere and can_be_had():
            returned, trace.astray = called_there(function, args, kwargs)
        else:
            returned = function(*args, **kwargs)
    return returned, trace


def tensors_in(values: Any) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dicts.

    Torch's own tree_leaves takes far longer.
    """
    if isinstance(values, Tensor):
        return [values]
    found: list[Tensor] = []
    if isinstance(values, dict):
        values = values.values()
    elif not isinstance(values, NESTED):
        return found
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, NESTED):
            found += tensors_in(value)
    return found
