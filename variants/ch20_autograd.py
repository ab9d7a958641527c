"""Right answers of chapter 20 that are written in unusual ways."""

import math
from graphlib import TopologicalSorter
from itertools import count

import torch

from kata.diagnosis.recorded import right


@right("unbroadcast")
def by_torch(grad, shape):
    return grad.sum_to_size(shape)


@right("unbroadcast")
def axis_by_axis(grad, shape):
    while grad.dim() > len(shape):
        grad = grad.sum(0)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis, keepdim=True)
    return grad


@right("unbroadcast")
def by_a_table_of_places(grad, shape):
    """Each element of the big tensor knows where it came from; index_add_ sums them there."""
    n = torch.Size(shape).numel()
    places = torch.arange(n, device=grad.device).reshape(shape).expand(grad.shape)
    return grad.new_zeros(n).index_add(0, places.reshape(-1), grad.reshape(-1)).reshape(shape)


@right("unbroadcast")
def padded(grad, shape):
    wide = (1,) * (grad.dim() - len(shape)) + tuple(shape)
    for axis, (have, want) in enumerate(zip(grad.shape, wide, strict=True)):
        if have != want:
            grad = torch.sum(grad, dim=axis, keepdim=True)
    return grad.view(shape)


class Numbered:
    """Each Value has a number, and later ones were made from earlier ones."""

    numbers = count()

    def __init__(self, data, made_from=()):
        self.data, self.grad, self.made_from, self.number = (
            data,
            None,
            made_from,
            next(self.numbers),
        )

    def __add__(self, other):
        return type(self)(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other):
        made_from = ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        return type(self)(self.data * other.data, made_from)

    def __matmul__(self, other):
        made_from = ((self, lambda g: g @ other.data.T), (other, lambda g: self.data.T @ g))
        return type(self)(self.data @ other.data, made_from)

    def relu(self):
        return type(self)(
            self.data.clamp(min=0), ((self, lambda g: torch.where(self.data > 0, g, 0)),)
        )

    def exp(self):
        return type(self)(self.data.exp(), ((self, lambda g: g * self.data.exp()),))

    def log(self):
        return type(self)(self.data.log(), ((self, lambda g: g * self.data.reciprocal()),))

    def sum(self):
        return type(self)(
            self.data.sum(), ((self, lambda g: torch.full_like(self.data, g.item())),)
        )

    def mean(self):
        n = self.data.numel()
        return type(self)(self.data.sum() / n, ((self, lambda g: (g / n).expand_as(self.data)),))


@right("Value")
class SortedByNumber(Numbered):
    """No graph to sort: the numbers are the order."""

    def backward(self):
        found, todo = {self}, [self]
        while todo:
            for source, _ in todo.pop().made_from:
                if source not in found:
                    found.add(source)
                    todo.append(source)
        for value in found:
            value.grad = None
        self.grad = torch.ones_like(self.data)
        for value in sorted(found, key=lambda value: -value.number):
            for source, pull in value.made_from:
                grad = pull(value.grad).sum_to_size(source.data.shape)
                source.grad = grad if source.grad is None else source.grad + grad


@right("Value")
class AsMicrograd:
    """Closures that add in place, as micrograd has them; the sort has its own stack."""

    def __init__(self, data, children=()):
        self.data = data
        self.grad = torch.zeros_like(data)
        self._backward = lambda: None
        self._prev = children

    def _takes(self, grad):
        self.grad += grad.sum_to_size(self.grad.shape)

    def __add__(self, other):
        out = AsMicrograd(self.data + other.data, (self, other))

        def _backward():
            self._takes(out.grad)
            other._takes(out.grad)

        out._backward = _backward
        return out

    def __mul__(self, other):
        out = AsMicrograd(self.data * other.data, (self, other))

        def _backward():
            self._takes(other.data * out.grad)
            other._takes(self.data * out.grad)

        out._backward = _backward
        return out

    def __matmul__(self, other):
        out = AsMicrograd(self.data @ other.data, (self, other))

        def _backward():
            self._takes(torch.einsum("no,mo->nm", out.grad, other.data))
            other._takes(torch.einsum("nm,no->mo", self.data, out.grad))

        out._backward = _backward
        return out

    def relu(self):
        out = AsMicrograd(torch.relu(self.data), (self,))
        out._backward = lambda: self._takes((out.data > 0) * out.grad)
        return out

    def exp(self):
        out = AsMicrograd(self.data.clone().exp_(), (self,))
        out._backward = lambda: self._takes(out.data * out.grad)
        return out

    def log(self):
        out = AsMicrograd(-self.data.reciprocal().log(), (self,))
        out._backward = lambda: self._takes(torch.exp(-out.data) * out.grad)
        return out

    def sum(self):
        out = AsMicrograd(self.data.sum(), (self,))
        out._backward = lambda: self._takes(out.grad + torch.zeros_like(self.data))
        return out

    def mean(self):
        out = AsMicrograd(self.data.mean(), (self,))
        n = self.data.numel()
        out._backward = lambda: self._takes(out.grad / n + torch.zeros_like(self.data))
        return out

    def backward(self):
        topo, seen, stack = [], {self}, [(self, iter(self._prev))]
        while stack:
            value, children = stack[-1]
            child = next((c for c in children if c not in seen), None)
            if child is None:
                topo.append(value)
                stack.pop()
            else:
                seen.add(child)
                stack.append((child, iter(child._prev)))
        for value in topo:
            value.grad.zero_()
        self.grad.fill_(1)
        for value in reversed(topo):
            value._backward()


@right("Value")
class Taped(torch.nn.Module):
    """One tape for all, as the first frameworks had it; the loss takes its part."""

    tape: list = []  # noqa: RUF012  (one for all is the point)

    def __init__(self, data):
        super().__init__()
        self.data, self.grad = data, None

    def record(self, data, *pulls):
        out = Taped(data)
        Taped.tape.append((out, pulls))
        return out

    def __hash__(self):
        return id(self)

    def __add__(self, other):
        return self.record(self.data + other.data, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other):
        a, b = self.data, other.data
        return self.record(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __matmul__(self, other):
        a, b = self.data, other.data
        return self.record(torch.mm(a, b), (self, lambda g: g @ b.mT), (other, lambda g: a.mT @ g))

    def relu(self):
        return self.record(self.data.relu(), (self, lambda g: g * (self.data > 0)))

    def exp(self):
        powers = math.e**self.data
        return self.record(powers, (self, lambda g: g * powers))

    def log(self):
        return self.record(self.data.log2() * math.log(2), (self, lambda g: g / self.data))

    def sum(self):
        return self.record(self.data.sum(), (self, lambda g: g.expand_as(self.data)))

    def mean(self):
        share = torch.ones_like(self.data) / self.data.numel()
        return self.record((self.data * share).sum(), (self, lambda g: g * share))

    def backward(self):
        grads = {self: torch.ones_like(self.data)}
        for out, pulls in reversed(Taped.tape):
            if out in grads:
                for source, pull in pulls:
                    grad = pull(grads[out]).sum_to_size(source.data.shape)
                    grads[source] = grads.get(source, 0) + grad
        for value, grad in grads.items():
            value.grad = grad


@right("Value")
class SortedByLibrary(Numbered):
    """The standard library's topological sort."""

    def backward(self):
        graph, todo = {}, [self]
        while todo:
            value = todo.pop()
            if value not in graph:
                graph[value] = [source for source, _ in value.made_from]
                todo.extend(graph[value])
        order = [*TopologicalSorter(graph).static_order()]
        for value in order:
            value.grad = torch.zeros_like(value.data)
        self.grad = torch.ones_like(self.data)
        for value in reversed(order):
            for source, pull in value.made_from:
                source.grad = source.grad + pull(value.grad).sum_to_size(source.data.shape)
