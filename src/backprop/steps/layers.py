"""The passes of chapters 17 to 19: a layer, with a goal behind it."""

from collections.abc import Sequence
from typing import Any

from backprop.steps.chain import n
from kata.steps.net import Back, Link, Net

GOAL = "loss = 1/2 Σ (out - goal)², over all numbers"


def layer_nets() -> dict[str, Sequence[Net]]:
    """Return the nets of these chapters, by exercise."""
    of_columns, of_rows = _norm("batchnorm", "column"), _norm("layernorm", "row")
    of_squares = _rms_norm()
    convolution, pooling, attention = _convolution(), _pooling(), _attention()
    return {
        "batchnorm_train": [of_columns],
        "batchnorm_grad": [of_columns],
        "layernorm": [of_rows],
        "layernorm_grad": [of_rows],
        "rms_norm": [of_squares],
        "rms_norm_grad": [of_squares],
        "conv2d": [convolution],
        "conv2d_grad": [convolution],
        "max_pool": [pooling],
        "max_pool_grad": [pooling],
        "attention_weights": [attention],
        "softmax_grad": [_softmax()],
        "attention": [_attention(at_once=True)],
        "attention_grad": [attention],
    }


def goal_link(out: str = "out") -> Link:
    """Return the loss behind a layer: half the squared distance to a goal."""
    rule = GOAL.replace("out", out)
    inputs = (out, "goal")
    return Link("loss", "", inputs, rule, make=lambda at, goal: (at - goal).square().sum() / 2)


def _norm(name: str, of: str) -> Net:
    """Return batchnorm of two columns, or layernorm of two rows."""
    columns = [[1.0, 1.0, 3.0, 3.0], [0.0, 4.0, 4.0, 0.0]]
    goals = [[0.0, 1.0, 2.0, 0.5], [1.0, -1.0, 0.0, 1.0]]
    turned = [[list(row) for row in zip(*rows, strict=True)] for rows in (columns, goals)]
    x, goal = turned if of == "column" else (columns, goals)
    forward = "batchnorm_train" if name == "batchnorm" else name
    wide = len(x[0])
    numbers = {
        "x": x,
        "gamma": [2.0, 1.0, 0.5, 1.0][:wide],
        "beta": [0.0, 0.5, 0.0, 1.0][:wide],
        "goal": goal,
    }
    rows = f"the mean over its {of}"
    rules = {
        "x": f"dL/dx = gamma/std · (g - mean(g) - xhat · mean(g · xhat)), {rows}; g = dL/dout",
        "gamma": "dL/dgamma[j] = Σᵢ dL/dout[i,j] · xhat[i,j]",
        "beta": "dL/dbeta[j] = Σᵢ dL/dout[i,j]",
    }
    if of == "row":
        rules["x"] = rules["x"].replace("gamma/std", "1/std").replace("g = dL", "g = gamma · dL")
    rule = f"out[i,j] = gamma[j] · xhat[i,j] + beta[j], xhat = (x - mean) / std of its {of}"
    return Net(
        f"{name}, and a goal",
        numbers,
        [Link("out", forward, ("x", "gamma", "beta"), rule), goal_link()],
        [Back(f"{name}_grad", ("d out", "x", "gamma"), rules, returns=True)],
        ("gamma", "beta"),
    )


def _rms_norm() -> Net:
    """Return rms_norm of two rows, whose root mean squares are 5 and 2."""
    numbers = {
        "x": [[1.0, 7.0], [-2.0, 2.0]],
        "gamma": [1.0, 2.0],
        "goal": [[0.0, 1.0], [-1.0, 0.0]],
    }
    rules = {
        "x": "dL/dx = 1/rms · (g - xhat · mean(g · xhat)), the mean over its row; "
        "g = gamma · dL/dout",
        "gamma": "dL/dgamma[j] = Σᵢ dL/dout[i,j] · xhat[i,j]",
    }
    rule = "out[i,j] = gamma[j] · xhat[i,j], xhat = x / rms, the root of its row's mean square"
    return Net(
        "rms_norm, and a goal",
        numbers,
        [Link("out", "rms_norm", ("x", "gamma"), rule), goal_link()],
        [Back("rms_norm_grad", ("d out", "x", "gamma"), rules, returns=True)],
        ("gamma",),
    )


def _convolution() -> Net:
    """Return an image of 4 x 4 under a filter of 2 x 2."""
    x = [[1.0, 0.0, 2.0, 1.0], [0.0, 1.0, -1.0, 0.0], [2.0, 0.0, 1.0, 1.0], [0.0, -1.0, 0.0, 2.0]]

    def put_in(values: dict[str, Any], _i: int, _k: int, r: int, s: int) -> str:
        image, filters = values["x"][0][0], values["weight"][0][0]
        places = [(u, v) for u in (0, 1) for v in (0, 1)]
        terms = [f"{n(filters[u][v])}·{n(image[r + u][s + v])}" for u, v in places]
        return f"{' + '.join(terms)} + {n(values['bias'][0])}"

    rules = {
        "x": "dL/dx[r,s] = Σ weight[u,v] · dL/dout[r-u,s-v], over the patches that it lies in",
        "weight": "dL/dweight[u,v] = Σ dL/dout[r,s] · x[r+u,s+v], over all places",
        "bias": "dL/dbias = Σ dL/dout, over all places",
    }
    return Net(
        "a 4 x 4 image under a 2 x 2 filter, and a goal",
        {
            "x": [[x]],
            "weight": [[[[1.0, -0.5], [0.5, 1.0]]]],
            "bias": [0.5],
            "goal": [[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]],
        },
        [
            Link(
                "out",
                "conv2d",
                ("x", "weight", "bias"),
                "out[r,s] = Σ weight[u,v] · x[r+u,s+v] + bias",
                put_in,
            ),
            goal_link(),
        ],
        [Back("conv2d_grad", ("d out", "x", "weight"), rules, returns=True)],
        ("weight", "bias"),
        0.02,
    )


def _pooling() -> Net:
    """Return an image of 4 x 4, of which the largest of each window stays."""
    x = [[1.0, 0.0, 2.0, 1.0], [0.0, 3.0, -1.0, 0.0], [2.0, 0.0, 1.0, 1.5], [0.0, -1.0, 0.0, 3.5]]

    def put_in(values: dict[str, Any], _i: int, _k: int, r: int, s: int) -> str:
        image = values["x"][0][0]
        window = [n(image[2 * r + u][2 * s + v]) for u in (0, 1) for v in (0, 1)]
        return f"max({', '.join(window)})"

    rule = "out[r,s] = the largest of the window of 2 x 2 at (2r, 2s)"
    grad = "dL/dx = dL/dout at the place of its window's largest number, else 0"
    return Net(
        "a 4 x 4 image, max-pooled, and a goal",
        {"x": [[x]], "goal": [[[[1.0, 0.0], [0.0, 1.0]]]]},
        [Link("out", "max_pool", ("x",), rule, put_in), goal_link()],
        [Back("max_pool_grad", ("d out", "x"), {"x": grad}, returns=True)],
        ("x",),
    )


def _attention(at_once: bool = False) -> Net:
    """Return two queries that look at two keys."""
    numbers = {
        "q": [[1.0, 0.0], [-1.0, 2.0]],
        "k": [[1.0, 1.0], [0.0, 1.0]],
        "v": [[2.0, 0.0], [-1.0, 1.0]],
        "goal": [[1.0, 0.0], [0.0, 1.0]],
    }
    rule = "p[i,j] = exp(z[i,j]) / Σₗ exp(z[i,l]), z = q kᵀ / sqrt(d)"
    links = attention_links("attention_weights", rule)
    if at_once:
        links = [Link("out", "attention", ("q", "k", "v"), "out = softmax(q kᵀ / sqrt(d)) v")]
    return attention_net("two queries look at two keys", numbers, links, "attention_grad")


def attention_links(weights: str, rule: str) -> list[Link]:
    """Return the links of attention whose weights p this exercise makes by this rule."""

    def put_in(values: dict[str, Any], i: int, e: int) -> str:
        pairs = zip(values["p"][i], values["v"], strict=True)
        return " + ".join(f"{n(p)}·{n(row[e])}" for p, row in pairs)

    mixed = "out[i,e] = Σⱼ p[i,j] · v[j,e]"
    return [
        Link("p", weights, ("q", "k"), rule),
        Link("out", "", ("p", "v"), mixed, put_in, make=lambda p, v: p @ v),
    ]


def attention_net(title: str, numbers: dict[str, Any], links: list[Link], by: str) -> Net:
    """Return attention with a goal behind it, whose gradients this exercise gives."""
    rules = {
        "q": "dL/dq = dL/dz k / sqrt(d), dL/dz[j] = p[j] (dL/dp[j] - Σₗ p[l] dL/dp[l])",
        "k": "dL/dk = dL/dzᵀ q / sqrt(d)",
        "v": "dL/dv[j,e] = Σᵢ p[i,j] · dL/dout[i,e]",
    }
    back = Back(by, ("d out", "q", "k", "v"), rules, returns=True)
    return Net(title, numbers, [*links, goal_link()], [back], ("q", "k", "v"), 0.5)


def _softmax() -> Net:
    """Return one softmax, of logits that are a row."""
    rule = "p[i,l] = exp(z[i,l]) / Σⱼ exp(z[i,j])"
    grad = "dL/dz[i,j] = p[i,j] (dL/dp[i,j] - Σₗ p[i,l] dL/dp[i,l])"
    return Net(
        "a softmax, and a goal",
        {"z": [[1.0, 0.0, -1.0], [0.5, 0.5, 2.0]], "goal": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]},
        [Link("p", "", ("z",), rule, make=lambda z: z.softmax(-1)), goal_link("p")],
        [Back("softmax_grad", ("d p", "p"), {"z": grad}, returns=True)],
        ("z",),
        2.0,
    )
