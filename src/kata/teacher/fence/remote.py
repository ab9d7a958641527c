"""An answer that lives in another process, for the tests to call as if it were here.

Nothing that comes back is believed beyond what it is: a value, to be compared like any other. That
an argument kept its values is checked on this side.
"""

from collections.abc import Sequence
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from kata.answers.call import Answer, Outcome
from kata.answers.side_effects import inputs_kept
from kata.answers.trace import Trace
from kata.refusal import Broken, GivenUp, NotPassed, Raised, Refused, Todo
from kata.teacher.fence.frames import Json, Unreadable, pack, unpack
from kata.teacher.fence.lines import as_text
from kata.teacher.fence.processes import Message
from kata.teacher.fence.wire import NAMES, Packer, Unpacker

if TYPE_CHECKING:
    from kata.teacher.fence.answers import RemoteAnswers

KINDS: dict[str, type[NotPassed]] = {"Refused": Refused, "Todo": Todo, "Broken": Broken}
# what a call asks for unless it says otherwise
PLAIN_CALL: Message = {
    "trace": False,
    "elsewhere": False,
    "default_dtype": None,
    "via": None,
    "may_change": [],
    "wrt": [],
}


class RemoteAnswer(Answer):
    """The learner's `name`, in its process."""

    def __init__(
        self,
        name: str,
        answers: "RemoteAnswers",
        among: bool = False,
        others: bool = False,
        unfit: tuple[str, bool] = ("", False),
    ) -> None:
        """among: whether it is among its chapter's solutions; others: whether it may be.

        unfit: what its process says of its signature.
        """
        self.name = name
        self._unfit = unfit
        self.among_solutions = answers.among_solutions if others else None
        self._answers = answers
        self._among = among
        self._gone = ""

    @property
    def todo(self) -> None:
        """Return None: a stub is told of where it is looked for; of others only a call tells."""
        return None

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
        """As Answer.attempt."""
        args = tuple(args)
        call = {
            "trace": trace,
            "elsewhere": elsewhere,
            "default_dtype": NAMES[default_dtype] if default_dtype else None,
            "via": via,
            "may_change": list(may_change),
        }
        try:
            reply, unpacker = self._call(args, kwargs or {}, call)
            if unpacker is None:
                return Outcome(stopped=not_passed(reply["stopped"]))
            outcome = Outcome()
            stopped = not_passed(reply["stopped"]) if "stopped" in reply else None
            if reply["written"]:
                kept = tuple(None if i in may_change else arg for i, arg in enumerate(args))
                try:
                    with inputs_kept(kept, via):
                        unpacker.apply(reply)
                except Refused as refused:
                    stopped = stopped or refused
            else:
                unpacker.apply(reply)
            outcome.stopped = stopped
            outcome.returned = unpacker.unpack(reply["value"])
            outcome.trace = _trace(reply["trace"]) if "trace" in reply else None
            if trace and outcome.trace is None and stopped is None:
                raise Unreadable("no trace")
            return outcome
        except NotPassed as stopped:
            return Outcome(stopped=stopped)
        except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as error:
            return Outcome(stopped=_unreadable(error))

    @property
    def unfit(self) -> tuple[str, bool]:
        """As Answer.unfit."""
        return self._unfit

    def gradients(
        self, args: Sequence[Any], upstream: Tensor, wrt: Sequence[int]
    ) -> list[Tensor | None]:
        """As Answer.gradients."""
        try:
            reply, unpacker = self._call(tuple(args), {}, {"wrt": list(wrt)}, upstream)
            if unpacker is None:
                raise not_passed(reply["stopped"])
            found = unpacker.unpack(reply["value"])
        except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(error) from None
        if not isinstance(found, list) or len(found) != len(wrt):
            raise _unreadable(Unreadable("another number of gradients"))
        return found

    def _call(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        call: Message,
        upstream: Tensor | None = None,
    ) -> tuple[Message, Unpacker | None]:
        """Let the process call; the reply, and what reads its values, if there is one."""
        if self._gone:
            raise GivenUp(f"not tried again, since {self._gone}")
        packer = Packer()
        message = {
            **PLAIN_CALL,
            **call,
            "do": "call",
            "name": self.name,
            "args": packer.pack(list(args)),
            "kwargs": packer.pack(kwargs),
            "upstream": packer.pack(upstream),
        }
        state, known = torch.get_rng_state(), self._answers.state(self._among)
        same = known is not None and torch.equal(state, known)
        message["state"] = None if same else packer.pack(state)
        message["dtype"] = NAMES[torch.get_default_dtype()]
        message["debug"] = torch.get_deterministic_debug_mode()
        table = packer.remember()
        question = (self._among, pack({**packer.header(), **message}, packer.blobs))
        try:
            reply, blobs = unpack(self._answers.ask(*question))
        except Raised as raised:
            self._gone = raised.message
            raise
        if "error" in reply:
            raise RuntimeError(as_text(reply["error"]))
        if "storages" not in reply:
            self._answers.know(self._among, None)
            return reply, None
        unpacker = Unpacker(reply, blobs, table)
        if reply["state"] is not None:
            state = unpacker.unpack(reply["state"])
            try:
                torch.set_rng_state(state)
            except Exception as error:
                raise Unreadable(f"a state of no generator: {error}") from None
        self._answers.know(self._among, state)
        return reply, unpacker


def not_passed(said: Json) -> NotPassed:
    """Return a refusal of the student's process, of the kinds that there are."""
    try:
        message, mistake = as_text(said["message"]), said["mistake"]
        shown = None if mistake is None else as_text(mistake)
        if said["kind"] == "Raised":
            kinds = tuple(as_text(kind) for kind in islice(said["kinds"], 20))
            return Raised(message, kinds or ("Exception",), as_text(said["text"]), shown)
        return KINDS[said["kind"]](message, shown)
    except (KeyError, TypeError, Unreadable) as error:
        return _unreadable(error)


def _unreadable(error: Exception) -> Raised:
    text = f"its process sent what cannot be read: {str(error)[:300]}"
    return Raised(text, ("Unreadable",), text)


def _trace(said: Json) -> Trace:
    trace = Trace()
    for field in fields(Trace):
        value = said[field.name]
        if isinstance(getattr(trace, field.name), set):
            value = {as_text(item) for item in islice(value, 100)}
        elif type(value) not in (int, bool, str, type(None)):
            raise Unreadable("no trace")
        setattr(trace, field.name, value)
    return trace
