"""Chapter 20: unbroadcast, Value.

Value is tried by dialogues (backprop.dialogues.autograd). A program is followed here by torch in
float64; followed over sizes, which bound absolute values, there and back, it bounds the roundings.
"""

import operator
from random import Random

import pytest
import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import Tensor

from backprop import oracle
from backprop import oracles_training as training
from backprop.dialogues.autograd import EVERY_PATH, KEEPS_ADDING
from kata.checks.anywhere import assert_returns_at_home, called_elsewhere
from kata.checks.compare import Expected, assert_close
from kata.checks.forward import DEFAULT_DTYPE
from kata.checks.gradients import AUTOGRAD, assert_returns
from kata.checks.inputs import LAYOUTS, TINY, Draw, over
from kata.checks.large import assert_all_of_it
from kata.checks.state import assert_looks_again, assert_results_last
from kata.checks.traced import traced
from kata.refusal import Measured, Refused

OPERATIONS = {
    "add": operator.add,
    "mul": operator.mul,
    "matmul": operator.matmul,
    "relu": torch.relu,
    "exp": torch.exp,
    "log": torch.log,
    "sum": torch.sum,
    "mean": torch.mean,
}
COPIES = {"grad": "each copy of an element reached the loss by itself: its gradient is their sum"}
DATA = "each operation is torch's own, on .data"
GRAD = "dL/dx sums, over all y made from x, what dL/dy sends back to it"
STEP = "each parameter moves by -lr times its gradient"

SHAPES = [  # either operand is the one that is broadcast, in each way
    [(3, 4), (4,)],
    [(3, 1), (1, 4)],
    [(1,), (2, 3)],
    [(2, 3, 4), (3, 1)],
    [(), (2, 3)],
    [(2, 3), ()],
    [(2, 3), (2, 3)],
    [(1, 1), (1,)],
    [(2, 1, 3), (4, 1)],
]


def size_of(step, x, *sizes):
    """The size of a step's result; and its slope is the size of the step's, for the way back.

    Of sums and products it is the step over sizes. Let x, the first operand, be off by k eps s, s
    its size. Then exp(x), which is its own slope, is off by k eps s exp(x), so its size and that
    size's slope are at least (1 + s) exp(x). log(x) is off by k eps s/x, and its slope 1/x by
    k eps s/x^2, where s/x is at least 1.
    """
    s = sizes[0]
    if step == "exp":
        return (1 + s + s.square() / 2) * x.exp()
    if step == "log":
        return x.log().abs() + (s / x).square()
    return OPERATIONS[step](*sizes)


class Followed:
    """A program, there and back, exactly; and how many roundings lie behind each number.

    A sum of products rounds once for each term; a product has the roundings of both factors; exp
    and log are right to two. Going back, a pull has those of the gradient it starts from, of its
    factor, and of its own sum.
    """

    def __init__(self, program, upstream, leaves):
        self.values = [oracle.exact(leaf).requires_grad_() for leaf in leaves]
        self.sizes = [oracle.exact(leaf).abs().requires_grad_() for leaf in leaves]
        self.counts = [0] * len(leaves)
        for name, *operands in program:
            x = self.values[operands[0]].detach()
            self.sizes.append(size_of(name, x, *(self.sizes[i] for i in operands)))
            self.values.append(OPERATIONS[name](*(self.values[i] for i in operands)))
            terms = self.values[operands[0]].shape[-1:] if name == "matmul" else ()
            terms = self.values[operands[0]].shape if name in ("sum", "mean") else terms
            own = torch.Size(terms).numel() + 2
            self.counts.append(sum(self.counts[i] for i in operands) + own)
        self.back = self._back(program)
        self.grads = self._grads(self.values, oracle.exact(upstream))
        self.grad_sizes = self._grads(self.sizes, oracle.exact(upstream).abs())

    def _grads(self, nodes, upstream):
        return torch.autograd.grad((nodes[-1] * upstream).sum(), nodes, allow_unused=True)

    def _back(self, program):
        back = [0] * len(self.values)
        leaves = len(self.values) - len(program)
        for made, (_, *operands) in reversed([*enumerate(program, leaves)]):
            others = sum(self.counts[i] for i in operands)
            own = self.values[made].numel() + sum(self.values[i].numel() for i in operands)
            for i in operands:
                back[i] = max(back[i], back[made]) + others + own + 4
        return back

    def data(self, i):
        return Expected(self.values[i].detach(), self.sizes[i].detach(), self.counts[i])

    def grad(self, i):
        return Expected(self.grads[i], self.grad_sizes[i], self.back[i] + 4)

    def is_far_from_kinks(self, program, dtype):
        """Whether no value before a relu is so near 0 that rounding could take it across.

        A value that is exactly 0 was made from zeros of an earlier relu, and is so in any dtype.
        """
        before = [self.data(step[1]) for step in program if step[0] == "relu"]
        far = [(e.values.abs() > e.tolerance(dtype)) | (e.values == 0) for e in before]
        return all(values.all() for values in far)


def run(answer, program, upstream, leaves):
    """Take a program there and back; refuse autograd. Returns each Value's data and gradient."""
    (data, grads), trace = traced(answer, (program, upstream, *leaves), via="autograd.run")
    if trace.autograd:
        raise Measured(f"the gradients came from {trace.autograd}, not from Value", AUTOGRAD)
    return data, grads


def assert_runs(answer, program, leaves, draw):
    """Refuse other results, and other gradients, of any Value that the last was made from."""
    upstream = draw(*last_of(program, leaves).shape)
    followed = Followed(program, upstream, leaves)
    data, grads = run(answer, program, upstream, leaves)
    for i, got in enumerate(data):
        assert_close(got, followed.data(i), leaves[0], f"the data of {name(i, leaves)}", DATA)
    assert_gradients(grads, followed, leaves)


def assert_gradients(grads, followed, leaves):
    for i, got in enumerate(grads):
        if followed.grads[i] is not None:
            assert_close(got, followed.grad(i), leaves[0], f"the .grad of {name(i, leaves)}", GRAD)


def last_of(program, leaves):
    """The last result of a program, by torch."""
    values = list(leaves)
    for step, *operands in program:
        values.append(OPERATIONS[step](*(values[i] for i in operands)))
    return values[-1]


def name(i, leaves):
    return f"leaf {i + 1}" if i < len(leaves) else f"step {i - len(leaves) + 1}"


def random_program(seed):
    """Nine operations on three square matrices; each step takes two of all earlier Values.

    Not exp and log: of such numbers, exp is infinite soon, and half of the logarithms are nan.
    """
    random = Random(seed)
    program = []
    for made in range(3, 12):
        step = random.choice(["add", "add", "mul", "matmul", "relu"])
        count = 1 if step == "relu" else 2
        program.append((step, *(random.randrange(made) for _ in range(count))))
    return tuple(program)


# --- unbroadcast --------------------------------------------------------------------------------


def test_unbroadcast_sums_over_new_axes_in_front(unbroadcast, draw):
    for big in [(4,), (2, 4), (2, 3, 4), (1, 4), (1, 1, 4)]:
        assert_unbroadcast(unbroadcast, draw(*big), (4,))


def test_unbroadcast_sums_over_repeated_axes_and_keeps_them(unbroadcast, draw):
    for shape in [(1, 4), (3, 1), (1, 1), (3, 4)]:
        assert_unbroadcast(unbroadcast, draw(3, 4), shape)
    assert_unbroadcast(unbroadcast, draw(1, 4), (1, 1))


def test_unbroadcast_tells_new_axes_from_repeated_ones(unbroadcast, draw):
    for shape in [(3, 1), (1, 3), (1, 1), (1,)]:
        assert_unbroadcast(unbroadcast, draw(3, 3, 3), shape)
    assert_unbroadcast(unbroadcast, draw(2, 3, 4, 5), (1, 4, 1))


def test_unbroadcast_to_no_axes_sums_everything(unbroadcast, draw):
    for big in [(3,), (2, 3), (), (1, 1)]:
        assert_unbroadcast(unbroadcast, draw(*big), ())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_unbroadcast_takes_a_gradient_however_it_lies_in_memory(unbroadcast, draw, layout):
    for shape in [(4,), (3, 1), (1, 4), (1,), (3, 4)]:
        assert_unbroadcast(unbroadcast, draw(3, 4, layout=layout), shape)
    assert_unbroadcast(unbroadcast, draw(2, 3, 4, layout=layout), (4,))


def test_unbroadcast_sums_over_every_copy(unbroadcast, draw64):
    def check(n, m):
        for shape in [(m,), (n, 1), (1, m), (1, 1), ()]:
            assert_unbroadcast(unbroadcast, draw64(n, m), shape)

    assert_all_of_it(check, n=3, m=2)


def test_unbroadcast_looks_at_what_the_gradient_holds_at_each_call(unbroadcast, draw):
    def check(grad):
        assert_unbroadcast(unbroadcast, grad, (4,))

    assert_looks_again(check, [draw(3, 4)], [draw(3, 4)])


def test_unbroadcast_gives_a_tensor_that_later_calls_leave_alone(unbroadcast, draw):
    assert_results_last(lambda: unbroadcast(draw(3, 4), (4,)))


def test_unbroadcast_is_made_where_the_gradient_is(unbroadcast, draw):
    args = {"grad": draw(2, 3, 4), "shape": (3, 1)}

    assert_returns_at_home(unbroadcast, args, {"grad": draw(3, 1)})


def assert_unbroadcast(answer, grad, shape):
    """What autograd has for x broadcast; a sum, in any order."""
    x = grad.new_zeros(shape)
    (found,) = oracle.autograd(lambda x: x.expand(grad.shape), (x,), grad)
    (scale,) = oracle.autograd(lambda x: x.expand(grad.shape), (x,), grad.abs())
    expected = {"grad": Expected(found, scale, grad.numel())}

    assert_returns(answer, {"grad": grad, "shape": shape}, expected, COPIES)


# --- Value --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["add", "mul"])
def test_value_adds_and_multiplies_and_undoes_broadcasting(Value, draw, step):
    for shapes in SHAPES:
        assert_runs(Value, ((step, 0, 1),), [draw(*shape) for shape in shapes], draw)


def test_value_multiplies_matrices(Value, draw):
    for n, m, o in [(3, 4, 2), (1, 4, 2), (3, 1, 2), (3, 4, 1), (1, 1, 1)]:
        assert_runs(Value, (("matmul", 0, 1),), [draw(n, m), draw(m, o)], draw)


def test_value_has_a_relu_with_no_gradient_at_zero(Value, draw):
    x = draw(5, 4)
    x[::2, 1:3] = 0

    assert_runs(Value, (("relu", 0),), [x], draw)


def test_value_has_an_exp_that_is_its_own_slope(Value, draw):
    for shape, size in [((5, 4), 1), ((5, 4), 8), ((), 1)]:
        assert_runs(Value, (("exp", 0),), [draw(*shape, scale=size)], draw)


def test_value_has_a_natural_logarithm_with_the_slope_of_one_over_its_input(Value, draw):
    for shape, size in [((5, 4), 1), ((5, 4), 8), ((), 1)]:
        assert_runs(Value, (("log", 0),), [draw(*shape, scale=size).exp()], draw)


@pytest.mark.parametrize("step", ["sum", "mean"])
def test_value_adds_up_all_elements(Value, draw, step):
    for shape in [(3, 4), (5,), (2, 3, 2), (), (1, 1)]:
        assert_runs(Value, ((step, 0),), [draw(*shape)], draw)


def test_value_takes_every_element(Value, draw64):
    def check(n, m):
        x = draw64(n, m)
        for step in ("sum", "mean", "relu", "exp"):
            assert_runs(Value, ((step, 0),), [x], draw64)
        assert_runs(Value, (("log", 0),), [x.exp()], draw64)
        assert_runs(Value, (("add", 0, 1),), [x, draw64(m)], draw64)
        assert_runs(Value, (("mul", 0, 1),), [x, draw64(n, 1)], draw64)
        assert_runs(Value, (("matmul", 0, 1),), [x, draw64(m, 2)], draw64)

    assert_all_of_it(check, n=3, m=2)


def test_value_has_a_relu_that_lets_a_tiny_positive_number_through(Value, draw):
    assert_runs(Value, (("relu", 0),), [draw(5, 4, scale=TINY[draw.dtype])], draw)


@pytest.mark.parametrize("step", ["add", "mul", "matmul"])
def test_value_used_twice_gets_both_gradients(Value, draw, step):
    assert_runs(Value, ((step, 0, 0),), [draw(3, 3)], draw)


@over(seed=st.integers(0, 10_000))
def test_value_goes_through_any_graph_in_the_right_order(Value, draw, seed):
    program, leaves = random_program(seed), [draw(3, 3) for _ in range(3)]
    while not Followed(program, draw(3, 3), leaves).is_far_from_kinks(program, draw.dtype):
        leaves = [draw(3, 3) for _ in range(3)]

    assert_runs(Value, program, leaves, draw)


def test_value_sets_gradients_anew_at_each_backward(Value, draw):
    program = (("matmul", 0, 1), ("add", 3, 2), ("mul", 4, 4))
    leaves, first, upstream = [draw(5, 4), draw(4, 3), draw(3)], draw(5, 3), draw(5, 3)
    args = (program, first, upstream, *leaves)
    _, grads = Value.attempt(args, via="autograd.run_again").value

    all_three = Followed(program, first + 2 * upstream, leaves)
    try:
        assert_gradients(grads[:3], all_three, leaves)
    except Refused:
        assert_gradients(grads, Followed(program, upstream, leaves), leaves)
    else:
        raise Refused("after another backward(), .grad is the sum of all", KEEPS_ADDING)


def test_value_goes_through_a_graph_of_thousands_of_operations(Value, device):
    draw = Draw(torch.float32, device)  # of one dtype: how deep one can go does not depend on it
    upstream, x = draw(2), draw(2)
    length = 3_000
    found = Value.attempt((length, upstream, x), via="autograd.chain").value

    total = (length + 1) * oracle.exact(upstream)
    assert_close(found, Expected(total, total, length + 2), x, "the .grad of x", GRAD)


def test_value_goes_through_each_value_once(Value, device):
    """Twice as many doublings are about twice the work; by paths they are 64 times as much.

    The work is counted twice: in tensor operations, and, for a walk that only collects, in lines of
    Python, of which some hundred may be run by any backward().
    """
    x = Draw(torch.float32, device)(2)
    outcomes = [Value.attempt((times, x), via="autograd.doubled", trace=True) for times in (6, 12)]
    lines = [outcome.value for outcome in outcomes]
    operations = [outcome.trace.operations for outcome in outcomes]
    for what, most, (few, many) in (("tensor operations", 4, operations), ("lines", 16, lines)):
        if many > most * few:
            raise Refused(
                f"{few} {what} for 6 doublings, and {many} for 12: not each Value is gone through "
                "once",
                EVERY_PATH,
            )


def test_value_trains_the_net_of_chapter_13_as_torch_s_autograd_does(Value, device):
    """Each step is followed from the parameters before it, so that roundings do not add up."""
    draw = Draw(torch.float64, device)
    x, targ, lr = draw(8, 4), draw.ints(10, 8), 0.05
    goals = F.one_hot(targ, 10).to(x)
    params = [draw(4, 5), draw(5), draw(5, 10), draw(10)]
    after = Value.attempt((5, lr, x, goals, *params), via="autograd.train").value

    for step, found in enumerate(after, 1):
        _, expected = training.sgd_step(params, x, targ, lr)
        for of, got, wanted in zip(("w1", "b1", "w2", "b2"), found, expected, strict=True):
            assert_close(got, wanted, x, f"{of} after step {step}", STEP)
        params = found


def test_value_makes_its_tensors_where_the_inputs_are(Value, draw):
    program = (("matmul", 0, 1), ("add", 3, 2), ("relu", 4), ("exp", 5), ("log", 6), ("mean", 7))
    leaves = [draw(5, 4), draw(4, 3), draw(3)]
    _, grads = called_elsewhere(Value, (program, draw(), *leaves), via="autograd.run").value

    if any(isinstance(grad, Tensor) and grad.dtype != draw.dtype for grad in grads):
        raise Refused("with another default dtype of torch, .grad is not of .data's", DEFAULT_DTYPE)
