"""Time ways to run a pass against each other, in turn, so that the ratios of their times hold.

On a machine with other work to do, single times mean little. A round runs everything once, rounds
follow each other, and what is looked at are medians and minima, and ratios of these. Nothing here
judges an answer; a grade counts and never looks at a clock.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

Pass = Callable[..., Tensor]  # from (inp, targ, w1, b1, w2, b2) to the loss, and each .grad
GRADIENTS = (0, 2, 3, 4, 5)  # the positions of the arguments whose .grad is set


@dataclass(frozen=True)
class Times:
    """The seconds of one call, over all rounds."""

    all: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.all)

    @property
    def least(self) -> float:
        return min(self.all)


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Time each call once a round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: Times(tuple(each)) for name, each in seconds.items()}


def step(run: Pass, args: list[Tensor], keep: bool = False) -> Callable[[], object]:
    """Return one pass of a training loop, as a call without arguments.

    keep: inp.grad is there from the pass before, to be written to. Each step has tensors of its own
    (of the same memory), so that no other step's .grad is kept.
    """
    own = [tensor.detach() for tensor in args]

    def call() -> object:
        if not keep:
            forget(own)
        return run(*own)

    return call


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch compute in so many threads; a grade's one thread is not what we measure."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def autograd(*args: Tensor) -> Tensor:
    """Run and differentiate the pass by autograd, with fused affine maps."""
    return differentiated(autograd_loss, args)


def autograd_loss(
    inp: Tensor, targ: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor
) -> Tensor:
    """Compute the loss alone, for autograd or torch.compile to go back through."""
    hidden = torch.relu(torch.addmm(b1, inp, w1))
    return torch.nn.functional.mse_loss(torch.addmm(b2, hidden, w2).squeeze(-1), targ)


def differentiated(loss_of: Pass, args: tuple[Tensor, ...]) -> Tensor:
    """Run and differentiate a loss by autograd, on leaves of the arguments' own memory."""
    leaves = [tensor.detach() for tensor in args]
    for i in GRADIENTS:
        leaves[i].requires_grad_()
    loss = loss_of(*leaves)
    torch.autograd.backward(loss)
    for i in GRADIENTS:
        args[i].grad = leaves[i].grad
    return loss.detach()


def must_exist(args: list[Tensor]) -> int:
    """Count the bytes of the gradients, without which there is no result."""
    return sum(args[i].nbytes for i in GRADIENTS)


def forget(args: list[Tensor]) -> None:
    """Take the .grad off all arguments."""
    for tensor in args:
        tensor.grad = None
