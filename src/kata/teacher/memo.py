"""What the checks have asked before, and how they judged the replies.

The tests draw the same numbers in every run, so what they ask next, and what they say in the end,
follows from the replies alone. The checks of an exercise are therefore a tree: a question, a branch
for each reply that was ever given (by its bytes), and the results at the end. An answer whose
replies all lead along known branches gets the results that these very replies got when the tests
ran on them; any other answer is taken through the tests, and is the next branch.

Only whole runs are kept, in which no process ended and no time was over.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

MOST = 192 << 20  # bytes of questions

# a question: whether it goes to the answer among solutions, and the message
Question = tuple[bool, bytes]


@dataclass
class Node:
    """A question and what followed, or the results."""

    question: Question | None = None
    results: list[dict[str, Any]] = field(default_factory=list)
    after: dict[bytes, "Node"] = field(default_factory=dict)


class Memo:
    """The trees of all exercises."""

    def __init__(self) -> None:
        self.same: dict[str, list[dict[str, Any]]] = {}  # results by a key of sameness.py
        self._roots: dict[str, Node] = {}
        self._bytes = 0

    def follow(self, root: str, ask: Callable[[bool, bytes], bytes]) -> list[dict[str, Any]] | None:
        """Ask what the checks would ask; their results, or None where the replies are new."""
        node = self._roots.get(root)
        while node is not None and node.question is not None:
            node = node.after.get(digest(ask(*node.question)))
        return node.results if node is not None else None

    def add(
        self,
        root: str,
        questions: Iterable[Question],
        replies: Iterable[bytes],
        results: list[dict[str, Any]],
    ) -> None:
        """Keep a whole run: its questions, the digests of the replies, and the results."""
        if self._bytes > MOST:
            return
        node = self._roots.setdefault(root, Node())
        for question, reply in zip(questions, replies, strict=True):
            if node.question is None:
                node.question = question
                self._bytes += len(question[1])
            if node.question != question:
                return  # checks that do not follow from the replies alone are not kept
            node = node.after.setdefault(reply, Node())
        if node.question is None:
            node.results = results


def digest(reply: bytes | bytearray) -> bytes:
    """What stands for a reply."""
    return hashlib.blake2b(reply, digest_size=16).digest()
