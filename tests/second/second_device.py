"""A pytest plugin: grade on a second device that this machine does not have.

    PYTHONPATH=tests/second pytest -p second_device [--submission PATH] [-k NAME]

kata.answers.second says how it is made. Here it is whole, for torch, so that autograd's
engine gives it a thread. No fork could use that; a grade by pytest needs none.
"""

from typing import Any

import pytest
import torch
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

import kata.plugin
from kata.answers import second

NAME = "second"


class Module(second.Module):
    """What `torch.second` is."""

    def is_available(self) -> bool:
        return True

    def device_count(self) -> int:
        return 1

    def get_rng_state(self, device: Any = None) -> torch.Tensor:
        return torch.zeros(16, dtype=torch.uint8)

    def set_rng_state(self, state: torch.Tensor, device: Any = None) -> None:
        pass

    def synchronize(self, device: Any = None) -> None:
        pass


def pytest_configure(config: pytest.Config) -> None:
    assert second.can_be_had()
    _setup_privateuseone_for_python_backend(NAME, Module())
    mode = second.Second()
    mode.__enter__()
    config.add_cleanup(lambda: mode.__exit__(None, None, None))
    kata.plugin._devices = lambda only: [NAME]
