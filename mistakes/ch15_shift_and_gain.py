"""Chapter 15, right, and at each step how it goes wrong."""

import math

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.numbers import TENSOR
from kata.diagnosis.told import instead, mistake, probes, told, wrong

PI = math.pi

OF_ABSOLUTE = "Your mean is that of |z|. relu makes the negative half of z 0 and doesn't flip it."
WHOLE_SQUARE = "Your mean square is that of z, but relu makes half of z 0."
IGNORES = "You leave the variance out, so the numbers are the same however wide z is."
ROUNDED = "You round a constant to a few decimals, which loses most of a float's digits."
CUT_OFF = "You stop the integral at the same z for every variance, and a wide z goes far beyond it."
AS_STD = "You take the argument for a standard deviation. It is a variance."
LEFT_OVER = "You return the {} of relu(z), its mean subtracted, and not the mean of its square."

NOTES = (
    "This is the notes' shift, 0.5, which was luck: it is not quite the mean of what comes "
    "out of the relu."
)
NO_ROOT = "You divide by the variance that is left. A gain scales the std, its root."
NO_GAIN = "You leave out the gain. After the shift a std of 0.584 is left (for variance 1)."
NO_SHIFT_IN_GAIN = (
    "Your gain makes the mean square 1 without the shift, as Kaiming's does. The shift takes "
    "the squared mean away, too."
)
SHIFT_IGNORES = "Your shift leaves the variance out, so it is the same however wide z is."
GAIN_IGNORES = "Your gain leaves the variance out, so it is the same however wide z is."
WRONG_PI = "Your mean of relu(z) is sqrt(2) times too large: a 2 is missing in it."
GAIN_UPSIDE_DOWN = "You return the std that is left, which the gain has to bring to 1."

BENDS_LAST = "Nothing negative comes out: you shift before the bend, or bend once more after it."
MEASURES = (
    "You measure mean and std on z, as a batch norm does. The two numbers come from the variance "
    "alone, the same for every z."
)
MEASURES_VARIANCE = "You measure the variance on z. It is an argument, the same for every z."


@probes("relu_moments")
def relu_moments_probes(draw):
    yield from [(2.0,), (1.0,), (0.25,), (9.0,), (), (1e4,)]


@probes("shift_and_gain")
def shift_and_gain_probes(draw):
    yield from [(2.0,), (1.0,), (0.25,), (9.0,), ()]


@probes("standard_relu")
def standard_relu_probes(draw):
    yield draw(2, 3), 0.25
    yield (draw(3, 4),)
    yield (draw(3, 4),)
    yield (draw(5), 2.0)
    yield (-draw(2, 2).abs(),)
    yield (draw(1),)


@told
def relu_moments(variance=1.0):
    if wrong(AS_STD):
        variance = variance**2
    if wrong(IGNORES):
        variance = 1.0
    mean = math.sqrt(variance / (2 * PI))
    if wrong(OF_ABSOLUTE):
        mean = math.sqrt(2 * variance / PI)
    if wrong(IGNORES):
        mean = 1 / math.sqrt(2 * PI)
    if wrong(
        "Your mean grows with the variance. A z that is twice as wide has a mean "
        "that is twice as large, not four times."
    ):
        mean = variance / math.sqrt(2 * PI)
    if wrong(
        "You leave out the root of a constant, so your mean is less than half of what it should be."
    ):
        mean = math.sqrt(variance) / (2 * PI)
    if wrong(WRONG_PI):
        mean = math.sqrt(variance / PI)
    if wrong("Half of z stays, but its mean is not 0.5 (the notes' shift): it is an integral."):
        mean = 0.5 * math.sqrt(variance)
    if wrong("Your mean is 0, which is that of z. Nothing that comes out of relu is negative."):
        mean = 0.0
    if wrong("You take the density's height at 0 for the mean, and it falls where z gets wider."):
        mean = 1 / math.sqrt(2 * PI * variance)
    if rounded := wrong(ROUNDED, 0.4, 0.399, 0.3989):
        mean = rounded * math.sqrt(variance)
    second = variance / 2
    if wrong(WHOLE_SQUARE):
        second = variance
    if square := wrong(LEFT_OVER.format("variance"), mean**2, variance / (2 * PI)):
        second = variance / 2 - square
    if square := wrong(LEFT_OVER.format("std"), mean**2, variance / (2 * PI)):
        second = math.sqrt(variance / 2 - square)
    if wrong("You return the root of the mean square, and not the mean square itself."):
        second = math.sqrt(second)
    if wrong(AS_STD):
        second = variance**2 / 2
    if wrong("You square the mean. The mean of the square is another number."):
        second = mean**2
    if wrong(
        "Your mean square is a quarter. relu makes half of z 0, and the other "
        "half keeps its squares."
    ):
        second = second / 2
    if end := wrong(CUT_OFF, 5, 6, 8, 10, 20, 100):
        left = math.exp(-(end**2) / (2 * variance))
        second = second * math.erf(end / math.sqrt(2 * variance)) - end * mean * left
        mean = mean * (1 - left)
    if wrong("You swap the two: the mean comes first, then the mean square."):
        return second, mean
    if wrong("You return the mean alone, and not two numbers, (mean, mean square)."):
        return mean
    return mean, second


@told
def shift_and_gain(variance=1.0):
    if wrong(AS_STD):
        variance = variance**2
    if wrong("You double the variance, as Kaiming's weights do. With them 2 is passed in already."):
        variance = 2 * variance
    if always := wrong("You return the numbers of one variance, whatever is passed in.", 1.0, 2.0):
        variance = always
    mean, second = math.sqrt(variance / (2 * PI)), variance / 2
    shift = mean
    if wrong(NOTES):
        shift = 0.5
    if wrong(
        "You take the median of |z|, 0.674 of its standard deviation. The shift is the mean of "
        "relu(z)."
    ):
        shift = 0.6744897501960817 * math.sqrt(variance)
    if wrong(SHIFT_IGNORES):
        shift = 1 / math.sqrt(2 * PI)
    if wrong(OF_ABSOLUTE):
        shift = 2 * shift
    if wrong(WRONG_PI):
        shift = math.sqrt(variance / PI)
    if wrong("Your shift is negative, so subtracting it moves the outputs further away from 0."):
        shift = -shift
    square = mean**2
    if wrong(SHIFT_IGNORES):
        shift, square = 1 / math.sqrt(2 * PI), 1 / (2 * PI)
    if wrong("Your gain subtracts the mean from the mean square, as if the mean were a square."):
        square = mean
    if wrong("You add the squared mean, so more variance is left than the mean square has."):
        square = -square
    if wrong(WHOLE_SQUARE):
        second = variance
    left = abs(second - square)
    if wrong(NO_SHIFT_IN_GAIN):
        left = second
    if wrong(NO_SHIFT_IN_GAIN):
        left = 0.5
    if wrong(GAIN_IGNORES):
        left = 1 / 2 - 1 / (2 * PI)
    gain = 1 / math.sqrt(left)
    if wrong(GAIN_UPSIDE_DOWN):
        gain = math.sqrt(left)
    if wrong("You return the variance that is left, which is no gain yet."):
        gain = left
    if wrong(NO_ROOT):
        gain = 1 / left
    if wrong(NO_ROOT):
        gain = 1 / (second - square)
    if wrong("Your gain grows with the std, so what is wide becomes wider."):
        gain = gain * variance
    if wrong(
        "Your gain is too small by sqrt(2): it takes no account of the half that relu makes 0."
    ):
        gain = gain / math.sqrt(2)
    if wrong(NO_GAIN):
        gain = 1.0
    if wrong("Your shift has the gain in it, so the gain counts twice."):
        shift = shift * gain
    if wrong("These are the notes' numbers, a shift of 0.5 and no gain, which were luck."):
        return 0.5, 1.0
    if wrong("You swap the two: the shift comes first, then the gain."):
        return gain, shift
    return shift, gain


@told
def standard_relu(z, variance=1.0):
    if wrong("You take variance for a standard deviation, or divide by its root twice."):
        variance = variance**2
    if wrong("You leave the variance out: shift and gain depend on it."):
        variance = 1.0
    shift = math.sqrt(variance / (2 * PI))
    gain = 1 / math.sqrt(variance / 2 - shift**2)
    if wrong(NOTES):
        shift = 0.5
    if wrong("You leave out the shift, so the mean is not 0."):
        shift = 0
    if wrong("You add the shift, which moves the outputs further away from 0."):
        shift = -shift
    if wrong(NO_SHIFT_IN_GAIN):
        gain = math.sqrt(2 / variance)
    if wrong(NO_GAIN):
        gain = 1
    if wrong("You divide by the gain, which is one over the std already."):
        gain = 1 / gain
    if wrong("You multiply by the gain twice."):
        gain = gain**2

    if wrong("You take the gain for the shift, and the shift for the gain."):
        shift, gain = gain, shift
    if wrong(MEASURES):
        z, shift, gain = (z - z.mean()) / z.std(), 1 / math.sqrt(2 * PI), 1.7128585504496627
    bent = z.relu()
    if wrong("You leave out the relu: the result is an affine map of z."):
        bent = z
    if wrong("That is a leaky relu. Where z < 0 the result should not depend on z."):
        bent = F.leaky_relu(z)
    if bend := instead("You bend by another function than relu.", F.gelu, F.silu, torch.abs):
        bent = bend(z)
    if wrong(BENDS_LAST):
        return gain * (z - shift).relu()
    if wrong("You shift where z is positive alone. The shift is for all elements."):
        return torch.where(z > 0, gain * (z - shift), 0)
    if wrong(DEFAULT_DTYPE):
        shift = torch.full(z.shape, shift, device=z.device)
    out = gain * (bent - shift)
    if wrong("You shift after the gain, so the shift isn't scaled with the rest."):
        out = gain * bent - shift
    if wrong(BENDS_LAST):
        out = out.relu()
    if wrong("That is the notes' relu - 0.5, without a gain, which was luck."):
        out = bent - 0.5
    if wrong(MEASURES):
        out = (bent - bent.mean()) / bent.std()
    if small := wrong(MEASURES, 0, 1e-5):
        out = (bent - bent.mean()) / (bent.std(correction=0) + small)
    if small := wrong(MEASURES, 0, 1e-5):
        out = (bent - bent.mean(0)) / (bent.std(0, correction=0) + small)
    if over := wrong(MEASURES_VARIANCE, 1, 0):
        v = z.var(correction=over)
        out = (bent - (v / (2 * PI)).sqrt()) * (2 / (v * (1 - 1 / PI))).sqrt()
    return out


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("relu_moments", "You give variance no default. It is 1 unless told otherwise.")
def without_default(variance):
    return relu_moments(variance)


@mistake("standard_relu", ASTRAY)
def zeros_on_the_cpu(z, variance=1.0):
    shift = math.sqrt(variance / (2 * PI))
    gain = 1 / math.sqrt(variance / 2 - shift**2)
    return gain * (torch.maximum(z, torch.zeros(z.shape, dtype=z.dtype)) - shift)


@mistake("relu_moments", TENSOR.format("float"))
def moments_as_tensors(variance=1.0):
    return torch.tensor(variance / (2 * math.pi)).sqrt(), torch.tensor(variance / 2)


@mistake("shift_and_gain", TENSOR.format("float"))
def numbers_as_tensors(variance=1.0):
    variance = torch.tensor(float(variance))
    return (variance / (2 * math.pi)).sqrt(), (2 / (variance * (1 - 1 / math.pi))).sqrt()
