"""The nets of `kata step`: a dozen numbers each, small whole ones and halves."""

from collections.abc import Mapping, Sequence

from backprop.steps.chain import chain_nets
from backprop.steps.layers import layer_nets
from backprop.steps.training import training_nets
from backprop.steps.values import value_nets
from backprop.steps.writing import writing_nets
from kata.steps.net import Net


def nets() -> Mapping[str, Sequence[Net]]:
    """Return, for each exercise that is a link of a pass, its nets, the smallest first."""
    return {
        **chain_nets(),
        **training_nets(),
        **layer_nets(),
        **value_nets(),
        **writing_nets(),
    }
