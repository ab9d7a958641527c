"""What is said of the mutants of a course: which pass, which have no name, and a table."""

from collections.abc import Callable, Sequence

from kata.course import exercises
from kata.dev.mutants import (
    WRONG,
    Count,
    Verdict,
    count,
    faults_of,
    one_of_each,
)

HEAD = (
    f"{'':26}{'mutants':>8}{'raised':>8}{'equal':>8}{'pass':>6}{'wrong':>7}{'told':>7}{'named':>7}"
)


class Report:
    """Says what became of an exercise's mutants as soon as they are graded; a table at the end."""

    def __init__(self, say: Callable[[str], None], named: bool = False) -> None:
        """named: whether to list the mutants that are named, with their names."""
        self._say, self._named = say, named
        self.counts: dict[str, Count] = {}
        self.faults: list[str] = []

    def exercise(self, name: str, verdicts: Sequence[Verdict]) -> None:
        """Say what became of one exercise's mutants."""
        self.counts[name] = count(verdicts)
        faults = list(faults_of(name, verdicts))
        self.faults += faults
        for fault in faults:
            self._say(fault)
        for verdict in one_of_each(v for v in verdicts if v.kind == WRONG):
            change = verdict.mutant.change
            if verdict.mistake is None:
                self._say(f"{name}: without a name: {change}\n    {verdict.says}")
            elif self._named:
                self._say(f"{name}: {change}\n    {verdict.mistake}")

    def end(self) -> None:
        """Say the table, with a line for each chapter and one for all."""
        self._say(HEAD)
        by_chapter: dict[str, list[Count]] = {}
        for name, found in self.counts.items():
            by_chapter.setdefault(exercises()[name].chapter, []).append(found)
        for chapter, counts in by_chapter.items():
            self._say(_row(chapter, counts))
        self._say(_row("all", list(self.counts.values())))


def _row(title: str, counts: Sequence[Count]) -> str:
    total = sum(counts, Count(0, 0, 0, 0, 0, 0, 0))
    numbers = f"{total.mutants:8}{total.raised:8}{total.equivalent:8}{total.unrecorded:6}"
    return f"{title:26}{numbers}{total.wrong:7}{total.told:7}{total.named:7} ({total.share:.0%})"
