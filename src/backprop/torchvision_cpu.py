"""Import torchvision, even a CUDA build of it beside a CPU build of torch.

The C++ library of a CUDA torchvision does not load beside a CPU torch. Its operators are then
missing, and `import torchvision` stops where it says which shapes two of them give. Data sets and
transforms use none of them, so it is enough to declare those two; whoever calls one is told by
torchvision itself that it has no code.
"""

import importlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

SYMPTOM = "operator torchvision::nms does not exist"
WITHOUT_CODE = ("nms", "qnms")


class TorchvisionError(ImportError):
    """torchvision cannot be imported; the message is one line that says why and what to do."""


def import_torchvision() -> ModuleType:
    """Return the torchvision module, healed where torch and torchvision are of different builds.

    Raises TorchvisionError where that does not help.
    """
    try:
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            if SYMPTOM not in str(error):
                raise
            _declare_operators()
            return importlib.import_module("torchvision")
    except Exception as error:  # a broken installation may raise anything
        raise TorchvisionError(_in_words(error)) from error


@cache  # torch forgets the operators with the Library, so keep it
def _declare_operators() -> Any:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in WITHOUT_CODE:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def _in_words(error: Exception) -> str:
    reason = str(error).partition("\n")[0]
    return (
        f"torchvision ({_version('torchvision')}) cannot be imported beside torch "
        f"({_version('torch')}): {type(error).__name__}: {reason}; reinstall both, of one build "
        "and in one go: pip install --force-reinstall -c constraints.txt torch torchvision"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
