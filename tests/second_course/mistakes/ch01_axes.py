"""Known wrong answers of chapter 1, each with the sentence a kind teacher would say."""

import torch

from kata.diagnosis.recorded import mistake, probes


@probes("outer")
def outer_probes(draw):
    yield draw(3), draw(4)
    yield draw(2), draw(2)


@probes("differences")
def differences_probes(draw):
    yield draw(3), draw(4)
    yield draw(2), draw(2)


@probes("one_hot")
def one_hot_probes(draw):
    yield torch.tensor([2, 0, 1, 2]), 4


@mistake("outer", "You multiply place by place; every number of a meets every number of b.")
def place_by_place(a, b):
    return a * b


@mistake("outer", "Rows and columns are the wrong way round: a runs down, b runs across.")
def outer_transposed(a, b):
    return b[:, None] * a


@mistake("outer", "You add the numbers of each pair. Multiply them.")
def outer_sums(a, b):
    return a[:, None] + b


@mistake("differences", "Your sign is flipped: the result is a minus b.")
def flipped(a, b):
    return b - a[:, None]


@mistake("differences", "You take the size of the difference and lose its sign.")
def absolute(a, b):
    return (a[:, None] - b).abs()


@mistake("one_hot", "You count classes from 1. The first class is 0.")
def from_one(labels, c):
    return labels[:, None] == torch.arange(1, c + 1)


@mistake("one_hot", "You return numbers. The result is a tensor of truth values.")
def numbers(labels, c):
    return (labels[:, None] == torch.arange(c)).float()
