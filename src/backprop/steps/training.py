"""The passes of chapters 12 and 13: a loss for classes, and steps downhill."""

from collections.abc import Sequence
from typing import Any

from backprop.dialogues.steps import BETA, LR
from backprop.steps.chain import n
from kata.steps.net import Back, Link, Net


def training_nets() -> dict[str, Sequence[Net]]:
    """Return the nets of these chapters, by exercise."""
    logs, at_once = ([_classes(rows, whole) for rows in (1, 2)] for whole in (False, True))
    return {
        **dict.fromkeys(("log_softmax", "nll", "nll_grad", "log_softmax_grad"), logs),
        **dict.fromkeys(("cross_entropy", "cross_entropy_grad"), at_once),
        "sgd": [_descent()],
        "momentum": [_momentum()],
    }


def _classes(rows: int, at_once: bool) -> Net:
    """Return logits, their log-softmax, and the loss; or the loss at once."""
    numbers = {"inp": [[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]][:rows], "targ": [0, 2][:rows]}
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


def _bowl(p: str, g: str) -> Link:
    """Return the gradient of the bowl 1/2 (p[0]² + 3 p[1]²)."""

    def put_in(values: dict[str, Any], i: int) -> str:
        return f"{1 + 2 * i} · {n(values[p][i])}"

    rule = f"{g} = (1 · {p}[0], 3 · {p}[1]), the slope of the bowl"
    return Link(g, "", (p,), rule, put_in, make=lambda at: at * at.new_tensor([1.0, 3.0]))


def _bottom(of: str) -> Link:
    """Return the loss: how high in the bowl the first row of a tensor lies, or all of it."""

    def make(at: Any) -> Any:
        p = at if at.dim() == 1 else at[0]
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
    """Return a step with momentum in the same bowl: the new place, and below it the velocity."""

    def put_in(values: dict[str, Any], row: int, i: int) -> str:
        speed = f"{BETA:g} · {n(values['v'][i])} + {n(values['g'][i])}"
        return speed if row else f"{n(values['p'][i])} - {LR:g} · ({speed})"

    rule = f"v' = beta · v + g below, p' = p - lr · v' above; beta = {BETA:g}, lr = {LR:g}"
    step = Link("new", "momentum", ("p", "v", "g"), rule, put_in, via="steps.momentum")
    numbers = {"p": [2.0, -2.0], "v": [1.0, 2.0]}
    return Net("a step with momentum", numbers, [_bowl("p", "g"), step, _bottom("new")], [])
