"""What is remembered from one command to the next, in one small file: .kata/state.json.

Every change reads the file, changes it and writes it whole, so that `kata watch` and a command in
another terminal do not undo each other's work. A file that cannot be used is set aside.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kata.answers.printable import plain
from kata.course import exercises
from kata.grade import write_json
from kata.learner.place import Place

SCHEMA = 1


@dataclass
class Progress:
    """One exercise.

    status: of the last grade ("" before the first), which was of the text with this fingerprint.
    hints: how many were shown. solved: whether it has ever passed. due: when to practise it again
    (ISO date), from which box. practising: whether `kata again` has blanked it; seed: for fresh
    inputs; helped: whether a hint or the solution was looked at since. met: the mistakes that were
    named in it; found: those that were found by kata debug. parked: whether the learner
    knows it and wants it passed over.
    """

    status: str = ""
    fingerprint: str = ""
    hints: int = 0
    solved: bool = False
    box: int = 0
    due: str = ""
    practising: bool = False
    seed: int = 0
    helped: bool = False
    met: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    parked: bool = False

    @property
    def due_on(self) -> date | None:
        return date.fromisoformat(self.due) if self.due else None


@dataclass
class State:
    """current: the exercise the learner is at, or "" for the first that has not passed."""

    current: str = ""
    progress: dict[str, Progress] = field(default_factory=dict)

    def of(self, name: str) -> Progress:
        """Return the progress of an exercise, to be read or changed."""
        return self.progress.setdefault(name, Progress())

    def as_json(self) -> dict[str, Any]:
        changed = {n: asdict(p) for n, p in self.progress.items() if p != Progress()}
        return {"schema": SCHEMA, "current": self.current, "exercises": changed}

    @classmethod
    def from_json(cls, content: Any) -> "State":
        """Raises ValueError where the content is not ours. Exercises that are gone are dropped."""
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            raise ValueError(f"not a state of schema {SCHEMA}")
        current, found = content.get("current"), content.get("exercises")
        if not isinstance(current, str) or not isinstance(found, dict):
            raise ValueError("current or exercises is not what it should be")
        state = cls(current if current in exercises() else "")
        for name, values in found.items():
            if name in exercises():
                state.progress[name] = _progress(name, values)
        return state


def read(place: Place) -> State:
    """Return the state; a new one where there is none, or none that can be used."""
    path = path_of(place)
    try:
        return State.from_json(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return State()
    except OSError as error:
        _notice(f"{path}: cannot be read ({error.strerror}); going on without it")
        return State()
    except (ValueError, RecursionError) as error:
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        aside = path.with_name(f"state.{stamp}.unusable.json")
        try:
            path.replace(aside)
        except OSError:
            aside = path
        _notice(f"{path}: cannot be used ({error}); set aside as {aside.name}, starting over")
        return State()


@contextmanager
def changing(place: Place) -> Iterator[State]:
    """The state as it is now, written back at the end of the block."""
    state = read(place)
    yield state
    try:
        place.keep.mkdir(exist_ok=True)
        write_json(path_of(place), state.as_json())
    except OSError as error:
        _notice(f"{path_of(place)}: cannot be written ({error.strerror}); progress is not kept")


def path_of(place: Place) -> Path:
    """Return the file of the state."""
    return place.keep / "state.json"


def _progress(name: str, values: Any) -> Progress:
    if not isinstance(values, dict):
        raise ValueError(f"{name} is not an object")
    known = {f.name: values[f.name] for f in fields(Progress) if f.name in values}
    for key in {"met", "found"} & known.keys():
        if not isinstance(known[key], list) or not all(isinstance(s, str) for s in known[key]):
            raise ValueError(f"{name}.{key} is {known[key]!r}")
        known[key] = tuple(known[key])
    for key, value in known.items():
        if type(value) is not type(getattr(Progress, key)):
            raise ValueError(f"{name}.{key} is {value!r}")
    progress = Progress(**known)
    assert progress.due_on or not progress.due  # fromisoformat raises ValueError
    return progress


def _notice(text: str) -> None:
    print(f"kata: {plain(text)}", file=sys.stderr)
