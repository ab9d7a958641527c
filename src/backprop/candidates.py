"""Recorded answers as texts, to be handed to an answer that is itself a test.

The learner's code may live in a process that cannot read mistakes/. So each recorded function
travels as a small program of its own, which ends by naming it `candidate`.
"""

import ast
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from backprop.dialogues.writing_tests import candidate
from kata.answers.text import body_of
from kata.checks.compare import Expected
from kata.checks.gradients import AUTOGRAD
from kata.checks.inputs import Draw
from kata.course import course, definitions
from kata.diagnosis.model import model_of
from kata.diagnosis.recorded import written_of
from kata.diagnosis.shown import shown

# said of a learner's test, by ours and by a recorded mistake
AFTERWARDS = (
    "You work out what is right after the call, from what the call may have spoilt (out.grad)."
)
VISIBLE = 1e-2  # of the norm: a test need not see what half precision rounds away, and less

Arguments = dict[str, Tensor]
Look = Callable[[Draw, bool], Iterator[Arguments]]
Oracle = Callable[..., dict[str, Expected]]


@dataclass(frozen=True)
class Candidate:
    """A recorded function, as a program. sentence: what is wrong with it; "" for a right one."""

    name: str
    text: str
    sentence: str = ""


@cache
def right_ones(exercise: str) -> tuple[Candidate, ...]:
    """Return the recorded right answers to an exercise, but for those that are no function or
    class.
    """
    return tuple(
        Candidate(right.name, _program(right.path, right.name))
        for right in written_of(exercise, course().variants)
        if isinstance(_definitions(right.path).get(right.name), ast.FunctionDef | ast.ClassDef)
    )


@cache
def wrong_ones(exercise: str) -> tuple[Candidate, ...]:
    """Return the mistakes of an exercise: those that its told solution makes, and those written
    out.
    """
    written = (
        Candidate(mistake.name, _program(mistake.path, mistake.name), mistake.sentence or "")
        for mistake in written_of(exercise, course().mistakes)
    )
    return tuple(wrong for wrong in (*_told_ones(exercise), *written) if _travels(wrong))


def _travels(wrong: Candidate) -> bool:
    """Return whether a program needs nothing of the engine, which no fenced process holds."""
    imports = (node for node in ast.walk(ast.parse(wrong.text)) if isinstance(node, ast.ImportFrom))
    return not any((node.module or "").split(".")[0] in ("kata", "mistakes") for node in imports)


def _told_ones(exercise: str) -> Iterator[Candidate]:
    if (model := model_of(exercise)) is None:
        return
    defined = {name: node for p in model.told.parts for name, node in _definitions(p.path).items()}
    for choice in model.sites:
        text = _completed(shown(model.told, [choice], tidy=False), defined)
        yield Candidate(choice.name, f"{text}\n\ncandidate = {exercise}", choice.sentence)


def spoilt(exercise: str, position: int, grad: str, sentence: str) -> Candidate:
    """Return a right answer that in the end sets the .grad of one argument to an expression of
    `grad`.
    """
    text = _right(exercise)
    spoils = f"    grad = args[{position}].grad\n    args[{position}].grad = {grad}"
    text += f"\n\ndef spoilt(*args):\n    right(*args)\n{spoils}\n\ncandidate = spoilt"
    return Candidate("spoilt", text, sentence)


def remembering(exercise: str, position: int, sentence: str) -> Candidate:
    """Return a right answer that goes by the values which one argument held in the first call.

    In the first of each shape: a test may bring new tensors.
    """
    text = _right(exercise)
    text += f"""

first = {{}}

def remembers(*args):
    given = args[{position}]
    stand_in = first.setdefault(given.shape, given.detach().clone()).to(given.dtype, copy=True)
    right(*args[:{position}], stand_in, *args[{position + 1}:])
    given.grad = stand_in.grad

candidate = remembers"""
    return Candidate("remembers", text, sentence)


def _right(exercise: str) -> str:
    """Return a right answer as a program that names it `right`, to be called by another."""
    return right_ones(exercise)[0].text.replace("candidate = ", "right = ")


@cache
def faults(exercise: str, look: Look, oracle: Oracle) -> dict[Candidate, set[str]]:
    """Return what a test can see of each recorded mistake that gives itself away at a look.

    look: from a Draw, and whether the inputs are to record gradients, to the arguments of one or
    more calls. A fault is "w" for wrong values in w.grad, "w unset", or "raises". A mistake counts
    only where it has some both ways, in float32 and in float64 with inputs that record gradients,
    since a test may choose either; and autograd's numbers are right.
    """
    found = {}
    for wrong in wrong_ones(exercise):
        if wrong.sentence != AUTOGRAD and (
            (seen := _faults_in(wrong, look(Draw(torch.float32), False), oracle))
            and _faults_in(wrong, look(Draw(torch.float64), True), oracle)
        ):
            found[wrong] = seen
    return found


def _faults_in(wrong: Candidate, calls: Iterator[Arguments], oracle: Oracle) -> set[str]:
    """Return what is wrong with the gradients that a mistake sets, in one or more calls."""
    function = candidate(wrong.text)
    found: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a recorded mistake may do what torch warns of
        for args in calls:
            expected = oracle(*args.values())
            try:
                function(*args.values())
            except RuntimeError:
                return {"raises"}
            found |= {
                name + fault
                for name, right in expected.items()
                if (fault := _fault(args[name].grad, right.values)) is not None
            }
    return found


def _fault(got: Tensor | None, right: Tensor) -> str | None:
    if got is None:
        return " unset"
    off = (got.detach().double() - right).norm()
    return None if off <= VISIBLE * right.norm() else ""


@cache
def _definitions(path: Path) -> dict[str, ast.stmt]:
    """Return what a file defines at its top level, by name: imports too."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.update({alias.asname or alias.name: node for alias in node.names})
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    return found


def _program(path: Path, name: str) -> str:
    """Return the definition of a name in a file and all that it needs, without the decorators."""
    defined = _definitions(path)
    call = "()" if isinstance(defined[name], ast.ClassDef) else ""
    text = _completed(ast.unparse(_bare(defined[name])), defined)
    return f"{text}\n\ncandidate = {name}{call}"


def _completed(text: str, defined: dict[str, ast.stmt]) -> str:
    """Return a text after the definitions that it needs, in the order of their file."""
    tree = ast.parse(text)
    own = {node.name for node in definitions(tree)}
    found: set[str] = set()
    needed = _names_in(tree)
    while needed:
        if (one := needed.pop()) in defined and one not in found | own:
            found.add(one)
            needed |= _names_in(_bare(defined[one]))
    parts = {id(node): ast.unparse(_bare(node)) for n, node in defined.items() if n in found}
    return "\n\n".join([*parts.values(), text])


def _names_in(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _bare(node: ast.stmt) -> ast.stmt:
    """Return the definition without its decorators, which only record it, and its docstring."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node
    bare = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(bare, ast.FunctionDef | ast.ClassDef)
    bare.decorator_list, bare.body = [], body_of(bare) or [ast.Pass()]
    return bare
