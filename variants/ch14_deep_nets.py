"""Right answers of chapter 14 that are written in unusual ways."""

import math

import numpy as np
import torch
from torch import nn

from kata.diagnosis.recorded import right

# --- log2_growth --------------------------------------------------------------------------------


@right("log2_growth")
def growth_in_one_logarithm(d, std, n_layers):
    return n_layers * math.log2(d * std**2 / 2)


@right("log2_growth")
def growth_of_roots(d, std, n_layers):
    return 2 * n_layers * math.log(std / math.sqrt(2 / d), 2)


@right("log2_growth")
def growth_layer_by_layer(d, std, n_layers):
    return math.fsum(math.log2(d) + 2 * math.log2(std) - 1 for _ in range(n_layers))


@right("log2_growth")
def growth_summed(d, std, n_layers):
    return sum([math.log2(d * std * std / 2)] * n_layers)


@right("log2_growth")
def growth_by_numpy(d, std, n_layers):
    return np.float64(n_layers) * np.log2(np.float64(d) * std * std / 2)


# --- log2_moments -------------------------------------------------------------------------------


@right("log2_moments")
def moments_of_the_largest(x, ws):
    """Divides by the largest value, which no square of the rest exceeds."""
    found, log2 = [], torch.zeros((), dtype=x.dtype, device=x.device)
    for w in ws:
        x = torch.clamp(x @ w, min=0)
        largest = x.max()
        x, log2 = x / largest, log2 + largest.log2()
        found.append(2 * log2 + (x**2).mean().log2())
    return torch.stack(found)


@right("log2_moments")
def moments_by_powers_of_two(x, ws):
    """Divides by a whole power of two, which rounds nothing."""
    out = x.new_empty(len(ws))
    shift = 0
    for k in range(ws.shape[0]):
        x = torch.relu(torch.mm(x, ws[k]))
        out[k] = x.pow(2).mean().log2() + shift
        by = int(out[k].item() - shift) // 2
        x, shift = x * 2.0**-by, shift + 2 * by
    return out


@right("log2_moments")
def moments_of_scaled_weights(x, ws):
    """Makes the weights smaller, not the signal, and adds up afterwards."""
    sizes = ws.abs().amax((1, 2), keepdim=True) * ws.shape[-1]
    found, lost = [], []
    for w in ws / sizes:
        x = torch.relu(x @ w)
        square = x.square().mean()
        found.append(square.log2())
        lost.append(square.log2())
        x = x * square.rsqrt()
    return torch.stack(found).cumsum(0) + 2 * sizes.flatten().log2().cumsum(0)


@right("log2_moments")
class Moments:
    """An object that keeps the sum of logarithms between layers."""

    def __call__(self, x, ws):
        self.total, self.x = 0, x
        return torch.stack([self.layer(w) for w in ws])

    def layer(self, w):
        out = nn.functional.relu(self.x @ w)
        norm = torch.linalg.vector_norm(out)
        self.total = self.total + norm.log2()
        self.x = out / norm
        return 2 * self.total - math.log2(out.numel())


# --- fixup_init ---------------------------------------------------------------------------------


@right("fixup_init")
def fixup_zeroed_by_a_mask(n_layers, m, d):
    std = (2 / d) ** 0.5 / n_layers ** (0.5 / (m - 1))
    keep = (torch.arange(m) < m - 1).view(1, m, 1, 1)
    return torch.randn(n_layers, m, d, d) * std * keep


@right("fixup_init")
def fixup_stacked(n_layers, m, d):
    std = math.sqrt(2 / d) * math.pow(n_layers, -1 / (2 * (m - 1)))

    def branch():
        drawn = [torch.empty(d, d).normal_(0, std) for _ in range(m - 1)]
        return torch.stack([*drawn, torch.zeros(d, d)])

    return torch.stack([branch() for _ in range(n_layers)])


@right("fixup_init")
def fixup_by_kaiming(n_layers, m, d):
    w = torch.zeros(n_layers, m, d, d)
    for branch in w:
        for layer in branch[:-1]:
            nn.init.kaiming_normal_(layer, mode="fan_out", nonlinearity="relu")
    return w.mul_(n_layers ** (-1 / (2 * m - 2)))


@right("fixup_init")
def fixup_concatenated(n_layers, m, d):
    scale = torch.tensor(2.0 / d).sqrt() * torch.tensor(float(n_layers)).pow(-1 / (2 * m - 2))
    drawn = torch.normal(0.0, 1.0, (n_layers, m - 1, d, d)) * scale
    return torch.cat([drawn, torch.zeros(n_layers, 1, d, d)], dim=1)


# --- residual_pass ------------------------------------------------------------------------------


def there(x, w):
    for w1, w2 in w:
        x = x + torch.clamp_min(x @ w1, 0) @ w2
    return x


@right("residual_pass")
@torch.no_grad()
def residual_halved_again_and_again(x, targ, w):
    """Keeps log L states: the middle one, then that of each half, and so on."""
    grad = torch.empty_like(w)

    def back(x, first, last, g):
        if last - first > 1:
            middle = (first + last) // 2
            g = back(there(x, w[first:middle]), middle, last, g)
            return back(x, first, middle, g)
        w1, w2 = w[first]
        hidden = torch.relu(x @ w1)
        d = torch.where(hidden > 0, g @ w2.T, 0)
        grad[first, 0], grad[first, 1] = x.T @ d, hidden.T @ g
        return g + d @ w1.T

    error = there(x, w) - targ
    x.grad = back(x.detach(), 0, len(w), error * (2 / error.numel()))
    w.grad = grad
    return (error**2).mean()


@right("residual_pass")
@torch.no_grad()
def residual_in_fixed_stretches(x, targ, w):
    """Stretches of ceil(sqrt(L)) layers, each with its hidden units computed once more."""
    step = math.ceil(math.sqrt(len(w)))
    starts, grads = [x], []
    for first in range(0, len(w), step):
        starts.append(there(starts[-1], w[first : first + step]))
    error = starts.pop() - targ
    g = error.mul(2).div(error.shape[0] * error.shape[1])
    for first in range(0, len(w), step)[::-1]:
        inputs, hiddens, h = [], [], starts.pop()
        for w1, w2 in w[first : first + step]:
            inputs.append(h)
            hiddens.append((h @ w1).relu())
            h = h + hiddens[-1] @ w2
        for k in range(len(inputs) - 1, -1, -1):
            w1, w2 = w[first + k]
            d_w2 = torch.einsum("nh,nd->hd", hiddens[k], g)
            d = torch.einsum("nd,hd->nh", g, w2) * hiddens[k].sign()
            grads.append(torch.stack([torch.einsum("nd,nh->dh", inputs[k], d), d_w2]))
            g = g + torch.einsum("nh,dh->nd", d, w1)
    w.grad = torch.stack(grads[::-1])
    x.grad = g
    return torch.nn.functional.mse_loss(error + targ, targ)


@right("residual_pass")
class ResidualPass:
    """An object with a method for the way back through one stretch."""

    @torch.no_grad()
    def __call__(self, x, targ, w):
        self.w, self.step = w, max(1, round(len(w) ** 0.5))
        self.grad = w.new_zeros(w.shape)
        kept, h = [], x
        for k, (w1, w2) in enumerate(w):
            if k % self.step == 0:
                kept.append((k, h))
            h = torch.addmm(h, torch.mm(h, w1).clamp_(min=0), w2)
        g = (h - targ) * 2 / targ.numel()
        while kept:
            g = self.back(*kept.pop(), g)
        x.grad, w.grad = g, self.grad
        return torch.mean((h - targ) ** 2)

    def back(self, first, h, g):
        last = min(first + self.step, len(self.w))
        states = [h]
        for w1, w2 in self.w[first : last - 1]:
            states.append(states[-1] + torch.relu(states[-1] @ w1) @ w2)
        for k in reversed(range(first, last)):
            h, (w1, w2) = states.pop(), self.w[k]
            before = h @ w1
            d = (g @ w2.mT).masked_fill(before <= 0, 0)
            self.grad[k] = torch.stack([h.mT @ d, before.clamp(min=0).mT @ g])
            g = g + d @ w1.mT
        return g


@right("residual_pass")
@torch.no_grad()
def residual_from_the_start_each_time(x, targ, w):
    """Keeps about sqrt(L) / 2 states, each twice as far from the next."""
    step = 2 * max(1, math.isqrt(len(w)))
    cuts = range(0, len(w), step)
    kept = [x.detach()]
    for first in cuts[:-1]:
        kept.append(there(kept[-1], w[first : first + step]))
    error = there(kept[-1], w[cuts[-1] :]) - targ
    g, d_w = error / (0.5 * error.numel()), [None] * len(w)
    for first, start in zip(reversed(cuts), reversed(kept), strict=True):
        states = [start]
        for k in range(first, min(first + step, len(w)) - 1):
            states.append(there(states[-1], w[k : k + 1]))
        for k in range(first + len(states) - 1, first - 1, -1):
            h = states.pop()
            mask = h @ w[k, 0] > 0
            d = mask * (g @ w[k, 1].t())
            d_w[k] = torch.stack([h.t() @ d, (mask * (h @ w[k, 0])).t() @ g])
            g = g + d @ w[k, 0].t()
    x.grad, w.grad = g, torch.stack(d_w)
    return error.pow(2).mean()
