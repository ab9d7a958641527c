"""Observations that are made when somebody looks at them, once, whatever breaks a look off."""

from collections.abc import Callable, Iterator
from itertools import islice

from kata.diagnosis.observe import Deed


class Lazily:
    """Deeds that are done when they are first looked at: most mistakes differ on the first.

    Whatever is raised while one is done, it is done again when it is asked for again.
    """

    def __init__(self, start: Callable[[], Iterator[Deed]]) -> None:
        self._start = start
        self._done: list[Deed] = []
        self._coming: Iterator[Deed] | None = None
        self._whole = False

    def __iter__(self) -> Iterator[Deed]:
        at = 0
        while at < len(self._done) or self._one_more():
            yield self._done[at]
            at += 1

    def _one_more(self) -> bool:
        """Do the next deed; False where there is none."""
        if self._whole:
            return False
        # one that was broken off would say that it has no more: it is not asked again
        coming, self._coming = self._coming or islice(self._start(), len(self._done), None), None
        deed = next(coming, None)
        if deed is None:
            self._whole = True
            return False
        self._done.append(deed)
        self._coming = coming
        return True
