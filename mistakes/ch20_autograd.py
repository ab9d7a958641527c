"""Known wrong answers of chapter 20, each with the sentence a kind teacher would say.

Longer than other files: the recorded autograds differ in one place each, and a right one to start
from is not short.
"""

import torch

from backprop.dialogues.autograd import EVERY_PATH, KEEPS_ADDING
from kata.answers.side_effects import IN_PLACE
from kata.checks.forward import ASTRAY, DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD
from kata.diagnosis.observe import Via
from kata.diagnosis.recorded import mistake, probes

# --- unbroadcast --------------------------------------------------------------------------------


@probes("unbroadcast")
def unbroadcast_probes(draw):
    yield draw(2, 3, 4), (4,)
    yield draw(3, 4), (4,)
    yield draw(3, 4), (3, 1)
    yield draw(2, 3, 4), (3, 1)
    yield draw(2, 3, 4), (1, 4)
    yield draw(3, 3, 3), (1, 3)
    yield draw(2, 3), ()
    yield draw(3, 4), (3, 4)
    yield draw(2, 3, 4, 5), (1, 4, 1)
    yield draw(3, 4), (1, 1)


@mistake(
    "unbroadcast",
    "You sum over new axes alone. An axis of length 1 was repeated, too: sum over it, and keep it.",
)
def new_axes_only(grad, shape):
    return grad.sum([*range(grad.dim() - len(shape))]) if grad.dim() > len(shape) else grad


@mistake(
    "unbroadcast",
    "You sum over repeated axes alone. New axes in front are copies, too: sum them away.",
)
def repeated_axes_only(grad, shape):
    new = grad.dim() - len(shape)
    axes = [new + i for i, length in enumerate(shape) if length == 1]
    return grad.sum(axes, keepdim=True) if axes else grad


@mistake("unbroadcast", "You return the gradient as it is. Sum over the copies.")
def as_it_is(grad, shape):
    return grad.clone()


@mistake("unbroadcast", "You take the mean of the copies. Their gradients add up.")
def means(grad, shape):
    copies = grad.numel() / max(1, torch.Size(shape).numel())
    return grad.sum_to_size(shape) / copies


@mistake("unbroadcast", "You keep one copy's gradient. Their gradients add up.")
def first_copy(grad, shape):
    for _ in range(grad.dim() - len(shape)):
        grad = grad[0]
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.narrow(axis, 0, 1)
    return grad.clone()


@mistake(
    "unbroadcast", "You sum everything into one number, and spread that. Sum over copies alone."
)
def everything(grad, shape):
    return grad.sum().expand(shape).clone()


@mistake(
    "unbroadcast",
    "You lose the axes of length 1. The result has the shape that is asked for: keep them.",
)
def lost_axes(grad, shape):
    new = grad.dim() - len(shape)
    axes = [*range(new), *(new + i for i, length in enumerate(shape) if length == 1)]
    return grad.sum(axes) if axes else grad


@mistake(
    "unbroadcast",
    "You keep the new axes, with length 1. The result has the shape that is asked for.",
)
def kept_axes(grad, shape):
    new = grad.dim() - len(shape)
    axes = [*range(new), *(new + i for i, length in enumerate(shape) if length == 1)]
    return grad.sum(axes, keepdim=True) if axes else grad


FROM_THE_LEFT = (
    "You match the axes from the left. Broadcasting matches them from the right: new axes come in "
    "front."
)


def summed(grad, shape, axes):
    """Without the axes in front that shape lacks; then these are summed over, and kept."""
    grad = grad.sum_to_size(grad.shape[grad.dim() - len(shape) :])
    return grad.sum(axes, keepdim=True) if axes else grad


def of_length_one(shape):
    return [i for i, length in enumerate(shape) if length == 1]


@mistake("unbroadcast", FROM_THE_LEFT)
def new_axes_at_the_end(grad, shape):
    while grad.dim() > len(shape):
        grad = grad.sum(-1)
    return summed(grad, shape, of_length_one(shape))


@mistake("unbroadcast", FROM_THE_LEFT)
def repeated_axes_before_new_ones(grad, shape):
    for axis in of_length_one(shape):
        grad = grad.sum(axis, keepdim=True)
    return summed(grad, shape, [])


SUMS_OVER_NONE = (
    "Where there is no axis to sum over, your list of axes is empty, and torch then sums over all. "
    "Return the gradient as it is there."
)


@mistake("unbroadcast", SUMS_OVER_NONE)
def over_no_axes(grad, shape):
    new = grad.dim() - len(shape)
    return grad.sum([*range(new), *(new + i for i in of_length_one(shape))]).reshape(shape)


@mistake("unbroadcast", SUMS_OVER_NONE)
def over_no_axes_kept(grad, shape):
    new = grad.dim() - len(shape)
    axes = [*range(new), *(new + i for i in of_length_one(shape))]
    return grad.sum(axes, keepdim=True).reshape(shape)


@mistake("unbroadcast", SUMS_OVER_NONE)
def over_no_new_axes(grad, shape):
    grad = grad.sum([*range(grad.dim() - len(shape))])
    return grad.sum(of_length_one(shape), keepdim=True) if 1 in shape else grad


@mistake("unbroadcast", SUMS_OVER_NONE)
def over_no_repeated_axes(grad, shape):
    return summed(grad, shape, []).sum(of_length_one(shape), keepdim=True)


ONE_REPEATED = "You sum over one axis of length 1 alone. There may be several: go through them all."


@mistake("unbroadcast", ONE_REPEATED)
def first_repeated_axis(grad, shape):
    return summed(grad, shape, of_length_one(shape)[:1])


@mistake("unbroadcast", ONE_REPEATED)
def last_repeated_axis(grad, shape):
    return summed(grad, shape, of_length_one(shape)[-1:])


AXIS_LEFT_OUT = "Your loop leaves out one axis, at its start or end. That may be repeated, too."


@mistake("unbroadcast", AXIS_LEFT_OUT)
def last_axis_left_out(grad, shape):
    return summed(grad, shape, of_length_one(shape[:-1]))


@mistake("unbroadcast", AXIS_LEFT_OUT)
def first_axis_left_out(grad, shape):
    return summed(grad, shape, [i for i in of_length_one(shape) if i > 0])


@mistake(
    "unbroadcast",
    "You sum one new axis away at most. There may be several: while, not if.",
)
def one_new_axis(grad, shape):
    grad = grad.sum(0) if grad.dim() > len(shape) else grad
    for axis in of_length_one(shape):
        grad = grad.sum(axis, keepdim=True)
    return grad


@mistake(
    "unbroadcast",
    "You find the copies by reshape, as if they lay one after another. So do those of new axes; an "
    "axis of length 1 further in has its copies side by side: sum over that axis.",
)
def by_reshape(grad, shape):
    return grad.reshape(-1, *shape).sum(0)


@mistake("unbroadcast", FROM_THE_LEFT)
def from_the_left(grad, shape):
    padded = (*shape, *[1] * (grad.dim() - len(shape)))
    axes = [i for i, length in enumerate(padded) if length == 1]
    return (grad.sum(axes) if axes else grad).reshape(shape)


@mistake("unbroadcast", "You sum over the first axis alone, whatever the shape is.")
def first_axis(grad, shape):
    return grad.sum(0) if grad.shape != torch.Size(shape) else grad


@mistake(
    "unbroadcast",
    "You forget a shape without axes: the gradient of one number is the sum of everything.",
)
def no_axes_forgotten(grad, shape):
    return grad.sum_to_size(shape) if shape else grad.clone()


@mistake("unbroadcast", ASTRAY)
def onto_zeros(grad, shape):
    return torch.zeros(shape, dtype=grad.dtype) + grad.sum_to_size(shape)


# --- Value --------------------------------------------------------------------------------------


@probes("Value")
def value_probes(draw):
    yield Via(((("exp", 0),), draw(3, 4), draw(3, 4)), "autograd.run")
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
    yield Via((1_100, draw(2), draw(2)), "autograd.chain")
    yield Via(((("matmul", 0, 1),), draw(), draw(3, 4), draw(4, 2)), "autograd.run")


def fit(grad, data):
    return grad.sum_to_size(data.shape)


class Right:
    """A right autograd, for the mistakes to start from; each of them replaces one method."""

    def __init__(self, data, made_from=(), pull=None):
        self.data, self.grad, self.made_from, self.pull = data, None, made_from, pull

    def make(self, data, made_from, pull):
        return type(self)(data, made_from, pull)

    def __add__(self, other):
        return self.make(self.data + other.data, (self, other), lambda g: (g, g))

    def __mul__(self, other):
        return self.make(
            self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data)
        )

    def __matmul__(self, other):
        return self.make(
            self.data @ other.data, (self, other), lambda g: (g @ other.data.T, self.data.T @ g)
        )

    def relu(self):
        return self.make(self.data.relu(), (self,), lambda g: (g * (self.data > 0),))

    def exp(self):
        out = self.data.exp()
        return self.make(out, (self,), lambda g: (g * out,))

    def log(self):
        return self.make(self.data.log(), (self,), lambda g: (g / self.data,))

    def sum(self):
        return self.make(self.data.sum(), (self,), lambda g: (g * torch.ones_like(self.data),))

    def mean(self):
        pull = lambda g: (g * torch.ones_like(self.data) / self.data.numel(),)  # noqa: E731
        return self.make(self.data.mean(), (self,), pull)

    def order(self):
        """The root first: depth first, without recursion, then turned round."""
        order, seen, todo = [], set(), [(self, False)]
        while todo:
            value, done = todo.pop()
            if done:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                todo.append((value, True))
                todo.extend((source, False) for source in value.made_from)
        return order[::-1]

    def start(self, order):
        for value in order:
            value.grad = torch.zeros_like(value.data)
        self.grad = torch.ones_like(self.data)

    def send(self, source, grad):
        source.grad = source.grad + fit(grad, source.data)

    def backward(self):
        order = self.order()
        self.start(order)
        for value in order:
            if value.made_from:
                for source, grad in zip(value.made_from, value.pull(value.grad), strict=True):
                    self.send(source, grad)


@mistake(
    "Value",
    "You set a gradient where you should add to it (=). A Value that is used twice gets the sum of "
    "both.",
)
class SetsNotAdds(Right):
    """The last use of a Value wins."""

    def send(self, source, grad):
        source.grad = fit(grad, source.data)


@mistake(
    "Value",
    "You do not undo broadcasting: a gradient has the shape of its own .data. Sum over the copies.",
)
class NoUnbroadcast(Right):
    """A gradient keeps the broadcast shape."""

    def send(self, source, grad):
        source.grad = source.grad + grad


NOT_UNDONE_IN = (
    "Your {} does not undo broadcasting: a gradient has the shape of its own .data. Sum over the "
    "copies."
)


@mistake("Value", NOT_UNDONE_IN.format("+"))
class NoUnbroadcastInAdd(NoUnbroadcast):
    """Thought of in * alone."""

    def __mul__(self, other):
        out = super().__mul__(other)
        return self.make(out.data, out.made_from, fitted(out))


@mistake("Value", NOT_UNDONE_IN.format("*"))
class NoUnbroadcastInMul(NoUnbroadcast):
    """Thought of in + alone."""

    def __add__(self, other):
        out = super().__add__(other)
        return self.make(out.data, out.made_from, fitted(out))


def fitted(out):
    return lambda g: [
        fit(grad, source.data) for grad, source in zip(out.pull(g), out.made_from, strict=True)
    ]


@mistake(
    "Value",
    "A Value that one operation uses twice (x + x, x * x) gets one of its two gradients from you; "
    "a dict or a set keeps no more. It gets the sum of both.",
)
class EachSourceOnce(Right):
    """A dict of gradients by source."""

    def backward(self):
        order = self.order()
        self.start(order)
        for value in order:
            if value.made_from:
                grads = zip(value.made_from, value.pull(value.grad), strict=True)
                for source, grad in dict(grads).items():
                    self.send(source, grad)


@mistake(
    "Value",
    "You call yourself for each Value below (recursion), and Python allows about 1000 such calls. "
    "Keep a list of what is still to do, and loop.",
)
class Recursive(Right):
    """Visits as micrograd does."""

    def order(self):
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for source in value.made_from:
                    visit(source)
                order.append(value)

        visit(self)
        return order[::-1]


@mistake(
    "Value",
    "You have micrograd's backward as it is: it calls itself for each Value, and adds to what an "
    "earlier backward() left everywhere. Loop over a list, and start the graph from zeros.",
)
class Micrograd(Right):
    """Zeros at birth alone, and a recursive sort."""

    def __init__(self, data, made_from=(), pull=None):
        super().__init__(data, made_from, pull)
        self.grad = torch.zeros_like(data)

    def order(self):
        return Recursive.order(self)

    def start(self, order):
        self.grad = torch.ones_like(self.data)


TOO_EARLY = (
    "You go through a Value before all that was made from it. Its gradient is not complete yet: "
    "order the graph first (a topological sort)."
)


@mistake("Value", TOO_EARLY)
class DepthFirst(Right):
    """Takes a Value as soon as one use of it is known."""

    def order(self):
        order, todo = [], [self]
        while todo:
            value = todo.pop()
            if value not in order[-2_000:]:
                order.append(value)
                todo.extend(value.made_from)
        return order


@mistake("Value", TOO_EARLY)
class BreadthFirst(Right):
    """Takes Values by their distance from the loss."""

    def order(self):
        order, seen, todo = [], {self}, [self]
        while todo:
            value = todo.pop(0)
            order.append(value)
            for source in value.made_from:
                if source not in seen:
                    seen.add(source)
                    todo.append(source)
        return order


@mistake("Value", EVERY_PATH)
class EveryPath(Right):
    """Right numbers, by way of every path."""

    def backward(self):
        self.start(self.order())
        todo = [(self, torch.ones_like(self.data))]
        while todo:
            value, grad = todo.pop()
            if value is not self:
                value.grad = value.grad + grad
            if value.made_from:
                for source, pulled in zip(value.made_from, value.pull(grad), strict=True):
                    todo.append((source, fit(pulled, source.data)))


@mistake("Value", EVERY_PATH)
class CollectedByPaths(Right):
    """Goes through each once, in an order that is collected along every path."""

    def order(self):
        along_paths = []

        def collect(value):
            for source in value.made_from:
                collect(source)
            along_paths.append(value)

        collect(self)
        return list(dict.fromkeys(along_paths))[::-1]


@mistake("Value", "You keep exp from growing beyond some number. It is e to the power of any.")
class ExpClamped(Right):
    """As one does against overflow."""

    def exp(self):
        powers = self.data.clamp(max=10.0).exp()
        return self.made(powers, (self,), lambda g: (g * powers,))


@mistake("Value", KEEPS_ADDING)
class NeverZeroed(Right):
    """As torch does it: leaves keep what is there."""

    def start(self, order):
        for value in order:
            if value.grad is None or value.made_from:
                value.grad = torch.zeros_like(value.data)
        self.grad = torch.ones_like(self.data)


@mistake("Value", KEEPS_ADDING)
class ZeroAtBirth(Right):
    """As micrograd does it: for the caller to set to zero."""

    def __init__(self, data, made_from=(), pull=None):
        super().__init__(data, made_from, pull)
        self.grad = torch.zeros_like(data)

    def start(self, order):
        self.grad = torch.ones_like(self.data)


@mistake("Value", KEEPS_ADDING)
class LeavesZeroed(Right):
    """Zeroes the parameters, as an optimiser does, and none of what was made from them."""

    def start(self, order):
        for value in order:
            if value.grad is None or not value.made_from:
                value.grad = torch.zeros_like(value.data)
        self.grad = torch.ones_like(self.data)


@mistake(
    "Value",
    "You take the graph apart on the way back. Another loss may be made from the same Values: "
    "leave it as it is.",
)
class GraphFreed(Right):
    """As torch does it, without retain_graph."""

    def backward(self):
        order = self.order()
        super().backward()
        for value in order:
            value.made_from, value.pull = (), None


@mistake("Value", DEFAULT_DTYPE)
class StartsInDefaultDtype(Right):
    """A 1 of float32, and zeros of no dtype at all."""

    def start(self, order):
        for value in order:
            value.grad = 0
        self.grad = torch.tensor(1.0, device=self.data.device)

    def sum(self):
        return self.make(self.data.sum(), (self,), lambda g: (g.expand(self.data.shape),))

    def mean(self):
        pull = lambda g: ((g / self.data.numel()).expand(self.data.shape),)  # noqa: E731
        return self.make(self.data.mean(), (self,), pull)


@mistake("Value", KEEPS_ADDING)
class RootNotZeroed(Right):
    """Adds to the loss's own gradient, so that a second backward() starts from 2."""

    def start(self, order):
        for value in order:
            if value is not self or value.grad is None:
                value.grad = torch.zeros_like(value.data)
        self.grad = self.grad + torch.ones_like(self.data)


@mistake(
    "Value",
    "Everything is 0: your backward pass starts from 0 (dL/dL is 1), or goes through the graph "
    "from its leaves (begin at the loss).",
)
class StartsFromZero(Right):
    """Forgets the 1 at the loss."""

    def start(self, order):
        for value in order:
            value.grad = torch.zeros_like(value.data)


@mistake("Value", "Your relu lets the gradient through where its input is 0. Take 0 there: > 0.")
class ReluAtZero(Right):
    """The other end of the kink's slopes."""

    def relu(self):
        return self.make(self.data.relu(), (self,), lambda g: (g * (self.data >= 0),))


@mistake("Value", "Your relu forgets its mask on the way back: only where the input is > 0.")
class ReluWithoutMask(Right):
    """A relu on the way there alone."""

    def relu(self):
        return self.make(self.data.relu(), (self,), lambda g: (g,))


@mistake("Value", "Your relu cuts the gradient where the gradient is negative. The input decides.")
class ReluOfGradient(Right):
    """A relu on the way back, too."""

    def relu(self):
        return self.make(self.data.relu(), (self,), lambda g: (g.relu(),))


@mistake("Value", "Each factor of * gets its own value. d(a b)/da is b: take the other one's.")
class OwnFactor(Right):
    """The factors are swapped."""

    def __mul__(self, other):
        pull = lambda g: (g * self.data, g * other.data)  # noqa: E731
        return self.make(self.data * other.data, (self, other), pull)


@mistake("Value", "The gradients of * lack the upstream one: multiply by it (the chain rule).")
class NoChainInMul(Right):
    """A derivative, not a gradient."""

    def __mul__(self, other):
        pull = lambda g: (other.data + 0 * g, self.data + 0 * g)  # noqa: E731
        return self.make(self.data * other.data, (self, other), pull)


AS_THEY_ARE = "The gradients of @ lack a transposition: dL/da = g b^T, dL/db = a^T g."


@mistake("Value", AS_THEY_ARE)
class LeftAsItIs(Right):
    """b turned, a not."""

    def __matmul__(self, other):
        pull = lambda g: (g @ other.data.T, self.data @ g)  # noqa: E731
        return self.make(self.data @ other.data, (self, other), pull)


@mistake("Value", AS_THEY_ARE)
class RightAsItIs(Right):
    """a turned, b not."""

    def __matmul__(self, other):
        pull = lambda g: (g @ other.data, self.data.T @ g)  # noqa: E731
        return self.make(self.data @ other.data, (self, other), pull)


@mistake("Value", AS_THEY_ARE)
class NoTransposition(Right):
    """Right for symmetric matrices."""

    def __matmul__(self, other):
        pull = lambda g: (g @ other.data, self.data @ g)  # noqa: E731
        return self.make(self.data @ other.data, (self, other), pull)


@mistake(
    "Value", "Your exp passes its gradient on as it is. exp is its own slope: multiply by exp(x)."
)
class ExpPassesOn(Right):
    """The slope of x."""

    def exp(self):
        return self.make(self.data.exp(), (self,), lambda g: (g,))


@mistake("Value", "Your exp multiplies the gradient by its input. Its slope is its result, exp(x).")
class ExpTimesInput(Right):
    """Takes .data where the result's is meant."""

    def exp(self):
        return self.make(self.data.exp(), (self,), lambda g: (g * self.data,))


@mistake(
    "Value",
    "You take x exp(x - 1) for the slope of exp, as if x were the base of a power. x is the "
    "exponent, and the slope is exp(x).",
)
class ExpAsPower(Right):
    """The rule for x to the power of n."""

    def exp(self):
        slope = self.data * (self.data - 1).exp()
        return self.make(self.data.exp(), (self,), lambda g: (g * slope,))


@mistake("Value", "The gradient of exp lacks the upstream one: multiply by it (the chain rule).")
class NoChainInExp(Right):
    """A slope, not a gradient."""

    def exp(self):
        out = self.data.exp()
        return self.make(out, (self,), lambda g: (out + 0 * g,))


@mistake(
    "Value",
    "Your exp keeps nothing for the way back, so no gradient gets past it. Note what its result "
    "was made from, as for the other operations.",
)
class ExpFromNothing(Right):
    """A new Value without a past."""

    def exp(self):
        return self.make(self.data.exp(), (), None)


@mistake("Value", "You take exp(x) - 1 (expm1). Asked for is exp(x) itself.")
class ExpMinusOne(Right):
    """Right for small numbers, less 1."""

    def exp(self):
        return self.make(self.data.expm1(), (self,), lambda g: (g * self.data.exp(),))


@mistake("Value", IN_PLACE)
class ExpInPlace(Right):
    """Saves a tensor, and loses the input."""

    def exp(self):
        out = self.data.exp_()
        return self.make(out, (self,), lambda g: (g * out,))


@mistake(
    "Value",
    "On the way back, your exp works in place (mul_, *=) on the .grad of its own result, which is "
    "asked for, too. Make a new tensor: g * exp(x).",
)
class ExpSpoilsItsGrad(Right):
    """The gradient of x, in the place of exp(x)'s."""

    def exp(self):
        out = self.data.exp()
        return self.make(out, (self,), lambda g: (g.mul_(out),))


@mistake("Value", "Your log passes its gradient on as it is. Its slope is 1/x: divide by x.")
class LogPassesOn(Right):
    """The slope of x."""

    def log(self):
        return self.make(self.data.log(), (self,), lambda g: (g,))


@mistake("Value", "Your log multiplies its gradient by x. Its slope is 1/x: divide by x.")
class LogTimesInput(Right):
    """The slope, upside down."""

    def log(self):
        return self.make(self.data.log(), (self,), lambda g: (g * self.data,))


SLOPE_OF_INVERSE = "Your log divides its gradient by x^2, as 1/x does. Its own slope is 1/x itself."


@mistake("Value", SLOPE_OF_INVERSE)
class LogOverSquare(Right):
    """One derivative too far, and its sign forgotten."""

    def log(self):
        return self.make(self.data.log(), (self,), lambda g: (g / self.data**2,))


@mistake("Value", SLOPE_OF_INVERSE)
class LogMinusOverSquare(Right):
    """One derivative too far."""

    def log(self):
        return self.make(self.data.log(), (self,), lambda g: (-g / self.data**2,))


@mistake("Value", "Your log divides its gradient by its result. Divide by its input: 1/x.")
class LogOverOutput(Right):
    """What is right for exp: to use the result."""

    def log(self):
        out = self.data.log()
        return self.make(out, (self,), lambda g: (g / out,))


@mistake("Value", "The gradient of log lacks the upstream one: multiply by it (the chain rule).")
class NoChainInLog(Right):
    """A slope, not a gradient."""

    def log(self):
        return self.make(self.data.log(), (self,), lambda g: (1 / self.data + 0 * g,))


@mistake(
    "Value",
    "Your log keeps nothing for the way back, so no gradient gets past it. Note what its result "
    "was made from, as for the other operations.",
)
class LogFromNothing(Right):
    """A new Value without a past."""

    def log(self):
        return self.make(self.data.log(), (), None)


OTHER_BASE = "You take a logarithm of base {}. The one that undoes exp is torch.log, of base e."


@mistake("Value", OTHER_BASE.format(2))
class LogOfBase2(Right):
    """Bits."""

    def log(self):
        return self.make(self.data.log2(), (self,), lambda g: (g / self.data,))


@mistake("Value", OTHER_BASE.format(10))
class LogOfBase10(Right):
    """Digits."""

    def log(self):
        return self.make(self.data.log10(), (self,), lambda g: (g / self.data,))


@mistake("Value", "You take log(1 + x) (log1p). Asked for is log(x) itself.")
class LogOfOneMore(Right):
    """Never of 0, and never right."""

    def log(self):
        return self.make(self.data.log1p(), (self,), lambda g: (g / (1 + self.data),))


@mistake(
    "Value",
    "You add a small number before the logarithm, which makes every result a little wrong. Take "
    "log(x) as it is; the row's maximum, subtracted before exp, keeps 0 away.",
)
class LogOfALittleMore(Right):
    """A guard that nobody asked for."""

    def log(self):
        guarded = self.data + 1e-7
        return self.make(guarded.log(), (self,), lambda g: (g / guarded,))


@mistake("Value", "Your mean sends the whole gradient to each element. Each gets 1/n of it.")
class MeanWithoutN(Right):
    """A mean that goes back as a sum."""

    def mean(self):
        return self.make(self.data.mean(), (self,), Right.sum(self).pull)


ONE_AXIS_OF_MEAN = "Your mean divides by the length of one axis. It is of all elements: numel()."


@mistake("Value", ONE_AXIS_OF_MEAN)
class MeanOfRows(Right):
    """1/n, for the batch's n."""

    def mean(self):
        pull = lambda g: (g * torch.ones_like(self.data) / len(self.data),)  # noqa: E731
        return self.make(self.data.mean(), (self,), pull)


@mistake("Value", ONE_AXIS_OF_MEAN)
class MeanOfColumns(Right):
    """1/m, for the last axis."""

    def mean(self):
        pull = lambda g: (g * torch.ones_like(self.data) / self.data.shape[-1],)  # noqa: E731
        return self.make(self.data.mean(), (self,), pull)


@mistake("Value", "Your sum sends its gradient to the elements in shares. Each gets all of it.")
class SumInShares(Right):
    """A sum that goes back as a mean."""

    def sum(self):
        return self.make(self.data.sum(), (self,), Right.mean(self).pull)


@mistake(
    "Value",
    "Your sum sends a number back. The gradient has the shape of .data: the same for each element.",
)
class SumSendsNumber(Right):
    """A gradient without axes."""

    def sum(self):
        return self.make(self.data.sum(), (self,), lambda g: (g,))

    def send(self, source, grad):
        fitted = grad if grad.dim() == 0 else fit(grad, source.data)
        source.grad = fitted if grad.dim() == 0 else source.grad + fitted


@mistake(
    "Value",
    "You add in place to a gradient that two Values share (a + b hands both the same tensor). Make "
    "a new tensor: grad = grad + more.",
)
class SharedInPlace(Right):
    """One tensor, handed to two."""

    def start(self, order):
        for value in order:
            value.grad = None
        self.grad = torch.ones_like(self.data)

    def send(self, source, grad):
        if source.grad is None:
            source.grad = fit(grad, source.data)
        else:
            source.grad += fit(grad, source.data)


@mistake("Value", "Only the leaves have a .grad afterwards. Keep it for every Value of the graph.")
class LeavesOnly(Right):
    """As torch does it, without retain_grad."""

    def backward(self):
        super().backward()
        for value in self.order():
            if value.made_from:
                value.grad = None


@mistake("Value", AUTOGRAD)
class ByAutograd(Right):
    """Asks torch for help."""

    def backward(self):
        order = self.order()
        leaves = [value for value in order if not value.made_from]
        for value in order:
            value.grad = torch.zeros_like(value.data)
        tensors = {leaf: leaf.data.detach().requires_grad_() for leaf in leaves}
        inner = sum((t * t).sum() for t in tensors.values())
        torch.autograd.grad(inner, list(tensors.values()))
        super().backward()


@mistake("Value", ASTRAY)
class OntoZeros(Right):
    """Zeros on the CPU."""

    def start(self, order):
        for value in order:
            value.grad = torch.zeros(value.data.shape, dtype=value.data.dtype)
        self.grad = torch.ones_like(self.data)
