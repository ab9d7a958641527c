"""What we use of torch that has no public name, all of it here: a new torch is mended in one place.

tests/grader/test_internals.py refuses such a name anywhere else.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef as StorageWeakRef
from torch.overrides import _get_current_function_mode_stack, _pop_mode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._python_dispatch import return_and_correct_aliasing as return_and_correct_aliasing
from torch.utils._pytree import tree_flatten as tree_flatten
from torch.utils._pytree import tree_map as tree_map
from torch.utils._pytree import tree_unflatten as tree_unflatten


class DispatchMode(TorchDispatchMode):
    """Sees each tensor operation as it reaches the kernels, in __torch_dispatch__."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nobody compiles this; torch would import its compiler, for a second, to leave it out."""
        return False


PRIVATE_DEVICE = "privateuseone"  # torch's name for a backend that is nobody's yet


def private_device_is_free() -> bool:
    """Return whether no backend of somebody's has taken torch's private device."""
    return bool(torch._C._get_privateuse1_backend_name() == PRIVATE_DEVICE)


def add_private_device(module: Any) -> None:
    """Let torch ask this module what it asks torch.cuda, for its private device.

    It is not renamed and has no guard: a renamed one would be torch.accelerator's answer, before
    CUDA, and for one with a guard autograd's engine starts a thread, of which forks know nothing.
    """
    torch._register_device_module(PRIVATE_DEVICE, module)


def name_of(operation: Any) -> str:
    """Return the name of an operation of torch's, "aten::add", without its overload."""
    return str(operation._schema.name)


def wrapper(kind: type[Tensor], tensor: Tensor, device: torch.device) -> Any:
    """Return a tensor of a kind without memory, of another's form, that says where it lies."""
    return torch.Tensor._make_wrapper_subclass(
        kind,
        tensor.size(),
        strides=tensor.stride(),
        storage_offset=tensor.storage_offset(),
        dtype=tensor.dtype,
        layout=tensor.layout,
        device=device,
        requires_grad=False,
        storage_size=tensor.untyped_storage().nbytes(),
    )


# a subclass of Tensor with this one is not asked about functions, only about operations
no_torch_function: Any = torch._C._disabled_torch_function_impl


def version_of(tensor: Tensor) -> int:
    """Count how often a tensor, or a view of it, has been written to in place."""
    return tensor._version


def key_of(storage: torch.UntypedStorage) -> int:
    """Return an address that no other storage has while this one, or a weak reference, lasts.

    data_ptr() is none: it is 0 for all empty storages, and a storage that grows gets another.
    """
    return int(storage._cdata)


def in_backward() -> bool:
    """Return whether autograd's engine is at work on a node of its graph."""
    return torch._C._current_autograd_node() is not None


@contextmanager
def engine_replaced(wrap: Any) -> Iterator[None]:
    """Let wrap(engine) stand in the place of autograd's engine."""
    variable: Any = torch.autograd.Variable
    engine = variable._execution_engine
    variable._execution_engine = wrap(engine)
    try:
        yield
    finally:
        variable._execution_engine = engine


def as_plain_tensors() -> AbstractContextManager[None]:
    """Do not run the methods that a subclass of Tensor overrides."""
    found: AbstractContextManager[None] = torch._C.DisableTorchFunctionSubclass()
    return found


def modes() -> int:
    """Count the function modes that are on: who enters one and never leaves it changes torch."""
    return len(_get_current_function_mode_stack())


def pop_modes(depth: int) -> None:
    """Leave function modes until so many are on."""
    while modes() > depth:
        _pop_mode()
