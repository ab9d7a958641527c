"""The pass of chapters 3 to 10: lin, relu, lin, mse, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kata.steps.net import Back, Link, Net

LIN_GRAD = {
    "inp": "dL/d{inp}[i,j] = Σₖ dL/d{out}[i,k] · {w}[j,k]",
    "w": "dL/d{w}[j,k] = Σᵢ {inp}[i,j] · dL/d{out}[i,k]",
    "b": "dL/d{b}[k] = Σᵢ dL/d{out}[i,k]",
}
MSE_GRAD = "dL/dout[i,0] = 2/n · (out[i,0] - targ[i])"
RELU_GRAD = "dL/dl1[i,k] = dL/dl2[i,k] where l1[i,k] > 0, else 0"
LIN_GRADS = ("lin_grad", "lin_grad_matmul")
FUNCTIONS = {"lin": "lin", "relu": "relu", "mse": "mse"}
LAYERS = {"lin": "Lin", "relu": "Relu", "mse": "Mse"}
VIA = {"Lin": "steps.lin", "Relu": "steps.relu", "Mse": "steps.mse"}  # the dialogues with classes


def chain_nets() -> dict[str, Sequence[Net]]:
    """Return the nets of chapters 3 to 10, by exercise."""
    sizes = ((1, 1), (1, 2), (2, 2))
    chain, lean = ([_chain(*size, _backs(way)) for size in sizes] for way in LIN_GRADS)
    shifted = _shifted()
    layers = [_chain(*size, LAYER_BACKS, LAYERS) for size in sizes]
    found: dict[str, Sequence[Net]] = {
        **dict.fromkeys(("lin", "relu", "mse", "mse_grad", "lin_grad"), chain),
        "shifted_relu": [shifted],
        "relu_grad": [*chain[:-1], shifted, chain[-1]],
        "lin_grad_matmul": lean,
        **dict.fromkeys(("Relu", "Lin", "Mse"), layers),
    }
    for whole in ("forward_and_backward", "fast_forward_and_backward"):
        found[whole] = [_chain(*size, [_whole(whole)]) for size in sizes]
    model = _whole("Model", returns=True, via="steps.model")
    return found | {"Model": [_chain(*size, [model], LAYERS) for size in sizes]}


def _chain(rows: int, units: int, backs: Sequence[Back], by: Mapping[str, str] = FUNCTIONS) -> Net:
    """Return lin, relu, lin, mse: so many rows, of as many numbers as there are hidden units.

    by: the exercises that make the forward pass.
    """
    numbers: dict[str, Any] = {
        "x": [[1.0, 2.0], [3.0, -1.0]],
        "w1": [[1.0, -1.0], [0.5, 1.0]],
        "b1": [0.0, 0.5],
        "w2": [[1.0], [-1.0]],
        "b2": [0.5],
        "targ": [2.0, 1.0],
    }
    if units == 1:
        numbers |= {"x": [[2.0]], "w1": [[1.5]], "b1": [-1.0], "w2": [[-1.0]], "targ": [0.5]}
    numbers |= {name: numbers[name][:rows] for name in ("x", "targ")}
    return Net(
        "lin, relu, lin, mse: a whole pass",
        numbers,
        [
            lin_link(by["lin"], "l1", "x", "w1", "b1"),
            relu_link(by["relu"]),
            lin_link(by["lin"], "out", "l2", "w2", "b2"),
            Link(
                out="loss",
                by=by["mse"],
                inputs=("out", "targ"),
                rule="loss = 1/n Σᵢ (out[i,0] - targ[i])²",
                put_in=_mse_put_in,
                via=VIA.get(by["mse"]),
            ),
        ],
        backs,
        trained=("w1", "b1", "w2", "b2"),
        lr=0.05,
    )


def _shifted() -> Net:
    """Return the largest chain with a shifted relu; an l1 above 0 has an l2 that is not."""
    net = _chain(2, 2, _backs("lin_grad"), FUNCTIONS | {"relu": "shifted_relu"})
    return replace(net, numbers={**net.numbers, "b1": [-1.5, 0.5]})


def _backs(lin_grad: str) -> list[Back]:
    return [
        Back("mse_grad", ("out", "targ"), {"out": MSE_GRAD}),
        _lin_back(lin_grad, "l2", "out", "w2", "b2"),
        Back("relu_grad", ("l1", "l2"), {"l1": RELU_GRAD}),
        _lin_back(lin_grad, "x", "l1", "w1", "b1"),
    ]


def _whole(name: str, returns: bool = False, via: str | None = None) -> Back:
    """Return all gradients in one call, as forward_and_backward sets them."""
    rules = {tensor: rule for back in _backs("lin_grad") for tensor, rule in back.rules.items()}
    given = ("x", "targ", "w1", "b1", "w2", "b2")
    return Back(name, given, {key: rules[key] for key in given if key in rules}, returns, via)


def relu_link(by: str) -> Link:
    """Return the link from l1 to l2, made by this exercise."""
    shift = " - 0.5" if by == "shifted_relu" else ""
    return Link(
        out="l2",
        by=by,
        inputs=("l1",),
        rule=f"l2[i,k] = max(l1[i,k], 0){shift}",
        put_in=lambda values, i, k: f"max({n(values['l1'][i][k])}, 0){shift}",
        via=VIA.get(by),
    )


def lin_link(by: str, out: str, inp: str, w: str, b: str) -> Link:
    """Return the link from a layer's input to its output, made by this exercise."""

    def put_in(values: dict[str, Any], i: int, k: int) -> str:
        products = [f"{n(a)}·{n(row[k])}" for a, row in zip(values[inp][i], values[w], strict=True)]
        return f"{' + '.join(products)} + {n(values[b][k])}"

    rule = f"{out}[i,k] = Σⱼ {inp}[i,j] · {w}[j,k] + {b}[k]"
    return Link(out, by, (inp, w, b), rule, put_in, via=VIA.get(by))


def _lin_back(name: str, inp: str, out: str, w: str, b: str) -> Back:
    names = {"inp": inp, "out": out, "w": w, "b": b}
    rules = {names[key]: rule.format(**names) for key, rule in LIN_GRAD.items()}
    if name == "Lin":
        return Back(name, (f"d {out}", inp, w, b), rules, returns=True, via="steps.lin_back")
    return Back(name, (inp, out, w, b), rules)


def _mse_put_in(values: dict[str, Any]) -> str:
    pairs = zip(values["out"], values["targ"], strict=True)
    squares = " + ".join(f"({n(out[0])} - {n(targ)})²" for out, targ in pairs)
    return f"1/{len(values['targ'])} · ({squares})"


def n(number: float) -> str:
    """Return a number as it stands in a formula: a negative one in brackets."""
    text = f"{number:.4g}"
    return f"({text})" if number < 0 else text


LAYER_BACKS = [
    Back("Mse", ("out", "targ"), {"out": MSE_GRAD}, returns=True, via="steps.mse_back"),
    _lin_back("Lin", "l2", "out", "w2", "b2"),
    Back("Relu", ("d l2", "l1"), {"l1": RELU_GRAD}, returns=True, via="steps.relu_back"),
    _lin_back("Lin", "x", "l1", "w1", "b1"),
]
