"""Chapter 2, right, and at each step how it goes wrong."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from kata.checks.forward import NUMPY, SHUFFLED
from kata.diagnosis.habits import ARRAY, FIXED, NOTHING
from kata.diagnosis.told import mistake, probes, told, wrong

# --- split_and_scale ------------------------------------------------------------------------------

NEEDS_N_VALID = (
    "Your n_valid has no default value. Without a third argument, 10,000 rows should validate."
)
OTHER_DEFAULT = "Your default value of n_valid is not 10,000."
DOUBLE = "Your {} float64. A net's weights are float32, torch's default, so its data are, too."
HALF = "Your results are half precision, which the net's float32 weights cannot be multiplied by."
NOT_FLAT = "Your images keep their two axes [H, W]. To the net an image is one row of m pixels."
FLAT = "You flatten all images into one row: the axis of the images is gone as well."
COLUMNS = "You read each image column by column. In x, the pixels of a row follow one another."
SIDEWAYS = "Your x is [m, N], with a column for each image. Here an image is a row: [N, m]."
SCRAMBLED = (
    "Your reshape puts pixels of different images into one row. It keeps the numbers in their "
    "order in memory, and so it is not a transpose."
)
MNIST_ONLY = (
    "You count on 28 x 28 pixels, or on square images. The sizes are those of the argument images."
)
WRAPS = (
    "You compute in uint8, which holds whole numbers from 0 to 255 and nothing else: there is no "
    "1/2 in it, and 3 - 128 wraps around to 131."
)
ASTYPE = "astype is numpy's. A tensor has .float(), or .to(torch.float32)."
UNSCALED = "You do not scale the pixels: they are still 0 to 255."
BY_255 = (
    "You divide by 255, as ToTensor does. Here it is 256, a power of 2, so nothing is rounded and "
    "white is a little less than 1."
)
BY_OTHER = "You divide the pixels by another number than 256."
BY_MAXIMUM = (
    "You divide by the largest pixel of these images, so that another set is scaled differently."
)
WHOLE_DIVISION = (
    "You cut to whole numbers (//, int, or a cast after the division). Below 1 this leaves 0."
)
ROW_NORM = "You scale each image by its own length or sum, so that dark and bright ones look alike."
BINARY = "You make the pixels black or white. The grey levels are lost."
CENTRED = "You also move the pixels to be centred around 0. They stay between 0 and 1 here."
STANDARDIZED = "You normalize the pixels by a mean and a std, which is the work of the next steps."
LABELS_WHOLE = (
    "You leave the labels whole numbers, in one split or in both. They should be float32: the loss "
    "will subtract them from what the net gives."
)
NARROW = (
    "You put the labels into a type that is too narrow: int8 ends at 127, uint8 at 255 and int16 "
    "at 32,767, and half, bfloat16 and float32 skip whole numbers past 2,048, 256 and 2^24."
)
LABELS_SCALED = "You divide the labels as well. Only pixels are scaled."
LABELS_ONE_HOT = "You make one-hot rows of the labels. Here a label stays one number."
LABELS_SWAPPED = "Your labels are not those of your images: they come from other rows."
SHARE = "You take n_valid for a share. It is a number of rows."
BY_SHARE = (
    "You cut at a share of all rows. A share is rounded, and int() cuts off, so for some sizes the "
    "cut is one row off."
)
FIXED_CUT = "You cut at a fixed place or share, whatever n_valid is."
FIRST_TRAIN = "You take n_valid for the number of training rows. It is how many rows validate."
FIRST_VALIDATE = "Your first n_valid rows validate. It is the last n_valid rows that should."
ONE_OFF = "Your cut is one row off: a row is lost, seen twice, or on the wrong side."
OVERLAP = "The same rows train and validate. What validates must be unseen."
ALL_VALIDATE = "Your x_valid has all the rows, those that train among them."
REVERSED = "Your validation rows come in reverse order."
ONE_SPLIT_SCALED = (
    "You scale only one of the two splits, so the net sees other pixels in the other."
)
ORDER = "Your four results are in another order than x_train, y_train, x_valid, y_valid."
NESTED = "Your results come in pairs, ((x, y), (x, y)), and not as four in a row."
SOME_ONLY = "You return only some of the four results: x_train, y_train, x_valid, y_valid."


@probes("split_and_scale")
def split_and_scale_probes(draw):
    if draw.dtype == torch.float64:
        return
    for n, height, width, n_valid in [(7, 2, 3, 2), (5, 3, 2, 4), (6, 2, 2, 1), (2, 1, 4, 1)]:
        images = draw.ints(256, n, height, width).to(torch.uint8)
        images[0, 0, 0], images[-1, -1, -1] = 255, 0
        yield images, draw.ints(9, n) + 1, n_valid
    yield draw.ints(256, 6, 2, 2).to(torch.uint8), draw.ints(10, 6), 3
    yield draw.ints(256, 6, 2, 2).to(torch.uint8), 10_001 * draw.ints(7, 6) + 200, 3
    yield draw.ints(256, 10_001, 1, 2).to(torch.uint8), draw.ints(10, 10_001)


@told
def split_and_scale(images, labels, n_valid=None):
    n, dtype = len(images), torch.float32
    if n_valid is None:
        n_valid = 10_000
        if wrong(NEEDS_N_VALID):
            raise TypeError("split_and_scale() missing 1 required positional argument: 'n_valid'")
        if other := wrong(OTHER_DEFAULT, 100, 1_000, 5_000):
            n_valid = other
    if wrong(DOUBLE.format("results are")):
        dtype = torch.float64
    if wrong(HALF):
        dtype = torch.float16

    # rows of pixels
    grey = images.flatten(1)
    if kept := wrong(NOT_FLAT, images, images.unsqueeze(1), images.flatten(1).unsqueeze(1)):
        grey = kept
    if wrong(FLAT):
        grey = images.flatten()
    if wrong(COLUMNS):
        grey = images.mT.flatten(1)
    if wrong(SIDEWAYS):
        grey = images.flatten(1).T
    if rows := wrong(
        SCRAMBLED,
        images.flatten(1).reshape(-1, n),
        images.permute(1, 2, 0).reshape(n, -1),
        images.flatten(0, 1),
    ):
        grey = rows
    if m := wrong(MNIST_ONLY, 28 * 28, images.shape[1] ** 2, images.shape[2] ** 2):
        grey = images.reshape(-1, m)
    if m := wrong(MNIST_ONLY, 28 * 28, images.shape[1] ** 2, images.shape[2] ** 2):
        grey = images.reshape(n, m)

    # scaled
    x, scale = grey.to(dtype), 256.0
    if wrong(WRAPS):
        x = (grey - 128).to(dtype)
    if wrong(WRAPS):
        grey /= scale
    if wrong(ASTYPE):
        x = grey.astype("float32")
    if wrong(BY_255):
        scale = 255.0
    if wrong("You scale the pixels twice."):
        scale = 256.0 * 256.0
    if wrong(UNSCALED):
        scale = 1.0
    if other := wrong(BY_OTHER, 100, 128, 254, 257, 1000, images.shape[-1]):
        scale = other
    if wrong(BY_MAXIMUM):
        scale = images.max()
    if wrong(BY_MAXIMUM):
        x, scale = x - x.min(), x.max() - x.min()
    x = x / scale
    if wrong(UNSCALED):
        x = grey
    if wrong(WHOLE_DIVISION):
        x = x.floor()
    if whole := wrong(WHOLE_DIVISION, torch.int64, torch.uint8):
        x = x.to(whole)
    if by := wrong(WHOLE_DIVISION, 255, 256):
        x = (grey // by).to(dtype)
    if wrong(ROW_NORM):
        x = F.normalize(x)
    if wrong(ROW_NORM):
        x = x / x.sum(1, keepdim=True)
    if above := wrong(BINARY, 0, 127 / 256):
        x = (x > above).to(dtype)
    if shift := wrong(CENTRED, 0.5, x.mean()):
        x = x - shift
    if wrong(CENTRED):
        x = 2 * x - 1
    if wrong(STANDARDIZED):
        x = (x - x.mean()) / x.std()
    if wrong(STANDARDIZED):
        x = (x - 0.1307) / 0.3081
    if wrong(DOUBLE.format("pixels are")):
        x = x.double()
    if wrong("Your pixels are half precision. They should be float32."):
        x = x.half()

    # labels
    y = labels.to(dtype)
    if whole := wrong(LABELS_WHOLE, torch.int64, torch.int32, torch.int16, torch.uint8):
        y = labels.to(whole)
    if wrong(ASTYPE):
        y = labels.astype("float32")
    if wrong(DOUBLE.format("labels are")):
        y = labels.double()
    if narrow := wrong(NARROW, torch.int8, torch.uint8, torch.int16, torch.float16, torch.bfloat16):
        y = labels.to(narrow).to(dtype)
    if by := wrong(LABELS_SCALED, 255, 256):
        y = y / by
    if rows := wrong(LABELS_ONE_HOT, F.one_hot(labels), F.one_hot(labels, 10)):
        y = rows
    if rows := wrong(LABELS_ONE_HOT, F.one_hot(labels), F.one_hot(labels, 10)):
        y = rows.to(dtype)
    if wrong("Your labels are a column, [N, 1]. They should stay as they are: [N]."):
        y = y.unsqueeze(1)
    if by := wrong(LABELS_SWAPPED, 1, -1):
        y = y.roll(by)

    # the cut
    if wrong(SHARE):
        n_valid = int(n * n_valid)
    if other := wrong(FIXED_CUT, 10_000, n // 2, n // 5, n // 6, max(n // 5, 1), max(n // 6, 1)):
        n_valid = other
    end, start = -n_valid, -n_valid
    if cut := wrong(FIXED_CUT, 50_000, int(0.8 * n), int(0.9 * n)):
        end, start = cut, cut
    if cut := wrong(BY_SHARE, int(n * (1 - n_valid / n)), int((1 - n_valid / n) * n)):
        end, start = cut, cut
    if wrong(FIRST_TRAIN):
        end, start = n_valid, n_valid
    if cut := wrong(ONE_OFF, 1 - n_valid, n - n_valid + 1, -1 - n_valid):
        end, start = cut, cut
    if cut := wrong(ONE_OFF, -1 - n_valid, n - n_valid + 1, 1 - n_valid):
        end = cut
    if cut := wrong(ONE_OFF, 1 - n_valid, n - n_valid + 1, -1 - n_valid):
        start = cut
    if seed := wrong(SHUFFLED, 0, 42):
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
        x, y = x[order], y[order]
    x_train, y_train, x_valid, y_valid = x[:end], y[:end], x[start:], y[start:]
    if wrong(ONE_OFF):
        x_valid, y_valid = x_valid[:-1], y_valid[:-1]
    if wrong(FIRST_VALIDATE):
        x_train, y_train, x_valid, y_valid = x[n_valid:], y[n_valid:], x[:n_valid], y[:n_valid]
    if wrong(OVERLAP):
        x_train, y_train = x, y
    if wrong(OVERLAP):
        x_valid, y_valid = x_train, y_train
    if wrong(ALL_VALIDATE):
        x_valid, y_valid = x, y
    if wrong(REVERSED):
        x_valid, y_valid = x_valid.flip(0), y_valid.flip(0)
    if wrong(LABELS_SWAPPED):
        y_train, y_valid = y[n_valid:], y[:n_valid]
    if wrong(LABELS_SWAPPED):
        y_valid = y[:n_valid]
    if wrong(LABELS_SWAPPED):
        y_train, y_valid = y, y
    if wrong(LABELS_WHOLE):
        y_train = y_train.long()
    if wrong(LABELS_WHOLE):
        y_valid = y_valid.long()
    if wrong(ONE_SPLIT_SCALED):
        x_train = 256 * x_train
    if wrong(ONE_SPLIT_SCALED):
        x_valid = 256 * x_valid
    if wrong(ONE_SPLIT_SCALED):
        x_valid = grey[-n_valid:]

    # many leave the labels whole besides, which no pair finds once the results are elsewhere
    if y := wrong(ORDER, y, labels):
        return x[start:], y[start:], x[:end], y[:end]
    if y := wrong(ORDER, y, labels):
        return x[:end], x[start:], y[:end], y[start:]
    if y := wrong(NESTED, y, labels):
        return (x[:end], y[:end]), (x[start:], y[start:])
    if wrong(SOME_ONLY):
        return x[:end], x[start:]
    if y := wrong(SOME_ONLY, y, labels):
        return x[:end], y[:end]
    if y := wrong(SOME_ONLY, y, labels):
        return x[start:], y[start:]
    if y := wrong(SOME_ONLY, y, labels):
        return x[:end], y[:end], x[start:]
    if wrong(NUMPY):
        return x_train.numpy(), y_train.numpy(), x_valid.numpy(), y_valid.numpy()
    return x_train, y_train, x_valid, y_valid


@mistake("split_and_scale", SHUFFLED)
def shuffled_at_random(images, labels, n_valid=10_000):
    order = torch.randperm(len(images))
    return split_and_scale(images[order], labels[order], n_valid)


# --- normalize ------------------------------------------------------------------------------------

PRECEDENCE = (
    "Without brackets, x - mean / std divides the mean alone, so the spread stays what it was."
)
MEAN_AFTER = "You divide before you subtract, x / std - mean, so the mean is not scaled."
TIMES_STD = "You multiply by std, which takes the spread further away from 1."
BY_VARIANCE = "You divide by the variance, std squared, so the spread becomes 1/std, and not 1."
BY_ROOT = "You divide by the root of std, which is itself a root (that of the variance)."
ONLY_SHIFTED = "You only subtract the mean, so the spread stays what it was."
ONLY_SCALED = "You only divide by std, so the mean isn't 0."
MEAN_ADDED = "You add the mean, which doubles it where it should become 0."
SIGN = "Your sign is flipped: what is above the mean comes out negative."
STD_ADDED = "You add or subtract std, which moves the values and leaves their spread as it was."
UPSIDE_DOWN = "Your quotient is upside down."
DIVIDED_AGAIN = "You divide by one more number, besides std."
BACK = "You undo a normalization, x * std + mean, and do not make one."
EPSILON = (
    "You add a small number to std or to the variance (eps). This keeps 0 / 0 away, which does not "
    "come up here, and changes every result a little."
)
CLAMPED = "You cut off or squash large values, of x or of std."
ABSOLUTE = "You take the absolute value, so values below the mean end up above it."
UNCHANGED = (
    "You return what came in. Either nothing is computed, or what is computed is not returned."
)
MIN_MAX = "You scale from the smallest to the largest value, so a single outlier sets the scale."
WHOLE = "// rounds down to whole numbers."
NORM = "You scale to length 1, by a norm. The std is a mean over all numbers, the norm is a sum."
MNIST = "You use fixed numbers for mean and std, whatever the data are."


@told
def _z(x, mean, std):
    if wrong(UNCHANGED):
        return x
    if fixed := wrong(MNIST, (0.1307, 0.3081), (0.13066, 0.30811), (0.1304, 0.3073), (0.5, 0.5)):
        mean, std = fixed
    if by := wrong(DIVIDED_AGAIN, 255, 256):
        x = x / by
    if wrong(MIN_MAX):
        mean, std = x.min(), x.max() - x.min()
    if wrong(CLAMPED):
        std = max(std, 1.0)
    if wrong(BY_VARIANCE):
        std = std**2
    if root := wrong(BY_ROOT, lambda number: number**0.5, torch.sqrt):
        std = root(std)
    if eps := wrong(EPSILON, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3, 1e-2):
        std = std + eps
    if eps := wrong(EPSILON, 1e-8, 1e-5, 1e-3):
        std = (std**2 + eps) ** 0.5
    if norm := wrong(NORM, x.norm(), (x - mean).norm()):
        std = norm

    difference = x - mean
    if wrong(SIGN):
        difference = mean - x
    if wrong(MEAN_ADDED):
        difference = x + mean
    if wrong(ONLY_SCALED):
        difference = x
    if wrong(ABSOLUTE):
        difference = difference.abs()
    z = difference / std
    if wrong(PRECEDENCE):
        z = x - mean / std
    if wrong(MEAN_AFTER):
        z = x / std - mean
    if wrong(TIMES_STD):
        z = difference * std
    if wrong(ONLY_SHIFTED):
        z = difference
    if wrong(STD_ADDED):
        z = difference + std
    if wrong(STD_ADDED):
        z = difference - std
    if wrong(UPSIDE_DOWN):
        z = std / difference
    if wrong(WHOLE):
        z = difference // std
    if wrong(BACK):
        z = x * std + mean
    if rows := wrong(NORM, x, x - mean):
        z = F.normalize(rows, dim=-1)
    if by := wrong(DIVIDED_AGAIN, x.numel(), len(x) if x.dim() else 1):
        z = z / by
    if limits := wrong(CLAMPED, (-1, 1), (-3, 3), (0, None), (0, 1)):
        z = z.clamp(*limits)
    if wrong(CLAMPED):
        z = z.tanh()
    return z


OWN_STATS = (
    "You compute mean and std from x and ignore the ones that are given. They may be another "
    "set's: validation data are normalized by the training set's."
)
OWN_MEAN = "You compute the mean from x and ignore the one that is given."
OWN_STD = "You compute the std from x and ignore the one that is given."
SWAPPED = "You swap mean and std. In the arguments, mean comes before std."
MEAN_OF_ZERO = "You take a mean of 0 for none at all: in `mean or ...`, 0 counts as false."
STATS_IN_FLOAT32 = (
    "You make float32 numbers of mean and std (torch.tensor does so of plain floats), and in "
    "float64 half of their digits are lost."
)
TENSORS_ONLY = "Your code needs mean and std to be tensors. They may be plain floats, too."


@probes("normalize")
def normalize_probes(draw):
    yield draw(4, 3), 0.4, 1.5
    yield draw(4, 3), draw(), draw().abs() + 0.5
    yield draw(3) + 2, draw() - 3, draw().abs() + 2
    if draw.dtype == torch.float32:
        yield draw(4, 3), draw(), draw().abs() + 0.5
        yield draw(3, 3), 0.13, 0.31
        yield draw(1, 5) * 10, -4.0, 7.0
        yield draw(2, 2) * 1e-4, 1e-4, 2e-4
        yield draw(), 0.25, 0.5
        yield torch.zeros(2, 2), 0.0, 1.0
        yield draw(3, 2) + 1, 0.0, 0.5


@told
def normalize(x, mean, std):
    if wrong(SWAPPED):
        mean, std = std, mean
    if wrong(OWN_MEAN):
        mean = x.mean()
    if wrong(MEAN_OF_ZERO):
        mean = mean or x.mean()
    if own := wrong(OWN_STD, x.std(), x.std(correction=0)):
        std = own
    if own := wrong(OWN_STATS, x.std(), x.std(correction=0), (x.var(correction=0) + 1e-5).sqrt()):
        mean, std = x.mean(), own
    if wrong(OWN_STATS):
        mean, std = x.mean(0), x.std(0)
    if wrong(OWN_STATS):
        mean, std = x.mean(-1, keepdim=True), x.std(-1, keepdim=True)
    if wrong(TENSORS_ONLY):
        mean, std = mean.item(), std.item()
    if wrong(TENSORS_ONLY):
        mean, std = mean[None], std[None]
    if wrong(TENSORS_ONLY):
        mean, std = mean.to(x), std.to(x)
    if wrong(ARRAY):
        return (x.numpy() - float(mean)) / float(std)
    if wrong(STATS_IN_FLOAT32):
        mean, std = torch.as_tensor(mean).float(), torch.as_tensor(std).float()
    z = _z(x, mean, std)
    if wrong(OWN_STATS):
        z = (z - z.mean()) / z.std()
    return z


# --- normalize_splits -----------------------------------------------------------------------------

OWN_OF_EACH = (
    "You normalize x_valid by its own mean and std. A pixel must look the same to the net in both "
    "splits, and that takes the training set's for both."
)
OWN_MEAN_OF_EACH = (
    "You subtract x_valid's own mean, so the same pixel looks different to the net in the two "
    "splits."
)
OWN_STD_OF_EACH = (
    "You divide x_valid by its own std, so the same difference of pixels looks larger in one "
    "split than in the other."
)
FROM_BOTH = "You take mean and std from both splits, so validation data leak into training."
FROM_VALID = (
    "You take mean and std from x_valid, so training depends on data that should stay unseen."
)
MIXED = "Your mean and your std come from different sets, so neither split has mean 0 and std 1."
EACH_COLUMN = (
    "You take a mean or a std for each pixel (dim 0). They are two numbers for all pixels: some "
    "pixels are 0 in every image, and so is their std."
)
EACH_ROW = (
    "You take a mean or a std for each row, that is, for each image. They are two numbers for all "
    "training pixels."
)
BIASED = (
    "Your variance is the biased one (correction=0, and numpy's default): a little too small, "
    "since its mean comes from the same numbers."
)
BY_ROWS = (
    "You divide by the number of rows, although mean and variance are over all N = n m pixels."
)
BY_LARGEST = "You divide by the largest value, and not by the std of x_train."
MEDIAN = "You subtract the median, and not the mean."
ROOT_MEAN_SQUARE = (
    "You take the root of the mean square, which also counts how far the mean is from 0."
)
MEAN_ABSOLUTE = (
    "You divide by the mean absolute deviation, in which large deviations count for less than "
    "in a std."
)
MEAN_OF_STDS = "You average the stds of columns or rows. Those leave out how these differ in mean."
VALID_AS_IT_WAS = (
    "x_valid comes back as it was: you leave it out, or you take mean and std after x_train has "
    "been normalized, when they are 0 and 1."
)
VALID_NOT_SHIFTED = (
    "x_valid is only scaled: you leave out the mean, or you take it after x_train has been "
    "normalized, when it is 0."
)
VALID_NOT_SCALED = (
    "x_valid is only shifted: you leave out the std, or you take it after x_train has been "
    "normalized, when it is 1."
)
NUMPYS_STATS = (
    "np.mean, np.std and ddof are numpy's, and hand a tensor arguments that it does not know. A "
    "tensor has x.mean() and x.std(), with correction in place of ddof."
)
TOGETHER = "You return both splits in one tensor. They should be two, each with its own rows."


@probes("normalize_splits")
def normalize_splits_probes(draw):
    yield draw(5, 3) + 1, 2 * draw(4, 3) - 1
    if draw.dtype == torch.float32:
        yield draw(5, 3), draw(4, 3)
        yield draw(3, 3) * 2 - 1, draw(3, 3) + 5
        yield draw(2, 4), draw(5, 4) * 3
        yield draw(1, 6), draw(1, 6)
        yield draw(6, 2) * 1e-3, draw(1, 2) * 1e-3


@told
def _stats(x):
    axis, less = None, 1
    if wrong(EACH_COLUMN):
        axis = 0
    if wrong(BIASED):
        less = 0
    mean, std = x.mean(axis), x.std(axis, correction=less)
    squares = (x - mean).square()
    if wrong(EACH_COLUMN):
        mean = x.mean(0)
    if wrong(MEDIAN):
        mean = x.median()
    if wrong(BY_ROWS):
        mean = x.sum() / len(x)
    if wrong(NUMPYS_STATS):
        mean = np.mean(x)
    if wrong(EACH_COLUMN):
        std = x.std(0)
    if rows := wrong(BY_ROWS, len(x), len(x) - 1, max(len(x) - 1, 1)):
        std = (squares.sum() / rows).sqrt()
    if wrong(BY_LARGEST):
        std = x.max()
    if fewer := wrong(ROOT_MEAN_SQUARE, 0, 1):
        std = (x.square().sum() / (x.numel() - fewer)).sqrt()
    if wrong(MEAN_ABSOLUTE):
        std = (x - x.mean()).abs().mean()
    if along := wrong(MEAN_OF_STDS, 0, 1):
        std = x.std(along).mean()
    if wrong(NUMPYS_STATS):
        std = np.std(x)
    if wrong(NUMPYS_STATS):
        std = x.std(ddof=1)
    if eps := wrong(EPSILON, 1e-3, 1e-5):
        std = (std**2 + eps) ** 0.5
    if eps := wrong(EPSILON, 1e-3, 1e-5, 1e-6):
        std = (x.var(correction=0) + eps).sqrt()
    if keepdim := wrong(EACH_ROW, True, False):
        mean, std = x.mean(1, keepdim=keepdim), x.std(1, keepdim=keepdim)
    if wrong(MIN_MAX):
        mean, std = x.min(), x.max() - x.min()
    return mean, std


@told
def normalize_splits(x_train, x_valid):
    if wrong(FIXED.format("float64")):
        x_train, x_valid = x_train.double(), x_valid.double()
    source, both = x_train, torch.cat([x_train, x_valid])
    if wrong(FROM_BOTH):
        source = both
    if wrong(FROM_VALID):
        source = x_valid
    mean, std = _stats(source)
    if wrong(FROM_BOTH):
        mean, std = (mean + x_valid.mean()) / 2, (std + x_valid.std()) / 2
    if other := wrong(MIXED, both.mean(), x_valid.mean()):
        mean = other
    if other := wrong(MIXED, both.std(), x_valid.std()):
        std = other
    z_train = _z(x_train, mean, std)
    if wrong(FROM_VALID):
        z_train = _z(x_train, x_valid.mean(), x_valid.std())
    valid_mean, valid_std = mean, std
    if wrong(OWN_OF_EACH):
        valid_mean, valid_std = _stats(x_valid)
    if wrong(OWN_MEAN_OF_EACH):
        valid_mean = x_valid.mean()
    if wrong(OWN_STD_OF_EACH):
        valid_std = x_valid.std()
    if other := wrong(VALID_NOT_SHIFTED, 0, z_train.mean()):
        valid_mean = other
    if other := wrong(VALID_NOT_SCALED, 1, z_train.std()):
        valid_std = other
    if wrong(VALID_AS_IT_WAS):
        valid_mean, valid_std = z_train.mean(), z_train.std()
    z_valid = _z(x_valid, valid_mean, valid_std)
    if wrong("You normalize x_valid twice."):
        z_valid = _z(z_valid, valid_mean, valid_std)
    if wrong(VALID_AS_IT_WAS):
        z_valid = x_valid
    if wrong("x_train comes back as it was, although both splits are normalized."):
        z_train = x_train
    if less := wrong(EACH_ROW, 1, 0):
        z_train, z_valid = (
            (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True, correction=less)
            for x in (x_train, x_valid)
        )
    if wrong(EACH_ROW):
        z_train, z_valid = (F.layer_norm(x, x.shape[1:]) for x in (x_train, x_valid))

    if wrong("Your two results are swapped."):
        return z_valid, z_train
    if wrong(TOGETHER):
        return torch.cat([z_train, z_valid])
    if wrong("You return mean and std as well, besides the two splits."):
        return z_train, z_valid, mean, std
    if wrong("You return mean and std, and not the two splits."):
        return mean, std
    if wrong("You return one of the two splits."):
        return z_valid
    if wrong(NUMPY):
        return z_train.numpy(), z_valid.numpy()
    return z_train, z_valid


# --- get_shapes -----------------------------------------------------------------------------------

WHOLE_SHAPES = "You return whole shapes, where the three results are single numbers."
SIZE = "size is a method of a tensor, and shape is an attribute. (In numpy, size is a number.)"
N_OFF = "Your n or m is off by one. Only labels count from 0; a length counts from 1."
ONE_TWICE = "You return one of the sizes twice."
SIZE_TENSORS = "Your n or m is a tensor. A shape has Python ints already."
FLOATS = "A size of yours is a float, and range() takes no float."
C_LAST = "You take the last label for the largest, but labels come in any order."
C_FIRST = "You take the first label for the largest, but labels come in any order."
C_MIN_MAX = (
    "You count from the smallest label to the largest. Labels count from 0, whether 0 is in the "
    "sample or not."
)
C_ARGMAX = "You take the place of the largest label (argmax), not the label itself."
C_MAX = "Your c is the largest label. Labels count from 0, so a class is missing."
C_TENSOR = "Your c is a tensor. range() and the sizes of weights take Python ints."
C_FLOAT = "Your c is a float where the labels are floats, and range() takes no float."
C_NUMPY = "Your c is numpy's kind of int. It should be Python's own."
C_UNIQUE = "You count the labels that occur, and one may be missing from the sample."
C_ROWS = "Your c is the number of labels, which is n, and not the number of classes."
LABELS_WHOLE_ONLY = "Your code takes only whole labels (int64). They may come as floats, too."
ASTYPE_INT = "astype is numpy's. int(...) makes a Python int of a tensor of one number."
NESTED_SHAPE = "You return ((n, m), c), where three numbers should come one by one."
SHAPES_ORDER = "Your three numbers are in another order than n, m, c."
NO_C = "You return n and m without c, the number of classes."


@probes("get_shapes")
def get_shapes_probes(draw):
    for labels in ([3, 7, 3, 1, 0], [9, 2, 2], [5], [2, 2, 0, 1], [0, 0], [1, 8, 4, 4, 6, 2]):
        y_train = torch.tensor(labels)
        yield draw(len(labels), 6), y_train if draw.dtype == torch.float64 else y_train.float()
    yield draw(3, 3), torch.tensor([0, 2, 1])
    for largest in (300, 40_001):
        yield draw(1, 2), torch.tensor([largest])


@told
def get_shapes(x_train, y_train):
    n, m = x_train.shape
    if wrong(SIZE):
        n, m = x_train.size
    if wrong(SIZE):
        n = x_train.size[0]
    if wrong(SIZE):
        n, m = x_train.shape()
    if wrong("You swap n and m. x_train has rows first, then pixels: [n, m]."):
        n, m = m, n
    if wrong("Your n is the number of all pixels, and not of the rows."):
        n = x_train.numel()
    if wrong("Your m is the side of a square image. It is the number of pixels in a row."):
        m = math.isqrt(m)
    if wrong("You return m = 784, whatever x_train is."):
        m = 784
    if off := wrong(N_OFF, 1, -1):
        n = n + off
    if off := wrong(N_OFF, 1, -1):
        m = m + off
    if wrong(ONE_TWICE):
        m = n
    if wrong(ONE_TWICE):
        n = m
    if wrong(SIZE_TENSORS):
        n = torch.tensor(n)
    if wrong(SIZE_TENSORS):
        n, m = torch.tensor(n), torch.tensor(m)
    if wrong(FLOATS):
        n = float(n)
    if wrong(FLOATS):
        n, m = float(n), float(m)
    if wrong(WHOLE_SHAPES):
        n, m = x_train.shape, y_train.shape

    top, more = y_train.max(), 1
    if narrow := wrong(
        NARROW,
        torch.int8,
        torch.uint8,
        torch.int16,
        torch.float16,
        torch.bfloat16,
    ):
        top = y_train.to(narrow).max().long()
    if wrong("You take at least 10 classes, as there are digits. c is what the labels show."):
        top = y_train.max().clamp(min=9)
    if wrong(C_LAST):
        top = y_train[-1]
    if wrong(C_FIRST):
        top = y_train[0]
    if wrong("You take the smallest label for the largest."):
        top = y_train.min()
    if wrong(C_MIN_MAX):
        top = y_train.max() - y_train.min()
    if wrong(C_ARGMAX):
        top = y_train.argmax()
    if wrong("You add the labels up, which grows with the rows, and not with the classes."):
        top = y_train.sum()
    if wrong("You take the largest pixel, which says nothing of the classes."):
        top = x_train.max()
    if wrong(ASTYPE_INT):
        top = top.astype(int)
    if wrong(C_MAX):
        more = 0
    if wrong("Your c is one too many."):
        more = 2
    c = int(top) + more
    if wrong(C_TENSOR):
        c = top + more
    if wrong(C_FLOAT):
        c = top.item() + more
    if wrong(C_NUMPY):
        c = top.numpy() + more
    if wrong(C_NUMPY):
        c = top.long().numpy() + more
    if count := wrong(C_UNIQUE, len(y_train.unique()), len(y_train.unique()) + 1):
        c = count
    if wrong(C_UNIQUE):
        c = y_train.unique().shape
    if count := wrong(C_ROWS, len(y_train), len(y_train) + 1):
        c = count
    if count := wrong(LABELS_WHOLE_ONLY, torch.bincount(y_train), F.one_hot(y_train).T):
        c = len(count)
    if wrong("y_train has one axis only, [n]. It has no second size to read c off."):
        c = y_train.shape[1]
    if wrong("You return c = 10, whatever the labels are."):
        c = 10
    if wrong("Your c is 1, whatever the labels are."):
        c = 1
    if wrong(C_TENSOR):
        c = torch.tensor(c)
    if wrong(C_FLOAT):
        c = float(c)

    if c := wrong(NESTED_SHAPE, c, top + more):
        return x_train.shape, c
    if wrong("You return the shapes of x_train and y_train, and not three numbers."):
        return x_train.shape, y_train.shape
    if wrong(NO_C):
        return n, m
    if wrong("You return a tensor. The three results should be Python ints."):
        return torch.tensor([n, m, c])
    if wrong(SHAPES_ORDER):
        return c, n, m
    if wrong(SHAPES_ORDER):
        return n, c, m
    if wrong("You return a text. The three results should be Python ints."):
        return f"{n}, {m}, {c}"
    if wrong("You return a dict. The three results should be Python ints, in their order."):
        return {"n": n, "m": m, "c": c}
    if wrong(NOTHING):
        return None
    return n, m, c
