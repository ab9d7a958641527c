"""Chapter 2: running_sum, keep_first. What is right is said by plain loops."""

import torch

from kata.checks.compare import Expected
from kata.checks.forward import assert_forward
from kata.checks.inputs import SIZES, over

RUNNING = "out[i, k] = sum of x[i, j] over j <= k"
FIRST = "out[i, j] = x[i, j] where j < lengths[i], else 0"


def sums(rows):
    return [[sum(row[: k + 1]) for k in range(len(row))] for row in rows]


@over(n=SIZES, m=SIZES)
def test_running_sum_adds_up_to_each_place(running_sum, draw, n, m):
    x = draw(n, m)
    values = torch.tensor(sums(x.tolist()), dtype=torch.float64)
    scale = torch.tensor(sums(x.abs().tolist()), dtype=torch.float64)

    assert_forward(running_sum, [x], Expected(values, scale, m), RUNNING)


@over(n=SIZES, m=SIZES)
def test_keep_first_keeps_so_many_numbers_of_each_row(keep_first, draw, n, m):
    x, lengths = draw(n, m), draw.ints(m + 1, n)
    kept = [
        [value if j < length else 0.0 for j, value in enumerate(row)]
        for row, length in zip(x.tolist(), lengths.tolist(), strict=True)
    ]
    values = torch.tensor(kept, dtype=torch.float64)

    assert_forward(keep_first, [x, lengths], Expected(values, values.abs(), 0), FIRST)
