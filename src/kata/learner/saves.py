"""Saves of the learner's files, each told once, when the editor is done with it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchfiles import Change

STEP = 10  # ms without another change after which a save counts as complete
TICK = 50  # ms after which keys and the window's size are looked at
SETTLE = 0.3  # s that an editor may leave a file empty or away while it saves

Save = tuple[int, ...]  # what tells one save of a file from another; zeros for no text


class Saves:
    """The saves in one folder, and which of them were seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, Save] = {}

    def changes(self) -> Iterator[set[Path]]:
        """Yield the Python files and notebooks that changed since the last item.

        An empty set every TICK.
        """
        for found in self._watched(poll=False):
            yield {Path(path) for _, path in found}

    def _watched(self, poll: bool) -> "Iterator[set[tuple[Change, str]]]":
        """Yield what changed; by looking now and then where the system watches nothing more."""
        import watchfiles

        def ours(change: Any, path: str) -> bool:
            return path.endswith((".py", ".ipynb")) and not Path(path).name.startswith(".")

        try:
            yield from watchfiles.watch(
                self._folder,
                watch_filter=ours,
                step=STEP,
                debounce=10 * STEP,
                rust_timeout=TICK,
                yield_on_timeout=True,
                recursive=False,
                force_polling=poll or None,
            )
        except (OSError, RuntimeError):  # Linux lets a user watch only so many folders
            if poll:
                raise
            yield from self._watched(poll=True)

    def fresh(self, changed: set[Path]) -> set[Path]:
        """Return those of these files that hold a save not seen yet: one save may be several
        changes.
        """
        return {path for path in changed if self._is_fresh(path)}

    def see(self, path: Path) -> None:
        """Take the save that a file holds now as seen."""
        self._seen[path] = _save(path)

    def is_seen(self, path: Path) -> bool:
        """Return whether a file was not saved since its save was seen."""
        return self._seen.get(path) == _save(path)

    def _is_fresh(self, path: Path) -> bool:
        """Waits while an editor has the file empty, or away, in the middle of its save."""
        end = time.monotonic() + SETTLE
        save = _save(path)
        while not any(save) and time.monotonic() < end:
            time.sleep(STEP / 1000)
            save = _save(path)
        before, self._seen[path] = self._seen.get(path), save
        return save != before


def _save(path: Path) -> Save:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_size, found.st_mtime_ns, found.st_ino) if found.st_size else (0, 0, 0)
