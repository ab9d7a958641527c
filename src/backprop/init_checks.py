"""What the tests of chapter 4 ask, beyond kata.checks.random; and how large their samples are."""

import torch

from kata.answers.call import Answer
from kata.checks.compare import compact
from kata.checks.random import drawn
from kata.refusal import Refused

# (fan_in, fan_out) of the samples: 3 % of the std is 9.5 standard errors for 50,000 numbers
FANS = [(300, 200), (200, 300), (1, 50_000), (50_000, 1)]
MATRICES = FANS[:2]  # with rows and columns to compare
LARGE = (1000, 700)  # 0.01 std of the mean is 8.4 standard errors

SLOPE_DEFAULT = (
    "Your default of a is not 0 (torch's nn.Linear uses sqrt(5), a leaky relu 0.01). Without a the "
    "weights are for a plain relu."
)
WHY_SLOPE = "a is 0 by default: the slope of a plain relu"


def assert_slope_zero_unless_told(answer: Answer, fan_in: int, fan_out: int) -> None:
    """Refuse other weights without a than with a = 0 after the same torch.manual_seed.

    No statistics: a default of 0.01 changes the std by 5e-5 of it. Both calls do the same.
    """
    untold, zero = (drawn(answer, fan_in, fan_out, *a)["w"].detach() for a in ((), (0.0,)))
    if not torch.allclose(untold, zero, rtol=4 * torch.finfo(zero.dtype).eps, atol=0.0):
        ratio = untold / zero
        scaled = torch.allclose(ratio, ratio.mean(), rtol=1e-4)
        raise Refused(
            "without a the weights are not those for a = 0, after the same seed\n"
            f"  got {compact(untold)}  for a = 0 {compact(zero)}\n"
            f"  why: {WHY_SLOPE}",
            SLOPE_DEFAULT if scaled else None,
        )
