"""What the tests ask of a whole pass, forward and backward: shared by chapters 7 and 9."""

from collections.abc import Sequence

from torch import Tensor

from backprop import oracle
from kata.answers.call import Answer
from kata.answers.words import count
from kata.checks.compare import assert_close
from kata.checks.gradients import RETURNS_MORE, assert_backward, assert_sets_anew, run_by_hand
from kata.checks.inputs import TINY, Draw
from kata.checks.large import assert_all_of_it
from kata.refusal import Refused

LOSS = "L = 1/n sum_i (out[i, 0] - targ[i])^2 with out = lin(relu(lin(inp, w1, b1)), w2, b2)"
ON = "and from there through the relu, where it lets l1 pass, through w2 and the loss"
WHY = {
    "inp": f"inp[i, j] stands in l1 = lin(inp, w1, b1) in all nh units of row i, {ON}",
    "w1": f"w1[j, h] stands in l1 = lin(inp, w1, b1) in unit h of all n rows, {ON}",
    "b1": f"b1[h] stands in l1 = lin(inp, w1, b1) in unit h of all n rows, {ON}",
    "w2": "w2[h, 0] stands in out of all n rows, each time beside another relu(l1)[i, h]; the "
    "loss is a mean over the rows",
    "b2": "b2[0] stands in out of all n rows; the loss is a mean over the rows",
}
SETS = tuple(WHY)


def arguments(
    draw: Draw, n: int, m: int, nh: int, layout: str = "contiguous", size: float = 1.0
) -> dict[str, Tensor]:
    """Return the arguments of a pass, by name."""
    return {
        "inp": draw(n, m, layout=layout, scale=size),
        "targ": draw(n, layout=layout),
        "w1": draw(m, nh, layout=layout),
        "b1": draw(nh),
        "w2": draw(nh, 1, layout=layout),
        "b2": draw(1),
    }


def net(
    draw: Draw, n: int, m: int, nh: int, layout: str = "contiguous", size: float = 1.0
) -> dict[str, Tensor]:
    """Return arguments with no value before the relu so near 0 that rounding flips its sign."""
    while True:
        args = arguments(draw, n, m, nh, layout, size)
        before = oracle.lin(args["inp"], args["w1"], args["b1"])
        if (before.values.abs() > before.tolerance(draw.dtype)).all():
            return args


def net_at_the_kink(draw: Draw) -> dict[str, Tensor]:
    """Return arguments with exact zeros before the relu: whole numbers add up without rounding."""
    args = {name: tensor.round() for name, tensor in net(draw, 8, 4, 5).items()}
    args["inp"][::3] = 0.0
    args["b1"][::2] = 0.0
    return args


def net_of_tiny_units(draw: Draw) -> dict[str, Tensor]:
    """Return arguments with hidden units that a narrower dtype takes for 0; none lies at 0."""
    args = net(draw, 5, 4, 3)
    for name in ("w1", "b1"):
        args[name] *= TINY[draw.dtype]
    return args


def assert_full_pass(answer: Answer, args: dict[str, Tensor], names: Sequence[str] = SETS) -> None:
    """Refuse a .grad of these names other than the expected one."""
    expected = oracle.full_pass(*args.values())[1]
    assert_backward(answer, args, {name: expected[name] for name in names}, WHY, returns=True)


def assert_loss(answer: Answer, args: dict[str, Tensor]) -> None:
    """Refuse a loss other than the expected one."""
    returned, _, _ = run_by_hand(answer, args, [], returns=True)
    if isinstance(returned, tuple | list):
        got = count(len(returned), "value")
        raise Refused(f"it returned {got}; expected the loss alone", RETURNS_MORE)
    assert_close(returned, oracle.full_pass(*args.values())[0], args["inp"], "the loss", LOSS)


def assert_looks_at_all(answer: Answer, draw: Draw) -> None:
    """Refuse a pass that takes a part of many rows, inputs or hidden units."""

    def check(n: int, m: int, nh: int) -> None:
        args = net(draw, n, m, nh)
        assert_loss(answer, args)
        assert_full_pass(answer, args)

    assert_all_of_it(check, n=3, m=2, nh=2)


def assert_full_pass_sets_anew(answer: Answer, draw: Draw) -> None:
    """Refuse gradients that depend on an earlier call."""
    assert_sets_anew(
        answer,
        lambda: net(draw, 5, 4, 3),
        lambda *args: oracle.full_pass(*args)[1],
        WHY,
        returns=True,
    )
