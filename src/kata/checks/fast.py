"""What the tests ask of the fast pass: bytes held and operations, both counted. No clock."""

from collections.abc import Sequence

from torch import Tensor

from kata.answers.call import Answer
from kata.checks.gradients import run_by_hand
from kata.refusal import Refused

ROOM = 0.1  # of the gradients' bytes, for all that is held beside them

HOLDS_TOO_MUCH = (
    "You hold more at once than you need: the hidden units of all rows, or the pieces of a "
    "gradient before they are joined (cat). Take blocks of rows, forward and backward for one "
    "block after the other, and write each block's part into its place: the next block can have "
    "the memory of the one before."
)
NEW_BUFFER = (
    "You make a new inp.grad though one is there. The system hands out fresh memory page by page, "
    "each one cleared, which takes as long as a matrix product. Write into what is there (out=)."
)
SHARED = (
    "You keep one buffer for all calls, so a call on other tensors changes the gradients of the "
    "call before. Write into inp's own .grad, or make a new one."
)
ROW_BY_ROW = (
    "You go through the batch in very small steps. Each tensor operation costs some microseconds "
    "whatever its size: take blocks of hundreds of rows, and matrix products of whole blocks."
)


def assert_holds_little(answer: Answer, args: dict[str, Tensor], sets: Sequence[str]) -> None:
    """Refuse more bytes at once than the gradients' own and ROOM."""
    must = _must_exist(args, sets)
    _, _, trace = run_by_hand(answer, args, sets, returns=True)
    if trace.peak > (1 + ROOM) * must:
        raise Refused(
            f"it holds {trace.peak:,} bytes at once beside its arguments ({_shapes(args)}); the "
            f"gradients have {must:,}, and {1 + ROOM} times as many are allowed",
            HOLDS_TOO_MUCH,
        )


def assert_writes_into_grad(answer: Answer, args: dict[str, Tensor], sets: Sequence[str]) -> None:
    """Refuse an answer that, where all .grad are there, makes so large a tensor again."""
    for name in sets:
        args[name].grad = args[name].new_full(args[name].shape, 7.0)
    must = _must_exist(args, sets)
    _, _, trace = run_by_hand(answer, args, sets, returns=True)
    if trace.peak > ROOM * must:
        raise Refused(
            f"it holds {trace.peak:,} bytes at once beside its arguments and their .grad "
            f"({_shapes(args)}); {ROOM} times the gradients' {must:,} are allowed",
            NEW_BUFFER if trace.peak <= (1 + ROOM) * must else HOLDS_TOO_MUCH,
        )


def assert_leaves_others_alone(
    answer: Answer, first: dict[str, Tensor], other: dict[str, Tensor], sets: Sequence[str]
) -> None:
    """Refuse an answer whose second call, on other tensors, changes the first call's gradients."""
    _, grads, _ = run_by_hand(answer, first, sets, returns=True)
    before = {name: grad.clone() for name, grad in grads.items()}
    run_by_hand(answer, other, sets, returns=True)
    for name, values in before.items():
        if not grads[name].equal(values):
            raise Refused(f"{name}.grad changed in a later call, on other tensors", SHARED)


def assert_few_calls(answer: Answer, args: dict[str, Tensor]) -> None:
    """Refuse an answer that takes more than n/4 + 100 tensor operations."""
    n = len(args["inp"])
    _, _, trace = run_by_hand(answer, args, [], returns=True)
    if trace.operations > n // 4 + 100:
        raise Refused(
            f"it takes {trace.operations:,} tensor operations for {n:,} rows; "
            f"{n // 4 + 100:,} are allowed",
            ROW_BY_ROW,
        )


def _must_exist(args: dict[str, Tensor], sets: Sequence[str]) -> int:
    return sum(args[name].nbytes for name in sets)


def _shapes(args: dict[str, Tensor]) -> str:
    return ", ".join(f"{name} {list(arg.shape)}" for name, arg in args.items())
