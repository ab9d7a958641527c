"""Chapter 20, right, and at each step how it goes wrong."""

import math

import torch

from backprop.dialogues.autograd import EVERY_PATH, KEEPS_ADDING
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Via
from kata.diagnosis.told import mistake, probes, told, wrong

FROM_THE_LEFT = (
    "You match the axes from the left. Broadcasting matches them from the right: new axes come in "
    "front."
)
SUMS_OVER_NONE = (
    "Where there is no axis to sum over, your list of axes is empty, and torch then sums over all "
    "of them."
)
NEW_ONLY = "You sum over the new axes only. An axis of length 1 was repeated as well."
REPEATED_ONLY = "You sum over the repeated axes only. New axes in front hold copies as well."
ONE_REPEATED = "You sum over only one axis of length 1. There may be several."
AXIS_LEFT_OUT = "Your loop leaves out one axis, the first or the last. It may be repeated as well."
NOT_SHAPE = "You {} the axes {}. The result should have exactly the given shape."

NOT_UNDONE = "You don't undo broadcasting{}. A gradient has the shape of its own .data."
ONE_OF_TWO = (
    "A Value that one operation uses twice (x + x, x * x) gets only one of its two gradients: "
    "a dict or a set keeps no more."
)
RECURSIVE = (
    "You call a function within itself for each Value (recursion). Python allows about 1,000 "
    "such calls, and the graph may be deeper."
)
TOO_EARLY = (
    "You go through a Value before all that was made from it, when its gradient isn't complete yet."
)
FROM_ZERO = (
    "All gradients are 0: your backward pass starts from 0, or it goes through the graph in "
    "the wrong order, from the leaves."
)
AT_EACH_USE = (
    "You go through a Value again for each of its uses, and each time hand on all that its .grad "
    "holds by then: shares are counted twice. Its turn comes once, after all of its uses."
)
TRANSPOSED = "The gradients of @ lack a transpose, so they are summed over the wrong axes."
NO_CHAIN = "The gradient of {} lacks the upstream one, so what comes after it has no part in yours."
NOT_RECORDED = (
    "Your {} doesn't record what its result was made from, so no gradient goes back past it."
)
SPOILS = (
    "In its backward pass your {} works in place (mul_, *=) on the .grad of its own result, which "
    "should stay as it is."
)
OTHER_BASE = "You take a logarithm of another base. The inverse of exp is the natural logarithm."
OF_INVERSE = "The slope of log that you use is that of 1/x: x^2 in the denominator."
ONE_AXIS = "Your mean divides by the length of one axis. It is over all elements."


def fit(grad, data):
    return grad.sum_to_size(data.shape)


@probes("unbroadcast")
def unbroadcast_probes(draw):
    yield draw(2, 3, 4), (4,)
    yield draw(3, 4), (4,)
    yield draw(3, 4), (4,)
    yield draw(3, 4), (3, 1)
    yield draw(2, 3, 4), (3, 1)
    yield draw(2, 3, 4), (1, 4)
    yield draw(3, 3, 3), (1, 3)
    yield draw(2, 3), ()
    yield draw(3, 4), (3, 4)
    yield draw(2, 3, 4, 5), (1, 4, 1)
    yield draw(3, 4), (1, 1)
    yield draw(1, 4), (4,)


@probes("Value")
def value_probes(draw):
    yield Via(((("exp", 0),), draw(3, 4), draw(3, 4)), "autograd.run")
    yield Via(((("exp", 0),), draw(3, 4), draw(3, 4) + 10), "autograd.run")
    yield Via(((("log", 0),), draw(3, 4), draw(3, 4).exp()), "autograd.run")
    for shapes in [(3, 4), (4,)], [(), (2, 3)], [(3, 1), (1, 4)]:
        leaves = [draw(*shape) for shape in shapes]
        up = draw(*torch.broadcast_shapes(*shapes))
        yield Via(((("add", 0, 1),), up, *leaves), "autograd.run")
        yield Via(((("mul", 0, 1),), up, *leaves), "autograd.run")
    yield Via(((("matmul", 0, 1),), draw(3, 2), draw(3, 4), draw(4, 2)), "autograd.run")
    kinked = draw(3, 4)
    kinked[1] = 0
    yield Via(((("relu", 0),), draw(3, 4), kinked), "autograd.run")
    yield Via(((("sum", 0),), draw(), draw(3, 4)), "autograd.run")
    yield Via(((("mean", 0),), draw(), draw(3, 4)), "autograd.run")
    yield Via(((("mul", 0, 0),), draw(3, 3), draw(3, 3)), "autograd.run")
    square = [draw(3, 3) for _ in range(4)]
    yield Via(((("add", 0, 1), ("mul", 2, 0), ("add", 3, 2)), *square[:3]), "autograd.run")
    yield Via(((("mul", 0, 1), ("add", 0, 2), ("mul", 3, 2)), *square[:3]), "autograd.run")
    yield Via(
        ((("add", 0, 1), ("relu", 3), ("matmul", 4, 2), ("add", 5, 3)), *square), "autograd.run"
    )
    yield Via(((("add", 0, 0), ("add", 1, 1)), draw(2), draw(2)), "autograd.run")
    yield Via(((("mul", 0, 1),), draw(3), draw(3), draw(3), draw(3)), "autograd.run_again")
    if draw.dtype == torch.float32:  # long, and no matter of dtype
        yield Via((1_100, draw(2), draw(2)), "autograd.chain")
    yield Via(((("matmul", 0, 1),), draw(), draw(3, 4), draw(4, 2)), "autograd.run")


# --- unbroadcast ----------------------------------------------------------------------------------


MEAN_OF_COPIES = "You take the mean of the copies, although each of them reaches the loss in full."
ONE_COPY = "You keep one copy's gradient, although all of them reach the loss."


@told
def unbroadcast(grad, shape):
    new = grad.dim() - len(shape)
    if wrong("You return the gradient as it is, with an entry for each copy."):
        return grad.clone()
    if wrong("You sum everything into one number and spread it. Only copies are summed."):
        return grad.sum().expand(shape).clone()
    if wrong(
        "You find the copies by reshape, as if they lay one after another. Those of new axes do; "
        "an axis of length 1 further in has its copies side by side."
    ):
        return grad.reshape(-1, *shape).sum(0)
    if wrong("You sum over the first axis only, whatever the shape is."):
        return grad.sum(0) if grad.shape != torch.Size(shape) else grad
    if wrong(FROM_THE_LEFT):
        axes = [i for i in range(grad.dim()) if (*shape, *[1] * new)[i] == 1]
        return (grad.sum(axes) if axes else grad).reshape(shape)
    if wrong(
        "Where there are as many numbers as before, you change nothing. Axes of length 1 in front "
        "have to go all the same."
    ) and grad.numel() == math.prod(shape):
        return grad.clone()
    if wrong("You return [1] for a shape without axes. One number has none.") and not shape:
        return grad.sum().reshape(1)
    if wrong("You leave out a shape without axes. One number gets the sum of everything.") and (
        not shape
    ):
        return grad.clone()

    lost = [*range(new)]
    if wrong(REPEATED_ONLY):
        return grad.sum([new + i for i in ones(shape)], keepdim=True) if ones(shape) else grad
    if wrong(FROM_THE_LEFT):
        lost = [*range(len(shape), grad.dim())]
    if wrong(
        "You sum over the axes of length 1 before the new ones in front are gone, so you take "
        "others than those that were repeated."
    ):
        grad = grad.sum(ones(shape), keepdim=True) if ones(shape) else grad
        return (grad.sum(lost) if lost else grad).reshape(shape)
    if wrong("You sum at most one new axis away. There may be several."):
        lost = lost[:1]
    if wrong(FROM_THE_LEFT):
        grad = grad.sum(ones(shape), keepdim=True) if ones(shape) else grad
        return grad.sum(lost) if lost else grad
    out = grad.sum(lost) if lost else grad
    if wrong(SUMS_OVER_NONE):
        out = grad.sum(lost)

    repeated = ones(shape)
    if wrong(NEW_ONLY):
        repeated = []
    if part := wrong(ONE_REPEATED, repeated[:1], repeated[-1:]):
        repeated = part
    if part := wrong(AXIS_LEFT_OUT, ones(shape[:-1]), [i for i in repeated if i > 0]):
        repeated = part
    if wrong(NOT_SHAPE.format("keep", "in front, with length 1")):
        axes = [*lost, *(new + i for i in repeated)]
        return grad.sum(axes, keepdim=True) if axes else grad
    keep = True
    if wrong(NOT_SHAPE.format("lose", "of length 1")):
        keep = False
    if wrong(SUMS_OVER_NONE):
        return grad.sum([*lost, *(new + i for i in repeated)]).reshape(shape)
    if wrong(SUMS_OVER_NONE):
        return out.sum(repeated, keepdim=True)
    every = out
    out = out.sum(repeated, keepdim=keep) if repeated else out
    if wrong(MEAN_OF_COPIES):
        out = out / math.prod(every.shape[axis] for axis in repeated)
    if wrong(ONE_COPY):
        out = every
        for axis in repeated:
            out = out.narrow(axis, 0, 1)

    if wrong(MEAN_OF_COPIES):
        out = out * out.numel() / grad.numel()
    if wrong(ONE_COPY):
        out = grad[(0,) * new]
        for axis in repeated:
            out = out.narrow(axis, 0, 1)
    return out


def ones(shape):
    return [i for i, length in enumerate(shape) if length == 1]


# --- Value ----------------------------------------------------------------------------------------


@told
class Value:
    """An autograd that goes through its graph without recursion."""

    def __init__(self, data):
        self.data, self.grad, self.made_from, self.pull = data, None, (), lambda g: ()

    def made(self, data, made_from, pull):
        out = type(self)(data)
        out.made_from, out.pull = made_from, pull
        return out

    def undone(self, grad, data):
        """Return a gradient without the copies that broadcasting made."""
        if wrong(NOT_UNDONE.format("")):
            return grad
        return fit(grad, data) if grad.dim() else grad

    def __add__(self, other):
        a, b = self.data, other.data
        pull = lambda g: (self.undone(g, a), self.undone(g, b))  # noqa: E731
        if wrong(NOT_UNDONE.format(" in +")):
            pull = lambda g: (g, g)  # noqa: E731
        return self.made(a + b, (self, other), pull)

    def __mul__(self, other):
        a, b = self.data, other.data
        slopes = b, a
        if wrong(
            "Each factor of * gets its own value as its slope, but how fast a product "
            "moves with one is set by the other."
        ):
            slopes = a, b
        pull = lambda g: (self.undone(g * slopes[0], a), self.undone(g * slopes[1], b))  # noqa: E731
        if wrong(NO_CHAIN.format("*")):
            pull = lambda g: (fit(b + 0 * g, a), fit(a + 0 * g, b))  # noqa: E731
        if wrong(NOT_UNDONE.format(" in *")):
            pull = lambda g: (g * b, g * a)  # noqa: E731
        return self.made(a * b, (self, other), pull)

    def __matmul__(self, other):
        a, b = self.data, other.data
        right, left = b.mT, a.mT
        if wrong(TRANSPOSED):
            right = b
        if wrong(TRANSPOSED):
            left = a
        if wrong(TRANSPOSED):
            right, left = b, a
        return self.made(a @ b, (self, other), lambda g: (g @ right, left @ g))

    def relu(self):
        x = self.data
        pull = lambda g: (g * (x > 0),)  # noqa: E731
        if wrong("At exactly 0 your relu lets the gradient through. There its slope is 0."):
            pull = lambda g: (g * (x >= 0),)  # noqa: E731
        if wrong(
            "Your relu's backward pass has no mask, so gradients go back where its "
            "output doesn't move."
        ):
            pull = lambda g: (g,)  # noqa: E731
        if wrong(
            "Your relu drops the gradient where the gradient itself is negative. What counts is "
            "whether the input is."
        ):
            pull = lambda g: (g.relu(),)  # noqa: E731
        if wrong(NO_CHAIN.format("relu")):
            pull = lambda g: (0 * g + (x > 0),)  # noqa: E731
        return self.made(x.relu(), (self,), pull)

    def exp(self):
        x, sources = self.data, (self,)
        if wrong("You clamp what exp is given. Then different numbers give the same result."):
            x = x.clamp(max=10.0)
        powers = x.exp()
        if wrong(IN_PLACE):
            powers = x.exp_()
        slope = powers
        if wrong("Your exp passes its gradient on as it is, as if it had slope 1 everywhere."):
            slope = torch.ones_like(x)
        if wrong(
            "Your exp multiplies the gradient by its input, which may be negative, "
            "and exp rises everywhere."
        ):
            slope = x
        if wrong(
            "You take x exp(x - 1) for the slope of exp, as if x were the base of a "
            "power. x is the exponent."
        ):
            slope = x * (x - 1).exp()
        if wrong("You take exp(x) - 1 (expm1), and not exp(x) itself."):
            powers = x.expm1()
        pull = lambda g: (g * slope,)  # noqa: E731
        if wrong(NO_CHAIN.format("exp")):
            pull = lambda g: (slope + 0 * g,)  # noqa: E731
        if wrong(SPOILS.format("exp")):
            pull = lambda g: (g.mul_(slope),)  # noqa: E731
        if wrong(NOT_RECORDED.format("exp")):
            sources, pull = (), lambda g: ()
        return self.made(powers, sources, pull)

    def log(self):
        x, sources = self.data, (self,)
        if small := wrong(
            "You add a small number before the logarithm. That makes every result a little wrong, "
            "and those of small numbers very wrong.",
            1e-2,
            1e-3,
            1e-4,
            1e-5,
            1e-6,
            1e-7,
            1e-8,
        ):
            x = x + small
        if wrong("You take log(1 + x) (log1p), and not log(x) itself."):
            x = 1 + x
        log = x.log()
        if other := wrong(OTHER_BASE, torch.log2, torch.log10):
            log = other(x)
        slope = 1 / x
        if wrong("Your log passes its gradient on as it is, as if it had slope 1 everywhere."):
            slope = torch.ones_like(x)
        if wrong("Your log multiplies its gradient by x, but it gets flatter as x grows."):
            slope = x
        if other := wrong(OF_INVERSE, 1 / x**2, -1 / x**2):
            slope = other
        if wrong(
            "Your log divides its gradient by its result, which is 0 at x = 1, and "
            "log isn't vertical there."
        ):
            slope = 1 / log
        pull = lambda g: (g * slope,)  # noqa: E731
        if wrong(NO_CHAIN.format("log")):
            pull = lambda g: (slope + 0 * g,)  # noqa: E731
        if wrong(NOT_RECORDED.format("log")):
            sources, pull = (), lambda g: ()
        return self.made(log, sources, pull)

    def sum(self):
        x = self.data
        pull = lambda g: (g,)  # a number, which broadcasts to the zeros of x's shape  # noqa: E731
        if wrong("Your sum shares its gradient out, as a mean does."):
            pull = lambda g: (g / x.numel(),)  # noqa: E731
        return self.made(x.sum(), (self,), pull)

    def mean(self):
        x = self.data
        n = x.numel()
        if wrong("Your mean gives each element the whole gradient, as a sum does."):
            n = 1
        if length := wrong(ONE_AXIS, len(x), x.shape[-1]):
            n = length
        return self.made(x.mean(), (self,), lambda g: ((g / n).expand(x.shape),))

    def order(self):
        """Return all Values, the root first: depth first, without recursion, then reversed."""
        if wrong(RECURSIVE):
            return self.visited([], set())[::-1]
        if wrong(RECURSIVE):
            return list(dict.fromkeys(self.collected([])))[::-1]
        if last := wrong(TOO_EARLY, -1, 0):
            return self.as_they_come(last)
        order, seen, todo = [], set(), [(self, False)]
        while todo:
            value, done = todo.pop()
            if done:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                todo.append((value, True))
                todo.extend((source, False) for source in value.made_from)
        if wrong(FROM_ZERO):
            return order
        if wrong(FROM_ZERO):
            return self.visited([], set())
        return order[::-1]

    def visited(self, order, seen):
        if self not in seen:
            seen.add(self)
            for source in self.made_from:
                source.visited(order, seen)
            order.append(self)
        return order

    def collected(self, along_paths):
        for source in self.made_from:
            source.collected(along_paths)
        along_paths.append(self)
        return along_paths

    def as_they_come(self, place):
        """Return all Values depth first (-1) or breadth first (0)."""
        order, seen, todo = [], set(), [self]
        while todo:
            value = todo.pop(place)
            if value not in seen:
                seen.add(value)
                order.append(value)
                todo.extend(value.made_from)
        return order

    def at_each_use(self):
        for source, grad in zip(self.made_from, self.pull(self.grad), strict=True):
            source.grad = source.grad + grad
        for source in self.made_from:
            source.at_each_use()

    def zero(self):
        return torch.zeros_like(self.data)

    def backward(self):
        order = self.order()
        zeros, stays = {value: value.zero() for value in order}, lambda value: False
        if kept := wrong(KEEPS_ADDING, lambda v: True, lambda v: not v.made_from):
            stays = kept
        if wrong(KEEPS_ADDING):
            stays = lambda value: value.made_from  # noqa: E731
        seed = torch.ones_like(self.data)
        if wrong(DEFAULT_DTYPE):
            seed = torch.ones((), device=self.data.device)
            zeros = {v: torch.zeros(v.data.shape, device=v.data.device) for v in order}
        if wrong(FROM_ZERO):
            seed = 0 * seed
        if wrong(KEEPS_ADDING):
            seed = seed + (0 if self.grad is None else self.grad)

        for value in order:
            if value.grad is None or not stays(value):
                value.grad = zeros[value]
        self.grad = seed
        if wrong(AT_EACH_USE):
            return self.at_each_use()
        for value in order:
            pulled = [*zip(value.made_from, value.pull(value.grad), strict=True)]
            if wrong(ONE_OF_TWO):
                pulled = dict(pulled).items()
            for source, grad in pulled:
                if wrong(
                    "You add in place to a gradient that two Values share: a + b hands both of "
                    "them the same tensor."
                ):
                    if source.grad is zeros[source]:
                        source.grad = grad.expand(source.data.shape)
                    else:
                        source.grad += grad
                    continue
                if wrong(
                    "You overwrite a gradient (=), where another use of the Value has left "
                    "its share already."
                ):
                    source.grad = zeros[source]
                if wrong(
                    "Your sum sends one number back, without axes. The gradient has the shape of "
                    ".data, the same number for each element."
                ) and (not grad.dim()):
                    source.grad = grad
                    continue
                source.grad = source.grad + grad
        if wrong("You keep a .grad for the leaves only. Every Value of the graph should have one."):
            for value in order:
                value.grad = None if value.made_from else value.grad
        if wrong(
            "Your backward pass takes the graph apart. Another loss may be made from the same "
            "Values, so it should stay."
        ):
            for value in order:
                value.made_from, value.pull = (), lambda g: ()


# --- what no probe shows, but a test does ---------------------------------------------------------


@mistake("unbroadcast", ASTRAY)
def onto_zeros(grad, shape):
    return torch.zeros(shape, dtype=grad.dtype) + grad.sum_to_size(shape)


@mistake("Value", EVERY_PATH)
class EveryPath(Value):
    """Right numbers, by way of every path."""

    def backward(self):
        for value in self.order():
            value.grad = value.zero()
        todo = [(self, torch.ones_like(self.data))]
        while todo:
            value, grad = todo.pop()
            value.grad = value.grad + grad
            todo.extend(zip(value.made_from, value.pull(grad), strict=True))


@mistake("Value", EVERY_PATH)
class CollectedByPaths(Value):
    """Goes through each once, in an order that is collected along every path."""

    def order(self):
        along_paths, todo = [], [(self, False)]
        while todo:
            value, done = todo.pop()
            if done:
                along_paths.append(value)
            else:
                todo += [(value, True), *((source, False) for source in value.made_from)]
        return list(dict.fromkeys(along_paths))[::-1]


@mistake("Value", AUTOGRAD)
class ByAutograd(Value):
    """Asks torch for help."""

    def backward(self):
        leaf = self.data.detach().requires_grad_()
        torch.autograd.grad(leaf * leaf, leaf)
        super().backward()


@mistake("Value", ASTRAY)
class OntoZeros(Value):
    """Zeros on the CPU."""

    def zero(self):
        return torch.zeros(self.data.shape, dtype=self.data.dtype)
