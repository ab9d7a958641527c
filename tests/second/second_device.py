"""A pytest plugin: grade on a second device that this machine does not have.

    PYTHONPATH=tests/second pytest -p second_device [--submission PATH] [-k NAME]

torch's PrivateUse1 backend is renamed "second". A tensor on it is a wrapper (a Tensor subclass that
says it lies on second:0) around a CPU tensor. One dispatch mode, below all of the grader's own,
runs every operation on what is inside and wraps what comes out, and refuses what CUDA refuses:
operands of two devices (0-d numbers of the CPU excepted), a CPU index into a masked write, numpy,
and reading the memory from Python. No memory moves, nothing is quick, and kernels give the CPU's
rounding; what it shows is which tensors are made where.
"""

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "second"
HERE = f"{NAME}:0"
MIXED = "Expected all tensors to be on the same device, but found at least two devices, {} and {}!"
# what may take tensors of two devices, as on CUDA
CROSSES = {"aten::copy_", "aten::_to_copy", "aten::set_", "aten::_copy_from"}
# a CUDA tensor takes a CPU tensor of indices (index, index_put), never the other way round
INDEXES = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_unsafe_index"}
READS = {"aten::_local_scalar_dense", "aten::equal", "aten::is_nonzero", "aten::_is_all_true"}


class OnSecond(torch.Tensor):
    """A tensor on the second device; `inside` holds its numbers on the CPU."""

    inside: torch.Tensor

    @staticmethod
    def __new__(cls, inside: torch.Tensor) -> "OnSecond":
        return torch.Tensor._make_wrapper_subclass(
            cls,
            inside.size(),
            strides=inside.stride(),
            storage_offset=inside.storage_offset(),
            dtype=inside.dtype,
            layout=inside.layout,
            device=torch.device(HERE),
            requires_grad=False,
            storage_size=inside.untyped_storage().nbytes(),
        )

    def __init__(self, inside: torch.Tensor) -> None:
        self.inside = inside

    def __repr__(self, **_: Any) -> str:
        return repr(self.inside).replace(")", f", device='{HERE}')")

    def numpy(self, *_: Any, **__: Any) -> Any:
        raise TypeError(f"can't convert {HERE} device type tensor to numpy. Use Tensor.cpu() ...")

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.numpy()

    def tolist(self) -> Any:
        return self.inside.tolist()

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


class Second(TorchDispatchMode):
    """Catches what is made on the second device, and what is sent to it."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


def run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """One operation, on what is inside."""
    flat, spec = tree_flatten((args, kwargs))
    theirs = [x for x in flat if isinstance(x, OnSecond)]
    device = kwargs.get("device")
    to = torch.device(device).type if device is not None else None
    if not theirs and to != NAME:
        return func(*args, **kwargs)
    name = func._schema.name
    if name == "aten::_copy_from":  # what copy_ becomes where torch.tensor fills a new tensor
        source, target = (x.inside if isinstance(x, OnSecond) else x for x in args[:2])
        target.copy_(source)
        return args[1]
    if name not in CROSSES:
        _one_device(name, args, flat)
    inner = [x.inside if isinstance(x, OnSecond) else x for x in flat]
    inner_args, inner_kwargs = tree_unflatten(inner, spec)
    if device is not None:
        inner_kwargs = {**inner_kwargs, "device": "cpu"}
    generator = inner_kwargs.get("generator")
    if generator is not None and generator.device.type == "cpu" and not theirs:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu'")
    out = func(*inner_args, **inner_kwargs)
    stays = to in (None, NAME) if theirs or to == NAME else False
    if name in ("aten::copy_", "aten::_copy_from") and not isinstance(args[0], OnSecond):
        stays = False  # into a tensor of the CPU
    if not stays:
        return args[0] if name == "aten::copy_" else out
    wrapped = tree_map(lambda x: OnSecond(x) if isinstance(x, torch.Tensor) else x, out)
    return return_and_correct_aliasing(func, args, kwargs, wrapped) if theirs else wrapped


def _one_device(name: str, args: Any, flat: list[Any]) -> None:
    """Raise what CUDA raises where operands lie on two devices."""
    if not any(isinstance(x, OnSecond) for x in flat):
        return
    of_cpu = [
        x for x in flat if isinstance(x, torch.Tensor) and not isinstance(x, OnSecond) and x.dim()
    ]
    if name in INDEXES and isinstance(args[0], OnSecond):
        of_cpu = [x for x in of_cpu if x.dtype not in (torch.int64, torch.bool, torch.uint8)]
    if of_cpu:
        raise RuntimeError(MIXED.format(HERE, "cpu"))


anything: Any = None


class Module:
    """What `torch.second` is: torch asks it for what it asks torch.cuda for."""

    state = torch.zeros(16, dtype=torch.uint8)

    def is_initialized(self) -> bool:
        return True

    def is_available(self) -> bool:
        return True

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 1

    def _is_in_bad_fork(self) -> bool:
        return False

    def manual_seed_all(self, seed: int) -> None:
        pass

    def get_rng_state(self, device: Any = None) -> torch.Tensor:
        return self.state

    def set_rng_state(self, state: torch.Tensor, device: Any = None) -> None:
        pass

    def synchronize(self, device: Any = None) -> None:
        pass


def pytest_configure(config: pytest.Config) -> None:
    _setup_privateuseone_for_python_backend(NAME, Module())
    global anything
    # torch.tensor(values, device=...) leaves the mode out, and calls these three from C++
    anything = torch.library.Library("aten", "IMPL")
    for name in ("empty_strided", "empty.memory_format", "_copy_from"):
        packet, _, overload = name.partition(".")
        op = getattr(getattr(torch.ops.aten, packet), overload or "default")
        anything.impl(name, lambda *a, op=op, **k: run(op, a, k), "PrivateUse1")
    config.addinivalue_line("markers", "second: runs on the second device")
    mode = Second()
    mode.__enter__()
    config.add_cleanup(lambda: mode.__exit__(None, None, None))
    import kata.plugin

    there = [pytest.param(NAME, marks=pytest.mark.second)]
    kata.plugin._devices = lambda only: there
