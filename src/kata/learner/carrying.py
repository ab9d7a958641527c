"""Progress carried to another machine: what is remembered in .kata/, as a file of JSON."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from kata.grade import write_json
from kata.learner import state
from kata.learner.place import Place, Problem
from kata.learner.state import Progress, State


@dataclass(frozen=True)
class Brought:
    """What a file brought: the exercises that are further now, and where the old state is kept."""

    further: list[str]
    backup: Path | None


def export(place: Place, path: Path) -> int:
    """Write what is remembered to a file; return of how many exercises.

    Raises Problem where it cannot be written, or holds something else.
    """
    if path.exists():
        try:
            _read(path)
        except Problem:
            raise Problem(
                f"{path}: is there already, and holds no progress; choose a new name"
            ) from None
    known = state.read(place).as_json()
    try:
        write_json(path, known)
    except OSError as error:
        raise Problem(f"{path}: cannot be written ({error.strerror})") from None
    return len(known["exercises"])


def bring_in(place: Place, path: Path) -> Brought:
    """Add what a file remembers to what is remembered here; neither loses anything.

    Raises Problem where the file cannot be used; then nothing is changed.
    """
    brought = _read(path)
    backup = place.back_up(state.path_of(place))
    with state.changing(place) as kept:
        further = []
        for name, theirs in brought.progress.items():
            ours = kept.progress.get(name, Progress())
            both = merged(ours, theirs)
            if both != ours:
                kept.progress[name] = both
                further.append(name)
        kept.current = kept.current or brought.current
    return Brought(further, backup)


def merged(ours: Progress, theirs: Progress) -> Progress:
    """Return what two machines remember of an exercise: of its practice, whoever is further on.

    The grade is ours, where we have one: it is of the text that lies here.
    """
    first = max(ours, theirs, key=lambda p: (p.solved, p.box, p.due, p is ours))
    graded = ours if ours.status else theirs
    return replace(
        first,
        status=graded.status,
        fingerprint=graded.fingerprint,
        hints=max(ours.hints, theirs.hints),
        met=tuple(dict.fromkeys((*ours.met, *theirs.met))),
        found=tuple(dict.fromkeys((*ours.found, *theirs.found))),
        parked=ours.parked or theirs.parked,
    )


def _read(path: Path) -> State:
    """Return the state that a file holds. Raises Problem."""
    try:
        return State.from_json(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Problem(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        says = " ".join(f"{error}".split())
        raise Problem(f"{path}: holds no progress of kata's ({says}); nothing is changed") from None
