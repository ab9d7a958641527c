"""Chapter 4, right, and at each step how it goes wrong."""

import math

import numpy as np
import torch
from torch import nn

from backprop.init_checks import SLOPE_DEFAULT
from kata.answers.side_effects import RESEEDS
from kata.checks.numbers import TENSOR
from kata.checks.random import EMPTY, OTHER_GENERATOR, SAME_AGAIN
from kata.diagnosis.summary import Randomly
from kata.diagnosis.told import instead, mistake, probes, told, wrong

ROOT_FIVE = math.sqrt(5)  # the a of torch's nn.Linear

# --- kaiming_std, and the standard deviation in kaiming_init --------------------------------------

NO_A = (
    "You leave out the slope a. A leaky relu lets a part of the negative half through, so "
    "more than half of the second moment is left."
)
NO_ROOT = (
    "You take the variance for the standard deviation, so the weights are too small for every "
    "larger fan_in."
)
NO_ROOT_NO_A = (
    "You take the variance for the standard deviation (its root is missing), and leave out "
    "the slope a."
)
A_NOT_SQUARED = (
    "You add a itself. The second moment is a mean of squares, and a slope doesn't enter it "
    "as it is."
)
SQUARE_OF_SUM = (
    "You square 1 + a as a whole, which brings in a product of the two slopes, and no value "
    "is on both sides of 0."
)
A_MINUS = (
    "You subtract a^2, although what the negative half lets through adds to the second moment."
)
A_DOUBLED = "You double a (2 * a), and the second moment is a mean of squares."
A_POSITIVE = (
    "You use a only where it is positive, although a slope of either sign lets as much through."
)
A_UNDER_ROOT = (
    "You take the root of a^2 by itself, which leaves 1 + a: the root of a sum is not the sum "
    "of the roots."
)
CARET = "^ is not a power in Python: it is the exclusive or of whole numbers."
A_ALONE = "You divide by a^2 alone. The positive half counts, too, with slope 1."
A_ON_TOP = (
    "You multiply by 1 + a^2, so the more a leaky relu lets through, the larger your weights. "
    "That makes the signal grow."
)
A_AS_GAIN = (
    "You multiply by a, or by its root. a is a slope, not a gain: with a plain relu all "
    "weights would be 0."
)
A_FACTOR = (
    "You multiply the standard deviation by 1 + a, so the more a leaky relu lets through, the "
    "larger your weights."
)
A_OUTSIDE = "1 + a^2 is outside your root, although it is a factor of the variance."
A_ADDED = (
    "You add a to the standard deviation. The slope changes the share of the second moment "
    "that is left: a factor, not a term."
)
A_TIMES_FAN = (
    "Mind the brackets: 1 + a^2 * fan_in multiplies only a^2 by fan_in, so the 1 hardly counts."
)
A_PLUS_FAN = (
    "You add a^2 to fan_in or 1/fan_in, as if the slope changed the number of terms. It "
    "changes the size of each."
)
NO_TWO = (
    "You leave out a factor: a relu drops half of the second moment, and nothing makes up for it."
)
XAVIER_FOR_KAIMING = (
    "You use Xavier's variance, which has no relu in mind: half of the second moment (or "
    "less, if the relu is leaky) is lost at each layer."
)
TWO_TOO_MANY = (
    "Your standard deviation is sqrt(2) times too large: a factor 2 is outside your root, or "
    "you count it twice."
)
TWO_TOO_MANY_NO_A = "Your 2 is outside the root, and you leave out the slope a."
TWO_BELOW = (
    "You divide by 2, so the weights shrink the signal where the relu already drops half of "
    "its second moment."
)
BOUND = (
    "This is the bound of a uniform distribution, with a 3 or a 6. It lies sqrt(3) standard "
    "deviations out."
)
TANH = "You use the gain 5/3, which is for tanh, and no tanh follows here."
TIMES_FAN = (
    "Mind the brackets: 2 / (1 + a^2) * fan_in multiplies by fan_in, so the weights grow with it."
)
ONE_OFF = "You count fan_in one too many or too few. Each output adds up fan_in terms, as given."
UPSIDE_DOWN = (
    "Your standard deviation is upside down: it grows with fan_in. The more terms a sum has, the "
    "smaller the weights."
)
GAIN_ONLY = "This is the gain alone, whatever fan_in is, and sums of more terms spread more widely."
FAN_OUTSIDE = (
    "Only the 2 (or the gain) is under your root. fan_in is outside, so the weights shrink "
    "too fast."
)
ROOT_OF_FAN_ONLY = (
    "Only fan_in is under your root, and the relu's factor is outside, although it is one of "
    "the variance."
)
WHOLE = "// is whole-number division, which gives 0 for every larger fan_in."
WHOLE_ROOT = "math.isqrt cuts the root to a whole number. The root of fan_in seldom is one."
POWER_HALF = "Mind the brackets: x**1/2 is (x**1)/2, which halves x and takes no root."
ROOT_TWICE = "You take the root twice, and so of what is a standard deviation already."
TORCH_SQRT = "torch.sqrt takes a tensor, and fan_in is a plain number."
A_NEEDED = "Your a has no default. It is 0 unless told otherwise, the slope of a plain relu."
A_NOT_TAKEN = "Your function takes no slope a. It is the last argument, 0 by default."

ROUNDED = "You round the standard deviation. It should be returned in full precision."
NEGATIVE = "You return the negative root. A standard deviation is positive."
ONE_AXIS = (
    "You return a tensor or an array with an axis, [1]. It should be one number (or a tensor "
    "without axes)."
)
TEXT = "You return text or a tuple that holds the standard deviation, and not the number itself."
SAMPLED = (
    "You return the standard deviation of random numbers, which differs at every call with "
    "the same arguments."
)
MATRIX = "You return weights. kaiming_std returns only their standard deviation, one number."
NO_FAN = "You return the same number for every fan_in, and sums of more terms spread more widely."
STALE = "You return what an earlier call computed, although the arguments have changed."


@probes("kaiming_std")
def kaiming_std_probes(draw):
    if draw.dtype == torch.float64:
        return
    for args in [(1,), (2,), (50,), (784,), (50, 0.2), (784, 1.0), (50, 2.0), (30, -0.5)]:
        yield Randomly(args, draw.dtype)
    yield Randomly((784, ROOT_FIVE), draw.dtype)


@told
def _std(fan_in, a):
    fan = fan_in
    if other := wrong(ONE_OFF, fan_in + 1, fan_in - 1):
        fan = other
    square = a**2
    if other := wrong(NO_A, 0, 1e-4):
        square = other
    if other := wrong(A_NOT_SQUARED, a, abs(a)):
        square = other
    if wrong(SQUARE_OF_SUM):
        square = a**2 + 2 * a
    if other := wrong(A_MINUS, -(a**2), abs(1 - a**2) - 1):
        square = other
    if wrong(A_DOUBLED):
        square = 2 * a
    if wrong(A_POSITIVE):
        square = max(a, 0) ** 2
    if wrong(A_UNDER_ROOT):
        square = a**2 + 2 * abs(a)
    if wrong(CARET):
        square = a ^ 2
    kept = 1 + square
    if other := wrong(A_ALONE, a**2, a**2 or 1):
        kept = other

    gain = 2 / kept  # squared
    if wrong(NO_TWO):
        gain = 1 / kept
    if wrong(XAVIER_FOR_KAIMING):
        gain = 1
    if wrong(TWO_TOO_MANY):
        gain = 4 / kept
    if wrong(TWO_TOO_MANY_NO_A):
        gain = 4
    if wrong(TWO_BELOW):
        gain = 1 / (2 * kept)
    if other := wrong(BOUND, 6 / kept, 3 / kept):
        gain = other
    if wrong(TANH):
        gain = 25 / 9
    if other := wrong(A_ON_TOP, 2 * kept, kept / 2):
        gain = other
    if wrong(A_MINUS):
        gain = 2 - a**2
    if wrong(A_AS_GAIN):
        gain = 2 * a
    if wrong(A_FACTOR):
        gain = 2 * (1 + a) ** 2
    if other := wrong(A_OUTSIDE, 2 / kept**2, 2 * kept**2):
        gain = other

    variance = gain / fan
    if wrong(TIMES_FAN):
        variance = gain * fan
    if wrong(A_TIMES_FAN):
        variance = 2 / (1 + a**2 * fan)
    if other := wrong(A_PLUS_FAN, 2 / (fan + a**2), 2 / (1 + a**2 + fan), 2 / fan + a**2):
        variance = other
    if other := wrong(UPSIDE_DOWN, fan * kept / 2, fan / 2, fan):
        variance = other
    if other := wrong(WHOLE, 2 // (kept * fan), 2 // fan / kept):
        variance = other
    if wrong(GAIN_ONLY):
        variance = gain

    std = math.sqrt(variance)
    if wrong(NO_ROOT):
        std = variance
    if wrong(NO_ROOT_NO_A):
        std = 2 / fan
    if wrong(POWER_HALF):
        std = variance**1 / 2
    if wrong(ROOT_TWICE):
        std = math.sqrt(math.sqrt(variance))
    if other := wrong(FAN_OUTSIDE, math.sqrt(gain) / fan, math.sqrt(2) / (kept * fan)):
        std = other
    if wrong(ROOT_OF_FAN_ONLY):
        std = gain / math.sqrt(fan)
    if wrong(WHOLE_ROOT):
        std = math.sqrt(gain) / math.isqrt(fan)
    if wrong(A_ADDED):
        std = math.sqrt(2 / fan) + a
    if wrong(A_AS_GAIN):
        std = a * math.sqrt(2 / fan)
    if wrong(A_MINUS):
        std = (2 / ((1 - a**2) * fan)) ** 0.5
    if wrong(A_MINUS):
        std = (2 / torch.tensor((1 - a**2) * fan)).sqrt()
    if number := wrong(TORCH_SQRT, variance, fan):
        std = torch.sqrt(number)
    return std


@told
def kaiming_std(fan_in, a=None):
    if a is None:
        a = 0.0
        if default := wrong(SLOPE_DEFAULT, 0.01, 1.0, ROOT_FIVE):
            a = default
        if wrong(A_NEEDED):
            raise TypeError("kaiming_std() missing 1 required positional argument: 'a'")
    elif wrong(A_NOT_TAKEN):
        raise TypeError("kaiming_std() takes 1 positional argument but 2 were given")
    std = _std(fan_in, a)
    if places := wrong(ROUNDED, 2, 3, 4):
        std = round(std, places)
    if wrong(ROUNDED):
        std = int(std)
    if wrong(NEGATIVE):
        std = -std
    if other := wrong(NO_FAN, 0.0, 1.0, math.sqrt(2)):
        return other
    if wrong(SAMPLED):
        return (torch.randn(fan_in, 100) * std).std()
    if other := wrong(MATRIX, torch.randn(fan_in), torch.randn(fan_in, fan_in)):
        return other * std
    if other := wrong(ONE_AXIS, torch.tensor([std]), np.array([std])):
        return other
    if other := wrong(TEXT, f"{std:.4f}", (std,)):
        return other
    return std


@mistake("kaiming_std", STALE)
class StdKept:
    """Keeps the std of the first call with each fan_in, whatever a is later."""

    def __init__(self):
        self.stds = {}

    def __call__(self, fan_in, a=0.0):
        return self.stds.setdefault(fan_in, kaiming_std(fan_in, a))


# --- how weights are drawn: the same in xavier_init, kaiming_init and init_params -----------------

ZEROS = (
    "All weights are 0. Then all units compute the same, get the same gradient and stay the same. "
    "Random weights break the symmetry."
)
CONSTANT = (
    "All weights are the same number. Then all units compute the same, get the same gradient and "
    "stay the same. Random weights break the symmetry."
)
TRANSPOSED = (
    "Your matrix is [fan_out, fan_in], as nn.Linear stores it. Here x @ w takes it as "
    "[fan_in, fan_out]."
)
SQUARE = "Both axes of your matrix have the same length. It is [fan_in, fan_out]."
FIXED_DTYPE = (
    "You fix the dtype of weights or biases. All of them should have torch's default dtype, "
    "whatever it is set to."
)
EQUAL_ROWS = (
    "All rows of the matrix are the same: you draw one row and repeat it. Each of the "
    "fan_in * fan_out weights is drawn by itself."
)
EQUAL_COLUMNS = (
    "All columns of the matrix are the same: you draw one column and repeat it. Then all units "
    "compute the same. Each of the fan_in * fan_out weights is drawn by itself."
)
RANK_ONE = (
    "Your matrix is the outer product of two random vectors, so all its rows are multiples of one "
    "another. Each of the fan_in * fan_out weights is drawn by itself."
)
BLOCKS = (
    "You draw some of the rows and repeat them, so rows come in copies. Each of the "
    "fan_in * fan_out weights is drawn by itself."
)
ADDED_UP = (
    "You add one random row to all rows, so whole columns move together. Each of the "
    "fan_in * fan_out weights is drawn by itself."
)
UNIFORM = "Your weights have the right standard deviation but are uniform. They should be normal."
STD_AS_BOUND = (
    "You draw uniformly between -std and std. That isn't normal, and its standard deviation is "
    "only 1/sqrt(3) of the right one."
)
UNIFORM_STD_WIDE = (
    "You shift torch.rand by 1/2 and multiply it by the standard deviation. That isn't normal, and "
    "its variance is a twelfth of the right one."
)
UNIFORM_UNSCALED = (
    "You draw uniformly between -1 and 1, whatever the fans are. That isn't normal, and sums "
    "of more terms spread more widely."
)
RAND = "torch.rand is uniform between 0 and 1, so no weight is negative and their mean isn't 0."
RADEMACHER = (
    "Your weights are all +std or -std. Mean and standard deviation are right, but the weights "
    "should be normal."
)
LAPLACE = (
    "Your weights have the right standard deviation but a Laplace distribution, with heavy tails. "
    "They should be normal."
)
CLIPPED = (
    "You cut the normal distribution off at 2 standard deviations (trunc_normal_ or clamp), which "
    "also lowers its standard deviation. The weights should be normal, tails included."
)
RESCALED_CUT = (
    "Your weights have the right standard deviation and no tails: a normal distribution cut off at "
    "2 standard deviations and scaled up. They should be normal, tails included."
)
CUT_AT_TWO = (
    "trunc_normal_ cuts off at -2 and 2 by default. Where the standard deviation isn't small "
    "against 2 (fan_in = 1) that changes the distribution."
)
POSITIVE = "Your weights are never negative (abs), so their mean isn't 0."
WHOLE_NUMBERS = "You draw whole numbers (randint or round). The weights should be normal."
SHIFTED = "You add a number to the weights, so their mean isn't 0."
ORTHOGONAL = (
    "You make the matrix orthogonal: its rows or columns depend on one another, and its scale "
    "follows the longer side. The weights should be independent."
)
STANDARDISED = (
    "You standardise the sample: you subtract its own mean and divide by its own standard "
    "deviation. That ties the weights to one another, and a single weight becomes nan."
)
NORMALISED = (
    "You divide each column by its own norm, which ties the weights to one another. The standard "
    "deviation follows from fan_in alone, and not from what was drawn."
)
STD_ONLY = (
    "You return the standard deviation itself, and not a matrix of normal numbers that have it."
)
NORMAL_ARGS = (
    "torch.normal takes the shape as one tuple, and you pass fan_in and fan_out one by one."
)
LAYER = "You return a layer, not a tensor. It should be the matrix itself, [fan_in, fan_out]."


@told
def _drawn(fan_in, fan_out, std):
    shape = fan_in, fan_out
    if wrong(SQUARE):
        shape = fan_in, fan_in
    if wrong(TRANSPOSED):
        shape = fan_out, fan_in
    if wrong(RESEEDS):
        torch.manual_seed(42)
    if w := instead(EQUAL_ROWS, torch.randn(1, fan_out), torch.randn(shape)[:1]):
        return w.expand(shape) * std
    if w := instead(EQUAL_COLUMNS, torch.randn(fan_in, 1), torch.randn(shape)[:, :1]):
        return w.expand(shape) * std
    if instead(RANK_ONE):
        return torch.outer(torch.randn(fan_in), torch.randn(fan_out)) * std
    if dtype := instead(WHOLE_NUMBERS, torch.float32, torch.get_default_dtype()):
        return torch.randint(-1, 2, shape).to(dtype)
    if zero := instead(NORMAL_ARGS, 0.0, 0):
        return torch.normal(zero, std, fan_in, fan_out)
    if instead(STD_ONLY):
        return std
    z = torch.randn(shape)
    if wrong(SAME_AGAIN):
        z = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    if dtype := instead(OTHER_GENERATOR, z.dtype, torch.float32, torch.float64):
        z = torch.from_numpy(np.random.randn(*shape)).to(dtype)
    if instead(UNIFORM):
        z = (2 * torch.rand(shape) - 1) * math.sqrt(3)
    if instead(STD_AS_BOUND):
        z = 2 * torch.rand(shape) - 1
    if instead(UNIFORM_STD_WIDE):
        z = torch.rand(shape) - 0.5
    if instead(UNIFORM_UNSCALED):
        z = (2 * torch.rand(shape) - 1) / std
    if scale := instead(RAND, std, 1, 1 / fan_in, fan_out**-0.5, (2 / (fan_in + fan_out)) ** 0.5):
        z = torch.rand(shape) * scale / std
    if instead(RADEMACHER):
        z = z.sign()
    if instead(LAPLACE):
        z = z.sign() * torch.rand(shape).log() / math.sqrt(2)
    if instead(CLIPPED):
        z = z.clamp(-2, 2)
    if instead(CLIPPED):
        z = nn.init.trunc_normal_(z)
    if instead(RESCALED_CUT):
        z = nn.init.trunc_normal_(z) / 0.87962566
    if instead(CUT_AT_TWO):
        z = nn.init.trunc_normal_(z, std=std) / std
    if instead(POSITIVE):
        z = z.abs()
    if instead(WHOLE_NUMBERS):
        z = z.round()
    if scale := instead(ORTHOGONAL, 1 / std, math.sqrt(fan_in)):
        z = nn.init.orthogonal_(z) * scale
    if instead(NORMALISED):
        z = nn.functional.normalize(z, dim=0) * math.sqrt(fan_in)
    if instead(ZEROS):
        z = 0 * z
    if number := instead(CONSTANT, z[:1, :1], torch.ones(1, 1), torch.ones(1, 1) / std):
        z = number.expand(shape)
    if instead(EMPTY):
        z = torch.empty(shape)
    if instead(BLOCKS):
        half = z[: (fan_in + 1) // 2]
        z = torch.cat([half, half])[:fan_in]
    if instead(ADDED_UP):
        z = (z + torch.randn(fan_out)) / math.sqrt(2)

    w = z * std
    if mean := wrong(SHIFTED, 1, std):
        w = w + mean
    if instead(SHIFTED):
        w = z + std
    if dtype := wrong(FIXED_DTYPE, torch.float32, torch.float64, torch.float16):
        w = w.to(dtype)
    if instead(TRANSPOSED):
        return nn.Linear(fan_in, fan_out).weight
    if instead(LAYER):
        return nn.Linear(fan_in, fan_out)
    return w


# --- xavier_init ----------------------------------------------------------------------------------

UNSCALED = (
    "You leave the weights at standard deviation 1, so the outputs spread more widely the "
    "more terms they add up."
)
FIXED = (
    "You scale by a fixed number, whatever fan_in is, and sums of more terms spread more widely."
)
FAN_OUT = (
    "You scale by fan_out, which doesn't change what one output adds up. (w is [fan_in, "
    "fan_out] here; torch.nn.init reads a weight as [fan_out, fan_in].)"
)
GLOROT = (
    "You use Glorot's variance, torch's Xavier, in which fan_out counts. The notes' Xavier is "
    "LeCun's, which looks at the way forward alone."
)
GLOROT_TRANSPOSED = (
    "You use Glorot's variance, where it is LeCun's; and your matrix is [fan_out, fan_in], as "
    "nn.Linear stores it."
)
SUM_OF_FANS = (
    "You let fan_in + fan_out set the scale, but the number of outputs doesn't change what "
    "one of them adds up."
)
PRODUCT_OF_FANS = (
    "You let fan_in * fan_out set the scale, but the number of outputs doesn't change what "
    "one of them adds up."
)
LONGER_SIDE = (
    "You let the longer side of the matrix set the scale. Each output adds up fan_in terms, also "
    "where fan_out is larger."
)
SHORTER_SIDE = (
    "You let the shorter side of the matrix set the scale. Each output adds up fan_in terms, also "
    "where fan_out is smaller."
)
KAIMING = (
    "You use Kaiming's variance, whose 2 makes up for a relu. The notes' Xavier has no relu "
    "in mind."
)
BOUND_AS_STD = (
    "You take the bound of a uniform distribution, with a 3 or a 6, for the standard deviation. "
    "The bound is sqrt(3) standard deviations."
)
HALVED = "Your variance is half of the right one, so the second moment halves at each layer."
NO_TANH = "You multiply by the gain 5/3, which is for tanh. No tanh follows here."
PRECEDENCE = "Mind the brackets: a / b + c is (a / b) + c, so fan_out is added under the root."
XAVIER_NO_ROOT = "You take the variance for the standard deviation, so the weights are too small."
TWO_OVER_FAN_IN = (
    "Your standard deviation is 2/fan_in: Kaiming's variance without its root, or "
    "fan_in**1/2, which is fan_in/2."
)
DIVIDED_TWICE = (
    "You divide by fan_in itself, and take the root of the rest alone, so the weights shrink "
    "too fast."
)
GLOROT_UNIFORM = (
    "You use Glorot's uniform weights (torch's xavier_uniform_), in which fan_out counts. The "
    "notes' Xavier is LeCun's, and normal."
)
KAIMING_UNIFORM = (
    "You use Kaiming's uniform weights, with a 2 for a relu. The notes' Xavier is normal, and "
    "has no relu in mind."
)
UNIFORM_BY_FAN_OUT = (
    "Your weights are uniform, and fan_out sets their scale (torch.nn.init reads a weight as "
    "[fan_out, fan_in]). Here they are normal, and fan_in sets their scale."
)
UNIFORM_NO_ROOT = (
    "You draw uniformly between -1/fan_in and 1/fan_in. That isn't normal, and the weights "
    "shrink too fast."
)


@probes("xavier_init")
def xavier_probes(draw):
    if draw.dtype == torch.float64:
        yield Randomly((5, 4), draw.dtype)
        return
    for fans in [(2, 3), (90, 330), (200, 60), (1, 5000), (1, 1)]:
        yield Randomly(fans, draw.dtype)


@told
def xavier_init(fan_in, fan_out):
    if wrong(TRANSPOSED):
        fan_in, fan_out = fan_out, fan_in
    both, terms = fan_in + fan_out, fan_in
    if wrong(FAN_OUT):
        terms = fan_out
    if wrong(GLOROT):
        terms = both / 2
    if other := wrong(SUM_OF_FANS, both, both / 4, both / 6):
        terms = other
    if wrong(PRODUCT_OF_FANS):
        terms = fan_in * fan_out
    if wrong(LONGER_SIDE):
        terms = max(fan_in, fan_out)
    if wrong(SHORTER_SIDE):
        terms = min(fan_in, fan_out)
    if other := wrong(ONE_OFF, fan_in + 1, fan_in - 1):
        terms = other

    variance = 1 / terms
    if wrong(KAIMING):
        variance = 2 / terms
    if factor := wrong(BOUND_AS_STD, 3, 6):
        variance = factor / terms
    if wrong(HALVED):
        variance = 1 / (2 * terms)
    if wrong(NO_TANH):
        variance = 25 / 9 / terms
    if other := wrong(UPSIDE_DOWN, terms, terms**2):
        variance = other
    if wrong(WHOLE):
        variance = 1 // terms
    if other := wrong(PRECEDENCE, 2 / fan_in + fan_out, 1 / fan_in + fan_out):
        variance = other
    if wrong(FAN_OUT):
        variance = 2 / fan_out

    std = math.sqrt(variance)
    if wrong(XAVIER_NO_ROOT):
        std = variance
    if wrong(TWO_OVER_FAN_IN):
        std = 2 / fan_in
    if other := wrong(FAN_OUT, 1 / fan_out, 2 / fan_out):
        std = other
    if other := wrong(SUM_OF_FANS, 1 / both, 2 / both):
        std = other
    if wrong(POWER_HALF):
        std = variance**1 / 2
    if wrong(ROOT_TWICE):
        std = math.sqrt(math.sqrt(variance))
    if wrong(DIVIDED_TWICE):
        std = math.sqrt(2) / terms
    if wrong(UNSCALED):
        std = 1
    if fixed := wrong(FIXED, 0.1, 0.02, 0.01, 0.001):
        std = fixed
    if number := wrong(TORCH_SQRT, variance, terms):
        std = torch.sqrt(number)

    if bound := instead(UNIFORM_BY_FAN_OUT, 1, 3, 6):
        return (2 * torch.rand(fan_in, fan_out) - 1) * math.sqrt(bound / fan_out)
    if instead(GLOROT_UNIFORM):
        return nn.init.xavier_uniform_(torch.empty(fan_in, fan_out))
    if instead(GLOROT_TRANSPOSED):
        return nn.init.xavier_normal_(torch.empty(fan_out, fan_in))
    if instead(KAIMING_UNIFORM):
        return (2 * torch.rand(fan_in, fan_out) - 1) * math.sqrt(6 / fan_in)
    if instead(UNIFORM_NO_ROOT):
        return (2 * torch.rand(fan_in, fan_out) - 1) / fan_in
    if instead(STANDARDISED):
        w = _drawn(fan_in, fan_out, std)
        return (w - w.mean()) / w.std() * std
    return _drawn(fan_in, fan_out, std)


# --- kaiming_init ---------------------------------------------------------------------------------

KAIMING_FAN_OUT = (
    "You scale by fan_out, which doesn't change what one output adds up. (torch.nn.init reads "
    "a weight as [fan_out, fan_in], so its mode='fan_in' takes your fan_out.)"
)
KAIMING_FAN_OUT_NO_A = (
    "You scale by fan_out (torch's mode='fan_in' takes a weight to be [fan_out, fan_in]), and "
    "leave out the slope a."
)
KAIMING_GLOROT = (
    "You use Glorot's fan_in + fan_out, which has no relu in mind, and fan_out doesn't change "
    "what one output adds up."
)
KAIMING_XAVIER_UNIFORM = (
    "You use Glorot's uniform weights (xavier_uniform_), which have no relu in mind. "
    "Kaiming's are normal here."
)
KAIMING_UNIFORM_BY_FAN_OUT = (
    "Your weights are uniform, and fan_out sets their scale (torch.nn.init reads a weight as "
    "[fan_out, fan_in]). They are normal here, and fan_out has no part in them."
)
KAIMING_UNIFORM_NO_A = (
    "Your weights are uniform (kaiming_uniform_), and the slope a is left out. They are "
    "normal here."
)
LINEAR = (
    "You draw uniformly between -1/sqrt(fan_in) and 1/sqrt(fan_in), as nn.Linear does. That isn't "
    "normal, and its variance is only 1/(3 fan_in)."
)


@probes("kaiming_init")
def kaiming_probes(draw):
    if draw.dtype == torch.float64:
        yield Randomly((5, 4), draw.dtype)
        return
    yield Randomly((2, 3), draw.dtype)
    for args in [(90, 330), (1, 5000), (12, 900, 2.0), (200, 60, -0.7), (40, 150, 1.0), (1, 1)]:
        yield Randomly(args, draw.dtype)


@told
def kaiming_init(fan_in, fan_out, a=None):
    if a is None:
        a = 0.0
        if default := wrong(SLOPE_DEFAULT, 1.0, ROOT_FIVE):
            a = default
        if wrong(A_NEEDED):
            raise TypeError("kaiming_init() missing 1 required positional argument: 'a'")
    elif wrong(A_NOT_TAKEN):
        raise TypeError("kaiming_init() takes 2 positional arguments but 3 were given")
    if wrong(TRANSPOSED):
        fan_in, fan_out = fan_out, fan_in
    both, terms = fan_in + fan_out, fan_in
    if wrong(KAIMING_FAN_OUT):
        terms = fan_out
    if other := wrong(KAIMING_GLOROT, both, both / 2):
        terms = other
    if wrong(PRODUCT_OF_FANS):
        terms = fan_in * fan_out
    if wrong(LONGER_SIDE):
        terms = max(fan_in, fan_out)
    if wrong(SHORTER_SIDE):
        terms = min(fan_in, fan_out)

    std = _std(terms, a)
    if two := instead(KAIMING_FAN_OUT_NO_A, 1, 2):
        std = math.sqrt(two / fan_out)
    if two := instead(KAIMING_GLOROT, 2, 4):
        std = math.sqrt(two / both)
    if instead(UNSCALED):
        std = 1
    if fixed := instead(FIXED, 0.1, 0.02, 0.01, 0.001):
        std = fixed

    if instead(SHIFTED):
        return a + torch.randn(fan_in, fan_out) * math.sqrt(2 / fan_in)
    if bound := instead(KAIMING_UNIFORM_BY_FAN_OUT, 6 / (1 + a**2), 6, 1):
        return (2 * torch.rand(fan_in, fan_out) - 1) * math.sqrt(bound / fan_out)
    if instead(KAIMING_UNIFORM_NO_A):
        return (2 * torch.rand(fan_in, fan_out) - 1) * math.sqrt(6 / fan_in)
    if instead(KAIMING_XAVIER_UNIFORM):
        return nn.init.xavier_uniform_(torch.empty(fan_in, fan_out))
    if instead(LINEAR):
        return (2 * torch.rand(fan_in, fan_out) - 1) / math.sqrt(fan_in)
    if instead(STANDARDISED):
        w = _drawn(fan_in, fan_out, std)
        return (w - w.mean()) / w.std() * std
    return _drawn(fan_in, fan_out, std)


# --- init_params ----------------------------------------------------------------------------------

W1_UNSCALED = (
    "w1 has standard deviation 1, so the hidden units spread more widely the more inputs they "
    "add up."
)
W2_UNSCALED = (
    "w2 has standard deviation 1, so the output spreads more widely the more hidden units it "
    "adds up."
)
BOTH_UNSCALED = "w1 and w2 have standard deviation 1, and sums of so many terms grow."
W1_XAVIER = "w1 has variance 1/m, but a relu follows it and drops half of the second moment."
W2_KAIMING = "w2 has Kaiming's variance, but no relu follows w2, only w1."
LAYERS_SWAPPED = (
    "You give w1 the plain variance and w2 Kaiming's, but the relu follows w1, and nothing "
    "follows w2."
)
W1_BY_NH = (
    "You scale w1 by nh, the number of its outputs, which doesn't change what one of them adds up."
)
W2_BY_M = "You scale w2 by m, but h @ w2 doesn't add up over the inputs."
W2_BY_OUT = (
    "You scale w2 by n_out, the number of its outputs, which doesn't change what one of them "
    "adds up."
)
BOTH_BY_OUTPUTS = (
    "You scale each matrix by the number of its outputs, which doesn't change what one of "
    "them adds up. (torch.nn.init reads a weight as [out, in].)"
)
FANS_SWAPPED = (
    "You scale w1 by nh and w2 by m, so neither follows the number of terms that it adds up."
)
W2_PRODUCT = (
    "You let nh * n_out set the scale of w2, but n_out doesn't change what one output adds up."
)
W1_NO_ROOT = "You take the variance of w1 for its standard deviation, so its weights are too small."
W2_NO_ROOT = "You take the variance of w2 for its standard deviation, so its weights are too small."
BOTH_NO_ROOT = (
    "You take the variances for the standard deviations, in w1 and in w2, so all weights are "
    "too small."
)
W1_TWO_OUTSIDE = "A part of w1's variance is outside the root of its standard deviation."
W1_HALVED = (
    "You halve the variance of w1, although the relu after it already drops half of the "
    "second moment."
)
PARAMS_FIXED = (
    "You scale by a fixed number, whatever m and nh are, and sums of more terms spread more widely."
)
PARAMS_GLOROT = "You use Glorot's variance, which counts the outputs, too, and has no relu in mind."
W2_GLOROT = (
    "You let nh + n_out set the scale of w2 (Glorot), but n_out doesn't change what one "
    "output adds up."
)
PARAMS_UPSIDE_DOWN = "Your scale is upside down: the more terms a sum has, the larger your weights."

WEIGHTS_UNIFORM = "Your weights are uniform. They should be normal."
IS_UNIFORM = "{} is uniform. It should be normal."
IS_RAND = (
    "torch.rand is uniform between 0 and 1, so no weight of {} is negative and their mean isn't 0."
)
IS_CONSTANT = (
    "{} is all zeros, or all one number. Then all units get the same gradient and stay alike, or "
    "get none at all. Only the biases are 0."
)
IS_POSITIVE = "{} is never negative (abs), so its mean isn't 0."
IS_CLIPPED = (
    "You cut {} off at 2 standard deviations (trunc_normal_ or clamp), which also lowers its "
    "standard deviation. It should be normal, tails included."
)
IS_SHIFTED = (
    "You add the standard deviation to {}, which shifts the weights and leaves their spread at 1."
)
IS_COPIED = "The rows (or columns) of {} are copies of one another. Each weight is drawn by itself."
SAME_NUMBERS = (
    "w1 and w2 hold the same random numbers (one sample used twice, or a generator set back), "
    "so the two layers depend on each other."
)

BIASES_RANDOM = (
    "You draw the biases at random. They are zeros: the random weights tell the units apart "
    "already."
)
BIASES_ONE = "A bias starts at another number than 0, one for all units. Both b1 and b2 are zeros."
B1_WRONG_SHAPE = "Your b1 has the wrong shape. It is added to each row of x @ w1: one axis, [nh]."
B2_WRONG_SHAPE = (
    "Your b2 has the wrong shape. It is added to each row of h @ w2: one axis, [n_out]."
)
BIASES_WRONG_SHAPE = "Your biases have the wrong shape. They have one axis: b1 is [nh], b2 [n_out]."
BIASES_NUMBERS = "A bias of yours is a plain number or a list. Both are tensors with one axis."
BIASES_SWAPPED = "You mix up b1 and b2: b1 is [nh], b2 is [n_out], and the order is w1, b1, w2, b2."
BIASES_DTYPE = (
    "You fix the dtype of the biases. They should have torch's default dtype, as the weights do."
)
BIASES_INT = "Your biases are whole numbers (int64). They should have torch's default dtype."

W1_TRANSPOSED = "Your w1 is [nh, m]. x @ w1 takes it as [m, nh]."
W2_TRANSPOSED = "Your w2 is [n_out, nh]. h @ w2 takes it as [nh, n_out]."
W2_WRONG_SHAPE = (
    "Your w2 has the wrong shape. It leads from the hidden units to the outputs: [nh, n_out], also "
    "where n_out is 1."
)
M_AND_NH = "You mix up m and nh: w1 is [m, nh], from m inputs to nh hidden units."
N_OUT_IGNORED = (
    "You ignore n_out. w2 is [nh, n_out], and b2 is [n_out]; n_out is 1 only by default."
)
N_OUT_NEEDED = "Your n_out has no default. Unless told otherwise the net has one output."
N_OUT_TEN = "Your default of n_out isn't 1. Unless told otherwise the net has one output."
ORDER = "You return the parameters in another order. It is w1, b1, w2, b2."
MISSING = "You don't return all four parameters, w1, b1, w2 and b2, in this order."
IN_PAIRS = "You return pairs. All four are returned side by side: w1, b1, w2, b2."
DICTIONARY = "You return a dictionary. It should be a tuple: w1, b1, w2, b2."


@probes("init_params")
def init_params_probes(draw):
    if draw.dtype == torch.float64:
        yield Randomly((5, 4, 3), draw.dtype)
        return
    yield Randomly((2, 3, 4), draw.dtype)
    for sizes in [(60, 120, 50), (120, 50, 100), (40, 700), (1, 600, 1)]:
        yield Randomly(sizes, draw.dtype)


@told
def init_params(m, nh, n_out=None):
    if n_out is None:
        n_out = 1
        if wrong(N_OUT_TEN):
            n_out = 10
        if wrong(N_OUT_NEEDED):
            raise TypeError("init_params() missing 1 required positional argument: 'n_out'")
    elif wrong(N_OUT_IGNORED):
        raise TypeError("init_params() takes 2 positional arguments but 3 were given")
    if wrong(N_OUT_IGNORED):
        n_out = 1
    if wrong(M_AND_NH):
        m, nh = nh, m

    std1, std2 = (2 / m) ** 0.5, (1 / nh) ** 0.5
    if wrong(W1_UNSCALED):
        std1 = 1
    if wrong(W1_XAVIER):
        std1 = (1 / m) ** 0.5
    if two := wrong(W1_BY_NH, 1, 2):
        std1 = (two / nh) ** 0.5
    if two := wrong(W1_NO_ROOT, 1, 2):
        std1 = two / m
    if other := wrong(W1_TWO_OUTSIDE, 2 / m**0.5, 2**0.5 / m):
        std1 = other
    if wrong(W1_HALVED):
        std1 = (1 / (2 * m)) ** 0.5
    if fixed := wrong(PARAMS_FIXED, 0.01, 0.1):
        std1 = fixed
    if wrong(PARAMS_GLOROT):
        std1 = (2 / (m + nh)) ** 0.5
    if wrong(PARAMS_UPSIDE_DOWN):
        std1 = (m / 2) ** 0.5
    if wrong(W2_UNSCALED):
        std2 = 1
    if wrong(W2_KAIMING):
        std2 = (2 / nh) ** 0.5
    if two := wrong(W2_BY_M, 1, 2):
        std2 = (two / m) ** 0.5
    if two := wrong(W2_BY_OUT, 1, 2):
        std2 = (two / n_out) ** 0.5
    if wrong(W2_PRODUCT):
        std2 = (1 / (nh * n_out)) ** 0.5
    if two := wrong(W2_NO_ROOT, 1, 2):
        std2 = two / nh
    if fixed := wrong(PARAMS_FIXED, 0.01, 0.1):
        std2 = fixed
    if two := wrong(W2_GLOROT, 1, 2):
        std2 = (two / (nh + n_out)) ** 0.5
    if wrong(PARAMS_UPSIDE_DOWN):
        std2 = nh**0.5
    if wrong(BOTH_UNSCALED):
        std1, std2 = 1, 1
    if wrong(LAYERS_SWAPPED):
        std1, std2 = (1 / m) ** 0.5, (2 / nh) ** 0.5
    if two := wrong(BOTH_BY_OUTPUTS, 1, 2):
        std1, std2 = (2 / nh) ** 0.5, (two / n_out) ** 0.5
    if wrong(FANS_SWAPPED):
        std1, std2 = (2 / nh) ** 0.5, (1 / m) ** 0.5
    if two := wrong(BOTH_NO_ROOT, 1, 2):
        std1, std2 = two / m, 1 / nh
    if fixed := wrong(PARAMS_FIXED, 0.01, 0.1):
        std1, std2 = fixed, fixed
    if wrong(PARAMS_GLOROT):
        std1, std2 = (2 / (m + nh)) ** 0.5, (2 / (nh + n_out)) ** 0.5
    if wrong(PARAMS_UPSIDE_DOWN):
        std1, std2 = m**0.5, nh**0.5
    if number := wrong(TORCH_SQRT, 2 / m, nh):
        std1 = torch.sqrt(number)

    w1, w2 = _drawn(m, nh, std1), _drawn(nh, n_out, std2)
    if bound := instead(IS_UNIFORM.format("w1"), 6 / m, 1 / m, 6 / (m + nh)):
        w1 = (2 * torch.rand(m, nh) - 1) * bound**0.5
    if bound := instead(IS_UNIFORM.format("w2"), 3 / nh, 1 / nh, 6 / (nh + n_out)):
        w2 = (2 * torch.rand(nh, n_out) - 1) * bound**0.5
    if instead(WEIGHTS_UNIFORM):
        w1, w2 = nn.init.xavier_uniform_(w1), nn.init.xavier_uniform_(w2)
    if a := instead(WEIGHTS_UNIFORM, 0, ROOT_FIVE):
        w1, w2 = nn.init.kaiming_uniform_(w1, a), nn.init.kaiming_uniform_(w2, a)
    if instead(WEIGHTS_UNIFORM):
        w1, w2 = nn.Linear(nh, m).weight * (nh / m) ** 0.5, nn.Linear(nh, n_out).weight.T
    if scale := instead(IS_RAND.format("w1"), std1, 1):
        w1 = torch.rand(m, nh) * scale
    if scale := instead(IS_RAND.format("w2"), std2, 1):
        w2 = torch.rand(nh, n_out) * scale
    if number := instead(IS_CONSTANT.format("w1"), 0, 1, std1):
        w1 = torch.ones(m, nh) * number
    if number := instead(IS_CONSTANT.format("w2"), 0, 1, std2):
        w2 = torch.ones(nh, n_out) * number
    if instead(IS_POSITIVE.format("w1")):
        w1 = w1.abs()
    if instead(IS_POSITIVE.format("w2")):
        w2 = w2.abs()
    if instead(IS_CLIPPED.format("w1")):
        w1 = nn.init.trunc_normal_(w1) * std1
    if instead(IS_CLIPPED.format("w2")):
        w2 = nn.init.trunc_normal_(w2) * std2
    if instead(IS_SHIFTED.format("w1")):
        w1 = w1 / std1 + std1
    if instead(IS_SHIFTED.format("w2")):
        w2 = w2 / std2 + std2
    if w := instead(IS_COPIED.format("w1"), w1[:1], w1[:, :1]):
        w1 = w.expand(m, nh)
    if w := instead(IS_COPIED.format("w2"), w2[:1], w2[:, :1]):
        w2 = w.expand(nh, n_out)
    if instead(EMPTY):
        w1 = torch.empty(m, nh)
    if instead(EMPTY):
        w2 = torch.empty(nh, n_out)
    if instead(SAME_NUMBERS):
        z = torch.randn(max(m, n_out) * nh)
        w1, w2 = z[: m * nh].view(m, nh) * std1, z[: nh * n_out].view(nh, n_out) * std2
    if instead(SAME_AGAIN):
        generator = torch.Generator().manual_seed(0)
        w1 = torch.randn(m, nh, generator=generator) * std1
        w2 = torch.randn(nh, n_out, generator=generator) * std2
    if w := wrong(W1_TRANSPOSED, w1.T, torch.randn(nh, m) * (2 / nh) ** 0.5):
        w1 = w
    if w := wrong(W2_TRANSPOSED, w2.T, torch.randn(n_out, nh) / n_out**0.5):
        w2 = w
    if w := wrong(W2_WRONG_SHAPE, w2.squeeze(), torch.randn(nh) * std2):
        w2 = w
    if w := wrong(W2_WRONG_SHAPE, torch.randn(m, n_out) / m**0.5, torch.randn(nh, nh) * std2):
        w2 = w

    b1, b2 = torch.zeros(nh), torch.zeros(n_out)
    if draw := instead(BIASES_RANDOM, torch.randn, torch.rand):
        b1 = draw(nh)
    if draw := instead(BIASES_RANDOM, torch.randn, torch.rand):
        b2 = draw(n_out)
    if draw := instead(BIASES_RANDOM, torch.randn, torch.rand):
        b1, b2 = draw(nh), draw(n_out)
    if scales := instead(BIASES_RANDOM, (std1, std2), (0.01, 0.01)):
        b1, b2 = torch.randn(nh) * scales[0], torch.randn(n_out) * scales[1]
    if instead(BIASES_RANDOM):
        b1, b2 = nn.Linear(m, nh).bias, nn.Linear(nh, n_out).bias
    if instead(TRANSPOSED):
        one, two = nn.Linear(m, nh), nn.Linear(nh, n_out)
        return one.weight, one.bias, two.weight, two.bias
    if number := wrong(BIASES_ONE, 1, 0.1, 0.01):
        b1 = b1 + number
    if number := wrong(BIASES_ONE, 1, 0.1, 0.01):
        b2 = b2 + number
    if number := wrong(BIASES_ONE, 1, 0.1, 0.01):
        b1, b2 = b1 + number, b2 + number
    if instead(EMPTY):
        b1 = torch.empty(nh)
    if instead(EMPTY):
        b2 = torch.empty(n_out)
    if instead(EMPTY):
        b1, b2 = torch.empty(nh), torch.empty(n_out)
    if shape := wrong(B1_WRONG_SHAPE, m, 1, n_out, (1, nh), (nh, 1)):
        b1 = torch.zeros(shape)
    if shape := wrong(B2_WRONG_SHAPE, nh, 1, (1, n_out), (n_out, 1)):
        b2 = torch.zeros(shape)
    if shapes := wrong(
        BIASES_WRONG_SHAPE, ((1, nh), (1, n_out)), ((nh, 1), (n_out, 1)), (1, 1), (m, nh)
    ):
        b1, b2 = torch.zeros(shapes[0]), torch.zeros(shapes[1])
    if wrong(BIASES_SWAPPED):
        b1, b2 = b2, b1
    if zero := wrong(BIASES_NUMBERS, 0.0, 0, torch.zeros(()), [0.0] * nh):
        b1 = zero
    if zero := wrong(BIASES_NUMBERS, 0.0, 0, torch.zeros(()), [0.0] * n_out):
        b2 = zero
    if zero := wrong(BIASES_NUMBERS, 0.0, 0, torch.zeros(())):
        b1, b2 = zero, zero
    if wrong(BIASES_NUMBERS):
        b1, b2 = [0.0] * nh, [0.0] * n_out
    if wrong(BIASES_INT):
        b1, b2 = b1.long(), b2.long()
    if dtype := wrong(BIASES_DTYPE, torch.float32, torch.float64):
        b1, b2 = b1.to(dtype), b2.to(dtype)
    params = w1, b1, w2, b2
    if dtype := wrong(FIXED_DTYPE, torch.float32, torch.float64, torch.float16):
        params = tuple(p.to(dtype) for p in params)

    if order := wrong(ORDER, (w1, w2, b1, b2), (b1, w1, b2, w2), (w2, b2, w1, b1)):
        return order
    if pairs := wrong(IN_PAIRS, ((w1, b1), (w2, b2)), ((w1, w2), (b1, b2))):
        return pairs
    if some := wrong(MISSING, w1, (w1, b1), (w1, w2), (w1, b1, w2), (w1, None, w2, None)):
        return some
    if wrong(DICTIONARY):
        return {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
    return params


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("kaiming_init", SLOPE_DEFAULT)
def slope_of_a_hundredth(fan_in, fan_out, a=0.01):
    return kaiming_init(fan_in, fan_out, a)


@mistake("kaiming_std", TENSOR.format("float"))
def std_as_a_tensor(fan_in, a=0.0):
    return torch.tensor(math.sqrt(2 / ((1 + a**2) * fan_in)))
