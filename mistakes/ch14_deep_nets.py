"""Chapter 14, right, and at each step how it goes wrong."""

import math

import torch

from kata.checks.forward import ASTRAY
from kata.checks.gradients import AUTOGRAD
from kata.checks.numbers import TENSOR
from kata.checks.random import OTHER_GENERATOR, SAME_AGAIN
from kata.diagnosis.observe import Ungraphed, Via
from kata.diagnosis.summary import Randomly
from kata.diagnosis.told import mistake, probes, told, wrong
from mistakes.ch09_fast_pass import BY_ITS_SIGN

NOT_LOG2 = "You take another logarithm (ln or log10). The result should be log2, the power of 2."
NO_LOG = "You return the factor itself, and not its log2. It soon leaves the range of floats."
OVERFLOWS = (
    "You compute the factor before its logarithm, and it leaves the range of floats (or is "
    "rounded to 0)."
)
ROUNDED = "You round the exponent. log2 is rarely a whole number."

TOO_LARGE = "Your x leaves the range of floats, and its log2 is inf or nan."
STD = (
    "You measure the variance or the std. It should be the mean of the squares, and no mean is "
    "subtracted first."
)
ONE_AXIS_SUMMED = (
    "You take the mean over one axis, and the sum over the other. The mean is over all n d numbers."
)
EPS_ADDED = (
    "You add a small number to the mean square (or clamp it), which a vanishing signal is far "
    "below."
)

ROOT_L = (
    "Your power of L is another one. The m - 1 layers before the last share it, and each step "
    "counts them twice."
)
FIXED_DTYPE = "You fix the dtype of the weights. They should have torch's default dtype."

ALL_HELD = (
    "You hold more than about sqrt(L) activations at once, so the memory grows faster than it "
    "has to."
)
NOT_TRANSPOSED = "In the backward pass you multiply by w as it is, as if the gradient went forward."
TURNED_ROUND = (
    "Your gradients are in the order of the backward pass, the last layer's first. w.grad[l] "
    "belongs to w[l]."
)
LAST_STRETCH = (
    "You lose the layers after the last whole stretch. L need not be a square, so the last stretch "
    "may be shorter."
)


@probes("log2_growth")
def log2_growth_probes(draw):
    if draw.dtype == torch.float32:  # no tensors: once is enough
        yield from ((8, 0.3, 3), (100, 0.15, 1), (3, 0.7, 5), (784, 1.0, 10_000), (50, 0.3, 40))
        yield 64, 0.01, 2_000


@probes("log2_moments")
def log2_moments_probes(draw):
    for n, d, n_layers in [(5, 4, 3), (5, 4, 3), (1, 5, 2), (3, 3, 3), (4, 6, 1)]:
        yield draw(n, d).abs(), draw(n_layers, d, d) + 0.2
    yield draw(3, 5).abs(), draw(150, 5, 5).abs() * 30


@probes("fixup_init")
def fixup_init_probes(draw):
    if draw.dtype == torch.float64:
        return
    yield Randomly((2, 2, 48), torch.float32)
    for args in [(64, 2, 8), (64, 3, 8), (64, 4, 8), (16, 2, 32), (4, 2, 32)]:
        yield Via(args, "deep_nets.traits")


@probes("residual_pass")
def residual_pass_probes(draw):
    """The loss need not hang on anything in torch's graph: the pass sets the gradients itself."""
    for n, d, n_layers in [(5, 3, 4), (5, 3, 4), (1, 3, 5), (2, 2, 1), (4, 1, 7), (3, 3, 2)]:
        yield Ungraphed((draw(n, d), draw(n, d), draw(n_layers, 2, d, d, scale=0.5)))
    sparse = draw(6, 3) * (draw(6, 3) > 0)
    yield Ungraphed(t.round() for t in (sparse, draw(6, 3), draw(2, 2, 3, 3)))
    old = draw.with_grad(draw(4, 2)), draw(4, 2), draw.with_grad(draw(3, 2, 2, 2, scale=0.5))
    yield Ungraphed(old)
    yield Ungraphed((draw(4, 2).requires_grad_(), draw(4, 2), draw(3, 2, 2, 2).requires_grad_()))


# --- log2_growth and log2_moments -----------------------------------------------------------------


@told
def log2_growth(d, std, n_layers):
    terms = d / 2
    if wrong(
        "You leave out the relu. Half of what each product gives is negative and "
        "becomes 0, and its squares are lost."
    ):
        terms = d
    if wrong("You divide d by 2 in whole numbers (//), where an odd d loses its half."):
        terms = d // 2
    if wrong(
        "You take a quarter for the relu. It sets half of the values to 0, and "
        "the others keep their squares."
    ):
        terms = d / 4
    if wrong(
        "You follow the variance, of which a relu leaves (1 - 1/pi)/2. The next "
        "layer multiplies the mean of the squares, without their mean subtracted."
    ):
        terms = d * (1 - 1 / math.pi) / 2
    if wrong("You leave out d, although each sum has d terms."):
        terms = 1 / 2
    if wrong("You take sqrt(d), which is how the root mean square grows, and not the mean square."):
        terms = math.sqrt(d) / 2
    spread = std**2
    if wrong(
        "You take std itself. It is the root of a variance, and the mean square "
        "grows as a variance does."
    ):
        spread = std
    if wrong(OVERFLOWS):
        return math.log2((terms * spread) ** n_layers)
    if wrong(OVERFLOWS):  # inf and -inf in place of an error
        return (torch.tensor(terms * spread).double() ** n_layers).log2().item()
    if wrong(NO_LOG):
        return (terms * spread) ** n_layers
    if wrong(NO_LOG):
        return (torch.tensor(terms * spread).double() ** n_layers).item()
    log = math.log2
    if other := wrong(NOT_LOG2, math.log, math.log10):
        log = other
    one = log(terms * spread)
    if wrong("You return one layer's growth, and there are n_layers of them."):
        n_layers = 1
    if wrong("You count one layer too few. Each of the n_layers multiplies the mean square."):
        n_layers = n_layers - 1
    growth = n_layers * one
    if wrong("You leave out the relu of the last layer. Each of the n_layers layers has one."):
        growth = growth + log(2)
    if wrong("You add n_layers, as if each layer doubled the mean square."):
        growth = n_layers + one
    if wrong("You halve only once. The relu of every layer keeps one half."):
        growth = n_layers * (one + 1) - 1
    if wrong("You return the growth of the root mean square, and not that of the mean square."):
        growth = growth / 2
    if wrong("Your sign is flipped. log2 is positive where the mean square grows."):
        growth = -growth
    if wrong("You drop the sign (abs). log2 is negative where the mean square falls."):
        growth = abs(growth)
    if whole := wrong(ROUNDED, round, math.floor, lambda x: float(round(x))):
        growth = whole(growth)
    return growth


@told
def log2_moments(x, ws):
    start, dtype, (n, d) = x, x.dtype, x.shape
    found, total, every = [], 0.0, 1
    if wrong(
        "You multiply by the transposed ws[l], which has inputs and outputs the wrong way round."
    ):
        ws = ws.mT
    if wrong("You scale x before the first layer and leave out the log2 of its mean square."):
        x = x / x.square().mean().sqrt()
    if seldom := wrong(TOO_LARGE, 10, 50, 100, 1_000):
        every = seldom
    if wrong(TOO_LARGE):
        x, ws, every = x.double(), ws.double(), 1_000
    log = torch.log2
    if wrong("You take the natural logarithm, where it is log2."):
        log = torch.log
    for i, w in enumerate(ws, 1):
        before = x @ w
        x = before.relu()
        if wrong("You leave out the relu. It comes after each product, before the mean square."):
            x = before
        size = x.square().mean()
        if other := wrong(STD, torch.var, lambda x: x.var(correction=0), torch.std):
            size = other(x)
        if small := wrong(EPS_ADDED, 1e-3, 1e-5, 1e-6, 1e-8):
            size = size + small
        if wrong(
            "You take the logarithm for each row, and then the mean of the "
            "logarithms, in which large rows count for too little."
        ):
            size = x.square().mean(1, keepdim=True)
        measured = size
        if wrong(STD):
            measured = x.var()
        if wrong("You measure before the relu. x_l is what comes out of it."):
            measured = before.square().mean()
        if wrong("You take the sum of the squares. It is their mean, over all n d numbers."):
            measured = measured * n * d
        if length := wrong(ONE_AXIS_SUMMED, n, d):
            measured = measured * length
        found.append((log(measured) + total).mean())
        if i % every == 0:
            total = total + log(size)
            x = x / size.sqrt()
    if wrong("You return only the last layer's number. Each of the L layers has one."):
        return found[-1].to(dtype)
    if wrong(
        "You measure x itself as well. There is one number for each layer's output, L in all."
    ):
        found = [log(start.square().mean()), *found]
    out = torch.stack(found).to(dtype)
    if wrong("You measure the root mean square, and not the mean square."):
        out = out / 2
    if wrong(
        "You return each layer's growth by itself. After layer l all l + 1 factors are in x_l."
    ):
        out = torch.cat([out[:1], out[1:] - out[:-1]])
    return out


# --- fixup_init -----------------------------------------------------------------------------------


@told
def fixup_init(n_layers, m, d):
    variance = 2 / d
    if wrong("You take Xavier's std, but a relu follows and drops half of the mean square."):
        variance = 1 / d
    if wrong("You leave out He's std, so the weights keep standard deviation 1 whatever d is."):
        variance = 1
    if wrong("You divide by another axis than d. Each sum has d terms."):
        variance = 2 / m
    if wrong("You use a variance as a standard deviation, so the weights are too small."):
        variance = (2 / d) ** 2
    power = -1 / (2 * m - 2)
    if wrong(
        "You leave out the factor that depends on L. With He's weights alone, a "
        "step moves the net the more, the more layers it has."
    ):
        power = 0
    if other := wrong(ROOT_L, -1 / 2, -1, -1 / (2 * m), -1 / (2 * m + 2), -1 / (m - 1)):
        power = other
    if wrong("Your power of L has the wrong sign. More layers mean smaller weights."):
        power = -power
    if wrong("-1 / 2 * m - 2 means -(m/2) - 2: it goes from left to right."):
        power = -1 / 2 * m - 2
    if wrong("Your factor multiplies the variance, so the weights get only its root."):
        power = power / 2

    z = torch.randn(n_layers, m, d, d)
    if wrong("You draw uniform numbers. The weights are normal, N(0, std^2)."):
        z = z.uniform_(-math.sqrt(3), math.sqrt(3))
    if wrong("All layers are the same. Each of the L branches is drawn by itself."):
        z = z[:1].repeat(n_layers, 1, 1, 1)
    if wrong(SAME_AGAIN):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            z = torch.randn(n_layers, m, d, d)
    if wrong(OTHER_GENERATOR):
        own = torch.Generator()
        own.seed()
        z = torch.randn(n_layers, m, d, d, generator=own)
    factor = n_layers**power
    if wrong("L ** -1 / (2m - 2) means (1/L) / (2m - 2): a power comes before a quotient."):
        factor = 1 / n_layers / (2 * m - 2)
    w = z * math.sqrt(variance) * factor

    zero = w[:, -1:]
    if wrong(
        "You draw the last layer of each branch as well. It is 0, so that every branch starts as "
        "zero and the net as the identity."
    ):
        zero = w[:, :0]
    if wrong("You set the first layer of each branch to 0. It is the last that is 0."):
        zero = w[:, :1]
    if wrong(
        "All weights are 0. Then no weight ever gets a gradient: h is 0, and w2 is 0. Only the "
        "last layer of each branch is."
    ):
        zero = w
    if wrong("You draw only the first layer of each branch. All but the last are drawn."):
        zero = w[:, 1:]
    if wrong("You set the last branch to 0. It is the last layer of each branch that is 0."):
        zero = w[-1:]
    if wrong("You swap the first two axes. The branches come first: [n_layers, m, d, d]."):
        w = w.view(m, n_layers, d, d)
        zero = w[-1:]
    zeros = 0
    if wrong(
        "You make the last layer of each branch small. It is exactly 0, which makes the net the "
        "identity at the start."
    ):
        zeros = 2**-10
    zero *= zeros
    if dtype := wrong(FIXED_DTYPE, torch.float32, torch.float64):
        w = w.to(dtype)
    if wrong("You return a list. The result is one tensor, [n_layers, m, d, d]."):
        return list(w)
    return w


# --- residual_pass --------------------------------------------------------------------------------


@told
@torch.no_grad()
def residual_pass(x, targ, w):
    step, n_layers = math.isqrt(len(w)), len(w)
    given, grad = w, torch.zeros_like(w)
    if wrong(LAST_STRETCH):
        w, n_layers = w[: step**2], step**2
    skip = 1
    if wrong("Your net has no way around its branches, so it is no residual net."):
        skip = 0
    kept, h = [], x
    for i, (w1, w2) in enumerate(w):
        if i % step == 0:
            kept.append(h)
        h = skip * h + torch.relu(h @ w1) @ w2

    error = h - targ
    loss = error.square().mean()
    if wrong("Your loss is the sum of the squares. It is their mean."):
        loss = error.square().sum()
    g = 2 * error / error.numel()
    if wrong("You leave out the factor 2 of the square, where the backward pass starts."):
        g = g / 2
    if wrong("You divide by n only. The mean is over all n d numbers."):
        g = g * x.shape[1]
    if wrong(
        "You leave out the mean where the backward pass starts: each number has "
        "only a share in the loss."
    ):
        g = g * error.numel()
    if wrong("Your sign is flipped: the loss grows with x_L where x_L is above targ."):
        g = -g
    firsts, forward = [*range(0, n_layers, step)][::-1], False
    if wrong(
        "In the backward pass you go through the layers from the first to the last. It starts at "
        "the last."
    ):
        firsts, forward = firsts[::-1], True
    if wrong(LAST_STRETCH):
        firsts = [first for first in firsts if first + step <= n_layers]

    for first in firsts:
        stretch, states = w[first : first + step], [kept[first // step]]
        for w1, w2 in stretch:
            states.append(skip * states[-1] + torch.relu(states[-1] @ w1) @ w2)
        if wrong(
            "You use the state at the start of a stretch for all its layers. Each has its own "
            "input x_l, computed again from that state."
        ):
            states = [states[0]] * len(states)
        if wrong(
            "You compute x_l as x_(l+1) minus its branch, but that branch is a "
            "function of x_l itself, which isn't known yet."
        ):
            states = [h]
            for w1, w2 in stretch.flip(0):
                states.insert(0, states[0] - torch.relu(states[0] @ w1) @ w2)
            h = states[0]
        if wrong(
            "You use x_(l+1), the layer's output, where its input x_l belongs: the states that you "
            "keep are off by one."
        ):
            states = states[1:]
        places = range(len(stretch)) if forward else reversed(range(len(stretch)))
        for place in places:
            i, x_l, (w1, w2) = first + place, states[place], stretch[place]
            before = x_l @ w1
            hidden, mask = before.relu(), before > 0
            if wrong(
                "You take x_l w[l, 0] for the input of w[l, 1], which saw only what the relu gave."
            ):
                hidden = before
            if wrong(
                "You leave out the relu in the backward pass. Where x_l w1 <= 0 nothing goes back."
            ):
                mask = 1
            if wrong(
                "Where a relu saw exactly 0 you let the gradient through. There its slope is 0."
            ):
                mask = before >= 0
            back1, back2 = w1.t(), w2.t()
            if wrong(NOT_TRANSPOSED):
                back1, back2 = w1, w2
            if wrong(NOT_TRANSPOSED):
                back1 = w1
            if wrong(NOT_TRANSPOSED):
                back2 = w2
            if wrong(BY_ITS_SIGN.format("x_l w1")):
                mask = g @ back2 > 0
            d_hidden = g @ back2 * mask
            around, through = skip * g, d_hidden @ back1
            if wrong(
                "You leave out the way around the branch, although x_l affects x_(l+1) "
                "directly as well."
            ):
                around = 0 * g
            if wrong(
                "You leave out the way through the branch, although x_l affects x_(l+1) "
                "through it as well."
            ):
                through = 0 * g
            grad[i, 0], grad[i, 1] = x_l.t() @ d_hidden, hidden.t() @ g
            if wrong(
                "You take x_l for the input of w[l, 1], which never saw it: w[l, 0] and "
                "the relu come between."
            ):
                grad[i, 1] = x_l.t() @ g
            g = around + through
            if wrong(
                "You use the gradient of the layer's input for w[l, 1]: g has moved on too early."
            ):
                grad[i, 1] = hidden.t() @ g
    if wrong("You swap the gradients of w[l, 0] and w[l, 1]."):
        grad = grad.flip(1)
    if wrong(TURNED_ROUND):
        grad = grad.flip(0)
    if wrong(TURNED_ROUND):
        grad = grad.flip(0, 1)
    x.grad, given.grad = g, grad
    if wrong(
        "Your loss is always float32: you fix its dtype, or build it from a plain number (item). "
        "It should have the inputs' dtype."
    ):
        loss = loss.float()
    return loss


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("log2_moments", ASTRAY)
def moments_astray(x, ws):
    return torch.zeros(len(ws), dtype=x.dtype) + log2_moments(x, ws)


@mistake("residual_pass", ALL_HELD)
@torch.no_grad()
def all_held(x, targ, w):
    states = [x]
    for w1, w2 in w:
        states.append(states[-1] + torch.relu(states[-1] @ w1) @ w2)
    return residual_pass(x, targ, w)


@mistake("residual_pass", ASTRAY)
def astray(x, targ, w):
    loss = residual_pass(x, targ, w)
    w.grad = torch.zeros(w.shape, dtype=w.dtype) + w.grad
    return loss


@mistake("residual_pass", AUTOGRAD)
def by_autograd(x, targ, w):
    a, b = x.detach().clone().requires_grad_(), w.detach().clone().requires_grad_()
    h = a
    for w1, w2 in b:
        h = h + torch.relu(h @ w1) @ w2
    loss = (h - targ).square().mean()
    x.grad, w.grad = torch.autograd.grad(loss, (a, b))
    return loss.detach()


@mistake("log2_growth", TENSOR.format("float"))
def growth_as_a_tensor(d, std, n_layers):
    return n_layers * torch.tensor(d * std**2 / 2, dtype=torch.float64).log2()
