"""Known wrong answers of chapter 3, each with the sentence a kind teacher would say."""

from kata.recorded import mistake, probes


@probes("lin")
def lin_probes(draw):
    yield draw(5, 4), draw(4, 3), draw(3)
    yield draw(1, 4), draw(4, 3), draw(3)
    yield draw(3, 3), draw(3, 3), draw(3)


@mistake("lin", "You left out the bias b: out = x @ w + b, with b added to every row.")
def without_bias(x, w, b):
    return x @ w


@probes("relu")
def relu_probes(draw):
    yield (draw(5, 4),)
    yield (draw(3, 3).round(),)


@mistake("relu", "You take the absolute value: relu sets negative values to 0.")
def absolute_value(x):
    return x.abs()
