"""Where the learner works: the folder of chapter files, and .kata/ beside it for what we keep."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kata.course import course, exercises

VARIABLE = "KATA_EXERCISES"


class Problem(Exception):
    """Something the learner can put right; the message is one line that says what to do."""


@dataclass(frozen=True)
class Place:
    """exercises: the folder with chNN_name.py, as the learner writes them."""

    exercises: Path

    @property
    def keep(self) -> Path:
        """Return the folder of the state, the backups and the lessons; git ignores it."""
        return self.exercises.parent / ".kata"

    def file_of(self, name: str) -> Path:
        """Return the chapter file that is to answer an exercise, whether it is there or not."""
        return self.chapter_file(exercises()[name].chapter)

    def chapter_file(self, chapter: str) -> Path:
        """Return a chapter's file, whether it is there or not."""
        return self.exercises / f"{chapter}.py"

    def back_up(self, path: Path) -> Path | None:
        """Copy a chapter file to a dated backup; return that, or None where there is no file.

        Raises Problem where no backup can be made: then nothing is to be changed either.
        """
        if not path.is_file():
            return None
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        folder = self.keep / "backups"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for again in ("", *(f"_{k}" for k in range(2, 100))):
                copy = folder / f"{stamp}{again}_{path.name}"
                if not copy.exists():
                    break
            shutil.copy2(path, copy)
        except OSError as error:
            raise Problem(f"{folder}: no backup can be written ({error.strerror})") from None
        return copy


def here() -> Place:
    """Return the project's own exercises/, or the folder that KATA_EXERCISES names.

    Raises Problem where there is no such folder.
    """
    given = os.environ.get(VARIABLE)
    folder = (Path(given).expanduser() if given else course().exercises).absolute()
    if not folder.is_dir():
        cure = "" if given else "; make it (mkdir), then kata update fills it"
        raise Problem(f"{VARIABLE + ': ' if given else ''}{folder}: no such folder{cure}")
    return Place(folder)
