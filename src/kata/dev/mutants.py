"""How the tests and the diagnosis meet every one-edit mutant of a solution.

A mutant that passes survives: it does the same as the solution, which the course then records with
a reason (equivalent.toml among its mistakes), or the tests have a hole. One that is refused should
be named. Mutants that do the same on every probe are one. Those that only raise torch's or Python's
own error are counted apart: the error's words say what is wrong.
"""

import json
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kata.answers.forks import Child, Tell
from kata.answers.limit import Limit, tell_of_life, time_limit
from kata.course import course, exercises
from kata.diagnosis.mutate import Mutant, mutants_of
from kata.refusal import TookTooLong
from kata.session import session
from kata.session.limits import whole_limit

if TYPE_CHECKING:
    from kata.diagnosis.observe import Deed

SECONDS = 3.0  # a test's limit; the diagnosis has as much
SURVIVES, WRONG, RAISES = "survives", "wrong", "raises"
AS_THE_RIGHT_ONE = -1


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    kind: SURVIVES, WRONG or RAISES. like: the first mutant that does the same; AS_THE_RIGHT_ONE
    where no probe shows it. mistake: the sentence that names it. told: whether that is more than
    the words of an edit. says: the refusal's first line.
    """

    mutant: Mutant
    kind: str
    like: int
    mistake: str | None
    told: bool
    says: str

    @property
    def behaviour(self) -> tuple[str, Any]:
        """Return a key that mutants which do the same share."""
        return self.kind, self.mutant.change if self.like == AS_THE_RIGHT_ONE else self.like


@dataclass(frozen=True)
class Count:
    """The mutants of one exercise, or of several, in numbers; all but the first of behaviours."""

    mutants: int
    raised: int
    equivalent: int
    unrecorded: int
    wrong: int
    told: int
    named: int

    @property
    def share(self) -> float:
        """Return the share of the wrong ones that are named."""
        return self.named / self.wrong if self.wrong else 1.0

    def __add__(self, other: "Count") -> "Count":
        mine, theirs = vars(self), vars(other)
        return Count(**{name: mine[name] + theirs[name] for name in mine})


def count(verdicts: Sequence[Verdict]) -> Count:
    """Count the mutants of one exercise."""
    firsts = one_of_each(verdicts)
    wrong = [v for v in firsts if v.kind == WRONG]
    survivors = [v for v in verdicts if v.kind == SURVIVES]
    known = [v for v in survivors if is_equivalent(v.mutant)]
    return Count(
        mutants=len(verdicts),
        raised=sum(v.kind == RAISES for v in firsts),
        equivalent=len(known),
        unrecorded=len(survivors) - len(known),
        wrong=len(wrong),
        told=sum(v.told for v in wrong),
        named=sum(v.mistake is not None for v in wrong),
    )


def one_of_each(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return one mutant of each behaviour; one that has no name where they differ in that."""
    found: dict[Any, Verdict] = {}
    for verdict in sorted(verdicts, key=lambda v: v.mistake is not None):
        found.setdefault(verdict.behaviour, verdict)
    return list(found.values())


def faults_of(name: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Say which survivors are not recorded as equivalent, and which records have none."""
    survivors = {v.mutant.change for v in verdicts if v.kind == SURVIVES}
    for change in sorted(survivors - equivalents(name).keys()):
        yield f"{name}: passes, and is not recorded as equivalent: {change}"
    for change in sorted(equivalents(name).keys() - survivors):
        yield f"{name}: recorded as equivalent, and there is no such survivor: {change}"


def is_equivalent(mutant: Mutant) -> bool:
    """Return whether the course says why a mutant is as right as the solution."""
    return mutant.change in equivalents(mutant.exercise)


def equivalents(exercise: str) -> Mapping[str, str]:
    """Return the changes that keep an exercise's solution right, each with the reason."""
    told = _equivalent_in(course().mistakes / "equivalent.toml").get(exercise, {})
    return {change: reason for reason, changes in told.items() for change in changes}


@cache
def _equivalent_in(path: Path) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def grade(names: Sequence[str], tell: Callable[[str, list[Verdict]], None]) -> int:
    """Grade the mutants of some exercises, one after the other, and tell what became of them.

    The tests are collected once in this process; mutants run in forks of it, since one may never
    end, or end the process. Returns 0, or pytest's status where there is no session.
    """

    def loop(warm: session.Warm) -> int:
        for name in names:
            tell(name, _graded(warm, name))
        return 0

    return session.main(loop)


def _graded(warm: session.Warm, name: str) -> list[Verdict]:
    from kata.session.asked import steps_towards

    for _ in steps_towards(warm, name):
        pass
    mutants = mutants_of(name)
    told: list[Verdict] = []
    with tempfile.TemporaryDirectory() as place:
        while len(told) < len(mutants):
            start = len(told)
            for line in _lines_of(_Work(warm, Path(place), mutants, start)):
                told.append(Verdict(mutants[len(told)], **line))
            if len(told) < len(mutants):  # this one has ended the fork, or did not end
                lost = mutants[len(told)]
                told.append(
                    Verdict(lost, RAISES, len(told), None, False, "ends the process, or never")
                )
    return told


def _lines_of(work: "_Work") -> Iterator[dict[str, Any]]:
    """Yield what a fork tells, as long as it shows signs of life."""
    child = Child(work)
    limit = Limit(whole_limit(SECONDS), [child.pid])
    try:
        for line in child.lines():
            if line:
                limit = Limit(whole_limit(SECONDS), [child.pid])
                if message := json.loads(line):
                    yield message
            elif limit.used() >= 1:
                return
    finally:
        child.end()


class _Enough(Exception):
    """A refusal with a name: what the other tests say can wait."""


class _Work:
    """Grade mutants in a fork, from the start-th on."""

    def __init__(
        self, warm: session.Warm, place: Path, mutants: Sequence[Mutant], start: int
    ) -> None:
        self._warm, self._place, self._mutants, self._start = warm, place, mutants, start
        self._seen: dict[int, list[Deed] | None] = {}  # what the first of each behaviour did

    def __call__(self, pipe: int, tell: Tell) -> None:
        tell_of_life(lambda: tell({}))
        for at in range(self._start, len(self._mutants)):
            tell(self._verdict(at, self._mutants[at]))

    def _verdict(self, at: int, mutant: Mutant) -> dict[str, Any]:
        from kata.answers.handin import Submission
        from kata.diagnosis.model import OR

        chapter = exercises()[mutant.exercise].chapter
        path = self._place / str(at) / f"{chapter}.py"
        path.parent.mkdir()
        path.write_text(mutant.source, "utf-8")
        refused = self._refused(mutant.exercise, path)
        did = _observed(Submission(path), mutant.exercise)
        kind = SURVIVES if refused is None else _kind(mutant.exercise, did)
        mistake, says = refused or (None, "")
        like = self._first_alike(at, mutant.exercise, did)
        edits = {m.says for m in mutants_of(mutant.exercise)}
        told = mistake is not None and not {*mistake.split(OR)} <= edits
        return {"kind": kind, "like": like, "mistake": mistake, "told": told, "says": says}

    def _refused(self, exercise: str, path: Path) -> tuple[str | None, str] | None:
        """Return the mistake and the refusal's first line; None where every test is passed."""
        refused: list[Any] = []

        def look(results: Sequence[Any]) -> None:
            refused.extend(r for r in results if r.status != "passed")
            if any(r.mistake for r in results):
                raise _Enough

        with suppress(_Enough):
            self._warm.grade(path, [exercise], tell=look, time_limit=SECONDS)
        if not refused:
            return None
        named = next((r.mistake for r in refused if r.mistake), None)
        return named, refused[0].message.split("\n")[0]

    def _first_alike(self, at: int, exercise: str, did: "list[Deed] | None") -> int:
        from kata.diagnosis.name import right_behaviour
        from kata.diagnosis.observe import alike

        if did is not None and alike(did, right_behaviour(exercise)):
            return AS_THE_RIGHT_ONE
        for first, seen in self._seen.items():
            if seen is did or (seen is not None and did is not None and alike(seen, did)):
                return first
        self._seen[at] = did
        return at


def _observed(answers: Any, exercise: str) -> "list[Deed] | None":
    """Return what a mutant does on the probes; None where it cannot be loaded, or does not end."""
    from kata.diagnosis.observe import behaviour
    from kata.refusal import NotPassed

    try:
        with time_limit(SECONDS):
            return behaviour(answers.answer(exercise))
    except (TookTooLong, NotPassed):
        return None


def _kind(exercise: str, did: "list[Deed] | None") -> str:
    """Return RAISES where all that shows is an error of torch's or Python's, else WRONG."""
    from kata.diagnosis.name import right_behaviour
    from kata.diagnosis.observe import alike

    if did is None:
        return RAISES
    off = [d for d, r in zip(did, right_behaviour(exercise), strict=True) if not alike([d], [r])]
    return RAISES if off and all(_is_an_error(deed.stopped) for deed in off) else WRONG


def _is_an_error(stopped: str) -> bool:
    kind = stopped.partition(" ")[0]
    return kind.endswith(("Error", "Exception")) and kind != "AssertionError"
