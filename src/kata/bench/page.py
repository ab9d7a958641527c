"""Measure here and now, and write the tables and the plot of docs/performance.md.

    python -m kata.bench.page

The text of the page stays; what lies between `<!-- begin NAME -->` and `<!-- end NAME -->` is made.
"""

import os
import platform
import re
from collections.abc import Callable
from pathlib import Path

import torch

from kata.bench import growth, measure
from kata.bench.growth import Curve
from kata.bench.ways import NH, M, N, arguments, fast, must_exist, ways
from kata.catalogue import ROOT

PAGE = ROOT / "docs" / "performance.md"
PLOT = PAGE.with_name("growth.svg")
ROUNDS = 7


def main() -> None:
    """Write the page's tables and its plot."""
    with measure.threads():
        text = PAGE.read_text("utf-8")
        for name, make in SECTIONS.items():
            print(f"measuring: {name}", flush=True)
            text = replaced(text, name, make())
    PAGE.write_text(text, "utf-8")


def replaced(text: str, name: str, content: str) -> str:
    """The page with another content of one section. Raises ValueError where it has no such one."""
    pattern = re.compile(f"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{PAGE}: has no section {name}")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def machine() -> str:
    """What it was measured on."""
    cpu = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", cpu.read_text()) if cpu.is_file() else []
    name = models[0] if models else platform.processor()
    return (
        f"{name}, {os.cpu_count()} cores, {measure.THREADS} threads, {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def passes() -> str:
    """Every way at the notes' size, and the outer product at a tenth of it."""
    batch = arguments(N)
    shown = {name: way for name, way in ways().items() if name != "outer product"}
    calls: dict[str, Callable[[], object]] = {"square product": measure.square_product()}
    calls |= {n: measure.step(w.run, batch, keep=n == "fast") for n, w in shown.items()}
    times = measure.in_turn(calls, ROUNDS)
    least = measure.bound(times["square product"].least, N, M, NH)
    rows = [
        "| way | time, of autograd's | rate, of a square product's | held, of what must exist |"
    ]
    rows.append("| --- | --- | --- | --- |")
    small = arguments(N // 10)
    both = {n: measure.step(ways()[n].run, small) for n in ("outer product", "autograd")}
    beside = measure.in_turn(both, 3)
    outer = beside["outer product"].median / beside["autograd"].median
    held = measure.held_at(ways()["outer product"].run, arguments, N) / must_exist(batch)
    rows.append(f"| outer product, on a tenth of the rows | {outer:.1f} | | {held:.1f} |")
    for name, way in shown.items():
        held = measure.held_at(way.run, arguments, N) / must_exist(batch)
        ratio = times[name].median / times["autograd"].median
        rows.append(f"| {name} | {ratio:.2f} | {least / times[name].least:.2f} | {held:.2f} |")
    return "\n".join(rows)


def steps() -> str:
    """From the plain pass to the fast one."""
    batch = arguments(N)
    step = measure.step
    calls = {
        "square product": measure.square_product(),
        "autograd": step(ways()["autograd"].run, batch),
        "matrix products (chapter 8)": step(ways()["matmul"].run, batch),
        "in place, all rows at once": step(fast(rows=N, keep=False), batch),
        "in blocks of 5,000 rows": step(fast(keep=False), batch),
        "all rows at once, into the inp.grad that is there": step(fast(rows=N), batch, keep=True),
        "both: chapter 9": step(fast(), batch, keep=True),
    }
    blocks = (250, 500, 1_000, 2_000, 10_000)
    calls |= {f"both, {k:,} rows": step(fast(rows=k), batch, keep=True) for k in blocks}
    times = measure.in_turn(calls, ROUNDS)
    least = measure.bound(times.pop("square product").least, N, M, NH)
    rows = ["| step | time, of autograd's | rate, of a square product's |", "| --- | --- | --- |"]
    for name, time in times.items():
        ratio = time.median / times["autograd"].median
        rows.append(f"| {name} | {ratio:.2f} | {least / time.least:.2f} |")
    return "\n".join(rows)


def faults() -> str:
    """What it costs to get inp.grad's memory from the system, beside one product and one copy."""
    batch = arguments(N)
    inp, w1 = batch[0], batch[2]
    there, hidden = torch.empty_like(inp), torch.randn(N, NH)
    calls: dict[str, Callable[[], object]] = {
        "one product, into memory that is there": lambda: torch.mm(hidden, w1.t(), out=there),
        "the same product, into fresh memory": lambda: hidden @ w1.t(),
        "zeros, into memory that is there": lambda: there.zero_(),
        "zeros, into fresh memory": lambda: torch.empty_like(inp).zero_(),
        "a copy of inp, into memory that is there": lambda: there.copy_(inp),
    }
    times = measure.in_turn(calls, ROUNDS)
    unit = next(iter(times.values())).median
    rows = ["| 157 MB | time, of the product's |", "| --- | --- |"]
    return "\n".join(rows + [f"| {n} | {t.median / unit:.2f} |" for n, t in times.items()])


def grown() -> str:
    """The table of exponents; the plot beside it."""
    found = [*growth.curves("n"), *growth.curves("nh")]
    plot(found, PLOT)
    rows = ["| way | axis | sizes | time ~ | predicted | memory ~ | predicted |"]
    rows.append("| --- | --- | --- | --- | --- | --- | --- |")
    for curve in found:
        (time, memory), (time_p, memory_p) = curve.exponents, curve.predicted
        a, low, high = curve.axis, curve.sizes[0], curve.sizes[-1]
        rows.append(
            f"| {curve.way.name} | {a} | {low:,} to {high:,} | {a}^{time:.2f} | {a}^{time_p:.2f} "
            f"| {a}^{memory:.2f} | {a}^{memory_p:.2f} |"
        )
    return "\n".join(rows)


def plot(curves: list[Curve], path: Path) -> None:
    """Time and memory against n and nh, all axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    # the same file for the same figures, and text as text
    matplotlib.rcParams.update({"svg.hashsalt": "kata", "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(8, 6), layout="constrained")
    units = {"time in units of the first autograd": 0, "bytes held": 1}
    for column, axis in enumerate(("n", "nh")):
        own = [curve for curve in curves if curve.axis == axis]
        first = next(c for c in own if c.way.name == "autograd").seconds[0]
        for label, row in units.items():
            at = axes[row][column]
            for curve in own:
                values = [s / first for s in curve.seconds] if row == 0 else curve.bytes
                at.loglog(curve.sizes, values, "o-", label=curve.way.name, markersize=3)
            at.set(xlabel=axis, ylabel=label)
    axes[0][0].legend()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


SECTIONS: dict[str, Callable[[], str]] = {
    "machine": machine,
    "passes": passes,
    "steps": steps,
    "faults": faults,
    "growth": grown,
}

if __name__ == "__main__":
    main()
