"""Right answers to chapter 1, in unusual ways: all must pass."""

import torch

from kata.diagnosis.recorded import right


@right("outer")
def by_einsum(a, b):
    return torch.einsum("i,j->ij", a, b)


@right("outer")
def by_matmul(a, b):
    return a.unsqueeze(1) @ b.unsqueeze(0)


@right("differences")
def by_expand(a, b):
    return a.unsqueeze(1).expand(len(a), len(b)) - b


@right("one_hot")
def by_scatter(labels, c):
    out = torch.zeros(len(labels), c, dtype=torch.bool, device=labels.device)
    return out.scatter(1, labels.unsqueeze(1), True)
