"""The nets of `kata step`: a dozen numbers each, small whole ones and halves."""

from collections.abc import Mapping, Sequence
from typing import Any

from kata.steps.net import Back, Link, Net

LIN_GRAD = {
    "inp": "dL/d{inp}[i,j] = Σₖ dL/d{out}[i,k] · {w}[j,k]",
    "w": "dL/d{w}[j,k] = Σᵢ {inp}[i,j] · dL/d{out}[i,k]",
    "b": "dL/d{b}[k] = Σᵢ dL/d{out}[i,k]",
}


def nets() -> Mapping[str, Sequence[Net]]:
    """Return, for each exercise that is a link of a pass, its nets, the smallest first."""
    chain = [_chain(*sizes) for sizes in ((1, 1), (1, 2), (2, 2))]
    lean = [_chain(*sizes, lin_grad="lin_grad_matmul") for sizes in ((1, 1), (1, 2), (2, 2))]
    links = ("lin", "relu", "mse", "mse_grad", "lin_grad", "relu_grad")
    found: dict[str, Sequence[Net]] = dict.fromkeys(links, chain)
    found["lin_grad_matmul"] = lean
    for whole in ("forward_and_backward", "fast_forward_and_backward"):
        found[whole] = [_chain(*sizes, whole=whole) for sizes in ((1, 1), (2, 2))]
    return found


def _chain(rows: int, units: int, lin_grad: str = "lin_grad", whole: str = "") -> Net:
    """Return lin, relu, lin, mse: so many rows, of as many numbers as there are hidden units."""
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
            _lin("l1", "x", "w1", "b1"),
            Link("l2", "relu", ("l1",), "l2[i,k] = max(l1[i,k], 0)", _relu_put_in("l1")),
            _lin("out", "l2", "w2", "b2"),
            Link(
                "loss", "mse", ("out", "targ"), "loss = 1/n Σᵢ (out[i,0] - targ[i])²", _mse_put_in
            ),
        ],
        [_whole(whole)] if whole else _backs(lin_grad),
        trained=("w1", "b1", "w2", "b2"),
        lr=0.05,
    )


def _backs(lin_grad: str) -> list[Back]:
    return [
        Back("mse_grad", ("out", "targ"), {"out": "dL/dout[i,0] = 2/n · (out[i,0] - targ[i])"}),
        _lin_back(lin_grad, "l2", "out", "w2", "b2"),
        Back(
            "relu_grad", ("l1", "l2"), {"l1": "dL/dl1[i,k] = dL/dl2[i,k] where l1[i,k] > 0, else 0"}
        ),
        _lin_back(lin_grad, "x", "l1", "w1", "b1"),
    ]


def _whole(name: str) -> Back:
    """Return all gradients in one call, as forward_and_backward sets them."""
    backs = _backs("lin_grad")
    rules = {tensor: rule for back in backs for tensor, rule in back.rules.items()}
    given = ("x", "targ", "w1", "b1", "w2", "b2")
    return Back(name, given, {tensor: rules[tensor] for tensor in given if tensor in rules})


def _lin(out: str, inp: str, w: str, b: str) -> Link:
    def put_in(values: dict[str, Any], i: int, k: int) -> str:
        products = [f"{n(a)}·{n(row[k])}" for a, row in zip(values[inp][i], values[w], strict=True)]
        return f"{' + '.join(products)} + {n(values[b][k])}"

    return Link(out, "lin", (inp, w, b), f"{out}[i,k] = Σⱼ {inp}[i,j] · {w}[j,k] + {b}[k]", put_in)


def _lin_back(name: str, inp: str, out: str, w: str, b: str) -> Back:
    names = {"inp": inp, "out": out, "w": w, "b": b}
    rules = {names[key]: rule.format(**names) for key, rule in LIN_GRAD.items()}
    return Back(name, (inp, out, w, b), rules)


def _relu_put_in(inp: str) -> Any:
    return lambda values, i, k: f"max({n(values[inp][i][k])}, 0)"


def _mse_put_in(values: dict[str, Any]) -> str:
    pairs = zip(values["out"], values["targ"], strict=True)
    squares = " + ".join(f"({n(out[0])} - {n(targ)})²" for out, targ in pairs)
    return f"1/{len(values['targ'])} · ({squares})"


def n(number: float) -> str:
    """Return a number as it stands in a formula: a negative one in brackets."""
    text = f"{number:.4g}"
    return f"({text})" if number < 0 else text
