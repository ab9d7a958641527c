"""Chapter 2: split_and_scale, normalize, normalize_splits, get_shapes.

The shape of the images is never square, and the rows of one split never as many as the other's.
"""

import pytest
import torch
from hypothesis import strategies as st

from backprop import oracle
from kata.checks.anywhere import (
    assert_at_home_anywhere,
    assert_lists_at_home,
    called_elsewhere,
)
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import KEPT, SHUFFLED, assert_each_call_anew
from kata.checks.inputs import LAYOUT, MAGNITUDE, SIZES, lay_out, over
from kata.checks.large import assert_all_of_it
from kata.checks.state import assert_looks_again, assert_results_last
from kata.refusal import Refused

PIXELS = "x[i, H_i W + W_i] = images[i, H_i, W_i] / 256.0"
SPLIT = "the last n_valid rows validate, the N - n_valid before them train"
Z = "z = (x - mean) / std"
ONE_MEAN = "mean and std are two numbers, from all pixels of x_train, and serve both splits"
NAMES = ("x_train", "y_train", "x_valid", "y_valid")


def test_each_call_splits_its_images_rightly(split_and_scale, draw):
    labels = draw.ints(10, 6)
    first, second = (draw.ints(256, 6, 2, 3).to(torch.uint8) for _ in range(2))

    _, _, once, _ = four(split_and_scale(first, labels, 2))
    _, _, again, _ = four(split_and_scale(second, labels, 2))

    assert_rows(once, oracle.exact(first[-2:].flatten(1)) / 256, draw, "x_valid", PIXELS)
    if again is once or torch.equal(again, once):
        raise Refused("a call with other images gives the rows of the first ones", KEPT)


@over(
    n=SIZES,
    n_valid=SIZES,
    height=SIZES,
    width=SIZES,
    layout=st.sampled_from(["contiguous", "repeated"]),
)
def test_rows_of_pixels_are_scaled_and_the_last_ones_validate(
    split_and_scale, draw, n, n_valid, height, width, layout
):
    """Dividing by 256 only changes the exponent, so nothing is rounded."""
    images = lay_out(draw.ints(256, n + n_valid, height, width).to(torch.uint8), layout)
    labels = draw.ints(10, n + n_valid)

    x_train, _, x_valid, _ = four(split_and_scale(images, labels, n_valid))

    exact = images.double().reshape(n + n_valid, height * width) / 256
    assert_rows(x_train, exact[:n], draw, "x_train", PIXELS)
    assert_rows(x_valid, exact[n:], draw, "x_valid", PIXELS)


def test_the_last_n_valid_rows_validate_whatever_their_share(split_and_scale, draw):
    for n in range(2, 12):
        images, labels = draw.ints(256, n, 1, 2).to(torch.uint8), draw.ints(10, n)
        for n_valid in range(1, n):
            _, y_train, _, y_valid = four(split_and_scale(images, labels, n_valid))

            assert_rows(y_train, labels[:-n_valid].double(), draw, "y_train", SPLIT)
            assert_rows(y_valid, labels[-n_valid:].double(), draw, "y_valid", SPLIT)


@over(n=SIZES, n_valid=SIZES)
def test_labels_stay_with_their_images(split_and_scale, draw, n, n_valid):
    images = draw.ints(256, n + n_valid, 2, 3).to(torch.uint8)
    labels = draw.ints(2**24, n + n_valid)  # as far as float32 has every whole number

    _, y_train, _, y_valid = four(split_and_scale(images, labels, n_valid))

    assert_rows(y_train, labels[:n].double(), draw, "y_train", SPLIT)
    assert_rows(y_valid, labels[n:].double(), draw, "y_valid", SPLIT)


def test_black_is_zero_and_white_is_less_than_one(split_and_scale, draw):
    images = torch.tensor([[[0, 255, 1]], [[255, 0, 128]]], dtype=torch.uint8, device=draw.device)

    x_train, _, x_valid, _ = four(split_and_scale(images, draw.ints(10, 2), 1))

    assert_rows(x_train, oracle.exact(images[0]) / 256, draw, "x_train", PIXELS)
    assert_rows(x_valid, oracle.exact(images[1]) / 256, draw, "x_valid", PIXELS)


def test_every_image_and_pixel_is_scaled(split_and_scale, draw64):
    def check(n, n_valid, height, width):
        images = draw64.ints(256, n + n_valid, height, width).to(torch.uint8)
        returned = split_and_scale(images, draw64.ints(10, n + n_valid), n_valid)

        exact = images.double().reshape(n + n_valid, height * width) / 256
        for got, wanted, what in zip(
            four(returned)[::2], (exact[:n], exact[n:]), ("x_train", "x_valid"), strict=True
        ):
            assert_rows(got, wanted, draw64, what, PIXELS)

    assert_all_of_it(check, n=3, n_valid=2, height=2, width=3)


def test_ten_thousand_rows_validate_unless_told_otherwise(split_and_scale, draw):
    images = draw.ints(256, 10_003, 1, 2).to(torch.uint8)
    labels = draw.ints(10, 10_003)

    x_train, y_train, x_valid, y_valid = four(split_and_scale(images, labels))

    exact = images.double().reshape(10_003, 2) / 256
    assert_rows(x_train, exact[:3], draw, "x_train", SPLIT)
    assert_rows(x_valid, exact[3:], draw, "x_valid", SPLIT)
    assert_rows(y_train, labels[:3].double(), draw, "y_train", SPLIT)
    assert_rows(y_valid, labels[3:].double(), draw, "y_valid", SPLIT)


def test_the_splits_are_made_where_the_images_are(split_and_scale, draw):
    called_elsewhere(split_and_scale, [draw.ints(256, 6, 2, 3).byte(), draw.ints(10, 6), 2])


def test_rows_are_split_alike_at_each_call(split_and_scale, draw):
    images, labels = draw.ints(256, 20, 2, 3).to(torch.uint8), torch.arange(20, device=draw.device)

    once, again = (four(split_and_scale(images, labels, 8)) for _ in range(2))

    if any(not torch.equal(a, b) for a, b in zip(once, again, strict=True)):
        raise Refused("a second call with the same arguments gives other rows", SHUFFLED)


def test_rows_are_those_that_the_images_hold_at_each_call(split_and_scale, draw):
    first, second = (draw.ints(256, 6, 2, 3).to(torch.uint8) for _ in range(2))
    labels = draw.ints(10, 6)

    def check(images):
        x_train, *_ = four(split_and_scale(images, labels, 2))
        assert_rows(x_train, oracle.exact(images[:4].flatten(1)) / 256, draw, "x_train", PIXELS)

    assert_looks_again(check, [first], [second])


def test_rows_stay_what_they_are_in_later_calls(split_and_scale, draw):
    def split():
        images = draw.ints(256, 6, 2, 3).to(torch.uint8)
        return split_and_scale(images, draw.ints(10, 6), 2)

    assert_results_last(split)


def four(returned):
    """Refuse anything but four results."""
    if not isinstance(returned, tuple | list) or len(returned) != 4:
        what = f"{len(returned)}" if isinstance(returned, tuple | list) else f"{type(returned)}"
        raise Refused(f"it returned {what}; expected four: {', '.join(NAMES)}")
    return returned


def assert_rows(got, expected, draw, what, why):
    """Refuse other shapes, other dtypes than float32, and other values, where none is rounded."""
    like = torch.empty(0, dtype=torch.float32, device=draw.device)
    assert_close(got, Expected(expected, expected, roundings=0), like, what, why)


def test_normalize_gives_each_call_a_right_result_of_its_own(normalize, draw):
    assert_each_call_anew(
        normalize, lambda: [draw(4, 3), draw(), draw().abs() + 0.5], normalized, Z
    )


@over(n=SIZES, m=SIZES, layout=LAYOUT, size=MAGNITUDE)
def test_normalize_subtracts_the_mean_and_divides_by_the_std(normalize, draw, n, m, layout, size):
    x = draw(n, m, layout=layout, scale=size)
    mean, std = draw(scale=size), draw(scale=size).abs() + size / 10

    assert_close(normalize(x, mean, std), normalized(x, mean, std), x, "the result", Z)


@over(n=SIZES, m=SIZES, size=MAGNITUDE)
def test_normalize_takes_plain_floats(normalize, draw, n, m, size):
    x = draw(n, m, scale=size)
    mean, std = float(draw(scale=size)), float(draw(scale=size).abs() + size / 10)

    exact = torch.tensor([mean, std], dtype=torch.float64)
    expected = normalized(x, *exact)

    assert_close(normalize(x, mean, std), expected, x, "the result", Z)


def test_normalize_takes_a_mean_of_zero(normalize, draw):
    x, zero = draw(5, 4) + 1, draw() * 0

    for mean, std in ((0.0, 0.5), (zero, zero + 0.5)):
        wanted = normalized(x, zero, zero + 0.5)
        assert_close(normalize(x, mean, std), wanted, x, "the result", Z)


def test_normalize_takes_tensors_with_any_number_of_axes(normalize, draw):
    mean, std = draw(), draw().abs() + 0.1
    for shape in [(), (1,), (5,), (2, 3, 4)]:
        x = draw(*shape)

        assert_close(normalize(x, mean, std), normalized(x, mean, std), x, "the result", Z)


def test_normalize_can_be_differentiated_in_x(normalize, draw):
    x, upstream = draw(4, 3), draw(4, 3)
    mean, std = 0.5, 0.25

    (grad,) = normalize.gradients([x, mean, std], upstream, [0])

    if grad is None:
        raise Refused("autograd finds no way from the result back to x")
    expected = Expected(oracle.exact(upstream) / std, oracle.exact(upstream) / std, roundings=3)
    assert_close(
        grad, expected, x, "the gradient of the result in x", "a step of x moves z by 1/std of it"
    )


def test_normalize_takes_every_element(normalize, draw64):
    mean, std = draw64(), draw64().abs() + 0.1

    def check(n, m):
        x = draw64(n, m)
        assert_close(normalize(x, mean, std), normalized(x, mean, std), x, "the result", Z)

    assert_all_of_it(check, n=3, m=2)


def test_normalize_makes_its_tensors_where_the_inputs_are(normalize, draw):
    assert_at_home_anywhere(normalize, {"x": draw(4, 3), "mean": draw(), "std": draw().abs() + 1})
    assert_at_home_anywhere(normalize, {"x": draw(4, 3), "mean": 0.5, "std": 0.25})


def normalized(x, mean, std):
    """A difference and a quotient, with mean, std and 1/std rounded to the dtype of x."""
    x, mean, std = oracle.exact(x), oracle.exact(mean).to(x.device), oracle.exact(std).to(x.device)
    return Expected((x - mean) / std, (x.abs() + mean.abs()) / std, roundings=5)


def test_each_call_normalizes_its_splits_rightly(normalize_splits, draw):
    x_train, first, second = draw(5, 3), draw(4, 3), draw(4, 3)

    _, once = two(normalize_splits(x_train, first))
    _, again = two(normalize_splits(x_train, second))

    assert_close(once, by_training(first, x_train), x_train, "the second result", ONE_MEAN)
    if again is once or torch.equal(again, once):
        raise Refused("a call with other splits gives the result of the first ones", KEPT)


@over(n=SIZES, n_valid=SIZES, m=st.integers(2, 6), layout=LAYOUT, size=MAGNITUDE)
def test_both_splits_are_normalized_by_the_training_mean_and_std(
    normalize_splits, draw, n, n_valid, m, layout, size
):
    x_train = lay_out(draw(n, m, scale=size) + size, layout)
    x_valid = lay_out(draw(n_valid, m, scale=3 * size) - size, layout)

    z_train, z_valid = two(normalize_splits(x_train, x_valid))

    assert_close(z_train, by_training(x_train, x_train), x_train, "the first result", ONE_MEAN)
    assert_close(z_valid, by_training(x_valid, x_train), x_train, "the second result", ONE_MEAN)


def test_validation_rows_do_not_change_the_training_rows(normalize_splits, draw):
    x_train, far_off = draw(5, 3), draw(2, 3) + 100

    z_train, z_valid = two(normalize_splits(x_train, far_off))

    assert_close(z_train, by_training(x_train, x_train), x_train, "the first result", ONE_MEAN)
    assert_close(z_valid, by_training(far_off, x_train), x_train, "the second result", ONE_MEAN)


def test_normalized_splits_are_made_where_the_splits_are(normalize_splits, draw):
    assert_lists_at_home(normalize_splits, draw(5, 3), draw(4, 3))


def test_a_pixel_is_seen_alike_in_both_splits(normalize_splits, draw):
    """Also where a column is constant: MNIST has many, and their own std would be 0."""
    x_train = draw(5, 3)
    x_train[:, 1] = 0.25

    z_train, z_valid = two(normalize_splits(x_train, x_train[3:].clone()))

    assert_close(z_train, by_training(x_train, x_train), x_train, "the first result", ONE_MEAN)
    assert_close(z_valid, by_training(x_train[3:], x_train), x_train, "the second result", ONE_MEAN)


def assert_normalizes(answer, x_train, x_valid):
    z_train, z_valid = two(answer(x_train, x_valid))

    assert_close(z_train, by_training(x_train, x_train), x_train, "the first result", ONE_MEAN)
    assert_close(z_valid, by_training(x_valid, x_train), x_train, "the second result", ONE_MEAN)


def test_the_mean_and_std_are_those_of_all_training_pixels(normalize_splits, draw64):
    def check(n, n_valid, m):
        assert_normalizes(normalize_splits, draw64(n, m), draw64(n_valid, m))

    assert_all_of_it(check, n=3, n_valid=2, m=2)


def test_splits_are_normalized_by_what_they_hold_at_each_call(normalize_splits, draw):
    def check(*splits):
        assert_normalizes(normalize_splits, *splits)

    assert_looks_again(check, [draw(5, 3), draw(2, 3)], [draw(5, 3), draw(2, 3)])


def test_normalized_splits_stay_what_they_are_in_later_calls(normalize_splits, draw):
    assert_results_last(lambda: normalize_splits(draw(5, 3), draw(2, 3)))


def two(returned):
    """Refuse anything but two results."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        what = f"{len(returned)}" if isinstance(returned, tuple | list) else f"{type(returned)}"
        raise Refused(f"it returned {what}; expected two: x_train, x_valid")
    return returned


def by_training(x, x_train):
    """(x - mean) / std with the mean and the unbiased std of x_train's N numbers, and a bound.

    In the bound q is the mean of |x_train|, u = eps/2, and k = 1 + mean^2 / variance.
    The mean is a sum, so it is off by (N + 1) u q, which adds (N + 1) u q/std to z. A variance
    taken as mean(x^2) - mean^2, the worst way, is off by 3 (N + 1) u mean(x^2), a share of
    3 (N + 1) u k; its root by half of that share, and so is z. With k >= 1 and |z| at most
    (|x| + q)/std, both and the last operations are below (3 N + 10) u (|x| + q)/std k.
    """
    x, t = oracle.exact(x), oracle.exact(x_train)
    mean, std = t.mean(), t.std()
    k = 1 + mean.square() / std.square()
    return Expected((x - mean) / std, (x.abs() + t.abs().mean()) / std * k, 2 * t.numel() + 5)


@over(
    n=SIZES,
    m=SIZES,
    c=st.integers(1, 12),
    dtype_of_labels=st.sampled_from(["int64", "float32"]),
    layout=LAYOUT,
)
def test_counts_rows_and_pixels_and_classes(get_shapes, draw, n, m, c, dtype_of_labels, layout):
    y_train = draw.ints(c, n)
    y_train[draw.ints(n)] = c - 1

    x_train = draw(n, m, layout=layout)
    assert_shapes(get_shapes, x_train, y_train.to(getattr(torch, dtype_of_labels)), (n, m, c))


@pytest.mark.parametrize("whole", [True, False])
def test_counts_classes_that_the_sample_lacks(get_shapes, draw, whole):
    for labels in ([3, 7, 3, 1, 0], [9, 2, 2], [5], [0, 0]):
        y_train = torch.tensor(labels, device=draw.device)
        y_train = y_train if whole else y_train.to(draw.dtype)
        n, c = len(labels), max(labels) + 1

        assert_shapes(get_shapes, draw(n, 6), y_train, (n, 6, c))


def test_counts_classes_beyond_any_narrow_type(get_shapes, draw64):
    """uint8 ends at 255 and int16 at 32,767; half skips whole numbers past 2,048."""
    for largest in (300, 40_001):
        y_train = torch.tensor([3, largest, 0], device=draw64.device)

        assert_shapes(get_shapes, draw64(3, 2), y_train, (3, 2, largest + 1))


def test_counts_the_class_of_every_row(get_shapes, draw64):
    def check(n, m):
        y_train = draw64.ints(7, n)
        y_train[-1] = 9
        assert_shapes(get_shapes, draw64(n, m), y_train, (n, m, 10))

    assert_all_of_it(check, n=3, m=2)


def test_counts_what_the_labels_hold_at_each_call(get_shapes, draw):
    x_train = draw(2, 3)
    first, second = (torch.tensor(some, device=draw.device) for some in ([3, 1], [1, 5]))

    def check(y_train):
        assert_shapes(get_shapes, x_train, y_train, (2, 3, int(y_train.max()) + 1))

    assert_looks_again(check, [first], [second])


def assert_shapes(get_shapes, x_train, y_train, expected):
    """Refuse other things than three Python ints, then other numbers."""
    got = get_shapes(x_train, y_train)
    if not isinstance(got, tuple | list) or len(got) != 3:
        raise Refused(f"it returned {got!r}; expected three ints (n, m, c)")
    for name, size in zip("nmc", got, strict=True):
        if type(size) is not int:
            raise Refused(f"{name} is {size!r} ({type(size).__name__}); expected a Python int")
    if tuple(got) != expected:
        raise Refused(
            f"got (n, m, c) = {tuple(got)}  expected {expected}\n"
            f"  labels {[round(y) for y in y_train[:20].tolist()]}{', ...' * (len(y_train) > 20)}\n"
            "  why: n rows, m pixels a row, and the classes 0 ... max label"
        )
