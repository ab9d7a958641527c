"""The pictures of the lessons. Each function shows one, with a caption for who sees none."""

from collections.abc import Callable, Sequence
from itertools import takewhile

import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.ticker import ScalarFormatter
from torch import Tensor

from backprop.canvas import BLUE, COLOURS, GREEN, GREY, ORANGE, RED, picture


def digits(images: Tensor, labels: Tensor) -> None:
    """Show images [k, H, W], each under its label."""
    names = [str(int(label)) for label in labels]
    caption = f"{len(images)} images with their labels {', '.join(names)}"
    with picture(caption, 1, len(images), size=(0.8 * len(images), 1.1)) as axes:
        for ax, image, name in zip(axes, images, names, strict=True):
            ax.imshow(image, cmap="gray")
            ax.set_title(name)
            ax.set_axis_off()


def histograms(values: dict[str, Tensor], unit: str) -> None:
    """Show one histogram for each named tensor, side by side, with its mean and std."""
    caption = "Histograms: " + "; ".join(f"{name}, {_spread(v)}" for name, v in values.items())
    with picture(caption, 1, len(values), size=(3.5 * len(values), 2.8), sharey=True) as axes:
        for ax, (name, v), colour in zip(axes, values.items(), COLOURS, strict=False):
            _histogram(ax, v, colour)
            ax.set_title(f"{name}\n{_spread(v)}")
            ax.set_xlabel(unit)
        axes[0].set_ylabel("share of all values (%)")


def layers(runs: dict[str, list[Tensor]], title: str) -> None:
    """Show a row of histograms for each run, one for each layer's activations."""
    depth = max(map(len, runs.values()))
    caption = f"{title}: histograms of the activations of {depth} layers, for {', '.join(runs)}"
    with picture(caption, len(runs), depth, size=(8.4, 1.75 * len(runs) + 0.4)) as axes:
        for row, ((name, outputs), colour) in enumerate(zip(runs.items(), COLOURS, strict=False)):
            for k, out in enumerate(outputs):
                ax = axes[row * depth + k]
                tallest, next_one = _histogram(ax, out, colour)
                if tallest > 4 * next_one:  # half of a relu's outputs are in one bar: cut it off
                    ax.set_ylim(0, 2 * next_one)
                    above = ax.transAxes
                    ax.text(0.12, 0.88, f"{tallest:.0f} % here", transform=above, fontsize=8)
                ax.set_title(f"layer {k + 1}\nstd {_short(out.std().item())}")
                ax.set_yticks([])
                ax.locator_params(axis="x", nbins=3)
                ax.ticklabel_format(axis="x", scilimits=(-2, 3))
            axes[row * depth].set_ylabel(f"{name}\n(share of values)")
        for ax in axes[-depth:]:
            ax.set_xlabel("activation")
        axes[0].figure.suptitle(title, fontsize=11)


def depth(curves: dict[str, list[float]]) -> None:
    """Show how a number, such as the std, changes from layer to layer; overflows end a curve."""
    ends = (f"{name} {_end(values)}" for name, values in curves.items())
    caption = f"Standard deviation, layer by layer; at the end: {', '.join(ends)}"
    with picture(caption, size=(7, 3.4)) as (ax,):
        for (name, values), colour in zip(curves.items(), COLOURS, strict=False):
            label = f"{name}: {_end(values)}"
            finite = _finite(values)
            ax.semilogy(range(1, len(finite) + 1), finite, color=colour, label=label)
        ax.axhline(1, color=GREY, linewidth=0.8, linestyle=":")
        ax.set_xlabel("layer")
        ax.set_ylabel("std of the activations (log scale)")
        ax.set_ylim(top=1e3)
        ax.grid()
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="at the last layer")


def curves(functions: dict[str, Callable[[Tensor], Tensor]], label: str = "output") -> None:
    """Show functions of one number, for inputs from -3 to 3."""
    x = torch.linspace(-3, 3, 601)
    with picture(f"{', '.join(functions)}, for inputs from -3 to 3", size=(6, 3)) as (ax,):
        for (name, function), colour in zip(functions.items(), COLOURS, strict=False):
            ax.plot(x, function(x), color=colour, label=name, linewidth=2)
        ax.set_xlabel("input x")
        ax.set_ylabel(label)
        ax.grid()
        ax.legend()


def curve(x: Tensor, function: Callable[[float], float], x_label: str, y_label: str) -> None:
    """Show a function at the numbers x, with its lowest point."""
    inputs, values = x.tolist(), [function(v) for v in x.tolist()]
    low = min(range(len(values)), key=values.__getitem__)
    caption = f"{y_label} against {x_label}: lowest at {inputs[low]:.1f}"
    with picture(caption, size=(6, 3)) as (ax,):
        ax.plot(inputs, values, color=BLUE, linewidth=2)
        ax.plot(inputs[low], values[low], "o", color=ORANGE, label=f"lowest, at {inputs[low]:.1f}")
        ax.set_xlabel(x_label)
        ax.set_ylabel(y_label)
        ax.grid()
        ax.legend()


def nearness(near: Callable[[Tensor, Tensor], bool]) -> None:
    """Show, for values b and differences a - b of many sizes, where `near` says yes."""
    sizes, gaps = torch.logspace(-6, 3, 46).tolist(), torch.logspace(-9, 1, 51).tolist()
    says = torch.tensor(
        # float64, as the sum b + gap would swallow the small gaps in float32
        [[near(_number(b + gap), _number(b)) for b in sizes] for gap in gaps],
        dtype=torch.float64,
    )
    caption = "Where near(a, b) says yes: below the line |a - b| = 1e-5 + 1e-3 |b|"
    with picture(caption, size=(6, 3.4)) as (ax,):
        # of the two colours, not of the mesh, whose alpha would make a black of "none" half seen
        blue = ListedColormap([to_rgba(BLUE, 0), to_rgba(BLUE, 0.45)])
        ax.pcolormesh(sizes, gaps, says, cmap=blue, vmin=0, vmax=1, linewidth=0)
        ax.loglog(sizes, [1e-5 + 1e-3 * b for b in sizes], color=ORANGE, label="1e-5 + 1e-3 |b|")
        ax.plot([], [], color=BLUE, linewidth=8, alpha=0.45, label="your near says yes")
        ax.set_xlabel("|b| (log scale)")
        ax.set_ylabel("|a - b| (log scale)")
        ax.legend(loc="upper left")


def along(
    tensor: Tensor, index: tuple[int, ...], loss: Callable[[Tensor], Tensor]
) -> Callable[[float], float]:
    """Return the loss as a function of a step in one element of a tensor."""

    def at(step: float) -> float:
        moved = tensor.detach().clone()
        moved[index] += step
        return loss(moved).item()

    return at


def tangents(losses: dict[str, tuple[Callable[[float], float], float]], label: str) -> None:
    """Show a loss along some directions, and the line whose slope the gradient gives.

    losses: for each direction, the loss as a function of the step, and the slope at step 0.
    """
    steps = torch.linspace(-1, 1, 41).tolist()
    caption = "The loss and its tangent by your gradient, in the direction of " + ", ".join(losses)
    with picture(caption, 1, len(losses), size=(3.5 * len(losses), 2.9)) as axes:
        for ax, (name, (loss, slope)) in zip(axes, losses.items(), strict=True):
            ax.plot(steps, [loss(step) for step in steps], color=BLUE, linewidth=2, label="loss")
            line = [loss(0.0) + slope * step for step in steps]
            ax.plot(steps, line, color=ORANGE, linestyle="--", label=f"slope {slope:z.2f}")
            ax.locator_params(axis="x", nbins=5)
            ax.set_xlabel(f"step in {name}")
            ax.legend()
        axes[0].set_ylabel(label)


def gradients(images: dict[str, Tensor], shape: tuple[int, int], units: Sequence[int]) -> None:
    """Show gradients [m, nh] as images, a row for each, a column for each hidden unit.

    A row has one colour scale, symmetrical about 0.
    """
    rows, columns = len(images), len(units)
    caption = f"{', '.join(images)}, as {shape[0]} x {shape[1]} images of {columns} hidden units"
    size = (1.25 * columns + 2.4, 1.35 * rows)
    with picture(caption, rows, columns, size=size) as axes:
        for row, (name, values) in enumerate(images.items()):
            most = values[:, list(units)].abs().max().item() or 1e-12
            mine = axes[row * columns : (row + 1) * columns]
            for ax, unit in zip(mine, units, strict=True):
                image = values[:, unit].reshape(shape)
                drawn = ax.imshow(image, cmap="RdBu_r", vmin=-most, vmax=most)
                ax.set(xticks=[], yticks=[])
                if row == 0:
                    ax.set_title(f"unit {unit}")
            mine[0].set_ylabel(name.replace(", ", "\n"))
            bar = mine[0].figure.colorbar(drawn, ax=mine, shrink=0.9)
            if isinstance(bar.formatter, ScalarFormatter):
                bar.formatter.set_powerlimits((-2, 2))


def memory(traces: dict[str, list[int]]) -> None:
    """Show the bytes that are held after each tensor operation, for each way."""
    labels = [f"{name}: at most {max(trace) / 1e6:.3g} MB" for name, trace in traces.items()]
    caption = f"New memory held, operation by operation; {', '.join(labels)}"
    with picture(caption, size=(7, 3)) as (ax,):
        colours = (RED, GREEN, BLUE)
        for label, trace, colour in zip(labels, traces.values(), colours, strict=False):
            held = [0, *(b / 1e6 for b in trace)]
            ax.step(range(len(held)), held, where="post", color=colour, label=label, linewidth=2)
        ax.set_ylim(bottom=0)
        ax.set_xlabel("tensor operation")
        ax.set_ylabel("new memory held (MB)")
        ax.grid()
        ax.legend()


def graph(norms: dict[str, float] | None = None) -> None:
    """Show the net and its loss as a graph, with the gradient on each arrow, going back.

    norms: the length |dL/d...| of each gradient, to be written beside its name.
    """
    chain = [("inp", "lin"), ("l1", "relu"), ("l2", "lin"), ("out", "mse")]
    feeds = {0: "w1, b1", 2: "w2, b2", 3: "targ"}

    def name(of: str) -> str:
        known = norms.get(of) if norms else None
        return f"dL/d{of}" + (f"\nsize {known:.2g}" if known is not None else "")

    caption = "inp, lin, l1, relu, l2, lin, out, mse, L in a row; dL/d... on each arrow back"
    with picture(caption, size=(8.6, 3.1)) as (ax,):
        ax.set(xlim=(-0.35, 8.3), ylim=(-1.55, 1.55))
        ax.set_axis_off()
        for k, (value, function) in enumerate([*chain, ("L", "")]):
            _box(ax, 2 * k, 0, value, GREY)
            if function:
                _box(ax, 2 * k + 1, 0, function, BLUE)
                _arrow(ax, (2 * k + 0.25, 0.1), (2 * k + 0.7, 0.1), BLUE)
                _arrow(ax, (2 * k + 1.3, 0.1), (2 * k + 1.75, 0.1), BLUE)
                # the way back, below
                _arrow(ax, (2 * k + 0.9, -0.35), (2 * k + 0.1, -0.35), ORANGE, bend=-0.35)
                ax.text(2 * k + 0.45, -0.72, name(value), color=ORANGE, ha="center", va="top")
            if k in feeds:
                _box(ax, 2 * k + 1, 1.3, feeds[k], GREY)
                _arrow(ax, (2 * k + 0.95, 1.02), (2 * k + 0.95, 0.32), BLUE)
                if feeds[k] != "targ":
                    _arrow(ax, (2 * k + 1.15, 0.32), (2 * k + 1.15, 1.02), ORANGE)
                    w, b = feeds[k].split(", ")
                    text = f"{name(w)}\n{name(b)}"
                    ax.text(2 * k + 1.25, 0.67, text, color=ORANGE, va="center", fontsize=8.5)
        ax.text(-0.3, -1.45, "blue: forward", color=BLUE)
        ax.text(1.1, -1.45, "orange: back", color=ORANGE)


def _box(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    style = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": colour}
    ax.text(x, y, text, ha="center", va="center", color=colour, bbox=style, fontsize=10)


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, bend: float = 0
) -> None:
    style = {"arrowstyle": "->", "color": colour, "connectionstyle": f"arc3,rad={bend}"}
    ax.annotate("", xy=end, xytext=start, arrowprops=style)


def _histogram(ax: Axes, values: Tensor, colour: str, bins: int = 40) -> tuple[float, float]:
    """Draw shares in per cent, without the outermost 0.1 % on each side; the two tallest."""
    flat = values.detach().flatten().double()
    low, high = (torch.quantile(flat[:: max(1, len(flat) // 100_000)], q) for q in (0.001, 0.999))
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = torch.histogram(flat, bins, range=(low.item(), high.item()))
    shares = 100 * counts / len(flat)
    ax.stairs(shares, edges, fill=True, color=colour, alpha=0.8)
    tallest, next_one = shares.topk(2).values.tolist()
    return tallest, next_one


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _spread(values: Tensor) -> str:
    return f"mean {_short(values.mean().item())}, std {_short(values.std().item())}"


def _short(value: float) -> str:
    """Return two decimals, of large numbers the first two digits; never -0.00."""
    if abs(value) < 1000:
        return f"{value:z.2f}"
    return f"{float(f'{value:.1e}'):,.0f}"


def _finite(values: list[float]) -> list[float]:
    return list(takewhile(lambda value: 0 < value < float("inf"), values))


def _end(values: list[float]) -> str:
    """Return what becomes of a number from layer to layer."""
    finite = _finite(values)
    return (
        f"overflow at layer {len(finite) + 1}" if len(finite) < len(values) else f"{finite[-1]:.1g}"
    )
