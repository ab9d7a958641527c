"""Chapter 16, write the test: say of any gradient function whether it is right.

Between two calls of the function that you test, inp and w change in place, as they do in training.
"""

from collections.abc import Callable

import torch
from ch01_checks import assert_near
from jaxtyping import Float
from torch import Tensor

ReluGrad = Callable[[Float[Tensor, "n m"], Float[Tensor, "n m"]], None]
LinGrad = Callable[
    [Float[Tensor, "n m"], Float[Tensor, "n o"], Float[Tensor, "m o"], Float[Tensor, "o"]], None
]


def check_relu_grad(relu_grad: ReluGrad) -> None:
    """Stop with an AssertionError unless this relu_grad(inp, out) is right.

        inp.grad = out.grad where inp > 0, else 0,   with out = max(inp, 0) + constant

    A right one overwrites inp.grad at each call, whether or not there is one already, whatever the
    constant is, and whatever inp holds by then: a wrong one may leave or add to what an earlier
    call set, so call it again on the same inp with other values. Where inp is exactly 0 it takes
    0. A wrong one may be wrong in one of these cases only, or for one constant only: see to it
    that each occurs. Let every right one pass, however it is written. Only the numbers in inp.grad
    count, to one part in a hundred; an error that a wrong one raises itself need not be caught.

    Source: the tests of chapter 6; DeMillo, Lipton and Sayward 1978, Hints on Test Data Selection.
    """
    inp = torch.empty(20, 10, dtype=torch.float64)
    for constant in (0.0, -0.5):
        inp.normal_()[::2, 1:3] = 0.0
        out = inp.clamp(min=0) + constant
        out.grad = torch.randn_like(out)
        expected = torch.where(inp > 0, out.grad, 0.0)
        relu_grad(inp, out)
        assert_near(inp.grad, expected)


def check_lin_grad(lin_grad: LinGrad) -> None:
    """Stop with an AssertionError unless this lin_grad(inp, out, w, b) is right.

        inp.grad = g w^T   w.grad = inp^T g   b.grad = sum_i g_i,   with g = out.grad

    A right one overwrites all three at each call, whether or not they are there already, for any
    sizes and any g, and whatever the tensors hold by then: between two calls inp and w change in
    place, as in training, so call it again on the same tensors with other values. A wrong one may
    be right for some: choose yours so that they hide nothing. Let
    every right one pass, however it is written; it may round differently. Only the numbers in the
    .grads count, to one part in a hundred; an error that a wrong one raises itself need not be
    caught.

    Source: the tests of chapter 6; DeMillo, Lipton and Sayward 1978, Hints on Test Data Selection.
    """
    inp, w, b = (torch.empty(s, dtype=torch.float64) for s in ((5, 4), (4, 3), (3,)))
    for _ in range(2):
        for tensor in (inp, w, b):
            tensor.normal_()
        out = inp @ w + b
        out.grad = torch.randn_like(out)
        expected = out.grad @ w.t(), inp.t() @ out.grad, out.grad.sum(0)
        lin_grad(inp, out, w, b)
        for tensor, grad in zip((inp, w, b), expected, strict=True):
            assert_near(tensor.grad, grad)
