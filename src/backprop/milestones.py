"""Three nets that run on the learner's own functions: what a part of the course comes to."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from backprop import book, data, regression, train, training_run, writing
from backprop.beside import beside, proven
from backprop.own import Own, passing, told
from kata.course import chapters, course, definitions, exercises
from kata.learner.place import Place
from kata.refusal import shown

SECONDS = 480.0  # slow functions get fewer steps, so that all is done in ten minutes
SAMPLES, LENGTH = 4, 240


@dataclass(frozen=True)
class Milestone:
    """name: as typed. after: the chapter that completes it. roots: the functions that it calls.

    takes: how long, on two cores, with functions as quick as the solutions.
    """

    name: str
    after: str
    what: str
    takes: str
    picture: str
    roots: tuple[str, ...]
    run: "Callable[[Run], Picture]"

    @property
    def uses(self) -> list[str]:
        """Return all exercises that take part, by what the solutions call."""
        return needed(self.roots)


@dataclass(frozen=True)
class Run:
    """What a milestone runs with. kept: its checkpoint's file. epochs: of the ten digits."""

    own: Own
    console: Console
    kept: Path
    plot: Path
    epochs: int = 6
    seed: int = 42


Picture = Callable[[], None]


def needed(roots: Sequence[str]) -> list[str]:
    """Return the exercises that these call, directly or not, and these, in the course's order."""
    calls: dict[str, set[str]] = {}
    for chapter in chapters():
        tree = ast.parse(course().solution_of(chapter).read_text("utf-8"))
        for node in definitions(tree):
            found = (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            calls[node.name] = {name for name in found if name in exercises()}
    seen: set[str] = set()
    left = list(roots)
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += calls[name]
    return [name for name in exercises() if name in seen]


class Watch:
    """The progress bar; says once where there will be fewer steps than planned."""

    def __init__(self, run: Run, show: Callable[[training_run.Going, str], None]) -> None:
        self.run, self.show, self.planned = run, show, 0

    def __call__(self, going: training_run.Going, says: str = "") -> None:
        self.planned = self.planned or going.total
        if going.total < self.planned:
            text = f"steps take long here: {going.total:,} of them, not {self.planned:,}, "
            say(self.run.console, text + "so that it ends within ten minutes")
            self.planned = going.total
        self.show(going, says)


def kept_of(run: Run, of: str) -> training_run.Kept:
    """Return the checkpoint, and say where a training goes on from it."""
    kept = training_run.Kept(run.kept, of)
    if (going := kept.read()) is not None:
        where = f"step {going.done + 1:,} of {going.total:,}"
        run.console.print(f"goes on at {where} (--fresh starts over)")
    return kept


def read_a_digit(run: Run) -> Picture:
    """Train chapter 8's regression, and show what it reads worst."""
    digits = data.load_mnist()
    say(run.console, digits.note)
    kept = kept_of(run, f"digit {len(digits.labels)}")
    with training_run.bar(run.console) as show:
        watch = Watch(run, show)
        reading = regression.read(digits, run.own, watch=watch, kept=kept, seconds=SECONDS)
    _, labels, said = reading.worst
    run.console.print(
        f"mean squared error {reading.losses[0]:.1f} -> {reading.valid:.2f} on digits not seen; "
        f"worst: a {int(labels[0])} read as {float(said[0]):.1f}"
    )
    return lambda: regression.write_plot(reading, run.plot)


def tell_digits_apart(run: Run) -> Picture:
    """Train chapter 13's classifier."""
    digits = data.load_mnist()
    say(run.console, digits.note)
    settings = train.Settings(epochs=run.epochs, seed=run.seed)
    kept = kept_of(run, f"{settings} {len(digits.labels)}")
    with training_run.bar(run.console) as show:
        watch = Watch(run, show)

        def watched(going: training_run.Going) -> None:
            watch(going, f"right {100 * going.scores[-1]:.1f} %" if going.scores else "")

        history = train.train(digits, settings, run.own, watched, kept, SECONDS)
    right = 100 * history.accuracies[-1]
    run.console.print(f"{right:.1f} % of the validation digits read right")
    return lambda: train.write_plot(history, run.plot)


def write_text(run: Run) -> Picture:
    """Train the net that writes; show samples as it goes, and what to compare it with."""
    read, s = book.book_of(course().lessons), replace(writing.Settings(), seed=run.seed)
    own, known = run.own, read.words()
    say(
        run.console,
        f"{len(read.learned):,} characters of the lessons to learn from, "
        f"{len(read.unseen):,} kept apart; {len(read.chars)} different ones",
    )
    right, of = proven(own)
    say(run.console, f"chapter 11's check on a tiny copy: {right} of {of} gradients are right")
    first = writing.first_step(read, s)
    found = beside(own["writer_loss_and_grads"], *first, s.heads)
    say(
        run.console,
        f"beside torch's autograd: loss and gradients of the first step differ by "
        f"{found.off:.0e}, a step takes {found.ratio:.2f} times as long",
    )
    kept = kept_of(run, f"{s} {len(read.learned)}")
    with training_run.bar(run.console) as show:
        watch = Watch(run, show)

        def watched(going: training_run.Going) -> None:
            watch(going)
            if going.done % max(1, going.total // SAMPLES) == 0 and going.done < going.total:
                text = writing.sample(own, going.params, read, s, LENGTH)
                say(run.console, f"\n{text.strip()}\n")

        going = writing.write(read, own, s, watched, kept, SECONDS)
    text = writing.seeded_sample(own, going.params, read, s, 1000)
    say(run.console, f"\n{text.strip()}\n")
    lines = {
        "a table of 5 characters, on what is unseen": book.table_loss(read, 5),
        "the net, on what is unseen": writing.unseen_loss(own, going.params, read, s),
    }
    for name, value in lines.items():
        say(run.console, f"{name}: {value:.3f} nats per character")
    share = 100 * book.share_of_words(text, known)
    say(run.console, f"{share:.0f} % of its words are words of the lessons")
    return lambda: writing.write_plot(going, text[:600], lines, run.plot)


def say(console: Console, text: str) -> None:
    """Print a line as it is."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


MILESTONES = (
    Milestone(
        "digit",
        "ch08_lean_backward",
        "a digit read: a regression on MNIST",
        "half a minute",
        "digit.png",
        (
            "split_and_scale",
            "normalize_splits",
            "init_params",
            "forward_and_backward",
            "model",
            "mse",
        ),
        read_a_digit,
    ),
    Milestone(
        "digits",
        "ch13_training",
        "ten digits told apart: a classifier",
        "a minute",
        "training.png",
        (
            "split_and_scale",
            "normalize_splits",
            "init_params",
            "batches",
            "adam",
            "loss_and_grads",
            "model",
        ),
        tell_digits_apart,
    ),
    Milestone(
        "writer",
        "ch21_writing",
        "a net that writes: a transformer on the lessons' text",
        "three minutes",
        "writing.png",
        (
            "writer_loss_and_grads",
            "clip_by_norm",
            "cosine_rate",
            "adamw",
            "rms_norm",
            "lin",
            "model",
            "split_heads",
            "causal_weights",
            "cross_entropy",
            "grad_is_right",
        ),
        write_text,
    ),
)


def listed(place: Place, console: Console) -> None:
    """Print the three, with how many of their functions are the learner's."""
    from kata.learner.board import board_now

    status = {row.name: row.status for row in board_now(place).rows}
    for one in MILESTONES:
        uses = one.uses
        passed = sum(status[name] == "passed" for name in uses)
        say(
            console,
            f"{one.name:8} after chapter {int(one.after[2:4]):2}  {one.what}; about {one.takes}",
        )
        say(console, f"{'':8} {passed} of {len(uses)} functions yours, as far as they are graded")


def reach(
    one: Milestone,
    place: Place,
    console: Console,
    plot: Path | None = None,
    fresh: bool = False,
    **settings: Any,
) -> int:
    """Run a milestone; the exit status."""
    say(console, f"{one.what}; about {one.takes} on two cores, Ctrl-C to interrupt")
    uses = one.uses
    passed = passing(place, uses, lambda line: say(console, line))
    say(console, "; ".join(told(uses, passed)))
    kept = place.keep / "milestones" / f"{one.name}.pt"
    if fresh:
        kept.unlink(missing_ok=True)
    own = Own(place.exercises, passed)
    run = Run(own, console, kept, plot or Path(one.picture), **settings)
    try:
        draw = one.run(run)
    except KeyboardInterrupt:
        say(console, "interrupted; the same command goes on from here")
        return 130
    draw()
    say(console, f"drawn in {shown(run.plot)}")
    return 0
