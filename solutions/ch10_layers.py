"""Chapter 10, layers: a function and its gradient in one object; then as torch has them.

But for torch's own module, gradients are taken by hand, without autograd, and a backward pass after
another call overwrites what the first one set. Inputs may have any size but 0, and any memory
layout, and keep their values; tensors made on the way have the inputs' dtype and device.
"""

import math

from ch03_forward import lin, relu
from ch05_loss import mse
from ch06_backward import lin_grad, mse_grad, relu_grad
from jaxtyping import Float
from torch import Tensor, nn


class Relu:
    """A relu layer with a forward and a backward pass.

        out = max(inp, 0),   dL/dinp = dL/dout where inp > 0, else 0

    The backward pass needs what the forward pass saw, so the object keeps it. Whoever calls the
    layer leaves dL/dout in the .grad of the very tensor that it got.

    Source: fast.ai 2019, lesson 8, "Layers as classes".
    """

    def __call__(self, inp: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Return relu(inp), a new tensor at each call."""
        self.inp, self.out = inp, relu(inp)
        return self.out

    def backward(self) -> None:
        """Set inp.grad, of the last call's inp, from the .grad of what that call returned."""
        relu_grad(self.inp, self.out)


class Lin:
    """An affine layer with a forward and a backward pass; w and b are its own.

        out[i, k] = sum_j inp[i, j] w[j, k] + b[k]

    Each object has its own w and b; two layers of a net must not get in each other's way.

    Source: fast.ai 2019, lesson 8, "Layers as classes".
    """

    def __init__(self, w: Float[Tensor, "m o"], b: Float[Tensor, "o"]) -> None:
        """Keep w and b, the very tensors."""
        self.w, self.b = w, b

    def __call__(self, inp: Float[Tensor, "n m"]) -> Float[Tensor, "n o"]:
        """Return inp @ w + b."""
        self.inp, self.out = inp, lin(inp, self.w, self.b)
        return self.out

    def backward(self) -> None:
        """Set inp.grad, w.grad and b.grad from the .grad of what the last call returned."""
        lin_grad(self.inp, self.out, self.w, self.b)


class Mse:
    """The loss at the end of a net; the backward pass begins here.

        L = 1/n sum_i (inp[i, 0] - targ[i])^2

    No .grad is given to it: dL/dL = 1.

    Source: fast.ai 2019, lesson 8, "Layers as classes".
    """

    def __call__(self, inp: Float[Tensor, "n 1"], targ: Float[Tensor, "n"]) -> Float[Tensor, ""]:
        """Return the mean squared error, a tensor without axes."""
        self.inp, self.targ = inp, targ
        return mse(inp, targ)

    def backward(self) -> None:
        """Set inp.grad, of the last call's inp."""
        mse_grad(self.inp, self.targ)


class Model:
    """A net of two affine layers with a relu between them, and its loss.

        L = mse(lin(relu(lin(x, w1, b1)), w2, b2), targ)

    self.layers is the list of the three layers, in forward order, and self.loss is the loss,
    so that each link of the chain can be tried by itself. The backward pass calls them in reverse:
    each leaves its gradient where the one before it looks.

    Source: fast.ai 2019, lesson 8, "Layers as classes".
    """

    def __init__(
        self,
        w1: Float[Tensor, "m nh"],
        b1: Float[Tensor, "nh"],
        w2: Float[Tensor, "nh 1"],
        b2: Float[Tensor, "1"],
    ) -> None:
        """Make self.layers, a list of Lin, Relu and Lin, and self.loss, an Mse."""
        self.layers = [Lin(w1, b1), Relu(), Lin(w2, b2)]
        self.loss = Mse()

    def __call__(self, x: Float[Tensor, "n m"], targ: Float[Tensor, "n"]) -> Float[Tensor, ""]:
        """Return the loss."""
        for layer in self.layers:
            x = layer(x)
        return self.loss(x, targ)

    def backward(self) -> None:
        """Set the .grad of x, w1, b1, w2 and b2, of the last call."""
        self.loss.backward()
        for layer in reversed(self.layers):
            layer.backward()


class Module:
    """Do once what all layers do alike: keep the arguments and the output of the last call.

        backward() = bwd(out, *args)   with out = forward(*args)

    A subclass brings forward(*args), which returns the output, and bwd(out, *args), which sets the
    .grad of its args from out.grad. It may have any number of args, and an __init__ of its own
    that does not call this class's.

    Source: fast.ai 2019, lesson 8, "Module.forward()".
    """

    def __call__(self, *args: Tensor) -> Tensor:
        """Return forward(*args)."""
        self.args = args
        self.out = self.forward(*args)
        return self.out

    def backward(self) -> None:
        """Call bwd with the output of the last call (the very tensor) and its args."""
        self.bwd(self.out, *self.args)


class NnModel(nn.Module):
    """The same net, without the loss, as a torch module; autograd is its backward pass.

        out = relu(x @ w1.T + b1) @ w2.T + b2

    torch stores a weight as [out, in], the transpose of ours: w1 [nh, m], b1 [nh], w2 [n_out, nh]
    and b2 [n_out] are the module's parameters, of torch's default dtype, under any names. An output
    still adds up fan_in terms, so w1 ~ N(0, 2/m), w2 ~ N(0, 1/nh), and the biases are 0. torch
    takes a weight's second axis for fan_in. It is so here, and was not in the notes: there
    "fan_out" gave the right number.

    Source: nn.Linear; He, Zhang, Ren and Sun 2015, arXiv 1502.01852, section 2.2.
    """

    def __init__(self, m: int, nh: int, n_out: int = 1) -> None:
        """Make the four parameters, drawn from torch's global generator."""
        super().__init__()
        self.lin1, self.lin2 = nn.Linear(m, nh), nn.Linear(nh, n_out)
        nn.init.kaiming_normal_(self.lin1.weight)
        nn.init.normal_(self.lin2.weight, std=1 / math.sqrt(nh))
        for layer in (self.lin1, self.lin2):
            nn.init.zeros_(layer.bias)

    def forward(self, x: Float[Tensor, "n m"]) -> Float[Tensor, "n n_out"]:
        """Return the net's outputs for the n rows of x."""
        return self.lin2(self.lin1(x).relu())
