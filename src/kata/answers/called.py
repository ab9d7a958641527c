"""How an exercise is called, read off its solution's text, and how an answer would be called.

Read off the text, so that a student's fenced process can say it as well: it holds no solutions, and
is told their first lines alone.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

from kata.course import Definition, course, definition_in, definitions, exercises

# the first lines of solutions, in a process that may not read solutions/
HEADS: dict[str, str] = {}
MADE, CALLED = "__init__", "__call__"
# what other courses hand over: what a forward pass kept, and settings
CONTAINER = re.compile(r"(?:^|_)(?:cache|params?|config|cfg|settings|options)$")
LONGEST = 120  # characters of a signature of theirs; a default may be anything


@dataclass(frozen=True)
class Parameter:
    """One parameter of an exercise: its name, "eps=1e-05" in full, and its axes, "n m".

    axes: None for what is no tensor.
    """

    name: str
    text: str
    axes: str | None


@cache
def head_of(exercise: str) -> str:
    """Return the definition of an exercise's solution without all bodies and docstrings."""
    if exercise in HEADS:
        return HEADS[exercise]
    path = course().solution_of(exercises()[exercise].chapter)
    return ast.unparse(_without_bodies(definition_in(path, exercise)))


@cache
def methods_of(exercise: str) -> dict[str, list[Parameter]]:
    """Return the parameters of an exercise's methods by name; a function's own under "".

    A class that is made without arguments has an empty list for __init__.
    """
    (head,) = definitions(ast.parse(head_of(exercise)))
    if isinstance(head, ast.FunctionDef | ast.AsyncFunctionDef):
        return {"": list(_parameters(head.args))}
    methods = [node for node in head.body if isinstance(node, ast.FunctionDef)]
    return {MADE: []} | {node.name: list(_parameters(node.args))[1:] for node in methods}


def parameters_of(exercise: str) -> list[Parameter]:
    """Return the exercise's parameters; for a layer, its constructor's and then its __call__'s."""
    methods = methods_of(exercise)
    return [p for name in ("", MADE, CALLED) for p in methods.get(name, [])]


def how(exercise: str, method: str = "") -> str:
    """Say how an exercise is called: "lin(x, w, b)"; a method: "Lin(w, b)(inp)"."""
    methods = methods_of(exercise)
    if "" in methods or method in ("", MADE):
        return f"{exercise}{_listed(methods.get('', methods.get(MADE, [])))}"
    made = f"{exercise}{_listed(methods[MADE])}"
    given = _listed(methods.get(method, []))
    return f"{made}{given}" if method == CALLED else f"{made}.{method}{given}"


def says_misfit(exercise: str, function: Any, method: str) -> str:
    """Return the sentence for an answer that cannot be called as the exercise is.

    method: the method that took no such arguments; "" where it is a function.
    """
    if "" in methods_of(exercise) and isinstance(function, type):
        return (
            f"{exercise} is called as {how(exercise)}; yours is a class, made as "
            f"{exercise}{signature_of(function, MADE)}. An answer is a function, or an instance "
            "of a class with __call__."
        )
    takes = signature_of(function, method)
    return f"{exercise} is called as {how(exercise, method)}; yours takes {takes}."


def unfit(exercise: str, function: Any) -> tuple[str, bool]:
    """Say what of an answer's signature does not fit; and whether that alone explains a failure.

    It does where a cache or a dict of settings is taken, which is never handed over, or where a
    method that is called without arguments waits for one. That parameters of the exercise's stand
    at other places does so where nothing else is known. Other names alone are no mistake. "" for
    nothing.
    """
    if method := _waits_for_what_never_comes(exercise, function):
        return says_misfit(exercise, function, method), True
    for method, ours, theirs in _side_by_side(exercise, function):
        given = [name for name in theirs if name not in ours and CONTAINER.search(name)]
        if given and not any(CONTAINER.search(name) for name in ours):
            return says_misfit(exercise, function, method), True
        if any(n in theirs and ours.index(n) != theirs.index(n) for n in ours):
            return says_misfit(exercise, function, method), False
    return "", False


def _waits_for_what_never_comes(exercise: str, function: Any) -> str:
    """Return a method that is called without arguments, and has one that is None without them."""
    for method, ours in methods_of(exercise).items():
        if ours or method in ("", MADE, CALLED) or not isinstance(function, type):
            continue
        known = _of_theirs(getattr(function, method, None))[1:]
        if any(p.default is None for p in known):
            return method
    return ""


def not_ours(exercise: str, function: Any, name: str) -> str:
    """Say that an answer calls one of its arguments what none of the exercise's is called.

    "" where it does not. That is a mistake only where it stumbles over what it is given there.
    """
    for method, ours, theirs in _side_by_side(exercise, function):
        if name in theirs and name not in ours:
            return says_misfit(exercise, function, method)
    return ""


def signature_of(function: Any, method: str = "") -> str:
    """Return how an answer says that it, or a method of it, is called: "(dout, cache)"."""
    owner = function if isinstance(function, type) else type(function)
    part: Any = getattr(owner, method, None) if method else function
    inherited = method == MADE and str(getattr(part, "__module__", "torch")).startswith("torch")
    parameters = [] if inherited else _of_theirs(part)  # object's and nn.Module's take nothing
    if method and part is not function and parameters:
        parameters = parameters[1:]  # self
    text = f"({', '.join(map(_said, parameters))})"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}...)"


def first_line_of(function: Any) -> CodeType | None:
    """Return the code of an answer's own definition; of a class, that of its first method."""
    function = inspect.unwrap(function) if callable(function) else function
    owner = function if isinstance(function, type) else type(function)
    codes = (getattr(part, "__code__", None) for part in (function, *vars(owner).values()))
    return next((code for code in codes if isinstance(code, CodeType)), None)


def _side_by_side(exercise: str, function: Any) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield, for what is called of an answer, its name and the names of its arguments, ours and
    theirs.
    """
    for method in ("", MADE, CALLED):
        ours = methods_of(exercise).get(method)
        if ours is None or (method and not isinstance(function, type)):
            continue
        part = getattr(function, method, None) if method else function
        known = [p for p in _of_theirs(part) if p.kind in _BY_PLACE]
        yield method, [p.name for p in ours], [p.name for p in known[1 if method else 0 :]]


_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _of_theirs(part: Callable[..., Any] | None) -> list[inspect.Parameter]:
    """Return the parameters of something of theirs; none where it does not tell."""
    try:
        return [*inspect.signature(part).parameters.values()] if callable(part) else []
    except Exception:  # their object may do as it likes when it is asked
        return []


def _said(parameter: inspect.Parameter) -> str:
    bare = parameter.replace(annotation=inspect.Parameter.empty)
    try:
        return str(bare)
    except Exception:  # the default's repr is theirs
        return parameter.name


def _listed(parameters: list[Parameter]) -> str:
    return f"({', '.join(p.text for p in parameters)})"


def _parameters(args: ast.arguments) -> Iterator[Parameter]:
    """Yield the parameters in a solution's signature."""
    named = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(named) - len(args.defaults)) + list(args.defaults)
    named, defaults = [*named, *args.kwonlyargs], [*defaults, *args.kw_defaults]
    for arg, default in zip(named, defaults, strict=True):
        text = arg.arg if default is None else f"{arg.arg}={ast.unparse(default)}"
        yield Parameter(arg.arg, text, _axes(arg.annotation))
    for rest, stars in (args.vararg, "*"), (args.kwarg, "**"):
        if rest is not None:
            yield Parameter(rest.arg, f"{stars}{rest.arg}", None)


def _axes(annotation: ast.expr | None) -> str | None:
    """Return the axes that an annotation such as Float[Tensor, "n m"] names."""
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        last = annotation.slice.elts[-1]
        if isinstance(last, ast.Constant) and isinstance(last.value, str):
            return last.value
    return None


def _without_bodies(node: Definition) -> Definition:
    """Return a definition of which only what is called is left."""
    if isinstance(node, ast.ClassDef):
        node.body = [
            _without_bodies(method) for method in node.body if isinstance(method, ast.FunctionDef)
        ] or [ast.Pass()]
    else:
        node.body = [ast.Pass()]
    node.decorator_list = []
    return node
