"""What `kata list` remembers of a check, where the notebook is the one that answers the chapter.

The file may not be saved yet. So a grade is kept of the text that it will have then: the saved
cells, with those that were run since in their places. If it comes out otherwise, `kata list` says
"changed", as of every text that was not graded.
"""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kata.answers.cells import codes_of, source_of_codes
from kata.answers.files import written
from kata.answers.text import Chapter
from kata.course import exercises, exercises_of
from kata.learner import state
from kata.learner.board import record
from kata.learner.place import Place, Problem, here
from kata.learner.source import neighbours
from kata.learner.verdict import Verdict
from kata.notebook.older import cell_of
from kata.refusal import Broken


@dataclass(frozen=True)
class Kept:
    """The place where an exercise's grade is kept, and the names of the running notebook."""

    name: str
    names: Mapping[str, Any]
    place: Place

    @classmethod
    def at_hand(cls, name: str, names: Mapping[str, Any]) -> "Kept | None":
        """Return the place; None where this is no chapter's own notebook, or its .py is graded."""
        if not isinstance(names.get("In"), list):
            return None
        chapter = exercises()[name].chapter
        with suppress(Problem, OSError):
            script, notebook = (place := here()).files_of(chapter)
            is_it = _is_this(notebook, names) and notebook.is_file()
            if is_it and not (script.is_file() and written(script, chapter)):
                return cls(name, names, place)
        return None

    @property
    def seed(self) -> int:
        """Return the seed of the inputs that the exercise is to be graded on."""
        return state.read(self.place).of(self.name).seed

    def keep(self, grade: dict[str, Any]) -> None:
        """Remember a grade, as `kata check` does; nothing of a stub."""
        with suppress(Broken, SyntaxError, OSError):
            chapter = Chapter(self._text(), exercises()[self.name].chapter)
            if self.name in chapter.names and not chapter.is_stub(self.name):
                text = chapter.fingerprint(self.name, neighbours(self.place))
                record(self.place, Verdict(grade), text, date.today())

    def _text(self) -> str:
        """Return the source that the notebook has once it is saved."""
        chapter = exercises()[self.name].chapter
        codes = codes_of(self.place.files_of(chapter)[1])
        answers = [_names_in(code, chapter) for code in codes]
        for name in exercises_of(chapter):
            run = cell_of(self.names.get(name))
            if 0 < run < len(self.names["In"]):
                code = self.names["In"][run]
                defining = [at for at, found in enumerate(answers) if name in found]
                at = defining[-1] if defining else len(codes)
                codes[at : at + 1], answers[at : at + 1] = [code], [_names_in(code, chapter)]
        return source_of_codes(codes, chapter)


def _names_in(code: str, chapter: str) -> Collection[str]:
    """Return the exercises that a cell of this text answers. Raises SyntaxError."""
    return Chapter(source_of_codes([code], chapter), chapter).names


def _is_this(notebook: Path, names: Mapping[str, Any]) -> bool:
    """Return whether the kernel runs a notebook: it stands in its folder, and knows no other name.

    Jupyter's server and VS Code tell a kernel the name.
    """
    told = str(names.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", ""))
    is_another = told.endswith(".ipynb") and Path(told).name != notebook.name
    return not is_another and Path.cwd().resolve() == notebook.parent.resolve()
