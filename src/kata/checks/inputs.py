"""Random inputs for the tests, from a generator of their own: the learner's seed has no say."""

from collections.abc import Callable

import torch
from torch import Tensor

# Ways in which the same values may lie in memory; "repeated" rows share one row (stride 0).
LAYOUTS = ("contiguous", "transposed", "strided", "repeated")


class Draw:
    """Draws tensors of one dtype on one device; the same ones in every run."""

    def __init__(self, dtype: torch.dtype, device: str = "cpu", seed: int = 0) -> None:
        self.dtype = dtype
        self.device = device
        self._seed = seed
        self.restart()

    def restart(self) -> None:
        """Draw the same numbers again from here on."""
        self._generator = torch.Generator().manual_seed(self._seed)

    def __call__(self, *shape: int, scale: float = 1.0, layout: str = "contiguous") -> Tensor:
        """Standard normal numbers times scale, in the given shape and layout."""
        values = torch.randn(shape, generator=self._generator, dtype=torch.float64) * scale
        return lay_out(values.to(self.device, self.dtype), layout)

    def ints(self, high: int, *shape: int) -> Tensor:
        """Whole numbers 0 ... high - 1 (int64)."""
        return torch.randint(high, shape, generator=self._generator).to(self.device)

    def with_grad(self, tensor: Tensor) -> Tensor:
        """The tensor, with a random upstream gradient in .grad; never ones."""
        tensor.grad = self(*tensor.shape)
        return tensor


def lay_out(values: Tensor, layout: str) -> Tensor:
    """The values in another memory layout; "repeated" keeps only the first row's values."""
    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "contiguous": lambda v: v,
        "transposed": lambda v: v.mT.contiguous().mT if v.dim() > 1 else v,
        "strided": lambda v: v.repeat_interleave(2, dim=-1)[..., ::2] if v.dim() else v,
        "repeated": lambda v: v[:1].expand_as(v) if v.dim() else v,
    }
    return ways[layout](values)
