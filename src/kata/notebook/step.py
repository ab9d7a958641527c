"""`kata.step("lin_grad")`: a pass by the notebook's own functions, number by number, in a frame."""

import inspect
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any

from kata.course import closest
from kata.notebook.live import Living
from kata.steps.listed import Steps, listed
from kata.steps.net import nets
from kata.steps.page import as_html, as_text

HIGH = 860  # pixels of the frame


@dataclass(frozen=True)
class Stepped:
    """A list of steps, which shows itself as its page in a notebook and as text elsewhere."""

    steps: Steps

    def __str__(self) -> str:
        return as_text(self.steps)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        page = escape(as_html(self.steps))
        title = escape(f"a pass to step through: {self.steps['name']}")
        style = f"width: 100%; height: {HIGH}px; border: 0"
        return f'<iframe title="{title}" style="{style}" srcdoc="{page}"></iframe>'


def step(name: str, namespace: dict[str, Any] | None = None) -> Stepped:
    """Run the pass of `name` by the functions of a namespace, by default the calling cell's.

    Raises ValueError where no exercise of that name is a link of a pass.
    """
    known = nets()
    if name not in known:
        raise ValueError(f"{name!r} is no link of a pass{closest(name, known)}")
    if namespace is None:
        here = inspect.currentframe()
        namespace = here.f_back.f_globals if here and here.f_back else {}
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return Stepped(listed(name, known[name], Living(namespace)))
