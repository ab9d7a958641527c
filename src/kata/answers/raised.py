"""What the learner's code raised, told as itself: torch's words, and what they mean here.

Only what the error itself shows is said: how the answer is called where the call itself failed,
torch's word where it stumbled over one of NumPy's, the near name where one is missing, and the
arguments' axes where shapes do not fit.
"""

import linecache
import re
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from torch import Tensor

from kata.answers import near
from kata.answers.called import (
    CALLED,
    MADE,
    how,
    not_ours,
    parameters_of,
    says_misfit,
    signature_of,
    unfit,
)
from kata.answers.dialogue import kind_of
from kata.answers.keyboard import NoKeyboard
from kata.answers.none_yet import of_grad
from kata.answers.numpys import habit
from kata.course import exercises

# a call that does not fit what is called: CPython's words, with the qualified name
UNFIT = re.compile(
    r"([\w.<>]+)\(\) (?:takes|missing|got an unexpected keyword|got multiple values|got some pos)"
)
NO_CALL = re.compile(r"'(\w+)' object is not callable")
NO_METHOD = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
# a number or a tensor, where a dict or a tuple was expected; a tensor, where a size was
NO_DICT = re.compile(
    r"'(?:int|float)' object (?:is not (?:subscriptable|iterable)|has no attribute)|"
    r"'(?:list|tuple|Tensor|int|float)' object is not callable|'list' object has no attribute|"
    r"cannot unpack non-iterable|values to unpack|must be integers or slices, not str|"
    r"too many indices|indices must be integers|only integers, slices"
)
NO_SIZE = re.compile(
    r"ints?, (?:not|but found element of type) (?:Tensor|Parameter)|got \((?:Tensor|Parameter)|"
    r"'Tensor' object cannot be interpreted as an integer|only one element tensors|"
    r"only integer tensors"
)
# torch's words for tensors that do not fit together in an operation
SHAPES = re.compile(r"shape|size|dimension|subscript|Dimension|D tensors")
ENDLESS = "RecursionError: it calls itself without end"

RECORDS_NOTHING = (
    "You ask autograd for the gradients of tensors that record nothing: no input requires one. "
    "Where the exercise is a gradient, its formula is what is to be written."
)

NO_VIEW = "view size is not compatible"
VIEWED = (
    "You take a view of a tensor whose numbers lie in memory in another order than its axes (it "
    "may be transposed). A view copies nothing, so there is none: use reshape."
)


class Call:
    """One call of an answer that raised.

    is_theirs: whether a file is the learner's. args, via: as Answer.attempt got them.
    """

    def __init__(
        self,
        exercise: str,
        function: Any,
        error: BaseException,
        is_theirs: Callable[[str], bool],
        args: Sequence[Any],
        via: str | None,
    ) -> None:
        self._exercise, self._function, self._error = exercise, function, error
        self._args, self._via = args, via
        self.text = text_of(error)
        frames = list(traceback.walk_tb(error.__traceback__))
        own = [(f, line) for f, line in frames if is_theirs(f.f_code.co_filename)]
        self._own: tuple[FrameType, int] | None = own[-1] if own else None

    def in_words(self) -> str:
        """Return the error in the kata's words, and the arguments' axes where shapes don't fit."""
        return _in_words(self._error, self.text) + self._axes()

    def mistake(self) -> str | None:
        """Return what the error shows of the mistake; None where its words are enough."""
        if self._exercise not in exercises():
            return None
        error, text = self._error, self.text
        no_view = isinstance(error, RuntimeError) and text.startswith(NO_VIEW)
        if self._own is None:
            return VIEWED if no_view else self._from_outside() or None
        frame, line = self._own
        if no_view and "view" in linecache.getline(frame.f_code.co_filename, line):
            return VIEWED
        if said := habit(error, text, frame, line):
            return said
        if isinstance(error, RuntimeError) and "does not have a grad_fn" in text:
            return RECORDS_NOTHING
        if isinstance(error, NameError):
            return near.of_name(text, frame, exercises()[self._exercise].chapter) or None
        thing = error.obj if isinstance(error, AttributeError) else None
        if said := near.of_attribute(text, thing):
            return said
        code = linecache.getline(frame.f_code.co_filename, line)
        return of_grad(text, frame, code) or self._stumbled(frame, code) or None

    def _stumbled(self, frame: FrameType, code: str) -> str:
        """Say how the answer is called, where it takes an argument for what none of them is.

        A dict, a tuple or a size; the line that raised the error names the argument.
        """
        error, name, function = self._error, self._exercise, self._function
        if not (isinstance(error, TypeError | AttributeError | ValueError)):
            return ""
        if NO_DICT.search(self.text) or NO_SIZE.search(self.text):
            for word in re.findall(r"\w+", code):
                if word in frame.f_locals and (said := not_ours(name, function, word)):
                    return said
        return unfit(name, function)[0]

    def _from_outside(self) -> str:
        """Say how the answer is called, where it was not even entered."""
        name, function, text = self._exercise, self._function, self.text
        if isinstance(self._error, TypeError) and (found := UNFIT.match(text)):
            *owner, method = found[1].split(".")
            if isinstance(function, type):
                return says_misfit(name, function, method if owner else MADE)
            return says_misfit(name, function, method if method == CALLED else "")
        if not isinstance(function, type):
            return ""
        if isinstance(self._error, TypeError) and (found := NO_CALL.match(text)):
            says = f"{name} is called as {how(name, CALLED)}; your class has no __call__."
            return says if found[1] == function.__name__ else ""
        if isinstance(self._error, AttributeError) and (found := NO_METHOD.match(text)):
            return self._without(found[2]) if found[1] == function.__name__ else ""
        return ""

    def _without(self, attribute: str) -> str:
        """Say that their class lacks what is asked of its objects, and what looks like it."""
        there = [n for n in vars(self._function) if not n.startswith("__")]
        like = near.nearest(attribute, there)
        more = f"; it has {like}, with {signature_of(self._function, like)}" if like else ""
        return f"An object of {self._exercise} has no {attribute}{more}."

    def _axes(self) -> str:
        """Return a line with the axes of the arguments, where shapes don't fit."""
        bad = isinstance(self._error, RuntimeError | IndexError | ValueError)
        if not bad or self._own is None or not SHAPES.search(self.text):
            return ""
        kind = kind_of(self._via) if self._exercise in exercises() else None
        if kind is None:
            return ""
        pairs = zip(parameters_of(self._exercise), kind.own(self._args), strict=False)
        said = [
            f"{p.name} [{', '.join(p.axes.split())}] = {list(arg.shape)}"
            for p, arg in pairs
            if isinstance(arg, Tensor) and p.axes
        ]
        return f"\n  called with {', '.join(said)}" if said else ""


def text_of(error: BaseException) -> str:
    """Return what an error says; an error of the learner's own may fail to."""
    try:
        return str(error)
    except Exception:
        return "(its text cannot be read)"


def _in_words(error: BaseException, text: str) -> str:
    if isinstance(error, NoKeyboard):
        return text
    if isinstance(error, SystemExit):
        return "it leaves Python (sys.exit); remove that line"
    if isinstance(error, RecursionError):
        return ENDLESS
    gradient = re.search(r"assign a gradient of size '(.*?)' to a tensor of size '(.*?)'", text)
    if gradient:
        return (
            f"a .grad of shape {gradient[1]} was set on a tensor of shape {gradient[2]}; "
            "a gradient has the shape of what it belongs to"
        )
    dtype = re.search(
        r"assign a gradient with dtype '(.*?)' to a tensor with (?:grad_)?dtype '(.*?)'", text
    )
    if dtype:
        return (
            f"a .grad of dtype {dtype[1]} was set on a tensor of dtype {dtype[2]}; "
            "a gradient has the dtype of what it belongs to"
        )
    # torch lists every way to call a function, which fills a screen
    text = text.split(", but expected one of:\n")[0]
    return f"{type(error).__name__}: {text}"
