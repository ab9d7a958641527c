"""Chapter 7: forward_and_backward."""

from kata import oracle
from kata.backward_checks import RETURNS_MORE, assert_backward, assert_sets_anew, run_by_hand
from kata.checks import assert_at_home_anywhere
from kata.compare import assert_close
from kata.refusal import Refused
from kata.shapes import LAYOUT, MAGNITUDE, SIZES, over

LOSS = "L = 1/n sum_i (out[i, 0] - targ[i])^2 with out = lin(relu(lin(inp, w1, b1)), w2, b2)"
D_OUT = "dL/dout[i, 0] = 2 (out[i, 0] - targ[i]) / n"
D_L1 = f"dL/dl1[i, h] = dL/dout[i, 0] w2[h, 0] where l1[i, h] > 0, else 0; {D_OUT}"
WHY = {
    "inp": f"dL/dinp[i, j] = sum_h dL/dl1[i, h] w1[j, h]; {D_L1}",
    "w1": f"dL/dw1[j, h] = sum_i inp[i, j] dL/dl1[i, h]; {D_L1}",
    "b1": f"dL/db1[h] = sum_i dL/dl1[i, h]; {D_L1}",
    "w2": f"dL/dw2[h, 0] = sum_i l2[i, h] dL/dout[i, 0]; {D_OUT}",
    "b2": f"dL/db2[0] = sum_i dL/dout[i, 0]; {D_OUT}",
}
SETS = list(WHY)

sizes = {"n": SIZES, "m": SIZES, "nh": SIZES, "layout": LAYOUT, "size": MAGNITUDE}


def net(draw, n, m, nh, layout="contiguous", size=1.0):
    """Arguments with no value before the relu so near 0 that rounding could take it across."""
    while True:
        args = {
            "inp": draw(n, m, layout=layout, scale=size),
            "targ": draw(n, layout=layout),
            "w1": draw(m, nh, layout=layout),
            "b1": draw(nh),
            "w2": draw(nh, 1, layout=layout),
            "b2": draw(1),
        }
        before = oracle.lin(args["inp"], args["w1"], args["b1"])
        if (before.values.abs() > before.tolerance(draw.dtype)).all():
            return args


def assert_full_pass(answer, args, *names):
    """Compare the .grad of these names alone; the others have tests of their own."""
    expected = oracle.full_pass(*args.values())[1]
    assert_backward(answer, args, {name: expected[name] for name in names}, WHY, returns=True)


def assert_loss(answer, args):
    returned, _, _ = run_by_hand(answer, args, [], returns=True)
    if isinstance(returned, tuple | list):
        raise Refused(f"it returned {len(returned)} values; expected the loss alone", RETURNS_MORE)
    assert_close(returned, oracle.full_pass(*args.values())[0], args["inp"], "the loss", LOSS)


def test_full_pass_sets_every_gradient_anew(forward_and_backward, draw):
    assert_sets_anew(
        forward_and_backward,
        lambda: net(draw, 5, 4, 3),
        lambda *args: oracle.full_pass(*args)[1],
        WHY,
        returns=True,
    )


@over(**sizes)
def test_full_pass_returns_the_mean_squared_error(
    forward_and_backward, draw, n, m, nh, layout, size
):
    assert_loss(forward_and_backward, net(draw, n, m, nh, layout, size))


@over(**sizes)
def test_full_pass_sets_all_gradients_for_any_sizes(
    forward_and_backward, draw, n, m, nh, layout, size
):
    assert_full_pass(forward_and_backward, net(draw, n, m, nh, layout, size), *SETS)


def test_full_pass_sets_the_gradient_of_b2(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), "b2")


def test_full_pass_sets_the_gradient_of_w2(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), "w2")


def test_full_pass_sets_the_gradient_of_b1(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), "b1")


def test_full_pass_sets_the_gradient_of_w1(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), "w1")


def test_full_pass_sets_the_gradient_of_inp(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 5, 4, 3), "inp")


def test_full_pass_is_right_for_a_large_batch_and_a_wide_net(forward_and_backward, draw):
    assert_full_pass(forward_and_backward, net(draw, 60, 40, 50), *SETS)


def test_full_pass_sends_nothing_back_where_the_relu_saw_exactly_zero(forward_and_backward, draw):
    """Whole numbers add up without rounding, so that each zero before the relu is exact."""
    args = {name: tensor.round() for name, tensor in net(draw, 8, 4, 5).items()}
    args["inp"][::3] = 0.0
    args["b1"][::2] = 0.0

    assert_full_pass(forward_and_backward, args, *SETS)


def test_full_pass_makes_its_tensors_where_the_inputs_are(forward_and_backward, draw):
    assert_at_home_anywhere(forward_and_backward, net(draw, 5, 4, 3))
