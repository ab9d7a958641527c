"""What an answer costs: how large its tensors are, how many operations it takes. No clock.

Operations and storages are counted as torch's kernels see them (kata.answers.trace), so that one
call of einsum or one of matmul is a few, and a Python loop as many as it has rounds.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor

from kata.answers.call import Answer
from kata.answers.trace import Trace
from kata.checks.gradients import run_by_hand
from kata.refusal import Measured

LARGE = (
    "You hold all products of inputs and upstream gradients at once, or another tensor larger than "
    "every argument, before you add them up. A matrix product adds up as it multiplies: x.t() @ g "
    "is the same sum, and needs nothing in between."
)
GROWS = (
    "You loop in Python over rows, columns or blocks, so that larger inputs take more tensor "
    "operations. One matrix product does what the whole loop does."
)
ON_THE_HOST = (
    "You take the numbers out of torch (tolist, numpy, item) and compute elsewhere. On a GPU each "
    "of them would have to come to the CPU; leave the whole sum to a matrix product."
)
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
ROW_BY_ROW = (
    "You go through the batch in very small steps. Each tensor operation costs some microseconds "
    "whatever its size: take blocks of hundreds of rows, and matrix products of whole blocks."
)

LEAVES_TORCH = {"tolist", "numpy", "__array__", "__dlpack__"}

# A loop takes more operations at each step. A fixed number of pieces, up to 64, no longer does so
# at the last step; larger pieces of a fixed size show between the two sizes below.
SMALL_TO_LARGE: Sequence[int] = (8, 32, 128, 512)
PIECES_OF_FIXED_SIZE: Sequence[int] = (10_000, 160_000)  # of one axis: cubed, it would not fit
ROOM = 0.1  # of the gradients' bytes, for all that is held beside them


def assert_stays_in_torch(answer: Answer, args: dict[str, Tensor]) -> None:
    """Refuse an answer that computes outside torch, where no operation is counted."""
    reads = _trace(answer, args).host_reads & LEAVES_TORCH
    if reads:
        raise Measured(
            f"it reads whole tensors into Python: {', '.join(sorted(reads))}", ON_THE_HOST
        )


def assert_no_large_storage(answer: Answer, args: dict[str, Tensor]) -> None:
    """Refuse a tensor of more bytes than the largest argument (each result is as large as one).

    args: contiguous, so that each one's storage holds no more than itself.
    """
    trace = _trace(answer, args)
    largest = max(arg.untyped_storage().nbytes() for arg in args.values())
    if trace.largest > largest:
        raise Measured(
            f"it makes a tensor of {trace.largest:,} bytes; the largest argument has {largest:,} "
            f"({_shapes(args)})",
            LARGE,
        )


def assert_few_operations(
    answer: Answer, make: Callable[..., dict[str, Tensor]], axes: str
) -> None:
    """Refuse an answer that takes more operations the longer these axes are, all grown together.

    make: the arguments; it has a size for each axis that is not given one, and a small one.
    """

    def operations(size: int) -> int:
        return _trace(answer, make(**dict.fromkeys(axes, size))).operations

    for sizes in (SMALL_TO_LARGE, PIECES_OF_FIXED_SIZE)[: 1 if len(axes) > 1 else 2]:
        counts = [operations(size) for size in sizes]
        if all(few < more for few, more in pairwise(counts)):
            raise Measured(
                f"it takes {_listed(counts)} tensor operations for {' = '.join(axes)} = "
                f"{_listed(sizes)}",
                GROWS,
            )


def assert_holds_little(answer: Answer, args: dict[str, Tensor], sets: Sequence[str]) -> None:
    """Refuse more bytes at once than the gradients' own and ROOM."""
    must = _must_exist(args, sets)
    _, _, trace = run_by_hand(answer, args, sets, returns=True)
    if trace.peak > (1 + ROOM) * must:
        raise Measured(
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
        raise Measured(
            f"it holds {trace.peak:,} bytes at once beside its arguments and their .grad "
            f"({_shapes(args)}); {ROOM} times the gradients' {must:,} are allowed",
            NEW_BUFFER if trace.peak <= (1 + ROOM) * must else HOLDS_TOO_MUCH,
        )


def assert_few_calls(answer: Answer, args: dict[str, Tensor]) -> None:
    """Refuse an answer that takes more than n/4 + 100 tensor operations for n rows."""
    n = len(next(iter(args.values())))
    _, _, trace = run_by_hand(answer, args, [], returns=True)
    if trace.operations > n // 4 + 100:
        raise Measured(
            f"it takes {trace.operations:,} tensor operations for {n:,} rows; "
            f"{n // 4 + 100:,} are allowed",
            ROW_BY_ROW,
        )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(f"{number:,}" for number in numbers)


def _trace(answer: Answer, args: dict[str, Tensor]) -> Trace:
    outcome = answer.attempt(list(args.values()), trace=True)
    if outcome.trace is None:
        raise outcome.stopped or AssertionError("a call that went well left no trace")
    return outcome.trace


def _must_exist(args: dict[str, Tensor], sets: Sequence[str]) -> int:
    return sum(args[name].nbytes for name in sets)


def _shapes(args: dict[str, Tensor]) -> str:
    return ", ".join(f"{name} {list(arg.shape)}" for name, arg in args.items())
