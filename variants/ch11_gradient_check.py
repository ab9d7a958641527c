"""Right answers of chapter 11 that are written in unusual ways."""

import itertools
from functools import cache

import torch

from kata.diagnosis.recorded import right


@right("numeric_grad")
def one_element_after_the_other(f, x, h):
    grad = torch.zeros_like(x)
    for index in itertools.product(*map(range, x.shape)):
        up, down = x.clone(memory_format=torch.contiguous_format), x.detach().contiguous().clone()
        up[index] += h
        down[index] -= h
        grad[index] = (f(up) - f(down)) / (2 * h)
    return grad


@right("numeric_grad")
def as_python_numbers(f, x, h):
    flat = x.flatten()
    slopes = []
    for i in range(len(flat)):
        step = torch.zeros_like(flat)
        step[i] = h
        step = step.reshape(x.shape)
        slopes.append((f(x + step).item() - f(x - step).item()) / (2 * h))
    return torch.tensor(slopes, dtype=x.dtype, device=x.device).reshape(x.shape)


@right("numeric_grad")
def two_one_sided_ones(f, x, h):
    """The mean of the two one-sided differences is the central one."""
    here = f(x)
    sides = []
    for s in (h, -h):
        slopes = []
        for i in range(x.numel()):
            step = torch.zeros(x.numel(), dtype=x.dtype, device=x.device)
            step[i] = s
            slopes.append((f(x + step.view(x.shape)) - here) / s)
        sides.append(torch.stack(slopes).view(x.shape))
    return (sides[0] + sides[1]) / 2


@right("numeric_grad")
def by_vmap_over_steps(f, x, h):
    steps = torch.diag(x.new_full((x.numel(),), h)).view(-1, *x.shape)
    up, down = torch.vmap(lambda s: f(x + s))(steps), torch.vmap(lambda s: f(x - s))(steps)
    return ((up - down) / (2 * h)).view(x.shape)


@right("numeric_grad")
class InPlaceOnACopy:
    """Moves the elements of a copy, and puts them back."""

    def __call__(self, f, x, h):
        work = x.clone(memory_format=torch.contiguous_format)
        grad, flat = torch.empty_like(work), work.view(-1)
        for i in range(flat.numel()):
            kept = flat[i].clone()
            flat[i] = kept + h
            grad.view(-1)[i] = f(work)
            flat[i] = kept - h
            grad.view(-1)[i] -= f(work)
            flat[i] = kept
        return grad / (2 * h)


@right("good_step")
def in_powers_of_ten(dtype):
    return {torch.float32: 1e-2, torch.float64: 1e-5}[dtype]


@right("good_step")
def somewhat_smaller(dtype):
    return 1e-3 if dtype == torch.float32 else 1e-6


@right("good_step")
def by_unit_roundoff(dtype):
    return (3 * torch.finfo(dtype).eps / 2) ** (1 / 3)


@right("good_step")
def by_a_tensor(dtype):
    return torch.tensor(torch.finfo(dtype).eps, dtype=torch.float64).pow(1 / 3).item()


right("good_step")(cache(lambda dtype: torch.finfo(dtype).eps ** (1 / 3)))


def central(f, x, h):
    axes = torch.eye(x.numel(), dtype=x.dtype).view(-1, *x.shape)
    return torch.stack([f(x + h * e) - f(x - h * e) for e in axes]).view(x.shape) / (2 * h)


@right("grad_is_right")
def over_the_larger_length(f, x, grad):
    if tuple(grad.shape) != tuple(x.shape) or grad.isinf().any():
        return False
    h, tolerance = (1e-2, 4e-3) if x.dtype == torch.float32 else (1e-5, 3e-6)
    number = central(f, x, h)
    scale = max(number.norm().item(), grad.norm().item())
    return (number - grad).norm().item() <= tolerance * scale


@right("grad_is_right")
def over_the_sum_of_lengths(f, x, grad):
    """As CS231n has it, with a guard against 0/0."""
    if grad.shape != x.shape or not grad.isfinite().all():
        return False
    number = central(f, x, torch.finfo(x.dtype).eps ** (1 / 3))
    both = number.norm() + grad.norm()
    if both == 0:
        return True
    limit = 2e-3 if x.dtype == torch.float32 else 1e-7
    return ((number - grad).norm() / both).item() < limit


@right("grad_is_right")
def with_a_floor_of_rounding(f, x, grad):
    """Where the gradient is 0, the differences of a large f are rounding: that much is allowed."""
    if grad.shape != x.shape:
        return False
    eps = torch.finfo(x.dtype).eps
    h = eps ** (1 / 3)
    number = central(f, x, h)
    floor = eps * abs(float(f(x))) / h
    length = float(torch.linalg.vector_norm(number - grad))
    return length <= 100 * eps ** (2 / 3) * float(number.norm()) + floor
