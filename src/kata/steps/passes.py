"""A net run by the learner's functions, there and back, for many numbers at once; and its slopes.

What is right is measured: a number is moved a little, what comes after it is run again, and the
loss says the slope. No gradient of the solution's is ever run. Where a function is still to be
written, stops or is wrong, the solution's *forward* function stands in, or the measured slope.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from kata.answers.handin import Answers
from kata.steps.net import Back, Link, Net
from kata.steps.player import Player, Solved, fits

NUDGE = 1e-3  # of a wiggle; in float64 a slope is then right to six digits
NEAR = 1e-3  # of a right gradient, relative to 1 or to itself
BEND = 0.05  # how much two one-sided slopes may differ where there is no bend
NOTHING = 1e-5  # of a slope
Point = dict[str, Tensor]
Edge = tuple[int, int, float]  # from a cell to a cell, and the slope between them


@dataclass
class Run:
    """What became of one set of numbers, cell by cell.

    marks: "~" filled in, "x" wrong, "=" wrong for what came in is, " " right.
    """

    point: Point
    edges: list[Edge] = field(default_factory=list)
    bent: set[int] = field(default_factory=set)
    grads: dict[int, float] = field(default_factory=dict)
    truth: list[float] = field(default_factory=list)
    marks: dict[int, str] = field(default_factory=dict)


class Passes:
    """A net, and what runs it.

    notes: a sentence on each function that is not taken as it is, by its name. said: wrong values,
    by cell.
    """

    def __init__(self, net: Net, answers: Answers, seconds: float) -> None:
        self.net = net
        self.notes: dict[str, str] = {}
        self.said: dict[int, float | None] = {}
        self.value_marks: dict[int, str] = {}
        self.base: Point = {name: _tensor(rows) for name, rows in net.numbers.items()}
        self._makers: dict[str, Player] = {}
        self.start: dict[str, int] = {}
        for name in net.numbers:
            self._number(name)
        for link in net.links:
            self._choose(link, answers, seconds)
        self._backs = [Player(back.by, back.via, answers, seconds) for back in net.backs]

    @cached_property
    def cells(self) -> list[tuple[str, int]]:
        """Return each cell's tensor and its place in it, in the order of their numbers."""
        return [(name, i) for name in self.start for i in range(self.base[name].numel())]

    def has_slope(self, name: str) -> bool:
        """Return whether a tensor holds numbers that can be moved a little."""
        return self.base[name].is_floating_point()

    def value(self, run: Run, cell: int) -> float:
        """Return the value of a cell."""
        name, place = self.cells[cell]
        return float(run.point[name].flatten()[place])

    def runs(self, given: Sequence[Point]) -> list[Run]:
        """Run the net there and back on each of these; the first is the one that is wiggled."""
        runs = [Run(dict(point)) for point in given]
        self._forward([run.point for run in runs])
        self._slopes(runs)
        for run in runs:
            run.truth = self._truth(run)
        self._backward(runs)
        for run in runs:
            self._judge(run)
        return runs

    def moved(self, name: str, place: int, by: float, keep: bool = False) -> Point:
        """Return the numbers with one of them moved; keep: with all that does not hang on it."""
        later, point = {name}, dict(self.base)
        for link in self.net.links:
            if later & {*link.inputs}:
                later.add(link.out)
        point[name] = _moved(self.base[name], place, by)
        kept = {*self.net.numbers, name} | ({*self.base} - later if keep else set())
        return {n: tensor for n, tensor in point.items() if n in kept}

    def wiggles(self) -> list[tuple[float, float] | None]:
        """Return the loss with each cell moved down and up a little; None where it cannot be."""
        movable = [c for c, (name, _) in enumerate(self.cells) if self.has_slope(name)]
        points = [
            self.moved(*self.cells[c], sign * NUDGE, keep=True) for c in movable for sign in (-1, 1)
        ]
        self._forward(points)
        losses = [float(point[self.net.loss]) for point in points]
        pairs = dict(zip(movable, zip(losses[::2], losses[1::2], strict=True), strict=True))
        return [pairs.get(c) for c in range(len(self.cells))]

    # --- forward --------------------------------------------------------------------------------

    def _number(self, name: str) -> None:
        self.start[name] = sum(self.base[other].numel() for other in self.start)

    def _choose(self, link: Link, answers: Answers, seconds: float) -> None:
        """Let the learner's function make a tensor if it gives the right one, else the solution's.

        A wrong one shows, and the pass goes on with what is right: each fault stays where it is.
        """
        args = [tuple(self.base[name] for name in link.inputs)]
        if not link.by:
            assert link.make is not None
            self.base[link.out] = link.make(*args[0])
            return self._number(link.out)
        solved, theirs = Solved(link.by, link.via), Player(link.by, link.via, answers, seconds)
        [right] = solved.results(args) or [None]
        assert isinstance(right, Tensor), f"the solution of {link.by} gives no tensor"
        self.base[link.out], self._makers[link.out] = right.detach().double(), solved
        self._number(link.out)
        got = theirs.results(args)
        start, cells = self.start[link.out], range(right.numel())
        if got is None or not fits(got[0], right):
            says = (
                theirs.why if got is None else f"{link.by}: what it gives {_misfit(got[0], right)}"
            )
            self.notes[link.by] = says
            self.value_marks |= {start + i: "~" for i in cells}
            return None
        numbers = got[0].detach().double().flatten().tolist()
        off = [i for i in cells if not _near(numbers[i], self.base[link.out].flatten()[i].item())]
        if not off:
            self._makers[link.out] = theirs
            return None
        self.notes[link.by] = f"{link.by} is wrong; the pass goes on with the right numbers"
        self.value_marks |= {start + i: "x" if i in off else "~" for i in cells}
        self.said |= {start + i: numbers[i] for i in off}
        return None

    def _forward(self, points: Sequence[Point]) -> None:
        """Make all that each of these lacks."""
        for link in self.net.links:
            lacking = [point for point in points if link.out not in point]
            made = self._make(link, lacking) if lacking else []
            for point, out in zip(lacking, made, strict=True):
                point[link.out] = out

    def _make(self, link: Link, points: Sequence[Point]) -> list[Tensor]:
        calls = [tuple(point[name] for name in link.inputs) for point in points]
        if link.make is not None:
            return [link.make(*args) for args in calls]
        like = self.base[link.out]
        for maker in (self._makers[link.out], Solved(link.by, link.via)):
            made = maker.results(calls)
            if made is not None and all(fits(out, like) for out in made):
                break
        assert made is not None, f"the solution of {link.by} stops"
        return [out.detach().double() for out in made]

    # --- slopes ---------------------------------------------------------------------------------

    def _slopes(self, runs: Sequence[Run]) -> None:
        """Measure the slope of each number that a link makes in each that it is made from."""
        for link in self.net.links:
            asked = [
                (run, name, i)
                for run in runs
                for name in dict.fromkeys(link.inputs)
                if self.has_slope(name)
                for i in range(self.base[name].numel())
            ]
            points = [
                {**run.point, name: _moved(run.point[name], i, sign * NUDGE)}
                for run, name, i in asked
                for sign in (-1, 1)
            ]
            made = self._make(link, points)
            for (run, name, i), down, up in zip(asked, made[::2], made[1::2], strict=True):
                slopes = ((up - down) / (2 * NUDGE)).flatten().tolist()
                bends = ((up + down - 2 * run.point[link.out]) / NUDGE).abs().flatten().tolist()
                cell, to = self.start[name] + i, self.start[link.out]
                for k, (slope, bend) in enumerate(zip(slopes, bends, strict=True)):
                    if abs(slope) > NOTHING:
                        run.edges.append((cell, to + k, slope))
                    if bend > BEND * (1 + abs(slope)):
                        run.bent.add(cell)

    def _truth(self, run: Run) -> list[float]:
        """Chain the slopes from the loss back; cells stand in the order in which they are made."""
        truth = [0.0] * len(self.cells)
        truth[-1] = 1.0
        for cell, to, slope in sorted(run.edges, reverse=True):
            truth[cell] += slope * truth[to]
            if to in run.bent:
                run.bent.add(cell)
        return truth

    # --- backward -------------------------------------------------------------------------------

    def _backward(self, runs: Sequence[Run]) -> None:
        for run in runs:
            run.grads[self.start[self.net.loss]] = 1.0
        for back, player in zip(self.net.backs, self._backs, strict=True):
            for name in {arg.removeprefix("d ") for arg in back.args} - {*back.rules}:
                self._fill(runs, name)
            calls = [self._arguments(back, run) for run in runs]
            returned = player.results(calls)
            given = [self._given(back, *both) for both in zip(calls, returned or [], strict=False)]
            for place, name in enumerate(back.rules):
                for run, found in zip(runs, given or [()] * len(runs), strict=True):
                    got = found[place] if place < len(found) else None
                    if fits(got, self.base[name]):
                        numbers = got.detach().double().flatten().tolist()
                        run.grads |= {self.start[name] + i: v for i, v in enumerate(numbers)}
                    else:
                        misfit = f"{back.by}: {name}.grad {_misfit(got, self.base[name])}"
                        self.notes.setdefault(back.by, player.why or misfit)
            for name in back.rules:
                self._fill(runs, name)
        for link in reversed(self.net.links):
            self._fill(runs, link.out)

    def _fill(self, runs: Sequence[Run], name: str) -> None:
        """Take the measured slope for a gradient that nobody gives."""
        if name in self.net.numbers and not any(name in back.rules for back in self.net.backs):
            return
        for run in runs:
            for cell in self._cells_of(name):
                if cell not in run.grads:
                    run.grads[cell], run.marks[cell] = self._chained(run, cell), "~"

    def _arguments(self, back: Back, run: Run) -> tuple[Any, ...]:
        def grad(name: str) -> Tensor:
            numbers = [run.grads[cell] for cell in self._cells_of(name)]
            return torch.tensor(numbers, dtype=torch.float64).reshape(self.base[name].shape)

        args = []
        for arg in back.args:
            if arg.startswith("d "):
                args.append(grad(arg[2:]))
                continue
            tensor = run.point[arg].clone()
            if self._cells_of(arg)[0] in run.grads and not back.returns:
                tensor.grad = grad(arg)
            args.append(tensor)
        return tuple(args)

    def _given(self, back: Back, args: Sequence[Any], returned: Any) -> Sequence[Any]:
        if not back.returns:
            return [args[back.args.index(name)].grad for name in back.rules]
        return returned if isinstance(returned, tuple | list) else (returned,)

    def _judge(self, run: Run) -> None:
        for cell, got in run.grads.items():
            if cell in run.marks or cell in run.bent or _near(got, run.truth[cell]):
                continue
            run.marks[cell] = "=" if _near(got, self._chained(run, cell)) else "x"

    def _chained(self, run: Run, cell: int) -> float:
        """Return what follows for a cell from the gradients of those that it reaches."""
        if all(start != cell for start, _, _ in run.edges):
            return 0.0
        return sum(
            slope * run.grads.get(to, run.truth[to])
            for start, to, slope in run.edges
            if start == cell
        )

    def _cells_of(self, name: str) -> range:
        return range(self.start[name], self.start[name] + self.base[name].numel())


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= NEAR * (1 + abs(b))


def _moved(tensor: Tensor, place: int, by: float) -> Tensor:
    moved = tensor.clone(memory_format=torch.contiguous_format)
    moved.view(-1)[place] += by
    return moved


def _misfit(got: Any, like: Tensor) -> str:
    if got is None:
        return "is not set"
    if not isinstance(got, Tensor):
        return "is no tensor"
    return f"has shape {list(got.shape)}; expected {list(like.shape)}"


def _tensor(rows: Any) -> Tensor:
    made = torch.tensor(rows)
    return made.double() if made.is_floating_point() else made
