"""Backprop kata: the forward and the backward pass of a neural network, by hand.

In a notebook, `kata.check("relu")` grades the function where it was written, `kata.hint("relu")`
shows one hint more, and `kata.step("relu")` shows the pass that it belongs to.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kata.notebook.experiment import begin, experiment
    from kata.notebook.hint import hint
    from kata.notebook.live import check
    from kata.notebook.step import step

__version__ = "0.1.0"
__all__ = ["begin", "check", "experiment", "hint", "step"]

FOR_NOTEBOOKS = {  # the module of each
    "begin": "experiment",
    "experiment": "experiment",
    "check": "live",
    "hint": "hint",
    "step": "step",
}


def __getattr__(name: str) -> Any:
    """Import what a notebook calls when it does so; nothing else needs it."""
    if name not in FOR_NOTEBOOKS:
        raise AttributeError(f"module 'kata' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"kata.notebook.{FOR_NOTEBOOKS[name]}"), name)
