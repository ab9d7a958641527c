"""Right answers of chapter 2 that look unusual. All must pass."""

import functools
from collections import namedtuple

import torch

from kata.diagnosis.recorded import right


@right("split_and_scale")
def view_and_slices(images, labels, n_valid=10_000):
    n = len(images) - n_valid
    x, y = images.view(len(images), -1).float() / 256.0, labels.float()
    return x[:n], y[:n], x[n:], y[n:]


@right("split_and_scale")
def reshape_by_sizes(images, labels, n_valid=10_000):
    n, h, w = images.shape
    x = images.reshape(n, h * w).to(torch.float32).div(256)
    y = labels.type(torch.float32)
    return x[:-n_valid], y[:-n_valid], x[-n_valid:], y[-n_valid:]


@right("split_and_scale")
def times_the_inverse(images, labels, n_valid=10_000):
    x, y = images.flatten(start_dim=1) * (1 / 256), labels * 1.0
    return x[:-n_valid], y[:-n_valid], x[-n_valid:], y[-n_valid:]


@right("split_and_scale")
def torchs_split(images, labels, n_valid=10_000):
    sizes = [len(images) - n_valid, n_valid]
    x_train, x_valid = (images / 256.0).flatten(1).split(sizes)
    y_train, y_valid = labels.float().split(sizes)
    return [x_train, y_train, x_valid, y_valid]


@right("split_and_scale")
def split_then_scale(images, labels, n_valid=10_000):
    def part(rows):
        return images[rows].flatten(1).float() / 256, labels[rows].float()

    return *part(slice(None, -n_valid)), *part(slice(-n_valid, None))


@right("split_and_scale")
def loop_over_images(images, labels, n_valid=10_000):
    rows = torch.stack([image.reshape(-1).float().mul(2**-8) for image in images])
    n = rows.shape[0] - n_valid
    return rows[:n].clone(), labels[:n].float(), rows[n:].clone(), labels[n:].float()


@right("split_and_scale")
def narrowed(images, labels, n_valid=10_000):
    n = images.size(0) - n_valid
    x, y = torch.flatten(images, 1).float() / 256, labels.to(torch.float)
    return x.narrow(0, 0, n), y.narrow(0, 0, n), x.narrow(0, n, n_valid), y.narrow(0, n, n_valid)


@right("split_and_scale")
def in_double_first(images, labels, n_valid=10_000):
    x = (images.double() / 256).float().flatten(1)
    return x[:-n_valid], labels[:-n_valid].float(), x[-n_valid:], labels[-n_valid:].float()


Splits = namedtuple("Splits", "x_train y_train x_valid y_valid")


@right("split_and_scale")
class Splitter:
    """An object that is called, and gives a named tuple."""

    def __call__(self, images, labels, n_valid=10_000):
        x, y = images.flatten(1).float() / 256.0, labels.float()
        return Splits(x[:-n_valid], y[:-n_valid], x[-n_valid:], y[-n_valid:])


@right("normalize")
def in_words(x, mean, std):
    return x.sub(mean).div(std)


@right("normalize")
def spread_out(x, mean, std):
    return x / std - mean / std


@right("normalize")
def by_the_inverse(x, mean, std):
    return (x - mean) * (1 / std)


@right("normalize")
def by_a_negative_power(x, mean, std):
    return (x - mean) * std**-1


@right("normalize")
def other_sign_twice(x, mean, std):
    return (mean - x) / -std


@right("normalize")
def in_double(x, mean, std):
    return ((x.double() - mean) / std).to(x.dtype)


@right("normalize")
def on_a_copy(x, mean, std):
    out = x.clone()
    out -= mean
    out /= std
    return out


@right("normalize")
def as_tensors(x, mean, std):
    mean, std = (torch.as_tensor(v, dtype=x.dtype, device=x.device) for v in (mean, std))
    return torch.true_divide(x - mean, std)


@right("normalize")
def as_floats(x, mean, std):
    return (x - float(mean)) / float(std)


@right("normalize")
class Normalizer:
    """An object that is called."""

    def __call__(self, x, mean, std):
        return torch.div(torch.subtract(x, mean), std)


normalized = functools.partial(lambda x, mean, std: (x - mean) / std)


@right("normalize_splits")
def floats(x_train, x_valid):
    mean, std = x_train.mean().item(), x_train.std().item()
    return (x_train - mean) / std, (x_valid - mean) / std


@right("normalize_splits")
def std_and_mean(x_train, x_valid):
    std, mean = torch.std_mean(x_train)
    return [normalized(x, mean, std) for x in (x_train, x_valid)]


@right("normalize_splits")
def std_of_what_is_shifted(x_train, x_valid):
    mean = x_train.mean()
    x_train, x_valid = x_train - mean, x_valid - mean
    std = x_train.std()
    return x_train / std, x_valid / std


@right("normalize_splits")
def by_sums(x_train, x_valid):
    n = x_train.numel()
    mean = x_train.sum() / n
    std = ((x_train - mean).square().sum() / (n - 1)).sqrt()
    return normalized(x_train, mean, std), normalized(x_valid, mean, std)


@right("normalize_splits")
def mean_of_squares(x_train, x_valid):
    n, mean = x_train.numel(), x_train.mean()
    std = ((x_train.pow(2).mean() - mean**2) * n / (n - 1)) ** 0.5
    return normalized(x_train, mean, std), normalized(x_valid, mean, std)


@right("normalize_splits")
def by_the_norm(x_train, x_valid):
    mean = x_train.mean()
    std = (x_train - mean).norm() / (x_train.numel() - 1) ** 0.5
    return normalized(x_train, mean, std), normalized(x_valid, mean, std)


@right("normalize_splits")
def number_by_number(x_train, x_valid):
    values = x_train.flatten().tolist()
    mean = sum(values) / len(values)
    std = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
    return normalized(x_train, mean, std), normalized(x_valid, mean, std)


@right("normalize_splits")
def means_of_columns(x_train, x_valid):
    mean = x_train.mean(dim=0).mean()
    std = x_train.var(correction=1).sqrt()
    return normalized(x_train, mean, std), normalized(x_valid, mean, std)


@right("normalize_splits")
def kept_axes(x_train, x_valid):
    mean, std = x_train.mean((0, 1), keepdim=True), x_train.std((0, 1), keepdim=True)
    return normalized(x_train, mean, std), normalized(x_valid, mean, std)


@right("normalize_splits")
def together_then_split(x_train, x_valid):
    both = normalized(torch.cat([x_train, x_valid]), x_train.mean(), x_train.std())
    return both.split([len(x_train), len(x_valid)])


@right("normalize_splits")
def generator(x_train, x_valid):
    mean, std = x_train.double().mean(), x_train.double().std()
    return tuple(normalized(x.double(), mean, std).to(x.dtype) for x in (x_train, x_valid))


@right("normalize_splits")
class Normalizers:
    """An object that is called."""

    def __call__(self, x_train, x_valid):
        self.mean, self.std = x_train.mean(), x_train.std()
        return self.z(x_train), self.z(x_valid)

    def z(self, x):
        return (x - self.mean) / self.std


@right("get_shapes")
def unpacked(x_train, y_train):
    n, m = x_train.shape
    return n, m, int(y_train.max().item()) + 1


@right("get_shapes")
def spread(x_train, y_train):
    return *x_train.shape, int(y_train.max() + 1)


@right("get_shapes")
def as_a_size(x_train, y_train):
    return torch.Size([*x_train.shape, int(y_train.max()) + 1])


@right("get_shapes")
def as_a_list(x_train, y_train):
    return [x_train.size(0), x_train.size(1), round(float(y_train.max())) + 1]


@right("get_shapes")
def by_builtins(x_train, y_train):
    return len(x_train), len(x_train[0]), 1 + int(max(y_train))


@right("get_shapes")
def by_lists(x_train, y_train):
    return len(x_train), x_train.numel() // len(y_train), int(max(y_train.tolist())) + 1


@right("get_shapes")
def by_bins(x_train, y_train):
    return x_train.shape[0], x_train.shape[-1], len(torch.bincount(y_train.long()))


@right("get_shapes")
def by_sorting(x_train, y_train):
    labels = sorted(set(y_train.int().tolist()))
    return y_train.shape[0], x_train.shape[1], labels[-1] + 1


@right("get_shapes")
class Shapes:
    """An object that is called."""

    def __call__(self, x_train, y_train):
        n, m = map(int, x_train.size())
        return n, m, torch.amax(y_train).add(1).int().item()
