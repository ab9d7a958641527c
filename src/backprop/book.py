"""The text that the net learns to write: the prose of this course's own lessons.

Programs, tables, displayed formulas and marks are left out, and a formula within a line becomes its
letters. What remains is plain ASCII. Every tenth paragraph is kept apart, to be read and never
learned from.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

APART = 10
LEFT_OUT = (
    r"```.*?```",  # programs
    r"\$\$.*?\$\$",  # displayed formulas
    r"^<!--.*?$|^-->$|^(?:difficulty|minutes): \d+$",  # what marks an exercise's hints
    r"^\|.*?$",  # tables
    r"^ {4,}\S.*?$",  # programs within hints
    r"</?(?:details|summary)>",  # what folds a question's answer away
)


@dataclass(frozen=True)
class Book:
    """learned, unseen: numbers of characters, int64. chars: the characters, by their numbers."""

    chars: str
    learned: Tensor
    unseen: Tensor

    def text(self, ids: Iterable[int]) -> str:
        return "".join(self.chars[i] for i in ids)

    def words(self) -> set[str]:
        """Return the words of what is learned from, in lower case."""
        return set(words_of(self.text(self.learned.tolist())))


def book_of(folder: Path) -> Book:
    """Return the lessons of a folder as a book."""
    lessons = (path.read_text("utf-8") for path in sorted(folder.glob("ch*.md")))
    paragraphs = [p for lesson in lessons for p in prose(lesson)]
    parts: tuple[list[str], list[str]] = ([], [])
    for i, paragraph in enumerate(paragraphs):
        parts[i % APART == APART - 1].append(paragraph + "\n")
    learned, unseen = map("".join, parts)
    chars = "".join(sorted({*learned, *unseen}))
    number = {c: i for i, c in enumerate(chars)}
    return Book(chars, *(torch.tensor([number[c] for c in part]) for part in (learned, unseen)))


def prose(lesson: str) -> list[str]:
    """Return the paragraphs of a lesson as plain lines."""
    for pattern in LEFT_OUT:
        lesson = re.sub(pattern, "", lesson, flags=re.MULTILINE | re.DOTALL)
    lesson = re.sub(r"\$([^$]*)\$", lambda found: _letters(found[1]), lesson)
    lesson = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", lesson)
    lesson = re.sub(r"^(?:#+|\d+\.|-) +|[*`]", "", lesson, flags=re.MULTILINE)
    lesson = lesson.encode("ascii", "ignore").decode()
    lines = (" ".join(part.split()) for part in lesson.split("\n\n"))
    return [line for line in lines if len(line) > 40]


def _letters(formula: str) -> str:
    """Return what is left of a short formula without its commands; x for a long one."""
    plain = re.sub(r"\\[a-zA-Z]+|[{}\\^]", "", formula)
    plain = " ".join(plain.split())
    return plain if len(plain) <= 12 else "x"


def words_of(text: str) -> list[str]:
    """Return the words of a text, in lower case; letters and inner apostrophes."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())


def share_of_words(text: str, known: set[str]) -> float:
    """Return which share of a text's words is known. The first and the last may be cut off."""
    words = words_of(text)[1:-1]
    return sum(word in known for word in words) / max(1, len(words))


def table_loss(book: Book, order: int = 6) -> float:
    """Return the cross-entropy per character, in nats, of a table on what is unseen.

    It counts which character followed which `order` - 1 others, and which fewer. Where a long
    context has been seen seldom, the shorter ones have more say (Witten and Bell 1991).
    """
    learned, unseen = (part.tolist() for part in (book.learned, book.unseen))
    follow: list[dict[tuple[int, ...], Counter[int]]] = []
    for n in range(order):
        counts: dict[tuple[int, ...], Counter[int]] = {}
        for i in range(n, len(learned)):
            counts.setdefault(tuple(learned[i - n : i]), Counter())[learned[i]] += 1
        follow.append(counts)
    total = 0.0
    for i in range(order - 1, len(unseen)):
        p = 1 / len(book.chars)
        for n, counts in enumerate(follow):
            if found := counts.get(tuple(unseen[i - n : i])):
                seen, kinds = found.total(), len(found)
                p = (found[unseen[i]] + kinds * p) / (seen + kinds)
        total -= math.log(p)
    return total / (len(unseen) - order + 1)
