"""The ways to run one full pass: from (inp, targ, w1, b1, w2, b2) to the loss, and each .grad.

The solutions do the work, and autograd's way is backprop.race's; the notes' is written here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from backprop.race import Pass, autograd, autograd_loss, differentiated
from kata.answers.load import load
from kata.course import course

M, NH = 784, 50
N = 50_000  # the notes' batch


@dataclass(frozen=True)
class Way:
    """One way to run the pass.

    numbers: how many numbers it should hold at once beside its arguments, from n, m and nh; terms
    without n left out where others have it.
    """

    name: str
    run: Pass
    numbers: Callable[[int, int, int], int]


def ways() -> dict[str, Way]:
    """All ways that run anywhere: in each, d_inp [n, m] must exist, and what is added is waste."""
    lean = _with(_solution("ch08_lean_backward", "lin_grad_matmul"))
    own = (
        # the products of all rows
        Way("outer product", _with(lin_grad_outer), lambda n, m, nh: n * m * nh + n * m),
        # l1, l2 and the gradients of both
        Way("einsum", plain(), lambda n, m, nh: n * m + 4 * n * nh),
        Way("matmul", lean, lambda n, m, nh: n * m + 4 * n * nh),
        # it keeps l2 for the way back, and has the gradient of l1
        Way("autograd", autograd, lambda n, m, nh: n * m + 2 * n * nh),
        # one block's hidden units
        Way("fast", fast(), lambda n, m, nh: n * m + min(n, 5_000) * nh),
    )
    return {way.name: way for way in own}


def lin_grad_outer(inp: Tensor, out: Tensor, w: Tensor, b: Tensor) -> None:
    """The notes' way (fast.ai 2019, lesson 8): all products [n, m, o] at once, then their sum."""
    assert out.grad is not None
    inp.grad = out.grad @ w.t()
    w.grad = (inp.unsqueeze(-1) * out.grad.unsqueeze(1)).sum(0)
    b.grad = out.grad.sum(0)


def plain() -> Pass:
    """Chapter 7's solution, whose lin_grad is chapter 6's."""
    run: Pass = _solution("ch07_full_pass", "forward_and_backward")
    return run


def fast(rows: int | None = None, keep: bool = True) -> Pass:
    """Chapter 9's solution, with blocks of so many rows (else its own number).

    keep: leave inp.grad there from call to call, as a training loop does.
    """
    module = load(course().solutions / "ch09_fast_pass.py", "ch09_fast_pass")
    if rows is not None:
        vars(module)["ROWS"] = rows
    run: Pass = module.fast_forward_and_backward
    return run if keep else _fresh(run)


def compiled() -> Pass:
    """autograd's pass through torch.compile. Raises what torch raises where it cannot build."""
    loss = torch.compile(autograd_loss)

    def run(*args: Tensor) -> Tensor:
        return differentiated(loss, args)

    run(*arguments(64))
    return run


def arguments(
    n: int, nh: int = NH, m: int = M, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> list[Tensor]:
    """Random arguments of one pass, the same at each call."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=dtype).to(device)

    w1, w2 = normal(m, nh) * (2 / m) ** 0.5, normal(nh, 1) * nh**-0.5
    return [normal(n, m), normal(n), w1, normal(nh) * 0.1, w2, normal(1) * 0.1]


def _fresh(run: Pass) -> Pass:
    def call(inp: Tensor, *rest: Tensor) -> Tensor:
        inp.grad = None
        return run(inp, *rest)

    return call


def _with(lin_grad: Callable[..., None]) -> Pass:
    """Chapter 7's solution with another lin_grad."""
    module = load(course().solutions / "ch07_full_pass.py", "ch07_full_pass")
    vars(module)["lin_grad"] = lin_grad
    run: Pass = module.forward_and_backward
    return run


def _solution(chapter: str, name: str) -> Any:
    return getattr(load(course().solution_of(chapter), chapter), name)
