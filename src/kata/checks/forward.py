"""What the tests ask of a forward function: its results, anew at each call, and their gradients."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from torch import Tensor

from kata.answers.call import Answer
from kata.answers.words import kind
from kata.checks import state
from kata.checks.compare import Expected, assert_close, assert_tensor
from kata.refusal import Raised, Refused

CUT_FROM = (
    "The result does not hang on {}: you leave it out, or cut it off (detach, .data, no_grad, item "
    "or a new tensor built from its numbers). A forward function must stay differentiable."
)
CUT = (
    "You leave torch's graph on the way (detach, .data, no_grad, item, numpy or a new tensor built "
    "from numbers). A forward function must stay differentiable."
)
KEPT = state.KEPT
NOT_CALLED = (
    "You return a function or a module, not its result. Call it: nn.ReLU()(x), or torch.relu(x)."
)
DRAWS = (
    "You draw random numbers (a new nn.Linear, dropout). The result depends on the arguments "
    "alone, weights and biases among them."
)
OTHER_SLOPE = (
    "The gradient through your result, in {}, is another than the formula's: a step has another "
    "slope (clamp, max, where do), or on some way you leave torch's graph (detach, no_grad, .data, "
    "a number from item)."
)
SPOILT = (
    "You change a tensor in place (*=, out=) whose old values autograd needs on its way back. Make "
    "a new tensor instead."
)
ASTRAY = (
    "You make a tensor on the CPU, or bring one there: torch.zeros(n) without device=, "
    "device='cpu', .cpu(). The inputs may be on a GPU: use zeros_like, new_zeros or "
    "device=x.device."
)
NUMPY = (
    "You go through numpy (.numpy() or np.something(tensor)), which works on the CPU alone and "
    "leaves torch's graph. torch has the same operations, on every device."
)
DEFAULT_DTYPE = (
    "You make a tensor in torch's default dtype. Take the inputs' dtype: zeros_like, new_zeros or "
    "dtype=x.dtype."
)
SHUFFLED = (
    "You shuffle the rows. The split is fixed: the last n_valid rows validate, in their order, and "
    "those before them train."
)
BOOL_TENSOR = (
    "Your result is a tensor of one truth value. The function should return a Python bool: end "
    "with .item(), or put bool(...) around it."
)
ELEMENTWISE = (
    "You return one truth value for each element. The function should return one for all of "
    "them: .all(), made a Python bool by .item() or bool(...)."
)
RAISES = (
    "You raise an error (or assert) where the answer is no. This function only answers, True or "
    "False, and its caller decides what to do."
)
RETURNS = (
    "You return a value. An assertion has nothing to return: it raises an AssertionError where its "
    "condition does not hold, and otherwise just ends."
)
OTHER_ERROR = (
    "You raise another kind of error. A check raises an AssertionError, which is what an assert "
    "statement raises and what callers look for."
)
UNSEEN = (
    "Your message does not show both values. Whoever reads it wants to see a and b: put both into "
    "it, as in assert condition, f'{a} {b}'."
)


def assert_forward(
    answer: Answer, args: Sequence[Tensor], expected: Expected, why: str, what: str = "the result"
) -> None:
    """Call a forward function; refuse a result that is not the expected one."""
    assert_close(answer(*args), expected, args[0], what, why)


def assert_each_call_anew(
    answer: Answer, make: Callable[[], list[Tensor]], oracle: Callable[..., Expected], why: str
) -> None:
    """Call a forward function, again on the same tensors with other values, then on others."""
    args = make()
    got, expected = answer(*args), oracle(*args)
    if callable(got):
        raise Refused(f"the result is {kind(got)}; expected a tensor", NOT_CALLED)
    if _draws(answer, args, got, expected):
        raise Refused("two calls on the same inputs give different results", DRAWS)
    assert_close(got, expected, args[0], "the result", why)
    for in_place in (True, False):
        old, new = [arg.clone() for arg in args], make()
        if in_place:
            for arg, values in zip(args, new, strict=True):
                arg.copy_(values)
        else:
            args = new
        got, expected = answer(*args), oracle(*args)
        if kept := _kept(got, expected, old, args, oracle):
            raise Refused(f"a call on other values still uses the old ones of {kept}", KEPT)
        assert_close(got, expected, args[0], "the result", why)
    state.assert_results_last(lambda: answer(*make()))


def _draws(answer: Answer, args: Sequence[Tensor], got: Any, expected: Expected) -> bool:
    """Return whether a wrong result is another one at the next call."""
    if not isinstance(got, Tensor) or got.shape != expected.values.shape or _equals(got, expected):
        return False
    again = answer(*args)
    return not (isinstance(again, Tensor) and _near(again, got))


def _near(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and a.double().allclose(b.double(), equal_nan=True)


def _kept(
    got: Any,
    expected: Expected,
    old: Sequence[Tensor],
    new: Sequence[Tensor],
    oracle: Callable[..., Expected],
) -> str:
    """Return which arguments' old values explain a wrong result; "" where none do."""
    if not isinstance(got, Tensor) or got.shape != expected.values.shape or _equals(got, expected):
        return ""
    for chosen in product((True, False), repeat=len(new)):
        mixed = (o if kept else n for o, n, kept in zip(old, new, chosen, strict=True))
        if _equals(got, oracle(*mixed)):
            return " and ".join(f"argument {i + 1}" for i, kept in enumerate(chosen) if kept)
    return ""


def _equals(got: Tensor, expected: Expected) -> bool:
    error = (got.detach().double().cpu() - expected.values.cpu()).abs()
    return bool((error <= expected.tolerance(got.dtype).cpu()).all())


def assert_differentiable(
    answer: Answer,
    args: Sequence[Tensor],
    upstream: Tensor,
    expected: dict[str, Expected],
    why: str,
) -> None:
    """Differentiate through a forward function; refuse gradients other than the oracle's.

    expected: for the names of its arguments, in order; labels, which have no gradient, come last
    and are left out.
    """
    assert_tensor(answer(*args), upstream, tuple(upstream.shape), "the result")
    try:
        found = answer.gradients(args, upstream, range(len(expected)))
    except Raised as raised:
        raise Refused(f"with inputs that record gradients, it {raised.message}", CUT) from None
    except RuntimeError as error:  # from torch, on its way back through the answer
        spoilt = SPOILT if "inplace operation" in str(error) else None
        raise Refused(f"autograd cannot go back through it: {error}", spoilt) from None
    for got, arg, (name, wanted) in zip(found, args, expected.items(), strict=False):
        if got is None:
            raise Refused(
                f"autograd finds no way from the result back to {name}",
                CUT_FROM.format(name),
            )
        try:
            assert_close(got, wanted, arg, f"the gradient of the result in {name}", why)
        except Refused as refused:
            slope = OTHER_SLOPE.format(name)
            raise Refused(refused.message, refused.mistake, otherwise=slope) from None
