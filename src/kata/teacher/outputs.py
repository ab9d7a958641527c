"""The files that a grade-all will write, looked at before any work is done."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir

FOLDERS = ("html", "feedback")
A_ROW = (
    200 << 10
)  # bytes of one row in all files together, as a complete submission of all chapters
ROOM = 8 << 20  # bytes beyond the rows: a checker's log, a submission's files


def fault_of(json: Path, rows: Path, others: Mapping[str, Path], count: int) -> str:
    """Say what is wrong with the first path that could not be written, and what to do; or "".

    rows: where rows are kept on the way. others: by format. count: how many rows there are to be.
    """
    found = [_fault_of_file(json), _fault_of_file(rows)]
    for kind, path in others.items():
        is_folder = kind in FOLDERS or (kind == "gradescope" and (count > 1 or path.is_dir()))
        found.append(_fault_of_folder(path) if is_folder else _fault_of_file(path))
    found.append(_named_twice([json, rows, *others.values()]))
    if not any(found):
        places = [path.absolute().parent for path in (json, *others.values())]
        needed = ROOM + A_ROW * count
        found += [_fault_of_room(place, needed) for place in (*places, Path(gettempdir()))]
    return next(filter(None, found), "")


def _fault_of_file(path: Path) -> str:
    if path.is_dir():
        return f"{path}: is a folder; name a file"
    if path.exists() and not path.is_file():
        return f"{path}: is not a file; name one that may be overwritten"
    if path.exists() and not os.access(path, os.W_OK):
        return f"{path}: may not be written; name another file"
    return _fault_of_place(path.absolute().parent)


def _fault_of_folder(path: Path) -> str:
    if path.is_dir():
        return _fault_of_place(path)
    if path.exists() or path.is_symlink():
        return f"{path}: is a file, and a folder is to be written there; name another"
    return _fault_of_place(path.absolute().parent)


def _fault_of_place(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder}: no such folder; make it, then say it again"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder}: may not be written in; name another folder"
    return ""


def _fault_of_room(folder: Path, needed: int) -> str:
    free = shutil.disk_usage(folder).free
    if free < needed:
        has = f"{free >> 20} MB are free there, and up to {needed >> 20} MB are needed"
        return f"{folder}: the disk is full ({has}); make room, then say it again"
    return ""


def _named_twice(paths: list[Path]) -> str:
    places = [path.absolute().parent.resolve() / path.name for path in paths]
    twice = (path for path, place in zip(paths, places, strict=True) if places.count(place) > 1)
    return next((f"{path}: is named twice; name a file for each output" for path in twice), "")
