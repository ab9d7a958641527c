"""Right answers of chapter 10 that are written in unusual ways."""

# ruff: noqa: D101 - a class is what is asked for; its name says in which way it is unusual

import math
from collections import deque

import torch
import torch.nn.functional as F
from torch import nn

from kata.diagnosis.recorded import right


@right("Relu")
class ReluKeepsAMask:
    def __call__(self, inp):
        mask = inp > 0
        out = torch.where(mask, inp, 0)

        def back():
            inp.grad = torch.where(mask, out.grad, 0)

        self.back = back
        return out

    def backward(self):
        self.back()


@right("Relu")
class ReluAsATorchModule(nn.Module):
    def forward(self, inp):
        self.inp = inp
        self.out = F.relu(inp)
        return self.out

    def backward(self):
        self.inp.grad = self.out.grad.masked_fill(self.inp <= 0, 0)


@right("Relu")
class ReluInAList:
    def __init__(self):
        self.calls = deque(maxlen=1)

    def __call__(self, inp):
        self.calls.append((inp, inp * (inp > 0)))
        return self.calls[-1][1]

    def backward(self):
        inp, out = self.calls[-1]
        inp.grad = torch.heaviside(inp, torch.zeros_like(inp)) * out.grad


@right("Relu")
class ReluReturnsTheGradientToo:
    def __call__(self, inp):
        self.inp, self.out = inp, inp.maximum(torch.zeros_like(inp))
        return self.out

    def backward(self):
        self.inp.grad = self.out.grad * self.inp.gt(0).to(self.inp.dtype)
        return self.inp.grad


def make_relu():
    """A function that makes the object stands for the class."""
    return ReluKeepsAMask()


right("Relu")(make_relu)


@right("Lin")
class LinByEinsum:
    def __init__(self, w, b):
        self.parameters = {"w": w, "b": b}

    def __call__(self, inp):
        self.inp = inp
        self.out = torch.einsum("nm,mo->no", inp, self.parameters["w"]) + self.parameters["b"]
        return self.out

    def backward(self):
        w, b, g = self.parameters["w"], self.parameters["b"], self.out.grad
        self.inp.grad = torch.einsum("no,mo->nm", g, w)
        w.grad = torch.einsum("nm,no->mo", self.inp, g)
        b.grad = torch.einsum("no->o", g)


@right("Lin")
class LinByOuterProducts:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, inp):
        self.inp, self.out = inp, torch.addmm(self.b, inp, self.w)
        return self.out

    def backward(self):
        g = self.out.grad
        self.inp.grad = g @ self.w.T
        self.w.grad = (self.inp.unsqueeze(-1) * g.unsqueeze(1)).sum(0)
        self.b.grad = g.sum(0)


@right("Lin")
class LinByFLinear(nn.Module):
    def __init__(self, w, b):
        super().__init__()
        self.own = (w, b)

    def forward(self, inp):
        w, b = self.own
        self.inp, self.out = inp, F.linear(inp, w.T, b)
        return self.out

    def backward(self):
        w, b = self.own
        w.grad = F.linear(self.inp.T, self.out.grad.T)
        self.inp.grad = F.linear(self.out.grad, w)
        b.grad = self.out.grad.new_ones(len(self.inp)) @ self.out.grad


@right("Lin")
class LinWritesIntoGrad:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, inp):
        self.inp = inp
        self.out = inp @ self.w + self.b
        return self.out

    def backward(self):
        grads = (self.out.grad @ self.w.T, self.inp.T @ self.out.grad, self.out.grad.sum(0))
        for tensor, grad in zip((self.inp, self.w, self.b), grads, strict=True):
            if tensor.grad is None:
                tensor.grad = torch.empty_like(tensor)
            tensor.grad.copy_(grad)


@right("Lin")
class LinInFloat64:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, inp):
        self.inp = inp
        self.out = (inp.double() @ self.w.double() + self.b.double()).to(inp.dtype)
        return self.out

    def backward(self):
        g = self.out.grad.double()
        self.inp.grad = (g @ self.w.double().T).to(self.inp.dtype)
        self.w.grad = (self.inp.double().T @ g).to(self.w.dtype)
        self.b.grad = g.sum(0).to(self.b.dtype)


@right("Mse")
class MseByF:
    def __call__(self, inp, targ):
        self.kept = inp, targ
        return F.mse_loss(inp.flatten(), targ)

    def backward(self):
        inp, targ = self.kept
        inp.grad = (inp - targ.unsqueeze(-1)).mul(2).div(inp.shape[0])


@right("Mse")
class MseKeepsTheError:
    def __call__(self, inp, targ):
        self.inp, self.error = inp, inp.squeeze(-1) - targ
        return self.error @ self.error / len(targ)

    def backward(self):
        self.inp.grad = (2 / len(self.error) * self.error)[:, None]


@right("Mse")
class MseScaledByItsGrad:
    """Whoever sets the loss's .grad means something by it; nobody has to."""

    def __call__(self, inp, targ):
        self.inp, self.targ = inp, targ
        self.out = (inp[:, 0] - targ).pow(2).mean()
        return self.out

    def backward(self):
        upstream = 1 if self.out.grad is None else self.out.grad
        self.inp.grad = upstream * 2 * (self.inp - self.targ.view(-1, 1)) / self.targ.numel()


@right("Mse")
class MseAsATorchModule(nn.Module):
    def forward(self, inp, targ):
        self.inp, self.targ = inp, targ
        return ((inp - targ[:, None]) ** 2).sum() / len(inp)

    def backward(self):
        self.inp.grad = torch.sub(self.inp, self.targ[:, None]) * (2.0 / len(self.inp))


class _Chain:
    """Links of this file, kept in a tuple."""

    def __init__(self, w1, b1, w2, b2):
        self.layers = (LinByEinsum(w1, b1), ReluInAList(), LinByOuterProducts(w2, b2))
        self.loss = MseByF()

    def __call__(self, x, targ):
        for layer in self.layers:
            x = layer(x)
        return self.loss(x, targ)

    def backward(self):
        for link in (self.loss, *reversed(self.layers)):
            link.backward()


@right("Model")
class ModelOfATuple(_Chain):
    pass


@right("Model")
class ModelThatUnrolls(_Chain):
    def __call__(self, x, targ):
        one, bend, two = self.layers
        return self.loss(two(bend(one(x))), targ)

    def backward(self):
        self.loss.backward()
        self.layers[2].backward()
        self.layers[1].backward()
        self.layers[0].backward()


@right("Model")
class ModelAsATorchModule(nn.Module):
    def __init__(self, w1, b1, w2, b2):
        super().__init__()
        links = LinByFLinear(w1, b1), ReluAsATorchModule(), LinByFLinear(w2, b2)
        self.layers, self.loss = nn.ModuleList(links), MseAsATorchModule()

    def forward(self, x, targ):
        for layer in self.layers:
            x = layer(x)
        return self.loss(x, targ)

    def backward(self):
        self.loss.backward()
        for layer in self.layers[::-1]:
            layer.backward()


@right("Model")
class ModelWithMoreThanIsAskedFor(_Chain):
    def __init__(self, *parameters):
        super().__init__(*parameters)
        self.layers, self.losses = list(self.layers), []

    def __call__(self, x, targ):
        loss = super().__call__(x, targ)
        self.losses.append(loss.item())
        return loss


@right("Module")
class ModuleWithAClosure:
    def __call__(self, *args):
        out = self.forward(*args)
        self.backward = lambda: self.bwd(out, *args)
        return out


@right("Module")
class ModuleThatKeepsAList:
    def __call__(self, *args):
        self._kept = [self.forward(*args), *args]
        return self._kept[0]

    def backward(self):
        return self.bwd(*self._kept)


@right("Module")
class ModuleOfSlots:
    """forward and bwd of its own that say so when they are missing."""

    out = None
    args = ()

    def __call__(self, *args):
        self.args, self.out = args, self.forward(*args)
        return self.out

    def forward(self, *args):
        raise NotImplementedError

    def bwd(self, out, *args):
        raise NotImplementedError

    def backward(self):
        self.bwd(self.out, *self.args)


@right("Module")
class ModuleWithState:
    def __call__(self, *args, **kwargs):
        state = vars(self).setdefault("state", {})
        state.update(args=args, out=self.forward(*args, **kwargs))
        return state["out"]

    def backward(self):
        self.bwd(self.state["out"], *self.state["args"])


@right("NnModel")
class NnSequential(nn.Sequential):
    def __init__(self, m, nh, n_out=1):
        super().__init__(nn.Linear(m, nh), nn.ReLU(), nn.Linear(nh, n_out))
        with torch.no_grad():
            self[0].weight.normal_(0, math.sqrt(2 / m))
            self[2].weight.normal_(0, nh**-0.5)
            self[0].bias.zero_()
            self[2].bias.zero_()


@right("NnModel")
class NnOfParameters(nn.Module):
    """Its own parameters, the second layer's first; no nn.Linear."""

    def __init__(self, m, nh, n_out=1):
        super().__init__()
        self.b2 = nn.Parameter(torch.zeros(n_out))
        self.w2 = nn.Parameter(torch.randn(n_out, nh) / math.sqrt(nh))
        self.w1 = nn.Parameter(torch.randn(nh, m) * math.sqrt(2 / m))
        self.b1 = nn.Parameter(torch.zeros(nh))

    def forward(self, x):
        return F.linear(F.relu(F.linear(x, self.w1, self.b1)), self.w2, self.b2)


@right("NnModel")
class NnByNnInit(nn.Module):
    def __init__(self, m, nh, n_out=1):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(m, nh), nn.Linear(nh, n_out)])
        nn.init.kaiming_normal_(self.layers[0].weight, mode="fan_in", nonlinearity="relu")
        nn.init.kaiming_normal_(self.layers[1].weight, nonlinearity="linear")
        for layer in self.layers:
            layer.bias.data.fill_(0.0)

    def forward(self, x):
        one, two = self.layers
        return two(one(x).clamp(min=0))


def build_nn(m, nh, n_out=1):
    """A function that builds it."""
    return NnSequential(m, nh, n_out)


right("NnModel")(build_nn)
