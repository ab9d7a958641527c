"""Right answers of chapter 18 that are written in unusual ways."""

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right


@right("conv2d")
def by_torch(x, weight, bias, stride=1, padding=0):
    return F.conv2d(x, weight, bias, stride, padding)


@right("conv2d")
def filter_place_by_filter_place(x, weight, bias, stride=1, padding=0):
    """A sum over the kh kw places within the filter; each is one product of channels."""
    x = F.pad(x, (padding,) * 4)
    kh, kw = weight.shape[2:]
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    out = bias[:, None, None]
    for u in range(kh):
        for v in range(kw):
            seen = x[:, :, u : u + stride * oh : stride, v : v + stride * ow : stride]
            seen = seen[:, :, :oh, :ow]
            out = out + torch.einsum("ncrs,oc->nors", seen, weight[:, :, u, v])
    return out


@right("conv2d")
def by_strides(x, weight, bias, stride=1, padding=0):
    """The patches as a view of x: Tensor.unfold, twice."""
    kh, kw = weight.shape[2:]
    patches = F.pad(x, (padding,) * 4).unfold(2, kh, stride).unfold(3, kw, stride)
    return torch.einsum("ncrsuv,ocuv->nors", patches, weight) + bias.view(-1, 1, 1)


@right("conv2d")
class PlaceByPlace:
    """A loop over the map; each place is one product."""

    def __call__(self, x, weight, bias, stride=1, padding=0):
        x = F.pad(x, (padding,) * 4)
        kh, kw = weight.shape[2:]
        rows = []
        for top in range(0, x.shape[2] - kh + 1, stride):
            row = []
            for left in range(0, x.shape[3] - kw + 1, stride):
                patch = x[:, :, top : top + kh, left : left + kw].flatten(1)
                row.append(patch @ weight.flatten(1).T + bias)
            rows.append(torch.stack(row, -1))
        return torch.stack(rows, -2)


@right("conv2d_grad")
def by_kernels(d_out, x, weight, stride=1, padding=0):
    """torch's own functions for the two gradients, which no graph calls here."""
    d_x = torch.ops.aten.convolution_backward(
        d_out,
        x,
        weight,
        [len(weight)],
        [stride, stride],
        [padding, padding],
        [1, 1],
        False,
        [0, 0],
        1,
        [True, True, True],
    )
    return d_x


@right("conv2d_grad")
def place_by_place(d_out, x, weight, stride=1, padding=0):
    wide = F.pad(x, (padding,) * 4)
    d_wide, d_weight = torch.zeros_like(wide), torch.zeros_like(weight)
    kh, kw = weight.shape[2:]
    for r in range(d_out.shape[2]):
        for s in range(d_out.shape[3]):
            at = (..., slice(r * stride, r * stride + kh), slice(s * stride, s * stride + kw))
            up = d_out[:, :, r, s]
            d_wide[at] += torch.einsum("no,ocuv->ncuv", up, weight)
            d_weight += torch.einsum("no,ncuv->ocuv", up, wide[at])
    h, w = x.shape[2:]
    return (
        d_wide[:, :, padding : padding + h, padding : padding + w],
        d_weight,
        d_out.sum((0, 2, 3)),
    )


@right("conv2d_grad")
def by_transposed_convolution(d_out, x, weight, stride=1, padding=0):
    """d_x by conv_transpose2d; rows that no filter reached are what is left over."""
    kernel = weight.shape[2:]
    reached = [(s - 1) * stride + k for s, k in zip(d_out.shape[2:], kernel, strict=True)]
    d_wide = F.conv_transpose2d(d_out, weight, stride=stride)
    missing = [s + 2 * padding - r for s, r in zip(x.shape[2:], reached, strict=True)]
    d_wide = F.pad(d_wide, (0, missing[1], 0, missing[0]))
    h, w = x.shape[2:]
    d_x = d_wide[:, :, padding : padding + h, padding : padding + w]
    patches = F.pad(x, (padding,) * 4).unfold(2, kernel[0], stride).unfold(3, kernel[1], stride)
    d_weight = torch.einsum("nors,ncrsuv->ocuv", d_out, patches)
    return [d_x, d_weight, torch.einsum("nors->o", d_out)]


@right("conv2d_grad")
def in_float64(d_out, x, weight, stride=1, padding=0):
    wide = place_by_place(d_out.double(), x.double(), weight.double(), stride, padding)
    return tuple(t.to(x.dtype) for t in wide)


@right("max_pool")
def pool_by_torch(x, size=2):
    return torch.max_pool2d(x, size)


@right("max_pool")
def pool_by_views(x, size=2):
    oh, ow = x.shape[2] // size, x.shape[3] // size
    covered = x[..., : oh * size, : ow * size]
    return covered.unflatten(3, (ow, size)).unflatten(2, (oh, size)).amax((3, 5))


@right("max_pool")
def pool_by_strides(x, size=2):
    """The largest of size^2 thinned images."""
    oh, ow = x.shape[2] // size * size, x.shape[3] // size * size
    covered = x[:, :, :oh, :ow]
    found = covered[:, :, ::size, ::size]
    for u in range(size):
        for v in range(size):
            found = torch.maximum(found, covered[:, :, u::size, v::size])
    return found


@right("max_pool")
def pool_by_unfold(x, size=2):
    n, c, h, w = x.shape
    columns = F.unfold(x.reshape(n * c, 1, h, w), size, stride=size)
    return columns.max(1).values.view(n, c, h // size, w // size)


@right("max_pool_grad")
def pool_back_window_by_window(d_out, x, size=2):
    d_x = torch.zeros_like(x)
    n, c, oh, ow = d_out.shape
    for i in range(n):
        for j in range(c):
            for r in range(oh):
                for s in range(ow):
                    window = x[i, j, r * size : (r + 1) * size, s * size : (s + 1) * size]
                    u, v = divmod(int(window.reshape(-1).argmax()), size)
                    d_x[i, j, r * size + u, s * size + v] = d_out[i, j, r, s]
    return d_x


@right("max_pool_grad")
def pool_back_by_unpool(d_out, x, size=2):
    _, where = F.max_pool2d(x, size, return_indices=True)
    return F.max_unpool2d(d_out, where, size, output_size=x.shape[2:])


@right("max_pool_grad")
def pool_back_by_one_hot(d_out, x, size=2):
    n, c, h, w = x.shape
    columns = F.unfold(x.reshape(n * c, 1, h, w), size, stride=size)
    chosen = F.one_hot(columns.argmax(1), size * size).mT.to(x.dtype)
    spread = chosen * d_out.reshape(n * c, 1, -1)
    return F.fold(spread, (h, w), size, stride=size).view(x.shape)


@right("max_pool_grad")
def pool_back_by_a_running_mask(d_out, x, size=2):
    """The first of equal ones: a place counts if no earlier one of its window did."""
    oh, ow = d_out.shape[2:]
    d_x, left = torch.zeros_like(x), torch.ones_like(d_out, dtype=torch.bool)
    largest = F.max_pool2d(x, size)
    for u in range(size):
        for v in range(size):
            at = (..., slice(u, oh * size, size), slice(v, ow * size, size))
            here = left & (x[at] == largest)
            d_x[at] = torch.where(here, d_out, 0)
            left = left & ~here
    return d_x
