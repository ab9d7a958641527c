"""Right answers to chapter 2, in unusual ways: all must pass."""

import torch

from kata.diagnosis.recorded import right


@right("running_sum")
def by_triangle(x):
    return x @ x.new_ones(x.shape[1], x.shape[1]).triu()


@right("keep_first")
def row_by_row(x, lengths):
    out = torch.zeros_like(x)
    for row, length in enumerate(lengths.tolist()):
        out[row, :length] = x[row, :length]
    return out
