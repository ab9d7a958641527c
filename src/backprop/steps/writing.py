"""The passes of chapter 21: the parts of the net that writes, and the whole of it, very small."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from backprop.oracles_writer import attend, norm
from backprop.steps.chain import LIN_GRAD, lin_link, n, relu_link
from backprop.steps.layers import attention_links, attention_net, goal_link
from kata.steps.net import Back, Link, Net

# the numbers of the residual block, small whole ones and halves
BLOCK = {
    "x": [[1.0, 7.0], [-2.0, 2.0]],
    "gamma": [1.0, 2.0],
    "w1": [[1.0, -1.0], [0.5, 1.0]],
    "b1": [-0.5, 1.0],
    "w2": [[1.0, 0.0], [-1.0, 0.5]],
    "b2": [0.5, 0.0],
}


def writing_nets() -> dict[str, Sequence[Net]]:
    """Return the nets of this chapter, by exercise."""
    causal = [_causal()]
    return {
        "embedding_grad": [_embedding()],
        "causal_weights": causal,
        "causal_attention_grad": causal,
        "split_heads": [_heads()],
        "residual_grad": [_residual()],
        "writer_loss_and_grads": [_writer(layers=0), _writer(layers=1)],
    }


def _embedding() -> Net:
    """Return a text of three characters, two of which are the same."""

    def put_in(values: dict[str, Any], i: int, j: int, a: int) -> str:
        return f"table[{values['ids'][i][j]},{a}]"

    return Net(
        "an embedding, and a goal",
        {
            "table": [[1.0, -1.0], [0.5, 0.0], [2.0, 1.0]],
            "ids": [[0, 2, 0]],
            "goal": [[[0.0, 1.0], [1.0, 1.0], [-1.0, 0.0]]],
        },
        [
            Link(
                "out",
                "",
                ("table", "ids"),
                "out[i,j] = table[ids[i,j]]",
                put_in,
                make=lambda table, ids: table[ids],
            ),
            goal_link(),
        ],
        [
            Back(
                "embedding_grad",
                ("d out", "ids", "table"),
                {"table": "dL/dtable[c] = Σ dL/dout[i,j], over all i, j with ids[i,j] = c"},
                returns=True,
                via="steps.embedding_back",
            )
        ],
        ("table",),
        0.25,
    )


def _causal() -> Net:
    """Return three places of a text, of one number each, that look at themselves and back."""
    numbers = {
        "q": [[1.0], [-1.0], [2.0]],
        "k": [[1.0], [0.5], [-1.0]],
        "v": [[2.0], [-1.0], [0.5]],
        "goal": [[1.0], [0.0], [-1.0]],
    }
    rule = "p[i,j] = exp(z[i,j]) / Σ exp(z[i,l]) over l ≤ i, and 0 where j > i; z = q kᵀ / sqrt(d)"
    links = attention_links("causal_weights", rule)
    return attention_net(
        "each place looks at itself and at those before it", numbers, links, "causal_attention_grad"
    )


def _heads() -> Net:
    """Return two places of a text, whose rows of four numbers are cut into two heads."""

    def put_in(_values: dict[str, Any], i: int, h: int, j: int, a: int) -> str:
        return f"x[{i},{j},{2 * h + a}]"

    rule = "out[i,h,j,a] = x[i,j, h d + a], d = 2"
    numbers = {
        "x": [[[1.0, 2.0, -1.0, 0.5], [0.0, 3.0, 1.0, -2.0]]],
        "goal": [[[[1.0, 1.0], [0.0, 2.0]], [[0.0, 1.0], [1.0, -1.0]]]],
    }
    split = Link("out", "split_heads", ("x",), rule, put_in, via="steps.two_heads")
    return Net("rows cut into heads, and a goal", numbers, [split, goal_link()], [])


def _residual() -> Net:
    """Return the block of the net that writes: a norm, two layers, and what went around them."""

    def put_in(values: dict[str, Any], i: int, j: int) -> str:
        return f"{n(values['x'][i][j])} + {n(values['f'][i][j])}"

    joined = "g is dL/dl1, of lin_grad and relu_grad"
    rules = {
        "x": "dL/dx = dL/dout, which went around, + what rms_norm_grad gives back of dL/dy",
        "gamma": "dL/dgamma[j] = Σᵢ dL/dy[i,j] · x[i,j] / rms[i]",
        "w1": f"dL/dw1[j,k] = Σᵢ y[i,j] · g[i,k]; {joined}",
        "b1": f"dL/db1[k] = Σᵢ g[i,k]; {joined}",
        "w2": LIN_GRAD["w"].format(inp="l2", w="w2", out="out"),
        "b2": LIN_GRAD["b"].format(b="b2", out="out"),
    }
    return Net(
        "a residual block, and a goal",
        {**BLOCK, "goal": [[2.0, 8.0], [-2.0, 1.0]]},
        [
            Link("y", "rms_norm", ("x", "gamma"), "y[i,j] = gamma[j] · x[i,j] / rms[i]"),
            lin_link("lin", "l1", "y", "w1", "b1"),
            relu_link("relu"),
            lin_link("lin", "f", "l2", "w2", "b2"),
            Link("out", "", ("x", "f"), "out = x + f", put_in, make=lambda x, f: x + f),
            goal_link(),
        ],
        [Back("residual_grad", ("d out", *BLOCK), rules, returns=True)],
        tuple(BLOCK)[1:],
        0.05,
    )


def _writer(layers: int) -> Net:
    """Return a text of two characters, of three that there are, and the next of each; one head.

    What the layer does is one link for attention and one for the block, so that it can be read.
    """
    layer: dict[str, Any] = {
        "g1": [1.0, 0.5],
        "w_in": [[1.0, 0.0, 0.5, -1.0, 1.0, 0.5], [0.0, 1.0, -0.5, 1.0, 0.5, -1.0]],
        "b_in": [0.0, 0.5, 0.0, 0.0, 1.0, 0.0],
        "w_out": [[1.0, -0.5], [0.5, 1.0]],
        "b_out": [0.0, 0.5],
        "g2": BLOCK["gamma"],
        **{name: BLOCK[name] for name in ("w1", "b1", "w2", "b2")},
    }
    first = {"table": [[1.0, -1.0], [0.5, 0.0], [2.0, 1.0]], "places": [[0.0, 0.5], [-1.0, 1.0]]}
    last = {"g3": [1.0, 2.0], "w": [[1.0, 0.0, -1.0], [0.5, -0.5, 1.0]], "b": [0.0, 0.5, 0.0]}
    params = {**first, **(layer if layers else {}), **last}
    numbers = {**params, "ids": [[0, 2]], "targ": [2, 1]}
    links = [
        Link(
            "x0",
            "",
            ("table", "places", "ids"),
            "x0[i,j] = table[ids[i],j] + places[i,j]",
            make=lambda table, places, ids: table[ids[0]] + places,
        )
    ]
    if layers:
        links += [
            Link(
                "half",
                "",
                ("x0", "g1", "w_in", "b_in", "w_out", "b_out"),
                "half = x0 + lin(attention of lin(rms_norm(x0, g1), w_in, b_in), w_out, b_out)",
                make=_attended,
            ),
            Link(
                "x1",
                "",
                ("half", "g2", "w1", "b1", "w2", "b2"),
                "x1 = half + lin(relu(lin(rms_norm(half, g2), w1, b1)), w2, b2)",
                make=lambda x, g, w1, b1, w2, b2: x + (norm(x, g) @ w1 + b1).clamp_min(0) @ w2 + b2,
            ),
        ]
    rule = f"y[i,j] = g3[j] · x{layers}[i,j] / rms[i]"
    loss = "loss = 1/n Σᵢ (log Σₖ exp(logits[i,k]) - logits[i,targ[i]])"
    links += [
        Link("y", "rms_norm", (f"x{layers}", "g3"), rule),
        lin_link("lin", "logits", "y", "w", "b"),
        Link("loss", "cross_entropy", ("logits", "targ"), loss),
    ]
    rules = {
        "table": "dL/dtable[c,j] = Σ dL/dx0[i,j], over all i with ids[i] = c",
        "places": "dL/dplaces[i,j] = dL/dx0[i,j]",
        "g3": f"dL/dg3[j] = Σᵢ dL/dy[i,j] · x{layers}[i,j] / rms[i]",
        "w": LIN_GRAD["w"].format(inp="y", w="w", out="logits"),
        "b": LIN_GRAD["b"].format(b="b", out="logits"),
    }
    if layers:
        block = "residual_grad gives it back of dL/dx1"
        around = "dL/dhalf goes back through w_out, causal_attention_grad, w_in and rms_norm_grad"
        rules |= dict.fromkeys(("g1", "w_in", "b_in", "w_out", "b_out"), around)
        rules |= dict.fromkeys(("g2", "w1", "b1", "w2", "b2"), block)
    back = Back(
        "writer_loss_and_grads",
        ("ids", "targ", *params),
        {name: rules[name] for name in params},
        returns=True,
        via="steps.writer_back",
    )
    title = (
        f"the net that writes, with {'one layer' if layers else 'no layer'} and three characters"
    )
    return Net(title, numbers, links, [back], tuple(params), 0.1)


def _attended(
    x: Tensor, gamma: Tensor, w_in: Tensor, b_in: Tensor, w_out: Tensor, b_out: Tensor
) -> Tensor:
    q, k, v = (norm(x, gamma) @ w_in + b_in).chunk(3, -1)
    return x + attend(q, k, v) @ w_out + b_out
