"""The passes of chapter 20: graphs of Values."""

from collections.abc import Sequence
from typing import Any

from backprop.steps.chain import n
from kata.steps.net import Back, Link, Net


def value_nets() -> dict[str, Sequence[Net]]:
    """Return the nets of this chapter, a number used twice, then a broadcast bias."""
    return {"Value": [_product(), _batch()]}


def _product() -> Net:
    """Return a graph of single numbers, in which one is used twice."""
    grads = {
        "a": "dL/da = r · dL/dL + b · dL/dab: a is used twice",
        "b": "dL/db = a · dL/dab",
        "c": "dL/dc = dL/ds",
        "ab": "dL/dab = dL/ds",
        "s": "dL/ds = dL/dr where s > 0, else 0",
        "r": "dL/dr = a · dL/dL",
    }
    return Net(
        "a graph of Values: (a * b + c).relu() * a",
        {"a": 2.0, "b": -1.5, "c": 4.0},
        [
            Link("ab", "", ("a", "b"), "ab = a * b", _pair("a", "·", "b"), lambda a, b: a * b),
            Link("s", "", ("ab", "c"), "s = ab + c", _pair("ab", "+", "c"), lambda x, c: x + c),
            Link("r", "", ("s",), "r = max(s, 0)", make=lambda s: s.clamp_min(0)),
            Link("loss", "", ("r", "a"), "loss = r * a", _pair("r", "·", "a"), lambda r, a: r * a),
        ],
        [Back("Value", ("a", "b", "c"), grads, returns=True, via="steps.product")],
        ("a", "b", "c"),
        0.1,
    )


def _pair(a: str, sign: str, b: str) -> Any:
    return lambda values: f"{n(values[a])} {sign} {n(values[b])}"


def _batch() -> Net:
    """Return a graph of matrices, in which a bias is broadcast."""
    grads = {
        "x": "dL/dx = dL/dxw wᵀ",
        "w": "dL/dw = xᵀ dL/dxw",
        "b": "dL/db = Σᵢ dL/ds[i]: b was broadcast to all rows",
        "xw": "dL/dxw = dL/ds",
        "s": "dL/ds = dL/dr where s > 0, else 0",
        "r": "dL/dr = 1/n, of n numbers",
    }
    return Net(
        "a graph of Values: (x @ w + b).relu().mean()",
        {"x": [[1.0, 2.0], [3.0, -1.0]], "w": [[1.0, -1.0], [0.5, 1.0]], "b": [0.5, 1.0]},
        [
            Link("xw", "", ("x", "w"), "xw = x @ w", make=lambda x, w: x @ w),
            Link("s", "", ("xw", "b"), "s = xw + b", make=lambda xw, b: xw + b),
            Link("r", "", ("s",), "r = max(s, 0)", make=lambda s: s.clamp_min(0)),
            Link("loss", "", ("r",), "loss = the mean of r", make=lambda r: r.mean()),
        ],
        [Back("Value", ("x", "w", "b"), grads, returns=True, via="steps.batch")],
        ("w", "b"),
        0.5,
    )
