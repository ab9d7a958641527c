"""A bug to find: a recorded wrong answer, as it would stand in a learner's file.

The open one lies in .kata/debug: the chapter file with the wrong function, and bug.json.
"""

import ast
import json
import random
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from io import StringIO
from pathlib import Path

from kata.course import exercises
from kata.grade import write_json, write_whole
from kata.learner.place import Place, Problem
from kata.learner.state import Progress
from kata.refusal import shown

SENTENCES = 4  # to choose from
MET = 4  # how many times as likely a mistake comes that this learner has made


@dataclass(frozen=True)
class Bug:
    """line: where the program differs from the right one. sentences: one of them is true."""

    exercise: str
    program: str
    line: int
    sentence: str
    sentences: list[str]


def folder(place: Place) -> Place:
    """Return the place of the open bug, where its file is graded as any other."""
    return Place(place.keep / "debug")


def opened(place: Place) -> Bug | None:
    """Return the open bug; None where there is none, or none that can be read."""
    with suppress(OSError, ValueError, TypeError):
        bug = Bug(**json.loads(_record(place).read_text("utf-8")))
        if bug.exercise in exercises():
            return bug
    return None


def open_new(place: Place, name: str, progress: Progress) -> Bug:
    """Draw a bug of an exercise, and write its file.

    Raises Problem where none can be written out, or no file can be written.
    """
    import torch

    # on a busy machine, threads that wait for each other over a few numbers take many times as long
    torch.set_num_threads(1)
    with redirect_stdout(StringIO()):  # a wrong answer may print
        bug = next(_drawn(name, progress, random.Random()), None)
    if bug is None:
        raise Problem(f"{name}: none of its recorded mistakes can be written out as a file")
    write(place, bug)
    return bug


def write(place: Place, bug: Bug) -> None:
    """Write the file of a bug as it is shown first. Raises Problem."""
    at = folder(place)
    try:
        at.exercises.mkdir(parents=True, exist_ok=True)
        write_whole(at.file_of(bug.exercise), bug.program)
        write_json(_record(place), asdict(bug))
    except OSError as error:
        raise Problem(f"{at.exercises}: cannot be written ({error.strerror})") from None


def text_of(place: Place, bug: Bug) -> str:
    """Return the text of a bug's file; "" where it is gone. Raises Problem."""
    path = folder(place).file_of(bug.exercise)
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Problem(
            f"{shown(path)}: cannot be read ({error.strerror}); make it readable"
        ) from None


def close(place: Place) -> None:
    """Forget the open bug; the file stays until the next one takes its place."""
    _record(place).unlink(missing_ok=True)


def _record(place: Place) -> Path:
    return folder(place).exercises / "bug.json"


def _drawn(name: str, progress: Progress, chance: random.Random) -> Iterator[Bug]:
    """Yield bugs in a random order: those not found yet first, and what the learner has made."""
    from kata.diagnosis.model import model_of
    from kata.diagnosis.program import NotAlone, program_of, solution_alone
    from kata.diagnosis.untrue import untrue_of

    model = model_of(name)
    if model is None:
        return
    choices = [c for c in model.choices if c.habit is None]
    likely = {c: MET if c.sentence in progress.met else 1 for c in choices}
    # the order of draws without putting back, with these weights (Efraimidis and Spirakis, 2006)
    order = sorted(choices, key=lambda c: chance.random() ** (1 / likely[c]), reverse=True)
    for choice in sorted(order, key=lambda c: c.sentence in progress.found):
        if not model.shows(choice):
            continue
        with suppress(NotAlone):
            program, right = program_of(choice, model), solution_alone(model)
            if _stands_in(program):
                continue
            others = untrue_of(choice, model, SENTENCES - 1, chance)
            shown = [choice.sentence, *others]
            chance.shuffle(shown)
            yield Bug(name, program, _difference(program, right), choice.sentence, shown)


def _stands_in(program: str) -> bool:
    """Return whether a program reckons with None: it raises what a learner's does, and nobody has
    written it so.
    """
    nodes = list(ast.walk(ast.parse(program)))
    sides = [side for n in nodes if isinstance(n, ast.BinOp) for side in (n.left, n.right)]
    sides += [arg for n in nodes if isinstance(n, ast.Call) for arg in n.args]
    sides += [n.value for n in nodes if isinstance(n, ast.Attribute)]
    return any(isinstance(side, ast.Constant) and side.value is None for side in sides)


def _difference(program: str, right: str) -> int:
    """Return the number of the line that is not as in the right program: of several, the last.

    What stands above it, an import or a name, is what it needs.
    """
    lines = program.splitlines()
    same = SequenceMatcher(None, lines, right.splitlines(), autojunk=False).get_opcodes()
    changed = [start for what, start, *_ in same if what != "equal"]
    return min(changed[-1] + 1, len(lines)) if changed else len(lines)
