"""Is this one Python number, as the annotation says?"""

from numbers import Real
from typing import Any

from torch import Tensor

from kata.answers.words import kind
from kata.refusal import Refused

TENSOR = "You return a tensor of one number. The result should be a plain Python {}."


def as_float(got: Any, what: str = "the result") -> float:
    """Return a real number as a float; refuse anything else, a tensor of one number too."""
    if isinstance(got, Tensor):
        one = got.dim() == 0
        axes = "a tensor, without axes" if one else f"a tensor of shape {list(got.shape)}"
        named = TENSOR.format("float") if one else None
        raise Refused(f"{what} is {axes}; expected a Python float", otherwise=named)
    if not isinstance(got, Real) or isinstance(got, bool):
        raise Refused(f"{what} is {kind(got)}; expected a Python float")
    return float(got)
