"""One function, called under watch. Tests and diagnosis see answers only through this.

`attempt` never raises for what the learner's code does; it returns an Outcome. Grading with the
learner's code in another process needs another class with these methods, and no other change.
"""

import dis
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, TypeGuard

import torch
from torch import Tensor

from kata.answers.called import first_line_of, unfit
from kata.answers.dialogue import dialogue
from kata.answers.keyboard import KEPT, has_left
from kata.answers.load import line_in
from kata.answers.near import defined_in, misspelled
from kata.answers.place import place
from kata.answers.raised import Call
from kata.answers.side_effects import inputs_kept, settings_kept
from kata.answers.trace import Trace, call_traced
from kata.course import exercises
from kata.refusal import NotPassed, Raised, Refused, Todo, TookTooLong


def _bare() -> None:
    """Stand for every stub: what Python makes of it is what it makes of theirs."""
    raise NotImplementedError


def _is_bare(function: Callable[..., Any]) -> TypeGuard[FunctionType]:
    """Return whether all that a function does is to raise Python's own NotImplementedError."""
    return (
        isinstance(function, FunctionType)
        and function.__code__.co_code == _bare.__code__.co_code
        and function.__code__.co_names == _bare.__code__.co_names
        and "NotImplementedError" not in function.__globals__
    )


@dataclass
class Outcome:
    """What became of one call: a value, or why there is none; and the trace, where one was kept.

    Where the call was broken off from outside, by an alarm say, that is the cause of `stopped`.
    """

    returned: Any = None
    stopped: NotPassed | None = None
    trace: Trace | None = None

    @property
    def value(self) -> Any:
        """Return what the call returned. Raises what stopped it."""
        if self.stopped is not None:
            raise self.stopped
        return self.returned


class Answer:
    """The learner's `name`: any callable, from the file at path.

    among_solutions: makes the same answer again, freshly loaded, with the solutions in the places
    of its chapter's other exercises; None where there is nothing to replace.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        path: Path,
        among_solutions: "Callable[[], Answer] | None" = None,
    ) -> None:
        self.name = name
        self.among_solutions = among_solutions
        self._function = function
        self._path = path

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it; raises NotPassed (Todo, Raised, Refused) where the call did not go well."""
        return self.attempt(args, kwargs).value

    def attempt(
        self,
        args: Sequence[Any],
        kwargs: dict[str, Any] | None = None,
        *,
        trace: bool = False,
        elsewhere: bool = False,
        default_dtype: torch.dtype | None = None,
        via: str | None = None,
        may_change: Sequence[int] = (),
    ) -> Outcome:
        """Call it on args and report what happened.

        trace: keep a record of its operations (slower).
        elsewhere: with a trace, put the inputs on a second device (kata.answers.second).
        default_dtype: torch's default dtype during the call.
        via: a dialogue, "module.function" (kata.answers.dialogue), that is called with the answer
        and args in the answer's stead; it talks with an answer that is a class.
        may_change: positions of the args that the call may change in place.
        """
        outcome = Outcome()
        args, kwargs = tuple(args), kwargs or {}
        function = self._function if via is None else partial(dialogue(via), self._function)
        kept = tuple(None if i in may_change else arg for i, arg in enumerate(args))
        try:
            with (
                _default_dtype(default_dtype),
                inputs_kept(kept, via),
                settings_kept(),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")  # a warning does not make right work wrong
                if trace:
                    traced = call_traced(function, args, kwargs, elsewhere)
                    outcome.returned, outcome.trace = traced
                else:
                    outcome.returned = function(*args, **kwargs)
        except NotPassed as stopped:
            outcome.stopped = stopped
        except (KeyboardInterrupt, TookTooLong):
            raise
        except BaseException as error:
            if has_left(error):
                raise
            outcome.stopped = self._explain(error, args, via)
            if KEPT["errors"]:
                outcome.stopped.__context__ = error
            if not isinstance(error, Exception | SystemExit) and not self._raised(error):
                outcome.stopped.__cause__ = error
        return outcome

    def for_each(self, via: str | None = None) -> "Answer":
        """Return this answer for many calls under one watch, as a watch takes half a millisecond.

        It takes a list of tuples of arguments, and returns the list of what each call gave. via: a
        dialogue that makes each call.
        """
        each, function = copy(self), self._function
        one = function if via is None else partial(dialogue(via), function)
        each._function = lambda calls: [one(*args) for args in calls]
        return each

    def gradients(
        self, args: Sequence[Any], upstream: Tensor, wrt: Sequence[int]
    ) -> list[Tensor | None]:
        """Differentiate through it by autograd: d(upstream * result)/d(args[i]) for i in wrt.

        Raises Refused where the result is cut off from its inputs.
        """
        leaves = [a.detach().clone() if isinstance(a, Tensor) else a for a in args]
        for i in wrt:
            leaves[i].requires_grad_()
        out = self(*leaves)
        if not isinstance(out, Tensor) or not out.requires_grad:
            raise Refused(
                "the result is cut off from its inputs, so autograd cannot differentiate it",
                "You leave torch's graph on the way (detach, .data, no_grad, item, numpy or a new "
                "tensor built from numbers). A forward function must stay differentiable.",
            )
        if out.shape != upstream.shape:
            raise Refused(
                f"the result has shape {list(out.shape)}; expected {list(upstream.shape)}"
            )
        # the product's sum, as grad(out, ..., upstream) imports sympy, for a second
        inner = (out * upstream).sum()
        found = torch.autograd.grad(inner, [leaves[i] for i in wrt], allow_unused=True)
        return list(found)

    def _explain(self, error: BaseException, args: Sequence[Any], via: str | None) -> NotPassed:
        """Put what the learner's code raised into the kata's words, their line first."""
        if self._is_stub(error.__traceback__, error):
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            return self._todo(frames[-1].f_globals)
        where = self._where(error.__traceback__)
        kinds = tuple(kind.__name__ for kind in type(error).__mro__)
        call = Call(self.name, self._function, error, self._is_theirs, args, via)
        says = f"raised at {where}: {call.in_words()}"
        return Raised(says, kinds, call.text, call.mistake())

    @property
    def todo(self) -> Todo | None:
        """Return what each call would say of a function that is a stub still, without a call.

        None where only a call can tell: a test then need not draw or compute anything.
        """
        return self._todo(self._function.__globals__) if _is_bare(self._function) else None

    @property
    def unfit(self) -> tuple[str, bool]:
        """Return what of its signature does not fit, and whether that explains any failure."""
        return unfit(self.name, self._function) if self.name in exercises() else ("", False)

    def _todo(self, beside: dict[str, Any]) -> Todo:
        """Say that it is a stub, and which definition beside it looks like what is asked for."""
        like = misspelled(self.name, defined_in(beside))
        more = f"; you define {like}, the exercise is called {self.name}" if like else ""
        return Todo(f"{self.name} is still to be written{more}")

    def _is_stub(self, trace: TracebackType | None, error: BaseException) -> bool:
        """Return whether NotImplementedError was raised by a raise statement of the stub's own
        frame.

        torch raises it too, from C, in whatever frame called it; the instruction tells them apart.
        """
        if not isinstance(error, NotImplementedError) or trace is None:
            return False
        while trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code
        raised_here = dis.opname[code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"
        own = self._is_theirs(code.co_filename) and code.co_qualname.split(".")[0] in exercises()
        return raised_here and own

    def _raised(self, error: BaseException) -> bool:
        """Return whether a line of theirs raised it, and not an alarm's handler."""
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        return self._is_theirs(frames[-1].f_code.co_filename)

    def _is_theirs(self, file: str) -> bool:
        return file == str(self._path)

    def _where(self, trace: TracebackType | None) -> str:
        """Return the innermost line of theirs that a traceback passed through.

        Where it passed through none, the call itself failed: then the line of their definition.
        """
        line = line_in(self._path, trace)
        code = first_line_of(self._function) if line == "?" else None
        if code is not None and self._is_theirs(code.co_filename):
            return place(Path(code.co_filename), code.co_firstlineno)
        return place(self._path, line)


class Absent(Answer):
    """Stands for an answer that cannot be had: each call is stopped, and says why."""

    def __init__(self, name: str, why: NotPassed) -> None:
        super().__init__(name, lambda: None, Path())
        self._why = why

    def attempt(self, *args: Any, **kwargs: Any) -> Outcome:
        """No call is made."""
        return Outcome(stopped=self._why)


@contextmanager
def _default_dtype(dtype: torch.dtype | None) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype or before)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
