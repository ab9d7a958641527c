"""A second device, which no machine has: what is made on the CPU does not meet what lies on it.

A tensor on it is a wrapper, a Tensor subclass that says that it lies on torch's private device,
around a CPU tensor. A dispatch mode runs every operation on what is inside and wraps what comes
out, and refuses what CUDA refuses: operands of two devices (numbers, 0-d, excepted), a gradient of
another device, and numpy. No memory moves, nothing is quick, and kernels give the CPU's rounding;
what it shows is which tensors are made where.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from kata.answers.internals import (
    PRIVATE_DEVICE,
    DispatchMode,
    add_private_device,
    name_of,
    no_torch_function,
    private_device_is_free,
    return_and_correct_aliasing,
    tree_flatten,
    tree_map,
    tree_unflatten,
    wrapper,
)

HERE = torch.device(PRIVATE_DEVICE, 0)
# what may take tensors of two devices, as on CUDA
CROSSES = {"aten::copy_", "aten::_to_copy", "aten::set_", "aten::_copy_from", "__setitem__"}
# a CUDA tensor takes a CPU tensor of indices, never the other way round
INDEXES = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_unsafe_index"}
INDEXES |= {"__getitem__"}
INDICES = (torch.int64, torch.bool, torch.uint8)
RECORDING = {"_set_grad_enabled", "requires_grad_"}
GUARDED = {"__getitem__", "__setitem__", "conv_transpose2d", *(f"conv{n}d" for n in (1, 2, 3))}
# torch.tensor(values, device=...) leaves the mode out, and calls these from C++
FROM_CPP = ("empty_strided", "empty.memory_format", "_copy_from", "_local_scalar_dense")


class OnTwoDevices(RuntimeError):
    """Raised where a tensor on the CPU meets one on the second device."""


class NoNumpy(TypeError):
    """Raised where numpy is given a tensor on the second device."""


class OnSecond(Tensor):
    """A tensor on the second device; `inside` holds its numbers on the CPU."""

    inside: Tensor

    @staticmethod
    def __new__(cls, inside: Tensor) -> "OnSecond":
        made: OnSecond = wrapper(cls, inside, HERE)
        return made

    def __init__(self, inside: Tensor) -> None:
        self.inside = inside

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return repr(self.inside)

    def numpy(self, *_: Any, **__: Any) -> Any:
        raise NoNumpy("can't convert a tensor on a GPU to numpy; .cpu() copies it to the CPU first")

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.numpy()

    def tolist(self) -> Any:
        return self.inside.tolist()

    def new_tensor(self, data: Any, **options: Any) -> Tensor:  # type: ignore[override]
        return torch.tensor(data, **{"dtype": self.dtype, "device": self.device, **options})

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "grad" and isinstance(value, Tensor) and not isinstance(value, OnSecond):
            raise OnTwoDevices("a .grad on the CPU for a tensor on a GPU")
        super().__setattr__(name, value)

    __torch_function__ = no_torch_function

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch calls it so
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return run(func, args, kwargs or {})


class Second(DispatchMode):
    """Catches what is made on the second device, and what is sent to it."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


class WithoutGuard(TorchFunctionMode):
    """Stands in for the device guard, which is C++: without one, autograd would end the process.

    It refuses to record gradients, and takes apart the calls that ask for a guard.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = getattr(func, "__name__", ""), kwargs or {}
        if name in RECORDING and args[-1] is not False:
            raise NotImplementedError("autograd does not run on a device that is only played")
        if name not in GUARDED:
            return func(*args, **kwargs)
        flat, spec = tree_flatten((args, kwargs))
        if not any(isinstance(x, OnSecond) for x in flat):
            return func(*args, **kwargs)
        if name not in CROSSES:
            _refuse_two_devices(name, args, flat)
        inner, options = tree_unflatten([_back(x) for x in flat], spec)
        return tree_map(_sent, func(*inner, **options))


def run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run one operation, on what is inside."""
    flat, spec = tree_flatten((args, kwargs))
    theirs = [x for x in flat if isinstance(x, OnSecond)]
    device = kwargs.get("device")
    to = torch.device(device).type if device is not None else None
    if not theirs and to != HERE.type:
        return func(*args, **kwargs)
    name = name_of(func)
    if name == "aten::_copy_from":  # what copy_ becomes where torch.tensor fills a new tensor
        source, target = map(_back, args[:2])
        target.copy_(source)
        return args[1]
    if theirs and name not in CROSSES:
        _refuse_two_devices(name, args, flat)
    inner = [_back(x) for x in flat]
    inner_args, inner_kwargs = tree_unflatten(inner, spec)
    if device is not None:
        inner_kwargs = {**inner_kwargs, "device": "cpu"}
    generator = inner_kwargs.get("generator")
    if generator is not None and generator.device.type == "cpu" and not theirs:
        raise OnTwoDevices("a generator on the CPU for a tensor on a GPU")
    out = func(*inner_args, **inner_kwargs)
    if to not in (None, HERE.type):
        return out
    if name == "aten::copy_" and not isinstance(args[0], OnSecond):
        return args[0]
    wrapped = tree_map(_sent, out)
    return return_and_correct_aliasing(func, args, kwargs, wrapped) if theirs else wrapped


def _refuse_two_devices(name: str, args: Any, flat: list[Any]) -> None:
    of_cpu = [x for x in flat if isinstance(x, Tensor) and not isinstance(x, OnSecond) and x.dim()]
    if name in INDEXES and isinstance(args[0], OnSecond):
        of_cpu = [x for x in of_cpu if x.dtype not in INDICES]
    if of_cpu:
        shape = list(of_cpu[0].shape)
        raise OnTwoDevices(f"a tensor of shape {shape} on the CPU meets one on a GPU")


class Module:
    """What torch asks about the second device, as it asks torch.cuda about GPUs."""

    def is_initialized(self) -> bool:
        return True

    def is_available(self) -> bool:
        return False

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 0

    def _is_in_bad_fork(self) -> bool:
        return False

    def manual_seed_all(self, seed: int) -> None:
        pass


KEPT: list[torch.library.Library] = []  # what it holds is registered as long as it lasts


@cache
def can_be_had() -> bool:
    """Make the device known to torch; return whether it is."""
    if not private_device_is_free():
        return False
    add_private_device(Module())
    KEPT.append(torch.library.Library("aten", "IMPL"))
    for name in FROM_CPP:
        packet, _, overload = name.partition(".")
        op = getattr(getattr(torch.ops.aten, packet), overload or "default")
        KEPT[0].impl(name, lambda *a, op=op, **k: run(op, a, k), "PrivateUse1")
    return True


def called_there(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, set[str]]:
    """Call a function with its tensors on the second device, which share the originals' memory.

    Returns what it returned, brought back, and what of that, or of the .grads that it set, was not
    on the device. Raises OnTwoDevices and NoNumpy through the function.
    """
    there: dict[int, tuple[Tensor, OnSecond, Tensor | None]] = {}

    def bring(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in there:
            moved = OnSecond(value.detach())
            moved.grad = None if value.grad is None else OnSecond(value.grad)
            there[id(value)] = (value, moved, moved.grad)
        return there[id(value)][1]

    given = tree_map(bring, (args, kwargs))
    with torch.no_grad(), WithoutGuard(), Second():
        returned = function(*given[0], **given[1])
    for original, moved, before in there.values():
        if moved.grad is not before:
            original.grad = _back(moved.grad)
    left = {
        f"the result, of shape {list(tensor.shape)}"
        for tensor in tree_flatten(returned)[0]
        if isinstance(tensor, Tensor) and not isinstance(tensor, OnSecond)
    }
    return tree_map(_back, returned), left


def _back(value: Any) -> Any:
    return value.inside if isinstance(value, OnSecond) else value


def _sent(value: Any) -> Any:
    return OnSecond(value) if isinstance(value, Tensor) else value
