"""Reports of an older run do not stay in a folder beside those of a new one."""

import re
from collections.abc import Collection
from pathlib import Path


def forget_older(folder: Path, ours: re.Pattern[str], written: Collection[str]) -> None:
    """Delete files that are named as ours and were not written now. Raises OSError."""
    for path in folder.iterdir():
        if ours.fullmatch(path.name) and path.name not in written and not path.is_dir():
            path.unlink()
