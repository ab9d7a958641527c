"""Known wrong answers of chapter 18, each with the sentence a kind teacher would say.

Longer than other files: each of four exercises can go wrong in many places.
"""

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, CUT, KEPT
from kata.checks.gradients import AUTOGRAD, STALE
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

# --- conv2d -------------------------------------------------------------------------------------

ONE_SIDE = "You pad on one side of each axis alone. The border is on all four sides."


@probes("conv2d")
def conv2d_probes(draw):
    for _ in range(2):  # the same shapes, which no test has: what is kept shows
        yield draw(3, 2, 5, 6), draw(4, 2, 2, 3), draw(4)
    yield draw(2, 2, 7, 6), draw(2, 2, 3, 3), draw(2), 2, 1
    yield draw(1, 1, 4, 4), draw(1, 1, 2, 2), draw(1), 2, 0
    yield draw(2, 3, 6, 5), draw(3, 3, 3, 2), draw(3), 1, 2
    upstream, x = draw(2, 2, 2, 3), draw(2, 3, 4, 4)
    yield Via((upstream, x, draw(2, 3, 3, 2), draw(2)), "gradients.in_first")


def conv(x, weight, bias, stride=1, padding=0):
    """A right answer, for the mistakes to start from."""
    patches = F.unfold(x, weight.shape[2:], padding=padding, stride=stride)
    out = weight.flatten(1) @ patches + bias.unsqueeze(1)
    return out.unflatten(2, ((x.shape[2] + 2 * padding - weight.shape[2]) // stride + 1, -1))


@mistake(
    "conv2d",
    "You turn the filter round (flip), as mathematics has convolution. Nets slide it as it is.",
)
def conv_flipped(x, weight, bias, stride=1, padding=0):
    return conv(x, weight.flip(2, 3), bias, stride, padding)


@mistake("conv2d", "You leave out the bias: each filter adds its own to all places of its map.")
def conv_without_bias(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias * 0, stride, padding)


@mistake("conv2d", "You leave out the stride: the filter moves by `stride` pixels at each step.")
def conv_without_stride(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias, 1, padding)


@mistake("conv2d", "You leave out the padding: x first gets a border of zeros on all four sides.")
def conv_without_padding(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias, stride)


@mistake("conv2d", "You leave out stride and padding. Pad x, then move by `stride` pixels.")
def conv_plain(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias)


@mistake("conv2d", ONE_SIDE)
def conv_padded_once(x, weight, bias, stride=1, padding=0):
    return conv(F.pad(x, (0, padding, 0, padding)), weight, bias, stride)


@mistake("conv2d", ONE_SIDE)
def conv_padded_at_the_end(x, weight, bias, stride=1, padding=0):
    return conv(F.pad(x, (0, 2 * padding, 0, 2 * padding)), weight, bias, stride)


@mistake("conv2d", ONE_SIDE)
def conv_padded_at_the_start(x, weight, bias, stride=1, padding=0):
    return conv(F.pad(x, (2 * padding, 0, 2 * padding, 0)), weight, bias, stride)


COUNTED_ONCE = (
    "You count too little padding for the number of places. It is on both sides: "
    "(h + 2 padding - kh) // stride + 1."
)


@mistake("conv2d", COUNTED_ONCE)
def conv_padding_counted_once(x, weight, bias, stride=1, padding=0):
    return short_by(padding, x, weight, bias, stride, padding)


@mistake("conv2d", COUNTED_ONCE)
def conv_padding_not_counted(x, weight, bias, stride=1, padding=0):
    return short_by(2 * padding, x, weight, bias, stride, padding)


def short_by(pixels, x, weight, bias, stride, padding):
    h, w = (
        (side + 2 * padding - pixels - k) // stride + 1
        for side, k in zip(x.shape[2:], weight.shape[2:], strict=True)
    )
    return conv(x, weight, bias, stride, padding)[:, :, :h, :w]


ONE_STRIDE = "You take the stride for one axis alone. It holds for rows and columns."


@mistake("conv2d", ONE_STRIDE)
def conv_stride_down(x, weight, bias, stride=1, padding=0):
    return F.conv2d(x, weight, bias, (stride, 1), padding)


@mistake("conv2d", ONE_STRIDE)
def conv_stride_across(x, weight, bias, stride=1, padding=0):
    return F.conv2d(x, weight, bias, (1, stride), padding)


ONE_KERNEL_SIDE = "You take one side of the filter for both. It is kh high and kw wide."


@mistake("conv2d", ONE_KERNEL_SIDE)
def conv_kh_for_both(x, weight, bias, stride=1, padding=0):
    return of_square(weight.shape[2], x, weight, bias, stride, padding)


@mistake("conv2d", ONE_KERNEL_SIDE)
def conv_kw_for_both(x, weight, bias, stride=1, padding=0):
    return of_square(weight.shape[3], x, weight, bias, stride, padding)


@mistake("conv2d", ONE_KERNEL_SIDE)
def conv_unfolded_by_kh(x, weight, bias, stride=1, padding=0):
    patches = F.unfold(x, weight.shape[2], padding=padding, stride=stride)
    out = weight.flatten(1) @ patches + bias.unsqueeze(1)
    return out.unflatten(2, ((x.shape[2] + 2 * padding - weight.shape[2]) // stride + 1, -1))


def of_square(k, x, weight, bias, stride, padding):
    """What comes of two loops over range(k): an IndexError where that is too many."""
    square = weight[:, :, range(k)][:, :, :, range(k)]
    return conv(x, square, bias, stride, padding)


@mistake("conv2d", "Your padding repeats the outermost pixels. The border is of zeros.")
def conv_replicated(x, weight, bias, stride=1, padding=0):
    return conv(F.pad(x, (padding,) * 4, mode="replicate"), weight, bias, stride)


@mistake("conv2d", "You swap rows and columns of the filter. u goes down with r, v across with s.")
def conv_transposed_filter(x, weight, bias, stride=1, padding=0):
    return conv(x, weight.mT, bias, stride, padding)


@mistake("conv2d", "Your maps are laid out by columns: give out its shape as [n, o, oh, ow].")
def conv_by_columns(x, weight, bias, stride=1, padding=0):
    out = conv(x, weight, bias, stride, padding)
    return out.mT.contiguous().view_as(out)


@mistake("conv2d", "Your result is transposed: it is [n, o, oh, ow], rows before columns.")
def conv_transposed(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias, stride, padding).mT


@mistake("conv2d", "You take only one channel of x. A filter sums over all of them.")
def conv_first_channel(x, weight, bias, stride=1, padding=0):
    return conv(x[:, :1], weight[:, :1], bias, stride, padding)


@mistake("conv2d", "You take the mean over the channels. A filter sums over all of them.")
def conv_channel_mean(x, weight, bias, stride=1, padding=0):
    return conv(x, weight / x.shape[1], bias, stride, padding)


@mistake(
    "conv2d",
    "The order within your patches is not that of the weights: unfold gives (c, kh, kw), so "
    "flatten the filters in that order.",
)
def conv_mixed_order(x, weight, bias, stride=1, padding=0):
    mixed = weight.permute(0, 2, 3, 1).flatten(1).view_as(weight)
    return conv(x, mixed, bias, stride, padding)


@mistake("conv2d", "Your maps lack the last row and column: oh is (...) // stride + 1.")
def conv_one_short(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias, stride, padding)[:, :, :-1, :-1]


@mistake("conv2d", "You add the bias once for each channel of x. Each filter adds it once.")
def conv_bias_per_channel(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias * x.shape[1], stride, padding)


BIAS_IN_EACH_TERM = (
    "You add the bias in each term of the sum over the filter. Each filter adds it once to a place."
)


@mistake("conv2d", BIAS_IN_EACH_TERM)
def conv_bias_per_place(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias * weight[0, 0].numel(), stride, padding)


@mistake("conv2d", BIAS_IN_EACH_TERM)
def conv_bias_per_weight(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias * weight[0].numel(), stride, padding)


@mistake("conv2d", "You view the places as [ow, oh]. Rows come first: [n, o, oh, ow].")
def conv_columns_first(x, weight, bias, stride=1, padding=0):
    out = conv(x, weight, bias, stride, padding)
    return out.reshape(out.mT.shape)


@mistake("conv2d", "Your maps are the wrong way round: [o, n, ...]. Images come first, then maps.")
def conv_maps_first(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias, stride, padding).transpose(0, 1)


@mistake("conv2d", "You leave the places in one axis. Give it its two axes back, [n, o, oh, ow].")
def conv_flat(x, weight, bias, stride=1, padding=0):
    return conv(x, weight, bias, stride, padding).flatten(2)


@mistake("conv2d", CUT)
def conv_by_numbers(x, weight, bias, stride=1, padding=0):
    return conv(x.detach(), weight.detach(), bias.detach(), stride, padding)


@mistake("conv2d", ASTRAY)
def conv_onto_zeros(x, weight, bias, stride=1, padding=0):
    out = conv(x, weight, bias, stride, padding)
    return torch.zeros(out.shape, dtype=x.dtype) + out


@mistake("conv2d", KEPT)
class ConvKept:
    """Unfolds an image of each size once."""

    def __init__(self):
        self.kept = {}

    def __call__(self, x, weight, bias, stride=1, padding=0):
        key = (x.shape, weight.shape, x.dtype)
        seen = self.kept.setdefault(key, x.detach().clone())
        return conv(seen + 0 * x, weight, bias, stride, padding)


# --- conv2d_grad --------------------------------------------------------------------------------

FILTER_AS_IT_IS = (
    "Your d_x has the filter the wrong way round. To slide it over d_out, turn it, "
    "weight.flip(2, 3); to add up patches (fold), take it as it is."
)
OVERWRITTEN = (
    "Where patches overlap you keep the last one. A pixel's gradient is the sum over all patches "
    "it lies in: add (fold does)."
)
SHARED_EVENLY = "You divide d_x by the number of patches over a pixel. It is their sum, not mean."


@probes("conv2d_grad")
def conv2d_grad_probes(draw):
    for _ in range(2):
        yield draw(3, 4, 4, 4), draw(3, 2, 5, 6), draw(4, 2, 2, 3)
    yield draw(2, 2, 4, 3), draw(2, 2, 7, 6), draw(2, 2, 3, 3), 2, 1
    yield draw(1, 1, 2, 2), draw(1, 1, 4, 4), draw(1, 1, 2, 2), 2, 0
    yield draw(2, 3, 8, 8), draw(2, 3, 6, 5), draw(3, 3, 3, 2), 1, 2
    yield draw(2, 3, 6, 6), draw(2, 3, 6, 5), draw(3, 3, 3, 2), 1, 1


def conv_back(d_out, x, weight, stride=1, padding=0):
    """A right answer, for the mistakes to start from."""
    kernel = weight.shape[2:]
    patches, d = F.unfold(x, kernel, padding=padding, stride=stride), d_out.flatten(2)
    d_x = F.fold(weight.flatten(1).T @ d, x.shape[2:], kernel, padding=padding, stride=stride)
    return d_x, (d @ patches.mT).sum(0).view_as(weight), d.sum((0, 2))


@mistake("conv2d_grad", FILTER_AS_IT_IS)
def back_not_flipped(d_out, x, weight, stride=1, padding=0):
    return conv_back(d_out, x, weight.flip(2, 3), stride, padding)[0], *conv_back(
        d_out, x, weight, stride, padding
    )[1:]


@mistake("conv2d_grad", OVERWRITTEN)
def back_overwriting(d_out, x, weight, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    d_x = F.pad(torch.zeros_like(x), (padding,) * 4)
    for r in range(d_out.shape[2]):
        for s in range(d_out.shape[3]):
            patch = torch.einsum("nk,kjuv->njuv", d_out[:, :, r, s], weight)
            d_x[:, :, r * stride : r * stride + kh, s * stride : s * stride + kw] = patch
    h, w = x.shape[2:]
    d_x = d_x[:, :, padding : padding + h, padding : padding + w]
    return d_x, *conv_back(d_out, x, weight, stride, padding)[1:]


@mistake("conv2d_grad", SHARED_EVENLY)
def back_shared(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv_back(d_out, x, weight, stride, padding)
    ones = torch.ones_like(x)
    kernel = weight.shape[2:]
    covered = F.unfold(ones, kernel, padding=padding, stride=stride)
    count = F.fold(covered, x.shape[2:], kernel, padding=padding, stride=stride)
    return d_x / count.clamp(min=1), d_weight, d_bias


@mistake("conv2d_grad", "You take the mean over the images for d_weight. It is their sum.")
def back_weight_mean(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv_back(d_out, x, weight, stride, padding)
    return d_x, d_weight / len(x), d_bias


ONE_IMAGE = "Only one image goes into d_weight. It is a sum over all of them."


@mistake("conv2d_grad", ONE_IMAGE)
def back_weight_of_the_first(d_out, x, weight, stride=1, padding=0):
    d_x, _, d_bias = conv_back(d_out, x, weight, stride, padding)
    return d_x, conv_back(d_out[:1], x[:1], weight, stride, padding)[1], d_bias


@mistake("conv2d_grad", ONE_IMAGE)
def back_weight_of_one(d_out, x, weight, stride=1, padding=0):
    d_x, _, d_bias = conv_back(d_out, x, weight, stride, padding)
    return d_x, conv_back(d_out[-1:], x[-1:], weight, stride, padding)[1], d_bias


@mistake("conv2d_grad", "You turn d_weight round (flip). It has the filter's own order.")
def back_weight_flipped(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv_back(d_out, x, weight, stride, padding)
    return d_x, d_weight.flip(2, 3), d_bias


@mistake(
    "conv2d_grad",
    "You swap rows and columns of d_weight. u goes down with r, v across with s: [o, c, kh, kw].",
)
def back_weight_transposed(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv_back(d_out, x, weight, stride, padding)
    return d_x, d_weight.mT.reshape(weight.shape), d_bias


WEIGHT_PADDED_ONCE = (
    "For d_weight you pad x on one side of each axis alone. The border is on all four sides."
)


@mistake("conv2d_grad", WEIGHT_PADDED_ONCE)
def back_weight_padded_at_the_end(d_out, x, weight, stride=1, padding=0):
    d_x, _, d_bias = conv_back(d_out, x, weight, stride, padding)
    padded = F.pad(x, (0, 2 * padding, 0, 2 * padding))
    return d_x, conv_back(d_out, padded, weight, stride)[1], d_bias


@mistake("conv2d_grad", WEIGHT_PADDED_ONCE)
def back_weight_padded_at_the_start(d_out, x, weight, stride=1, padding=0):
    d_x, _, d_bias = conv_back(d_out, x, weight, stride, padding)
    padded = F.pad(x, (2 * padding, 0, 2 * padding, 0))
    return d_x, conv_back(d_out, padded, weight, stride)[1], d_bias


@mistake(
    "conv2d_grad",
    "Rows and columns that the stride leaves over are missing in d_x. It has the shape of x: give "
    "conv_transpose2d an output_padding, or fold into that shape.",
)
def back_without_the_rest(d_out, x, weight, stride=1, padding=0):
    d_x = F.conv_transpose2d(d_out, weight, stride=stride, padding=padding)
    return d_x, *conv_back(d_out, x, weight, stride, padding)[1:]


ONE_AXIS_OF_PLACES = (
    "You sum d_bias over one axis of the places alone. Sum over rows and columns, and the images."
)


@mistake("conv2d_grad", ONE_AXIS_OF_PLACES)
def back_bias_of_columns(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.sum((0, 2))


@mistake("conv2d_grad", ONE_AXIS_OF_PLACES)
def back_bias_of_rows(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.sum((0, 3))


@mistake("conv2d_grad", "You sum d_bias over the images alone. Sum over the places, too.")
def back_bias_places(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.sum(0)


@mistake("conv2d_grad", "You sum d_bias over the places alone. Sum over the images, too.")
def back_bias_images(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.sum((2, 3))


@mistake("conv2d_grad", "You take a mean for d_bias. It is the sum over images and places.")
def back_bias_mean(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.mean((0, 2, 3))


@mistake("conv2d_grad", "You take the mean over the places for d_bias. It is their sum.")
def back_bias_mean_of_places(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.mean((2, 3)).sum(0)


@mistake("conv2d_grad", "You sum d_bias over the filters, too. Each filter has a bias of its own.")
def back_bias_all(d_out, x, weight, stride=1, padding=0):
    return *conv_back(d_out, x, weight, stride, padding)[:2], d_out.sum()


@mistake("conv2d_grad", "You return the border's gradient with d_x. Cut the padding off again.")
def back_with_border(d_out, x, weight, stride=1, padding=0):
    return conv_back(d_out, F.pad(x, (padding,) * 4), weight, stride)


@mistake("conv2d_grad", "You leave out the padding: d_out belongs to the padded image.")
def back_without_padding(d_out, x, weight, stride=1, padding=0):
    return conv_back(d_out, x, weight, stride)


@mistake("conv2d_grad", "You leave out the stride: d_out's places lie `stride` pixels apart.")
def back_without_stride(d_out, x, weight, stride=1, padding=0):
    return conv_back(d_out, x, weight, 1, padding)


@mistake("conv2d_grad", "You return them in another order. Asked for: d_x, d_weight, d_bias.")
def back_order(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv_back(d_out, x, weight, stride, padding)
    return d_weight, d_bias, d_x


@mistake("conv2d_grad", "You return d_x alone. Asked for: d_x, d_weight, d_bias.")
def back_d_x_only(d_out, x, weight, stride=1, padding=0):
    return conv_back(d_out, x, weight, stride, padding)[0]


@mistake("conv2d_grad", AUTOGRAD)
def back_by_autograd(d_out, x, weight, stride=1, padding=0):
    x, weight = x.detach().requires_grad_(), weight.detach().requires_grad_()
    bias = weight.new_zeros(len(weight)).requires_grad_()
    conv(x, weight, bias, stride, padding).backward(d_out)
    return x.grad, weight.grad, bias.grad


@mistake("conv2d_grad", ASTRAY)
def back_onto_zeros(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv_back(d_out, x, weight, stride, padding)
    return torch.zeros(x.shape, dtype=x.dtype) + d_x, d_weight, d_bias


@mistake("conv2d_grad", STALE)
class BackKept:
    """Keeps the patches of an earlier image of the same size."""

    def __init__(self):
        self.kept = {}

    def __call__(self, d_out, x, weight, stride=1, padding=0):
        seen = self.kept.setdefault((x.shape, d_out.shape, x.dtype), x.clone())
        return conv_back(d_out, seen, weight, stride, padding)


# --- max_pool -----------------------------------------------------------------------------------


@probes("max_pool")
def max_pool_probes(draw):
    for _ in range(2):
        yield (draw(2, 2, 8, 4),)
    yield draw(2, 3, 7, 10), 3
    yield (-draw(2, 2, 5, 5).abs(),)
    yield draw(2, 2, 3, 3), 1
    yield (draw(1, 1, 4, 6),)
    yield Via((draw(2, 3, 2, 3), draw(2, 3, 4, 6)), "gradients.in_first")


@mistake("max_pool", "You take the mean of each window. Asked for is its largest value.")
def pool_mean(x, size=2):
    return F.avg_pool2d(x, size)


@mistake("max_pool", "You take the smallest value of each window. Asked for is the largest.")
def pool_min(x, size=2):
    return -F.max_pool2d(-x, size)


@mistake("max_pool", "You take the largest absolute value. -3 is less than 2: compare as it is.")
def pool_abs(x, size=2):
    return F.max_pool2d(x.abs(), size)


@mistake("max_pool", "Your windows overlap. They lie side by side: move by `size` pixels.")
def pool_overlapping(x, size=2):
    return F.max_pool2d(x, size, stride=1)


@mistake("max_pool", "You keep windows that are not whole. Leave out rows and columns left over.")
def pool_ceil(x, size=2):
    return F.max_pool2d(x, size, ceil_mode=True)


@mistake(
    "max_pool",
    "Your largest value starts from 0, so windows of negative values give 0. Start from the first.",
)
def pool_from_zero(x, size=2):
    return F.max_pool2d(x, size).clamp(min=0)


@mistake("max_pool", "You return the places as well. Return the largest values alone.")
def pool_with_places(x, size=2):
    return F.max_pool2d(x, size, return_indices=True)


@mistake("max_pool", "You always take windows of 2 x 2. Use the size that is passed in.")
def pool_fixed(x, size=2):
    return F.max_pool2d(x, 2)


@mistake("max_pool", "Your windows always move by 2 pixels. They lie side by side: by `size`.")
def pool_stride_two(x, size=2):
    return F.max_pool2d(x, size, stride=2)


@mistake("max_pool", "You pool rows alone. A window is `size` high and `size` wide.")
def pool_down(x, size=2):
    return F.max_pool2d(x, (size, 1))


@mistake("max_pool", "You pool columns alone. A window is `size` high and `size` wide.")
def pool_across(x, size=2):
    return F.max_pool2d(x, (1, size))


@mistake("max_pool", "You take the largest over the channels, too. Each channel is on its own.")
def pool_channels(x, size=2):
    return F.max_pool2d(x, size).amax(1, keepdim=True)


@mistake("max_pool", "You keep one pixel of each window, its first. Asked for is the largest.")
def pool_first(x, size=2):
    oh, ow = x.shape[2] // size * size, x.shape[3] // size * size
    return x[:, :, :oh:size, :ow:size]


@mistake("max_pool", "You take the largest of each whole map. Each window has its own.")
def pool_whole(x, size=2):
    return x.amax((2, 3), keepdim=True)


@mistake(
    "max_pool",
    "Your windows are cut along the wrong axes: view [h, w] as [oh, size, ow, size], and take the "
    "largest over both axes of length size.",
)
def pool_wrong_view(x, size=2):
    oh, ow = x.shape[2] // size, x.shape[3] // size
    covered = x[:, :, : oh * size, : ow * size]
    return covered.reshape(*x.shape[:2], oh, ow, size * size).amax(-1)


@mistake(
    "max_pool",
    "You view x as whole windows while rows or columns are left over. Leave those out first: "
    "x[:, :, : oh * size, : ow * size].",
)
def pool_not_cropped(x, size=2):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // size, size, w // size, size).amax((3, 5))


@mistake(
    "max_pool",
    "You leave out rows and columns at the top and on the left. Windows start there: what is left "
    "over lies at the end.",
)
def pool_cropped_at_the_start(x, size=2):
    return F.max_pool2d(x[:, :, x.shape[2] % size :, x.shape[3] % size :], size)


@mistake(
    "max_pool", "You count the windows of a row by the height. The width gives them: w // size."
)
def pool_as_wide_as_high(x, size=2):
    return F.max_pool2d(x, size)[:, :, :, : x.shape[2] // size]


@mistake("max_pool", CUT)
def pool_cut(x, size=2):
    return F.max_pool2d(x.detach(), size)


@mistake("max_pool", ASTRAY)
def pool_onto_zeros(x, size=2):
    out = F.max_pool2d(x, size)
    return torch.zeros(out.shape, dtype=x.dtype) + out


@mistake("max_pool", KEPT)
class PoolKept:
    """Remembers where the largest values were."""

    def __init__(self):
        self.kept = {}

    def __call__(self, x, size=2):
        _, where = F.max_pool2d(x.detach(), size, return_indices=True)
        where = self.kept.setdefault((x.shape, size, x.dtype), where)
        return x.flatten(2).gather(2, where.flatten(2)).view(where.shape)


# --- max_pool_grad ------------------------------------------------------------------------------


@probes("max_pool_grad")
def max_pool_grad_probes(draw):
    for _ in range(2):
        yield draw(2, 2, 4, 2), draw(2, 2, 8, 4)
    yield draw(2, 3, 2, 3), draw(2, 3, 7, 10), 3
    yield draw(2, 2, 2, 2), -draw(2, 2, 5, 5).abs()
    yield draw(2, 2, 2, 3), draw(2, 2, 6, 9).clamp(max=0.2), 3
    yield draw(1, 1, 2, 3), draw(1, 1, 4, 6)
    yield draw(1, 1, 2, 2), draw(1, 1, 4, 4) * 0
    yield draw(2, 2, 3, 3), draw(2, 2, 3, 3), 1


def spread(t, size, like):
    """Each value of a map, all over its window; 0 where there is none."""
    wide = t.repeat_interleave(size, 2).repeat_interleave(size, 3)
    h, w = like.shape[2:]
    return F.pad(wide, (0, w - wide.shape[3], 0, h - wide.shape[2]))


def mask(x, size):
    """Where x is its window's largest value, equal ones too."""
    inside = spread(torch.ones_like(F.max_pool2d(x, size)), size, x) > 0
    return inside & (x == spread(F.max_pool2d(x, size), size, x))


def pool_right(d_out, x, size):
    _, where = F.max_pool2d(x, size, return_indices=True)
    flat = torch.zeros_like(x).flatten(2)
    return flat.scatter(2, where.flatten(2), d_out.flatten(2)).view_as(x)


@mistake(
    "max_pool_grad",
    "Where several values are the largest you send d_out to all of them. The first gets it.",
)
def pool_back_to_all_equal(d_out, x, size=2):
    return mask(x, size) * spread(d_out, size, x)


@mistake(
    "max_pool_grad",
    "Where several values are the largest you share d_out between them. The first gets it all.",
)
def pool_back_shared(d_out, x, size=2):
    count = F.avg_pool2d(mask(x, size).to(x.dtype), size) * size**2
    return mask(x, size) * spread(d_out / count, size, x)


@mistake(
    "max_pool_grad",
    "Of equal values you take the last. Take the first, row by row.",
)
def pool_back_to_last(d_out, x, size=2):
    h, w = d_out.shape[2] * size, d_out.shape[3] * size
    inner = x[:, :, :h, :w].flip(2, 3)
    return F.pad(
        pool_right(d_out.flip(2, 3), inner, size).flip(2, 3),
        (0, x.shape[3] - w, 0, x.shape[2] - h),
    )


@mistake("max_pool_grad", "Of equal values you take the first by columns. Go row by row.")
def pool_back_by_columns(d_out, x, size=2):
    return pool_right(d_out.mT, x.mT, size).mT


@mistake(
    "max_pool_grad",
    "Where a window's largest value is not above 0, you send nothing back. A max is no relu: it "
    "gets d_out, whatever its sign.",
)
def pool_back_as_relu(d_out, x, size=2):
    return pool_right(d_out * (F.max_pool2d(x, size) > 0), x, size)


PLACES_OF_ONE_MAP = (
    "You use the places as those of the whole tensor. They count within one channel of one image: "
    "scatter in each map by itself, x.flatten(2)."
)


@mistake("max_pool_grad", PLACES_OF_ONE_MAP)
def pool_back_all_in_the_first_map(d_out, x, size=2):
    _, where = F.max_pool2d(x, size, return_indices=True)
    flat = torch.zeros_like(x).flatten()
    flat[where.flatten()] = d_out.flatten()
    return flat.view_as(x)


@mistake("max_pool_grad", PLACES_OF_ONE_MAP)
def pool_back_added_in_the_first_map(d_out, x, size=2):
    _, where = F.max_pool2d(x, size, return_indices=True)
    flat = torch.zeros_like(x).flatten()
    return flat.scatter_add(0, where.flatten(), d_out.flatten()).view_as(x)


@mistake("max_pool_grad", "You send d_out to the whole window. Only its largest value moved out.")
def pool_back_everywhere(d_out, x, size=2):
    return spread(d_out, size, x)


@mistake("max_pool_grad", "You spread d_out evenly, as for a mean. It all goes to the largest.")
def pool_back_evenly(d_out, x, size=2):
    return spread(d_out, size, x) / size**2


@mistake("max_pool_grad", "You leave out d_out: the places of the largest values carry it.")
def pool_back_mask(d_out, x, size=2):
    return pool_right(torch.ones_like(d_out), x, size)


@mistake("max_pool_grad", "You multiply by the largest value. The derivative of max there is 1.")
def pool_back_times_value(d_out, x, size=2):
    return pool_right(d_out * F.max_pool2d(x, size), x, size)


@mistake("max_pool_grad", "You return the largest values at their places, without d_out.")
def pool_back_values(d_out, x, size=2):
    return pool_right(F.max_pool2d(x, size), x, size)


@mistake("max_pool_grad", "You send d_out to the smallest value. It is the largest that moved out.")
def pool_back_smallest(d_out, x, size=2):
    return pool_right(d_out, -x, size)


@mistake("max_pool_grad", "You compare absolute values. The largest is the largest as it is.")
def pool_back_abs(d_out, x, size=2):
    return pool_right(d_out, x.abs(), size)


@mistake("max_pool_grad", "You send d_out to the first pixel of each window. It is the largest.")
def pool_back_first(d_out, x, size=2):
    return pool_right(d_out, torch.zeros_like(x), size)


@mistake(
    "max_pool_grad",
    "Rows and columns that fill no window are missing. d_x has the shape of x, with 0 there.",
)
def pool_back_short(d_out, x, size=2):
    h, w = d_out.shape[2] * size, d_out.shape[3] * size
    return pool_right(d_out, x, size)[:, :, :h, :w]


TWO_BY_TWO = "Your windows are 2 x 2 whatever size is. Use the one passed in."


@mistake("max_pool_grad", TWO_BY_TWO)
def pool_back_fixed(d_out, x, size=2):
    return pool_right(d_out, x, 2)


@mistake("max_pool_grad", TWO_BY_TWO)
def pool_back_fixed_by_loops(d_out, x, size=2):
    h, w = d_out.shape[2:]
    d_x = torch.zeros_like(x)
    d_x[:, :, : 2 * h, : 2 * w] = pool_right(d_out, x[:, :, : 2 * h, : 2 * w], 2)
    return d_x


@mistake("max_pool_grad", AUTOGRAD)
def pool_back_autograd(d_out, x, size=2):
    x = x.detach().requires_grad_()
    return torch.autograd.grad((F.max_pool2d(x, size) * d_out).sum(), x)[0]


@mistake("max_pool_grad", ASTRAY)
def pool_back_onto_zeros(d_out, x, size=2):
    return torch.zeros(x.shape, dtype=x.dtype) + pool_right(d_out, x, size)


@mistake("max_pool_grad", STALE)
class PoolBackKept:
    """Remembers where the largest values were."""

    def __init__(self):
        self.kept = {}

    def __call__(self, d_out, x, size=2):
        seen = self.kept.setdefault((x.shape, size, x.dtype), x.clone())
        return pool_right(d_out, seen, size)
