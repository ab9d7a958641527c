"""Right answers to chapter 13, in unusual ways: all must pass."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from kata.diagnosis.recorded import right

# --- batches ------------------------------------------------------------------------------------


@right("batches")
def batches_by_sorting(n, size):
    return torch.rand(n, dtype=torch.float64).argsort().split(size)


@right("batches")
def batches_by_slices(n, size):
    order = torch.randperm(n)
    return [order[i : i + size] for i in range(0, n, size)]


@right("batches")
def batches_by_swaps(n, size):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(torch.randint(i + 1, ()))
        order[i], order[j] = order[j], order[i]
    return [torch.tensor(order[i : i + size]) for i in range(0, n, size)]


@right("batches")
def batches_by_sampling(n, size):
    return list(torch.multinomial(torch.ones(n), n).split(size))


@right("batches")
class Batches:
    """Keeps the rows, and draws an order of them at each call."""

    def __call__(self, n, size):
        order = torch.arange(n)[torch.randperm(n)]
        ends = range(size, n, size)
        return torch.tensor_split(order, list(ends))


# --- sgd ----------------------------------------------------------------------------------------


@right("sgd")
def sgd_in_a_loop(params, grads, lr):
    new = []
    for i in range(len(params)):
        new.append(params[i].sub(grads[i], alpha=lr))
    return new


@right("sgd")
def sgd_as_a_tuple(params, grads, lr):
    return tuple(torch.add(p, g, alpha=-lr) for p, g in zip(params, grads, strict=True))


@right("sgd")
def sgd_by_lerp(params, grads, lr):
    return [torch.lerp(p, p - g, lr) for p, g in zip(params, grads, strict=True)]


@right("sgd")
def sgd_on_copies(params, grads, lr):
    new = [p.clone() for p in params]
    torch._foreach_add_(new, list(grads), alpha=-lr)
    return new


@right("sgd")
def sgd_by_torch_s_optimiser(params, grads, lr):
    new = [nn.Parameter(p.detach().clone()) for p in params]
    for p, g in zip(new, grads, strict=True):
        p.grad = g.clone()
    torch.optim.SGD(new, lr=lr).step()
    return [p.detach() for p in new]


# --- momentum -----------------------------------------------------------------------------------


@right("momentum")
def momentum_in_a_loop(params, grads, velocity, lr, beta):
    new_params, new_velocity = [], []
    for p, g, v in zip(params, grads, velocity, strict=True):
        v = v * beta + g
        new_velocity.append(v)
        new_params.append(p - v * lr)
    return new_params, new_velocity


@right("momentum")
def momentum_as_lists(params, grads, velocity, lr, beta):
    v = [torch.add(g, v, alpha=beta) for g, v in zip(grads, velocity, strict=True)]
    return [[p.sub(s, alpha=lr) for p, s in zip(params, v, strict=True)], v]


@right("momentum")
def momentum_multiplied_out(params, grads, velocity, lr, beta):
    pairs = list(zip(params, grads, velocity, strict=True))
    return [p - lr * beta * v - lr * g for p, g, v in pairs], [beta * v + g for _, g, v in pairs]


@right("momentum")
def momentum_on_copies(params, grads, velocity, lr, beta):
    params, velocity = [p.clone() for p in params], [v.clone() for v in velocity]
    for p, g, v in zip(params, grads, velocity, strict=True):
        v.mul_(beta).add_(g)
        p.add_(v, alpha=-lr)
    return params, velocity


@right("momentum")
def momentum_in_float64(params, grads, velocity, lr, beta):
    new = [beta * v.double() + g.double() for v, g in zip(velocity, grads, strict=True)]
    moved = [p.double() - lr * v for p, v in zip(params, new, strict=True)]
    return tuple([t.to(p.dtype) for t, p in zip(ts, params, strict=True)] for ts in (moved, new))


# --- adam ---------------------------------------------------------------------------------------


@right("adam")
def adam_as_torch_has_it(params, grads, m, v, t, lr, beta1, beta2, eps):
    m = [a.lerp(g, 1 - beta1) for a, g in zip(m, grads, strict=True)]
    v = [(b * beta2).addcmul(g, g, value=1 - beta2) for b, g in zip(v, grads, strict=True)]
    rate, root = lr / (1 - beta1**t), (1 - beta2**t) ** 0.5
    new = [p - rate * a / (b.sqrt() / root + eps) for p, a, b in zip(params, m, v, strict=True)]
    return new, m, v


@right("adam")
def adam_in_a_loop(params, grads, m, v, t, lr, beta1, beta2, eps):
    found = []
    for p, g, a, b in zip(params, grads, m, v, strict=True):
        a = beta1 * a + (1 - beta1) * g
        b = beta2 * b + (1 - beta2) * g**2
        a_hat, b_hat = a / (1 - beta1**t), b / (1 - beta2**t)
        found.append((p - lr * a_hat / (torch.sqrt(b_hat) + eps), a, b))
    return [list(some) for some in zip(*found, strict=True)]


@right("adam")
def adam_with_betas_as_tensors(params, grads, m, v, t, lr, beta1, beta2, eps):
    beta1, beta2 = (torch.tensor(b, dtype=params[0].dtype) for b in (beta1, beta2))
    m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, grads, strict=True)]
    v = [beta2 * b + (1 - beta2) * g.square() for b, g in zip(v, grads, strict=True)]
    m_hat, v_hat = [a / (1 - beta1**t) for a in m], [b / (1 - beta2**t) for b in v]
    steps = [a / (b**0.5 + eps) for a, b in zip(m_hat, v_hat, strict=True)]
    return [p - lr * s for p, s in zip(params, steps, strict=True)], m, v


@right("adam")
def adam_on_copies(params, grads, m, v, t, lr, beta1, beta2, eps):
    params, m, v = ([x.clone() for x in some] for some in (params, m, v))
    for p, g, a, b in zip(params, grads, m, v, strict=True):
        a.mul_(beta1).add_(g, alpha=1 - beta1)
        b.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        p.addcdiv_(a / (1 - beta1**t), (b / (1 - beta2**t)).sqrt_().add_(eps), value=-lr)
    return params, m, v


@right("adam")
def adam_as_differences(params, grads, m, v, t, lr, beta1, beta2, eps):
    m = [a + (1 - beta1) * (g - a) for a, g in zip(m, grads, strict=True)]
    v = [b + (1 - beta2) * (g * g - b) for b, g in zip(v, grads, strict=True)]
    c1, c2 = 1 - beta1**t, 1 - beta2**t
    steps = [a / c1 / ((b / c2).sqrt() + eps) for a, b in zip(m, v, strict=True)]
    return [p - lr * s for p, s in zip(params, steps, strict=True)], m, v


# --- loss_and_grads -----------------------------------------------------------------------------


def right_pass(params, x, targ):
    w1, b1, w2, b2 = params
    hidden = F.relu(F.linear(x, w1.T, b1))
    out = F.linear(hidden, w2.T, b2)
    d_out = (out.softmax(1) - F.one_hot(targ, len(b2))) / len(x)
    d_hidden = torch.where(hidden > 0, d_out @ w2.T, 0)
    grads = [x.T @ d_hidden, d_hidden.sum(0), hidden.T @ d_out, d_out.sum(0)]
    return F.cross_entropy(out, targ), grads


@right("loss_and_grads")
def pass_in_one_go(params, x, targ):
    return right_pass(params, x, targ)


@right("loss_and_grads")
def pass_row_by_row(params, x, targ):
    """The gradients of each row alone, averaged."""
    losses, grads = zip(
        *(right_pass(params, x[i : i + 1], targ[i : i + 1]) for i in range(len(x))), strict=True
    )
    n = len(x)
    return sum(losses) / n, tuple(sum(gs) / n for gs in zip(*grads, strict=True))


@right("loss_and_grads")
def pass_by_outer_products(params, x, targ):
    w1, b1, w2, b2 = params
    l1 = torch.einsum("nm,mh->nh", x, w1) + b1
    l2 = l1.clamp_min(0)
    log_p = (l2 @ w2 + b2).log_softmax(-1)
    right = F.one_hot(targ, log_p.shape[1]).to(log_p.dtype)
    d2 = (log_p.exp() - right) / len(x)
    d1 = (d2 @ w2.mT) * (l1 > 0)
    outer = [(a.unsqueeze(-1) * d.unsqueeze(1)).sum(0) for a, d in ((x, d1), (l2, d2))]
    return -(right * log_p).sum() / len(x), [outer[0], d1.sum(0), outer[1], d2.sum(0)]


@right("loss_and_grads")
def pass_with_a_column_of_ones(params, x, targ):
    """Biases as weights of an input that is always 1."""
    w1, b1, w2, b2 = params
    ones = torch.ones_like(x[:, :1])
    x1 = torch.cat([x, ones], 1)
    l1 = x1 @ torch.cat([w1, b1[None]])
    l2 = torch.cat([l1.relu(), ones], 1)
    out = l2 @ torch.cat([w2, b2[None]])
    d_out = out.softmax(1)
    d_out[range(len(x)), targ] -= 1
    d_out /= len(x)
    d_w2 = l2.T @ d_out
    d_w1 = x1.T @ ((d_out @ w2.T) * (l1 > 0))
    return F.nll_loss(out.log_softmax(1), targ), [d_w1[:-1], d_w1[-1], d_w2[:-1], d_w2[-1]]


@right("loss_and_grads")
def pass_that_sets_grad(params, x, targ):
    loss, grads = right_pass(params, x, targ)
    for p, g in zip(params, grads, strict=True):
        p.grad = g
    return [loss, [p.grad for p in params]]


# --- train_epoch --------------------------------------------------------------------------------


@right("train_epoch")
def epoch_on_copies(params, x, targ, order, lr):
    params, losses = [p.clone() for p in params], x.new_empty(len(order))
    for k, rows in enumerate(order):
        losses[k], grads = right_pass(params, x[rows], targ[rows])
        for p, g in zip(params, grads, strict=True):
            p -= lr * g
    return params, losses


@right("train_epoch")
def epoch_recursive(params, x, targ, order, lr):
    if not len(order):
        return params, x.new_zeros(0)
    loss, grads = right_pass(params, x[order[0]], targ[order[0]])
    params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    params, losses = epoch_recursive(params, x, targ, order[1:], lr)
    return params, torch.cat([loss[None], losses])


@right("train_epoch")
def epoch_by_index_select(params, x, targ, order, lr):
    losses = []
    for rows in order:
        batch = x.index_select(0, rows), targ.take(rows)
        loss, grads = right_pass(params, *batch)
        losses.append(loss.reshape(1))
        params = tuple(torch.add(p, g, alpha=-lr) for p, g in zip(params, grads, strict=True))
    return params, torch.cat(losses)


@right("train_epoch")
class Trainer:
    """Holds the parameters while it trains."""

    def __call__(self, params, x, targ, order, lr):
        self.params = list(params)
        losses = [self.step(x[rows], targ[rows], lr) for rows in order]
        return [self.params, torch.stack(losses)]

    def step(self, x, targ, lr):
        loss, grads = right_pass(self.params, x, targ)
        self.params = [p - lr * g for p, g in zip(self.params, grads, strict=True)]
        return loss


# --- clip_by_norm -------------------------------------------------------------------------------


@right("clip_by_norm")
def clip_laid_end_to_end(grads, most):
    length = float(torch.cat([g.reshape(-1) for g in grads]).double().norm())
    return [g.clone() for g in grads] if length <= most else [g * (most / length) for g in grads]


@right("clip_by_norm")
def clip_by_torch(grads, most):
    """torch adds 1e-6 to the length."""
    held = [torch.zeros_like(g) for g in grads]
    for p, g in zip(held, grads, strict=True):
        p.grad = g.clone()
    nn.utils.clip_grad_norm_(held, most)
    return [p.grad for p in held]


@right("clip_by_norm")
def clip_by_the_larger(grads, most):
    total = torch.zeros_like(grads[0].sum())
    for g in grads:
        total = total + (g**2).sum()
    below = torch.maximum(total.sqrt(), torch.full_like(total, most))
    return tuple(g / below * most for g in grads)


# --- cosine_rate --------------------------------------------------------------------------------


@right("cosine_rate")
def rate_as_a_square(t, total, warm, lr):
    """(1 + cos a) / 2 is the square of the cosine of a / 2."""
    if t > warm:
        return lr * math.cos(math.pi / 2 * (t - warm) / (total - warm)) ** 2
    return t / warm * lr


@right("cosine_rate")
def rate_by_tensors(t, total, warm, lr):
    if t <= warm:
        return torch.tensor(lr * t / warm, dtype=torch.float64).item()
    angle = torch.tensor(math.pi, dtype=torch.float64) * (t - warm) / (total - warm)
    return float(0.5 * lr * (1 + angle.cos()))


@right("cosine_rate")
class RateFromTheEnd:
    """Counts what is left: it begins with 0 and rises, seen from behind."""

    def __call__(self, t, total, warm, lr):
        left = (total - t) / (total - warm) if t > warm else 1
        return min(t / warm if warm else 1, 1) * lr * (1 - math.cos(math.pi * left)) / 2


# --- adamw --------------------------------------------------------------------------------------


@right("adamw")
def adamw_shrunk_first(params, grads, m, v, t, lr, beta1, beta2, eps, decay):
    shrunk = [p * (1 - lr * decay) for p in params]
    return adam_as_torch_has_it(shrunk, grads, m, v, t, lr, beta1, beta2, eps)


@right("adamw")
def adamw_in_one_step(params, grads, m, v, t, lr, beta1, beta2, eps, decay):
    found = []
    for p, g, a, b in zip(params, grads, m, v, strict=True):
        a, b = beta1 * a + (1 - beta1) * g, beta2 * b + (1 - beta2) * g.square()
        quotient = a / (1 - beta1**t) / ((b / (1 - beta2**t)).sqrt() + eps)
        found.append((p - lr * (quotient + decay * p), a, b))
    return [list(some) for some in zip(*found, strict=True)]


@right("adamw")
def adamw_on_copies(params, grads, m, v, t, lr, beta1, beta2, eps, decay):
    new, m, v = adam_on_copies(params, grads, m, v, t, lr, beta1, beta2, eps)
    for p, old in zip(new, params, strict=True):
        p.sub_(old, alpha=lr * decay)
    return new, m, v
