"""Is all of a large input looked at? Small ones are quick, and hide an answer that takes a part."""

from collections.abc import Callable

from kata.checks.traced import untraced
from kata.refusal import Refused

LONG = 131  # beyond a first hundred and a first 128

PART = (
    "You look at a part of a large input only, at its first rows or columns for example. Whatever "
    "lies beyond counts just as much."
)


def assert_all_of_it(check: Callable[..., None], **sizes: int) -> None:
    """Run a check with each of some small sizes LONG in turn.

    Where the small sizes pass, what is refused is wrong for no other reason than the size: they are
    tried with about as many numbers as the large ones have, for some are rarely wrong.
    """
    for name in sizes:
        try:
            with untraced():
                check(**sizes | {name: LONG})
        except Refused as refused:
            for _ in range(LONG // max(1, sizes[name])):
                check(**sizes)
            text = f"right for {name} = {sizes[name]}, and for {name} = {LONG:,} {refused.message}"
            raise Refused(text, refused.mistake, otherwise=PART) from None
