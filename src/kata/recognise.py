"""General mistakes, recognised without having been recorded."""

from kata.behaviour import Deed


def general(exercise: str, did: list[Deed], right: list[Deed]) -> str | None:
    """A sentence that is true of how `did` differs from `right`, or None."""
    return None
