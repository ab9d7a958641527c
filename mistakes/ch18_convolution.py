"""Chapter 18, right, and at each step how it goes wrong."""

import torch
import torch.nn.functional as F

from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Ungraphed, Via
from kata.diagnosis.told import mistake, probes, told, wrong

# --- conv2d -------------------------------------------------------------------------------------

FLIPPED = (
    "You flip the filter, as mathematics defines a convolution. Nets slide it as it is (a "
    "cross-correlation)."
)
NO_STRIDE = "You leave out the stride: the filter moves by one pixel at each step."
NO_PADDING = "You leave out the padding: x gets no border of zeros."
PLAIN = "You leave out stride and padding: the filter moves by one pixel, over x without a border."
ONE_SIDE = "You pad only one side of each axis. The border is on all four sides."
ONE_AXIS_PADDED = (
    "You pad left and right alone. F.pad takes two numbers for each axis, the last axis first: the "
    "rows need two as well."
)
COUNTED_ONCE = "You count too little padding for the number of places. The border is on both sides."
ONE_STRIDE = "You use the stride for only one axis. It holds for rows and columns."
ONE_KERNEL_SIDE = "You use one side of the filter for both. It is kh high and kw wide."
BIAS_IN_EACH_TERM = (
    "You add the bias in each term of the sum over the filter. Each filter adds it once to a place."
)
FLOAT_SIZES = (
    "You divide by / for the number of places, which gives a float, and a size (or a range) is a "
    "whole number. // rounds down to one."
)


@probes("conv2d")
def conv2d_probes(draw):
    for _ in range(2):  # the same shapes, which no test has: what is kept shows
        yield draw(3, 2, 5, 6), draw(4, 2, 2, 3), draw(4)
    yield draw(2, 2, 7, 6), draw(3, 2, 3, 3), draw(3), 2, 1
    yield draw(1, 1, 4, 4), draw(1, 1, 2, 2), draw(1), 2, 0
    yield draw(2, 3, 6, 5), draw(3, 3, 3, 2), draw(3), 1, 2
    upstream, x = draw(2, 2, 2, 3), draw(2, 3, 4, 4)
    yield Via((upstream, x, draw(2, 3, 3, 2), draw(2)), "gradients.in_first")


@told
def conv2d(x, weight, bias, stride=1, padding=0):
    if wrong(NO_PADDING):
        padding = 0
    if wrong(NO_STRIDE):
        stride = 1
    if wrong(PLAIN):
        stride, padding = 1, 0
    if wrong("You use only one channel of x. A filter sums over all of them."):
        x, weight = x[:, :1], weight[:, :1]
    c, (kh, kw) = x.shape[1], weight.shape[2:]
    padded, step, kernel, filters = F.pad(x, (padding,) * 4), stride, (kh, kw), weight
    if sides := wrong(ONE_SIDE, (0, padding) * 2, (0, 2 * padding) * 2, (2 * padding, 0) * 2):
        padded = F.pad(x, sides)
    if wrong(ONE_AXIS_PADDED):
        padded = F.pad(x, (padding, padding))
    if wrong("Your padding repeats the outermost pixels. The border is of zeros."):
        padded = F.pad(x, (padding,) * 4, mode="replicate")
    if wrong(FLIPPED):
        filters = weight.flip(2, 3)
    if wrong("You swap rows and columns of the filter. u goes down with r, and v across with s."):
        filters, kernel, kh = weight.mT, (kw, kh), kw
    if wrong(
        "The order within your patches isn't that of the weights: unfold gives channels, then "
        "rows, then columns (c, kh, kw)."
    ):
        filters = weight.permute(0, 2, 3, 1)
    if wrong("You take the mean over the channels. A filter sums over all of them."):
        filters = weight / c
    if wrong("You average over the filter's pixels. A filter sums what it weighs."):
        filters = weight / weight[0].numel()
    if k := wrong(ONE_KERNEL_SIDE, kh, kw):
        filters, kernel, kh = weight[:, :, range(k)][..., range(k)], (k, k), k
    if wrong(ONE_KERNEL_SIDE):
        kernel = (kh, kh)
    if steps := wrong(ONE_STRIDE, (stride, 1), (1, stride)):
        step, stride = steps, steps[0]
    oh, ow = (padded.shape[2] - kh) // stride + 1, (padded.shape[3] - kw) // stride + 1
    if make := wrong(FLOAT_SIZES, x.new_zeros, torch.zeros, lambda *sizes: range(sizes[2])):
        return make(
            len(x),
            len(weight),
            1 + (padded.shape[2] - kh) / stride,
            1 + (padded.shape[3] - kw) / stride,
        )

    each = bias.unsqueeze(1)
    if wrong("You leave out the bias, which each filter adds to its whole map."):
        each = bias.unsqueeze(1) * 0
    if wrong("You subtract the bias, which is added."):
        each = -bias.unsqueeze(1)
    if wrong("You add the bias once for each channel of x. Each filter adds it once."):
        each = each * c
    if times := wrong(BIAS_IN_EACH_TERM, weight[0, 0].numel(), weight[0].numel()):
        each = each * times
    patches = F.unfold(padded, kernel, stride=step)
    if wrong(ONE_STRIDE):
        wide = (padded.shape[3] - kernel[1]) // stride + 1
        patches = F.unfold(padded, kernel, stride=(stride, 1)).unflatten(2, (oh, -1))
        patches = patches[..., :wide].flatten(2)
    out = (filters.flatten(1) @ patches + each).unflatten(2, (oh, -1))
    if wrong("You add the bias along the columns of a map. Each filter adds its own to all of it."):
        out = (filters.flatten(1) @ patches).unflatten(2, (oh, -1)) + bias
    if wrong(
        "Your maps have the right size, but the filter moves by one pixel, whatever the stride is."
    ):
        out = F.conv2d(padded, weight, bias)[:, :, :oh, :ow]
    if less := wrong(COUNTED_ONCE, padding, 2 * padding):
        high, wide = padded.shape[2] - less - kh, padded.shape[3] - less - kw
        out = out[:, :, : high // stride + 1, : wide // stride + 1]
    if wrong(
        "Your maps lack the last row and column: the place where the filter starts counts, too."
    ):
        out = out[:, :, :-1, :-1]

    if wrong("Your maps are laid out by columns, where rows come first, [n, o, oh, ow]."):
        out = out.mT.contiguous().view_as(out)
    if wrong("You view the places as [ow, oh]. Rows come first: [n, o, oh, ow]."):
        out = out.reshape(out.mT.shape)
    if wrong("Your maps come before the images, [o, n, ...]. Images are first, then maps."):
        out = out.transpose(0, 1)
    if side := wrong(
        "Your maps are as high as wide. Height and width each have a number of places.", oh, ow
    ):
        out = out.reshape(len(x), len(weight), side, side)
    if wrong("You leave the places in one axis, where a map has two, [n, o, oh, ow]."):
        out = out.flatten(2)
    return out


@mistake("conv2d", ASTRAY)
def conv_onto_zeros(x, weight, bias, stride=1, padding=0):
    out = conv2d(x, weight, bias, stride, padding)
    return torch.zeros(out.shape, dtype=x.dtype) + out


# --- conv2d_grad --------------------------------------------------------------------------------

OVERWRITTEN = (
    "Where patches overlap you keep the last one, as = overwrites, although a pixel reaches "
    "the output through all of them."
)
SHARED = (
    "You divide d_x by the number of patches over a pixel, although it reaches the output "
    "through each of them in full."
)
ONE_IMAGE = "Only one image goes into d_weight. It is a sum over all of them."
WEIGHT_PADDED_ONCE = (
    "For d_weight you pad only one side of each axis of x. The border is on all four sides."
)
ONE_AXIS_OF_PLACES = (
    "You add d_bias up over only one axis of the places. A bias affects each row and each column "
    "of its map."
)


@probes("conv2d_grad")
def conv2d_grad_probes(draw):
    for _ in range(2):
        yield draw(3, 4, 4, 4), draw(3, 2, 5, 6), draw(4, 2, 2, 3)
    yield draw(2, 2, 4, 3), draw(2, 2, 7, 6), draw(2, 2, 3, 3), 2, 1
    yield draw(1, 1, 2, 2), draw(1, 1, 4, 4), draw(1, 1, 2, 2), 2, 0
    yield draw(2, 3, 8, 8), draw(2, 3, 6, 5), draw(3, 3, 3, 2), 1, 2
    yield draw(2, 3, 6, 6), draw(2, 3, 6, 5), draw(3, 3, 3, 2), 1, 1


def overwriting(d_out, x, weight, stride, padding):
    """Write each patch of d_x over what was there."""
    (kh, kw), (h, w) = weight.shape[2:], x.shape[2:]
    d_x = F.pad(torch.zeros_like(x), (padding,) * 4)
    for r in range(d_out.shape[2]):
        for s in range(d_out.shape[3]):
            patch = torch.einsum("nk,kjuv->njuv", d_out[:, :, r, s], weight)
            d_x[:, :, r * stride : r * stride + kh, s * stride : s * stride + kw] = patch
    return d_x[:, :, padding : padding + h, padding : padding + w]


def times_covered(x, kernel, stride, padding):
    """How many patches each pixel lies in, at least 1."""
    patches = F.unfold(torch.ones_like(x), kernel, padding=padding, stride=stride)
    return F.fold(patches, x.shape[2:], kernel, padding=padding, stride=stride).clamp(min=1)


@told
def conv2d_grad(d_out, x, weight, stride=None, padding=None):
    step, border = 1, 0
    if wrong(
        "Your default of stride isn't 1. Unless told otherwise the filter takes single steps."
    ):
        step = 2
    if wrong("Your default of padding isn't 0. Unless told otherwise there is no border."):
        border = 1
    stride = step if stride is None else stride
    padding = border if padding is None else padding
    if wrong("You leave out the padding: d_out belongs to the padded image."):
        padding = 0
    if wrong("You leave out the stride: d_out's places lie `stride` pixels apart."):
        stride = 1
    n, kernel, d, filters = len(x), weight.shape[2:], d_out.flatten(2), weight
    if wrong(
        "Your d_x has the filter the wrong way round, so what comes back lands on mirrored pixels."
    ):
        filters = weight.flip(2, 3)
    if wrong("You leave the weights out of d_x. A pixel enters the output through them."):
        filters = torch.ones_like(weight)
    d_patches = filters.flatten(1).t() @ d
    d_x = F.fold(d_patches, x.shape[2:], kernel, padding=padding, stride=stride)
    if wrong(OVERWRITTEN):
        d_x = overwriting(d_out, x, weight, stride, padding)
    if wrong(SHARED):
        d_x = d_x / times_covered(x, kernel, stride, padding)
    if wrong(
        "Rows and columns that the stride leaves over are missing in d_x (conv_transpose2d without "
        "output_padding). It has the shape of x, with 0 there."
    ):
        d_x = F.conv_transpose2d(d_out, weight, stride=stride, padding=padding)
    bordered = F.fold(
        d_patches, [side + 2 * padding for side in x.shape[2:]], kernel, stride=stride
    )
    if wrong("You return the border's gradient with d_x. The border is no part of x."):
        d_x = bordered
    if wrong("You cut the border off on the far sides alone, so d_x lies `padding` pixels off."):
        d_x = bordered[:, :, : x.shape[2], : x.shape[3]]
    if wrong("You always cut off a border of one pixel. It is as wide as the padding."):
        d_x = bordered[:, :, 1:-1, 1:-1]
    if wrong("You cut the far border off at h and w. The image begins `padding` pixels in."):
        d_x = bordered[:, :, padding : x.shape[2], padding : x.shape[3]]
    if wrong("Your slice padding:-padding is empty where padding is 0: -0 is 0, and not the end."):
        d_x = bordered[:, :, padding:-padding, padding:-padding]

    padded = F.pad(x, (padding,) * 4)
    if border := wrong(WEIGHT_PADDED_ONCE, (0, 2 * padding) * 2, (2 * padding, 0) * 2):
        padded = F.pad(x, border)
    each = (d @ F.unfold(padded, kernel, stride=stride).mT).unflatten(2, weight.shape[1:])
    d_weight = each.sum(0)
    if wrong(
        "You take the mean over the images for d_weight, although each image uses "
        "the weights in full."
    ):
        d_weight = d_weight / n
    if wrong(
        "You take the mean over the places for d_weight, although each place uses "
        "the weights in full."
    ):
        d_weight = d_weight / d.shape[2]
    if place := wrong(ONE_IMAGE, 0, -1):
        d_weight = each[place]
    if wrong("You don't add d_weight up over the images, which share the weights."):
        d_weight = each
    if wrong("You flip d_weight. It has the filter's own order."):
        d_weight = d_weight.flip(2, 3)
    if wrong("You swap rows and columns of d_weight. u goes down with r, and v across with s."):
        d_weight = d_weight.mT.reshape(weight.shape)

    d_bias = d_out.sum((0, 2, 3))
    if axes := wrong(ONE_AXIS_OF_PLACES, (0, 2), (0, 3)):
        d_bias = d_out.sum(axes)
    if wrong("You add d_bias up over the images only. A bias affects all places of its map."):
        d_bias = d_out.sum(0)
    if wrong("You add d_bias up over the places only. A bias affects all images."):
        d_bias = d_out.sum((2, 3))
    if wrong("You take a mean for d_bias, although each image and place uses the bias in full."):
        d_bias = d_out.mean((0, 2, 3))
    if wrong(
        "You take the mean over the places for d_bias, although each place uses the bias in full."
    ):
        d_bias = d_out.mean((2, 3)).sum(0)
    if wrong(
        "You take the mean over the images for d_bias, although each image uses the bias in full."
    ):
        d_bias = d_out.sum((0, 2, 3)) / n
    if wrong("You add d_bias up over the filters, too. Each filter has a bias of its own."):
        d_bias = d_out.sum()
    if wrong("You keep the summed axes of d_bias (keepdim). It has the shape of the bias, [o]."):
        d_bias = d_out.sum((0, 2, 3), keepdim=True)
    if wrong("You return the gradients in another order than d_x, d_weight, d_bias."):
        return d_weight, d_bias, d_x
    return d_x, d_weight, d_bias


@mistake("conv2d_grad", AUTOGRAD)
def back_by_autograd(d_out, x, weight, stride=1, padding=0):
    x, weight = x.detach().requires_grad_(), weight.detach().requires_grad_()
    bias = weight.new_zeros(len(weight)).requires_grad_()
    F.conv2d(x, weight, bias, stride, padding).backward(d_out)
    return x.grad, weight.grad, bias.grad


@mistake("conv2d_grad", ASTRAY)
def back_onto_zeros(d_out, x, weight, stride=1, padding=0):
    d_x, d_weight, d_bias = conv2d_grad(d_out, x, weight, stride, padding)
    return torch.zeros(x.shape, dtype=x.dtype) + d_x, d_weight, d_bias


# --- max_pool -----------------------------------------------------------------------------------

WRONG_VIEW = "Your windows are cut along the wrong axes, so their pixels don't lie side by side."


@probes("max_pool")
def max_pool_probes(draw):
    for _ in range(2):
        yield (draw(2, 2, 8, 4),)
    yield draw(2, 3, 7, 10), 3
    yield (-draw(2, 2, 5, 5).abs(),)
    yield draw(2, 2, 3, 3), 1
    yield (draw(1, 1, 4, 6),)
    yield Via((draw(2, 3, 2, 3), draw(2, 3, 4, 6)), "gradients.in_first")


@told
def max_pool(x, size=2):
    if wrong("Your windows are always 2 x 2, whatever size is passed in."):
        size = 2
    (h, w), values, step, ceil = x.shape[2:], x, (size, size), False
    oh, ow, kernel = h // size, w // size, (size, size)
    if wrong("You take the largest absolute value. -3 is smaller than 2."):
        values = x.abs()
    if wrong(
        "You leave out rows and columns at the top and on the left. Windows start there, and what "
        "is left over lies at the end."
    ):
        values = x[:, :, h % size :, w % size :]
    if wrong("Your windows overlap: they move by one pixel, where they lie side by side."):
        step = (1, 1)
    if wrong("Your windows always move by 2 pixels. They lie side by side, so they move by size."):
        step = (2, 2)
    if wrong("You pool rows only. A window is as wide as it is high."):
        kernel, step = (size, 1), (size, 1)
    if wrong("You pool columns only. A window is as high as it is wide."):
        kernel, step = (1, size), (1, size)
    if wrong("You keep windows that aren't whole. Rows and columns left over fill none."):
        ceil = True
    out, places = F.max_pool2d(values, kernel, step, ceil_mode=ceil, return_indices=True)
    if wrong("You take the mean of each window, and not its largest value."):
        out = F.avg_pool2d(values, kernel, step, ceil_mode=ceil)
    if wrong("You add the window up, and don't take its largest value."):
        out = F.avg_pool2d(values, kernel, step) * size**2
    if wrong("You take the smallest value of each window, and not the largest."):
        out = -F.max_pool2d(-x, size)
    if wrong("You return the places of the largest values (argmax), and not the values."):
        out = places
    covered = x[:, :, : oh * size, : ow * size]
    if wrong("You keep one pixel of each window, its first, and not the largest."):
        out = covered[:, :, ::size, ::size]
    if wrong("You take the largest of each whole map. Each window has its own."):
        out = x.amax((2, 3), keepdim=True)
    if wrong(WRONG_VIEW):
        out = covered.reshape(*x.shape[:2], oh, ow, size * size).amax(-1)
    if wrong(WRONG_VIEW):
        out = covered.reshape(*x.shape[:2], oh, size, ow, size).amax((2, 4))
    if wrong(WRONG_VIEW):
        out = covered.reshape(*x.shape[:2], size, oh, size, ow).amax((2, 4))
    if wrong(
        "You view x as whole windows while rows or columns are left over, so the sizes don't "
        "multiply to those of x."
    ):
        out = x.reshape(*x.shape[:2], oh, size, ow, size).amax((3, 5))
    if wrong("You take the largest over the channels, too. Each channel is on its own."):
        out = out.amax(1, keepdim=True)
    if wrong(
        "Your largest value starts from 0, so windows of negative values give 0 (as a padding with "
        "zeros does)."
    ):
        out = out.clamp(min=0)
    if wrong("You count the windows of a row by the height, so only square images come out right."):
        out = out[..., :oh]
    return out


@mistake("max_pool", ASTRAY)
def pool_onto_zeros(x, size=2):
    out = max_pool(x, size)
    return torch.zeros(out.shape, dtype=x.dtype) + out


# --- max_pool_grad ------------------------------------------------------------------------------

TWO_BY_TWO = "Your windows are always 2 x 2, whatever size is passed in."
PLACES_OF_ONE_MAP = (
    "You use the places as those of the whole tensor. They count within one channel of one image, "
    "so all maps land in the first."
)


COARSE = (
    "You look for the largest value in a narrower dtype, where values that differ in their last "
    "digits are equal, so the first of them gets d_out."
)
NARROW_PLACES = "You put places into uint8, which ends at 255: beyond, they wrap around to 0."


@probes("max_pool_grad")
def max_pool_grad_probes(draw):
    for d_out, x, *size in _pooled(draw):
        high, wide = (length // (size or [2])[0] for length in x.shape[2:])
        if high and wide:  # a small draw's has to fit
            yield Ungraphed((d_out[..., :high, :wide], x, *size))


def _pooled(draw):
    for _ in range(2):
        yield draw(2, 2, 4, 2), draw(2, 2, 8, 4)
    yield draw(2, 3, 2, 3), draw(2, 3, 7, 10), 3
    yield draw(2, 2, 2, 2), -draw(2, 2, 5, 5).abs()
    yield draw(2, 2, 2, 3), draw(2, 2, 6, 9).clamp(max=0.2), 3
    yield draw(1, 1, 2, 3), draw(1, 1, 4, 6)
    yield draw(1, 1, 2, 2), draw(1, 1, 4, 4) * 0
    yield draw(2, 2, 3, 3), draw(2, 2, 3, 3), 1
    last_digits = torch.finfo(draw.dtype).eps * draw.ints(100, 2, 2, 4, 4).to(draw.dtype)
    yield draw(2, 2, 2, 2), 1 + last_digits
    yield draw(1, 1, 10, 9), draw(1, 1, 20, 18)


def sent(d_out, x, size):
    """d_out at the place of each window's (first) largest value."""
    _, places = F.max_pool2d(x, size, return_indices=True)
    flat = torch.zeros_like(x).flatten(2)
    return flat.scatter(2, places.flatten(2), d_out.flatten(2)).view_as(x)


def spread(t, size, like):
    """Each value of a map, all over its window; 0 where there is none."""
    wide = t.repeat_interleave(size, 2).repeat_interleave(size, 3)
    return bottomed(wide, like)


def bottomed(t, like):
    """Zeros below and on the right, up to the size of another image."""
    return F.pad(t, (0, like.shape[3] - t.shape[3], 0, like.shape[2] - t.shape[2]))


@told
def max_pool_grad(d_out, x, size=None):
    side = 2
    if other := wrong(
        "Your default of size isn't 2. Unless told otherwise windows are 2 x 2.", 3, 1
    ):
        side = other
    size = side if size is None else size
    if wrong(TWO_BY_TWO):
        size = 2
    (oh, ow), values, up = d_out.shape[2:], x, d_out
    inside = x[:, :, : oh * size, : ow * size]
    if wrong("You send d_out to the smallest value. It is the largest that moves the output."):
        values = -x
    if wrong("You compare absolute values. -3 is smaller than 2."):
        values = x.abs()
    if wrong("You send d_out to the first pixel of each window, and not to its largest."):
        values = torch.zeros_like(x)
    if low := wrong(COARSE, torch.float32, torch.float16, torch.bfloat16):
        values = x.to(low).to(x.dtype)
    largest, places = F.max_pool2d(values, size, return_indices=True)
    if wrong(NARROW_PLACES):
        places = places.to(torch.uint8).long()
    if wrong("You leave out d_out: at the largest values you set 1."):
        up = torch.ones_like(d_out)
    if wrong("You set the largest values themselves, without d_out."):
        up = largest
    if wrong("You multiply d_out by the largest value. The derivative of max is 1 there."):
        up = d_out * largest
    if sends := wrong(
        "Where a window's largest value isn't above 0, you send nothing back. A max is no relu: "
        "it gets d_out, whatever its sign.",
        largest > 0,
        largest != 0,
    ):
        up = d_out * sends
    d_x = torch.zeros_like(x).flatten(2).scatter(2, places.flatten(2), up.flatten(2)).view_as(x)
    if wrong(PLACES_OF_ONE_MAP):
        d_x = torch.zeros_like(x).flatten()
        d_x[places.flatten()] = up.flatten()
        d_x = d_x.view_as(x)
    if wrong(PLACES_OF_ONE_MAP):
        d_x = torch.zeros_like(x).flatten().scatter_add(0, places.flatten(), up.flatten())
        d_x = d_x.view_as(x)
    equal = bottomed(inside == spread(largest, size, x)[:, :, : oh * size, : ow * size], x)
    if wrong("Where several values are the largest you send d_out to all of them, not the first."):
        d_x = equal * spread(up, size, x)
    if wrong("Where several values are the largest you share d_out. The first gets it all."):
        d_x = equal * spread(up / F.avg_pool2d(equal.to(x.dtype), size) / size**2, size, x)
    if wrong("Of equal values you choose the last, where the first, row by row, gets it all."):
        d_x = bottomed(sent(up.flip(2, 3), inside.flip(2, 3), size).flip(2, 3), x)
    if wrong("Of equal values you choose the first by columns, and not row by row."):
        d_x = sent(up.mT, x.mT, size).mT
    if wrong("You swap row and column within a window, so d_out goes to the mirrored place."):
        windows = d_x[:, :, : oh * size, : ow * size].unflatten(3, (ow, size))
        d_x = windows.unflatten(2, (oh, size)).transpose(3, 5).flatten(4, 5).flatten(2, 3)
        d_x = bottomed(d_x, x)
    if wrong("You send d_out to the whole window. Only its largest value moves the output."):
        d_x = spread(up, size, x)
    if wrong("You spread d_out evenly, as for a mean. It all goes to the largest value."):
        d_x = spread(up, size, x) / size**2
    if wrong(
        "Rows and columns that fill no window are missing. d_x has the shape of x, with 0 there."
    ):
        d_x = d_x[:, :, : oh * size, : ow * size]
    if wrong(TWO_BY_TWO):
        d_x = bottomed(sent(up, x[:, :, : 2 * oh, : 2 * ow], 2), x)
    if wrong(DEFAULT_DTYPE):
        d_x = d_x.float()
    return d_x


@mistake("max_pool_grad", AUTOGRAD)
def pool_back_autograd(d_out, x, size=2):
    x = x.detach().requires_grad_()
    return torch.autograd.grad((F.max_pool2d(x, size) * d_out).sum(), x)[0]


@mistake("max_pool_grad", ASTRAY)
def pool_back_onto_zeros(d_out, x, size=2):
    return torch.zeros(x.shape, dtype=x.dtype) + sent(d_out, x, size)
