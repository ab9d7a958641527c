"""Is all of a large input looked at? Small ones are quick, and hide an answer that takes a part."""

from collections.abc import Callable

from kata.refusal import Refused

LONG = 1_003  # beyond a first hundred and a first thousand

PART = (
    "You look at a part of a large input only, at its first rows or columns for example. Whatever "
    "lies beyond counts just as much."
)


def assert_all_of_it(check: Callable[..., None], **sizes: int) -> None:
    """Run a check for some small sizes, then with each of them LONG in turn.

    What is refused only then is wrong for no other reason than the size.
    """
    check(**sizes)
    for name in sizes:
        try:
            check(**sizes | {name: LONG})
        except Refused as refused:
            text = f"right for {name} = {sizes[name]}, and for {name} = {LONG:,} {refused.message}"
            raise Refused(text, refused.mistake or PART) from None
