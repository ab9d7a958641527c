"""What was handed in: each entry of a folder is one submission, and of each only named files.

A submission is a sub-folder, a .zip, a .py or an .ipynb file. Taken are chapter files and the other
modules beside them, never conftest.py; where there are none on top, those of `exercises/`, or of
the only sub-folder. Nothing of it is run or unpacked here. What leads out of the submission (a
link, `..` in an archive) or is far too large makes it refused, with the reason.
"""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from kata.catalogue import chapters
from kata.teacher.job import Job

LARGEST = 1 << 20  # bytes of a .py file
LARGEST_NOTEBOOK = 20 << 20  # pictures lie in it
MOST_FILES = 100
MOST_MEMBERS, MOST_UNPACKED = 5000, 200 << 20  # of an archive
MODULE = re.compile(r"[A-Za-z_]\w*\.py", re.ASCII)
SAFE = re.compile(r"[A-Za-z_][\w-]*\.(py|ipynb)", re.ASCII)
KINDS = (".py", ".ipynb")
NOT_THEIRS = {"conftest.py"}

Read = Callable[[], bytes]


class Refused(Exception):
    """The submission is not to be graded, and why."""


class Unusable(Exception):
    """One file cannot be read, and why."""


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The submissions in a folder, by name, and what else lies there. Raises OSError."""
    found: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        handed_in = path.is_symlink() or path.is_dir() or path.suffix in (*KINDS, ".zip")
        (found if handed_in else others).append(path)
    return found, others


def job_of(path: Path) -> Job:
    """The job that an entry is; one that says why it is refused, where it is. Never raises."""
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
            raise Refused(f"{path.name} is a link that leads out of the folder")
        if path.is_dir():
            return _of_folder(path)
        if path.suffix == ".zip":
            return _of_zip(path)
        return _of_file(path)
    except Refused as refused:
        return Job(path.name, outcome="refused", detail=str(refused))
    except OSError as error:
        return Job(path.name, outcome="refused", detail=f"cannot be read: {error.strerror}")


def _of_file(path: Path) -> Job:
    name = path.name if SAFE.fullmatch(path.name) else f"submission{path.suffix}"
    try:
        content = _read(path, path.parent)
    except Unusable as unusable:
        raise Refused(f"{path.name}: {unusable}") from None
    return Job(path.name, {name: content}, file=name)


def _of_folder(path: Path) -> Job:
    """A folder's job; links are followed as long as they stay in it."""
    files: dict[str, Read] = {}
    for place in (path, *_folders_in(path)):
        prefix = "" if place == path else f"{place.name}/"
        for entry in sorted(place.iterdir()):
            if entry.suffix in KINDS:
                files[prefix + entry.name] = partial(_read, entry, path)
    return _of_files(path.name, files)


def _folders_in(path: Path) -> list[Path]:
    return [
        entry
        for entry in sorted(path.iterdir())
        if entry.is_dir()
        and not entry.is_symlink()
        and not entry.name.startswith((".", "__"))
        and entry.suffix not in KINDS
    ]


def _read(path: Path, inside: Path) -> bytes:
    """A file's content. Raises Refused, Unusable."""
    if not path.resolve().is_relative_to(inside.resolve()):
        raise Refused(f"{path.name} is a link that leads out of the submission")
    most = LARGEST if path.suffix == ".py" else LARGEST_NOTEBOOK
    try:
        handle = os.open(path.resolve(), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Unusable("is not a file")
            with open(handle, "rb", closefd=False) as file:
                content = file.read(most + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None
    if len(content) > most:
        raise Unusable(f"is larger than {most >> 20} MB")
    return content


def _of_zip(path: Path) -> Job:
    """An archive's job. Raises Refused where any member is out of place, or all are too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_UNPACKED:
                raise Refused(f"the archive would unpack to more than {MOST_UNPACKED >> 20} MB")
            files = {}
            for member in members:
                inside = _checked(member)
                if not member.is_dir() and inside.suffix in KINDS:
                    files[str(inside)] = partial(_unpack, archive, member)
            return _of_files(path.name, files)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Refused(f"is no archive that can be read: {error}") from None


def _checked(member: zipfile.ZipInfo) -> PurePosixPath:
    """A member's path. Raises Refused where it leads out of the archive."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    drive = len(path.parts) > 0 and path.parts[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or drive:
        raise Refused(f"the archive holds {member.filename!r}, which leads out of it")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Refused(f"the archive holds {member.filename!r}, which is a link")
    if member.flag_bits & 1:
        raise Refused("the archive asks for a password")
    return path


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    most = LARGEST if member.filename.endswith(".py") else LARGEST_NOTEBOOK
    try:
        with archive.open(member) as file:
            content = file.read(most + 1)  # whatever size it says it has
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unusable(f"cannot be unpacked ({error})") from None
    if len(content) > most:
        raise Unusable(f"is larger than {most >> 20} MB")
    return content


def _of_files(name: str, files: Mapping[str, Read]) -> Job:
    """The job made of the files, by path, of a folder or an archive."""
    prefix = _where(files)
    there = {
        path.removeprefix(prefix): read
        for path, read in files.items()
        if path.startswith(prefix) and "/" not in path.removeprefix(prefix)
    }
    taken = {n: read for n, read in there.items() if _chapter(n) or _is_module(n)}
    if len(taken) > MOST_FILES:
        raise Refused(f"holds more than {MOST_FILES} files")
    contents, problems = {}, {}
    for file, read in taken.items():
        try:
            contents[file] = read()
        except Unusable as unusable:
            if chapter := _chapter(file):
                problems[chapter] = f"{file}: {unusable}"
    return Job(name, contents, problems=problems)


def _where(paths: Iterable[str]) -> str:
    """The folder of a submission in which its chapters lie, as the beginning of their paths."""
    folders = {path.rpartition("/")[0] for path in paths if _chapter(path.rpartition("/")[2])}
    if not folders or "" in folders:
        return ""
    for folder in sorted(folders, key=lambda folder: (folder.count("/"), folder)):
        if folder.rpartition("/")[2] == "exercises":
            return f"{folder}/"
    return f"{folders.pop()}/" if len(folders) == 1 else ""


def _chapter(name: str) -> str:
    """The chapter that a file of this name answers, or ""."""
    stem, dot, kind = name.rpartition(".")
    return stem if f"{dot}{kind}" in KINDS and stem in chapters() else ""


def _is_module(name: str) -> bool:
    return MODULE.fullmatch(name) is not None and name not in NOT_THEIRS
