"""Known wrong answers of chapter 15, each with the sentence a kind teacher would say."""

import math

import torch

from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, CUT, DEFAULT_DTYPE
from kata.diagnosis.recorded import mistake, probes

PI = math.pi


@probes("relu_moments")
def relu_moments_probes(draw):
    yield from [(1.0,), (2.0,), (0.25,), (9.0,), (), (1e4,)]


@probes("shift_and_gain")
def shift_and_gain_probes(draw):
    yield from [(1.0,), (2.0,), (0.25,), (9.0,), ()]


@probes("standard_relu")
def standard_relu_probes(draw):
    yield (draw(3, 4),)
    yield (draw(5), 2.0)
    yield draw(2, 3), 0.25
    yield (-draw(2, 2).abs(),)
    yield (draw(1),)


def moments(variance=1.0):
    return math.sqrt(variance / (2 * PI)), variance / 2


def numbers(variance=1.0):
    mean, second = moments(variance)
    return mean, 1 / math.sqrt(second - mean**2)


def standard(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (z.relu() - shift)


# --- relu_moments --------------------------------------------------------------------------------

HALF = (
    "Your mean is that of |z|, sqrt(2 variance / pi). relu keeps one half of z and makes the other"
    " 0, so its mean is half of that."
)
IGNORES = "You leave the variance out of account. The mean grows with its root, the square with it."
ROUNDED = "You round: 0.4 or 0.399 for 1/sqrt(2 pi). Exact numbers are asked for, from the formula."
CUT_OFF = (
    "You stop the integral at the same z for every variance. A wide z goes far beyond it: use the "
    "formula, or count in units of the std."
)
AS_STD = (
    "You take the argument for a standard deviation. It is a variance: the mean holds its root, the"
    " mean square holds it as it is."
)


@mistake("relu_moments", HALF)
def mean_of_absolute_value(variance=1.0):
    return math.sqrt(2 * variance / PI), variance / 2


@mistake("relu_moments", "Your mean square is that of z. relu makes half of it 0: variance / 2.")
def whole_square(variance=1.0):
    return math.sqrt(variance / (2 * PI)), variance


@mistake("relu_moments", HALF + " So does the mean square: variance / 2.")
def both_of_the_absolute_value(variance=1.0):
    return math.sqrt(2 * variance / PI), variance


@mistake(
    "relu_moments",
    "You give the variance of relu(z), its mean taken off. Asked for is the mean of the square.",
)
def variance_for_square(variance=1.0):
    mean, second = moments(variance)
    return mean, second - mean**2


@mistake("relu_moments", "You give the std of relu(z). Asked for is the mean of the square.")
def std_for_square(variance=1.0):
    mean, second = moments(variance)
    return mean, math.sqrt(second - mean**2)


@mistake("relu_moments", "You give the root of the mean square. Asked for is the square itself.")
def root_of_square(variance=1.0):
    mean, second = moments(variance)
    return mean, math.sqrt(second)


@mistake("relu_moments", "You square the mean. The mean of the square is another number.")
def square_of_mean(variance=1.0):
    mean, _ = moments(variance)
    return mean, mean**2


@mistake("relu_moments", IGNORES)
def for_variance_1(variance=1.0):
    return moments(1.0)


@mistake("relu_moments", IGNORES)
def mean_for_variance_1(variance=1.0):
    return moments()[0], variance / 2


@mistake("relu_moments", AS_STD)
def variance_as_std(variance=1.0):
    return moments(variance**2)


@mistake("relu_moments", "Your mean grows with the variance. It grows with the std, its root.")
def mean_without_root(variance=1.0):
    return variance / math.sqrt(2 * PI), variance / 2


@mistake("relu_moments", "You leave out the root of 2 pi: 1/sqrt(2 pi) = 0.399, 1/(2 pi) = 0.159.")
def no_root_of_pi(variance=1.0):
    return math.sqrt(variance) / (2 * PI), variance / 2


@mistake("relu_moments", "1/sqrt(pi) is the mean for variance 2. For variance v it is sqrt(v/2pi).")
def root_of_pi_alone(variance=1.0):
    return math.sqrt(variance / PI), variance / 2


@mistake("relu_moments", "Half of z stays, but its mean is not 0.5 (the notes' shift). Integrate.")
def one_half(variance=1.0):
    return 0.5 * math.sqrt(variance), variance / 2


@mistake("relu_moments", "Your mean is 0, which is that of z. relu keeps the positive half alone.")
def mean_zero(variance=1.0):
    return 0.0, variance / 2


@mistake(
    "relu_moments",
    "You take the density's height p(0) for the mean. Integrate z p(z): that is variance p(0).",
)
def height_of_the_density(variance=1.0):
    return 1 / math.sqrt(2 * PI * variance), variance / 2


def rounded_to(name, factor):
    def function(variance=1.0):
        return factor * math.sqrt(variance), variance / 2

    function.__name__ = name
    return mistake("relu_moments", ROUNDED)(function)


rounded_to_1 = rounded_to("rounded_to_1", 0.4)
rounded_to_3 = rounded_to("rounded_to_3", 0.399)
rounded_to_4 = rounded_to("rounded_to_4", 0.3989)


def integral_to(end):
    def function(variance=1.0):
        mean, second = moments(variance)
        left = math.exp(-(end**2) / (2 * variance))
        inside = math.erf(end / math.sqrt(2 * variance))
        return mean * (1 - left), second * inside - end * mean * left

    function.__name__ = f"integral_to_{end}"
    return mistake("relu_moments", CUT_OFF)(function)


integral_to_5, integral_to_6, integral_to_8 = map(integral_to, (5, 6, 8))
integral_to_10, integral_to_20, integral_to_100 = map(integral_to, (10, 20, 100))


@mistake("relu_moments", "You swap the two: the mean comes first, then the mean square.")
def moments_swapped(variance=1.0):
    return moments(variance)[::-1]


@mistake("relu_moments", "You give the mean alone. Asked for are two numbers, (mean, mean square).")
def mean_alone(variance=1.0):
    return moments(variance)[0]


@mistake("relu_moments", "Your mean square is a quarter. relu keeps half of z^2: variance / 2.")
def quarter_of_the_square(variance=1.0):
    return moments(variance)[0], variance / 4


@mistake("relu_moments", "You give variance no default. It is 1 unless told otherwise.")
def no_default(variance):
    return moments(variance)


# --- shift_and_gain ------------------------------------------------------------------------------


@mistake(
    "shift_and_gain",
    "These are the notes' numbers, a shift of 0.5 and no gain. They were luck: derive them.",
)
def the_notes(variance=1.0):
    return 0.5, 1.0


@mistake("shift_and_gain", "You leave out the gain (1). After the shift a std of 0.584 is left.")
def no_gain(variance=1.0):
    return numbers(variance)[0], 1.0


@mistake("shift_and_gain", "Your shift is that of the notes, 0.5. It is the mean of relu(z).")
def shift_of_the_notes(variance=1.0):
    return 0.5, numbers(variance)[1]


NO_SHIFT_IN_GAIN = (
    "Your gain makes the mean square 1 without the shift, as Kaiming's does: sqrt(2). The shift "
    "takes the squared mean away, too: E[out^2] = gain^2 (variance/2 - shift^2)."
)


@mistake("shift_and_gain", NO_SHIFT_IN_GAIN)
def gain_of_kaiming(variance=1.0):
    return numbers(variance)[0], math.sqrt(2 / variance)


@mistake("shift_and_gain", NO_SHIFT_IN_GAIN)
def root_of_two(variance=1.0):
    return numbers(variance)[0], math.sqrt(2)


@mistake("shift_and_gain", "Your gain leaves the variance out: it falls with the root of it.")
def gain_for_variance_1(variance=1.0):
    return numbers(variance)[0], numbers()[1]


@mistake("shift_and_gain", "Your shift leaves the variance out: it grows with the root of it.")
def shift_for_variance_1(variance=1.0):
    return numbers()[0], numbers(variance)[1]


@mistake("shift_and_gain", "You leave the variance out: shift and gain are those for variance 1.")
def both_for_variance_1(variance=1.0):
    return numbers()


@mistake("shift_and_gain", "These are the numbers for variance 2, which Kaiming's weights give.")
def both_for_variance_2(variance=1.0):
    return numbers(2.0)


@mistake(
    "shift_and_gain",
    "You double the variance, as Kaiming's weights do. With them 2 is passed in already.",
)
def twice_the_variance(variance=1.0):
    return numbers(2 * variance)


@mistake("shift_and_gain", "You take the argument for a standard deviation. It is a variance.")
def std_for_variance(variance=1.0):
    return numbers(variance**2)


@mistake("shift_and_gain", "You give the std that is left. The gain is one over it.")
def gain_upside_down(variance=1.0):
    shift, gain = numbers(variance)
    return shift, 1 / gain


@mistake(
    "shift_and_gain",
    "You divide by the variance that is left. A gain scales the std: take the root.",
)
def gain_without_root(variance=1.0):
    shift, gain = numbers(variance)
    return shift, gain**2


@mistake(
    "shift_and_gain",
    "Your gain grows with the std. It is 1 over the std that is left, so it falls.",
)
def gain_grows(variance=1.0):
    shift, gain = numbers(variance)
    return shift, gain * variance


@mistake("shift_and_gain", "Your shift is negative. It is taken off: gain (relu(z) - shift).")
def negative_shift(variance=1.0):
    shift, gain = numbers(variance)
    return -shift, gain


@mistake(
    "shift_and_gain",
    "Your shift has the gain in it. The gain comes after the shift: gain (relu(z) - shift).",
)
def shift_times_gain(variance=1.0):
    shift, gain = numbers(variance)
    return shift * gain, gain


@mistake(
    "shift_and_gain",
    "Your shift is the mean of |z|. relu makes half of z 0, so its mean is half of that.",
)
def shift_of_absolute_value(variance=1.0):
    shift, gain = numbers(variance)
    return 2 * shift, gain


@mistake("shift_and_gain", "You swap the two: the shift comes first, then the gain.")
def numbers_swapped(variance=1.0):
    return numbers(variance)[::-1]


@mistake(
    "shift_and_gain",
    "Your gain subtracts the mean from the mean square. Subtract the square of the mean.",
)
def mean_not_squared(variance=1.0):
    mean, second = moments(variance)
    return mean, 1 / math.sqrt(abs(second - mean))


@mistake("shift_and_gain", "You add the squared mean. The variance left is E[relu(z)^2] - shift^2.")
def adds_the_square(variance=1.0):
    mean, second = moments(variance)
    return mean, 1 / math.sqrt(second + mean**2)


@mistake("shift_and_gain", "You leave out the 2: gain^2 = 2 / (variance (1 - 1/pi)).")
def gain_without_two(variance=1.0):
    shift, gain = numbers(variance)
    return shift, gain / math.sqrt(2)


@mistake("shift_and_gain", "1/sqrt(pi) is the shift for variance 2. It is sqrt(variance/(2 pi)).")
def shift_without_two(variance=1.0):
    return math.sqrt(variance / PI), numbers(variance)[1]


# --- standard_relu -------------------------------------------------------------------------------

BENDS_LAST = (
    "Nothing negative comes out: you shift before the bend, or bend once more after it. relu comes "
    "first, once, then shift and gain."
)
MEASURES = (
    "You measure mean and std on z, as a batch norm does. The two numbers come from the variance "
    "alone, the same for every z."
)

MEASURES_VARIANCE = "You measure the variance on z. It is an argument, the same for every z."


@mistake("standard_relu", "You leave out the gain. After the shift a std of 0.584 is left.")
def shift_alone(z, variance=1.0):
    return z.relu() - numbers(variance)[0]


@mistake("standard_relu", "You leave out the shift, so the mean is not 0.")
def gain_alone(z, variance=1.0):
    return numbers(variance)[1] * z.relu()


@mistake("standard_relu", "You shift after the gain. The shift comes first: gain (relu - shift).")
def shifts_after_the_gain(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * z.relu() - shift


@mistake("standard_relu", BENDS_LAST)
def shifts_before_the_bend(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (z - shift).relu()


@mistake("standard_relu", BENDS_LAST)
def bends_twice(z, variance=1.0):
    return standard(z, variance).relu()


@mistake("standard_relu", "You leave out the relu: the result is an affine map of z.")
def no_relu(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (z - shift)


@mistake("standard_relu", "You add the shift. It is taken off: gain (relu(z) - shift).")
def adds_the_shift(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (z.relu() + shift)


@mistake("standard_relu", "You divide by the gain. It is one over the std already: multiply.")
def divides_by_the_gain(z, variance=1.0):
    shift, gain = numbers(variance)
    return (z.relu() - shift) / gain


@mistake("standard_relu", "You leave the variance out: shift and gain depend on it.")
def for_every_variance(z, variance=1.0):
    return standard(z)


@mistake(
    "standard_relu", "You take variance for a standard deviation, or divide by its root twice."
)
def variance_is_std(z, variance=1.0):
    return standard(z, variance**2)


@mistake("standard_relu", "That is the notes' relu - 0.5, without a gain. Use shift_and_gain.")
def the_notes_relu(z, variance=1.0):
    return z.relu() - 0.5


@mistake("standard_relu", "Your shift is that of the notes, 0.5. It is the mean of relu(z).")
def gain_and_the_notes_shift(z, variance=1.0):
    return numbers(variance)[1] * (z.relu() - 0.5)


@mistake(
    "standard_relu",
    "Your gain makes the mean square 1 without the shift, as Kaiming's does. The shift takes the "
    "squared mean away, too.",
)
def gain_without_the_shift(z, variance=1.0):
    return math.sqrt(2 / variance) * (z.relu() - numbers(variance)[0])


@mistake("standard_relu", "That is a leaky relu. Here z below 0 gives -gain shift, whatever z is.")
def leaky(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (torch.nn.functional.leaky_relu(z) - shift)


@mistake("standard_relu", "You multiply by the gain twice.")
def gain_twice(z, variance=1.0):
    return numbers(variance)[1] * standard(z, variance)


@mistake("standard_relu", "You shift where z is positive alone. The shift is for all elements.")
def shifts_positive_only(z, variance=1.0):
    shift, gain = numbers(variance)
    return torch.where(z > 0, gain * (z - shift), 0)


@mistake("standard_relu", MEASURES)
def measured(z, variance=1.0):
    r = z.relu()
    return (r - r.mean()) / r.std()


@mistake("standard_relu", MEASURES)
def measured_over_all(z, variance=1.0):
    r = z.relu()
    return (r - r.mean()) / r.std(correction=0)


@mistake("standard_relu", MEASURES)
def measured_first(z, variance=1.0):
    return standard((z - z.mean()) / z.std())


@mistake("standard_relu", MEASURES)
def measured_in_columns(z, variance=1.0):
    r = z.relu()
    return (r - r.mean(0)) / (r.std(0, correction=0) + 1e-5)


def with_variance_of(z, correction):
    v = z.var(correction=correction)
    return (z.relu() - (v / (2 * PI)).sqrt()) * (2 / (v * (1 - 1 / PI))).sqrt()


@mistake("standard_relu", MEASURES_VARIANCE)
def measured_variance(z, variance=1.0):
    return with_variance_of(z, 1)


@mistake("standard_relu", MEASURES_VARIANCE)
def measured_variance_over_n(z, variance=1.0):
    return with_variance_of(z, 0)


@mistake("standard_relu", CUT)
def cut(z, variance=1.0):
    return standard(z.detach(), variance)


@mistake("standard_relu", IN_PLACE)
def in_place(z, variance=1.0):
    shift, gain = numbers(variance)
    return z.relu_().sub_(shift).mul_(gain)


@mistake("standard_relu", DEFAULT_DTYPE)
def in_the_default_dtype(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (z.relu() - torch.full(z.shape, shift, device=z.device))


@mistake("standard_relu", ASTRAY)
def on_the_default_device(z, variance=1.0):
    shift, gain = numbers(variance)
    return gain * (torch.maximum(z, torch.zeros(z.shape, dtype=z.dtype)) - shift)


@mistake("standard_relu", CUT)
def by_numpy(z, variance=1.0):
    shift, gain = numbers(variance)
    return torch.from_numpy(gain * (z.numpy().clip(0) - shift).astype(z.numpy().dtype))
