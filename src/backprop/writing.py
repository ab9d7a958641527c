"""Train the net that writes, with gradients by hand, on the text of this course's own lessons.

A transformer of one character at a time: chapter 21's writer_loss_and_grads, chapter 13's clipping,
schedule and AdamW, and the functions that these use, the learner's own wherever they pass.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor

from backprop.book import Book
from backprop.own import Own
from backprop.train import draw_loss
from backprop.training_run import Going, Kept, go_on, seeded

BETA1, BETA2, EPS = 0.9, 0.98, 1e-8


@dataclass(frozen=True)
class Settings:
    """How to train. size: texts in a batch, of t characters. warm: steps until lr is reached.

    most: the greatest length of all gradients together. decay: AdamW's.
    """

    steps: int = 1500
    size: int = 32
    t: int = 64
    m: int = 128
    heads: int = 4
    layers: int = 1
    hidden: int = 512
    lr: float = 3e-3  # after the warm-up it falls to 0, along a cosine
    warm: int = 50
    most: float = 1.0
    decay: float = 0.1
    seed: int = 42


def params_of(v: int, s: Settings) -> list[Tensor]:
    """Draw the parameters, in the order of writer_loss_and_grads.

    Weights have chapter 4's sizes; those that close a block are smaller, so that the blocks begin
    by adding little (chapter 14).
    """

    def draw(*shape: int, size: float = 1.0) -> Tensor:
        return torch.randn(*shape) * (size / math.sqrt(shape[0]))

    params = [0.3 * torch.randn(v, s.m), 0.1 * torch.randn(s.t, s.m)]
    for _ in range(s.layers):
        params += [torch.ones(s.m), draw(s.m, 3 * s.m), torch.zeros(3 * s.m)]
        params += [draw(s.m, s.m, size=0.3), torch.zeros(s.m)]
        params += [torch.ones(s.m), draw(s.m, s.hidden, size=2**0.5), torch.zeros(s.hidden)]
        params += [draw(s.hidden, s.m, size=0.3), torch.zeros(s.m)]
    return [*params, torch.ones(s.m), draw(s.m, v, size=0.5), torch.zeros(v)]


def batch_of(learned: Tensor, s: Settings) -> tuple[Tensor, Tensor]:
    """Draw pieces of the text, and the characters that follow each of theirs."""
    starts = torch.randint(len(learned) - s.t, (s.size, 1))
    pieces = learned[starts + torch.arange(s.t + 1)]
    return pieces[:, :-1], pieces[:, 1:]


def logits(own: Own, params: list[Tensor], ids: Tensor, heads: int) -> Tensor:
    """Return the net's logits for each place of some texts [n, t], t at most that of places."""
    rms_norm, lin, model = own["rms_norm"], own["lin"], own["model"]
    split_heads, causal_weights = own["split_heads"], own["causal_weights"]
    table, places, *layers, g3, w, b = params
    n, t = ids.shape
    x = (table[ids] + places[:t]).flatten(0, 1)
    for i in range(0, len(layers), 10):
        g1, w_in, b_in, w_out, b_out, g2, *mlp = layers[i : i + 10]
        qkv = lin(rms_norm(x, g1), w_in, b_in).unflatten(0, (n, t))
        q, k, v = (split_heads(part, heads) for part in qkv.chunk(3, -1))
        mixed = (causal_weights(q, k) @ v).transpose(1, 2).reshape(x.shape)
        x = x + lin(mixed, w_out, b_out)
        x = x + model(rms_norm(x, g2), *mlp)
    found: Tensor = lin(rms_norm(x, g3), w, b).unflatten(0, (n, t))
    return found


def sample(
    own: Own, params: list[Tensor], book: Book, s: Settings, length: int, calm: float = 0.6
) -> str:
    """Let the net write, from the beginning of a paragraph.

    calm: logits are divided by it; below 1, likely characters become likelier.
    """
    ids = [book.chars.index("\n")]
    for _ in range(length):
        last = logits(own, params, torch.tensor([ids[-s.t :]]), s.heads)[0, -1]
        ids.append(int(torch.multinomial((last / calm).softmax(0), 1)))
    return book.text(ids[1:])


def seeded_sample(own: Own, params: list[Tensor], book: Book, s: Settings, length: int) -> str:
    """Let the net write the same text at each call."""
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(seeded(s.seed))
        return sample(own, params, book, s, length)


def first_step(book: Book, s: Settings) -> tuple[list[Tensor], Tensor, Tensor]:
    """Return the parameters and the batch of the first step."""
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(seeded(s.seed))
        return params_of(len(book.chars), s), *batch_of(book.learned, s)


def unseen_loss(own: Own, params: list[Tensor], book: Book, s: Settings) -> float:
    """Return the cross-entropy per character on what is unseen; each has s.t / 2 before it."""
    half = s.t // 2
    starts = torch.arange(0, len(book.unseen) - s.t, half).unsqueeze(1)
    pieces = book.unseen[starts + torch.arange(s.t + 1)]
    out = logits(own, params, pieces[:, :-1], s.heads)[:, half:]
    return float(own["cross_entropy"](out.flatten(0, 1), pieces[:, half + 1 :].flatten()))


def write(
    book: Book,
    own: Own,
    s: Settings = Settings(),
    watch: Callable[[Going], None] = lambda going: None,
    kept: Kept | None = None,
    seconds: float | None = None,
) -> Going:
    """Train; own, watch, kept and seconds as for train.train."""
    loss_and_grads, adamw = own["writer_loss_and_grads"], own["adamw"]
    clip_by_norm, cosine_rate = own["clip_by_norm"], own["cosine_rate"]
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(seeded(s.seed))
        going = kept.read() if kept is not None else None
        if going is None:
            params = params_of(len(book.chars), s)
            zeros = [torch.zeros_like(p) for p in params]
            going = Going(params, zeros, zeros, torch.get_rng_state(), s.steps)
        torch.set_rng_state(going.rng)

        def step(going: Going) -> None:
            ids, targ = batch_of(book.learned, s)
            loss, grads = loss_and_grads(going.params, ids, targ, s.heads)
            t = going.done + 1
            settings = cosine_rate(t, going.total, s.warm, s.lr), BETA1, BETA2, EPS, s.decay
            grads = clip_by_norm(grads, s.most)
            params, m, v = adamw(going.params, grads, going.m, going.v, t, *settings)
            going.took(params, m, v, loss)
            going.rng = torch.get_rng_state()

        def watched(going: Going) -> None:
            with torch.random.fork_rng(devices=[]):  # what is sampled changes no batch
                watch(going)

        go_on(going, step, watched, kept, seconds)
    return going


def write_plot(going: Going, text: str, lines: dict[str, float], path: Path) -> None:
    """Draw the loss, lines to compare with, and what it writes. Raises OSError, ValueError."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    loss, said = figure.subplots(1, 2)
    draw_loss(list(range(1, len(going.losses) + 1)), going.losses, loss, 50)
    for (name, value), style in zip(lines.items(), ("-", "--", ":"), strict=False):
        loss.axhline(value, color="#777777", linestyle=style, linewidth=1, label=name)
    loss.legend(fontsize=7)
    loss.set(xlabel="steps", ylabel="cross-entropy per character (nats)")
    said.set_axis_off()
    said.set_title("what it writes", fontsize=10)
    said.text(0, 1, text, va="top", fontsize=7, family="monospace", wrap=True, parse_math=False)
    figure.savefig(path, dpi=150)
