"""Known wrong answers of chapter 2, each with the sentence a kind teacher would say.

Many learners leave the labels whole numbers besides another mistake, so that each of these is
known with both kinds of labels.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

from kata.checks.forward import CUT, SHUFFLED
from kata.diagnosis.recorded import mistake, probes

# --- split_and_scale ----------------------------------------------------------------------------


@probes("split_and_scale")
def split_and_scale_probes(draw):
    if draw.dtype == torch.float64:
        return
    for n, height, width, n_valid in [(7, 2, 3, 2), (5, 3, 2, 4), (6, 2, 2, 1), (2, 1, 4, 1)]:
        images = draw.ints(256, n, height, width).to(torch.uint8)
        images[0, 0, 0], images[-1, -1, -1] = 255, 0
        yield images, draw.ints(10, n) + 1, n_valid
    yield draw.ints(256, 6, 2, 2).to(torch.uint8), draw.ints(10, 6), 3
    yield draw.ints(256, 10_001, 1, 2).to(torch.uint8), draw.ints(10, 10_001)


LABELS_WHOLE = (
    "You leave the labels whole numbers (int64). They are to be float32, as the pixels are: the "
    "loss subtracts them from what the net gives."
)
LABELS_DOUBLE = "Your labels are float64. They are to be float32, as the pixels are."
LABELS_SCALED = (
    "You divide the labels by 256 as well. Only pixels are scaled; labels keep their values."
)
LABELS_ONE_HOT = "You turn the labels into one-hot rows. They stay one number each."
LABELS_COLUMN = "Your labels are a column [n, 1]. They stay a row of n numbers: [n]."
LABELS_SWAPPED = (
    "Your labels are not those of your images: they come from other rows. Cut images "
    "and labels at the same place."
)
LABELS_PARTLY = (
    "The labels of your two splits have different dtypes. Both are to be float32, as the pixels "
    "are."
)
BY_255 = (
    "You divide by 255, as ToTensor does. The notes divide by 256.0, so that white is a little "
    "less than 1."
)
BY_SHARE = (
    "You cut at a share of all rows, which is rounded: int() cuts off, so some sizes are one row "
    "off. Cut by whole numbers: the last n_valid rows validate."
)
UNSCALED = "You do not scale the pixels: they are still 0 to 255. Divide them by 256.0."
SCALED_TWICE = "You scale the pixels twice. Divide them by 256.0 once."
WHOLE_DIVISION = (
    "You divide whole numbers (//, or before the pixels are floats), which leaves only zeros. Make "
    "the pixels float32, then divide by 256.0."
)
WRAPS = (
    "You compute in uint8, whose numbers end at 255 and start again at 0. Make the pixels float32 "
    "first."
)
CENTRED = "You also move the pixels to be centred around 0. Only divide by 256.0 here."
BY_MAXIMUM = (
    "You divide by the largest pixel of these images. Another set would be scaled otherwise: "
    "divide by 256.0, always."
)
BY_OTHER = "You divide by another number than 256.0."
ROW_NORM = "You scale each image by its own length or sum. All are divided by 256.0."
BINARY = "You make the pixels black or white. Keep their grey: divide by 256.0."
DOUBLE = "Your pixels are float64. They are to be float32, torch's usual dtype for a net."
HALF = "Your pixels are half precision. They are to be float32."
STANDARDIZED = (
    "You normalise the pixels by a mean and a std. That is the next functions' work: only divide "
    "by 256.0 here."
)
NOT_FLAT = (
    "Your images keep their two axes [H, W]. Each becomes one row of H * W pixels: flatten(1), or "
    "reshape(N, -1)."
)
FLAT = "You flatten all images into one row. Keep the axis of the images: flatten(1), [N, H * W]."
COLUMNS = (
    "You read the pixels column by column (a transpose before you flatten). They go row by row: "
    "x[i, H_i W + W_i]."
)
SIDEWAYS = "Your x is [H * W, N]: a column for each image. Each image is to be a row: [N, H * W]."
SCRAMBLED = (
    "Your reshape mixes pixels of different images: it keeps the order in memory, so it is not a "
    "transpose. Flatten each image: [N, H * W]."
)
MNIST_ONLY = (
    "You take the images for 28 x 28 pixels. Read the sizes off them: len(images) rows, and "
    "flatten(1) or -1 for the rest."
)
FIRST_VALIDATE = "Your first n_valid rows validate. It is the LAST n_valid rows that do."
FIRST_TRAIN = (
    "You take n_valid for the number of training rows. The last n_valid rows validate, and the "
    "N - n_valid before them train."
)
REVERSED = "Your validation rows come in reverse order. Keep the order: x[-n_valid:]."
OVERLAP = "The same rows train and validate. What validates must be unseen: train on x[:-n_valid]."
ONE_OFF = (
    "Your cut is one row off, so that a row is lost, seen twice, or on the wrong side. Cut at "
    "-n_valid: x[:-n_valid], x[-n_valid:]."
)
ALL_VALIDATE = "Your x_valid has all the rows. It is the last n_valid rows: x[-n_valid:]."
FIXED_CUT = (
    "You cut at a fixed place, whatever n_valid is. Cut at -n_valid: x[:-n_valid], x[-n_valid:]."
)
ORDER = "Your four results are in another order. It is x_train, y_train, x_valid, y_valid."
TRAIN_ONLY_SCALED = (
    "You scale only one of the two splits. Both get the same: scale the images before you cut."
)
NESTED = (
    "Your results are in pairs, ((x, y), (x, y)). Return four in a row: x_train, y_train, x_valid, "
    "y_valid."
)
TWO_ONLY = "You return only some of the four results: x_train, y_train, x_valid, y_valid."
NUMPY = "You return numpy arrays. The results are to be torch tensors."
NOTHING = "You return nothing. End with return."
NEEDS_N_VALID = "Your n_valid has no default. Without it, 10,000 rows validate: n_valid=10_000."
OTHER_DEFAULT = "Your default of n_valid is not the one asked for, 10_000."
SHARE = "You take n_valid for a share. It is a number of rows."


def scaled(images):
    """The right pixels: the wrong answers below get other things wrong."""
    return images.flatten(1).float() / 256.0


def cut(x, y, n_valid):
    """The right split."""
    return x[:-n_valid], y[:-n_valid], x[-n_valid:], y[-n_valid:]


def with_both_kinds_of_labels(sentence, answer, name):
    """Record answer(images, labels, n_valid) for labels made float32, and for whole ones.

    The first is returned; the other is put among this module's names, where it will be found.
    """

    def floats(images, labels, n_valid=10_000):
        return answer(images, labels.float(), n_valid)

    def whole(images, labels, n_valid=10_000):
        return answer(images, labels, n_valid)

    floats.__name__, whole.__name__ = name, f"{name}_and_whole_labels"
    globals()[whole.__name__] = mistake("split_and_scale", sentence)(whole)
    return mistake("split_and_scale", sentence)(floats)


def pixels(sentence):
    """Record a wrong way from images to rows of pixels."""

    def record(wrong):
        def answer(images, labels, n_valid):
            return cut(wrong(images), labels, n_valid)

        return with_both_kinds_of_labels(sentence, answer, wrong.__name__)

    return record


def cutting(sentence):
    """Record a wrong way to split x and y."""

    def record(wrong):
        def answer(images, labels, n_valid):
            return wrong(scaled(images), labels, n_valid)

        return with_both_kinds_of_labels(sentence, answer, wrong.__name__)

    return record


@pixels(BY_255)
def divided_by_255(images):
    return images.flatten(1).float() / 255


@pixels(UNSCALED)
def not_scaled(images):
    return images.flatten(1).float()


@pixels(UNSCALED)
def not_scaled_uint8(images):
    return images.flatten(1)


@pixels(SCALED_TWICE)
def scaled_twice(images):
    return images.flatten(1).float() / 256 / 256


@pixels(WHOLE_DIVISION)
def whole_division(images):
    return (images.flatten(1) // 255).float()


@pixels(WHOLE_DIVISION)
def whole_division_of_floats(images):
    return images.flatten(1).float() // 256


@pixels(WHOLE_DIVISION)
def cast_after_whole_division(images):
    return (images.flatten(1) / 256).long().float()


@pixels(WHOLE_DIVISION)
def back_to_bytes(images):
    return (images.flatten(1) / 256).to(torch.uint8)


@pixels(WHOLE_DIVISION)
def whole_division_by_256_in_bytes(images):
    return (images // 256).flatten(1).float()


@pixels(WRAPS)
def shifted_in_bytes(images):
    return (images.flatten(1) - 128).float() / 256


@pixels(CENTRED)
def centred(images):
    return images.flatten(1).float() / 256 - 0.5


@pixels(CENTRED)
def centred_to_one(images):
    return images.flatten(1).float() / 128 - 1


@pixels(CENTRED)
def centred_by_mean(images):
    x = scaled(images)
    return x - x.mean()


@pixels(BY_MAXIMUM)
def by_maximum(images):
    return images.flatten(1).float() / images.max()


@pixels(BY_MAXIMUM)
def from_minimum_to_maximum(images):
    x = images.flatten(1).float()
    return (x - x.min()) / (x.max() - x.min())


@pixels(BY_OTHER)
def divided_by_128(images):
    return images.flatten(1).float() / 128


@pixels(BY_OTHER)
def divided_by_100(images):
    return images.flatten(1).float() / 100


@pixels(BY_OTHER)
def divided_by_254(images):
    return images.flatten(1).float() / 254


@pixels(BY_OTHER)
def divided_by_1000(images):
    return images.flatten(1).float() / 1000


@pixels(BY_OTHER)
def divided_by_257(images):
    return images.flatten(1).float() / 257


@pixels(BY_OTHER)
def divided_by_width(images):
    return images.flatten(1).float() / images.shape[-1]


@pixels(ROW_NORM)
def rows_of_length_one(images):
    return F.normalize(images.flatten(1).float())


@pixels(ROW_NORM)
def rows_of_sum_one(images):
    x = images.flatten(1).float()
    return x / x.sum(1, keepdim=True)


@pixels(BINARY)
def binary(images):
    return (images.flatten(1) > 127).float()


@pixels(BINARY)
def binary_any(images):
    return (images.flatten(1) > 0).float()


@pixels(DOUBLE)
def double(images):
    return images.flatten(1).double() / 256


@pixels(HALF)
def half(images):
    return images.flatten(1).half() / 256


@pixels(STANDARDIZED)
def standardized(images):
    x = scaled(images)
    return (x - x.mean()) / x.std()


@pixels(STANDARDIZED)
def standardized_by_mnist(images):
    return (scaled(images) - 0.1307) / 0.3081


@pixels(NOT_FLAT)
def not_flat(images):
    return images.float() / 256


@pixels(NOT_FLAT)
def not_flat_with_channel(images):
    return images.unsqueeze(1).float() / 256


@pixels(NOT_FLAT)
def flat_with_channel(images):
    return images.flatten(1).unsqueeze(1).float() / 256


@pixels(BY_255)
def not_flat_by_255(images):
    return images.float() / 255


@pixels(FLAT)
def flat(images):
    return images.flatten().float() / 256


@pixels(COLUMNS)
def column_by_column(images):
    return images.transpose(1, 2).flatten(1).float() / 256


@pixels(SIDEWAYS)
def sideways(images):
    return scaled(images).T


@pixels(SCRAMBLED)
def reshaped_sideways(images):
    return scaled(images).reshape(-1, len(images))


@pixels(SCRAMBLED)
def reshaped_after_transpose(images):
    return images.permute(1, 2, 0).reshape(len(images), -1).float() / 256


@pixels(SCRAMBLED)
def flattened_first_axes(images):
    return images.flatten(0, 1).float() / 256


@pixels(MNIST_ONLY)
def view_of_mnist(images):
    return images.view(-1, 28 * 28).float() / 256


@pixels(MNIST_ONLY)
def reshape_of_mnist(images):
    return images.reshape(-1, 28 * 28).float() / 256


@pixels(MNIST_ONLY)
def view_of_mnist_rows(images):
    return images.view(len(images), 784).float() / 256


@pixels(MNIST_ONLY)
def reshape_of_mnist_rows(images):
    return images.reshape(len(images), 784).float() / 256


@pixels(MNIST_ONLY)
def square_images(images):
    return images.reshape(len(images), images.shape[1] ** 2).float() / 256


@pixels(MNIST_ONLY)
def square_images_however_many(images):
    return images.reshape(-1, images.shape[1] ** 2).float() / 256


@pixels(MNIST_ONLY)
def square_images_by_width_however_many(images):
    return images.reshape(-1, images.shape[2] ** 2).float() / 256


@pixels(MNIST_ONLY)
def square_images_by_width(images):
    return images.reshape(len(images), images.shape[2] ** 2).float() / 256


@cutting(FIRST_VALIDATE)
def first_validate(x, y, n_valid):
    return x[n_valid:], y[n_valid:], x[:n_valid], y[:n_valid]


@cutting(FIRST_TRAIN)
def first_train(x, y, n_valid):
    return x[:n_valid], y[:n_valid], x[n_valid:], y[n_valid:]


@cutting(ORDER)
def valid_then_train(x, y, n_valid):
    return x[-n_valid:], y[-n_valid:], x[:-n_valid], y[:-n_valid]


@cutting(ORDER)
def xs_then_ys(x, y, n_valid):
    return x[:-n_valid], x[-n_valid:], y[:-n_valid], y[-n_valid:]


@cutting(SHUFFLED)
def shuffled(x, y, n_valid):
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return cut(x[order], y[order], n_valid)


@cutting(BY_SHARE)
def cut_at_a_share_of_all(x, y, n_valid):
    k = int(len(x) * (1 - n_valid / len(x)))
    return x[:k], y[:k], x[k:], y[k:]


@cutting(BY_SHARE)
def cut_at_the_share_that_validates(x, y, n_valid):
    share = n_valid / len(x)
    k = int((1 - share) * len(x))
    return x[:k], y[:k], x[k:], y[k:]


@cutting(SHUFFLED)
def shuffled_at_random(x, y, n_valid):
    order = torch.randperm(len(x))
    return cut(x[order], y[order], n_valid)


@cutting(SHUFFLED)
def images_shuffled_at_random(x, y, n_valid):
    return cut(x[torch.randperm(len(x))], y, n_valid)


@cutting(REVERSED)
def reversed_rows(x, y, n_valid):
    x_valid, y_valid = x[-n_valid:].flip(0), y[-n_valid:].flip(0)
    return x[:-n_valid], y[:-n_valid], x_valid, y_valid


@cutting(OVERLAP)
def trained_on_all(x, y, n_valid):
    return x, y, x[-n_valid:], y[-n_valid:]


@cutting(OVERLAP)
def validated_by_training_rows(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid], x[:-n_valid], y[:-n_valid]


@cutting(ALL_VALIDATE)
def all_validate(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid], x, y


@cutting(ONE_OFF)
def one_row_lost_in_training(x, y, n_valid):
    return x[: -n_valid - 1], y[: -n_valid - 1], x[-n_valid:], y[-n_valid:]


@cutting(ONE_OFF)
def one_row_lost_in_validation(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid], x[-n_valid + 1 :], y[-n_valid + 1 :]


@cutting(ONE_OFF)
def one_row_lost_at_the_end(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid], x[-n_valid:-1], y[-n_valid:-1]


@cutting(ONE_OFF)
def one_row_lost_after_the_cut(x, y, n_valid):
    k = len(x) - n_valid
    return x[:k], y[:k], x[k + 1 :], y[k + 1 :]


@cutting(ONE_OFF)
def one_less_than_n_valid(x, y, n_valid):
    return cut(x, y, n_valid - 1)


@cutting(ONE_OFF)
def one_row_in_both(x, y, n_valid):
    k = len(x) - n_valid
    return x[: k + 1], y[: k + 1], x[k:], y[k:]


@cutting(ONE_OFF)
def one_row_more_in_training(x, y, n_valid):
    k = len(x) - n_valid + 1
    return x[:k], y[:k], x[k:], y[k:]


@cutting(ONE_OFF)
def one_row_more_in_validation(x, y, n_valid):
    k = len(x) - n_valid - 1
    return x[:k], y[:k], x[k:], y[k:]


@cutting(FIXED_CUT)
def cut_at_ten_thousand(x, y, n_valid):
    return cut(x, y, 10_000)


@cutting(FIXED_CUT)
def cut_at_fifty_thousand(x, y, n_valid):
    return x[:50_000], y[:50_000], x[50_000:], y[50_000:]


@cutting(FIXED_CUT)
def cut_in_half(x, y, n_valid):
    return cut(x, y, len(x) // 2)


@cutting(FIXED_CUT)
def cut_at_a_fifth(x, y, n_valid):
    return cut(x, y, max(len(x) // 5, 1))


@cutting(FIXED_CUT)
def cut_at_a_sixth(x, y, n_valid):
    return cut(x, y, max(len(x) // 6, 1))


@cutting(SHARE)
def cut_at_a_share(x, y, n_valid):
    k = int(len(x) * n_valid)
    return x[:-k], y[:-k], x[-k:], y[-k:]


@cutting(LABELS_SCALED)
def labels_scaled(x, y, n_valid):
    return cut(x, y / 256, n_valid)


@cutting(LABELS_ONE_HOT)
def labels_one_hot(x, y, n_valid):
    return cut(x, F.one_hot(y.long()).float(), n_valid)


@cutting(LABELS_ONE_HOT)
def labels_one_hot_of_eleven(x, y, n_valid):
    return cut(x, torch.eye(11)[y.long()], n_valid)


@cutting(LABELS_ONE_HOT)
def labels_one_hot_of_ten(x, y, n_valid):
    return cut(x, F.one_hot(y.long() % 10, 10).float(), n_valid)


@cutting(LABELS_COLUMN)
def labels_in_a_column(x, y, n_valid):
    return cut(x, y.unsqueeze(1), n_valid)


@cutting(LABELS_SWAPPED)
def labels_from_the_other_end(x, y, n_valid):
    return x[:-n_valid], y[n_valid:], x[-n_valid:], y[:n_valid]


@cutting(LABELS_SWAPPED)
def labels_of_validation_from_the_start(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid], x[-n_valid:], y[:n_valid]


@cutting(LABELS_SWAPPED)
def labels_one_further(x, y, n_valid):
    return cut(x, y.roll(1), n_valid)


@cutting(LABELS_SWAPPED)
def labels_one_earlier(x, y, n_valid):
    return cut(x, y.roll(-1), n_valid)


@cutting(LABELS_SWAPPED)
def labels_not_cut(x, y, n_valid):
    return x[:-n_valid], y, x[-n_valid:], y


@cutting(NESTED)
def in_pairs(x, y, n_valid):
    x_train, y_train, x_valid, y_valid = cut(x, y, n_valid)
    return (x_train, y_train), (x_valid, y_valid)


@cutting(TWO_ONLY)
def images_only(x, y, n_valid):
    return x[:-n_valid], x[-n_valid:]


@cutting(TWO_ONLY)
def validation_only(x, y, n_valid):
    return x[-n_valid:], y[-n_valid:]


@cutting(TWO_ONLY)
def training_only(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid]


@cutting(TWO_ONLY)
def labels_of_validation_left_out(x, y, n_valid):
    return x[:-n_valid], y[:-n_valid], x[-n_valid:]


@cutting(NUMPY)
def as_numpy(x, y, n_valid):
    return tuple(part.numpy() for part in cut(x, y, n_valid))


@cutting(NOTHING)
def nothing_returned(x, y, n_valid):
    cut(x, y, n_valid)


@mistake("split_and_scale", LABELS_WHOLE)
def labels_whole(images, labels, n_valid=10_000):
    return cut(scaled(images), labels, n_valid)


@mistake("split_and_scale", LABELS_WHOLE)
def labels_int32(images, labels, n_valid=10_000):
    return cut(scaled(images), labels.int(), n_valid)


@mistake("split_and_scale", LABELS_WHOLE)
def labels_int16(images, labels, n_valid=10_000):
    return cut(scaled(images), labels.short(), n_valid)


@mistake("split_and_scale", LABELS_WHOLE)
def labels_uint8(images, labels, n_valid=10_000):
    return cut(scaled(images), labels.to(torch.uint8), n_valid)


@mistake("split_and_scale", LABELS_DOUBLE)
def labels_double(images, labels, n_valid=10_000):
    return cut(scaled(images), labels.double(), n_valid)


@mistake("split_and_scale", LABELS_PARTLY)
def labels_of_training_only(images, labels, n_valid=10_000):
    x_train, y_train, x_valid, y_valid = cut(scaled(images), labels, n_valid)
    return x_train, y_train.float(), x_valid, y_valid


@mistake("split_and_scale", LABELS_PARTLY)
def labels_of_validation_only(images, labels, n_valid=10_000):
    x_train, y_train, x_valid, y_valid = cut(scaled(images), labels, n_valid)
    return x_train, y_train, x_valid, y_valid.float()


@mistake("split_and_scale", DOUBLE)
def all_double(images, labels, n_valid=10_000):
    return cut(images.flatten(1).double() / 256, labels.double(), n_valid)


@mistake("split_and_scale", HALF)
def all_half(images, labels, n_valid=10_000):
    return cut(images.flatten(1).half() / 256, labels.half(), n_valid)


@mistake("split_and_scale", TRAIN_ONLY_SCALED)
def only_training_scaled(images, labels, n_valid=10_000):
    x = images.flatten(1).float()
    return x[:-n_valid] / 256, labels[:-n_valid].float(), x[-n_valid:], labels[-n_valid:].float()


@mistake("split_and_scale", TRAIN_ONLY_SCALED)
def only_training_scaled_whole_labels(images, labels, n_valid=10_000):
    x = images.flatten(1).float()
    return x[:-n_valid] / 256, labels[:-n_valid], x[-n_valid:], labels[-n_valid:]


@mistake("split_and_scale", TRAIN_ONLY_SCALED)
def only_training_scaled_from_bytes(images, labels, n_valid=10_000):
    x_train, y_train, x_valid, y_valid = cut(images.flatten(1), labels.float(), n_valid)
    return x_train / 256.0, y_train, x_valid, y_valid


@mistake("split_and_scale", TRAIN_ONLY_SCALED)
def only_training_scaled_from_bytes_whole_labels(images, labels, n_valid=10_000):
    x_train, y_train, x_valid, y_valid = cut(images.flatten(1), labels, n_valid)
    return x_train / 256.0, y_train, x_valid, y_valid


@mistake("split_and_scale", TRAIN_ONLY_SCALED)
def only_validation_scaled(images, labels, n_valid=10_000):
    x = images.flatten(1).float()
    return x[:-n_valid], labels[:-n_valid].float(), x[-n_valid:] / 256, labels[-n_valid:].float()


@mistake("split_and_scale", WRAPS)
def divided_in_place_in_bytes(images, labels, n_valid=10_000):
    x = images.flatten(1).clone()
    x /= 256.0
    return cut(x.float(), labels.float(), n_valid)


@mistake("split_and_scale", NEEDS_N_VALID)
def no_default(images, labels, n_valid):
    return cut(scaled(images), labels.float(), n_valid)


@mistake("split_and_scale", NEEDS_N_VALID)
def no_default_whole_labels(images, labels, n_valid):
    return cut(scaled(images), labels, n_valid)


def with_default(name, n):
    def split(images, labels, n_valid=n):
        return cut(scaled(images), labels.float(), n_valid)

    split.__name__ = name
    return mistake("split_and_scale", OTHER_DEFAULT)(split)


default_1000 = with_default("default_1000", 1000)
default_5000 = with_default("default_5000", 5000)
default_100 = with_default("default_100", 100)


# --- normalize ----------------------------------------------------------------------------------


@probes("normalize")
def normalize_probes(draw):
    yield draw(4, 3), draw(), draw().abs() + 0.5
    yield draw(3) + 2, draw() - 3, draw().abs() + 2
    if draw.dtype == torch.float32:
        yield draw(3, 3), 0.13, 0.31
        yield draw(1, 5) * 10, -4.0, 7.0
        yield draw(2, 2) * 1e-4, 1e-4, 2e-4
        yield draw(), 0.25, 0.5
        yield torch.zeros(2, 2), 0.0, 1.0
        yield draw(3, 2) + 1, 0.0, 0.5


PRECEDENCE = "Mind the brackets: x - mean / std divides only the mean. It is (x - mean) / std."
MEAN_AFTER = "You divide before you subtract: x / std - mean. It is (x - mean) / std."
TIMES_STD = "You multiply by std. Dividing by it is what makes the spread 1: (x - mean) / std."
BY_VARIANCE = "You divide by the variance, std squared. Divide by std itself: (x - mean) / std."
BY_ROOT = "You divide by the root of std, which is already a root. It is (x - mean) / std."
OWN_STATS = (
    "You compute mean and std from x and ignore the ones that are given. They may be another "
    "set's, the training set's: use the arguments."
)
OWN_MEAN = "You compute the mean from x and ignore the one that is given. Use the argument mean."
OWN_STD = "You compute the std from x and ignore the one that is given. Use the argument std."
ONLY_SHIFTED = "You subtract the mean and forget to divide by std: (x - mean) / std."
ONLY_SCALED = "You divide by std and forget to subtract the mean: (x - mean) / std."
MEAN_ADDED = "You add the mean. Subtracting it is what makes the mean 0: (x - mean) / std."
SIGN = "Your sign is the wrong way round: mean - x. It is (x - mean) / std."
ARGUMENTS_SWAPPED = "You swap mean and std. It is (x - mean) / std, and mean comes before std."
STD_ADDED = "You add or subtract std. Dividing by it is what makes the spread 1: (x - mean) / std."
UPSIDE_DOWN = "Your quotient is upside down. It is (x - mean) / std."
DIVIDED_AGAIN = "You divide by one more number. It is (x - mean) / std, nothing else."
BACK = "You undo a normalisation: x * std + mean. Asked for is the way there: (x - mean) / std."
EPSILON = (
    "You add a small number to std. It does no good where std is far from 0, and changes the "
    "result: divide by std as it is given."
)
CLAMPED = (
    "You cut off or squash large values, of x or of std. It is (x - mean) / std, nothing else."
)
ABSOLUTE = "You take the absolute value. Values below the mean stay negative: (x - mean) / std."
UNCHANGED = "You give x back as it came. It is (x - mean) / std."
MIN_MAX = "You scale from the smallest to the largest value of x. It is (x - mean) / std."
WHOLE = "// is division to whole numbers. Write /."
ROUNDED = "You round the result. Give (x - mean) / std as it is."
FLOAT32 = "You fix the dtype (float32). The result has the dtype of x, float32 or float64."
FLOAT64 = "You fix the dtype (float64). The result has the dtype of x, float32 or float64."
NORM = "You divide by the norm of x. It is (x - mean) / std, with the std that is given."
WITH_STATS = "You return mean and std as well. Return the normalised x only."
TENSORS_ONLY = (
    "Your code needs mean and std to be tensors. They may be plain floats, too, and / and - take "
    "both."
)
FLOATS_ONLY = (
    "Your code needs mean and std to be plain floats. They may be tensors, too, and / and - take "
    "both."
)
MNIST = "You use fixed numbers for mean and std. Use the arguments."


@mistake("normalize", NORM)
def by_the_norm_of_each_row(x, mean, std):
    return F.normalize(x - mean, dim=-1)


@mistake("normalize", CLAMPED)
def clipped_at_three(x, mean, std):
    return ((x - mean) / std).clamp(-3, 3)


@mistake(
    "normalize",
    "You take a mean of 0 for none at all (`mean or x.mean()`). Subtract the mean that is given.",
)
def mean_of_zero_missed(x, mean, std):
    return (x - (mean or x.mean())) / std


@mistake("normalize", PRECEDENCE)
def precedence(x, mean, std):
    return x - mean / std


@mistake("normalize", MEAN_AFTER)
def mean_after(x, mean, std):
    return x / std - mean


@mistake("normalize", TIMES_STD)
def times_std(x, mean, std):
    return (x - mean) * std


@mistake("normalize", BY_VARIANCE)
def by_variance(x, mean, std):
    return (x - mean) / std**2


@mistake("normalize", BY_ROOT)
def by_root(x, mean, std):
    return (x - mean) / std**0.5


@mistake("normalize", BY_ROOT)
def by_torchs_root(x, mean, std):
    return (x - mean) / torch.sqrt(std)


@mistake("normalize", STD_ADDED)
def std_added(x, mean, std):
    return x - mean + std


@mistake("normalize", STD_ADDED)
def std_subtracted(x, mean, std):
    return x - mean - std


@mistake("normalize", UPSIDE_DOWN)
def upside_down(x, mean, std):
    return std / (x - mean)


@mistake("normalize", DIVIDED_AGAIN)
def divided_by_number_of_elements(x, mean, std):
    return (x - mean) / std / x.numel()


@mistake("normalize", DIVIDED_AGAIN)
def divided_by_number_of_rows(x, mean, std):
    return (x - mean) / std / (len(x) if x.dim() else 1)


@mistake("normalize", DIVIDED_AGAIN)
def divided_by_255_as_well(x, mean, std):
    return (x / 255 - mean) / std


@mistake("normalize", DIVIDED_AGAIN)
def divided_by_256_as_well(x, mean, std):
    return (x / 256 - mean) / std


@mistake("normalize", CLAMPED)
def squashed(x, mean, std):
    return torch.tanh((x - mean) / std)


@mistake("normalize", CLAMPED)
def std_at_least_one(x, mean, std):
    return (x - mean) / max(std, 1.0)


@mistake("normalize", TENSORS_ONLY)
def indexed(x, mean, std):
    return (x - mean[None]) / std[None]


@mistake("normalize", OWN_STATS)
def own_stats(x, mean, std):
    return (x - x.mean()) / x.std()


@mistake("normalize", OWN_STATS)
def own_stats_biased(x, mean, std):
    return (x - x.mean()) / x.std(unbiased=False)


@mistake("normalize", OWN_STATS)
def own_stats_of_columns(x, mean, std):
    return (x - x.mean(0)) / x.std(0)


@mistake("normalize", OWN_STATS)
def own_stats_of_rows(x, mean, std):
    return (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)


@mistake("normalize", OWN_STATS)
def layer_norm(x, mean, std):
    return F.layer_norm(x, x.shape)


@mistake("normalize", OWN_STATS)
def own_stats_with_epsilon(x, mean, std):
    return (x - x.mean()) / (x.std() + 1e-8)


@mistake("normalize", OWN_STATS)
def normalized_twice(x, mean, std):
    z = (x - mean) / std
    return (z - z.mean()) / z.std()


@mistake("normalize", OWN_MEAN)
def own_mean(x, mean, std):
    return (x - x.mean()) / std


@mistake("normalize", OWN_STD)
def own_std(x, mean, std):
    return (x - mean) / x.std()


@mistake("normalize", ONLY_SHIFTED)
def only_shifted(x, mean, std):
    return x - mean


@mistake("normalize", ONLY_SCALED)
def only_scaled(x, mean, std):
    return x / std


@mistake("normalize", MEAN_ADDED)
def mean_added(x, mean, std):
    return (x + mean) / std


@mistake("normalize", SIGN)
def sign(x, mean, std):
    return (mean - x) / std


@mistake("normalize", ARGUMENTS_SWAPPED)
def arguments_swapped(x, mean, std):
    return (x - std) / mean


@mistake("normalize", ARGUMENTS_SWAPPED)
def arguments_in_another_order(x, std, mean):
    return (x - mean) / std


@mistake("normalize", BACK)
def back(x, mean, std):
    return x * std + mean


@mistake("normalize", EPSILON)
def epsilon_e8(x, mean, std):
    return (x - mean) / (std + 1e-8)


@mistake("normalize", EPSILON)
def epsilon_e7(x, mean, std):
    return (x - mean) / (std + 1e-7)


@mistake("normalize", EPSILON)
def epsilon_e6(x, mean, std):
    return (x - mean) / (std + 1e-6)


@mistake("normalize", EPSILON)
def epsilon_e5(x, mean, std):
    return (x - mean) / (std + 1e-5)


@mistake("normalize", EPSILON)
def epsilon_e3(x, mean, std):
    return (x - mean) / (std + 1e-3)


@mistake("normalize", EPSILON)
def epsilon_e2(x, mean, std):
    return (x - mean) / (std + 1e-2)


@mistake("normalize", EPSILON)
def epsilon_under_root(x, mean, std):
    return (x - mean) / (std**2 + 1e-5) ** 0.5


@mistake("normalize", EPSILON)
def epsilon_e8_under_root(x, mean, std):
    return (x - mean) / (std**2 + 1e-8) ** 0.5


@mistake("normalize", CLAMPED)
def clamped(x, mean, std):
    return ((x - mean) / std).clamp(-1, 1)


@mistake("normalize", CLAMPED)
def clamped_at_zero(x, mean, std):
    return ((x - mean) / std).clamp_min(0)


@mistake("normalize", CLAMPED)
def clamped_to_unit(x, mean, std):
    return ((x - mean) / std).clamp(0, 1)


@mistake("normalize", ABSOLUTE)
def absolute(x, mean, std):
    return (x - mean).abs() / std


@mistake("normalize", UNCHANGED)
def unchanged(x, mean, std):
    return x


@mistake("normalize", UNCHANGED)
def result_dropped(x, mean, std):
    (x - mean) / std
    return x


@mistake("normalize", MIN_MAX)
def min_max(x, mean, std):
    return (x - x.min()) / (x.max() - x.min())


@mistake("normalize", WHOLE)
def whole(x, mean, std):
    return (x - mean) // std


@mistake("normalize", ROUNDED)
def rounded(x, mean, std):
    return ((x - mean) / std).round(decimals=2)


@mistake("normalize", ROUNDED)
def rounded_to_four(x, mean, std):
    return ((x - mean) / std).round(decimals=4)


@mistake("normalize", FLOAT32)
def always_float32(x, mean, std):
    return ((x - mean) / std).float()


@mistake("normalize", FLOAT64)
def always_float64(x, mean, std):
    return ((x - mean) / std).double()


@mistake("normalize", NORM)
def by_norm(x, mean, std):
    return (x - mean) / x.norm()


@mistake("normalize", NORM)
def by_norm_of_difference(x, mean, std):
    return (x - mean) / (x - mean).norm()


@mistake("normalize", NORM)
def functional_normalize(x, mean, std):
    return F.normalize(x, dim=-1)


@mistake("normalize", WITH_STATS)
def with_stats(x, mean, std):
    return (x - mean) / std, mean, std


@mistake("normalize", NOTHING)
def normalize_nothing(x, mean, std):
    (x - mean) / std


@mistake("normalize", TENSORS_ONLY)
def items_of_both(x, mean, std):
    return (x - mean.item()) / std.item()


@mistake("normalize", TENSORS_ONLY)
def dtype_of_both(x, mean, std):
    return (x - mean.to(x.dtype)) / std.to(x.dtype)


@mistake("normalize", TENSORS_ONLY)
def device_of_both(x, mean, std):
    return (x - mean.to(x)) / std.to(x)


@mistake("normalize", TENSORS_ONLY)
def torch_sub_div(x, mean, std):
    return (mean.neg() + x) / std


@mistake("normalize", TENSORS_ONLY)
def broadcast_by_hand(x, mean, std):
    return (x - mean.expand_as(x)) / std.expand_as(x)


@mistake("normalize", TENSORS_ONLY)
def clamped_std(x, mean, std):
    return (x - mean) / std.clamp(min=1e-8)


@mistake("normalize", FLOATS_ONLY)
def new_full(x, mean, std):
    if isinstance(mean, torch.Tensor):
        raise TypeError("mean and std must be floats")
    return (x - mean) / std


@mistake("normalize", MNIST)
def mnist_stats(x, mean, std):
    return (x - 0.1307) / 0.3081


@mistake("normalize", MNIST)
def mnist_stats_by_256(x, mean, std):
    return (x - 0.1304) / 0.3073


@mistake("normalize", MNIST)
def half_and_half(x, mean, std):
    return (x - 0.5) / 0.5


@mistake("normalize", CUT)
def detached(x, mean, std):
    return (x.detach() - mean) / std


@mistake("normalize", CUT)
def without_gradient(x, mean, std):
    with torch.no_grad():
        return (x - mean) / std


@mistake("normalize", CUT)
def by_way_of_numbers(x, mean, std):
    flat = [(v - float(mean)) / float(std) for v in x.flatten().tolist()]
    return torch.tensor(flat, dtype=x.dtype).reshape(x.shape)


@mistake("normalize", NUMPY)
def normalize_numpy(x, mean, std):
    return (x.numpy() - float(mean)) / float(std)


# --- normalize_splits ---------------------------------------------------------------------------


@probes("normalize_splits")
def normalize_splits_probes(draw):
    yield draw(5, 3) + 1, 2 * draw(4, 3) - 1
    if draw.dtype == torch.float32:
        yield draw(3, 3) * 2 - 1, draw(3, 3) + 5
        yield draw(2, 4), draw(5, 4) * 3
        yield draw(1, 6), draw(1, 6)
        yield draw(6, 2) * 1e-3, draw(1, 2) * 1e-3


OWN_OF_EACH = (
    "You normalise x_valid by its own mean and std. Both splits get the training ones: a pixel "
    "must be seen alike in both."
)
OWN_MEAN_OF_EACH = (
    "You subtract x_valid's own mean. Both splits get the training mean and the training std."
)
OWN_STD_OF_EACH = (
    "You divide x_valid by its own std. Both splits get the training mean and the training std."
)
FROM_BOTH = (
    "You take mean and std from both splits together, so validation data leaks into training. Take "
    "them from x_train alone."
)
FROM_VALID = "You take mean and std from x_valid. Take them from x_train."
EACH_COLUMN = (
    "You take a mean and a std for each column (dim 0). They are two numbers, over all pixels; "
    "some pixels are always 0 and have std 0."
)
EACH_ROW = "You take a mean and a std for each row. They are two numbers, over all training pixels."
BIASED = (
    "You divide by N in the variance (unbiased=False, numpy's default). Asked for is N - 1, as "
    "tensor.std() does."
)
VALID_AS_IT_WAS = (
    "x_valid comes back as it was: you leave it out, or you take mean and std after x_train has "
    "been normalised, when they are 0 and 1. Take both first, then normalise both."
)
VALID_NOT_SHIFTED = (
    "x_valid is only scaled: you leave out the mean, or you take it after x_train has been "
    "normalised, when it is 0. Take both first, then normalise both."
)
VALID_NOT_SCALED = (
    "x_valid is only shifted: you leave out the std, or you take it after x_train has been "
    "normalised, when it is 1. Take both first, then normalise both."
)
STD_OF_ROWS = (
    "You divide by the number of rows. The mean and the variance are over all pixels, N = n m: "
    "mean = sum / N, and N - 1 below the squares."
)
BY_LARGEST = "You divide by the largest value. Divide by the std of x_train."
SPLITS_BY_ROOT = "You divide by the root of the std, which is already a root."
MEAN_AND_STD_MIXED = (
    "You take the mean from one split and the std from another set. Both are x_train's."
)
TRAIN_AS_IT_WAS = "x_train comes back as it was. Both splits are normalised."
SPLITS_BY_VARIANCE = "You divide by the variance. Divide by its root, the std."
SPLITS_NOT_SCALED = "You subtract the mean and do not divide by the std. It is (x - mean) / std."
SPLITS_NOT_SHIFTED = "You divide by the std and do not subtract the mean. It is (x - mean) / std."
SPLITS_PRECEDENCE = PRECEDENCE
SPLITS_ORDER = "Your two results are swapped. It is x_train, then x_valid."
SPLITS_MNIST = (
    "You use fixed numbers for mean and std, MNIST's. Compute them from x_train, whatever it is."
)
SPLITS_EPSILON = (
    "You add a small number to the std. It does no good where the std is far from 0, and changes "
    "the result: divide by the std as it is."
)
MEDIAN = "You subtract the median. It is the mean of x_train."
SPLITS_MIN_MAX = (
    "You scale from the smallest to the largest value. Asked for is (x - mean) / std, with the "
    "mean and std of x_train."
)
SPLITS_TIMES = "You multiply by the std. Divide by it: (x - mean) / std."
ROOT_MEAN_SQUARE = (
    "You divide by the root of the mean square, without taking the mean off first. The std is "
    "around the mean."
)
MEAN_ABSOLUTE = "You divide by the mean absolute deviation. The std is the root of the mean square."
TOGETHER = (
    "You return both splits in one tensor. Return two, x_train and x_valid, each with its rows."
)
SPLITS_WITH_STATS = "You return mean and std as well. Return two results: x_train, x_valid."
STATS_ONLY = "You return mean and std. Return the two normalised splits: x_train, x_valid."
ONE_ONLY = "You return one of the two splits. Return both: x_train, x_valid."
UNCHANGED_BOTH = (
    "Both splits come back as they were. Compute new tensors, (x - mean) / std, and return those."
)
MEAN_OF_STDS = (
    "You average the stds of columns or rows. The std is taken once, over all training pixels: "
    "x_train.std()."
)
NORM_OF_ROWS = (
    "You scale rows or columns to length 1. Asked for is (x - mean) / std of all of x_train."
)
SPLITS_FLOAT64 = "Your results are float64. They have the dtype of the inputs."
SPLITS_FLOAT32 = "Your results are always float32. They have the dtype of the inputs."
SPLITS_SIGN = "Your sign is the wrong way round: mean - x. It is (x - mean) / std."
TWICE = "You normalise x_valid twice. Each split is normalised once, by the training mean and std."


def z(x, by):
    return (x - by.mean()) / by.std()


@mistake("normalize_splits", OWN_OF_EACH)
def own_of_each(x_train, x_valid):
    return z(x_train, x_train), z(x_valid, x_valid)


@mistake("normalize_splits", OWN_MEAN_OF_EACH)
def own_mean_of_each(x_train, x_valid):
    return z(x_train, x_train), (x_valid - x_valid.mean()) / x_train.std()


@mistake("normalize_splits", OWN_MEAN_OF_EACH)
def own_mean_of_each_not_scaled(x_train, x_valid):
    return z(x_train, x_train), x_valid - x_valid.mean()


@mistake("normalize_splits", OWN_STD_OF_EACH)
def own_std_of_each(x_train, x_valid):
    return z(x_train, x_train), (x_valid - x_train.mean()) / x_valid.std()


@mistake("normalize_splits", OWN_OF_EACH)
def own_of_each_biased(x_train, x_valid):
    return tuple((x - x.mean()) / x.std(unbiased=False) for x in (x_train, x_valid))


@mistake("normalize_splits", FROM_BOTH)
def from_both(x_train, x_valid):
    both = torch.cat([x_train, x_valid])
    return z(x_train, both), z(x_valid, both)


@mistake("normalize_splits", FROM_BOTH)
def from_both_biased(x_train, x_valid):
    both = torch.cat([x_train, x_valid])
    mean, std = both.mean(), both.std(unbiased=False)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", FROM_BOTH)
def average_of_both(x_train, x_valid):
    mean, std = (x_train.mean() + x_valid.mean()) / 2, (x_train.std() + x_valid.std()) / 2
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", FROM_VALID)
def from_valid(x_train, x_valid):
    return z(x_train, x_valid), z(x_valid, x_valid)


@mistake("normalize_splits", FROM_VALID)
def from_each_other(x_train, x_valid):
    return z(x_train, x_valid), z(x_valid, x_train)


@mistake("normalize_splits", EACH_COLUMN)
def each_column(x_train, x_valid):
    mean, std = x_train.mean(0), x_train.std(0)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_COLUMN)
def each_column_with_epsilon(x_train, x_valid):
    mean, std = x_train.mean(0), x_train.std(0) + 1e-8
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_COLUMN)
def each_column_biased(x_train, x_valid):
    mean, std = x_train.mean(0), x_train.std(0, unbiased=False)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_COLUMN)
def each_column_of_each(x_train, x_valid):
    return tuple((x - x.mean(0)) / x.std(0) for x in (x_train, x_valid))


@mistake("normalize_splits", EACH_COLUMN)
def mean_of_each_column(x_train, x_valid):
    mean, std = x_train.mean(0), x_train.std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_COLUMN)
def std_of_each_column(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std(0)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_ROW)
def each_row(x_train, x_valid):
    return tuple((x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True) for x in (x_train, x_valid))


@mistake("normalize_splits", EACH_ROW)
def each_row_biased(x_train, x_valid):
    return tuple(F.layer_norm(x, x.shape[1:], eps=0) for x in (x_train, x_valid))


@mistake("normalize_splits", EACH_ROW)
def each_training_row(x_train, x_valid):
    mean, std = x_train.mean(1, keepdim=True), x_train.std(1, keepdim=True)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_ROW)
def each_training_row_as_it_is(x_train, x_valid):
    mean, std = x_train.mean(1), x_train.std(1)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", BIASED)
def biased(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std(unbiased=False)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", BIASED)
def biased_by_numpy(x_train, x_valid):
    mean, std = x_train.mean(), float(np.std(x_train.numpy()))
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", VALID_AS_IT_WAS)
def valid_left_out(x_train, x_valid):
    return z(x_train, x_train), x_valid


@mistake("normalize_splits", VALID_AS_IT_WAS)
def stats_after_normalizing(x_train, x_valid):
    x_train = z(x_train, x_train)
    return x_train, z(x_valid, x_train)


@mistake("normalize_splits", VALID_NOT_SHIFTED)
def valid_only_scaled(x_train, x_valid):
    return z(x_train, x_train), x_valid / x_train.std()


@mistake("normalize_splits", VALID_NOT_SHIFTED)
def mean_after_normalizing(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std()
    x_train = (x_train - mean) / std
    return x_train, (x_valid - x_train.mean()) / std


@mistake("normalize_splits", VALID_NOT_SCALED)
def std_after_normalizing(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std()
    x_train = (x_train - mean) / std
    return x_train, (x_valid - mean) / x_train.std()


@mistake("normalize_splits", STD_OF_ROWS)
def mean_by_rows(x_train, x_valid):
    mean, std = x_train.sum() / len(x_train), x_train.std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", STD_OF_ROWS)
def std_by_rows_less_one(x_train, x_valid):
    mean = x_train.mean()
    std = ((x_train - mean).square().sum() / (len(x_train) - 1)).sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", STD_OF_ROWS)
def std_by_rows(x_train, x_valid):
    mean = x_train.mean()
    std = ((x_train - mean).square().sum() / len(x_train)).sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", BY_LARGEST)
def by_largest(x_train, x_valid):
    mean, largest = x_train.mean(), x_train.max()
    return (x_train - mean) / largest, (x_valid - mean) / largest


@mistake("normalize_splits", SPLITS_BY_ROOT)
def splits_by_root(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std().sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEAN_AND_STD_MIXED)
def std_of_both(x_train, x_valid):
    mean, std = x_train.mean(), torch.cat([x_train, x_valid]).std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEAN_AND_STD_MIXED)
def mean_of_both(x_train, x_valid):
    mean, std = torch.cat([x_train, x_valid]).mean(), x_train.std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEAN_AND_STD_MIXED)
def std_of_validation(x_train, x_valid):
    mean, std = x_train.mean(), x_valid.std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEAN_AND_STD_MIXED)
def mean_of_validation(x_train, x_valid):
    mean, std = x_valid.mean(), x_train.std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", OWN_OF_EACH)
def own_of_each_with_epsilon(x_train, x_valid):
    return tuple((x - x.mean()) / (x.std() + 1e-8) for x in (x_train, x_valid))


@mistake("normalize_splits", OWN_OF_EACH)
def own_of_each_as_batch_norm(x_train, x_valid):
    return tuple((x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt() for x in (x_train, x_valid))


@mistake("normalize_splits", EACH_COLUMN)
def each_column_with_larger_epsilon(x_train, x_valid):
    mean, std = x_train.mean(0), x_train.std(0) + 1e-5
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_COLUMN)
def each_column_as_batch_norm(x_train, x_valid):
    mean, std = x_train.mean(0), (x_train.var(0, unbiased=False) + 1e-5).sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", EACH_ROW)
def each_row_as_layer_norm(x_train, x_valid):
    return tuple(F.layer_norm(x, x.shape[1:]) for x in (x_train, x_valid))


@mistake("normalize_splits", SPLITS_MNIST)
def splits_mnist_more_digits(x_train, x_valid):
    return (x_train - 0.13066) / 0.30811, (x_valid - 0.13066) / 0.30811


@mistake("normalize_splits", TRAIN_AS_IT_WAS)
def train_left_out(x_train, x_valid):
    return x_train, z(x_valid, x_train)


@mistake("normalize_splits", SPLITS_BY_VARIANCE)
def splits_by_variance(x_train, x_valid):
    mean, std = x_train.mean(), x_train.var()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", SPLITS_BY_VARIANCE)
def splits_by_biased_variance(x_train, x_valid):
    mean, std = x_train.mean(), x_train.var(unbiased=False)
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", SPLITS_NOT_SCALED)
def splits_not_scaled(x_train, x_valid):
    return x_train - x_train.mean(), x_valid - x_train.mean()


@mistake("normalize_splits", SPLITS_NOT_SHIFTED)
def splits_not_shifted(x_train, x_valid):
    return x_train / x_train.std(), x_valid / x_train.std()


@mistake("normalize_splits", SPLITS_PRECEDENCE)
def splits_precedence(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std()
    return x_train - mean / std, x_valid - mean / std


@mistake("normalize_splits", SPLITS_ORDER)
def splits_swapped(x_train, x_valid):
    return z(x_valid, x_train), z(x_train, x_train)


@mistake("normalize_splits", SPLITS_MNIST)
def splits_mnist(x_train, x_valid):
    return (x_train - 0.1307) / 0.3081, (x_valid - 0.1307) / 0.3081


@mistake("normalize_splits", SPLITS_MNIST)
def splits_mnist_by_256(x_train, x_valid):
    return (x_train - 0.1304) / 0.3073, (x_valid - 0.1304) / 0.3073


@mistake("normalize_splits", SPLITS_MNIST)
def splits_half_and_half(x_train, x_valid):
    return (x_train - 0.5) / 0.5, (x_valid - 0.5) / 0.5


def with_epsilon(name, epsilon):
    def normalized(x_train, x_valid):
        mean, std = x_train.mean(), x_train.std() + epsilon
        return (x_train - mean) / std, (x_valid - mean) / std

    normalized.__name__ = name
    return mistake("normalize_splits", SPLITS_EPSILON)(normalized)


splits_epsilon_e8 = with_epsilon("splits_epsilon_e8", 1e-8)
splits_epsilon_e7 = with_epsilon("splits_epsilon_e7", 1e-7)
splits_epsilon_e6 = with_epsilon("splits_epsilon_e6", 1e-6)
splits_epsilon_e5 = with_epsilon("splits_epsilon_e5", 1e-5)
splits_epsilon_e3 = with_epsilon("splits_epsilon_e3", 1e-3)
splits_epsilon_e2 = with_epsilon("splits_epsilon_e2", 1e-2)


@mistake("normalize_splits", SPLITS_EPSILON)
def splits_epsilon_under_root(x_train, x_valid):
    mean, std = x_train.mean(), (x_train.var() + 1e-5).sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEDIAN)
def median(x_train, x_valid):
    mean, std = x_train.median(), x_train.std()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", SPLITS_MIN_MAX)
def splits_min_max(x_train, x_valid):
    low, high = x_train.min(), x_train.max()
    return (x_train - low) / (high - low), (x_valid - low) / (high - low)


@mistake("normalize_splits", SPLITS_MIN_MAX)
def splits_min_max_of_each(x_train, x_valid):
    return tuple((x - x.min()) / (x.max() - x.min()) for x in (x_train, x_valid))


@mistake("normalize_splits", SPLITS_TIMES)
def splits_times(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std()
    return (x_train - mean) * std, (x_valid - mean) * std


@mistake("normalize_splits", ROOT_MEAN_SQUARE)
def root_mean_square(x_train, x_valid):
    mean, std = x_train.mean(), x_train.square().mean().sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", ROOT_MEAN_SQUARE)
def root_mean_square_over_one_less(x_train, x_valid):
    mean, std = x_train.mean(), (x_train.square().sum() / (x_train.numel() - 1)).sqrt()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEAN_ABSOLUTE)
def mean_absolute(x_train, x_valid):
    mean = x_train.mean()
    std = (x_train - mean).abs().mean()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", TOGETHER)
def together(x_train, x_valid):
    return z(torch.cat([x_train, x_valid]), x_train)


@mistake("normalize_splits", SPLITS_WITH_STATS)
def splits_with_stats(x_train, x_valid):
    return z(x_train, x_train), z(x_valid, x_train), x_train.mean(), x_train.std()


@mistake("normalize_splits", STATS_ONLY)
def stats_only(x_train, x_valid):
    return x_train.mean(), x_train.std()


@mistake("normalize_splits", ONE_ONLY)
def train_only(x_train, x_valid):
    return z(x_train, x_train)


@mistake("normalize_splits", ONE_ONLY)
def valid_only(x_train, x_valid):
    return z(x_valid, x_train)


@mistake("normalize_splits", NOTHING)
def splits_nothing(x_train, x_valid):
    z(x_train, x_train), z(x_valid, x_train)


@mistake("normalize_splits", UNCHANGED_BOTH)
def unchanged_both(x_train, x_valid):
    return x_train, x_valid


@mistake("normalize_splits", MEAN_OF_STDS)
def mean_of_column_stds(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std(0).mean()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", MEAN_OF_STDS)
def mean_of_row_stds(x_train, x_valid):
    mean, std = x_train.mean(), x_train.std(1).mean()
    return (x_train - mean) / std, (x_valid - mean) / std


@mistake("normalize_splits", NORM_OF_ROWS)
def norm_of_rows(x_train, x_valid):
    return F.normalize(x_train), F.normalize(x_valid)


@mistake("normalize_splits", SPLITS_FLOAT64)
def splits_float64(x_train, x_valid):
    x_train, x_valid = x_train.double(), x_valid.double()
    return z(x_train, x_train), z(x_valid, x_train)


@mistake("normalize_splits", SPLITS_FLOAT32)
def splits_float32(x_train, x_valid):
    x_train, x_valid = x_train.float(), x_valid.float()
    return z(x_train, x_train), z(x_valid, x_train)


@mistake("normalize_splits", NUMPY)
def splits_numpy(x_train, x_valid):
    return z(x_train, x_train).numpy(), z(x_valid, x_train).numpy()


@mistake("normalize_splits", SPLITS_SIGN)
def splits_sign(x_train, x_valid):
    return -z(x_train, x_train), -z(x_valid, x_train)


@mistake("normalize_splits", TWICE)
def valid_twice(x_train, x_valid):
    return z(x_train, x_train), z(z(x_valid, x_train), x_train)


# --- get_shapes ---------------------------------------------------------------------------------


WHOLE_SHAPES = (
    "You return whole shapes. Asked for are three numbers: take n and m out of x_train.shape."
)


@probes("get_shapes")
def get_shapes_probes(draw):
    for labels in ([3, 7, 3, 1, 0], [9, 2, 2], [5], [2, 2, 0, 1], [0, 0], [1, 8, 4, 4, 6, 2]):
        y_train = torch.tensor(labels)
        yield draw(len(labels), 6), y_train if draw.dtype == torch.float64 else y_train.float()
    yield draw(3, 3), torch.tensor([0, 2, 1])


C_UNIQUE = (
    "You count the labels that occur. One may be missing from the sample: labels count from 0, so "
    "c = max label + 1."
)
C_MAX = "Your c is the largest label. Labels count from 0, so there is one more: max label + 1."
C_TENSOR = "Your c is a tensor. Asked for is a Python int: int(y_train.max()) + 1."
C_FLOAT = "Your c is a float, and range(c) takes no float. Make it an int: int(y_train.max()) + 1."
C_TEN = "You return c = 10, whatever the labels are. Read it off y_train: max label + 1."
C_LAST = "You take the last label for the largest. Labels come in any order: y_train.max()."
C_FIRST = "You take the first label for the largest. Labels come in any order: y_train.max()."
C_ROWS = "Your c is the number of labels, which is n. It is the number of classes: max label + 1."
C_MIN_MAX = (
    "You count from the smallest label to the largest. Labels count from 0, whether 0 is in the "
    "sample or not: c = max label + 1."
)
C_MIN = "You take the smallest label. It is the largest, plus 1: int(y_train.max()) + 1."
LABELS_AXIS = "y_train has one axis only, [n]. The number of classes is its largest label, plus 1."
N_OFF = "Your n or m is off by one. They are x_train.shape as it is: nothing counts from 0 here."
C_TWO_MORE = "Your c is one too many: it is max label + 1."
C_ONE = "Your c is 1, whatever the labels are. It is the number of classes: max label + 1."
C_ARGMAX = "You take the place of the largest label (argmax), not the label itself: y_train.max()."
C_SUM = "You add the labels up. It is the largest of them, plus 1."
C_OF_X = "You take the largest pixel. The classes are in y_train: max label + 1."
LABEL_FLOATS = (
    "Your code takes only whole labels (int64). They may come as floats: int(y_train.max()) + 1 "
    "takes both."
)
N_M_SWAPPED = "You swap n and m. x_train is [n, m]: rows first, then pixels."
N_SIZE = "Your n is the number of all pixels. It is the number of rows, x_train.shape[0]."
M_ROOT = (
    "Your m is the side of a square image. It is the number of pixels in a row, x_train.shape[1]."
)
M_FIXED = "You return m = 784, whatever x_train is. Read it off x_train.shape[1]."
SHAPE_NESTED = "You return ((n, m), c). Return three numbers: n, m, c."
SHAPES_OF_BOTH = "You return the shapes of x_train and y_train. Return three numbers: n, m, c."
NO_C = "You return n and m without c, the number of classes: max label + 1."
ALL_TENSORS = "You return a tensor. Return three Python ints: n, m, c."
N_M_TENSORS = "Your n and m are tensors. Asked for are Python ints, as x_train.shape has them."
ALL_FLOATS = "You return a size as a float. All three are Python ints."
SHAPES_ORDER = "Your three numbers are in another order. It is n, m, c."
SHAPES_TEXT = "You return a text. Return three Python ints: n, m, c."
SHAPES_DICT = "You return a dict. Return three Python ints: n, m, c."
C_NUMPY = "Your c is numpy's kind of int. Asked for is Python's: int(...)."
M_N_BOTH = "You return one of the sizes twice. It is n, m, c: rows, pixels, classes."


@mistake("get_shapes", C_UNIQUE)
def unique(x, y):
    return *x.shape, len(y.unique())


@mistake("get_shapes", C_UNIQUE)
def unique_by_set(x, y):
    return *x.shape, len(set(y.tolist()))


@mistake("get_shapes", C_UNIQUE)
def unique_and_one(x, y):
    return *x.shape, len(y.unique()) + 1


@mistake("get_shapes", C_UNIQUE)
def shape_of_unique(x, y):
    return *x.shape, y.unique().shape


@mistake("get_shapes", C_MIN)
def smallest_and_one(x, y):
    return *x.shape, int(y.min()) + 1


@mistake("get_shapes", LABELS_AXIS)
def second_axis_of_labels(x, y):
    return *x.shape, y.shape[1]


@mistake("get_shapes", WHOLE_SHAPES)
def both_shapes(x, y):
    return x.shape, y.shape, int(y.max()) + 1


@mistake("get_shapes", N_OFF)
def one_row_more(x, y):
    return len(x) + 1, x.shape[1], int(y.max()) + 1


@mistake("get_shapes", N_OFF)
def one_row_less(x, y):
    return len(x) - 1, x.shape[1], int(y.max()) + 1


@mistake("get_shapes", N_OFF)
def one_pixel_more(x, y):
    return len(x), x.shape[1] + 1, int(y.max()) + 1


@mistake("get_shapes", C_MIN_MAX)
def range_of_labels_by_item(x, y):
    return *x.shape, (y.max() - y.min() + 1).item()


@mistake("get_shapes", ALL_FLOATS)
def float_n(x, y):
    return float(x.shape[0]), x.shape[1], int(y.max()) + 1


@mistake("get_shapes", C_MAX)
def largest(x, y):
    return *x.shape, int(y.max())


@mistake("get_shapes", C_TENSOR)
def tensor_c(x, y):
    return *x.shape, y.max() + 1


@mistake("get_shapes", C_TENSOR)
def long_tensor_c(x, y):
    return *x.shape, (y.max() + 1).long()


@mistake("get_shapes", C_TENSOR)
def tensor_c_without_one(x, y):
    return *x.shape, y.max()


@mistake("get_shapes", C_TENSOR)
def tensor_c_of_unique(x, y):
    return *x.shape, torch.tensor(len(y.unique()))


@mistake("get_shapes", C_FLOAT)
def float_c(x, y):
    return *x.shape, y.max().item() + 1


@mistake("get_shapes", C_FLOAT)
def always_float_c(x, y):
    return *x.shape, float(y.max()) + 1


@mistake("get_shapes", C_FLOAT)
def float_c_without_one(x, y):
    return *x.shape, y.max().item()


@mistake("get_shapes", C_TEN)
def ten(x, y):
    return *x.shape, 10


@mistake("get_shapes", C_LAST)
def last(x, y):
    return *x.shape, int(y[-1]) + 1


@mistake("get_shapes", C_FIRST)
def first(x, y):
    return *x.shape, int(y[0]) + 1


@mistake("get_shapes", C_ROWS)
def number_of_labels(x, y):
    return *x.shape, len(y)


@mistake("get_shapes", C_ROWS)
def number_of_labels_and_one(x, y):
    return *x.shape, len(y) + 1


@mistake("get_shapes", C_MIN_MAX)
def range_of_labels(x, y):
    return *x.shape, int(y.max() - y.min()) + 1


@mistake("get_shapes", C_MIN_MAX)
def range_of_labels_without_one(x, y):
    return *x.shape, int(y.max() - y.min())


@mistake("get_shapes", C_TWO_MORE)
def two_more(x, y):
    return *x.shape, int(y.max()) + 2


@mistake("get_shapes", C_ONE)
def one_class(x, y):
    return *x.shape, 1


@mistake("get_shapes", C_ARGMAX)
def place_of_largest(x, y):
    return *x.shape, int(y.argmax()) + 1


@mistake("get_shapes", C_SUM)
def sum_of_labels(x, y):
    return *x.shape, int(y.sum()) + 1


@mistake("get_shapes", C_OF_X)
def largest_pixel(x, y):
    return *x.shape, int(x.max()) + 1


@mistake("get_shapes", LABEL_FLOATS)
def bincount(x, y):
    return *x.shape, len(torch.bincount(y))


@mistake("get_shapes", LABEL_FLOATS)
def one_hot(x, y):
    return *x.shape, F.one_hot(y).shape[1]


@mistake("get_shapes", N_M_SWAPPED)
def n_m_swapped(x, y):
    return x.shape[1], x.shape[0], int(y.max()) + 1


@mistake("get_shapes", N_SIZE)
def n_of_all_pixels(x, y):
    return x.numel(), x.shape[1], int(y.max()) + 1


@mistake("get_shapes", M_ROOT)
def side_of_square(x, y):
    return x.shape[0], math.isqrt(x.shape[1]), int(y.max()) + 1


@mistake("get_shapes", M_FIXED)
def m_of_mnist(x, y):
    return x.shape[0], 784, int(y.max()) + 1


@mistake("get_shapes", M_FIXED)
def m_and_c_of_mnist(x, y):
    return x.shape[0], 784, 10


@mistake("get_shapes", SHAPE_NESTED)
def nested(x, y):
    return x.shape, int(y.max()) + 1


@mistake("get_shapes", SHAPE_NESTED)
def nested_with_tensor(x, y):
    return x.shape, y.max() + 1


@mistake("get_shapes", SHAPES_OF_BOTH)
def shapes_of_both(x, y):
    return x.shape, y.shape


@mistake("get_shapes", NO_C)
def without_c(x, y):
    return tuple(x.shape)


@mistake("get_shapes", NO_C)
def shape_as_it_is(x, y):
    return x.shape


@mistake("get_shapes", ALL_TENSORS)
def one_tensor(x, y):
    return torch.tensor([*x.shape, int(y.max()) + 1])


@mistake("get_shapes", N_M_TENSORS)
def three_tensors(x, y):
    return tuple(torch.tensor([*x.shape, int(y.max()) + 1]))


@mistake("get_shapes", N_M_TENSORS)
def n_and_m_tensors(x, y):
    return torch.tensor(x.shape[0]), torch.tensor(x.shape[1]), int(y.max()) + 1


@mistake("get_shapes", ALL_FLOATS)
def three_floats(x, y):
    return float(x.shape[0]), float(x.shape[1]), float(y.max()) + 1


@mistake("get_shapes", SHAPES_ORDER)
def c_first(x, y):
    return int(y.max()) + 1, *x.shape


@mistake("get_shapes", SHAPES_ORDER)
def c_second(x, y):
    return x.shape[0], int(y.max()) + 1, x.shape[1]


@mistake("get_shapes", NOTHING)
def shapes_nothing(x, y):
    print(*x.shape, int(y.max()) + 1)


@mistake("get_shapes", SHAPES_TEXT)
def shapes_text(x, y):
    return f"{x.shape[0]}, {x.shape[1]}, {int(y.max()) + 1}"


@mistake("get_shapes", SHAPES_DICT)
def shapes_dict(x, y):
    return {"n": x.shape[0], "m": x.shape[1], "c": int(y.max()) + 1}


@mistake("get_shapes", C_NUMPY)
def numpy_c(x, y):
    return *x.shape, y.long().numpy().max() + 1


@mistake("get_shapes", C_NUMPY)
def numpy_c_as_it_is(x, y):
    return *x.shape, y.numpy().max() + 1


@mistake("get_shapes", M_N_BOTH)
def n_twice(x, y):
    return len(x), len(x), int(y.max()) + 1


@mistake("get_shapes", M_N_BOTH)
def m_twice(x, y):
    return x.shape[1], x.shape[1], int(y.max()) + 1
