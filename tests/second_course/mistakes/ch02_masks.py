"""Known wrong answers of chapter 2, each with the sentence a kind teacher would say."""

import torch

from kata.diagnosis.recorded import mistake, probes


@probes("running_sum")
def running_sum_probes(draw):
    yield (draw(3, 4),)


@probes("keep_first")
def keep_first_probes(draw):
    yield draw(3, 4), torch.tensor([0, 2, 4])
    yield draw(2, 3), torch.tensor([1, 3])


@mistake("running_sum", "You add up down the columns. Each row is added up by itself.")
def down(x):
    return x.cumsum(0)


@mistake("running_sum", "You leave out the number at the place itself: j <= k, not j < k.")
def without_itself(x):
    return x.cumsum(-1) - x


@mistake("keep_first", "You keep one number too many: j < lengths[i], not j <= lengths[i].")
def one_too_many(x, lengths):
    return torch.where(torch.arange(x.shape[1]) <= lengths[:, None], x, 0)


@mistake(
    "keep_first", "You keep the rest and drop the first ones: the mask is the wrong way round."
)
def the_rest(x, lengths):
    return torch.where(torch.arange(x.shape[1]) >= lengths[:, None], x, 0)
