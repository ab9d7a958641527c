"""The passes of chapters 12 and 13: a loss for classes, and steps downhill."""

from collections.abc import Sequence
from typing import Any

from backprop.dialogues.steps import BETA, BETA1, BETA2, DECAY, EPS, LR, MOST, STEP
from backprop.steps.chain import n
from kata.steps.net import Back, Link, Net

LOGITS: dict[str, list[Any]] = {"inp": [[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]], "targ": [0, 2]}


def training_nets() -> dict[str, Sequence[Net]]:
    """Return the nets of these chapters, by exercise."""
    logs, at_once = ([_classes(rows, whole) for rows in (1, 2)] for whole in (False, True))
    return {
        **dict.fromkeys(("log_softmax", "nll", "nll_grad", "log_softmax_grad"), logs),
        **dict.fromkeys(("cross_entropy", "cross_entropy_grad"), at_once),
        "logsumexp": [_logsumexp()],
        "sgd": [_descent()],
        "momentum": [_momentum()],
        "adam": [_adam()],
        "adamw": [_adam(DECAY)],
        "clip_by_norm": [_clipped([2.0, 0.5]), _clipped([8.0, -2.0])],
    }


def _classes(rows: int, at_once: bool) -> Net:
    """Return logits, their log-softmax, and the loss; or the loss at once."""
    numbers = {name: given[:rows] for name, given in LOGITS.items()}
    title = "softmax and cross-entropy"
    if at_once:
        rule = "loss = 1/n Σᵢ (log Σₖ exp(inp[i,k]) - inp[i,targ[i]])"
        links = [Link("loss", "cross_entropy", ("inp", "targ"), rule)]
        grad = "dL/dinp[i,k] = (softmax(inp)[i,k] - 1 where k is targ[i]) / n"
        backs = [Back("cross_entropy_grad", ("inp", "targ"), {"inp": grad})]
        return Net(title, numbers, links, backs, ("inp",), 1.0)
    return Net(
        title,
        numbers,
        [
            Link("logp", "log_softmax", ("inp",), "logp[i,k] = inp[i,k] - log Σₗ exp(inp[i,l])"),
            Link(
                "loss",
                "nll",
                ("logp", "targ"),
                "loss = -1/n Σᵢ logp[i,targ[i]]",
                lambda values: (
                    f"-1/{len(values['targ'])} · ("
                    + " + ".join(
                        n(row[k]) for row, k in zip(values["logp"], values["targ"], strict=True)
                    )
                    + ")"
                ),
            ),
        ],
        [
            Back("nll_grad", ("logp", "targ"), {"logp": "dL/dlogp[i,k] = -1/n where k is targ[i]"}),
            Back(
                "log_softmax_grad",
                ("inp", "logp"),
                {"inp": "dL/dinp[i,k] = dL/dlogp[i,k] - exp(logp[i,k]) · Σₗ dL/dlogp[i,l]"},
            ),
        ],
        ("inp",),
        1.0,
    )


def _logsumexp() -> Net:
    """Return logits, the logarithm of what each row adds up to, and the loss that uses it."""

    def put_in(values: dict[str, Any], i: int) -> str:
        return "log(" + " + ".join(f"exp({number:g})" for number in values["inp"][i]) + ")"

    def loss(lse: Any, inp: Any, targ: Any) -> Any:
        return (lse - inp.gather(1, targ.unsqueeze(1)).squeeze(1)).mean()

    return Net(
        "log-sum-exp, and the loss that uses it",
        LOGITS,
        [
            Link("lse", "logsumexp", ("inp",), "lse[i] = log Σₖ exp(inp[i,k])", put_in),
            Link(
                "loss",
                "",
                ("lse", "inp", "targ"),
                "loss = 1/n Σᵢ (lse[i] - inp[i,targ[i]])",
                make=loss,
            ),
        ],
        [],
    )


def _bowl(p: str, g: str) -> Link:
    """Return the gradient of the bowl 1/2 (p[0]² + 3 p[1]²)."""

    def put_in(values: dict[str, Any], i: int) -> str:
        return f"{1 + 2 * i} · {n(values[p][i])}"

    rule = f"{g} = (1 · {p}[0], 3 · {p}[1]), the slope of the bowl"
    return Link(g, "", (p,), rule, put_in, make=lambda at: at * at.new_tensor([1.0, 3.0]))


def _bottom(of: str) -> Link:
    """Return the loss: how high in the bowl the last row of a tensor lies, or all of it."""

    def make(at: Any) -> Any:
        p = at if at.dim() == 1 else at[-1]
        return (p * p * p.new_tensor([1.0, 3.0])).sum() / 2

    return Link("loss", "", (of,), "loss = 1/2 (p[0]² + 3 · p[1]²), the bowl", make=make)


def _descent() -> Net:
    """Return a step of gradient descent in a bowl."""

    def put_in(values: dict[str, Any], i: int) -> str:
        return f"{n(values['p'][i])} - {LR:g} · {n(values['g'][i])}"

    rule = f"new = p - lr · g, lr = {LR:g}"
    step = Link("new", "sgd", ("p", "g"), rule, put_in, via="steps.sgd")
    return Net("a step downhill", {"p": [2.0, -2.0]}, [_bowl("p", "g"), step, _bottom("new")], [])


def _momentum() -> Net:
    """Return a step with momentum in the same bowl: the velocity, and below it the new place."""

    def put_in(values: dict[str, Any], row: int, i: int) -> str:
        if row == 0:
            return f"{BETA:g} · {n(values['v'][i])} + {n(values['g'][i])}"
        return f"{n(values['p'][i])} - {LR:g} · {n(values['new'][0][i])}"

    rule = f"v' = beta · v + g above, p' = p - lr · v' below; beta = {BETA:g}, lr = {LR:g}"
    step = Link("new", "momentum", ("p", "v", "g"), rule, put_in, via="steps.momentum")
    numbers = {"p": [2.0, -2.0], "v": [1.0, 2.0]}
    return Net("a step with momentum", numbers, [_bowl("p", "g"), step, _bottom("new")], [])


def _adam(decay: float = 0.0) -> Net:
    """Return Adam's second step in the same bowl, with weight decay or without it.

    The numbers are such that both corrected means and both roots are whole.
    """

    def put_in(values: dict[str, Any], row: int, i: int) -> str:
        g = n(values["g"][i])
        if row == 0:
            return f"{BETA1:g} · {n(values['m'][i])} + {1 - BETA1:g} · {g}"
        if row == 1:
            return f"{BETA2:g} · {n(values['v'][i])} + {1 - BETA2:g} · {g}²"
        p, (mean, square, _) = n(values["p"][i]), (n(numbers[i]) for numbers in values["new"])
        step = f"({mean} / {1 - BETA1**STEP:g}) / (√({square} / {1 - BETA2**STEP:g}) + {EPS:g})"
        return f"{p} - {LR:g} · " + (f"({step} + {decay:g} · {p})" if decay else step)

    step = "(m' / (1 - beta1ᵗ)) / (√(v' / (1 - beta2ᵗ)) + eps)"
    rule = (
        "m' = beta1 · m + (1 - beta1) · g, v' = beta2 · v + (1 - beta2) · g², "
        f"p' = p - lr · {f'({step} + decay · p)' if decay else step}; "
        f"t = {STEP}, lr = {LR:g}, beta1 = {BETA1:g}, beta2 = {BETA2:g}, eps = {EPS:g}"
    ) + (f", decay = {decay:g}" if decay else "")
    by = "adamw" if decay else "adam"
    links = [
        _bowl("p", "g"),
        Link("new", by, ("p", "m", "v", "g"), rule, put_in, via=f"steps.{by}"),
    ]
    numbers = {"p": [2.0, -2.0], "m": [0.5, -1.5], "v": [9.5, 37.5]}
    title = "Adam's second step, with weight decay" if decay else "Adam's second step"
    return Net(title, numbers, [*links, _bottom("new")], [])


def _clipped(p: list[float]) -> Net:
    """Return a step downhill by two gradients, of one number each, that are clipped together."""

    def put_in(values: dict[str, Any], i: int) -> str:
        first, second = values["g"]
        return f"{n(values['g'][i])} · min(1, {MOST:g} / √({n(first)}² + {n(second)}²))"

    rule = f"short = g · min(1, most / √(g[0]² + g[1]²)), most = {MOST:g}"
    links = [
        _bowl("p", "g"),
        Link("short", "clip_by_norm", ("g",), rule, put_in, via="steps.clip"),
        Link(
            "new",
            "",
            ("p", "short"),
            f"new = p - lr · short, lr = {LR:g}",
            lambda values, i: f"{n(values['p'][i])} - {LR:g} · {n(values['short'][i])}",
            make=lambda p, short: p - LR * short,
        ),
        _bottom("new"),
    ]
    return Net("a step downhill that is not too long", {"p": p}, links, [])
