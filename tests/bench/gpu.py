"""The same passes on a CUDA device, by its own clock."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

WARM_UP = 3


def seconds_of(call: Callable[[], object], rounds: int = 20) -> float:
    """The median time of a call between two CUDA events."""
    for _ in range(WARM_UP):
        call()
    found: list[float] = []
    for _ in range(rounds):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        end.synchronize()
        found.append(start.elapsed_time(end) / 1_000)
    return statistics.median(found)


@contextmanager
def tf32(on: bool) -> Iterator[None]:
    """Let float32 products round their factors to 10 bits, or not."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = on
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def graph_of(call: Callable[[], object]) -> Callable[[], object]:
    """A call recorded once as a CUDA graph: replayed, it costs one launch for all its kernels."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def bandwidth_bound(inp: Tensor) -> float:
    """Seconds to read inp once and to write as much once: no pass can do with less.

    One copy, measured here and now, moves just these bytes.
    """
    out = torch.empty_like(inp)
    return seconds_of(lambda: out.copy_(inp))
